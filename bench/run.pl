#!/usr/bin/perl
#
# Run the benchmarks side by side: each query of a folder once per round, one after
# the other, for several rounds, and print medians and ratios.
#
#     sh bench/run.sh [--scale X] [--rounds N] [--only PART,...] [NAME...]
#
# A benchmark is a folder here: bench.conf (settings, goals), setup.sql (makes the data,
# once), and a query a file. What the first part of a file's name says: floor reads
# the columns only, ccx is ours, usual is SQL as an analyst would write it, duckdb is the
# same for DuckDB (run by duckdb.mjs on a copy of the table, with the same threads). Of
# several usual ones the fastest counts, and of several for DuckDB likewise. With --only
# just the queries run whose name or its first part is in the list.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename;
use FileHandle;
use Getopt::Long;
use IPC::Open2;

my $here = dirname(abs_path($0));
my $scale = 1;
my $rounds = 5;
my $duckdb = '';
my $only = '';
GetOptions('scale=f' => \$scale, 'rounds=i' => \$rounds, 'only=s' => \$only, 'duckdb=s' => \$duckdb) or exit 2;
my %only = map { $_ => 1 } split /,/, $only;
my @names = @ARGV ? @ARGV : map { basename(dirname($_)) } sort glob("$here/*/bench.conf");

$| = 1;
my $failed = 0;
benchmark($_) for @names;
exit($failed ? 1 : 0);

sub benchmark
{
	my ($name) = @_;
	my $folder = "$here/$name";
	my %conf = read_conf("$folder/bench.conf");
	my $threads = 1 + ($conf{workers} // 0);

	psql("CREATE SCHEMA $name", '-q') unless psql("SELECT to_regnamespace('$name') IS NOT NULL") =~ /t/;
	if (psql("SELECT count(*) FROM pg_class WHERE relnamespace = '$name'::regnamespace") == 0)
	{
		print "# $name: making the data\n";
		system('psql', '-X', '-q', '-o', '/dev/null', '-v', 'ON_ERROR_STOP=1', '-v', "scale=$scale",
			'-c', "SET search_path = $name, public, ccx", '-f', "$folder/setup.sql") == 0
		  or die "setup of $name failed\n";
	}

	my @queries = map {
		my $file = $_;
		my $text = slurp($file);
		my ($title) = $text =~ /^--\s*(.*)/;
		(my $base = basename($file)) =~ s/\.sql$//;
		{ name => $base, kind => (split /_/, $base)[0], title => $title // '', text => $text, times => [] }
	} grep { !m{/setup\.sql$} } sort glob("$folder/*.sql");

	@queries = grep { $only{ $_->{name} } || $only{ $_->{kind} } } @queries if %only;
	my $duck = (grep { $_->{kind} eq 'duckdb' } @queries) && $duckdb ne ''
	  ? duckdb_start($name, $threads, $conf{tables}) : undef;
	@queries = grep { $_->{kind} ne 'duckdb' || $duck } @queries;

	print "# $name: $conf{title}; $rounds rounds, $threads process"
	  . ($threads == 1 ? '' : 'es') . ", scale $scale\n";

	# one round to warm caches, then the ones that count
	my %answer;
	for my $round (0 .. $rounds)
	{
		for my $query (@queries)
		{
			my ($ms, $rows) = $query->{kind} eq 'duckdb'
			  ? duckdb_time($duck, $query->{text}) : psql_time($name, \%conf, $query->{text});
			push @{ $query->{times} }, $ms if $round > 0;
		}
	}
	duckdb_stop($duck) if $duck;

	$_->{median} = median(@{ $_->{times} }) for @queries;
	my %best;
	for my $query (@queries)
	{
		my $kind = $query->{kind};
		$best{$kind} = $query->{median} if !defined $best{$kind} || $query->{median} < $best{$kind};
	}
	printf "%-28s %10s %10s %10s %9s\n", 'query', 'median ms', 'least', 'most', 'x floor';
	for my $query (sort { $a->{median} <=> $b->{median} } @queries)
	{
		my @sorted = sort { $a <=> $b } @{ $query->{times} };
		printf "%-28s %10.1f %10.1f %10.1f %9.2f  %s\n", $query->{name}, $query->{median},
		  $sorted[0], $sorted[-1], $query->{median} / ($best{floor} // $query->{median}), $query->{title};
	}

	# goals: expressions over the best median of each kind
	for my $goal (@{ $conf{goal} || [] })
	{
		my ($left, $limit) = $goal =~ /^(.*?)\s*<=\s*(.*)$/ or die "cannot read goal: $goal\n";
		my ($value, $bound) = map { value_of($_, \%best) } $left, $limit;
		if (!defined $value || !defined $bound)
		{
			print "goal  $goal: not measured here\n";
			next;
		}
		printf "goal  %-50s %s: %.1f against %.1f (%.2f)\n", $goal,
		  $value <= $bound ? 'met' : 'MISSED', $value, $bound, $bound ? $value / $bound : 0;
		$failed = 1 if $value > $bound;
	}
	print "\n";
	return;
}

# An arithmetic expression in which names are medians; undef when one was not measured.
sub value_of
{
	my ($expression, $best) = @_;
	my $known = 1;
	$expression =~ s/\b([a-z]+)\b/defined $best->{$1} ? $best->{$1} : ($known = 0)/ge;
	return undef unless $known;
	die "bad goal\n" if $expression =~ /[^-+*\/(). 0-9]/;
	return eval $expression;    ## no critic (only digits and operators are left)
}

sub read_conf
{
	my ($file) = @_;
	my %conf;
	for (split /\n/, slurp($file))
	{
		next if /^\s*(#|$)/;
		my ($key, $value) = /^\s*(\w+)\s*=\s*(.*?)\s*$/ or die "$file: cannot read: $_\n";
		if ($key eq 'goal' || $key eq 'set') { push @{ $conf{$key} }, $value }
		else { $conf{$key} = $value }
	}
	return %conf;
}

# Milliseconds as the client sees them, without the time to connect.
sub psql_time
{
	my ($name, $conf, $text) = @_;
	my @settings = ("SET search_path = $name, public, ccx", 'SET jit = off',
		'SET max_parallel_workers_per_gather = ' . ($conf->{workers} // 0),
		map { "SET $_" } @{ $conf->{set} || [] });
	my $pid = open2(my $out, my $in, 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1');
	print $in "$_;\n" for @settings;
	print $in "\\o /dev/null\n\\timing on\n$text;\n\\timing off\n";
	close $in;
	my $output = join '', <$out>;
	waitpid $pid, 0;
	die "psql failed on:\n$text\n" if $? != 0;
	$output =~ /Time: ([\d.]+) ms/ or die "no time from psql:\n$output\n";
	return $1;
}

sub psql
{
	my ($query, @options) = @_;
	open my $out, '-|', 'psql', '-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', @options, '-c', $query or die $!;
	my $answer = join '', <$out>;
	close $out or die "psql failed: $query\n";
	chomp $answer;
	return $answer;
}

sub duckdb_start
{
	my ($name, $threads, $tables) = @_;
	my $pid = open2(my $out, my $in, 'node', "$duckdb/duckdb.mjs", $threads);
	$in->autoflush(1);
	for my $table (split /[ ,]+/, $tables)
	{
		my $file = "$duckdb/$name.$table.csv";
		psql("\\copy $name.$table TO '$file' WITH (FORMAT csv, HEADER)", '-q');
		my $columns = psql("SELECT string_agg(format('''%s'': ''%s''', attname, CASE format_type(atttypid, NULL) WHEN 'numeric' THEN 'DECIMAL(18,2)' ELSE format_type(atttypid, NULL) END), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '$name.$table'::regclass AND attnum > 0");
		my ($ms) = duckdb_time([ $in, $out, $pid ],
			"CREATE TABLE $table AS SELECT * FROM read_csv('$file', header = true, columns = {$columns})");
		unlink $file;
	}
	return [ $in, $out, $pid ];
}

sub duckdb_time
{
	my ($duck, $text) = @_;
	my ($in, $out) = @$duck;
	$text =~ s/^--.*\n//mg;
	$text =~ s/\s+/ /g;
	print $in "$text\n";
	my $answer = <$out>;
	defined $answer && $answer =~ /^([\d.]+)$/ or die "DuckDB: " . ($answer // 'gone') . "\n$text\n";
	return $1;
}

sub duckdb_stop
{
	my ($duck) = @_;
	close $duck->[0];
	waitpid $duck->[2], 0;
	return;
}

sub median
{
	my @sorted = sort { $a <=> $b } @_;
	my $n = @sorted;
	return $n % 2 ? $sorted[ ($n - 1) / 2 ] : ($sorted[ $n / 2 - 1 ] + $sorted[ $n / 2 ]) / 2;
}

sub slurp
{
	my ($file) = @_;
	open my $in, '<', $file or die "$file: $!\n";
	local $/;
	return scalar <$in>;
}
