-- Views of a metric view that name customers: history, top movers, at risk.
CREATE SCHEMA shop;
SET search_path = shop, ccx, public;
SET client_min_messages = warning;

CREATE TABLE account (customer int PRIMARY KEY, region text);
INSERT INTO account SELECT i, (ARRAY['AMER', 'EMEA', NULL])[1 + i % 3] FROM generate_series(1, 200) AS i;
CREATE TABLE snapshot (customer int, month date, mrr numeric, plan text);
INSERT INTO snapshot
SELECT c, (date '2024-02-01' + make_interval(months => m) - interval '1 day')::date, 100 + (c * 7 + m * m * 3) % 50, CASE WHEN (c + m / 6) % 2 = 0 THEN 'basic' ELSE 'pro' END
FROM generate_series(1, 90) AS c, generate_series(0, 11) AS m WHERE m >= c % 7 AND (c * m) % 11 <> 3 AND (c % 5 > 0 OR m < 10);
INSERT INTO snapshot VALUES (91, '2024-01-31', 0.00000001, 'pro'), (91, '2024-12-31', 1e20, 'pro'), (NULL, '2024-05-31', 7, 'pro');
CREATE TABLE signal (customer text, name text, score numeric, weight numeric);
INSERT INTO signal VALUES ('good', 'usage', 90, 2), ('good', 'nps', 80, 1), ('bad', 'usage', 10, 2), ('bad', 'nps', 20, 1), ('bad', 'tickets', NULL, 1),
  ('tie', 'b', 40, 1), ('tie', 'a', 40, 1), ('edge', 'usage', 50, 1), ('above', 'usage', 50.01, 1), ('silent', 'usage', NULL, 1);
CREATE TABLE renewal (customer text, due date, arr numeric, signed date, signed_arr numeric);
INSERT INTO renewal VALUES ('lost', current_date - 20, 100, NULL, NULL), ('within grace', current_date - 14, 200, NULL, NULL), ('past grace', current_date - 15, 200, NULL, NULL),
  ('signed', current_date + 5, 300, current_date - 1, 300), ('signed tomorrow', current_date + 6, 400, current_date + 1, 1), ('far', current_date + 900, 500, NULL, NULL),
  (NULL, current_date + 1, 600, NULL, NULL), ('no amount', current_date + 1, NULL, NULL, NULL), ('no day', NULL, 1, NULL, NULL);
CREATE TABLE event (customer uuid, day date, n int, site text);
INSERT INTO event SELECT ('00000000-0000-0000-0000-00000000000' || c)::uuid, d::date,
  CASE c WHEN 1 THEN 10 WHEN 2 THEN CASE WHEN d < '2024-05-20' THEN 10 ELSE 1 END WHEN 3 THEN CASE WHEN d < '2024-05-20' THEN 10 ELSE -5 END ELSE 10 END,
  CASE WHEN d < '2024-04-01' THEN 'old' ELSE 'new' END
FROM generate_series(1, 4) AS c, generate_series(timestamp '2024-01-01', '2024-06-16', '1 day') AS d WHERE c < 4 OR d > '2024-04-20';

SELECT create_metric_view('movements', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{plan}', mode => 'incremental');
SELECT create_metric_view('movements_full', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{plan}');
SELECT create_metric_view('regions', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{region}', dimensions_from => 'account', step => 'quarter', include_partial => true, mode => 'incremental');
SELECT create_metric_view('usage', 'usage', 'event', customer => 'customer', at => 'day', amount => 'n', dimensions => '{site}', mode => 'incremental');
SELECT create_metric_view('health', 'health', 'signal', customer => 'customer', signal => 'name', amount => 'score', weight => 'weight', mode => 'incremental');
SELECT create_metric_view('health_full', 'health', 'signal', customer => 'customer', signal => 'name', amount => 'score', weight => 'weight');
SELECT create_metric_view('renewals', 'renewal', 'renewal', customer => 'customer', at => 'due', amount => 'arr', renewed_on => 'signed', renewed_amount => 'signed_arr', grace => 14);
SELECT create_metric_view('nobody', 'renewal', 'renewal', at => 'due', amount => 'arr', renewed_on => 'signed', renewed_amount => 'signed_arr');
SELECT create_metric_view('empty', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', with_data => false);

-- which there are, of standard types, each column with a comment
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, col_description(c.oid, a.attnum) AS comment
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE c.relnamespace = 'shop'::regnamespace AND c.relkind = 'v' AND c.relname ~ '^(movements|usage|health|renewals|nobody)_(customer_history|top_movers|at_risk)$'
ORDER BY c.relname, a.attnum;
SELECT relname, obj_description(oid) FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relname ~ '_(customer_history|top_movers|at_risk)$' AND relkind = 'v' AND obj_description(oid) IS NULL;

-- one customer, with what only looks like it beside it; kept values and source agree
SELECT customer, plan, period, round(opening, 8) AS opening, round(closing, 8) AS closing, movement FROM movements_customer_history WHERE customer = '10' ORDER BY period;
SELECT * FROM movements_customer_history WHERE customer = '91' ORDER BY period;
SELECT count(*) > 500 AS many FROM movements_customer_history;
(TABLE movements_customer_history EXCEPT TABLE movements_full_customer_history) UNION ALL (TABLE movements_full_customer_history EXCEPT TABLE movements_customer_history);

-- customers add up to the view, movement by movement, edges and dying segments included
CREATE FUNCTION apart(history text, rows_of text, dimension text, unit text) RETURNS TABLE (periods bigint, apart bigint) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format($q$
		SELECT count(*), count(*) FILTER (WHERE ROW(v.opening_%4$s, v.closing_%4$s, v.new_%4$s, v.reactivation_%4$s, v.expansion_%4$s, v.contraction_%4$s, v.churned_%4$s,
				v.opening_customers, v.closing_customers, v.new_customers, v.reactivation_customers, v.expansion_customers, v.contraction_customers, v.churned_customers)
			IS DISTINCT FROM ROW(coalesce(h.o, 0), coalesce(h.c, 0), coalesce(h.n, 0), coalesce(h.r, 0), coalesce(h.e, 0), coalesce(h.k, 0), coalesce(h.l, 0),
				coalesce(h.oc, 0), coalesce(h.cc, 0), coalesce(h.nc, 0), coalesce(h.rc, 0), coalesce(h.ec, 0), coalesce(h.kc, 0), coalesce(h.lc, 0)))
		FROM %2$s AS v FULL JOIN (
			SELECT period, %3$I, sum(opening) AS o, sum(closing) AS c,
				sum(closing) FILTER (WHERE movement = 'new') AS n, sum(closing) FILTER (WHERE movement = 'reactivation') AS r,
				sum(closing - opening) FILTER (WHERE movement = 'expansion') AS e, sum(opening - closing) FILTER (WHERE movement = 'contraction') AS k,
				sum(opening) FILTER (WHERE movement = 'churn') AS l,
				count(*) FILTER (WHERE opening > 0) AS oc, count(*) FILTER (WHERE closing > 0) AS cc,
				count(*) FILTER (WHERE movement = 'new') AS nc, count(*) FILTER (WHERE movement = 'reactivation') AS rc, count(*) FILTER (WHERE movement = 'expansion') AS ec,
				count(*) FILTER (WHERE movement = 'contraction') AS kc, count(*) FILTER (WHERE movement = 'churn') AS lc
			FROM %1$s GROUP BY period, %3$I) AS h USING (period, %3$I)$q$, history, rows_of, dimension, unit);
END $$;
SELECT * FROM apart('movements_customer_history', 'movements', 'plan', 'mrr');
SELECT * FROM apart('movements_full_customer_history', 'movements_full', 'plan', 'mrr');
SELECT * FROM apart('regions_customer_history', 'regions', 'region', 'mrr');
SELECT * FROM apart('usage_customer_history', 'usage', 'site', 'usage');

-- the index is used, whatever the type of the customer, and the key of the source where nothing is kept
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Index Cond' THEN
			RETURN NEXT btrim(line);
		END IF;
	END LOOP;
END $$;
CREATE INDEX ON signal (customer);
SET enable_seqscan = off;
SELECT plan_of($$SELECT * FROM movements_customer_history WHERE customer = '10'$$);
SELECT plan_of($$SELECT * FROM usage_customer_history WHERE customer = '00000000-0000-0000-0000-000000000001'$$);
CREATE INDEX ON snapshot ((customer::text));
SELECT plan_of($$SELECT * FROM movements_full_customer_history WHERE customer = '10'$$);
SELECT plan_of($$SELECT * FROM health_full_at_risk WHERE customer = 'bad'$$);
RESET enable_seqscan;

-- the largest changes of the last period; more than 50 are there
SELECT customer, plan, period, round(opening, 2) AS opening, round(closing, 2) AS closing, round(change, 2) AS change, movement FROM movements_top_movers LIMIT 4;
SELECT count(*), count(DISTINCT period), min(period) = (SELECT max(period) FROM movements) AS last FROM movements_top_movers;
SELECT count(*) FILTER (WHERE movement <> 'unchanged') > 50 AS more FROM movements_customer_history WHERE period = (SELECT max(period) FROM movements);
SELECT count(*) AS larger FROM movements_customer_history AS h
WHERE period = (SELECT max(period) FROM movements) AND abs(closing - opening) > (SELECT min(abs(change)) FROM movements_top_movers)
  AND NOT EXISTS (SELECT FROM movements_top_movers AS t WHERE t.customer = h.customer);

-- at risk
SELECT * FROM health_at_risk;
(TABLE health_at_risk EXCEPT TABLE health_full_at_risk) UNION ALL (TABLE health_full_at_risk EXCEPT TABLE health_at_risk);
SELECT customer, due_on - current_date AS due_in, round(arr) AS arr FROM renewals_at_risk;
SELECT sum(round(arr)) + 300 + 600 AS open_arr, (SELECT sum(round(open_arr)) FROM renewals) AS of_view FROM renewals_at_risk;
SELECT customer, site, as_of, usage_drop, round(weekly_usage, 2) AS weekly_usage, last_used_on FROM usage_at_risk;
SELECT customer, usage_drop(usage_agg(day, n), 4, 12, '2024-06-16') > 3 AS dropped FROM event WHERE n >= 0 GROUP BY customer ORDER BY customer;

-- nothing before the first refresh; kept values follow the refresh
SELECT count(*) FROM empty_customer_history;
SELECT count(*) FROM empty_top_movers;
SELECT status FROM refresh('empty');
SELECT count(*) > 500 AS filled FROM empty_customer_history;
UPDATE signal SET score = 100 WHERE customer = 'bad';
SELECT customer FROM health_at_risk;
SELECT status FROM refresh('health');
SELECT customer FROM health_at_risk;

-- a reader needs nothing but SELECT on the view
CREATE ROLE regress_extra_reader;
GRANT USAGE ON SCHEMA shop TO regress_extra_reader;
GRANT SELECT ON movements_customer_history, usage_at_risk TO regress_extra_reader;
SET ROLE regress_extra_reader;
SELECT count(*) > 500 AS many FROM shop.movements_customer_history;
SELECT count(*) FROM shop.usage_at_risk;
SELECT count(*) FROM shop.health_at_risk;
RESET ROLE;
DROP OWNED BY regress_extra_reader;
DROP ROLE regress_extra_reader;

-- a customer of the dimensions that the source cannot have; a dimension called as verify() calls its tables
CREATE TABLE narrow AS SELECT c AS customer, month::date, 1::numeric AS mrr FROM generate_series(1, 300) AS c, generate_series(timestamp '2024-01-01', '2024-03-01', '1 month') AS month;
CREATE TABLE wide (customer bigint PRIMARY KEY, t text);
INSERT INTO wide SELECT c, 'a' FROM generate_series(1, 300) AS c;
SELECT create_metric_view('fitting', 'movements', 'narrow', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental', dimensions => '{t}', dimensions_from => 'wide');
INSERT INTO wide VALUES (9999999999, 'b');
SELECT status, message FROM refresh('fitting');
UPDATE narrow SET mrr = 2 WHERE customer = 1;
SELECT status, message FROM refresh('fitting');
SELECT count(*) FROM verify('fitting');
SELECT drop_metric_view('fitting');

-- names that are taken; long ones
ALTER TABLE account RENAME region TO movement;
\set SHOW_CONTEXT never
SELECT create_metric_view('x', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{movement}', dimensions_from => 'account');
SELECT create_metric_view('"Health of ''all'' our ""dear"" customers, by the name they have now"', 'health', 'signal', customer => 'customer', signal => 'name', amount => 'score', weight => 'weight');
SELECT count(*) FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relname LIKE 'Health of %\_at\_risk';

-- dropped with the metric view
SELECT count(drop_metric_view(view::regclass)) FROM metric_views;
SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'v';
DROP SCHEMA shop CASCADE;
