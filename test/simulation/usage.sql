-- What early-warning rules detect at equal false alarms, by simulation.
--
--     psql -X -d SCRATCH -v draws=500 -f test/simulation/usage.sql
--
-- A year of daily usage for each customer: a level from 30 to 30,000 a week, five working days at full and a weekend at a
-- quarter of that, and noise from week to week that is log-normal with a standard deviation from 5 % to 40 %, each
-- customer its own; counts are Poisson. Besides that
--     plain            nothing
--     outliers         2 % of the weeks are threefold, 3 % (holidays) a fifth
--     trend            growth or decline of up to 1 % a week
--     autocorrelated   a week resembles the one before it (moving average)
--     sparse           levels from 3 to 30 a week
--     all              outliers, trend and autocorrelated
-- "company" is all of these in equal parts: one threshold for everybody, as a company has one.
--
-- A shift multiplies the level from one week on: four weeks before the end for rules that look at now, and at a random
-- week from the 9th to the 45th for those that look for when. False alarms are on customers without a shift, and every
-- rule gets the threshold that makes them equal: 1 %, 5 %, or what "-30 %, four weeks against the four before" makes.
\set ON_ERROR_STOP on
\if :{?draws} \else \set draws 500 \endif
SET search_path = public, ccx;
SELECT setseed(0.1) \g /dev/null

CREATE FUNCTION pg_temp.gauss() RETURNS float8 VOLATILE LANGUAGE sql AS 'SELECT sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())';
CREATE FUNCTION pg_temp.poisson(mean float8) RETURNS int VOLATILE LANGUAGE plpgsql AS $$
DECLARE
	k int := 0;
	p float8 := random();
	least float8 := exp(-least(mean, 30));
BEGIN
	IF mean > 30 THEN
		RETURN greatest(round(mean + sqrt(mean) * pg_temp.gauss()), 0);
	END IF;
	WHILE p > least LOOP
		k := k + 1;
		p := p * random();
	END LOOP;
	RETURN k;
END $$;

CREATE TEMP TABLE customers AS
SELECT row_number() OVER () AS id, *, 0.05 * 8 ^ random() AS noise, CASE scenario WHEN 'sparse' THEN 3 * 10 ^ random() ELSE 30 * 1000 ^ random() END AS level,
	CASE WHEN scenario IN ('trend', 'all') THEN random() * 0.02 - 0.01 ELSE 0 END AS trend, CASE WHEN scenario IN ('autocorrelated', 'all') THEN random() ELSE 0 END AS theta,
	CASE task WHEN 'none' THEN 99 WHEN 'now' THEN 49 ELSE 9 + floor(random() * 37)::int END AS shift_week
FROM unnest('{plain,outliers,trend,autocorrelated,sparse,all}'::text[]) AS scenario,
	(VALUES ('none', 0), ('now', 15), ('now', 25), ('now', 40), ('now', 60), ('now', 80), ('when', 15), ('when', 25), ('when', 40), ('when', 60), ('when', 80)) AS t (task, percent),
	LATERAL generate_series(1, CASE task WHEN 'none' THEN 4 ELSE 1 END * :draws) AS draw;

CREATE TEMP TABLE weeks AS
SELECT id, week, level * exp(noise * (z + theta * lag(z, 1, 0::float8) OVER (PARTITION BY id ORDER BY week)) / sqrt(1 + theta ^ 2) - noise ^ 2 / 2 + trend * (week - 52))
	* CASE WHEN week >= shift_week THEN 1 - percent / 100.0 ELSE 1 END
	* CASE WHEN scenario NOT IN ('outliers', 'all') THEN 1 WHEN luck < 0.02 THEN 3 WHEN luck < 0.05 THEN 0.2 ELSE 1 END AS mean
FROM (SELECT *, pg_temp.gauss() AS z, random() AS luck FROM customers, generate_series(1, 52) AS week) AS w;

-- Monday 2024-12-30 is the first day, Sunday 2025-12-28 the last one
CREATE TEMP TABLE used AS
SELECT id, usage_agg(date '2024-12-30' + 7 * (week - 1) + day, pg_temp.poisson(mean * CASE WHEN day >= 5 THEN 0.25 ELSE 1 END / 5.5)) AS u
FROM weeks, generate_series(0, 6) AS day GROUP BY id;
DROP TABLE weeks;

CREATE FUNCTION pg_temp.mean(y numeric[]) RETURNS numeric IMMUTABLE LANGUAGE sql AS 'SELECT avg(v) FROM unnest(y) AS v';
CREATE FUNCTION pg_temp.fall(later numeric, earlier numeric) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT 1 - (later / nullif(earlier, 0))::float8';

-- The statistics, larger where it looks more like a fall. The sums of weeks let moving means be read off quickly.
CREATE TEMP TABLE series AS
SELECT id, u, ARRAY(SELECT usage FROM usage_by_week(u, '2025-12-28') ORDER BY week) AS y, ARRAY(SELECT sum(usage) OVER (ORDER BY week) FROM usage_by_week(u, '2025-12-28') ORDER BY week) AS s FROM used;
CREATE TEMP TABLE statistics AS
SELECT c.id, scenario, task, percent, rule, value, days_off
FROM customers AS c JOIN series USING (id), LATERAL (
	SELECT 'now' AS look, rule, value, NULL::int AS days_off FROM (VALUES
		('mean of 4 by 4', pg_temp.fall((s[52] - s[48]) / 4, (s[48] - s[44]) / 4)),
		('mean of 4 by 12', pg_temp.fall((s[52] - s[48]) / 4, (s[48] - s[36]) / 12)),
		('mean of 4 by 26', pg_temp.fall((s[52] - s[48]) / 4, (s[48] - s[22]) / 26)),
		('median of 4 by 12', pg_temp.fall(usage_level(u, 4, '2025-12-28'), usage_level(u, 12, '2025-11-30'))),
		('median of 4 by 26', pg_temp.fall(usage_level(u, 4, '2025-12-28'), usage_level(u, 26, '2025-11-30'))),
		('usage_drop 4 by 8', usage_drop(u, 4, 8, '2025-12-28')::float8),
		('usage_drop 4 by 12', usage_drop(u, 4, 12, '2025-12-28')::float8),
		('usage_drop 4 by 26', usage_drop(u, 4, 26, '2025-12-28')::float8)) AS v (rule, value)
	WHERE task <> 'when'
	UNION ALL
	SELECT 'when', rule, value, CASE WHEN task = 'when' THEN abs(day - (date '2024-12-30' + 7 * (shift_week - 1))) END FROM (
		SELECT 'usage_changepoint' AS rule, CASE WHEN after < before THEN strength ELSE -strength END AS value, changed_on AS day FROM usage_changepoint(u, '2025-12-28')
		UNION ALL
		(SELECT 'any mean of 4 by 4', pg_temp.fall(s[k + 4] - s[k], s[k] - coalesce(s[k - 4], 0)) AS value, date '2024-12-30' + 7 * k FROM generate_series(4, 48) AS k ORDER BY value DESC NULLS LAST LIMIT 1)
		UNION ALL
		(SELECT 'any mean of 4 by 12', pg_temp.fall((s[k + 4] - s[k]) / 4, (s[k] - coalesce(s[k - 12], 0)) / 12) AS value, date '2024-12-30' + 7 * k FROM generate_series(12, 48) AS k ORDER BY value DESC NULLS LAST LIMIT 1)
		UNION ALL
		(SELECT 'any mean of 8 by 8', pg_temp.fall(s[k + 8] - s[k], s[k] - coalesce(s[k - 8], 0)) AS value, date '2024-12-30' + 7 * k FROM generate_series(8, 44) AS k ORDER BY value DESC NULLS LAST LIMIT 1)
		UNION ALL
		(SELECT 'any mean of 13 by 13', pg_temp.fall(s[k + 13] - s[k], s[k] - coalesce(s[k - 13], 0)) AS value, date '2024-12-30' + 7 * k FROM generate_series(13, 39) AS k ORDER BY value DESC NULLS LAST LIMIT 1)) AS v
	WHERE task <> 'now') AS r;
INSERT INTO statistics SELECT id, 'company', task, percent, rule, value, days_off FROM statistics;
UPDATE statistics SET value = '-Infinity' WHERE value IS NULL;

CREATE TEMP TABLE thresholds AS
SELECT s.scenario, rule, f.name, f.rate, percentile_disc(1 - f.rate) WITHIN GROUP (ORDER BY value) AS threshold
FROM statistics AS s JOIN (
	SELECT scenario, name, coalesce(rate, usual) AS rate FROM (SELECT scenario, avg((value > 0.3)::int)::float8 AS usual FROM statistics WHERE task = 'none' AND rule = 'mean of 4 by 4' GROUP BY scenario) AS x, (VALUES ('1 %', 0.01), ('5 %', 0.05), ('as -30 %', NULL::float8)) AS v (name, rate)
) AS f USING (scenario)
WHERE task = 'none' GROUP BY s.scenario, rule, f.name, f.rate;

CREATE TEMP VIEW detected AS
SELECT scenario, rule, t.name AS "false alarms", round(100 * t.rate::numeric, 1) AS "%", round(t.threshold::numeric, 2) AS threshold, s.task, s.percent, round(100 * avg((s.value > t.threshold)::int)) AS detected, round(100 * avg((s.days_off <= 7)::int)) AS dated
FROM thresholds AS t JOIN statistics AS s USING (scenario, rule) WHERE s.task <> 'none' GROUP BY 1, 2, 3, 4, 5, 6, 7;

\pset null ''
\echo 'Customers without a shift who have a week with -30 %, four weeks by the four before, in %'
SELECT scenario, round(100 * avg((value > 0.3)::int), 1) AS percent FROM statistics WHERE task = 'none' AND rule = 'any mean of 4 by 4' GROUP BY scenario ORDER BY scenario;
\echo 'What happens now: % of shifts four weeks ago that are detected, by their size in %'
SELECT scenario, "false alarms", "%", rule, threshold, sum(detected) FILTER (WHERE percent = 15) AS "15", sum(detected) FILTER (WHERE percent = 25) AS "25", sum(detected) FILTER (WHERE percent = 40) AS "40",
	sum(detected) FILTER (WHERE percent = 60) AS "60", sum(detected) FILTER (WHERE percent = 80) AS "80", round(avg(detected)) AS mean
FROM detected WHERE task = 'now' GROUP BY 1, 2, 3, 4, 5 ORDER BY scenario = 'company' DESC, scenario, "false alarms", rule;
\echo 'When did it happen: % of shifts in the year that are detected, and % of dates that are right within a week'
SELECT scenario, "false alarms", rule, threshold, sum(detected) FILTER (WHERE percent = 15) AS "15", sum(detected) FILTER (WHERE percent = 25) AS "25", sum(detected) FILTER (WHERE percent = 40) AS "40",
	sum(detected) FILTER (WHERE percent = 60) AS "60", sum(detected) FILTER (WHERE percent = 80) AS "80", round(avg(detected)) AS mean, round(avg(dated)) AS dated,
	sum(dated) FILTER (WHERE percent = 25) AS "dated 25", sum(dated) FILTER (WHERE percent = 40) AS "dated 40", sum(dated) FILTER (WHERE percent = 80) AS "dated 80"
FROM detected WHERE task = 'when' AND "false alarms" <> 'as -30 %' GROUP BY 1, 2, 3, 4 ORDER BY scenario = 'company' DESC, scenario, "false alarms", rule;
