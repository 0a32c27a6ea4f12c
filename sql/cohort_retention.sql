-- cohort_retention(): cohorts from raw events in one pass
--
-- Definitions and examples: doc/cohorts.md.

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, date) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, date) IS 'transition function of cohort_retention()';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, date, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, date, text) IS 'transition function of cohort_retention()';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamp) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamp) IS 'transition function of cohort_retention()';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamp, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamp, text) IS 'transition function of cohort_retention()';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_zoned' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz, text, text) IS 'transition function of cohort_retention()';

-- calls that would depend on the time zone of the session
CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, date, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_zone_refused' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, date, text, text) IS 'refuses a time zone for dates';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamp, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_zone_refused' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamp, text, text) IS 'refuses a time zone for timestamps without time zone';

CREATE FUNCTION cohort_retention_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_combine(internal, internal) IS 'combine function of cohort_retention()';

CREATE FUNCTION cohort_retention_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_serial(internal) IS 'partial state of cohort_retention() for another process';

CREATE FUNCTION cohort_retention_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_deserial(bytea, internal) IS 'partial state of cohort_retention() from another process';

CREATE FUNCTION cohort_retention_final(internal) RETURNS cohort_matrix
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_final(internal) IS 'final function of cohort_retention()';

-- The estimate of a state's size decides between hashing and sorting: most
-- queries have few groups, and states share the memory there is.

CREATE AGGREGATE cohort_retention(customer anynonarray, at date) (
	SFUNC = cohort_retention_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = cohort_retention_final, COMBINEFUNC = cohort_retention_combine,
	SERIALFUNC = cohort_retention_serial, DESERIALFUNC = cohort_retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, date) IS 'cohorts by month of the first event, and how many customers of each were active in each month after';

CREATE AGGREGATE cohort_retention(customer anynonarray, at date, grain text) (
	SFUNC = cohort_retention_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = cohort_retention_final, COMBINEFUNC = cohort_retention_combine,
	SERIALFUNC = cohort_retention_serial, DESERIALFUNC = cohort_retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, date, text) IS 'cohorts by first active period, and how many customers of each were active in each period after';

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamp) (
	SFUNC = cohort_retention_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = cohort_retention_final, COMBINEFUNC = cohort_retention_combine,
	SERIALFUNC = cohort_retention_serial, DESERIALFUNC = cohort_retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamp) IS 'cohorts by month of the first event, and how many customers of each were active in each month after';

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamp, grain text) (
	SFUNC = cohort_retention_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = cohort_retention_final, COMBINEFUNC = cohort_retention_combine,
	SERIALFUNC = cohort_retention_serial, DESERIALFUNC = cohort_retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamp, text) IS 'cohorts by first active period, and how many customers of each were active in each period after';

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamptz, grain text, zone text) (
	SFUNC = cohort_retention_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = cohort_retention_final, COMBINEFUNC = cohort_retention_combine,
	SERIALFUNC = cohort_retention_serial, DESERIALFUNC = cohort_retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamptz, text, text) IS 'cohorts by first active period in a time zone, and how many customers of each were active in each period after';

-- these raise an error that says what to do

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamptz) (
	SFUNC = cohort_retention_accum, STYPE = internal, FINALFUNC = cohort_retention_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamptz) IS 'refused: say the time zone';

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamptz, grain text) (
	SFUNC = cohort_retention_accum, STYPE = internal, FINALFUNC = cohort_retention_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamptz, text) IS 'refused: say the time zone';

CREATE AGGREGATE cohort_retention(customer anynonarray, at date, grain text, zone text) (
	SFUNC = cohort_retention_accum, STYPE = internal, FINALFUNC = cohort_retention_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, date, text, text) IS 'refused: a date has no time zone';

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamp, grain text, zone text) (
	SFUNC = cohort_retention_accum, STYPE = internal, FINALFUNC = cohort_retention_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamp, text, text) IS 'refused: a timestamp without time zone has none';
