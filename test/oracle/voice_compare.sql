-- Surveys, durations, renewals and unit economics: ccx against the oracle on the same random sets. Numerics equal to
-- the last digit, doubles to 1e-12; and every route to a summary against every other, byte for byte.
--   psql -X -d scratch -f test/oracle/voice_compare.sql            (-v seed=2 for other data)
-- Ends with a non-zero exit when anything differs or when the data misses one of its floors.
\set ON_ERROR_STOP on
\ir begin.sql
\ir tables.sql
\ir voice.sql
\ir durations.sql
\ir renewals.sql
\ir economics.sql
\ir voice_generate.sql

SELECT clock_timestamp() AS started \gset

INSERT INTO oracle.shape VALUES
    ('scalar', '{value}', NULL),
    ('nps', '{nps,promoters,passives,detractors,responses,skipped_rows}', NULL),
    ('1-5', '{csat,ces,responses,skipped_rows}', NULL),
    ('1-7', '{ces,ces_easy,responses,skipped_rows}', NULL),
    -- an interval around 0 has an end that is small by cancellation; 1 is a hundredth of what is measured
    ('interval', '{low,high,n}', '{1,1,NULL}'),
    ('duration', '{km_median,"km_quantile(p1)","km_quantile(p2)","km_quantile(p3)","km_survival(0)","km_survival(t1)","km_survival(t2)",
                   "km_survival(100000)","restricted_mean(0)","restricted_mean(t1)","restricted_mean(t2)",km_lifetime_value,event_count,censored_count,skipped_rows}', NULL),
    ('large', '{km_median,km_survival,restricted_mean}', NULL),
    ('curve', '{at_risk,events,censored,survival,std_err,low,high}', '{NULL,NULL,NULL,NULL,0,0,0}'),
    -- O − E cancels; what is left of two equal curves is no statistic
    ('log-rank', '{chi_square,p_value,observed_1,expected_1,observed_2,expected_2}', '{1,0,NULL,0,NULL,0}'),
    ('renewal', '{renewal_rate,gross_renewal_rate,logo_renewal_rate,on_time_rate,due_count,renewed_count,on_time_count,
                   late_count,lost_count,recovered_count,open_count,signed_count,due_arr,renewed_arr,on_time_arr,late_arr,
                   lost_arr,recovered_arr,open_arr,signed_arr,skipped_rows}', NULL),
    ('money', '{"ltv(arpa, churn)","ltv(arpa, churn, margin)",cac_payback_months,gross_margin}', NULL),
    ('share', '{sla_attainment,advocacy_rate,adoption_rate}', NULL);

-- Surveys ---------------------------------------------------------------------------------------------------

CREATE TABLE oracle.survey_want AS
SELECT set_id, scale, scores,
       CASE scale
           WHEN 'nps' THEN ARRAY[oracle.nps(scores), promoters, passives, detractors, responses, skipped_rows]::text[]
           WHEN '1-5' THEN ARRAY[oracle.csat(scores), oracle.ces(scores, scale), responses, skipped_rows]::text[]
           WHEN '1-7' THEN ARRAY[oracle.ces(scores), oracle.ces_easy(scores), responses, skipped_rows]::text[]
       END AS vals
FROM oracle.survey_set AS s,
     LATERAL (SELECT ARRAY(SELECT score FROM oracle.survey_row AS r WHERE r.set_id = s.set_id ORDER BY n) AS scores) AS a
     LEFT JOIN LATERAL oracle.survey(scores, scale) ON true
WHERE kind <> 'refused';

CREATE FUNCTION oracle.got_survey(s ccx.survey_summary, scale text) RETURNS text[]
LANGUAGE sql AS $$
    SELECT CASE scale
        WHEN 'nps' THEN ARRAY[ccx.nps(s), ccx.promoters(s), ccx.passives(s), ccx.detractors(s), ccx.responses(s), ccx.skipped_rows(s)]::text[]
        WHEN '1-5' THEN ARRAY[ccx.csat(s), ccx.ces(s), ccx.responses(s), ccx.skipped_rows(s)]::text[]
        WHEN '1-7' THEN ARRAY[ccx.ces(s), ccx.ces_easy(s), ccx.responses(s), ccx.skipped_rows(s)]::text[]
    END
$$;

-- grouped; the filter leaves an empty set without rows, so its summary is NULL
CREATE TABLE oracle.survey_got AS
SELECT s.set_id, s.scale, ccx.survey_agg(score, s.scale) FILTER (WHERE r.set_id IS NOT NULL) AS whole
FROM oracle.survey_set AS s LEFT JOIN oracle.survey_row AS r ON r.set_id = s.set_id
WHERE kind <> 'refused'
GROUP BY s.set_id, s.scale;
CREATE TABLE oracle.survey_parts AS
SELECT set_id, scale, ccx.rollup(part) AS whole
FROM (SELECT s.set_id, s.scale, ccx.survey_agg(score, s.scale) FILTER (WHERE r.set_id IS NOT NULL) AS part
      FROM oracle.survey_set AS s LEFT JOIN oracle.survey_row AS r ON r.set_id = s.set_id
      WHERE kind <> 'refused'
      GROUP BY s.set_id, s.scale, oracle.part(s.set_id, n)) AS p
GROUP BY set_id, scale;

INSERT INTO oracle.want SELECT route, scale, 'set ' || set_id, vals
FROM oracle.survey_want, unnest('{survey_agg and its accessors,survey_agg: rollup of a random split}'::text[]) AS route;
INSERT INTO oracle.got
SELECT 'survey_agg and its accessors', scale, 'set ' || set_id, oracle.got_survey(whole, scale) FROM oracle.survey_got
UNION ALL
SELECT 'survey_agg: rollup of a random split', scale, 'set ' || set_id, oracle.got_survey(whole, scale) FROM oracle.survey_parts;

-- one step
INSERT INTO oracle.want
SELECT v.route, 'scalar', 'set ' || set_id, ARRAY[v.val::text]
FROM oracle.survey_want, LATERAL (VALUES
    ('nps', 'nps(score)', CASE scale WHEN 'nps' THEN oracle.nps(scores) END),
    ('1-5', 'csat(score)', CASE scale WHEN '1-5' THEN oracle.csat(scores) END),
    ('1-5', 'csat(score, top)', CASE scale WHEN '1-5' THEN oracle.csat(scores, 1 + set_id / 4 % 5) END),
    ('1-5', 'csat(s, top)', CASE scale WHEN '1-5' THEN oracle.csat(scores, 1 + set_id / 4 % 5) END),
    ('1-7', 'ces(score)', CASE scale WHEN '1-7' THEN oracle.ces(scores) END),
    ('1-5', 'ces(score, scale)', CASE scale WHEN '1-5' THEN oracle.ces(scores, scale) END),
    ('1-7', 'ces(score, scale)', CASE scale WHEN '1-7' THEN oracle.ces(scores, scale) END)) AS v (on_scale, route, val)
WHERE on_scale = scale;
INSERT INTO oracle.got SELECT 'nps(score)', 'scalar', 'set ' || set_id, ARRAY[ccx.nps(score)::text]
FROM oracle.survey_want LEFT JOIN oracle.survey_row USING (set_id) WHERE scale = 'nps' GROUP BY set_id;
INSERT INTO oracle.got SELECT 'csat(score)', 'scalar', 'set ' || set_id, ARRAY[ccx.csat(score)::text]
FROM oracle.survey_want LEFT JOIN oracle.survey_row USING (set_id) WHERE scale = '1-5' GROUP BY set_id;
INSERT INTO oracle.got SELECT 'csat(score, top)', 'scalar', 'set ' || set_id, ARRAY[ccx.csat(score, 1 + set_id / 4 % 5)::text]
FROM oracle.survey_want LEFT JOIN oracle.survey_row USING (set_id) WHERE scale = '1-5' GROUP BY set_id;
INSERT INTO oracle.got SELECT 'csat(s, top)', 'scalar', 'set ' || set_id, ARRAY[ccx.csat(whole, 1 + set_id / 4 % 5)::text]
FROM oracle.survey_got WHERE scale = '1-5';
INSERT INTO oracle.got SELECT 'ces(score)', 'scalar', 'set ' || set_id, ARRAY[ccx.ces(score)::text]
FROM oracle.survey_want LEFT JOIN oracle.survey_row USING (set_id) WHERE scale = '1-7' GROUP BY set_id;
INSERT INTO oracle.got SELECT 'ces(score, scale)', 'scalar', 'set ' || set_id, ARRAY[ccx.ces(score, scale)::text]
FROM oracle.survey_want LEFT JOIN oracle.survey_row USING (set_id) WHERE scale <> 'nps' GROUP BY set_id;

-- intervals
CREATE TABLE oracle.level AS
SELECT set_id, (ARRAY[0.95, 0.9, 0.5, 0.99, 0.6827, 0.9999, 0.01])[1 + oracle.draw(7, 'level', set_id, 0)] AS level
FROM oracle.survey_want WHERE scale = 'nps';
INSERT INTO oracle.want
SELECT v.route, 'interval', 'set ' || set_id, ARRAY[c.low, c.high, c.n]::text[]
FROM oracle.survey_want JOIN oracle.level USING (set_id),
     LATERAL (VALUES ('nps_ci(s)', 0.95), ('nps_ci(s, level)', level)) AS v (route, level)
     LEFT JOIN LATERAL oracle.nps_ci(scores, v.level) AS c ON true;
INSERT INTO oracle.got
SELECT 'nps_ci(s)', 'interval', 'set ' || set_id, ARRAY[c.low, c.high, c.n]::text[]
FROM oracle.survey_got JOIN oracle.level USING (set_id) LEFT JOIN LATERAL ccx.nps_ci(whole) AS c ON true
UNION ALL
SELECT 'nps_ci(s, level)', 'interval', 'set ' || set_id, ARRAY[c.low, c.high, c.n]::text[]
FROM oracle.survey_got JOIN oracle.level USING (set_id) LEFT JOIN LATERAL ccx.nps_ci(whole, level) AS c ON true;

-- refused sets: by the summary and in one step
INSERT INTO oracle.want
SELECT v.route, 'scalar', 'set ' || set_id, ARRAY[oracle.outcome(format('SELECT responses FROM oracle.survey(ARRAY(SELECT score FROM oracle.survey_row WHERE set_id = %s), %L)', set_id, scale))]
FROM oracle.survey_set, unnest('{a refused score: survey_agg,a refused score: in one step}'::text[]) AS v (route) WHERE kind = 'refused';
INSERT INTO oracle.got
SELECT v.route, 'scalar', 'set ' || set_id, ARRAY[oracle.outcome(format('SELECT %s FROM oracle.survey_row WHERE set_id = %s', call, set_id))]
FROM oracle.survey_set,
     LATERAL (VALUES ('a refused score: survey_agg', format('ccx.survey_agg(score, %L)', scale)),
                     ('a refused score: in one step', CASE scale WHEN 'nps' THEN 'ccx.nps(score)' WHEN '1-5' THEN 'ccx.csat(score)' ELSE 'ccx.ces(score)' END)) AS v (route, call)
WHERE kind = 'refused';

-- Durations --------------------------------------------------------------------------------------------------

CREATE TABLE oracle.wait_want AS
SELECT s.set_id, s.unit, oracle.lives(waits, unit) AS lives, oracle.skipped_waits(waits, unit) AS skipped,
       oracle.draw(s.longest + 2, 't1', s.set_id, 0) AS t1, s.longest / 2 AS t2,
       (ARRAY[0.1, 0.25, 0.2])[1 + oracle.draw(3, 'p1', s.set_id, 0)] AS p1,
       (ARRAY[0.3, 0.7, 0.75, 0.6])[1 + oracle.draw(4, 'p2', s.set_id, 0)] AS p2,
       (ARRAY[0.9, 0.99, 0.8, 1, 0.000000000000000000001])[1 + oracle.draw(5, 'p3', s.set_id, 0)] AS p3,
       oracle.amount('arpa', s.set_id, 0) AS arpa
FROM oracle.wait_set AS s,
     LATERAL (SELECT ARRAY(SELECT ROW(start, done, as_of)::oracle.wait FROM oracle.wait_row AS r WHERE r.set_id = s.set_id) AS waits) AS a;

CREATE FUNCTION oracle.want_duration(w oracle.wait_want) RETURNS text[]
LANGUAGE sql AS $$
    SELECT ARRAY[oracle.km_median(w.lives), oracle.km_quantile(w.lives, w.p1), oracle.km_quantile(w.lives, w.p2), oracle.km_quantile(w.lives, w.p3),
                 oracle.km_survival(w.lives, 0), oracle.km_survival(w.lives, w.t1), oracle.km_survival(w.lives, w.t2), oracle.km_survival(w.lives, 100000),
                 oracle.restricted_mean(w.lives, 0), oracle.restricted_mean(w.lives, w.t1), oracle.restricted_mean(w.lives, w.t2),
                 oracle.km_lifetime_value(w.lives, w.arpa, 0.7, w.t2),
                 (SELECT coalesce(sum(events), 0) FROM unnest(w.lives) HAVING w.lives IS NOT NULL),
                 (SELECT coalesce(sum(censored), 0) FROM unnest(w.lives) HAVING w.lives IS NOT NULL),
                 w.skipped]::text[]
$$;

CREATE FUNCTION oracle.got_duration(d ccx.duration_summary, w oracle.wait_want) RETURNS text[]
LANGUAGE sql AS $$
    SELECT ARRAY[ccx.km_median(d), ccx.km_quantile(d, w.p1), ccx.km_quantile(d, w.p2), ccx.km_quantile(d, w.p3),
                 ccx.km_survival(d, 0), ccx.km_survival(d, w.t1), ccx.km_survival(d, w.t2), ccx.km_survival(d, 100000),
                 ccx.restricted_mean(d, 0), ccx.restricted_mean(d, w.t1), ccx.restricted_mean(d, w.t2),
                 ccx.km_lifetime_value(d, w.arpa, 0.7, w.t2),
                 ccx.event_count(d), ccx.censored_count(d), ccx.skipped_rows(d)]::text[]
$$;

-- every way to ask for the same set; dates are what the form without a unit makes of timestamps
CREATE TABLE oracle.duration_got AS
SELECT 'duration_agg(start, done, as_of), dates' AS route, s.set_id, ccx.duration_agg(start::date, done::date, as_of::date) FILTER (WHERE r.set_id IS NOT NULL) AS d
FROM oracle.wait_set AS s LEFT JOIN oracle.wait_row AS r USING (set_id) WHERE unit IS NULL GROUP BY s.set_id
UNION ALL
SELECT 'duration_agg(start, done, as_of), timestamps', s.set_id, ccx.duration_agg(start, done, as_of) FILTER (WHERE r.set_id IS NOT NULL)
FROM oracle.wait_set AS s LEFT JOIN oracle.wait_row AS r USING (set_id) WHERE unit IS NULL GROUP BY s.set_id
UNION ALL
SELECT 'duration_agg(start, done, as_of, ''day''), dates', s.set_id, ccx.duration_agg(start::date, done::date, as_of::date, 'day') FILTER (WHERE r.set_id IS NOT NULL)
FROM oracle.wait_set AS s LEFT JOIN oracle.wait_row AS r USING (set_id) WHERE unit IS NULL GROUP BY s.set_id
UNION ALL
SELECT format('duration_agg(start, done, as_of, ''%s'')', unit), s.set_id, ccx.duration_agg(start, done, as_of, unit) FILTER (WHERE r.set_id IS NOT NULL)
FROM oracle.wait_set AS s LEFT JOIN oracle.wait_row AS r USING (set_id) WHERE unit IS NOT NULL GROUP BY s.set_id, unit
UNION ALL
SELECT 'duration_agg: rollup of a random split', set_id, ccx.rollup(part)
FROM (SELECT s.set_id, ccx.duration_agg(start, done, as_of, unit) FILTER (WHERE r.set_id IS NOT NULL) AS part
      FROM oracle.wait_set AS s LEFT JOIN oracle.wait_row AS r USING (set_id) WHERE unit IS NOT NULL
      GROUP BY s.set_id, unit, oracle.part(s.set_id, n)
      UNION ALL
      SELECT s.set_id, ccx.duration_agg(start::date, done::date, as_of::date) FILTER (WHERE r.set_id IS NOT NULL)
      FROM oracle.wait_set AS s LEFT JOIN oracle.wait_row AS r USING (set_id) WHERE unit IS NULL
      GROUP BY s.set_id, oracle.part(s.set_id, n)) AS parts
GROUP BY set_id;

CREATE TABLE oracle.duration_want AS SELECT set_id, oracle.want_duration(w) AS vals FROM oracle.wait_want AS w;
INSERT INTO oracle.want SELECT route, 'duration', 'set ' || set_id, vals
FROM oracle.duration_want JOIN oracle.wait_want USING (set_id),
     LATERAL (VALUES ('duration_agg(start, done, as_of), dates', unit IS NULL), ('duration_agg(start, done, as_of), timestamps', unit IS NULL),
                     ('duration_agg(start, done, as_of, ''day''), dates', unit IS NULL),
                     (format('duration_agg(start, done, as_of, ''%s'')', unit), unit IS NOT NULL), ('duration_agg: rollup of a random split', true)) AS v (route, asked)
WHERE asked;
INSERT INTO oracle.got SELECT route, 'duration', 'set ' || set_id, oracle.got_duration(d, w) FROM oracle.duration_got JOIN oracle.wait_want AS w USING (set_id);

INSERT INTO oracle.want
SELECT 'km_curve', 'curve', format('set %s t %s', set_id, c.t), ARRAY[c.at_risk, c.events, c.censored, c.survival, c.std_err, c.low, c.high]::text[]
FROM oracle.wait_want, oracle.km_curve(lives) AS c;
INSERT INTO oracle.got
SELECT 'km_curve', 'curve', format('set %s t %s', set_id, c.t), ARRAY[c.at_risk, c.events, c.censored, c.survival, c.std_err, c.low, c.high]::text[]
FROM oracle.duration_got, ccx.km_curve(d) AS c WHERE route = 'duration_agg: rollup of a random split';

-- neighbours
INSERT INTO oracle.want
SELECT 'log_rank', 'log-rank', 'set ' || set_id, ARRAY[l.chi_square, l.p_value, l.observed_1, l.expected_1, l.observed_2, l.expected_2]::text[]
FROM (SELECT set_id, lives, lead(lives) OVER (ORDER BY set_id) AS other FROM oracle.wait_want) AS pair
     LEFT JOIN LATERAL oracle.log_rank(lives, other) AS l ON true
WHERE set_id % 2 = 0;
INSERT INTO oracle.got
SELECT 'log_rank', 'log-rank', 'set ' || set_id, ARRAY[l.chi_square, l.p_value, l.observed_1, l.expected_1, l.observed_2, l.expected_2]::text[]
FROM (SELECT set_id, d, lead(d) OVER (ORDER BY set_id) AS other FROM oracle.duration_got WHERE route = 'duration_agg: rollup of a random split') AS pair
     LEFT JOIN LATERAL ccx.log_rank(d, other) AS l ON true
WHERE set_id % 2 = 0;

-- Large counts: parts of a set, each doubled up to 40 times, since doubles would do for a few customers. And a
-- population that halves 21 times, so that S ends exactly in 5 at the 21st decimal.
CREATE FUNCTION oracle.doubled(d ccx.duration_summary, times int) RETURNS ccx.duration_summary
LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..times LOOP
        d := (SELECT ccx.rollup(half) FROM unnest(ARRAY[d, d]) AS half);
    END LOOP;
    RETURN d;
END $$;
CREATE TABLE oracle.large_part AS
SELECT set_id, oracle.draw(41, 'doubled', set_id, part) AS times, (SELECT t2 FROM oracle.wait_want AS w WHERE w.set_id = p.set_id) AS t,
       oracle.lives(array_agg(ROW(start, done, as_of)::oracle.wait)) AS lives, ccx.duration_agg(start::date, done::date, as_of::date) AS d
FROM (SELECT r.*, oracle.part(set_id, n) AS part FROM oracle.wait_row AS r JOIN oracle.wait_set USING (set_id)
      WHERE unit IS NULL AND kind IN ('plain', 'tens', 'all events')) AS p
GROUP BY set_id, part
UNION ALL
SELECT 0, greatest(21 - n, 0), 21, oracle.lives(ARRAY[w]), ccx.duration_agg((w).start::date, (w).done::date, (w).as_of::date)
FROM generate_series(1, 22) AS n, LATERAL (SELECT timestamp '2024-01-01' AS start, CASE WHEN n < 22 THEN timestamp '2024-01-01' + n * interval '1 day' END AS done,
                                                  timestamp '2024-03-01' AS as_of) AS one, LATERAL (SELECT ROW(start, done, as_of)::oracle.wait AS w) AS whole
GROUP BY n, w;
INSERT INTO oracle.want
SELECT 'km_survival and restricted_mean of large counts', 'large', 'set ' || set_id, ARRAY[oracle.km_median(lives), oracle.km_survival(lives, t), oracle.restricted_mean(lives, t)]::text[]
FROM (SELECT set_id, p.t, array_agg(ROW(l.t, l.events << times, l.censored << times)::oracle.life) FILTER (WHERE l.t IS NOT NULL) AS lives
      FROM oracle.large_part AS p LEFT JOIN LATERAL unnest(lives) AS l ON true GROUP BY set_id, p.t) AS g;
INSERT INTO oracle.got
SELECT 'km_survival and restricted_mean of large counts', 'large', 'set ' || set_id, ARRAY[ccx.km_median(d), ccx.km_survival(d, t), ccx.restricted_mean(d, t)]::text[]
FROM (SELECT set_id, t, ccx.rollup(oracle.doubled(d, times)) AS d FROM oracle.large_part GROUP BY set_id, t) AS g;

-- Stages -----------------------------------------------------------------------------------------------------

-- every way to ask; a set without rows gives NULL, and one of rows that cannot be used nothing
INSERT INTO oracle.want
SELECT v.route, 'scalar', 'set ' || set_id,
       ARRAY[CASE WHEN cardinality(steps) > 0 THEN ARRAY(SELECT f FROM oracle.stage_funnel(steps) AS f)::text END]
FROM oracle.step_set AS s,
     LATERAL (SELECT ARRAY(SELECT ROW(customer, stage, at)::oracle.step FROM oracle.step_row AS r WHERE r.set_id = s.set_id) AS steps) AS a,
     unnest('{stage_funnel(customer text),stage_funnel(customer int),stage_funnel in another order}'::text[]) AS v (route);
INSERT INTO oracle.got
SELECT v.route, 'scalar', 'set ' || set_id, ARRAY[v.funnel::text]
FROM (SELECT s.set_id, ccx.stage_funnel(customer, stage, at) FILTER (WHERE r.set_id IS NOT NULL) AS by_text,
             ccx.stage_funnel(substr(customer, 2)::int, stage, at::date) FILTER (WHERE r.set_id IS NOT NULL) AS by_int,
             ccx.stage_funnel(customer, stage, at ORDER BY n DESC) FILTER (WHERE r.set_id IS NOT NULL) AS turned
      FROM oracle.step_set AS s LEFT JOIN oracle.step_row AS r USING (set_id) GROUP BY s.set_id) AS g,
     LATERAL (VALUES ('stage_funnel(customer text)', by_text), ('stage_funnel(customer int)', by_int), ('stage_funnel in another order', turned)) AS v (route, funnel);

-- Renewals ---------------------------------------------------------------------------------------------------

CREATE TABLE oracle.renewal_want AS
SELECT s.set_id, r.*
FROM oracle.renewal_set AS s,
     LATERAL (SELECT ARRAY(SELECT ROW(due, arr_due, renewed_on, arr_renewed)::oracle.due FROM oracle.renewal_row AS r WHERE r.set_id = s.set_id) AS dues) AS a
     LEFT JOIN LATERAL oracle.renewal(dues, as_of, coalesce(grace, 0)) AS r ON true
WHERE kind <> 'refused';

CREATE FUNCTION oracle.got_renewal(s ccx.renewal_summary) RETURNS text[]
LANGUAGE sql AS $$
    SELECT ARRAY[ccx.renewal_rate(s), ccx.gross_renewal_rate(s), ccx.logo_renewal_rate(s), ccx.on_time_rate(s), ccx.due_count(s),
                 ccx.renewed_count(s), ccx.on_time_count(s), ccx.late_count(s), ccx.lost_count(s), ccx.recovered_count(s),
                 ccx.open_count(s), ccx.signed_count(s), ccx.due_arr(s), ccx.renewed_arr(s), ccx.on_time_arr(s), ccx.late_arr(s),
                 ccx.lost_arr(s), ccx.recovered_arr(s), ccx.open_arr(s), ccx.signed_arr(s), ccx.skipped_rows(s)]::text[]
$$;
CREATE TABLE oracle.renewal_got AS
SELECT 'renewal_agg(due, arr_due, renewed_on, arr_renewed, as_of)' AS route, s.set_id,
       ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, as_of) FILTER (WHERE r.set_id IS NOT NULL) AS s
FROM oracle.renewal_set AS s LEFT JOIN oracle.renewal_row AS r USING (set_id) WHERE kind <> 'refused' AND coalesce(grace, 0) = 0 GROUP BY s.set_id
UNION ALL
SELECT 'renewal_agg(due, arr_due, renewed_on, arr_renewed, as_of, grace)', s.set_id,
       ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, as_of, grace) FILTER (WHERE r.set_id IS NOT NULL)
FROM oracle.renewal_set AS s LEFT JOIN oracle.renewal_row AS r USING (set_id) WHERE kind <> 'refused' AND grace IS NOT NULL GROUP BY s.set_id
UNION ALL
SELECT 'renewal_agg of timestamps', s.set_id,
       ccx.renewal_agg(due + time '23:59', arr_due, renewed_on + time '00:01', arr_renewed, as_of + time '12:00', coalesce(grace, 0)) FILTER (WHERE r.set_id IS NOT NULL)
FROM oracle.renewal_set AS s LEFT JOIN oracle.renewal_row AS r USING (set_id) WHERE kind <> 'refused' GROUP BY s.set_id
UNION ALL
SELECT 'renewal_agg: rollup of a random split', set_id, ccx.rollup(part)
FROM (SELECT s.set_id, ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, as_of, coalesce(grace, 0)) FILTER (WHERE r.set_id IS NOT NULL) AS part
      FROM oracle.renewal_set AS s LEFT JOIN oracle.renewal_row AS r USING (set_id) WHERE kind <> 'refused'
      GROUP BY s.set_id, oracle.part(s.set_id, n)) AS parts
GROUP BY set_id;

INSERT INTO oracle.want
SELECT g.route, 'renewal', 'set ' || set_id, ARRAY[renewal_rate, gross_renewal_rate, logo_renewal_rate, on_time_rate, due_count, renewed_count, on_time_count,
             late_count, lost_count, recovered_count, open_count, signed_count, due_arr, renewed_arr, on_time_arr, late_arr,
             lost_arr, recovered_arr, open_arr, signed_arr, skipped_rows]::text[]
FROM oracle.renewal_want JOIN oracle.renewal_got AS g USING (set_id);
INSERT INTO oracle.got SELECT route, 'renewal', 'set ' || set_id, oracle.got_renewal(s) FROM oracle.renewal_got;

INSERT INTO oracle.want
SELECT 'a refused renewal', 'scalar', 'set ' || set_id,
       ARRAY[oracle.outcome(format('SELECT renewal_rate FROM oracle.renewal(ARRAY(SELECT ROW(due, arr_due, renewed_on, arr_renewed)::oracle.due FROM oracle.renewal_row WHERE set_id = %s), %L, %s)', set_id, as_of, coalesce(grace, 0)))]
FROM oracle.renewal_set WHERE kind = 'refused';
INSERT INTO oracle.got
SELECT 'a refused renewal', 'scalar', 'set ' || set_id,
       ARRAY[oracle.outcome(format('SELECT ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, %L::date, %s) FROM oracle.renewal_row WHERE set_id = %s', as_of, coalesce(grace, 0), set_id))]
FROM oracle.renewal_set WHERE kind = 'refused';

-- Unit economics ---------------------------------------------------------------------------------------------

INSERT INTO oracle.want
SELECT 'ltv, cac_payback_months, gross_margin', 'money', 'set ' || set_id,
       ARRAY[oracle.outcome(format('SELECT oracle.ltv(%L, %L)', a, churn)), oracle.outcome(format('SELECT oracle.ltv(%L, %L, %L)', a, churn, margin)),
             oracle.cac_payback_months(a, b, margin)::text, oracle.gross_margin(b, a)::text]
FROM oracle.money_row;
INSERT INTO oracle.got
SELECT 'ltv, cac_payback_months, gross_margin', 'money', 'set ' || set_id,
       ARRAY[oracle.outcome(format('SELECT ccx.ltv(%L, %L)', a, churn)), oracle.outcome(format('SELECT ccx.ltv(%L, %L, %L)', a, churn, margin)),
             ccx.cac_payback_months(a, b, margin)::text, ccx.gross_margin(b, a)::text]
FROM oracle.money_row;

INSERT INTO oracle.want
SELECT 'sla_attainment, advocacy_rate, adoption_rate', 'share', 'set ' || set_id,
       ARRAY[oracle.sla_attainment(q), oracle.share_of(p, q), oracle.share_of(q, p)]::text[]
FROM generate_series(1, 600) AS set_id,
     LATERAL (SELECT ARRAY(SELECT p FROM oracle.flag_row AS f WHERE f.set_id = s.set_id ORDER BY n) AS p, ARRAY(SELECT q FROM oracle.flag_row AS f WHERE f.set_id = s.set_id ORDER BY n) AS q
              FROM (SELECT set_id) AS s) AS flags;
INSERT INTO oracle.got
SELECT 'sla_attainment, advocacy_rate, adoption_rate', 'share', 'set ' || set_id,
       ARRAY[ccx.sla_attainment(q), ccx.advocacy_rate(p, q) FILTER (WHERE f.set_id IS NOT NULL), ccx.adoption_rate(q, p) FILTER (WHERE f.set_id IS NOT NULL)]::text[]
FROM generate_series(1, 600) AS set_id LEFT JOIN oracle.flag_row AS f USING (set_id)
GROUP BY set_id;

-- Same content, same bytes -------------------------------------------------------------------------------------

-- from the whole, a rollup of parts, rows in another order, its own text
CREATE TABLE oracle.bytes (route text, key text, bytes bytea, whole bytea);
WITH turned AS MATERIALIZED (
    SELECT s.set_id, ccx.survey_agg(score, scale ORDER BY n DESC) FILTER (WHERE r.set_id IS NOT NULL) AS turned
    FROM oracle.survey_set AS s LEFT JOIN oracle.survey_row AS r ON r.set_id = s.set_id WHERE kind <> 'refused' GROUP BY s.set_id
)
INSERT INTO oracle.bytes
SELECT v.route, 'set ' || set_id, ccx.survey_summary_send(v.s), ccx.survey_summary_send(g.whole)
FROM oracle.survey_got AS g JOIN oracle.survey_parts AS p USING (set_id) JOIN turned USING (set_id),
     LATERAL (VALUES ('survey_summary: bytes of a rollup', p.whole), ('survey_summary: bytes in another order', turned),
                     ('survey_summary: bytes by text', g.whole::text::ccx.survey_summary)) AS v (route, s);
WITH whole AS MATERIALIZED (
    SELECT set_id, d FROM oracle.duration_got WHERE route NOT LIKE '%timestamps' AND route NOT LIKE '%rollup%' AND route NOT LIKE '%''day''), dates'
), turned AS MATERIALIZED (
    SELECT s.set_id, ccx.duration_agg(start, done, as_of ORDER BY n DESC) FILTER (WHERE r.set_id IS NOT NULL) AS d
    FROM oracle.wait_set AS s LEFT JOIN oracle.wait_row AS r USING (set_id) WHERE unit IS NULL GROUP BY s.set_id
    UNION ALL
    SELECT s.set_id, ccx.duration_agg(start, done, as_of, unit ORDER BY n DESC) FILTER (WHERE r.set_id IS NOT NULL)
    FROM oracle.wait_set AS s LEFT JOIN oracle.wait_row AS r USING (set_id) WHERE unit IS NOT NULL GROUP BY s.set_id, unit
), other AS (
    SELECT 'duration_summary: bytes of a rollup' AS route, set_id, d FROM oracle.duration_got WHERE route LIKE '%rollup%'
    UNION ALL SELECT 'duration_summary: bytes from timestamps', set_id, d FROM oracle.duration_got WHERE route LIKE '%timestamps'
    UNION ALL SELECT 'duration_summary: bytes in another order', set_id, d FROM turned
    UNION ALL SELECT 'duration_summary: bytes by text', set_id, d::text::ccx.duration_summary FROM whole
)
INSERT INTO oracle.bytes
SELECT route, 'set ' || set_id, ccx.duration_summary_send(other.d), ccx.duration_summary_send(whole.d) FROM whole JOIN other USING (set_id);
WITH whole AS MATERIALIZED (
    SELECT s.set_id, ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, as_of, coalesce(grace, 0)) FILTER (WHERE r.set_id IS NOT NULL) AS whole,
           ccx.renewal_agg(due, arr_due, renewed_on, arr_renewed, as_of, coalesce(grace, 0) ORDER BY n DESC) FILTER (WHERE r.set_id IS NOT NULL) AS turned
    FROM oracle.renewal_set AS s LEFT JOIN oracle.renewal_row AS r USING (set_id) WHERE kind <> 'refused' GROUP BY s.set_id
), merged AS MATERIALIZED (
    SELECT set_id, s AS merged FROM oracle.renewal_got WHERE route LIKE '%rollup%'
)
INSERT INTO oracle.bytes
SELECT v.route, 'set ' || set_id, ccx.renewal_summary_send(v.s), ccx.renewal_summary_send(whole)
FROM whole JOIN merged USING (set_id),
     LATERAL (VALUES ('renewal_summary: bytes of a rollup', merged), ('renewal_summary: bytes in another order', turned),
                     ('renewal_summary: bytes by text', whole::text::ccx.renewal_summary)) AS v (route, s);
INSERT INTO oracle.want SELECT route, 'scalar', key, ARRAY[encode(whole, 'hex')] FROM oracle.bytes;
INSERT INTO oracle.got SELECT route, 'scalar', key, ARRAY[encode(bytes, 'hex')] FROM oracle.bytes;

-- What is refused ------------------------------------------------------------------------------------------------

CREATE TABLE oracle.refusal (query text, state text);
INSERT INTO oracle.refusal VALUES
    ($$SELECT ccx.survey_agg(s, sc) FROM (VALUES (9::numeric, 'nps'), (3, '1-5')) AS t (s, sc)$$, '22023'),
    ($$SELECT ccx.survey_agg(s, sc) FROM (VALUES (3::numeric, '1-5'), (NULL, '1-7')) AS t (s, sc)$$, '22023'),
    ($$SELECT ccx.survey_agg(s, sc) FROM (VALUES (9::numeric, 'nps'), (3, NULL)) AS t (s, sc)$$, '22023'),
    ($$SELECT ccx.survey_agg(3, NULL)$$, '22023'),
    ($$SELECT ccx.survey_agg(NULL::numeric, NULL)$$, '22023'),
    ($$SELECT ccx.survey_agg(3, '1-10')$$, '22023'),
    ($$SELECT ccx.survey_agg(NULL::numeric, 'stars')$$, '22023'),
    ($$SELECT ccx.nps(ccx.survey_agg(3, '1-5'))$$, '22023'),
    ($$SELECT ccx.nps_ci(ccx.survey_agg(3, '1-7'))$$, '22023'),
    ($$SELECT ccx.csat(ccx.survey_agg(3, 'nps'))$$, '22023'),
    ($$SELECT ccx.csat(ccx.survey_agg(3, '1-7'))$$, '22023'),
    ($$SELECT ccx.ces(ccx.survey_agg(3, 'nps'))$$, '22023'),
    ($$SELECT ccx.ces_easy(ccx.survey_agg(3, '1-5'))$$, '22023'),
    ($$SELECT ccx.ces_easy(ccx.survey_agg(3, 'nps'))$$, '22023'),
    ($$SELECT ccx.promoters(ccx.survey_agg(3, '1-5'))$$, '22023'),
    ($$SELECT ccx.passives(ccx.survey_agg(3, '1-7'))$$, '22023'),
    ($$SELECT ccx.detractors(ccx.survey_agg(3, '1-5'))$$, '22023'),
    ($$SELECT ccx.rollup(s) FROM (SELECT ccx.survey_agg(3, '1-5') AS s UNION ALL SELECT ccx.survey_agg(3, '1-7')) AS t$$, '22023'),
    ($$SELECT ccx.nps_ci(ccx.survey_agg(3, 'nps'), 0)$$, '22023'),
    ($$SELECT ccx.nps_ci(ccx.survey_agg(3, 'nps'), 1)$$, '22023'),
    ($$SELECT ccx.nps_ci(ccx.survey_agg(3, 'nps'), 'NaN')$$, '22023'),
    ($$SELECT ccx.csat(3, 0)$$, '22023'),
    ($$SELECT ccx.csat(3, 6)$$, '22023'),
    ($$SELECT ccx.csat(3, NULL)$$, '22023'),
    ($$SELECT ccx.csat(3, top) FROM (VALUES (4), (5)) AS t (top)$$, '22023'),
    ($$SELECT ccx.ces(3, 'nps')$$, '22023'),
    ($$SELECT ccx.ces(3, NULL)$$, '22023'),
    ($$SELECT ccx.ces(3, s) FROM (VALUES ('1-5'), ('1-7')) AS t (s)$$, '22023'),
    ($$SELECT ccx.duration_agg(timestamp '2024-01-01', timestamp '2024-01-02', timestamp '2024-02-01', 'week')$$, '22023'),
    ($$SELECT ccx.duration_agg(timestamp '2024-01-01', timestamp '2024-01-02', timestamp '2024-02-01', NULL)$$, '22023'),
    ($$SELECT ccx.duration_agg(timestamp '2024-01-01', timestamp '2024-01-02', timestamp '2024-02-01', u) FROM (VALUES ('day'), ('hour')) AS t (u)$$, '22023'),
    ($$SELECT ccx.km_quantile(ccx.duration_agg(date '2024-01-01', '2024-01-02', '2024-02-01'), -0.1)$$, '22023'),
    ($$SELECT ccx.km_quantile(ccx.duration_agg(date '2024-01-01', '2024-01-02', '2024-02-01'), 0)$$, '22023'),
    ($$SELECT ccx.km_quantile(ccx.duration_agg(date '2024-01-01', '2024-01-02', '2024-02-01'), 1.1)$$, '22023'),
    ($$SELECT ccx.km_quantile(ccx.duration_agg(date '2024-01-01', '2024-01-02', '2024-02-01'), 'NaN')$$, '22023'),
    ($$SELECT ccx.rollup(d) FROM (SELECT ccx.duration_agg(timestamp '2024-01-01', timestamp '2024-01-02', timestamp '2024-02-01', u) AS d
                                  FROM (VALUES ('day'), ('hour')) AS t (u) GROUP BY u) AS g$$, '22023'),
    ($$SELECT ccx.log_rank(ccx.duration_agg(timestamp '2024-01-01', timestamp '2024-01-02', timestamp '2024-02-01', 'day'),
                           ccx.duration_agg(timestamp '2024-01-01', timestamp '2024-01-02', timestamp '2024-02-01', 'hour'))$$, '22023'),
    ($$SELECT ccx.renewal_agg(date '2024-03-31', 100, date '2024-03-01', NULL, date '2024-05-01')$$, '22004'),
    ($$SELECT ccx.renewal_agg(date '2024-03-31', 100, NULL, NULL, NULL)$$, '22023'),
    ($$SELECT ccx.renewal_agg(date '2024-03-31', 100, NULL, NULL, date '2024-05-01', NULL)$$, '22023'),
    ($$SELECT ccx.renewal_agg(date '2024-03-31', 100, NULL, NULL, date '2024-05-01', -1)$$, '22023'),
    ($$SELECT ccx.renewal_agg(date '2024-03-31', 100, NULL, NULL, date '2024-05-01', g) FROM (VALUES (0), (1)) AS t (g)$$, '22023'),
    ($$SELECT ccx.renewal_agg(date '2024-03-31', 100, NULL, NULL, a) FROM (VALUES (date '2024-05-01'), ('2024-05-02')) AS t (a)$$, '22023'),
    ($$SELECT ccx.ltv(100, 1.5)$$, '22003'),
    ($$SELECT ccx.ltv('NaN', 0.5)$$, '22023'),
    ($$SELECT ccx.cac_payback_months('Infinity', 10, 1)$$, '22023'),
    ($$SELECT ccx.gross_margin(100, 'NaN')$$, '22023');
INSERT INTO oracle.want SELECT 'what is refused', 'scalar', query, ARRAY['error ' || state] FROM oracle.refusal;
INSERT INTO oracle.got SELECT 'what is refused', 'scalar', query, ARRAY[oracle.outcome(query)] FROM oracle.refusal;

-- The verdict ----------------------------------------------------------------------------------------------------

\ir verdict.sql

-- The floors -----------------------------------------------------------------------------------------------------

-- The data has to hold what can go wrong. A hazard is counted in sets, where it decides something.
INSERT INTO oracle.hazard
SELECT 'surveys' AS data, hazard, count(*) FILTER (WHERE here) AS sets, least_sets
FROM oracle.survey_set AS s
LEFT JOIN LATERAL (SELECT count(*) AS rows, count(score) AS answers, count(DISTINCT score) AS values, bool_or(scale(score) > 0) AS zeros
                   FROM oracle.survey_row AS r WHERE r.set_id = s.set_id) AS r ON true,
     LATERAL (VALUES ('sets', true, 500), ('scale nps', scale = 'nps', 150), ('scale 1-5', scale = '1-5', 100), ('scale 1-7', scale = '1-7', 100),
                     ('no rows', rows = 0, 10), ('no answer in any row', rows > 0 AND answers = 0, 10), ('some without answer', answers BETWEEN 1 AND rows - 1, 150),
                     ('one answer', answers = 1, 10), ('all alike', answers > 1 AND values = 1, 10), ('over 1000 rows', rows > 1000, 8),
                     ('written with zeros', zeros, 150), ('refused', kind = 'refused', 40)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets
UNION ALL
SELECT 'durations', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.wait_set AS s JOIN oracle.wait_want AS w USING (set_id)
LEFT JOIN LATERAL (SELECT count(*) AS rows, bool_or(done IS NULL) AS open, bool_or(start IS NULL OR as_of IS NULL) AS nothing, bool_or(done < start) AS backwards,
                          bool_or(done > as_of AND start <= as_of) AS after, bool_or(start > as_of) AS ahead,
                          bool_or(CASE WHEN w.unit IS DISTINCT FROM 'hour' THEN done::date = as_of::date ELSE done = as_of END) AS last_day
                   FROM oracle.wait_row AS r WHERE r.set_id = s.set_id) AS r ON true
LEFT JOIN LATERAL (SELECT sum(events) AS events, sum(censored) AS censored, bool_or(t = 0) AS zero, bool_or(events > 1) AS ties, bool_or(events > 0 AND censored > 0) AS both_ties
                   FROM unnest(lives)) AS l ON true
LEFT JOIN LATERAL (SELECT bool_or(num = (1 - p) * den) AS exactly, bool_or(num = 0) AS to_zero FROM oracle.km(lives), unnest(ARRAY[0.5, p1, p2, p3]) AS p) AS k ON true,
     LATERAL (VALUES ('sets', true, 500), ('by day', s.unit IS NULL, 250), ('unit day', s.unit = 'day', 120), ('unit hour', s.unit = 'hour', 120),
                     ('no rows', rows = 0, 10), ('nothing usable', rows > 0 AND events IS NULL, 10), ('all events', events > 1 AND censored = 0, 30),
                     ('all censored', censored > 1 AND events = 0, 30), ('over 1000 rows', rows > 1000, 8),
                     ('ties', ties, 200), ('event and censoring at once', both_ties, 150), ('duration 0', zero, 200),
                     ('done NULL', open, 100), ('done on the last day', last_day, 100), ('done after as_of', after, 150), ('done before start', backwards, 100),
                     ('start or as_of NULL', nothing, 100), ('start after as_of', ahead, 100),
                     ('S reaches 0', to_zero, 100), ('S hits 1 - p exactly', exactly, 60)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets
UNION ALL
SELECT 'stages', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.step_set AS s
LEFT JOIN LATERAL (SELECT count(*) AS rows, count(*) FILTER (WHERE customer IS NOT NULL AND r.stage IS NOT NULL AND at IS NOT NULL) AS usable,
                          bool_or(customer IS NULL) AS nobody, bool_or(r.stage IS NULL) AS no_stage, bool_or(at IS NULL) AS never
                   FROM oracle.step_row AS r WHERE r.set_id = s.set_id) AS r ON true
LEFT JOIN LATERAL (SELECT bool_or(times > 1) AS again, bool_or(next_at < at) AS backwards, bool_or(next_at::date = at::date) AS same_day, bool_or(next_at IS NULL AND later) AS missed
                   FROM (SELECT f.*, (SELECT min(at) FROM oracle.step_row AS n WHERE n.set_id = s.set_id AND n.customer = f.customer AND n.stage = l.next) AS next_at,
                                EXISTS (SELECT FROM oracle.step_row AS n WHERE n.set_id = s.set_id AND n.customer = f.customer AND n.stage > l.next AND at IS NOT NULL) AS later
                         FROM (SELECT customer, stage, min(at) AS at, count(*) AS times FROM oracle.step_row AS r WHERE r.set_id = s.set_id AND customer IS NOT NULL AND at IS NOT NULL GROUP BY 1, 2) AS f
                         JOIN (SELECT stage, lead(stage) OVER (ORDER BY stage) AS next FROM oracle.step_row AS r WHERE r.set_id = s.set_id AND customer IS NOT NULL AND at IS NOT NULL GROUP BY 1) AS l USING (stage)
                         WHERE s.kind <> 'large') AS w) AS w ON true
LEFT JOIN LATERAL (SELECT bool_or((f).converted = 0 AND (f).reached > 0) AS dead, bool_or((f).converted % 2 = 0 AND (f).converted > 0) AS even, bool_or((f).converted % 2 = 1) AS odd
                   FROM (SELECT unnest(ccx.stage_funnel(customer, stage, at)) AS f FROM oracle.step_row AS r WHERE r.set_id = s.set_id) AS f) AS f ON true,
     LATERAL (VALUES ('sets', true, 350), ('no rows', rows = 0, 10), ('nothing usable', rows > 0 AND usable = 0, 10), ('over 1000 rows', rows > 1000, 8), ('customer NULL', nobody, 80),
                     ('stage NULL', no_stage, 80), ('at NULL', never, 80), ('a stage again', again, 150), ('the next stage before', backwards, 150), ('the next stage on that day', same_day, 50),
                     ('a stage missed', missed, 100), ('nobody went on', dead, 100), ('a median of an even number', even, 100), ('a median of an odd number', odd, 100)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets
UNION ALL
SELECT 'renewals', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.renewal_set AS s
LEFT JOIN LATERAL (SELECT count(*) AS rows,
                          bool_or(r.due IS NULL) AS no_due, bool_or(r.arr_due IS NULL) AS no_arr, bool_or(r.arr_due = 0) AS free, bool_or(arr_renewed > arr_due) AS grown,
                          bool_or(renewed_on < r.due AND r.due + coalesce(grace, 0) < as_of) AS early, bool_or(renewed_on = r.due) AS on_day,
                          bool_or(renewed_on = r.due + grace AND grace > 0) AS last_day, bool_or(renewed_on = r.due + coalesce(grace, 0) + 1 AND renewed_on <= as_of) AS one_late,
                          bool_or(renewed_on > as_of) AS unsigned, bool_or(r.due + coalesce(grace, 0) = as_of) AS at_edge, bool_or(r.due + coalesce(grace, 0) = as_of - 1) AS past_edge,
                          bool_or(renewed_on <= as_of AND NOT r.due + coalesce(grace, 0) < as_of) AS early_open
                   FROM oracle.renewal_row AS r WHERE r.set_id = s.set_id) AS r ON true
LEFT JOIN oracle.renewal_want AS w USING (set_id),
     LATERAL (VALUES ('sets', true, 500), ('no rows', rows = 0, 10), ('nothing usable', rows > 0 AND skipped_rows = rows, 10), ('over 1000 rows', rows > 1000, 8),
                     ('due NULL', no_due, 80), ('arr_due NULL', no_arr, 80), ('due for nothing', free, 50), ('renewed for more', grown, 200),
                     ('on time', on_time_count > 0, 200), ('late', late_count > 0, 150), ('lost', lost_count > recovered_count, 200),
                     ('recovered', recovered_count > 0, 200), ('open', open_count > 0, 200), ('nothing decided', due_count = 0 AND open_count > 0, 20),
                     ('decided, none renewed', due_count > 0 AND renewed_count = 0, 20), ('all renewed', due_count > 0 AND renewed_count = due_count AND open_count = 0, 20),
                     ('renewed early', early, 200), ('renewed on the due day', on_day, 200), ('renewed on the last day of grace', last_day, 150),
                     ('renewed a day too late', one_late, 150), ('signed after as_of', unsigned, 200), ('due + grace = as_of', at_edge, 150),
                     ('due + grace = as_of - 1', past_edge, 150), ('renewed while open', early_open, 200), ('refused', kind = 'refused', 40)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets
UNION ALL
SELECT 'unit economics', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.money_row,
     LATERAL (VALUES ('sets', true, 500), ('something NULL', a IS NULL OR b IS NULL OR churn IS NULL OR margin IS NULL, 100), ('churn 0 or below', churn <= 0, 60),
                     ('churn 1', churn = 1, 30), ('churn above 1', churn > 1, 30), ('nothing to pay back from', b * margin <= 0, 100), ('revenue 0', b = 0, 50)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets
UNION ALL
SELECT 'shares', hazard, count(*) FILTER (WHERE here), least_sets
FROM generate_series(1, 600) AS s (set_id)
LEFT JOIN LATERAL (SELECT count(*) AS rows, count(p) AS ps, count(q) AS qs, bool_or(q) AS one FROM oracle.flag_row AS f WHERE f.set_id = s.set_id) AS f ON true,
     LATERAL (VALUES ('sets', true, 500), ('no rows', rows = 0, 10), ('all NULL', rows > 0 AND qs = 0, 40), ('some NULL', qs BETWEEN 1 AND rows - 1, 200), ('none true', qs > 0 AND NOT one, 40)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets
UNION ALL
-- curves that do differ and curves that do not
SELECT 'log-rank', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.want, LATERAL (VALUES ('pairs', true, 250), ('undefined', vals[1] IS NULL, 20), ('p below 0.05', vals[2]::double precision < 0.05, 10), ('p above 0.5', vals[2]::double precision > 0.5, 30)) AS h (hazard, here, least_sets)
WHERE route = 'log_rank' GROUP BY hazard, least_sets
UNION ALL
SELECT 'splits', hazard, count(*) FILTER (WHERE here), least_sets
FROM (SELECT set_id, count(DISTINCT oracle.part(set_id, n)) AS parts FROM oracle.wait_row GROUP BY set_id) AS p,
     LATERAL (VALUES ('one part', parts = 1, 50), ('three parts and more', parts > 2, 200)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets
ORDER BY data, hazard;

\set kinds 8
\ir report.sql
\echo oracle comparison of surveys, durations, renewals, economics: ok
