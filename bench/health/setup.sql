-- Eight signals a customer, one in ten without a score.  Scores as the scalers give them: whole numbers, two
-- decimals, and quotients of twenty.  :scale is in units of 1 million customers.
SELECT setseed(0.42);
CREATE TABLE signals AS
SELECT customer, kind.name AS signal,
	   CASE WHEN r < 0.1 THEN NULL
			WHEN kind.places = 20 THEN trim_scale(round(100 * floor(r * 70)::numeric / 70, 20))
			ELSE round((r * 100)::numeric, kind.places) END AS score,
	   kind.weight
FROM (SELECT customer, kind, random() AS r
	  FROM generate_series(1, (:scale * 1000000)::int) AS customer, generate_series(1, 8) AS kind) AS drawn
	 JOIN (VALUES (1, 'usage', 2, 25::numeric), (2, 'breadth', 20, 15), (3, 'recency', 0, 15), (4, 'tickets', 0, 10),
				  (5, 'escalations', 20, 10), (6, 'nps', 0, 10), (7, 'sponsor', 0, 7.5), (8, 'payments', 2, 7.5))
		  AS kind (kind, name, places, weight) USING (kind);
VACUUM (FREEZE, ANALYZE) signals;
