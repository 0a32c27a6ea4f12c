-- One row a customer: MRR a year ago and now, as two snapshots joined would give it.
-- :scale is in units of 10 million rows.
SELECT setseed(0.42);
CREATE TABLE pairs AS
SELECT CASE WHEN fate < 0.08 THEN NULL
			WHEN fate < 0.10 THEN 0
			ELSE round((20 + 2000 * r1 ^ 3)::numeric, 2) END AS opening,
	   CASE WHEN fate BETWEEN 0.10 AND 0.20 THEN NULL
			WHEN fate BETWEEN 0.20 AND 0.22 THEN 0
			WHEN fate BETWEEN 0.22 AND 0.60 THEN round((20 + 2000 * r1 ^ 3)::numeric, 2)
			ELSE round(((20 + 2000 * r1 ^ 3) * (0.6 + r2))::numeric, 2) END AS closing
FROM (SELECT random() AS fate, random() AS r1, random() AS r2
	  FROM generate_series(1, (:scale * 10000000)::bigint)) AS r;
VACUUM (FREEZE, ANALYZE) pairs;
