\echo Use "ALTER EXTENSION ccx UPDATE TO '1.2.0'" to load this file. \quit

-- As when it was created: this runs as the bootstrap superuser, and must not find what others put into the schema.
-- All names are qualified: nothing may be looked up in there.
DO $$
DECLARE
	schema pg_catalog.oid := 'ccx'::pg_catalog.regnamespace;
	what pg_catalog.text;
BEGIN
	SELECT pg_catalog.format('role "%s" may create objects in it', pg_catalog.pg_get_userbyid(a.grantee)) INTO what
	FROM pg_catalog.pg_namespace AS n, pg_catalog.aclexplode(n.nspacl) AS a
	WHERE n.oid OPERATOR(pg_catalog.=) schema AND a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'::pg_catalog.text
	  AND a.grantee OPERATOR(pg_catalog.<>) n.nspowner
	  AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid OPERATOR(pg_catalog.=) a.grantee AND r.rolsuper)
	UNION ALL
	SELECT pg_catalog.format('it has %s', pg_catalog.pg_describe_object(d.classid, d.objid, 0))
	FROM pg_catalog.pg_depend AS d
	WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) schema
	  AND (d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass
	       OR d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
	          -- a trigger function cannot be called; a metric view in here has some
	          AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc AS p WHERE p.oid OPERATOR(pg_catalog.=) d.objid
	                          AND p.prorettype OPERATOR(pg_catalog.=) 'pg_catalog.trigger'::pg_catalog.regtype))
	  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid OPERATOR(pg_catalog.=) d.classid
	                  AND e.objid OPERATOR(pg_catalog.=) d.objid AND e.deptype OPERATOR(pg_catalog.=) 'e'::pg_catalog."char")
	LIMIT 1;
	IF FOUND THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = 'schema "ccx" has what is not ccx''s, or is open to others',
			DETAIL = pg_catalog.concat('ALTER EXTENSION UPDATE would trust it with the rights of everybody who uses it, but ', what, '.'),
			HINT = 'Drop it or move it elsewhere, and REVOKE CREATE ON SCHEMA ccx.';
	END IF;
END $$;

-- Make a table equal to a query where a condition holds, and say how many rows changed; the query gives no other rows.
-- Only rows that differ are written, and found by their place, not by the index.  Readers see the old rows until the
-- transaction ends.  Neither side comes in an order that a merge join could use, and how many rows the query gives nobody
-- can tell the planner.  Who refreshes in an old snapshot may put a row that another refresh has put since (23505), but
-- then cannot store what became of it in the definition either (40001).
CREATE OR REPLACE FUNCTION metric_view_replace(target regclass, keys text[], query text, condition text) RETURNS bigint
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

-- The source was dropped and made anew under its name, or renamed; the customer's column was renamed.  Returns what was
-- found, or NULL.  Renames are followed, because the mapping view follows them; a new table gets a new mapping view.
CREATE OR REPLACE FUNCTION metric_view_follow(INOUT def metric_view_definition, OUT change text) RETURNS record
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
