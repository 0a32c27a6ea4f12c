-- What each route of a comparison showed, and what differs: a part of report.sql, and of compare.sql, whose data is told otherwise.

TABLE oracle.route_report;
SELECT count(*) AS routes, sum(comparisons) AS comparisons, sum(mismatches) AS mismatches,
       :'seed' AS seed, round(extract(epoch FROM clock_timestamp() - :'started'), 1) AS seconds
FROM oracle.route_report \g (footer=off title='Total')
SELECT count(*) > 0 AS differs FROM oracle.difference \gset
\if :differs
\pset title 'First mismatches of each route'
SELECT route, key, name, want, got, how
FROM (SELECT *, row_number() OVER (PARTITION BY route ORDER BY key, name) AS nth FROM oracle.difference) AS d
WHERE nth <= 5 ORDER BY route, nth;
\endif
\pset title
