-- stage_funnel: who gets how far.  Figures worked by hand stand in the comment before the query.
SET search_path = public, ccx;
SET datestyle = ISO;

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

\echo '-- Reached, converted, median'
-- Stages 10, 20 and 40; what is between them does not exist.  Ada 10 to 20 in 4 days (the first visit of each counts), 20 to
-- 40 in 30; Ben 10 to 20 on the same day; Cy 10 to 20 in 10 days; Dee 20 before 10: reached both, but did not go on;
-- Eve skips 20: no conversion of 10; Fay and the row without a stage.  10: 5 reached (Ada, Ben, Cy, Dee, Eve), 3 went on,
-- after 0, 4 and 10 days; 20: 4 reached, 1 went on; 40: Ada and Eve
CREATE TEMP TABLE steps (customer text, stage int, at date);
INSERT INTO steps VALUES ('Ada', 10, '2025-01-01'), ('Ada', 10, '2025-01-03'), ('Ada', 20, '2025-01-05'), ('Ada', 20, '2025-02-05'), ('Ada', 40, '2025-02-04'),
	('Ben', 20, '2025-01-07'), ('Ben', 10, '2025-01-07'), ('Cy', 10, '2025-01-10'), ('Cy', 20, '2025-01-20'), ('Dee', 10, '2025-03-01'), ('Dee', 20, '2025-02-01'),
	('Eve', 10, '2025-01-01'), ('Eve', 40, '2025-01-02'), ('Fay', NULL, '2025-01-01'), ('Gus', 20, NULL), (NULL, 10, '2025-01-01');
SELECT f.* FROM (SELECT stage_funnel(customer, stage, at) AS f FROM steps) AS s, unnest(f) AS f;
-- timestamps count as their date: from 23:59 to 00:01 is a day
SELECT stage_funnel(1, stage, at) FROM (VALUES (1, timestamp '2025-01-01 23:59'), (2, '2025-01-02 00:01')) AS v (stage, at);
-- the median is the least number of days in which half of those who went on did: of 1, 2, 3, 4 it is 2
SELECT stage_funnel(i, stage, date '2025-01-01' + CASE stage WHEN 2 THEN i ELSE 0 END) FROM generate_series(1, 4) AS i, generate_series(1, 2) AS stage;
-- by segment
SELECT customer < 'C' AS early, stage_funnel(customer, stage, at) FROM steps GROUP BY 1 ORDER BY 1;

\echo '-- NULL and no rows'
SELECT stage_funnel(customer, stage, at) FROM steps WHERE false;
SELECT stage_funnel(customer, stage, at) FROM steps WHERE customer IN ('Fay', 'Gus') OR customer IS NULL;

\echo '-- Bad input'
SELECT pg_temp.try(q) FROM unnest(ARRAY['SELECT stage_funnel(1, 1, now())', $$SELECT stage_funnel(1, 1, '2025-01-01')$$, $$SELECT stage_funnel(1, 1, date 'infinity')$$, $$SELECT stage_funnel(1, 1, timestamp '-infinity')$$, $$SELECT stage_funnel('x', 1, date '2025-01-01')$$]) AS q;

\echo '-- The same figures in plain SQL'
CREATE TEMP TABLE many AS
SELECT i * 7919 % 997 AS customer, i * 31 % 11 - 5 AS stage, date '2025-01-01' + i * 104729 % 400 AS at FROM generate_series(1, 9000) AS i;
CREATE FUNCTION pg_temp.plain() RETURNS text LANGUAGE sql AS $$
WITH first AS (SELECT customer, stage, min(at) AS at FROM many GROUP BY customer, stage),
     listed AS (SELECT stage, lead(stage) OVER (ORDER BY stage) AS next FROM (SELECT DISTINCT stage FROM first) AS d)
SELECT array_agg((stage, reached, converted, days) ORDER BY stage)::text
FROM (SELECT l.stage, count(*) AS reached, count(b.at) AS converted, percentile_disc(0.5) WITHIN GROUP (ORDER BY b.at - a.at) AS days
      FROM listed AS l JOIN first AS a USING (stage) LEFT JOIN first AS b ON b.customer = a.customer AND b.stage = l.next AND b.at >= a.at GROUP BY l.stage) AS f
$$;
SELECT stage_funnel(customer, stage, at)::text = pg_temp.plain() AS same, cardinality(stage_funnel(customer, stage, at)) AS stages FROM many;
-- keys of other types, another order, little memory
SELECT stage_funnel(customer::bigint, stage, at)::text = pg_temp.plain() AS bigint, stage_funnel(md5(customer::text), stage, at)::text = pg_temp.plain() AS text,
       stage_funnel(customer::numeric, stage, at)::text = pg_temp.plain() AS numeric, stage_funnel(customer, stage, at ORDER BY at DESC)::text = pg_temp.plain() AS ordered FROM many;
SET work_mem = '64kB';
SELECT stage_funnel(customer, stage, at)::text = pg_temp.plain() AS spilled FROM many;
RESET work_mem;
-- over a window the state goes on being used
SELECT n, stage_funnel(customer, stage, at) OVER (ORDER BY n) FROM (SELECT row_number() OVER (ORDER BY at, stage) AS n, * FROM steps WHERE customer = 'Ada') AS s ORDER BY n;

\echo '-- Many different durations'
-- customer i takes i days to stage 2 and 2i to stage 3; by hand: the middle one of 3000 is the 1500th
SELECT stage_funnel(i, stage, date '2025-01-01' + CASE stage WHEN 1 THEN 0 WHEN 2 THEN i ELSE 3 * i END) FROM generate_series(1, 3000) AS i, generate_series(1, 3) AS stage;
