-- the first month by a window
SELECT cohort, m - cohort AS period, count(*) AS active
FROM (SELECT m, min(m) OVER (PARTITION BY customer) AS cohort
	  FROM (SELECT DISTINCT customer, year("at") * 12 + month("at") AS m FROM events) AS d) AS c
GROUP BY 1, 2 ORDER BY 1, 2
