-- a summary with every signal, as it would be stored
SELECT customer, health_agg(signal, score, weight) FROM signals GROUP BY customer
