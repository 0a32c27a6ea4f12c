\echo Use "CREATE EXTENSION ccx" to load this file. \quit
-- What belongs to the schema as a whole.  Everything ccx offers is in this schema and
-- may be called by anybody; without this grant only the installer could.

-- A schema of this name may have been there before.  What its owner put into it would be
-- found by the functions below when their bodies are parsed, and then run as whoever
-- calls them; so it has to be empty, and of somebody who may be trusted with it.  All
-- names are qualified: nothing may be looked up in that schema.
DO $$
DECLARE
	schema pg_catalog.oid := 'ccx'::pg_catalog.regnamespace;
	owner pg_catalog.text;
	what pg_catalog.text;
BEGIN
	SELECT pg_catalog.pg_get_userbyid(n.nspowner) INTO owner
	FROM pg_catalog.pg_namespace AS n
	WHERE n.oid OPERATOR(pg_catalog.=) schema
	  AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid OPERATOR(pg_catalog.=) n.nspowner AND r.rolsuper)
	  AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname OPERATOR(pg_catalog.=) 'ccx'::pg_catalog.name AND e.extowner OPERATOR(pg_catalog.=) n.nspowner)
	  AND NOT EXISTS (SELECT FROM pg_catalog.pg_database AS d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND d.datdba OPERATOR(pg_catalog.=) n.nspowner);
	IF FOUND THEN
		RAISE insufficient_privilege USING
			MESSAGE = pg_catalog.format('schema "ccx" belongs to role "%s"', owner),
			DETAIL = 'Who owns the schema of an extension can have others run code, so it must be of who creates the extension, of the owner of the database or of a superuser.',
			HINT = 'ALTER SCHEMA ccx OWNER TO ..., or DROP SCHEMA ccx: CREATE EXTENSION makes it.';
	END IF;
	SELECT pg_catalog.format('role "%s" may create objects in it', pg_catalog.pg_get_userbyid(a.grantee)) INTO what
	FROM pg_catalog.pg_namespace AS n, pg_catalog.aclexplode(n.nspacl) AS a
	WHERE n.oid OPERATOR(pg_catalog.=) schema AND a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'::pg_catalog.text
	  AND a.grantee OPERATOR(pg_catalog.<>) n.nspowner
	  AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid OPERATOR(pg_catalog.=) a.grantee AND r.rolsuper)
	UNION ALL
	SELECT pg_catalog.format('it has %s', pg_catalog.pg_describe_object(d.classid, d.objid, 0))
	FROM pg_catalog.pg_depend AS d
	WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) schema
	  AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_extension'::pg_catalog.regclass
	  AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_default_acl'::pg_catalog.regclass
	LIMIT 1;
	IF FOUND THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = 'schema "ccx" is there already and not empty, or open to others',
			DETAIL = pg_catalog.concat('CREATE EXTENSION would trust it with the rights of everybody who uses it, but ', what, '.'),
			HINT = 'Drop what is in it or move it elsewhere, and REVOKE CREATE ON SCHEMA ccx.';
	END IF;
END $$;

GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
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
-- Confidence intervals of retention: doc/retention.md

CREATE FUNCTION nrr_ci(
	summary retention_summary, level double precision DEFAULT 0.95,
	OUT low double precision, OUT high double precision, OUT n bigint, OUT n_eff double precision
) AS 'MODULE_PATHNAME', 'retention_nrr_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nrr_ci(retention_summary, double precision) IS 'confidence interval of NRR, with the number of opening customers and how many equal ones they are worth; low and high NULL below 10 of those';

CREATE FUNCTION grr_ci(
	summary retention_summary, level double precision DEFAULT 0.95,
	OUT low double precision, OUT high double precision, OUT n bigint, OUT n_eff double precision
) AS 'MODULE_PATHNAME', 'retention_grr_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION grr_ci(retention_summary, double precision) IS 'confidence interval of GRR, with the number of opening customers and how many equal ones they are worth; low and high NULL below 10 of those';

CREATE FUNCTION logo_retention_ci(
	summary retention_summary, level double precision DEFAULT 0.95,
	OUT low double precision, OUT high double precision, OUT n bigint, OUT n_eff double precision
) AS 'MODULE_PATHNAME', 'retention_logo_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION logo_retention_ci(retention_summary, double precision) IS 'Wilson interval of logo retention; low and high NULL below 10 opening customers';
-- Single amounts and rates: doc/retention.md

CREATE FUNCTION mrr_movement(opening numeric, closing numeric, seen boolean) RETURNS text
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION mrr_movement(numeric, numeric, boolean) IS 'what a customer did: new, reactivation, expansion, contraction, churn or unchanged; NULL when it was not there';

CREATE FUNCTION monthly_amount(amount numeric, unit text, count integer DEFAULT 1) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION monthly_amount(numeric, text, integer) IS 'monthly equivalent of an amount billed every count units (day, week, month, quarter, year)';

CREATE FUNCTION arr(mrr numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION arr(numeric) IS 'annual recurring revenue: 12 times the monthly';

CREATE FUNCTION convert_amount(amount numeric, rate numeric, currency text DEFAULT NULL, day date DEFAULT NULL) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION convert_amount(numeric, numeric, text, date) IS 'amount times an exchange rate; an amount without a rate is an error, which names currency and day';

CREATE FUNCTION compound_accum(numeric, numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION compound_accum(numeric, numeric) IS 'transition function of compound()';

CREATE FUNCTION compound_final(numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION compound_final(numeric) IS 'final function of compound()';

-- no combine function: a group of one period is compounded by one process
CREATE AGGREGATE compound(rate numeric) (
	SFUNC = compound_accum, STYPE = numeric, FINALFUNC = compound_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE compound(numeric) IS 'product of rates of consecutive periods; NULL if any is NULL. Customers won on the way take part: this is not the retention of a cohort';
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
-- cohort_retention(): cohorts from raw events in one pass
--
-- Definitions and examples: doc/cohorts.md.

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, date) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, date) IS 'transition function of cohort_retention()';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, date, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, date, text) IS 'transition function of cohort_retention()';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamp) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamp) IS 'transition function of cohort_retention()';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamp, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamp, text) IS 'transition function of cohort_retention()';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_zoned' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz, text, text) IS 'transition function of cohort_retention()';

-- calls that would depend on the time zone of the session
CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamptz, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, date, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_zone_refused' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, date, text, text) IS 'refuses a time zone for dates';

CREATE FUNCTION cohort_retention_accum(internal, anynonarray, timestamp, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'cohort_retention_accum_zone_refused' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_accum(internal, anynonarray, timestamp, text, text) IS 'refuses a time zone for timestamps without time zone';

CREATE FUNCTION cohort_retention_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_combine(internal, internal) IS 'combine function of cohort_retention()';

CREATE FUNCTION cohort_retention_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_serial(internal) IS 'partial state of cohort_retention() for another process';

CREATE FUNCTION cohort_retention_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_deserial(bytea, internal) IS 'partial state of cohort_retention() from another process';

CREATE FUNCTION cohort_retention_final(internal) RETURNS cohort_matrix
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION cohort_retention_final(internal) IS 'final function of cohort_retention()';

-- The estimate of a state's size decides between hashing and sorting: most
-- queries have few groups, and states share the memory there is.

CREATE AGGREGATE cohort_retention(customer anynonarray, at date) (
	SFUNC = cohort_retention_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = cohort_retention_final, COMBINEFUNC = cohort_retention_combine,
	SERIALFUNC = cohort_retention_serial, DESERIALFUNC = cohort_retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, date) IS 'cohorts by month of the first event, and how many customers of each were active in each month after';

CREATE AGGREGATE cohort_retention(customer anynonarray, at date, grain text) (
	SFUNC = cohort_retention_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = cohort_retention_final, COMBINEFUNC = cohort_retention_combine,
	SERIALFUNC = cohort_retention_serial, DESERIALFUNC = cohort_retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, date, text) IS 'cohorts by first active period, and how many customers of each were active in each period after';

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamp) (
	SFUNC = cohort_retention_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = cohort_retention_final, COMBINEFUNC = cohort_retention_combine,
	SERIALFUNC = cohort_retention_serial, DESERIALFUNC = cohort_retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamp) IS 'cohorts by month of the first event, and how many customers of each were active in each month after';

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamp, grain text) (
	SFUNC = cohort_retention_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = cohort_retention_final, COMBINEFUNC = cohort_retention_combine,
	SERIALFUNC = cohort_retention_serial, DESERIALFUNC = cohort_retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamp, text) IS 'cohorts by first active period, and how many customers of each were active in each period after';

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamptz, grain text, zone text) (
	SFUNC = cohort_retention_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = cohort_retention_final, COMBINEFUNC = cohort_retention_combine,
	SERIALFUNC = cohort_retention_serial, DESERIALFUNC = cohort_retention_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamptz, text, text) IS 'cohorts by first active period in a time zone, and how many customers of each were active in each period after';

-- these raise an error that says what to do

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamptz) (
	SFUNC = cohort_retention_accum, STYPE = internal, FINALFUNC = cohort_retention_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamptz) IS 'refused: say the time zone';

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamptz, grain text) (
	SFUNC = cohort_retention_accum, STYPE = internal, FINALFUNC = cohort_retention_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamptz, text) IS 'refused: say the time zone';

CREATE AGGREGATE cohort_retention(customer anynonarray, at date, grain text, zone text) (
	SFUNC = cohort_retention_accum, STYPE = internal, FINALFUNC = cohort_retention_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, date, text, text) IS 'refused: a date has no time zone';

CREATE AGGREGATE cohort_retention(customer anynonarray, at timestamp, grain text, zone text) (
	SFUNC = cohort_retention_accum, STYPE = internal, FINALFUNC = cohort_retention_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cohort_retention(anynonarray, timestamp, text, text) IS 'refused: a timestamp without time zone has none';
-- mrr_movements_agg(customer, month, mrr), mrr_movements_by(): movements from raw snapshots in one pass
--
-- Definitions and examples: doc/retention.md.

CREATE TYPE segment_movements AS (segment text, movements mrr_movements);
COMMENT ON TYPE segment_movements IS 'the MRR movements of one segment: unnest(mrr_movements_by(...)) gives one a row';

-- mrr_movements_agg()

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric, text) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, date, numeric, text, text) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric, text) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamp, numeric, text, text) IS 'transition function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_customer_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_accum(internal, anynonarray, timestamptz, numeric, text, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_customer_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_combine(internal, internal) IS 'combine function of mrr_movements_agg()';

CREATE FUNCTION movements_by_customer_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'movements_by_serial' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_serial(internal) IS 'partial state of mrr_movements_agg() for another process';

CREATE FUNCTION movements_by_customer_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_deserial(bytea, internal) IS 'partial state of mrr_movements_agg() from another process';

CREATE FUNCTION movements_by_customer_final(internal) RETURNS mrr_movements
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_customer_final(internal) IS 'final function of mrr_movements_agg()';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month date, mrr numeric) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, date, numeric) IS 'MRR movements from raw monthly snapshots in one pass, by month';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month date, mrr numeric, step text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, date, numeric, text) IS 'MRR movements from raw monthly snapshots in one pass, by a step: month, quarter or year, also anchored (quarter:feb, year:apr)';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month date, mrr numeric, step text, span text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, date, numeric, text, text) IS 'MRR movements from raw monthly snapshots in one pass, by a step, each over a span: (month, year) is trailing-twelve-month retention';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamp, mrr numeric) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamp, numeric) IS 'MRR movements from raw monthly snapshots in one pass, by month';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamp, mrr numeric, step text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamp, numeric, text) IS 'MRR movements from raw monthly snapshots in one pass, by a step: month, quarter or year, also anchored (quarter:feb, year:apr)';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamp, mrr numeric, step text, span text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_customer_final, COMBINEFUNC = movements_by_customer_combine,
	SERIALFUNC = movements_by_customer_serial, DESERIALFUNC = movements_by_customer_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamp, numeric, text, text) IS 'MRR movements from raw monthly snapshots in one pass, by a step, each over a span: (month, year) is trailing-twelve-month retention';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamptz, mrr numeric) (
	SFUNC = movements_by_customer_accum, STYPE = internal, FINALFUNC = movements_by_customer_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamptz, numeric) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamptz, mrr numeric, step text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, FINALFUNC = movements_by_customer_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamptz, numeric, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE AGGREGATE mrr_movements_agg(customer anynonarray, month timestamptz, mrr numeric, step text, span text) (
	SFUNC = movements_by_customer_accum, STYPE = internal, FINALFUNC = movements_by_customer_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_agg(anynonarray, timestamptz, numeric, text, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

-- mrr_movements_by()

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, date, numeric, text, text, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamp, numeric, text, text, text) IS 'transition function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text, text, text) RETURNS internal
AS 'MODULE_PATHNAME', 'movements_by_segment_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_accum(internal, anynonarray, timestamptz, numeric, text, text, text) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION movements_by_segment_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_combine(internal, internal) IS 'combine function of mrr_movements_by()';

CREATE FUNCTION movements_by_segment_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'movements_by_serial' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_serial(internal) IS 'partial state of mrr_movements_by() for another process';

CREATE FUNCTION movements_by_segment_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_deserial(bytea, internal) IS 'partial state of mrr_movements_by() from another process';

CREATE FUNCTION movements_by_segment_final(internal) RETURNS segment_movements[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_segment_final(internal) IS 'final function of mrr_movements_by()';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month date, mrr numeric, segment text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, date, numeric, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by month';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month date, mrr numeric, segment text, step text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, date, numeric, text, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by a step: month, quarter or year, also anchored (quarter:feb, year:apr)';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month date, mrr numeric, segment text, step text, span text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, date, numeric, text, text, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by a step, each over a span: (month, year) is trailing-twelve-month retention';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamp, mrr numeric, segment text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamp, numeric, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by month';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamp, mrr numeric, segment text, step text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamp, numeric, text, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by a step: month, quarter or year, also anchored (quarter:feb, year:apr)';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamp, mrr numeric, segment text, step text, span text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_segment_final, COMBINEFUNC = movements_by_segment_combine,
	SERIALFUNC = movements_by_segment_serial, DESERIALFUNC = movements_by_segment_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamp, numeric, text, text, text) IS 'MRR movements from raw monthly snapshots in one pass, a customer counted in the segment it was in at opening, by a step, each over a span: (month, year) is trailing-twelve-month retention';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamptz, mrr numeric, segment text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, FINALFUNC = movements_by_segment_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamptz, numeric, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamptz, mrr numeric, segment text, step text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, FINALFUNC = movements_by_segment_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamptz, numeric, text, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

CREATE AGGREGATE mrr_movements_by(customer anynonarray, month timestamptz, mrr numeric, segment text, step text, span text) (
	SFUNC = movements_by_segment_accum, STYPE = internal, FINALFUNC = movements_by_segment_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE mrr_movements_by(anynonarray, timestamptz, numeric, text, text, text) IS 'always an error: say the zone, (x AT TIME ZONE zone)';

-- metric_view_movements(): what metric views ask whose dimensions come from another table

CREATE FUNCTION movements_by_home_accum(internal, anynonarray, date, numeric, text, text, text) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_home_accum(internal, anynonarray, date, numeric, text, text, text) IS 'transition function of metric_view_movements()';

CREATE FUNCTION movements_by_home_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_home_combine(internal, internal) IS 'combine function of metric_view_movements()';

CREATE FUNCTION movements_by_home_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'movements_by_serial' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_home_serial(internal) IS 'partial state of metric_view_movements() for another process';

CREATE FUNCTION movements_by_home_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_home_deserial(bytea, internal) IS 'partial state of metric_view_movements() from another process';

CREATE FUNCTION movements_by_home_final(internal) RETURNS segment_movements[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION movements_by_home_final(internal) IS 'final function of metric_view_movements()';

CREATE AGGREGATE metric_view_movements(customer anynonarray, month date, mrr numeric, home text, step text, span text) (
	SFUNC = movements_by_home_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = movements_by_home_final, COMBINEFUNC = movements_by_home_combine,
	SERIALFUNC = movements_by_home_serial, DESERIALFUNC = movements_by_home_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE metric_view_movements(anynonarray, date, numeric, text, text, text) IS 'MRR movements by the segment that a customer counts in for all time: its home, which a row that is nothing else names';
-- retention_agg_by(): retention of customers that have several rows
--
-- Definitions and examples: doc/retention.md.

CREATE FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric) IS 'transition function of retention_agg_by()';

CREATE FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric, boolean) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric, boolean) IS 'transition function of retention_agg_by()';

CREATE FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric, boolean, text) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_accum(internal, anynonarray, numeric, numeric, boolean, text) IS 'transition function of retention_agg_by()';

CREATE FUNCTION retention_by_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_combine(internal, internal) IS 'combine function of retention_agg_by()';

CREATE FUNCTION retention_by_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_serial(internal) IS 'partial state of retention_agg_by() for another process';

CREATE FUNCTION retention_by_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_deserial(bytea, internal) IS 'partial state of retention_agg_by() from another process';

CREATE FUNCTION retention_by_final(internal) RETURNS retention_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION retention_by_final(internal) IS 'final function of retention_agg_by()';

CREATE AGGREGATE retention_agg_by(customer anynonarray, opening numeric, closing numeric) (
	SFUNC = retention_by_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = retention_by_final, COMBINEFUNC = retention_by_combine,
	SERIALFUNC = retention_by_serial, DESERIALFUNC = retention_by_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg_by(anynonarray, numeric, numeric) IS 'what became of customers; the rows of a customer are added first: right for subscriptions';

CREATE AGGREGATE retention_agg_by(customer anynonarray, opening numeric, closing numeric, seen boolean) (
	SFUNC = retention_by_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = retention_by_final, COMBINEFUNC = retention_by_combine,
	SERIALFUNC = retention_by_serial, DESERIALFUNC = retention_by_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg_by(anynonarray, numeric, numeric, boolean) IS 'what became of customers, of which those seen before can come back; the rows of a customer are added first: right for subscriptions';

CREATE AGGREGATE retention_agg_by(customer anynonarray, opening numeric, closing numeric, seen boolean, currency text) (
	SFUNC = retention_by_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = retention_by_final, COMBINEFUNC = retention_by_combine,
	SERIALFUNC = retention_by_serial, DESERIALFUNC = retention_by_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE retention_agg_by(anynonarray, numeric, numeric, boolean, text) IS 'what became of customers, of which those seen before can come back, in one currency; the rows of a customer are added first: right for subscriptions';
-- survey_summary: answers of a survey by score; NPS, CSAT and CES
--
-- Definitions, sources and examples: doc/voice.md.

-- the type

CREATE TYPE survey_summary;

CREATE FUNCTION survey_summary_in(cstring) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_in(cstring) IS 'text input of survey_summary';

CREATE FUNCTION survey_summary_out(survey_summary) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_out(survey_summary) IS 'text output of survey_summary';

CREATE FUNCTION survey_summary_recv(internal) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_recv(internal) IS 'binary input of survey_summary';

CREATE FUNCTION survey_summary_send(survey_summary) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_send(survey_summary) IS 'binary output of survey_summary: its canonical bytes';

CREATE TYPE survey_summary (
	INPUT = survey_summary_in,
	OUTPUT = survey_summary_out,
	RECEIVE = survey_summary_recv,
	SEND = survey_summary_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE survey_summary IS 'the scale of a survey, and how many answers there were at each score';

CREATE FUNCTION describe(survey_summary) RETURNS jsonb
AS 'MODULE_PATHNAME', 'survey_summary_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(survey_summary) IS 'what a survey_summary holds, as jsonb to read';

CREATE FUNCTION survey_summary_eq(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_eq(survey_summary, survey_summary) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (survey_summary, survey_summary) IS 'equal (same content)';

CREATE FUNCTION survey_summary_ne(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_ne(survey_summary, survey_summary) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (survey_summary, survey_summary) IS 'not equal (same content)';

CREATE FUNCTION survey_summary_lt(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_lt(survey_summary, survey_summary) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (survey_summary, survey_summary) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION survey_summary_le(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_le(survey_summary, survey_summary) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (survey_summary, survey_summary) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION survey_summary_gt(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_gt(survey_summary, survey_summary) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (survey_summary, survey_summary) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION survey_summary_ge(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_ge(survey_summary, survey_summary) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (survey_summary, survey_summary) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION survey_summary_cmp(survey_summary, survey_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_cmp(survey_summary, survey_summary) IS 'less-equal-greater, for btree';

CREATE FUNCTION survey_summary_hash(survey_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_hash(survey_summary) IS 'hash';

CREATE FUNCTION survey_summary_hash_extended(survey_summary, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_hash_extended(survey_summary, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS survey_summary_ops DEFAULT FOR TYPE survey_summary USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 survey_summary_cmp(survey_summary, survey_summary);
COMMENT ON OPERATOR CLASS survey_summary_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS survey_summary_ops DEFAULT FOR TYPE survey_summary USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 survey_summary_hash(survey_summary), FUNCTION 2 survey_summary_hash_extended(survey_summary, bigint);
COMMENT ON OPERATOR CLASS survey_summary_ops USING hash IS 'for hash joins and hash aggregation';

-- reading a summary

CREATE FUNCTION nps(survey_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'survey_nps' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps(survey_summary) IS 'net promoter score, from -100 to 100: per cent of 9 and 10 less per cent of 0 to 6; NULL without answers';

CREATE FUNCTION nps_ci(
	summary survey_summary, level double precision DEFAULT 0.95,
	OUT low double precision, OUT high double precision, OUT n bigint
) AS 'MODULE_PATHNAME', 'survey_nps_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_ci(survey_summary, double precision) IS 'confidence interval of NPS in points, by Tango''s score method, and the number of answers; low and high NULL below 2 of those';

CREATE FUNCTION csat(survey_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'survey_csat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat(survey_summary) IS 'customer satisfaction: share of 4 and 5 on the scale 1-5; NULL without answers';

CREATE FUNCTION csat(summary survey_summary, top integer) RETURNS numeric
AS 'MODULE_PATHNAME', 'survey_csat_top' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat(survey_summary, integer) IS 'customer satisfaction: share of the scores from top on, on the scale 1-5; NULL without answers';

CREATE FUNCTION ces(survey_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'survey_ces' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces(survey_summary) IS 'customer effort score: mean answer on scale 1-7 or 1-5; NULL without answers';

CREATE FUNCTION ces_easy(survey_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'survey_ces_easy' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_easy(survey_summary) IS 'share of 5, 6 and 7 on the scale 1-7; NULL without answers';

CREATE FUNCTION promoters(survey_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'survey_promoters' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION promoters(survey_summary) IS 'answers of 9 and 10 on scale nps';

CREATE FUNCTION passives(survey_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'survey_passives' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION passives(survey_summary) IS 'answers of 7 and 8 on scale nps';

CREATE FUNCTION detractors(survey_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'survey_detractors' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION detractors(survey_summary) IS 'answers from 0 to 6 on scale nps';

CREATE FUNCTION responses(survey_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'survey_responses' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION responses(survey_summary) IS 'answers';

CREATE FUNCTION skipped_rows(survey_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'survey_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(survey_summary) IS 'rows without a score';

-- building one

CREATE FUNCTION survey_accum(survey_summary, numeric, text) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survey_accum(survey_summary, numeric, text) IS 'transition function: add a score on a scale';

CREATE FUNCTION survey_accum_nps(survey_summary, numeric) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survey_accum_nps(survey_summary, numeric) IS 'transition function: add a score from 0 to 10';

CREATE FUNCTION survey_accum_csat(survey_summary, numeric) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survey_accum_csat(survey_summary, numeric) IS 'transition function: add a score from 1 to 5';

CREATE FUNCTION survey_accum_csat(survey_summary, numeric, integer) RETURNS survey_summary
AS 'MODULE_PATHNAME', 'survey_accum_csat_top' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survey_accum_csat(survey_summary, numeric, integer) IS 'transition function: add a score from 1 to 5, and remember which are satisfied';

CREATE FUNCTION survey_accum_ces(survey_summary, numeric) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survey_accum_ces(survey_summary, numeric) IS 'transition function: add a score from 1 to 7';

CREATE FUNCTION survey_combine(survey_summary, survey_summary) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_combine(survey_summary, survey_summary) IS 'add two summaries of the same scale';

CREATE FUNCTION survey_final(survey_summary) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_final(survey_summary) IS 'final function: the summary itself';

CREATE AGGREGATE survey_agg(score numeric, scale text) (
	SFUNC = survey_accum, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = survey_final, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE survey_agg(numeric, text) IS 'answers by score, on scale nps (0 to 10), 1-5 or 1-7';

CREATE AGGREGATE rollup(survey_summary) (
	SFUNC = survey_combine, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = survey_final, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(survey_summary) IS 'one summary of several of the same scale and disjoint answers';

-- in one step

CREATE AGGREGATE nps(score numeric) (
	SFUNC = survey_accum_nps, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = nps, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(numeric) IS 'net promoter score of answers from 0 to 10';

CREATE AGGREGATE csat(score numeric) (
	SFUNC = survey_accum_csat, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = csat, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat(numeric) IS 'customer satisfaction: share of 4 and 5 of answers from 1 to 5';

CREATE AGGREGATE csat(score numeric, top integer) (
	SFUNC = survey_accum_csat, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = csat, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat(numeric, integer) IS 'customer satisfaction: share of the scores from top on of answers from 1 to 5';

CREATE AGGREGATE ces(score numeric) (
	SFUNC = survey_accum_ces, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = ces, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces(numeric) IS 'customer effort score: mean of answers from 1 to 7';

CREATE AGGREGATE ces(score numeric, scale text) (
	SFUNC = survey_accum, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = ces, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces(numeric, text) IS 'customer effort score: mean of answers on scale 1-7 or 1-5';
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
-- stage_funnel(): who gets how far, and how long it takes
--
-- Definitions and examples: doc/durations.md.

CREATE TYPE funnel_stage AS (stage integer, reached bigint, converted bigint, median_days integer);
COMMENT ON TYPE funnel_stage IS 'customers that reached a stage, those of them that went on to the next one, and the median of their days until then';

CREATE FUNCTION stage_funnel_accum(internal, anynonarray, integer, date) RETURNS internal
AS 'MODULE_PATHNAME', 'stage_funnel_accum_date' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_accum(internal, anynonarray, integer, date) IS 'transition function of stage_funnel()';

CREATE FUNCTION stage_funnel_accum(internal, anynonarray, integer, timestamp) RETURNS internal
AS 'MODULE_PATHNAME', 'stage_funnel_accum_timestamp' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_accum(internal, anynonarray, integer, timestamp) IS 'transition function of stage_funnel()';

CREATE FUNCTION stage_funnel_accum(internal, anynonarray, integer, timestamptz) RETURNS internal
AS 'MODULE_PATHNAME', 'stage_funnel_accum_timestamptz' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_accum(internal, anynonarray, integer, timestamptz) IS 'refuses timestamps whose time zone is not given';

CREATE FUNCTION stage_funnel_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_combine(internal, internal) IS 'combine function of stage_funnel()';

CREATE FUNCTION stage_funnel_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_serial(internal) IS 'partial state of stage_funnel() for another process';

CREATE FUNCTION stage_funnel_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_deserial(bytea, internal) IS 'partial state of stage_funnel() from another process';

CREATE FUNCTION stage_funnel_final(internal) RETURNS funnel_stage[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION stage_funnel_final(internal) IS 'final function of stage_funnel()';

CREATE AGGREGATE stage_funnel(customer anynonarray, stage integer, at date) (
	SFUNC = stage_funnel_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = stage_funnel_final, COMBINEFUNC = stage_funnel_combine,
	SERIALFUNC = stage_funnel_serial, DESERIALFUNC = stage_funnel_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE stage_funnel(anynonarray, integer, date) IS 'customers that reached each stage, and went on to the next; unnest() gives the table';

CREATE AGGREGATE stage_funnel(customer anynonarray, stage integer, at timestamp) (
	SFUNC = stage_funnel_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = stage_funnel_final, COMBINEFUNC = stage_funnel_combine,
	SERIALFUNC = stage_funnel_serial, DESERIALFUNC = stage_funnel_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE stage_funnel(anynonarray, integer, timestamp) IS 'customers that reached each stage, and went on to the next; unnest() gives the table';

-- takes what would be cast without a word, in the time zone of the session
CREATE AGGREGATE stage_funnel(customer anynonarray, stage integer, at timestamptz) (
	SFUNC = stage_funnel_accum, STYPE = internal, FINALFUNC = stage_funnel_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE stage_funnel(anynonarray, integer, timestamptz) IS 'raises an error: a timestamptz needs a zone';
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
-- What a customer is worth and costs, and shares of yes and no: doc/economics.md

CREATE FUNCTION ltv(arpa numeric, churn_rate numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ltv(numeric, numeric) IS 'lifetime value: revenue of a customer per period by its churn rate per period; NULL without churn';

CREATE FUNCTION ltv(arpa numeric, churn_rate numeric, margin numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ltv(numeric, numeric, numeric) IS 'lifetime value: revenue of a customer per period, by margin, by its churn rate per period; NULL without churn';

CREATE FUNCTION cac_payback_months(spend numeric, new_mrr numeric, margin numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cac_payback_months(numeric, numeric, numeric) IS 'months until the gross margin of new customers has paid for winning them; NULL when it never does';

CREATE FUNCTION gross_margin(revenue numeric, cost numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gross_margin(numeric, numeric) IS 'share of revenue that is left after its cost; NULL without revenue';

CREATE FUNCTION sla_accum(bigint[], boolean) RETURNS bigint[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sla_accum(bigint[], boolean) IS 'transition function of sla_attainment()';

CREATE FUNCTION share_accum(bigint[], boolean, boolean) RETURNS bigint[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION share_accum(bigint[], boolean, boolean) IS 'transition function: count those in the whole, and those in the part of it';

CREATE FUNCTION share_combine(bigint[], bigint[]) RETURNS bigint[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION share_combine(bigint[], bigint[]) IS 'combine function: add two counts of the whole and the part';

CREATE FUNCTION share_final(bigint[]) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION share_final(bigint[]) IS 'final function: the part by the whole; NULL when there is none';

CREATE AGGREGATE sla_attainment(met boolean) (
	SFUNC = sla_accum, STYPE = bigint[], INITCOND = '{0,0}',
	FINALFUNC = share_final, COMBINEFUNC = share_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sla_attainment(boolean) IS 'share of what was met of what was met or breached; NULL is open, and left out';

CREATE AGGREGATE advocacy_rate(active boolean, referenceable boolean) (
	SFUNC = share_accum, STYPE = bigint[], INITCOND = '{0,0}',
	FINALFUNC = share_final, COMBINEFUNC = share_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE advocacy_rate(boolean, boolean) IS 'share of the active customers that are referenceable; NULL counts as no';

CREATE AGGREGATE adoption_rate(entitled boolean, used boolean) (
	SFUNC = share_accum, STYPE = bigint[], INITCOND = '{0,0}',
	FINALFUNC = share_final, COMBINEFUNC = share_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE adoption_rate(boolean, boolean) IS 'share of those entitled that used it; NULL counts as no';
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
-- drivers(): why a retention rate moved between two periods
--
-- Definitions and examples: doc/drivers.md.

CREATE TYPE driver AS (
	segment text,
	weight_prior numeric, weight_current numeric,
	rate_prior numeric, rate_current numeric,
	mix_effect numeric,
	rate_effect numeric, expansion_effect numeric, contraction_effect numeric, churn_effect numeric,
	total_effect numeric
);
COMMENT ON TYPE driver IS 'what one segment did to the change of a rate between two periods: by its share, by its rate, and that by movement';

CREATE TYPE driver_input AS (segment text, metric text, prior retention_summary, current retention_summary);
COMMENT ON TYPE driver_input IS 'what drivers() keeps of a row: its state is an array of these';

CREATE FUNCTION drivers_accum(driver_input[], text, retention_summary, retention_summary) RETURNS driver_input[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION drivers_accum(driver_input[], text, retention_summary, retention_summary) IS 'transition function of drivers()';

CREATE FUNCTION drivers_accum(driver_input[], text, retention_summary, retention_summary, text) RETURNS driver_input[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION drivers_accum(driver_input[], text, retention_summary, retention_summary, text) IS 'transition function of drivers()';

CREATE FUNCTION drivers_combine(driver_input[], driver_input[]) RETURNS driver_input[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION drivers_combine(driver_input[], driver_input[]) IS 'combine function of drivers()';

CREATE FUNCTION drivers_final(driver_input[]) RETURNS driver[]
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION drivers_final(driver_input[]) IS 'final function of drivers()';

CREATE AGGREGATE drivers(segment text, prior retention_summary, current retention_summary) (
	SFUNC = drivers_accum, STYPE = driver_input[], SSPACE = 8192,
	FINALFUNC = drivers_final, COMBINEFUNC = drivers_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE drivers(text, retention_summary, retention_summary) IS 'why NRR moved between two periods, by segment; unnest() gives the table';

CREATE AGGREGATE drivers(segment text, prior retention_summary, current retention_summary, metric text) (
	SFUNC = drivers_accum, STYPE = driver_input[], SSPACE = 8192,
	FINALFUNC = drivers_final, COMBINEFUNC = drivers_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE drivers(text, retention_summary, retention_summary, text) IS 'why a rate (nrr, grr or logo_retention) moved between two periods, by segment; unnest() gives the table';
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
-- period_start() and period_end(): the calendar that every grain and step of ccx goes by
--
-- Definitions and examples: doc/cohorts.md.

CREATE FUNCTION period_start(day date, grain text) RETURNS date
AS 'MODULE_PATHNAME', 'period_start_of_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_start(date, text) IS 'first day of the period that contains the day; the grain is day, week, month, quarter or year, also anchored (week:sunday, quarter:feb, year:apr)';

CREATE FUNCTION period_end(day date, grain text) RETURNS date
AS 'MODULE_PATHNAME', 'period_end_of_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_end(date, text) IS 'last day of the period that contains the day; the grain is day, week, month, quarter or year, also anchored (week:sunday, quarter:feb, year:apr)';
-- Metric views: create_metric_view(), refresh(), verify() and their kin
--
-- Definitions and examples: doc/metric-views.md.
--
-- A metric view is a handful of ordinary objects in its owner's schema, owned by its owner: a plain view for
-- dashboards, tables behind it, and one row that defines it, in a table of type metric_view_definition.  The catalogs
-- tell which tables are of that type, so there is no registry to keep.  Data flow from left to right:
--
--   source --> NAME_source --> NAME_customers --> NAME_buckets --> NAME_summaries --> NAME_data --> NAME
--              mapping view    a value for each   for each 1/n of   for each group    rows of        plain view
--                              customer           the customers                       plain columns
--
-- NAME_customers and NAME_buckets exist only where refresh is incremental: the values of changed customers are computed
-- again, then the buckets these are in, then the groups.  Nothing is ever added to or subtracted from a stored value.
-- The value of a customer is what a customer did (a history, an activity) where there is a type for that, which is
-- smaller than a summary of one customer; buckets are summaries.  Dimensions from another table come in through a
-- second mapping view, NAME_dimensions, once for a customer.
--
-- Functions called metric_view_... are the inside.  They run as whoever calls them; refresh(), verify() and other doors
-- in C first become the owner of the view.

CREATE TYPE metric_view_definition AS (
	view regclass, kind text, mode text,
	source regclass, source_name text, dimensions_from regclass, dimensions_name text,
	mapping regclass, dimensions_mapping regclass, data regclass, summaries regclass, customers regclass, buckets regclass, dirty regclass,
	ledger regclass, progress regclass,
	dimensions text[], options jsonb, definition_version integer, created_at timestamptz,
	-- what the last refresh left
	populated boolean, refreshed_at timestamptz, as_of date, tracking text, high_water timestamptz,
	bucket_count integer, customer_count bigint, skipped_rows bigint, row_count bigint,
	status text, message text, milliseconds double precision);
COMMENT ON TYPE metric_view_definition IS 'what a metric view is made of, and how its last refresh went; the tables of this type are the metric views';

-- helpers

CREATE FUNCTION metric_view_ratio(numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION metric_view_ratio(numeric) IS 'a ratio as views show it: 6 decimals, NULL from 10^18 on, which numeric(24,6) cannot say';

CREATE FUNCTION metric_view_amount(numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION metric_view_amount(numeric) IS 'an amount as views show it: 10 decimals, NULL from 10^28 on, which numeric(38,10) cannot say';

-- An object's name: that of the view and a suffix, shortened in the middle to what a name may take.
CREATE FUNCTION metric_view_name(view text, suffix text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	stem text := view;
BEGIN
	WHILE octet_length(convert_to(stem || suffix, getdatabaseencoding())) > 63 LOOP
		stem := left(view, length(stem) - CASE WHEN stem = view THEN 9 ELSE 10 END) || '_' || left(md5(view), 8);
	END LOOP;
	RETURN stem || suffix;
END $$;
COMMENT ON FUNCTION metric_view_name(text, text) IS 'the name of an object that belongs to a metric view';

-- Which columns of the source a kind needs and may use, its types, and what its refresh depends on.
CREATE FUNCTION metric_view_kind(
	INOUT kind text, OUT needed text[], OUT usable text[], OUT has_period boolean, OUT by_day boolean)
RETURNS record
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	SELECT k.needed, k.needed || k.optional, k.has_period, k.by_day
	INTO needed, usable, has_period, by_day
	FROM (VALUES
		('movements', '{customer,at,amount}'::text[], '{valid_to}'::text[], false, false),
		('cohort', '{customer,at}', '{}', false, false),
		('revenue_cohort', '{customer,at,amount}', '{valid_to}', false, false),
		('health', '{customer,signal,amount,weight}', '{}', false, false),
		('survey', '{at,amount}', '{customer}', true, false),
		('renewal', '{at,amount,renewed_on,renewed_amount}', '{customer}', true, true),
		('duration', '{at,done}', '{customer}', true, true),
		('usage', '{customer,at,amount}', '{}', false, false))
		AS k (name, needed, optional, has_period, by_day)
	WHERE k.name = metric_view_kind.kind;
	IF NOT FOUND THEN
		RAISE invalid_parameter_value USING
			MESSAGE = format('unknown kind of metric view %s', coalesce(quote_literal(kind), 'NULL')),
			DETAIL = 'Valid are movements, cohort, revenue_cohort, health, survey, renewal, duration and usage.';
	END IF;
END $$;
COMMENT ON FUNCTION metric_view_kind(text) IS 'what a kind of metric view needs, and what it is made of';

-- The version of what the numbers of a kind mean, which the ledger keeps beside them: raised whenever they change.
CREATE FUNCTION metric_view_version(kind text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE kind WHEN 'revenue_cohort' THEN 2 ELSE 1 END;
COMMENT ON FUNCTION metric_view_version(text) IS 'the version of the definitions of a kind of metric view';

-- The metric view that a relation is, with the table of its definition.  Only a table of the view's owner counts.
CREATE FUNCTION metric_view_find(view regclass, OUT table_of regclass, OUT def metric_view_definition) RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	FOR table_of IN
		SELECT c.oid
		FROM pg_class AS c JOIN pg_class AS v ON v.relowner = c.relowner AND v.oid = view
		WHERE c.reloftype = pg_typeof(def) AND c.relkind = 'r' AND NOT c.relrowsecurity
		ORDER BY c.relname <> ccx.metric_view_name(v.relname, '_definition')
	LOOP
		EXECUTE format('SELECT d.* FROM ONLY %s AS d WHERE d.view = $1', table_of) INTO def USING view;
		IF def.view = view THEN
			RETURN;
		END IF;
	END LOOP;
	IF NOT EXISTS (SELECT FROM pg_class WHERE oid = view) THEN
		RAISE undefined_table USING MESSAGE = 'the metric view was dropped just now';
	END IF;
	RAISE wrong_object_type USING
		MESSAGE = format('%s is not a metric view', view),
		DETAIL = 'No definition that belongs to its owner names it.',
		HINT = 'create_metric_view() makes one; metric_views lists those that there are. After a change of owner all objects of a metric view need the same owner.';
END $$;
COMMENT ON FUNCTION metric_view_find(regclass) IS 'the definition of a metric view, and the table that it is in';

-- Write a definition back.
CREATE FUNCTION metric_view_store(table_of regclass, def metric_view_definition) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	EXECUTE (SELECT format('UPDATE ONLY %s SET (%s) = (SELECT ($1).*)', table_of, string_agg(quote_ident(attname), ', ' ORDER BY attnum))
		FROM pg_attribute WHERE attrelid = table_of AND attnum > 0 AND NOT attisdropped) USING def;
END $$;
COMMENT ON FUNCTION metric_view_store(regclass, metric_view_definition) IS 'write the definition of a metric view back to its table';

-- What the definition says, as SQL --------------------------------------------------------------------------------------

-- A column of the source as its role needs it, or an error that says what is wrong with it.
CREATE FUNCTION metric_view_column(def metric_view_definition, role text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	name text := def.options ->> role;
	type text;
	wanted text;
BEGIN
	IF name IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT format_type(t.oid, NULL) INTO type
	FROM pg_attribute AS a, LATERAL (
		WITH RECURSIVE base (oid) AS (
			SELECT a.atttypid
			UNION ALL SELECT d.typbasetype FROM base JOIN pg_type AS d ON d.oid = base.oid WHERE d.typtype = 'd')
		SELECT b.oid FROM base AS b JOIN pg_type AS d ON d.oid = b.oid WHERE d.typtype <> 'd') AS t
	WHERE a.attrelid = def.source AND a.attname = name AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE undefined_column USING
			MESSAGE = format('column %I of %s does not exist', name, def.source),
			DETAIL = format('The metric view was to take "%s" from it.', role),
			HINT = 'Mappings are names of columns; an expression belongs into a view, which can be the source.';
	END IF;

	IF role IN ('customer', 'signal') THEN
		RETURN format(CASE role WHEN 'signal' THEN 's.%I::text' ELSE 's.%I' END, name);
	ELSIF role IN ('amount', 'weight', 'renewed_amount') THEN
		IF type IN ('numeric', 'smallint', 'integer', 'bigint') THEN
			RETURN format('s.%I::numeric', name);
		END IF;
		wanted := 'numeric or an integer type';
	ELSIF role = 'changed_at' THEN
		IF type IN ('timestamp with time zone', 'timestamp without time zone') THEN
			RETURN format('s.%I::timestamptz', name);
		END IF;
		wanted := 'a timestamp';
	ELSIF type = 'timestamp with time zone' AND def.options ->> 'zone' IS NULL THEN
		RAISE invalid_parameter_value USING
			MESSAGE = format('column %I of %s is a timestamp with time zone', name, def.source),
			DETAIL = 'Which day it is depends on the zone.', HINT = 'Say which: zone => ''Europe/Berlin''.';
	ELSIF type IN ('date', 'timestamp without time zone', 'timestamp with time zone') THEN
		RETURN CASE WHEN type = 'timestamp with time zone' THEN format('(s.%I AT TIME ZONE %L)', name, def.options ->> 'zone')
		            ELSE format('s.%I', name) END
			|| CASE WHEN def.options ->> 'unit' = 'hour' THEN '::timestamp' WHEN type = 'date' THEN '' ELSE '::date' END;
	ELSE
		wanted := 'a date or a timestamp';
	END IF;
	RAISE datatype_mismatch USING
		MESSAGE = format('column %I of %s is of type %s', name, def.source, type),
		DETAIL = format('As "%s" a metric view takes %s.', role, wanted),
		HINT = 'Make a view that casts it, and take that as the source.';
END $$;
COMMENT ON FUNCTION metric_view_column(metric_view_definition, text) IS 'the expression of the mapping view for one role';

-- Where the = of PostgreSQL itself, which is all that the fixed search_path finds, is not what groups the values of a
-- column: for citext it compares case.  And where equal texts differ, so that one may stand for another and be hashed
-- otherwise.
CREATE FUNCTION metric_view_equality(relation regclass, name text, OUT own_type text, OUT loose_collation regcollation) RETURNS record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH RECURSIVE base (oid, coll) AS (
		SELECT a.atttypid, a.attcollation FROM pg_attribute AS a
		WHERE a.attrelid = metric_view_equality.relation AND a.attname = metric_view_equality.name AND a.attnum > 0 AND NOT a.attisdropped
		UNION ALL SELECT d.typbasetype, b.coll FROM base AS b JOIN pg_type AS d ON d.oid = b.oid WHERE d.typtype = 'd')
	SELECT min(format_type(b.oid, NULL)) FILTER (WHERE EXISTS (
			SELECT FROM pg_opclass AS o
			JOIN pg_am AS m ON m.oid = o.opcmethod AND m.amname = 'btree'
			JOIN pg_amop AS p ON p.amopfamily = o.opcfamily AND p.amoplefttype = b.oid AND p.amoprighttype = b.oid AND p.amopstrategy = 3
			JOIN pg_operator AS e ON e.oid = p.amopopr
			WHERE o.opcintype = b.oid AND o.opcdefault AND e.oprnamespace <> 'pg_catalog'::regnamespace)),
		min(b.coll) FILTER (WHERE EXISTS (SELECT FROM pg_collation AS c WHERE c.oid = b.coll AND NOT c.collisdeterministic))::regcollation
	FROM base AS b;
END;
COMMENT ON FUNCTION metric_view_equality(regclass, text) IS 'what is special about the equality of a column: its type, where that has an operator of its own, and its collation, where that is not deterministic';

-- The query of the mapping view.  PostgreSQL keeps it right when tables and columns are renamed.
CREATE FUNCTION metric_view_mapping(def metric_view_definition) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record := ccx.metric_view_kind(def.kind);
	dimension text;
	dimension_table regclass := coalesce(def.dimensions_from, def.source);
	columns text[] := '{}';
	role text;
	key text := def.options ->> 'dimensions_customer';
BEGIN
	FOREACH role IN ARRAY kind.usable || CASE WHEN def.options ? 'changed_at' THEN '{changed_at}'::text[] ELSE '{}' END LOOP
		IF def.options ->> role IS NOT NULL THEN
			columns := columns || format('%s AS %I', ccx.metric_view_column(def, role), role);
		ELSIF role = ANY (kind.needed) THEN
			RAISE invalid_parameter_value USING
				MESSAGE = format('a metric view of kind %s needs %s', def.kind, role),
				DETAIL = format('It is made of %s.', array_to_string(kind.needed, ', ')),
				HINT = format('Say which column of %s it is: %I => ''COLUMN''.', def.source, role);
		END IF;
	END LOOP;
	FOREACH dimension IN ARRAY def.dimensions LOOP
		IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = dimension_table AND attname = dimension AND attnum > 0 AND NOT attisdropped) THEN
			RAISE undefined_column USING MESSAGE = format('column %I of %s does not exist', dimension, dimension_table),
				DETAIL = 'The metric view has it as a dimension.';
		END IF;
		columns := columns || format('coalesce(%s.%I::text, ''(none)'') AS %I',
			CASE WHEN def.dimensions_from IS NULL THEN 's' ELSE 'd' END, dimension, dimension);
	END LOOP;
	RETURN format('SELECT %s FROM %s AS s', array_to_string(columns, ', '), def.source)
		|| CASE WHEN def.dimensions_from IS NULL THEN '' ELSE
			format(' LEFT JOIN %s AS d ON d.%I = s.%I', def.dimensions_from, key, def.options ->> 'customer') END;
END $$;
COMMENT ON FUNCTION metric_view_mapping(metric_view_definition) IS 'the query of the mapping view of a metric view';

-- The query of the mapping view of dimensions from another table.
CREATE FUNCTION metric_view_dimensions_mapping(def metric_view_definition) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN format('SELECT %I AS customer, %s FROM %s', (def).options ->> 'dimensions_customer',
	(SELECT string_agg(format('%1$I::text AS %1$I', d), ', ' ORDER BY i) FROM unnest((def).dimensions) WITH ORDINALITY AS n (d, i)), (def).dimensions_from);
COMMENT ON FUNCTION metric_view_dimensions_mapping(metric_view_definition) IS 'the query of the mapping view of dimensions from another table';

-- Do the dimensions come with the rows of the source, so that a customer may have several?
CREATE FUNCTION metric_view_row_dimensions(def metric_view_definition) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN cardinality((def).dimensions) > 0 AND (def).dimensions_from IS NULL;
COMMENT ON FUNCTION metric_view_row_dimensions(metric_view_definition) IS 'whether dimensions come with the rows of the source';

CREATE FUNCTION metric_view_list(names text[], before text DEFAULT '', after text DEFAULT '') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce((SELECT before || string_agg(quote_ident(name), ', ' ORDER BY i) || after FROM unnest(names) WITH ORDINALITY AS n (name, i)), '');
COMMENT ON FUNCTION metric_view_list(text[], text, text) IS 'a list of names, with what goes before and after it where there are any';

-- The values of single customers: customer, dimensions, period where the kind has one, value, first_at, last_at.
-- Dimensions from another table are looked up once for a customer, not for each of its rows.
CREATE FUNCTION metric_view_customer_query(def metric_view_definition, condition text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record := ccx.metric_view_kind(def.kind);
	row_dimensions boolean := ccx.metric_view_row_dimensions(def);
	names text := CASE WHEN row_dimensions THEN ccx.metric_view_list(def.dimensions, '', ', ') ELSE '' END;
	steps text := format('%L, %L', def.options ->> 'step', def.options ->> 'span');
	month text := CASE def.kind WHEN 'usage' THEN 'ccx.period_start(at, ''month'')' ELSE 'at' END;
	-- the end of running subscriptions is not in the data: they are observed up to now
	edges text := CASE WHEN def.options ? 'valid_to' THEN 'min(at) AS first_at, ''infinity''::date AS last_at'
		WHEN def.kind = 'health' THEN 'NULL::date AS first_at, NULL::date AS last_at'
		ELSE 'min(at)::date AS first_at, max(at)::date AS last_at' END;
	value text := CASE def.kind
		WHEN 'cohort' THEN format('ccx.activity_agg(at, %L)', def.options ->> 'step')
		WHEN 'health' THEN 'ccx.health_agg(signal, amount, weight)'
		ELSE format('ccx.mrr_history(%s, amount)', CASE WHEN def.options ? 'valid_to' THEN 'at, valid_to' ELSE month END) END;
	rows text;
BEGIN
	IF kind.has_period THEN
		rows := format('SELECT %s AS customer, %sccx.period_start(at::date, %L) AS period, %s AS value, %s FROM %s WHERE at IS NOT NULL AND %s GROUP BY 1, %speriod',
			CASE WHEN def.options ? 'customer' THEN 'customer' ELSE 'NULL::text' END,
			names, def.options ->> 'step', ccx.metric_view_event_aggregate(def), edges, def.mapping, condition, names);
	ELSIF row_dimensions AND def.kind IN ('movements', 'usage') THEN
		-- where the customer was at opening: only the one-pass aggregate knows, from the rows
		rows := format('SELECT customer, %s, p.movements AS value, first_at, last_at FROM (SELECT customer, ccx.mrr_movements_by(customer, %s, amount, %s, %s) AS parts, %s FROM %s WHERE customer IS NOT NULL AND %s GROUP BY customer) AS c, unnest(parts) AS p',
			ccx.metric_view_segment_columns(def), month, ccx.metric_view_segment(def), steps, edges, def.mapping, condition);
	ELSIF row_dimensions THEN
		-- one customer is in one group: the one of its first row
		rows := format('SELECT customer, %s, value, first_at, last_at FROM (SELECT customer, min(ARRAY[%s%s] COLLATE "C") AS home, %s AS value, %s FROM %s WHERE customer IS NOT NULL AND %s GROUP BY customer) AS c',
			(SELECT string_agg(format('home[%s] AS %I', i + 1, name), ', ' ORDER BY i) FROM unnest(def.dimensions) WITH ORDINALITY AS n (name, i)),
			CASE def.kind WHEN 'health' THEN '''''' ELSE 'at::text' END, ccx.metric_view_list(def.dimensions, ', '), value, edges, def.mapping, condition);
	ELSE
		rows := format('SELECT customer, %s AS value, %s FROM %s WHERE customer IS NOT NULL AND %s GROUP BY customer', value, edges, def.mapping, condition);
	END IF;
	IF def.dimensions_from IS NOT NULL THEN
		rows := format('SELECT c.customer, %s, %sc.value, c.first_at, c.last_at FROM (%s) AS c LEFT JOIN (SELECT * FROM %s WHERE %s) AS d ON d.customer = c.customer',
			(SELECT string_agg(format('coalesce(d.%I, ''(none)'') AS %I', name, name), ', ' ORDER BY i) FROM unnest(def.dimensions) WITH ORDINALITY AS n (name, i)),
			CASE WHEN kind.has_period THEN 'c.period, ' ELSE '' END, rows, def.dimensions_mapping, condition);
	END IF;
	RETURN rows;
END $$;
COMMENT ON FUNCTION metric_view_customer_query(metric_view_definition, text) IS 'the query that computes the values of single customers';

-- What makes a summary of the values of customers.
CREATE FUNCTION metric_view_value_aggregate(def metric_view_definition) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE
		WHEN def.kind IN ('movements', 'usage') AND NOT ccx.metric_view_row_dimensions(def)
			THEN format('ccx.mrr_movements_agg(value, %L, %L)', def.options ->> 'step', def.options ->> 'span')
		WHEN def.kind = 'cohort' THEN 'ccx.cohort_agg(value)'
		WHEN def.kind = 'revenue_cohort' THEN format('ccx.cohort_revenue_agg(value, %L)', def.options ->> 'step')
		ELSE 'ccx.rollup(value)' END;
END $$;
COMMENT ON FUNCTION metric_view_value_aggregate(metric_view_definition) IS 'the aggregate over the values of customers';

CREATE FUNCTION metric_view_event_aggregate(def metric_view_definition) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE def.kind
		WHEN 'survey' THEN format('ccx.survey_agg(amount, %L)', def.options ->> 'scale')
		WHEN 'renewal' THEN format('ccx.renewal_agg(at, amount, renewed_on, renewed_amount, %L::date, %s)', def.as_of, def.options ->> 'grace')
		WHEN 'duration' THEN CASE def.options ->> 'unit'
			WHEN 'hour' THEN format('ccx.duration_agg(at, done, (%L::date + 1)::timestamp, ''hour'')', def.as_of)
			ELSE format('ccx.duration_agg(at, done, %L::date)', def.as_of) END
	END;
END $$;
COMMENT ON FUNCTION metric_view_event_aggregate(metric_view_definition) IS 'the aggregate over rows of the kinds that are made of events';

-- Several dimensions travel through the segment of mrr_movements_by() as one JSON array.
CREATE FUNCTION metric_view_segment(def metric_view_definition) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT CASE count(*) WHEN 1 THEN min(item) ELSE format('json_build_array(%s)::text', string_agg(item, ', ' ORDER BY i)) END
	FROM (SELECT format('coalesce(%I, ''(none)'')', name), i FROM unnest((def).dimensions) WITH ORDINALITY AS n (name, i)) AS d (item, i));
COMMENT ON FUNCTION metric_view_segment(metric_view_definition) IS 'the dimensions as one text';

CREATE FUNCTION metric_view_segment_columns(def metric_view_definition) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT string_agg(format('coalesce(p.segment%s, ''(none)'') AS %I',
		CASE cardinality((def).dimensions) WHEN 1 THEN '' ELSE '::json ->> ' || i - 1 END, name), ', ' ORDER BY i)
	FROM unnest((def).dimensions) WITH ORDINALITY AS n (name, i));
COMMENT ON FUNCTION metric_view_segment_columns(metric_view_definition) IS 'the dimensions out of one text';

-- The groups straight from the source: dimensions, period where the kind has one, summary, first_at, last_at.
CREATE FUNCTION metric_view_group_query(def metric_view_definition) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record := ccx.metric_view_kind(def.kind);
	names text := ccx.metric_view_list(def.dimensions, '', ', ');
	groups text := ccx.metric_view_list(def.dimensions, ' GROUP BY ', '');
	steps text := format('%L, %L', def.options ->> 'step', def.options ->> 'span');
	month text := CASE def.kind WHEN 'usage' THEN 'ccx.period_start(at, ''month'')' ELSE 'at' END;
	one_pass text;
BEGIN
	IF kind.has_period THEN
		RETURN format('SELECT %sccx.period_start(at::date, %L) AS period, %s AS summary, min(at)::date AS first_at, max(at)::date AS last_at FROM %s WHERE at IS NOT NULL GROUP BY %speriod',
			names, def.options ->> 'step', ccx.metric_view_event_aggregate(def), def.mapping, names);
	END IF;
	IF def.kind IN ('movements', 'usage') AND NOT def.options ? 'valid_to' THEN
		IF ccx.metric_view_row_dimensions(def) THEN
			RETURN format('SELECT %s, p.movements AS summary, first_at, last_at FROM (SELECT ccx.mrr_movements_by(customer, %s, amount, %s, %s) AS parts, min(at)::date AS first_at, max(at)::date AS last_at FROM %s WHERE customer IS NOT NULL) AS g, unnest(parts) AS p',
				ccx.metric_view_segment_columns(def), month, ccx.metric_view_segment(def), steps, def.mapping);
		END IF;
		IF def.dimensions_mapping IS NOT NULL AND 1 = (
			SELECT count(DISTINCT (a.atttypid, a.attcollation)) FROM pg_attribute AS a
			WHERE a.attname = 'customer' AND a.attrelid IN (def.mapping, def.dimensions_mapping))
		THEN
			-- rows of the dimensions say where customers are: cheaper than a join with all rows of the source.  Who has
			-- none is in no segment, and its dimensions are (none).
			RETURN format('SELECT %sccx.rollup(movements) AS summary, min(first_at) AS first_at, max(last_at) AS last_at FROM ('
				'SELECT %s, p.movements, first_at, last_at FROM ('
				'SELECT ccx.metric_view_movements(customer, %s, amount, home, %s) AS parts, min(at)::date AS first_at, max(at)::date AS last_at '
				'FROM (SELECT customer, at, amount, NULL::text AS home FROM %s UNION ALL SELECT customer, NULL::date, NULL::numeric, (%s) FROM %s) AS u WHERE customer IS NOT NULL) AS g, '
				'unnest(parts) AS p) AS s%s',
				names, ccx.metric_view_segment_columns(def), month, steps, def.mapping, ccx.metric_view_segment(def), def.dimensions_mapping, groups);
		END IF;
		one_pass := format('ccx.mrr_movements_agg(customer, %s, amount, %s)', month, steps);
	ELSIF def.kind = 'cohort' AND NOT ccx.metric_view_row_dimensions(def) THEN
		one_pass := format('ccx.cohort_retention(customer, at, %L)', def.options ->> 'step');
	END IF;
	IF one_pass IS NOT NULL THEN
		RETURN format('SELECT %s%s AS summary, min(at)::date AS first_at, max(at)::date AS last_at FROM %s WHERE customer IS NOT NULL%s HAVING count(*) > 0',
			names, one_pass, def.mapping, groups);
	END IF;
	RETURN format('SELECT %s%s AS summary, min(first_at) AS first_at, max(last_at) AS last_at FROM (%s) AS c%s HAVING count(*) > 0',
		names, ccx.metric_view_value_aggregate(def), ccx.metric_view_customer_query(def, 'true'), groups);
END $$;
COMMENT ON FUNCTION metric_view_group_query(metric_view_definition) IS 'the query that computes the groups of a metric view from its source';

-- The columns of a kind: name, type, expression over s (a row of the summaries) and r (what is unfolded from it), comment.
CREATE FUNCTION metric_view_columns(def metric_view_definition)
RETURNS TABLE (ordinal bigint, name text, type text, expression text, explanation text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own text[];
	dimension text;
	unit text := CASE def.kind WHEN 'usage' THEN 'usage' ELSE 'mrr' END;
	what text := CASE def.kind WHEN 'usage' THEN 'usage' ELSE 'MRR' END;
	scale text := def.options ->> 'scale';
BEGIN
	-- name|type|expression|comment; types: amount, ratio and count stand for the types of all amounts, ratios and counts
	own := CASE
	WHEN def.kind IN ('movements', 'usage') THEN ARRAY[
		'period|date|r.period|first day of the period, key',
		'is_complete|boolean|ccx.period_end(r.period, {step}) < {as_of}|whether the period was over at the last refresh',
		'opening_{unit}|amount|ccx.opening_mrr(r.summary)|{what} of all customers at opening: denominator of nrr and grr',
		'new_{unit}|amount|ccx.new_mrr(r.summary)|closing {what} of customers never seen before',
		'reactivation_{unit}|amount|ccx.reactivation_mrr(r.summary)|closing {what} of customers that were back',
		'expansion_{unit}|amount|ccx.expansion_mrr(r.summary)|what customers grew by',
		'contraction_{unit}|amount|ccx.contraction_mrr(r.summary)|what customers that stayed shrank by',
		'churned_{unit}|amount|ccx.churned_mrr(r.summary)|opening {what} of customers that left',
		'closing_{unit}|amount|ccx.closing_mrr(r.summary)|{what} of all customers at closing',
		'retained_{unit}|amount|ccx.retained_mrr(r.summary)|closing {what} of the customers of the opening: numerator of nrr',
		'gross_retained_{unit}|amount|ccx.opening_mrr(r.summary) - ccx.contraction_mrr(r.summary) - ccx.churned_mrr(r.summary)|the same with nobody above its opening: numerator of grr',
		'nrr|ratio|ccx.nrr(r.summary)|net retention of the period; does not add up over rows',
		'grr|ratio|ccx.grr(r.summary)|gross retention of the period; does not add up over rows',
		'logo_retention|ratio|ccx.logo_retention(r.summary)|share of the customers of the opening that stayed; does not add up over rows',
		'logo_retention_low|double precision|l.low|95 % interval of logo_retention, NULL for too few customers',
		'logo_retention_high|double precision|l.high|95 % interval of logo_retention, NULL for too few customers',
		'opening_customers|count|ccx.opening_customers(r.summary)|customers at opening',
		'new_customers|count|ccx.new_customers(r.summary)|customers never seen before',
		'reactivation_customers|count|ccx.reactivation_customers(r.summary)|customers that were back',
		'expansion_customers|count|ccx.expansion_customers(r.summary)|customers that grew',
		'contraction_customers|count|ccx.contraction_customers(r.summary)|customers that shrank and stayed',
		'churned_customers|count|ccx.churned_customers(r.summary)|customers that left',
		'closing_customers|count|ccx.closing_customers(r.summary)|customers at closing',
		'retained_customers|count|ccx.retained_customers(r.summary)|customers of the opening that stayed: numerator of logo_retention',
		'summary|ccx.retention_summary|r.summary|the summary, for rollup(), intervals and drivers()']
	WHEN def.kind IN ('cohort', 'revenue_cohort') THEN ARRAY[
		'cohort|date|r.cohort|first day of the period that customers of the row began in, key',
		'period|integer|r.period|periods since then, key',
		'cohort_size|count|r.cohort_size|customers of the cohort',
		'eligible|count|r.eligible|customers that could be observed in this period: denominator of retention',
		'active|count|r.active|customers active in this period: numerator of retention',
		'retention|ratio|r.retention|share of the cohort that was active; does not add up over rows']
		|| CASE WHEN def.kind = 'revenue_cohort' THEN ARRAY[
		'mrr|amount|r.mrr|MRR of the cohort in this period: numerator of net_retention',
		'capped_mrr|amount|r.capped_mrr|the same with no customer above its first MRR: numerator of gross_retention',
		'base_mrr|amount|r.base_mrr|MRR of the cohort in its first period: denominator of net_retention and gross_retention',
		'net_retention|ratio|r.net_retention|MRR in this period by MRR in the first; does not add up over rows',
		'gross_retention|ratio|r.gross_retention|the same with no customer above its first MRR; does not add up over rows'] ELSE '{}' END
		|| ARRAY['is_complete|boolean|r.is_complete|whether the period is over for the whole cohort']
	WHEN def.kind = 'health' THEN ARRAY[
		'customers|count|ccx.health_customers(s.summary)|customers with a signal',
		'weighted_score|amount|(SELECT sum((g ->> ''weight_by_score'')::numeric) FROM jsonb_array_elements(ccx.describe(s.summary) -> ''signals'') AS g)|sum of weight by score over all signals: numerator of health_score',
		'present_weight|amount|(SELECT sum((g ->> ''weight'')::numeric) FROM jsonb_array_elements(ccx.describe(s.summary) -> ''signals'') AS g)|weight that was present: denominator of health_score, numerator of health_coverage',
		'total_weight|amount|(SELECT sum((g ->> ''weight'')::numeric + (g ->> ''missing_weight'')::numeric) FROM jsonb_array_elements(ccx.describe(s.summary) -> ''signals'') AS g)|weight present and missing: denominator of health_coverage',
		'health_score|ratio|ccx.health_score(s.summary)|weighted mean of all signals, 0 to 100; does not add up over rows',
		'health_coverage|ratio|ccx.health_coverage(s.summary)|share of the weight that was present; does not add up over rows',
		'health_band|text|ccx.health_band(s.summary)|red, yellow or green',
		'summary|ccx.health_summary|s.summary|the summary, for rollup() and health_drivers()']
	WHEN def.kind = 'survey' THEN ARRAY[
		'period|date|s.period|first day of the period of the answers, key',
		'is_complete|boolean|ccx.period_end(s.period, {step}) < {as_of}|whether the period was over at the last refresh',
		'responses|count|ccx.responses(s.summary)|answers']
		|| CASE scale WHEN 'nps' THEN ARRAY[
		'promoters|count|ccx.promoters(s.summary)|answers of 9 and 10',
		'passives|count|ccx.passives(s.summary)|answers of 7 and 8',
		'detractors|count|ccx.detractors(s.summary)|answers of 0 to 6',
		'nps|ratio|ccx.nps(s.summary)|100 (promoters - detractors) / responses; does not add up over rows',
		'nps_low|double precision|n.low|95 % interval of nps',
		'nps_high|double precision|n.high|95 % interval of nps']
		WHEN '1-5' THEN ARRAY[
		'satisfied|count|(d.j ->> ''score_4'')::bigint + (d.j ->> ''score_5'')::bigint|answers of 4 and 5: numerator of csat',
		'csat|ratio|ccx.csat(s.summary)|share of answers of 4 and 5; does not add up over rows']
		ELSE ARRAY[
		'score_total|count|(SELECT sum(i * (d.j ->> concat(''score_'', i))::bigint) FROM generate_series(1, 7) AS i)|sum of all answers: numerator of ces',
		'easy|count|(SELECT sum((d.j ->> concat(''score_'', i))::bigint) FROM generate_series(5, 7) AS i)|answers of 5 and more: numerator of ces_easy',
		'ces|ratio|ccx.ces(s.summary)|mean answer from 1 to 7; does not add up over rows',
		'ces_easy|ratio|ccx.ces_easy(s.summary)|share of answers of 5 and more; does not add up over rows'] END
		|| ARRAY['summary|ccx.survey_summary|s.summary|the summary, for rollup() and intervals']
	WHEN def.kind = 'renewal' THEN ARRAY[
		'period|date|s.period|first day of the period that renewals were due in, key',
		'is_complete|boolean|ccx.period_end(s.period, {step}) < {as_of}|whether the period was over at the last refresh',
		'due_renewals|count|ccx.due_count(s.summary)|renewals due and decided: denominator of logo_renewal_rate',
		'renewed_renewals|count|ccx.renewed_count(s.summary)|of these, renewed in time or within the grace: numerator of logo_renewal_rate, denominator of on_time_rate',
		'on_time_renewals|count|ccx.on_time_count(s.summary)|of these, renewed by the due date: numerator of on_time_rate',
		'lost_renewals|count|ccx.lost_count(s.summary)|of these, not renewed',
		'open_renewals|count|ccx.open_count(s.summary)|renewals still open, in no rate',
		'recovered_renewals|count|ccx.recovered_count(s.summary)|lost, and signed later; in no rate',
		'due_arr|amount|ccx.due_arr(s.summary)|ARR due and decided: denominator of renewal_rate',
		'renewed_arr|amount|ccx.renewed_arr(s.summary)|ARR renewed: numerator of renewal_rate',
		'capped_arr|amount|(ccx.describe(s.summary) ->> ''renewed_arr_capped'')::numeric|the same with no renewal above what was due: numerator of gross_renewal_rate',
		'lost_arr|amount|ccx.lost_arr(s.summary)|ARR of lost renewals',
		'open_arr|amount|ccx.open_arr(s.summary)|ARR still open',
		'renewal_rate|ratio|ccx.renewal_rate(s.summary)|ARR renewed by ARR due; does not add up over rows',
		'gross_renewal_rate|ratio|ccx.gross_renewal_rate(s.summary)|the same with no renewal above what was due; does not add up over rows',
		'logo_renewal_rate|ratio|ccx.logo_renewal_rate(s.summary)|renewals by renewals due; does not add up over rows',
		'on_time_rate|ratio|ccx.on_time_rate(s.summary)|renewals on time by renewals renewed; does not add up over rows',
		'summary|ccx.renewal_summary|s.summary|the summary, for rollup()']
	WHEN def.kind = 'duration' THEN ARRAY[
		'period|date|s.period|first day of the period of the starts, key',
		'is_complete|boolean|ccx.period_end(s.period, {step}) < {as_of}|whether the period was over at the last refresh',
		'starts|count|ccx.event_count(s.summary) + ccx.censored_count(s.summary)|who started',
		'arrived|count|ccx.event_count(s.summary)|who arrived by the last refresh',
		'median_time|integer|ccx.km_median(s.summary)|median time, Kaplan-Meier, in whole units; NULL if not reached',
		'p90_time|integer|ccx.km_quantile(s.summary, 0.9)|time that 90 in 100 need, Kaplan-Meier; NULL if not reached',
		'summary|ccx.duration_summary|s.summary|the summary, for rollup(), km_curve() and log_rank()']
	END;
	ordinal := 0;
	FOR name, type, expression, explanation IN
		SELECT split_part(c, '|', 1), split_part(c, '|', 2), split_part(c, '|', 3), split_part(c, '|', 4)
		FROM (SELECT replace(replace(replace(replace(column_, '{unit}', unit), '{what}', what),
			'{step}', quote_literal(def.options ->> 'step')), '{as_of}', quote_literal(def.as_of) || '::date')
			FROM unnest(own) AS o (column_)) AS o (c)
	LOOP
		ordinal := ordinal + 1;
		CASE type
			WHEN 'amount' THEN
				type := 'numeric(38,10)';
				expression := format('ccx.metric_view_amount(%s)', expression);
			WHEN 'ratio' THEN
				type := 'numeric(24,6)';
				expression := format('ccx.metric_view_ratio(%s)', expression);
			WHEN 'count' THEN
				type := 'bigint';
			ELSE
		END CASE;
		RETURN NEXT;
		IF ordinal = 1 THEN
			-- dimensions stand behind the first column
			FOREACH dimension IN ARRAY def.dimensions LOOP
				IF EXISTS (SELECT FROM unnest(own) AS o (column_) WHERE split_part(replace(column_, '{unit}', unit), '|', 1) = dimension) THEN
					RAISE duplicate_column USING
						MESSAGE = format('dimension %I has the name of a column of kind %s', dimension, def.kind),
						HINT = 'Make a view that names it otherwise, and take that as the source.';
				END IF;
				ordinal := ordinal + 1;
				name := dimension;
				type := 'text';
				expression := format('s.%I', dimension);
				explanation := 'dimension, key; (none) where the source has NULL';
				RETURN NEXT;
			END LOOP;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION metric_view_columns(metric_view_definition) IS 'the columns of the data of a metric view';

-- The rows of plain columns, from the groups in a relation.
CREATE FUNCTION metric_view_data_query(def metric_view_definition, summaries text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	columns text;
	partial boolean := coalesce((def.options ->> 'include_partial')::boolean, false);
	grain text := CASE WHEN def.kind IN ('movements', 'usage') THEN 'month' ELSE def.options ->> 'step' END;
	-- the last day of the last period that is over
	over date := ccx.period_start(def.as_of, grain) - 1;
	observed_from text := format('(SELECT min(first_at) FROM %s)', summaries);
	observed_to text := CASE WHEN partial AND NOT def.options ? 'valid_to' THEN format('(SELECT max(last_at) FROM %s)', summaries)
		WHEN partial THEN format('%L::date', def.as_of)
		ELSE format('(SELECT least(max(last_at), %L::date) FROM %s)', over, summaries) END;
	-- rows of MRR are for a whole month
	month_end text := 'ccx.period_end(last, ''month'')';
BEGIN
	IF def.kind = 'revenue_cohort' AND NOT def.options ? 'valid_to' THEN
		-- The MRR of a step is that at its end: not known before its last month is there.
		observed_to := format('(SELECT least(%s, ccx.period_start(%s + 1, %L) - 1) FROM (SELECT max(last_at) AS last FROM %s) AS l)',
			CASE WHEN partial THEN format('CASE WHEN %s < %L THEN %1$s ELSE last END', month_end, def.as_of) ELSE format('%L::date', over) END,
			month_end, grain, summaries);
	END IF;
	SELECT string_agg(format('(%s)::%s AS %I', expression, type, name), ', ' ORDER BY ordinal) INTO columns
	FROM ccx.metric_view_columns(def);
	RETURN format('SELECT %s FROM %s AS s', columns, summaries) || CASE
		WHEN def.kind IN ('movements', 'usage') THEN
			format(', LATERAL ccx.retention_summaries(s.summary, %s, %s) AS r (period, summary)', observed_from, observed_to)
			|| ', LATERAL ccx.logo_retention_ci(r.summary) AS l'
		WHEN def.kind IN ('cohort', 'revenue_cohort') THEN
			format(', LATERAL ccx.cohort_table(s.summary, ''on'', %s) AS r', observed_to)
		WHEN def.kind = 'survey' THEN
			CASE def.options ->> 'scale' WHEN 'nps' THEN ', LATERAL ccx.nps_ci(s.summary) AS n' ELSE ', LATERAL ccx.describe(s.summary) AS d (j)' END
			|| CASE WHEN partial THEN '' ELSE format(' WHERE s.period <= %L::date', over) END
		ELSE '' END;
END $$;
COMMENT ON FUNCTION metric_view_data_query(metric_view_definition, text) IS 'the query that unfolds groups into rows of plain columns';

-- The columns that a row is known by.
CREATE FUNCTION metric_view_keys(def metric_view_definition, of_data boolean) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record := ccx.metric_view_kind(def.kind);
BEGIN
	RETURN CASE
		WHEN of_data AND def.kind IN ('cohort', 'revenue_cohort') THEN '{cohort,period}'::text[]
		WHEN kind.has_period OR of_data AND def.kind IN ('movements', 'usage') THEN '{period}'
		ELSE '{}' END || def.dimensions;
END $$;
COMMENT ON FUNCTION metric_view_keys(metric_view_definition, boolean) IS 'the key of the data, or of the summaries, of a metric view';

-- The rows of a query.  Within a statement that writes, only what a function runs gets parallel workers.
CREATE FUNCTION metric_view_rows(query text) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE query;
END $$;
COMMENT ON FUNCTION metric_view_rows(text) IS 'the rows of a query, computed by parallel workers where that is worth it';

-- Some columns of a table as a definition of columns, with their collations, without which records cannot be compared.
-- Of char(n) that has to be bpchar, for character alone is of length 1.
CREATE FUNCTION metric_view_column_list(relation regclass, columns text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT string_agg(concat(quote_ident(a.attname), ' ', format_type(a.atttypid, -1), ' COLLATE ' || nullif(a.attcollation, 0)::regcollation), ', ' ORDER BY u.i)
	FROM unnest(columns) WITH ORDINALITY AS u (name, i) JOIN pg_attribute AS a ON a.attrelid = relation AND a.attname = u.name);
COMMENT ON FUNCTION metric_view_column_list(regclass, text[]) IS 'names, types and collations of some columns of a table';

-- The same as an item of FROM, with some columns of a table.
CREATE FUNCTION metric_view_rows_of(query text, target regclass, columns text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN format('ccx.metric_view_rows(%L) AS r (%s)', format('SELECT %s FROM (%s) AS q', ccx.metric_view_list(columns), query), ccx.metric_view_column_list(target, columns));
COMMENT ON FUNCTION metric_view_rows_of(text, regclass, text[]) IS 'the rows of a query as an item of FROM';

-- A condition that a row is in one of some groups, which are objects of their keys; true where there are no groups to tell.
CREATE FUNCTION metric_view_in_groups(relation regclass, keys text[], groups jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN CASE WHEN groups IS NULL OR cardinality(keys) = 0 THEN 'true' ELSE format('(%s) IN (SELECT %s FROM jsonb_to_recordset(%L) AS g (%s))',
	ccx.metric_view_list(keys), ccx.metric_view_list(keys), groups, ccx.metric_view_column_list(relation, keys)) END;
COMMENT ON FUNCTION metric_view_in_groups(regclass, text[], jsonb) IS 'the condition that a row is in one of some groups';

-- Make a table equal to a query where a condition holds, and say how many rows changed; the query gives no other rows.
-- Only rows that differ are written, and found by their place, not by the index.  Readers see the old rows until the
-- transaction ends.  ON CONFLICT is for rows that others made since an old snapshot: that cannot be serialized.  Neither
-- side comes in an order that a merge could use, and how many rows the query gives nobody can tell the planner.
CREATE FUNCTION metric_view_replace(target regclass, keys text[], query text, condition text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_mergejoin = off
AS $$
DECLARE
	columns text[] := ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = target AND attnum > 0 AND NOT attisdropped ORDER BY attnum);
	rest text[] := ARRAY(SELECT c FROM unnest(columns) WITH ORDINALITY AS u (c, i) WHERE c <> ALL (keys) ORDER BY i);
	changed bigint;
BEGIN
	-- no column is called ctid or stale
	EXECUTE format(
		'WITH apart AS MATERIALIZED (SELECT t.ctid, coalesce(n.stale, true) AS stale, %2$s FROM (SELECT ctid, %3$s FROM ONLY %4$s WHERE %5$s) AS t '
		'FULL JOIN (SELECT false AS stale, r.* FROM %1$s) AS n ON %6$s '
		'WHERE t.ctid IS NULL OR n.stale IS NULL OR ROW(%7$s)::record *<> ROW(%8$s)::record), '
		'gone AS (DELETE FROM ONLY %4$s AS t USING apart AS n WHERE t.ctid = n.ctid AND n.stale RETURNING 1), '
		'other AS (UPDATE ONLY %4$s AS t SET (%9$s) = ROW(%8$s) FROM apart AS n WHERE t.ctid = n.ctid AND NOT n.stale RETURNING 1), '
		'put AS (INSERT INTO %4$s AS t (%3$s) SELECT %3$s FROM apart WHERE ctid IS NULL ON CONFLICT (%10$s) DO UPDATE SET (%9$s) = ROW(%11$s) RETURNING 1) '
		'SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM other) + (SELECT count(*) FROM put)',
		ccx.metric_view_rows_of(query, target, columns),
		(SELECT string_agg(format('n.%I', c), ', ' ORDER BY i) FROM unnest(columns) WITH ORDINALITY AS u (c, i)),
		ccx.metric_view_list(columns), target, condition,
		coalesce((SELECT string_agg(format('n.%1$I = t.%1$I', k), ' AND ') FROM unnest(keys) AS k), 'true'),
		(SELECT string_agg(format('t.%I', c), ', ' ORDER BY i) FROM unnest(rest) WITH ORDINALITY AS u (c, i)),
		(SELECT string_agg(format('n.%I', c), ', ' ORDER BY i) FROM unnest(rest) WITH ORDINALITY AS u (c, i)),
		ccx.metric_view_list(rest),
		CASE cardinality(keys) WHEN 0 THEN '(true)' ELSE ccx.metric_view_list(keys) END,
		(SELECT string_agg(format('excluded.%I', c), ', ' ORDER BY i) FROM unnest(rest) WITH ORDINALITY AS u (c, i))) INTO changed;
	RETURN changed;
END $$;
COMMENT ON FUNCTION metric_view_replace(regclass, text[], text, text) IS 'make the rows of a table that a condition holds for equal to a query';

CREATE FUNCTION metric_view_replace(target regclass, keys text[], query text) RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
RETURN ccx.metric_view_replace(target, keys, query, 'true');
COMMENT ON FUNCTION metric_view_replace(regclass, text[], text) IS 'make a table equal to a query';

-- Tracking: which customers changed ------------------------------------------------------------------------------------

-- The relations that rows of the source, or of the table of the dimensions, can be in: partitions and children included.
CREATE FUNCTION metric_view_relations(def metric_view_definition)
RETURNS TABLE (relation regclass, for_dimensions boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH RECURSIVE r (relation, for_dimensions) AS (
		SELECT (def).source::oid, false
		UNION SELECT (def).dimensions_from::oid, true WHERE (def).dimensions_from IS NOT NULL
		UNION SELECT i.inhrelid, r.for_dimensions FROM r JOIN pg_inherits AS i ON i.inhparent = r.relation)
	SELECT r.relation::regclass, r.for_dimensions FROM r;
END;
COMMENT ON FUNCTION metric_view_relations(metric_view_definition) IS 'the tables, partitions and children that rows of a metric view come from';

-- The triggers call one function in C, which finds the metric view in their WHEN clause (src/metric_track.c).  A
-- statement is noted in one row: which customers it touched, or, when these are more than 1 % of all, that everything has
-- to be computed again.
CREATE FUNCTION metric_view_note() RETURNS trigger
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION metric_view_note() IS 'notes the customers that a statement changed, for the metric view in the WHEN clause of the trigger';

-- Drop them all, on whosever tables they are.
CREATE FUNCTION metric_view_untrack(table_of regclass) RETURNS void
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION metric_view_untrack(regclass) IS 'drop the triggers that refer to the definition of a metric view';

-- The triggers that each relation needs: what is written behind CREATE TRIGGER name AFTER event ON relation, and the
-- trigger that says just that, if there is one.  Who may create triggers on the source could make another one of its name
-- that never fires.  ccx 1.0 had a function in PL/pgSQL in the schema of each metric view, which wrote where "dirty" was
-- then.  pg_get_triggerdef() would tell all, but lock the table, and wait for those who truncate it.
CREATE FUNCTION metric_view_triggers(table_of regclass, def metric_view_definition)
RETURNS TABLE (relation regclass, for_dimensions boolean, event text, definition text, there oid, before_1_1 oid, up_to_date boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	always text := format('(ROW(%L::regclass, %L::regclass) IS NOT NULL)', table_of, def.dirty);
BEGIN
	RETURN QUERY
	WITH wanted AS MATERIALIZED (
		SELECT x.relation, x.for_dimensions, e.*, CASE WHEN x.for_dimensions THEN 'dimensions' ELSE 'source' END AS argument,
			def.options ->> CASE WHEN x.for_dimensions THEN 'note_dimensions' ELSE 'note' END AS name_before
		FROM ccx.metric_view_relations(def) AS x, (VALUES ('INSERT', 4, NULL, 'changed_to'), ('DELETE', 8, 'changed', NULL),
			('UPDATE', 16, 'changed', 'changed_to'), ('TRUNCATE', 32, NULL, NULL)) AS e (event, type, old_table, new_table)
	), present AS MATERIALIZED (
		SELECT g.oid, g.tgrelid, g.tgtype, g.tgargs, g.tgoldtable, g.tgnewtable, g.tgqual FROM pg_trigger AS g
		WHERE g.tgrelid = ANY (ARRAY(SELECT w.relation FROM wanted AS w)) AND g.tgfoid = 'ccx.metric_view_note()'::regprocedure AND g.tgtype & 1 = 0
	), same AS (
		SELECT p.tgrelid, p.tgtype, p.tgargs, p.tgoldtable, p.tgnewtable, min(p.oid) AS oid FROM present AS p
		WHERE pg_get_expr(p.tgqual, 0) = always
		GROUP BY p.tgrelid, p.tgtype, p.tgargs, p.tgoldtable, p.tgnewtable
	), before AS (
		SELECT g.tgrelid, g.tgtype, p.proname, min(g.oid) AS oid, bool_and(strpos(p.prosrc, format('to_regclass(%L)', def.dirty::text)) > 0) AS up_to_date
		FROM pg_class AS c JOIN pg_proc AS p ON p.pronamespace = c.relnamespace AND p.proowner = c.relowner AND p.pronargs = 0 JOIN pg_trigger AS g ON g.tgfoid = p.oid
		WHERE c.oid = table_of AND p.proname IN (def.options ->> 'note', def.options ->> 'note_dimensions')
		GROUP BY g.tgrelid, g.tgtype, p.proname
	)
	SELECT w.relation, w.for_dimensions, w.event, format('%s FOR EACH STATEMENT WHEN (%s) EXECUTE FUNCTION ccx.metric_view_note(%L)',
			'REFERENCING ' || nullif(concat_ws(' ', 'OLD TABLE AS ' || w.old_table, 'NEW TABLE AS ' || w.new_table), ''), always, w.argument),
		s.oid, b.oid, s.oid IS NOT NULL OR b.up_to_date
	FROM wanted AS w
	LEFT JOIN same AS s ON s.tgrelid = w.relation AND s.tgtype = w.type AND s.tgargs = w.argument::bytea || '\x00'
		AND s.tgoldtable IS NOT DISTINCT FROM w.old_table AND s.tgnewtable IS NOT DISTINCT FROM w.new_table
	LEFT JOIN before AS b ON b.tgrelid = w.relation AND b.tgtype = w.type AND b.proname = w.name_before;
END $$;
COMMENT ON FUNCTION metric_view_triggers(regclass, metric_view_definition) IS 'the triggers that note changes for a metric view, and those that are there';

-- Put the triggers where they are missing, and in the place of those of ccx 1.0.
CREATE FUNCTION metric_view_track(table_of regclass, def metric_view_definition) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema text;
	stem text;
	r record;
	name text;
BEGIN
	SELECT n.nspname, v.relname INTO schema, stem
	FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace, pg_class AS v
	WHERE t.oid = table_of AND v.oid = def.view;
	FOR r IN
		SELECT t.*, (SELECT tgname FROM pg_trigger WHERE oid = t.before_1_1) AS instead_of, pg_has_role(c.relowner, 'USAGE') AS own,
			CASE WHEN t.for_dimensions THEN '_note_dimensions_' ELSE '_note_' END || lower(t.event) || '_' || left(md5(schema), 4) AS suffix
		FROM ccx.metric_view_triggers(table_of, def) AS t JOIN pg_class AS c ON c.oid = t.relation
		WHERE c.relkind <> 'f' AND NOT ccx.metric_view_distributed(c.oid) AND t.there IS NULL
		ORDER BY t.relation, t.for_dimensions, t.event
	LOOP
		name := coalesce(r.instead_of, ccx.metric_view_name(stem, r.suffix));
		EXECUTE format('CREATE %sTRIGGER %I AFTER %s ON %s %s', CASE WHEN r.instead_of IS NOT NULL THEN 'OR REPLACE ' ELSE '' END,
			name, r.event, r.relation, r.definition);
		-- also where session_replication_role is replica, as with tools that copy rows from elsewhere
		IF r.own THEN
			EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', r.relation, name);
		END IF;
	END LOOP;
	-- a table that left the source may have the triggers of ccx 1.0 still
	FOR name IN
		SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_class AS t ON t.relnamespace = p.pronamespace AND t.relowner = p.proowner
		WHERE t.oid = table_of AND p.pronargs = 0 AND p.proname IN (def.options ->> 'note', def.options ->> 'note_dimensions')
			AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = p.oid)
	LOOP
		EXECUTE format('DROP FUNCTION %s', name);
	END LOOP;
END $$;
COMMENT ON FUNCTION metric_view_track(regclass, metric_view_definition) IS 'write the missing triggers of a metric view';

-- Citus keeps the rows of such a table on other servers, where no trigger of this one fires.
CREATE FUNCTION metric_view_distributed(relation regclass) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	distributed boolean := false;
BEGIN
	IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
		EXECUTE 'SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_partition WHERE logicalrelid = $1)' INTO distributed USING relation;
	END IF;
	RETURN distributed;
END $$;
COMMENT ON FUNCTION metric_view_distributed(regclass) IS 'whether Citus manages a table, so that triggers on it do not see what is written';

-- Proof that every change since the last refresh was noted: what tracking consists of, as a fingerprint, and what is wrong
-- with it.  Enabling or disabling a trigger writes a new row of pg_trigger, so that its xmin tells even if all is as
-- before, and renaming the column of the customer, be it there and back, one of pg_attribute; a partition that came or
-- went is in the list, or not; a generated column that is computed otherwise (PostgreSQL 17 and later) changes rows
-- without a trigger, and has another row of pg_attrdef; so does a label of an enum that is renamed.  Whom a policy applies
-- to is no matter of the policy alone, but of who owns the table, of memberships and of BYPASSRLS.
CREATE FUNCTION metric_view_tracking(table_of regclass, def metric_view_definition, OUT fingerprint text, OUT missing text, OUT problem text)
RETURNS record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	r record;
BEGIN
	fingerprint := '';
	FOR r IN
		SELECT c.oid, c.oid::regclass AS name, c.relkind, c.relpersistence, coalesce(t.noted, 0) AS noted, t.triggers, t.current,
			format('%s %s %s', c.relrowsecurity, c.relforcerowsecurity, (SELECT string_agg(format('%s %s', y.oid, y.xmin), ',' ORDER BY y.oid) FROM pg_policy AS y WHERE y.polrelid = c.oid)) AS policies,
			(SELECT string_agg(format('%s %s', e.oid, e.xmin), ',' ORDER BY e.oid) FROM pg_attrdef AS e JOIN pg_attribute AS y ON y.attrelid = e.adrelid AND y.attnum = e.adnum
				WHERE e.adrelid = c.oid AND y.attgenerated <> '') AS generated,
			CASE WHEN c.relrowsecurity THEN format('%s %s', row_security_active(c.oid), (SELECT string_agg(y.oid::text, ',' ORDER BY y.oid) FROM pg_policy AS y
				WHERE y.polrelid = c.oid AND EXISTS (SELECT FROM unnest(y.polroles) AS o (role) WHERE o.role = 0 OR pg_has_role(o.role, 'USAGE')))) END AS applied,
			(SELECT md5(string_agg(format('%s %s', e.oid, e.enumlabel), ',' ORDER BY e.oid)) FROM pg_attribute AS y JOIN pg_type AS d ON d.oid = y.atttypid
				JOIN pg_enum AS e ON e.enumtypid = CASE d.typtype WHEN 'd' THEN d.typbasetype ELSE d.oid END
				WHERE y.attrelid = c.oid AND c.oid IN (def.source, def.dimensions_from) AND NOT y.attisdropped AND d.typtype IN ('e', 'd')) AS labels,
			(SELECT format('%s %s', y.attnum, y.xmin) FROM pg_attribute AS y WHERE y.attrelid = c.oid AND NOT y.attisdropped
				AND y.attname = def.options ->> CASE WHEN x.for_dimensions THEN 'dimensions_customer' ELSE 'customer' END) AS customer,
			EXISTS (SELECT FROM pg_subscription_rel AS s WHERE s.srrelid = c.oid) AS replicated,
			ccx.metric_view_distributed(c.oid) AS distributed
		FROM ccx.metric_view_relations(def) AS x JOIN pg_class AS c ON c.oid = x.relation
		LEFT JOIN (
			SELECT n.relation, n.for_dimensions, bit_or(g.tgtype::int & 60) FILTER (WHERE g.tgenabled IN ('O', 'A')) AS noted, bool_and(n.up_to_date) AS current,
				string_agg(format('%s %s %s', g.oid, g.tgenabled, g.xmin), ',' ORDER BY g.oid) AS triggers
			FROM ccx.metric_view_triggers(table_of, def) AS n JOIN pg_trigger AS g ON g.oid = coalesce(n.there, n.before_1_1)
			GROUP BY n.relation, n.for_dimensions) AS t ON t.relation = x.relation AND t.for_dimensions = x.for_dimensions
		ORDER BY c.oid
	LOOP
		fingerprint := fingerprint || format('%s(%s)(%s)(%s)', r.oid, r.triggers, r.policies, r.customer) || coalesce(format('(%s)', r.generated), '')
			|| coalesce('(' || r.applied || ')', '') || coalesce('(' || r.labels || ')', '');
		IF r.relkind = 'f' THEN
			problem := format('%s is a foreign table, changes of which nobody sees here', r.name);
		ELSIF r.distributed THEN
			problem := format('%s is distributed by Citus, and triggers here do not see what is written to its shards', r.name);
		ELSIF r.replicated THEN
			problem := format('%s is fed by logical replication, which fires no statement triggers', r.name);
		ELSIF r.relpersistence = 'u' THEN
			problem := format('%s is unlogged, and a crash empties it without a trigger', r.name);
		ELSIF r.triggers IS NULL THEN
			missing := format('%s has no triggers yet', r.name);
		ELSIF NOT r.current THEN
			missing := format('the triggers on %s note changes where the table for them was before', r.name);
		ELSIF r.noted <> 60 THEN
			problem := format('a trigger on %s is disabled or gone', r.name);
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION metric_view_tracking(regclass, metric_view_definition) IS 'what proves that changes of the source were noted, and what speaks against it';

-- Who may create tables where the source was could otherwise have the view's owner read what they like, and run it.
CREATE FUNCTION metric_view_check_owner(old regclass, new regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class AS o JOIN pg_class AS n ON n.relowner = o.relowner AND (n.relkind = o.relkind OR n.relkind IN ('r', 'p') AND o.relkind IN ('r', 'p'))
		WHERE o.oid = old AND n.oid = new) THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = format('%s is not what it was', new),
			DETAIL = format('What had this name is now %s, and the new one belongs to another role or is of another kind.', old),
			HINT = 'If that is meant, drop the metric view and create it again.';
	END IF;
END $$;
COMMENT ON FUNCTION metric_view_check_owner(regclass, regclass) IS 'refuse to follow a name to a relation of another owner or kind';

CREATE FUNCTION metric_view_check_there(def metric_view_definition) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM unnest(ARRAY[def.source, def.dimensions_from, def.mapping, def.dimensions_mapping]) AS r WHERE r IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = r)) THEN
		RAISE undefined_table USING
			MESSAGE = format('%s is gone', concat_ws(' or ', def.source_name, def.dimensions_name)),
			DETAIL = 'The metric view was made of what had this name then.',
			HINT = 'drop_metric_view() drops what is left; create it again where there is another source.';
	END IF;
END $$;
COMMENT ON FUNCTION metric_view_check_there(metric_view_definition) IS 'refuse a metric view whose source was dropped';

-- The source was dropped and made anew under its name, or renamed; the customer's column was renamed.  Returns what was
-- found, or NULL.  Renames are followed, because the mapping view follows them; a new table gets a new mapping view.
CREATE FUNCTION metric_view_follow(INOUT def metric_view_definition, OUT change text) RETURNS record
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	role text;
	relation regclass;
	number int;
	name text;
	equality record;
BEGIN
	PERFORM ccx.metric_view_check_there(def);
	IF to_regclass(def.source_name) IS NULL THEN
		def.source_name := def.source::text;
	ELSIF to_regclass(def.source_name) <> def.source THEN
		PERFORM ccx.metric_view_check_owner(def.source, to_regclass(def.source_name));
		def.source := to_regclass(def.source_name);
		change := 'another table has the name of the source';
	END IF;
	IF def.dimensions_from IS NOT NULL THEN
		IF to_regclass(def.dimensions_name) IS NULL THEN
			def.dimensions_name := def.dimensions_from::text;
		ELSIF to_regclass(def.dimensions_name) <> def.dimensions_from THEN
			PERFORM ccx.metric_view_check_owner(def.dimensions_from, to_regclass(def.dimensions_name));
			def.dimensions_from := to_regclass(def.dimensions_name);
			change := 'another table has the name of that of the dimensions';
		END IF;
	END IF;
	IF change IS NOT NULL THEN
		BEGIN
			EXECUTE format('CREATE OR REPLACE VIEW %s AS %s', def.mapping, ccx.metric_view_mapping(def));
			IF def.dimensions_mapping IS NOT NULL THEN
				EXECUTE format('CREATE OR REPLACE VIEW %s AS %s', def.dimensions_mapping, ccx.metric_view_dimensions_mapping(def));
			END IF;
		EXCEPTION WHEN undefined_column OR datatype_mismatch OR invalid_table_definition THEN
			RAISE USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM,
				DETAIL = format('%s; its columns must have the names that create_metric_view() was given, and the types of those before, also if these were renamed since.', upper(left(change, 1)) || substr(change, 2)),
				HINT = 'Rename its columns, or drop the metric view and create it again.';
		END;
	END IF;
	-- a column is known by its number, for its name can be given to another one; but in another table, and in the same one
	-- after a restore, by its name
	FOREACH role IN ARRAY '{customer,dimensions_customer}'::text[] LOOP
		relation := CASE role WHEN 'customer' THEN def.source ELSE def.dimensions_from END;
		CONTINUE WHEN relation IS NULL OR NOT def.options ? role;
		IF def.options ->> (role || '_of') IS DISTINCT FROM relation::oid::text THEN
			SELECT attnum INTO number FROM pg_attribute WHERE attrelid = relation AND attname = def.options ->> role AND NOT attisdropped;
			def.options := def.options || jsonb_strip_nulls(jsonb_build_object(role || '_of', relation::oid::text, role || '_number', number));
		END IF;
		SELECT attname INTO name FROM pg_attribute
		WHERE attrelid = relation AND attnum = (def.options ->> (role || '_number'))::int AND NOT attisdropped;
		IF name <> def.options ->> role THEN
			def.options := def.options || jsonb_build_object(role, name, 'renamed', true);
			change := 'the column of the customer was renamed';
		END IF;
	END LOOP;
	-- ccx 1.0 made such metric views in all modes
	IF def.mode <> 'full' THEN
		equality := ccx.metric_view_equality(def.source, def.options ->> 'customer');
		change := coalesce(change, 'customers are of type ' || equality.own_type || ', which has an equality of its own',
			'customers have the collation ' || equality.loose_collation || ', for which different texts are equal');
	END IF;
END $$;
COMMENT ON FUNCTION metric_view_follow(metric_view_definition) IS 'follow a source that was renamed or replaced';

-- Making and dropping --------------------------------------------------------------------------------------------------

CREATE FUNCTION create_metric_view(
	view text, kind text, source regclass,
	customer name DEFAULT NULL, at name DEFAULT NULL, amount name DEFAULT NULL,
	dimensions name[] DEFAULT '{}', dimensions_from regclass DEFAULT NULL,
	step text DEFAULT 'month', mode text DEFAULT 'full', changed_at name DEFAULT NULL,
	span text DEFAULT NULL, valid_to name DEFAULT NULL, done name DEFAULT NULL,
	renewed_on name DEFAULT NULL, renewed_amount name DEFAULT NULL, signal name DEFAULT NULL, weight name DEFAULT NULL,
	scale text DEFAULT NULL, unit text DEFAULT 'day', grace integer DEFAULT 0, zone text DEFAULT NULL,
	include_partial boolean DEFAULT false, dimensions_customer name DEFAULT NULL,
	changed_overlap interval DEFAULT '1 hour', with_data boolean DEFAULT true, in_schema name DEFAULT current_schema())
RETURNS regclass
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	def ccx.metric_view_definition;
	what record := ccx.metric_view_kind(kind);
	parts text[] := parse_ident(view);
	schema text;
	stem text;
	table_of regclass;
	keys text[];
	data_keys text[];
	role text;
	r record;
	result record;

BEGIN
	IF source IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'a metric view needs a source';
	ELSIF mode IS NULL OR mode NOT IN ('full', 'incremental', 'changed_at') THEN
		RAISE invalid_parameter_value USING MESSAGE = format('unknown mode %s', coalesce(quote_literal(mode), 'NULL')),
			DETAIL = 'Valid are full, incremental and changed_at.';
	ELSIF (mode = 'changed_at') <> (changed_at IS NOT NULL) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'mode changed_at and the column changed_at go together',
			HINT = 'Say which column holds the time of a row''s last change: mode => ''changed_at'', changed_at => ''COLUMN''.';
	ELSIF mode <> 'full' AND customer IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = format('mode %s needs the customer', mode),
			DETAIL = 'It computes the values of changed customers only.', HINT = 'Say which column it is: customer => ''COLUMN''.';
	ELSIF array_position(dimensions, NULL) IS NOT NULL OR cardinality(dimensions) > (SELECT count(DISTINCT d) FROM unnest(dimensions) AS d) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'dimensions must be different names';
	ELSIF coalesce(cardinality(parts), 0) NOT IN (1, 2) THEN
		RAISE invalid_name USING MESSAGE = 'a metric view needs a name, with or without a schema';
	ELSIF dimensions_from IS NOT NULL AND (customer IS NULL OR cardinality(dimensions) = 0) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'dimensions_from needs dimensions and the customer';
	END IF;
	SELECT c.relkind INTO r FROM pg_class AS c WHERE c.oid = source;
	IF r.relkind NOT IN ('r', 'p', 'v', 'm', 'f') THEN
		RAISE wrong_object_type USING MESSAGE = format('%s is not a table or a view', source);
	ELSIF mode = 'incremental' AND r.relkind NOT IN ('r', 'p') THEN
		RAISE feature_not_supported USING
			MESSAGE = format('%s is a %s, and changes of it cannot be tracked', source,
				CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END),
			DETAIL = 'Incremental refresh notes changes with triggers on tables.',
			HINT = 'Use mode => ''full'', or ''changed_at'' with a column that says when a row changed last.';
	ELSIF mode = 'incremental' AND (ccx.metric_view_distributed(source) OR ccx.metric_view_distributed(dimensions_from)) THEN
		RAISE feature_not_supported USING
			MESSAGE = format('%s is distributed by Citus, and changes of it cannot be tracked',
				CASE WHEN ccx.metric_view_distributed(source) THEN source ELSE dimensions_from END),
			DETAIL = 'Incremental refresh notes changes with triggers, which do not fire for rows on other servers.',
			HINT = 'Use mode => ''changed_at'' with a column that says when a row changed last, or ''full''.';
	ELSIF dimensions_from IS NOT NULL AND NOT EXISTS (
		SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		WHERE i.indrelid = dimensions_from AND i.indisunique AND i.indnkeyatts = 1 AND i.indpred IS NULL AND i.indisvalid
			AND a.attname = coalesce(dimensions_customer, customer))
	THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = format('%s has no unique index on %I alone', dimensions_from, coalesce(dimensions_customer, customer)),
			DETAIL = 'Two rows for one customer would count it twice.',
			HINT = format('CREATE UNIQUE INDEX ON %s (%I); or say which column it is: dimensions_customer => ''COLUMN''.', dimensions_from, coalesce(dimensions_customer, customer));
	ELSIF kind = 'movements' AND valid_to IS NOT NULL AND cardinality(dimensions) > 0 AND dimensions_from IS NULL THEN
		RAISE feature_not_supported USING
			MESSAGE = 'dimensions of subscriptions must come from another table',
			DETAIL = 'A customer has several subscriptions at a time, and is in one segment.',
			HINT = 'Give the table that has one row per customer: dimensions_from => ''TABLE''.';
	ELSIF EXISTS (SELECT FROM unnest(dimensions) AS d WHERE d IN ('customer', 'summary', 'value', 'first_at', 'last_at', 'slot', 'bucket', 'stale', 'period',
			'closed_period', 'closed_at', 'closed_by', 'definition_version', 'is_suppressed')
		OR d = ANY (what.usable)) THEN
		RAISE duplicate_column USING
			MESSAGE = 'a dimension has the name of a column that a metric view uses itself',
			DETAIL = format('Taken are customer, period, summary, value, first_at, last_at, slot, bucket, stale, closed_period, closed_at, closed_by, definition_version, is_suppressed, %s.', array_to_string(what.usable, ', ')),
			HINT = 'Make a view that names it otherwise, and take that as the source.';
	END IF;

	-- refresh() casts the text of a customer back as the view's owner
	IF mode = 'incremental' AND EXISTS (
		SELECT FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid JOIN pg_roles AS o ON o.oid = t.typowner
		WHERE a.attrelid IN (source, dimensions_from) AND a.attname IN (customer, dimensions_customer)
			AND NOT o.rolsuper AND o.rolname <> current_user)
	THEN
		RAISE insufficient_privilege USING
			MESSAGE = 'the type of the customer belongs to another role',
			DETAIL = 'Whoever owns it decides how it is cast to text, which a refresh of the metric view does as its owner.',
			HINT = 'Use mode => ''full'' or ''changed_at'', or a column of another type.';
	END IF;

	FOR r IN SELECT c.relation, c.name, e.* FROM (VALUES (source, customer), (dimensions_from, coalesce(dimensions_customer, customer))) AS c (relation, name),
			LATERAL ccx.metric_view_equality(c.relation, c.name) AS e
		WHERE mode <> 'full' AND (e.own_type IS NOT NULL OR e.loose_collation IS NOT NULL) OR dimensions_from IS NOT NULL AND e.own_type IS NOT NULL
	LOOP
		RAISE feature_not_supported USING
			MESSAGE = format('customers of %s cannot be told apart by =', r.relation),
			DETAIL = CASE WHEN r.own_type IS NOT NULL THEN format('Column %I is of type %s, which has an equality of its own.', r.name, r.own_type)
				ELSE format('Column %I has the collation %s, for which different texts are equal.', r.name, r.loose_collation) END,
			HINT = 'Use mode => ''full'' without dimensions_from, or a column that is text in one spelling, as with lower().';
	END LOOP;

	SELECT a.attname, a.atttypid = 'timestamptz'::regtype AS has_zone INTO r FROM pg_attribute AS a
	WHERE mode <> 'full' AND a.attrelid = coalesce(dimensions_from, source) AND a.attname = ANY (dimensions)
		AND (a.atttypid = 'timestamptz'::regtype OR EXISTS (SELECT FROM pg_collation AS c WHERE c.oid = a.attcollation AND NOT c.collisdeterministic));
	IF FOUND THEN
		RAISE feature_not_supported USING
			MESSAGE = format('dimension %I is not the same text in each refresh', r.attname),
			DETAIL = CASE WHEN r.has_zone THEN 'It is a timestamp with time zone, and its text depends on the time zone of the session.'
				ELSE 'Its collation takes different texts for equal, and any of them may stand for all.' END,
			HINT = 'Use mode => ''full'', or a column that has one text for each group.';
	END IF;

	-- options that are wrong are told now, not by the first refresh
	PERFORM ccx.period_start(current_date, step);
	IF kind IN ('movements', 'usage') THEN
		PERFORM ccx.mrr_movements_agg(h, step, coalesce(span, regexp_replace(step, ':.*', '')))
		FROM (SELECT ccx.mrr_history(date '2000-01-01', 1) AS h) AS one;
	ELSIF kind = 'revenue_cohort' THEN
		PERFORM ccx.cohort_revenue_agg(h, step) FROM (SELECT ccx.mrr_history(date '2000-01-01', 1) AS h) AS one;
	ELSIF kind = 'survey' AND scale IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = 'a metric view of kind survey needs the scale of the answers',
			DETAIL = 'An answer of 5 is a detractor on nps, and as good as can be on 1-5.', HINT = 'scale => ''nps'', ''1-5'' or ''1-7''.';
	ELSIF kind = 'survey' THEN
		PERFORM ccx.survey_agg(NULL::numeric, scale);
	ELSIF kind = 'renewal' AND (grace IS NULL OR grace < 0) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'grace must be a number of days from 0 on';
	ELSIF kind = 'duration' AND coalesce(unit, '') NOT IN ('day', 'hour') THEN
		RAISE invalid_parameter_value USING MESSAGE = format('unknown unit %s', coalesce(quote_literal(unit), 'NULL')), DETAIL = 'Valid are day and hour.';
	END IF;
	IF zone IS NOT NULL THEN
		PERFORM timestamptz '2000-01-01' AT TIME ZONE zone;
	END IF;
	IF mode = 'changed_at' AND (changed_overlap IS NULL OR changed_overlap < interval '0') THEN
		RAISE invalid_parameter_value USING MESSAGE = 'changed_overlap must be an interval from 0 on',
			DETAIL = 'Rows whose change was committed late would not be seen.';
	END IF;

	stem := parts[cardinality(parts)];
	schema := CASE cardinality(parts) WHEN 2 THEN parts[1] ELSE in_schema::text END;
	IF schema IS NULL THEN
		RAISE invalid_schema_name USING MESSAGE = 'no schema to create the metric view in', HINT = 'Write SCHEMA.NAME.';
	ELSIF to_regclass(format('%I.%I', schema, stem)) IS NOT NULL THEN
		RAISE duplicate_table USING MESSAGE = format('relation %I.%I already exists', schema, stem),
			HINT = 'refresh() brings a metric view up to date, and drop_metric_view() drops it.';
	END IF;
	def.kind := kind;
	def.mode := mode;
	def.source := source;
	def.source_name := source::text;
	def.dimensions_from := dimensions_from;
	def.dimensions_name := dimensions_from::text;
	def.dimensions := dimensions::text[];
	IF mode = 'incremental' THEN
		SELECT x.relation INTO r FROM ccx.metric_view_relations(def) AS x JOIN pg_class AS c ON c.oid = x.relation WHERE c.relkind = 'f';
		IF FOUND THEN
			RAISE feature_not_supported USING
				MESSAGE = format('%s is a foreign table, and changes of it cannot be tracked', r.relation),
				DETAIL = 'PostgreSQL refuses to write to a foreign partition through its parent where the parent has triggers that see the changed rows.',
				HINT = 'Use mode => ''full'', or ''changed_at'' with a column that says when a row changed last.';
		END IF;
	END IF;
	def.definition_version := ccx.metric_view_version(kind);
	def.created_at := now();
	def.populated := false;
	def.as_of := current_date;
	def.status := 'created';
	def.options := jsonb_strip_nulls(jsonb_build_object(
		'customer', customer, 'at', at, 'amount', amount, 'changed_at', changed_at, 'valid_to', valid_to, 'done', done,
		'renewed_on', renewed_on, 'renewed_amount', renewed_amount, 'signal', signal, 'weight', weight,
		'step', step, 'span', coalesce(span, regexp_replace(step, ':.*', '')), 'zone', zone, 'include_partial', include_partial,
		'scale', CASE WHEN kind = 'survey' THEN scale END, 'unit', CASE WHEN kind = 'duration' THEN unit END,
		'grace', CASE WHEN kind = 'renewal' THEN grace END,
		'changed_overlap', CASE WHEN mode = 'changed_at' THEN changed_overlap END,
		'dimensions_customer', CASE WHEN dimensions_from IS NOT NULL THEN coalesce(dimensions_customer, customer) END,
		'customer_of', source::oid::text, 'dimensions_customer_of', dimensions_from::oid::text,
		'customer_number', (SELECT attnum FROM pg_attribute WHERE attrelid = source AND attname = customer),
		'dimensions_customer_number', (SELECT attnum FROM pg_attribute WHERE attrelid = dimensions_from AND attname = coalesce(dimensions_customer, customer))));
	FOREACH role IN ARRAY '{valid_to,done,renewed_on,renewed_amount,signal,weight}'::text[] LOOP
		IF def.options ? role AND role <> ALL (what.usable) THEN
			RAISE invalid_parameter_value USING MESSAGE = format('a metric view of kind %s has no use for %s', kind, role);
		END IF;
	END LOOP;
	keys := ccx.metric_view_keys(def, false);
	data_keys := ccx.metric_view_keys(def, true);

	EXECUTE format('CREATE VIEW %I.%I AS %s', schema, ccx.metric_view_name(stem, '_source'), ccx.metric_view_mapping(def));
	def.mapping := format('%I.%I', schema, ccx.metric_view_name(stem, '_source'))::regclass;
	IF dimensions_from IS NOT NULL THEN
		EXECUTE format('CREATE VIEW %I.%I AS %s', schema, ccx.metric_view_name(stem, '_dimensions'), ccx.metric_view_dimensions_mapping(def));
		def.dimensions_mapping := format('%I.%I', schema, ccx.metric_view_name(stem, '_dimensions'))::regclass;
	END IF;

	EXECUTE format('CREATE TABLE %I.%I AS %s WITH NO DATA', schema, ccx.metric_view_name(stem, '_summaries'), ccx.metric_view_group_query(def));
	def.summaries := format('%I.%I', schema, ccx.metric_view_name(stem, '_summaries'))::regclass;
	-- with room on each page for a new version of all its rows, so that indexes need not be told: thrice as fast
	EXECUTE format('CREATE TABLE %I.%I WITH (fillfactor = 50) AS %s WITH NO DATA', schema, ccx.metric_view_name(stem, '_data'), ccx.metric_view_data_query(def, def.summaries::text));
	def.data := format('%I.%I', schema, ccx.metric_view_name(stem, '_data'))::regclass;
	FOR r IN SELECT def.summaries AS t, keys AS k UNION ALL SELECT def.data, data_keys LOOP
		EXECUTE format('CREATE UNIQUE INDEX ON %s (%s)', r.t, CASE cardinality(r.k) WHEN 0 THEN '(true)' ELSE ccx.metric_view_list(r.k) END);
		FOREACH role IN ARRAY r.k LOOP
			EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', r.t, role);
		END LOOP;
	END LOOP;

	IF mode <> 'full' THEN
		-- with room on each page, so that a new value stays on it and indexes need not be told
		EXECUTE format('CREATE TABLE %I.%I WITH (fillfactor = 90) AS SELECT customer, %svalue, first_at, last_at, 0 AS slot FROM (%s) AS c WITH NO DATA',
			schema, ccx.metric_view_name(stem, '_customers'), ccx.metric_view_list(keys, '', ', '), ccx.metric_view_customer_query(def, 'true'));
		def.customers := format('%I.%I', schema, ccx.metric_view_name(stem, '_customers'))::regclass;
		EXECUTE format('CREATE UNIQUE INDEX ON %s (customer%s) NULLS NOT DISTINCT', def.customers, ccx.metric_view_list(keys, ', '));
		-- a posting list with one live entry keeps its dead ones until the next vacuum
		EXECUTE format('CREATE INDEX ON %s (%sslot) WITH (deduplicate_items = off)', def.customers, ccx.metric_view_list(keys, '', ', '));
		EXECUTE format('CREATE TABLE %I.%I WITH (fillfactor = 75, toast_tuple_target = %s) AS SELECT slot AS bucket, %s%s AS value, min(first_at) AS first_at, max(last_at) AS last_at FROM %s GROUP BY slot%s WITH NO DATA',
			schema, ccx.metric_view_name(stem, '_buckets'), current_setting('block_size')::int - 32, ccx.metric_view_list(keys, '', ', '), ccx.metric_view_value_aggregate(def), def.customers, ccx.metric_view_list(keys, ', '));
		def.buckets := format('%I.%I', schema, ccx.metric_view_name(stem, '_buckets'))::regclass;
		EXECUTE format('CREATE UNIQUE INDEX ON %s (bucket%s)', def.buckets, ccx.metric_view_list(keys, ', '));
		-- each refresh reads them all, and to look for them elsewhere or decompress them would take longer than to add them up
		EXECUTE format('ALTER TABLE %s ALTER COLUMN value SET STORAGE EXTERNAL', def.buckets);
	END IF;
	IF mode = 'incremental' THEN
		EXECUTE format('CREATE TABLE %I.%I (customers text[], whole boolean NOT NULL, reason text, noted_at timestamptz NOT NULL DEFAULT now())',
			schema, ccx.metric_view_name(stem, '_dirty'));
		def.dirty := format('%I.%I', schema, ccx.metric_view_name(stem, '_dirty'))::regclass;
	END IF;
	EXECUTE format('CREATE SEQUENCE %I.%I MINVALUE 0 START 0', schema, ccx.metric_view_name(stem, '_progress'));
	def.progress := format('%I.%I', schema, ccx.metric_view_name(stem, '_progress'))::regclass;

	EXECUTE (SELECT format('CREATE VIEW %I.%I AS SELECT %s FROM %s', schema, stem, string_agg(quote_ident(name), ', ' ORDER BY ordinal), def.data)
		FROM ccx.metric_view_columns(def) WHERE name <> 'summary');
	def.view := format('%I.%I', schema, stem)::regclass;
	EXECUTE format('COMMENT ON VIEW %s IS %L', def.view, format('%s of %s%s%s; see metric_views for its state',
		replace(kind, '_', ' '), source, CASE WHEN kind IN ('health') THEN '' ELSE ' by ' || step END, ccx.metric_view_list(def.dimensions, ', by ')));
	FOR r IN SELECT name, explanation FROM ccx.metric_view_columns(def) LOOP
		EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', def.data, r.name, r.explanation);
		IF r.name <> 'summary' THEN
			EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', def.view, r.name, r.explanation);
		END IF;
	END LOOP;
	IF kind IN ('cohort', 'revenue_cohort') THEN
		EXECUTE format('CREATE VIEW %I.%I AS SELECT cohort%s, max(cohort_size) AS cohort_size, %s FROM %s GROUP BY cohort%s',
			schema, ccx.metric_view_name(stem, '_wide'), ccx.metric_view_list(def.dimensions, ', '),
			(SELECT string_agg(format('(max(%I) FILTER (WHERE period = %s))::numeric(24,6) AS m%s', CASE kind WHEN 'cohort' THEN 'retention' ELSE 'net_retention' END, i, i), ', ' ORDER BY i) FROM generate_series(0, 24) AS i),
			def.data, ccx.metric_view_list(def.dimensions, ', '));
		EXECUTE format('COMMENT ON VIEW %I.%I IS %L', schema, ccx.metric_view_name(stem, '_wide'), format('metric view %s, a column for each period', def.view));
		FOR r IN
			SELECT name, explanation FROM ccx.metric_view_columns(def) WHERE name = ANY ('{cohort,cohort_size}' || def.dimensions)
			UNION ALL SELECT 'm' || i, format('%s of period %s; does not add up over rows', CASE kind WHEN 'cohort' THEN 'retention' ELSE 'net_retention' END, i) FROM generate_series(0, 24) AS i
		LOOP
			EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', schema, ccx.metric_view_name(stem, '_wide'), r.name, r.explanation);
		END LOOP;
		def.options := def.options || jsonb_build_object('wide', ccx.metric_view_name(stem, '_wide'));
	END IF;

	EXECUTE format('CREATE TABLE %I.%I OF ccx.metric_view_definition', schema, ccx.metric_view_name(stem, '_definition'));
	table_of := format('%I.%I', schema, ccx.metric_view_name(stem, '_definition'))::regclass;
	def := ccx.metric_view_customer_views(def, table_of);
	EXECUTE format('INSERT INTO %s SELECT ($1).*', table_of) USING def;
	FOR r IN
		SELECT t, c FROM (VALUES
			(table_of, 'definition of metric view %s'), (def.data, 'rows of metric view %s'), (def.summaries, 'groups of metric view %s'),
			(def.customers, 'values of single customers of metric view %s'), (def.buckets, 'values of buckets of customers of metric view %s'),
			(def.dirty, 'changes that metric view %s has not taken in')) AS v (t, c) WHERE t IS NOT NULL
	LOOP
		EXECUTE format('COMMENT ON TABLE %s IS %L', r.t, format(r.c, def.view));
	END LOOP;
	IF mode = 'incremental' THEN
		PERFORM ccx.metric_view_track(table_of, def);
	END IF;
	IF with_data THEN
		SELECT * INTO result FROM ccx.refresh(def.view);
		IF result.status = 'failed' THEN
			RAISE WARNING USING MESSAGE = format('metric view %s is made, but could not be filled', def.view), DETAIL = result.message,
				HINT = 'Put the source right and call refresh(), or drop_metric_view().';
		END IF;
	END IF;
	RETURN def.view;
END $$;
COMMENT ON FUNCTION create_metric_view(text, text, regclass, name, name, name, name[], regclass, text, text, name, text, name, name, name, name, name, name, text, text, integer, text, boolean, name, interval, boolean, name) IS 'make a metric view: storage that refresh() fills, and in front of it a plain view for dashboards';

CREATE FUNCTION metric_view_drop_metric_view(view regclass, with_ledger boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = 'warning'
AS $$
DECLARE
	pair record;
	def ccx.metric_view_definition;
	table_of regclass;
	closed bigint := 0;
	schema text;
	name text;
BEGIN
	-- a refresh under way needs what is being dropped, and would wait for it the other way round
	PERFORM pg_advisory_xact_lock(hashtext('ccx metric view'), view::oid::int4);
	pair := ccx.metric_view_find(view);
	table_of := pair.table_of;
	def := pair.def;
	IF def.ledger IS NOT NULL THEN
		EXECUTE format('SELECT count(DISTINCT closed_period) FROM %s', def.ledger) INTO closed;
	END IF;
	IF closed > 0 AND NOT coalesce(with_ledger, false) THEN
		RAISE dependent_objects_still_exist USING
			MESSAGE = format('metric view %s has closed periods', view),
			DETAIL = format('Its ledger holds what was published of %s, and would be dropped with it.',
				CASE closed WHEN 1 THEN 'one period' ELSE closed || ' periods' END),
			HINT = 'drop_metric_view(view, with_ledger => true) drops both.';
	END IF;
	SELECT n.nspname INTO schema FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = table_of;
	-- the triggers first, whether of now or of ccx 1.0: that waits for writers, who must not wait for what is dropped then
	PERFORM ccx.metric_view_untrack(table_of);
	FOR name IN
		SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_class AS t ON t.relnamespace = p.pronamespace AND t.relowner = p.proowner
		WHERE t.oid = table_of AND p.pronargs = 0 AND p.proname IN (def.options ->> 'note', def.options ->> 'note_dimensions')
	LOOP
		EXECUTE format('DROP FUNCTION %s CASCADE', name);
	END LOOP;
	-- who lists metric views reads the definition, and then what would be dropped before it
	EXECUTE format('LOCK TABLE %s', table_of);
	FOR name IN SELECT value FROM jsonb_each_text(def.options) AS o (key, value) WHERE key IN ('wide', 'published', 'public', 'at_risk', 'customer_history', 'top_movers') LOOP
		EXECUTE format('DROP VIEW IF EXISTS %I.%I', schema, name);
	END LOOP;
	-- the mapping view is gone where the source was dropped with CASCADE
	FOR name IN
		SELECT format(CASE c.relkind WHEN 'v' THEN 'DROP VIEW %s' WHEN 'S' THEN 'DROP SEQUENCE %s' ELSE 'DROP TABLE %s' END, t)
		FROM unnest(ARRAY[view, def.ledger, def.data, def.summaries, def.buckets, def.customers, def.dirty, table_of, def.mapping, def.dimensions_mapping, def.progress]) WITH ORDINALITY AS u (t, i)
		JOIN pg_class AS c ON c.oid = t ORDER BY i
	LOOP
		EXECUTE name;
	END LOOP;
END $$;
COMMENT ON FUNCTION metric_view_drop_metric_view(regclass, boolean) IS 'what drop_metric_view() does as the owner';

CREATE FUNCTION drop_metric_view(view regclass, with_ledger boolean DEFAULT false) RETURNS void
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION drop_metric_view(regclass, boolean) IS 'drop a metric view and all that belongs to it; refuses while its ledger has closed periods, unless told to drop it too';

-- Refreshing -----------------------------------------------------------------------------------------------------------

-- Slots: a customer's is a hash of it, of 16 bits; a bucket is a range of slots.
CREATE FUNCTION metric_view_shift(bucket_count integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 16 - round(log(2::numeric, greatest(bucket_count, 1)::numeric))::integer;
COMMENT ON FUNCTION metric_view_shift(integer) IS 'by how many bits a slot is longer than the number of its bucket';

-- A bucket of a group has some 100 values of customers: few to compute again, and few buckets to add up, which costs ten
-- times as much for each, and with cohorts thirty times.
CREATE FUNCTION metric_view_wanted_buckets(kind text, members double precision, groups bigint) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 2 ^ least(greatest(ceil(log(2, greatest(members, 1)::numeric / greatest(groups, 1) / CASE WHEN kind IN ('cohort', 'revenue_cohort') THEN 256 ELSE 128 END)), 0), 16);
COMMENT ON FUNCTION metric_view_wanted_buckets(text, double precision, bigint) IS 'how many buckets a metric view should have';

-- The buckets from the values of all customers.
CREATE FUNCTION metric_view_fill_buckets(INOUT def metric_view_definition) RETURNS metric_view_definition
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys text[] := ccx.metric_view_keys(def, false);
	names text := ccx.metric_view_list(keys, '', ', ');
BEGIN
	EXECUTE format('SELECT ccx.metric_view_wanted_buckets($1, sum(n)::float8, count(*)) FROM (SELECT count(*) AS n FROM %s%s) AS g',
		def.customers, ccx.metric_view_list(keys, ' GROUP BY ')) INTO def.bucket_count USING def.kind;
	EXECUTE format('DELETE FROM %s', def.buckets);
	EXECUTE format('INSERT INTO %s (bucket, %svalue, first_at, last_at) SELECT * FROM %s', def.buckets, names,
		ccx.metric_view_rows_of(format('SELECT slot >> %s AS bucket, %s%s AS value, min(first_at) AS first_at, max(last_at) AS last_at FROM %s GROUP BY 1%s',
				ccx.metric_view_shift(def.bucket_count), names, ccx.metric_view_value_aggregate(def), def.customers, ccx.metric_view_list(keys, ', ')),
			def.buckets, '{bucket}' || keys || '{value,first_at,last_at}'::text[]));
	EXECUTE format('ANALYZE %s', def.buckets);
END $$;
COMMENT ON FUNCTION metric_view_fill_buckets(metric_view_definition) IS 'compute the buckets of a metric view from the values of its customers';

-- Mode changed_at: customers with a row that changed since the last refresh, and the time to go on from; in one statement,
-- for what is committed between two would count as taken in.  A timestamp without time zone must be the same moment
-- whatever zone a session has set, and a time that is yet to come must not hide what changes until then.  Not NULL, with
-- which Citus could not plan the query.
CREATE FUNCTION metric_view_changed(def metric_view_definition, OUT touched text[], OUT high_water timestamptz) RETURNS record
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' SET timezone = 'UTC'
AS $$
BEGIN
	EXECUTE format('SELECT (SELECT array_agg(DISTINCT customer::text) FROM %1$s WHERE changed_at > $1), (SELECT max(changed_at) FROM %1$s)', def.mapping)
		INTO touched, high_water USING coalesce(def.high_water - (def.options ->> 'changed_overlap')::interval, 'infinity');
	IF high_water > now() THEN
		high_water := now();
	END IF;
END $$;
COMMENT ON FUNCTION metric_view_changed(metric_view_definition) IS 'the customers of a metric view with rows that changed, by the column changed_at';

-- Everything from the source.
CREATE FUNCTION metric_view_refresh_full(INOUT def metric_view_definition, may_block boolean) RETURNS metric_view_definition
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record := ccx.metric_view_kind(def.kind);
	keys text[] := ccx.metric_view_keys(def, false);
	names text := ccx.metric_view_list(keys, '', ', ');
	t regclass;
BEGIN
	IF def.dirty IS NOT NULL THEN
		EXECUTE format('DELETE FROM %s', def.dirty);
	END IF;
	IF def.mode = 'changed_at' THEN
		def.high_water := NULL;
		SELECT c.high_water INTO def.high_water FROM ccx.metric_view_changed(def) AS c;
	END IF;
	-- rows without customer, or without date where that is the period: in no group
	def.skipped_rows := 0;
	IF kind.has_period OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = def.source AND attname = def.options ->> 'customer' AND NOT attnotnull) THEN
		EXECUTE format('SELECT count(*) FROM %s WHERE %s IS NULL', def.mapping, CASE WHEN kind.has_period THEN 'at' ELSE 'customer' END) INTO def.skipped_rows;
	END IF;
	IF def.customers IS NULL THEN
		RETURN;
	END IF;

	FOREACH t IN ARRAY ARRAY[def.customers, def.buckets] LOOP
		EXECUTE format(CASE WHEN may_block THEN 'TRUNCATE %s' ELSE 'DELETE FROM %s' END, t);
	END LOOP;
	-- Customers of a bucket lie side by side, for they are read together.  A hash sorts faster than names do.
	EXECUTE format('INSERT INTO %s (customer, %svalue, first_at, last_at, slot) SELECT customer, %svalue, first_at, last_at, (hash_record_extended(ROW(customer), 0) & 65535)::int AS slot FROM %s ORDER BY %sslot',
		def.customers, names, names, ccx.metric_view_rows_of(ccx.metric_view_customer_query(def, 'true'), def.customers, '{customer}' || keys || '{value,first_at,last_at}'::text[]),
		ccx.metric_view_list(keys, 'hash_record(ROW(', ')), '));
	IF cardinality(keys) = 0 OR def.dimensions_from IS NOT NULL AND NOT kind.has_period THEN
		GET DIAGNOSTICS def.customer_count = ROW_COUNT;
	ELSE
		EXECUTE format('SELECT count(DISTINCT customer) FROM %s', def.customers) INTO def.customer_count;
	END IF;
	EXECUTE format('ANALYZE %s', def.customers);
	def := ccx.metric_view_fill_buckets(def);
END $$;
COMMENT ON FUNCTION metric_view_refresh_full(metric_view_definition, boolean) IS 'compute the values of all customers of a metric view';

CREATE FUNCTION metric_view_customer_type(def metric_view_definition) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = (def).customers AND attname = 'customer');
COMMENT ON FUNCTION metric_view_customer_type(metric_view_definition) IS 'the type of the customers of a metric view that is not of mode full';

-- Only the customers that changed, and the buckets they are in: those of which something came out otherwise.  Returns the
-- groups of these as an array of their keys, NULL where there are none.
CREATE FUNCTION metric_view_refresh_customers(def metric_view_definition, touched text[]) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys text[] := ccx.metric_view_keys(def, false);
	also text := ccx.metric_view_list(keys, ', ');
	shift int := ccx.metric_view_shift(def.bucket_count);
	condition text := format('(customer = ANY (%L::%s[])%s)', touched, ccx.metric_view_customer_type(def), CASE WHEN array_position(touched, NULL) IS NOT NULL THEN ' OR customer IS NULL' END);
	matches text := coalesce((SELECT string_agg(format(' AND b.%I = n.%I', k, k), '') FROM unnest(keys) AS k), '');
	of_new text;
	of_old text;
	items text;
	places jsonb;
	groups jsonb;
BEGIN
	-- as records, which are equal also where the customer is unknown
	of_new := format('ROW(n.customer%s)::record', (SELECT string_agg(format(', n.%I', k), '' ORDER BY i) FROM unnest(keys) WITH ORDINALITY AS u (k, i)));
	of_old := format('ROW(c.customer%s)::record', (SELECT string_agg(format(', c.%I', k), '' ORDER BY i) FROM unnest(keys) WITH ORDINALITY AS u (k, i)));
	items := 'customer' || also || ', value, first_at, last_at, slot';
	EXECUTE format(
		'WITH new AS MATERIALIZED (SELECT customer%1$s, value, first_at, last_at, (hash_record_extended(ROW(customer), 0) & 65535)::int AS slot FROM %2$s), '
		'gone AS (DELETE FROM %3$s AS c WHERE %4$s AND NOT EXISTS (SELECT FROM new AS n WHERE %5$s = %6$s) RETURNING slot%1$s), '
		'put AS (INSERT INTO %3$s AS c (%7$s) SELECT %7$s FROM new ON CONFLICT (customer%1$s) DO UPDATE SET (%7$s) = ROW(%8$s) '
		'WHERE ROW(c.*)::record *<> ROW(excluded.*)::record RETURNING slot%1$s) '
		'SELECT jsonb_agg(to_jsonb(p.*)) FROM (SELECT slot >> %9$s AS bucket%1$s FROM gone UNION SELECT slot >> %9$s%1$s FROM put) AS p',
		also, ccx.metric_view_rows_of(ccx.metric_view_customer_query(def, condition), def.customers, '{customer}' || keys || '{value,first_at,last_at}'::text[]),
		def.customers, condition, of_new, of_old, items,
		(SELECT string_agg(format('excluded.%I', c), ', ' ORDER BY i) FROM unnest('{customer}' || keys || '{value,first_at,last_at,slot}'::text[]) WITH ORDINALITY AS u (c, i)),
		shift) INTO places;
	IF places IS NULL THEN
		RETURN NULL;
	END IF;
	-- a bucket that nobody is in any more goes
	EXECUTE format(
		'WITH new AS MATERIALIZED (SELECT b.*, a.* FROM jsonb_to_recordset($1) AS b (%1$s), LATERAL (SELECT %2$s AS value, min(n.first_at) AS first_at, max(n.last_at) AS last_at, count(*) = 0 AS stale '
		'FROM %3$s AS n WHERE n.slot BETWEEN b.bucket << %4$s AND ((b.bucket + 1) << %4$s) - 1%5$s) AS a), '
		'gone AS (DELETE FROM %6$s AS b USING new AS n WHERE n.stale AND b.bucket = n.bucket%5$s RETURNING 0 AS bucket%7$s), '
		'put AS (INSERT INTO %6$s AS b (bucket%8$s, value, first_at, last_at) SELECT bucket%8$s, value, first_at, last_at FROM new WHERE NOT stale '
		'ON CONFLICT (bucket%8$s) DO UPDATE SET (value, first_at, last_at) = ROW(excluded.value, excluded.first_at, excluded.last_at) '
		'WHERE ROW(b.value, b.first_at, b.last_at)::record *<> ROW(excluded.value, excluded.first_at, excluded.last_at)::record RETURNING 0 AS bucket%7$s) '
		'SELECT jsonb_agg(to_jsonb(g.*) - ''bucket'') FROM (SELECT * FROM gone UNION SELECT * FROM put) AS g',
		ccx.metric_view_column_list(def.buckets, '{bucket}' || keys), regexp_replace(ccx.metric_view_value_aggregate(def), '\(value', '(n.value'), def.customers, shift, matches, def.buckets,
		(SELECT string_agg(format(', b.%I', k), '' ORDER BY i) FROM unnest(keys) WITH ORDINALITY AS u (k, i)), also) INTO groups USING places;
	RETURN groups;
END $$;
COMMENT ON FUNCTION metric_view_refresh_customers(metric_view_definition, text[]) IS 'compute the values of changed customers of a metric view, and of the buckets that they are in; returns the groups that changed';

-- The groups that changed, and the rows of these; all rows where what is observed changed, or as_of did.
CREATE FUNCTION metric_view_refresh_groups(def metric_view_definition, groups jsonb, all_rows boolean) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys text[] := ccx.metric_view_keys(def, false);
	observed text := format('SELECT format(''%%s %%s'', min(first_at), max(last_at)) FROM %s', def.summaries);
	enough bigint;
	before text;
	after text;
	condition text;
BEGIN
	IF groups IS NOT NULL THEN
		-- a longer list than this costs more than it spares, and so does one of all groups
		EXECUTE format('SELECT least(count(*), 1000) FROM %s', def.summaries) INTO enough;
		condition := ccx.metric_view_in_groups(def.summaries, keys, CASE WHEN jsonb_array_length(groups) < enough THEN groups END);
		EXECUTE observed INTO before;
		PERFORM ccx.metric_view_replace(def.summaries, keys, ccx.metric_view_bucket_query(def, condition), condition);
		EXECUTE observed INTO after;
	END IF;
	IF all_rows OR before <> after THEN
		condition := 'true';
	END IF;
	IF condition IS NULL THEN
		RETURN 0;
	END IF;
	RETURN ccx.metric_view_replace(def.data, ccx.metric_view_keys(def, true),
		format('SELECT * FROM (%s) AS q WHERE %s', ccx.metric_view_data_query(def, def.summaries::text), condition), condition);
END $$;
COMMENT ON FUNCTION metric_view_refresh_groups(metric_view_definition, jsonb, boolean) IS 'compute the groups of a metric view that changed, and its rows that may have';

CREATE FUNCTION metric_view_refresh(view regclass, concurrent boolean, all_of_it boolean)
RETURNS TABLE (status text, rows_changed bigint, ms double precision, message text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
AS $$
DECLARE
	pair record;
	def ccx.metric_view_definition;
	old ccx.metric_view_definition;
	table_of regclass;
	tracking record;
	reason text;
	started timestamptz := clock_timestamp();
	-- a sequence survives where a row does not: when the refresh began, and in the lowest three bits its stage
	began bigint := (extract(epoch FROM started) * 1000)::bigint * 8;
	touched text[];
	groups jsonb;
	group_count bigint;
	whole boolean := false;
	today date := current_date;
	may_block boolean;
	full_refresh boolean;
	detail text;
	hint text;
BEGIN
	-- before anything is looked at: what another session is about to leave, or to drop, is not yet there to be seen
	IF NOT pg_is_in_recovery() AND NOT pg_try_advisory_xact_lock(hashtext('ccx metric view'), view::oid::int4) THEN
		RETURN QUERY SELECT 'busy', 0::bigint, 0::float8, 'another session is at work on this metric view';
		RETURN;
	END IF;
	pair := ccx.metric_view_find(view);
	table_of := pair.table_of;
	def := pair.def;
	old := def;
	IF pg_is_in_recovery() THEN
		RETURN QUERY SELECT 'standby', 0::bigint, 0::float8, 'this server is a standby; it gets the rows from its primary';
		RETURN;
	END IF;
	BEGIN
		PERFORM setval(def.progress, began + 1);
		-- the tables of one that was never filled are empty, and a TRUNCATE would leave files behind if the server crashed
		may_block := NOT coalesce(concurrent, true);
		full_refresh := true;
		pair := ccx.metric_view_follow(def);
		def := pair.def;
		reason := pair.change;
		IF def.mode = 'incremental' THEN
			tracking := ccx.metric_view_tracking(table_of, def);
			IF tracking.missing IS NOT NULL OR def.options ? 'renamed' OR may_block THEN
				PERFORM ccx.metric_view_track(table_of, def);
				def.options := def.options - 'renamed';
				reason := coalesce(reason, CASE WHEN tracking.missing IS NOT NULL THEN 'tracking changed since the last refresh: a partition or a trigger is new' END);
				tracking := ccx.metric_view_tracking(table_of, def);
			END IF;
			reason := coalesce(reason, tracking.problem,
				CASE WHEN tracking.fingerprint IS DISTINCT FROM def.tracking AND def.populated THEN 'tracking changed since the last refresh: partitions, triggers or policies are not what they were' END);
			-- in an older snapshot than the triggers', what others wrote meanwhile is missing
			def.tracking := CASE WHEN tracking.problem IS NULL AND (tracking.fingerprint = old.tracking OR current_setting('transaction_isolation') = 'read committed') THEN tracking.fingerprint END;
		END IF;
		IF NOT def.populated THEN
			reason := coalesce(reason, 'never filled before');
		ELSIF coalesce(all_of_it, false) THEN
			reason := coalesce(reason, 'asked for');
		ELSIF (ccx.metric_view_kind(def.kind)).by_day AND def.as_of <> today THEN
			reason := coalesce(reason, 'another day: what was open may be decided');
		END IF;
		def.as_of := today;
		def.definition_version := ccx.metric_view_version(def.kind);

		IF def.mode <> 'full' AND reason IS NULL THEN
			IF def.mode = 'incremental' THEN
				EXECUTE format('WITH gone AS (DELETE FROM %s RETURNING *) SELECT coalesce(bool_or(whole), false), max(reason), (SELECT array_agg(DISTINCT c) FROM gone, unnest(customers) AS c) FROM gone', def.dirty)
					INTO whole, reason, touched;
			ELSE
				SELECT c.touched, c.high_water INTO touched, def.high_water FROM ccx.metric_view_changed(def) AS c;
				IF old.high_water IS NULL THEN
					whole := true;
					reason := 'no row had a changed_at at the last refresh';
				ELSIF def.high_water IS NULL OR def.high_water < old.high_water THEN
					whole := true;
					reason := 'the latest changed_at is before that of the last refresh: rows were deleted, or a clock was set back';
				END IF;
			END IF;
			IF NOT whole AND cardinality(touched) > greatest(def.customer_count / 10, 1000) THEN
				whole := true;
				reason := 'more than 10 % of the customers changed';
			END IF;
			-- the key of the table of the dimensions may be of a larger type than that of the source
			IF NOT whole AND touched IS NOT NULL THEN
				BEGIN
					EXECUTE format('SELECT $1::%s[]', ccx.metric_view_customer_type(def)) USING touched;
				EXCEPTION WHEN data_exception THEN
					whole := true;
					reason := 'a customer of the dimensions cannot be one of the source';
				END;
			END IF;
			full_refresh := whole;
		END IF;

		PERFORM setval(def.progress, began + 2);
		IF full_refresh THEN
			def := ccx.metric_view_refresh_full(def, may_block);
			PERFORM setval(def.progress, began + 4);
			PERFORM ccx.metric_view_replace(def.summaries, ccx.metric_view_keys(def, false),
				CASE WHEN def.customers IS NULL THEN ccx.metric_view_group_query(def) ELSE ccx.metric_view_bucket_query(def) END);
			PERFORM setval(def.progress, began + 5);
			rows_changed := ccx.metric_view_replace(def.data, ccx.metric_view_keys(def, true), ccx.metric_view_data_query(def, def.summaries::text));
		ELSE
			IF touched IS NOT NULL THEN
				groups := ccx.metric_view_refresh_customers(def, touched);
			END IF;
			PERFORM setval(def.progress, began + 4);
			rows_changed := ccx.metric_view_refresh_groups(def, groups, def.as_of <> old.as_of OR def.definition_version IS DISTINCT FROM old.definition_version);
			IF groups IS NOT NULL THEN
				-- where it grew, so did what is computed again with each customer
				EXECUTE format('SELECT count(*) FROM %s', def.summaries) INTO group_count;
				IF ccx.metric_view_wanted_buckets(def.kind, (SELECT c.reltuples FROM pg_class AS c WHERE c.oid = def.customers), group_count) > 2 * def.bucket_count THEN
					def := ccx.metric_view_fill_buckets(def);
				END IF;
			END IF;
		END IF;
		IF full_refresh THEN
			EXECUTE format('ANALYZE %s', def.data);
		END IF;
		EXECUTE format('SELECT count(*) FROM %s', def.data) INTO def.row_count;
		def.populated := true;
		def.refreshed_at := now();
		def.status := 'refreshed';
		message := CASE WHEN def.mode = 'full' THEN 'full refresh'
			WHEN full_refresh THEN format('full refresh: %s', reason)
			ELSE format('%s customer%s changed', coalesce(cardinality(touched), 0), CASE cardinality(touched) WHEN 1 THEN '' ELSE 's' END) END;
		IF full_refresh AND def.mode <> 'full' AND old.populated THEN
			RAISE LOG 'metric view %: full refresh: %', view, reason;
		END IF;
	EXCEPTION WHEN OTHERS OR assert_failure THEN
		-- a transaction that cannot be serialized must not commit, not even with a note of that
		IF SQLSTATE = '40001' AND current_setting('transaction_isolation') <> 'read committed' THEN
			RAISE;
		END IF;
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		message := concat_ws(E'\n', message || ' (' || SQLSTATE || ')', nullif(detail, ''), nullif(hint, ''));
		def := old;
		def.status := 'failed';
		rows_changed := 0;
	END;
	PERFORM setval(def.progress, 0);
	status := def.status;
	ms := extract(epoch FROM clock_timestamp() - started) * 1000;
	def.message := message;
	def.milliseconds := ms;
	PERFORM ccx.metric_view_store(table_of, def);
	RETURN NEXT;
END $$;
COMMENT ON FUNCTION metric_view_refresh(regclass, boolean, boolean) IS 'what refresh() does as the owner';

-- The groups from the buckets that a condition holds for.
CREATE FUNCTION metric_view_bucket_query(def metric_view_definition, condition text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys text[] := ccx.metric_view_keys(def, false);
BEGIN
	RETURN format('SELECT %sccx.rollup(value) AS summary, min(first_at) AS first_at, max(last_at) AS last_at FROM %s WHERE %s%s HAVING count(*) > 0',
		ccx.metric_view_list(keys, '', ', '), def.buckets, condition, ccx.metric_view_list(keys, ' GROUP BY '));
END $$;
COMMENT ON FUNCTION metric_view_bucket_query(metric_view_definition, text) IS 'the query that computes the groups of a metric view from those buckets that a condition holds for';

CREATE FUNCTION metric_view_bucket_query(def metric_view_definition) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN ccx.metric_view_bucket_query(def, 'true');
COMMENT ON FUNCTION metric_view_bucket_query(metric_view_definition) IS 'the query that computes the groups of a metric view from its buckets';

CREATE FUNCTION refresh(view regclass, concurrent boolean DEFAULT true, all_of_it boolean DEFAULT false,
	OUT status text, OUT rows_changed bigint, OUT ms double precision, OUT message text) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C VOLATILE ROWS 1;
COMMENT ON FUNCTION refresh(regclass, boolean, boolean) IS 'bring a metric view up to date, as its owner; readers are not blocked unless concurrent is false';

CREATE FUNCTION metric_view_verify(view regclass) RETURNS TABLE (key jsonb, stored jsonb, recomputed jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
AS $$
DECLARE
	def ccx.metric_view_definition;
	keys text[];
BEGIN
	SELECT (f.def).* INTO def FROM ccx.metric_view_find(view) AS f;
	PERFORM ccx.metric_view_check_there(def);
	keys := ccx.metric_view_keys(def, true);
	-- the function of *<>, for Citus writes the operator back without the casts to record, which it needs
	RETURN QUERY EXECUTE format('WITH g AS MATERIALIZED (%s), r AS MATERIALIZED (%s) SELECT jsonb_build_object(%s), to_jsonb(t.*), to_jsonb(r.*) FROM %s AS t FULL JOIN r ON %s WHERE record_image_ne(ROW(t.*), ROW(r.*)) ORDER BY 1',
		ccx.metric_view_group_query(def), ccx.metric_view_data_query(def, 'g'),
		coalesce((SELECT string_agg(format('%L, coalesce(t.%I, r.%I)', k, k, k), ', ') FROM unnest(keys) AS k), ''),
		def.data, coalesce((SELECT string_agg(format('t.%I = r.%I', k, k), ' AND ') FROM unnest(keys) AS k), 'true'));
END $$;
COMMENT ON FUNCTION metric_view_verify(regclass) IS 'what verify() does as the owner';

CREATE FUNCTION verify(view regclass, OUT key jsonb, OUT stored jsonb, OUT recomputed jsonb) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C STABLE;
COMMENT ON FUNCTION verify(regclass) IS 'rows of a metric view that differ from what its source gives now; none if all is well';

CREATE FUNCTION metric_view_refreshed_at(view regclass) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT (f.def).refreshed_at FROM ccx.metric_view_find(view) AS f);
END $$;
COMMENT ON FUNCTION metric_view_refreshed_at(regclass) IS 'what refreshed_at() reads as the owner';

CREATE FUNCTION refreshed_at(view regclass) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'metric_view_for_reader' LANGUAGE C STABLE;
COMMENT ON FUNCTION refreshed_at(regclass) IS 'when a metric view was last refreshed with success; NULL if never';

CREATE FUNCTION metric_view_staleness(view regclass) RETURNS interval
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT now() - (f.def).refreshed_at FROM ccx.metric_view_find(view) AS f);
END $$;
COMMENT ON FUNCTION metric_view_staleness(regclass) IS 'what staleness() reads as the owner';

CREATE FUNCTION staleness(view regclass) RETURNS interval
AS 'MODULE_PATHNAME', 'metric_view_for_reader' LANGUAGE C STABLE;
COMMENT ON FUNCTION staleness(regclass) IS 'time since a metric view was last refreshed with success; NULL if never';

-- All of them ----------------------------------------------------------------------------------------------------------

-- A definition says which tables to read, so it is read as its owner, too.  Only definitions are: what the caller may read
-- of other tables is for their policies to say.  And since everybody can write one, nothing in it may keep the caller
-- from seeing the others, or run code of whoever wrote it.
CREATE FUNCTION metric_view_metric_view_state(definition regclass)
RETURNS TABLE (view text, owner text, kind text, mode text, source text, status text, populated boolean, refreshed_at timestamptz,
	staleness interval, row_count bigint, customer_count bigint, skipped_rows bigint, pending_changes bigint,
	milliseconds double precision, message text, progress text, mapping regclass)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	def ccx.metric_view_definition;
	stages text[] := '{checking,computing customers,computing customers,computing groups,writing rows}';
	mark bigint;
	again bigint;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = definition AND c.reloftype = pg_typeof(def) AND c.relkind = 'r' AND NOT c.relrowsecurity) THEN
		RETURN;
	END IF;
	FOR def IN EXECUTE format('SELECT * FROM ONLY %s WHERE view IS NOT NULL', definition) LOOP
		-- after DROP VIEW there is no name but that of the definition
		view := coalesce((SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.oid = def.view), regexp_replace(definition::text, '_definition("?)$', '\1'));
		owner := current_user;
		kind := def.kind;
		mode := def.mode;
		source := coalesce((SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.oid = def.source), def.source_name);
		-- the view, the sequence and the table for changes
		status := CASE (
				SELECT count(*) FROM pg_class AS c
				WHERE c.oid IN (def.view, def.progress, def.dirty) AND pg_get_userbyid(c.relowner) = current_user
					AND c.relkind = CASE c.oid WHEN def.view THEN 'v' WHEN def.progress THEN 'S' ELSE 'r' END AND NOT c.relrowsecurity)
			WHEN num_nonnulls(def.view, def.progress, def.dirty) THEN coalesce(def.status, 'broken') ELSE 'broken' END;
		populated := def.populated;
		refreshed_at := def.refreshed_at;
		staleness := now() - def.refreshed_at;
		row_count := def.row_count;
		customer_count := def.customer_count;
		skipped_rows := def.skipped_rows;
		milliseconds := def.milliseconds;
		message := CASE status WHEN 'broken' THEN 'the view is gone or belongs to somebody else' ELSE def.message END;
		mapping := def.mapping;
		pending_changes := NULL;
		progress := NULL;
		IF status <> 'broken' AND def.dirty IS NOT NULL THEN
			EXECUTE format('SELECT count(*) FROM ONLY %s', def.dirty) INTO pending_changes;
		END IF;
		IF status <> 'broken' THEN
			EXECUTE format('SELECT last_value FROM %s', def.progress) INTO mark;
			IF EXISTS (
				SELECT FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
					AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
					AND l.classid = (hashtext('ccx metric view')::bigint & 4294967295)::oid AND l.objid = def.view::oid)
			THEN
				progress := stages[mark % 8];
			ELSIF mark > 0 AND NOT pg_is_in_recovery() THEN
				-- nobody refreshes, and whoever last did never said so; unless all that was just now
				EXECUTE format('SELECT last_value FROM %s', def.progress) INTO again;
				IF again = mark THEN
					status := 'stopped';
					message := format('the refresh that began at %s was cut off while %s: cancelled, out of time, or lost with its connection or the server',
						to_timestamp(mark / 8 / 1000)::timestamptz(0), stages[mark % 8]);
				END IF;
			END IF;
		END IF;
		RETURN NEXT;
	END LOOP;
EXCEPTION WHEN OTHERS THEN
	-- a metric view that was dropped just now is in the caller's snapshot, and nowhere else
	IF has_table_privilege(definition, 'SELECT') IS NULL THEN
		RETURN;
	END IF;
	view := coalesce(view, definition::text);
	owner := current_user;
	status := 'broken';
	message := SQLERRM;
	RETURN NEXT;
END $$;
COMMENT ON FUNCTION metric_view_metric_view_state(regclass) IS 'what metric_view_state() reads as the owner';

CREATE FUNCTION metric_view_state(definition regclass, OUT view text, OUT owner text, OUT kind text, OUT mode text, OUT source text, OUT status text, OUT populated boolean, OUT refreshed_at timestamptz,
	OUT staleness interval, OUT row_count bigint, OUT customer_count bigint, OUT skipped_rows bigint, OUT pending_changes bigint,
	OUT milliseconds double precision, OUT message text, OUT progress text, OUT mapping regclass) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'metric_view_for_reader' LANGUAGE C STABLE ROWS 1;
COMMENT ON FUNCTION metric_view_state(regclass) IS 'the state of the metric view that a table defines';

CREATE VIEW metric_views AS
SELECT s.view, s.owner, s.kind, s.mode, s.source, s.status, s.populated, s.refreshed_at,
       extract(epoch FROM s.staleness)::bigint AS staleness_seconds, s.row_count, s.customer_count,
       s.skipped_rows, s.pending_changes, s.milliseconds, s.message, s.progress
FROM pg_class AS c, LATERAL metric_view_state(c.oid) AS s
WHERE c.reloftype = 'metric_view_definition'::regtype AND c.relkind = 'r' AND has_table_privilege(c.oid, 'SELECT');
COMMENT ON VIEW metric_views IS 'the metric views that the current role may see: state, age, rows, last duration and error, progress of a refresh under way';
COMMENT ON COLUMN metric_views.view IS 'the metric view, with its schema';
COMMENT ON COLUMN metric_views.owner IS 'role that owns it';
COMMENT ON COLUMN metric_views.kind IS 'kind, as in create_metric_view()';
COMMENT ON COLUMN metric_views.mode IS 'full, incremental or changed_at';
COMMENT ON COLUMN metric_views.source IS 'table or view that it is computed from';
COMMENT ON COLUMN metric_views.status IS 'created, refreshed, failed, stopped (cut off before it could say how it went) or broken';
COMMENT ON COLUMN metric_views.populated IS 'whether it was ever filled';
COMMENT ON COLUMN metric_views.refreshed_at IS 'last refresh with success';
COMMENT ON COLUMN metric_views.staleness_seconds IS 'seconds since then';
COMMENT ON COLUMN metric_views.row_count IS 'rows at the last refresh';
COMMENT ON COLUMN metric_views.customer_count IS 'customers at the last full refresh; NULL in mode full';
COMMENT ON COLUMN metric_views.skipped_rows IS 'rows without customer, or without the date that is their period, at the last full refresh';
COMMENT ON COLUMN metric_views.pending_changes IS 'statements noted since the last refresh; NULL where none are noted';
COMMENT ON COLUMN metric_views.milliseconds IS 'duration of the last refresh';
COMMENT ON COLUMN metric_views.message IS 'what the last refresh said';
COMMENT ON COLUMN metric_views.progress IS 'what a refresh under way is doing';
GRANT SELECT ON metric_views TO PUBLIC;

-- What a metric view reads, so that a view over other metric views comes after them.
CREATE FUNCTION metric_view_order() RETURNS TABLE (view regclass, depth integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	WITH RECURSIVE known AS (
		SELECT to_regclass(s.view) AS view, s.mapping
		FROM pg_class AS c, LATERAL ccx.metric_view_state(c.oid) AS s
		WHERE c.reloftype = pg_typeof(NULL::ccx.metric_view_definition) AND c.relkind = 'r' AND pg_has_role(c.relowner, 'USAGE')
			-- not so where it was dropped just now
			AND has_table_privilege(c.oid, 'SELECT') AND s.status <> 'broken'
	), edge AS (
		SELECT r.ev_class AS dependent, d.refobjid AS relation
		FROM pg_rewrite AS r JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
		WHERE d.refobjid <> r.ev_class
	), reads (view, relation) AS (
		SELECT k.view, k.mapping::oid FROM known AS k
		UNION SELECT r.view, e.relation FROM reads AS r JOIN edge AS e ON e.dependent = r.relation
	), after (view, other) AS (
		SELECT r.view, k.view FROM reads AS r JOIN known AS k ON r.relation = k.view
	), level (view, depth) AS (
		SELECT k.view, 0 FROM known AS k
		UNION SELECT a.view, l.depth + 1 FROM level AS l JOIN after AS a ON a.other = l.view WHERE l.depth < 100
	)
	SELECT l.view, max(l.depth) FROM level AS l GROUP BY l.view ORDER BY 2, l.view::text COLLATE "C";
END $$;
COMMENT ON FUNCTION metric_view_order() IS 'the metric views that the current role may refresh, in the order of what they read';

CREATE PROCEDURE refresh_all(concurrent boolean DEFAULT true)
LANGUAGE plpgsql
AS $$
DECLARE
	each record;
	result record;
BEGIN
	-- no SET search_path: it would forbid COMMIT.  All names are qualified instead.
	FOR each IN SELECT o.view FROM ccx.metric_view_order() AS o LOOP
		-- what happens to one must not keep the others from being refreshed: the refresh before may have dropped it
		BEGIN
			SELECT r.status, r.message INTO result FROM ccx.refresh(each.view, concurrent, false) AS r;
			IF result.status OPERATOR(pg_catalog.=) 'failed' THEN
				RAISE WARNING 'metric view % could not be refreshed: %', each.view, result.message;
			END IF;
		EXCEPTION WHEN OTHERS OR assert_failure THEN
			RAISE WARNING 'metric view % could not be refreshed: %', each.view, SQLERRM;
		END;
		COMMIT;
	END LOOP;
END $$;
COMMENT ON PROCEDURE refresh_all(boolean) IS 'refresh all metric views that the current role may refresh, each in a transaction of its own, those that others read first';
-- The ledger of a metric view: what was published of a period, and what has changed since; and forgetting a customer
--
-- Definitions and examples: doc/metric-views.md.
--
-- close_period() copies the rows that the view shows into NAME_ledger, where nothing changes them any more, and
-- NAME_published shows them.  Both come into being with the first period that is closed.

CREATE FUNCTION metric_view_frozen() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE object_not_in_prerequisite_state USING
		MESSAGE = format('%I.%I is a ledger and never changes', TG_TABLE_SCHEMA, TG_TABLE_NAME),
		DETAIL = 'It holds what was published.',
		HINT = 'restatements() shows what the same periods give now; drop_metric_view(view, with_ledger => true) drops the ledger.';
END $$;
COMMENT ON FUNCTION metric_view_frozen() IS 'trigger that keeps the ledger of a metric view as it is';

CREATE FUNCTION metric_view_close_period(view regclass, period date) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	pair record;
	def ccx.metric_view_definition;
	by_period boolean;
	schema text;
	stem text;
	columns text;
	shown text;
	closed boolean;
	copied bigint;
	r record;
BEGIN
	-- a refresh under way must not change what is being closed, nor what is written back to the definition
	PERFORM pg_advisory_xact_lock(hashtext('ccx metric view'), view::oid::int4);
	pair := ccx.metric_view_find(view);
	def := pair.def;
	by_period := 'period' = ANY (ccx.metric_view_keys(def, true)) AND def.kind NOT IN ('cohort', 'revenue_cohort');
	SELECT n.nspname, v.relname INTO schema, stem
	FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace, pg_class AS v WHERE t.oid = pair.table_of AND v.oid = view;
	SELECT string_agg(quote_ident(name), ', ' ORDER BY ordinal), string_agg(quote_ident(name), ', ' ORDER BY ordinal) FILTER (WHERE name <> 'summary')
	INTO columns, shown FROM ccx.metric_view_columns(def);
	IF period IS NULL OR NOT isfinite(period) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'the period to close must be a date';
	ELSIF NOT def.populated THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('metric view %s was never filled', view), HINT = 'Call refresh() first.';
	ELSIF def.status = 'failed' THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('the last refresh of metric view %s failed', view),
			DETAIL = def.message, HINT = 'What the board sees should be up to date: put it right, call refresh(), and close the period then.';
	END IF;
	IF by_period THEN
		period := ccx.period_start(period, def.options ->> 'step');
		IF ccx.period_end(period, def.options ->> 'step') >= def.as_of THEN
			RAISE object_not_in_prerequisite_state USING
				MESSAGE = format('the period that begins on %s was not over at the last refresh', to_char(period, 'YYYY-MM-DD')),
				DETAIL = format('It ends on %s, and the rows are as of %s.', to_char(ccx.period_end(period, def.options ->> 'step'), 'YYYY-MM-DD'), to_char(def.as_of, 'YYYY-MM-DD')),
				HINT = 'Close it when it is over and refreshed.';
		END IF;
	ELSIF period > def.as_of THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = format('the rows are as of %s, and not yet of %s', to_char(def.as_of, 'YYYY-MM-DD'), to_char(period, 'YYYY-MM-DD')),
			HINT = 'Call refresh() first.';
	END IF;

	IF def.ledger IS NULL THEN
		EXECUTE format('CREATE TABLE %I.%I AS SELECT NULL::date AS closed_period, now() AS closed_at, current_user::text AS closed_by, 0 AS definition_version, %s FROM %s WITH NO DATA',
			schema, ccx.metric_view_name(stem, '_ledger'), columns, def.data);
		def.ledger := format('%I.%I', schema, ccx.metric_view_name(stem, '_ledger'))::regclass;
		EXECUTE format('CREATE UNIQUE INDEX ON %s (closed_period%s)', def.ledger, ccx.metric_view_list(ccx.metric_view_keys(def, true), ', '));
		EXECUTE format('CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION ccx.metric_view_frozen()', def.ledger);
		EXECUTE format('COMMENT ON TABLE %s IS %L', def.ledger, format('what was published of metric view %s', view));
		EXECUTE format('CREATE VIEW %I.%I AS SELECT %s, closed_period, closed_at::timestamp AS closed_at, definition_version FROM %s',
			schema, ccx.metric_view_name(stem, '_published'), shown, def.ledger);
		EXECUTE format('COMMENT ON VIEW %I.%I IS %L', schema, ccx.metric_view_name(stem, '_published'),
			format('metric view %s as it was when its periods were closed', view));
		FOR r IN
			SELECT name, explanation FROM ccx.metric_view_columns(def) WHERE name <> 'summary'
			UNION ALL VALUES ('closed_period', 'period that was closed'), ('closed_at', 'when it was closed'), ('definition_version', 'version of the definitions then')
		LOOP
			EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', schema, ccx.metric_view_name(stem, '_published'), r.name, r.explanation);
		END LOOP;
		def.options := def.options || jsonb_build_object('published', ccx.metric_view_name(stem, '_published'));
		PERFORM ccx.metric_view_store(pair.table_of, def);
	END IF;
	EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE closed_period = $1)', def.ledger) INTO closed USING period;
	IF closed THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = format('the period %s is closed already', to_char(period, 'YYYY-MM-DD')),
			DETAIL = 'What was published stays.', HINT = 'restatements() shows what has changed since.';
	END IF;
	EXECUTE format('INSERT INTO %s (closed_period, closed_at, closed_by, definition_version, %s) SELECT $1, now(), session_user, $2, %s FROM %s%s',
		def.ledger, columns, columns, def.data, CASE WHEN by_period THEN ' WHERE period = $1' ELSE '' END) USING period, def.definition_version;
	GET DIAGNOSTICS copied = ROW_COUNT;
	IF copied = 0 THEN
		RAISE no_data_found USING MESSAGE = format('metric view %s has no rows of the period %s', view, to_char(period, 'YYYY-MM-DD')),
			DETAIL = 'There would be nothing to publish.';
	END IF;
	RETURN copied;
END $$;
COMMENT ON FUNCTION metric_view_close_period(regclass, date) IS 'what close_period() does as the owner';

CREATE FUNCTION close_period(view regclass, period date) RETURNS bigint
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION close_period(regclass, date) IS 'freeze the rows of a metric view for a period, as they were published; returns how many';

CREATE FUNCTION metric_view_restatements(view regclass, since date)
RETURNS TABLE (closed_period date, key jsonb, measure text, published numeric, now numeric, change numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	pair record := ccx.metric_view_find(view);
	def ccx.metric_view_definition := pair.def;
	keys text := coalesce((SELECT string_agg(format('%L, t.%I', k, k), ', ') FROM unnest(ccx.metric_view_keys(def, true)) AS k), '');
	measures text;
BEGIN
	IF def.ledger IS NULL THEN
		RETURN;
	END IF;
	SELECT string_agg(format('(%s, %L, t.%I::numeric)', ordinal, name, name), ', ' ORDER BY ordinal) INTO measures
	FROM ccx.metric_view_columns(def)
	WHERE type ~ '^(numeric|bigint|integer)' AND name <> ALL (ccx.metric_view_keys(def, true));
	RETURN QUERY EXECUTE format(
		'WITH published AS (SELECT t.closed_period, jsonb_build_object(%1$s) AS key, m.* FROM %2$s AS t, LATERAL (VALUES %3$s) AS m (ordinal, measure, value) WHERE $1 IS NULL OR t.closed_period >= $1), '
		'present AS (SELECT jsonb_build_object(%1$s) AS key, m.* FROM %4$s AS t, LATERAL (VALUES %3$s) AS m (ordinal, measure, value)) '
		'SELECT coalesce(p.closed_period, n.closed_period), coalesce(p.key, n.key), coalesce(p.measure, n.measure), p.value, n.value, coalesce(n.value, 0) - coalesce(p.value, 0) '
		'FROM published AS p FULL JOIN (SELECT c.closed_period, present.* FROM present JOIN (SELECT DISTINCT closed_period FROM published) AS c ON %5$s) AS n '
		'ON n.closed_period = p.closed_period AND n.key = p.key AND n.measure = p.measure '
		'WHERE p.value IS DISTINCT FROM n.value ORDER BY 1, 2, coalesce(p.ordinal, n.ordinal)',
		keys, def.ledger, measures, def.data,
		-- where rows are not of the period that was closed, new ones are no restatement
		CASE WHEN 'period' = ANY (ccx.metric_view_keys(def, true)) AND def.kind NOT IN ('cohort', 'revenue_cohort')
			THEN 'c.closed_period = (present.key ->> ''period'')::date'
			ELSE 'EXISTS (SELECT FROM published AS q WHERE q.closed_period = c.closed_period AND q.key = present.key)' END) USING since;
END $$;
COMMENT ON FUNCTION metric_view_restatements(regclass, date) IS 'what restatements() does as the owner';

CREATE FUNCTION restatements(view regclass, since date DEFAULT NULL,
	OUT closed_period date, OUT key jsonb, OUT measure text, OUT published numeric, OUT now numeric, OUT change numeric) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C STABLE;
COMMENT ON FUNCTION restatements(regclass, date) IS 'what has changed since periods were closed, measure by measure';

-- Forgetting a customer ------------------------------------------------------------------------------------------------

CREATE FUNCTION metric_view_erase_customer(view regclass, id text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
AS $$
DECLARE
	pair record;
	def ccx.metric_view_definition;
	type text;
	equality record;
	same text;
	there boolean;
	kept text[];
	erased bigint := 0;
	frozen bigint := 0;
BEGIN
	IF id IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'the customer to erase must not be NULL';
	END IF;
	PERFORM pg_advisory_xact_lock(hashtext('ccx metric view'), view::oid::int4);
	pair := ccx.metric_view_find(view);
	def := pair.def;
	IF NOT def.options ? 'customer' THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('metric view %s knows no customers', view);
	END IF;
	SELECT format_type(atttypid, atttypmod) INTO type FROM pg_attribute WHERE attrelid = def.mapping AND attname = 'customer';
	equality := ccx.metric_view_equality(def.mapping, 'customer');
	-- records compare as their types do, where = is another one; and a customer may be spelled otherwise than it is kept
	same := replace(CASE WHEN equality.own_type IS NULL THEN '%s = $1::TYPE' ELSE 'ROW(%s)::record = ROW($1::TYPE)::record' END, 'TYPE', replace(type, '%', '%%'));
	EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %s)', def.mapping, format(same, 'customer')) INTO there USING id;
	IF there THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = format('%s still has rows of customer %s', def.source, quote_literal(id)),
			DETAIL = 'The next refresh would bring the customer back.', HINT = 'Delete them there first.';
	END IF;
	IF def.customers IS NOT NULL THEN
		EXECUTE format('SELECT count(*), array_agg(DISTINCT customer::text) FROM %s WHERE %s', def.customers, format(same, 'customer')) INTO erased, kept USING id;
		IF erased > 0 THEN
			PERFORM ccx.metric_view_refresh_groups(def, ccx.metric_view_refresh_customers(def, kept), false);
		END IF;
		IF def.dirty IS NOT NULL THEN
			EXECUTE format('UPDATE %s SET customers = ARRAY(SELECT c FROM unnest(customers) AS c WHERE (%s) IS NOT TRUE) WHERE EXISTS (SELECT FROM unnest(customers) AS c WHERE %2$s)',
				def.dirty, format(same, format('c::%s%s', type, ' COLLATE ' || equality.loose_collation))) USING id;
		END IF;
	END IF;
	IF def.ledger IS NOT NULL THEN
		EXECUTE format('SELECT count(*) FROM %s', def.ledger) INTO frozen;
		IF frozen > 0 THEN
			RAISE NOTICE USING MESSAGE = format('%s rows of the ledger of %s stay as they were published', frozen, view),
				DETAIL = 'They are totals of groups and name no customer.';
		END IF;
	END IF;
	RETURN erased;
END $$;
COMMENT ON FUNCTION metric_view_erase_customer(regclass, text) IS 'what erase_customer() does as the owner';

CREATE FUNCTION erase_customer(view regclass, id text) RETURNS bigint
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION erase_customer(regclass, text) IS 'remove a customer, whose rows are gone from the source, from what a metric view keeps by customer; returns how many values that were';
-- Views of a metric view that name customers: NAME_customer_history, NAME_top_movers, NAME_at_risk
--
-- Definitions and examples: doc/metric-views.md.
--
-- They are plain views and store nothing.  Where NAME_customers keeps the values of single customers, they read these,
-- and are as old as the last refresh; where it does not, they compute them from the source as it is.  Which periods are
-- shown follows the last refresh in either case: what is observed is read from NAME_summaries and NAME_definition.

-- Make one of them.  Columns are rows of four: name, type, expression, comment; dimensions stand behind the first.
CREATE FUNCTION metric_view_customer_view(def metric_view_definition, key text, columns text[], dimensions text[], tail text, explanation text)
RETURNS metric_view_definition
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema text;
	stem text;
	name text;
	list text;
	clash text;
	r record;
BEGIN
	SELECT n.nspname, v.relname INTO schema, stem
	FROM pg_class AS v JOIN pg_namespace AS n ON n.oid = v.relnamespace WHERE v.oid = def.view;
	name := ccx.metric_view_name(stem, '_' || key);
	SELECT columns[i][1] INTO clash FROM generate_subscripts(columns, 1) AS i WHERE columns[i][1] = ANY (def.dimensions);
	IF FOUND THEN
		RAISE duplicate_column USING
			MESSAGE = format('dimension %I has the name of a column of %I', clash, name),
			HINT = 'Make a view that names it otherwise, and take that as the source.';
	END IF;
	FOR r IN
		SELECT columns[i][1] AS name, format('(%s)::%s AS %I', columns[i][3], columns[i][2], columns[i][1]) AS item, columns[i][4] AS explanation, i * 1000 AS place
		FROM generate_subscripts(columns, 1) AS i
		UNION ALL
		SELECT d, format('(%s)::text AS %I', dimensions[i], d), 'dimension; (none) where the source has NULL', 1000 + i
		FROM unnest(def.dimensions) WITH ORDINALITY AS u (d, i)
		ORDER BY place
	LOOP
		list := concat_ws(', ', list, r.item);
	END LOOP;
	EXECUTE format('CREATE VIEW %I.%I AS SELECT %s FROM %s', schema, name, list, tail);
	EXECUTE format('COMMENT ON VIEW %I.%I IS %L', schema, name, format(explanation, def.view));
	FOR r IN
		SELECT columns[i][1] AS name, columns[i][4] AS explanation FROM generate_subscripts(columns, 1) AS i
		UNION ALL SELECT d, 'dimension; (none) where the source has NULL' FROM unnest(def.dimensions) AS d
	LOOP
		EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', schema, name, r.name, r.explanation);
	END LOOP;
	def.options := def.options || jsonb_build_object(key, name);
	RETURN def;
END $$;
COMMENT ON FUNCTION metric_view_customer_view(metric_view_definition, text, text[], text[], text, text) IS 'make a view that names the customers of a metric view';

-- All that the kind has.  The table of the definition is there, the row in it need not be.
CREATE FUNCTION metric_view_customer_views(def metric_view_definition, table_of regclass) RETURNS metric_view_definition
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	what text := CASE def.kind WHEN 'usage' THEN 'usage' ELSE 'MRR' END;
	partial boolean := coalesce((def.options ->> 'include_partial')::boolean, false);
	filled text := format('(SELECT d.populated FROM ONLY %s AS d)', table_of);
	-- NULL before the first refresh
	as_of text := format('(SELECT d.as_of FROM ONLY %s AS d WHERE d.populated)', table_of);
	movements text := CASE WHEN ccx.metric_view_row_dimensions(def) THEN 'c.value'
		ELSE format('ccx.movements_accum_step_span(NULL::ccx.mrr_movements, c.value, %L, %L)', def.options ->> 'step', def.options ->> 'span') END;
	own text[] := ARRAY(SELECT format('c.%I', d) FROM unnest(def.dimensions) WITH ORDINALITY AS u (d, i) ORDER BY i);
	of_customers text;
	observed_to text;
	unfolded text;
	movers text;
	schema text;
	r record;
BEGIN
	IF def.kind NOT IN ('movements', 'usage', 'health', 'renewal') OR NOT def.options ? 'customer' THEN
		RETURN def;
	END IF;
	SELECT n.nspname INTO schema FROM pg_class AS v JOIN pg_namespace AS n ON n.oid = v.relnamespace WHERE v.oid = def.view;
	of_customers := CASE WHEN def.customers IS NULL THEN format('(%s)', ccx.metric_view_customer_query(def, 'true')) ELSE def.customers::text END;
	IF def.customers IS NOT NULL AND def.kind IN ('movements', 'usage', 'health') THEN
		-- the customer is text in views: other types need an index of it as text, where that does not hang on settings
		SELECT t.typname INTO r FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
		WHERE a.attrelid = def.customers AND a.attname = 'customer';
		IF r.typname NOT IN ('text', 'varchar') THEN
			BEGIN
				EXECUTE format('CREATE INDEX ON %s ((customer::text))', def.customers);
			EXCEPTION WHEN invalid_object_definition THEN
				NULL;
			END;
		END IF;
	END IF;

	IF def.kind IN ('movements', 'usage') THEN
		-- the window of metric_view_data_query(), of the last refresh instead of this moment
		observed_to := CASE WHEN partial AND NOT def.options ? 'valid_to' THEN format('(SELECT max(last_at) FROM %s)', def.summaries)
			WHEN partial THEN as_of
			ELSE format('(SELECT least((SELECT max(last_at) FROM %s), ccx.period_start(d.as_of, ''month'') - 1) FROM ONLY %s AS d)', def.summaries, table_of) END;
		unfolded := format('LATERAL ccx.retention_summaries(%s, (SELECT min(first_at) FROM %s), %s) AS r (period, summary), '
			'LATERAL ccx.mrr_movement(ccx.opening_mrr(r.summary), ccx.closing_mrr(r.summary), ccx.reactivation_customers(r.summary) > 0) AS m (movement) '
			'WHERE %s AND m.movement IS NOT NULL', movements, def.summaries, observed_to, filled);
		def := ccx.metric_view_customer_view(def, 'customer_history', ARRAY[
			['customer', 'text', 'c.customer', 'the customer'],
			['period', 'date', 'r.period', 'first day of the period'],
			['opening', 'numeric(38,10)', 'ccx.metric_view_amount(ccx.opening_mrr(r.summary))', what || ' at opening'],
			['closing', 'numeric(38,10)', 'ccx.metric_view_amount(ccx.closing_mrr(r.summary))', what || ' at closing'],
			['movement', 'text', 'm.movement', 'new, reactivation, expansion, contraction, churn or unchanged']],
			own, format('%s AS c, %s', of_customers, unfolded),
			'customers of metric view %s, period by period');
	END IF;

	IF def.kind = 'movements' THEN
		-- unfolding the periods of all customers takes long: where two days of a history tell who moved most, only these
		-- are looked at.  An amount that is NULL is too large to be shown.
		movers := format('%I.%I AS c', schema, def.options ->> 'customer_history');
		IF NOT (ccx.metric_view_row_dimensions(def) OR partial OR def.options ? 'valid_to') THEN
			movers := format('(SELECT c.customer::text AS customer, %1$sr.period, ccx.metric_view_amount(ccx.opening_mrr(r.summary)) AS opening, ccx.metric_view_amount(ccx.closing_mrr(r.summary)) AS closing, m.movement '
				'FROM (SELECT c.* FROM %2$s AS c, '
				'(SELECT ccx.period_end((max(period) - interval %3$L)::date, %4$L) AS opening, ccx.period_end(max(period), %4$L) AS closing FROM %5$s) AS p, '
				'LATERAL (SELECT ccx.mrr_at(c.value, p.opening) AS opening, ccx.mrr_at(c.value, p.closing) AS closing) AS a WHERE a.opening <> a.closing '
				'ORDER BY abs(ccx.metric_view_amount(a.closing) - ccx.metric_view_amount(a.opening)) DESC NULLS FIRST, c.customer::text COLLATE "C" LIMIT 50) AS c, %6$s) AS c',
				(SELECT string_agg(d || ', ', '' ORDER BY i) FROM unnest(own) WITH ORDINALITY AS u (d, i)), of_customers,
				CASE regexp_replace(def.options ->> 'span', ':.*', '') WHEN 'quarter' THEN '3 months' ELSE '1 ' || regexp_replace(def.options ->> 'span', ':.*', '') END, def.options ->> 'step', def.data, unfolded);
		END IF;
		def := ccx.metric_view_customer_view(def, 'top_movers', ARRAY[
			['customer', 'text', 'c.customer', 'the customer'],
			['period', 'date', 'c.period', 'first day of the period: the last that the metric view shows'],
			['opening', 'numeric(38,10)', 'c.opening', 'MRR at opening'],
			['closing', 'numeric(38,10)', 'c.closing', 'MRR at closing'],
			['change', 'numeric(38,10)', 'c.closing - c.opening', 'closing less opening'],
			['movement', 'text', 'c.movement', 'new, reactivation, expansion, contraction or churn']],
			own,
			format('%s WHERE c.period = (SELECT max(period) FROM %s) AND c.movement <> ''unchanged'' '
				'ORDER BY abs(c.closing - c.opening) DESC NULLS FIRST, c.customer COLLATE "C" LIMIT 50', movers, def.data),
			'the 50 customers of metric view %s that changed most in its last period');
	ELSIF def.kind = 'health' THEN
		def := ccx.metric_view_customer_view(def, 'at_risk', ARRAY[
			['customer', 'text', 'c.customer', 'the customer'],
			['health_score', 'numeric(24,6)', 'ccx.metric_view_ratio(ccx.health_score(c.value))', 'weighted mean of its signals, 0 to 100'],
			['health_coverage', 'numeric(24,6)', 'ccx.metric_view_ratio(ccx.health_coverage(c.value))', 'share of the weight that was present'],
			['worst_signal', 'text', 'w.signal', 'the signal that costs most points'],
			['points_lost', 'numeric(24,6)', 'ccx.metric_view_ratio(w.points_lost)', 'points that it costs, of the 100 that the score could be']],
			own,
			format('%s AS c, LATERAL (SELECT h.signal, h.points_lost FROM ccx.health_drivers(c.value) AS h ORDER BY h.points_lost DESC, h.signal COLLATE "C" LIMIT 1) AS w '
				'WHERE %s AND ccx.health_band(c.value) = ''red'' ORDER BY ccx.health_score(c.value), c.customer::text COLLATE "C"', of_customers, filled),
			'customers of metric view %s in the red band, the worst first');
	ELSIF def.kind = 'renewal' THEN
		def := ccx.metric_view_customer_view(def, 'at_risk', ARRAY[
			['customer', 'text', 'c.customer', 'the customer'],
			['due_on', 'date', 'c.at', 'day that the renewal is due'],
			['arr', 'numeric(38,10)', 'ccx.metric_view_amount(c.amount)', 'ARR due']],
			own,
			format('%s AS c WHERE c.customer IS NOT NULL AND c.amount IS NOT NULL AND c.at + %s >= %s AND (c.renewed_on IS NULL OR c.renewed_on > %3$s) ORDER BY c.at, c.amount DESC, c.customer::text COLLATE "C"',
				def.mapping, def.options ->> 'grace', as_of),
			'renewals of metric view %s that are open and not signed, the next first');
	ELSIF def.kind = 'usage' THEN
		def := ccx.metric_view_customer_view(def, 'at_risk', ARRAY[
			['customer', 'text', 'c.customer', 'the customer'],
			['as_of', 'date', 'c.as_of', 'last day of the weeks that are compared'],
			['usage_drop', 'numeric(24,6)', 'ccx.metric_view_ratio(ccx.usage_drop(c.u, 4, 12, c.as_of))', 'fall of the last 4 weeks below the 12 before, by their noise and level'],
			['weekly_usage', 'numeric(38,10)', 'ccx.metric_view_amount(ccx.usage_level(c.u, 4, c.as_of))', 'median week of the last 4'],
			['last_used_on', 'date', 'c.as_of - ccx.usage_recency(c.u, c.as_of)', 'last day with usage']],
			own,
			-- a customer whose rows change dimension is where it was last
			format('(SELECT customer%s, ccx.usage_agg(at, amount) FILTER (WHERE amount >= 0) AS u, (SELECT least((SELECT max(last_at) FROM %s), d.as_of - 1) FROM ONLY %s AS d WHERE d.populated) AS as_of FROM %s WHERE customer IS NOT NULL GROUP BY customer%s) AS c '
				'WHERE ccx.usage_drop(c.u, 4, 12, c.as_of) > 3 ORDER BY ccx.usage_drop(c.u, 4, 12, c.as_of) DESC, c.customer::text COLLATE "C"',
				CASE WHEN ccx.metric_view_row_dimensions(def)
					THEN (SELECT string_agg(format(', (array_agg(%I ORDER BY at DESC NULLS LAST, %I COLLATE "C"))[1] AS %I', d, d, d), '' ORDER BY i) FROM unnest(def.dimensions) WITH ORDINALITY AS n (d, i))
					ELSE ccx.metric_view_list(def.dimensions, ', ') END,
				def.summaries, table_of, def.mapping,
				CASE WHEN ccx.metric_view_row_dimensions(def) THEN '' ELSE ccx.metric_view_list(def.dimensions, ', ') END),
			'customers of metric view %s whose usage dropped, the most first');
	END IF;
	RETURN def;
END $$;
COMMENT ON FUNCTION metric_view_customer_views(metric_view_definition, regclass) IS 'make the views that name the customers of a metric view';
-- publish_view(): a metric view without small counts; explain_metric_view(): what its numbers mean
--
-- Definitions and examples: doc/metric-views.md.
--
-- NAME_public is a plain view over NAME_data, so readers need SELECT on it alone, and it is as fresh as NAME.  It is a
-- security barrier, so that no function in a reader's WHERE is run on rows that are hidden and no statistics of theirs are
-- used; and it has an OFFSET, for not even a leakproof condition may go down to them, since EXPLAIN ANALYZE tells how
-- many rows it let pass.
--
-- The rule, and why it holds.  A row is small if a count in it is from 1 to k - 1.  Counts come in atoms, which no two of
-- them share and of which all counts of the row are sums, so small means a small atom, and a count that could be had by
-- subtracting one column from another is looked at, too.  Rows are hidden whole, so columns tell nothing about each other.
--
-- Without dimensions the small rows are hidden, and that is all: what the rows beside them tell of movements is how
-- many customers there were before and after, which says nothing of who came and who went.  With dimensions a reader
-- may know totals over them, from elsewhere.  Cells then form groups that totals are taken in: each period is one for
-- events, each cohort for cohorts, health is one, and movements are one together, because the closing of a period is
-- the opening of the next.  Within a group the same combinations of dimensions are hidden throughout, and they are all
-- combinations of the hidden values of each dimension, of which there are at least two.  Whatever is added to a hidden
-- cell, subtracted from its neighbours in two hidden values of each dimension and so on by turns leaves all totals as
-- they are: no hidden count is determined by equations.  With one dimension, giving one hidden value all that another
-- has leaves all totals as they are as well, and no count is negative: nothing positive is determined by inequalities
-- either.  With several dimensions thin tables may be, which the documentation says.
--
-- More values are hidden, the least first, until what is hidden together is nothing or more than k in each atom, wherever
-- the total is.  That takes no iteration: a cell's level is the number of values that would have to be hidden beyond the
-- first, and the level of a group is the lowest at which all its totals are in order.

-- The atoms of a row of the data, called c.
CREATE FUNCTION metric_view_atoms(def metric_view_definition) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN format('ARRAY[%s]::bigint[]', CASE def.kind
		WHEN 'cohort' THEN 'c.active, c.eligible - c.active, c.cohort_size - c.eligible'
		WHEN 'revenue_cohort' THEN 'c.active, c.eligible - c.active, c.cohort_size - c.eligible'
		WHEN 'health' THEN 'c.customers'
		WHEN 'survey' THEN CASE def.options ->> 'scale'
			WHEN 'nps' THEN 'c.promoters, c.passives, c.detractors'
			WHEN '1-5' THEN 'c.satisfied, c.responses - c.satisfied'
			ELSE 'c.easy, c.responses - c.easy' END
		WHEN 'renewal' THEN 'c.on_time_renewals, c.renewed_renewals - c.on_time_renewals, c.recovered_renewals, c.lost_renewals - c.recovered_renewals, c.open_renewals'
		WHEN 'duration' THEN 'c.arrived, c.starts - c.arrived'
		ELSE 'c.new_customers, c.reactivation_customers, c.expansion_customers, c.contraction_customers, c.churned_customers, '
			'c.retained_customers - c.expansion_customers - c.contraction_customers' END);
END $$;
COMMENT ON FUNCTION metric_view_atoms(metric_view_definition) IS 'the counts of a row of a metric view that all its other counts are sums of';

-- The query of NAME_public.  In it t1, t2 are the keys that are no dimensions, d1, d2 and so on the dimensions.
CREATE FUNCTION metric_view_public_query(def metric_view_definition, k integer, since date) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	times text[] := (ccx.metric_view_keys(def, true))[1:cardinality(ccx.metric_view_keys(def, true)) - cardinality(def.dimensions)];
	t text := coalesce((SELECT string_agg(', t' || i, '' ORDER BY i) FROM generate_subscripts(times, 1) AS i), '');
	d text := (SELECT string_agg('d' || i, ', ' ORDER BY i) FROM generate_subscripts(def.dimensions, 1) AS i);
	cells text;
	hidden text;
	columns text;
BEGIN
	cells := format('cell AS MATERIALIZED (SELECT %s AS g%s%s, %s AS n FROM %s AS c%s)',
		CASE WHEN def.kind IN ('movements', 'usage', 'health') THEN 'date ''epoch''' ELSE format('c.%I', times[1]) END,
		coalesce((SELECT string_agg(format(', c.%I AS t%s', times[i], i), '' ORDER BY i) FROM generate_subscripts(times, 1) AS i), ''),
		coalesce((SELECT string_agg(format(', c.%I AS d%s', def.dimensions[i], i), '' ORDER BY i) FROM generate_subscripts(def.dimensions, 1) AS i), ''),
		ccx.metric_view_atoms(def), def.data, CASE WHEN since IS NULL THEN '' ELSE format(' WHERE c.%I >= %L::date', times[1], since) END);
	hidden := format('EXISTS (SELECT FROM unnest(n) AS u (x) WHERE x BETWEEN 1 AND %s)', k - 1);
	IF d IS NULL THEN
		cells := cells || format(', shown AS (SELECT g%s, %s AS hidden FROM cell)', t, hidden);
	ELSE
		cells := cells || format(', small AS (SELECT DISTINCT g, %s FROM cell WHERE %s)', d, hidden)
			-- the values of each dimension: small ones have rank 0, and so has the next if there is only one
			|| (SELECT string_agg(format(
				', value%1$s AS (SELECT g, d%1$s, greatest(row_number() OVER (PARTITION BY g ORDER BY small DESC, weight = 0, weight, d%1$s COLLATE "C") '
				'- greatest(count(*) FILTER (WHERE small) OVER (PARTITION BY g), 2), 0) AS rank '
				'FROM (SELECT g, d%1$s, s.d%1$s IS NOT NULL AS small, coalesce(w.weight, 0) AS weight FROM (SELECT DISTINCT g FROM small) AS a CROSS JOIN (SELECT DISTINCT d%1$s FROM cell) AS b '
				'LEFT JOIN (SELECT DISTINCT g, d%1$s FROM small) AS s USING (g, d%1$s) '
				'LEFT JOIN (SELECT g, d%1$s, sum(x) AS weight FROM cell, unnest(n) AS u (x) GROUP BY g, d%1$s) AS w USING (g, d%1$s)) AS v)', i), '' ORDER BY i)
				FROM generate_subscripts(def.dimensions, 1) AS i)
			|| format(', level AS (SELECT g, %s, greatest(%s) AS level FROM %s)', d,
				(SELECT string_agg(format('value%s.rank', i), ', ') FROM generate_subscripts(def.dimensions, 1) AS i),
				(SELECT string_agg(format('value%s', i) || CASE i WHEN 1 THEN '' ELSE ' USING (g)' END, ' JOIN ' ORDER BY i) FROM generate_subscripts(def.dimensions, 1) AS i))
			-- what is hidden together up to each level
			|| format(', together AS (SELECT g, level, lead(level) OVER up AS until, sum(sum(x)) OVER up AS hidden, sum(sum(x)) OVER (PARTITION BY g%1$s, i) AS total '
				'FROM cell JOIN level USING (g, %2$s), unnest(n) WITH ORDINALITY AS u (x, i) GROUP BY g%1$s, i, level WINDOW up AS (PARTITION BY g%1$s, i ORDER BY level)), '
				'chosen AS (SELECT g, min(level) AS level FROM level AS l WHERE NOT EXISTS (SELECT FROM together AS s WHERE s.g = l.g AND l.level >= s.level AND (l.level < s.until OR s.until IS NULL) '
				'AND s.hidden BETWEEN 1 AND %3$s AND s.total > %3$s) GROUP BY g), '
				'gone AS (SELECT g, %2$s FROM level AS l JOIN chosen AS s USING (g) WHERE l.level <= s.level), '
				-- a hidden row is there for every combination, so that it does not tell whether there are customers
				'shown AS (SELECT g%1$s, %2$s, false AS hidden FROM cell WHERE (g, %2$s) NOT IN (TABLE gone) '
				'UNION ALL SELECT g%1$s, %2$s, true FROM gone JOIN (SELECT DISTINCT g%1$s FROM cell) AS p USING (g))', t, d, k);
	END IF;
	SELECT string_agg(CASE
			WHEN name = ANY (times) THEN format('s.t%s AS %I', array_position(times, name), name)
			WHEN name = ANY (def.dimensions) THEN format('s.d%s AS %I', array_position(def.dimensions, name), name)
			ELSE format('c.%I', name) END, ', ' ORDER BY ordinal) INTO columns
	FROM ccx.metric_view_columns(def) WHERE name <> 'summary';
	RETURN format('WITH %s SELECT %s, s.hidden AS is_suppressed FROM shown AS s LEFT JOIN %s AS c ON NOT s.hidden', cells, columns, def.data)
		|| coalesce((SELECT string_agg(format(' AND c.%I = s.t%s', times[i], i), '' ORDER BY i) FROM generate_subscripts(times, 1) AS i), '')
		|| coalesce((SELECT string_agg(format(' AND c.%I = s.d%s', def.dimensions[i], i), '' ORDER BY i) FROM generate_subscripts(def.dimensions, 1) AS i), '')
		-- in an order that tells nothing: that of the plan would have hidden rows by how many they count
		|| coalesce(' ORDER BY ' || nullif(concat_ws(', ', (SELECT string_agg('s.t' || i, ', ' ORDER BY i) FROM generate_subscripts(times, 1) AS i),
			(SELECT string_agg(format('s.d%s COLLATE "C"', i), ', ' ORDER BY i) FROM generate_subscripts(def.dimensions, 1) AS i)), ''), '')
		-- no condition of a reader is pushed further down than here
		|| ' OFFSET 0';
END $$;
COMMENT ON FUNCTION metric_view_public_query(metric_view_definition, integer, date) IS 'the query of a metric view without small counts';

CREATE FUNCTION metric_view_publish_view(view regclass, k integer, since date) RETURNS regclass
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
AS $$
DECLARE
	pair record;
	def ccx.metric_view_definition;
	schema text;
	name text;
	there boolean;
	r record;
BEGIN
	-- what is written back to the definition must not be older than what a refresh under way leaves there
	PERFORM pg_advisory_xact_lock(hashtext('ccx metric view'), view::oid::int4);
	pair := ccx.metric_view_find(view);
	def := pair.def;
	IF k IS NULL OR k < 2 THEN
		RAISE invalid_parameter_value USING
			MESSAGE = format('the smallest count to publish must be 2 or more, not %s', coalesce(k::text, 'NULL')),
			DETAIL = 'Counts from 1 to the one below it are suppressed.';
	ELSIF since IS NOT NULL AND (def.kind = 'health' OR NOT isfinite(since)) THEN
		RAISE invalid_parameter_value USING
			MESSAGE = format('a metric view of kind %s cannot be published since %s', def.kind, since),
			DETAIL = CASE def.kind WHEN 'health' THEN 'Its rows have no date.' ELSE 'It takes a day of the calendar.' END;
	END IF;
	SELECT n.nspname, ccx.metric_view_name(v.relname, '_public') INTO schema, name
	FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace, pg_class AS v WHERE t.oid = pair.table_of AND v.oid = view;
	name := coalesce(def.options ->> 'public', name);
	-- one that is there is replaced, with its grants; one that is not of this metric view is not
	there := def.options ? 'public' AND to_regclass(format('%I.%I', schema, name)) IS NOT NULL;
	EXECUTE format('CREATE %s VIEW %I.%I WITH (security_barrier = true) AS %s', CASE WHEN there THEN 'OR REPLACE' ELSE '' END,
		schema, name, ccx.metric_view_public_query(def, k, since));
	EXECUTE format('COMMENT ON VIEW %I.%I IS %L', schema, name, format('metric view %s%s, for readers who must not see counts from 1 to %s',
		view, ' since ' || to_char(since, 'YYYY-MM-DD'), k - 1));
	FOR r IN SELECT c.name, c.explanation FROM ccx.metric_view_columns(def) AS c WHERE c.name <> 'summary'
		UNION ALL SELECT 'is_suppressed', 'whether the row is hidden, because it is small or would tell what another is'
	LOOP
		EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', schema, name, r.name, r.explanation);
	END LOOP;
	def.options := def.options || jsonb_build_object('public', name);
	PERFORM ccx.metric_view_store(pair.table_of, def);
	RETURN format('%I.%I', schema, name)::regclass;
END $$;
COMMENT ON FUNCTION metric_view_publish_view(regclass, integer, date) IS 'what publish_view() does as the owner';

CREATE FUNCTION publish_view(view regclass, k integer, since date DEFAULT NULL) RETURNS regclass
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION publish_view(regclass, integer, date) IS 'make a plain view NAME_public of a metric view, in which counts below k are suppressed, and enough others that no total gives them away';

-- What the numbers mean ------------------------------------------------------------------------------------------------

-- A name of its own: explain_metric('retention') with a metric view in place of a metric would have to be cast.
CREATE FUNCTION metric_view_explain_metric_view(view regclass) RETURNS TABLE (item text, explanation text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
AS $$
DECLARE
	def ccx.metric_view_definition := (ccx.metric_view_find(view)).def;
	keys text[] := ccx.metric_view_keys(def, true);
	shown text;
BEGIN
	IF def.kind <> 'health' THEN
		EXECUTE format('SELECT min(%1$I) || '' to '' || max(%1$I) FROM %2$s', keys[1], def.data) INTO shown;
	END IF;
	RETURN QUERY
	SELECT v.* FROM (VALUES
		('metric view', view::text),
		('kind', def.kind),
		('source', coalesce((SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.oid = def.source), def.source_name)),
		('columns of the source', (SELECT string_agg(format('%s = %s', r.role, def.options ->> r.role), ', ' ORDER BY r.i)
			FROM unnest((ccx.metric_view_kind(def.kind)).usable) WITH ORDINALITY AS r (role, i) WHERE def.options ? r.role)),
		('dimensions', CASE WHEN cardinality(def.dimensions) = 0 THEN 'none'
			ELSE array_to_string(def.dimensions, ', ') || coalesce(' of ' || (SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.oid = def.dimensions_from), '') END),
		('grain', CASE WHEN def.kind = 'health' THEN 'none: as it is now'
			WHEN def.options ->> 'span' <> regexp_replace(def.options ->> 'step', ':.*', '') THEN format('%s, over one %s', def.options ->> 'step', def.options ->> 'span')
			ELSE def.options ->> 'step' END),
		('mode', def.mode),
		('window', coalesce(shown, CASE def.kind WHEN 'health' THEN 'all rows of the source' ELSE 'no rows' END)),
		('as of', CASE WHEN def.populated THEN def.as_of::text ELSE 'never filled' END),
		('refreshed at', coalesce(def.refreshed_at::text, 'never')),
		('status', def.status),
		('skipped rows', coalesce(def.skipped_rows::text, 'not counted')),
		('definition version', def.definition_version::text)) AS v (item, explanation);
	RETURN QUERY
	SELECT c.name || v.part, v.text
	FROM ccx.metric_view_columns(def) AS c
	LEFT JOIN ccx.metric_definitions() AS m ON m.metric = CASE
		WHEN c.name IN ('retention', 'net_retention', 'gross_retention') THEN 'cohort_table'
		WHEN c.name IN ('logo_retention_low', 'nps_low') THEN replace(c.name, '_low', '_ci')
		WHEN c.name = 'median_time' THEN 'km_median'
		WHEN c.name = 'p90_time' THEN 'km_quantile'
		ELSE c.name END,
	LATERAL (VALUES (1, '', c.explanation), (2, ': formula', m.formula), (3, ': population', m.population), (4, ': exclusions', m.exclusions),
		(5, ': undefined when', m.undefined_when), (6, ': definition version', m.version::text), (7, ': documentation', m.documentation)) AS v (i, part, text)
	WHERE c.name <> 'summary' AND c.name <> ALL (keys) AND v.text IS NOT NULL
	ORDER BY c.ordinal, v.i;
END $$;
COMMENT ON FUNCTION metric_view_explain_metric_view(regclass) IS 'what explain_metric_view() reads as the owner';

CREATE FUNCTION explain_metric_view(view regclass, OUT item text, OUT explanation text) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'metric_view_for_reader' LANGUAGE C STABLE;
COMMENT ON FUNCTION explain_metric_view(regclass) IS 'what a metric view shows: source, grain, window, age, rows left out, and of each column its meaning, formula, population, exclusions and version';
-- reconcile(): why two systems report different retention
--
-- Definitions and examples: doc/drivers.md.

CREATE TYPE reconciliation AS (
	cause text, customers bigint,
	opening_delta numeric, closing_delta numeric,
	nrr_effect numeric, grr_effect numeric,
	examples text[]
);
COMMENT ON TYPE reconciliation IS 'customers about which two systems differ for one reason, by how much, and what that does to the rates';

CREATE FUNCTION reconcile_accum(internal, anynonarray, numeric, numeric, numeric, numeric) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION reconcile_accum(internal, anynonarray, numeric, numeric, numeric, numeric) IS 'transition function of reconcile()';

CREATE FUNCTION reconcile_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION reconcile_combine(internal, internal) IS 'combine function of reconcile()';

CREATE FUNCTION reconcile_serial(internal) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION reconcile_serial(internal) IS 'partial state of reconcile() for another process';

CREATE FUNCTION reconcile_deserial(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION reconcile_deserial(bytea, internal) IS 'partial state of reconcile() from another process';

-- how a date is written depends on settings, and so may the customers that are named
CREATE FUNCTION reconcile_final(internal) RETURNS reconciliation[]
AS 'MODULE_PATHNAME' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION reconcile_final(internal) IS 'final function of reconcile()';

CREATE AGGREGATE reconcile(customer anynonarray, opening_a numeric, closing_a numeric, opening_b numeric, closing_b numeric) (
	SFUNC = reconcile_accum, STYPE = internal, SSPACE = 2048,
	FINALFUNC = reconcile_final, COMBINEFUNC = reconcile_combine,
	SERIALFUNC = reconcile_serial, DESERIALFUNC = reconcile_deserial,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE reconcile(anynonarray, numeric, numeric, numeric, numeric) IS 'why two systems, A and B, report different retention for one period: by cause, with effects that add up and customers to look at; unnest() gives the table';
-- fit_health_weights(): what the signals of a health score are worth
--
-- Definitions and examples: doc/backtest.md.

CREATE TYPE health_fit AS (
	intercept double precision, coefficients double precision[], std_errors double precision[], weights numeric[],
	auc numeric, auc_held_out numeric,
	customers bigint, churned bigint, skipped_rows bigint, iterations integer, ridge double precision
);
COMMENT ON TYPE health_fit IS 'what fit_health_weights() has learned: coefficients of a logistic regression, weights of a score, and how well it ranks';

CREATE FUNCTION health_fit_accum(internal, boolean, double precision[]) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION health_fit_accum(internal, boolean, double precision[]) IS 'transition function of fit_health_weights()';

CREATE FUNCTION health_fit_accum(internal, boolean, double precision[], double precision) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION health_fit_accum(internal, boolean, double precision[], double precision) IS 'transition function of fit_health_weights()';

CREATE FUNCTION health_fit_final(internal) RETURNS health_fit
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION health_fit_final(internal) IS 'final function of fit_health_weights()';

-- A sort takes no rows after it has been read, so the final function is not read-only. SSPACE keeps the planner from
-- having many sorts at a time.

CREATE AGGREGATE fit_health_weights(churned boolean, signals double precision[]) (
	SFUNC = health_fit_accum, STYPE = internal, SSPACE = 65536,
	FINALFUNC = health_fit_final, FINALFUNC_MODIFY = SHAREABLE,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_health_weights(boolean, double precision[]) IS 'weights of signals, learned from who has left: logistic regression with a ridge of 1; NULL unless some left and some stayed';

CREATE AGGREGATE fit_health_weights(churned boolean, signals double precision[], ridge double precision) (
	SFUNC = health_fit_accum, STYPE = internal, SSPACE = 65536,
	FINALFUNC = health_fit_final, FINALFUNC_MODIFY = SHAREABLE,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE fit_health_weights(boolean, double precision[], double precision) IS 'weights of signals, learned from who has left: logistic regression with a penalty of half the ridge by the squares of standardised coefficients; NULL unless some left and some stayed';

CREATE FUNCTION churn_probability(fit health_fit, signals double precision[]) RETURNS numeric
AS 'MODULE_PATHNAME', 'health_fit_churn_probability' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION churn_probability(health_fit, double precision[]) IS 'probability that a customer with these signals leaves, to four decimals; NULL when a signal is';
-- explain_metric(): what a number means, for whoever reads it without the documentation at hand
--
-- Every metric has an entry here (a test looks), in the words of doc/.  When a definition changes so that the same data
-- give another number, its version goes up by one.

CREATE FUNCTION metric_definitions()
RETURNS TABLE (metric text, version integer, unit text, formula text, population text, exclusions text, clamps text,
	undefined_when text, currency text, source text, differs_from text, documentation text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
WITH often (cohort, apart, clamp, one, none) AS (
	SELECT 'customers with MRR at opening',
		'customers that are new or come back; rows in which both amounts are NULL (skipped_rows)',
		'a negative amount counts as 0, after the rows of a customer are added (negative_rows, negative_mrr)',
		'one per group: a second one is error 22000, if currencies are given',
		'none: no amounts'
)
SELECT e.* FROM often, LATERAL (VALUES
	-- revenue retention
	('nrr', 1, 'share of the opening MRR', 'closing MRR of customers with an opening, divided by their opening MRR',
		cohort, apart, clamp, 'no opening MRR at all: NULL', one,
		'fixed year-ago cohort: kellblog.com/2022/10/05/accept-no-imitations-or-subtitutes-lazy-nrr-is-not-nrr, filings of Confluent and GitLab',
		'ChartMogul adds reactivation (nrr(summary, true) agrees); Chargebee counts subscriptions; a join of two snapshots leaves out who left', 'doc/retention.md'),
	('grr', 1, 'share of the opening MRR, 0 to 1', 'the lesser of closing and opening of each customer with an opening, added up, divided by their opening MRR',
		cohort, apart || '; expansion', clamp || '; each customer is capped at its opening', 'no opening MRR at all: NULL', one,
		'bounded at 100 %: SaaS Metrics Standards Board, as reported by docs.imboard.ai; dbt-labs/mrr-playbook', 'Chargebee''s example caps the totals, which hides churn behind the expansion of others', 'doc/retention.md'),
	('revenue_churn_rate', 1, 'share of the opening MRR, 0 to 1', '1 - grr', cohort, apart || '; expansion', clamp, 'no opening MRR at all: NULL', one,
		'ChartMogul, gross MRR churn', 'net revenue churn is 1 - nrr', 'doc/retention.md'),
	('logo_retention', 1, 'share of the opening customers, 0 to 1', 'customers with MRR at opening and at closing, divided by customers with MRR at opening',
		cohort, apart, clamp, 'nobody with an opening: NULL', one, 'ChartMogul, standard formula: help.chartmogul.com/hc/en-us/articles/207340419',
		'who left and came back inside the window is retained; ChartMogul''s Shopify formula adds daily rates; Stripe''s denominator adds new subscribers', 'doc/retention.md'),
	('logo_churn_rate', 1, 'share of the opening customers, 0 to 1', '1 - logo_retention', cohort, apart, clamp, 'nobody with an opening: NULL', one,
		'ChartMogul, standard formula', 'as logo_retention', 'doc/retention.md'),
	('quick_ratio', 1, 'ratio, 0 and up', '(new + reactivation + expansion MRR) divided by (contraction + churned MRR)', 'all customers of either end', 'rows in which both amounts are NULL',
		clamp, 'nothing was lost: NULL', one, 'field usage', 'none known', 'doc/retention.md'),
	('arpa', 1, 'MRR per customer', 'closing MRR divided by customers with MRR at closing', 'customers with MRR at closing', 'customers without', clamp, 'nobody at closing: NULL', one,
		'ChartMogul, ARPA', 'averages of opening and closing give another number', 'doc/retention.md'),
	('compound', 1, 'rate', 'the product of rates', 'whatever the rates are of', 'nothing: a NULL rate makes it NULL', 'rounded to 20 decimals', 'a rate is NULL, or there is none: NULL', none,
		'ccx', 'not a cohort''s rate over the whole time: customers won on the way are in it', 'doc/retention.md'),
	('nrr_ci', 1, 'interval of a share', 'ratio estimator, linearised, from second moments; Student t at n_eff - 1, n_eff = (sum of o)^2 / sum of o^2', cohort, apart, 'not below 0', 'n_eff below 10, or no second moments: NULLs', one,
		'Cochran, Sampling Techniques, 3rd ed., 6.4; Kish''s effective sample size; coverage measured in doc/retention.md', 'a plain normal interval covers 0.87 to 0.91 instead of 0.95', 'doc/retention.md'),
	('grr_ci', 1, 'interval of a share, 0 to 1', 'Wilson score interval for the number of equal customers to which the variance of the ratio corresponds', cohort, apart || '; expansion', 'each customer is capped at its opening', 'n_eff below 10, or no second moments: NULLs', one,
		'Wilson, JASA 22 (1927); Kish''s effective sample size', 'a plain normal interval covers 0.85 instead of 0.95', 'doc/retention.md'),
	('logo_retention_ci', 1, 'interval of a share', 'Wilson score interval', cohort, apart, clamp, 'fewer than 10 customers: NULLs', none, 'Wilson, JASA 22 (1927)', 'the Wald interval leaves 0 to 1', 'doc/retention.md'),
	-- MRR
	('mrr_at', 1, 'MRR', 'rows of the customer that cover the day, added up', 'one customer', 'rows without a date or an amount (skipped_rows)', 'a negative sum counts as 0', 'never: 0 outside the history', one,
		'ccx', 'tools that clamp each row lose discounts', 'doc/retention.md'),
	('mrr_movement', 1, 'word', 'new, reactivation, expansion, contraction, churn or unchanged, by opening, closing and whether seen before', 'one customer', 'nobody', 'a negative amount counts as 0', 'no MRR at both ends: NULL', none,
		'ChartMogul: help.chartmogul.com/hc/en-us/articles/203299912', 'cancelling one of several subscriptions is contraction, not churn', 'doc/retention.md'),
	('monthly_amount', 1, 'MRR', 'amount by months in the unit: year / 12, quarter / 3, week * 52 / 12, day * 365 / 12, divided by count', 'one price', 'nothing', 'no clamp', 'amount is NULL: NULL', none,
		'dbt_stripe', 'Ghost shipped week * 4', 'doc/retention.md'),
	('arr', 1, 'ARR', '12 * MRR', 'whatever the MRR is of', 'nothing', 'no clamp', 'MRR is NULL: NULL', none, 'field usage', 'contracted ARR, which counts what has not begun', 'doc/retention.md'),
	-- cohorts
	('cohort_table', 1, 'share of the cohort', 'customers of the cohort that are active in the period (on), in it or later (on_or_after), or in it by the period before (previous), divided by the cohort or by that',
		'customers by their first active period, or the cohort date that is given', 'rows without a customer or a date (skipped_rows); periods that are not over are flagged (is_complete)', 'gross MRR: each customer capped at its first period',
		'denominator 0: NULL', one, 'PostHog, Amplitude and Mixpanel, documentation of retention', 'Amplitude counts rolling 24 hours and months of 30 days; PostHog calendar periods', 'doc/cohorts.md'),
	('retention_curve', 1, 'share of eligible customers', 'active divided by eligible over all cohorts old enough, by age', 'cohorts that have reached the age', 'younger ones', 'Wilson interval, within 0 to 1', 'no cohort is old enough: no row', none,
		'weighted, as asked for in github.com/PostHog/posthog/issues/25998', 'the mean of the cohorts'' rates gives a small cohort the weight of a large one', 'doc/cohorts.md'),
	('stage_funnel', 1, 'customers, days', 'customers that reached a stage, those of them that reached the next one later, and the median of their days', 'customers with a row at the stage', 'rows without customer, stage or date', 'first time counts', 'nobody went on: NULL days', none,
		'ccx', 'funnels that count events', 'doc/durations.md'),
	-- renewals
	('renewal_rate', 1, 'share of the ARR due', 'ARR renewed on time or within grace, divided by ARR due', 'contracts due in the period and decided', 'contracts still open; rows without due date or ARR (skipped_rows)', 'no clamp: growth counts', 'nothing decided: NULL',
		one, 'ARR up for renewal: www.saasgrid.com/metrics-library/arr-up-for-renewal', 'some book a late renewal where it was signed: 0 % and then 200 % (opexengine.com); here it belongs to its due date', 'doc/renewals.md'),
	('gross_renewal_rate', 1, 'share of the ARR due, 0 to 1', 'as renewal_rate, each contract capped at what was due', 'contracts due in the period and decided', 'contracts still open', 'each contract is capped at what was due', 'nothing decided: NULL', one, 'as renewal_rate', 'as renewal_rate', 'doc/renewals.md'),
	('logo_renewal_rate', 1, 'share of the contracts due, 0 to 1', 'contracts renewed on time or within grace, divided by contracts due', 'contracts due in the period and decided', 'contracts still open', 'no amounts', 'nothing decided: NULL', none, 'as renewal_rate', 'as renewal_rate', 'doc/renewals.md'),
	('on_time_rate', 1, 'share of the renewals, 0 to 1', 'renewed by the due date, divided by renewed by then or within grace', 'renewed contracts', 'lost and open ones', 'no amounts', 'nothing renewed: NULL', none, 'ccx', 'as a share of what was due it mixes lateness with loss', 'doc/renewals.md'),
	-- voice
	('nps', 1, 'points, -100 to 100', '100 * (answers 9 and 10 - answers 0 to 6) / answers', 'answers on the scale 0 to 10', 'NULL answers (skipped_rows)', 'an answer off the scale is error 22003', 'nobody answered: NULL', none,
		'Net Promoter Score; a trademark of its owners', 'the share of promoters is not NPS; the latest answer per customer is a choice of the query', 'doc/voice.md'),
	('nps_ci', 1, 'interval in points', 'score interval: the NPS that the answers do not reject, judged by the variance under that NPS', 'answers on the scale 0 to 10', 'NULL answers', 'always within -100 and 100', 'fewer than 2 answers: NULLs', none,
		'Tango, Statistics in Medicine 17 (1998)', 'vendors show none', 'doc/voice.md'),
	('csat', 1, 'share, 0 to 1', 'answers of 4 and 5 (or from top on), divided by answers', 'answers on the scale 1 to 5', 'NULL answers (skipped_rows)', 'an answer off the scale is error 22003', 'nobody answered: NULL', none,
		'Top 2 Box: kicue.com/en/blog/how-to-calculate-csat', 'it is not the mean', 'doc/voice.md'),
	('ces', 1, 'mean answer', 'sum of answers / answers', 'answers on the scale 1 to 7, or 1 to 5', 'NULL answers (skipped_rows)', 'an answer off the scale is error 22003', 'nobody answered: NULL', none, 'field usage', 'some ask the other way round, so that low is easy', 'doc/voice.md'),
	('ces_easy', 1, 'share, 0 to 1', 'answers of 5, 6 and 7, divided by answers', 'answers on the scale 1 to 7', 'NULL answers (skipped_rows)', 'an answer off the scale is error 22003', 'nobody answered: NULL', none, 'field usage', 'as ces', 'doc/voice.md'),
	-- durations
	('km_median', 1, 'days or hours', 'Kaplan-Meier: the smallest t with survival at most 1/2', 'all who started', 'rows without a start, or done before it (skipped_rows)', 'who has not arrived is censored at the as-of date', 'half have not arrived: NULL', none,
		'Kaplan and Meier, JASA 53 (1958)', 'the mean or median of those who arrived is biased low; R''s survfit takes a midpoint where survival hits 1/2', 'doc/durations.md'),
	('km_quantile', 1, 'days or hours', 'Kaplan-Meier: the smallest t with survival at most 1 - p', 'all who started', 'as km_median', 'as km_median', 'not reached: NULL', none, 'as km_median', 'as km_median', 'doc/durations.md'),
	('km_survival', 1, 'share, 0 to 1', 'Kaplan-Meier: the product of (n - d) / n until t', 'all who started', 'as km_median', 'as km_median', 'nobody: NULL', none, 'as km_median', 'shares of those who arrived', 'doc/durations.md'),
	('km_curve', 1, 'share by day or hour', 'Kaplan-Meier with Greenwood''s variance, log-log interval', 'all who started', 'as km_median', 'as km_median', 'nobody: no row', none, 'Greenwood 1926; equal to R''s survfit to 1e-12', 'as km_survival', 'doc/durations.md'),
	('restricted_mean', 1, 'days or hours', 'the area under the Kaplan-Meier curve until t', 'all who started', 'as km_median', 'as km_median', 'nobody: NULL', none, 'Irwin 1949', 'a mean without a limit, which censoring hides', 'doc/durations.md'),
	('log_rank', 1, 'chi-squared, p-value', 'log-rank test of two groups', 'all who started, in either', 'as km_median', 'as km_median', 'the groups never wait together: NULLs', none, 'Mantel 1966', 'a t-test of those who arrived', 'doc/durations.md'),
	-- unit economics
	('ltv', 1, 'amount', 'ARPA * margin / churn rate', 'customers of one period', 'nothing', 'churn or margin above 1 is error 22003', 'churn 0 or below: NULL', one,
		'ChartMogul: help.chartmogul.com/hc/en-us/articles/203359061', 'ChartMogul shows 0 at no churn, Stripe puts in 1.67 %', 'doc/economics.md'),
	('km_lifetime_value', 1, 'amount', 'ARPA * margin * restricted_mean until the horizon', 'all customers, those still there censored', 'as km_median', 'nothing beyond the horizon', 'nobody: NULL', one, 'ccx', 'ltv takes churn to be the same at every age', 'doc/economics.md'),
	('cac_payback_months', 1, 'months', 'sales and marketing spend / (new MRR * gross margin)', 'new customers of the period', 'reactivation, expansion', 'a margin above 1 is error 22003', 'nothing won, or no margin: NULL', one,
		'SaaS Metrics Standards Board, as reported by www.imboard.ai/kpis/cac-payback-period', 'net-new MRR in the denominator mixes in churn', 'doc/economics.md'),
	('gross_margin', 1, 'share of revenue', '(revenue - cost) / revenue', 'whatever the amounts are of', 'nothing', 'below 0 where it costs more', 'no revenue: NULL', one, 'field usage', 'averages of customers'' margins', 'doc/economics.md'),
	('sla_attainment', 1, 'share, 0 to 1', 'met / (met + breached)', 'tickets that are decided', 'NULL: open and not late yet', 'no amounts', 'nothing decided: NULL', none, 'Fivetran dbt_zendesk', 'open tickets counted as met', 'doc/economics.md'),
	('advocacy_rate', 1, 'share, 0 to 1', 'referenceable / active customers', 'active customers', 'those who are not', 'NULL is no', 'nobody active: NULL', none, 'field usage', 'counts of references', 'doc/economics.md'),
	('adoption_rate', 1, 'share, 0 to 1', 'used / entitled customers', 'customers entitled to the feature', 'those who are not, whatever they did', 'NULL is no', 'nobody entitled: NULL', none, 'field usage', 'usage by all customers', 'doc/economics.md'),
	-- health
	('scale_linear', 1, 'score, 0 to 100', '100 * (x - worst) / (best - worst)', 'one measure', 'nothing', 'cut off at 0 and 100', 'an argument is NULL: NULL', none, 'ccx', 'none known', 'doc/health.md'),
	('scale_steps', 1, 'score, 0 to 100', 'the score of the first cut that is not exceeded', 'one measure', 'nothing', 'scores are 0 to 100', 'an argument is NULL: NULL', none, 'ccx', 'none known', 'doc/health.md'),
	('scale_logistic', 1, 'score, 0 to 100', '100 / (1 + exp(-slope * (x - mid)))', 'one measure', 'nothing', '0 or 100 far from mid; rounded to 10 decimals', 'an argument is NULL: NULL', none, 'ccx', 'none known', 'doc/health.md'),
	('health_score', 1, 'score, 0 to 100', 'sum of weight * score / sum of weight, over signals that are present', 'signals with a score and a weight above 0', 'missing signals: their weight goes to the others', 'a score outside 0 to 100 counts as 0 or 100 (clamped_signals)',
		'nothing present, or coverage below min_coverage: NULL', none, 'Gainsight scorecards', 'Gainsight''s treatment of missing measures changed in release 6.15', 'doc/health.md'),
	('health_coverage', 1, 'share of the weight, 0 to 1', 'weight of the signals present / weight of all', 'all signals', 'nothing', 'no clamp', 'all weights are 0: NULL', none, 'ccx', 'none known', 'doc/health.md'),
	('health_band', 1, 'word', 'red up to 50, yellow up to 75, green above, or the bands given', 'one score', 'nothing', 'a cut belongs to the band below', 'no score: NULL', none, 'Gainsight: lower bound exclusive but for the first', 'bands that take the cut above', 'doc/health.md'),
	('health_drivers', 1, 'points', 'weight * (100 - score) / weight present, of each signal', 'signals of the customer or segment', 'missing signals lose 0', 'points add up to 100 - health_score', 'no score: NULL', none, 'ccx', 'none known', 'doc/health.md'),
	-- usage; days without a row are days without usage
	('usage_level', 1, 'usage a week', 'median of the last weekly totals', 'whole weeks of one customer, the last of which ends on the as-of date', 'rows without day or usage (skipped_rows); days after the as-of date', 'negative usage is error 22023', 'fewer whole weeks: NULL', none,
		'ccx', 'calendar weeks, of which the last is half empty', 'doc/usage.md'),
	('usage_drop', 1, 'ratio, above 0 for a fall', '(median of the base weeks - median of the recent ones) / (1.4826 * median distance of a week from the median of its group + 0.1 * the larger median)', 'whole weeks of one customer: the recent ones, and the base before them', 'as usage_level',
		'at most 10, for who falls silent', 'fewer whole weeks, or no usage in the base: NULL', none, 'ccx; 1.4826 * MAD as in R''s mad()', 'a fixed alarm at -30 % cries wolf where usage is irregular', 'doc/usage.md'),
	('usage_slope', 1, 'relative change a day', 'least-squares slope of daily usage / mean daily usage', 'the last days of one customer', 'as usage_level', 'not robust', 'fewer days, or no usage: NULL', none, 'least squares', 'none known', 'doc/usage.md'),
	('usage_changepoint', 1, 'day, usage a week, strength', 'the week''s end with the largest difference of medians before and after, by noise and level as in usage_drop, times sqrt(a * b / (a + b)) for a weeks before and b after', 'whole weeks of one customer, at least 8, up to 26 on either side', 'as usage_level',
		'at least 4 weeks on either side', 'fewer weeks: NULLs', none, 'ccx', 'none known', 'doc/usage.md'),
	('usage_recency', 1, 'days', 'as-of date - last day with usage', 'one customer', 'days after the as-of date', '0 is today', 'no usage until then: NULL', none, 'field usage', 'none known', 'doc/usage.md'),
	-- back-tests
	('auc', 1, 'probability, 0 to 1', 'chance that a customer who left had the worse score than one who stayed, ties half', 'customers with score and outcome', 'NULLs (skipped_rows)', 'no clamp', 'nobody left, or nobody stayed: NULL', none, 'Mann and Whitney 1947', 'AUC of today''s score on past churn looks into the future', 'doc/backtest.md'),
	('lift', 1, 'ratio', 'churn rate in the worst q of customers / churn rate of all', 'customers with score and outcome', 'NULLs (skipped_rows)', 'a tie at the boundary counts pro rata', 'nobody left: NULL', none, 'field usage', 'tools that take the whole tie, or none of it', 'doc/backtest.md'),
	('capture', 1, 'share of the churned ARR, 0 to 1', 'churned ARR in the worst q of customers / churned ARR', 'customers with score, outcome and ARR', 'NULLs (skipped_rows)', 'a tie at the boundary counts pro rata', 'no ARR was lost: NULL', one, 'field usage', 'as lift', 'doc/backtest.md'),
	('confusion', 1, 'customers, shares', 'who was flagged at a cut, and who left', 'customers with score and outcome', 'NULLs (skipped_rows)', 'the cut itself is flagged', 'nobody flagged, or nobody left: NULL precision or recall', none, 'field usage', 'none known', 'doc/backtest.md'),
	('calibration', 1, 'share by bin', 'churn rate by bins of about equal count, with Wilson interval', 'customers with score and outcome', 'NULLs (skipped_rows)', 'equal scores are never split', 'nobody: no row', none, 'field usage', 'bins of equal width are nearly empty', 'doc/backtest.md'),
	('brier', 1, 'squared error, 0 to 1', 'mean of (probability - outcome)^2', 'customers with probability and outcome', 'NULLs (skipped_rows)', 'no clamp', 'nobody: NULL; scores are error 22023', none, 'Brier 1950', '1 - score/100 is no probability', 'doc/backtest.md'),
	('fit_health_weights', 1, 'weights, adding up to 100', 'logistic regression with an L2 penalty on standardised signals', 'customers with outcome and all signals', 'NULLs (skipped)', 'a signal that speaks against leaving less gets weight 0', 'nobody left, or nobody stayed: NULL', none, 'Hoerl and Kennard 1970; le Cessie and van Houwelingen 1992', 'weights chosen by opinion', 'doc/backtest.md'),
	('churn_probability', 1, 'probability, 0 to 1', '1 / (1 + exp(-intercept - sum of coefficient * signal))', 'one customer', 'nothing', 'rounded to 4 decimals', 'a signal is NULL: NULL', none, 'as fit_health_weights', '1 - score/100 is no probability', 'doc/backtest.md'),
	('renewal_forecast', 1, 'annual amount', 'ARR due * (1 - churn rate of the tenth of a back-test that the score is in)', 'one contract', 'nothing', 'no clamp', 'a back-test without customers: NULLs', 'the caller''s: amounts of one currency', 'ccx; interval of the rate: Wilson 1927', 'an account manager''s opinion; 1 - score/100 is no probability', 'doc/backtest.md'),
	('renewal_forecast_total', 1, 'annual amount', 'sum of renewal_forecast; its interval from outcomes of contracts and from rates that contracts of a tenth share', 'contracts with score and ARR due', 'NULLs (skipped_rows)', 'the interval is within 0 and what is due', 'a back-test without customers: NULLs', 'the caller''s: amounts of one currency', 'ccx; limits are combined by Zou and Donner 2008', 'the intervals of renewal_forecast added up are of rates: they leave out that a contract is renewed or not', 'doc/backtest.md'),
	-- why
	('drivers', 1, 'rate', 'mix = change of weight * (rate - rate of all), rate = weight * change of rate, by means of the two periods; the rate by expansion, contraction, churn', 'segments of two periods', 'nobody: segments without an opening have no effect',
		'rounded to 12 decimals, all digits add up', 'one of the periods has no opening: NULL', one, 'brybrydataguy.com/blogs/bry-the-numbers/mix-effects', 'three terms with an interaction; here each half has half of it', 'doc/drivers.md'),
	('reconcile', 1, 'rate', '(change of numerator - mean rate * change of opening) / mean opening, by customer and cause', 'customers of two systems', 'rows without a customer (a cause of their own); customers neither knows',
		'a negative sum counts as 0 (a cause of its own); rounded to 12 decimals, all digits add up', 'one of the systems has no opening: NULL effects', one, 'ccx', 'none known', 'doc/drivers.md')
) AS e (metric, version, unit, formula, population, exclusions, clamps, undefined_when, currency, source, differs_from, documentation)
$$;
COMMENT ON FUNCTION metric_definitions() IS 'what every metric means: one row a metric, for a data catalog';

CREATE FUNCTION explain_metric(metric text)
RETURNS TABLE (item text, explanation text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 11 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	d record;
BEGIN
	SELECT * INTO d FROM ccx.metric_definitions() AS m WHERE m.metric = explain_metric.metric;
	IF NOT FOUND THEN
		RAISE invalid_parameter_value USING
			MESSAGE = format('unknown metric %s', coalesce(quote_literal(left(metric, 100)), 'NULL')),
			DETAIL = (SELECT format('Valid are %s.', string_agg(m.metric, ', ' ORDER BY m.metric COLLATE "C")) FROM ccx.metric_definitions() AS m);
	END IF;
	RETURN QUERY VALUES
		('metric', d.metric), ('unit', d.unit), ('formula', d.formula), ('population', d.population), ('exclusions', d.exclusions),
		('clamps', d.clamps), ('undefined when', d.undefined_when), ('currency', d.currency), ('source', d.source),
		('differs from', d.differs_from), ('documentation', d.documentation), ('definition version', d.version::text);
END $$;
COMMENT ON FUNCTION explain_metric(text) IS 'what a metric means: formula, population, exclusions, clamps, when it is undefined, source, and who defines it otherwise';

-- the same with the numbers of one summary
CREATE FUNCTION explain_metric(metric text, summary retention_summary)
RETURNS TABLE (item text, explanation text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 19 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	value numeric;
	content jsonb := ccx.describe(summary);
BEGIN
	RETURN QUERY SELECT * FROM ccx.explain_metric(metric);
	CASE metric
		WHEN 'nrr' THEN value := ccx.nrr(summary);
		WHEN 'grr' THEN value := ccx.grr(summary);
		WHEN 'revenue_churn_rate' THEN value := ccx.revenue_churn_rate(summary);
		WHEN 'logo_retention' THEN value := ccx.logo_retention(summary);
		WHEN 'logo_churn_rate' THEN value := ccx.logo_churn_rate(summary);
		WHEN 'quick_ratio' THEN value := ccx.quick_ratio(summary);
		WHEN 'arpa' THEN value := ccx.arpa(summary);
		ELSE
			RAISE invalid_parameter_value USING
				MESSAGE = format('metric %s is not read from a retention_summary', quote_literal(metric)),
				DETAIL = 'Those are nrr, grr, revenue_churn_rate, logo_retention, logo_churn_rate, quick_ratio and arpa.',
				HINT = format('explain_metric(%s) explains it without numbers.', quote_literal(metric));
	END CASE;
	IF summary IS NULL THEN
		RETURN;
	END IF;
	RETURN QUERY VALUES
		('value', coalesce(value::text, 'undefined')),
		('customers at opening', ccx.opening_customers(summary)::text), ('MRR at opening', ccx.opening_mrr(summary)::text),
		('customers at closing', ccx.closing_customers(summary)::text), ('MRR at closing', ccx.closing_mrr(summary)::text),
		('skipped rows', ccx.skipped_rows(summary)::text),
		('rows with a negative amount', format('%s, together %s, counted as 0', ccx.negative_rows(summary), ccx.negative_mrr(summary))),
		('currency of these rows', coalesce(content->>'currency', 'not given')),
		('window', CASE WHEN content ? 't0' THEN format('%s to %s', content->>'t0', content->>'t1') ELSE 'not known: rows came without dates' END);
END $$;
COMMENT ON FUNCTION explain_metric(text, retention_summary) IS 'what a metric means, and what a summary has to say of it: its value, who is in it, what was left out';
-- renewal_forecast(): what of the ARR due for renewal is to be expected
--
-- Definitions and examples: doc/backtest.md.

CREATE FUNCTION renewal_forecast(
	backtest backtest_summary, score numeric, arr_due numeric,
	OUT low double precision, OUT expected numeric, OUT high double precision
) AS 'MODULE_PATHNAME', 'forecast_renewal' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION renewal_forecast(backtest_summary, numeric, numeric) IS 'ARR expected to be renewed, by the churn rate of those with such scores in a back-test, with the 95 % interval of that rate; of probabilities, score is the probability';

CREATE TYPE portfolio_forecast AS (
	low double precision, expected numeric, high double precision, arr_due numeric, accounts bigint, skipped_rows bigint
);
COMMENT ON TYPE portfolio_forecast IS 'what of the ARR due of several contracts is expected to be renewed, with a 95 % interval';

CREATE FUNCTION forecast_accum(internal, backtest_summary, numeric, numeric) RETURNS internal
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION forecast_accum(internal, backtest_summary, numeric, numeric) IS 'transition function of renewal_forecast_total()';

CREATE FUNCTION forecast_final(internal) RETURNS portfolio_forecast
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION forecast_final(internal) IS 'final function of renewal_forecast_total()';

CREATE AGGREGATE renewal_forecast_total(backtest backtest_summary, score numeric, arr_due numeric) (
	SFUNC = forecast_accum, STYPE = internal, SSPACE = 4096,
	FINALFUNC = forecast_final,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE renewal_forecast_total(backtest_summary, numeric, numeric) IS 'ARR of several contracts expected to be renewed, with a 95 % interval for what will be';
