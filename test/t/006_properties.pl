# What must hold for any data, on random data: every data set is made from a number, so that it
# is the same in every run.  003_parallel.pl has the ways in which PostgreSQL evaluates an
# aggregate; here it is order, splitting and merging, moving frames and arithmetic identities.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('properties');
$node->init;
$node->append_conf('postgresql.conf', q{
fsync = off
jit = off
});
$node->start;

# holds(NAME, QUERY): the query returns one row for each violation
sub holds
{
	my ($name, $query) = @_;
	my $violations = $node->safe_psql('postgres', "SET search_path = ccx, public; SELECT count(*), min(v::text) FROM ($query) AS v");
	is($violations, '0|', $name);
	return;
}

$node->safe_psql('postgres', q{
	CREATE EXTENSION ccx;
	SET search_path = ccx, public;
	ALTER DATABASE postgres SET search_path = ccx, public;

	-- a number from 0 to n - 1, by name: the same on every platform and major version
	CREATE FUNCTION public.pick(name text, n int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
		SELECT (('x' || substr(md5(name), 1, 7))::bit(28)::int % n) $$;

	-- an amount: NULL, zero, negative, cents, many decimals, large, or beyond 128 bits
	CREATE FUNCTION public.pick_amount(name text, kind int) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
		SELECT CASE pick(name || ' k', CASE WHEN kind = 0 THEN 6 ELSE 10 END)
			WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 2 THEN -pick(name, 500) / 10.0
			WHEN 6 THEN pick(name, 100000000) * 1e-20 WHEN 7 THEN pick(name, 1000) * 1e29 + pick(name, 7)
			WHEN 8 THEN pick(name, 1000) * 1e45 + 1e-25 WHEN 9 THEN -pick(name, 1000) * 1e31
			ELSE pick(name, 300) * 100 / 4.0 END $$;

	-- 120 data sets of 0 to 90 rows; every fourth has ordinary amounts only, every seventh only
	-- unusable rows
	CREATE TABLE pairs AS
	SELECT s AS set, i, CASE WHEN s % 7 > 0 THEN pick_amount(s || ' o ' || i, s % 4) END AS o,
	       CASE WHEN s % 7 = 0 THEN NULL WHEN pick(s || ' same ' || i, 5) = 0 THEN pick_amount(s || ' o ' || i, s % 4) ELSE pick_amount(s || ' c ' || i, s % 4) END AS c,
	       (ARRAY[true, false, NULL])[1 + pick(s || ' seen ' || i, 3)] AS seen, (ARRAY['USD', NULL])[1 + s % 2] AS currency,
	       pick(s || ' part ' || i, 1 + s % 9) AS part, md5(s || ' order ' || i) AS other_order
	FROM generate_series(1, 120) AS s, LATERAL generate_series(1, pick('rows ' || s, 91)) AS i;
	CREATE INDEX ON pairs (set, i);
	CREATE TABLE summaries AS SELECT set, retention_agg(o, c, seen) AS s FROM pairs GROUP BY set;

	-- 60 data sets of up to 12 customers, as intervals, some of them running, some adjacent,
	-- some of days; as monthly rows; with mixed amounts
	CREATE TABLE intervals AS
	SELECT s AS set, customer, i, day AS valid_from,
	       CASE pick(s || ' end ' || customer || i, 6) WHEN 0 THEN NULL WHEN 1 THEN day WHEN 2 THEN day + 1 ELSE day + pick(s || ' l ' || customer || i, 300) END AS valid_to,
	       pick_amount(s || ' mrr ' || customer || i, s % 3) AS mrr, pick(s || ' seg ' || customer, 1 + s % 4) AS segment
	FROM generate_series(1, 60) AS s, LATERAL generate_series(1, 1 + pick('customers ' || s, 12)) AS customer,
	     LATERAL generate_series(1, 1 + pick('lines ' || s || customer, 5)) AS i, LATERAL (SELECT date '2023-01-01' + pick(s || ' d ' || customer || i, 600)) AS d (day);
	CREATE TABLE histories AS SELECT set, customer, segment, mrr_history(valid_from, valid_to, mrr) AS h FROM intervals GROUP BY set, customer, segment;
	CREATE INDEX ON intervals (set, customer);
	CREATE TABLE options (step text, span text);
	INSERT INTO options VALUES ('month', 'month'), ('month', 'quarter'), ('month', 'year'), ('quarter', 'quarter'), ('quarter:feb', 'year'), ('year:apr', 'year');
	CREATE TABLE wholes AS SELECT set, step, span, mrr_movements_agg(h, step, span) AS m FROM histories, options GROUP BY set, step, span;
	ANALYZE;

	-- merge values two at a time, in an order of chance, by the combine function itself
	CREATE FUNCTION public.merged(parts retention_summary[], name text) RETURNS retention_summary LANGUAGE plpgsql AS $$
	DECLARE
		a int;
		b int;
	BEGIN
		WHILE cardinality(parts) > 1 LOOP
			a := 1 + pick(name || ' a ' || cardinality(parts), cardinality(parts));
			b := 1 + pick(name || ' b ' || cardinality(parts), cardinality(parts) - 1);
			b := CASE WHEN b >= a THEN b + 1 ELSE b END;
			parts[a] := retention_combine(parts[a], parts[b]);
			parts := parts[:b - 1] || parts[b + 1:];
		END LOOP;
		RETURN parts[1];
	END $$;
});
is($node->safe_psql('postgres', 'SELECT (count(*) > 4000)::text || (count(DISTINCT set) > 110)::text || (SELECT count(*) > 1000 FROM intervals)::text FROM pairs'), 'truetruetrue', 'there are data');
# each hazard in a good part of the sets
is($node->safe_psql('postgres', q{
		SELECT bool_and(n >= 0.2 * (SELECT count(DISTINCT set) FROM pairs)) FROM (
			SELECT count(DISTINCT set) FILTER (WHERE o IS NULL AND c IS NOT NULL), count(DISTINCT set) FILTER (WHERE c IS NULL AND o IS NOT NULL), count(DISTINCT set) FILTER (WHERE o IS NULL AND c IS NULL),
			       count(DISTINCT set) FILTER (WHERE o < 0), count(DISTINCT set) FILTER (WHERE o = 0 AND c > 0 AND seen), count(DISTINCT set) FILTER (WHERE o > 1e33), count(DISTINCT set) FILTER (WHERE scale(c) > 15)
			FROM pairs) AS h (a, b, c, d, e, f, g), unnest(ARRAY[a, b, c, d, e, f, g]) AS n}), 't', 'with every hazard in a fifth of the sets');

# -- order, splits and merges -----------------------------------------------------

for my $call ('retention_agg(o, c)', 'retention_agg(o, c, seen)', 'retention_agg(o, c, seen, currency)')
{
	my $bytes = "retention_summary_send($call)";
	holds("$call: any order gives the same bytes", qq{
		SELECT set FROM (SELECT set, $bytes AS x, retention_summary_send(@{[ $call =~ s/\)$/ ORDER BY other_order)/r ]}) AS y, retention_summary_send(@{[ $call =~ s/\)$/ ORDER BY o, c DESC)/r ]}) AS z
		FROM pairs GROUP BY set) AS s WHERE x <> y OR x <> z});
	holds("$call: any split, rolled up, gives the same bytes", qq{
		SELECT set FROM (SELECT set, $bytes AS x FROM pairs GROUP BY set) AS whole
		JOIN (SELECT set, retention_summary_send(rollup(s)) AS y, retention_summary_send(rollup(s ORDER BY part DESC)) AS z
		      FROM (SELECT set, part, $call AS s FROM pairs GROUP BY set, part UNION ALL SELECT DISTINCT set, -1, NULL::retention_summary FROM pairs) AS p GROUP BY set) AS parts USING (set)
		WHERE x <> y OR x <> z});
	holds("$call: rolled up twice", qq{
		SELECT set FROM (SELECT set, $bytes AS x FROM pairs GROUP BY set) AS whole
		JOIN (SELECT set, retention_summary_send(rollup(s)) AS y FROM (SELECT set, part % 3, rollup(s) AS s FROM (SELECT set, part, i % 2, $call AS s FROM pairs GROUP BY set, part, i % 2) AS p GROUP BY set, part % 3) AS q GROUP BY set) AS parts USING (set)
		WHERE x <> y});
	holds("$call: row by row, merged two at a time in any order", qq{
		SELECT set FROM (SELECT set, $bytes AS x FROM pairs WHERE i <= 25 GROUP BY set) AS whole
		JOIN (SELECT set, retention_summary_send(merged(array_agg(s), 'tree ' || set)) AS y FROM (SELECT set, i, $call AS s FROM pairs WHERE i <= 25 GROUP BY set, i) AS p GROUP BY set) AS parts USING (set)
		WHERE x <> y});
	holds("$call: through text", qq{SELECT set FROM (SELECT set, $call AS s FROM pairs GROUP BY set) AS g WHERE retention_summary_send(s::text::retention_summary) <> retention_summary_send(s)});
}
holds('unusable rows change nothing but their count', q{
	SELECT set FROM (SELECT set, retention_agg(o, c, seen) AS x, retention_agg(o, c, seen) FILTER (WHERE o IS NOT NULL OR c IS NOT NULL) AS y, count(*) FILTER (WHERE o IS NULL AND c IS NULL) AS n FROM pairs GROUP BY set) AS s
	WHERE skipped_rows(x) <> n OR (y IS NOT NULL AND (skipped_rows(y) <> 0 OR describe(x) - 'skipped_rows' <> describe(y) - 'skipped_rows'))});
holds('empty, unusable and usable summaries merge', q{
	SELECT a.set, b.set FROM summaries AS a, summaries AS b
	WHERE a.set % 5 = 0 AND b.set % 3 = 0 AND a.set <> b.set AND
		(SELECT rollup(s) FROM (VALUES (a.s), (NULL), (b.s)) AS v (s)) IS DISTINCT FROM (SELECT retention_agg(o, c, seen) FROM pairs WHERE set IN (a.set, b.set))});
holds('mrr_history: any order and any split gives the same bytes', q{
	SELECT set, customer FROM (SELECT set, customer, mrr_history_send(mrr_history(valid_from, valid_to, mrr)) AS x, mrr_history_send(mrr_history(valid_from, valid_to, mrr ORDER BY i DESC)) AS y,
		mrr_history_send(mrr_history(valid_from, valid_to, mrr ORDER BY mrr, valid_from)) AS z FROM intervals GROUP BY set, customer) AS whole
	JOIN (SELECT set, customer, mrr_history_send(rollup(h)) AS r FROM (SELECT set, customer, i % 2, mrr_history(valid_from, valid_to, mrr) AS h FROM intervals GROUP BY set, customer, i % 2) AS p GROUP BY set, customer) AS parts USING (set, customer)
	WHERE x <> y OR x <> z OR x <> r});
for ([ 'any order' => 'SELECT set, step, span, mrr_movements_agg(h, step, span ORDER BY customer DESC) AS x FROM histories, options GROUP BY set, step, span' ],
	[ 'segments rolled up' => 'SELECT set, step, span, rollup(m) AS x FROM (SELECT set, segment, step, span, mrr_movements_agg(h, step, span) AS m FROM histories, options GROUP BY set, segment, step, span) AS p GROUP BY set, step, span' ],
	[ 'customers rolled up' => 'SELECT set, step, span, rollup(m ORDER BY customer DESC) AS x FROM (SELECT set, customer, step, span, mrr_movements_agg(h, step, span) AS m FROM histories, options GROUP BY set, customer, step, span) AS p GROUP BY set, step, span' ],
	[ 'through text' => 'SELECT set, step, span, m::text::mrr_movements AS x FROM wholes' ])
{
	my ($name, $query) = @$_;
	holds("mrr_movements: $name gives the same bytes", "WITH parts AS MATERIALIZED ($query) SELECT * FROM wholes FULL JOIN parts USING (set, step, span) WHERE mrr_movements_send(m) IS DISTINCT FROM mrr_movements_send(x)");
}

# -- moving frames ----------------------------------------------------------------

# Forwards, shrinking, growing, beside the row, with gaps, and empty ones; over sets with amounts
# that do and that do not fit 128 bits.
for my $frame ('ROWS BETWEEN 5 PRECEDING AND CURRENT ROW', 'ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING', 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW',
	'ROWS BETWEEN 3 PRECEDING AND 4 FOLLOWING', 'ROWS BETWEEN 9 PRECEDING AND 7 PRECEDING', 'ROWS BETWEEN 2 FOLLOWING AND 6 FOLLOWING',
	'RANGE BETWEEN 4 PRECEDING AND 2 FOLLOWING', 'GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING', 'ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW')
{
	my @calls = ('nrr(o, c)', 'grr(o, c)', 'quick_ratio(o, c)', 'logo_churn_rate(o, c)', 'retention_agg(o, c)', 'retention_agg(o, c, seen)', 'retention_agg(o, c, seen, currency)');
	my $got = join ', ', map { "($calls[$_] OVER w)::text AS got$_" } 0 .. $#calls;
	my $want = join ', ', map { "($calls[$_])::text AS want$_" } 0 .. $#calls;
	my $wrong = join ' OR ', map { "got$_ IS DISTINCT FROM want$_" } 0 .. $#calls;

	# recomputed: the rows of the frame are collected, and aggregated anew
	holds("every aggregate over $frame", qq{
		SELECT * FROM (
			SELECT set, i, array_agg(i) OVER w AS rows, $got FROM pairs WHERE set % 3 = 1
			WINDOW w AS (PARTITION BY set ORDER BY i / @{[ $frame =~ /^ROWS/ ? 1 : 2 ]} $frame)) AS w,
		LATERAL (SELECT $want FROM pairs AS p WHERE p.set = w.set AND p.i = ANY (w.rows)) AS a
		WHERE $wrong});
}

# -- identities --------------------------------------------------------------------

my $all = q{(SELECT 'pairs ' || set AS from, s FROM summaries UNION ALL
	SELECT 'movements ' || set || step || span || period, summary FROM wholes, retention_summaries(m, '2022-12-01', '2025-06-01')) AS all_summaries};
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM $all"), '>', 5000, 'there are summaries to ask');
holds('the bridge adds up', qq{SELECT * FROM $all WHERE closing_mrr(s) <> opening_mrr(s) + new_mrr(s) + reactivation_mrr(s) + expansion_mrr(s) - contraction_mrr(s) - churned_mrr(s)
	OR closing_customers(s) <> opening_customers(s) + new_customers(s) + reactivation_customers(s) - churned_customers(s)
	OR retained_mrr(s) <> opening_mrr(s) + expansion_mrr(s) - contraction_mrr(s) - churned_mrr(s) OR retained_customers(s) <> opening_customers(s) - churned_customers(s)
	OR unchanged_customers(s) <> retained_customers(s) - expansion_customers(s) - contraction_customers(s)});
holds('0 <= GRR <= 1 and GRR <= NRR', qq{SELECT * FROM $all WHERE grr(s) NOT BETWEEN 0 AND 1 OR grr(s) > nrr(s) OR nrr(s) > nrr(s, true) OR logo_retention(s) NOT BETWEEN 0 AND 1
	OR revenue_churn_rate(s) NOT BETWEEN 0 AND 1 OR quick_ratio(s) < 0 OR arpa(s) <= 0});
holds('rates and their complements', qq{SELECT * FROM $all WHERE abs(grr(s) + revenue_churn_rate(s) - 1) > 1e-20 OR abs(logo_retention(s) + logo_churn_rate(s) - 1) > 1e-20});
holds('there is a rate where there is a base, and none where there is none', qq{SELECT * FROM $all WHERE (opening_mrr(s) = 0) IS DISTINCT FROM (nrr(s) IS NULL) OR (nrr(s) IS NULL) <> (grr(s) IS NULL) OR (nrr(s) IS NULL) <> (logo_retention(s) IS NULL)
	OR (contraction_mrr(s) + churned_mrr(s) = 0) <> (quick_ratio(s) IS NULL) OR (closing_customers(s) = 0) <> (arpa(s) IS NULL)});
holds('counts and amounts are there together, and no amount has a wrong sign', qq{SELECT * FROM $all, LATERAL (VALUES (opening_customers(s), opening_mrr(s)), (new_customers(s), new_mrr(s)), (reactivation_customers(s), reactivation_mrr(s)),
	(expansion_customers(s), expansion_mrr(s)), (contraction_customers(s), contraction_mrr(s)), (churned_customers(s), churned_mrr(s)), (closing_customers(s), closing_mrr(s)), (negative_rows(s), -negative_mrr(s))) AS v (n, x)
	WHERE sign(n) <> sign(x) OR x < 0});
holds('the sums are those of SQL', q{
	SELECT set FROM summaries JOIN (SELECT set, sum(greatest(o, 0)) AS o, sum(greatest(c, 0)) AS c, count(*) FILTER (WHERE o > 0) AS no, count(*) FILTER (WHERE c > 0) AS nc, sum(greatest(c, 0)) FILTER (WHERE o > 0) AS kept,
		sum(least(greatest(o, 0), greatest(c, 0))) AS capped, sum(greatest(c, 0)) FILTER (WHERE NOT coalesce(o > 0, false) AND seen) AS react, sum(least(o, 0)) AS oneg, sum(least(c, 0)) AS cneg FROM pairs GROUP BY set) AS q USING (set)
	WHERE opening_mrr(s) <> coalesce(o, 0) OR closing_mrr(s) <> coalesce(c, 0) OR opening_customers(s) <> no OR closing_customers(s) <> nc OR retained_mrr(s) <> coalesce(kept, 0)
	   OR opening_mrr(s) - contraction_mrr(s) - churned_mrr(s) <> coalesce(capped, 0) OR reactivation_mrr(s) <> coalesce(react, 0) OR negative_mrr(s) <> coalesce(oneg, 0) + coalesce(cneg, 0)});
holds('the second moments are those of SQL', q{
	SELECT set FROM summaries JOIN (SELECT set, sum(o * o) FILTER (WHERE o > 0) AS oo, sum(greatest(c, 0) * greatest(c, 0)) FILTER (WHERE o > 0) AS cc, sum(o * greatest(c, 0)) FILTER (WHERE o > 0) AS oc,
		sum(least(o, greatest(coalesce(c, 0), 0)) * least(o, greatest(coalesce(c, 0), 0))) FILTER (WHERE o > 0) AS gg, sum(o * least(o, greatest(coalesce(c, 0), 0))) FILTER (WHERE o > 0) AS og FROM pairs GROUP BY set) AS q USING (set)
	WHERE (describe(s)->>'opening_squared')::numeric <> coalesce(oo, 0) OR (describe(s)->>'closing_squared')::numeric <> coalesce(cc, 0) OR (describe(s)->>'opening_times_closing')::numeric <> coalesce(oc, 0)
	   OR (describe(s)->>'capped_squared')::numeric <> coalesce(gg, 0) OR (describe(s)->>'opening_times_capped')::numeric <> coalesce(og, 0)});
holds('the unit of money does not matter', q{
	SELECT set FROM (SELECT set, nrr(o, c) AS x, grr(o, c) AS y, nrr(o * 1e7, c * 1e7) AS x7, grr(o * 1e-9, c * 1e-9) AS y9, nrr(o * 0.25, c * 0.25) AS x4 FROM pairs GROUP BY set) AS s
	WHERE x IS DISTINCT FROM x7 OR y IS DISTINCT FROM y9 OR x IS DISTINCT FROM x4});
holds('one-step aggregates answer as the summary does', q{
	SELECT set FROM (SELECT set, retention_agg(o, c) AS s, nrr(o, c) AS n, grr(o, c) AS g, logo_retention(o, c) AS l, revenue_churn_rate(o, c) AS r, logo_churn_rate(o, c) AS lc, quick_ratio(o, c) AS q FROM pairs GROUP BY set) AS s
	WHERE (n, g, l, r, lc, q) IS DISTINCT FROM (nrr(s), grr(s), logo_retention(s), revenue_churn_rate(s), logo_churn_rate(s), quick_ratio(s))});
holds('mrr_movement says what is counted', q{
	SELECT set FROM summaries JOIN (SELECT set, count(*) FILTER (WHERE m = 'new') AS a, count(*) FILTER (WHERE m = 'reactivation') AS b, count(*) FILTER (WHERE m = 'expansion') AS c, count(*) FILTER (WHERE m = 'contraction') AS d,
		count(*) FILTER (WHERE m = 'churn') AS e, count(*) FILTER (WHERE m = 'unchanged') AS f FROM pairs, mrr_movement(o, c, seen) AS m GROUP BY set) AS q USING (set)
	WHERE (a, b, c, d, e, f) <> (new_customers(s), reactivation_customers(s), expansion_customers(s), contraction_customers(s), churned_customers(s), unchanged_customers(s))});

# -- histories and movements ----------------------------------------------------------

holds('mrr_at is the sum of the rows of that day', q{
	SELECT set, customer, day FROM histories, LATERAL (SELECT DISTINCT d AS day FROM intervals AS i, unnest(ARRAY[valid_from - 1, valid_from, valid_to - 1, valid_to, date '2024-02-29']) AS d
		WHERE i.set = histories.set AND i.customer = histories.customer AND d IS NOT NULL) AS d
	WHERE mrr_at(h, day) <> greatest((SELECT coalesce(sum(mrr), 0) FROM intervals AS i WHERE i.set = histories.set AND i.customer = histories.customer AND valid_from <= day AND (valid_to IS NULL OR day < valid_to)), 0)});
holds('a comparison is retention_agg over its two days', q{
	SELECT set, step, span, period FROM wholes, retention_summaries(m, '2022-12-01', '2025-06-01') AS r,
		LATERAL (SELECT (describe(summary)->>'t0')::date AS t0, (describe(summary)->>'t1')::date AS t1) AS t,
		LATERAL (SELECT retention_agg(mrr_at(h, t0), mrr_at(h, t1), EXISTS (SELECT FROM jsonb_array_elements(describe(h)->'steps') AS s WHERE (s->>'mrr')::numeric > 0 AND (s->>'from')::date <= t0)) AS want FROM histories AS i WHERE i.set = wholes.set) AS a
	WHERE set % 3 = 0 AND describe(summary) - '{t0,t1,window_known,has_moments,negative_rows,negative_mrr,skipped_rows}'::text[]
		IS DISTINCT FROM describe(want) - '{window_known,has_moments,negative_rows,negative_mrr,skipped_rows,opening_squared,closing_squared,opening_times_closing,capped_squared,opening_times_capped}'::text[]});
holds('opening is the closing one span before', q{
	SELECT set, step, span, period FROM (SELECT set, step, span, f.*, lag(closing_mrr, (CASE span WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 ELSE 12 END) / (CASE split_part(step, ':', 1) WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 ELSE 12 END))
		OVER (PARTITION BY set, step, span ORDER BY period) AS before FROM wholes, movements(m, '2022-01-01', '2025-12-31') AS f) AS f WHERE opening_mrr <> before});
holds('a shorter window shows the same periods', q{
	SELECT set, step, span FROM wholes, LATERAL (SELECT * FROM movements(m, '2023-06-10', '2024-10-31') EXCEPT SELECT * FROM movements(m, '2022-01-01', '2025-12-31')) AS e});
holds('a window leaves out only what is not wholly inside', q{
	SELECT set, step, span, a.period FROM wholes, retention_summaries(m, '2022-01-01', '2025-12-31') AS a LEFT JOIN movements(m, '2023-06-10', '2024-10-31') AS b USING (period)
	WHERE (b.period IS NOT NULL) <> ((describe(summary)->>'t0')::date >= '2023-06-01' AND (describe(summary)->>'t1')::date <= '2024-10-31')});
holds('summaries of one period roll up over segments, and of two periods they do not', q{
	SELECT set, period FROM (SELECT set, period, rollup(summary) AS s FROM (SELECT set, segment, mrr_movements_agg(h) AS m FROM histories GROUP BY set, segment) AS s, retention_summaries(m, '2022-12-01', '2025-06-01') GROUP BY set, period) AS parts
	JOIN (SELECT set, period, summary FROM wholes, retention_summaries(m, '2022-12-01', '2025-06-01') WHERE step = 'month' AND span = 'month') AS whole USING (set, period) WHERE s <> summary});
my ($status, $out, $err) = $node->psql('postgres', q{SELECT rollup(summary) FROM wholes, retention_summaries(m, '2024-01-01', '2024-03-01') WHERE set = 6 AND step = 'month' AND span = 'month'});
like($err, qr/summaries of different windows cannot be rolled up/, 'two months of one set do not roll up');

$node->stop;
done_testing();
