-- mrr_movements: a retention summary per period for one group of customers
--
-- Definitions, sources and examples: doc/retention.md.

-- the type

CREATE TYPE mrr_movements;

CREATE FUNCTION mrr_movements_in(cstring) RETURNS mrr_movements
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_in(cstring) IS 'text input of mrr_movements';

CREATE FUNCTION mrr_movements_out(mrr_movements) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_out(mrr_movements) IS 'text output of mrr_movements';

CREATE FUNCTION mrr_movements_recv(internal) RETURNS mrr_movements
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_recv(internal) IS 'binary input of mrr_movements';

CREATE FUNCTION mrr_movements_send(mrr_movements) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_send(mrr_movements) IS 'binary output of mrr_movements: its canonical bytes';

CREATE TYPE mrr_movements (
	INPUT = mrr_movements_in,
	OUTPUT = mrr_movements_out,
	RECEIVE = mrr_movements_recv,
	SEND = mrr_movements_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE mrr_movements IS 'a retention summary per period for one group of customers';

CREATE FUNCTION describe(mrr_movements) RETURNS jsonb
AS 'MODULE_PATHNAME', 'mrr_movements_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(mrr_movements) IS 'what a mrr_movements holds, as jsonb to read';

CREATE FUNCTION mrr_movements_eq(mrr_movements, mrr_movements) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_eq(mrr_movements, mrr_movements) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = mrr_movements, RIGHTARG = mrr_movements, FUNCTION = mrr_movements_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (mrr_movements, mrr_movements) IS 'equal (same content)';

CREATE FUNCTION mrr_movements_ne(mrr_movements, mrr_movements) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_ne(mrr_movements, mrr_movements) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = mrr_movements, RIGHTARG = mrr_movements, FUNCTION = mrr_movements_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (mrr_movements, mrr_movements) IS 'not equal (same content)';

CREATE FUNCTION mrr_movements_lt(mrr_movements, mrr_movements) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_lt(mrr_movements, mrr_movements) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = mrr_movements, RIGHTARG = mrr_movements, FUNCTION = mrr_movements_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (mrr_movements, mrr_movements) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION mrr_movements_le(mrr_movements, mrr_movements) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_le(mrr_movements, mrr_movements) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = mrr_movements, RIGHTARG = mrr_movements, FUNCTION = mrr_movements_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (mrr_movements, mrr_movements) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION mrr_movements_gt(mrr_movements, mrr_movements) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_gt(mrr_movements, mrr_movements) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = mrr_movements, RIGHTARG = mrr_movements, FUNCTION = mrr_movements_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (mrr_movements, mrr_movements) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION mrr_movements_ge(mrr_movements, mrr_movements) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_ge(mrr_movements, mrr_movements) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = mrr_movements, RIGHTARG = mrr_movements, FUNCTION = mrr_movements_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (mrr_movements, mrr_movements) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION mrr_movements_cmp(mrr_movements, mrr_movements) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_cmp(mrr_movements, mrr_movements) IS 'less-equal-greater, for btree';

CREATE FUNCTION mrr_movements_hash(mrr_movements) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_hash(mrr_movements) IS 'hash';

CREATE FUNCTION mrr_movements_hash_extended(mrr_movements, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movements_hash_extended(mrr_movements, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS mrr_movements_ops DEFAULT FOR TYPE mrr_movements USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 mrr_movements_cmp(mrr_movements, mrr_movements);
COMMENT ON OPERATOR CLASS mrr_movements_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS mrr_movements_ops DEFAULT FOR TYPE mrr_movements USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 mrr_movements_hash(mrr_movements), FUNCTION 2 mrr_movements_hash_extended(mrr_movements, bigint);
COMMENT ON OPERATOR CLASS mrr_movements_ops USING hash IS 'for hash joins and hash aggregation';

-- reading movements

CREATE FUNCTION movements(
	m mrr_movements, observed_from date DEFAULT NULL, observed_to date DEFAULT NULL,
	OUT period date,
	OUT opening_mrr numeric,
	OUT new_mrr numeric,
	OUT reactivation_mrr numeric,
	OUT expansion_mrr numeric,
	OUT contraction_mrr numeric,
	OUT churned_mrr numeric,
	OUT closing_mrr numeric,
	OUT nrr numeric,
	OUT grr numeric,
	OUT logo_retention numeric,
	OUT opening_customers bigint,
	OUT new_customers bigint,
	OUT reactivation_customers bigint,
	OUT expansion_customers bigint,
	OUT contraction_customers bigint,
	OUT churned_customers bigint,
	OUT closing_customers bigint
) RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 36;
COMMENT ON FUNCTION movements(mrr_movements, date, date) IS 'the MRR bridge, a row for each period whose comparison lies wholly inside the observed months';

CREATE FUNCTION retention_summaries(
	m mrr_movements, observed_from date DEFAULT NULL, observed_to date DEFAULT NULL,
	OUT period date, OUT summary retention_summary
) RETURNS SETOF record
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 36;
COMMENT ON FUNCTION retention_summaries(mrr_movements, date, date) IS 'the same periods as movements(), each as a retention_summary that knows its window';

CREATE FUNCTION skipped_rows(mrr_movements) RETURNS bigint
AS 'MODULE_PATHNAME', 'movements_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(mrr_movements) IS 'rows that could not be used, in the histories and histories that were NULL';

-- building them

CREATE FUNCTION movements_combine(mrr_movements, mrr_movements) RETURNS mrr_movements
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_combine(mrr_movements, mrr_movements) IS 'add movements of disjoint customers';

CREATE FUNCTION movements_final(mrr_movements) RETURNS mrr_movements
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_final(mrr_movements) IS 'final function: the movements themselves';

CREATE FUNCTION movements_accum(mrr_movements, mrr_history) RETURNS mrr_movements
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_accum(mrr_movements, mrr_history) IS 'transition function of mrr_movements_agg(mrr_history)';

CREATE AGGREGATE mrr_movements_agg(history mrr_history) (
	SFUNC = movements_accum, STYPE = mrr_movements, SSPACE = 10000,
	FINALFUNC = movements_final, COMBINEFUNC = movements_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(mrr_history) IS 'monthly MRR movements of customers';

CREATE FUNCTION movements_accum_step(mrr_movements, mrr_history, text) RETURNS mrr_movements
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_accum_step(mrr_movements, mrr_history, text) IS 'transition function of mrr_movements_agg(mrr_history, text)';

CREATE AGGREGATE mrr_movements_agg(history mrr_history, step text) (
	SFUNC = movements_accum_step, STYPE = mrr_movements, SSPACE = 10000,
	FINALFUNC = movements_final, COMBINEFUNC = movements_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(mrr_history, text) IS 'MRR movements of customers by a step: month, quarter or year, also anchored (quarter:feb, year:apr)';

CREATE FUNCTION movements_accum_step_span(mrr_movements, mrr_history, text, text) RETURNS mrr_movements
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_accum_step_span(mrr_movements, mrr_history, text, text) IS 'transition function of mrr_movements_agg(mrr_history, text, text)';

CREATE AGGREGATE mrr_movements_agg(history mrr_history, step text, span text) (
	SFUNC = movements_accum_step_span, STYPE = mrr_movements, SSPACE = 10000,
	FINALFUNC = movements_final, COMBINEFUNC = movements_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(mrr_history, text, text) IS 'MRR movements of customers by a step, each over a span: (month, year) is trailing-twelve-month retention';

CREATE AGGREGATE rollup(mrr_movements) (
	SFUNC = movements_combine, STYPE = mrr_movements, SSPACE = 10000,
	FINALFUNC = movements_final, COMBINEFUNC = movements_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(mrr_movements) IS 'movements of several disjoint groups of customers, with the same step and span';
