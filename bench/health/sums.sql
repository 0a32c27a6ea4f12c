-- two sums, what the goals are measured by; missing scores count as 0
SELECT customer, sum(score * weight) / sum(weight) FROM signals GROUP BY customer
