-- Constant currency: amounts converted by a rule for the date of the rate, and what plain SQL makes of the same rows.
CREATE SCHEMA money;
SET search_path = money, ccx, public;
SET client_min_messages = warning;
SET datestyle = ISO;
\set SHOW_CONTEXT never

SELECT convert_amount(100, 0.9), convert_amount(-12.50, 1.0850, 'USD'), convert_amount(0, 3, 'USD', '2025-01-31'), convert_amount(99999999999999999999.99, 0.000000000001) AS small;
SELECT convert_amount(NULL, 2) IS NULL AS no_amount, convert_amount(NULL, NULL, 'USD') IS NULL AS nothing_to_convert;
SELECT convert_amount(100, NULL, 'USD', '2025-01-31');
SELECT convert_amount(0, NULL);
SELECT convert_amount(1, 0);
SELECT convert_amount(1, -0.5);
SELECT convert_amount(1, 'NaN');
SELECT convert_amount('Infinity', 1);

-- Three currencies, whose rates move; the last two customers change currency.
CREATE TABLE rate (currency text, day date, rate numeric NOT NULL, PRIMARY KEY (currency, day));
INSERT INTO rate
SELECT currency, (date '2024-02-01' + make_interval(months => m))::date - 1, CASE currency WHEN 'EUR' THEN 1 WHEN 'USD' THEN 0.9 + 0.01 * ((m * m) % 7) ELSE 1.2 - 0.003 * m END
FROM unnest('{EUR,USD,GBP}'::text[]) AS currency, generate_series(0, 17) AS m;
CREATE TABLE snapshot (customer int, month date, mrr numeric, currency text, PRIMARY KEY (customer, month));
INSERT INTO snapshot
SELECT c, (date '2024-02-01' + make_interval(months => m))::date - 1, 100 + (c * 7 + m * m) % 50 + 0.25, (ARRAY['EUR', 'USD', 'GBP'])[1 + (c + CASE WHEN c > 58 AND m > 8 THEN 1 ELSE 0 END) % 3]
FROM generate_series(1, 60) AS c, generate_series(0, 17) AS m WHERE m >= c % 5 AND (c * m) % 13 <> 3 AND m < 9 + c % 13;

-- 1. at the rate of each month; 2. at the rate of a plan, the end of 2024
CREATE VIEW spot AS
SELECT s.customer, s.month, convert_amount(s.mrr, r.rate, s.currency, s.month) AS mrr FROM snapshot AS s LEFT JOIN rate AS r ON r.currency = s.currency AND r.day = s.month;
CREATE VIEW plan AS
SELECT s.customer, s.month, convert_amount(s.mrr, r.rate, s.currency, '2024-12-31') AS mrr FROM snapshot AS s LEFT JOIN rate AS r ON r.currency = s.currency AND r.day = '2024-12-31';
SELECT create_metric_view('at_spot', 'movements', 'spot', customer => 'customer', at => 'month', amount => 'mrr', span => 'year');
SELECT create_metric_view('at_plan', 'movements', 'plan', customer => 'customer', at => 'month', amount => 'mrr', span => 'year');
-- 3. at the rate of the opening, from amounts by currency, of customers that have one currency
CREATE VIEW steady AS SELECT * FROM snapshot WHERE customer NOT IN (SELECT customer FROM snapshot GROUP BY customer HAVING count(DISTINCT currency) > 1);
SELECT create_metric_view('by_currency', 'movements', 'steady', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{currency}', span => 'year');
CREATE VIEW at_opening AS
SELECT m.period, sum(convert_amount(m.retained_mrr, r.rate, m.currency, o.day)) / sum(convert_amount(m.opening_mrr, r.rate, m.currency, o.day)) AS nrr,
       sum(convert_amount(m.gross_retained_mrr, r.rate, m.currency, o.day)) / sum(convert_amount(m.opening_mrr, r.rate, m.currency, o.day)) AS grr
FROM by_currency AS m CROSS JOIN LATERAL (SELECT (period_end(m.period, 'month') + 1 - interval '1 year')::date - 1) AS o (day)
LEFT JOIN rate AS r ON r.currency = m.currency AND r.day = o.day
GROUP BY m.period;

-- the same by hand: a year's two snapshots side by side
CREATE VIEW by_hand AS
SELECT date_trunc('month', p)::date AS period,
       sum(coalesce(c.mrr * plan_c.rate, 0)) / sum(o.mrr * plan_o.rate) AS nrr_at_plan,
       sum(least(coalesce(c.mrr * plan_c.rate, 0), o.mrr * plan_o.rate)) / sum(o.mrr * plan_o.rate) AS grr_at_plan,
       sum(coalesce(c.mrr * spot_c.rate, 0)) / sum(o.mrr * spot_o.rate) AS nrr_at_spot,
       sum(coalesce(c.mrr * spot_o.rate, 0)) FILTER (WHERE o.customer < 59) / sum(o.mrr * spot_o.rate) FILTER (WHERE o.customer < 59) AS nrr_at_opening,
       sum(least(coalesce(c.mrr, 0), o.mrr) * spot_o.rate) FILTER (WHERE o.customer < 59) / sum(o.mrr * spot_o.rate) FILTER (WHERE o.customer < 59) AS grr_at_opening
FROM generate_series(timestamp '2025-01-01', '2025-06-01', '1 month') AS p
JOIN snapshot AS o ON o.month = (p - interval '11 months')::date - 1
LEFT JOIN snapshot AS c ON c.customer = o.customer AND c.month = (p + interval '1 month')::date - 1
JOIN rate AS plan_o ON plan_o.currency = o.currency AND plan_o.day = '2024-12-31'
LEFT JOIN rate AS plan_c ON plan_c.currency = c.currency AND plan_c.day = '2024-12-31'
JOIN rate AS spot_o ON spot_o.currency = o.currency AND spot_o.day = o.month
LEFT JOIN rate AS spot_c ON spot_c.currency = c.currency AND spot_c.day = c.month
GROUP BY p;
SELECT h.period, p.nrr = round(h.nrr_at_plan, 6) AS plan, p.grr = round(h.grr_at_plan, 6) AS plan_grr, s.nrr = round(h.nrr_at_spot, 6) AS spot,
       round(o.nrr, 12) = round(h.nrr_at_opening, 12) AS opening, round(o.grr, 12) = round(h.grr_at_opening, 12) AS opening_grr,
       p.nrr <> s.nrr AS plan_is_not_spot, p.nrr AS at_plan, s.nrr AS at_spot, round(o.nrr, 6) AS at_opening
FROM by_hand AS h LEFT JOIN at_plan AS p USING (period) LEFT JOIN at_spot AS s USING (period) LEFT JOIN at_opening AS o USING (period) ORDER BY period;

-- a rate that is missing: no total without it
INSERT INTO snapshot VALUES (61, '2025-06-30', 100, 'CHF');
SELECT sum(mrr) FROM plan;
SELECT status, message FROM refresh('at_plan');
SELECT count(*) AS rows_as_before FROM at_plan;
INSERT INTO rate VALUES ('CHF', '2024-12-31', 1.06);
SELECT status FROM refresh('at_plan');
SELECT closing_mrr = (SELECT sum(s.mrr * r.rate) FROM snapshot AS s JOIN rate AS r USING (currency) WHERE s.month = '2025-06-30' AND r.day = '2024-12-31') AS with_it FROM at_plan WHERE period = '2025-06-01';

-- incremental: a column of the table, which a trigger converts
CREATE TABLE snapshot_at_plan (customer int, month date, mrr numeric, currency text, mrr_plan numeric);
CREATE INDEX ON snapshot_at_plan (customer);
CREATE FUNCTION to_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.mrr_plan := ccx.convert_amount(NEW.mrr, (SELECT r.rate FROM money.rate AS r WHERE r.currency = NEW.currency AND r.day = '2024-12-31'), NEW.currency, '2024-12-31');
	RETURN NEW;
END $$;
CREATE TRIGGER to_plan BEFORE INSERT OR UPDATE ON snapshot_at_plan FOR EACH ROW EXECUTE FUNCTION to_plan();
INSERT INTO snapshot_at_plan SELECT * FROM snapshot;
SELECT create_metric_view('incremental', 'movements', 'snapshot_at_plan', customer => 'customer', at => 'month', amount => 'mrr_plan', span => 'year', mode => 'incremental');
SELECT count(*) AS differ FROM (TABLE incremental EXCEPT TABLE at_plan) AS d;
UPDATE snapshot_at_plan SET mrr = 500 WHERE customer = 7;
UPDATE snapshot SET mrr = 500 WHERE customer = 7;
INSERT INTO snapshot_at_plan VALUES (62, '2025-06-30', 100, 'SEK');
SELECT status, message FROM refresh('incremental');
SELECT status FROM refresh('at_plan');
SELECT count(*) AS differ FROM (TABLE incremental EXCEPT TABLE at_plan) AS d;
UPDATE rate SET rate = 0.8 WHERE currency = 'USD' AND day = '2024-12-31';
UPDATE snapshot_at_plan SET mrr = mrr WHERE currency = 'USD';
SELECT status, message FROM refresh('incremental');
SELECT status FROM refresh('at_plan');
SELECT count(*) AS differ FROM (TABLE incremental EXCEPT TABLE at_plan) AS d;
SELECT count(*) AS wrong FROM verify('incremental');
DROP SCHEMA money CASCADE;
