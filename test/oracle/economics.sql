-- The oracle for unit economics and plain rates (metrics.md §2; surface.md §7). After durations.sql.

-- §2 LTV: ARPA × margin ÷ churn; churn ≤ 0 is NULL, above 1 is 22003. NULL in, NULL out.
CREATE FUNCTION oracle.ltv(arpa numeric, churn_rate numeric, margin numeric DEFAULT 1) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN oracle.finite(arpa) IS NULL OR oracle.finite(margin) IS NULL OR oracle.finite(churn_rate) IS NULL THEN NULL
                WHEN churn_rate > 1 THEN oracle.refuse('22003', 'churn above 1')
                WHEN churn_rate > 0 THEN oracle.ratio(arpa * margin, churn_rate) END
$$;

-- §2 LTV: "survival-based value to a stated horizon": ARPA × margin × restricted mean, rounded once.
CREATE FUNCTION oracle.km_lifetime_value(lives oracle.life[], arpa numeric, margin numeric, horizon int) RETURNS numeric
LANGUAGE sql AS $$
    SELECT oracle.ratio(oracle.finite(arpa) * oracle.finite(margin) * area[1], area[2])
    FROM oracle.restricted_area(lives, horizon) AS area
$$;

-- §2 CAC payback: S&M ÷ (new MRR × gross margin); nothing to pay it back from is NULL.
CREATE FUNCTION oracle.cac_payback_months(spend numeric, new_mrr numeric, margin numeric) RETURNS numeric
LANGUAGE sql AS $$
    SELECT oracle.ratio(oracle.finite(spend), CASE WHEN oracle.finite(new_mrr) * oracle.finite(margin) > 0 THEN new_mrr * margin END)
$$;

-- §2 Gross margin: (revenue − cost) ÷ revenue.
CREATE FUNCTION oracle.gross_margin(revenue numeric, cost numeric) RETURNS numeric
LANGUAGE sql AS $$ SELECT oracle.ratio(oracle.finite(revenue) - oracle.finite(cost), revenue) $$;

-- §2 SLA attainment: met ÷ (met + breached); NULL is open, and out.
CREATE FUNCTION oracle.sla_attainment(met boolean[]) RETURNS numeric
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT oracle.ratio(count(*) FILTER (WHERE m), count(*) FILTER (WHERE m OR NOT m)) FROM unnest(met) AS m);
END $$;

-- Share of those who qualify (are active, are entitled) that do (give references, use it). NULL is false.
CREATE FUNCTION oracle.share_of(qualifies boolean[], does boolean[]) RETURNS numeric
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT oracle.ratio(count(*) FILTER (WHERE q AND d), count(*) FILTER (WHERE q)) FROM unnest(qualifies, does) AS u (q, d));
END $$;
