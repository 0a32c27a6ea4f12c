SELECT tap.conforms('source_' || :'vendor');

-- The mapping once more, on the test's rows with zones in their timestamps.
SELECT tap.with_zones(:'vendor', 'zoned') \g /dev/null
\set landed zoned
\set source zoned
\ir :mapping
SELECT tap.same_outputs('source_' || :'vendor', 'source_zoned', 'the same where timestamps land with a zone');

-- What the vendor's own rows go into.
SELECT tap.same_tables(:'vendor', 'sample') \g /dev/null
\set landed sample
\set source sample
\ir :mapping
