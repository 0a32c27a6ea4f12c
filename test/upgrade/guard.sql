
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
