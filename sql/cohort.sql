-- cohort_matrix: customers of each cohort active at each distance from its start
--
-- Definitions, sources and examples: doc/cohorts.md.

-- the type

CREATE TYPE cohort_matrix;

CREATE FUNCTION cohort_matrix_in(cstring) RETURNS cohort_matrix
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_in(cstring) IS 'text input of cohort_matrix';

CREATE FUNCTION cohort_matrix_out(cohort_matrix) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_out(cohort_matrix) IS 'text output of cohort_matrix';

CREATE FUNCTION cohort_matrix_recv(internal) RETURNS cohort_matrix
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_recv(internal) IS 'binary input of cohort_matrix';

CREATE FUNCTION cohort_matrix_send(cohort_matrix) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_send(cohort_matrix) IS 'binary output of cohort_matrix: its canonical bytes';

CREATE TYPE cohort_matrix (
	INPUT = cohort_matrix_in,
	OUTPUT = cohort_matrix_out,
	RECEIVE = cohort_matrix_recv,
	SEND = cohort_matrix_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE cohort_matrix IS 'per cohort its size, and per period since how many were active, and active for the last time; optionally their MRR';

CREATE FUNCTION describe(cohort_matrix) RETURNS jsonb
AS 'MODULE_PATHNAME', 'cohort_matrix_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(cohort_matrix) IS 'what a cohort_matrix holds, as jsonb to read';

CREATE FUNCTION cohort_matrix_eq(cohort_matrix, cohort_matrix) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_eq(cohort_matrix, cohort_matrix) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = cohort_matrix, RIGHTARG = cohort_matrix, FUNCTION = cohort_matrix_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (cohort_matrix, cohort_matrix) IS 'equal (same content)';

CREATE FUNCTION cohort_matrix_ne(cohort_matrix, cohort_matrix) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_ne(cohort_matrix, cohort_matrix) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = cohort_matrix, RIGHTARG = cohort_matrix, FUNCTION = cohort_matrix_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (cohort_matrix, cohort_matrix) IS 'not equal (same content)';

CREATE FUNCTION cohort_matrix_lt(cohort_matrix, cohort_matrix) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_lt(cohort_matrix, cohort_matrix) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = cohort_matrix, RIGHTARG = cohort_matrix, FUNCTION = cohort_matrix_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (cohort_matrix, cohort_matrix) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION cohort_matrix_le(cohort_matrix, cohort_matrix) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_le(cohort_matrix, cohort_matrix) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = cohort_matrix, RIGHTARG = cohort_matrix, FUNCTION = cohort_matrix_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (cohort_matrix, cohort_matrix) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION cohort_matrix_gt(cohort_matrix, cohort_matrix) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_gt(cohort_matrix, cohort_matrix) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = cohort_matrix, RIGHTARG = cohort_matrix, FUNCTION = cohort_matrix_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (cohort_matrix, cohort_matrix) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION cohort_matrix_ge(cohort_matrix, cohort_matrix) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_ge(cohort_matrix, cohort_matrix) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = cohort_matrix, RIGHTARG = cohort_matrix, FUNCTION = cohort_matrix_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (cohort_matrix, cohort_matrix) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION cohort_matrix_cmp(cohort_matrix, cohort_matrix) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_cmp(cohort_matrix, cohort_matrix) IS 'less-equal-greater, for btree';

CREATE FUNCTION cohort_matrix_hash(cohort_matrix) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_hash(cohort_matrix) IS 'hash';

CREATE FUNCTION cohort_matrix_hash_extended(cohort_matrix, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_matrix_hash_extended(cohort_matrix, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS cohort_matrix_ops DEFAULT FOR TYPE cohort_matrix USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 cohort_matrix_cmp(cohort_matrix, cohort_matrix);
COMMENT ON OPERATOR CLASS cohort_matrix_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS cohort_matrix_ops DEFAULT FOR TYPE cohort_matrix USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 cohort_matrix_hash(cohort_matrix), FUNCTION 2 cohort_matrix_hash_extended(cohort_matrix, bigint);
COMMENT ON OPERATOR CLASS cohort_matrix_ops USING hash IS 'for hash joins and hash aggregation';

-- reading a matrix

CREATE FUNCTION cohort_table(
	m cohort_matrix, kind text DEFAULT 'on', observed_to date DEFAULT NULL, observed_from date DEFAULT NULL,
	OUT cohort date, OUT period integer, OUT cohort_size bigint, OUT eligible bigint, OUT active bigint,
	OUT retention numeric, OUT mrr numeric, OUT net_retention numeric, OUT gross_retention numeric,
	OUT is_complete boolean, OUT is_first_observed boolean, OUT base_mrr numeric, OUT capped_mrr numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 200;
COMMENT ON FUNCTION cohort_table(cohort_matrix, text, date, date) IS 'retention of each cohort in each observed period; kind is on, on_or_after or previous';

CREATE FUNCTION retention_curve(
	m cohort_matrix, observed_to date DEFAULT NULL, observed_from date DEFAULT NULL,
	OUT period integer, OUT cohorts bigint, OUT eligible bigint, OUT active bigint, OUT retention numeric,
	OUT low double precision, OUT high double precision,
	OUT net_retention numeric, OUT gross_retention numeric)
RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 20;
COMMENT ON FUNCTION retention_curve(cohort_matrix, date, date) IS 'retention by period since the start, over all cohorts old enough, with Wilson 95 % interval; with observed_from without those that may be older';

CREATE FUNCTION skipped_rows(cohort_matrix) RETURNS bigint
AS 'MODULE_PATHNAME', 'cohort_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(cohort_matrix) IS 'rows that could not be used: no customer, date, activity or history';

-- building one

CREATE FUNCTION cohort_accum(cohort_matrix, activity) RETURNS cohort_matrix
AS 'MODULE_PATHNAME', 'cohort_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_accum(cohort_matrix, activity) IS 'transition function: add a customer to the cohort of its first active period';

CREATE FUNCTION cohort_accum(cohort_matrix, activity, date) RETURNS cohort_matrix
AS 'MODULE_PATHNAME', 'cohort_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_accum(cohort_matrix, activity, date) IS 'transition function: add a customer to the cohort of a date';

CREATE FUNCTION cohort_accum(cohort_matrix, activity, timestamp) RETURNS cohort_matrix
AS 'MODULE_PATHNAME', 'cohort_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_accum(cohort_matrix, activity, timestamp) IS 'transition function: add a customer to the cohort of a timestamp';

CREATE FUNCTION cohort_accum(cohort_matrix, activity, timestamptz) RETURNS cohort_matrix
AS 'MODULE_PATHNAME', 'cohort_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_accum(cohort_matrix, activity, timestamptz) IS 'transition function: refuses a timestamptz';

CREATE FUNCTION cohort_age_accum(cohort_matrix, activity, integer) RETURNS cohort_matrix
AS 'MODULE_PATHNAME', 'cohort_age_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_age_accum(cohort_matrix, activity, integer) IS 'transition function: add a customer by its age in windows of days';

CREATE FUNCTION cohort_bracket_accum(cohort_matrix, activity, integer[], date) RETURNS cohort_matrix
AS 'MODULE_PATHNAME', 'cohort_bracket_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_bracket_accum(cohort_matrix, activity, integer[], date) IS 'transition function: add a customer by ranges of periods';

CREATE FUNCTION cohort_revenue_accum(cohort_matrix, mrr_history) RETURNS cohort_matrix
AS 'MODULE_PATHNAME', 'cohort_revenue_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_revenue_accum(cohort_matrix, mrr_history) IS 'transition function: add a customer and its MRR by month';

CREATE FUNCTION cohort_revenue_accum(cohort_matrix, mrr_history, text) RETURNS cohort_matrix
AS 'MODULE_PATHNAME', 'cohort_revenue_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_revenue_accum(cohort_matrix, mrr_history, text) IS 'transition function: add a customer and its MRR';

CREATE FUNCTION cohort_combine(cohort_matrix, cohort_matrix) RETURNS cohort_matrix
AS 'MODULE_PATHNAME', 'cohort_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_combine(cohort_matrix, cohort_matrix) IS 'add two matrices of disjoint customers';

CREATE FUNCTION cohort_final(cohort_matrix) RETURNS cohort_matrix
AS 'MODULE_PATHNAME', 'cohort_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_final(cohort_matrix) IS 'final function: the matrix itself';

CREATE AGGREGATE cohort_agg(activity activity) (
	SFUNC = cohort_accum, STYPE = cohort_matrix, SSPACE = 32768,
	FINALFUNC = cohort_final, COMBINEFUNC = cohort_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_agg(activity) IS 'cohorts by first active period, from one activity per customer';

CREATE AGGREGATE cohort_agg(activity activity, cohort date) (
	SFUNC = cohort_accum, STYPE = cohort_matrix, SSPACE = 32768,
	FINALFUNC = cohort_final, COMBINEFUNC = cohort_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_agg(activity, date) IS 'cohorts by a date of your own, such as the sign-up; a customer without activity counts as never active';

CREATE AGGREGATE cohort_agg(activity activity, cohort timestamp) (
	SFUNC = cohort_accum, STYPE = cohort_matrix, SSPACE = 32768,
	FINALFUNC = cohort_final, COMBINEFUNC = cohort_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_agg(activity, timestamp) IS 'cohorts by a timestamp of your own';

CREATE AGGREGATE cohort_agg(activity activity, cohort timestamptz) (
	SFUNC = cohort_accum, STYPE = cohort_matrix, SSPACE = 32768,
	FINALFUNC = cohort_final, COMBINEFUNC = cohort_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_agg(activity, timestamptz) IS 'raises an error: a timestamptz needs a zone';

CREATE AGGREGATE cohort_agg_by_age(activity activity, age_days integer) (
	SFUNC = cohort_age_accum, STYPE = cohort_matrix, SSPACE = 262144,
	FINALFUNC = cohort_final, COMBINEFUNC = cohort_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_agg_by_age(activity, integer) IS 'cohorts by month of the first day, in windows of days since each customers own first day, from activity by day';

CREATE AGGREGATE cohort_bracket_agg(activity activity, ranges integer[], observed_to date) (
	SFUNC = cohort_bracket_accum, STYPE = cohort_matrix, SSPACE = 32768,
	FINALFUNC = cohort_final, COMBINEFUNC = cohort_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_bracket_agg(activity, integer[], date) IS 'cohorts by first active period, over ranges of periods';

CREATE AGGREGATE cohort_revenue_agg(history mrr_history) (
	SFUNC = cohort_revenue_accum, STYPE = cohort_matrix, SSPACE = 131072,
	FINALFUNC = cohort_final, COMBINEFUNC = cohort_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_revenue_agg(mrr_history) IS 'dollar cohorts: MRR of each cohort by month since its first paid one';

CREATE AGGREGATE cohort_revenue_agg(history mrr_history, step text) (
	SFUNC = cohort_revenue_accum, STYPE = cohort_matrix, SSPACE = 131072,
	FINALFUNC = cohort_final, COMBINEFUNC = cohort_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_revenue_agg(mrr_history, text) IS 'dollar cohorts by month, quarter or year';

CREATE AGGREGATE rollup(cohort_matrix) (
	SFUNC = cohort_combine, STYPE = cohort_matrix, SSPACE = 65536,
	FINALFUNC = cohort_final, COMBINEFUNC = cohort_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(cohort_matrix) IS 'one matrix of several of disjoint customers';
