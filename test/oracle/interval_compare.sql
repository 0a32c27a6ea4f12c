-- Intervals of NRR, GRR and logo retention: ccx against the oracle on the same random sets, to 1e-12.
--   psql -X -d scratch -f test/oracle/interval_compare.sql            (-v seed=2 for other data)
-- Ends with a non-zero exit when anything differs or when the data misses one of its floors.
\set ON_ERROR_STOP on
\ir begin.sql
\ir tables.sql
\ir voice.sql
\ir intervals.sql

SELECT clock_timestamp() AS started \gset

-- Companies: their customers equal, somewhat or very unequal; few enough that n_eff is about 10; and among them such as
-- have no opening MRR or are not known.
CREATE TABLE oracle.company AS
SELECT set_id, kind,
       CASE kind WHEN 'empty' THEN 0 WHEN 'large' THEN 600 WHEN 'about 10' THEN 9 + set_id % 4 ELSE 8 + oracle.draw(60, 'size', set_id, 0) END AS size,
       (ARRAY[0, 0.3, 1, 2])[1 + oracle.draw(4, 'unequal', set_id, 0)] AS sigma,
       (ARRAY[1, 0.01, 0.00000001, 1e18])[1 + oracle.draw(4, 'unit', set_id, 0)] AS unit,
       (ARRAY[0, 1, 10, 30, 60])[1 + oracle.draw(5, 'churn', set_id, 0)] AS churn,
       -- 2⁻²⁰ and 1 − 2⁻²⁰ are doubles to the last digit
       (ARRAY[0.5, 0.8, 0.9, 0.99, 0.9999, 0.05, 0.95, 0.00000095367431640625, 0.99999904632568359375])[1 + oracle.draw(9, 'level', set_id, 0)] AS level
FROM (SELECT set_id,
             CASE WHEN set_id % 61 = 0 THEN 'empty' WHEN set_id % 59 = 0 THEN 'unusable' WHEN set_id % 53 = 0 THEN 'no opening'
                  WHEN set_id % 23 = 0 THEN 'large' WHEN set_id % 7 = 0 THEN 'about 10'
                  WHEN set_id % 13 = 0 THEN 'all kept' WHEN set_id % 17 = 0 THEN 'nobody kept' WHEN set_id % 19 = 0 THEN 'all cut alike'
                  WHEN set_id % 11 = 0 THEN 'small cuts'
                  ELSE 'plain' END AS kind
      FROM generate_series(1, 400) AS set_id) AS kinds;
CREATE TABLE oracle.company_row AS
SELECT set_id, n,
       CASE WHEN kind = 'unusable' OR hazard = 0 THEN NULL WHEN kind = 'no opening' OR hazard = 1 THEN (ARRAY[0, NULL, -o])[1 + n % 3] ELSE o END AS opening,
       CASE WHEN kind = 'unusable' OR hazard = 2 THEN NULL
            WHEN kind = 'nobody kept' THEN (ARRAY[0, NULL, -o])[1 + n % 3]
            WHEN kind = 'all kept' THEN o * (1 + (n % 3) * 0.1) WHEN kind = 'all cut alike' THEN o * 0.9 WHEN kind = 'small cuts' THEN o * (0.9 + (n % 5) * 0.01)
            WHEN fate < churn THEN (ARRAY[0, NULL, -o])[1 + n % 3]
            WHEN fate < 70 THEN o WHEN fate < 80 THEN o * 0.7 ELSE o * 1.5 END AS closing
FROM (SELECT c.*, n,
             CASE WHEN kind IN ('plain', 'large', 'about 10') THEN oracle.draw(40, 'hazard', set_id, n) + CASE kind WHEN 'about 10' THEN 10 ELSE 0 END ELSE 99 END AS hazard,
             oracle.draw(100, 'fate', set_id, n) AS fate,
             round(100 * exp(round(CASE kind WHEN 'about 10' THEN sigma * 0.1 ELSE sigma END * (oracle.draw(2001, 'o', set_id, n) - 1000) / 500, 6)), 2) * unit AS o
      FROM oracle.company AS c, LATERAL generate_series(1, size) AS n) AS drawn;
CREATE INDEX ON oracle.company_row (set_id);
ANALYZE;

INSERT INTO oracle.shape VALUES
    ('scalar', '{value}', NULL),
    -- ends in parts of the rate, since they may cancel
    ('intervals', '{"nrr_ci low","nrr_ci high","nrr_ci n","nrr_ci n_eff","grr_ci low","grr_ci high","grr_ci n","grr_ci n_eff","logo low","logo high","logo n","logo n_eff"}',
     '{1,1,NULL,1,1,1,NULL,1,1,1,NULL,1}');

-- Those who pay nothing at the opening, or are not known, are not asked by the oracle. Logos are all worth one.
CREATE TABLE oracle.interval_want AS
SELECT set_id, level, size, i.*,
       ARRAY[nrr_low / unit, nrr_high / unit, n, n_eff, grr_low, grr_high, n, n_eff, logo_low, logo_high, n, nullif(n, 0)] AS vals, unit, rows
FROM (SELECT set_id, level, c.size, count(r.n) AS rows, array_agg(opening) AS openings, array_agg(closing) AS closings
      FROM oracle.company AS c LEFT JOIN oracle.company_row AS r USING (set_id) GROUP BY set_id, level, c.size) AS c
     LEFT JOIN LATERAL oracle.retention_intervals(CASE WHEN rows > 0 THEN openings END, closings, level) AS i ON true,
     LATERAL (SELECT coalesce(nullif(nrr, 0), 1) AS unit) AS u;
CREATE TABLE oracle.summary AS
SELECT 'retention_agg' AS route, set_id, ccx.retention_agg(opening, closing) FILTER (WHERE n IS NOT NULL) AS s
FROM oracle.company LEFT JOIN oracle.company_row USING (set_id) GROUP BY set_id
UNION ALL
-- the two ends of a customer in different rows
SELECT 'retention_agg_by', set_id, ccx.retention_agg_by(r.n, CASE i WHEN 1 THEN opening END, CASE i WHEN 2 THEN closing END) FILTER (WHERE r.n IS NOT NULL)
FROM oracle.company LEFT JOIN oracle.company_row AS r USING (set_id), generate_series(1, 2) AS i GROUP BY set_id
UNION ALL
SELECT 'rollup of a random split', set_id, ccx.rollup(part)
FROM (SELECT set_id, ccx.retention_agg(opening, closing) FILTER (WHERE n IS NOT NULL) AS part
      FROM oracle.company LEFT JOIN oracle.company_row USING (set_id) GROUP BY set_id, oracle.draw(4, 'part', set_id, n)) AS p GROUP BY set_id;
INSERT INTO oracle.summary SELECT 'by text', set_id, s::text::ccx.retention_summary FROM oracle.summary WHERE route = 'rollup of a random split';

INSERT INTO oracle.want SELECT route, 'intervals', 'set ' || set_id, vals::text[] FROM oracle.interval_want JOIN oracle.summary USING (set_id);
INSERT INTO oracle.got
SELECT route, 'intervals', 'set ' || set_id,
       ARRAY[r.low::text::numeric / unit, r.high::text::numeric / unit, r.n, r.n_eff::text::numeric, g.low::text::numeric, g.high::text::numeric, g.n, g.n_eff::text::numeric,
             l.low::text::numeric, l.high::text::numeric, l.n, l.n_eff::text::numeric]::text[]
FROM oracle.summary JOIN oracle.interval_want AS w USING (set_id)
     LEFT JOIN LATERAL ccx.nrr_ci(s, w.level) AS r ON true LEFT JOIN LATERAL ccx.grr_ci(s, w.level) AS g ON true LEFT JOIN LATERAL ccx.logo_retention_ci(s, w.level) AS l ON true;

-- without a level it is 0.95
INSERT INTO oracle.want
SELECT route, 'intervals', format('set %s, no level', set_id), vals::text[] FROM oracle.interval_want CROSS JOIN (VALUES ('without a level')) AS v (route) WHERE level = 0.95;
INSERT INTO oracle.got
SELECT 'without a level', 'intervals', format('set %s, no level', set_id),
       ARRAY[r.low::text::numeric / unit, r.high::text::numeric / unit, r.n, r.n_eff::text::numeric, g.low::text::numeric, g.high::text::numeric, g.n, g.n_eff::text::numeric,
             l.low::text::numeric, l.high::text::numeric, l.n, l.n_eff::text::numeric]::text[]
FROM oracle.summary JOIN oracle.interval_want AS w USING (set_id)
     LEFT JOIN LATERAL ccx.nrr_ci(s) AS r ON true LEFT JOIN LATERAL ccx.grr_ci(s) AS g ON true LEFT JOIN LATERAL ccx.logo_retention_ci(s) AS l ON true
WHERE summary.route = 'retention_agg' AND w.level = 0.95;

INSERT INTO oracle.want
SELECT 'what is refused', 'scalar', format('SELECT ccx.%s(s, %L) FROM (SELECT ccx.retention_agg(1, 1)) AS t (s)', call, level), ARRAY['error 22023']
FROM unnest('{nrr_ci,grr_ci,logo_retention_ci}'::text[]) AS call, unnest('{0,1,-0.1,1.1,NaN,Infinity}'::text[]) AS level;
INSERT INTO oracle.want
SELECT 'NULL', 'scalar', format('SELECT i IS NULL FROM (SELECT ccx.retention_agg(1, 1)) AS t (s), ccx.%s(%s) AS i', call, args), '{true}'
FROM unnest('{nrr_ci,grr_ci,logo_retention_ci}'::text[]) AS call, unnest(ARRAY['NULL, 0.95', 's, NULL', 'NULL']) AS args;
INSERT INTO oracle.got SELECT route, shape, key, ARRAY[oracle.outcome(key)] FROM oracle.want WHERE shape = 'scalar';

INSERT INTO oracle.hazard
SELECT 'companies', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.interval_want JOIN oracle.company AS c USING (set_id),
     LATERAL (VALUES ('companies', true, 400), ('no rows', rows = 0, 3), ('nobody at the opening', rows > 0 AND n = 0, 6), ('with an interval', m IS NOT NULL, 120), ('n_eff below 10', n_eff < 10 AND n >= 10, 25),
                     ('n_eff is 10', n_eff = 10, 2), ('n_eff from 10 to 11', n_eff > 10 AND n_eff < 11, 6), ('fewer than 10', n BETWEEN 1 AND 9, 10), ('over 400 customers', n > 400, 6),
                     ('rows that do not count', m IS NOT NULL AND rows > n, 80),
                     ('m is n_eff', m = interval_want.n_eff AND grr NOT IN (0, 1), 5), ('m between', m > interval_want.n_eff AND m < 3 * interval_want.n_eff, 50), ('m is three times n_eff', m = 3 * interval_want.n_eff, 10),
                     ('all kept', grr = 1 AND m IS NOT NULL, 8), ('nothing kept', grr = 0 AND m IS NOT NULL, 3), ('all cut alike', kind = 'all cut alike' AND m IS NOT NULL, 4),
                     ('nothing at worst', nrr_low = 0 AND nrr > 0, 2), ('at 0.95', c.level = 0.95 AND m IS NOT NULL, 15), ('at 0.9999', c.level = 0.9999 AND m IS NOT NULL, 15), ('at 0.05', c.level = 0.05 AND m IS NOT NULL, 15), ('at 1e-6', c.level < 0.000001 AND m IS NOT NULL, 10), ('at 0.999999', c.level > 0.999999 AND m IS NOT NULL, 10)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets;

\ir verdict.sql

\set kinds 1
\ir report.sql
\echo oracle comparison of intervals: ok
