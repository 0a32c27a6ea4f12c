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
