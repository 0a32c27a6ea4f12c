# What is stated in more than one place is the same everywhere, and every released
# version has a way to this one.  Needs no server.
use strict;
use warnings;
use JSON::PP;
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

my ($packaged) = slurp('debian/changelog') =~ /^ccx \(([^)]+)-\d+\)/;
is($packaged, $version, 'so does debian/changelog');

# META.json is what version 1.0.0 of PGXN's specification asks for
my $meta = decode_json(slurp('META.json'));
my $semantic = qr/^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-?[a-zA-Z][\w-]*)?$/;
my %known = map { $_ => 1 } qw(name version abstract maintainer license provides meta-spec description generated_by
  tags no_index prereqs release_status resources);
is_deeply([ grep { !$known{$_} && !/^[Xx]_/ } sort keys %$meta ], [], 'META.json: no key is unknown');
ok((!ref $meta->{$_} && length $meta->{$_}), "META.json: $_ is a string") for qw(name abstract maintainer license description generated_by);
like($meta->{name}, qr{^[^\s/\\\x00-\x1f\x7f]{2,}$}, 'META.json: name');
like($meta->{version}, $semantic, 'META.json: version is semantic');
like($meta->{license}, qr/^(?:agpl_3|apache_1_1|apache_2_0|artistic_[12]|bsd|freebsd|gfdl_1_[23]|gpl_[123]|lgpl_2_1|lgpl_3_0|mit|mozilla_1_[01]|openssl|perl_5|postgresql|qpl_1_0|ssleay|sun|zlib|open_source|restricted|unrestricted|unknown)$/, 'META.json: license');
like($meta->{release_status}, qr/^(?:stable|testing|unstable)$/, 'META.json: release_status');
is($meta->{'meta-spec'}{version}, '1.0.0', 'META.json: meta-spec');
is_deeply([ keys %{ $meta->{provides} } ], ['ccx'], 'META.json: it provides ccx');
my $provided = $meta->{provides}{ccx};
is_deeply([ sort keys %$provided ], [qw(abstract docfile file version)], 'META.json: and says what that is');
ok(-f $provided->{$_}, "META.json: $_ is there") for qw(file docfile);
is_deeply([ grep { !/^[^\s\/\\][^\/\\]*$/ || length > 255 } @{ $meta->{tags} } ], [], 'META.json: tags');
for my $phase (sort keys %{ $meta->{prereqs} })
{
	like($phase, qr/^(?:configure|build|test|runtime|develop)$/, "META.json: prereqs of $phase");
	for my $relation (sort keys %{ $meta->{prereqs}{$phase} })
	{
		like($relation, qr/^(?:requires|recommends|suggests|conflicts)$/, "META.json: $phase $relation");
		like($_, qr/^(?:0|(?:(?:[<>]=?|[!=]=) *)?\d+\.\d+\.\d+(?:, *)?)+$/, "META.json: version of what $phase $relation")
		  for values %{ $meta->{prereqs}{$phase}{$relation} };
	}
}

# every version that was released or that an upgrade script names reaches the present one
my %next;
my %named = map { m{/ccx--([^-]+)\.sql$} ? ($1 => 1) : () } glob 'sql/release/*.sql';
my $released = delete $named{$version};
for (glob 'sql/upgrade/*.sql')
{
	my ($from, $to) = m{/ccx--([^-]+)--([^-]+)\.sql$};
	ok($to, "$_ is named as an upgrade script") or next;
	push @{ $next{$from} }, $to;
	$named{$_} = 1 for $from, $to;
	like(slurp($_), qr/\A\\echo Use "ALTER EXTENSION ccx UPDATE TO '\Q$to\E'" to load this file\. \\quit\n/,
		"$_ starts with the guard");
}
for my $from (sort grep { $_ ne $version } keys %named)
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
