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

-- How far the weeks of two groups scatter, each around its group's median (given twice), and at least a tenth of the
-- higher level: 1.4826·(median of |week − its group's median|) + 0.1·(the greater median).
CREATE FUNCTION oracle.usage_scale(ones numeric[], twice_one numeric, others numeric[], twice_other numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN 1.4826 * 0.25 * oracle.twice_median(ARRAY(SELECT abs(2 * y - twice_one) FROM unnest(ones) AS y UNION ALL SELECT abs(2 * y - twice_other) FROM unnest(others) AS y))
           + 0.1 * 0.5 * greatest(twice_one, twice_other);
END $$;

-- How far the median of the recent weeks is below that of the base before them, in units of that scale.
CREATE FUNCTION oracle.usage_drop(weekly numeric[], recent int, base int) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN recent < 1 OR base < 2 THEN oracle.refuse('22023', 'too few weeks')
                WHEN cardinality(weekly) >= recent + base AND b > 0
                THEN oracle.ratio((b - r) * 0.5, oracle.usage_scale(weekly[recent + 1:recent + base], b, weekly[1:recent], r)) END
    FROM (SELECT oracle.twice_median(weekly[1:recent]) AS r, oracle.twice_median(weekly[recent + 1:recent + base]) AS b) AS level
$$;

-- The least-squares slope over their mean: with x = 1 … d, (d·Σxy − Σx·Σy)/(d·Σx² − (Σx)²) ÷ (Σy/d).
CREATE FUNCTION oracle.usage_slope(daily numeric[], days int) RETURNS numeric
LANGUAGE sql AS $$
    SELECT CASE WHEN days < 2 THEN oracle.refuse('22023', 'less than two days')
                WHEN cardinality(daily) >= days
                THEN (SELECT oracle.ratio(days * (days * sum(x * y) - sum(x) * sum(y)), (days * sum(x * x) - sum(x) * sum(x)) * sum(y))
                      FROM (SELECT days - age + 1 AS x, y FROM unnest(daily[1:days]) WITH ORDINALITY AS d (y, age)) AS point) END
$$;

-- Each place where the level may have changed, the first k weeks before it: the medians (twice) of up to 26 weeks on
-- either side, at least 4, and T² = (their difference)²·a·b/(a + b)/scale² as a fraction.
CREATE FUNCTION oracle.usage_places(weekly numeric[])
RETURNS TABLE (k int, a int, b int, before numeric, after numeric, spread numeric, num numeric, den numeric)
LANGUAGE sql AS $$
    SELECT place, a, b, before, after, spread,
           CASE WHEN spread > 0 THEN (after - before) * (after - before) * a * b ELSE 0 END,
           CASE WHEN spread > 0 THEN 4 * (a + b) * spread * spread ELSE 1 END
    FROM (SELECT cardinality(weekly) AS n) AS c, generate_series(4, n - 4) AS place,
         LATERAL (SELECT least(place, 26) AS a, least(n - place, 26) AS b) AS w,
         -- newest first: week i is the (n − i + 1)th
         LATERAL (SELECT weekly[n - place + 1:n - place + a] AS p, weekly[n - place - b + 1:n - place] AS q) AS g,
         LATERAL (SELECT oracle.twice_median(p) AS before, oracle.twice_median(q) AS after OFFSET 0) AS m,
         LATERAL (SELECT oracle.usage_scale(p, before, q, after) AS spread OFFSET 0) AS s
$$;

-- The strongest of them, the latest of equals; and how many equals there are.
CREATE TYPE oracle.change AS (k int, a int, b int, before numeric, after numeric, spread numeric, num numeric, den numeric, equals int);
CREATE FUNCTION oracle.usage_strongest(weekly numeric[]) RETURNS oracle.change
LANGUAGE plpgsql AS $$
DECLARE
    place record;
    best oracle.change;
BEGIN
    FOR place IN SELECT *, 1 AS equals FROM oracle.usage_places(weekly) AS p ORDER BY k LOOP
        IF best.k IS NULL OR place.num * best.den >= best.num * place.den THEN
            place.equals := CASE WHEN place.num * best.den = best.num * place.den THEN best.equals + 1 ELSE 1 END;
            best := place;
        END IF;
    END LOOP;
    RETURN best;
END $$;

-- When: with the weeks up to j at the level before and those after it at the level after, how far the weeks of the two
-- windows are off (twice). Either level keeps 4 weeks.
CREATE FUNCTION oracle.usage_dates(weekly numeric[], k int, a int, b int, before numeric, after numeric) RETURNS TABLE (j int, off numeric)
LANGUAGE sql AS $$
    SELECT last, (SELECT sum(abs(2 * weekly[cardinality(weekly) - i + 1] - CASE WHEN i <= last THEN before ELSE after END))
                  FROM generate_series(k - a + 1, k + b) AS i)
    FROM generate_series(k - a + 4, k + b - 4) AS last
$$;

-- The strongest change: the first day at its new level, both levels, and |T|. Fewer than 8 weeks: nothing is known; no
-- change at all: nothing but that.
CREATE FUNCTION oracle.usage_changepoint(weekly numeric[], as_of date, strongest oracle.change)
RETURNS TABLE (changed_on date, before numeric, after numeric, strength double precision)
LANGUAGE sql AS $$
    SELECT CASE WHEN num > 0 THEN as_of - 7 * (cardinality(weekly) - (SELECT j FROM oracle.usage_dates(weekly, k, a, b, s.before, s.after) ORDER BY off, j DESC LIMIT 1)) + 1 END,
           CASE WHEN num > 0 THEN oracle.ratio(s.before, 2) END, CASE WHEN num > 0 THEN oracle.ratio(s.after, 2) END,
           CASE WHEN num > 0 THEN abs(s.after - s.before) * sqrt(round(a * b, 100) / (a + b)) / (2 * spread) WHEN num = 0 THEN 0 END::double precision
    FROM (SELECT (strongest).*) AS s
$$;
CREATE FUNCTION oracle.usage_changepoint(weekly numeric[], as_of date)
RETURNS TABLE (changed_on date, before numeric, after numeric, strength double precision)
LANGUAGE sql AS $$ SELECT * FROM oracle.usage_changepoint(weekly, as_of, oracle.usage_strongest(weekly)) $$;

-- Days since the last one with usage.
CREATE FUNCTION oracle.usage_recency(daily numeric[]) RETURNS int
LANGUAGE sql AS $$ SELECT min(age)::int - 1 FROM unnest(daily) WITH ORDINALITY AS d (n, age) WHERE n > 0 $$;

-- Every day from the first to the last, and the whole weeks, both in their order; a week by its first day.
CREATE FUNCTION oracle.usage_day_table(uses oracle.use[]) RETURNS TABLE (day date, usage numeric)
LANGUAGE sql AS $$
    SELECT last_day - age::int + 1, trim_scale(n)
    FROM oracle.usage(uses), unnest(oracle.usage_daily(uses, last_day)) WITH ORDINALITY AS d (n, age) ORDER BY age DESC
$$;
CREATE FUNCTION oracle.usage_week_table(weekly numeric[], as_of date) RETURNS TABLE (week date, usage numeric)
LANGUAGE sql AS $$
    SELECT as_of - 7 * nth::int + 1, trim_scale(n) FROM unnest(weekly) WITH ORDINALITY AS w (n, nth) ORDER BY nth DESC
$$;
