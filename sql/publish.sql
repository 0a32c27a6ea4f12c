-- publish_view(): a metric view without small counts; explain_metric_view(): what its numbers mean
--
-- Definitions and examples: doc/metric-views.md.
--
-- NAME_public is a plain view over NAME_data, so readers need SELECT on it alone, and it is as fresh as NAME.  It is a
-- security barrier, so that no function in a reader's WHERE is run on rows that are hidden and no statistics of theirs are
-- used; and it has an OFFSET, for not even a leakproof condition may go down to them, since EXPLAIN ANALYZE tells how
-- many rows it let pass.
--
-- The rule, and why it holds.  A row is small if a count in it is from 1 to k - 1.  Counts come in atoms, which no two of
-- them share and of which all counts of the row are sums, so small means a small atom, and a count that could be had by
-- subtracting one column from another is looked at, too.  Rows are hidden whole, so columns tell nothing about each other.
--
-- Without dimensions the small rows are hidden, and that is all: what the rows beside them tell of movements is how
-- many customers there were before and after, which says nothing of who came and who went.  With dimensions a reader
-- may know totals over them, from elsewhere.  Cells then form groups that totals are taken in: each period is one for
-- events, each cohort for cohorts, health is one, and movements are one together, because the closing of a period is
-- the opening of the next.  Within a group the same combinations of dimensions are hidden throughout, and they are all
-- combinations of the hidden values of each dimension, of which there are at least two.  Whatever is added to a hidden
-- cell, subtracted from its neighbours in two hidden values of each dimension and so on by turns leaves all totals as
-- they are: no hidden count is determined by equations.  With one dimension, giving one hidden value all that another
-- has leaves all totals as they are as well, and no count is negative: nothing positive is determined by inequalities
-- either.  With several dimensions thin tables may be, which the documentation says.
--
-- More values are hidden, the least first, until what is hidden together is nothing or more than k in each atom, wherever
-- the total is.  That takes no iteration: a cell's level is the number of values that would have to be hidden beyond the
-- first, and the level of a group is the lowest at which all its totals are in order.

-- The atoms of a row of the data, called c.
CREATE FUNCTION metric_view_atoms(def metric_view_definition) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RETURN format('ARRAY[%s]::bigint[]', CASE def.kind
		WHEN 'cohort' THEN 'c.active, c.eligible - c.active, c.cohort_size - c.eligible'
		WHEN 'revenue_cohort' THEN 'c.active, c.eligible - c.active, c.cohort_size - c.eligible'
		WHEN 'health' THEN 'c.customers'
		WHEN 'survey' THEN CASE def.options ->> 'scale'
			WHEN 'nps' THEN 'c.promoters, c.passives, c.detractors'
			WHEN '1-5' THEN 'c.satisfied, c.responses - c.satisfied'
			ELSE 'c.easy, c.responses - c.easy' END
		WHEN 'renewal' THEN 'c.on_time_renewals, c.renewed_renewals - c.on_time_renewals, c.recovered_renewals, c.lost_renewals - c.recovered_renewals, c.open_renewals'
		WHEN 'duration' THEN 'c.arrived, c.starts - c.arrived'
		ELSE 'c.new_customers, c.reactivation_customers, c.expansion_customers, c.contraction_customers, c.churned_customers, '
			'c.retained_customers - c.expansion_customers - c.contraction_customers' END);
END $$;
COMMENT ON FUNCTION metric_view_atoms(metric_view_definition) IS 'the counts of a row of a metric view that all its other counts are sums of';

-- The query of NAME_public.  In it t1, t2 are the keys that are no dimensions, d1, d2 and so on the dimensions.
CREATE FUNCTION metric_view_public_query(def metric_view_definition, k integer, since date) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	times text[] := (ccx.metric_view_keys(def, true))[1:cardinality(ccx.metric_view_keys(def, true)) - cardinality(def.dimensions)];
	t text := coalesce((SELECT string_agg(', t' || i, '' ORDER BY i) FROM generate_subscripts(times, 1) AS i), '');
	d text := (SELECT string_agg('d' || i, ', ' ORDER BY i) FROM generate_subscripts(def.dimensions, 1) AS i);
	cells text;
	hidden text;
	columns text;
BEGIN
	cells := format('cell AS MATERIALIZED (SELECT %s AS g%s%s, %s AS n FROM %s AS c%s)',
		CASE WHEN def.kind IN ('movements', 'usage', 'health') THEN 'date ''epoch''' ELSE format('c.%I', times[1]) END,
		coalesce((SELECT string_agg(format(', c.%I AS t%s', times[i], i), '' ORDER BY i) FROM generate_subscripts(times, 1) AS i), ''),
		coalesce((SELECT string_agg(format(', c.%I AS d%s', def.dimensions[i], i), '' ORDER BY i) FROM generate_subscripts(def.dimensions, 1) AS i), ''),
		ccx.metric_view_atoms(def), def.data, CASE WHEN since IS NULL THEN '' ELSE format(' WHERE c.%I >= %L::date', times[1], since) END);
	hidden := format('EXISTS (SELECT FROM unnest(n) AS u (x) WHERE x BETWEEN 1 AND %s)', k - 1);
	IF d IS NULL THEN
		cells := cells || format(', shown AS (SELECT g%s, %s AS hidden FROM cell)', t, hidden);
	ELSE
		cells := cells || format(', small AS (SELECT DISTINCT g, %s FROM cell WHERE %s)', d, hidden)
			-- the values of each dimension: small ones have rank 0, and so has the next if there is only one
			|| (SELECT string_agg(format(
				', value%1$s AS (SELECT g, d%1$s, greatest(row_number() OVER (PARTITION BY g ORDER BY small DESC, weight = 0, weight, d%1$s COLLATE "C") '
				'- greatest(count(*) FILTER (WHERE small) OVER (PARTITION BY g), 2), 0) AS rank '
				'FROM (SELECT g, d%1$s, s.d%1$s IS NOT NULL AS small, coalesce(w.weight, 0) AS weight FROM (SELECT DISTINCT g FROM small) AS a CROSS JOIN (SELECT DISTINCT d%1$s FROM cell) AS b '
				'LEFT JOIN (SELECT DISTINCT g, d%1$s FROM small) AS s USING (g, d%1$s) '
				'LEFT JOIN (SELECT g, d%1$s, sum(x) AS weight FROM cell, unnest(n) AS u (x) GROUP BY g, d%1$s) AS w USING (g, d%1$s)) AS v)', i), '' ORDER BY i)
				FROM generate_subscripts(def.dimensions, 1) AS i)
			|| format(', level AS (SELECT g, %s, greatest(%s) AS level FROM %s)', d,
				(SELECT string_agg(format('value%s.rank', i), ', ') FROM generate_subscripts(def.dimensions, 1) AS i),
				(SELECT string_agg(format('value%s', i) || CASE i WHEN 1 THEN '' ELSE ' USING (g)' END, ' JOIN ' ORDER BY i) FROM generate_subscripts(def.dimensions, 1) AS i))
			-- what is hidden together up to each level
			|| format(', together AS (SELECT g, level, lead(level) OVER up AS until, sum(sum(x)) OVER up AS hidden, sum(sum(x)) OVER (PARTITION BY g%1$s, i) AS total '
				'FROM cell JOIN level USING (g, %2$s), unnest(n) WITH ORDINALITY AS u (x, i) GROUP BY g%1$s, i, level WINDOW up AS (PARTITION BY g%1$s, i ORDER BY level)), '
				'chosen AS (SELECT g, min(level) AS level FROM level AS l WHERE NOT EXISTS (SELECT FROM together AS s WHERE s.g = l.g AND l.level >= s.level AND (l.level < s.until OR s.until IS NULL) '
				'AND s.hidden BETWEEN 1 AND %3$s AND s.total > %3$s) GROUP BY g), '
				'gone AS (SELECT g, %2$s FROM level AS l JOIN chosen AS s USING (g) WHERE l.level <= s.level), '
				-- a hidden row is there for every combination, so that it does not tell whether there are customers
				'shown AS (SELECT g%1$s, %2$s, false AS hidden FROM cell WHERE (g, %2$s) NOT IN (TABLE gone) '
				'UNION ALL SELECT g%1$s, %2$s, true FROM gone JOIN (SELECT DISTINCT g%1$s FROM cell) AS p USING (g))', t, d, k);
	END IF;
	SELECT string_agg(CASE
			WHEN name = ANY (times) THEN format('s.t%s AS %I', array_position(times, name), name)
			WHEN name = ANY (def.dimensions) THEN format('s.d%s AS %I', array_position(def.dimensions, name), name)
			ELSE format('c.%I', name) END, ', ' ORDER BY ordinal) INTO columns
	FROM ccx.metric_view_columns(def) WHERE name <> 'summary';
	RETURN format('WITH %s SELECT %s, s.hidden AS is_suppressed FROM shown AS s LEFT JOIN %s AS c ON NOT s.hidden', cells, columns, def.data)
		|| coalesce((SELECT string_agg(format(' AND c.%I = s.t%s', times[i], i), '' ORDER BY i) FROM generate_subscripts(times, 1) AS i), '')
		|| coalesce((SELECT string_agg(format(' AND c.%I = s.d%s', def.dimensions[i], i), '' ORDER BY i) FROM generate_subscripts(def.dimensions, 1) AS i), '')
		-- in an order that tells nothing: that of the plan would have hidden rows by how many they count
		|| coalesce(' ORDER BY ' || nullif(concat_ws(', ', (SELECT string_agg('s.t' || i, ', ' ORDER BY i) FROM generate_subscripts(times, 1) AS i),
			(SELECT string_agg(format('s.d%s COLLATE "C"', i), ', ' ORDER BY i) FROM generate_subscripts(def.dimensions, 1) AS i)), ''), '')
		-- no condition of a reader is pushed further down than here
		|| ' OFFSET 0';
END $$;
COMMENT ON FUNCTION metric_view_public_query(metric_view_definition, integer, date) IS 'the query of a metric view without small counts';

CREATE FUNCTION metric_view_publish_view(view regclass, k integer, since date) RETURNS regclass
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
AS $$
DECLARE
	pair record;
	def ccx.metric_view_definition;
	schema text;
	name text;
	there boolean;
	r record;
BEGIN
	-- what is written back to the definition must not be older than what a refresh under way leaves there
	PERFORM pg_advisory_xact_lock(hashtext('ccx metric view'), view::oid::int4);
	pair := ccx.metric_view_find(view);
	def := pair.def;
	IF k IS NULL OR k < 2 THEN
		RAISE invalid_parameter_value USING
			MESSAGE = format('the smallest count to publish must be 2 or more, not %s', coalesce(k::text, 'NULL')),
			DETAIL = 'Counts from 1 to the one below it are suppressed.';
	ELSIF since IS NOT NULL AND (def.kind = 'health' OR NOT isfinite(since)) THEN
		RAISE invalid_parameter_value USING
			MESSAGE = format('a metric view of kind %s cannot be published since %s', def.kind, since),
			DETAIL = CASE def.kind WHEN 'health' THEN 'Its rows have no date.' ELSE 'It takes a day of the calendar.' END;
	END IF;
	SELECT n.nspname, ccx.metric_view_name(v.relname, '_public') INTO schema, name
	FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace, pg_class AS v WHERE t.oid = pair.table_of AND v.oid = view;
	name := coalesce(def.options ->> 'public', name);
	-- one that is there is replaced, with its grants; one that is not of this metric view is not
	there := def.options ? 'public' AND to_regclass(format('%I.%I', schema, name)) IS NOT NULL;
	EXECUTE format('CREATE %s VIEW %I.%I WITH (security_barrier = true) AS %s', CASE WHEN there THEN 'OR REPLACE' ELSE '' END,
		schema, name, ccx.metric_view_public_query(def, k, since));
	EXECUTE format('COMMENT ON VIEW %I.%I IS %L', schema, name, format('metric view %s%s, for readers who must not see counts from 1 to %s',
		view, ' since ' || to_char(since, 'YYYY-MM-DD'), k - 1));
	FOR r IN SELECT c.name, c.explanation FROM ccx.metric_view_columns(def) AS c WHERE c.name <> 'summary'
		UNION ALL SELECT 'is_suppressed', 'whether the row is hidden, because it is small or would tell what another is'
	LOOP
		EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', schema, name, r.name, r.explanation);
	END LOOP;
	def.options := def.options || jsonb_build_object('public', name);
	PERFORM ccx.metric_view_store(pair.table_of, def);
	RETURN format('%I.%I', schema, name)::regclass;
END $$;
COMMENT ON FUNCTION metric_view_publish_view(regclass, integer, date) IS 'what publish_view() does as the owner';

CREATE FUNCTION publish_view(view regclass, k integer, since date DEFAULT NULL) RETURNS regclass
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION publish_view(regclass, integer, date) IS 'make a plain view NAME_public of a metric view, in which counts below k are suppressed, and enough others that no total gives them away';

-- What the numbers mean ------------------------------------------------------------------------------------------------

-- A name of its own: explain_metric('retention') with a metric view in place of a metric would have to be cast.
CREATE FUNCTION metric_view_explain_metric_view(view regclass) RETURNS TABLE (item text, explanation text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
AS $$
DECLARE
	def ccx.metric_view_definition := (ccx.metric_view_find(view)).def;
	keys text[] := ccx.metric_view_keys(def, true);
	shown text;
BEGIN
	IF def.kind <> 'health' THEN
		EXECUTE format('SELECT min(%1$I) || '' to '' || max(%1$I) FROM %2$s', keys[1], def.data) INTO shown;
	END IF;
	RETURN QUERY
	SELECT v.* FROM (VALUES
		('metric view', view::text),
		('kind', def.kind),
		('source', coalesce((SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.oid = def.source), def.source_name)),
		('columns of the source', (SELECT string_agg(format('%s = %s', r.role, def.options ->> r.role), ', ' ORDER BY r.i)
			FROM unnest((ccx.metric_view_kind(def.kind)).usable) WITH ORDINALITY AS r (role, i) WHERE def.options ? r.role)),
		('dimensions', CASE WHEN cardinality(def.dimensions) = 0 THEN 'none'
			ELSE array_to_string(def.dimensions, ', ') || coalesce(' of ' || (SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.oid = def.dimensions_from), '') END),
		('grain', CASE WHEN def.kind = 'health' THEN 'none: as it is now'
			WHEN def.options ->> 'span' <> regexp_replace(def.options ->> 'step', ':.*', '') THEN format('%s, over one %s', def.options ->> 'step', def.options ->> 'span')
			ELSE def.options ->> 'step' END),
		('mode', def.mode),
		('window', coalesce(shown, CASE def.kind WHEN 'health' THEN 'all rows of the source' ELSE 'no rows' END)),
		('as of', CASE WHEN def.populated THEN def.as_of::text ELSE 'never filled' END),
		('refreshed at', coalesce(def.refreshed_at::text, 'never')),
		('status', def.status),
		('skipped rows', coalesce(def.skipped_rows::text, 'not counted')),
		('definition version', def.definition_version::text)) AS v (item, explanation);
	RETURN QUERY
	SELECT c.name || v.part, v.text
	FROM ccx.metric_view_columns(def) AS c
	LEFT JOIN ccx.metric_definitions() AS m ON m.metric = CASE
		WHEN c.name IN ('retention', 'net_retention', 'gross_retention') THEN 'cohort_table'
		WHEN c.name IN ('logo_retention_low', 'nps_low') THEN replace(c.name, '_low', '_ci')
		WHEN c.name = 'median_time' THEN 'km_median'
		WHEN c.name = 'p90_time' THEN 'km_quantile'
		ELSE c.name END,
	LATERAL (VALUES (1, '', c.explanation), (2, ': formula', m.formula), (3, ': population', m.population), (4, ': exclusions', m.exclusions),
		(5, ': undefined when', m.undefined_when), (6, ': definition version', m.version::text), (7, ': documentation', m.documentation)) AS v (i, part, text)
	WHERE c.name <> 'summary' AND c.name <> ALL (keys) AND v.text IS NOT NULL
	ORDER BY c.ordinal, v.i;
END $$;
COMMENT ON FUNCTION metric_view_explain_metric_view(regclass) IS 'what explain_metric_view() reads as the owner';

CREATE FUNCTION explain_metric_view(view regclass, OUT item text, OUT explanation text) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'metric_view_for_reader' LANGUAGE C STABLE;
COMMENT ON FUNCTION explain_metric_view(regclass) IS 'what a metric view shows: source, grain, window, age, rows left out, and of each column its meaning, formula, population, exclusions and version';
