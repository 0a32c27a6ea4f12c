-- backtest_summary: what a health score, or a probability of leaving, was worth
--
-- Definitions, sources and examples: doc/backtest.md.

-- the type

CREATE TYPE backtest_summary;

CREATE FUNCTION backtest_summary_in(cstring) RETURNS backtest_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_in(cstring) IS 'text input of backtest_summary';

CREATE FUNCTION backtest_summary_out(backtest_summary) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_out(backtest_summary) IS 'text output of backtest_summary';

CREATE FUNCTION backtest_summary_recv(internal) RETURNS backtest_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_recv(internal) IS 'binary input of backtest_summary';

CREATE FUNCTION backtest_summary_send(backtest_summary) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_send(backtest_summary) IS 'binary output of backtest_summary: its canonical bytes';

CREATE TYPE backtest_summary (
	INPUT = backtest_summary_in,
	OUTPUT = backtest_summary_out,
	RECEIVE = backtest_summary_recv,
	SEND = backtest_summary_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE backtest_summary IS 'customers that left and that stayed, by the score or the probability known beforehand; with or without their ARR';

CREATE FUNCTION describe(backtest_summary) RETURNS jsonb
AS 'MODULE_PATHNAME', 'backtest_summary_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(backtest_summary) IS 'what a backtest_summary holds, as jsonb to read';

CREATE FUNCTION backtest_summary_eq(backtest_summary, backtest_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_eq(backtest_summary, backtest_summary) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = backtest_summary, RIGHTARG = backtest_summary, FUNCTION = backtest_summary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (backtest_summary, backtest_summary) IS 'equal (same content)';

CREATE FUNCTION backtest_summary_ne(backtest_summary, backtest_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_ne(backtest_summary, backtest_summary) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = backtest_summary, RIGHTARG = backtest_summary, FUNCTION = backtest_summary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (backtest_summary, backtest_summary) IS 'not equal (same content)';

CREATE FUNCTION backtest_summary_lt(backtest_summary, backtest_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_lt(backtest_summary, backtest_summary) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = backtest_summary, RIGHTARG = backtest_summary, FUNCTION = backtest_summary_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (backtest_summary, backtest_summary) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION backtest_summary_le(backtest_summary, backtest_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_le(backtest_summary, backtest_summary) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = backtest_summary, RIGHTARG = backtest_summary, FUNCTION = backtest_summary_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (backtest_summary, backtest_summary) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION backtest_summary_gt(backtest_summary, backtest_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_gt(backtest_summary, backtest_summary) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = backtest_summary, RIGHTARG = backtest_summary, FUNCTION = backtest_summary_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (backtest_summary, backtest_summary) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION backtest_summary_ge(backtest_summary, backtest_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_ge(backtest_summary, backtest_summary) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = backtest_summary, RIGHTARG = backtest_summary, FUNCTION = backtest_summary_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (backtest_summary, backtest_summary) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION backtest_summary_cmp(backtest_summary, backtest_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_cmp(backtest_summary, backtest_summary) IS 'less-equal-greater, for btree';

CREATE FUNCTION backtest_summary_hash(backtest_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_hash(backtest_summary) IS 'hash';

CREATE FUNCTION backtest_summary_hash_extended(backtest_summary, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_summary_hash_extended(backtest_summary, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS backtest_summary_ops DEFAULT FOR TYPE backtest_summary USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 backtest_summary_cmp(backtest_summary, backtest_summary);
COMMENT ON OPERATOR CLASS backtest_summary_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS backtest_summary_ops DEFAULT FOR TYPE backtest_summary USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 backtest_summary_hash(backtest_summary), FUNCTION 2 backtest_summary_hash_extended(backtest_summary, bigint);
COMMENT ON OPERATOR CLASS backtest_summary_ops USING hash IS 'for hash joins and hash aggregation';

-- reading a summary

CREATE FUNCTION auc(backtest_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'backtest_auc' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION auc(backtest_summary) IS 'how well it ranks: of all pairs of one who left and one who stayed, the share in which the first was worse, ties counted half; NULL unless there are both';

CREATE FUNCTION lift(summary backtest_summary, q numeric) RETURNS numeric
AS 'MODULE_PATHNAME', 'backtest_lift' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION lift(backtest_summary, numeric) IS 'churn rate of the worst share q of the customers by that of all; NULL when nobody left';

CREATE FUNCTION capture(summary backtest_summary, q numeric) RETURNS numeric
AS 'MODULE_PATHNAME', 'backtest_capture' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION capture(backtest_summary, numeric) IS 'share of the ARR that was lost that the worst share q of the customers had; NULL when none was lost';

CREATE FUNCTION confusion(
	summary backtest_summary, cut numeric,
	OUT true_positives bigint, OUT false_positives bigint, OUT true_negatives bigint, OUT false_negatives bigint,
	OUT precision_rate numeric, OUT recall_rate numeric
) AS 'MODULE_PATHNAME', 'backtest_confusion' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION confusion(backtest_summary, numeric) IS 'who left and who stayed of those flagged and not flagged by a cut: scores up to it, probabilities from it on';

CREATE FUNCTION calibration(
	summary backtest_summary, bins integer,
	OUT bin integer, OUT low_value numeric, OUT high_value numeric, OUT customers bigint, OUT churned bigint,
	OUT churn_rate numeric, OUT low double precision, OUT high double precision, OUT predicted numeric
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'backtest_calibration' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION calibration(backtest_summary, integer) IS 'churn rate with its 95 % Wilson interval, and the mean of probabilities, in bins of about equally many customers; equal values are in one bin';

CREATE FUNCTION brier(backtest_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'backtest_brier' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION brier(backtest_summary) IS 'mean square of the difference of predicted probability and outcome (1 left, 0 stayed); of scores an error';

CREATE FUNCTION backtest_customers(backtest_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'backtest_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_customers(backtest_summary) IS 'customers in a back-test';

CREATE FUNCTION backtest_churned(backtest_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'backtest_churned' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_churned(backtest_summary) IS 'customers in a back-test that left';

CREATE FUNCTION backtest_arr(backtest_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'backtest_arr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_arr(backtest_summary) IS 'ARR of the customers in a back-test; without ARR an error';

CREATE FUNCTION backtest_churned_arr(backtest_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'backtest_churned_arr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_churned_arr(backtest_summary) IS 'ARR of the customers in a back-test that left; without ARR an error';

CREATE FUNCTION skipped_rows(backtest_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'backtest_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(backtest_summary) IS 'rows without a score or probability, an outcome, or ARR where that is asked for';

-- building one

CREATE FUNCTION backtest_accum(backtest_summary, numeric, boolean) RETURNS backtest_summary
AS 'MODULE_PATHNAME', 'backtest_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION backtest_accum(backtest_summary, numeric, boolean) IS 'transition function: add a customer with its score';

CREATE FUNCTION backtest_accum(backtest_summary, numeric, boolean, numeric) RETURNS backtest_summary
AS 'MODULE_PATHNAME', 'backtest_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION backtest_accum(backtest_summary, numeric, boolean, numeric) IS 'transition function: add a customer with its score and ARR';

CREATE FUNCTION backtest_accum_probability(backtest_summary, numeric, boolean) RETURNS backtest_summary
AS 'MODULE_PATHNAME', 'backtest_accum_probability' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION backtest_accum_probability(backtest_summary, numeric, boolean) IS 'transition function: add a customer with its probability';

CREATE FUNCTION backtest_accum_probability(backtest_summary, numeric, boolean, numeric) RETURNS backtest_summary
AS 'MODULE_PATHNAME', 'backtest_accum_probability' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION backtest_accum_probability(backtest_summary, numeric, boolean, numeric) IS 'transition function: add a customer with its probability and ARR';

CREATE FUNCTION backtest_combine(backtest_summary, backtest_summary) RETURNS backtest_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_combine(backtest_summary, backtest_summary) IS 'add two back-tests of different customers';

CREATE FUNCTION backtest_final(backtest_summary) RETURNS backtest_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION backtest_final(backtest_summary) IS 'final function: the summary itself';

CREATE AGGREGATE backtest_agg(score numeric, churned boolean) (
	SFUNC = backtest_accum, STYPE = backtest_summary, SSPACE = 1000,
	FINALFUNC = backtest_final, COMBINEFUNC = backtest_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE backtest_agg(numeric, boolean) IS 'who left, by the health score known beforehand: 0 to 100, at most 2 decimals';

CREATE AGGREGATE backtest_agg(score numeric, churned boolean, arr numeric) (
	SFUNC = backtest_accum, STYPE = backtest_summary, SSPACE = 1000,
	FINALFUNC = backtest_final, COMBINEFUNC = backtest_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE backtest_agg(numeric, boolean, numeric) IS 'who left, by the health score known beforehand: 0 to 100, at most 2 decimals; with ARR';

CREATE AGGREGATE backtest_probability_agg(p_churn numeric, churned boolean) (
	SFUNC = backtest_accum_probability, STYPE = backtest_summary, SSPACE = 1000,
	FINALFUNC = backtest_final, COMBINEFUNC = backtest_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE backtest_probability_agg(numeric, boolean) IS 'who left, by the probability of it stated beforehand: 0 to 1, at most 4 decimals';

CREATE AGGREGATE backtest_probability_agg(p_churn numeric, churned boolean, arr numeric) (
	SFUNC = backtest_accum_probability, STYPE = backtest_summary, SSPACE = 1000,
	FINALFUNC = backtest_final, COMBINEFUNC = backtest_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE backtest_probability_agg(numeric, boolean, numeric) IS 'who left, by the probability of it stated beforehand: 0 to 1, at most 4 decimals; with ARR';

CREATE AGGREGATE rollup(backtest_summary) (
	SFUNC = backtest_combine, STYPE = backtest_summary, SSPACE = 1000,
	FINALFUNC = backtest_final, COMBINEFUNC = backtest_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(backtest_summary) IS 'one back-test of several of different customers';
