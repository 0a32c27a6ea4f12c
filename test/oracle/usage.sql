-- The oracle for usage against a customer's own baseline (surface.md §6), from raw rows. After ratio.sql.

CREATE TYPE oracle.use AS (day timestamp, n numeric);

-- A row as it may be counted.
CREATE FUNCTION oracle.usage_amount(n numeric) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN oracle.finite(n) < 0 THEN oracle.refuse('22023', 'negative usage') ELSE n END
$$;
CREATE FUNCTION oracle.usage_date(day timestamp) RETURNS date
LANGUAGE sql AS $$
    SELECT CASE WHEN isfinite(day) THEN day::date WHEN day IS NOT NULL THEN date '2000-01-01' + oracle.refuse('22023', 'infinite day')::int END
$$;

-- Rows of a day add up. A row without day or number is skipped.
CREATE FUNCTION oracle.usage_by_day(uses oracle.use[]) RETURNS TABLE (day date, n numeric)
LANGUAGE sql AS $$
    SELECT d, sum(amount) FROM (SELECT oracle.usage_date(u.day) AS d, oracle.usage_amount(u.n) AS amount FROM unnest(uses) AS u) AS used
    WHERE d IS NOT NULL AND amount IS NOT NULL GROUP BY d
$$;

-- What is counted; no rows at all: no row comes back. First and last are days with a row, be it one of zero.
CREATE FUNCTION oracle.usage(uses oracle.use[])
RETURNS TABLE (usage_total numeric, usage_days bigint, first_day date, last_day date, skipped_rows bigint)
LANGUAGE sql AS $$
    SELECT trim_scale(coalesce(sum(n), 0)), count(*) FILTER (WHERE n > 0), min(day), max(day),
           (SELECT count(*) FROM unnest(uses) AS u WHERE u.day IS NULL OR u.n IS NULL)
    FROM oracle.usage_by_day(uses)
    HAVING cardinality(uses) > 0
$$;

-- The history as of a day: every day from the first row's to as_of, newest first; days without a row are 0, later rows
-- are not known yet. Nothing when as_of is before the first day.
CREATE FUNCTION oracle.usage_daily(uses oracle.use[], as_of date) RETURNS numeric[]
LANGUAGE sql AS $$
    WITH used AS MATERIALIZED (
        SELECT * FROM oracle.usage_by_day(uses)
    )
    SELECT coalesce(array_agg(coalesce(n, 0) ORDER BY age), '{}')
    FROM generate_series(0, (SELECT as_of - min(day) FROM used)) AS age LEFT JOIN used ON day = as_of - age
$$;

-- Totals of weeks of 7 days counted back from as_of, newest first; only weeks wholly inside the history.
CREATE FUNCTION oracle.usage_weekly(daily numeric[]) RETURNS numeric[]
LANGUAGE sql AS $$
    SELECT coalesce(array_agg(total ORDER BY week), '{}')
    FROM (SELECT (age - 1) / 7 AS week, sum(n) AS total FROM unnest(daily) WITH ORDINALITY AS d (n, age)
          GROUP BY 1 HAVING count(*) = 7) AS w
$$;

-- Twice the median, which needs no division.
CREATE FUNCTION oracle.twice_median(amounts numeric[]) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    sorted numeric[] := ARRAY(SELECT a FROM unnest(amounts) AS a ORDER BY a);
    n int := cardinality(sorted);
BEGIN
    RETURN sorted[(n + 1) / 2] + sorted[n / 2 + 1];
END $$;

CREATE FUNCTION oracle.usage_level(weekly numeric[], weeks int) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN weeks < 1 THEN oracle.refuse('22023', 'less than a week')
                WHEN cardinality(weekly) >= weeks THEN oracle.ratio(oracle.twice_median(weekly[1:weeks]), 2) END
$$;

-- How far the median of the recent weeks is below that of the base before them, in units of the base's spread: 1.4826
-- times its median absolute deviation, at least a twentieth of its level.
CREATE FUNCTION oracle.usage_drop(weekly numeric[], recent int, base int) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN recent < 1 OR base < 2 THEN oracle.refuse('22023', 'too few weeks')
                WHEN cardinality(weekly) >= recent + base AND b > 0
                THEN oracle.ratio((b - r) * 0.5,
                                  greatest(1.4826 * 0.25 * oracle.twice_median(ARRAY(SELECT abs(2 * y - b) FROM unnest(weekly[recent + 1:recent + base]) AS y)),
                                           0.05 * 0.5 * b)) END
    FROM (SELECT oracle.twice_median(weekly[1:recent]) AS r, oracle.twice_median(weekly[recent + 1:recent + base]) AS b) AS m
$$;

-- The least-squares slope over their mean: with x = 1 … d, (d·Σxy − Σx·Σy)/(d·Σx² − (Σx)²) ÷ (Σy/d).
CREATE FUNCTION oracle.usage_slope(daily numeric[], days int) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN days < 2 THEN oracle.refuse('22023', 'less than two days')
                WHEN cardinality(daily) >= days
                THEN (SELECT oracle.ratio(days * (days * sum(x * y) - sum(x) * sum(y)), (days * sum(x * x) - sum(x) * sum(x)) * sum(y))
                      FROM (SELECT days - age + 1 AS x, y FROM unnest(daily[1:days]) WITH ORDINALITY AS d (y, age)) AS point) END
$$;

-- Each place where the level may have changed: k weeks before it, n − k after it. twice_before, twice_after: twice the
-- medians; square: (median after − median before)²·k·(n − k), which orders the places as |T| does, times 4.
CREATE FUNCTION oracle.usage_changes(weekly numeric[]) RETURNS TABLE (k int, twice_before numeric, twice_after numeric, square numeric)
LANGUAGE sql AS $$
    SELECT place, b, a, (a - b) * (a - b) * place * (n - place)
    FROM (SELECT cardinality(weekly) AS n) AS c, generate_series(2, n - 2) AS place,
         -- newest first: what comes after is at the front
         LATERAL (SELECT oracle.twice_median(weekly[n - place + 1:n]) AS b, oracle.twice_median(weekly[1:n - place]) AS a OFFSET 0) AS m
    WHERE n >= 8
$$;

-- The strongest one, the latest of equals. Its strength is |median after − median before|·√(k(n − k)/n)/σ, where σ is the
-- noise: 1.4826/√2 times the median of |y_i − y_(i−1)|, at least a twentieth of the mean.
CREATE FUNCTION oracle.usage_changepoint(weekly numeric[], as_of date)
RETURNS TABLE (changed_on date, before numeric, after numeric, strength double precision)
LANGUAGE sql AS $$
    SELECT as_of - 7 * (n - k) + 1, oracle.ratio(twice_before, 2), oracle.ratio(twice_after, 2),
           (abs(twice_after - twice_before) * sqrt(round(k * (n - k), 100) / n) / (2 * sigma))::double precision
    FROM (SELECT cardinality(weekly) AS n,
                 greatest(round(1.4826 * 0.5 * oracle.twice_median(ARRAY(SELECT abs(weekly[i] - weekly[i + 1]) FROM generate_series(1, cardinality(weekly) - 1) AS i)), 100)
                              / sqrt(round(2, 100)),
                          round(0.05 * (SELECT sum(y) FROM unnest(weekly) AS y), 100) / nullif(cardinality(weekly), 0)) AS sigma) AS noise
         LEFT JOIN LATERAL (SELECT * FROM oracle.usage_changes(weekly) WHERE (SELECT sum(y) > 0 FROM unnest(weekly) AS y)
                            ORDER BY square DESC, k DESC LIMIT 1) AS strongest ON true
$$;

-- Days since the last one with usage.
CREATE FUNCTION oracle.usage_recency(daily numeric[]) RETURNS int
LANGUAGE sql AS $$ SELECT min(age)::int - 1 FROM unnest(daily) WITH ORDINALITY AS d (n, age) WHERE n > 0 $$;
