-- Cohorts in one pass from raw events, and the engine below: keys of every type, options of
-- aggregates, dates of every kind, windows, and states that do not fit memory.  Parallel
-- workers, files and cancelled queries are in t/020_customer_table.pl.
SET search_path = public, ccx;
SET datestyle = ISO;
SET timezone = 'America/New_York';

-- what a query returns, or the SQLSTATE and the text of its error
CREATE FUNCTION pg_temp.try(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE query INTO result;
	RETURN coalesce(result, 'NULL');
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

\echo '-- By hand'
-- Anna in January, February and April; Bob in February only, twice; Carl in December before
-- and in March.  One event has no date, one no customer.
CREATE TEMP TABLE hand (customer text, at date);
INSERT INTO hand VALUES
	('Anna', '2024-01-31'), ('Bob', '2024-02-29'), ('Carl', '2024-03-01'), ('Anna', '2024-02-01'), ('Bob', '2024-02-01'),
	('Anna', '2024-04-30'), ('Carl', '2023-12-31'), ('Dora', NULL), (NULL, '2024-01-01');
SELECT cohort, period, cohort_size, active FROM cohort_table((SELECT cohort_retention(customer, at) FROM hand)) WHERE active > 0;
SELECT describe(cohort_retention(customer, at)) -> 'skipped_rows' AS skipped FROM hand;

\echo '-- No rows; only rows that cannot be used'
SELECT cohort_retention(customer, at) FROM hand WHERE false;
SELECT describe(cohort_retention(customer, at)) FROM hand WHERE customer IS NULL OR at IS NULL;
SELECT describe(cohort_retention(NULL::int, at)) -> 'skipped_rows' AS skipped FROM hand;

\echo '-- Every type of key says the same as counting in SQL'
CREATE TYPE pg_temp.account AS (region int, number numeric);
CREATE DOMAIN pg_temp.customer_id AS bigint CHECK (VALUE > -1000);
CREATE TYPE pg_temp.tier AS ENUM ('free', 'paid', 'gold');
SELECT setseed(0.3);
CREATE TEMP TABLE events AS
SELECT n, customer AS c, DATE '2022-01-01' + (random() ^ 2 * 800)::int AS at, n % 3 AS g
FROM (SELECT n, (random() ^ 2 * 600)::int - 100 AS customer FROM generate_series(1, 6000) AS n) AS r;
CREATE TEMP TABLE keys (expression text);
INSERT INTO keys VALUES
	('c'), ('c::smallint'), ('c::bigint'), ('c::bigint * 9007199254740993'), ('(c + 100)::oid'), ('c::pg_temp.customer_id'),
	('c::text'), ('c::text::varchar(20)'), ('(c::text)::char(20)'), ('(c::text)::name'), ('repeat(c::text, 400)'), ('c::text COLLATE "C"'),
	('md5(c::text)::uuid'), ('md5(c::text)::bytea'), ('c::numeric / 7'), ('c::float8 / 3'), ('c::real'), ('DATE ''2000-01-01'' + c'),
	('TIMESTAMPTZ ''2000-01-01 00:00Z'' + c * INTERVAL ''1 hour'''), ('INTERVAL ''1 hour'' * c'), ('ROW(c % 7, c)::pg_temp.account'),
	('c > 20'), ('(ARRAY[''free'', ''paid'', ''gold'']::pg_temp.tier[])[1 + abs(c) % 3]'), ('to_jsonb(c)'), ('''10.0.0.0''::inet + (c + 100)'), ('int4range(c, c + 1)');
CREATE FUNCTION pg_temp.by_sql(key text, grain text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format($q$
		WITH active AS (SELECT DISTINCT %1$s AS k, date_trunc(%2$L, at) AS p FROM events WHERE %1$s IS NOT NULL),
		     started AS (SELECT k, min(p) AS c FROM active GROUP BY k)
		SELECT md5(string_agg(concat_ws(' ', c::date, p::date, n), ',' ORDER BY c, p))
		FROM (SELECT c, p, count(*) AS n FROM active JOIN started USING (k) GROUP BY c, p) AS t $q$, key, grain) INTO result;
	RETURN result;
END $$;
CREATE FUNCTION pg_temp.in_one_pass(key text, grain text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format($q$
		SELECT md5(string_agg(concat_ws(' ', cohort, (cohort + period * INTERVAL '1 %2$s')::date, active), ',' ORDER BY cohort, period))
		FROM cohort_table((SELECT cohort_retention(%1$s, at, %2$L) FROM events)) WHERE active > 0 $q$, key, grain) INTO result;
	RETURN result;
END $$;
CREATE FUNCTION pg_temp.in_two_steps(key text, grain text) RETURNS cohort_matrix LANGUAGE plpgsql AS $$
DECLARE
	result cohort_matrix;
BEGIN
	EXECUTE format('SELECT cohort_agg(a) FROM (SELECT activity_agg(at, %2$L) AS a FROM events GROUP BY %1$s) AS s', key, grain) INTO result;
	RETURN result;
END $$;
CREATE FUNCTION pg_temp.in_one_step(key text, grain text) RETURNS cohort_matrix LANGUAGE plpgsql AS $$
DECLARE
	result cohort_matrix;
BEGIN
	EXECUTE format('SELECT cohort_retention(%1$s, at, %2$L) FROM events', key, grain) INTO result;
	RETURN result;
END $$;
SELECT expression FROM keys WHERE pg_temp.by_sql(expression, 'month') IS DISTINCT FROM pg_temp.in_one_pass(expression, 'month');
SELECT expression FROM keys WHERE pg_temp.in_two_steps(expression, 'month') IS DISTINCT FROM pg_temp.in_one_step(expression, 'month');
SELECT grain, expression FROM keys CROSS JOIN (VALUES ('day'), ('week'), ('year')) AS g (grain)
WHERE pg_temp.by_sql(expression, grain) IS DISTINCT FROM pg_temp.in_one_pass(expression, grain) AND expression IN ('c', 'c::text', 'c::numeric / 7');
SELECT count(*) AS grains, bool_and(pg_temp.in_two_steps('c', grain) = pg_temp.in_one_step('c', grain)) AS same
FROM (VALUES ('week:monday'), ('week:sunday'), ('week:wednesday'), ('quarter'), ('quarter:feb'), ('quarter:dec'), ('year'), ('year:apr')) AS g (grain);

\echo '-- Keys that look different and are equal, and the other way round'
SELECT (describe(cohort_retention(k, DATE '2024-01-01')) -> 'cohorts' -> 0 ->> 'size')::int AS customers FROM (VALUES (1.0), (1.00), (1), (100e-2), (2), ('NaN'), ('NaN')) AS v (k);
SELECT (describe(cohort_retention(k, DATE '2024-01-01')) -> 'cohorts' -> 0 ->> 'size')::int AS customers FROM (VALUES (0::float8), ('-0'), ('NaN'), ('NaN'), ('Infinity')) AS v (k);
SELECT (describe(cohort_retention(k, DATE '2024-01-01')) -> 'cohorts' -> 0 ->> 'size')::int AS customers FROM (VALUES ('a'::char(4)), ('a '), ('b')) AS v (k);
SELECT (describe(cohort_retention(k, DATE '2024-01-01')) -> 'cohorts' -> 0 ->> 'size')::int AS customers FROM (VALUES ('a'), ('a '), ('A'), (''), ('')) AS v (k);
SELECT (describe(cohort_retention(k, DATE '2024-01-01')) -> 'cohorts' -> 0 ->> 'size')::int AS customers FROM (VALUES (0), (-1), (2147483647), (-2147483648), (0)) AS v (k);
SELECT (describe(cohort_retention(k, DATE '2024-01-01')) -> 'cohorts' -> 0 ->> 'size')::int AS customers
FROM (SELECT ROW(region, number)::pg_temp.account AS k FROM (VALUES (1, 1.0), (1, 1.00), (1, NULL), (1, NULL), (NULL, 1)) AS v (region, number)) AS t;

\echo '-- A hash function that is of no use'
CREATE TYPE pg_temp.dull AS (n int);
DO $$
DECLARE
	op text;
	name text;
BEGIN
	FOREACH op IN ARRAY ARRAY['<', '<=', '=', '>=', '>'] LOOP
		name := 'dull_' || ascii(op) || length(op);
		EXECUTE format('CREATE FUNCTION pg_temp.%s(pg_temp.dull, pg_temp.dull) RETURNS boolean LANGUAGE sql IMMUTABLE AS ''SELECT $1.n %s $2.n''', name, op);
		EXECUTE format('CREATE OPERATOR pg_temp.%s (LEFTARG = pg_temp.dull, RIGHTARG = pg_temp.dull, FUNCTION = pg_temp.%s)', op, name);
	END LOOP;
END $$;
CREATE FUNCTION pg_temp.dull_cmp(pg_temp.dull, pg_temp.dull) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT sign($1.n - $2.n)::int';
CREATE FUNCTION pg_temp.dull_hash(pg_temp.dull) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.n % 2';
CREATE OPERATOR CLASS pg_temp.dull_btree_ops DEFAULT FOR TYPE pg_temp.dull USING btree AS
	OPERATOR 1 pg_temp.<, OPERATOR 2 pg_temp.<=, OPERATOR 3 pg_temp.=, OPERATOR 4 pg_temp.>=, OPERATOR 5 pg_temp.>, FUNCTION 1 pg_temp.dull_cmp(pg_temp.dull, pg_temp.dull);
CREATE OPERATOR CLASS pg_temp.dull_hash_ops DEFAULT FOR TYPE pg_temp.dull USING hash AS
	OPERATOR 1 pg_temp.=, FUNCTION 1 pg_temp.dull_hash(pg_temp.dull);
SELECT pg_temp.in_one_step('ROW(c)::pg_temp.dull', 'month') = pg_temp.in_one_step('c', 'month') AS same;
SET work_mem = '64kB';
SELECT cohort_retention(ROW(c * 3)::pg_temp.dull, at) = cohort_retention(c, at) AS same FROM events;
RESET work_mem;

\echo '-- Types that cannot be hashed'
SELECT pg_temp.try('SELECT cohort_retention(k, DATE ''2024-01-01'') FROM (VALUES (''{}''::json)) AS v (k)');
SELECT pg_temp.try('SELECT cohort_retention(ROW(1, 2), DATE ''2024-01-01'')');
SELECT pg_temp.try('SELECT cohort_retention(''Anna'', DATE ''2024-01-01'')');
SELECT pg_temp.try('SELECT cohort_retention(ARRAY[1], DATE ''2024-01-01'')');

\echo '-- Dates, timestamps, and timestamps with time zone'
SELECT cohort_retention(c, at) = cohort_retention(c, at + TIME '23:59:59.999999') AS same,
       cohort_retention(c, at, 'week') = cohort_retention(c, at + TIME '00:00', 'week') AS same_week,
       cohort_retention(c, at, 'day') = cohort_retention(c, (at + TIME '12:00') AT TIME ZONE 'UTC', 'day', 'UTC') AS same_day
FROM events;
-- every minute around the changes of clocks, and far away, in zones with changes of every kind
CREATE TEMP TABLE instants AS
SELECT (at AT TIME ZONE 'UTC') + n * INTERVAL '7 minutes' AS at
FROM (VALUES (TIMESTAMP '2024-03-09'), ('2024-03-30'), ('2024-10-26'), ('2024-11-02'), ('2011-12-28'), ('1900-01-01'), ('1883-11-17'), ('2150-03-26'), ('4000-01-01'), ('0044-03-15 BC')) AS d (at),
     generate_series(0, 800) AS n;
SELECT zone, grain FROM (VALUES ('Europe/Paris'), ('America/New_York'), ('America/St_Johns'), ('Australia/Lord_Howe'), ('Pacific/Apia'), ('Africa/Casablanca'), ('Asia/Kathmandu'),
	('UTC'), ('utc'), ('EST'), ('MSK'), ('CET'), ('+05:30'), ('<-03>3'), ('EST5EDT,M3.2.0,M11.1.0')) AS z (zone) CROSS JOIN (VALUES ('day'), ('week'), ('month')) AS g (grain)
WHERE (SELECT cohort_retention(1, at, grain, zone) FROM instants) IS DISTINCT FROM (SELECT cohort_retention(1, at AT TIME ZONE zone, grain) FROM instants);
SELECT cohort, period FROM cohort_table((SELECT cohort_retention(1, at, 'day', 'Europe/Paris') FROM (VALUES (TIMESTAMPTZ '2024-03-30 22:59:59Z'), ('2024-03-30 23:00:00Z'), ('2024-03-31 21:59:59Z'), ('2024-03-31 22:00:00Z')) AS v (at)));
SELECT pg_temp.try('SELECT cohort_retention(1, now())');
SELECT pg_temp.try('SELECT cohort_retention(1, now(), ''month'')');
SELECT pg_temp.try('SELECT cohort_retention(1, ''2024-01-01'')');
SELECT pg_temp.try('SELECT cohort_retention(1, DATE ''2024-01-01'', ''month'', ''UTC'')');
SELECT pg_temp.try('SELECT cohort_retention(1, TIMESTAMP ''2024-01-01'', ''month'', ''UTC'')');
SELECT pg_temp.try('SELECT cohort_retention(1, DATE ''infinity'')');
SELECT pg_temp.try('SELECT cohort_retention(1, TIMESTAMP ''-infinity'')');
SELECT pg_temp.try('SELECT cohort_retention(1, TIMESTAMPTZ ''infinity'', ''day'', ''UTC'')');
SELECT pg_temp.try('SELECT cohort_retention(1, DATE ''4714-11-24 BC'')');
SELECT pg_temp.try('SELECT cohort_retention(1, DATE ''4714-11-25 BC'', ''day'')');
SELECT pg_temp.try('SELECT cohort_retention(1, DATE ''5874897-12-31'', ''day'')');

\echo '-- Options: one value in a group, however it is written'
SELECT cohort_retention(c, at, CASE WHEN n % 2 = 0 THEN 'quarter:may' ELSE 'quarter:feb' END) = cohort_retention(c, at, 'quarter:nov') AS same FROM events;
SELECT grain, m = pg_temp.in_one_step('c', grain) AS same
FROM (SELECT grain, cohort_retention(c, at, grain) AS m FROM events, (VALUES ('day'), ('month'), ('year:apr')) AS g (grain) GROUP BY grain) AS t ORDER BY grain;
SELECT pg_temp.try('SELECT cohort_retention(c, at, CASE WHEN n < 4000 THEN ''week'' ELSE ''month'' END) FROM events');
SELECT pg_temp.try('SELECT cohort_retention(c, at, CASE WHEN n < 4000 THEN ''week'' END) FROM events');
SELECT pg_temp.try('SELECT cohort_retention(c, at, NULL) FROM events');
SELECT pg_temp.try('SELECT cohort_retention(c, at, ''fortnight'') FROM events');
SELECT pg_temp.try('SELECT cohort_retention(NULL::int, at, ''fortnight'') FROM events');
SELECT pg_temp.try('SELECT cohort_retention(1, at, ''day'', CASE WHEN at < now() THEN ''UTC'' ELSE ''CET'' END) FROM instants');
SELECT pg_temp.try('SELECT cohort_retention(1, at, ''day'', NULL) FROM instants');
SELECT pg_temp.try('SELECT cohort_retention(1, at, NULL, ''UTC'') FROM instants');
SELECT pg_temp.try('SELECT cohort_retention(1, at, ''day'', ''Mars/Olympus'') FROM instants');
SELECT pg_temp.try('SELECT cohort_retention(1, at, ''day'', '''') FROM instants');

\echo '-- Long histories'
-- every day of 15 years, in three orders; one day in seven; the ends of the calendar
CREATE TEMP TABLE days AS SELECT DATE '2010-01-01' + n AS at, n FROM generate_series(0, 5478) AS n;
SELECT cohort_retention(1, at, 'day' ORDER BY at) = cohort_retention(1, at, 'day' ORDER BY at DESC) AS descending,
       cohort_retention(1, at, 'day' ORDER BY at) = cohort_retention(1, at, 'day' ORDER BY md5(n::text)) AS mixed,
       cohort_retention(1, at, 'day' ORDER BY md5(n::text)) = (SELECT cohort_agg(a) FROM (SELECT activity_agg(at, 'day') AS a FROM days) AS s) AS two_steps,
       cohort_retention(n % 10, at, 'day' ORDER BY md5(n::text)) = (SELECT cohort_agg(a) FROM (SELECT activity_agg(at, 'day') AS a FROM days GROUP BY n % 10) AS s) AS ten
FROM days;
SELECT cohort_retention(1, at, 'day' ORDER BY md5(n::text)) = (SELECT cohort_agg(a) FROM (SELECT activity_agg(at, 'day') AS a FROM days WHERE n % 7 = 0 OR n > 5000) AS s) AS gaps
FROM days WHERE n % 7 = 0 OR n > 5000;
SELECT pg_temp.try($q$SELECT cohort_retention(1, at, 'day' ORDER BY n) = cohort_retention(1, at, 'day' ORDER BY -n)
	FROM (SELECT at, n FROM days WHERE n < 400 UNION ALL VALUES (DATE '4714-11-25 BC', -5), ('5874897-12-31', 5), ('0001-01-01', 1000), ('100000-01-01', -1000)) AS e$q$);

-- a state that cannot be held: one customer on so many days far apart, in the order that costs most
SELECT pg_temp.try('SELECT cohort_retention(1, DATE ''2000-01-01'' - 200 * n, ''day'') FROM generate_series(1, 12000) AS n') ~ '^1,0,1,0,0,1' AS fits;
SELECT pg_temp.try('SELECT cohort_retention(1, DATE ''2000-01-01'' + 200 * n, ''day'') FROM generate_series(1, 131073) AS n');

\echo '-- Over windows'
-- the state of a running frame is finished again and again
CREATE TEMP TABLE few AS SELECT * FROM events WHERE n <= 400;
SELECT count(*) AS differ FROM (SELECT n, cohort_retention(c, at) OVER (ORDER BY n) AS got FROM few) AS w
CROSS JOIN LATERAL (SELECT cohort_retention(c, at) AS want FROM few AS f WHERE f.n <= w.n) AS a WHERE got IS DISTINCT FROM want;
SELECT count(*) AS differ FROM (SELECT n, cohort_retention(c::text, at) OVER (ORDER BY n ROWS BETWEEN 5 PRECEDING AND 2 FOLLOWING) AS got FROM few) AS w
CROSS JOIN LATERAL (SELECT cohort_retention(c::text, at) AS want FROM few AS f WHERE f.n BETWEEN w.n - 5 AND w.n + 2) AS a WHERE got IS DISTINCT FROM want;
SELECT count(DISTINCT m) AS different FROM (SELECT g, cohort_retention(c, at) OVER (PARTITION BY g) AS m FROM few) AS w;

\echo '-- Spilled: the same bytes'
CREATE TEMP TABLE large AS SELECT (hashint4(n) & 1048575) % 10000 AS c, DATE '2020-01-01' + (hashint4(n + 1000000) & 4095) AS at, n % 5 AS g FROM generate_series(1, 30000) AS n;
CREATE TEMP TABLE results (how text, k text, g int, m cohort_matrix);
CREATE PROCEDURE pg_temp.run(how text) LANGUAGE plpgsql AS $$
DECLARE
	k text;
BEGIN
	FOREACH k IN ARRAY ARRAY['c', 'md5(c::text)::uuid', 'c::text', 'md5(c::text)', 'c::numeric', 'c::float8', 'ROW(c, c % 10)::pg_temp.account'] LOOP
		EXECUTE format('INSERT INTO results SELECT %L, %L, NULL, cohort_retention(%s, at) FROM large', how, k, k);
		EXECUTE format('INSERT INTO results SELECT %L, %L, g, cohort_retention(%s, at, ''day'') FROM large GROUP BY g', how, k, k);
		EXECUTE format('INSERT INTO results SELECT %L, %L, -1, cohort_retention(%s, at, ''week'') FROM large HAVING cohort_retention(c %% 1000, at) IS NOT NULL', how, k, k);
	END LOOP;
END $$;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '128MB';
CALL pg_temp.run('in memory');
SET work_mem = '64kB';
CALL pg_temp.run('spilled');
SET enable_hashagg = off;
CALL pg_temp.run('spilled, sorted');
SELECT how, count(*), bool_and(m = want) AS same FROM results JOIN (SELECT k, g, m AS want FROM results WHERE how = 'in memory') AS w USING (k)
WHERE results.g IS NOT DISTINCT FROM w.g GROUP BY how ORDER BY how;
SELECT count(DISTINCT m) AS different FROM results WHERE k IN ('c', 'c::text', 'c::numeric');
RESET enable_hashagg;
RESET work_mem;

\echo '-- Support functions cannot be called'
-- by which error depends on the minor version of the server
SELECT call, pg_temp.try('SELECT ' || call) ~ '^(42883|0A000): ' AS refused
FROM (VALUES ('cohort_retention_serial(NULL)'), ('cohort_retention_deserial(''\x00'', NULL)'), ('cohort_retention_combine(NULL, NULL)'),
	('cohort_retention_accum(NULL, 1, DATE ''2024-01-01'')'), ('cohort_retention_final(NULL)')) AS v (call);
