-- missing scores give their weight to the others
SELECT customer, sum(score * weight) / nullif(sum(weight) FILTER (WHERE score IS NOT NULL), 0) FROM signals GROUP BY customer
