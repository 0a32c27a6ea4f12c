-- every row once as closing and once as the opening of the next month
WITH seen AS (SELECT customer, min(month) AS since FROM mrr WHERE mrr > 0 GROUP BY customer)
SELECT month, sum(o) AS opening, sum(c) FILTER (WHERE o IS NULL AND month = since) AS new,
	   sum(c) FILTER (WHERE o IS NULL AND month > since) AS reactivation, sum(c - o) FILTER (WHERE c > o) AS expansion,
	   sum(o - c) FILTER (WHERE c < o) AS contraction, sum(o) FILTER (WHERE c IS NULL) AS churned, sum(c) AS closing
FROM (SELECT customer, month, sum(o) AS o, sum(c) AS c
	  FROM (SELECT customer, month, NULL::numeric AS o, mrr AS c FROM mrr
			UNION ALL SELECT customer, (month + interval '1 month')::date, mrr, NULL FROM mrr) AS u
	  GROUP BY customer, month) AS p JOIN seen USING (customer)
GROUP BY 1 ORDER BY 1
