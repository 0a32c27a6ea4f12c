-- period_start() and period_end(): the calendar that every grain and step of ccx goes by
--
-- Definitions and examples: doc/cohorts.md.

CREATE FUNCTION period_start(day date, grain text) RETURNS date
AS 'MODULE_PATHNAME', 'period_start_of_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_start(date, text) IS 'first day of the period that contains the day; the grain is day, week, month, quarter or year, also anchored (week:sunday, quarter:feb, year:apr)';

CREATE FUNCTION period_end(day date, grain text) RETURNS date
AS 'MODULE_PATHNAME', 'period_end_of_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION period_end(date, text) IS 'last day of the period that contains the day; the grain is day, week, month, quarter or year, also anchored (week:sunday, quarter:feb, year:apr)';
