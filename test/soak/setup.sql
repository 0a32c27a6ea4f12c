-- What test/soak.sh loads: an owner, a writer and a reader, sources with awkward rows, metric views of every kind and mode,
-- and what the scripts report with.
SET client_min_messages = warning;
CREATE ROLE soak_owner LOGIN;
CREATE ROLE soak_writer LOGIN;
CREATE ROLE soak_reader LOGIN;
CREATE ROLE soak_other;
CREATE SCHEMA soak AUTHORIZATION soak_owner;
ALTER DATABASE soak SET search_path = soak, ccx, public;
SET search_path = soak, ccx, public;
SET SESSION AUTHORIZATION soak_owner;
SELECT setseed(0.5);

CREATE FUNCTION month_end(m int) RETURNS date IMMUTABLE
RETURN (date '2024-02-01' + make_interval(months => m) - interval '1 day')::date;
-- of a customer in a month
CREATE FUNCTION segment(c int, m int) RETURNS text IMMUTABLE
RETURN nullif('s' || (c + m / 6) % 3, 's2');

CREATE TABLE account (customer int PRIMARY KEY, region text, tier text);
INSERT INTO account SELECT i, nullif('r' || i % 4, 'r3'), 't' || i % 2 FROM generate_series(1, 2000) AS i;

CREATE TABLE snapshot (customer int, month date, mrr numeric);
INSERT INTO snapshot SELECT c, month_end(m), (c * 37 + m * 11) % 90 + 0.25
FROM generate_series(1, 2000) AS c, generate_series(0, 11) AS m WHERE (c + m) % 5 > 0 AND m < 4 + c % 9;
CREATE INDEX ON snapshot (customer);

CREATE TABLE event (customer int, day date, n int, done date, amount numeric, signal text);
INSERT INTO event SELECT c, date '2024-01-01' + (c * 13 + i * 31) % 360, (c + i) % 11,
	CASE WHEN (c + i) % 3 > 0 THEN date '2024-01-01' + (c * 13 + i * 31) % 360 + i * 5 END, c % 100, 's' || i
FROM generate_series(1, 2000) AS c, generate_series(1, 2) AS i;
CREATE INDEX ON event (customer);

CREATE TABLE signal (customer int, name text, score numeric, weight numeric, PRIMARY KEY (customer, name));
INSERT INTO signal SELECT c, name, (c * 7 + length(name) * 31) % 101, length(name)
FROM generate_series(1, 2000) AS c, unnest('{usage,nps,tickets}'::text[]) AS name;

CREATE TABLE subscription (customer int, starts date, ends date, mrr numeric);
INSERT INTO subscription SELECT c, month_end(c % 9), CASE WHEN c % 3 = 0 THEN month_end(c % 9 + 3) END, c % 70 FROM generate_series(1, 2000) AS c;
CREATE INDEX ON subscription (customer);

CREATE TABLE billing (customer int, month date, mrr numeric, segment text) PARTITION BY RANGE (month);
CREATE TABLE billing_1 PARTITION OF billing FOR VALUES FROM ('2024-01-01') TO ('2024-07-01');
CREATE TABLE billing_2 PARTITION OF billing FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
CREATE TABLE billing_3 PARTITION OF billing FOR VALUES FROM ('2025-01-01') TO ('2025-07-01');
INSERT INTO billing SELECT c, month_end(m), c % 80 + m, segment(c, m) FROM generate_series(1, 2000) AS c, generate_series(0, 13) AS m WHERE (c * m) % 7 > 0;
CREATE INDEX ON billing (customer);

-- fed by something that keeps changed_at and deletes nothing
CREATE TABLE login (customer int, day date, n int, changed timestamptz NOT NULL, PRIMARY KEY (customer, day));
INSERT INTO login SELECT c, date '2024-01-01' + (c * 17 + i * 41) % 360, 1 + c % 9, now() FROM generate_series(1, 2000) AS c, generate_series(1, 4) AS i ON CONFLICT DO NOTHING;
CREATE INDEX ON login (changed);

-- for statements that are hard on a source: TRUNCATE, renames, DISABLE TRIGGER, columns that come and go
CREATE TABLE small AS SELECT * FROM snapshot WHERE customer <= 300;
CREATE INDEX ON small (customer);
CREATE TABLE moved AS TABLE small;
CREATE INDEX ON moved (customer);
CREATE TABLE switched AS TABLE small;
CREATE INDEX ON switched (customer);

CREATE VIEW converted AS SELECT customer, month, mrr * 1.1 AS mrr FROM snapshot WHERE mrr > 0;

GRANT USAGE ON SCHEMA soak TO soak_writer, soak_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA soak TO soak_writer;
GRANT SELECT ON snapshot, account TO soak_reader;

SELECT create_metric_view('v_movements', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
SELECT create_metric_view('v_quarter', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', step => 'quarter:feb', span => 'quarter', mode => 'incremental');
SELECT create_metric_view('v_cohort', 'cohort', 'event', customer => 'customer', at => 'day', mode => 'incremental');
SELECT create_metric_view('v_revenue', 'revenue_cohort', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{region,tier}', dimensions_from => 'account', mode => 'incremental');
SELECT create_metric_view('v_survey', 'survey', 'event', customer => 'customer', at => 'day', amount => 'n', scale => 'nps', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
SELECT create_metric_view('v_renewal', 'renewal', 'event', customer => 'customer', at => 'day', amount => 'amount', renewed_on => 'done', renewed_amount => 'amount', mode => 'incremental');
SELECT create_metric_view('v_duration', 'duration', 'event', customer => 'customer', at => 'day', done => 'done', dimensions => '{signal}', mode => 'incremental');
SELECT create_metric_view('v_health', 'health', 'signal', customer => 'customer', signal => 'name', amount => 'score', weight => 'weight', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
SELECT create_metric_view('v_subscription', 'movements', 'subscription', customer => 'customer', at => 'starts', valid_to => 'ends', amount => 'mrr', dimensions => '{tier}', dimensions_from => 'account', mode => 'incremental');
SELECT create_metric_view('v_billing', 'movements', 'billing', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{segment}', mode => 'incremental');
SELECT create_metric_view('v_usage', 'usage', 'login', customer => 'customer', at => 'day', amount => 'n', mode => 'changed_at', changed_at => 'changed', changed_overlap => '1 minute');
SELECT create_metric_view('v_converted', 'movements', 'converted', customer => 'customer', at => 'month', amount => 'mrr');
SELECT create_metric_view('v_answers', 'survey', 'event', at => 'day', amount => 'n', scale => 'nps', dimensions => '{signal}');
SELECT create_metric_view('v_small', 'movements', 'small', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental');
SELECT create_metric_view('v_moved', 'movements', 'moved', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental');
SELECT create_metric_view('v_switched', 'revenue_cohort', 'switched', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental');
SELECT publish_view('v_movements', 5), publish_view('v_survey', 5), publish_view('v_cohort', 5);
GRANT SELECT ON v_movements, v_movements_data, v_movements_public, v_movements_customer_history, v_movements_top_movers,
	v_quarter, v_cohort, v_cohort_wide, v_cohort_public, v_revenue, v_revenue_wide, v_survey, v_survey_data, v_survey_public, v_renewal, v_renewal_data, v_renewal_at_risk,
	v_duration, v_duration_data, v_health, v_health_data, v_health_at_risk, v_subscription, v_billing, v_billing_data, v_usage, v_usage_at_risk, v_converted, v_answers TO soak_reader;
GRANT SELECT ON v_movements_definition TO soak_reader;

-- Those that can be refreshed and compared in one snapshot, because nothing but rows changes beneath them.
CREATE FUNCTION steady(n int) RETURNS regclass
RETURN ('{v_movements,v_quarter,v_cohort,v_revenue,v_survey,v_renewal,v_duration,v_health,v_subscription,v_usage,v_converted,v_answers}'::text[])[1 + n % 12]::regclass;
CREATE FUNCTION any_view(n int) RETURNS regclass
RETURN CASE n % 16 WHEN 12 THEN 'v_billing' WHEN 13 THEN 'v_small' WHEN 14 THEN 'v_moved' WHEN 15 THEN 'v_switched' ELSE steady(n % 16)::text END::regclass;

DO $$ BEGIN PERFORM close_period(steady(n), '2024-03-01') FROM generate_series(0, 11) AS n; END $$;
GRANT SELECT ON v_movements_published TO soak_reader;

-- How refreshes went.
CREATE UNLOGGED TABLE outcome (script text, view text, status text, message text);
CREATE FUNCTION report(view regclass, status text, message text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO outcome VALUES (current_setting('application_name'), view, status, message);
	IF status = 'failed' THEN
		RAISE LOG 'refresh of %: %', view, message USING ERRCODE = substring(message FROM '\(([0-9A-Z]{5})\)');
	END IF;
END $$;

-- Statements that may fail: what they fail with is in the log, as it is for those that nobody catches.
CREATE PROCEDURE try(VARIADIC statements text[]) LANGUAGE plpgsql AS $$
DECLARE
	statement text;
BEGIN
	SET LOCAL lock_timeout = '3s';
	FOREACH statement IN ARRAY statements LOOP
		EXECUTE statement;
	END LOOP;
EXCEPTION WHEN OTHERS OR query_canceled OR assert_failure THEN
	RAISE LOG 'error %, in %', SQLERRM, left(statement, 200) USING ERRCODE = SQLSTATE;
END $$;

-- What must hold.
CREATE FUNCTION must(what text, wrong bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF wrong IS DISTINCT FROM 0 THEN
		RAISE EXCEPTION '% (% times)', what, wrong USING ERRCODE = 'SOAK1';
	END IF;
END $$;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA soak TO PUBLIC;
RESET SESSION AUTHORIZATION;

-- What the run leaves: samples and the log, which soak.sh loads at its end.
CREATE SCHEMA result;
CREATE TABLE result.memory (at int, pid int, script text, kb bigint, ticks bigint);
CREATE TABLE result.contexts (pid int, tenth int, bytes bigint);
CREATE TABLE result.size (third int, relation text, bytes bigint);
CREATE TABLE result.log (pid int, backend text, script text, sqlstate text, severity text, message text);
CREATE TABLE result.expected (script text, sqlstate text, why text);
CREATE TABLE result.script (script text, clients text);
CREATE TABLE result.transactions (clients text, script text, transactions bigint, latency numeric);
CREATE FUNCTION result.measure(third int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO result.size SELECT third, c.oid::regclass::text, pg_total_relation_size(c.oid)
	FROM pg_class AS c WHERE c.relnamespace = 'soak'::regnamespace AND c.relkind = 'r' AND c.relname LIKE 'v\_%' $$;
CREATE TABLE result.relation AS SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'soak'::regnamespace;
