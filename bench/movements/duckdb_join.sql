-- each month joined with the one before
WITH n AS (SELECT customer, year(month) * 12 + month(month) AS m, mrr FROM mrr),
	 seen AS (SELECT customer, min(m) AS since FROM n WHERE mrr > 0 GROUP BY customer)
SELECT coalesce(c.m, o.m + 1) AS month, sum(o.mrr) AS opening, sum(c.mrr) FILTER (WHERE o.mrr IS NULL AND since = c.m) AS new,
	   sum(c.mrr) FILTER (WHERE o.mrr IS NULL AND since < c.m) AS reactivation, sum(c.mrr - o.mrr) FILTER (WHERE c.mrr > o.mrr) AS expansion,
	   sum(o.mrr - c.mrr) FILTER (WHERE c.mrr < o.mrr) AS contraction, sum(o.mrr) FILTER (WHERE c.mrr IS NULL) AS churned, sum(c.mrr) AS closing
FROM n AS o FULL JOIN n AS c ON c.customer = o.customer AND c.m = o.m + 1 LEFT JOIN seen ON seen.customer = c.customer
GROUP BY 1 ORDER BY 1
