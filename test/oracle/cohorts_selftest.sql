-- The cohort oracle alone, on figures worked by hand. Needs no ccx:
--   psql -X -d any_scratch_database -f test/oracle/cohorts_selftest.sql
\set ON_ERROR_STOP on
\set QUIET on
\ir ratio.sql
\ir retention.sql
\ir movements.sql
\ir cohorts.sql

CREATE FUNCTION pg_temp.is(got text, want text, what text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF got IS DISTINCT FROM want THEN
        RAISE EXCEPTION 'cohort oracle selftest: %', what USING DETAIL = format(E'got\n%s\nwant\n%s', got, want);
    END IF;
END $$;

\o /dev/null
BEGIN;

-- periods ----------------------------------------------------------------------------------------
-- 4 March 2024 is a Monday
SELECT pg_temp.is(oracle.period_of(day, grain)::text, want::text, format('period_of(%s, %s)', day, grain))
FROM (VALUES
    (date '2024-02-29', 'day', date '2024-02-29'),
    ('2024-03-10', 'week', '2024-03-04'),
    ('2024-03-11', 'week', '2024-03-11'),
    ('2024-03-10', 'week:monday', '2024-03-04'),
    ('2024-03-10', 'week:sunday', '2024-03-10'),
    ('2024-03-09', 'week:sunday', '2024-03-03'),
    ('2024-03-10', 'week:saturday', '2024-03-09'),
    ('2024-03-10', 'week:wednesday', '2024-03-06'),
    ('2024-03-05', 'week:wednesday', '2024-02-28'),
    ('2024-03-05', 'week:tuesday', '2024-03-05'),
    ('1999-12-31', 'week', '1999-12-27'),
    ('1969-12-31', 'week:sunday', '1969-12-28'),
    ('2000-01-01', 'week:sunday', '1999-12-26'),
    ('2024-02-29', 'month', '2024-02-01'),
    ('2023-12-31', 'month', '2023-12-01'),
    ('2024-03-31', 'quarter', '2024-01-01'),
    ('2024-01-31', 'quarter:feb', '2023-11-01'),
    ('2024-02-29', 'quarter:feb', '2024-02-01'),
    ('2024-04-30', 'quarter:feb', '2024-02-01'),
    ('2024-05-31', 'quarter:feb', '2024-05-01'),
    ('2024-05-31', 'quarter:may', '2024-05-01'),
    ('2024-01-31', 'quarter:nov', '2023-11-01'),
    ('2024-02-29', 'quarter:mar', '2023-12-01'),
    ('2024-12-31', 'quarter:apr', '2024-10-01'),
    ('2024-12-31', 'year', '2024-01-01'),
    ('2024-03-31', 'year:apr', '2023-04-01'),
    ('2024-04-01', 'year:apr', '2024-04-01'),
    ('2024-02-29', 'year:feb', '2024-02-01'),
    ('2024-11-30', 'year:dec', '2023-12-01'),
    ('1996-02-29', 'year:mar', '1995-03-01')
) AS t (day, grain, want);

SELECT pg_temp.is(oracle.period_after(period, n, grain)::text, want::text, format('%s + %s %s', period, n, grain)),
       pg_temp.is(oracle.period_offset(period, want, grain)::text, n::text, format('%s from %s in %s', want, period, grain))
FROM (VALUES
    (date '2024-02-28', 2, 'day', date '2024-03-01'),
    ('2023-12-26', 3, 'week:tuesday', '2024-01-16'),
    ('2023-11-01', 4, 'month', '2024-03-01'),
    ('2024-03-01', -4, 'month', '2023-11-01'),
    ('2023-11-01', 2, 'quarter:feb', '2024-05-01'),
    ('2021-04-01', 3, 'year:apr', '2024-04-01')
) AS t (period, n, grain, want);

-- The day in a zone: Los Angeles changes its clock on 9 March 2025 at 10:00 UTC, Sao Paulo skipped the hour
-- after midnight of 4 November 2018, Apia the whole of 30 December 2011.
SELECT pg_temp.is(oracle.day_in(at, zone)::text, want::text, format('%s in %s', at, zone))
FROM (VALUES
    (timestamptz '2025-03-09 07:59Z', 'America/Los_Angeles', date '2025-03-08'),
    ('2025-03-09 08:00Z', 'America/Los_Angeles', '2025-03-09'),
    ('2025-03-10 06:59Z', 'America/Los_Angeles', '2025-03-09'),
    ('2025-03-10 07:00Z', 'America/Los_Angeles', '2025-03-10'),
    ('2018-11-04 02:59Z', 'America/Sao_Paulo', '2018-11-03'),
    ('2018-11-04 03:00Z', 'America/Sao_Paulo', '2018-11-04'),
    ('2011-12-30 09:59Z', 'Pacific/Apia', '2011-12-29'),
    ('2011-12-30 10:00Z', 'Pacific/Apia', '2011-12-31'),
    ('2024-01-31 18:29Z', 'Asia/Kolkata', '2024-01-31'),
    ('2024-01-31 18:30Z', 'Asia/Kolkata', '2024-02-01')
) AS t (at, zone, want);

-- activity ---------------------------------------------------------------------------------------
-- a: twice in January, February, back in April; b: once; c, d join in February. Two rows cannot be used.
CREATE FUNCTION pg_temp.events() RETURNS oracle.event[]
LANGUAGE sql AS $$
    SELECT array_agg(ROW(customer, day)::oracle.event)
    FROM (VALUES ('a', '2024-01-20'::date), ('a', '2024-01-05'), ('a', '2024-02-10'), ('a', '2024-04-01'),
                 ('b', '2024-01-31'),
                 ('c', '2024-02-29'), ('c', '2024-03-01'), ('c', '2024-03-01'),
                 ('d', '2024-04-30'), ('d', '2024-02-01'),
                 (NULL, '2024-01-01'), ('e', NULL)) AS t (customer, day)
$$;

CREATE FUNCTION pg_temp.shown(query text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE format($q$SELECT string_agg(translate(r::text, ',()', ' '), E'\n' ORDER BY r) FROM (%s) AS r$q$, query) INTO answer;
    RETURN regexp_replace(regexp_replace(answer, '^ +| +$', '', 'gn'), ' +', ' ', 'g');
END $$;

SELECT pg_temp.is(oracle.skipped(pg_temp.events())::text, '2', 'skipped');
SELECT pg_temp.is(pg_temp.shown($$SELECT * FROM oracle.activity(pg_temp.events(), 'month')$$),
'a 2024-01-01 2024-04-01 3 1
b 2024-01-01 2024-01-01 1 0
c 2024-02-01 2024-03-01 2 0
d 2024-02-01 2024-04-01 2 1', 'activity by month');
SELECT pg_temp.is(pg_temp.shown($$SELECT * FROM oracle.activity(pg_temp.events(), 'day') WHERE customer IN ('a', 'c')$$),
'a 2024-01-05 2024-04-01 4 3
c 2024-02-29 2024-03-01 2 0', 'activity by day');
SELECT pg_temp.is(pg_temp.shown($$SELECT * FROM oracle.activity(pg_temp.events(), 'quarter:feb') WHERE customer IN ('a', 'd')$$),
'a 2023-11-01 2024-02-01 2 0
d 2024-02-01 2024-02-01 1 0', 'activity by anchored quarter');
SELECT pg_temp.is(string_agg(oracle.is_active(pg_temp.events(), 'month', 'a', day::date)::text, ' ' ORDER BY day),
                  'false true true true false true false', 'is_active')
FROM unnest('{2023-12-31,2024-01-01,2024-01-31,2024-02-29,2024-03-15,2024-04-30,2024-05-01}'::date[]) AS day;

-- cohort_table -----------------------------------------------------------------------------------
CREATE FUNCTION pg_temp.rows_of(members oracle.member[], grain text, kind text, observed_to date) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s %s %s %s %s %s', cohort, period, cohort_size, eligible, active,
                             coalesce(retention::text, '-'), CASE WHEN is_complete THEN 'complete' ELSE 'partial' END),
                      E'\n' ORDER BY cohort, period)
    FROM oracle.cohort_table(members, grain, kind, observed_to)
$$;

CREATE FUNCTION pg_temp.members() RETURNS oracle.member[]
LANGUAGE sql AS $$ SELECT array_agg(m) FROM oracle.members(pg_temp.events(), 'month') AS m $$;

SELECT pg_temp.is(pg_temp.rows_of(pg_temp.members(), 'month', 'on', NULL),
'2024-01-01 0 2 2 2 1 complete
2024-01-01 1 2 2 1 0.5 complete
2024-01-01 2 2 2 0 0 complete
2024-01-01 3 2 2 1 0.5 partial
2024-02-01 0 2 2 2 1 complete
2024-02-01 1 2 2 1 0.5 complete
2024-02-01 2 2 2 1 0.5 partial', 'on');
SELECT pg_temp.is(pg_temp.rows_of(pg_temp.members(), 'month', 'on_or_after', '2024-04-30'),
'2024-01-01 0 2 2 2 1 complete
2024-01-01 1 2 2 1 0.5 complete
2024-01-01 2 2 2 1 0.5 complete
2024-01-01 3 2 2 1 0.5 complete
2024-02-01 0 2 2 2 1 complete
2024-02-01 1 2 2 2 1 complete
2024-02-01 2 2 2 1 0.5 complete', 'on or after');
SELECT pg_temp.is(pg_temp.rows_of(pg_temp.members(), 'month', 'previous', '2024-04-29'),
'2024-01-01 0 2 2 2 1 complete
2024-01-01 1 2 2 1 0.5 complete
2024-01-01 2 2 2 0 0 complete
2024-01-01 3 2 2 1 - partial
2024-02-01 0 2 2 2 1 complete
2024-02-01 1 2 2 1 0.5 complete
2024-02-01 2 2 2 1 1 partial', 'previous');
-- a window that ends before the data: later activity is not known yet
SELECT pg_temp.is(pg_temp.rows_of(pg_temp.members(), 'month', 'on_or_after', '2024-03-15'),
'2024-01-01 0 2 2 2 1 complete
2024-01-01 1 2 2 1 0.5 complete
2024-01-01 2 2 2 0 0 partial
2024-02-01 0 2 2 2 1 complete
2024-02-01 1 2 2 1 0.5 partial', 'on or after, early end');
SELECT pg_temp.is(pg_temp.rows_of(pg_temp.members(), 'month', 'on', '2024-01-31'), '2024-01-01 0 2 2 2 1 complete', 'one month');
SELECT pg_temp.is(pg_temp.rows_of(pg_temp.members(), 'month', 'on', '2023-12-31'), NULL, 'window before everything');
SELECT pg_temp.is(pg_temp.rows_of(NULL, 'month', 'on', '2024-01-31'), NULL, 'nobody');
-- and one that ends after it
SELECT pg_temp.is(count(*)::text || ' ' || sum(active), '20 8', 'late end')
FROM oracle.cohort_table(pg_temp.members(), 'month', 'on', '2024-11-01') WHERE period < 10;

-- the caller's cohort: a counted from February (January is before it), b from March, c not known, f without activity
SELECT pg_temp.is(pg_temp.rows_of((SELECT array_agg(m) FROM oracle.members_from(pg_temp.events(),
    ARRAY[('a', '2024-02-20'), ('b', '2024-03-01'), ('c', NULL), ('d', '2024-02-01'), ('f', '2024-02-03')]::oracle.start[], 'month') AS m),
    'month', 'on', NULL),
'2024-02-01 0 3 3 2 0.66666666666666666667 complete
2024-02-01 1 3 3 0 0 complete
2024-02-01 2 3 3 2 0.66666666666666666667 partial
2024-03-01 0 1 1 0 0 complete
2024-03-01 1 1 1 0 0 partial', 'caller''s cohort');

-- retention_curve ---------------------------------------------------------------------------------
SELECT pg_temp.is(pg_temp.shown($$SELECT period, cohorts, eligible, active, retention, round(low::numeric, 6), round(high::numeric, 6)
                                  FROM oracle.retention_curve(pg_temp.members(), 'month')$$),
'0 2 4 4 1 0.510109 1.000000
1 2 4 2 0.5 0.150039 0.849961
2 2 4 1 0.25 0.045587 0.699358
3 1 2 1 0.5 0.094531 0.905469', 'curve');
SELECT pg_temp.is(pg_temp.shown($$SELECT round(low::numeric, 6), round(high::numeric, 6) FROM oracle.wilson(0, 10)$$), '0.000000 0.277533', 'Wilson of 0 in 10');
SELECT pg_temp.is(pg_temp.shown($$SELECT round(low::numeric, 6), round(high::numeric, 6) FROM oracle.wilson(81, 263)$$), '0.255289 0.366210', 'Wilson of 81 in 263');

-- brackets: the same counts per offset, not the same people ----------------------------------------
CREATE FUNCTION pg_temp.population(rows text[]) RETURNS oracle.event[]
LANGUAGE sql AS $$
    SELECT array_agg(ROW(split_part(r, ' ', 1), split_part(r, ' ', 2))::oracle.event) FROM unnest(rows) AS r
$$;
CREATE FUNCTION pg_temp.bracket_counts(events oracle.event[], ranges int[], observed_to date) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s %s of %s', cohort, period, active, cohort_size), ', ' ORDER BY cohort, period)
    FROM (SELECT array_agg(m) AS members FROM oracle.members_by_bracket(events, 'month', ranges, observed_to) AS m) AS all_members,
         oracle.cohort_rows(members, 'on', oracle.bracket_horizons(members, 'month', ranges, observed_to))
$$;
SELECT pg_temp.is(pg_temp.bracket_counts(pg_temp.population('{x 2024-01-01,x 2024-02-01,x 2024-03-01,y 2024-01-09}'), '{0,1,3}', '2024-03-31'),
                  '2024-01-01 0 2 of 2, 2024-01-01 1 1 of 2', 'one came twice');
SELECT pg_temp.is(pg_temp.bracket_counts(pg_temp.population('{x 2024-01-01,x 2024-02-01,y 2024-03-01,y 2024-01-09}'), '{0,1,3}', '2024-03-31'),
                  '2024-01-01 0 2 of 2, 2024-01-01 1 2 of 2', 'two came once each');
-- the second bracket of January ends with March, that of February with April; offset 3 is in no bracket
SELECT pg_temp.is(pg_temp.bracket_counts(pg_temp.events(), '{0,1,3}', '2024-04-15'),
                  '2024-01-01 0 2 of 2, 2024-01-01 1 1 of 2, 2024-02-01 0 2 of 2, 2024-02-01 1 2 of 2', 'brackets');
SELECT pg_temp.is(pg_temp.bracket_counts(pg_temp.events(), '{0,1,3}', '2024-03-31'),
                  '2024-01-01 0 2 of 2, 2024-01-01 1 1 of 2, 2024-02-01 0 2 of 2', 'brackets, one not over');

-- Is the answer determined? Every population of three customers over four offsets, of which the last is after the window:
-- those of the same counts have the same answer, or not.
CREATE TEMP TABLE population AS
SELECT a, b, c, h,
       (SELECT array_agg(ROW(x::text, '2024-01-01', ARRAY(SELECT o FROM generate_series(0, 3) AS o WHERE x >> o & 1 = 1), NULL)::oracle.member) FROM unnest(ARRAY[a, b, c]) AS x) AS members,
       (SELECT string_agg((SELECT format('%s,%s', count(*) FILTER (WHERE x >> o & 1 = 1), count(*) FILTER (WHERE x >> o & 1 = 1 AND x >> o = 1)) FROM unnest(ARRAY[a, b, c]) AS x), ' ' ORDER BY o)
        FROM generate_series(0, 3) AS o) AS counts,
       (SELECT string_agg((SELECT count(*) FILTER (WHERE (x & (2 << h) - 1) >> p > 0) FROM unnest(ARRAY[a, b, c]) AS x)::text, ' ' ORDER BY p) FROM generate_series(0, h) AS p) AS answer
FROM generate_series(0, 15) AS a, generate_series(a, 15) AS b, generate_series(b, 15) AS c, (SELECT 2 AS h) AS h;
SELECT pg_temp.is((SELECT count(*) FROM population)::text, '816', 'populations');
SELECT pg_temp.is((count(*) FILTER (WHERE said = (answers = 1)))::text, count(*)::text, 'determined'), pg_temp.is((count(*) FILTER (WHERE answers > 1) > 20)::text, 'true', 'some are not')
FROM (SELECT counts, h, count(DISTINCT answer) AS answers,
             oracle.determined((array_agg(members::text))[1]::oracle.member[], ARRAY[ROW('2024-01-01', h)::oracle.observed]) AS said
      FROM population GROUP BY counts, h) AS g;
-- The same where the last two are one offset, observed in its first part: the window has two.
CREATE TEMP TABLE partly AS
SELECT a, b, c,
       (SELECT array_agg(ROW(x::text, '2024-01-01', ARRAY(SELECT o FROM generate_series(0, 2) AS o WHERE x >> o > 0 AND (o = 2 OR x >> o & 1 = 1)), NULL)::oracle.member) FROM unnest(ARRAY[a, b, c]) AS x) AS members,
       (SELECT string_agg((SELECT format('%s,%s', count(*) FILTER (WHERE x >> o > 0 AND (o = 2 OR x >> o & 1 = 1)), count(*) FILTER (WHERE x >> o = 1 OR o = 2 AND x >> o > 1)) FROM unnest(ARRAY[a, b, c]) AS x), ' ' ORDER BY o)
        FROM generate_series(0, 2) AS o) AS counts,
       (SELECT string_agg((SELECT count(*) FILTER (WHERE (x & 7) >> p > 0) FROM unnest(ARRAY[a, b, c]) AS x)::text, ' ' ORDER BY p) FROM generate_series(0, 1) AS p) AS answer
FROM generate_series(0, 15) AS a, generate_series(a, 15) AS b, generate_series(b, 15) AS c;
SELECT pg_temp.is((count(*) FILTER (WHERE said = (answers = 1)))::text, count(*)::text, 'determined, partly'), pg_temp.is((count(*) FILTER (WHERE answers > 1) > 20)::text, 'true', 'some are not, partly')
FROM (SELECT counts, count(DISTINCT answer) AS answers,
             oracle.determined((array_agg(members::text))[1]::oracle.member[], ARRAY[ROW('2024-01-01', 1)::oracle.observed], true) AS said
      FROM partly GROUP BY counts) AS g;

-- rolling ages; a month's window is over with that of its last day: January's on 29 February, 30 March, 29 April,
-- February's on 29 March, 28 April, 28 May. a begins on 5 January, so its windows of 30 days end on 3 February, 4 March, 3 April, 3 May, and
-- 1 April is in the third; b's end on 29 February, 30 March, 29 April, d's on 1 and 31 March and 30 April, c's on
-- 29 March and 28 April
CREATE FUNCTION pg_temp.ages(kind text, observed_to date) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s %s %s %s %s %s', cohort, period, cohort_size, eligible, active, coalesce(retention::text, '-'),
                             CASE WHEN is_complete THEN 'complete' ELSE 'partial' END), E'\n' ORDER BY cohort, period)
    FROM oracle.age_table((SELECT array_agg(m) FROM oracle.members_by_age(pg_temp.events(), 30) AS m), 30, kind, observed_to, observed_to)
$$;
SELECT pg_temp.is(pg_temp.ages('on', '2024-04-30'),
'2024-01-01 0 2 2 2 1 complete
2024-01-01 1 2 2 1 0.5 complete
2024-01-01 2 2 2 1 0.5 complete
2024-02-01 0 2 2 2 1 complete
2024-02-01 1 2 2 0 0 complete
2024-02-01 2 2 1 1 1 partial', 'ages');
SELECT pg_temp.is(pg_temp.ages('on_or_after', '2024-03-31'),
'2024-01-01 0 2 2 2 1 complete
2024-01-01 1 2 2 1 0.5 complete
2024-02-01 0 2 2 2 1 complete
2024-02-01 1 2 1 0 0 partial', 'ages, early end');
SELECT pg_temp.is(pg_temp.ages('previous', '2024-04-30'),
'2024-01-01 0 2 2 2 1 complete
2024-01-01 1 2 2 1 0.5 complete
2024-01-01 2 2 2 1 1 complete
2024-02-01 0 2 2 2 1 complete
2024-02-01 1 2 2 0 0 complete
2024-02-01 2 2 1 1 - partial', 'ages, previous');

-- dollar cohorts -----------------------------------------------------------------------------------
CREATE FUNCTION pg_temp.revenue(step text, observed_to date, more oracle.stretch[] DEFAULT '{}') RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s %s of %s: %s %s %s', cohort, period, active, cohort_size, mrr,
                             round(net_retention, 4), round(gross_retention, 4)), E'\n' ORDER BY cohort, period)
    FROM (SELECT array_agg(m) AS members
          FROM oracle.paying_members((SELECT array_agg(oracle.month_stretch(customer, month::date, mrr)) || more
                                      FROM (VALUES ('a', '2024-01-01', 100), ('a', '2024-02-01', 150), ('a', '2024-03-01', 60),
                                                   ('a', '2024-03-01', -10), ('a', '2024-04-01', -10), ('a', '2024-05-01', 100),
                                                   ('b', '2024-01-01', 50),
                                                   ('c', '2024-01-01', 0), ('c', '2024-02-01', 200), ('c', '2024-03-01', 300),
                                                   ('d', '2024-02-01', -5)) AS t (customer, month, mrr)),
                                     step, observed_to) AS m) AS all_members,
         oracle.cohort_table(members, step, 'on', observed_to)
$$;
SELECT pg_temp.is(pg_temp.revenue('month', NULL),
'2024-01-01 0 2 of 2: 150 1.0000 1.0000
2024-01-01 1 1 of 2: 150 1.0000 0.6667
2024-01-01 2 1 of 2: 50 0.3333 0.3333
2024-01-01 3 0 of 2: 0 0.0000 0.0000
2024-01-01 4 1 of 2: 100 0.6667 0.6667
2024-02-01 0 1 of 1: 200 1.0000 1.0000
2024-02-01 1 1 of 1: 300 1.5000 1.0000
2024-02-01 2 0 of 1: 0 0.0000 0.0000
2024-02-01 3 0 of 1: 0 0.0000 0.0000', 'revenue by month');
-- by quarter it is the last month that counts: b is in none
SELECT pg_temp.is(pg_temp.revenue('quarter', '2024-05-01'),
'2024-01-01 0 2 of 2: 350 1.0000 1.0000
2024-01-01 1 0 of 2: 0 0.0000 0.0000', 'revenue by quarter');
-- an interval that ends before the month does, and one that still runs
SELECT pg_temp.is(pg_temp.revenue('month', '2024-06-11', ARRAY[('e', '2024-03-31', '2024-05-31', 10), ('f', '2024-04-30', NULL, 7)]::oracle.stretch[]),
                  pg_temp.revenue('month', '2024-06-30') || '
2024-03-01 0 1 of 1: 10 1.0000 1.0000
2024-03-01 1 1 of 1: 10 1.0000 1.0000
2024-03-01 2 0 of 1: 0 0.0000 0.0000
2024-03-01 3 0 of 1: 0 0.0000 0.0000
2024-04-01 0 1 of 1: 7 1.0000 1.0000
2024-04-01 1 1 of 1: 7 1.0000 1.0000
2024-04-01 2 1 of 1: 7 1.0000 1.0000', 'revenue from intervals');

-- segments -----------------------------------------------------------------------------------------
-- a moves from small to large and leaves, then comes back as small; b moves the other way; c joins
CREATE FUNCTION pg_temp.snapshots() RETURNS oracle.segment_row[]
LANGUAGE sql AS $$
    SELECT array_agg(ROW(customer, month, mrr, segment)::oracle.segment_row)
    FROM (VALUES ('a', '2024-01-01', 100, 'small'), ('a', '2024-02-01', 150, 'large'), ('a', '2024-04-01', 10, 'small'),
                 ('b', '2024-01-01', 200, 'large'), ('b', '2024-02-01', 100, 'large'), ('b', '2024-03-01', 100, 'small'),
                 ('b', '2024-04-01', 60, 'small'), ('b', '2024-04-01', 40, 'small'),
                 ('c', '2024-01-01', 0, 'large'), ('c', '2024-02-01', 30, 'small'), ('c', '2024-03-01', 30, NULL),
                 (NULL, '2024-02-01', 5, 'small'), ('d', NULL, 5, 'small'), ('d', '2024-02-01', NULL, 'small')) AS t (customer, month, mrr, segment)
$$;
SELECT pg_temp.is(string_agg(format('%s %s: %s +%s +%s +%s -%s -%s %s', p.period, p.segment, opening_mrr, new_mrr, reactivation_mrr,
                                    expansion_mrr, contraction_mrr, churned_mrr, closing_mrr), E'\n' ORDER BY p.period, p.segment),
'2024-02-01 large: 200 +0 +0 +0 -100 -0 100
2024-02-01 small: 100 +30 +0 +50 -0 -0 180
2024-03-01 large: 250 +0 +0 +0 -0 -150 100
2024-03-01 small: 30 +0 +0 +0 -0 -0 30
2024-04-01 (none): 30 +0 +0 +0 -0 -30 0
2024-04-01 small: 100 +0 +10 +0 -0 -0 110', 'segments')
FROM oracle.segment_pairs(pg_temp.snapshots(), 'month', NULL, '2024-01-01', '2024-04-30') AS p, oracle.retention(p.pairs);
-- a span of three months looks at January and April only
SELECT pg_temp.is(string_agg(format('%s %s: %s +%s +%s +%s -%s -%s %s', p.period, p.segment, opening_mrr, new_mrr, reactivation_mrr,
                                    expansion_mrr, contraction_mrr, churned_mrr, closing_mrr), E'\n' ORDER BY p.period, p.segment),
'2024-04-01 large: 200 +0 +0 +0 -100 -0 100
2024-04-01 small: 100 +0 +0 +0 -90 -0 10', 'segments, three months apart')
FROM oracle.segment_pairs(pg_temp.snapshots(), 'month', 'quarter', '2024-01-01', '2024-04-30') AS p, oracle.retention(p.pairs);

COMMIT;
\o
\echo cohort oracle selftest: ok
