-- The oracle for the forecast of a renewal (surface.md §6; metrics.md §4 "Calibration"), from raw outcomes. After ratio.sql.

-- Bins of about equal count by cumulative count, equal values never split: a value's bin is one more than the whole part
-- of bins·(customers with a lower value)/customers. Empty ones do not exist. A row without value or outcome is skipped.
CREATE FUNCTION oracle.calibration_bins(vals numeric[], churns boolean[], bins int)
RETURNS TABLE (bin int, low_value numeric, high_value numeric, customers bigint, churned bigint)
LANGUAGE sql AS $$
    SELECT 1 + div(bins * lower_ones, n)::int, min(v), max(v), count(*), count(*) FILTER (WHERE c)
    FROM (SELECT v, c, rank() OVER (ORDER BY v) - 1 AS lower_ones, count(*) OVER () AS n
          FROM unnest(vals, churns) AS u (v, c) WHERE v IS NOT NULL AND c IS NOT NULL) AS ranked
    GROUP BY 1
$$;

-- Wilson's interval at 95 %, in numeric.
CREATE FUNCTION oracle.wilson_bounds(hits bigint, n bigint, OUT low numeric, OUT high numeric)
LANGUAGE sql IMMUTABLE AS $$
    SELECT (middle - reach) / (n + square), (middle + reach) / (n + square)
    FROM (SELECT z * z AS square, hits + z * z / 2 AS middle, z * sqrt(round(hits * (n - hits), 80) / n + z * z / 4) AS reach
          FROM (SELECT 1.959963984540054235524594430520551527955550077869548398476953 AS z) AS normal) AS s
$$;

-- What of an ARR due is expected to renew: the churn rate of those who scored alike. The bin of a score is the last that
-- begins at or below it, so one between two bins is in the lower; below them all the first.
CREATE FUNCTION oracle.renewal_forecast(vals numeric[], churns boolean[], score numeric, arr_due numeric)
RETURNS TABLE (low numeric, expected numeric, high numeric)
LANGUAGE sql AS $$
    SELECT oracle.finite(arr_due) * (1 - w.high), oracle.ratio(arr_due * (customers - churned), customers), arr_due * (1 - w.low)
    FROM (SELECT * FROM oracle.calibration_bins(vals, churns, 10) WHERE score IS NOT NULL
          ORDER BY low_value <= score DESC, CASE WHEN low_value <= score THEN -bin ELSE bin END LIMIT 1) AS alike,
         oracle.wilson_bounds(churned, customers) AS w
$$;
