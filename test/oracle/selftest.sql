-- The oracle alone, on figures worked by hand. Needs no ccx:
--   psql -X -d any_scratch_database -f test/oracle/selftest.sql
\set ON_ERROR_STOP on
\set QUIET on
\ir ratio.sql
\ir retention.sql
\ir movements.sql
\ir selftest_tools.sql

-- rows as '{{opening,closing,seen},…}', to keep the cases readable
CREATE FUNCTION pg_temp.pairs(cells text[]) RETURNS oracle.pair[]
LANGUAGE sql AS $$
    SELECT coalesce(array_agg(ROW(cells[i][1], cells[i][2], cells[i][3]::boolean, NULL)::oracle.pair ORDER BY i), '{}')
    FROM generate_subscripts(cells, 1) AS i
$$;

CREATE FUNCTION pg_temp.summary(cells text[]) RETURNS jsonb
LANGUAGE sql AS $$ SELECT to_jsonb(r) FROM oracle.retention(pg_temp.pairs(cells)) AS r $$;

-- every listed number of a summary, as text
CREATE FUNCTION pg_temp.has(summary jsonb, want jsonb, what text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    k text;
BEGIN
    FOR k IN SELECT jsonb_object_keys(want) LOOP
        IF NOT summary ? k THEN
            RAISE EXCEPTION 'oracle selftest: %: no number %', what, k;
        END IF;
        PERFORM pg_temp.is(summary ->> k, want ->> k, what || ': ' || k);
    END LOOP;
END $$;

\o /dev/null
BEGIN;

-- ratio ------------------------------------------------------------------------------------------
SELECT pg_temp.is(oracle.ratio(n, d)::text, want, format('ratio(%s, %s)', n, d))
FROM (VALUES
    (2::numeric, 3::numeric, '0.66666666666666666667'),
    (1, 3, '0.33333333333333333333'),
    (230, 300, '0.76666666666666666667'),
    (-2, 3, '-0.66666666666666666667'),
    (2, -3, '-0.66666666666666666667'),
    (-2, -3, '0.66666666666666666667'),
    (180, 300, '0.6'),
    (100.000, 0.10, '1000'),
    (300, 300, '1'),
    (0, 300, '0'),
    (0.000, -7.5, '0'),
    (5, 0, NULL),
    (5, 0.000, NULL),
    (0, 0, NULL),
    (NULL, 5, NULL),
    (5, NULL, NULL),
    -- ties: the quotient ends exactly in 5 at the 21st decimal; away from zero
    (1, 2e20, '0.00000000000000000001'),
    (3, 2e20, '0.00000000000000000002'),
    (-1, 2e20, '-0.00000000000000000001'),
    -- just under and just over the tie; rounding twice gives 1e-20 for the first
    (4999999999999999999999999999999, 1e51, '0'),
    (5000000000000000000000000000001, 1e51, '0.00000000000000000001'),
    (1.9999999999999999999999, 4, '0.5'),            -- 0.499999999999999999999975
    (2.0000000000000000000001, 4, '0.5'),            -- 0.500000000000000000000025
    (1.99999999999999999998, 4, '0.5'),              -- 0.499999999999999999995, a tie: up
    (1.999999999999999999979, 4, '0.49999999999999999999'),
    -- the ends of the range, and 30 decimals
    (1e20, 1e-8, '10000000000000000000000000000'),
    (1e-8, 1e20, '0'),
    (1e-8, 3e11, '0.00000000000000000003'),
    (0.000000000000000000000000000007, 0.000000000000000000000000000003, '2.33333333333333333333'),
    (99999999999999999999.999999999999999999999999999999, 3, '33333333333333333333.33333333333333333333'),
    (100000000000000000000.000000000000000000000000000001, 100000000000000000000, '1')
) AS t (n, d, want);

-- the quotient brackets n/d: |n − q·d| <= |d| / 2·10^20, on numbers of every size
SELECT pg_temp.is(count(*) FILTER (WHERE 2 * abs(n - oracle.ratio(n, d) * d) * 1e20 > abs(d)), 0::bigint, 'ratio is the nearest')
FROM (SELECT (a * 7919 % 100003) * ('1e' || (a % 29 - 14))::numeric AS n,
             (1 + b * 104729 % 99991) * ('1e' || (b % 23 - 11))::numeric AS d
      FROM generate_series(1, 60) AS a, generate_series(1, 60) AS b) AS t;

-- metrics.md §5 ----------------------------------------------------------------------------------
SELECT pg_temp.has(pg_temp.summary('{{100,150,f},{100,0,f},{100,80,f},{0,70,f},{NULL,40,f}}'),
    '{"nrr": "0.76666666666666666667", "nrr_with_reactivation": "0.76666666666666666667", "grr": "0.6",
      "logo_retention": "0.66666666666666666667", "logo_churn_rate": "0.33333333333333333333",
      "revenue_churn_rate": "0.4", "quick_ratio": "1.33333333333333333333", "arpa": "85",
      "opening_mrr": 300, "closing_mrr": 340, "new_mrr": 110, "reactivation_mrr": 0,
      "expansion_mrr": 50, "contraction_mrr": 20, "churned_mrr": 100, "retained_mrr": 230,
      "opening_customers": 3, "closing_customers": 4, "new_customers": 2, "reactivation_customers": 0,
      "expansion_customers": 1, "contraction_customers": 1, "churned_customers": 1,
      "retained_customers": 2, "unchanged_customers": 0,
      "skipped_rows": 0, "negative_rows": 0, "negative_mrr": 0}', '§5 vector');

-- three customers over two months: cohort 0.50, compounded 1.00
SELECT pg_temp.has(pg_temp.summary('{{100,100,f},{100,0,f},{0,300,f}}'), '{"nrr": "0.5"}', '§5 cohort over two months');
SELECT pg_temp.is(oracle.compound(ARRAY[
    (pg_temp.summary('{{100,100,f},{100,0,f},{0,100,f}}') ->> 'nrr')::numeric,
    (pg_temp.summary('{{100,100,f},{0,0,f},{100,300,f}}') ->> 'nrr')::numeric]), 1.00::numeric(1,0), '§5 compounded');

-- §1: one row of each movement, told apart by seen -------------------------------------------------
SELECT pg_temp.has(pg_temp.summary('{{0,7,f},{0,11,t},{20,33,f},{20,3,t},{50,0,f},{10,10.00,f},{0,0,t}}'),
    '{"new_mrr": 7, "reactivation_mrr": 11, "expansion_mrr": 13, "contraction_mrr": 17, "churned_mrr": 50,
      "opening_mrr": 100, "closing_mrr": 64, "retained_mrr": 46,
      "new_customers": 1, "reactivation_customers": 1, "expansion_customers": 1, "contraction_customers": 1,
      "churned_customers": 1, "unchanged_customers": 1, "opening_customers": 4, "closing_customers": 5,
      "retained_customers": 3, "skipped_rows": 0,
      "nrr": "0.46", "nrr_with_reactivation": "0.57", "grr": "0.33", "logo_retention": "0.75",
      "revenue_churn_rate": "0.67", "logo_churn_rate": "0.25", "quick_ratio": "0.46268656716417910448",
      "arpa": "12.8"}', 'one of each');

SELECT pg_temp.is(oracle.mrr_movement(o, c, s), want, format('mrr_movement(%s, %s, %s)', o, c, s))
FROM (VALUES
    (0::numeric, 5::numeric, false, 'new'), (0, 5, NULL, 'new'), (NULL, 5, false, 'new'), (-3, 5, false, 'new'),
    (0, 5, true, 'reactivation'), (NULL, 5, true, 'reactivation'),
    (5, 6, true, 'expansion'), (5, 4, false, 'contraction'), (5, 0, false, 'churn'), (5, NULL, true, 'churn'),
    (5, -1, true, 'churn'), (5, 5.0, false, 'unchanged'),
    (0, 0, true, NULL), (NULL, NULL, true, NULL), (-1, 0, true, NULL), (NULL, -1, false, NULL)
) AS t (o, c, s, want);

-- §3, row by row -----------------------------------------------------------------------------------
SELECT pg_temp.has(pg_temp.summary('{{100,90,f},{0,30,t}}'),
    '{"nrr": "0.9", "nrr_with_reactivation": "1.2", "grr": "0.9", "opening_mrr": 100}', 'Reactivation in NRR?');
SELECT pg_temp.has(pg_temp.summary('{{100,NULL,f},{100,100,f}}'),
    '{"nrr": "0.5", "churned_mrr": 100, "churned_customers": 1, "logo_churn_rate": "0.5"}', 'NULL closing');
SELECT pg_temp.has(pg_temp.summary('{{NULL,40,f},{NULL,60,t},{100,100,f}}'),
    '{"nrr": "1", "new_mrr": 40, "reactivation_mrr": 60}', 'NULL opening');
SELECT pg_temp.has(pg_temp.summary('{{NULL,NULL,t},{0,NULL,f},{NULL,0,f},{0,0,f},{100,50,f}}'),
    '{"nrr": "0.5", "skipped_rows": 1, "opening_customers": 1, "unchanged_customers": 0}', 'both NULL');
SELECT pg_temp.has(pg_temp.summary('{{NULL,NULL,f},{NULL,NULL,f}}'),
    '{"nrr": null, "grr": null, "logo_retention": null, "arpa": null, "quick_ratio": null,
      "skipped_rows": 2, "opening_mrr": 0, "closing_customers": 0}', 'all rows unusable');
SELECT pg_temp.has(pg_temp.summary('{{0,70,f},{NULL,40,f}}'),
    '{"nrr": null, "nrr_with_reactivation": null, "grr": null, "logo_retention": null, "revenue_churn_rate": null,
      "logo_churn_rate": null, "quick_ratio": null, "arpa": "55", "new_mrr": 110}', 'opening = 0 for all');
SELECT pg_temp.is((SELECT count(*) FROM oracle.retention('{}')), 0::bigint, 'no rows');
SELECT pg_temp.is((SELECT count(*) FROM oracle.retention(NULL)), 0::bigint, 'no rows');
SELECT pg_temp.has(pg_temp.summary('{{-20,30,f},{100,-5,f},{-1,-2,f},{-4,NULL,t},{100,100,f}}'),
    '{"negative_rows": 4, "negative_mrr": -32, "opening_mrr": 200, "new_mrr": 30, "churned_mrr": 100, "nrr": "0.5",
      "skipped_rows": 0}', 'negative MRR');
SELECT pg_temp.has(pg_temp.summary('{{100,150,f},{100,150,f}}'), '{"opening_customers": 2, "opening_mrr": 200}', 'same customer twice');
SELECT pg_temp.has(pg_temp.summary('{{100,80,f},{100,120,f}}'), '{"nrr": "1", "grr": "0.9"}', 'cap per customer');
SELECT pg_temp.has(pg_temp.summary('{{8.33333333333333333333,8.330,f},{1e20,1e-8,f},{0.10,0.20,t}}'),
    '{"opening_mrr": "100000000000000000008.43333333333333333333", "closing_mrr": "8.53000001",
      "expansion_mrr": "0.1", "churned_mrr": 0, "contraction_mrr": "100000000000000000000.00333332333333333333"}', 'no digit lost');

-- keyed: two subscriptions of one customer are one customer; a discount nets against its own customer
SELECT pg_temp.has(to_jsonb(r), '{"opening_mrr": 200, "closing_mrr": 190, "contraction_mrr": 20, "new_mrr": 10, "nrr": "0.9",
    "opening_customers": 2, "unchanged_customers": 1, "negative_rows": 1, "negative_mrr": -5, "skipped_rows": 2}', 'keyed form')
FROM oracle.retention(oracle.net(ARRAY[
    ROW('a', 100, NULL, NULL), ROW('a', NULL, 60, false), ROW('a', 20, 20, NULL), ROW('a', -20, NULL, true),
    ROW('b', 100, 130, NULL), ROW('b', 0, -30, NULL),
    ROW('c', -5, 10, NULL), ROW('d', NULL, NULL, true), ROW(NULL, 1000, 5, NULL)]::oracle.keyed_pair[])) AS r;

SELECT pg_temp.refuses($$SELECT oracle.retention(ARRAY[ROW('NaN', NULL, false, NULL)::oracle.pair])$$, '22023');
SELECT pg_temp.refuses($$SELECT oracle.retention(ARRAY[ROW(1, 'Infinity', false, NULL)::oracle.pair])$$, '22023');
SELECT pg_temp.refuses($$SELECT oracle.retention(ARRAY[ROW(1, 1, false, 'USD'), ROW(1, 1, false, 'EUR')]::oracle.pair[])$$, '22000');
SELECT pg_temp.refuses($$SELECT oracle.retention(ARRAY[ROW(1, 1, false, 'USD'), ROW(1, 1, false, NULL)]::oracle.pair[])$$, '22000');
SELECT pg_temp.is((SELECT nrr FROM oracle.retention(ARRAY[ROW(2, 1, false, 'USD'), ROW(NULL, NULL, false, 'EUR')]::oracle.pair[])),
                  0.5, 'currency of an ignored row');
SELECT pg_temp.refuses($$SELECT oracle.compound('{0.9,-0.1}')$$, '22023');
SELECT pg_temp.refuses($$SELECT oracle.compound('{0.9,NaN}')$$, '22023');
SELECT pg_temp.refuses($$SELECT oracle.monthly_amount(1, 'fortnight')$$, '22023');
SELECT pg_temp.refuses($$SELECT oracle.monthly_amount(1, 'month', 0)$$, '22023');

SELECT pg_temp.is(oracle.compound(rates)::text, want, format('compound(%s)', rates))
FROM (VALUES
    ('{0.90,0.90,0.90}'::numeric[], '0.729'), ('{0.9,NULL}', NULL), ('{NULL}', NULL), ('{}', NULL), (NULL, NULL),
    ('{1.50}', '1.5'), ('{0,5}', '0'),
    ('{0.00000000005,0.0000000001}', '0.00000000000000000001'),          -- 5e-21, a tie
    ('{0.33333333333333333333,3}', '0.99999999999999999999'),
    -- rounds once: 7e-11 · 7e-11 = 4.9e-21 is 0 at 20 decimals, times 1e10 it is 4.9e-11 exactly
    ('{0.00000000007,0.00000000007,10000000000}', '0.000000000049')
) AS t (rates, want);

SELECT pg_temp.is(oracle.monthly_amount(a, u, n)::text, want, format('monthly_amount(%s, %s, %s)', a, u, n))
FROM (VALUES
    (1200::numeric, 'year', 1, '100'), (100, 'year', 1, '8.33333333333333333333'), (100, 'year', 2, '4.16666666666666666667'),
    (100, 'quarter', 1, '33.33333333333333333333'), (100.00, 'month', 1, '100'), (100, 'month', 3, '33.33333333333333333333'),
    (12, 'week', 1, '52'), (100, 'week', 4, '108.33333333333333333333'), (12, 'day', 1, '365'), (1, 'day', 30, '1.01388888888888888889'),
    (-50, 'year', 1, '-4.16666666666666666667'), (NULL, 'year', 1, NULL), (5, 'month', NULL, NULL)
) AS t (a, u, n, want);

-- movements ----------------------------------------------------------------------------------------
-- a pays 100 in January and February, stops, is back with 80 in May; b doubles in March; c starts in April.
CREATE FUNCTION pg_temp.company() RETURNS oracle.stretch[]
LANGUAGE sql AS $$
    SELECT array_agg(oracle.month_stretch(customer, month::date, mrr))
    FROM (VALUES
        ('a', '2024-01-31', 100), ('a', '2024-02-29', 100), ('a', '2024-05-31', 80),
        ('b', '2024-01-01', 50), ('b', '2024-02-01', 50), ('b', '2024-03-01', 100), ('b', '2024-04-01', 100), ('b', '2024-05-01', 120),
        ('b', '2024-05-01', -20),
        ('c', '2024-04-15', 30), ('c', '2024-05-15', 20),
        ('d', '2024-02-10', -5), ('d', NULL, 1000), (NULL, '2024-02-10', NULL)
    ) AS t (customer, month, mrr)
$$;

CREATE FUNCTION pg_temp.movements(stretches oracle.stretch[], step text, span text, observed_from date, observed_to date) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', period, opening_mrr, new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr,
                                churned_mrr, closing_mrr, coalesce(nrr::text, '-'), coalesce(grr::text, '-'),
                                coalesce(logo_retention::text, '-'), '|',
                                opening_customers, new_customers, reactivation_customers, expansion_customers,
                                contraction_customers, churned_customers, closing_customers), E'\n' ORDER BY period)
    FROM oracle.movements(stretches, step, span, observed_from, observed_to)
$$;

-- omitted window: January to May, January itself not emitted
SELECT pg_temp.is(pg_temp.movements(pg_temp.company(), 'month', NULL, NULL, NULL),
'2024-02-01 150 0 0 0 0 0 150 1 1 1 | 2 0 0 0 0 0 2
2024-03-01 150 0 0 50 0 100 100 0.66666666666666666667 0.33333333333333333333 0.5 | 2 0 0 1 0 1 1
2024-04-01 100 30 0 0 0 0 130 1 1 1 | 1 1 0 0 0 0 2
2024-05-01 130 0 80 0 10 0 200 0.92307692307692307692 0.92307692307692307692 1 | 2 0 1 0 1 0 3', 'monthly');

-- one month more on either side: the first month is new, the month after the last is churn
SELECT pg_temp.is(pg_temp.movements(pg_temp.company(), 'month', 'month', '2023-12-17', '2024-06-01'),
'2024-01-01 0 150 0 0 0 0 150 - - - | 0 2 0 0 0 0 2
2024-02-01 150 0 0 0 0 0 150 1 1 1 | 2 0 0 0 0 0 2
2024-03-01 150 0 0 50 0 100 100 0.66666666666666666667 0.33333333333333333333 0.5 | 2 0 0 1 0 1 1
2024-04-01 100 30 0 0 0 0 130 1 1 1 | 1 1 0 0 0 0 2
2024-05-01 130 0 80 0 10 0 200 0.92307692307692307692 0.92307692307692307692 1 | 2 0 1 0 1 0 3
2024-06-01 200 0 0 0 0 200 0 0 0 0 | 3 0 0 0 0 3 0', 'monthly, wider window');

-- a three-month span by month: point to point, so a (gone and back) is unchanged-but-smaller from February to May
SELECT pg_temp.is(pg_temp.movements(pg_temp.company(), 'month', 'quarter', NULL, NULL),
'2024-04-01 150 30 0 50 0 100 130 0.66666666666666666667 0.33333333333333333333 0.5 | 2 1 0 1 0 1 2
2024-05-01 150 20 0 50 20 0 200 1.2 0.86666666666666666667 1 | 2 1 0 1 1 0 3', 'quarter span by month');

-- quarters from March: Mar–May only has its opening at the end of February
SELECT pg_temp.is(pg_temp.movements(pg_temp.company(), 'quarter:mar', NULL, '2024-02-29', '2024-05-01'),
'2024-03-01 150 20 0 50 20 0 200 1.2 0.86666666666666666667 1 | 2 1 0 1 1 0 3', 'anchored quarter');
SELECT pg_temp.is(pg_temp.movements(pg_temp.company(), 'quarter:jun', NULL, '2024-02-29', '2024-05-01'),
                  pg_temp.movements(pg_temp.company(), 'quarter:mar', NULL, '2024-02-29', '2024-05-01'), 'quarter:jun is quarter:mar');
SELECT pg_temp.is(pg_temp.movements(pg_temp.company(), 'quarter', NULL, NULL, NULL), NULL, 'first quarter has no known opening');
SELECT pg_temp.is(pg_temp.movements(pg_temp.company(), 'quarter', 'year', '2023-03-31', '2024-07-31'),
'2024-01-01 0 100 0 0 0 0 100 - - - | 0 1 0 0 0 0 1
2024-04-01 0 0 0 0 0 0 0 - - - | 0 0 0 0 0 0 0', 'year span by quarter');
SELECT pg_temp.is(pg_temp.movements(pg_temp.company(), 'year:apr', NULL, '2023-03-01', '2025-03-31'),
'2023-04-01 0 100 0 0 0 0 100 - - - | 0 1 0 0 0 0 1
2024-04-01 100 0 0 0 0 100 0 0 0 0 | 1 0 0 0 0 1 0', 'anchored year');

-- §5 over two months through the history route
SELECT pg_temp.is((SELECT string_agg(nrr::text, ' ' ORDER BY period)
                   FROM oracle.movements((SELECT array_agg(oracle.month_stretch(c, m::date, v))
                                          FROM (VALUES ('x', '2024-01-01', 100), ('x', '2024-02-01', 100), ('x', '2024-03-01', 100),
                                                       ('y', '2024-01-01', 100), ('z', '2024-02-01', 100), ('z', '2024-03-01', 300)) AS t (c, m, v)),
                                         'month', NULL)), '0.5 2', '§5 by month');

-- intervals: half-open, mid-month, overlapping, netted, clamped, running
CREATE FUNCTION pg_temp.subscriptions() RETURNS oracle.stretch[]
LANGUAGE sql AS $$
    SELECT array_agg(ROW(customer, valid_from, valid_to, mrr)::oracle.stretch)
    FROM (VALUES
        ('a', '2024-01-10', '2024-02-29', 100),      -- not paying on February's last day
        ('a', '2024-03-31', '2024-04-01', 40),       -- one day, a month's last
        ('b', '2024-01-01', '2024-06-01', 100), ('b', '2024-02-15', '2024-03-15', -120), ('b', '2024-03-15', '2024-05-01', -25),
        ('c', '2024-02-01', '2024-02-01', 999),      -- covers nothing
        ('c', '2024-02-01', NULL, NULL), ('c', NULL, '2024-02-01', 5)
    ) AS t (customer, valid_from, valid_to, mrr)
$$;
SELECT pg_temp.is(pg_temp.movements(pg_temp.subscriptions(), 'month', NULL, NULL, NULL),
'2024-02-01 200 0 0 0 0 200 0 0 0 0 | 2 0 0 0 0 2 0
2024-03-01 0 0 115 0 0 0 115 - - - | 0 0 2 0 0 0 2
2024-04-01 115 0 0 0 0 40 75 0.65217391304347826087 0.65217391304347826087 0.5 | 2 0 0 0 0 1 1
2024-05-01 75 0 0 25 0 0 100 1.33333333333333333333 1 1 | 1 0 0 1 0 0 1', 'intervals');
SELECT pg_temp.is(string_agg(oracle.mrr_at(ARRAY(SELECT s FROM unnest(pg_temp.subscriptions()) AS s WHERE s.customer = 'b'), day::date)::text,
                             ' ' ORDER BY day), '0 100 0 0 75 75 100 100 0', 'mrr_at')
FROM unnest('{2023-12-31,2024-01-01,2024-02-15,2024-03-14,2024-03-15,2024-04-30,2024-05-01,2024-05-31,2024-06-01}'::date[]) AS day;

-- still running: to infinity or NULL, and no end given
SELECT pg_temp.is(pg_temp.movements(ARRAY[ROW('a', '2024-01-01', upto, 10)::oracle.stretch], 'month', NULL, NULL, '2024-03-05'),
'2024-02-01 10 0 0 0 0 0 10 1 1 1 | 1 0 0 0 0 0 1
2024-03-01 10 0 0 0 0 0 10 1 1 1 | 1 0 0 0 0 0 1', 'running') FROM unnest('{NULL,infinity}'::date[]) AS upto;
SELECT pg_temp.refuses($$SELECT oracle.movements(ARRAY[ROW('a', '2024-01-01', NULL, 10)::oracle.stretch], 'month', NULL)$$, '22023');

-- nothing paid: no rows unless both bounds are given; nobody: no rows at all
SELECT pg_temp.is(pg_temp.movements(ARRAY[ROW('a', '2024-01-01', '2024-05-01', -1)::oracle.stretch], 'month', NULL, NULL, '2024-03-05'),
                  NULL, 'no paid day, one bound');
SELECT pg_temp.is(pg_temp.movements(ARRAY[ROW('a', '2024-01-01', '2024-05-01', -1)::oracle.stretch], 'month', NULL, '2024-02-05', '2024-03-05'),
'2024-03-01 0 0 0 0 0 0 0 - - - | 0 0 0 0 0 0 0', 'no paid day, both bounds');
SELECT pg_temp.is(pg_temp.movements('{}', 'month', NULL, '2024-02-05', '2024-03-05'), NULL, 'nobody');
SELECT pg_temp.is(pg_temp.movements(pg_temp.company(), 'month', NULL, '2024-03-05', '2024-02-05'), NULL, 'window ends before it starts');

COMMIT;
\o
\echo oracle selftest: ok
