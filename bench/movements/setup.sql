-- One row a customer and month, in order of month, as a nightly job appends them.
SELECT setseed(0.42);
CREATE TABLE mrr AS
SELECT customer, (date '2022-01-01' + make_interval(months => m))::date AS month,
	   round(base * (1 + 0.1 * floor((m - start) / 12.0)) * CASE WHEN hashint8(customer * 64 + m) % 20 = 0 THEN 1.2 ELSE 1 END, 2) AS mrr
FROM (SELECT customer, (random() * 30)::int AS start, 7 + (60 * random() ^ 0.85)::int AS stay, (20 + 800 * random() ^ 3)::numeric(12,2) AS base
	  FROM generate_series(1, (:scale * 400000)::bigint) AS customer) AS c,
	 generate_series(0, 35) AS m
WHERE m >= start AND m < start + stay AND hashint8(customer * 64 + m + 77) % 50 <> 0
ORDER BY m, hashint8(customer);
CREATE TABLE histories AS
SELECT customer, mrr_history(month, mrr) AS history FROM mrr GROUP BY customer;
VACUUM (FREEZE, ANALYZE) mrr;
VACUUM (FREEZE, ANALYZE) histories;
