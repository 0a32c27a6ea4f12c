-- The oracle for scales and health scores (metrics.md §2 "Health score", §4 "Missing signal"; surface.md §6), from raw
-- signals. After ratio.sql.

-- Scales --------------------------------------------------------------------------------------------------

-- Where x lies on the way from worst to best, in hundredths; "clamped by the scaler". Worst may be the larger one.
CREATE FUNCTION oracle.scale_linear(x numeric, worst numeric, best numeric) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN x IS NULL OR worst IS NULL OR best IS NULL THEN NULL
                WHEN oracle.finite(worst) = oracle.finite(best) THEN oracle.refuse('22023', 'worst and best are the same')
                ELSE greatest(0, least(100, oracle.ratio(100 * (oracle.finite(x) - worst), best - worst))) END
$$;

-- A cut belongs to the step below it.
CREATE FUNCTION oracle.scale_steps(x numeric, cuts numeric[], scores numeric[]) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN x IS NULL OR cuts IS NULL OR scores IS NULL THEN NULL
                WHEN cardinality(scores) <> cardinality(cuts) + 1 THEN oracle.refuse('22023', 'one score more than cuts')
                WHEN EXISTS (SELECT FROM unnest(cuts) AS cut WHERE oracle.finite(cut) IS NULL)
                  OR EXISTS (SELECT FROM unnest(scores) AS score WHERE (score BETWEEN 0 AND 100) IS NOT TRUE)
                  OR EXISTS (SELECT FROM generate_subscripts(cuts, 1) AS i WHERE cuts[i] <= cuts[i - 1])
                THEN oracle.refuse('22023', 'cuts that ascend, scores from 0 to 100')
                ELSE trim_scale(scores[1 + (SELECT count(*) FROM unnest(cuts) AS cut WHERE cut < oracle.finite(x))]) END
$$;

-- 100/(1 + e^(−slope·(x − mid))) to 10 decimals; a hundred steepnesses away from the middle it is 0 or 100.
CREATE FUNCTION oracle.scale_logistic(x numeric, mid numeric, slope numeric) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN x IS NULL OR mid IS NULL OR slope IS NULL THEN NULL
                WHEN oracle.finite(slope) = 0 THEN oracle.refuse('22023', 'slope is 0')
                ELSE (SELECT CASE WHEN t > 100 THEN 100 WHEN t < -100 THEN 0
                                  ELSE trim_scale(round(round(100, 80) / (1 + exp(-round(t, 80))), 10)) END
                      FROM (SELECT slope * (oracle.finite(x) - oracle.finite(mid)) AS t) AS way) END
$$;

-- Health ----------------------------------------------------------------------------------------------------

-- surface.md §6: a weight that is NULL or negative is 22023, whether there is a score or not.
CREATE FUNCTION oracle.weight(weight numeric) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN oracle.finite(weight) >= 0 THEN weight ELSE oracle.refuse('22023', 'weight is NULL or negative') END
$$;
CREATE FUNCTION oracle.clamped(score numeric) RETURNS numeric
LANGUAGE sql AS $$ SELECT CASE WHEN oracle.finite(score) < 0 THEN 0 WHEN score > 100 THEN 100 ELSE score END $$;

-- §2: Σ w·s ÷ Σ w over present signals. Nothing present, or nothing with a weight: NULL.
CREATE FUNCTION oracle.health_score(scores numeric[], weights numeric[]) RETURNS numeric
LANGUAGE sql AS $$
    SELECT oracle.ratio(sum(w * s), sum(w) FILTER (WHERE s IS NOT NULL))
    FROM (SELECT oracle.clamped(score) AS s, oracle.weight(weight) AS w FROM unnest(scores, weights) AS u (score, weight)) AS given
$$;

CREATE TYPE oracle.signal AS (customer int, signal text, score numeric, weight numeric);

-- Per signal: who has it, who does not, their weights, and the weighted points.
CREATE FUNCTION oracle.health_signals(signals oracle.signal[])
RETURNS TABLE (signal text, customers_with bigint, customers_without bigint, weight_with numeric, weight_without numeric, points numeric)
LANGUAGE sql AS $$
    WITH one AS MATERIALIZED (
        SELECT u.customer, u.signal, oracle.clamped(u.score) AS s, oracle.weight(u.weight) AS w,
               -- a signal twice for a customer is 22023
               CASE WHEN count(*) OVER (PARTITION BY u.customer, u.signal COLLATE "C") > 1 THEN oracle.refuse('22023', 'a signal twice') END AS once
        FROM unnest(signals) AS u
        WHERE u.signal IS NOT NULL
    )
    SELECT o.signal, count(s), count(*) - count(s),
           coalesce(sum(w) FILTER (WHERE s IS NOT NULL), 0), coalesce(sum(w) FILTER (WHERE s IS NULL), 0), coalesce(sum(w * s), 0)
    FROM one AS o
    WHERE once IS NULL
    GROUP BY o.signal
$$;

-- What a summary answers. No rows at all: no row comes back.
-- §4 "coverage = Σ present w ÷ Σ w"; below min_coverage there is no score. Compared is the coverage that is printed.
CREATE FUNCTION oracle.health(signals oracle.signal[], min_coverage numeric DEFAULT 0)
RETURNS TABLE (score numeric, coverage numeric, customers bigint, skipped_rows bigint, clamped_signals bigint)
LANGUAGE sql AS $$
    SELECT CASE WHEN (min_coverage BETWEEN 0 AND 1) IS NOT TRUE THEN oracle.refuse('22003', 'min_coverage is not between 0 and 1')
                WHEN coverage < min_coverage THEN NULL
                ELSE oracle.ratio(points, present) END,
           coverage, c.customers, c.skipped, c.clamped
    FROM (SELECT coalesce(sum(points), 0) AS points, coalesce(sum(weight_with), 0) AS present,
                 oracle.ratio(sum(weight_with), sum(weight_with + weight_without)) AS coverage
          FROM oracle.health_signals(signals)) AS total,
         LATERAL (SELECT count(DISTINCT customer) AS customers, count(*) FILTER (WHERE signal IS NULL) AS skipped,
                         count(*) FILTER (WHERE signal IS NOT NULL AND u.score NOT BETWEEN 0 AND 100) AS clamped
                  FROM unnest(signals) AS u) AS c
    WHERE cardinality(signals) > 0
$$;

-- §2: "lower bound exclusive except the first".
CREATE FUNCTION oracle.health_band(score numeric, cuts numeric[] DEFAULT '{50,75}', names text[] DEFAULT '{red,yellow,green}') RETURNS text
LANGUAGE sql AS $$
    SELECT CASE WHEN cardinality(names) <> cardinality(cuts) + 1 THEN oracle.refuse('22023', 'one name more than cuts')::text
                WHEN score IS NOT NULL THEN names[1 + (SELECT count(*) FROM unnest(cuts) AS cut WHERE cut < score)] END
$$;

-- Points lost by signal. Each is rounded; what rounding leaves goes to the largest, ties to the first by name, so that
-- they add up to 100 − score. A signal that nobody with a weight has loses nothing.
CREATE FUNCTION oracle.health_drivers(signals oracle.signal[])
RETURNS TABLE (signal text, score numeric, weight numeric, points_lost numeric)
LANGUAGE sql AS $$
    WITH one AS MATERIALIZED (
        SELECT * FROM oracle.health_signals(signals)
    ), total AS (
        SELECT sum(weight_with) AS present, oracle.ratio(sum(points), sum(weight_with)) AS score FROM one
    ), lost AS (
        SELECT one.*, total.score AS total_score,
               CASE WHEN weight_with > 0 THEN oracle.ratio(100 * weight_with - points, present) ELSE 0 END AS lost
        FROM one, total
    ), ranked AS (
        SELECT *, row_number() OVER (ORDER BY lost DESC, l.signal COLLATE "C") AS place, sum(lost) OVER () AS all_lost FROM lost AS l
    ), settled AS (
        SELECT r.signal, oracle.ratio(points, weight_with) AS score, trim_scale(weight_with + weight_without) AS weight,
               trim_scale(lost + CASE WHEN place = 1 THEN coalesce(100 - total_score - all_lost, 0) ELSE 0 END) AS points_lost
        FROM ranked AS r
    )
    SELECT * FROM settled AS s ORDER BY s.points_lost DESC, s.signal COLLATE "C"
$$;
