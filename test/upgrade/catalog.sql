-- What the extension consists of: a line for each object, its identity and a jsonb of its properties.  Two
-- installations are alike if these lines are, in whatever order.  No OIDs, and nothing that depends on when or
-- in which order objects were made.
SET search_path = pg_catalog;
SET client_min_messages = warning;

CREATE FUNCTION pg_temp.grants(acl aclitem[], kind "char", owner oid) RETURNS jsonb LANGUAGE sql
RETURN (SELECT jsonb_agg(concat(CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END, ': ', privilege_type,
                                CASE WHEN is_grantable THEN ' with grant option' END) ORDER BY grantee, privilege_type)
        FROM aclexplode(coalesce(acl, acldefault(kind, owner))));

CREATE FUNCTION pg_temp.columns_of(relation oid) RETURNS jsonb LANGUAGE sql
RETURN (SELECT jsonb_agg(jsonb_build_array(attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid),
                                           attidentity, attgenerated, attcollation::regcollation, col_description(attrelid, attnum),
                                           CASE WHEN attacl IS NOT NULL THEN pg_temp.grants(attacl, 'c', 0) END) ORDER BY attnum)
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped);

CREATE TEMP TABLE members AS
SELECT d.classid, d.objid FROM pg_depend AS d JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
WHERE e.extname = 'ccx' AND d.deptype = 'e';
ANALYZE members;

CREATE TEMP VIEW properties AS
SELECT classid, objid,
       jsonb_build_object('definition', CASE WHEN prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
                          'arguments', pg_get_function_arguments(p.oid), 'result', pg_get_function_result(p.oid),
                          'volatility', provolatile, 'parallel', proparallel, 'strict', proisstrict,
                          'grants', pg_temp.grants(proacl, 'f', proowner), 'owner', pg_get_userbyid(proowner))
       || coalesce((SELECT jsonb_object_agg(key, value)
                    FROM jsonb_each(to_jsonb(a) || jsonb_build_object('aggsortop', aggsortop::regoperator,
                         'aggtranstype', format_type(aggtranstype, NULL), 'aggmtranstype', format_type(aggmtranstype, NULL)))
                    WHERE key <> 'aggfnoid'), '{}') AS properties
FROM members JOIN pg_proc AS p ON classid = 'pg_proc'::regclass AND p.oid = objid LEFT JOIN pg_aggregate AS a ON a.aggfnoid = p.oid
UNION ALL
SELECT classid, objid,
       to_jsonb(t) - '{oid,typname,typnamespace,typowner,typrelid,typelem,typarray,typbasetype,typcollation,typacl,typdefaultbin}'::text[]
       || jsonb_build_object('element', format_type(nullif(typelem, 0), NULL), 'base', format_type(nullif(typbasetype, 0), typtypmod),
                             'collation', typcollation::regcollation, 'array', format_type(nullif(typarray, 0), NULL),
                             'columns', pg_temp.columns_of(typrelid),
                             'constraints', (SELECT jsonb_agg(pg_get_constraintdef(c.oid) ORDER BY conname) FROM pg_constraint AS c WHERE contypid = t.oid),
                             'grants', pg_temp.grants(typacl, 'T', typowner), 'owner', pg_get_userbyid(typowner))
FROM members JOIN pg_type AS t ON classid = 'pg_type'::regclass AND t.oid = objid
UNION ALL
SELECT classid, objid,
       jsonb_build_object('result', format_type(oprresult, NULL), 'commutator', oprcom::regoperator, 'negator', oprnegate::regoperator,
                          'function', oprcode, 'restrict', oprrest, 'join', oprjoin, 'merges', oprcanmerge, 'hashes', oprcanhash,
                          'owner', pg_get_userbyid(oprowner))
FROM members JOIN pg_operator AS o ON classid = 'pg_operator'::regclass AND o.oid = objid
UNION ALL
SELECT classid, objid,
       jsonb_build_object('default', opcdefault, 'type', format_type(opcintype, NULL), 'key type', format_type(nullif(opckeytype, 0), NULL),
                          'family', (pg_identify_object('pg_opfamily'::regclass, opcfamily, 0)).identity, 'owner', pg_get_userbyid(opcowner))
FROM members JOIN pg_opclass AS o ON classid = 'pg_opclass'::regclass AND o.oid = objid
UNION ALL
SELECT classid, objid,
       jsonb_build_object('operators', (SELECT jsonb_agg(concat_ws(' ', amopstrategy, amoppurpose, amopopr::regoperator) ORDER BY amoplefttype::regtype::text, amoprighttype::regtype::text, amopstrategy)
                                        FROM pg_amop WHERE amopfamily = f.oid),
                          'functions', (SELECT jsonb_agg(concat_ws(' ', amprocnum, amproc::regprocedure) ORDER BY amproclefttype::regtype::text, amprocrighttype::regtype::text, amprocnum)
                                        FROM pg_amproc WHERE amprocfamily = f.oid),
                          'owner', pg_get_userbyid(opfowner))
FROM members JOIN pg_opfamily AS f ON classid = 'pg_opfamily'::regclass AND f.oid = objid
UNION ALL
SELECT classid, objid, jsonb_build_object('function', castfunc::regprocedure, 'context', castcontext, 'method', castmethod)
FROM members JOIN pg_cast AS o ON classid = 'pg_cast'::regclass AND o.oid = objid
UNION ALL
SELECT classid, objid,
       jsonb_build_object('definition', CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, 'columns', pg_temp.columns_of(c.oid),
                          'options', (SELECT jsonb_agg(o ORDER BY o) FROM unnest(reloptions) AS o),
                          'row security', to_jsonb(ARRAY[relrowsecurity, relforcerowsecurity]), 'persistence', relpersistence,
                          'constraints', (SELECT jsonb_agg(conname || ' ' || pg_get_constraintdef(k.oid) ORDER BY conname) FROM pg_constraint AS k WHERE conrelid = c.oid),
                          'indexes', (SELECT jsonb_agg(pg_get_indexdef(indexrelid) ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = c.oid),
                          'triggers', (SELECT jsonb_agg(pg_get_triggerdef(t.oid) ORDER BY tgname) FROM pg_trigger AS t WHERE tgrelid = c.oid AND NOT tgisinternal),
                          'rules', (SELECT jsonb_agg(pg_get_ruledef(r.oid) ORDER BY rulename) FROM pg_rewrite AS r WHERE ev_class = c.oid),
                          'grants', pg_temp.grants(relacl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner), 'owner', pg_get_userbyid(relowner))
FROM members JOIN pg_class AS c ON classid = 'pg_class'::regclass AND c.oid = objid;

SELECT concat_ws(E'\t', concat_ws(' ', o.type, o.identity), coalesce(p.properties, '{}')
           || jsonb_build_object('comment', obj_description(m.objid, m.classid::regclass::name),
                                 'grants of the script', (SELECT jsonb_agg(pg_temp.grants(initprivs, 'f', 0) ORDER BY objsubid)
                                                          FROM pg_init_privs AS i WHERE i.objoid = m.objid AND i.classoid = m.classid)))
FROM members AS m CROSS JOIN LATERAL pg_identify_object(m.classid, m.objid, 0) AS o LEFT JOIN properties AS p USING (classid, objid)
UNION ALL
SELECT concat_ws(E'\t', 'extension ccx', jsonb_build_object('version', extversion, 'relocatable', extrelocatable, 'schema', extnamespace::regnamespace,
           'tables to dump', (SELECT jsonb_agg(concat(c::regclass, ' ', extcondition[i]) ORDER BY c::regclass::text) FROM unnest(extconfig) WITH ORDINALITY AS u (c, i)),
           'grants on the schema', pg_temp.grants(nspacl, 'n', nspowner)))
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = extnamespace WHERE extname = 'ccx'
ORDER BY 1;
