-- distinct months, joined with each customer's first
WITH active AS (SELECT DISTINCT customer, year("at") * 12 + month("at") AS m FROM events),
	 first AS (SELECT customer, min(m) AS cohort FROM active GROUP BY customer)
SELECT cohort, m - cohort AS period, count(*) AS active FROM active JOIN first USING (customer) GROUP BY 1, 2 ORDER BY 1, 2
