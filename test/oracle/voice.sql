-- The oracle for surveys (metrics.md §2: NPS, CSAT, CES; surface.md §7), from raw answers.
-- After ratio.sql.

-- §2: NPS asks on 0 to 10, CSAT on 1 to 5, CES on 1 to 7. §4 "Surveys": a summary stores its scale.
CREATE FUNCTION oracle.lowest(scale text) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE scale WHEN 'nps' THEN 0 WHEN '1-5' THEN 1 WHEN '1-7' THEN 1
                      ELSE oracle.refuse('22023', 'unknown scale') END      -- NULL too
$$;
CREATE FUNCTION oracle.highest(scale text) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE scale WHEN 'nps' THEN 10 WHEN '1-5' THEN 5 WHEN '1-7' THEN 7
                      ELSE oracle.refuse('22023', 'unknown scale') END
$$;

-- An answer as it may be counted. surface.md §7: off the scale or not whole is 22003; metrics.md §3: not finite is 22023.
CREATE FUNCTION oracle.answer(score numeric, lowest numeric, highest numeric) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN oracle.finite(score) <> trunc(score) OR score NOT BETWEEN lowest AND highest
                THEN oracle.refuse('22003', 'score is not on the scale')
                ELSE score END
$$;

-- Everything that is counted. No rows at all: no row comes back.
CREATE FUNCTION oracle.survey(scores numeric[], scale text)
RETURNS TABLE (responses bigint, skipped_rows bigint, promoters bigint, passives bigint, detractors bigint,
               total numeric, histogram bigint[])
LANGUAGE sql AS $$
    WITH bound AS MATERIALIZED (
        SELECT oracle.lowest(scale) AS lowest, oracle.highest(scale) AS highest
        WHERE cardinality(scores) > 0
    ), given AS MATERIALIZED (
        -- a NULL score is no answer
        SELECT oracle.answer(score, lowest, highest) AS score FROM bound, unnest(scores) AS score
    )
    SELECT count(score), count(*) - count(score),
           -- §2 NPS: 9 and 10, 0 to 6; what is between is passive
           count(*) FILTER (WHERE score BETWEEN 9 AND 10), count(*) FILTER (WHERE score BETWEEN 7 AND 8),
           count(*) FILTER (WHERE score BETWEEN 0 AND 6),
           coalesce(sum(score), 0),
           (SELECT array_agg((SELECT count(*) FROM given WHERE given.score = s) ORDER BY s)
            FROM bound, generate_series(lowest, highest) AS s)
    FROM given
    HAVING count(*) > 0
$$;

-- §2 NPS: 100·(promoters − detractors)/n.
CREATE FUNCTION oracle.nps(scores numeric[]) RETURNS numeric
LANGUAGE sql AS $$
    SELECT oracle.ratio(100 * (promoters - detractors), responses) FROM oracle.survey(scores, 'nps')
$$;

-- §2 CSAT: share of 4 and 5 on 1 to 5; with a top, share of that score and better.
CREATE FUNCTION oracle.csat(scores numeric[], top int DEFAULT 4) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN top BETWEEN 1 AND 5
                THEN oracle.ratio((SELECT count(*) FROM unnest(scores) AS score WHERE score >= top), responses)
                ELSE oracle.refuse('22023', 'top is not on the scale') END
    FROM oracle.survey(scores, '1-5')
$$;

-- §2 CES: mean, on 1 to 7 or the scale that was asked on. The mean of an NPS is not an effort score.
CREATE FUNCTION oracle.ces(scores numeric[], scale text DEFAULT '1-7') RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN scale IN ('1-5', '1-7') THEN oracle.ratio(total, responses)
                ELSE oracle.refuse('22023', 'not a scale of effort') END
    FROM oracle.survey(scores, scale)
$$;

-- §2 CES: "also share ≥ 5".
CREATE FUNCTION oracle.ces_easy(scores numeric[]) RETURNS numeric
LANGUAGE sql AS $$
    SELECT oracle.ratio((SELECT count(*) FROM unnest(scores) AS score WHERE score >= 5), responses)
    FROM oracle.survey(scores, '1-7')
$$;

-- The normal distribution, in numeric. In the middle a sum of positive terms, so that nothing cancels before the end:
--   1 − Φ(z) = 1/2 − φ(z)·(z + z³/3 + z⁵/(3·5) + …)
-- and far out, where the two halves of that would cancel, Laplace's continued fraction:
--   1 − Φ(z) = φ(z)/(z + 1/(z + 2/(z + 3/(z + …))))
CREATE FUNCTION oracle.normal_density(z numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$
    SELECT exp(-round(z * z / 2, 100))
           / sqrt(2 * 3.1415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253421170679)
$$;
CREATE FUNCTION oracle.normal_tail(z numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    square numeric := round(z * z, 100);
    term numeric := round(z, 100);
    total numeric := 0;
    k int := 1;
BEGIN
    IF z > 5 THEN
        total := round(z, 100);
        FOR level IN REVERSE 300..1 LOOP
            total := z + round(level, 100) / total;
        END LOOP;
        RETURN round(1, 400) / (exp(square / 2) * sqrt(2 * 3.1415926535897932384626433832795028841971693993751058209749445923) * total);
    END IF;
    WHILE term > 1e-90 LOOP
        total := total + term;
        k := k + 2;
        term := round(term * square / k, 100);
    END LOOP;
    RETURN 0.5 - round(oracle.normal_density(z) * total, 100);
END $$;

-- z with Φ(z) − Φ(−z) = level, by Newton's steps from 0; Φ is concave there, so they never overshoot.
CREATE FUNCTION oracle.normal_quantile(level numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    tail CONSTANT numeric := (1 - level) / 2;
    z numeric := 0;
    step numeric;
BEGIN
    LOOP
        step := (oracle.normal_tail(z) - tail) / oracle.normal_density(z);
        z := round(z + step, 60);
        EXIT WHEN abs(step) < 1e-40;
    END LOOP;
    RETURN z;
END $$;

-- The interval of NPS: the means m that a score test does not reject. The test compares the observed mean with m by
-- the variance that answers +1, 0, -1 have when their mean is m, with the share q of detractors that is then the most
-- likely one: where d/dq of p ln(q + m) + d ln q + (1 - p - d) ln(1 - 2q - m) is 0. Both equations are solved by halving.
CREATE FUNCTION oracle.nps_variance(p double precision, d double precision, m double precision)
RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
    lo double precision := greatest(0, -m);
    hi double precision := (1 - m) / 2;
    q double precision;
BEGIN
    FOR i IN 1..54 LOOP
        q := (lo + hi) / 2;
        EXIT WHEN q <= greatest(0, -m) OR q >= (1 - m) / 2;
        -- a share that is 0 adds nothing to the likelihood, wherever q is
        IF (CASE WHEN p > 0 THEN p / (q + m) ELSE 0 END + CASE WHEN d > 0 THEN d / q ELSE 0 END
           - CASE WHEN p + d < 1 THEN 2 * (1 - p - d) / (1 - 2 * q - m) ELSE 0 END > 0)
        THEN lo := q; ELSE hi := q; END IF;
    END LOOP;
    RETURN 2 * q + m - m * m;
END $$;

CREATE FUNCTION oracle.nps_end(p double precision, d double precision, n double precision, z double precision, side integer)
RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
    inside double precision := p - d;
    outside double precision := side;
    m double precision;
BEGIN
    FOR i IN 1..54 LOOP
        m := (inside + outside) / 2;
        IF n * (p - d - m) ^ 2 > z * z * oracle.nps_variance(p, d, m) THEN outside := m; ELSE inside := m; END IF;
    END LOOP;
    RETURN 100 * inside;
END $$;

-- Fewer than two answers, or none: NULL.
CREATE FUNCTION oracle.nps_ci(scores numeric[], level numeric DEFAULT 0.95)
RETURNS TABLE (low double precision, high double precision, n bigint)
LANGUAGE sql AS $$
    SELECT CASE WHEN responses >= 2 THEN oracle.nps_end(p, d, responses, z, -1) END,
           CASE WHEN responses >= 2 THEN oracle.nps_end(p, d, responses, z, 1) END, responses
    FROM (SELECT responses, (promoters::numeric / nullif(responses, 0))::double precision AS p,
                 (detractors::numeric / nullif(responses, 0))::double precision AS d
          FROM oracle.survey(scores, 'nps')) AS s,
         LATERAL (SELECT CASE WHEN level > 0 AND level < 1 THEN oracle.normal_quantile(level)
                              ELSE oracle.refuse('22023', 'level is not between 0 and 1') END AS z) AS q
$$;
