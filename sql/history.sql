-- mrr_history: one customer's signed MRR as a step function over days
--
-- Definitions, sources and examples: doc/retention.md.

-- the type

CREATE TYPE mrr_history;

CREATE FUNCTION mrr_history_in(cstring) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_in(cstring) IS 'text input of mrr_history';

CREATE FUNCTION mrr_history_out(mrr_history) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_out(mrr_history) IS 'text output of mrr_history';

CREATE FUNCTION mrr_history_recv(internal) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_recv(internal) IS 'binary input of mrr_history';

CREATE FUNCTION mrr_history_send(mrr_history) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_send(mrr_history) IS 'binary output of mrr_history: its canonical bytes';

CREATE TYPE mrr_history (
	INPUT = mrr_history_in,
	OUTPUT = mrr_history_out,
	RECEIVE = mrr_history_recv,
	SEND = mrr_history_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE mrr_history IS 'one customer''s signed MRR as a step function over days';

CREATE FUNCTION describe(mrr_history) RETURNS jsonb
AS 'MODULE_PATHNAME', 'mrr_history_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(mrr_history) IS 'what a mrr_history holds, as jsonb to read';

CREATE FUNCTION mrr_history_eq(mrr_history, mrr_history) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_eq(mrr_history, mrr_history) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = mrr_history, RIGHTARG = mrr_history, FUNCTION = mrr_history_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (mrr_history, mrr_history) IS 'equal (same content)';

CREATE FUNCTION mrr_history_ne(mrr_history, mrr_history) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_ne(mrr_history, mrr_history) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = mrr_history, RIGHTARG = mrr_history, FUNCTION = mrr_history_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (mrr_history, mrr_history) IS 'not equal (same content)';

CREATE FUNCTION mrr_history_lt(mrr_history, mrr_history) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_lt(mrr_history, mrr_history) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = mrr_history, RIGHTARG = mrr_history, FUNCTION = mrr_history_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (mrr_history, mrr_history) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION mrr_history_le(mrr_history, mrr_history) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_le(mrr_history, mrr_history) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = mrr_history, RIGHTARG = mrr_history, FUNCTION = mrr_history_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (mrr_history, mrr_history) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION mrr_history_gt(mrr_history, mrr_history) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_gt(mrr_history, mrr_history) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = mrr_history, RIGHTARG = mrr_history, FUNCTION = mrr_history_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (mrr_history, mrr_history) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION mrr_history_ge(mrr_history, mrr_history) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_ge(mrr_history, mrr_history) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = mrr_history, RIGHTARG = mrr_history, FUNCTION = mrr_history_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (mrr_history, mrr_history) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION mrr_history_cmp(mrr_history, mrr_history) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_cmp(mrr_history, mrr_history) IS 'less-equal-greater, for btree';

CREATE FUNCTION mrr_history_hash(mrr_history) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_hash(mrr_history) IS 'hash';

CREATE FUNCTION mrr_history_hash_extended(mrr_history, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_history_hash_extended(mrr_history, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS mrr_history_ops DEFAULT FOR TYPE mrr_history USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 mrr_history_cmp(mrr_history, mrr_history);
COMMENT ON OPERATOR CLASS mrr_history_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS mrr_history_ops DEFAULT FOR TYPE mrr_history USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 mrr_history_hash(mrr_history), FUNCTION 2 mrr_history_hash_extended(mrr_history, bigint);
COMMENT ON OPERATOR CLASS mrr_history_ops USING hash IS 'for hash joins and hash aggregation';

-- reading a history

CREATE FUNCTION mrr_at(history mrr_history, day date) RETURNS numeric
AS 'MODULE_PATHNAME', 'history_mrr_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_at(mrr_history, date) IS 'MRR on that day: 0 outside, and where the rows add up to less';

CREATE FUNCTION skipped_rows(mrr_history) RETURNS bigint
AS 'MODULE_PATHNAME', 'history_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(mrr_history) IS 'rows that could not be used: date or MRR NULL';

-- building one

CREATE FUNCTION history_combine(mrr_history, mrr_history) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION history_combine(mrr_history, mrr_history) IS 'add two histories of one customer';

CREATE FUNCTION history_final(mrr_history) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION history_final(mrr_history) IS 'final function: the history itself';

CREATE FUNCTION history_month_date(mrr_history, date, numeric) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_month_date(mrr_history, date, numeric) IS 'transition function of mrr_history(date, numeric)';

CREATE AGGREGATE mrr_history(month date, mrr numeric) (
	SFUNC = history_month_date, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(date, numeric) IS 'MRR history of one customer from monthly snapshots: a row covers the month that the date lies in';

CREATE FUNCTION history_month_date_currency(mrr_history, date, numeric, text) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_month_date_currency(mrr_history, date, numeric, text) IS 'transition function of mrr_history(date, numeric, text)';

CREATE AGGREGATE mrr_history(month date, mrr numeric, currency text) (
	SFUNC = history_month_date_currency, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(date, numeric, text) IS 'MRR history of one customer from monthly snapshots: a row covers the month that the date lies in; all in one currency';

CREATE FUNCTION history_month_timestamp(mrr_history, timestamp, numeric) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_month_timestamp(mrr_history, timestamp, numeric) IS 'transition function of mrr_history(timestamp, numeric)';

CREATE AGGREGATE mrr_history(month timestamp, mrr numeric) (
	SFUNC = history_month_timestamp, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(timestamp, numeric) IS 'MRR history of one customer from monthly snapshots: a row covers the month that the date lies in';

CREATE FUNCTION history_month_timestamp_currency(mrr_history, timestamp, numeric, text) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_month_timestamp_currency(mrr_history, timestamp, numeric, text) IS 'transition function of mrr_history(timestamp, numeric, text)';

CREATE AGGREGATE mrr_history(month timestamp, mrr numeric, currency text) (
	SFUNC = history_month_timestamp_currency, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(timestamp, numeric, text) IS 'MRR history of one customer from monthly snapshots: a row covers the month that the date lies in; all in one currency';

CREATE FUNCTION history_month_timestamptz(mrr_history, timestamptz, numeric) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_month_timestamptz(mrr_history, timestamptz, numeric) IS 'transition function of mrr_history(timestamptz, numeric)';

CREATE AGGREGATE mrr_history(month timestamptz, mrr numeric) (
	SFUNC = history_month_timestamptz, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(timestamptz, numeric) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE FUNCTION history_month_timestamptz_currency(mrr_history, timestamptz, numeric, text) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_month_timestamptz_currency(mrr_history, timestamptz, numeric, text) IS 'transition function of mrr_history(timestamptz, numeric, text)';

CREATE AGGREGATE mrr_history(month timestamptz, mrr numeric, currency text) (
	SFUNC = history_month_timestamptz_currency, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(timestamptz, numeric, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE FUNCTION history_interval_date(mrr_history, date, date, numeric) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_interval_date(mrr_history, date, date, numeric) IS 'transition function of mrr_history(date, date, numeric)';

CREATE AGGREGATE mrr_history(valid_from date, valid_to date, mrr numeric) (
	SFUNC = history_interval_date, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(date, date, numeric) IS 'MRR history of one customer from intervals: a row covers the days from valid_from until before valid_to, which is NULL while it is running';

CREATE FUNCTION history_interval_date_currency(mrr_history, date, date, numeric, text) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_interval_date_currency(mrr_history, date, date, numeric, text) IS 'transition function of mrr_history(date, date, numeric, text)';

CREATE AGGREGATE mrr_history(valid_from date, valid_to date, mrr numeric, currency text) (
	SFUNC = history_interval_date_currency, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(date, date, numeric, text) IS 'MRR history of one customer from intervals: a row covers the days from valid_from until before valid_to, which is NULL while it is running; all in one currency';

CREATE FUNCTION history_interval_timestamp(mrr_history, timestamp, timestamp, numeric) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_interval_timestamp(mrr_history, timestamp, timestamp, numeric) IS 'transition function of mrr_history(timestamp, timestamp, numeric)';

CREATE AGGREGATE mrr_history(valid_from timestamp, valid_to timestamp, mrr numeric) (
	SFUNC = history_interval_timestamp, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(timestamp, timestamp, numeric) IS 'MRR history of one customer from intervals: a row covers the days from valid_from until before valid_to, which is NULL while it is running';

CREATE FUNCTION history_interval_timestamp_currency(mrr_history, timestamp, timestamp, numeric, text) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_interval_timestamp_currency(mrr_history, timestamp, timestamp, numeric, text) IS 'transition function of mrr_history(timestamp, timestamp, numeric, text)';

CREATE AGGREGATE mrr_history(valid_from timestamp, valid_to timestamp, mrr numeric, currency text) (
	SFUNC = history_interval_timestamp_currency, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(timestamp, timestamp, numeric, text) IS 'MRR history of one customer from intervals: a row covers the days from valid_from until before valid_to, which is NULL while it is running; all in one currency';

CREATE FUNCTION history_interval_timestamptz(mrr_history, timestamptz, timestamptz, numeric) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_interval_timestamptz(mrr_history, timestamptz, timestamptz, numeric) IS 'transition function of mrr_history(timestamptz, timestamptz, numeric)';

CREATE AGGREGATE mrr_history(valid_from timestamptz, valid_to timestamptz, mrr numeric) (
	SFUNC = history_interval_timestamptz, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(timestamptz, timestamptz, numeric) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE FUNCTION history_interval_timestamptz_currency(mrr_history, timestamptz, timestamptz, numeric, text) RETURNS mrr_history
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION history_interval_timestamptz_currency(mrr_history, timestamptz, timestamptz, numeric, text) IS 'transition function of mrr_history(timestamptz, timestamptz, numeric, text)';

CREATE AGGREGATE mrr_history(valid_from timestamptz, valid_to timestamptz, mrr numeric, currency text) (
	SFUNC = history_interval_timestamptz_currency, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_history(timestamptz, timestamptz, numeric, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE AGGREGATE rollup(mrr_history) (
	SFUNC = history_combine, STYPE = mrr_history, SSPACE = 400,
	FINALFUNC = history_final, COMBINEFUNC = history_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(mrr_history) IS 'one history of several of the same customer';
