-- the same with one sum less: what was lost
SELECT sum(closing) / nullif(sum(opening), 0),
	   1 - sum(opening - closing) FILTER (WHERE closing < opening) / nullif(sum(opening), 0) - coalesce(sum(opening) FILTER (WHERE closing IS NULL), 0) / nullif(sum(opening), 0),
	   count(nullif(closing, 0))::numeric / nullif(count(*), 0)
FROM pairs WHERE opening > 0
