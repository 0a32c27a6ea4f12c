-- Periods and exchange rates: ccx against the oracle on the same random days, amounts and companies, to the last digit.
--   psql -X -d scratch -f test/oracle/calendar_compare.sql            (-v seed=2 for other data)
-- Ends with a non-zero exit when anything differs or when the data misses one of its floors.
\set ON_ERROR_STOP on
\ir begin.sql
\ir tables.sql
\ir calendar.sql
\ir currency.sql

SELECT clock_timestamp() AS started \gset

INSERT INTO oracle.shape VALUES
    ('scalar', '{value}', NULL),
    ('period', '{period_start,period_end}', NULL),
    ('rates', '{nrr,grr}', NULL);

-- Periods --------------------------------------------------------------------------------------------------------

-- For every grain: the days where a month, a leap year, a year or an era ends; days of this time and of all time; and
-- those that are near the first and the last date there are, or are none.
CREATE TABLE oracle.day_asked AS
SELECT grain, day
FROM oracle.grain,
     LATERAL (SELECT border + after AS day
              -- negative is BC
              FROM unnest('{-5,-1,1,4,1582,1700,1896,1899,1900,1904,1999,2000,2001,2023,2024,2025,2100,2400,99999}'::int[]) AS year,
                   unnest(ARRAY[make_date(year, 1, 1), make_date(year, 3, 1), make_date(year, 1 + oracle.draw(12, 'month of ' || grain, 0, year), 1)]) AS border,
                   generate_series(-2, 0) AS after
              UNION ALL SELECT date '1990-01-01' + oracle.draw(18263, 'day of ' || grain, 0, n) FROM generate_series(1, 30) AS n
              UNION ALL SELECT date '4714-11-24 BC' + oracle.draw(2147483493, 'day of ' || grain, 1, n) FROM generate_series(1, 20) AS n
              UNION ALL SELECT date '4714-11-24 BC' + d FROM generate_series(1, 8) AS n, LATERAL (SELECT CASE WHEN n < 3 THEN 0 ELSE oracle.draw(800, 'first days of ' || grain, 0, n) END AS d) AS drawn
              UNION ALL SELECT date '5874897-12-31' - d FROM generate_series(1, 8) AS n, LATERAL (SELECT CASE WHEN n < 3 THEN 0 ELSE oracle.draw(800, 'last days of ' || grain, 0, n) END AS d) AS drawn
              UNION ALL SELECT unnest('{infinity,-infinity,NULL}'::date[])) AS d
UNION
SELECT grain, day
FROM unnest('{fortnight,"",Month," month","month ",months,week:,week:jan,week:mon,week:Sunday,month:feb,day:monday,quarter:monday,quarter:13,quarter:Feb,year:february,year:feb:apr,week:sunday:,decade,NULL}'::text[]) AS grain,
     unnest('{2024-02-29,infinity,NULL}'::date[]) AS day;
CREATE TABLE oracle.period_want AS
SELECT grain, day, ARRAY[oracle.outcome(format('SELECT oracle.period_start(%L, %L)', day, grain)), oracle.outcome(format('SELECT oracle.period_end(%L, %L)', day, grain))] AS vals
FROM oracle.day_asked;
INSERT INTO oracle.want SELECT 'period_start, period_end', 'period', concat_ws(' of ', coalesce(grain, 'NULL'), coalesce(day::text, 'NULL')), vals FROM oracle.period_want;
INSERT INTO oracle.got
SELECT 'period_start, period_end', 'period', concat_ws(' of ', coalesce(grain, 'NULL'), coalesce(day::text, 'NULL')),
       ARRAY[oracle.outcome(format('SELECT ccx.period_start(%L, %L)', day, grain)), oracle.outcome(format('SELECT ccx.period_end(%L, %L)', day, grain))]
FROM oracle.day_asked;

INSERT INTO oracle.hazard
SELECT 'periods', hazard, count(*) FILTER (WHERE here), least_sets
FROM (SELECT w.*, split_part(grain, ':', 1) AS kind, CASE WHEN vals[1] !~ 'error' THEN vals[1]::date END AS first, CASE WHEN vals[2] !~ 'error' THEN vals[2]::date END AS last
      FROM oracle.period_want AS w) AS w,
     LATERAL (VALUES ('days', true, 5000), ('no day, or no grain', vals[1] IS NULL, 55), ('infinite', NOT isfinite(first), 70), ('unknown grain', vals = '{error 22023,error 22023}' AND isfinite(day), 15),
                     ('begins before the dates', vals[1] = 'error 22008', 40), ('ends after them', vals[2] = 'error 22008', 30), ('the first date', first = '4714-11-24 BC', 2), ('the last date', last = '5874897-12-31', 15),
                     ('BC', first < '0001-01-01', 500), ('from BC to AD', first < '0001-01-01' AND last >= '0001-01-01', 10), ('after 9999', first > '9999-12-31' AND kind <> 'day', 500),
                     ('first day', first = day AND kind <> 'day', 200), ('last day', last = day AND kind <> 'day', 200), ('leap day', day::text ~ '-02-29', 150),
                     ('ends with the 29th of February', last::text ~ '-02-29' AND kind <> 'day', 60), ('ends with the 28th', last::text ~ '-02-28' AND kind <> 'day', 60),
                     ('century without a leap day', last IN ('1700-02-28', '1900-02-28', '2100-02-28') AND kind <> 'day', 20), ('century with one', last IN ('2000-02-29', '2400-02-29') AND kind <> 'day', 12),
                     ('week of two years', kind = 'week' AND extract(year FROM first) <> extract(year FROM last), 50),
                     ('fiscal quarter of two years', kind = 'quarter' AND extract(year FROM first) <> extract(year FROM last), 100),
                     ('fiscal year of two', kind = 'year' AND extract(year FROM first) <> extract(year FROM last), 1000)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets;
-- each grain, by each of its names
INSERT INTO oracle.hazard SELECT 'periods', 'the grain with the fewest', min(n), 100 FROM (SELECT count(vals[1]) AS n FROM oracle.grain LEFT JOIN oracle.period_want USING (grain) GROUP BY grain) AS g;

-- Amounts at a rate ----------------------------------------------------------------------------------------------

CREATE TABLE oracle.bill_asked AS
SELECT n, CASE WHEN what = 'no amount' THEN NULL WHEN what = 'amount' THEN ('{NaN,Infinity,-Infinity}'::numeric[])[1 + n % 3] ELSE a END AS amount,
       CASE WHEN what = 'no rate' OR what = 'no amount' AND n % 3 = 0 THEN NULL
            WHEN what = 'rate' OR what = 'no amount' AND n % 3 = 1 THEN (ARRAY[0, -0.5, -1e20, 'NaN', 'Infinity', '-Infinity', -1e-8, 0.00])[1 + oracle.draw(8, 'bad rate', n, 0)] ELSE abs(r) END AS rate,
       (ARRAY['EUR', 'USD', '', NULL, 'nobody''s €'])[1 + oracle.draw(5, 'currency', n, 0)] AS currency,
       (ARRAY['2024-02-29', NULL, 'infinity', '4714-11-24 BC', '5874897-12-31'])[1 + oracle.draw(5, 'day', n, 0)]::date AS day
FROM generate_series(1, 1500) AS n,
     LATERAL (SELECT oracle.choose('{no amount,amount,no rate,no rate,rate,both,both,both,both,both,both,both}', 'what', n, 0) AS what,
                     CASE oracle.draw(6, 'sign', n, 0) WHEN 0 THEN 0 WHEN 1 THEN -1 ELSE 1 END AS sign) AS w,
     LATERAL (SELECT sum(v) FILTER (WHERE side = 1) * sign AS a, sum(v) FILTER (WHERE side = 2) AS r
              FROM generate_series(1, 2) AS side, LATERAL (SELECT oracle.draw(1000000, 'amount', n, side) AS d) AS drawn,
                   LATERAL (SELECT CASE oracle.draw(8, 'flavour', n, side)
                                       WHEN 0 THEN 1 + d WHEN 1 THEN (1 + d) * 0.01 WHEN 2 THEN (1 + d) * 0.00000001 WHEN 3 THEN (1 + d) * 1e14
                                       WHEN 4 THEN round(1 + d % 500, d % 21) WHEN 5 THEN 1.00
                                       WHEN 6 THEN (1 + d * 1000000000039 % 999999999999999989)::numeric * ('1e-' || d % 21)::numeric
                                       ELSE (ARRAY[0.00000001, 1e20, 99999999999999999999.99999999999999999999, 0.00000000000000000001])[1 + d % 4] END AS v) AS valued) AS numbers;
CREATE TABLE oracle.bill_call (route text, call text);
INSERT INTO oracle.bill_call VALUES ('convert_amount(amount, rate)', '%1$L, %2$L'), ('convert_amount(amount, rate, currency)', '%1$L, %2$L, %3$L'),
    ('convert_amount(amount, rate, currency, day)', '%1$L, %2$L, %3$L, %4$L'), ('by name', 'rate => %2$L, day => %4$L, amount => %1$L');
INSERT INTO oracle.want SELECT route, 'scalar', 'amount ' || n, ARRAY[oracle.outcome(format('SELECT oracle.converted(%L, %L)', amount, rate))] FROM oracle.bill_asked, oracle.bill_call;
INSERT INTO oracle.got SELECT route, 'scalar', 'amount ' || n, ARRAY[oracle.outcome(format('SELECT ccx.convert_amount(' || call || ')', amount, rate, currency, day))] FROM oracle.bill_asked, oracle.bill_call;

INSERT INTO oracle.hazard
SELECT 'amounts', hazard, count(*) FILTER (WHERE here), least_sets
FROM (SELECT b.*, w.vals[1] AS want FROM oracle.bill_asked AS b JOIN oracle.want AS w ON w.route = 'by name' AND w.key = 'amount ' || n) AS w,
     LATERAL (VALUES ('amounts', true, 1500), ('no amount', amount IS NULL AND rate > 0, 20), ('no amount, no rate', amount IS NULL AND rate IS NULL, 20), ('no amount, a bad rate', amount IS NULL AND NOT rate > 0, 20),
                     ('no rate', want = 'error 22004', 150), ('no rate for 0', want = 'error 22004' AND amount = 0, 20), ('rate 0', want = 'error 22023' AND rate = 0, 15), ('a negative rate', want = 'error 22023' AND rate < 0, 30),
                     ('rate not finite', want = 'error 22023' AND rate IN ('NaN', 'Infinity'), 15), ('amount not finite', want = 'error 22023' AND rate > 0, 60), ('amount 0', amount = 0 AND rate > 0, 80), ('negative', amount < 0 AND rate > 0, 80),
                     ('1e-8 and less', amount <= 0.00000001 AND amount > 0, 15), ('1e20 and about', amount >= 99999999999999999999.9, 15), ('written with zeros', scale(amount) > min_scale(amount) OR scale(rate) > min_scale(rate), 200),
                     ('over 20 decimals', want ~ '\.\d{21}', 40), ('over 20 digits', want ~ '^-?\d{21}', 100), ('rate of 1', rate = 1 AND amount <> 0, 60), ('over 40 digits in all', length(want) > 40, 15)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets;

-- Companies in constant currency -----------------------------------------------------------------------------------

-- Opening on 2024-12-31, closing a year later. Each company has a rate for each currency and day, but where one is
-- missing; then what is billed in that currency may be nothing, or not known. Some have the same rate, or the same on
-- both days; and there are rates for a day that nobody asks for.
CREATE TABLE oracle.trade AS
SELECT set_id, (ARRAY['spot', 'opening', 'closing'])[1 + set_id % 3] AS rule, set_id % 5 > 1 AS one_currency, oracle.draw(8, 'flavour', set_id, 0) AS flavour,
       CASE oracle.draw(4, 'gap', set_id, 0) WHEN 0 THEN oracle.choose('{EUR,USD,CHF,JPY}', 'gap', set_id, 1) END AS missing, oracle.choose('{2024-12-31,2025-12-31}', 'gap', set_id, 2)::date AS missing_day
FROM generate_series(1, 400) AS set_id;
CREATE TABLE oracle.trade_rate AS
SELECT set_id, currency, day, CASE oracle.draw(5, 'rate', set_id, c) WHEN 0 THEN 1 WHEN 1 THEN (1 + d % 3) * 0.50 WHEN 2 THEN (1 + d) * 0.00000001 WHEN 3 THEN (1 + d) * 1000.0 ELSE (1 + d) * 0.0001 END AS rate
FROM oracle.trade, unnest('{EUR,USD,CHF,JPY}'::text[]) WITH ORDINALITY AS u (currency, c), unnest('{2024-12-30,2024-12-31,2025-12-31}'::date[]) AS day,
     LATERAL (SELECT oracle.draw(20000, 'rate', set_id, CASE oracle.draw(3, 'steady', set_id, c) WHEN 0 THEN c ELSE c * 100000 + (day - date '2024-01-01') END) AS d) AS drawn
WHERE (currency = missing AND day = missing_day) IS NOT TRUE;
CREATE TABLE oracle.trade_bill AS
SELECT set_id, customer, day, currency,
       CASE WHEN currency = missing AND set_id % 4 < 2 THEN nullif(set_id % 4, 1) WHEN fate = 0 THEN NULL WHEN fate = 1 THEN 0 WHEN fate = 2 THEN -d ELSE CASE flavour WHEN 0 THEN d WHEN 1 THEN d * 0.01 WHEN 2 THEN d * 0.00000001 WHEN 3 THEN d * 1e15 WHEN 4 THEN round(d % 100, d % 21) ELSE (ARRAY[0.00000001, 1e20, 1200, 0.25])[1 + d % 4] END END AS mrr
FROM (SELECT t.*, customer, day, line, oracle.draw(12, 'fate', set_id, id) AS fate, oracle.draw(100000, 'mrr', set_id, id / 8) + oracle.draw(3, 'change', set_id, id) * oracle.draw(1000, 'by', set_id, id) AS d,
             (ARRAY['EUR', 'USD', 'CHF', 'JPY'])[1 + oracle.draw(4, 'currency', set_id, CASE WHEN one_currency THEN customer ELSE id END)] AS currency
      FROM oracle.trade AS t, LATERAL generate_series(1, oracle.draw(9, 'customers', set_id, 0)) AS customer, unnest('{2024-12-31,2025-12-31}'::date[]) AS day,
           LATERAL generate_series(1, oracle.draw(3, 'lines', set_id, customer * 2 + extract(year FROM day)::int)) AS line, LATERAL (SELECT customer * 8 + line * 2 + (day = '2025-12-31')::int AS id) AS i) AS drawn;
CREATE INDEX ON oracle.trade_bill (set_id);
CREATE INDEX ON oracle.trade_rate (set_id);
ANALYZE;

CREATE TABLE oracle.trade_want AS
SELECT t.*, oracle.outcome(format('SELECT ARRAY[r.nrr, r.grr]::text
    FROM oracle.constant_retention(ARRAY(SELECT ROW(customer, day, mrr, currency)::oracle.bill FROM oracle.trade_bill WHERE set_id = %1$s),
                                   ARRAY(SELECT ROW(currency, day, rate)::oracle.exchange FROM oracle.trade_rate WHERE set_id = %1$s), %2$L, ''2024-12-31'', ''2025-12-31'') AS r', set_id, rule), '{error %1$s,error %1$s}')::text[] AS vals
FROM oracle.trade AS t;
INSERT INTO oracle.want SELECT 'a customer''s bills converted, then added', 'rates', format('company %s, %s', set_id, rule), vals FROM oracle.trade_want;
INSERT INTO oracle.got
SELECT 'a customer''s bills converted, then added', 'rates', format('company %s, %s', set_id, rule), oracle.outcome(format('
    SELECT ARRAY[ccx.nrr(opening, closing), ccx.grr(opening, closing)]::text
    FROM (SELECT sum(ccx.convert_amount(b.mrr, r.rate, b.currency, d.day)) FILTER (WHERE b.day = ''2024-12-31'') AS opening,
                 sum(ccx.convert_amount(b.mrr, r.rate, b.currency, d.day)) FILTER (WHERE b.day = ''2025-12-31'') AS closing
          FROM oracle.trade_bill AS b CROSS JOIN LATERAL (SELECT %s) AS d (day)
               LEFT JOIN oracle.trade_rate AS r ON r.set_id = b.set_id AND r.currency = b.currency AND r.day = d.day
          WHERE b.set_id = %s GROUP BY b.customer) AS customers',
    CASE rule WHEN 'spot' THEN 'b.day' WHEN 'opening' THEN 'date ''2024-12-31''' ELSE 'date ''2025-12-31''' END, set_id), '{error %1$s,error %1$s}')::text[]
FROM oracle.trade;

-- With one rate for both ends, and customers of one currency each, the sums of each currency will do.
INSERT INTO oracle.want SELECT 'sums of currencies, converted', 'rates', format('company %s, %s', set_id, rule), vals FROM oracle.trade_want WHERE rule <> 'spot' AND one_currency;
INSERT INTO oracle.got
SELECT 'sums of currencies, converted', 'rates', format('company %s, %s', set_id, rule), oracle.outcome(format('
    SELECT ARRAY[oracle.ratio(sum(ccx.convert_amount(ccx.retained_mrr(s), r.rate, currency, %2$L)), sum(ccx.convert_amount(ccx.opening_mrr(s), r.rate, currency, %2$L))),
                 oracle.ratio(sum(ccx.convert_amount(ccx.opening_mrr(s) - ccx.contraction_mrr(s) - ccx.churned_mrr(s), r.rate, currency, %2$L)), sum(ccx.convert_amount(ccx.opening_mrr(s), r.rate, currency, %2$L)))]::text
    FROM (SELECT currency, ccx.retention_agg_by(customer, CASE day WHEN ''2024-12-31'' THEN mrr END, CASE day WHEN ''2025-12-31'' THEN mrr END) AS s
          FROM oracle.trade_bill WHERE set_id = %1$s AND mrr IS NOT NULL GROUP BY currency) AS c
         LEFT JOIN (SELECT currency, rate FROM oracle.trade_rate WHERE set_id = %1$s AND day = %2$L) AS r USING (currency)', set_id, CASE rule WHEN 'opening' THEN '2024-12-31' ELSE '2025-12-31' END), '{error %1$s,error %1$s}')::text[]
FROM oracle.trade WHERE rule <> 'spot' AND one_currency;

INSERT INTO oracle.hazard
SELECT 'companies', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.trade_want AS t
LEFT JOIN LATERAL (SELECT count(*) AS bills, bool_or(mrr IS NULL) AS nulls, bool_or(mrr < 0) AS negative, count(DISTINCT b.currency) AS currencies,
                          bool_or(mrr > 0 AND rate IS NULL) AS missing, bool_or(mrr IS NULL AND rate IS NULL) AS missing_for_nothing
                   FROM oracle.trade_bill AS b LEFT JOIN oracle.trade_rate AS r ON r.set_id = b.set_id AND r.currency = b.currency AND r.day = CASE t.rule WHEN 'spot' THEN b.day WHEN 'opening' THEN '2024-12-31' ELSE '2025-12-31'::date END
                   WHERE b.set_id = t.set_id) AS b ON true
LEFT JOIN LATERAL (SELECT count(*) < 12 AS gap, count(*) > count(DISTINCT (day, rate)) AS tied, bool_or(steady) AS steady
                   FROM (SELECT *, count(*) OVER (PARTITION BY currency, rate) > 1 AS steady FROM oracle.trade_rate WHERE set_id = t.set_id) AS r) AS r ON true
LEFT JOIN LATERAL (SELECT bool_or(currencies > 1) AS mixed FROM (SELECT count(DISTINCT currency) AS currencies FROM oracle.trade_bill AS b WHERE b.set_id = t.set_id AND mrr <> 0 GROUP BY customer) AS c) AS m ON true,
     LATERAL (VALUES ('companies', true, 400), ('no bills', bills = 0, 40), ('spot', rule = 'spot' AND vals[1] IS NOT NULL, 80), ('opening', rule = 'opening' AND vals[1] IS NOT NULL, 80), ('closing', rule = 'closing' AND vals[1] IS NOT NULL, 80),
                     ('defined', vals[1] ~ '^[0-9]', 200), ('nothing at the opening', bills > 0 AND vals[1] IS NULL, 20), ('a rate is missing', vals[1] = 'error 22004', 15), ('only for 0', vals[1] = 'error 22004' AND NOT b.missing, 3),
                     ('only for no amount', missing_for_nothing AND vals[1] ~ '^[0-9]', 3), ('missing, and nobody asks', gap AND vals[1] ~ '^[0-9]', 30), ('rates that tie', tied AND vals[1] ~ '^[0-9]', 60), ('steady rates', steady AND vals[1] ~ '^[0-9]', 60),
                     ('several currencies', currencies > 1, 200), ('a customer with several', mixed AND vals[1] ~ '^[0-9]', 40), ('by currency', one_currency AND rule <> 'spot' AND vals[1] ~ '^[0-9]', 80),
                     ('amount NULL', nulls AND vals[1] ~ '^[0-9]', 80), ('credits', negative AND vals[1] ~ '^[0-9]', 80)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets;

\ir verdict.sql

\set kinds 3
\ir report.sql
\echo oracle comparison of periods and exchange rates: ok
