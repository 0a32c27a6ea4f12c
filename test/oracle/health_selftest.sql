-- The oracle for scales, health scores, usage and forecasts alone, on figures worked by hand. Needs no ccx:
--   psql -X -d any_scratch_database -f test/oracle/health_selftest.sql
\set ON_ERROR_STOP on
\set QUIET on
\ir selftest_tools.sql
\ir ratio.sql
\ir voice.sql
\ir health.sql
\ir usage.sql
\ir forecast.sql

\o /dev/null
BEGIN;

-- scales -----------------------------------------------------------------------------------------
SELECT pg_temp.is(oracle.scale_linear(x, worst, best), want, format('scale_linear(%s, %s, %s)', x, worst, best)) FROM (VALUES
    (50::numeric, 0::numeric, 100::numeric, 50::numeric), (0, 0, 3, 0), (1, 0, 3, 33.33333333333333333333), (2, 0, 3, 66.66666666666666666667), (3.00, 0, 3, 100),
    (-1, 0, 3, 0), (4, 0, 3, 100),                              -- clamped
    (30, 90, 0, 66.66666666666666666667), (91, 90, 0, 0), (-1, 90, 0, 100),     -- less is better
    (NULL, 0, 1, NULL), (1, NULL, 1, NULL), (1, 0, NULL, NULL)) AS t (x, worst, best, want);
SELECT pg_temp.is(oracle.scale_steps(x, '{10,20}', '{0,50.0,100}'), want, format('scale_steps(%s)', x)) FROM (VALUES
    (-1::numeric, 0::numeric), (10, 0), (10.01, 50), (20, 50), (20.0001, 100), (1e20, 100), (NULL, NULL)) AS t (x, want);
SELECT pg_temp.is(oracle.scale_steps(15, '{10,20}', '{90,40,5}'), 40::numeric, 'less is better');
SELECT pg_temp.is(coalesce(oracle.scale_steps(1, NULL, '{1,2}'), oracle.scale_steps(1, '{1}', NULL)), NULL, 'no steps');
SELECT pg_temp.is(oracle.scale_logistic(x, mid, slope), want, format('scale_logistic(%s, %s, %s)', x, mid, slope)) FROM (VALUES
    (7::numeric, 7::numeric, 3::numeric, 50::numeric), (1, 0, 1, 73.105857863), (-1, 0, 1, 26.894142137), (2, 1, 0.5, 62.2459331202),
    (10, 0, -1, 0.0045397869), (23, 0, 1, 99.9999999897),
    (100, 0, 1, 100), (101, 0, 1, 100), (-101, 0, 1, 0), (-1e20, 0, 1, 0), (1e20, 0, -1, 0), (1e20, 0, 1, 100),
    (NULL, 0, 1, NULL), (1, NULL, 1, NULL), (1, 0, NULL, NULL)) AS t (x, mid, slope, want);
SELECT pg_temp.refuses('SELECT oracle.' || call, '22023') FROM unnest(ARRAY[
    'scale_linear(1, 2, 2.0)', $$scale_linear('NaN', 0, 1)$$, $$scale_linear(1, 'Infinity', 1)$$, $$scale_linear(1, 0, '-Infinity')$$,
    $$scale_steps(1, '{1,2}', '{1,2}')$$, $$scale_steps(1, '{1,1}', '{1,2,3}')$$, $$scale_steps(1, '{2,1}', '{1,2,3}')$$, $$scale_steps(1, '{1}', '{1,100.01}')$$,
    $$scale_steps(1, '{1}', '{-1,2}')$$, $$scale_steps(1, '{1,NULL}', '{1,2,3}')$$, $$scale_steps(1, '{1}', '{1,NULL}')$$, $$scale_steps('NaN', '{1}', '{1,2}')$$,
    $$scale_steps(1, '{NaN}', '{1,2}')$$,
    'scale_logistic(1, 0, 0.0)', $$scale_logistic('Infinity', 0, 1)$$, $$scale_logistic(1, 'NaN', 1)$$, $$scale_logistic(1, 0, 'NaN')$$]) AS call;

-- scores -----------------------------------------------------------------------------------------
SELECT pg_temp.is(oracle.health_score(scores, weights), want, format('health_score(%s, %s)', scores, weights)) FROM (VALUES
    ('{80,60}'::numeric[], '{1,3}'::numeric[], 65::numeric),
    ('{80,60,NULL}', '{1,3,4}', 65),                    -- what is missing gives its weight to the others
    ('{80,60,0}', '{1,3,0}', 65),                       -- no weight, no say
    ('{120,-5}', '{1,1}', 50),                          -- clamped
    ('{100,99,99}', '{1,1,1}', 99.33333333333333333333),
    ('{100,0}', '{0.00000001,100000000000000000000}', 0), ('{0,100}', '{0.00000001,100000000000000000000}', 100),
    ('{100,0}', '{0.00000001,10000000000}', 0.0000000000000001),
    ('{NULL,NULL}', '{1,2}', NULL), ('{50}', '{0}', NULL), ('{}', '{}', NULL)) AS t (scores, weights, want);
SELECT pg_temp.refuses(format('SELECT oracle.health_score(%L, %L)', scores, weights), '22023') FROM (VALUES
    ('{50}', '{NULL}'), ('{50}', '{-1}'), ('{NULL}', '{NULL}'), ('{NULL}', '{-0.001}'), ('{NaN}', '{1}'), ('{Infinity}', '{1}'), ('{-Infinity}', '{0}'),
    ('{50}', '{NaN}'), ('{NULL}', '{Infinity}')) AS t (scores, weights);

CREATE FUNCTION pg_temp.signals(cells text[]) RETURNS oracle.signal[]
LANGUAGE sql AS $$
    SELECT coalesce(array_agg(ROW(cells[i][1], cells[i][2], cells[i][3], cells[i][4])::oracle.signal ORDER BY i), '{}') FROM generate_subscripts(cells, 1) AS i
$$;
CREATE FUNCTION pg_temp.drivers(cells text[]) RETURNS text
LANGUAGE sql AS $$ SELECT string_agg(d::text, ' ') FROM oracle.health_drivers(pg_temp.signals(cells)) AS d $$;

SELECT pg_temp.is(h::text, want, format('health %s', cells)) FROM (VALUES
    -- score, coverage, customers, skipped, clamped
    ('{{1,usage,80,1},{1,nps,60,3},{1,support,NULL,4}}'::text[], '(65,0.5,1,0,0)'),
    ('{{1,usage,80,1},{1,NULL,130,3},{1,nps,130,0}}', '(80,1,1,1,1)'),
    ('{{1,usage,-1,1},{1,Usage,100,1}}', '(50,1,1,0,1)'),
    ('{{1,usage,NULL,2}}', '(,0,1,0,0)'), ('{{1,usage,50,0}}', '(,,1,0,0)'), ('{{1,NULL,50,1}}', '(,,1,1,0)'),
    -- two customers: (100 + 0 + 50)/(1 + 3 + 1), present 5 of 6
    ('{{1,usage,100,1},{1,nps,NULL,1},{2,usage,0,3},{2,nps,50,1}}', '(30,0.83333333333333333333,2,0,0)')) AS t (cells, want),
    oracle.health(pg_temp.signals(cells)) AS h;
SELECT pg_temp.is((SELECT count(*) FROM oracle.health('{}')), 0::bigint, 'no rows');
SELECT pg_temp.is(h.score, want, format('coverage 3/4 against %s', least)) FROM (VALUES (0::numeric, 65::numeric), (0.75, 65), (0.76, NULL), (1, NULL)) AS t (least, want),
    oracle.health(pg_temp.signals('{{1,a,80,1},{1,b,60,3.0},{1,c,NULL,1},{1,d,65,2},{1,e,NULL,1}}'), least) AS h;
SELECT pg_temp.refuses(format('SELECT * FROM oracle.health(pg_temp.signals(%L), %s)', cells, least), state) FROM (VALUES
    ('{{1,a,50,1},{1,a,50,1}}', 0, '22023'), ('{{1,a,50,1},{1,a,NULL,0}}', 0, '22023'), ('{{1,a,50,NULL}}', 0, '22023'), ('{{1,a,NULL,-1}}', 0, '22023'),
    ('{{1,a,NaN,1}}', 0, '22023'), ('{{1,a,1,1}}', -0.1, '22003'), ('{{1,a,1,1}}', 1.1, '22003')) AS t (cells, least, state);

SELECT pg_temp.is(pg_temp.drivers(cells), want, format('drivers %s', cells)) FROM (VALUES
    ('{{1,a,80,1},{1,b,60,3},{1,c,NULL,4}}'::text[], '(b,60,3,30) (a,80,1,5) (c,,4,0)'),
    -- a third each, twice: 0.666…67 is lost, so the first of them has one digit more
    ('{{1,a,100,1},{1,c,99,1},{1,b,99,1}}', '(b,99,1,0.33333333333333333334) (c,99,1,0.33333333333333333333) (a,100,1,0)'),
    -- upper case comes first, whatever the language says
    ('{{1,b,99,1},{1,C,99,1},{1,a,100,1}}', '(C,99,1,0.33333333333333333334) (b,99,1,0.33333333333333333333) (a,100,1,0)'),
    ('{{1,b,50,1},{1,C,50,1}}', '(C,50,1,25) (b,50,1,25)'),
    -- a sixth, and five of ten: 100/6 + 83.33… = 100 − 0; rounding went up, so the largest gives
    ('{{1,a,0,1},{1,b,0,5}}', '(b,0,5,83.33333333333333333333) (a,0,1,16.66666666666666666667)'),
    ('{{1,a,0,2},{1,b,0,2},{1,c,0,2.00}}', '(a,0,2,33.33333333333333333334) (b,0,2,33.33333333333333333333) (c,0,2,33.33333333333333333333)'),
    ('{{1,a,0,5},{1,b,0,5},{1,c,0,5},{1,d,0,5},{1,e,0,5},{1,f,0,5}}', '(b,0,5,16.66666666666666666667) (c,0,5,16.66666666666666666667) (d,0,5,16.66666666666666666667) (e,0,5,16.66666666666666666667) (f,0,5,16.66666666666666666667) (a,0,5,16.66666666666666666665)'),
    ('{{1,usage,100,1},{1,nps,NULL,1},{2,usage,0,3},{2,nps,50,1}}', '(usage,25,4,60) (nps,50,2,10)'),
    ('{{1,a,50,0},{1,b,NULL,1.50},{1,NULL,3,3}}', '(a,,0,0) (b,,1.5,0)'),
    ('{{1,a,150,2},{1,b,-50,2}}', '(b,0,2,50) (a,100,2,0)')) AS t (cells, want);

SELECT pg_temp.is(oracle.health_band(score), want, format('band of %s', score)) FROM (VALUES
    (0::numeric, 'red'), (50, 'red'), (50.00000000000000000001, 'yellow'), (75, 'yellow'), (75.1, 'green'), (100, 'green'), (NULL, NULL)) AS t (score, want);
SELECT pg_temp.is(oracle.health_band(20, '{20}', '{a,b}'), 'a', 'one cut'), pg_temp.is(oracle.health_band(21, '{20}', '{a,b}'), 'b', 'above it');
SELECT pg_temp.refuses($$SELECT oracle.health_band(20, '{20}')$$, '22023');

-- usage ------------------------------------------------------------------------------------------
CREATE FUNCTION pg_temp.uses(cells text[]) RETURNS oracle.use[]
LANGUAGE sql AS $$
    SELECT coalesce(array_agg(ROW(cells[i][1], cells[i][2])::oracle.use ORDER BY i), '{}') FROM generate_subscripts(cells, 1) AS i
$$;
SELECT pg_temp.is(u::text, want, format('usage %s', cells)) FROM (VALUES
    ('{{2024-01-05 23:59,2},{2024-01-05,0.50},{2024-01-03,0},{2024-01-09,0.0},{2024-01-07,1},{NULL,5},{2024-01-01,NULL}}'::text[], '(3.5,2,2024-01-03,2024-01-09,2)'),
    ('{{2024-01-05,0}}', '(0,0,2024-01-05,2024-01-05,0)'), ('{{NULL,1}}', '(0,0,,,1)')) AS t (cells, want), oracle.usage(pg_temp.uses(cells)) AS u;
SELECT pg_temp.is((SELECT count(*) FROM oracle.usage('{}')), 0::bigint, 'no rows');
SELECT pg_temp.refuses(format('SELECT * FROM oracle.usage(pg_temp.uses(%L))', cells), '22023')
FROM unnest('{"{{2024-01-01,-1}}","{{2024-01-01,NaN}}","{{2024-01-01,Infinity}}","{{infinity,1}}","{{-infinity,1}}"}'::text[]) AS cells;

SELECT pg_temp.is(oracle.usage_daily(pg_temp.uses('{{2024-01-05 12:00,2},{2024-01-05,0.5},{2024-01-03,0},{2024-01-07,1},{2024-01-01,NULL}}'), as_of), want, format('as of %s', as_of))
FROM (VALUES (date '2024-01-07', '{1,0,2.5,0,0}'::numeric[]), ('2024-01-06', '{0,2.5,0,0}'), ('2024-01-09', '{0,0,1,0,2.5,0,0}'), ('2024-01-03', '{0}'), ('2024-01-02', '{}')) AS t (as_of, want);
SELECT pg_temp.is(oracle.usage_daily(pg_temp.uses('{{NULL,1}}'), '2024-01-01'), '{}', 'no history');
SELECT pg_temp.is(oracle.usage_weekly(daily), want, format('weeks of %s', daily)) FROM (VALUES
    ('{1,2,3,4,5,6,7}'::numeric[], '{28}'::numeric[]), ('{1,2,3,4,5,6}', '{}'), ('{}', '{}'), ('{1,0,0,0,0,0,0,9,9,0,0,0,0,0.5,7,7,7}', '{1,18.5}')) AS t (daily, want);

SELECT pg_temp.is(oracle.usage_level('{5,8,12,10,20}', weeks), want, format('level of %s weeks', weeks))
FROM (VALUES (1, 5::numeric), (2, 6.5), (3, 8), (4, 9), (5, 10), (6, NULL)) AS t (weeks, want);
SELECT pg_temp.is(oracle.usage_level('{}', 1), NULL, 'no week');
SELECT pg_temp.is(oracle.usage_level('{0.00000000000000000001,0}', 2), 0.00000000000000000001, 'half of the last digit');
SELECT pg_temp.is(oracle.usage_drop(weekly, recent, base), want, format('drop %s, %s, %s', weekly, recent, base)) FROM (VALUES
    -- base 8, 12, 10, 20: median 11, off by 3, 1, 1, 9; the recent week is its own median, off by 0: 1.4826·1 + 0.1·11; 6 below it
    ('{5,8,12,10,20}'::numeric[], 1, 4, 2.32324014558971579029::numeric),
    ('{17,8,12,10,20}', 1, 4, -1.8852510525985043675),        -- a rise: the higher level is the recent one
    ('{5,8,12,10,20}', 2, 3, 1.60635532579806653232),          -- 12 − 6.5; 1.4826·1.5 + 1.2
    ('{4,4,4,4,10,10,10,10}', 4, 4, 6), ('{4,4,4,4,10,10,10,10}', 1, 2, 0),       -- no spread: a tenth of the level
    ('{6,10,10.1}', 1, 2, 3.75302326874426621445),             -- 1.4826·0.05 + 1.005
    ('{5,8,12,10,20}', 2, 4, NULL), ('{}', 1, 2, NULL),
    ('{9,0,0,0}', 1, 3, NULL), ('{9,0,0,7}', 1, 3, NULL), ('{0,3,0,0,7,9}', 1, 5, 0.63187160369013016555)) AS t (weekly, recent, base, want);
SELECT pg_temp.is(oracle.usage_slope(daily, days), want, format('slope %s, %s', daily, days)) FROM (VALUES
    ('{4,3,2,1}'::numeric[], 4, 0.4::numeric), ('{4,3,2,1,9}', 4, 0.4), ('{0,0,3}', 3, -1.5), ('{1,0}', 2, 2), ('{5,5,5}', 3, 0),
    ('{3,2,1}', 4, NULL), ('{0,0,0,8}', 3, NULL), ('{}', 2, NULL), ('{1,0,0}', 3, 1.5), ('{1,1,0,1}', 4, 0.13333333333333333333)) AS t (daily, days, want);
SELECT pg_temp.is(oracle.usage_recency(daily), want, format('recency %s', daily)) FROM (VALUES
    ('{1,0}'::numeric[], 0), ('{0,0,0.1,5}', 2), ('{0,0}', NULL), ('{}', NULL)) AS t (daily, want);

SELECT pg_temp.is(format('%s %s %s', c.changed_on, c.before, c.after), want, format('change in %s', weekly)), pg_temp.near(c.strength, t.strength, format('strength in %s', weekly))
FROM (VALUES
    -- 10 to 4 halfway; no noise, so a tenth of the level, 1: 6·√2
    ('{4,4,4,4,10,10,10,10}'::numeric[], '2024-01-29 10 4', 8.48528137423857029::double precision),
    -- up and down again, as strongly at 4 as at 8: the later one. 5 to 0, where 8 of 12 weeks are off by 5: 5·√(32/12)/7.913
    ('{0,0,0,0,10,10,10,10,0,0,0,0}', '2024-01-29 5 0', 1.03184200799662072),
    -- everywhere off by 1: 10·√2/(1.4826 + 2.1)
    ('{22,20,22,20,12,10,12,10}', '2024-01-29 11 21', 3.94745034995002247),
    -- as strong after 4 weeks as after 5; the later, but the fourth is at the new level already
    ('{4,4,4,4,4,10,10,10}'::numeric[] || 10::numeric, '2024-01-22 10 4', 8.94427190999915879),
    ('{4,4,4,4,4,4,10,10,10}', '2024-01-22 10 4', 8.94427190999915879),
    -- a week in the middle of 2 and 4 may belong to either: to the one before
    ('{4,4,4,4,4,3,2,2,2,2,2}', '2024-01-22 2 4', 8.25722823844770454),
    -- 100 to 10: the medians stay until 9 weeks on the far side are in; on the long side 26 of 51 count: 90·√(19·26/45)/10
    (array_fill(10::numeric, '{60}') || array_fill(100::numeric, '{10}'), '2023-01-02 100 10', 29.8194567354940254),
    (array_fill(10::numeric, '{10}') || array_fill(100::numeric, '{60}'), '2023-12-18 100 10', 29.8194567354940254),
    -- halves
    ('{3,3,3,3,0.5,1,0,0.5}', '2024-01-29 0.5 3', 2.5 * sqrt(2::double precision) / 0.3)) AS t (weekly, want, strength),
    oracle.usage_changepoint(weekly, '2024-02-25') AS c;
SELECT pg_temp.is(c::text, want, format('change in %s', weekly)) FROM (VALUES
    ('{4,4,4,10,10,10,10}'::numeric[], '(,,,)'), ('{}', '(,,,)'),
    -- nothing ever changed
    ('{5,5,5,5,5,5,5,5}', '(,,,0)'), ('{0,0,0,0,0,0,0,0}', '(,,,0)'), ('{0,0,0,9,0,0,0,0}', '(,,,0)')) AS t (weekly, want),
    oracle.usage_changepoint(weekly, '2024-02-25') AS c;
SELECT pg_temp.is((SELECT string_agg(format('%s %s', d.day, d.usage), ', ') FROM oracle.usage_day_table(pg_temp.uses('{{2024-01-05 12:00,2},{2024-01-05,0.50},{2024-01-03,0},{NULL,1},{2024-01-06,0}}')) AS d),
                  '2024-01-03 0, 2024-01-04 0, 2024-01-05 2.5, 2024-01-06 0', 'by day');
SELECT pg_temp.is((SELECT string_agg(format('%s %s', w.week, w.usage), ', ') FROM oracle.usage_week_table('{2.50,0}', '2024-01-14') AS w), '2024-01-01 0, 2024-01-08 2.5', 'by week');
-- from rows: a row a week, and the first week not whole
SELECT pg_temp.is(oracle.usage_weekly(oracle.usage_daily(pg_temp.uses('{{2024-01-03,9},{2024-01-10,1},{2024-01-16,2},{2024-01-20,4},{2024-01-25,8}}'), '2024-01-22')), '{6,1}', 'weeks of rows');

SELECT pg_temp.refuses('SELECT oracle.' || call, '22023')
FROM unnest('{"usage_level(''{1}'', 0)","usage_drop(''{1,1,1}'', 0, 2)","usage_drop(''{1,1,1}'', 1, 1)","usage_slope(''{1,1,1}'', 1)","usage_slope(''{}'', 0)"}'::text[]) AS call;

-- forecasts --------------------------------------------------------------------------------------
CREATE TEMP TABLE past AS SELECT array_agg(i::numeric ORDER BY i) AS vals, array_agg(i <= 4 OR i = 20 ORDER BY i) AS churns FROM generate_series(1, 20) AS i;
SELECT pg_temp.is((SELECT string_agg(b::text, ' ' ORDER BY bin) FROM oracle.calibration_bins(vals, churns, 3) AS b), '(1,1,7,7,4) (2,8,14,7,0) (3,15,20,6,1)', 'three bins') FROM past;
-- equals stay together, so bins are missing; what is skipped does not count
SELECT pg_temp.is((SELECT string_agg(b::text, ' ' ORDER BY bin) FROM oracle.calibration_bins('{5,5,5,5,5,5,5,5,5,10.0,NULL,7}', '{t,f,f,f,f,f,f,f,f,f,t,NULL}', 10) AS b),
                  '(1,5,5,9,1) (10,10.0,10.0,1,0)', 'equal values');
SELECT pg_temp.is(f.expected, want, format('forecast at %s', score)) FROM past, (VALUES
    (1::numeric, 0::numeric), (2, 0), (2.5, 0), (4.99, 0), (5, 100), (18.5, 100), (19, 50), (20, 50), (99, 50), (0, 0)) AS t (score, want),
    oracle.renewal_forecast(vals, churns, score, 100) AS f;
SELECT pg_temp.is(f.expected, 66.66666666666666666667, 'a third of a bin left') FROM oracle.renewal_forecast('{1,1,1}', '{t,f,f}', 0, 100) AS f;
SELECT pg_temp.is((SELECT count(*) FROM oracle.renewal_forecast('{}', '{}', 1, 1)), 0::bigint, 'nobody'),
       pg_temp.is((SELECT count(*) FROM oracle.renewal_forecast('{1}', '{f}', NULL, 1)), 0::bigint, 'no score');
SELECT pg_temp.refuses($$SELECT * FROM oracle.renewal_forecast('{1}', '{f}', 1, 'NaN')$$, '22023');
-- nobody of 2 left: at worst z²/(2 + z²) do; all did: at best as many stay
SELECT pg_temp.near(f.low::double precision, 34.2380227506653038, 'low of nobody'), pg_temp.near(f.high::double precision, 100, 'high of nobody')
FROM past, oracle.renewal_forecast(vals, churns, 10, 100) AS f;
SELECT pg_temp.is(round(f.low, 30), 0.000000000000000000000000000000, 'low of all'), pg_temp.near(f.high::double precision, 65.7619772493346962, 'high of all')
FROM past, oracle.renewal_forecast(vals, churns, 1, 100) AS f;
SELECT pg_temp.near(w.low::double precision, 0.107791267406300968, 'Wilson of 3 in 10'), pg_temp.near(w.high::double precision, 0.603221852538854680, 'Wilson of 3 in 10') FROM oracle.wilson_bounds(3, 10) AS w;

-- a portfolio: of 30 at 10 3 left, of 40 at 20 none, of 30 at 30 20; contracts of 10 for 20, of 20 for 30, of 30 for 10
CREATE TEMP TABLE three AS
SELECT array_agg(10 * v ORDER BY v, i) AS vals, array_agg(i <= CASE v WHEN 1 THEN 3 WHEN 2 THEN 0 ELSE 20 END ORDER BY v, i) AS churns
FROM generate_series(1::numeric, 3) AS v, generate_series(1, 40) AS i WHERE i <= 30 OR v = 2;
SELECT pg_temp.near(f.low::double precision, 752.311474050536298, 'low of a portfolio'), pg_temp.is(f.expected, 880::numeric, 'expected of a portfolio'),
       pg_temp.near(f.high::double precision, 997.579023948062164, 'high of a portfolio'), pg_temp.is(f.arr_due, 1100::numeric, 'due in a portfolio'),
       pg_temp.is(f.accounts, 60::bigint, 'contracts'), pg_temp.is(f.skipped_rows, 2::bigint, 'skipped contracts')
FROM three, LATERAL (SELECT array_agg(s) AS scores, array_agg(d) AS dues
                     FROM (SELECT 5, 10.00 FROM generate_series(1, 7) UNION ALL SELECT 19.999, 10 FROM generate_series(1, 13) UNION ALL SELECT 20, 20 FROM generate_series(1, 30)
                           UNION ALL SELECT 99, 30 FROM generate_series(1, 10) UNION ALL VALUES (NULL, 5), (5, NULL)) AS t (s, d)) AS p,
     oracle.renewal_forecast_total(vals, churns, scores, dues) AS f;
-- 50 of 100 where one of 10 left: nearly all of the width is the rate's, which they share
SELECT pg_temp.near(f.low::double precision, 2877.51528614755153, 'low of 50 alike'), pg_temp.near(f.high::double precision, 5198.84446487497406 - 198.84446487497406, 'high of 50 alike: not more than due')
FROM oracle.renewal_forecast_total('{5,5,5,5,5,5,5,5,5,5}', '{t,f,f,f,f,f,f,f,f,f}', array_fill(7.5, '{50}'), array_fill(100.0, '{50}')) AS f;
-- nothing is renewed at worst
SELECT pg_temp.is(f.low, 0::numeric, 'not less than nothing'), pg_temp.is(f.expected, 70::numeric, 'expected of three bins'), pg_temp.near(f.high::double precision, 240.205770099709139, 'high of three bins')
FROM past, oracle.renewal_forecast_total(vals, churns, '{1.5,2,0,7,19}', '{100,50,5,30,80}') AS f;
-- thirds and sevenths, rounded once: 1/3 + 1/7 + 1/7
SELECT pg_temp.is(f.expected, 0.61904761904761904762, 'rounded once')
FROM oracle.renewal_forecast_total('{1,1,1,2,2,2,2,2,2,2}', '{t,t,f,t,t,t,t,t,t,f}', '{1,2,2}', '{1,1,1}') AS f;
-- nobody known; nobody counted; nobody there
SELECT pg_temp.is(f, ROW(NULL, NULL, NULL, 3, 2, 1), 'no past') FROM oracle.renewal_forecast_total('{NULL,1}', '{t,NULL}', '{1,2,NULL}', '{1,2,3}') AS f;
SELECT pg_temp.is(f, ROW(0, 0, 0, 0, 0, 2), 'all skipped') FROM oracle.renewal_forecast_total('{1}', '{t}', '{1,NULL}', '{NULL,2}') AS f;
SELECT pg_temp.is((SELECT count(*) FROM oracle.renewal_forecast_total('{1}', '{t}', '{}', '{}')), 0::bigint, 'no contracts');
-- the constant in it
SELECT pg_temp.is(oracle.normal_quantile(0.95), 1.959963984540054235524594430520551527955550077869548398476953, 'z');

COMMIT;
\o
\echo oracle selftest of health, usage, forecasts: ok
