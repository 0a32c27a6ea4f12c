#!/usr/bin/perl
# Run the examples of the documentation and compare what they print.
#
#     perl test/docs.pl [FILE...]            README.md and doc/*.md, or these; prints TAP
#     perl test/docs.pl --update [FILE...]   write what is printed into the files
#
# Needs a running server that psql finds (PGHOST, PGPORT, PGUSER) and that has ccx
# installed; sh test/run.sh docs sees to that.
#
# The convention.  Each file is one psql session in a fresh database of its own, with
# search_path "$user", public, ccx.  The extension is there already, unless a block of
# the file says CREATE EXTENSION ccx itself.  The session runs in the top folder.
#
# ```sql          run.  If the next thing in the file is an output block, the two must
#                 agree: what psql prints (aligned, quiet), white space at line ends
#                 aside.  If not, the block must run without an error.
# ```text         an output block, also ```output or ``` alone.  One that starts with
#                 ERROR: is what a failing example must print: ERROR, DETAIL and HINT;
#                 the lines LINE and CONTEXT are compared where they are shown.
# ```sql skip     shown, not run; counted as skipped.
# others          (```sh, ```json, ...) are ignored.
#
# A file without any sql block fails, and so does a block that looks like psql's output
# and does not follow an sql block.
use strict;
use warnings;
use File::Basename qw(dirname);
use File::Temp ();

my $update = @ARGV && $ARGV[0] eq '--update' ? shift : 0;
my $database = 'ccx_docs';
my $marker = '-- end of block --';

chdir dirname(__FILE__) . '/..' or die "cannot go to the top folder: $!\n";
# but for the page that has commands of the shell only
my @files = @ARGV ? @ARGV : ('README.md', grep { $_ ne 'doc/quality.md' } glob 'doc/*.md');

my ($tests, $failures) = (0, 0);

sub report
{
	my ($ok, $name, @why) = @_;
	$tests++;
	$failures++ unless $ok;
	print $ok ? '' : 'not ', "ok $tests - $name\n";
	print map { "#   $_\n" } @why;
}

# Fenced blocks of a file, in order: kind (sql, skip, output, other), first line (from 1),
# text, and for an sql block the index of its output block.
sub parse
{
	my @lines = @_;
	my @blocks;
	my $previous;    # the sql block that an output block here would belong to
	for (my $i = 0; $i < @lines; $i++)
	{
		unless ($lines[$i] =~ /^(\s*)(`{3,})\s*(.*?)\s*$/)
		{
			undef $previous if $lines[$i] =~ /\S/;
			next;
		}
		my ($indent, $fence, $info) = ($1, $2, $3);
		my $first = $i + 1;
		$i++ while $i + 1 < @lines && $lines[ $i + 1 ] !~ /^\s*$fence\s*$/;
		my @text = map { s/^$indent//r } @lines[ $first .. $i ];
		$i++;
		my $kind =
			$info eq 'sql' ? 'sql'
		  : $info eq 'sql skip' ? 'skip'
		  : $info =~ /^sql/ ? 'unknown'
		  : $info =~ /^(|text|output)$/ ? 'output'
		  : 'other';
		my $block = {
			kind => $kind, info => $info, indent => $indent,
			line => $first + 1, lines => scalar @text, text => join("\n", @text)
		};
		if ($kind eq 'output' && $previous)
		{
			$previous->{output} = $block;
			$block->{kind} = 'expected';
		}
		$previous = $kind eq 'sql' || $kind eq 'skip' ? $block : undef;
		push @blocks, $block;
	}
	return @blocks;
}

# Run sql blocks in one psql session; sets what each printed.
sub run
{
	my @blocks = @_;
	my $extension = grep { $_->{text} =~ /^\s*CREATE\s+EXTENSION\b.*\bccx\b/im } @blocks;
	psql_quietly('postgres', 'SET client_min_messages = warning', "DROP DATABASE IF EXISTS $database",
		"CREATE DATABASE $database", "ALTER DATABASE $database SET search_path = \"\$user\", public, ccx");
	psql_quietly($database, 'CREATE EXTENSION ccx') unless $extension;

	# errors come through another pipe, so both have a mark after each block
	my $script = File::Temp->new;
	print $script map { "$_->{text}\n\\echo $marker\n\\warn $marker\n" } @blocks;
	close $script;
	my %printed;
	for (qw(out err))
	{
		$printed{$_} = File::Temp->new;
	}
	system "psql -X -q -d $database <$script >$printed{out} 2>$printed{err}";
	for my $stream (qw(out err))
	{
		my @parts = split /^\Q$marker\E\n/m, slurp($printed{$stream}), -1;
		$blocks[$_]{$stream} = $_ < $#parts ? $parts[$_] : undef for 0 .. $#blocks;
	}
	psql_quietly('postgres', "DROP DATABASE $database");
	return;
}

sub psql_quietly
{
	my ($db, @commands) = @_;
	system('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $db, map { ('-c', $_) } @commands) == 0
	  or die "cannot prepare database $database\n";
	return;
}

sub slurp
{
	my ($name) = @_;
	open my $fh, '<', $name or die "cannot read $name: $!\n";
	local $/;
	my $text = <$fh>;
	return defined $text ? $text : '';
}

# white space at line ends, and empty lines at the end, do not count
sub trimmed
{
	my ($text) = @_;
	$text =~ s/[ \t]+$//mg;
	$text =~ s/\s+\z//;
	return $text;
}

# What a block printed, errors and notices last.  The position and the context of an
# error are left out unless the documentation shows them.
sub printed
{
	my ($block, $expected) = @_;
	my $err = $block->{err};
	$err =~ s/^LINE \d+:.*\n.*\^\n//mg unless $expected =~ /^LINE \d+:/m;
	$err =~ s/^CONTEXT:.*\n(?:(?!ERROR|DETAIL|HINT|NOTICE|WARNING).*\n)*//mg unless $expected =~ /^CONTEXT:/m;
	return trimmed($block->{out} . $err);
}

sub check
{
	my ($name, $block) = @_;
	if (!defined $block->{out} || !defined $block->{err})
	{
		return report(0, $name, 'psql ended, or never got to the end of this block');
	}
	if (!$block->{output})
	{
		my @errors = $block->{err} =~ /^((?:ERROR|FATAL|PANIC|\\\S+: error|psql: error|invalid command).*)/mg;
		return report(!@errors, $name, @errors);
	}
	my $want = trimmed($block->{output}{text});
	my $got = printed($block, $want);
	return report(1, $name) if $got eq $want;
	report(0, $name, 'documented:', (map { "  $_" } split /\n/, $want),
		'printed:', (map { "  $_" } split /\n/, $got));
	return;
}

sub rewrite
{
	my ($file, $lines, @blocks) = @_;
	for my $block (reverse grep { $_->{output} && defined $_->{err} } @blocks)
	{
		my $output = $block->{output};
		my @text = map { /\S/ ? $output->{indent} . $_ : '' }
		  split /\n/, printed($block, trimmed($output->{text}));
		splice @$lines, $output->{line} - 1, $output->{lines}, @text;
	}
	open my $fh, '>', $file or die "cannot write $file: $!\n";
	print $fh map { "$_\n" } @$lines;
	close $fh or die "cannot write $file: $!\n";
	return;
}

for my $file (@files)
{
	my @lines = -e $file ? split(/\n/, slurp($file), -1) : ();
	pop @lines if @lines && $lines[-1] eq '';
	my @blocks = parse(@lines);
	my @sql = grep { $_->{kind} eq 'sql' } @blocks;
	unless (@sql)
	{
		report(0, "$file has sql blocks");
		next;
	}
	run(@sql);
	rewrite($file, \@lines, @sql) if $update;
	for my $block (@blocks)
	{
		my $name = "$file:$block->{line}";
		if ($block->{kind} eq 'skip')
		{
			$tests++;
			print "ok $tests - $name # SKIP marked so\n";
		}
		elsif ($block->{kind} eq 'unknown')
		{
			report(0, $name, "a block of kind \"$block->{info}\": say sql or sql skip");
		}
		elsif ($block->{kind} eq 'output' && $block->{text} =~ /^-+(\+-+)*\s*$|^\(\d+ rows?\)|^ERROR: /m)
		{
			report(0, $name, 'looks like psql\'s output but does not follow an sql block');
		}
		elsif ($block->{kind} eq 'sql' && $block->{text} !~ /(?:;|^\s*\\\S.*|\\(?:g\w*|crosstabview).*)\s*(?:--.*)?\s*\z/m)
		{
			report(0, $name, 'does not end in a semicolon or a psql command');
		}
		elsif ($block->{kind} eq 'sql')
		{
			check($name, $block) unless $update && $block->{output};
		}
	}
}
print "1..$tests\n";
exit($failures ? 1 : 0);
