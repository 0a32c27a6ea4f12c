-- Turns the table own.csv, into which demo.sh has copied a CSV file as text (line, customer, month, mrr, segment), into
-- own.mrr_monthly. When rows are wrong it makes nothing and prints the first few, one line each.

\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
\pset format unaligned
SET search_path = own, pg_catalog;

CREATE TEMP TABLE problem AS
WITH checked AS (
  SELECT *, month ~ '^[0-9]{4}-(0[1-9]|1[0-2])(-[0-9]{2})?$' AND month !~ '^0000' AS month_ok,
         mrr ~ '^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)$' AS mrr_ok
  FROM csv
), dated AS (
  SELECT *, CASE WHEN month_ok THEN make_date(left(month, 4)::int, substr(month, 6, 2)::int, 1) END AS first_day,
         CASE WHEN month_ok THEN coalesce(nullif(substr(month, 9), '')::int, 1) END AS day
  FROM checked
), compared AS (
  SELECT *, min(day) OVER same < max(day) OVER same AS daily,
         min(coalesce(segment, '')) OVER same < max(coalesce(segment, '')) OVER same AS torn
  FROM dated WINDOW same AS (PARTITION BY customer, first_day)
)
SELECT line, CASE
    WHEN customer IS NULL THEN 'no customer'
    WHEN month IS NULL THEN 'no month'
    WHEN NOT month_ok THEN format('month "%s" is not written like 2025-01 or 2025-01-31', month)
    WHEN day NOT BETWEEN 1 AND date_part('day', first_day + interval '1 month - 1 day')
      THEN format('month "%s": there is no such day', month)
    WHEN mrr IS NULL THEN 'no mrr'
    WHEN NOT mrr_ok THEN format('mrr "%s" is not a plain number like 1234.50', mrr)
    WHEN daily
      THEN format('customer "%s" has rows of different days in %s: one snapshot a month is wanted', customer, left(month, 7))
    WHEN torn
      THEN format('customer "%s" is in two segments in %s', customer, left(month, 7))
  END AS what
FROM compared;
DELETE FROM problem WHERE what IS NULL;

SELECT EXISTS (SELECT FROM problem) AS wrong, NOT EXISTS (SELECT FROM csv) AS empty \gset
\if :empty
  \echo 'no rows after the header'
\elif :wrong
  SELECT format('line %s: %s', line, what) FROM problem ORDER BY line LIMIT 5;
  SELECT format('... and %s more', count(*) - 5) FROM problem HAVING count(*) > 5;
\else
  CREATE TABLE mrr_monthly AS
  SELECT customer, to_date(left(month, 7), 'YYYY-MM') AS month, sum(mrr::numeric) AS mrr, min(segment) AS segment
  FROM csv GROUP BY customer, to_date(left(month, 7), 'YYYY-MM');
  ALTER TABLE mrr_monthly ADD PRIMARY KEY (customer, month);
  ANALYZE mrr_monthly;
  DROP TABLE csv;
\endif
