-- a score
SELECT customer, health_score(score, weight) FROM signals GROUP BY customer
