-- PostHog's lifecycle tests: who is new, returning, resurrecting or dormant in each interval. Twice: as movements
-- of customers that pay 1 in the intervals in which they are active, and from the activity itself.
--   psql -X -v figures=../shared/data/figures -f test/figures/11_posthog_lifecycle.sql
\set case 11_posthog_lifecycle
\set ON_ERROR_STOP on
\ir setup.sql
\if :absent
\quit
\endif
\set folder :figures /11_posthog_lifecycle
\cd :folder
\i load.sql

-- PostHog's words in ours: returning = retained, resurrecting = reactivation, dormant = churned.
CREATE FUNCTION pg_temp.figures(s ccx.retention_summary) RETURNS TABLE (metric text, value numeric)
LANGUAGE sql AS $$
    VALUES ('lifecycle_new', ccx.new_customers(s)::numeric),
           ('lifecycle_returning', ccx.retained_customers(s)),
           ('lifecycle_resurrecting', ccx.reactivation_customers(s)),
           ('lifecycle_dormant', ccx.churned_customers(s)),
           ('customers_opening', ccx.opening_customers(s)),
           ('logo_churn_rate', ccx.logo_churn_rate(s))
$$;

-- As movements. Days and weeks: a row for each unit and interval. The day is the one in the test's zone.
CREATE TEMP TABLE interval_of AS
SELECT test, period, p AS n,
       (first_interval + p * CASE period WHEN 'month' THEN interval '1 month' WHEN 'week' THEN interval '7 days' ELSE interval '1 day' END)::date AS starts,
       (first_interval + (p - 1) * CASE period WHEN 'month' THEN interval '1 month' WHEN 'week' THEN interval '7 days' ELSE interval '1 day' END)::date AS before
FROM tests, generate_series(0, intervals - 1) AS p;
CREATE TEMP TABLE active_day AS
SELECT DISTINCT test, unit, (ts AT TIME ZONE 'UTC' AT TIME ZONE tz)::date AS day FROM events JOIN tests USING (test);

INSERT INTO actual
SELECT f.metric, 'test=' || test, '', starts, f.value
FROM (SELECT test, starts,
             ccx.retention_agg(CASE WHEN opening THEN 1 END, CASE WHEN closing THEN 1 END, seen) AS s
      FROM (SELECT i.test, i.starts, a.unit,
                   bool_or(a.day >= i.before AND a.day < i.starts) AS opening,
                   bool_or(a.day >= i.starts AND a.day < 2 * (i.starts - i.before) + i.before) AS closing,
                   bool_or(a.day < i.starts) AS seen
            FROM interval_of AS i JOIN active_day AS a USING (test)
            WHERE i.period <> 'month'
            GROUP BY i.test, i.starts, a.unit) AS ends
      GROUP BY test, starts) AS moved,
     pg_temp.figures(s) AS f;

-- Months: a history of monthly amounts for each unit. What lies before the window counts.
INSERT INTO actual
SELECT f.metric, 'test=' || test, '', x.period, f.value
FROM (SELECT test, ccx.mrr_movements_agg(h, 'month') AS m
      FROM (SELECT test, unit, ccx.mrr_history(month, 1) AS h
            FROM (SELECT DISTINCT test, unit, date_trunc('month', day)::date AS month FROM active_day) AS active_month
            GROUP BY test, unit) AS unit
      GROUP BY test) AS moved
JOIN (SELECT test, min(before) AS observed_from, max(starts) AS observed_to
      FROM interval_of WHERE period = 'month' GROUP BY test) AS observed USING (test),
     ccx.retention_summaries(m, observed_from, observed_to) AS x,
     pg_temp.figures(x.summary) AS f;
SELECT pg_temp.verdict('h11', :'case' || ' as movements');

-- From activity: ccx finds the interval of an instant, in the test's zone and with its start of the week.
TRUNCATE actual;
CREATE TEMP TABLE grain_of AS
SELECT test, tz, first_interval, CASE period WHEN 'week' THEN 'week:' || week_start ELSE period END AS grain FROM tests;
CREATE TEMP TABLE stored AS
SELECT test, unit, ccx.activity_agg(ts AT TIME ZONE 'UTC', grain, tz) AS a
FROM events JOIN grain_of USING (test) GROUP BY test, unit;

INSERT INTO actual
SELECT f.metric, 'test=' || test, '', starts, f.value
FROM (SELECT test, starts,
             ccx.retention_agg(ccx.is_active(a, before)::int, ccx.is_active(a, starts)::int, ccx.first_period(a) < starts) AS s
      FROM interval_of JOIN stored USING (test) GROUP BY test, starts) AS moved,
     pg_temp.figures(s) AS f;
SELECT pg_temp.verdict('h11', :'case' || ' from activity');

-- And as cohorts, in one pass: the new ones are the cohort of their interval, and over all cohorts the active ones
-- are the new, the returning and the resurrecting.
TRUNCATE actual;
CREATE TEMP TABLE lifecycle AS
SELECT segment, period, sum(value) FILTER (WHERE metric = 'lifecycle_new') AS new,
       sum(value) FILTER (WHERE metric IN ('lifecycle_new', 'lifecycle_returning', 'lifecycle_resurrecting')) AS active
FROM expected GROUP BY segment, period;
CREATE TEMP TABLE cohorts AS
SELECT test, t.*
FROM (SELECT test, ccx.cohort_retention(unit, ts AT TIME ZONE 'UTC', grain, tz) AS m
      FROM events JOIN grain_of USING (test) GROUP BY test) AS g
JOIN (SELECT test, max(starts) AS observed_to FROM interval_of GROUP BY test) AS observed USING (test),
     ccx.cohort_table(m, 'on', observed_to) AS t;
CREATE TEMP TABLE differing AS
SELECT * FROM lifecycle
LEFT JOIN (SELECT 'test=' || i.test AS segment, i.starts::text AS period,
                  coalesce(sum(c.cohort_size) FILTER (WHERE c.period = 0 AND c.cohort = i.starts), 0) AS got_new,
                  coalesce(sum(c.active), 0) AS got_active
           FROM interval_of AS i
           LEFT JOIN cohorts AS c
                  ON c.test = i.test
                 AND i.starts = (c.cohort + c.period * CASE i.period WHEN 'month' THEN interval '1 month'
                                                                     WHEN 'week' THEN interval '7 days'
                                                                     ELSE interval '1 day' END)::date
           GROUP BY i.test, i.starts) AS got USING (segment, period)
WHERE (new, active) IS DISTINCT FROM (got_new, got_active);
SELECT count(*) > 0 AS failed, (SELECT count(*) FROM lifecycle) AS intervals FROM differing \gset
\if :failed
TABLE differing;
DO $$ BEGIN RAISE EXCEPTION 'h11: cohorts differ from the lifecycle'; END $$;
\endif
\echo ok - :case as cohorts: :intervals intervals agree
