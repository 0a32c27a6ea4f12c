-- What the drivers of BI tools look at: a metric view of every kind with all that belongs to it (schema metrics), and
-- views that they must complain about (schema traps).  The role reader has SELECT on plain views and nothing else.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION ccx;
CREATE SCHEMA source;
CREATE SCHEMA metrics;
CREATE SCHEMA traps;
SET search_path = source, ccx;

-- Names longer than what a driver's default may cut, in several scripts; and none at all.
CREATE TABLE account (customer text PRIMARY KEY, segment text, region text);
INSERT INTO account
SELECT CASE WHEN i % 10 = 0 THEN 'Kunde ' || i || ' – ' || repeat('Müller & Söhne 株式会社 ', 16) ELSE 'customer ' || i END,
       (ARRAY['Enterprise ' || repeat('long ', 64) || 'end', 'Größe «mittel» 中型企業 😀 ''quoted"', 'back\slash, 100 % _under_', NULL])[1 + i % 4],
       (ARRAY['EMEA', 'AMER', ''])[1 + i % 3]
FROM generate_series(1, 60) AS i;

CREATE FUNCTION who(i int) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT customer FROM (SELECT customer, row_number() OVER (ORDER BY customer) AS n FROM account) AS a WHERE n = 1 + i % 60 $$;
CREATE TABLE snapshot AS
SELECT who(c) AS customer, (date '2024-01-01' + make_interval(months => m))::date AS month,
       CASE WHEN c = 7 THEN 12345678901234567.123456 ELSE 100 + (c * 7 + m * m) % 50 + 0.01 END AS mrr
FROM generate_series(0, 59) AS c, generate_series(0, 17) AS m WHERE m >= c % 7 AND (c * m) % 11 <> 3 AND m < 6 + c % 13;
CREATE TABLE answer AS SELECT who(i) AS customer, date '2024-01-01' + i AS answered, (i * 7) % 11 AS score FROM generate_series(1, 300) AS i;
CREATE TABLE satisfaction AS SELECT customer, answered, 1 + score % 5 AS score, 1 + score % 7 AS effort FROM answer;
CREATE TABLE renewal AS
SELECT who(i) AS customer, date '2024-01-01' + i * 4 AS due, 1000 + i AS arr,
       CASE WHEN i % 3 > 0 THEN date '2024-01-01' + i * 4 + i % 50 - 10 END AS signed, CASE WHEN i % 3 > 0 THEN 900 + i * 2 END AS signed_arr
FROM generate_series(1, 120) AS i
UNION ALL SELECT who(i), current_date + i, 1000, NULL, NULL FROM generate_series(1, 9) AS i;
CREATE TABLE milestone AS
SELECT who(i) AS customer, date '2024-01-01' + i * 5 AS started, CASE WHEN i % 4 > 0 THEN date '2024-01-01' + i * 5 + i % 60 END AS arrived
FROM generate_series(1, 60) AS i;
CREATE TABLE event AS
SELECT who(c) AS customer, date '2024-01-01' + d AS day, CASE WHEN c < 5 AND d > 340 THEN 0 ELSE 20 + (c * d) % 3 END AS n
FROM generate_series(0, 30) AS c, generate_series(0, 365) AS d;
CREATE TABLE signal AS
SELECT who(c) AS customer, s AS name, CASE WHEN c % 7 > 0 OR s <> 'nps' THEN (c * length(s) * 13) % 101 END AS score, length(s) AS weight
FROM generate_series(0, 59) AS c, unnest('{usage,nps,tickets}'::text[]) AS s;

SELECT create_metric_view('metrics.' || v.name, v.kind, v.source::regclass, customer => 'customer', at => v.at, amount => v.amount,
       valid_to => NULL, done => v.done, renewed_on => v.renewed_on, renewed_amount => v.renewed_amount, signal => v.signal, weight => v.weight,
       scale => v.scale, step => v.step, dimensions => '{segment,region}', dimensions_from => 'account')
FROM (VALUES
	('movements', 'movements', 'snapshot', 'month', 'mrr', NULL, NULL, NULL, NULL, NULL, NULL, 'month'),
	('fiscal', 'movements', 'snapshot', 'month', 'mrr', NULL, NULL, NULL, NULL, NULL, NULL, 'quarter:feb'),
	('cohort', 'cohort', 'snapshot', 'month', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'month'),
	('revenue_cohort', 'revenue_cohort', 'snapshot', 'month', 'mrr', NULL, NULL, NULL, NULL, NULL, NULL, 'month'),
	('nps', 'survey', 'answer', 'answered', 'score', NULL, NULL, NULL, NULL, NULL, 'nps', 'month'),
	('csat', 'survey', 'satisfaction', 'answered', 'score', NULL, NULL, NULL, NULL, NULL, '1-5', 'quarter'),
	('ces', 'survey', 'satisfaction', 'answered', 'effort', NULL, NULL, NULL, NULL, NULL, '1-7', 'year:apr'),
	('renewals', 'renewal', 'renewal', 'due', 'arr', NULL, 'signed', 'signed_arr', NULL, NULL, NULL, 'quarter'),
	('time_to_value', 'duration', 'milestone', 'started', NULL, 'arrived', NULL, NULL, NULL, NULL, NULL, 'quarter'),
	('usage', 'usage', 'event', 'day', 'n', NULL, NULL, NULL, NULL, NULL, NULL, 'month'),
	('health', 'health', 'signal', NULL, 'score', NULL, NULL, NULL, 'name', 'weight', NULL, 'month'))
	AS v (name, kind, source, at, amount, done, renewed_on, renewed_amount, signal, weight, scale, step);
SELECT close_period('metrics.movements', '2024-06-30');
SELECT close_period('metrics.cohort', '2025-06-30');
SELECT publish_view('metrics.movements', 3), publish_view('metrics.health', 3);

-- the traps: what none of our views is
CREATE TYPE traps.mood AS ENUM ('glad', 'sad');
CREATE VIEW traps.custom_type AS SELECT segment, summary FROM metrics.cohort_summaries;
CREATE VIEW traps.enum_type AS SELECT 'glad'::traps.mood AS mood;
CREATE VIEW traps.array_type AS SELECT '{1,2}'::int[] AS list;
CREATE VIEW traps.interval_type AS SELECT interval '1 day' AS age;
CREATE MATERIALIZED VIEW traps.materialized AS SELECT 1 AS one;
CREATE VIEW traps.not_a_number AS SELECT float8 'NaN' AS ratio UNION ALL SELECT 'Infinity';
CREATE VIEW traps.numeric_nan AS SELECT 'NaN'::numeric(24,6) AS ratio;
DO $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT c.oid::regclass AS view, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid WHERE c.relnamespace = 'traps'::regnamespace AND c.relkind = 'v' LOOP
		EXECUTE format('COMMENT ON VIEW %s IS %L', r.view, 'a trap');
		EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', r.view, r.attname, 'a trap');
	END LOOP;
END $$;
CREATE VIEW traps.no_comment AS SELECT 1 AS one;
COMMENT ON VIEW traps.no_comment IS 'a trap';

CREATE ROLE reader LOGIN PASSWORD 'reader';
GRANT USAGE ON SCHEMA metrics, traps TO reader;
GRANT SELECT ON traps.materialized TO reader;
SELECT format('GRANT SELECT ON %s TO reader', c.oid::regclass) FROM pg_class AS c
WHERE c.relnamespace IN ('metrics'::regnamespace, 'traps'::regnamespace) AND c.relkind = 'v' AND c.relname !~ '_(source|dimensions)$'
-- metric_views shows those whose definition one may read
UNION ALL SELECT format('GRANT SELECT ON %s TO reader', c.oid::regclass) FROM pg_class AS c WHERE c.reloftype = 'metric_view_definition'::regtype
\gexec
