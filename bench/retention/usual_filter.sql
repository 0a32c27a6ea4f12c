-- aggregates with FILTER
SELECT sum(closing) FILTER (WHERE opening > 0) / nullif(sum(opening) FILTER (WHERE opening > 0), 0),
	   sum(least(coalesce(closing, 0), opening)) FILTER (WHERE opening > 0) / nullif(sum(opening) FILTER (WHERE opening > 0), 0),
	   count(*) FILTER (WHERE opening > 0 AND closing > 0)::numeric / nullif(count(*) FILTER (WHERE opening > 0), 0)
FROM pairs
