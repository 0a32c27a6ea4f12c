-- The oracle for surveys, durations, renewals and unit economics alone, on figures worked by hand. Needs no ccx:
--   psql -X -d any_scratch_database -f test/oracle/voice_selftest.sql
\set ON_ERROR_STOP on
\set QUIET on
\ir selftest_tools.sql
\ir ratio.sql
\ir voice.sql
\ir durations.sql
\ir renewals.sql
\ir economics.sql

\o /dev/null
BEGIN;

-- the normal distribution: printed to 15 digits in every table of it --------------------------------
SELECT pg_temp.near(oracle.normal_quantile(level)::double precision, z, format('quantile %s', level))
FROM (VALUES (0.5, 0.674489750196082::double precision), (0.8, 1.28155156554460), (0.9, 1.64485362695147), (0.95, 1.95996398454005),
             (0.99, 2.57582930354890), (0.999, 3.29052673149190), (0.000001, 0.00000125331413731583)) AS t (level, z);
SELECT pg_temp.near(oracle.normal_tail(z)::double precision, tail, format('tail %s', z))
FROM (VALUES (0::numeric, 0.5::double precision), (1, 0.158655253931457), (2, 0.0227501319481792), (6, 9.86587645037698e-10),
             (4.9999, 2.86800281004602e-07), (5.0001, 2.86502937089763e-07), (10, 7.61985302416053e-24), (20, 2.75362411860623e-89)) AS t (z, tail);

-- surveys ----------------------------------------------------------------------------------------
SELECT pg_temp.is(oracle.nps(scores), want, format('nps %s', scores)) FROM (VALUES
    ('{10,9,8,7,6,0}'::numeric[], 0::numeric),
    ('{10,9,3}', 33.33333333333333333333), ('{10,3,0}', -33.33333333333333333333),
    ('{10,9}', 100), ('{0}', -100), ('{7,8}', 0),
    ('{10,9,3,NULL,NULL}', 33.33333333333333333333),     -- no answer is not a zero
    ('{9.0,10.00}', 100),
    ('{NULL}', NULL), ('{}', NULL), (NULL, NULL)) AS t (scores, want);
SELECT pg_temp.is(to_jsonb(s), '{"responses": 6, "skipped_rows": 1, "promoters": 2, "passives": 2, "detractors": 2, "total": 40,
                                 "histogram": [1,0,0,0,0,0,1,1,1,1,1]}'::jsonb, 'survey')
FROM oracle.survey('{10,9,8,7,6,0,NULL}', 'nps') AS s;
SELECT pg_temp.is((SELECT to_jsonb(s) FROM oracle.survey('{NULL}', '1-5') AS s), '{"responses": 0, "skipped_rows": 1, "promoters": 0,
                   "passives": 0, "detractors": 0, "total": 0, "histogram": [0,0,0,0,0]}'::jsonb, 'no answer in any row');
SELECT pg_temp.is((SELECT count(*) FROM oracle.survey('{}', 'nps')), 0::bigint, 'no rows');

SELECT pg_temp.is(oracle.csat('{5,4,3,2,1,NULL}'), 0.4, 'csat: two of five, not their mean');
SELECT pg_temp.is(oracle.csat('{5,4,3,2,1}', top), want, format('csat top %s', top))
FROM (VALUES (5, 0.2), (3, 0.6), (2, 0.8), (1, 1)) AS t (top, want);
SELECT pg_temp.is(oracle.ces('{7,6,4}'), 5.66666666666666666667, 'ces');
SELECT pg_temp.is(oracle.ces('{5,4,4}', '1-5'), 4.33333333333333333333, 'ces on 1-5');
SELECT pg_temp.is(oracle.ces_easy('{7,6,4}'), 0.66666666666666666667, 'ces_easy');
SELECT pg_temp.is(oracle.ces_easy('{5,1}'), 0.5, 'ces_easy: 5 is easy');
SELECT pg_temp.is(coalesce(oracle.csat('{NULL}'), oracle.ces('{NULL}'), oracle.ces_easy('{NULL}')), NULL, 'no answers');

SELECT pg_temp.refuses(format('SELECT oracle.%s', call), state) FROM (VALUES
    ($$nps('{11}')$$, '22003'), ($$nps('{-1}')$$, '22003'), ($$nps('{9.5}')$$, '22003'), ($$csat('{0}')$$, '22003'),
    ($$csat('{6}')$$, '22003'), ($$ces('{8}')$$, '22003'), ($$ces('{6}', '1-5')$$, '22003'), ($$ces_easy('{0}')$$, '22003'),
    ($$nps('{NaN}')$$, '22023'), ($$nps('{Infinity}')$$, '22023'),
    ($$survey('{1}', 'stars')$$, '22023'), ($$survey('{NULL}', NULL)$$, '22023'), ($$ces('{5}', 'nps')$$, '22023'),
    ($$csat('{5}', 0)$$, '22023'), ($$csat('{5}', 6)$$, '22023'), ($$csat('{5}', NULL)$$, '22023'),
    ($$nps_ci('{5,6}', 0)$$, '22023'), ($$nps_ci('{5,6}', 1)$$, '22023')) AS t (call, state);

-- Two promoters and a detractor: from the closed form, in which the most likely share of detractors is the larger root of
-- 2q² - (p + d - (2 - p + d) m) q - d m (1 - m) = 0, computed with 60 decimals.
SELECT pg_temp.near(low, -58.46807983959045549, 'nps_ci low'), pg_temp.near(high, 87.70161105592075375, 'nps_ci high'),
       pg_temp.is(n, 3::bigint, 'nps_ci n') FROM oracle.nps_ci('{10,9,3,NULL}');
SELECT pg_temp.near(low, -49.29322634375518351, 'nps_ci 90 % low'), pg_temp.near(high, 84.34685473325422233, 'nps_ci 90 % high')
FROM oracle.nps_ci('{10,9,3}', 0.9);
-- All alike: the interval ends there, and its other end is where n (1 - m)² = z² (1 - m²): m = (n - z²) / (n + z²).
SELECT pg_temp.near(low, 100 * (2 - 3.841458820694124) / (2 + 3.841458820694124), 'nps_ci of promoters only'), pg_temp.near(high, 100, 'and its end')
FROM oracle.nps_ci('{10,10}');
-- Passives only: n m² = z² |m| (1 - |m|), so m = ± z² / (n + z²)
SELECT pg_temp.near(low, -100 * 3.841458820694124 / (5 + 3.841458820694124), 'nps_ci of passives only'), pg_temp.near(high, 100 * 3.841458820694124 / (5 + 3.841458820694124), 'and its end')
FROM oracle.nps_ci('{7,8,7,8,7}');
SELECT pg_temp.is(c::text, want, format('nps_ci %s', scores)) FROM (VALUES
    ('{10}'::numeric[], '(,,1)'), ('{NULL}', '(,,0)')) AS t (scores, want), oracle.nps_ci(scores) AS c;

-- durations --------------------------------------------------------------------------------------
-- the leukaemia trial in which everybody learns Kaplan–Meier (Freireich and others 1963; Gehan 1965): weeks in
-- remission, under 6-MP and under placebo. "+" is censored.
CREATE FUNCTION pg_temp.lives(cells text) RETURNS oracle.life[]
LANGUAGE sql AS $$
    SELECT array_agg(ROW(t, e, c)::oracle.life)
    FROM (SELECT rtrim(cell, '+')::int AS t, count(*) FILTER (WHERE cell NOT LIKE '%+') AS e, count(*) FILTER (WHERE cell LIKE '%+') AS c
          FROM regexp_split_to_table(cells, ' ') AS cell GROUP BY 1) AS counted
$$;
CREATE TEMP TABLE trial AS SELECT
    pg_temp.lives('6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+') AS drug,
    pg_temp.lives('1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23') AS placebo;

SELECT pg_temp.is((SELECT string_agg(format('%s %s %s %s %s', t, at_risk, events, censored, survival), E'\n' ORDER BY t)
                   FROM oracle.km_curve(drug)),
'6 21 3 1 0.85714285714285714286
7 17 1 0 0.8067226890756302521
9 16 0 1 0.8067226890756302521
10 15 1 1 0.75294117647058823529
11 13 0 1 0.75294117647058823529
13 12 1 0 0.69019607843137254902
16 11 1 0 0.62745098039215686275
17 10 0 1 0.62745098039215686275
19 9 0 1 0.62745098039215686275
20 8 0 1 0.62745098039215686275
22 7 1 0 0.53781512605042016807
23 6 1 0 0.44817927170868347339
25 5 0 1 0.44817927170868347339
32 4 0 2 0.44817927170868347339
34 2 0 1 0.44817927170868347339
35 1 0 1 0.44817927170868347339', 'curve') FROM trial;
-- at 6: √(3/(21·18))·6/7; at 23 as R's survival prints them
SELECT pg_temp.near(c.std_err, s, format('std_err at %s', v.t)), pg_temp.near(c.low, l, format('low at %s', v.t)), pg_temp.near(c.high, h, format('high at %s', v.t))
FROM trial, (VALUES (6, sqrt(3 / (21 * 18.0::double precision)) * 6 / 7, 0.619717955265984, 0.951551747646997),
                    (10, 0.0963496529943205, 0.503199510799957, 0.889361835169265),
                    (35, 0.134591456755760445, 0.1880520059592322, 0.680142628495241)) AS v (t, s, l, h)
JOIN LATERAL oracle.km_curve(drug) AS c ON c.t = v.t;
-- everybody's relapse seen: S falls to 0, where error and limits are not defined
SELECT pg_temp.is(c::text, '(23,1,1,0,0,,,)', 'end of the placebo curve') FROM trial, oracle.km_curve(placebo) AS c WHERE t = 23;
SELECT pg_temp.near(std_err, 0.0464714320451682, 'last error'), pg_temp.near(low, 0.00332446304253118, 'last low'), pg_temp.near(high, 0.197044905698946, 'last high')
FROM trial, oracle.km_curve(placebo) WHERE t = 22;
SELECT pg_temp.is(c::text, '(3,4,0,2,1,0,,)', 'nothing has ended yet') FROM oracle.km_curve(pg_temp.lives('3+ 3+ 4+ 5+')) AS c WHERE t = 3;

SELECT pg_temp.is(oracle.km_survival(drug, t), want, format('survival at %s', t))
FROM trial, (VALUES (0, 1::numeric), (5, 1), (6, 0.85714285714285714286), (12, 0.75294117647058823529), (400, 0.44817927170868347339)) AS v (t, want);
SELECT pg_temp.is(oracle.km_median(drug), 23, 'median'), pg_temp.is(oracle.km_quantile(drug, 0.25), 13, 'quartile'),
       pg_temp.is(oracle.km_quantile(drug, 0.75), NULL, 'not reached'), pg_temp.is(oracle.km_median(placebo), 8, 'placebo median') FROM trial;
-- S hits 1 − p exactly: that t, not a midpoint; also where 1 − p is no binary fraction
SELECT pg_temp.is(oracle.km_quantile(pg_temp.lives('1 2 3 4 5 6 7 8 9 10'), p), want, format('quantile %s', p))
FROM (VALUES (0.5, 5), (0.1, 1), (0.2, 2), (0.3, 3), (0.6, 6), (0.7, 7), (0.9, 9), (0.91, 10), (0.89, 9), (1, 10)) AS v (p, want);
SELECT pg_temp.refuses(format('SELECT oracle.km_quantile(pg_temp.lives(''1''), %s)', p), '22023') FROM unnest('{-0.1,0,1.5,NaN}'::text[]) AS u (x), quote_literal(x) AS p;

-- area to 20: 6 + 6/7 + 3·96/119 + 3·64/85 + 3·176/255 + 4·32/51 = 28768/1785
SELECT pg_temp.is(oracle.restricted_mean(drug, t), want, format('restricted mean to %s', t))
FROM trial, (VALUES (0, 0::numeric), (4, 4), (6, 6), (7, 6.85714285714285714286), (20, oracle.ratio(28768, 1785)),
                    -- beyond the last duration S stays: 2·32/51, 64/119, 32·160/357 more
                    (55, oracle.ratio(57568, 1785))) AS v (t, want);
SELECT pg_temp.is(oracle.restricted_mean(pg_temp.lives('0 0 2 4'), 10), 1.5, 'all events: the mean, zeros in it');

SELECT pg_temp.near(chi_square, 16.7929409892165, 'log-rank'), pg_temp.near(p_value, 4.16880910933453e-05, 'its p'),
       pg_temp.near(expected_1, 19.2505009480311, 'expected'), pg_temp.is(observed_1, 9::bigint, 'observed')
FROM trial, oracle.log_rank(drug, placebo);
SELECT pg_temp.is(l::text, '(0,1,9,9,9,9)', 'a group against itself') FROM trial, oracle.log_rank(drug, drug) AS l;
SELECT pg_temp.is(l::text, '(,,0,0,0,0)', 'no events') FROM oracle.log_rank(pg_temp.lives('1+ 2+'), pg_temp.lives('3+')) AS l;
SELECT pg_temp.is(l::text, '(,,1,1,0,0)', 'nobody to compare with') FROM oracle.log_rank(pg_temp.lives('1 2+'), '{}') AS l;

-- from rows: dates
CREATE FUNCTION pg_temp.waits(cells text[]) RETURNS oracle.wait[]
LANGUAGE sql AS $$
    SELECT coalesce(array_agg(ROW(cells[i][1], cells[i][2], cells[i][3])::oracle.wait ORDER BY i), '{}') FROM generate_subscripts(cells, 1) AS i
$$;
SELECT pg_temp.is(oracle.lives(pg_temp.waits(cells), unit)::text, want, format('%s by %s', cells, unit))
FROM (VALUES
    ('{{2024-01-01,2024-01-11,2024-03-01}}'::text[], NULL::text, '{"(10,1,0)"}'),
    ('{{2024-01-01,NULL,2024-03-01}}', NULL, '{"(60,0,1)"}'),                 -- February of a leap year in it
    ('{{2024-01-01,2024-03-02,2024-03-01}}', NULL, '{"(60,0,1)"}'),           -- done later than we looked
    ('{{2024-01-01,2024-03-01,2024-03-01}}', NULL, '{"(60,1,0)"}'),           -- done on the day
    ('{{2024-01-01,2024-01-01,2024-03-01}}', NULL, '{"(0,1,0)"}'),            -- the same day
    ('{{2024-03-01,NULL,2024-03-01}}', NULL, '{"(0,0,1)"}'),                  -- begun today
    ('{{2024-01-02,2024-01-01,2024-03-01},{NULL,2024-01-01,2024-03-01},{2024-01-01,2024-01-02,NULL},{2024-03-02,NULL,2024-03-01},{2024-03-02,2024-03-05,2024-03-01}}', NULL, '{}'),
    ('{}', NULL, NULL),
    -- by day timestamps count as their dates, whether the unit is said or not
    ('{{2024-01-01 23:59,2024-01-02 00:01,2024-03-01},{2024-01-02 12:00,2024-01-02 11:00,2024-03-01}}', NULL, '{"(0,1,0)","(1,1,0)"}'),
    ('{{2024-01-01 23:59,2024-01-02 00:01,2024-03-01}}', 'day', '{"(1,1,0)"}'),
    ('{{2024-01-01 10:00,NULL,2024-01-03 09:59}}', 'day', '{"(2,0,1)"}'),
    -- whole hours elapsed
    ('{{2024-01-01 23:59,2024-01-02 00:01,2024-03-01}}', 'hour', '{"(0,1,0)"}'),
    ('{{2024-01-01 10:00,2024-01-01 12:00,2024-03-01},{2024-01-01 10:00,2024-01-01 11:59:59.999999,2024-03-01}}', 'hour', '{"(1,1,0)","(2,1,0)"}'),
    ('{{2024-01-01 10:00,2024-01-01 09:59,2024-03-01}}', 'hour', '{}'),       -- done before start, by a minute
    ('{{2024-01-01 10:00,2024-01-01 12:00,2024-01-01 11:59}}', 'hour', '{"(1,0,1)"}')
) AS t (cells, unit, want);
SELECT pg_temp.is(oracle.skipped_waits(pg_temp.waits('{{2024-01-02,2024-01-01,2024-03-01},{NULL,2024-01-01,2024-03-01},{2024-01-01,2024-01-02,NULL},
                                                       {2024-03-02,NULL,2024-03-01},{2024-01-01,NULL,2024-03-01}}')), 4::bigint, 'skipped');
SELECT pg_temp.refuses($$SELECT oracle.lives(pg_temp.waits('{{2024-01-01,2024-01-11,2024-03-01}}'), 'week')$$, '22023');
-- nobody
SELECT pg_temp.is(coalesce(oracle.km_survival('{}', 3), oracle.restricted_mean('{}', 3), oracle.km_median('{}')::numeric,
                           oracle.km_survival(NULL, 3), oracle.restricted_mean(NULL, 3), oracle.km_median(NULL)::numeric), NULL, 'nobody');

-- stages
SELECT pg_temp.is((SELECT string_agg(f::text, ' ') FROM oracle.stage_funnel(ARRAY(
    SELECT ROW(c, s, a)::oracle.step FROM (VALUES
        ('a', 1, '2024-01-01'), ('a', 2, '2024-01-04'), ('a', 2, '2024-01-03'), ('a', 5, '2024-02-01'),
        ('b', 1, '2024-01-01'), ('b', 2, '2024-01-10'),
        ('c', 1, '2024-01-05'), ('c', 2, '2024-01-01'),        -- the wrong way round: reached both, did not convert
        ('d', 1, '2024-01-01'), ('d', 5, '2024-01-02'),        -- missed a stage
        (NULL, 1, '2024-01-01'), ('e', NULL, '2024-01-01'), ('e', 1, NULL)) AS t (c, s, a)) ) AS f),
    '(1,4,2,2) (2,3,1,29) (5,2,0,)', 'stages');

-- renewals ---------------------------------------------------------------------------------------
SELECT pg_temp.is(oracle.renewal_outcome('2024-03-31', renewed_on::date, as_of::date, grace), want, format('renewed %s, as of %s, grace %s', renewed_on, as_of, grace))
FROM (VALUES
    -- open until due + grace has passed, renewed or not
    (NULL, '2024-03-30', 0, 'open'), (NULL, '2024-03-31', 0, 'open'), (NULL, '2024-04-01', 0, 'lost'),
    (NULL, '2024-04-10', 10, 'open'), (NULL, '2024-04-11', 10, 'lost'),
    ('2024-01-15', '2024-03-31', 0, 'open'), ('2024-01-15', '2024-04-01', 0, 'on time'),
    ('2024-01-15', '2024-04-10', 10, 'open'), ('2024-04-05', '2024-04-10', 10, 'open'),
    -- on the day, within grace, on its last day, one too many
    ('2024-03-31', '2024-05-01', 10, 'on time'), ('2024-04-01', '2024-05-01', 10, 'late'), ('2024-04-10', '2024-05-01', 10, 'late'),
    ('2024-04-11', '2024-05-01', 10, 'recovered'), ('2024-04-01', '2024-05-01', 0, 'recovered'),
    ('2024-05-01', '2024-05-01', 10, 'recovered'),
    -- signed after we looked
    ('2024-05-02', '2024-05-01', 10, 'lost'), ('2024-05-02', '2024-04-10', 10, 'open')
) AS t (renewed_on, as_of, grace, want);

CREATE FUNCTION pg_temp.dues(cells text[]) RETURNS oracle.due[]
LANGUAGE sql AS $$
    SELECT coalesce(array_agg(ROW(cells[i][1], cells[i][2], cells[i][3], cells[i][4])::oracle.due ORDER BY i), '{}') FROM generate_subscripts(cells, 1) AS i
$$;
-- 100 early and up to 150, 200 late and down to 120, 300 lost, 400 lost and recovered at 500, 50 open, 60 open though renewed
SELECT pg_temp.is(to_jsonb(r), '{"renewal_rate": 0.27, "gross_renewal_rate": 0.22, "logo_renewal_rate": 0.5, "on_time_rate": 0.5,
     "due_count": 4, "renewed_count": 2, "on_time_count": 1, "late_count": 1, "lost_count": 2, "recovered_count": 1, "open_count": 2, "signed_count": 1,
     "due_arr": 1000, "renewed_arr": 270, "on_time_arr": 150, "late_arr": 120, "lost_arr": 700, "recovered_arr": 500, "open_arr": 110, "signed_arr": 60,
     "gross_arr": 220, "skipped_rows": 2}'::jsonb, 'renewals')
FROM oracle.renewal(pg_temp.dues('{{2024-03-31,100,2024-01-02,150},{2024-03-01,200.00,2024-03-20,120},{2024-03-15,300,NULL,NULL},
     {2024-03-02,400,2024-05-01,500},{2024-04-21,50,NULL,NULL},{2024-04-22,60,2024-02-01,60},{NULL,70,NULL,NULL},{2024-03-01,NULL,NULL,NULL}}'),
     '2024-05-01', 20) AS r;
-- the vendor of metrics.md §2: 0 % in the due month, then 200 %; here the due month has it
SELECT pg_temp.is(renewal_rate, 1::numeric, 'late renewal, its due month') FROM oracle.renewal(pg_temp.dues('{{2024-03-31,100,2024-04-15,100}}'), '2024-05-16', 30);
-- nothing decided
SELECT pg_temp.is(to_jsonb(r) - '{open_count,open_arr,signed_count,signed_arr}'::text[], '{"renewal_rate": null, "gross_renewal_rate": null, "logo_renewal_rate": null, "on_time_rate": null,
     "due_count": 0, "renewed_count": 0, "on_time_count": 0, "late_count": 0, "lost_count": 0, "recovered_count": 0,
     "due_arr": 0, "renewed_arr": 0, "on_time_arr": 0, "late_arr": 0, "lost_arr": 0, "recovered_arr": 0, "gross_arr": 0, "skipped_rows": 0}'::jsonb, 'all open')
FROM oracle.renewal(pg_temp.dues('{{2024-03-31,100,2024-01-02,150},{2024-03-31,100,NULL,NULL}}'), '2024-03-31') AS r;
SELECT pg_temp.is((SELECT count(*) FROM oracle.renewal('{}', '2024-03-31')), 0::bigint, 'no rows');
-- nothing due in money, renewed all the same; no renewal among the decided
SELECT pg_temp.is(format('%s|%s|%s', renewal_rate, logo_renewal_rate, on_time_rate), '|1|1', 'free contract') FROM oracle.renewal(pg_temp.dues('{{2024-03-31,0,2024-03-31,10}}'), '2024-05-01');
SELECT pg_temp.is(format('%s|%s|%s', renewal_rate, logo_renewal_rate, on_time_rate), '0|0|', 'all lost') FROM oracle.renewal(pg_temp.dues('{{2024-03-31,5,NULL,NULL}}'), '2024-05-01');
SELECT pg_temp.refuses(format('SELECT * FROM oracle.renewal(pg_temp.dues(%L), %L, %L)', cells, as_of, grace), state)
FROM (VALUES ('{{2024-03-31,100,2024-03-01,NULL}}', '2024-05-01', 0, '22004'), ('{{2024-03-31,-1,NULL,NULL}}', '2024-05-01', 0, '22023'),
             ('{{2024-03-31,1,2024-03-31,-1}}', '2024-05-01', 0, '22023'), ('{{2024-03-31,NaN,NULL,NULL}}', '2024-05-01', 0, '22023'),
             ('{{2024-03-31,1,2024-03-31,Infinity}}', '2024-05-01', 0, '22023'), ('{{2024-03-31,1,NULL,NULL}}', NULL, 0, '22023'),
             ('{{2024-03-31,1,NULL,NULL}}', '2024-05-01', NULL, '22023'), ('{{2024-03-31,1,NULL,NULL}}', '2024-05-01', -1, '22023')) AS t (cells, as_of, grace, state);

-- unit economics ---------------------------------------------------------------------------------
SELECT pg_temp.is(oracle.ltv(arpa, churn, margin), want, format('ltv(%s, %s, %s)', arpa, churn, margin)) FROM (VALUES
    (100::numeric, 0.05, 0.8, 1600::numeric), (100, 0.03, 1, 3333.33333333333333333333), (100, 1, 0.5, 50),
    (100, 0, 0.8, NULL), (100, -0.01, 0.8, NULL),          -- nobody left, or expansion beyond it: not infinite, not 0
    (0, 0.05, 0.8, 0), (NULL, 0.05, 1, NULL), (100, NULL, 1, NULL), (100, 0.05, NULL, NULL)) AS t (arpa, churn, margin, want);
SELECT pg_temp.is(oracle.ltv(100, 0.05), 2000::numeric, 'ltv without margin');
SELECT pg_temp.refuses('SELECT oracle.ltv(100, 1.01)', '22003'), pg_temp.refuses($$SELECT oracle.ltv('NaN', 0.05)$$, '22023'),
       pg_temp.refuses($$SELECT oracle.ltv(100, 'Infinity')$$, '22023');
SELECT pg_temp.is(oracle.km_lifetime_value(drug, 30, 0.7, 20), oracle.ratio(21 * 28768, 1785), 'lifetime value to 20') FROM trial;
SELECT pg_temp.is(oracle.km_lifetime_value('{}', 30, 0.7, 20), NULL, 'lifetime value of nobody');
SELECT pg_temp.is(oracle.cac_payback_months(spend, mrr, margin), want, format('cac_payback_months(%s, %s, %s)', spend, mrr, margin)) FROM (VALUES
    (50000::numeric, 10000::numeric, 0.8, 6.25::numeric), (600, 120, 0.8, 6.25), (1000, 0, 0.8, NULL), (1000, 100, 0, NULL),
    (1000, -100, 0.8, NULL), (1000, 100, -0.2, NULL), (0, 100, 0.5, 0), (NULL, 100, 0.5, NULL), (10, NULL, 0.5, NULL), (10, 70, 1, 0.14285714285714285714)) AS t (spend, mrr, margin, want);
SELECT pg_temp.refuses($$SELECT oracle.cac_payback_months(1, 'NaN', 1)$$, '22023');
SELECT pg_temp.is(oracle.gross_margin(revenue, cost), want, format('gross_margin(%s, %s)', revenue, cost)) FROM (VALUES
    (100::numeric, 30::numeric, 0.7::numeric), (30, 100, -2.33333333333333333333), (0, 10, NULL), (10, 0, 1), (NULL, 1, NULL), (1, NULL, NULL)) AS t (revenue, cost, want);
SELECT pg_temp.is(oracle.sla_attainment('{t,t,f,NULL,NULL}'), 0.66666666666666666667, 'sla: open is out'),
       pg_temp.is(oracle.sla_attainment('{NULL}'), NULL, 'sla: all open'), pg_temp.is(oracle.sla_attainment('{}'), NULL, 'sla: none');
SELECT pg_temp.is(oracle.share_of('{t,t,t,f,NULL,t}', '{t,f,NULL,t,t,t}'), 0.5, 'two of four'),
       pg_temp.is(oracle.share_of('{f,NULL}', '{t,t}'), NULL, 'nobody qualifies');

COMMIT;
\o
\echo oracle selftest of surveys, durations, renewals, economics: ok
