-- duration_summary: after how long something happened, or for how long it has not yet
--
-- Definitions, sources and examples: doc/durations.md.

-- the type

CREATE TYPE duration_summary;

CREATE FUNCTION duration_summary_in(cstring) RETURNS duration_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_in(cstring) IS 'text input of duration_summary';

CREATE FUNCTION duration_summary_out(duration_summary) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_out(duration_summary) IS 'text output of duration_summary';

CREATE FUNCTION duration_summary_recv(internal) RETURNS duration_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_recv(internal) IS 'binary input of duration_summary';

CREATE FUNCTION duration_summary_send(duration_summary) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_send(duration_summary) IS 'binary output of duration_summary: its canonical bytes';

CREATE TYPE duration_summary (
	INPUT = duration_summary_in,
	OUTPUT = duration_summary_out,
	RECEIVE = duration_summary_recv,
	SEND = duration_summary_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE duration_summary IS 'events and censorings by duration, in days or hours';

CREATE FUNCTION describe(duration_summary) RETURNS jsonb
AS 'MODULE_PATHNAME', 'duration_summary_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(duration_summary) IS 'what a duration_summary holds, as jsonb to read';

CREATE FUNCTION duration_summary_eq(duration_summary, duration_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_eq(duration_summary, duration_summary) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = duration_summary, RIGHTARG = duration_summary, FUNCTION = duration_summary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (duration_summary, duration_summary) IS 'equal (same content)';

CREATE FUNCTION duration_summary_ne(duration_summary, duration_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_ne(duration_summary, duration_summary) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = duration_summary, RIGHTARG = duration_summary, FUNCTION = duration_summary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (duration_summary, duration_summary) IS 'not equal (same content)';

CREATE FUNCTION duration_summary_lt(duration_summary, duration_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_lt(duration_summary, duration_summary) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = duration_summary, RIGHTARG = duration_summary, FUNCTION = duration_summary_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (duration_summary, duration_summary) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION duration_summary_le(duration_summary, duration_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_le(duration_summary, duration_summary) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = duration_summary, RIGHTARG = duration_summary, FUNCTION = duration_summary_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (duration_summary, duration_summary) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION duration_summary_gt(duration_summary, duration_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_gt(duration_summary, duration_summary) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = duration_summary, RIGHTARG = duration_summary, FUNCTION = duration_summary_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (duration_summary, duration_summary) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION duration_summary_ge(duration_summary, duration_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_ge(duration_summary, duration_summary) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = duration_summary, RIGHTARG = duration_summary, FUNCTION = duration_summary_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (duration_summary, duration_summary) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION duration_summary_cmp(duration_summary, duration_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_cmp(duration_summary, duration_summary) IS 'less-equal-greater, for btree';

CREATE FUNCTION duration_summary_hash(duration_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_hash(duration_summary) IS 'hash';

CREATE FUNCTION duration_summary_hash_extended(duration_summary, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_summary_hash_extended(duration_summary, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS duration_summary_ops DEFAULT FOR TYPE duration_summary USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 duration_summary_cmp(duration_summary, duration_summary);
COMMENT ON OPERATOR CLASS duration_summary_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS duration_summary_ops DEFAULT FOR TYPE duration_summary USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 duration_summary_hash(duration_summary), FUNCTION 2 duration_summary_hash_extended(duration_summary, bigint);
COMMENT ON OPERATOR CLASS duration_summary_ops USING hash IS 'for hash joins and hash aggregation';

-- reading a summary

CREATE FUNCTION km_median(duration_summary) RETURNS integer
AS 'MODULE_PATHNAME', 'duration_km_median' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION km_median(duration_summary) IS 'Kaplan-Meier median: after how long half have arrived; NULL when half never did';

CREATE FUNCTION km_quantile(durations duration_summary, p numeric) RETURNS integer
AS 'MODULE_PATHNAME', 'duration_km_quantile' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION km_quantile(duration_summary, numeric) IS 'after how long the share p has arrived; NULL when it never did';

CREATE FUNCTION km_survival(durations duration_summary, t integer) RETURNS numeric
AS 'MODULE_PATHNAME', 'duration_km_survival' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION km_survival(duration_summary, integer) IS 'Kaplan-Meier survival: share that has not arrived after t units';

CREATE FUNCTION km_curve(
	duration_summary,
	OUT t integer, OUT at_risk bigint, OUT events bigint, OUT censored bigint, OUT survival numeric,
	OUT std_err double precision, OUT low double precision, OUT high double precision
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'duration_km_curve' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION km_curve(duration_summary) IS 'Kaplan-Meier curve: survival after each duration, with Greenwood standard error and 95 % log-log interval';

CREATE FUNCTION restricted_mean(durations duration_summary, t integer) RETURNS numeric
AS 'MODULE_PATHNAME', 'duration_restricted_mean' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION restricted_mean(duration_summary, integer) IS 'mean duration up to a horizon: area under the survival curve from 0 to t';

CREATE FUNCTION km_lifetime_value(durations duration_summary, arpa numeric, margin numeric, horizon integer) RETURNS numeric
AS 'MODULE_PATHNAME', 'duration_km_lifetime_value' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION km_lifetime_value(duration_summary, numeric, numeric, integer) IS 'value of a customer up to a horizon: revenue per unit of time, by margin, by the mean time that it stays';

CREATE FUNCTION log_rank(
	durations_1 duration_summary, durations_2 duration_summary,
	OUT chi_square double precision, OUT p_value double precision,
	OUT observed_1 bigint, OUT expected_1 double precision, OUT observed_2 bigint, OUT expected_2 double precision
) AS 'MODULE_PATHNAME', 'duration_log_rank' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION log_rank(duration_summary, duration_summary) IS 'log-rank test of two groups: whether one arrives earlier than the other';

CREATE FUNCTION event_count(duration_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'duration_event_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION event_count(duration_summary) IS 'rows in which it happened';

CREATE FUNCTION censored_count(duration_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'duration_censored_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION censored_count(duration_summary) IS 'rows in which it had not happened when last seen';

CREATE FUNCTION skipped_rows(duration_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'duration_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(duration_summary) IS 'rows that could not be used: no start or as_of, or done before start, or start after as_of';

-- building one

CREATE FUNCTION duration_accum(duration_summary, date, date, date) RETURNS duration_summary
AS 'MODULE_PATHNAME', 'duration_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION duration_accum(duration_summary, date, date, date) IS 'transition function: add a duration';

CREATE FUNCTION duration_accum(duration_summary, date, date, date, text) RETURNS duration_summary
AS 'MODULE_PATHNAME', 'duration_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION duration_accum(duration_summary, date, date, date, text) IS 'transition function: add a duration';

CREATE FUNCTION duration_accum(duration_summary, timestamp, timestamp, timestamp) RETURNS duration_summary
AS 'MODULE_PATHNAME', 'duration_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION duration_accum(duration_summary, timestamp, timestamp, timestamp) IS 'transition function: add a duration';

CREATE FUNCTION duration_accum(duration_summary, timestamp, timestamp, timestamp, text) RETURNS duration_summary
AS 'MODULE_PATHNAME', 'duration_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION duration_accum(duration_summary, timestamp, timestamp, timestamp, text) IS 'transition function: add a duration';

CREATE FUNCTION duration_accum(duration_summary, timestamptz, timestamptz, timestamptz) RETURNS duration_summary
AS 'MODULE_PATHNAME', 'duration_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION duration_accum(duration_summary, timestamptz, timestamptz, timestamptz) IS 'transition function: refuses instants whose time zone is not given';

CREATE FUNCTION duration_accum(duration_summary, timestamptz, timestamptz, timestamptz, text) RETURNS duration_summary
AS 'MODULE_PATHNAME', 'duration_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION duration_accum(duration_summary, timestamptz, timestamptz, timestamptz, text) IS 'transition function: refuses instants whose time zone is not given';

CREATE FUNCTION duration_combine(duration_summary, duration_summary) RETURNS duration_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_combine(duration_summary, duration_summary) IS 'add two summaries of the same unit';

CREATE FUNCTION duration_final(duration_summary) RETURNS duration_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION duration_final(duration_summary) IS 'final function: the summary itself';

CREATE AGGREGATE duration_agg(start date, done date, as_of date) (
	SFUNC = duration_accum, STYPE = duration_summary, SSPACE = 1024,
	FINALFUNC = duration_final, COMBINEFUNC = duration_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_agg(date, date, date) IS 'days from start to done; not done by as_of is censored there';

CREATE AGGREGATE duration_agg(start date, done date, as_of date, unit text) (
	SFUNC = duration_accum, STYPE = duration_summary, SSPACE = 1024,
	FINALFUNC = duration_final, COMBINEFUNC = duration_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_agg(date, date, date, text) IS 'time from start to done, in days of the calendar or whole hours (day or hour); not done by as_of is censored there';

CREATE AGGREGATE duration_agg(start timestamp, done timestamp, as_of timestamp) (
	SFUNC = duration_accum, STYPE = duration_summary, SSPACE = 1024,
	FINALFUNC = duration_final, COMBINEFUNC = duration_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_agg(timestamp, timestamp, timestamp) IS 'days from start to done; not done by as_of is censored there';

CREATE AGGREGATE duration_agg(start timestamp, done timestamp, as_of timestamp, unit text) (
	SFUNC = duration_accum, STYPE = duration_summary, SSPACE = 1024,
	FINALFUNC = duration_final, COMBINEFUNC = duration_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_agg(timestamp, timestamp, timestamp, text) IS 'time from start to done, in days of the calendar or whole hours (day or hour); not done by as_of is censored there';

-- These take what would be cast without a word, in the time zone of the session; each of
-- them raises an error that says what to write instead.

CREATE AGGREGATE duration_agg(start timestamptz, done timestamptz, as_of timestamptz) (
	SFUNC = duration_accum, STYPE = duration_summary, SSPACE = 1024,
	FINALFUNC = duration_final, COMBINEFUNC = duration_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_agg(timestamptz, timestamptz, timestamptz) IS 'raises an error: a timestamptz needs a zone';

CREATE AGGREGATE duration_agg(start timestamptz, done timestamptz, as_of timestamptz, unit text) (
	SFUNC = duration_accum, STYPE = duration_summary, SSPACE = 1024,
	FINALFUNC = duration_final, COMBINEFUNC = duration_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE duration_agg(timestamptz, timestamptz, timestamptz, text) IS 'raises an error: a timestamptz needs a zone';

CREATE AGGREGATE rollup(duration_summary) (
	SFUNC = duration_combine, STYPE = duration_summary, SSPACE = 1024,
	FINALFUNC = duration_final, COMBINEFUNC = duration_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(duration_summary) IS 'one summary of several of the same unit and disjoint rows';
