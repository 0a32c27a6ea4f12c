-- Churn of a telephone company, in all and by segment: logos and revenue.
--   psql -X -v figures=../shared/data/figures -f test/figures/09_telco_churn.sql
\set case 09_telco_churn
\set ON_ERROR_STOP on
\ir setup.sql
\if :absent
\quit
\endif
\set folder :figures /09_telco_churn
\cd :folder
\i load.sql

INSERT INTO left_out VALUES
    ('monthly_churn_hazard', 'not a metric of ccx: who left by months of tenure, a churn rate as ltv() takes it'),
    ('tenure_avg', 'not a metric of ccx: avg(tenure)'),
    ('tenure_zero', 'not a metric of ccx: a count of the source');

CREATE TEMP VIEW segmented AS
SELECT s.segment, t.*
FROM telco AS t,
     LATERAL (VALUES (''), ('Contract=' || contract), ('InternetService=' || internet_service),
                     ('PaymentMethod=' || payment_method), ('SeniorCitizen=' || senior_citizen),
                     ('tenure=' || CASE WHEN tenure <= 12 THEN '0-12' WHEN tenure <= 24 THEN '13-24'
                                        WHEN tenure <= 48 THEN '25-48' ELSE '49-72' END)) AS s (segment);

-- everybody was a customer at the opening; who left pays nothing at the closing
CREATE TEMP TABLE summary AS
SELECT segment,
       ccx.retention_agg(monthly_charges, CASE WHEN churn = 'No' THEN monthly_charges END) AS s,
       -- what was paid so far; who has not paid yet has NULL and is ignored, not a 0 in the mean
       ccx.retention_agg(NULL, total_charges) AS paid,
       ccx.retention_agg(NULL, monthly_charges) AS charged
FROM segmented
GROUP BY segment;

INSERT INTO actual
SELECT v.metric, segment, '', '', v.value
FROM summary,
     LATERAL (VALUES ('logo_churn_rate', ccx.logo_churn_rate(s)),
                     ('revenue_churn_rate', ccx.revenue_churn_rate(s)),
                     ('arpu_month', ccx.arpa(charged)),
                     ('historic_clv_avg_null_skipped', ccx.arpa(paid))) AS v (metric, value)
WHERE v.metric = 'logo_churn_rate' OR segment NOT LIKE 'tenure=%'
UNION ALL
SELECT v.metric, segment, '', '', v.value
FROM summary, LATERAL (VALUES ('rows', ccx.opening_customers(s)), ('total_charges_null', ccx.skipped_rows(paid))) AS v (metric, value)
WHERE segment = '';

-- How long customers stay: who has not left is censored at the tenure so far. Durations are counted in days or hours;
-- a month of tenure stands for a day.
INSERT INTO actual
SELECT 'km_survival', segment, '', t::text, ccx.km_survival(d, t)
FROM (SELECT segment, ccx.duration_agg(date '2000-01-01', CASE WHEN churn = 'Yes' THEN date '2000-01-01' + tenure END,
                                       date '2000-01-01' + tenure) AS d
      FROM segmented WHERE segment IN (SELECT e.segment FROM expected AS e WHERE metric = 'km_survival')
      GROUP BY segment) AS lives,
     unnest('{1,6,12,24,36,48,60,72}'::int[]) AS t
UNION ALL
-- at the constant rate at which customers left per month of tenure
SELECT 'clv_margin_75', segment, '', '', ccx.ltv(ccx.arpa(charged), round(churned, 40) / months, 0.75)
FROM summary JOIN (SELECT segment, count(*) FILTER (WHERE churn = 'Yes') AS churned, sum(tenure) AS months FROM segmented GROUP BY segment) AS left_so_far USING (segment)
WHERE segment NOT LIKE 'tenure=%';

SELECT pg_temp.verdict('h09', :'case');

-- The segments of each kind are disjoint in customers: rolled up they are the whole.
TRUNCATE actual;
INSERT INTO actual
SELECT v.metric, '', kind, '', v.value
FROM (SELECT split_part(segment, '=', 1) AS kind, ccx.rollup(s) AS s
      FROM summary WHERE segment <> '' GROUP BY kind) AS g,
     LATERAL (VALUES ('logo_churn_rate', ccx.logo_churn_rate(s)), ('revenue_churn_rate', ccx.revenue_churn_rate(s))) AS v (metric, value);
DELETE FROM expected WHERE metric NOT IN ('logo_churn_rate', 'revenue_churn_rate') OR segment <> '';
INSERT INTO expected (metric, segment, cohort, period, value)
SELECT metric, segment, k.cohort, period, value FROM expected, (SELECT DISTINCT cohort FROM actual) AS k;
DELETE FROM expected WHERE cohort = '';
TRUNCATE published, left_out;
SELECT pg_temp.verdict('h09', :'case' || ' rolled up by segment');
