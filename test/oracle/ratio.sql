-- The arithmetic under the oracle: exact quotients, and a way to refuse input.
-- Starts from an empty schema; the other files of this folder build on it.

SET client_min_messages = warning;
DROP SCHEMA IF EXISTS oracle CASCADE;
CREATE SCHEMA oracle;

-- Raises. VOLATILE, or the planner would raise it while folding constants.
CREATE FUNCTION oracle.refuse(state text, message text) RETURNS numeric
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = state, MESSAGE = message;
END $$;

-- metrics.md §3 "NaN / ±Infinity input": error 22023.
CREATE FUNCTION oracle.finite(amount numeric) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN amount IN ('NaN', 'Infinity', '-Infinity')
                THEN oracle.refuse('22023', 'amount is not finite')
                ELSE amount END
$$;

-- 10^n as an exact integer. Written out, not computed: power() works to a number of significant digits.
CREATE FUNCTION oracle.ten_to(n int) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $$ SELECT ('1' || repeat('0', n))::numeric $$;

-- metrics.md §3 "quotients": exact quotient, rounded half away from zero to 20 decimals, zeros trimmed.
-- §2 and §3 "opening = 0 for all", quick ratio, ARPA: a zero denominator gives NULL.
--
-- numeric's own division rounds at a scale it picks, and rounding that again to 20 decimals is wrong for
-- quotients just under a tie. So: both sides as integers, long division with div(), which truncates, and
-- the remainder decides. Multiplication of numerics is exact here (far from 16383 decimals).
-- PL/pgSQL only for speed: a nested SQL function is planned again for every call of the one around it.
CREATE FUNCTION oracle.ratio(numerator numeric, denominator numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    -- the same power of ten on both sides makes integers of them; 10^20 more keeps 20 decimals
    decimals int := greatest(scale(numerator), scale(denominator));
    n numeric := trunc(abs(numerator) * oracle.ten_to(decimals)) * oracle.ten_to(20);
    d numeric := trunc(abs(denominator) * oracle.ten_to(decimals));
    quotient numeric;
BEGIN
    IF denominator = 0 THEN
        RETURN NULL;
    END IF;
    quotient := div(n, d);
    IF 2 * (n - quotient * d) >= d THEN
        quotient := quotient + 1;
    END IF;
    RETURN trim_scale(sign(numerator) * sign(denominator) * quotient * 0.00000000000000000001);
END $$;
