-- Durations and survival.  Figures worked by hand stand in the comment before the query.
SET search_path = public, ccx;
SET datestyle = ISO;
SET timezone = 'UTC';

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

\echo '-- What becomes of a row'
-- As of the 20th; the unit of a row is (duration, events, censored), the duration counted from the one before plus 1
SELECT what, duration_agg(start, done, as_of) FROM (VALUES
	('done', date '2025-01-01', date '2025-01-05', date '2025-01-20'), ('same day', '2025-01-01', '2025-01-01', '2025-01-20'),
	('done on as_of', '2025-01-01', '2025-01-20', '2025-01-20'), ('done after as_of', '2025-01-01', '2025-01-21', '2025-01-20'),
	('not done', '2025-01-01', NULL, '2025-01-20'), ('starts on as_of', '2025-01-20', NULL, '2025-01-20'), ('never', '2025-01-01', 'infinity', '2025-01-20'),
	('done before start', '2025-01-10', '2025-01-09', '2025-01-20'), ('long before', '2025-01-10', '-infinity', '2025-01-20'), ('starts after as_of', '2025-01-21', NULL, '2025-01-20'),
	('no start', NULL, '2025-01-05', '2025-01-20'), ('no as_of', '2025-01-01', '2025-01-05', NULL)) AS v (what, start, done, as_of)
GROUP BY what ORDER BY what COLLATE "C";
SELECT pg_temp.try(q) FROM unnest(ARRAY[$$SELECT duration_agg(date '-infinity', NULL, date '2025-01-01')$$, $$SELECT duration_agg(date '2025-01-01', NULL, date 'infinity')$$,
	$$SELECT duration_agg(timestamp '-infinity', NULL, timestamp '2025-01-01', 'hour')$$, $$SELECT duration_agg(timestamp 'infinity', NULL, timestamp '2025-01-01')$$,
	$$SELECT duration_agg(date '4713-01-01 BC', NULL, date '5874897-12-31', 'hour')$$, $$SELECT duration_agg(timestamp '4713-01-01 BC', NULL, timestamp '294276-12-31', 'hour')$$]) AS q;
-- the longest there are
SELECT duration_agg(date '4713-01-01 BC', NULL, date '5874897-12-31') AS days, duration_agg(timestamp '4713-01-01 BC', timestamp '240000-01-01', timestamp '294276-12-31', 'hour') AS hours;

\echo '-- Days and hours'
-- From 23:30 to 00:29 two days later are two days on the calendar, and 24 whole hours (24 h 59 min)
SELECT duration_agg(a, b, b) AS plain, duration_agg(a, b, b, 'day') AS day, duration_agg(a, b, b, 'hour') AS hour
FROM (VALUES (timestamp '2025-03-01 23:30', timestamp '2025-03-03 00:29')) AS v (a, b);
SELECT duration_agg(a, b, b) AS plain, duration_agg(a, b, b, 'day') AS day, duration_agg(a, b, b, 'hour') AS hour FROM (VALUES (date '2025-03-01', date '2025-03-03')) AS v (a, b);
-- a timestamp done later on the day of as_of is done, by day; by hour it is not
SELECT duration_agg(timestamp '2025-01-01', timestamp '2025-01-02 18:00', timestamp '2025-01-02 12:00', 'day') AS by_day,
       duration_agg(timestamp '2025-01-01', timestamp '2025-01-02 18:00', timestamp '2025-01-02 12:00', 'hour') AS by_hour;
SELECT pg_temp.try(q) FROM unnest(ARRAY[$$SELECT duration_agg(now(), now(), now())$$, $$SELECT duration_agg(now(), now(), now(), 'hour')$$, $$SELECT duration_agg('2025-01-01', NULL, '2025-01-02')$$,
	$$SELECT duration_agg(date '2025-01-01', NULL, date '2025-01-02', 'week')$$, $$SELECT duration_agg(date '2025-01-01', NULL, date '2025-01-02', NULL)$$, $$SELECT duration_agg(NULL::date, NULL, NULL, 'Hour')$$,
	$$SELECT duration_agg(date '2025-01-01', NULL, date '2025-01-02', unit) FROM unnest('{hour,day}'::text[]) AS unit$$]) AS q;

\echo '-- The estimate of Kaplan and Meier'
-- Those of Freireich, 6-mercaptopurine (in every textbook): 21 patients, 9 relapses at 6 6 6 7 10 13 16 22 23, censored
-- at 6 9 10 11 17 19 20 25 32 32 34 35.  S: 18/21 = 0.857; * 16/17 = 0.807; * 14/15 = 0.753; * 11/12 = 0.690;
-- * 10/11 = 0.627; * 6/7 = 0.538; * 5/6 = 0.448.  Median 23.  The placebo group all relapse.
CREATE TEMP TABLE remission (treated boolean, t int, relapse boolean);
INSERT INTO remission SELECT true, t, true FROM unnest('{6,6,6,7,10,13,16,22,23}'::int[]) AS t
UNION ALL SELECT true, t, false FROM unnest('{6,9,10,11,17,19,20,25,32,32,34,35}'::int[]) AS t
UNION ALL SELECT false, t, true FROM unnest('{1,1,2,2,3,4,4,5,5,8,8,8,8,11,11,12,12,15,17,22,23}'::int[]) AS t;
CREATE TEMP TABLE d AS SELECT treated, duration_agg(date '2000-01-01', CASE WHEN relapse THEN date '2000-01-01' + t END, date '2000-01-01' + t) AS d FROM remission GROUP BY treated;
SELECT treated, event_count(d), censored_count(d), skipped_rows(d), km_median(d), km_quantile(d, 0.25) AS quarter, km_quantile(d, 0.5) AS half, km_quantile(d, 0.75) AS three, km_quantile(d, 1) AS every
FROM d ORDER BY treated;
SELECT t, at_risk, events, censored, survival, round(std_err::numeric, 10) AS std_err, round(low::numeric, 10) AS low, round(high::numeric, 10) AS high
FROM d, km_curve(d) WHERE treated;
SELECT km_survival(d, -1) AS before, km_survival(d, 0) AS at_0, km_survival(d, 5) AS at_5, km_survival(d, 6) AS at_6, km_survival(d, 23) AS at_23, km_survival(d, 24) AS at_24, km_survival(d, 1000) AS after FROM d WHERE treated;
-- area: 6 * 1, 1 * 6/7, 3 * 96/119, ...; placebo: all are known, so up to 35 it is the mean of the times, 182/21
SELECT restricted_mean(d, 0), restricted_mean(d, 6), restricted_mean(d, 7), restricted_mean(d, 23), restricted_mean(d, 35) FROM d ORDER BY treated DESC;
-- log-rank, as in the textbooks: 19.25 and 10.75 expected, chi square 16.79, p 0.0000417
SELECT round(r.chi_square::numeric, 5) AS chi_square, round(r.p_value::numeric, 11) AS p_value, observed_1, round(expected_1::numeric, 5) AS expected_1, observed_2, round(expected_2::numeric, 5) AS expected_2
FROM d AS a, d AS b, log_rank(a.d, b.d) AS r WHERE a.treated AND NOT b.treated;
SELECT a.d = b.d AS same, round(r.chi_square::numeric, 5) AS chi_square, observed_1, observed_2 FROM d AS a, d AS b, log_rank(a.d, b.d) AS r WHERE NOT a.treated ORDER BY b.treated;
-- value up to 35 days at 10 a day with a margin of 0.8
SELECT km_lifetime_value(d, 10, 0.8, 35), km_lifetime_value(d, -10, 0.8, 35), km_lifetime_value(d, 0, 0.8, 35) FROM d WHERE treated;
SELECT pg_typeof(km_median(d)), pg_typeof(km_survival(d, 5)), pg_typeof(restricted_mean(d, 5)), pg_typeof(event_count(d)) FROM d WHERE treated;

\echo '-- Exact to the last digit'
-- against the product of integers, on curves of all kinds; S and its area, as ratios rounded once
CREATE FUNCTION pg_temp.rounded(num numeric, den numeric) RETURNS numeric LANGUAGE sql AS $$ SELECT trim_scale(div(2 * num * 1e20 + den, 2 * den) * 1e-20) $$;
CREATE FUNCTION pg_temp.slow(d duration_summary, OUT t int, OUT survival numeric, OUT area numeric) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	item record;
	num numeric := 1;
	den numeric := 1;
	area_num numeric := 0;	-- over den
	before int := 0;
BEGIN
	FOR item IN SELECT * FROM km_curve(d) LOOP
		area_num := area_num + num * (item.t - before);
		area := pg_temp.rounded(area_num, den);
		num := num * (item.at_risk - item.events);
		den := den * item.at_risk;
		area_num := area_num * item.at_risk;
		t := item.t;
		survival := pg_temp.rounded(num, den);
		before := item.t;
		RETURN NEXT;
	END LOOP;
END $$;
CREATE TEMP TABLE curves AS
SELECT k, duration_agg(date '2000-01-01', CASE WHEN i * 7 % (k + 1) > 0 THEN date '2000-01-01' + (i * (k + 3) % 97) END, date '2000-01-01' + (i * 31 % (50 + k))) AS d
FROM generate_series(1, 60) AS k, generate_series(1, 8 + k * 2) AS i GROUP BY k;
SELECT count(*), count(*) FILTER (WHERE s.survival = c.survival AND s.survival = km_survival(d, c.t) AND s.area = restricted_mean(d, c.t)) AS equal
FROM curves, km_curve(d) AS c JOIN LATERAL pg_temp.slow(d) AS s USING (t);
-- 5/6 * 3/4 is 5/8, exactly what has to be undercut for 3/8; a hair less is not
SELECT km_survival(x, 1), km_quantile(x, 0.375), km_quantile(x, 0.375000000000000000000000000000000000000000000000000000000000000000001) AS hair
FROM (SELECT '1,0,0,3[(0,1,0),(0,1,0),(0,0,3)]'::duration_summary) AS a (a), (SELECT '1,0,0,3[(0,1,1),(0,1,0),(0,0,3)]'::duration_summary) AS v (x);
-- 2^-21 ends in a 5 at the 21st decimal; so does its area
SELECT km_survival(x, 20), restricted_mean(x, 21)
FROM (SELECT ('1,0,0,22[' || string_agg(format('(0,%s,0)', greatest(2 ^ (20 - t), 1)), ',' ORDER BY t) || ']')::duration_summary FROM generate_series(0, 21) AS t) AS v (x);
-- ten thousand different durations, with censoring at each
SELECT count(*), min(survival), km_median(d), restricted_mean(d, 9999), km_survival(d, 10000)
FROM (SELECT ('1,0,0,10000[' || string_agg(format('(0,%s,%s)', i % 7, i % 5 + 1), ',' ORDER BY i) || ']')::duration_summary FROM generate_series(1, 10000) AS i) AS v (d), km_curve(d) GROUP BY d;

\echo '-- The ends of a curve'
-- all arrive at once; nobody arrives; somebody is alone
SELECT what, c.* FROM (VALUES (1, 'all', '1,0,0,1[(3,5,0)]'::duration_summary), (2, 'nobody', '1,0,0,2[(3,0,5),(4,0,1)]'), (3, 'alone', '1,0,0,1[(0,1,0)]')) AS v (n, what, d), km_curve(d) AS c ORDER BY n, t;
SELECT what, km_median(d), km_quantile(d, 0.000001) AS first, km_survival(d, 3), restricted_mean(d, 10), restricted_mean(d, 2147483647)
FROM (VALUES (1, 'all', '1,0,0,1[(3,5,0)]'::duration_summary), (2, 'nobody', '1,0,0,2[(3,0,5),(4,0,1)]'), (3, 'alone', '1,0,0,1[(0,1,0)]')) AS v (n, what, d) ORDER BY n;

\echo '-- NULL, no rows, nothing usable'
SELECT duration_agg(date '2025-01-01', NULL, date '2025-01-02') FROM d WHERE false;
SELECT x, event_count(x), censored_count(x), skipped_rows(x), km_median(x), km_quantile(x, 0.9), km_survival(x, 5), restricted_mean(x, 5), km_lifetime_value(x, 1, 1, 1), (SELECT count(*) FROM km_curve(x)) AS lines, log_rank(x, x)
FROM (SELECT duration_agg(NULL::date, NULL, NULL)) AS v (x);
SELECT km_median(NULL), km_quantile(NULL, 0.5), km_survival(NULL, 1), restricted_mean(NULL, 1), describe(NULL::duration_summary), log_rank(NULL, d), (SELECT count(*) FROM km_curve(NULL)) AS lines FROM d LIMIT 1;
SELECT pg_temp.try(format('SELECT %s FROM d WHERE treated', call)) FROM unnest('{"km_quantile(d, 0)","km_quantile(d, 1.01)","km_quantile(d, -1)","km_quantile(d, ''NaN'')","km_quantile(d, ''infinity'')","restricted_mean(d, -1)","km_lifetime_value(d, 1, 1, -1)",
	"km_lifetime_value(d, ''NaN'', 1, 1)","km_lifetime_value(d, 1, 80, 1)"}'::text[]) AS call;

\echo '-- Rolling up'
SELECT rollup(x) = (SELECT d FROM d WHERE treated) AS same, km_median(rollup(x))
FROM (SELECT duration_agg(date '2000-01-01', CASE WHEN relapse THEN date '2000-01-01' + t END, date '2000-01-01' + t) AS x FROM remission WHERE treated GROUP BY t % 4) AS parts;
SELECT rollup(x) IS NULL AS none FROM (VALUES (NULL::duration_summary)) AS v (x);
SELECT pg_temp.try(q) FROM unnest(ARRAY[$$SELECT rollup(x) FROM (VALUES ('1,0,0,0[]'::duration_summary), ('1,1,0,0[]')) AS v (x)$$, $$SELECT log_rank('1,0,0,0[]', '1,1,0,0[]')$$,
	$$SELECT rollup(x) FROM (VALUES ('1,0,0,1[(0,9223372036854775807,0)]'::duration_summary), ('1,0,0,1[(0,1,0)]')) AS v (x)$$, $$SELECT rollup(x) FROM (VALUES ('1,0,0,1[(0,9223372036854775807,0)]'::duration_summary), ('1,0,0,1[(1,1,0)]')) AS v (x)$$]) AS q;
-- many durations, so that the table grows; in any order
SELECT count(DISTINCT x::text), min(event_count(x)), min(length(x::text)) FROM (SELECT duration_agg(date '2000-01-01', date '2000-01-01' + i, date '2020-01-01' ORDER BY i * f % 5003) AS x FROM generate_series(1, 5000) AS i, generate_series(1, 3) AS f GROUP BY f) AS v;

\echo '-- The type'
CREATE TEMP TABLE summaries AS
SELECT row_number() OVER () AS id, x FROM (SELECT d AS x FROM d UNION ALL SELECT duration_agg(NULL::date, NULL, NULL, 'hour') UNION ALL SELECT '1,0,0,2[(0,1,0),(2147483646,0,9223372036854775806)]') AS v;
SELECT id, x, duration_summary_send(x), x::text::duration_summary = x AS text FROM summaries ORDER BY id;
SELECT jsonb_pretty(describe(x)) FROM summaries WHERE id > 3;
SELECT count(DISTINCT x), count(DISTINCT duration_summary_hash(x)) AS hashes FROM summaries;
SELECT pg_temp.try(format('SELECT %L::duration_summary', x)) FROM unnest(ARRAY['', '1', '1,2,0,0[]', '1,0,-1,0[]', '1,0,0,1[]', '1,0,0,1[(0,0,0)]', '1,0,0,1[(0,-1,2)]', '1,0,0,1[(2147483648,1,0)]', '1,0,0,2[(2147483647,1,0),(0,1,0)]',
	'1,0,0,1[(0,9223372036854775807,1)]', '1,0,0,1[(0,1,0)]x', '1,0,0,1000000000[(0,1,0)]']) AS x;
