-- The bytes of some thousand values, as one digest a line.  test/run.sh runs this with the
-- library as it is and with one that has every amount take the slow path; the lines must be
-- the same.
SET search_path = public, ccx;
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.pick(name text, n int) RETURNS int LANGUAGE sql IMMUTABLE AS $$
	SELECT (('x' || substr(md5(name), 1, 7))::bit(28)::int % n) $$;

-- NULL, zero, negative, cents, quarters, many decimals, large; and what fits 128 bits only just
CREATE FUNCTION pg_temp.pick_amount(name text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE pg_temp.pick(name || ' k', 12)
		WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 2 THEN -pg_temp.pick(name, 500) / 10.0
		WHEN 3 THEN pg_temp.pick(name, 100000000) * 1e-20 WHEN 4 THEN pg_temp.pick(name, 1000) * 1e29 + pg_temp.pick(name, 7)
		WHEN 5 THEN pg_temp.pick(name, 1000) * 1e45 + 1e-25 WHEN 6 THEN 99999999999999999999999999999999 - pg_temp.pick(name, 9) WHEN 7 THEN 1e12 - pg_temp.pick(name, 1000) * 1e-20
		ELSE pg_temp.pick(name, 300) * 100 / 4.0 END $$;

-- what a transition state looks like tells the two libraries apart
CREATE AGGREGATE pg_temp.working(numeric, numeric) (SFUNC = retention_accum, STYPE = retention_summary);

CREATE TEMP TABLE pairs AS
SELECT g, i, pg_temp.pick_amount(g || ' o ' || i) AS o, CASE WHEN pg_temp.pick(g || ' same ' || i, 5) = 0 THEN pg_temp.pick_amount(g || ' o ' || i) ELSE pg_temp.pick_amount(g || ' c ' || i) END AS c,
       (ARRAY[true, false, NULL])[1 + pg_temp.pick(g || ' seen ' || i, 3)] AS seen
FROM generate_series(1, 2500) AS g, LATERAL generate_series(1, 1 + pg_temp.pick('rows ' || g, 12)) AS i;
CREATE TEMP TABLE lines AS
SELECT g, customer, i, day AS valid_from, CASE WHEN pg_temp.pick(g || ' end ' || customer || i, 5) > 0 THEN day + pg_temp.pick(g || ' l ' || customer || i, 300) END AS valid_to,
       pg_temp.pick_amount(g || ' mrr ' || customer || i) AS mrr
FROM generate_series(1, 400) AS g, generate_series(1, 4) AS customer, generate_series(1, 3) AS i, LATERAL (SELECT date '2023-01-01' + pg_temp.pick(g || ' d ' || customer || i, 600)) AS d (day);

CREATE TEMP TABLE histories AS SELECT g, customer, mrr_history(valid_from, valid_to, mrr) AS h FROM lines GROUP BY g, customer;
CREATE TEMP TABLE renewals AS
SELECT g, renewal_agg(date '2024-01-01' + pg_temp.pick(g || ' due ' || i, 80), abs(o), CASE WHEN c IS NOT NULL AND seen IS NOT FALSE THEN date '2024-01-01' + pg_temp.pick(g || ' renewed ' || i, 120) END, abs(c), date '2024-04-01', 20) AS s
FROM pairs GROUP BY g;
CREATE TEMP TABLE durations AS SELECT g, duration_agg(valid_from, valid_to, date '2024-12-31') AS d, max(abs(mrr)) AS arpa FROM lines GROUP BY g;
CREATE TEMP TABLE movement_values AS SELECT g, step, span, mrr_movements_agg(h, step, span) AS m FROM histories, (VALUES ('month', 'month'), ('month', 'year'), ('quarter:feb', 'year')) AS o (step, span) GROUP BY g, step, span;

\pset format unaligned
\pset tuples_only on
SELECT 'working form: ' || pg_column_size(pg_temp.working(1, 2));
SELECT 'retention_agg: ', count(*), md5(string_agg(md5(retention_summary_send(s)), ',' ORDER BY g)) FROM (SELECT g, retention_agg(o, c, seen) AS s FROM pairs GROUP BY g) AS s;
SELECT 'rollup(retention_summary): ', count(*), md5(string_agg(md5(retention_summary_send(s)), ',' ORDER BY g)) FROM (SELECT g, rollup(s) AS s FROM (SELECT g % 500 AS g, retention_agg(o, c, seen) AS s FROM pairs GROUP BY pairs.g) AS p GROUP BY g) AS s;
SELECT 'rates: ', count(*), md5(string_agg(concat_ws(' ', g, n, gr, l, r, q, arpa(s)), ',' ORDER BY g))
FROM (SELECT g, nrr(o, c) AS n, grr(o, c) AS gr, logo_retention(o, c) AS l, revenue_churn_rate(o, c) AS r, quick_ratio(o, c) AS q, retention_agg(o, c) AS s FROM pairs GROUP BY g) AS s;
SELECT 'moving frames: ', count(*), md5(string_agg(x, ',' ORDER BY g, i))
FROM (SELECT g, i, concat_ws(' ', nrr(o, c) OVER w, retention_agg(o, c, seen) OVER w) AS x FROM pairs WINDOW w AS (PARTITION BY g ORDER BY i ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING)) AS s;
SELECT 'mrr_history: ', count(*), md5(string_agg(md5(mrr_history_send(h)), ',' ORDER BY g, customer)) FROM histories;
SELECT 'mrr_history by month: ', count(*), md5(string_agg(md5(mrr_history_send(h)), ',' ORDER BY g, customer)) FROM (SELECT g, customer, mrr_history(date_trunc('month', valid_from::timestamp), mrr) AS h FROM lines GROUP BY g, customer) AS h;
SELECT 'rollup(mrr_history): ', count(*), md5(string_agg(md5(mrr_history_send(h)), ',' ORDER BY g)) FROM (SELECT g, rollup(h) AS h FROM histories GROUP BY g) AS h;
SELECT 'mrr_movements_agg: ', count(*), md5(string_agg(md5(mrr_movements_send(m)), ',' ORDER BY g, step, span)) FROM movement_values;
SELECT 'rollup(mrr_movements): ', count(*), md5(string_agg(md5(mrr_movements_send(m)), ',' ORDER BY g, step, span)) FROM (SELECT g % 40 AS g, step, span, rollup(m) AS m FROM movement_values GROUP BY g % 40, step, span) AS m;
SELECT 'movements: ', count(*), md5(string_agg(f::text, ',' ORDER BY g, step, span, period)) FROM movement_values, movements(m, '2023-01-01', '2024-12-31') AS f;
SELECT 'text: ', count(*), md5(string_agg(m::text::mrr_movements::text, ',' ORDER BY g, step, span)) FROM movement_values;
SELECT 'mrr_movements_agg in one pass: ', count(*), md5(string_agg(md5(mrr_movements_send(m)), ',' ORDER BY g)) FROM (SELECT g, mrr_movements_agg(customer, date_trunc('month', valid_from::timestamp), mrr, 'quarter') AS m FROM lines GROUP BY g) AS m;
SELECT 'mrr_movements_by: ', count(*), md5(string_agg(m::text, ',' ORDER BY g)) FROM (SELECT g, mrr_movements_by(customer, date_trunc('month', valid_from::timestamp), mrr, (customer % 2)::text) AS m FROM lines GROUP BY g) AS m;
SELECT 'retention_agg_by: ', count(*), md5(string_agg(md5(retention_summary_send(s)), ',' ORDER BY g)) FROM (SELECT g, retention_agg_by(i / 3, o, c, seen) AS s FROM pairs GROUP BY g) AS s;
SELECT 'reconcile: ', count(*), md5(string_agg(r::text, ',' ORDER BY g)) FROM (SELECT g, reconcile(i / 3, o, c, abs(c), o) AS r FROM pairs GROUP BY g) AS r;
SELECT 'drivers: ', count(*), md5(string_agg(d::text, ',' ORDER BY g, m)) FROM (SELECT g % 300 AS g, m, drivers(g::text, s, t, m) AS d FROM (SELECT g, retention_agg(o, c) AS s, retention_agg(abs(c), o) AS t FROM pairs GROUP BY g) AS s, unnest('{nrr,grr,logo_retention}'::text[]) AS m GROUP BY s.g % 300, m) AS d;
SELECT 'cohort_revenue_agg: ', count(*), md5(string_agg(md5(cohort_matrix_send(m)), ',' ORDER BY g, step)) FROM (SELECT g, step, cohort_revenue_agg(h, step) AS m FROM histories, unnest('{month,quarter:feb}'::text[]) AS step GROUP BY g, step) AS m;
SELECT 'cohort_table: ', count(*), md5(string_agg(t::text, ',' ORDER BY g, cohort, period)) FROM (SELECT g, cohort_revenue_agg(h) AS m FROM histories GROUP BY g) AS m, cohort_table(m, 'on', '2024-12-31') AS t;
SELECT 'renewal_agg: ', count(*), md5(string_agg(md5(renewal_summary_send(s)), ',' ORDER BY g)) FROM renewals;
SELECT 'rollup(renewal_summary): ', count(*), md5(string_agg(md5(renewal_summary_send(s)), ',' ORDER BY g)) FROM (SELECT g % 100 AS g, rollup(s) AS s FROM renewals GROUP BY renewals.g % 100) AS s;
SELECT 'renewal rates: ', count(*), md5(string_agg(concat_ws(' ', renewal_rate(s), gross_renewal_rate(s), on_time_arr(s), late_arr(s), lost_arr(s), recovered_arr(s), open_arr(s)), ',' ORDER BY g)) FROM renewals;
SELECT 'durations: ', count(*), md5(string_agg(concat_ws(' ', km_survival(d, 200), restricted_mean(d, 300), km_lifetime_value(d, arpa, 0.75, 300)), ',' ORDER BY g)) FROM durations;
SELECT 'backtest_agg: ', count(*), md5(string_agg(md5(backtest_summary_send(b)), ',' ORDER BY g)) FROM (SELECT g, backtest_agg(pg_temp.pick(g || ' score ' || i, 5) * 12.25, seen, abs(c)) AS b FROM pairs GROUP BY g) AS b;
SELECT 'back-tests: ', count(*), md5(string_agg(concat_ws(' ', auc(b), lift(b, 0.3), capture(b, 0.3), backtest_arr(b), backtest_churned_arr(b)), ',' ORDER BY g)) FROM (SELECT g % 300 AS g, rollup(b) AS b FROM (SELECT g, backtest_agg(pg_temp.pick(g || ' score ' || i, 5) * 12.25, seen, abs(c)) AS b FROM pairs GROUP BY g) AS b GROUP BY b.g % 300) AS b;
SELECT 'single amounts: ', count(*), md5(string_agg(concat_ws(' ', arr(o), monthly_amount(o, 'day'), mrr_movement(o, c, seen)), ',' ORDER BY g, i)) FROM pairs;
SELECT 'health_agg: ', count(*), md5(string_agg(md5(health_summary_send(h)), ',' ORDER BY g)) FROM (SELECT g, health_agg('s' || i, o, abs(coalesce(c, 0))) AS h FROM pairs GROUP BY g) AS h;
SELECT 'rollup(health_summary): ', count(*), md5(string_agg(md5(health_summary_send(h)), ',' ORDER BY g)) FROM (SELECT g, rollup(h) AS h FROM (SELECT g % 500 AS g, health_agg('s' || i, o, abs(coalesce(c, 0))) AS h FROM pairs GROUP BY pairs.g) AS p GROUP BY g) AS h;
SELECT 'health_score: ', count(*), md5(string_agg(concat_ws(' ', s, health_score(h, 0.5), health_coverage(h), health_band(h), clamped_signals(h)), ',' ORDER BY g)) FROM (SELECT g, health_score(o, abs(coalesce(c, 0))) AS s, health_agg('s' || i, o, abs(coalesce(c, 0))) AS h FROM pairs GROUP BY g) AS h;
SELECT 'health_drivers: ', count(*), md5(string_agg(d::text, ',' ORDER BY g, ordinality)) FROM (SELECT g, health_agg('s' || i, o, abs(coalesce(c, 0))) AS h FROM pairs GROUP BY g) AS h, health_drivers(h) WITH ORDINALITY AS d;
SELECT 'scalers: ', count(*), md5(string_agg(concat_ws(' ', CASE WHEN o <> c THEN scale_linear(o / 2, o, c) END, scale_steps(o, '{0,100}', '{0,12.5,100}'), scale_logistic(o, 100, 0.01)), ',' ORDER BY g, i)) FROM pairs;
