# What others can do to you: owners of sources, of definitions and of schemas, readers, writers, strangers.  SECURITY.md
# says what each of them is trusted with.  Each of these was an attack first.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('security');
$node->init;
$node->append_conf('postgresql.conf', "jit = off\nmax_prepared_transactions = 2\n");
$node->start;

# psql as a role in database shop, or another one: what it prints, and errors and warnings after that
sub as
{
	my ($role, $sql, $database) = @_;
	my ($status, $out, $err) = $node->psql($database // 'shop', $sql, extra_params => [ '-U', $role ]);
	return $err eq '' ? $out : "$out\n$err";
}

my $superuser = getpwuid($<);
$node->safe_psql('postgres', q{
	CREATE ROLE dba LOGIN; CREATE ROLE analyst LOGIN; CREATE ROLE app LOGIN; CREATE ROLE writer LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE team;
	CREATE ROLE "App" LOGIN; CREATE ROLE "Ow""ner X.$body$" LOGIN;
	CREATE DATABASE shop OWNER dba;
	GRANT CREATE ON DATABASE shop TO analyst, app, "App", "Ow""ner X.$body$";
});

# ---------------------------------------------------------------- install and upgrade

# What is found first by a careless name must not be called by the scripts, which run as the bootstrap superuser.
my $traps = q{
	CREATE SCHEMA trap; GRANT USAGE ON SCHEMA trap TO PUBLIC;
	CREATE TABLE trap.sprung (what text); GRANT INSERT ON trap.sprung TO PUBLIC;
	CREATE FUNCTION trap.spring(text) RETURNS void LANGUAGE sql AS $$ INSERT INTO trap.sprung VALUES ($1 || ' as ' || current_user) $$;
	CREATE FUNCTION trap.equal(int, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('int = int'); RETURN true; END $$;
	CREATE FUNCTION trap.equal(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('text = text'); RETURN true; END $$;
	CREATE FUNCTION trap.minus(date, int) RETURNS date LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('date - int'); RETURN '2000-01-01'; END $$;
	CREATE FUNCTION trap.abs(numeric) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('abs'); RETURN 1; END $$;
	CREATE FUNCTION trap.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('format'); RETURN ''; END $$;
	CREATE OPERATOR trap.= (LEFTARG = int, RIGHTARG = int, FUNCTION = trap.equal);
	CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.equal);
	CREATE OPERATOR trap.- (LEFTARG = date, RIGHTARG = int, FUNCTION = trap.minus);
	CREATE TABLE trap.pg_class (oid oid, relname name);
	CREATE DOMAIN trap.text AS pg_catalog.text CHECK (false);
};
is(as('dba', $traps . 'ALTER DATABASE shop SET search_path = trap, pg_catalog, public'), '', 'traps are laid for careless names, for all sessions');
is(as('dba', 'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE EXTENSION ccx'), '', 'the owner of the database, no superuser, creates the extension');
is(as('dba', q{SELECT x.rolname OPERATOR(pg_catalog.=) 'dba', n.rolsuper, p.rolsuper FROM pg_extension AS e JOIN pg_roles AS x ON x.oid OPERATOR(pg_catalog.=) e.extowner,
	pg_catalog.pg_type AS t JOIN pg_roles AS n ON n.oid OPERATOR(pg_catalog.=) t.typowner, pg_catalog.pg_proc AS f JOIN pg_roles AS p ON p.oid OPERATOR(pg_catalog.=) f.proowner
	WHERE e.extname OPERATOR(pg_catalog.=) 'ccx' AND t.oid OPERATOR(pg_catalog.=) 'ccx.activity'::regtype AND f.oid OPERATOR(pg_catalog.=) 'ccx.refresh(regclass,bool,bool)'::regprocedure}),
	't|t|t', 'it is theirs, what is in it is the bootstrap superuser\'s');
like(as('dba', 'CREATE OR REPLACE FUNCTION ccx.refreshed_at(view regclass) RETURNS timestamptz LANGUAGE sql AS $$ SELECT now() $$'), qr/must be owner/, 'who cannot replace it');
my $nothing_new = as('dba', 'ALTER EXTENSION ccx UPDATE');
like($nothing_new, qr/already installed/, 'ALTER EXTENSION UPDATE has nothing to do');

# The same for updates from each release that was frozen.  Beside the traps in the path are some in public, by others,
# and functions of the names that the script itself uses.
my ($present) = slurp_file('ccx.control') =~ /^default_version\s*=\s*'([^']+)'/m;
my @releases = grep { $_ ne $present } map { m{/ccx--([^-]+)\.sql$} } sort glob 'sql/release/ccx--*.sql';
for my $release (@releases)
{
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS old');
	$node->safe_psql('postgres', 'CREATE DATABASE old OWNER dba');
	$node->safe_psql('old', 'GRANT CREATE ON SCHEMA public TO app');
	is(as('dba', "CREATE EXTENSION ccx VERSION '$release'; $traps ALTER DATABASE old SET search_path = trap, public, pg_catalog", 'old'), '', "$release is there, and traps are laid in the updater's path");
	is(as('app', q{
		CREATE FUNCTION public.pg_has_role(oid, pg_catalog.text) RETURNS boolean LANGUAGE sql AS $$ SELECT true FROM trap.spring('pg_has_role') $$;
		CREATE FUNCTION public.metric_view_find(regclass) RETURNS record LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('metric_view_find'); END $$;
		CREATE FUNCTION public.unequal(name, pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('name <> text'); RETURN true; END $$;
		CREATE OPERATOR public.<> (LEFTARG = name, RIGHTARG = pg_catalog.text, FUNCTION = public.unequal)}, 'old'), '', 'and in public');
	is(as('dba', q{CREATE TABLE public.src (customer pg_catalog.text, at date, amount numeric); INSERT INTO public.src VALUES ('a', '2025-01-31', 1), ('a', '2025-02-28', 2);
		SELECT ccx.create_metric_view('public.v', 'movements', 'public.src', customer => 'customer', at => 'at', amount => 'amount', mode => 'incremental')}, 'old'), 'v', 'with a metric view');

	# who may put something into the schema is not trusted with what the script does as the bootstrap superuser
	my $refused = qr/schema "ccx" has what is not ccx's, or is open to others/;
	is(as('dba', 'GRANT CREATE ON SCHEMA ccx TO app', 'old'), '', 'the schema is open to others');
	like(as('dba', 'ALTER EXTENSION ccx UPDATE', 'old'), qr/$refused.*role "app" may create/s, 'and there is no update');
	as('app', 'CREATE FUNCTION ccx.concat(pg_catalog.text, pg_catalog.text) RETURNS pg_catalog.text LANGUAGE sql AS $$ SELECT $1 $$', 'old');
	as('dba', 'REVOKE CREATE ON SCHEMA ccx FROM app', 'old');
	like(as('dba', 'ALTER EXTENSION ccx UPDATE', 'old'), qr/$refused.*it has function (ccx\.)?concat\(/s, 'nor with what they left there');
	as('app', 'DROP FUNCTION ccx.concat(pg_catalog.text, pg_catalog.text)', 'old');
	as('dba', 'CREATE OPERATOR ccx.<> (LEFTARG = name, RIGHTARG = pg_catalog.text, FUNCTION = public.unequal)', 'old');
	like(as('dba', 'ALTER EXTENSION ccx UPDATE', 'old'), qr/$refused.*it has operator/s, 'nor with what the owner of the database put there');
	as('dba', 'DROP OPERATOR ccx.<> (name, pg_catalog.text)', 'old');

	is(as('dba', 'ALTER EXTENSION ccx UPDATE', 'old'), '', 'the owner of the database, no superuser, updates it');
	is(as('dba', q{SELECT extversion FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) 'ccx'::name}, 'old'), $present, 'to the version of now');
	is(as('dba', q{SELECT count(*) FROM pg_catalog.pg_proc AS p, pg_catalog.pg_roles AS r WHERE p.pronamespace OPERATOR(pg_catalog.=) 'ccx'::regnamespace AND r.oid OPERATOR(pg_catalog.=) p.proowner AND NOT r.rolsuper}, 'old'), 0,
		'what is in it still belongs to the bootstrap superuser');
	is(as($superuser, q{SELECT status FROM ccx.refresh('public.v'); CALL ccx.refresh_all(); SELECT pg_catalog.count(*) FROM ccx.verify('public.v'); SELECT view, status FROM ccx.metric_views}, 'old'), "refreshed\n0\npublic.v|refreshed",
		'a superuser refreshes');
	is($node->safe_psql('old', 'SELECT what FROM trap.sprung'), '', 'and no trap was sprung');
}

# ---------------------------------------------------------------- every function of the schema

is(as('dba', q{SELECT count(*) FROM pg_proc WHERE pronamespace OPERATOR(pg_catalog.=) 'ccx'::regnamespace}) > 300, 1, 'there are functions to look at');
is(as('dba', q{SELECT oid::regprocedure FROM pg_proc WHERE pronamespace OPERATOR(pg_catalog.=) 'ccx'::regnamespace AND prosecdef}), '', 'none is SECURITY DEFINER');
is(as('dba', q{SELECT oid::regprocedure FROM pg_proc WHERE pronamespace OPERATOR(pg_catalog.=) 'ccx'::regnamespace AND NOT has_function_privilege('reader', oid, 'EXECUTE')}),
	'', 'everybody may call each: none has rights of its own');
is(as('dba', q{SELECT p.oid::regprocedure FROM pg_proc AS p JOIN pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
	WHERE p.pronamespace OPERATOR(pg_catalog.=) 'ccx'::regnamespace AND p.prosqlbody IS NULL AND l.lanname NOT IN ('c', 'internal')
	AND NOT coalesce('search_path=pg_catalog, pg_temp' OPERATOR(pg_catalog.=) ANY (p.proconfig), false)}),
	'ccx.refresh_all(boolean)', 'all whose body is text have a fixed search_path, but for refresh_all(), which commits');
unlike($node->safe_psql('shop', q{SELECT prosrc FROM pg_proc WHERE oid = 'ccx.refresh_all(bool)'::regprocedure}),
	qr/(?<!pg_catalog\.)(?<![<>!:])=(?!\))|\b(FROM|JOIN) (?!ccx\.)\w|\|\||::/, 'and that has no unqualified name or operator');
is(as('dba', q{SELECT relname FROM pg_catalog.pg_class WHERE relnamespace OPERATOR(pg_catalog.=) 'ccx'::regnamespace AND relkind IN ('r', 'p', 'S', 'm')}), '', 'the schema holds no table');

# ---------------------------------------------------------------- whoever calls, the owner works

my $source = q{
	CREATE TABLE %1$s.src (customer pg_catalog.text, at date, amount numeric, region pg_catalog.text);
	INSERT INTO %1$s.src SELECT 'c' || i, m::date, 10 + i, 'r' FROM generate_series(1, 30) AS i, generate_series(timestamp '2025-01-01', '2025-03-01', '1 month') AS m;
	GRANT SELECT, TRIGGER ON %1$s.src TO analyst; GRANT INSERT ON %1$s.src TO writer;
};
sub source_in { my ($schema) = @_; return $source =~ s/%1\$s/$schema/gr; }
my $columns = q{customer => 'customer', at => 'at', amount => 'amount'};

is(as('app', 'CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC;' . source_in('app') . q{
	CREATE TABLE app.log (who pg_catalog.text, what pg_catalog.text); GRANT INSERT ON app.log TO PUBLIC;
	CREATE FUNCTION app.try(command pg_catalog.text) RETURNS void LANGUAGE plpgsql AS $$
	BEGIN EXECUTE command; INSERT INTO app.log VALUES (current_user, command); EXCEPTION WHEN OTHERS THEN INSERT INTO app.log VALUES (current_user, 'refused'); END $$;
	CREATE FUNCTION app.hostile() RETURNS numeric LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM app.try(c) FROM unnest('{RESET ROLE,RESET SESSION AUTHORIZATION,CREATE TEMP TABLE pg_class (x int),PREPARE p AS SELECT 1,LISTEN x,ALTER FUNCTION app.hostile() SECURITY DEFINER,SET ccx.planted = 1}'::pg_catalog.text[]) AS c;
		RETURN 5;
	END $$;
	CREATE FUNCTION app.noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.log VALUES (current_user, TG_NAME); RETURN NULL; END $$;
	CREATE VIEW app.hostile_rows AS SELECT customer, at, app.hostile() AS amount FROM app.src LIMIT 1;
} . qq{SELECT ccx.create_metric_view('app.hostile', 'movements', 'app.hostile_rows', $columns, with_data => false);
	CREATE TRIGGER early AFTER INSERT ON app.hostile_data FOR EACH STATEMENT EXECUTE FUNCTION app.noted();
	CREATE TRIGGER earlier AFTER INSERT ON app.hostile_summaries FOR EACH ROW EXECUTE FUNCTION app.noted()}), 'app.hostile', 'a hostile metric view');
is(as($superuser, 'CALL ccx.refresh_all()'), '', 'a superuser refreshes it');
is(as($superuser, q{SELECT current_user, coalesce(current_setting('ccx.planted', true), '') FROM ccx.verify('app.hostile') RIGHT JOIN (SELECT) AS one ON true}),
	"$superuser|", 'and verifies it, and no setting is left');
is(as($superuser, q{SELECT who, what FROM app.log GROUP BY 1, 2 ORDER BY who, what COLLATE "C"}),
	join("\n", map { "app|$_" } 'ALTER FUNCTION app.hostile() SECURITY DEFINER', 'SET ccx.planted = 1', 'earlier', 'early', 'refused'),
	'all that ran, ran as its owner; what gets out of that is refused');
is(as('app', q{TRUNCATE app.log; CREATE CONSTRAINT TRIGGER later AFTER INSERT ON app.hostile_summaries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.noted();
	DELETE FROM app.hostile_summaries; TRUNCATE app.log}), '', 'a trigger that waits for the commit');
like(as($superuser, 'CALL ccx.refresh_all()'), qr/WARNING:.*security-restricted operation/, 'does not get its turn as the superuser');
is(as($superuser, q{SELECT who FROM app.log WHERE who <> 'app'}), '', 'nor at all');

# -- what one owner does must not keep others from being refreshed or seen

is(as('analyst', 'CREATE SCHEMA a; GRANT USAGE ON SCHEMA a TO app;' . source_in('a') . qq{SELECT ccx.create_metric_view('a.zz', 'movements', 'a.src', $columns, mode => 'incremental')}), 'a.zz', 'an honest metric view, the last one in order');
my $refreshed = q{SELECT s.refreshed_at > now() - interval '1 hour' AND s.refreshed_at > '%s' FROM ccx.metric_views AS s WHERE s.view LIKE 'a.zz'};
sub refreshed_behind
{
	my ($name) = @_;
	my $before = as($superuser, q{SELECT ccx.refreshed_at('a.zz')});
	my $said = as($superuser, 'CALL ccx.refresh_all()');
	is(as($superuser, qq{SELECT ccx.refreshed_at('a.zz') > '$before'}), 't', "$name does not stop refresh_all()");
	return $said;
}
as('app', q{CREATE OR REPLACE FUNCTION app.hostile() RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN RAISE assert_failure USING MESSAGE = 'boo'; END $$});
like(refreshed_behind('an error that OTHERS does not catch'), qr/WARNING:.*app\.hostile could not be refreshed: boo \(P0004\)/, 'it is told');
as('app', qq{SELECT ccx.create_metric_view('app.next', 'movements', 'app.src', $columns);
	CREATE OR REPLACE FUNCTION app.hostile() RETURNS numeric LANGUAGE plpgsql AS \$\$ BEGIN PERFORM ccx.drop_metric_view('app.next'); RETURN 1; END \$\$});
like(refreshed_behind('a metric view that drops the next'), qr/WARNING:.* does not exist/, 'it is told');
my %forged = (
	'a table for a sequence' => q{(view, status, progress) VALUES ('app.hostile', 'refreshed', 'app.log')},
	'a view that calls a function' => q{(view, status, progress, dirty) VALUES ('app.hostile', 'refreshed', 'app.hostile_progress', 'app.hostile_rows')},
	'relations of others' => q{(view, status, progress, dirty) VALUES ('app.hostile', 'refreshed', 'a.zz_progress', 'a.zz_dirty')},
	'objects that are not there' => q{(view, status, progress, mapping) VALUES (1, 'refreshed', 2, 3)});
foreach my $what (sort keys %forged)
{
	is(as('app', "CREATE TABLE app.forged OF ccx.metric_view_definition; INSERT INTO app.forged $forged{$what}; GRANT SELECT ON app.forged TO PUBLIC"), '', "a definition forged of $what");
	like(as('reader', q{SELECT status FROM ccx.metric_views}), qr/^broken$/, 'is broken, and no more');
	refreshed_behind("a definition forged of $what");
	as('app', 'DROP TABLE app.forged');
}
is(as('app', 'CREATE TABLE app.forged OF ccx.metric_view_definition; REVOKE ALL ON app.forged FROM app; GRANT SELECT ON app.forged TO PUBLIC; REVOKE ALL ON app.forged FROM PUBLIC'), '', 'a definition that its owner may not read');
refreshed_behind('it');
as('app', q{GRANT ALL ON app.forged TO app; GRANT SELECT ON app.forged TO PUBLIC; INSERT INTO app.forged (view) VALUES ('app.hostile'); BEGIN; LOCK TABLE app.forged; PREPARE TRANSACTION 'lock'});
is(as('reader', q{SET lock_timeout = '100ms'; SELECT status, message FROM ccx.metric_views}), 'broken|canceling statement due to lock timeout', 'a definition that is locked is broken for who does not wait');
as('app', q{ROLLBACK PREPARED 'lock'});
as('app', q{DROP TABLE app.forged; SELECT ccx.drop_metric_view('app.hostile')});

# ---------------------------------------------------------------- readers

is(as('app', q{CREATE TABLE app.visits (id int, customer pg_catalog.text, note pg_catalog.text, view int);
	INSERT INTO app.visits VALUES (1, 'reader', 'mine', 1), (2, 'boss', 'secret', 1);
	ALTER TABLE app.visits ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON app.visits USING (customer::name OPERATOR(pg_catalog.=) current_user);
	CREATE VIEW app.invoker WITH (security_invoker = true) AS SELECT * FROM app.log;
	GRANT SELECT ON app.visits, app.invoker TO reader}), '', 'a table with policies');
is(as('reader', 'SELECT note FROM app.visits'), 'mine', 'of which a reader sees a part');
is(as('reader', q{SELECT * FROM ccx.metric_view_state('app.visits')}), '', 'metric_view_state() reads nothing but definitions as their owner');
is(as('reader', q{SELECT * FROM ccx.metric_view_state('app.invoker')}), '', 'nor through a view');
foreach my $door (qw(refreshed_at staleness explain_metric_view))
{
	like(as('reader', "SELECT * FROM ccx.$door('app.visits')"), qr/app\.visits is not a metric view/, "$door() of another table");
	like(as('reader', "SELECT * FROM ccx.$door('a.zz')"), qr/permission denied/, "$door() of a metric view that is not granted");
}
foreach my $call ("refresh('a.zz')", "verify('a.zz')", "drop_metric_view('a.zz', true)", "close_period('a.zz', '2025-01-01')", "restatements('a.zz')",
	"erase_customer('a.zz', 'c1')", "publish_view('a.zz', 5)")
{
	like(as('reader', "SELECT * FROM ccx.$call"), qr/must be owner of metric view zz|permission denied for schema/, "$call is the owner's");
	like(as('reader', "SELECT * FROM ccx.metric_view_$call"), qr/ERROR/, "and what is behind it has no rights");
}
is(as('analyst', q{SELECT ccx.publish_view('a.zz', 20); GRANT USAGE ON SCHEMA a TO reader; GRANT SELECT ON a.zz_public TO reader;
	INSERT INTO a.src VALUES ('rare', '2025-01-01', 1, 'r'); SELECT status FROM ccx.refresh('a.zz')}), "a.zz_public\nrefreshed", 'a view without small counts');
is(as('reader', q{CREATE FUNCTION pg_temp.peek(bigint) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE WARNING 'seen %', $1; RETURN true; END $$;
	SELECT count(*) FROM a.zz_public WHERE pg_temp.peek(churned_customers) AND churned_customers BETWEEN 1 AND 19}) =~ /seen ([1-9]\d*)/ ? $1 : '', '', 'a function in WHERE sees no small count');

# The order of hidden rows must not tell which of them is small: here 1 customer is in Z, 6 are in A.
is(as('analyst', q{CREATE TABLE a.signals (customer pg_catalog.text, signal pg_catalog.text, score numeric, weight numeric, region pg_catalog.text);
	INSERT INTO a.signals SELECT pg_catalog.concat(r, i), 's', 80, 1, r FROM (VALUES ('Z', 1), ('A', 6), ('M', 30), ('N', 40), ('B', 50)) AS v (r, n), generate_series(1, n) AS i;
	SELECT ccx.create_metric_view('a.health', 'health', 'a.signals', customer => 'customer', signal => 'signal', amount => 'score', weight => 'weight', dimensions => '{region}');
	SELECT ccx.publish_view('a.health', 2); SELECT region, customers FROM a.health_public}), "a.health\na.health_public\nA|\nB|50\nM|30\nN|40\nZ|", 'published rows are in the order of their keys, not of their counts');
is(as('analyst', q{SELECT ccx.create_metric_view('a.waves', 'survey', 'a.src', at => 'at', amount => 'amount', scale => 'nps', dimensions => '{region}', with_data => false); SELECT ccx.publish_view('a.waves', 3);
	TRUNCATE a.waves_data; INSERT INTO a.waves_data (period, region, is_complete, responses, promoters, passives, detractors)
	SELECT p::date, r, true, n, n, 0, 0 FROM generate_series(timestamp '2025-02-01', '2025-01-01', '-1 month') AS p, (VALUES ('x', 90), ('w', 80), ('c', 2), ('b', 5), ('a', 1)) AS v (r, n);
	SELECT to_char(period, 'MM'), region, promoters FROM a.waves_public}) =~ s/\n/ /gr, 'a.waves a.waves_public 01|a| 01|b| 01|c| 01|w|80 01|x|90 02|a| 02|b| 02|c| 02|w|80 02|x|90', 'in each period');
as('analyst', q{SELECT ccx.drop_metric_view('a.waves')});

# ---------------------------------------------------------------- row-level security

# Policies apply to a refresh as they do to the owner; whom they apply to is not a matter of the policies alone.
my $policies_changed = 'full refresh: tracking changed since the last refresh: partitions, triggers or policies are not what they were';
is(as('app', source_in('app') =~ s/src/guarded/gr . q{ALTER TABLE app.guarded ENABLE ROW LEVEL SECURITY;
	UPDATE app.guarded SET region = 'team' WHERE customer OPERATOR(pg_catalog.<) 'c2'::pg_catalog.text;
	CREATE POLICY own ON app.guarded TO analyst USING (region OPERATOR(pg_catalog.<>) 'team'::pg_catalog.text); CREATE POLICY team ON app.guarded TO team USING (true)}), '', 'a table with policies for roles');
is(as('analyst', qq{SELECT ccx.create_metric_view('a.guarded', 'movements', 'app.guarded', $columns, dimensions => '{region}', mode => 'incremental'); SELECT DISTINCT region FROM a.guarded}), "a.guarded\nr", 'a metric view of the rows that its owner may see');
is(as($superuser, q{SELECT message FROM ccx.refresh('a.guarded', all_of_it => true); SELECT DISTINCT region FROM a.guarded}), "full refresh: asked for\nr", 'to which a superuser who refreshes it does not add');
foreach my $change (
	[ 'GRANT team TO analyst', 'REVOKE team FROM analyst', 'is a member of a role with a policy' ],
	[ 'ALTER ROLE analyst BYPASSRLS', 'ALTER ROLE analyst NOBYPASSRLS', 'has BYPASSRLS' ],
	[ 'ALTER TABLE app.guarded OWNER TO analyst', 'ALTER TABLE app.guarded OWNER TO app', 'owns the source' ])
{
	foreach my $way (0, 1)
	{
		is(as($superuser, qq{SET search_path = pg_catalog; $change->[$way]; GRANT SELECT, TRIGGER ON app.guarded TO analyst; UPDATE app.guarded SET amount = 20 WHERE customer = 'c1' AND at = '2025-01-01';
			SELECT message FROM ccx.refresh('a.guarded'); SELECT count(*) FROM ccx.verify('a.guarded'); SELECT string_agg(DISTINCT region, ',') FROM a.guarded}),
			"$policies_changed\n0\n" . ($way ? 'r' : 'r,team'), 'the owner of the metric view ' . $change->[2] . ($way ? ', no longer' : ''));
	}
}
is(as('app', q{TRUNCATE app.log; ALTER TABLE app.guarded NO FORCE ROW LEVEL SECURITY; CREATE FUNCTION app.seen(pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $$
	BEGIN PERFORM app.try('RESET ROLE'); PERFORM app.try('SET SESSION AUTHORIZATION DEFAULT'); PERFORM app.try('SELECT 1'); RETURN true; END $$; ALTER POLICY own ON app.guarded USING (app.seen(region))}), '', 'a policy with a function');
is(as($superuser, q{CALL ccx.refresh_all(); SELECT count(*) FROM ccx.verify('a.guarded'); SELECT who, what FROM app.log GROUP BY 1, 2 ORDER BY what COLLATE "C"}), "0\nanalyst|SELECT 1\nanalyst|refused",
	'runs it as the owner of the metric view, and cannot get out');
as('analyst', q{SELECT ccx.drop_metric_view('a.guarded')});

# ---------------------------------------------------------------- the owner of the source, and who writes to it

my $loot = q{CREATE TYPE app.evil AS (x pg_catalog.text);
	CREATE FUNCTION app.steal(app.evil) RETURNS pg_catalog.text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.log VALUES (current_user, 'cast'); RETURN 'x'; END $$;
	CREATE CAST (app.evil AS pg_catalog.text) WITH FUNCTION app.steal(app.evil);
	TRUNCATE app.log; };
is(as('analyst', qq{SELECT ccx.create_metric_view('a.theirs', 'movements', 'app.src', $columns, mode => 'incremental')}), 'a.theirs', 'a metric view over the table of another role');
is(as('app', $loot . q{ALTER TABLE app.src RENAME customer TO was; ALTER TABLE app.src ADD customer app.evil;
	INSERT INTO app.src (customer, was, at, amount) VALUES (ROW('y')::app.evil, 'c1', '2025-01-01', 500); TABLE app.log}), '', 'its owner gets no cast run as the owner of the metric view');
is(as('analyst', q{SELECT message FROM ccx.refresh('a.theirs'); SELECT * FROM ccx.verify('a.theirs')}), 'full refresh: the column of the customer was renamed',
	'a column is known by its number, not by a name that was given to another one');
is(as('app', q{INSERT INTO app.src (was, at, amount) VALUES ('c1', '2025-01-01', 500), ('c2', '2025-01-01', 500)}) . as('analyst', q{SELECT message FROM ccx.refresh('a.theirs'); SELECT * FROM ccx.verify('a.theirs')}),
	'2 customers changed', 'and noted from then on');
like(as('analyst', q{SELECT ccx.create_metric_view('a.typed', 'movements', 'app.src', customer => 'customer', at => 'at', amount => 'amount', mode => 'incremental')}),
	qr/type of the customer belongs to another role/, 'a customer of such a type is refused');

$node->safe_psql('shop', 'CREATE SCHEMA shared; GRANT ALL ON SCHEMA shared TO app, analyst');
is(as('app', q{CREATE FUNCTION shared.v_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.log VALUES (current_user, 'planted'); RETURN NULL; END $$}), '', 'a trigger function planted in a schema of both');
is(as('analyst', qq{SELECT ccx.create_metric_view('shared.v', 'movements', 'a.src', $columns, mode => 'incremental')}), 'shared.v', 'is not what triggers of a metric view call');
is(as($superuser, q{INSERT INTO a.src VALUES ('c1', '2025-06-01', 1, 'r'); SELECT message FROM ccx.refresh('shared.v'); SELECT * FROM app.log WHERE what = 'planted'}), '1 customer changed', 'nobody runs it');
is(as('analyst', q{SELECT ccx.drop_metric_view('shared.v')}), '', 'nor is it in the way');

# -- anybody can have a table of theirs call the function that notes changes

my $when = q{FOR EACH STATEMENT WHEN (ROW('%s'::regclass, '%s'::regclass) IS NOT NULL) EXECUTE FUNCTION ccx.metric_view_note('source')};
as('analyst', q{SELECT ccx.refresh('a.zz')});
is(as('app', q{CREATE TABLE app.own (customer pg_catalog.text, at date, amount numeric); GRANT INSERT ON app.own TO PUBLIC;
	CREATE TRIGGER t AFTER INSERT ON app.own REFERENCING NEW TABLE AS n } . sprintf($when, 'a.zz_definition', 'a.zz_dirty') . q{;
	CREATE TRIGGER u AFTER TRUNCATE ON app.own } . sprintf($when, 'a.zz_definition', 'a.zz_dirty') . q{; INSERT INTO app.own VALUES ('c1'); TRUNCATE app.own}), '', 'a trigger that names the tables of somebody else');
is(as($superuser, q{SELECT count(*) FROM a.zz_dirty}), '0', 'notes nothing there');
is(as('app', q{CREATE TABLE app.definition OF ccx.metric_view_definition; INSERT INTO app.definition (source, dirty, options) VALUES ('app.own', 'a.zz_dirty', '{"customer": "customer"}');
	CREATE OR REPLACE TRIGGER t AFTER INSERT ON app.own REFERENCING NEW TABLE AS n } . sprintf($when, 'app.definition', 'a.zz_dirty') . q{; INSERT INTO app.own VALUES ('c1')}), '', 'nor one with a definition of its own');
is(as($superuser, q{SELECT count(*) FROM a.zz_dirty}), '0', 'which does not make it theirs');
is(as('app', q{CREATE TABLE app.dirty (customers pg_catalog.text[], whole boolean, reason pg_catalog.text); TRUNCATE app.log; UPDATE app.definition SET dirty = 'app.dirty';
	CREATE FUNCTION app.trap() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM app.try('RESET ROLE'); PERFORM app.try('SELECT 1'); RETURN NULL; END $$;
	CREATE TRIGGER trap AFTER INSERT ON app.dirty FOR EACH ROW EXECUTE FUNCTION app.trap();
	CREATE OR REPLACE TRIGGER t AFTER INSERT ON app.own REFERENCING NEW TABLE AS n } . sprintf($when, 'app.definition', 'app.dirty')), '', 'a trap where changes are noted');
foreach my $role ($superuser, 'writer')
{
	is(as($role, q{SET search_path = pg_catalog, trap; INSERT INTO app.own VALUES ('c1'); SELECT current_user, current_setting('search_path')}), "$role|pg_catalog, trap", "$role writes");
}
is(as($superuser, q{SELECT who, what FROM app.log GROUP BY 1, 2 ORDER BY what COLLATE "C"}), "app|SELECT 1\napp|refused", 'it runs as the role that laid it, and cannot get out');

is(as('analyst', q{CREATE TABLE a.days (customer date, at date, amount numeric); CREATE TABLE a.floats (customer float8, at date, amount numeric); GRANT ALL ON a.days, a.floats TO writer; GRANT USAGE ON SCHEMA a TO writer;
	INSERT INTO a.days VALUES ('2025-05-04', '2025-01-01', 1), ('2025-05-04', '2025-02-01', 1); INSERT INTO a.floats VALUES (1.25, '2025-01-01', 1), (1.25, '2025-02-01', 1)}
	. join('', map { qq{; SELECT ccx.create_metric_view('a.v_$_', 'movements', 'a.$_', $columns, mode => 'incremental')} } 'days', 'floats')), "a.v_days\na.v_floats", 'customers that look as one has set it');
is(as('writer', q{SET datestyle = 'SQL, DMY'; SET extra_float_digits = -14; UPDATE a.days SET amount = 2; UPDATE a.floats SET amount = 2; SELECT * FROM a.v_days_dirty}) =~ /permission denied/, 1, 'a writer with other settings, who may not see what is noted');
is(as('analyst', q{SELECT message FROM ccx.refresh('a.v_days'); SELECT * FROM ccx.verify('a.v_days'); SELECT message FROM ccx.refresh('a.v_floats'); SELECT * FROM ccx.verify('a.v_floats')}),
	"1 customer changed\n1 customer changed", 'is noted all the same');

# ---------------------------------------------------------------- names

my $n = 0;
foreach my $owner ('App', 'Ow"ner X.$body$')
{
	foreach my $column ('customer', 'c$body$', '$f$ "%s%I%1$s', "a'b\\c|;--", 'ü' x 31)
	{
		$n++;
		my $quoted = '"' . $column =~ s/"/""/gr . '"';
		my $literal = "'" . $column =~ s/'/''/gr . "'";
		my $schema = '"S ' . $n . '.%s$body$"';
		is(as($owner, qq{SET client_encoding = utf8; CREATE SCHEMA $schema; CREATE TABLE $schema.t ($quoted pg_catalog.text, at date, amount numeric);
			INSERT INTO $schema.t VALUES ('a', '2025-01-01', 1), ('a', '2025-02-01', 1); GRANT INSERT ON $schema.t TO writer; GRANT USAGE ON SCHEMA $schema TO writer;
			SELECT count(*) FROM ccx.create_metric_view('$schema.v', 'movements', '$schema.t', customer => $literal, at => 'at', amount => 'amount', mode => 'incremental')}),
			1, "column $column of role $owner");
		is(as('writer', qq{INSERT INTO $schema.t VALUES ('b', '2025-01-01', 7)}), '', 'a writer who may only insert');
		is(as($owner, qq{SELECT message FROM ccx.refresh('$schema.v'); SELECT * FROM ccx.verify('$schema.v')}), '1 customer changed', 'is noted');
	}
}

is(as($superuser, 'TABLE trap.sprung'), '', 'no trap was sprung');
$node->stop;
done_testing();
