-- the first month by a window
SELECT cohort, month - cohort AS period, count(*) AS active
FROM (SELECT month, min(month) OVER (PARTITION BY customer) AS cohort
	  FROM (SELECT DISTINCT customer, (extract(year FROM at) * 12 + extract(month FROM at))::int AS month FROM events) AS m) AS c
GROUP BY 1, 2 ORDER BY 1, 2
