-- What a run of test/soak.sh showed: a table of scripts, and TAP.
SET client_min_messages = error;
SET search_path = soak, ccx, public;

-- Errors, those that a procedure caught, and warnings.  The warning of refresh_all() says what it met.
CREATE VIEW result.error AS
SELECT l.*, e.why
FROM (
	SELECT l.script, l.severity, l.message,
		CASE WHEN l.severity <> 'WARNING' THEN l.sqlstate
			WHEN l.message ~ 'dropped just now|does not exist' THEN '42P01'
			ELSE coalesce(substring(l.message FROM '\(([0-9A-Z]{5})\)'), l.sqlstate) END AS sqlstate
	FROM result.log AS l
	WHERE l.severity IN ('WARNING', 'ERROR', 'FATAL', 'PANIC', 'TRAP') OR l.sqlstate <> '00000') AS l
LEFT JOIN result.script AS s USING (script)
LEFT JOIN LATERAL (
	SELECT why FROM result.expected AS e WHERE e.sqlstate = l.sqlstate AND e.script IN (l.script, s.clients) LIMIT 1) AS e ON true;

\pset format aligned
\pset tuples_only off
\pset footer off
\pset null ''
SELECT s.clients, s.script, t.transactions, e.errors, t.latency AS "latency ms"
FROM result.script AS s LEFT JOIN result.transactions AS t USING (clients, script)
LEFT JOIN LATERAL (
	SELECT string_agg(concat(sqlstate, ' ', n), ', ' ORDER BY sqlstate) AS errors
	FROM (SELECT sqlstate, count(*) AS n FROM result.error AS e WHERE e.script = s.script GROUP BY sqlstate) AS c) AS e ON true
ORDER BY array_position('{writers,refreshers,dashboards,administrators,killers,psql}', s.clients), s.script;

SELECT script, sqlstate, count(*), why AS "expected because" FROM result.error WHERE why IS NOT NULL GROUP BY 1, 2, 4 ORDER BY 1, 2;

SELECT status, regexp_replace(split_part(message, E'\n', 1), '^\d+ customers?', 'some customers') AS message, count(*) AS refreshes
FROM outcome GROUP BY 1, 2 ORDER BY 3 DESC;

-- A session's memory: medians of the second and the last third of the time, of sessions that lived all the time.
CREATE VIEW result.growth AS
SELECT pid, clients, first, second, last, samples
FROM (
	SELECT m.pid, mode() WITHIN GROUP (ORDER BY coalesce(s.clients, m.script)) AS clients, count(*) AS samples,
		percentile_disc(0.5) WITHIN GROUP (ORDER BY kb) FILTER (WHERE at < :seconds / 3) / 1024.0 AS first,
		percentile_disc(0.5) WITHIN GROUP (ORDER BY kb) FILTER (WHERE at BETWEEN :seconds / 3 AND 2 * :seconds / 3) / 1024.0 AS second,
		percentile_disc(0.5) WITHIN GROUP (ORDER BY kb) FILTER (WHERE at > 2 * :seconds / 3) / 1024.0 AS last
	FROM result.memory AS m LEFT JOIN result.script AS s ON s.script = m.script
	GROUP BY m.pid) AS p
WHERE samples > 0.8 * (SELECT count(DISTINCT at) FROM result.memory);
SELECT clients, count(*) AS sessions, round(min(first), 1) AS "first third: least MB", round(max(first), 1) AS most, round(min(second), 1) AS "second: least", round(max(second), 1) AS most,
	round(min(last), 1) AS "last: least", round(max(last), 1) AS most, round(max(last - second), 1) AS "largest growth",
	max(first_contexts) AS "in contexts: after a fifth", max(last_contexts) AS "in the end"
FROM result.growth LEFT JOIN LATERAL (
	SELECT round((array_agg(bytes ORDER BY tenth))[2] / 1048576.0, 1) AS first_contexts, round((array_agg(bytes ORDER BY tenth DESC))[1] / 1048576.0, 1) AS last_contexts
	FROM result.contexts AS c WHERE c.pid = growth.pid) AS c ON true
GROUP BY clients ORDER BY clients;
SELECT round(sum(ticks) / :ticks / :seconds, 2) AS "processors that sessions took" FROM (SELECT max(ticks) AS ticks FROM result.memory GROUP BY pid) AS p;

SELECT relation, max(bytes) FILTER (WHERE third = 1) / 1024 AS "kB in the first third", max(bytes) FILTER (WHERE third = 2) / 1024 AS "the second", max(bytes) FILTER (WHERE third = 3) / 1024 AS "the last"
FROM result.size GROUP BY relation HAVING max(bytes) > 500000 ORDER BY max(bytes) DESC LIMIT 12;

\pset format unaligned
\pset tuples_only on

CREATE FUNCTION result.ok(pass boolean, what text, detail text) RETURNS text LANGUAGE sql
RETURN CASE WHEN pass THEN 'ok' ELSE 'not ok' END || ' - ' || what || CASE WHEN pass THEN '' ELSE coalesce(E'\n    ' || replace(detail, E'\n', E'\n    '), '') END;

SELECT result.ok(count(*) = 0, format('no error or warning but those expected, of %s', (SELECT count(*) FROM result.error WHERE why IS NOT NULL)),
	string_agg(format('%s %s times, %s %s: %s', script, n, severity, sqlstate, message), E'\n'))
FROM (
	SELECT script, severity, sqlstate, min(message) AS message, count(*) AS n FROM result.error
	WHERE why IS NULL AND script <> 'control' GROUP BY script, severity, sqlstate, regexp_replace(message, '\d+', '', 'g') ORDER BY 5 DESC LIMIT 40) AS e;
SELECT result.ok(count(*) = 1, 'an error made on purpose is noticed', '') FROM result.error WHERE why IS NULL AND script = 'control' AND sqlstate = '22012';
-- In a few minutes chance leaves out some.
SELECT result.ok(count(*) FILTER (WHERE coalesce(t.transactions, 0) = 0) <= CASE WHEN :seconds < 600 THEN count(*) / 5 ELSE 0 END,
	format('%s of %s scripts ran, together %s transactions', count(*) FILTER (WHERE t.transactions > 0), count(*), sum(t.transactions)),
	'not ' || string_agg(s.script, ', ') FILTER (WHERE coalesce(t.transactions, 0) = 0))
FROM result.script AS s LEFT JOIN result.transactions AS t USING (clients, script);
SELECT result.ok(bool_and(n > 0), 'refreshes were incremental, full, and busy', string_agg(what || ' ' || n, ', '))
FROM (SELECT what, count(o.status) AS n FROM unnest(ARRAY['^\d+ customers? changed', '^full refresh', '^another session']) AS what LEFT JOIN outcome AS o ON o.message ~ what GROUP BY what) AS k;
-- In a few minutes sessions still fill their caches.
SELECT CASE WHEN :seconds < 600 THEN 6 ELSE 3 END AS limit \gset
SELECT result.ok(count(*) >= 14 AND bool_and(last - second <= :limit), format('memory of %s sessions is flat: at most %s MB more in the last third than in the second', count(*), round(max(last - second), 1)),
	string_agg(format('%s, process %s: %s, %s, %s MB; by tenths of the time %s; in memory contexts %s', clients, pid, round(first, 1), round(second, 1), round(last, 1), (
		SELECT string_agg(format('%s', round(mb, 1)), ' ' ORDER BY tenth)
		FROM (SELECT width_bucket(m.at, 0, :seconds, 10) AS tenth, percentile_disc(0.5) WITHIN GROUP (ORDER BY m.kb) / 1024.0 AS mb FROM result.memory AS m WHERE m.pid = g.pid GROUP BY 1) AS t
	), (SELECT string_agg(round(bytes / 1048576.0, 1)::text, ' ' ORDER BY tenth) FROM result.contexts AS c WHERE c.pid = g.pid)), E'\n') FILTER (WHERE last - second > :limit))
FROM result.growth AS g WHERE clients <> 'leak';
SELECT result.ok(coalesce(bool_or(last - second > :limit), false), 'a session that leaks on purpose is noticed', '') FROM result.growth WHERE clients = 'leak';
SELECT result.ok(bool_and(last <= 1.5 * greatest(first, second) + 4194304), format('storage does not grow: at most %s MB in the first third, %s in the second, %s in the last', round(sum(first) / 1048576, 1), round(sum(second) / 1048576, 1), round(sum(last) / 1048576, 1)),
	string_agg(format('%s: %s, %s, %s bytes', relation, first, second, last), E'\n') FILTER (WHERE last > 1.5 * greatest(first, second) + 4194304))
FROM (SELECT relation, max(bytes) FILTER (WHERE third = 1) AS first, max(bytes) FILTER (WHERE third = 2) AS second, max(bytes) FILTER (WHERE third = 3) AS last FROM result.size GROUP BY relation) AS s;

-- What a client had no time to put back.
SELECT 'ALTER TABLE moved_other RENAME TO moved' WHERE to_regclass('moved_other') IS NOT NULL \gexec
SELECT count(drop_metric_view(view::regclass, with_ledger => true)) AS dropped FROM metric_views WHERE view LIKE '%scratch%' \gset
SELECT result.ok(count(*) = 0, 'no relation is left over, and none is gone', string_agg(name, ', '))
FROM ((SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'soak'::regnamespace AND relname <> 'soak_index' OR relpersistence = 't' EXCEPT SELECT name FROM result.relation)
	UNION ALL (SELECT name FROM result.relation EXCEPT SELECT oid::regclass::text FROM pg_class)) AS d (name);
SELECT result.ok(count(*) = 0, 'nor a trigger or a function', string_agg(tgname, ', '))
FROM (SELECT tgname::text FROM pg_trigger WHERE tgname LIKE '%scratch%' UNION ALL SELECT proname::text FROM pg_proc WHERE proname LIKE '%scratch%') AS t;
CHECKPOINT;
SELECT result.ok(count(*) = 0, 'nor a file', string_agg(f, ', '))
FROM (
	SELECT f FROM pg_ls_dir('base/' || (SELECT oid FROM pg_database WHERE datname = current_database())) AS f
	WHERE f ~ '^t?[0-9]' AND NOT EXISTS (SELECT FROM pg_class WHERE pg_relation_filenode(oid) = substring(f, '^(?:t[0-9]+_)?([0-9]+)')::oid)
	UNION ALL SELECT name FROM pg_ls_tmpdir()) AS left_over (f);

CREATE TEMP TABLE finally AS SELECT v AS view, r.* FROM generate_series(0, 15) AS n, any_view(n) AS v, refresh(v) AS r;
SELECT result.ok(bool_and(status = 'refreshed'), format('at the end all %s are refreshed', count(*)), string_agg(view || ' ' || message, E'\n') FILTER (WHERE status <> 'refreshed')) FROM finally;
SELECT result.ok(sum(n) = 0, 'and verify() finds nothing', string_agg(format('%s: %s rows', view, n), ', ') FILTER (WHERE n > 0)) FROM (SELECT view, (SELECT count(*) FROM verify(view)) AS n FROM finally) AS v;
SELECT result.ok(count(*) = 16 AND bool_and(status = 'refreshed'), 'which metric_views says, too', string_agg(concat(view, ' ', status), ', ')) FROM metric_views;
