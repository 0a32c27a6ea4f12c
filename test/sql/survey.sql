-- Surveys: NPS, CSAT and CES.  Figures worked by hand stand in the comment before the query.
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

\echo '-- Every metric and accessor'
-- 0 to 10 once each, and one who did not answer: promoters 2, passives 2, detractors 7 of 11; 100 * (2 - 7) / 11
CREATE TEMP TABLE answers AS SELECT generate_series(0, 10)::numeric AS score UNION ALL SELECT NULL;
CREATE TEMP TABLE s AS SELECT survey_agg(score, 'nps') AS s FROM answers;
SELECT nps(score) FROM answers;
SELECT nps(s), promoters(s), passives(s), detractors(s), responses(s), skipped_rows(s) FROM s;
-- the share of promoters is not NPS: 2/11
SELECT round(promoters(s)::numeric / responses(s), 4) AS promoter_share FROM s;
SELECT s, jsonb_pretty(describe(s)) FROM s;
-- 1, 2, 4, 5 and no answer: 2/4; from 5 on 1/4; from 2 on 3/4; mean 12/4 = 3, which is not CSAT
CREATE TEMP TABLE five (score int);
INSERT INTO five VALUES (1), (2), (4), (5), (NULL);
SELECT csat(score), csat(score, 4) AS usual, csat(score, 5) AS top, csat(score, 2) AS low, csat(score, 1) AS everybody,
       csat(survey_agg(score, '1-5')) AS stored, csat(survey_agg(score, '1-5'), 5) AS stored_top, ces(score, '1-5') AS mean
FROM five;
-- 1, 5, 6, 7, 7: mean 26/5 = 5.2, easy 4/5
SELECT ces(score), ces(score, '1-7') AS told, ces(survey_agg(score, '1-7')) AS stored, ces_easy(survey_agg(score, '1-7')), responses(survey_agg(score, '1-7'))
FROM unnest('{1,5,6,7,7}'::int[]) AS score;
-- exact: 1/3 has 20 decimals, 1/2 has one; 3.00 is 3
SELECT csat(score), nps(score) FROM unnest('{1,2,4}'::int[]) AS score;
SELECT ces(score), csat(score) FROM unnest('{3.00,4,4.0,5}'::numeric[]) AS score;
SELECT pg_typeof(nps(s)), pg_typeof(promoters(s)), pg_typeof(responses(s)), pg_typeof(skipped_rows(s)) FROM s;

\echo '-- The interval of NPS'
-- 40 promoters, 40 passives, 20 detractors; at each end the difference from NPS 20 is 1.959964 standard errors of an NPS
-- that is at this end, with the most likely share of detractors q: at 4.913130342 the variance of an answer is 0.5925
SELECT round(low::numeric, 9) AS low, round(high::numeric, 9) AS high, n
FROM (SELECT survey_agg(CASE WHEN i <= 40 THEN 10 WHEN i <= 80 THEN 8 ELSE 3 END, 'nps') AS s FROM generate_series(1, 100) AS i) AS t, nps_ci(s);
SELECT round(low::numeric, 9) AS low, round(high::numeric, 9) AS high, level
FROM (SELECT survey_agg(CASE WHEN i <= 40 THEN 10 WHEN i <= 80 THEN 8 ELSE 3 END, 'nps') AS s FROM generate_series(1, 100) AS i) AS t,
     unnest('{0.5,0.9,0.95,0.99,0.999}'::float8[]) AS level, nps_ci(s, level);
-- two answers are enough, one is not; the interval ends at -100 and 100, and is not empty where all are alike
SELECT n_answers, ci.* FROM (VALUES (0, NULL::numeric[]), (1, '{10}'), (2, '{10,0}'), (3, '{10,9,10}'), (4, '{7,7,8,8}'), (5, '{0,1,2,3,4}')) AS v (n_answers, scores),
     LATERAL (SELECT survey_agg(score, 'nps') AS s FROM unnest(coalesce(scores, '{NULL}')) AS score) AS t, nps_ci(s) AS ci ORDER BY 1;
-- turned round, promoters for detractors, the interval is turned round to the last bit, and has the NPS in it
SELECT count(*), bool_and(ci.low = -turned.high AND ci.high = -turned.low) AS turned, bool_and(nps(s) BETWEEN ci.low AND ci.high) AS inside
FROM generate_series(0, 12) AS plus, generate_series(0, 12 - plus) AS minus,
     LATERAL (SELECT survey_agg(CASE WHEN i <= plus THEN 10 WHEN i <= plus + minus THEN 0 ELSE 7 END, 'nps') AS s,
                     survey_agg(CASE WHEN i <= plus THEN 0 WHEN i <= plus + minus THEN 10 ELSE 7 END, 'nps') AS t FROM generate_series(1, 12) AS i) AS both_ways,
     nps_ci(s) AS ci, nps_ci(t) AS turned;
SELECT pg_temp.try(format('SELECT nps_ci(s, %s) FROM s', level)) FROM unnest('{0,1,-1,95,"NULL","''NaN''"}'::text[]) AS level;

\echo '-- NULL, no rows, no answers'
SELECT nps(score), csat(score), csat(score, 4), ces(score), ces(score, '1-7'), survey_agg(score, 'nps') FROM answers WHERE false;
SELECT nps(NULL::int), csat(NULL::int), csat(NULL::int, 4), ces(NULL::int), ces(NULL::int, '1-5');
SELECT responses(s), skipped_rows(s), promoters(s), nps(s), s FROM (SELECT survey_agg(NULL, 'nps') AS s FROM generate_series(1, 3)) AS t;
SELECT nps(NULL::survey_summary), csat(NULL::survey_summary), csat(NULL::survey_summary, 4), ces(NULL::survey_summary), ces_easy(NULL::survey_summary), responses(NULL::survey_summary), describe(NULL::survey_summary), nps_ci(NULL::survey_summary);

\echo '-- Off the scale'
SELECT pg_temp.try(q) FROM unnest(ARRAY['SELECT nps(11)', 'SELECT nps(-1)', 'SELECT nps(9.5)', 'SELECT nps(10.00000000000000000000001)', 'SELECT nps(1e30)', 'SELECT nps(1e-30)',
	'SELECT csat(0)', 'SELECT csat(6)', 'SELECT csat(0, 5)', 'SELECT ces(0)', 'SELECT ces(8)', $$SELECT ces(6, '1-5')$$, $$SELECT survey_agg(0, '1-7')$$,
	$$SELECT nps('NaN'::numeric)$$, $$SELECT nps('infinity'::numeric)$$, $$SELECT ces('-infinity'::numeric)$$]) AS q;

\echo '-- Options'
SELECT pg_temp.try(q) FROM unnest(ARRAY[$$SELECT survey_agg(1, 'NPS')$$, $$SELECT survey_agg(1, '1-10')$$, $$SELECT survey_agg(1, '')$$, $$SELECT survey_agg(1, NULL)$$, $$SELECT survey_agg(NULL, 'x')$$,
	$$SELECT ces(1, 'nps')$$, $$SELECT ces(NULL, 'nps')$$, $$SELECT ces(1, NULL)$$, 'SELECT csat(1, 0)', 'SELECT csat(1, 6)', 'SELECT csat(1, NULL)', $$SELECT csat(survey_agg(1, '1-5'), 6)$$,
	$$SELECT survey_agg(1, scale) FROM unnest('{1-5,1-7}'::text[]) AS scale$$, $$SELECT survey_agg(NULL, scale) FROM unnest('{nps,1-7}'::text[]) AS scale$$,
	'SELECT csat(1, top) FROM generate_series(3, 4) AS top', $$SELECT ces(1, scale) FROM unnest('{1-5,1-7}'::text[]) AS scale$$]) AS q;

\echo '-- An accessor of another scale'
SELECT pg_temp.try(format('SELECT %s FROM (SELECT survey_agg(1, %L) AS s) AS t', call, scale))
FROM unnest('{nps,1-5,1-7}'::text[]) WITH ORDINALITY AS x (scale, i), unnest('{nps(s),nps_ci(s),csat(s),"csat(s, 5)",ces(s),ces_easy(s),promoters(s),passives(s),detractors(s),responses(s)}'::text[]) WITH ORDINALITY AS c (call, j)
ORDER BY i, j;

\echo '-- Rolling up'
SELECT rollup(s), rollup(s) = (SELECT s FROM s) AS same, nps(rollup(s))
FROM (SELECT survey_agg(score, 'nps') AS s FROM answers GROUP BY score % 3) AS parts;
SELECT rollup(x) IS NULL AS none, rollup(x) FILTER (WHERE false) IS NULL AS no_rows FROM (VALUES (NULL::survey_summary)) AS v (x);
SELECT pg_temp.try($$SELECT rollup(s) FROM (SELECT survey_agg(1, '1-5') UNION ALL SELECT survey_agg(1, '1-7')) AS v (s)$$);
-- the state of csat(score, top) may travel as a value
SELECT s, csat(s), rollup(s) OVER () = s AS itself FROM (SELECT survey_accum_csat(survey_accum_csat(NULL, 5, 5), 4, 5) AS s) AS t;
SELECT pg_temp.try('SELECT survey_combine(survey_accum_csat(NULL, 5, 5), survey_accum_csat(NULL, 5, 4))');
-- six answers in one query
SELECT nps(score), responses(survey_agg(score, 'nps')), csat(least(greatest(score, 1), 5)), ces(least(greatest(score, 1), 7)), ces(least(greatest(score, 1), 5), '1-5') FROM answers;
-- over a window; the last three answers
SELECT score, round(nps(score) OVER (ORDER BY score DESC NULLS LAST ROWS 2 PRECEDING), 2) AS nps FROM answers ORDER BY score DESC NULLS LAST LIMIT 6;

\echo '-- The type'
CREATE TEMP TABLE summaries AS
SELECT row_number() OVER () AS id, x FROM (SELECT survey_agg(i % 11, 'nps') AS x FROM generate_series(1, 1000) AS i UNION ALL SELECT survey_agg(NULL, '1-7')
	UNION ALL SELECT survey_agg(5, '1-5') UNION ALL SELECT survey_accum_csat(NULL, 1, 2) UNION ALL SELECT '1,0,9223372036854775807,9223372036854775807,0,0,0,0,0,0,0,0,0,0') AS v;
SELECT id, x, survey_summary_send(x), x::text::survey_summary = x AS text FROM summaries ORDER BY id;
SELECT count(DISTINCT x), count(DISTINCT survey_summary_hash(x)) AS hashes, max(x::text COLLATE "C") FROM summaries;
SELECT pg_temp.try(format('SELECT %L::survey_summary', x)) FROM unnest(ARRAY['', '1', '2,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,0,0,0,0,0,0,0,0,0', '1,0,0,0,0,0,0,0,0,0,0,0,0,0,0', '1,3,0,0,0,0,0,0',
	'1,1,6,0,0,0,0,0,0', '1,1,0,-1,0,0,0,0,0', '1,1,0,0,0,0,-1,0,0', '1,1,0,0,9223372036854775807,1,0,0,0', '1,2,0,0,0,0,0,0,0,x']) AS x;
SELECT pg_temp.try($$SELECT rollup(x) FROM summaries WHERE x::text LIKE '1,0%'$$);
-- order and split of rows do not show
SELECT count(DISTINCT x::text) FROM (SELECT survey_agg(score, 'nps' ORDER BY score * f % 11) AS x FROM answers, generate_series(1, 5) AS f GROUP BY f) AS v;
