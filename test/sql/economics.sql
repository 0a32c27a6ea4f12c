-- Unit economics and shares.  Figures worked by hand stand in the comment before the query.
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

\echo '-- Lifetime value'
-- 100 / 0.02 = 5000; with a margin of 0.8 4000; 100 * 0.8 / 0.03 = 2666.666...; all leave at once: 100
SELECT ltv(100, 0.02), ltv(100, 0.02, 0.8), ltv(100, 0.03, 0.8), ltv(100, 1), ltv(100, 0.02, 1) = ltv(100, 0.02) AS same, ltv(0, 0.5), ltv(100, 0.5, 0), ltv(100, 0.5, -0.1);
-- without churn there is no end to it: not 0, not infinite, not that of another churn rate
SELECT ltv(100, 0), ltv(100, -0.01), ltv(100, 0, 0.8), ltv(NULL, 0.02), ltv(100, NULL), ltv(100, 0.02, NULL);
SELECT pg_temp.try('SELECT ' || call) FROM unnest('{"ltv(100, 1.0001)","ltv(100, 2, 0.8)","ltv(100, 0.02, 80)","ltv(''NaN'', 0.02)","ltv(100, ''NaN'')","ltv(100, ''infinity'')","ltv(100, 0, ''-infinity'')","ltv(100::float8, 0.02::float8)"}'::text[]) AS call;
-- exact at any size
SELECT ltv(1e30, 1e-10), ltv(1e-30, 1), ltv(0.00000000000000000001, 1, 0.5);

\echo '-- CAC payback'
-- 12000 / (1000 * 0.8) = 15; 1000 / (300 * 0.7) = 4.7619...
SELECT cac_payback_months(12000, 1000, 0.8), cac_payback_months(1000, 300, 0.7), cac_payback_months(0, 1000, 0.8), cac_payback_months(1000, 1000, 1);
SELECT cac_payback_months(1000, 0, 0.8), cac_payback_months(1000, 100, 0), cac_payback_months(1000, -5, 0.8), cac_payback_months(1000, 5, -0.1), cac_payback_months(1000, -5, -0.1) AS both,
       cac_payback_months(NULL, 1, 1), cac_payback_months(1, NULL, 1), cac_payback_months(1, 1, NULL);
SELECT pg_temp.try('SELECT ' || call) FROM unnest('{"cac_payback_months(1000, 100, 80)","cac_payback_months(''NaN'', 0, 0)","cac_payback_months(1, ''infinity'', 1)","cac_payback_months(1, 1, ''NaN'')"}'::text[]) AS call;

\echo '-- Gross margin'
-- (100 - 20) / 100; (3 - 1) / 3; a loss; services are often sold below cost
SELECT gross_margin(100, 20), gross_margin(3, 1), gross_margin(100, 130), gross_margin(100, 0), gross_margin(100, -10), gross_margin(0, 10), gross_margin(0, 0), gross_margin(NULL, 1), gross_margin(1, NULL);
SELECT pg_temp.try('SELECT ' || call) FROM unnest('{"gross_margin(''NaN'', 1)","gross_margin(0, ''infinity'')"}'::text[]) AS call;

\echo '-- Shares'
-- 2 met, 1 breached, 2 open: 2/3
SELECT sla_attainment(met) FROM unnest('{t,t,f,NULL,NULL}'::bool[]) AS met;
SELECT sla_attainment(met) AS open_only, sla_attainment(met) FILTER (WHERE false) AS none FROM unnest('{NULL,NULL}'::bool[]) AS met;
SELECT sla_attainment(true) AS all_met, sla_attainment(false) AS none_met FROM generate_series(1, 3);
-- of three active ones one is referenceable; who has left, and is, is no advocate; NULL is no
CREATE TEMP TABLE pairs (a bool, b bool);
INSERT INTO pairs VALUES (true, true), (true, false), (true, NULL), (false, true), (NULL, true), (NULL, NULL);
SELECT advocacy_rate(a, b), adoption_rate(a, b), advocacy_rate(b, a) FROM pairs;
SELECT advocacy_rate(a, b) AS nobody_active, adoption_rate(a, b) FILTER (WHERE false) AS no_rows FROM pairs WHERE a IS NOT TRUE;
SELECT adoption_rate(a, b) OVER (ORDER BY a, b ROWS 2 PRECEDING) FROM pairs ORDER BY a, b;
SELECT pg_typeof(ltv(1, 1)), pg_typeof(cac_payback_months(1, 1, 1)), pg_typeof(gross_margin(1, 1)), pg_typeof(sla_attainment(true)), pg_typeof(advocacy_rate(true, true));

\echo '-- Support functions called directly'
SELECT sla_accum('{1,0}', true), share_accum('{1,0}', true, false), share_accum(NULL, true, true), share_combine('{5,3}', '{2,1}'), share_final('{4,1}'), share_final('{0,0}');
SELECT pg_temp.try('SELECT ' || call) FROM unnest(ARRAY['sla_accum(''{}'', true)', 'sla_accum(''{1}'', true)', 'sla_accum(''{1,NULL}'', true)', 'sla_accum(''{{1,0},{1,0}}'', true)', 'share_accum(''{1,2}'', true, true)', 'share_combine(''{1,0}'', ''{1,-1}'')',
	'share_final(''{1,0,0}'')', 'share_final(''[5:6]={4,1}'')', 'sla_accum(''{9223372036854775807,0}'', true)', 'share_combine(''{9223372036854775807,0}'', ''{1,1}'')']) AS call;
-- the argument stays what it was
SELECT x, sla_accum(x, true), x FROM (VALUES ('{1,1}'::bigint[])) AS v (x);
