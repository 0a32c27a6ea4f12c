-- What the self-tests of the oracle check with.

CREATE FUNCTION pg_temp.is(got anyelement, want anyelement, what text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF got::text IS DISTINCT FROM want::text THEN      -- as text: trimmed zeros count
        RAISE EXCEPTION 'oracle selftest: %', what USING DETAIL = format('got %s, want %s', got, want);
    END IF;
END $$;

-- to 12 digits
CREATE FUNCTION pg_temp.near(got double precision, want double precision, what text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF (abs(got - want) <= 1e-12 * greatest(abs(want), 1e-300)) IS NOT TRUE THEN
        RAISE EXCEPTION 'oracle selftest: %', what USING DETAIL = format('got %s, want %s', got, want);
    END IF;
END $$;

CREATE FUNCTION pg_temp.refuses(query text, state text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE query;
    EXCEPTION WHEN OTHERS THEN
        IF SQLSTATE = state THEN RETURN; END IF;
        RAISE;
    END;
    RAISE EXCEPTION 'oracle selftest: % was accepted, want %', query, state;
END $$;
