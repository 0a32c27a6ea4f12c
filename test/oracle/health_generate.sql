-- Seeded random rows for the comparison of health scores, usage and forecasts: tables of raw rows in schema oracle. Draws
-- as begin.sql makes them.

-- An amount, never negative: whole, cents, a twelfth rounded at 20 decimals, huge, tiny, both in one set, or with zeros behind it.
CREATE FUNCTION oracle.amount(flavour int, what text, set_id bigint, row_id bigint) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT CASE flavour
               WHEN 0 THEN d % 10
               WHEN 1 THEN d * 0.01
               WHEN 2 THEN ('{8.33333333333333333333,0.33333333333333333333,66.66666666666666666667,0}'::numeric[])[1 + d % 4]
               WHEN 3 THEN (1 + d) * 1e15
               WHEN 4 THEN d * 0.00000000000000000007
               WHEN 5 THEN round((d % 300)::numeric, d % 21)
               WHEN 6 THEN (ARRAY[1e20, 0.00000001, 0.00000003, 7, 99999999999999999999.99999999999999999999])[1 + d % 5]
               ELSE d % 3
           END
    FROM (SELECT oracle.draw(100000, what, set_id, row_id) AS d) AS number
$$;

-- Scales ------------------------------------------------------------------------------------------------

CREATE TABLE oracle.scale_row AS
SELECT set_id,
       CASE oracle.draw(30, 'no x', set_id, 0) WHEN 0 THEN NULL WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN low WHEN 4 THEN high
            WHEN 5 THEN (low + high) * 0.5 WHEN 6 THEN 1e25 WHEN 7 THEN -1e25
            ELSE low + CASE WHEN set_id % 2 = 0 THEN (high - low) * (oracle.draw(1400, 'x', set_id, 0) - 200) * 0.001
                            ELSE (ARRAY[1, -1, 0.07, -1e18, 0.000000001])[1 + flavour % 5] * (oracle.draw(130, 'x', set_id, 0) - 10) END END AS x,
       CASE oracle.draw(30, 'no worst', set_id, 0) WHEN 0 THEN NULL WHEN 1 THEN 'NaN' WHEN 2 THEN high ELSE low END AS worst,
       CASE oracle.draw(30, 'no best', set_id, 0) WHEN 0 THEN NULL WHEN 1 THEN '-Infinity' ELSE high END AS best,
       -- a slope that takes x − mid somewhere between −120 and 120, most of the time near 0
       CASE oracle.draw(30, 'no slope', set_id, 0) WHEN 0 THEN NULL WHEN 1 THEN 'NaN' WHEN 2 THEN 0 WHEN 3 THEN 0.00 WHEN 4 THEN 1e10
            ELSE (oracle.draw(2001, 'slope', set_id, 0) - 1000) * 0.001 * (ARRAY[1, 10, 240, 0.01])[1 + set_id % 4]
                 / (ARRAY[1, 1, 1, 1e20, 1])[1 + flavour % 5] END AS slope,
       -- 0 to 5 cuts; x is often one of them
       CASE WHEN oracle.draw(40, 'no cuts', set_id, 0) > 0 THEN cuts END AS cuts,
       CASE WHEN oracle.draw(40, 'no scores', set_id, 0) > 0 THEN scores END AS scores,
       CASE WHEN oracle.draw(3, 'x is a cut', set_id, 0) = 0 THEN cuts[1 + oracle.draw(cardinality(cuts), 'which cut', set_id, 0)]
            ELSE round((oracle.draw(140, 'x of steps', set_id, 0) - 10)::numeric, set_id % 3) END AS step_x
FROM (SELECT set_id, flavour,
             (ARRAY[0, 100, -5, 1e20, 0.00000001])[1 + flavour % 5] AS low,
             (ARRAY[30, 1, 5, -1e20, 0.00000007])[1 + flavour % 5] AS high
      FROM (SELECT set_id, oracle.draw(1000, 'flavour', set_id, 0) AS flavour FROM generate_series(1, 900) AS set_id) AS f) AS r,
     LATERAL (SELECT CASE oracle.draw(20, 'bad cuts', set_id, 0)
                          WHEN 0 THEN good[1:2] || good[2] WHEN 1 THEN good || NULL::numeric WHEN 2 THEN good || 'NaN'::numeric WHEN 3 THEN good || good[1] - 1
                          ELSE good END AS cuts
              FROM (SELECT array_agg((20 * i + oracle.draw(20, 'cut', set_id, i)) * (ARRAY[1, 1.00, 0.5])[1 + set_id % 3] ORDER BY i) AS good
                    FROM generate_series(0, oracle.draw(5, 'cuts', set_id, 0)) AS i) AS g) AS c,
     LATERAL (SELECT array_agg(CASE WHEN i = 1 AND oracle.draw(20, 'bad score', set_id, 0) = 0
                                    THEN (ARRAY[NULL, 101, -1, 'NaN', 100.00000000000000000001])[1 + oracle.draw(5, 'which bad score', set_id, 0)]
                                    ELSE round(oracle.draw(101, 'step', set_id, i)::numeric, i % 3) END ORDER BY i) AS scores
              FROM generate_series(0, cardinality(cuts) - (CASE oracle.draw(20, 'too few', set_id, 0) WHEN 0 THEN 1 WHEN 1 THEN -1 ELSE 0 END)) AS i) AS s;

-- Health ------------------------------------------------------------------------------------------------

CREATE TABLE oracle.health_set AS
SELECT set_id, kind,
       CASE kind WHEN 'empty' THEN 0 WHEN 'large' THEN 130 WHEN 'one' THEN 1 WHEN 'refused' THEN 1
                 ELSE 1 + oracle.draw(7, 'customers', set_id, 0) END AS customers,
       oracle.draw(8, 'weight flavour', set_id, 0) AS weight_flavour,
       oracle.draw(6, 'score flavour', set_id, 0) AS score_flavour,
       (ARRAY[1000000, 6, 2])[1 + oracle.draw(3, 'missing', set_id, 0)] AS missing_one_in,
       (ARRAY[0, 0.5, 0.25, 1, 0.66666666666666666667, 0.9])[1 + oracle.draw(6, 'min_coverage', set_id, 0)] AS min_coverage
FROM (SELECT set_id,
             CASE WHEN set_id % 23 = 0 THEN 'empty'
                  WHEN set_id % 19 = 0 THEN 'no signal'         -- a name in no row
                  WHEN set_id % 17 = 0 THEN 'all missing'
                  WHEN set_id % 13 = 0 THEN 'no weight'
                  WHEN set_id % 7 = 0 THEN 'refused'
                  WHEN set_id % 11 = 0 THEN 'one'
                  WHEN set_id % 90 = 8 THEN 'large'
                  ELSE 'plain' END AS kind
      FROM generate_series(1, 400) AS set_id) AS kinds;

CREATE TABLE oracle.health_row AS
WITH drawn AS (
    SELECT s.*, customer, n, size, customer * 100 + n AS row_id,
           -- names in the order of no language; 5 is coprime to 12, so a customer has each once
           (ARRAY['usage', 'Usage', 'nps', 'tickets', '_x', 'Zeta', 'zeta', 'é', 'e', 'support tickets', '', '10'])[1 + (5 * n + oracle.draw(12, 'name', set_id, customer)) % 12] AS name,
           oracle.draw(12, 'hazard', set_id, customer * 100 + n) AS hazard
    FROM oracle.health_set AS s, LATERAL generate_series(1, s.customers) AS customer,
         LATERAL (SELECT CASE WHEN kind = 'refused' THEN 2 + oracle.draw(4, 'signals', set_id, customer) ELSE 1 + oracle.draw(9, 'signals', set_id, customer) END AS size) AS z,
         LATERAL generate_series(1, size) AS n
), good AS (
    SELECT set_id, customer, n, row_id, kind, n = size AND kind = 'refused' AS bad,
           CASE WHEN kind = 'no signal' OR kind NOT IN ('refused', 'all missing') AND hazard = 0 THEN NULL ELSE name END AS signal,
           CASE WHEN kind = 'all missing' OR oracle.draw(missing_one_in, 'score missing', set_id, row_id) = 0 THEN NULL
                ELSE CASE score_flavour
                         WHEN 0 THEN oracle.draw(101, 'score', set_id, row_id)
                         WHEN 1 THEN oracle.draw(3, 'score', set_id, row_id) * 50                    -- many ties
                         WHEN 2 THEN oracle.draw(10001, 'score', set_id, row_id) * 0.01
                         WHEN 3 THEN oracle.draw(1000, 'score', set_id, row_id) * 0.09009009009009009009
                         WHEN 4 THEN (ARRAY[-5, 100.00000000000000000001, 130, -0.01, 100.00, 1e20, 0, -1e20])[1 + oracle.draw(8, 'score', set_id, row_id)]
                         ELSE 100 - oracle.draw(2, 'score', set_id, row_id) * 0.00000000000000000001 END END AS score,
           CASE WHEN kind = 'no weight' OR hazard = 1 THEN 0.0 ELSE oracle.amount(weight_flavour, 'weight', set_id, row_id) END AS weight
    FROM drawn
)
SELECT set_id, customer, n,
       CASE WHEN bad AND set_id / 7 % 9 = 0 THEN lag(signal) OVER (PARTITION BY set_id ORDER BY n) ELSE signal END AS signal,
       CASE WHEN bad THEN CASE set_id / 7 % 9 WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity'
                                              WHEN 4 THEN NULL WHEN 5 THEN NULL ELSE score END ELSE score END AS score,
       CASE WHEN bad THEN CASE set_id / 7 % 9 WHEN 4 THEN NULL WHEN 5 THEN -0.00000001 WHEN 6 THEN NULL WHEN 7 THEN 'NaN' WHEN 8 THEN 'Infinity' ELSE weight END
            ELSE weight END AS weight
FROM good;
CREATE INDEX ON oracle.health_row (set_id);

-- Usage -------------------------------------------------------------------------------------------------

CREATE TABLE oracle.usage_set AS
SELECT set_id, kind, date '2023-11-20' + oracle.draw(500, 'first', set_id, 0) AS first,
       CASE kind WHEN 'one day' THEN 1 WHEN 'short' THEN 2 + oracle.draw(20, 'span', set_id, 0)
                 WHEN 'symmetric' THEN 7 * (8 + oracle.draw(14, 'span', set_id, 0))
                 WHEN 'stairs' THEN 7 * (9 + oracle.draw(14, 'span', set_id, 0))
                 WHEN 'shift' THEN (ARRAY[60, 350])[1 + (set_id % 16 = 0)::int] + oracle.draw(150, 'span', set_id, 0)
                 ELSE 20 + oracle.draw(200, 'span', set_id, 0) END AS span,
       oracle.draw(8, 'usage flavour', set_id, 0) AS flavour,
       (ARRAY[4, 10, 60, 150])[1 + oracle.draw(4, 'rows', set_id, 0)] AS rows
FROM (SELECT set_id,
             CASE WHEN set_id % 29 = 0 THEN 'empty'
                  WHEN set_id % 27 = 0 THEN 'unusable'
                  WHEN set_id % 23 = 0 THEN 'all zero'
                  WHEN set_id % 19 = 0 THEN 'constant'          -- no spread, and every change of level is 0
                  WHEN set_id % 17 = 0 THEN 'symmetric'         -- up and down again: two changes as strong
                  WHEN set_id % 13 = 0 THEN 'short'
                  WHEN set_id % 37 = 0 THEN 'one day'
                  WHEN set_id % 11 = 0 THEN 'refused'
                  WHEN set_id % 12 = 2 THEN 'stairs'            -- a week in the middle of two levels
                  WHEN set_id % 4 = 0 THEN 'shift'              -- every day something, another level from some day on
                  ELSE 'sparse' END AS kind
      FROM generate_series(1, 440) AS set_id) AS kinds;

CREATE TABLE oracle.usage_row AS
WITH drawn AS (
    -- a row for every day, or here and there; the first and the last day have one
    SELECT s.*, n, CASE WHEN kind IN ('constant', 'symmetric', 'stairs', 'shift') THEN n - 1 WHEN n = 1 THEN 0 WHEN n = 2 THEN span - 1
                        ELSE oracle.draw(span, 'day', set_id, n) END AS day,
           oracle.draw(20, 'hazard', set_id, n) AS hazard
    FROM oracle.usage_set AS s,
         LATERAL generate_series(1, CASE WHEN kind IN ('constant', 'symmetric', 'stairs', 'shift') THEN span WHEN kind = 'empty' THEN 0
                                         WHEN kind = 'short' THEN 2 + rows / 8 ELSE rows END) AS n
), used AS (
    SELECT *,
           CASE kind WHEN 'all zero' THEN round(0::numeric, n % 3)
                     WHEN 'constant' THEN oracle.amount(flavour, 'n', set_id, 0)
                     WHEN 'symmetric' THEN CASE WHEN least(day / 7, span / 7 - 1 - day / 7) < span / 24 THEN 1 ELSE 3 END
                                           * oracle.amount(flavour, 'n', set_id, 0)
                     WHEN 'stairs' THEN (3 + sign((day / 7 - span / 14)::numeric) * (ARRAY[1, -1])[1 + set_id / 12 % 2]) * oracle.amount(flavour, 'n', set_id, 0)
                     WHEN 'shift' THEN ((ARRAY[1, 50])[1 + set_id / 4 % 2] + oracle.draw(4, 'n', set_id, n)) * (CASE WHEN day < span * (ARRAY[0.25, 0.5, 0.8])[1 + set_id / 8 % 3] THEN 1 ELSE 0.4 END)
                                       * (ARRAY[1, 0.01, 1e18, 0.00000001])[1 + set_id / 24 % 4]
                     ELSE CASE WHEN hazard < 4 THEN 0 ELSE oracle.amount(flavour, 'n', set_id, n) END END AS amount
    FROM drawn
)
SELECT set_id, n,
       CASE WHEN kind = 'unusable' AND n % 2 = 0 OR kind = 'sparse' AND hazard = 18 THEN NULL
            WHEN kind = 'refused' AND n = rows AND set_id / 11 % 5 = 0 THEN (ARRAY['infinity', '-infinity'])[1 + set_id % 2]::timestamp
            ELSE first + day + (ARRAY[time '00:00', '23:59:59.999999', '12:00'])[1 + n % 3] END AS day,
       CASE WHEN kind = 'unusable' AND n % 2 = 1 OR kind = 'sparse' AND hazard = 19 THEN NULL
            WHEN kind = 'refused' AND n = rows AND set_id / 11 % 5 > 0 THEN (ARRAY[-1, 'NaN', 'Infinity', -0.00000001])[set_id / 11 % 5]
            ELSE amount END AS amount
FROM used;
CREATE INDEX ON oracle.usage_row (set_id);

-- What is asked about each: as of which day, and over how much of the past.
CREATE TABLE oracle.usage_asked AS
SELECT set_id, i,
       CASE i WHEN 1 THEN first + span - 1                                                   -- its last day
              WHEN 2 THEN first + oracle.draw(span, 'inside', set_id, i)                     -- with rows after it
              WHEN 3 THEN first - 1 + oracle.draw(3, 'early', set_id, i)                     -- before it began, or just then
              WHEN 4 THEN first + 7 * (1 + oracle.draw(span / 7 + 1, 'weeks', set_id, i)) - 1 - set_id % 2  -- whole weeks, or a day less
              WHEN 5 THEN first + span + oracle.draw(45, 'later', set_id, i)
       END AS as_of,
       (ARRAY[1, 2, 4, 5, 8, 13])[1 + oracle.draw(6, 'level', set_id, i)] AS weeks,
       (ARRAY[1, 1, 2, 4, 3])[1 + oracle.draw(5, 'drop', set_id, i)] AS recent, (ARRAY[2, 4, 8, 12, 5])[1 + oracle.draw(5, 'drop', set_id, i)] AS base,
       (ARRAY[2, 3, 7, 28, 30, 90])[1 + oracle.draw(6, 'slope', set_id, i)] AS days
FROM oracle.usage_set, generate_series(1, 5) AS i;

-- Outcomes ----------------------------------------------------------------------------------------------

CREATE TABLE oracle.outcome_set AS
SELECT set_id, kind, set_id % 2 = 0 AS probabilities, set_id % 3 = 0 AS with_arr,
       CASE kind WHEN 'empty' THEN 0 WHEN 'large' THEN 1500 ELSE (ARRAY[1, 2, 5, 9, 10, 11, 20, 60, 200])[1 + oracle.draw(9, 'size', set_id, 0)] END AS size,
       (ARRAY[3, 11, 101, 10001])[1 + oracle.draw(4, 'values', set_id, 0)] AS vals
FROM (SELECT set_id,
             CASE WHEN set_id % 23 = 0 THEN 'empty'
                  WHEN set_id % 19 = 0 THEN 'unusable'
                  WHEN set_id % 17 = 0 THEN 'nobody left'
                  WHEN set_id % 13 = 0 THEN 'everybody left'
                  WHEN set_id % 11 = 0 THEN 'all alike'
                  WHEN set_id % 60 = 5 THEN 'large'
                  ELSE 'plain' END AS kind
      FROM generate_series(1, 300) AS set_id) AS kinds;

-- value: a score with two decimals, or a probability with four
CREATE TABLE oracle.outcome_row AS
SELECT set_id, n,
       CASE WHEN kind = 'unusable' AND n % 2 = 0 OR kind <> 'unusable' AND hazard = 0 THEN NULL
            WHEN kind = 'all alike' THEN oracle.draw(vals, 'value', set_id, 0) * (10000 / (vals - 1)) * unit
            ELSE oracle.draw(vals, 'value', set_id, n) * (10000 / (vals - 1)) * unit END AS value,
       CASE WHEN kind = 'unusable' AND n % 2 = 1 OR kind <> 'unusable' AND hazard = 1 THEN NULL
            WHEN kind = 'nobody left' THEN false WHEN kind = 'everybody left' THEN true
            ELSE oracle.draw(100, 'left', set_id, n) < (ARRAY[5, 20, 50])[1 + set_id % 3] END AS churned,
       CASE WHEN hazard > 2 THEN oracle.amount(1, 'arr', set_id, n) ELSE 0 END AS arr
FROM (SELECT s.*, n, CASE WHEN probabilities THEN 0.0001 ELSE 0.01 END AS unit, oracle.draw(30, 'hazard', set_id, n) AS hazard
      FROM oracle.outcome_set AS s, LATERAL generate_series(1, size) AS n) AS drawn;
CREATE INDEX ON oracle.outcome_row (set_id);

-- Anywhere, or where somebody is; then exactly, or finer than a back-test keeps it: next to a place where a bin may begin.
CREATE FUNCTION oracle.asked_value(s oracle.outcome_set, how int, what text, row_id bigint) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN how = 0 THEN oracle.draw(10001, what, s.set_id, row_id) * unit
                WHEN how = 1 THEN known
                WHEN known + (how - 3) * 1e-15 BETWEEN 0 AND 10000 * unit THEN known + (how - 3) * 1e-15 END
    FROM (SELECT CASE WHEN s.probabilities THEN 0.0001 ELSE 0.01 END AS unit,
                 (SELECT value FROM oracle.outcome_row AS r WHERE r.set_id = s.set_id AND r.n = 1 + oracle.draw(greatest(s.size, 1), 'of whom: ' || what, s.set_id, row_id)) AS known) AS k
$$;
CREATE TABLE oracle.forecast_asked AS
SELECT set_id, i,
       CASE WHEN i > 1 OR set_id % 5 <> 0 THEN oracle.asked_value(s, CASE WHEN i <= 5 THEN 0 WHEN i <= 10 THEN 1 ELSE i - 9 END, 'asked', i) END AS value,
       CASE WHEN i = 2 AND set_id % 5 = 1 THEN NULL WHEN i = 3 THEN 0 ELSE oracle.amount(oracle.draw(8, 'due flavour', set_id, i), 'due', set_id, i) END AS arr_due
FROM oracle.outcome_set AS s, generate_series(1, 14) AS i;

-- Portfolios: two for each set of outcomes, and more where there are enough of these for an interval that ends on the way.
CREATE TABLE oracle.portfolio AS
SELECT set_id * 10 + i AS portfolio_id, set_id,
       CASE WHEN part = 0 THEN 'no rows' WHEN part = 1 THEN 'no score' WHEN part = 2 THEN 'no ARR' WHEN part = 3 THEN 'for nothing'
            WHEN part <= 6 THEN 'one score' WHEN part <= 8 THEN 'one large' WHEN part = 10 THEN 'huge' ELSE 'plain' END AS kind,
       CASE part WHEN 0 THEN 0 WHEN 9 THEN 150 ELSE (ARRAY[1, 2, 5, 20, 40])[1 + oracle.draw(5, 'contracts', set_id, i)] END AS size,
       oracle.draw(9, 'flavour of contracts', set_id, i) AS flavour
FROM oracle.outcome_set AS s, LATERAL generate_series(1, CASE WHEN s.size >= 60 THEN 6 ELSE 2 END) AS i, LATERAL (SELECT oracle.draw(30, 'kind of portfolio', set_id, i) AS part) AS p;
CREATE TABLE oracle.contract AS
SELECT portfolio_id, p.set_id, n,
       CASE WHEN p.kind = 'no score' OR hazard = 0 THEN NULL
            WHEN p.kind = 'one score' THEN oracle.asked_value(s, 1, 'contract', portfolio_id)
            ELSE oracle.asked_value(s, oracle.draw(5, 'how', portfolio_id, n), 'contract', portfolio_id * 1000::bigint + n) END AS score,
       CASE WHEN p.kind = 'no ARR' OR hazard = 1 THEN NULL
            WHEN p.kind = 'for nothing' THEN 0.00
            ELSE oracle.amount(CASE flavour WHEN 8 THEN oracle.draw(8, 'flavour', portfolio_id, n) ELSE flavour END, 'contract', portfolio_id, n)
                 * CASE WHEN p.kind = 'one large' AND n = 1 THEN 1000 WHEN p.kind = 'huge' THEN 1e200 ELSE 1 END END AS due
FROM oracle.portfolio AS p JOIN oracle.outcome_set AS s USING (set_id), LATERAL generate_series(1, p.size) AS n,
     LATERAL (SELECT CASE WHEN p.size < 3 THEN 2 ELSE oracle.draw(20, 'hazard of contract', portfolio_id, n) END AS hazard) AS h;
CREATE INDEX ON oracle.contract (portfolio_id);

-- what the split of a set into parts hangs on
CREATE FUNCTION oracle.part(set_id int, n int) RETURNS int
LANGUAGE sql STABLE AS $$ SELECT oracle.draw(1 + set_id % 5, 'part', set_id, n) $$;

ANALYZE;
