-- Sums that leave 128 bits.  It takes many rows of the largest amounts that take the fast path;
-- the build without that path (test/run.sh slow) leaves this file out.
SET search_path = public, ccx;
SET datestyle = ISO;

-- half a million rows of 32 digits
SELECT opening_mrr(s), closing_mrr(s), opening_customers(s), nrr(s), describe(s)->'opening_squared' AS squared
FROM (SELECT retention_agg(99999999999999999999999999999998, 49999999999999999999999999999999) AS s FROM generate_series(1, 500000)) AS s;
SELECT nrr(o, c), grr(o, c), 500000 * 99999999999999999999999999999999 AS o FROM (SELECT 99999999999999999999999999999999 AS o, i % 2 AS c FROM generate_series(1, 500000) AS i) AS v;
-- the same in a history
SELECT mrr_at(mrr_history(date '2024-01-01', 99999999999999999999999999999999), '2024-01-31') AS mrr FROM generate_series(1, 500000);
-- and over customers: each opens with that and closes with half
SELECT period, opening_mrr, new_mrr, contraction_mrr, closing_mrr, nrr, opening_customers
FROM (SELECT mrr_movements_agg(h) AS m FROM generate_series(1, 500000) AS i,
          (SELECT mrr_history(month, mrr) FROM (VALUES (date '2024-01-01', 99999999999999999999999999999998), ('2024-02-01', 49999999999999999999999999999999)) AS v (month, mrr)) AS h (h) WHERE i > 0) AS s,
     movements(m, '2023-12-01', '2024-02-01');
