-- Amounts are exact: any finite numeric goes in, no digit is lost, nothing is rounded but
-- the one quotient at the end, and neither order nor size nor notation of the input shows.
SET search_path = public, ccx;

-- what a query returns, or the SQLSTATE and the first line of its error
CREATE FUNCTION pg_temp.try(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE query INTO result;
	RETURN coalesce(result, 'NULL');
EXCEPTION WHEN others THEN
	RETURN sqlstate || ': ' || sqlerrm;
END $$;

-- the quotient of integers, by integer arithmetic: half away from zero at the 20th decimal
CREATE FUNCTION pg_temp.quotient(n numeric, d numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
	SELECT trim_scale(sign(n) * sign(d) * div(2e20 * abs(n) + abs(d), 2 * abs(d)) * 0.00000000000000000001) $$;

\echo '-- From 10^-20 to 10^40, alone and together'
CREATE TEMP TABLE sizes AS SELECT e, ('1e' || e)::numeric AS x FROM generate_series(-20, 40) AS e;
SELECT count(*) AS sizes,
       bool_and(opening_mrr(s) = x) AS opening, bool_and(closing_mrr(s) = 3 * x) AS closing, bool_and(expansion_mrr(s) = 2 * x) AS expansion,
       bool_and(nrr(s) = 3) AS nrr, bool_and(grr(s) = 1) AS grr,
       bool_and((describe(s)->'opening_squared')::numeric = x * x) AS squared, bool_and((describe(s)->'opening_times_closing')::numeric = 3 * x * x) AS product
FROM (SELECT x, retention_agg(x, 3 * x) AS s FROM sizes GROUP BY x) AS s;
SELECT opening_mrr(retention_agg(x, x)), nrr(x, x), negative_mrr(retention_agg(-x, x)) FROM sizes;
SELECT mrr_at(mrr_history(date '2024-01-01', x), '2024-01-31') = sum(x) AS same FROM sizes;
SELECT opening_mrr, closing_mrr = sum AS same FROM (SELECT sum(x) FROM sizes) AS x,
	(SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(month, x) AS h FROM sizes, unnest('{2024-01-01,2024-02-01}'::date[]) AS month GROUP BY x) AS h) AS m, movements(m);

\echo '-- Sums do not depend on the order'
CREATE TEMP TABLE pairs AS SELECT e, x * (e % 3 + 2) AS x, CASE e % 4 WHEN 0 THEN x WHEN 1 THEN -x WHEN 2 THEN 0 ELSE x + 1e-19 END AS y FROM sizes
	UNION ALL SELECT 41 + i, i * 1e-20, i * 12345678901234567890.12345678901234567890 FROM generate_series(1, 20) AS i
	UNION ALL SELECT 100, NULL, 1e50 UNION ALL SELECT 101, 1e-30, NULL UNION ALL SELECT 102, NULL, NULL;
SELECT count(DISTINCT retention_summary_send(s)) AS different
FROM (SELECT retention_agg(x, y ORDER BY e) FROM pairs UNION ALL SELECT retention_agg(x, y ORDER BY e DESC) FROM pairs
      UNION ALL SELECT retention_agg(x, y ORDER BY e % 7, e) FROM pairs UNION ALL SELECT retention_agg(x, y ORDER BY e % 11, e DESC) FROM pairs
      UNION ALL SELECT retention_agg(x, y ORDER BY abs(e), e) FROM pairs
      UNION ALL SELECT rollup(s) FROM (SELECT retention_agg(x, y) FROM pairs GROUP BY e % 5) AS p (s)
      UNION ALL SELECT rollup(s ORDER BY e) FROM (SELECT e, retention_agg(x, y) FROM pairs GROUP BY e) AS p (e, s)
      UNION ALL SELECT rollup(s ORDER BY -e) FROM (SELECT e, retention_agg(x, y) FROM pairs GROUP BY e) AS p (e, s)) AS s (s);

\echo '-- Neither does a notation show'
SELECT count(DISTINCT retention_summary_send(s)) AS different
FROM (SELECT retention_agg(o::numeric, c::numeric) AS s
      FROM (VALUES ('100', '80.5'), ('100.000', '80.50000'), ('1e2', '805e-1'), ('0100.', '80.500000000000000000000000000000000000000'), ('100.0000000000000000000000000', '+80.5')) AS v (o, c)
      GROUP BY o, c) AS s;
-- zero has no sign and no scale, and is not negative
SELECT negative_rows(s), opening_customers(s), s = (SELECT retention_agg(0, 0)) AS same FROM (SELECT retention_agg(x::numeric, x::numeric) AS s FROM unnest('{0,-0,0.000,-0.00,0e10,-0e-20}'::text[]) AS x GROUP BY x) AS s;
SELECT opening_mrr(retention_agg(1.50, 1.500)), mrr_at(mrr_history(date '2024-01-01', 2.00), '2024-01-01'), arr(0.250), monthly_amount(2.50, 'month');
-- what cancels out leaves nothing behind
SELECT opening_mrr(retention_agg(1e30, 1) OVER w), opening_mrr(retention_agg(x, 1) OVER w) FROM (VALUES (1, 1e30), (2, 1e-20), (3, 7)) AS v (n, x)
WINDOW w AS (ORDER BY n ROWS BETWEEN CURRENT ROW AND CURRENT ROW);

\echo '-- Where the fast path ends'
-- 8 base-10000 digits from the first to the finest: one more on either side, and both
SELECT o, c, opening_mrr(s) = o AS opening, closing_mrr(s) = c AS closing, nrr(s) = pg_temp.quotient(c * 1e30, o * 1e30) AS nrr
FROM (SELECT o, c, retention_agg(o, c) AS s
      FROM (VALUES (99999999999999999999999999999999, 1), (100000000000000000000000000000000, 1), (999999999999.99999999999999999999, 1), (9999999999999.9999999999999999999, 1),
                   (0.00000000000000000001, 1), (0.000000000000000000001, 1), (1, 0.00000000000000000001), (99999999999999999999999999999999, 0.0001), (9999999999999999, 0.00000000000000000001),
                   (0.00000000000000000001, 99999999999999999999999999999999), (1e-21, 1e33)) AS v (o, c) GROUP BY o, c) AS s
ORDER BY o, c;
-- a row that makes the scale finer after large ones
SELECT opening_mrr(s), closing_mrr(s), nrr(s) FROM (SELECT retention_agg(o, c) AS s
	FROM (VALUES (99999999999999999999999999999999, 1), (0.00000000000000000001, 0.00000000000000000002), (99999999999999999999999999999999, 2)) AS v (o, c)) AS s;

\echo '-- As many digits as a numeric can have'
-- 131072 before the point, 16383 behind it
SELECT length(mrr_at(h, '2024-01-01')::text) AS digits, mrr_at(h, '2024-01-01') = x AS same, h::text::mrr_history = h AS text, octet_length(mrr_history_send(h)) AS bytes
FROM (SELECT x, mrr_history(date '2024-01-01', x) AS h
      FROM unnest(ARRAY[('1' || repeat('0', 131071))::numeric, repeat('9', 131072)::numeric, ('0.' || repeat('0', 16382) || '1')::numeric, ('0.' || repeat('9', 16383))::numeric, (repeat('7', 131072) || '.' || repeat('3', 16383))::numeric]) AS x GROUP BY x) AS h
ORDER BY x;
SELECT nrr(o, c), grr(o, c), opening_mrr = o AS opening
FROM (VALUES (('0.' || repeat('0', 16382) || '2')::numeric, ('0.' || repeat('0', 16382) || '1')::numeric), (repeat('8', 100000)::numeric, repeat('2', 100000)::numeric),
             (('0.' || repeat('0', 8180) || '2')::numeric, ('0.' || repeat('0', 8180) || '1')::numeric)) AS v (o, c),
     LATERAL (SELECT mrr_at(mrr_history(date '2024-01-01', x), '2024-01-01') FROM (VALUES (o)) AS w (x)) AS m (opening_mrr)
GROUP BY o, c, opening_mrr ORDER BY o;
-- moments square the amounts: right, or refused as out of range
SELECT n, pg_temp.try(format('SELECT nrr(retention_agg(x, x)) FROM (VALUES (%s)) AS v (x)', x)) ~ '^(1$|22003)' AS right_or_refused
FROM (VALUES ('16383 decimals', '(''0.'' || repeat(''3'', 16383))::numeric'), ('8000 decimals', '(''0.'' || repeat(''3'', 8000))::numeric'), ('131072 digits', 'repeat(''3'', 131072)::numeric'), ('65000 digits', 'repeat(''3'', 65000)::numeric')) AS v (n, x);
-- the same for sums and quotients that leave the range of numeric
SELECT n, pg_temp.try(format('SELECT nrr(x, x) FROM (VALUES (%s), (%s)) AS v (x)', x, x)) ~ '^(1$|22003)' AS right_or_refused
FROM (VALUES ('131072 digits', 'repeat(''9'', 131072)::numeric'), ('131050 digits', 'repeat(''9'', 131050)::numeric')) AS v (n, x);

\echo '-- Quotients are rounded once, half away from zero, at the 20th decimal'
SELECT o, c, nrr(o, c) AS nrr
FROM (VALUES (2e20, 1), (2e20, 3), (2e20, 5), (200000000000000000001, 1), (199999999999999999999, 1), (4e20, 1), (4e20, 3),
             (2e40, 1e20), (2e40, 3e20), (2e40, 5e20), (2e40, 99999999999999999999), (2e40, 100000000000000000001),
             (1e25, 50000), (1e25, 49999.9999), (2e-20, 1e-40), (2e-20, 0.99999e-40), (3, 1), (3e30, 1e30), (6e20, 1e20), (7, 22)) AS v (o, c)
GROUP BY o, c ORDER BY o, c;
-- an extra round at 21 or more decimals would carry: 0.49999... must stay below
SELECT nrr(20000000000000000000000000000001, 100000000000), nrr(19999999999999999999999999999999, 100000000000), nrr(2e31, 100000000000);
-- and below zero
SELECT monthly_amount(x, 'year') FROM (VALUES (-0.00000000000000000006), (0.00000000000000000006), (-0.00000000000000000018), (-0.000000000000000000059), (0.000000000000000000059), (-120000000000000000000000000000000000000000.00000000000000000006), (-1), (1)) AS v (x);
-- 2,000 quotients against integer arithmetic: small, large and mixed
SELECT kind, count(*) AS pairs, count(*) FILTER (WHERE nrr = pg_temp.quotient(c * 1e25, o * 1e25)) AS right, count(*) FILTER (WHERE scale(nrr) > 20 OR nrr <> trim_scale(nrr) OR scale(nrr) <> min_scale(nrr)) AS untrimmed
FROM (SELECT kind, o, c, nrr(o, c) AS nrr
      FROM (SELECT i % 5 AS kind,
                   CASE i % 5 WHEN 0 THEN i * 7919 % 10007 + 1 WHEN 1 THEN (i * 104729 % 1299709 + 1) / 100.0 WHEN 2 THEN i * 1e25 + 7 WHEN 3 THEN i * 1e-15 + 1e-20 ELSE i * 1e35 + i * 1e-19 END AS o,
                   CASE i / 5 % 4 WHEN 0 THEN i * 6151 % 100003 WHEN 1 THEN (i * 52361 % 999983) / 1000.0 WHEN 2 THEN i * 1e24 ELSE i * 3e-18 END AS c
            FROM generate_series(1, 2000) AS i) AS v
      GROUP BY kind, o, c) AS q
GROUP BY kind ORDER BY kind;

\echo '-- NaN and infinities, and what is not a number'
SELECT x, call, pg_temp.try(format(call, x)) AS result
FROM unnest('{NaN,Infinity,-Infinity,1e131072,ten}'::text[]) WITH ORDINALITY AS x (x, i),
     unnest(ARRAY['SELECT nrr(x::numeric, 1) FROM unnest(ARRAY[''1'', ''1e40'', ''%s'']) AS x', 'SELECT nrr(1, x::numeric) FROM unnest(ARRAY[''1'', ''1e40'', ''%s'']) AS x',
                  'SELECT retention_agg(x::numeric, NULL, true) FROM unnest(ARRAY[NULL, ''%s'']) AS x', 'SELECT mrr_history(date ''2024-01-01'', x::numeric) FROM unnest(ARRAY[''1e40'', NULL, ''%s'']) AS x']) WITH ORDINALITY AS c (call, n)
ORDER BY i, n;
