-- What the tests of several servers ask, test/t/070_shards.pl and test/citus.sh: rows of customers, 15 months of each, and
-- views of every summary over a table "raw" of such rows.  psql variables: rows, how many are made.  A customer has one
-- segment, and a plan that changes.
CREATE TABLE whole (
	id int, customer text, segment text, plan text, month date, at timestamptz, done timestamptz,
	opening numeric, mrr numeric, seen boolean, score int, signal text, weight numeric, churned boolean);

INSERT INTO whole
SELECT i, 'c' || c, 's' || c % 5, 'p' || (c + m / 4) % 3, date '2023-01-01' + m * interval '1 month',
       timestamptz '2023-01-01 00:00+00' + i * 7919::bigint % 11000 * interval '1 hour',
       timestamptz '2023-01-01 00:00+00' + (i * 7919::bigint % 11000 + i % 1999) * interval '1 hour',
       amount, CASE WHEN i % 9 > 0 THEN round(amount * (50 + i * 31 % 97) / 97, i % 7) END,
       i % 3 = 0, i * 7919 % 11, (ARRAY['usage', 'tickets', 'nps'])[m + 1], i % 5 + 0.25, i % 6 = 0
FROM (SELECT i, i % 397 AS c, i / 397 AS m,
             CASE i % 10 WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 2 THEN -i WHEN 3 THEN i / 1e12 WHEN 4 THEN i * 1e25
                         ELSE i * 37 % 9973 / 100.0 END AS amount
      FROM generate_series(1, :rows) AS i WHERE i % 13 > 0) AS r;
