-- What the dashboard reads: metric views of the sample company, and beside them what no kind of metric view holds.
--
--   psql -f examples/dashboard/views.sql                                    after sample_company.sql and CREATE EXTENSION ccx
--   psql -v source=crm -v fiscal=feb -v currency=EUR -f examples/dashboard/views.sql
--
-- Variables: source (the schema of the tables, default sample), fiscal (first month of the fiscal year, default jan),
-- currency (of all amounts, default USD). Everything goes into the schema "dashboard", which must not exist; the pages
-- read nothing else. SELECT * FROM dashboard.refresh() brings it up to date.
--
-- With tables of your own, change the views of part 1: they say what is read, under the names that the rest uses.

\set ON_ERROR_STOP on
\set QUIET on
\if :{?source}   \else \set source sample \endif
\if :{?fiscal}   \else \set fiscal jan    \endif
\if :{?currency} \else \set currency USD  \endif

SET client_min_messages = warning;
\o /dev/null

BEGIN;
CREATE SCHEMA dashboard;
COMMENT ON SCHEMA dashboard IS 'what examples/dashboard shows; made by its views.sql';
SET LOCAL search_path = dashboard, :"source", ccx, pg_catalog;

-- 1. What is read -----------------------------------------------------------------------------------------------------

-- The books: up to the end of the last month that is complete. Everything is seen from that day.
CREATE MATERIALIZED VIEW books AS
SELECT (month + interval '1 month - 1 day')::date AS closed, first_month, steps.quarter,
       -- usage comes by week, so scores are as of the last Sunday
       date_trunc('week', month + interval '1 month')::date - 1 AS sunday, :'currency'::text AS currency
FROM (SELECT least(max(month), (date_trunc('month', current_date) - interval '1 month')::date) AS month,
             min(month) AS first_month FROM mrr_monthly) AS m,
     (SELECT 'quarter:' || :'fiscal' AS quarter) AS steps;

-- How a period is called. A fiscal year has the name of the year in which it ends.
CREATE FUNCTION period_name(period date, span text) RETURNS text LANGUAGE sql STABLE
  RETURN CASE span WHEN 'quarter' THEN (
           SELECT CASE WHEN quarter = 'quarter:jan' THEN to_char(period, '"Q"Q YYYY')
                  ELSE format('Q%s FY%s', 1 + (date_part('month', age(period, period_start(period, fiscal))) / 3)::int,
                              to_char(period_end(period, fiscal), 'YYYY')) END
           FROM (SELECT quarter, replace(quarter, 'quarter', 'year') AS fiscal FROM books) AS f)
         ELSE to_char(period, 'FMMon YYYY') END;

-- Who pays what, by month; and when customers were won: those of before the first month are a group of their own.
CREATE VIEW paid AS
SELECT m.customer, m.month, m.mrr, m.segment, m.region,
       CASE WHEN a.signed_up < b.first_month THEN 'before'
            ELSE date_part('year', min(m.month) OVER (PARTITION BY m.customer))::text END AS won
FROM mrr_monthly AS m JOIN accounts AS a USING (customer), books AS b WHERE m.mrr > 0;

-- Segments change; an answer, a renewal and a first value count where the customer was on that day, or in "(none)".
CREATE VIEW segment_span AS
SELECT customer, segment, valid_from,
       lead(valid_from, 1, 'infinity') OVER (PARTITION BY customer ORDER BY valid_from) AS until
FROM account_segments;

CREATE VIEW answer AS
SELECT a.customer, a.answered_on, a.score, a.scale, coalesce(s.segment, '(none)') AS segment
FROM surveys AS a
LEFT JOIN segment_span AS s ON s.customer = a.customer AND a.answered_on >= s.valid_from AND a.answered_on < s.until;
CREATE VIEW answer_nps AS SELECT * FROM answer WHERE scale = 'nps';
CREATE VIEW answer_csat AS SELECT * FROM answer WHERE scale = '1-5';
CREATE VIEW answer_ces AS SELECT * FROM answer WHERE scale = '1-7';

CREATE VIEW onboarding AS
SELECT m.customer, m.signed_up, m.first_value, coalesce(s.segment, '(none)') AS segment
FROM milestones AS m
LEFT JOIN segment_span AS s ON s.customer = m.customer AND m.signed_up >= s.valid_from AND m.signed_up < s.until;

CREATE VIEW account AS SELECT customer, name, region, signed_up FROM accounts;

CREATE VIEW contract AS
SELECT r.customer, r.due, r.arr_due, r.renewed_on, r.arr_renewed, coalesce(s.segment, '(none)') AS segment
FROM renewals AS r
LEFT JOIN segment_span AS s ON s.customer = r.customer AND r.due >= s.valid_from AND r.due < s.until;

-- 2. Metric views -----------------------------------------------------------------------------------------------------

-- Retention by month, by fiscal quarter, and of the twelve months up to each month: three grains, three views, because
-- ratios do not add up over periods.
SELECT create_metric_view('retention_month', 'movements', 'mrr_monthly', customer => 'customer', at => 'month',
       amount => 'mrr', dimensions => '{segment,region}');
SELECT create_metric_view('retention_quarter', 'movements', 'mrr_monthly', customer => 'customer', at => 'month',
       amount => 'mrr', dimensions => '{segment,region}', step => quarter) FROM books;
SELECT create_metric_view('retention_year', 'movements', 'mrr_monthly', customer => 'customer', at => 'month',
       amount => 'mrr', dimensions => '{segment,region}', step => 'month', span => 'year');

-- Cohorts by quarter, of customers and of their revenue.
SELECT create_metric_view('cohort_customers', 'cohort', 'paid', customer => 'customer', at => 'month',
       dimensions => '{segment,won}', step => quarter) FROM books;
SELECT create_metric_view('cohort_revenue', 'revenue_cohort', 'paid', customer => 'customer', at => 'month',
       amount => 'mrr', dimensions => '{segment,won}', step => quarter) FROM books;

-- What customers say.
SELECT create_metric_view('nps', 'survey', 'answer_nps', customer => 'customer', at => 'answered_on', amount => 'score',
       scale => 'nps', dimensions => '{segment}', step => quarter) FROM books;
SELECT create_metric_view('csat', 'survey', 'answer_csat', customer => 'customer', at => 'answered_on', amount => 'score',
       scale => '1-5', dimensions => '{segment}', step => quarter) FROM books;
SELECT create_metric_view('ces', 'survey', 'answer_ces', customer => 'customer', at => 'answered_on', amount => 'score',
       scale => '1-7', dimensions => '{segment}', step => quarter) FROM books;

-- 3. Health: four signals at the end of each quarter of two years, knowing only what was known by then -----------------

-- The day the books were closed and the ends of the eight quarters before it, each with the last Sunday up to it; what is
-- foretold is the rest of the quarter that follows.
CREATE MATERIALIZED VIEW score_day AS
SELECT ends, date_trunc('week', ends + 1)::date - 1 AS day, period_start(ends + 1, quarter) AS next_quarter,
       period_end(ends + 1, quarter) AS next_ends
FROM books, LATERAL (
  SELECT closed AS ends
  UNION ALL
  SELECT (period_start(closed, quarter) - interval '3 months' * i)::date - 1 FROM generate_series(0, 7) AS i) AS q;
ANALYZE books, score_day;

-- Each signal is made for all customers and days at once, and then joined: to look it up for one after the other does not
-- end where there are hundreds of thousands. Scores are stored for those that read them further down.
CREATE MATERIALIZED VIEW health_history AS
WITH paying AS MATERIALIZED (
  SELECT customer, s.day, s.ends, s.next_ends, mrr_at(history, s.ends) AS mrr, mrr_at(history, s.next_ends) AS mrr_next,
         usage_level(used, 4, s.day) AS level, usage_drop(used, 4, 12, s.day) AS drop
  FROM (SELECT customer, mrr_history(month, mrr) AS history FROM mrr_monthly GROUP BY customer) AS h
  LEFT JOIN (SELECT customer, usage_agg(week, events) AS used FROM usage GROUP BY customer) AS u USING (customer),
       score_day AS s
  WHERE mrr_at(history, s.ends) > 0
), nps_then AS (  -- the last answer of a year
  SELECT DISTINCT ON (a.customer, s.day) a.customer, s.day, a.score AS nps
  FROM surveys AS a JOIN score_day AS s ON a.answered_on BETWEEN s.day - 364 AND s.day
  WHERE a.scale = 'nps' ORDER BY a.customer, s.day, a.answered_on DESC, a.score
), tickets_then AS (  -- in the last 91 days, less what was usual in the 273 before
  SELECT t.customer, s.day,
         count(*) FILTER (WHERE opened_at >= s.day - 90) - count(*) FILTER (WHERE opened_at < s.day - 90) / 3.0
           AS more_tickets
  FROM tickets AS t JOIN score_day AS s ON opened_at >= s.day - 363 AND opened_at < s.day + 1
  GROUP BY t.customer, s.day
), ranked AS (
  SELECT p.*, coalesce(g.segment, '(none)') AS segment, a.region, nps, coalesce(more_tickets, 0) AS more_tickets,
         CASE WHEN level IS NOT NULL
              THEN (100 * percent_rank() OVER (PARTITION BY p.ends, g.segment, level IS NULL ORDER BY level))::numeric
         END AS rank
  FROM paying AS p
  JOIN accounts AS a USING (customer)
  LEFT JOIN segment_span AS g ON g.customer = p.customer AND p.ends >= g.valid_from AND p.ends < g.until
  LEFT JOIN nps_then AS n ON n.customer = p.customer AND n.day = p.day
  LEFT JOIN tickets_then AS t ON t.customer = p.customer AND t.day = p.day
)
SELECT customer, day, ends, next_ends, segment, region, arr(mrr) AS arr,
       -- known once the books reach so far
       CASE WHEN next_ends <= closed THEN mrr_next = 0 END AS churned,
       h, health_score(h) AS score, health_band(h) AS band
FROM books, ranked, LATERAL (
  SELECT health_agg(signal, round(score, 2), weight) AS h
  FROM (VALUES ('usage',   rank, 45),
               ('change',  scale_linear(drop, 2, -1), 35),
               ('nps',     scale_linear(nps, 0, 10), 10),
               ('tickets', scale_linear(more_tickets, 4, 0), 10)) AS s (signal, score, weight)) AS made;
CREATE UNIQUE INDEX ON health_history (ends, customer);

-- Of each day: how many customers in each step of five points, and the accounts at risk with most ARR.
CREATE MATERIALIZED VIEW health_distribution AS
SELECT ends, segment, least(19, greatest(0, ceil(score / 5)::int - 1)) AS bin,
       coalesce(band, 'no score') AS band, count(*) AS customers, sum(arr) AS arr
FROM health_history GROUP BY 1, 2, 3, 4;

CREATE MATERIALIZED VIEW health_watch AS
SELECT ends, listed AS segment, customer, name, arr, r.score, worst.signal AS worst_signal, worst.points_lost, rank, accounts
FROM (SELECT h.ends, s.listed, customer, a.name, h.arr, h.h, h.score,
             row_number() OVER (PARTITION BY h.ends, s.listed ORDER BY h.arr DESC, customer) AS rank,
             count(*) OVER (PARTITION BY h.ends, s.listed) AS accounts
      FROM health_history AS h JOIN account AS a USING (customer), LATERAL (VALUES ('All'), (h.segment)) AS s (listed)
      WHERE h.band = 'red') AS r,
     LATERAL (SELECT * FROM health_drivers(h) LIMIT 1) AS worst
WHERE rank <= 12;

-- The signals of today, one row each, are the source of the metric view.
CREATE VIEW signal AS
SELECT customer, segment, region, signal, d.score, d.weight
FROM health_history JOIN books ON day = sunday, LATERAL health_drivers(h) AS d;
SELECT create_metric_view('health', 'health', 'signal', customer => 'customer', signal => 'signal', amount => 'score',
       weight => 'weight', dimensions => '{segment,region}');

-- The three grains of retention in one place, for rolling up.
CREATE VIEW retention AS
SELECT 'month' AS span, period, segment, region, summary FROM retention_month_data WHERE is_complete
UNION ALL SELECT 'quarter', period, segment, region, summary FROM retention_quarter_data WHERE is_complete
UNION ALL SELECT 'year', period, segment, region, summary FROM retention_year_data WHERE is_complete;

-- 4. What no kind of metric view holds --------------------------------------------------------------------------------

-- What each customer paid before and at the end of each period of each span.
CREATE VIEW paid_change AS
SELECT d.span, d.period, o.customer, coalesce(o.segment, '(none)') AS segment, coalesce(o.region, '(none)') AS region,
       o.mrr AS opening, coalesce(c.mrr, 0) AS closing
FROM (SELECT DISTINCT span, period,
             (period - CASE span WHEN 'year' THEN interval '1 year' ELSE interval '1 month' END)::date AS month_before,
             (period + CASE span WHEN 'quarter' THEN interval '2 months' ELSE interval '0' END)::date AS last_month
      FROM retention) AS d
JOIN mrr_monthly AS o ON o.month = d.month_before AND o.mrr > 0
LEFT JOIN mrr_monthly AS c ON c.customer = o.customer AND c.month = d.last_month AND c.mrr > 0;

-- Intervals of NRR and GRR need second moments, which retention_agg() keeps and movements do not.
CREATE MATERIALIZED VIEW retention_interval AS
SELECT span, period, segment, region, retention_agg(opening, closing) AS summary
FROM paid_change GROUP BY span, period, segment, region;

-- Of each period all and each segment, rolled up from summaries, never from ratios; and the bridge from opening to
-- closing: each movement, and from where to where it leads.
CREATE MATERIALIZED VIEW retention_total AS
SELECT span, period, segment, s AS summary,
       nrr(s) AS nrr, n.low AS nrr_low, n.high AS nrr_high, grr(s) AS grr, g.low AS grr_low, g.high AS grr_high,
       logo_retention(s) AS logo, l.low AS logo_low, l.high AS logo_high, round(n.n_eff::numeric) AS n_eff,
       opening_mrr(s) AS opening_mrr, closing_mrr(s) AS closing_mrr, arr(closing_mrr(s)) AS closing_arr,
       opening_customers(s) AS opening_customers, closing_customers(s) AS closing_customers,
       churned_customers(s) AS churned_customers
FROM (SELECT span, period, coalesce(segment, 'All') AS segment, rollup(summary) AS s
      FROM retention GROUP BY GROUPING SETS ((span, period), (span, period, segment))) AS r
LEFT JOIN (SELECT span, period, coalesce(segment, 'All') AS segment, rollup(summary) AS i
           FROM retention_interval GROUP BY GROUPING SETS ((span, period), (span, period, segment))) AS spread
  USING (span, period, segment),
     LATERAL nrr_ci(i) AS n, LATERAL grr_ci(i) AS g, LATERAL logo_retention_ci(s) AS l;

CREATE MATERIALIZED VIEW retention_bridge AS
WITH step AS (
  SELECT span, period, segment, m.*
  FROM retention_total, LATERAL (VALUES
    (1, 'Opening', opening_mrr(summary), opening_customers(summary)),
    (2, 'New', new_mrr(summary), new_customers(summary)),
    (3, 'Won back', reactivation_mrr(summary), reactivation_customers(summary)),
    (4, 'Expansion', expansion_mrr(summary), expansion_customers(summary)),
    (5, 'Contraction', -contraction_mrr(summary), contraction_customers(summary)),
    (6, 'Churn', -churned_mrr(summary), churned_customers(summary))) AS m (ordinal, movement, mrr, customers)
  UNION ALL
  SELECT span, period, segment, 7, 'Closing', closing_mrr(summary), closing_customers(summary) FROM retention_total
)
SELECT *, CASE WHEN ordinal IN (1, 7) THEN 0 ELSE level - mrr END AS low, CASE ordinal WHEN 7 THEN mrr ELSE level END AS high
FROM (SELECT *, sum(mrr) OVER (PARTITION BY span, period, segment ORDER BY ordinal) AS level FROM step) AS s;

-- Why rates moved: drivers() between two periods a quarter or a year apart, of the whole split by segment, and of the
-- whole and each segment split by region.
CREATE MATERIALIZED VIEW driver AS
WITH part AS MATERIALIZED (
  SELECT span, period, 'segment' AS split, 'All' AS within, segment AS part, rollup(summary) AS s
  FROM retention WHERE span <> 'month' GROUP BY span, period, segment
  UNION ALL
  SELECT span, period, 'region', coalesce(segment, 'All'), region, rollup(summary)
  FROM retention WHERE span <> 'month' GROUP BY GROUPING SETS ((span, period, region), (span, period, region, segment))
), pair AS (
  SELECT span, period, prior, compare, split, within, part, c.s AS current, p.s AS before
  FROM (SELECT DISTINCT span, split, within, part FROM part) AS k
  JOIN (SELECT DISTINCT span, period FROM part) AS d USING (span)
  CROSS JOIN (VALUES ('quarter', interval '3 months'), ('year', interval '1 year')) AS v (compare, back)
  CROSS JOIN LATERAL (SELECT (period - back)::date AS prior) AS b
  LEFT JOIN part AS c USING (span, period, split, within, part)
  LEFT JOIN (SELECT span, period AS prior, split, within, part, s FROM part) AS p USING (span, prior, split, within, part)
), moved AS (
  SELECT span, period, prior, compare, split, within, metric, drivers(part, before, current, metric) AS parts,
         CASE metric WHEN 'nrr' THEN nrr(rollup(before)) ELSE grr(rollup(before)) END AS rate_before,
         CASE metric WHEN 'nrr' THEN nrr(rollup(current)) ELSE grr(rollup(current)) END AS rate_now
  FROM pair, (VALUES ('nrr'), ('grr')) AS m (metric)
  GROUP BY span, period, prior, compare, split, within, metric
)
SELECT row_number() OVER (ORDER BY span, period, compare, split, within, metric) AS id, * FROM moved
WHERE parts IS NOT NULL;

-- The sum of each effect over the parts: with the rate before they add up to the rate now, digit for digit.
CREATE MATERIALIZED VIEW driver_move AS
SELECT id, span, period, prior, compare, split, within, metric, rate_before, rate_now, sum(total_effect) AS change,
       sum(mix_effect) AS mix, sum(expansion_effect) AS expansion, sum(contraction_effect) AS contraction,
       sum(churn_effect) AS churn
FROM driver, LATERAL unnest(parts)
GROUP BY id, span, period, prior, compare, split, within, metric, rate_before, rate_now;

-- The accounts behind each period, of all and of each segment: the five largest changes each way.
CREATE MATERIALIZED VIEW mover AS
SELECT r.*, a.name, mrr_movement(opening, closing, true) AS movement
FROM (SELECT span, period, listed AS segment, customer, opening, closing, closing - opening AS change,
             row_number() OVER (PARTITION BY span, period, listed, closing > opening
                                ORDER BY abs(closing - opening) DESC, customer::text) AS rank
      FROM paid_change AS h, LATERAL (VALUES ('All'), (h.segment)) AS s (listed)
      WHERE span <> 'month' AND closing <> opening) AS r
JOIN account AS a USING (customer)
WHERE rank <= 5;

-- Was the score worth anything? Scores of quarter ends against who had left a quarter later.
CREATE MATERIALIZED VIEW backtest AS
SELECT segment, ends, backtest_agg(round(score, 2), churned, arr) AS summary
FROM health_history WHERE churned IS NOT NULL GROUP BY segment, ends;

CREATE MATERIALIZED VIEW backtest_total AS
SELECT segment, b AS summary, auc(b) AS auc, backtest_customers(b) AS scores, backtest_churned(b) AS churned,
       backtest_churned_arr(b) AS churned_arr
FROM (SELECT coalesce(segment, 'All') AS segment, rollup(summary) AS b
      FROM backtest GROUP BY GROUPING SETS ((), (segment))) AS s;
CREATE MATERIALIZED VIEW backtest_lift AS
SELECT segment, q, lift(summary, q) AS lift, capture(summary, q) AS capture
FROM backtest_total, unnest('{0.05,0.1,0.2,0.3,0.5}'::numeric[]) AS q;
CREATE MATERIALIZED VIEW backtest_calibration AS
SELECT segment, c.* FROM backtest_total, LATERAL calibration(summary, 10) AS c;

-- Renewals and times to value as of the day the books were closed. (Kinds renewal and duration see them from the day of
-- the refresh, which is right where the books are kept daily.)
CREATE MATERIALIZED VIEW renewal AS
SELECT period_start(due, quarter) AS period, segment,
       renewal_agg(due, arr_due, renewed_on, arr_renewed, closed, 30) AS summary
FROM contract, books GROUP BY 1, 2;

CREATE MATERIALIZED VIEW time_to_value AS
SELECT date_part('year', signed_up)::int AS year, segment,
       duration_agg(signed_up, first_value, closed) AS summary
FROM onboarding, books WHERE signed_up <= closed GROUP BY 1, 2;

CREATE MATERIALIZED VIEW time_to_value_total AS
SELECT coalesce(segment, 'All') AS segment, coalesce(year::text, 'All') AS year, rollup(summary) AS summary
FROM time_to_value GROUP BY GROUPING SETS ((), (segment), (year), (segment, year));
CREATE MATERIALIZED VIEW time_to_value_curve AS
SELECT segment, year, t, 1 - survival AS arrived, 1 - high AS low, 1 - low AS high, at_risk
FROM time_to_value_total, LATERAL km_curve(summary) WHERE t <= 180;

-- Contracts due, with the score of the quarter's end before: of those decided, whether they were lost. A forecast is
-- made from what such scores meant in the quarters before it. Signals: the score, and for each segment but that with
-- most contracts whether it is this one.
CREATE MATERIALIZED VIEW contract_score AS
WITH size AS (
  SELECT segment, row_number() OVER (ORDER BY count(*) DESC, segment) AS rank FROM contract GROUP BY segment
), flag AS (
  SELECT s.segment, array_agg((o.segment = s.segment)::int ORDER BY o.segment) AS flags
  FROM size AS s JOIN size AS o ON o.rank > 1 GROUP BY s.segment
)
SELECT ends, period, customer, due, segment, arr_due, renewed_on, score, lost,
       (score || coalesce(flags, '{}')::numeric[])::float8[] AS signals
FROM (SELECT s.ends, period_start(s.ends + 1, quarter) AS period, c.customer, c.due, c.segment, c.arr_due, c.renewed_on,
             round(h.score, 2) AS score,
             CASE WHEN c.renewed_on <= c.due + 30 THEN false WHEN c.due + 30 < closed THEN true END AS lost
      FROM books, score_day AS s
      JOIN contract AS c ON c.due > s.ends AND c.due <= s.next_ends
      LEFT JOIN health_history AS h ON h.customer = c.customer AND h.ends = s.ends) AS c
LEFT JOIN flag USING (segment);

CREATE MATERIALIZED VIEW forecast AS
WITH past AS (  -- what was known on each day
  SELECT s.ends, c.signals, c.lost, c.arr_due
  FROM score_day AS s JOIN contract_score AS c ON c.due + 30 <= s.ends
  WHERE c.score IS NOT NULL AND c.lost IS NOT NULL
), fitted AS (
  SELECT ends, fit_health_weights(lost, signals) AS fit FROM past GROUP BY ends
), tested AS (
  SELECT ends, b, backtest_customers(b) AS decided
  FROM (SELECT ends, backtest_probability_agg(round(churn_probability(fit, signals)::numeric, 4), lost, arr_due) AS b
        FROM past JOIN fitted USING (ends) WHERE fit IS NOT NULL GROUP BY ends) AS t
), due AS (
  SELECT c.*, b, decided, round(churn_probability(fit, signals)::numeric, 4) AS p
  FROM contract_score AS c JOIN fitted USING (ends) JOIN tested USING (ends)
)
SELECT ends, period, segment, renewal_forecast_total(b, p, arr_due) AS forecast,
       count(*) AS contracts, count(*) FILTER (WHERE lost IS NULL) AS open, min(decided) AS past,
       sum(arr_due) FILTER (WHERE NOT lost) AS kept_arr
FROM due GROUP BY GROUPING SETS ((ends, period), (ends, period, segment));

-- Of the contracts of the quarter ahead that are not signed, those in the red band, the lowest scores first.
CREATE MATERIALIZED VIEW renewal_watch AS
SELECT *
FROM (SELECT listed AS segment, a.name, c.customer, c.due, c.arr_due, c.score,
             row_number() OVER (PARTITION BY listed ORDER BY c.score, c.arr_due DESC, c.customer) AS rank,
             count(*) OVER (PARTITION BY listed) AS contracts, sum(c.arr_due) OVER (PARTITION BY listed) AS arr
      FROM contract_score AS c JOIN books ON c.ends = closed JOIN account AS a USING (customer),
           LATERAL (VALUES ('All'), (c.segment)) AS s (listed)
      WHERE c.renewed_on IS NULL AND health_band(c.score) = 'red') AS r
WHERE rank <= 12;

-- Bring all of it up to date, those that others read first, and say how it went.
CREATE FUNCTION refresh() RETURNS TABLE (view text, status text, message text) LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  REFRESH MATERIALIZED VIEW dashboard.books;
  REFRESH MATERIALIZED VIEW dashboard.score_day;
  REFRESH MATERIALIZED VIEW dashboard.health_history;
  FOREACH view IN ARRAY '{retention_month,retention_quarter,retention_year,cohort_customers,cohort_revenue,nps,csat,ces,health}'::text[] LOOP
    SELECT r.status, r.message INTO status, message FROM ccx.refresh(format('dashboard.%I', view)::regclass) AS r;
    RETURN NEXT;
  END LOOP;
  REFRESH MATERIALIZED VIEW dashboard.health_distribution;
  REFRESH MATERIALIZED VIEW dashboard.health_watch;
  REFRESH MATERIALIZED VIEW dashboard.retention_interval;
  REFRESH MATERIALIZED VIEW dashboard.retention_total;
  REFRESH MATERIALIZED VIEW dashboard.retention_bridge;
  REFRESH MATERIALIZED VIEW dashboard.driver;
  REFRESH MATERIALIZED VIEW dashboard.driver_move;
  REFRESH MATERIALIZED VIEW dashboard.mover;
  REFRESH MATERIALIZED VIEW dashboard.backtest;
  REFRESH MATERIALIZED VIEW dashboard.backtest_total;
  REFRESH MATERIALIZED VIEW dashboard.backtest_lift;
  REFRESH MATERIALIZED VIEW dashboard.backtest_calibration;
  REFRESH MATERIALIZED VIEW dashboard.renewal;
  REFRESH MATERIALIZED VIEW dashboard.time_to_value;
  REFRESH MATERIALIZED VIEW dashboard.time_to_value_total;
  REFRESH MATERIALIZED VIEW dashboard.time_to_value_curve;
  REFRESH MATERIALIZED VIEW dashboard.contract_score;
  REFRESH MATERIALIZED VIEW dashboard.forecast;
  REFRESH MATERIALIZED VIEW dashboard.renewal_watch;
END $$;
COMMENT ON FUNCTION refresh() IS 'bring everything in this schema up to date; a row for each metric view';

COMMIT;
SELECT format('ANALYZE dashboard.%I', relname) FROM pg_class
WHERE relnamespace = 'dashboard'::regnamespace AND relkind IN ('r', 'm') \gexec
