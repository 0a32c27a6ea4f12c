-- activity: the periods of one grain in which one customer was active
--
-- Definitions, sources and examples: doc/cohorts.md.

-- the type

CREATE TYPE activity;

CREATE FUNCTION activity_in(cstring) RETURNS activity
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_in(cstring) IS 'text input of activity';

CREATE FUNCTION activity_out(activity) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_out(activity) IS 'text output of activity';

CREATE FUNCTION activity_recv(internal) RETURNS activity
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_recv(internal) IS 'binary input of activity';

CREATE FUNCTION activity_send(activity) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_send(activity) IS 'binary output of activity: its canonical bytes';

CREATE TYPE activity (
	INPUT = activity_in,
	OUTPUT = activity_out,
	RECEIVE = activity_recv,
	SEND = activity_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE activity IS 'the set of periods (days, weeks, months ...) in which one customer was active';

CREATE FUNCTION describe(activity) RETURNS jsonb
AS 'MODULE_PATHNAME', 'activity_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(activity) IS 'what a activity holds, as jsonb to read';

CREATE FUNCTION activity_eq(activity, activity) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_eq(activity, activity) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = activity, RIGHTARG = activity, FUNCTION = activity_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (activity, activity) IS 'equal (same content)';

CREATE FUNCTION activity_ne(activity, activity) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_ne(activity, activity) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = activity, RIGHTARG = activity, FUNCTION = activity_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (activity, activity) IS 'not equal (same content)';

CREATE FUNCTION activity_lt(activity, activity) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_lt(activity, activity) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = activity, RIGHTARG = activity, FUNCTION = activity_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (activity, activity) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION activity_le(activity, activity) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_le(activity, activity) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = activity, RIGHTARG = activity, FUNCTION = activity_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (activity, activity) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION activity_gt(activity, activity) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_gt(activity, activity) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = activity, RIGHTARG = activity, FUNCTION = activity_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (activity, activity) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION activity_ge(activity, activity) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_ge(activity, activity) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = activity, RIGHTARG = activity, FUNCTION = activity_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (activity, activity) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION activity_cmp(activity, activity) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_cmp(activity, activity) IS 'less-equal-greater, for btree';

CREATE FUNCTION activity_hash(activity) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_hash(activity) IS 'hash';

CREATE FUNCTION activity_hash_extended(activity, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_hash_extended(activity, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS activity_ops DEFAULT FOR TYPE activity USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 activity_cmp(activity, activity);
COMMENT ON OPERATOR CLASS activity_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS activity_ops DEFAULT FOR TYPE activity USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 activity_hash(activity), FUNCTION 2 activity_hash_extended(activity, bigint);
COMMENT ON OPERATOR CLASS activity_ops USING hash IS 'for hash joins and hash aggregation';

-- reading an activity

CREATE FUNCTION first_period(activity) RETURNS date
AS 'MODULE_PATHNAME', 'activity_first_period' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION first_period(activity) IS 'first day of the first active period; NULL when there is none';

CREATE FUNCTION last_period(activity) RETURNS date
AS 'MODULE_PATHNAME', 'activity_last_period' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION last_period(activity) IS 'first day of the last active period; NULL when there is none';

CREATE FUNCTION active_periods(activity) RETURNS integer
AS 'MODULE_PATHNAME', 'activity_active_periods' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION active_periods(activity) IS 'number of active periods';

CREATE FUNCTION is_active(a activity, day date) RETURNS boolean
AS 'MODULE_PATHNAME', 'activity_is_active' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION is_active(activity, date) IS 'whether the period that the date lies in is active';

CREATE FUNCTION reactivations(activity) RETURNS integer
AS 'MODULE_PATHNAME', 'activity_reactivations' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION reactivations(activity) IS 'how often the customer was active again after a period or more without';

CREATE FUNCTION skipped_rows(activity) RETURNS bigint
AS 'MODULE_PATHNAME', 'activity_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(activity) IS 'rows that could not be used: their date was NULL';

-- building one

CREATE FUNCTION activity_accum(activity, date) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity, date) IS 'transition function: add a date, by month';

CREATE FUNCTION activity_accum(activity, timestamp) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity, timestamp) IS 'transition function: add a timestamp, by month';

CREATE FUNCTION activity_accum(activity, timestamptz) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity, timestamptz) IS 'transition function: refuses a timestamptz without a zone';

CREATE FUNCTION activity_accum(activity, date, text) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity, date, text) IS 'transition function: add a date';

CREATE FUNCTION activity_accum(activity, timestamp, text) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity, timestamp, text) IS 'transition function: add a timestamp';

CREATE FUNCTION activity_accum(activity, timestamptz, text) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity, timestamptz, text) IS 'transition function: refuses a timestamptz without a zone';

CREATE FUNCTION activity_accum(activity, timestamptz, text, text) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_accum_zoned' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity, timestamptz, text, text) IS 'transition function: add a timestamptz as read in a zone';

CREATE FUNCTION activity_accum(activity, date, text, text) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_accum_zone_refused' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity, date, text, text) IS 'transition function: refuses a zone for a date';

CREATE FUNCTION activity_accum(activity, timestamp, text, text) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_accum_zone_refused' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION activity_accum(activity, timestamp, text, text) IS 'transition function: refuses a zone for a timestamp without one';

CREATE FUNCTION activity_combine(activity, activity) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_combine(activity, activity) IS 'combine function: add two parts of one aggregation';

CREATE FUNCTION activity_union(activity, activity) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_union' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_union(activity, activity) IS 'union of two values of the same customer';

CREATE FUNCTION activity_final(activity) RETURNS activity
AS 'MODULE_PATHNAME', 'activity_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION activity_final(activity) IS 'final function: the value itself';

CREATE AGGREGATE activity_agg(at date) (
	SFUNC = activity_accum, STYPE = activity, SSPACE = 80,
	FINALFUNC = activity_final, COMBINEFUNC = activity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(date) IS 'the months in which one customer was active';

CREATE AGGREGATE activity_agg(at timestamp) (
	SFUNC = activity_accum, STYPE = activity, SSPACE = 80,
	FINALFUNC = activity_final, COMBINEFUNC = activity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(timestamp) IS 'the months in which one customer was active';

CREATE AGGREGATE activity_agg(at date, grain text) (
	SFUNC = activity_accum, STYPE = activity, SSPACE = 80,
	FINALFUNC = activity_final, COMBINEFUNC = activity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(date, text) IS 'the periods of a grain in which one customer was active';

CREATE AGGREGATE activity_agg(at timestamp, grain text) (
	SFUNC = activity_accum, STYPE = activity, SSPACE = 80,
	FINALFUNC = activity_final, COMBINEFUNC = activity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(timestamp, text) IS 'the periods of a grain in which one customer was active';

CREATE AGGREGATE activity_agg(at timestamptz, grain text, zone text) (
	SFUNC = activity_accum, STYPE = activity, SSPACE = 80,
	FINALFUNC = activity_final, COMBINEFUNC = activity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(timestamptz, text, text) IS 'the periods of a grain, as they are in a time zone, in which one customer was active';

-- These take what would be cast without a word and be counted in the wrong period;
-- each of them raises an error that says what to write instead.

CREATE AGGREGATE activity_agg(at timestamptz) (
	SFUNC = activity_accum, STYPE = activity, SSPACE = 80,
	FINALFUNC = activity_final, COMBINEFUNC = activity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(timestamptz) IS 'raises an error: a timestamptz needs a zone';

CREATE AGGREGATE activity_agg(at timestamptz, grain text) (
	SFUNC = activity_accum, STYPE = activity, SSPACE = 80,
	FINALFUNC = activity_final, COMBINEFUNC = activity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(timestamptz, text) IS 'raises an error: a timestamptz needs a zone';

CREATE AGGREGATE activity_agg(at date, grain text, zone text) (
	SFUNC = activity_accum, STYPE = activity, SSPACE = 80,
	FINALFUNC = activity_final, COMBINEFUNC = activity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(date, text, text) IS 'raises an error: a date has no zone';

CREATE AGGREGATE activity_agg(at timestamp, grain text, zone text) (
	SFUNC = activity_accum, STYPE = activity, SSPACE = 80,
	FINALFUNC = activity_final, COMBINEFUNC = activity_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE activity_agg(timestamp, text, text) IS 'raises an error: a timestamp without time zone has no zone';

CREATE AGGREGATE rollup(activity) (
	SFUNC = activity_union, STYPE = activity, SSPACE = 80,
	FINALFUNC = activity_final, COMBINEFUNC = activity_union,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(activity) IS 'union of values of the same customer and grain; a value twice is as good as once';
