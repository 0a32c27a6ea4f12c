-- every row once as closing and once as the opening of the next month
WITH n AS (SELECT customer, year(month) * 12 + month(month) AS m, mrr FROM mrr),
	 seen AS (SELECT customer, min(m) AS since FROM n WHERE mrr > 0 GROUP BY customer)
SELECT m, sum(o) AS opening, sum(c) FILTER (WHERE o IS NULL AND m = since) AS new, sum(c) FILTER (WHERE o IS NULL AND m > since) AS reactivation,
	   sum(c - o) FILTER (WHERE c > o) AS expansion, sum(o - c) FILTER (WHERE c < o) AS contraction, sum(o) FILTER (WHERE c IS NULL) AS churned, sum(c) AS closing
FROM (SELECT customer, m, sum(o) AS o, sum(c) AS c
	  FROM (SELECT customer, m, NULL::DECIMAL(18,2) AS o, mrr AS c FROM n UNION ALL SELECT customer, m + 1, mrr, NULL FROM n) AS u
	  GROUP BY customer, m) AS p JOIN seen USING (customer)
GROUP BY 1 ORDER BY 1
