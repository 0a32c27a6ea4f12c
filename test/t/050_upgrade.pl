# Every release that was frozen (sql/release, test/upgrade): its SQL works with the library of now and answers as
# it did; what it wrote is read; and ALTER EXTENSION ccx UPDATE makes of it what CREATE EXTENSION makes, with metric
# views that go on as before.
#
# Where an upgrade leaves something out, the failing test says which object and which property, and shows both.
# Answers that differ for a reason stand in test/upgrade/VERSION/changed: the function, a tab, why.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

sub lines
{
	my ($name) = @_;
	open my $fh, '<', $name or return;
	return grep { $_ ne '' } split /\n/, do { local $/; <$fh> };
}

my ($present) = map { /^default_version\s*=\s*'([^']+)'/ } lines('ccx.control');
my @releases = map { m{/ccx--([^-]+)\.sql$} } sort glob 'sql/release/ccx--*.sql';
plan skip_all => 'no release is frozen yet (sh test/release.sh freeze)' unless @releases;

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init;
$node->append_conf('postgresql.conf', 'jit = off');
$node->start;

sub create
{
	my ($database, $version) = @_;
	$node->safe_psql('postgres', "SET client_min_messages = warning; DROP DATABASE IF EXISTS $database");
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, qq{CREATE EXTENSION ccx VERSION '$version'; ALTER DATABASE $database SET search_path = public, ccx});
}

sub run_script
{
	my ($database, $script) = @_;
	my ($out, $err) = run_command([ 'psql', '-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), '-f', $script ]);
	BAIL_OUT("$script: $err") if $err =~ /ERROR|FATAL/;
	return split /\n/, $out;
}

# object => its properties
sub catalog
{
	my ($database) = @_;
	return map { my ($object, $json) = split /\t/, $_, 2; $object => decode_json($json) } run_script($database, 'test/upgrade/catalog.sql');
}

sub shown
{
	my ($value) = @_;
	return JSON::PP->new->canonical->allow_nonref->encode($value) =~ s/\\n/\n/gr;
}

# What a comparison of two catalogs finds, in words.
sub differences
{
	my ($fresh, $upgraded) = @_;
	my @found;
	for my $object (sort keys %$fresh)
	{
		if (!$upgraded->{$object})
		{
			push @found, "The upgrade does not create $object.";
			next;
		}
		for my $property (sort keys %{ $fresh->{$object} })
		{
			my ($new, $old) = map { shown($_->{$object}{$property}) } $fresh, $upgraded;
			push @found, "The upgrade leaves $object with other $property:\n  $old\ninstead of\n  $new" if $new ne $old;
		}
	}
	push @found, map { "The upgrade leaves $_, which a fresh installation does not have." } grep { !$fresh->{$_} } sort keys %$upgraded;
	return join "\n", @found;
}

# What functions answer, compared with what they did under the release.
sub same_answers
{
	my ($database, $release, $name) = @_;
	my %excused = map { /^([^\t]+)\t/ ? ($1 => 1) : () } lines("test/upgrade/$release/changed");
	my %now = map { my ($function, $n, $answer) = split /\t/; ("$function\t$n" => $answer) } run_script($database, 'test/upgrade/calls.sql');
	my $wrong = '';
	my $count = 0;
	for (lines("test/upgrade/$release/calls.tsv"))
	{
		my ($function, $n, $answer) = split /\t/;
		next if $excused{$function};
		$count++;
		my $new = $now{"$function\t$n"} // 'nothing: there is no such function';
		$wrong .= "$function, call $n, answers $new instead of $answer\n" if $new ne $answer;
	}
	is($wrong, '', $name);
	cmp_ok($count, '>', 500, "$release: $count answers compared");
}

create('fresh', $present);
my %fresh = catalog('fresh');
cmp_ok(scalar keys %fresh, '>', 700, 'objects of a fresh installation');
is(differences(\%fresh, { catalog('fresh') }), '', 'which are what they are');

my %edges_run;
for my $release (@releases)
{
	my $here = "test/upgrade/$release";
	my @values = lines("$here/values.tsv");
	cmp_ok(scalar @values, '>', 20, "$release left values");

	# -- the library of now under the SQL of then ----------------------------------

	create('old', $release);
	$node->safe_psql('old', "CREATE TABLE sample (type text, name text, value text, bytes bytea, description jsonb);\n\\copy sample FROM '$here/values.tsv'");
	same_answers('old', $release, "$release: functions answer as they did");

	# -- what was written then, as text and as bytes -------------------------------

	my @types = split /\n/, $node->safe_psql('old', 'SELECT type FROM sample GROUP BY type ORDER BY type COLLATE "C"');
	my $binary = $node->basedir . '/binary';
	for my $type (@types)
	{
		$node->safe_psql('old', qq{
			CREATE TABLE kept_$type (name text PRIMARY KEY, value ccx.$type, sent ccx.$type, stored ccx.$type);
			CREATE TABLE sent (x ccx.$type);
			\\copy (SELECT bytes FROM sample WHERE type = '$type' ORDER BY name COLLATE "C") TO '$binary' (FORMAT binary)
			\\copy sent FROM '$binary' (FORMAT binary)
			-- bytes that are in a table already are not looked at by any function
			CREATE CAST (bytea AS ccx.$type) WITHOUT FUNCTION;
			INSERT INTO kept_$type
			SELECT name, value::ccx.$type, x, bytes::ccx.$type
			FROM (SELECT *, row_number() OVER (ORDER BY name COLLATE "C") AS n FROM sample WHERE type = '$type') AS s
			     JOIN (SELECT x, row_number() OVER (ORDER BY ctid) AS n FROM sent) AS b USING (n);
			DROP CAST (bytea AS ccx.$type);
			DROP TABLE sent;
			CREATE INDEX ON kept_$type (stored);
			CREATE INDEX ON kept_$type USING hash (stored);
			CREATE MATERIALIZED VIEW view_$type AS SELECT name, stored AS x, ccx.describe(stored) FROM kept_$type;
			CREATE VIEW reading_$type AS SELECT name, ccx.describe(x) FROM view_$type});
	}
	my $reading = sub {
		my ($when) = @_;
		for my $type (@types)
		{
			is($node->safe_psql('old', qq{
				SELECT string_agg(name, ', ' ORDER BY name) FROM kept_$type JOIN sample USING (name)
				WHERE sample.type = '$type' AND NOT (kept_$type.value = stored AND sent = stored AND stored::text = kept_$type.value::text
				      AND ccx.describe(stored) = description AND ccx.${type}_send(sent) = ccx.${type}_send(stored))}),
				'', "$release, $when: values of $type are read the same as text, as bytes and from tables");
			is($node->safe_psql('old', qq{
				SET enable_seqscan = off;
				SELECT count(*) FROM kept_$type AS a WHERE EXISTS (SELECT FROM kept_$type AS b WHERE b.stored = a.value)}),
				scalar grep({ /^\Q$type\E\t/ } @values), "$release, $when: and found by index");
		}
	};
	$reading->('before the upgrade');

	# -- metric views ---------------------------------------------------------------

	run_script('old', "$here/metric_views.sql");
	my $metric_views = sub {
		my ($what) = @_;
		return $node->safe_psql('old', qq{SELECT string_agg(view || ': ' || v, '; ' ORDER BY view COLLATE "C") FROM ccx.metric_views, LATERAL ($what) AS x (v)});
	};
	like($metric_views->('SELECT count(*) FROM ccx.verify(view::regclass)'), qr/^(\S+: 0(; |$)){8,}/, "$release: metric views are what their sources give");
	my $rows = $metric_views->('SELECT row_count');
	my $published = $node->safe_psql('old', 'SELECT count(*) FROM v_movements_published');
	# noted by triggers of the old version, read by the new one
	$node->safe_psql('old', 'UPDATE snapshot SET mrr = mrr + 7 WHERE customer = 5');

	# -- the upgrade ------------------------------------------------------------------

	if (!ok($node->psql('old', "ALTER EXTENSION ccx UPDATE TO '$present'") == 0, "$release can be upgraded to $present"))
	{
		diag("sh test/release.sh draft starts an upgrade script; what went wrong is in the log");
		next;
	}
	$edges_run{$_} = 1 for split /\n/, $node->safe_psql('old', qq{
		SELECT v[i] || '--' || v[i + 1]
		FROM (SELECT string_to_array(path, '--') AS v FROM pg_extension_update_paths('ccx') WHERE source = '$release' AND target = '$present') AS p,
		     generate_series(1, cardinality(v) - 1) AS i});
	is(differences(\%fresh, { catalog('old') }), '', "upgraded from $release it is what a fresh $present is");
	$reading->('after the upgrade');
	same_answers('old', $release, "$release: functions answer as they did, upgraded");
	for my $type (@types)
	{
		$node->safe_psql('old', "REFRESH MATERIALIZED VIEW view_$type");
		is($node->safe_psql('old', "SELECT count(*) FROM reading_$type JOIN sample USING (name) WHERE sample.type = '$type' AND describe <> description"),
			0, "$release: views of $type go on");
	}
	$node->safe_psql('old', 'UPDATE snapshot SET mrr = mrr + 3 WHERE customer = 7; UPDATE event SET n = 0 WHERE customer = 8');
	like($metric_views->('SELECT status'), qr/^(\S+: refreshed(; |$)){8,}/, "$release: metric views are still there");
	$node->safe_psql('old', 'CALL ccx.refresh_all()');
	is($metric_views->('SELECT status') =~ s/refreshed//gr, $rows =~ s/\d+(;|$)/$1/gr, "$release: all can be refreshed");
	like($metric_views->('SELECT count(*) FROM ccx.verify(view::regclass)'), qr/^(\S+: 0(; |$)){8,}/, "$release: and are what their sources give");
	is($node->safe_psql('old', 'SELECT count(*) FROM v_movements_published'), $published, "$release: what was published is kept");
	is(scalar(() = $node->safe_psql('old', "SELECT message FROM ccx.metric_views WHERE mode = 'incremental'") =~ /customers? changed/g) > 0, 1,
		"$release: changes noted before and after the upgrade are enough for an incremental refresh");

	# triggers that were made then stay, until a refresh may block writers
	my $triggers = q{SELECT string_agg(DISTINCT p.pronamespace::regnamespace::text, ' ') FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND p.proname LIKE '%\_note%'};
	is($node->safe_psql('old', $triggers), $release =~ /^1\.0\./ ? 'public' : 'ccx', "$release: with the triggers of then");
	my $blocking = q{SELECT count(*) FROM ccx.metric_views AS v, LATERAL ccx.refresh(v.view::regclass, concurrent => false) AS r WHERE r.status = 'refreshed' AND r.message LIKE '%s'};
	is($node->safe_psql('old', sprintf($blocking, 'full refresh: tracking changed%')) > 0, $release =~ /^1\.0\./, "$release: a refresh that may block puts others in their place");
	is($node->safe_psql('old', $triggers), 'ccx', "$release: all of them");
	is($node->safe_psql('old', q{SELECT string_agg(proname, ' ') FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname LIKE '%\_note%'}), '', "$release: and drops what they called");
	is($node->safe_psql('old', 'UPDATE snapshot SET mrr = mrr + 1 WHERE customer = 9; ' . sprintf($blocking, '1 customer changed')) > 0, 1, "$release: changes are noted again");
	like($metric_views->('SELECT count(*) FROM ccx.verify(view::regclass)'), qr/^(\S+: 0(; |$)){8,}/, "$release: and taken in");
}

# -- every script in sql/upgrade was one of those that ran -----------------------------

for (sort glob 'sql/upgrade/ccx--*--*.sql')
{
	my ($edge) = m{/ccx--(.*)\.sql$};
	ok($edges_run{$edge}, "$_ is used on the way from a frozen release to $present");
}

$node->stop;
done_testing();
