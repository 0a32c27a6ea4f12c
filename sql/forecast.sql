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
