#!/usr/bin/perl
# What the documentation points to is there: files, images, and headings by their anchors.  Rows of a table have as
# many cells as its head.  Needs no server; prints TAP.
#
#     perl test/links.pl [FILE...]            all *.md of the project, or these
use strict;
use warnings;
use utf8;
use open qw(:std :encoding(UTF-8));
use Cwd qw(realpath);
use File::Basename qw(dirname);
use File::Find qw(find);

chdir dirname(__FILE__) . '/..' or die "cannot go to the top folder: $!\n";
my @files = @ARGV;
unless (@files)
{
	find({ no_chdir => 1, wanted => sub {
		$File::Find::prune = 1 if m{/(?:\.git|node_modules|dist|tmp_check)$};
		push @files, s{^\./}{}r if /\.md$/;
	} }, '.');
	@files = sort @files;
}

# the lines of a file, those of fenced blocks and comments blanked
sub prose
{
	my ($name) = @_;
	open my $fh, '<', $name or die "cannot read $name: $!\n";
	my $fence;
	my @lines = map {
		my $marks = /^\s*(`{3,})/ ? $1 : '';
		my $inside = defined $fence;
		if (!$inside) { $fence = $marks if $marks }
		elsif ($marks eq $fence) { undef $fence }
		$inside || $marks ? "\n" : $_;
	} <$fh>;
	close $fh;
	return @lines;
}

# the anchors that GitHub gives to the headings of a file
my %anchors;
sub anchors
{
	my ($name) = @_;
	return $anchors{ realpath($name) } //= do {
		my (%there, %seen);
		for (prose($name))
		{
			next unless /^#{1,6}\s+(.*?)\s*$/;
			my $anchor = lc($1 =~ s/\[([^]]*)\]\([^)]*\)/$1/gr);
			$anchor =~ s/[^\w\- ]//g;
			$anchor =~ s/ /-/g;
			$there{ $anchor . ($seen{$anchor}++ ? '-' . ($seen{$anchor} - 1) : '') } = 1;
		}
		\%there;
	};
}

my ($tests, $failures) = (0, 0);
for my $file (@files)
{
	my @wrong;
	my @lines = prose($file);
	my $cells = 0;
	for my $i (0 .. $#lines)
	{
		# a link may break after any word; what is code is no link
		my $text = $lines[$i] . ($i < $#lines ? $lines[ $i + 1 ] : '');
		$text =~ s/`[^`]*`/x/g;
		while ($text =~ /\]\(\s*<?([^()\s>]+)>?\s*\)/g)
		{
			my $target = $1;
			next if $target =~ /^[a-z]+:/ || $-[0] > length $lines[$i];
			my ($path, $anchor) = $target =~ /^([^#]*)(?:#(.*))?$/;
			my $there = $path eq '' ? $file : dirname($file) . "/$path";
			if (!-e $there) { push @wrong, 'line ' . ($i + 1) . ": no $path" }
			elsif (defined $anchor && !anchors($there)->{$anchor}) { push @wrong, 'line ' . ($i + 1) . ": no heading for $target" }
		}
		# a bar in code still parts cells, unless it is escaped
		if ($lines[$i] =~ /^\|.*\|\s*$/)
		{
			my $n = () = $lines[$i] =~ /(?<!\\)\|/g;
			$cells ||= $n;
			push @wrong, 'line ' . ($i + 1) . ': ' . ($n - 1) . ' cells, the head of the table has ' . ($cells - 1) if $n != $cells;
		}
		else { $cells = 0 }
	}
	$tests++;
	$failures++ if @wrong;
	print @wrong ? 'not ' : '', "ok $tests - links and tables of $file\n", map { "#   $_\n" } @wrong;
}
print "1..$tests\n";
exit($failures ? 1 : 0);
