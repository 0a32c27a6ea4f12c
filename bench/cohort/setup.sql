-- Events in order of time, as they arrive: customers come at any time, stay for a while
-- and are active now and then.
SELECT setseed(0.42);
CREATE TABLE events AS
SELECT customer, at
FROM (SELECT customer, date '2022-01-01' + (start + (random() ^ 2) * least(stay, 1096 - start))::int AS at
	  FROM (SELECT customer, (random() * 1090)::int AS start, 30 + (900 * random())::int AS stay,
				   (50 * random())::int AS n
			FROM generate_series(1, (:scale * 400000)::bigint) AS customer) AS c,
		   generate_series(1, c.n) AS event) AS e
ORDER BY at;
VACUUM (FREEZE, ANALYZE) events;
