-- reconcile(): why two systems report different retention
--
-- Definitions and examples: doc/drivers.md.

CREATE TYPE reconciliation AS (
	cause text, customers bigint,
	opening_delta numeric, closing_delta numeric,
	nrr_effect numeric, grr_effect numeric,
	examples text[]
);
COMMENT ON TYPE reconciliation IS 'customers about which two systems differ for one reason, by how much, and what that does to the rates';

CREATE FUNCTION reconcile_accum(internal, anynonarray, numeric, numeric, numeric, numeric) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION reconcile_accum(internal, anynonarray, numeric, numeric, numeric, numeric) IS 'transition function of reconcile()';

CREATE FUNCTION reconcile_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION reconcile_combine(internal, internal) IS 'combine function of reconcile()';

CREATE FUNCTION reconcile_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION reconcile_serial(internal) IS 'partial state of reconcile() for another process';

CREATE FUNCTION reconcile_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION reconcile_deserial(bytea, internal) IS 'partial state of reconcile() from another process';

-- how a date is written depends on settings, and so may the customers that are named
CREATE FUNCTION reconcile_final(internal) RETURNS reconciliation[]
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION reconcile_final(internal) IS 'final function of reconcile()';

CREATE AGGREGATE reconcile(customer anynonarray, opening_a numeric, closing_a numeric, opening_b numeric, closing_b numeric) (
	SFUNC = reconcile_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = reconcile_final, COMBINEFUNC = reconcile_combine,
	SERIALFUNC = reconcile_serial, DESERIALFUNC = reconcile_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE reconcile(anynonarray, numeric, numeric, numeric, numeric) IS 'why two systems, A and B, report different retention for one period: by cause, with effects that add up and customers to look at; unnest() gives the table';
