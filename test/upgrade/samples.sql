-- A few values of every type, as text and as bytes: what a release leaves behind for the releases after it to read.
-- Printed in COPY's text format: type, name, value, bytes, description.  The bytes are those of binary COPY and, as
-- is seen to here, those in tables.
SET client_min_messages = warning;
SET search_path = public, ccx;

CREATE TEMP TABLE row AS
SELECT i AS id, i % 5 AS customer, (date '2025-01-31' + make_interval(months => i / 5))::date AS month,
       CASE i % 11 WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 3 THEN i / 1e10 WHEN 4 THEN i * 1e30 + 1e-20 ELSE (i * 37 % 500) / 100.0 END AS opening,
       CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN 0 ELSE (i * 91 % 700) / 100.0 END AS closing, i % 3 = 0 AS seen
FROM generate_series(1, 40) AS i;

CREATE TEMP TABLE value_retention_summary AS
SELECT 'plain' AS name, retention_agg(opening, closing) AS x FROM row WHERE opening < 1e6
UNION ALL SELECT 'wide', retention_agg(opening, closing, seen, 'EUR') FROM row
UNION ALL SELECT 'skipped', retention_agg(NULL, NULL);
CREATE TEMP TABLE value_mrr_history AS
SELECT 'customer ' || customer AS name, mrr_history(month, closing) AS x FROM row GROUP BY customer
UNION ALL SELECT 'subscriptions ' || customer, mrr_history(month, CASE WHEN seen THEN month + 70 END, closing) FROM row WHERE customer < 2 GROUP BY customer
UNION ALL SELECT 'currency', mrr_history(month, closing, 'USD') FROM row WHERE customer = 1
UNION ALL SELECT 'skipped', mrr_history(NULL::date, 1.0);
CREATE TEMP TABLE value_mrr_movements AS
SELECT 'month' AS name, mrr_movements_agg(x) AS x FROM value_mrr_history WHERE name LIKE 'customer %'
UNION ALL SELECT 'quarter', mrr_movements_agg(x, 'quarter:feb') FROM value_mrr_history WHERE name LIKE 'customer %'
UNION ALL SELECT 'trailing', mrr_movements_agg(x, 'month', 'quarter') FROM value_mrr_history WHERE name LIKE 'subscriptions %'
UNION ALL SELECT 'skipped', mrr_movements_agg(x) FROM value_mrr_history WHERE name = 'skipped';
CREATE TEMP TABLE value_activity AS
SELECT 'month' AS name, activity_agg(month) AS x FROM row WHERE customer = 2
UNION ALL SELECT 'week', activity_agg(month + id, 'week:sunday') FROM row WHERE customer = 3
UNION ALL SELECT 'day', activity_agg(month + id, 'day') FROM row WHERE customer = 4
UNION ALL SELECT 'skipped', activity_agg(NULL::date);
CREATE TEMP TABLE value_cohort_matrix AS
SELECT 'month' AS name, cohort_agg(x) AS x FROM (SELECT activity_agg(month + id * 7 % 70) AS x FROM row GROUP BY customer) AS a
UNION ALL SELECT 'age', cohort_agg_by_age(x, 30) FROM (SELECT activity_agg(month + id, 'day') AS x FROM row GROUP BY customer) AS a
UNION ALL SELECT 'brackets', cohort_bracket_agg(x, '{0,1,4,12}', '2026-01-01') FROM (SELECT activity_agg(month) AS x FROM row GROUP BY customer) AS a
UNION ALL SELECT 'revenue', cohort_revenue_agg(x) FROM value_mrr_history WHERE name LIKE 'customer %';
CREATE TEMP TABLE value_survey_summary AS
SELECT scale AS name, survey_agg(CASE WHEN seen THEN 1 + id % 5 END, scale) AS x FROM row, unnest('{nps,1-5,1-7}'::text[]) AS scale GROUP BY scale
UNION ALL SELECT 'skipped', survey_agg(NULL, 'nps');
CREATE TEMP TABLE value_duration_summary AS
SELECT 'day' AS name, duration_agg(month, CASE WHEN seen THEN month + id * 7 % 300 END, date '2026-01-01') AS x FROM row
UNION ALL SELECT 'hour', duration_agg(month::timestamp, CASE WHEN seen THEN month + id * interval '37 minutes' END, timestamp '2026-01-01', 'hour') FROM row
UNION ALL SELECT 'skipped', duration_agg(NULL::date, NULL, NULL);
CREATE TEMP TABLE value_renewal_summary AS
SELECT 'renewals' AS name, renewal_agg(month, coalesce(opening, 1), CASE WHEN NOT seen THEN month + id * 7 % 90 - 20 END, coalesce(closing, 0), date '2025-06-01', 30) AS x FROM row
UNION ALL SELECT 'skipped', renewal_agg(NULL::date, 1, NULL, NULL, '2025-06-01');
CREATE TEMP TABLE value_usage_summary AS
SELECT 'customer ' || customer AS name, usage_agg(month + id, closing) AS x FROM row WHERE customer < 2 GROUP BY customer
UNION ALL SELECT 'zero', usage_agg(month, 0) FROM row
UNION ALL SELECT 'skipped', usage_agg(NULL::date, 1);
CREATE TEMP TABLE value_backtest_summary AS
SELECT 'scores' AS name, backtest_agg(id * 37 % 201 / 2.0, seen) AS x FROM row
UNION ALL SELECT 'arr', backtest_agg(id * 37 % 11 / 2.0, seen, closing) FROM row
UNION ALL SELECT 'probabilities', backtest_probability_agg(id / 100.0, seen) FROM row
UNION ALL SELECT 'skipped', backtest_agg(NULL, true);
CREATE TEMP TABLE value_health_summary AS
SELECT 'customer' AS name, health_agg('signal ' || id, opening, coalesce(closing, 1)) AS x FROM row WHERE customer = 1
UNION ALL SELECT 'names', health_agg(s, 1, 1) FROM unnest(ARRAY['', 'a"b\c', E'a\tb\n']) AS s
UNION ALL SELECT 'all', rollup(x) FROM (SELECT health_agg('region ' || customer, closing, 1) AS x FROM row GROUP BY id) AS x
UNION ALL SELECT 'skipped', health_agg(NULL, 1, 1);

CREATE TEMP TABLE printed (type text, name text, value text, bytes bytea CHECK (bytes = stored), description jsonb, stored bytea);
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN
		SELECT typname FROM pg_type WHERE typnamespace = 'ccx'::regnamespace AND typtype = 'b' AND typcategory <> 'A' ORDER BY typname COLLATE "C"
	LOOP
		EXECUTE format('CREATE CAST (ccx.%I AS bytea) WITHOUT FUNCTION', t.typname);
		-- a type without values here fails: add some above
		EXECUTE format('INSERT INTO printed SELECT %L, name, x::text, ccx.%I(x), ccx.describe(x), x::bytea FROM value_%s', t.typname, t.typname || '_send', t.typname);
		EXECUTE format('DROP CAST (ccx.%I AS bytea)', t.typname);
	END LOOP;
END $$;
COPY (SELECT type, name, value, bytes, description FROM printed ORDER BY type COLLATE "C", name COLLATE "C") TO STDOUT;
