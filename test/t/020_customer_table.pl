# The engine of one-pass aggregates at its limits: states that do not fit memory, states that
# do not fit a message between processes, and queries that end before their time.  Whatever
# happens, the answer is that of a serial query in memory, or an error, and no file is left.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('customer_table');
$node->init;
$node->append_conf('postgresql.conf', q{
max_worker_processes = 8
max_parallel_workers = 8
jit = off
log_min_messages = fatal
});
$node->start;
my $temp = $node->data_dir . '/base/pgsql_tmp';

# what there is below a folder for temporary files
sub files_in
{
	my ($folder) = @_;
	my @found;
	return '' unless -d $folder;
	for my $name (sort(slurp_folder($folder)))
	{
		push @found, $name;
		push @found, map { "$name/$_" } sort(slurp_folder("$folder/$name")) if -d "$folder/$name";
	}
	return join ' ', @found;
}

sub slurp_folder
{
	my ($folder) = @_;
	opendir my $dir, $folder or return ();
	return grep { !/^\.\.?$/ } readdir $dir;
}

# 120 000 rows of 40 000 customers in 7 groups, of which group 6 has hardly any
$node->safe_psql('postgres', q{
	CREATE EXTENSION ccx;
	CREATE TYPE account AS (region int, number numeric);
	CREATE TABLE events AS
	SELECT n, (n * 7919::bigint) % 40000 AS c, date '2021-01-01' + (n * 104729::bigint % 1095)::int AS at,
	       CASE WHEN n % 10000 = 0 THEN 6 ELSE n % 6 END::int AS g
	FROM generate_series(1, 120000) AS n ORDER BY md5(n::text);
	CREATE TABLE events_parts (LIKE events) PARTITION BY HASH (n);
	CREATE TABLE events_0 PARTITION OF events_parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE events_1 PARTITION OF events_parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO events_parts SELECT * FROM events;
	ANALYZE;
});

my $serial = 'SET max_parallel_workers_per_gather = 0;';
my $parallel = q{
	SET max_parallel_workers_per_gather = 3;
	SET parallel_setup_cost = 0;
	SET parallel_tuple_cost = 0;
	SET min_parallel_table_scan_size = 0;};
my $small = q{SET work_mem = '64kB';};
my $large = q{SET work_mem = '256MB';};

my @keys = ('c', 'c::int', 'c::text', q{repeat(md5(c::text), 4) || c}, 'md5(c::text)::uuid', 'c::numeric', 'ROW(c % 7, c)::account');

# -- the same answer --------------------------------------------------------------

my %ways = (
	'spilled' => [ "$serial $small", '' ],
	'sorted and spilled' => [ "$serial $small SET enable_hashagg = off;", '' ],
	'parallel' => [ "$parallel $large", '', qr/Gather.*Partial/s ],
	'parallel without the leader' => [ "$parallel $large SET parallel_leader_participation = off;", '', qr/Gather.*Partial/s ],
	'parallel and spilled' => [ "$parallel $small", '', qr/Gather.*Partial/s ],
	'parallel, sorted and spilled' => [ "$parallel $small SET enable_hashagg = off;", '', qr/Gather.*Partial/s ],
	'partitionwise' => [ "$serial $small SET enable_partitionwise_aggregate = on;", '_parts', qr/Append.*Partial/s ],
	'parallel and partitionwise' => [ "$parallel $small SET enable_partitionwise_aggregate = on;", '_parts', qr/Gather.*Partial/s ]);
for my $key (@keys)
{
	my $grouped = "SELECT g, md5(ccx.cohort_matrix_send(ccx.cohort_retention($key, at, 'week'))) FROM events%s GROUP BY g ORDER BY g";
	my $whole = "SELECT md5(ccx.cohort_matrix_send(ccx.cohort_retention($key, at))) FROM events%s";
	my $want_grouped = $node->safe_psql('postgres', "$serial $large" . sprintf $grouped, '');
	my $want_whole = $node->safe_psql('postgres', "$serial $large" . sprintf $whole, '');

	for my $way (sort keys %ways)
	{
		my ($settings, $suffix, $plan) = @{ $ways{$way} };
		my $query = sprintf $grouped, $suffix;
		like($node->safe_psql('postgres', "$settings EXPLAIN (COSTS off) $query"), $plan, "$key: $way, plan") if $plan;
		is($node->safe_psql('postgres', $settings . $query), $want_grouped, "$key: $way, grouped");
		$query = sprintf $whole, $suffix;
		is($node->safe_psql('postgres', $settings . $query), $want_whole, "$key: $way, whole");
	}
}
is(files_in($temp), '', 'no file is left');

# -- what is in files, and when they go --------------------------------------------

my $wide = q{repeat(md5(c::text), 4) || c};
my $query = "SELECT md5(ccx.cohort_matrix_send(ccx.cohort_retention($wide, at))) FROM events";
my $want = $node->safe_psql('postgres', "$serial $large $query");

my ($out, $err);
$node->psql('postgres', "$serial $small SET client_min_messages = debug1; $query", stderr => \$err);
like($err, qr/writes \d+ customers to a temporary file/, 'a small limit makes it spill');
$node->psql('postgres', "$serial $large SET client_min_messages = debug1; $query", stderr => \$err);
unlike($err, qr/temporary file/, 'a large one does not');

# Partial states of more than 1 MB travel as files when memory is small.  An arena of the
# leader deletes them; their folder goes with the transaction.
my $shown = q{SELECT coalesce(string_agg(f || ':' || (SELECT count(*) FROM pg_ls_dir('base/pgsql_tmp/' || f)), ' '), 'none')
	FROM pg_ls_dir('base/pgsql_tmp') AS f WHERE f LIKE '%.fileset'};
my $folder = qr/pgsql_tmp\d+\.4294967295\.fileset/;
$out = $node->safe_psql('postgres', "$parallel $small BEGIN; $query; $shown; COMMIT; $shown");
like($out, qr/^\Q$want\E\n$folder:0\nnone$/, 'files go with the state, their folder with the transaction');

# Below a Sort a partial state is read again for each rescan.
my $rescan = qq{SELECT v.x, s.g, s.m FROM (VALUES (1), (2), (0), (1)) AS v (x) LEFT JOIN
	(SELECT g, md5(ccx.cohort_matrix_send(ccx.cohort_retention($wide, at))) AS m FROM events GROUP BY g ORDER BY g OFFSET 0) AS s ON s.g % 3 = v.x ORDER BY 1, 2};
my $nested = "$parallel SET enable_material = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_gathermerge = off;";
like($node->safe_psql('postgres', "$nested EXPLAIN (COSTS off) $rescan"), qr/Nested Loop.*Finalize GroupAggregate.*Sort.*Gather/s, 'rescan: plan');
is($node->safe_psql('postgres', "$nested $small $rescan"), $node->safe_psql('postgres', "$serial $large $rescan"), 'rescan: the same answer');
is(files_in($temp), '', 'rescan: no file is left');

# Nobody reads the states of most groups.
$node->safe_psql('postgres', "$parallel $small SELECT ccx.cohort_retention($wide, at) IS NULL FROM events GROUP BY g LIMIT 1");
is(files_in($temp), '', 'limit: no file is left');

# An error in a subtransaction: files go with it, not with the transaction.
$out = $node->safe_psql('postgres', qq{
	$parallel $small
	CREATE FUNCTION failing() RETURNS text LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM 1 / (x - x) FROM (SELECT length(ccx.cohort_retention($wide, at)::text) AS x FROM events GROUP BY g) AS s;
		RETURN 'no error';
	EXCEPTION WHEN division_by_zero THEN
		RETURN ($shown);
	END \$\$;
	BEGIN;
	SELECT failing();
	COMMIT;});
is($out, 'none', 'subtransaction: no file is left');

# A cursor that fails in a subtransaction lives on, without its resources.
$out = $node->safe_psql('postgres', qq{
	$serial $small
	SET enable_hashagg = off;
	CREATE FUNCTION cursor() RETURNS text LANGUAGE plpgsql AS \$\$
	DECLARE
		many CURSOR FOR SELECT g, ccx.cohort_retention($wide, at, CASE WHEN g = 4 AND n > 100000 THEN 'day' ELSE 'month' END) FROM events GROUP BY g ORDER BY g;
		result text := '';
	BEGIN
		OPEN many;
		FOR i IN 0 .. 5 LOOP
			BEGIN
				MOVE many;
				result := result || 'ok ';
			EXCEPTION WHEN others THEN
				result := result || sqlstate || ' ';
			END;
		END LOOP;
		RETURN result;
	END \$\$;
	BEGIN; SELECT cursor(); SELECT count(*) FROM (SELECT ccx.cohort_retention($wide, at) FROM events GROUP BY g) AS s; COMMIT;});
like($out, qr/^ok ok ok ok 22023 \w+ ?\n?7$/m, 'cursor: fails and nothing breaks');
is(files_in($temp), '', 'cursor: no file is left');

# Temporary files in a tablespace of their own.
my $space = PostgreSQL::Test::Utils::tempdir();
$node->safe_psql('postgres', "CREATE TABLESPACE elsewhere LOCATION '$space'");
my ($inner) = slurp_folder($space);
is($node->safe_psql('postgres', "$parallel $small SET temp_tablespaces = 'elsewhere'; $query"), $want, 'tablespace: the same answer');
ok(-d "$space/$inner/pgsql_tmp", 'tablespace: was used');
is(files_in("$space/$inner/pgsql_tmp") . files_in($temp), '', 'tablespace: no file is left');
$node->psql('postgres', "$parallel $small SET temp_tablespaces = 'elsewhere'; SELECT 1 / (length(m) - length(m)) FROM ($query) AS s (m)");
is(files_in("$space/$inner/pgsql_tmp") . files_in($temp), '', 'tablespace: nor after an error');

# No room for files.
$node->psql('postgres', "$serial $small SET temp_file_limit = '1MB'; $query", stderr => \$err);
like($err, qr/temporary file size exceeds "?temp_file_limit"?/, 'limit of temporary files: an error');
$node->psql('postgres', "$parallel $small SET temp_file_limit = '1MB'; $query", stderr => \$err);
like($err, qr/temporary file size exceeds "?temp_file_limit"?/, 'limit of temporary files: an error in a worker');
is(files_in($temp), '', 'limit of temporary files: no file is left');

# -- cancelled anywhere --------------------------------------------------------------

# Timeouts from nothing to more than it takes hit building, spilling, sending, merging and
# finishing.  Each query repeats the table to be worth it.
my %runs = (
	'serial' => "$serial $small",
	'parallel' => "$parallel $small",
	'sorted' => "$serial $small SET enable_hashagg = off;");
my $slow = "SELECT md5(ccx.cohort_matrix_send(ccx.cohort_retention($wide || i, at))) FROM events, generate_series(1, 3) AS i";
my $slow_grouped = "SELECT count(m) FROM (SELECT ccx.cohort_retention($wide || i, at, 'day') AS m FROM events, generate_series(1, 2) AS i GROUP BY g) AS s";
for my $run (sort keys %runs)
{
	for my $sql ($run eq 'sorted' ? $slow_grouped : $slow)
	{
		my $start = time;
		$node->safe_psql('postgres', "$runs{$run} $sql");
		my $whole = (time - $start) * 1000;
		my ($cancelled, $left, $late, $wrong) = (0, '', 0, 0);

		for my $part (1 .. 12)
		{
			my $timeout = int($whole * $part / 12) + 1;
			$start = time;
			my $status = $node->psql('postgres', "$runs{$run} SET statement_timeout = $timeout; $sql",
				on_error_stop => 1, stderr => \$err);
			$late = (time - $start) * 1000 - $timeout if $late < (time - $start) * 1000 - $timeout;
			$cancelled++ if $err =~ /statement timeout/;
			$wrong++ if $status != 0 && $err !~ /statement timeout/;
			$left .= files_in($temp);
		}
		cmp_ok($cancelled, '>=', 4, "$run: cancelled at many points");
		is($wrong, 0, "$run: no other error");
		is($left, '', "$run: no file is left");
		cmp_ok($late, '<', 5000, "$run: promptly");
	}
}
is($node->safe_psql('postgres', "$parallel $small $query"), $want, 'the next query is fine');

# The same with the phase known.  The last row has a signal sent to its own process, which
# arrives some milliseconds later, in what is done when all rows have been seen; temporary
# files show that it spills.
$node->safe_psql('postgres', q{
	CREATE FUNCTION cancel_soon() RETURNS boolean LANGUAGE plpgsql AS $$
	BEGIN
		EXECUTE format('COPY (SELECT) TO PROGRAM %L',
			format('(sleep %s; kill -INT %s) </dev/null >/dev/null 2>&1 &', current_setting('test.delay'), pg_backend_pid()));
		RAISE NOTICE 'last row at %', extract(epoch FROM clock_timestamp()) + current_setting('test.delay')::numeric;
		RETURN true;
	END $$;
	CREATE TABLE snapshots AS
	SELECT (i * 7919::bigint) % 60000 AS c, (date '2022-01-01' + make_interval(months => i / 60000))::date AS month, 10 + i % 7 AS mrr, 's' || i % 3 AS s
	FROM generate_series(0, 359999) AS i;
	CREATE TABLE many AS
	SELECT c + 60000 * i AS c, month, mrr, s FROM snapshots, generate_series(1, 8) AS i WHERE month < '2022-03-01';});
my %last = map { $_ => "(SELECT * FROM $_ UNION ALL SELECT 1, date '2022-01-01', 1, 's' WHERE cancel_soon()) AS rows" } 'snapshots', 'many';
for my $call ('mrr_movements_agg(c, month, mrr)', 'mrr_movements_by(c, month, mrr, s)', q{cohort_retention(c::text, month, 'week')})
{
	for my $way ([ 'finishing in memory', "$serial $large", $last{many} ], [ 'merging from files', "$serial $small", $last{snapshots} ])
	{
		my ($phase, $settings, $rows) = @$way;
		my ($cancelled, $late) = (0, 0);

		# the process that signals may itself come late
		for my $delay (0, 0.005, 0.01, 0.002, (0) x 20)
		{
			my $status = $node->psql('postgres', "SET search_path = public, ccx; $settings SET test.delay = $delay; SELECT $call IS NULL FROM $rows",
				on_error_stop => 1, stderr => \$err);
			next unless $status != 0 && $err =~ /last row at ([\d.]+).*canceling statement due to user request/s;
			$cancelled++;
			$late = time - $1;
			last;
		}
		is($cancelled, 1, "$phase, $call: cancelled");
		cmp_ok($late, '<', 3, "$phase, $call: promptly");
		is(files_in($temp), '', "$phase, $call: no file is left");
	}
}

# While rows come: before anything is in files, and when something is.
for my $phase ('building', 'spilling')
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	$session->query_safe($phase eq 'building' ? "$serial $large" : "$serial $small");
	$session->query_until(qr/at work/, qq{\\echo at work
		SELECT ccx.mrr_movements_agg(c + 60000 * i, month, mrr) IS NULL FROM snapshots, generate_series(1, 20) AS i;
	});
	my $until = time + 60;
	if ($phase eq 'building')
	{
		$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE pid = $pid AND state = 'active' AND query LIKE '%mrr_movements_agg%' AND clock_timestamp() > query_start + interval '100 ms'");
	}
	else
	{
		usleep(20_000) while files_in($temp) eq '' && time < $until;
		isnt(files_in($temp), '', 'spilling: it was at work');
	}
	my $start = time;
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
	is($session->query('SELECT ccx.mrr_movements_agg(c, month, mrr) IS NULL FROM snapshots'), 'f', "$phase: the next query is fine");
	cmp_ok(time - $start, '<', 5, "$phase: cancelled promptly");
	like($session->{stderr}, qr/canceling statement due to user request/, "$phase: cancelled");
	is(files_in($temp), '', "$phase: no file is left");
	$session->quit;
}

# A server process that is terminated cleans up as well.
for my $settings ("$serial $small", "$parallel $small")
{
	my $pid_file = PostgreSQL::Test::Utils::tempdir() . '/pid';
	my $run = IPC::Run::start(
		[ 'psql', '-X', '-q', '-d', $node->connstr('postgres'), '-c', $settings, '-c',
			"COPY (SELECT pg_backend_pid()) TO '$pid_file'", '-c',
			"SELECT ccx.cohort_retention($wide || i, at) FROM events, generate_series(1, 50) AS i" ],
		'>', \my $stdout, '2>', \my $stderr);
	my $until = time + 60;
	usleep(50_000) while files_in($temp) eq '' && time < $until;
	isnt(files_in($temp), '', 'termination: it was at work');
	my $pid = slurp_file($pid_file);
	chomp $pid;
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	$run->finish;
	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid OR leader_pid = $pid");
	is(files_in($temp), '', 'termination: no file is left');
}

# -- a disk that is full -----------------------------------------------------------------

# A library before the system's own says so for temporary files while there is a file "full".
SKIP:
{
	my $folder = PostgreSQL::Test::Utils::tempdir();
	append_to_file("$folder/full.c", q{
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* after a megabyte of each process */
static int
full(int fd, ssize_t size)
{
	static long written = 0;
	char		link[64];
	char		path[4096];
	ssize_t		length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	if (length < 0)
		return 0;
	path[length] = 0;
	if (strstr(path, "pgsql_tmp") == NULL || access(FULL, F_OK) != 0)
		return 0;
	written += size;
	return written > 1024 * 1024;
}

#define WRITER(name, type, count, size) \
ssize_t \
name(int fd, const type *data, count n, off_t offset) \
{ \
	ssize_t		(*next) (int, const type *, count, off_t) = dlsym(RTLD_NEXT, #name); \
	if (full(fd, size)) \
	{ \
		errno = ENOSPC; \
		return -1; \
	} \
	return next(fd, data, n, offset); \
}

WRITER(pwrite, void, size_t, n)
WRITER(pwrite64, void, size_t, n)
WRITER(pwritev, struct iovec, int, data[0].iov_len)
WRITER(pwritev64, struct iovec, int, data[0].iov_len)
});
	skip 'no C compiler', 5
	  if system('cc', '-shared', '-fPIC', qq{-DFULL="$folder/full"}, '-o', "$folder/full.so", "$folder/full.c", '-ldl') != 0;
	$node->stop;
	{
		local $ENV{LD_PRELOAD} = join ':', "$folder/full.so", $ENV{LD_PRELOAD} // ();
		$node->start;
	}
	for my $settings ("$serial $small", "$parallel $small")
	{
		my $name = $settings eq "$serial $small" ? 'disk full' : 'disk full in a worker';
		append_to_file("$folder/full", '');
		$node->psql('postgres', "\\set VERBOSITY verbose\n$settings $query", stderr => \$err);
		like($err, qr/ERROR:  53100: could not write to file ".*": No space left on device/, "$name: an error");
		is(files_in($temp), '', "$name: no file is left");
		unlink "$folder/full";
		is($node->safe_psql('postgres', "$settings $query"), $want, "$name: with room again the answer comes");
	}
}

# -- keys that need more than this server may have ------------------------------------

SKIP:
{
	skip 'no citext', 2 if $node->psql('postgres', 'CREATE EXTENSION citext') != 0;
	my $sql = q{SELECT ccx.cohort_retention((CASE WHEN n %% 2 = 0 THEN 'Cust' ELSE 'cUST' END || c)%s, at) = ccx.cohort_retention(%s, at) FROM events};
	is($node->safe_psql('postgres', "$serial $small SET search_path = public, ccx; " . sprintf $sql, '::citext', 'c'), 't', 'citext: upper and lower case are one customer');
	is($node->safe_psql('postgres', "$parallel $small SET search_path = public, ccx; " . sprintf $sql, '', q{(n % 2, c)::account}), 't', 'text: they are two');
}
SKIP:
{
	skip 'no ICU', 2
	  if $node->psql('postgres', q{CREATE COLLATION whatever (provider = icu, locale = 'und-u-ks-level2', deterministic = false)}) != 0;
	my $sql = q{SELECT ccx.cohort_retention((CASE WHEN n %% 2 = 0 THEN 'Cust' ELSE 'cUST' END || c) COLLATE %s, at) = ccx.cohort_retention(%s, at) FROM events};
	is($node->safe_psql('postgres', "$parallel $small SET search_path = public, ccx; " . sprintf $sql, 'whatever', 'c'), 't', 'a collation without upper and lower case');
	is($node->safe_psql('postgres', "$parallel $small SET search_path = public, ccx; " . sprintf $sql, '"C"', q{(n % 2, c)::account}), 't', 'a collation with both');
}

$node->stop;
done_testing();
