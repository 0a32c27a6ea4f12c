\echo Use "ALTER EXTENSION ccx UPDATE TO '1.1.0'" to load this file. \quit

CREATE OR REPLACE FUNCTION metric_view_drop_metric_view(view regclass, with_ledger boolean) RETURNS void
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
	FOREACH name IN ARRAY ARRAY[def.options ->> 'note', def.options ->> 'note_dimensions'] LOOP
		IF to_regprocedure(quote_ident(schema) || '.' || quote_ident(name) || '()') IS NOT NULL THEN
			EXECUTE format('DROP FUNCTION %I.%I() CASCADE', schema, name);
		END IF;
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

CREATE OR REPLACE FUNCTION metric_view_metric_view_state(definition regclass)
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
		view := def.view::text;
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

CREATE OR REPLACE FUNCTION metric_view_order() RETURNS TABLE (view regclass, depth integer)
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
