-- The oracle for MRR over time (surface.md §3: mrr_history, mrr_movements), from raw rows.
-- Written as (customer × period): look up the two ends, hand the pairs to oracle.retention().

-- One raw row of a customer: an amount over half-open dates; valid_to NULL or infinity = still running.
CREATE TYPE oracle.stretch AS (customer text, valid_from date, valid_to date, mrr numeric);

-- metrics.md §3 "month arithmetic": index = 12·year + month, never repeated interval additions.
CREATE FUNCTION oracle.month_index(day date) RETURNS int
LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT 12 * extract(year FROM day)::int + extract(month FROM day)::int - 1
$$;

CREATE FUNCTION oracle.month_start(index int) RETURNS date
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT make_date(index / 12, index % 12 + 1, 1) $$;

CREATE FUNCTION oracle.month_end(index int) RETURNS date
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT oracle.month_start(index + 1) - 1 $$;

-- A snapshot row covers the calendar month that contains its date.
CREATE FUNCTION oracle.month_stretch(customer text, month date, mrr numeric) RETURNS oracle.stretch
LANGUAGE sql IMMUTABLE AS $$
    SELECT ROW(customer, oracle.month_start(oracle.month_index(month)),
               oracle.month_end(oracle.month_index(month)) + 1, mrr)::oracle.stretch
$$;

-- mrr_at() of one customer's rows: added first, then clamped at 0 ("negative MRR"); outside them 0.
-- Rows without a start or an amount cover nothing.
CREATE FUNCTION oracle.mrr_at(stretches oracle.stretch[], day date) RETURNS numeric
LANGUAGE sql AS $$
    SELECT trim_scale(greatest(coalesce(sum(oracle.finite(s.mrr)), 0), 0))
    FROM unnest(stretches) AS s
    WHERE s.valid_from <= day AND day < coalesce(s.valid_to, 'infinity')
$$;

-- Each customer's clamped MRR on the days on which it can change: the starts and ends of its own rows.
-- It holds until the day before the next one; next_day NULL = for ever.
CREATE FUNCTION oracle.levels(stretches oracle.stretch[])
RETURNS TABLE (customer text, day date, next_day date, mrr numeric)
LANGUAGE sql AS $$
    WITH usable AS (
        SELECT s.customer, s.valid_from, coalesce(s.valid_to, 'infinity') AS valid_to, oracle.finite(s.mrr) AS mrr
        FROM unnest(stretches) AS s
        WHERE s.valid_from IS NOT NULL AND s.mrr IS NOT NULL
    ), change AS (
        SELECT customer, valid_from AS day FROM usable
        UNION
        SELECT customer, valid_to FROM usable WHERE valid_to < 'infinity'
    )
    SELECT change.customer, change.day,
           lead(change.day) OVER (PARTITION BY change.customer ORDER BY change.day),
           greatest(coalesce(sum(usable.mrr), 0), 0)
    FROM change
    LEFT JOIN usable ON usable.customer = change.customer
                    AND usable.valid_from <= change.day AND change.day < usable.valid_to
    GROUP BY change.customer, change.day
$$;

-- The first and the last month with a paid day; running = some customer's paid days have no end.
CREATE FUNCTION oracle.paid_months(stretches oracle.stretch[])
RETURNS TABLE (first_month int, last_month int, running boolean)
LANGUAGE sql AS $$
    SELECT oracle.month_index(min(day)),
           oracle.month_index(max(next_day) - 1),
           coalesce(bool_or(next_day IS NULL), false)
    FROM oracle.levels(stretches)
    WHERE mrr > 0
$$;

-- month, quarter, year in months.
CREATE FUNCTION oracle.months_in(grain text) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE split_part(grain, ':', 1) WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 WHEN 'year' THEN 12 END
$$;

-- The comparisons of a step and a span that lie wholly inside an observed window (month indexes).
-- §3 "quarter/year value": both ends are snapshots at a period's end.
-- §3 "right edge", "left edge": opening month and closing month both inside the window.
CREATE FUNCTION oracle.comparisons(step text, span text, first_month int, last_month int)
RETURNS TABLE (period date, opening_day date, closing_day date)
LANGUAGE sql IMMUTABLE AS $$
    WITH grain AS (
        SELECT oracle.months_in(step) AS step_months,
               oracle.months_in(coalesce(span, step)) AS span_months,
               -- quarter:feb starts in February, May, August, November; no anchor = January
               coalesce(array_position('{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}'::text[],
                                       nullif(split_part(step, ':', 2), '')), 1) - 1 AS anchor
    )
    SELECT oracle.month_start(m), oracle.month_end(opening_month), oracle.month_end(closing_month)
    FROM grain,
         generate_series(first_month, last_month) AS m,
         LATERAL (SELECT m + step_months - 1 AS closing_month,
                         m + step_months - 1 - span_months AS opening_month) AS ends
    WHERE (m - anchor) % step_months = 0
      AND opening_month >= first_month
      AND closing_month <= last_month
$$;

-- The pairs (opening, closing, seen) of every customer for each emitted comparison.
-- A comparison without movement is still there; without any customer there is none.
CREATE FUNCTION oracle.period_pairs(stretches oracle.stretch[], step text, span text,
                                    observed_from date DEFAULT NULL, observed_to date DEFAULT NULL)
RETURNS TABLE (period date, pairs oracle.pair[])
LANGUAGE sql AS $$
    WITH level AS MATERIALIZED (
        SELECT * FROM oracle.levels(stretches)
    ), customer AS (
        -- a customer counts even when none of its rows can be used; its MRR is 0 throughout
        SELECT s.customer, min(level.day) AS first_paid_day
        FROM unnest(stretches) AS s
        LEFT JOIN level ON level.customer = s.customer AND level.mrr > 0
        GROUP BY s.customer
    ), observed AS (
        -- any date inside a month names that month, whole; omitted = first and last month with a paid day
        SELECT coalesce(oracle.month_index(observed_from), paid.first_month) AS first_month,
               CASE WHEN observed_to IS NOT NULL THEN oracle.month_index(observed_to)
                    WHEN paid.running THEN oracle.refuse('22023', 'observed_to needed: still running')::int
                    ELSE paid.last_month END AS last_month
        FROM oracle.paid_months(stretches) AS paid
    ), comparison AS MATERIALIZED (
        SELECT c.* FROM observed, oracle.comparisons(step, span, observed.first_month, observed.last_month) AS c
    ), snapshot AS MATERIALIZED (
        -- every customer on every day that is looked at; the level that holds on it, outside 0
        SELECT days.day, customer.customer, coalesce(level.mrr, 0) AS mrr
        FROM (SELECT opening_day AS day FROM comparison UNION SELECT closing_day FROM comparison) AS days
        CROSS JOIN customer
        LEFT JOIN level ON level.customer = customer.customer
                       AND level.day <= days.day
                       AND days.day < coalesce(level.next_day, 'infinity')
    )
    SELECT comparison.period,
           array_agg(ROW(opening.mrr, closing.mrr,
                         -- seen: MRR > 0 on any day up to the opening day
                         coalesce(customer.first_paid_day <= comparison.opening_day, false),
                         NULL)::oracle.pair)
    FROM comparison
    JOIN snapshot AS opening ON opening.day = comparison.opening_day
    JOIN snapshot AS closing ON closing.day = comparison.closing_day AND closing.customer = opening.customer
    JOIN customer ON customer.customer = opening.customer
    GROUP BY comparison.period
$$;

-- movements(m, observed_from, observed_to).
CREATE FUNCTION oracle.movements(stretches oracle.stretch[], step text, span text,
                                 observed_from date DEFAULT NULL, observed_to date DEFAULT NULL)
RETURNS TABLE (
    period date,
    opening_mrr numeric, new_mrr numeric, reactivation_mrr numeric, expansion_mrr numeric,
    contraction_mrr numeric, churned_mrr numeric, closing_mrr numeric,
    nrr numeric, grr numeric, logo_retention numeric,
    opening_customers bigint, new_customers bigint, reactivation_customers bigint, expansion_customers bigint,
    contraction_customers bigint, churned_customers bigint, closing_customers bigint)
LANGUAGE sql AS $$
    SELECT p.period,
           r.opening_mrr, r.new_mrr, r.reactivation_mrr, r.expansion_mrr, r.contraction_mrr, r.churned_mrr, r.closing_mrr,
           r.nrr, r.grr, r.logo_retention,
           r.opening_customers, r.new_customers, r.reactivation_customers, r.expansion_customers,
           r.contraction_customers, r.churned_customers, r.closing_customers
    FROM oracle.period_pairs(stretches, step, span, observed_from, observed_to) AS p,
         oracle.retention(p.pairs) AS r
    ORDER BY p.period
$$;
