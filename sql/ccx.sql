-- What belongs to the schema as a whole.  Everything ccx offers is in this schema and
-- may be called by anybody; without this grant only the installer could.

-- A schema of this name may have been there before.  What its owner put into it would be
-- found by the functions below when their bodies are parsed, and then run as whoever
-- calls them; so it has to be empty, and of somebody who may be trusted with it.  All
-- names are qualified: nothing may be looked up in that schema.
DO $$
DECLARE
	schema pg_catalog.oid := 'ccx'::pg_catalog.regnamespace;
	owner pg_catalog.text;
	what pg_catalog.text;
BEGIN
	SELECT pg_catalog.pg_get_userbyid(n.nspowner) INTO owner
	FROM pg_catalog.pg_namespace AS n
	WHERE n.oid OPERATOR(pg_catalog.=) schema
	  AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid OPERATOR(pg_catalog.=) n.nspowner AND r.rolsuper)
	  AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname OPERATOR(pg_catalog.=) 'ccx'::pg_catalog.name AND e.extowner OPERATOR(pg_catalog.=) n.nspowner)
	  AND NOT EXISTS (SELECT FROM pg_catalog.pg_database AS d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database() AND d.datdba OPERATOR(pg_catalog.=) n.nspowner);
	IF FOUND THEN
		RAISE insufficient_privilege USING
			MESSAGE = pg_catalog.format('schema "ccx" belongs to role "%s"', owner),
			DETAIL = 'Who owns the schema of an extension can have others run code, so it must be of who creates the extension, of the owner of the database or of a superuser.',
			HINT = 'ALTER SCHEMA ccx OWNER TO ..., or DROP SCHEMA ccx: CREATE EXTENSION makes it.';
	END IF;
	SELECT pg_catalog.format('role "%s" may create objects in it', pg_catalog.pg_get_userbyid(a.grantee)) INTO what
	FROM pg_catalog.pg_namespace AS n, pg_catalog.aclexplode(n.nspacl) AS a
	WHERE n.oid OPERATOR(pg_catalog.=) schema AND a.privilege_type OPERATOR(pg_catalog.=) 'CREATE'::pg_catalog.text
	  AND a.grantee OPERATOR(pg_catalog.<>) n.nspowner
	  AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.oid OPERATOR(pg_catalog.=) a.grantee AND r.rolsuper)
	UNION ALL
	SELECT pg_catalog.format('it has %s', pg_catalog.pg_describe_object(d.classid, d.objid, 0))
	FROM pg_catalog.pg_depend AS d
	WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid OPERATOR(pg_catalog.=) schema
	  AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_extension'::pg_catalog.regclass
	  AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_default_acl'::pg_catalog.regclass
	LIMIT 1;
	IF FOUND THEN
		RAISE object_not_in_prerequisite_state USING
			MESSAGE = 'schema "ccx" is there already and not empty, or open to others',
			DETAIL = pg_catalog.concat('CREATE EXTENSION would trust it with the rights of everybody who uses it, but ', what, '.'),
			HINT = 'Drop what is in it or move it elsewhere, and REVOKE CREATE ON SCHEMA ccx.';
	END IF;
END $$;

GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
