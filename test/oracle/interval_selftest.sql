-- The oracle for intervals of retention alone, on figures worked by hand. Needs no ccx:
--   psql -X -d any_scratch_database -f test/oracle/interval_selftest.sql
\set ON_ERROR_STOP on
\set QUIET on
\ir selftest_tools.sql
\ir ratio.sql
\ir voice.sql
\ir intervals.sql

\o /dev/null
BEGIN;

-- Γ of whole numbers and of ½; t of 1 and 2 degrees of freedom in closed form, of 9 and 1000 as tables have it, between
SELECT pg_temp.near(oracle.log_gamma(5)::double precision, ln(24::double precision), 'Γ(5)'),
       pg_temp.near(oracle.log_gamma(41)::double precision, ln(factorial(40))::double precision, 'Γ(41)'),
       pg_temp.near(oracle.log_gamma(0.5)::double precision, ln(pi()) / 2, 'Γ(½)');
SELECT pg_temp.near(oracle.student_quantile(level, f)::double precision, want, format('t of %s at %s', f, level)) FROM (VALUES
    (0.5, 1::numeric, 1::double precision), (0.9, 1, tan(0.45 * pi())), (0.5, 2, 1 / sqrt(1.5::double precision)), (0.95, 2, 0.95 * sqrt(2 / (1 - 0.9025::double precision))),
    (0.95, 9, 2.26215716279820455), (0.99, 1000, 2.58075469806595107), (0.9, 2.5, 2.55821861413593663), (0.95, 11.344248436002932, 2.19286369645244667)) AS v (level, f, want);
SELECT pg_temp.near(w.low::double precision, 0.107791267406300968, 'Wilson of 3 in 10'), pg_temp.near(w.high::double precision, 0.603221852538854680, 'Wilson of 3 in 10')
FROM oracle.wilson(0.3, 10, oracle.normal_quantile(0.95)) AS w;

-- ten of 100; a new customer and one whose amounts are not known do not count
SELECT pg_temp.is(n, 10::bigint, 'ten'), pg_temp.near(n_eff::double precision, 10, 'n_eff of ten'),
       pg_temp.near(nrr_low::double precision, 0.502399024469973339, 'NRR, low'), pg_temp.near(nrr_high::double precision, 1.19760097553002667, 'NRR, high'),
       pg_temp.near(m::double precision, 10.4792899408284024, 'GRR, customers alike'), pg_temp.near(grr_low::double precision, 0.424593218079213635, 'GRR, low'), pg_temp.near(grr_high::double precision, 0.938229464550415570, 'GRR, high'),
       pg_temp.near(logo_low::double precision, 0.490162471536642, '8 of 10 stayed, low'), pg_temp.near(logo_high::double precision, 0.943317848545602, '8 of 10 stayed, high')
FROM oracle.retention_intervals('{100,100,100,100,100,100,100,100,100,100,0,NULL}', '{100,120,0,90,100,150,80,100,NULL,110,70,NULL}', 0.95);
-- eight of 100 and four of 200: n_eff is 1600² ÷ 240000
SELECT pg_temp.near(n_eff::double precision, 10.6666666666666667, 'n_eff of unequal ones'),
       pg_temp.near(nrr_low::double precision, 0.781916617233736307, 'NRR of unequal ones, low'), pg_temp.near(nrr_high::double precision, 1.20558338276626369, 'NRR of unequal ones, high'),
       pg_temp.near(grr_low::double precision, 0.739356549140843428, 'GRR of unequal ones, low'), pg_temp.near(grr_high::double precision, 0.939190716367854967, 'GRR of unequal ones, high')
FROM oracle.retention_intervals('{100,100,100,100,100,100,100,100,200,200,200,200}', '{100,100,100,100,50,0,300,100,200,150,200,190}', 0.8);
-- all cut alike: 30 customers; all kept: ten
SELECT pg_temp.near(grr_low::double precision, 0.713210406667845479, 'cut alike, low'), pg_temp.near(grr_high::double precision, 0.970212361933166283, 'cut alike, high')
FROM oracle.retention_intervals(array_fill(100, '{10}')::numeric[], array_fill(90, '{10}')::numeric[], 0.95);
SELECT pg_temp.near(grr_low::double precision, 10 / (10 + 2.26215716279820455 ^ 2), 'all kept, low'), pg_temp.near(grr_high::double precision, 1, 'all kept, high'), pg_temp.near(nrr_low::double precision, 1.1, 'all grew alike')
FROM oracle.retention_intervals(array_fill(100, '{10}')::numeric[], array_fill(110, '{10}')::numeric[], 0.95);
-- too few
SELECT pg_temp.is(concat(nrr_low, nrr_high, grr_low, grr_high, logo_low, logo_high), '', 'nine'), pg_temp.is(n, 9::bigint, 'nine are n'), pg_temp.is(round(n_eff, 9), 9.000000000, 'nine are n_eff')
FROM oracle.retention_intervals(array_fill(100, '{9}')::numeric[], array_fill(110, '{9}')::numeric[], 0.95);

COMMIT;
\o
\echo oracle selftest of intervals: ok
