-- Weights learned from who has left.  Doubles are shown rounded: their last digits are the platform's.
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
CREATE FUNCTION pg_temp.rounded(x float8[], places int) RETURNS numeric[] LANGUAGE sql AS $$ SELECT array_agg(round(u::numeric, places) ORDER BY n) FROM unnest(x) WITH ORDINALITY AS v (u, n) $$;

\echo '-- One signal that is 0 or 1, hardly any ridge: the odds that there are'
-- Of 8 with the signal 2 left, of 12 without it 9: intercept ln(9/3), coefficient ln((2/6) / (9/3)) = -ln 9. Its variance is 1/2 + 1/6 + 1/9 + 1/3.
CREATE TEMP TABLE twenty AS SELECT i > 12 AS has_it, CASE WHEN i > 12 THEN i > 18 ELSE i <= 9 END AS churned FROM generate_series(1, 20) AS i;
SELECT round(((f).intercept - ln(3))::numeric, 6) AS intercept, round(((f).coefficients[1] + ln(9))::numeric, 6) AS coefficient,
       round(((f).std_errors[1] - sqrt(1 / 2.0 + 1 / 6.0 + 1 / 9.0 + 1 / 3.0))::numeric, 6) AS std_error, (f).weights, (f).auc, (f).customers, (f).churned, (f).skipped_rows, (f).ridge
FROM (SELECT fit_health_weights(churned, ARRAY[has_it::int]::float8[], 1e-9) AS f FROM twenty) AS t;
-- AUC by hand: pairs 11 * 9. Left without it (9): 6 kept with it below, 3 tied: 9 * 7.5; left with it (2): 6 tied: 2 * 3. 73.5 / 99
SELECT round(73.5 / 99, 20) AS auc;
-- and the probabilities are the shares
SELECT churn_probability(f, '{0}') AS without, churn_probability(f, '{1}') AS with FROM (SELECT fit_health_weights(churned, ARRAY[has_it::int]::float8[], 1e-9) AS f FROM twenty) AS t;

\echo '-- The maximum: no derivative of the penalised likelihood is left'
CREATE TEMP TABLE rows AS
SELECT i, i * 7919 % 10 + i * 104729 % 97 / 10.0 < 6 + i % 3 AS churned,
       ARRAY[i * 7919 % 10, 5e6 - i % 3 * 1000, (i * 7919 % 10) * 0.1 + i * 31 % 7, 42, i % 11 * 1e-3]::float8[] AS x
FROM generate_series(1, 500) AS i;
CREATE TEMP TABLE fits AS SELECT ridge, (SELECT fit_health_weights(churned, x, ridge) FROM rows) AS f FROM unnest('{0.001,1,50}'::float8[]) AS ridge;
-- Of each standardised signal: sum of (y - p) z less ridge times the coefficient of z. One standard deviation of a constant is 0.
WITH moments AS (SELECT n, avg(v::numeric)::float8 AS mean, stddev_pop(v::numeric)::float8 AS sd FROM rows, unnest(x) WITH ORDINALITY AS u (v, n) GROUP BY n),
     left_over AS (SELECT ridge, f, x, churned::int - 1 / (1 + exp(-((f).intercept + (SELECT sum(c * v) FROM unnest((f).coefficients, x) AS u (c, v))))) AS rest FROM fits, rows),
     slopes AS (SELECT ridge, n, sum(rest * (v - mean)) / nullif(sd, 0) AS slope FROM left_over, unnest(x) WITH ORDINALITY AS u (v, n) JOIN moments USING (n) GROUP BY ridge, n, sd)
SELECT ridge, count(slope) AS signals, max(abs(slope - ridge * (f).coefficients[n] * sd)) < 1e-6 AS at_the_maximum, max(abs(of_intercept)) < 1e-6 AS intercept
FROM slopes JOIN fits USING (ridge) JOIN moments USING (n) JOIN (SELECT ridge, sum(rest) AS of_intercept FROM left_over GROUP BY ridge) AS i USING (ridge) GROUP BY ridge ORDER BY ridge;
-- the more ridge, the less the signals count
SELECT ridge, pg_temp.rounded((f).coefficients, 4) AS coefficients, (f).weights, round((f).auc, 6) AS auc, round((f).auc_held_out, 6) AS auc_held_out FROM fits ORDER BY ridge;
-- AUC over every pair
WITH predicted AS (SELECT churned, (f).intercept + (SELECT sum(c * v ORDER BY n) FROM unnest((f).coefficients, x) WITH ORDINALITY AS u (c, v, n)) AS eta FROM fits, rows WHERE ridge = 1)
SELECT round(avg(CASE WHEN l.eta > k.eta THEN 1 WHEN l.eta = k.eta THEN 0.5 ELSE 0 END), 4) - (SELECT round((f).auc, 4) FROM fits WHERE ridge = 1) AS difference, count(*) AS pairs
FROM predicted AS l JOIN predicted AS k ON l.churned AND NOT k.churned;
-- Held out: each fifth by a model of the others; pairs within a fifth
WITH places AS (SELECT *, (row_number() OVER (ORDER BY churned, x) - 1) % 5 AS fold FROM rows),
     models AS (SELECT fold, (SELECT fit_health_weights(churned, x) FROM places WHERE places.fold <> folds.fold) AS f FROM generate_series(0, 4) AS folds (fold)),
     predicted AS (SELECT fold, churned, (f).intercept + (SELECT sum(c * v ORDER BY n) FROM unnest((f).coefficients, x) WITH ORDINALITY AS u (c, v, n)) AS eta FROM places JOIN models USING (fold))
SELECT round(avg(CASE WHEN l.eta > k.eta THEN 1 WHEN l.eta = k.eta THEN 0.5 ELSE 0 END), 4) - (SELECT round((f).auc_held_out, 4) FROM fits WHERE ridge = 1) AS difference, count(*) AS pairs
FROM predicted AS l JOIN predicted AS k USING (fold) WHERE l.churned AND NOT k.churned;

\echo '-- Neither order nor size of what comes in matters'
SELECT count(DISTINCT f::text) AS one FROM (SELECT fit_health_weights(churned, x ORDER BY i * g % 509) AS f FROM rows, unnest('{1,17,42}'::int[]) AS g GROUP BY g
	UNION ALL SELECT fit_health_weights(churned, x, 1) FROM rows UNION ALL SELECT f FROM fits WHERE ridge = 1) AS t;
SELECT count(DISTINCT ARRAY[(f).weights::text, (f).auc::text, (f).auc_held_out::text]) AS one, count(DISTINCT round(((f).coefficients[1] * factor)::numeric, 6)) AS coefficient
FROM (SELECT factor, fit_health_weights(churned, ARRAY[x[1] * factor - factor * 3, x[3] / factor]) AS f FROM rows, unnest('{1,1024,1e-200,1e300}'::float8[]) AS factor GROUP BY factor) AS t;
-- spilled to disk, hashed and sorted, in parallel workers, many at a time
CREATE TEMP TABLE many AS SELECT i, i % 7 AS g, i * 7919 % 1000 < 300 + i % 5 * 100 AS churned, ARRAY[i % 5, i * 31 % 97, (i * 7 % 3) * 0.5, i % 13]::float8[] AS x FROM generate_series(1, 20000) AS i;
CREATE TEMP TABLE whole AS SELECT g, fit_health_weights(churned, x)::text AS f FROM many GROUP BY g;
SET work_mem = '64kB';
SELECT count(*) AS same FROM whole JOIN (SELECT g, fit_health_weights(churned, x)::text AS f FROM many GROUP BY g) AS t USING (g, f);
SET enable_hashagg = off;
SELECT count(*) AS same FROM whole JOIN (SELECT g, fit_health_weights(churned, x)::text AS f FROM many GROUP BY g) AS t USING (g, f);
SET enable_hashagg = on; SET enable_sort = off;
SELECT count(*) AS same FROM whole JOIN (SELECT g, fit_health_weights(churned, x)::text AS f FROM many GROUP BY g) AS t USING (g, f);
-- a group for each dozen of rows
SELECT count(f) AS fitted, count(DISTINCT (f).customers) AS sizes FROM (SELECT fit_health_weights(churned, x) AS f FROM many GROUP BY i / 12) AS t;
RESET work_mem; RESET enable_sort; RESET enable_hashagg;
-- one sort for two answers
SELECT (fit_health_weights(churned, x)).auc = (fit_health_weights(churned, x)).auc AS same, count(*) FROM many;

\echo '-- Signals that tell everything, nothing, or the same'
-- a signal that tells who leaves without an error stays finite; the model has no error
SELECT (f).coefficients[1] BETWEEN -10 AND 0 AS finite, (f).auc, (f).auc_held_out, (f).weights FROM (SELECT fit_health_weights(i <= 10, ARRAY[i, 7]::float8[]) AS f FROM generate_series(1, 20) AS i) AS t;
SELECT abs((f).coefficients[1]) < 1000 AS finite, (f).auc FROM (SELECT fit_health_weights(i <= 10, ARRAY[i]::float8[], 1e-6) AS f FROM generate_series(1, 20) AS i) AS t;
-- two that say the same share its weight, three do so to the last hundredth
SELECT (f).weights, (f).coefficients[1] = (f).coefficients[2] AS alike FROM (SELECT fit_health_weights(NOT churned, ARRAY[x[1], x[1]]) AS f FROM many) AS t;
SELECT (f).weights FROM (SELECT fit_health_weights(NOT churned, ARRAY[x[1], x[1], x[1]]) AS f FROM many) AS t;
-- only constants: no weights, and AUC of a coin
SELECT (f).coefficients, (f).std_errors, (f).weights, (f).auc, (f).auc_held_out, round((f).intercept::numeric - ln(2.0 / 3), 6) AS intercept FROM (SELECT fit_health_weights(i % 5 < 2, ARRAY[0.1, 1e308]) AS f FROM generate_series(1, 1000) AS i) AS t;
-- one who left: who leaves him out has nobody to learn from
SELECT (f).customers, (f).churned, (f).auc, (f).auc_held_out FROM (SELECT fit_health_weights(i = 1, ARRAY[i]::float8[]) AS f FROM generate_series(1, 4) AS i) AS t;

\echo '-- NULL, one class only and no rows'
SELECT (f).customers, (f).churned, (f).skipped_rows FROM (SELECT fit_health_weights(c, x) AS f FROM (VALUES (true, '{1,2}'::float8[]), (false, '{2,1}'), (NULL, '{5,5}'), (true, NULL), (false, '{NULL,3}'), (true, '{3,NULL}'), (NULL, NULL)) AS v (c, x)) AS t;
SELECT fit_health_weights(true, '{1}') IS NULL AS all_left, fit_health_weights(false, '{1}') IS NULL AS none_left, fit_health_weights(NULL, '{1}') IS NULL AS unknown FROM generate_series(1, 3);
SELECT fit_health_weights(true, '{1}') IS NULL AS no_rows FROM generate_series(1, 0);
SELECT churn_probability(NULL, '{1}'), churn_probability(f, NULL), churn_probability(f, '{1,NULL,1,1,1}') FROM fits WHERE ridge = 1;

\echo '-- Bad input'
SELECT pg_temp.try('SELECT fit_health_weights(' || args || ')') FROM unnest(ARRAY[$$true, '{1,NaN}'$$, $$NULL, '{Infinity}'$$, $$true, '{NULL,-Infinity}'$$, $$true, '{}'$$, $$true, '{{1,2},{3,4}}'$$,
	$$true, x) FROM (VALUES ('{1,2}'::float8[]), ('{1}')) AS v (x$$, $$true, x) FROM (VALUES ('{1}'::float8[]), ('{1,NULL}')) AS v (x$$,
	$$true, x) FROM (SELECT array_agg(i::float8) FROM generate_series(1, 501) AS i) AS v (x$$,
	$$true, '{1}', 0$$, $$true, '{1}', -1$$, $$true, '{1}', 'NaN'$$, $$true, '{1}', 'Infinity'$$, $$true, '{1}', NULL$$, $$true, '{1}', r) FROM (VALUES (1), (2)) AS v (r$$, $$true, ARRAY['a']$$,
	$$i <= 10, ARRAY[i]::float8[], 1e-300) FROM generate_series(1, 20) AS v (i$$, $$i % 2 = 0, ARRAY[i * 1e-310]::float8[]) FROM generate_series(1, 20) AS v (i$$]) AS args;
SELECT pg_temp.try('SELECT churn_probability(f, ' || x || ') FROM fits WHERE ridge = 1') FROM unnest(ARRAY[$$'{1}'$$, $$'{{1,2,3,4,5}}'$$, $$'{1,2,3,4,NaN}'$$, $$'{1,2,3,4,5,6}'$$]) AS x;
SELECT pg_temp.try('SELECT fit_health_weights(churned, x) OVER () FROM many');
SELECT pg_temp.try($$SELECT churn_probability(ROW(a, b, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::health_fit, x) FROM (VALUES (NULL::float8, '{1}'::float8[], '{1}'::float8[])) AS v (a, b, x)$$) AS no_intercept,
       pg_temp.try($$SELECT churn_probability(ROW(0, '{1e300,-1e300}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::health_fit, '{1e300,1e300}')$$) AS overflow,
       pg_temp.try($$SELECT churn_probability(ROW(0, '{1e300}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::health_fit, '{-1e300}')$$) AS never;
