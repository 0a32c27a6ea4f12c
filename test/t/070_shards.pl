# Summaries of shards, rolled up, are the summaries of the whole, byte for byte: from three servers through postgres_fdw,
# and over partitions.
use strict;
use warnings;
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $files = dirname(__FILE__) . '/..';

# The coordinator, which has all rows too, and three servers, each with a shard of whole customers (database whole) and one
# of split customers, any rows (database split).
my ($one, @servers) = map {
	my $node = PostgreSQL::Test::Cluster->new($_);
	$node->init;
	$node->append_conf('postgresql.conf', "jit = off\n");
	$node->start;
	$node
} qw(one server_1 server_2 server_3);

# set_up NODE DATABASE ROWS RAW: a database with all views over a table raw, which RAW makes of the table of all rows
sub set_up
{
	my ($node, $database, $rows, $raw) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION ccx;' . slurp_file("$files/shards.sql") . $raw . slurp_file("$files/shard_views.sql"),
		extra_params => [ '-v', "rows=$rows" ]);
}
set_up($one, 'company', 6000, 'CREATE VIEW raw AS TABLE whole;');

sub ask { return $one->safe_psql('company', join ";\n", @_) }

my %key = (whole => 'customer', split => 'id');
ask('CREATE EXTENSION postgres_fdw');
for my $kind (sort keys %key)
{
	ask("CREATE TABLE $kind\_rows (LIKE whole) PARTITION BY HASH ($key{$kind})");
	for my $i (1 .. @servers)
	{
		my $server = $servers[ $i - 1 ];
		set_up($server, $kind, 0, 'ALTER TABLE whole RENAME TO raw;');
		ask("CREATE SERVER $kind\_$i FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '" . $server->host . "', port '" . $server->port
			  . "', dbname '$kind', extensions 'ccx', async_capable 'true', batch_size '1000')",
			"CREATE USER MAPPING FOR CURRENT_USER SERVER $kind\_$i",
			"CREATE SCHEMA $kind\_$i",
			"IMPORT FOREIGN SCHEMA summaries FROM SERVER $kind\_$i INTO $kind\_$i",
			"CREATE FOREIGN TABLE $kind\_$i.raw PARTITION OF $kind\_rows FOR VALUES WITH (MODULUS 3, REMAINDER @{[$i - 1]})
				SERVER $kind\_$i OPTIONS (schema_name 'public')");
	}
	# every row finds its shard
	ask("INSERT INTO $kind\_rows TABLE whole");
	is(ask("SELECT count(*) FROM (TABLE $kind\_rows EXCEPT ALL TABLE whole) AS r"), '0', "$kind customers: the rows arrived");
	cmp_ok(ask("SELECT count(*) FROM $kind\_$_.raw"), '>', 1000, "$kind customers: rows on shard $_") for 1 .. @servers;
}

# The columns of a view that are of our types.
my %columns;
for (split /\n/, ask(q{
	SELECT table_name, column_name, udt_name FROM information_schema.columns
	WHERE table_schema = 'summaries' AND udt_schema = 'ccx' ORDER BY table_name, ordinal_position}))
{
	my ($view, $column, $type) = split /\|/;
	push @{ $columns{$view} }, [ $column, $type ];
}
my %types = map { $_->[1] => 1 } map { @$_ } values %columns;
is_deeply([ sort keys %types ], [ split /\n/, ask(q{
	SELECT DISTINCT typname COLLATE "C" FROM pg_proc JOIN pg_type AS t ON t.oid = proargtypes[0]
	WHERE pronamespace = 'ccx'::regnamespace AND prokind = 'a' AND proname = 'rollup' ORDER BY 1}) ],
	'the views have every type that rolls up');

# the value as text that shows every byte
sub bytes { my ($value, $type) = @_; return "encode(ccx.${type}_send($value), 'hex')" }

# the same view on all shards
sub shards { my ($kind, $view) = @_; return '(' . join(' UNION ALL ', map { "TABLE $kind\_$_.$view" } 1 .. @servers) . ') AS shards' }

# rolled up by KEY, one line a value
sub rolled_up
{
	my ($from, $column, $type, $key) = @_;
	return ask("SELECT $key, " . bytes("ccx.rollup($column)", $type) . " FROM $from GROUP BY $key ORDER BY $key");
}

# What a value becomes on its way, as text.
for my $view (sort keys %columns)
{
	for (@{ $columns{$view} })
	{
		my ($column, $type) = @$_;
		my $digest = sub { "SELECT count($column), md5(string_agg(@{[bytes($column, $type)]}, ',' ORDER BY @{[bytes($column, $type)]})) FROM $_[0]" };
		my @there = map { $servers[ $_ - 1 ]->safe_psql('whole', $digest->("summaries.$view")) } 1 .. @servers;
		my @here = map { ask($digest->("whole_$_.$view")) } 1 .. @servers;
		is_deeply(\@here, \@there, "$view.$column: the same bytes on both sides");
	}
}

# Whole customers: everything adds up.
for my $view (sort keys %columns)
{
	my $key = $view eq 'by_customer' ? 'customer' : 'segment';
	for (@{ $columns{$view} })
	{
		my ($column, $type) = @$_;
		my $want = rolled_up("summaries.$view", $column, $type, $key);
		like($want, qr/\|[0-9a-f]{10}/, "$view.$column: has a result");
		is(rolled_up(shards('whole', $view), $column, $type, $key), $want, "$view.$column: whole customers, by $key");
		next if $key eq 'customer' && $type =~ /^(mrr_history|usage_summary|activity)$/;
		is(rolled_up(shards('whole', $view), $column, $type, '1'), rolled_up("summaries.$view", $column, $type, '1'),
			"$view.$column: whole customers, all");
	}
}

# The views are computed where the rows are, all at once, and only values travel.
{
	my $plan = ask('EXPLAIN (VERBOSE, COSTS off) SELECT segment, ccx.nrr(ccx.rollup(retention)) FROM ' . shards('whole', 'of_rows') . ' GROUP BY segment');
	is(scalar(() = $plan =~ /Async Foreign Scan/g), 3, 'views: three scans at once');
	is(scalar(() = $plan =~ /Remote SQL: SELECT segment, retention FROM summaries\.of_rows/g), 3, 'views: only the column that is asked for');
}

# Split customers.  What is of rows adds up however they are split.  What is of customers does after their values were rolled up
# by customer; and is wrong otherwise, which is why the documentation says so.
for (@{ $columns{of_rows} })
{
	my ($column, $type) = @$_;
	is(rolled_up(shards('split', 'of_rows'), $column, $type, 'segment'),
		rolled_up('summaries.of_rows', $column, $type, 'segment'), "of_rows.$column: split customers");
}
for my $column (qw(history months days used))
{
	my ($type) = map { $_->[1] } grep { $_->[0] eq $column } @{ $columns{by_customer} };
	is(rolled_up(shards('split', 'by_customer'), $column, $type, 'customer'),
		rolled_up('summaries.by_customer', $column, $type, 'customer'), "by_customer.$column: split customers");
}
my $joined = '(SELECT customer, segment, ccx.rollup(history) AS history, ccx.rollup(months) AS months, ccx.rollup(days) AS days FROM '
  . shards('split', 'by_customer') . ' GROUP BY customer, segment) AS joined';
my %of_customers = (
	movements => 'ccx.mrr_movements_agg(history)', twelve_months => q{ccx.mrr_movements_agg(history, 'month', 'year')},
	cohorts => 'ccx.cohort_agg(months)', ages => 'ccx.cohort_agg_by_age(days, 30)', revenue => 'ccx.cohort_revenue_agg(history)');
for my $column (sort keys %of_customers)
{
	my ($type) = map { $_->[1] } grep { $_->[0] eq $column } @{ $columns{of_customers} };
	my $want = rolled_up('summaries.of_customers', $column, $type, 'segment');
	is(ask("SELECT segment, " . bytes($of_customers{$column}, $type) . " FROM $joined GROUP BY segment ORDER BY segment"), $want,
		"of_customers.$column: split customers, rolled up by customer first");
	isnt(rolled_up(shards('split', 'of_customers'), $column, $type, 'segment'), $want,
		"of_customers.$column: split customers, not rolled up by customer, are counted twice");
}
isnt(rolled_up(shards('split', 'by_key'), @$_, 'segment'), rolled_up('summaries.by_key', @$_, 'segment'),
	"by_key.$_->[0]: split customers are counted twice") for @{ $columns{by_key} };

# Without views on the servers, too: with extensions 'ccx' whole aggregates are sent to them, those in one pass among them.
# Not so those with an option of type text, as postgres_fdw cannot know that its collation does not matter.
my %sent = (
	'ccx.retention_agg(opening, mrr, seen) FILTER (WHERE seen)' => 'retention_summary',
	'ccx.backtest_agg((score * 10), churned)' => 'backtest_summary',
	'ccx.retention_agg_by(customer, opening, mrr)' => 'retention_summary',
	'ccx.mrr_movements_agg(customer, month, mrr)' => 'mrr_movements',
	"ccx.survey_agg(score, 'nps'::text)" => 'survey_summary');
for my $call (sort keys %sent)
{
	my $parts = '(' . join(' UNION ALL ', map { "SELECT segment, $call AS s FROM whole_$_.raw GROUP BY segment" } 1 .. @servers) . ') AS shards';
	my $query = 'SELECT segment, ' . bytes('ccx.rollup(s)', $sent{$call}) . " FROM $parts GROUP BY segment ORDER BY segment";
	my $plan = ask("EXPLAIN (VERBOSE, COSTS off) $query");
	my $times = $call =~ /::text/ ? 0 : 3;
	is(scalar(() = $plan =~ /Remote SQL: SELECT segment, ccx\.\w+\(.*GROUP BY 1/g), $times, "$call: is sent to $times servers");
	is(ask($query), ask('SELECT segment, ' . bytes($call, $sent{$call}) . ' FROM whole GROUP BY segment ORDER BY segment'), "$call: and rolled up");
}

# Over the partitioned table: by the key of the partitions each value is computed where its rows are; by something else the rows
# travel, and the answer is right.
{
	my $values = 'SELECT customer, segment, ccx.mrr_history(month, mrr) AS history FROM %s GROUP BY customer, segment';
	my $set = 'SET enable_partitionwise_aggregate = on';
	my $query = "SELECT segment, " . bytes('ccx.mrr_movements_agg(history)', 'mrr_movements') . " FROM ($values) AS c GROUP BY segment ORDER BY segment";
	my $plan = ask($set, 'EXPLAIN (VERBOSE, COSTS off) ' . sprintf($query, 'whole_rows'));
	is(scalar(() = $plan =~ /Remote SQL: SELECT customer, segment, ccx\.mrr_history\(month, mrr\) FROM public\.raw GROUP BY 1, 2/g), 3,
		'foreign partitions: the histories are computed on the servers');
	is(ask($set, sprintf($query, 'whole_rows')), ask(sprintf($query, 'whole')), 'foreign partitions: two steps');
	for my $call (sort keys %sent)
	{
		my $grouped = 'SELECT segment, ' . bytes($call, $sent{$call}) . ' FROM %s GROUP BY segment ORDER BY segment';
		is(ask($set, sprintf($grouped, "$_\_rows")), ask(sprintf($grouped, 'whole')), "foreign partitions of $_ customers: $call") for sort keys %key;
	}
}

# Metric views over foreign tables, partitions that are foreign tables, and views over the shards.
{
	my $is_one = sub {
		my ($view, $what) = @_;
		is(ask("TABLE $view\_data ORDER BY 1, 2"), ask('TABLE m_one_data ORDER BY 1, 2'), "metric view $view: the numbers of one server, $what");
		is(ask("SELECT count(*) FROM ccx.verify('$view')"), '0', "metric view $view: verify() is empty, $what");
	};
	my $of = sub { my ($view, $source, $more) = @_; return "SELECT ccx.create_metric_view('$view', 'movements', '$source', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{segment}'$more)" };
	my $changed_at = q{, mode => 'changed_at', changed_at => 'changed_at'};
	# when a row changed is in no shard; here it follows from the row
	for my $name (map { "whole_$_.raw" } 1 .. @servers)
	{
		ask("CREATE VIEW $name\_changes AS SELECT *, CASE WHEN id < 10 THEN now() - interval '1 day' WHEN id > 7000 THEN now() ELSE '2025-01-01' END AS changed_at FROM $name");
	}
	ask('CREATE VIEW all_shards AS ' . join(' UNION ALL ', map { "SELECT * FROM whole_$_.raw_changes" } 1 .. @servers),
		$of->('m_one', 'whole', ''), $of->('m_foreign', 'whole_rows', ''), $of->('m_union', 'all_shards', ''), $of->('m_changed', 'all_shards', $changed_at));
	my @views = qw(m_foreign m_union m_changed);
	$is_one->($_, 'filled') for @views;
	ask(q{INSERT INTO whole (id, customer, segment, month, mrr) VALUES (7001, 'c1', 's1', '2024-03-01', 4.5), (7002, 'new', 's2', '2024-02-01', 8)},
		q{SELECT ccx.refresh('m_one')});
	ask(q{INSERT INTO whole_rows (id, customer, segment, month, mrr) SELECT id, customer, segment, month, mrr FROM whole WHERE id > 7000});
	is(ask("SELECT count(*) > 0 FROM ccx.verify('$_')"), 't', "metric view $_: verify() sees what was written to the shards") for @views;
	my %message = (m_foreign => qr/^full refresh$/, m_union => qr/^full refresh$/, m_changed => qr/^\d+ customers changed$/);
	for my $view (@views)
	{
		like(ask("SELECT message FROM ccx.refresh('$view')"), $message{$view}, "metric view $view: refreshed");
		$is_one->($view, 'refreshed');
	}
	my ($status, $out, $err);
	my %reason = ('whole_1.raw' => 'whole_1.raw is a foreign table', all_shards => 'public.all_shards is a view', whole_rows => 'whole_[123].raw is a foreign table');
	for my $source (sort keys %reason)
	{
		($status, $out, $err) = $one->psql('company', $of->('m_refused', $source, q{, mode => 'incremental'}));
		like($err, qr/$reason{$source}, and changes of it cannot be tracked.*HINT:  Use mode => 'full', or 'changed_at'/s, "mode incremental over $source: why not");
	}
	# a shard that is down: the rows stay what they were
	$servers[1]->stop('immediate');
	like(ask(q{SELECT status || ': ' || message FROM ccx.refresh('m_union')}), qr/^failed: could not connect to server "whole_2"/, 'a shard is down: the refresh says which');
	is(ask('TABLE m_union_data ORDER BY 1, 2'), ask('TABLE m_one_data ORDER BY 1, 2'), 'and the rows are those of before');
	$servers[1]->start;
	like(ask(q{SELECT message FROM ccx.refresh('m_union')}), qr/^full refresh$/, 'the shard is back');
	ask(q{SELECT ccx.drop_metric_view(view::regclass) FROM ccx.metric_views});
	ask(q{DELETE FROM whole WHERE id > 7000}, q{DELETE FROM whole_rows WHERE id > 7000});
}

# Local partitions by customer.  Which aggregates are partial is t/003_parallel.pl; here those that each partition finishes.
{
	ask('CREATE TABLE parts (LIKE whole) PARTITION BY HASH (customer)',
		(map { "CREATE TABLE part_$_ PARTITION OF parts FOR VALUES WITH (MODULUS 4, REMAINDER $_)" } 0 .. 3),
		'INSERT INTO parts TABLE whole', 'ANALYZE parts');
	my %calls = (
		'ccx.mrr_history(month, mrr)' => 'mrr_history', q{ccx.activity_agg(at, 'day', 'UTC')} => 'activity',
		'ccx.usage_agg(month, abs(mrr))' => 'usage_summary', 'ccx.retention_agg_by(customer, opening, mrr)' => 'retention_summary',
		q{ccx.cohort_retention(customer, at, 'week', 'UTC')} => 'cohort_matrix');
	for my $call (sort keys %calls)
	{
		my $query = 'SELECT customer, ' . bytes($call, $calls{$call}) . ' FROM %s GROUP BY customer ORDER BY customer';
		for my $way ('serial', 'parallel')
		{
			my @set = ('SET enable_partitionwise_aggregate = on',
				$way eq 'serial' ? 'SET max_parallel_workers_per_gather = 0'
				: ('SET parallel_setup_cost = 0', 'SET parallel_tuple_cost = 0', 'SET min_parallel_table_scan_size = 0'));
			my $plan = ask(@set, 'EXPLAIN (COSTS off) ' . sprintf($query, 'parts'));
			like($plan, qr/Append\n.*Aggregate/s, "$call: $way, an aggregate below the Append");
			unlike($plan, qr/Partial|Finalize/, "$call: $way, each partition finishes its groups");
			is(ask(@set, sprintf($query, 'parts')), ask(sprintf($query, 'whole')), "$call: $way, partitionwise");
		}
	}
}

# What comes from a shard is validated; a shard that sends something else is an error, not a number.
$servers[0]->safe_psql('whole', q{CREATE VIEW summaries.strange AS SELECT 's1' AS segment, 'AQEB/w=='::text AS retention});
ask(q{CREATE FOREIGN TABLE strange (segment text, retention ccx.retention_summary) SERVER whole_1 OPTIONS (schema_name 'summaries')});
my ($status, $out, $err) = $one->psql('company', 'SELECT ccx.nrr(retention) FROM strange');
ok($status != 0 && $out eq '', 'a strange value: no number');
like($err, qr/invalid input syntax for type (ccx\.)?retention_summary|malformed/, 'a strange value: the reason');

# So is a shard that is down.
my $all = 'SELECT ccx.nrr(ccx.rollup(retention)) FROM ' . shards('whole', 'of_rows');
like(ask($all), qr/^\d/, 'all shards up: a number');
$servers[2]->stop('immediate');
($status, $out, $err) = $one->psql('company', $all);
ok($status != 0 && $out eq '', 'a shard is down: no number');
like($err, qr/could not connect to server "whole_3"/, 'a shard is down: which one');
$servers[2]->start;
like(ask($all), qr/^\d/, 'the shard is back: a number');

$_->stop for $one, @servers;
done_testing();
