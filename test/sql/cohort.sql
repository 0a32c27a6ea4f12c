-- Cohorts: every figure worked by hand.  The hand's arithmetic stands in the comment before
-- the query.  Activities themselves are in activity.sql, cohorts from raw events in one step
-- in cohort_retention.sql.
SET search_path = public, ccx;
SET datestyle = ISO;
SET timezone = 'UTC';
\pset null -

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

\echo '-- The three kinds of retention'
-- Five customers by month, x = active:
--            Jan Feb Mar Apr May
--   Ada       x   x   x   x   x
--   Bob       x           x          away for two months, then gone
--   Cy        x                      once
--   Dee           x   x       x
--   Eve               x   x
-- Cohort of January: 3.  on: 3 1 1 2 1; last active here: Cy 0, Bob 3, Ada 4, so active on
-- or after: 3 2 2 2 1; previous: 3/3 1/3 1/1 2/1 1/2.
-- February: 1.  on: 1 1 0 1; on or after: 1 1 1 1; previous: 1 1 0 and nothing to divide by.
-- March: 1.  on: 1 1 0; on or after the same; previous 1 1 0.
CREATE TEMP TABLE visits (customer text, at date);
INSERT INTO visits
SELECT customer, ('2024-0' || m || '-10')::date + length(customer)
FROM (VALUES ('Ada', '{1,2,3,4,5}'::int[]), ('Bob', '{1,4}'), ('Cy', '{1}'), ('Dee', '{2,3,5}'), ('Eve', '{3,4}')) AS v (customer, months), unnest(months) AS m;
CREATE TEMP TABLE active AS SELECT customer, activity_agg(at) AS months, activity_agg(at, 'day') AS days FROM visits GROUP BY customer;
CREATE TEMP TABLE m AS SELECT cohort_agg(months) AS m FROM active;
SELECT t.* FROM m, cohort_table(m) AS t;
SELECT cohort, period, active, retention FROM m, cohort_table(m, 'on_or_after');
SELECT cohort, period, active, retention FROM m, cohort_table(m, 'previous');
SELECT t.* FROM m, cohort_table(m, kind => 'previous', observed_to => '2024-02-29') AS t;
SELECT m FROM m;
SELECT jsonb_pretty(describe(m)) FROM m;

\echo '-- The observed window'
-- The period of observed_to is observed, and over if that is its last day.  February 2024
-- has 29 days.  Cohorts after it are not there yet.
SELECT observed_to, string_agg(format('%s+%s %s%s', to_char(cohort, 'Mon'), period, active, CASE WHEN is_complete THEN '' ELSE ' so far' END), ', ' ORDER BY cohort, period) AS cells
FROM m, unnest('{2023-12-31,2024-01-01,2024-02-28,2024-02-29,2024-03-01}'::date[]) AS observed_to LEFT JOIN cohort_table((SELECT m FROM m), 'on', observed_to) AS t ON true
GROUP BY observed_to ORDER BY observed_to;
-- beyond the last activity there are zeros
SELECT cohort, string_agg(active::text, ' ' ORDER BY period) AS active, bool_and(is_complete) AS complete FROM m, cohort_table(m, 'on', '2024-07-31') GROUP BY cohort ORDER BY cohort;
SELECT cohort, string_agg(active::text, ' ' ORDER BY period) AS active FROM m, cohort_table(m, 'on_or_after', '2024-07-31') GROUP BY cohort ORDER BY cohort;
-- without observed_to the last period with activity is the last one, and not known to be over
SELECT max(cohort + period * interval '1 month')::date AS last, bool_and(is_complete) FILTER (WHERE cohort + period * interval '1 month' < '2024-05-01') AS before,
       bool_or(is_complete) FILTER (WHERE cohort + period * interval '1 month' = '2024-05-01') AS itself
FROM m, cohort_table(m);
-- on_or_after until March: of January's three two came later (Ada, Bob), and one each was active in
-- February and in March: the same one (Ada, so 3 1 1) or both (3 2 1)?  The matrix cannot tell.
SELECT pg_temp.try($$SELECT active FROM m, cohort_table(m, 'on_or_after', '2024-03-31')$$);
SELECT cohort, string_agg(active::text, ' ' ORDER BY period) AS active
FROM (SELECT cohort_agg(a) AS m FROM (SELECT activity_agg(at) AS a FROM visits WHERE at <= '2024-03-31' GROUP BY customer) AS v) AS v, cohort_table(m, 'on_or_after', '2024-03-31')
GROUP BY cohort ORDER BY cohort;
-- until February there is only that month, and until April one of January's two then is the one of May; so it is the
-- same as of rows until that date
SELECT observed_to, string_agg(format('%s+%s %s', to_char(cohort, 'Mon'), period, active), ', ' ORDER BY cohort, period) AS cells,
       bool_and(active = (SELECT b.active FROM cohort_table((SELECT cohort_agg(a) FROM (SELECT activity_agg(at) AS a FROM visits WHERE at <= observed_to GROUP BY customer) AS v), 'on_or_after', observed_to) AS b
                          WHERE (b.cohort, b.period) = (t.cohort, t.period))) AS same
FROM m, unnest('{2024-01-31,2024-02-29,2024-04-30}'::date[]) AS observed_to, cohort_table((SELECT m FROM m), 'on_or_after', observed_to) AS t
GROUP BY observed_to ORDER BY observed_to;
SELECT pg_temp.try(format('SELECT count(*) FROM m, cohort_table(m, ''on'', %L)', at)) FROM unnest('{infinity,-infinity,5874897-12-31,4713-01-01 BC}'::date[]) AS at;
SELECT pg_temp.try(format('SELECT count(*) FROM m, cohort_table(m, %L)', kind)) FROM unnest('{on,ON,bracket,on or after,"",NULL}'::text[]) WITH ORDINALITY AS k (kind, n) ORDER BY n;
-- NULL: no matrix has no lines, no observed_to is as if left out
SELECT count(*) FROM cohort_table(NULL);
SELECT count(*) FROM m, cohort_table(m, 'on', NULL);

\echo '-- The curve over all cohorts'
-- 0: 5 of 5; 1: January 1, February 1, March 1 of 5; 2: 1 + 0 + 0 of 5; 3: 2 + 1 of 4; 4: 1 of 3
SELECT period, cohorts, eligible, active, retention, round(low::numeric, 12) AS low, round(high::numeric, 12) AS high, net_retention, gross_retention FROM m, retention_curve(m);
-- not the mean of the cohorts' rates: (1/3 + 1 + 1) / 3 = 0.78 at 1
SELECT period, round(avg(retention), 4) AS mean_of_rates FROM m, cohort_table(m) GROUP BY period ORDER BY period;
-- a shorter window leaves younger cohorts out of later offsets
SELECT period, cohorts, eligible, active, retention FROM m, retention_curve(m, '2024-03-31');
-- Wilson, of 10 customers: all 1/(1 + z^2/10) = 0.7225 to 1, one 0.0179 to 0.4042, eight 0.4902
-- to 0.9433, none 0 to 0.2775
SELECT period, active, eligible, round(low::numeric, 4) AS low, round(high::numeric, 4) AS high
FROM (SELECT cohort_agg(a) AS m
      FROM (SELECT activity_agg(date '2024-01-01' + p * interval '1 month') AS a FROM generate_series(1, 10) AS c, generate_series(0, 3) AS p
            WHERE p = 0 OR p = 1 AND c = 1 OR p = 2 AND c <= 8 OR p = 3 AND false GROUP BY c) AS v) AS v, retention_curve(m, '2024-04-30');
SELECT count(*) FROM retention_curve(NULL);

\echo '-- Every grain'
-- Active on 2024-03-31 (a Sunday) and 2024-04-01: two periods or one, see activity.sql; the
-- cohort is named by the first day of its period.
SELECT grain, string_agg(concat(cohort, ' ', period, ' ', active), ', ' ORDER BY period) AS cells
FROM (SELECT grain, n, cohort_agg(a) AS m
      FROM (SELECT grain, n, activity_agg(at, grain) AS a
            FROM (VALUES (date '2024-03-31'), ('2024-04-01')) AS v (at), unnest('{day,week,week:sunday,week:wednesday,month,quarter,quarter:feb,quarter:mar,year,year:apr}'::text[]) WITH ORDINALITY AS g (grain, n)
            GROUP BY grain, n) AS v GROUP BY grain, n) AS v, cohort_table(m)
GROUP BY grain, n ORDER BY n;
-- a year with 53 weeks, and the end of a leap year, have no gap between periods
SELECT grain, bool_and(active = 1) AS every, count(*) AS periods
FROM (SELECT grain, cohort_agg(a) AS m
      FROM (SELECT grain, activity_agg(at, grain) AS a FROM generate_series(timestamp '2020-11-01', '2021-03-31', '1 day') AS at, unnest('{day,week,week:friday,month}'::text[]) AS grain GROUP BY grain) AS v GROUP BY grain) AS v, cohort_table(m)
GROUP BY grain ORDER BY grain COLLATE "C";

\echo '-- A cohort date of your own'
-- Signed up: Ada and Bob in January, Cy in February, Dee in April, Flo in April and never
-- seen; Eve: unknown.  January: Ada 0..4, Bob 0 and 3: on 2 1 1 2 1.  February: Cy was there
-- in January only, before its cohort.  April: Dee in May, offset 1.
CREATE TEMP TABLE accounts (customer text, signup date);
INSERT INTO accounts VALUES ('Ada', '2024-01-01'), ('Bob', '2024-01-31'), ('Cy', '2024-02-10'), ('Dee', '2024-04-30'), ('Flo', '2024-04-01'), ('Eve', NULL);
CREATE TEMP TABLE signups AS SELECT cohort_agg(months, signup) AS m FROM accounts LEFT JOIN active USING (customer);
SELECT t.* FROM signups, cohort_table(m) AS t;
SELECT cohort, period, active FROM signups, cohort_table(m, 'on_or_after') WHERE cohort <> '2024-01-01';
SELECT cohort, period, active, retention FROM signups, cohort_table(m, 'previous');
SELECT skipped_rows(m), m FROM signups;
-- leaving Flo out would make the others' retention look like everybody's
SELECT cohort, period, active, cohort_size FROM (SELECT cohort_agg(months, signup) AS m FROM accounts JOIN active USING (customer)) AS v, cohort_table(m) WHERE cohort = '2024-04-01';
-- an activity of which nothing is known but NULL dates is another way to write "never"
SELECT cohort, period, active, cohort_size FROM (SELECT cohort_agg(a, signup) AS m FROM (SELECT signup, activity_agg(at) AS a FROM accounts LEFT JOIN visits USING (customer) GROUP BY customer, signup) AS v) AS v, cohort_table(m) WHERE cohort = '2024-04-01';
-- nobody was ever active: the grain is not known, in any order, and comes with others
CREATE TEMP TABLE never AS SELECT cohort_agg(NULL::activity, signup) AS m FROM accounts;
SELECT m, describe(m) FROM never;
SELECT cohort, string_agg(active::text, ' ' ORDER BY period) AS active, min(cohort_size) AS size FROM never, cohort_table(m, 'on', '2024-05-31') GROUP BY cohort ORDER BY cohort;
SELECT count(*) AS without_window FROM never, cohort_table(m);
CREATE TEMP TABLE partly AS SELECT customer, CASE WHEN customer <> 'Bob' THEN months END AS a, signup FROM accounts LEFT JOIN active USING (customer);
SELECT cohort_agg(a, signup ORDER BY a IS NULL) = cohort_agg(a, signup ORDER BY a IS NOT NULL) AS any_order FROM partly;
SELECT rollup(m ORDER BY customer) = rollup(m ORDER BY customer DESC) AS any_order, rollup(m) = (SELECT cohort_agg(a, signup) FROM partly) AS rolled_up
FROM (SELECT customer, cohort_agg(a, signup) AS m FROM partly GROUP BY customer) AS v;
-- timestamps count as their date; what needs a zone says so
SELECT cohort_agg(months, signup + time '23:59') = (SELECT m FROM signups) AS same FROM accounts LEFT JOIN active USING (customer);
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT cohort_agg(months, now()) FROM active',
	'SELECT cohort_agg(months, ''2024-01-01'') FROM active',
	'SELECT cohort_agg(months, date ''infinity'') FROM active',
	'SELECT cohort_agg(NULL::activity, timestamp ''-infinity'')']) AS q;

\echo '-- Windows of days by age'
-- First days: Ada 13 January, Bob 13 January, Cy 12 January, Dee 13 February, Eve 13 March.
-- Windows of 30 days.  Ada on 13 Feb (31 days: 1), 13 Mar (60: 2), 13 Apr (91: 3), 13 May
-- (121: 4).  Bob on 13 Apr (91: 3).  Dee on 13 Mar (29: 0), 13 May (90: 3).  Eve on 13 Apr
-- (31: 1).
CREATE TEMP TABLE ages AS SELECT cohort_agg_by_age(days, 30) AS m FROM active;
-- By 10 June the windows over are: Ada, Bob 149 days since the first day, so 0..3 (until 11
-- May), and 4 ends on 10 June: over on that very day; Cy a day earlier; Dee 0..2 (13 Feb +
-- 119 days is 11 June: not 3); Eve 0..2 (13 March + 89 is 10 June).
SELECT t.* FROM ages, cohort_table(m, 'on', '2024-06-10') AS t;
-- a day earlier only Cy is old enough for window 4, and Eve not for 2: who is not yet, is in
-- neither number
SELECT cohort, period, cohort_size, eligible, active, retention, is_complete FROM ages, cohort_table(m, 'on', '2024-06-09') WHERE (cohort, period) IN (('2024-01-01', 3), ('2024-01-01', 4), ('2024-03-01', 1), ('2024-03-01', 2));
-- on or after: January 3 2 2 2 1; previous counts the same customers before and now: in
-- window 4 on 9 June that is Cy alone, 0 of 0
SELECT cohort, period, active, retention FROM ages, cohort_table(m, 'on_or_after', '2024-06-10');
SELECT cohort, period, eligible, active, retention FROM ages, cohort_table(m, 'previous', '2024-06-09');
-- without observed_to it ends with the last day of activity, 13 May
SELECT cohort, max(period) AS last, bool_or(is_complete) AS any_complete FROM ages, cohort_table(m) GROUP BY cohort ORDER BY cohort;
SELECT period, cohorts, eligible, active FROM ages, retention_curve(m, '2024-06-09');
SELECT m, describe(m) -> 'last_day' AS last_day FROM ages;
-- customers of later days are not there yet: of January only Cy came by the 12th
SELECT cohort, cohort_size, eligible FROM ages, cohort_table(m, 'on', '2024-01-12'), unnest(ARRAY[period]) AS p;
SELECT cohort, cohort_size, eligible FROM (SELECT cohort_agg_by_age(days, 1) AS m FROM active) AS v, cohort_table(m, 'on', '2024-01-12');
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT cohort_agg_by_age(days, 0) FROM active',
	'SELECT cohort_agg_by_age(days, -30) FROM active',
	'SELECT cohort_agg_by_age(days, NULL) FROM active',
	'SELECT cohort_agg_by_age(days, length(customer)) FROM active',
	'SELECT cohort_agg_by_age(months, 30) FROM active',
	'SELECT active FROM ages, cohort_table(m, ''on_or_after'', ''2024-03-31'')']) AS q;
-- On 31 March Ada and Bob have seen 78 days.  Ada was there in window 1, and one was in window 2 before or after that day:
-- Ada or Bob?  On 12 May, a day before Ada comes for the last time, 120 days of theirs are over: of two in window 3 one
-- came later.  January 3 2 2 2; Dee, 89 days old, 1 0 0; Eve 1 1.
SELECT cohort, string_agg(active::text, ' ' ORDER BY period) AS active FROM ages, cohort_table(m, 'on_or_after', '2024-05-12') GROUP BY cohort ORDER BY cohort;
SELECT count(*) FROM (SELECT cohort_agg_by_age(days, 2147483647) AS m FROM active) AS v, cohort_table(m, 'on', '2024-12-31');

\echo '-- Brackets'
-- Ranges {0,1,3,5}: month 0, months 1 and 2, months 3 and 4; observed to 31 May.
-- January: 0: 3; 1-2: Ada; 3-4: Ada and Bob.  February: 0: Dee; 1-2: Dee; 3-4 would end in
-- June.  March: 0: Eve; 1-2: Eve (April).
CREATE TEMP TABLE brackets AS SELECT cohort_bracket_agg(months, '{0,1,3,5}', '2024-05-31') AS m FROM active;
SELECT t.* FROM brackets, cohort_table(m) AS t;
SELECT cohort, period, active FROM brackets, cohort_table(m, 'on_or_after');
SELECT cohort, period, retention FROM brackets, cohort_table(m, 'previous');
SELECT period, cohorts, eligible, active, retention FROM brackets, retention_curve(m);
SELECT m, describe(m) FROM brackets;
-- what is not over on 30 May is not complete; an earlier window has fewer brackets
SELECT cohort, period, is_complete FROM (SELECT cohort_bracket_agg(months, '{0,1,3,5}', '2024-05-30') AS m FROM active) AS v, cohort_table(m);
SELECT cohort, period, active FROM brackets, cohort_table(m, 'on', '2024-03-31');
-- a range that does not begin at 0: months 1 to 3; Cy is not in it, but in the cohort
SELECT cohort, period, cohort_size, active FROM (SELECT cohort_bracket_agg(months, '{1,4}', '2024-05-31') AS m FROM active) AS v, cohort_table(m);
-- a cohort after the last day observed is not there
SELECT cohort, period, active FROM (SELECT cohort_bracket_agg(months, '{0,1}', '2024-02-01') AS m FROM active) AS v, cohort_table(m);
-- Counts of periods cannot tell brackets: two customers, one in months 0 and 1 and one in 0
-- and 2 (both active in 1-2), or one in 0, 1 and 2 and one in 0 only (one of both).
CREATE TEMP TABLE populations AS
SELECT population, activity_agg(('2024-01-15'::date + p * interval '1 month')::date) AS a
FROM (VALUES ('spread', 1, '{0,1}'::int[]), ('spread', 2, '{0,2}'), ('loyal', 1, '{0,1,2}'), ('loyal', 2, '{0}')) AS v (population, customer, periods), unnest(periods) AS p
GROUP BY population, customer;
SELECT population, string_agg(active::text, ' ' ORDER BY period) AS on_each FROM (SELECT population, cohort_agg(a) AS m FROM populations GROUP BY population) AS v, cohort_table(m) GROUP BY population ORDER BY population;
SELECT population, period, active, retention FROM (SELECT population, cohort_bracket_agg(a, '{0,1,3}', '2024-03-31') AS m FROM populations GROUP BY population) AS v, cohort_table(m) ORDER BY population, period;
SELECT pg_temp.try(format('SELECT cohort_bracket_agg(months, %s, %s) FROM active', ranges, observed_to))
FROM (VALUES (1, '''{}''', '''2024-05-31'''), (2, '''{0}''', '''2024-05-31'''), (3, '''{0,1,1}''', '''2024-05-31'''), (4, '''{-1,1}''', '''2024-05-31'''),
             (5, '''{0,NULL}''', '''2024-05-31'''), (6, 'NULL', '''2024-05-31'''), (7, '''{0,1}''', 'NULL'), (8, '''{0,1}''', '''infinity'''),
             (9, 'ARRAY(SELECT i FROM generate_series(0, 65) AS i)', '''2024-05-31'''), (10, 'ARRAY[0, length(customer)]', '''2024-05-31'''),
             (11, '''{0,1}''', 'date ''2024-05-31'' + length(customer)'), (12, '''{{0,1},{4,12}}''', '''2024-05-31''')) AS v (n, ranges, observed_to) ORDER BY n;
SELECT pg_temp.try($$SELECT active FROM brackets, cohort_table(m, 'on', '2024-06-01')$$);
-- until April January's months 3 and 4 are not over: 3 1; February 1 1; March 1
SELECT cohort, string_agg(active::text, ' ' ORDER BY period) AS active FROM brackets, cohort_table(m, 'on_or_after', '2024-04-30') GROUP BY cohort ORDER BY cohort;
-- the most ranges there can be
SELECT count(*) FROM (SELECT cohort_bracket_agg(months, ARRAY(SELECT i FROM generate_series(0, 64) AS i), '2034-01-01') AS m FROM active) AS v, cohort_table(m);

\echo '-- Where the observed time begins'
-- Who was active in the first period may have begun before: the first cohort is flagged, by observed_from or else the
-- first one that there is; not if the caller said when customers began.  January, February, March of three kinds:
-- first is January; from 2024-02-10 on January and February are; from before the data none is
SELECT observed_from, bool_and(is_first_observed) FILTER (WHERE cohort = '2024-01-01') AS january, bool_and(is_first_observed) FILTER (WHERE cohort = '2024-02-01') AS february,
       bool_or(is_first_observed) FILTER (WHERE cohort = '2024-03-01') AS march, count(*) AS lines
FROM unnest('{2023-12-31,2024-01-01,2024-02-10,NULL}'::date[]) AS observed_from, LATERAL (VALUES ((SELECT m FROM m)), ((SELECT m FROM ages)), ((SELECT m FROM brackets))) AS v (m), cohort_table(v.m, 'on', '2024-05-31', observed_from)
GROUP BY observed_from ORDER BY observed_from;
SELECT bool_or(is_first_observed) AS own_date FROM signups, cohort_table(m, 'on', '2024-05-31', '2024-02-10');
-- the curve leaves them out: of those after January, 1: Dee and Eve of 2; 2: neither; 3: Dee of 1 (Eve's is June)
SELECT period, cohorts, eligible, active, retention FROM m, retention_curve(m, '2024-05-31', '2024-01-31');
SELECT observed_from, count(*) AS periods, max(cohorts) AS cohorts FROM m, unnest('{2023-12-31,2024-02-01,2024-03-01,NULL}'::date[]) AS observed_from, retention_curve(m, '2024-05-31', observed_from) GROUP BY observed_from ORDER BY observed_from;
SELECT max(cohorts) AS own_date FROM signups, retention_curve(m, '2024-05-31', '2024-02-10');
SELECT pg_temp.try(format('SELECT count(*) FROM m, %s', q)) FROM unnest(ARRAY['cohort_table(m, ''on'', ''2024-05-31'', ''-infinity'')', 'cohort_table(m, ''on'', ''2024-05-31'', ''2024-06-01'')',
	'cohort_table(m, observed_from => ''2025-01-01'')', 'retention_curve(m, ''2024-05-31'', ''infinity'')', 'retention_curve(m, observed_to => ''2024-02-01'', observed_from => ''2024-02-02'')']) AS q;

\echo '-- Dollar cohorts'
-- MRR at the end of each month:
--            Jan  Feb  Mar  Apr  May  Jun ...
--   Ash      100  150    -   80   80    80 without end
--   Bay        -  200  200  120    -     -
--   Coe       50   50   50   50   50     - ends in the middle of June
--   Dov       ended on the 20th of the month it began in: never paid at the end of one
-- January, base 150: net 150 200 50 130 130 80 80; capped 150 150 50 130 130 80 80.
-- February, base 200: net 200 200 120 0 0; capped the same.
CREATE TEMP TABLE contracts (customer text, valid_from date, valid_to date, mrr numeric);
INSERT INTO contracts VALUES ('Ash', '2024-01-10', '2024-02-05', 100), ('Ash', '2024-02-05', '2024-03-01', 150), ('Ash', '2024-04-30', NULL, 80),
	('Bay', '2024-02-01', '2024-04-01', 200), ('Bay', '2024-04-01', '2024-05-01', 150), ('Bay', '2024-04-10', '2024-05-01', -30),
	('Coe', '2024-01-01', '2024-06-15', 50), ('Dov', '2024-03-05', '2024-03-20', 10);
CREATE TEMP TABLE histories AS SELECT customer, mrr_history(valid_from, valid_to, mrr) AS h FROM contracts GROUP BY customer;
CREATE TEMP TABLE dollars AS SELECT cohort_revenue_agg(h) AS m FROM histories;
SELECT t.* FROM dollars, cohort_table(m, 'on', '2024-07-31') AS t;
SELECT cohort, period, active FROM dollars, cohort_table(m, 'on_or_after', '2024-07-31');
SELECT period, cohorts, eligible, active, retention, net_retention, gross_retention FROM dollars, retention_curve(m, '2024-05-31');
SELECT m FROM dollars;
SELECT jsonb_pretty(describe(m) #> '{cohorts,0}') FROM dollars;
-- Ash pays without end: somebody must say up to when that is known
SELECT pg_temp.try($$SELECT active FROM dollars, cohort_table(m)$$);
SELECT cohort, max(period) AS last FROM (SELECT cohort_revenue_agg(h) AS m FROM histories WHERE customer <> 'Ash') AS v, cohort_table(m) GROUP BY cohort ORDER BY cohort;
-- "on or after" of a customer who pays without end is known in any window, and so it is of Ash and Coe until April, as
-- both pay then: 2 2 2 2; until March, when Coe does, 2 2 1
SELECT observed_to, cohort, string_agg(active::text, ' ' ORDER BY period) AS active FROM dollars, unnest('{2024-03-31,2024-04-30}'::date[]) AS observed_to, cohort_table(m, 'on_or_after', observed_to) GROUP BY observed_to, cohort ORDER BY observed_to, cohort;
SELECT cohort, period, active FROM (SELECT cohort_revenue_agg(mrr_history(date '2024-01-01', NULL::date, 5)) OVER () AS m) AS v, cohort_table(m, 'on_or_after', '2024-03-31');
-- by quarter: the last day of it counts.  First quarter (31 March): Bay 200, Coe 50; Ash is
-- 0 there and comes in the second with 80, as a cohort of its own.
SELECT cohort, period, cohort_size, active, mrr, net_retention, gross_retention FROM (SELECT cohort_revenue_agg(h, 'quarter') AS m FROM histories) AS v, cohort_table(m, 'on', '2024-09-30');
SELECT cohort, period, cohort_size, active, mrr FROM (SELECT cohort_revenue_agg(h, 'quarter:feb') AS m FROM histories) AS v, cohort_table(m, 'on', '2024-07-31');
SELECT cohort, period, cohort_size, active, mrr FROM (SELECT cohort_revenue_agg(h, 'year:apr') AS m FROM histories) AS v, cohort_table(m, 'on', '2026-03-31');
-- capping the sum instead would hide Coe behind Ash: in February 150 + 50 is above the 150
-- of January, though nothing stops Ash from growing while others shrink
SELECT cohort, period, mrr, net_retention, gross_retention, round(least(net_retention, 1), 2) AS wrong
FROM (SELECT cohort_revenue_agg(h) AS m FROM (SELECT mrr_history(month, mrr) AS h FROM (VALUES (1, date '2024-01-01', 100), (1, '2024-02-01', 300), (2, '2024-01-01', 100), (2, '2024-02-01', 50)) AS v (customer, month, mrr) GROUP BY customer) AS v) AS v, cohort_table(m);
-- what is below zero is nothing: the customer is active from March
SELECT cohort, period, active, mrr FROM (SELECT cohort_revenue_agg(h) AS m FROM (SELECT mrr_history(month, mrr) AS h FROM (VALUES (date '2024-01-01', -5), ('2024-02-01', 0), ('2024-03-01', 7), ('2024-04-01', -7), ('2024-05-01', 9)) AS v (month, mrr)) AS v) AS v, cohort_table(m);
-- nor does it take from others: 100 and 100, then -30 and 100, then 50 and 100
SELECT period, active, mrr, net_retention, gross_retention FROM (SELECT cohort_revenue_agg(h) AS m FROM (SELECT mrr_history(month, mrr) AS h FROM (VALUES (1, date '2024-01-01', 100), (1, '2024-02-01', -30), (1, '2024-03-01', 50), (2, '2024-01-01', 100), (2, '2024-02-01', 100), (2, '2024-03-01', 100)) AS v (customer, month, mrr) GROUP BY customer) AS v) AS v, cohort_table(m);
-- nobody ever paid, no rows, NULL
SELECT m, (SELECT count(*) FROM cohort_table(m)) AS lines FROM (SELECT cohort_revenue_agg(mrr_history(date '2024-01-01', -5)) OVER () AS m) AS v;
SELECT cohort_revenue_agg(h) IS NULL AS none FROM histories WHERE false;
SELECT skipped_rows(cohort_revenue_agg(h)) FROM (SELECT NULL::mrr_history UNION ALL SELECT mrr_history(NULL::date, 5) UNION ALL SELECT h FROM histories) AS v (h);
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT cohort_revenue_agg(h, ''week'') FROM histories',
	'SELECT cohort_revenue_agg(h, ''decade'') FROM histories',
	'SELECT cohort_revenue_agg(h, NULL) FROM histories',
	'SELECT cohort_revenue_agg(h) FROM (SELECT mrr_history(date ''0001-01-01'', date ''300000-01-01'', 5)) AS v (h)',
	'SELECT cohort_revenue_agg(h, CASE customer WHEN ''Ash'' THEN ''month'' ELSE ''year'' END) FROM histories',
	'SELECT cohort_revenue_agg(h) FROM (SELECT mrr_history(date ''2024-01-01'', 5, ''EUR'') UNION ALL SELECT mrr_history(date ''2024-01-01'', 5, ''USD'')) AS v (h)',
	'SELECT rollup(m) FROM (SELECT cohort_revenue_agg(mrr_history(date ''2024-01-01'', 5, ''EUR'')) OVER () UNION ALL SELECT cohort_revenue_agg(mrr_history(date ''2024-01-01'', 5, ''USD'')) OVER ()) AS v (m)']) AS q;
-- amounts of any size, in any order
CREATE TEMP TABLE sizes AS
SELECT i, mrr_history(date '2024-01-01' + i % 3 * 31, CASE WHEN i % 5 > 0 THEN date '2024-09-01' + i END, mrr) AS h
FROM (SELECT i, CASE i % 7 WHEN 0 THEN 1e35 WHEN 1 THEN 1e-30 WHEN 2 THEN 0.1 WHEN 3 THEN 12345678901234567890.5 ELSE i END AS mrr FROM generate_series(1, 40) AS i) AS v GROUP BY i;
SELECT cohort_revenue_agg(h ORDER BY i) = cohort_revenue_agg(h ORDER BY i % 7, i) AS by_size, cohort_revenue_agg(h ORDER BY i) = cohort_revenue_agg(h ORDER BY i % 7 DESC, i) AS backwards FROM sizes;
SELECT rollup(m) = (SELECT cohort_revenue_agg(h) FROM sizes) AS rolled_up FROM (SELECT cohort_revenue_agg(h) AS m FROM sizes GROUP BY i % 6) AS v;
SELECT cohort, period, mrr = (SELECT sum(mrr_at(h, '2024-10-31')) FROM sizes WHERE date_trunc('month', date '2024-01-01' + i % 3 * 31) = cohort) AS same FROM (SELECT cohort_revenue_agg(h) AS m FROM sizes) AS v, cohort_table(m, 'on', '2024-10-31') WHERE cohort + period * interval '1 month' = '2024-10-01';
-- rolled up from parts that come and go around the border of 64 months, with amounts beyond 128 bits in some of them
CREATE TEMP TABLE pauses AS
SELECT i, mrr_history(first, past, mrr) AS h
FROM generate_series(1, 30) AS i,
     LATERAL (VALUES (0, 1 + i % 3, 0), (61 + i % 4, 64 + i % 3, 1), (128 - i % 2, CASE WHEN i % 3 > 0 THEN 129 + i % 2 END, 2)) AS v (f, t, n),
     LATERAL (SELECT (date '2010-01-01' + f * interval '1 month')::date AS first, (date '2010-01-01' + t * interval '1 month')::date AS past,
                     CASE (i + n) % 5 WHEN 0 THEN 1e40 + i WHEN 1 THEN 212676479325586539664609129644 WHEN 2 THEN 0.00000000000000000001 WHEN 3 THEN 0.125 ELSE 100 + i END AS mrr) AS m
GROUP BY i;
SELECT parts, bool_and(m = (SELECT cohort_revenue_agg(h) FROM pauses)) AS rolled_up
FROM (SELECT parts, turn, rollup(m ORDER BY part * turn) AS m
      FROM (SELECT parts, turn, i % parts AS part, cohort_revenue_agg(h) AS m FROM pauses, unnest('{1,2,7,30}'::int[]) AS parts, unnest('{1,-1}'::int[]) AS turn GROUP BY parts, turn, part) AS v
      GROUP BY parts, turn) AS v
GROUP BY parts ORDER BY parts;
SELECT period, active, mrr FROM (SELECT rollup(m) AS m FROM (SELECT cohort_revenue_agg(h) AS m FROM pauses WHERE i IN (3, 4, 7) GROUP BY i) AS v) AS v, cohort_table(m, 'on', '2021-01-31') WHERE active > 0 ORDER BY period;

\echo '-- Rollup'
-- shards of disjoint customers, by any rule
SELECT rollup(s) = (SELECT m FROM m) AS by_name FROM (SELECT cohort_agg(months) AS s FROM active GROUP BY customer) AS v;
SELECT rollup(s) = (SELECT m FROM ages) AS ages FROM (SELECT cohort_agg_by_age(days, 30) AS s FROM active GROUP BY customer) AS v;
SELECT rollup(s) = (SELECT m FROM brackets) AS brackets FROM (SELECT cohort_bracket_agg(months, '{0,1,3,5}', '2024-05-31') AS s FROM active GROUP BY customer) AS v;
SELECT rollup(s) = (SELECT m FROM dollars) AS dollars FROM (SELECT cohort_revenue_agg(h) AS s FROM histories GROUP BY customer) AS v;
SELECT rollup(s) = (SELECT m FROM signups) AS signups FROM (SELECT cohort_agg(months, signup) AS s FROM accounts LEFT JOIN active USING (customer) GROUP BY customer) AS v;
-- the error in numbers when a customer is in two of them: Ada counts twice
SELECT period, eligible, active, retention FROM (SELECT rollup(s) AS m FROM (SELECT cohort_agg(months) FROM active UNION ALL SELECT cohort_agg(months) FROM active WHERE customer = 'Ada') AS v (s)) AS v, retention_curve(m);
SELECT rollup(s) = (SELECT m FROM m) AS nulls_are_skipped FROM (SELECT m FROM m UNION ALL SELECT NULL) AS v (s);
SELECT rollup(s) IS NULL AS none FROM (VALUES (NULL::cohort_matrix)) AS v (s);
SELECT skipped_rows(rollup(s)) FROM (VALUES ((SELECT cohort_agg(NULL::activity) FROM generate_series(1, 3))), ((SELECT cohort_agg(activity_agg) FROM (SELECT activity_agg(NULL::date) FROM generate_series(1, 4)) AS v))) AS v (s);
-- what does not belong together
CREATE TEMP TABLE kinds AS
SELECT 1 AS n, m FROM m UNION ALL SELECT 2, m FROM signups UNION ALL SELECT 3, m FROM ages UNION ALL SELECT 4, m FROM brackets UNION ALL SELECT 5, m FROM dollars
UNION ALL SELECT 6, cohort_agg(a) FROM (SELECT activity_agg(at, 'week') AS a FROM visits GROUP BY customer) AS v UNION ALL SELECT 7, cohort_agg_by_age(days, 7) FROM active
UNION ALL SELECT 8, cohort_bracket_agg(months, '{0,1,3,6}', '2024-05-31') FROM active UNION ALL SELECT 9, cohort_bracket_agg(months, '{0,1,3,5}', '2024-05-30') FROM active
UNION ALL SELECT 10, cohort_revenue_agg(h, 'quarter') FROM histories;
SELECT a.n, b.n, pg_temp.try(format('SELECT cohort_combine(%L, %L)', a.m, b.m)) FROM kinds AS a, kinds AS b WHERE (a.n, b.n) IN ((1, 2), (2, 1), (3, 4), (5, 1), (1, 6), (6, 1), (3, 7), (4, 8), (9, 4), (5, 10)) ORDER BY 1, 2;
SELECT pg_temp.try($$SELECT cohort_agg(a) FROM (SELECT activity_agg(at, grain) AS a FROM visits, unnest('{week,month}'::text[]) AS grain GROUP BY grain) AS v$$);

\echo '-- Rows that cannot be used'
-- NULL dates are counted in the activity and from there in the matrix; NULL activities too
SELECT skipped_rows(m), m FROM (SELECT cohort_agg(a) AS m FROM (SELECT activity_agg(at) AS a FROM (VALUES (1, date '2024-01-01'), (1, NULL), (2, NULL), (2, NULL)) AS v (customer, at) GROUP BY customer UNION ALL SELECT NULL) AS v) AS v;
SELECT cohort_agg(months) IS NULL AS none FROM active WHERE false;
SELECT m, (SELECT count(*) FROM cohort_table(m)) AS lines, (SELECT count(*) FROM retention_curve(m, '2024-01-01')) AS points FROM (SELECT cohort_agg(NULL::activity) AS m) AS v;
SELECT m, (SELECT count(*) FROM cohort_table(m)) AS lines FROM (SELECT cohort_agg_by_age(NULL, 7) AS m) AS v;
SELECT m, (SELECT count(*) FROM cohort_table(m)) AS lines FROM (SELECT cohort_bracket_agg(NULL, '{0,1}', '2024-01-01') AS m) AS v;
SELECT m, (SELECT count(*) FROM cohort_table(m)) AS lines FROM (SELECT cohort_revenue_agg(NULL) AS m) AS v;
SELECT skipped_rows(NULL::cohort_matrix) IS NULL AND describe(NULL::cohort_matrix) IS NULL AS null_in_null_out;

\echo '-- Any order and any split give the same bytes'
SELECT setseed(0.23);
CREATE TEMP TABLE crowd AS
SELECT customer, activity_agg(at) AS months, activity_agg(at, 'day') AS days, min(at) + (random() * 90 - 60)::int AS signup
FROM (SELECT customer, CASE WHEN random() > 0.02 THEN date '2020-01-01' + (random() ^ 2 * 1200 + customer % 400)::int END AS at FROM generate_series(1, 500) AS customer, generate_series(1, 12)) AS v
GROUP BY customer;
SELECT cohort_agg(months ORDER BY random()) = cohort_agg(months) AS own, cohort_agg(months, signup ORDER BY random()) = cohort_agg(months, signup) AS dated,
       cohort_agg_by_age(days, 14 ORDER BY random()) = cohort_agg_by_age(days, 14) AS aged, cohort_bracket_agg(months, '{0,1,4,12}', '2023-01-31' ORDER BY random()) = cohort_bracket_agg(months, '{0,1,4,12}', '2023-01-31') AS ranged
FROM crowd;
SELECT rollup(own) = (SELECT cohort_agg(months) FROM crowd) AS own, rollup(dated) = (SELECT cohort_agg(months, signup) FROM crowd) AS dated,
       rollup(aged) = (SELECT cohort_agg_by_age(days, 14) FROM crowd) AS aged, rollup(ranged) = (SELECT cohort_bracket_agg(months, '{0,1,4,12}', '2023-01-31') FROM crowd) AS ranged
FROM (SELECT cohort_agg(months) AS own, cohort_agg(months, signup) AS dated, cohort_agg_by_age(days, 14) AS aged, cohort_bracket_agg(months, '{0,1,4,12}', '2023-01-31') AS ranged FROM crowd GROUP BY customer % 13) AS v;
-- counts against SQL, in the state's own terms: active, and active for the last time
SELECT count(*) FILTER (WHERE t.active <> s.active) AS wrong, count(*) > 500 AS enough
FROM (SELECT cohort_agg(months) AS m FROM crowd) AS v, cohort_table(m) AS t,
     LATERAL (SELECT count(*) AS active FROM crowd WHERE first_period(months) = cohort AND is_active(months, (cohort + period * interval '1 month')::date)) AS s;
SELECT count(*) FILTER (WHERE t.active <> s.active) AS wrong
FROM (SELECT cohort_agg(months) AS m FROM crowd) AS v, cohort_table(m, 'on_or_after') AS t,
     LATERAL (SELECT count(*) AS active FROM crowd WHERE first_period(months) = cohort AND last_period(months) >= cohort + period * interval '1 month') AS s;
-- more customers of one kind than the counters of a block hold
SELECT m FROM (SELECT cohort_agg(a) AS m FROM (SELECT activity_agg(at) AS a FROM (VALUES (date '2024-01-01'), ('2024-03-01')) AS v (at)) AS a, generate_series(1, 1000)) AS v;

\echo '-- Any width'
-- offsets 0, 63, 64, 127, 128 and a date that stands for "never": blocks that nobody needs are not there
SELECT m, pg_column_size(m) AS bytes FROM (SELECT cohort_agg(a) AS m FROM (SELECT activity_agg(at, 'day') AS a FROM (SELECT date '2024-01-01' + i AS at FROM unnest('{0,63,64,127,128}'::int[]) AS i UNION ALL SELECT '9999-12-31') AS v) AS v) AS v;
SELECT string_agg(active::text, ' ' ORDER BY period) FROM (SELECT cohort_agg(a) AS m FROM (SELECT activity_agg(at, 'day') AS a FROM (SELECT date '2024-01-01' + i AS at FROM unnest('{0,1,3}'::int[]) AS i UNION ALL SELECT '9999-12-31') AS v) AS v) AS v, cohort_table(m, 'on', '2024-01-06');
-- each day of fifteen years
SELECT count(*) AS lines, min(active), max(active) FROM (SELECT cohort_agg(a) AS m FROM (SELECT activity_agg(date '2010-01-01' + i, 'day') AS a FROM generate_series(0, 5478) AS i) AS v) AS v, cohort_table(m);
-- what would fill the disk is refused
SELECT pg_temp.try($$SELECT count(*) FROM (SELECT cohort_agg(a) AS m FROM (SELECT activity_agg(at, 'day') AS a FROM (VALUES (date '2024-01-01'), ('12024-01-01')) AS v (at)) AS v) AS v, cohort_table(m)$$);
SELECT pg_temp.try($$SELECT count(*) FROM (SELECT cohort_agg(a) AS m FROM (SELECT activity_agg(at, 'day') AS a FROM (VALUES (date '2024-01-01'), ('12024-01-01')) AS v (at)) AS v) AS v, retention_curve(m)$$);

\echo '-- Text and binary'
SELECT n, m::text::cohort_matrix = m AS same FROM (SELECT * FROM kinds UNION ALL SELECT 11, m FROM never UNION ALL SELECT 12, cohort_agg(months) FROM crowd) AS k ORDER BY n;
SELECT n, encode(cohort_matrix_send(m), 'hex') FROM kinds WHERE n IN (1, 5) ORDER BY n;
-- What no set of customers gives is said.  A matrix is basis, grain, skipped rows, and of each
-- cohort its number, size, and of each offset active and last active.
SELECT pg_temp.try(format('SELECT %L::cohort_matrix', v)) FROM unnest(ARRAY[
	'', '1,0,1,2,0', '2,0,1,2,0,0[]', '1,5,1,2,0,0[]', '1,0,2,2,0,0[]', '1,0,1,5,0,0[]', '1,0,1,2,-1,0[]', '1,0,1,2,0,0[]x',
	-- nobody; not all there at offset 0; more at an offset than can be; more last than active; not all gone in the end
	'1,0,1,2,0,1[(10,0,0[])]', '1,0,1,2,0,1[(10,2,1[(0,1,1)])]', '1,0,1,2,0,1[(10,2,1[(1,2,2)])]', '1,0,1,2,0,1[(10,2,2[(0,2,1),(0,2,1)])]',
	'1,0,1,2,0,1[(10,2,1[(0,2,3)])]', '1,0,1,2,0,1[(10,2,1[(0,2,1)])]', '1,0,1,2,0,1[(10,2,2[(0,2,2),(0,0,0)])]', '1,0,1,2,0,1[(10,2,2[(0,2,-1),(0,2,3)])]',
	-- cohorts and offsets out of order or range
	'1,0,1,2,0,2[(10,1,1[(0,1,1)]),(-1,1,1[(0,1,1)])]', '1,0,1,2,0,1[(2147483648,1,1[(0,1,1)])]', '1,0,1,2,0,1[(2147483647,1,1[(0,1,1)])]', '1,0,1,2,0,1[(10,2,2[(0,2,1),(99999999,1,1)])]',
	'1,0,1,2,0,1[(10,9223372036854775807,1[(0,9223372036854775807,9223372036854775807)])]',
	-- activity, but no grain; cohorts by date that are larger in activity than in size
	'1,0,0,0,1[(10,1,1[(0,1,1)])]', '1,1,0,0,1[(10,1,1[(0,1,1)])]', '1,1,1,2,0,1[(10,1,1[(0,2,2)])]', '1,1,1,2,0,1[(10,1,2[(0,1,1),(0,1,1)])]',
	-- ages: grain, length, the last day
	'1,2,1,2,30,100,0,1[(10,1,1[(0,1,1)])]', '1,2,1,0,0,10,0,1[(10,1,1[(0,1,1)])]', '1,2,1,0,30,40,0,1[(10,1,1[(0,1,1)])]', '1,2,1,0,30,9,0,1[(10,1,1[(0,1,1)])]', '1,2,1,0,30,9,0,0[]',
	-- ranges: none, not ascending, not yet observed
	'1,3,1,2,9000,1[(0)],0,0[]', '1,3,1,2,9000,2[(1),(1)],0,0[]', '1,3,1,2,9000,2[(0),(1)],0,1[(24300,1,1[(0,1,1)])]', '1,3,1,2,9000,3[(0),(1),(9)],0,1[(24290,1,2[(0,1,0),(0,1,1)])]', '1,3,1,2,9000,2[(0),(1)],0,1[(24290,1,0[])]',
	-- MRR: step, nothing paid, capped above, base, a cell that runs on, running behind nothing
	'1,4,1,0,0,0,0[]', '1,4,1,2,0,0,1[(10,1,1[(0,1,1,0,0)],0)]', '1,4,1,2,0,0,1[(10,1,2[(0,1,0,5,5),(0,1,1,4,5)],0)]', '1,4,1,2,0,0,1[(10,1,2[(0,1,0,5,5),(0,1,1,9,6)],0)]', '1,4,1,2,0,0,1[(10,1,1[(0,1,1,5,4)],0)]',
	'1,4,1,2,0,0,1[(10,1,1[(0,1,0,5,5)],1,0,5,5)]', '1,4,1,2,0,0,1[(10,1,0[],1,3,5,5)]', '1,4,1,2,0,0,1[(10,2,0[],1,0,5,5)]', '1,4,1,2,0,0,1[(10,1,0[],1,0,5,-5)]']) WITH ORDINALITY AS t (v, n) ORDER BY n;
-- and the same bare, without what is wrong
SELECT pg_temp.try(format('SELECT %L::cohort_matrix', v)) = v AS valid FROM unnest(ARRAY['1,0,1,2,0,0[]', '1,0,1,2,0,1[(10,2,2[(0,2,1),(0,1,1)])]', '1,1,1,2,0,1[(10,2,0[])]', '1,1,0,0,1[(10,1,0[])]',
	'1,2,1,0,30,39,0,1[(10,1,1[(0,1,1)])]', '1,3,1,2,9000,2[(0),(1)],0,1[(24290,1,1[(0,1,1)])]', '1,4,1,2,0,0,1[(10,1,2[(0,1,0,5,5),(0,1,1,4,4)],0)]', '1,4,1,2,0,0,1[(10,1,0[],1,0,5,5)]']) AS v;
-- mutated text is an error that names the type, or another valid value
SELECT count(*) > 1000 AS enough, count(*) FILTER (WHERE result NOT LIKE '22P02: invalid input syntax for type cohort_matrix: %' AND result <> mutated) AS surprises
FROM (SELECT mutated, pg_temp.try(format('SELECT %L::cohort_matrix::text', mutated)) AS result
      FROM (SELECT overlay(m::text PLACING substr('0123456789,()[]-x.', 1 + i % 18, 1) FROM 1 + (i * 7919) % length(m::text) FOR i % 3) AS mutated
            FROM kinds, generate_series(1, 150) AS i WHERE length(m::text) < 2000) AS v) AS t;
-- counts that cannot be added, nor counted up
SELECT pg_temp.try($$SELECT rollup(m) FROM (SELECT '1,1,1,2,0,1[(10,2305843009213693951,0[])]'::cohort_matrix AS m FROM generate_series(1, 2)) AS v$$);
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT cohort_accum(''1,1,1,2,0,1[(10,2305843009213693951,0[])]'', months, date ''2024-01-01'') FROM active',
	'SELECT cohort_accum(''1,0,1,2,2305843009213693951,0[]'', NULL)']) AS q;

-- The binary form goes through COPY, of files that \lo_export writes.
CREATE FUNCTION pg_temp.copy_file(value bytea) RETURNS bytea LANGUAGE sql AS $$
SELECT '\x5047434f50590aff0d0a000000000000000000'::bytea || '\x0001' || int4send(length(value)) || value || '\xffff'
$$;
CREATE TEMP TABLE received (m cohort_matrix);
CREATE TABLE cohort_files (name text, file oid);
INSERT INTO cohort_files
SELECT name, lo_from_bytea(0, pg_temp.copy_file(value))
FROM (SELECT cohort_matrix_send(m) AS good FROM m) AS m,
     LATERAL (VALUES ('good', good), ('empty', ''), ('kind', set_byte(good, 1, ascii('A'))), ('basis', set_byte(good, 2, 9)), ('shorter', substr(good, 1, length(good) - 1)),
                     ('longer', good || '\x00'), ('inconsistent', set_byte(good, length(good) - 1, 4)), ('count', set_byte(good, 6, 250))) AS v (name, value);
SELECT string_agg(format('max(file) FILTER (WHERE name = %L) AS %I', name, name), ', ') AS files FROM cohort_files \gset
SELECT :files FROM cohort_files \gset
\lo_export :good 'output/cohort.good'
\lo_export :empty 'output/cohort.empty'
\lo_export :kind 'output/cohort.kind'
\lo_export :basis 'output/cohort.basis'
\lo_export :shorter 'output/cohort.shorter'
\lo_export :longer 'output/cohort.longer'
\lo_export :inconsistent 'output/cohort.inconsistent'
\lo_export :count 'output/cohort.count'
\copy received FROM 'output/cohort.good' BINARY
\copy received FROM 'output/cohort.empty' BINARY
\copy received FROM 'output/cohort.kind' BINARY
\copy received FROM 'output/cohort.basis' BINARY
\copy received FROM 'output/cohort.shorter' BINARY
\copy received FROM 'output/cohort.longer' BINARY
\copy received FROM 'output/cohort.inconsistent' BINARY
\copy received FROM 'output/cohort.count' BINARY
SELECT m.m = r.m AS same FROM m, received AS r;
SELECT count(lo_unlink(file)) FROM cohort_files;
DROP TABLE cohort_files;

\echo '-- Comparing'
SELECT count(DISTINCT m) AS different, count(*) FROM (SELECT m FROM kinds UNION ALL SELECT m::text::cohort_matrix FROM kinds) AS v;
SELECT bool_and((x.m = y.m) = (cohort_matrix_send(x.m) = cohort_matrix_send(y.m)) AND (x.m < y.m) = (cohort_matrix_cmp(x.m, y.m) < 0)
                AND (x.m >= y.m) <> (x.m < y.m) AND (x.m <> y.m OR cohort_matrix_hash(x.m) = cohort_matrix_hash(y.m))) AS consistent
FROM kinds AS x, kinds AS y;

\echo '-- Support functions called directly'
-- They take values from anybody, change nothing and give packed values back.
SELECT cohort_accum(m.m, a.months) = cohort_combine(m.m, c.m) AS same, m.m = before.m AS unchanged
FROM m, active AS a, (SELECT m FROM m) AS before, (SELECT cohort_agg(months) AS m FROM active WHERE customer = 'Eve') AS c WHERE a.customer = 'Eve';
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT cohort_accum(signups.m, months) FROM signups, active',
	'SELECT cohort_accum(m.m, months, date ''2024-01-01'') FROM m, active',
	'SELECT cohort_age_accum(ages.m, days, 7) FROM ages, active',
	'SELECT cohort_bracket_accum(m.m, months, ''{0,1}'', ''2024-01-01'') FROM m, active',
	'SELECT cohort_revenue_accum(m.m, h) FROM m, histories',
	'SELECT cohort_final(NULL)']) AS q;
-- in windows the state goes on after each result
SELECT customer, (SELECT sum(active) FROM cohort_table(m)) AS active FROM (SELECT customer, cohort_agg(months) OVER (ORDER BY customer) AS m FROM active) AS v ORDER BY customer;

\echo '-- Parallel'
CREATE TABLE cohort_crowd AS SELECT * FROM crowd, generate_series(1, 20);
ANALYZE cohort_crowd;
CREATE TEMP TABLE serial AS SELECT cohort_agg(months) AS own, cohort_agg(months, signup) AS dated, cohort_agg_by_age(days, 14) AS aged, cohort_bracket_agg(months, '{0,1,4,12}', '2023-01-31') AS ranged FROM cohort_crowd;
SET max_parallel_workers_per_gather = 4;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION pg_temp.is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
	RETURN plan::text LIKE '%Partial%';
END $$;
SELECT pg_temp.is_parallel('SELECT cohort_agg(months) FROM cohort_crowd');
SELECT (SELECT cohort_agg(months) FROM cohort_crowd) = own AS own, (SELECT cohort_agg(months, signup) FROM cohort_crowd) = dated AS dated,
       (SELECT cohort_agg_by_age(days, 14) FROM cohort_crowd) = aged AS aged, (SELECT cohort_bracket_agg(months, '{0,1,4,12}', '2023-01-31') FROM cohort_crowd) = ranged AS ranged
FROM serial;
DROP TABLE cohort_crowd;

\echo '-- What net and gross retention are made of'
-- February: 150 + 30 of 100 + 60; with nobody above its first MRR 100 + 30
SELECT cohort, period, mrr, base_mrr, capped_mrr, net_retention, gross_retention
FROM (SELECT cohort_revenue_agg(h) AS m
      FROM (SELECT mrr_history(month, mrr) AS h
            FROM (VALUES ('a', date '2024-01-31', 100), ('a', '2024-02-29', 150), ('b', '2024-01-31', 60), ('b', '2024-02-29', 30)) AS s (customer, month, mrr)
            GROUP BY customer) AS c) AS m, cohort_table(m, 'on', '2024-02-29');
