-- The oracle for the intervals of NRR, GRR and logo retention (metrics.md §4 "Intervals"; doc/retention.md "How sure is
-- it?"), from the customers of one comparison. After ratio.sql.

-- ln Γ(x), by Stirling's series where that has 28 digits, which is from 30 on.
CREATE FUNCTION oracle.log_gamma(x numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    below numeric := 1;
BEGIN
    WHILE x < 30 LOOP
        below := round(below * x, 60);
        x := x + 1;
    END LOOP;
    RETURN (SELECT (x - 0.5) * ln(round(x, 60)) - x + ln(round(2 * 3.14159265358979323846264338327950288419716939937510582097494, 60)) / 2
                   + i / 12 - i ^ 3 / 360 + i ^ 5 / 1260 - i ^ 7 / 1680 + i ^ 9 / 1188 - 691 * i ^ 11 / 360360 + i ^ 13 / 156
                   - 3617 * i ^ 15 / 122400 + 43867 * i ^ 17 / 244188 - 174611 * i ^ 19 / 125400
            FROM (SELECT round(1, 60) / x AS i) AS inverse) - ln(below);
END $$;

-- Student's t that leaves (1 − level) / 2 on either side, of any degrees of freedom f. Between −t and t lie
--   2c ∫₀ᵗ (1 + x²/f)^(−b) dx = 2ct (1 + t²/f)^(−b) Σ b(b + 1)…(b + k − 1) ÷ (3/2 · 5/2 · … ) yᵏ
-- with b = (f + 1)/2, y = t²/(f + t²) and c the density at 0. It is concave in t, so Newton's steps from 0 never go too far.
CREATE FUNCTION oracle.student_quantile(level numeric, f numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    b numeric := round(f + 1, 60) / 2;
    at_0 numeric := exp(round(oracle.log_gamma(b) - oracle.log_gamma(round(f, 60) / 2), 60)) / sqrt(round(f * 3.14159265358979323846264338327950288419716939937510582097494, 60));
    t numeric := 0;
    density numeric;
    y numeric;
    term numeric;
    total numeric;
    k int;
    step numeric;
BEGIN
    LOOP
        density := at_0 * exp(round(-b * ln(1 + round(t * t, 60) / f), 60));
        y := round(t * t, 60) / (f + t * t);
        term := 1;
        total := 0;
        k := 0;
        WHILE term > 1e-35 LOOP
            total := total + term;
            term := round(term * y * (b + k) / (1.5 + k), 50);
            k := k + 1;
        END LOOP;
        step := round((level - 2 * t * density * total) / (2 * density), 50);
        t := t + step;
        EXIT WHEN step < 1e-24;
    END LOOP;
    RETURN t;
END $$;

-- Wilson's score interval of a share seen in m, with the quantile q.
CREATE FUNCTION oracle.wilson(share numeric, m numeric, q numeric, OUT low numeric, OUT high numeric)
LANGUAGE sql IMMUTABLE AS $$
    SELECT (share + a / 2 - reach) / (1 + a), (share + a / 2 + reach) / (1 + a)
    FROM (SELECT a, sqrt(round(share * (1 - share) * a + a * a / 4, 60)) AS reach FROM (SELECT round(q * q, 60) / nullif(m, 0) AS a) AS s) AS s
$$;

-- One row per customer. §2: only those who pay at the opening; §3: NULL and negative are 0. No rows: no row.
--   R = Σc ÷ Σo, n_eff = (Σo)² ÷ Σo², v = Σ(c − R·o)² ÷ (Σo)² · n_eff ÷ (n_eff − 1), t with n_eff − 1 degrees of freedom
-- NRR is R ± t√v, not below 0. GRR, of capped c, has Wilson's interval with t for m = R(1 − R) ÷ v customers, but at least
-- n_eff and at most three times that; where all of it was kept, or none, n_eff. Logos have Wilson's with the normal's z.
CREATE FUNCTION oracle.retention_intervals(openings numeric[], closings numeric[], level numeric)
RETURNS TABLE (n bigint, n_eff numeric, nrr numeric, nrr_low numeric, nrr_high numeric, grr numeric, m numeric, grr_low numeric, grr_high numeric,
               logo numeric, logo_low numeric, logo_high numeric)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH customer AS MATERIALIZED (
        SELECT u.o, greatest(coalesce(u.c, 0), 0) AS c, least(greatest(coalesce(u.c, 0), 0), u.o) AS capped FROM unnest(openings, closings) AS u (o, c) WHERE u.o > 0
    ), total AS MATERIALIZED (
        SELECT count(*) AS n, sum(o) AS o, round(sum(o) * sum(o), 120) / sum(o * o) AS n_eff,
               round(sum(c), 120) / sum(o) AS nrr, round(sum(capped), 120) / sum(o) AS grr, round(count(*) FILTER (WHERE c > 0), 120) / nullif(count(*), 0) AS logo
        FROM customer
    ), varied AS MATERIALIZED (
        SELECT t.*, round(v.nrr * t.n_eff / (t.n_eff - 1), 120) / (t.o * t.o) AS nrr_var, round(v.grr * t.n_eff / (t.n_eff - 1), 120) / (t.o * t.o) AS grr_var,
               oracle.student_quantile(level, round(t.n_eff - 1, 50)) AS q
        FROM total AS t, LATERAL (SELECT sum((c.c - t.nrr * c.o) ^ 2) AS nrr, sum((c.capped - t.grr * c.o) ^ 2) AS grr FROM customer AS c) AS v
        WHERE t.n_eff >= 10
    ), equal AS (
        SELECT v.*, CASE WHEN v.grr IN (0, 1) THEN v.n_eff ELSE least(greatest(coalesce(v.grr * (1 - v.grr) / nullif(v.grr_var, 0), 3 * v.n_eff), v.n_eff), 3 * v.n_eff) END AS m
        FROM varied AS v
    )
    SELECT t.n, t.n_eff, t.nrr, CASE WHEN e.n > 0 THEN greatest(e.nrr - e.q * sqrt(round(e.nrr_var, 120)), 0) END, e.nrr + e.q * sqrt(round(e.nrr_var, 120)),
           t.grr, e.m, g.low, g.high, t.logo, l.low, l.high
    FROM total AS t LEFT JOIN equal AS e ON true
         LEFT JOIN LATERAL oracle.wilson(e.grr, e.m, e.q) AS g ON true
         LEFT JOIN LATERAL oracle.wilson(t.logo, t.n, oracle.normal_quantile(level)) AS l ON t.n >= 10
    WHERE cardinality(openings) > 0;
END $$;
