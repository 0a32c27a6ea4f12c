-- What oracle.want and oracle.got differ in, and by how much: the verdict of a comparison. It includes this file after
-- it has filled them, and oracle.shape.

CREATE TABLE oracle.answer AS
SELECT route, shape, key, n, names[n] AS name, floors[n] AS floor, w.vals[n] AS want, g.vals[n] AS got,
       w.vals IS NULL AS unwanted, g.vals IS NULL AS missing
FROM oracle.want AS w FULL JOIN oracle.got AS g USING (route, shape, key) JOIN oracle.shape USING (shape), LATERAL generate_subscripts(names, 1) AS n
WHERE w.vals IS DISTINCT FROM g.vals;
-- how far doubles are off, in parts of what they may be measured by
CREATE TABLE oracle.deviation AS
SELECT *, CASE WHEN floor IS NOT NULL AND want IS NOT NULL AND got IS NOT NULL
               THEN round(abs(want::numeric - got::numeric), 60) / nullif(greatest(abs(want::numeric), floor), 0) END AS off
FROM oracle.answer;
CREATE TABLE oracle.difference AS
SELECT route, key, name, want, got,
       CASE WHEN unwanted THEN 'a row too many'
            WHEN missing THEN 'no answer'
            WHEN off IS NOT NULL THEN 'off by ' || off::double precision
            WHEN want ~ '^-?[0-9.]+$' AND got ~ '^-?[0-9.]+$' AND want::numeric = got::numeric THEN 'same value, written differently'
            ELSE 'value' END AS how
FROM oracle.deviation
WHERE unwanted OR missing OR want IS DISTINCT FROM got AND (off <= 1e-12) IS NOT TRUE
UNION ALL
SELECT route, key, NULL, '1', count(*)::text, 'answered more than once'
FROM oracle.got GROUP BY route, key HAVING count(*) > 1;

CREATE TABLE oracle.route_report AS
SELECT route, answers, comparisons, coalesce(mismatches, 0) AS mismatches, worst
FROM (SELECT route, count(*) AS answers, sum(cardinality(names)) AS comparisons
      FROM oracle.want JOIN oracle.shape USING (shape) GROUP BY route) AS w
FULL JOIN (SELECT route, count(*) AS mismatches FROM oracle.difference GROUP BY route) AS d USING (route)
LEFT JOIN (SELECT route, max(off)::double precision AS worst FROM oracle.deviation GROUP BY route) AS o USING (route)
ORDER BY route;
