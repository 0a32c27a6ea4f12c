-- each month joined with the one before
WITH seen AS (SELECT customer, min(month) AS since FROM mrr WHERE mrr > 0 GROUP BY customer)
SELECT coalesce(c.month, (o.month + interval '1 month')::date) AS month, sum(o.mrr) AS opening,
	   sum(c.mrr) FILTER (WHERE o.mrr IS NULL AND since = c.month) AS new,
	   sum(c.mrr) FILTER (WHERE o.mrr IS NULL AND since < c.month) AS reactivation,
	   sum(c.mrr - o.mrr) FILTER (WHERE c.mrr > o.mrr) AS expansion,
	   sum(o.mrr - c.mrr) FILTER (WHERE c.mrr < o.mrr) AS contraction,
	   sum(o.mrr) FILTER (WHERE c.mrr IS NULL) AS churned, sum(c.mrr) AS closing
FROM mrr AS o FULL JOIN mrr AS c ON c.customer = o.customer AND c.month = (o.month + interval '1 month')::date
	 LEFT JOIN seen ON seen.customer = c.customer
GROUP BY 1 ORDER BY 1
