-- How often the interval of NPS contains the truth, from all outcomes that n answers can have.
--
--     psql -X -d SCRATCH -f test/simulation/nps.sql
--
-- n answers are independent, each a promoter, passive or detractor with the given probabilities. Nominal level
-- 95 %. "usual" is the normal interval with the variance of the answers seen.
\set ON_ERROR_STOP on
SET search_path = public, ccx;
CREATE TEMP TABLE outcome AS
SELECT n, plus, minus, 0::float8 AS ways, survey_agg(CASE WHEN i <= plus THEN 9 WHEN i <= plus + minus THEN 3 ELSE 7 END, 'nps') AS s
FROM unnest('{50,100,300}'::int[]) AS n, generate_series(0, n) AS plus, generate_series(0, n - plus) AS minus, generate_series(1, n) AS i
GROUP BY n, plus, minus;
CREATE TEMP TABLE ln_factorial AS
SELECT 0 AS k, 0::float8 AS value UNION ALL SELECT k, sum(ln(k::float8)) OVER (ORDER BY k) FROM generate_series(1, 300) AS k;
UPDATE outcome SET ways = a.value - p.value - m.value - r.value
FROM ln_factorial AS a, ln_factorial AS p, ln_factorial AS m, ln_factorial AS r
WHERE a.k = n AND p.k = plus AND m.k = minus AND r.k = n - plus - minus;
CREATE TEMP TABLE cell AS
SELECT n, promoters, detractors, 100 * (promoters - detractors) AS nps, sum(weight) AS of_all,
       sum(weight) FILTER (WHERE 100 * (promoters - detractors) BETWEEN low AND high) AS covered,
       sum(weight * (high - low) / 2) AS half_width,
       sum(weight) FILTER (WHERE abs(promoters - detractors - (plus - minus)::float8 / n)
                           <= 1.959963984540054 * sqrt(((plus + minus)::float8 / n - ((plus - minus)::float8 / n) ^ 2) / n)) AS usual_covered
FROM (SELECT o.n, plus, minus, promoters, detractors, low, high,
             exp(greatest(-700, ways + plus * ln(promoters) + minus * ln(detractors) + (o.n - plus - minus) * ln(1 - promoters - detractors))) AS weight
      FROM outcome AS o, nps_ci(s),
           (VALUES (0.3::float8, 0.3::float8), (0.4, 0.2), (0.6, 0.1), (0.2, 0.5), (0.8, 0.05), (0.95, 0.02)) AS mix (promoters, detractors)) AS w
GROUP BY n, promoters, detractors;
SELECT n, promoters, detractors, round(nps::numeric) AS nps, round(covered::numeric, 3) AS covered, round(half_width::numeric, 1) AS half_width,
       round(usual_covered::numeric, 3) AS usual_covered
FROM cell ORDER BY n, nps;
SELECT round(avg(covered)::numeric, 3) AS mean, round(min(covered)::numeric, 3) AS least, round(avg(usual_covered)::numeric, 3) AS usual_mean,
       round(min(usual_covered)::numeric, 3) AS usual_least, bool_and(abs(of_all - 1) < 1e-9) AS of_all_outcomes FROM cell;
