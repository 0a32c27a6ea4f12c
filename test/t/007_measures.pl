# The table of what a Chief Customer Officer is measured by names functions and pages that are there.  Needs no server.
use strict;
use warnings;
use Test::More;

# prove runs in the top folder
sub slurp
{
	my ($name) = @_;
	open my $fh, '<', $name or BAIL_OUT("cannot read $name: $!");
	local $/;
	my $text = <$fh>;
	close $fh;
	return $text;
}

my ($section) = slurp('README.md') =~ /^## What a Chief Customer Officer is measured by\n(.*?)^## /ms;
my @rows = grep { !/^\|(---|\s*measure\s*\|)/ } $section =~ /^\|.*$/mg;
cmp_ok(scalar @rows, '>', 20, 'the table has its rows');

my $sql = join "\n", map { slurp($_) } grep { !m{sql/upgrade} } glob 'sql/*.sql';
my %there = map { $_ => 1 } $sql =~ /^CREATE (?:FUNCTION|AGGREGATE|PROCEDURE) (\w+)\(/mg;
for my $row (@rows)
{
	my (undef, $measure, $functions, $reference) = split /\s*\|\s*/, $row;
	my @named = grep { !/\W/ } $functions =~ /`([^`]+)`/g;
	ok(@named || $functions =~ /^(not ours|recipes)/, "$measure: has a function, or is not ours");
	ok($there{$_}, "$measure: $_") for @named;
	ok(-e $1, "$measure: $1") while $reference && $reference =~ /\(([^)#]+)[^)]*\)/g;
}

done_testing();
