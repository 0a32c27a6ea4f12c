-- Seeded random data for the comparison: tables of raw rows in schema oracle, one set per question. Draws as begin.sql makes
-- them.

-- A positive amount from 1e-8 to 1e20 with 0 to 20 decimals.
CREATE FUNCTION oracle.amount(flavour text, what text, set_id bigint, row_id bigint) RETURNS numeric
LANGUAGE sql STABLE AS $$
    SELECT CASE flavour
        WHEN 'integers' THEN 1 + d
        WHEN 'cents'    THEN (1 + d) * 0.01
        WHEN 'twelfths' THEN ('{8.33333333333333333333,0.33333333333333333333,66.66666666666666666667,'
                              '41.6666666667,1666.66666666666666666667,12.50}'::numeric[])[1 + d % 6]
        WHEN 'tiny'     THEN (1 + d) * 0.00000001
        WHEN 'huge'     THEN (1 + d % 100000) * 1e15
        WHEN 'extremes' THEN (ARRAY[0.00000001, 1e20, 99999999999999999999.99999999999999999999 - d * 0.00000000000000000007,
                                    (1 + d) * 0.01])[1 + d % 4]
        -- trailing zeros: 7, 7.0, 7.00000
        WHEN 'padded'   THEN round((1 + d % 500)::numeric, d % 21)
        -- up to 18 digits with the point anywhere
        WHEN 'scales'   THEN greatest((1 + d * 1000000000039 % 999999999999999989)::numeric
                                      * ('1e-' || oracle.draw(21, what || ' scale', set_id, row_id))::numeric, 0.00000001)
        END
    FROM (SELECT oracle.draw(1000000, what, set_id, row_id) AS d) AS number
$$;

-- Sets of (opening, closing, seen) rows ------------------------------------------------------------

CREATE TABLE oracle.pair_set AS
SELECT set_id, kind,
       CASE kind WHEN 'empty' THEN 0
                 WHEN 'large' THEN 1200 + oracle.draw(50, 'size', set_id, 0)
                 WHEN 'tie'   THEN 2 + oracle.draw(4, 'size', set_id, 0)
                 ELSE 1 + oracle.draw(32, 'size', set_id, 0) END AS size,
       oracle.choose('{integers,integers,cents,twelfths,tiny,huge,extremes,padded,scales,scales}', 'flavour', set_id, 0) AS flavour
FROM (SELECT set_id,
             CASE WHEN set_id % 18 = 0 THEN 'large'           -- more than 1,000 customers
                  WHEN set_id % 97 = 0 THEN 'empty'
                  WHEN set_id % 89 = 0 THEN 'unusable'        -- both NULL in every row
                  WHEN set_id % 37 = 0 THEN 'no opening'      -- every opening 0, NULL or negative
                  WHEN set_id % 31 = 0 THEN 'tie'             -- quotients that end in 5 at the 21st decimal
                  ELSE 'plain' END AS kind
      FROM generate_series(1, 1200) AS set_id) AS kinds;

CREATE TABLE oracle.pair_row AS
WITH drawn AS (
    SELECT s.set_id, s.kind, n,
           oracle.amount(s.flavour, 'opening', s.set_id, n) AS o,
           oracle.amount(s.flavour, 'closing', s.set_id, n) AS c,
           -- each set has its own selection of hazards, each hazard its own share of the rows; a row has at most one
           CASE WHEN oracle.draw(2, 'has hazard ' || h, s.set_id, 0) = 0 THEN h END AS hazard,
           oracle.draw(2, 'has duplicates', s.set_id, 0) = 0 AND oracle.draw(8, 'duplicate', s.set_id, n) = 0 AS again,
           (ARRAY[true, false, false, NULL])[1 + oracle.draw(4, 'seen', s.set_id, n)] AS seen
    FROM oracle.pair_set AS s
    CROSS JOIN LATERAL generate_series(1, s.size) AS n
    CROSS JOIN LATERAL (SELECT oracle.draw(20, 'hazard', s.set_id, n) AS h) AS hazard
), hazarded AS (
    SELECT *,
           CASE WHEN kind = 'unusable' OR hazard IN (0, 1) THEN NULL
                WHEN kind = 'tie' THEN CASE WHEN n <= 2 THEN 1e20 END
                WHEN kind = 'no opening' THEN (ARRAY[0, NULL, -o, 0.000])[1 + n % 4]
                WHEN hazard IN (2, 3) THEN 0.00
                WHEN hazard IN (4, 5) THEN -o
                WHEN hazard IN (6, 7) THEN (ARRAY[0, NULL, -o])[1 + n % 3]     -- reactivation, with seen and closing below
                ELSE o END AS opening,
           CASE WHEN kind = 'unusable' OR hazard IN (1, 8) THEN NULL
                WHEN kind = 'tie' AND n <= 2 THEN 1 + (n - 1) + 2 * (n * 7 + set_id % 50)   -- their sum is odd
                WHEN hazard IN (3, 9) THEN 0
                WHEN hazard IN (5, 10) THEN -c
                WHEN hazard IN (6, 7) THEN c
                -- unchanged, written with other zeros
                WHEN hazard IN (11, 12) THEN round(o, 20)
                ELSE c END AS closing
    FROM drawn
)
SELECT set_id, n,
       'c' || CASE WHEN again THEN n - 1 ELSE n END AS customer,
       opening,
       closing,
       CASE WHEN hazard IN (6, 7) THEN true ELSE seen END AS seen
FROM hazarded;
CREATE INDEX ON oracle.pair_row (set_id);

-- Sets of history rows -------------------------------------------------------------------------------

CREATE TABLE oracle.history_set AS
SELECT source, set_id, kind,
       CASE kind WHEN 'empty' THEN 0 WHEN 'large' THEN 1300 ELSE 1 + oracle.draw(9, source || ' customers', set_id, 0) END AS customers,
       CASE kind WHEN 'large' THEN 5
                 ELSE CASE oracle.draw(4, source || ' length', set_id, 0)
                          WHEN 0 THEN 1 + oracle.draw(4, source || ' months', set_id, 0)
                          WHEN 3 THEN 30 + oracle.draw(30, source || ' months', set_id, 0)
                          ELSE 5 + oracle.draw(20, source || ' months', set_id, 0) END END AS months,
       12 * 2020 + oracle.draw(24, source || ' start', set_id, 0) AS first_month,
       oracle.choose('{integers,cents,cents,twelfths,tiny,extremes,padded,scales}', source || ' flavour', set_id, 0) AS flavour
FROM (SELECT source, set_id,
             CASE WHEN set_id % 70 = 0 THEN 'large'
                  WHEN set_id % 83 = 0 THEN 'empty'
                  WHEN set_id % 41 = 0 THEN 'unusable'          -- no amount in any row
                  WHEN set_id % 29 = 0 THEN 'never paid'        -- zero or negative throughout
                  ELSE 'plain' END AS kind
      FROM unnest('{snapshot,interval}'::text[]) AS source, generate_series(1, 350) AS set_id) AS kinds;

-- Snapshot rows: a customer has a first and a last month, may pause, and keeps its amount for up to three months.
CREATE TABLE oracle.snapshot_row AS
WITH life AS (
    SELECT s.*, customer,
           1000 * customer AS k,
           oracle.draw(s.months, 'first', s.set_id, customer) AS first,
           oracle.draw(s.months, 'last', s.set_id, customer) AS last
    FROM oracle.history_set AS s, generate_series(1, s.customers) AS customer
    WHERE s.source = 'snapshot'
), month AS (
    SELECT life.*, first_month + m AS month, m,
           -- one day of the month for all rows of a customer in it: the first, the last, any
           CASE set_id % 3 WHEN 0 THEN oracle.month_start(first_month + m)
                           WHEN 1 THEN oracle.month_end(first_month + m)
                           ELSE oracle.month_start(first_month + m) + oracle.draw(28, 'day', set_id, k + m) END AS day,
           round(oracle.amount(flavour, 'mrr', set_id, k + m / 3), 20 * oracle.draw(2, 'padding', set_id, k + m)) AS padded,
           oracle.amount(flavour, 'mrr', set_id, k + m / 3) AS amount,
           oracle.draw(12, 'hazard', set_id, k + m) AS h
    FROM life, generate_series(least(first, last), greatest(first, last)) AS m
    -- a pause of a quarter, in two sets of three
    WHERE NOT (set_id % 3 < 2 AND oracle.draw(4, 'pause', set_id, k + m / 3) = 0)
)
SELECT set_id, 'c' || customer AS customer,
       CASE WHEN h = 0 AND has THEN NULL ELSE day END AS month,
       CASE WHEN kind = 'unusable' THEN NULL
            WHEN kind = 'never paid' THEN CASE WHEN h < 6 THEN 0.0 ELSE -amount END
            WHEN h = 1 AND has THEN NULL
            WHEN h = 2 AND has THEN 0.000
            WHEN h = 3 AND has THEN -amount
            -- unchanged, but with other zeros; only where rounding adds them
            WHEN padded = amount THEN padded
            ELSE amount END AS mrr
FROM month, LATERAL (SELECT oracle.draw(3, 'has hazard ' || h, set_id, 0) > 0 AS has) AS hazards
UNION ALL
-- a second row for the same customer and month: another subscription, a discount, or one that outweighs it
SELECT set_id, 'c' || customer, day,
       CASE WHEN kind = 'unusable' THEN NULL
            WHEN kind = 'never paid' THEN -amount
            ELSE (ARRAY[amount, -amount, -1, 0, NULL, oracle.amount(flavour, 'second', set_id, k + m)])
                 [1 + oracle.draw(6, 'second kind', set_id, k + m)] END
FROM month
WHERE oracle.draw(2, 'has second rows', set_id, 0) = 0 AND oracle.draw(5, 'second', set_id, k + m) = 0;
CREATE INDEX ON oracle.snapshot_row (set_id);

-- Interval rows: up to four a customer, anywhere in the set's months, overlapping or not. Ends fall on the first
-- or the last day of a month more often than by chance: that is where half-open and snapshots can go wrong.
CREATE FUNCTION oracle.nudge(day date, kind int) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind WHEN 0 THEN oracle.month_start(oracle.month_index(day))
                     WHEN 1 THEN oracle.month_end(oracle.month_index(day))
                     ELSE day END
$$;

CREATE TABLE oracle.interval_row AS
WITH stretch AS (
    SELECT s.*, customer, n,
           10 * customer + n AS k,
           oracle.nudge(oracle.month_start(first_month) + oracle.draw(30 * months, 'from', set_id, 10 * customer + n),
                        oracle.draw(4, 'nudge from', set_id, 10 * customer + n)) AS valid_from
    FROM oracle.history_set AS s,
         generate_series(1, s.customers) AS customer,
         LATERAL generate_series(1, CASE kind WHEN 'large' THEN 1 + customer % 2
                                              ELSE 1 + oracle.draw(4, 'rows', set_id, customer) END) AS n
    WHERE s.source = 'interval'
), drawn AS (
    SELECT *,
           greatest(valid_from, oracle.nudge(valid_from + oracle.draw(CASE WHEN n % 2 = 0 THEN 70 ELSE 400 END, 'length', set_id, k),
                                             oracle.draw(4, 'nudge to', set_id, k))) AS valid_to,
           -- from few amounts a set, so that one stretch often continues another unchanged
           oracle.amount(flavour, 'amount', set_id, oracle.draw(6, 'amount of', set_id, k)) AS amount,
           oracle.draw(16, 'hazard', set_id, k) AS h,
           set_id % 2 = 0 AS some_running
    FROM stretch
)
SELECT set_id, 'c' || customer AS customer,
       CASE WHEN h = 0 AND has THEN NULL ELSE valid_from END AS valid_from,
       CASE WHEN some_running AND h IN (8, 9) THEN (ARRAY[NULL, 'infinity'::date])[h - 7]
            WHEN h = 10 THEN valid_from                          -- covers nothing
            ELSE valid_to END AS valid_to,
       CASE WHEN kind = 'unusable' OR (h IN (1, 2) AND has) THEN NULL
            WHEN kind = 'never paid' THEN CASE WHEN h < 6 THEN 0.00 ELSE -amount END
            WHEN h IN (3, 4) AND has THEN 0
            WHEN h IN (5, 6, 7) AND has THEN -amount
            ELSE amount END AS mrr
FROM drawn, LATERAL (SELECT oracle.draw(4, 'has hazard ' || h, set_id, 0) > 0 AS has) AS hazards
UNION ALL
-- the same stretch once more
SELECT set_id, 'c' || customer, valid_from, valid_to,
       CASE WHEN kind NOT IN ('unusable', 'never paid') THEN (ARRAY[amount, -amount, -1, 0])[1 + h % 4] END
FROM drawn
WHERE oracle.draw(2, 'has duplicates', set_id, 0) = 0 AND oracle.draw(5, 'duplicate', set_id, k) = 0;
CREATE INDEX ON oracle.interval_row (set_id);

-- Both as stretches, one array a set; NULL when the set is empty.
CREATE TABLE oracle.history AS
SELECT s.source, s.set_id, r.stretches, p.first_month, p.last_month, p.running
FROM oracle.history_set AS s
LEFT JOIN (SELECT 'snapshot' AS source, set_id, array_agg(oracle.month_stretch(customer, month, mrr)) AS stretches
           FROM oracle.snapshot_row GROUP BY set_id
           UNION ALL
           SELECT 'interval', set_id, array_agg(ROW(customer, valid_from, valid_to, mrr)::oracle.stretch)
           FROM oracle.interval_row GROUP BY set_id) AS r USING (source, set_id)
CROSS JOIN LATERAL oracle.paid_months(r.stretches) AS p;

-- What is asked of each history: step and span, and the window by its two ends, each omitted, tight or wide.
CREATE TABLE oracle.question AS
SELECT source, set_id, variant, asked.step, asked.span,
       CASE oracle.draw(4, source || ' from', set_id, variant)
           WHEN 0 THEN NULL
           ELSE oracle.month_start(s.first_month - 14 + oracle.draw(14 + s.months, source || ' from month', set_id, variant))
                + oracle.draw(28, source || ' from day', set_id, variant) END AS observed_from,
       CASE oracle.draw(3, source || ' to', set_id, variant)
           WHEN 0 THEN NULL
           ELSE oracle.month_start(s.first_month + s.months + 6 - oracle.draw(8, source || ' to month', set_id, variant))
                + oracle.draw(28, source || ' to day', set_id, variant) END AS observed_to
FROM oracle.history_set AS s,
     generate_series(1, 4) AS variant,
     LATERAL (SELECT split_part(choice, '/', 1) AS step, nullif(split_part(choice, '/', 2), '') AS span
              FROM oracle.choose('{month/,month/month,month/quarter,month/year,month/year,quarter/,quarter/quarter,quarter/year,
                                   quarter:feb/,quarter:feb/year,quarter:mar/quarter,quarter:nov/,year/,year:jan/year,year:apr/,year:dec/year}',
                                  source || ' step', set_id, variant) AS choice) AS asked;

ANALYZE oracle.pair_set, oracle.pair_row, oracle.history_set, oracle.snapshot_row, oracle.interval_row,
        oracle.history, oracle.question;
