-- MRR over time: movements per period, worked by hand, and one block for each question
-- about time that the definitions settle, named after it.
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

-- the amounts of a bridge in few columns: new, reactivation, expansion, contraction, churn
CREATE FUNCTION pg_temp.bridge(m mrr_movements, observed_from date DEFAULT NULL, observed_to date DEFAULT NULL,
	OUT period date, OUT opening numeric, OUT new numeric, OUT react numeric, OUT expan numeric, OUT contr numeric, OUT churn numeric,
	OUT closing numeric, OUT nrr numeric, OUT grr numeric) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT period, opening_mrr, new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr, closing_mrr, round(nrr, 4), round(grr, 4)
	FROM movements(m, observed_from, observed_to) $$;

\echo '-- A bridge by hand'
-- customer  Jan  Feb  Mar  Apr  May  Jun
--    A      100  100  100  150  150  150   expansion in April
--    B       50    0   70   70   70   70   churn in February, back in March with 70
--    C        0    0   30   20   20   20   new in March, contraction in April
--    D       10   10   10   10    0    0   churn in May
CREATE TEMP TABLE paid (customer text, month date, mrr numeric);
INSERT INTO paid
SELECT customer, date '2024-01-01' + (n - 1) * interval '1 month', mrr
FROM (VALUES ('A', '{100,100,100,150,150,150}'::numeric[]), ('B', '{50,0,70,70,70,70}'), ('C', '{0,0,30,20,20,20}'), ('D', '{10,10,10,10,0,0}')) AS v (customer, amounts),
     unnest(amounts) WITH ORDINALITY AS a (mrr, n);
CREATE TEMP TABLE customers AS SELECT customer, mrr_history(month, mrr) AS h FROM paid GROUP BY customer;
CREATE TEMP TABLE company AS SELECT mrr_movements_agg(h) AS m FROM customers;
\x on
SELECT f.* FROM company, movements(m) AS f;
\x off
-- the bridge adds up, in amounts and in customers, and every opening is the closing before
SELECT bool_and(closing_mrr = opening_mrr + new_mrr + reactivation_mrr + expansion_mrr - contraction_mrr - churned_mrr) AS amounts,
       bool_and(closing_customers = opening_customers + new_customers + reactivation_customers - churned_customers) AS counts,
       bool_and(opening_mrr = before) AS chained
FROM (SELECT f.*, lag(closing_mrr, 1, opening_mrr) OVER (ORDER BY period) AS before FROM company, movements(m) AS f) AS f;
-- the same in one step by retention_agg, from the two months side by side
SELECT period, nrr IS NOT DISTINCT FROM (SELECT nrr(o.mrr, c.mrr)
		FROM paid AS o JOIN paid AS c USING (customer) WHERE o.month = period - interval '1 month' AND c.month = period) AS same
FROM company, movements(m);

\echo '-- left edge'
-- what was before January is unknown: January is not emitted, as everybody would be new in it
SELECT min(period) AS first FROM company, movements(m);
SELECT period, new_mrr, opening_mrr FROM company, movements(m, '2024-01-01') LIMIT 1;
-- the source is known to reach back: then they are new
SELECT period, new_mrr, opening_mrr FROM company, movements(m, '2023-11-01') LIMIT 3;

\echo '-- right edge'
-- A group whose last customer left in March, in data that go on until June.  Omitted, March
-- is the end; the source's own window shows the churn in April, and nothing after it.
CREATE TEMP TABLE died AS SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(month, 40) AS h FROM (VALUES (date '2024-02-01'), ('2024-03-01')) AS v (month)) AS h;
SELECT 'omitted' AS window, b.* FROM died, pg_temp.bridge(m) AS b
UNION ALL SELECT 'source', b.* FROM died, pg_temp.bridge(m, '2024-01-01', '2024-06-01') AS b;
SELECT period, opening_customers, churned_customers, closing_customers, logo_retention FROM died, movements(m, '2024-01-01', '2024-06-01');

\echo '-- partial period'
-- a quarter counts when all three months are observed, a month when it is named at all
SELECT observed_to, (SELECT max(period) FROM movements(q, '2024-01-01', observed_to)) AS last_quarter,
       (SELECT max(period) FROM movements(m, '2024-01-01', observed_to)) AS last_month
FROM (SELECT mrr_movements_agg(h, 'quarter') AS q, mrr_movements_agg(h) AS m FROM (SELECT mrr_history(date '2023-01-01', NULL, 10) AS h) AS h) AS s,
     unnest('{2024-05-31,2024-06-01,2024-06-30,2024-07-01,2024-08-31,2024-09-01}'::date[]) AS observed_to;
SELECT observed_from, (SELECT min(period) FROM movements(q, observed_from, '2025-12-31')) AS first_quarter,
       (SELECT min(period) FROM movements(m, observed_from, '2025-12-31')) AS first_month
FROM (SELECT mrr_movements_agg(h, 'quarter') AS q, mrr_movements_agg(h) AS m FROM (SELECT mrr_history(date '2023-01-01', NULL, 10) AS h) AS h) AS s,
     unnest('{2024-02-29,2024-03-01,2024-03-31,2024-04-01}'::date[]) AS observed_from;

\echo '-- The observed window'
-- omitted, NULL, one side, any day of a month, beyond the data
SELECT w, string_agg(to_char(period, 'MM'), ' ' ORDER BY period) AS months
FROM company, (VALUES (1, NULL::date, NULL::date), (2, '2024-03-01', NULL), (3, NULL, '2024-03-31'), (4, '2024-02-15', '2024-04-15'),
                      (5, '2024-04-01', '2024-04-30'), (6, '2024-03-31', '2024-04-01'), (7, '2024-09-01', NULL), (8, NULL, '2023-01-01'), (9, '2024-06-01', '2024-08-01')) AS v (w, f, t)
     LEFT JOIN LATERAL movements(m, f, t) ON true
GROUP BY w ORDER BY w;
SELECT count(*) AS named FROM company, movements(m, observed_to => '2024-04-01');
SELECT count(*) AS same FROM company, movements(m) AS a JOIN movements(m, NULL) AS b USING (period) JOIN movements(m, NULL, NULL) AS c USING (period);
SELECT pg_temp.try(format('SELECT count(*) FROM company, movements(m, %s)', w))
FROM unnest(ARRAY['''2024-04-01'', ''2024-03-31''', '''-infinity''', '''2024-01-01'', ''infinity''', '''infinity'', ''-infinity''']) AS w;

\echo '-- Running customers need an end'
CREATE TEMP TABLE running AS SELECT mrr_movements_agg(h) AS m
FROM (SELECT mrr_history(date '2024-01-10', NULL, 30) UNION ALL SELECT mrr_history(date '2024-02-01', date '2024-04-01', 20)) AS h (h);
SELECT pg_temp.try('SELECT count(*) FROM running, movements(m)');
SELECT pg_temp.try('SELECT count(*) FROM running, movements(m, ''2024-01-01'', NULL)');
SELECT pg_temp.try('SELECT count(*) FROM running, retention_summaries(m)');
SELECT b.* FROM running, pg_temp.bridge(m, NULL, '2024-05-31') AS b;
-- for ever: a customer costs its changes, not its months
SELECT count(*), min(closing_mrr), max(closing_mrr) FROM running, movements(m, '2024-06-01', '2523-12-31');
-- one that has an end in the last month on record needs none
SELECT count(*) FROM (SELECT mrr_movements_agg(mrr_history) AS m FROM (SELECT mrr_history(date '2024-01-10', date '2024-04-01', 30)) AS h) AS s, movements(m);

\echo '-- quarter/year value'
-- the last month of the quarter, not the sum (2.5) or the mean: 10 20 30 40 50 60 is 30 to 60
CREATE TEMP TABLE rising AS SELECT mrr_history((date '2023-07-01' + i * interval '1 month')::date, 10 * i + 10) AS h FROM generate_series(0, 17) AS i;
SELECT b.* FROM (SELECT mrr_movements_agg(h, 'quarter') AS m FROM rising) AS s, pg_temp.bridge(m) AS b;
SELECT b.* FROM (SELECT mrr_movements_agg(h, 'year') AS m FROM rising) AS s, pg_temp.bridge(m) AS b;
-- what changes inside a period counts as it is on its last day: 100 + 7 on January 31,
-- 120 + 1 on February 29, nothing on March 31
SELECT b.* FROM (SELECT mrr_movements_agg(h) AS m
	FROM (SELECT mrr_history(valid_from, valid_to, mrr) AS h
	      FROM (VALUES (date '2024-01-01', date '2024-02-15', 100), ('2024-01-31', '2024-02-29', 7), ('2024-02-15', '2024-03-31', 120), ('2024-02-29', '2024-03-02', 1),
	                   ('2024-02-03', '2024-02-20', 999)) AS v (valid_from, valid_to, mrr)) AS h) AS s,
	pg_temp.bridge(m, '2023-12-01', '2024-04-30') AS b;

\echo '-- Churned and back inside the window'
-- Paid January, not February, paid March: by month lost and back, by quarter retained.
CREATE TEMP TABLE gap AS SELECT mrr_history(month, 100) AS h FROM unnest('{2023-12-01,2024-01-01,2024-03-01}'::date[]) AS month;
SELECT b.* FROM (SELECT mrr_movements_agg(h) AS m FROM gap) AS s, pg_temp.bridge(m) AS b;
SELECT b.* FROM (SELECT mrr_movements_agg(h, 'quarter') AS m FROM gap) AS s, pg_temp.bridge(m) AS b;
-- away from the 10th to the 20th: the month sees nothing of it
SELECT b.* FROM (SELECT mrr_movements_agg(h) AS m
	FROM (SELECT rollup(h) AS h FROM (SELECT mrr_history(date '2024-01-01', date '2024-02-10', 100) UNION ALL SELECT mrr_history(date '2024-02-20', date '2024-04-01', 100)) AS h (h)) AS h) AS s,
	pg_temp.bridge(m) AS b;

\echo '-- Seen: MRR on any day until the opening'
-- E paid in the middle of January, F in the middle of March before it stayed; both are there
-- from March on.  E was seen before the end of February, F only after it.
CREATE TEMP TABLE seen AS SELECT customer, mrr_history(valid_from, valid_to, mrr) AS h
FROM (VALUES ('E', date '2024-01-10', date '2024-01-20', 5), ('E', '2024-03-05', '2024-06-01', 50), ('F', '2024-03-02', '2024-03-10', 7), ('F', '2024-03-20', '2024-06-01', 70)) AS v (customer, valid_from, valid_to, mrr)
GROUP BY customer;
SELECT customer, b.* FROM (SELECT customer, mrr_movements_agg(h) AS m FROM seen GROUP BY customer) AS s, pg_temp.bridge(m, '2023-12-01', '2024-04-30') AS b
WHERE closing > 0 ORDER BY customer, period;
-- a negative amount is no MRR, so nobody is seen by it
SELECT period, new_mrr, reactivation_mrr FROM (SELECT mrr_movements_agg(h) AS m
	FROM (SELECT mrr_history(month, mrr) AS h FROM (VALUES (date '2024-01-01', -5), ('2024-03-01', 10)) AS v (month, mrr)) AS h) AS s,
	movements(m, '2024-01-01', '2024-03-01');
-- Over a span of a year: paid February and then from December on.  In December the opening
-- is a year before: new.  In February after: February to February.  In March after: back.
SELECT b.* FROM (SELECT mrr_movements_agg(h, 'month', 'year') AS m
	FROM (SELECT mrr_history(valid_from, valid_to, mrr) AS h FROM (VALUES (date '2023-02-01', date '2023-03-01', 5), ('2023-12-01', NULL, 8)) AS v (valid_from, valid_to, mrr)) AS h) AS s,
	pg_temp.bridge(m, '2022-01-01', '2025-01-31') AS b
WHERE period IN ('2023-01-01', '2023-02-01', '2023-03-01', '2023-12-01', '2024-01-01', '2024-02-01', '2024-03-01', '2024-11-01', '2024-12-01');

\echo '-- TTM NRR'
-- (100,100,100) (100,0,0) (0,100,300) in December, June and December: the cohort keeps half
-- of 200, while the months multiply to 1
CREATE TEMP TABLE ttm AS
SELECT customer, mrr_history(month::date, CASE WHEN month < '2024-06-01' THEN m0 WHEN month < '2024-12-01' THEN m1 ELSE m2 END) AS h
FROM (VALUES (1, 100, 100, 100), (2, 100, 0, 0), (3, 0, 100, 300)) AS v (customer, m0, m1, m2),
     generate_series(timestamp '2023-12-01', '2024-12-01', interval '1 month') AS month
GROUP BY customer;
SELECT period, nrr, grr, logo_retention, opening_mrr, closing_mrr FROM (SELECT mrr_movements_agg(h, 'month', 'year') AS m FROM ttm) AS s, movements(m);
SELECT count(*) AS months, compound(nrr) AS compounded FROM (SELECT mrr_movements_agg(h) AS m FROM ttm) AS s, movements(m);

\echo '-- TTM as average of four quarters'
-- Offered as nothing here: the average of the four trailing figures is another number.
-- Openings 200 400 200 200 a year before, of which 0 400 100 50 are left: 0, 1, 0.5, 0.25.
SELECT round(avg(nrr), 4) AS average_of_four, max(nrr) FILTER (WHERE period = '2024-10-01') AS trailing
FROM (SELECT mrr_movements_agg(h, 'quarter', 'year') AS m
      FROM (SELECT customer, mrr_history(valid_from, valid_to, mrr) AS h
            FROM (VALUES (1, date '2023-01-01', date '2024-02-01', 100), (2, '2023-01-01', '2023-07-01', 100), (3, '2023-04-01', '2023-09-30', 200), (3, '2024-05-01', '2024-07-01', 400),
                         (4, '2023-07-01', '2024-10-01', 100), (4, '2024-10-01', '2025-01-01', 50), (5, '2024-02-01', '2024-05-01', 77)) AS v (customer, valid_from, valid_to, mrr)
            GROUP BY customer) AS h) AS s, movements(m, '2023-01-01', '2024-12-31');

\echo '-- annual vs monthly'
-- one customer that pays 1 % less each month: the step and span asked for are what one gets
CREATE TEMP TABLE falling AS SELECT mrr_history((date '2023-01-01' + i * interval '1 month')::date, 1000 * 0.99 ^ i) AS h FROM generate_series(0, 24) AS i;
SELECT step, span, period, round(nrr, 8) AS nrr
FROM (VALUES ('month', 'month'), ('month', 'quarter'), ('month', 'year'), ('quarter', 'quarter'), ('quarter', 'year'), ('year', 'year')) AS o (step, span),
     LATERAL (SELECT mrr_movements_agg(h, step, span) AS m FROM falling) AS s, movements(m, '2023-01-01', '2024-12-01')
WHERE period = (SELECT max(period) FROM movements(m, '2023-01-01', '2024-12-01'))
ORDER BY span COLLATE "C", step COLLATE "C";

\echo '-- Steps, anchors and spans'
-- rising by 1 a month, 1 in January 2022 and 25 in January 2024: which months are compared
CREATE TEMP TABLE numbered AS SELECT mrr_history((date '2022-01-01' + i * interval '1 month')::date, i + 1) AS h FROM generate_series(0, 47) AS i;
SELECT step, span, string_agg(to_char(period, 'YYYY-MM') || ' ' || opening_mrr || '-' || closing_mrr, ', ' ORDER BY period) AS compared
FROM (VALUES ('month', 'month'), ('month', 'quarter'), ('month', 'year'), ('quarter', 'quarter'), ('quarter:feb', 'quarter'), ('quarter:mar', 'quarter'),
             ('quarter:may', 'quarter'), ('quarter:dec', 'year'), ('year', 'year'), ('year:jan', 'year'), ('year:apr', 'year'), ('year:dec', 'year')) AS o (step, span),
     LATERAL (SELECT mrr_movements_agg(h, step, span) AS m FROM numbered) AS s, movements(m)
WHERE period BETWEEN '2024-01-01' AND '2024-12-31'
GROUP BY step, span ORDER BY step COLLATE "C", span COLLATE "C";
-- the span is the step if it is not given; an anchor has one spelling inside
SELECT mrr_movements_agg(h) = mrr_movements_agg(h, 'month') AS month, mrr_movements_agg(h) = mrr_movements_agg(h, 'month', 'month') AS month_month,
       mrr_movements_agg(h, 'quarter:feb') = mrr_movements_agg(h, 'quarter:nov', 'quarter') AS quarter,
       mrr_movements_agg(h, 'year:jan') = mrr_movements_agg(h, 'year') AS year,
       describe(mrr_movements_agg(h, 'quarter:may', 'year'))->>'step' AS step, describe(mrr_movements_agg(h, 'quarter:may', 'year'))->>'span_months' AS span
FROM numbered;
-- spelled in two ways in one group it is still the same
SELECT mrr_movements_agg(h, CASE WHEN customer IN ('A', 'C') THEN 'quarter:feb' ELSE 'quarter:may' END) = mrr_movements_agg(h, 'quarter:nov') AS same FROM customers;
SELECT o, pg_temp.try(format('SELECT mrr_movements_agg(h, %s) FROM customers', o))
FROM unnest(ARRAY['''fortnight''', '''Month''', '''''', '''month:jan''', '''quarter:'', ''year''', '''year:april''', 'NULL', 'NULL, ''year''', '''month'', NULL',
                  '''month'', ''decade''', '''quarter'', ''month''', '''year'', ''quarter''', '''month'', ''week''', '''quarter:feb'', ''quarter:feb''', '''month'', ''year:apr''',
                  'CASE customer WHEN ''B'' THEN ''quarter'' ELSE ''month'' END', '''month'', CASE customer WHEN ''C'' THEN ''quarter'' ELSE ''year'' END',
                  'CASE customer WHEN ''D'' THEN NULL ELSE ''month'' END']) AS o;

\echo '-- week start'
-- revenue has no weeks and days: MRR is monthly
SELECT o, split_part(pg_temp.try(format('SELECT mrr_movements_agg(h, %L) FROM customers', o)), E'\n', 1) FROM unnest('{week,week:sunday,day}'::text[]) AS o;

\echo '-- month arithmetic'
-- openings and closings are last days, whatever the length of the months between
SELECT period, describe(summary)->>'t0' AS t0, describe(summary)->>'t1' AS t1
FROM (SELECT mrr_movements_agg(mrr_history) AS m FROM (SELECT mrr_history(date '2023-12-31', NULL, 1)) AS h) AS s, retention_summaries(m, '2023-12-01', '2024-05-01');
SELECT period, describe(summary)->>'t0' AS t0, describe(summary)->>'t1' AS t1
FROM (SELECT mrr_movements_agg(mrr_history, 'month', 'year') AS m FROM (SELECT mrr_history(date '2023-01-31', NULL, 1)) AS h) AS s, retention_summaries(m, '2023-01-01', '2025-03-01')
WHERE extract(month FROM period) IN (1, 2, 3);
SELECT period, describe(summary)->>'t0' AS t0, describe(summary)->>'t1' AS t1
FROM (SELECT mrr_movements_agg(mrr_history, 'quarter:mar', 'year') AS m FROM (SELECT mrr_history(date '2023-01-31', NULL, 1)) AS h) AS s, retention_summaries(m, '2022-12-01', '2024-05-31');
-- January 31 until February 29: there at the end of January, gone at that of February
SELECT b.* FROM (SELECT mrr_movements_agg(mrr_history) AS m FROM (SELECT mrr_history(date '2024-01-31', date '2024-02-29', 9)) AS h) AS s, pg_temp.bridge(m, '2023-12-01', '2024-03-01') AS b;
-- adding a month twice to January 31 ends elsewhere than adding two
SELECT (date '2024-01-31' + interval '1 month' + interval '1 month')::date AS stepwise, (date '2024-01-31' + interval '2 months')::date AS at_once;

\echo '-- churn date'
-- the input's business: cancelled on May 20, paid until June 30
SELECT input, period, churned_mrr FROM (VALUES ('cancelled', date '2024-05-20'), ('paid until', '2024-07-01')) AS v (input, valid_to),
     LATERAL (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(date '2024-01-01', until, 10) AS h FROM (VALUES (valid_to)) AS v (until)) AS h) AS s, movements(m, '2024-01-01', '2024-08-01')
WHERE churned_mrr > 0;

\echo '-- customers vs subscriptions vs parent'
-- A subscription of 100 is replaced by one of 120.  Summed by customer first it is an
-- expansion; subscription by subscription a churn and a new customer.
CREATE TEMP TABLE subscriptions (customer int, subscription int, valid_from date, valid_to date, mrr numeric);
INSERT INTO subscriptions VALUES (1, 1, '2024-01-01', '2024-03-10', 100), (1, 2, '2024-03-10', '2024-06-01', 120);
SELECT 'customer' AS key, b.* FROM (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(valid_from, valid_to, mrr) AS h FROM subscriptions GROUP BY customer) AS h) AS s, pg_temp.bridge(m) AS b WHERE period = '2024-03-01'
UNION ALL
SELECT 'subscription', b.* FROM (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(valid_from, valid_to, mrr) AS h FROM subscriptions GROUP BY subscription) AS h) AS s, pg_temp.bridge(m) AS b WHERE period = '2024-03-01';

\echo '-- negative MRR'
-- Lines of 100 and -20 net to 80; in March the credit is larger and counts as nothing paid:
-- churn in March, back in April, and each summary with a negative end says so.
CREATE TEMP TABLE credit AS SELECT mrr_movements_agg(h) AS m
FROM (SELECT mrr_history(month, mrr) AS h FROM (VALUES (date '2024-01-01', 100), ('2024-01-01', -20), ('2024-02-01', 100), ('2024-02-01', -30), ('2024-03-01', -25), ('2024-04-01', 90)) AS v (month, mrr)) AS h;
SELECT b.* FROM credit, pg_temp.bridge(m) AS b;
SELECT period, negative_rows(summary), negative_mrr(summary) FROM credit, retention_summaries(m, '2024-01-01', '2024-06-01');
-- that is for ever where the credit has no end, though nobody is a customer
SELECT period, negative_rows(summary), negative_mrr(summary), opening_customers(summary)
FROM (SELECT mrr_movements_agg(mrr_history) AS m FROM (SELECT mrr_history(date '2024-02-10', NULL, -4)) AS h) AS s, retention_summaries(m, '2024-01-01', '2024-04-01');

\echo '-- zero-revenue activity (free users)'
-- free in January, paid in February, free again: new and churned, never an opening of 0
SELECT period, opening_customers, new_customers, churned_customers, closing_customers
FROM (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(month, mrr) AS h FROM (VALUES (date '2024-01-01', 0), ('2024-02-01', 10), ('2024-03-01', 0)) AS v (month, mrr)) AS h) AS s,
     movements(m, '2024-01-01', '2024-04-01');

\echo '-- NULL customer (keyed form)'
-- In two steps a NULL history is skipped and counted, as are the rows skipped inside histories.
SELECT skipped_rows(mrr_movements_agg(h)), skipped_rows(mrr_movements_agg(h, 'quarter')), mrr_movements_agg(h) IS NULL AS null
FROM (SELECT h FROM customers UNION ALL SELECT NULL UNION ALL SELECT NULL
      UNION ALL SELECT mrr_history(month, 1) FROM unnest('{NULL,NULL,2024-01-01}'::date[]) AS month) AS h;

\echo '-- rollup'
-- segments add up to the whole, byte for byte, however they are cut
SELECT count(DISTINCT mrr_movements_send(m)) AS different
FROM (SELECT m FROM company
      UNION ALL SELECT rollup(m) FROM (SELECT mrr_movements_agg(h) FROM customers GROUP BY customer) AS s (m)
      UNION ALL SELECT rollup(m ORDER BY m DESC) FROM (SELECT mrr_movements_agg(h) FROM customers GROUP BY customer IN ('A', 'C')) AS s (m)
      UNION ALL SELECT rollup(m) FROM (SELECT mrr_movements_agg(h) FROM customers UNION ALL SELECT NULL UNION ALL SELECT mrr_movements_agg(h) FROM customers WHERE false) AS s (m)
      UNION ALL SELECT mrr_movements_agg(h ORDER BY customer DESC) FROM customers) AS m (m);
-- also with running customers, other first and last months, and amounts of any size
CREATE TEMP TABLE parts AS SELECT i AS n,
	CASE i % 5 WHEN 0 THEN mrr_history(date '2020-01-15' + 40 * i, NULL, i) WHEN 1 THEN mrr_history(date '2020-01-15' + 40 * i, date '2025-01-01' + i, i * 1e25)
		WHEN 2 THEN mrr_history(date '2024-01-01' - 100 * i, date '2024-01-01' + i, i * 1e-17) WHEN 3 THEN mrr_history(date '1700-03-31', date '1700-04-30', i / 4.0) END AS h
FROM generate_series(1, 40) AS i GROUP BY i;
SELECT step, span, count(DISTINCT mrr_movements_send(m)) AS different
FROM (VALUES ('month', 'month'), ('month', 'year'), ('quarter:feb', 'year')) AS o (step, span),
     LATERAL (SELECT mrr_movements_agg(h, step, span) FROM parts
              UNION ALL SELECT rollup(m ORDER BY n) FROM (SELECT n, mrr_movements_agg(h, step, span) FROM parts GROUP BY n) AS s (n, m)
              UNION ALL SELECT rollup(m ORDER BY n DESC) FROM (SELECT n, mrr_movements_agg(h, step, span) FROM parts GROUP BY n) AS s (n, m)
              UNION ALL SELECT rollup(m) FROM (SELECT mrr_movements_agg(h, step, span) FROM parts GROUP BY n % 7) AS s (m)) AS m (m)
GROUP BY step, span ORDER BY step COLLATE "C", span COLLATE "C";
-- other steps or spans do not roll up
SELECT pg_temp.try(format('SELECT rollup(m) FROM (SELECT mrr_movements_agg(h) FROM customers UNION ALL SELECT mrr_movements_agg(h, %s) FROM customers) AS v (m)', o))
FROM unnest(ARRAY['''quarter''', '''month'', ''year''']) AS o;
SELECT split_part(pg_temp.try('SELECT rollup(m) FROM (SELECT mrr_movements_agg(h, ''quarter'') FROM customers UNION ALL SELECT mrr_movements_agg(h, ''quarter:feb'') FROM customers) AS v (m)'), E'\n', 2);
SELECT rollup(m) IS NULL AS none, (SELECT rollup(NULL::mrr_movements) IS NULL FROM company) AS null FROM company WHERE false;

\echo '-- rollup over customers'
-- a customer in two segments is counted in both: the parts are then more than the whole
SELECT (SELECT closing_mrr FROM movements(rollup(m)) WHERE period = '2024-02-01') AS of_segments, (SELECT closing_mrr FROM company, movements(company.m) WHERE period = '2024-02-01') AS right
FROM (SELECT mrr_movements_agg(h) FROM customers WHERE customer IN ('A', 'B') UNION ALL SELECT mrr_movements_agg(h) FROM customers WHERE customer <> 'B' OR h IS NULL) AS v (m);

\echo '-- rollup over time'
-- the summaries of several months do not roll up, those of one month do
SELECT pg_temp.try('SELECT rollup(summary) FROM company, retention_summaries(m)');
SELECT period, nrr(rollup(summary)) = nrr(whole) AS nrr, rollup(summary) = whole AS same
FROM (SELECT customer, s.* FROM (SELECT customer, mrr_movements_agg(h) AS m FROM customers GROUP BY customer) AS c, retention_summaries(m, '2024-01-01', '2024-06-01') AS s) AS s
JOIN (SELECT s.period, s.summary AS whole FROM company, retention_summaries(m) AS s) AS w USING (period)
GROUP BY period, whole ORDER BY period;

\echo '-- retention_summaries says what movements says'
SELECT count(*) AS periods,
       bool_and((opening_mrr(summary), new_mrr(summary), reactivation_mrr(summary), expansion_mrr(summary), contraction_mrr(summary), churned_mrr(summary), closing_mrr(summary))
           = (f.opening_mrr, f.new_mrr, f.reactivation_mrr, f.expansion_mrr, f.contraction_mrr, f.churned_mrr, f.closing_mrr)) AS amounts,
       bool_and((nrr(summary), grr(summary), logo_retention(summary)) IS NOT DISTINCT FROM (f.nrr, f.grr, f.logo_retention)) AS rates,
       bool_and((opening_customers(summary), new_customers(summary), reactivation_customers(summary), expansion_customers(summary), contraction_customers(summary), churned_customers(summary), closing_customers(summary))
           = (f.opening_customers, f.new_customers, f.reactivation_customers, f.expansion_customers, f.contraction_customers, f.churned_customers, f.closing_customers)) AS counts,
       bool_or((describe(summary)->'has_moments')::boolean) AS moments
FROM company, movements(m, '2023-12-01', '2024-09-01') AS f JOIN retention_summaries(m, '2023-12-01', '2024-09-01') AS s USING (period);
SELECT period, describe(summary)->'currency' AS currency FROM (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(month, 5, 'CHF') AS h FROM unnest('{2024-01-01,2024-02-01}'::date[]) AS month) AS h) AS s, retention_summaries(m);

\echo '-- currency mix'
SELECT pg_temp.try(q) FROM unnest(ARRAY[
	'SELECT mrr_movements_agg(h) FROM (SELECT mrr_history(date ''2024-01-01'', 10, ''USD'') UNION ALL SELECT mrr_history(date ''2024-01-01'', 10, ''EUR'')) AS v (h)',
	'SELECT mrr_movements_agg(h) FROM (SELECT mrr_history(date ''2024-01-01'', 10, ''USD'') UNION ALL SELECT mrr_history(date ''2024-01-01'', 10, NULL)) AS v (h)',
	'SELECT describe(mrr_movements_agg(h))->>''currency'' FROM (SELECT mrr_history(date ''2024-01-01'', 10, ''USD'') UNION ALL SELECT mrr_history(date ''2024-01-01'', 10)) AS v (h)',
	'SELECT rollup(m) FROM (SELECT mrr_movements_agg(h) FROM (SELECT mrr_history(date ''2024-01-01'', 10, currency) AS h, currency FROM unnest(''{EUR,USD}''::text[]) AS currency GROUP BY currency) AS h GROUP BY currency) AS v (m)']) AS q;

\echo '-- No customers'
SELECT mrr_movements_agg(h) IS NULL AS null FROM customers WHERE false;
SELECT count(*) FROM movements(NULL);
SELECT count(*) FROM movements(NULL, '2024-01-01', '2024-06-01');
SELECT count(*) FROM retention_summaries(NULL);
-- nobody ever paid: nothing says where the data begin and end; asked for, there are rows of zeros
CREATE TEMP TABLE nobody AS SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(NULL::date, 5) UNION ALL SELECT mrr_history(date '2024-02-01', 0)) AS h (h);
SELECT w, (SELECT count(*) FROM nobody, movements(m, f, t)) AS rows
FROM (VALUES (1, NULL::date, NULL::date), (2, '2024-01-01', NULL), (3, NULL, '2024-04-01'), (4, '2024-01-01', '2024-04-01')) AS v (w, f, t);
SELECT b.* FROM nobody, pg_temp.bridge(m, '2024-01-01', '2024-03-01') AS b;
SELECT skipped_rows(m), describe(m)->'paid' AS paid FROM nobody;

\echo '-- Far dates'
SELECT b.* FROM (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(month, 7) AS h FROM unnest('{0001-12-31 BC,0001-01-01}'::date[]) AS month) AS h) AS s, pg_temp.bridge(m, '0001-11-01 BC', '0001-02-01') AS b;
SELECT period, closing_mrr, opening_mrr FROM (SELECT mrr_movements_agg(h, 'year', 'year') AS m FROM (SELECT mrr_history(date '0002-06-01 BC', date '0003-01-01', 7)) AS h (h)) AS s, movements(m, '0003-01-01 BC', '0003-12-31');
SELECT period, closing_mrr, describe(summary)->>'t1' AS t1
FROM (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(date '5874897-10-01', NULL, 7)) AS h (h)) AS s, movements(m, '5874897-09-01', '5874897-12-31') JOIN retention_summaries(m, '5874897-09-01', '5874897-12-31') USING (period);
SELECT period, opening_mrr, closing_mrr FROM (SELECT mrr_movements_agg(h, 'quarter', 'year') AS m FROM (SELECT mrr_history(date '5874896-12-31', NULL, 7)) AS h (h)) AS s, movements(m, '5874896-10-01', '5874897-12-31');
SELECT period, closing_mrr, describe(summary)->>'t0' AS t0
FROM (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(date '4714-11-24 BC', date '4713-02-01 BC', 7)) AS h (h)) AS s, movements(m, '4714-11-24 BC', '4713-02-01 BC') JOIN retention_summaries(m, '4714-11-24 BC', '4713-02-01 BC') USING (period);
-- the first and the last year there is, over the longest span: right or refused
SELECT step, span, pg_temp.try(format('SELECT count(*) FROM (SELECT mrr_movements_agg(h, %L, %L) AS m FROM (SELECT mrr_history(date ''4714-11-24 BC'', date ''5874897-12-31'', 1)) AS h (h)) AS s, movements(m, %s)',
		step, span, w)) AS periods
FROM (VALUES ('month', 'year', '''5874896-01-01'', ''5874897-12-31'''), ('year', 'year', '''4714-11-24 BC'', ''4711-12-31 BC'''), ('year:dec', 'year', '''5874896-01-01'', ''5874897-12-31'''),
             ('quarter:dec', 'year', '''4714-12-01 BC'', ''4713-12-31 BC''')) AS v (step, span, w);
-- more periods than one array of them may span
SELECT b.* FROM (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(month, 1e15 + 0.5) AS h FROM unnest('{1000-01-01,1000-03-01,2024-01-01,9999-12-31}'::date[]) AS month GROUP BY month) AS h) AS s,
	pg_temp.bridge(m, '0999-12-01', '1000-04-01') AS b;
SELECT sum(new_mrr) AS new, sum(churned_mrr) AS churned, count(*) AS months
FROM (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(month, 1e15 + 0.5) AS h FROM unnest('{1000-01-01,1000-03-01,2024-01-01,9999-12-31}'::date[]) AS month GROUP BY month) AS h) AS s,
     movements(m, '0999-12-01', '10000-02-01');
-- who still runs may be said to end in 9999: the same movements until then, whatever came first
CREATE TEMP TABLE ends AS
SELECT c, mrr_history(f, CASE WHEN e = 0 THEN NULL ELSE f + len END, mrr) AS open, mrr_history(f, CASE WHEN e = 0 THEN date '9999-12-31' ELSE f + len END, mrr) AS far
FROM (SELECT c, date '2020-01-01' + c * 389 % 1500 AS f, 1 + c * k * 271 % 500 AS len, 10 + c % 9 + k / 2.0 AS mrr, c * k % 3 AS e FROM generate_series(1, 200) AS c, generate_series(1, 3) AS k) AS rows
GROUP BY c;
SELECT step, span, count(*) AS periods, sum((a).closing_customers) AS customers, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differences
FROM (VALUES ('month', 'month'), ('quarter:feb', 'year')) AS v (step, span),
	 LATERAL (SELECT mrr_movements_agg(open, step, span) AS open, mrr_movements_agg(far, step, span) AS far FROM ends) AS m,
	 LATERAL (SELECT a, b FROM movements(open, '2020-01-01', '2026-12-31') AS a FULL JOIN movements(far, '2020-01-01', '2026-12-31') AS b USING (period)) AS ab
GROUP BY 1, 2 ORDER BY 1;
SELECT count(DISTINCT m::text) AS answers
FROM (SELECT mrr_movements_agg(far ORDER BY c) AS m FROM ends UNION ALL SELECT mrr_movements_agg(far ORDER BY c DESC) FROM ends
      UNION ALL SELECT rollup(m) FROM (SELECT mrr_movements_agg(far) AS m FROM ends GROUP BY c % 7 ORDER BY 1) AS shards
      UNION ALL SELECT rollup(m) FROM (SELECT mrr_movements_agg(far) AS m FROM ends GROUP BY c ORDER BY c DESC) AS shards) AS s;
