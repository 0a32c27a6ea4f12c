-- Whoever refreshes, as the owner.
-- expects 40P01: a source gets new triggers, which takes a lock that DDL and writers hold; the refresh fails and is tried again
-- expects 42P01: refresh_all() meets a scratch view that is dropped before its turn, and warns

-- script refresh weight 8
\set n random(0, 15)
SELECT report(any_view(:n), status, message) FROM refresh(any_view(:n));

-- script refresh_blocking weight 1
\set n random(0, 15)
SELECT report(any_view(:n), status, message) FROM refresh(any_view(:n), concurrent => false, all_of_it => true);

-- script refresh_everything weight 1
\set n random(0, 15)
SELECT report(any_view(:n), status, message) FROM refresh(any_view(:n), all_of_it => true);

-- script refresh_all weight 2
CALL refresh_all();

-- script refresh_all_blocking weight 1
CALL refresh_all(false);

-- script refresh_and_go_on weight 1
\set n random(0, 15)
BEGIN;
SELECT report(any_view(:n), status, message) FROM refresh(any_view(:n));
\sleep 300 ms
SELECT report(any_view(:n + 1), status, message) FROM refresh(any_view(:n + 1));
ROLLBACK;

-- script one_snapshot weight 4
-- expects 40001: somebody else refreshed the view after the snapshot was taken
\set n random(0, 11)
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT report(steady(:n), status, message) FROM refresh(steady(:n));
SELECT must('verify() in the snapshot of a refresh of ' || steady(:n), count(*)) FROM verify(steady(:n))
WHERE EXISTS (SELECT FROM outcome WHERE xmin::text = pg_current_xact_id()::xid::text AND status = 'refreshed');
COMMIT;

-- script verify weight 1
\set n random(0, 15)
SELECT count(*) FROM verify(any_view(:n));

-- script close_period weight 1
-- expects 55000: closed already, or the last refresh failed
-- expects P0002: no rows of that period
-- expects 55P03: a refresh takes longer than the lock_timeout
\set n random(0, 11)
\set m random(0, 11)
CALL try(format('SELECT close_period(%L, month_end(%s))', steady(:n), :m));

-- script restatements weight 2
\set n random(0, 11)
SELECT count(*) FROM restatements(steady(:n));

-- script erase_customer weight 1
-- expects 55000: a writer brought the customer back
-- expects 55P03: a refresh takes longer than the lock_timeout
\set c random(1, 2100)
\set n random(0, 8)
CALL try(format('DELETE FROM snapshot WHERE customer = %s', :c), format('DELETE FROM event WHERE customer = %s', :c),
	format('DELETE FROM signal WHERE customer = %s', :c), format('DELETE FROM subscription WHERE customer = %s', :c));
CALL try(format('SELECT erase_customer(%L, %L)', steady(:n), :c));

-- script publish weight 1
-- expects 55P03: readers or a refresh hold a lock longer than the lock_timeout
\set k random(4, 6)
CALL try(format('SELECT publish_view(''v_cohort'', %s)', :k), 'GRANT SELECT ON v_cohort_public TO soak_reader');
