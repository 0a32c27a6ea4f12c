-- The oracle for periods and exchange rates alone, on figures worked by hand. Needs no ccx:
--   psql -X -d any_scratch_database -f test/oracle/calendar_selftest.sql
\set ON_ERROR_STOP on
\set QUIET on
\ir selftest_tools.sql
\ir ratio.sql
\ir calendar.sql
\ir currency.sql

\o /dev/null
BEGIN;

-- periods ----------------------------------------------------------------------------------------------
-- 2024-01-01 was a Monday; 1900 had no leap day, 2000 had; the year before 1 AD is 1 BC, a leap year
SELECT pg_temp.is(format('%s %s', oracle.period_start(day::date, grain), oracle.period_end(day::date, grain)), want, format('%s of %s', grain, day)) FROM (VALUES
    ('2024-02-29', 'day', '2024-02-29 2024-02-29'),
    ('2024-01-01', 'week', '2024-01-01 2024-01-07'), ('2024-01-07', 'week:monday', '2024-01-01 2024-01-07'), ('2024-01-07', 'week:sunday', '2024-01-07 2024-01-13'),
    ('2024-01-06', 'week:sunday', '2023-12-31 2024-01-06'), ('2024-03-01', 'week:thursday', '2024-02-29 2024-03-06'),
    ('2024-02-10', 'month', '2024-02-01 2024-02-29'), ('2023-02-10', 'month', '2023-02-01 2023-02-28'), ('1900-02-28', 'month', '1900-02-01 1900-02-28'), ('2000-02-28', 'month', '2000-02-01 2000-02-29'),
    ('2025-01-15', 'quarter:feb', '2024-11-01 2025-01-31'), ('2025-01-15', 'quarter:nov', '2024-11-01 2025-01-31'), ('2025-01-15', 'quarter', '2025-01-01 2025-03-31'),
    ('2024-12-31', 'quarter:mar', '2024-12-01 2025-02-28'), ('2024-02-29', 'quarter:dec', '2023-12-01 2024-02-29'), ('2024-03-01', 'quarter:dec', '2024-03-01 2024-05-31'),
    ('2024-03-31', 'year:apr', '2023-04-01 2024-03-31'), ('2024-04-01', 'year:apr', '2024-04-01 2025-03-31'), ('2024-02-29', 'year:mar', '2023-03-01 2024-02-29'), ('2024-12-31', 'year:jan', '2024-01-01 2024-12-31'),
    ('0001-02-01 BC', 'month', '0001-02-01 BC 0001-02-29 BC'), ('0001-01-01', 'year:oct', '0001-10-01 BC 0001-09-30'), ('0001-01-01', 'week:saturday', '0001-12-30 BC 0001-01-05'),
    -- the first and the last date there are
    ('4714-11-24 BC', 'day', '4714-11-24 BC 4714-11-24 BC'), ('4714-11-24 BC', 'week', '4714-11-24 BC 4714-11-30 BC'), ('4714-12-31 BC', 'quarter:dec', '4714-12-01 BC 4713-02-29 BC'),
    ('5874897-12-31', 'day', '5874897-12-31 5874897-12-31'), ('5874897-12-31', 'month', '5874897-12-01 5874897-12-31'), ('5874897-10-01', 'quarter:oct', '5874897-10-01 5874897-12-31'), ('5874897-12-31', 'year', '5874897-01-01 5874897-12-31'),
    ('infinity', 'month', 'infinity infinity'), ('-infinity', 'day', '-infinity -infinity'), (NULL, 'month', ' '), ('2024-01-01', NULL, ' '), (NULL, 'fortnight', ' ')) AS v (day, grain, want);
SELECT pg_temp.refuses(format('SELECT oracle.%s(%L, %L)', edge, day, grain), state) FROM (VALUES
    ('period_start', '4714-11-24 BC', 'month', '22008'), ('period_start', '4714-11-24 BC', 'week:tuesday', '22008'), ('period_start', '4714-12-31 BC', 'year', '22008'),
    ('period_end', '5874897-12-31', 'quarter:feb', '22008'), ('period_end', '5874897-12-31', 'year:feb', '22008'), ('period_end', '5874897-12-30', 'week', '22008'),
    ('period_end', 'infinity', 'fortnight', '22023'), ('period_start', '2024-01-01', 'fortnight', '22023'), ('period_end', '2024-01-01', 'Month', '22023'), ('period_start', '2024-01-01', 'week:jan', '22023'),
    ('period_end', '2024-01-01', '', '22023')) AS v (edge, day, grain, state);
-- the other end may be a date; the last date is a Tuesday
SELECT pg_temp.is(oracle.period_end('4714-12-31 BC', 'year'), date '4714-12-31 BC', 'the end of a year that began before the first date'),
       pg_temp.is(oracle.period_start('5874897-12-31', 'week'), date '5874897-12-30', 'the Monday before the last date'),
       pg_temp.is(oracle.period_end('5874897-12-31', 'week:wednesday'), date '5874897-12-31', 'a week that ends with the last date');

-- exchange rates ---------------------------------------------------------------------------------------
SELECT pg_temp.is(oracle.converted(amount, rate), want, format('%s at %s', amount, rate)) FROM (VALUES
    (100, 0.95, 95::numeric), (-12.50, 1.085, -13.5625), (0, 3, 0), (0.00, 1.5, 0), (99999999999999999999.99, 0.000000000001, 99999999.99999999999999), (1e-8, 1e-8, 0.0000000000000001), (NULL, 2, NULL), (NULL, NULL, NULL), (NULL, -1, NULL)) AS v (amount, rate, want);
SELECT pg_temp.refuses(format('SELECT oracle.converted(%L, %L)', amount, rate), state) FROM (VALUES
    ('1', NULL, '22004'), ('0', NULL, '22004'), ('1', '0', '22023'), ('0', '-0.5', '22023'), ('1', 'NaN', '22023'), ('1', 'Infinity', '22023'), ('NaN', '1', '22023'), ('-Infinity', '1', '22023')) AS v (amount, rate, state);

-- the example of doc/currency.md: 195 and 180 of 245 and 230; at spot 180 of 245
SELECT pg_temp.is(format('%s %s', round(r.nrr, 4), round(r.grr, 4)), want, rule) FROM (VALUES ('opening', '0.7959 0.7959'), ('closing', '0.7826 0.7826'), ('spot', '0.7347 0.7347')) AS v (rule, want),
    LATERAL oracle.constant_retention('{"(1,2024-12-31,100,EUR)","(1,2025-12-31,100,EUR)","(2,2024-12-31,100,USD)","(2,2025-12-31,100,USD)","(3,2024-12-31,50,EUR)"}',
                                      '{"(EUR,2024-12-31,1)","(EUR,2025-12-31,1)","(USD,2024-12-31,0.95)","(USD,2025-12-31,0.80)"}', rule, '2024-12-31', '2025-12-31') AS r;
-- one who changes the currency has grown by half, and is capped; a credit is taken off first
SELECT pg_temp.is(format('%s %s', r.nrr, r.grr), '1.5 1', 'another currency')
FROM oracle.constant_retention('{"(1,2024-12-31,120,EUR)","(1,2024-12-31,-10,USD)","(1,2025-12-31,75,USD)","(2,2025-12-31,9,USD)"}', '{"(EUR,2024-12-31,1)","(USD,2024-12-31,2)"}', 'opening', '2024-12-31', '2025-12-31') AS r;
SELECT pg_temp.refuses($$SELECT oracle.constant_retention('{"(1,2024-12-31,120,EUR)","(1,2025-12-31,0,CHF)"}', '{"(EUR,2024-12-31,1)"}', 'opening', '2024-12-31', '2025-12-31')$$, '22004');

COMMIT;
\o
\echo oracle selftest of periods and exchange rates: ok
