-- mrr_movements_agg(customer, month, mrr), mrr_movements_by(): movements from raw snapshots in one pass
--
-- Definitions and examples: doc/retention.md.

CREATE TYPE segment_movements AS (segment text, movements mrr_movements);
COMMENT ON TYPE segment_movements IS 'the MRR movements of one segment: unnest(mrr_movements_by(...)) gives one a row';

-- mrr_movements_agg()

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric, text) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric, text, text) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric, text) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric, text, text) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric, text, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_customer_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_combine(internal, internal) IS 'combine function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'movements_by_serial' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_serial(internal) IS 'partial state of mrr_movements_agg() for another process';

CREATE FUNCTION movements_by_customer_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_deserial(bytea, internal) IS 'partial state of mrr_movements_agg() from another process';

CREATE FUNCTION movements_by_customer_final(internal) RETURNS mrr_movements
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_final(internal) IS 'final function of mrr_movements_agg()';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month date, mrr numeric) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, date, numeric) IS 'MRR movements from raw monthly snapshots in one pass, by month';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month date, mrr numeric, step text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, date, numeric, text) IS 'MRR movements from raw monthly snapshots in one pass, by a step: month, quarter or year, also anchored (quarter:feb, year:apr)';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month date, mrr numeric, step text, span text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, date, numeric, text, text) IS 'MRR movements from raw monthly snapshots in one pass, by a step, each over a span: (month, year) is trailing-twelve-month retention';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamp, mrr numeric) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamp, numeric) IS 'MRR movements from raw monthly snapshots in one pass, by month';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamp, mrr numeric, step text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamp, numeric, text) IS 'MRR movements from raw monthly snapshots in one pass, by a step: month, quarter or year, also anchored (quarter:feb, year:apr)';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamp, mrr numeric, step text, span text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamp, numeric, text, text) IS 'MRR movements from raw monthly snapshots in one pass, by a step, each over a span: (month, year) is trailing-twelve-month retention';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamptz, mrr numeric) (
	SFUNC = movements_by_customer_accum, STYPE = internal, FINALFUNC = movements_by_customer_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamptz, numeric) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamptz, mrr numeric, step text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, FINALFUNC = movements_by_customer_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamptz, numeric, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamptz, mrr numeric, step text, span text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, FINALFUNC = movements_by_customer_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamptz, numeric, text, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

-- mrr_movements_by()

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text, text, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text, text, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text, text, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_segment_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_combine(internal, internal) IS 'combine function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'movements_by_serial' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_serial(internal) IS 'partial state of mrr_movements_by() for another process';

CREATE FUNCTION movements_by_segment_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_deserial(bytea, internal) IS 'partial state of mrr_movements_by() from another process';

CREATE FUNCTION movements_by_segment_final(internal) RETURNS segment_movements[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_final(internal) IS 'final function of mrr_movements_by()';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month date, mrr numeric, segment text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, date, numeric, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by month';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month date, mrr numeric, segment text, step text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, date, numeric, text, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by a step: month, quarter or year, also anchored (quarter:feb, year:apr)';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month date, mrr numeric, segment text, step text, span text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, date, numeric, text, text, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by a step, each over a span: (month, year) is trailing-twelve-month retention';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamp, mrr numeric, segment text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamp, numeric, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by month';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamp, mrr numeric, segment text, step text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamp, numeric, text, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by a step: month, quarter or year, also anchored (quarter:feb, year:apr)';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamp, mrr numeric, segment text, step text, span text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamp, numeric, text, text, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by a step, each over a span: (month, year) is trailing-twelve-month retention';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamptz, mrr numeric, segment text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, FINALFUNC = movements_by_segment_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamptz, numeric, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamptz, mrr numeric, segment text, step text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, FINALFUNC = movements_by_segment_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamptz, numeric, text, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamptz, mrr numeric, segment text, step text, span text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, FINALFUNC = movements_by_segment_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamptz, numeric, text, text, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

-- metric_view_movements(): what metric views ask whose dimensions come from another table

CREATE FUNCTION movements_by_home_accum(internal, anynonarray, date, numeric, text, text, text) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_home_accum(internal, anynonarray, date, numeric, text, text, text) IS 'transition function of metric_view_movements()';

CREATE FUNCTION movements_by_home_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_home_combine(internal, internal) IS 'combine function of metric_view_movements()';

CREATE FUNCTION movements_by_home_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'movements_by_serial' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_home_serial(internal) IS 'partial state of metric_view_movements() for another process';

CREATE FUNCTION movements_by_home_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_home_deserial(bytea, internal) IS 'partial state of metric_view_movements() from another process';

CREATE FUNCTION movements_by_home_final(internal) RETURNS segment_movements[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_home_final(internal) IS 'final function of metric_view_movements()';

CREATE AGGREGATE metric_view_movements(customer anynonarray, month date, mrr numeric, home text, step text, span text) (
	SFUNC = movements_by_home_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_home_final, COMBINEFUNC = movements_by_home_combine,
	SERIALFUNC = movements_by_home_serial, DESERIALFUNC = movements_by_home_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE metric_view_movements(anynonarray, date, numeric, text, text, text) IS 'MRR movements by the segment that a customer counts in for all time: its home, which a row that is nothing else names';
