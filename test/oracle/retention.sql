-- The oracle for one comparison of two instants (surface.md §3: retention summary), from raw rows.
-- Reads top-down as metrics.md does: §3 decides what a row means, §1 names its movement, §2 divides.
-- The rows of §3 are quoted by name where they are applied.

-- One raw row: what one customer (or subscription, the caller's key decides) paid at t0 and at t1.
CREATE TYPE oracle.pair AS (opening numeric, closing numeric, seen boolean, currency text);

-- §1, the table of movements, for amounts that §3 has already settled (not NULL, not negative).
CREATE FUNCTION oracle.movement_of(o numeric, c numeric, seen boolean) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
               WHEN o = 0 AND c > 0 AND NOT seen THEN 'new'
               WHEN o = 0 AND c > 0 AND seen     THEN 'reactivation'
               WHEN o > 0 AND c > o              THEN 'expansion'
               WHEN o > 0 AND 0 < c AND c < o    THEN 'contraction'
               WHEN o > 0 AND c = 0              THEN 'churn'
               WHEN o > 0 AND c = o              THEN 'unchanged'
           END    -- o = 0 and c = 0: no movement
$$;

-- surface.md §3 mrr_movement(): both 0 or NULL gives NULL; seen NULL is false (contract).
CREATE FUNCTION oracle.mrr_movement(opening numeric, closing numeric, seen boolean) RETURNS text
LANGUAGE sql AS $$
    SELECT oracle.movement_of(greatest(coalesce(oracle.finite(opening), 0), 0),
                              greatest(coalesce(oracle.finite(closing), 0), 0),
                              coalesce(seen, false))
$$;

-- Every number of a retention summary. No rows at all: no row comes back ("No rows → NULL", surface.md §1).
CREATE FUNCTION oracle.retention(pairs oracle.pair[])
RETURNS TABLE (
    nrr numeric, nrr_with_reactivation numeric, grr numeric, logo_retention numeric,
    revenue_churn_rate numeric, logo_churn_rate numeric, quick_ratio numeric, arpa numeric,
    opening_mrr numeric, closing_mrr numeric, new_mrr numeric, reactivation_mrr numeric,
    expansion_mrr numeric, contraction_mrr numeric, churned_mrr numeric, retained_mrr numeric,
    opening_customers bigint, closing_customers bigint, new_customers bigint, reactivation_customers bigint,
    expansion_customers bigint, contraction_customers bigint, churned_customers bigint,
    retained_customers bigint, unchanged_customers bigint,
    skipped_rows bigint, negative_rows bigint, negative_mrr numeric)
LANGUAGE sql AS $$
    WITH raw AS (
        -- "NaN / ±Infinity input": refused, whatever stands beside it
        SELECT oracle.finite(p.opening) AS opening, oracle.finite(p.closing) AS closing, p.seen, p.currency,
               -- "both NULL": row ignored; counted, never silent
               p.opening IS NULL AND p.closing IS NULL AS skipped
        FROM unnest(pairs) AS p
    ), known AS (
        SELECT coalesce(opening, 0) AS opening,       -- "NULL opening": 0, so new or reactivated
               coalesce(closing, 0) AS closing,       -- "NULL closing": 0, so churned
               coalesce(seen, false) AS seen,
               currency
        FROM raw
        WHERE NOT skipped
    ), settled AS MATERIALIZED (
        -- "negative MRR": clamped at 0, amount and count kept
        SELECT greatest(opening, 0) AS o,
               greatest(closing, 0) AS c,
               seen,
               opening < 0 OR closing < 0 AS negative,
               least(opening, 0) + least(closing, 0) AS below_zero,
               currency
        FROM known
    ), moved AS MATERIALIZED (
        -- "same customer twice in 2-arg form": counted twice, so nothing is grouped here
        SELECT *, oracle.movement_of(o, c, seen) AS movement FROM settled
    ), total AS (
        SELECT coalesce(sum(o), 0)                                             AS opening_mrr,
               coalesce(sum(c), 0)                                             AS closing_mrr,
               coalesce(sum(c)     FILTER (WHERE movement = 'new'), 0)          AS new_mrr,
               coalesce(sum(c)     FILTER (WHERE movement = 'reactivation'), 0) AS reactivation_mrr,
               coalesce(sum(c - o) FILTER (WHERE movement = 'expansion'), 0)    AS expansion_mrr,
               coalesce(sum(o - c) FILTER (WHERE movement = 'contraction'), 0)  AS contraction_mrr,
               coalesce(sum(o)     FILTER (WHERE movement = 'churn'), 0)        AS churned_mrr,
               -- C = {i: o > 0}, the cohort of §2; "TTM NRR": the same cohort at both ends
               coalesce(sum(c)           FILTER (WHERE o > 0), 0)              AS retained_mrr,
               coalesce(sum(least(c, o)) FILTER (WHERE o > 0), 0)              AS capped_mrr,
               count(*) FILTER (WHERE o > 0)                                   AS opening_customers,
               count(*) FILTER (WHERE c > 0)                                   AS closing_customers,
               count(*) FILTER (WHERE movement = 'new')                        AS new_customers,
               count(*) FILTER (WHERE movement = 'reactivation')               AS reactivation_customers,
               count(*) FILTER (WHERE movement = 'expansion')                  AS expansion_customers,
               count(*) FILTER (WHERE movement = 'contraction')                AS contraction_customers,
               count(*) FILTER (WHERE movement = 'churn')                      AS churned_customers,
               -- "Churned and back inside the window": retained, only the two ends are looked at
               count(*) FILTER (WHERE o > 0 AND c > 0)                         AS retained_customers,
               count(*) FILTER (WHERE movement = 'unchanged')                  AS unchanged_customers,
               count(*) FILTER (WHERE negative)                                AS negative_rows,
               coalesce(sum(below_zero), 0)                                    AS negative_mrr,
               -- "currency mix": all the same value, and NULL beside 'USD' is not the same
               count(DISTINCT currency) + coalesce(max((currency IS NULL)::int), 0) > 1 AS mixed
        FROM moved
    )
    SELECT CASE WHEN mixed THEN oracle.refuse('22000', 'mixed currencies')
                ELSE oracle.ratio(retained_mrr, opening_mrr) END               AS nrr,
           -- "Reactivation in NRR?": No; the switch adds it to the numerator, denominator unchanged
           oracle.ratio(retained_mrr + reactivation_mrr, opening_mrr)          AS nrr_with_reactivation,
           oracle.ratio(capped_mrr, opening_mrr)                               AS grr,
           oracle.ratio(retained_customers, opening_customers)                 AS logo_retention,
           -- 1 − GRR and 1 − logo retention, as one exact quotient each
           oracle.ratio(opening_mrr - capped_mrr, opening_mrr)                 AS revenue_churn_rate,
           oracle.ratio(opening_customers - retained_customers, opening_customers) AS logo_churn_rate,
           oracle.ratio(new_mrr + reactivation_mrr + expansion_mrr,
                        contraction_mrr + churned_mrr)                         AS quick_ratio,
           oracle.ratio(closing_mrr, closing_customers)                        AS arpa,
           trim_scale(opening_mrr), trim_scale(closing_mrr), trim_scale(new_mrr), trim_scale(reactivation_mrr),
           trim_scale(expansion_mrr), trim_scale(contraction_mrr), trim_scale(churned_mrr),
           trim_scale(retained_mrr),
           opening_customers, closing_customers, new_customers, reactivation_customers,
           expansion_customers, contraction_customers, churned_customers, retained_customers, unchanged_customers,
           (SELECT count(*) FROM raw WHERE skipped)                            AS skipped_rows,
           negative_rows,
           trim_scale(negative_mrr)
    FROM total
    WHERE cardinality(pairs) > 0
$$;

-- The keyed form, retention_agg_by(customer, …): "customers vs subscriptions vs parent" and "negative MRR":
-- the rows of one customer are added first, side by side, and only their sum is looked at.
CREATE TYPE oracle.keyed_pair AS (customer text, opening numeric, closing numeric, seen boolean);

CREATE FUNCTION oracle.net(keyed oracle.keyed_pair[]) RETURNS oracle.pair[]
LANGUAGE sql AS $$
    SELECT array_agg(p) FROM (
        SELECT ROW(sum(oracle.finite(k.opening)), sum(oracle.finite(k.closing)),   -- all NULL stays NULL
                   coalesce(bool_or(k.seen), false), NULL)::oracle.pair AS p
        FROM unnest(keyed) AS k
        -- "NULL customer (keyed form)": row skipped; "both NULL": row ignored
        WHERE k.customer IS NOT NULL AND (k.opening IS NOT NULL OR k.closing IS NOT NULL)
        GROUP BY k.customer
        UNION ALL
        -- both sorts of row stay in the count of skipped rows
        SELECT ROW(NULL, NULL, false, NULL)::oracle.pair
        FROM unnest(keyed) AS k
        WHERE NOT (k.customer IS NOT NULL AND (k.opening IS NOT NULL OR k.closing IS NOT NULL))
    ) AS netted
$$;

-- §2 MRR: year ÷12, quarter ÷3, week ×52/12, day ×365/12; one rounding, at the end.
CREATE FUNCTION oracle.monthly_amount(amount numeric, unit text, count int DEFAULT 1) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE
               WHEN amount IS NULL OR unit IS NULL OR count IS NULL THEN NULL
               WHEN count < 1 THEN oracle.refuse('22023', 'count below 1')
               WHEN unit = 'year'    THEN oracle.ratio(oracle.finite(amount), 12 * count::numeric)
               WHEN unit = 'quarter' THEN oracle.ratio(oracle.finite(amount), 3 * count::numeric)
               WHEN unit = 'month'   THEN oracle.ratio(oracle.finite(amount), count::numeric)
               WHEN unit = 'week'    THEN oracle.ratio(oracle.finite(amount) * 52, 12 * count::numeric)
               WHEN unit = 'day'     THEN oracle.ratio(oracle.finite(amount) * 365, 12 * count::numeric)
               ELSE oracle.refuse('22023', 'unknown unit')
           END
$$;

-- §3 "TTM NRR": compound() under its own name. The product is exact (multiplication keeps every decimal),
-- one rounding at the end; round() on numeric is half away from zero.
CREATE FUNCTION oracle.compound(rates numeric[]) RETURNS numeric
LANGUAGE sql AS $$
    WITH RECURSIVE numbered AS (
        SELECT CASE WHEN rate < 0 THEN oracle.refuse('22023', 'negative rate') ELSE oracle.finite(rate) END AS rate, n
        FROM unnest(rates) WITH ORDINALITY AS u (rate, n)
    ), product AS (
        SELECT rate, n FROM numbered WHERE n = 1
        UNION ALL
        SELECT product.rate * numbered.rate, numbered.n      -- NULL times anything is NULL
        FROM product JOIN numbered ON numbered.n = product.n + 1
    )
    SELECT trim_scale(round(rate, 20)) FROM product WHERE n = cardinality(rates)
$$;
