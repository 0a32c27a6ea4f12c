-- Partial states for fuzz.sh to begin with: the name of a target, and a state in hex, a row.
SET search_path = public, ccx;
CREATE AGGREGATE cohort_retention_state(anynonarray, date, text) (SFUNC = cohort_retention_accum, STYPE = internal, FINALFUNC = cohort_retention_serial);
CREATE AGGREGATE cohort_retention_state(anynonarray, timestamptz, text, text) (SFUNC = cohort_retention_accum, STYPE = internal, FINALFUNC = cohort_retention_serial);
CREATE AGGREGATE movements_by_customer_state(anynonarray, date, numeric, text, text) (SFUNC = movements_by_customer_accum, STYPE = internal, FINALFUNC = movements_by_customer_serial);
CREATE AGGREGATE movements_by_segment_state(anynonarray, date, numeric, text, text, text) (SFUNC = movements_by_segment_accum, STYPE = internal, FINALFUNC = movements_by_segment_serial);
CREATE AGGREGATE movements_by_home_state(anynonarray, date, numeric, text, text, text) (SFUNC = movements_by_home_accum, STYPE = internal, FINALFUNC = movements_by_home_serial);
CREATE AGGREGATE retention_by_state(anynonarray, numeric, numeric, boolean, text) (SFUNC = retention_by_accum, STYPE = internal, FINALFUNC = retention_by_serial);
CREATE AGGREGATE reconcile_state(anynonarray, numeric, numeric, numeric, numeric) (SFUNC = reconcile_accum, STYPE = internal, FINALFUNC = reconcile_serial);
CREATE AGGREGATE stage_funnel_state(anynonarray, integer, date) (SFUNC = stage_funnel_accum, STYPE = internal, FINALFUNC = stage_funnel_serial);

-- few rows; customers of each kind of key; amounts that fit 64 bits, 128, and neither
CREATE TEMP TABLE rows AS
SELECT i, i % 5 AS customer, (date '2025-01-01' + make_interval(months => i % 7))::date AS day,
       CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN i * large WHEN 2 THEN -i / 8.0 ELSE i END AS amount, 's' || i % 3 AS name, large
FROM generate_series(1, 20) AS i, unnest(ARRAY[1, 1e15, 1e40]) AS large;

SELECT 'state/' || name, encode(state, 'hex')
FROM (SELECT large FROM rows GROUP BY large) AS g,
LATERAL (
	SELECT 'cohort_retention', cohort_retention_state(customer, day, 'month') FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'cohort_retention', cohort_retention_state(name, day, 'week:sunday') FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'cohort_retention', cohort_retention_state(customer::bigint, date '2025-01-01' + i * i, 'day') FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'cohort_retention', cohort_retention_state(md5(name)::uuid, day::timestamptz, 'quarter:feb', 'Europe/Berlin') FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'movements_by_customer', movements_by_customer_state(customer, day, amount, 'month', 'year') FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'movements_by_customer', movements_by_customer_state(name, day, amount, 'quarter:feb', 'quarter') FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'movements_by_segment', movements_by_segment_state(md5(customer::text)::uuid, day, amount, name, 'month', 'month') FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'movements_by_segment', movements_by_segment_state(customer::bigint, day, amount, nullif(name, 's0'), 'year', 'year') FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'movements_by_home', movements_by_home_state(customer::text, day, amount, 's' || customer % 2, 'month', 'month') FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'movements_by_home', movements_by_home_state(customer::smallint, day, amount, CASE WHEN customer > 1 THEN 's' || customer % 2 END, 'month', 'year') FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'retention_by', retention_by_state(customer, amount, abs(amount), i % 2 = 0, 'EUR') FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'retention_by', retention_by_state(name, NULL, amount, NULL, NULL) FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'reconcile', reconcile_state(customer, amount, amount, amount + 1, abs(amount)) FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'reconcile', reconcile_state(nullif(name, 's0'), amount, NULL, NULL, amount) FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'stage_funnel', stage_funnel_state(customer, i % 4, day) FROM rows AS r WHERE r.large = g.large
	UNION ALL SELECT 'stage_funnel', stage_funnel_state(md5(name)::uuid, i - 10, day) FROM rows AS r WHERE r.large = g.large
) AS s (name, state)
WHERE state IS NOT NULL
GROUP BY name, state;
