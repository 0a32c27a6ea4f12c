-- What sqlsmith makes queries over: small tables with awkward rows, values of every type of ccx in columns, metric views
-- of every kind (from test/upgrade/metric_views.sql), all of it an ordinary role's.
SET client_min_messages = warning;
CREATE ROLE smith LOGIN;
GRANT CREATE, TEMPORARY ON DATABASE smith TO smith;
GRANT ALL ON SCHEMA public TO smith;
SET SESSION AUTHORIZATION smith;
SET search_path = public, ccx;

\ir ../upgrade/metric_views.sql

CREATE TABLE row AS
SELECT i AS id, i % 5 AS customer, (date '2025-01-31' + make_interval(months => i / 5))::date AS month, CASE WHEN i % 3 > 0 THEN date '2025-02-01' + i * 7 END AS done,
       CASE i % 11 WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 3 THEN i / 1e10 WHEN 4 THEN i * 1e30 + 1e-20 WHEN 5 THEN 'NaN' ELSE (i * 37 % 500) / 100.0 END AS opening,
       CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN 0 ELSE (i * 91 % 700) / 100.0 END AS closing, i % 3 = 0 AS seen, ARRAY[i, i % 7]::float8[] AS signals,
       (ARRAY['EUR', 'a"b\c', '', NULL])[1 + i % 4] AS name
FROM generate_series(1, 40) AS i;
INSERT INTO row VALUES (NULL, NULL, 'infinity', '-infinity', 'Infinity', 'NaN', NULL, '{}', 'nrr'), (2147483647, -2147483648, '4713-01-01 BC', '5874897-12-31', 1e100, -1e-100, true, '{NaN}', 'month');

-- Words and numbers that functions take, so that some calls get past the first check.
CREATE TABLE word (step text, basis text, scale text, periods int, share numeric, cuts numeric[], names text[], day date, since timestamptz);
INSERT INTO word VALUES ('month', 'opening', 'nps', 3, 0.5, '{50,75}', '{red,yellow,green}', '2025-04-01', '2025-04-01'), ('quarter:feb', 'calendar', '1-5', 0, 0.1, '{1}', '{a,b}', '2024-02-29', '2024-02-29'),
	('week:sunday', '', '1-7', -1, 1, '{}', '{}', 'infinity', '-infinity'), ('day', NULL, NULL, 2147483647, 'NaN', NULL, '{NULL}', '2025-12-31', NULL);

CREATE TABLE retention AS SELECT customer, retention_agg(opening, closing, seen, 'EUR') AS x FROM row WHERE opening < 1e40 AND closing < 1e40 GROUP BY customer UNION ALL SELECT NULL, retention_agg(NULL, NULL);
CREATE TABLE history AS SELECT customer, mrr_history(month, closing) AS x FROM row WHERE closing < 1e40 GROUP BY customer UNION ALL SELECT NULL, mrr_history(NULL::date, 1.0);
CREATE TABLE movement AS SELECT step, mrr_movements_agg(x, step) AS x FROM history, unnest('{month,quarter:feb,year}'::text[]) AS step GROUP BY step;
CREATE TABLE active AS SELECT customer, activity_agg(month) AS x FROM row WHERE id < 100 GROUP BY customer UNION ALL SELECT NULL, activity_agg(NULL::date);
CREATE TABLE cohort AS SELECT 'month' AS name, cohort_agg(x) AS x FROM active UNION ALL SELECT 'revenue', cohort_revenue_agg(x) FROM history;
CREATE TABLE survey AS SELECT scale, survey_agg(1 + id % 5, scale) AS x FROM row, unnest('{nps,1-5,1-7}'::text[]) AS scale WHERE id < 100 GROUP BY scale;
CREATE TABLE duration AS SELECT seen, duration_agg(month, month + id, date '2026-01-01') AS x FROM row WHERE id < 100 GROUP BY seen;
CREATE TABLE renewal AS SELECT seen, renewal_agg(month, 1 + id, CASE WHEN seen THEN month + id END, id, date '2025-06-01', 30) AS x FROM row WHERE id < 100 GROUP BY seen;
CREATE TABLE backtest AS SELECT 'scores' AS name, backtest_agg(id * 37 % 201 / 2.0, seen) AS x FROM row WHERE id < 100 UNION ALL SELECT 'arr', backtest_agg(id % 9, seen, id) FROM row WHERE id < 100
	UNION ALL SELECT 'probabilities', backtest_probability_agg(id / 100.0, seen) FROM row WHERE id < 100;
CREATE TABLE health AS SELECT customer, health_agg('signal ' || id, id, 1) AS x FROM row WHERE id < 100 GROUP BY customer;
CREATE TABLE usage AS SELECT customer, usage_agg(month, closing) AS x FROM row WHERE id < 100 GROUP BY customer;
ANALYZE;
