-- retention_agg_by(): retention of customers that have several rows
--
-- Definitions and examples: doc/retention.md.

CREATE FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric) IS 'transition function of retention_agg_by()';

CREATE FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric, boolean) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric, boolean) IS 'transition function of retention_agg_by()';

CREATE FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric, boolean, text) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric, boolean, text) IS 'transition function of retention_agg_by()';

CREATE FUNCTION retention_by_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_combine(internal, internal) IS 'combine function of retention_agg_by()';

CREATE FUNCTION retention_by_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_serial(internal) IS 'partial state of retention_agg_by() for another process';

CREATE FUNCTION retention_by_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_deserial(bytea, internal) IS 'partial state of retention_agg_by() from another process';

CREATE FUNCTION retention_by_final(internal) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_final(internal) IS 'final function of retention_agg_by()';

CREATE AGGREGATE retention_agg_by(customer anynonarray, opening numeric, closing numeric) (
	SFUNC = retention_by_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = retention_by_final, COMBINEFUNC = retention_by_combine,
	SERIALFUNC = retention_by_serial, DESERIALFUNC = retention_by_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg_by(anynonarray, numeric, numeric) IS 'what became of customers; the rows of a customer are added first: right for subscriptions';

CREATE AGGREGATE retention_agg_by(customer anynonarray, opening numeric, closing numeric, seen boolean) (
	SFUNC = retention_by_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = retention_by_final, COMBINEFUNC = retention_by_combine,
	SERIALFUNC = retention_by_serial, DESERIALFUNC = retention_by_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg_by(anynonarray, numeric, numeric, boolean) IS 'what became of customers, of which those seen before can come back; the rows of a customer are added first: right for subscriptions';

CREATE AGGREGATE retention_agg_by(customer anynonarray, opening numeric, closing numeric, seen boolean, currency text) (
	SFUNC = retention_by_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = retention_by_final, COMBINEFUNC = retention_by_combine,
	SERIALFUNC = retention_by_serial, DESERIALFUNC = retention_by_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg_by(anynonarray, numeric, numeric, boolean, text) IS 'what became of customers, of which those seen before can come back, in one currency; the rows of a customer are added first: right for subscriptions';
