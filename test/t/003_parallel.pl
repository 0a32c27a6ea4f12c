# One answer, byte for byte, however PostgreSQL evaluates an aggregate: serial, by parallel
# workers, partitionwise, over a window, with or without hashing and sorting.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('parallel');
$node->init;
$node->append_conf('postgresql.conf', q{
max_worker_processes = 8
max_parallel_workers = 8
jit = off
});
$node->start;

# Aggregates over the columns of table raw or customers, with the type whose bytes are
# compared (none: the text of a numeric, which shows its scale).
my %aggregates = (
	raw => [
		[ 'ccx.nrr(opening, closing)' ],
		[ 'ccx.grr(opening, closing)' ],
		[ 'ccx.logo_retention(opening, closing)' ],
		[ 'ccx.revenue_churn_rate(opening, closing)' ],
		[ 'ccx.logo_churn_rate(opening, closing)' ],
		[ 'ccx.quick_ratio(opening, closing)' ],
		[ 'ccx.retention_agg(opening, closing)', 'retention_summary' ],
		[ 'ccx.retention_agg(opening, closing, seen)', 'retention_summary' ],
		[ q{ccx.retention_agg(opening, closing, seen, 'USD')}, 'retention_summary' ],
		[ 'ccx.rollup(summary)', 'retention_summary' ],
		[ 'ccx.mrr_history(month, closing)', 'mrr_history' ],
		[ 'ccx.mrr_history(month, until, closing)', 'mrr_history' ],
		[ q{ccx.mrr_history(month, closing, 'USD')}, 'mrr_history' ],
		[ 'ccx.activity_agg(month)', 'activity' ],
		[ q{ccx.activity_agg(until, 'week:sunday')}, 'activity' ],
		[ q{ccx.activity_agg(at, 'day', 'Europe/Berlin')}, 'activity' ],
		[ 'ccx.cohort_retention(customer, month)', 'cohort_matrix' ],
		[ q{ccx.cohort_retention(id % 5000, until, 'week:sunday')}, 'cohort_matrix' ],
		[ q{ccx.cohort_retention(md5(customer::text), at, 'day', 'Europe/Berlin')}, 'cohort_matrix' ],
		[ 'ccx.nps(score)' ],
		[ 'ccx.csat(score - 3)' ],
		[ 'ccx.csat(score - 3, 5)' ],
		[ 'ccx.ces(score - 2)' ],
		[ q{ccx.ces(score - 3, '1-5')} ],
		[ q{ccx.survey_agg(score, 'nps')}, 'survey_summary' ],
		[ 'ccx.rollup(survey)', 'survey_summary' ],
		[ q{ccx.renewal_agg(month, abs(opening), until, coalesce(abs(closing), 0), date '2025-01-01', 30)}, 'renewal_summary' ],
		[ 'ccx.rollup(renewal)', 'renewal_summary' ],
		[ q{ccx.duration_agg(month, until, date '2025-06-30')}, 'duration_summary' ],
		[ q{ccx.duration_agg(month, at AT TIME ZONE 'UTC', timestamp '2025-06-30', 'hour')}, 'duration_summary' ],
		[ 'ccx.rollup(duration)', 'duration_summary' ],
		[ 'ccx.usage_agg(until, abs(closing))', 'usage_summary' ],
		[ 'ccx.usage_agg(month + id % 700, abs(opening))', 'usage_summary' ],
		[ 'ccx.rollup(used)', 'usage_summary' ],
		[ 'ccx.backtest_agg(nullif(score, 5) * 10, seen)', 'backtest_summary' ],
		[ 'ccx.backtest_agg(id % 10001 / 100.0, seen, abs(closing))', 'backtest_summary' ],
		[ 'ccx.backtest_probability_agg(id % 1001 / 1000.0, seen)', 'backtest_summary' ],
		[ 'ccx.rollup(backtest)', 'backtest_summary' ],
		[ 'ccx.health_score(opening, abs(coalesce(closing, 0)))' ],
		[ q{ccx.health_agg(md5(id::text), opening, abs(coalesce(closing, 0))) FILTER (WHERE id % 997 = 0)}, 'health_summary' ],
		[ 'ccx.rollup(health)', 'health_summary' ],
		[ 'ccx.stage_funnel(customer, score, until)' ],
		[ 'ccx.retention_agg_by(customer, opening, closing)', 'retention_summary' ],
		[ q{ccx.retention_agg_by(customer, opening, closing, seen, 'USD')}, 'retention_summary' ],
		[ 'ccx.reconcile(customer, opening, closing, abs(opening), closing)' ],
		[ q{ccx.reconcile(nullif(id % 5000, 7)::text, opening, nullif(closing, 0), closing, opening)} ],
		[ 'ccx.reconcile((customer + 0.5)::numeric(20, 2), opening, closing, closing, opening)' ],
		[ 'ccx.mrr_movements_agg(customer, month, closing)', 'mrr_movements' ],
		[ q{ccx.mrr_movements_agg(id % 5000, month, closing, 'month', 'year')}, 'mrr_movements' ],
		[ q{ccx.mrr_movements_by(customer, month, closing, (customer % 3)::text, 'quarter:feb')} ],
		[ q{ccx.metric_view_movements(customer, month, closing, (customer % 3)::text, 'quarter:feb', 'year')} ],
		[ 'ccx.drivers(id::text, summary, CASE WHEN customer % 3 > 0 THEN summary END) FILTER (WHERE id % 37 = 5)' ],
		[ q{ccx.drivers(nullif(id, 5)::text, summary, summary, 'logo_retention') FILTER (WHERE id % 37 = 5)} ],
		[ 'ccx.sla_attainment(nullif(score, 5) > 6)' ],
		[ 'ccx.advocacy_rate(seen, score > 6)' ],
		[ 'ccx.adoption_rate(score > 6, seen)' ],
	],
	customers => [
		[ 'ccx.rollup(h)', 'mrr_history' ],
		[ 'ccx.mrr_movements_agg(h)', 'mrr_movements' ],
		[ q{ccx.mrr_movements_agg(h, 'quarter:feb')}, 'mrr_movements' ],
		[ q{ccx.mrr_movements_agg(h, 'month', 'year')}, 'mrr_movements' ],
		[ 'ccx.rollup(m)', 'mrr_movements' ],
		[ 'ccx.rollup(months)', 'activity' ],
		[ 'ccx.rollup(days)', 'activity' ],
		[ 'ccx.cohort_agg(months)', 'cohort_matrix' ],
		[ q{ccx.cohort_agg(months, date '2021-01-01')}, 'cohort_matrix' ],
		[ 'ccx.cohort_agg_by_age(days, 30)', 'cohort_matrix' ],
		[ q{ccx.cohort_bracket_agg(months, '{0,1,4,12}', '2025-12-01')}, 'cohort_matrix' ],
		[ 'ccx.cohort_revenue_agg(h)', 'cohort_matrix' ],
		[ q{ccx.cohort_revenue_agg(h, 'quarter:feb')}, 'cohort_matrix' ],
		[ 'ccx.rollup(cohorts)', 'cohort_matrix' ],
	]);

# Aggregates without a combine function, by choice.
my %serial = map { $_ => 1 } qw(compound fit_health_weights renewal_forecast_total);

# Regions 0 to 4 hold every kind of row; in region 5 every row is unusable; in region 6
# nobody had an opening; region 7 has amounts beyond 128 bits; region 8 is one row.
# Rows are in no order, and some partitions are empty.
$node->safe_psql('postgres', q{
	CREATE EXTENSION ccx;
	CREATE TABLE raw (id int, region int, customer int, month date, until date, at timestamptz,
		opening numeric, closing numeric, seen boolean, summary ccx.retention_summary,
		score int, survey ccx.survey_summary, renewal ccx.renewal_summary, duration ccx.duration_summary, used ccx.usage_summary, backtest ccx.backtest_summary,
		health ccx.health_summary);
	CREATE TABLE raw_parts (LIKE raw) PARTITION BY LIST (customer);
	CREATE TABLE raw_low PARTITION OF raw_parts FOR VALUES IN (0, 1, 2, 3, 4, 5, 6, 7);
	CREATE TABLE raw_high PARTITION OF raw_parts FOR VALUES IN (8, 9, 10, 11, 12, 13, 14, 15);
	CREATE TABLE raw_none PARTITION OF raw_parts FOR VALUES IN (99);
	CREATE TABLE raw_rest PARTITION OF raw_parts DEFAULT;

	INSERT INTO raw
	SELECT i, region, i % 31, date '2022-01-01' + i % 48 * interval '1 month',
	       CASE WHEN i % 6 > 0 THEN date '2022-01-01' + i % 48 * interval '1 month' + i % 90 * interval '1 day' END,
	       CASE WHEN i % 16 > 0 THEN timestamptz '2022-01-01 00:00+00' + i * 7919::bigint % 35000 * interval '1 hour' END,
	       opening, closing, i % 3 = 0,
	       (SELECT ccx.retention_agg(o, c, s) FROM (VALUES (opening, closing, i % 3 = 0)) AS v (o, c, s) WHERE i % 17 > 0),
	       -- on all scales from 0 to 10, when 2 or 3 are taken off
	       nullif(i * 7919 % 6 + 3, 3),
	       (SELECT ccx.survey_agg(s, '1-7') FROM (VALUES (i % 7 + 1)) AS v (s) WHERE i % 17 > 0),
	       (SELECT ccx.renewal_agg(d, abs(o), r, abs(o) * 1.1, date '2025-01-01')
	        FROM (VALUES (date '2022-01-01' + i % 1500, opening, date '2022-01-01' + i % 1400)) AS v (d, o, r) WHERE i % 17 > 0 AND o IS NOT NULL),
	       (SELECT ccx.duration_agg(date '2022-01-01', CASE WHEN i % 3 > 0 THEN d END, d) FROM (VALUES (date '2022-01-01' + i % 499)) AS v (d) WHERE i % 17 > 0),
	       (SELECT ccx.usage_agg(d, abs(closing)) FROM (VALUES (date '2022-01-01' + i % 1499), (date '2022-01-01' + i % 7)) AS v (d) WHERE i % 17 > 0),
	       (SELECT ccx.backtest_agg(s, i % 3 = 0, abs(coalesce(o, 0))) FROM (VALUES (i % 41 * 2.5, opening)) AS v (s, o) WHERE i % 17 > 0),
	       (SELECT ccx.health_agg(s, x, w) FROM (VALUES ('usage', opening, abs(coalesce(closing, 1))), ('signal ' || i % 5, i % 130, 0.25)) AS v (s, x, w) WHERE i % 17 > 0)
	FROM (
		SELECT i, region,
		       CASE WHEN region IN (5, 6) THEN NULL
		            ELSE CASE WHEN region = 7 THEN 1e45 ELSE 1 END *
		                 CASE i % 10 WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 2 THEN -i % 500
		                             WHEN 3 THEN i / 1e12 WHEN 4 THEN i * 1e25 ELSE (i * 37 % 9973) / 100.0 END
		       END AS opening,
		       CASE WHEN region = 5 THEN NULL
		            ELSE CASE i % 9 WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 2 THEN -i % 300
		                            WHEN 3 THEN i * 1e-15 ELSE (i * 7919 % 99991) / 1000.0 END
		       END AS closing
		FROM (SELECT i, CASE WHEN i = 1 THEN 8 ELSE i * 16807 % 8 END AS region FROM generate_series(1, 10000) AS i) AS n
	) AS r
	ORDER BY i * 48271::bigint % 2147483647;
	INSERT INTO raw_parts SELECT * FROM raw;

	CREATE TABLE customers (region int, customer int, h ccx.mrr_history, m ccx.mrr_movements,
		months ccx.activity, days ccx.activity, cohorts ccx.cohort_matrix);
	CREATE TABLE customers_parts (LIKE customers) PARTITION BY HASH (customer);
	CREATE TABLE customers_0 PARTITION OF customers_parts FOR VALUES WITH (MODULUS 3, REMAINDER 0);
	CREATE TABLE customers_1 PARTITION OF customers_parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
	CREATE TABLE customers_2 PARTITION OF customers_parts FOR VALUES WITH (MODULUS 3, REMAINDER 2);
	INSERT INTO customers
	SELECT region, customer, h, ccx.mrr_movements_agg(h), months, days, ccx.cohort_agg(months)
	FROM (SELECT i % 4 AS region, i AS customer, ccx.mrr_history(month, until, closing) AS h,
	             ccx.activity_agg(month) AS months, ccx.activity_agg(at, 'day', 'UTC') AS days
	      FROM (SELECT id % 600 AS i, * FROM raw) AS r GROUP BY i) AS g
	GROUP BY region, customer, h, months, days;
	INSERT INTO customers VALUES (9, -1, NULL, NULL, NULL, NULL, NULL);
	INSERT INTO customers_parts SELECT * FROM customers;
	ANALYZE;
});

# Settings for each way of evaluation, which tables it reads, and what its plan must have.
my $few = 'SET max_parallel_workers_per_gather = 0;';
my $many = q{
	SET max_parallel_workers_per_gather = 4;
	SET parallel_setup_cost = 0;
	SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;
	SET parallel_leader_participation = off;};
my $partial = qr/Partial (?:Hash|Group)?Aggregate/;
my %ways = (
	'hashed' => [ "$few SET enable_sort = off;", '', qr/HashAggregate/ ],
	'sorted' => [ "$few SET enable_hashagg = off;", '', qr/GroupAggregate/ ],
	'parallel' => [ $many, '', qr/Gather.*$partial/s ],
	'partitionwise' => [ "$few SET enable_partitionwise_aggregate = on;", '_parts', qr/Append.*$partial/s ],
	'parallel partitionwise' => [ "$many SET enable_partitionwise_aggregate = on;", '_parts', qr/Gather.*$partial/s ]);

# the answers of many queries, asked in one session
sub answers
{
	my ($settings, @queries) = @_;
	my $mark = '-- next --';
	my @answers = split /^\Q$mark\E\n?/m,
	  $node->safe_psql('postgres', join("\n", $settings, map { "$_;\n\\echo $mark" } @queries) . "\n"), -1;
	BAIL_OUT('lost count of the answers') unless @answers == @queries + 1;
	return @answers[ 0 .. $#queries ];
}

for my $table (sort keys %aggregates)
{
	my @calls = map { $_->[0] } @{ $aggregates{$table} };

	# a call's result, OVER a window or not, as text that shows every byte
	my %type = map { $_->[0] => $_->[1] } @{ $aggregates{$table} };
	my $shown = sub {
		my ($call, $over) = @_;
		$over //= '';
		return $type{$call} ? "encode(ccx.$type{$call}_send($call$over), 'hex')" : "($call$over)::text";
	};
	my $grouped = sub { "SELECT region, " . $shown->($_[0]) . " FROM $table$_[1] GROUP BY region ORDER BY region" };
	my $whole = sub { 'SELECT ' . $shown->($_[0]) . " FROM $table$_[1]" };

	my (%grouped, %whole);
	@grouped{@calls} = answers($few, map { $grouped->($_, '') } @calls);
	@whole{@calls} = answers($few, map { $whole->($_, '') } @calls);
	like($whole{$_}, qr/\S/, "$_: has a result") for @calls;

	for my $way (sort keys %ways)
	{
		my ($settings, $suffix, $plan) = @{ $ways{$way} };
		my @plans = answers($settings, map { 'EXPLAIN (COSTS off) ' . $grouped->($_, $suffix) } @calls);
		my @grouped = answers($settings, map { $grouped->($_, $suffix) } @calls);
		my @whole = answers($settings, map { $whole->($_, $suffix) } @calls);
		for (0 .. $#calls)
		{
			like($plans[$_], $plan, "$calls[$_]: $way by plan");
			is($grouped[$_], $grouped{ $calls[$_] }, "$calls[$_]: $way, grouped");
			is($whole[$_], $whole{ $calls[$_] }, "$calls[$_]: $way, whole");
		}
	}

	# many small groups, hashed within little memory
	my $key = $table eq 'raw' ? 'id % 997' : 'customer';
	my @many = map { "SELECT count(*), md5(string_agg(k || ' ' || coalesce(x, 'null'), ',' ORDER BY k))
			FROM (SELECT $key AS k, " . $shown->($_) . " AS x FROM $table GROUP BY $key) AS g" } @calls;
	my @sorted = answers("$few SET enable_hashagg = off;", @many);
	for my $way ("$few SET enable_sort = off; SET work_mem = '64kB'; SET hash_mem_multiplier = 1;", $many)
	{
		my @hashed = answers($way, @many);
		is($hashed[$_], $sorted[$_], "$calls[$_]: many groups, " . ($way eq $many ? 'parallel' : 'spilled')) for 0 .. $#calls;
	}

	# one group after another as a window: a final function must leave the state alone
	my @windows = answers('', map {
			"SELECT DISTINCT region, " . $shown->($_, ' OVER (PARTITION BY region)') . " FROM $table ORDER BY region"
		} @calls);
	is($windows[$_], $grouped{ $calls[$_] }, "$calls[$_]: over a window") for 0 .. $#calls;

	# growing and moving frames against the same rows aggregated each time
	for my $frame ([ 'UNBOUNDED PRECEDING', '0' ], [ '6 PRECEDING', 'w.n - 6' ])
	{
		my ($bound, $first) = @$frame;
		my @differ = answers(
			"CREATE TEMP TABLE numbered AS
			SELECT * FROM (SELECT row_number() OVER (ORDER BY customer, region, t::text) AS n, * FROM $table AS t) AS x
			WHERE n <= 120;
			CREATE INDEX ON numbered (n);", map {
				'SELECT count(*) FROM (SELECT n, '
				  . $shown->($_, " OVER (ORDER BY n ROWS BETWEEN $bound AND CURRENT ROW)") . ' AS got FROM numbered) AS w
				CROSS JOIN LATERAL (SELECT ' . $shown->($_) . " AS want FROM numbered AS t WHERE t.n BETWEEN $first AND w.n) AS a
				WHERE got IS DISTINCT FROM want"
			} @calls);
		is($differ[$_], "0\n", "$calls[$_]: frames from $bound") for 0 .. $#calls;
	}
}

# Nothing was forgotten.  What differs only in its options counts as one.
{
	my %tested = map { $_->[0] =~ /^ccx\.(\w+)\((\w+)/; ($1 eq 'rollup' ? "$1 of $_->[1]" : $1) => 1 } map { @$_ } values %aggregates;
	my @all = split /\n/, $node->safe_psql('postgres', q{
		SELECT DISTINCT proname || CASE proname WHEN 'rollup' THEN ' of ' || substr(proargtypes[0]::regtype::text, 5) ELSE '' END
		FROM pg_proc WHERE pronamespace = 'ccx'::regnamespace AND prokind = 'a' ORDER BY 1});
	is_deeply([ grep { !$tested{$_} && !$serial{$_} } @all ], [], 'every aggregate is tested here');
}

# Two metrics over the same rows share one state; so do all six.
is( $node->safe_psql('postgres', q{
		SELECT (ccx.nrr(opening, closing), ccx.grr(opening, closing), ccx.logo_retention(opening, closing))::text
		FROM raw WHERE region < 5}),
	$node->safe_psql('postgres', q{
		SELECT ((SELECT ccx.nrr(opening, closing) FROM raw WHERE region < 5),
		        (SELECT ccx.grr(opening, closing) FROM raw WHERE region < 5),
		        (SELECT ccx.logo_retention(opening, closing) FROM raw WHERE region < 5))::text}),
	'metrics side by side are what each is alone');

# Accessors do not keep a query from going parallel.
like($node->safe_psql('postgres', "$many EXPLAIN (COSTS off)
		SELECT region, ccx.nrr(ccx.rollup(summary)) FROM raw WHERE ccx.opening_mrr(summary) > 0 GROUP BY region"),
	qr/Gather.*Partial (?:Hash|Group)?Aggregate/s, 'accessors are parallel safe');

# -- any split, any order ----------------------------------------------------------

my $canonical = $node->safe_psql('postgres', q{SELECT encode(ccx.retention_summary_send(ccx.retention_agg(opening, closing)), 'hex') FROM raw});
for my $order ('id', 'id DESC', 'opening', 'closing DESC', 'md5(id::text)')
{
	is($node->safe_psql('postgres', "$few SELECT encode(ccx.retention_summary_send(ccx.retention_agg(opening, closing ORDER BY $order)), 'hex') FROM raw"),
		$canonical, "rows in order of $order");
}
for my $split ('id % 2', 'id % 97', 'region', 'id', 'id / 5000')
{
	is($node->safe_psql('postgres', "$few SELECT encode(ccx.retention_summary_send(ccx.rollup(s)), 'hex')
			FROM (SELECT ccx.retention_agg(opening, closing) AS s FROM raw GROUP BY $split) AS g"),
		$canonical, "split by $split and rolled up");
}

$node->stop;
done_testing();
