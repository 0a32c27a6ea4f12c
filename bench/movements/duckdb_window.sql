-- lag and lead
WITH n AS (SELECT customer, year(month) * 12 + month(month) AS m, mrr FROM mrr),
	 w AS (SELECT m, mrr, lag(mrr) OVER c AS mrr_before, lag(m) OVER c AS before, lead(m) OVER c AS next
		   FROM n WINDOW c AS (PARTITION BY customer ORDER BY m))
SELECT m, sum(opening), sum(new), sum(reactivation), sum(expansion), sum(contraction), sum(churned), sum(closing)
FROM (SELECT m, CASE WHEN before = m - 1 THEN mrr_before END AS opening, CASE WHEN before IS NULL THEN mrr END AS new,
			 CASE WHEN before < m - 1 THEN mrr END AS reactivation, CASE WHEN before = m - 1 AND mrr > mrr_before THEN mrr - mrr_before END AS expansion,
			 CASE WHEN before = m - 1 AND mrr < mrr_before THEN mrr_before - mrr END AS contraction, NULL AS churned, mrr AS closing FROM w
	  UNION ALL SELECT m + 1, mrr, NULL, NULL, NULL, NULL, mrr, NULL FROM w WHERE next IS DISTINCT FROM m + 1) AS x
GROUP BY 1 ORDER BY 1
