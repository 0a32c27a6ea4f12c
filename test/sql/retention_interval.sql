-- Confidence intervals of NRR, GRR and logo retention
SET search_path = ccx, public;
SET extra_float_digits = 0;

\echo '-- ten customers of 100: n_eff is 10, t with 9 degrees of freedom is 2.262157162741 (tables: 2.262)'
CREATE TEMP TABLE ten AS
SELECT 100::numeric AS o, unnest('{100,120,0,90,100,150,80,100,0,110}'::numeric[]) AS c;
WITH r AS (SELECT o, c, least(o, c) AS g FROM ten),
	 s AS (SELECT sum(c) / sum(o) AS nrr, sum(g) / sum(o) AS grr, sum(o) AS o, count(*) AS n FROM r),
	 e AS (SELECT sqrt(sum((r.c - nrr * r.o) ^ 2) * n / (n - 1)) / s.o AS nrr_error,
				  sqrt(sum((r.g - grr * r.o) ^ 2) * n / (n - 1)) / s.o AS grr_error, nrr, grr
		   FROM r, s GROUP BY nrr, grr, s.o, n)
SELECT round((nrr - t * nrr_error)::numeric, 9) AS nrr_low, round((nrr + t * nrr_error)::numeric, 9) AS nrr_high,
	   round(((grr + t ^ 2 / m / 2 - t * sqrt(grr * (1 - grr) / m + t ^ 2 / (4 * m ^ 2))) / (1 + t ^ 2 / m))::numeric, 9) AS grr_low,
	   round(((grr + t ^ 2 / m / 2 + t * sqrt(grr * (1 - grr) / m + t ^ 2 / (4 * m ^ 2))) / (1 + t ^ 2 / m))::numeric, 9) AS grr_high
FROM e, LATERAL (SELECT 2.262157162741 AS t, least(greatest(grr * (1 - grr) / grr_error ^ 2, 10), 30) AS m) AS c;
SELECT round((nrr_ci(s)).low::numeric, 9) AS nrr_low, round((nrr_ci(s)).high::numeric, 9) AS nrr_high,
	   round((grr_ci(s)).low::numeric, 9) AS grr_low, round((grr_ci(s)).high::numeric, 9) AS grr_high,
	   (nrr_ci(s)).n, (nrr_ci(s)).n_eff
FROM (SELECT retention_agg(o, c) AS s FROM ten) AS x;

\echo '-- 8 of 10 stayed: Wilson at 95 % is 0.490162 to 0.943318'
SELECT round(low::numeric, 6) AS low, round(high::numeric, 6) AS high, n, n_eff
FROM (SELECT retention_agg(o, c) AS s FROM ten) AS x, logo_retention_ci(s);

\echo '-- one large customer: counts for most, so that there is no interval'
SELECT low, high, n, round(n_eff::numeric, 4) AS n_eff
FROM (SELECT retention_agg(o, c) AS s FROM (SELECT * FROM ten UNION ALL SELECT 10000, 9000) AS u) AS x, nrr_ci(s);

\echo '-- none stayed, all stayed, nobody there, no moments'
SELECT 'none' AS case, nrr_ci(retention_agg(100, 0)), logo_retention_ci(retention_agg(100, 0)) FROM generate_series(1, 20)
UNION ALL SELECT 'all', nrr_ci(retention_agg(100, 100)), logo_retention_ci(retention_agg(100, 100)) FROM generate_series(1, 20)
UNION ALL SELECT 'nobody', nrr_ci(retention_agg(0, 100)), logo_retention_ci(retention_agg(0, 100)) FROM generate_series(1, 20);
SELECT nrr_ci(summary), grr_ci(summary)
FROM retention_summaries((SELECT mrr_movements_agg(h) FROM (SELECT mrr_history(date '2025-01-01', 100) AS h) AS c), '2024-12-01', '2025-02-01')
WHERE period = '2025-02-01';
SELECT nrr_ci(NULL), nrr_ci(retention_agg(1, 1), NULL);

\echo '-- all cut by a tenth, and nearly so: 0.713210 to 0.970212, with t for 30'
SELECT round(low::numeric, 6) AS low, round(high::numeric, 6) AS high
FROM (SELECT retention_agg(o, 90) AS s FROM ten UNION ALL SELECT retention_agg(o, 90 + 1e-9 * c) FROM ten) AS x, grr_ci(s);

\echo '-- nothing lost is 1 to the last digit, and GRR has the interval for as many customers as there are'
SELECT bool_and((nrr_ci(s)).low = 1 AND (nrr_ci(s)).high = 1) AS exactly, bool_and((grr_ci(s)).high = 1 AND (grr_ci(s)).low BETWEEN n / (n + 5.2) AND n / (n + 3.8)) AS as_many
FROM (SELECT n, retention_agg(10, 10) AS s FROM generate_series(10, 60) AS n, LATERAL generate_series(1, n) AS i GROUP BY n) AS x;

\echo '-- ten equal customers are ten, whatever they pay'
SELECT bool_and(low = 1 AND n_eff = 10) AS ten
FROM (SELECT retention_agg(k * unit, k * unit) AS s
      FROM generate_series(1, 200) AS k, unnest('{1,0.37,1e-8,123456789}'::numeric[]) AS unit, generate_series(1, 10) GROUP BY k, unit) AS company, nrr_ci(s);

\echo '-- Student''s t, of customers who pay 1 or 3: when all that is left is with one of them, at an NRR of 1'
-- wanted is from mpmath 1.3, its hypergeometric function in 50 digits; for 9 and 30 degrees of freedom NIST's e-Handbook of
-- Statistical Methods, 1.3.6.7.2, has the last column, too
SELECT round(n_eff - 1, 3) AS df, count(*) AS levels, bool_and(abs((high - 1) / error / want - 1) < 1e-9) AS same,
       array_agg(round(((high - 1) / error)::numeric, 3) ORDER BY level) FILTER (WHERE level IN (0.9, 0.95, 0.99)) AS t
FROM (VALUES
             (10, 0, '{1.28854386182433e-6,0.00128854425801449,0.702722146751326,1.83311293265624,2.2621571627982,3.24983554159213,11.6367820272895,55.543581303264}'),
             (20, 5, '{1.27098560935073e-6,0.00127098597071779,0.688485525558118,1.73487382778911,2.10222100852766,2.88132583892311,7.25926800983234,17.6094770876096}'),
             (31, 0, '{1.26380011306203e-6,0.00126380046069757,0.682755693321293,1.69726088659396,2.04227245630124,2.74999565356722,6.1190756203739,11.7220188868106}'),
             (1001, 0, '{1.25362750496725e-6,0.00125362783365852,0.674735164607009,1.64637881728546,1.96233908082641,2.58075469806595,4.92228952342383,7.22395775051874}'),
             (100001, 0, '{1.25331727060509e-6,0.00125331759872756,0.674492203553292,1.64486886478497,1.95998770753461,2.57587846990837,4.89194334070945,7.13143418340039}')) AS v (ones, threes, wanted),
     LATERAL (SELECT ones + 3 * threes AS o, ones + 9 * threes AS squares) AS totals,
     LATERAL (SELECT retention_agg(CASE WHEN i > ones THEN 3 ELSE 1 END, CASE i WHEN 1 THEN o ELSE 0 END) AS s FROM generate_series(1, ones + threes) AS i) AS company,
     LATERAL (SELECT o::numeric ^ 2 / squares AS n_eff) AS n,
     LATERAL (SELECT sqrt(((o - 1)::float8 ^ 2 + squares - 1) / o ^ 2 * n_eff / (n_eff - 1)) AS error) AS e,
     LATERAL unnest('{1e-6,0.001,0.5,0.9,0.95,0.99,0.999999,0.999999999999}'::float8[], wanted::float8[]) AS l (level, want),
     LATERAL nrr_ci(s, level) AS ci (low, high, customers, effective)
GROUP BY 1 ORDER BY 1;

\echo '-- amounts of any size'
SELECT (nrr_ci(a)).n_eff = (nrr_ci(b)).n_eff AND (nrr_ci(a)).low = (nrr_ci(b)).low AS same
FROM (SELECT retention_agg(o, c) AS a, retention_agg(o * 1e40, c * 1e40) AS b FROM ten) AS x;

\echo '-- levels'
SELECT round((nrr_ci(s, 0.5)).low::numeric, 6) AS half, round((nrr_ci(s, level => 0.999)).low::numeric, 6) AS nearly_all
FROM (SELECT retention_agg(o, c) AS s FROM ten) AS x;
SELECT nrr_ci(retention_agg(1, 1), 95);
SELECT grr_ci(retention_agg(1, 1), 'NaN');
SELECT logo_retention_ci(retention_agg(1, 1), 0);
