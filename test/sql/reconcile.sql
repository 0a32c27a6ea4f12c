-- reconcile(): why two systems differ.  Figures worked by hand stand in the comment before the query.
SET search_path = public, ccx;
SET datestyle = ISO;
\pset null -

-- what a query returns, or the SQLSTATE and the text of its error
CREATE FUNCTION pg_temp.try(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE query INTO result;
	RETURN coalesce(result, 'NULL');
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlstate || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

\echo '-- One cause each'
-- Beside a customer that both systems have at 100 -> 90.  With bars as means of A and B, an effect is (dN - R_bar dD) / D_bar:
-- only in A    100 -> 110 in A:   R 1, 0.9;     D 200, 100:  (-110 + 0.95 * 100) / 150 = -0.1
-- only in B    100 -> 110 in B:   the other way round: 0.1
-- clamped      100 -> -10, 0:     both lost it: 0
-- churned      100 -> 50, 0:      (-50 - 0) / 200 = -0.25
-- reactivated  0, 100 -> 30:      R 0.9, 0.6;   D 100, 200:  (30 - 0.75 * 100) / 150 = -0.3
-- opening      100, 200 -> 60:    R 0.75, 0.5;  D 200, 300:  (0 - 0.625 * 100) / 250 = -0.25
-- closing      100 -> 60, 80:     20 / 200 = 0.1
-- both         100 -> 60, 200 -> 165:  R 0.75, 0.85:         (105 - 0.8 * 100) / 250 = 0.1
CREATE TEMP TABLE one (id int, customer text, opening_a numeric, closing_a numeric, opening_b numeric, closing_b numeric);
INSERT INTO one VALUES (1, 'c', 100, 110, NULL, NULL), (2, 'c', NULL, NULL, 100, 110), (3, 'c', 100, -10, 100, 0), (4, 'c', 100, 50, 100, 0), (5, 'c', 0, 30, 100, 30),
	(6, 'c', 100, 60, 200, 60), (7, 'c', 100, 60, 100, 80), (8, 'c', 100, 60, 200, 165), (9, 'c', 100, 60, 100, 60);
INSERT INTO one SELECT id, 'base', 100, 90, 100, 90 FROM one;
SELECT id, r.* FROM (SELECT id, reconcile(customer, opening_a, closing_a, opening_b, closing_b) AS rs FROM one GROUP BY id) AS t, unnest(rs) WITH ORDINALITY AS r WHERE customers = 1 AND cause <> 'same' OR customers > 1 ORDER BY id, ordinality;
-- every effect is the change of the rates, and with A and B exchanged its opposite
SELECT id, nrr_effect = nrr AS nrr, grr_effect = grr AS grr
FROM (SELECT id, sum(x.nrr_effect) AS nrr_effect, sum(x.grr_effect) AS grr_effect FROM (SELECT id, reconcile(customer, opening_a, closing_a, opening_b, closing_b) AS rs FROM one GROUP BY id) AS t, unnest(rs) AS x GROUP BY id) AS e
JOIN (SELECT id, round(nrr(opening_b, closing_b) - nrr(opening_a, closing_a), 12) AS nrr, round(grr(opening_b, closing_b) - grr(opening_a, closing_a), 12) AS grr FROM one GROUP BY id) AS r USING (id) ORDER BY id;
SELECT count(*), bool_and(a.nrr_effect = -b.nrr_effect AND a.grr_effect = -b.grr_effect AND a.opening_delta = -b.opening_delta AND a.closing_delta = -b.closing_delta AND a.customers = b.customers AND a.examples = b.examples) AS mirrored
FROM (SELECT id, x.* FROM (SELECT id, reconcile(customer, opening_a, closing_a, opening_b, closing_b) AS rs FROM one GROUP BY id) AS t, unnest(rs) AS x) AS a
JOIN (SELECT id, x.* FROM (SELECT id, reconcile(customer, opening_b, closing_b, opening_a, closing_a) AS rs FROM one GROUP BY id) AS t, unnest(rs) AS x) AS b
ON a.id = b.id AND a.cause = CASE b.cause WHEN 'only in A' THEN 'only in B' WHEN 'only in B' THEN 'only in A' ELSE b.cause END;

\echo '-- The first cause that fits'
CREATE TEMP TABLE firsts (customer text, opening_a numeric, closing_a numeric, opening_b numeric, closing_b numeric);
INSERT INTO firsts VALUES ('base', 100, 90, 100, 90),
	('negative, only in A', -5, NULL, NULL, NULL), ('zero, only in B', NULL, NULL, NULL, 0), ('negative and churned in one', 100, -1, 100, 50), ('negative in both alike', -7, 3, -7, 3),
	('lost in B, opening differs', 100, 50, 90, 0), ('lost in A', 100, 0, 90, 50), ('lost in both, opening differs', 100, 0, 90, 0), ('new in B, lost in A', 10, 0, 0, 10), ('new in A only', 0, 10, 0, 0), ('new in both, closing differs', 0, 10, NULL, 11),
	('lost in B, not there in A', NULL, 0, 10, 0), ('both openings', 10, 10, 11, 10), ('nothing in both', 0, 0, NULL, 0);
SELECT cause, customers, opening_delta, closing_delta, examples FROM unnest((SELECT reconcile(customer, opening_a, closing_a, opening_b, closing_b) FROM firsts));

\echo '-- Rows of a customer are added first'
-- two subscriptions in A, one line in B; a discount nets against its own customer, and only what is left is clamped
SELECT * FROM unnest((SELECT reconcile(customer, opening_a, closing_a, opening_b, closing_b)
	FROM (VALUES ('a', 60, 0, NULL, NULL), ('a', 40, 90, NULL, NULL), ('a', NULL, NULL, 100, 90), ('b', 50, 50, 40, 30), ('b', NULL, NULL, -10, NULL), ('b', NULL, NULL, 0, 0), ('c', 10, 20, 10, 30), ('c', 0, -20, 0, -31)) AS v (customer, opening_a, closing_a, opening_b, closing_b)));

\echo '-- Rounding: digits add up'
-- two effects of -100 / 300: what rounding leaves over goes to the first of them
SELECT cause, nrr_effect, grr_effect FROM unnest((SELECT reconcile(customer, opening_a, closing_a, opening_b, closing_b) FROM (VALUES ('a', 100, 100, 100, 0), ('b', 100, 200, 100, 100), ('c', 100, 100, 100, 100)) AS v (customer, opening_a, closing_a, opening_b, closing_b)));
-- and of unequal ones to the largest: -100 / 300 and 200 / 300
SELECT cause, nrr_effect, grr_effect FROM unnest((SELECT reconcile(customer, opening_a, closing_a, opening_b, closing_b) FROM (VALUES ('a', 100, 100, 100, 0), ('b', 200, 0.5, 200, 200.5)) AS v (customer, opening_a, closing_a, opening_b, closing_b)));

\echo '-- Rows without a customer, and of nothing'
SELECT * FROM unnest((SELECT reconcile(customer, opening_a, closing_a, opening_b, closing_b) FROM (VALUES ('a', 100, 80, 100, 90), (NULL, 500, 500, 500, NULL), (NULL, NULL, NULL, NULL, NULL), ('b', NULL, NULL, NULL, NULL)) AS v (customer, opening_a, closing_a, opening_b, closing_b)));
SELECT * FROM unnest((SELECT reconcile(NULL::text, 1, 1, 1, 1)));
SELECT reconcile('b'::text, NULL, NULL, NULL, NULL) AS nothing_known, reconcile('b'::text, 1, 1, 1, 1) FILTER (WHERE false) AS no_rows;
-- a system without an opening has no rate: no effects, and examples by what differs
SELECT * FROM unnest((SELECT reconcile(i, 0, i, CASE WHEN i > 3 THEN 10 ELSE 0 END, 2 * i) FROM generate_series(1, 6) AS i));

\echo '-- Examples'
-- the largest effects first, whichever sign; then the largest opening, then closing difference, then by name as bytes
SELECT cause, customers, examples FROM unnest((SELECT reconcile(customer, opening_a, closing_a, opening_b, closing_b) FROM (VALUES
	('base', 1000, 1000, 1000, 1000), ('+5', 10, 10, 10, 15), ('-7', 20, 20, 20, 13), ('-4 b', 10, 10, 10, 6), ('-4 a', 10, 10, 10, 6), ('-4 B', 10, 10, 10, 6), ('+2', 10, 10, 10, 12), ('+6', 10, 10, 10, 16),
	('new +9', 0, 1, 0, 10), ('new +8', 0, 1, 0, 9)) AS v (customer, opening_a, closing_a, opening_b, closing_b)));
-- rates are 1 in both, so that an opening and a closing that differ by as much have no effect; the opening's size then tells
SELECT cause, nrr_effect, examples FROM unnest((SELECT reconcile(i, 10, 10, 10 + i, 10 + i) FROM generate_series(1, 12) AS i));
-- a difference in the thirtieth digit
SELECT cause, examples FROM unnest((SELECT reconcile(i, 1e20, 1e20, 1e20, 1e20 + 1e15 + i % 7 * 1e-10) FROM generate_series(1, 50) AS i));

\echo '-- 1,000 pairs of systems'
CREATE TEMP TABLE systems AS
SELECT pair, customer, CASE WHEN h % 13 > 1 THEN o * w END AS opening_a, CASE WHEN h % 13 > 0 THEN CASE WHEN h % 5 = 0 THEN 0 ELSE c END * w END AS closing_a,
       CASE WHEN h / 13 % 13 > 1 THEN CASE WHEN h % 17 < 14 THEN o ELSE o + h % 100 END * w END AS opening_b, CASE WHEN h / 13 % 13 > 0 THEN CASE WHEN h / 7 % 5 = 0 THEN 0 WHEN h % 19 < 12 THEN c ELSE c - h % 300 END * w END AS closing_b
FROM (SELECT pair, nullif(customer, 0) AS customer, h, CASE WHEN h / 169 % 7 > 0 THEN h / 1183 % 10000 / 100.0 ELSE 0 END AS o, h / 77 % 11000 / 10.0 ^ (pair % 4) AS c, ('1e' || (pair % 41 - 20))::numeric AS w
      FROM generate_series(1, 1000) AS pair, generate_series(0, 19) AS customer, generate_series(1, 2) AS i, LATERAL (SELECT hashint8(pair * 100 + customer * 2 + i)::bigint & 2147483647 AS h) AS hash
      WHERE (pair + customer) % 3 < i) AS rows;
CREATE TEMP TABLE reconciled AS SELECT pair, reconcile(customer, opening_a, closing_a, opening_b, closing_b) AS rs FROM systems GROUP BY pair;
-- effects add up to the difference of the rates, digit for digit; and so do customers and amounts
SELECT count(*) AS pairs, sum(cardinality(rs)) > 6000 AS many, count(*) FILTER (WHERE (rs)[1].nrr_effect IS NULL) AS without_rates, bool_and(effects) AS effects, bool_and(customers) AS customers, bool_and(amounts) AS amounts, bool_and(named) AS named
FROM reconciled AS r, LATERAL (
	SELECT nrr_effect IS NOT DISTINCT FROM round((retained_mrr(b) * opening_mrr(a) - retained_mrr(a) * opening_mrr(b))::numeric(1000, 300) / nullif(opening_mrr(a) * opening_mrr(b), 0), 12)
		AND grr_effect IS NOT DISTINCT FROM round(((opening_mrr(b) - contraction_mrr(b) - churned_mrr(b)) * opening_mrr(a) - (opening_mrr(a) - contraction_mrr(a) - churned_mrr(a)) * opening_mrr(b))::numeric(1000, 300) / nullif(opening_mrr(a) * opening_mrr(b), 0), 12) AS effects,
		e.customers = s.customers AND e.unknown = s.unknown AS customers, opening_delta = opening_mrr(b) - opening_mrr(a) AND closing_delta = closing_mrr(b) - closing_mrr(a) AS amounts, named
	FROM (SELECT sum(x.customers) FILTER (WHERE cause <> 'unknown customer') AS customers, coalesce(sum(x.customers) FILTER (WHERE cause = 'unknown customer'), 0) AS unknown, sum(nrr_effect) AS nrr_effect, sum(grr_effect) AS grr_effect, sum(opening_delta) AS opening_delta, sum(closing_delta) AS closing_delta,
			bool_and(cardinality(examples) = least(x.customers, 5) OR cause = 'unknown customer' AND examples IS NULL) AS named FROM unnest(rs) AS x) AS e,
		(SELECT retention_agg_by(customer, opening_a, closing_a) AS a, retention_agg_by(customer, opening_b, closing_b) AS b,
			count(DISTINCT customer) FILTER (WHERE coalesce(opening_a, closing_a, opening_b, closing_b) IS NOT NULL) AS customers, count(*) FILTER (WHERE customer IS NULL) AS unknown FROM systems AS s WHERE s.pair = r.pair) AS s) AS c;
SELECT count(DISTINCT cause) AS causes FROM reconciled, unnest(rs);
-- in any order; in little memory, where all of them spill; keys of every kind
SELECT count(*) FROM (SELECT pair, reconcile(customer, opening_a, closing_a, opening_b, closing_b ORDER BY opening_a, closing_b DESC) AS rs FROM systems GROUP BY pair) AS o JOIN reconciled AS r USING (pair, rs);
CREATE TEMP TABLE whole AS SELECT reconcile(pair * 100 + customer, opening_a, closing_a, opening_b, closing_b) AS rs FROM systems;
SELECT cause, customers, opening_delta, round(nrr_effect, 6) AS nrr_effect, round(grr_effect, 6) AS grr_effect, examples FROM whole, unnest(rs);
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT (SELECT reconcile(pair * 100 + customer, opening_a, closing_a, opening_b, closing_b) FROM systems) = rs AS spilled,
       (SELECT reconcile((pair * 100 + customer)::text, opening_a, closing_a, opening_b, closing_b) FROM systems) = rs AS spilled_text,
       (SELECT reconcile((pair * 100 + customer)::numeric, opening_a, closing_a, opening_b, closing_b) FROM systems) = rs AS spilled_numeric FROM whole;
RESET work_mem;
RESET hash_mem_multiplier;

\echo '-- Customers of any type'
-- smallest, largest, and others, as their type writes them
CREATE FUNCTION pg_temp.examples_of(type text, list text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT string_agg(cause || '' '' || customers || '': '' || array_to_string(examples, '' '') , ''; '') FROM unnest((SELECT reconcile(x::%s, 1, 1, 1, n) FROM unnest($1) WITH ORDINALITY AS t (x, n)))', type) INTO result USING list;
	RETURN result;
END $$;
SELECT type, pg_temp.examples_of(type, l) FROM (VALUES ('smallint', '{-32768,-1,0,32767}'), ('integer', '{-2147483648,-1,0,2147483647}'), ('bigint', '{-9223372036854775808,-1,0,9223372036854775807}'),
	('uuid', '{00000000-0000-0000-0000-000000000000,00112233-4455-6677-8899-aabbccddeeff,ffffffff-ffff-ffff-ffff-ffffffffffff}'), ('text', '{"",é,"a b"}'), ('varchar(5)', '{"",é,"a b"}'), ('bytea', '{"\\x","\\x00ff"}'),
	('char(3)', '{"",é,"a b"}'), ('numeric', '{1.50,-7,1e30}'), ('date', '{2025-01-31,infinity}'), ('boolean', '{f,t}'), ('float8', '{0.1,-2.5}'), ('name', '{a,b}'), ('inet', '{10.0.0.1,::1}')) AS v (type, list), LATERAL (SELECT list::text[]) AS a (l);
-- a key that is written in several ways shows in one of them, whatever comes first; also from files
SELECT pg_temp.examples_of('numeric', '{1.50,1.5,1.500}') = pg_temp.examples_of('numeric', '{1.500,1.50,1.5}') AS same, pg_temp.examples_of('float8', '{0,-0}') = pg_temp.examples_of('float8', '{-0,0}') AS same_zero;
CREATE TEMP TABLE written AS SELECT i, k, ('1' || lpad(i::text, 5, '0') || '.5' || repeat('0', (i + k * 7) % 9))::numeric AS customer FROM generate_series(1, 20000) AS i, generate_series(1, 3) AS k;
SET work_mem = '64kB';
SELECT count(*), count(DISTINCT e) AS answers, min(e::text) LIKE '{120000.50%,119999.5%,119998.5%,119997.5%,119996.5%}' AS largest FROM (SELECT (reconcile(customer, 1, 1, 1, i + k))[1].examples AS e FROM written UNION ALL SELECT (reconcile(customer, 1, 1, 1, i + k ORDER BY k DESC, i))[1].examples FROM written UNION ALL SELECT (reconcile(customer, 1, 1, 1, i + k ORDER BY i DESC, k))[1].examples FROM written) AS t;
RESET work_mem;

\echo '-- Amounts of any size'
SELECT * FROM unnest((SELECT reconcile(customer, a, b, c, d) FROM (VALUES ('a', 1e-8, 1e20, 1e-8, 0), ('b', 1e-8, 1e-8, 1e-30, 1e30), ('c', 9223372036854775807, 9223372036854775807, 9223372036854775807, 9223372036854775807), ('c', 1, 1, 2, 2.00000000000000000001)) AS v (customer, a, b, c, d)));
SELECT r.nrr_effect = s.nrr_effect AND r.examples = s.examples AS same FROM unnest((SELECT reconcile(customer, opening_a, closing_a, opening_b, closing_b) FROM firsts)) AS r
JOIN unnest((SELECT reconcile(customer, opening_a * 1e40, closing_a * 1e40, opening_b * 1e40, closing_b * 1e40) FROM firsts)) AS s USING (cause);
-- scales that become finer on the way
SELECT * FROM unnest((SELECT reconcile(c, a, b, a, b * 2 ORDER BY a DESC) FROM (VALUES (1, 100, 200), (1, 0.01, 0.5), (2, 0.0000001, 1), (1, 0.00000000000000000001, 1), (1, 0.000000000000000000000001, 1)) AS v (c, a, b)));

\echo '-- What is refused'
SELECT pg_temp.try('SELECT reconcile(' || args || ')') FROM unnest(ARRAY['1, ''NaN''::numeric, 1, 1, 1', '1, NULL, ''Infinity''::numeric, 1, 1', 'NULL::int, 1, 1, 1, ''-Infinity''::numeric', '1, 1::float8, 1, 1, 1', '''{}''::json, 1, 1, 1, 1', '''a'', 1, 1, 1, 1']) AS args;

\echo '-- Over a window'
SELECT n, (r).cause, (r).customers FROM (SELECT n, unnest(reconcile(n % 3, n, n, n, n + n % 2) OVER (ORDER BY n)) AS r FROM generate_series(1, 4) AS n) AS w;
