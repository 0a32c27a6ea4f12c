-- explain_metric(): what numbers mean.  That every metric has an entry is tested in pgtap/definitions.sql.
SET search_path = public, ccx;

SELECT * FROM explain_metric('nrr');
SELECT item, explanation FROM explain_metric('capture') WHERE item IN ('formula', 'undefined when');

\echo '-- With the numbers of a summary'
-- 100 -> 90, 50 -> -3 that counts as 0, 0 -> 20 new, and a row of nothing: NRR 90 / 150
CREATE TEMP TABLE s AS SELECT retention_agg(o, c, false, 'EUR') AS s FROM (VALUES (100, 90), (50, -3), (0, 20), (NULL, NULL)) AS v (o, c);
SELECT e.* FROM s, explain_metric('nrr', s) WITH ORDINALITY AS e (item, explanation, n) WHERE n > 12;
SELECT m, e.explanation AS value FROM s, unnest('{nrr,grr,revenue_churn_rate,logo_retention,logo_churn_rate,quick_ratio,arpa}'::text[]) AS m, explain_metric(m, s) AS e WHERE item = 'value';
SELECT item, explanation FROM (SELECT mrr_movements_agg(1, month, 10) AS m FROM (VALUES (date '2025-01-01'), ('2025-02-01')) AS v (month)) AS x, retention_summaries(m, '2025-01-01', '2025-02-28') AS r, explain_metric('grr', r.summary) WHERE item IN ('value', 'window', 'currency of these rows', 'rows with a negative amount');
SELECT item, explanation FROM (SELECT retention_agg(0, 5) AS s) AS t, explain_metric('logo_retention', s) WHERE item IN ('value', 'customers at opening', 'customers at closing');
-- without a summary what it means is left
SELECT count(*) FROM explain_metric('grr', NULL);

\echo '-- What is refused'
\set VERBOSITY sqlstate
SELECT * FROM explain_metric('nr');
SELECT * FROM explain_metric(NULL);
SELECT e.* FROM s, explain_metric('nps', s) AS e;
SELECT e.* FROM s, explain_metric('', s) AS e;
\set VERBOSITY default
DO $$
BEGIN
	PERFORM explain_metric(repeat('x', 1000));
EXCEPTION WHEN invalid_parameter_value THEN
	RAISE NOTICE '%', sqlerrm;
END $$;
SELECT e.* FROM s, explain_metric('nps', s) AS e;
