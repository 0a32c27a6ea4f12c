-- The oracle for "why did it move" and "why does theirs differ" (metrics.md §4: Drivers, Reconcile; surface.md §4), from
-- raw rows. After ratio.sql.
-- Everything up to the rounding is a fraction of two exact numbers: sums and products of amounts, nothing divided.

-- As oracle.ratio(), rounded to another number of decimals: half away from zero, by long division.
CREATE FUNCTION oracle.decimals(numerator numeric, denominator numeric, decimals int) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    shift int := greatest(scale(numerator), scale(denominator));
    n numeric := trunc(abs(numerator) * oracle.ten_to(shift)) * oracle.ten_to(decimals);
    d numeric := trunc(abs(denominator) * oracle.ten_to(shift));
    quotient numeric := div(n, d);
BEGIN
    IF 2 * (n - quotient * d) >= d THEN
        quotient := quotient + 1;
    END IF;
    RETURN trim_scale(sign(numerator) * sign(denominator) * quotient * ('1e-' || decimals)::numeric);
END $$;

-- One customer of a segment at both ends of the prior or of the current period. NULL at both ends: nobody, only the
-- segment is named.
CREATE TYPE oracle.leg AS (segment text, current boolean, opening numeric, closing numeric);

-- §4 Drivers. weights w = o_s/Σo, rates r_s, bars = mean of the two periods:
--     mix_s = Δw·(r̄_s − R̄)        rate_s = w̄·Δr, which splits into w̄·Δ(expansion/o) − w̄·Δ(contraction/o) − w̄·Δ(churn/o)
-- No opening at all in a period: no rows come back. The last two columns are not part of the answer: what rounding
-- had left over, and how many leaves were the largest.
CREATE FUNCTION oracle.drivers(legs oracle.leg[], metric text DEFAULT 'nrr')
RETURNS TABLE (place bigint, segment text, weight_prior numeric, weight_current numeric, rate_prior numeric, rate_current numeric,
               mix_effect numeric, rate_effect numeric, expansion_effect numeric, contraction_effect numeric, churn_effect numeric,
               total_effect numeric, residual numeric, largest bigint)
LANGUAGE sql AS $$
    WITH settled AS (
        -- §3: NULL at one end is 0, negative is clamped; the cohort of §2 are those with an opening
        SELECT l.segment, l.current::int AS t,
               greatest(coalesce(oracle.finite(l.opening), 0), 0) AS o, greatest(coalesce(oracle.finite(l.closing), 0), 0) AS c
        FROM unnest(legs) AS l
    ), measured AS (
        -- what a customer weighs, what is kept of it, and what was gained and lost (§1); by metric (§2)
        SELECT segment, t,
               CASE metric WHEN 'logo_retention' THEN (o > 0)::int ELSE o END AS o,
               CASE WHEN o = 0 THEN 0
                    ELSE CASE metric WHEN 'nrr' THEN c WHEN 'grr' THEN least(c, o) WHEN 'logo_retention' THEN (c > 0)::int END END AS n,
               CASE WHEN metric = 'nrr' AND o > 0 AND c > o THEN c - o ELSE 0 END AS expansion,
               CASE WHEN metric <> 'logo_retention' AND 0 < c AND c < o THEN o - c ELSE 0 END AS contraction,
               CASE WHEN o > 0 AND c = 0 THEN CASE metric WHEN 'logo_retention' THEN 1 ELSE o END ELSE 0 END AS churn
        FROM settled
    ), segments AS (
        SELECT segment,
               coalesce(sum(o) FILTER (WHERE t = 0), 0) AS o0, coalesce(sum(o) FILTER (WHERE t = 1), 0) AS o1,
               coalesce(sum(n) FILTER (WHERE t = 0), 0) AS n0, coalesce(sum(n) FILTER (WHERE t = 1), 0) AS n1,
               coalesce(sum(expansion)   FILTER (WHERE t = 0), 0) AS e0, coalesce(sum(expansion)   FILTER (WHERE t = 1), 0) AS e1,
               coalesce(sum(contraction) FILTER (WHERE t = 0), 0) AS k0, coalesce(sum(contraction) FILTER (WHERE t = 1), 0) AS k1,
               coalesce(sum(churn)       FILTER (WHERE t = 0), 0) AS x0, coalesce(sum(churn)       FILTER (WHERE t = 1), 0) AS x1
        FROM measured
        GROUP BY segment
    ), whole AS (
        SELECT sum(o0) AS os0, sum(o1) AS os1, sum(n0) AS ns0, sum(n1) AS ns1 FROM segments
    ), bars AS (
        -- r̄ = bar_n / bar_d, from the side that has it where one has not; R̄ = whole_n / whole_d; Δw = dw_n / w_d; w̄ = w_n / 2·w_d
        SELECT segments.*, os0, os1,
               CASE WHEN o0 > 0 AND o1 > 0 THEN n0 * o1 + n1 * o0 WHEN o0 > 0 THEN n0 ELSE n1 END AS bar_n,
               CASE WHEN o0 > 0 AND o1 > 0 THEN 2 * o0 * o1 WHEN o0 > 0 THEN o0 ELSE o1 END AS bar_d,
               ns0 * os1 + ns1 * os0 AS whole_n, 2 * os0 * os1 AS whole_d,
               o1 * os0 - o0 * os1 AS dw_n, o1 * os0 + o0 * os1 AS w_n, os0 * os1 AS w_d,
               o0 > 0 AND o1 > 0 AS on_both, o0 > 0 OR o1 > 0 AS on_either,
               oracle.decimals(ns1 * os0 - ns0 * os1, os0 * os1, 12) AS change
        FROM segments, whole
        WHERE os0 > 0 AND os1 > 0
    ), leaves AS (
        -- §4: leaves are rounded to 12 decimals
        SELECT bars.*, leaf.kind,
               CASE WHEN leaf.kind = 1 AND on_either THEN oracle.decimals(dw_n * (bar_n * whole_d - whole_n * bar_d), w_d * bar_d * whole_d, 12)
                    WHEN leaf.kind > 1 AND on_both THEN leaf.direction * oracle.decimals(w_n * (after * o0 - before * o1), 2 * w_d * o0 * o1, 12)
                    ELSE 0 END AS rounded
        FROM bars, LATERAL (VALUES (1, NULL, NULL, NULL), (2, 1, e0, e1), (3, -1, k0, k1), (4, -1, x0, x1)) AS leaf (kind, direction, before, after)
    ), ranked AS (
        -- the residual goes to the largest absolute leaf: ties by segment in C collation, then in the order of the leaves
        SELECT *, change - sum(rounded) OVER () AS residual, max(abs(rounded)) OVER () AS top,
               row_number() OVER (ORDER BY abs(rounded) DESC, segment COLLATE "C" NULLS LAST, kind) AS rank
        FROM leaves
    ), told AS (
        SELECT *, rounded + CASE rank WHEN 1 THEN residual ELSE 0 END AS effect FROM ranked
    )
    -- every subtotal is a sum of leaves
    SELECT row_number() OVER (ORDER BY segment COLLATE "C" NULLS LAST), segment,
           oracle.ratio(o0, os0), oracle.ratio(o1, os1), oracle.ratio(n0, o0), oracle.ratio(n1, o1),
           trim_scale(sum(effect) FILTER (WHERE kind = 1)), trim_scale(sum(effect) FILTER (WHERE kind > 1)),
           trim_scale(sum(effect) FILTER (WHERE kind = 2)), trim_scale(sum(effect) FILTER (WHERE kind = 3)),
           trim_scale(sum(effect) FILTER (WHERE kind = 4)), trim_scale(sum(effect)),
           trim_scale(residual), sum(count(*) FILTER (WHERE abs(rounded) = top)) OVER ()::bigint
    FROM told
    GROUP BY segment, o0, o1, n0, n1, os0, os1, residual
    ORDER BY 1
$$;

-- One row about a customer in two systems; a customer may have several.
CREATE TYPE oracle.both_systems AS (customer text, opening_a numeric, closing_a numeric, opening_b numeric, closing_b numeric);

-- The largest number that has to be told apart here is a fraction with the same denominator for everybody, so effects
-- of customers are compared by their numerators.
-- §4 Reconcile. R = N/D, bars = means of both systems: effect_i = (ΔN_i − R̄·ΔD_i)/D̄
--     = (2·Da·Db·ΔN_i − (Na·Db + Nb·Da)·ΔD_i) / (Da·Db·(Da + Db))
CREATE FUNCTION oracle.reconcile(rows oracle.both_systems[])
RETURNS TABLE (place bigint, cause text, customers bigint, opening_delta numeric, closing_delta numeric, nrr_effect numeric, grr_effect numeric, examples text[],
               residual numeric, largest bigint)
LANGUAGE sql AS $$
    WITH summed AS (
        -- rows of a customer are added first
        SELECT r.customer, sum(oracle.finite(r.opening_a)) AS opening_a, sum(oracle.finite(r.closing_a)) AS closing_a,
               sum(oracle.finite(r.opening_b)) AS opening_b, sum(oracle.finite(r.closing_b)) AS closing_b, count(*) AS rows
        FROM unnest(rows) AS r
        GROUP BY r.customer
    ), settled AS (
        SELECT customer, coalesce(opening_a, closing_a) IS NOT NULL AS in_a, coalesce(opening_b, closing_b) IS NOT NULL AS in_b,
               least(opening_a, closing_a, opening_b, closing_b) < 0 AS negative,
               greatest(coalesce(opening_a, 0), 0) AS oa, greatest(coalesce(closing_a, 0), 0) AS ca,
               greatest(coalesce(opening_b, 0), 0) AS ob, greatest(coalesce(closing_b, 0), 0) AS cb
        FROM summed
        WHERE customer IS NOT NULL
    ), customers AS (
        -- one cause per customer, first match; nothing known in either system: §3, ignored
        SELECT *, CASE WHEN NOT in_b THEN 1 WHEN NOT in_a THEN 2
                       WHEN negative THEN 3
                       WHEN oa > 0 AND ob > 0 AND (ca = 0) <> (cb = 0) THEN 4
                       WHEN (oa = 0 AND ca > 0) <> (ob = 0 AND cb > 0) THEN 5
                       WHEN oa <> ob AND ca = cb THEN 6
                       WHEN oa = ob AND ca <> cb THEN 7
                       WHEN oa <> ob AND ca <> cb THEN 8
                       ELSE 9 END AS cause,
               -- the cohort of §2 are those with an opening; GRR caps each customer
               CASE WHEN oa > 0 THEN ca ELSE 0 END AS na, CASE WHEN ob > 0 THEN cb ELSE 0 END AS nb,
               least(oa, ca) AS ga, least(ob, cb) AS gb
        FROM settled
        WHERE in_a OR in_b
    ), whole AS (
        SELECT sum(oa) AS da, sum(ob) AS db, sum(na) AS na, sum(nb) AS nb, sum(ga) AS ga, sum(gb) AS gb FROM customers
    ), effects AS (
        SELECT c.*, w.da * w.db * (w.da + w.db) AS denominator,
               2 * w.da * w.db * (c.nb - c.na) - (w.na * w.db + w.nb * w.da) * (c.ob - c.oa) AS nrr_n,
               2 * w.da * w.db * (c.gb - c.ga) - (w.ga * w.db + w.gb * w.da) * (c.ob - c.oa) AS grr_n,
               CASE WHEN w.da > 0 AND w.db > 0 THEN oracle.decimals(w.nb * w.da - w.na * w.db, w.da * w.db, 12) END AS nrr_change,
               CASE WHEN w.da > 0 AND w.db > 0 THEN oracle.decimals(w.gb * w.da - w.ga * w.db, w.da * w.db, 12) END AS grr_change
        FROM customers AS c, whole AS w
    ), named AS (
        SELECT *, row_number() OVER (PARTITION BY cause ORDER BY abs(nrr_n) DESC, abs(ob - oa) DESC, abs(cb - ca) DESC, customer COLLATE "C") AS example
        FROM effects
    ), causes AS (
        -- a system without an opening has no rate, so nothing has an effect on it
        SELECT cause, count(*) AS customers, sum(ob - oa) AS opening_delta, sum(cb - ca) AS closing_delta,
               CASE WHEN denominator > 0 THEN oracle.decimals(sum(nrr_n), denominator, 12) END AS nrr, nrr_change,
               CASE WHEN denominator > 0 THEN oracle.decimals(sum(grr_n), denominator, 12) END AS grr, grr_change,
               array_agg(customer ORDER BY example) FILTER (WHERE example <= 5) AS examples
        FROM named
        GROUP BY cause, denominator, nrr_change, grr_change
    ), rounded AS (
        -- effects are rounded to 12 decimals, what is left over goes to the largest, the first of those that tie
        SELECT *, nrr_change - sum(nrr) OVER () AS nrr_residual, row_number() OVER (ORDER BY abs(nrr) DESC, cause) AS nrr_rank,
               grr_change - sum(grr) OVER () AS grr_residual, row_number() OVER (ORDER BY abs(grr) DESC, cause) AS grr_rank,
               abs(nrr) = max(abs(nrr)) OVER () AS top
        FROM causes
    ), told AS (
        SELECT cause, customers, opening_delta, closing_delta,
               nrr + CASE nrr_rank WHEN 1 THEN nrr_residual ELSE 0 END AS nrr, grr + CASE grr_rank WHEN 1 THEN grr_residual ELSE 0 END AS grr, examples,
               nrr_residual AS residual, count(*) FILTER (WHERE top) OVER () AS largest
        FROM rounded
        UNION ALL
        -- never silent: rows nobody can be named for; with no effect, where there can be one
        SELECT 10, s.rows, 0, 0, CASE WHEN w.da > 0 AND w.db > 0 THEN 0 END, CASE WHEN w.da > 0 AND w.db > 0 THEN 0 END, NULL, 0, 0
        FROM summed AS s, whole AS w
        WHERE s.customer IS NULL
    )
    SELECT row_number() OVER (ORDER BY cause),
           (ARRAY['only in A', 'only in B', 'clamped', 'churned in one', 'reactivated in one', 'opening differs', 'closing differs', 'both differ', 'same',
                  'unknown customer'])[cause],
           customers, trim_scale(opening_delta), trim_scale(closing_delta), trim_scale(nrr), trim_scale(grr), examples, trim_scale(residual), largest
    FROM told
    ORDER BY 1
$$;
