-- score, coverage and band from the summary
SELECT customer, health_score(h), health_coverage(h), health_band(h)
FROM (SELECT customer, health_agg(signal, score, weight) AS h FROM signals GROUP BY customer OFFSET 0) AS summaries
