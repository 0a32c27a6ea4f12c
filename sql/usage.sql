-- usage_summary: one customer's usage by day, and how it changed
--
-- Definitions, sources and examples: doc/usage.md.

-- the type

CREATE TYPE usage_summary;

CREATE FUNCTION usage_summary_in(cstring) RETURNS usage_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_in(cstring) IS 'text input of usage_summary';

CREATE FUNCTION usage_summary_out(usage_summary) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_out(usage_summary) IS 'text output of usage_summary';

CREATE FUNCTION usage_summary_recv(internal) RETURNS usage_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_recv(internal) IS 'binary input of usage_summary';

CREATE FUNCTION usage_summary_send(usage_summary) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_send(usage_summary) IS 'binary output of usage_summary: its canonical bytes';

CREATE TYPE usage_summary (
	INPUT = usage_summary_in,
	OUTPUT = usage_summary_out,
	RECEIVE = usage_summary_recv,
	SEND = usage_summary_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE usage_summary IS 'one customer''s usage by day';

CREATE FUNCTION describe(usage_summary) RETURNS jsonb
AS 'MODULE_PATHNAME', 'usage_summary_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(usage_summary) IS 'what a usage_summary holds, as jsonb to read';

CREATE FUNCTION usage_summary_eq(usage_summary, usage_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_eq(usage_summary, usage_summary) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = usage_summary, RIGHTARG = usage_summary, FUNCTION = usage_summary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (usage_summary, usage_summary) IS 'equal (same content)';

CREATE FUNCTION usage_summary_ne(usage_summary, usage_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_ne(usage_summary, usage_summary) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = usage_summary, RIGHTARG = usage_summary, FUNCTION = usage_summary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (usage_summary, usage_summary) IS 'not equal (same content)';

CREATE FUNCTION usage_summary_lt(usage_summary, usage_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_lt(usage_summary, usage_summary) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = usage_summary, RIGHTARG = usage_summary, FUNCTION = usage_summary_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (usage_summary, usage_summary) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION usage_summary_le(usage_summary, usage_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_le(usage_summary, usage_summary) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = usage_summary, RIGHTARG = usage_summary, FUNCTION = usage_summary_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (usage_summary, usage_summary) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION usage_summary_gt(usage_summary, usage_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_gt(usage_summary, usage_summary) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = usage_summary, RIGHTARG = usage_summary, FUNCTION = usage_summary_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (usage_summary, usage_summary) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION usage_summary_ge(usage_summary, usage_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_ge(usage_summary, usage_summary) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = usage_summary, RIGHTARG = usage_summary, FUNCTION = usage_summary_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (usage_summary, usage_summary) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION usage_summary_cmp(usage_summary, usage_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_cmp(usage_summary, usage_summary) IS 'less-equal-greater, for btree';

CREATE FUNCTION usage_summary_hash(usage_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_hash(usage_summary) IS 'hash';

CREATE FUNCTION usage_summary_hash_extended(usage_summary, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_summary_hash_extended(usage_summary, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS usage_summary_ops DEFAULT FOR TYPE usage_summary USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 usage_summary_cmp(usage_summary, usage_summary);
COMMENT ON OPERATOR CLASS usage_summary_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS usage_summary_ops DEFAULT FOR TYPE usage_summary USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 usage_summary_hash(usage_summary), FUNCTION 2 usage_summary_hash_extended(usage_summary, bigint);
COMMENT ON OPERATOR CLASS usage_summary_ops USING hash IS 'for hash joins and hash aggregation';

-- what there is

CREATE FUNCTION usage_total(usage_summary) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_total(usage_summary) IS 'usage of all days';

CREATE FUNCTION usage_days(usage_summary) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_days(usage_summary) IS 'days with usage above 0';

CREATE FUNCTION first_day(usage_summary) RETURNS date
AS 'MODULE_PATHNAME', 'usage_first_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION first_day(usage_summary) IS 'first day with a row, be it of 0; NULL without rows';

CREATE FUNCTION last_day(usage_summary) RETURNS date
AS 'MODULE_PATHNAME', 'usage_last_day' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION last_day(usage_summary) IS 'last day with a row, be it of 0; NULL without rows';

CREATE FUNCTION skipped_rows(usage_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'usage_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(usage_summary) IS 'rows that could not be used: day or usage NULL';

CREATE FUNCTION usage_by_day(usage_summary, OUT day date, OUT usage numeric) RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 400;
COMMENT ON FUNCTION usage_by_day(usage_summary) IS 'usage of every day from the first to the last, those without included';

CREATE FUNCTION usage_by_week(summary usage_summary, as_of date, OUT week date, OUT usage numeric) RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 60;
COMMENT ON FUNCTION usage_by_week(usage_summary, date) IS 'usage of whole weeks of 7 days, the last of which ends on as_of, by their first day';

-- how it changed

CREATE FUNCTION usage_level(summary usage_summary, weeks integer, as_of date) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_level(usage_summary, integer, date) IS 'median usage of the last weeks, whole ones; NULL if there are less';

CREATE FUNCTION usage_drop(summary usage_summary, recent integer, base integer, as_of date) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_drop(usage_summary, integer, integer, date) IS 'how far the median of the recent weeks is below that of the base weeks before them, by the noise and level of all of these; NULL if there are less, or the base median is 0';

CREATE FUNCTION usage_slope(summary usage_summary, days integer, as_of date) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_slope(usage_summary, integer, date) IS 'least-squares slope of daily usage by its mean: relative change a day; NULL if there are less days, or no usage';

CREATE FUNCTION usage_changepoint(
	summary usage_summary, as_of date,
	OUT changed_on date, OUT before numeric, OUT after numeric, OUT strength double precision
) AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_changepoint(usage_summary, date) IS 'the strongest shift of weekly usage: its day, the median weeks before and after it, and its strength; NULLs with less than 8 weeks';

CREATE FUNCTION usage_recency(summary usage_summary, as_of date) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_recency(usage_summary, date) IS 'days from the last day with usage to as_of; NULL if there is none';

-- building one

CREATE FUNCTION usage_combine(usage_summary, usage_summary) RETURNS usage_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_combine(usage_summary, usage_summary) IS 'add two summaries of one customer';

CREATE FUNCTION usage_final(usage_summary) RETURNS usage_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION usage_final(usage_summary) IS 'final function: the summary itself';

CREATE FUNCTION usage_accum_date(usage_summary, date, numeric) RETURNS usage_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION usage_accum_date(usage_summary, date, numeric) IS 'transition function of usage_agg(date, numeric)';

CREATE AGGREGATE usage_agg(day date, n numeric) (
	SFUNC = usage_accum_date, STYPE = usage_summary, SSPACE = 2000,
	FINALFUNC = usage_final, COMBINEFUNC = usage_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE usage_agg(date, numeric) IS 'usage of one customer by day; rows of a day add up';

CREATE FUNCTION usage_accum_timestamp(usage_summary, timestamp, numeric) RETURNS usage_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION usage_accum_timestamp(usage_summary, timestamp, numeric) IS 'transition function of usage_agg(timestamp, numeric)';

CREATE AGGREGATE usage_agg(day timestamp, n numeric) (
	SFUNC = usage_accum_timestamp, STYPE = usage_summary, SSPACE = 2000,
	FINALFUNC = usage_final, COMBINEFUNC = usage_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE usage_agg(timestamp, numeric) IS 'usage of one customer by day; rows of a day add up';

CREATE FUNCTION usage_accum_timestamptz(usage_summary, timestamptz, numeric) RETURNS usage_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION usage_accum_timestamptz(usage_summary, timestamptz, numeric) IS 'transition function of usage_agg(timestamptz, numeric)';

CREATE AGGREGATE usage_agg(day timestamptz, n numeric) (
	SFUNC = usage_accum_timestamptz, STYPE = usage_summary, SSPACE = 2000,
	FINALFUNC = usage_final, COMBINEFUNC = usage_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE usage_agg(timestamptz, numeric) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE AGGREGATE rollup(usage_summary) (
	SFUNC = usage_combine, STYPE = usage_summary, SSPACE = 2000,
	FINALFUNC = usage_final, COMBINEFUNC = usage_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(usage_summary) IS 'one summary of several of the same customer';
