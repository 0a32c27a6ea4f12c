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
