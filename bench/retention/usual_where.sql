-- the opening customers first
SELECT sum(coalesce(closing, 0)) / nullif(sum(opening), 0),
	   sum(least(coalesce(closing, 0), opening)) / nullif(sum(opening), 0),
	   count(*) FILTER (WHERE closing > 0)::numeric / nullif(count(*), 0)
FROM pairs WHERE opening > 0
