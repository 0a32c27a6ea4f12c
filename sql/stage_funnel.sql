-- stage_funnel(): who gets how far, and how long it takes
--
-- Definitions and examples: doc/durations.md.

CREATE TYPE funnel_stage AS (stage integer, reached bigint, converted bigint, median_days integer);
COMMENT ON TYPE funnel_stage IS 'customers that reached a stage, those of them that went on to the next one, and the median of their days until then';

CREATE FUNCTION stage_funnel_accum(internal, anynonarray, integer, date) RETURNS internal
AS 'MODULE_PATHNAME', 'stage_funnel_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_accum(internal, anynonarray, integer, date) IS 'transition function of stage_funnel()';

CREATE FUNCTION stage_funnel_accum(internal, anynonarray, integer, timestamp) RETURNS internal
AS 'MODULE_PATHNAME', 'stage_funnel_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_accum(internal, anynonarray, integer, timestamp) IS 'transition function of stage_funnel()';

CREATE FUNCTION stage_funnel_accum(internal, anynonarray, integer, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'stage_funnel_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_accum(internal, anynonarray, integer, timestamptz) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION stage_funnel_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_combine(internal, internal) IS 'combine function of stage_funnel()';

CREATE FUNCTION stage_funnel_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_serial(internal) IS 'partial state of stage_funnel() for another process';

CREATE FUNCTION stage_funnel_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_deserial(bytea, internal) IS 'partial state of stage_funnel() from another process';

CREATE FUNCTION stage_funnel_final(internal) RETURNS funnel_stage[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_final(internal) IS 'final function of stage_funnel()';

CREATE AGGREGATE stage_funnel(customer anynonarray, stage integer, at date) (
	SFUNC = stage_funnel_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = stage_funnel_final, COMBINEFUNC = stage_funnel_combine,
	SERIALFUNC = stage_funnel_serial, DESERIALFUNC = stage_funnel_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE stage_funnel(anynonarray, integer, date) IS 'customers that reached each stage, and went on to the next; unnest() gives the table';

CREATE AGGREGATE stage_funnel(customer anynonarray, stage integer, at timestamp) (
	SFUNC = stage_funnel_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = stage_funnel_final, COMBINEFUNC = stage_funnel_combine,
	SERIALFUNC = stage_funnel_serial, DESERIALFUNC = stage_funnel_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE stage_funnel(anynonarray, integer, timestamp) IS 'customers that reached each stage, and went on to the next; unnest() gives the table';

-- takes what would be cast without a word, in the time zone of the session
CREATE AGGREGATE stage_funnel(customer anynonarray, stage integer, at timestamptz) (
	SFUNC = stage_funnel_accum, STYPE = internal, FINALFUNC = stage_funnel_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE stage_funnel(anynonarray, integer, timestamptz) IS 'raises an error: a timestamptz needs a zone';
