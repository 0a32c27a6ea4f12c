-- The trigger of metric views in mode incremental: what it notes, as whom, and what it has nothing to do with.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE ROLE regress_track_owner;
CREATE ROLE regress_track_writer;
CREATE ROLE regress_track_other;
CREATE SCHEMA track;
GRANT CREATE, USAGE ON SCHEMA track TO PUBLIC;
SET search_path = track, ccx, public;
SET ROLE regress_track_other;
CREATE TABLE source (customer text, at date, amount numeric);
INSERT INTO source SELECT 'c' || i, '2025-01-01', i FROM generate_series(1, 50) AS i;
CREATE TABLE account (region text, id text PRIMARY KEY);
INSERT INTO account SELECT 'r' || i % 3, 'c' || i FROM generate_series(1, 50) AS i;
GRANT SELECT, TRIGGER ON source, account TO regress_track_owner;
GRANT INSERT ON source TO regress_track_writer;
SET ROLE regress_track_owner;
SELECT create_metric_view('v', 'movements', 'source', customer => 'customer', at => 'at', amount => 'amount', mode => 'incremental',
	dimensions => '{region}', dimensions_from => 'account', dimensions_customer => 'id');
-- what is noted, which is then forgotten
CREATE FUNCTION noted(note text DEFAULT 'v_dirty') RETURNS TABLE (customers text, whole boolean, reason text) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('WITH d AS (DELETE FROM %s RETURNING *) SELECT (SELECT string_agg(coalesce(c, ''(null)''), '' '' ORDER BY c COLLATE "C") FROM unnest(d.customers) AS c), d.whole, d.reason FROM d ORDER BY 1, 3', note);
END $$;
RESET ROLE;
SELECT regexp_replace(pg_get_triggerdef(oid), '_[0-9a-f]{4} ', '_... ') FROM pg_trigger WHERE tgrelid IN ('source'::regclass, 'account'::regclass) AND NOT tgisinternal ORDER BY 1;

\echo '-- each customer once'
INSERT INTO source VALUES ('c1', '2025-02-01', 1);
SELECT * FROM noted();
INSERT INTO source VALUES ('c2', '2025-02-01', 1), ('c1', '2025-02-01', 1), ('c2', '2025-02-01', 1), (NULL, '2025-02-01', 1), ('', '2025-02-01', 1), (NULL, '2025-02-01', 1);
SELECT * FROM noted();
INSERT INTO source SELECT 'c1' WHERE false;
SELECT * FROM noted();
\echo '-- where a row was, and where it is'
UPDATE source SET customer = 'c3' WHERE customer = '';
SELECT * FROM noted();
UPDATE source SET amount = 2 WHERE customer = 'c3';
SELECT * FROM noted();
DELETE FROM source WHERE customer = 'c4' OR customer IS NULL;
SELECT * FROM noted();
UPDATE account SET region = 'r9' WHERE id = 'c5';
SELECT * FROM noted();
DELETE FROM account WHERE id = 'c49';
SELECT * FROM noted();
TRUNCATE account;
SELECT * FROM noted();

\echo '-- more than 1 %, and than 20'
INSERT INTO source SELECT 'd' || i % 20, '2025-02-01', i FROM generate_series(1, 1000) AS i;
SELECT * FROM noted();
INSERT INTO source SELECT 'd' || i, '2025-02-01', i FROM generate_series(1, 21) AS i;
SELECT * FROM noted();
INSERT INTO source SELECT CASE WHEN i < 21 THEN 'd' || i END, '2025-02-01', i FROM generate_series(1, 21) AS i;
SELECT * FROM noted();
UPDATE v_definition SET customer_count = 3099;
INSERT INTO source SELECT 'd' || i, '2025-02-01', i FROM generate_series(1, 30) AS i;
SELECT cardinality(customers), whole FROM v_dirty;
SELECT count(*) FROM noted();
INSERT INTO source SELECT 'd' || i, '2025-02-01', i FROM generate_series(1, 31) AS i;
SELECT * FROM noted();
UPDATE source SET customer = customer || 'x' WHERE customer IN ('d1', 'd2', 'd3', 'd4', 'd5', 'd6', 'd7', 'd8', 'd9', 'd10', 'd11', 'd12', 'd13', 'd14', 'd15');
SELECT cardinality(customers), whole FROM v_dirty;
SELECT count(*) FROM noted();
UPDATE source SET customer = customer || 'x' WHERE customer IN ('d1x', 'd2x', 'd3x', 'd4x', 'd5x', 'd6x', 'd7x', 'd8x', 'd9x', 'd10x', 'd11x', 'd12x', 'd13x', 'd14x', 'd15x', 'd16');
SELECT * FROM noted();
SELECT status FROM refresh('v', all_of_it => true);
SELECT count(*) FROM verify('v');

\echo '-- as the owner of the metric view, in a security-restricted operation'
SET ROLE regress_track_owner;
CREATE TABLE seen (who name, path text, role text);
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		RESET ROLE;
		INSERT INTO track.seen VALUES (current_user, current_setting('search_path'), 'reset');
	EXCEPTION WHEN OTHERS THEN
		INSERT INTO track.seen VALUES (current_user, current_setting('search_path'), SQLERRM);
	END;
	RETURN NEW;
END $$;
CREATE TRIGGER look AFTER INSERT ON v_dirty FOR EACH ROW EXECUTE FUNCTION look();
SET ROLE regress_track_writer;
INSERT INTO source VALUES ('c1', '2025-03-01', 1);
SELECT current_user, current_setting('search_path');
TABLE v_dirty;
RESET ROLE;
TABLE seen;
DROP TRIGGER look ON v_dirty;
SELECT * FROM noted();

\echo '-- whatever has another name or another form'
ALTER TABLE v_dirty RENAME TO noticed;
INSERT INTO source VALUES ('c1', '2025-03-01', 1);
SELECT * FROM noted('noticed');
CREATE SCHEMA elsewhere AUTHORIZATION regress_track_owner;
ALTER TABLE noticed SET SCHEMA elsewhere;
INSERT INTO source VALUES ('c2', '2025-03-01', 1);
ALTER SCHEMA elsewhere RENAME TO else_where;
INSERT INTO source VALUES ('c3', '2025-03-01', 1);
ALTER TABLE v_definition RENAME TO says;
INSERT INTO source VALUES ('c4', '2025-03-01', 1);
ALTER TABLE else_where.noticed ADD more int DEFAULT 5;
CREATE INDEX ON else_where.noticed ((customers[1] || '!'));
INSERT INTO source VALUES ('c5', '2025-03-01', 1);
ALTER TABLE source ADD was text DEFAULT 'w';
ALTER TABLE source RENAME customer TO id;
ALTER TABLE source RENAME was TO customer;
INSERT INTO source VALUES ('c6', '2025-03-01', 1);
SELECT * FROM noted('else_where.noticed');
SELECT status, message FROM refresh('v');
INSERT INTO source VALUES ('c7', '2025-03-01', 1);
SELECT status, message FROM refresh('v');
SELECT count(*) FROM verify('v');
ALTER TABLE source DROP customer;
ALTER TABLE source RENAME id TO customer;
ALTER TABLE says RENAME TO v_definition;
ALTER TABLE else_where.noticed SET SCHEMA track;
ALTER TABLE noticed RENAME TO v_dirty;
DROP SCHEMA else_where;
SELECT status, message FROM refresh('v');
SELECT options AS kept FROM v_definition \gset
-- as after a restore, where the definition knows neither the table nor the number
UPDATE v_definition SET options = options || '{"customer_of": "1", "customer_number": 2}';
ALTER TABLE source SET (fillfactor = 90);
INSERT INTO source VALUES ('c8', '2025-03-01', 1);
SELECT * FROM noted();
-- nor the name
UPDATE v_definition SET options = options || '{"customer": "ctid"}';
INSERT INTO source VALUES ('c8', '2025-03-01', 1);
ALTER TABLE source SET (fillfactor = 80);
INSERT INTO source VALUES ('c9', '2025-03-01', 1);
SELECT * FROM noted();
UPDATE v_definition SET options = options || '{"customer": "customer"}';
INSERT INTO source VALUES ('c9', '2025-03-01', 1);
SELECT * FROM noted();
UPDATE v_definition SET options = options - 'customer';
ALTER TABLE source SET (fillfactor = 70);
INSERT INTO source VALUES ('c9', '2025-03-01', 1);
UPDATE v_definition SET options = NULL;
INSERT INTO source VALUES ('c9', '2025-03-01', 1);
UPDATE v_definition SET options = '[]';
INSERT INTO source VALUES ('c9', '2025-03-01', 1);
SELECT * FROM noted();
DROP INDEX noticed_expr_idx;
UPDATE v_definition SET options = :'kept';
SELECT drop_metric_view('v');

\echo '-- customers whose text depends on settings'
CREATE TYPE pair AS (a int, b date);
CREATE DOMAIN day AS date;
CREATE TABLE kinds (n int, f float8, d day, t interval, r regclass, p pair, b boolean, j json, at date, amount numeric);
SELECT create_metric_view('by_' || c, 'movements', 'kinds', customer => c, at => 'at', amount => 'amount', mode => 'incremental', with_data => false)
FROM unnest('{n,f,d,t,r,p,b,j}'::name[]) AS c WHERE c <> 'j';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SET extra_float_digits = -14;
INSERT INTO kinds VALUES (7, 1.0000000000000002, '2025-05-04', '1 day 2 hours', 'source', '(1,2025-05-04)', true, '{}');
RESET datestyle;
RESET intervalstyle;
RESET extra_float_digits;
SELECT c, n.* FROM unnest('{n,f,d,t,r,p,b}'::text[]) AS c, LATERAL noted('by_' || c || '_dirty') AS n;
SELECT count(drop_metric_view(view::regclass)) FROM metric_views;

\echo '-- several metric views, and whoever else reads the rows that changed'
SELECT create_metric_view(v, 'movements', 'source', customer => 'customer', at => 'at', amount => 'amount', mode => 'incremental') FROM unnest('{v,w}'::text[]) AS v;
CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING '% rows', (SELECT count(*) FROM rows); RETURN NULL; END $$;
CREATE TRIGGER vv AFTER INSERT ON source REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
INSERT INTO source SELECT 'c' || i, '2025-04-01', 1 FROM generate_series(1, 3) AS i;
DROP TRIGGER vv ON source;
SELECT * FROM noted('v_dirty') UNION ALL SELECT * FROM noted('w_dirty');

\echo '-- a trigger on what is noted that writes to the source again, and changes what it is noted in'
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql SET search_path = track AS $$
BEGIN
	IF NEW.customers[1] IN ('c1', 'c2', 'c3') THEN
		INSERT INTO source VALUES ('c' || substr(NEW.customers[1], 2)::int + 1, '2025-04-01', 1);
		GRANT SELECT ON w_dirty TO regress_track_writer;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER again AFTER INSERT ON w_dirty FOR EACH ROW EXECUTE FUNCTION again();
INSERT INTO source VALUES ('c1', '2025-04-01', 1);
SELECT * FROM noted('w_dirty');
INSERT INTO source VALUES ('c1', '2025-04-01', 1);
SELECT * FROM noted('w_dirty');
CREATE OR REPLACE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
INSERT INTO source VALUES ('c1', '2025-04-01', 1);
DROP TRIGGER again ON w_dirty;
INSERT INTO source VALUES ('c1', '2025-04-01', 1);
SELECT * FROM noted('w_dirty');

\echo '-- parts of the source, with columns in another order'
CREATE TABLE whole (customer text, at date, amount numeric) PARTITION BY RANGE (at);
CREATE TABLE later (amount numeric, at date, customer text) PARTITION BY RANGE (at);
CREATE TABLE latest (more int, at date, amount numeric, customer text);
ALTER TABLE latest DROP more;
ALTER TABLE later ATTACH PARTITION latest FOR VALUES FROM ('2025-07-01') TO ('2026-01-01');
ALTER TABLE whole ATTACH PARTITION later FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
SELECT create_metric_view('parted', 'movements', 'whole', customer => 'customer', at => 'at', amount => 'amount', mode => 'incremental');
INSERT INTO whole VALUES ('c1', '2025-08-01', 1);
INSERT INTO later VALUES (1, '2025-08-01', 'c2');
INSERT INTO latest VALUES ('2025-08-01', 1, 'c3');
SELECT * FROM noted('parted_dirty');
ALTER TABLE whole DETACH PARTITION later;
INSERT INTO later VALUES (1, '2025-08-01', 'c4');
INSERT INTO latest VALUES ('2025-08-01', 1, 'c5');
SELECT * FROM noted('parted_dirty');
ALTER TABLE whole ATTACH PARTITION later FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO latest VALUES ('2025-08-01', 1, 'c6');
SELECT * FROM noted('parted_dirty');

\echo '-- triggers that are not the metric view''s'
RESET ROLE;
GRANT SELECT ON v_dirty, v_definition TO regress_track_other;
SET ROLE regress_track_other;
CREATE TABLE mine (customer text, at date, amount numeric);
SELECT metric_view_note();
CREATE TRIGGER t AFTER INSERT ON mine FOR EACH STATEMENT EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
CREATE OR REPLACE TRIGGER t AFTER INSERT ON mine FOR EACH STATEMENT WHEN (true) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
CREATE OR REPLACE TRIGGER t AFTER INSERT ON mine FOR EACH STATEMENT WHEN (ROW('v_definition'::regclass, NULL::regclass, 1) IS NOT NULL OR true) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
CREATE OR REPLACE TRIGGER t AFTER INSERT ON mine FOR EACH STATEMENT WHEN (ROW('v_definition'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
CREATE OR REPLACE TRIGGER t AFTER INSERT ON mine FOR EACH STATEMENT WHEN (ROW('v_definition'::regclass, 1) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
CREATE OR REPLACE TRIGGER t AFTER INSERT ON mine FOR EACH STATEMENT WHEN (ROW('v_definition'::regclass, 'v_dirty'::regclass) IS NULL OR ROW('v_definition'::regclass, 'v_dirty'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
CREATE OR REPLACE TRIGGER t AFTER INSERT ON mine FOR EACH STATEMENT WHEN (ROW('v_definition'::regclass, 'v_dirty'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note();
INSERT INTO mine VALUES ('x');
DROP TRIGGER t ON mine;
CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH STATEMENT WHEN (ROW('v_definition'::regclass, 'v_dirty'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
DROP TRIGGER t ON mine;
CREATE TRIGGER t AFTER INSERT ON mine FOR EACH ROW WHEN (ROW('v_definition'::regclass, 'v_dirty'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
DROP TRIGGER t ON mine;
\echo '-- on tables that are not the source'
CREATE TRIGGER t AFTER INSERT ON mine REFERENCING NEW TABLE AS n FOR EACH STATEMENT WHEN (ROW('v_definition'::regclass, 'v_dirty'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
CREATE TRIGGER u AFTER TRUNCATE ON mine FOR EACH STATEMENT WHEN (ROW('v_definition'::regclass, 'v_dirty'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
CREATE TRIGGER zz AFTER TRUNCATE ON source FOR EACH STATEMENT WHEN (ROW('v_definition'::regclass, 'v_dirty'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('dimensions');
BEGIN;
INSERT INTO mine VALUES ('x');
TRUNCATE mine;
SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IN ('v_definition'::regclass, 'v_dirty'::regclass);
COMMIT;
\echo '-- with a definition of theirs'
CREATE TABLE forged OF metric_view_definition;
CREATE TABLE forged_dirty (customers text[], whole boolean, reason text);
CREATE VIEW forged_view AS TABLE forged_dirty;
CREATE TABLE untyped (LIKE forged);
INSERT INTO forged (source, dirty, options) VALUES ('mine', 'v_dirty', '{"customer": "customer"}'), ('mine', 'forged_view', '{"customer": "customer"}'),
	('mine', 'forged_dirty', '{"customer": "customer", "customer_number": -1}'), ('source', 'w_dirty', '{"customer": "customer"}');
UPDATE forged SET options = options || jsonb_build_object('customer_of', 'mine'::regclass::oid::text) WHERE options ? 'customer_number';
INSERT INTO untyped TABLE forged;
CREATE OR REPLACE TRIGGER t AFTER INSERT ON mine REFERENCING NEW TABLE AS n FOR EACH STATEMENT WHEN (ROW('forged'::regclass, 'v_dirty'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
CREATE OR REPLACE TRIGGER t AFTER INSERT ON mine REFERENCING NEW TABLE AS n FOR EACH STATEMENT WHEN (ROW('forged'::regclass, 'forged_view'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
CREATE OR REPLACE TRIGGER t AFTER INSERT ON mine REFERENCING NEW TABLE AS n FOR EACH STATEMENT WHEN (ROW('untyped'::regclass, 'forged_dirty'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
CREATE OR REPLACE TRIGGER t AFTER INSERT ON mine REFERENCING NEW TABLE AS n FOR EACH STATEMENT WHEN (ROW('4294967295'::regclass, 'forged_dirty'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
SELECT * FROM noted('forged_dirty');
CREATE OR REPLACE TRIGGER t AFTER INSERT ON mine REFERENCING NEW TABLE AS n FOR EACH STATEMENT WHEN (ROW('forged'::regclass, 'forged_dirty'::regclass) IS NOT NULL) EXECUTE FUNCTION metric_view_note('source');
INSERT INTO mine VALUES ('x');
SELECT * FROM noted('forged_dirty');
UPDATE forged SET options = options || '{"customer_number": 1}';
INSERT INTO mine VALUES ('x');
SELECT * FROM noted('forged_dirty');
ALTER TABLE forged ENABLE ROW LEVEL SECURITY;
INSERT INTO mine VALUES ('x');
SELECT * FROM noted('forged_dirty');
RESET ROLE;
SELECT * FROM noted('v_dirty') UNION ALL SELECT * FROM noted('w_dirty');

\echo '-- what speaks against trusting the triggers'
SELECT status, message FROM refresh('v');
SELECT status, message FROM refresh('v');
-- all as it was, but not in between
ALTER TABLE source DISABLE TRIGGER USER;
UPDATE source SET amount = 77 WHERE customer = 'c1';
ALTER TABLE source ENABLE TRIGGER USER;
SELECT status, message FROM refresh('v');
SELECT count(*) FROM verify('v');
-- one that never fires
DO $$ BEGIN EXECUTE (SELECT format('CREATE OR REPLACE %s', regexp_replace(substr(pg_get_triggerdef(oid), 8), 'IS NOT NULL', 'IS NULL')) FROM pg_trigger WHERE tgrelid = 'source'::regclass AND tgname LIKE 'v\_note\_insert%'); END $$;
INSERT INTO source VALUES ('c1', '2025-05-01', 1);
SELECT status, message FROM refresh('v');
SELECT status, message FROM refresh('v');
SELECT count(*) FROM verify('v');

\echo '-- dropped'
CREATE VIEW watched AS SELECT count(*) FROM w_dirty;
SELECT drop_metric_view('w');
DROP VIEW watched;
CREATE TRIGGER own AFTER UPDATE ON w_definition FOR EACH STATEMENT EXECUTE FUNCTION again();
SELECT metric_view_untrack('w_definition');
UPDATE w_definition SET status = 'no';
SELECT metric_view_untrack(1);
SET ROLE regress_track_other;
SELECT metric_view_untrack('v_definition');
RESET ROLE;
SELECT drop_metric_view('w');
SELECT drop_metric_view('v');
SELECT drop_metric_view('parted');
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgfoid = 'metric_view_note'::regproc ORDER BY 1, 2;
INSERT INTO source VALUES ('c1', '2025-05-01', 1);
DROP SCHEMA track CASCADE;
DROP ROLE regress_track_owner, regress_track_writer, regress_track_other;
