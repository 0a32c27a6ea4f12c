-- How often the interval of NPS contains the truth, by simulation.
--
--     psql -X -d SCRATCH -v draws=2000 -f test/simulation/nps.sql
--
-- n answers are drawn independently, each a promoter, passive or detractor with the given
-- probabilities. Nominal level 95 %.
\set ON_ERROR_STOP on
\if :{?draws} \else \set draws 2000 \endif
SET search_path = public, ccx;
SELECT setseed(0.1) \g /dev/null
CREATE TEMP TABLE drawn AS
SELECT n, promoters, detractors, draw, survey_agg(CASE WHEN u < promoters THEN 9 WHEN u < promoters + detractors THEN 3 ELSE 7 END, 'nps') AS s
FROM (SELECT n, promoters, detractors, draw, random() AS u
      FROM unnest('{50,100,300}'::int[]) AS n,
           (VALUES (0.3, 0.3), (0.4, 0.2), (0.6, 0.1), (0.2, 0.5), (0.8, 0.05), (0.95, 0.02)) AS mix (promoters, detractors),
           generate_series(1, :draws) AS draw, LATERAL generate_series(1, n) AS answer) AS a
GROUP BY n, promoters, detractors, draw;
CREATE TEMP TABLE cell AS
SELECT d.n, promoters, detractors, 100 * (promoters - detractors) AS nps, round(avg((100 * (promoters - detractors) BETWEEN low AND high)::int), 3) AS covered,
       round(avg(high - low)::numeric / 2, 1) AS half_width
FROM drawn AS d, nps_ci(s) GROUP BY d.n, promoters, detractors;
SELECT * FROM cell ORDER BY n, nps;
SELECT round(avg(covered), 3) AS mean, min(covered) AS least FROM cell;
