-- aggregates of CASE
SELECT sum(CASE WHEN opening > 0 THEN closing END) / nullif(sum(opening), 0),
	   sum(CASE WHEN opening > 0 THEN CASE WHEN closing < opening THEN closing WHEN closing >= opening THEN opening ELSE 0 END END) / nullif(sum(opening), 0),
	   sum(CASE WHEN opening > 0 AND closing > 0 THEN 1 ELSE 0 END)::numeric / nullif(sum(CASE WHEN opening > 0 THEN 1 ELSE 0 END), 0)
FROM pairs
