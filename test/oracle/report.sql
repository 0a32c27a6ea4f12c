-- What a comparison found, and its end: an error where the data misses a floor or a number differs. A comparison includes
-- this file after verdict.sql, and after it has filled oracle.hazard, of as many kinds of data as :kinds says.

\o
\pset title 'Data: sets that have it'
SELECT data, string_agg(format('%s %s', hazard, sets), ', ' ORDER BY least_sets DESC, hazard) AS hazards FROM oracle.hazard GROUP BY data ORDER BY data;
\pset title 'Comparisons (worst: the largest deviation of a double)'
\ir routes.sql

SELECT set_config('oracle.kinds', :'kinds', false) AS kinds \gset
DO $$
DECLARE
    missed text;
BEGIN
    SELECT string_agg(format('%s: %s in %s sets, not %s', data, hazard, sets, least_sets), '; ') INTO missed
    FROM oracle.hazard WHERE (sets >= least_sets) IS NOT TRUE;
    IF missed IS NOT NULL OR (SELECT count(DISTINCT data) FROM oracle.hazard) <> current_setting('oracle.kinds')::int THEN
        RAISE EXCEPTION 'the data misses a floor' USING DETAIL = missed;
    END IF;
    IF EXISTS (SELECT FROM oracle.difference) THEN
        RAISE EXCEPTION '% numbers differ between ccx and the oracle', (SELECT count(*) FROM oracle.difference);
    END IF;
END $$;
