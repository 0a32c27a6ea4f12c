-- COUNT(DISTINCT) over events joined with each customer's first
WITH first AS (SELECT customer, date_trunc('month', min(at))::date AS cohort FROM events GROUP BY customer)
SELECT cohort, (extract(year FROM at) - extract(year FROM cohort)) * 12 + extract(month FROM at) - extract(month FROM cohort) AS period,
	   count(DISTINCT customer) AS active
FROM events JOIN first USING (customer) GROUP BY 1, 2 ORDER BY 1, 2
