-- The ledger of a metric view: what was published of a period, and what has changed since; and forgetting a customer
--
-- Definitions and examples: doc/metric-views.md.
--
-- close_period() copies the rows that the view shows into NAME_ledger, where nothing changes them any more, and
-- NAME_published shows them.  Both come into being with the first period that is closed.

CREATE FUNCTION metric_view_frozen() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
	RAISE object_not_in_prerequisite_state USING
		MESSAGE = format('%I.%I is a ledger and never changes', TG_TABLE_SCHEMA, TG_TABLE_NAME),
		DETAIL = 'It holds what was published.',
		HINT = 'restatements() shows what the same periods give now; drop_metric_view(view, with_ledger => true) drops the ledger.';
END $$;
COMMENT ON FUNCTION metric_view_frozen() IS 'trigger that keeps the ledger of a metric view as it is';

CREATE FUNCTION metric_view_close_period(view regclass, period date) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	pair record;
	def ccx.metric_view_definition;
	by_period boolean;
	schema text;
	stem text;
	columns text;
	shown text;
	closed boolean;
	copied bigint;
	r record;
BEGIN
	-- a refresh under way must not change what is being closed, nor what is written back to the definition
	PERFORM pg_advisory_xact_lock(hashtext('ccx metric view'), view::oid::int4);
	pair := ccx.metric_view_find(view);
	def := pair.def;
	by_period := 'period' = ANY (ccx.metric_view_keys(def, true)) AND def.kind NOT IN ('cohort', 'revenue_cohort');
	SELECT n.nspname, v.relname INTO schema, stem
	FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace, pg_class AS v WHERE t.oid = pair.table_of AND v.oid = view;
	SELECT string_agg(quote_ident(name), ', ' ORDER BY ordinal), string_agg(quote_ident(name), ', ' ORDER BY ordinal) FILTER (WHERE name <> 'summary')
	INTO columns, shown FROM ccx.metric_view_columns(def);
	IF period IS NULL OR NOT isfinite(period) THEN
		RAISE invalid_parameter_value USING MESSAGE = 'the period to close must be a date';
	ELSIF NOT def.populated THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('metric view %s was never filled', view), HINT = 'Call refresh() first.';
	ELSIF def.status = 'failed' THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('the last refresh of metric view %s failed', view),
			DETAIL = def.message, HINT = 'What the board sees should be up to date: put it right, call refresh(), and close the period then.';
	END IF;
	IF by_period THEN
		period := ccx.period_start(period, def.options ->> 'step');
		IF ccx.period_end(period, def.options ->> 'step') >= def.as_of THEN
			RAISE object_not_in_prerequisite_state USING
				MESSAGE = format('the period that begins on %s was not over at the last refresh', to_char(period, 'YYYY-MM-DD')),
				DETAIL = format('It ends on %s, and the rows are as of %s.', to_char(ccx.period_end(period, def.options ->> 'step'), 'YYYY-MM-DD'), to_char(def.as_of, 'YYYY-MM-DD')),
				HINT = 'Close it when it is over and refreshed.';
		END IF;
	ELSIF period > def.as_of THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = format('the rows are as of %s, and not yet of %s', to_char(def.as_of, 'YYYY-MM-DD'), to_char(period, 'YYYY-MM-DD')),
			HINT = 'Call refresh() first.';
	END IF;

	IF def.ledger IS NULL THEN
		EXECUTE format('CREATE TABLE %I.%I AS SELECT NULL::date AS closed_period, now() AS closed_at, current_user::text AS closed_by, 0 AS definition_version, %s FROM %s WITH NO DATA',
			schema, ccx.metric_view_name(stem, '_ledger'), columns, def.data);
		def.ledger := format('%I.%I', schema, ccx.metric_view_name(stem, '_ledger'))::regclass;
		EXECUTE format('CREATE UNIQUE INDEX ON %s (closed_period%s)', def.ledger, ccx.metric_view_list(ccx.metric_view_keys(def, true), ', '));
		EXECUTE format('CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION ccx.metric_view_frozen()', def.ledger);
		EXECUTE format('COMMENT ON TABLE %s IS %L', def.ledger, format('what was published of metric view %s', view));
		EXECUTE format('CREATE VIEW %I.%I AS SELECT %s, closed_period, closed_at::timestamp AS closed_at, definition_version FROM %s',
			schema, ccx.metric_view_name(stem, '_published'), shown, def.ledger);
		EXECUTE format('COMMENT ON VIEW %I.%I IS %L', schema, ccx.metric_view_name(stem, '_published'),
			format('metric view %s as it was when its periods were closed', view));
		FOR r IN
			SELECT name, explanation FROM ccx.metric_view_columns(def) WHERE name <> 'summary'
			UNION ALL VALUES ('closed_period', 'period that was closed'), ('closed_at', 'when it was closed'), ('definition_version', 'version of the definitions then')
		LOOP
			EXECUTE format('COMMENT ON COLUMN %I.%I.%I IS %L', schema, ccx.metric_view_name(stem, '_published'), r.name, r.explanation);
		END LOOP;
		def.options := def.options || jsonb_build_object('published', ccx.metric_view_name(stem, '_published'));
		PERFORM ccx.metric_view_store(pair.table_of, def);
	END IF;
	EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE closed_period = $1)', def.ledger) INTO closed USING period;
	IF closed THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = format('the period %s is closed already', to_char(period, 'YYYY-MM-DD')),
			DETAIL = 'What was published stays.', HINT = 'restatements() shows what has changed since.';
	END IF;
	EXECUTE format('INSERT INTO %s (closed_period, closed_at, closed_by, definition_version, %s) SELECT $1, now(), session_user, $2, %s FROM %s%s',
		def.ledger, columns, columns, def.data, CASE WHEN by_period THEN ' WHERE period = $1' ELSE '' END) USING period, def.definition_version;
	GET DIAGNOSTICS copied = ROW_COUNT;
	IF copied = 0 THEN
		RAISE no_data_found USING MESSAGE = format('metric view %s has no rows of the period %s', view, to_char(period, 'YYYY-MM-DD')),
			DETAIL = 'There would be nothing to publish.';
	END IF;
	RETURN copied;
END $$;
COMMENT ON FUNCTION metric_view_close_period(regclass, date) IS 'what close_period() does as the owner';

CREATE FUNCTION close_period(view regclass, period date) RETURNS bigint
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION close_period(regclass, date) IS 'freeze the rows of a metric view for a period, as they were published; returns how many';

CREATE FUNCTION metric_view_restatements(view regclass, since date)
RETURNS TABLE (closed_period date, key jsonb, measure text, published numeric, now numeric, change numeric)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	pair record := ccx.metric_view_find(view);
	def ccx.metric_view_definition := pair.def;
	keys text := coalesce((SELECT string_agg(format('%L, t.%I', k, k), ', ') FROM unnest(ccx.metric_view_keys(def, true)) AS k), '');
	measures text;
BEGIN
	IF def.ledger IS NULL THEN
		RETURN;
	END IF;
	SELECT string_agg(format('(%s, %L, t.%I::numeric)', ordinal, name, name), ', ' ORDER BY ordinal) INTO measures
	FROM ccx.metric_view_columns(def)
	WHERE type ~ '^(numeric|bigint|integer)' AND name <> ALL (ccx.metric_view_keys(def, true));
	RETURN QUERY EXECUTE format(
		'WITH published AS (SELECT t.closed_period, jsonb_build_object(%1$s) AS key, m.* FROM %2$s AS t, LATERAL (VALUES %3$s) AS m (ordinal, measure, value) WHERE $1 IS NULL OR t.closed_period >= $1), '
		'present AS (SELECT jsonb_build_object(%1$s) AS key, m.* FROM %4$s AS t, LATERAL (VALUES %3$s) AS m (ordinal, measure, value)) '
		'SELECT coalesce(p.closed_period, n.closed_period), coalesce(p.key, n.key), coalesce(p.measure, n.measure), p.value, n.value, coalesce(n.value, 0) - coalesce(p.value, 0) '
		'FROM published AS p FULL JOIN (SELECT c.closed_period, present.* FROM present JOIN (SELECT DISTINCT closed_period FROM published) AS c ON %5$s) AS n '
		'ON n.closed_period = p.closed_period AND n.key = p.key AND n.measure = p.measure '
		'WHERE p.value IS DISTINCT FROM n.value ORDER BY 1, 2, coalesce(p.ordinal, n.ordinal)',
		keys, def.ledger, measures, def.data,
		-- where rows are not of the period that was closed, new ones are no restatement
		CASE WHEN 'period' = ANY (ccx.metric_view_keys(def, true)) AND def.kind NOT IN ('cohort', 'revenue_cohort')
			THEN 'c.closed_period = (present.key ->> ''period'')::date'
			ELSE 'EXISTS (SELECT FROM published AS q WHERE q.closed_period = c.closed_period AND q.key = present.key)' END) USING since;
END $$;
COMMENT ON FUNCTION metric_view_restatements(regclass, date) IS 'what restatements() does as the owner';

CREATE FUNCTION restatements(view regclass, since date DEFAULT NULL,
	OUT closed_period date, OUT key jsonb, OUT measure text, OUT published numeric, OUT now numeric, OUT change numeric) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C STABLE;
COMMENT ON FUNCTION restatements(regclass, date) IS 'what has changed since periods were closed, measure by measure';

-- Forgetting a customer ------------------------------------------------------------------------------------------------

CREATE FUNCTION metric_view_erase_customer(view regclass, id text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
AS $$
DECLARE
	pair record;
	def ccx.metric_view_definition;
	type text;
	equality record;
	same text;
	there boolean;
	kept text[];
	erased bigint := 0;
	frozen bigint := 0;
BEGIN
	IF id IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'the customer to erase must not be NULL';
	END IF;
	PERFORM pg_advisory_xact_lock(hashtext('ccx metric view'), view::oid::int4);
	pair := ccx.metric_view_find(view);
	def := pair.def;
	IF NOT def.options ? 'customer' THEN
		RAISE object_not_in_prerequisite_state USING MESSAGE = format('metric view %s knows no customers', view);
	END IF;
	SELECT format_type(atttypid, atttypmod) INTO type FROM pg_attribute WHERE attrelid = def.mapping AND attname = 'customer';
	equality := ccx.metric_view_equality(def.mapping, 'customer');
	-- records compare as their types do, where = is another one; and a customer may be spelled otherwise than it is kept
	same := replace(CASE WHEN equality.own_type IS NULL THEN '%s = $1::TYPE' ELSE 'ROW(%s)::record = ROW($1::TYPE)::record' END, 'TYPE', replace(type, '%', '%%'));
	EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %s)', def.mapping, format(same, 'customer')) INTO there USING id;
	IF there THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = format('%s still has rows of customer %s', def.source, quote_literal(id)),
			DETAIL = 'The next refresh would bring the customer back.', HINT = 'Delete them there first.';
	END IF;
	IF def.customers IS NOT NULL THEN
		EXECUTE format('SELECT count(*), array_agg(DISTINCT customer::text) FROM %s WHERE %s', def.customers, format(same, 'customer')) INTO erased, kept USING id;
		IF erased > 0 THEN
			PERFORM ccx.metric_view_refresh_groups(def, ccx.metric_view_refresh_customers(def, kept), false);
		END IF;
		IF def.dirty IS NOT NULL THEN
			EXECUTE format('UPDATE %s SET customers = ARRAY(SELECT c FROM unnest(customers) AS c WHERE (%s) IS NOT TRUE) WHERE EXISTS (SELECT FROM unnest(customers) AS c WHERE %2$s)',
				def.dirty, format(same, format('c::%s%s', type, ' COLLATE ' || equality.loose_collation))) USING id;
		END IF;
	END IF;
	IF def.ledger IS NOT NULL THEN
		EXECUTE format('SELECT count(*) FROM %s', def.ledger) INTO frozen;
		IF frozen > 0 THEN
			RAISE NOTICE USING MESSAGE = format('%s rows of the ledger of %s stay as they were published', frozen, view),
				DETAIL = 'They are totals of groups and name no customer.';
		END IF;
	END IF;
	RETURN erased;
END $$;
COMMENT ON FUNCTION metric_view_erase_customer(regclass, text) IS 'what erase_customer() does as the owner';

CREATE FUNCTION erase_customer(view regclass, id text) RETURNS bigint
AS 'MODULE_PATHNAME', 'metric_view_as_owner' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION erase_customer(regclass, text) IS 'remove a customer, whose rows are gone from the source, from what a metric view keeps by customer; returns how many values that were';
