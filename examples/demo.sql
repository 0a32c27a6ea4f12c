-- The main job of ccx on a table mrr_monthly(customer, month, mrr [, segment]). demo.sh runs it; by hand, after
-- sample_company.sql and CREATE EXTENSION ccx:
--
--   PGOPTIONS='-c search_path=sample,public,ccx' psql -f examples/demo.sql
--
-- Each answer is printed under the SQL that produced it. Variables (on or off; default on) say what there is: segments,
-- a segment in each row of mrr_monthly; lines, a table subscriptions; health, the sample company's other tables.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?segments} \else \set segments on \endif
\if :{?lines}    \else \set lines on    \endif
\if :{?health}   \else \set health on   \endif
\pset footer off
\pset null '-'
\pset pager off

-- The last month, the same month a year before, the first of the last twelve, and the last days of two of them; the
-- last two complete quarters.
SELECT max(month) AS now, (max(month) - interval '1 year')::date AS year_ago, min(month) AS first,
       (max(month) - interval '11 months')::date AS recent,
       (max(month) + interval '1 month - 1 day')::date AS now_end,
       (max(month) - interval '11 months 1 day')::date AS year_ago_end,
       to_char(max(month), 'FMMonth YYYY') AS now_text,
       min(month) <= max(month) - interval '1 year' AS has_year,
       q::date AS quarter, (q - interval '3 months')::date AS quarter_before,
       to_char(q, 'YYYY "Q"Q') AS quarter_text, to_char(q - interval '3 months', 'YYYY "Q"Q') AS quarter_before_text,
       min(month) < q - interval '3 months' AS has_quarters,
       count(DISTINCT customer) AS customers, count(DISTINCT month) AS months, count(*) AS rows
FROM mrr_monthly,
     (SELECT date_trunc('quarter', max(month) + interval '1 month') - interval '3 months' AS q FROM mrr_monthly) AS last
GROUP BY q \gset

\echo
\echo 'mrr_monthly:' :rows 'rows,' :customers 'customers,' :months 'months, the last one' :now_text

\if :has_year
\echo
\echo '=== 1. Net and gross revenue retention, year to' :now_text '================================================='
\echo 'NRR: what the customers of a year ago pay now, divided by what they paid then. GRR: the same without expansion.'
\echo
\set ECHO queries
\if :segments
CREATE TEMP VIEW year_on_year AS  -- each customer then and now, in the segment it was in then
SELECT customer, coalesce(a.segment, b.segment) AS segment, a.mrr AS opening, b.mrr AS closing
FROM (SELECT * FROM mrr_monthly WHERE month = :'year_ago') AS a
FULL JOIN (SELECT * FROM mrr_monthly WHERE month = :'now') AS b USING (customer);
\echo
SELECT coalesce(segment, 'TOTAL') AS segment, count(opening) AS customers, round(sum(opening)) AS opening_mrr,
       round(nrr(opening, closing), 4) AS nrr, round(grr(opening, closing), 4) AS grr,
       round(logo_retention(opening, closing), 4) AS logo_retention
FROM year_on_year GROUP BY GROUPING SETS ((segment), ()) ORDER BY GROUPING(segment), segment;
\set ECHO none
\echo 'Ratios cannot be added up. What they are made of can: stored by segment, it gives the same total at any time.'
\echo
\set ECHO queries
CREATE TEMP TABLE by_segment AS
SELECT segment, retention_agg(opening, closing) AS summary FROM year_on_year GROUP BY segment;
\echo
SELECT 'TOTAL' AS segment, opening_customers(s) AS customers, round(opening_mrr(s)) AS opening_mrr,
       round(nrr(s), 4) AS nrr, round(grr(s), 4) AS grr, round(logo_retention(s), 4) AS logo_retention
FROM (SELECT rollup(summary) AS s FROM by_segment) AS t;
\else
CREATE TEMP VIEW year_on_year AS  -- each customer then and now
SELECT customer, a.mrr AS opening, b.mrr AS closing
FROM (SELECT * FROM mrr_monthly WHERE month = :'year_ago') AS a
FULL JOIN (SELECT * FROM mrr_monthly WHERE month = :'now') AS b USING (customer);
\echo
SELECT count(opening) AS customers, round(sum(opening)) AS opening_mrr,
       round(nrr(opening, closing), 4) AS nrr, round(grr(opening, closing), 4) AS grr,
       round(logo_retention(opening, closing), 4) AS logo_retention
FROM year_on_year;
\endif
\set ECHO none
\endif

\echo '=== 2. The MRR bridge, month by month ======================================================================='
\echo
\set ECHO queries
\if :lines
WITH customer AS (  -- from subscription lines [valid_from, valid_to): they may overlap, discounts are negative
  SELECT customer, mrr_history(valid_from, valid_to, mrr) AS history FROM subscriptions GROUP BY customer
\else
WITH customer AS (
  SELECT customer, mrr_history(month, mrr) AS history FROM mrr_monthly GROUP BY customer
\endif
), company AS (
  SELECT mrr_movements_agg(history) AS m FROM customer
)
SELECT to_char(period, 'YYYY-MM') AS month, round(opening_mrr) AS opening, round(new_mrr) AS new,
       round(reactivation_mrr) AS won_back, round(expansion_mrr) AS expansion,
       -round(contraction_mrr) AS contraction, -round(churned_mrr) AS churned, round(closing_mrr) AS closing,
       round(nrr, 4) AS nrr, round(grr, 4) AS grr
FROM company, movements(m, :'first', :'now') WHERE period >= :'recent';
\set ECHO none

\if :has_year
\echo '=== 3. Trailing-twelve-month NRR ============================================================================'
\echo
\set ECHO queries
WITH customer AS (  -- from month-end snapshots this time
  SELECT customer, mrr_history(month, mrr) AS history FROM mrr_monthly GROUP BY customer
), company AS (
  SELECT mrr_movements_agg(history, 'month', 'year') AS m FROM customer  -- each month, against a year before
)
SELECT to_char(period, 'YYYY-MM') AS "year to", opening_customers, churned_customers,
       round(nrr, 4) AS nrr, round(grr, 4) AS grr, round(logo_retention, 4) AS logo_retention
FROM company, movements(m, :'first', :'now') WHERE period >= :'recent';
\set ECHO none

\echo '=== 4. The same question, asked with the usual wrong SQL ===================================================='
\echo
\set ECHO queries
WITH answer (metric, asked, value, why) AS (
  SELECT 'NRR', 'nrr(opening, closing)', nrr(opening, closing), 'right' FROM year_on_year
  UNION ALL
  SELECT 'NRR', 'two snapshots joined', sum(b.mrr) / sum(a.mrr), 'who left is not in the join: survivors only'
  FROM mrr_monthly AS a JOIN mrr_monthly AS b USING (customer)
  WHERE a.month = :'year_ago' AND b.month = :'now'
  UNION ALL
  SELECT 'NRR', 'MRR now / MRR a year ago', sum(closing) / sum(opening), 'customers won since are in it'
  FROM year_on_year
  UNION ALL
  SELECT 'NRR', 'twelve monthly NRRs multiplied', compound(nrr), 'customers won on the way are in it'
  FROM (SELECT mrr_movements_agg(history) AS m
        FROM (SELECT mrr_history(month, mrr) AS history FROM mrr_monthly GROUP BY customer) AS customer) AS company,
       movements(m, :'first', :'now') WHERE period >= :'recent'
\if :segments
  UNION ALL
  SELECT 'NRR', 'average of the segments', avg(nrr), 'the smallest segment counts as much as the largest'
  FROM (SELECT nrr(opening, closing) FROM year_on_year GROUP BY segment) AS s
\endif
\if :lines
  UNION ALL
  SELECT 'NRR', 'subscription lines as customers',
         sum(mrr) FILTER (WHERE valid_to > :'now_end' OR valid_to IS NULL) / sum(mrr),
         'a new price is a new line: looks like churn'
  FROM subscriptions WHERE valid_from <= :'year_ago_end' AND (valid_to > :'year_ago_end' OR valid_to IS NULL)
\endif
  UNION ALL
  SELECT 'GRR', 'grr(opening, closing)', grr(opening, closing), 'right' FROM year_on_year
  UNION ALL
  SELECT 'GRR', 'capped on the total', least(sum(closing) FILTER (WHERE opening > 0), sum(opening)) / sum(opening),
         'expansion of some hides the churn of others'
  FROM year_on_year
)
SELECT metric, asked, round(value, 4) AS answer,
       round(100 * (value - max(value) FILTER (WHERE why = 'right') OVER (PARTITION BY metric)), 1) AS "points off", why
FROM answer ORDER BY metric DESC, why <> 'right', value DESC;
\set ECHO none
\else
\echo 'Twelve-month numbers need thirteen months; here are' :months'.'
\endif

\echo '=== 5. Cohorts by quarter: who still pays, and how much ====================================================='
\echo 'Per cent of the customers won in a quarter (how many, in brackets) that pay in the quarters after it. The first'
\echo 'cohort is everybody who was there when the data begin.'
\echo
\set ECHO queries
SELECT to_char(cohort, 'YYYY "Q"Q') || ' (' || cohort_size || ')' AS won, period, round(100 * retention) AS percent
FROM cohort_table((SELECT cohort_retention(customer, month, 'quarter') FROM mrr_monthly WHERE mrr > 0),
                  'on', :'now')
ORDER BY cohort, period \crosstabview won period percent
\set ECHO none

\echo 'The same of their first MRR, expansion included. A quarter counts by its end here, so that who came and went within'
\echo 'one is in no cohort, and who paused at its end in a later one.'
\echo
\set ECHO queries
SELECT to_char(cohort, 'YYYY "Q"Q') || ' (' || cohort_size || ')' AS won, period, round(100 * net_retention) AS percent
FROM cohort_table((SELECT cohort_revenue_agg(history, 'quarter')
                   FROM (SELECT mrr_history(month, mrr) AS history FROM mrr_monthly GROUP BY customer) AS customer),
                  'on', :'now')
ORDER BY cohort, period \crosstabview won period percent
\set ECHO none

\if :health
SELECT (date_trunc('week', :'now_end'::date + 1) - interval '1 day')::date AS sunday \gset
\echo '=== 6. Health: a score for each customer, and whether it tells who leaves ==================================='
\echo 'Four signals, as they were on a day: how much a customer uses the product beside others of its segment, whether that'
\echo 'is less than it used to be, its last answer to NPS, and how many more tickets it opened than it used to.'
\echo
\set ECHO queries
CREATE TEMP TABLE customer AS  -- one row each: MRR over time, and usage over time
SELECT customer, history, used
FROM (SELECT customer, mrr_history(valid_from, valid_to, mrr) AS history FROM subscriptions GROUP BY customer) AS h
LEFT JOIN (SELECT customer, usage_agg(week, events) AS used FROM usage GROUP BY customer) AS u USING (customer);
\echo
CREATE TEMP VIEW measure AS  -- every 13 weeks of two years, knowing only what was known by then
SELECT c.customer, day, segment, mrr_at(history, day) AS mrr, usage_level(used, 4, day) AS level,
       usage_drop(used, 4, 12, day) AS drop, nps,
       tickets - tickets_before / 3.0 AS more_tickets
FROM customer AS c, generate_series(0, 8) AS i, LATERAL (SELECT date :'sunday' - 91 * i AS day) AS d,
     LATERAL (SELECT segment FROM account_segments AS s WHERE s.customer = c.customer AND valid_from <= day
              ORDER BY valid_from DESC LIMIT 1) AS s
     LEFT JOIN LATERAL (SELECT score AS nps FROM surveys AS a WHERE a.customer = c.customer AND scale = 'nps'
                        AND answered_on BETWEEN day - 364 AND day ORDER BY answered_on DESC LIMIT 1) AS n ON true,
     LATERAL (SELECT count(*) FILTER (WHERE opened_at >= day - 90) AS tickets,
                     count(*) FILTER (WHERE opened_at < day - 90) AS tickets_before
              FROM tickets AS t WHERE t.customer = c.customer AND opened_at >= day - 363 AND opened_at < day + 1) AS t
WHERE mrr_at(history, day) > 0;
\echo
CREATE TEMP TABLE health AS  -- the history of scores that should have been stored on those days
SELECT customer, day, segment, mrr, health_agg(signal, round(score, 2), weight) AS h
FROM (SELECT *, (100 * percent_rank() OVER (PARTITION BY day, segment ORDER BY level))::numeric AS rank
      FROM measure) AS m,
     LATERAL (VALUES ('usage',   rank, 45),
                     ('change',  scale_linear(drop, 2, -1), 35),
                     ('nps',     scale_linear(nps, 0, 10), 10),
                     ('tickets', scale_linear(more_tickets, 4, 0), 10)) AS s (signal, score, weight)
GROUP BY customer, day, segment, mrr;
\echo
SELECT health_band(h) AS health, count(*) AS customers, round(sum(mrr)) AS mrr,
       round(avg(health_score(h)), 1) AS mean_score, round(avg(health_coverage(h)), 2) AS mean_coverage
FROM health WHERE day = :'sunday' GROUP BY 1 ORDER BY min(health_score(h));
\set ECHO none
\echo 'The three largest in red, and what takes the points off:'
\echo
\set ECHO queries
SELECT name, round(mrr) AS mrr, round(health_score(h), 1) AS score,
       (SELECT string_agg(signal || ' -' || round(points_lost, 1), ', ' ORDER BY points_lost DESC, signal)
        FROM health_drivers(h) WHERE points_lost >= 0.05) AS points_lost
FROM health JOIN accounts USING (customer)
WHERE day = :'sunday' AND health_band(h) = 'red' ORDER BY mrr DESC, customer LIMIT 3;
\set ECHO none
\echo 'Early warnings: usage now far below what is normal for this customer, and the week in which that began. Strength is in'
\echo 'units of its own noise, so it can be compared between customers.'
\echo
\set ECHO queries
SELECT name, round(mrr_at(history, :'sunday')) AS mrr, round(usage_drop(used, 4, 12, :'sunday'), 1) AS drop,
       changed_on, round(before) AS before, round(after) AS after, round(strength::numeric, 1) AS strength
FROM customer JOIN accounts USING (customer), usage_changepoint(used, :'sunday')
WHERE mrr_at(history, :'sunday') > 0 AND usage_drop(used, 4, 12, :'sunday') > 1.1
  AND after < before AND changed_on > date :'sunday' - 91
ORDER BY mrr DESC, customer LIMIT 5;
\set ECHO none
\echo 'Is it worth anything? Each score of the eight days on which the next 13 weeks are known, against who left in them. AUC'
\echo 'is the chance that one who left had the worse score than one who stayed: 0.5 is a coin. The second line is the same'
\echo 'scores with the outcomes shuffled, and the others are the signals alone.'
\echo
\set ECHO queries
CREATE TEMP TABLE judged AS
SELECT h.*, mrr_at(history, day + 91) = 0 AS churned FROM health AS h JOIN customer USING (customer)
WHERE day + 91 <= :'sunday';
\echo
WITH shuffled AS (
  SELECT a.h, b.churned, a.mrr
  FROM (SELECT *, row_number() OVER (ORDER BY md5(concat('a', customer, day))) AS n FROM judged) AS a
  JOIN (SELECT *, row_number() OVER (ORDER BY md5(concat('b', customer, day))) AS n FROM judged) AS b USING (n)
), backtest (what, b) AS (
  SELECT 'score', backtest_agg(round(health_score(h), 2), churned, mrr * 12) FROM judged
  UNION ALL
  SELECT 'score, shuffled', backtest_agg(round(health_score(h), 2), churned, mrr * 12) FROM shuffled
  UNION ALL
  SELECT signal || ' alone', backtest_agg(score, churned, mrr * 12) FROM judged, health_drivers(h) GROUP BY signal
)
SELECT what, backtest_customers(b) AS scores, backtest_churned(b) AS churned, round(auc(b), 4) AS auc,
       round(lift(b, 0.1), 2) AS "lift, worst 10 %", round(100 * capture(b, 0.2)) AS "% of lost ARR in worst 20 %"
FROM backtest ORDER BY what NOT LIKE 'score%', auc(b) DESC;
\set ECHO none
\echo 'Churn here has causes that no table shows, so the AUC stays well below 1; one of 0.99 would mean that the score knew'
\echo 'who had left. Where a signal alone does as well as the score, the others are decoration. What a score of 40 means says'
\echo 'calibration(); weights learned from the data instead of set by hand, fit_health_weights().'
\echo
\endif

\if :has_year
\echo '=== 7. Why the other report shows another number ============================================================'
\if :lines
\echo 'The usual report, B, joins two snapshots of the subscriptions: who left is not in the join, and whoever built it left'
\echo 'the discounts out. Which mistake makes how much of the difference to A, the right one, and with whom to start:'
\else
\echo 'The usual report, B, joins two snapshots: who left is not in the join. What that makes of A, the right one:'
\endif
\echo
\set ECHO queries
\if :lines
CREATE TEMP VIEW usual_report AS
SELECT customer, a.mrr AS opening, b.mrr AS closing
FROM (SELECT customer, sum(mrr) AS mrr FROM subscriptions WHERE mrr > 0 AND valid_from <= :'year_ago_end'
      AND (valid_to > :'year_ago_end' OR valid_to IS NULL) GROUP BY customer) AS a
JOIN (SELECT customer, sum(mrr) AS mrr FROM subscriptions WHERE mrr > 0 AND valid_from <= :'now_end'
      AND (valid_to > :'now_end' OR valid_to IS NULL) GROUP BY customer) AS b USING (customer);
\else
CREATE TEMP VIEW usual_report AS
SELECT customer, a.mrr AS opening, b.mrr AS closing
FROM mrr_monthly AS a JOIN mrr_monthly AS b USING (customer)
WHERE a.month = :'year_ago' AND a.mrr > 0 AND b.month = :'now' AND b.mrr > 0;
\endif
\echo
SELECT coalesce(cause, 'B less A') AS cause, sum(customers) AS customers, round(sum(opening_delta)) AS opening_delta,
       round(sum(closing_delta)) AS closing_delta, sum(nrr_effect) AS nrr_effect, sum(grr_effect) AS grr_effect,
       CASE GROUPING(cause) WHEN 0 THEN min(examples[1:3]) END AS examples
FROM unnest((SELECT reconcile(customer, a.opening, a.closing, b.opening, b.closing)
             FROM year_on_year AS a FULL JOIN usual_report AS b USING (customer))) WITH ORDINALITY AS r
GROUP BY GROUPING SETS ((cause, ordinality), ()) ORDER BY ordinality;
\set ECHO none
\endif

\if :has_quarters
\echo '=== 8. Why NRR moved from' :quarter_before_text 'to' :quarter_text '========================================================'
\if :segments
\echo 'Of each segment: what its share of the opening did (mix), and what its own rate did, by movement. All digits add up.'
\else
\echo 'What expansion, contraction and churn did to it. All digits add up.'
\endif
\echo
\set ECHO queries
\if :segments
WITH segment AS (  -- a customer that changes segment counts where it was at opening
  SELECT (unnest(mrr_movements_by(customer, month, mrr, segment, 'quarter'))).* FROM mrr_monthly
), quarter AS (
  SELECT segment, rollup(summary) FILTER (WHERE period = :'quarter_before') AS before,
         rollup(summary) FILTER (WHERE period = :'quarter') AS after
  FROM segment, retention_summaries(movements, :'first', :'now') GROUP BY segment
)
SELECT coalesce(d.segment, 'TOTAL') AS segment, round(nrr(rollup(before)), 4) AS before,
       round(nrr(rollup(after)), 4) AS after, sum(mix_effect) AS mix, sum(expansion_effect) AS expansion,
       sum(contraction_effect) AS contraction, sum(churn_effect) AS churn, sum(total_effect) AS change
FROM unnest((SELECT drivers(segment, before, after) FROM quarter)) AS d JOIN quarter USING (segment)
GROUP BY GROUPING SETS ((d.segment), ()) ORDER BY GROUPING(d.segment), d.segment;
\else
WITH company AS (
  SELECT mrr_movements_agg(customer, month, mrr, 'quarter') AS m FROM mrr_monthly
), quarter AS (
  SELECT rollup(summary) FILTER (WHERE period = :'quarter_before') AS before,
         rollup(summary) FILTER (WHERE period = :'quarter') AS after
  FROM company, retention_summaries(m, :'first', :'now')
)
SELECT round(nrr(before), 4) AS before, round(nrr(after), 4) AS after, expansion_effect AS expansion,
       contraction_effect AS contraction, churn_effect AS churn, total_effect AS change
FROM quarter, unnest((SELECT drivers(NULL, before, after) FROM quarter)) AS d;
\endif
\set ECHO none
\endif
