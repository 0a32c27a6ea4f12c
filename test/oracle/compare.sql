-- ccx against the oracle: the same random sets through both, every number equal to the last digit.
--   psql -X -d scratch -f test/oracle/compare.sql            (-v seed=2 for other data)
-- Ends with a non-zero exit when anything differs or when the data misses one of its floors.
\set ON_ERROR_STOP on
\ir begin.sql
\ir retention.sql
\ir movements.sql
\ir generate.sql

SELECT clock_timestamp() AS started \gset

-- One row per answer: want from the oracle, got from ccx, as text, so that a scale that shows is a difference too.
CREATE TABLE oracle.shape (shape text PRIMARY KEY, names text[]);
CREATE TABLE oracle.want (route text, shape text, key text, vals text[]);
CREATE TABLE oracle.got (LIKE oracle.want);

INSERT INTO oracle.shape VALUES
    ('summary', '{nrr,nrr(false),nrr(true),grr,logo_retention,revenue_churn_rate,logo_churn_rate,quick_ratio,arpa,
                  opening_mrr,closing_mrr,new_mrr,reactivation_mrr,expansion_mrr,contraction_mrr,churned_mrr,retained_mrr,
                  opening_customers,closing_customers,new_customers,reactivation_customers,expansion_customers,
                  contraction_customers,churned_customers,retained_customers,unchanged_customers,
                  skipped_rows,negative_rows,negative_mrr}'),
    ('one-step', '{nrr,grr,logo_retention,revenue_churn_rate,logo_churn_rate,quick_ratio}'),
    ('movement', '{opening_mrr,new_mrr,reactivation_mrr,expansion_mrr,contraction_mrr,churned_mrr,closing_mrr,
                   nrr,grr,logo_retention,opening_customers,new_customers,reactivation_customers,expansion_customers,
                   contraction_customers,churned_customers,closing_customers}'),
    ('scalar', '{value}');

CREATE FUNCTION oracle.want_summary(pairs oracle.pair[]) RETURNS text[]
LANGUAGE sql AS $$
    SELECT ARRAY[r.nrr, r.nrr, r.nrr_with_reactivation, r.grr, r.logo_retention, r.revenue_churn_rate, r.logo_churn_rate,
                 r.quick_ratio, r.arpa,
                 r.opening_mrr, r.closing_mrr, r.new_mrr, r.reactivation_mrr, r.expansion_mrr, r.contraction_mrr,
                 r.churned_mrr, r.retained_mrr,
                 r.opening_customers, r.closing_customers, r.new_customers, r.reactivation_customers, r.expansion_customers,
                 r.contraction_customers, r.churned_customers, r.retained_customers, r.unchanged_customers,
                 r.skipped_rows, r.negative_rows, r.negative_mrr]::text[]
    FROM (SELECT) AS once LEFT JOIN oracle.retention(pairs) AS r ON true      -- no rows: every number NULL
$$;

CREATE FUNCTION oracle.got_summary(s ccx.retention_summary) RETURNS text[]
LANGUAGE sql AS $$
    SELECT ARRAY[ccx.nrr(s), ccx.nrr(s, false), ccx.nrr(s, true), ccx.grr(s), ccx.logo_retention(s),
                 ccx.revenue_churn_rate(s), ccx.logo_churn_rate(s), ccx.quick_ratio(s), ccx.arpa(s),
                 ccx.opening_mrr(s), ccx.closing_mrr(s), ccx.new_mrr(s), ccx.reactivation_mrr(s), ccx.expansion_mrr(s),
                 ccx.contraction_mrr(s), ccx.churned_mrr(s), ccx.retained_mrr(s),
                 ccx.opening_customers(s), ccx.closing_customers(s), ccx.new_customers(s), ccx.reactivation_customers(s),
                 ccx.expansion_customers(s), ccx.contraction_customers(s), ccx.churned_customers(s),
                 ccx.retained_customers(s), ccx.unchanged_customers(s),
                 ccx.skipped_rows(s), ccx.negative_rows(s), ccx.negative_mrr(s)]::text[]
$$;

-- Retention: (opening, closing, seen) rows ------------------------------------------------------------

CREATE TABLE oracle.pair_want AS
SELECT s.set_id,
       oracle.want_summary((SELECT array_agg(ROW(r.opening, r.closing, NULL, NULL)::oracle.pair)
                            FROM oracle.pair_row AS r WHERE r.set_id = s.set_id)) AS unseen,
       oracle.want_summary((SELECT array_agg(ROW(r.opening, r.closing, r.seen, NULL)::oracle.pair)
                            FROM oracle.pair_row AS r WHERE r.set_id = s.set_id)) AS seen
FROM oracle.pair_set AS s;

INSERT INTO oracle.want SELECT 'nrr(o, c) and its five sisters', 'one-step', 'set ' || set_id,
                               ARRAY[unseen[1], unseen[4], unseen[5], unseen[6], unseen[7], unseen[8]] FROM oracle.pair_want;
INSERT INTO oracle.want SELECT 'retention_agg(o, c)', 'summary', 'set ' || set_id, unseen FROM oracle.pair_want;
INSERT INTO oracle.want SELECT 'retention_agg(o, c, seen)', 'summary', 'set ' || set_id, seen FROM oracle.pair_want;
INSERT INTO oracle.want SELECT 'rollup of a random split', 'summary', 'set ' || set_id, seen FROM oracle.pair_want;

INSERT INTO oracle.got
SELECT 'nrr(o, c) and its five sisters', 'one-step', 'set ' || s.set_id, one.vals
FROM oracle.pair_set AS s,
     LATERAL (SELECT ARRAY[ccx.nrr(opening, closing), ccx.grr(opening, closing), ccx.logo_retention(opening, closing),
                           ccx.revenue_churn_rate(opening, closing), ccx.logo_churn_rate(opening, closing),
                           ccx.quick_ratio(opening, closing)]::text[] AS vals
              FROM oracle.pair_row AS r WHERE r.set_id = s.set_id) AS one;

-- grouped this time; the filter leaves an empty set without rows, so its summary is NULL
INSERT INTO oracle.got
SELECT route, 'summary', 'set ' || set_id, oracle.got_summary(summary)
FROM (SELECT s.set_id,
             ccx.retention_agg(r.opening, r.closing) FILTER (WHERE r.set_id IS NOT NULL) AS unseen,
             ccx.retention_agg(r.opening, r.closing, r.seen) FILTER (WHERE r.set_id IS NOT NULL) AS seen
      FROM oracle.pair_set AS s LEFT JOIN oracle.pair_row AS r ON r.set_id = s.set_id
      GROUP BY s.set_id) AS g,
     LATERAL (VALUES ('retention_agg(o, c)', unseen), ('retention_agg(o, c, seen)', seen)) AS v (route, summary);

INSERT INTO oracle.got
SELECT 'rollup of a random split', 'summary', 'set ' || set_id, oracle.got_summary(ccx.rollup(part))
FROM (SELECT s.set_id, ccx.retention_agg(r.opening, r.closing, r.seen) FILTER (WHERE r.set_id IS NOT NULL) AS part
      FROM oracle.pair_set AS s LEFT JOIN oracle.pair_row AS r ON r.set_id = s.set_id
      GROUP BY s.set_id, oracle.draw(4, 'part', s.set_id, r.n)) AS parts
GROUP BY set_id;

-- moving frames: rows leave the frame again
INSERT INTO oracle.want
SELECT 'nrr(o, c) OVER a moving frame', 'one-step', format('set %s row %s', set_id, n),
       ARRAY[w[1], w[4], w[5], w[6], w[7], w[8]]
FROM (SELECT r.set_id, r.n,
             oracle.want_summary((SELECT array_agg(ROW(f.opening, f.closing, NULL, NULL)::oracle.pair)
                                  FROM oracle.pair_row AS f
                                  WHERE f.set_id = r.set_id AND f.n BETWEEN r.n - 3 AND r.n - 1)) AS w
      FROM oracle.pair_row AS r JOIN oracle.pair_set AS s USING (set_id)
      WHERE set_id % 12 = 1 AND s.kind <> 'large') AS frames;
INSERT INTO oracle.got
SELECT 'nrr(o, c) OVER a moving frame', 'one-step', format('set %s row %s', set_id, n),
       ARRAY[ccx.nrr(opening, closing) OVER w, ccx.grr(opening, closing) OVER w, ccx.logo_retention(opening, closing) OVER w,
             ccx.revenue_churn_rate(opening, closing) OVER w, ccx.logo_churn_rate(opening, closing) OVER w,
             ccx.quick_ratio(opening, closing) OVER w]::text[]
FROM oracle.pair_row JOIN oracle.pair_set AS s USING (set_id)
WHERE set_id % 12 = 1 AND s.kind <> 'large'
WINDOW w AS (PARTITION BY set_id ORDER BY n ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING);

-- currencies: alike, none at all, two, and one beside none
CREATE TABLE oracle.currency_query AS
SELECT s.set_id,
       format($$(SELECT *, %s AS currency FROM oracle.pair_row WHERE set_id = %s) AS r$$,
              (ARRAY['''EUR''::text', 'NULL::text', '(ARRAY[''EUR'', ''USD''])[1 + (n % 9 / 8)]',
                     'CASE WHEN n % 9 < 8 THEN ''EUR'' END',
                     -- the odd one out stands on ignored rows only
                     'CASE WHEN opening IS NULL AND closing IS NULL THEN ''USD'' ELSE ''EUR'' END'])[1 + s.set_id % 5], s.set_id) AS source
FROM oracle.pair_set AS s
WHERE s.kind <> 'large' AND s.set_id % 4 = 0;
INSERT INTO oracle.want
SELECT 'retention_agg(o, c, seen, currency)', 'scalar', 'set ' || set_id,
       ARRAY[oracle.outcome('SELECT oracle.want_summary(array_agg(ROW(opening, closing, seen, currency)::oracle.pair))::text FROM ' || source)]
FROM oracle.currency_query;
INSERT INTO oracle.got
SELECT 'retention_agg(o, c, seen, currency)', 'scalar', 'set ' || set_id,
       ARRAY[oracle.outcome('SELECT oracle.got_summary(ccx.retention_agg(opening, closing, seen, currency))::text FROM ' || source)]
FROM oracle.currency_query;

-- The small functions -----------------------------------------------------------------------------------

INSERT INTO oracle.want
SELECT 'mrr_movement', 'scalar', format('set %s row %s', set_id, n), ARRAY[oracle.mrr_movement(opening, closing, seen)]
FROM oracle.pair_row WHERE n <= 40;
INSERT INTO oracle.got
SELECT 'mrr_movement', 'scalar', format('set %s row %s', set_id, n), ARRAY[ccx.mrr_movement(opening, closing, seen)]
FROM oracle.pair_row WHERE n <= 40;

CREATE TABLE oracle.plan AS
SELECT opening AS amount, unit, 1 + oracle.draw(24, 'count', set_id, n) AS count,
       format('%s a %s, set %s row %s', opening, unit, set_id, n) AS key
FROM oracle.pair_row, unnest('{day,week,month,quarter,year}'::text[]) AS unit
WHERE n <= 2;
INSERT INTO oracle.want
SELECT 'monthly_amount', 'scalar', format('%s, count %s', key, count), ARRAY[oracle.monthly_amount(amount, unit, count)::text] FROM oracle.plan
UNION ALL
SELECT 'monthly_amount, count omitted', 'scalar', key, ARRAY[oracle.monthly_amount(amount, unit)::text] FROM oracle.plan;
INSERT INTO oracle.got
SELECT 'monthly_amount', 'scalar', format('%s, count %s', key, count), ARRAY[ccx.monthly_amount(amount, unit, count)::text] FROM oracle.plan
UNION ALL
SELECT 'monthly_amount, count omitted', 'scalar', key, ARRAY[ccx.monthly_amount(amount, unit)::text] FROM oracle.plan;

-- rates: the amounts of a set, any size and scale; a set with a NULL among them has no product
INSERT INTO oracle.want
SELECT 'compound', 'scalar', 'set ' || s.set_id,
       ARRAY[oracle.compound((SELECT array_agg(abs(r.opening)) FROM oracle.pair_row AS r WHERE r.set_id = s.set_id))::text]
FROM oracle.pair_set AS s WHERE s.size <= 24;
INSERT INTO oracle.got
SELECT 'compound', 'scalar', 'set ' || s.set_id,
       ARRAY[(SELECT ccx.compound(abs(r.opening)) FROM oracle.pair_row AS r WHERE r.set_id = s.set_id)::text]
FROM oracle.pair_set AS s WHERE s.size <= 24;

-- MRR over time: snapshot and interval rows ------------------------------------------------------------------

-- Each customer's history twice: in one go, and rolled up from a random split of its rows.
CREATE TABLE oracle.customer AS
SELECT 'snapshot' AS source, set_id, customer, ccx.mrr_history(month, mrr) AS h
FROM oracle.snapshot_row GROUP BY set_id, customer
UNION ALL
SELECT 'interval', set_id, customer, ccx.mrr_history(valid_from, valid_to, mrr)
FROM oracle.interval_row GROUP BY set_id, customer;

CREATE TABLE oracle.customer_rolled AS
SELECT source, set_id, customer, ccx.rollup(h) AS h
FROM (SELECT 'snapshot' AS source, set_id, customer, ccx.mrr_history(month, mrr) AS h
      FROM oracle.snapshot_row
      GROUP BY set_id, customer, oracle.draw(3, 'part', set_id, coalesce(month - date '2000-01-01', 0) + length(mrr::text))
      UNION ALL
      SELECT 'interval', set_id, customer, ccx.mrr_history(valid_from, valid_to, mrr)
      FROM oracle.interval_row
      GROUP BY set_id, customer, oracle.draw(3, 'part', set_id, coalesce(valid_from - date '2000-01-01', 0) + length(mrr::text))) AS parts
GROUP BY source, set_id, customer;
ANALYZE oracle.customer, oracle.customer_rolled;

-- mrr_at, on and around every day a customer's MRR can change
CREATE TABLE oracle.probe AS
SELECT source, set_id, customer, stretches, day
FROM (SELECT h.source, h.set_id, s.customer, array_agg(s) AS stretches
      FROM oracle.history AS h, unnest(h.stretches) AS s
      WHERE s.customer IN ('c1', 'c2', 'c3')
      GROUP BY 1, 2, 3) AS c,
     LATERAL (SELECT DISTINCT edge + d AS day
              FROM unnest(stretches) AS s, unnest(ARRAY[s.valid_from, s.valid_to]) AS edge, generate_series(-1, 1) AS d
              WHERE isfinite(edge)
              UNION SELECT date '1999-12-31' UNION SELECT date '2040-02-29') AS days;
INSERT INTO oracle.want
SELECT 'mrr_at', 'scalar', format('%s set %s %s %s', source, set_id, customer, day), ARRAY[oracle.mrr_at(stretches, day)::text]
FROM oracle.probe;
INSERT INTO oracle.got
SELECT 'mrr_at', 'scalar', format('%s set %s %s %s', source, set_id, customer, day), ARRAY[ccx.mrr_at(c.h, p.day)::text]
FROM oracle.probe AS p JOIN oracle.customer AS c USING (source, set_id, customer);

-- Movements. Where a customer is still running an omitted end is an error, asked for further down.
CREATE FUNCTION oracle.question_key(q oracle.question) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT format('%s set %s.%s, step %s, span %s, observed %s to %s', q.source, q.set_id, q.variant, q.step,
                  coalesce(q.span, '-'), coalesce(q.observed_from::text, '-'), coalesce(q.observed_to::text, '-'))
$$;

CREATE TABLE oracle.asked AS
SELECT q.*, oracle.question_key(q) AS key, h.stretches, h.running AND q.observed_to IS NULL AS refused
FROM oracle.question AS q JOIN oracle.history AS h USING (source, set_id);
ANALYZE oracle.asked;

CREATE TABLE oracle.period_want AS
SELECT q.source, q.set_id, format('%s, period %s', q.key, p.period) AS key, r.*
FROM oracle.asked AS q,
     oracle.period_pairs(q.stretches, q.step, q.span, q.observed_from, q.observed_to) AS p,
     oracle.retention(p.pairs) AS r
WHERE NOT q.refused;

INSERT INTO oracle.want
SELECT route, 'movement', key,
       ARRAY[opening_mrr, new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr, closing_mrr,
             nrr, grr, logo_retention, opening_customers, new_customers, reactivation_customers, expansion_customers,
             contraction_customers, churned_customers, closing_customers]::text[]
FROM oracle.period_want,
     unnest('{movements,"movements, histories rolled up","movements, customers rolled up"}'::text[]) AS route;

-- What goes in for each route: the histories as they are, put together from parts, and customers in parts.
CREATE VIEW oracle.routed AS
SELECT 'movements' AS route, 0 AS part, q.source, q.set_id, q.variant, q.step, q.span, c.h
FROM oracle.asked AS q JOIN oracle.customer AS c USING (source, set_id) WHERE NOT q.refused
UNION ALL
SELECT 'movements, histories rolled up', 0, q.source, q.set_id, q.variant, q.step, q.span, c.h
FROM oracle.asked AS q JOIN oracle.customer_rolled AS c USING (source, set_id) WHERE NOT q.refused
UNION ALL
SELECT 'movements, customers rolled up', oracle.draw(3, 'part', set_id, hashtext(c.customer)), q.source, q.set_id, q.variant, q.step, q.span, c.h
FROM oracle.asked AS q JOIN oracle.customer AS c USING (source, set_id) WHERE NOT q.refused;

-- Every arity: no span where none is asked for, and no step either where that step is a month.
CREATE TABLE oracle.state AS
SELECT route, part, source, set_id, variant, ccx.mrr_movements_agg(h, step, span) AS m
FROM oracle.routed WHERE span IS NOT NULL GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT route, part, source, set_id, variant, ccx.mrr_movements_agg(h, step)
FROM oracle.routed WHERE span IS NULL AND step <> 'month' GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT route, part, source, set_id, variant, ccx.mrr_movements_agg(h)
FROM oracle.routed WHERE span IS NULL AND step = 'month' GROUP BY 1, 2, 3, 4, 5;

CREATE TABLE oracle.answerable AS
SELECT route, source, set_id, variant, m FROM oracle.state WHERE route <> 'movements, customers rolled up'
UNION ALL
SELECT route, source, set_id, variant, ccx.rollup(m) FROM oracle.state
WHERE route = 'movements, customers rolled up' GROUP BY 1, 2, 3, 4;

-- movements() with as many of its optional bounds as are given
CREATE FUNCTION oracle.ask(m ccx.mrr_movements, observed_from date, observed_to date)
RETURNS TABLE (period date, vals text[])
LANGUAGE plpgsql AS $$
DECLARE
    columns constant text := 'SELECT x.period, ARRAY[x.opening_mrr, x.new_mrr, x.reactivation_mrr, x.expansion_mrr,
        x.contraction_mrr, x.churned_mrr, x.closing_mrr, x.nrr, x.grr, x.logo_retention,
        x.opening_customers, x.new_customers, x.reactivation_customers, x.expansion_customers,
        x.contraction_customers, x.churned_customers, x.closing_customers]::text[] FROM ccx.movements';
BEGIN
    IF observed_to IS NOT NULL THEN
        RETURN QUERY EXECUTE columns || '($1, $2, $3) AS x' USING m, observed_from, observed_to;
    ELSIF observed_from IS NOT NULL THEN
        RETURN QUERY EXECUTE columns || '($1, $2) AS x' USING m, observed_from;
    ELSE
        RETURN QUERY EXECUTE columns || '($1) AS x' USING m;
    END IF;
END $$;

INSERT INTO oracle.got
SELECT a.route, 'movement', format('%s, period %s', q.key, x.period), x.vals
FROM oracle.answerable AS a JOIN oracle.asked AS q USING (source, set_id, variant),
     oracle.ask(a.m, q.observed_from, q.observed_to) AS x;

-- the same periods as stored summaries: all numbers but the counts of rows, which a history no longer has
INSERT INTO oracle.shape SELECT 'period summary', names[:26] FROM oracle.shape WHERE shape = 'summary';
INSERT INTO oracle.want
SELECT 'retention_summaries', 'period summary', key,
       ARRAY[nrr, nrr, nrr_with_reactivation, grr, logo_retention, revenue_churn_rate, logo_churn_rate, quick_ratio, arpa,
             opening_mrr, closing_mrr, new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr, retained_mrr,
             opening_customers, closing_customers, new_customers, reactivation_customers, expansion_customers,
             contraction_customers, churned_customers, retained_customers, unchanged_customers]::text[]
FROM oracle.period_want;
INSERT INTO oracle.got
SELECT 'retention_summaries', 'period summary', format('%s, period %s', q.key, x.period), (oracle.got_summary(x.summary))[:26]
FROM oracle.answerable AS a JOIN oracle.asked AS q USING (source, set_id, variant),
     ccx.retention_summaries(a.m, q.observed_from, q.observed_to) AS x
WHERE a.route = 'movements';

-- still running and no end given
INSERT INTO oracle.want SELECT 'movements without an end', 'scalar', key, '{error 22023}' FROM oracle.asked WHERE refused;
INSERT INTO oracle.got
SELECT 'movements without an end', 'scalar', key,
       ARRAY[oracle.outcome(format('SELECT count(*) FROM ccx.movements((SELECT ccx.mrr_movements_agg(h, %L, %L) FROM oracle.customer
                                                                        WHERE source = %L AND set_id = %s), %L, NULL)',
                                   step, coalesce(span, split_part(step, ':', 1)), source, set_id, observed_from))]
FROM oracle.asked WHERE refused;

-- Refusals ------------------------------------------------------------------------------------------------

CREATE TEMP TABLE refusal AS
SELECT state, query FROM (VALUES
    ('22023', $$ccx.nrr(o, c) FROM (VALUES ('NaN'::numeric, 1::numeric)) AS t (o, c)$$),
    ('22023', $$ccx.grr(o, c) FROM (VALUES (1::numeric, 'Infinity'::numeric)) AS t (o, c)$$),
    ('22023', $$ccx.nrr(o, c) FROM (VALUES (NULL::numeric, '-Infinity'::numeric)) AS t (o, c)$$),
    ('22023', $$ccx.nrr(o, c) FROM (VALUES ('NaN'::numeric, NULL::numeric)) AS t (o, c)$$),
    ('22023', $$ccx.retention_agg(o, c, false) FROM (VALUES ('NaN'::numeric, 1::numeric)) AS t (o, c)$$),
    ('22023', $$ccx.mrr_movement('NaN', 1, false)$$),
    ('22023', $$ccx.retention_agg(1, 1, false, repeat('x', 16))$$),
    ('22000', $$ccx.rollup(s) FROM (SELECT ccx.retention_agg(1, 1, false, c) AS s FROM (VALUES ('EUR'), ('USD')) AS t (c) GROUP BY c) AS g$$),
    ('22000', $$ccx.rollup(x.summary) FROM ccx.retention_summaries((SELECT ccx.mrr_movements_agg(h) FROM (SELECT ccx.mrr_history(date '2024-01-01', 1) AS h) AS c), '2024-01-01', '2024-03-01') AS x$$),
    ('22023', $$ccx.compound(r) FROM (VALUES (0.9), (-0.1)) AS t (r)$$),
    ('22023', $$ccx.compound(r) FROM (VALUES (0.9), ('NaN'::numeric)) AS t (r)$$),
    ('22023', $$ccx.monthly_amount(1, 'fortnight')$$),
    ('22023', $$ccx.monthly_amount(1, 'month', 0)$$),
    ('22023', $$ccx.monthly_amount('Infinity', 'month')$$),
    ('22023', $$ccx.mrr_history(d, 1) FROM (VALUES (date '2024-01-01'), ('2024-01-02')) AS t (d)$$),
    ('22023', $$ccx.mrr_history(date '2024-01-01', 'NaN'::numeric)$$),
    ('22023', $$ccx.mrr_history(date '2024-01-02', date '2024-01-01', 1)$$),
    ('22023', $$ccx.mrr_history(date '-infinity', date '2024-01-01', 1)$$),
    ('22000', $$ccx.mrr_history(date '2024-01-01', 1, c) FROM (VALUES ('EUR'), ('USD')) AS t (c)$$),
    ('22000', $$ccx.mrr_history(date '2024-01-01', 1, c) FROM (VALUES ('EUR'), (NULL)) AS t (c)$$),
    ('22023', $$ccx.mrr_movements_agg(h, 'week') FROM (SELECT ccx.mrr_history(date '2024-01-01', 1) AS h) AS t$$),
    ('22023', $$ccx.mrr_movements_agg(h, 'quarter', 'month') FROM (SELECT ccx.mrr_history(date '2024-01-01', 1) AS h) AS t$$),
    ('22023', $$ccx.mrr_movements_agg(h, 'quarter:feb', 'year:apr') FROM (SELECT ccx.mrr_history(date '2024-01-01', 1) AS h) AS t$$)
) AS t (state, query);
INSERT INTO oracle.want SELECT 'refusals', 'scalar', query, ARRAY['error ' || state] FROM refusal;
INSERT INTO oracle.got SELECT 'refusals', 'scalar', query, ARRAY[oracle.outcome('SELECT ' || query)] FROM refusal;

-- The comparison ---------------------------------------------------------------------------------------------

ANALYZE oracle.want, oracle.got;
CREATE TABLE oracle.difference AS
WITH answer AS (
    SELECT route, shape, key, w.vals AS want, g.vals AS got, w.vals IS NULL AS unwanted, g.vals IS NULL AS missing
    FROM oracle.want AS w FULL JOIN oracle.got AS g USING (route, shape, key)
    WHERE w.vals IS DISTINCT FROM g.vals
)
SELECT route, key, v.name, v.want, v.got,
       CASE WHEN unwanted THEN 'a row too many'
            WHEN missing THEN 'no answer'
            WHEN v.want ~ '^-?[0-9.]+$' AND v.got ~ '^-?[0-9.]+$' AND v.want::numeric = v.got::numeric THEN 'same value, written differently'
            ELSE 'value' END AS how
FROM answer JOIN oracle.shape USING (shape), unnest(names, answer.want, answer.got) AS v (name, want, got)
WHERE v.want IS DISTINCT FROM v.got OR unwanted OR missing
UNION ALL
SELECT route, key, NULL, '1', count(*)::text, 'answered more than once'
FROM oracle.got GROUP BY route, key HAVING count(*) > 1;

-- The floors ----------------------------------------------------------------------------------------------------

CREATE TABLE oracle.hazard AS
-- a row of these is one set: which hazards its rows have
WITH pair AS (
    SELECT 'opening, closing, seen' AS data, set_id,
           bool_or(opening IS NULL) AS null_opening, bool_or(closing IS NULL) AS null_closing,
           bool_or(opening = 0 OR closing = 0) AS zero, bool_or(opening < 0 OR closing < 0) AS negative,
           count(DISTINCT customer) < count(*) AS duplicate,
           bool_or(coalesce(opening, 0) <= 0 AND closing > 0 AND seen) AS reactivation
    FROM oracle.pair_row GROUP BY set_id
), dated AS (
    SELECT h.source, h.set_id, s.customer, s.valid_from, coalesce(s.valid_to, 'infinity') AS valid_to, s.mrr
    FROM oracle.history AS h, unnest(h.stretches) AS s
), extent AS (
    SELECT source, set_id, min(valid_from) AS first, max(valid_to) AS last FROM dated WHERE mrr IS NOT NULL GROUP BY 1, 2
), customer AS (
    -- seen at one end of the set's time only, as a customer in one of two snapshots: its other amount is NULL
    SELECT source, set_id, customer,
           min(valid_from) > extent.first AS null_opening, max(valid_to) < extent.last AS null_closing,
           bool_or(mrr = 0) AS zero, bool_or(mrr < 0) AS negative,
           count(DISTINCT valid_from) < count(valid_from) AS duplicate
    FROM dated JOIN extent USING (source, set_id) WHERE mrr IS NOT NULL
    GROUP BY source, set_id, customer, extent.first, extent.last
), back AS (
    -- counted where a comparison shows it
    SELECT source, set_id, bool_or(reactivation_customers > 0) AS reactivation FROM oracle.period_want GROUP BY source, set_id
)
SELECT * FROM pair
UNION ALL
SELECT source || ' rows', set_id, bool_or(null_opening), bool_or(null_closing), bool_or(zero), bool_or(negative), bool_or(duplicate),
       coalesce(bool_or(reactivation), false)
FROM customer LEFT JOIN back USING (source, set_id) GROUP BY source, set_id;

CREATE TABLE oracle.data AS
SELECT 'opening, closing, seen' AS data, set_id, kind, flavour,
       (SELECT count(*) FROM oracle.pair_row AS r WHERE r.set_id = s.set_id) AS rows,
       (SELECT count(DISTINCT customer) FROM oracle.pair_row AS r WHERE r.set_id = s.set_id) AS customers
FROM oracle.pair_set AS s
UNION ALL
SELECT source || ' rows', set_id, kind, flavour, coalesce(cardinality(stretches), 0),
       (SELECT count(DISTINCT u.customer) FROM unnest(stretches) AS u)
FROM oracle.history_set JOIN oracle.history USING (source, set_id);

CREATE VIEW oracle.amounts AS
SELECT 'opening, closing, seen' AS data, abs(a) AS amount
FROM oracle.pair_row, LATERAL (VALUES (opening), (closing)) AS v (a) WHERE a <> 0
UNION ALL SELECT 'snapshot rows', abs(mrr) FROM oracle.snapshot_row WHERE mrr <> 0
UNION ALL SELECT 'interval rows', abs(mrr) FROM oracle.interval_row WHERE mrr <> 0;

CREATE TABLE oracle.data_report AS
SELECT data, sets, rows, large AS "over 1000 customers", empty, unusable, "no opening", integers AS "integers only",
       null_opening AS "NULL opening %", null_closing AS "NULL closing %", zero AS "zero %", negative AS "negative %",
       duplicate AS "duplicate %", reactivation AS "reactivation %",
       smallest AS "smallest amount", largest AS "largest amount", scales AS "decimals"
FROM (SELECT data, count(*) AS sets, sum(rows) AS rows, count(*) FILTER (WHERE customers > 1000) AS large,
             count(*) FILTER (WHERE rows = 0) AS empty, count(*) FILTER (WHERE kind = 'unusable') AS unusable,
             count(*) FILTER (WHERE kind IN ('no opening', 'never paid')) AS "no opening",
             count(*) FILTER (WHERE flavour = 'integers') AS integers
      FROM oracle.data GROUP BY data) AS d
JOIN (SELECT data,
             round(100.0 * count(*) FILTER (WHERE null_opening) / sets, 1) AS null_opening,
             round(100.0 * count(*) FILTER (WHERE null_closing) / sets, 1) AS null_closing,
             round(100.0 * count(*) FILTER (WHERE zero) / sets, 1) AS zero,
             round(100.0 * count(*) FILTER (WHERE negative) / sets, 1) AS negative,
             round(100.0 * count(*) FILTER (WHERE duplicate) / sets, 1) AS duplicate,
             round(100.0 * count(*) FILTER (WHERE reactivation) / sets, 1) AS reactivation
      FROM oracle.hazard JOIN (SELECT data, count(*) AS sets FROM oracle.data GROUP BY data) AS n USING (data)
      GROUP BY data, sets) AS h USING (data)
JOIN (SELECT data, min(amount) AS smallest, max(amount) AS largest, min(scale(amount)) || ' to ' || max(scale(amount)) AS scales
      FROM oracle.amounts GROUP BY data) AS a USING (data)
ORDER BY sets DESC, data;

CREATE TABLE oracle.route_report AS
SELECT route, answers, comparisons, coalesce(mismatches, 0) AS mismatches
FROM (SELECT route, count(*) AS answers, sum(cardinality(names)) AS comparisons
      FROM oracle.want JOIN oracle.shape USING (shape) GROUP BY route) AS w
FULL JOIN (SELECT route, count(*) AS mismatches FROM oracle.difference GROUP BY route) AS d USING (route)
ORDER BY route;

\o
\pset expanded on
\pset title 'Data'
TABLE oracle.data_report;
\pset expanded off
\pset title 'Comparisons'
\ir routes.sql

DO $$
DECLARE
    missed text;
BEGIN
    SELECT string_agg(format('%s: %s', data, what), '; ') INTO missed
    FROM oracle.data_report AS d,
         LATERAL (VALUES
             ('too few sets', sets >= CASE data WHEN 'opening, closing, seen' THEN 1000 ELSE 300 END),
             ('fewer than 50 sets of over 1000 customers', data <> 'opening, closing, seen' OR "over 1000 customers" >= 50),
             ('no set of over 1000 customers', "over 1000 customers" > 0),
             ('no empty set', empty > 0), ('no unusable set', unusable > 0), ('no set without opening', "no opening" > 0),
             ('no set of integers', "integers only" > 0),
             ('NULL opening', "NULL opening %" >= 20), ('NULL closing', "NULL closing %" >= 20), ('zero', "zero %" >= 20),
             ('negative', "negative %" >= 20), ('duplicate', "duplicate %" >= 20), ('reactivation', "reactivation %" >= 20),
             ('amounts do not reach 1e-8', "smallest amount" <= 0.00000001), ('amounts do not reach 1e20', "largest amount" >= 1e20),
             ('amounts with 0 to 20 decimals', decimals = '0 to 20')
         ) AS floors (what, reached)
    WHERE reached IS NOT TRUE;
    IF missed IS NOT NULL OR (SELECT count(*) FROM oracle.data_report) <> 3 THEN
        RAISE EXCEPTION 'the data misses a floor' USING DETAIL = missed;
    END IF;
    IF EXISTS (SELECT FROM oracle.difference) THEN
        RAISE EXCEPTION '% numbers differ between ccx and the oracle', (SELECT count(*) FROM oracle.difference);
    END IF;
END $$;
\echo oracle comparison: ok
