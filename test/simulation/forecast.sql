-- How often the interval of a portfolio's forecast contains what is renewed in truth, and that of one contract the rate
-- in truth of its bin, by simulation.
--
--     psql -X -d SCRATCH -v draws=500 -f test/simulation/forecast.sql
--
-- n past customers, with scores evenly from 0 to 100, left or stayed by the logistic of their score, which at 50 is the
-- given rate, and about 4.5 times the odds at 0. A portfolio of m contracts has scores and outcomes of the same kind, and
-- log-normal ARR with the given sigma. Both are drawn anew each time. Nominal level 95 %.
\set ON_ERROR_STOP on
\if :{?draws} \else \set draws 500 \endif
SET search_path = public, ccx;
SELECT setseed(0.1) \g /dev/null
CREATE TEMP TABLE past AS
SELECT n, churn, draw, backtest_agg(round(s::numeric, 2), random() < p) AS b, backtest_probability_agg(round(s::numeric / 100, 4), false) AS scores
FROM (SELECT n, churn, draw, s, 1 / (1 + exp(-(ln(churn / (1 - churn)) + 1.5 * (50 - s) / 50))) AS p
      FROM unnest('{100,500,3000}'::int[]) AS n, unnest('{0.05,0.15}'::float8[]) AS churn, generate_series(1, :draws) AS draw, LATERAL (SELECT random() * 100 AS s FROM generate_series(1, n)) AS customer) AS c
GROUP BY n, churn, draw;
CREATE TEMP TABLE portfolio AS
SELECT m, sigma, churn, draw, round(s::numeric, 2) AS score, arr, random() < 1 / (1 + exp(-(ln(churn / (1 - churn)) + 1.5 * (50 - s) / 50))) AS lost
FROM unnest('{20,100,500}'::int[]) AS m, unnest('{0.5,1.5}'::float8[]) AS sigma, unnest('{0.05,0.15}'::float8[]) AS churn, generate_series(1, :draws) AS draw,
     LATERAL (SELECT random() * 100 AS s, round((1000 * exp(sigma * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())))::numeric, 2) AS arr FROM generate_series(1, m)) AS contract;
CREATE TEMP TABLE outcome AS
SELECT n, m, sigma, churn, draw, (f).low, (f).expected, (f).high, renewed, (f).arr_due AS due
FROM (SELECT n, m, sigma, p.churn, draw, renewal_forecast_total(b, score, arr) AS f, coalesce(sum(arr) FILTER (WHERE NOT lost), 0) AS renewed
      FROM past AS p JOIN portfolio AS q USING (draw) WHERE p.churn = q.churn GROUP BY n, m, sigma, p.churn, draw) AS t;
SELECT n AS past, m AS contracts, sigma, round(100 * churn::numeric) AS "churn %", round(avg((renewed BETWEEN low AND high)::int), 3) AS covered,
       round(avg((renewed < low)::int), 3) AS "less renewed", round(avg((renewed > high)::int), 3) AS "more renewed",
       round(avg((high - low) / 2 / due::float8)::numeric, 3) AS half_width, round(avg((expected - renewed) / due), 4) AS bias
FROM outcome GROUP BY n, m, sigma, churn ORDER BY n, m, sigma, churn;
SELECT round(avg(covered), 3) AS mean, min(covered) AS least, max(covered) AS most FROM (SELECT avg((renewed BETWEEN low AND high)::int)::numeric(6,3) AS covered FROM outcome GROUP BY n, m, sigma, churn) AS cells;
-- one contract: the rate in truth of its bin is the mean over the customers in it
SELECT n AS past, round(100 * churn::numeric) AS "churn %", round(avg((true_rate BETWEEN 1 - f.high AND 1 - f.low)::int), 3) AS covered
FROM past, calibration(b, 10) AS c, renewal_forecast(b, c.low_value, 1) AS f,
     LATERAL (SELECT sum(customers / (1 + exp(-(ln(churn / (1 - churn)) + 1.5 * (50 - 100 * low_value::float8) / 50)))) / sum(customers) AS true_rate
              FROM calibration(scores, 10000) WHERE low_value * 100 BETWEEN c.low_value AND c.high_value) AS truth
GROUP BY n, churn ORDER BY n, churn;
