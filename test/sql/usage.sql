-- Usage: what a customer used by day, and how it changed.  Figures worked by hand stand in the comment before the query.
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

-- a customer who used that much in each of these weeks, all of it on the first day; the last week ends on 2025-06-29
CREATE FUNCTION pg_temp.weeks(totals numeric[]) RETURNS usage_summary LANGUAGE sql AS $$
	SELECT usage_agg(date '2025-06-30' - 7 * (cardinality(totals) - i + 1)::int, n) FROM unnest(totals) WITH ORDINALITY AS t (n, i)
$$;

\echo '-- What there is'
-- two rows of one day add up; one row without a day and one without usage are skipped; 0 counts for the first and last day
CREATE TEMP TABLE events (day timestamp, n numeric);
INSERT INTO events VALUES ('2025-01-06 23:59', 2), ('2025-01-06', 1.50), ('2025-01-03', 0), ('2025-01-08 12:00', 4), ('2025-01-10', 0), ('2025-01-07', 0.00), (NULL, 7), ('2025-01-09', NULL);
CREATE TEMP TABLE u AS SELECT usage_agg(day, n) AS u FROM events;
SELECT usage_total(u), usage_days(u), first_day(u), last_day(u), skipped_rows(u), pg_typeof(usage_days(u)) FROM u;
SELECT u, jsonb_pretty(describe(u)) FROM u;
SELECT * FROM u, usage_by_day(u);
-- as dates; a row of 0 between others is no row
SELECT usage_agg(day::date, n) = u AS dates, usage_agg(day, n) FILTER (WHERE day <> '2025-01-07' OR day IS NULL) = u AS zero FROM events, u GROUP BY u;

\echo '-- Whole weeks, counted back from as_of'
-- history 03 to 12 January is ten days, one week: 06 to 12; as of the 10th, 04 to 10; as of the 8th there is none
SELECT as_of::date, array_agg((week, usage) ORDER BY week) FILTER (WHERE week IS NOT NULL) AS weeks, usage_level(u, 1, as_of::date), usage_recency(u, as_of::date)
FROM u CROSS JOIN unnest('{2024-12-31,2025-01-03,2025-01-05,2025-01-06,2025-01-08,2025-01-09,2025-01-10,2025-01-12,2025-01-16,2025-01-17}'::date[]) AS as_of LEFT JOIN LATERAL usage_by_week(u, as_of) ON true
GROUP BY u, as_of ORDER BY as_of;

\echo '-- The median level'
-- weeks 10, 70, 20, 30, 41: of the last four (20 + 30 and so on) 20 30 41 70 -> 35.5; of three 30; of two 35.5; there is no sixth
SELECT w, usage_level(pg_temp.weeks('{10,70,20,30,41}'), w, '2025-06-29') FROM generate_series(1, 6) AS w;
-- a day earlier the weeks begin on their last days, and only four are whole
SELECT w, usage_level(pg_temp.weeks('{10,70,20,30,41}'), w, '2025-06-28') FROM generate_series(4, 5) AS w;

\echo '-- The drop'
-- 50 eight times, then 20 four times: no noise, so (50 - 20) / (0.1 * 50) = 6; it is the same upwards, -30 / 5
SELECT usage_drop(pg_temp.weeks('{50,50,50,50,50,50,50,50,20,20,20,20}'), 4, 8, '2025-06-29') AS down, usage_drop(pg_temp.weeks('{20,20,20,20,20,20,20,20,50,50,50,50}'), 4, 8, '2025-06-29') AS up;
-- base 40 50 50 60 -> 50, recent 30 34 -> 32; deviations 10 0 0 10 2 2 -> median 2; 18 / (1.4826 * 2 + 5) = 18 / 7.9652
SELECT usage_drop(pg_temp.weeks('{999,40,50,60,50,30,34}'), 2, 4, '2025-06-29'), round(18 / 7.9652, 16) AS by_hand;
-- noise in the recent weeks counts: 8 and 56 have the median 32, too; deviations 10 0 0 10 24 24 -> 10; 18 / (14.826 + 5)
SELECT usage_drop(pg_temp.weeks('{999,40,50,60,50,8,56}'), 2, 4, '2025-06-29'), round(18 / 19.826, 16) AS by_hand;
-- one week that is an outlier, in the base and in the recent ones, moves no median
SELECT usage_drop(pg_temp.weeks('{50,50,9000,50,50,50,50,50}'), 3, 5, '2025-06-29') AS none, usage_drop(pg_temp.weeks('{50,50,50,50,50,50,0,50}'), 3, 5, '2025-06-29') AS still_none;
-- it stopped: 10 is the most there can be.  The base is 0, or too short: unknown
SELECT usage_drop(pg_temp.weeks('{7,7,7,7,0,0}'), 2, 4, '2025-06-29') AS stopped, usage_drop(pg_temp.weeks('{0,0,0,7,7,7}'), 2, 4, '2025-06-29') AS base_0, usage_drop(pg_temp.weeks('{7,7,7,7,7}'), 2, 4, '2025-06-29') AS short;

\echo '-- The slope'
-- 1 2 3 4: slope 1 by mean 2.5; the days before and the last day do not matter; 4 3 2 1 falls by as much; 0 0 0 8: slope 2.4 by mean 2
CREATE FUNCTION pg_temp.days(n numeric[]) RETURNS usage_summary LANGUAGE sql AS $$ SELECT usage_agg(date '2025-06-01' + i::int, n) FROM unnest(n) WITH ORDINALITY AS t (n, i) $$;
SELECT usage_slope(pg_temp.days('{77,1,2,3,4,55}'), 4, '2025-06-06') AS up, usage_slope(pg_temp.days('{4,3,2,1}'), 4, '2025-06-05') AS down, usage_slope(pg_temp.days('{0,0,0,8}'), 4, '2025-06-05') AS jump,
	usage_slope(pg_temp.days('{5,5,5}'), 3, '2025-06-04') AS flat, usage_slope(pg_temp.days('{5,1}'), 2, '2025-06-03') AS two, usage_slope(pg_temp.days('{8}'), 4, '2025-06-05') AS fell_silent;
-- 1 2 2: slope 0.5 by 5/3 = 0.3; 1 2 4: 1.5 by 7/3 = 9/14
SELECT usage_slope(pg_temp.days('{1,2,2}'), 3, '2025-06-04'), usage_slope(pg_temp.days('{1,2,4}'), 3, '2025-06-04');
-- too short; nothing used
SELECT usage_slope(pg_temp.days('{1,2,4}'), 4, '2025-06-04') AS short, usage_slope(pg_temp.days('{9,0,0,0}'), 3, '2025-06-05') AS nothing;

\echo '-- The strongest shift'
-- 50 four times, 20 four times: 30 / 5 * sqrt(4 * 4 / 8) = 6 * sqrt 2, from the fifth week on, which begins on 2025-06-02
SELECT c.*, 6 * sqrt(2) = strength AS by_hand FROM usage_changepoint(pg_temp.weeks('{50,50,50,50,20,20,20,20}'), '2025-06-29') AS c;
-- noise: 52 48 50 50 | 18 22 20 20: deviations 2 2 0 0 2 2 0 0 -> 1; 30 / (1.4826 + 5) * sqrt 2
SELECT c.*, round((30 / 6.4826 * sqrt(2))::numeric, 12) = round(strength::numeric, 12) AS by_hand FROM usage_changepoint(pg_temp.weeks('{52,48,50,50,18,22,20,20}'), '2025-06-29') AS c;
-- seven weeks are too few, also with six days more; on the eighth's last day there are eight
SELECT as_of::date, c.* FROM unnest('{2025-06-22,2025-06-28,2025-06-29}'::date[]) AS as_of, usage_changepoint(pg_temp.weeks('{50,50,50,50,20,20,20,20}'), as_of) AS c;
-- nothing changed
SELECT c.* FROM usage_changepoint(pg_temp.weeks('{5,5,5,5,5,5,5,5,5}'), '2025-06-29') AS c UNION ALL SELECT c.* FROM usage_changepoint(pg_temp.weeks('{0,0,0,0,0,0,0,0}'), '2025-06-29') AS c;
-- up after four weeks and down again after eight, alike in both directions: the later of equals
SELECT c.* FROM usage_changepoint(pg_temp.weeks('{10,10,10,10,20,20,20,20,10,10,10,10}'), '2025-06-29') AS c;
-- two weeks at an end are no shift, but can be half of four; the place with four weeks before it has a better balance
SELECT c.* FROM usage_changepoint(pg_temp.weeks('{90,90,50,50,50,50,50,50,50,50,50,90,90}'), '2025-06-29') AS c;
-- of 26 weeks on each side only: growth by 1 a week over two years is 26 from median to median, by deviations of 6.5 and
-- a tenth of the level, wherever that is least: in the beginning, in the 27th week
SELECT c.*, round((26 / (1.4826 * 6.5 + 0.1 * 1039.5) * sqrt(13))::numeric, 12) = round(strength::numeric, 12) AS by_hand
FROM usage_changepoint(pg_temp.weeks(ARRAY(SELECT 1000 + i FROM generate_series(1, 104) AS i)), '2025-06-29') AS c;
-- to 0 and from 0; a half; what is beyond 128 bits
SELECT c.* FROM usage_changepoint(pg_temp.weeks('{7,7,7,7,0,0,0,0,0}'), '2025-06-29') AS c;
SELECT c.* FROM usage_changepoint(pg_temp.weeks('{0,0,0,0,7,8,7.5,8}'), '2025-06-29') AS c;
SELECT round(log(factor)) AS zeros, c.strength, trim_scale(c.before / factor) AS before, trim_scale(c.after / factor) AS after, trim_scale(usage_level(w, 4, '2025-06-29') / factor) AS level, usage_drop(w, 4, 6, '2025-06-29') AS drop, usage_slope(w, 28, '2025-06-29') AS slope
FROM unnest('{1,1e-15,1e15,1e30,1e38,1e200}'::numeric[]) AS factor, LATERAL (SELECT pg_temp.weeks(ARRAY(SELECT x * factor FROM unnest('{31,44,29,30,36,33,30,35,41,12,15,9,11}'::numeric[]) AS x)) AS w OFFSET 0) AS s, usage_changepoint(w, '2025-06-29') AS c;
-- the strongest place is not the date: 100 ten times, 50 four times is strongest with three weeks of 100 on the wrong side,
-- 7 and 7: 50 / 10 * sqrt(49 / 14), more than sqrt(40 / 14); but the change is where the 50 begin, on 2025-06-02
SELECT c.*, round((5 * sqrt(49 / 14.0))::numeric, 12) = round(strength::numeric, 12) AS by_hand FROM usage_changepoint(pg_temp.weeks('{100,100,100,100,100,100,100,100,100,100,50,50,50,50}'), '2025-06-29') AS c;
-- a week midway may belong to either side: the later
SELECT c.* FROM usage_changepoint(pg_temp.weeks('{100,100,100,100,100,75,50,50,50,50,50,50}'), '2025-06-29') AS c;
-- a shift of 1 in 1e25: 1e-25 / 0.1 * sqrt 2
SELECT c.changed_on, c.strength FROM usage_changepoint(pg_temp.weeks('{1e25,1e25,1e25,1e25,10000000000000000000000001,10000000000000000000000001,10000000000000000000000001,10000000000000000000000001}'), '2025-06-29') AS c;
-- every day as as_of: the weeks move, the change stays where it was, in the week of 2025-03-10
SELECT min(c.changed_on), max(c.changed_on), min(c.before), max(c.before), min(c.after), max(c.after) FROM generate_series(date '2025-04-10', '2025-06-29', interval '1 day') AS as_of,
	(SELECT usage_agg(date '2024-12-30' + i, CASE WHEN i % 7 >= 5 THEN 0 WHEN i < 70 THEN 20 ELSE 10 END) AS u FROM generate_series(0, 181) AS i) AS s, usage_changepoint(u, as_of::date) AS c;

\echo '-- Days since the last use'
SELECT usage_recency(pg_temp.days('{0,5,0,0}'), d::date) FROM unnest('{2025-06-01,2025-06-02,2025-06-03,2025-06-05,2026-06-05}'::date[]) AS d;

\echo '-- NULL, no rows, nothing usable'
SELECT usage_agg(day, n) AS none FROM events WHERE false;
SELECT u, usage_total(u), usage_days(u), first_day(u), last_day(u), skipped_rows(u), usage_level(u, 1, d), usage_drop(u, 1, 2, d), usage_slope(u, 2, d), usage_recency(u, d), usage_changepoint(u, d)
FROM (SELECT usage_agg(NULL::date, 1) AS u FROM generate_series(1, 3)) AS t, (SELECT date '2025-01-01' AS d) AS v;
SELECT count(*) FROM (SELECT usage_agg(NULL::date, 1) AS u FROM u) AS s, LATERAL (SELECT day FROM usage_by_day(s.u) UNION ALL SELECT week FROM usage_by_week(s.u, '2025-01-01')) AS x;
SELECT usage_total(NULL), usage_days(NULL), first_day(NULL), last_day(NULL::usage_summary), skipped_rows(NULL::usage_summary), describe(NULL::usage_summary), usage_level(NULL, 1, '2025-01-01'), usage_drop(u, NULL, 1, '2025-01-01'), usage_slope(u, 2, NULL), usage_recency(u, NULL), usage_changepoint(u, NULL) FROM u;

\echo '-- Bad input'
SELECT pg_temp.try(q) FROM unnest(ARRAY[$$SELECT usage_agg(date '2025-01-01', -1)$$, $$SELECT usage_agg(date '2025-01-01', -1e40)$$, $$SELECT usage_agg(date '2025-01-01', 'NaN')$$, $$SELECT usage_agg(date '2025-01-01', 'infinity')$$,
	$$SELECT usage_agg(date 'infinity', 1)$$, $$SELECT usage_agg(timestamp '-infinity', 1)$$, $$SELECT usage_agg(now(), 1)$$, $$SELECT usage_agg(date '2025-01-01', 1::float8)$$,
	$$SELECT usage_level(u, 0, '2025-01-01') FROM u$$, $$SELECT usage_drop(u, 0, 2, '2025-01-01') FROM u$$, $$SELECT usage_drop(u, 1, 1, '2025-01-01') FROM u$$, $$SELECT usage_slope(u, 1, '2025-01-01') FROM u$$,
	$$SELECT usage_level(u, 1, 'infinity') FROM u$$, $$SELECT usage_recency(u, '-infinity') FROM u$$, $$SELECT usage_changepoint(u, 'infinity') FROM u$$, $$SELECT usage_by_week(u, 'infinity') FROM u$$,
	$$SELECT usage_changepoint(usage_agg(date '0001-01-01', 1), '9999-01-01')$$, $$SELECT count(*) FROM usage_by_day((SELECT usage_agg(d, 1) FROM unnest('{4000-01-01 BC,2025-01-01}'::date[]) AS d))$$]) AS q;
-- a row that is skipped is not looked at
SELECT skipped_rows(usage_agg(d, n)) FROM (VALUES (NULL::date, -1::numeric), ('infinity', NULL), (NULL, 'NaN')) AS v (d, n);

\echo '-- Rolling up'
-- parts of one customer, in any split, with and without days in common, and the first one again
SELECT rollup(p) = (SELECT u FROM u) AS same FROM (SELECT usage_agg(day, n) AS p FROM events GROUP BY n, day) AS parts;
SELECT usage_total(rollup(x)), skipped_rows(rollup(x)), usage_days(rollup(x)) FROM (SELECT u FROM u UNION ALL SELECT u FROM u UNION ALL SELECT NULL) AS v (x);
SELECT rollup(x) IS NULL AS none, rollup(x) FILTER (WHERE false) IS NULL AS no_rows FROM (VALUES (NULL::usage_summary)) AS v (x);
SELECT usage_total(usage_combine(u, pg_temp.days('{1e40,0.5}'))), usage_total(usage_accum_date(u, '2030-01-01', 3)), last_day(usage_accum_timestamp(u, '2030-01-01', 3)), skipped_rows(usage_accum_date(u, NULL, 3)) FROM u;
-- the order of rows does not show: days apart, days together, several rows a day, amounts of every kind
SELECT kind, count(DISTINCT x::text), min(usage_days(x)) FROM (
	SELECT kind, usage_agg(date '1900-01-01' + i * CASE kind WHEN 1 THEN 9 WHEN 4 THEN -3 ELSE 1 END / CASE kind WHEN 3 THEN 20 ELSE 1 END,
		CASE kind WHEN 2 THEN CASE i % 97 WHEN 0 THEN 1e35 WHEN 1 THEN 1e-22 WHEN 2 THEN 0 ELSE i / 100.0 END WHEN 5 THEN i * 1e31 ELSE i % 11 END ORDER BY i::bigint * f % 20011) AS x
	FROM generate_series(1, 5) AS kind, generate_series(1, 2500) AS i, unnest('{1,7919,20010}'::int[]) AS f WHERE i <= CASE kind WHEN 1 THEN 2500 WHEN 2 THEN 500 WHEN 5 THEN 200 ELSE 1000 END GROUP BY kind, f) AS v GROUP BY kind ORDER BY kind;
-- sums beyond 128 bits
SELECT usage_total(usage_agg(date '2025-01-01', 9999e28)) FROM generate_series(1, 3000);

\echo '-- The type'
CREATE TEMP TABLE summaries AS
SELECT row_number() OVER () AS id, x FROM (SELECT u FROM u UNION ALL SELECT usage_agg(NULL::date, 1) UNION ALL SELECT usage_agg(date '2025-01-01', 0) UNION ALL SELECT usage_agg(date '2025-01-01' + i, i * 100) FROM generate_series(0, 4) AS i
	UNION ALL SELECT usage_agg(d, 9223372036854775807::numeric) FROM unnest('{4714-11-24 BC,5874897-12-31}'::date[]) AS d UNION ALL SELECT usage_agg(date '2025-01-01' + i, 9223372036854775807::numeric + i) FROM generate_series(0, 1) AS i
	UNION ALL SELECT usage_agg(date '2025-01-01' + i, i * 1e-20) FROM generate_series(1, 10) AS i UNION ALL SELECT usage_agg(date '2025-01-01', 1e-21) UNION ALL SELECT usage_agg(date '2025-01-01' + 3 * i, i * 1e40) FROM generate_series(1, 2) AS i) AS v (x);
SELECT id, x, usage_summary_send(x), x::text::usage_summary = x AS text FROM summaries ORDER BY id;
SELECT count(DISTINCT x), count(DISTINCT usage_summary_hash(x)) AS hashes, max(x::text COLLATE "C") FROM summaries;
-- two years of every day, thousands of events each, take less than 3 bytes a day
SELECT pg_column_size(usage_agg(date '2023-01-01' + i, 3000 + i * 7919 % 5000)) FROM generate_series(0, 729) AS i;
SELECT pg_temp.try(format('SELECT %L::usage_summary', x)) FROM unnest(ARRAY['', '1', '1,0', '1,0,0', '1,-1,0', '1,1,0,0', '1,0,1', '1,0,2', '1,0,1,9132,0,0[]', '1,0,1,9132,0,1[0]', '1,0,1,9132,0,2[5,5', '1,0,1,9132,0,1[5,5]', '1,0,1,9132,0,2[0,1,0,1]',
	'1,0,1,9132,1,1[50]', '1,0,1,9132,0,1[-5]', '1,0,1,9132,22,1[5]', '1,0,1,9132,21,1[5]', '1,0,1,9132,21,1[-5.000000000000000000000000000001]', '1,0,1,9132,20,1[9223372036854775808]', '1,0,1,2145031948,0,1[5]', '1,0,1,2145031948,0,2[5,5]', '1,0,1,2145031949,0,1[5]', '1,0,1,9132,0,1[0,2145022817]', '2,1,0']) AS x;
