-- reading and grouping the columns
SELECT customer, max(score), max(weight) FROM signals GROUP BY customer
