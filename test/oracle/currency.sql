-- The oracle for convert_amount and for retention in constant currency (metrics.md §3 "currency mix"; doc/currency.md),
-- from amounts and rates. After ratio.sql.

-- Amount times rate, exact, zeros trimmed. Nothing to convert is NULL; without a rate it is 22004, though the amount be 0.
CREATE FUNCTION oracle.converted(amount numeric, rate numeric) RETURNS numeric
LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE WHEN amount IS NULL THEN NULL
                WHEN rate IS NULL THEN oracle.refuse('22004', 'no rate')
                WHEN oracle.finite(rate) <= 0 THEN oracle.refuse('22023', 'a rate is above 0')
                ELSE trim_scale(oracle.finite(amount) * rate) END;
END $$;

-- What a customer paid at either end of a comparison, and in which currency.
CREATE TYPE oracle.bill AS (customer int, day date, mrr numeric, currency text);
CREATE TYPE oracle.exchange AS (currency text, day date, rate numeric);

-- NRR and GRR over the customers, each bill at the rate that a currency has on the day of the rule: 'spot', that of the
-- bill; 'opening' and 'closing', one for both. A customer's bills are added, then clamped and capped (§3).
CREATE FUNCTION oracle.constant_retention(bills oracle.bill[], rates oracle.exchange[], rule text, opening date, closing date,
                                          OUT nrr numeric, OUT grr numeric)
LANGUAGE sql AS $$
    WITH bill AS (
        SELECT b.customer, b.day = opening AS opens,
               oracle.converted(b.mrr, (SELECT r.rate FROM unnest(rates) AS r
                                        WHERE r.currency = b.currency AND r.day = CASE rule WHEN 'spot' THEN b.day WHEN 'opening' THEN opening ELSE closing END)) AS mrr
        FROM unnest(bills) AS b
    ), customer AS (
        SELECT greatest(coalesce(sum(mrr) FILTER (WHERE opens), 0), 0) AS o, greatest(coalesce(sum(mrr) FILTER (WHERE NOT opens), 0), 0) AS c
        FROM bill GROUP BY customer
    )
    SELECT oracle.ratio(sum(c), sum(o)), oracle.ratio(sum(least(c, o)), sum(o)) FROM customer WHERE o > 0
$$;
