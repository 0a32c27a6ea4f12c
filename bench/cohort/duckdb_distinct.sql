-- COUNT(DISTINCT) over events joined with each customer's first
WITH first AS (SELECT customer, min("at") AS since FROM events GROUP BY customer)
SELECT year(since) * 12 + month(since) AS cohort,
	   year("at") * 12 + month("at") - (year(since) * 12 + month(since)) AS period, count(DISTINCT customer) AS active
FROM events JOIN first USING (customer) GROUP BY 1, 2 ORDER BY 1, 2
