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
