-- The oracle for renewals (metrics.md §2 "Renewal rate"), from raw rows. After ratio.sql.

-- One contract that falls due; renewed_on NULL: not renewed.
CREATE TYPE oracle.due AS (due date, arr_due numeric, renewed_on date, arr_renewed numeric);

-- What became of it. Which period it belongs to is the caller's GROUP BY over the due date, so an early renewal
-- counts where it was due by itself.
CREATE FUNCTION oracle.renewal_outcome(due date, renewed_on date, as_of date, grace int) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
               -- "open until due + grace < as_of and outside the rate": renewed or not, or a month that is not
               -- over would show its winners only
               WHEN NOT due + grace < as_of    THEN 'open'
               WHEN renewed_on <= due          THEN 'on time'
               WHEN renewed_on <= due + grace  THEN 'late'
               -- "after grace = lost, and if signed later recovered"; what is signed after as_of is not signed yet
               WHEN renewed_on <= as_of        THEN 'recovered'
               ELSE 'lost'
           END
$$;

-- Every number of a renewal summary. No rows at all: no row comes back.
CREATE FUNCTION oracle.renewal(dues oracle.due[], as_of date, grace int DEFAULT 0)
RETURNS TABLE (
    renewal_rate numeric, gross_renewal_rate numeric, logo_renewal_rate numeric, on_time_rate numeric,
    due_count bigint, renewed_count bigint, on_time_count bigint, late_count bigint,
    lost_count bigint, recovered_count bigint, open_count bigint, signed_count bigint,
    due_arr numeric, renewed_arr numeric, on_time_arr numeric, late_arr numeric,
    lost_arr numeric, recovered_arr numeric, open_arr numeric, signed_arr numeric, gross_arr numeric,
    skipped_rows bigint)
LANGUAGE sql AS $$
    WITH option AS MATERIALIZED (
        SELECT CASE WHEN as_of IS NULL OR grace IS NULL OR grace < 0
                    THEN oracle.refuse('22023', 'as_of or grace') ELSE 1 END AS fine
        WHERE cardinality(dues) > 0
    ), raw AS MATERIALIZED (
        SELECT d.due, d.renewed_on,
               CASE WHEN oracle.finite(d.arr_due) < 0 THEN oracle.refuse('22023', 'negative ARR') ELSE d.arr_due END AS arr_due,
               CASE WHEN oracle.finite(d.arr_renewed) < 0 THEN oracle.refuse('22023', 'negative ARR')
                    -- "a renewal date with NULL amount is an error"
                    WHEN d.renewed_on IS NOT NULL AND d.arr_renewed IS NULL THEN oracle.refuse('22004', 'renewed for what')
                    ELSE d.arr_renewed END AS arr_renewed
        FROM option, unnest(dues) AS d WHERE fine = 1
    ), known AS (
        SELECT arr_due, arr_renewed, renewed_on <= renewal.as_of AS signed, oracle.renewal_outcome(raw.due, renewed_on, renewal.as_of, renewal.grace) AS outcome
        FROM raw WHERE raw.due IS NOT NULL AND arr_due IS NOT NULL
    ), total AS (
        SELECT count(*) FILTER (WHERE outcome <> 'open')                  AS due_count,
               count(*) FILTER (WHERE outcome IN ('on time', 'late'))     AS renewed_count,
               count(*) FILTER (WHERE outcome = 'on time')                AS on_time_count,
               count(*) FILTER (WHERE outcome = 'late')                   AS late_count,
               -- recovered is lost first; "reported but outside the rate"
               count(*) FILTER (WHERE outcome IN ('lost', 'recovered'))   AS lost_count,
               count(*) FILTER (WHERE outcome = 'recovered')              AS recovered_count,
               count(*) FILTER (WHERE outcome = 'open')                   AS open_count,
               count(*) FILTER (WHERE outcome = 'open' AND signed)        AS signed_count,
               coalesce(sum(arr_due)     FILTER (WHERE outcome <> 'open'), 0)                AS due_arr,
               coalesce(sum(arr_renewed) FILTER (WHERE outcome IN ('on time', 'late')), 0)   AS renewed_arr,
               coalesce(sum(arr_renewed) FILTER (WHERE outcome = 'on time'), 0)              AS on_time_arr,
               coalesce(sum(arr_renewed) FILTER (WHERE outcome = 'late'), 0)                 AS late_arr,
               coalesce(sum(arr_due)     FILTER (WHERE outcome IN ('lost', 'recovered')), 0) AS lost_arr,
               coalesce(sum(arr_renewed) FILTER (WHERE outcome = 'recovered'), 0)            AS recovered_arr,
               coalesce(sum(arr_due)     FILTER (WHERE outcome = 'open'), 0)                 AS open_arr,
               -- of what is open, what is signed already
               coalesce(sum(arr_renewed) FILTER (WHERE outcome = 'open' AND signed), 0)      AS signed_arr,
               -- "gross form never above due": contract by contract
               coalesce(sum(least(arr_renewed, arr_due)) FILTER (WHERE outcome IN ('on time', 'late')), 0) AS gross_arr
        FROM known
    )
    SELECT oracle.ratio(renewed_arr, due_arr), oracle.ratio(gross_arr, due_arr),
           oracle.ratio(renewed_count, due_count), oracle.ratio(on_time_count, renewed_count),
           due_count, renewed_count, on_time_count, late_count, lost_count, recovered_count, open_count, signed_count,
           trim_scale(due_arr), trim_scale(renewed_arr), trim_scale(on_time_arr), trim_scale(late_arr),
           trim_scale(lost_arr), trim_scale(recovered_arr), trim_scale(open_arr), trim_scale(signed_arr), trim_scale(gross_arr),
           (SELECT count(*) FROM raw WHERE raw.due IS NULL OR raw.arr_due IS NULL)
    FROM total
    WHERE cardinality(dues) > 0
$$;
