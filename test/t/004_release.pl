# What is stated in more than one place is the same everywhere, and every released
# version has a way to this one.  Needs no server.
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

my ($version) = slurp('ccx.control') =~ /^default_version\s*=\s*'([^']+)'/m;
like($version, qr/^\d+\.\d+\.\d+$/, 'ccx.control states a version');

my @stated = slurp('META.json') =~ /^\s*"version": "([^"]+)"/mg;
pop @stated;    # the version of the META.json format itself comes last
is_deeply(\@stated, [ $version, $version ], 'META.json states the same, for the distribution and the extension');

my ($newest) = slurp('CHANGELOG.md') =~ /^## (\S+)/m;
is($newest, $version, 'CHANGELOG.md starts with it');

# every version that was released or that an upgrade script names reaches the present one
my %next;
my %known = map { m{/ccx--([^-]+)\.sql$} ? ($1 => 1) : () } glob 'sql/release/*.sql';
my $released = delete $known{$version};
for (glob 'sql/upgrade/*.sql')
{
	my ($from, $to) = m{/ccx--([^-]+)--([^-]+)\.sql$};
	ok($to, "$_ is named as an upgrade script") or next;
	push @{ $next{$from} }, $to;
	$known{$_} = 1 for $from, $to;
	like(slurp($_), qr/\A\\echo Use "ALTER EXTENSION ccx UPDATE TO '\Q$to\E'" to load this file\. \\quit\n/,
		"$_ starts with the guard");
}
for my $from (sort grep { $_ ne $version } keys %known)
{
	my %reached = ($from => 1);
	my @todo = ($from);
	while (defined(my $at = shift @todo))
	{
		push @todo, grep { !$reached{$_}++ } @{ $next{$at} || [] };
	}
	ok($reached{$version}, "there is a way from $from to $version");
}

# what is released does not change any more
SKIP:
{
	skip "$version is not released", 1 unless $released;
	my ($parts) = slurp('Makefile') =~ /^SQL_PARTS = \\\n((?:\t.*\n)+)/m;
	my $script = join '', "\\echo Use \"CREATE EXTENSION ccx\" to load this file. \\quit\n", map { slurp($_) } $parts =~ /(sql\/\w+\.sql)/g;
	ok($script eq slurp("sql/release/ccx--$version.sql"), "$version is what was released, or the next version has another number");
}

# A database may be in any encoding, and the install script is read in it.
for my $part ('ccx.control', glob 'sql/*.sql sql/upgrade/*.sql')
{
	ok(slurp($part) !~ /[^\x00-\x7f]/, "$part is ASCII");
	next unless $part =~ /\.sql$/;
	# what functions do later, in schemas of their callers, is another matter
	my $text = slurp($part) =~ s/\$\$.*?\$\$//sgr =~ s/^\s*--.*$//mgr;
	unlike($text, qr/\bCREATE\s+OR\s+REPLACE\b|\bIF\s+NOT\s+EXISTS\b/i, "$part adopts nothing it finds")
	  unless $part =~ /upgrade/;
	unlike($text, qr/'[^'\n]*\@extschema\@/, "$part has no schema name inside quotes");
}

done_testing();
