-- Metric views: create_metric_view(), refresh(), verify() and their kin
--
-- Definitions and examples: doc/metric-views.md.
--
-- A metric view is a handful of ordinary objects in its owner's schema, owned by its owner: a plain view for
-- dashboards, tables behind it, and one row that defines it, in a table of type metric_view_definition.  The catalogs
-- tell which tables are of that type, so there is no registry to keep.  Data flow from left to right:
--
--   source --> NAME_source --> NAME_customers --> NAME_buckets --> NAME_summaries --> NAME_data --> NAME
--              mapping view    a value for each   for each 1/n of   for each group    rows of        plain view
--                              customer           the customers                       plain columns
--
-- NAME_customers and NAME_buckets exist only where refresh is incremental: the values of changed customers are computed
-- again, then the buckets these are in, then the groups.  Nothing is ever added to or subtracted from a stored value.
-- The value of a customer is what a customer did (a history, an activity) where there is a type for that, which is
-- smaller than a summary of one customer; buckets are summaries.  Dimensions from another table come in through a
-- second mapping view, NAME_dimensions, once for a customer.
--
-- Functions called metric_view_... are the inside.  They run as whoever calls them; refresh(), verify() and other doors
-- in C first become the owner of the view.

CREATE TYPE metric_view_definition AS (
	view regclass, kind text, mode text,
	source regclass, source_name text, dimensions_from regclass, dimensions_name text,
	mapping regclass, dimensions_mapping regclass, data regclass, summaries regclass, customers regclass, buckets regclass, dirty regclass,
	ledger regclass, progress regclass,
	dimensions text[], options jsonb, definition_version integer, created_at timestamptz,
	-- what the last refresh left
	populated boolean, refreshed_at timestamptz, as_of date, tracking text, high_water timestamptz,
	bucket_count integer, customer_count bigint, skipped_rows bigint, row_count bigint,
	status text, message text, milliseconds double precision);
COMMENT ON TYPE metric_view_definition IS 'what a metric view is made of, and how its last refresh went; the tables of this type are the metric views';

-- helpers

CREATE FUNCTION metric_view_ratio(numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION metric_view_ratio(numeric) IS 'a ratio as views show it: 6 decimals, NULL from 10^18 on, which numeric(24,6) cannot say';

CREATE FUNCTION metric_view_amount(numeric) RETURNS numeric
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION metric_view_amount(numeric) IS 'an amount as views show it: 10 decimals, NULL from 10^28 on, which numeric(38,10) cannot say';

-- An object's name: that of the view and a suffix, shortened in the middle to what a name may take.
CREATE FUNCTION metric_view_name(view text, suffix text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	stem text := view;
BEGIN
	WHILE octet_length(convert_to(stem || suffix, getdatabaseencoding())) > 63 LOOP
		stem := left(view, length(stem) - CASE WHEN stem = view THEN 9 ELSE 10 END) || '_' || left(md5(view), 8);
	END LOOP;
	RETURN stem || suffix;
END $$;
COMMENT ON FUNCTION metric_view_name(text, text) IS 'the name of an object that belongs to a metric view';

-- Which columns of the source a kind needs and may use, its types, and what its refresh depends on.
CREATE FUNCTION metric_view_kind(
	INOUT kind text, OUT needed text[], OUT usable text[], OUT has_period boolean, OUT by_day boolean)
RETURNS record
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	SELECT k.needed, k.needed || k.optional, k.has_period, k.by_day
	INTO needed, usable, has_period, by_day
	FROM (VALUES
		('movements', '{customer,at,amount}'::text[], '{valid_to}'::text[], false, false),
		('cohort', '{customer,at}', '{}', false, false),
		('revenue_cohort', '{customer,at,amount}', '{valid_to}', false, false),
		('health', '{customer,signal,amount,weight}', '{}', false, false),
		('survey', '{at,amount}', '{customer}', true, false),
		('renewal', '{at,amount,renewed_on,renewed_amount}', '{customer}', true, true),
		('duration', '{at,done}', '{customer}', true, true),
		('usage', '{customer,at,amount}', '{}', false, false))
		AS k (name, needed, optional, has_period, by_day)
	WHERE k.name = metric_view_kind.kind;
	IF NOT FOUND THEN
		RAISE invalid_parameter_value USING
			MESSAGE = format('unknown kind of metric view %s', coalesce(quote_literal(kind), 'NULL')),
			DETAIL = 'Valid are movements, cohort, revenue_cohort, health, survey, renewal, duration and usage.';
	END IF;
END $$;
COMMENT ON FUNCTION metric_view_kind(text) IS 'what a kind of metric view needs, and what it is made of';

-- The version of what the numbers of a kind mean, which the ledger keeps beside them: raised whenever they change.
CREATE FUNCTION metric_view_version(kind text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE kind WHEN 'revenue_cohort' THEN 2 ELSE 1 END;
COMMENT ON FUNCTION metric_view_version(text) IS 'the version of the definitions of a kind of metric view';

-- The metric view that a relation is, with the table of its definition.  Only a table of the view's owner counts.
CREATE FUNCTION metric_view_find(view regclass, OUT table_of regclass, OUT def metric_view_definition) RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	FOR table_of IN
		SELECT c.oid
		FROM pg_class AS c JOIN pg_class AS v ON v.relowner = c.relowner AND v.oid = view
		WHERE c.reloftype = pg_typeof(def) AND c.relkind = 'r' AND NOT c.relrowsecurity
		ORDER BY c.relname <> ccx.metric_view_name(v.relname, '_definition')
	LOOP
		EXECUTE format('SELECT d.* FROM ONLY %s AS d WHERE d.view = $1', table_of) INTO def USING view;
		IF def.view = view THEN
			RETURN;
		END IF;
	END LOOP;
	IF NOT EXISTS (SELECT FROM pg_class WHERE oid = view) THEN
		RAISE undefined_table USING MESSAGE = 'the metric view was dropped just now';
	END IF;
	RAISE wrong_object_type USING
		MESSAGE = format('%s is not a metric view', view),
		DETAIL = 'No definition that belongs to its owner names it.',
		HINT = 'create_metric_view() makes one; metric_views lists those that there are. After a change of owner all objects of a metric view need the same owner.';
END $$;
COMMENT ON FUNCTION metric_view_find(regclass) IS 'the definition of a metric view, and the table that it is in';

-- Write a definition back.
CREATE FUNCTION metric_view_store(table_of regclass, def metric_view_definition) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	EXECUTE (SELECT format('UPDATE ONLY %s SET (%s) = (SELECT ($1).*)', table_of, string_agg(quote_ident(attname), ', ' ORDER BY attnum))
		FROM pg_attribute WHERE attrelid = table_of AND attnum > 0 AND NOT attisdropped) USING def;
END $$;
COMMENT ON FUNCTION metric_view_store(regclass, metric_view_definition) IS 'write the definition of a metric view back to its table';

-- What the definition says, as SQL --------------------------------------------------------------------------------------

-- A column of the source as its role needs it, or an error that says what is wrong with it.
CREATE FUNCTION metric_view_column(def metric_view_definition, role text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	name text := def.options ->> role;
	type text;
	wanted text;
BEGIN
	IF name IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT format_type(t.oid, NULL) INTO type
	FROM pg_attribute AS a, LATERAL (
		WITH RECURSIVE base (oid) AS (
			SELECT a.atttypid
			UNION ALL SELECT d.typbasetype FROM base JOIN pg_type AS d ON d.oid = base.oid WHERE d.typtype = 'd')
		SELECT b.oid FROM base AS b JOIN pg_type AS d ON d.oid = b.oid WHERE d.typtype <> 'd') AS t
	WHERE a.attrelid = def.source AND a.attname = name AND a.attnum > 0 AND NOT a.attisdropped;
	IF NOT FOUND THEN
		RAISE undefined_column USING
			MESSAGE = format('column %I of %s does not exist', name, def.source),
			DETAIL = format('The metric view was to take "%s" from it.', role),
			HINT = 'Mappings are names of columns; an expression belongs into a view, which can be the source.';
	END IF;

	IF role IN ('customer', 'signal') THEN
		RETURN format(CASE role WHEN 'signal' THEN 's.%I::text' ELSE 's.%I' END, name);
	ELSIF role IN ('amount', 'weight', 'renewed_amount') THEN
		IF type IN ('numeric', 'smallint', 'integer', 'bigint') THEN
			RETURN format('s.%I::numeric', name);
		END IF;
		wanted := 'numeric or an integer type';
	ELSIF role = 'changed_at' THEN
		IF type IN ('timestamp with time zone', 'timestamp without time zone') THEN
			RETURN format('s.%I::timestamptz', name);
		END IF;
		wanted := 'a timestamp';
	ELSIF type = 'timestamp with time zone' AND def.options ->> 'zone' IS NULL THEN
		RAISE invalid_parameter_value USING
			MESSAGE = format('column %I of %s is a timestamp with time zone', name, def.source),
			DETAIL = 'Which day it is depends on the zone.', HINT = 'Say which: zone => ''Europe/Berlin''.';
	ELSIF type IN ('date', 'timestamp without time zone', 'timestamp with time zone') THEN
		RETURN CASE WHEN type = 'timestamp with time zone' THEN format('(s.%I AT TIME ZONE %L)', name, def.options ->> 'zone')
		            ELSE format('s.%I', name) END
			|| CASE WHEN def.options ->> 'unit' = 'hour' THEN '::timestamp' WHEN type = 'date' THEN '' ELSE '::date' END;
	ELSE
		wanted := 'a date or a timestamp';
	END IF;
	RAISE datatype_mismatch USING
		MESSAGE = format('column %I of %s is of type %s', name, def.source, type),
		DETAIL = format('As "%s" a metric view takes %s.', role, wanted),
		HINT = 'Make a view that casts it, and take that as the source.';
END $$;
COMMENT ON FUNCTION metric_view_column(metric_view_definition, text) IS 'the expression of the mapping view for one role';

-- Where the = of PostgreSQL itself, which is all that the fixed search_path finds, is not what groups the values of a
-- column: for citext it compares case.  And where equal texts differ, so that one may stand for another and be hashed
-- otherwise.
CREATE FUNCTION metric_view_equality(relation regclass, name text, OUT own_type text, OUT loose_collation regcollation) RETURNS record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH RECURSIVE base (oid, coll) AS (
		SELECT a.atttypid, a.attcollation FROM pg_attribute AS a
		WHERE a.attrelid = metric_view_equality.relation AND a.attname = metric_view_equality.name AND a.attnum > 0 AND NOT a.attisdropped
		UNION ALL SELECT d.typbasetype, b.coll FROM base AS b JOIN pg_type AS d ON d.oid = b.oid WHERE d.typtype = 'd')
	SELECT min(format_type(b.oid, NULL)) FILTER (WHERE EXISTS (
			SELECT FROM pg_opclass AS o
			JOIN pg_am AS m ON m.oid = o.opcmethod AND m.amname = 'btree'
			JOIN pg_amop AS p ON p.amopfamily = o.opcfamily AND p.amoplefttype = b.oid AND p.amoprighttype = b.oid AND p.amopstrategy = 3
			JOIN pg_operator AS e ON e.oid = p.amopopr
			WHERE o.opcintype = b.oid AND o.opcdefault AND e.oprnamespace <> 'pg_catalog'::regnamespace)),
		min(b.coll) FILTER (WHERE EXISTS (SELECT FROM pg_collation AS c WHERE c.oid = b.coll AND NOT c.collisdeterministic))::regcollation
	FROM base AS b;
END;
COMMENT ON FUNCTION metric_view_equality(regclass, text) IS 'what is special about the equality of a column: its type, where that has an operator of its own, and its collation, where that is not deterministic';

-- The query of the mapping view.  PostgreSQL keeps it right when tables and columns are renamed.
CREATE FUNCTION metric_view_mapping(def metric_view_definition) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record := ccx.metric_view_kind(def.kind);
	dimension text;
	dimension_table regclass := coalesce(def.dimensions_from, def.source);
	columns text[] := '{}';
	role text;
	key text := def.options ->> 'dimensions_customer';
BEGIN
	FOREACH role IN ARRAY kind.usable || CASE WHEN def.options ? 'changed_at' THEN '{changed_at}'::text[] ELSE '{}' END LOOP
		IF def.options ->> role IS NOT NULL THEN
			columns := columns || format('%s AS %I', ccx.metric_view_column(def, role), role);
		ELSIF role = ANY (kind.needed) THEN
			RAISE invalid_parameter_value USING
				MESSAGE = format('a metric view of kind %s needs %s', def.kind, role),
				DETAIL = format('It is made of %s.', array_to_string(kind.needed, ', ')),
				HINT = format('Say which column of %s it is: %I => ''COLUMN''.', def.source, role);
		END IF;
	END LOOP;
	FOREACH dimension IN ARRAY def.dimensions LOOP
		IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = dimension_table AND attname = dimension AND attnum > 0 AND NOT attisdropped) THEN
			RAISE undefined_column USING MESSAGE = format('column %I of %s does not exist', dimension, dimension_table),
				DETAIL = 'The metric view has it as a dimension.';
		END IF;
		columns := columns || format('coalesce(%s.%I::text, ''(none)'') AS %I',
			CASE WHEN def.dimensions_from IS NULL THEN 's' ELSE 'd' END, dimension, dimension);
	END LOOP;
	RETURN format('SELECT %s FROM %s AS s', array_to_string(columns, ', '), def.source)
		|| CASE WHEN def.dimensions_from IS NULL THEN '' ELSE
			format(' LEFT JOIN %s AS d ON d.%I = s.%I', def.dimensions_from, key, def.options ->> 'customer') END;
END $$;
COMMENT ON FUNCTION metric_view_mapping(metric_view_definition) IS 'the query of the mapping view of a metric view';

-- The query of the mapping view of dimensions from another table.
CREATE FUNCTION metric_view_dimensions_mapping(def metric_view_definition) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN format('SELECT %I AS customer, %s FROM %s', (def).options ->> 'dimensions_customer',
	(SELECT string_agg(format('%1$I::text AS %1$I', d), ', ' ORDER BY i) FROM unnest((def).dimensions) WITH ORDINALITY AS n (d, i)), (def).dimensions_from);
COMMENT ON FUNCTION metric_view_dimensions_mapping(metric_view_definition) IS 'the query of the mapping view of dimensions from another table';

-- Do the dimensions come with the rows of the source, so that a customer may have several?
CREATE FUNCTION metric_view_row_dimensions(def metric_view_definition) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN cardinality((def).dimensions) > 0 AND (def).dimensions_from IS NULL;
COMMENT ON FUNCTION metric_view_row_dimensions(metric_view_definition) IS 'whether dimensions come with the rows of the source';

CREATE FUNCTION metric_view_list(names text[], before text DEFAULT '', after text DEFAULT '') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce((SELECT before || string_agg(quote_ident(name), ', ' ORDER BY i) || after FROM unnest(names) WITH ORDINALITY AS n (name, i)), '');
COMMENT ON FUNCTION metric_view_list(text[], text, text) IS 'a list of names, with what goes before and after it where there are any';

-- The values of single customers: customer, dimensions, period where the kind has one, value, first_at, last_at.
-- Dimensions from another table are looked up once for a customer, not for each of its rows.
CREATE FUNCTION metric_view_customer_query(def metric_view_definition, condition text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record := ccx.metric_view_kind(def.kind);
	row_dimensions boolean := ccx.metric_view_row_dimensions(def);
	names text := CASE WHEN row_dimensions THEN ccx.metric_view_list(def.dimensions, '', ', ') ELSE '' END;
	steps text := format('%L, %L', def.options ->> 'step', def.options ->> 'span');
	month text := CASE def.kind WHEN 'usage' THEN 'ccx.period_start(at, ''month'')' ELSE 'at' END;
	-- the end of running subscriptions is not in the data: they are observed up to now
	edges text := CASE WHEN def.options ? 'valid_to' THEN 'min(at) AS first_at, ''infinity''::date AS last_at'
		WHEN def.kind = 'health' THEN 'NULL::date AS first_at, NULL::date AS last_at'
		ELSE 'min(at)::date AS first_at, max(at)::date AS last_at' END;
	value text := CASE def.kind
		WHEN 'cohort' THEN format('ccx.activity_agg(at, %L)', def.options ->> 'step')
		WHEN 'health' THEN 'ccx.health_agg(signal, amount, weight)'
		ELSE format('ccx.mrr_history(%s, amount)', CASE WHEN def.options ? 'valid_to' THEN 'at, valid_to' ELSE month END) END;
	rows text;
BEGIN
	IF kind.has_period THEN
		rows := format('SELECT %s AS customer, %sccx.period_start(at::date, %L) AS period, %s AS value, %s FROM %s WHERE at IS NOT NULL AND %s GROUP BY 1, %speriod',
			CASE WHEN def.options ? 'customer' THEN 'customer' ELSE 'NULL::text' END,
			names, def.options ->> 'step', ccx.metric_view_event_aggregate(def), edges, def.mapping, condition, names);
	ELSIF row_dimensions AND def.kind IN ('movements', 'usage') THEN
		-- where the customer was at opening: only the one-pass aggregate knows, from the rows
		rows := format('SELECT customer, %s, p.movements AS value, first_at, last_at FROM (SELECT customer, ccx.mrr_movements_by(customer, %s, amount, %s, %s) AS parts, %s FROM %s WHERE customer IS NOT NULL AND %s GROUP BY customer) AS c, unnest(parts) AS p',
			ccx.metric_view_segment_columns(def), month, ccx.metric_view_segment(def), steps, edges, def.mapping, condition);
	ELSIF row_dimensions THEN
		-- one customer is in one group: the one of its first row
		rows := format('SELECT customer, %s, value, first_at, last_at FROM (SELECT customer, min(ARRAY[%s%s] COLLATE "C") AS home, %s AS value, %s FROM %s WHERE customer IS NOT NULL AND %s GROUP BY customer) AS c',
			(SELECT string_agg(format('home[%s] AS %I', i + 1, name), ', ' ORDER BY i) FROM unnest(def.dimensions) WITH ORDINALITY AS n (name, i)),
			CASE def.kind WHEN 'health' THEN '''''' ELSE 'at::text' END, ccx.metric_view_list(def.dimensions, ', '), value, edges, def.mapping, condition);
	ELSE
		rows := format('SELECT customer, %s AS value, %s FROM %s WHERE customer IS NOT NULL AND %s GROUP BY customer', value, edges, def.mapping, condition);
	END IF;
	IF def.dimensions_from IS NOT NULL THEN
		rows := format('SELECT c.customer, %s, %sc.value, c.first_at, c.last_at FROM (%s) AS c LEFT JOIN (SELECT * FROM %s WHERE %s) AS d ON d.customer = c.customer',
			(SELECT string_agg(format('coalesce(d.%I, ''(none)'') AS %I', name, name), ', ' ORDER BY i) FROM unnest(def.dimensions) WITH ORDINALITY AS n (name, i)),
			CASE WHEN kind.has_period THEN 'c.period, ' ELSE '' END, rows, def.dimensions_mapping, condition);
	END IF;
	RETURN rows;
END $$;
COMMENT ON FUNCTION metric_view_customer_query(metric_view_definition, text) IS 'the query that computes the values of single customers';

-- What makes a summary of the values of customers.
CREATE FUNCTION metric_view_value_aggregate(def metric_view_definition) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE
		WHEN def.kind IN ('movements', 'usage') AND NOT ccx.metric_view_row_dimensions(def)
			THEN format('ccx.mrr_movements_agg(value, %L, %L)', def.options ->> 'step', def.options ->> 'span')
		WHEN def.kind = 'cohort' THEN 'ccx.cohort_agg(value)'
		WHEN def.kind = 'revenue_cohort' THEN format('ccx.cohort_revenue_agg(value, %L)', def.options ->> 'step')
		ELSE 'ccx.rollup(value)' END;
END $$;
COMMENT ON FUNCTION metric_view_value_aggregate(metric_view_definition) IS 'the aggregate over the values of customers';

CREATE FUNCTION metric_view_event_aggregate(def metric_view_definition) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN CASE def.kind
		WHEN 'survey' THEN format('ccx.survey_agg(amount, %L)', def.options ->> 'scale')
		WHEN 'renewal' THEN format('ccx.renewal_agg(at, amount, renewed_on, renewed_amount, %L::date, %s)', def.as_of, def.options ->> 'grace')
		WHEN 'duration' THEN CASE def.options ->> 'unit'
			WHEN 'hour' THEN format('ccx.duration_agg(at, done, (%L::date + 1)::timestamp, ''hour'')', def.as_of)
			ELSE format('ccx.duration_agg(at, done, %L::date)', def.as_of) END
	END;
END $$;
COMMENT ON FUNCTION metric_view_event_aggregate(metric_view_definition) IS 'the aggregate over rows of the kinds that are made of events';

-- Several dimensions travel through the segment of mrr_movements_by() as one JSON array.
CREATE FUNCTION metric_view_segment(def metric_view_definition) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT CASE count(*) WHEN 1 THEN min(item) ELSE format('json_build_array(%s)::text', string_agg(item, ', ' ORDER BY i)) END
	FROM (SELECT format('coalesce(%I, ''(none)'')', name), i FROM unnest((def).dimensions) WITH ORDINALITY AS n (name, i)) AS d (item, i));
COMMENT ON FUNCTION metric_view_segment(metric_view_definition) IS 'the dimensions as one text';

CREATE FUNCTION metric_view_segment_columns(def metric_view_definition) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT string_agg(format('coalesce(p.segment%s, ''(none)'') AS %I',
		CASE cardinality((def).dimensions) WHEN 1 THEN '' ELSE '::json ->> ' || i - 1 END, name), ', ' ORDER BY i)
	FROM unnest((def).dimensions) WITH ORDINALITY AS n (name, i));
COMMENT ON FUNCTION metric_view_segment_columns(metric_view_definition) IS 'the dimensions out of one text';

-- The groups straight from the source: dimensions, period where the kind has one, summary, first_at, last_at.
CREATE FUNCTION metric_view_group_query(def metric_view_definition) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record := ccx.metric_view_kind(def.kind);
	names text := ccx.metric_view_list(def.dimensions, '', ', ');
	groups text := ccx.metric_view_list(def.dimensions, ' GROUP BY ', '');
	steps text := format('%L, %L', def.options ->> 'step', def.options ->> 'span');
	month text := CASE def.kind WHEN 'usage' THEN 'ccx.period_start(at, ''month'')' ELSE 'at' END;
	one_pass text;
BEGIN
	IF kind.has_period THEN
		RETURN format('SELECT %sccx.period_start(at::date, %L) AS period, %s AS summary, min(at)::date AS first_at, max(at)::date AS last_at FROM %s WHERE at IS NOT NULL GROUP BY %speriod',
			names, def.options ->> 'step', ccx.metric_view_event_aggregate(def), def.mapping, names);
	END IF;
	IF def.kind IN ('movements', 'usage') AND NOT def.options ? 'valid_to' THEN
		IF ccx.metric_view_row_dimensions(def) THEN
			RETURN format('SELECT %s, p.movements AS summary, first_at, last_at FROM (SELECT ccx.mrr_movements_by(customer, %s, amount, %s, %s) AS parts, min(at)::date AS first_at, max(at)::date AS last_at FROM %s WHERE customer IS NOT NULL) AS g, unnest(parts) AS p',
				ccx.metric_view_segment_columns(def), month, ccx.metric_view_segment(def), steps, def.mapping);
		END IF;
		IF def.dimensions_mapping IS NOT NULL AND 1 = (
			SELECT count(DISTINCT (a.atttypid, a.attcollation)) FROM pg_attribute AS a
			WHERE a.attname = 'customer' AND a.attrelid IN (def.mapping, def.dimensions_mapping))
		THEN
			-- rows of the dimensions say where customers are: cheaper than a join with all rows of the source.  Who has
			-- none is in no segment, and its dimensions are (none).
			RETURN format('SELECT %sccx.rollup(movements) AS summary, min(first_at) AS first_at, max(last_at) AS last_at FROM ('
				'SELECT %s, p.movements, first_at, last_at FROM ('
				'SELECT ccx.metric_view_movements(customer, %s, amount, home, %s) AS parts, min(at)::date AS first_at, max(at)::date AS last_at '
				'FROM (SELECT customer, at, amount, NULL::text AS home FROM %s UNION ALL SELECT customer, NULL::date, NULL::numeric, (%s) FROM %s) AS u WHERE customer IS NOT NULL) AS g, '
				'unnest(parts) AS p) AS s%s',
				names, ccx.metric_view_segment_columns(def), month, steps, def.mapping, ccx.metric_view_segment(def), def.dimensions_mapping, groups);
		END IF;
		one_pass := format('ccx.mrr_movements_agg(customer, %s, amount, %s)', month, steps);
	ELSIF def.kind = 'cohort' AND NOT ccx.metric_view_row_dimensions(def) THEN
		one_pass := format('ccx.cohort_retention(customer, at, %L)', def.options ->> 'step');
	END IF;
	IF one_pass IS NOT NULL THEN
		RETURN format('SELECT %s%s AS summary, min(at)::date AS first_at, max(at)::date AS last_at FROM %s WHERE customer IS NOT NULL%s HAVING count(*) > 0',
			names, one_pass, def.mapping, groups);
	END IF;
	RETURN format('SELECT %s%s AS summary, min(first_at) AS first_at, max(last_at) AS last_at FROM (%s) AS c%s HAVING count(*) > 0',
		names, ccx.metric_view_value_aggregate(def), ccx.metric_view_customer_query(def, 'true'), groups);
END $$;
COMMENT ON FUNCTION metric_view_group_query(metric_view_definition) IS 'the query that computes the groups of a metric view from its source';

-- The columns of a kind: name, type, expression over s (a row of the summaries) and r (what is unfolded from it), comment.
CREATE FUNCTION metric_view_columns(def metric_view_definition)
RETURNS TABLE (ordinal bigint, name text, type text, expression text, explanation text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	own text[];
	dimension text;
	unit text := CASE def.kind WHEN 'usage' THEN 'usage' ELSE 'mrr' END;
	what text := CASE def.kind WHEN 'usage' THEN 'usage' ELSE 'MRR' END;
	scale text := def.options ->> 'scale';
BEGIN
	-- name|type|expression|comment; types: amount, ratio and count stand for the types of all amounts, ratios and counts
	own := CASE
	WHEN def.kind IN ('movements', 'usage') THEN ARRAY[
		'period|date|r.period|first day of the period, key',
		'is_complete|boolean|ccx.period_end(r.period, {step}) < {as_of}|whether the period was over at the last refresh',
		'opening_{unit}|amount|ccx.opening_mrr(r.summary)|{what} of all customers at opening: denominator of nrr and grr',
		'new_{unit}|amount|ccx.new_mrr(r.summary)|closing {what} of customers never seen before',
		'reactivation_{unit}|amount|ccx.reactivation_mrr(r.summary)|closing {what} of customers that were back',
		'expansion_{unit}|amount|ccx.expansion_mrr(r.summary)|what customers grew by',
		'contraction_{unit}|amount|ccx.contraction_mrr(r.summary)|what customers that stayed shrank by',
		'churned_{unit}|amount|ccx.churned_mrr(r.summary)|opening {what} of customers that left',
		'closing_{unit}|amount|ccx.closing_mrr(r.summary)|{what} of all customers at closing',
		'retained_{unit}|amount|ccx.retained_mrr(r.summary)|closing {what} of the customers of the opening: numerator of nrr',
		'gross_retained_{unit}|amount|ccx.opening_mrr(r.summary) - ccx.contraction_mrr(r.summary) - ccx.churned_mrr(r.summary)|the same with nobody above its opening: numerator of grr',
		'nrr|ratio|ccx.nrr(r.summary)|net retention of the period; does not add up over rows',
		'grr|ratio|ccx.grr(r.summary)|gross retention of the period; does not add up over rows',
		'logo_retention|ratio|ccx.logo_retention(r.summary)|share of the customers of the opening that stayed; does not add up over rows',
		'logo_retention_low|double precision|l.low|95 % interval of logo_retention, NULL for too few customers',
		'logo_retention_high|double precision|l.high|95 % interval of logo_retention, NULL for too few customers',
		'opening_customers|count|ccx.opening_customers(r.summary)|customers at opening',
		'new_customers|count|ccx.new_customers(r.summary)|customers never seen before',
		'reactivation_customers|count|ccx.reactivation_customers(r.summary)|customers that were back',
		'expansion_customers|count|ccx.expansion_customers(r.summary)|customers that grew',
		'contraction_customers|count|ccx.contraction_customers(r.summary)|customers that shrank and stayed',
		'churned_customers|count|ccx.churned_customers(r.summary)|customers that left',
		'closing_customers|count|ccx.closing_customers(r.summary)|customers at closing',
		'retained_customers|count|ccx.retained_customers(r.summary)|customers of the opening that stayed: numerator of logo_retention',
		'summary|ccx.retention_summary|r.summary|the summary, for rollup(), intervals and drivers()']
	WHEN def.kind IN ('cohort', 'revenue_cohort') THEN ARRAY[
		'cohort|date|r.cohort|first day of the period that customers of the row began in, key',
		'period|integer|r.period|periods since then, key',
		'cohort_size|count|r.cohort_size|customers of the cohort',
		'eligible|count|r.eligible|customers that could be observed in this period: denominator of retention',
		'active|count|r.active|customers active in this period: numerator of retention',
		'retention|ratio|r.retention|share of the cohort that was active; does not add up over rows']
		|| CASE WHEN def.kind = 'revenue_cohort' THEN ARRAY[
		'mrr|amount|r.mrr|MRR of the cohort in this period: numerator of net_retention',
		'capped_mrr|amount|r.capped_mrr|the same with no customer above its first MRR: numerator of gross_retention',
		'base_mrr|amount|r.base_mrr|MRR of the cohort in its first period: denominator of net_retention and gross_retention',
		'net_retention|ratio|r.net_retention|MRR in this period by MRR in the first; does not add up over rows',
		'gross_retention|ratio|r.gross_retention|the same with no customer above its first MRR; does not add up over rows'] ELSE '{}' END
		|| ARRAY['is_complete|boolean|r.is_complete|whether the period is over for the whole cohort']
	WHEN def.kind = 'health' THEN ARRAY[
		'customers|count|ccx.health_customers(s.summary)|customers with a signal',
		'weighted_score|amount|(SELECT sum((g ->> ''weight_by_score'')::numeric) FROM jsonb_array_elements(ccx.describe(s.summary) -> ''signals'') AS g)|sum of weight by score over all signals: numerator of health_score',
		'present_weight|amount|(SELECT sum((g ->> ''weight'')::numeric) FROM jsonb_array_elements(ccx.describe(s.summary) -> ''signals'') AS g)|weight that was present: denominator of health_score, numerator of health_coverage',
		'total_weight|amount|(SELECT sum((g ->> ''weight'')::numeric + (g ->> ''missing_weight'')::numeric) FROM jsonb_array_elements(ccx.describe(s.summary) -> ''signals'') AS g)|weight present and missing: denominator of health_coverage',
		'health_score|ratio|ccx.health_score(s.summary)|weighted mean of all signals, 0 to 100; does not add up over rows',
		'health_coverage|ratio|ccx.health_coverage(s.summary)|share of the weight that was present; does not add up over rows',
		'health_band|text|ccx.health_band(s.summary)|red, yellow or green',
		'summary|ccx.health_summary|s.summary|the summary, for rollup() and health_drivers()']
	WHEN def.kind = 'survey' THEN ARRAY[
		'period|date|s.period|first day of the period of the answers, key',
		'is_complete|boolean|ccx.period_end(s.period, {step}) < {as_of}|whether the period was over at the last refresh',
		'responses|count|ccx.responses(s.summary)|answers']
		|| CASE scale WHEN 'nps' THEN ARRAY[
		'promoters|count|ccx.promoters(s.summary)|answers of 9 and 10',
		'passives|count|ccx.passives(s.summary)|answers of 7 and 8',
		'detractors|count|ccx.detractors(s.summary)|answers of 0 to 6',
		'nps|ratio|ccx.nps(s.summary)|100 (promoters - detractors) / responses; does not add up over rows',
		'nps_low|double precision|n.low|95 % interval of nps',
		'nps_high|double precision|n.high|95 % interval of nps']
		WHEN '1-5' THEN ARRAY[
		'satisfied|count|(d.j ->> ''score_4'')::bigint + (d.j ->> ''score_5'')::bigint|answers of 4 and 5: numerator of csat',
		'csat|ratio|ccx.csat(s.summary)|share of answers of 4 and 5; does not add up over rows']
		ELSE ARRAY[
		'score_total|count|(SELECT sum(i * (d.j ->> concat(''score_'', i))::bigint) FROM generate_series(1, 7) AS i)|sum of all answers: numerator of ces',
		'easy|count|(SELECT sum((d.j ->> concat(''score_'', i))::bigint) FROM generate_series(5, 7) AS i)|answers of 5 and more: numerator of ces_easy',
		'ces|ratio|ccx.ces(s.summary)|mean answer from 1 to 7; does not add up over rows',
		'ces_easy|ratio|ccx.ces_easy(s.summary)|share of answers of 5 and more; does not add up over rows'] END
		|| ARRAY['summary|ccx.survey_summary|s.summary|the summary, for rollup() and intervals']
	WHEN def.kind = 'renewal' THEN ARRAY[
		'period|date|s.period|first day of the period that renewals were due in, key',
		'is_complete|boolean|ccx.period_end(s.period, {step}) < {as_of}|whether the period was over at the last refresh',
		'due_renewals|count|ccx.due_count(s.summary)|renewals due and decided: denominator of logo_renewal_rate',
		'renewed_renewals|count|ccx.renewed_count(s.summary)|of these, renewed in time or within the grace: numerator of logo_renewal_rate, denominator of on_time_rate',
		'on_time_renewals|count|ccx.on_time_count(s.summary)|of these, renewed by the due date: numerator of on_time_rate',
		'lost_renewals|count|ccx.lost_count(s.summary)|of these, not renewed',
		'open_renewals|count|ccx.open_count(s.summary)|renewals still open, in no rate',
		'recovered_renewals|count|ccx.recovered_count(s.summary)|lost, and signed later; in no rate',
		'due_arr|amount|ccx.due_arr(s.summary)|ARR due and decided: denominator of renewal_rate',
		'renewed_arr|amount|ccx.renewed_arr(s.summary)|ARR renewed: numerator of renewal_rate',
		'capped_arr|amount|(ccx.describe(s.summary) ->> ''renewed_arr_capped'')::numeric|the same with no renewal above what was due: numerator of gross_renewal_rate',
		'lost_arr|amount|ccx.lost_arr(s.summary)|ARR of lost renewals',
		'open_arr|amount|ccx.open_arr(s.summary)|ARR still open',
		'renewal_rate|ratio|ccx.renewal_rate(s.summary)|ARR renewed by ARR due; does not add up over rows',
		'gross_renewal_rate|ratio|ccx.gross_renewal_rate(s.summary)|the same with no renewal above what was due; does not add up over rows',
		'logo_renewal_rate|ratio|ccx.logo_renewal_rate(s.summary)|renewals by renewals due; does not add up over rows',
		'on_time_rate|ratio|ccx.on_time_rate(s.summary)|renewals on time by renewals renewed; does not add up over rows',
		'summary|ccx.renewal_summary|s.summary|the summary, for rollup()']
	WHEN def.kind = 'duration' THEN ARRAY[
		'period|date|s.period|first day of the period of the starts, key',
		'is_complete|boolean|ccx.period_end(s.period, {step}) < {as_of}|whether the period was over at the last refresh',
		'starts|count|ccx.event_count(s.summary) + ccx.censored_count(s.summary)|who started',
		'arrived|count|ccx.event_count(s.summary)|who arrived by the last refresh',
		'median_time|integer|ccx.km_median(s.summary)|median time, Kaplan-Meier, in whole units; NULL if not reached',
		'p90_time|integer|ccx.km_quantile(s.summary, 0.9)|time that 90 in 100 need, Kaplan-Meier; NULL if not reached',
		'summary|ccx.duration_summary|s.summary|the summary, for rollup(), km_curve() and log_rank()']
	END;
	ordinal := 0;
	FOR name, type, expression, explanation IN
		SELECT split_part(c, '|', 1), split_part(c, '|', 2), split_part(c, '|', 3), split_part(c, '|', 4)
		FROM (SELECT replace(replace(replace(replace(column_, '{unit}', unit), '{what}', what),
			'{step}', quote_literal(def.options ->> 'step')), '{as_of}', quote_literal(def.as_of) || '::date')
			FROM unnest(own) AS o (column_)) AS o (c)
	LOOP
		ordinal := ordinal + 1;
		CASE type
			WHEN 'amount' THEN
				type := 'numeric(38,10)';
				expression := format('ccx.metric_view_amount(%s)', expression);
			WHEN 'ratio' THEN
				type := 'numeric(24,6)';
				expression := format('ccx.metric_view_ratio(%s)', expression);
			WHEN 'count' THEN
				type := 'bigint';
			ELSE
		END CASE;
		RETURN NEXT;
		IF ordinal = 1 THEN
			-- dimensions stand behind the first column
			FOREACH dimension IN ARRAY def.dimensions LOOP
				IF EXISTS (SELECT FROM unnest(own) AS o (column_) WHERE split_part(replace(column_, '{unit}', unit), '|', 1) = dimension) THEN
					RAISE duplicate_column USING
						MESSAGE = format('dimension %I has the name of a column of kind %s', dimension, def.kind),
						HINT = 'Make a view that names it otherwise, and take that as the source.';
				END IF;
				ordinal := ordinal + 1;
				name := dimension;
				type := 'text';
				expression := format('s.%I', dimension);
				explanation := 'dimension, key; (none) where the source has NULL';
				RETURN NEXT;
			END LOOP;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION metric_view_columns(metric_view_definition) IS 'the columns of the data of a metric view';

-- The rows of plain columns, from the groups in a relation.
CREATE FUNCTION metric_view_data_query(def metric_view_definition, summaries text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	columns text;
	partial boolean := coalesce((def.options ->> 'include_partial')::boolean, false);
	grain text := CASE WHEN def.kind IN ('movements', 'usage') THEN 'month' ELSE def.options ->> 'step' END;
	-- the last day of the last period that is over
	over date := ccx.period_start(def.as_of, grain) - 1;
	observed_from text := format('(SELECT min(first_at) FROM %s)', summaries);
	observed_to text := CASE WHEN partial AND NOT def.options ? 'valid_to' THEN format('(SELECT max(last_at) FROM %s)', summaries)
		WHEN partial THEN format('%L::date', def.as_of)
		ELSE format('(SELECT least(max(last_at), %L::date) FROM %s)', over, summaries) END;
	-- rows of MRR are for a whole month
	month_end text := 'ccx.period_end(last, ''month'')';
BEGIN
	IF def.kind = 'revenue_cohort' AND NOT def.options ? 'valid_to' THEN
		-- The MRR of a step is that at its end: not known before its last month is there.
		observed_to := format('(SELECT least(%s, ccx.period_start(%s + 1, %L) - 1) FROM (SELECT max(last_at) AS last FROM %s) AS l)',
			CASE WHEN partial THEN format('CASE WHEN %s < %L THEN %1$s ELSE last END', month_end, def.as_of) ELSE format('%L::date', over) END,
			month_end, grain, summaries);
	END IF;
	SELECT string_agg(format('(%s)::%s AS %I', expression, type, name), ', ' ORDER BY ordinal) INTO columns
	FROM ccx.metric_view_columns(def);
	RETURN format('SELECT %s FROM %s AS s', columns, summaries) || CASE
		WHEN def.kind IN ('movements', 'usage') THEN
			format(', LATERAL ccx.retention_summaries(s.summary, %s, %s) AS r (period, summary)', observed_from, observed_to)
			|| ', LATERAL ccx.logo_retention_ci(r.summary) AS l'
		WHEN def.kind IN ('cohort', 'revenue_cohort') THEN
			format(', LATERAL ccx.cohort_table(s.summary, ''on'', %s) AS r', observed_to)
		WHEN def.kind = 'survey' THEN
			CASE def.options ->> 'scale' WHEN 'nps' THEN ', LATERAL ccx.nps_ci(s.summary) AS n' ELSE ', LATERAL ccx.describe(s.summary) AS d (j)' END
			|| CASE WHEN partial THEN '' ELSE format(' WHERE s.period <= %L::date', over) END
		ELSE '' END;
END $$;
COMMENT ON FUNCTION metric_view_data_query(metric_view_definition, text) IS 'the query that unfolds groups into rows of plain columns';

-- The columns that a row is known by.
CREATE FUNCTION metric_view_keys(def metric_view_definition, of_data boolean) RETURNS text[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record := ccx.metric_view_kind(def.kind);
BEGIN
	RETURN CASE
		WHEN of_data AND def.kind IN ('cohort', 'revenue_cohort') THEN '{cohort,period}'::text[]
		WHEN kind.has_period OR of_data AND def.kind IN ('movements', 'usage') THEN '{period}'
		ELSE '{}' END || def.dimensions;
END $$;
COMMENT ON FUNCTION metric_view_keys(metric_view_definition, boolean) IS 'the key of the data, or of the summaries, of a metric view';

-- The rows of a query.  Within a statement that writes, only what a function runs gets parallel workers.
CREATE FUNCTION metric_view_rows(query text) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY EXECUTE query;
END $$;
COMMENT ON FUNCTION metric_view_rows(text) IS 'the rows of a query, computed by parallel workers where that is worth it';

-- Some columns of a table as a definition of columns, with their collations, without which records cannot be compared.
-- Of char(n) that has to be bpchar, for character alone is of length 1.
CREATE FUNCTION metric_view_column_list(relation regclass, columns text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT string_agg(concat(quote_ident(a.attname), ' ', format_type(a.atttypid, -1), ' COLLATE ' || nullif(a.attcollation, 0)::regcollation), ', ' ORDER BY u.i)
	FROM unnest(columns) WITH ORDINALITY AS u (name, i) JOIN pg_attribute AS a ON a.attrelid = relation AND a.attname = u.name);
COMMENT ON FUNCTION metric_view_column_list(regclass, text[]) IS 'names, types and collations of some columns of a table';

-- The same as an item of FROM, with some columns of a table.
CREATE FUNCTION metric_view_rows_of(query text, target regclass, columns text[]) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN format('ccx.metric_view_rows(%L) AS r (%s)', format('SELECT %s FROM (%s) AS q', ccx.metric_view_list(columns), query), ccx.metric_view_column_list(target, columns));
COMMENT ON FUNCTION metric_view_rows_of(text, regclass, text[]) IS 'the rows of a query as an item of FROM';

-- A condition that a row is in one of some groups, which are objects of their keys; true where there are no groups to tell.
CREATE FUNCTION metric_view_in_groups(relation regclass, keys text[], groups jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN CASE WHEN groups IS NULL OR cardinality(keys) = 0 THEN 'true' ELSE format('(%s) IN (SELECT %s FROM jsonb_to_recordset(%L) AS g (%s))',
	ccx.metric_view_list(keys), ccx.metric_view_list(keys), groups, ccx.metric_view_column_list(relation, keys)) END;
COMMENT ON FUNCTION metric_view_in_groups(regclass, text[], jsonb) IS 'the condition that a row is in one of some groups';

-- Make a table equal to a query where a condition holds, and say how many rows changed; the query gives no other rows.
-- Only rows that differ are written, and found by their place, not by the index.  Readers see the old rows until the
-- transaction ends.  Neither side comes in an order that a merge join could use, and how many rows the query gives nobody
-- can tell the planner.  Who refreshes in an old snapshot may put a row that another refresh has put since (23505), but
-- then cannot store what became of it in the definition either (40001).
CREATE FUNCTION metric_view_replace(target regclass, keys text[], query text, condition text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET enable_mergejoin = off
AS $$
DECLARE
	columns text[] := ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = target AND attnum > 0 AND NOT attisdropped ORDER BY attnum);
	rest text[] := ARRAY(SELECT c FROM unnest(columns) WITH ORDINALITY AS u (c, i) WHERE c <> ALL (keys) ORDER BY i);
	all_new text := (SELECT string_agg(format('n.%I', c), ', ' ORDER BY i) FROM unnest(columns) WITH ORDINALITY AS u (c, i));
	rest_new text := (SELECT string_agg(format('n.%I', c), ', ' ORDER BY i) FROM unnest(rest) WITH ORDINALITY AS u (c, i));
	changed bigint;
BEGIN
	-- no column is called ctid or stale
	EXECUTE format(
		'MERGE INTO ONLY %4$s AS t '
		'USING (SELECT t.ctid, coalesce(n.stale, true) AS stale, %2$s FROM (SELECT ctid, %3$s FROM ONLY %4$s WHERE %5$s) AS t '
		'FULL JOIN (SELECT false AS stale, r.* FROM %1$s) AS n ON %6$s '
		'WHERE t.ctid IS NULL OR n.stale IS NULL OR ROW(%7$s)::record *<> ROW(%8$s)::record) AS n ON t.ctid = n.ctid '
		'WHEN MATCHED AND n.stale THEN DELETE '
		'WHEN MATCHED THEN UPDATE SET (%9$s) = ROW(%8$s) '
		'WHEN NOT MATCHED THEN INSERT (%3$s) VALUES (%2$s)',
		ccx.metric_view_rows_of(query, target, columns), all_new, ccx.metric_view_list(columns), target, condition,
		coalesce((SELECT string_agg(format('n.%1$I = t.%1$I', k), ' AND ') FROM unnest(keys) AS k), 'true'),
		(SELECT string_agg(format('t.%I', c), ', ' ORDER BY i) FROM unnest(rest) WITH ORDINALITY AS u (c, i)), rest_new,
		ccx.metric_view_list(rest));
	GET DIAGNOSTICS changed = ROW_COUNT;
	RETURN changed;
END $$;
COMMENT ON FUNCTION metric_view_replace(regclass, text[], text, text) IS 'make the rows of a table that a condition holds for equal to a query';

CREATE FUNCTION metric_view_replace(target regclass, keys text[], query text) RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
RETURN ccx.metric_view_replace(target, keys, query, 'true');
COMMENT ON FUNCTION metric_view_replace(regclass, text[], text) IS 'make a table equal to a query';

-- Tracking: which customers changed ------------------------------------------------------------------------------------

-- The relations that rows of the source, or of the table of the dimensions, can be in: partitions and children included.
CREATE FUNCTION metric_view_relations(def metric_view_definition)
RETURNS TABLE (relation regclass, for_dimensions boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
	WITH RECURSIVE r (relation, for_dimensions) AS (
		SELECT (def).source::oid, false
		UNION SELECT (def).dimensions_from::oid, true WHERE (def).dimensions_from IS NOT NULL
		UNION SELECT i.inhrelid, r.for_dimensions FROM r JOIN pg_inherits AS i ON i.inhparent = r.relation)
	SELECT r.relation::regclass, r.for_dimensions FROM r;
END;
COMMENT ON FUNCTION metric_view_relations(metric_view_definition) IS 'the tables, partitions and children that rows of a metric view come from';

-- The triggers call one function in C, which finds the metric view in their WHEN clause (src/metric_track.c).  A
-- statement is noted in one row: which customers it touched, or, when these are more than 1 % of all, that everything has
-- to be computed again.
CREATE FUNCTION metric_view_note() RETURNS trigger
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION metric_view_note() IS 'notes the customers that a statement changed, for the metric view in the WHEN clause of the trigger';

-- Drop them all, on whosever tables they are.
CREATE FUNCTION metric_view_untrack(table_of regclass) RETURNS void
AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION metric_view_untrack(regclass) IS 'drop the triggers that refer to the definition of a metric view';

-- The triggers that each relation needs: what is written behind CREATE TRIGGER name AFTER event ON relation, and the
-- trigger that says just that, if there is one.  Who may create triggers on the source could make another one of its name
-- that never fires.  ccx 1.0 had a function in PL/pgSQL in the schema of each metric view, which wrote where "dirty" was
-- then.  pg_get_triggerdef() would tell all, but lock the table, and wait for those who truncate it.
CREATE FUNCTION metric_view_triggers(table_of regclass, def metric_view_definition)
RETURNS TABLE (relation regclass, for_dimensions boolean, event text, definition text, there oid, before_1_1 oid, up_to_date boolean)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	always text := format('(ROW(%L::regclass, %L::regclass) IS NOT NULL)', table_of, def.dirty);
BEGIN
	RETURN QUERY
	WITH wanted AS MATERIALIZED (
		SELECT x.relation, x.for_dimensions, e.*, CASE WHEN x.for_dimensions THEN 'dimensions' ELSE 'source' END AS argument,
			def.options ->> CASE WHEN x.for_dimensions THEN 'note_dimensions' ELSE 'note' END AS name_before
		FROM ccx.metric_view_relations(def) AS x, (VALUES ('INSERT', 4, NULL, 'changed_to'), ('DELETE', 8, 'changed', NULL),
			('UPDATE', 16, 'changed', 'changed_to'), ('TRUNCATE', 32, NULL, NULL)) AS e (event, type, old_table, new_table)
	), present AS MATERIALIZED (
		SELECT g.oid, g.tgrelid, g.tgtype, g.tgargs, g.tgoldtable, g.tgnewtable, g.tgqual FROM pg_trigger AS g
		WHERE g.tgrelid = ANY (ARRAY(SELECT w.relation FROM wanted AS w)) AND g.tgfoid = 'ccx.metric_view_note()'::regprocedure AND g.tgtype & 1 = 0
	), same AS (
		SELECT p.tgrelid, p.tgtype, p.tgargs, p.tgoldtable, p.tgnewtable, min(p.oid) AS oid FROM present AS p
		WHERE pg_get_expr(p.tgqual, 0) = always
		GROUP BY p.tgrelid, p.tgtype, p.tgargs, p.tgoldtable, p.tgnewtable
	), before AS (
		SELECT g.tgrelid, g.tgtype, p.proname, min(g.oid) AS oid, bool_and(strpos(p.prosrc, format('to_regclass(%L)', def.dirty::text)) > 0) AS up_to_date
		FROM pg_class AS c JOIN pg_proc AS p ON p.pronamespace = c.relnamespace AND p.proowner = c.relowner AND p.pronargs = 0 JOIN pg_trigger AS g ON g.tgfoid = p.oid
		WHERE c.oid = table_of AND p.proname IN (def.options ->> 'note', def.options ->> 'note_dimensions')
		GROUP BY g.tgrelid, g.tgtype, p.proname
	)
	SELECT w.relation, w.for_dimensions, w.event, format('%s FOR EACH STATEMENT WHEN (%s) EXECUTE FUNCTION ccx.metric_view_note(%L)',
			'REFERENCING ' || nullif(concat_ws(' ', 'OLD TABLE AS ' || w.old_table, 'NEW TABLE AS ' || w.new_table), ''), always, w.argument),
		s.oid, b.oid, s.oid IS NOT NULL OR b.up_to_date
	FROM wanted AS w
	LEFT JOIN same AS s ON s.tgrelid = w.relation AND s.tgtype = w.type AND s.tgargs = w.argument::bytea || '\x00'
		AND s.tgoldtable IS NOT DISTINCT FROM w.old_table AND s.tgnewtable IS NOT DISTINCT FROM w.new_table
	LEFT JOIN before AS b ON b.tgrelid = w.relation AND b.tgtype = w.type AND b.proname = w.name_before;
END $$;
COMMENT ON FUNCTION metric_view_triggers(regclass, metric_view_definition) IS 'the triggers that note changes for a metric view, and those that are there';

-- Put the triggers where they are missing, and in the place of those of ccx 1.0.
CREATE FUNCTION metric_view_track(table_of regclass, def metric_view_definition) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema text;
	stem text;
	r record;
	name text;
BEGIN
	SELECT n.nspname, v.relname INTO schema, stem
	FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace, pg_class AS v
	WHERE t.oid = table_of AND v.oid = def.view;
	FOR r IN
		SELECT t.*, (SELECT tgname FROM pg_trigger WHERE oid = t.before_1_1) AS instead_of, pg_has_role(c.relowner, 'USAGE') AS own,
			CASE WHEN t.for_dimensions THEN '_note_dimensions_' ELSE '_note_' END || lower(t.event) || '_' || left(md5(schema), 4) AS suffix
		FROM ccx.metric_view_triggers(table_of, def) AS t JOIN pg_class AS c ON c.oid = t.relation
		WHERE c.relkind <> 'f' AND NOT ccx.metric_view_distributed(c.oid) AND t.there IS NULL
		ORDER BY t.relation, t.for_dimensions, t.event
	LOOP
		name := coalesce(r.instead_of, ccx.metric_view_name(stem, r.suffix));
		EXECUTE format('CREATE %sTRIGGER %I AFTER %s ON %s %s', CASE WHEN r.instead_of IS NOT NULL THEN 'OR REPLACE ' ELSE '' END,
			name, r.event, r.relation, r.definition);
		-- also where session_replication_role is replica, as with tools that copy rows from elsewhere
		IF r.own THEN
			EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER %I', r.relation, name);
		END IF;
	END LOOP;
	-- a table that left the source may have the triggers of ccx 1.0 still
	FOR name IN
		SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_class AS t ON t.relnamespace = p.pronamespace AND t.relowner = p.proowner
		WHERE t.oid = table_of AND p.pronargs = 0 AND p.proname IN (def.options ->> 'note', def.options ->> 'note_dimensions')
			AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = p.oid)
	LOOP
		EXECUTE format('DROP FUNCTION %s', name);
	END LOOP;
END $$;
COMMENT ON FUNCTION metric_view_track(regclass, metric_view_definition) IS 'write the missing triggers of a metric view';

-- Citus keeps the rows of such a table on other servers, where no trigger of this one fires.
CREATE FUNCTION metric_view_distributed(relation regclass) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	distributed boolean := false;
BEGIN
	IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
		EXECUTE 'SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_partition WHERE logicalrelid = $1)' INTO distributed USING relation;
	END IF;
	RETURN distributed;
END $$;
COMMENT ON FUNCTION metric_view_distributed(regclass) IS 'whether Citus manages a table, so that triggers on it do not see what is written';

-- Proof that every change since the last refresh was noted: what tracking consists of, as a fingerprint, and what is wrong
-- with it.  Enabling or disabling a trigger writes a new row of pg_trigger, so that its xmin tells even if all is as
-- before, and renaming the column of the customer, be it there and back, one of pg_attribute; a partition that came or
-- went is in the list, or not; a generated column that is computed otherwise (PostgreSQL 17 and later) changes rows
-- without a trigger, and has another row of pg_attrdef; so does a label of an enum that is renamed.  Whom a policy applies
-- to is no matter of the policy alone, but of who owns the table, of memberships and of BYPASSRLS.
CREATE FUNCTION metric_view_tracking(table_of regclass, def metric_view_definition, OUT fingerprint text, OUT missing text, OUT problem text)
RETURNS record
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	r record;
BEGIN
	fingerprint := '';
	FOR r IN
		SELECT c.oid, c.oid::regclass AS name, c.relkind, c.relpersistence, coalesce(t.noted, 0) AS noted, t.triggers, t.current,
			format('%s %s %s', c.relrowsecurity, c.relforcerowsecurity, (SELECT string_agg(format('%s %s', y.oid, y.xmin), ',' ORDER BY y.oid) FROM pg_policy AS y WHERE y.polrelid = c.oid)) AS policies,
			(SELECT string_agg(format('%s %s', e.oid, e.xmin), ',' ORDER BY e.oid) FROM pg_attrdef AS e JOIN pg_attribute AS y ON y.attrelid = e.adrelid AND y.attnum = e.adnum
				WHERE e.adrelid = c.oid AND y.attgenerated <> '') AS generated,
			CASE WHEN c.relrowsecurity THEN format('%s %s', row_security_active(c.oid), (SELECT string_agg(y.oid::text, ',' ORDER BY y.oid) FROM pg_policy AS y
				WHERE y.polrelid = c.oid AND EXISTS (SELECT FROM unnest(y.polroles) AS o (role) WHERE o.role = 0 OR pg_has_role(o.role, 'USAGE')))) END AS applied,
			(SELECT md5(string_agg(format('%s %s', e.oid, e.enumlabel), ',' ORDER BY e.oid)) FROM pg_attribute AS y JOIN pg_type AS d ON d.oid = y.atttypid
				JOIN pg_enum AS e ON e.enumtypid = CASE d.typtype WHEN 'd' THEN d.typbasetype ELSE d.oid END
				WHERE y.attrelid = c.oid AND c.oid IN (def.source, def.dimensions_from) AND NOT y.attisdropped AND d.typtype IN ('e', 'd')) AS labels,
			(SELECT format('%s %s', y.attnum, y.xmin) FROM pg_attribute AS y WHERE y.attrelid = c.oid AND NOT y.attisdropped
				AND y.attname = def.options ->> CASE WHEN x.for_dimensions THEN 'dimensions_customer' ELSE 'customer' END) AS customer,
			EXISTS (SELECT FROM pg_subscription_rel AS s WHERE s.srrelid = c.oid) AS replicated,
			ccx.metric_view_distributed(c.oid) AS distributed
		FROM ccx.metric_view_relations(def) AS x JOIN pg_class AS c ON c.oid = x.relation
		LEFT JOIN (
			SELECT n.relation, n.for_dimensions, bit_or(g.tgtype::int & 60) FILTER (WHERE g.tgenabled IN ('O', 'A')) AS noted, bool_and(n.up_to_date) AS current,
				string_agg(format('%s %s %s', g.oid, g.tgenabled, g.xmin), ',' ORDER BY g.oid) AS triggers
			FROM ccx.metric_view_triggers(table_of, def) AS n JOIN pg_trigger AS g ON g.oid = coalesce(n.there, n.before_1_1)
			GROUP BY n.relation, n.for_dimensions) AS t ON t.relation = x.relation AND t.for_dimensions = x.for_dimensions
		ORDER BY c.oid
	LOOP
		fingerprint := fingerprint || format('%s(%s)(%s)(%s)', r.oid, r.triggers, r.policies, r.customer) || coalesce(format('(%s)', r.generated), '')
			|| coalesce('(' || r.applied || ')', '') || coalesce('(' || r.labels || ')', '');
		IF r.relkind = 'f' THEN
			problem := format('%s is a foreign table, changes of which nobody sees here', r.name);
		ELSIF r.distributed THEN
			problem := format('%s is distributed by Citus, and triggers here do not see what is written to its shards', r.name);
		ELSIF r.replicated THEN
			problem := format('%s is fed by logical replication, which fires no statement triggers', r.name);
		ELSIF r.relpersistence = 'u' THEN
			problem := format('%s is unlogged, and a crash empties it without a trigger', r.name);
		ELSIF r.triggers IS NULL THEN
			missing := format('%s has no triggers yet', r.name);
		ELSIF NOT r.current THEN
			missing := format('the triggers on %s note changes where the table for them was before', r.name);
		ELSIF r.noted <> 60 THEN
			problem := format('a trigger on %s is disabled or gone', r.name);
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION metric_view_tracking(regclass, metric_view_definition) IS 'what proves that changes of the source were noted, and what speaks against it';

-- Who may create tables where the source was could otherwise have the view's owner read what they like, and run it.
CREATE FUNCTION metric_view_check_owner(old regclass, new regclass) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class AS o JOIN pg_class AS n ON n.relowner = o.relowner AND (n.relkind = o.relkind OR n.relkind IN ('r', 'p') AND o.relkind IN ('r', 'p'))
		WHERE o.oid = old AND n.oid = new) THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = format('%s is not what it was', new),
			DETAIL = format('What had this name is now %s, and the new one belongs to another role or is of another kind.', old),
			HINT = 'If that is meant, drop the metric view and create it again.';
	END IF;
END $$;
COMMENT ON FUNCTION metric_view_check_owner(regclass, regclass) IS 'refuse to follow a name to a relation of another owner or kind';

CREATE FUNCTION metric_view_check_there(def metric_view_definition) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM unnest(ARRAY[def.source, def.dimensions_from, def.mapping, def.dimensions_mapping]) AS r WHERE r IS NOT NULL AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = r)) THEN
		RAISE undefined_table USING
			MESSAGE = format('%s is gone', concat_ws(' or ', def.source_name, def.dimensions_name)),
			DETAIL = 'The metric view was made of what had this name then.',
			HINT = 'drop_metric_view() drops what is left; create it again where there is another source.';
	END IF;
END $$;
COMMENT ON FUNCTION metric_view_check_there(metric_view_definition) IS 'refuse a metric view whose source was dropped';

-- The source was dropped and made anew under its name, or renamed; the customer's column was renamed.  Returns what was
-- found, or NULL.  Renames are followed, because the mapping view follows them; a new table gets a new mapping view.
CREATE FUNCTION metric_view_follow(INOUT def metric_view_definition, OUT change text) RETURNS record
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	role text;
	relation regclass;
	number int;
	name text;
	equality record;
BEGIN
	PERFORM ccx.metric_view_check_there(def);
	IF to_regclass(def.source_name) IS NULL THEN
		def.source_name := def.source::text;
	ELSIF to_regclass(def.source_name) <> def.source THEN
		PERFORM ccx.metric_view_check_owner(def.source, to_regclass(def.source_name));
		def.source := to_regclass(def.source_name);
		change := 'another table has the name of the source';
	END IF;
	IF def.dimensions_from IS NOT NULL THEN
		IF to_regclass(def.dimensions_name) IS NULL THEN
			def.dimensions_name := def.dimensions_from::text;
		ELSIF to_regclass(def.dimensions_name) <> def.dimensions_from THEN
			PERFORM ccx.metric_view_check_owner(def.dimensions_from, to_regclass(def.dimensions_name));
			def.dimensions_from := to_regclass(def.dimensions_name);
			change := 'another table has the name of that of the dimensions';
		END IF;
	END IF;
	IF change IS NOT NULL THEN
		BEGIN
			EXECUTE format('CREATE OR REPLACE VIEW %s AS %s', def.mapping, ccx.metric_view_mapping(def));
			IF def.dimensions_mapping IS NOT NULL THEN
				EXECUTE format('CREATE OR REPLACE VIEW %s AS %s', def.dimensions_mapping, ccx.metric_view_dimensions_mapping(def));
			END IF;
		EXCEPTION WHEN undefined_column OR datatype_mismatch OR invalid_table_definition THEN
			RAISE USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM,
				DETAIL = format('%s; its columns must have the names that create_metric_view() was given, and the types of those before, also if these were renamed since.', upper(left(change, 1)) || substr(change, 2)),
				HINT = 'Rename its columns, or drop the metric view and create it again.';
		END;
	END IF;
	-- a column is known by its number, for its name can be given to another one; but in another table, and in the same one
	-- after a restore, by its name
	FOREACH role IN ARRAY '{customer,dimensions_customer}'::text[] LOOP
		relation := CASE role WHEN 'customer' THEN def.source ELSE def.dimensions_from END;
		CONTINUE WHEN relation IS NULL OR NOT def.options ? role;
		IF def.options ->> (role || '_of') IS DISTINCT FROM relation::oid::text THEN
			SELECT attnum INTO number FROM pg_attribute WHERE attrelid = relation AND attname = def.options ->> role AND NOT attisdropped;
			def.options := def.options || jsonb_strip_nulls(jsonb_build_object(role || '_of', relation::oid::text, role || '_number', number));
		END IF;
		SELECT attname INTO name FROM pg_attribute
		WHERE attrelid = relation AND attnum = (def.options ->> (role || '_number'))::int AND NOT attisdropped;
		IF name <> def.options ->> role THEN
			def.options := def.options || jsonb_build_object(role, name, 'renamed', true);
			change := 'the column of the customer was renamed';
		END IF;
	END LOOP;
	-- ccx 1.0 made such metric views in all modes.  To ask costs more than a millisecond, and the usual types have an operator
	-- class of PostgreSQL's own, beside which there can be no other default.
	IF def.mode <> 'full' AND EXISTS (SELECT FROM pg_attribute
		WHERE attrelid = def.source AND attname = def.options ->> 'customer' AND NOT attisdropped AND (attcollation >= 16384
			OR atttypid <> ALL ('{smallint,integer,bigint,numeric,text,character varying,uuid}'::regtype[]))) THEN
		equality := ccx.metric_view_equality(def.source, def.options ->> 'customer');
		change := coalesce(change, 'customers are of type ' || equality.own_type || ', which has an equality of its own',
			'customers have the collation ' || equality.loose_collation || ', for which different texts are equal');
	END IF;
END $$;
COMMENT ON FUNCTION metric_view_follow(metric_view_definition) IS 'follow a source that was renamed or replaced';

-- Making and dropping --------------------------------------------------------------------------------------------------

CREATE FUNCTION create_metric_view(
	view text, kind text, source regclass,
	customer name DEFAULT NULL, at name DEFAULT NULL, amount name DEFAULT NULL,
	dimensions name[] DEFAULT '{}', dimensions_from regclass DEFAULT NULL,
	step text DEFAULT 'month', mode text DEFAULT 'full', changed_at name DEFAULT NULL,
	span text DEFAULT NULL, valid_to name DEFAULT NULL, done name DEFAULT NULL,
	renewed_on name DEFAULT NULL, renewed_amount name DEFAULT NULL, signal name DEFAULT NULL, weight name DEFAULT NULL,
	scale text DEFAULT NULL, unit text DEFAULT 'day', grace integer DEFAULT 0, zone text DEFAULT NULL,
	include_partial boolean DEFAULT false, dimensions_customer name DEFAULT NULL,
	changed_overlap interval DEFAULT '1 hour', with_data boolean DEFAULT true, in_schema name DEFAULT current_schema())
RETURNS regclass
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	def ccx.metric_view_definition;
	what record := ccx.metric_view_kind(kind);
	parts text[] := parse_ident(view);
	schema text;
	stem text;
	table_of regclass;
	keys text[];
	data_keys text[];
	role text;
	r record;
	result record;

BEGIN
	IF source IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'a metric view needs a source';
	ELSIF mode IS NULL OR mode NOT IN ('full', 'incremental', 'changed_at') THEN
		RAISE invalid_parameter_value USING MESSAGE = format('unknown mode %s', coalesce(quote_literal(mode), 'NULL')),
			DETAIL = 'Valid are full, incremental and changed_at.';
	ELSIF (mode = 'changed_at') <> (changed_at IS NOT NULL) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'mode changed_at and the column changed_at go together',
			HINT = 'Say which column holds the time of a row''s last change: mode => ''changed_at'', changed_at => ''COLUMN''.';
	ELSIF mode <> 'full' AND customer IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = format('mode %s needs the customer', mode),
			DETAIL = 'It computes the values of changed customers only.', HINT = 'Say which column it is: customer => ''COLUMN''.';
	ELSIF array_position(dimensions, NULL) IS NOT NULL OR cardinality(dimensions) > (SELECT count(DISTINCT d) FROM unnest(dimensions) AS d) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'dimensions must be different names';
	ELSIF coalesce(cardinality(parts), 0) NOT IN (1, 2) THEN
		RAISE invalid_name USING MESSAGE = 'a metric view needs a name, with or without a schema';
	ELSIF dimensions_from IS NOT NULL AND (customer IS NULL OR cardinality(dimensions) = 0) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'dimensions_from needs dimensions and the customer';
	END IF;
	SELECT c.relkind INTO r FROM pg_class AS c WHERE c.oid = source;
	IF r.relkind NOT IN ('r', 'p', 'v', 'm', 'f') THEN
		RAISE wrong_object_type USING MESSAGE = format('%s is not a table or a view', source);
	ELSIF mode = 'incremental' AND r.relkind NOT IN ('r', 'p') THEN
		RAISE feature_not_supported USING
			MESSAGE = format('%s is a %s, and changes of it cannot be tracked', source,
				CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END),
			DETAIL = 'Incremental refresh notes changes with triggers on tables.',
			HINT = 'Use mode => ''full'', or ''changed_at'' with a column that says when a row changed last.';
	ELSIF mode = 'incremental' AND (ccx.metric_view_distributed(source) OR ccx.metric_view_distributed(dimensions_from)) THEN
		RAISE feature_not_supported USING
			MESSAGE = format('%s is distributed by Citus, and changes of it cannot be tracked',
				CASE WHEN ccx.metric_view_distributed(source) THEN source ELSE dimensions_from END),
			DETAIL = 'Incremental refresh notes changes with triggers, which do not fire for rows on other servers.',
			HINT = 'Use mode => ''changed_at'' with a column that says when a row changed last, or ''full''.';
	ELSIF dimensions_from IS NOT NULL AND NOT EXISTS (
		SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		WHERE i.indrelid = dimensions_from AND i.indisunique AND i.indnkeyatts = 1 AND i.indpred IS NULL AND i.indisvalid
			AND a.attname = coalesce(dimensions_customer, customer))
	THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = format('%s has no unique index on %I alone', dimensions_from, coalesce(dimensions_customer, customer)),
			DETAIL = 'Two rows for one customer would count it twice.',
			HINT = format('CREATE UNIQUE INDEX ON %s (%I); or say which column it is: dimensions_customer => ''COLUMN''.', dimensions_from, coalesce(dimensions_customer, customer));
	ELSIF kind = 'movements' AND valid_to IS NOT NULL AND cardinality(dimensions) > 0 AND dimensions_from IS NULL THEN
		RAISE feature_not_supported USING
			MESSAGE = 'dimensions of subscriptions must come from another table',
			DETAIL = 'A customer has several subscriptions at a time, and is in one segment.',
			HINT = 'Give the table that has one row per customer: dimensions_from => ''TABLE''.';
	ELSIF EXISTS (SELECT FROM unnest(dimensions) AS d WHERE d IN ('customer', 'summary', 'value', 'first_at', 'last_at', 'slot', 'bucket', 'stale', 'period',
			'closed_period', 'closed_at', 'closed_by', 'definition_version', 'is_suppressed')
		OR d = ANY (what.usable)) THEN
		RAISE duplicate_column USING
			MESSAGE = 'a dimension has the name of a column that a metric view uses itself',
			DETAIL = format('Taken are customer, period, summary, value, first_at, last_at, slot, bucket, stale, closed_period, closed_at, closed_by, definition_version, is_suppressed, %s.', array_to_string(what.usable, ', ')),
			HINT = 'Make a view that names it otherwise, and take that as the source.';
	END IF;

	-- refresh() casts the text of a customer back as the view's owner
	IF mode = 'incremental' AND EXISTS (
		SELECT FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid JOIN pg_roles AS o ON o.oid = t.typowner
		WHERE a.attrelid IN (source, dimensions_from) AND a.attname IN (customer, dimensions_customer)
			AND NOT o.rolsuper AND o.rolname <> current_user)
	THEN
		RAISE insufficient_privilege USING
			MESSAGE = 'the type of the customer belongs to another role',
			DETAIL = 'Whoever owns it decides how it is cast to text, which a refresh of the metric view does as its owner.',
			HINT = 'Use mode => ''full'' or ''changed_at'', or a column of another type.';
	END IF;

	FOR r IN SELECT c.relation, c.name, e.* FROM (VALUES (source, customer), (dimensions_from, coalesce(dimensions_customer, customer))) AS c (relation, name),
			LATERAL ccx.metric_view_equality(c.relation, c.name) AS e
		WHERE mode <> 'full' AND (e.own_type IS NOT NULL OR e.loose_collation IS NOT NULL) OR dimensions_from IS NOT NULL AND e.own_type IS NOT NULL
	LOOP
		RAISE feature_not_supported USING
			MESSAGE = format('customers of %s cannot be told apart by =', r.relation),
			DETAIL = CASE WHEN r.own_type IS NOT NULL THEN format('Column %I is of type %s, which has an equality of its own.', r.name, r.own_type)
				ELSE format('Column %I has the collation %s, for which different texts are equal.', r.name, r.loose_collation) END,
			HINT = 'Use mode => ''full'' without dimensions_from, or a column that is text in one spelling, as with lower().';
	END LOOP;

	SELECT a.attname, a.atttypid = 'timestamptz'::regtype AS has_zone INTO r FROM pg_attribute AS a
	WHERE mode <> 'full' AND a.attrelid = coalesce(dimensions_from, source) AND a.attname = ANY (dimensions)
		AND (a.atttypid = 'timestamptz'::regtype OR EXISTS (SELECT FROM pg_collation AS c WHERE c.oid = a.attcollation AND NOT c.collisdeterministic));
	IF FOUND THEN
		RAISE feature_not_supported USING
			MESSAGE = format('dimension %I is not the same text in each refresh', r.attname),
			DETAIL = CASE WHEN r.has_zone THEN 'It is a timestamp with time zone, and its text depends on the time zone of the session.'
				ELSE 'Its collation takes different texts for equal, and any of them may stand for all.' END,
			HINT = 'Use mode => ''full'', or a column that has one text for each group.';
	END IF;

	-- options that are wrong are told now, not by the first refresh
	PERFORM ccx.period_start(current_date, step);
	IF kind IN ('movements', 'usage') THEN
		PERFORM ccx.mrr_movements_agg(h, step, coalesce(span, regexp_replace(step, ':.*', '')))
		FROM (SELECT ccx.mrr_history(date '2000-01-01', 1) AS h) AS one;
	ELSIF kind = 'revenue_cohort' THEN
		PERFORM ccx.cohort_revenue_agg(h, step) FROM (SELECT ccx.mrr_history(date '2000-01-01', 1) AS h) AS one;
	ELSIF kind = 'survey' AND scale IS NULL THEN
		RAISE invalid_parameter_value USING MESSAGE = 'a metric view of kind survey needs the scale of the answers',
			DETAIL = 'An answer of 5 is a detractor on nps, and as good as can be on 1-5.', HINT = 'scale => ''nps'', ''1-5'' or ''1-7''.';
	ELSIF kind = 'survey' THEN
		PERFORM ccx.survey_agg(NULL::numeric, scale);
	ELSIF kind = 'renewal' AND (grace IS NULL OR grace < 0) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'grace must be a number of days from 0 on';
	ELSIF kind = 'duration' AND coalesce(unit, '') NOT IN ('day', 'hour') THEN
		RAISE invalid_parameter_value USING MESSAGE = format('unknown unit %s', coalesce(quote_literal(unit), 'NULL')), DETAIL = 'Valid are day and hour.';
	END IF;
	IF zone IS NOT NULL THEN
		PERFORM timestamptz '2000-01-01' AT TIME ZONE zone;
	END IF;
	IF mode = 'changed_at' AND (changed_overlap IS NULL OR changed_overlap < interval '0') THEN
		RAISE invalid_parameter_value USING MESSAGE = 'changed_overlap must be an interval from 0 on',
			DETAIL = 'Rows whose change was committed late would not be seen.';
	END IF;

	stem := parts[cardinality(parts)];
	schema := CASE cardinality(parts) WHEN 2 THEN parts[1] ELSE in_schema::text END;
	IF schema IS NULL THEN
		RAISE invalid_schema_name USING MESSAGE = 'no schema to create the metric view in', HINT = 'Write SCHEMA.NAME.';
	ELSIF to_regclass(format('%I.%I', schema, stem)) IS NOT NULL THEN
		RAISE duplicate_table USING MESSAGE = format('relation %I.%I already exists', schema, stem),
			HINT = 'refresh() brings a metric view up to date, and drop_metric_view() drops it.';
	END IF;
	def.kind := kind;
	def.mode := mode;
	def.source := source;
	def.source_name := source::text;
	def.dimensions_from := dimensions_from;
	def.dimensions_name := dimensions_from::text;
	def.dimensions := dimensions::text[];
	IF mode = 'incremental' THEN
		SELECT x.relation INTO r FROM ccx.metric_view_relations(def) AS x JOIN pg_class AS c ON c.oid = x.relation WHERE c.relkind = 'f';
		IF FOUND THEN
			RAISE feature_not_supported USING
				MESSAGE = format('%s is a foreign table, and changes of it cannot be tracked', r.relation),
				DETAIL = 'PostgreSQL refuses to write to a foreign partition through its parent where the parent has triggers that see the changed rows.',
				HINT = 'Use mode => ''full'', or ''changed_at'' with a column that says when a row changed last.';
		END IF;
	END IF;
	def.definition_version := ccx.metric_view_version(kind);
	def.created_at := now();
	def.populated := false;
	def.as_of := current_date;
	def.status := 'created';
	def.options := jsonb_strip_nulls(jsonb_build_object(
		'customer', customer, 'at', at, 'amount', amount, 'changed_at', changed_at, 'valid_to', valid_to, 'done', done,
		'renewed_on', renewed_on, 'renewed_amount', renewed_amount, 'signal', signal, 'weight', weight,
		'step', step, 'span', coalesce(span, regexp_replace(step, ':.*', '')), 'zone', zone, 'include_partial', include_partial,
		'scale', CASE WHEN kind = 'survey' THEN scale END, 'unit', CASE WHEN kind = 'duration' THEN unit END,
		'grace', CASE WHEN kind = 'renewal' THEN grace END,
		'changed_overlap', CASE WHEN mode = 'changed_at' THEN changed_overlap END,
		'dimensions_customer', CASE WHEN dimensions_from IS NOT NULL THEN coalesce(dimensions_customer, customer) END,
		'customer_of', source::oid::text, 'dimensions_customer_of', dimensions_from::oid::text,
		'customer_number', (SELECT attnum FROM pg_attribute WHERE attrelid = source AND attname = customer),
		'dimensions_customer_number', (SELECT attnum FROM pg_attribute WHERE attrelid = dimensions_from AND attname = coalesce(dimensions_customer, customer))));
	FOREACH role IN ARRAY '{valid_to,done,renewed_on,renewed_amount,signal,weight}'::text[] LOOP
		IF def.options ? role AND role <> ALL (what.usable) THEN
			RAISE invalid_parameter_value USING MESSAGE = format('a metric view of kind %s has no use for %s', kind, role);
		END IF;
	END LOOP;
	keys := ccx.metric_view_keys(def, false);
	data_keys := ccx.metric_view_keys(def, true);

	EXECUTE format('CREATE VIEW %I.%I AS %s', schema, ccx.metric_view_name(stem, '_source'), ccx.metric_view_mapping(def));
	def.mapping := format('%I.%I', schema, ccx.metric_view_name(stem, '_source'))::regclass;
	IF dimensions_from IS NOT NULL THEN
		EXECUTE format('CREATE VIEW %I.%I AS %s', schema, ccx.metric_view_name(stem, '_dimensions'), ccx.metric_view_dimensions_mapping(def));
		def.dimensions_mapping := format('%I.%I', schema, ccx.metric_view_name(stem, '_dimensions'))::regclass;
	END IF;

	EXECUTE format('CREATE TABLE %I.%I AS %s WITH NO DATA', schema, ccx.metric_view_name(stem, '_summaries'), ccx.metric_view_group_query(def));
	def.summaries := format('%I.%I', schema, ccx.metric_view_name(stem, '_summaries'))::regclass;
	-- with room on each page for a new version of all its rows, so that indexes need not be told: thrice as fast
	EXECUTE format('CREATE TABLE %I.%I WITH (fillfactor = 50) AS %s WITH NO DATA', schema, ccx.metric_view_name(stem, '_data'), ccx.metric_view_data_query(def, def.summaries::text));
	def.data := format('%I.%I', schema, ccx.metric_view_name(stem, '_data'))::regclass;
	FOR r IN SELECT def.summaries AS t, keys AS k UNION ALL SELECT def.data, data_keys LOOP
		EXECUTE format('CREATE UNIQUE INDEX ON %s (%s)', r.t, CASE cardinality(r.k) WHEN 0 THEN '(true)' ELSE ccx.metric_view_list(r.k) END);
		FOREACH role IN ARRAY r.k LOOP
			EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', r.t, role);
		END LOOP;
	END LOOP;

	IF mode <> 'full' THEN
		-- with room on each page, so that a new value stays on it and indexes need not be told
		EXECUTE format('CREATE TABLE %I.%I WITH (fillfactor = 90) AS SELECT customer, %svalue, first_at, last_at, 0 AS slot FROM (%s) AS c WITH NO DATA',
			schema, ccx.metric_view_name(stem, '_customers'), ccx.metric_view_list(keys, '', ', '), ccx.metric_view_customer_query(def, 'true'));
		def.customers := format('%I.%I', schema, ccx.metric_view_name(stem, '_customers'))::regclass;
		EXECUTE format('CREATE UNIQUE INDEX ON %s (customer%s) NULLS NOT DISTINCT', def.customers, ccx.metric_view_list(keys, ', '));
		-- a posting list with one live entry keeps its dead ones until the next vacuum
		EXECUTE format('CREATE INDEX ON %s (%sslot) WITH (deduplicate_items = off)', def.customers, ccx.metric_view_list(keys, '', ', '));
		EXECUTE format('CREATE TABLE %I.%I WITH (fillfactor = 75, toast_tuple_target = %s) AS SELECT slot AS bucket, %s%s AS value, min(first_at) AS first_at, max(last_at) AS last_at FROM %s GROUP BY slot%s WITH NO DATA',
			schema, ccx.metric_view_name(stem, '_buckets'), current_setting('block_size')::int - 32, ccx.metric_view_list(keys, '', ', '), ccx.metric_view_value_aggregate(def), def.customers, ccx.metric_view_list(keys, ', '));
		def.buckets := format('%I.%I', schema, ccx.metric_view_name(stem, '_buckets'))::regclass;
		EXECUTE format('CREATE UNIQUE INDEX ON %s (bucket%s)', def.buckets, ccx.metric_view_list(keys, ', '));
		-- each refresh reads them all, and to look for them elsewhere or decompress them would take longer than to add them up
		EXECUTE format('ALTER TABLE %s ALTER COLUMN value SET STORAGE EXTERNAL', def.buckets);
	END IF;
	IF mode = 'incremental' THEN
		EXECUTE format('CREATE TABLE %I.%I (customers text[], whole boolean NOT NULL, reason text, noted_at timestamptz NOT NULL DEFAULT now())',
			schema, ccx.metric_view_name(stem, '_dirty'));
		def.dirty := format('%I.%I', schema, ccx.metric_view_name(stem, '_dirty'))::regclass;
	END IF;
	EXECUTE format('CREATE SEQUENCE %I.%I MINVALUE 0 START 0', schema, ccx.metric_view_name(stem, '_progress'));
	def.progress := format('%I.%I', schema, ccx.metric_view_name(stem, '_progress'))::regclass;

	EXECUTE (SELECT format('CREATE VIEW %I.%I AS SELECT %s FROM %s', schema, stem, string_agg(quote_ident(name), ', ' ORDER BY ordinal), def.data)
		FROM ccx.metric_view_columns(def) WHERE name <> 'summary');
	def.view := format('%I.%I', schema, stem)::regclass;
	EXECUTE format('COMMENT ON VIEW %s IS %L', def.view, format('%s of %s%s%s; see metric_views for its state',
		replace(kind, '_', ' '), source, CASE WHEN kind IN ('health') THEN '' ELSE ' by ' || step END, ccx.metric_view_list(def.dimensions, ', by ')));
	FOR r IN SELECT name, explanation FROM ccx.metric_view_columns(def) LOOP
		EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', def.data, r.name, r.explanation);
		IF r.name <> 'summary' THEN
			EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', def.view, r.name, r.explanation);
		END IF;
	END LOOP;
	IF kind IN ('cohort', 'revenue_cohort') THEN
		EXECUTE format('CREATE VIEW %I.%I AS SELECT cohort%s, max(cohort_size) AS cohort_size, %s FROM %s GROUP BY cohort%s',
			schema, ccx.metric_view_name(stem, '_wide'), ccx.metric_view_list(def.dimensions, ', '),
			(SELECT string_agg(format('(max(%I) FILTER (WHERE period = %s))::numeric(24,6) AS m%s', CASE kind WHEN 'cohort' THEN 'retention' ELSE 'net_retention' END, i, i), ', ' ORDER BY i) FROM generate_series(0, 24) AS i),
			def.data, ccx.metric_view_list(def.dimensions, ', '));
		EXECUTE format('COMMENT ON VIEW %I.%I IS %L', schema, ccx.metric_view_name(stem, '_wide'), format('metric view %s, a column for each period', def.view));
		FOR r IN
			SELECT name, explanation FROM ccx.metric_view_columns(def) WHERE name = ANY ('{cohort,cohort_size}' || def.dimensions)
			UNION ALL SELECT 'm' || i, format('%s of period %s; does not add up over rows', CASE kind WHEN 'cohort' THEN 'retention' ELSE 'net_retention' END, i) FROM generate_series(0, 24) AS i
		LOOP
			EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', schema, ccx.metric_view_name(stem, '_wide'), r.name, r.explanation);
		END LOOP;
		def.options := def.options || jsonb_build_object('wide', ccx.metric_view_name(stem, '_wide'));
	END IF;

	EXECUTE format('CREATE TABLE %I.%I OF ccx.metric_view_definition', schema, ccx.metric_view_name(stem, '_definition'));
	table_of := format('%I.%I', schema, ccx.metric_view_name(stem, '_definition'))::regclass;
	def := ccx.metric_view_customer_views(def, table_of);
	EXECUTE format('INSERT INTO %s SELECT ($1).*', table_of) USING def;
	FOR r IN
		SELECT t, c FROM (VALUES
			(table_of, 'definition of metric view %s'), (def.data, 'rows of metric view %s'), (def.summaries, 'groups of metric view %s'),
			(def.customers, 'values of single customers of metric view %s'), (def.buckets, 'values of buckets of customers of metric view %s'),
			(def.dirty, 'changes that metric view %s has not taken in')) AS v (t, c) WHERE t IS NOT NULL
	LOOP
		EXECUTE format('COMMENT ON TABLE %s IS %L', r.t, format(r.c, def.view));
	END LOOP;
	IF mode = 'incremental' THEN
		PERFORM ccx.metric_view_track(table_of, def);
	END IF;
	IF with_data THEN
		SELECT * INTO result FROM ccx.refresh(def.view);
		IF result.status = 'failed' THEN
			RAISE WARNING USING MESSAGE = format('metric view %s is made, but could not be filled', def.view), DETAIL = result.message,
				HINT = 'Put the source right and call refresh(), or drop_metric_view().';
		END IF;
	END IF;
	RETURN def.view;
END $$;
COMMENT ON FUNCTION create_metric_view(text, text, regclass, name, name, name, name[], regclass, text, text, name, text, name, name, name, name, name, name, text, text, integer, text, boolean, name, interval, boolean, name) IS 'make a metric view: storage that refresh() fills, and in front of it a plain view for dashboards';

CREATE FUNCTION metric_view_drop_metric_view(view regclass, with_ledger boolean) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET client_min_messages = 'warning'
AS $$
DECLARE
	pair record;
	def ccx.metric_view_definition;
	table_of regclass;
	closed bigint := 0;
	schema text;
	name text;
BEGIN
	-- a refresh under way needs what is being dropped, and would wait for it the other way round
	PERFORM pg_advisory_xact_lock(hashtext('ccx metric view'), view::oid::int4);
	pair := ccx.metric_view_find(view);
	table_of := pair.table_of;
	def := pair.def;
	IF def.ledger IS NOT NULL THEN
		EXECUTE format('SELECT count(DISTINCT closed_period) FROM %s', def.ledger) INTO closed;
	END IF;
	IF closed > 0 AND NOT coalesce(with_ledger, false) THEN
		RAISE dependent_objects_still_exist USING
			MESSAGE = format('metric view %s has closed periods', view),
			DETAIL = format('Its ledger holds what was published of %s, and would be dropped with it.',
				CASE closed WHEN 1 THEN 'one period' ELSE closed || ' periods' END),
			HINT = 'drop_metric_view(view, with_ledger => true) drops both.';
	END IF;
	SELECT n.nspname INTO schema FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = table_of;
	-- the triggers first, whether of now or of ccx 1.0: that waits for writers, who must not wait for what is dropped then
	PERFORM ccx.metric_view_untrack(table_of);
	FOR name IN
		SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_class AS t ON t.relnamespace = p.pronamespace AND t.relowner = p.proowner
		WHERE t.oid = table_of AND p.pronargs = 0 AND p.proname IN (def.options ->> 'note', def.options ->> 'note_dimensions')
	LOOP
		EXECUTE format('DROP FUNCTION %s CASCADE', name);
	END LOOP;
	-- who lists metric views reads the definition, and then what would be dropped before it
	EXECUTE format('LOCK TABLE %s', table_of);
	FOR name IN SELECT value FROM jsonb_each_text(def.options) AS o (key, value) WHERE key IN ('wide', 'published', 'public', 'at_risk', 'customer_history', 'top_movers') LOOP
		EXECUTE format('DROP VIEW IF EXISTS %I.%I', schema, name);
	END LOOP;
	-- the mapping view is gone where the source was dropped with CASCADE
	FOR name IN
		SELECT format(CASE c.relkind WHEN 'v' THEN 'DROP VIEW %s' WHEN 'S' THEN 'DROP SEQUENCE %s' ELSE 'DROP TABLE %s' END, t)
		FROM unnest(ARRAY[view, def.ledger, def.data, def.summaries, def.buckets, def.customers, def.dirty, table_of, def.mapping, def.dimensions_mapping, def.progress]) WITH ORDINALITY AS u (t, i)
		JOIN pg_class AS c ON c.oid = t ORDER BY i
	LOOP
		EXECUTE name;
	END LOOP;
END $$;
COMMENT ON FUNCTION metric_view_drop_metric_view(regclass, boolean) IS 'what drop_metric_view() does as the owner';

CREATE FUNCTION drop_metric_view(view regclass, with_ledger boolean DEFAULT false) RETURNS void
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION drop_metric_view(regclass, boolean) IS 'drop a metric view and all that belongs to it; refuses while its ledger has closed periods, unless told to drop it too';

-- Refreshing -----------------------------------------------------------------------------------------------------------

-- Slots: a customer's is a hash of it, of 16 bits; a bucket is a range of slots.
CREATE FUNCTION metric_view_shift(bucket_count integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 16 - round(log(2::numeric, greatest(bucket_count, 1)::numeric))::integer;
COMMENT ON FUNCTION metric_view_shift(integer) IS 'by how many bits a slot is longer than the number of its bucket';

-- A bucket of a group has some 100 values of customers: few to compute again, and few buckets to add up, which costs ten
-- times as much for each, and with cohorts thirty times.
CREATE FUNCTION metric_view_wanted_buckets(kind text, members double precision, groups bigint) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 2 ^ least(greatest(ceil(log(2, greatest(members, 1)::numeric / greatest(groups, 1) / CASE WHEN kind IN ('cohort', 'revenue_cohort') THEN 256 ELSE 128 END)), 0), 16);
COMMENT ON FUNCTION metric_view_wanted_buckets(text, double precision, bigint) IS 'how many buckets a metric view should have';

-- The buckets from the values of all customers.
CREATE FUNCTION metric_view_fill_buckets(INOUT def metric_view_definition) RETURNS metric_view_definition
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys text[] := ccx.metric_view_keys(def, false);
	names text := ccx.metric_view_list(keys, '', ', ');
BEGIN
	EXECUTE format('SELECT ccx.metric_view_wanted_buckets($1, sum(n)::float8, count(*)) FROM (SELECT count(*) AS n FROM %s%s) AS g',
		def.customers, ccx.metric_view_list(keys, ' GROUP BY ')) INTO def.bucket_count USING def.kind;
	EXECUTE format('DELETE FROM %s', def.buckets);
	EXECUTE format('INSERT INTO %s (bucket, %svalue, first_at, last_at) SELECT * FROM %s', def.buckets, names,
		ccx.metric_view_rows_of(format('SELECT slot >> %s AS bucket, %s%s AS value, min(first_at) AS first_at, max(last_at) AS last_at FROM %s GROUP BY 1%s',
				ccx.metric_view_shift(def.bucket_count), names, ccx.metric_view_value_aggregate(def), def.customers, ccx.metric_view_list(keys, ', ')),
			def.buckets, '{bucket}' || keys || '{value,first_at,last_at}'::text[]));
	EXECUTE format('ANALYZE %s', def.buckets);
END $$;
COMMENT ON FUNCTION metric_view_fill_buckets(metric_view_definition) IS 'compute the buckets of a metric view from the values of its customers';

-- Mode changed_at: customers with a row that changed since the last refresh, and the time to go on from; in one statement,
-- for what is committed between two would count as taken in.  A timestamp without time zone must be the same moment
-- whatever zone a session has set, and a time that is yet to come must not hide what changes until then.  Not NULL, with
-- which Citus could not plan the query.
CREATE FUNCTION metric_view_changed(def metric_view_definition, OUT touched text[], OUT high_water timestamptz) RETURNS record
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO' SET timezone = 'UTC'
AS $$
BEGIN
	EXECUTE format('SELECT (SELECT array_agg(DISTINCT customer::text) FROM %1$s WHERE changed_at > $1), (SELECT max(changed_at) FROM %1$s)', def.mapping)
		INTO touched, high_water USING coalesce(def.high_water - (def.options ->> 'changed_overlap')::interval, 'infinity');
	IF high_water > now() THEN
		high_water := now();
	END IF;
END $$;
COMMENT ON FUNCTION metric_view_changed(metric_view_definition) IS 'the customers of a metric view with rows that changed, by the column changed_at';

-- Everything from the source.
CREATE FUNCTION metric_view_refresh_full(INOUT def metric_view_definition, may_block boolean) RETURNS metric_view_definition
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kind record := ccx.metric_view_kind(def.kind);
	keys text[] := ccx.metric_view_keys(def, false);
	names text := ccx.metric_view_list(keys, '', ', ');
	t regclass;
BEGIN
	IF def.dirty IS NOT NULL THEN
		EXECUTE format('DELETE FROM %s', def.dirty);
	END IF;
	IF def.mode = 'changed_at' THEN
		def.high_water := NULL;
		SELECT c.high_water INTO def.high_water FROM ccx.metric_view_changed(def) AS c;
	END IF;
	-- rows without customer, or without date where that is the period: in no group
	def.skipped_rows := 0;
	IF kind.has_period OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = def.source AND attname = def.options ->> 'customer' AND NOT attnotnull) THEN
		EXECUTE format('SELECT count(*) FROM %s WHERE %s IS NULL', def.mapping, CASE WHEN kind.has_period THEN 'at' ELSE 'customer' END) INTO def.skipped_rows;
	END IF;
	IF def.customers IS NULL THEN
		RETURN;
	END IF;

	FOREACH t IN ARRAY ARRAY[def.customers, def.buckets] LOOP
		EXECUTE format(CASE WHEN may_block THEN 'TRUNCATE %s' ELSE 'DELETE FROM %s' END, t);
	END LOOP;
	-- Customers of a bucket lie side by side, for they are read together.  A hash sorts faster than names do.
	EXECUTE format('INSERT INTO %s (customer, %svalue, first_at, last_at, slot) SELECT customer, %svalue, first_at, last_at, (hash_record_extended(ROW(customer), 0) & 65535)::int AS slot FROM %s ORDER BY %sslot',
		def.customers, names, names, ccx.metric_view_rows_of(ccx.metric_view_customer_query(def, 'true'), def.customers, '{customer}' || keys || '{value,first_at,last_at}'::text[]),
		ccx.metric_view_list(keys, 'hash_record(ROW(', ')), '));
	IF cardinality(keys) = 0 OR def.dimensions_from IS NOT NULL AND NOT kind.has_period THEN
		GET DIAGNOSTICS def.customer_count = ROW_COUNT;
	ELSE
		EXECUTE format('SELECT count(DISTINCT customer) FROM %s', def.customers) INTO def.customer_count;
	END IF;
	EXECUTE format('ANALYZE %s', def.customers);
	def := ccx.metric_view_fill_buckets(def);
END $$;
COMMENT ON FUNCTION metric_view_refresh_full(metric_view_definition, boolean) IS 'compute the values of all customers of a metric view';

CREATE FUNCTION metric_view_customer_type(def metric_view_definition) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = (def).customers AND attname = 'customer');
COMMENT ON FUNCTION metric_view_customer_type(metric_view_definition) IS 'the type of the customers of a metric view that is not of mode full';

-- Only the customers that changed, and the buckets they are in: those of which something came out otherwise.  Returns the
-- groups of these as an array of their keys, NULL where there are none.
CREATE FUNCTION metric_view_refresh_customers(def metric_view_definition, touched text[]) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys text[] := ccx.metric_view_keys(def, false);
	also text := ccx.metric_view_list(keys, ', ');
	shift int := ccx.metric_view_shift(def.bucket_count);
	condition text := format('(customer = ANY (%L::%s[])%s)', touched, ccx.metric_view_customer_type(def), CASE WHEN array_position(touched, NULL) IS NOT NULL THEN ' OR customer IS NULL' END);
	matches text := coalesce((SELECT string_agg(format(' AND b.%I = n.%I', k, k), '') FROM unnest(keys) AS k), '');
	of_new text;
	of_old text;
	items text;
	places jsonb;
	groups jsonb;
BEGIN
	-- as records, which are equal also where the customer is unknown
	of_new := format('ROW(n.customer%s)::record', (SELECT string_agg(format(', n.%I', k), '' ORDER BY i) FROM unnest(keys) WITH ORDINALITY AS u (k, i)));
	of_old := format('ROW(c.customer%s)::record', (SELECT string_agg(format(', c.%I', k), '' ORDER BY i) FROM unnest(keys) WITH ORDINALITY AS u (k, i)));
	items := 'customer' || also || ', value, first_at, last_at, slot';
	EXECUTE format(
		'WITH new AS MATERIALIZED (SELECT customer%1$s, value, first_at, last_at, (hash_record_extended(ROW(customer), 0) & 65535)::int AS slot FROM %2$s), '
		'gone AS (DELETE FROM %3$s AS c WHERE %4$s AND NOT EXISTS (SELECT FROM new AS n WHERE %5$s = %6$s) RETURNING slot%1$s), '
		'put AS (INSERT INTO %3$s AS c (%7$s) SELECT %7$s FROM new ON CONFLICT (customer%1$s) DO UPDATE SET (%7$s) = ROW(%8$s) '
		'WHERE ROW(c.*)::record *<> ROW(excluded.*)::record RETURNING slot%1$s) '
		'SELECT jsonb_agg(to_jsonb(p.*)) FROM (SELECT slot >> %9$s AS bucket%1$s FROM gone UNION SELECT slot >> %9$s%1$s FROM put) AS p',
		also, ccx.metric_view_rows_of(ccx.metric_view_customer_query(def, condition), def.customers, '{customer}' || keys || '{value,first_at,last_at}'::text[]),
		def.customers, condition, of_new, of_old, items,
		(SELECT string_agg(format('excluded.%I', c), ', ' ORDER BY i) FROM unnest('{customer}' || keys || '{value,first_at,last_at,slot}'::text[]) WITH ORDINALITY AS u (c, i)),
		shift) INTO places;
	IF places IS NULL THEN
		RETURN NULL;
	END IF;
	-- a bucket that nobody is in any more goes
	EXECUTE format(
		'WITH new AS MATERIALIZED (SELECT b.*, a.* FROM jsonb_to_recordset($1) AS b (%1$s), LATERAL (SELECT %2$s AS value, min(n.first_at) AS first_at, max(n.last_at) AS last_at, count(*) = 0 AS stale '
		'FROM %3$s AS n WHERE n.slot BETWEEN b.bucket << %4$s AND ((b.bucket + 1) << %4$s) - 1%5$s) AS a), '
		'gone AS (DELETE FROM %6$s AS b USING new AS n WHERE n.stale AND b.bucket = n.bucket%5$s RETURNING 0 AS bucket%7$s), '
		'put AS (INSERT INTO %6$s AS b (bucket%8$s, value, first_at, last_at) SELECT bucket%8$s, value, first_at, last_at FROM new WHERE NOT stale '
		'ON CONFLICT (bucket%8$s) DO UPDATE SET (value, first_at, last_at) = ROW(excluded.value, excluded.first_at, excluded.last_at) '
		'WHERE ROW(b.value, b.first_at, b.last_at)::record *<> ROW(excluded.value, excluded.first_at, excluded.last_at)::record RETURNING 0 AS bucket%7$s) '
		'SELECT jsonb_agg(to_jsonb(g.*) - ''bucket'') FROM (SELECT * FROM gone UNION SELECT * FROM put) AS g',
		ccx.metric_view_column_list(def.buckets, '{bucket}' || keys), regexp_replace(ccx.metric_view_value_aggregate(def), '\(value', '(n.value'), def.customers, shift, matches, def.buckets,
		(SELECT string_agg(format(', b.%I', k), '' ORDER BY i) FROM unnest(keys) WITH ORDINALITY AS u (k, i)), also) INTO groups USING places;
	RETURN groups;
END $$;
COMMENT ON FUNCTION metric_view_refresh_customers(metric_view_definition, text[]) IS 'compute the values of changed customers of a metric view, and of the buckets that they are in; returns the groups that changed';

-- The groups that changed, and the rows of these; all rows where what is observed changed, or as_of did.
CREATE FUNCTION metric_view_refresh_groups(def metric_view_definition, groups jsonb, all_rows boolean) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys text[] := ccx.metric_view_keys(def, false);
	observed text := format('SELECT format(''%%s %%s'', min(first_at), max(last_at)) FROM %s', def.summaries);
	enough bigint;
	before text;
	after text;
	condition text;
BEGIN
	IF groups IS NOT NULL THEN
		-- a longer list than this costs more than it spares, and so does one of all groups
		EXECUTE format('SELECT least(count(*), 1000) FROM %s', def.summaries) INTO enough;
		condition := ccx.metric_view_in_groups(def.summaries, keys, CASE WHEN jsonb_array_length(groups) < enough THEN groups END);
		EXECUTE observed INTO before;
		PERFORM ccx.metric_view_replace(def.summaries, keys, ccx.metric_view_bucket_query(def, condition), condition);
		EXECUTE observed INTO after;
	END IF;
	IF all_rows OR before <> after THEN
		condition := 'true';
	END IF;
	IF condition IS NULL THEN
		RETURN 0;
	END IF;
	RETURN ccx.metric_view_replace(def.data, ccx.metric_view_keys(def, true),
		format('SELECT * FROM (%s) AS q WHERE %s', ccx.metric_view_data_query(def, def.summaries::text), condition), condition);
END $$;
COMMENT ON FUNCTION metric_view_refresh_groups(metric_view_definition, jsonb, boolean) IS 'compute the groups of a metric view that changed, and its rows that may have';

CREATE FUNCTION metric_view_refresh(view regclass, concurrent boolean, all_of_it boolean)
RETURNS TABLE (status text, rows_changed bigint, ms double precision, message text)
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
AS $$
DECLARE
	pair record;
	def ccx.metric_view_definition;
	old ccx.metric_view_definition;
	table_of regclass;
	tracking record;
	reason text;
	started timestamptz := clock_timestamp();
	-- a sequence survives where a row does not: when the refresh began, and in the lowest three bits its stage
	began bigint := (extract(epoch FROM started) * 1000)::bigint * 8;
	touched text[];
	groups jsonb;
	group_count bigint;
	whole boolean := false;
	today date := current_date;
	may_block boolean;
	full_refresh boolean;
	detail text;
	hint text;
BEGIN
	-- before anything is looked at: what another session is about to leave, or to drop, is not yet there to be seen
	IF NOT pg_is_in_recovery() AND NOT pg_try_advisory_xact_lock(hashtext('ccx metric view'), view::oid::int4) THEN
		RETURN QUERY SELECT 'busy', 0::bigint, 0::float8, 'another session is at work on this metric view';
		RETURN;
	END IF;
	pair := ccx.metric_view_find(view);
	table_of := pair.table_of;
	def := pair.def;
	old := def;
	IF pg_is_in_recovery() THEN
		RETURN QUERY SELECT 'standby', 0::bigint, 0::float8, 'this server is a standby; it gets the rows from its primary';
		RETURN;
	END IF;
	BEGIN
		PERFORM setval(def.progress, began + 1);
		-- the tables of one that was never filled are empty, and a TRUNCATE would leave files behind if the server crashed
		may_block := NOT coalesce(concurrent, true);
		full_refresh := true;
		pair := ccx.metric_view_follow(def);
		def := pair.def;
		reason := pair.change;
		IF def.mode = 'incremental' THEN
			tracking := ccx.metric_view_tracking(table_of, def);
			IF tracking.missing IS NOT NULL OR def.options ? 'renamed' OR may_block THEN
				PERFORM ccx.metric_view_track(table_of, def);
				def.options := def.options - 'renamed';
				reason := coalesce(reason, CASE WHEN tracking.missing IS NOT NULL THEN 'tracking changed since the last refresh: a partition or a trigger is new' END);
				tracking := ccx.metric_view_tracking(table_of, def);
			END IF;
			reason := coalesce(reason, tracking.problem,
				CASE WHEN tracking.fingerprint IS DISTINCT FROM def.tracking AND def.populated THEN 'tracking changed since the last refresh: partitions, triggers or policies are not what they were' END);
			-- in an older snapshot than the triggers', what others wrote meanwhile is missing
			def.tracking := CASE WHEN tracking.problem IS NULL AND (tracking.fingerprint = old.tracking OR current_setting('transaction_isolation') = 'read committed') THEN tracking.fingerprint END;
		END IF;
		IF NOT def.populated THEN
			reason := coalesce(reason, 'never filled before');
		ELSIF coalesce(all_of_it, false) THEN
			reason := coalesce(reason, 'asked for');
		ELSIF (ccx.metric_view_kind(def.kind)).by_day AND def.as_of <> today THEN
			reason := coalesce(reason, 'another day: what was open may be decided');
		END IF;
		def.as_of := today;
		def.definition_version := ccx.metric_view_version(def.kind);

		IF def.mode <> 'full' AND reason IS NULL THEN
			IF def.mode = 'incremental' THEN
				EXECUTE format('WITH gone AS (DELETE FROM %s RETURNING *) SELECT coalesce(bool_or(whole), false), max(reason), (SELECT array_agg(DISTINCT c) FROM gone, unnest(customers) AS c) FROM gone', def.dirty)
					INTO whole, reason, touched;
			ELSE
				SELECT c.touched, c.high_water INTO touched, def.high_water FROM ccx.metric_view_changed(def) AS c;
				IF old.high_water IS NULL THEN
					whole := true;
					reason := 'no row had a changed_at at the last refresh';
				ELSIF def.high_water IS NULL OR def.high_water < old.high_water THEN
					whole := true;
					reason := 'the latest changed_at is before that of the last refresh: rows were deleted, or a clock was set back';
				END IF;
			END IF;
			IF NOT whole AND cardinality(touched) > greatest(def.customer_count / 10, 1000) THEN
				whole := true;
				reason := 'more than 10 % of the customers changed';
			END IF;
			-- the key of the table of the dimensions may be of a larger type than that of the source
			IF NOT whole AND touched IS NOT NULL THEN
				BEGIN
					EXECUTE format('SELECT $1::%s[]', ccx.metric_view_customer_type(def)) USING touched;
				EXCEPTION WHEN data_exception THEN
					whole := true;
					reason := 'a customer of the dimensions cannot be one of the source';
				END;
			END IF;
			full_refresh := whole;
		END IF;

		PERFORM setval(def.progress, began + 2);
		IF full_refresh THEN
			def := ccx.metric_view_refresh_full(def, may_block);
			PERFORM setval(def.progress, began + 4);
			PERFORM ccx.metric_view_replace(def.summaries, ccx.metric_view_keys(def, false),
				CASE WHEN def.customers IS NULL THEN ccx.metric_view_group_query(def) ELSE ccx.metric_view_bucket_query(def) END);
			PERFORM setval(def.progress, began + 5);
			rows_changed := ccx.metric_view_replace(def.data, ccx.metric_view_keys(def, true), ccx.metric_view_data_query(def, def.summaries::text));
		ELSE
			IF touched IS NOT NULL THEN
				groups := ccx.metric_view_refresh_customers(def, touched);
			END IF;
			PERFORM setval(def.progress, began + 4);
			rows_changed := ccx.metric_view_refresh_groups(def, groups, def.as_of <> old.as_of OR def.definition_version IS DISTINCT FROM old.definition_version);
			IF groups IS NOT NULL THEN
				-- where it grew, so did what is computed again with each customer
				EXECUTE format('SELECT count(*) FROM %s', def.summaries) INTO group_count;
				IF ccx.metric_view_wanted_buckets(def.kind, (SELECT c.reltuples FROM pg_class AS c WHERE c.oid = def.customers), group_count) > 2 * def.bucket_count THEN
					def := ccx.metric_view_fill_buckets(def);
				END IF;
			END IF;
		END IF;
		IF full_refresh THEN
			EXECUTE format('ANALYZE %s', def.data);
		END IF;
		EXECUTE format('SELECT count(*) FROM %s', def.data) INTO def.row_count;
		def.populated := true;
		def.refreshed_at := now();
		def.status := 'refreshed';
		message := CASE WHEN def.mode = 'full' THEN 'full refresh'
			WHEN full_refresh THEN format('full refresh: %s', reason)
			ELSE format('%s customer%s changed', coalesce(cardinality(touched), 0), CASE cardinality(touched) WHEN 1 THEN '' ELSE 's' END) END;
		IF full_refresh AND def.mode <> 'full' AND old.populated THEN
			RAISE LOG 'metric view %: full refresh: %', view, reason;
		END IF;
	EXCEPTION WHEN OTHERS OR assert_failure THEN
		-- a transaction that cannot be serialized must not commit, not even with a note of that
		IF SQLSTATE = '40001' AND current_setting('transaction_isolation') <> 'read committed' THEN
			RAISE;
		END IF;
		GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
		message := concat_ws(E'\n', message || ' (' || SQLSTATE || ')', nullif(detail, ''), nullif(hint, ''));
		def := old;
		def.status := 'failed';
		rows_changed := 0;
	END;
	PERFORM setval(def.progress, 0);
	status := def.status;
	ms := extract(epoch FROM clock_timestamp() - started) * 1000;
	def.message := message;
	def.milliseconds := ms;
	PERFORM ccx.metric_view_store(table_of, def);
	RETURN NEXT;
END $$;
COMMENT ON FUNCTION metric_view_refresh(regclass, boolean, boolean) IS 'what refresh() does as the owner';

-- The groups from the buckets that a condition holds for.
CREATE FUNCTION metric_view_bucket_query(def metric_view_definition, condition text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	keys text[] := ccx.metric_view_keys(def, false);
BEGIN
	RETURN format('SELECT %sccx.rollup(value) AS summary, min(first_at) AS first_at, max(last_at) AS last_at FROM %s WHERE %s%s HAVING count(*) > 0',
		ccx.metric_view_list(keys, '', ', '), def.buckets, condition, ccx.metric_view_list(keys, ' GROUP BY '));
END $$;
COMMENT ON FUNCTION metric_view_bucket_query(metric_view_definition, text) IS 'the query that computes the groups of a metric view from those buckets that a condition holds for';

CREATE FUNCTION metric_view_bucket_query(def metric_view_definition) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN ccx.metric_view_bucket_query(def, 'true');
COMMENT ON FUNCTION metric_view_bucket_query(metric_view_definition) IS 'the query that computes the groups of a metric view from its buckets';

CREATE FUNCTION refresh(view regclass, concurrent boolean DEFAULT true, all_of_it boolean DEFAULT false,
	OUT status text, OUT rows_changed bigint, OUT ms double precision, OUT message text) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C VOLATILE ROWS 1;
COMMENT ON FUNCTION refresh(regclass, boolean, boolean) IS 'bring a metric view up to date, as its owner; readers are not blocked unless concurrent is false';

CREATE FUNCTION metric_view_verify(view regclass) RETURNS TABLE (key jsonb, stored jsonb, recomputed jsonb)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
AS $$
DECLARE
	def ccx.metric_view_definition;
	keys text[];
BEGIN
	SELECT (f.def).* INTO def FROM ccx.metric_view_find(view) AS f;
	PERFORM ccx.metric_view_check_there(def);
	keys := ccx.metric_view_keys(def, true);
	-- the function of *<>, for Citus writes the operator back without the casts to record, which it needs
	RETURN QUERY EXECUTE format('WITH g AS MATERIALIZED (%s), r AS MATERIALIZED (%s) SELECT jsonb_build_object(%s), to_jsonb(t.*), to_jsonb(r.*) FROM %s AS t FULL JOIN r ON %s WHERE record_image_ne(ROW(t.*), ROW(r.*)) ORDER BY 1',
		ccx.metric_view_group_query(def), ccx.metric_view_data_query(def, 'g'),
		coalesce((SELECT string_agg(format('%L, coalesce(t.%I, r.%I)', k, k, k), ', ') FROM unnest(keys) AS k), ''),
		def.data, coalesce((SELECT string_agg(format('t.%I = r.%I', k, k), ' AND ') FROM unnest(keys) AS k), 'true'));
END $$;
COMMENT ON FUNCTION metric_view_verify(regclass) IS 'what verify() does as the owner';

CREATE FUNCTION verify(view regclass, OUT key jsonb, OUT stored jsonb, OUT recomputed jsonb) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C STABLE;
COMMENT ON FUNCTION verify(regclass) IS 'rows of a metric view that differ from what its source gives now; none if all is well';

CREATE FUNCTION metric_view_refreshed_at(view regclass) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT (f.def).refreshed_at FROM ccx.metric_view_find(view) AS f);
END $$;
COMMENT ON FUNCTION metric_view_refreshed_at(regclass) IS 'what refreshed_at() reads as the owner';

CREATE FUNCTION refreshed_at(view regclass) RETURNS timestamptz
AS 'MODULE_PATHNAME', 'metric_view_for_reader' LANGUAGE C STABLE;
COMMENT ON FUNCTION refreshed_at(regclass) IS 'when a metric view was last refreshed with success; NULL if never';

CREATE FUNCTION metric_view_staleness(view regclass) RETURNS interval
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN (SELECT now() - (f.def).refreshed_at FROM ccx.metric_view_find(view) AS f);
END $$;
COMMENT ON FUNCTION metric_view_staleness(regclass) IS 'what staleness() reads as the owner';

CREATE FUNCTION staleness(view regclass) RETURNS interval
AS 'MODULE_PATHNAME', 'metric_view_for_reader' LANGUAGE C STABLE;
COMMENT ON FUNCTION staleness(regclass) IS 'time since a metric view was last refreshed with success; NULL if never';

-- All of them ----------------------------------------------------------------------------------------------------------

-- A definition says which tables to read, so it is read as its owner, too.  Only definitions are: what the caller may read
-- of other tables is for their policies to say.  And since everybody can write one, nothing in it may keep the caller
-- from seeing the others, or run code of whoever wrote it.
CREATE FUNCTION metric_view_metric_view_state(definition regclass)
RETURNS TABLE (view text, owner text, kind text, mode text, source text, status text, populated boolean, refreshed_at timestamptz,
	staleness interval, row_count bigint, customer_count bigint, skipped_rows bigint, pending_changes bigint,
	milliseconds double precision, message text, progress text, mapping regclass)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	def ccx.metric_view_definition;
	stages text[] := '{checking,computing customers,computing customers,computing groups,writing rows}';
	mark bigint;
	again bigint;
BEGIN
	IF NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = definition AND c.reloftype = pg_typeof(def) AND c.relkind = 'r' AND NOT c.relrowsecurity) THEN
		RETURN;
	END IF;
	FOR def IN EXECUTE format('SELECT * FROM ONLY %s WHERE view IS NOT NULL', definition) LOOP
		-- after DROP VIEW there is no name but that of the definition
		view := coalesce((SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.oid = def.view), regexp_replace(definition::text, '_definition("?)$', '\1'));
		owner := current_user;
		kind := def.kind;
		mode := def.mode;
		source := coalesce((SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.oid = def.source), def.source_name);
		-- the view, the sequence and the table for changes
		status := CASE (
				SELECT count(*) FROM pg_class AS c
				WHERE c.oid IN (def.view, def.progress, def.dirty) AND pg_get_userbyid(c.relowner) = current_user
					AND c.relkind = CASE c.oid WHEN def.view THEN 'v' WHEN def.progress THEN 'S' ELSE 'r' END AND NOT c.relrowsecurity)
			WHEN num_nonnulls(def.view, def.progress, def.dirty) THEN coalesce(def.status, 'broken') ELSE 'broken' END;
		populated := def.populated;
		refreshed_at := def.refreshed_at;
		staleness := now() - def.refreshed_at;
		row_count := def.row_count;
		customer_count := def.customer_count;
		skipped_rows := def.skipped_rows;
		milliseconds := def.milliseconds;
		message := CASE status WHEN 'broken' THEN 'the view is gone or belongs to somebody else' ELSE def.message END;
		mapping := def.mapping;
		pending_changes := NULL;
		progress := NULL;
		IF status <> 'broken' AND def.dirty IS NOT NULL THEN
			EXECUTE format('SELECT count(*) FROM ONLY %s', def.dirty) INTO pending_changes;
		END IF;
		IF status <> 'broken' THEN
			EXECUTE format('SELECT last_value FROM %s', def.progress) INTO mark;
			IF EXISTS (
				SELECT FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
					AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
					AND l.classid = (hashtext('ccx metric view')::bigint & 4294967295)::oid AND l.objid = def.view::oid)
			THEN
				progress := stages[mark % 8];
			ELSIF mark > 0 AND NOT pg_is_in_recovery() THEN
				-- nobody refreshes, and whoever last did never said so; unless all that was just now
				EXECUTE format('SELECT last_value FROM %s', def.progress) INTO again;
				IF again = mark THEN
					status := 'stopped';
					message := format('the refresh that began at %s was cut off while %s: cancelled, out of time, or lost with its connection or the server',
						to_timestamp(mark / 8 / 1000)::timestamptz(0), stages[mark % 8]);
				END IF;
			END IF;
		END IF;
		RETURN NEXT;
	END LOOP;
EXCEPTION WHEN OTHERS THEN
	-- a metric view that was dropped just now is in the caller's snapshot, and nowhere else
	IF has_table_privilege(definition, 'SELECT') IS NULL THEN
		RETURN;
	END IF;
	view := coalesce(view, definition::text);
	owner := current_user;
	status := 'broken';
	message := SQLERRM;
	RETURN NEXT;
END $$;
COMMENT ON FUNCTION metric_view_metric_view_state(regclass) IS 'what metric_view_state() reads as the owner';

CREATE FUNCTION metric_view_state(definition regclass, OUT view text, OUT owner text, OUT kind text, OUT mode text, OUT source text, OUT status text, OUT populated boolean, OUT refreshed_at timestamptz,
	OUT staleness interval, OUT row_count bigint, OUT customer_count bigint, OUT skipped_rows bigint, OUT pending_changes bigint,
	OUT milliseconds double precision, OUT message text, OUT progress text, OUT mapping regclass) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'metric_view_for_reader' LANGUAGE C STABLE ROWS 1;
COMMENT ON FUNCTION metric_view_state(regclass) IS 'the state of the metric view that a table defines';

CREATE VIEW metric_views AS
SELECT s.view, s.owner, s.kind, s.mode, s.source, s.status, s.populated, s.refreshed_at,
       extract(epoch FROM s.staleness)::bigint AS staleness_seconds, s.row_count, s.customer_count,
       s.skipped_rows, s.pending_changes, s.milliseconds, s.message, s.progress
FROM pg_class AS c, LATERAL metric_view_state(c.oid) AS s
WHERE c.reloftype = 'metric_view_definition'::regtype AND c.relkind = 'r' AND has_table_privilege(c.oid, 'SELECT');
COMMENT ON VIEW metric_views IS 'the metric views that the current role may see: state, age, rows, last duration and error, progress of a refresh under way';
COMMENT ON COLUMN metric_views.view IS 'the metric view, with its schema';
COMMENT ON COLUMN metric_views.owner IS 'role that owns it';
COMMENT ON COLUMN metric_views.kind IS 'kind, as in create_metric_view()';
COMMENT ON COLUMN metric_views.mode IS 'full, incremental or changed_at';
COMMENT ON COLUMN metric_views.source IS 'table or view that it is computed from';
COMMENT ON COLUMN metric_views.status IS 'created, refreshed, failed, stopped (cut off before it could say how it went) or broken';
COMMENT ON COLUMN metric_views.populated IS 'whether it was ever filled';
COMMENT ON COLUMN metric_views.refreshed_at IS 'last refresh with success';
COMMENT ON COLUMN metric_views.staleness_seconds IS 'seconds since then';
COMMENT ON COLUMN metric_views.row_count IS 'rows at the last refresh';
COMMENT ON COLUMN metric_views.customer_count IS 'customers at the last full refresh; NULL in mode full';
COMMENT ON COLUMN metric_views.skipped_rows IS 'rows without customer, or without the date that is their period, at the last full refresh';
COMMENT ON COLUMN metric_views.pending_changes IS 'statements noted since the last refresh; NULL where none are noted';
COMMENT ON COLUMN metric_views.milliseconds IS 'duration of the last refresh';
COMMENT ON COLUMN metric_views.message IS 'what the last refresh said';
COMMENT ON COLUMN metric_views.progress IS 'what a refresh under way is doing';
GRANT SELECT ON metric_views TO PUBLIC;

-- What a metric view reads, so that a view over other metric views comes after them.
CREATE FUNCTION metric_view_order() RETURNS TABLE (view regclass, depth integer)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN QUERY
	WITH RECURSIVE known AS (
		SELECT to_regclass(s.view) AS view, s.mapping
		FROM pg_class AS c, LATERAL ccx.metric_view_state(c.oid) AS s
		WHERE c.reloftype = pg_typeof(NULL::ccx.metric_view_definition) AND c.relkind = 'r' AND pg_has_role(c.relowner, 'USAGE')
			-- not so where it was dropped just now
			AND has_table_privilege(c.oid, 'SELECT') AND s.status <> 'broken'
	), edge AS (
		SELECT r.ev_class AS dependent, d.refobjid AS relation
		FROM pg_rewrite AS r JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
		WHERE d.refobjid <> r.ev_class
	), reads (view, relation) AS (
		SELECT k.view, k.mapping::oid FROM known AS k
		UNION SELECT r.view, e.relation FROM reads AS r JOIN edge AS e ON e.dependent = r.relation
	), after (view, other) AS (
		SELECT r.view, k.view FROM reads AS r JOIN known AS k ON r.relation = k.view
	), level (view, depth) AS (
		SELECT k.view, 0 FROM known AS k
		UNION SELECT a.view, l.depth + 1 FROM level AS l JOIN after AS a ON a.other = l.view WHERE l.depth < 100
	)
	SELECT l.view, max(l.depth) FROM level AS l GROUP BY l.view ORDER BY 2, l.view::text COLLATE "C";
END $$;
COMMENT ON FUNCTION metric_view_order() IS 'the metric views that the current role may refresh, in the order of what they read';

CREATE PROCEDURE refresh_all(concurrent boolean DEFAULT true)
LANGUAGE plpgsql
AS $$
DECLARE
	each record;
	result record;
BEGIN
	-- no SET search_path: it would forbid COMMIT.  All names are qualified instead.
	FOR each IN SELECT o.view FROM ccx.metric_view_order() AS o LOOP
		-- what happens to one must not keep the others from being refreshed: the refresh before may have dropped it
		BEGIN
			SELECT r.status, r.message INTO result FROM ccx.refresh(each.view, concurrent, false) AS r;
			IF result.status OPERATOR(pg_catalog.=) 'failed' THEN
				RAISE WARNING 'metric view % could not be refreshed: %', each.view, result.message;
			END IF;
		EXCEPTION WHEN OTHERS OR assert_failure THEN
			RAISE WARNING 'metric view % could not be refreshed: %', each.view, SQLERRM;
		END;
		COMMIT;
	END LOOP;
END $$;
COMMENT ON PROCEDURE refresh_all(boolean) IS 'refresh all metric views that the current role may refresh, each in a transaction of its own, those that others read first';
