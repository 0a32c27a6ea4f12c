-- distinct months, joined with each customer's first
WITH active AS (SELECT DISTINCT customer, date_trunc('month', at)::date AS month FROM events),
	 first AS (SELECT customer, min(month) AS cohort FROM active GROUP BY customer)
SELECT cohort, (extract(year FROM month) - extract(year FROM cohort)) * 12 + extract(month FROM month) - extract(month FROM cohort) AS period,
	   count(*) AS active
FROM active JOIN first USING (customer) GROUP BY 1, 2 ORDER BY 1, 2
