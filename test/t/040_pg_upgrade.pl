# pg_upgrade from an older major version, with values in tables, materialized views and metric views.
#
# Where two versions are installed, CCX_OLD_PG_CONFIG=/path/to/pg_config names the older one.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old_config = $ENV{CCX_OLD_PG_CONFIG};
plan skip_all => 'CCX_OLD_PG_CONFIG does not name an older PostgreSQL' unless $old_config;

# ccx for the older one, from the same sources, in a folder of its own
my $scratch = PostgreSQL::Test::Utils::tempdir();
my ($bindir, $libdir, $sharedir, $version) = map { my $out = `$old_config --$_`; chomp $out; $out } qw(bindir pkglibdir sharedir version);
my @make = ('make', '-s', '-C', "$scratch/ccx", "PG_CONFIG=$old_config", 'with_llvm=no');
mkdir "$scratch/ccx";
for my $part (qw(Makefile ccx.control src sql))
{
	system_or_bail('cp', '-R', $part, "$scratch/ccx/$part");
}
{
	# this make is run by another, which is of the newer version
	local %ENV = %ENV;
	delete @ENV{ grep { /^(?:MAKE|MFLAGS|DESTDIR|PG_CONFIG)/ } keys %ENV };
	system_or_bail(@make, 'clean');
	system_or_bail(@make, 'all');
	system_or_bail(@make, "DESTDIR=$scratch/dest", 'install');
}

my ($major) = $version =~ /^PostgreSQL (\d+)/;
my $old_settings = "jit = off\ndynamic_library_path = '$scratch/dest$libdir:\$libdir'\n"
  . ($major >= 18 ? "extension_control_path = '$scratch/dest$sharedir:\$system'\n" : "extension_destdir = '$scratch/dest'\n");
my %init = (extra => [ '--locale', 'C', '--encoding', 'UTF8' ]);
my ($old, $new);
{
	# what TEMP_CONFIG says is for the newer one
	local %ENV = %ENV;
	delete $ENV{TEMP_CONFIG};
	(my $install = $bindir) =~ s{/bin$}{};
	$old = PostgreSQL::Test::Cluster->new('old', install_path => $install);
	$old->init(%init);
}
$old->append_conf('postgresql.conf', $old_settings);
$new = PostgreSQL::Test::Cluster->new('new');
my $help = `initdb --help`;
$new->init(extra => [ @{ $init{extra} }, $help =~ /--no-data-checksums/ ? '--no-data-checksums' : () ]);
$new->append_conf('postgresql.conf', "jit = off\n");
note("from $version to " . `postgres --version`);

# ---------------------------------------------------------------- in the older one

$old->start;
$old->safe_psql('postgres', q{
	CREATE ROLE keeper LOGIN; CREATE ROLE dashboard LOGIN;
	CREATE DATABASE shop});
$old->safe_psql('shop', q{
	CREATE EXTENSION ccx;
	CREATE SCHEMA metrics AUTHORIZATION keeper;
	SET ROLE keeper; SET search_path = metrics, ccx;

	CREATE TABLE account (customer int PRIMARY KEY, region text);
	INSERT INTO account SELECT i, 'r' || i % 3 FROM generate_series(1, 500) AS i;
	CREATE TABLE snapshot (customer int, month date, mrr numeric) PARTITION BY RANGE (month);
	CREATE TABLE snapshot_2024 PARTITION OF snapshot FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
	CREATE TABLE snapshot_2025 PARTITION OF snapshot FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
	INSERT INTO snapshot SELECT c, (date '2024-02-01' + make_interval(months => m) - interval '1 day')::date, (c * 37 + m * 11) % 90 + 1e-9
	FROM generate_series(1, 500) AS c, generate_series(0, 14) AS m WHERE (c + m) % 5 > 0;
	CREATE TABLE event (customer int, day date, n int, done date, changed timestamptz);
	INSERT INTO event SELECT c, date '2024-01-01' + (c * 13 + i * 31) % 360, (c + i) % 11, date '2025-01-01', timestamptz '2024-01-01' + c * interval '1 day' FROM generate_series(1, 500) AS c, generate_series(1, 3) AS i;

	CREATE TABLE histories AS SELECT customer, mrr_history(month, mrr) AS history FROM snapshot GROUP BY customer;
	CREATE INDEX ON histories USING hash (history);
	CREATE INDEX ON histories (history);
	CREATE MATERIALIZED VIEW movements AS SELECT mrr_movements_agg(history) AS movements FROM histories;
	CREATE VIEW company AS SELECT r.period, nrr(r.summary) AS nrr FROM movements AS m, retention_summaries(m.movements, '2024-01-01', '2025-03-31') AS r;

	SELECT create_metric_view('m_incremental', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
	SELECT create_metric_view('m_full', 'revenue_cohort', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr');
	SELECT create_metric_view('m_changed', 'usage', 'event', customer => 'customer', at => 'day', amount => 'n', mode => 'changed_at', changed_at => 'changed');
	SELECT create_metric_view('m_survey', 'survey', 'event', customer => 'customer', at => 'day', amount => 'n', scale => 'nps', mode => 'incremental');
	SELECT close_period('m_incremental', '2024-06-01');
	GRANT USAGE ON SCHEMA metrics TO dashboard; GRANT SELECT ON m_incremental TO dashboard;

	-- noted, and not yet taken in
	UPDATE snapshot SET mrr = mrr + 1 WHERE customer = 7;
});

# What there is, in a form that tells every difference.
my @digests = (
	q{SELECT md5(string_agg(customer || ' ' || encode(ccx.mrr_history_send(history), 'hex'), ' ' ORDER BY customer)) FROM metrics.histories},
	q{SELECT md5(encode(ccx.mrr_movements_send(movements), 'hex')) FROM metrics.movements},
	q{SELECT string_agg(company::text, ' ' ORDER BY period) FROM metrics.company},
	q{SELECT md5(string_agg(m::text, ' ' ORDER BY m::text COLLATE "C")) FROM metrics.m_incremental_data AS m},
	q{SELECT md5(string_agg(m::text, ' ' ORDER BY m::text COLLATE "C")) FROM metrics.m_incremental_customers AS m},
	q{SELECT md5(string_agg(m::text, ' ' ORDER BY m::text COLLATE "C")) FROM metrics.m_full AS m},
	q{SELECT md5(string_agg(m::text, ' ' ORDER BY m::text COLLATE "C")) FROM metrics.m_changed_data AS m},
	q{SELECT string_agg(m::text, ' ' ORDER BY m::text COLLATE "C") FROM metrics.m_incremental_published AS m},
	q{SELECT string_agg(concat_ws('|', view, owner, kind, mode, source, status, row_count, customer_count, pending_changes), ' ' ORDER BY view) FROM ccx.metric_views},
	q{SELECT string_agg(d::text, ' ') FROM metrics.m_incremental_definition AS d});
my %before = map { $_ => $old->safe_psql('shop', $_) } @digests;
$old->stop;

# ---------------------------------------------------------------- upgraded

chdir $scratch;
my @upgrade = ('pg_upgrade', '--no-sync', '-b', $bindir, '-B', $new->config_data('--bindir'), '-d', $old->data_dir, '-D', $new->data_dir,
	'-s', $new->host, '-p', $old->port, '-P', $new->port, '-U', $ENV{USER} // getpwuid($<));
@upgrade = grep { $_ ne '--no-sync' } @upgrade if `pg_upgrade --help` !~ /--no-sync/;
command_ok([ @upgrade, '--check' ], 'pg_upgrade --check finds nothing in the way');
my $upgraded = run_log(\@upgrade);
my $said = join '', map { slurp_file($_) } glob $new->data_dir . '/pg_upgrade_output.d/*/log/pg_upgrade_dump_*.log';
if (!$upgraded && $said =~ /unrecognized parameter "pg_attver"/)
{
	# Nothing of ccx: 15.20 and 17.12, of the same day, write an option that older ones do not know.
	SKIP: { skip 'the old server writes a storage option, pg_attver, that the new one does not know', 1; }
	done_testing();
	exit;
}
ok($upgraded, 'pg_upgrade');
$new->start;

is($new->safe_psql('shop', $_), $before{$_}, "the same: $_") for @digests;
is($new->safe_psql('shop', q{SELECT count(*) FROM metrics.m_incremental}, extra_params => [ '-U', 'dashboard' ]) > 0, 1, 'grants are kept');
is($new->safe_psql('shop', q{SET search_path = ccx; SET enable_seqscan = off; SELECT count(*) FROM metrics.histories AS h JOIN metrics.histories AS i ON h.history = i.history AND h.customer = i.customer}), 500, 'indexes find values');

# As the owner: what was noted before is taken in, and later changes are noted.
my @as_keeper = (extra_params => [ '-U', 'keeper' ]);
$new->safe_psql('shop', 'UPDATE metrics.snapshot SET mrr = mrr + 1 WHERE customer = 8', @as_keeper);
like($new->safe_psql('shop', q{SELECT message FROM ccx.refresh('metrics.m_incremental')}, @as_keeper), qr/^full refresh: tracking changed/, 'the first refresh trusts nothing');
$new->safe_psql('shop', 'UPDATE metrics.snapshot SET mrr = mrr + 1 WHERE customer = 9', @as_keeper);
is($new->safe_psql('shop', q{SELECT message FROM ccx.refresh('metrics.m_incremental')}, @as_keeper), '1 customer changed', 'then it is incremental again');
$new->safe_psql('shop', q{UPDATE metrics.event SET n = 0, changed = '2025-06-01' WHERE customer = 9}, @as_keeper);
is($new->safe_psql('shop', q{SELECT message FROM ccx.refresh('metrics.m_changed')}, @as_keeper), '2 customers changed', 'changed_at goes on where it was, with an hour of overlap');
$new->safe_psql('shop', 'CALL ccx.refresh_all()', @as_keeper);
is($new->safe_psql('shop', q{SELECT count(*) FROM ccx.metric_views AS v, LATERAL ccx.verify(v.view::regclass)}, @as_keeper), 0, 'verify() is empty');
isnt($new->safe_psql('shop', q{SELECT count(*) FROM ccx.restatements('metrics.m_incremental')}, @as_keeper), '0', 'the ledger is still compared');
$new->safe_psql('shop', q{SELECT ccx.drop_metric_view(view::regclass, with_ledger => true) FROM ccx.metric_views}, @as_keeper);
is($new->safe_psql('shop', q{SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'metrics'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')}),
	'account company event histories movements snapshot snapshot_2024 snapshot_2025', 'and metric views can be dropped');
$new->stop;
done_testing();
