-- Retention of one comparison: every figure worked by hand, and one block for each
-- question that the definitions settle, named after it.  The hand's arithmetic stands in
-- the comment before the query.  What concerns MRR over time is in movements.sql.
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

\echo '-- The five customers that separate right from wrong'
CREATE TEMP TABLE five (o numeric, c numeric);
INSERT INTO five VALUES (100, 150), (100, 0), (100, 80), (0, 70), (NULL, 40);
-- nrr 230/300, grr 180/300, logo 2/3; new 70 + 40, expansion 50; lost 20 + 100
SELECT nrr(o, c), grr(o, c), logo_retention(o, c) FROM five;
SELECT revenue_churn_rate(o, c), logo_churn_rate(o, c), quick_ratio(o, c) FROM five;
-- the usual wrong ones: min of totals 0.7667, survivors only 1.15, new included 1.1333
SELECT round(least(sum(c) FILTER (WHERE o > 0), sum(o)) / sum(o), 4) AS grr_of_totals,
       round(sum(c) FILTER (WHERE o > 0 AND c > 0) / sum(o) FILTER (WHERE o > 0 AND c > 0), 4) AS survivors_only,
       round(sum(c) / sum(o), 4) AS new_included
FROM five;
-- three customers over two months: the cohort keeps 150 of 300, compounding says 1.00
CREATE TEMP TABLE three (m0 numeric, m1 numeric, m2 numeric);
INSERT INTO three VALUES (100, 100, 100), (100, 0, 0), (0, 100, 300);
SELECT nrr(m0, m2) AS cohort,
       (SELECT compound(rate) FROM (SELECT nrr(m0, m1) FROM three UNION ALL SELECT nrr(m1, m2) FROM three) AS r (rate))
           AS compounded
FROM three;

\echo '-- Every accessor'
-- One customer for each movement: expansion 100 to 130, contraction 100 to 60, churn of
-- 100, unchanged 50, new 25, reactivation 35; one row without anything known, one with a
-- negative opening, whose closing 10 is new; one that was at neither end.
CREATE TEMP TABLE moves (o numeric, c numeric, seen boolean);
INSERT INTO moves VALUES (100, 130, true), (100, 60, true), (100, 0, true), (50, 50, true),
	(0, 25, false), (0, 35, true), (NULL, NULL, true), (-7, 10, false), (0, 0, true);
CREATE TEMP TABLE s AS SELECT retention_agg(o, c, seen) AS s FROM moves;
\x on
-- closing 130 + 60 + 50 + 25 + 35 + 10 = 310, retained 240
SELECT opening_mrr(s), closing_mrr(s), new_mrr(s), reactivation_mrr(s), expansion_mrr(s), contraction_mrr(s),
       churned_mrr(s), retained_mrr(s), negative_mrr(s)
FROM s;
SELECT opening_customers(s), closing_customers(s), new_customers(s), reactivation_customers(s),
       expansion_customers(s), contraction_customers(s), churned_customers(s), retained_customers(s),
       unchanged_customers(s), skipped_rows(s), negative_rows(s)
FROM s;
-- nrr 240/350, with reactivation 275/350; grr 210/350; logo 3/4; churn 140/350 and 1/4;
-- quick ratio (35 + 35 + 30) / (40 + 100); arpa 310/6
SELECT nrr(s), nrr(s, false), nrr(s, true), nrr(s, include_reactivation => true), grr(s), logo_retention(s),
       revenue_churn_rate(s), logo_churn_rate(s), quick_ratio(s), arpa(s)
FROM s;
\x off
-- the bridge adds up, and so do the rates
SELECT closing_mrr(s) = opening_mrr(s) + new_mrr(s) + reactivation_mrr(s) + expansion_mrr(s)
           - contraction_mrr(s) - churned_mrr(s) AS bridge,
       closing_customers(s) = retained_customers(s) + new_customers(s) + reactivation_customers(s) AS customers,
       grr(s) + revenue_churn_rate(s) AS gross, logo_retention(s) + logo_churn_rate(s) AS logos
FROM s;
SELECT jsonb_pretty(describe(s)) FROM s;
SELECT pg_typeof(opening_mrr(s)), pg_typeof(opening_customers(s)), pg_typeof(nrr(s)), pg_typeof(skipped_rows(s)) FROM s;

\echo '-- The movement of one customer'
SELECT o, c, seen, mrr_movement(o, c, seen)
FROM (VALUES (0, 5, false), (0, 5, true), (0, 5, NULL), (NULL, 5, false), (NULL, 5, true), (5, 9, NULL), (5, 9, true),
             (5, 3, true), (5, 0, true), (5, NULL, false), (5, 5, false), (0, 0, true), (NULL, 0, true), (0, NULL, true),
             (NULL, NULL, true), (-3, 5, false), (-3, 5, true), (5, -3, true), (-3, -5, true), (-3, NULL, true),
             (5, 5.00, true), (0.0, 0.00000001, false)) AS v (o, c, seen);

-- the questions ---------------------------------------------------------------------

\echo '-- Reactivation in NRR?'
-- a customer of 100 stays, one that was seen before comes back with 50
SELECT nrr(s), nrr(s, true) AS with_reactivation, opening_mrr(s), reactivation_mrr(s)
FROM (SELECT retention_agg(o, c, seen) AS s FROM (VALUES (100, 100, true), (0, 50, true)) AS v (o, c, seen)) AS s;
-- new customers never take part, whatever the switch says
SELECT nrr(s), nrr(s, true) AS with_reactivation, new_mrr(s)
FROM (SELECT retention_agg(o, c, seen) AS s FROM (VALUES (100, 100, true), (0, 50, false)) AS v (o, c, seen)) AS s;
SELECT nrr(s, NULL) FROM s;

\echo '-- NULL closing'
-- 100 of 200 is left, not 100 of 100
SELECT nrr(o, c), grr(o, c), logo_retention(o, c), churned_mrr(retention_agg(o, c)), churned_customers(retention_agg(o, c)),
       round(sum(c) / sum(o) FILTER (WHERE c IS NOT NULL), 2) AS survivors_only
FROM (VALUES (100, 100), (100, NULL)) AS v (o, c);

\echo '-- NULL opening'
SELECT new_mrr(s), new_customers(s), reactivation_mrr(s), reactivation_customers(s), opening_customers(s), skipped_rows(s), nrr(s)
FROM (SELECT retention_agg(o, c, seen) AS s
      FROM (VALUES (100, 100, true), (NULL, 30, false), (NULL, 20, true)) AS v (o, c, seen)) AS s;
-- so that a full join of two snapshots just works: kept 10 to 15, lost 20, won 30
WITH january (customer, mrr) AS (VALUES (1, 10), (2, 20)),
     february (customer, mrr) AS (VALUES (1, 15), (3, 30))
SELECT nrr(january.mrr, february.mrr), quick_ratio(january.mrr, february.mrr)
FROM january FULL JOIN february USING (customer);

\echo '-- both NULL'
SELECT skipped_rows(s), opening_customers(s), closing_customers(s), nrr(s), logo_retention(s)
FROM (SELECT retention_agg(o, c) AS s FROM (VALUES (100, 50), (NULL, NULL), (NULL, NULL)) AS v (o, c)) AS s;
-- a zero says something: that row is used, though it moves nothing
SELECT o, c, skipped_rows(retention_agg(o, c)), opening_customers(retention_agg(o, c)), closing_customers(retention_agg(o, c))
FROM (VALUES (0, NULL), (NULL, 0), (0, 0), (NULL, NULL)) AS v (o, c) GROUP BY o, c ORDER BY o, c;

\echo '-- opening = 0 for all'
SELECT nrr(o, c), grr(o, c), logo_retention(o, c), revenue_churn_rate(o, c), logo_churn_rate(o, c), quick_ratio(o, c)
FROM (VALUES (0, 10), (NULL, 20), (-5, 30)) AS v (o, c);
SELECT nrr(s), nrr(s, true), grr(s), logo_retention(s), revenue_churn_rate(s), logo_churn_rate(s), quick_ratio(s), arpa(s)
FROM (SELECT retention_agg(o, c, true) AS s FROM (VALUES (0, 10), (NULL, 20), (-5, 30)) AS v (o, c)) AS s;
-- nothing lost: no quick ratio; everything lost: no ARPA, and zero is a figure
SELECT quick_ratio(10, 12), nrr(10, 0), grr(10, 0), logo_retention(10, 0), quick_ratio(10, 0);
SELECT arpa(retention_agg(10, 0)), arpa(retention_agg(10, 12)), arpa(retention_agg(0, 0));

\echo '-- negative MRR'
-- opening -20 is 0 and the customer new, closing -5 is 0 and the customer lost; of the
-- last row both are negative
SELECT negative_rows(s), negative_mrr(s), opening_mrr(s), closing_mrr(s), new_mrr(s), churned_mrr(s), nrr(s), grr(s)
FROM (SELECT retention_agg(o, c) AS s FROM (VALUES (100, 100), (-20, 40), (60, -5), (-1, -2)) AS v (o, c)) AS s;
-- one row with two negative amounts is one row; NULL beside a negative is not skipped
SELECT o, c, negative_rows(retention_agg(o, c)), negative_mrr(retention_agg(o, c)), skipped_rows(retention_agg(o, c)),
       opening_customers(retention_agg(o, c)), closing_customers(retention_agg(o, c))
FROM (VALUES (-1, -2), (-1, NULL), (NULL, -2), (-1, 0), (0, -2)) AS v (o, c) GROUP BY o, c ORDER BY o, c;
-- the same where amounts take the slow path: -1e40 is new with 4, 6e40 is lost
SELECT negative_rows(s), negative_mrr(s), opening_mrr(s), closing_mrr(s), opening_customers(s), new_mrr(s), churned_mrr(s), describe(s)->'opening_squared' AS oo, describe(s)->'closing_squared' AS cc
FROM (SELECT retention_agg(o, c) AS s FROM (VALUES (1e40, 1e40), (-1e40, 4), (6e40, -5), (-1e-30, -1e40)) AS v (o, c)) AS s;
-- wrong: adding before clamping lets the credit of one customer lower what another pays, 135/140
SELECT nrr(o, c), round(sum(c)::numeric / sum(o), 4) AS unclamped FROM (VALUES (100, 100), (-20, 40), (60, -5)) AS v (o, c);

\echo '-- NaN / ±Infinity input'
SELECT x, pg_temp.try(format('SELECT nrr(%L, 1)', x)) AS opening
FROM unnest('{NaN,Infinity,-Infinity}'::text[]) AS x;
-- in every place and every form, also beside NULL or an amount that takes the slow path
SELECT x, call, split_part(pg_temp.try(format('SELECT ' || call, x)), E'\n', 1) AS result
FROM unnest('{NaN,Infinity,-Infinity}'::text[]) AS x,
     unnest(ARRAY['nrr(1, %L)', 'nrr(NULL::numeric, %L)', 'nrr(%L, NULL::numeric)', 'nrr(1e40, %L)', 'nrr(%L, 1e40)', 'grr(%L, 1)',
                  'retention_agg(%L, 1)', 'retention_agg(1, %L, true)', 'retention_agg(0, %L, NULL, ''EUR'')',
                  'mrr_movement(%L, 1, true)', 'mrr_movement(1, %L, NULL)', 'monthly_amount(%L, ''month'')', 'arr(%L)',
                  'compound(%L)']) WITH ORDINALITY AS c (call, n)
ORDER BY x COLLATE "C", n;

\echo '-- same customer twice in 2-arg form'
-- Two rows are two customers.  One customer with subscriptions 100 to 0 and 0 to 100 kept
-- all; by rows it is lost and another one new.
WITH subscriptions (o, c) AS (VALUES (100, 0), (0, 100))
SELECT nrr(o, c), logo_retention(o, c), opening_customers(retention_agg(o, c)), new_mrr(retention_agg(o, c)),
       (SELECT nrr(o, c) FROM (SELECT sum(o), sum(c) FROM subscriptions) AS customer (o, c)) AS summed_first
FROM subscriptions;

\echo '-- customers vs subscriptions vs parent'
-- Two accounts of one parent, one with two subscriptions: the key that is summed by decides.
CREATE TEMP TABLE lines (parent int, account int, subscription int, o numeric, c numeric);
INSERT INTO lines VALUES (1, 1, 1, 100, 0), (1, 1, 2, 0, 120), (1, 2, 3, 100, 0);
SELECT (SELECT (nrr(o, c), grr(o, c), logo_retention(o, c)) FROM lines) AS subscriptions,
       (SELECT (nrr(o, c), grr(o, c), logo_retention(o, c))
        FROM (SELECT sum(o), sum(c) FROM lines GROUP BY account) AS a (o, c)) AS accounts,
       (SELECT (nrr(o, c), grr(o, c), logo_retention(o, c))
        FROM (SELECT sum(o), sum(c) FROM lines GROUP BY parent) AS p (o, c)) AS parents;

\echo '-- currency mix'
SELECT currency, pg_temp.try(format('SELECT describe(retention_agg(o, c, true, currency))->>%L
	FROM (VALUES (10, 10, %s), (20, 30, %s)) AS v (o, c, currency)', 'currency', first, second)) AS result
FROM (VALUES ('same', '''USD''', '''USD'''), ('two', '''USD''', '''EUR'''), ('the other way', '''EUR''', '''USD'''),
             ('NULL after', '''USD''', 'NULL'), ('NULL before', 'NULL', '''USD'''), ('all NULL', 'NULL::text', 'NULL'),
             ('empty', '''''', ''''''), ('15 bytes', '''ABCDEFGHIJKLMNO''', '''ABCDEFGHIJKLMNO'''),
             ('16 bytes', '''ABCDEFGHIJKLMNOP''', '''ABCDEFGHIJKLMNOP'''), ('case', '''usd''', '''USD'''))
     AS v (currency, first, second);
-- what is skipped has no say in it
SELECT describe(retention_agg(o, c, false, currency))->'currency' AS currency, skipped_rows(retention_agg(o, c, false, currency))
FROM (VALUES (1, 2, 'USD'), (NULL, NULL, 'EUR'), (NULL, NULL, NULL)) AS v (o, c, currency);
-- roll-ups: not given goes with everything, NULL and USD do not go together
CREATE TEMP TABLE currencies AS
SELECT 'none' AS name, retention_agg(1, 1, true) AS s
UNION ALL SELECT 'null', retention_agg(1, 1, true, NULL)
UNION ALL SELECT 'USD', retention_agg(1, 1, true, 'USD')
UNION ALL SELECT 'EUR', retention_agg(1, 1, true, 'EUR');
SELECT a.name, b.name,
       split_part(pg_temp.try(format('SELECT opening_mrr(s) || coalesce('' '' || (describe(s)->>''currency''), '''')
	FROM (SELECT rollup(s) FROM (VALUES (%L::retention_summary), (%L)) AS v (s)) AS r (s)', a.s, b.s)), E'\n', 1) AS result
FROM currencies AS a, currencies AS b
ORDER BY a.name COLLATE "C", b.name COLLATE "C";
-- not given between two: still an error
SELECT pg_temp.try('SELECT rollup(s ORDER BY name) FROM currencies WHERE name <> ''null''');

\echo '-- rollup over time'
-- summaries of two months do not roll up: 0.9 twice is 0.81, not 0.90
SELECT pg_temp.try($$SELECT rollup(s::retention_summary) FROM (VALUES
	('1,1,8796,8825,0,0,1,100,0,0,0,0,0,0,1,10,0,0,0,0,0'), ('1,1,8825,8856,0,0,1,90,0,0,0,0,0,0,1,9,0,0,0,0,0')) AS v (s)$$);
-- one window rolls up, also with summaries of unknown window, and stays known
SELECT describe(r)->'t0' AS t0, describe(r)->'t1' AS t1, opening_mrr(r), opening_customers(r), contraction_mrr(r), nrr(r)
FROM (SELECT rollup(s::retention_summary) AS r FROM (VALUES
	('1,1,8796,8825,0,0,1,100,0,0,0,0,0,0,1,10,0,0,0,0,0'), ('1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0'),
	('1,1,8796,8825,0,0,1,100,0,0,0,0,0,0,1,50,0,0,0,0,0')) AS v (s)) AS r;
-- only t0 differs, only t1 differs
SELECT w, split_part(pg_temp.try(format($$SELECT rollup(s::retention_summary) FROM (VALUES
	('1,1,8796,8825,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0'), ('1,1,%s,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0')) AS v (s)$$, w)), E'\n', 1) AS rolled_up
FROM unnest(ARRAY['8795,8825', '8796,8826', '8796,8825']) AS w;

\echo '-- rollup over customers'
-- rows must be disjoint: a customer of 100 in two cities is 200 and two customers
SELECT opening_mrr(rollup(s)), opening_customers(rollup(s)), nrr(rollup(s))
FROM (SELECT retention_agg(o, c) FROM (VALUES ('Oslo', 100, 80), ('Bergen', 100, 80), ('Bergen', 50, 60)) AS v (city, o, c)
      GROUP BY city) AS cities (s);

\echo '-- quotients'
-- 2/3, 1/3 and 1/7 to 20 places, whatever zeros the input trails; exact ones without any
SELECT o, c, nrr(o, c), grr(o, c)
FROM (VALUES (3, 2), (3.000, 2.0), (3, 1), (7, 1), (8, 1), (4, 4), (10, 25), (1, 100), (300, 20000), (0.00000003, 0.00000002))
     AS v (o, c)
GROUP BY o, c, scale(o) ORDER BY o, scale(o), c;
SELECT 2.0 / 3 = 2.0000000000000000000000000 / 3 AS numeric_division_agrees,
       nrr(3, 2.0) = nrr(3, 2.0000000000000000000000000) AS nrr_agrees;

\echo '-- zero-revenue activity (free users)'
-- of three free users one starts to pay, one stays free, one was a customer and is free now
SELECT opening_customers(s), closing_customers(s), new_customers(s), churned_customers(s), unchanged_customers(s), logo_retention(s)
FROM (SELECT retention_agg(o, c) AS s FROM (VALUES (0, 10), (0, 0), (10, 0), (10, 10)) AS v (o, c)) AS s;

\echo '-- merge order, parallel, re-delivery'
-- any order and any split gives the same bytes
SELECT count(DISTINCT retention_summary_send(s)) AS different
FROM (SELECT retention_agg(o, c, seen ORDER BY o, c) AS s FROM moves
      UNION ALL SELECT retention_agg(o, c, seen ORDER BY c DESC, o) FROM moves
      UNION ALL SELECT rollup(part) FROM (SELECT retention_agg(o, c, seen) FROM moves GROUP BY o) AS p (part)
      UNION ALL SELECT rollup(part ORDER BY part DESC) FROM (SELECT retention_agg(o, c, seen) FROM moves GROUP BY o, c) AS p (part)
      UNION ALL SELECT rollup(NULLIF(part, 'none')::retention_summary)
                FROM (SELECT retention_agg(o, c, seen)::text FROM moves UNION ALL VALUES ('none')) AS p (part)) AS s;

\echo '-- deciding decimals'
-- sums are exact, so a difference in the last cent of 10 million shows
SELECT nrr(o, c), opening_mrr(retention_agg(o, c)), retained_mrr(retention_agg(o, c))
FROM (SELECT 9999999.99, 9999999.98 UNION ALL SELECT 0.1, 0.1 UNION ALL SELECT 0.2, 0.2) AS v (o, c);
SELECT round(nrr(o, c), 6)::numeric(12, 6) AS published, pg_typeof(nrr(o, c)) FROM (VALUES (3, 2)) AS v (o, c);

-- empty and unusable input ----------------------------------------------------------

\echo '-- No rows'
SELECT nrr(o, c), grr(o, c), logo_retention(o, c), revenue_churn_rate(o, c), logo_churn_rate(o, c), quick_ratio(o, c),
       retention_agg(o, c) IS NULL AS two, retention_agg(o, c, true) IS NULL AS three, retention_agg(o, c, true, 'EUR') IS NULL AS four
FROM five WHERE false;
SELECT rollup(s) IS NULL AS rolled_up, nrr(rollup(s)), compound(nrr(s)) FROM s WHERE false;
SELECT rollup(s::retention_summary) IS NULL AS all_null FROM (VALUES (NULL), (NULL)) AS v (s);
SELECT nrr(NULL::retention_summary), opening_mrr(NULL), opening_customers(NULL), skipped_rows(NULL::retention_summary), describe(NULL::retention_summary);

\echo '-- Nothing but unusable rows'
SELECT skipped_rows(s), opening_customers(s), closing_customers(s), opening_mrr(s), closing_mrr(s), retained_mrr(s), negative_rows(s),
       nrr(s), grr(s), logo_retention(s), quick_ratio(s), arpa(s)
FROM (SELECT retention_agg(NULL, NULL) AS s FROM generate_series(1, 3)) AS s;
SELECT nrr(NULL::numeric, NULL::numeric), grr(NULL::numeric, NULL), quick_ratio(NULL, NULL);
-- merged with usable ones, and with NULL
SELECT skipped_rows(rollup(s)), nrr(rollup(s))
FROM (SELECT retention_agg(NULL, NULL, true) UNION ALL SELECT retention_agg(10, 9, true) UNION ALL SELECT NULL
      UNION ALL SELECT retention_agg(NULL, NULL) UNION ALL SELECT retention_agg(o, c) FROM five WHERE false) AS v (s);

\echo '-- seen'
-- NULL is no; it matters only where there was no opening and is a closing
SELECT seen, new_customers(s), reactivation_customers(s), expansion_customers(s), churned_customers(s), closing_customers(s)
FROM (SELECT seen, retention_agg(o, c, seen) AS s FROM (VALUES (0, 5), (5, 9), (5, 0), (0, 0)) AS v (o, c),
             unnest('{t,f,NULL}'::boolean[]) AS seen GROUP BY seen) AS g
ORDER BY seen;
-- absent: the same as no, and equal to it
SELECT retention_agg(o, c) = retention_agg(o, c, false) AS same_as_false, retention_agg(o, c) = retention_agg(o, c, NULL) AS same_as_null,
       retention_agg(o, c) = retention_agg(o, c, true) AS same_as_true
FROM five;

\echo '-- Second moments, for intervals'
-- (3,5) (4,1) (2,0) (0,9) (-1,3) (5,-2): o*o 9+16+4+25, c*c 25+1, o*c 15+4, g = least(o,c) 3 1 0 0: g*g 9+1, o*g 9+4
SELECT describe(s)->'has_moments' AS has, describe(s)->'opening_squared' AS oo, describe(s)->'closing_squared' AS cc,
       describe(s)->'opening_times_closing' AS oc, describe(s)->'capped_squared' AS gg, describe(s)->'opening_times_capped' AS og
FROM (SELECT retention_agg(o, c) FROM (VALUES (3, 5), (4, 1), (2, 0), (0, 9), (-1, 3), (5, -2)) AS v (o, c)
      UNION ALL SELECT rollup(p) FROM (SELECT retention_agg(o, c, true)
          FROM (VALUES (3, 5), (4, 1), (2, 0), (0, 9), (-1, 3), (5, -2)) AS v (o, c) GROUP BY o) AS p (p)) AS s (s);
-- a summary without moments in a roll-up: the result has none
SELECT describe(rollup(s))->'has_moments' AS has, describe(rollup(s)) ? 'opening_squared' AS lists, nrr(rollup(s))
FROM (SELECT retention_agg(100, 90) UNION ALL SELECT '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0') AS v (s);

-- windows ---------------------------------------------------------------------------

\echo '-- Moving frames'
CREATE TEMP TABLE numbered (n int, o numeric, c numeric, seen boolean);
INSERT INTO numbered VALUES (1, 100, 150, true), (2, 50, 0, true), (3, NULL, NULL, false), (4, 0, 20, true), (5, 1e30, 5e29, true),
	(6, 10.5, 0.00000001, false), (7, -3, 8, false), (8, 40, NULL, true);
-- by hand for n = 2: (150 + 0)/(100 + 50); n = 4: (50, 0) (0, 20); n = 8: 0.00000001/50.5
SELECT n, nrr(o, c) OVER w, grr(o, c) OVER w, logo_retention(o, c) OVER w, skipped_rows(retention_agg(o, c) OVER w) AS skipped,
       reactivation_mrr(retention_agg(o, c, seen) OVER w) AS reactivation, negative_mrr(retention_agg(o, c) OVER w) AS negative
FROM numbered WINDOW w AS (ORDER BY n ROWS BETWEEN 2 PRECEDING AND CURRENT ROW);
-- every frame equals the same rows aggregated anew, also where it shrinks, is empty or leaves rows out
SELECT frame, count(*) AS rows, count(*) FILTER (WHERE nrr IS NOT DISTINCT FROM nrr(want) AND grr IS NOT DISTINCT FROM grr(want)
	AND quick IS NOT DISTINCT FROM quick_ratio(want) AND got IS NOT DISTINCT FROM want) AS right
FROM (
	SELECT 'shrinking' AS frame, nrr(o, c) OVER w, grr(o, c) OVER w, quick_ratio(o, c) OVER w AS quick, retention_agg(o, c, seen) OVER w AS got,
	       (SELECT retention_agg(o, c, seen) FROM numbered AS m WHERE m.n >= t.n) AS want
	FROM numbered AS t WINDOW w AS (ORDER BY n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
	UNION ALL
	SELECT 'centred', nrr(o, c) OVER w, grr(o, c) OVER w, quick_ratio(o, c) OVER w, retention_agg(o, c, seen) OVER w,
	       (SELECT retention_agg(o, c, seen) FROM numbered AS m WHERE m.n BETWEEN t.n - 1 AND t.n + 1)
	FROM numbered AS t WINDOW w AS (ORDER BY n ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)
	UNION ALL
	SELECT 'behind', nrr(o, c) OVER w, grr(o, c) OVER w, quick_ratio(o, c) OVER w, retention_agg(o, c, seen) OVER w,
	       (SELECT retention_agg(o, c, seen) FROM numbered AS m WHERE m.n BETWEEN t.n - 3 AND t.n - 2)
	FROM numbered AS t WINDOW w AS (ORDER BY n ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING)
	UNION ALL
	SELECT 'without itself', nrr(o, c) OVER w, grr(o, c) OVER w, quick_ratio(o, c) OVER w, retention_agg(o, c, seen) OVER w,
	       (SELECT retention_agg(o, c, seen) FROM numbered AS m WHERE m.n BETWEEN t.n - 2 AND t.n + 2 AND m.n <> t.n)
	FROM numbered AS t WINDOW w AS (ORDER BY n ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW)
	UNION ALL
	SELECT 'filtered', nrr(o, c) FILTER (WHERE n % 2 = 0) OVER w, grr(o, c) FILTER (WHERE n % 2 = 0) OVER w,
	       quick_ratio(o, c) FILTER (WHERE n % 2 = 0) OVER w, retention_agg(o, c, seen) FILTER (WHERE n % 2 = 0) OVER w,
	       (SELECT retention_agg(o, c, seen) FROM numbered AS m WHERE m.n BETWEEN t.n - 2 AND t.n AND m.n % 2 = 0)
	FROM numbered AS t WINDOW w AS (ORDER BY n ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)) AS f
GROUP BY frame ORDER BY frame;
-- a form without an inverse, and roll-ups, in moving frames
SELECT n, opening_mrr(retention_agg(o, c, seen, 'EUR') OVER w) AS opening,
       describe(retention_agg(o, c, seen, 'EUR') OVER w)->>'currency' AS currency,
       opening_mrr(rollup(s) OVER w) AS rolled_up
FROM (SELECT *, CASE WHEN n <> 2 THEN (SELECT retention_agg(x.o, x.c) FROM numbered AS x WHERE x.n = y.n) END AS s FROM numbered AS y) AS t
WINDOW w AS (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW);

\echo '-- DISTINCT, FILTER and ORDER BY inside the aggregate'
SELECT nrr(DISTINCT o, c) AS distinct, nrr(o, c) AS all, nrr(o, c ORDER BY c) AS ordered, nrr(o, c) FILTER (WHERE c > 0) AS filtered
FROM (VALUES (10, 5), (10, 5), (10, 10), (20, 0)) AS v (o, c);

\echo '-- GROUPING SETS; in a schema that is not on the path'
SELECT coalesce(segment, 'all') AS segment, nrr(o, c), grr(o, c), closing_mrr(retention_agg(o, c))
FROM (VALUES ('SMB', 100, 90), ('SMB', 50, 0), ('Enterprise', 100, 150)) AS v (segment, o, c)
GROUP BY GROUPING SETS ((segment), ()) ORDER BY GROUPING(segment), 1;
SET search_path = '';
SELECT ccx.nrr(o, c), ccx.grr(ccx.retention_agg(o, c)), ccx.retention_agg(o, c) OPERATOR(ccx.=) ccx.retention_agg(c, o) AS equal
FROM (VALUES (100, 90), (50, 0)) AS v (o, c);
SET search_path = public, ccx;

-- amounts and rates -----------------------------------------------------------------

\echo '-- monthly_amount: year /12, quarter /3, week x 52/12, day x 365/12'
SELECT unit, monthly_amount(1200, unit) AS each, monthly_amount(1200, unit, 2) AS every_other, monthly_amount(-1200, unit, 7) AS credit
FROM unnest('{day,week,month,quarter,year}'::text[]) AS unit;
SELECT monthly_amount(100, 'week') AS right, 100 * 4 AS four_weeks, monthly_amount(100, 'week') = trim_scale(round(100 * 52.0000000000000000000000000 / 12, 20)) AS agrees;
SELECT monthly_amount(amount => 99.99, unit => 'year'), monthly_amount(99.99, 'year', count => 3), monthly_amount(0, 'year'), monthly_amount(0.00, 'day');
SELECT monthly_amount(NULL, 'year') IS NULL AS amount, monthly_amount(1, NULL) IS NULL AS unit, monthly_amount(1, 'year', NULL) IS NULL AS count;
SELECT pg_temp.try(q) FROM unnest(ARRAY['SELECT monthly_amount(1, ''fortnight'')', 'SELECT monthly_amount(1, ''Month'')', 'SELECT monthly_amount(1, '''')',
	'SELECT monthly_amount(1, ''month'', 0)', 'SELECT monthly_amount(1, ''month'', -1)', 'SELECT monthly_amount(1, ''year'', 2147483647)']) AS q;

\echo '-- arr: twelve times the MRR'
SELECT arr(100), arr(8.33), arr(-5), arr(0), arr(NULL), arr(1.50), arr(1e20), arr(0.00000000000000000001);

\echo '-- annual vs monthly'
-- the caller's columns are the window; nothing is annualised: 0.99 a month is no 0.8864 a year
SELECT nrr(100, 99) AS month, trim_scale(round(0.99 ^ 12, 4)) AS annualised_elsewhere, compound(0.99) AS twelve_months FROM generate_series(1, 12);

\echo '-- compound'
SELECT compound(rate) FROM (VALUES (0.5), (2), (1.1)) AS v (rate);
SELECT compound(rate) AS with_null FROM (VALUES (0.5), (NULL), (1.1)) AS v (rate);
SELECT compound(rate) AS null_last FROM (VALUES (0.5), (NULL)) AS v (rate);
SELECT compound(NULL) AS only_null, (SELECT compound(1) WHERE false) AS none, compound(0) AS zero, compound(1.230) AS trimmed;
-- exact until the end: thirds of thirds are rounded once, and half away from zero
SELECT compound(rate) FROM (VALUES (0.33333333333333333333), (0.33333333333333333333)) AS v (rate);
SELECT compound(rate) FROM (VALUES (0.00000000005), (0.0000000001)) AS v (rate);
SELECT compound(rate) FROM (VALUES (0.00000000004), (0.0000000001)) AS v (rate);
SELECT compound(rate ORDER BY rate) = compound(rate ORDER BY rate DESC) AS order_is_nothing FROM (VALUES (0.97), (1e-12), (1.0000001), (3e15)) AS v (rate);
SELECT pg_temp.try(format('SELECT compound(rate::numeric) FROM (VALUES %s) AS v (rate)', v))
FROM unnest(ARRAY['(-0.1)', '(0.5), (-1)', '(NULL), (-1)', '(''NaN'')', '(''1''), (''Infinity'')', '(NULL), (''-Infinity'')']) AS v;
-- as a window it goes on with every row
SELECT rate, compound(rate) OVER (ORDER BY n) FROM (VALUES (1, 0.9), (2, 0.8), (3, NULL), (4, 0.7)) AS v (n, rate);
