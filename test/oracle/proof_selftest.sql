-- The oracle for back-tests, drivers and reconciliations alone, on figures worked by hand. Needs no ccx:
--   psql -X -d any_scratch_database -f test/oracle/proof_selftest.sql
\set ON_ERROR_STOP on
\set QUIET on
\ir selftest_tools.sql
\ir ratio.sql
\ir backtest.sql
\ir drivers.sql

\o /dev/null
BEGIN;

-- back-test --------------------------------------------------------------------------------------------
-- '10c 50k' is a customer with score 10 who churned and one with 50 who was kept; '10c:300' had 300 ARR
CREATE FUNCTION pg_temp.scored(cells text, kind text DEFAULT 'score') RETURNS oracle.prediction[]
LANGUAGE sql AS $$
    SELECT oracle.usable(coalesce(array_agg(ROW(nullif(part[1], '?')::numeric, CASE part[2] WHEN 'c' THEN true WHEN 'k' THEN false END,
                                                nullif(part[3], '?')::numeric)::oracle.prediction), '{}'), kind)
    FROM regexp_matches(cells, '([-0-9.e?NaInfity]+)([ck?])(?::(\S+))?', 'g') AS part
$$;

SELECT pg_temp.is(oracle.auc(pg_temp.scored(cells, kind), kind), want, format('auc of %s %s', kind, cells)) FROM (VALUES
    -- four pairs: 10<50, 10<80, 50=50, 50<80
    ('score', '10c 50c 50k 80k', 0.875), ('score', '50k 10c 80k 50c', 0.875),
    ('score', '90c 80c 10k', 0::numeric), ('score', '0c 0.01k 100k', 1), ('score', '7c 7k 7.00k', 0.5),
    -- nine pairs, two of them the wrong way, one tie
    ('score', '1c 5c 9c 5k 7k 10k', 0.72222222222222222222),
    ('probability', '0.9c 0.5c 0.5k 0.2k', 0.875), ('probability', '0.1c 0.2k', 0), ('probability', '1c 0k', 1),
    ('score', '10c 20c', NULL), ('score', '10k', NULL), ('score', '?c', NULL), ('score', '', NULL)) AS t (kind, cells, want);

SELECT pg_temp.is(format('%s %s', oracle.arr(pg_temp.scored(cells, 'score with ARR'), 'score with ARR', false), oracle.arr(pg_temp.scored(cells, 'score with ARR'), 'score with ARR', true)), want, format('ARR of %s', cells)) FROM (VALUES
    ('10c:300 50k:0.50 50c:100 80k:20', '420.5 400'), ('10k:7', '7 0'), ('10c:1e20 20c:1e-20', '100000000000000000000.00000000000000000001 100000000000000000000.00000000000000000001'),
    ('10c:? 10?:7 ?c:8 10k:9.0', '9 0'), ('10c:0', '0 0'), ('10c:?', '0 0'), ('', ' ')) AS t (cells, want);
SELECT pg_temp.refuses($$SELECT oracle.arr(pg_temp.scored('10c'), 'score', false)$$, '22023');
SELECT pg_temp.refuses($$SELECT oracle.arr(pg_temp.scored('?c', 'probability'), 'probability', true)$$, '22023');

-- ten customers: 10 and 20 churned; of four with 30 two churned; one more at 90
SELECT pg_temp.is(format('%s %s', w.lift, w.capture), want, format('worst %s', q))
FROM (VALUES
    -- the worst two: both churned, of a base of half; 300 of 1000 churned ARR
    (0.2, '2 0.3'),
    -- three: 2 and a quarter of the four, 2.5 churned; 300 and a quarter of 400
    (0.3, '1.66666666666666666667 0.4'),
    -- four and a half: 2 + 2.5/4 of 2 = 3.25 churned of 4.5; 300 + 250
    (0.45, '1.44444444444444444444 0.55'),
    (0.6, '1.33333333333333333333 0.7'), (0.7, '1.14285714285714285714 0.7'), (1, '1 1'),
    -- less than one customer
    (0.05, '2 0.05'), (0.00000000000000000001, '2 0.00000000000000000001'),
    -- 7.5: the seventh place is 40, the eighth 60 (kept)
    (0.75, '1.06666666666666666667 0.7'), (0.95, '0.94736842105263157895 0.85')) AS t (q, want),
    oracle.worst(pg_temp.scored('10c:100 20c:200 30c:150 30c:250 30k:1 30k:1000 40k:5 60k:5 80k:5 90c:300', 'score with ARR'), 'score with ARR', q) AS w;
SELECT pg_temp.is(w.lift, 2::numeric, 'lift of probabilities'), pg_temp.is(w.capture, NULL, 'no ARR')
FROM oracle.worst(pg_temp.scored('0.9c 0.8c 0.8k 0.1k', 'probability'), 'probability', 0.25) AS w;
SELECT pg_temp.is(w.lift, NULL, 'no churn'), pg_temp.is(w.capture, NULL, 'no churned ARR') FROM oracle.worst(pg_temp.scored('10k:5 20k:5', 'score with ARR'), 'score with ARR', 0.5) AS w;
SELECT pg_temp.is(w.lift, 1::numeric, 'all churned'), pg_temp.is(w.capture, NULL, 'worth nothing') FROM oracle.worst(pg_temp.scored('10c:0 20c:0.00', 'score with ARR'), 'score with ARR', 0.5) AS w;
SELECT pg_temp.is(w.lift, NULL, 'nobody') FROM oracle.worst('{}', 'score', 0.5) AS w;
SELECT pg_temp.refuses(format('SELECT oracle.worst(pg_temp.scored(''10c 20k''), ''score'', %L)', q), state)
FROM (VALUES ('0', '22003'), ('-0.1', '22003'), ('1.0000001', '22003'), ('NaN', '22023'), ('Infinity', '22023')) AS t (q, state);

SELECT pg_temp.is(c::text, want, format('confusion at %s', cut))
FROM (VALUES (20, '(2,0,5,3,1,0.4)'), (30, '(4,2,3,1,0.66666666666666666667,0.8)'), (29.99, '(2,0,5,3,1,0.4)'), (5, '(0,0,5,5,,0)'), (100, '(5,5,0,0,0.5,1)')) AS t (cut, want),
     oracle.confusion(pg_temp.scored('10c 20c 30c 30c 30k 30k 40k 60k 80k 90c'), 'score', cut) AS c;
SELECT pg_temp.is(c::text, '(2,1,1,0,0.66666666666666666667,1)', 'flagged: as likely as that') FROM oracle.confusion(pg_temp.scored('0.9c 0.8c 0.8k 0.1k', 'probability'), 'probability', 0.8) AS c;
SELECT pg_temp.is(c::text, '(0,0,0,0,,)', 'confusion of nobody') FROM oracle.confusion('{}', 'score', 5) AS c;
SELECT pg_temp.is((SELECT count(*) FROM oracle.confusion(NULL, 'score', 5)), 0::bigint, 'confusion of no rows');

-- six customers in three bins: below 20 is one, below 30 four, below 40 five
CREATE FUNCTION pg_temp.bins(cells text, kind text, bins int) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', bin, low_value, high_value, customers, churned, churn_rate, coalesce(predicted::text, '-')), ' | ' ORDER BY bin)
    FROM oracle.calibration(pg_temp.scored(cells, kind), kind, bins)
$$;
SELECT pg_temp.is(pg_temp.bins(cells, kind, bins), want, format('%s bins of %s', bins, cells)) FROM (VALUES
    ('score', '20k 10c 20.00c 40k 20c 30k', 3, '1 10 20 4 3 0.75 - | 3 30 40 2 0 0 -'),
    ('score', '20k 10c 20.00c 40k 20c 30k', 1, '1 10 40 6 3 0.5 -'),
    ('score', '20k 10c 20.00c 40k 20c 30k', 6, '1 10 10 1 1 1 - | 2 20 20 3 2 0.66666666666666666667 - | 5 30 30 1 0 0 - | 6 40 40 1 0 0 -'),
    -- 6 · lower / 6 would be whole there; 4 · 1/6 and 4 · 4/6, 4 · 5/6 are not
    ('score', '20k 10c 20.00c 40k 20c 30k', 4, '1 10 20 4 3 0.75 - | 3 30 30 1 0 0 - | 4 40 40 1 0 0 -'),
    ('score', '1c 2k 3c 4k', 2, '1 1 2 2 1 0.5 - | 2 3 4 2 1 0.5 -'),
    ('score', '5c 5k', 10, '1 5 5 2 1 0.5 -'), ('score', '5c', 2147483647, '1 5 5 1 1 1 -'), ('score', '4c 5c', 2147483647, '1 4 4 1 1 1 - | 1073741824 5 5 1 1 1 -'),
    ('probability', '0.1k 0.2c 0.2k 0.9c', 2, '1 0.1 0.2 3 1 0.33333333333333333333 0.16666666666666666667 | 2 0.9 0.9 1 1 1 0.9'),
    ('score', '?k', 2, NULL), ('score', '', 2, NULL)) AS t (kind, cells, bins, want);
-- Wilson: the roots of (p̂ − p)² = z²·p·(1 − p)/n; 0 of n goes from 0 to z²/(n + z²)
SELECT pg_temp.near(low, 0.0714792127521090082, 'low of 2 in 8'), pg_temp.near(high, 0.590724569689831125, 'high of 2 in 8') FROM oracle.calibration(pg_temp.scored('5c 5c 5k 5k 5k 5k 5k 5k'), 'score', 3);
SELECT pg_temp.near(1 + low, 1, 'low of none'), pg_temp.near(high, 3.841458820694126 / 5.841458820694126, 'high of none') FROM oracle.calibration(pg_temp.scored('5k 5k'), 'score', 1);
SELECT pg_temp.near(low, 2 / 5.841458820694126, 'low of all'), pg_temp.near(high, 1, 'high of all') FROM oracle.calibration(pg_temp.scored('5c 5c'), 'score', 1);

-- (0.1² + 0.2² + 0.5²)/3
SELECT pg_temp.is(oracle.brier(pg_temp.scored('0.9c 0.2k 0.5c', 'probability'), 'probability'), 0.1, 'brier');
SELECT pg_temp.is(oracle.brier(pg_temp.scored('0.9c 0.2k 0.2000k', 'probability'), 'probability'), 0.03, 'brier');
SELECT pg_temp.is(oracle.brier(pg_temp.scored('0c 1k', 'probability'), 'probability'), 1::numeric, 'as wrong as can be');
SELECT pg_temp.is(oracle.brier(pg_temp.scored('0.3333c 0.3333k 1c', 'probability'), 'probability'), 0.18519259333333333333, 'brier to 20 decimals');
SELECT pg_temp.is(coalesce(oracle.brier('{}', 'probability'), oracle.brier(NULL, 'probability'), oracle.brier(NULL, 'score')), NULL, 'brier of nobody');
SELECT pg_temp.refuses($$SELECT oracle.brier(pg_temp.scored('50c'), 'score')$$, '22023'), pg_temp.refuses($$SELECT oracle.brier('{}', 'score')$$, '22023');

SELECT pg_temp.is(cardinality(pg_temp.scored(cells, kind)), want, format('usable %s of %s', kind, cells)) FROM (VALUES
    ('score', '10c ?c 20? 30k ??', 2), ('score with ARR', '10c:1 10c:? 10c 20?:5 ?c:5 30k:0', 2), ('score', '10c:? 10k', 2),
    ('score', '?c', 0), ('score', '', NULL), ('score', '0c 100c 50.00k 0.01k 12.340k', 5), ('probability', '0c 1c 0.1234c 0.50000k', 4)) AS t (kind, cells, want);
SELECT pg_temp.refuses(format('SELECT pg_temp.scored(%L, %L)', cells, kind), state) FROM (VALUES
    ('score', '100.01c', '22003'), ('score', '-0.01c', '22003'), ('score', '50.001c', '22023'), ('score', 'NaNc', '22023'), ('score', 'Infinityk', '22023'),
    ('score', '101?', '22003'), ('score', '50.001?', '22023'), ('probability', '1.0001k', '22003'), ('probability', '-0.0001k', '22003'),
    ('probability', '0.12345k', '22023'), ('probability', '50k', '22003'), ('probability', 'NaN?', '22023'),
    ('score with ARR', '50k:-1', '22023'), ('score with ARR', '50?:-0.01', '22023'), ('score with ARR', '?c:NaN', '22023'), ('score with ARR', '50c:Infinity', '22023')) AS t (kind, cells, state);

-- drivers ----------------------------------------------------------------------------------------------
-- 'A 100>90' is a customer of segment A in the prior period, 'A* 100>90' in the current one; '-' is NULL, as a segment too
CREATE FUNCTION pg_temp.cell(cell text) RETURNS numeric
LANGUAGE sql AS $$ SELECT nullif(nullif(cell, '-'), '')::numeric $$;
CREATE FUNCTION pg_temp.legs(cells text) RETURNS oracle.leg[]
LANGUAGE sql AS $$
    SELECT array_agg(ROW(nullif(part[1], '-'), part[2] = '*', pg_temp.cell(part[3]), pg_temp.cell(part[4]))::oracle.leg)
    FROM regexp_matches(cells, '([^ *]+)(\*?) ([-0-9.e]*)>([-0-9.e]*)', 'g') AS part
$$;
CREATE FUNCTION pg_temp.moved(cells text, metric text DEFAULT 'nrr') RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', place, coalesce(segment, '(none)'), '|', weight_prior, weight_current, coalesce(rate_prior::text, '-'), coalesce(rate_current::text, '-'),
                                '|', mix_effect, rate_effect, '=', expansion_effect, contraction_effect, churn_effect, '|', total_effect), E'\n' ORDER BY place)
    FROM oracle.drivers(pg_temp.legs(cells), metric)
$$;

-- what rounding leaves over is at most half of the last decimal a leaf; more would hide that effects do not add up
CREATE FUNCTION pg_temp.small(residual numeric, leaves bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF abs(residual) > leaves * 0.0000000000005 THEN
        RAISE EXCEPTION 'oracle selftest: effects do not add up' USING DETAIL = format('%s left over', residual);
    END IF;
END $$;

-- Simpson: each segment keeps 10 points more, the whole 30 less, since it is mostly A now.
--   w A 0.1 to 0.9, r 0.5 to 0.6; w B 0.9 to 0.1, r 1 to 1.1; R 0.95 to 0.65, R̄ 0.8
--   mix A 0.8·(0.55 − 0.8), B −0.8·(1.05 − 0.8); rate 0.5·0.1 each: A less churn (360/900 for 50/100), B expansion
SELECT pg_temp.is(pg_temp.moved('A 50>50 A 50>0 B 900>900 A* 540>540 A* 360>0 B* 100>110'),
'1 A | 0.1 0.9 0.5 0.6 | -0.2 0.05 = 0 0 0.05 | -0.15
2 B | 0.9 0.1 1 1.1 | -0.2 0.05 = 0.05 0 0 | -0.15', 'Simpson');
-- GRR: B's expansion is capped away. R 0.95 to 0.64, R̄ 0.795, r̄ B 1; mix A 0.8·(0.55 − 0.795), B −0.8·0.205
SELECT pg_temp.is(pg_temp.moved('A 50>50 A 50>0 B 900>900 A* 540>540 A* 360>0 B* 100>110', 'grr'),
'1 A | 0.1 0.9 0.5 0.6 | -0.196 0.05 = 0 0 0.05 | -0.146
2 B | 0.9 0.1 1 1 | -0.164 0 = 0 0 0 | -0.164', 'Simpson, GRR');
-- logos: A 2 and 2, half kept both times; B 1 and 1, all kept
SELECT pg_temp.is(pg_temp.moved('A 50>50 A 50>0 B 900>900 A* 540>540 A* 360>0 B* 100>110', 'logo_retention'),
'1 A | 0.66666666666666666667 0.66666666666666666667 0.5 0.5 | 0 0 = 0 0 0 | 0
2 B | 0.33333333333333333333 0.33333333333333333333 1 1 | 0 0 = 0 0 0 | 0', 'logos');
-- 3 of 4 and 1 of 2 of A, 2 of 4 and 1 of 1 of B. w 1/2 to 2/3; R 5/8 to 2/3, R̄ 31/48.
--   A: mix 1/6·(5/8 − 31/48) = −1/288, rate 7/12·(−1/4) = −7/48; B: mix −1/6·(3/4 − 31/48) = −5/288, rate 5/12·1/2 = 5/24
--   rounded −0.003472222222 −0.145833333333 −0.017361111111 0.208333333333 = 0.041666666667, which is 1/24 rounded
SELECT pg_temp.is(pg_temp.moved('A 9>1 A 8>7 A 8>9 A 5>0 B 1>1 B 9>0 B 2>0 B 1>1 A* 1>0 A* 100>1 B* 7>1', 'logo_retention'),
'1 A | 0.5 0.66666666666666666667 0.75 0.5 | -0.003472222222 -0.145833333333 = 0 0 -0.145833333333 | -0.149305555555
2 B | 0.5 0.33333333333333333333 0.5 1 | -0.017361111111 0.208333333333 = 0 0 0.208333333333 | 0.190972222222', 'logos');
-- expansion, contraction and churn within one segment: −0.2 of churn for −0.1, 0.05 of contraction for 0.1, 0.3 of expansion for 0.2
SELECT pg_temp.is(pg_temp.moved(cells, metric), want, format('within a segment: %s', metric))
FROM (VALUES ('nrr', '1 s | 1 1 1 1.05 | 0 0.05 = 0.1 0.05 -0.1 | 0.05'), ('grr', '1 s | 1 1 0.8 0.75 | 0 -0.05 = 0 0.05 -0.1 | -0.05'),
             ('logo_retention', '1 s | 1 1 0.75 0.75 | 0 0 = 0 0 0 | 0')) AS m (metric, want),
     (VALUES ('s 40>60 s 30>20 s 20>20 s 10>0 s 0>7 s* 40>70 s* 10>5 s* 30>30 s* 20>0 s* ->500')) AS c (cells);

-- rounding: three segments alike, R from 1 to 1 + 1e-11: each gets 3.33e-12, rounded 3e-12; 1e-12 is left over,
-- and goes to the first in C collation, where capitals come before letters
SELECT pg_temp.is(pg_temp.moved('b 1>1 B 1>1 - 1>1 b* 1>1.00000000001 B* 1>1.00000000001 -* 1>1.00000000001'),
'1 B | 0.33333333333333333333 0.33333333333333333333 1 1.00000000001 | 0 0.000000000004 = 0.000000000004 0 0 | 0.000000000004
2 b | 0.33333333333333333333 0.33333333333333333333 1 1.00000000001 | 0 0.000000000003 = 0.000000000003 0 0 | 0.000000000003
3 (none) | 0.33333333333333333333 0.33333333333333333333 1 1.00000000001 | 0 0.000000000003 = 0.000000000003 0 0 | 0.000000000003', 'residual, ties by segment');
SELECT pg_temp.is((SELECT string_agg(format('%s %s', coalesce(segment, '(none)'), total_effect), ', ' ORDER BY place) || format('; %s left over, %s alike', max(residual), max(largest))
                   FROM oracle.drivers(pg_temp.legs(cells))), want, 'residual of ' || cells)
FROM (VALUES
    -- ½e-12 each, rounded away from zero: 1e-12 too much. NULL is the last segment
    ('- 1>1 z 1>1 -* 1>1.000000000001 z* 1>1.000000000001', 'z 0, (none) 0.000000000001; -0.000000000001 left over, 2 alike'),
    -- and downwards: half away from zero is the same on both sides
    ('- 1>1 z 1>1 -* 1>0.999999999999 z* 1>0.999999999999', 'z 0, (none) -0.000000000001; 0.000000000001 left over, 2 alike'),
    -- the largest takes it, though last: ½·5e-12, ¼·3e-12 twice, rounded 3e-12 and 1e-12 twice; change 4e-12
    ('- 2>2 a 1>1 b 1>1 -* 2>2.00000000001 a* 1>1.000000000003 b* 1>1.000000000003', 'a 0.000000000001, b 0.000000000001, (none) 0.000000000002; -0.000000000001 left over, 1 alike'),
    -- largest by size, not by sign: −½·6e-12, ¼·2e-12 twice, rounded 1e-12 each; change −2e-12
    ('- 2>2 a 1>1 b 1>1 -* 2>1.999999999988 a* 1>1.000000000002 b* 1>1.000000000002', 'a 0.000000000001, b 0.000000000001, (none) -0.000000000004; -0.000000000001 left over, 1 alike')) AS t (cells, want);
-- ties within a segment, 1/3 each, 1e-12 left over: expansion before contraction, contraction before churn
SELECT pg_temp.is(pg_temp.moved('s 6>3 s 3>3 s* 6>9 s* 3>3'),
                  '1 s | 1 1 0.66666666666666666667 1.33333333333333333333 | 0 0.666666666667 = 0.333333333334 0.333333333333 0 | 0.666666666667', 'expansion before contraction');
SELECT pg_temp.is(pg_temp.moved('s 6>3 s 3>0 s* 6>6 s* 3>3'),
                  '1 s | 1 1 0.33333333333333333333 1 | 0 0.666666666667 = 0 0.333333333334 0.333333333333 | 0.666666666667', 'contraction before churn');
-- mix before the rest. w a 2/9 to 1/3, r 2 and 2; b 7/9 to 2/3, r 2/7 to 1/4; R 2/3 to 5/6, R̄ 3/4
--   a: mix 1/9·5/4 = 5/36, expansion 5/18·(1 − 3/2) = −5/36, churn 5/18·1/2 = 5/36, each 0.138888888889
--   b: mix 1/9·27/56 = 3/56, expansion −13/18·1/7 = −13/126, churn 13/18·3/28 = 13/168; 1e-12 short of 1/6
SELECT pg_temp.is(pg_temp.moved('a 1>4 a 1>0 b 1>2 b 6>0 a* 2>4 b* 1>1 b* 3>0'),
'1 a | 0.22222222222222222222 0.33333333333333333333 2 2 | 0.13888888889 0 = -0.138888888889 0 0.138888888889 | 0.13888888889
2 b | 0.77777777777777777778 0.66666666666666666667 0.28571428571428571429 0.25 | 0.053571428571 -0.025793650794 = -0.103174603175 0 0.077380952381 | 0.027777777777', 'mix first');

-- a segment that comes, one that goes, one that is in neither: all of it is mix
--   w old ½ to 0, w new 0 to ½, stays ½; R 0.75 to 1.05, R̄ 0.9: old −½·(0.6 − 0.9), new ½·(1.2 − 0.9), stays 0
SELECT pg_temp.is(pg_temp.moved('old 100>60 stays 100>90 new* 100>120 stays* 100>90 never ->-'),
'1 never | 0 0 - - | 0 0 = 0 0 0 | 0
2 new | 0 0.5 - 1.2 | 0.15 0 = 0 0 0 | 0.15
3 old | 0.5 0 0.6 - | 0.15 0 = 0 0 0 | 0.15
4 stays | 0.5 0.5 0.9 0.9 | 0 0 = 0 0 0 | 0', 'segments that come and go');
-- there, but with no opening: the same
SELECT pg_temp.is(pg_temp.moved('old 100>60 stays 100>90 new 0>40 old* 0>9 new* 100>120 stays* 100>90 never ->7 never* -3>5'),
                  pg_temp.moved('old 100>60 stays 100>90 new* 100>120 stays* 100>90 never ->-'), 'zero openings');
-- nobody to compare with
SELECT pg_temp.is(pg_temp.moved(cells, metric), NULL, format('%s of %s', metric, cells))
FROM unnest('{a 100>90,a* 100>90,a 0>5 a* 100>90,a 1>1 a* 0>5 b* ->5,a ->-}'::text[]) AS cells, unnest('{nrr,grr,logo_retention}'::text[]) AS metric;
-- clamped, NULL closing; huge beside tiny: tiny's effects round to 0, its rates do not
SELECT pg_temp.is(pg_temp.moved('a -5>10 a 100>- a 100>100 a* 100>-20 a* 300>300'), '1 a | 1 1 0.5 0.75 | 0 0.25 = 0 0 0.25 | 0.25', 'clamped');
SELECT pg_temp.is(pg_temp.moved('a 1e20>1e20 b 1e-8>5e-9 a* 1e20>5e19 b* 1e-8>1e-8'),
'1 a | 1 1 1 0.5 | 0 -0.5 = 0 -0.5 0 | -0.5
2 b | 0 0 0.5 1 | 0 0 = 0 0 0 | 0', 'huge and tiny');
SELECT pg_temp.refuses($$SELECT * FROM oracle.drivers(pg_temp.legs('a 1>1') || ROW('a', true, 'NaN', 1)::oracle.leg)$$, '22023');

-- reconcile --------------------------------------------------------------------------------------------
-- 'x 100>90 100>80': opening and closing of customer x in A, then in B
CREATE FUNCTION pg_temp.books(cells text) RETURNS oracle.both_systems[]
LANGUAGE sql AS $$
    SELECT array_agg(ROW(nullif(part[1], '?'), pg_temp.cell(part[2]), pg_temp.cell(part[3]), pg_temp.cell(part[4]), pg_temp.cell(part[5]))::oracle.both_systems)
    FROM regexp_matches(cells, '(\S+) ([-0-9.e]*)>([-0-9.e]*) ([-0-9.e]*)>([-0-9.e]*)', 'g') AS part
$$;
CREATE FUNCTION pg_temp.causes(cells text) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', place || ':', cause, customers, '|', opening_delta, closing_delta, '|', coalesce(nrr_effect::text, '-'), coalesce(grr_effect::text, '-'),
                                '| ' || array_to_string(examples, ' ')), E'\n' ORDER BY place)
    FROM oracle.reconcile(pg_temp.books(cells))
$$;

-- every cause, by customers named after it. A opens with 800 and keeps 725 of it (GRR 700), B with 800 and 560 (550):
-- R̄ = 1285/1600 (GRR 1250/1600), D̄ = 800. Only in A: (−100 + 100·R̄)/800; reactivated: (30 − 50·R̄)/800 and so on
SELECT pg_temp.is(pg_temp.causes('onlyA 100>100 ->- onlyB ->- 50>40 clamped 100>-5 100>0 churned 100>100 100>0 back 0>30 50>30 opening 100>100 120>100
                                  closing 100>120 100>110 both 200>205 180>180 same 100>100 100>100 ? 7>8 9>10 ? 1>- ->-'),
'1: only in A 1 | -100 -100 | -0.024609375 -0.02734375 | onlyA
2: only in B 1 | 50 40 | -0.0001953125 0.001171875 | onlyB
3: clamped 1 | 0 0 | 0 0 | clamped
4: churned in one 1 | 0 -100 | -0.125 -0.125 | churned
5: reactivated in one 1 | 50 0 | -0.0126953125 -0.011328125 | back
6: opening differs 1 | 20 0 | -0.020078125 -0.01953125 | opening
7: closing differs 1 | 0 -10 | -0.0125 0 | closing
8: both differ 1 | -20 -25 | -0.011171875 -0.00546875 | both
9: same 1 | 0 0 | 0 0 | same
10: unknown customer 2 | 0 0 | 0 0', 'every cause');

-- which cause, for one customer; the first that matches
SELECT pg_temp.is((SELECT string_agg(format('%s %s %s', cause, opening_delta, closing_delta), ', ' ORDER BY place) FROM oracle.reconcile(pg_temp.books(cells))), want, cells)
FROM (VALUES
    ('x 100>90 ->-', 'only in A -100 -90'), ('x -5>3 ->-', 'only in A 0 -3'), ('x ->0 ->-', 'only in A 0 0'), ('x ->- 0>-', 'only in B 0 0'), ('x ->- -5>-7', 'only in B 0 0'),
    ('x 100>90 100>-1', 'clamped 0 -90'), ('x -1>90 100>90', 'clamped 100 0'), ('x -1>0 -1>0', 'clamped 0 0'),
    ('x 100>90 100>-', 'churned in one 0 -90'), ('x 100>0 90>80', 'churned in one -10 80'), ('x 100>0 100>0', 'same 0 0'), ('x 100>0 50>0', 'opening differs -50 0'),
    ('x 0>0 100>0', 'opening differs 100 0'), ('x 100>0 0>0', 'opening differs -100 0'),
    ('x 0>50 50>50', 'reactivated in one 50 0'), ('x 0>50 0>0', 'reactivated in one 0 -50'), ('x ->50 60>0', 'reactivated in one 60 -50'), ('x 70>50 0>50', 'reactivated in one -70 0'),
    ('x 0>50 0>40', 'closing differs 0 -10'), ('x 0>50 ->50.00', 'same 0 0'), ('x 100>50 90>50', 'opening differs -10 0'), ('x 100>50 100>51', 'closing differs 0 1'),
    ('x 100>50 90>51', 'both differ -10 1'), ('x 100>- 100>0', 'same 0 0'),
    -- rows of one customer are one customer: split over the systems, over subscriptions, with a discount line
    ('x 100>100 ->- x ->- 60>60 x ->- 40>40', 'same 0 0'), ('x 100>100 120>90 x ->- -20>10', 'same 0 0'), ('x 100>100 100>50 x ->- ->-60', 'clamped 0 -100'),
    ('x 60>30 100>50 x 40>20 ->-', 'same 0 0'), ('x 50>50 50>50 y 20>20 20>21', 'closing differs 0 1, same 0 0'),
    -- nothing known of it
    ('x ->- ->-', NULL), ('x ->- ->- y 1>1 1>1', 'same 0 0'),
    ('? 1>2 3>4', 'unknown customer 0 0'), ('? ->- ->-', 'unknown customer 0 0')) AS t (cells, want);
SELECT pg_temp.is((SELECT count(*) FROM oracle.reconcile(rows)), 0::bigint, 'no rows') FROM (VALUES (NULL::oracle.both_systems[]), ('{}')) AS t (rows);
SELECT pg_temp.refuses(format('SELECT * FROM oracle.reconcile(ARRAY[ROW(%L, %s)::oracle.both_systems])', customer, amounts), '22023')
FROM (VALUES ('x', $$'NaN', NULL, 1, 1$$), ('x', $$1, 1, 1, 'Infinity'$$), (NULL, $$1, '-Infinity', 1, 1$$)) AS t (customer, amounts);

-- no rate in a system, no effects; what the systems say differs all the same
SELECT pg_temp.is(pg_temp.causes('a 0>5 10>5 b ->7 0>6 d ->- 10>9 ? 1>1 1>1'),
'1: only in B 1 | 10 9 | - - | d
2: reactivated in one 1 | 10 0 | - - | a
3: closing differs 1 | 0 -1 | - - | b
4: unknown customer 1 | 0 0 | - -', 'no opening in A');

-- rounding: thirds. −1/3 and −1/3 for −2/3: the first cause takes what is left over; GRR has only the churn
SELECT pg_temp.is(pg_temp.causes('p 1>1 1>0 q 1>2 1>1 r 1>1 1>1'),
'1: churned in one 1 | 0 -1 | -0.333333333334 -0.333333333333 | p
2: closing differs 1 | 0 -1 | -0.333333333333 0 | q
3: same 1 | 0 0 | 0 0 | r', 'residual, tie');
-- −1/3 and −4/3 for −5/3: the largest by size
SELECT pg_temp.is(pg_temp.causes('p 1>1 1>0 q 1>5 1>1 r 1>1 1>1'),
'1: churned in one 1 | 0 -1 | -0.333333333333 -0.333333333333 | p
2: closing differs 1 | 0 -4 | -1.333333333334 0 | q
3: same 1 | 0 0 | 0 0 | r', 'residual, largest');
-- −1/6 twice for −1/3, in both rates
SELECT pg_temp.is(pg_temp.causes('p 1>1 1>0 q 2>2 2>1 r 3>3 3>3'),
'1: churned in one 1 | 0 -1 | -0.166666666666 -0.166666666666 | p
2: closing differs 1 | 0 -1 | -0.166666666667 -0.166666666667 | q
3: same 1 | 0 0 | 0 0 | r', 'residual of both rates');

-- examples: five, the largest effect first, then the larger delta, then in C collation
SELECT pg_temp.is((SELECT array_to_string(examples, ' ') FROM oracle.reconcile(pg_temp.books(cells)) WHERE cause = what), want, 'examples of ' || cells)
FROM (VALUES
    ('a 10>1 10>2 f 10>1 10>1.4 c 10>1 10>4 d 10>6 10>1 E 10>1 10>1.5 B 10>1 10>4 g 10>10 10>9.99', 'closing differs', 'd B c a E'),
    ('b 5>5 5>5 _ 1>1 1>1 10 2>2 2>2 9 2>2 2>2 B 1>1 1>1 a 1>1 1>1', 'same', '10 9 B _ a'),
    -- no effect where nothing is kept: by opening delta; where nobody had an opening: by closing delta
    ('a 10>0 20>0 b 10>0 30>0 c 50>0 10>0 d 10>0 30>0', 'opening differs', 'c b d a'),
    ('a 0>5 0>7 b 0>5 0>2 c 0>5 0>9 d 0>9 0>6', 'closing differs', 'c b d a'),
    ('a 0>0 10>5 b 0>0 9>9 c 0>0 10>7', 'both differ', 'c a b'),
    -- no effect on the whole of those who are not in the cohort; all effects beside 1e20 are small, and still differ
    ('z 1e20>1e20 1e20>1e20 a 10>1 10>2 b 10>1 10>2.00000001 c 0>1 0>1e19', 'closing differs', 'b a c')) AS t (cells, what, want);

-- effects add up before anything is rounded: random periods and systems of whole numbers
SELECT setseed(0.5);
CREATE TEMP TABLE leg AS
SELECT pair, segment, current, CASE WHEN random() < 0.9 THEN floor(random() * 100) END AS opening, CASE WHEN random() < 0.9 THEN floor(random() * 100) END AS closing
FROM generate_series(1, 40) AS pair, unnest('{a,b,c,d,e,f}'::text[]) AS segment, unnest('{t,f}'::boolean[]) AS current, generate_series(1, 3)
WHERE random() < 0.5;
SELECT pg_temp.small(max(residual), 4 * count(*))
FROM (SELECT pair, array_agg(ROW(segment, current, opening, closing)::oracle.leg) AS legs FROM leg GROUP BY pair) AS p, unnest('{nrr,grr,logo_retention}'::text[]) AS metric,
     oracle.drivers(legs, metric) GROUP BY pair, metric;
SELECT pg_temp.small(max(residual), count(*))
FROM (SELECT a.pair, array_agg(ROW(a.segment, a.opening, a.closing, b.opening, b.closing)::oracle.both_systems) AS rows
      FROM leg AS a JOIN leg AS b ON a.pair = b.pair AND a.segment = b.segment AND a.current AND NOT b.current GROUP BY a.pair) AS p, oracle.reconcile(rows) GROUP BY pair;

COMMIT;
\o
\echo oracle selftest of back-tests, drivers, reconciliations: ok
