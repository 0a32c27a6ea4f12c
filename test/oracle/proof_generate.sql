-- Seeded random rows for the comparison of back-tests, drivers and reconciliations: tables of raw rows in schema oracle,
-- one set per question. Draws as begin.sql makes them.

-- An amount, never negative. A set has one flavour: small whole numbers, so that many are equal and thirds abound; whole;
-- cents; a twelfth rounded at 20 decimals; huge; tiny; with zeros behind it; huge beside tiny.
CREATE FUNCTION oracle.amount(what text, set_id bigint, row_id bigint) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT CASE oracle.draw(8, 'flavour', set_id, 0)
               WHEN 0 THEN d % 4
               WHEN 1 THEN d
               WHEN 2 THEN d * 0.01
               WHEN 3 THEN ('{8.33333333333333333333,0.33333333333333333333,66.66666666666666666667,0}'::numeric[])[1 + d % 4]
               WHEN 4 THEN (1 + d) * 1e15
               WHEN 5 THEN d * 0.00000001
               WHEN 6 THEN round((d % 300)::numeric, d % 21)
               ELSE (ARRAY[0, 1e20, 1200, 0.00000001, 99999999999999999999.99999999999999999999])[1 + d % 5]
           END
    FROM (SELECT oracle.draw(100000, what, set_id, row_id) AS d) AS number
$$;

-- Back-tests ------------------------------------------------------------------------------------------------

CREATE TABLE oracle.prediction_set AS
SELECT set_id, kind, what,
       CASE kind WHEN 'empty' THEN 0 WHEN 'large' THEN 600 WHEN 'one' THEN 1 ELSE 2 + oracle.draw(40, 'customers', set_id, 0) END AS size,
       -- few values are many ties
       (ARRAY['few', 'few', 'whole', 'fine', 'zeros'])[1 + oracle.draw(5, 'values', set_id, 0)] AS spread,
       (ARRAY[0.1, 0.2, 0.05, 0.25, 0.3333, 0.5, 1.0, 0.00000001, 0.07])[1 + oracle.draw(9, 'q1', set_id, 0)] AS q1,
       round((1 + oracle.draw(1000, 'q2', set_id, 0)) * 0.001, 3) AS q2,
       (ARRAY[1, 2, 3, 4, 5, 10, 20, 1000, 2147483647])[1 + oracle.draw(9, 'bins', set_id, 0)] AS bins
FROM (SELECT set_id, (ARRAY['score', 'score with ARR', 'probability'])[1 + set_id % 3] AS what,
             CASE WHEN set_id % 37 = 0 THEN 'empty'
                  WHEN set_id % 31 = 0 THEN 'unusable'        -- something missing in every row
                  WHEN set_id % 29 = 0 THEN 'all churned'
                  WHEN set_id % 23 = 0 THEN 'none churned'
                  WHEN set_id % 19 = 0 THEN 'all alike'
                  WHEN set_id % 17 = 0 THEN 'one'
                  WHEN set_id % 11 = 0 THEN 'refused'         -- out of range, too many decimals, not finite, negative ARR
                  WHEN set_id % 70 = 9 THEN 'large'
                  ELSE 'plain' END AS kind
      FROM generate_series(1, 750) AS set_id) AS kinds;

CREATE TABLE oracle.prediction_row AS
WITH drawn AS MATERIALIZED (
    SELECT s.*, n, oracle.draw(2, 'gaps', set_id, 0) = 0 AND kind NOT IN ('one', 'refused') AS gaps,
           CASE WHEN kind = 'unusable' THEN oracle.draw(CASE what WHEN 'score with ARR' THEN 3 ELSE 2 END, 'missing', set_id, n)
                ELSE oracle.draw(15, 'missing', set_id, n) END AS missing,
           oracle.draw(10001, 'value', set_id, CASE kind WHEN 'all alike' THEN 0 ELSE n END) AS d
    FROM oracle.prediction_set AS s, LATERAL generate_series(1, s.size) AS n
), valued AS (
    SELECT *, CASE what WHEN 'probability'
                   THEN CASE spread WHEN 'few' THEN d % 5 * 0.25 WHEN 'whole' THEN d % 101 * 0.01 WHEN 'zeros' THEN round(d % 11 * 0.1, d % 8) ELSE d * 0.0001 END
                   ELSE CASE spread WHEN 'few' THEN d % 5 * 25 WHEN 'whole' THEN d % 101 WHEN 'zeros' THEN round(d % 11 * 10.0, d % 8) ELSE d * 0.01 END END AS v
    FROM drawn
)
SELECT set_id, n,
       CASE WHEN (gaps OR kind = 'unusable') AND missing = 0 THEN NULL
            WHEN kind = 'refused' AND n = size AND NOT (what = 'score with ARR' AND set_id % 2 = 0)
            THEN (CASE what WHEN 'probability' THEN '{1.0001,-0.0001,0.12345,NaN,Infinity,50,1e-20}'
                            ELSE '{100.01,-0.01,50.001,NaN,-Infinity,1e20,0.00000000000000000001}' END::numeric[])[1 + oracle.draw(7, 'refused', set_id, 0)]
            ELSE v END AS value,
       CASE WHEN (gaps OR kind = 'unusable') AND missing = 1 THEN NULL
            WHEN kind = 'refused' AND n = size AND set_id % 4 < 2 THEN NULL
            WHEN kind = 'all churned' THEN true
            WHEN kind = 'none churned' THEN false
            -- some sets follow the score, some go against it, some do not care
            ELSE oracle.draw(100, 'churned', set_id, n) < CASE set_id % 4 WHEN 0 THEN 20 WHEN 1 THEN 80 - d / 130 WHEN 2 THEN d / 130 ELSE 50 END END AS churned,
       CASE WHEN what = 'score with ARR'
            THEN CASE WHEN (gaps OR kind = 'unusable') AND missing = 2 THEN NULL
                      WHEN kind = 'refused' AND n = size AND set_id % 2 = 0 THEN (ARRAY[-0.01, 'NaN', 'Infinity', -1e20])[1 + oracle.draw(4, 'refused', set_id, 0)]
                      ELSE oracle.amount('arr', set_id, n) END END AS arr
FROM valued;
CREATE INDEX ON oracle.prediction_row (set_id);

-- Drivers -----------------------------------------------------------------------------------------------------

-- What two periods hold: segments, and the customers of each in either.
CREATE TABLE oracle.period_pair AS
SELECT pair_id, kind,
       CASE kind WHEN 'single' THEN 1 WHEN 'alike' THEN 2 + oracle.draw(4, 'segments', pair_id, 0) WHEN 'large' THEN 60
                 ELSE 1 + oracle.draw(7, 'segments', pair_id, 0) END AS segments
FROM (SELECT pair_id,
             CASE WHEN pair_id % 31 = 0 THEN 'nothing'           -- nobody in either period
                  WHEN pair_id % 29 = 0 THEN 'no prior'          -- nobody opened the prior period
                  WHEN pair_id % 23 = 0 THEN 'no current'
                  WHEN pair_id % 13 = 0 THEN 'single'
                  WHEN pair_id % 7 = 0 THEN 'alike'              -- the same customers in each segment
                  WHEN pair_id % 100 = 3 THEN 'large'
                  ELSE 'plain' END AS kind
      FROM generate_series(1, 1300) AS pair_id) AS kinds;

CREATE TABLE oracle.period_segment AS
SELECT pair_id, kind, s,
       CASE WHEN kind = 'large' THEN 'segment ' || s
            ELSE ('{SMB,smb,Mid-Market,Enterprise,Ärzte,"",Zz,_,NULL,a b}'::text[])[1 + (s + oracle.draw(10, 'names', pair_id, 0)) % 10] END AS segment,
       -- in neither period, in one, in both; there without anybody who opened
       CASE WHEN kind = 'nothing' THEN 'neither'
            WHEN kind IN ('single', 'alike') THEN 'both'
            ELSE (ARRAY['neither', 'current', 'prior', 'zero current', 'zero prior', 'zero both', 'both', 'both', 'both', 'both', 'both', 'both',
                        'both', 'both', 'both', 'both', 'both'])[1 + oracle.draw(17, 'presence', pair_id, s)] END AS presence
FROM oracle.period_pair, generate_series(1, segments) AS s;

CREATE TABLE oracle.leg_row AS
WITH drawn AS MATERIALIZED (
    SELECT p.*, current, n, r.id,
           oracle.draw(14, 'opening is', pair_id, r.id) AS opening_is, oracle.draw(12, 'closing is', pair_id, r.id) AS closing_is,
           oracle.amount('opening', pair_id, r.id) AS amount, oracle.amount('other', pair_id, r.id) AS other
    FROM oracle.period_segment AS p, (VALUES (false), (true)) AS period (current),
         LATERAL (SELECT (CASE kind WHEN 'alike' THEN 0 ELSE s END * 2 + current::int) * 1000 AS base) AS b,
         LATERAL generate_series(1, 1 + oracle.draw(6, 'legs', pair_id, base)) AS n, LATERAL (SELECT base + n AS id) AS r
    WHERE presence <> 'neither' AND presence <> CASE WHEN current THEN 'prior' ELSE 'current' END
), opened AS (
    SELECT *, CASE WHEN kind = CASE WHEN current THEN 'no current' ELSE 'no prior' END OR presence IN ('zero both', CASE WHEN current THEN 'zero current' ELSE 'zero prior' END)
                   THEN (ARRAY[0, NULL, -5])[1 + opening_is % 3]
                   WHEN opening_is = 0 THEN NULL WHEN opening_is = 1 THEN 0 WHEN opening_is = 2 THEN -amount
                   ELSE amount END AS opening
    FROM drawn
)
SELECT pair_id, s, segment, current, n, opening,
       CASE closing_is WHEN 0 THEN 0 WHEN 1 THEN NULL WHEN 2 THEN -other WHEN 3 THEN opening * 1.1 WHEN 4 THEN opening * 0.7 WHEN 5 THEN amount
            WHEN 6 THEN other WHEN 7 THEN amount + other WHEN 8 THEN amount * 0.5 ELSE opening END AS closing
FROM opened;
CREATE INDEX ON oracle.leg_row (pair_id);

-- Reconciliations ----------------------------------------------------------------------------------------------

CREATE TABLE oracle.systems AS
SELECT set_id, kind,
       CASE kind WHEN 'empty' THEN 0 WHEN 'large' THEN 400 WHEN 'tie' THEN 2 + oracle.draw(9, 'customers', set_id, 0)
                 ELSE 1 + oracle.draw(14, 'customers', set_id, 0) END AS size,
       oracle.draw(4, 'nobody', set_id, 0) = 0 AND kind <> 'empty' OR kind = 'nobody' AS nobody
FROM (SELECT set_id,
             CASE WHEN set_id % 37 = 0 THEN 'empty'
                  WHEN set_id % 31 = 0 THEN 'nobody'             -- no row says whose it is
                  WHEN set_id % 29 = 0 THEN 'unusable'           -- no row has an amount
                  WHEN set_id % 23 = 0 THEN 'no opening in A'
                  WHEN set_id % 19 = 0 THEN 'no opening in B'
                  WHEN set_id % 17 = 0 THEN 'identical'
                  WHEN set_id % 7 = 0 THEN 'tie'                 -- two causes of the same size
                  WHEN set_id % 200 = 5 THEN 'large'
                  ELSE 'plain' END AS kind
      FROM generate_series(1, 1400) AS set_id) AS kinds;

-- Customers, under a number and under a name that sorts otherwise in most collations.
CREATE TABLE oracle.systems_row AS
WITH drawn AS MATERIALIZED (
    SELECT s.set_id, kind, size, nobody, c,
           CASE WHEN kind = 'identical' THEN 0 WHEN kind = 'unusable' THEN 14 ELSE oracle.draw(18, 'cause', s.set_id, c) END AS cause,
           CASE WHEN oracle.draw(8, 'o is 0', s.set_id, c) = 0 THEN 0 ELSE oracle.amount('o', s.set_id, c) END AS o,
           CASE oracle.draw(6, 'c is', s.set_id, c) WHEN 0 THEN 0 WHEN 1 THEN oracle.amount('c', s.set_id, c) WHEN 2 THEN oracle.amount('o', s.set_id, c) * 0.7
                ELSE oracle.amount('o', s.set_id, c) END AS k,
           oracle.amount('d', s.set_id, c) AS d, 1 + oracle.draw(9, 'unit', s.set_id, 0) AS unit
    FROM oracle.systems AS s, LATERAL generate_series(1, s.size) AS c
), told AS (
    SELECT *,
           CASE WHEN kind = 'tie' THEN unit WHEN cause IN (4, 14) THEN NULL WHEN cause = 7 THEN 0 WHEN cause = 17 THEN NULL ELSE o END AS oa,
           CASE WHEN kind = 'tie' THEN CASE c WHEN 2 THEN 2 ELSE 1 END * unit WHEN cause IN (4, 14) THEN NULL WHEN cause = 15 THEN NULL WHEN cause = 7 THEN k + 1
                WHEN cause = 6 THEN k + 1 WHEN cause = 16 THEN -d - 1 ELSE k END AS ca,
           CASE WHEN kind = 'tie' THEN unit WHEN cause IN (3, 14) THEN NULL WHEN cause IN (6, 7) THEN o + 1 WHEN cause IN (8, 10) THEN o + d WHEN cause = 11 THEN d
                WHEN cause = 5 THEN -d - 1 WHEN cause = 13 THEN o / 2 ELSE o END AS ob,
           CASE WHEN kind = 'tie' THEN CASE c WHEN 1 THEN 0 ELSE 1 END * unit WHEN cause IN (3, 14) THEN NULL WHEN cause = 6 THEN 0 WHEN cause IN (9, 10) THEN k + d
                WHEN cause = 11 THEN d WHEN cause = 12 THEN NULL WHEN cause = 7 THEN k + 1 WHEN cause = 13 THEN k / 2 ELSE k END AS cb,
           CASE WHEN kind IN ('empty', 'unusable') THEN 0 ELSE oracle.draw(5, 'rows', set_id, c) END AS rows
    FROM drawn
), written AS (
    -- in one row; in one for each system; with a discount line in A, in B, that the other has not
    SELECT set_id, kind, c, v.*
    FROM told, LATERAL (VALUES
        (1, rows <> 1, oa + CASE rows WHEN 2 THEN d ELSE 0 END, ca + CASE rows WHEN 2 THEN d ELSE 0 END, ob + CASE rows WHEN 3 THEN d ELSE 0 END, cb),
        (2, rows = 1, oa, ca, NULL, NULL), (3, rows = 1, NULL, NULL, ob, cb), (4, rows = 2, -d, -d, NULL, NULL), (5, rows = 3, NULL, NULL, -d, NULL)) AS v (line, there, oa, ca, ob, cb)
    WHERE there AND kind <> 'nobody'
    UNION ALL
    SELECT set_id, kind, NULL, n, true, oracle.amount('o', set_id, n), oracle.amount('c', set_id, n), CASE WHEN n % 2 = 0 THEN 5 END, NULL
    FROM oracle.systems, LATERAL generate_series(1, 1 + set_id % 3) AS n
    WHERE nobody
)
SELECT set_id, c AS id, substr('aBz_ÄcA0~é', 1 + c % 10, 1) || c AS name, line,
       CASE WHEN kind = 'no opening in A' THEN NULL ELSE oa END AS opening_a, ca AS closing_a,
       CASE WHEN kind = 'no opening in B' THEN 0 ELSE ob END AS opening_b, cb AS closing_b
FROM written;
CREATE INDEX ON oracle.systems_row (set_id);

-- what the split of a set into parts hangs on
CREATE FUNCTION oracle.part(set_id int, n int) RETURNS int
LANGUAGE sql STABLE AS $$ SELECT oracle.draw(1 + set_id % 5, 'part', set_id, n) $$;

ANALYZE;
