# Metric views under writers, other roles, strange names, dump and restore, and replication: after one refresh what is
# stored is what the source gives, and nothing runs as anybody else.
#
# CCX_ROUNDS (default 8) is how many rounds of random writes there are, of 260 each.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('metric_view');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "jit = off\nmax_worker_processes = 8\n");
$node->start;

sub sql
{
	my ($statements, %options) = @_;
	my ($status, $out, $err) = $node->psql($options{db} // 'postgres', $statements, extra_params => $options{role} ? ['-U', $options{role}] : []);
	return $err ne '' && $status != 0 ? "ERROR: $err" : $err =~ /ERROR/ ? $err : $out;
}

sub row_counts_wrong
{
	my ($db) = @_;
	return sql(q{SELECT string_agg(view || ' ' || n, ', ' ORDER BY view) FROM ccx.metric_views AS v, LATERAL (SELECT count(*) FROM ccx.verify(v.view::regclass)) AS c (n) WHERE n > 0}, db => $db);
}

$node->safe_psql('postgres', 'CREATE EXTENSION ccx');

# ---------------------------------------------------------------- random writes

my $tables = q{
	CREATE TABLE account (customer int PRIMARY KEY, region text);
	INSERT INTO account SELECT i, 'r' || i % 4 FROM generate_series(1, 3000) AS i;
	CREATE TABLE snapshot (customer int, month date, mrr numeric);
	INSERT INTO snapshot SELECT c, (date '2024-02-01' + make_interval(months => m) - interval '1 day')::date, (c * 37 + m * 11) % 90
	FROM generate_series(1, 3000) AS c, generate_series(0, 11) AS m WHERE (c + m) % 5 > 0 AND m < 4 + c % 11;
	CREATE INDEX ON snapshot (customer);
	CREATE TABLE event (customer int, day date, n int, other int, done date, amount numeric, signal text);
	INSERT INTO event SELECT c, date '2024-01-01' + (c * 13 + i * 31) % 360, (c + i) % 11, (c * i) % 7,
		CASE WHEN (c + i) % 3 > 0 THEN date '2024-01-01' + (c * 13 + i * 31) % 360 + i * 5 END, c % 100, 's' || i
	FROM generate_series(1, 3000) AS c, generate_series(1, 2) AS i;
	CREATE INDEX ON event (customer);
};
my $views = q{
	SET search_path = public, ccx;
	SELECT create_metric_view('v_movements', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
	SELECT create_metric_view('v_year', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', step => 'quarter', span => 'quarter', mode => 'incremental');
	SELECT create_metric_view('v_cohort', 'cohort', 'event', customer => 'customer', at => 'day', step => 'week', mode => 'incremental');
	SELECT create_metric_view('v_revenue', 'revenue_cohort', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
	SELECT create_metric_view('v_survey', 'survey', 'event', customer => 'customer', at => 'day', amount => 'n', scale => 'nps', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
	SELECT create_metric_view('v_renewal', 'renewal', 'event', customer => 'customer', at => 'day', amount => 'amount', renewed_on => 'done', renewed_amount => 'amount', mode => 'incremental');
	SELECT create_metric_view('v_duration', 'duration', 'event', customer => 'customer', at => 'day', done => 'done', dimensions => '{signal}', mode => 'incremental');
	SELECT create_metric_view('v_usage', 'usage', 'event', customer => 'customer', at => 'day', amount => 'n', dimensions => '{region}', dimensions_from => 'account', mode => 'incremental');
	SELECT create_metric_view('v_health', 'health', 'event', customer => 'customer', signal => 'signal', amount => 'n', weight => 'amount', mode => 'incremental');
};
$node->safe_psql('postgres', $tables . $views);
is(sql(q{SELECT count(*) FROM ccx.metric_views WHERE status = 'refreshed' AND row_count > 0}), 9, 'nine metric views of all kinds are filled');

# One round: statements of every sort, some of them rolled back, by three sessions at a time while a fourth refreshes.
# Two of the writers have half of the customers each, so that they do not wait for each other; the third has a
# transaction open all the while.
srand(42);
my $months = q{(date '2024-02-01' + make_interval(months => (random() * 13)::int) - interval '1 day')::date};
my %written;

sub write_something
{
	my ($half) = @_;
	my $who = $half + 2 * int rand 1650;
	my $day = "date '2024-01-01' + (random() * 400)::int";
	my @choices = (
		[ insert => "INSERT INTO snapshot SELECT $who, $months, (random() * 100)::int FROM generate_series(1, 2)" ],
		[ insert => "INSERT INTO event SELECT $who, $day, (random() * 10)::int, 1, NULL, 7, 's' || (3 + random() * 1e9)::bigint" ],
		[ update => "UPDATE snapshot SET mrr = mrr + 5 WHERE customer = $who" ],
		[ update => "UPDATE snapshot SET mrr = 0 WHERE customer IN ($who, $who + 2, $who + 4)" ],
		[ update => "UPDATE snapshot SET customer = customer + 2 WHERE customer = $who AND month = '2024-03-31'" ],
		[ update => "UPDATE event SET n = 10 - n, done = day + 9 WHERE customer = $who" ],
		[ delete => "DELETE FROM snapshot WHERE customer = $who AND month > '2024-06-01'" ],
		[ delete => "DELETE FROM event WHERE customer = $who" ],
		[ dimension => "UPDATE account SET region = 'r' || (random() * 5)::int WHERE customer = $who" ],
		[ dimension => "DELETE FROM account WHERE customer = $who" ],
		[ dimension => "INSERT INTO account VALUES ($who, 'new') ON CONFLICT (customer) DO UPDATE SET region = 'again'" ],
		[ merge => "MERGE INTO snapshot AS s USING (VALUES ($who, date '2024-05-31')) AS v (c, m) ON s.customer = v.c AND s.month = v.m WHEN MATCHED THEN UPDATE SET mrr = 77 WHEN NOT MATCHED THEN INSERT VALUES (v.c, v.m, 78)" ],
		[ merge => "MERGE INTO event AS e USING (VALUES ($who)) AS v (c) ON e.customer = v.c WHEN MATCHED AND e.n > 5 THEN DELETE WHEN MATCHED THEN UPDATE SET amount = 9" ],
		[ abort => "BEGIN; UPDATE snapshot SET mrr = 1 WHERE customer = $who; ROLLBACK" ],
		[ savepoint => "BEGIN; UPDATE snapshot SET mrr = 2 WHERE customer = $who; SAVEPOINT a; DELETE FROM event WHERE customer = $who; ROLLBACK TO a; UPDATE event SET amount = 3 WHERE customer = $who; COMMIT" ],
		[ serializable => "BEGIN ISOLATION LEVEL REPEATABLE READ; UPDATE snapshot SET mrr = 4 WHERE customer = $who; UPDATE account SET region = 'r7' WHERE customer = $who; COMMIT" ],
		[ copy => "COPY snapshot FROM STDIN;\n$who\t2024-08-31\t12.50\n\\.\n" ]);
	my ($sort, $statement) = @{ $choices[int rand @choices] };
	$written{$sort}++;
	return "$statement;\n";
}

my $rounds = $ENV{CCX_ROUNDS} // 8;
my ($partial, $full, $wrong, $errors, $meanwhile) = (0, 0, '', '', 0);
for my $round (1 .. $rounds)
{
	my $third = $node->background_psql('postgres', on_error_stop => 0);
	$third->query_safe('BEGIN');
	$third->query_safe("INSERT INTO snapshot VALUES (5000 + $round, '2024-07-31', 1); INSERT INTO event SELECT 5000 + $round, '2024-07-31', 0, 0, NULL, 1, 't'");
	my @writers;
	for my $half (1, 2)
	{
		my $statements = join '', map { write_something($half) } 1 .. 130;
		my %writer = (out => '', err => '');
		$writer{run} = IPC::Run::start([ 'psql', '-X', '-q', '-d', $node->connstr('postgres') ], '<', \$statements, '>', \$writer{out}, '2>', \$writer{err});
		push @writers, \%writer;
	}

	# while they write
	for (1 .. 3)
	{
		$_->{run}->pump_nb for @writers;
		last unless grep { $_->{run}->pumpable } @writers;
		$node->safe_psql('postgres', 'CALL ccx.refresh_all()');
		$meanwhile++;
	}
	for my $writer (@writers)
	{
		$writer->{run}->finish;
		$errors .= $writer->{err} . $writer->{out};
	}
	$partial += sql(q{SELECT count(*) FROM ccx.metric_views WHERE message ~ '^\d+ customers? changed'});
	if ($round % 5 == 0)
	{
		$node->safe_psql('postgres', 'UPDATE snapshot SET mrr = mrr + 1');
		$written{everything}++;
	}
	if ($round == $rounds)
	{
		$third->query_safe('COMMIT');
		$node->safe_psql('postgres', q{TRUNCATE event; INSERT INTO event SELECT c, date '2024-03-01' + c % 90, c % 11, 1, NULL, 5, 's' FROM generate_series(1, 900) AS c});
		$written{truncate}++;
	}
	$node->safe_psql('postgres', 'CALL ccx.refresh_all()');
	$third->query_safe('COMMIT') if $round < $rounds;
	$third->quit;
	$wrong = row_counts_wrong('postgres') if $round == 1;
	isnt($wrong, '', 'what commits later is not in yet, and verify() shows it') if $round == 1;
	$node->safe_psql('postgres', 'CALL ccx.refresh_all()');
	$partial += sql(q{SELECT count(*) FROM ccx.metric_views WHERE message ~ '^\d+ customers? changed'});
	$full += sql(q{SELECT count(*) FROM ccx.metric_views WHERE message LIKE 'full refresh%'});
	is(row_counts_wrong('postgres'), '', "round $round: incremental is what a full computation gives");
}
is($errors, '', 'writers get no error');
note(join ', ', map { "$_ $written{$_}" } sort keys %written);
is(scalar(grep { !$written{$_} } qw(insert update delete dimension merge abort savepoint serializable copy truncate)), 0, 'there were writes of every sort') if $rounds > 3;
cmp_ok($meanwhile, '>=', $rounds, "views were refreshed while sessions wrote ($meanwhile times)");
cmp_ok($partial, '>=', $rounds * 12, "most refreshes were incremental ($partial, and $full full ones)");
is(sql(q{SELECT count(*) FROM ccx.metric_views WHERE status <> 'refreshed'}), 0, 'none failed');

# ---------------------------------------------------------------- two at a time

my $first = $node->background_psql('postgres');
$first->query_safe('BEGIN');
is($first->query_safe(q{SELECT status FROM ccx.refresh('v_movements')}), 'refreshed', 'one session refreshes');
is(sql(q{SELECT status FROM ccx.refresh('v_movements')}), 'busy', 'the other is told that it is being refreshed');
cmp_ok(sql(q{SELECT count(*) FROM v_movements}), '>', 0, 'readers are not blocked');
is(sql(q{UPDATE snapshot SET mrr = mrr + 1 WHERE customer = 12 RETURNING 1}) =~ /1/, 1, 'nor are writers');
$first->query_safe('COMMIT');
$first->quit;
is(sql(q{SELECT message FROM ccx.refresh('v_movements')}), '1 customer changed', 'a change during a refresh is in the next one');
my $serializable = $node->background_psql('postgres');
$serializable->query_safe('BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM snapshot');
sql(q{UPDATE snapshot SET mrr = mrr + 1 WHERE customer = 13});
$serializable->query_safe(q{SELECT status FROM ccx.refresh('v_movements')});
$serializable->query_safe('COMMIT');
$serializable->quit;
sql('CALL ccx.refresh_all()');
is(row_counts_wrong('postgres'), '', 'a refresh in an old snapshot loses no change');

# ---------------------------------------------------------------- logical replication

$node->safe_psql('postgres', 'CREATE DATABASE replica');
$node->safe_psql('replica', "CREATE EXTENSION ccx; $tables");
$node->safe_psql('replica', 'TRUNCATE snapshot');
$node->safe_psql('replica', q{SET search_path = public, ccx; SELECT create_metric_view('v', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental')});
# and a table whose rows say when they changed last
my $contract = q{CREATE TABLE contract (id int PRIMARY KEY, customer int, month date, mrr numeric, changed_at timestamptz); CREATE INDEX ON contract (customer); CREATE INDEX ON contract (changed_at);};
my $contracts = q{customer => 'customer', at => 'month', amount => 'mrr'};
$node->safe_psql('postgres', $contract . qq{
	INSERT INTO contract SELECT i, i % 500, (date '2025-01-01' + make_interval(months => i / 500))::date, 10 + i % 7, now() - interval '10 days' FROM generate_series(0, 2999) AS i;
	UPDATE contract SET changed_at = now() - interval '2 hours' WHERE id = 1;
	SELECT ccx.create_metric_view('v_contract', 'movements', 'contract', $contracts)});
$node->safe_psql('replica', $contract);
$node->safe_psql('postgres', 'ALTER TABLE snapshot REPLICA IDENTITY FULL; CREATE PUBLICATION p FOR TABLE snapshot, contract');
$node->safe_psql('postgres', q{SELECT pg_create_logical_replication_slot('s', 'pgoutput')});
(my $connection = $node->connstr('postgres')) =~ s/'/''/g;
$node->safe_psql('replica', qq{CREATE SUBSCRIPTION s CONNECTION '$connection' PUBLICATION p WITH (create_slot = false, slot_name = 's')});
ok($node->poll_query_until('replica', q{SELECT count(*) > 1000 FROM snapshot}), 'rows are replicated');
like(sql(q{SELECT message FROM ccx.refresh('v')}, db => 'replica'), qr/fed by logical replication/, 'a replicated source is computed in full, and that is the reason given');
is(row_counts_wrong('replica'), '', 'and rightly');

ok($node->poll_query_until('replica', q{SELECT count(*) = 3000 FROM contract}), 'rows with their times are replicated');
$node->safe_psql('replica', qq{SELECT ccx.create_metric_view('c_changed', 'movements', 'contract', $contracts, mode => 'changed_at', changed_at => 'changed_at');
	SELECT ccx.create_metric_view('c_full', 'movements', 'contract', $contracts)});
# Refreshed on both sides: what the replica shows is what its source's own server shows.
sub replicated
{
	my ($what, $message, $write, $arrived, @arguments) = @_;
	$node->safe_psql('postgres', $write);
	ok($node->poll_query_until('replica', $arrived), "$what: replicated");
	like(sql(qq{SELECT message FROM ccx.refresh(@{[join ', ', q{'c_changed'}, @arguments]})}, db => 'replica'), $message, "$what: refreshed by changed_at");
	sql(q{SELECT ccx.refresh('c_full')}, db => 'replica');
	sql(q{SELECT ccx.refresh('v_contract')});
	is(row_counts_wrong('replica'), '', "$what: verify() is empty");
	my $here = sql('TABLE v_contract_data ORDER BY period');
	is(sql("TABLE $_\_data ORDER BY period", db => 'replica'), $here, "$what: $_ is that of the other server") for qw(c_changed c_full);
}
replicated('one customer', qr/^2 customers changed$/, q{UPDATE contract SET mrr = mrr + 5, changed_at = now() WHERE customer = 7 AND month = '2025-04-01'},
	q{SELECT count(*) = 1 FROM contract WHERE changed_at > now() - interval '1 hour'});
replicated('a new customer', qr/^2 customers changed$/, q{INSERT INTO contract VALUES (9000, 9000, '2025-03-01', 1, now())}, q{SELECT count(*) = 1 FROM contract WHERE id = 9000});
replicated('deleted rows, all of it', qr/^full refresh: asked for$/, q{DELETE FROM contract WHERE customer = 8}, q{SELECT count(*) = 0 FROM contract WHERE customer = 8}, 'all_of_it => true');
replicated('the latest row deleted', qr/^full refresh: the latest changed_at is before/, q{DELETE FROM contract WHERE id = 9000}, q{SELECT count(*) = 0 FROM contract WHERE id = 9000});
$node->safe_psql('postgres', q{SELECT ccx.drop_metric_view('v_contract')});
$node->safe_psql('replica', 'ALTER SUBSCRIPTION s DISABLE; ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s');
$node->safe_psql('postgres', q{SELECT pg_drop_replication_slot('s')});
$node->safe_psql('postgres', 'DROP DATABASE replica');

# ---------------------------------------------------------------- roles

$node->safe_psql('postgres', q{
	CREATE ROLE alice LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE writer LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE mallory LOGIN;
	CREATE SCHEMA a AUTHORIZATION alice; CREATE SCHEMA b AUTHORIZATION bob; CREATE SCHEMA m AUTHORIZATION mallory;
	GRANT USAGE ON SCHEMA a TO writer, reader, mallory});
for my $owner ([ 'alice', 'a' ], [ 'bob', 'b' ])
{
	my ($role, $schema) = @$owner;
	is(sql(qq{
		CREATE TABLE $schema.snapshot (customer text, month date, mrr numeric);
		INSERT INTO $schema.snapshot SELECT 'c' || i % 30, make_date(2024, 1 + i / 30, 15), i FROM generate_series(0, 199) AS i;
		SELECT ccx.create_metric_view('$schema.v', 'movements', '$schema.snapshot', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental')},
		role => $role), "$schema.v", "$role, who is nobody special, makes a metric view");
}
is(sql('SELECT string_agg(view, \' \') FROM ccx.metric_views', role => 'alice'), 'a.v', 'each sees her own only');
for my $call (q{ccx.refresh('b.v')}, q{ccx.verify('b.v')}, q{ccx.drop_metric_view('b.v')}, q{ccx.close_period('b.v', '2024-03-01')}, q{ccx.restatements('b.v')}, q{ccx.erase_customer('b.v', 'c1')}, q{ccx.refreshed_at('b.v')})
{
	like(sql("SELECT $call", role => 'alice'), qr/permission denied/, "$call is not for others: no way into the schema");
}
$node->safe_psql('postgres', 'GRANT USAGE ON SCHEMA b TO alice; GRANT SELECT ON b.v TO alice');
for my $call (q{ccx.refresh('b.v')}, q{ccx.verify('b.v')}, q{ccx.drop_metric_view('b.v')}, q{ccx.close_period('b.v', '2024-03-01')}, q{ccx.restatements('b.v')}, q{ccx.erase_customer('b.v', 'c1')})
{
	like(sql("SELECT $call", role => 'alice'), qr/must be owner of metric view/, "$call is not for others, though they may read it");
}
is(sql(q{SELECT ccx.refreshed_at('b.v') IS NOT NULL}, role => 'alice'), 't', 'who may read the view may ask how old it is');
$node->safe_psql('postgres', 'GRANT INSERT ON a.snapshot TO writer');
is(sql(q{INSERT INTO a.snapshot VALUES ('c1', '2024-02-15', 1000)}, role => 'writer'), '', 'a writer with INSERT only succeeds');
like(sql('SELECT * FROM a.v_dirty', role => 'writer'), qr/permission denied/, 'and sees nothing of what is noted');
is(sql(q{SELECT message FROM ccx.refresh('a.v')}, role => 'alice'), '1 customer changed', 'the change is noted');
$node->safe_psql('postgres', 'GRANT bob TO alice');
is(sql(q{SELECT status FROM ccx.refresh('b.v')}, role => 'alice'), 'refreshed', 'a member of the owner may refresh');

# a source with a function that notes who runs it; a definition that names a view with such a function
$node->safe_psql('postgres', 'CREATE TABLE public.caught (what text, who name); GRANT INSERT ON public.caught TO PUBLIC');
sql(q{
	CREATE FUNCTION m.evil(text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN INSERT INTO public.caught VALUES ($1, current_user); RETURN 'x'; END $$;
	CREATE TABLE m.snapshot (customer text, month date, mrr numeric);
	INSERT INTO m.snapshot SELECT 'c' || i % 30, make_date(2024, 1 + i / 30, 15), i FROM generate_series(0, 99) AS i;
	CREATE VIEW m.trap AS SELECT customer, month, mrr, m.evil('source') AS segment FROM m.snapshot;
	SELECT ccx.create_metric_view('m.v', 'movements', 'm.trap', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{segment}');
	SELECT ccx.create_metric_view('m.w', 'movements', 'm.snapshot', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental');
	CREATE VIEW m.bait AS SELECT m.evil('dirty') AS customers, false AS whole, 1 AS last_value;
	CREATE FUNCTION public.round(numeric, integer) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.caught VALUES ('round', current_user); RETURN 0; END $$;
	UPDATE m.w_definition SET dirty = 'm.bait', progress = 'm.bait';
}, role => 'mallory');
$node->safe_psql('postgres', 'CALL ccx.refresh_all(); SELECT * FROM ccx.metric_views; SELECT ccx.refresh(\'m.v\'); SELECT ccx.verify(\'m.v\')');
sql('SELECT * FROM ccx.metric_views', role => 'alice');
cmp_ok(sql(q{SELECT count(*) FROM caught WHERE what = 'source'}), '>', 0, 'the trap is sprung by refresh');
is(sql(q{SELECT string_agg(DISTINCT who::text, ' ') FROM caught}), 'mallory', 'and only as the role that laid it');
sql(q{ALTER TABLE m.snapshot RENAME TO other; CREATE VIEW m.snapshot AS SELECT * FROM m.trap}, role => 'mallory');
sql(q{UPDATE m.w_definition SET view = 'a.v'}, role => 'mallory');
is(sql(q{SELECT status FROM ccx.refresh('a.v')}), 'refreshed', 'a definition that claims the view of somebody else is nothing');
is(sql(q{SELECT string_agg(DISTINCT who::text, ' ') FROM caught}), 'mallory', 'still only as the role that laid it');
sql(q{DROP SCHEMA m CASCADE});

# ownership moves as a whole
is(sql(q{ALTER VIEW a.v OWNER TO bob; SELECT ccx.refresh('a.v')}) =~ /is not a metric view/, 1, 'a view that alone changed its owner is refused');
sql(q{ALTER VIEW a.v OWNER TO alice});
sql(q{REASSIGN OWNED BY alice TO bob; GRANT ALL ON SCHEMA a TO bob});
is(sql(q{SELECT status FROM ccx.refresh('a.v')}, role => 'bob'), 'refreshed', 'REASSIGN OWNED hands a metric view over');
is(sql(q{INSERT INTO a.snapshot VALUES ('c2', '2024-02-15', 1000); SELECT ccx.verify('a.v') LIMIT 1}) ne '', 1, 'with its triggers');
is(sql(q{SELECT message FROM ccx.refresh('a.v')}, role => 'bob'), '1 customer changed', 'which still note changes');

# ---------------------------------------------------------------- strange names

my $long = 'n' x 63;
my $accents = "\x{c3}\x{a9}" x 31;
for my $name ('Sch"ema.with', 'two words', $long, $accents, 'SELECT', "quote'd")
{
	(my $quoted = $name) =~ s/"/""/g;
	(my $literal = qq{"$quoted"}) =~ s/'/''/g;
	(my $bare = $name) =~ s/'/''/g;
	my $out = sql(qq{
		CREATE SCHEMA "$quoted"; SET search_path = "$quoted", ccx;
		CREATE TABLE "$quoted" ("$quoted" text, "m$quoted" date, amount numeric, "d$quoted" text);
		INSERT INTO "$quoted" SELECT 'c' || i % 30, make_date(2024, 1 + i / 30, 15), i, 'x' || i % 2 FROM generate_series(0, 99) AS i;
		SELECT create_metric_view('$literal.$literal' || 'v', 'movements', '$literal', customer => '$bare', at => 'm$bare', amount => 'amount', dimensions => ARRAY['d$bare'], mode => 'incremental')}
		=~ s/'\Q$literal.$literal\E' \|\| 'v'/"'$literal." . '"' . (substr($quoted, 0, 50) . 'v') =~ s{'}{''}gr . "\"'"/er);
	unlike($out, qr/ERROR/, "a metric view called $name");
	my $mine = qq{(SELECT c.oid::regclass FROM metric_views AS v JOIN pg_class AS c ON c.oid = v.view::regclass WHERE c.relnamespace = current_schema()::regnamespace)};
	$mine =~ s/current_schema\(\)::regnamespace/(SELECT oid FROM pg_namespace WHERE nspname = current_schema())/;
	$out = sql(qq{SET search_path = "$quoted", ccx; UPDATE "$quoted" SET amount = amount + 1 WHERE "$quoted" = 'c3'; SELECT message FROM refresh($mine)});
	is($out, '1 customer changed', "notes changes of $name");
	is(row_counts_wrong('postgres'), '', 'and shows them');
	sql(qq{SET search_path = "$quoted", ccx; SELECT drop_metric_view($mine)});
	is(sql(qq{SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = '$bare' AND c.relkind IN ('r', 'v', 'S')}), 1, 'dropped, only its source is left');
}

# amounts at both ends
sql(q{SET search_path = public, ccx; CREATE TABLE extreme (customer int, month date, mrr numeric);
	INSERT INTO extreme VALUES (1, '2024-01-31', 1e-8), (1, '2024-02-29', 1e20), (2, '2024-01-31', 0), (2, '2024-02-29', 1e30);
	SELECT create_metric_view('v_extreme', 'movements', 'extreme', customer => 'customer', at => 'month', amount => 'mrr');
	SELECT create_metric_view('v_extreme_cohort', 'revenue_cohort', 'extreme', customer => 'customer', at => 'month', amount => 'mrr')});
is(sql(q{SELECT opening_mrr, retained_mrr, nrr IS NULL, closing_mrr IS NULL FROM v_extreme}), '0.0000000100|100000000000000000000.0000000000|t|t', 'a ratio or an amount that the column cannot hold is NULL, its parts are there');
is(sql(q{SELECT count(*) FROM v_extreme_cohort WHERE cohort = '2024-01-01'}), 2, 'and cohorts pass');

# ---------------------------------------------------------------- cut off

$node->safe_psql('postgres', q{CREATE VIEW slow AS SELECT customer, month, mrr, pg_sleep(0.4) IS NULL AS s FROM extreme;
	SELECT ccx.create_metric_view('v_slow', 'movements', 'slow', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{s}')});
like(sql(q{SET statement_timeout = 800; SELECT ccx.refresh('v_slow')}), qr/statement timeout/, 'a refresh runs out of time');
like(sql(q{SELECT status, message FROM ccx.metric_views WHERE view LIKE '%v_slow'}), qr/^stopped\|the refresh that began at .* was cut off while /, 'and that is to be seen');
is(sql(q{SELECT status FROM ccx.refresh('v_slow'); SELECT status, progress IS NULL FROM ccx.metric_views WHERE view LIKE '%v_slow'}), "refreshed\nrefreshed|t", 'until the next one');
sql(q{SELECT ccx.drop_metric_view('v_slow'); DROP VIEW slow});

# ---------------------------------------------------------------- two routes to the same bytes

# Dimensions of another table: its rows behind those of the source, or joined with each of these.
$node->safe_psql('postgres', q{
	SELECT setseed(0.5);
	CREATE TABLE routes (customer bigint, month date, mrr numeric);
	INSERT INTO routes SELECT c, (date '2024-02-01' + make_interval(months => m) - interval '1 day')::date, CASE WHEN random() < 0.1 THEN -5 ELSE round((random() * 20)::numeric, 1) END
	FROM generate_series(1, 3000) AS c, generate_series(0, 30) AS m WHERE random() < 0.8;
	INSERT INTO routes VALUES (1, NULL, 3), (1, '2024-05-31', NULL), (2999, NULL, NULL), (5000, NULL, 5), (5001, NULL, 5), (NULL, '2024-05-31', 7), (4001, '2026-06-30', 1e25), (2, '2026-06-30', 0.123456789012345678901);
	CREATE TABLE homes (customer bigint PRIMARY KEY, segment text, region text);
	INSERT INTO homes SELECT c, 's' || c % 3, nullif('r' || c % 4, 'r2') FROM generate_series(1, 2700) AS c UNION ALL SELECT 5001, 'only skipped', '' UNION ALL SELECT 5002, 'no rows', ''});
for my $settings ('max_parallel_workers_per_gather = 0', q{work_mem = '64kB'; SET max_parallel_workers_per_gather = 0},
	q{max_parallel_workers_per_gather = 2; SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0},
	q{work_mem = '64kB'; SET max_parallel_workers_per_gather = 2; SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0})
{
	for my $options (q{'month', 'month'}, q{'quarter:feb', 'year'})
	{
		is(sql(qq{SET search_path = public, ccx; SET $settings;
			WITH joined AS (
				SELECT segment, mrr_movements_agg(customer, month, mrr, $options)::text AS m FROM routes LEFT JOIN homes USING (customer)
				WHERE customer IS NOT NULL GROUP BY segment
			), fed AS (
				SELECT p.segment, p.movements::text AS m FROM unnest((
					SELECT metric_view_movements(customer, month, mrr, home, $options)
					FROM (SELECT customer, month, mrr, NULL::text AS home FROM routes UNION ALL SELECT customer, NULL, NULL, segment FROM homes) AS u
					WHERE customer IS NOT NULL)) AS p)
			SELECT count(*), count(*) FILTER (WHERE j.m = f.m) FROM joined AS j FULL JOIN fed AS f ON coalesce(j.segment, '') = coalesce(f.segment, '')}), '5|5',
			"fed dimensions are joined dimensions, byte for byte, $settings, $options");
	}
}
for my $view ([ 'month', 'month', 'incremental' ], [ 'month', 'year', 'full' ], [ 'quarter:feb', 'quarter', 'full' ], [ 'year', 'year', 'incremental' ])
{
	my ($step, $span, $mode) = @$view;
	$node->safe_psql('postgres', qq{SELECT ccx.create_metric_view('v_routes', 'movements', 'routes', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{segment,region}', dimensions_from => 'homes', step => '$step', span => '$span', mode => '$mode')});
	is(sql(q{SELECT count(*) FROM ccx.verify('v_routes')}), 0, "$mode by $step over a $span");
	is(sql(q{WITH slow AS (SELECT customer, segment, region, period, opening, closing, closing - opening AS change, movement FROM v_routes_customer_history
			WHERE period = (SELECT max(period) FROM v_routes) AND movement <> 'unchanged' ORDER BY abs(closing - opening) DESC NULLS FIRST, customer COLLATE "C" LIMIT 50),
		fast AS (SELECT customer, segment, region, period, opening, closing, change, movement FROM v_routes_top_movers)
		SELECT (SELECT count(*) > 0 FROM fast), (SELECT count(*) FROM (TABLE slow EXCEPT TABLE fast) AS d) + (SELECT count(*) FROM (TABLE fast EXCEPT TABLE slow) AS d)}), 't|0', 'its top movers are those of the history');
	$node->safe_psql('postgres', q{SELECT ccx.drop_metric_view('v_routes')});
}

# ---------------------------------------------------------------- dump and restore

sql(q{SELECT ccx.close_period('v_movements', '2024-05-01'), ccx.publish_view('v_movements', 5)});
my $public = q{SELECT count(*) > 0, md5(string_agg(v::text, ' ' ORDER BY v::text COLLATE "C")) FROM v_movements_public AS v};
my $dump = $node->data_dir . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('restored'), $dump ], 'restored without an error');
my $digest = q{SELECT md5(string_agg(x::text, ' ' ORDER BY x::text COLLATE "C")) FROM (SELECT v FROM v_movements AS v UNION ALL SELECT NULL) AS x};
is(sql($digest, db => 'restored'), sql($digest), 'the rows are the same');
is(sql(q{SELECT count(*) FROM v_movements_published}, db => 'restored'), sql(q{SELECT count(*) FROM v_movements_published}), 'so is the ledger');
is(sql($public, db => 'restored'), sql($public), 'so is the view without small counts');
is(row_counts_wrong('restored'), '', 'verify() is empty');
is(sql(q{SELECT message FROM ccx.refresh('v_movements')}, db => 'restored') =~ /^full refresh: tracking changed/, 1, 'the first refresh trusts nothing');
sql(q{UPDATE snapshot SET mrr = mrr + 1 WHERE customer = 100}, db => 'restored');
is(sql(q{SELECT message FROM ccx.refresh('v_movements')}, db => 'restored'), '1 customer changed', 'then it is incremental again');
sql('CALL ccx.refresh_all()', db => 'restored');
is(row_counts_wrong('restored'), '', 'and right');
$node->safe_psql('postgres', 'DROP DATABASE restored');

# ---------------------------------------------------------------- uninstalled

$node->safe_psql('postgres', 'DROP EXTENSION ccx CASCADE');
is(sql('UPDATE snapshot SET mrr = mrr + 1 WHERE customer < 10; UPDATE account SET region = region'), '', 'writers go on after DROP EXTENSION CASCADE');

$node->stop;
done_testing();
