# A server, or one of its processes, killed at any moment of a refresh: after recovery one refresh gives what the source
# gives, the next one is incremental again, and no relation and no file is left over.
#
# CCX_CRASHES (default 5) is how often.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $crashes = $ENV{CCX_CRASHES} // 5;
my $node = PostgreSQL::Test::Cluster->new('crash');
$node->init;

# a crash loses nothing that was committed, with fsync or without, as long as the machine stays up
$node->append_conf('postgresql.conf', "jit = off\nrestart_after_crash = on\nsynchronous_commit = on\nmax_wal_size = 1GB\nautovacuum = off\n");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION ccx;
	CREATE TABLE account (customer int PRIMARY KEY, region text);
	INSERT INTO account SELECT i, 'r' || i % 4 FROM generate_series(1, 6000) AS i;
	CREATE TABLE snapshot (customer int, month date, mrr numeric);
	INSERT INTO snapshot SELECT c, (date '2024-02-01' + make_interval(months => m) - interval '1 day')::date, (c * 37 + m * 11) % 90
	FROM generate_series(1, 6000) AS c, generate_series(0, 11) AS m WHERE (c + m) % 5 > 0;
	CREATE INDEX ON snapshot (customer);
	CREATE TABLE event (customer int, day date, n int, changed timestamptz);
	INSERT INTO event SELECT c, date '2024-01-01' + (c * 13 + i * 31) % 360, (c + i) % 11, now() FROM generate_series(1, 6000) AS c, generate_series(1, 2) AS i;
	CREATE INDEX ON event (customer);
	SET search_path = public, ccx;
	SELECT create_metric_view('v_movements', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
	SELECT create_metric_view('v_survey', 'survey', 'event', customer => 'customer', at => 'day', amount => 'n', scale => 'nps', mode => 'incremental');
	SELECT create_metric_view('v_usage', 'usage', 'event', customer => 'customer', at => 'day', amount => 'n', mode => 'changed_at', changed_at => 'changed');
	SELECT create_metric_view('v_full', 'revenue_cohort', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr');});

my $wrong = q{SELECT coalesce(string_agg(view || ' ' || n, ', ' ORDER BY view), 'none')
	FROM ccx.metric_views AS v, LATERAL (SELECT count(*) FROM ccx.verify(v.view::regclass)) AS c (n) WHERE n > 0};

# relations, and files that belong to none (dropped ones go at a checkpoint)
my $relations = q{SELECT string_agg(oid::regclass::text, ' ' ORDER BY oid::regclass::text) FROM pg_class WHERE relnamespace = 'public'::regnamespace OR relpersistence = 't'};
my $orphans = q{CHECKPOINT; SELECT coalesce(string_agg(f, ' '), 'none') FROM pg_ls_dir('base/' || (SELECT oid FROM pg_database WHERE datname = current_database())) AS f
	WHERE f ~ '^t?[0-9]' AND NOT EXISTS (SELECT FROM pg_class WHERE pg_relation_filenode(oid) = substring(f, '^(?:t[0-9]+_)?([0-9]+)')::oid)};
my $before = $node->safe_psql('postgres', $relations);
is($node->safe_psql('postgres', $orphans), 'none', 'every file belongs to a relation');

# TRUNCATE makes new files, which PostgreSQL leaves where they are when the server crashes before it commits
my $truncating = q{SELECT r.* FROM ccx.refresh('v_movements', concurrent => false, all_of_it => true) AS r;};
my $refreshes = q{
	SELECT r.* FROM ccx.refresh('v_movements') AS r;
	SELECT r.* FROM ccx.refresh('v_usage', all_of_it => true) AS r;
	SELECT r.* FROM ccx.refresh('v_survey') AS r;
	SELECT r.* FROM ccx.refresh('v_full') AS r;
};

# Ten customers, or all of them: an incremental refresh, or a full one.
sub change
{
	my ($turn) = @_;
	my $some = $turn % 3 ? 'WHERE customer % 600 = ' . $turn : '';
	$node->safe_psql('postgres', "UPDATE snapshot SET mrr = mrr + 1 $some; UPDATE event SET n = (n + 1) % 11, changed = clock_timestamp() $some; UPDATE account SET region = 'r' || ($turn + customer) % 5 WHERE customer % 600 = $turn");
}

# how long they take undisturbed, to strike anywhere in between
my $start = time;
change(1);
$node->safe_psql('postgres', $refreshes);
my $took = time - $start;
srand(17);

# Killed, but nobody waits for it: the first process of a container may not.
sub is_zombie
{
	my ($pid) = @_;
	return -e "/proc/$pid/stat" && slurp_file("/proc/$pid/stat") =~ /\) Z /;
}

my ($during, $failed) = (0, '');
my $left = 'none';
for my $crash (1 .. $crashes)
{
	change($crash);
	my $victim = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $victim->query_safe('SELECT pg_backend_pid()');
	my $truncates = $crash % 5 == 4;
	$victim->query_until(qr/started/, "\\echo started\n" . ($truncates ? $truncating : $refreshes) . "\n");
	usleep(int(rand($truncates ? $took / 3 : $took) * 1_000_000));
	$during++ if $node->safe_psql('postgres', "SELECT state FROM pg_stat_activity WHERE pid = $pid") eq 'active';
	if ($crash % 2)
	{
		kill 'KILL', $pid;
		for (1 .. 600)
		{
			# until the others are gone and recovery is done
			last if $node->psql('postgres', 'SELECT 1') == 0 && !kill 0, $pid;
			usleep(50_000);
		}
	}
	else
	{
		my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
		my @all = ($postmaster, split /\n/, $node->safe_psql('postgres', 'SELECT pid FROM pg_stat_activity'));
		kill 'KILL', @all;
		for (1 .. 600)
		{
			last if !kill(0, $postmaster) || is_zombie($postmaster);
			usleep(50_000);
		}
		# its locks would pass for those of a running server
		unlink $node->data_dir . '/postmaster.pid', $node->host . '/.s.PGSQL.' . $node->port . '.lock'
		  if is_zombie($postmaster);
		$node->{_pid} = undef;
		$node->start;
	}
	eval { $victim->quit };
	my $files = $node->safe_psql('postgres', $orphans);
	$failed .= "$crash: files $files; " if $files ne $left && !$truncates;
	$left = $files;
	$node->safe_psql('postgres', 'CALL ccx.refresh_all()');
	my $now = $node->safe_psql('postgres', $wrong);
	$failed .= "$crash: $now; " if $now ne 'none';
	$failed .= "$crash: " . $node->safe_psql('postgres', q{SELECT string_agg(view || ' ' || message, ' ') FROM ccx.metric_views WHERE status <> 'refreshed'}) . '; '
	  if $node->safe_psql('postgres', q{SELECT count(*) FROM ccx.metric_views WHERE status <> 'refreshed'}) ne '0';
}
is($failed, '', "after each of $crashes crashes no file is left over, and one refresh puts it right");
cmp_ok($during, '>=', $crashes / 3, "$during of them struck while a refresh was under way");
is($node->safe_psql('postgres', $relations), $before, 'no relation is left over');
is($node->safe_psql('postgres', $orphans), $left, 'nor does the refresh after a crash leave a file');
$node->safe_psql('postgres', 'UPDATE snapshot SET mrr = mrr + 1 WHERE customer = 12');
is($node->safe_psql('postgres', q{SELECT message FROM ccx.refresh('v_movements')}), '1 customer changed', 'refreshes are incremental again');

$node->stop;
done_testing();
