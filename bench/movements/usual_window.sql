-- lag and lead
WITH w AS (SELECT month, mrr,
				  lag(mrr) OVER c AS mrr_before, lag(month) OVER c AS before, lead(month) OVER c AS next
		   FROM mrr WINDOW c AS (PARTITION BY customer ORDER BY month))
SELECT month, sum(opening), sum(new), sum(reactivation), sum(expansion), sum(contraction), sum(churned), sum(closing)
FROM (SELECT month, CASE WHEN consecutive THEN mrr_before END AS opening, CASE WHEN before IS NULL THEN mrr END AS new,
			 CASE WHEN before IS NOT NULL AND NOT consecutive THEN mrr END AS reactivation,
			 CASE WHEN consecutive AND mrr > mrr_before THEN mrr - mrr_before END AS expansion,
			 CASE WHEN consecutive AND mrr < mrr_before THEN mrr_before - mrr END AS contraction,
			 NULL::numeric AS churned, mrr AS closing
	  FROM (SELECT *, before = (month - interval '1 month')::date AS consecutive FROM w) AS w
	  UNION ALL
	  SELECT (month + interval '1 month')::date, mrr, NULL, NULL, NULL, NULL, mrr, NULL
	  FROM w WHERE next IS DISTINCT FROM (month + interval '1 month')::date) AS m
GROUP BY 1 ORDER BY 1
