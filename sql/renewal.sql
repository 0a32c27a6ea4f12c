-- renewal_summary: what became of the contracts that were due for renewal
--
-- Definitions, sources and examples: doc/renewals.md.

-- the type

CREATE TYPE renewal_summary;

CREATE FUNCTION renewal_summary_in(cstring) RETURNS renewal_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_in(cstring) IS 'text input of renewal_summary';

CREATE FUNCTION renewal_summary_out(renewal_summary) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_out(renewal_summary) IS 'text output of renewal_summary';

CREATE FUNCTION renewal_summary_recv(internal) RETURNS renewal_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_recv(internal) IS 'binary input of renewal_summary';

CREATE FUNCTION renewal_summary_send(renewal_summary) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_send(renewal_summary) IS 'binary output of renewal_summary: its canonical bytes';

CREATE TYPE renewal_summary (
	INPUT = renewal_summary_in,
	OUTPUT = renewal_summary_out,
	RECEIVE = renewal_summary_recv,
	SEND = renewal_summary_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE renewal_summary IS 'contracts due for renewal: renewed on time, late, lost, recovered and open, as counts and annual amounts';

CREATE FUNCTION describe(renewal_summary) RETURNS jsonb
AS 'MODULE_PATHNAME', 'renewal_summary_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(renewal_summary) IS 'what a renewal_summary holds, as jsonb to read';

CREATE FUNCTION renewal_summary_eq(renewal_summary, renewal_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_eq(renewal_summary, renewal_summary) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = renewal_summary, RIGHTARG = renewal_summary, FUNCTION = renewal_summary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (renewal_summary, renewal_summary) IS 'equal (same content)';

CREATE FUNCTION renewal_summary_ne(renewal_summary, renewal_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_ne(renewal_summary, renewal_summary) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = renewal_summary, RIGHTARG = renewal_summary, FUNCTION = renewal_summary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (renewal_summary, renewal_summary) IS 'not equal (same content)';

CREATE FUNCTION renewal_summary_lt(renewal_summary, renewal_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_lt(renewal_summary, renewal_summary) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = renewal_summary, RIGHTARG = renewal_summary, FUNCTION = renewal_summary_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (renewal_summary, renewal_summary) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION renewal_summary_le(renewal_summary, renewal_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_le(renewal_summary, renewal_summary) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = renewal_summary, RIGHTARG = renewal_summary, FUNCTION = renewal_summary_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (renewal_summary, renewal_summary) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION renewal_summary_gt(renewal_summary, renewal_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_gt(renewal_summary, renewal_summary) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = renewal_summary, RIGHTARG = renewal_summary, FUNCTION = renewal_summary_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (renewal_summary, renewal_summary) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION renewal_summary_ge(renewal_summary, renewal_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_ge(renewal_summary, renewal_summary) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = renewal_summary, RIGHTARG = renewal_summary, FUNCTION = renewal_summary_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (renewal_summary, renewal_summary) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION renewal_summary_cmp(renewal_summary, renewal_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_cmp(renewal_summary, renewal_summary) IS 'less-equal-greater, for btree';

CREATE FUNCTION renewal_summary_hash(renewal_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_hash(renewal_summary) IS 'hash';

CREATE FUNCTION renewal_summary_hash_extended(renewal_summary, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_summary_hash_extended(renewal_summary, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS renewal_summary_ops DEFAULT FOR TYPE renewal_summary USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 renewal_summary_cmp(renewal_summary, renewal_summary);
COMMENT ON OPERATOR CLASS renewal_summary_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS renewal_summary_ops DEFAULT FOR TYPE renewal_summary USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 renewal_summary_hash(renewal_summary), FUNCTION 2 renewal_summary_hash_extended(renewal_summary, bigint);
COMMENT ON OPERATOR CLASS renewal_summary_ops USING hash IS 'for hash joins and hash aggregation';

-- reading a summary

CREATE FUNCTION renewal_rate(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_renewal_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_rate(renewal_summary) IS 'ARR renewed by ARR due, of contracts on which is decided; NULL when none was due';

CREATE FUNCTION gross_renewal_rate(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_gross_renewal_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gross_renewal_rate(renewal_summary) IS 'the same with what each contract renewed capped at what it had due, from 0 to 1';

CREATE FUNCTION logo_renewal_rate(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_logo_renewal_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION logo_renewal_rate(renewal_summary) IS 'share of the contracts on which is decided that were renewed';

CREATE FUNCTION on_time_rate(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_on_time_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION on_time_rate(renewal_summary) IS 'share of the contracts renewed that were renewed by their due date';

CREATE FUNCTION due_count(renewal_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'renewal_due_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION due_count(renewal_summary) IS 'contracts on which is decided: renewed or lost';

CREATE FUNCTION due_arr(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_due_arr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION due_arr(renewal_summary) IS 'ARR due of contracts on which is decided: the denominator of the renewal rate';

CREATE FUNCTION renewed_count(renewal_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'renewal_renewed_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewed_count(renewal_summary) IS 'contracts renewed, on time or late';

CREATE FUNCTION renewed_arr(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_renewed_arr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewed_arr(renewal_summary) IS 'ARR renewed: the numerator of the renewal rate';

CREATE FUNCTION on_time_count(renewal_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'renewal_on_time_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION on_time_count(renewal_summary) IS 'contracts renewed by their due date';

CREATE FUNCTION on_time_arr(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_on_time_arr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION on_time_arr(renewal_summary) IS 'ARR renewed of contracts renewed by their due date';

CREATE FUNCTION late_count(renewal_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'renewal_late_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION late_count(renewal_summary) IS 'contracts renewed after their due date, within grace';

CREATE FUNCTION late_arr(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_late_arr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION late_arr(renewal_summary) IS 'ARR renewed of contracts renewed after their due date, within grace';

CREATE FUNCTION lost_count(renewal_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'renewal_lost_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lost_count(renewal_summary) IS 'contracts not renewed within grace';

CREATE FUNCTION lost_arr(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_lost_arr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lost_arr(renewal_summary) IS 'ARR due of contracts not renewed within grace';

CREATE FUNCTION recovered_count(renewal_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'renewal_recovered_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION recovered_count(renewal_summary) IS 'of the contracts lost, those signed later';

CREATE FUNCTION recovered_arr(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_recovered_arr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION recovered_arr(renewal_summary) IS 'ARR renewed of contracts lost that were signed later; outside the rates';

CREATE FUNCTION open_count(renewal_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'renewal_open_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION open_count(renewal_summary) IS 'contracts that may still be renewed within grace; outside the rates';

CREATE FUNCTION open_arr(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_open_arr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION open_arr(renewal_summary) IS 'ARR due of contracts that may still be renewed within grace; outside the rates';

CREATE FUNCTION signed_count(renewal_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'renewal_signed_count' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION signed_count(renewal_summary) IS 'of the open contracts, those signed already';

CREATE FUNCTION signed_arr(renewal_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'renewal_signed_arr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION signed_arr(renewal_summary) IS 'ARR renewed of open contracts that are signed already; outside the rates';

CREATE FUNCTION skipped_rows(renewal_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'renewal_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(renewal_summary) IS 'rows without a due date or ARR due';

-- building one

CREATE FUNCTION renewal_accum(renewal_summary, date, numeric, date, numeric, date) RETURNS renewal_summary
AS 'MODULE_PATHNAME', 'renewal_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION renewal_accum(renewal_summary, date, numeric, date, numeric, date) IS 'transition function: add a contract';

CREATE FUNCTION renewal_accum(renewal_summary, date, numeric, date, numeric, date, integer) RETURNS renewal_summary
AS 'MODULE_PATHNAME', 'renewal_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION renewal_accum(renewal_summary, date, numeric, date, numeric, date, integer) IS 'transition function: add a contract';

CREATE FUNCTION renewal_accum(renewal_summary, timestamp, numeric, timestamp, numeric, timestamp) RETURNS renewal_summary
AS 'MODULE_PATHNAME', 'renewal_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION renewal_accum(renewal_summary, timestamp, numeric, timestamp, numeric, timestamp) IS 'transition function: add a contract';

CREATE FUNCTION renewal_accum(renewal_summary, timestamp, numeric, timestamp, numeric, timestamp, integer) RETURNS renewal_summary
AS 'MODULE_PATHNAME', 'renewal_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION renewal_accum(renewal_summary, timestamp, numeric, timestamp, numeric, timestamp, integer) IS 'transition function: add a contract';

CREATE FUNCTION renewal_accum(renewal_summary, timestamptz, numeric, timestamptz, numeric, timestamptz) RETURNS renewal_summary
AS 'MODULE_PATHNAME', 'renewal_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION renewal_accum(renewal_summary, timestamptz, numeric, timestamptz, numeric, timestamptz) IS 'transition function: refuses dates whose time zone is not given';

CREATE FUNCTION renewal_accum(renewal_summary, timestamptz, numeric, timestamptz, numeric, timestamptz, integer) RETURNS renewal_summary
AS 'MODULE_PATHNAME', 'renewal_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION renewal_accum(renewal_summary, timestamptz, numeric, timestamptz, numeric, timestamptz, integer) IS 'transition function: refuses dates whose time zone is not given';

CREATE FUNCTION renewal_combine(renewal_summary, renewal_summary) RETURNS renewal_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_combine(renewal_summary, renewal_summary) IS 'add two summaries of different contracts';

CREATE FUNCTION renewal_final(renewal_summary) RETURNS renewal_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_final(renewal_summary) IS 'final function: the summary itself';

CREATE AGGREGATE renewal_agg(due date, arr_due numeric, renewed_on date, arr_renewed numeric, as_of date) (
	SFUNC = renewal_accum, STYPE = renewal_summary, SSPACE = 240,
	FINALFUNC = renewal_final, COMBINEFUNC = renewal_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE renewal_agg(date, numeric, date, numeric, date) IS 'contracts due for renewal, seen from the day as_of on';

CREATE AGGREGATE renewal_agg(due date, arr_due numeric, renewed_on date, arr_renewed numeric, as_of date, grace integer) (
	SFUNC = renewal_accum, STYPE = renewal_summary, SSPACE = 240,
	FINALFUNC = renewal_final, COMBINEFUNC = renewal_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE renewal_agg(date, numeric, date, numeric, date, integer) IS 'contracts due for renewal, seen from the day as_of on; with days of grace after the due date';

CREATE AGGREGATE renewal_agg(due timestamp, arr_due numeric, renewed_on timestamp, arr_renewed numeric, as_of timestamp) (
	SFUNC = renewal_accum, STYPE = renewal_summary, SSPACE = 240,
	FINALFUNC = renewal_final, COMBINEFUNC = renewal_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE renewal_agg(timestamp, numeric, timestamp, numeric, timestamp) IS 'contracts due for renewal, seen from the day as_of on';

CREATE AGGREGATE renewal_agg(due timestamp, arr_due numeric, renewed_on timestamp, arr_renewed numeric, as_of timestamp, grace integer) (
	SFUNC = renewal_accum, STYPE = renewal_summary, SSPACE = 240,
	FINALFUNC = renewal_final, COMBINEFUNC = renewal_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE renewal_agg(timestamp, numeric, timestamp, numeric, timestamp, integer) IS 'contracts due for renewal, seen from the day as_of on; with days of grace after the due date';

-- These take what would be cast without a word and count on the wrong day; each of them
-- raises an error that says what to write instead.

CREATE AGGREGATE renewal_agg(due timestamptz, arr_due numeric, renewed_on timestamptz, arr_renewed numeric, as_of timestamptz) (
	SFUNC = renewal_accum, STYPE = renewal_summary, SSPACE = 240,
	FINALFUNC = renewal_final, COMBINEFUNC = renewal_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE renewal_agg(timestamptz, numeric, timestamptz, numeric, timestamptz) IS 'raises an error: a timestamptz needs a zone';

CREATE AGGREGATE renewal_agg(due timestamptz, arr_due numeric, renewed_on timestamptz, arr_renewed numeric, as_of timestamptz, grace integer) (
	SFUNC = renewal_accum, STYPE = renewal_summary, SSPACE = 240,
	FINALFUNC = renewal_final, COMBINEFUNC = renewal_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE renewal_agg(timestamptz, numeric, timestamptz, numeric, timestamptz, integer) IS 'raises an error: a timestamptz needs a zone';

CREATE AGGREGATE rollup(renewal_summary) (
	SFUNC = renewal_combine, STYPE = renewal_summary, SSPACE = 240,
	FINALFUNC = renewal_final, COMBINEFUNC = renewal_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(renewal_summary) IS 'one summary of several of different contracts';
