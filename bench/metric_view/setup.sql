-- A row a customer and month, in order of month, as a nightly job appends them; segment and region live with the account.
SELECT setseed(0.42);
CREATE TABLE mrr AS
SELECT customer, (date '2022-01-01' + make_interval(months => m))::date AS month,
	   round(base * (1 + 0.1 * floor((m - start) / 12.0)) * CASE WHEN hashint8(customer * 64 + m) % 20 = 0 THEN 1.2 ELSE 1 END, 2) AS mrr
FROM (SELECT customer, (24 * random() ^ 1.7)::int AS start, (17 + 60 * random())::int AS stay, (20 + 800 * random() ^ 3)::numeric(12,2) AS base
	  FROM generate_series(1, (:scale * 400000)::bigint) AS customer) AS c,
	 generate_series(0, 35) AS m
WHERE m >= start AND m < start + stay AND hashint8(customer * 64 + m + 77) % 50 <> 0
ORDER BY m, hashint8(customer);
ALTER TABLE mrr ALTER COLUMN customer SET NOT NULL;
CREATE INDEX ON mrr (customer);
CREATE TABLE account AS
SELECT customer, (ARRAY['Small', 'Middle', 'Large'])[1 + (hashint8(customer) & 1023) % 3] AS segment,
	   (ARRAY['EMEA', 'AMER', 'APAC', NULL])[1 + (hashint8(customer + 7) & 1023) % 4] AS region
FROM generate_series(1, (:scale * 400000)::bigint) AS customer;
ALTER TABLE account ADD PRIMARY KEY (customer);
CREATE TABLE calendar AS
SELECT m AS number, (date '2022-01-01' + make_interval(months => m))::date AS month FROM generate_series(0, 36) AS m;
VACUUM (FREEZE, ANALYZE) mrr;
VACUUM (FREEZE, ANALYZE) account;
VACUUM (FREEZE, ANALYZE) calendar;
