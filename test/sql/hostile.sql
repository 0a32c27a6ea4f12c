-- Support functions are callable by anybody: every function of the extension, as the catalog
-- lists them, is called from SQL with NULLs, with states of another origin than its own, with
-- states in the working form of an aggregate and with the largest values there are.  Whatever
-- comes must be an error of class 22 (bad data) or 54 (a limit), or a value; and a value of
-- one of our types must be one that the type's own input accepts, with the same bytes.
SET search_path = public, ccx;
SET datestyle = ISO;

-- Values of each argument type, as SQL.  Our own types that are not here get some from their
-- aggregates, and a function with an argument of any other type shows up below, so that none
-- can be forgotten.
CREATE TEMP TABLE samples (type regtype, x text);
INSERT INTO samples SELECT 'boolean', x FROM unnest(ARRAY['NULL', 'true', 'false']) AS x;
INSERT INTO samples SELECT 'integer', x FROM unnest(ARRAY['NULL', '0', '1', '-1', '2147483647', '-2147483648']) AS x;
INSERT INTO samples SELECT 'bigint', x FROM unnest(ARRAY['NULL', '0', '42', '9223372036854775807', '-9223372036854775808']) AS x;
INSERT INTO samples SELECT 'numeric', x FROM unnest(ARRAY['NULL', '0', '100.5', '-3', '1e40', '''NaN''', '''-Infinity''', '1e-5000', '1e5000']) AS x;
INSERT INTO samples SELECT 'double precision', x FROM unnest(ARRAY['NULL', '0', '0.95', '-1', '1e308', '''NaN''', '''Infinity''']) AS x;
INSERT INTO samples SELECT 'text', x FROM unnest(ARRAY['NULL', '''''', '''USD''', '''month''', '''year''', '''quarter:feb''', '''day''', '''UTC''', '''nps''', '''1-5''', 'repeat(''x'', 10000)']) AS x;
INSERT INTO samples VALUES ('regclass', 'NULL');    -- what is no metric view is refused with 42809, see metric_view.sql
INSERT INTO samples SELECT 'date', x FROM unnest(ARRAY['NULL', '''2024-01-31''', '''2024-02-01''', '''infinity''', '''-infinity''', '''4714-11-24 BC''', '''5874897-12-31''']) AS x;
INSERT INTO samples SELECT 'timestamp', x FROM unnest(ARRAY['NULL', '''2024-01-31 23:59:59''', '''2024-02-01''', '''infinity''', '''-infinity''', '''4714-11-24 BC''', '''294276-12-31 23:59:59.999999''']) AS x;
INSERT INTO samples SELECT 'timestamptz', x FROM unnest(ARRAY['NULL', '''2024-01-31 23:59:59+00''', '''infinity''', '''-infinity''']) AS x;
INSERT INTO samples SELECT 'cstring', x FROM unnest(ARRAY['NULL', '''''', '''1''', '''1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0''', '''1,0,0,2[(8766,10),(8797,0)],0[]''', '''1,2,0,1,0,1,0,0[]''', '''1,2,0,1[(24288,2)]''', '''1,0,1,9132,1,3[5,0,3,125]''', '''x''']) AS x;
INSERT INTO samples SELECT 'integer[]', x FROM unnest(ARRAY['NULL', '''{}''', '''{0,1,4,12}''', '''{NULL}''', '''{{0,1},{4,12}}''', '''{-1,5}''', '''{3,2}''', '''{2147483647}''', '''[-5:-4]={0,1}''']) AS x;
INSERT INTO samples SELECT 'bigint[]', x FROM unnest(ARRAY['NULL', '''{}''', '''{0,0}''', '''{5,3}''', '''{1,2}''', '''{9223372036854775807,0}''', '''{NULL,0}''', '''{{1,0},{1,0}}''', '''[5:6]={4,1}''', '''{1,0,0}''']) AS x;
INSERT INTO samples SELECT 'numeric[]', x FROM unnest(ARRAY['NULL', '''{}''', '''{50,75}''', '''{0,40,100}''', '''{NULL}''', '''{NaN}''', '''{1e40,-1e40}''', '''{{1,2},{3,4}}''', '''[-5:-4]={50,75}''']) AS x;
INSERT INTO samples SELECT 'text[]', x FROM unnest(ARRAY['NULL', '''{}''', '''{red,yellow,green}''', '''{NULL}''', '''{{a,b}}''']) AS x;
INSERT INTO samples SELECT 'double precision[]', x FROM unnest(ARRAY['NULL', '''{}''', '''{1,2}''', '''{NULL,1}''', '''{{1,2},{3,4}}''', '''{NaN,1}''', '''{1e308,-1e308}''', '''[5:6]={3,4}''']) AS x;
INSERT INTO samples SELECT 'health_fit', x FROM unnest(ARRAY['NULL', '''(0.5,"{1,-2}","{1,1}","{50,50}",0.5,0.5,10,5,0,5,1)''', '''(,,,,,,,,,,)''', '''(0,"{{1,2},{3,4}}",,,,,,,,,)''', '''(1e308,"{1e308,1e308}",,,,,,,,,)''', '''(NaN,"{NULL,NaN}",,,,,,,,,)''']) AS x;
-- nothing in SQL is of this pseudo-type, not even NULL, so such functions cannot be called
INSERT INTO samples VALUES ('internal', 'NULL');
INSERT INTO samples SELECT t, x FROM unnest('{anynonarray,anyelement}'::regtype[]) AS t, unnest(ARRAY['NULL::text', '''key''::text', '1', '''00000000-0000-0000-0000-000000000001''::uuid', '1.5']) AS x;

-- our own types: nothing, usual, other options than usual, limits
INSERT INTO samples SELECT 'retention_summary', quote_nullable(x) FROM unnest(ARRAY[NULL, '1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,3,2,200,1,70,0,0,1,50,0,0,1,100,1,-7,1,20000,22500,15000,10000,10000', '1,1,8765,8796,2,"USD",0,0,0,1,12.34,0,0,0,0,0,0,0,0,0,0,0',
	'1,1,8796,8825,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0',
	'1,0,0,9223372036854775807,9223372036854775807,' || repeat('9', 100) || ',0,0,0,0,9223372036854775807,1,0,0,0,0,9223372036854775807,-1,0']) AS x;
INSERT INTO samples SELECT 'mrr_history', quote_nullable(x) FROM unnest(ARRAY[NULL, '1,0,0,0[],0[]', '1,0,5,2[(8766,10),(8797,0)],0[]', '1,2,"USD",0,1[(8775,-0.00000000000000000000000001)],1[(24288,31)]', '1,1,0,2[(-2451545,1),(2145031948,100000000000000000000000000000000000000000)],0[]',
	'1,0,9223372036854775807,0[],1[(24288,1)]', '1,0,0,0[],2[(-2147483648,31),(2147483647,1)]']) AS x;
INSERT INTO samples SELECT 'mrr_movements', quote_nullable(x) FROM unnest(ARRAY[NULL, '1,2,0,1,0,1,0,0[]', '1,2,0,1,0,0,1,24288,0,24288,3[(24288,0,0,1,10,0,0,0,0,0,0,0,0,0,0),(24289,1,10,-1,-10,0,0,0,0,0,0,1,10,0,0),(24290,-1,-10,0,0,0,0,0,0,0,0,-1,-10,0,0)]',
	'1,3,1,12,2,"USD",7,1,24288,1,1[(8096,0,0,2,20,0,0,0,0,0,0,0,0,0,0)]', '1,4,11,12,0,9223372036854775807,0,0[]', '1,2,0,1,0,0,1,24288,1,1[(24288,9223372036854775807,1,0,0,0,0,9223372036854775807,1,0,0,0,0,0,0)]',
	'1,2,0,12,0,0,1,-56544,1,2[(-56544,0,0,1,1,0,0,0,0,0,0,0,0,0,0),(70498776,1,' || repeat('9', 50) || ',0,0,0,0,0,0,0,0,0,0,0,0)]']) AS x;
INSERT INTO samples SELECT 'usage_summary', quote_nullable(x) FROM unnest(ARRAY[NULL, '1,1,0', '1,0,1,9132,1,3[5,0,3,125]', '1,0,1,-2451545,0,3[9223372036854775807,0,2147483491,1]', '1,9223372036854775807,1,8766,21,2[' || repeat('9', 50) || ',0.1]',
	'1,0,1,8766,0,' || 70 || '[' || repeat('5,', 69) || '7]']) AS x;
INSERT INTO samples SELECT 'activity', quote_nullable(x) FROM unnest(ARRAY[NULL, '1,2,0,1[(24288,2)]', '1,49,1,1[(1251,128)]', '1,0,9223372036854775807,0[]']) AS x;
INSERT INTO samples SELECT 'driver_input[]', x FROM unnest(ARRAY['NULL', '''{}''', '''{NULL}''', '''{"(a,nrr,,)"}''', '''{"(a,grr,,)","(a,grr,,)"}''', '''{"(,logo_retention,,)",NULL}''', '''{"(a,,,)"}''', '''{"(a,x,,)"}''', '''{{"(a,nrr,,)"},{"(b,nrr,,)"}}''', '''[5:5]={"(a,nrr,,)"}''',
	'ARRAY[ROW(''a'', ''nrr'', ''1,0,0,0,2,100,0,0,0,0,1,20,1,10,0,0,0,0,0''::retention_summary, ''1,0,0,0,3,1e40,0,0,0,0,1,1e-40,0,0,1,1e39,0,0,0''::retention_summary)::driver_input]']) AS x;
INSERT INTO samples SELECT 'health_summary', quote_nullable(x) FROM unnest(ARRAY[NULL, '1,1,0,0,0[]', '1,1,1,1,2[("nps",0,1,20),("usage",1,40,4000,0)]', '1,9223372036854775807,9223372036854775807,9223372036854775807,1[("usage",9223372036854775807,' || repeat('9', 100) || ',0,0)]', '1,2,0,0,1[("a\"b",1,0.00000000000000000000000001,0,1,1)]']) AS x;

INSERT INTO samples SELECT 'backtest_summary', quote_nullable(x) FROM unnest(ARRAY[NULL, '1,0,0,3,0[]', '1,0,0,0,2[(500,1,2),(1500,3,4)]', '1,0,1,0,2[(0,1,0,5,0),(9999,0,1,0,1' || repeat('0', 50) || ')]', '1,1,0,1,2[(0,1,2),(9999,3,4)]',
	'1,0,0,9223372036854775807,1[(10000,1,9223372036854775806)]', '1,1,1,0,1[(7,5,5,1,0.' || repeat('0', 30) || '1)]']) AS x;

-- Working forms: what the transition functions hold while an aggregate runs.  An aggregate
-- without a final function lets them out.
CREATE AGGREGATE pg_temp.working(numeric, numeric) (SFUNC = retention_accum, STYPE = retention_summary);
CREATE AGGREGATE pg_temp.working_plain(numeric, numeric) (SFUNC = retention_accum_plain, STYPE = retention_summary);
CREATE AGGREGATE pg_temp.working(date, numeric) (SFUNC = history_month_date, STYPE = mrr_history);
CREATE AGGREGATE pg_temp.working(date, date, numeric) (SFUNC = history_interval_date, STYPE = mrr_history);
CREATE AGGREGATE pg_temp.working(mrr_history) (SFUNC = movements_accum, STYPE = mrr_movements);
CREATE AGGREGATE pg_temp.working(numeric, boolean, numeric) (SFUNC = backtest_accum, STYPE = backtest_summary);
CREATE AGGREGATE pg_temp.working(text, numeric, numeric) (SFUNC = health_accum, STYPE = health_summary);
CREATE AGGREGATE pg_temp.working_usage(date, numeric) (SFUNC = usage_accum_date, STYPE = usage_summary);
CREATE TEMP TABLE working AS SELECT
	(SELECT pg_temp.working(s, score, weight) FROM (VALUES ('usage', 50, 1e30), ('nps', 1e-30, 2), (NULL, 1, 1)) AS v (s, score, weight)) AS e,
	(SELECT pg_temp.working(s, c, a) FROM (VALUES (10, true, 1), (99.5, false, 1e30), (5, true, 1e-25), (6, true, 2), (7, true, 3)) AS v (s, c, a)) AS b,
	(SELECT pg_temp.working(o, c) FROM (VALUES (100, 150.5), (1e30, 1e-25), (-3, 5)) AS v (o, c)) AS r,
	(SELECT pg_temp.working_plain(o, c) FROM (VALUES (100, 150.5), (0, 5)) AS v (o, c)) AS p,
	(SELECT pg_temp.working(day, 5) FROM (VALUES (date '2024-01-31'), ('2024-02-29')) AS v (day)) AS h,
	(SELECT pg_temp.working(day, day + 50, mrr) FROM (VALUES (date '2024-01-31', 5), ('2024-02-29', 1e30)) AS v (day, mrr)) AS i,
	(SELECT pg_temp.working_usage(day, n) FROM (VALUES (date '2024-01-31', 5.5), ('2024-02-29', 1e40), ('2024-02-27', 3)) AS v (day, n)) AS u,
	(SELECT pg_temp.working(h) FROM (SELECT mrr_history(day, day + 50, mrr) AS h FROM (VALUES (date '2024-01-31', 5), ('2024-02-29', 1e30)) AS v (day, mrr) GROUP BY day) AS h) AS m;
INSERT INTO samples VALUES ('health_summary', '(SELECT e FROM working)'), ('retention_summary', '(SELECT r FROM working)'), ('retention_summary', '(SELECT p FROM working)'), ('mrr_history', '(SELECT h FROM working)'), ('mrr_history', '(SELECT i FROM working)'), ('mrr_movements', '(SELECT m FROM working)'), ('backtest_summary', '(SELECT b FROM working)');

-- All combinations of samples, or where those are too many a part of them, and each of the
-- first 40 in any case.  Numbers are spread by a prime stride, so that every sample occurs.
CREATE FUNCTION pg_temp.calls(name text, args regtype[], most int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	pools text[] := ARRAY(SELECT array_to_string(ARRAY(SELECT CASE WHEN type = 'internal'::regtype THEN x ELSE x || '::' || type END FROM samples WHERE type = args[i] ORDER BY ctid), '|') FROM generate_subscripts(args, 1) AS i ORDER BY i);
	sizes bigint[] := ARRAY(SELECT cardinality(string_to_array(p, '|')) FROM unnest(pools) AS p);
	total bigint := 1;
	rest bigint;
	call text[];
BEGIN
	FOR i IN 1 .. cardinality(args) LOOP
		total := total * sizes[i];
	END LOOP;
	FOR k IN 0 .. least(total, most) - 1 LOOP
		rest := CASE WHEN total <= most OR k < 40 THEN k ELSE k::bigint * 15485863 % total END;
		call := '{}';
		FOR i IN 1 .. cardinality(args) LOOP
			call := call || split_part(pools[i], '|', (rest % sizes[i])::int + 1);
			rest := rest / sizes[i];
		END LOOP;
		RETURN NEXT format('%s(%s)', name, array_to_string(call, ', '));
	END LOOP;
END $$;

-- types that have no samples yet: whatever their aggregates make of samples of others
DO $$
DECLARE
	t regtype;
	a record;
	call text;
	value text;
BEGIN
	FOR pass IN 1 .. 3 LOOP
		FOR t IN SELECT oid FROM pg_type WHERE typnamespace = 'ccx'::regnamespace AND typtype = 'b' AND typelem = 0 AND oid NOT IN (SELECT type FROM samples) ORDER BY typname COLLATE "C" LOOP
			FOR a IN SELECT oid::regproc::text AS name, proargtypes::regtype[] AS args FROM pg_proc WHERE prokind = 'a' AND prorettype = t AND NOT proargtypes::oid[] @> ARRAY[t::oid]
				ORDER BY oid::regprocedure::text COLLATE "C" LOOP
				FOR call IN SELECT * FROM pg_temp.calls(a.name, a.args, 300) LOOP
					BEGIN
						EXECUTE format('SELECT quote_literal((%s)::text)', call) INTO value;
						INSERT INTO samples SELECT t, value WHERE value IS NOT NULL AND value NOT IN (SELECT x FROM samples WHERE type = t) AND (SELECT count(*) FROM samples WHERE type = t) < 6;
					EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
						NULL;
					END;
				END LOOP;
			END LOOP;
			INSERT INTO samples SELECT t, 'NULL' WHERE EXISTS (SELECT FROM samples WHERE type = t);
		END LOOP;
	END LOOP;
END $$;

-- the extension's own functions in C, aggregates aside: those are made of these
CREATE TEMP TABLE functions AS
SELECT p.oid, p.oid::regprocedure::text AS name, p.proretset, p.prorettype::regtype AS result, p.proargtypes::regtype[] AS args,
       p.prorettype IN (SELECT oid FROM pg_type WHERE typnamespace = 'ccx'::regnamespace AND typtype = 'b' AND typelem = 0) AS ours
FROM pg_proc AS p JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension AS e ON e.oid = d.refobjid
WHERE e.extname = 'ccx' AND p.prokind = 'f' AND p.prorettype <> 'internal'::regtype AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'c');
SELECT count(*) > 150 AS many FROM functions;
SELECT name, arg AS type_without_samples FROM functions, unnest(args) AS arg WHERE arg NOT IN (SELECT type FROM samples);

-- what is wrong with one call: NULL when nothing is
CREATE FUNCTION pg_temp.wrong(call text, ours boolean, result regtype, proretset boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	reads boolean;
BEGIN
	IF proretset THEN
		EXECUTE 'SELECT count(*) FROM (SELECT * FROM ' || call || ' LIMIT 50) AS s';
	ELSIF ours THEN
		EXECUTE format('SELECT x IS NULL OR (x::text::%1$s = x AND %1$s_send(x::text::%1$s) = %1$s_send(x) AND describe(x) IS NOT NULL) FROM (SELECT %2$s AS x OFFSET 0) AS s', result, call) INTO reads;
		IF NOT reads THEN
			RETURN 'does not read what it wrote';
		END IF;
	ELSE
		EXECUTE format('SELECT count(*) FROM (SELECT %s AS x OFFSET 0) AS s WHERE x IS NOT NULL', call);
	END IF;
	RETURN NULL;
EXCEPTION WHEN others THEN
	IF left(sqlstate, 2) IN ('22', '54') THEN
		-- but not because a value that came out does not go in again
		IF sqlstate IN ('22P02', '22P03') AND ours AND sqlerrm NOT LIKE '%invalid input syntax for type numeric%' AND call !~ '_(in|recv)\(' THEN
			RETURN 'gives what it does not take: ' || sqlerrm;
		END IF;
		RETURN NULL;
	END IF;
	IF sqlstate = '42883' AND call LIKE '%(NULL%' AND sqlerrm LIKE '%(unknown%' THEN
		RETURN NULL;
	END IF;
	-- a trigger function that is called
	IF sqlstate = '39P01' THEN
		RETURN NULL;
	END IF;
	-- what older minor releases of PostgreSQL say of the same
	IF sqlstate = '0A000' AND sqlerrm = 'cannot accept a value of type internal' THEN
		RETURN NULL;
	END IF;
	RETURN sqlstate || ': ' || sqlerrm;
END $$;

-- the samples of our own types are values
SELECT type, x FROM samples WHERE type IN (SELECT result FROM functions WHERE ours) AND pg_temp.wrong(format('%s::%s', x, type), true, type, false) IS NOT NULL;

\echo '-- Nothing but errors of class 22 and 54, and values that read back'
CREATE TEMP TABLE outcomes AS
SELECT f.name, call, pg_temp.wrong(call, ours, result, proretset) AS wrong
FROM functions AS f, pg_temp.calls(f.oid::regproc::text, args, 300) AS call
-- a window of millions of periods gives millions of rows, which is right and takes long
WHERE NOT proretset OR call !~ '4714|5874897' OR call ~ '(4714.*4714|5874897.*5874897)';
SELECT count(*) > 10000 AS many_calls, count(DISTINCT name) = (SELECT count(*) FROM functions) AS every_function FROM outcomes;
SELECT name, count(*) AS calls, min(left(wrong, 100)) AS wrong, min(left(call, 200)) AS example FROM outcomes WHERE wrong IS NOT NULL GROUP BY name ORDER BY name COLLATE "C";

\echo '-- A direct call leaves its arguments alone'
CREATE TEMP TABLE kept AS SELECT * FROM working;
DO $$
DECLARE
	s retention_summary := '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0';
	h mrr_history := '1,0,0,1[(8766,10)],0[]';
	m mrr_movements := '1,2,0,1,0,1,0,0[]';
	w record;
BEGIN
	SELECT * INTO w FROM working;
	FOR i IN 1 .. 3 LOOP
		PERFORM retention_accum(s, 1, 2), retention_combine(s, s), retention_accum(w.r, 1, 2), retention_combine(w.r, w.p), retention_accum_inv(w.r, 100, 150.5);
		PERFORM history_month_date(h, '2024-01-01', 1), history_combine(h, h), history_month_date(w.h, '2024-05-01', 1), history_interval_date(w.i, '2024-01-01', NULL, 1);
		PERFORM backtest_accum(w.b, 10, true, 5), backtest_combine(w.b, w.b);
		PERFORM movements_accum(m, h), movements_combine(m, m), movements_accum(w.m, h), movements_combine(w.m, m);
	END LOOP;
	RAISE NOTICE '% % %', s = '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', h = '1,0,0,1[(8766,10)],0[]', m = '1,2,0,1,0,1,0,0[]';
	RAISE NOTICE '%', w = (SELECT k FROM kept AS k);
END $$;
SELECT working = kept AS same FROM working, kept;

\echo '-- Aggregates of somebody else''s making, out of our support functions'
-- wrong partners of transition, combine and final function, states of other origin
CREATE AGGREGATE pg_temp.inverse_only(numeric, numeric) (SFUNC = retention_accum_inv, STYPE = retention_summary, FINALFUNC = retention_final);
CREATE AGGREGATE pg_temp.from_quarters(mrr_history) (SFUNC = movements_accum, STYPE = mrr_movements, INITCOND = '1,3,1,12,2,"USD",7,1,24288,1,1[(8096,0,0,2,20,0,0,0,0,0,0,0,0,0,0)]', FINALFUNC = movements_final);
CREATE AGGREGATE pg_temp.from_something(numeric, numeric) (SFUNC = retention_accum, STYPE = retention_summary, INITCOND = '1,1,8796,8825,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0', FINALFUNC = retention_final);
CREATE AGGREGATE pg_temp.plain_then_moments(numeric, numeric) (SFUNC = retention_accum_plain, STYPE = retention_summary, FINALFUNC = retention_final,
	MSFUNC = retention_accum, MINVFUNC = retention_accum_plain_inv, MSTYPE = retention_summary, MFINALFUNC = retention_final);
CREATE AGGREGATE pg_temp.no_final(mrr_history) (SFUNC = history_combine, STYPE = mrr_history, COMBINEFUNC = history_combine);
-- a value that never was is refused
DO $$
DECLARE
	x text;
BEGIN
	SELECT pg_temp.inverse_only(1, 2)::text INTO x;
	PERFORM x::retention_summary;
	RAISE NOTICE 'reads back';
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
	RAISE NOTICE '%', CASE WHEN x IS NULL THEN 'refused' ELSE 'gives what it does not take' END;
END $$;
SELECT describe(pg_temp.from_quarters(x))->>'step' AS step, skipped_rows(pg_temp.from_quarters(x)) AS skipped FROM (VALUES ('1,2,"USD",0,1[(8775,10)],0[]'::mrr_history), (NULL)) AS v (x);
SELECT describe(pg_temp.from_something(1, 2))->>'t0' AS t0, nrr(pg_temp.from_something(1, 2)) AS nrr, describe(pg_temp.from_something(1, 2))->'has_moments' AS moments;
SELECT n, nrr(pg_temp.plain_then_moments(n, n + 1) OVER (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)) AS nrr FROM generate_series(1, 3) AS n;
SELECT mrr_at(pg_temp.no_final(x), '2024-02-01') FROM (VALUES ('1,0,0,1[(8775,10)],0[]'::mrr_history), (NULL), ('1,0,0,1[(8776,5)],0[]')) AS v (x);

\echo '-- Long input is refused without much memory'
-- a list that says it is long and is not: refused at its first item, whatever it says
SELECT type, pg_temp.wrong(format('%s_in(%L)', type, head || n || '[' || repeat('x', n + 1)), false, 'boolean', false) IS NULL AS refused
FROM (VALUES ('mrr_history', '1,0,0,', 300000), ('mrr_movements', '1,2,0,1,0,0,0,', 30000)) AS v (type, head, n);
