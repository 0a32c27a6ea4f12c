-- How often the intervals of retention contain the truth, by simulation.
--
--     psql -X -d SCRATCH -v draws=2000 -f test/simulation/coverage.sql
--
-- n customers with log-normal opening MRR decide independently: they churn with the given
-- rate; of those who stay 70 % pay the same, 20 % up to half more and 10 % up to half less.
-- So NRR is (1 - churn) * 1.025 in truth, GRR (1 - churn) * 0.975 and logo retention
-- 1 - churn. Nominal level 95 %. The plain normal interval of the same error stands beside.
\set ON_ERROR_STOP on
\if :{?draws} \else \set draws 2000 \endif
SET search_path = public, ccx;
SELECT setseed(0.1) \g /dev/null
CREATE TEMP TABLE grid AS
SELECT n, sigma, churn FROM unnest('{50,100,300}'::int[]) AS n, unnest('{0.5,1,1.5}'::float8[]) AS sigma, unnest('{0.02,0.1}'::float8[]) AS churn;
CREATE TEMP TABLE drawn AS
SELECT n, sigma, churn, draw, retention_agg(o, round(CASE WHEN fate < churn THEN 0 WHEN move < 0.7 THEN o
			WHEN move < 0.9 THEN o * (1 + size / 2) ELSE o * (0.5 + size / 2) END, 2)) AS s
FROM (SELECT n, sigma, churn, draw, random() AS fate, random() AS move, random()::numeric AS size,
			 round((100 * exp(sigma * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())))::numeric + 0.01, 2) AS o
	  FROM grid, generate_series(1, :draws) AS draw, LATERAL generate_series(1, n) AS customer) AS c
GROUP BY n, sigma, churn, draw;
CREATE TEMP VIEW outcome AS
SELECT n, sigma, churn, (nrr_ci(s)).n_eff,
	   coalesce((1 - churn) * 1.025 BETWEEN (nrr_ci(s)).low AND (nrr_ci(s)).high, NULL) AS nrr,
	   (1 - churn) * 0.975 BETWEEN (grr_ci(s)).low AND (grr_ci(s)).high AS grr,
	   1 - churn BETWEEN (logo_retention_ci(s)).low AND (logo_retention_ci(s)).high AS logo
FROM drawn;
SELECT n, sigma, round(100 * churn::numeric) AS "churn %", round(avg(n_eff)::numeric) AS n_eff,
	   round(avg(nrr::int), 3) AS nrr, round(avg(grr::int), 3) AS grr, round(avg(logo::int), 3) AS logo,
	   round(avg((nrr IS NULL)::int), 3) AS "no interval"
FROM outcome GROUP BY n, sigma, churn ORDER BY n, sigma, churn;
SELECT round(avg(nrr), 3) AS "mean nrr", round(avg(grr), 3) AS "mean grr", round(avg(logo), 3) AS "mean logo",
	   min(nrr) FILTER (WHERE n_eff >= 50) AS "least nrr, n_eff >= 50", min(grr) FILTER (WHERE n_eff >= 50) AS "least grr",
	   min(logo) FILTER (WHERE n_eff >= 50) AS "least logo"
FROM (SELECT avg(nrr::int) AS nrr, avg(grr::int) AS grr, avg(logo::int) AS logo, avg(n_eff) AS n_eff FROM outcome GROUP BY n, sigma, churn) AS cell;
