-- Renewals.  Figures worked by hand stand in the comment before the query.
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

\echo '-- Every case'
-- As of 2025-07-01 with 30 days of grace.  What was due by 2025-05-31 is decided, as its grace ended by 2025-06-30.
CREATE TEMP TABLE contracts (what text, due date, arr_due numeric, renewed_on date, arr_renewed numeric);
INSERT INTO contracts VALUES
	('early',                   '2025-05-31', 100, '2024-12-01', 120),
	('on the day',              '2025-05-31', 100, '2025-05-31', 100),
	('a day late',              '2025-05-31', 100, '2025-06-01', 80),
	('last day of grace',       '2025-05-31', 100, '2025-06-30', 50),
	('recovered',               '2025-05-30', 100, '2025-06-30', 70),
	('recovered on as_of',      '2025-05-31', 100, '2025-07-01', 60),
	('signs after as_of',       '2025-05-31', 100, '2025-07-02', 100),
	('lost',                    '2025-05-31', 100, NULL, NULL),
	('an amount, but no date',  '2025-05-31', 100, NULL, 100),
	('open',                    '2025-06-01', 100, NULL, NULL),
	('open, signed',            '2025-06-01', 100, '2025-06-15', 110),
	('due later, signed early', '2025-12-31', 100, '2025-01-01', 130),
	('due later, not yet',      '2025-12-31', 100, '2025-07-02', 130),
	('renewed for nothing',     '2025-05-31', 100, '2025-05-01', 0),
	('nothing due',             '2025-05-31', 0,   '2025-05-01', 10),
	('no due date',             NULL,         100, '2025-05-01', 100),
	('no ARR due',              '2025-05-31', NULL, '2025-05-01', 100);
SELECT what, due_count(s) AS due, renewed_count(s) AS renewed, on_time_count(s) AS on_time, late_count(s) AS late, lost_count(s) AS lost,
       recovered_count(s) AS recovered, open_count(s) AS open, signed_count(s) AS signed, skipped_rows(s) AS skipped
FROM (SELECT what, renewal_agg(due, arr_due, renewed_on, arr_renewed, date '2025-07-01', 30) AS s FROM contracts GROUP BY what) AS t ORDER BY what COLLATE "C";
CREATE TEMP TABLE s AS SELECT renewal_agg(due, arr_due, renewed_on, arr_renewed, date '2025-07-01', 30) AS s FROM contracts;
\x on
-- on time: early, on the day, for nothing, nothing due; late: two; lost: five, of which two recovered; open: four, of which two signed
SELECT due_count(s), renewed_count(s), on_time_count(s), late_count(s), lost_count(s), recovered_count(s), open_count(s), signed_count(s), skipped_rows(s) FROM s;
-- renewed 120 + 100 + 0 + 10 and 80 + 50; due 3 * 100 + 0, 200 and 500; recovered 70 + 60; open 400, signed 110 + 130
SELECT due_arr(s), renewed_arr(s), on_time_arr(s), late_arr(s), lost_arr(s), recovered_arr(s), open_arr(s), signed_arr(s) FROM s;
-- 360/1000; capped 100 + 100 + 0 + 0 + 80 + 50 = 330/1000; 6/11; 4/6
SELECT renewal_rate(s), gross_renewal_rate(s), logo_renewal_rate(s), on_time_rate(s) FROM s;
\x off
SELECT s, jsonb_pretty(describe(s)) FROM s;
SELECT pg_typeof(renewal_rate(s)), pg_typeof(due_arr(s)), pg_typeof(due_count(s)), pg_typeof(skipped_rows(s)) FROM s;

\echo '-- Grace'
-- none is 0, and then what is due on as_of is open still
SELECT renewal_agg(due, arr_due, renewed_on, arr_renewed, date '2025-07-01') = renewal_agg(due, arr_due, renewed_on, arr_renewed, date '2025-07-01', 0) AS same FROM contracts;
SELECT due - date '2025-07-01' AS days, open_count(renewal_agg(due, 1, NULL, NULL, date '2025-07-01')) AS open, lost_count(renewal_agg(due, 1, NULL, NULL, date '2025-07-01')) AS lost
FROM unnest('{2025-06-30,2025-07-01,2025-07-02}'::date[]) AS due GROUP BY due ORDER BY due;
-- as long as there can be
SELECT open_count(renewal_agg(date '5874897-12-31', 1, NULL, NULL, date '2025-07-01', 2147483647)) AS open,
       lost_count(renewal_agg(date '4713-01-01 BC', 1, NULL, NULL, date '5874897-12-31', 2147483647)) AS lost;

\echo '-- By the period it was due in'
-- A vendor that books by the month of signature shows 0 % for May and 200 % for June
SELECT to_char(due, 'YYYY-MM') AS due, renewal_rate(renewal_agg(due, 100, renewed_on, 100, date '2025-12-31', 30))
FROM (VALUES (date '2025-05-31', date '2025-06-02'), ('2025-06-30', '2025-06-30')) AS v (due, renewed_on) GROUP BY 1 ORDER BY 1;

\echo '-- NULL and no rows'
SELECT renewal_agg(due, arr_due, renewed_on, arr_renewed, date '2025-07-01') FROM contracts WHERE false;
SELECT renewal_rate(s), gross_renewal_rate(s), logo_renewal_rate(s), on_time_rate(s), due_count(s), due_arr(s), renewed_arr(s), skipped_rows(s), s
FROM (SELECT renewal_agg(NULL::date, NULL, NULL, NULL, '2025-07-01') AS s FROM generate_series(1, 2)) AS t;
-- all open; ARR of 0 due: no rate of amounts, but one of contracts; nobody renewed: no rate on time
SELECT renewal_rate(s), gross_renewal_rate(s), logo_renewal_rate(s), on_time_rate(s)
FROM (SELECT renewal_agg(due, arr, renewed, 5, '2025-07-01') AS s
      FROM (VALUES (1, date '2025-12-31', 100, NULL::date), (2, '2025-01-01', 0, '2025-01-01'), (3, '2025-01-01', 100, NULL)) AS v (n, due, arr, renewed) GROUP BY n) AS t
ORDER BY s;
SELECT renewal_rate(NULL), due_count(NULL::renewal_summary), due_arr(NULL::renewal_summary), describe(NULL::renewal_summary);

\echo '-- Bad input'
SELECT pg_temp.try('SELECT renewal_agg(' || args || ')') FROM unnest(ARRAY[
	$$date '2025-01-01', 100, date '2025-01-01', NULL, date '2025-07-01'$$, $$NULL::date, 100, date '2025-01-01', NULL, date '2025-07-01'$$,
	$$date '2025-01-01', 100, date '2026-01-01', NULL, date '2025-07-01'$$,
	$$date '2025-01-01', -1, NULL, NULL, date '2025-07-01'$$, $$date '2025-01-01', 1, NULL, -0.5, date '2025-07-01'$$, $$date '2025-01-01', -1e40, NULL, NULL, date '2025-07-01'$$,
	$$date '2025-01-01', 'NaN', NULL, NULL, date '2025-07-01'$$, $$date '2025-01-01', NULL, date '2025-01-01', 'infinity', date '2025-07-01'$$,
	$$date '2025-01-01', 1, NULL, NULL, NULL$$, $$date '2025-01-01', 1, NULL, NULL, date '2025-07-01', NULL$$, $$date '2025-01-01', 1, NULL, NULL, date '2025-07-01', -1$$,
	$$date 'infinity', 1, NULL, NULL, date '2025-07-01'$$, $$date '2025-01-01', 1, NULL, NULL, date '-infinity'$$,
	$$date '2025-01-01', 1, NULL, NULL, as_of) FROM (VALUES (date '2025-07-01'), ('2025-07-02')) AS v (as_of$$,
	$$date '2025-01-01', 1, NULL, NULL, date '2025-07-01', grace) FROM (VALUES (30), (31)) AS v (grace$$,
	$$now(), 1, NULL, NULL, now()$$, $$now(), 1, NULL, NULL, now(), 30$$]) AS args;
-- never, and ever since, are dates of renewal
SELECT lost_count(renewal_agg(date '2025-01-01', 1, date 'infinity', 1, date '2025-07-01')) AS lost, on_time_count(renewal_agg(date '2025-01-01', 1, date '-infinity', 1, date '2025-07-01')) AS on_time;

\echo '-- Timestamps count as their date'
SELECT on_time_count(s), late_count(s) FROM (SELECT renewal_agg(timestamp '2025-05-31 00:00', 1, renewed, 1, timestamp '2025-07-01 23:59', 1) AS s
FROM unnest('{2025-05-31 23:59,2025-06-01 00:00}'::timestamp[]) AS renewed) AS t;

\echo '-- Exact amounts of any size'
SELECT due_arr(s), renewed_arr(s), renewal_rate(s), gross_renewal_rate(s), s FROM (SELECT renewal_agg(date '2025-01-01', due, date '2025-01-01', renewed, date '2025-07-01') AS s
FROM (VALUES (0.1, 0.2), (1e-30, 1e-30), (1e40, 3), (12345678901234567890.12345678, 0), (1, 1e30), (0.30, 0.1)) AS v (due, renewed)) AS t;
SELECT count(DISTINCT x::text) AS one FROM (SELECT renewal_agg(date '2025-01-01', 10.0 ^ (i % 40 - 20), CASE WHEN i % 3 > 0 THEN date '2025-01-01' END, 10.0 ^ (i % 7 * 5 - 17), date '2025-07-01' ORDER BY i * f % 101) AS x
FROM generate_series(1, 100) AS i, generate_series(1, 5) AS f GROUP BY f) AS v;

\echo '-- Rolling up'
SELECT rollup(s) = (SELECT s FROM s) AS same, renewal_rate(rollup(s))
FROM (SELECT renewal_agg(due, arr_due, renewed_on, arr_renewed, date '2025-07-01', 30) AS s FROM contracts GROUP BY arr_due % 3, length(what) % 3) AS parts;
SELECT rollup(x) IS NULL AS none FROM (VALUES (NULL::renewal_summary)) AS v (x);
SELECT lost_arr(rollup(s)) = 1e35 AS large FROM (SELECT renewal_agg(date '2025-01-01', 1e34, NULL, NULL, date '2025-07-01') AS s, i FROM generate_series(1, 10) AS i GROUP BY i) AS t;
SELECT renewal_combine(s, renewal_accum(s, date '2025-01-01', 5, NULL, NULL, date '2026-01-01')) FROM s;

\echo '-- The type'
CREATE TEMP TABLE summaries AS
SELECT row_number() OVER () AS id, x FROM (SELECT s AS x FROM s UNION ALL SELECT renewal_agg(NULL::date, NULL, NULL, NULL, '2025-07-01')
	UNION ALL SELECT renewal_agg(date '2025-01-01', 1e40, date '2025-01-02', 1e-40, date '2025-07-01', i) FROM generate_series(0, 1) AS i GROUP BY i) AS v;
SELECT id, x, renewal_summary_send(x), x::text::renewal_summary = x AS text FROM summaries ORDER BY id;
SELECT count(DISTINCT x), count(DISTINCT renewal_summary_hash(x)) AS hashes FROM summaries;
SELECT pg_temp.try(format('SELECT %L::renewal_summary', x)) FROM unnest(ARRAY['', '1', '1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,-1,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,-1,0,0,0,0,0,0,0,0,0,0,0,0,0',
	'1,0,1,-5,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,5,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,0,0,1,5,0,0,2,0,0,0,0,0', '1,0,0,0,0,0,0,0,1,5,0,0,2,0,0,0', '1,0,1,5,0,0,0,0,0,0,0,0,0,0,5,6', '1,0,1,9,0,0,0,0,0,0,0,0,0,0,5,6',
	'1,0,0,0,0,0,0,0,0,0,0,0,0,0,5,0', '1,0,9223372036854775807,0,1,0,0,0,0,0,0,0,0,0,0,0']) AS x;
SELECT pg_temp.try($$SELECT rollup(x) FROM (VALUES ('1,0,9223372036854775807,0,0,0,0,0,0,0,0,0,0,0,0,0'::renewal_summary), ('1,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0')) AS v (x)$$);
SELECT pg_temp.try($$SELECT rollup(x) FROM (VALUES ('1,0,9223372036854775807,0,0,0,0,0,0,0,0,0,0,0,0,0'::renewal_summary), ('1,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0')) AS v (x)$$);
