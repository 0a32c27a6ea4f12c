-- Activity of one customer: the periods in which it did something.  Figures worked by hand
-- stand in the comment before the query.  Cohorts made of activities are in cohort.sql.
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

-- runs of active periods, as 2024-01-01..2024-02-29
CREATE FUNCTION pg_temp.runs(a activity) RETURNS text LANGUAGE sql AS $$
SELECT coalesce(string_agg(concat(run ->> 'from', '..', run ->> 'to'), ' ' ORDER BY n), 'none')
FROM jsonb_array_elements(describe(a) -> 'active') WITH ORDINALITY AS r (run, n)
$$;

\echo '-- Every accessor'
-- Active in January, February, May, June and August 2024, twice in May; one date unknown.
-- Five months, away in March and April, and in July: two reactivations.
CREATE TEMP TABLE visits (at date);
INSERT INTO visits VALUES ('2024-01-31'), ('2024-02-01'), ('2024-05-05'), ('2024-05-30'), ('2024-06-30'), ('2024-08-15'), (NULL);
CREATE TEMP TABLE a AS SELECT activity_agg(at) AS a FROM visits;
SELECT first_period(a), last_period(a), active_periods(a), reactivations(a), skipped_rows(a) FROM a;
SELECT month::date, is_active(a, month::date), is_active(a, (month + interval '1 month - 1 day')::date) AS on_last_day
FROM a, generate_series(timestamp '2023-12-01', '2024-09-01', '1 month') AS month;
SELECT a FROM a;
SELECT jsonb_pretty(describe(a)) FROM a;
-- nothing is active at the ends of time
SELECT is_active(a, 'infinity') AS ever, is_active(a, '-infinity') AS before FROM a;

\echo '-- Every grain and anchor'
-- 2024-03-31 is a Sunday, 2024-04-01 a Monday.  Monday weeks: both sides of a boundary;
-- Sunday weeks: one week; quarters from February: February to April holds both.
SELECT grain, pg_temp.runs(activity_agg(at, grain)) AS periods, active_periods(activity_agg(at, grain)) AS n
FROM (VALUES (date '2024-03-31'), ('2024-04-01')) AS v (at),
     unnest('{day,week,week:monday,week:tuesday,week:wednesday,week:thursday,week:friday,week:saturday,week:sunday,month,
              quarter,quarter:jan,quarter:feb,quarter:mar,quarter:apr,quarter:may,quarter:dec,
              year,year:jan,year:feb,year:mar,year:apr,year:may,year:dec}'::text[]) WITH ORDINALITY AS g (grain, n)
GROUP BY g.n, grain ORDER BY g.n;
-- the same grain in another spelling is the same value
SELECT activity_agg(at, 'quarter:may') = activity_agg(at, 'quarter:nov') AS quarter,
       activity_agg(at, 'week') = activity_agg(at, 'week:monday') AS week,
       activity_agg(at, 'year:jan') = activity_agg(at, 'year') AS year,
       activity_agg(at) = activity_agg(at, 'month') AS month
FROM visits;
SELECT pg_temp.try(format('SELECT activity_agg(date ''2024-01-01'', %L)', grain))
FROM unnest('{Month,months,"",week:,week:mon,month:jan,day:monday,year:january,fortnight}'::text[]) WITH ORDINALITY AS g (grain, n) ORDER BY n;
-- periods before 2000 and before our era, where division rounds the wrong way if left alone
SELECT grain, pg_temp.runs(activity_agg(at, grain))
FROM unnest('{1999-12-31,1999-12-26,1970-01-01,0001-01-01,0001-12-31 BC,0005-02-28 BC}'::date[]) AS at, unnest('{day,week,week:sunday,month,quarter:feb,year:apr}'::text[]) AS grain
GROUP BY grain ORDER BY grain COLLATE "C";

\echo '-- Dates and timestamps'
-- a timestamp counts as its date
SELECT pg_temp.runs(activity_agg(at, 'day')), pg_temp.runs(activity_agg(at))
FROM (VALUES (timestamp '2023-12-31 23:59:59.999999'), ('2024-02-01 00:00'), ('1999-12-31 12:00')) AS v (at);
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT activity_agg(date ''infinity'')',
	'SELECT activity_agg(date ''-infinity'', ''day'')',
	'SELECT activity_agg(timestamp ''infinity'')',
	'SELECT activity_agg(timestamptz ''-infinity'', ''day'', ''UTC'')']) AS q;
-- both ends of the calendar; the first period that can begin before the first date is none
SELECT grain, pg_temp.try(format('SELECT pg_temp.runs(activity_agg(at, %L)) FROM unnest(''{4714-11-24 BC,4713-12-31 BC,5874897-12-31}''::date[]) AS at', grain)),
       pg_temp.try(format('SELECT pg_temp.runs(activity_agg(at, %L)) FROM unnest(''{4713-12-31 BC,5874897-12-31}''::date[]) AS at', grain))
FROM unnest('{day,week,month,year:apr}'::text[]) AS grain;

\echo '-- First and last day of a period'
SELECT grain, period_start('2024-02-29', grain), period_end('2024-02-29', grain), period_end('0001-12-15 BC', grain) AS era, period_end('-infinity', grain) AS never
FROM unnest('{day,week,week:sunday,week:friday,month,quarter,quarter:feb,quarter:dec,year,year:mar,year:dec}'::text[]) AS grain;
-- at the ends of the calendar, one of them may be a date when the other is not
SELECT grain, pg_temp.try(format('SELECT period_start(''4714-11-24 BC'', %L)', grain)) AS first, period_end('4714-11-24 BC', grain) AS first_end,
       period_start('5874897-12-31', grain) AS last_start, pg_temp.try(format('SELECT period_end(''5874897-12-31'', %L)', grain)) AS last
FROM unnest('{day,week,week:wednesday,month,quarter:feb,year,year:apr}'::text[]) AS grain;
SELECT period_start(NULL, 'week') IS NULL AS day, period_end('2024-02-29', NULL) IS NULL AS grain, pg_temp.try($$SELECT period_start('infinity', 'fortnight')$$) AS unknown;

\echo '-- Time zones'
-- 23:30 UTC on the last of March is April in Berlin (summer time since that morning) and
-- Tokyo, and still March in New York.
SELECT zone, pg_temp.runs(activity_agg(at, 'day', zone)), pg_temp.runs(activity_agg(at, 'month', zone))
FROM (VALUES (timestamptz '2024-03-31 23:30+00')) AS v (at),
     unnest('{UTC,Europe/Berlin,europe/berlin,Asia/Tokyo,America/New_York,EST,+03,CET}'::text[]) WITH ORDINALITY AS z (zone, n)
GROUP BY n, zone ORDER BY n;
-- it is what AT TIME ZONE says, each half hour of two years with their changes of the clock
SELECT zone, activity_agg(at, 'day', zone) = activity_agg((at AT TIME ZONE zone)::date, 'day') AS days,
       min(active_periods(activity_agg(at, 'day', zone))) OVER () AS n
FROM unnest('{UTC,Europe/Berlin,America/Sao_Paulo,Australia/Lord_Howe,Asia/Kathmandu,Africa/Casablanca,Antarctica/Troll,PST8PDT,MSK}'::text[]) AS zone,
     generate_series(timestamptz '2018-01-01 00:00+00', '2019-12-31 23:30+00', '30 minutes') AS at
GROUP BY zone ORDER BY zone COLLATE "C";
-- Samoa left out 30 December 2011
SELECT active_periods(activity_agg(at, 'day', 'Pacific/Apia')), is_active(activity_agg(at, 'day', 'Pacific/Apia'), '2011-12-30')
FROM generate_series(timestamptz '2011-12-29 00:00-10', '2012-01-01 00:00+14', '1 hour') AS at;
-- the session's zone has no say
SET TimeZone = 'Asia/Tokyo';
SELECT pg_temp.runs(activity_agg(timestamptz '2024-03-31 23:30+00', 'month', 'UTC'));
SET TimeZone = 'UTC';
-- without a zone, and with one where there is none
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT activity_agg(now())',
	'SELECT activity_agg(now(), ''day'')',
	'SELECT activity_agg(''2024-01-01'')',
	'SELECT activity_agg(NULL::timestamptz)',
	'SELECT activity_agg(date ''2024-01-01'', ''day'', ''UTC'')',
	'SELECT activity_agg(timestamp ''2024-01-01'', ''day'', ''UTC'')',
	'SELECT activity_agg(now(), ''day'', ''Nowhere/Land'')',
	'SELECT activity_agg(now(), ''day'', ''Nowhere'')',
	'SELECT activity_agg(NULL::timestamptz, ''day'', ''Nowhere/Land'')',
	'SELECT activity_agg(now(), ''day'', '''')',
	'SELECT activity_agg(now(), ''day'', repeat(''x'', 300))']) AS q;

\echo '-- Options have one value for a group'
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT activity_agg(at, grain) FROM (VALUES (date ''2024-01-01'', ''day''), (''2024-01-02'', ''week'')) AS v (at, grain)',
	'SELECT activity_agg(at, grain) FROM (VALUES (date ''2024-01-01'', ''day''), (NULL, ''week'')) AS v (at, grain)',
	'SELECT activity_agg(date ''2024-01-01'', NULL)',
	'SELECT activity_agg(NULL::date, NULL)',
	'SELECT activity_agg(now(), ''day'', NULL)',
	'SELECT activity_agg(now(), NULL, ''UTC'')',
	'SELECT activity_agg(at, ''day'', zone) FROM (VALUES (now(), ''UTC''), (now(), ''Asia/Tokyo'')) AS v (at, zone)',
	'SELECT activity_agg(at, ''day'', zone) FROM (VALUES (NULL, ''UTC''), (now(), ''Asia/Tokyo'')) AS v (at, zone)',
	'SELECT active_periods(activity_agg(at, grain)) FROM (VALUES (date ''2024-01-01'', ''week''), (''2024-01-02'', ''week:monday'')) AS v (at, grain)']) AS q;
-- but may differ between groups
SELECT zone, pg_temp.runs(activity_agg(timestamptz '2024-03-31 23:30+00', grain, zone))
FROM (VALUES ('day', 'UTC'), ('day', 'Asia/Tokyo'), ('month', 'UTC')) AS v (grain, zone) GROUP BY grain, zone ORDER BY 1, 2;
-- noticed where parts of one aggregation meet, too
SELECT pg_temp.try($$SELECT activity_combine(activity_accum(NULL, date '2024-01-01', 'day'), activity_accum(NULL, date '2024-01-01', 'week'))$$);

\echo '-- NULL and no rows'
SELECT activity_agg(at) IS NULL AS no_rows FROM visits WHERE false;
SELECT first_period(a), last_period(a), active_periods(a), reactivations(a), skipped_rows(a), is_active(a, '2024-01-01'), pg_temp.runs(a)
FROM (SELECT activity_agg(at, 'week') AS a FROM (VALUES (NULL::date), (NULL)) AS v (at)) AS a;
SELECT first_period(NULL) IS NULL AND last_period(NULL) IS NULL AND active_periods(NULL) IS NULL AND reactivations(NULL) IS NULL
   AND skipped_rows(NULL::activity) IS NULL AND is_active(NULL, '2024-01-01') IS NULL AND is_active(a, NULL) IS NULL
   AND describe(NULL::activity) IS NULL AS null_in_null_out FROM a;

\echo '-- Union'
-- January to March and May, and March to April: five months, no gap
CREATE TEMP TABLE parts AS
SELECT n, activity_agg(at) AS a FROM (VALUES (1, date '2024-01-01'), (1, '2024-02-01'), (1, '2024-03-01'), (1, '2024-05-01'), (1, NULL),
	(2, '2024-03-31'), (2, '2024-04-30'), (2, NULL), (2, NULL)) AS v (n, at) GROUP BY n;
SELECT pg_temp.runs(rollup(a)), active_periods(rollup(a)), reactivations(rollup(a)), skipped_rows(rollup(a)) FROM parts;
-- idempotent, in any order, whatever is repeated
SELECT rollup(a) = (SELECT rollup(a) FROM parts) AS same FROM (SELECT a FROM parts UNION ALL SELECT a FROM parts UNION ALL SELECT rollup(a) FROM parts) AS v;
SELECT rollup(a ORDER BY n) = rollup(a ORDER BY n DESC) AS same FROM parts;
SELECT a = rollup(a) OVER (PARTITION BY n) AS one_is_itself FROM parts;
-- NULLs are skipped, nothing at all is NULL
SELECT pg_temp.runs(rollup(a)) FROM (SELECT a FROM parts WHERE n = 1 UNION ALL SELECT NULL) AS v;
SELECT rollup(a) IS NULL AS none FROM (VALUES (NULL::activity)) AS v (a);
SELECT pg_temp.try($$SELECT rollup(activity_agg) FROM (SELECT activity_agg(date '2024-01-01', grain) FROM unnest('{week,month}'::text[]) AS grain GROUP BY grain) AS v$$);
SELECT pg_temp.try($$SELECT activity_union(activity_agg(at, 'year:apr'), activity_agg(at, 'year')) FROM visits$$);

\echo '-- Any order and any split give the same bytes'
-- 600 days in 15 years and a few far ones, in two orders, in shards by three rules; the set
-- itself against SQL
SELECT setseed(0.11);
CREATE TEMP TABLE days AS
SELECT n, date '2009-01-01' + (random() ^ 2 * 5500)::int AS at FROM generate_series(1, 600) AS n
UNION ALL SELECT 1000 + n, date '0100-01-01' + n * n * n FROM generate_series(1, 90) AS n;
SELECT grain,
       activity_agg(at, grain ORDER BY at) = activity_agg(at, grain ORDER BY n) AS by_date,
       activity_agg(at, grain ORDER BY at DESC) = activity_agg(at, grain) AS backwards,
       active_periods(activity_agg(at, grain)) = count(DISTINCT date_trunc(grain, at)) AS counted
FROM days, unnest('{day,week,month,quarter,year}'::text[]) AS grain GROUP BY grain ORDER BY grain COLLATE "C";
SELECT rollup(a) = (SELECT activity_agg(at, 'day') FROM days) AS by_rest
FROM (SELECT activity_agg(at, 'day') AS a FROM days GROUP BY n % 17) AS v;
SELECT rollup(a) = (SELECT activity_agg(at, 'day') FROM days) AS one_by_one
FROM (SELECT activity_agg(at, 'day') AS a FROM days GROUP BY n) AS v;
SELECT bool_and(is_active(a, day::date) = (day::date IN (SELECT at FROM days))) AS each_day
FROM (SELECT activity_agg(at, 'day') AS a FROM days) AS a, generate_series(timestamp '2008-12-01', '2024-12-31', '1 day') AS day;
-- reactivations against SQL
SELECT grain, reactivations(activity_agg(at, grain)) =
	(SELECT count(*) FILTER (WHERE period <> before + ('1 ' || grain)::interval)
	 FROM (SELECT period, lag(period) OVER (ORDER BY period) AS before FROM (SELECT DISTINCT date_trunc(grain, at::timestamp) AS period FROM days) AS p) AS l) AS same
FROM days, unnest('{day,week,month,year}'::text[]) AS grain GROUP BY grain ORDER BY grain COLLATE "C";

\echo '-- Any width'
-- runs longer than a word of 57, ending and beginning at its edges
SELECT n, active_periods(a), reactivations(a), pg_temp.runs(a)
FROM unnest('{1,2,56,57,58,63,64,65,113,114,115,128}'::int[]) AS n, LATERAL (SELECT activity_agg(date '2024-01-01' + i, 'day') AS a FROM generate_series(0, n - 1) AS i) AS v ORDER BY n;
SELECT gap, active_periods(a), reactivations(a), a
FROM unnest('{1,2,55,56,57,58,63,64,65,1000000}'::int[]) AS gap, LATERAL (SELECT activity_agg(date '2024-01-01' + i * gap, 'day') AS a FROM generate_series(0, 1) AS i) AS v ORDER BY gap;
-- fifteen years of working days, and one date that stands for "never"
SELECT active_periods(a), reactivations(a), pg_column_size(a) AS bytes
FROM (SELECT activity_agg(at, 'day') AS a FROM (SELECT date '2010-01-01' + i AS at FROM generate_series(0, 5478) AS i WHERE i % 7 > 1 UNION ALL SELECT '9999-12-31') AS v) AS a;
-- a state that cannot be held
SELECT pg_temp.try($$SELECT activity_agg(date '0001-01-01' + i * 64, 'day') FROM generate_series(0, 70000) AS i$$);

\echo '-- Text and binary'
CREATE TEMP TABLE samples AS
SELECT grain, activity_agg(at, grain) AS a FROM days, unnest('{day,week:sunday,month,quarter:feb,year:apr}'::text[]) AS grain GROUP BY grain
UNION ALL SELECT 'none', activity_agg(NULL::date, 'quarter:mar')
UNION ALL SELECT 'few', a FROM a;
SELECT grain, a::text::activity = a AS same FROM samples ORDER BY grain COLLATE "C";
SELECT encode(activity_send(a), 'hex') FROM a;
-- what is wrong with a value is said
SELECT pg_temp.try(format('SELECT %L::activity', v)) FROM unnest(ARRAY['', '1', '1,2', '2,2,0,1[(1,1)]', '1,2,0,1[(24288,211)]x', '1,2,0,1[(24288,211)',
	'1,5,0,1[(24288,0)]', '1,10,0,1[(24288,0)]', '1,57,0,1[(24288,0)]', '1,2,-1,1[(24288,0)]', '1,2,0,0[]', '1,2,0,2[(24288,0)]', '1,2,0,1[(24288,-1)]',
	'1,2,0,1[(24288,72057594037927936)]', '1,2,0,2[(24288,0),(-1,0)]', '1,2,0,1[(2147483648,0)]', '1,2,0,2[(2147483647,0),(1,0)]',
	'1,2,0,1[(2147483647,0)]', '1,0,0,1[(2147483491,0)]', '1,2,0,1[(-56600,0)]', '1,2,9223372036854775808,0[]', '1,2,0,4000000000[(1,1)]']) WITH ORDINALITY AS t (v, n) ORDER BY n;
-- mutated text is an error that names the type, or another valid value
SELECT count(*) > 1000 AS enough, count(*) FILTER (WHERE result NOT LIKE '22P02: invalid input syntax for type activity: %' AND result <> mutated) AS surprises
FROM (SELECT mutated, pg_temp.try(format('SELECT %L::activity::text', mutated)) AS result
      FROM (SELECT overlay(a::text PLACING substr('0123456789,()[]-x.', 1 + i % 18, 1) FROM 1 + (i * 7919) % length(a::text) FOR i % 3) AS mutated
            FROM samples, generate_series(1, 200) AS i WHERE length(a::text) < 2000) AS m) AS t;

-- The binary form goes through COPY, of files that \lo_export writes.
CREATE FUNCTION pg_temp.copy_file(value bytea) RETURNS bytea LANGUAGE sql AS $$
SELECT '\x5047434f50590aff0d0a000000000000000000'::bytea || '\x0001' || int4send(length(value)) || value || '\xffff'
$$;
CREATE TEMP TABLE received (a activity);
CREATE TABLE activity_files (name text, file oid);
INSERT INTO activity_files
SELECT name, lo_from_bytea(0, pg_temp.copy_file(value))
FROM (SELECT activity_send(a) AS good FROM a) AS a,
     LATERAL (VALUES ('good', good), ('empty', ''), ('version', set_byte(good, 0, 2)), ('kind', set_byte(good, 1, ascii('R'))),
                     ('grain', set_byte(good, 2, 125)), ('short', substr(good, 1, length(good) - 1)), ('long', good || '\x00'),
                     -- an integer in more bytes than it needs
                     ('spelling', substr(good, 1, length(good) - 1) || '\xd900'),
                     ('length', set_byte(good, 4, 200))) AS v (name, value);
SELECT string_agg(format('max(file) FILTER (WHERE name = %L) AS %I', name, name), ', ') AS files FROM activity_files \gset
SELECT :files FROM activity_files \gset
\lo_export :good 'output/activity.good'
\lo_export :empty 'output/activity.empty'
\lo_export :version 'output/activity.version'
\lo_export :kind 'output/activity.kind'
\lo_export :grain 'output/activity.grain'
\lo_export :short 'output/activity.short'
\lo_export :long 'output/activity.long'
\lo_export :spelling 'output/activity.spelling'
\lo_export :length 'output/activity.length'
\copy received FROM 'output/activity.good' BINARY
\copy received FROM 'output/activity.empty' BINARY
\copy received FROM 'output/activity.version' BINARY
\copy received FROM 'output/activity.kind' BINARY
\copy received FROM 'output/activity.grain' BINARY
\copy received FROM 'output/activity.short' BINARY
\copy received FROM 'output/activity.long' BINARY
\copy received FROM 'output/activity.spelling' BINARY
\copy received FROM 'output/activity.length' BINARY
SELECT a.a = r.a AS same FROM a, received AS r;
SELECT count(lo_unlink(file)) FROM activity_files;
DROP TABLE activity_files;

\echo '-- Comparing'
SELECT count(DISTINCT a) AS different, count(*) FROM (SELECT a FROM samples UNION ALL SELECT a::text::activity FROM samples) AS v;
SELECT bool_and((x.a = y.a) = (activity_send(x.a) = activity_send(y.a)) AND (x.a < y.a) = (activity_cmp(x.a, y.a) < 0)
                AND (x.a >= y.a) <> (x.a < y.a) AND (x.a <> y.a OR activity_hash(x.a) = activity_hash(y.a))) AS consistent
FROM samples AS x, samples AS y;

\echo '-- Support functions called directly'
-- They take values from anybody, change nothing and give packed values back.
SELECT activity_accum(a, date '2024-12-31') IS DISTINCT FROM a AS another, active_periods(activity_accum(a, date '2024-12-31')), active_periods(a) AS unchanged FROM a;
SELECT activity_final(activity_accum(activity_accum(NULL, NULL::date, 'week'), date '2024-01-01', 'week'));
SELECT pg_temp.try('SELECT activity_accum(a, date ''2024-12-31'', ''week'') FROM a');
SELECT skipped_rows(activity_combine(p.a, q.a)) AS parts_add, skipped_rows(activity_union(p.a, q.a)) AS union_takes_the_larger
FROM parts AS p, parts AS q WHERE p.n = 1 AND q.n = 2;

SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT activity_accum(''1,2,9223372036854775807,0[]'', NULL::date)',
	'SELECT activity_combine(''1,2,9223372036854775807,0[]'', ''1,2,1,0[]'')']) AS q;

\echo '-- Parallel'
CREATE TABLE activity_visits AS SELECT i AS id, i % 3 AS customer, CASE WHEN i % 11 > 0 THEN timestamptz '2024-01-01 00:00+00' + i * i % 9999 * interval '1 hour' END AS at FROM generate_series(1, 3000) AS i;
CREATE TEMP TABLE serial AS SELECT customer, activity_agg(at, 'day', 'Europe/Berlin') AS a FROM activity_visits GROUP BY customer;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT customer, activity_agg(at, 'day', 'Europe/Berlin') = (SELECT a FROM serial AS s WHERE s.customer = v.customer) AS same, skipped_rows(activity_agg(at, 'day', 'Europe/Berlin'))
FROM activity_visits AS v GROUP BY customer ORDER BY customer;
SELECT pg_temp.try($$SELECT activity_agg(at, 'day', CASE WHEN id < 1500 THEN 'UTC' ELSE 'Asia/Tokyo' END) FROM activity_visits$$);
SELECT pg_temp.try($$SELECT activity_agg(at, CASE WHEN id < 1500 THEN 'day' ELSE 'month' END, 'UTC') FROM activity_visits$$);
DROP TABLE activity_visits;
