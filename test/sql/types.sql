-- The types as types: text and binary form, comparison, indexes, sizes, bad input.
SET search_path = public, ccx;

-- SQLSTATE and detail of a failing query, or its result
CREATE FUNCTION pg_temp.try(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	detail text;
BEGIN
	EXECUTE query INTO result;
	RETURN coalesce(result, 'NULL');
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(': ', sqlstate, coalesce(nullif(detail, ''), sqlerrm));
END $$;

-- values of every shape: nothing, all movements, moments, windows, currencies, amounts of
-- all sizes, negative ones, long histories
CREATE TEMP TABLE summaries (id int, x retention_summary);
INSERT INTO summaries
SELECT 1, retention_agg(NULL, NULL) UNION ALL SELECT 2, retention_agg(0, 0)
UNION ALL SELECT 3, retention_agg(o, c, o = 0) FROM (VALUES (100, 150), (100, 0), (100, 80), (0, 70), (NULL, 40), (50, 50)) AS v (o, c)
UNION ALL SELECT 4, retention_agg(o, c, true, 'USD') FROM (VALUES (100, 150), (-20, 0.5)) AS v (o, c)
UNION ALL SELECT 5, retention_agg(1, 2, true, NULL)
UNION ALL SELECT 6, retention_agg(i * 1e20 + 1e-8, i * 1e-8, i % 2 = 0, 'a"b\c d') FROM generate_series(-3, 50) AS i
UNION ALL SELECT 7, retention_agg(1e100, 1e-100) UNION ALL SELECT 8, retention_agg(0.5, 1e30)
UNION ALL SELECT 9 + n, summary FROM (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(date '2024-01-01', date '2024-04-01', 12.34)) AS h (h)) AS s,
                                      retention_summaries(m, '2023-12-01', '2024-04-30') WITH ORDINALITY AS r (period, summary, n);
CREATE TEMP TABLE histories (id int, x mrr_history);
INSERT INTO histories
SELECT 1, mrr_history(NULL::date, 1) UNION ALL SELECT 2, mrr_history(date '2024-01-01', 10) UNION ALL SELECT 3, mrr_history(date '2024-01-10', NULL, 10, 'EUR')
UNION ALL SELECT 4, mrr_history(date '2024-01-10', date '2024-02-01', -3.5, NULL)
UNION ALL SELECT 5, mrr_history(day, day + 20, i * 1e-8, 'GBP') FROM generate_series(1, 100) AS i, LATERAL (SELECT date '2000-01-01' + 30 * i) AS d (day)
UNION ALL SELECT 6, mrr_history(date '0044-03-15 BC', date '5874897-12-31', 1e50) UNION ALL SELECT 7, mrr_history(date '2024-01-01', 1e-20)
UNION ALL SELECT 8, history_month_date(history_month_date(NULL, '2024-01-31', 5), '2024-02-29', 7);
CREATE TEMP TABLE movement_values (id int, x mrr_movements);
INSERT INTO movement_values
SELECT 1, mrr_movements_agg(NULL::mrr_history) UNION ALL SELECT 2, mrr_movements_agg(x) FROM histories WHERE id = 2
UNION ALL SELECT 3, mrr_movements_agg(x, 'quarter:feb', 'year') FROM histories WHERE id IN (2, 3, 7) UNION ALL SELECT 4, mrr_movements_agg(x, 'year:dec') FROM histories WHERE id IN (1, 2, 4) AND id <> 4
UNION ALL SELECT 5, mrr_movements_agg(x, 'month', 'year') FROM histories WHERE id = 5 UNION ALL SELECT 6, mrr_movements_agg(x) FROM histories WHERE id = 6
UNION ALL SELECT 7, mrr_movements_agg(x, 'quarter') FROM histories WHERE id IN (6, 7, 8) UNION ALL SELECT 8, mrr_movements_agg(x) FROM histories WHERE id = 4;

\echo '-- Text: what goes out comes in'
SELECT id, x FROM summaries WHERE id IN (1, 2, 3, 4, 5, 10) ORDER BY id;
SELECT id, x FROM histories WHERE id IN (1, 2, 3, 4, 7, 8) ORDER BY id;
SELECT id, x FROM movement_values WHERE id IN (1, 2, 4, 8) ORDER BY id;
SELECT 'retention_summary' AS type, count(*), bool_and(retention_summary_send(x::text::retention_summary) = retention_summary_send(x)) AS same_bytes FROM summaries
UNION ALL SELECT 'mrr_history', count(*), bool_and(mrr_history_send(x::text::mrr_history) = mrr_history_send(x)) FROM histories
UNION ALL SELECT 'mrr_movements', count(*), bool_and(mrr_movements_send(x::text::mrr_movements) = mrr_movements_send(x)) FROM movement_values;
-- it does not depend on any setting of the session
SET datestyle = German; SET timezone = 'Asia/Tokyo'; SET extra_float_digits = -15; SET intervalstyle = sql_standard; SET lc_numeric = 'C';
SELECT x FROM histories WHERE id IN (2, 4) ORDER BY id;
SELECT describe(x)->'steps'->0->'from' AS from FROM histories WHERE id IN (2, 4) ORDER BY id;
RESET datestyle; RESET timezone; RESET extra_float_digits; RESET intervalstyle; RESET lc_numeric;

\echo '-- Binary: what goes out comes in'
-- (the bytes are the version, the kind, and the fields)
SELECT 'retention_summary' AS type, count(DISTINCT substr(retention_summary_send(x), 1, 2)) AS headers, min(encode(substr(retention_summary_send(x), 1, 2), 'escape')) AS header FROM summaries
UNION ALL SELECT 'mrr_history', count(DISTINCT substr(mrr_history_send(x), 1, 2)), min(encode(substr(mrr_history_send(x), 1, 2), 'escape')) FROM histories
UNION ALL SELECT 'mrr_movements', count(DISTINCT substr(mrr_movements_send(x), 1, 2)), min(encode(substr(mrr_movements_send(x), 1, 2), 'escape')) FROM movement_values;
CREATE TEMP TABLE s2 (LIKE summaries);
CREATE TEMP TABLE h2 (LIKE histories);
CREATE TEMP TABLE m2 (LIKE movement_values);
\getenv builddir PG_ABS_BUILDDIR
\set file :builddir '/results/types.binary'
\set out '\\copy summaries TO ' :'file' ' (FORMAT binary)'
\set in '\\copy s2 FROM ' :'file' ' (FORMAT binary)'
:out
:in
\set out '\\copy histories TO ' :'file' ' (FORMAT binary)'
\set in '\\copy h2 FROM ' :'file' ' (FORMAT binary)'
:out
:in
\set out '\\copy movement_values TO ' :'file' ' (FORMAT binary)'
\set in '\\copy m2 FROM ' :'file' ' (FORMAT binary)'
:out
:in
SELECT (SELECT count(*) FROM summaries AS a JOIN s2 AS b USING (id) WHERE a.x::text = b.x::text AND retention_summary_send(a.x) = retention_summary_send(b.x)) AS summaries,
       (SELECT count(*) FROM histories AS a JOIN h2 AS b USING (id) WHERE a.x::text = b.x::text AND mrr_history_send(a.x) = mrr_history_send(b.x)) AS histories,
       (SELECT count(*) FROM movement_values AS a JOIN m2 AS b USING (id) WHERE a.x::text = b.x::text AND mrr_movements_send(a.x) = mrr_movements_send(b.x)) AS movements;

\echo '-- describe: jsonb to read'
SELECT jsonb_pretty(describe(x)) FROM summaries WHERE id = 10;
SELECT jsonb_pretty(describe(x)) FROM histories WHERE id = 3;
SELECT jsonb_pretty(describe(x) - 'changes'), describe(x)->'changes'->0 AS change FROM movement_values WHERE id = 3;
SELECT describe(x)->>'currency' AS currency FROM summaries WHERE id = 6;

\echo '-- Comparison is a total order, by content'
SELECT type, sum(eq) AS equal, bool_and(lt + eq + gt = 1 AND le = lt + eq AND ge = gt + eq AND ne = 1 - eq AND cmp = gt - lt) AS one_of_three
FROM (SELECT 'retention_summary' AS type, (a.x < b.x)::int AS lt, (a.x <= b.x)::int AS le, (a.x = b.x)::int AS eq, (a.x >= b.x)::int AS ge, (a.x > b.x)::int AS gt, (a.x <> b.x)::int AS ne, retention_summary_cmp(a.x, b.x) AS cmp FROM summaries AS a, s2 AS b
      UNION ALL SELECT 'mrr_history', (a.x < b.x)::int, (a.x <= b.x)::int, (a.x = b.x)::int, (a.x >= b.x)::int, (a.x > b.x)::int, (a.x <> b.x)::int, mrr_history_cmp(a.x, b.x) FROM histories AS a, h2 AS b
      UNION ALL SELECT 'mrr_movements', (a.x < b.x)::int, (a.x <= b.x)::int, (a.x = b.x)::int, (a.x >= b.x)::int, (a.x > b.x)::int, (a.x <> b.x)::int, mrr_movements_cmp(a.x, b.x) FROM movement_values AS a, m2 AS b) AS c
GROUP BY type ORDER BY type COLLATE "C";
-- transitive, and equal values hash alike
SELECT count(*) AS intransitive FROM summaries AS a, summaries AS b, summaries AS c WHERE a.x < b.x AND b.x < c.x AND NOT a.x < c.x;
SELECT bool_and(retention_summary_hash(a.x) = retention_summary_hash(b.x) AND retention_summary_hash_extended(a.x, 42) = retention_summary_hash_extended(b.x, 42)) AS summaries,
       count(DISTINCT retention_summary_hash(a.x)) AS distinct_hashes
FROM summaries AS a JOIN s2 AS b ON a.x = b.x;
SELECT bool_and(mrr_history_hash(a.x) = mrr_history_hash(b.x) AND mrr_history_hash_extended(a.x, 0) = mrr_history_hash_extended(b.x, 0)) AS histories FROM histories AS a JOIN h2 AS b ON a.x = b.x;
SELECT bool_and(mrr_movements_hash(a.x) = mrr_movements_hash(b.x) AND mrr_movements_hash_extended(a.x, -1) = mrr_movements_hash_extended(b.x, -1)) AS movements FROM movement_values AS a JOIN m2 AS b ON a.x = b.x;
-- any one field makes a difference
SELECT count(DISTINCT x) AS distinct FROM (VALUES ('1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0'::retention_summary), ('1,0,0,1,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0'), ('1,0,1,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0'), ('1,0,2,"A",0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0'),
	('1,0,2,"B",0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0'), ('1,1,0,1,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0'), ('1,1,0,2,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0'), ('1,0,0,0,2,100,0,0,0,0,0,0,0,0,0,0,0,0,0'), ('1,0,0,0,1,100.01,0,0,0,0,0,0,0,0,0,0,0,0,0'),
	('1,0,0,0,1,100,1,1,0,0,0,0,0,0,0,0,0,0,0'), ('1,0,0,0,1,100,0,0,1,1,0,0,0,0,0,0,0,0,0'), ('1,0,0,0,1,100,0,0,0,0,1,1,0,0,0,0,0,0,0'), ('1,0,0,0,1,100,0,0,0,0,0,0,1,1,0,0,0,0,0'), ('1,0,0,0,1,100,0,0,0,0,0,0,0,0,1,1,0,0,0'), ('1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,1,-1,0'),
	('1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1,10000,0,0,0,0'), ('1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1,10000,1,0,0,0'), ('1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1,10000,1,1,0,0'), ('1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1,10000,1,1,1,1'), ('1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1,10000,1,1,0,1')) AS v (x);

\echo '-- DISTINCT, GROUP BY, joins and indexes'
SELECT (SELECT count(DISTINCT x) FROM (TABLE summaries UNION ALL TABLE s2) AS u) AS summaries, (SELECT count(*) FROM (SELECT x FROM (TABLE histories UNION ALL TABLE h2) AS u GROUP BY x) AS g) AS histories,
       (SELECT count(*) FROM (SELECT x FROM movement_values UNION SELECT x FROM m2) AS u) AS movements;
SET enable_hashagg = off;
SELECT (SELECT count(*) FROM (SELECT x FROM summaries UNION SELECT x FROM s2) AS u) AS sorted;
RESET enable_hashagg;
SET enable_mergejoin = off; SET enable_nestloop = off;
SELECT count(*) AS hash_joined FROM summaries AS a JOIN s2 AS b ON a.x = b.x;
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT count(*) AS merge_joined FROM histories AS a JOIN h2 AS b ON a.x = b.x;
RESET enable_nestloop; RESET enable_hashjoin;
SELECT bool_and(x >= before) AS ordered FROM (SELECT x, lag(x) OVER (ORDER BY x) AS before FROM summaries) AS s;
CREATE UNIQUE INDEX ON s2 (x);
CREATE INDEX ON h2 USING hash (x);
CREATE UNIQUE INDEX ON m2 (x);
SET enable_seqscan = off;
SELECT count(*) AS found FROM summaries AS a WHERE EXISTS (SELECT FROM s2 WHERE s2.x = a.x);
SELECT count(*) AS found FROM histories AS a WHERE EXISTS (SELECT FROM h2 WHERE h2.x = a.x);
RESET enable_seqscan;
SELECT pg_temp.try('INSERT INTO s2 SELECT 99, x FROM summaries WHERE id = 3') LIKE '23505: %' AS refused;
INSERT INTO s2 SELECT 99, x FROM summaries ON CONFLICT DO NOTHING;
SELECT count(*) FROM s2;
-- in arrays, rows and ranges of rows
SELECT array_agg(x ORDER BY id)::text::retention_summary[] = array_agg(x ORDER BY id) AS array, (SELECT count(*) FROM summaries WHERE ROW(id, x) IN (SELECT id, x FROM s2)) AS rows FROM summaries;
SELECT max(a.x::text) IS NOT NULL AS kept, bool_and(a.x = b.x) AS equal FROM (SELECT id, (r).x FROM (SELECT ROW(id, x)::summaries AS r, id FROM summaries) AS s) AS a JOIN summaries AS b USING (id);

\echo '-- Large values are stored out of line and compressed'
CREATE TEMP TABLE large (storage text, x mrr_history);
INSERT INTO large SELECT 'extended', mrr_history(day, day + 20, i * 1e-8) FROM generate_series(1, 700) AS i, LATERAL (SELECT date '1980-01-01' + 30 * i) AS d (day);
ALTER TABLE large ALTER x SET STORAGE external;
INSERT INTO large SELECT 'external', x FROM large;
UPDATE large SET x = rollup FROM (SELECT rollup(x) FROM large WHERE storage = 'extended') AS r WHERE storage = 'external';
SELECT count(DISTINCT x) AS distinct, count(DISTINCT mrr_history_hash(x)) AS hashes, count(DISTINCT mrr_history_send(x)) AS bytes, min(mrr_at(x, '2000-01-01')), max(mrr_at(x, '2000-01-01')), bool_and(pg_column_size(x) > 2000) AS large FROM large;
SELECT a.x = b.x AS equal, a.x < b.x AS less FROM large AS a, large AS b WHERE a.storage = 'extended' AND b.storage = 'external';

\echo '-- A state left as it is by somebody''s own aggregate is the same value'
-- without the final function the working form is stored; every door flattens it
CREATE AGGREGATE pg_temp.raw_retention(numeric, numeric) (SFUNC = retention_accum, STYPE = retention_summary);
CREATE AGGREGATE pg_temp.raw_history(date, date, numeric) (SFUNC = history_interval_date, STYPE = mrr_history);
CREATE AGGREGATE pg_temp.raw_movements(mrr_history) (SFUNC = movements_accum, STYPE = mrr_movements);
-- behind columns of odd lengths, so that nothing is aligned by chance
CREATE TEMP TABLE raw (a int, r retention_summary, b smallint, h mrr_history, c "char", m mrr_movements);
INSERT INTO raw SELECT 1, (SELECT pg_temp.raw_retention(o, c) FROM (VALUES (100, 150.5), (1e30, 1e-25), (-3, 5)) AS v (o, c)), 2::smallint,
	(SELECT pg_temp.raw_history(f, f + 40, mrr) FROM (VALUES (date '2024-01-10', 5.5), ('2024-01-15', 1e30), ('2024-03-01', -2)) AS v (f, mrr)), 'x',
	(SELECT pg_temp.raw_movements(h) FROM (SELECT mrr_history(f, f + 40, mrr) AS h FROM (VALUES (date '2024-01-10', 5.5), ('2024-01-15', 1e30), ('2024-03-01', 2)) AS v (f, mrr) GROUP BY f) AS h);
CREATE TEMP TABLE final AS SELECT (SELECT retention_agg(o, c) FROM (VALUES (100, 150.5), (1e30, 1e-25), (-3, 5)) AS v (o, c)) AS r,
	(SELECT mrr_history(f, f + 40, mrr) FROM (VALUES (date '2024-01-10', 5.5), ('2024-01-15', 1e30), ('2024-03-01', -2)) AS v (f, mrr)) AS h,
	(SELECT mrr_movements_agg(h) FROM (SELECT mrr_history(f, f + 40, mrr) AS h FROM (VALUES (date '2024-01-10', 5.5), ('2024-01-15', 1e30), ('2024-03-01', 2)) AS v (f, mrr) GROUP BY f) AS h) AS m;
SELECT raw.r = final.r AS r, raw.h = final.h AS h, raw.m = final.m AS m, raw.r::text = final.r::text AS rt, raw.h::text = final.h::text AS ht, raw.m::text = final.m::text AS mt,
       retention_summary_send(raw.r) = retention_summary_send(final.r) AS rs, mrr_history_send(raw.h) = mrr_history_send(final.h) AS hs, mrr_movements_send(raw.m) = mrr_movements_send(final.m) AS ms,
       retention_summary_hash(raw.r) = retention_summary_hash(final.r) AS rh, mrr_history_hash(raw.h) = mrr_history_hash(final.h) AS hh, mrr_movements_hash(raw.m) = mrr_movements_hash(final.m) AS mh,
       describe(raw.r) = describe(final.r) AS rd, describe(raw.h) = describe(final.h) AS hd, describe(raw.m) = describe(final.m) AS md
FROM raw, final;
SELECT nrr(raw.r) = nrr(final.r) AS nrr, mrr_at(raw.h, '2024-02-01') = mrr_at(final.h, '2024-02-01') AS mrr_at, (SELECT count(*) FROM (SELECT * FROM movements(raw.m) EXCEPT SELECT * FROM movements(final.m)) AS e) AS movements_differ,
       (SELECT rollup(x) FROM (VALUES (raw.r), (final.r)) AS v (x)) = (SELECT rollup(x) FROM (VALUES (final.r), (final.r)) AS v (x)) AS r, (SELECT rollup(x) FROM (VALUES (raw.h), (final.h)) AS v (x)) = (SELECT rollup(x) FROM (VALUES (final.h), (final.h)) AS v (x)) AS h,
       (SELECT rollup(x) FROM (VALUES (final.m), (raw.m)) AS v (x)) = (SELECT rollup(x) FROM (VALUES (final.m), (final.m)) AS v (x)) AS m
FROM raw, final;

\echo '-- Sizes'
-- 10,000 customers with amounts of 20 digits before the point and 8 behind it, every movement, a currency of 15 bytes
CREATE TEMP TABLE sized AS
SELECT retention_agg(o, c, seen, 'ABCDEFGHIJKLMNO') AS with_moments, retention_agg(o / 1e16, c / 1e16, seen) AS usual
FROM (SELECT CASE WHEN i % 6 = 0 THEN 0 WHEN i % 50 = 1 THEN -i ELSE 12345678901234567890.12345678 + i END AS o,
             CASE i % 6 WHEN 1 THEN 0 WHEN 2 THEN 11345678901234567890.87654321 + i ELSE 98765432109876543210.98765432 - i END AS c, i % 4 = 0 AS seen
      FROM generate_series(1, 10000) AS i) AS v;
SELECT pg_column_size(with_moments) <= 640 AS with_moments, pg_column_size(usual) <= 400 AS usual_with_moments,
       new_customers(with_moments) > 0 AND reactivation_customers(with_moments) > 0 AND expansion_customers(with_moments) > 0 AND contraction_customers(with_moments) > 0 AND churned_customers(with_moments) > 0 AND negative_rows(with_moments) > 0 AS every_movement
FROM sized;
SELECT max(pg_column_size(summary)) <= 400 AS without_moments, max(opening_mrr(summary)) > 1e23 AS large, bool_or((describe(summary)->'has_moments')::boolean) AS moments
FROM (SELECT mrr_movements_agg(h) AS m
      FROM (SELECT mrr_history(valid_from, valid_to, 12345678901234567890.12345678 + i - n * 9e19, 'ABCDEFGHIJKLMNO') AS h
            FROM generate_series(1, 10000) AS i, LATERAL (VALUES (0, date '2024-01-01' + i % 50, date '2024-02-01' + i % 200), (i % 2, '2024-06-01', NULL)) AS v (n, valid_from, valid_to) GROUP BY i) AS h) AS s,
     retention_summaries(m, '2023-12-01', '2024-12-31');
-- a history of three years of monthly rows that change now and then
SELECT pg_column_size(mrr_history((date '2022-01-01' + i * interval '1 month')::date, 100 + i / 6)) <= 100 AS small FROM generate_series(0, 35) AS i;

\echo '-- Malformed text'
-- On servers that have soft errors every refusal is one.
SELECT current_setting('server_version_num')::int >= 160000 AS has_soft_errors \gset
\if :has_soft_errors
CREATE FUNCTION pg_temp.valid(x text, type text) RETURNS boolean LANGUAGE sql AS 'SELECT pg_input_is_valid(x, type)';
\else
CREATE FUNCTION pg_temp.valid(x text, type text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT %L::%s', x, type);
	RETURN true;
EXCEPTION WHEN invalid_text_representation THEN
	RETURN false;
WHEN others THEN
	RETURN NULL;
END $$;
\endif
CREATE TEMP TABLE malformed (id serial, type text, x text);
INSERT INTO malformed (type, x) SELECT 'retention_summary', x FROM unnest(ARRAY[
	'', ' ', '1', '1,', ',', 'x', '{}', '2,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '0,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '01,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '+1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '-1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0',
	' 1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0 ', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0,', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0', '1;0;0;0;1;100;0;0;0;0;0;0;0;0;0;0;0;0;0',
	'1,2,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,3,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,2', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1', '1,,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,,100,0,0,0,0,0,0,0,0,0,0,0,0,0',
	'1,0,0,-1,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,-1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1.0,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1e0,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,-0,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,01,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,0x1,100,0,0,0,0,0,0,0,0,0,0,0,0,0',
	'1,0,0,0,9223372036854775808,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,99999999999999999999999,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,-9223372036854775808,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0',
	'1,0,0,0,1,100.0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,0100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,.5,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,5.,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,1e2,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,+1,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,1.2.3,0,0,0,0,0,0,0,0,0,0,0,0,0',
	'1,0,0,0,1,--1,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,-,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,.,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,0,-0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,0,-0.0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,NaN,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,Infinity,0,0,0,0,0,0,0,0,0,0,0,0,0',
	'1,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,0,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,-100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,1,1,0', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,1,0,0', '1,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,0,0,0,0,0,5,0,0,0,0,0,0,0,0,0',
	'1,0,0,0,1,100,0,0,0,0,1,10,1,10,0,0,0,0,0', '1,0,0,0,0,0,0,0,0,0,1,10,0,0,0,0,0,0,0', '1,0,0,0,2,100,0,0,0,0,0,0,1,60,1,60,0,0,0', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,1,100.01,0,0,0', '1,0,0,0,9223372036854775807,100,0,0,0,0,9223372036854775807,1,9223372036854775807,1,9223372036854775807,1,0,0,0',
	'1,1,8825,8796,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,1,8796,8796,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,1,-2147483648,2147483647,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,1,0,2145031949,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,1,-2451546,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0',
	'1,0,2,"",0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,2,USD,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,2,"USD,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,2,"ABCDEFGHIJKLMNOP",0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,2,"U\nSD",0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,2,"USD\',
	'1,0,2,"USD"x,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,1,"USD",0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,2', '1,0,0,0[]', '1,0,0,0(1,100)',
	'1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1,10000,-1,0,0,0', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0', '1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,10000,0,0,0,0', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1,10000,1,1,2,1', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1,10000,1,20000,1,10001',
	'1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1,10000,1,5,3,4', '1,0,0,0,1,100,0,0,0,0,0,0,0,0,0,0,0,0,1,10000,5,3,4,4']) AS x;
INSERT INTO malformed (type, x) SELECT 'mrr_history', x FROM unnest(ARRAY[
	'', '1', '1,0,0', '1,0,0,0[]', '1,0,0,0[],0', '1,0,0,0[]0[]', '1,0,0,0[],0[],', '1,0,0,1[],0[]', '1,0,0,0[(8766,10)],0[]', '1,0,0,1[(8766,10)],1[]', '1,0,0,1[(8766,10),(8797,0)],0[]', '1,0,0,2[(8766,10)],0[]', '1,0,0,2[(8766,10)(8797,0)],0[]', '1,0,0,1[8766,10],0[]', '1,0,0,1[(8766,10],0[]', '1,0,0,1[(8766,10),0[]',
	'1,0,0,1[(8766)],0[]', '1,0,0,1[(8766,10,5)],0[]', '1,0,0,1[()],0[]', '1,0,0,[(8766,10)],0[]', '1,0,0,-1[],0[]', '1,0,0,1(8766,10),0[]', '1,0,0,1[(8766,0)],0[]', '1,0,0,2[(8766,10),(8797,10)],0[]', '1,0,0,2[(8766,10),(8766,0)],0[]', '1,0,0,2[(8797,10),(8766,0)],0[]', '1,0,-1,0[],0[]', '1,0,0,1[(2147483647,10)],0[]',
	'1,0,0,1[(99999999999,10)],0[]', '1,0,0,1[(8766,1e1)],0[]', '1,0,0,0[],1[(24288,0)]', '1,0,0,0[],1[(24288,32)]', '1,0,0,0[],1[(99999999999,1)]', '1,0,0,0[],2[(24288,1),(24288,2)]', '1,0,0,0[],2[(24289,1),(24288,2)]', '1,0,0,18446744073709551615[],0[]', '1,0,0,18446744073709551616[],0[]', '1,0,0,1000000[],0[]', '1,2,0,0[],0[]']) AS x;
INSERT INTO malformed (type, x) SELECT 'mrr_movements', x FROM unnest(ARRAY[
	'', '1,2,0', '1,2,0,1,0,1,0,0', '1,2,0,1,0,1,0,0[],', '1,5,0,1,0,1,0,0[]', '1,0,0,1,0,1,0,0[]', '1,1,0,1,0,1,0,0[]', '1,2,1,1,0,1,0,0[]', '1,3,3,3,0,1,0,0[]', '1,4,12,12,0,1,0,0[]', '1,2,0,0,0,1,0,0[]', '1,2,0,2,0,1,0,0[]', '1,2,0,6,0,1,0,0[]', '1,2,0,13,0,1,0,0[]', '1,3,0,1,0,1,0,0[]', '1,4,0,3,0,1,0,0[]',
	'1,2,0,1,0,-1,0,0[]', '1,2,0,1,0,0,2,0[]', '1,2,0,1,0,0,1,24288,2,0[]', '1,2,0,1,0,0,1,24288,0,24287,0[]', '1,2,0,1,0,0,1,99999999999,1,0[]', '1,2,0,1,0,0,1,24288,0,0[]', '1,2,0,1,0,0,0,1[(24288,0,0,0,0,0,0,0,0,0,0,0,0,0,0)]', '1,2,0,1,0,0,0,1[(24288,1,1,0,0,0,0,0,0,0,0,0,0,0,0)]', '1,2,0,1,0,0,0,1[(24288,0,0,1,1,0,0,0,0,0,0,0,0,0,0)]',
	'1,2,0,1,0,0,1,24288,0,24288,1[(24288,1,1,0,0,0,0,0,0,0,0,0,0,0,0)]', '1,2,0,1,0,0,1,24288,0,24288,2[(24288,1,1,0,0,0,0,0,0,0,0,0,0,0,0),(24288,-1,-1,0,0,0,0,0,0,0,0,0,0,0,0)]', '1,2,0,1,0,0,1,24288,0,24288,2[(24289,1,1,0,0,0,0,0,0,0,0,0,0,0,0),(24288,-1,-1,0,0,0,0,0,0,0,0,0,0,0,0)]',
	'1,2,0,1,0,0,1,24288,0,24288,2[(24288,1,1,0,0,0,0,0,0,0,0,0,0,0,0),(24289,-2,-1,0,0,0,0,0,0,0,0,0,0,0,0)]', '1,2,0,1,0,0,1,24288,0,24288,2[(24288,1,1,0,0,0,0,0,0,0,0,0,0,0,0),(24289,-1,-2,0,0,0,0,0,0,0,0,0,0,0,0)]', '1,2,0,1,0,0,1,24288,0,24288,1[(24288,0,0,0,0,0,0,0,0,0,0,1,1,0,0)]',
	'1,2,0,1,0,0,1,24288,1,2[(24288,9223372036854775807,1,0,0,0,0,0,0,0,0,0,0,0,0),(24289,9223372036854775807,1,0,0,0,0,0,0,0,0,0,0,0,0)]', '1,2,0,1,0,0,0,1[(24288,0,0,9223372036854775807,1,9223372036854775807,1,0,0,0,0,0,0,0,0)]', '1,2,0,1,0,0,1,24288,1,1[(24288,1,1)]', '1,2,0,1,0,0,1,24288,1,1000000[]']) AS x;
-- amounts that no numeric can hold
INSERT INTO malformed (type, x) VALUES ('retention_summary', '1,0,0,0,1,' || repeat('9', 131073) || ',0,0,0,0,0,0,0,0,0,0,0,0,0'), ('retention_summary', '1,0,0,0,1,0.' || repeat('0', 16383) || '1,0,0,0,0,0,0,0,0,0,0,0,0,0'),
	('retention_summary', '1,0,0,0,1,0.' || repeat('0', 16384) || '1,0,0,0,0,0,0,0,0,0,0,0,0,0');
SELECT type, left(x, 150) AS x, left(pg_temp.try(format('SELECT %L::%s', x, type)), 130) AS result FROM malformed ORDER BY id;
SELECT type, count(*) AS malformed, count(*) FILTER (WHERE NOT pg_temp.valid(x, type)) AS refused FROM malformed GROUP BY type ORDER BY type COLLATE "C";
SELECT count(*) FILTER (WHERE pg_temp.valid(x::text, 'retention_summary')) AS valid_summaries, (SELECT count(*) FROM histories WHERE pg_temp.valid(x::text, 'mrr_history')) AS histories, (SELECT count(*) FROM movement_values WHERE pg_temp.valid(x::text, 'mrr_movements')) AS movements FROM summaries;
-- a number of customers beyond bigint is none, also where it is a sum
SELECT pg_temp.try('SELECT closing_customers(''1,0,0,0,9223372036854775807,1,1,1,0,0,0,0,0,0,0,0,0,0,0'')'),
       pg_temp.try('SELECT closing_customers FROM movements(''1,2,0,1,0,0,1,24288,1,1[(24288,9223372036854775807,1,9223372036854775807,1,0,0,0,0,0,0,0,0,0,0)]'', ''2023-12-01'', ''2024-01-01'')');
-- what is not of a type is not of another one
SELECT count(*) FROM (SELECT x::text AS x, 'retention_summary' AS type FROM summaries UNION ALL SELECT x::text, 'mrr_history' FROM histories UNION ALL SELECT x::text, 'mrr_movements' FROM movement_values) AS v,
	unnest('{retention_summary,mrr_history,mrr_movements}'::text[]) AS other WHERE other <> type AND pg_temp.valid(x, other);
-- a message stays short, whatever is behind it
DO $$
BEGIN
	PERFORM (repeat('0', 100000))::retention_summary;
EXCEPTION WHEN invalid_text_representation THEN
	RAISE NOTICE 'short: %', length(sqlerrm) < 300;
END $$;
