-- Writers, who may write to the sources and know nothing of metric views.
-- expects 40P01: rows of several customers in any order, and DDL that takes locks the other way round
-- expects 40001: none but repeatable and serializable writers, who may all meet one another

-- script insert weight 6
\set c random(1, 2100)
\set m random(0, 12)
INSERT INTO snapshot SELECT :c, month_end(:m + i), (random() * 100)::int FROM generate_series(0, 1) AS i;

-- script insert_event weight 4
\set c random(1, 2100)
\set d random(0, 400)
INSERT INTO event VALUES (:c, date '2024-01-01' + (:d)::int, :d % 11, CASE WHEN :d % 2 = 0 THEN date '2024-01-05' + (:d)::int END, :d % 90, 's' || :d % 4);

-- script upsert weight 4
\set c random(1, 2100)
\set d random(0, 360)
INSERT INTO signal VALUES (:c, 'usage', :d % 101, 2) ON CONFLICT (customer, name) DO UPDATE SET score = excluded.score;
INSERT INTO login VALUES (:c, date '2024-01-01' + (:d)::int, 1 + (:d)::int % 5, now()) ON CONFLICT (customer, day) DO UPDATE SET n = excluded.n, changed = now();

-- script update weight 6
\set c random(1, 2100)
UPDATE snapshot SET mrr = mrr + 5 WHERE customer IN (:c, :c + 7, :c + 20);
UPDATE event SET n = 10 - n, done = day + 9 WHERE customer = :c;

-- script update_many weight 1
\set c random(1, 60)
UPDATE snapshot SET mrr = mrr % 90 + 1 WHERE customer % 60 = :c - 1;

-- script new_customer weight 1
\set c random(1, 2000)
UPDATE snapshot SET customer = customer + 100 WHERE customer = :c AND month = '2024-03-31';

-- script delete weight 3
\set c random(1, 2100)
DELETE FROM snapshot WHERE customer = :c AND month > '2024-05-01';

-- script delete_event weight 2
\set c random(1, 2100)
DELETE FROM event WHERE customer = :c;

-- script merge weight 3
\set c random(1, 2100)
MERGE INTO snapshot AS s USING (VALUES (:c, date '2024-05-31'), (:c + 1, date '2024-06-30')) AS v (c, m) ON s.customer = v.c AND s.month = v.m
WHEN MATCHED AND s.mrr > 80 THEN DELETE WHEN MATCHED THEN UPDATE SET mrr = s.mrr + 7 WHEN NOT MATCHED THEN INSERT VALUES (v.c, v.m, 78);

-- script dimension weight 2
\set c random(1, 2100)
\set r random(0, 4)
INSERT INTO account VALUES (:c, 'r' || :r, 't0') ON CONFLICT (customer) DO UPDATE SET region = excluded.region;
DELETE FROM account WHERE customer = :c + 11;

-- script subscription weight 2
\set c random(1, 2000)
\set m random(0, 9)
DELETE FROM subscription WHERE customer = :c;
INSERT INTO subscription VALUES (:c, month_end(:m), CASE WHEN :m % 2 = 0 THEN month_end(:m + 2) END, :m);

-- script partitions weight 4
\set c random(1, 2100)
\set m random(0, 11)
INSERT INTO billing VALUES (:c, month_end(:m), 50, segment(:c, :m));
UPDATE billing SET month = month_end((:m + 5) % 12), segment = segment(customer, (:m + 5) % 12) WHERE customer = :c AND month = month_end(:m);
DELETE FROM billing WHERE customer = :c + 1 AND month = month_end(:m);
UPDATE billing_1 SET mrr = mrr + 1 WHERE customer = :c + 2;

-- script sources weight 3
\set c random(1, 320)
\set m random(0, 11)
INSERT INTO small VALUES (:c, month_end(:m), 20);
UPDATE switched SET mrr = mrr + 1 WHERE customer = :c;
DELETE FROM small WHERE customer = :c + 1;

-- script source_that_moves weight 1
-- expects 42P01: it has another name for a moment
\set c random(1, 320)
CALL try(format('UPDATE moved SET mrr = mrr + 1 WHERE customer = %s', (:c)::int));

-- script savepoint weight 3
\set c random(1, 2100)
BEGIN;
UPDATE snapshot SET mrr = 2 WHERE customer = :c;
SAVEPOINT a;
DELETE FROM event WHERE customer = :c;
ROLLBACK TO a;
SAVEPOINT b;
UPDATE event SET amount = 3 WHERE customer = :c;
RELEASE b;
COMMIT;

-- script rollback weight 2
\set c random(1, 2100)
BEGIN;
UPDATE snapshot SET mrr = 1 WHERE customer = :c;
DELETE FROM signal WHERE customer = :c;
ROLLBACK;

-- script long weight 1
\set c random(1, 2100)
BEGIN;
INSERT INTO snapshot VALUES (:c, '2024-07-31', 3);
\sleep 1500 ms
INSERT INTO event VALUES (:c, '2024-07-31', 3, NULL, 5, 's1');
COMMIT;

-- script repeatable weight 2
\set c random(1, 2100)
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM snapshot WHERE customer = :c;
UPDATE snapshot SET mrr = 4 WHERE customer = :c;
COMMIT;

-- script serializable weight 2
\set c random(1, 2100)
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT sum(mrr) FROM snapshot WHERE customer BETWEEN :c AND :c + 3;
INSERT INTO snapshot VALUES (:c, '2024-09-30', 4);
COMMIT;
