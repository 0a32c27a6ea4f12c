-- DDL by the owner, on sources and views that others use meanwhile.
-- expects 55P03: it waits for writers, readers or a refresh no longer than the lock_timeout
-- expects 40P01: it holds one lock while it waits for another, and so do writers
-- expects XX000: GRANT takes no lock, so PostgreSQL finds a tuple "concurrently updated" by other DDL

-- script scratch_movements weight 3
-- expects 42P07: dropping it the last time took too long
-- expects 01000: it could not be filled, for one of these reasons
\set s random(0, 1)
CALL try(format('SELECT create_metric_view(''scratch_%s'', ''movements'', ''%s'', customer => ''customer'', at => ''month'', amount => ''mrr'', mode => ''%s'')', :client_id, CASE :s WHEN 0 THEN 'small' ELSE 'switched' END, CASE :s WHEN 0 THEN 'incremental' ELSE 'full' END));
SELECT report(o, status, message) FROM to_regclass(format('scratch_%s', :client_id)) AS o, refresh(o) WHERE o IS NOT NULL;
\sleep 200 ms
CALL try(format('SELECT drop_metric_view(to_regclass(''scratch_%1$s'')) WHERE to_regclass(''scratch_%1$s'') IS NOT NULL', :client_id));

-- script scratch_cohort weight 2
-- expects 42P07: dropping it the last time took too long
-- expects 55000: so its period is closed already
-- expects 01000: it could not be filled, for one of these reasons
CALL try(format('SELECT create_metric_view(''scratch_c%s'', ''cohort'', ''event'', customer => ''customer'', at => ''day'', mode => ''incremental'')', :client_id));
CALL try(format('SELECT close_period(to_regclass(''scratch_c%1$s''), ''2024-03-01'') WHERE to_regclass(''scratch_c%1$s'') IS NOT NULL', :client_id));
CALL try(format('SELECT drop_metric_view(to_regclass(''scratch_c%1$s''), with_ledger => true) WHERE to_regclass(''scratch_c%1$s'') IS NOT NULL', :client_id));

-- script scratch_taken_back weight 1
-- expects 01000: it could not be filled, for one of these reasons
BEGIN;
CALL try(format('SELECT create_metric_view(''scratch_t%s'', ''usage'', ''login'', customer => ''customer'', at => ''day'', amount => ''n'', mode => ''changed_at'', changed_at => ''changed'')', :client_id));
\sleep 100 ms
ROLLBACK;

-- script partition_goes_and_comes weight 2
-- expects 42P07: the other administrator attached it just now
-- expects 42809: the other administrator attached it just now
-- expects 42P01: the other administrator detached it just now
-- expects 42P17: the other administrator attached it just now
CALL try('ALTER TABLE billing DETACH PARTITION billing_3');
\sleep 100 ms
CALL try('INSERT INTO billing_3 VALUES (5, ''2025-01-31'', 9, segment(5, 12))', 'DELETE FROM billing_3 WHERE customer = 5 AND mrr = 9');
CALL try('ALTER TABLE billing ATTACH PARTITION billing_3 FOR VALUES FROM (''2025-01-01'') TO (''2025-07-01'')');

-- script rename_at_once weight 1
BEGIN;
CALL try('ALTER TABLE snapshot RENAME TO snapshot_other', 'ALTER VIEW v_movements RENAME TO v_movements_other',
	'SELECT status FROM refresh(''v_movements_other'')', 'ALTER VIEW v_movements_other RENAME TO v_movements', 'ALTER TABLE snapshot_other RENAME TO snapshot');
COMMIT;

-- script rename_source weight 2
-- expects 42P01: the other administrator renamed it just now
-- expects 42P07: the other administrator renamed it just now
CALL try('ALTER TABLE moved RENAME TO moved_other');
SELECT report('v_moved', status, message) FROM refresh('v_moved');
CALL try('ALTER TABLE moved_other RENAME TO moved');

-- script rename_customer weight 1
-- expects 42703: the other administrator renamed it just now
-- expects 42701: the other administrator renamed it just now
-- expects 42P01: the other administrator renamed the table just now
BEGIN;
CALL try('ALTER TABLE moved RENAME COLUMN customer TO client');
SELECT report('v_moved', status, message) FROM refresh('v_moved');
CALL try('ALTER TABLE moved RENAME COLUMN client TO customer');
COMMIT;

-- script triggers weight 2
CALL try('ALTER TABLE switched DISABLE TRIGGER USER');
CALL try('UPDATE switched SET mrr = mrr + 1 WHERE customer = 7');
CALL try('ALTER TABLE switched ENABLE TRIGGER USER');

-- script triggers_off_and_on weight 1
CALL try('ALTER TABLE event DISABLE TRIGGER USER', 'ALTER TABLE event ENABLE TRIGGER USER');

-- script truncate weight 2
CALL try('TRUNCATE small', 'INSERT INTO small SELECT * FROM snapshot WHERE customer <= 300');

-- script truncate_twice weight 1
CALL try('TRUNCATE small', 'SELECT status FROM refresh(''v_small'')');
CALL try('INSERT INTO small SELECT * FROM snapshot WHERE customer <= 300');

-- script columns weight 1
CALL try('ALTER TABLE switched ADD COLUMN note text DEFAULT ''x''', 'ALTER TABLE switched DROP COLUMN note');

-- script index weight 2
CALL try('CREATE INDEX soak_index ON snapshot (month)', 'DROP INDEX soak_index');

-- script grants weight 2
CALL try('GRANT SELECT ON v_quarter, snapshot TO soak_other', 'REVOKE ALL ON v_quarter, snapshot FROM soak_other');

-- script vacuum weight 4
\set n random(0, 11)
SELECT quote_ident(steady(:n)::text || '_data') AS data \gset
VACUUM :data;
VACUUM (ANALYZE) v_movements_customers;
VACUUM snapshot, v_movements_dirty, v_movements_definition;

-- script statistics weight 2
ANALYZE snapshot, event, account;

-- script reindex weight 1
CALL try('REINDEX TABLE v_movements_customers');
CALL try('REINDEX TABLE v_cohort_data');
