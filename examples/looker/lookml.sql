-- Write a metric view as LookML.
--
--     psql -X -At -v view=metrics.retention_month -f lookml.sql >views/retention_month.view.lkml
--
-- Dimensions come from columns, labels from their names, descriptions from their comments.  Measures are sums of amounts and
-- counts, and ratios of such sums.  What does not add up over periods is NULL over more than one of them.
\set ON_ERROR_STOP on
WITH def AS (
	SELECT m.view, m.kind, c.oid, c.relname AS name, n.nspname AS schema
	FROM ccx.metric_views AS m JOIN pg_class AS c ON c.oid = m.view::regclass JOIN pg_namespace AS n ON n.oid = c.relnamespace
	WHERE c.oid = :'view'::regclass
), col AS (
	SELECT def.kind, def.name AS view, a.attnum, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
	       replace(col_description(a.attrelid, a.attnum), '"', '\"') AS description
	FROM def JOIN pg_attribute AS a ON a.attrelid = def.oid AND a.attnum > 0 AND NOT a.attisdropped
), label AS (
	SELECT col.*, (SELECT string_agg(CASE WHEN w IN ('Mrr', 'Arr', 'Nrr', 'Grr', 'Nps', 'Csat', 'Ces') THEN upper(w) ELSE w END, ' ' ORDER BY i)
	               FROM regexp_split_to_table(initcap(replace(name, '_', ' ')), ' ') WITH ORDINALITY AS r (w, i)) AS label
	FROM col
), ratio (kind, name, numerator, denominator, format) AS (
	-- {unit} is mrr or usage
	VALUES
	('movements', 'nrr', 'retained_{unit}', 'opening_{unit}', 'percent_1'),
	('movements', 'grr', 'gross_retained_{unit}', 'opening_{unit}', 'percent_1'),
	('movements', 'logo_retention', 'retained_customers', 'opening_customers', 'percent_1'),
	('cohort', 'retention', 'active', 'eligible', 'percent_1'),
	('revenue_cohort', 'retention', 'active', 'eligible', 'percent_1'),
	('revenue_cohort', 'net_retention', 'mrr', 'base_mrr', 'percent_1'),
	('revenue_cohort', 'gross_retention', 'capped_mrr', 'base_mrr', 'percent_1'),
	('health', 'health_score', 'weighted_score', 'present_weight', 'decimal_1'),
	('health', 'health_coverage', 'present_weight', 'total_weight', 'percent_1'),
	('survey', 'nps', '100 * (promoters - detractors)', 'responses', 'decimal_1'),
	('survey', 'csat', 'satisfied', 'responses', 'percent_1'),
	('survey', 'ces', 'score_total', 'responses', 'decimal_2'),
	('survey', 'ces_easy', 'easy', 'responses', 'percent_1'),
	('renewal', 'renewal_rate', 'renewed_arr', 'due_arr', 'percent_1'),
	('renewal', 'gross_renewal_rate', 'capped_arr', 'due_arr', 'percent_1'),
	('renewal', 'logo_renewal_rate', 'renewed_renewals', 'due_renewals', 'percent_1'),
	('renewal', 'on_time_rate', 'on_time_renewals', 'renewed_renewals', 'percent_1')
), wanted_ratio AS (
	SELECT r.name, r.format, regexp_replace(replace(r.numerator, '{unit}', u.unit), '\m([a-z]\w*)\M', 'sum(${TABLE}.\1)', 'g') AS numerator,
	       format('sum(${TABLE}.%s)', replace(r.denominator, '{unit}', u.unit)) AS denominator
	FROM def, ratio AS r, LATERAL (SELECT CASE def.kind WHEN 'usage' THEN 'usage' ELSE 'mrr' END) AS u (unit)
	WHERE r.kind = CASE def.kind WHEN 'usage' THEN 'movements' ELSE def.kind END
), field AS (
	SELECT l.attnum, l.name, l.label, l.description, k.field, k.kind AS field_kind
	FROM label AS l LEFT JOIN wanted_ratio AS r USING (name), LATERAL (
		SELECT 'dimension_group' AS kind, format(E'    type: time\n    timeframes: [raw, date, month, quarter, year]\n    datatype: date\n    convert_tz: no\n    sql: ${TABLE}.%I ;;', l.name) AS field
		WHERE l.type = 'date'
		-- the period of a cohort is a number to group by
		UNION ALL SELECT 'dimension', format(E'    type: %s\n    sql: ${TABLE}.%I ;;', CASE l.type WHEN 'boolean' THEN 'yesno' WHEN 'text' THEN 'string' ELSE 'number' END, l.name)
		WHERE l.type IN ('boolean', 'text') OR l.kind LIKE '%cohort' AND l.name = 'period'
		UNION ALL SELECT 'measure', format(E'    type: number\n    value_format_name: %s\n    sql: %s ;;\n    drill_fields: [detail*]',
			coalesce(r.format, CASE WHEN l.type IN ('bigint', 'integer') THEN 'decimal_0' ELSE 'decimal_2' END),
			CASE
				-- medians, limits of intervals, and ratios that no sums are known for, are of one row
				WHEN r.name IS NULL AND l.type IN ('integer', 'double precision', 'numeric(24,6)') THEN format('CASE WHEN count(*) = 1 THEN max(${TABLE}.%I) END', l.name)
				WHEN l.kind IN ('movements', 'usage', 'cohort', 'revenue_cohort') THEN
					format('CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN %s END', s.expression)
				ELSE s.expression
			END)
		FROM (SELECT CASE WHEN r.name IS NULL THEN format('sum(${TABLE}.%I)', l.name) ELSE r.numerator || ' / nullif(' || r.denominator || ', 0)' END) AS s (expression)
		WHERE l.type NOT IN ('date', 'boolean', 'text') AND NOT (l.kind LIKE '%cohort' AND l.name = 'period')
	) AS k
)
SELECT concat_ws(E'\n',
	'# Written by lookml.sql from the metric view; change that and write it again.',
	format('view: %s {', name),
	format('  sql_table_name: %I.%I ;;', schema, name),
	'',
	(SELECT string_agg(format(E'  %s: %s {\n    label: "%s"\n    description: "%s"\n%s\n  }', f.field_kind, f.name, f.label, f.description, f.field), E'\n\n' ORDER BY f.attnum) FROM field AS f),
	'',
	(SELECT format(E'  set: detail {\n    fields: [%s]\n  }', string_agg(f.name || CASE f.field_kind WHEN 'dimension_group' THEN '_date' ELSE '' END, ', ' ORDER BY f.attnum)) FROM field AS f),
	'}')
FROM def;
