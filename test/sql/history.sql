-- MRR histories: what one customer paid on which day.
SET search_path = public, ccx;
SET datestyle = ISO;

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

-- the steps of a history as dates and MRR from there on
CREATE FUNCTION pg_temp.steps(h mrr_history) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg((step->>'from') || ': ' || (step->>'mrr'), ', ' ORDER BY n), '(none)')
	FROM jsonb_array_elements(describe(h)->'steps') WITH ORDINALITY AS s (step, n) $$;

\echo '-- Monthly snapshots'
-- a row covers its month whatever day it names: November of 50, January and February of 70
SELECT pg_temp.steps(mrr_history(month, mrr))
FROM (VALUES (date '2023-11-30', 50), ('2024-01-01', 70), ('2024-02-29', 70)) AS v (month, mrr);
-- rows of one customer add up, in any order
SELECT pg_temp.steps(mrr_history(month, mrr)), mrr_history(month, mrr) = mrr_history(month, mrr ORDER BY month DESC, mrr) AS same
FROM (VALUES (date '2024-02-01', 5.50), ('2024-01-01', 10), ('2024-02-01', 4.5), ('2024-01-01', 0), ('2024-03-01', 10.000)) AS v (month, mrr);
-- zero is not paid, and says no more than no row
SELECT pg_temp.steps(mrr_history(month, mrr)), mrr_history(month, mrr) = (SELECT mrr_history(date '2024-03-01', 1)) AS same
FROM (VALUES (date '2024-01-01', 0), ('2024-03-01', 1), ('2024-04-01', 0)) AS v (month, mrr);
SELECT pg_temp.steps(mrr_history((date '2022-12-15' + i * interval '1 month')::date, 9)) AS a_year FROM generate_series(0, 11) AS i;

\echo '-- Intervals are half-open'
CREATE TEMP TABLE subscription AS SELECT mrr_history(date '2024-01-10', date '2024-02-10', 30) AS h;
SELECT pg_temp.steps(h) FROM subscription;
SELECT day, mrr_at(h, day) FROM subscription, unnest('{2024-01-09,2024-01-10,2024-02-09,2024-02-10,0001-01-01,5874897-12-31}'::date[]) AS day;
-- one that ends where the next begins leaves no gap, and no seam if the price stays
SELECT pg_temp.steps(mrr_history(valid_from, valid_to, mrr))
FROM (VALUES (date '2024-01-10', date '2024-02-10', 30), ('2024-02-10', '2024-03-10', 30), ('2024-03-10', '2024-04-10', 45)) AS v (valid_from, valid_to, mrr);
-- overlapping ones add up
SELECT pg_temp.steps(mrr_history(valid_from, valid_to, mrr))
FROM (VALUES (date '2024-01-01', date '2024-06-01', 100), ('2024-03-15', '2024-04-15', 20), ('2024-04-01', NULL, 5)) AS v (valid_from, valid_to, mrr);
-- NULL and infinity both mean that it is still running
SELECT pg_temp.steps(mrr_history(date '2024-01-10', NULL, 30)), mrr_at(mrr_history(date '2024-01-10', NULL, 30), '9999-12-31'),
       mrr_history(date '2024-01-10', NULL, 30) = mrr_history(date '2024-01-10', 'infinity', 30) AS same;
-- an empty interval covers nothing, and is no unusable row
SELECT pg_temp.steps(mrr_history(date '2024-01-10', date '2024-01-10', 30)), skipped_rows(mrr_history(date '2024-01-10', date '2024-01-10', 30));
-- one day
SELECT pg_temp.steps(mrr_history(date '2024-02-28', date '2024-02-29', 30)), pg_temp.steps(mrr_history(date '2024-02-29', date '2024-03-01', 30));
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT mrr_history(date ''2024-01-10'', date ''2024-01-09'', 30)',
	'SELECT mrr_history(date ''2024-01-10'', date ''-infinity'', 30)',
	'SELECT mrr_history(date ''-infinity'', date ''2024-01-10'', 30)',
	'SELECT mrr_history(date ''infinity'', NULL, 30)',
	'SELECT mrr_history(date ''infinity'', 30)',
	'SELECT mrr_history(timestamp ''-infinity'', 30)',
	'SELECT mrr_history(timestamp ''infinity'', timestamp ''infinity'', 30)',
	'SELECT mrr_history(date ''2024-01-10'', ''NaN'')',
	'SELECT mrr_history(date ''2024-01-10'', date ''2024-01-10'', ''Infinity'')']) AS q;

\echo '-- Timestamps count as their date'
SELECT month, pg_temp.steps(mrr_history(month, 1))
FROM unnest('{2024-01-31 23:59:59.999999,2024-02-01 00:00,1999-12-31 23:59:59.999999,2000-01-01 00:00,0001-01-01 00:00:01,0001-12-31 23:59:59 BC}'::timestamp[]) AS month
GROUP BY month ORDER BY month;
SELECT pg_temp.steps(mrr_history(timestamp '1999-12-31 23:59', timestamp '2000-01-02 00:01', 1)) AS days,
       pg_temp.steps(mrr_history(timestamp '2024-01-10 08:00', timestamp '2024-01-10 17:00', 1)) AS same_day,
       pg_temp.steps(mrr_history(timestamp '2024-01-10 17:00', timestamp 'infinity', 1)) AS running,
       pg_temp.steps(mrr_history(timestamp '2024-01-10 17:00', NULL, 1)) AS running_too;

\echo '-- time zone'
-- The date of a timestamptz depends on the zone: none is guessed, in no session.
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT mrr_history(timestamptz ''2024-01-31 23:30+00'', 10)',
	'SELECT mrr_history(now(), 10, ''EUR'')',
	'SELECT mrr_history(timestamptz ''2024-01-31 23:30+00'', NULL, 10)',
	'SELECT mrr_history(now(), now(), 10, ''EUR'')']) AS q;
SELECT pg_temp.try('SELECT mrr_history(NULL::timestamptz, 10)');
SELECT zone, pg_temp.steps(mrr_history(timestamptz '2024-01-31 23:30+00' AT TIME ZONE zone, 10))
FROM unnest('{UTC,Asia/Tokyo,America/New_York}'::text[]) AS zone GROUP BY zone ORDER BY zone COLLATE "C";

\echo '-- Rows that cannot be used are counted'
SELECT skipped_rows(h), pg_temp.steps(h)
FROM (SELECT mrr_history(month, mrr) AS h
      FROM (VALUES (date '2024-01-01', 10), (NULL, 20), ('2024-02-01', NULL), (NULL, NULL)) AS v (month, mrr)) AS h;
SELECT skipped_rows(h), pg_temp.steps(h)
FROM (SELECT mrr_history(valid_from, valid_to, mrr) AS h
      FROM (VALUES (date '2024-01-01', date '2024-02-01', 10), (NULL, '2024-02-01', 20), ('2024-02-01', NULL, NULL), (NULL, NULL, NULL),
                   (NULL, '-infinity', 3)) AS v (valid_from, valid_to, mrr)) AS h;
SELECT skipped_rows(h), pg_temp.steps(h), mrr_at(h, '2024-01-01')
FROM (SELECT mrr_history(month, 5) AS h FROM (VALUES (NULL::date), (NULL), (NULL)) AS v (month)) AS h;
-- no rows, and NULL
SELECT mrr_history(month, mrr) IS NULL AS none FROM (VALUES (date '2024-01-01', 1)) AS v (month, mrr) WHERE false;
SELECT mrr_at(NULL, '2024-01-01'), mrr_at(h, NULL), skipped_rows(NULL::mrr_history), describe(NULL::mrr_history) FROM subscription;

\echo '-- negative MRR'
-- a discount line nets against its own customer; only what is left below zero reads as 0
CREATE TEMP TABLE discounts (month date, mrr numeric);
INSERT INTO discounts VALUES ('2024-01-01', 100), ('2024-01-01', -20), ('2024-02-01', 100), ('2024-02-01', -130), ('2024-03-01', -5);
SELECT pg_temp.steps(mrr_history(month, mrr)) FROM discounts;
SELECT day, mrr_at((SELECT mrr_history(month, mrr) FROM discounts), day)
FROM unnest('{2024-01-31,2024-02-15,2024-03-01,2024-04-01}'::date[]) AS day;
-- signs are kept: what comes later nets against them
SELECT pg_temp.steps(rollup(h)), mrr_at(rollup(h), '2024-02-15')
FROM (SELECT mrr_history(month, mrr) FROM discounts UNION ALL SELECT mrr_history(date '2024-02-01', 50)) AS v (h);
-- wrong: each line clamped for itself
SELECT month, sum(greatest(mrr, 0)) AS clamped_by_line, mrr_at((SELECT mrr_history(month, mrr) FROM discounts), month) AS right
FROM discounts GROUP BY month ORDER BY month;

\echo '-- Daily snapshots are refused'
-- added up they would be some thirty times the MRR
SELECT pg_temp.try('SELECT mrr_history(day::date, 10) FROM generate_series(date ''2024-01-01'', ''2024-01-31'', interval ''1 day'') AS day');
SELECT pg_temp.try('SELECT mrr_history(day, 10) FROM (VALUES (timestamp ''2024-02-29 01:00''), (''2024-02-28 23:00'')) AS v (day)');
-- the same day twice is two rows of one snapshot, and days may differ from month to month
SELECT pg_temp.steps(mrr_history(day, 10)) FROM (VALUES (date '2024-01-31'), ('2024-01-31'), ('2024-02-29'), ('2024-03-31')) AS v (day);
SELECT pg_temp.steps(mrr_history(day, 10)) FROM (VALUES (timestamp '2024-01-31 01:00'), ('2024-01-31 02:00')) AS v (day);
-- skipped rows are no snapshots
SELECT pg_temp.steps(mrr_history(day, mrr)) FROM (VALUES (date '2024-01-31', 10), ('2024-01-30', NULL)) AS v (day, mrr);
-- it is noticed wherever two parts of one aggregation meet: partial results ...
SELECT pg_temp.try($$SELECT history_combine(history_month_date(NULL, '2024-01-01', 1), history_month_date(NULL, '2024-01-02', 1))$$);
SELECT pg_temp.steps(history_final(history_combine(history_month_date(NULL, '2024-01-01', 1), history_month_date(NULL, '2024-01-01', 1))));
SELECT pg_temp.steps(history_final(history_combine(history_month_date(NULL, '2024-01-01', 1), history_month_date(NULL, '2024-02-02', 1))));
-- ... amounts that take the slow path, before and after ...
SELECT first, second, split_part(pg_temp.try(format('SELECT pg_temp.steps(mrr_history(day, mrr)) FROM (VALUES (date ''2024-01-01'', %s), (''2024-01-02'', %s)) AS v (day, mrr)', first, second)), E'\n', 1)
FROM (VALUES ('1e40', '1'), ('1', '1e40'), ('1e40', '1e40'), ('0', '0'), ('5', '-5')) AS v (first, second);
-- ... and more rows than are kept apart
SELECT split_part(pg_temp.try('SELECT mrr_history(CASE WHEN i = 1 THEN date ''2024-01-02'' ELSE ''2024-01-01'' END, 1) FROM generate_series(1, 20000) AS i'), E'\n', 1) AS first,
       split_part(pg_temp.try('SELECT mrr_history(CASE WHEN i = 20000 THEN date ''2024-01-02'' ELSE ''2024-01-01'' END, 1) FROM generate_series(1, 20000) AS i'), E'\n', 1) AS last;
-- parallel workers see other rows each
CREATE TABLE daily AS SELECT i AS id, date '2024-01-01' + i % 2 AS day FROM generate_series(1, 5000) AS i;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT split_part(pg_temp.try('SELECT mrr_history(day, 1) FROM daily'), E'\n', 1) AS parallel;
SELECT pg_temp.steps(mrr_history(day, 1)) AS parallel FROM daily WHERE id % 2 = 0;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
DROP TABLE daily;
-- intervals may begin on any day
SELECT pg_temp.steps(mrr_history(day, day + 1, 10)) FROM (VALUES (date '2024-01-01'), ('2024-01-02'), ('2024-01-03')) AS v (day);

\echo '-- rollup'
-- histories of one customer add up; NULLs are left out
SELECT pg_temp.steps(rollup(h)), skipped_rows(rollup(h)), rollup(h) = rollup(h ORDER BY h DESC) AS any_order
FROM (SELECT mrr_history(date '2024-01-01', 10) UNION ALL SELECT mrr_history(date '2024-01-15', NULL, 5) UNION ALL SELECT NULL
      UNION ALL SELECT mrr_history(NULL::date, 1)) AS v (h);
SELECT rollup(h) IS NULL AS none FROM subscription WHERE false;
SELECT rollup(NULL::mrr_history) IS NULL AS nulls FROM subscription;
-- what adds up to nothing is a history without steps
SELECT pg_temp.steps(rollup(h)) FROM (SELECT mrr_history(date '2024-01-01', 10) UNION ALL SELECT mrr_history(date '2024-01-31', -10)) AS v (h);

\echo '-- currency mix'
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT describe(mrr_history(month, 10, ''USD''))->>''currency'' FROM (VALUES (date ''2024-01-01''), (''2024-02-01'')) AS v (month)',
	'SELECT mrr_history(month, 10, currency) FROM (VALUES (date ''2024-01-01'', ''USD''), (''2024-02-01'', ''EUR'')) AS v (month, currency)',
	'SELECT mrr_history(month, NULL, 10, currency) FROM (VALUES (timestamp ''2024-01-01'', ''USD''), (''2024-02-01'', NULL)) AS v (month, currency)',
	'SELECT describe(mrr_history(month, mrr, currency))->>''currency'' FROM (VALUES (date ''2024-01-01'', 1, ''USD''), (''2024-02-01'', NULL, ''EUR''), (NULL, 1, ''GBP'')) AS v (month, mrr, currency)',
	'SELECT describe(mrr_history(date ''2024-01-01'', 10, NULL::text))->>''currency_state''',
	'SELECT describe(rollup(h))->>''currency'' FROM (SELECT mrr_history(date ''2024-01-01'', 10) UNION ALL SELECT mrr_history(date ''2024-01-01'', 10, ''USD'')) AS v (h)',
	'SELECT rollup(h) FROM (SELECT mrr_history(date ''2024-01-01'', 10, ''EUR'') UNION ALL SELECT mrr_history(date ''2024-01-01'', 10, ''USD'')) AS v (h)',
	'SELECT mrr_history(date ''2024-01-01'', 10, '''')',
	'SELECT mrr_history(date ''2024-01-01'', 10, ''a currency too long'')']) AS q;

\echo '-- Amounts of any size, and many rows'
-- exact whatever the digits, and in any order
SELECT pg_temp.steps(mrr_history(valid_from, valid_to, mrr)),
       mrr_history(valid_from, valid_to, mrr) = mrr_history(valid_from, valid_to, mrr ORDER BY mrr DESC) AS any_order
FROM (VALUES (date '2024-01-01', date '2024-06-01', 1e30), ('2024-02-01', '2024-05-01', 1e-25), ('2024-03-01', '2024-04-01', -1e30), ('2024-04-01', NULL, 0.01)) AS v (valid_from, valid_to, mrr);
-- 40000 rows of one month, and 720 months, as by a closed form
SELECT pg_temp.steps(mrr_history(date '2024-01-01', i)), 40000 * 40001 / 2 AS expected FROM generate_series(1, 40000) AS i;
SELECT jsonb_array_length(describe(h)->'steps') AS steps, mrr_at(h, '1990-01-15'), mrr_at(h, '1999-12-31'), mrr_at(h, '2049-12-01'), mrr_at(h, '2050-01-01')
FROM (SELECT mrr_history((date '1990-01-01' + i * interval '1 month')::date, i + 0.5) AS h FROM generate_series(0, 719) AS i) AS h;

\echo '-- Far dates'
-- right or refused, in the first and the last month there is
SELECT month, pg_temp.try(format('SELECT mrr_at(mrr_history(%L::date, 7), %1$L)', month)) ~ '^(7$|22)' AS right_or_refused
FROM unnest('{4714-11-24 BC,4714-11-30 BC,5874897-12-01,5874897-12-31}'::date[]) AS month;
SELECT month, pg_temp.steps(mrr_history(month, 7))
FROM unnest('{4714-12-01 BC,0001-01-01 BC,0001-12-31 BC,0001-01-01,0001-12-31,5874897-11-30}'::date[]) AS month
GROUP BY month ORDER BY month;
SELECT pg_temp.steps(mrr_history(date '4714-11-24 BC', date '5874897-12-31', 7)), pg_temp.steps(mrr_history(date '5874897-12-31', NULL, 7));
-- a message about a month long ago
SELECT pg_temp.try('SELECT mrr_history(day, 10) FROM (VALUES (date ''0044-03-15 BC''), (''0044-03-14 BC'')) AS v (day)') LIKE '%month 0044-03 BC%' AS named;

\echo '-- In a window and with FILTER'
SELECT month, mrr_at(mrr_history(month, mrr) OVER (ORDER BY month), '2024-02-15') AS by_now,
       mrr_at(mrr_history(month, mrr) FILTER (WHERE mrr > 1) OVER (ORDER BY month ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), '2024-02-15') AS of_two
FROM (VALUES (date '2024-01-01', 1), ('2024-02-01', 2), ('2024-03-01', 3), ('2024-04-01', 4)) AS v (month, mrr);
