# draft.pl OLD NEW VERSION: an upgrade script from two install scripts.
#
# Statements of NEW that OLD does not have, in their order; where OLD creates the same function, aggregate, procedure
# or view, as CREATE OR REPLACE.  What cannot be told from the text is left to the author as a comment: statements
# of OLD that are gone, and types, operators and the like that are created otherwise.  It begins with guard.sql.
use strict;
use warnings;
use File::Basename;

my ($old_file, $new_file, $version) = @ARGV;

# The statements of a script, each with the comment above it.
sub statements
{
	my ($file) = @_;
	open my $fh, '<', $file or die "cannot read $file: $!\n";
	local $/;
	my $text = <$fh>;
	$text =~ s/\A\\echo.*\n//;
	my (@statements, $comment, $statement);
	($comment, $statement) = ('', '');
	while ($text =~ /\G(?:(--[^\n]*\n)|(\s+)|('(?:[^']|'')*+'|\$(\w*)\$.*?\$\4\$|BEGIN ATOMIC\b.*?\bEND;|[^;'\$\s-]++|[\$-])|(;))/gs)
	{
		my ($remark, $space, $token, $end) = ($1, $2, $3, $5);
		if ($statement eq '' && !defined $token)
		{
			# a comment belongs to what follows it at once
			$comment = defined $remark ? $comment . $remark : $space =~ /\n/ ? '' : $comment;
			next;
		}
		$statement .= $remark // $space // $token // $end;
		if (defined $end || $statement =~ /\bEND;\z/)
		{
			push @statements, { comment => $comment, text => $statement };
			($comment, $statement) = ('', '');
		}
	}
	return @statements;
}

# What a statement is about: function f(argument types), and so on
sub about
{
	my ($text) = @_;
	if ($text =~ /^CREATE (FUNCTION|AGGREGATE|PROCEDURE) (\w+)\s*(\(.*?\))\s*(?:\(|RETURNS|RETURN|LANGUAGE|AS|SET|STABLE|VOLATILE|IMMUTABLE)/s)
	{
		my ($kind, $name, $arguments) = ($1, $2, $3);
		$arguments =~ s/\s*DEFAULT (?:'[^']*'|[^,'])*?(?=,|\)\z)//g;
		$arguments =~ s/\s+/ /g;
		return "$kind $name$arguments";
	}
	return "$1 $2" if $text =~ /^CREATE (VIEW) (\w+)/;
	return $1 =~ s/\s+/ /gr if $text =~ /^(CREATE (?:TYPE|OPERATOR CLASS|OPERATOR|CAST) .*?)(?:\bAS\b|,|;|\()/s;
	return $text =~ s/\s+/ /gr;
}

my @old = statements($old_file);
my @new = statements($new_file);
my %old_text = map { $_->{text} => 1 } @old;
my %new_text = map { $_->{text} => 1 } @new;
my %old_about = map { about($_->{text}) => 1 } @old;
my %new_about = map { about($_->{text}) => 1 } @new;

print qq{\\echo Use "ALTER EXTENSION ccx UPDATE TO '$version'" to load this file. \\quit\n};
open my $guard, '<', dirname(__FILE__) . '/guard.sql' or die "cannot read guard.sql: $!\n";
print <$guard>;
for my $statement (grep { !$old_text{ $_->{text} } } @new)
{
	my $text = $statement->{text};
	if ($text =~ /^CREATE / && $old_about{ about($text) })
	{
		if ($text !~ s/^CREATE (FUNCTION|AGGREGATE|PROCEDURE|VIEW) /CREATE OR REPLACE $1 /)
		{
			$text =~ s/^/-- /mg;
			$text = "-- TO DO: this is not what the last release has.  ALTER it; do not drop what views may use.\n$text";
		}
	}
	print "\n$statement->{comment}$text\n";
}
for my $statement (grep { $_->{text} =~ /^(?:CREATE|GRANT|REVOKE|ALTER)/ && !$new_text{ $_->{text} } && !$new_about{ about($_->{text}) } } @old)
{
	my $text = $statement->{text} =~ s/^/-- /mgr;
	print "\n-- TO DO: gone since the last release.  Keep it, if somebody may have used it.\n$text\n";
}
