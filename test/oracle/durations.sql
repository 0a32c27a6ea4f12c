-- The oracle for durations (metrics.md §4 "Kaplan–Meier"; surface.md §7), from raw rows.
-- After voice.sql, for the normal distribution.
--
-- Survival is kept as two integers, the products of (n − d) and of n; it is divided once, at the end.

-- One raw row: when something began, when it was done (NULL: not yet), and until when we looked.
CREATE TYPE oracle.wait AS (start timestamp, done timestamp, as_of timestamp);

-- What is left of the rows: how many ended, and how many were still waiting when last looked at, after t units.
CREATE TYPE oracle.life AS (t int, events bigint, censored bigint);

-- A row with what it says. unit NULL is the form without one: by day, as unit 'day' (surface.md §1: "each arity
-- extends the previous one"). By day over dates, a timestamp counts as its date. By hour: whole hours elapsed.
CREATE FUNCTION oracle.measured(waits oracle.wait[], unit text)
RETURNS TABLE (t int, event boolean, skipped boolean)
LANGUAGE sql AS $$
    WITH unit_known AS MATERIALIZED (
        SELECT CASE WHEN unit IS NULL OR unit IN ('day', 'hour') THEN 1 ELSE oracle.refuse('22023', 'unknown unit') END AS known
        WHERE cardinality(waits) > 0
    ), looked AS (
        SELECT CASE WHEN unit = 'hour' THEN start ELSE date_trunc('day', start) END AS start,
               CASE WHEN unit = 'hour' THEN done  ELSE date_trunc('day', done)  END AS done,
               CASE WHEN unit = 'hour' THEN as_of ELSE date_trunc('day', as_of) END AS as_of
        FROM unit_known, unnest(waits) WHERE known = 1
    ), judged AS (
        SELECT *,
               -- "done < start → skipped and counted"; so are a NULL start or as_of, and a start after as_of
               (start IS NULL OR as_of IS NULL OR start > as_of OR done < start) IS TRUE AS skipped,
               -- "done > as_of → censored at as_of"
               coalesce(done <= as_of, false) AS event
        FROM looked
    )
    SELECT CASE WHEN NOT skipped
                THEN floor(extract(epoch FROM CASE WHEN event THEN done ELSE as_of END - start)
                           / CASE unit WHEN 'hour' THEN 3600 ELSE 86400 END)::int END,      -- "same unit → duration 0"
           event AND NOT skipped, skipped
    FROM judged
$$;

-- No rows: NULL. Rows that were all unusable: an empty array.
CREATE FUNCTION oracle.lives(waits oracle.wait[], unit text DEFAULT NULL) RETURNS oracle.life[]
LANGUAGE sql AS $$
    SELECT CASE WHEN cardinality(waits) > 0 THEN
        ARRAY(SELECT ROW(t, count(*) FILTER (WHERE event), count(*) FILTER (WHERE NOT event))::oracle.life
              FROM oracle.measured(waits, unit) WHERE NOT skipped GROUP BY t ORDER BY t) END
$$;

CREATE FUNCTION oracle.skipped_waits(waits oracle.wait[], unit text DEFAULT NULL) RETURNS bigint
LANGUAGE sql AS $$
    SELECT count(*) FROM oracle.measured(waits, unit) WHERE skipped HAVING cardinality(waits) > 0
$$;

CREATE AGGREGATE oracle.product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1');

-- S(t) = Π (n − d)/n over the event times up to t, as num/den. One row for every duration that occurs.
-- Who was last seen waiting at t was at risk at t. PL/pgSQL only for speed: its plan is kept.
CREATE FUNCTION oracle.km(lives oracle.life[])
RETURNS TABLE (t int, at_risk bigint, events bigint, censored bigint, num numeric, den numeric, greenwood numeric)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH occurring AS (
        SELECT l.t, sum(l.events)::bigint AS d, sum(l.censored)::bigint AS c FROM unnest(lives) AS l GROUP BY l.t
    ), risk AS (
        SELECT o.t, (SELECT sum(later.d + later.c)::bigint FROM occurring AS later WHERE later.t >= o.t) AS n, d, c
        FROM occurring AS o
    )
    SELECT risk.t, n, d, c,
           oracle.product(CASE WHEN d > 0 THEN n - d ELSE 1 END) OVER upto,
           oracle.product(CASE WHEN d > 0 THEN n ELSE 1 END) OVER upto,
           -- Σ d/(n(n − d)); where everybody at risk ended there is no such term, and S is 0
           sum(round(d, 60) / nullif(n::numeric * (n - d), 0)) OVER upto
    FROM risk
    WINDOW upto AS (ORDER BY risk.t)
    ORDER BY risk.t;
END $$;

-- Nobody to speak of: NULL. Before the first event it is 1; after the last duration it stays where it was.
CREATE FUNCTION oracle.km_survival(lives oracle.life[], at int) RETURNS numeric
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT oracle.ratio(num, den)
            FROM (SELECT k.t, num, den FROM oracle.km(lives) AS k
                  UNION ALL
                  SELECT -1, 1, 1 WHERE cardinality(lives) > 0) AS steps (t, num, den)
            WHERE t <= greatest(at, -1)
            ORDER BY t DESC LIMIT 1);
END $$;

-- "quantile = smallest t with S(t) ≤ 1 − p", "not reached → NULL". No division: exact.
CREATE FUNCTION oracle.km_quantile(lives oracle.life[], p numeric) RETURNS int
LANGUAGE plpgsql AS $$
BEGIN
    IF lives IS NULL OR p IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM oracle.refuse('22023', 'p is not above 0 and at most 1') WHERE NOT (p > 0 AND p <= 1);
    RETURN (SELECT min(t) FROM oracle.km(lives) WHERE num <= (1 - p) * den);
END $$;

CREATE FUNCTION oracle.km_median(lives oracle.life[]) RETURNS int
LANGUAGE sql AS $$ SELECT oracle.km_quantile(lives, 0.5) $$;

-- Greenwood's standard error S·√Σ d/(n(n − d)) and 95 % limits on the log(−log) scale, S^exp(±z·√Σ/|ln S|).
-- S = 0: neither is defined. S = 1: nothing has ended, the error is 0 and there are no limits (R says NA as well).
-- The numerics have more digits than a double precision keeps.
CREATE FUNCTION oracle.km_curve(lives oracle.life[])
RETURNS TABLE (t int, at_risk bigint, events bigint, censored bigint, survival numeric,
               std_err double precision, low double precision, high double precision)
LANGUAGE sql AS $$
    SELECT k.t, k.at_risk, k.events, k.censored, oracle.ratio(num, den),
           CASE WHEN s > 0 THEN s * root END,
           CASE WHEN s > 0 AND s < 1 THEN exp(round(ln(s) * exp(round(1.95996398454005423552459443052055152795555 * root / -ln(s), 60)), 60)) END,
           CASE WHEN s > 0 AND s < 1 THEN exp(round(ln(s) * exp(round(-1.95996398454005423552459443052055152795555 * root / -ln(s), 60)), 60)) END
    FROM oracle.km(lives) AS k,
         LATERAL (SELECT round(num, 60) / den AS s, sqrt(round(greenwood, 60)) AS root) AS v
    ORDER BY k.t
$$;

-- Area under S from 0 to t: 1 until the first duration, then each step by its width, on one common denominator.
CREATE FUNCTION oracle.restricted_area(lives oracle.life[], upto int) RETURNS numeric[]
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        WITH steps AS (
            SELECT t, num, den FROM oracle.km(lives)
            UNION ALL
            SELECT -1, 1, 1
        ), wide AS (
            SELECT num, den, max(den) OVER () AS common,
                   least(coalesce(lead(t) OVER (ORDER BY t), upto), upto) - least(greatest(t, 0), upto) AS width
            FROM steps
        )
        SELECT ARRAY[sum(num * div(common, den) * width), max(common)] FROM wide
        HAVING cardinality(lives) > 0);
END $$;
CREATE FUNCTION oracle.restricted_mean(lives oracle.life[], t int) RETURNS numeric
LANGUAGE sql AS $$
    SELECT oracle.ratio(area[1], area[2]) FROM oracle.restricted_area(lives, t) AS area
$$;

-- Two groups: at each time something ended, d of n ended, of whom d·n1/n were to be expected in the first group,
-- with variance d·n1·n2·(n − d)/(n²(n − 1)). (O − E)²/V against chi-square of one degree, which is a normal squared.
CREATE FUNCTION oracle.log_rank(one oracle.life[], two oracle.life[])
RETURNS TABLE (chi_square double precision, p_value double precision,
               observed_1 bigint, expected_1 double precision, observed_2 bigint, expected_2 double precision)
LANGUAGE sql AS $$
    WITH at_event AS (
        SELECT t, sum(d1)::numeric AS d1, sum(d2)::numeric AS d2
        FROM (SELECT t, events, 0 FROM unnest(one) UNION ALL SELECT t, 0, events FROM unnest(two)) AS e (t, d1, d2)
        GROUP BY t HAVING sum(d1 + d2) > 0
    ), risk AS (
        SELECT d1, d2, d1 + d2 AS d,
               (SELECT coalesce(sum(events + censored), 0) FROM unnest(one) AS l WHERE l.t >= a.t) AS n1,
               (SELECT coalesce(sum(events + censored), 0) FROM unnest(two) AS l WHERE l.t >= a.t) AS n2
        FROM at_event AS a
    ), total AS (
        SELECT coalesce(sum(d1), 0) AS o1, coalesce(sum(d2), 0) AS o2,
               coalesce(sum(round(d * n1, 60) / (n1 + n2)), 0) AS e1, coalesce(sum(round(d * n2, 60) / (n1 + n2)), 0) AS e2,
               sum(round(d * n1 * n2 * (n1 + n2 - d), 60) / nullif((n1 + n2) ^ 2 * (n1 + n2 - 1), 0)) AS v
        FROM risk
    )
    SELECT chi, round(2 * oracle.normal_tail(sqrt(round(chi, 60))), 320), o1::bigint, e1, o2::bigint, e2
    FROM total, LATERAL (SELECT round((o1 - e1) ^ 2, 60) / nullif(v, 0) AS chi) AS c
    WHERE one IS NOT NULL AND two IS NOT NULL
$$;

-- Stages of onboarding (surface.md §7: reached, converted, median time per stage). A customer reaches a stage the
-- first time it is seen there; it converts when it reaches the next stage then or later; the median is over those
-- who converted, in days, by the same rule as every quantile here: the smallest t by which half of them had.
CREATE TYPE oracle.step AS (customer text, stage int, at timestamp);
CREATE FUNCTION oracle.stage_funnel(steps oracle.step[])
RETURNS TABLE (stage int, reached bigint, converted bigint, median_days int)
LANGUAGE sql AS $$
    WITH first AS (
        SELECT customer, s.stage, min(at::date) AS at FROM unnest(steps) AS s
        WHERE customer IS NOT NULL AND s.stage IS NOT NULL AND at IS NOT NULL
        GROUP BY customer, s.stage
    ), listed AS (
        SELECT l.stage, lead(l.stage) OVER (ORDER BY l.stage) AS next FROM (SELECT DISTINCT first.stage FROM first) AS l
    )
    SELECT listed.stage, count(*), count(b.at), percentile_disc(0.5) WITHIN GROUP (ORDER BY b.at - a.at)
    FROM listed
    JOIN first AS a ON a.stage = listed.stage
    LEFT JOIN first AS b ON b.customer = a.customer AND b.stage = listed.next AND b.at >= a.at
    GROUP BY listed.stage
    ORDER BY listed.stage
$$;
