-- Health scores.  Figures worked by hand stand in the comment before the query.
SET search_path = public, ccx;

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

\echo '-- scale_linear'
-- a quarter of the way, the ends, beyond them, and where less is better
SELECT scale_linear(5, 0, 20), scale_linear(0, 0, 20) AS worst, scale_linear(20, 0, 20) AS best, scale_linear(-0.01, 0, 20) AS below, scale_linear(1e30, 0, 20) AS above,
       scale_linear(5, 20, 0) AS less_is_better, scale_linear(21, 20, 0) AS worse, scale_linear(-1, 20, 0) AS better;
-- 100 * 1/3 and 100 * 2/3, rounded half away from zero at 20 decimals; -20 of -30 to 10
SELECT scale_linear(1, 0, 3), scale_linear(2, 0, 3), scale_linear(-20, -30, 10), scale_linear(1e-25, 0, 2e-25), scale_linear(1e40, 0, 4e40), scale_linear(0.1, 0.1, 1e40);
SELECT scale_linear(NULL, 0, 1), scale_linear(1, NULL, 1), scale_linear(1, 0, NULL), scale_linear(NULL, 1, 1), pg_typeof(scale_linear(1, 0, 2));
SELECT pg_temp.try(q) FROM unnest(ARRAY['SELECT scale_linear(1, 2, 2.0)', $$SELECT scale_linear('NaN', 0, 1)$$, $$SELECT scale_linear(1, '-infinity', 1)$$, $$SELECT scale_linear(1, 0, 'infinity')$$]) AS q;

\echo '-- scale_steps'
-- a cut belongs to the step that it ends
SELECT x, scale_steps(x, '{0,10,30}', '{100,70,30.50,0}') FROM unnest('{-5,0,0.01,10,10.000001,30,31,1e50}'::numeric[]) AS x;
SELECT scale_steps(5, '{}', '{40}') AS no_cut, scale_steps(NULL, '{1}', '{0,100}'), scale_steps(1, NULL, '{0,100}'), scale_steps(1, '{1}', NULL);
SELECT pg_temp.try(format('SELECT scale_steps(1, %L, %L)', cuts, scores)) FROM (VALUES ('{1,2}', '{0,100}'), ('{1}', '{0,50,100}'), ('{1}', '{}'), ('{2,1}', '{0,50,100}'), ('{1,1.0}', '{0,50,100}'), ('{1,NULL}', '{0,50,100}'),
	('{1}', '{0,NULL}'), ('{1}', '{0,101}'), ('{1}', '{-0.5,100}'), ('{NaN}', '{0,100}'), ('{1}', '{0,NaN}'), ('{infinity}', '{0,100}'), ('{{1},{2}}', '{0,50,100}'), ('{1}', '{{0},{100}}')) AS v (cuts, scores);
SELECT pg_temp.try($$SELECT scale_steps('NaN', '{1}', '{0,100}')$$);

\echo '-- scale_logistic'
-- 50 in the middle; 100 / (1 + e^-1) = 73.1058578630; with another sign the rest to 100; the ends
SELECT scale_logistic(7, 7, 2), scale_logistic(8, 7, 1), scale_logistic(8, 7, -1), scale_logistic(9, 7, 0.5) AS same, scale_logistic(107, 7, 1) AS at_end, scale_logistic(108, 7, 1) AS above, scale_logistic(-94, 7, 1) AS below, scale_logistic(1e50, 0, -1e50) AS far;
-- ten decimals, and of the tail what they show: 100 / (1 + e^25) = 0.00000000138..., e^30 too little
SELECT scale_logistic(-25, 0, 1), scale_logistic(25, 0, 1), scale_logistic(-30, 0, 1), scale_logistic(0.1, 0.05, 0.3);
-- as the formula says with many places, whatever places the arguments come with
SELECT count(*), count(*) FILTER (WHERE scale_logistic(x, 0, slope) = round(100 / (1 + exp(round(-slope * x, 60))), 10)) AS agree, count(DISTINCT scale_logistic(x, 0, slope)) > 150 AS differ
FROM (SELECT round(i * 0.37 - 40, i % 5) AS x, (CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END) * round(1 + i / 77.0, i % 9) AS slope FROM generate_series(1, 400) AS i) AS t WHERE abs(slope * x) < 100;
SELECT scale_logistic(NULL, 0, 1), scale_logistic(1, NULL, 1), scale_logistic(1, 0, NULL);
SELECT pg_temp.try(q) FROM unnest(ARRAY['SELECT scale_logistic(1, 0, 0.00)', $$SELECT scale_logistic('NaN', 0, 1)$$, $$SELECT scale_logistic(1, 'infinity', 1)$$, $$SELECT scale_logistic(1, 0, '-infinity')$$]) AS q;

\echo '-- The score in one step'
-- (80 * 3 + 40 * 2) / 5 = 64: the missing one gives its weight to the others, weight 0 has none
SELECT health_score(score, weight) FROM (VALUES (80, 3), (40, 2), (NULL, 5), (0, 0)) AS v (score, weight);
-- outside 0 to 100 counts as 0 or 100: (100 + 0 + 50) / 3
SELECT health_score(score, 1) FROM unnest('{120,-1,50}'::numeric[]) AS score;
-- none: no rows, no score, no weight
SELECT health_score(score, weight) FILTER (WHERE false) AS no_rows, health_score(NULL, weight) AS no_score, health_score(score, 0) AS no_weight FROM (VALUES (80, 3)) AS v (score, weight);
-- as plain SQL says it, in numbers of many sizes and places
SELECT count(*), count(*) FILTER (WHERE ccx IS NOT DISTINCT FROM plain) AS agree
FROM (SELECT g, health_score(s, w) AS ccx,
             CASE WHEN sum(w) FILTER (WHERE s IS NOT NULL) > 0 THEN trim_scale(round(div(2 * 1e20 * sum(w * least(greatest(s, 0), 100)) + sum(w) FILTER (WHERE s IS NOT NULL), 2 * sum(w) FILTER (WHERE s IS NOT NULL)) * 1e-20, 20)) END AS plain
      FROM (SELECT g, CASE (g * 7 + i * 3) % 11 WHEN 0 THEN NULL WHEN 1 THEN -5 WHEN 2 THEN 130.5 WHEN 3 THEN i * 1e-22 WHEN 4 THEN i * 1e-20 WHEN 5 THEN 1e40 WHEN 6 THEN round(100.0 * i / 7, 20) ELSE i * 7 % 100 + 0.25 END AS s,
                   CASE (g * 5 + i) % 7 WHEN 0 THEN 0 WHEN 1 THEN i * (10::numeric ^ (g % 40)) WHEN 2 THEN i * 1e-22 WHEN 3 THEN 0.35 ELSE i END AS w
            FROM generate_series(1, 300) AS g, generate_series(1, 12) AS i WHERE i <= g % 13) AS t GROUP BY g) AS t;
-- over a window
SELECT i, health_score(i * 10, i) OVER (ORDER BY i ROWS 1 PRECEDING) FROM generate_series(1, 4) AS i;
SELECT pg_temp.try(q) FROM unnest(ARRAY['SELECT health_score(50, NULL)', 'SELECT health_score(NULL::numeric, NULL)', 'SELECT health_score(50, -1)', 'SELECT health_score(NULL, -0.1)', 'SELECT health_score(50, -1e50)', $$SELECT health_score('NaN'::numeric, 1)$$,
	$$SELECT health_score('infinity'::numeric, 0)$$, $$SELECT health_score(50, 'NaN'::numeric)$$, $$SELECT health_score(NULL, 'infinity'::numeric)$$, 'SELECT health_score(1e-16383, 1e-16383)']) AS q;

\echo '-- A customer'
CREATE TEMP TABLE signals (customer text, signal text, score numeric, weight numeric);
INSERT INTO signals VALUES
	('Acorn', 'usage', 90, 40), ('Acorn', 'tickets', 60, 20), ('Acorn', 'nps', NULL, 20), ('Acorn', 'sponsor', 100, 20),
	('Birch', 'usage', 20, 40), ('Birch', 'tickets', 110, 20), ('Birch', 'nps', 0, 20), ('Birch', 'sponsor', NULL, 20), ('Birch', NULL, 50, 20),
	('Cedar', 'usage', NULL, 40), ('Cedar', 'tickets', NULL, 20),
	('Dale', NULL, NULL, NULL),
	('Elm', 'usage', 70, 0), ('Elm', 'logins', 30, 0);
CREATE TEMP TABLE h AS SELECT customer, health_agg(signal, score, weight) AS h FROM signals GROUP BY customer;
-- Acorn (3600 + 1200 + 2000) / 80 = 85, 80 of 100 present; Birch (800 + 2000 + 0) / 80 = 35
SELECT customer, health_score(h), health_coverage(h), health_band(h), health_customers(h), skipped_rows(h), clamped_signals(h) FROM h ORDER BY 1;
SELECT customer, h FROM h ORDER BY 1;
SELECT jsonb_pretty(describe(h)) FROM h WHERE customer = 'Birch';
-- enough coverage is what is at least as much as asked for
SELECT customer, health_score(h, 0.8), health_score(h, 0.80000001) AS more, health_score(h, min_coverage => 1) AS whole, health_score(h, NULL) FROM h WHERE customer IN ('Acorn', 'Cedar') ORDER BY 1;
SELECT pg_temp.try(format('SELECT health_score(h, %s) FROM h WHERE customer = ''Acorn''', c)) FROM unnest('{-0.1,1.01,60,"''NaN''"}'::text[]) AS c;
SELECT pg_typeof(health_score(h)), pg_typeof(health_coverage(h)), pg_typeof(health_band(h)), pg_typeof(health_customers(h)) FROM h LIMIT 1;
SELECT health_score(NULL::health_summary), health_coverage(NULL), health_band(NULL::health_summary), health_customers(NULL), skipped_rows(NULL::health_summary), clamped_signals(NULL), describe(NULL::health_summary), health_agg(signal, score, weight) FROM signals WHERE false;

\echo '-- Drivers'
-- Acorn: usage (4000 - 3600) / 80 = 5, tickets 800 / 80 = 10; 15 = 100 - 85.  Where there is no score nothing is lost
SELECT customer, d.* FROM h, health_drivers(h) WITH ORDINALITY AS d ORDER BY customer, ordinality;
SELECT * FROM health_drivers(NULL);
-- thirds: 20 decimals each do not add up to 100 - score, so that the largest takes the rest; of equal ones the first
SELECT d.*, round(100 - health_score(h), 20) = sum(points_lost) OVER () AS adds_up
FROM (SELECT health_agg(s, x, 1) AS h FROM (VALUES ('a', 50), ('b', 49), ('c', 0), ('é', 0), ('Z', 100), ('aa', 50)) AS v (s, x)) AS t, health_drivers(h) AS d;
SELECT * FROM (SELECT health_agg(s, 0, 1) AS h FROM unnest('{c,b,a}'::text[]) AS s) AS t, health_drivers(h);
-- they add up, digit by digit
SELECT count(*), count(*) FILTER (WHERE lost = 100 - score) AS add_up, count(DISTINCT score) > 450 AS differ, count(*) FILTER (WHERE NOT ordered) AS disorder
FROM (SELECT g, health_score(h) AS score, (SELECT sum(points_lost) FROM health_drivers(h)) AS lost,
             (SELECT array_agg(signal ORDER BY ordinality) = array_agg(signal ORDER BY points_lost DESC, signal COLLATE "C") FROM health_drivers(h) WITH ORDINALITY) AS ordered
      FROM (SELECT g, health_agg('s' || i, CASE WHEN (g + i) % 5 > 0 THEN g * i * 13 % 101 END, 1 + g * i % 17) AS h FROM generate_series(1, 500) AS g, generate_series(1, 7) AS i GROUP BY g) AS t) AS t WHERE score IS NOT NULL;

\echo '-- Bands'
-- the first from 0 to the first cut, each next without its lower end
SELECT score, health_band(score), health_band(score, '{30,50,75,90}', '{E,D,C,B,A}') AS five, health_band(score, '{}', '{all}') AS one FROM unnest('{0,30,30.01,50,50.00000001,75,75.01,100,NULL}'::numeric[]) AS score;
SELECT customer, health_band(h, '{35,85}') AS at_cuts, health_band(h, names => '{1,2,3}', cuts => '{34.99,84.99}') AS above FROM h ORDER BY 1;
SELECT pg_temp.try(format('SELECT health_band(40, %s)', a)) FROM unnest(ARRAY[$$'{30,50,75}'$$, $$'{50}'$$, $$'{50}', '{red}'$$, $$'{50}', '{red,NULL}'$$, $$'{75,50}'$$, $$'{50,50}'$$, $$'{50,NULL}'$$, $$'{50,NaN}'$$, $$'{50}', '{{red,green}}'$$, 'NULL', $$'{50}', NULL$$]) AS a;
SELECT pg_temp.try($$SELECT health_band('NaN'::numeric)$$), pg_temp.try($$SELECT health_band(h, '{50}') FROM h WHERE customer = 'Acorn'$$);

\echo '-- Wrong rows'
SELECT pg_temp.try(q) FROM unnest(ARRAY[$$SELECT health_agg(s, 1, 1) FROM unnest('{usage,tickets,usage}'::text[]) AS s$$, $$SELECT health_agg('x', s, 1) FROM unnest('{NULL,1}'::int[]) AS s$$, $$SELECT health_agg(s, 1e50, 1e50) FROM unnest('{usage,usage}'::text[]) AS s$$,
	$$SELECT health_agg('usage', 1, NULL)$$, $$SELECT health_agg('usage', NULL, -1)$$, $$SELECT health_agg('usage', 'NaN', 1)$$, $$SELECT health_agg('usage', 1, 'infinity')$$, $$SELECT health_agg(repeat('ü', 64), 1, 1)$$, $$SELECT health_agg('s' || i, 1, 1) FROM generate_series(1, 1001) AS i$$]) AS q;
-- that many signals, and names that long, there may be; a name may be any text
SELECT health_customers(h), length(h::text) > 15000 AS long, health_score(h) FROM (SELECT health_agg('s' || i, i % 100, 1) AS h FROM generate_series(1, 1000) AS i) AS t;
SELECT signal = repeat('ü', 63) || 'x' AS same, score FROM (SELECT health_agg(repeat('ü', 63) || 'x', 12, 1) AS h) AS t, health_drivers(h);
SELECT h, h::text::health_summary = h AS same FROM (SELECT health_agg(s, 12, 1) AS h FROM unnest(ARRAY['', ' ', 'a"b\c', 'a,b[](d)', E'line\nfeed', 'Größe', 'x', 'xxxxxxxx', 'xxxxxxxxx']) AS s) AS t;

\echo '-- Rolling up'
-- usage 4400 of 80 and 40 missing; the whole (6800 + 2800) / 160 = 60 by weight, not the mean of customers
SELECT r, health_score(r), health_coverage(r), health_customers(r), skipped_rows(r), clamped_signals(r) FROM (SELECT rollup(h) AS r FROM h) AS t;
SELECT d.* FROM (SELECT rollup(h) AS r FROM h) AS t, health_drivers(r) AS d;
SELECT rollup(x) IS NULL AS none, rollup(x) FILTER (WHERE false) IS NULL AS no_rows FROM (VALUES (NULL::health_summary)) AS v (x);
SELECT rollup(x) = (SELECT rollup(h) FROM h) AS same FROM (SELECT rollup(h) AS x FROM h GROUP BY customer < 'Cedar' UNION ALL SELECT NULL) AS t;
-- the state of the one-step score is a summary of rows without a signal
SELECT health_accum_score(health_accum_score(NULL, 50, 2), NULL, 1);
-- partial states of one customer combine, unless they share a signal; those of several do not
SELECT health_combine(health_accum(NULL, 'b', 1, 2), health_accum(NULL, 'a', 3, 4)), health_combine(health_accum(NULL, 'b', 1, 1e50), health_accum(health_accum(NULL, NULL, 1, 1), 'c', 120, 1e-30));
SELECT pg_temp.try(q) FROM unnest(ARRAY[$$SELECT health_combine(health_accum(NULL, 'a', 1, 2), health_accum(NULL, 'a', 3, 4))$$, $$SELECT health_combine(health_accum(NULL, 'a', 1, 1e50), health_accum(NULL, 'a', 3, 4))$$, $$SELECT health_combine(health_accum(NULL, 'a', 1, 1), health_accum(NULL, 'a', 3, 1e50))$$,
	$$SELECT health_combine(rollup(h), rollup(h)) FROM h$$, $$SELECT health_accum(rollup(h), 'new', 1, 1) FROM h$$]) AS q;

\echo '-- Numbers of any size'
-- scores and weights that get finer and larger on the way; the order of rows does not show
SELECT count(DISTINCT x::text), count(DISTINCT r::text) AS rolled, max(x::text COLLATE "C") AS x, max(r::text COLLATE "C") AS r
FROM (SELECT f, health_agg(s, x, w ORDER BY i * f % 11) AS x FROM (VALUES (1, 'a', 1, 1), (2, 'b', 0.5, 0.25), (3, 'c', 1e-9, 3), (4, 'd', 33.33333333333333333333, 1e-12), (5, 'e', 1e-21, 1), (6, 'f', 50, 1e33), (7, 'g', 12.5, 1e31), (8, 'h', NULL, 1e-25), (9, 'i', 1e50, 2)) AS v (i, s, x, w), generate_series(1, 5) AS f GROUP BY f) AS v,
     LATERAL (SELECT rollup(health_agg ORDER BY i * f % 11) AS r FROM (SELECT i, health_agg('s' || i % 2, i * ('1e' || 5 * (i - 5))::numeric, ('1e' || 7 * (5 - i))::numeric) FROM generate_series(1, 9) AS i GROUP BY i) AS p) AS r;
-- sums that leave 128 bits on the way
SELECT health_score(99.5, 9e31), health_score(99.99999999999999999999, 9e31) AS fine FROM generate_series(1, 100);
SELECT r, r = (SELECT rollup(h) FROM (SELECT health_agg('s', 99.5, 9e31) AS h FROM generate_series(1, 30000) AS i GROUP BY i) AS t) AS same FROM (SELECT '1,30000,0,0,1[("s",30000,2700000000000000000000000000000000000,268650000000000000000000000000000000000,0)]'::health_summary AS r) AS t;

\echo '-- The type'
CREATE TEMP TABLE summaries AS
SELECT row_number() OVER () AS id, x FROM ((SELECT h AS x FROM h ORDER BY customer) UNION ALL SELECT rollup(h) FROM h UNION ALL SELECT health_agg('s' || i, i * 1e-25, 1e50) FROM generate_series(1, 3) AS i UNION ALL SELECT '1,9223372036854775807,9223372036854775807,1,1[("",9223372036854775806,1,100,1,0)]') AS v;
SELECT id, health_summary_send(x), x::text::health_summary = x AS text FROM summaries ORDER BY id;
SELECT count(DISTINCT x), count(DISTINCT health_summary_hash(x)) AS hashes, count(*) FILTER (WHERE x = (SELECT rollup(h) FROM h)) FROM summaries;
SELECT pg_temp.try(format('SELECT %L::health_summary', x)) FROM unnest(ARRAY['', '1', '2,1,0,0,0[]', '1,1,0,0', '1,0,0,0,0[]', '1,1,0,0,0[]', '1,-1,0,0,0[]', '1,1,-1,0,0[]', '1,1,0,1,0[]', '1,1,0,0,1[]', '1,1,0,0,1[("a",0,0)]', '1,1,0,0,1[("a",1,1,100,0)]', '1,1,0,0,1[("a",1,1,101,0)]', '1,1,0,0,1[("a",1,1,-1,0)]', '1,1,0,0,1[("a",1,-1,0,0)]', '1,1,0,0,1[("a",0,1,-1)]',
	'1,1,0,0,1[("a",1,0,1,0)]', '1,1,0,0,1[("a",1,0,0,1,1)]', '1,2,0,0,1[("a",1,0,0,1,1)]', '1,2,0,0,1[("a",2,0,0,1,1)]', '1,1,0,0,2[("a",1,1,100,0),("a",1,1,100,0)]', '1,1,0,0,2[("b",1,1,100,0),("a",1,1,100,0)]', '1,1,0,2,1[("a",1,1,100,0)]', '1,1,0,0,1[(a,1,1,100,0)]', '1,1,0,0,1001[' || rtrim(repeat('("a",0,1,1),', 1001), ',') || ']', '1,1,0,0,0[]x']) AS x;
