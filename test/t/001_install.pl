# Who may install ccx, who may call it, and what it leaves behind.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('install');
$node->init;
$node->start;

$node->safe_psql('postgres', q{
	CREATE ROLE installer LOGIN;
	CREATE ROLE guest LOGIN;
	CREATE DATABASE shop;
	GRANT CREATE ON DATABASE shop TO installer;
});

# psql as a role, in database shop; returns status, output, error
sub as
{
	my ($role, $sql, $database) = @_;
	return $node->psql($database // 'shop', $sql,
		extra_params => [ '-U', $role ], on_error_stop => 1);
}

sub answers
{
	my ($role, $sql, $want, $name) = @_;
	my ($status, $out, $err) = as($role, $sql);
	is($status, 0, "$name: runs") or diag $err;
	is($out, $want, $name);
	return;
}

sub refuses
{
	my ($role, $sql, $want, $name, $database) = @_;
	my ($status, $out, $err) = as($role, $sql, $database);
	isnt($status, 0, "$name: fails");
	like($err, $want, $name);
	return;
}

# -- installing ------------------------------------------------------------------

refuses('guest', 'CREATE EXTENSION ccx', qr/permission denied/, 'a role without CREATE on the database');
answers('installer', 'CREATE EXTENSION ccx', '', 'a role with CREATE on the database, not a superuser');
is($node->safe_psql('shop', q{
	SELECT n.nspname, n.nspowner::regrole, e.extowner::regrole
	FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'ccx'}),
	'ccx|installer|installer', 'schema ccx is made and belongs to the installer');
refuses('installer', 'CREATE SCHEMA elsewhere; ALTER EXTENSION ccx SET SCHEMA elsewhere', qr/does not support SET SCHEMA/, 'its schema is fixed');
$node->safe_psql('shop', 'DROP EXTENSION ccx');
refuses('installer', 'CREATE EXTENSION ccx SCHEMA public', qr/must be installed in schema "ccx"/, 'nor can another be chosen');
answers('installer', 'CREATE EXTENSION ccx', '', 'into the schema that is left');

# -- calling ---------------------------------------------------------------------

my $rows = q{(VALUES (100, 120), (100, 80), (50, NULL)) AS m (opening, closing)};

answers('guest', "SELECT ccx.nrr(opening, closing), ccx.grr(opening, closing) FROM $rows",
	'0.8|0.72', 'a role without any grants');
answers('guest', "SELECT ccx.nrr(ccx.retention_agg(opening, closing)) FROM $rows", '0.8', 'summary and accessor');
answers('guest', "SET search_path = ''; SELECT ccx.nrr(ccx.rollup(s)) FROM (
	SELECT ccx.retention_agg(opening, closing) AS s FROM $rows GROUP BY opening) AS g",
	'0.8', 'with an empty search_path');
answers('guest', "SET search_path = ''; SELECT count(DISTINCT s::text::ccx.retention_summary) FROM (
	SELECT ccx.retention_agg(opening, closing) AS s FROM $rows GROUP BY opening, closing) AS g",
	'3', 'text form and comparison with an empty search_path');

# A materialized view is refreshed under a restricted search_path from 17 on.
answers('installer', "
	CREATE SCHEMA AUTHORIZATION installer;
	CREATE TABLE installer.m AS SELECT 'a' AS region, * FROM $rows;
	CREATE MATERIALIZED VIEW installer.r AS
		SELECT region, ccx.retention_agg(opening, closing) AS summary, ccx.nrr(opening, closing)
		FROM installer.m GROUP BY region;
	CREATE UNIQUE INDEX ON installer.r (region);
	SET search_path = '';
	REFRESH MATERIALIZED VIEW installer.r;
	INSERT INTO installer.m VALUES ('b', 1, 2);
	REFRESH MATERIALIZED VIEW CONCURRENTLY installer.r;
	SELECT region, ccx.grr(summary), nrr FROM installer.r ORDER BY region", "a|0.72|0.8\nb|1|2",
	'materialized views refresh with an empty search_path');
$node->safe_psql('shop', 'DROP SCHEMA installer CASCADE');

# -- removing --------------------------------------------------------------------

answers('installer', 'DROP EXTENSION ccx', '', 'the installer removes it');
is($node->safe_psql('shop', q{
	SELECT (SELECT count(*) FROM pg_proc WHERE pronamespace = n.oid),
	       (SELECT count(*) FROM pg_class WHERE relnamespace = n.oid),
	       (SELECT count(*) FROM pg_type WHERE typnamespace = n.oid),
	       (SELECT count(*) FROM pg_operator WHERE oprnamespace = n.oid),
	       (SELECT count(*) FROM pg_opclass WHERE opcnamespace = n.oid),
	       (SELECT count(*) FROM pg_opfamily WHERE opfnamespace = n.oid)
	FROM pg_namespace AS n WHERE nspname = 'ccx'}), '0|0|0|0|0|0', 'schema ccx is left, and empty');

# -- somebody was there before ---------------------------------------------------

# The install script runs as the bootstrap superuser, so it must not adopt what it finds.
$node->safe_psql('shop', q{
	GRANT CREATE ON SCHEMA ccx TO guest;
	SET ROLE guest;
	CREATE FUNCTION ccx.arr(mrr numeric) RETURNS numeric LANGUAGE sql AS 'SELECT 666.0';
});
refuses('installer', 'CREATE EXTENSION ccx', qr/schema "ccx" is there already and not empty/, 'a planted function is not adopted');
$node->safe_psql('shop', 'DROP SCHEMA ccx CASCADE');

# Other people's operators and functions must not be called while it installs.
$node->safe_psql('shop', q{
	CREATE FUNCTION public.trap(int, int) RETURNS boolean LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
	CREATE OPERATOR public.= (LEFTARG = int, RIGHTARG = int, FUNCTION = public.trap);
	ALTER DATABASE shop SET search_path = public, pg_catalog;
});
answers('installer', 'CREATE EXTENSION ccx', '', 'a planted operator is not called');

# -- other databases -------------------------------------------------------------

for my $encoding (qw(SQL_ASCII LATIN1 EUC_JP))
{
	$node->safe_psql('postgres',
		"CREATE DATABASE other ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	my ($status, $out, $err) = $node->psql('other',
		"CREATE EXTENSION ccx; SELECT ccx.nrr(opening, closing) FROM $rows", on_error_stop => 1);
	is("$status $out", '0 0.8', "a database in $encoding") or diag $err;
	$node->safe_psql('postgres', 'DROP DATABASE other');
}

# A schema of this name that somebody else made first is not trusted with what is found in it.
$node->safe_psql('postgres', 'CREATE ROLE squatter; CREATE DATABASE taken');
$node->safe_psql('taken', 'CREATE SCHEMA ccx AUTHORIZATION squatter');
my ($status, $out, $err) = $node->psql('taken', 'CREATE EXTENSION ccx');
like($err, qr/schema "ccx" belongs to role "squatter"/, 'a schema of another role is refused');
$node->safe_psql('taken', 'ALTER SCHEMA ccx OWNER TO CURRENT_USER; GRANT CREATE ON SCHEMA ccx TO squatter');
($status, $out, $err) = $node->psql('taken', 'CREATE EXTENSION ccx');
like($err, qr/role "squatter" may create objects in it/, 'one that another role may create in, too');
$node->safe_psql('taken', q{REVOKE CREATE ON SCHEMA ccx FROM squatter;
	CREATE FUNCTION ccx.minus(numeric, integer) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0';
	CREATE OPERATOR ccx.- (LEFTARG = numeric, RIGHTARG = integer, FUNCTION = ccx.minus)});
($status, $out, $err) = $node->psql('taken', 'CREATE EXTENSION ccx');
like($err, qr/it has (function|operator)/, 'and one with something in it');
$node->safe_psql('taken', 'DROP FUNCTION ccx.minus CASCADE; CREATE EXTENSION ccx');
is($node->safe_psql('taken', 'SELECT ccx.nrr(100, 90)'), '0.9', 'empty, it will do');

$node->stop;
done_testing();
