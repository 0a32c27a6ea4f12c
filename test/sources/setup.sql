-- Shared by the tests of this folder; see README.md.  The test has set vendor: the name of its file, of the file in
-- examples/sources, of the schema that the test makes its landed tables in, and of a folder of vendor_data.
\set QUIET on
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
\if :{?vendor_data} \else
\set vendor_data ../shared/data/vendor
\endif
\set mapping ../../examples/sources/ :vendor .sql
\set folder :vendor_data / :vendor
\set folder `cd :'folder' 2>/dev/null && pwd || true`
SELECT :'folder' = '' AS absent \gset

SELECT to_regnamespace('ccx') IS NULL AS missing \gset
\if :missing
CREATE EXTENSION ccx;
\endif

CREATE SCHEMA tap;

-- What a mapping may give, column by column: the table in doc/sources.md.
CREATE TABLE tap.outputs AS
SELECT name AS output, string_to_array(columns, ', ') AS columns
FROM (VALUES
  ('customers', 'source text, customer text, name text, external_id text, parent text, since date'),
  ('segments', 'source text, customer text, dimension text, value text, valid_from date, valid_to date'),
  ('mrr', 'source text, customer text, contract text, part text, valid_from date, valid_to date, mrr numeric, currency text'),
  ('renewals', 'source text, customer text, contract text, due date, arr_due numeric, renewed_on date, arr_renewed numeric, currency text'),
  ('tickets', 'source text, customer text, ticket text, opened_at timestamp with time zone, first_reply_at timestamp with time zone, '
           || 'resolved_at timestamp with time zone, status text, priority text, channel text'),
  ('sla', 'source text, customer text, ticket text, target text, due_at timestamp with time zone, done_at timestamp with time zone, met boolean'),
  ('survey_answers', 'source text, customer text, respondent text, survey text, answered_at timestamp with time zone, scale text, score numeric'),
  ('usage', 'source text, customer text, day date, measure text, n numeric'),
  ('milestones', 'source text, customer text, milestone text, at timestamp with time zone'),
  ('health_signals', 'source text, customer text, signal text, day date, score numeric'),
  ('costs', 'source text, customer text, day date, kind text, amount numeric, currency text, hours numeric')
) AS o (name, columns);

CREATE FUNCTION tap.is(got anycompatible, expected anycompatible, what text) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN got IS NOT DISTINCT FROM expected THEN format('ok - %s', what)
              ELSE format(E'not ok - %s\n#   got %s\n#   not %s', what, coalesce(got::text, 'NULL'), coalesce(expected::text, 'NULL')) END
$$;

-- The rows of a query, one a line, columns divided by |, NULL as -, instants in UTC.  Sorted by their text.
CREATE FUNCTION tap.rows_are(query text, expected text, what text) RETURNS text LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    got text;
BEGIN
    EXECUTE format($q$
        SELECT string_agg(line, E'\n' ORDER BY line COLLATE "C")
        FROM (SELECT (SELECT string_agg(coalesce(value, '-'), '|' ORDER BY ordinality)
                      FROM json_each_text(row_to_json(q)) WITH ORDINALITY) AS line
              FROM (%s) AS q) AS l $q$, query) INTO got;
    RETURN tap.is(got, (SELECT string_agg(trim(line), E'\n' ORDER BY trim(line) COLLATE "C")
                        FROM regexp_split_to_table(trim(both E' \n' FROM expected), E'\n') AS line), what);
END $$;

-- Every output view has its columns and types, and gives the same whatever the session's time zone is.
CREATE FUNCTION tap.conforms(views text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    v record;
    differing bigint;
BEGIN
    FOR v IN
        SELECT o.output, o.columns, c.oid,
               array(SELECT attname || ' ' || format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 ORDER BY attnum) AS got
        FROM tap.outputs AS o JOIN pg_class AS c ON c.relname = o.output AND c.relnamespace = views::regnamespace
        ORDER BY 1
    LOOP
        RETURN NEXT tap.is(v.got, v.columns, format('%s.%s has the columns of all sources', views, v.output));
        SET LOCAL timezone = 'Pacific/Auckland';
        EXECUTE format('CREATE TEMP TABLE elsewhere ON COMMIT DROP AS SELECT * FROM %I.%I', views, v.output);
        SET LOCAL timezone = 'America/Los_Angeles';
        EXECUTE format('SELECT count(*) FROM (SELECT * FROM %1$I.%2$I EXCEPT ALL SELECT * FROM elsewhere) AS a', views, v.output)
        INTO differing;
        RETURN NEXT tap.is(differing, 0, format('%s.%s does not depend on the session''s time zone', views, v.output));
        DROP TABLE elsewhere;
    END LOOP;
    IF NOT FOUND THEN
        RETURN NEXT format('not ok - %s has outputs', views);
    END IF;
END $$;

-- Empty copies of the tables of one schema in a new one, for the vendor's own rows.
CREATE FUNCTION tap.same_tables(from_schema text, to_schema text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    t regclass;
BEGIN
    EXECUTE format('CREATE SCHEMA %I', to_schema);
    FOR t IN SELECT oid FROM pg_class WHERE relnamespace = from_schema::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('CREATE TABLE %I.%I (LIKE %s)', to_schema, (SELECT relname FROM pg_class WHERE oid = t), t);
    END LOOP;
END $$;

-- A CSV file into a table, by the names in its header: columns that only one of the two has are left out.  The server
-- reads the file.
CREATE FUNCTION tap.load_csv(t regclass, file text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    header text := rtrim(split_part(pg_read_file(file), E'\n', 1), E'\r');
    names text[] := array(SELECT trim(both '"' FROM name) FROM unnest(string_to_array(header, ',')) WITH ORDINALITY AS h (name, n) ORDER BY n);
BEGIN
    EXECUTE format('CREATE TEMP TABLE csv (%s)', (SELECT string_agg(format('%I text', name), ', ' ORDER BY n) FROM unnest(names) WITH ORDINALITY AS h (name, n)));
    EXECUTE format('COPY csv FROM %L WITH (FORMAT csv, HEADER true)', file);
    EXECUTE (SELECT format('INSERT INTO %s (%s) SELECT %s FROM csv', t, string_agg(format('%I', attname), ', '),
                           string_agg(format('%I::%s', attname, format_type(atttypid, atttypmod)), ', '))
             FROM pg_attribute WHERE attrelid = t AND attnum > 0 AND attname = ANY (names));
    DROP TABLE csv;
END $$;

-- A file of Airbyte's records, one JSON object a line, into a table of one jsonb column.
CREATE FUNCTION tap.load_jsonl(t regclass, file text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE jsonl (line jsonb);
    EXECUTE format($q$COPY jsonl FROM %L WITH (FORMAT csv, QUOTE e'\x01', DELIMITER e'\x02')$q$, file);
    EXECUTE format('INSERT INTO %s SELECT line->''data'' FROM jsonl', t);
    DROP TABLE jsonl;
END $$;

-- The tables of one schema again in a new one, where timestamps have a zone, as some loaders make them.
CREATE FUNCTION tap.with_zones(from_schema text, to_schema text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c record;
BEGIN
    PERFORM tap.same_tables(from_schema, to_schema);
    FOR c IN SELECT table_name, column_name FROM information_schema.columns
             WHERE table_schema = to_schema AND data_type = 'timestamp without time zone' LOOP
        EXECUTE format('ALTER TABLE %I.%I ALTER %I TYPE timestamptz', to_schema, c.table_name, c.column_name);
    END LOOP;
    SET LOCAL timezone = 'UTC';
    FOR c IN SELECT table_name FROM information_schema.tables WHERE table_schema = to_schema LOOP
        EXECUTE format('INSERT INTO %I.%2$I SELECT * FROM %3$I.%2$I', to_schema, c.table_name, from_schema);
    END LOOP;
END $$;

CREATE FUNCTION tap.same_outputs(views text, other_views text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    v record;
    differing bigint;
BEGIN
    FOR v IN SELECT o.output FROM tap.outputs AS o JOIN pg_class AS c ON c.relname = o.output AND c.relnamespace = views::regnamespace ORDER BY 1 LOOP
        EXECUTE format($q$SELECT count(*) FROM (SELECT to_jsonb(a) - 'source' FROM %1$I.%3$I AS a
                                                EXCEPT ALL SELECT to_jsonb(b) - 'source' FROM %2$I.%3$I AS b) AS d$q$, views, other_views, v.output)
        INTO differing;
        RETURN NEXT tap.is(differing, 0, format('%s: %s', v.output, what));
    END LOOP;
END $$;
