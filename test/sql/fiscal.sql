-- Fiscal years in metric views: a year that begins in February, on rows, is the calendar year on the same rows a month earlier.
CREATE SCHEMA fiscal;
SET search_path = fiscal, ccx, public;
SET client_min_messages = warning;
SET datestyle = ISO;

-- no day after the 28th, so that a month earlier is the same day; what takes time takes as many days
CREATE TABLE snapshot AS
SELECT c AS customer, make_date(2023 + m / 12, 1 + m % 12, 1) AS month, 100 + (c * 7 + m * m) % 50 AS mrr, CASE WHEN c % 3 = 0 THEN 'large' ELSE 'small' END AS size
FROM generate_series(1, 60) AS c, generate_series(1, 28) AS m WHERE m >= c % 9 AND (c * m) % 11 <> 3 AND m < 8 + c % 25;
CREATE TABLE answer AS SELECT 1 + i % 60 AS customer, make_date(2023 + i % 3, 1 + i % 12, 1 + i % 28) AS at, (i * 7) % 11 AS score FROM generate_series(1, 700) AS i;
CREATE TABLE renewal AS
SELECT 1 + i % 60 AS customer, make_date(2022 + i % 3, 1 + i % 12, 1 + i % 28) AS at, 1000 + i AS arr, CASE WHEN i % 3 > 0 THEN i % 40 - 20 END AS days, 900 + 2 * i AS signed_arr
FROM generate_series(1, 200) AS i;
CREATE TABLE milestone AS SELECT i AS customer, make_date(2023 + i % 2, 1 + i % 12, 1 + i % 28) AS at, i % 60 AS days FROM generate_series(1, 150) AS i;
CREATE TABLE event AS SELECT 1 + (i * 17) % 60 AS customer, make_date(2023 + i % 2, 1 + i % 12, 1 + i % 28) AS at, i % 5 AS n FROM generate_series(1, 3000) AS i;

CREATE FUNCTION earlier(date) RETURNS date LANGUAGE sql IMMUTABLE RETURN ($1 - interval '1 month')::date;
CREATE VIEW snapshot_earlier AS SELECT customer, earlier(month) AS month, mrr, size FROM snapshot;
CREATE VIEW answer_earlier AS SELECT customer, earlier(at) AS at, score FROM answer;
CREATE VIEW renewal_dated AS SELECT customer, at, arr, at + days AS signed, signed_arr FROM renewal;
CREATE VIEW renewal_earlier AS SELECT customer, earlier(at) AS at, arr, earlier(at) + days AS signed, signed_arr FROM renewal;
CREATE VIEW milestone_dated AS SELECT customer, at, at + days AS done FROM milestone;
CREATE VIEW milestone_earlier AS SELECT customer, earlier(at) AS at, earlier(at) + days AS done FROM milestone;
CREATE VIEW event_earlier AS SELECT customer, earlier(at) AS at, n FROM event;

CREATE TABLE asked (kind text, source text, mapping text);
INSERT INTO asked VALUES
	('movements', 'snapshot', 'at => ''month'', amount => ''mrr'', dimensions => ''{size}'''),
	('movements', 'snapshot', 'at => ''month'', amount => ''mrr'', dimensions => ''{size}'', span => ''year'''),
	('cohort', 'snapshot', 'at => ''month'', dimensions => ''{size}'''),
	('revenue_cohort', 'snapshot', 'at => ''month'', amount => ''mrr'''),
	('survey', 'answer', 'at => ''at'', amount => ''score'', scale => ''nps'''),
	('renewal', 'renewal', 'at => ''at'', amount => ''arr'', renewed_on => ''signed'', renewed_amount => ''signed_arr'''),
	('duration', 'milestone', 'at => ''at'', done => ''done'''),
	('usage', 'event', 'at => ''at'', amount => ''n''');

CREATE FUNCTION pg_temp.compare(asked, grain text) RETURNS TABLE (rows bigint, differ bigint, first_period date) LANGUAGE plpgsql AS $$
DECLARE
	dated text := CASE WHEN $1.source IN ('renewal', 'milestone') THEN $1.source || '_dated' ELSE $1.source END;
	label text := CASE WHEN $1.kind LIKE '%cohort' THEN 'cohort' ELSE 'period' END;
	list text;
BEGIN
	EXECUTE format('SELECT create_metric_view(''x'', %L, %L, customer => ''customer'', step => %L, %s)', $1.kind, dated, grain || ':feb', $1.mapping);
	EXECUTE format('SELECT create_metric_view(''y'', %L, %L, customer => ''customer'', step => %L, %s)', $1.kind, $1.source || '_earlier', grain, $1.mapping);
	SELECT string_agg(CASE attname WHEN label THEN format('(%I + interval ''1 month'')::date', attname) ELSE quote_ident(attname) END, ', ' ORDER BY attnum)
	INTO list FROM pg_attribute WHERE attrelid = 'y'::regclass AND attnum > 0;
	RETURN QUERY EXECUTE format('WITH x AS MATERIALIZED (SELECT * FROM x), y AS MATERIALIZED (SELECT %s FROM y) '
		'SELECT (SELECT count(*) FROM x), (SELECT count(*) FROM ((TABLE x EXCEPT ALL TABLE y) UNION ALL (TABLE y EXCEPT ALL TABLE x)) AS d), (SELECT min(%I) FROM x)', list, label);
	EXECUTE 'SELECT drop_metric_view(''x''), drop_metric_view(''y'')';
END $$;
SELECT kind, grain, c.* FROM asked, unnest('{quarter,year}'::text[]) AS grain, LATERAL pg_temp.compare(asked, grain) AS c ORDER BY kind, mapping, grain;

-- a fiscal quarter is closed under its own first day
SELECT create_metric_view('x', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', step => 'quarter:feb');
SELECT close_period('x', '2024-01-31') > 0 AS closed;
SELECT DISTINCT closed_period FROM x_published;
DROP SCHEMA fiscal CASCADE;
