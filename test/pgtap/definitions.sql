-- Every metric is explained, and whatever is explained is there.
--
-- A public function that gives a figure has an entry in metric_definitions() under its own name, or is listed below with
-- what it is instead.  A failing test lists what is missing.
BEGIN;
\set QUIET on
SET client_min_messages = warning;
SET search_path = public, ccx;
SELECT no_plan();

-- not metrics, by pattern of the name
CREATE TEMP TABLE other (pattern text, what text);
INSERT INTO other VALUES
    ('.*_(mrr|arr|customers|count|rows|signals|churned|responses|summaries|periods)', 'a count or an amount that metrics are made of'),
    ('(promoters|passives|detractors|responses|reactivations|skipped_rows)', 'a count that metrics are made of'),
    ('.*_agg(_by|_by_age)?|mrr_movements_by|mrr_history|cohort_retention|rollup|describe', 'makes, adds or shows a value that metrics are read from'),
    ('movements|(first|last)_period|is_active|first_day|last_day|.*_table', 'shows what a value holds'),
    ('usage_(total|days|by_day|by_week)', 'shows what a value holds'),
    ('period_(start|end)', 'calendar'),
    ('convert_amount', 'prepares amounts for every metric'),
    ('(create|drop)_metric_view|refresh|refresh_all|refreshed_at|staleness|verify|close_period|restatements|publish_view|erase_customer', 'metric views'),
    ('metric_definitions|explain_metric(_view)?', 'this');

-- as in contract.sql: what SQL does not call by itself
CREATE TEMP VIEW figure AS
SELECT DISTINCT p.proname::text AS name
FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON e.oid = d.refobjid
WHERE e.extname = 'ccx' AND p.proname !~ '^metric_view_'
  AND p.oid NOT IN (SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze]::oid[]) FROM pg_type)
  AND p.oid NOT IN (SELECT unnest(ARRAY[oprcode, oprrest, oprjoin]::oid[]) FROM pg_operator)
  AND p.oid NOT IN (SELECT amproc FROM pg_amproc)
  AND p.oid NOT IN (SELECT unnest(ARRAY[aggtransfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn]::oid[]) FROM pg_aggregate)
  AND NOT (p.proname LIKE '%\_final' AND p.oid IN (SELECT unnest(ARRAY[aggfinalfn, aggmfinalfn]::oid[]) FROM pg_aggregate));

SELECT is_empty($$SELECT name FROM figure AS f WHERE name NOT IN (SELECT metric FROM metric_definitions())
    AND NOT EXISTS (SELECT FROM other WHERE f.name ~ format('^(%s)$', pattern)) ORDER BY name$$, 'every metric is explained');
SELECT is_empty($$SELECT metric FROM metric_definitions() WHERE metric NOT IN (SELECT name FROM figure)$$, 'everything explained is a function');
SELECT is_empty($$SELECT metric FROM metric_definitions() AS m WHERE EXISTS (SELECT FROM other WHERE m.metric ~ format('^(%s)$', pattern)) AND metric NOT IN ('cohort_table')$$,
    'nothing is both');
SELECT is_empty($$SELECT metric FROM metric_definitions() GROUP BY metric HAVING count(*) > 1$$, 'once each');
SELECT is_empty($$SELECT metric, e.key FROM metric_definitions() AS m, jsonb_each_text(to_jsonb(m)) AS e WHERE coalesce(btrim(e.value), '') = ''$$, 'no item is empty');
SELECT is_empty($$SELECT metric FROM metric_definitions() WHERE version < 1$$, 'versions');
SELECT is_empty($$SELECT metric FROM metric_definitions() AS m, explain_metric(m.metric) AS e WHERE e.item = 'formula' AND e.explanation <> m.formula$$, 'and can be asked for');
-- metrics of amounts say which currency, and only they do
SELECT is_empty($$SELECT metric FROM metric_definitions() WHERE currency LIKE 'one per group%' AND metric ~ '^(nps|csat|ces|auc|brier|sla_)'$$, 'answers and tickets have no currency');

SELECT * FROM finish();
ROLLBACK;
