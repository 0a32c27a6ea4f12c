-- What belongs to the schema as a whole.  Everything ccx offers is in this schema and
-- may be called by anybody; without this grant only the installer could.

GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;
