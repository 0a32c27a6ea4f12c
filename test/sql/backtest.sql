-- Back-tests.  Figures worked by hand stand in the comment before the query.
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

\echo '-- Ten customers, four of whom left'
CREATE TEMP TABLE judged (customer text, score numeric, churned boolean, arr numeric);
INSERT INTO judged VALUES ('a', 10, true, 100), ('b', 10, false, 200), ('c', 25.5, true, 300), ('d', 40, false, 10), ('e', 40, true, 20), ('f', 40, false, 30),
	('g', 75.25, false, 5), ('h', 90, false, 5), ('i', 90, true, 80), ('j', 100, false, 1.5);
CREATE TEMP TABLE b AS
SELECT backtest_agg(score, churned) AS plain, backtest_agg(score, churned, arr) AS money,
       backtest_probability_agg(1 - score / 100, churned) AS p, backtest_probability_agg(1 - score / 100, churned, arr) AS p_money FROM judged;
SELECT backtest_customers(money), backtest_churned(money), backtest_arr(money), backtest_churned_arr(money), skipped_rows(money) FROM b;
-- Pairs 4 * 6. a at 10: better are 5 of those kept, tied 1: 5.5. c: 5 better. e at 40: better g h j, tied d f: 4. i at 90: better j, tied h: 1.5. 16/24.
SELECT auc(plain), auc(money), auc(p), auc(p_money) FROM b;
-- Worst 10 % is one of the two at 10: 0.5 / 0.1 / 4. 20 %: 1 / 0.8. 30 %: 2 / 1.2. 40 %: 2 + 1/3 of 1 = 7/3 / 1.6. 50 %: 8/3 / 2. 100 %: 1.
SELECT q, lift(plain, q), lift(p, q) = lift(plain, q) AS mirrored FROM b, unnest('{0.1,0.2,0.3,0.4,0.5,0.6,1}'::numeric[]) AS q;
-- Of 500 lost: 10 % half of 100; 20 % 100; 30 % 400; 40 % 400 + 20/3; 100 % all.
SELECT q, capture(money, q), capture(p_money, q) = capture(money, q) AS mirrored FROM b, unnest('{0.1,0.2,0.3,0.4,1}'::numeric[]) AS q;
-- a share of fewer than one customer, or not a whole number of them: 15 % is 1.5 of the 2 at 10: 0.75 / 0.6
SELECT lift(plain, 0.15), lift(plain, 1e-40), capture(money, 0.15) FROM b;
SELECT cut, c.* FROM b, unnest('{-1,9.99,10,40,40.001,89.999,90,100,1e30}'::numeric[]) AS cut, confusion(plain, cut) AS c;
SELECT cut, c.* FROM b, unnest('{2,0.9,0.9001,0.6,0.1,0}'::numeric[]) AS cut, confusion(p, cut) AS c;

\echo '-- Calibration'
-- Customers below each value: 0, 2, 3, 6, 7, 9. In 4 bins floor(4 * below / 10): 0, 0, 1, 2, 2, 3.
SELECT bin, low_value, high_value, customers, churned, churn_rate, round(low::numeric, 10) AS low, round(high::numeric, 10) AS high, predicted FROM b, calibration(plain, 4);
-- one bin, as many as customers (a bin of equal values leaves those after it empty), and many more
SELECT bins, bin, low_value, high_value, customers FROM b, unnest('{1,10,2147483647}'::int[]) AS bins, calibration(money, bins);
-- Probabilities 0, 0.1 (2), 0.2475, 0.6 (3), 0.745, 0.9 (2) in 3 bins: below 0, 1, 3, 4, 7, 8: bins 1, 1, 1, 2, 3, 3. Means 0.4475/4, 0.6, 2.545/3.
SELECT bin, low_value, high_value, customers, churned, churn_rate, predicted FROM b, calibration(p, 3);
SELECT pg_typeof(bin) AS bin, pg_typeof(low_value) AS low_value, pg_typeof(customers) AS customers, pg_typeof(churn_rate) AS churn_rate, pg_typeof(low) AS low, pg_typeof(predicted) AS predicted FROM b, calibration(p, 1);

\echo '-- Brier'
-- 0.01 + 0.81 + 0.065025 (1 - 0.745 squared) + 2 * 0.36 + 0.16 + 0.06125625 + 0.01 + 0.81 + 0 = 2.64628125, a tenth of that
SELECT brier(p), brier(p) = (SELECT avg((1 - score / 100 - churned::int) ^ 2) FROM judged) AS by_rows FROM b;

\echo '-- NULL, one class only and no rows'
SELECT backtest_agg(score, churned), backtest_agg(score, churned, arr), backtest_probability_agg(score / 100, churned) FROM judged WHERE false;
SELECT backtest_customers(x), backtest_churned(x), skipped_rows(x), auc(x), lift(x, 0.1), confusion(x, 50), x,
       (SELECT count(*) FROM calibration(x, 10)) AS bins
FROM (SELECT backtest_agg(s, c) AS x FROM (VALUES (NULL::numeric, true), (50, NULL), (NULL, NULL)) AS v (s, c)
      UNION ALL SELECT backtest_agg(50, true) UNION ALL SELECT backtest_agg(50, false)) AS t;
-- NULL ARR is not 0: the row is left out; nothing lost
SELECT backtest_customers(x), skipped_rows(x), backtest_arr(x), lift(x, 0.5), capture(x, 0.5)
FROM (SELECT backtest_agg(s, c, a) AS x FROM (VALUES (10, true, NULL), (20, true, 0), (30, false, 7)) AS v (s, c, a)) AS t;
SELECT brier(x), auc(x), skipped_rows(x) FROM (SELECT backtest_probability_agg(NULL, true) AS x) AS t;
SELECT auc(NULL), lift(plain, NULL), capture(NULL, 0.1), confusion(plain, NULL), brier(NULL), describe(NULL::backtest_summary), backtest_customers(NULL) FROM b;
SELECT count(*) FROM b, calibration(plain, NULL);

\echo '-- Bad input'
SELECT pg_temp.try('SELECT backtest_' || args || ')') FROM unnest(ARRAY[
	'agg(-0.01, true', 'agg(100.01, false', 'agg(1e50, NULL', 'agg(50.005, true', 'agg(1e-30, true', $$agg('NaN', true$$, $$agg('infinity', NULL$$,
	'agg(50, true, -1', 'agg(NULL, true, -1e50', $$agg(50, NULL, 'NaN'$$, $$agg(50, true, '-infinity'$$, 'agg(50::float8, true', 'agg(50, 1',
	'probability_agg(1.0001, true', 'probability_agg(-0.1, true', 'probability_agg(0.12345, true', $$probability_agg('NaN', true$$, 'probability_agg(50, true']) AS args;
-- what ends in zeros has no more decimals
SELECT backtest_agg(50.5000, true) = backtest_agg(50.5, true) AS score, backtest_probability_agg(0.250000000000000000000000000000, true) = backtest_probability_agg(0.25, true) AS probability,
       backtest_agg(100, true), backtest_agg(0, true), backtest_probability_agg(1, false), backtest_probability_agg(0, false);
SELECT pg_temp.try(format('SELECT %s FROM b', call)) FROM unnest(ARRAY['lift(plain, 0)', 'lift(plain, 1.01)', 'lift(plain, -0.1)', $$lift(plain, 'NaN')$$, $$capture(money, 'infinity')$$, 'capture(plain, 0.1)', 'capture(p, 0.1)',
	'backtest_arr(plain)', 'backtest_churned_arr(p)', 'brier(plain)', $$confusion(plain, 'NaN')$$, '(SELECT count(*) FROM calibration(plain, 0))', '(SELECT count(*) FROM calibration(plain, -1))']) AS call;
SELECT pg_temp.try('SELECT rollup(x) FROM (SELECT unnest(ARRAY[' || parts || ']) AS x FROM b) AS t')
FROM unnest('{"plain,p","p,plain","plain,money","money,plain","p_money,money"}'::text[]) AS parts;

\echo '-- Every score there is'
SELECT backtest_customers(x), backtest_churned(x), auc(x), lift(x, 0.1), length(x::text) > 10001 AS all_of_them, x::text::backtest_summary = x AS same
FROM (SELECT backtest_agg(i % 10001 / 100.0, i % 10001 < 5000) AS x FROM generate_series(0, 30002) AS i) AS t;
-- by other orders; and with ARR, which has more to move when the state grows
SELECT count(DISTINCT x::text) AS one FROM (SELECT backtest_agg(i * 7919 % 10001 / 100.0, i * 7919 % 10001 < 5000 ORDER BY i * f % 30011) AS x FROM generate_series(0, 30002) AS i, unnest('{1,17,4242}'::int[]) AS f GROUP BY f) AS t;
SELECT count(DISTINCT x::text) AS one, min(capture(x, 0.1)) AS capture, min(backtest_arr(x)) AS arr FROM (SELECT backtest_agg(i / 10.0, i < 500, i ORDER BY i * f % 1009) AS x FROM generate_series(0, 1000) AS i, unnest('{1,17,42}'::int[]) AS f GROUP BY f) AS t;

\echo '-- Exact amounts of any size'
SELECT backtest_arr(x), backtest_churned_arr(x), capture(x, 0.5), x
FROM (SELECT backtest_agg(s, c, a) AS x FROM (VALUES (10, true, 0.1), (10, true, 1e-30), (20, false, 1e40), (30, true, 12345678901234567890.12345678), (30, false, 3), (10, true, 0.2)) AS v (s, c, a)) AS t;
SELECT count(DISTINCT x::text) AS one FROM (SELECT backtest_agg(i % 5 * 10, i % 3 = 0, 10.0 ^ (i % 40 - 20) ORDER BY i * f % 101) AS x FROM generate_series(1, 100) AS i, generate_series(1, 5) AS f GROUP BY f) AS t;
-- sums that outgrow what they are added in, at one score and another
SELECT backtest_arr(x) = 64 * 99999999999999999999999999999999 AS sum, backtest_customers(x) FROM (SELECT backtest_agg(i % 2, true, 99999999999999999999999999999999) AS x FROM generate_series(1, 64) AS i) AS t;
SELECT backtest_arr(x) = 64 * 99999999999999999999999999999999.0 + 1e-20 AS sum FROM (SELECT backtest_agg(i % 2, true, CASE i WHEN 65 THEN 1e-20 ELSE 99999999999999999999999999999999 END) AS x FROM generate_series(1, 65) AS i) AS t;

\echo '-- Rolling up'
SELECT rollup(x) = (SELECT money FROM b) AS same, auc(rollup(x)) FROM (SELECT backtest_agg(score, churned, arr) AS x FROM judged GROUP BY score > 30, churned) AS parts;
SELECT rollup(x) = (SELECT plain FROM b) AS same FROM (SELECT backtest_agg(score, churned) AS x FROM judged GROUP BY customer UNION ALL SELECT NULL) AS parts;
SELECT rollup(x) IS NULL AS none FROM (VALUES (NULL::backtest_summary)) AS v (x);
WITH rows (n, s, c, a) AS (SELECT i, i % 9 * 3.5, i % 4 = 0, 10.0 ^ (i % 45 - 25) FROM generate_series(1, 90) AS i)
SELECT (SELECT rollup(x) FROM (SELECT backtest_agg(s, c, a) AS x FROM rows GROUP BY n % 7) AS parts) = (SELECT backtest_agg(s, c, a) FROM rows) AS same;
SELECT backtest_combine(plain, backtest_accum(plain, 55, true)) FROM b;

\echo '-- The type'
CREATE TEMP TABLE summaries AS
SELECT row_number() OVER () AS id, x FROM (SELECT unnest(ARRAY[plain, money, p, p_money]) AS x FROM b UNION ALL SELECT backtest_agg(NULL, NULL) UNION ALL SELECT backtest_agg(5, true, 1e-40)) AS v;
SELECT id, x, backtest_summary_send(x), x::text::backtest_summary = x AS text FROM summaries ORDER BY id;
SELECT count(DISTINCT x), count(DISTINCT backtest_summary_hash(x)) AS hashes FROM summaries;
SELECT jsonb_pretty(describe(backtest_agg(score, churned, arr))) FROM judged WHERE score = 10;
SELECT describe(backtest_probability_agg(0.0625, true));
SELECT pg_temp.try(format('SELECT %L::backtest_summary', x)) FROM unnest(ARRAY['', '1', '1,2,0,0,0[]', '1,0,2,0,0[]', '1,0,0,-1,0[]', '1,0,0,0,1[(10001,1,0)]', '1,0,0,0,2[(10000,1,0),(0,1,0)]', '1,0,0,0,1[(5,0,0)]', '1,0,0,0,1[(5,-1,0)]',
	'1,0,1,0,1[(5,1,0)]', '1,0,0,0,1[(5,1,0,0,0)]', '1,0,1,0,1[(5,1,0,1,1)]', '1,0,1,0,1[(5,1,0,-1,0)]', '1,0,0,0,1[(5,9223372036854775807,1)]', '1,0,0,0,2[(5,9223372036854775807,0),(0,1,0)]', '1,0,0,0,20000[(0,1,0)]']) AS x;
-- the largest counts there can be
SELECT backtest_customers(x), auc(x), lift(x, 0.3), brier(x) FROM (SELECT '1,1,0,9223372036854775807,2[(0,4611686018427387903,1),(9999,1,4611686018427387902)]'::backtest_summary AS x) AS t;
SELECT pg_temp.try($$SELECT rollup(x) FROM (VALUES ('1,0,0,0,1[(5,9223372036854775807,0)]'::backtest_summary), ('1,0,0,0,1[(6,1,0)]')) AS v (x)$$);
SELECT pg_temp.try($$SELECT rollup(x) FROM (VALUES ('1,0,1,0,1[(5,9223372036854775807,0,1,0)]'::backtest_summary), ('1,0,1,0,1[(6,1,0,0.0000000000000000000000000001,0)]')) AS v (x)$$);

\echo '-- Stored numbers have short headers; the errors are the same'
CREATE TEMP TABLE stored AS SELECT 12.345678 AS finer, 'NaN'::numeric AS nan, 101.5 AS above;
SELECT backtest_agg(finer, true) FROM stored;
SELECT backtest_agg(nan, true) FROM stored;
SELECT backtest_agg(above, true) FROM stored;
