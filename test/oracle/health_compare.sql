-- Health scores, usage and forecasts: ccx against the oracle on the same random sets. Numerics equal to the last digit,
-- doubles to 1e-12; and every route to a summary against every other, byte for byte.
--   psql -X -d scratch -f test/oracle/health_compare.sql            (-v seed=2 for other data)
-- Ends with a non-zero exit when anything differs or when the data misses one of its floors.
\set ON_ERROR_STOP on
\ir begin.sql
\ir tables.sql
\ir health.sql
\ir usage.sql
\ir forecast.sql
\ir health_generate.sql

SELECT clock_timestamp() AS started \gset

INSERT INTO oracle.shape VALUES
    ('scalar', '{value}', NULL),
    ('scales', '{scale_linear,scale_steps,scale_logistic}', NULL),
    ('health', '{health_score,"health_score(h, min_coverage)",health_coverage,health_band,"health_band(h, cuts, names)","health_band(score)",
                 "health_band(score, cuts, names)",health_customers,skipped_rows,clamped_signals}', NULL),
    ('driver', '{place,score,weight,points_lost}', NULL),
    ('usage', '{usage_total,usage_days,first_day,last_day,skipped_rows}', NULL),
    ('table', '{rows}', NULL),
    ('asked', '{usage_level,usage_drop,usage_slope,usage_recency,changed_on,before,after,strength}', '{NULL,NULL,NULL,NULL,NULL,NULL,NULL,0}'),
    -- parts of what is due; an end of the interval may be small by cancellation
    ('forecast', '{expected,low,high}', '{NULL,1,1}'),
    ('portfolio', '{expected,low,high,arr_due,accounts,skipped_rows}', '{NULL,1,1,NULL,NULL,NULL}');

CREATE TABLE oracle.refusal (query text, state text);
CREATE TABLE oracle.bytes (route text, key text, bytes bytea, whole bytea);

-- Scales ----------------------------------------------------------------------------------------------------

CREATE FUNCTION oracle.asked_scales(s oracle.scale_row, schema text) RETURNS text[]
LANGUAGE sql AS $$
    SELECT ARRAY[oracle.outcome(format('SELECT %I.scale_linear(%L::numeric, %L::numeric, %L::numeric)', schema, s.x, s.worst, s.best)),
                 oracle.outcome(format('SELECT %I.scale_steps(%L::numeric, %L::numeric[], %L::numeric[])', schema, s.step_x, s.cuts, s.scores)),
                 oracle.outcome(format('SELECT %I.scale_logistic(%L::numeric, %L::numeric, %L::numeric)', schema, s.x, s.worst, s.slope))]
$$;
INSERT INTO oracle.want SELECT 'scale_linear, scale_steps, scale_logistic', 'scales', 'row ' || set_id, oracle.asked_scales(s, 'oracle') FROM oracle.scale_row AS s;
INSERT INTO oracle.got SELECT 'scale_linear, scale_steps, scale_logistic', 'scales', 'row ' || set_id, oracle.asked_scales(s, 'ccx') FROM oracle.scale_row AS s;

INSERT INTO oracle.hazard
SELECT 'scales', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.scale_row AS s JOIN oracle.want AS w ON w.key = 'row ' || set_id AND shape = 'scales',
     LATERAL (VALUES ('rows', true, 900), ('x NULL', x IS NULL, 15), ('x not finite', x IN ('NaN', 'Infinity'), 30), ('worst = best', worst = best, 10),
                     ('less is better', worst > best, 200), ('linear to 20 decimals', vals[1] ~ '[.][0-9]{20}$', 40), ('linear clamped', x NOT BETWEEN least(worst, best) AND greatest(worst, best) AND vals[1] IN ('0', '100'), 100),
                     ('x is a cut', step_x = ANY (cuts) AND vals[2] !~ 'error', 100), ('below all cuts', vals[2]::text = trim_scale(scores[1])::text, 50),
                     ('cuts or scores refused', vals[2] ~ 'error', 100), ('step NULL', vals[2] IS NULL, 20),
                     ('logistic between', vals[3] ~ '^[0-9.]+$' AND vals[3] NOT IN ('0', '100'), 300), ('logistic at an end', vals[3] IN ('0', '100'), 60), ('slope 0', slope = 0 AND vals[3] IS NOT NULL, 20),
                     ('negative slope', slope < 0, 200)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets;

-- Health ----------------------------------------------------------------------------------------------------

-- customers, and all of a set
CREATE TABLE oracle.health_group AS
SELECT set_id, customer, 'set ' || set_id || coalesce(' customer ' || customer, '') AS key, signals, row_number() OVER (ORDER BY set_id, customer) AS id
FROM (SELECT s.set_id, r.customer, coalesce(array_agg(ROW(r.customer, r.signal, r.score, r.weight)::oracle.signal) FILTER (WHERE r.set_id IS NOT NULL), '{}') AS signals
      FROM oracle.health_set AS s LEFT JOIN oracle.health_row AS r ON r.set_id = s.set_id
      WHERE kind <> 'refused'
      GROUP BY GROUPING SETS ((s.set_id, r.customer), (s.set_id))
      -- the set without rows is there once
      HAVING GROUPING(r.customer) = 1 OR r.customer IS NOT NULL) AS g;

CREATE TABLE oracle.health_want AS
SELECT g.*, h.*, b.cuts, b.names,
       -- often what the coverage is, just so
       CASE WHEN id % 3 = 0 THEN coalesce(h.coverage, 0) ELSE s.min_coverage END AS least
FROM oracle.health_group AS g JOIN oracle.health_set AS s USING (set_id)
     LEFT JOIN LATERAL oracle.health(signals) AS h ON true,
     LATERAL (SELECT CASE id % 4 WHEN 0 THEN '{50}' WHEN 1 THEN '{20,40,60.0,80}' WHEN 2 THEN ARRAY[coalesce(round(h.score, (id % 25)::int), 0)] ELSE '{0,33.33333333333333333333,100}' END::numeric[] AS cuts) AS c,
     LATERAL (SELECT cuts, (ARRAY['poor', 'fair', 'good', 'great', 'superb'])[1:cardinality(cuts) + 1] AS names) AS b;

CREATE FUNCTION oracle.want_health(w oracle.health_want) RETURNS text[]
LANGUAGE sql AS $$
    SELECT ARRAY[w.score, (SELECT score FROM oracle.health(w.signals, w.least)), w.coverage]::text[]
           || ARRAY[oracle.health_band(w.score), oracle.health_band(w.score, w.cuts, w.names), oracle.health_band(w.score), oracle.health_band(w.score, w.cuts, w.names)]
           || ARRAY[w.customers, w.skipped_rows, w.clamped_signals]::text[]
$$;
CREATE FUNCTION oracle.got_health(h ccx.health_summary, w oracle.health_want) RETURNS text[]
LANGUAGE sql AS $$
    SELECT ARRAY[ccx.health_score(h), ccx.health_score(h, w.least), ccx.health_coverage(h)]::text[]
           || ARRAY[ccx.health_band(h), ccx.health_band(h, w.cuts, w.names), ccx.health_band(ccx.health_score(h)), ccx.health_band(ccx.health_score(h), w.cuts, w.names)]
           || ARRAY[ccx.health_customers(h), ccx.skipped_rows(h), ccx.clamped_signals(h)]::text[]
$$;

CREATE TABLE oracle.health_customer AS
SELECT s.set_id, customer, ccx.health_agg(signal, score, weight) AS h, ccx.health_agg(signal, score, weight ORDER BY n DESC) AS turned
FROM oracle.health_set AS s JOIN oracle.health_row AS r USING (set_id) WHERE kind <> 'refused' GROUP BY s.set_id, customer;
CREATE TABLE oracle.health_whole AS
SELECT set_id, ccx.rollup(c.h) AS h
FROM oracle.health_set AS s LEFT JOIN oracle.health_customer AS c USING (set_id) WHERE kind <> 'refused' GROUP BY set_id;
CREATE TABLE oracle.health_parts AS
SELECT set_id, ccx.rollup(h) AS h
FROM (SELECT set_id, ccx.rollup(c.h) AS h
      FROM oracle.health_set AS s LEFT JOIN oracle.health_customer AS c USING (set_id) WHERE kind <> 'refused' GROUP BY set_id, oracle.part(set_id, customer)) AS p
GROUP BY set_id;
CREATE TABLE oracle.health_got AS
SELECT 'health_agg and its accessors' AS route, set_id, customer, h FROM oracle.health_customer
UNION ALL SELECT 'health_agg: rollup of customers', set_id, NULL, h FROM oracle.health_whole
UNION ALL SELECT 'health_agg: rollup of a random split', set_id, NULL, h FROM oracle.health_parts;

INSERT INTO oracle.want
SELECT route, 'health', key, vals
FROM (SELECT key, customer, oracle.want_health(w) AS vals FROM oracle.health_want AS w OFFSET 0) AS answered,
     (VALUES ('health_agg and its accessors', true), ('health_agg: rollup of customers', false), ('health_agg: rollup of a random split', false)) AS v (route, single)
WHERE single = (customer IS NOT NULL);
INSERT INTO oracle.got
SELECT route, 'health', key, oracle.got_health(g.h, w)
FROM oracle.health_got AS g JOIN oracle.health_want AS w ON w.set_id = g.set_id AND w.customer IS NOT DISTINCT FROM g.customer;

-- in one step: each customer, and everybody's rows
INSERT INTO oracle.want
SELECT 'health_score(score, weight)', 'scalar', key, ARRAY[oracle.health_score(scores, weights)::text]
FROM oracle.health_group, LATERAL (SELECT array_agg((u).score) AS scores, array_agg((u).weight) AS weights FROM unnest(signals) AS u) AS a;
INSERT INTO oracle.got
SELECT 'health_score(score, weight)', 'scalar', key, ARRAY[got::text]
FROM (SELECT s.set_id, r.customer, GROUPING(r.customer) = 1 AS whole, ccx.health_score(score, weight) FILTER (WHERE r.set_id IS NOT NULL) AS got
      FROM oracle.health_set AS s LEFT JOIN oracle.health_row AS r USING (set_id) WHERE kind <> 'refused' GROUP BY GROUPING SETS ((s.set_id, r.customer), (s.set_id))) AS a
JOIN oracle.health_group AS g ON g.set_id = a.set_id AND g.customer IS NOT DISTINCT FROM a.customer AND whole = (g.customer IS NULL);

-- drivers: in their order, and what they add up to
CREATE TABLE oracle.driver_want AS
SELECT key, set_id, customer, d.* FROM oracle.health_group, oracle.health_drivers(signals) WITH ORDINALITY AS d (signal, score, weight, points_lost, place);
CREATE INDEX ON oracle.driver_want (key);
INSERT INTO oracle.want
SELECT 'health_drivers', 'driver', format('%s signal %L', key, signal), ARRAY[place, score, weight, points_lost]::text[] FROM oracle.driver_want;
INSERT INTO oracle.got
SELECT 'health_drivers', 'driver', format('%s signal %L', key, d.signal), ARRAY[place, d.score, d.weight, d.points_lost]::text[]
FROM oracle.health_got AS g JOIN oracle.health_group AS w ON w.set_id = g.set_id AND w.customer IS NOT DISTINCT FROM g.customer,
     ccx.health_drivers(g.h) WITH ORDINALITY AS d (signal, score, weight, points_lost, place)
WHERE route <> 'health_agg: rollup of a random split';
INSERT INTO oracle.want
SELECT 'health_drivers: add up to 100 - health_score', 'scalar', key, ARRAY[trim_scale(100 - score)::text] FROM oracle.health_want WHERE score IS NOT NULL;
INSERT INTO oracle.got
SELECT 'health_drivers: add up to 100 - health_score', 'scalar', key, ARRAY[(SELECT trim_scale(sum(points_lost)) FROM ccx.health_drivers(g.h))::text]
FROM oracle.health_got AS g JOIN oracle.health_want AS w ON w.set_id = g.set_id AND w.customer IS NOT DISTINCT FROM g.customer
WHERE route <> 'health_agg: rollup of a random split' AND w.score IS NOT NULL;

-- refused sets: by the summary and in one step
INSERT INTO oracle.want
SELECT v.route, 'scalar', 'set ' || set_id, ARRAY[oracle.outcome(format(call, format('(SELECT * FROM oracle.health_row WHERE set_id = %s) AS r', set_id)))]
FROM oracle.health_set,
     (VALUES ('a refused signal: health_agg', 'SELECT (SELECT score FROM oracle.health(array_agg(ROW(1, signal, score, weight)::oracle.signal))) FROM %s'),
             ('a refused signal: in one step', 'SELECT oracle.health_score(array_agg(score), array_agg(weight)) FROM %s')) AS v (route, call)
WHERE kind = 'refused';
INSERT INTO oracle.got
SELECT v.route, 'scalar', 'set ' || set_id, ARRAY[oracle.outcome(format(call, format('oracle.health_row WHERE set_id = %s', set_id)))]
FROM oracle.health_set,
     (VALUES ('a refused signal: health_agg', 'SELECT ccx.health_agg(signal, score, weight) FROM %s'),
             ('a refused signal: in one step', 'SELECT ccx.health_score(score, weight) FROM %s')) AS v (route, call)
WHERE kind = 'refused';

INSERT INTO oracle.bytes
SELECT v.route, key, ccx.health_summary_send(v.h), ccx.health_summary_send(v.whole)
FROM (SELECT 'health_summary: bytes in another order' AS route, format('set %s customer %s', set_id, customer) AS key, turned AS h, h AS whole FROM oracle.health_customer
      UNION ALL SELECT 'health_summary: bytes by text', format('set %s customer %s', set_id, customer), h::text::ccx.health_summary, h FROM oracle.health_customer
      UNION ALL SELECT 'health_summary: bytes of a rollup by text', 'set ' || set_id, h::text::ccx.health_summary, h FROM oracle.health_whole
      UNION ALL SELECT 'health_summary: bytes of a rollup', 'set ' || set_id, p.h, w.h FROM oracle.health_whole AS w JOIN oracle.health_parts AS p USING (set_id)) AS v;

INSERT INTO oracle.refusal VALUES
    ($$SELECT ccx.health_score(ccx.health_agg('a', 1, 1), -0.1)$$, '22003'),
    ($$SELECT ccx.health_score(ccx.health_agg('a', 1, 1), 1.1)$$, '22003'),
    ($$SELECT ccx.health_band(ccx.health_agg('a', 1, 1), '{50}')$$, '22023'),
    ($$SELECT ccx.health_band(ccx.health_agg('a', 1, 1), '{10,20,30}')$$, '22023'),
    ($$SELECT ccx.health_band(50::numeric, '{10,20}', '{a,b}')$$, '22023'),
    ($$SELECT ccx.health_band(50::numeric, '{10}', '{a,b,c}')$$, '22023');

INSERT INTO oracle.hazard
SELECT 'health', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.health_want AS w JOIN oracle.health_set AS s USING (set_id)
LEFT JOIN LATERAL (SELECT count(*) AS rows, count(u.score) AS present, bool_or(u.score IS NULL) AS gap, bool_or(u.weight = 0) AS weightless,
                          bool_or(u.weight = 0 AND u.score IS NOT NULL) AS idle, bool_or(u.score < 0) AS below, bool_or(u.score > 100) AS above,
                          max(u.weight) >= 1e20 AND min(u.weight) FILTER (WHERE u.weight > 0) <= 1e-7 AS far_apart
                   FROM unnest(signals) AS u WHERE u.signal IS NOT NULL) AS r ON true
LEFT JOIN LATERAL (SELECT bool_or(points_lost = next AND points_lost > 0) AS ties, bool_or(place = 1 AND points_lost > 0 AND points_lost - next BETWEEN -1e-19 AND 1e-19) AS first_ties,
                          bool_or(points_lost = next) AS any_ties
                   FROM (SELECT *, lead(points_lost) OVER (ORDER BY place) AS next FROM oracle.driver_want AS d WHERE d.key = w.key) AS d) AS d ON true
LEFT JOIN LATERAL (SELECT sum(oracle.ratio(100 * weight_with - points, present)) FILTER (WHERE weight_with > 0) AS rounded
                   FROM (SELECT *, sum(weight_with) OVER () AS present FROM oracle.health_signals(signals)) AS x) AS x ON true,
     LATERAL (VALUES ('customers', w.customer IS NOT NULL, 1200), ('sets', w.customer IS NULL, 300), ('no rows', cardinality(signals) = 0, 10), ('no signal', cardinality(signals) > 0 AND rows = 0, 50),
                     ('signal NULL', w.skipped_rows BETWEEN 1 AND rows, 250), ('score NULL', gap, 300), ('all scores NULL', rows > 0 AND present = 0, 80), ('weight 0', weightless, 200),
                     ('weight 0 with a score', idle, 200), ('all weights 0', rows > 0 AND w.coverage IS NULL, 60), ('no score', rows > 0 AND w.score IS NULL, 150),
                     ('score below 0', below, 80), ('score above 100', above, 80), ('weights 1e20 and 1e-8', far_apart, 40),
                     ('ties in points lost', ties, 25), ('a tie for the largest', first_ties, 50), ('rounding leaves something', rounded <> 100 - w.score, 100),
                     ('min_coverage is the coverage', w.least = w.coverage, 250), ('coverage below min_coverage', w.coverage < w.least, 150),
                     ('score is a cut', w.score = ANY (cuts) OR w.score IN (50, 75), 100), ('over 100 customers', w.customers > 100, 3)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets
UNION ALL
SELECT 'health', 'refused', count(*), 30 FROM oracle.health_set WHERE kind = 'refused';

-- Usage ------------------------------------------------------------------------------------------------------

CREATE TABLE oracle.usage_want AS
SELECT s.set_id, uses, u.*
FROM oracle.usage_set AS s,
     LATERAL (SELECT ARRAY(SELECT ROW(day, amount)::oracle.use FROM oracle.usage_row AS r WHERE r.set_id = s.set_id) AS uses) AS a
     LEFT JOIN LATERAL oracle.usage(uses) AS u ON true
WHERE kind <> 'refused';
CREATE TABLE oracle.asked_want AS
SELECT a.*, daily, weekly, oracle.usage_strongest(weekly) AS strongest
FROM oracle.usage_asked AS a JOIN oracle.usage_want AS w USING (set_id),
     LATERAL (SELECT oracle.usage_daily(uses, as_of) AS daily OFFSET 0) AS d,
     LATERAL (SELECT oracle.usage_weekly(daily) AS weekly OFFSET 0) AS k;

CREATE TABLE oracle.usage_got AS
SELECT 'usage_agg(day, n), dates' AS route, s.set_id, ccx.usage_agg(day::date, amount) FILTER (WHERE r.set_id IS NOT NULL) AS u
FROM oracle.usage_set AS s LEFT JOIN oracle.usage_row AS r USING (set_id) WHERE kind <> 'refused' GROUP BY s.set_id
UNION ALL
SELECT 'usage_agg(day, n), timestamps', s.set_id, ccx.usage_agg(day, amount) FILTER (WHERE r.set_id IS NOT NULL)
FROM oracle.usage_set AS s LEFT JOIN oracle.usage_row AS r USING (set_id) WHERE kind <> 'refused' GROUP BY s.set_id
UNION ALL
SELECT 'usage_agg: rollup of a random split', set_id, ccx.rollup(part)
FROM (SELECT s.set_id, ccx.usage_agg(day::date, amount) FILTER (WHERE r.set_id IS NOT NULL) AS part
      FROM oracle.usage_set AS s LEFT JOIN oracle.usage_row AS r USING (set_id) WHERE kind <> 'refused' GROUP BY s.set_id, oracle.part(s.set_id, n)) AS parts
GROUP BY set_id;
CREATE INDEX ON oracle.usage_got (set_id);

INSERT INTO oracle.want
SELECT route, 'usage', 'set ' || set_id, ARRAY[usage_total::text, usage_days::text, first_day::text, last_day::text, skipped_rows::text]
FROM oracle.usage_want, (SELECT DISTINCT route FROM oracle.usage_got) AS r;
INSERT INTO oracle.got
SELECT route, 'usage', 'set ' || set_id, ARRAY[ccx.usage_total(u)::text, ccx.usage_days(u)::text, ccx.first_day(u)::text, ccx.last_day(u)::text, ccx.skipped_rows(u)::text]
FROM oracle.usage_got;

INSERT INTO oracle.want
SELECT 'usage_level, usage_drop, usage_slope, usage_changepoint, usage_recency', 'asked', format('set %s as of %s (%s)', set_id, as_of, i),
       ARRAY[oracle.usage_level(weekly, weeks)::text, oracle.usage_drop(weekly, recent, base)::text, oracle.usage_slope(daily, days)::text, oracle.usage_recency(daily)::text,
             c.changed_on::text, c.before::text, c.after::text, c.strength::text]
FROM oracle.asked_want LEFT JOIN LATERAL oracle.usage_changepoint(weekly, as_of, strongest) AS c ON true;
INSERT INTO oracle.got
SELECT 'usage_level, usage_drop, usage_slope, usage_changepoint, usage_recency', 'asked', format('set %s as of %s (%s)', set_id, as_of, i),
       ARRAY[ccx.usage_level(u, weeks, as_of)::text, ccx.usage_drop(u, recent, base, as_of)::text, ccx.usage_slope(u, days, as_of)::text, ccx.usage_recency(u, as_of)::text,
             c.changed_on::text, c.before::text, c.after::text, c.strength::text]
FROM oracle.usage_asked JOIN oracle.usage_got USING (set_id) LEFT JOIN LATERAL ccx.usage_changepoint(u, as_of) AS c ON true
WHERE route = 'usage_agg: rollup of a random split';

-- tables: every day from first to last, whole weeks
INSERT INTO oracle.want
SELECT 'usage_by_day', 'table', 'set ' || set_id, ARRAY[string_agg(format('%s %s', d.day, d.usage), ', ' ORDER BY place)]
FROM oracle.usage_want LEFT JOIN LATERAL oracle.usage_day_table(uses) WITH ORDINALITY AS d (day, usage, place) ON true GROUP BY set_id
UNION ALL
SELECT 'usage_by_week', 'table', format('set %s as of %s (%s)', set_id, as_of, i), ARRAY[string_agg(format('%s %s', w.week, w.usage), ', ' ORDER BY place)]
FROM oracle.asked_want LEFT JOIN LATERAL oracle.usage_week_table(weekly, as_of) WITH ORDINALITY AS w (week, usage, place) ON true GROUP BY set_id, as_of, i;
INSERT INTO oracle.got
SELECT 'usage_by_day', 'table', 'set ' || set_id, ARRAY[string_agg(format('%s %s', d.day, d.usage), ', ' ORDER BY place)]
FROM oracle.usage_got LEFT JOIN LATERAL ccx.usage_by_day(u) WITH ORDINALITY AS d (day, usage, place) ON true WHERE route = 'usage_agg(day, n), timestamps' GROUP BY set_id
UNION ALL
SELECT 'usage_by_week', 'table', format('set %s as of %s (%s)', set_id, as_of, i), ARRAY[string_agg(format('%s %s', w.week, w.usage), ', ' ORDER BY place)]
FROM oracle.usage_asked JOIN oracle.usage_got USING (set_id) LEFT JOIN LATERAL ccx.usage_by_week(u, as_of) WITH ORDINALITY AS w (week, usage, place) ON true
WHERE route = 'usage_agg(day, n), timestamps' GROUP BY set_id, as_of, i;

INSERT INTO oracle.want
SELECT 'a refused row of usage', 'scalar', 'set ' || set_id,
       ARRAY[oracle.outcome(format('SELECT usage_total FROM oracle.usage(ARRAY(SELECT ROW(day, amount)::oracle.use FROM oracle.usage_row WHERE set_id = %s))', set_id))]
FROM oracle.usage_set WHERE kind = 'refused';
INSERT INTO oracle.got
SELECT 'a refused row of usage', 'scalar', 'set ' || set_id, ARRAY[oracle.outcome(format('SELECT ccx.usage_agg(day%s, amount) FROM oracle.usage_row WHERE set_id = %s', CASE WHEN set_id % 4 < 2 THEN '::date' END, set_id))]
FROM oracle.usage_set WHERE kind = 'refused';

CREATE TABLE oracle.usage_turned AS
SELECT s.set_id, ccx.usage_agg(day, amount ORDER BY n DESC) FILTER (WHERE r.set_id IS NOT NULL) AS u
FROM oracle.usage_set AS s LEFT JOIN oracle.usage_row AS r USING (set_id) WHERE kind <> 'refused' GROUP BY s.set_id;
INSERT INTO oracle.bytes
SELECT v.route, 'set ' || set_id, ccx.usage_summary_send(v.u), ccx.usage_summary_send(g.u)
FROM oracle.usage_got AS g,
     LATERAL (SELECT CASE WHEN route LIKE '%timestamps' THEN 'usage_summary: bytes from timestamps' ELSE 'usage_summary: bytes of a rollup' END AS route, u
              FROM oracle.usage_got AS o WHERE o.set_id = g.set_id AND o.route NOT LIKE '%dates'
              UNION ALL SELECT 'usage_summary: bytes by text', g.u::text::ccx.usage_summary
              UNION ALL SELECT 'usage_summary: bytes in another order', u FROM oracle.usage_turned AS o WHERE o.set_id = g.set_id) AS v
WHERE g.route LIKE '%dates';

INSERT INTO oracle.refusal
SELECT format('SELECT ccx.%s FROM (SELECT ccx.usage_agg(date ''2024-01-01'', 1) AS u) AS s', call), '22023'
FROM unnest(ARRAY[$$usage_level(u, 0, '2024-03-01')$$, $$usage_drop(u, 0, 2, '2024-03-01')$$, $$usage_drop(u, 1, 1, '2024-03-01')$$, $$usage_slope(u, 1, '2024-03-01')$$,
                  $$usage_level(u, 1, 'infinity')$$, $$usage_drop(u, 1, 2, '-infinity')$$, $$usage_slope(u, 2, 'infinity')$$, $$usage_recency(u, 'infinity')$$,
                  $$usage_changepoint(u, 'infinity')$$, $$usage_by_week(u, 'infinity')$$]) AS call;

INSERT INTO oracle.hazard
SELECT 'usage', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.usage_set AS s
LEFT JOIN oracle.usage_want AS w USING (set_id)
LEFT JOIN LATERAL (SELECT count(*) AS rows, bool_or(day IS NULL) AS no_day, bool_or(amount IS NULL) AS no_amount,
                          bool_or(amount = 0) AS zero, bool_or(scale(trim_scale(amount)) > 0) AS decimals, max(amount) >= 1e18 AS huge, bool_or(amount > 0 AND amount < 1e-7) AS tiny,
                          count(DISTINCT day::date) AS days
                   FROM (SELECT day, CASE WHEN amount NOT IN ('NaN', 'Infinity') THEN amount END AS amount FROM oracle.usage_row AS r WHERE r.set_id = s.set_id AND kind <> 'refused') AS r) AS r ON true,
     LATERAL (VALUES ('sets', kind <> 'refused', 400), ('no rows', r.rows = 0 AND kind <> 'refused', 10), ('nothing usable', r.rows > 0 AND first_day IS NULL, 10), ('day NULL', no_day, 60), ('n NULL', no_amount, 60),
                     ('zero', zero, 150), ('all zero', zero AND usage_total = 0, 15), ('decimals', decimals, 150), ('huge', huge, 40), ('tiny', tiny, 30),
                     ('several rows a day', days < r.rows, 150), ('refused', kind = 'refused', 20),
                     ('gaps', last_day - first_day >= days, 200)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets
UNION ALL
SELECT 'usage as of a day', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.asked_want AS a JOIN oracle.usage_want AS w USING (set_id) JOIN oracle.want AS o ON o.key = format('set %s as of %s (%s)', set_id, as_of, i) AND shape = 'asked'
CROSS JOIN LATERAL (SELECT (strongest).*) AS c
LEFT JOIN LATERAL (SELECT count(*) AS dates, max(j) AS last FROM (SELECT j, off, min(off) OVER () AS least FROM oracle.usage_dates(weekly, c.k, c.a, c.b, c.before, c.after)) AS o WHERE off = least) AS e ON c.num > 0
LEFT JOIN LATERAL (SELECT weekly[1:recent] AS recent_weeks, weekly[recent + 1:recent + base] AS base_weeks) AS g ON cardinality(weekly) >= recent + base
LEFT JOIN LATERAL (SELECT oracle.twice_median(recent_weeks) AS recent_level, oracle.twice_median(base_weeks) AS base_level, oracle.usage_scale(base_weeks, oracle.twice_median(base_weeks), recent_weeks, oracle.twice_median(recent_weeks)) AS spread OFFSET 0) AS m ON true,
     LATERAL (VALUES ('asked', true, 2000), ('before the first day', as_of < first_day, 80), ('on the first day', as_of = first_day, 80), ('inside, rows after it', as_of BETWEEN first_day AND last_day - 1, 400),
                     ('after the last day', as_of > last_day, 300), ('whole weeks', cardinality(daily) = 7 * cardinality(weekly) AND weekly <> '{}', 200), ('a day less than whole weeks', cardinality(daily) = 7 * cardinality(weekly) + 6, 150),
                     ('too few weeks for a level', cardinality(weekly) < weeks, 300), ('just enough weeks for a level', cardinality(weekly) = weeks, 30), ('level', vals[1] IS NOT NULL, 800),
                     ('too few weeks for a drop', cardinality(weekly) < recent + base, 300), ('just enough weeks for a drop', cardinality(weekly) = recent + base, 25),
                     ('no spread', m.spread = 0.05 * greatest(recent_level, base_level) AND base_level > 0, 40), ('spread', m.spread > 0.05 * greatest(recent_level, base_level) AND base_level > 0, 250),
                     ('base level 0', base_level = 0, 150), ('drop', vals[2]::numeric > 0, 200), ('rise', vals[2]::numeric < 0, 100),
                     ('too few days for a slope', cardinality(daily) < days, 200), ('slope up', vals[3]::numeric > 0, 150), ('slope down', vals[3]::numeric < 0, 200),
                     ('nothing in the days of the slope', cardinality(daily) >= days AND vals[3] IS NULL, 150),
                     ('no usage up to the day', vals[4] IS NULL, 100), ('used on the day', vals[4] = '0', 200), ('used before', vals[4]::int > 0, 500),
                     ('7 weeks', cardinality(weekly) = 7, 40), ('8 weeks', cardinality(weekly) = 8, 40), ('change', vals[5] IS NOT NULL, 500), ('nothing ever changed', vals[8] = '0', 100),
                     ('changes as strong', c.equals > 1 AND c.num > 0, 40), ('more weeks than a window', cardinality(weekly) > 60, 10), ('a full window', c.a = 26 OR c.b = 26, 30),
                     ('dated before the strongest place', e.last < c.k, 70), ('dated after it', e.last > c.k, 100), ('dates as good', dates > 1, 40),
                     ('up', vals[7]::numeric > vals[6]::numeric, 120), ('down', vals[7]::numeric < vals[6]::numeric, 150),
                     ('half a digit in a median', scale(vals[6]::numeric) > 0, 150)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets;

-- Forecasts --------------------------------------------------------------------------------------------------

CREATE TABLE oracle.outcome_got AS
SELECT CASE WHEN probabilities THEN 'probabilities' ELSE 'scores' END || CASE WHEN with_arr THEN ' with ARR' ELSE '' END AS kind, s.set_id,
       CASE WHEN probabilities AND with_arr THEN ccx.backtest_probability_agg(value, churned, arr) FILTER (WHERE r.set_id IS NOT NULL AND probabilities)
            WHEN probabilities THEN ccx.backtest_probability_agg(value, churned) FILTER (WHERE r.set_id IS NOT NULL AND probabilities)
            WHEN with_arr THEN ccx.backtest_agg(value, churned, arr) FILTER (WHERE r.set_id IS NOT NULL AND NOT probabilities)
            ELSE ccx.backtest_agg(value, churned) FILTER (WHERE r.set_id IS NOT NULL AND NOT probabilities) END AS b
FROM oracle.outcome_set AS s LEFT JOIN oracle.outcome_row AS r USING (set_id)
GROUP BY s.set_id, probabilities, with_arr;

CREATE TABLE oracle.outcomes AS
SELECT set_id, array_agg(value ORDER BY n) AS vals, array_agg(churned ORDER BY n) AS churns FROM oracle.outcome_set LEFT JOIN oracle.outcome_row USING (set_id) GROUP BY set_id;
INSERT INTO oracle.want
SELECT 'renewal_forecast: ' || g.kind, 'forecast', format('set %s asked %s (%s)', set_id, a.value, i),
       ARRAY[f.expected::text, coalesce(f.low / nullif(arr_due, 0), f.low)::text, coalesce(f.high / nullif(arr_due, 0), f.high)::text]
FROM oracle.forecast_asked AS a JOIN oracle.outcome_got AS g USING (set_id) JOIN oracle.outcomes AS p USING (set_id)
     LEFT JOIN LATERAL oracle.renewal_forecast(vals, churns, a.value, arr_due) AS f ON true;
INSERT INTO oracle.got
SELECT 'renewal_forecast: ' || g.kind, 'forecast', format('set %s asked %s (%s)', set_id, a.value, i),
       ARRAY[f.expected::text, coalesce(f.low::numeric / nullif(arr_due, 0), f.low)::text, coalesce(f.high::numeric / nullif(arr_due, 0), f.high)::text]
FROM oracle.forecast_asked AS a JOIN oracle.outcome_got AS g USING (set_id)
     LEFT JOIN LATERAL ccx.renewal_forecast(g.b, a.value, arr_due) AS f ON true;

-- Portfolios: the rows of each in their order, in another, with a copy of the back-test in each row, and growing row by
-- row as a window does it. Without a back-test (of no rows) a portfolio is refused, see below.
CREATE TABLE oracle.portfolio_rows AS
SELECT kind, portfolio_id, set_id, coalesce(array_agg(score ORDER BY n) FILTER (WHERE n IS NOT NULL), '{}') AS scores,
       coalesce(array_agg(due ORDER BY n) FILTER (WHERE n IS NOT NULL), '{}') AS dues
FROM (SELECT g.kind, portfolio_id, set_id, b FROM oracle.portfolio JOIN oracle.outcome_got AS g USING (set_id)) AS p LEFT JOIN oracle.contract AS c USING (portfolio_id, set_id)
WHERE b IS NOT NULL OR n IS NULL GROUP BY kind, portfolio_id, set_id;
CREATE TABLE oracle.portfolio_want AS
SELECT r.*, f.*, ARRAY[f.expected, coalesce(f.low / nullif(f.arr_due, 0), f.low), coalesce(f.high / nullif(f.arr_due, 0), f.high), f.arr_due, f.accounts, f.skipped_rows]::text[] AS vals
FROM (SELECT kind, portfolio_id, set_id, NULL::int AS upto, scores, dues FROM oracle.portfolio_rows
      UNION ALL
      SELECT kind, portfolio_id, set_id, n, scores[1:n], dues[1:n] FROM oracle.portfolio_rows, generate_series(1, cardinality(scores)) AS n WHERE portfolio_id % 10 = 1 AND set_id % 6 = 0) AS r
JOIN oracle.outcomes AS o USING (set_id) LEFT JOIN LATERAL oracle.renewal_forecast_total(o.vals, churns, scores, dues) AS f ON true;
CREATE TABLE oracle.portfolio_got AS
SELECT 'renewal_forecast_total: ' || kind AS route, portfolio_id, NULL::bigint AS upto, ccx.renewal_forecast_total(b, score, due ORDER BY n) FILTER (WHERE n IS NOT NULL) AS f
FROM (SELECT g.kind, portfolio_id, b FROM oracle.portfolio JOIN oracle.outcome_got AS g USING (set_id)) AS p LEFT JOIN oracle.contract AS c USING (portfolio_id)
WHERE b IS NOT NULL OR n IS NULL GROUP BY kind, portfolio_id
UNION ALL
SELECT 'renewal_forecast_total: rows in another order', portfolio_id, NULL, ccx.renewal_forecast_total(b, score, due ORDER BY n DESC)
FROM oracle.contract JOIN oracle.outcome_got USING (set_id) WHERE b IS NOT NULL GROUP BY portfolio_id
UNION ALL
SELECT 'renewal_forecast_total: the back-test copied', portfolio_id, NULL, ccx.renewal_forecast_total(CASE n % 3 WHEN 0 THEN b ELSE b::text::ccx.backtest_summary END, score, due)
FROM oracle.contract JOIN oracle.outcome_got USING (set_id) WHERE b IS NOT NULL GROUP BY portfolio_id
UNION ALL
SELECT 'renewal_forecast_total as a window', portfolio_id, n, ccx.renewal_forecast_total(b, score, due) OVER (PARTITION BY portfolio_id ORDER BY n)
FROM oracle.contract JOIN oracle.outcome_got USING (set_id) WHERE b IS NOT NULL AND portfolio_id % 10 = 1 AND set_id % 6 = 0;
INSERT INTO oracle.want
SELECT v.route, 'portfolio', format('portfolio %s row %s', portfolio_id, upto), vals
FROM oracle.portfolio_want, LATERAL
     (SELECT 'renewal_forecast_total: ' || kind WHERE upto IS NULL
      UNION ALL SELECT unnest('{renewal_forecast_total: rows in another order,renewal_forecast_total: the back-test copied}'::text[]) WHERE upto IS NULL AND scores <> '{}'
      UNION ALL SELECT 'renewal_forecast_total as a window' WHERE upto IS NOT NULL) AS v (route);
INSERT INTO oracle.got
SELECT route, 'portfolio', format('portfolio %s row %s', portfolio_id, upto),
       ARRAY[(f).expected, coalesce((f).low::numeric / nullif((f).arr_due, 0), (f).low::numeric), coalesce((f).high::numeric / nullif((f).arr_due, 0), (f).high::numeric),
             (f).arr_due, (f).accounts, (f).skipped_rows]::text[]
FROM oracle.portfolio_got;

INSERT INTO oracle.refusal
SELECT format('SELECT ccx.%s(b, %L, %L) FROM (SELECT ccx.%s) AS t (b)', call, score, due, past), state
FROM (VALUES ('renewal_forecast', false), ('renewal_forecast_total', true)) AS c (call, total),
     (VALUES ('backtest_agg(50, true)', '50', 'NaN', '22023'), ('backtest_agg(50, true)', '50', 'Infinity', '22023'), ('backtest_agg(50, true)', '50', '-Infinity', '22023'),
             ('backtest_agg(50, true)', '50', '-0.01', '22023'), ('backtest_probability_agg(0.5, true)', '0.5', '-1', '22023'),
             ('backtest_agg(50, true)', 'NaN', '1', '22023'), ('backtest_agg(50, true)', 'Infinity', '1', '22023'), ('backtest_agg(50, true)', '-Infinity', '1', '22023'),
             ('backtest_probability_agg(0.5, true)', 'NaN', '1', '22023'),
             ('backtest_agg(50, true)', '-0.01', '1', '22003'), ('backtest_agg(50, true)', '100.0000001', '1', '22003'),
             ('backtest_probability_agg(0.5, true)', '1.0000001', '1', '22003'), ('backtest_probability_agg(0.5, true)', '-1e-9', '1', '22003'),
             ('backtest_agg(50, true)', '50', '1e309', '22003'),
             -- of several also beside a NULL
             ('backtest_agg(50, true)', NULL, '-1', '22023'), ('backtest_agg(50, true)', NULL, 'NaN', '22023'), ('backtest_agg(50, true)', '101', NULL, '22003'), ('backtest_agg(50, true)', 'NaN', NULL, '22023'),
             -- also if nobody is known
             ('backtest_agg(NULL, true)', '101', '1', '22003'), ('backtest_agg(NULL, true)', '50', '-1', '22023'),
             ('backtest_agg(NULL, true)', 'NaN', '1', '22023'), ('backtest_probability_agg(NULL, true)', '50', '1', '22003')) AS v (past, score, due, state)
WHERE total OR score IS NOT NULL AND due IS NOT NULL;
-- the back-test must be there, and be one, also where it differs only in what was skipped, or in what is not used
INSERT INTO oracle.refusal
SELECT format('SELECT ccx.renewal_forecast_total(b, score, due) FROM (SELECT %s, 1, 1) AS t (b, score, due)', b), '22023'
FROM unnest('{NULL::ccx.backtest_summary,"unnest(ARRAY[NULL, ccx.backtest_agg(1, true)])","unnest(ARRAY[ccx.backtest_agg(1, true), NULL])",
              "unnest(ARRAY[ccx.backtest_agg(1, true), ccx.backtest_agg(2, true)])","unnest(ARRAY[ccx.backtest_agg(1, true), ccx.backtest_agg(1, true, 1)])",
              "unnest(ARRAY[ccx.backtest_agg(1, true), ccx.backtest_probability_agg(1, true)])"}'::text[]) AS b
UNION ALL VALUES
    ('SELECT ccx.renewal_forecast_total(NULL, NULL, NULL)', '22023'),
    ('SELECT ccx.renewal_forecast_total(b, NULL, 1) FROM (SELECT unnest(ARRAY[ccx.backtest_agg(1, true), NULL])) AS t (b)', '22023'),
    ('SELECT ccx.renewal_forecast_total(b, 1, NULL) FROM (SELECT unnest(ARRAY[ccx.backtest_agg(1, true), ccx.backtest_agg(2, true)])) AS t (b)', '22023'),
    ('SELECT ccx.renewal_forecast_total(b, 1, 1) FROM (SELECT ccx.backtest_agg(1, true) UNION ALL SELECT ccx.backtest_agg(s, true) FROM unnest(''{1,NULL}''::numeric[]) AS s) AS t (b)', '22023');
-- of any NULL it is NULL, whatever the others are
INSERT INTO oracle.want SELECT 'renewal_forecast: NULL', 'scalar', query, '{true}'
FROM unnest('{"NULL, 101, -1","b, NULL, -1","b, 101, NULL","NULL, NULL, NULL"}'::text[]) AS query;
INSERT INTO oracle.got SELECT route, shape, key, ARRAY[oracle.outcome(format('SELECT f IS NULL FROM (SELECT ccx.backtest_agg(1, true) AS b) AS past, ccx.renewal_forecast(%s) AS f', key))] FROM oracle.want WHERE route = 'renewal_forecast: NULL';

INSERT INTO oracle.hazard
SELECT 'forecasts', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.outcome_set AS s
LEFT JOIN LATERAL (SELECT count(*) AS rows, count(value + churned::int) AS used, bool_or(value IS NULL) AS no_value, bool_or(churned IS NULL) AS no_outcome, array_agg(value) AS vals, array_agg(churned) AS churns
                   FROM oracle.outcome_row AS r WHERE r.set_id = s.set_id) AS r ON true
LEFT JOIN LATERAL (SELECT count(*) AS bins, bool_or(churned = 0) AS none, bool_or(churned = customers) AS all_left, bool_or(churned BETWEEN 1 AND customers - 1) AS some_left,
                          bool_or(low_value = high_value AND customers > 1) AS ties FROM oracle.calibration_bins(r.vals, churns, 10)) AS b ON true,
     LATERAL (VALUES ('sets', true, 300), ('no rows', rows = 0, 10), ('nobody known', rows > 0 AND used = 0, 10), ('value NULL', no_value AND used > 0, 50), ('outcome NULL', no_outcome AND used > 0, 50),
                     ('probabilities', probabilities, 100), ('scores with ARR', with_arr AND NOT probabilities, 40), ('probabilities with ARR', with_arr AND probabilities, 40), ('over 1000 customers', used > 1000, 2), ('fewer than 10', used BETWEEN 1 AND 9, 60),
                     ('ten bins', bins = 10, 40), ('fewer bins', bins BETWEEN 2 AND 9, 60), ('one bin', bins = 1, 20), ('ties', ties, 80),
                     ('a bin nobody left', none, 100), ('a bin everybody left', all_left, 60), ('a bin some left', some_left, 80)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets
UNION ALL
SELECT 'forecasts asked', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.forecast_asked AS a
LEFT JOIN LATERAL (SELECT min(low_value) AS first, max(high_value) AS last, bool_or(a.value BETWEEN low_value AND high_value) AS inside, bool_or(a.value = low_value) AS lowest, bool_or(a.value < low_value AND a.value > low_value - 1e-10) AS nearly, bool_or(a.value > low_value AND a.value < low_value + 1e-10) AS just
                   FROM (SELECT array_agg(value) AS vals, array_agg(churned) AS churns FROM oracle.outcome_row AS r WHERE r.set_id = a.set_id) AS r, oracle.calibration_bins(r.vals, churns, 10)) AS b ON true,
     LATERAL (VALUES ('asked', true, 3000), ('value NULL', value IS NULL, 40), ('ARR NULL', arr_due IS NULL, 40), ('due for nothing', arr_due = 0, 200), ('below the first bin', value < first, 100), ('above the last', value > last, 150),
                     ('between bins', NOT inside AND value BETWEEN first AND last, 200), ('inside a bin', inside, 500), ('where a bin begins', lowest, 200), ('just below that', nearly, 150), ('just above', just, 200)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets
UNION ALL
SELECT 'portfolios', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.portfolio_want AS w JOIN oracle.outcomes AS o USING (set_id)
LEFT JOIN LATERAL (SELECT count(*) AS bins, max(largest) AS largest, bool_or(due > largest AND churned > 0) AS shared, sum(oracle.ratio(due * (customers - churned), customers)) AS by_bin, sum(by_contract) AS by_contract,
                          bool_or(below) AS below, bool_or(above) AS above, bool_or(between_bins) AS between_bins
                   FROM (SELECT b.bin, customers, churned, sum(due) AS due, max(due) AS largest, sum(oracle.ratio(due * (customers - churned), customers)) AS by_contract,
                                bool_or(score < low_value) AS below, bool_or(score > high_value AND next IS NULL) AS above, bool_or(score > high_value AND next IS NOT NULL) AS between_bins
                         FROM unnest(scores, dues) AS u (score, due), LATERAL
                              (SELECT * FROM (SELECT *, lead(bin) OVER (ORDER BY bin) AS next FROM oracle.calibration_bins(o.vals, churns, 10)) AS c ORDER BY low_value > score, abs(low_value - score) LIMIT 1) AS b
                         WHERE score IS NOT NULL AND due IS NOT NULL GROUP BY b.bin, customers, churned) AS a) AS b ON true,
     LATERAL (VALUES ('portfolios', true, 800), ('no rows', scores = '{}', 15), ('all skipped', skipped_rows > 0 AND accounts = 0, 30), ('some skipped', skipped_rows > 0 AND accounts > 0, 200),
                     ('no past', accounts > 0 AND expected IS NULL, 20), ('due for nothing', accounts > 0 AND arr_due = 0, 20), ('one contract', accounts = 1, 100), ('over 100 contracts', accounts > 100, 10),
                     ('one bin', bins = 1 AND accounts > 1, 60), ('several bins', bins > 1, 300), ('eight bins or more', bins > 7, 40), ('below the first bin', below, 50), ('above the last', above, 50), ('between bins', between_bins, 100),
                     ('low is 0', expected > 0 AND low = 0, 100), ('high is all', expected < arr_due AND high = arr_due, 100), ('neither', low > 0 AND high < arr_due, 60),
                     ('a rate that several share', shared AND low > 0 AND high < arr_due, 60), ('everybody expected to leave', expected = 0 AND arr_due > 0, 15), ('nobody expected to leave', expected = arr_due AND arr_due > 0, 60),
                     ('expected to 20 decimals', scale(expected) = 20, 200), ('rounded by bin it differs', by_bin <> expected, 25), ('rounded by contract it differs', by_contract <> expected, 80),
                     ('squares no double holds', arr_due > 1e155, 15), ('one contract has half of it', largest * 2 > arr_due AND accounts > 2, 30)) AS h (hazard, here, least_sets)
WHERE upto IS NULL
GROUP BY hazard, least_sets;

-- Same content, same bytes; what is refused -----------------------------------------------------------------------

INSERT INTO oracle.want SELECT route, 'scalar', key, ARRAY[encode(whole, 'hex')] FROM oracle.bytes;
INSERT INTO oracle.got SELECT route, 'scalar', key, ARRAY[encode(bytes, 'hex')] FROM oracle.bytes;
INSERT INTO oracle.want SELECT 'what is refused', 'scalar', query, ARRAY['error ' || state] FROM oracle.refusal;
INSERT INTO oracle.got SELECT 'what is refused', 'scalar', query, ARRAY[oracle.outcome(query)] FROM oracle.refusal;

-- The verdict ----------------------------------------------------------------------------------------------------

\ir verdict.sql

\set kinds 7
\ir report.sql
\echo oracle comparison of health, usage, forecasts: ok
