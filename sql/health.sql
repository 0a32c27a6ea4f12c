-- health_summary: the signals of a health score and their weights; scalers, bands, drivers
--
-- Definitions, sources and examples: doc/health.md.

-- from a measure to a score

CREATE FUNCTION scale_linear(x numeric, worst numeric, best numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scale_linear(numeric, numeric, numeric) IS 'score from 0 at the worst value to 100 at the best, in a straight line; worst may be above best';

CREATE FUNCTION scale_steps(x numeric, cuts numeric[], scores numeric[]) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scale_steps(numeric, numeric[], numeric[]) IS 'score of the step that a value is on: scores[1] up to cuts[1], then scores[i + 1] from above cuts[i] to cuts[i + 1]';

CREATE FUNCTION scale_logistic(x numeric, mid numeric, slope numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION scale_logistic(numeric, numeric, numeric) IS 'score on an S-curve: 50 at mid, steepness slope; where less is better slope is negative';

-- the type

CREATE TYPE health_summary;

CREATE FUNCTION health_summary_in(cstring) RETURNS health_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_in(cstring) IS 'text input of health_summary';

CREATE FUNCTION health_summary_out(health_summary) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_out(health_summary) IS 'text output of health_summary';

CREATE FUNCTION health_summary_recv(internal) RETURNS health_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_recv(internal) IS 'binary input of health_summary';

CREATE FUNCTION health_summary_send(health_summary) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_send(health_summary) IS 'binary output of health_summary: its canonical bytes';

CREATE TYPE health_summary (
	INPUT = health_summary_in,
	OUTPUT = health_summary_out,
	RECEIVE = health_summary_recv,
	SEND = health_summary_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE health_summary IS 'signals of a health score, with their weights: of one customer, or added up over many';

CREATE FUNCTION describe(health_summary) RETURNS jsonb
AS 'MODULE_PATHNAME', 'health_summary_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(health_summary) IS 'what a health_summary holds, as jsonb to read';

CREATE FUNCTION health_summary_eq(health_summary, health_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_eq(health_summary, health_summary) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = health_summary, RIGHTARG = health_summary, FUNCTION = health_summary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (health_summary, health_summary) IS 'equal (same content)';

CREATE FUNCTION health_summary_ne(health_summary, health_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_ne(health_summary, health_summary) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = health_summary, RIGHTARG = health_summary, FUNCTION = health_summary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (health_summary, health_summary) IS 'not equal (same content)';

CREATE FUNCTION health_summary_lt(health_summary, health_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_lt(health_summary, health_summary) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = health_summary, RIGHTARG = health_summary, FUNCTION = health_summary_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (health_summary, health_summary) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION health_summary_le(health_summary, health_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_le(health_summary, health_summary) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = health_summary, RIGHTARG = health_summary, FUNCTION = health_summary_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (health_summary, health_summary) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION health_summary_gt(health_summary, health_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_gt(health_summary, health_summary) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = health_summary, RIGHTARG = health_summary, FUNCTION = health_summary_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (health_summary, health_summary) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION health_summary_ge(health_summary, health_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_ge(health_summary, health_summary) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = health_summary, RIGHTARG = health_summary, FUNCTION = health_summary_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (health_summary, health_summary) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION health_summary_cmp(health_summary, health_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_cmp(health_summary, health_summary) IS 'less-equal-greater, for btree';

CREATE FUNCTION health_summary_hash(health_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_hash(health_summary) IS 'hash';

CREATE FUNCTION health_summary_hash_extended(health_summary, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_summary_hash_extended(health_summary, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS health_summary_ops DEFAULT FOR TYPE health_summary USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 health_summary_cmp(health_summary, health_summary);
COMMENT ON OPERATOR CLASS health_summary_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS health_summary_ops DEFAULT FOR TYPE health_summary USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 health_summary_hash(health_summary), FUNCTION 2 health_summary_hash_extended(health_summary, bigint);
COMMENT ON OPERATOR CLASS health_summary_ops USING hash IS 'for hash joins and hash aggregation';

-- reading a summary

CREATE FUNCTION health_score(summary health_summary, min_coverage numeric DEFAULT 0) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_score(health_summary, numeric) IS 'weighted mean score, 0 to 100, of the signals present; NULL without any, or when they have less than that share of the weight';

CREATE FUNCTION health_coverage(health_summary) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_coverage(health_summary) IS 'share of all weight that signals present have; NULL without weight';

CREATE FUNCTION health_drivers(
	summary health_summary,
	OUT signal text, OUT score numeric, OUT weight numeric, OUT points_lost numeric
) RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 8;
COMMENT ON FUNCTION health_drivers(health_summary) IS 'what each signal takes off 100; the points lost and the score add up to 100';

CREATE FUNCTION health_band(
	summary health_summary, cuts numeric[] DEFAULT '{50,75}', names text[] DEFAULT '{red,yellow,green}'
) RETURNS text
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_band(health_summary, numeric[], text[]) IS 'name of the band that the score is in; a cut belongs to the band below';

CREATE FUNCTION health_band(
	score numeric, cuts numeric[] DEFAULT '{50,75}', names text[] DEFAULT '{red,yellow,green}'
) RETURNS text
AS 'MODULE_PATHNAME', 'health_band_of_score' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_band(numeric, numeric[], text[]) IS 'name of the band that a score is in; a cut belongs to the band below';

CREATE FUNCTION health_customers(health_summary) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_customers(health_summary) IS 'customers';

CREATE FUNCTION skipped_rows(health_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'health_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(health_summary) IS 'rows without a signal';

CREATE FUNCTION clamped_signals(health_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'health_clamped_signals' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION clamped_signals(health_summary) IS 'scores outside 0 to 100, which counted as 0 or 100';

-- building one

CREATE FUNCTION health_accum(health_summary, text, numeric, numeric) RETURNS health_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION health_accum(health_summary, text, numeric, numeric) IS 'transition function: add a signal of the customer';

CREATE FUNCTION health_combine(health_summary, health_summary) RETURNS health_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_combine(health_summary, health_summary) IS 'combine function: add other signals of the same customer';

CREATE FUNCTION health_add(health_summary, health_summary) RETURNS health_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_add(health_summary, health_summary) IS 'add the summary of other customers';

CREATE FUNCTION health_final(health_summary) RETURNS health_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_final(health_summary) IS 'final function: the summary itself';

CREATE AGGREGATE health_agg(signal text, score numeric, weight numeric) (
	SFUNC = health_accum, STYPE = health_summary, SSPACE = 900,
	FINALFUNC = health_final, COMBINEFUNC = health_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE health_agg(text, numeric, numeric) IS 'signals of one customer: each once, its score from 0 to 100 and its weight';

CREATE AGGREGATE rollup(health_summary) (
	SFUNC = health_add, STYPE = health_summary, SSPACE = 900,
	FINALFUNC = health_final, COMBINEFUNC = health_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(health_summary) IS 'one summary of several of disjoint customers';

-- in one step

CREATE FUNCTION health_accum_score(health_summary, numeric, numeric) RETURNS health_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION health_accum_score(health_summary, numeric, numeric) IS 'transition function: add a score and its weight, whatever signal they are of';

CREATE FUNCTION health_score_final(health_summary) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION health_score_final(health_summary) IS 'final function: weighted mean score';

CREATE AGGREGATE health_score(score numeric, weight numeric) (
	SFUNC = health_accum_score, STYPE = health_summary, SSPACE = 168,
	FINALFUNC = health_score_final, COMBINEFUNC = health_add,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE health_score(numeric, numeric) IS 'weighted mean of the scores that are there, 0 to 100';
