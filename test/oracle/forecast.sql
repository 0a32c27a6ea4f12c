-- The oracle for the forecast of a renewal, and of several together (surface.md §6; metrics.md §4 "Calibration";
-- doc/backtest.md), from raw outcomes. After ratio.sql.

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

CREATE AGGREGATE oracle.times(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');

-- What of several ARR due is expected to renew together: each by the rate of its bin, added up and rounded once. The
-- interval has two parts. Whether a contract is renewed is its own, of variance r'(1 − r')·a², with r' drawn to the middle
-- as Wilson's is; what is not known of a rate is common to all of a bin, A together: the distance to its Wilson limits. Both
-- add up as squares (of the first, z² times). What is renewed is neither negative nor more than is due.
-- Without a past there is no forecast, but still so much due. A row without score or ARR is counted.
-- PL/pgSQL only for speed, as oracle.ratio().
CREATE FUNCTION oracle.renewal_forecast_total(vals numeric[], churns boolean[], scores numeric[], dues numeric[])
RETURNS TABLE (low numeric, expected numeric, high numeric, arr_due numeric, accounts bigint, skipped_rows bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH bins AS MATERIALIZED (
        SELECT c.*, 1.959963984540054235524594430520551527955550077869548398476953 ^ 2 AS square, w.low AS least, w.high AS most
        FROM oracle.calibration_bins(vals, churns, 10) AS c, oracle.wilson_bounds(churned, customers) AS w
    ), contract AS MATERIALIZED (
        SELECT u.due, (SELECT coalesce(max(b.bin) FILTER (WHERE b.low_value <= u.score), min(b.bin)) FROM bins AS b) AS bin
        FROM unnest(scores, dues) AS u (score, due)
        WHERE u.score IS NOT NULL AND u.due IS NOT NULL
    ), alike AS (
        SELECT customers AS n, churned AS x, square, least, most, sum(due) AS due, sum(due * due) AS squares, oracle.times(customers) OVER () AS common
        FROM contract JOIN bins USING (bin)
        GROUP BY bin, customers, churned, square, least, most
    ), together AS (
        -- a rate may be more than it was (u − r), then less is renewed; or less (r − l)
        SELECT oracle.ratio(sum(due * (n - x) * div(common, n)), max(common)) AS expected,
               sqrt(round(sum((due * (most - rate)) ^ 2 + own), 80)) AS down, sqrt(round(sum((due * (rate - least)) ^ 2 + own), 80)) AS up
        FROM (SELECT *, round(x, 80) / n AS rate, square * drawn * (1 - drawn) * squares AS own
              FROM alike, LATERAL (SELECT round(x + square / 2, 80) / (n + square) AS drawn) AS d) AS a
    ), whole AS (
        SELECT coalesce(sum(due), 0) AS due, count(*) AS accounts, EXISTS (SELECT FROM bins) AS past FROM contract
    )
    SELECT CASE WHEN past THEN coalesce(greatest(expected - down, 0), 0) END,
           CASE WHEN past THEN coalesce(expected, 0) END,
           CASE WHEN past THEN coalesce(least(expected + up, due), 0) END,
           trim_scale(due), accounts, cardinality(scores) - accounts
    FROM whole, together
    WHERE cardinality(scores) > 0;
END $$;
