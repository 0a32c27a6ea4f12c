-- What every comparison begins with: the extension, an empty schema, random draws, and a way to ask.

\set QUIET on
\pset footer off
\o /dev/null
SET client_min_messages = warning;
SET jit = off;      -- compiling takes longer than these queries
SELECT to_regnamespace('ccx') IS NULL AS missing \gset
\if :missing
CREATE EXTENSION ccx;
\endif

\ir ratio.sql

-- Every draw is a hash of (what for, set, row), so the data does not depend on the order of evaluation, the plan or the
-- release: hashint8extended is what hash partitioning stores rows by, and may not change.
-- Another seed gives other data: psql -v seed=2 …
\if :{?seed} \else
\set seed 1
\endif
SELECT set_config('oracle.seed', :'seed', false);

-- A whole number from 0 to n − 1.
CREATE FUNCTION oracle.draw(n int, what text, set_id bigint, row_id bigint) RETURNS int
LANGUAGE sql STABLE AS $$
    SELECT ((hashint8extended(row_id, hashint8extended(set_id, hashtextextended(what, current_setting('oracle.seed')::bigint)))
             & 9223372036854775807) % n)::int
$$;

CREATE FUNCTION oracle.choose(choices text[], what text, set_id bigint, row_id bigint) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT choices[1 + oracle.draw(cardinality(choices), what, set_id, row_id)] $$;

-- What a query answers: its value as text, or the SQLSTATE it ends with.
CREATE FUNCTION oracle.outcome(query text, wrong text DEFAULT 'error %s') RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE query INTO answer;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RETURN format(wrong, SQLSTATE);
END $$;
