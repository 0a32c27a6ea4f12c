-- Keyed aggregates over raw amounts: mrr_movements_agg(customer, month, mrr), mrr_movements_by()
-- and retention_agg_by().  What the customer engine below does is in customer_table.sql.
SET search_path = public, ccx;
SET datestyle = ISO;
SET timezone = 'UTC';
SET max_parallel_workers_per_gather = 0;

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

\echo '-- By hand: a mover, an upgrade, a pause, two subscriptions'
-- Anna (smb) pays 100 from January to April and 150 in May, from May on as mid.  Bob (mid) pays
-- 40 + 60 in January, pauses in February and March, pays 100 from April on.  Carl (smb, then
-- without a segment) pays 10 in January only.
CREATE TEMP TABLE snapshots (customer text, month date, mrr numeric, segment text);
INSERT INTO snapshots VALUES
	('Anna', '2024-01-31', 100, 'smb'), ('Anna', '2024-02-29', 100, 'smb'), ('Anna', '2024-03-31', 100, 'smb'), ('Anna', '2024-04-30', 100, 'smb'), ('Anna', '2024-05-31', 150, 'mid'),
	('Bob', '2024-01-31', 40, 'mid'), ('Bob', '2024-01-31', 60.00, 'mid'), ('Bob', '2024-04-30', 100, 'mid'), ('Bob', '2024-05-31', 100, 'mid'),
	('Carl', '2024-01-31', 10, 'smb'), ('Carl', '2024-02-29', 0, NULL),
	(NULL, '2024-01-31', 1, 'smb'), ('Dora', NULL, 1, NULL), ('Dora', '2024-01-31', NULL, 'mid');
SELECT period, opening_mrr AS opening, new_mrr AS new, reactivation_mrr AS back, expansion_mrr AS more, contraction_mrr AS less, churned_mrr AS churned, closing_mrr AS closing, closing_customers AS n
FROM movements((SELECT mrr_movements_agg(customer, month, mrr) FROM snapshots), '2024-01-01', '2024-06-01');
SELECT segment, skipped_rows(m) AS skipped, period, opening_mrr AS opening, new_mrr AS new, reactivation_mrr AS back, expansion_mrr AS more, churned_mrr AS churned, closing_mrr AS closing
FROM (SELECT (s).segment, (s).movements AS m FROM (SELECT unnest(mrr_movements_by(customer, month, mrr, segment)) AS s FROM snapshots) AS u) AS g, movements(m, '2024-01-01', '2024-06-01');
SELECT skipped_rows(mrr_movements_agg(customer, month, mrr)) AS skipped FROM snapshots;

-- a segment without MRR, and one whose rows cannot be used, are there all the same
SELECT (s).segment, skipped_rows((s).movements) AS skipped, (SELECT count(*) FROM movements((s).movements, '2024-01-01', '2024-03-01')) AS comparisons
FROM (SELECT unnest(mrr_movements_by(customer, month, mrr, segment)) AS s
      FROM (VALUES (1, date '2024-01-01', 0, 'free'), (2, '2024-01-01', 5, 'paid'), (3, '2024-01-01', -5, NULL), (NULL, '2024-01-01', 5, 'nobody')) AS v (customer, month, mrr, segment)) AS u;

\echo '-- No rows; only rows that cannot be used'
SELECT mrr_movements_agg(customer, month, mrr), mrr_movements_by(customer, month, mrr, segment), retention_agg_by(customer, mrr, mrr) FROM snapshots WHERE false;
SELECT describe(mrr_movements_agg(customer, month, mrr)) AS agg, mrr_movements_by(customer, month, mrr, segment) AS by, describe(retention_agg_by(NULL::text, mrr, mrr)) -> 'skipped_rows' AS skipped
FROM snapshots WHERE customer IS NULL OR month IS NULL OR mrr IS NULL;

\echo '-- The same bytes as histories first'
-- amounts of every size and scale, negative ones, months far apart; one group of each
SELECT setseed(0.2);
CREATE TEMP TABLE raw AS
SELECT n, n % 6 AS g, (random() ^ 2 * 300)::int AS c, (DATE '2018-01-01' + (random() * CASE n % 6 WHEN 5 THEN 20000 ELSE 60 END)::int * INTERVAL '1 month')::date AS month,
       CASE n % 6 WHEN 0 THEN round((random() * 500)::numeric, 2)
                  WHEN 1 THEN round((random() * 500 - 150)::numeric, (random() * 12)::int)
                  WHEN 2 THEN round((random() * 500)::numeric, 3) * 10::numeric ^ (n / 6 % 61 - 30)
                  WHEN 3 THEN (random() * 9e15)::bigint * CASE n / 6 % 3 WHEN 0 THEN 1 WHEN 1 THEN 0.01 ELSE 10000 END
                  WHEN 4 THEN 0
                  ELSE round((random() * 500)::numeric, 1) END AS mrr
FROM generate_series(1, 6000) AS n;
CREATE TEMP TABLE options (step text, span text);
INSERT INTO options VALUES ('month', 'month'), ('month', 'quarter'), ('month', 'year'), ('quarter', 'quarter'), ('quarter:feb', 'year'), ('year', 'year'), ('year:apr', 'year');
SELECT step, span, count(*) AS groups, bool_and(agg = two) AS same, bool_and(by = agg) AS by_one_segment
FROM (SELECT step, span, g, mrr_movements_agg(c, month, mrr, step, span) AS agg, (mrr_movements_by(c, month, mrr, 'all', step, span))[1].movements AS by FROM raw, options GROUP BY step, span, g) AS a
JOIN (SELECT step, span, g, mrr_movements_agg(h, step, span) AS two FROM (SELECT g, c, mrr_history(month, mrr) AS h FROM raw GROUP BY g, c) AS h, options GROUP BY step, span, g) AS b USING (step, span, g)
GROUP BY step, span ORDER BY step, span;
SELECT mrr_movements_agg(c, month, mrr) = mrr_movements_agg(c, month, mrr, 'month') AS default_step, mrr_movements_agg(c, month, mrr, 'quarter') = mrr_movements_agg(c, month, mrr, 'quarter', 'quarter') AS default_span,
       mrr_movements_agg(c, month, mrr) = mrr_movements_agg(c::text, month::timestamp + TIME '23:59', mrr) AS timestamps,
       mrr_movements_agg(c, month, mrr ORDER BY n) = mrr_movements_agg(c, month, mrr ORDER BY n DESC) AS any_order
FROM raw WHERE g < 5;

\echo '-- Segments add up to the whole, whoever moves'
CREATE TEMP TABLE moving AS SELECT n, c, month, mrr, (ARRAY['a', 'b', '', NULL])[1 + (hashint4(c * 1000 + extract(year FROM month)::int) & 3)] AS segment FROM raw WHERE g IN (0, 1);
SELECT count(*) AS periods, bool_and(w IS NOT DISTINCT FROM s) AS same
FROM (SELECT period, ROW(opening_mrr, new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr, closing_mrr, opening_customers, closing_customers, new_customers) AS w
      FROM (SELECT mrr_movements_agg(c, month, mrr, 'month', 'quarter') AS m FROM moving) AS a, movements(m, '2018-01-01', '2024-01-01')) AS whole
FULL JOIN (SELECT period, ROW(sum(opening_mrr), sum(new_mrr), sum(reactivation_mrr), sum(expansion_mrr), sum(contraction_mrr), sum(churned_mrr), sum(closing_mrr), sum(opening_customers)::bigint, sum(closing_customers)::bigint, sum(new_customers)::bigint) AS s
      FROM (SELECT unnest(mrr_movements_by(c, month, mrr, segment, 'month', 'quarter')) AS s FROM moving) AS a, movements((s).movements, '2018-01-01', '2024-01-01') GROUP BY period) AS parts USING (period);
SELECT array_agg(quote_nullable((s).segment)) AS segments FROM (SELECT unnest(mrr_movements_by(c, month, mrr, segment)) AS s FROM moving) AS u;

\echo '-- Rows of a customer are added before anything else'
-- 80 + 20 - 20 to 100 is expansion by 20; 50 to 30 + 30 is too; -10 is nobody
SELECT opening_mrr(s), closing_mrr(s), expansion_mrr(s), new_mrr(s), reactivation_mrr(s), opening_customers(s) AS opening, expansion_customers(s) AS more, negative_rows(s) AS negative, negative_mrr(s), skipped_rows(s) AS skipped
FROM (SELECT retention_agg_by(customer, o, c, seen) AS s
      FROM (VALUES (1, 80, 100, false), (1, 20, NULL, NULL), (1, -20, NULL, NULL), (2, 50, 30, false), (2, NULL, 30, false), (3, -10, 5, false), (3, NULL, NULL, true), (4, 0, 7, NULL), (4, 0, 0, true), (NULL, 1, 1, true)) AS v (customer, o, c, seen)) AS t;
SELECT count(*) AS groups, bool_and(by = plain) AS same, bool_and(by_seen = plain_seen) AS same_seen
FROM (SELECT g, retention_agg_by(c, mrr, other) AS by, retention_agg_by(c, mrr, other, seen) AS by_seen
      FROM (SELECT *, CASE WHEN n % 7 > 0 THEN mrr * (n % 5) / 3.00 - n % 2 END AS other, n % 3 = 0 AS seen FROM raw) AS r GROUP BY g) AS a
JOIN (SELECT g, retention_agg(o, k) AS plain, retention_agg(o, k, seen) AS plain_seen
      FROM (SELECT g, c, sum(mrr) AS o, sum(CASE WHEN n % 7 > 0 THEN mrr * (n % 5) / 3.00 - n % 2 END) AS k, bool_or(n % 3 = 0) AS seen FROM raw GROUP BY g, c) AS r GROUP BY g) AS b USING (g);

\echo '-- NULL customer (keyed form)'
-- rows without a customer are in no number but skipped_rows, in each form; so is a row without opening and closing
CREATE TEMP TABLE nameless (customer int, month date, mrr numeric, opening numeric, closing numeric);
INSERT INTO nameless VALUES (1, '2024-01-01', 10, 10, 20), (1, '2024-02-01', 20, NULL, NULL), (2, '2024-02-01', 5, 0, 5), (NULL, '2024-01-01', 1000, 1000, 2000), (NULL, '2024-02-01', 2000, 7, 8);
SELECT opening_mrr(s), closing_mrr(s), opening_customers(s), closing_customers(s), skipped_rows(s), skipped_rows(retention_agg_by(NULL::int, opening, closing)) AS nobody
FROM (SELECT *, (SELECT retention_agg_by(customer, opening, closing) FROM nameless) AS s FROM nameless) AS n GROUP BY s;
SELECT period, opening_mrr, new_mrr, expansion_mrr, closing_mrr, closing_customers, skipped_rows(m) FROM (SELECT mrr_movements_agg(customer, month, mrr) AS m FROM nameless) AS n, movements(m);
-- by segment they are counted where the row is
SELECT (s).segment, skipped_rows((s).movements) AS skipped FROM (SELECT unnest(mrr_movements_by(customer, month, mrr, CASE WHEN mrr > 1500 THEN 'large' END)) AS s FROM nameless) AS u;
SELECT skipped_rows(m), period, cohort_size, active FROM (SELECT cohort_retention(customer, month) AS m FROM nameless) AS n, cohort_table(m);

\echo '-- same customer twice'
-- Two subscriptions of Abe, 100 cancelled and 150 begun, and two of Ben, 60 kept and 40 cancelled.  Row by row: of 200
-- 60 are kept, Abe is new and lost.  By customer: Abe 100 to 150, Ben 100 to 60: nrr 210/200, grr 160/200.
CREATE TEMP TABLE subscriptions (customer text, opening numeric, closing numeric, seen boolean);
INSERT INTO subscriptions VALUES ('Abe', 100, 0, true), ('Abe', NULL, 150, false), ('Ben', 60, 60, true), ('Ben', 40, NULL, true);
SELECT how, nrr(s), grr(s), logo_retention(s), new_mrr(s) AS new, expansion_mrr(s) AS more, contraction_mrr(s) AS less, churned_mrr(s) AS churned, opening_customers(s) AS n
FROM (SELECT 'rows', retention_agg(opening, closing, seen) FROM subscriptions UNION ALL SELECT 'customers', retention_agg_by(customer, opening, closing, seen) FROM subscriptions) AS v (how, s);
-- the same by months
SELECT how, nrr, grr, new_mrr, expansion_mrr, contraction_mrr, churned_mrr, opening_customers
FROM (SELECT 'rows', mrr_movements_agg(customer || ctid, month, mrr) FROM (SELECT s.ctid, customer, month, mrr FROM subscriptions AS s, LATERAL (VALUES (date '2024-01-01', opening), ('2024-02-01', closing)) AS v (month, mrr)) AS r
      UNION ALL SELECT 'customers', mrr_movements_agg(customer, month, mrr) FROM subscriptions, LATERAL (VALUES (date '2024-01-01', opening), ('2024-02-01', closing)) AS v (month, mrr)) AS v (how, m),
     movements(m, '2024-01-01', '2024-02-29');

\echo '-- negative MRR'
-- Discount lines net against their own customer before anything is clamped: 100 - 20 to 90 - 20 is contraction by 10.  A
-- credit of 30 against 10 is nothing, opening and closing: -20 is kept as a negative of one customer.
SELECT opening_mrr(s), closing_mrr(s), contraction_mrr(s), negative_rows(s), negative_mrr(s), opening_customers(s), new_customers(s)
FROM (SELECT retention_agg_by(customer, opening, closing) AS s FROM (VALUES (1, 100, 90), (1, -20, -20), (2, 10, 8), (2, -30, NULL)) AS v (customer, opening, closing)) AS t;
SELECT period, opening_mrr, new_mrr, contraction_mrr, closing_mrr
FROM (SELECT mrr_movements_agg(customer, month, mrr) AS m FROM (VALUES (1, 1, 100), (1, 1, -20), (1, 2, 90), (1, 2, -20), (2, 1, 10), (2, 1, -30), (2, 2, 8)) AS v (customer, n, mrr), make_date(2024, n, 1) AS month) AS t,
     movements(m, '2024-01-01', '2024-02-01');

\echo '-- cap per customer'
-- 100 to 300 and 100 to 50: nrr 350/200; grr 150/200, and not the 200/200 of capped totals
SELECT nrr(s), grr(s) FROM (SELECT retention_agg_by(customer, opening, closing) AS s FROM (VALUES (1, 60, 100), (1, 40, 200), (2, 100, 50)) AS v (customer, opening, closing)) AS t;
SELECT nrr, grr FROM (SELECT mrr_movements_agg(customer, month, mrr) AS m FROM (VALUES (1, 1, 100), (1, 2, 300), (2, 1, 100), (2, 2, 50)) AS v (customer, n, mrr), make_date(2024, n, 1) AS month) AS t, movements(m);

\echo '-- seen'
-- a customer was seen if any of its rows says so: back, not new; NULL is no; it says nothing of those with an opening
SELECT customer, new_mrr(s), reactivation_mrr(s), expansion_mrr(s)
FROM (SELECT customer, retention_agg_by(customer, opening, closing, seen) AS s
      FROM (VALUES (1, 0, 5, true), (1, NULL, 2, false), (2, 0, 5, NULL), (2, 0, 2, NULL), (3, 0, 5, false), (3, 0, 0, true), (4, 1, 5, true)) AS v (customer, opening, closing, seen) GROUP BY customer) AS t ORDER BY customer;
-- absent, it is no
SELECT retention_agg_by(customer, opening, closing) = retention_agg_by(customer, opening, closing, NULL) AS null, retention_agg_by(customer, opening, closing) = retention_agg_by(customer, opening, closing, false) AS no FROM subscriptions;

\echo '-- currency mix'
SELECT first, second, split_part(pg_temp.try(format('SELECT describe(retention_agg_by(n, 1, 1, false, c))->''currency'' FROM (VALUES (1, %s), (2, %s)) AS v (n, c)', first, second)), E'\n', 1) AS result
FROM (VALUES ('''EUR''', '''EUR'''), ('''EUR''', '''USD'''), ('''EUR''', 'NULL'), ('NULL::text', 'NULL'), ('''eur''', '''EUR'''), ('''ABCDEFGHIJKLMNOP''', '''EUR''')) AS v (first, second);
-- what is skipped has no say in it, and a second one is an error for one customer, too
SELECT describe(retention_agg_by(n, o, 1, false, c))->'currency' AS currency, skipped_rows(retention_agg_by(n, o, 1, false, c)) FROM (VALUES (1, 1, 'EUR'), (NULL, 1, 'USD'), (NULL, 1, NULL)) AS v (n, o, c);
SELECT pg_temp.try('SELECT retention_agg_by(1, 1, 1, false, c) FROM (VALUES (''EUR''), (''USD'')) AS v (c)');

\echo '-- segment moved'
-- Hope (100) and Ida (100) are small in January; in February Ida is large, and pays 120.  Grouped by each row's segment
-- Ida churned as small and is new as large; where she was at opening small is 100 + 120 of 200, and nothing happens to
-- large before March, when she cancels, from large.
CREATE TEMP TABLE moved (customer text, month date, mrr numeric, segment text);
INSERT INTO moved VALUES ('Hope', '2024-01-01', 100, 'small'), ('Hope', '2024-02-01', 100, 'small'), ('Hope', '2024-03-01', 100, 'small'), ('Ida', '2024-01-01', 100, 'small'), ('Ida', '2024-02-01', 120, 'large'), ('Ida', '2024-03-01', 0, 'large');
SELECT how, to_char(period, 'Mon') AS month, string_agg(format('%s: %s +%s +%s -%s = %s', segment, opening_mrr, new_mrr, expansion_mrr, churned_mrr, closing_mrr), ', ' ORDER BY segment DESC) AS movements,
       sum(opening_mrr) AS opening, sum(closing_mrr) AS closing, sum(churned_mrr) AS churned
FROM (SELECT 'by row', segment, mrr_movements_agg(customer, month, mrr) FROM moved GROUP BY segment
      UNION ALL SELECT 'at opening', (s).segment, (s).movements FROM (SELECT unnest(mrr_movements_by(customer, month, mrr, segment)) AS s FROM moved) AS u
      UNION ALL SELECT 'the whole', 'all', mrr_movements_agg(customer, month, mrr) FROM moved) AS v (how, segment, m), movements(m, '2024-01-01', '2024-03-31')
GROUP BY how, period ORDER BY period, how;

\echo '-- Keys of every type'
-- citext where it is installed; equal keys that look different are one customer (numeric 1.0 and 1.00, citext A and a), and
-- parts of a composite make it another
SELECT count(*) > 0 AS has_citext FROM pg_available_extensions WHERE name = 'citext' \gset
\if :has_citext
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
RESET client_min_messages;
\endif
CREATE TYPE pg_temp.pair_key AS (part int, name text);
CREATE TEMP TABLE keyed AS SELECT expression, NULL::retention_summary AS s, NULL::mrr_movements AS m, NULL::text AS by, NULL::cohort_matrix AS c
FROM unnest(ARRAY['c', 'c::bigint << 33', 'md5(c::text)::uuid', 'c::text', 'repeat(''x'', 50) || c', 'round(c * 0.25, 2 + n % 5)', 'ROW(c % 7, c)::pg_temp.pair_key', 'ROW(c, NULL)::pg_temp.pair_key'] || CASE WHEN to_regtype('citext') IS NOT NULL THEN ARRAY['(CASE n % 2 WHEN 0 THEN ''K'' ELSE ''k'' END || c)::citext'] END) AS expression;
DO $$
DECLARE
	k record;
BEGIN
	FOR k IN SELECT expression FROM keyed LOOP
		EXECUTE format('UPDATE keyed SET (s, m, by, c) = (SELECT retention_agg_by(%1$s, mrr, -mrr * 2, n %% 3 = 0), mrr_movements_agg(%1$s, month, mrr), mrr_movements_by(%1$s, month, mrr, (c %% 4)::text)::text, cohort_retention(%1$s, month) FROM raw WHERE g < 3) WHERE expression = %2$L', k.expression, k.expression);
	END LOOP;
END $$;
SELECT count(*) > 7 AS tried, count(DISTINCT s) AS retention, count(DISTINCT m) AS movements, count(DISTINCT by) AS by_segment, count(DISTINCT c) AS cohorts FROM keyed;
SELECT s = (SELECT retention_agg(o, k, seen) FROM (SELECT sum(mrr) AS o, sum(-mrr * 2) AS k, bool_or(n % 3 = 0) AS seen FROM raw WHERE g < 3 GROUP BY c) AS r) AS retention,
       m = (SELECT mrr_movements_agg(h) FROM (SELECT mrr_history(month, mrr) AS h FROM raw WHERE g < 3 GROUP BY c) AS h) AS movements FROM keyed LIMIT 1;
-- what has no equality for hashing is refused
SELECT pg_temp.try(format('SELECT %s', q)) FROM unnest(ARRAY['mrr_movements_agg(''1''::json, DATE ''2024-01-01'', 1)', 'mrr_movements_by(point(1, 2), DATE ''2024-01-01'', 1, ''a'')', 'retention_agg_by(ARRAY[1], 1, 1)', 'retention_agg_by(''a'', 1, 1)']) AS q;

\echo '-- Empty input, by every arity'
SELECT q, pg_temp.try(format('SELECT %s FROM snapshots WHERE false', q)) FROM unnest(ARRAY['retention_agg_by(customer, mrr, mrr)', 'retention_agg_by(customer, mrr, mrr, true)', 'retention_agg_by(customer, mrr, mrr, true, ''EUR'')',
	'mrr_movements_agg(customer, month, mrr)', 'mrr_movements_agg(customer, month, mrr, ''year'')', 'mrr_movements_agg(customer, month, mrr, ''month'', ''year'')',
	'mrr_movements_by(customer, month, mrr, segment)', 'mrr_movements_by(customer, month, mrr, segment, ''year'')', 'mrr_movements_by(customer, month, mrr, segment, ''month'', ''year'')']) AS q;

\echo '-- Over windows, and spilled'
CREATE TEMP TABLE few AS SELECT * FROM raw WHERE n <= 240;
SELECT count(*) AS differ FROM (SELECT n, mrr_movements_agg(c, month, mrr) OVER (ORDER BY n) AS m, mrr_movements_by(c, month, mrr, (g % 1)::text) OVER (ORDER BY n) AS by, retention_agg_by(c, mrr, -mrr) OVER (ORDER BY n ROWS 9 PRECEDING) AS s FROM few) AS w
CROSS JOIN LATERAL (SELECT mrr_movements_agg(c, month, mrr) AS want_m, mrr_movements_by(c, month, mrr, (g % 1)::text) AS want_by, retention_agg_by(c, mrr, -mrr) FILTER (WHERE f.n >= w.n - 9) AS want_s FROM few AS f WHERE f.n <= w.n) AS a
WHERE (m, by, s) IS DISTINCT FROM (want_m, want_by, want_s);
CREATE TEMP TABLE large AS SELECT n, (hashint4(n) & 1048575) % 6000 AS c, (DATE '2020-01-01' + (hashint4(n + 1000000) & 31) * INTERVAL '1 month')::date AS month, CASE WHEN n % 1000 = 0 THEN 1e40 ELSE n % 977 / 4.0 END AS mrr FROM generate_series(1, 25000) AS n;
CREATE TEMP TABLE results (how text, k text, m mrr_movements, by segment_movements[], s retention_summary);
CREATE PROCEDURE pg_temp.run(how text) LANGUAGE plpgsql AS $$
DECLARE
	k text;
BEGIN
	FOREACH k IN ARRAY ARRAY['c', 'md5(c::text)', 'c::numeric'] LOOP
		EXECUTE format('INSERT INTO results SELECT %1$L, %2$L, mrr_movements_agg(%2$s, month, mrr), mrr_movements_by(%2$s, month, mrr, chr(97 + (c + extract(year FROM month)::int) %% 3)), retention_agg_by(%2$s, mrr, mrr * 1.5, n %% 2 = 0, ''EUR'') FROM large', how, k);
	END LOOP;
END $$;
SET work_mem = '128MB';
CALL pg_temp.run('in memory');
SET work_mem = '64kB';
CALL pg_temp.run('spilled');
RESET work_mem;
SELECT count(*), count(DISTINCT m) AS m, count(DISTINCT by::text) AS by, count(DISTINCT s) AS s FROM results;

\echo '-- Errors'
SELECT pg_temp.try($$SELECT mrr_movements_agg(1, d::date, 5) FROM generate_series(DATE '2024-01-01', '2024-01-03', '1 day') AS d$$);
SELECT pg_temp.try($$SELECT mrr_movements_by(1, d::date, 5, 'a') FROM generate_series(DATE '2024-01-31', '2024-01-01', '-30 days') AS d$$);
SELECT pg_temp.try($$SELECT mrr_movements_agg(d, d::date, 5) IS NOT NULL FROM generate_series(DATE '2024-01-01', '2024-01-03', '1 day') AS d$$);
SELECT pg_temp.try($$SELECT mrr_movements_by(1, DATE '2024-01-01', 5, s) FROM (VALUES ('small'), ('large')) AS v (s)$$);
SELECT pg_temp.try($$SELECT mrr_movements_by(1, DATE '2024-01-01', 5, s) FROM (VALUES ('small'), (NULL)) AS v (s)$$);
SELECT pg_temp.try($$SELECT mrr_movements_agg(1, DATE 'infinity', 5)$$);
SELECT pg_temp.try($$SELECT mrr_movements_agg(1, DATE '4714-11-24 BC', 5)$$);
SELECT pg_temp.try($$SELECT mrr_movements_agg(1, TIMESTAMPTZ '2024-01-01', 5)$$);
SELECT pg_temp.try($$SELECT mrr_movements_by(1, now(), 5, 'a', 'month')$$);
SELECT pg_temp.try($$SELECT mrr_movements_agg(1, DATE '2024-01-01', x) FROM (VALUES ('NaN'::numeric)) AS v (x)$$);
SELECT pg_temp.try($$SELECT mrr_movements_agg(1, DATE '2024-01-01', '-Infinity'::numeric)$$);
SELECT pg_temp.try($$SELECT retention_agg_by(1, 5, 'NaN'::numeric)$$);
SELECT pg_temp.try($$SELECT retention_agg_by(1, NULL, 'Infinity'::numeric)$$);
SELECT pg_temp.try($$SELECT retention_agg_by(1, 1, 2, true, c) FROM (VALUES ('EUR'), (NULL)) AS v (c)$$);
SELECT pg_temp.try($$SELECT mrr_movements_agg(1, DATE '2024-01-01', 5, 'week')$$);
SELECT pg_temp.try($$SELECT mrr_movements_agg(1, DATE '2024-01-01', 5, 'quarter', 'month')$$);
SELECT pg_temp.try($$SELECT mrr_movements_agg(1, DATE '2024-01-01', 5, 'month', NULL)$$);
SELECT pg_temp.try($$SELECT mrr_movements_agg(1, DATE '2024-01-01', 5, s) FROM (VALUES ('month'), ('quarter')) AS v (s)$$);
SELECT pg_temp.try($$SELECT mrr_movements_agg(1, DATE '2024-01-01', 5, s) IS NOT NULL FROM (VALUES ('quarter:may'), ('quarter:feb')) AS v (s)$$);
SELECT pg_temp.try(format('SELECT mrr_movements_by(1, DATE ''2024-01-01'', 5, ''a'', %s) IS NOT NULL FROM (VALUES (1), (2)) AS v (n)', options))
FROM unnest(ARRAY['''day''', 'NULL', '''quarter'', ''month''', '''quarter'', NULL', '''month'', ''quarter:feb''', '''month'', ''decade''', 'CASE n WHEN 1 THEN ''month'' ELSE ''year'' END', '''month'', CASE n WHEN 1 THEN ''month'' ELSE ''year'' END']) AS options;
