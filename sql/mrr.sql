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
