-- retention_summary: what became of the customers of one opening until one closing
--
-- Definitions, sources and examples: doc/retention.md.

-- the type

CREATE TYPE retention_summary;

CREATE FUNCTION retention_summary_in(cstring) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_in(cstring) IS 'text input of retention_summary';

CREATE FUNCTION retention_summary_out(retention_summary) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_out(retention_summary) IS 'text output of retention_summary';

CREATE FUNCTION retention_summary_recv(internal) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_recv(internal) IS 'binary input of retention_summary';

CREATE FUNCTION retention_summary_send(retention_summary) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_send(retention_summary) IS 'binary output of retention_summary: its canonical bytes';

CREATE TYPE retention_summary (
	INPUT = retention_summary_in,
	OUTPUT = retention_summary_out,
	RECEIVE = retention_summary_recv,
	SEND = retention_summary_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE retention_summary IS 'counts and exact amounts per movement between one opening and one closing';

CREATE FUNCTION describe(retention_summary) RETURNS jsonb
AS 'MODULE_PATHNAME', 'retention_summary_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(retention_summary) IS 'what a retention_summary holds, as jsonb to read';

CREATE FUNCTION retention_summary_eq(retention_summary, retention_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_eq(retention_summary, retention_summary) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (retention_summary, retention_summary) IS 'equal (same content)';

CREATE FUNCTION retention_summary_ne(retention_summary, retention_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_ne(retention_summary, retention_summary) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (retention_summary, retention_summary) IS 'not equal (same content)';

CREATE FUNCTION retention_summary_lt(retention_summary, retention_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_lt(retention_summary, retention_summary) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (retention_summary, retention_summary) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION retention_summary_le(retention_summary, retention_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_le(retention_summary, retention_summary) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (retention_summary, retention_summary) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION retention_summary_gt(retention_summary, retention_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_gt(retention_summary, retention_summary) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (retention_summary, retention_summary) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION retention_summary_ge(retention_summary, retention_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_ge(retention_summary, retention_summary) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = retention_summary, RIGHTARG = retention_summary, FUNCTION = retention_summary_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (retention_summary, retention_summary) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION retention_summary_cmp(retention_summary, retention_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_cmp(retention_summary, retention_summary) IS 'less-equal-greater, for btree';

CREATE FUNCTION retention_summary_hash(retention_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_hash(retention_summary) IS 'hash';

CREATE FUNCTION retention_summary_hash_extended(retention_summary, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_summary_hash_extended(retention_summary, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS retention_summary_ops DEFAULT FOR TYPE retention_summary USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 retention_summary_cmp(retention_summary, retention_summary);
COMMENT ON OPERATOR CLASS retention_summary_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS retention_summary_ops DEFAULT FOR TYPE retention_summary USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 retention_summary_hash(retention_summary), FUNCTION 2 retention_summary_hash_extended(retention_summary, bigint);
COMMENT ON OPERATOR CLASS retention_summary_ops USING hash IS 'for hash joins and hash aggregation';

-- reading a summary

CREATE FUNCTION nrr(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_nrr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nrr(retention_summary) IS 'net revenue retention: closing MRR of the opening customers by their opening MRR; NULL when there was no opening MRR';

CREATE FUNCTION nrr(summary retention_summary, include_reactivation boolean) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_nrr_switch' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nrr(retention_summary, boolean) IS 'net revenue retention; with include_reactivation the MRR of customers who came back is added to the numerator';

CREATE FUNCTION grr(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_grr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION grr(retention_summary) IS 'gross revenue retention: the same with each customers closing capped at its opening, from 0 to 1';

CREATE FUNCTION logo_retention(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_logo_retention' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION logo_retention(retention_summary) IS 'share of the opening customers that are customers at closing';

CREATE FUNCTION revenue_churn_rate(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_revenue_churn_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION revenue_churn_rate(retention_summary) IS 'gross revenue churn, 1 - GRR: contraction and churn by opening MRR';

CREATE FUNCTION logo_churn_rate(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_logo_churn_rate' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION logo_churn_rate(retention_summary) IS 'share of the opening customers that are gone at closing';

CREATE FUNCTION quick_ratio(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_quick_ratio' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION quick_ratio(retention_summary) IS 'new, reactivation and expansion MRR by contraction and churned MRR; NULL when nothing was lost';

CREATE FUNCTION arpa(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_arpa' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION arpa(retention_summary) IS 'average MRR of a customer at closing';

CREATE FUNCTION opening_mrr(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_opening_mrr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opening_mrr(retention_summary) IS 'MRR at opening';

CREATE FUNCTION closing_mrr(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_closing_mrr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION closing_mrr(retention_summary) IS 'MRR at closing, of all customers';

CREATE FUNCTION new_mrr(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_new_mrr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION new_mrr(retention_summary) IS 'closing MRR of customers never seen before';

CREATE FUNCTION reactivation_mrr(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_reactivation_mrr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION reactivation_mrr(retention_summary) IS 'closing MRR of customers who had left before opening and are back';

CREATE FUNCTION expansion_mrr(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_expansion_mrr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION expansion_mrr(retention_summary) IS 'what opening customers pay more at closing';

CREATE FUNCTION contraction_mrr(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_contraction_mrr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION contraction_mrr(retention_summary) IS 'what opening customers that stayed pay less at closing';

CREATE FUNCTION churned_mrr(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_churned_mrr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION churned_mrr(retention_summary) IS 'opening MRR of customers that are gone at closing';

CREATE FUNCTION retained_mrr(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_retained_mrr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retained_mrr(retention_summary) IS 'closing MRR of the opening customers: the numerator of NRR';

CREATE FUNCTION negative_mrr(retention_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'retention_negative_mrr' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION negative_mrr(retention_summary) IS 'sum of the negative amounts that were taken as 0';

CREATE FUNCTION opening_customers(retention_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'retention_opening_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION opening_customers(retention_summary) IS 'customers with MRR at opening';

CREATE FUNCTION closing_customers(retention_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'retention_closing_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION closing_customers(retention_summary) IS 'customers with MRR at closing';

CREATE FUNCTION new_customers(retention_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'retention_new_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION new_customers(retention_summary) IS 'customers never seen before';

CREATE FUNCTION reactivation_customers(retention_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'retention_reactivation_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION reactivation_customers(retention_summary) IS 'customers who had left before opening and are back';

CREATE FUNCTION expansion_customers(retention_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'retention_expansion_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION expansion_customers(retention_summary) IS 'opening customers that pay more at closing';

CREATE FUNCTION contraction_customers(retention_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'retention_contraction_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION contraction_customers(retention_summary) IS 'opening customers that stayed and pay less';

CREATE FUNCTION churned_customers(retention_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'retention_churned_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION churned_customers(retention_summary) IS 'opening customers that are gone at closing';

CREATE FUNCTION retained_customers(retention_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'retention_retained_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retained_customers(retention_summary) IS 'opening customers that are customers at closing';

CREATE FUNCTION unchanged_customers(retention_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'retention_unchanged_customers' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION unchanged_customers(retention_summary) IS 'opening customers that pay the same at closing';

CREATE FUNCTION skipped_rows(retention_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'retention_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(retention_summary) IS 'rows that could not be used: both amounts NULL';

CREATE FUNCTION negative_rows(retention_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'retention_negative_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION negative_rows(retention_summary) IS 'rows with a negative amount';

-- building one

CREATE FUNCTION retention_accum_plain(retention_summary, numeric, numeric) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_accum_plain(retention_summary, numeric, numeric) IS 'transition function: add a row, without moments';

CREATE FUNCTION retention_accum_plain_inv(retention_summary, numeric, numeric) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_accum_plain_inv(retention_summary, numeric, numeric) IS 'inverse transition function: take a row away, without moments';

CREATE FUNCTION retention_accum(retention_summary, numeric, numeric) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_accum(retention_summary, numeric, numeric) IS 'transition function: add a row';

CREATE FUNCTION retention_accum_inv(retention_summary, numeric, numeric) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_accum_inv(retention_summary, numeric, numeric) IS 'inverse transition function: take a row away';

CREATE FUNCTION retention_accum_seen(retention_summary, numeric, numeric, boolean) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_accum_seen(retention_summary, numeric, numeric, boolean) IS 'transition function: add a row';

CREATE FUNCTION retention_accum_seen_inv(retention_summary, numeric, numeric, boolean) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_accum_seen_inv(retention_summary, numeric, numeric, boolean) IS 'inverse transition function: take a row away';

CREATE FUNCTION retention_accum_currency(retention_summary, numeric, numeric, boolean, text) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_accum_currency(retention_summary, numeric, numeric, boolean, text) IS 'transition function: add a row in a currency';

CREATE FUNCTION retention_combine(retention_summary, retention_summary) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_combine(retention_summary, retention_summary) IS 'add two summaries of disjoint customers';

CREATE FUNCTION retention_final(retention_summary) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_final(retention_summary) IS 'final function: the summary itself';

CREATE AGGREGATE retention_agg(opening numeric, closing numeric) (
	SFUNC = retention_accum, STYPE = retention_summary, SSPACE = 400,
	FINALFUNC = retention_final, COMBINEFUNC = retention_combine,
	MSFUNC = retention_accum, MINVFUNC = retention_accum_inv, MSTYPE = retention_summary, MSSPACE = 400,
	MFINALFUNC = retention_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(numeric, numeric) IS 'summary of rows of one customer each; a customer without opening is new';

CREATE AGGREGATE retention_agg(opening numeric, closing numeric, seen boolean) (
	SFUNC = retention_accum_seen, STYPE = retention_summary, SSPACE = 400,
	FINALFUNC = retention_final, COMBINEFUNC = retention_combine,
	MSFUNC = retention_accum_seen, MINVFUNC = retention_accum_seen_inv, MSTYPE = retention_summary, MSSPACE = 400,
	MFINALFUNC = retention_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(numeric, numeric, boolean) IS 'summary of rows of one customer each; a customer without opening that was seen before is a reactivation';

CREATE AGGREGATE retention_agg(opening numeric, closing numeric, seen boolean, currency text) (
	SFUNC = retention_accum_currency, STYPE = retention_summary, SSPACE = 400,
	FINALFUNC = retention_final, COMBINEFUNC = retention_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg(numeric, numeric, boolean, text) IS 'summary of rows of one customer each, all in one currency';

CREATE AGGREGATE rollup(retention_summary) (
	SFUNC = retention_combine, STYPE = retention_summary, SSPACE = 400,
	FINALFUNC = retention_final, COMBINEFUNC = retention_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(retention_summary) IS 'one summary of several of disjoint customers and the same window';

-- In one step.  These share their state: several in one query are one pass.

CREATE AGGREGATE nrr(opening numeric, closing numeric) (
	SFUNC = retention_accum_plain, STYPE = retention_summary, SSPACE = 240,
	FINALFUNC = nrr, COMBINEFUNC = retention_combine,
	MSFUNC = retention_accum_plain, MINVFUNC = retention_accum_plain_inv, MSTYPE = retention_summary, MSSPACE = 240,
	MFINALFUNC = nrr,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE nrr(numeric, numeric) IS 'net revenue retention of rows of one customer each';

CREATE AGGREGATE grr(opening numeric, closing numeric) (
	SFUNC = retention_accum_plain, STYPE = retention_summary, SSPACE = 240,
	FINALFUNC = grr, COMBINEFUNC = retention_combine,
	MSFUNC = retention_accum_plain, MINVFUNC = retention_accum_plain_inv, MSTYPE = retention_summary, MSSPACE = 240,
	MFINALFUNC = grr,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE grr(numeric, numeric) IS 'gross revenue retention of rows of one customer each';

CREATE AGGREGATE logo_retention(opening numeric, closing numeric) (
	SFUNC = retention_accum_plain, STYPE = retention_summary, SSPACE = 240,
	FINALFUNC = logo_retention, COMBINEFUNC = retention_combine,
	MSFUNC = retention_accum_plain, MINVFUNC = retention_accum_plain_inv, MSTYPE = retention_summary, MSSPACE = 240,
	MFINALFUNC = logo_retention,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE logo_retention(numeric, numeric) IS 'logo retention of rows of one customer each';

CREATE AGGREGATE revenue_churn_rate(opening numeric, closing numeric) (
	SFUNC = retention_accum_plain, STYPE = retention_summary, SSPACE = 240,
	FINALFUNC = revenue_churn_rate, COMBINEFUNC = retention_combine,
	MSFUNC = retention_accum_plain, MINVFUNC = retention_accum_plain_inv, MSTYPE = retention_summary, MSSPACE = 240,
	MFINALFUNC = revenue_churn_rate,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE revenue_churn_rate(numeric, numeric) IS 'gross revenue churn of rows of one customer each';

CREATE AGGREGATE logo_churn_rate(opening numeric, closing numeric) (
	SFUNC = retention_accum_plain, STYPE = retention_summary, SSPACE = 240,
	FINALFUNC = logo_churn_rate, COMBINEFUNC = retention_combine,
	MSFUNC = retention_accum_plain, MINVFUNC = retention_accum_plain_inv, MSTYPE = retention_summary, MSSPACE = 240,
	MFINALFUNC = logo_churn_rate,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE logo_churn_rate(numeric, numeric) IS 'logo churn of rows of one customer each';

CREATE AGGREGATE quick_ratio(opening numeric, closing numeric) (
	SFUNC = retention_accum_plain, STYPE = retention_summary, SSPACE = 240,
	FINALFUNC = quick_ratio, COMBINEFUNC = retention_combine,
	MSFUNC = retention_accum_plain, MINVFUNC = retention_accum_plain_inv, MSTYPE = retention_summary, MSSPACE = 240,
	MFINALFUNC = quick_ratio,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE quick_ratio(numeric, numeric) IS 'quick ratio of rows of one customer each';
