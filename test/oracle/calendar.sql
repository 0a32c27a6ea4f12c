-- The oracle for period_start and period_end (surface.md §2 "Grains and steps"; doc/metric-views.md), from the calendar: by
-- walking from day to day. After ratio.sql.

-- Every grain by each of its names, with the day of the week or the month that its periods begin with.
CREATE TABLE oracle.grain AS
SELECT 'day' AS grain, NULL::int AS anchor
UNION ALL SELECT 'week', 1
UNION ALL SELECT 'week:' || name, n::int FROM unnest('{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'::text[]) WITH ORDINALITY AS d (name, n)
UNION ALL SELECT 'month', NULL
UNION ALL SELECT unnest('{quarter,year}'::text[]), 1
UNION ALL SELECT kind || name, n::int
FROM unnest('{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}'::text[]) WITH ORDINALITY AS m (name, n), unnest('{quarter:,year:}'::text[]) AS kind;

-- Does a period begin on a day? A quarter begins in the named month and every third one from it.
CREATE FUNCTION oracle.begins(day date, grain text, anchor int) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE WHEN grain = 'day' THEN true
                WHEN grain LIKE 'week%' THEN extract(isodow FROM day) = anchor
                WHEN extract(day FROM day) <> 1 THEN false
                WHEN grain LIKE 'quarter%' THEN (extract(month FROM day)::int + 12 - anchor) % 3 = 0
                WHEN grain LIKE 'year%' THEN extract(month FROM day) = anchor
                ELSE true END;
END $$;

-- The day where a walk from a day ends: backwards at the first day of its period, forwards at the last. An infinite day
-- is a period of its own. A walk that would leave the dates that PostgreSQL has is 22008: it says so itself.
CREATE FUNCTION oracle.walk(day date, grain text, step int) RETURNS date
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    anchor int;
BEGIN
    SELECT g.anchor INTO anchor FROM oracle.grain AS g WHERE g.grain = walk.grain;
    IF NOT found THEN
        PERFORM oracle.refuse('22023', 'unknown grain');
    END IF;
    WHILE isfinite(day) LOOP
        EXIT WHEN CASE WHEN step < 0 THEN oracle.begins(day, grain, anchor)
                       -- after the last date comes a first of January, the day of the week that was six days before
                       WHEN day = '5874897-12-31' THEN oracle.begins(CASE WHEN grain LIKE 'week%' THEN day - 6 ELSE '2001-01-01' END, grain, anchor)
                       ELSE oracle.begins(day + 1, grain, anchor) END;
        day := day + step;
    END LOOP;
    RETURN day;
END $$;
CREATE FUNCTION oracle.period_start(day date, grain text) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT oracle.walk(day, grain, -1) $$;
CREATE FUNCTION oracle.period_end(day date, grain text) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT oracle.walk(day, grain, 1) $$;
