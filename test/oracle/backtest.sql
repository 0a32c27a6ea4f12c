-- The oracle for back-tests of a score (metrics.md §4: AUC, lift, capture, calibration, Brier; surface.md §6), from the
-- customers themselves: one row of what was predicted and what came. After ratio.sql.
-- kind is what was predicted: 'score' (high is healthy), 'score with ARR', or 'probability' (of churn).

CREATE TYPE oracle.prediction AS (value numeric, churned boolean, arr numeric);

-- The rows that count. No rows: NULL; none that counts: empty. §4: scores are kept at 2 decimals, finer ones refused.
-- What is refused is refused whatever stands beside it; then NULL value, NULL outcome, NULL ARR: skipped.
CREATE FUNCTION oracle.usable(predictions oracle.prediction[], kind text) RETURNS oracle.prediction[]
LANGUAGE sql AS $$
    SELECT coalesce(array_agg(ROW(value, churned, arr)::oracle.prediction)
                        FILTER (WHERE value IS NOT NULL AND churned IS NOT NULL AND (arr IS NOT NULL OR kind <> 'score with ARR')), '{}')
    FROM (SELECT CASE WHEN oracle.finite(p.value) NOT BETWEEN 0 AND highest THEN oracle.refuse('22003', 'out of range')
                      WHEN p.value <> round(p.value, decimals) THEN oracle.refuse('22023', 'too many decimals')
                      ELSE p.value END AS value,
                 p.churned,
                 CASE WHEN kind <> 'score with ARR' THEN NULL
                      WHEN oracle.finite(p.arr) < 0 THEN oracle.refuse('22023', 'negative ARR')
                      ELSE p.arr END AS arr
          FROM unnest(predictions) AS p,
               (SELECT CASE kind WHEN 'probability' THEN 1 ELSE 100 END AS highest,
                       CASE kind WHEN 'probability' THEN 4 ELSE 2 END AS decimals) AS scale) AS checked
    HAVING count(*) > 0
$$;

-- ARR of those who count, or of those of them who churned. Of nobody it is 0; what was told of no ARR has none.
CREATE FUNCTION oracle.arr(usable oracle.prediction[], kind text, of_churned boolean) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN usable IS NULL THEN NULL
                WHEN kind <> 'score with ARR' THEN oracle.refuse('22023', 'no ARR')
                ELSE trim_scale(coalesce(sum(u.arr) FILTER (WHERE u.churned OR NOT of_churned), 0)) END
    FROM unnest(usable) AS u
$$;

-- The worse of two is the one with more risk: the lower score, the higher probability.
CREATE FUNCTION oracle.risk(value numeric, kind text) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$ SELECT CASE kind WHEN 'probability' THEN value ELSE -value END $$;

-- §4 AUC = P(score_churned < score_kept) + ½ ties: over every pair of one who churned and one who stayed.
CREATE FUNCTION oracle.auc(usable oracle.prediction[], kind text) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
    SELECT oracle.ratio(sum(CASE WHEN oracle.risk(lost.value, kind) > oracle.risk(kept.value, kind) THEN 2
                                 WHEN lost.value = kept.value THEN 1
                                 ELSE 0 END), 2 * count(*))
    FROM unnest(usable) AS lost, unnest(usable) AS kept
    WHERE lost.churned AND NOT kept.churned
$$;

-- §4 Lift@q = churn rate in the worst q ÷ base rate; capture@q = share of churned ARR in the worst q. The worst q are
-- q·n customers; those alike at the boundary are taken pro rata: of T alike with W worse ones, (q·n − W) ÷ T of each.
--   lift = (Σ taken churned ÷ q·n) ÷ (churned ÷ n) = Σ taken churned ÷ (q · churned)
CREATE FUNCTION oracle.worst(usable oracle.prediction[], kind text, q numeric, OUT lift numeric, OUT capture numeric)
LANGUAGE sql AS $$
    WITH alike AS (
        SELECT oracle.risk(u.value, kind) AS risk, count(*) AS t,
               count(*) FILTER (WHERE u.churned) AS churned, coalesce(sum(u.arr) FILTER (WHERE u.churned), 0) AS churned_arr
        FROM unnest(usable) AS u
        GROUP BY 1
    ), placed AS (
        -- what is left for them of the q·n when all who are worse have had their places
        SELECT t, churned, churned_arr, q * sum(t) OVER () - (sum(t) OVER (ORDER BY risk DESC) - t) AS room
        FROM alike
    ), taken AS (
        SELECT sum(churned) AS all_churned, sum(churned_arr) AS all_arr,
               coalesce(sum(churned) FILTER (WHERE room >= t), 0) AS whole,
               coalesce(sum(churned_arr) FILTER (WHERE room >= t), 0) AS whole_arr,
               -- at most one group is taken in part; its share is room / t
               coalesce(sum(churned * room) FILTER (WHERE room > 0 AND room < t), 0) AS part,
               coalesce(sum(churned_arr * room) FILTER (WHERE room > 0 AND room < t), 0) AS part_arr,
               coalesce(max(t) FILTER (WHERE room > 0 AND room < t), 1) AS t
        FROM placed
    )
    SELECT CASE WHEN oracle.finite(q) > 0 AND q <= 1 THEN oracle.ratio(whole * t + part, t * q * all_churned)
                WHEN q IS NOT NULL THEN oracle.refuse('22003', 'q is not in (0, 1]') END,
           CASE WHEN kind = 'score with ARR' THEN oracle.ratio(whole_arr * t + part_arr, t * all_arr) END
    FROM taken
$$;

-- Flagged are those at the cut and worse.
CREATE FUNCTION oracle.confusion(usable oracle.prediction[], kind text, cut numeric)
RETURNS TABLE (true_positives bigint, false_positives bigint, true_negatives bigint, false_negatives bigint, "precision" numeric, recall numeric)
LANGUAGE sql IMMUTABLE AS $$
    SELECT tp, fp, tn, fn, oracle.ratio(tp, tp + fp), oracle.ratio(tp, tp + fn)
    FROM (SELECT count(*) FILTER (WHERE flagged AND churned) AS tp, count(*) FILTER (WHERE flagged AND NOT churned) AS fp,
                 count(*) FILTER (WHERE NOT flagged AND NOT churned) AS tn, count(*) FILTER (WHERE NOT flagged AND churned) AS fn
          FROM (SELECT u.churned, CASE kind WHEN 'probability' THEN u.value >= cut ELSE u.value <= cut END AS flagged FROM unnest(usable) AS u) AS f) AS n
    WHERE usable IS NOT NULL
$$;

-- §4 Calibration: observed churn per bin with Wilson interval; bins of about equal count by cumulative count, equal
-- scores never split: a value is in the bin that the customers below it fill. Predicted: the mean p of the bin.
CREATE FUNCTION oracle.calibration(usable oracle.prediction[], kind text, bins int)
RETURNS TABLE (bin int, low_value numeric, high_value numeric, customers bigint, churned bigint, churn_rate numeric,
               low double precision, high double precision, predicted numeric)
LANGUAGE sql IMMUTABLE AS $$
    WITH placed AS (
        SELECT u.value, u.churned,
               1 + div(bins::numeric * (SELECT count(*) FROM unnest(usable) AS lower WHERE lower.value < u.value), cardinality(usable)) AS bin
        FROM unnest(usable) AS u
    ), binned AS (
        SELECT bin, min(value) AS low_value, max(value) AS high_value, count(*) AS n, count(*) FILTER (WHERE churned) AS x, sum(value) AS total
        FROM placed
        GROUP BY bin
    )
    SELECT bin::int, trim_scale(low_value), trim_scale(high_value), n, x, oracle.ratio(x, n),
           ((p + zz / (2 * n) - spread) / (1 + zz / n))::double precision,
           ((p + zz / (2 * n) + spread) / (1 + zz / n))::double precision,
           CASE kind WHEN 'probability' THEN oracle.ratio(total, n) END
    FROM binned,
         -- Wilson's interval at 95 %: z leaves 2.5 % on either side of the normal distribution
         LATERAL (SELECT 1.959963984540054235524594430520551527955550 AS z, round(x, 60) / n AS p) AS given,
         LATERAL (SELECT z * z AS zz, z * sqrt(round(p * (1 - p) / n + z * z / (4 * round(n, 60) * n), 60)) AS spread) AS s
$$;

-- §4 Brier: mean (p − y)². Needs probabilities: 1 − score/100 is not one.
CREATE FUNCTION oracle.brier(usable oracle.prediction[], kind text) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN kind = 'probability' THEN oracle.ratio(sum((u.value - u.churned::int) ^ 2), count(*))
                WHEN usable IS NOT NULL THEN oracle.refuse('22023', 'not of probabilities') END
    FROM unnest(usable) AS u
$$;
