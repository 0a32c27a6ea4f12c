-- Cohorts and the keyed one-pass aggregates: ccx against the oracle on the same random sets, every number equal to
-- the last digit; and every route to a state against every other, byte for byte.
--   psql -X -d scratch -f test/oracle/cohorts_compare.sql            (-v seed=2 for other data)
-- Ends with a non-zero exit when anything differs or when the data misses one of its floors.
\set ON_ERROR_STOP on
\ir begin.sql
\ir retention.sql
\ir movements.sql
\ir cohorts.sql
\ir cohorts_generate.sql

SELECT clock_timestamp() AS started \gset

-- An answer is the rows of a table function, or one value, as text: a scale that shows is a difference too.
CREATE TABLE oracle.want (route text, key text, rows text[]);
CREATE TABLE oracle.got (LIKE oracle.want);

-- The types of key of a table, and what they cost: one aggregate call for each.
CREATE TABLE oracle.key_type (name text PRIMARY KEY);
INSERT INTO oracle.key_type SELECT unnest('{key_int4,key_int8,key_uuid,key_text,key_numeric,key_caseless,key_composite}'::text[]);

-- Routes -------------------------------------------------------------------------------------------------------
-- A route is a query that gives (id, bytes): the state of each set by its binary output. The first of an answer is
-- the reference; the others must give the same, for all ids that match covers (NULL: for those they give). A plan can be
-- asked to show something.

CREATE TABLE oracle.reference (answer text, id text, bytes bytea, PRIMARY KEY (answer, id));
CREATE TABLE oracle.route (answer text, route text, states int, differing int, example text);

-- What the plan of a query shows: Gather, Partial Aggregate …; and blocks of temporary files, which are counted by
-- running it.
CREATE FUNCTION oracle.plan_shows(query text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    plan text;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON) ' || query INTO plan;
    RETURN concat_ws(' ',
                     CASE WHEN plan ~ '"Gather' THEN 'gather' END,
                     CASE WHEN plan ~ '"Partial Mode": "Partial"' THEN 'partial' END,
                     CASE WHEN plan ~ '"Temp Written Blocks": [1-9]' THEN 'temporary files' END);
END $$;

CREATE PROCEDURE oracle.route(answer text, route text, query text, shows text DEFAULT '', covers text DEFAULT '')
LANGUAGE plpgsql AS $$
BEGIN
    -- a table made from the query, not INSERT, which is never parallel
    EXECUTE 'CREATE TABLE oracle.routed AS ' || query;
    IF NOT EXISTS (SELECT FROM oracle.reference AS r WHERE r.answer = route.answer) THEN
        INSERT INTO oracle.reference SELECT route.answer, id, bytes FROM oracle.routed;
    END IF;
    INSERT INTO oracle.route
    SELECT route.answer, route.route, count(n.id), count(*) FILTER (WHERE n.bytes IS DISTINCT FROM r.bytes),
           min(coalesce(n.id, r.id)) FILTER (WHERE n.bytes IS DISTINCT FROM r.bytes)
    FROM oracle.routed AS n
    FULL JOIN (SELECT * FROM oracle.reference AS r WHERE r.answer = route.answer) AS r USING (id)
    WHERE r.id IS NULL OR n.id IS NOT NULL OR r.id ~ covers;
    IF shows <> '' THEN
        INSERT INTO oracle.want VALUES ('plan of ' || answer || ', ' || route, shows, ARRAY['shown']);
        INSERT INTO oracle.got
        SELECT 'plan of ' || answer || ', ' || route, shows,
               ARRAY[CASE WHEN shown LIKE '%' || shows || '%' THEN 'shown' ELSE 'shows ' || shown END]
        FROM oracle.plan_shows(query) AS shown;
    END IF;
    DROP TABLE oracle.routed;
END $$;

-- Settings for a route through workers, and for one through temporary files.
CREATE PROCEDURE oracle.force(parallel boolean DEFAULT false, spill boolean DEFAULT false)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('parallel_setup_cost', CASE WHEN parallel THEN '0' ELSE '1000' END, false),
            set_config('parallel_tuple_cost', CASE WHEN parallel THEN '0' ELSE '0.1' END, false),
            set_config('min_parallel_table_scan_size', CASE WHEN parallel THEN '0' ELSE '8MB' END, false),
            set_config('max_parallel_workers_per_gather', CASE WHEN parallel THEN '2' ELSE '0' END, false),
            set_config('work_mem', CASE WHEN spill THEN '64kB' ELSE '64MB' END, false),
            set_config('hash_mem_multiplier', '1', false);
END $$;
CALL oracle.force();

-- cohort_retention ------------------------------------------------------------------------------------------------

CREATE TABLE oracle.cohort AS
SELECT set_id, 'date' AS source, ccx.cohort_retention(key_int4, day, grain) AS m
FROM oracle.cohort_event GROUP BY set_id
UNION ALL
SELECT set_id, 'instant', ccx.cohort_retention(key_int4, instant, grain, zone)
FROM oracle.cohort_event GROUP BY set_id;

CREATE TABLE oracle.membership AS
SELECT i.set_id, i.source, i.kind AS set_kind, i.grain, i.events, m.members, oracle.last_active(m.members, i.grain) AS last_active
FROM oracle.cohort_input AS i,
     LATERAL (SELECT array_agg(m) AS members FROM oracle.members(i.events, i.grain) AS m) AS m
WHERE i.events IS NOT NULL;

-- What is asked of each: every kind, to the last activity, to the end of its period, beyond it, and before it.
CREATE TABLE oracle.cohort_question AS
SELECT m.set_id, m.source, k.kind, w.name, w.observed_to, f.observed_from,
       format('set %s %s by %s, %s, %s %s from %s', m.set_id, m.set_kind, m.source, k.kind, w.name, w.observed_to, f.observed_from) AS key,
       -- the matrix knows the last activity of a customer, not the last one before a date
       k.kind = 'on_or_after' AND w.observed_to < m.last_active
       AND NOT oracle.determined(m.members, oracle.calendar_horizons(m.members, m.grain, w.observed_to)) AS unanswerable
FROM oracle.membership AS m,
     (VALUES ('on'), ('on_or_after'), ('previous')) AS k (kind),
     LATERAL (VALUES ('omitted', NULL::date),
                     ('exact', oracle.period_after(m.last_active, 1, m.grain) - 1),
                     ('late', oracle.period_after(m.last_active, 1, m.grain) + oracle.draw(60, 'late', m.set_id, 0)),
                     ('early', oracle.period_after(m.last_active, -oracle.draw(5, 'early', m.set_id, 0), m.grain)
                               + oracle.draw(7, 'early day', m.set_id, 0))) AS w (name, observed_to),
     LATERAL (SELECT CASE WHEN (m.set_id + length(w.name)) % 2 = 0
                          THEN least(w.observed_to, oracle.period_after(m.last_active, -oracle.draw(9, 'from', m.set_id, 0), m.grain) + oracle.draw(3, 'from day', m.set_id, 0)) END AS observed_from) AS f
WHERE (w.observed_to IS NOT NULL OR w.name = 'omitted')
  AND (m.source = 'date' OR w.name = 'omitted');

INSERT INTO oracle.want
SELECT 'cohort_table', q.key, ARRAY(SELECT t::text FROM oracle.cohort_table(m.members, m.grain, q.kind, q.observed_to, q.observed_from) AS t)
FROM oracle.cohort_question AS q JOIN oracle.membership AS m USING (set_id, source)
WHERE q.unanswerable IS NOT TRUE;
INSERT INTO oracle.got
SELECT 'cohort_table', q.key, ARRAY(SELECT t::text FROM ccx.cohort_table(c.m, q.kind, q.observed_to, q.observed_from) AS t)
FROM oracle.cohort_question AS q JOIN oracle.cohort AS c USING (set_id, source)
WHERE q.unanswerable IS NOT TRUE;

INSERT INTO oracle.want SELECT 'cohort_table, on or after an early end', key, '{error 22023}' FROM oracle.cohort_question WHERE unanswerable;
INSERT INTO oracle.got
SELECT 'cohort_table, on or after an early end', key,
       ARRAY[oracle.outcome(format('SELECT count(*) FROM ccx.cohort_table((SELECT m FROM oracle.cohort WHERE set_id = %s AND source = %L), %L, %L)',
                                   set_id, source, kind, observed_to))]
FROM oracle.cohort_question WHERE unanswerable;

-- rows come in order, and with the arguments left out
INSERT INTO oracle.want
SELECT 'cohort_table(m)', 'set ' || set_id, ARRAY(SELECT t::text FROM oracle.cohort_table(members, grain) AS t)
FROM oracle.membership WHERE source = 'date';
INSERT INTO oracle.got
SELECT 'cohort_table(m)', 'set ' || set_id, ARRAY(SELECT t::text FROM ccx.cohort_table(m) AS t)
FROM oracle.cohort WHERE source = 'date';

INSERT INTO oracle.want
SELECT 'skipped_rows', format('set %s by %s', set_id, source), ARRAY[oracle.skipped(events)::text] FROM oracle.membership;
INSERT INTO oracle.got
SELECT 'skipped_rows', format('set %s by %s', set_id, source), ARRAY[ccx.skipped_rows(m)::text] FROM oracle.cohort;

-- Curves: the bounds of the interval are double precision and compared to 1e-12, see below.
CREATE TABLE oracle.bound (side text, key text, period int, low double precision, high double precision);

INSERT INTO oracle.want
SELECT 'retention_curve', q.key,
       ARRAY(SELECT ROW(t.period, t.cohorts, t.eligible, t.active, t.retention, t.net_retention, t.gross_retention)::text
             FROM oracle.retention_curve(m.members, m.grain, q.observed_to, q.observed_from) AS t)
FROM oracle.cohort_question AS q JOIN oracle.membership AS m USING (set_id, source)
WHERE q.kind = 'on';
INSERT INTO oracle.bound
SELECT 'want', q.key, t.period, t.low, t.high
FROM oracle.cohort_question AS q JOIN oracle.membership AS m USING (set_id, source),
     oracle.retention_curve(m.members, m.grain, q.observed_to, q.observed_from) AS t
WHERE q.kind = 'on';
INSERT INTO oracle.got
SELECT 'retention_curve', q.key,
       ARRAY(SELECT ROW(t.period, t.cohorts, t.eligible, t.active, t.retention, t.net_retention, t.gross_retention)::text
             FROM ccx.retention_curve(c.m, q.observed_to, q.observed_from) AS t)
FROM oracle.cohort_question AS q JOIN oracle.cohort AS c USING (set_id, source)
WHERE q.kind = 'on';
INSERT INTO oracle.bound
SELECT 'got', q.key, t.period, t.low, t.high
FROM oracle.cohort_question AS q JOIN oracle.cohort AS c USING (set_id, source), ccx.retention_curve(c.m, q.observed_to, q.observed_from) AS t
WHERE q.kind = 'on';

-- Activity -----------------------------------------------------------------------------------------------------

CREATE TABLE oracle.customer_activity AS
SELECT set_id, k, 'date' AS source, grain, ccx.activity_agg(day, grain) AS a FROM oracle.cohort_event GROUP BY set_id, k, grain
UNION ALL
SELECT set_id, k, 'instant', grain, ccx.activity_agg(instant, grain, zone) FROM oracle.cohort_event GROUP BY set_id, k, grain;

-- a customer that has only rows without a date has an activity without periods
INSERT INTO oracle.want
SELECT 'activity', format('set %s by %s, customer %s', m.set_id, m.source, e.customer),
       ARRAY[ROW(a.first_period, a.last_period, coalesce(a.active_periods, 0), coalesce(a.reactivations, 0), e.skipped)::text]
FROM oracle.membership AS m
CROSS JOIN LATERAL (SELECT u.customer, count(*) FILTER (WHERE u.day IS NULL) AS skipped FROM unnest(m.events) AS u GROUP BY u.customer) AS e
LEFT JOIN LATERAL oracle.activity(m.events, m.grain) AS a ON a.customer = e.customer
WHERE m.set_kind NOT IN ('large', 'middle') AND e.customer IS NOT NULL;
INSERT INTO oracle.got
SELECT 'activity', format('set %s by %s, customer %s', set_id, source, k),
       ARRAY[ROW(ccx.first_period(a), ccx.last_period(a), ccx.active_periods(a), ccx.reactivations(a), ccx.skipped_rows(a))::text]
FROM oracle.customer_activity JOIN oracle.cohort_set USING (set_id)
WHERE kind NOT IN ('large', 'middle') AND k IS NOT NULL;

-- is_active on the days around every active period of a customer
CREATE TABLE oracle.activity_probe AS
SELECT DISTINCT ON (m.set_id, m.source, k, d.day) m.set_id, m.source, p.customer::int AS k, m.grain, m.events, d.day
FROM oracle.membership AS m, oracle.active_periods(m.events, m.grain) AS p,
     LATERAL (VALUES (p.period - 1), (p.period), (oracle.period_after(p.period, 1, m.grain) - 1), (oracle.period_after(p.period, 1, m.grain))) AS d (day)
WHERE m.set_kind IN ('plain', 'clock', 'far apart') AND p.customer IN ('1', '2') AND m.set_id % 3 = 0;
INSERT INTO oracle.want
SELECT 'is_active', format('set %s by %s, customer %s on %s', set_id, source, k, day), ARRAY[oracle.is_active(events, grain, k::text, day)::text]
FROM oracle.activity_probe;
INSERT INTO oracle.got
SELECT 'is_active', format('set %s by %s, customer %s on %s', p.set_id, p.source, p.k, p.day), ARRAY[ccx.is_active(a.a, p.day)::text]
FROM oracle.activity_probe AS p JOIN oracle.customer_activity AS a USING (set_id, source, k);

-- the union of parts that overlap is the whole
CALL oracle.route('activity', 'in one go', $$
    SELECT set_id || '/' || k || source AS id, ccx.activity_send(a) AS bytes
    FROM oracle.customer_activity WHERE set_id % 4 = 0 AND k IS NOT NULL AND ccx.skipped_rows(a) = 0$$);
CALL oracle.route('activity', 'rollup of parts', $$
    SELECT set_id || '/' || k || 'date' AS id, ccx.activity_send(ccx.rollup(part)) AS bytes
    FROM (SELECT set_id, k, ccx.activity_agg(day, grain) AS part
          FROM oracle.cohort_event AS e, LATERAL (VALUES (n % 3), ((n + n / 7) % 3)) AS p (part)
          WHERE set_id % 4 = 0 AND k IS NOT NULL GROUP BY set_id, k, p.part) AS parts
    GROUP BY set_id, k HAVING sum(ccx.skipped_rows(part)) = 0$$, covers => 'date$');
CALL oracle.route('activity', 'rollup of itself, from text', $$
    SELECT set_id || '/' || k || source AS id, ccx.activity_send(ccx.rollup(b.b)) AS bytes
    FROM oracle.customer_activity, LATERAL (VALUES (a), (a::text::ccx.activity), (NULL)) AS b (b)
    WHERE set_id % 4 = 0 AND k IS NOT NULL AND ccx.skipped_rows(a) = 0 GROUP BY set_id, k, source$$);

-- Routes to a cohort matrix ----------------------------------------------------------------------------------------

CALL oracle.route('cohort matrix', 'reference: one step, int4, date', $$
    SELECT set_id || source AS id, ccx.cohort_matrix_send(m) AS bytes FROM oracle.cohort$$);
SELECT format($$CALL oracle.route('cohort matrix', 'one step, %1$s, date', 'SELECT set_id || ''date'' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(%1$s, day, grain)) AS bytes FROM oracle.cohort_event GROUP BY set_id', covers => 'date$')$$, name)
FROM oracle.key_type WHERE name <> 'key_int4' \gexec
CALL oracle.route('cohort matrix', 'one step, uuid, timestamp', $$
    SELECT set_id || 'date' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(key_uuid, moment, grain)) AS bytes
    FROM oracle.cohort_event GROUP BY set_id$$, covers => 'date$');
CALL oracle.route('cohort matrix', 'one step, caseless, timestamptz', $$
    SELECT set_id || 'instant' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(key_caseless, instant, grain, zone)) AS bytes
    FROM oracle.cohort_event GROUP BY set_id$$, covers => 'instant$');
SET TimeZone = 'Pacific/Auckland';
CALL oracle.route('cohort matrix', 'one step, text, timestamptz, session elsewhere', $$
    SELECT set_id || 'instant' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(key_text, instant, grain, zone)) AS bytes
    FROM oracle.cohort_event GROUP BY set_id$$, covers => 'instant$');
RESET TimeZone;
CALL oracle.route('cohort matrix', 'one step, grain omitted', $$
    SELECT set_id || 'date' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(key_int8, day)) AS bytes
    FROM oracle.cohort_event WHERE grain = 'month' GROUP BY set_id$$, covers => NULL);
CALL oracle.route('cohort matrix', 'one step, rows backwards', $$
    SELECT set_id || 'date' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(key_text, day, grain ORDER BY n DESC)) AS bytes
    FROM oracle.cohort_event GROUP BY set_id$$, covers => 'date$');
CALL oracle.route('cohort matrix', 'as a window aggregate', $$
    SELECT DISTINCT set_id || 'date' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(key_int4, day, grain) OVER (PARTITION BY set_id)) AS bytes
    FROM oracle.cohort_event WHERE set_id % 10 IN (0, 3)$$, covers => NULL);

-- the NULL customer's rows stay in the count of those skipped: an activity without a date
CALL oracle.route('cohort matrix', 'two steps', $$
    SELECT set_id || source AS id, ccx.cohort_matrix_send(ccx.cohort_agg(a)) AS bytes
    FROM (SELECT set_id, source, a FROM oracle.customer_activity WHERE k IS NOT NULL
          UNION ALL
          SELECT set_id, 'date', ccx.activity_agg(NULL::date, grain) FROM oracle.cohort_event WHERE k IS NULL GROUP BY set_id
          UNION ALL
          SELECT set_id, 'instant', ccx.activity_agg(NULL::timestamptz, grain, zone) FROM oracle.cohort_event WHERE k IS NULL GROUP BY set_id) AS a
    GROUP BY set_id, source$$);
CALL oracle.route('cohort matrix', 'two steps, timestamp, activity in parts', $$
    SELECT set_id || 'date' AS id, ccx.cohort_matrix_send(ccx.cohort_agg(a)) AS bytes
    FROM (SELECT set_id, ccx.rollup(part) AS a
          FROM (SELECT set_id, key_numeric AS key, ccx.activity_agg(moment, grain) AS part
                -- where no row is skipped: a union, which takes no row twice, cannot add up the rows it never took
                FROM oracle.cohort_event WHERE set_id % 3 = 0 AND k IS NOT NULL GROUP BY set_id, key, n % 3) AS parts
          GROUP BY set_id, key) AS a
    GROUP BY set_id$$, covers => NULL);
CALL oracle.route('cohort matrix', 'rollup of shards', $$
    SELECT set_id || source AS id, ccx.cohort_matrix_send(ccx.rollup(m)) AS bytes
    FROM (SELECT set_id, 'date' AS source, ccx.cohort_retention(key_uuid, day, grain) AS m FROM oracle.cohort_event GROUP BY set_id, key_int4 % 4
          UNION ALL
          SELECT set_id, 'instant', ccx.cohort_retention(key_int8, instant, grain, zone) FROM oracle.cohort_event GROUP BY set_id, key_int4 % 4) AS s
    GROUP BY set_id, source$$);
CALL oracle.route('cohort matrix', 'rollup of rollups and text', $$
    SELECT set_id || 'date' AS id, ccx.cohort_matrix_send(ccx.rollup(m)) AS bytes
    FROM (SELECT set_id, ccx.rollup(m::text::ccx.cohort_matrix) AS m
          FROM (SELECT set_id, k % 5 AS shard, ccx.cohort_retention(key_text, day, grain) AS m FROM oracle.cohort_event GROUP BY set_id, shard
                UNION ALL SELECT set_id, 1, NULL FROM oracle.cohort_set WHERE kind <> 'empty') AS s
          GROUP BY set_id, shard % 2) AS r
    GROUP BY set_id$$, covers => 'date$');

CALL oracle.force(parallel => true);
SELECT format($$CALL oracle.route('cohort matrix', 'parallel: one step, %1$s', 'SELECT set_id || ''date'' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(%1$s, day, grain)) AS bytes FROM oracle.cohort_event GROUP BY set_id', 'gather', covers => 'date$')$$, name)
FROM oracle.key_type WHERE name IN ('key_int4', 'key_text', 'key_caseless') \gexec
CALL oracle.route('cohort matrix', 'parallel: two steps', $$
    SELECT set_id || 'instant' AS id, ccx.cohort_matrix_send(ccx.cohort_agg(a)) AS bytes
    FROM (SELECT set_id, ccx.activity_agg(CASE WHEN k IS NOT NULL THEN instant END, grain, zone) AS a
          FROM oracle.cohort_event GROUP BY set_id, key_uuid) AS a
    GROUP BY set_id$$, 'partial', covers => 'instant$');
CALL oracle.force(spill => true);
SELECT format($$CALL oracle.route('cohort matrix', 'spilled: one step, %1$s', 'SELECT set_id || ''date'' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(%1$s, day, grain)) AS bytes FROM oracle.cohort_event WHERE set_id %% 120 = 7 GROUP BY set_id', 'temporary files', covers => '^(7|127|247)date$')$$, name)
FROM oracle.key_type \gexec
-- without GROUP BY nothing but ccx writes temporary files
CALL oracle.route('cohort matrix', 'spilled: one step, one group', $$
    SELECT '7date' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(key_text, day, grain)) AS bytes
    FROM oracle.cohort_event WHERE set_id = 7$$, 'temporary files', covers => '^7date$');
CALL oracle.route('cohort matrix', 'spilled: one step, all groups', $$
    SELECT set_id || 'instant' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(key_text, instant, grain, zone)) AS bytes
    FROM oracle.cohort_event GROUP BY set_id$$, 'temporary files', covers => 'instant$');
CALL oracle.force(parallel => true, spill => true);
CALL oracle.route('cohort matrix', 'parallel and spilled: one step', $$
    SELECT set_id || 'date' AS id, ccx.cohort_matrix_send(ccx.cohort_retention(key_uuid, day, grain)) AS bytes
    FROM oracle.cohort_event GROUP BY set_id$$, 'gather', covers => 'date$');
CALL oracle.force();

-- The caller's cohort --------------------------------------------------------------------------------------------------

-- A date near the customer's own first one: before, on or after it; now and then none.
CREATE TABLE oracle.cohort_start AS
SELECT set_id, k,
       CASE WHEN oracle.draw(12, 'no start', set_id, k) > 0
            THEN min(day) + oracle.draw(s.days, 'start', set_id, k) - s.days / 2 END AS starts
FROM oracle.cohort_event AS e JOIN oracle.cohort_set AS s USING (set_id)
WHERE kind IN ('plain', 'clock', 'one', 'middle') AND set_id % 2 = 0 AND k IS NOT NULL
GROUP BY set_id, k, s.days;

CREATE TABLE oracle.started AS
SELECT m.set_id, m.grain, x.members, oracle.last_active(x.members, m.grain) AS last_active,
       (SELECT count(*) FROM unnest(m.events) AS e WHERE e.customer IS NOT NULL AND e.day IS NULL) AS skipped,
       -- a customer without a cohort date counts as one row skipped
       (SELECT count(*) FROM oracle.cohort_start AS s WHERE s.set_id = m.set_id AND s.starts IS NULL) AS unknown
FROM oracle.membership AS m,
     LATERAL (SELECT array_agg(x) AS members
              FROM oracle.members_from(m.events, (SELECT array_agg(ROW(s.k, s.starts)::oracle.start) FROM oracle.cohort_start AS s
                                                  WHERE s.set_id = m.set_id), m.grain) AS x) AS x
WHERE m.source = 'date' AND EXISTS (SELECT FROM oracle.cohort_start AS s WHERE s.set_id = m.set_id);
CREATE TABLE oracle.started_ccx AS
SELECT set_id, ccx.cohort_agg(a.a, s.starts) AS m
FROM oracle.cohort_start AS s JOIN oracle.customer_activity AS a USING (set_id, k)
WHERE a.source = 'date'
GROUP BY set_id;

CREATE TABLE oracle.started_question AS
SELECT set_id, k.kind, o.observed_to, format('set %s, %s to %s', set_id, k.kind, o.observed_to) AS key,
       k.kind = 'on_or_after' AND o.observed_to IS NOT NULL AND NOT oracle.determined(members, oracle.calendar_horizons(members, grain, o.observed_to)) AS unanswerable
FROM oracle.started, (VALUES ('on'), ('on_or_after'), ('previous')) AS k (kind),
     LATERAL (VALUES (NULL::date), (last_active + 100), (last_active - 1 - oracle.draw(60, 'started early', set_id, 0))) AS o (observed_to)
WHERE last_active IS NOT NULL;
INSERT INTO oracle.want
SELECT 'cohort_agg(activity, cohort)', key, ARRAY(SELECT t::text FROM oracle.cohort_table(members, grain, kind, observed_to, own_start => true) AS t)
FROM oracle.started_question JOIN oracle.started USING (set_id) WHERE NOT unanswerable;
INSERT INTO oracle.got
SELECT 'cohort_agg(activity, cohort)', key, ARRAY(SELECT t::text FROM ccx.cohort_table(m, kind, observed_to) AS t)
FROM oracle.started_question JOIN oracle.started_ccx USING (set_id) WHERE NOT unanswerable;
INSERT INTO oracle.want SELECT 'cohort_agg(activity, cohort), on or after an early end', key, '{error 22023}' FROM oracle.started_question WHERE unanswerable;
INSERT INTO oracle.got
SELECT 'cohort_agg(activity, cohort), on or after an early end', key,
       ARRAY[oracle.outcome(format('SELECT count(*) FROM ccx.cohort_table((SELECT m FROM oracle.started_ccx WHERE set_id = %s), %L, %L)', set_id, kind, observed_to))]
FROM oracle.started_question WHERE unanswerable;
INSERT INTO oracle.want
SELECT 'skipped_rows with the caller''s cohort', 'set ' || set_id, ARRAY[(skipped + unknown)::text] FROM oracle.started;
INSERT INTO oracle.got
SELECT 'skipped_rows with the caller''s cohort', 'set ' || set_id, ARRAY[ccx.skipped_rows(m)::text] FROM oracle.started_ccx;

CALL oracle.route('caller''s cohort', 'in one go', $$SELECT set_id::text AS id, ccx.cohort_matrix_send(m) AS bytes FROM oracle.started_ccx$$);
CALL oracle.route('caller''s cohort', 'rollup of shards', $$
    SELECT set_id::text AS id, ccx.cohort_matrix_send(ccx.rollup(m)) AS bytes
    FROM (SELECT set_id, ccx.cohort_agg(a.a, s.starts::timestamp + interval '23 hours') AS m
          FROM oracle.cohort_start AS s JOIN oracle.customer_activity AS a USING (set_id, k)
          WHERE a.source = 'date' GROUP BY set_id, k % 3) AS p
    GROUP BY set_id$$);

-- Rolling ages -----------------------------------------------------------------------------------------------------------

CREATE TABLE oracle.daily AS
SELECT set_id, k, ccx.activity_agg(day, 'day') AS a FROM oracle.cohort_event
WHERE k IS NOT NULL GROUP BY set_id, k;

CREATE TABLE oracle.aged AS
SELECT m.set_id, m.set_kind, a.age_days, x.members, m.members AS days, oracle.last_active(m.members, 'day') AS last_day
FROM (SELECT set_id, set_kind, events, (SELECT array_agg(d) FROM oracle.members(events, 'day') AS d) AS members
      FROM oracle.membership
      WHERE source = 'date' AND set_kind <> 'large' AND NOT (set_kind = 'middle' AND set_id % 3 > 0) AND members IS NOT NULL) AS m
CROSS JOIN LATERAL (SELECT greatest((ARRAY[1, 7, 14, 28, 30, 30, 90, 365])[1 + oracle.draw(8, 'age', m.set_id, 0)],
                                    -- at most thirty windows or so
                                    (SELECT max(o) FROM unnest(m.members) AS u, unnest(u.offsets) AS o) / 30) AS age_days) AS a
CROSS JOIN LATERAL (SELECT array_agg(x) AS members FROM oracle.members_by_age(m.events, a.age_days) AS x) AS x;
CREATE TABLE oracle.aged_ccx AS
SELECT set_id, ccx.cohort_agg_by_age(d.a, g.age_days) AS m
FROM oracle.daily AS d JOIN oracle.aged AS g USING (set_id)
GROUP BY set_id;
CREATE TABLE oracle.aged_question AS
SELECT set_id, k.kind, w.observed_to, coalesce(w.observed_to, g.last_day) AS upto,
       format('set %s %s, age %s, %s to %s', set_id, set_kind, age_days, k.kind, w.observed_to) AS key,
       k.kind = 'on_or_after' AND w.observed_to < g.last_day
       AND EXISTS (SELECT FROM unnest(g.members) AS m, LATERAL (SELECT w.observed_to - m.cohort + 1 AS days) AS d
                   WHERE days >= g.age_days
                   GROUP BY m.cohort, days
                   HAVING NOT oracle.determined(array_agg(m), ARRAY[ROW(m.cohort, days / g.age_days - 1)::oracle.observed], days % g.age_days > 0)) AS unanswerable
FROM oracle.aged AS g, (VALUES ('on'), ('on_or_after'), ('previous')) AS k (kind),
     LATERAL (VALUES (NULL::date), (last_day + 4 * age_days + 3), (last_day - 1 - oracle.draw(20, 'early age', set_id, 0))) AS w (observed_to);

INSERT INTO oracle.want
SELECT 'cohort_agg_by_age', q.key,
       ARRAY(SELECT ROW(t.cohort, t.period, t.cohort_size, t.eligible, t.active, t.retention, t.is_complete, t.is_first_observed)::text
             FROM oracle.age_table(CASE q.kind WHEN 'on_or_after' THEN (SELECT array_agg(u) FROM oracle.members_by_age_until(g.days, g.age_days, q.upto) AS u) ELSE g.members END,
                                   g.age_days, q.kind, q.upto, coalesce(q.observed_to, g.last_day - 1)) AS t)
FROM oracle.aged_question AS q JOIN oracle.aged AS g USING (set_id) WHERE NOT unanswerable;
INSERT INTO oracle.got
SELECT 'cohort_agg_by_age', q.key,
       ARRAY(SELECT ROW(t.cohort, t.period, t.cohort_size, t.eligible, t.active, t.retention, t.is_complete, t.is_first_observed)::text
             FROM ccx.cohort_table(c.m, q.kind, q.observed_to) AS t)
FROM oracle.aged_question AS q JOIN oracle.aged_ccx AS c USING (set_id) WHERE NOT unanswerable;
INSERT INTO oracle.want SELECT 'cohort_agg_by_age, on or after an early end', key, '{error 22023}' FROM oracle.aged_question WHERE unanswerable;
INSERT INTO oracle.got
SELECT 'cohort_agg_by_age, on or after an early end', key,
       ARRAY[oracle.outcome(format('SELECT count(*) FROM ccx.cohort_table((SELECT m FROM oracle.aged_ccx WHERE set_id = %s), %L, %L)', set_id, kind, observed_to))]
FROM oracle.aged_question WHERE unanswerable;
INSERT INTO oracle.want
SELECT 'curve by age', q.key,
       ARRAY(SELECT ROW(t.period, t.cohorts, t.eligible, t.active, t.retention)::text
             FROM oracle.curve(g.members, oracle.age_horizons(g.members, g.age_days, q.upto), 'month', q.upto - 200, 'month') AS t)
FROM oracle.aged_question AS q JOIN oracle.aged AS g USING (set_id) WHERE q.kind = 'on';
INSERT INTO oracle.got
SELECT 'curve by age', q.key,
       ARRAY(SELECT ROW(t.period, t.cohorts, t.eligible, t.active, t.retention)::text
             FROM ccx.retention_curve(c.m, q.observed_to, q.upto - 200) AS t)
FROM oracle.aged_question AS q JOIN oracle.aged_ccx AS c USING (set_id) WHERE q.kind = 'on';

CALL oracle.route('rolling ages', 'in one go', $$SELECT set_id::text AS id, ccx.cohort_matrix_send(m) AS bytes FROM oracle.aged_ccx$$);
CALL oracle.route('rolling ages', 'rollup of shards', $$
    SELECT set_id::text AS id, ccx.cohort_matrix_send(ccx.rollup(m)) AS bytes
    FROM (SELECT set_id, ccx.cohort_agg_by_age(d.a, g.age_days) AS m FROM oracle.daily AS d JOIN oracle.aged AS g USING (set_id)
          GROUP BY set_id, k % 3) AS p
    GROUP BY set_id$$);

-- Brackets -----------------------------------------------------------------------------------------------------------------

CREATE TABLE oracle.bracketed AS
SELECT m.set_id, m.grain, b.ranges, o.observed_to, x.members
FROM oracle.membership AS m
CROSS JOIN LATERAL (SELECT oracle.choose(ARRAY['{0,1,4,12}', '{0,1,4,12}', '{0,2}', '{1,3}', '{0,1,2,3,7,30}', '{2,5,6}', '{0,400}'],
                                         'ranges', m.set_id, 0)::int[] AS ranges) AS b
CROSS JOIN LATERAL (SELECT m.last_active + oracle.draw(400, 'bracket end', m.set_id, 0)
                           - CASE WHEN m.set_id % 3 = 0 THEN 300 ELSE 0 END AS observed_to) AS o
CROSS JOIN LATERAL (SELECT array_agg(x) AS members FROM oracle.members_by_bracket(m.events, m.grain, b.ranges, o.observed_to) AS x) AS x
WHERE m.source = 'date' AND m.members IS NOT NULL;
CREATE TABLE oracle.bracketed_question AS
SELECT set_id, k.kind, w.observed_to, coalesce(w.observed_to, b.observed_to) AS upto, horizons,
       format('set %s, ranges %s to %s of %s, %s', set_id, ranges, w.observed_to, b.observed_to, k.kind) AS key,
       -- ranges that were not over are in no matrix
       k.kind = 'on_or_after'
       AND NOT oracle.determined((SELECT array_agg(ROW(m.customer, m.cohort, ARRAY(SELECT o FROM unnest(m.offsets) AS o WHERE o <= f.horizon), NULL)::oracle.member)
                                  FROM unnest(members) AS m JOIN unnest(oracle.bracket_horizons(members, grain, ranges, b.observed_to)) AS f USING (cohort)), horizons) AS unanswerable
FROM oracle.bracketed AS b, (VALUES ('on'), ('on_or_after'), ('previous')) AS k (kind),
     LATERAL (VALUES (NULL::date), (b.observed_to - oracle.draw(300, 'bracket window', set_id, 0))) AS w (observed_to),
     LATERAL (SELECT oracle.bracket_horizons(members, grain, ranges, coalesce(w.observed_to, b.observed_to)) AS horizons) AS h;
CREATE TABLE oracle.bracketed_ccx AS
SELECT set_id, ccx.cohort_bracket_agg(a.a, b.ranges, b.observed_to) AS m
FROM oracle.customer_activity AS a JOIN oracle.bracketed AS b USING (set_id)
WHERE a.source = 'date' AND k IS NOT NULL
GROUP BY set_id;

INSERT INTO oracle.want
SELECT 'cohort_bracket_agg', key,
       ARRAY(SELECT ROW(t.cohort, ranges[t.period + 1], t.cohort_size, t.cohort_size, t.active, t.retention,
                        oracle.period_after(t.cohort, ranges[t.period + 2], grain) - 1 <= upto,
                        t.cohort <= oracle.first_observed(members, grain, upto - 100))::text
             FROM oracle.cohort_rows(members, kind, horizons) AS t)
FROM oracle.bracketed_question JOIN oracle.bracketed USING (set_id) WHERE NOT unanswerable;
INSERT INTO oracle.got
SELECT 'cohort_bracket_agg', key,
       ARRAY(SELECT ROW(t.cohort, t.period, t.cohort_size, t.eligible, t.active, t.retention, t.is_complete, t.is_first_observed)::text
             FROM ccx.cohort_table(m, kind, q.observed_to, q.upto - 100) AS t)
FROM oracle.bracketed_question AS q JOIN oracle.bracketed_ccx USING (set_id) WHERE NOT unanswerable;
INSERT INTO oracle.want SELECT 'cohort_bracket_agg, on or after an early end', key, '{error 22023}' FROM oracle.bracketed_question WHERE unanswerable;
INSERT INTO oracle.got
SELECT 'cohort_bracket_agg, on or after an early end', key,
       ARRAY[oracle.outcome(format('SELECT count(*) FROM ccx.cohort_table((SELECT m FROM oracle.bracketed_ccx WHERE set_id = %s), %L, %L)', set_id, kind, observed_to))]
FROM oracle.bracketed_question WHERE unanswerable;
INSERT INTO oracle.want
SELECT 'curve of brackets', 'set ' || set_id,
       ARRAY(SELECT ROW(ranges[t.period + 1], t.cohorts, t.eligible, t.active, t.retention)::text
             FROM oracle.curve(members, oracle.bracket_horizons(members, grain, ranges, observed_to)) AS t)
FROM oracle.bracketed;
INSERT INTO oracle.got
SELECT 'curve of brackets', 'set ' || set_id,
       ARRAY(SELECT ROW(t.period, t.cohorts, t.eligible, t.active, t.retention)::text FROM ccx.retention_curve(m) AS t)
FROM oracle.bracketed_ccx;

CALL oracle.route('brackets', 'in one go', $$SELECT set_id::text AS id, ccx.cohort_matrix_send(m) AS bytes FROM oracle.bracketed_ccx$$);
CALL oracle.route('brackets', 'rollup of shards', $$
    SELECT set_id::text AS id, ccx.cohort_matrix_send(ccx.rollup(m)) AS bytes
    FROM (SELECT set_id, ccx.cohort_bracket_agg(a.a, b.ranges, b.observed_to) AS m
          FROM oracle.customer_activity AS a JOIN oracle.bracketed AS b USING (set_id)
          WHERE a.source = 'date' AND k IS NOT NULL GROUP BY set_id, k % 3) AS p
    GROUP BY set_id$$);

-- two populations with equal counts of (cohort, offset), told apart: one came twice, or two came once each
CREATE TABLE oracle.population AS
SELECT p, c, ccx.activity_agg(d) AS a
FROM (VALUES ('A', 'x', date '2024-01-01'), ('A', 'x', '2024-02-01'), ('A', 'x', '2024-03-01'), ('A', 'y', '2024-01-09'),
             ('B', 'x', '2024-01-01'), ('B', 'x', '2024-02-01'), ('B', 'y', '2024-03-01'), ('B', 'y', '2024-01-09')) AS t (p, c, d)
GROUP BY p, c;
INSERT INTO oracle.want VALUES ('populations told apart', 'counts per offset, brackets', '{"A 1,0.5,0.5 1,0.5","B 1,0.5,0.5 1,1"}');
INSERT INTO oracle.got
SELECT 'populations told apart', 'counts per offset, brackets',
       array_agg(format('%s %s %s', p, (SELECT string_agg(t.retention::text, ',') FROM ccx.cohort_table(m) AS t),
                        (SELECT string_agg(t.retention::text, ',') FROM ccx.cohort_table(b) AS t)) ORDER BY p)
FROM (SELECT p, ccx.cohort_agg(a) AS m, ccx.cohort_bracket_agg(a, '{0,1,3}', '2024-03-31') AS b FROM oracle.population GROUP BY p) AS g;

-- Dollar cohorts -------------------------------------------------------------------------------------------------------------

CREATE TABLE oracle.paying_history AS
SELECT 'snapshot' AS source, set_id, customer, ccx.mrr_history(month, mrr) AS h FROM oracle.snapshot_row GROUP BY set_id, customer
UNION ALL
SELECT 'interval', set_id, customer, ccx.mrr_history(valid_from, valid_to, mrr) FROM oracle.interval_row GROUP BY set_id, customer;

CREATE TABLE oracle.paying AS
SELECT h.source, h.set_id, h.running, s.step, o.windows, x.members,
       (ARRAY['on', 'on_or_after', 'previous'])[1 + h.set_id % 3] AS kind
FROM oracle.history AS h
CROSS JOIN LATERAL (SELECT oracle.choose('{month,month,month,quarter,quarter:feb,quarter:mar,year,year:apr}', 'dollar step', h.set_id, 0) AS step) AS s
CROSS JOIN LATERAL (SELECT ARRAY[NULL, oracle.month_end(h.last_month),
                                 oracle.month_start(h.last_month) + oracle.draw(500, 'dollar end', h.set_id, 0),
                                 oracle.month_end(h.last_month - 1 - oracle.draw(8, 'early dollar end', h.set_id, 0))] AS windows) AS o
-- until nothing changes any more
CROSS JOIN LATERAL (SELECT max(d) + 366 AS calm FROM unnest(h.stretches) AS s, unnest(ARRAY[s.valid_from, s.valid_to]) AS d WHERE isfinite(d)) AS e
CROSS JOIN LATERAL (SELECT array_agg(x) AS members FROM oracle.paying_members(h.stretches, s.step, greatest(windows[2], windows[3], calm)) AS x) AS x
WHERE h.stretches IS NOT NULL AND h.set_id % 2 = 0;
CREATE TABLE oracle.paying_question AS
SELECT source, set_id, kind, observed_to, format('%s set %s by %s, %s to %s', source, set_id, step, kind, observed_to) AS key,
       -- who still runs has no last period
       running AND observed_to IS NULL
       OR kind = 'on_or_after' AND observed_to IS NOT NULL AND NOT oracle.determined(members, oracle.calendar_horizons(members, step, observed_to)) AS unanswerable
FROM oracle.paying, LATERAL (SELECT DISTINCT unnest(windows) AS observed_to) AS w;
CREATE TABLE oracle.paying_ccx AS
SELECT h.source, h.set_id, p.step, CASE WHEN p.step = 'month' AND h.set_id % 4 = 0 THEN ccx.cohort_revenue_agg(h.h)
                                        ELSE ccx.cohort_revenue_agg(h.h, p.step) END AS m
FROM oracle.paying_history AS h JOIN oracle.paying AS p USING (source, set_id)
GROUP BY h.source, h.set_id, p.step;

INSERT INTO oracle.want
SELECT 'cohort_revenue_agg', key, ARRAY(SELECT t::text FROM oracle.cohort_table(members, step, kind, observed_to) AS t)
FROM oracle.paying_question AS q JOIN oracle.paying AS p USING (source, set_id, kind) WHERE NOT unanswerable;
INSERT INTO oracle.got
SELECT 'cohort_revenue_agg', key, ARRAY(SELECT t::text FROM ccx.cohort_table(m, kind, observed_to) AS t)
FROM oracle.paying_question JOIN oracle.paying_ccx USING (source, set_id) WHERE NOT unanswerable;
INSERT INTO oracle.want SELECT 'cohort_revenue_agg without an end', key, '{error 22023}' FROM oracle.paying_question WHERE unanswerable;
INSERT INTO oracle.got
SELECT 'cohort_revenue_agg without an end', key,
       ARRAY[oracle.outcome(format('SELECT count(*) FROM ccx.cohort_table((SELECT m FROM oracle.paying_ccx WHERE source = %L AND set_id = %s), %L, %L)',
                                   source, set_id, kind, observed_to))]
FROM oracle.paying_question WHERE unanswerable;
INSERT INTO oracle.want
SELECT 'skipped_rows of dollar cohorts', p.source || p.set_id, ARRAY[count(*) FILTER (WHERE s.mrr IS NULL OR s.valid_from IS NULL)::text]
FROM oracle.paying AS p JOIN oracle.history AS h USING (source, set_id), unnest(h.stretches) AS s
GROUP BY p.source, p.set_id;
INSERT INTO oracle.got SELECT 'skipped_rows of dollar cohorts', source || set_id, ARRAY[ccx.skipped_rows(m)::text] FROM oracle.paying_ccx;
INSERT INTO oracle.want
SELECT 'curve of dollar cohorts', key,
       ARRAY(SELECT ROW(t.period, t.cohorts, t.eligible, t.active, t.retention, t.net_retention, t.gross_retention)::text
             FROM oracle.retention_curve(members, step, observed_to) AS t)
FROM oracle.paying_question AS q JOIN oracle.paying AS p USING (source, set_id, kind) WHERE NOT unanswerable;
INSERT INTO oracle.got
SELECT 'curve of dollar cohorts', key,
       ARRAY(SELECT ROW(t.period, t.cohorts, t.eligible, t.active, t.retention, t.net_retention, t.gross_retention)::text
             FROM ccx.retention_curve(m, observed_to) AS t)
FROM oracle.paying_question JOIN oracle.paying_ccx USING (source, set_id) WHERE NOT unanswerable;

CALL oracle.route('dollar cohorts', 'in one go', $$SELECT source || set_id AS id, ccx.cohort_matrix_send(m) AS bytes FROM oracle.paying_ccx$$);
CALL oracle.route('dollar cohorts', 'rollup of shards', $$
    SELECT source || set_id AS id, ccx.cohort_matrix_send(ccx.rollup(m)) AS bytes
    FROM (SELECT source, set_id, ccx.cohort_revenue_agg(h.h, p.step) AS m
          FROM oracle.paying_history AS h JOIN oracle.paying_ccx AS p USING (source, set_id)
          GROUP BY source, set_id, p.step, length(h.customer) + ascii(right(h.customer, 1)) % 3) AS s
    GROUP BY source, set_id$$);

-- retention_agg_by --------------------------------------------------------------------------------------------------------------

-- The pairs of generate.sql under every key, one row in fifty without a customer.
CREATE TABLE oracle.keyed_row AS
SELECT r.set_id, r.n, c.k,
       c.k * 7919 - 50000 AS key_int4, c.k::bigint * 10000000019 AS key_int8, md5('k' || c.k)::uuid AS key_uuid,
       oracle.text_key(c.k) AS key_text, round(c.k * 0.25, 2 + r.n % 5) AS key_numeric,
       (CASE r.n % 2 WHEN 0 THEN upper(oracle.text_key(c.k)) ELSE lower(oracle.text_key(c.k)) END) COLLATE oracle.caseless AS key_caseless,
       CASE WHEN c.k IS NOT NULL THEN ROW(c.k % 7, 'a' || c.k)::oracle.pair_key END AS key_composite,
       r.opening, r.closing, r.seen
FROM oracle.pair_row AS r,
     LATERAL (SELECT CASE WHEN oracle.draw(50, 'nobody', r.set_id, r.n) > 0 THEN substr(r.customer, 2)::int / 2 END AS k) AS c
WHERE r.set_id % 3 = 0;
CREATE INDEX ON oracle.keyed_row (set_id);
ANALYZE oracle.keyed_row;

INSERT INTO oracle.want
SELECT 'retention_agg_by', 'set ' || set_id,
       ARRAY[ROW(r.nrr, r.nrr_with_reactivation, r.grr, r.logo_retention, r.quick_ratio, r.arpa, r.opening_mrr, r.closing_mrr, r.new_mrr,
                 r.reactivation_mrr, r.expansion_mrr, r.contraction_mrr, r.churned_mrr, r.retained_mrr, r.opening_customers,
                 r.closing_customers, r.new_customers, r.reactivation_customers, r.expansion_customers, r.contraction_customers,
                 r.churned_customers, r.retained_customers, r.unchanged_customers, r.skipped_rows, r.negative_rows, r.negative_mrr)::text]
FROM (SELECT set_id, array_agg(ROW(k, opening, closing, seen)::oracle.keyed_pair) AS keyed FROM oracle.keyed_row GROUP BY set_id) AS s,
     oracle.retention(oracle.net(keyed)) AS r;
INSERT INTO oracle.got
SELECT 'retention_agg_by', 'set ' || set_id,
       ARRAY[ROW(ccx.nrr(s), ccx.nrr(s, true), ccx.grr(s), ccx.logo_retention(s), ccx.quick_ratio(s), ccx.arpa(s), ccx.opening_mrr(s),
                 ccx.closing_mrr(s), ccx.new_mrr(s), ccx.reactivation_mrr(s), ccx.expansion_mrr(s), ccx.contraction_mrr(s),
                 ccx.churned_mrr(s), ccx.retained_mrr(s), ccx.opening_customers(s), ccx.closing_customers(s), ccx.new_customers(s),
                 ccx.reactivation_customers(s), ccx.expansion_customers(s), ccx.contraction_customers(s), ccx.churned_customers(s),
                 ccx.retained_customers(s), ccx.unchanged_customers(s), ccx.skipped_rows(s), ccx.negative_rows(s), ccx.negative_mrr(s))::text]
FROM (SELECT set_id, ccx.retention_agg_by(key_int4, opening, closing, seen) AS s FROM oracle.keyed_row GROUP BY set_id) AS g;

SELECT format($$CALL oracle.route('keyed retention', %1$L, 'SELECT set_id::text AS id, ccx.retention_summary_send(ccx.retention_agg_by(%1$s, opening, closing, seen)) AS bytes FROM oracle.keyed_row GROUP BY set_id')$$, name)
FROM oracle.key_type \gexec
-- netted first; what netting leaves out is added as rows without amounts
CALL oracle.route('keyed retention', 'sums, then retention_agg', $$
    SELECT set_id::text AS id, ccx.retention_summary_send(ccx.retention_agg(opening, closing, seen)) AS bytes
    FROM (SELECT set_id, sum(opening) AS opening, sum(closing) AS closing, coalesce(bool_or(seen), false) AS seen
          FROM oracle.keyed_row WHERE k IS NOT NULL AND (opening IS NOT NULL OR closing IS NOT NULL) GROUP BY set_id, k
          UNION ALL
          SELECT set_id, NULL, NULL, false FROM oracle.keyed_row WHERE NOT (k IS NOT NULL AND (opening IS NOT NULL OR closing IS NOT NULL))) AS netted
    GROUP BY set_id$$);
CALL oracle.route('keyed retention', 'rollup of shards', $$
    SELECT set_id::text AS id, ccx.retention_summary_send(ccx.rollup(s)) AS bytes
    FROM (SELECT set_id, ccx.retention_agg_by(key_text, opening, closing, seen) AS s FROM oracle.keyed_row GROUP BY set_id, k % 3) AS p
    GROUP BY set_id$$);
CALL oracle.force(parallel => true);
CALL oracle.route('keyed retention', 'parallel', $$
    SELECT set_id::text AS id, ccx.retention_summary_send(ccx.retention_agg_by(key_uuid, opening, closing, seen)) AS bytes
    FROM oracle.keyed_row GROUP BY set_id$$, 'gather');
CALL oracle.force(spill => true);
SELECT format($$CALL oracle.route('keyed retention', 'spilled: %1$s', 'SELECT set_id::text AS id, ccx.retention_summary_send(ccx.retention_agg_by(%1$s, opening, closing, seen)) AS bytes FROM oracle.keyed_row WHERE set_id %% 18 = 0 GROUP BY set_id', 'temporary files', covers => NULL)$$, name)
FROM oracle.key_type WHERE name IN ('key_int8', 'key_text', 'key_numeric') \gexec
CALL oracle.force();

-- everybody in one group: without GROUP BY nothing but ccx writes temporary files
CALL oracle.route('keyed retention of all', 'in memory', $$
    SELECT 'all' AS id, ccx.retention_summary_send(ccx.retention_agg_by(2000::bigint * set_id + k, opening, closing, seen)) AS bytes FROM oracle.keyed_row$$);
CALL oracle.route('keyed retention of all', 'rollup of sets', $$
    SELECT 'all' AS id, ccx.retention_summary_send(ccx.rollup(s)) AS bytes
    FROM (SELECT ccx.retention_agg_by(k, opening, closing, seen) AS s FROM oracle.keyed_row GROUP BY set_id) AS sets$$);
CALL oracle.force(spill => true);
CALL oracle.route('keyed retention of all', 'spilled, int8', $$
    SELECT 'all' AS id, ccx.retention_summary_send(ccx.retention_agg_by(2000::bigint * set_id + k, opening, closing, seen)) AS bytes FROM oracle.keyed_row$$,
    'temporary files');
CALL oracle.route('keyed retention of all', 'spilled, text', $$
    SELECT 'all' AS id, ccx.retention_summary_send(ccx.retention_agg_by(set_id || key_text, opening, closing, seen)) AS bytes FROM oracle.keyed_row$$,
    'temporary files');
CALL oracle.force();

-- two arities more: seen left out, and a currency, whose mixture is refused
INSERT INTO oracle.want
SELECT 'retention_agg_by(customer, o, c)', 'set ' || set_id, ARRAY[ROW(r.nrr, r.new_customers, r.reactivation_customers)::text]
FROM (SELECT set_id, array_agg(ROW(k, opening, closing, NULL)::oracle.keyed_pair) AS keyed FROM oracle.keyed_row GROUP BY set_id) AS s,
     oracle.retention(oracle.net(keyed)) AS r WHERE set_id % 5 = 0;
INSERT INTO oracle.got
SELECT 'retention_agg_by(customer, o, c)', 'set ' || set_id, ARRAY[ROW(ccx.nrr(s), ccx.new_customers(s), ccx.reactivation_customers(s))::text]
FROM (SELECT set_id, ccx.retention_agg_by(key_int8, opening, closing) AS s FROM oracle.keyed_row GROUP BY set_id) AS g WHERE set_id % 5 = 0;
INSERT INTO oracle.want
SELECT 'retention_agg_by(customer, o, c, seen, currency)', v.currency, ARRAY[v.want]
FROM (VALUES ($$'EUR'$$, '1.5'), ('NULL::text', '1.5'), ($$CASE n WHEN 1 THEN 'EUR' ELSE 'USD' END$$, 'error 22000'),
             ($$CASE n WHEN 1 THEN 'EUR' END$$, 'error 22000')) AS v (currency, want);
INSERT INTO oracle.got
SELECT 'retention_agg_by(customer, o, c, seen, currency)', currency,
       ARRAY[oracle.outcome(format('SELECT ccx.nrr(ccx.retention_agg_by(1, 2, 3, false, %s)) FROM generate_series(1, 2) AS n', currency))]
FROM unnest(ARRAY[$$'EUR'$$, 'NULL::text', $$CASE n WHEN 1 THEN 'EUR' ELSE 'USD' END$$, $$CASE n WHEN 1 THEN 'EUR' END$$]) AS currency;

-- mrr_movements_agg(customer, month, mrr) and mrr_movements_by ------------------------------------------------------------------

CREATE TABLE oracle.moved_row AS
SELECT r.*, k * 7919 - 50000 AS key_int4, k::bigint * 10000000019 AS key_int8, md5('k' || k)::uuid AS key_uuid,
       oracle.text_key(k) AS key_text, round(k * 0.25, 2 + n % 5) AS key_numeric,
       (CASE n % 2 WHEN 0 THEN upper(oracle.text_key(k)) ELSE lower(oracle.text_key(k)) END) COLLATE oracle.caseless AS key_caseless,
       CASE WHEN k IS NOT NULL THEN ROW(k % 7, 'a' || k)::oracle.pair_key END AS key_composite,
       q.step, coalesce(q.span, split_part(q.step, ':', 1)) AS span
FROM oracle.segmented_row AS r JOIN oracle.question AS q ON q.source = 'snapshot' AND q.set_id = r.set_id AND q.variant = 1;
ANALYZE oracle.moved_row;

-- a window that is known to be: from the month before the set's first to a few after its last
CREATE TABLE oracle.moved AS
SELECT s.set_id, q.step, coalesce(q.span, split_part(q.step, ':', 1)) AS span,
       oracle.month_start(s.first_month - oracle.draw(15, 'moved from', s.set_id, 0)) AS observed_from,
       oracle.month_end(s.first_month + s.months + oracle.draw(9, 'moved to', s.set_id, 0)) AS observed_to,
       r.segments, r.stretches, r.unusable
FROM oracle.history_set AS s
JOIN oracle.question AS q ON q.source = s.source AND q.set_id = s.set_id AND q.variant = 1
JOIN (SELECT set_id, array_agg(ROW(k, month, mrr, segment)::oracle.segment_row) AS segments,
             array_agg(oracle.month_stretch(k::text, month, mrr)) FILTER (WHERE k IS NOT NULL) AS stretches,
             count(*) FILTER (WHERE k IS NULL OR month IS NULL OR mrr IS NULL) AS unusable
      FROM oracle.segmented_row GROUP BY set_id) AS r ON r.set_id = s.set_id
WHERE s.source = 'snapshot';

INSERT INTO oracle.want
SELECT 'mrr_movements_agg(customer, month, mrr)', 'set ' || set_id,
       ARRAY(SELECT t::text FROM oracle.movements(stretches, step, span, observed_from, observed_to) AS t) FROM oracle.moved;
INSERT INTO oracle.got
SELECT 'mrr_movements_agg(customer, month, mrr)', 'set ' || set_id,
       ARRAY(SELECT ROW(t.period, t.opening_mrr, t.new_mrr, t.reactivation_mrr, t.expansion_mrr, t.contraction_mrr, t.churned_mrr,
                        t.closing_mrr, t.nrr, t.grr, t.logo_retention, t.opening_customers, t.new_customers, t.reactivation_customers,
                        t.expansion_customers, t.contraction_customers, t.churned_customers, t.closing_customers)::text
             FROM ccx.movements(g.m, observed_from, observed_to) AS t)
FROM (SELECT set_id, ccx.mrr_movements_agg(key_int4, month, mrr, step, span) AS m FROM oracle.moved_row GROUP BY set_id) AS g
JOIN oracle.moved USING (set_id);
INSERT INTO oracle.want SELECT 'skipped_rows of movements', 'set ' || set_id, ARRAY[unusable::text] FROM oracle.moved;
INSERT INTO oracle.got
SELECT 'skipped_rows of movements', 'set ' || set_id, ARRAY[ccx.skipped_rows(ccx.mrr_movements_agg(key_text, month, mrr, step, span))::text]
FROM oracle.moved_row GROUP BY set_id;

SELECT format($$CALL oracle.route('keyed movements', %1$L, 'SELECT set_id::text AS id, ccx.mrr_movements_send(ccx.mrr_movements_agg(%1$s, month, mrr, step, span)) AS bytes FROM oracle.moved_row GROUP BY set_id')$$, name)
FROM oracle.key_type \gexec
CALL oracle.route('keyed movements', 'timestamp', $$
    SELECT set_id::text AS id, ccx.mrr_movements_send(ccx.mrr_movements_agg(key_uuid, month::timestamp, mrr, step, span)) AS bytes
    FROM oracle.moved_row GROUP BY set_id$$);
CALL oracle.route('keyed movements', 'two steps', $$
    SELECT set_id::text AS id, ccx.mrr_movements_send(ccx.mrr_movements_agg(h, step, span)) AS bytes
    FROM (SELECT set_id, step, span, ccx.mrr_history(CASE WHEN k IS NOT NULL THEN month END, mrr) AS h
          FROM oracle.moved_row GROUP BY set_id, step, span, key_uuid) AS h
    GROUP BY set_id$$);
CALL oracle.route('keyed movements', 'rollup of shards', $$
    SELECT set_id::text AS id, ccx.mrr_movements_send(ccx.rollup(m)) AS bytes
    FROM (SELECT set_id, ccx.mrr_movements_agg(key_text, month, mrr, step, span) AS m FROM oracle.moved_row GROUP BY set_id, k % 3) AS s
    GROUP BY set_id$$);
CALL oracle.force(parallel => true);
CALL oracle.route('keyed movements', 'parallel', $$
    SELECT set_id::text AS id, ccx.mrr_movements_send(ccx.mrr_movements_agg(key_text, month, mrr, step, span)) AS bytes
    FROM oracle.moved_row GROUP BY set_id$$, 'gather');
CALL oracle.force(spill => true);
SELECT format($$CALL oracle.route('keyed movements', 'spilled: %1$s', 'SELECT set_id::text AS id, ccx.mrr_movements_send(ccx.mrr_movements_agg(%1$s, month, mrr, step, span)) AS bytes FROM oracle.moved_row WHERE set_id %% 70 = 0 GROUP BY set_id', 'temporary files', covers => NULL)$$, name)
FROM oracle.key_type WHERE name IN ('key_int4', 'key_text', 'key_composite') \gexec
CALL oracle.force();

CALL oracle.route('keyed movements of all', 'in memory', $$
    SELECT 'all' AS id, ccx.mrr_movements_send(ccx.mrr_movements_agg(2000::bigint * set_id + k, month, mrr, 'month', 'quarter')) AS bytes FROM oracle.moved_row$$);
CALL oracle.route('keyed movements of all', 'rollup of sets', $$
    SELECT 'all' AS id, ccx.mrr_movements_send(ccx.rollup(m)) AS bytes
    FROM (SELECT ccx.mrr_movements_agg(k, month, mrr, 'month', 'quarter') AS m FROM oracle.moved_row GROUP BY set_id) AS sets$$);
CALL oracle.force(spill => true);
CALL oracle.route('keyed movements of all', 'spilled, int8', $$
    SELECT 'all' AS id, ccx.mrr_movements_send(ccx.mrr_movements_agg(2000::bigint * set_id + k, month, mrr, 'month', 'quarter')) AS bytes FROM oracle.moved_row$$,
    'temporary files');
CALL oracle.route('keyed movements of all', 'spilled, text', $$
    SELECT 'all' AS id, ccx.mrr_movements_send(ccx.mrr_movements_agg(set_id || key_text, month, mrr, 'month', 'quarter')) AS bytes FROM oracle.moved_row$$,
    'temporary files');
CALL oracle.force();

-- Segments: each that a row names is there, in every comparison.
CREATE TABLE oracle.by_segment AS
SELECT set_id, coalesce(s.segment, '(none)') AS segment, s.movements AS m
FROM (SELECT set_id, ccx.mrr_movements_by(key_int4, month, mrr, segment, step, span) AS segments FROM oracle.moved_row GROUP BY set_id) AS g,
     unnest(segments) AS s;
INSERT INTO oracle.want
SELECT 'mrr_movements_by', format('set %s %s %s', set_id, s.segment, c.period),
       ARRAY[ROW(r.opening_mrr, r.new_mrr, r.reactivation_mrr, r.expansion_mrr, r.contraction_mrr, r.churned_mrr, r.closing_mrr,
                 r.nrr, r.grr, r.logo_retention, r.opening_customers, r.new_customers, r.reactivation_customers,
                 r.expansion_customers, r.contraction_customers, r.churned_customers, r.closing_customers)::text]
FROM oracle.moved
JOIN (SELECT DISTINCT set_id, coalesce(segment, '(none)') AS segment FROM oracle.segmented_row) AS s USING (set_id)
CROSS JOIN LATERAL oracle.comparisons(step, span, oracle.month_index(observed_from), oracle.month_index(observed_to)) AS c
LEFT JOIN LATERAL oracle.segment_pairs(segments, step, span, observed_from, observed_to) AS p
       ON p.segment = s.segment AND p.period = c.period
CROSS JOIN LATERAL oracle.retention(coalesce(p.pairs, ARRAY[ROW(0, 0, false, NULL)::oracle.pair])) AS r;
INSERT INTO oracle.got
SELECT 'mrr_movements_by', format('set %s %s %s', set_id, segment, t.period),
       ARRAY[ROW(t.opening_mrr, t.new_mrr, t.reactivation_mrr, t.expansion_mrr, t.contraction_mrr, t.churned_mrr, t.closing_mrr,
                 t.nrr, t.grr, t.logo_retention, t.opening_customers, t.new_customers, t.reactivation_customers,
                 t.expansion_customers, t.contraction_customers, t.churned_customers, t.closing_customers)::text]
FROM oracle.by_segment JOIN oracle.moved USING (set_id), ccx.movements(m, observed_from, observed_to) AS t;

-- segments add up to the whole; and every way of keeping the customers gives the same of each
CALL oracle.route('movements of the whole', 'without segments', $$
    SELECT set_id || '/' || t.period AS id,
           convert_to(ROW(opening_mrr, new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr, closing_mrr,
                          opening_customers, new_customers, reactivation_customers, expansion_customers, contraction_customers,
                          churned_customers, closing_customers)::text, 'UTF8') AS bytes
    FROM (SELECT set_id, ccx.mrr_movements_agg(key_int4, month, mrr, step, span) AS m FROM oracle.moved_row GROUP BY set_id) AS g
    JOIN oracle.moved USING (set_id), ccx.movements(m, observed_from, observed_to) AS t
    WHERE opening_mrr > 0 OR closing_mrr > 0$$);
CALL oracle.route('movements of the whole', 'segments added up', $$
    SELECT set_id || '/' || t.period AS id,
           convert_to(ROW(trim_scale(sum(opening_mrr)), trim_scale(sum(new_mrr)), trim_scale(sum(reactivation_mrr)),
                          trim_scale(sum(expansion_mrr)), trim_scale(sum(contraction_mrr)), trim_scale(sum(churned_mrr)),
                          trim_scale(sum(closing_mrr)), sum(opening_customers), sum(new_customers), sum(reactivation_customers),
                          sum(expansion_customers), sum(contraction_customers), sum(churned_customers), sum(closing_customers))::text,
                      'UTF8') AS bytes
    FROM oracle.by_segment JOIN oracle.moved USING (set_id), ccx.movements(m, observed_from, observed_to) AS t
    WHERE opening_mrr > 0 OR closing_mrr > 0
    GROUP BY set_id, t.period$$);
SELECT format($$CALL oracle.route('segments', %1$L, 'SELECT set_id || ''/'' || coalesce(s.segment, ''(none)'') AS id, ccx.mrr_movements_send(s.movements) AS bytes FROM (SELECT set_id, ccx.mrr_movements_by(%1$s, month, mrr, segment, step, span) AS segments FROM oracle.moved_row GROUP BY set_id) AS g, unnest(segments) AS s')$$, name)
FROM oracle.key_type \gexec
CALL oracle.force(parallel => true);
CALL oracle.route('segments', 'parallel', $$
    SELECT set_id || '/' || coalesce(s.segment, '(none)') AS id, ccx.mrr_movements_send(s.movements) AS bytes
    FROM (SELECT set_id, ccx.mrr_movements_by(key_text, month, mrr, segment, step, span) AS segments FROM oracle.moved_row GROUP BY set_id) AS g,
         unnest(segments) AS s$$, 'gather');
CALL oracle.force(spill => true);
SELECT format($$CALL oracle.route('segments', 'spilled: %1$s', 'SELECT set_id || ''/'' || coalesce(s.segment, ''(none)'') AS id, ccx.mrr_movements_send(s.movements) AS bytes FROM (SELECT set_id, ccx.mrr_movements_by(%1$s, month, mrr, segment, step, span) AS segments FROM oracle.moved_row WHERE set_id %% 70 = 0 GROUP BY set_id) AS g, unnest(segments) AS s', 'temporary files', covers => NULL)$$, name)
FROM oracle.key_type WHERE name IN ('key_int4', 'key_text') \gexec
CALL oracle.force();

-- Refusals and nothings ---------------------------------------------------------------------------------------------------------

CREATE TEMP TABLE answer AS
SELECT * FROM (VALUES
    (NULL, $$ccx.cohort_retention(1, day) FROM (SELECT current_date AS day WHERE false) AS t$$),
    (NULL, $$ccx.activity_agg(day) FROM (SELECT current_date AS day WHERE false) AS t$$),
    (NULL, $$ccx.cohort_agg(a) FROM (SELECT NULL::ccx.activity AS a WHERE false) AS t$$),
    (NULL, $$ccx.retention_agg_by(1, 1, 1) FROM (SELECT 1 WHERE false) AS t$$),
    (NULL, $$ccx.mrr_movements_by(1, current_date, 1, 'a') FROM (SELECT 1 WHERE false) AS t$$),
    ('3', $$ccx.skipped_rows(ccx.cohort_retention(c, d)) FROM (VALUES (NULL::int, date '2024-01-01'), (1, NULL), (NULL, NULL)) AS t (c, d)$$),
    ('0', $$count(*) FROM ccx.cohort_table((SELECT ccx.cohort_retention(NULL::int, date '2024-01-01')))$$),
    ('error 22023', $$ccx.cohort_retention(1, current_date, 'fortnight')$$),
    ('error 22023', $$ccx.cohort_retention(1, current_date, 'week:someday')$$),
    ('error 22023', $$ccx.cohort_retention(1, current_date, 'month:feb')$$),
    ('error 22023', $$ccx.cohort_retention(1, current_date, NULL)$$),
    ('error 22023', $$ccx.cohort_retention(1, d, g) FROM (VALUES (date '2024-01-01', 'day'), ('2024-01-01', 'week')) AS t (d, g)$$),
    ('error 22023', $$ccx.cohort_retention(1, now(), 'day')$$),
    ('error 22023', $$ccx.cohort_retention(1, now(), 'day', 'Middle/Earth')$$),
    ('error 22023', $$ccx.cohort_retention(1, now(), 'day', z) FROM unnest('{UTC,Europe/Berlin}'::text[]) AS z$$),
    ('error 22023', $$ccx.activity_agg(current_date, 'decade')$$),
    ('error 22023', $$ccx.activity_agg(now())$$),
    ('error 22023', $$count(*) FROM ccx.cohort_table((SELECT ccx.cohort_retention(1, current_date)), 'sometimes')$$),
    ('error 22023', $$ccx.cohort_agg_by_age(a, 7) FROM (SELECT ccx.activity_agg(current_date, 'week') AS a) AS t$$),
    ('error 22023', $$ccx.cohort_agg_by_age(a, 0) FROM (SELECT ccx.activity_agg(current_date, 'day') AS a) AS t$$),
    ('error 22023', $$ccx.cohort_bracket_agg(a, '{}', current_date) FROM (SELECT ccx.activity_agg(current_date) AS a) AS t$$),
    ('error 22023', $$ccx.cohort_bracket_agg(a, '{0,2,2}', current_date) FROM (SELECT ccx.activity_agg(current_date) AS a) AS t$$),
    ('error 22023', $$ccx.cohort_bracket_agg(a, '{0,4,2}', current_date) FROM (SELECT ccx.activity_agg(current_date) AS a) AS t$$),
    ('error 22023', $$ccx.cohort_bracket_agg(a, '{-1,4}', current_date) FROM (SELECT ccx.activity_agg(current_date) AS a) AS t$$),
    ('error 22023', $$ccx.cohort_bracket_agg(a, '{0,4}', NULL) FROM (SELECT ccx.activity_agg(current_date) AS a) AS t$$),
    ('error 22023', $$ccx.retention_agg_by(1, 'NaN'::numeric, 1)$$),
    ('error 22023', $$ccx.mrr_movements_agg(1, d, 1) FROM (VALUES (date '2024-01-01'), ('2024-01-02')) AS t (d)$$),
    ('error 22023', $$ccx.mrr_movements_agg(1, now(), 1)$$),
    ('error 22023', $$ccx.mrr_movements_by(1, current_date, 'Infinity'::numeric, 'a')$$)
) AS t (want, query);
INSERT INTO oracle.want SELECT 'refusals and nothings', query, ARRAY[want] FROM answer;
INSERT INTO oracle.got SELECT 'refusals and nothings', query, ARRAY[oracle.outcome('SELECT (' || replace(query, ' FROM ', ')::text FROM ') || CASE WHEN query LIKE '% FROM %' THEN '' ELSE ')::text' END)] FROM answer;

-- grains do not mix
CREATE TEMP TABLE mixed AS
SELECT format('%s of %s and %s', f.name, a, b) AS key,
       format('SELECT ccx.rollup(x)::text FROM (VALUES ((SELECT %s)), ((SELECT %s))) AS t (x)', replace(f.call, '?', a), replace(f.call, '?', b)) AS query
FROM (VALUES ('activity', $$ccx.activity_agg(current_date, '?')$$), ('cohort_matrix', $$ccx.cohort_retention(1, current_date, '?')$$)) AS f (name, call),
     (VALUES ('day', 'week'), ('week', 'week:sunday'), ('quarter', 'quarter:feb'), ('month', 'year')) AS g (a, b);
INSERT INTO oracle.want SELECT 'mixed grains', key, '{error}' FROM mixed;
INSERT INTO oracle.got SELECT 'mixed grains', key, ARRAY[left(oracle.outcome(query), 5)] FROM mixed;

-- The comparison -------------------------------------------------------------------------------------------------------------------

ANALYZE oracle.want, oracle.got, oracle.bound;
CREATE TABLE oracle.difference AS
SELECT route, key, u.n, u.want, u.got
FROM (SELECT route, key, w.rows AS want, g.rows AS got, w.key IS NULL AS unwanted, g.key IS NULL AS missing
      FROM oracle.want AS w FULL JOIN oracle.got AS g USING (route, key)
      WHERE w.rows IS DISTINCT FROM g.rows OR w.key IS NULL OR g.key IS NULL) AS d,
     LATERAL (SELECT n, want[n] AS want, got[n] AS got
              FROM generate_series(1, greatest(cardinality(want), cardinality(got), 1)) AS n
              WHERE want[n] IS DISTINCT FROM got[n] OR unwanted OR missing LIMIT 1) AS u
UNION ALL
SELECT route, key, NULL, '1', count(*)::text FROM oracle.got GROUP BY route, key HAVING count(*) > 1
UNION ALL
SELECT 'interval of the curve', key, period, format('%s to %s', w.low, w.high), format('%s to %s', g.low, g.high)
FROM (SELECT * FROM oracle.bound WHERE side = 'want') AS w
FULL JOIN (SELECT * FROM oracle.bound WHERE side = 'got') AS g USING (key, period)
WHERE (abs(w.low - g.low) <= 1e-12 AND abs(w.high - g.high) <= 1e-12) IS NOT TRUE
UNION ALL
SELECT answer || ', ' || route, 'first: ' || example, differing, 'the bytes of the reference', 'others'
FROM oracle.route WHERE differing > 0
UNION ALL
SELECT answer || ', ' || route, NULL, NULL, 'some states', 'none' FROM oracle.route WHERE states = 0;

-- Floors: what the data must hold for the comparison to mean something.
CREATE TABLE oracle.floor AS
SELECT * FROM (
    SELECT 'sets of events' AS what, count(DISTINCT set_id)::bigint AS n, 250 AS least FROM oracle.cohort_event
    UNION ALL SELECT 'grains and anchors', count(DISTINCT grain), 22 FROM oracle.cohort_event
    UNION ALL SELECT 'zones', count(DISTINCT zone), 12 FROM oracle.cohort_event
    UNION ALL SELECT 'sets with a NULL customer', count(DISTINCT set_id), 60 FROM oracle.cohort_event WHERE k IS NULL
    UNION ALL SELECT 'sets with a NULL date', count(DISTINCT set_id), 40 FROM oracle.cohort_event WHERE day IS NULL
    UNION ALL SELECT 'sets with duplicates', count(DISTINCT set_id), 60
              FROM (SELECT set_id FROM oracle.cohort_event WHERE k IS NOT NULL GROUP BY set_id, k, moment HAVING count(*) > 1) AS d
    UNION ALL SELECT 'sets with a gap', count(DISTINCT m.set_id), 60
              FROM oracle.membership AS m, unnest(m.members) AS u WHERE cardinality(u.offsets) <= (SELECT max(o) FROM unnest(u.offsets) AS o)
    UNION ALL SELECT 'sets with a customer of one event', count(DISTINCT set_id), 150
              FROM (SELECT set_id FROM oracle.cohort_event WHERE k IS NOT NULL AND day IS NOT NULL GROUP BY set_id, k HAVING count(*) = 1) AS s
    UNION ALL SELECT 'sets of dates far apart', count(*), 20 FROM oracle.cohort_set WHERE kind = 'far apart'
    UNION ALL SELECT 'sets whose day depends on the zone', count(DISTINCT set_id), 100
              FROM oracle.cohort_event WHERE (instant AT TIME ZONE 'UTC')::date <> (instant AT TIME ZONE zone)::date
    UNION ALL SELECT 'sets around a change of the clock', count(*), 40 FROM oracle.cohort_set WHERE kind = 'clock'
    UNION ALL SELECT 'sets above 1,000 customers', count(*), 2 FROM oracle.cohort_set WHERE kind = 'large'
    UNION ALL SELECT 'sets of snapshots with movers', count(DISTINCT set_id), 100
              FROM (SELECT set_id FROM oracle.segmented_row WHERE mrr > 0 GROUP BY set_id, k HAVING count(DISTINCT segment) > 1) AS s
    UNION ALL SELECT 'sets of dollar cohorts that run on', count(*), 30 FROM oracle.paying WHERE running
    UNION ALL SELECT 'of those, answered on or after', count(*), 30
              FROM oracle.paying_question JOIN oracle.paying USING (source, set_id, kind) WHERE running AND kind = 'on_or_after' AND NOT unanswerable
    UNION ALL SELECT 'on or after before the last activity, answered', count(*), 15
              FROM oracle.cohort_question AS q JOIN oracle.membership AS m USING (set_id, source)
              WHERE q.kind = 'on_or_after' AND NOT unanswerable AND oracle.period_after(oracle.period_of(observed_to, m.grain), 1, m.grain) <= last_active
    UNION ALL SELECT 'on or after, refused', count(*), 20 FROM (SELECT FROM oracle.cohort_question WHERE unanswerable UNION ALL SELECT FROM oracle.started_question WHERE unanswerable
                                                         UNION ALL SELECT FROM oracle.aged_question WHERE unanswerable UNION ALL SELECT FROM oracle.bracketed_question WHERE unanswerable) AS q
    UNION ALL SELECT 'on or after by age, answered and early', count(*), 20 FROM oracle.aged_question JOIN oracle.aged USING (set_id) WHERE kind = 'on_or_after' AND observed_to < last_day AND NOT unanswerable
) AS f;

-- A line for each route; comparisons: rows of the tables, or states.
CREATE TABLE oracle.route_report AS
SELECT route, answers, comparisons, coalesce(mismatches, 0) AS mismatches
FROM (SELECT route, count(*) AS answers, sum(greatest(cardinality(rows), 1)) AS comparisons FROM oracle.want GROUP BY route
      UNION ALL SELECT 'interval of the curve', count(DISTINCT key), count(*) FROM oracle.bound WHERE side = 'want'
      UNION ALL SELECT answer || ', ' || route, states, states FROM oracle.route) AS w
FULL JOIN (SELECT route, count(*) AS mismatches FROM oracle.difference GROUP BY route) AS d USING (route)
ORDER BY route;

\o
\pset format aligned
\echo answers compared with the oracle, and states byte for byte with those of the first route
TABLE oracle.route_report;
SELECT count(*) AS routes, sum(comparisons) AS comparisons, sum(mismatches) AS mismatches, :'seed' AS seed FROM oracle.route_report;
\echo floors
SELECT what, n, least FROM oracle.floor;
SELECT extract(epoch FROM clock_timestamp() - :'started')::int AS seconds \gset
SELECT (SELECT count(*) FROM oracle.difference) > 0 AS differs, EXISTS (SELECT FROM oracle.floor WHERE n < least) AS thin \gset
\if :differs
\echo differences, one of each route
SELECT route, count(*), min(key) AS key FROM oracle.difference GROUP BY route ORDER BY route;
\pset format unaligned
\pset fieldsep '\n    '
SELECT DISTINCT ON (route) route, key, 'row ' || n, 'want ' || want, 'got  ' || got FROM oracle.difference ORDER BY route, length(key), key;
DO $$ BEGIN RAISE EXCEPTION 'ccx and the oracle differ'; END $$;
\endif
\if :thin
DO $$ BEGIN RAISE EXCEPTION 'the data misses a floor'; END $$;
\endif
\echo ccx and the cohort oracle agree, in :seconds s after the data was made
