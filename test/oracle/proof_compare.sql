-- Back-tests, drivers and reconciliations: ccx against the oracle on the same random sets. Numerics equal to the last
-- digit, doubles to 1e-12; printed subtotals add up digit for digit; and every route to a state against every other.
--   psql -X -d scratch -f test/oracle/proof_compare.sql            (-v seed=2 for other data)
-- Ends with a non-zero exit when anything differs or when the data misses one of its floors.
\set ON_ERROR_STOP on
\ir begin.sql
\ir tables.sql
\ir backtest.sql
\ir drivers.sql
\ir proof_generate.sql

SELECT clock_timestamp() AS started \gset

INSERT INTO oracle.shape VALUES
    ('scalar', '{value}', NULL),
    ('backtest', '{auc,lift(q1),lift(q2),capture(q1),capture(q2),brier,backtest_customers,backtest_churned,skipped_rows,backtest_arr,backtest_churned_arr}', NULL),
    ('confusion', '{true_positives,false_positives,true_negatives,false_negatives,precision,recall}', NULL),
    -- an interval near 0 is a difference of two numbers near 1
    ('calibration', '{low_value,high_value,customers,churned,churn_rate,low,high,predicted}', '{NULL,NULL,NULL,NULL,NULL,1,1,NULL}'),
    ('drivers', '{segment,weight_prior,weight_current,rate_prior,rate_current,mix_effect,rate_effect,expansion_effect,contraction_effect,churn_effect,total_effect}', NULL),
    ('change', '{"sum of total_effect","sum of mix_effect and rate_effect","sum of leaves","rows that do not add up"}', NULL),
    ('reconcile', '{cause,customers,opening_delta,closing_delta,nrr_effect,grr_effect,examples}', NULL),
    ('difference', '{"sum of nrr_effect","sum of grr_effect"}', NULL);

CREATE TABLE oracle.refusal (query text, state text);

-- Back-tests -------------------------------------------------------------------------------------------------

CREATE TABLE oracle.prediction_want AS
SELECT s.*, cardinality(given) AS rows, oracle.usable(given, what) AS usable
FROM oracle.prediction_set AS s,
     LATERAL (SELECT ARRAY(SELECT ROW(value, churned, arr)::oracle.prediction FROM oracle.prediction_row AS r WHERE r.set_id = s.set_id) AS given) AS g
WHERE kind <> 'refused';
CREATE INDEX ON oracle.prediction_want (set_id);

CREATE FUNCTION oracle.got_backtest(b ccx.backtest_summary, what text, q1 numeric, q2 numeric) RETURNS text[]
LANGUAGE sql AS $$
    SELECT ARRAY[ccx.auc(b), ccx.lift(b, q1), ccx.lift(b, q2), CASE what WHEN 'score with ARR' THEN ccx.capture(b, q1) END,
                 CASE what WHEN 'score with ARR' THEN ccx.capture(b, q2) END, CASE what WHEN 'probability' THEN ccx.brier(b) END,
                 ccx.backtest_customers(b), ccx.backtest_churned(b), ccx.skipped_rows(b),
                 CASE what WHEN 'score with ARR' THEN ccx.backtest_arr(b) END, CASE what WHEN 'score with ARR' THEN ccx.backtest_churned_arr(b) END]::text[]
$$;

-- grouped; the filter leaves an empty set without rows, so its summary is NULL
CREATE TABLE oracle.backtest_got AS
SELECT 'backtest_agg(score, churned)' AS route, s.set_id, ccx.backtest_agg(value, churned) FILTER (WHERE r.set_id IS NOT NULL) AS b
FROM oracle.prediction_set AS s LEFT JOIN oracle.prediction_row AS r USING (set_id) WHERE what = 'score' AND kind <> 'refused' GROUP BY s.set_id
UNION ALL
SELECT 'backtest_agg(score, churned, arr)', s.set_id, ccx.backtest_agg(value, churned, arr) FILTER (WHERE r.set_id IS NOT NULL)
FROM oracle.prediction_set AS s LEFT JOIN oracle.prediction_row AS r USING (set_id) WHERE what = 'score with ARR' AND kind <> 'refused' GROUP BY s.set_id
UNION ALL
SELECT 'backtest_probability_agg(p_churn, churned)', s.set_id, ccx.backtest_probability_agg(value, churned) FILTER (WHERE r.set_id IS NOT NULL)
FROM oracle.prediction_set AS s LEFT JOIN oracle.prediction_row AS r USING (set_id) WHERE what = 'probability' AND kind <> 'refused' GROUP BY s.set_id;
CREATE TABLE oracle.backtest_parts AS
SELECT what || ': rollup of a random split' AS route, set_id, ccx.rollup(b) AS b
FROM (SELECT what, s.set_id, ccx.backtest_agg(value, churned) FILTER (WHERE r.set_id IS NOT NULL) AS b
      FROM oracle.prediction_set AS s LEFT JOIN oracle.prediction_row AS r USING (set_id) WHERE what = 'score' AND kind <> 'refused'
      GROUP BY what, s.set_id, oracle.part(s.set_id, n)
      UNION ALL
      SELECT what, s.set_id, ccx.backtest_agg(value, churned, arr) FILTER (WHERE r.set_id IS NOT NULL)
      FROM oracle.prediction_set AS s LEFT JOIN oracle.prediction_row AS r USING (set_id) WHERE what = 'score with ARR' AND kind <> 'refused'
      GROUP BY what, s.set_id, oracle.part(s.set_id, n)
      UNION ALL
      SELECT what, s.set_id, ccx.backtest_probability_agg(value, churned) FILTER (WHERE r.set_id IS NOT NULL)
      FROM oracle.prediction_set AS s LEFT JOIN oracle.prediction_row AS r USING (set_id) WHERE what = 'probability' AND kind <> 'refused'
      GROUP BY what, s.set_id, oracle.part(s.set_id, n)) AS p
GROUP BY what, set_id;

CREATE TABLE oracle.backtest_want AS
SELECT set_id, what, ARRAY[oracle.auc(usable, what), w1.lift, w2.lift, w1.capture, w2.capture, CASE what WHEN 'probability' THEN oracle.brier(usable, what) END,
                     cardinality(usable), (SELECT count(*) FROM unnest(usable) AS u WHERE u.churned AND usable IS NOT NULL HAVING p.usable IS NOT NULL),
                     rows - cardinality(usable),
                     CASE what WHEN 'score with ARR' THEN oracle.arr(usable, what, false) END, CASE what WHEN 'score with ARR' THEN oracle.arr(usable, what, true) END]::text[] AS vals
FROM oracle.prediction_want AS p, oracle.worst(usable, what, q1) AS w1, oracle.worst(usable, what, q2) AS w2;
INSERT INTO oracle.want
SELECT route, 'backtest', 'set ' || set_id, vals
FROM oracle.backtest_want, LATERAL (VALUES (CASE what WHEN 'score' THEN 'backtest_agg(score, churned)' WHEN 'probability' THEN 'backtest_probability_agg(p_churn, churned)'
                                            ELSE 'backtest_agg(score, churned, arr)' END), (what || ': rollup of a random split')) AS v (route);
INSERT INTO oracle.got
SELECT route, 'backtest', 'set ' || set_id, oracle.got_backtest(b, what, q1, q2)
FROM (TABLE oracle.backtest_got UNION ALL TABLE oracle.backtest_parts) AS g JOIN oracle.prediction_want USING (set_id);

-- Each customer 2³³ times: shares are what they were, counts no longer fit 32 bits, nor products of them 64.
CREATE FUNCTION oracle.doubled(b ccx.backtest_summary, times int) RETURNS ccx.backtest_summary
LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1..times LOOP
        b := (SELECT ccx.rollup(half) FROM unnest(ARRAY[b, b]) AS half);
    END LOOP;
    RETURN b;
END $$;
CREATE TABLE oracle.backtest_doubled AS SELECT set_id, oracle.doubled(b, 33) AS b FROM oracle.backtest_got WHERE set_id % 8 = 1;
INSERT INTO oracle.want
SELECT 'large counts', 'backtest', 'set ' || set_id, vals[1:6] || ARRAY(SELECT trim_scale(val::numeric * 8589934592)::text FROM unnest(vals[7:11]) AS val)
FROM oracle.backtest_want WHERE set_id IN (SELECT set_id FROM oracle.backtest_doubled);
INSERT INTO oracle.got
SELECT 'large counts', 'backtest', 'set ' || set_id, oracle.got_backtest(b, what, q1, q2) FROM oracle.backtest_doubled JOIN oracle.prediction_want USING (set_id);

-- a cut that is somebody's value, written otherwise, and one that is nobody's
CREATE TABLE oracle.cut AS
SELECT set_id, nth, CASE nth WHEN 1 THEN round((SELECT u.value FROM unnest(usable) AS u ORDER BY u.value LIMIT 1 OFFSET cardinality(usable) / 3), 4)
                             ELSE oracle.draw(100000, 'cut', set_id, 0) * CASE what WHEN 'probability' THEN 0.00001 ELSE 0.001 END END AS cut
FROM oracle.prediction_want, generate_series(1, 2) AS nth;
INSERT INTO oracle.want
SELECT 'confusion', 'confusion', format('set %s cut %s', set_id, nth), ARRAY[c.true_positives, c.false_positives, c.true_negatives, c.false_negatives, c."precision", c.recall]::text[]
FROM oracle.prediction_want JOIN oracle.cut USING (set_id) LEFT JOIN LATERAL oracle.confusion(usable, what, cut) AS c ON cut IS NOT NULL;
INSERT INTO oracle.got
SELECT 'confusion', 'confusion', format('set %s cut %s', set_id, nth), ARRAY[c.tp, c.fp, c.tn, c.fn, c.pr, c.re]::text[]
FROM oracle.backtest_got JOIN oracle.cut USING (set_id) LEFT JOIN LATERAL ccx.confusion(b, cut) AS c (tp, fp, tn, fn, pr, re) ON cut IS NOT NULL;

INSERT INTO oracle.want
SELECT 'calibration', 'calibration', format('set %s of %s bin %s', set_id, v.bins, c.bin), ARRAY[c.low_value, c.high_value, c.customers, c.churned, c.churn_rate, c.low, c.high, c.predicted]::text[]
FROM oracle.prediction_want AS p, LATERAL (SELECT DISTINCT unnest(ARRAY[p.bins, 10]) AS bins) AS v, oracle.calibration(usable, what, v.bins) AS c;
INSERT INTO oracle.got
SELECT 'calibration', 'calibration', format('set %s of %s bin %s', set_id, v.bins, c.bin), ARRAY[c.low_value, c.high_value, c.customers, c.churned, c.churn_rate, c.low, c.high, c.predicted]::text[]
FROM oracle.backtest_got JOIN oracle.prediction_want AS p USING (set_id), LATERAL (SELECT DISTINCT unnest(ARRAY[p.bins, 10]) AS bins) AS v, ccx.calibration(b, v.bins) AS c;
-- the bins of large counts are the same; their intervals are not
INSERT INTO oracle.want
SELECT 'calibration of large counts', 'calibration', format('set %s bin %s', set_id, c.bin), ARRAY[c.low_value, c.high_value, c.customers * 8589934592, c.churned * 8589934592, c.churn_rate, NULL, NULL, c.predicted]::text[]
FROM oracle.prediction_want AS p, oracle.calibration(usable, what, p.bins) AS c WHERE set_id IN (SELECT set_id FROM oracle.backtest_doubled);
INSERT INTO oracle.got
SELECT 'calibration of large counts', 'calibration', format('set %s bin %s', set_id, c.bin), ARRAY[c.low_value, c.high_value, c.customers, c.churned, c.churn_rate, NULL, NULL, c.predicted]::text[]
FROM oracle.backtest_doubled JOIN oracle.prediction_want AS p USING (set_id), ccx.calibration(b, p.bins) AS c;

-- refused sets
INSERT INTO oracle.want
SELECT 'a refused prediction', 'scalar', 'set ' || set_id,
       ARRAY[oracle.outcome(format('SELECT oracle.usable(ARRAY(SELECT ROW(value, churned, arr)::oracle.prediction FROM oracle.prediction_row WHERE set_id = %s), %L)', set_id, what))]
FROM oracle.prediction_set WHERE kind = 'refused';
INSERT INTO oracle.got
SELECT 'a refused prediction', 'scalar', 'set ' || set_id,
       ARRAY[oracle.outcome(format('SELECT ccx.%s FROM oracle.prediction_row WHERE set_id = %s',
                                   CASE what WHEN 'score' THEN 'backtest_agg(value, churned)' WHEN 'probability' THEN 'backtest_probability_agg(value, churned)'
                                   ELSE 'backtest_agg(value, churned, arr)' END, set_id))]
FROM oracle.prediction_set WHERE kind = 'refused';

-- same content, same bytes: from the whole, a rollup of parts, rows in another order, its own text
WITH turned AS MATERIALIZED (
    SELECT set_id, CASE what WHEN 'score' THEN ccx.backtest_agg(value, churned ORDER BY n DESC) FILTER (WHERE what = 'score')
                             WHEN 'probability' THEN ccx.backtest_probability_agg(value, churned ORDER BY n DESC) FILTER (WHERE what = 'probability')
                             ELSE ccx.backtest_agg(value, churned, arr ORDER BY n DESC) FILTER (WHERE what = 'score with ARR') END AS b
    FROM oracle.prediction_set JOIN oracle.prediction_row USING (set_id) WHERE kind <> 'refused' GROUP BY set_id, what
), bytes AS (
    SELECT v.route, 'set ' || set_id AS key, encode(ccx.backtest_summary_send(g.b), 'hex') AS want, encode(ccx.backtest_summary_send(v.b), 'hex') AS got
    FROM oracle.backtest_got AS g JOIN oracle.backtest_parts AS p USING (set_id) JOIN turned USING (set_id),
         LATERAL (VALUES ('backtest_summary: bytes of a rollup', p.b), ('backtest_summary: bytes in another order', turned.b),
                         ('backtest_summary: bytes by text', g.b::text::ccx.backtest_summary)) AS v (route, b)
), wanted AS (
    INSERT INTO oracle.want SELECT route, 'scalar', key, ARRAY[want] FROM bytes
)
INSERT INTO oracle.got SELECT route, 'scalar', key, ARRAY[got] FROM bytes;

INSERT INTO oracle.refusal VALUES
    ($$SELECT ccx.lift(ccx.backtest_agg(50, true), 0)$$, '22003'),
    ($$SELECT ccx.lift(ccx.backtest_agg(50, true), -0.1)$$, '22003'),
    ($$SELECT ccx.lift(ccx.backtest_agg(50, true), 1.01)$$, '22003'),
    ($$SELECT ccx.lift(ccx.backtest_agg(50, NULL), 2)$$, '22003'),
    ($$SELECT ccx.capture(ccx.backtest_agg(50, true, 10), 0)$$, '22003'),
    ($$SELECT ccx.capture(ccx.backtest_agg(50, true, 10), 1.00000000000000000001)$$, '22003'),
    ($$SELECT ccx.capture(ccx.backtest_agg(50, true), 0.5)$$, '22023'),
    ($$SELECT ccx.capture(ccx.backtest_probability_agg(0.5, true), 0.5)$$, '22023'),
    ($$SELECT ccx.backtest_arr(ccx.backtest_agg(50, true))$$, '22023'),
    ($$SELECT ccx.backtest_arr(ccx.backtest_agg(NULL, true))$$, '22023'),
    ($$SELECT ccx.backtest_arr(ccx.backtest_probability_agg(0.5, true))$$, '22023'),
    ($$SELECT ccx.backtest_churned_arr(ccx.backtest_agg(50, false))$$, '22023'),
    ($$SELECT ccx.backtest_churned_arr(ccx.backtest_probability_agg(0.5, NULL))$$, '22023'),
    ($$SELECT ccx.brier(ccx.backtest_agg(50, true))$$, '22023'),
    ($$SELECT ccx.brier(ccx.backtest_agg(1, true, 5))$$, '22023'),
    ($$SELECT ccx.calibration(ccx.backtest_agg(50, true), 0)$$, '22023'),
    ($$SELECT ccx.calibration(ccx.backtest_agg(50, true), -1)$$, '22023'),
    ($$SELECT ccx.backtest_agg(50, true, -0.00000001)$$, '22023'),
    ($$SELECT ccx.rollup(b) FROM (SELECT ccx.backtest_agg(1, true) AS b UNION ALL SELECT ccx.backtest_probability_agg(1, true)) AS t$$, '22023'),
    ($$SELECT ccx.rollup(b) FROM (SELECT ccx.backtest_agg(1, true) AS b UNION ALL SELECT ccx.backtest_agg(1, true, 1)) AS t$$, '22023'),
    ($$SELECT ccx.rollup(b) FROM (SELECT ccx.backtest_agg(1, NULL, 1) AS b UNION ALL SELECT ccx.backtest_probability_agg(NULL, true)) AS t$$, '22023');

INSERT INTO oracle.hazard
SELECT 'back-tests', hazard, count(*) FILTER (WHERE here), least_sets
FROM oracle.prediction_set AS s
LEFT JOIN oracle.backtest_want AS w USING (set_id)
LEFT JOIN LATERAL (SELECT count(*) AS rows, count(value) AS values, count(r.churned) AS outcomes, count(arr) AS arrs, count(DISTINCT value) AS distinct_values,
                          bool_or(value = 0) AS lowest, bool_or(value = CASE s.what WHEN 'probability' THEN 1 ELSE 100 END) AS highest,
                          bool_or(value <> round(value, CASE s.what WHEN 'probability' THEN 3 ELSE 1 END)) AS fine, bool_or(scale(value) > 4) AS zeros,
                          bool_or(arr = 0) AS no_arr, bool_or(arr >= 1e20) AS huge, bool_or(arr BETWEEN 1e-20 AND 0.00000001) AS tiny
                   FROM oracle.prediction_row AS r WHERE r.set_id = s.set_id) AS r ON true
LEFT JOIN LATERAL (SELECT bool_or(c.n > 1 AND c.x BETWEEN 1 AND c.n - 1) AS tie
                   FROM (SELECT count(*) AS n, count(*) FILTER (WHERE r.churned) AS x FROM oracle.prediction_row AS r WHERE r.set_id = s.set_id AND r.churned IS NOT NULL GROUP BY value) AS c) AS t ON true
LEFT JOIN LATERAL (SELECT bool_or(q * (vals[7])::int > worse AND q * (vals[7])::int < worse + alike) AS split
                   FROM oracle.prediction_want AS p, unnest(ARRAY[s.q1, s.q2]) AS q,
                        LATERAL (SELECT oracle.risk(u.value, s.what) AS risk, count(*) AS alike, sum(count(*)) OVER (ORDER BY oracle.risk(u.value, s.what) DESC) - count(*) AS worse
                                 FROM unnest(usable) AS u GROUP BY 1) AS g
                   WHERE p.set_id = s.set_id AND alike > 1) AS b ON true,
     LATERAL (VALUES ('sets', true, 700), ('scores', s.what = 'score', 200), ('scores with ARR', s.what = 'score with ARR', 200), ('probabilities', s.what = 'probability', 200),
                     ('no rows', rows = 0, 15), ('nothing usable', rows > 0 AND vals[7] = '0', 15), ('one customer', rows = 1, 20), ('over 500 rows', rows > 500, 8),
                     ('score NULL', values BETWEEN 1 AND rows - 1, 150), ('churned NULL', outcomes BETWEEN 1 AND rows - 1, 150), ('ARR NULL', s.what = 'score with ARR' AND arrs BETWEEN 1 AND rows - 1, 50),
                     ('all churned', vals[8]::int > 0 AND vals[7] = vals[8], 20), ('none churned', vals[7]::int > 0 AND vals[8] = '0', 20), ('all alike', rows > 1 AND distinct_values = 1, 20),
                     ('ties of churned and kept', tie, 300), ('a tie at the boundary', split, 200), ('lowest value', lowest, 200), ('highest value', highest, 200),
                     ('all the decimals there are', fine, 60), ('written with zeros', zeros, 80), ('ARR 0', no_arr, 40), ('ARR 1e20', huge, 15), ('ARR tiny', tiny, 15),
                     ('AUC below 0.4', vals[1]::numeric < 0.4, 60), ('AUC above 0.6', vals[1]::numeric > 0.6, 60), ('refused', kind = 'refused', 40)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets;

-- Drivers ------------------------------------------------------------------------------------------------------

-- NRR of every pair, GRR of every other, logos of the rest
CREATE TABLE oracle.asked AS
SELECT pair_id, kind, metric
FROM oracle.period_pair, unnest('{nrr,grr,logo_retention}'::text[]) AS metric
WHERE metric = 'nrr' OR (pair_id % 2 = 0) = (metric = 'grr');
CREATE TABLE oracle.drivers_want AS
SELECT pair_id, metric, d.*
FROM oracle.asked AS a,
     LATERAL (SELECT ARRAY(SELECT ROW(segment, current, opening, closing)::oracle.leg FROM oracle.leg_row AS l WHERE l.pair_id = a.pair_id
                           UNION ALL SELECT ROW(segment, false, NULL, NULL)::oracle.leg FROM oracle.period_segment AS l WHERE l.pair_id = a.pair_id) AS legs) AS l,
     oracle.drivers(legs, metric) AS d;
CREATE INDEX ON oracle.drivers_want (pair_id);
CREATE INDEX ON oracle.period_segment (pair_id);

-- a segment without rows in a period has no summary there
CREATE TABLE oracle.period_summary AS
SELECT pair_id, s, segment, prior, current
FROM oracle.period_segment
LEFT JOIN (SELECT pair_id, s, ccx.retention_agg(opening, closing) FILTER (WHERE NOT current) AS prior, ccx.retention_agg(opening, closing) FILTER (WHERE current) AS current
           FROM oracle.leg_row GROUP BY pair_id, s) AS g USING (pair_id, s);
CREATE TABLE oracle.drivers_got AS
SELECT 'drivers(segment, prior, current)' AS route, pair_id, 'nrr' AS metric, ccx.drivers(segment, prior, current) AS d FROM oracle.period_summary GROUP BY pair_id
UNION ALL
SELECT 'drivers(segment, prior, current, metric)', pair_id, metric, ccx.drivers(segment, prior, current, metric) FROM oracle.period_summary JOIN oracle.asked USING (pair_id) GROUP BY pair_id, metric
UNION ALL
SELECT 'drivers: rows in another order', pair_id, metric, ccx.drivers(segment, prior, current, metric ORDER BY s * 7 % 11 DESC, s)
FROM oracle.period_summary JOIN oracle.asked USING (pair_id) WHERE metric <> 'nrr' GROUP BY pair_id, metric;

INSERT INTO oracle.want
SELECT g.route, 'drivers', format('pair %s %s row %s', pair_id, metric, w.place),
       ARRAY[w.segment, w.weight_prior::text, w.weight_current::text, w.rate_prior::text, w.rate_current::text, w.mix_effect::text, w.rate_effect::text,
             w.expansion_effect::text, w.contraction_effect::text, w.churn_effect::text, w.total_effect::text]
FROM oracle.drivers_want AS w JOIN oracle.drivers_got AS g USING (pair_id, metric);
INSERT INTO oracle.got
SELECT route, 'drivers', format('pair %s %s row %s', pair_id, metric, r.place),
       ARRAY[r.segment, r.weight_prior::text, r.weight_current::text, r.rate_prior::text, r.rate_current::text, r.mix_effect::text, r.rate_effect::text,
             r.expansion_effect::text, r.contraction_effect::text, r.churn_effect::text, r.total_effect::text]
FROM oracle.drivers_got, LATERAL unnest(d) WITH ORDINALITY
     AS r (segment, weight_prior, weight_current, rate_prior, rate_current, mix_effect, rate_effect, expansion_effect, contraction_effect, churn_effect, total_effect, place);

-- NULL where a period opens with nothing
INSERT INTO oracle.want
SELECT DISTINCT 'drivers: undefined', 'scalar', format('pair %s %s', pair_id, metric), ARRAY[(NOT EXISTS (SELECT FROM oracle.drivers_want AS w WHERE w.pair_id = a.pair_id AND w.metric = a.metric))::text]
FROM oracle.asked AS a;
INSERT INTO oracle.got
SELECT 'drivers: undefined', 'scalar', format('pair %s %s', pair_id, metric), ARRAY[(d IS NULL)::text] FROM oracle.drivers_got WHERE route = 'drivers(segment, prior, current, metric)';

-- Every printed subtotal adds up, digit for digit: to the change of the rate over the raw rows.
CREATE TABLE oracle.change AS
SELECT pair_id, metric, oracle.decimals(n1 * o0 - n0 * o1, o0 * o1, 12) AS change
FROM (SELECT pair_id, metric,
             sum(v.o) FILTER (WHERE NOT current) AS o0, sum(v.o) FILTER (WHERE current) AS o1, sum(v.n) FILTER (WHERE NOT current) AS n0, sum(v.n) FILTER (WHERE current) AS n1
      FROM oracle.asked JOIN oracle.leg_row USING (pair_id),
           LATERAL (SELECT CASE metric WHEN 'logo_retention' THEN 1 ELSE opening END AS o,
                           CASE metric WHEN 'nrr' THEN c WHEN 'grr' THEN least(c, opening) ELSE (c > 0)::int END AS n
                    FROM (SELECT greatest(coalesce(closing, 0), 0) AS c) AS clamped) AS v
      WHERE opening > 0
      GROUP BY pair_id, metric) AS g
WHERE o0 > 0 AND o1 > 0;
INSERT INTO oracle.want
SELECT 'drivers: every printed subtotal', 'change', format('pair %s %s', pair_id, metric), ARRAY[change, change, change, 0]::text[] FROM oracle.change;
INSERT INTO oracle.got
SELECT 'drivers: every printed subtotal', 'change', format('pair %s %s', pair_id, metric),
       ARRAY[trim_scale(sum(total)), trim_scale(sum(mix + rate)), trim_scale(sum(mix + expansion + contraction + churn)),
             count(*) FILTER (WHERE total <> mix + rate OR rate <> expansion + contraction + churn)]::text[]
FROM oracle.drivers_got,
     LATERAL (SELECT mix_effect::text::numeric AS mix, rate_effect::text::numeric AS rate, expansion_effect::text::numeric AS expansion,
                     contraction_effect::text::numeric AS contraction, churn_effect::text::numeric AS churn, total_effect::text::numeric AS total FROM unnest(d)) AS r
WHERE route = 'drivers(segment, prior, current, metric)'
GROUP BY pair_id, metric;

INSERT INTO oracle.refusal VALUES
    ($$SELECT ccx.drivers(s, r, r) FROM (VALUES ('a'), ('b'), ('a')) AS t (s), (SELECT ccx.retention_agg(1, 1) AS r) AS one$$, '22023'),
    ($$SELECT ccx.drivers(s, r, r) FROM (VALUES (NULL), ('b'), (NULL)) AS t (s), (SELECT ccx.retention_agg(1, 1) AS r) AS one$$, '22023'),
    ($$SELECT ccx.drivers(s, NULL, NULL) FROM (VALUES ('a'), ('a')) AS t (s)$$, '22023'),
    ($$SELECT ccx.drivers('a', r, r, 'churn') FROM (SELECT ccx.retention_agg(1, 1) AS r) AS one$$, '22023'),
    ($$SELECT ccx.drivers('a', r, r, 'NRR') FROM (SELECT ccx.retention_agg(1, 1) AS r) AS one$$, '22023'),
    ($$SELECT ccx.drivers('a', r, r, NULL) FROM (SELECT ccx.retention_agg(1, 1) AS r) AS one$$, '22023'),
    ($$SELECT ccx.drivers(s, r, r, m) FROM (VALUES ('a', 'nrr'), ('b', 'grr')) AS t (s, m), (SELECT ccx.retention_agg(1, 1) AS r) AS one$$, '22023'),
    ($$SELECT ccx.drivers(s, r, r, m) FROM (VALUES ('a', 'nrr'), ('b', NULL)) AS t (s, m), (SELECT ccx.retention_agg(1, 1) AS r) AS one$$, '22023'),
    -- weights of two currencies are of nothing, and so is a change from one to the other
    ($$SELECT ccx.drivers(c, r, r) FROM (SELECT c, ccx.retention_agg(1, 1, false, c) AS r FROM unnest('{USD,EUR}'::text[]) AS c GROUP BY c) AS two$$, '22000'),
    ($$SELECT ccx.drivers('a', p, q) FROM (SELECT ccx.retention_agg(1, 1, false, 'USD') AS p, ccx.retention_agg(1, 1, false, 'EUR') AS q) AS two$$, '22000');

INSERT INTO oracle.hazard
SELECT 'drivers', hazard, count(DISTINCT pair_id) FILTER (WHERE here), least_sets
FROM oracle.period_pair AS p
LEFT JOIN LATERAL (SELECT bool_or(presence = 'neither') AS neither, bool_or(presence IN ('prior', 'current')) AS one_side, bool_or(presence LIKE 'zero%') AS zero,
                          bool_or(segment IS NULL) AS unnamed, count(*) AS n FROM oracle.period_segment AS s WHERE s.pair_id = p.pair_id) AS s ON true
LEFT JOIN LATERAL (SELECT bool_or(opening >= 1e20) AND bool_or(opening BETWEEN 1e-20 AND 1e-7) AS both_sizes, bool_or(opening < 0) AS negative, bool_or(closing IS NULL) AS no_closing
                   FROM oracle.leg_row AS l WHERE l.pair_id = p.pair_id) AS l ON true
LEFT JOIN LATERAL (SELECT max(residual) <> 0 AS residual, max(largest) > 1 AS tie, bool_or(rate_effect > 0) AND NOT bool_or(rate_effect < 0) AND sum(total_effect) < 0
                          OR bool_or(rate_effect < 0) AND NOT bool_or(rate_effect > 0) AND sum(total_effect) > 0 AS simpson,
                          count(DISTINCT segment) AS named
                   FROM oracle.drivers_want AS w WHERE w.pair_id = p.pair_id GROUP BY metric) AS w ON true,
     LATERAL (VALUES ('pairs of periods', true, 1200), ('defined', named IS NOT NULL, 1000), ('undefined', named IS NULL, 100), ('single segment', n = 1 AND named IS NOT NULL, 60),
                     ('over 50 segments', n > 50, 8), ('a segment on one side', named IS NOT NULL AND one_side, 200), ('a segment on neither', named IS NOT NULL AND neither, 100),
                     ('a segment that opens with nothing', named IS NOT NULL AND zero, 200), ('NULL segment', named IS NOT NULL AND unnamed, 200),
                     ('rounding leaves something over', residual, 400), ('and the largest leaf is one of several', residual AND tie, 60), ('the whole goes against every segment', simpson, 20),
                     ('huge beside tiny', both_sizes AND named IS NOT NULL, 60), ('negative', negative AND named IS NOT NULL, 300), ('closing NULL', no_closing AND named IS NOT NULL, 300)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets;

-- Reconciliations ------------------------------------------------------------------------------------------------

-- the same customers under a number, a name and a uuid
CREATE TABLE oracle.keyed_systems AS
SELECT set_id, line, id, name, ('00000000-0000-4000-8000-' || lpad((id * 7919 % 100003)::text, 12, '0'))::uuid AS uuid, opening_a, closing_a, opening_b, closing_b
FROM oracle.systems_row;
CREATE INDEX ON oracle.keyed_systems (set_id);
CREATE TABLE oracle.reconcile_want AS
SELECT set_id, key_type, r.*
FROM oracle.systems AS s, unnest('{number,name,uuid}'::text[]) AS key_type,
     LATERAL (SELECT ARRAY(SELECT ROW(CASE key_type WHEN 'number' THEN id::text WHEN 'name' THEN name ELSE uuid::text END, opening_a, closing_a, opening_b, closing_b)::oracle.both_systems
                           FROM oracle.keyed_systems AS l WHERE l.set_id = s.set_id) AS rows) AS l,
     oracle.reconcile(rows) AS r;
CREATE INDEX ON oracle.reconcile_want (set_id);
CREATE TABLE oracle.reconcile_got AS
SELECT 'reconcile(int, …)' AS route, 'number' AS key_type, set_id, ccx.reconcile(id, opening_a, closing_a, opening_b, closing_b) AS r FROM oracle.keyed_systems GROUP BY set_id
UNION ALL
SELECT 'reconcile(bigint, …)', 'number', set_id, ccx.reconcile(id::bigint, opening_a, closing_a, opening_b, closing_b) FROM oracle.keyed_systems GROUP BY set_id
UNION ALL
SELECT 'reconcile(text, …)', 'name', set_id, ccx.reconcile(name, opening_a, closing_a, opening_b, closing_b) FROM oracle.keyed_systems GROUP BY set_id
UNION ALL
SELECT 'reconcile(uuid, …)', 'uuid', set_id, ccx.reconcile(uuid, opening_a, closing_a, opening_b, closing_b) FROM oracle.keyed_systems GROUP BY set_id
UNION ALL
SELECT 'reconcile: rows in another order', 'name', set_id, ccx.reconcile(name, opening_a, closing_a, opening_b, closing_b ORDER BY line DESC, id % 5, id) FROM oracle.keyed_systems GROUP BY set_id;

INSERT INTO oracle.want
SELECT g.route, 'reconcile', format('set %s row %s', set_id, w.place),
       ARRAY[w.cause, w.customers::text, w.opening_delta::text, w.closing_delta::text, w.nrr_effect::text, w.grr_effect::text, w.examples::text]
FROM oracle.reconcile_want AS w JOIN oracle.reconcile_got AS g USING (set_id, key_type);
INSERT INTO oracle.got
SELECT route, 'reconcile', format('set %s row %s', set_id, c.place),
       ARRAY[c.cause, c.customers::text, c.opening_delta::text, c.closing_delta::text, c.nrr_effect::text, c.grr_effect::text, c.examples::text]
FROM oracle.reconcile_got, LATERAL unnest(r) WITH ORDINALITY AS c (cause, customers, opening_delta, closing_delta, nrr_effect, grr_effect, examples, place);

-- Effects add up to R_B − R_A, rounded to 12 decimals: over the rows of each customer, without a cause in sight.
CREATE TABLE oracle.difference_of_systems AS
SELECT set_id, oracle.decimals(nb * da - na * db, da * db, 12) AS nrr, oracle.decimals(gb * da - ga * db, da * db, 12) AS grr
FROM (SELECT set_id, sum(oa) AS da, sum(ob) AS db, sum(ca) FILTER (WHERE oa > 0) AS na, sum(cb) FILTER (WHERE ob > 0) AS nb, sum(least(oa, ca)) AS ga, sum(least(ob, cb)) AS gb
      FROM (SELECT set_id, greatest(coalesce(sum(opening_a), 0), 0) AS oa, greatest(coalesce(sum(closing_a), 0), 0) AS ca,
                   greatest(coalesce(sum(opening_b), 0), 0) AS ob, greatest(coalesce(sum(closing_b), 0), 0) AS cb
            FROM oracle.keyed_systems WHERE id IS NOT NULL GROUP BY set_id, id) AS c
      GROUP BY set_id) AS s
WHERE da > 0 AND db > 0;
INSERT INTO oracle.want SELECT 'reconcile: effects add up', 'difference', 'set ' || set_id, ARRAY[nrr, grr]::text[] FROM oracle.difference_of_systems;
INSERT INTO oracle.got
SELECT 'reconcile: effects add up', 'difference', 'set ' || set_id, ARRAY[trim_scale(sum(c.nrr_effect::text::numeric)), trim_scale(sum(c.grr_effect::text::numeric))]::text[]
FROM oracle.reconcile_got, LATERAL unnest(r) AS c
WHERE route = 'reconcile(text, …)' AND c.nrr_effect IS NOT NULL
GROUP BY set_id;

-- Many customers: in memory, spilled, in parallel.
CREATE TABLE oracle.large_systems AS
SELECT id, CASE WHEN id % 50 = 0 THEN NULL ELSE o END AS opening_a, CASE WHEN id % 50 = 0 THEN NULL ELSE o * (d % 15) * 0.1 END AS closing_a,
       CASE WHEN id % 41 = 0 THEN NULL WHEN id % 7 = 0 THEN o + d % 3 ELSE o END AS opening_b, CASE WHEN id % 41 = 0 THEN NULL ELSE o * (d % 15) * 0.1 + CASE WHEN id % 3 = 0 THEN d % 4 ELSE 0 END END AS closing_b
FROM generate_series(1, 20000) AS id, LATERAL (SELECT oracle.draw(1000, 'large', 0, id) AS d, oracle.draw(500, 'large opening', 0, id) * 0.01 AS o) AS drawn;
ANALYZE oracle.large_systems;
INSERT INTO oracle.want
SELECT route, 'reconcile', 'row ' || w.place, ARRAY[w.cause, w.customers::text, w.opening_delta::text, w.closing_delta::text, w.nrr_effect::text, w.grr_effect::text, w.examples::text]
FROM unnest('{20000 customers,20000 customers with little memory,20000 customers in parallel}'::text[]) AS route,
     oracle.reconcile(ARRAY(SELECT ROW(id, opening_a, closing_a, opening_b, closing_b)::oracle.both_systems FROM oracle.large_systems)) AS w;
CREATE TABLE oracle.large_got (route text, r ccx.reconciliation[]);
-- what a plan shows: that it is of the kind that is meant
CREATE FUNCTION oracle.plan_of(query text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    plan text;
BEGIN
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF, FORMAT JSON) ' || query INTO plan;
    RETURN concat_ws(', ', CASE WHEN plan ~ '"Gather' THEN 'gather' END, CASE WHEN plan ~ '"Temp Written Blocks": [1-9]' THEN 'temporary files' END);
END $$;
INSERT INTO oracle.want VALUES ('20000 customers', 'scalar', 'plan', '{""}'), ('20000 customers with little memory', 'scalar', 'plan', '{temporary files}'), ('20000 customers in parallel', 'scalar', 'plan', '{gather}');
\set reconcile_large 'SELECT ccx.reconcile(id, opening_a, closing_a, opening_b, closing_b) FROM oracle.large_systems'
INSERT INTO oracle.large_got SELECT '20000 customers', (:reconcile_large);
INSERT INTO oracle.got SELECT '20000 customers', 'scalar', 'plan', ARRAY[oracle.plan_of(:'reconcile_large')];
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
INSERT INTO oracle.large_got SELECT '20000 customers with little memory', (:reconcile_large);
INSERT INTO oracle.got SELECT '20000 customers with little memory', 'scalar', 'plan', ARRAY[oracle.plan_of(:'reconcile_large')];
RESET work_mem;
RESET hash_mem_multiplier;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
-- INSERT is never parallel
CREATE TABLE oracle.large_parallel AS :reconcile_large;
INSERT INTO oracle.large_got SELECT '20000 customers in parallel', reconcile FROM oracle.large_parallel;
INSERT INTO oracle.got SELECT '20000 customers in parallel', 'scalar', 'plan', ARRAY[oracle.plan_of(:'reconcile_large')];
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;
INSERT INTO oracle.got
SELECT route, 'reconcile', 'row ' || c.place, ARRAY[c.cause, c.customers::text, c.opening_delta::text, c.closing_delta::text, c.nrr_effect::text, c.grr_effect::text, c.examples::text]
FROM oracle.large_got, LATERAL unnest(r) WITH ORDINALITY AS c (cause, customers, opening_delta, closing_delta, nrr_effect, grr_effect, examples, place);

INSERT INTO oracle.refusal VALUES
    ($$SELECT ccx.reconcile(1, 'NaN', 1, 1, 1)$$, '22023'), ($$SELECT ccx.reconcile(1, 1, 'Infinity', 1, 1)$$, '22023'),
    ($$SELECT ccx.reconcile(1, NULL, NULL, '-Infinity', NULL)$$, '22023'), ($$SELECT ccx.reconcile(1, 1, 1, 1, 'NaN')$$, '22023'),
    ($$SELECT ccx.reconcile(NULL::int, 1, 1, 1, 'NaN')$$, '22023');

INSERT INTO oracle.hazard
SELECT 'reconciliations', hazard, count(DISTINCT set_id) FILTER (WHERE here), least_sets
FROM oracle.systems AS s
LEFT JOIN LATERAL (SELECT bool_or(id IS NULL) AS unknown, count(*) > count(DISTINCT id) AS several, count(*) AS rows,
                          bool_or(opening_a IS NULL AND opening_b IS NOT NULL) OR bool_or(closing_a IS NULL AND closing_b IS NOT NULL) AS nulls,
                          bool_or(least(opening_a, closing_a, opening_b, closing_b) < 0) AS negative,
                          bool_or(opening_a >= 1e20) AND bool_or(opening_a BETWEEN 1e-20 AND 1e-7) AS both_sizes,
                          bool_or(coalesce(opening_a, closing_a, opening_b, closing_b) IS NULL) AS nothing
                   FROM oracle.keyed_systems AS l WHERE l.set_id = s.set_id) AS l ON true
LEFT JOIN LATERAL (SELECT array_agg(cause) AS causes, bool_or(nrr_effect IS NOT NULL) AS defined, bool_or(residual <> 0) AS residual, max(largest) > 1 AS tie, max(customers) AS most, count(*) AS n
                   FROM oracle.reconcile_want AS w WHERE w.set_id = s.set_id AND key_type = 'name') AS w ON true,
     LATERAL (VALUES ('pairs of systems', true, 1300), ('defined', defined, 1000), ('undefined', rows > 0 AND NOT defined, 100), ('no rows', rows = 0, 20), ('nothing known of anybody', rows > 0 AND n = 0, 15),
                     ('only in A', 'only in A' = ANY (causes), 200), ('only in B', 'only in B' = ANY (causes), 200), ('clamped', 'clamped' = ANY (causes), 300),
                     ('churned in one', 'churned in one' = ANY (causes), 300), ('reactivated in one', 'reactivated in one' = ANY (causes), 300), ('opening differs', 'opening differs' = ANY (causes), 200),
                     ('closing differs', 'closing differs' = ANY (causes), 200), ('both differ', 'both differ' = ANY (causes), 200), ('identical', causes = '{same}' AND defined, 30),
                     ('NULL customer', unknown, 200), ('and nobody else', causes = '{"unknown customer"}', 20), ('several rows a customer', several, 800), ('NULL amounts', nulls, 500), ('all amounts NULL', nothing, 100),
                     ('negative', negative, 500), ('huge beside tiny', both_sizes, 40), ('over 5 customers with one cause', most > 5, 100),
                     ('rounding leaves something over', residual, 250), ('and the largest effect is one of several', residual AND tie, 20)) AS h (hazard, here, least_sets)
GROUP BY hazard, least_sets;

-- What is refused ------------------------------------------------------------------------------------------------

INSERT INTO oracle.want SELECT 'what is refused', 'scalar', query, ARRAY['error ' || state] FROM oracle.refusal;
INSERT INTO oracle.got SELECT 'what is refused', 'scalar', query, ARRAY[oracle.outcome(query)] FROM oracle.refusal;

-- The verdict ----------------------------------------------------------------------------------------------------

\ir verdict.sql

-- The data has to hold what can go wrong. A hazard is counted in sets, where it decides something.
\set kinds 3
\ir report.sql
\echo oracle comparison of back-tests, drivers, reconciliations: ok
