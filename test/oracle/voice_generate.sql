-- Seeded random rows for the comparison of surveys, durations, renewals and unit economics: tables of raw rows in
-- schema oracle, one set per question. Draws as begin.sql makes them.

-- An amount, never negative: whole, cents, a twelfth rounded at 20 decimals, huge, tiny, or with zeros behind it.
CREATE FUNCTION oracle.amount(what text, set_id bigint, row_id bigint) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT CASE oracle.draw(7, what || ' flavour', set_id, 0)
               WHEN 0 THEN d
               WHEN 1 THEN d * 0.01
               WHEN 2 THEN ('{8.33333333333333333333,0.33333333333333333333,66.66666666666666666667,0}'::numeric[])[1 + d % 4]
               WHEN 3 THEN (1 + d) * 1e15
               WHEN 4 THEN d * 0.00000000000000000007
               WHEN 5 THEN round((d % 300)::numeric, d % 21)
               ELSE (ARRAY[0, 1e20, 1200, 99999999999999999999.99999999999999999999])[1 + d % 4]
           END
    FROM (SELECT oracle.draw(100000, what, set_id, row_id) AS d) AS number
$$;

-- Surveys ---------------------------------------------------------------------------------------------

CREATE TABLE oracle.survey_set AS
SELECT set_id, kind,
       (ARRAY['nps', '1-5', 'nps', '1-7'])[1 + set_id % 4] AS scale,
       (ARRAY[10, 5, 10, 7])[1 + set_id % 4] AS highest, (ARRAY[0, 1, 0, 1])[1 + set_id % 4] AS lowest,
       CASE kind WHEN 'empty' THEN 0 WHEN 'large' THEN 1100 WHEN 'one' THEN 1
                 ELSE 1 + oracle.draw(40, 'answers', set_id, 0) END AS size
FROM (SELECT set_id,
             CASE WHEN set_id % 23 = 0 THEN 'empty'
                  WHEN set_id % 19 = 0 THEN 'unusable'        -- no answer in any row
                  WHEN set_id % 17 = 0 THEN 'all alike'
                  WHEN set_id % 13 = 0 THEN 'one'
                  WHEN set_id % 11 = 0 THEN 'refused'         -- off the scale, not whole, not finite
                  WHEN set_id % 60 = 7 THEN 'large'
                  ELSE 'plain' END AS kind
      FROM generate_series(1, 700) AS set_id) AS kinds;

CREATE TABLE oracle.survey_row AS
SELECT s.set_id, n,
       CASE WHEN kind = 'unusable' OR kind <> 'one' AND nulls AND oracle.draw(6, 'no answer', s.set_id, n) = 0 THEN NULL
            WHEN kind = 'refused' AND n = s.size
            THEN (ARRAY[highest + 1, lowest - 1, lowest + 0.5, 'NaN', 'Infinity', 1e20, lowest - 0.00000000000000000001])
                 [1 + oracle.draw(7, 'refused', s.set_id, 0)]
            WHEN kind = 'all alike' THEN lowest + oracle.draw(1 + highest - lowest, 'score', s.set_id, 0)
            -- 9, 9.0 and 9.00 are the same answer
            ELSE round(lowest + oracle.draw(1 + highest - lowest, 'score', s.set_id, n), oracle.draw(3, 'zeros', s.set_id, n)) END AS score
FROM (SELECT *, oracle.draw(3, 'has no answers', set_id, 0) > 0 AND kind <> 'refused' AS nulls FROM oracle.survey_set) AS s,
     LATERAL generate_series(1, s.size) AS n;
CREATE INDEX ON oracle.survey_row (set_id);

-- Durations -------------------------------------------------------------------------------------------

-- Two sets in a row have the same unit, to be compared with each other.
CREATE TABLE oracle.wait_set AS
SELECT set_id, kind,
       (ARRAY[NULL, 'hour', NULL, 'day'])[1 + set_id / 2 % 4] AS unit,
       CASE (ARRAY[NULL, 'hour', NULL, 'day'])[1 + set_id / 2 % 4] WHEN 'hour' THEN 3600 ELSE 86400 END AS seconds,
       CASE kind WHEN 'empty' THEN 0 WHEN 'large' THEN 1100 WHEN 'one' THEN 1
                 WHEN 'tens' THEN 10 * (1 + oracle.draw(4, 'waits', set_id, 0))
                 ELSE 1 + oracle.draw(40, 'waits', set_id, 0) END AS size,
       -- few lengths are many ties; neighbours often alike
       CASE WHEN kind = 'large' THEN 150 ELSE (ARRAY[1, 4, 12, 40, 400])[1 + oracle.draw(5, 'longest', CASE WHEN set_id % 4 < 2 THEN set_id / 2 ELSE set_id END, 0)] END AS longest,
       timestamp '2023-02-11 07:30' + oracle.draw(700, 'looked', set_id, 0) * interval '1 day' AS looked,
       oracle.draw(3, 'looked once', set_id, 0) > 0 AS once
FROM (SELECT set_id,
             CASE WHEN set_id % 29 = 0 THEN 'empty'
                  WHEN set_id % 27 = 0 THEN 'unusable'
                  WHEN set_id % 50 = 13 THEN 'large'
                  WHEN set_id % 13 = 0 THEN 'all events'
                  WHEN set_id % 11 = 0 THEN 'all censored'
                  WHEN set_id % 37 = 0 THEN 'one'
                  WHEN set_id % 9 = 0 THEN 'tens'           -- all events, so that S hits 0.9, 0.8 … exactly
                  ELSE 'plain' END AS kind
      FROM generate_series(1, 640) AS set_id) AS kinds;

CREATE TABLE oracle.wait_row AS
WITH drawn AS (
    SELECT s.*, n, seconds * interval '1 second' AS one_unit,
           (oracle.draw(longest, 'event', set_id, n) * seconds + oracle.draw(seconds, 'rest', set_id, n)) * interval '1 second' AS waited,
           (oracle.draw(longest, 'watched', set_id, n) * seconds + oracle.draw(seconds, 'watched rest', set_id, n)) * interval '1 second' AS watched,
           CASE WHEN kind = 'unusable' THEN 2 + oracle.draw(4, 'unusable', set_id, n)
                WHEN kind = 'plain' AND oracle.draw(2, 'has hazard ' || h, set_id, 0) = 0 THEN h END AS hazard
    FROM oracle.wait_set AS s, LATERAL generate_series(1, s.size) AS n,
         LATERAL (SELECT oracle.draw(22, 'hazard', set_id, n) AS h) AS hazard
), timed AS (
    SELECT *,
           CASE WHEN once THEN looked - watched ELSE looked - oracle.draw(90, 'started', set_id, n) * interval '1 day' END AS started
    FROM drawn
), observed AS (
    SELECT *,
           CASE WHEN kind IN ('all events', 'tens') THEN started + waited + oracle.draw(9, 'later', set_id, n) * one_unit
                WHEN once THEN looked ELSE started + watched END AS as_of
    FROM timed
)
SELECT set_id, n,
       CASE hazard WHEN 3 THEN NULL WHEN 5 THEN as_of + (1 + n % 3) * interval '1 day' ELSE started END AS start,
       CASE WHEN kind = 'all censored' OR hazard = 0 THEN NULL
            WHEN hazard = 1 THEN as_of                                          -- on the last day
            WHEN hazard = 2 THEN started - (1 + n % 3) * interval '1 day'       -- before it began
            WHEN hazard = 6 THEN started
            WHEN hazard = 7 THEN as_of + one_unit                               -- one unit too late
            WHEN hazard = 8 THEN as_of + interval '10 years'
            ELSE started + waited END AS done,
       CASE hazard WHEN 4 THEN NULL WHEN 9 THEN started ELSE as_of END AS as_of
FROM observed;
CREATE INDEX ON oracle.wait_row (set_id);

-- Stages ----------------------------------------------------------------------------------------------

-- Few customers and many rows go through a stage again; few days give ties; stages are not numbered from 1 and have gaps.
CREATE TABLE oracle.step_set AS
SELECT set_id, kind,
       CASE kind WHEN 'empty' THEN 0 WHEN 'large' THEN 1100 WHEN 'one' THEN 1 ELSE 1 + oracle.draw(60, 'steps', set_id, 0) END AS size,
       CASE kind WHEN 'large' THEN 200 ELSE 1 + oracle.draw(15, 'customers', set_id, 0) END AS customers,
       1 + oracle.draw(6, 'stages', set_id, 0) AS stages, (ARRAY[1, 3, 30, 400])[1 + oracle.draw(4, 'days', set_id, 0)] AS days
FROM (SELECT set_id, CASE WHEN set_id % 29 = 0 THEN 'empty' WHEN set_id % 27 = 0 THEN 'unusable' WHEN set_id % 31 = 0 THEN 'one' WHEN set_id % 40 = 13 THEN 'large' ELSE 'plain' END AS kind
      FROM generate_series(1, 400) AS set_id) AS kinds;

CREATE TABLE oracle.step_row AS
SELECT set_id, n,
       CASE WHEN lost <> 0 THEN 'c' || oracle.draw(customers, 'customer', set_id, n) END AS customer,
       CASE WHEN lost <> 1 THEN (ARRAY[-10, 0, 1, 2, 40, 2147483647])[1 + oracle.draw(stages, 'stage', set_id, n)] END AS stage,
       CASE WHEN lost <> 2 THEN timestamp '2024-02-20 06:30' + oracle.draw(days, 'day', set_id, n) * interval '1 day' + oracle.draw(86400, 'second', set_id, n) * interval '1 second' END AS at
FROM (SELECT s.*, n, CASE kind WHEN 'unusable' THEN oracle.draw(3, 'lost', set_id, n) ELSE oracle.draw(40, 'lost', set_id, n) END AS lost
      FROM oracle.step_set AS s, LATERAL generate_series(1, s.size) AS n) AS drawn;
CREATE INDEX ON oracle.step_row (set_id);

-- Renewals --------------------------------------------------------------------------------------------

CREATE TABLE oracle.renewal_set AS
SELECT set_id, kind,
       CASE kind WHEN 'empty' THEN 0 WHEN 'large' THEN 1100 WHEN 'one' THEN 1
                 ELSE 1 + oracle.draw(40, 'dues', set_id, 0) END AS size,
       (ARRAY[NULL, 0, 1, 10, 30, 90])[1 + set_id % 6] AS grace,       -- NULL: the form without
       date '2024-01-15' + oracle.draw(400, 'as of', set_id, 0) AS as_of
FROM (SELECT set_id,
             CASE WHEN set_id % 31 = 0 THEN 'empty'
                  WHEN set_id % 29 = 0 THEN 'unusable'
                  WHEN set_id % 23 = 0 THEN 'all open'
                  WHEN set_id % 19 = 0 THEN 'all lost'
                  WHEN set_id % 17 = 0 THEN 'all renewed'
                  WHEN set_id % 11 = 0 THEN 'refused'
                  WHEN set_id % 60 = 9 THEN 'large'
                  WHEN set_id % 37 = 0 THEN 'one'
                  ELSE 'plain' END AS kind
      FROM generate_series(1, 700) AS set_id) AS kinds;

CREATE TABLE oracle.renewal_row AS
WITH drawn AS (
    SELECT s.*, coalesce(grace, 0) AS g, n,
           oracle.draw(40, 'skipped', set_id, n) AS skip,
           -- days from due + grace to as_of: around the boundary, long ago, or to come
           CASE WHEN kind = 'all open' THEN -(ARRAY[0, 1, 5, 100])[1 + oracle.draw(4, 'age', set_id, n)]
                WHEN kind IN ('all lost', 'all renewed') THEN (ARRAY[1, 2, 50, 200])[1 + oracle.draw(4, 'age', set_id, n)]
                ELSE (ARRAY[-100, -5, -1, 0, 1, 2, 30, 40, 50, 100, 200, 300])[1 + oracle.draw(12, 'age', set_id, n)] END AS age,
           CASE kind WHEN 'all lost' THEN (ARRAY[0, 6, 7, 8])[1 + oracle.draw(4, 'signed', set_id, n)]
                     WHEN 'all renewed' THEN 1 + oracle.draw(5, 'signed', set_id, n)
                     ELSE oracle.draw(12, 'signed', set_id, n) END AS signed
    FROM oracle.renewal_set AS s, LATERAL generate_series(1, s.size) AS n
), dated AS (
    SELECT *, as_of - age - g AS due_on FROM drawn
), contract AS (
    SELECT set_id, n, kind, size, skip,
           due_on AS due,
           oracle.amount('arr due', set_id, n) AS arr_due,
           CASE signed WHEN 1 THEN due_on - 60
                       WHEN 2 THEN due_on - 1
                       WHEN 3 THEN due_on
                       WHEN 4 THEN least(due_on + 1, due_on + g)       -- the day after, if there is a grace
                       WHEN 5 THEN due_on + g                          -- its last day
                       WHEN 6 THEN due_on + g + 1                      -- one too many
                       WHEN 7 THEN due_on + g + 45
                       WHEN 8 THEN as_of + 1                           -- not signed yet when we looked
                       WHEN 9 THEN as_of
                       WHEN 10 THEN due_on + 1
           END AS renewed_on,
           CASE oracle.draw(4, 'how much', set_id, n) WHEN 0 THEN oracle.amount('arr due', set_id, n)        -- as it was
                WHEN 1 THEN oracle.amount('arr due', set_id, n) * 0.9 ELSE oracle.amount('arr renewed', set_id, n) END AS arr_renewed
    FROM dated
)
SELECT set_id, n,
       CASE WHEN kind = 'unusable' AND n % 2 = 0 OR skip = 0 AND kind <> 'refused' THEN NULL ELSE due END AS due,
       CASE WHEN kind = 'unusable' AND n % 2 = 1 OR skip = 1 AND kind <> 'refused' THEN NULL
            WHEN kind = 'refused' AND n = size AND set_id % 4 = 0 THEN -0.01
            WHEN kind = 'refused' AND n = size AND set_id % 4 = 1 THEN 'NaN'
            ELSE arr_due END AS arr_due,
       CASE WHEN kind = 'refused' AND n = size THEN due ELSE renewed_on END AS renewed_on,
       CASE WHEN kind = 'refused' AND n = size AND set_id % 4 = 2 THEN NULL
            WHEN kind = 'refused' AND n = size AND set_id % 4 = 3 THEN -5
            WHEN renewed_on IS NOT NULL OR kind = 'refused' THEN arr_renewed END AS arr_renewed
FROM contract;
CREATE INDEX ON oracle.renewal_row (set_id);

-- Unit economics --------------------------------------------------------------------------------------

-- arpa or spend or revenue; new MRR or cost; churn rate; margin
CREATE TABLE oracle.money_row AS
SELECT set_id,
       CASE WHEN oracle.draw(15, 'no a', set_id, 0) > 0 THEN oracle.amount('a', set_id, 0) END AS a,
       CASE WHEN oracle.draw(15, 'no b', set_id, 0) > 0 THEN oracle.amount('b', set_id, 0)
                                                             * (ARRAY[1, 1, 1, 1, 1, 0, 0.00, -1])[1 + oracle.draw(8, 'b sign', set_id, 0)] END AS b,
       CASE WHEN oracle.draw(15, 'no churn', set_id, 0) > 0
            THEN CASE oracle.draw(10, 'churn flavour', set_id, 0) WHEN 0 THEN 0 WHEN 1 THEN -0.02 WHEN 2 THEN 1.00 WHEN 3 THEN 1.0000001 WHEN 4 THEN 'NaN'
                      ELSE (1 + oracle.draw(9999, 'churn', set_id, 0)) * 0.0001 END END AS churn,
       CASE WHEN oracle.draw(15, 'no margin', set_id, 0) > 0
            THEN (ARRAY[0.8, 0.75, 1, 0, -0.25, 0.333333333333])[1 + oracle.draw(6, 'margin', set_id, 0)] END AS margin
FROM generate_series(1, 600) AS set_id;

CREATE TABLE oracle.flag_row AS
SELECT set_id, n, (ARRAY[true, false, NULL])[1 + oracle.draw(3, 'p', set_id, n)] AS p,
       CASE WHEN set_id % 9 = 0 THEN NULL WHEN set_id % 9 = 1 THEN false WHEN set_id % 9 = 2 THEN true
            ELSE (ARRAY[true, false, NULL])[1 + oracle.draw(3, 'q', set_id, n)] END AS q
FROM generate_series(1, 600) AS set_id, generate_series(1, oracle.draw(30, 'flags', set_id, 0)) AS n;

-- what the split of a set into parts hangs on
CREATE FUNCTION oracle.part(set_id int, n int) RETURNS int
LANGUAGE sql STABLE AS $$ SELECT oracle.draw(1 + set_id % 5, 'part', set_id, n) $$;

ANALYZE;
