# Metric views on a standby and after its promotion, under lock_timeout and statement_timeout, and through a dump that
# their owner makes and restores, who is nobody special.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "jit = off\n");
$primary->start;
$primary->safe_psql('postgres', q{
	CREATE EXTENSION ccx;
	CREATE ROLE keeper LOGIN; CREATE ROLE dashboard LOGIN;
	CREATE SCHEMA kept AUTHORIZATION keeper});

sub as
{
	my ($node, $role, $statements, $db) = @_;
	my ($status, $out, $err) = $node->psql($db // 'postgres', $statements, extra_params => [ '-U', $role ]);
	return $status == 0 && $err !~ /ERROR/ ? $out : $err;
}

is(as($primary, 'keeper', q{
	SET search_path = kept, ccx;
	CREATE TABLE account (customer int PRIMARY KEY, region text);
	INSERT INTO account SELECT i, 'r' || i % 4 FROM generate_series(1, 300) AS i;
	CREATE TABLE snapshot (customer int, month date, mrr numeric);
	INSERT INTO snapshot SELECT c, (date '2024-02-01' + make_interval(months => m) - interval '1 day')::date, (c * 37 + m * 11) % 90
	FROM generate_series(1, 300) AS c, generate_series(0, 11) AS m WHERE (c + m) % 5 > 0;
	CREATE INDEX ON snapshot (customer);
	CREATE TABLE event (customer int, day date, n int, changed timestamptz);
	INSERT INTO event SELECT c, date '2024-01-01' + (c * 13 + i * 31) % 360, (c + i) % 11, timestamptz '2024-01-01' + c * interval '1 day' FROM generate_series(1, 300) AS c, generate_series(1, 2) AS i;
	SELECT create_metric_view('m', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
	SELECT create_metric_view('c', 'revenue_cohort', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr');
	SELECT create_metric_view('u', 'usage', 'event', customer => 'customer', at => 'day', amount => 'n', mode => 'changed_at', changed_at => 'changed');
	SELECT close_period('m', '2024-06-01');
	GRANT USAGE ON SCHEMA kept TO dashboard; GRANT SELECT ON m, c, u, m_published TO dashboard}),
	"m\nc\nu\n4", 'metric views of three modes, and a closed period');

my $wrong = q{SELECT count(*) FROM ccx.metric_views AS v, LATERAL ccx.verify(v.view::regclass)};
my %digest = map { $_ => "SELECT md5(string_agg(v::text, ' ' ORDER BY v::text COLLATE \"C\")) FROM kept.$_ AS v" } qw(m c u m_published c_wide m_customer_history m_top_movers);
my $messages = q{SELECT string_agg(concat_ws(' ', view, status, message), ', ' ORDER BY view) FROM ccx.metric_views};

# ---------------------------------------------------------------- standby

$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
as($primary, 'keeper', 'UPDATE kept.snapshot SET mrr = mrr + 1 WHERE customer = 7');
$primary->wait_for_catchup($standby);
my $state = $standby->safe_psql('postgres', $messages);

is(as($standby, 'keeper', q{SELECT status, rows_changed, message FROM ccx.refresh('kept.m')}), 'standby|0|this server is a standby; it gets the rows from its primary', 'standby: refresh() does nothing, and says why');
my ($status, $out, $err) = $standby->psql('postgres', 'CALL ccx.refresh_all()');
is("$status$out$err", '0', 'standby: refresh_all() is quiet');
is(as($standby, 'dashboard', "$digest{$_}"), as($primary, 'dashboard', "$digest{$_}"), "standby: a reader reads $_") for qw(m c u m_published);
is(as($standby, 'keeper', "$digest{$_}"), as($primary, 'keeper', "$digest{$_}"), "standby: its owner reads $_") for qw(c_wide m_customer_history m_top_movers);
is(as($standby, 'dashboard', q{SELECT ccx.refreshed_at('kept.m') IS NOT NULL, ccx.staleness('kept.m') >= '0'}), 't|t', 'standby: a reader asks how old it is');
is($standby->safe_psql('postgres', $messages), $state, 'standby: metric_views says what the primary says');
is(as($standby, 'keeper', q{SELECT count(*) > 0 FROM ccx.verify('kept.m')}), 't', 'standby: verify() sees what is not refreshed');
is(as($standby, 'keeper', q{SELECT count(*) FROM ccx.restatements('kept.m')}), '0', 'standby: restatements()');
like(as($standby, 'keeper', $_), qr/read-only transaction|during recovery/, "standby: $_ is refused")
  for q{SELECT ccx.close_period('kept.m', '2024-07-01')}, q{SELECT ccx.drop_metric_view('kept.c')}, q{SELECT ccx.erase_customer('kept.m', '10007')};
as($primary, 'keeper', 'CALL ccx.refresh_all()');
$primary->wait_for_catchup($standby);
is(as($standby, 'keeper', $wrong), '0', 'standby: what the primary refreshed arrives');

# what was noted on the primary is known to the standby that takes over
as($primary, 'keeper', 'UPDATE kept.snapshot SET mrr = mrr + 1 WHERE customer = 8');
$primary->wait_for_catchup($standby);
$standby->promote;
as($standby, 'keeper', 'UPDATE kept.snapshot SET mrr = mrr + 1 WHERE customer = 9');
is(as($standby, 'keeper', q{SELECT message FROM ccx.refresh('kept.m')}), '2 customers changed', 'promoted: the refresh is incremental');
is(as($standby, 'keeper', q{SELECT count(*) FROM ccx.verify('kept.m')}), '0', 'promoted: and right');
$standby->stop;

# ---------------------------------------------------------------- timeouts

sub background
{
	my ($statements) = @_;
	my $session = $primary->background_psql('postgres', on_error_stop => 0);
	$session->query_safe($statements);
	return $session;
}
my $impatient = q{SET lock_timeout = '200ms'; SELECT status, split_part(message, E'\n', 1) FROM ccx.refresh('kept.m')};
my $timed_out = 'failed|canceling statement due to lock timeout (55P03)';
as($primary, 'keeper', 'CALL ccx.refresh_all()');
as($primary, 'keeper', 'UPDATE kept.snapshot SET mrr = mrr + 1 WHERE customer = 10');

my $writer = background('BEGIN; UPDATE kept.snapshot SET mrr = mrr + 1 WHERE customer = 11');
is(as($primary, 'keeper', $impatient), 'refreshed|1 customer changed', 'lock_timeout: a writer is not waited for');
$writer->query_safe('COMMIT');
$writer->quit;
as($primary, 'keeper', $impatient);
my $rows = as($primary, 'keeper', $digest{m});
as($primary, 'keeper', 'UPDATE kept.snapshot SET mrr = mrr + 1 WHERE customer = 12');

my $exclusive = background('BEGIN; LOCK TABLE kept.snapshot IN ACCESS EXCLUSIVE MODE');
is(as($primary, 'keeper', $impatient), $timed_out, 'lock_timeout: a locked source is a failure that is returned');
is(as($primary, 'keeper', q{SELECT status, split_part(message, E'\n', 1), pending_changes FROM ccx.metric_views WHERE view = 'kept.m'}), 'failed|canceling statement due to lock timeout (55P03)|1', 'lock_timeout: and recorded');
is(as($primary, 'dashboard', $digest{m}), $rows, 'lock_timeout: readers see the rows of the last refresh');
like(as($primary, 'keeper', q{SELECT ccx.close_period('kept.m', '2024-07-01')}), qr/the last refresh of metric view kept.m failed/, 'lock_timeout: nothing is published of a view that is behind');
($status, $out, $err) = $primary->psql('postgres', q{SET lock_timeout = '200ms'; CALL ccx.refresh_all()});
like($err, qr/^psql:.*WARNING:  metric view kept.c could not be refreshed: canceling statement due to lock timeout.*WARNING:  metric view kept.m /s, 'lock_timeout: refresh_all() warns of each and goes on');
is($primary->safe_psql('postgres', q{SELECT string_agg(status, ' ' ORDER BY view) FROM ccx.metric_views}), 'failed failed refreshed', 'lock_timeout: others are refreshed');
$exclusive->query_safe('ROLLBACK');
is(as($primary, 'keeper', $impatient), 'refreshed|1 customer changed', 'lock_timeout: the next refresh is fine, and nothing was forgotten');

# a DDL statement that itself waits for a reader
my $reader = background('BEGIN; SELECT count(*) FROM kept.snapshot');
$exclusive->query_until(qr/asked/, "\\echo asked\nALTER TABLE kept.snapshot ADD COLUMN note text;\n");
$primary->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND relation = 'kept.snapshot'::regclass});
$primary->safe_psql('postgres', q{UPDATE kept.account SET region = 'r9' WHERE customer = 13});
is(as($primary, 'keeper', $impatient), $timed_out, 'lock_timeout: nor does it wait behind a DDL statement that waits');
$reader->query_safe('COMMIT');
$reader->quit;
$exclusive->query_safe('SELECT 1');
$exclusive->quit;
like(as($primary, 'keeper', $impatient), qr/^refreshed\|1 customer changed$/, 'lock_timeout: until it is done');

# making a metric view takes a lock that writers wait for
$writer = background('BEGIN; UPDATE kept.snapshot SET mrr = mrr + 1 WHERE customer = 14');
like(as($primary, 'keeper', q{SET lock_timeout = '200ms'; SELECT ccx.create_metric_view('kept.late', 'movements', 'kept.snapshot', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental')}),
	qr/canceling statement due to lock timeout/, 'lock_timeout: create_metric_view() does not stand in the way of writers');
like(as($primary, 'keeper', q{SET lock_timeout = '200ms'; SELECT ccx.drop_metric_view('kept.m', with_ledger => true)}), qr/canceling statement due to lock timeout/, 'lock_timeout: nor drop_metric_view()');
$writer->query_safe('COMMIT');
$writer->quit;
is($primary->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relname LIKE 'late%'}), '0', 'lock_timeout: and nothing of it stays');

# a statement that is cancelled leaves nothing, not even a note
$exclusive = background('BEGIN; LOCK TABLE kept.snapshot IN ACCESS EXCLUSIVE MODE');
like(as($primary, 'keeper', q{SET statement_timeout = '200ms'; SELECT ccx.refresh('kept.m')}), qr/canceling statement due to statement timeout/, 'statement_timeout: an error');
is(as($primary, 'keeper', q{SELECT status, pending_changes FROM ccx.metric_views WHERE view = 'kept.m'}), 'stopped|1', 'statement_timeout: which is to be seen, and the change is still noted');
$exclusive->query_safe('ROLLBACK');
$exclusive->quit;
as($primary, 'keeper', 'CALL ccx.refresh_all()');
is(as($primary, 'keeper', $wrong), '0', 'after all timeouts the rows are right');

# ---------------------------------------------------------------- dumped and restored by the owner

as($primary, 'keeper', 'UPDATE kept.snapshot SET mrr = mrr + 1 WHERE customer = 15');
my $dump = $primary->basedir . '/kept.dump';
$primary->command_ok([ 'pg_dump', '-U', 'keeper', '-Fc', '-n', 'kept', '-f', $dump, $primary->connstr('postgres') ], 'dump: by the owner');
$primary->safe_psql('postgres', 'CREATE DATABASE restored');
$primary->safe_psql('restored', 'CREATE EXTENSION ccx; GRANT CREATE ON DATABASE restored TO keeper');
$primary->command_ok([ 'pg_restore', '-U', 'keeper', '--exit-on-error', '-d', $primary->connstr('restored'), $dump ], 'dump: restored by the owner');
is(as($primary, 'keeper', $digest{$_}, 'restored'), as($primary, 'keeper', $digest{$_}), "dump: the same rows in $_") for sort keys %digest;
my $definitions = q{SELECT string_agg(format('%s %s %s %s %s', view, kind, mode, source, pending_changes), ', ' ORDER BY view) FROM ccx.metric_views};
is(as($primary, 'keeper', $definitions, 'restored'), as($primary, 'keeper', $definitions), 'dump: definitions, and what was noted');
is(as($primary, 'dashboard', 'SELECT count(*) > 0 FROM kept.m', 'restored'), 't', 'dump: grants');
like(as($primary, 'keeper', 'DELETE FROM kept.m_ledger', 'restored'), qr/is a ledger and never changes/, 'dump: the ledger is protected');
like(as($primary, 'keeper', q{SELECT message FROM ccx.refresh('kept.m')}, 'restored'), qr/^full refresh: tracking changed/, 'dump: the first refresh trusts nothing');
as($primary, 'keeper', 'UPDATE kept.snapshot SET mrr = mrr + 1 WHERE customer = 16; UPDATE kept.event SET n = 0, changed = now() WHERE customer = 17', 'restored');
is(as($primary, 'keeper', q{SELECT message FROM ccx.refresh('kept.m')}, 'restored'), '1 customer changed', 'dump: triggers note changes');
is(as($primary, 'keeper', q{SELECT message FROM ccx.refresh('kept.u')}, 'restored'), '2 customers changed', 'dump: changed_at goes on where it was, with an hour of overlap');
as($primary, 'keeper', 'CALL ccx.refresh_all()', 'restored');
is(as($primary, 'keeper', $wrong, 'restored'), '0', 'dump: verify() is empty');
is(as($primary, 'keeper', q{SELECT count(*) > 0 FROM ccx.restatements('kept.m')}, 'restored'), 't', 'dump: the ledger is compared');
is(as($primary, 'keeper', q{SELECT ccx.drop_metric_view('kept.m', with_ledger => true)}, 'restored'), '', 'dump: it can be dropped');

$primary->stop;
done_testing();
