-- Shared by the cases of this folder; see README.md.
\set QUIET on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
\if :{?figures} \else
\set figures ../shared/data/figures
\endif
\set absent `[ -f :'figures'/_lib/tables.sql ] && echo false || echo true`
\if :absent
\echo ok - :case # SKIP no third-party figures in :figures
\else
SELECT to_regnamespace('ccx') IS NULL AS missing \gset
\if :missing
CREATE EXTENSION ccx;
\endif
\endif

-- What ccx does not say, or does not say yet: each with its reason, and counted in the verdict.
CREATE TEMP TABLE left_out (metric text PRIMARY KEY, reason text NOT NULL);

-- Compares table actual of the case's schema with expected and published: one line of TAP, or an error when a
-- value differs (ratios are published to 12 decimals), is missing, was not asked for or is left out for nothing.
CREATE FUNCTION pg_temp.verdict(case_schema text, what text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    differing text;
    said text;
BEGIN
    PERFORM set_config('search_path', case_schema, true);
    SELECT string_agg(format('%s %s %s %s: expected %s, ccx says %s', metric, segment, cohort, period, coalesce(e, 'undefined'), coalesce(a, 'undefined')), E'\n')
    INTO differing
    FROM (SELECT metric, segment, cohort, period,
                 CASE WHEN e.metric IS NULL THEN 'no such figure' ELSE e.value::text END AS e,
                 CASE WHEN a.metric IS NULL THEN 'nothing' ELSE a.value::text END AS a
          FROM (SELECT * FROM expected WHERE metric NOT IN (SELECT metric FROM left_out)) AS e
          FULL JOIN actual AS a USING (metric, segment, cohort, period)
          WHERE e.metric IS NULL OR a.metric IS NULL OR round(a.value, 12) IS DISTINCT FROM e.value
          UNION ALL
          SELECT metric, segment, cohort, period, format('%s ± %s as published', p.value, p.tolerance), a.value::text
          FROM published AS p JOIN actual AS a USING (metric, segment, cohort, period)
          WHERE abs(a.value - p.value) <= p.tolerance IS NOT TRUE
          UNION ALL
          SELECT metric, '', '', '', 'no such figure', 'left out'
          FROM left_out WHERE metric NOT IN (SELECT metric FROM expected)
          ORDER BY 1, 2, 3, 4
          LIMIT 40) AS d;
    IF differing IS NOT NULL THEN
        RAISE EXCEPTION '%: figures differ: %', case_schema, what USING DETAIL = differing;
    END IF;
    SELECT format('ok - %s: %s of %s figures equal, %s of %s published within their tolerance', what,
                  (SELECT count(*) FROM actual), (SELECT count(*) FROM expected),
                  (SELECT count(*) FROM published JOIN actual USING (metric, segment, cohort, period)), (SELECT count(*) FROM published))
           || coalesce('; left out: ' || (SELECT string_agg(format('%s (%s)', metric, n), ', ' ORDER BY metric)
                                          FROM (SELECT metric, count(*) AS n FROM expected WHERE metric IN (SELECT metric FROM left_out)
                                                GROUP BY metric) AS l), '')
    INTO said;
    RETURN said;
END $$;
