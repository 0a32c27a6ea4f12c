-- What each combination of argument types resolves to: the type of the result, or the
-- SQLSTATE.  42883 is "no such function", 42725 "more than one", 22023 our own refusal.
SET search_path = public, ccx;

CREATE FUNCTION pg_temp.resolve(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE 'SELECT pg_typeof(' || call || ')' INTO result;
	RETURN result;
EXCEPTION WHEN others THEN
	RETURN sqlstate;
END $$;

-- an expression of each kind that an amount may come as
CREATE TEMP TABLE amounts (n int, kind text, x text);
INSERT INTO amounts VALUES (1, 'smallint', '1::smallint'), (2, 'int', '1'), (3, 'bigint', '1::bigint'), (4, 'numeric', '1.5'), (5, 'real', '1::real'),
	(6, 'float8', '1::float8'), (7, 'literal', '''1'''), (8, 'NULL', 'NULL'), (9, 'text', '''1''::text'), (10, 'boolean', 'true');

\echo '-- nrr(opening, closing)'
-- Amounts are numeric, whole numbers cast by themselves, float8 does not: write ::numeric.
-- Two untyped ones could also mean nrr(summary, include_reactivation).
SELECT o.kind AS opening,
       max(r) FILTER (WHERE c.kind = 'smallint') AS smallint, max(r) FILTER (WHERE c.kind = 'int') AS int, max(r) FILTER (WHERE c.kind = 'bigint') AS bigint,
       max(r) FILTER (WHERE c.kind = 'numeric') AS numeric, max(r) FILTER (WHERE c.kind = 'real') AS real, max(r) FILTER (WHERE c.kind = 'float8') AS float8,
       max(r) FILTER (WHERE c.kind = 'literal') AS literal, max(r) FILTER (WHERE c.kind = 'NULL') AS null, max(r) FILTER (WHERE c.kind = 'text') AS text,
       max(r) FILTER (WHERE c.kind = 'boolean') AS boolean
FROM amounts AS o, amounts AS c, pg_temp.resolve(format('nrr(%s, %s)', o.x, c.x)) AS r
GROUP BY o.n, o.kind ORDER BY o.n;

\echo '-- retention_agg(opening, closing)'
SELECT o.kind AS opening,
       max(r) FILTER (WHERE c.kind = 'smallint') AS smallint, max(r) FILTER (WHERE c.kind = 'int') AS int, max(r) FILTER (WHERE c.kind = 'bigint') AS bigint,
       max(r) FILTER (WHERE c.kind = 'numeric') AS numeric, max(r) FILTER (WHERE c.kind = 'real') AS real, max(r) FILTER (WHERE c.kind = 'float8') AS float8,
       max(r) FILTER (WHERE c.kind = 'literal') AS literal, max(r) FILTER (WHERE c.kind = 'NULL') AS null
FROM amounts AS o, amounts AS c, pg_temp.resolve(format('retention_agg(%s, %s)', o.x, c.x)) AS r
WHERE o.n <= 8 GROUP BY o.n, o.kind ORDER BY o.n;

\echo '-- The other one-step aggregates resolve alike'
SELECT f, count(*) AS pairs, count(*) FILTER (WHERE r = 'numeric') AS numeric, count(*) FILTER (WHERE r = '42883') AS "42883", count(*) FILTER (WHERE r NOT IN ('numeric', '42883')) AS other,
       bool_and(r = CASE WHEN o.n IN (5, 6, 9, 10) OR c.n IN (5, 6, 9, 10) THEN '42883' ELSE 'numeric' END) AS as_expected
FROM unnest('{grr,logo_retention,revenue_churn_rate,logo_churn_rate,quick_ratio}'::text[]) AS f, amounts AS o, amounts AS c, pg_temp.resolve(format('%s(%s, %s)', f, o.x, c.x)) AS r
GROUP BY f ORDER BY f COLLATE "C";
-- the literal is the amount it spells, not a summary
SELECT grr('200', '100'), nrr(200, '100'), nrr('200', 100), pg_temp.resolve('grr(''many'', 1)') AS no_number;

\echo '-- seen and currency'
SELECT seen.x AS seen, pg_temp.resolve(format('retention_agg(1, 2, %s)', seen.x)) AS three_arguments,
       pg_temp.resolve(format('retention_agg(1, 2, %s, ''EUR'')', seen.x)) AS four_arguments
FROM unnest(ARRAY['true', '''true''', 'NULL', '1', '''maybe''', '''t''::text']) WITH ORDINALITY AS seen (x, n) ORDER BY n;
SELECT currency.x AS currency, pg_temp.resolve(format('retention_agg(1, 2, NULL, %s)', currency.x)) AS result
FROM unnest(ARRAY['''EUR''', 'NULL', '''EUR''::text', '''EUR''::varchar(3)', '''EUR''::char(3)', '''EUR''::name', '978']) WITH ORDINALITY AS currency (x, n) ORDER BY n;

\echo '-- A summary in place of amounts'
SELECT call, pg_temp.resolve(call)
FROM unnest(ARRAY['nrr(retention_agg(1, 2))', 'nrr(NULL::retention_summary)', 'nrr(NULL)', 'nrr(1)', 'nrr(NULL::retention_summary, true)', 'nrr(NULL::retention_summary, NULL)',
                  'nrr(NULL::retention_summary, ''t'')', 'nrr(NULL::retention_summary, 1)', 'nrr(NULL, true)', 'nrr(summary => NULL::retention_summary, include_reactivation => true)',
                  'grr(NULL)', 'arpa(NULL)', 'opening_mrr(NULL)', 'rollup(NULL)', 'rollup(NULL::retention_summary)', 'describe(NULL)', 'skipped_rows(NULL)', 'skipped_rows(NULL::mrr_history)']) WITH ORDINALITY AS c (call, n) ORDER BY n;

\echo '-- mrr_history(month, mrr)'
-- A date or a timestamp; a timestamptz needs a zone.  An untyped literal is taken for a
-- timestamptz, as in every function of PostgreSQL that has such a variant: write date '...'.
CREATE TEMP TABLE days (n int, kind text, x text);
INSERT INTO days VALUES (1, 'date', 'date ''2024-01-01'''), (2, 'timestamp', 'timestamp ''2024-01-01'''), (3, 'timestamptz', 'timestamptz ''2024-01-01'''),
	(4, 'literal', '''2024-01-01'''), (5, 'NULL', 'NULL'), (6, 'text', '''2024-01-01''::text'), (7, 'int', '20240101'), (8, 'time', 'time ''12:00''');
SELECT d.kind AS month,
       max(r) FILTER (WHERE a.kind = 'smallint') AS smallint, max(r) FILTER (WHERE a.kind = 'int') AS int, max(r) FILTER (WHERE a.kind = 'bigint') AS bigint,
       max(r) FILTER (WHERE a.kind = 'numeric') AS numeric, max(r) FILTER (WHERE a.kind = 'real') AS real, max(r) FILTER (WHERE a.kind = 'float8') AS float8,
       max(r) FILTER (WHERE a.kind = 'literal') AS literal, max(r) FILTER (WHERE a.kind = 'NULL') AS null
FROM days AS d, amounts AS a, pg_temp.resolve(format('mrr_history(%s, %s)', d.x, a.x)) AS r
WHERE a.n <= 8 GROUP BY d.n, d.kind ORDER BY d.n;

\echo '-- mrr_history(valid_from, valid_to, 10)'
SELECT f.kind AS valid_from,
       max(r) FILTER (WHERE t.kind = 'date') AS date, max(r) FILTER (WHERE t.kind = 'timestamp') AS timestamp, max(r) FILTER (WHERE t.kind = 'timestamptz') AS timestamptz,
       max(r) FILTER (WHERE t.kind = 'literal') AS literal, max(r) FILTER (WHERE t.kind = 'NULL') AS null
FROM days AS f, days AS t, pg_temp.resolve(format('mrr_history(%s, %s, 10)', f.x, t.x)) AS r
WHERE f.n <= 5 AND t.n <= 5 GROUP BY f.n, f.kind ORDER BY f.n;
-- with a currency: three arguments are told apart from an interval by their types
SELECT call, pg_temp.resolve(call)
FROM unnest(ARRAY['mrr_history(date ''2024-01-01'', 10, ''EUR'')', 'mrr_history(date ''2024-01-01'', 10, NULL)', 'mrr_history(date ''2024-01-01'', NULL, 10)', 'mrr_history(date ''2024-01-01'', NULL, 10.5)',
                  'mrr_history(date ''2024-01-01'', ''2024-02-01'', 10)', 'mrr_history(timestamp ''2024-01-01'', 10, ''EUR'')', 'mrr_history(timestamptz ''2024-01-01'', 10, ''EUR'')',
                  'mrr_history(date ''2024-01-01'', date ''2024-02-01'', 10, ''EUR'')', 'mrr_history(date ''2024-01-01'', NULL, 10, NULL)', 'mrr_history(date ''2024-01-01'', NULL, NULL)',
                  'mrr_history(date ''2024-01-01'', NULL, ''10'')', 'mrr_history(NULL, NULL, NULL)', 'mrr_history(date ''2024-01-01'', 10.5::float8, ''EUR'')', 'mrr_history(date ''2024-01-01'', 10, ''EUR''::char(3))']) WITH ORDINALITY AS c (call, n) ORDER BY n;

\echo '-- Functions of dates: movements, retention_summaries, mrr_at'
SELECT d.kind, max(r) FILTER (WHERE f.n = 1) AS movements, max(r) FILTER (WHERE f.n = 2) AS retention_summaries, max(r) FILTER (WHERE f.n = 3) AS mrr_at
FROM days AS d, (VALUES (1, '(SELECT count(*) FROM movements(NULL, %s))'), (2, '(SELECT count(*) FROM retention_summaries(NULL, %s))'), (3, 'mrr_at(NULL, %s)')) AS f (n, call),
     pg_temp.resolve(format(f.call, d.x)) AS r
GROUP BY d.n, d.kind ORDER BY d.n;

\echo '-- Functions of amounts: arr, compound, monthly_amount, mrr_movement'
SELECT a.kind, max(r) FILTER (WHERE f.n = 1) AS arr, max(r) FILTER (WHERE f.n = 2) AS compound, max(r) FILTER (WHERE f.n = 3) AS monthly_amount,
       max(r) FILTER (WHERE f.n = 4) AS count, max(r) FILTER (WHERE f.n = 5) AS mrr_movement
FROM amounts AS a, (VALUES (1, 'arr(%s)'), (2, 'compound(%s)'), (3, 'monthly_amount(%s, ''year'')'), (4, 'monthly_amount(1, ''year'', %s)'), (5, 'mrr_movement(%s, 1, true)')) AS f (n, call),
     pg_temp.resolve(format(f.call, a.x)) AS r
GROUP BY a.n, a.kind ORDER BY a.n;

\echo '-- Options: mrr_movements_agg(h, step, span)'
SELECT step.x AS step, pg_temp.resolve(format('mrr_movements_agg(NULL::mrr_history, %s)', step.x)) AS two, pg_temp.resolve(format('mrr_movements_agg(NULL::mrr_history, ''month'', %s)', step.x)) AS three,
       pg_temp.resolve(format('mrr_movements_agg(NULL, %s)', step.x)) AS untyped
FROM unnest(ARRAY['''year''', '''year''::text', '''year''::varchar(9)', '''year''::name', 'NULL', 'interval ''1 year''']) WITH ORDINALITY AS step (x, n) ORDER BY n;
