-- drivers(): why a rate moved.  Figures worked by hand stand in the comment before the query.
SET search_path = public, ccx;
\pset null -

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

-- one customer a row; p is the period
CREATE FUNCTION pg_temp.drivers_of(rows text, metric text DEFAULT 'nrr') RETURNS SETOF driver LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT (d).* FROM (SELECT unnest(drivers(segment, prior, current, %L)) AS d FROM (
		SELECT segment, retention_agg(o, c) FILTER (WHERE p = 0) AS prior, retention_agg(o, c) FILTER (WHERE p = 1) AS current
		FROM (%s) AS r (segment, p, o, c) GROUP BY segment) AS s) AS u', metric, rows);
END $$;

\echo '-- Both segments retain more, and the whole retains less'
-- Large 900 -> 990 of 1000, then 500 -> 560: rates 1.1 and 1.12, weights 0.9 and 0.5; Small 100 -> 80, then 500 -> 410:
-- 0.8 and 0.82, 0.1 and 0.5.  The whole: 1.07, then 0.97; their mean is 1.02.
-- Large: mix -0.4 * (1.11 - 1.02) = -0.036, rate 0.7 * 0.02 = 0.014; Small: 0.4 * (0.81 - 1.02) = -0.084, 0.3 * 0.02 = 0.006
CREATE TEMP TABLE simpson (segment text, p int, o numeric, c numeric);
INSERT INTO simpson VALUES ('Large', 0, 900, 990), ('Small', 0, 100, 80), ('Large', 1, 500, 560), ('Small', 1, 500, 410);
SELECT * FROM pg_temp.drivers_of('TABLE simpson');
SELECT coalesce(segment, 'all') AS segment, sum(mix_effect) AS mix, sum(rate_effect) AS rate, sum(total_effect) AS total FROM pg_temp.drivers_of('TABLE simpson') GROUP BY rollup(segment) ORDER BY grouping(segment), segment;
-- only the metric in its place, and nrr when none is named
SELECT drivers(segment, s, s) = drivers(segment, s, s, 'nrr') AS same FROM (SELECT 'a' AS segment, retention_agg(100, 90) AS s) AS t;

\echo '-- The rate effect is expansion, contraction and churn'
-- one segment, so weights are 1: 200 with +30 -10 -20, then 400 with +20 -60 -0: expansion 20/400 - 30/200 = -0.1,
-- contraction 10/200 - 60/400 = -0.1, churn 20/200 = +0.1
CREATE TEMP TABLE parts (segment text, p int, o numeric, c numeric);
INSERT INTO parts VALUES ('a', 0, 50, 80), ('a', 0, 50, 40), ('a', 0, 20, 0), ('a', 0, 80, 80), ('a', 1, 300, 320), ('a', 1, 100, 40);
SELECT * FROM pg_temp.drivers_of('TABLE parts');
-- gross: the same without expansion; logos: 1 of 4 lost, then none of 2
SELECT * FROM pg_temp.drivers_of('TABLE parts', 'grr');
SELECT * FROM pg_temp.drivers_of('TABLE parts', 'logo_retention');
-- customers who are new or come back are in none of them
SELECT drivers('a', a, b) = drivers('a', x, y) AS same
FROM (SELECT retention_agg(o, c) FILTER (WHERE p = 0) AS a, retention_agg(o, c) FILTER (WHERE p = 1) AS b FROM parts) AS s,
     (SELECT retention_agg(o, c) FILTER (WHERE p = 0) AS x, retention_agg(o, c, true) FILTER (WHERE p = 1) AS y FROM (TABLE parts UNION ALL VALUES ('a', 0, 0, 70), ('a', 1, NULL, 50)) AS t) AS t;

\echo '-- Segments that one period does not have'
-- gone: weight 0.5 -> 0, its rate 0.6 for both; whole 0.8 and 1.0, mean 0.9: mix -0.5 * (0.6 - 0.9) = 0.15.
-- stays: weight 0.5 -> 0.75, rates 1.0 and 1.2: 0.25 * (1.1 - 0.9) = 0.05, rate 0.625 * 0.2 = 0.125
-- born: weight 0 -> 0.25, rate 0.4: 0.25 * (0.4 - 0.9) = -0.125;  0.15 + 0.05 + 0.125 - 0.125 = 0.2
CREATE TEMP TABLE sides (segment text, p int, o numeric, c numeric);
INSERT INTO sides VALUES ('gone', 0, 100, 60), ('stays', 0, 100, 100), ('stays', 1, 150, 180), ('born', 1, 50, 20), ('empty', 0, 0, 10), ('empty', 1, 0, 0);
SELECT * FROM pg_temp.drivers_of('TABLE sides');
-- without an opening in one of the periods there is no change
SELECT drivers('a', s, NULL) AS later, drivers('a', NULL, s) AS earlier, drivers('a', z, s) AS nothing, drivers('a', NULL, NULL) AS unknown, drivers('a', s, s, 'logo_retention') FILTER (WHERE false) AS no_rows
FROM (SELECT retention_agg(100, 100) AS s, retention_agg(0, 100) AS z) AS t;
-- a segment without a name is one like any other, and comes last; names go by bytes
SELECT segment, weight_prior, total_effect FROM pg_temp.drivers_of($$VALUES ('b', 0, 1, 1), (NULL, 0, 1, 1), ('B', 0, 1, 1), ('', 0, 1, 1), ('ä', 0, 1, 1), ('b', 1, 1, 1), (NULL, 1, 1, 0), ('zz', 1, 1, 1), ('z', 1, 1, 1)$$);

\echo '-- Rounding: digits add up'
-- three equal segments: thirds.  What rounding leaves over goes to the largest leaf
SELECT segment, mix_effect, churn_effect, total_effect FROM pg_temp.drivers_of($$VALUES ('a', 0, 1, 1), ('b', 0, 1, 1), ('c', 0, 1, 1), ('a', 1, 2, 1), ('b', 1, 2, 2), ('c', 1, 3, 0)$$);
-- all the same: the first in order of name; then mix before others.  1/3 - 1 = -0.666666666667, three leaves of -0.222222222222
SELECT segment, mix_effect, churn_effect FROM pg_temp.drivers_of($$SELECT s, p, 1, CASE WHEN p = 0 OR i % 3 = 0 THEN 1 ELSE 0 END FROM unnest('{c,a,b}'::text[]) AS s, generate_series(0, 1) AS p, generate_series(0, 2) AS i$$);
-- half a unit of the twelfth decimal goes away from zero, up and down
SELECT d.churn_effect, d.mix_effect FROM unnest('{1000000000000,2000000000000,2000000000001}'::numeric[]) AS n, pg_temp.drivers_of(format($$VALUES ('a', 0, %1$s, %1$s), ('a', 1, %1$s, %1$s), ('a', 1, 1, 0)$$, n - 1)) AS d;
SELECT d.contraction_effect, d.mix_effect FROM unnest('{1,0.5,0.49999}'::numeric[]) AS n, pg_temp.drivers_of(format($$VALUES ('a', %2$s, 1000000000000, 1000000000000), ('a', %3$s, 1000000000000, 1000000000000 - %1$s)$$, n, 0, 1)) AS d;
SELECT d.contraction_effect, d.mix_effect FROM unnest('{1,0.5,0.49999}'::numeric[]) AS n, pg_temp.drivers_of(format($$VALUES ('a', %2$s, 1000000000000, 1000000000000), ('a', %3$s, 1000000000000, 1000000000000 - %1$s)$$, n, 1, 0)) AS d;
-- two leaves of -0.4 units are none each, and one together: it goes to the first
SELECT segment, mix_effect, contraction_effect FROM pg_temp.drivers_of($$SELECT s, p, 1000000000000, 1000000000000 - 0.8 * p FROM unnest('{b,a}'::text[]) AS s, generate_series(0, 1) AS p$$);

-- 1,000 pairs of periods, made of segments that come and go: every printed subtotal adds up digit for digit to the change,
-- which is that of the exact rates; and with the periods exchanged every effect is its opposite
CREATE TEMP TABLE pairs AS
SELECT pair, segment, retention_agg(o, c) FILTER (WHERE p = 0) AS prior, retention_agg(o, c) FILTER (WHERE p = 1) AS current
FROM (SELECT pair, CASE WHEN segment > 1 THEN 's' || segment END AS segment, p,
             CASE WHEN h % 11 > 0 THEN (h / 11 % 100000) / 10.0 ^ (pair % 5) END AS o, CASE WHEN h % 7 > 0 THEN (h / 77 % 110000) / 10.0 ^ (pair % 3) END AS c
      FROM generate_series(1, 1000) AS pair, generate_series(1, 8) AS segment, generate_series(0, 1) AS p, generate_series(1, 4) AS i,
           LATERAL (SELECT hashint8(pair * 1000 + segment * 100 + p * 10 + i)::bigint & 2147483647 AS h) AS hash
      WHERE (pair + segment * 7 + p * 3) % 5 > 0) AS rows
GROUP BY pair, segment;
CREATE TEMP TABLE wholes AS
SELECT pair, m AS metric, drivers(segment, prior, current, m) AS ds, drivers(segment, current, prior, m) AS back, rollup(prior) AS prior, rollup(current) AS current
FROM pairs, unnest('{nrr,grr,logo_retention}'::text[]) AS m GROUP BY pair, m;
SELECT metric, count(*) AS pairs, count(*) FILTER (WHERE ds IS NULL) AS without, sum(cardinality(ds)) > 7000 AS many,
       bool_and(adds_up) AS adds_up, bool_and(change_is_right) AS change_is_right, bool_and(mirrored) AS mirrored, bool_and(weights) AS weights
FROM wholes, LATERAL (
	SELECT bool_and(rate_effect = expansion_effect + contraction_effect + churn_effect AND total_effect = mix_effect + rate_effect AND scale(total_effect) <= 12) AS adds_up,
		sum(total_effect) = round((n1 * o0 - n0 * o1) / (o0 * o1), 12) AS change_is_right, abs(sum(weight_prior) - 1) < 1e-18 AND abs(sum(weight_current) - 1) < 1e-18 AS weights
	FROM unnest(ds), LATERAL (SELECT CASE metric WHEN 'nrr' THEN retained_mrr(prior) WHEN 'grr' THEN opening_mrr(prior) - contraction_mrr(prior) - churned_mrr(prior) ELSE retained_customers(prior) END::numeric(1000, 200) AS n0,
		CASE metric WHEN 'nrr' THEN retained_mrr(current) WHEN 'grr' THEN opening_mrr(current) - contraction_mrr(current) - churned_mrr(current) ELSE retained_customers(current) END::numeric(1000, 200) AS n1,
		CASE metric WHEN 'logo_retention' THEN opening_customers(prior) ELSE opening_mrr(prior) END AS o0, CASE metric WHEN 'logo_retention' THEN opening_customers(current) ELSE opening_mrr(current) END AS o1) AS v
	GROUP BY n0, n1, o0, o1) AS c,
	LATERAL (SELECT bool_and(d.mix_effect = -b.mix_effect AND d.expansion_effect = -b.expansion_effect AND d.contraction_effect = -b.contraction_effect AND d.churn_effect = -b.churn_effect
		AND d.weight_prior = b.weight_current AND d.rate_current IS NOT DISTINCT FROM b.rate_prior) AS mirrored
	FROM unnest(ds) AS d JOIN unnest(back) AS b ON d.segment IS NOT DISTINCT FROM b.segment) AS m
GROUP BY metric ORDER BY metric;
-- expansion is no part of a gross rate, and only churn of one of logos
SELECT metric, bool_or(expansion_effect <> 0) AS expansion, bool_or(contraction_effect <> 0) AS contraction, bool_or(churn_effect <> 0) AS churn FROM wholes, unnest(ds) GROUP BY metric ORDER BY metric;
-- rows in any order, in any split
SELECT count(*) FROM (SELECT drivers(segment, prior, current ORDER BY segment DESC) AS d, drivers(segment, prior, current ORDER BY hashtext(segment)) AS e FROM pairs GROUP BY pair) AS t JOIN wholes AS w ON w.ds = t.d AND w.ds = t.e WHERE metric = 'nrr';

\echo '-- Amounts of any size'
SELECT * FROM pg_temp.drivers_of($$VALUES ('a', 0, 1e-8, 1e20), ('b', 0, 1e30, 1e30), ('a', 1, 1e-8, 0), ('b', 1, 1e-30, 3e-30)$$);
-- only proportions count
SELECT a.total_effect = b.total_effect AND a.mix_effect = b.mix_effect AS same FROM pg_temp.drivers_of('TABLE simpson') AS a JOIN pg_temp.drivers_of('SELECT segment, p, o * 1e40, c * 1e40 FROM simpson') AS b USING (segment);
SELECT a.total_effect = b.total_effect AND a.mix_effect = b.mix_effect AS same FROM pg_temp.drivers_of('TABLE simpson') AS a JOIN pg_temp.drivers_of('SELECT segment, p, o * 1e-40, c * 1e-40 FROM simpson') AS b USING (segment);

\echo '-- What is refused'
SELECT pg_temp.try($$SELECT drivers(s, x, x) FROM (SELECT retention_agg(1, 1) AS x) AS r, unnest('{a,b,a}'::text[]) AS s$$);
SELECT pg_temp.try($$SELECT drivers(s, x, x) FROM (SELECT retention_agg(1, 1) AS x) AS r, unnest('{NULL,b,NULL}'::text[]) AS s$$);
SELECT pg_temp.try($$SELECT drivers('a', x, NULL, m) FROM (SELECT retention_agg(1, 1) AS x) AS r, unnest('{$$ || m || $$}'::text[]) AS m$$) FROM unnest('{NRR,churn,"NULL","nrr,grr","nrr,NULL","\"\""}'::text[]) AS m;
SELECT pg_temp.try($$SELECT drivers(s, x, x, s) FROM (SELECT retention_agg(1, 1) AS x) AS r, unnest('{nrr,grr}'::text[]) AS s$$);
-- two currencies, on one side or across; different windows in one period
SELECT pg_temp.try($$SELECT drivers(s, x, y) FROM (SELECT s, retention_agg(1, 1, true, s) AS x, retention_agg(1, 1, true, 'USD') AS y FROM (VALUES ('EUR'), ('USD')) AS v (s) GROUP BY s) AS t $$ || filter) FROM unnest('{"","WHERE s = ''EUR''","WHERE s = ''USD''"}'::text[]) AS filter;
CREATE TEMP TABLE months AS
SELECT segment, period, summary FROM (SELECT (unnest(mrr_movements_by(c, m, mrr, s))).* FROM (VALUES (1, date '2025-01-01', 10, 'a'), (1, '2025-02-01', 12, 'a'), (1, '2025-03-01', 9, 'a'), (2, '2025-01-01', 5, 'b'), (2, '2025-03-01', 5, 'b')) AS v (c, m, mrr, s)) AS x, retention_summaries(movements, '2025-01-01', '2025-03-01');
SELECT segment, weight_prior, weight_current, rate_prior, rate_current, total_effect FROM unnest((SELECT drivers(segment, prior, current) FROM (SELECT segment, rollup(summary) FILTER (WHERE period = '2025-02-01') AS prior, rollup(summary) FILTER (WHERE period = '2025-03-01') AS current FROM months GROUP BY segment) AS t));
SELECT pg_temp.try('SELECT drivers(segment, summary, NULL) FROM months');
SELECT pg_temp.try('SELECT drivers(segment, NULL, summary) FROM months WHERE segment = ''a'' OR period = ''2025-03-01''');
SELECT pg_temp.try('SELECT drivers(segment || period, CASE WHEN period = ''2025-02-01'' THEN summary END, CASE WHEN period = ''2025-03-01'' THEN summary END) IS NOT NULL FROM months');
-- customers instead of segments
SELECT cardinality(drivers(i::text, x, x)) FROM generate_series(1, 100000) AS i, (SELECT retention_agg(1, 1) AS x) AS s;
SELECT pg_temp.try('SELECT drivers(i::text, NULL, NULL) FROM generate_series(1, 100001) AS i');

\echo '-- Support functions called directly'
-- what is not needed is not kept
SELECT drivers_accum(NULL, 'a', retention_agg(o, c, true, 'EUR'), NULL) FROM (VALUES (1, 2), (0, 5), (3, 1), (4, -2)) AS v (o, c);
SELECT drivers_accum(drivers_accum(NULL, 'a', s, s), 'b', NULL, s, 'grr') AS accum, drivers_combine(drivers_accum(NULL, 'a', s, NULL), drivers_accum(NULL, 'a', NULL, s)) AS combine, drivers_final('{}') AS final FROM (SELECT retention_agg(1, 1) AS s) AS t;
SELECT pg_temp.try('SELECT ' || call) FROM unnest(ARRAY['drivers_final(drivers_accum(drivers_accum(NULL, ''a'', NULL, NULL), ''b'', NULL, NULL, ''grr''))', 'drivers_final(''{NULL}'')', 'drivers_final(''{"(a,,,)"}'')', 'drivers_final(''{"(a,x,,)"}'')',
	'drivers_combine(''{}'', ''{NULL}'')', 'drivers_accum(''{{NULL},{NULL}}'', ''a'', NULL, NULL)', 'drivers_accum(''[5:5]={NULL}'', ''a'', NULL, NULL)', 'drivers_final(array_fill(NULL::driver_input, ''{100001}''))']) AS call;
-- the argument stays what it was
SELECT x, drivers_accum(x, 'b', NULL, NULL), x FROM (VALUES ('{"(a,nrr,,)"}'::driver_input[])) AS v (x);
SELECT segment, w FROM (SELECT segment, cardinality(drivers(segment, x, x) OVER (ORDER BY segment)) AS w FROM (SELECT retention_agg(1, 1) AS x) AS s, unnest('{a,b,c}'::text[]) AS segment) AS t;
