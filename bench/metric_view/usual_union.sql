-- every row once as closing and once as the opening of the next month, added up by customer and month
WITH seen AS (
	SELECT customer, min(month) AS since FROM mrr GROUP BY customer
), m AS (
	SELECT customer, u.month, sum(o) AS o, sum(c) AS c, u.month = since AS is_new
	FROM (SELECT customer, month, 0::numeric AS o, mrr AS c FROM mrr
		  UNION ALL SELECT customer, (month + interval '1 month')::date, mrr, 0 FROM mrr) AS u JOIN seen USING (customer)
	GROUP BY customer, u.month, since
)
SELECT m.month AS period, coalesce(a.segment, '(none)') AS segment, coalesce(a.region, '(none)') AS region,
	   sum(o) AS opening_mrr, coalesce(sum(c) FILTER (WHERE is_new), 0) AS new_mrr,
	   coalesce(sum(c) FILTER (WHERE o = 0 AND NOT is_new), 0) AS reactivation_mrr,
	   coalesce(sum(c - o) FILTER (WHERE o > 0 AND c > o), 0) AS expansion_mrr,
	   coalesce(sum(o - c) FILTER (WHERE c > 0 AND c < o), 0) AS contraction_mrr,
	   coalesce(sum(o) FILTER (WHERE c = 0), 0) AS churned_mrr, sum(c) AS closing_mrr,
	   coalesce(sum(c) FILTER (WHERE o > 0), 0) AS retained_mrr, coalesce(sum(least(o, c)), 0) AS gross_retained_mrr,
	   round(sum(c) FILTER (WHERE o > 0) / nullif(sum(o), 0), 6) AS nrr, round(sum(least(o, c)) / nullif(sum(o), 0), 6) AS grr,
	   round((count(*) FILTER (WHERE o > 0 AND c > 0))::numeric / nullif(count(*) FILTER (WHERE o > 0), 0), 6) AS logo_retention,
	   count(*) FILTER (WHERE o > 0) AS opening_customers, count(*) FILTER (WHERE is_new) AS new_customers,
	   count(*) FILTER (WHERE o = 0 AND NOT is_new) AS reactivation_customers,
	   count(*) FILTER (WHERE o > 0 AND c > o) AS expansion_customers, count(*) FILTER (WHERE c > 0 AND c < o) AS contraction_customers,
	   count(*) FILTER (WHERE c = 0) AS churned_customers, count(*) FILTER (WHERE c > 0) AS closing_customers,
	   count(*) FILTER (WHERE o > 0 AND c > 0) AS retained_customers
FROM m LEFT JOIN account AS a USING (customer)
WHERE m.month > '2022-01-01' AND m.month <= '2024-12-01'
GROUP BY 1, 2, 3
