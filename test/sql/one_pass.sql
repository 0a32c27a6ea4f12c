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
SELECT pg_temp.try($$SELECT retention_agg_by('{}'::json, 1, 2)$$);
