-- Views of a metric view that name customers: NAME_customer_history, NAME_top_movers, NAME_at_risk
--
-- Definitions and examples: doc/metric-views.md.
--
-- They are plain views and store nothing.  Where NAME_customers keeps the values of single customers, they read these,
-- and are as old as the last refresh; where it does not, they compute them from the source as it is.  Which periods are
-- shown follows the last refresh in either case: what is observed is read from NAME_summaries and NAME_definition.

-- Make one of them.  Columns are rows of four: name, type, expression, comment; dimensions stand behind the first.
CREATE FUNCTION metric_view_customer_view(def metric_view_definition, key text, columns text[], dimensions text[], tail text, explanation text)
RETURNS metric_view_definition
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	schema text;
	stem text;
	name text;
	list text;
	clash text;
	r record;
BEGIN
	SELECT n.nspname, v.relname INTO schema, stem
	FROM pg_class AS v JOIN pg_namespace AS n ON n.oid = v.relnamespace WHERE v.oid = def.view;
	name := ccx.metric_view_name(stem, '_' || key);
	SELECT columns[i][1] INTO clash FROM generate_subscripts(columns, 1) AS i WHERE columns[i][1] = ANY (def.dimensions);
	IF FOUND THEN
		RAISE duplicate_column USING
			MESSAGE = format('dimension %I has the name of a column of %I', clash, name),
			HINT = 'Make a view that names it otherwise, and take that as the source.';
	END IF;
	FOR r IN
		SELECT columns[i][1] AS name, format('(%s)::%s AS %I', columns[i][3], columns[i][2], columns[i][1]) AS item, columns[i][4] AS explanation, i * 1000 AS place
		FROM generate_subscripts(columns, 1) AS i
		UNION ALL
		SELECT d, format('(%s)::text AS %I', dimensions[i], d), 'dimension; (none) where the source has NULL', 1000 + i
		FROM unnest(def.dimensions) WITH ORDINALITY AS u (d, i)
		ORDER BY place
	LOOP
		list := concat_ws(', ', list, r.item);
	END LOOP;
	EXECUTE format('CREATE VIEW %I.%I AS SELECT %s FROM %s', schema, name, list, tail);
	EXECUTE format('COMMENT ON VIEW %I.%I IS %L', schema, name, format(explanation, def.view));
	FOR r IN
		SELECT columns[i][1] AS name, columns[i][4] AS explanation FROM generate_subscripts(columns, 1) AS i
		UNION ALL SELECT d, 'dimension; (none) where the source has NULL' FROM unnest(def.dimensions) AS d
	LOOP
		EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', schema, name, r.name, r.explanation);
	END LOOP;
	def.options := def.options || jsonb_build_object(key, name);
	RETURN def;
END $$;
COMMENT ON FUNCTION metric_view_customer_view(metric_view_definition, text, text[], text[], text, text) IS 'make a view that names the customers of a metric view';

-- All that the kind has.  The table of the definition is there, the row in it need not be.
CREATE FUNCTION metric_view_customer_views(def metric_view_definition, table_of regclass) RETURNS metric_view_definition
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	what text := CASE def.kind WHEN 'usage' THEN 'usage' ELSE 'MRR' END;
	partial boolean := coalesce((def.options ->> 'include_partial')::boolean, false);
	filled text := format('(SELECT d.populated FROM ONLY %s AS d)', table_of);
	-- NULL before the first refresh
	as_of text := format('(SELECT d.as_of FROM ONLY %s AS d WHERE d.populated)', table_of);
	movements text := CASE WHEN ccx.metric_view_row_dimensions(def) THEN 'c.value'
		ELSE format('ccx.movements_accum_step_span(NULL::ccx.mrr_movements, c.value, %L, %L)', def.options ->> 'step', def.options ->> 'span') END;
	own text[] := ARRAY(SELECT format('c.%I', d) FROM unnest(def.dimensions) WITH ORDINALITY AS u (d, i) ORDER BY i);
	of_customers text;
	observed_to text;
	unfolded text;
	movers text;
	schema text;
	r record;
BEGIN
	IF def.kind NOT IN ('movements', 'usage', 'health', 'renewal') OR NOT def.options ? 'customer' THEN
		RETURN def;
	END IF;
	SELECT n.nspname INTO schema FROM pg_class AS v JOIN pg_namespace AS n ON n.oid = v.relnamespace WHERE v.oid = def.view;
	of_customers := CASE WHEN def.customers IS NULL THEN format('(%s)', ccx.metric_view_customer_query(def, 'true')) ELSE def.customers::text END;
	IF def.customers IS NOT NULL AND def.kind IN ('movements', 'usage', 'health') THEN
		-- the customer is text in views: other types need an index of it as text, where that does not hang on settings
		SELECT t.typname INTO r FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
		WHERE a.attrelid = def.customers AND a.attname = 'customer';
		IF r.typname NOT IN ('text', 'varchar') THEN
			BEGIN
				EXECUTE format('CREATE INDEX ON %s ((customer::text))', def.customers);
			EXCEPTION WHEN invalid_object_definition THEN
				NULL;
			END;
		END IF;
	END IF;

	IF def.kind IN ('movements', 'usage') THEN
		-- the window of metric_view_data_query(), of the last refresh instead of this moment
		observed_to := CASE WHEN partial AND NOT def.options ? 'valid_to' THEN format('(SELECT max(last_at) FROM %s)', def.summaries)
			WHEN partial THEN as_of
			ELSE format('(SELECT least((SELECT max(last_at) FROM %s), ccx.period_start(d.as_of, ''month'') - 1) FROM ONLY %s AS d)', def.summaries, table_of) END;
		unfolded := format('LATERAL ccx.retention_summaries(%s, (SELECT min(first_at) FROM %s), %s) AS r (period, summary), '
			'LATERAL ccx.mrr_movement(ccx.opening_mrr(r.summary), ccx.closing_mrr(r.summary), ccx.reactivation_customers(r.summary) > 0) AS m (movement) '
			'WHERE %s AND m.movement IS NOT NULL', movements, def.summaries, observed_to, filled);
		def := ccx.metric_view_customer_view(def, 'customer_history', ARRAY[
			['customer', 'text', 'c.customer', 'the customer'],
			['period', 'date', 'r.period', 'first day of the period'],
			['opening', 'numeric(38,10)', 'ccx.metric_view_amount(ccx.opening_mrr(r.summary))', what || ' at opening'],
			['closing', 'numeric(38,10)', 'ccx.metric_view_amount(ccx.closing_mrr(r.summary))', what || ' at closing'],
			['movement', 'text', 'm.movement', 'new, reactivation, expansion, contraction, churn or unchanged']],
			own, format('%s AS c, %s', of_customers, unfolded),
			'customers of metric view %s, period by period');
	END IF;

	IF def.kind = 'movements' THEN
		-- unfolding the periods of all customers takes long: where two days of a history tell who moved most, only these
		-- are looked at.  An amount that is NULL is too large to be shown.
		movers := format('%I.%I AS c', schema, def.options ->> 'customer_history');
		IF NOT (ccx.metric_view_row_dimensions(def) OR partial OR def.options ? 'valid_to') THEN
			movers := format('(SELECT c.customer::text AS customer, %1$sr.period, ccx.metric_view_amount(ccx.opening_mrr(r.summary)) AS opening, ccx.metric_view_amount(ccx.closing_mrr(r.summary)) AS closing, m.movement '
				'FROM (SELECT c.* FROM %2$s AS c, '
				'(SELECT ccx.period_end((max(period) - interval %3$L)::date, %4$L) AS opening, ccx.period_end(max(period), %4$L) AS closing FROM %5$s) AS p, '
				'LATERAL (SELECT ccx.mrr_at(c.value, p.opening) AS opening, ccx.mrr_at(c.value, p.closing) AS closing) AS a WHERE a.opening <> a.closing '
				'ORDER BY abs(ccx.metric_view_amount(a.closing) - ccx.metric_view_amount(a.opening)) DESC NULLS FIRST, c.customer::text COLLATE "C" LIMIT 50) AS c, %6$s) AS c',
				(SELECT string_agg(d || ', ', '' ORDER BY i) FROM unnest(own) WITH ORDINALITY AS u (d, i)), of_customers,
				CASE regexp_replace(def.options ->> 'span', ':.*', '') WHEN 'quarter' THEN '3 months' ELSE '1 ' || regexp_replace(def.options ->> 'span', ':.*', '') END, def.options ->> 'step', def.data, unfolded);
		END IF;
		def := ccx.metric_view_customer_view(def, 'top_movers', ARRAY[
			['customer', 'text', 'c.customer', 'the customer'],
			['period', 'date', 'c.period', 'first day of the period: the last that the metric view shows'],
			['opening', 'numeric(38,10)', 'c.opening', 'MRR at opening'],
			['closing', 'numeric(38,10)', 'c.closing', 'MRR at closing'],
			['change', 'numeric(38,10)', 'c.closing - c.opening', 'closing less opening'],
			['movement', 'text', 'c.movement', 'new, reactivation, expansion, contraction or churn']],
			own,
			format('%s WHERE c.period = (SELECT max(period) FROM %s) AND c.movement <> ''unchanged'' '
				'ORDER BY abs(c.closing - c.opening) DESC NULLS FIRST, c.customer COLLATE "C" LIMIT 50', movers, def.data),
			'the 50 customers of metric view %s that changed most in its last period');
	ELSIF def.kind = 'health' THEN
		def := ccx.metric_view_customer_view(def, 'at_risk', ARRAY[
			['customer', 'text', 'c.customer', 'the customer'],
			['health_score', 'numeric(24,6)', 'ccx.metric_view_ratio(ccx.health_score(c.value))', 'weighted mean of its signals, 0 to 100'],
			['health_coverage', 'numeric(24,6)', 'ccx.metric_view_ratio(ccx.health_coverage(c.value))', 'share of the weight that was present'],
			['worst_signal', 'text', 'w.signal', 'the signal that costs most points'],
			['points_lost', 'numeric(24,6)', 'ccx.metric_view_ratio(w.points_lost)', 'points that it costs, of the 100 that the score could be']],
			own,
			format('%s AS c, LATERAL (SELECT h.signal, h.points_lost FROM ccx.health_drivers(c.value) AS h ORDER BY h.points_lost DESC, h.signal COLLATE "C" LIMIT 1) AS w '
				'WHERE %s AND ccx.health_band(c.value) = ''red'' ORDER BY ccx.health_score(c.value), c.customer::text COLLATE "C"', of_customers, filled),
			'customers of metric view %s in the red band, the worst first');
	ELSIF def.kind = 'renewal' THEN
		def := ccx.metric_view_customer_view(def, 'at_risk', ARRAY[
			['customer', 'text', 'c.customer', 'the customer'],
			['due_on', 'date', 'c.at', 'day that the renewal is due'],
			['arr', 'numeric(38,10)', 'ccx.metric_view_amount(c.amount)', 'ARR due']],
			own,
			format('%s AS c WHERE c.customer IS NOT NULL AND c.amount IS NOT NULL AND c.at + %s >= %s AND (c.renewed_on IS NULL OR c.renewed_on > %3$s) ORDER BY c.at, c.amount DESC, c.customer::text COLLATE "C"',
				def.mapping, def.options ->> 'grace', as_of),
			'renewals of metric view %s that are open and not signed, the next first');
	ELSIF def.kind = 'usage' THEN
		def := ccx.metric_view_customer_view(def, 'at_risk', ARRAY[
			['customer', 'text', 'c.customer', 'the customer'],
			['as_of', 'date', 'c.as_of', 'last day of the weeks that are compared'],
			['usage_drop', 'numeric(24,6)', 'ccx.metric_view_ratio(ccx.usage_drop(c.u, 4, 12, c.as_of))', 'fall of the last 4 weeks below the 12 before, by their noise and level'],
			['weekly_usage', 'numeric(38,10)', 'ccx.metric_view_amount(ccx.usage_level(c.u, 4, c.as_of))', 'median week of the last 4'],
			['last_used_on', 'date', 'c.as_of - ccx.usage_recency(c.u, c.as_of)', 'last day with usage']],
			own,
			-- a customer whose rows change dimension is where it was last
			format('(SELECT customer%s, ccx.usage_agg(at, amount) FILTER (WHERE amount >= 0) AS u, (SELECT least((SELECT max(last_at) FROM %s), d.as_of - 1) FROM ONLY %s AS d WHERE d.populated) AS as_of FROM %s WHERE customer IS NOT NULL GROUP BY customer%s) AS c '
				'WHERE ccx.usage_drop(c.u, 4, 12, c.as_of) > 3 ORDER BY ccx.usage_drop(c.u, 4, 12, c.as_of) DESC, c.customer::text COLLATE "C"',
				CASE WHEN ccx.metric_view_row_dimensions(def)
					THEN (SELECT string_agg(format(', (array_agg(%I ORDER BY at DESC NULLS LAST, %I COLLATE "C"))[1] AS %I', d, d, d), '' ORDER BY i) FROM unnest(def.dimensions) WITH ORDINALITY AS n (d, i))
					ELSE ccx.metric_view_list(def.dimensions, ', ') END,
				def.summaries, table_of, def.mapping,
				CASE WHEN ccx.metric_view_row_dimensions(def) THEN '' ELSE ccx.metric_view_list(def.dimensions, ', ') END),
			'customers of metric view %s whose usage dropped, the most first');
	END IF;
	RETURN def;
END $$;
COMMENT ON FUNCTION metric_view_customer_views(metric_view_definition, regclass) IS 'make the views that name the customers of a metric view';
