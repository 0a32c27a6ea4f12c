-- A model of churn fitted on four fifths of a telephone company's customers and back-tested on the fifth that it has not
-- seen, five times over; and single signals for comparison. ccx beside plain SQL; the figures of doc/backtest.md.
--   psql -X -At -v figures=../shared/data/figures -f test/figures/09_telco_backtest.sql
\set case 09_telco_backtest
\set ON_ERROR_STOP on
\ir setup.sql
\if :absent
\quit
\endif
\set folder :figures /09_telco_churn
\cd :folder
\i load.sql
SET search_path = h09, public, ccx;

-- Which fifth says a digest of the customer's id, so that it hangs on nothing else.
CREATE TEMP TABLE customers AS
SELECT customer_id, churn = 'Yes' AS churned, monthly_charges * 12 AS arr, tenure, contract, ('x' || substr(md5(customer_id), 1, 7))::bit(28)::int % 5 AS fifth,
       ARRAY[tenure, monthly_charges, senior_citizen, (partner = 'Yes')::int, (dependents = 'Yes')::int, (contract = 'One year')::int, (contract = 'Two year')::int,
             (internet_service = 'Fiber optic')::int, (internet_service = 'No')::int, (online_security = 'Yes')::int, (tech_support = 'Yes')::int, (streaming_tv = 'Yes')::int,
             (paperless_billing = 'Yes')::int, (payment_method = 'Electronic check')::int, (multiple_lines = 'Yes')::int]::float8[] AS signals
FROM telco;
CREATE TEMP TABLE models AS
SELECT f.fifth, fit_health_weights(churned, signals) AS fit FROM customers AS c JOIN generate_series(0, 4) AS f (fifth) ON c.fifth <> f.fifth GROUP BY f.fifth;
CREATE TEMP TABLE predicted AS
SELECT customer_id, churned, arr, tenure, contract, churn_probability(fit, signals) AS p FROM customers JOIN models USING (fifth);
CREATE TEMP TABLE tests AS
SELECT backtest_probability_agg(p, churned, arr) AS model, backtest_agg(round(tenure / 72.0 * 100, 2), churned, arr) AS tenure,
       backtest_agg(CASE contract WHEN 'Month-to-month' THEN 0 WHEN 'One year' THEN 50 ELSE 100 END, churned, arr) AS contract,
       backtest_agg(('x' || substr(md5('label' || customer_id), 1, 7))::bit(28)::int % 101, churned, arr) AS chance
FROM predicted;

-- plain SQL: AUC by ranks, lift and capture with ties pro rata, Brier by customer
CREATE TEMP TABLE by_hand AS
SELECT (SELECT (sum(r) FILTER (WHERE churned) - count(*) FILTER (WHERE churned) * (count(*) FILTER (WHERE churned) + 1) / 2.0) / (count(*) FILTER (WHERE churned) * count(*) FILTER (WHERE NOT churned))
        FROM (SELECT churned, rank() OVER (ORDER BY p) + (count(*) OVER (PARTITION BY p) - 1) / 2.0 AS r FROM predicted) AS ranks) AS auc,
       (SELECT avg((p - churned::int) ^ 2) FROM predicted) AS brier,
       (SELECT sum(churned::int * taken) / (0.1 * sum(churned::int)) FROM (SELECT churned, least(greatest((0.1 * count(*) OVER () - (rank() OVER (ORDER BY p DESC) - 1)) / count(*) OVER (PARTITION BY p), 0), 1) AS taken FROM predicted) AS t) AS lift,
       (SELECT sum(churned::int * arr * taken) / sum(churned::int * arr) FROM (SELECT churned, arr, least(greatest((0.2 * count(*) OVER () - (rank() OVER (ORDER BY p DESC) - 1)) / count(*) OVER (PARTITION BY p), 0), 1) AS taken FROM predicted) AS t) AS capture;
SELECT CASE WHEN round(auc(model), 12) = round(b.auc, 12) AND round(brier(model), 12) = round(b.brier, 12) AND round(lift(model, 0.1), 12) = round(b.lift, 12) AND round(capture(model, 0.2), 12) = round(b.capture, 12)
            THEN 'ok' ELSE 'not ok' END || ' - 09_telco_backtest: AUC, Brier, lift and capture of ' || backtest_customers(model) || ' customers equal those of plain SQL'
FROM tests, by_hand AS b;
-- learned on others, it must do better than the best single signal; and a score of chance nothing
SELECT CASE WHEN auc(model) > greatest(auc(tenure), auc(contract)) AND auc(chance) BETWEEN 0.48 AND 0.52 THEN 'ok' ELSE 'not ok' END || ' - 09_telco_backtest: the model ranks better than any one signal, chance does not rank' FROM tests;
-- what was predicted with 20 % happens to 20 %: every tenth of the predictions has its mean in the interval, or one of ten has not
SELECT CASE WHEN count(*) FILTER (WHERE predicted BETWEEN low AND high) >= 9 THEN 'ok' ELSE 'not ok' END || format(' - 09_telco_backtest: %s of %s tenths are calibrated', count(*) FILTER (WHERE predicted BETWEEN low AND high), count(*)) FROM tests, calibration(model, 10);

-- Forecasts: the back-test of four fifths says what of the yearly charges of the other fifth is kept; by portfolio, all
-- of a fifth and its twentieths.
CREATE TEMP TABLE fifths AS
SELECT f.fifth, backtest_probability_agg(p, customers.churned) AS b FROM predicted JOIN customers USING (customer_id) JOIN generate_series(0, 4) AS f (fifth) ON customers.fifth <> f.fifth GROUP BY f.fifth;
CREATE TEMP TABLE portfolios AS
SELECT c.fifth, v.part, renewal_forecast_total(b, p, c.arr) AS f, sum(c.arr) FILTER (WHERE NOT c.churned) AS kept
FROM customers AS c JOIN predicted USING (customer_id) JOIN fifths ON fifths.fifth = c.fifth,
     LATERAL (VALUES (NULL), (('x' || substr(md5('part' || customer_id), 1, 7))::bit(28)::int % 20)) AS v (part) GROUP BY c.fifth, v.part;
SELECT CASE WHEN avg((kept BETWEEN (f).low AND (f).high)::int) BETWEEN 0.9 AND 1 THEN 'ok' ELSE 'not ok' END
       || format(' - 09_telco_backtest: what was kept is within the forecast of %s of %s portfolios', count(*) FILTER (WHERE kept BETWEEN (f).low AND (f).high), count(*)) FROM portfolios;

-- the figures
SELECT '# ' || string_agg(format('%s: AUC %s, lift at 10 %% %s, at 20 %% %s, captured ARR %s and %s', name, round(auc(b), 4), round(lift(b, 0.1), 2), round(lift(b, 0.2), 2), round(capture(b, 0.1), 3), round(capture(b, 0.2), 3)), E'\n# ' ORDER BY auc(b) DESC)
FROM tests, LATERAL (VALUES ('model', model), ('tenure', tenure), ('contract', contract), ('chance', chance)) AS v (name, b);
SELECT format('# Brier %s, of the base rate for everybody %s', round(brier(model), 4), round(avg(c.churned::int) * (1 - avg(c.churned::int)), 4)) FROM tests, customers AS c GROUP BY model;
SELECT format('# %s | %s to %s | %s | %s | %s | %s to %s', bin, low_value, high_value, customers, round(predicted, 4), round(churn_rate, 4), round(low::numeric, 3), round(high::numeric, 3)) FROM tests, calibration(model, 10);
SELECT format('# fifth %s: %s contracts, due %s, forecast %s to %s to %s, kept %s', fifth, (f).accounts, (f).arr_due, round((f).low::numeric), round((f).expected), round((f).high::numeric), kept) FROM portfolios WHERE part IS NULL ORDER BY fifth;
SELECT format('# twentieths: %s of %s covered, about %s contracts each, half width %s of what is due', count(*) FILTER (WHERE kept BETWEEN (f).low AND (f).high), count(*), round(avg((f).accounts)), round(avg(((f).high - (f).low) / 2 / (f).arr_due::float8)::numeric, 3)) FROM portfolios WHERE part IS NOT NULL;
SELECT format('# fitted on all: in-sample AUC %s, held out %s, %s iterations', round((f).auc, 4), round((f).auc_held_out, 4), (f).iterations) FROM (SELECT fit_health_weights(churned, signals) AS f FROM customers) AS t;
