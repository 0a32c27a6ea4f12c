-- What functions and aggregates answer: three calls of each whose answer depends on nothing but its arguments, on values of a table "sample" with
-- columns type, name and value (text) and on the constants below.  A line for each: the call's function, its
-- number, and the answer, or the SQLSTATE of the error.  The lines of a release are kept, so only add constants to
-- types that have none.
SET extra_float_digits = -3;
SET client_min_messages = warning;
SET search_path = pg_catalog;

CREATE TEMP TABLE constant AS
SELECT type, expression, row_number() OVER (PARTITION BY type ORDER BY n) - 1 AS n
FROM (SELECT type, format('%L::%s', v, type) AS expression, n
      FROM (VALUES ('numeric', '{100,0.5,80,3.25,0}'), ('bigint', '{3,100,0,7}'), ('integer', '{3,12,50,0}'), ('smallint', '{3,12,0}'),
                   ('double precision', '{0.5,0.9,80}'), ('boolean', '{t,f,t}'), ('text', '{month,quarter,nrr,nps,EUR,Acorn}'), ('name', '{month,Acorn}'),
                   ('date', '{2025-01-31,2025-03-31,2024-12-31,2025-06-30}'), ('interval', '{30 days,1 month}'),
                   ('timestamp without time zone', '{2025-01-31,2025-03-31,2024-12-31 12:00}'), ('timestamp with time zone', '{2025-01-31 00:00+00,2025-03-31 00:00+00}'),
                   ('numeric[]', E'{"{50,75}","{1,2,3}"}'), ('integer[]', E'{"{0,1,4,12}","{3,1}"}'), ('bigint[]', E'{"{1,2}"}'),
                   ('text[]', E'{"{red,yellow,green}","{nps,csat}"}'), ('double precision[]', E'{"{0.5,1}","{2,0.25}"}'), ('date[]', E'{"{2025-01-05,2025-02-10}"}'),
                   ('anyelement', '{a,b}'), ('anynonarray', '{a,b}'), ('"any"', '{a,b}')) AS c (type, vs), unnest(vs::text[]) WITH ORDINALITY AS u (v, n)
      UNION ALL
      SELECT 'ccx.' || type, format('%L::ccx.%I', value, type), row_number() OVER (ORDER BY type, name COLLATE "C") FROM public.sample) AS c;
UPDATE constant SET expression = regexp_replace(expression, '::"?any\w*"?$', '::text');

CREATE TEMP TABLE answer (call text, n integer, answer text);
DO $$
DECLARE
	f record;
	arguments text[];
	argument text;
	statement text;
	answer text;
BEGIN
	FOR f IN
		SELECT p.oid::regprocedure::text AS signature, format('%I.%I', n.nspname, proname) AS name, prokind, proretset,
		       ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes) WITH ORDINALITY AS u (t, i) ORDER BY i) AS types
		FROM pg_depend AS d JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid JOIN pg_namespace AS n ON n.oid = pronamespace
		JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
		WHERE extname = 'ccx' AND deptype = 'e' AND prokind IN ('a', 'f') AND (provolatile = 'i' OR provolatile = 's' AND pronargs > 0)
		  AND NOT proargtypes::oid[] && '{internal,cstring,regclass,oid,trigger}'::regtype[]::oid[]
		ORDER BY 1
	LOOP
		FOR k IN 0 .. 2 LOOP
			arguments := '{}';
			-- an aggregate gets three rows, that differ in what are data rather than parameters
			FOR row_of IN 0 .. CASE f.prokind WHEN 'a' THEN 2 ELSE 0 END LOOP
				argument := NULL;
				FOR i IN 1 .. cardinality(f.types) LOOP
					argument := concat_ws(', ', argument,
						coalesce((SELECT c.expression FROM constant AS c WHERE c.type = f.types[i]
						          ORDER BY c.n = (k * i + i - 1 + CASE WHEN f.types[i] ~ '^(numeric|date|timestamp.*|boolean|"?any.*)$' THEN row_of ELSE 0 END) % (SELECT count(*) FROM constant AS a WHERE a.type = f.types[i]) DESC LIMIT 1),
						         'NULL::' || f.types[i]));
				END LOOP;
				arguments := arguments || coalesce(argument, '');
			END LOOP;
			IF f.prokind = 'a' THEN
				statement := format('SELECT %s(%s)::text FROM (VALUES (%s)) AS v (%s)', f.name,
					(SELECT string_agg('a' || i, ', ' ORDER BY i) FROM generate_subscripts(f.types, 1) AS i), array_to_string(arguments, '), ('),
					(SELECT string_agg('a' || i, ', ' ORDER BY i) FROM generate_subscripts(f.types, 1) AS i));
			ELSIF f.proretset THEN
				statement := format('SELECT string_agg(r::text, '' '') FROM (SELECT r FROM %s(%s) AS r LIMIT 20) AS r', f.name, arguments[1]);
			ELSE
				statement := format('SELECT %s(%s)::text', f.name, arguments[1]);
			END IF;
			BEGIN
				EXECUTE statement INTO answer;
			EXCEPTION WHEN OTHERS THEN
				answer := 'error ' || sqlstate;
			END;
			INSERT INTO answer VALUES (f.signature, k, CASE WHEN length(answer) > 120 THEN left(answer, 60) || '... md5 ' || md5(answer) ELSE coalesce(answer, 'NULL') END);
			EXIT WHEN cardinality(f.types) = 0;
		END LOOP;
	END LOOP;
END $$;
COPY (SELECT call, n, answer FROM answer ORDER BY call COLLATE "C", n) TO STDOUT;
