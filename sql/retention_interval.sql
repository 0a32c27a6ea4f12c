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
