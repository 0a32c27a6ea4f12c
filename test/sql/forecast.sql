-- Renewal forecasts.  Figures worked by hand stand in the comment before the query.
SET search_path = public, ccx;

-- what a query returns, or the SQLSTATE and the text of its error
CREATE FUNCTION pg_temp.try(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE query INTO result;
	RETURN coalesce(result, 'NULL');
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

-- 40 customers: 20 at 10, of whom 10 left; 12 at 50, of whom 3 left; 8 at 90, all stayed. Of ten bins that is 1, 6 and 9.
CREATE TEMP TABLE b AS
SELECT backtest_agg(score, i <= churned) AS b, backtest_probability_agg(1 - score / 100.0, i <= churned) AS p
FROM (VALUES (10, 20, 10), (50, 12, 3), (90, 8, 0)) AS v (score, customers, churned), LATERAL generate_series(1, customers) AS i;
SELECT bin, low_value, customers, churned FROM b, calibration(b.b, 10);

\echo '-- One contract'
-- The bin is the last that begins at or below the score: 50 %, 75 %, 100 % are renewed
SELECT score, expected, round(low::numeric, 6) AS low, round(high::numeric, 6) AS high FROM b, unnest('{0,10,49.99,50,89.999999,90,100}'::numeric[]) AS score, renewal_forecast(b.b, score, 1000);
-- low and high are what is due by 1 less the interval of calibration()
SELECT bool_and(f.low = 1000 * (1 - c.high) AND f.high = 1000 * (1 - c.low)) AS same FROM b, calibration(b.b, 10) AS c, renewal_forecast(b.b, c.low_value, 1000) AS f;
-- of probabilities by probability: bins begin at 0.1, 0.5 and 0.9
SELECT p_churn, expected FROM b, unnest('{0,0.1,0.4999,0.5,0.89999,0.9,1}'::numeric[]) AS p_churn, renewal_forecast(p, p_churn, 1000);
-- exact
SELECT expected FROM (SELECT backtest_agg(i, i = 1) AS b FROM generate_series(1, 3) AS i) AS t, renewal_forecast(b, 1, 10);
SELECT expected FROM (SELECT backtest_agg(5, i = 1) AS b FROM generate_series(1, 3) AS i) AS t, unnest('{10,0.01,123456789012345678901234567890,0}'::numeric[]) AS due, renewal_forecast(b, 5, due);

\echo '-- A portfolio'
CREATE TEMP TABLE due (score numeric, arr numeric);
INSERT INTO due VALUES (10, 100), (20, 300), (55, 200), (95, 1000), (NULL, 50), (40, NULL);
-- expected 400 / 2 + 200 * 0.75 + 1000 = 1350
SELECT (f).expected, round((f).low::numeric, 6) AS low, round((f).high::numeric, 6) AS high, (f).arr_due, (f).accounts, (f).skipped_rows FROM (SELECT renewal_forecast_total(b.b, score, arr) AS f FROM b, due) AS t;
-- the formula of the documentation in SQL, where neither end is cut off: 30 of each but of the surest, 10500 of 18000 expected
CREATE TEMP TABLE many AS SELECT score, arr FROM due, generate_series(1, 30) WHERE score < 90 AND arr IS NOT NULL;
WITH bins AS (SELECT c.churned / c.customers::float8 AS r, c.low, c.high, c.customers, c.churned, sum(arr)::float8 AS a, sum(arr * arr)::float8 AS squares
              FROM b, many, LATERAL (SELECT * FROM calibration(b.b, 10) WHERE low_value <= score ORDER BY bin DESC LIMIT 1) AS c GROUP BY c.bin, c.churned, c.customers, c.low, c.high),
     summed AS (SELECT sum((a * (high - r)) ^ 2) AS down, sum((a * (r - low)) ^ 2) AS up, sum(3.8414588206941236 * (churned + 3.8414588206941236 / 2) / (customers + 3.8414588206941236) * (1 - (churned + 3.8414588206941236 / 2) / (customers + 3.8414588206941236)) * squares) AS v FROM bins)
SELECT (f).expected, round((f).low) AS low, round((f).high) AS high, abs((f).low - (10500 - sqrt(down + v))) < 1e-8 AS low_as_said, abs((f).high - (10500 + sqrt(up + v))) < 1e-8 AS high_as_said
FROM summed, (SELECT renewal_forecast_total(b.b, score, arr) AS f FROM b, many) AS t;
-- one contract alone is renewed or not, which its rate's interval does not know
SELECT (t.f).low < o.low AND (t.f).high > o.high AS wider, (t.f).expected = o.expected AS same FROM (SELECT renewal_forecast_total(b.b, 10, 100) AS f, min(b.b::text)::backtest_summary AS b FROM b) AS t, renewal_forecast(t.b, 10, 100) AS o;
-- within 0 and what is due; many small ones leave the uncertainty of the rate
SELECT (f).low, (f).high FROM (SELECT renewal_forecast_total(b.b, 10, 100) AS f FROM b) AS t;
SELECT abs((t.f).low - o.low * 10000) < 5000 AS low, abs((t.f).high - o.high * 10000) < 5000 AS high FROM (SELECT renewal_forecast_total(b.b, 10, 100) AS f FROM b, generate_series(1, 10000)) AS t, b, renewal_forecast(b.b, 10, 100) AS o;
-- any order, any window, back-tests stored out of line or not
CREATE TEMP TABLE large AS SELECT backtest_agg(i * 7919 % 10001 / 100.0, i % 10 = 0, i) AS b FROM generate_series(1, 20000) AS i;
SELECT count(DISTINCT f::text) AS one FROM (SELECT renewal_forecast_total(b, i % 101, 10.0 ^ (i % 50 - 25) ORDER BY i * g % 101) AS f FROM large, generate_series(1, 100) AS i, generate_series(1, 5) AS g GROUP BY g
	UNION ALL SELECT renewal_forecast_total(CASE WHEN i % 2 = 0 THEN b ELSE b::text::backtest_summary END, i % 101, 10.0 ^ (i % 50 - 25)) FROM large, generate_series(1, 100) AS i
	UNION ALL (SELECT renewal_forecast_total(b, i % 101, 10.0 ^ (i % 50 - 25)) OVER (ORDER BY i) FROM large, generate_series(1, 100) AS i ORDER BY i DESC LIMIT 1)) AS t;

\echo '-- NULL, nobody, no rows'
SELECT renewal_forecast(NULL, 1, 1), renewal_forecast(b.b, NULL, 1), renewal_forecast(b.b, 1, NULL) FROM b;
SELECT f.* FROM renewal_forecast('1,0,0,5,0[]', 50, 100) AS f;
SELECT (f).* FROM (SELECT renewal_forecast_total('1,0,0,5,0[]', 50, arr) AS f FROM due) AS t;
SELECT renewal_forecast_total(b.b, 1, 1) IS NULL AS none FROM b WHERE false;
SELECT (f).* FROM (SELECT renewal_forecast_total(b.b, NULL, 1) AS f FROM b) AS t;
SELECT (f).* FROM (SELECT renewal_forecast_total(b.b, 10, 0) AS f FROM b) AS t;

\echo '-- Bad input'
SELECT pg_temp.try(format('SELECT renewal_forecast(%s) FROM b', args)) FROM unnest(ARRAY['b.b, 100.5, 1', 'b.b, -1, 1', 'p, 1.5, 1', $$b.b, 'NaN', 1$$, 'b.b, 50, -1', $$b.b, 50, 'NaN'$$, $$b.b, 50, 'infinity'$$]) AS args;
SELECT pg_temp.try(format('SELECT renewal_forecast_total(%s) FROM b', args)) FROM unnest(ARRAY['NULL, 50, 1', 'b.b, 100.5, NULL', 'b.b, NULL, -1', $$b.b, 50, 'NaN'$$]) AS args;
SELECT pg_temp.try('SELECT renewal_forecast_total(x, 0.5, 1) FROM (SELECT unnest(ARRAY[b.b, p]) AS x FROM b) AS u');
