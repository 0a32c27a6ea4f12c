# Values that were tampered with.  Thousands of mutations of the text and of the binary form of
# every type are read, and what libFuzzer has found to reach something else: each is refused as bad
# data, or it is a value like any other, which is written as it was read, equals itself and can be
# asked everything.  The server never goes down, and what is refused does not cost much memory first.
#
# The mutations are the same in every run; CCX_SEED chooses others, CCX_MUTATIONS how many.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seed = $ENV{CCX_SEED} // 20240229;
my $count = $ENV{CCX_MUTATIONS} // 3000;

my $node = PostgreSQL::Test::Cluster->new('mutated');
$node->init;
$node->append_conf('postgresql.conf', q{
fsync = off
jit = off
log_min_messages = fatal
log_min_error_statement = panic
});
$node->start;

# Values to begin with: of every type one query, each row a value.
my %values = (
	retention_summary => q{
		SELECT ccx.retention_agg(o, c, o = 0) FROM (VALUES (100, 150), (100, 0), (100, 80), (0, 70), (NULL, 40), (50, 50)) AS v (o, c)
		UNION ALL SELECT ccx.retention_agg(100.25, 150.1, true, 'USD') UNION ALL SELECT ccx.retention_agg(NULL, NULL)
		UNION ALL SELECT ccx.retention_agg(i * 1e20 + 1e-8, i * 1e-8, i % 2 = 0, 'a"b\c é') FROM generate_series(-3, 50) AS i
		UNION ALL SELECT ccx.retention_agg(1e60, 1e-30)
		UNION ALL SELECT summary FROM (SELECT ccx.mrr_movements_agg(h) AS m FROM (SELECT ccx.mrr_history(date '2024-01-01', date '2024-04-01', 12.34)) AS h (h)) AS s,
			ccx.retention_summaries(m, '2023-12-01', '2024-04-30') AS r},
	mrr_history => q{
		SELECT ccx.mrr_history(NULL::date, 1) UNION ALL SELECT ccx.mrr_history(date '2024-01-01', 10) UNION ALL SELECT ccx.mrr_history(date '2024-01-10', NULL, 10.5, 'EUR')
		UNION ALL SELECT ccx.mrr_history(day, day + 20, i * 1e-8, 'GBP') FROM generate_series(1, 20) AS i, LATERAL (SELECT date '2000-01-01' + 30 * i) AS d (day)
		UNION ALL SELECT ccx.mrr_history(date '0044-03-15 BC', date '5874897-12-31', 1e50)
		UNION ALL SELECT ccx.history_month_date(ccx.history_month_date(NULL, '2024-01-31', 5), '2024-02-29', -7)},
	mrr_movements => q{
		SELECT ccx.mrr_movements_agg(NULL::ccx.mrr_history)
		UNION ALL SELECT ccx.mrr_movements_agg(h) FROM (SELECT ccx.mrr_history(date '2024-01-01', date '2024-03-01', 10)) AS h (h)
		UNION ALL SELECT ccx.mrr_movements_agg(h, 'quarter:feb', 'year') FROM (SELECT ccx.mrr_history(date '2024-01-01' + 20 * i, date '2024-03-01' + 30 * i, i * 1e9, 'USD') AS h FROM generate_series(1, 9) AS i GROUP BY i) AS h
		UNION ALL SELECT ccx.mrr_movements_agg(h, 'month', 'year') FROM (SELECT ccx.mrr_history(date '2024-01-01' + 20 * i, NULL, i * 1e-9) AS h FROM generate_series(1, 5) AS i GROUP BY i) AS h
		UNION ALL SELECT ccx.mrr_movements_agg(h, 'year:dec') FROM (SELECT ccx.mrr_history(date '2024-01-01', date '2026-01-01', 1e40)) AS h (h)},
	activity => q{
		SELECT ccx.activity_agg(NULL::date) UNION ALL SELECT ccx.activity_agg(date '2024-01-01')
		UNION ALL SELECT ccx.activity_agg((date '2020-01-01' + i * i * interval '9 days')::date, 'week:sunday') FROM generate_series(1, 30) AS i
		UNION ALL SELECT ccx.activity_agg(date '2000-01-01' + i * i * i, 'day') FROM generate_series(1, 20) AS i},
	cohort_matrix => q{
		SELECT ccx.cohort_agg(NULL::ccx.activity)
		UNION ALL SELECT ccx.cohort_agg(a) FROM (SELECT ccx.activity_agg(date '2024-01-01' + i * 37 % 200) AS a FROM generate_series(1, 60) AS i GROUP BY i % 7) AS a
		UNION ALL SELECT ccx.cohort_agg(a) FROM (SELECT ccx.activity_agg(date '2024-01-01' + i * 37 % 90, 'week') AS a FROM generate_series(1, 40) AS i GROUP BY i % 5) AS a
		UNION ALL SELECT ccx.cohort_revenue_agg(h) FROM (SELECT ccx.mrr_history(date '2024-01-01' + 20 * i, date '2024-03-01' + 30 * i, i * 1.5) AS h FROM generate_series(1, 6) AS i GROUP BY i) AS h},
	survey_summary => q{
		SELECT ccx.survey_agg(i % 11, 'nps') FROM generate_series(1, 1000) AS i UNION ALL SELECT ccx.survey_agg(NULL, '1-7')
		UNION ALL SELECT ccx.survey_agg(i, '1-5') FROM generate_series(1, 5) AS i UNION ALL SELECT ccx.survey_accum_csat(NULL, 1, 2)},
	renewal_summary => q{
		SELECT ccx.renewal_agg(date '2025-01-01' + i, i * 1.5, CASE WHEN i % 7 > 0 THEN date '2024-12-01' + i * 37 % 100 END, i * 1e12, date '2025-04-01', 20) FROM generate_series(1, 100) AS i
		UNION ALL SELECT ccx.renewal_agg(NULL::date, 1, NULL, NULL, date '2025-04-01') UNION ALL SELECT ccx.renewal_agg(date '2025-01-01', 1e40, date '2025-01-01', 1e-40, date '2025-04-01')},
	backtest_summary => q{
		SELECT ccx.backtest_agg(i * 37 % 201 / 2.0, i % 3 = 0) FROM generate_series(1, 40) AS i UNION ALL SELECT ccx.backtest_agg(i * 25, i % 2 = 0, i * 1e12) FROM generate_series(0, 4) AS i
		UNION ALL SELECT ccx.backtest_probability_agg(i / 10.0, i > 6, 1e-40) FROM generate_series(1, 9) AS i UNION ALL SELECT ccx.backtest_probability_agg(NULL, true)
		UNION ALL SELECT '1,0,0,0,2[(0,1,0),(9999,0,9223372036854775806)]'},
	health_summary => q{
		SELECT ccx.health_agg('signal ' || i, CASE WHEN i % 5 > 0 THEN i * 7.5 END, i * 0.25) FROM generate_series(1, 15) AS i UNION ALL SELECT ccx.health_agg(NULL, 1, 1)
		UNION ALL SELECT ccx.health_agg(s, 1e-30, 1e40) FROM unnest('{"","a\"b",é}'::text[]) AS s
		UNION ALL SELECT ccx.rollup(h) FROM (SELECT ccx.health_agg('s' || i % 3, i, 1.5) AS h FROM generate_series(1, 40) AS i GROUP BY i) AS h},
	duration_summary => q{
		SELECT ccx.duration_agg(date '2025-01-01', CASE WHEN i % 3 > 0 THEN date '2025-01-01' + i * 37 % 50 END, date '2025-01-01' + i) FROM generate_series(1, 40) AS i
		UNION ALL SELECT ccx.duration_agg(NULL::date, NULL, NULL, 'hour') UNION ALL SELECT '1,0,0,2[(0,1,0),(2147483646,0,9223372036854775806)]'},
	usage_summary => q{
		SELECT ccx.usage_agg(date '2025-01-01' + i, CASE WHEN i % 7 < 5 THEN i % 5 * 1.25 ELSE 0 END) FROM generate_series(1, 40) AS i
		UNION ALL SELECT ccx.usage_agg(NULL::date, 1) UNION ALL SELECT ccx.usage_agg(date '2025-01-01' + 10 * i, i * 1e30) FROM generate_series(0, 3) AS i
		UNION ALL SELECT ccx.usage_agg(date '2025-01-01' + i, 100 + i) FROM generate_series(1, 100) AS i UNION ALL SELECT ccx.usage_agg(date '2025-01-01', 0)});

$node->safe_psql('postgres', q{
	CREATE EXTENSION ccx;

	CREATE VIEW types AS
	SELECT t.oid::regtype AS type, t.typname::text AS name FROM pg_type AS t JOIN pg_depend AS d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
		JOIN pg_extension AS e ON e.oid = d.refobjid
	WHERE e.extname = 'ccx' AND t.typtype = 'b' AND t.typelem = 0;

	-- what a value of each type can be asked: every function of one argument, and these
	CREATE TABLE questions (type regtype, question text);
	INSERT INTO questions
	SELECT t.type, format('%s($1)', p.oid::regproc) FROM types AS t JOIN pg_proc AS p ON p.pronargs = 1 AND p.proargtypes[0] = t.type
	WHERE p.prokind = 'f' AND NOT p.proretset AND p.prorettype <> 'internal'::regtype;
	INSERT INTO questions
	SELECT type, format(q, name) FROM types, unnest(ARRAY['$1 = $1 AND NOT $1 < $1 AND ccx.%s_cmp($1, $1) = 0', '(SELECT ccx.rollup(x) FROM (VALUES ($1), (NULL), ($1)) AS v (x))',
		'ccx.%s_hash($1) = ccx.%1$s_hash($1::text::ccx.%1$s)']) AS q;
	INSERT INTO questions VALUES
		('ccx.retention_summary', 'ccx.nrr($1, true)'), ('ccx.retention_summary', 'ccx.retention_accum($1, 100, 1e30)'),
		('ccx.mrr_history', $$ccx.mrr_at($1, '2024-01-15')$$), ('ccx.mrr_history', $$ccx.history_month_date($1, '2024-01-31', 5)$$), ('ccx.mrr_history', '(SELECT ccx.mrr_movements_agg($1))'),
		('ccx.mrr_history', $$(SELECT ccx.mrr_movements_agg($1, 'quarter:feb', 'year'))$$),
		('ccx.mrr_movements', $$(SELECT count(*) FROM ccx.movements($1, '2024-01-01', '2025-12-31'))$$), ('ccx.mrr_movements', $$(SELECT count(s::text) FROM ccx.retention_summaries($1, '2024-01-01', '2025-12-31') AS s)$$),
		('ccx.duration_summary', 'ccx.km_survival($1, 10)'), ('ccx.duration_summary', 'ccx.restricted_mean($1, 100)'), ('ccx.duration_summary', '(SELECT count(*) FROM ccx.km_curve($1))'), ('ccx.duration_summary', 'ccx.log_rank($1, $1)'),
		('ccx.backtest_summary', 'ccx.lift($1, 0.1)'), ('ccx.backtest_summary', 'ccx.capture($1, 0.123)'), ('ccx.backtest_summary', 'ccx.confusion($1, 50)'), ('ccx.backtest_summary', 'ccx.renewal_forecast($1, 0.5, 100)'), ('ccx.backtest_summary', '(SELECT ccx.renewal_forecast_total($1, 0.5, 100))'), ('ccx.backtest_summary', '(SELECT count(*) FROM ccx.calibration($1, 10))'),
		('ccx.health_summary', 'ccx.health_score($1, 0.5)'), ('ccx.health_summary', 'ccx.health_band($1)'), ('ccx.health_summary', '(SELECT sum(points_lost) FROM ccx.health_drivers($1))'), ('ccx.health_summary', $$ccx.health_accum($1, 'new', 50, 1e30)$$),
		('ccx.usage_summary', $$ccx.usage_drop($1, 2, 4, '2025-02-15')$$), ('ccx.usage_summary', $$ccx.usage_changepoint($1, '2025-04-11')$$), ('ccx.usage_summary', $$ccx.usage_slope($1, 14, '2025-02-15')$$),
		('ccx.usage_summary', $$ccx.usage_level($1, 3, '2025-02-15')$$), ('ccx.usage_summary', $$ccx.usage_recency($1, '2025-02-15')$$), ('ccx.usage_summary', $$(SELECT count(*) FROM ccx.usage_by_week($1, '2025-02-15'))$$),
		('ccx.usage_summary', $$ccx.usage_accum_date($1, '2025-01-20', 1e30)$$),
		('ccx.activity', $$ccx.is_active($1, '2024-01-15')$$), ('ccx.activity', '(SELECT ccx.cohort_agg($1))');

	-- What is wrong with a value that was read from this input: NULL if nothing is.  Only
	-- errors of class 22 (a count beyond bigint, say) and 54 (too many days) are allowed as answers.
	CREATE FUNCTION examine(type regtype, x text) RETURNS text LANGUAGE plpgsql SET search_path = ccx, public AS $$
	DECLARE
		question text;
	BEGIN
		FOR question IN SELECT q.question FROM questions AS q WHERE q.type = examine.type LOOP
			BEGIN
				EXECUTE format('SELECT (%s) IS NULL', replace(question, '$1', format('%L::%s', x, type)));
			EXCEPTION WHEN others THEN
				IF left(sqlstate, 2) NOT IN ('22', '54') OR sqlstate IN ('22P02', '22P03') THEN
					RETURN format('%s: %s %s', question, sqlstate, sqlerrm);
				END IF;
			END;
		END LOOP;
		RETURN NULL;
	END $$;

	-- One mutation each.  An outcome is "refused SQLSTATE", "accepted", or what is wrong.
	CREATE FUNCTION try_text(type regtype, name text, input bytea) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		x text;
		same boolean;
	BEGIN
		BEGIN
			x := convert_from(input, 'UTF8');
		EXCEPTION WHEN others THEN
			-- the server lets no such string get near a type
			RETURN 'refused as no text';
		END;
		BEGIN
			EXECUTE format('SELECT x::text = $1 AND ccx.%1$s_send(x::text::ccx.%1$s) = ccx.%1$s_send(x) FROM (SELECT $1::ccx.%1$s AS x) AS v', name) INTO same USING x;
		EXCEPTION WHEN others THEN
			RETURN CASE WHEN left(sqlstate, 2) = '22' THEN 'refused ' || sqlstate ELSE sqlstate || ' ' || sqlerrm END;
		END;
		IF NOT same THEN
			RETURN 'is written otherwise than it was read';
		END IF;
		RETURN coalesce(examine(type, x), 'accepted');
	END $$;

	CREATE FUNCTION try_binary(type regtype, name text, input bytea, file text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		x text;
		same boolean;
	BEGIN
		EXECUTE format('DELETE FROM read_%s', name);
		BEGIN
			EXECUTE format('COPY read_%s FROM %L (FORMAT binary)', name, file);
		EXCEPTION WHEN others THEN
			RETURN CASE WHEN left(sqlstate, 2) = '22' THEN 'refused ' || sqlstate ELSE sqlstate || ' ' || sqlerrm END;
		END;
		EXECUTE format('SELECT x::text, ccx.%1$s_send(x) = $1 AND ccx.%1$s_send(x::text::ccx.%1$s) = $1 FROM read_%1$s', name) INTO x, same USING input;
		IF NOT same THEN
			RETURN 'is written otherwise than it was read';
		END IF;
		RETURN coalesce(examine(type, x), 'accepted');
	END $$;
});

# A generator of our own: that of perl differs between platforms.
my $state = $seed;
sub random
{
	my ($below) = @_;
	$state = ($state * 1103515245 + 12345) % 2147483648;
	my $high = $state >> 15;
	$state = ($state * 1103515245 + 12345) % 2147483648;
	return (($high << 16) + ($state >> 15)) % $below;
}

my @numbers = ('', '0', '1', '-1', '00', '-0', '+1', '2', '12', '13', '31', '32', '1e5', '0.5', '0.50', '.5', '9223372036854775807', '-9223372036854775808', '9223372036854775808',
	'18446744073709551615', '2147483647', '-2147483648', '99999999999999999999999999', 'NaN', 'Infinity', '5000000', ' 1', '1 ', '"', '""', '"USD"', '[', '0[]', '1[(0,0)]');
my @bytes = (0x00, 0x01, 0x7f, 0x80, 0x81, 0xfe, 0xff);

# one of several small changes to a string
sub mutate
{
	my ($x, $kind, $other) = @_;
	my $length = length $x;
	my $at = $length ? random($length) : 0;
	my $how = random(10);

	if ($how == 0)    # flip a bit, or a few
	{
		substr($x, $_, 1) ^= chr(1 << random(8)) for $length ? map { random($length) } 0 .. random(3) : ();
	}
	elsif ($how == 1)    # cut off the end, or the beginning
	{
		$x = random(4) ? substr($x, 0, $at) : substr($x, $at);
	}
	elsif ($how == 2)    # leave out a piece
	{
		substr($x, $at, 1 + random(4)) = '';
	}
	elsif ($how == 3)    # put in a piece of the same kind
	{
		my $from = $length ? random($length) : 0;
		substr($x, $at, 0) = substr($x, $from, 1 + random(8));
	}
	elsif ($how == 4)    # put in anything
	{
		substr($x, $at, 0) = join '', map { chr(random(256)) } 0 .. random(4);
	}
	elsif ($how == 5 && $length > 3)    # swap two pieces
	{
		my ($a, $b, $c) = sort { $a <=> $b } map { random($length) } 1 .. 3;
		$x = substr($x, 0, $a) . substr($x, $b, $c - $b) . substr($x, $a, $b - $a) . substr($x, $c);
	}
	elsif ($how == 6)    # go on as another value does
	{
		$x = substr($x, 0, $at) . substr($other, random(1 + length $other));
	}
	elsif ($kind eq 'text')    # another number
	{
		my @parts = split /(-?[0-9.]+)/, $x;
		my $which = @parts > 1 ? 1 + 2 * random(int(@parts / 2)) : 0;
		my $step = random(3);
		$parts[$which] = $step && ($parts[$which] // '') =~ /^-?[0-9]{1,15}$/ ? $parts[$which] + ($step == 1 ? 1 : -1) : $numbers[random(scalar @numbers)];
		$x = join '', @parts;
	}
	elsif ($length)      # another byte
	{
		substr($x, $at, 1) = random(2) ? chr($bytes[random(scalar @bytes)]) : chr((ord(substr($x, $at, 1)) + (random(2) ? 1 : 255)) % 256);
	}
	return $x;
}

# the file that COPY reads one row of one column from
sub binary_copy
{
	my ($bytes) = @_;
	return "PGCOPY\n\xff\r\n\0" . pack('N N n N', 0, 0, 1, length $bytes) . $bytes . pack('n', 0xffff);
}

# what test/fuzz.sh keeps
my %kept;
for my $file (qw(corpus found))
{
	for (split /\n/, slurp_file("$FindBin::RealBin/../fuzz/$file"))
	{
		my ($target, $hex) = split / /;
		push @{ $kept{$target} }, pack 'H*', $hex // '';
	}
}

my $started = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');
my $folder = $node->basedir . '/mutated';
mkdir $folder or die "$folder: $!";
is($node->safe_psql('postgres', q{SELECT string_agg(name, ' ' ORDER BY name COLLATE "C") FROM types}), join(' ', sort keys %values),
	'there are values of every type to begin with');

for my $type (sort keys %values)
{
	for my $kind (qw(text binary))
	{
		my @seeds = map { pack 'H*', $_ } split /\n/,
			$node->safe_psql('postgres', $kind eq 'text' ? "SELECT encode(convert_to(x::text, 'UTF8'), 'hex') FROM ($values{$type}) AS v (x)"
			: "SELECT encode(ccx.${type}_send(x), 'hex') FROM ($values{$type}) AS v (x)");

		# those that come in as they are show that the way in works
		my @inputs = @seeds;
		my %known = map { $_ => 1 } @seeds;
		push @inputs, grep { !$known{$_}++ } @{ $kept{"$kind/$type"} };
		my $more = @inputs + $count - @seeds;
		while (@inputs < $more)
		{
			my $x = $seeds[ random(scalar @seeds) ];
			$x = mutate($x, $kind, $seeds[ random(scalar @seeds) ]) for 0 .. (random(3) ? 0 : random(4));
			push @inputs, $x unless $known{$x}++;
		}
		my $table = '';
		for my $i (0 .. $#inputs)
		{
			$table .= "$i\t\\\\x" . unpack('H*', $inputs[$i]) . "\n";
			append_to_file("$folder/$i", binary_copy($inputs[$i])) if $kind eq 'binary';
		}
		append_to_file("$folder/table", $table);
		my $call = $kind eq 'text' ? "try_text('ccx.$type', '$type', input)" : "try_binary('ccx.$type', '$type', input, '$folder/' || id)";
		my $outcomes = $node->safe_psql('postgres', qq{
			CREATE TEMP TABLE inputs (id int, input bytea);
			CREATE TEMP TABLE read_$type (x ccx.$type);
			\\copy inputs FROM '$folder/table'
			CREATE TABLE outcomes_${type}_$kind AS SELECT id, input, $call AS outcome FROM inputs;
			SELECT outcome || ': ' || count(*) FROM outcomes_${type}_$kind GROUP BY outcome ORDER BY count(*) DESC});
		my @wrong = split /\n/, $node->safe_psql('postgres', qq{
			SELECT outcome || ' -- ' || left(CASE '$kind' WHEN 'text' THEN encode(input, 'escape') ELSE encode(input, 'hex') END, 300)
			FROM outcomes_${type}_$kind WHERE outcome <> 'accepted' AND outcome NOT LIKE 'refused %' ORDER BY id LIMIT 10});
		is(scalar @wrong, 0, "$type, $kind: every mutation is refused or is a value") or diag join "\n", @wrong;
		note "$type, $kind: $_" for split /\n/, $outcomes;
		is($node->safe_psql('postgres', "SELECT count(*) FROM outcomes_${type}_$kind WHERE id <= $#seeds AND outcome = 'accepted'"), scalar @seeds,
			"$type, $kind: what was not mutated is a value");

		# the mutations must reach the validators: some have to get through
		my ($accepted) = $outcomes =~ /^accepted: ([0-9]+)$/m;
		cmp_ok($accepted - @seeds, '>', $count / 150, "$type, $kind: " . ($accepted - @seeds) . ' of ' . (@inputs - @seeds) . ' mutations are values');
		unlink glob("$folder/*");
	}
}

# The documented states: bad text is 22P02, bad bytes are 22P03.
for my $kind (qw(text binary))
{
	my $want = $kind eq 'text' ? '22P02' : '22P03';
	my $others = join ', ', map { "SELECT outcome FROM outcomes_${_}_$kind" } sort keys %values;
	$others =~ s/, SELECT/ UNION ALL SELECT/g;
	is( $node->safe_psql('postgres', qq{
			SELECT outcome || ': ' || count(*) FROM ($others) AS o
			WHERE outcome LIKE 'refused %' AND outcome NOT IN ('refused $want', 'refused as no text') GROUP BY outcome ORDER BY outcome}),
		'', "$kind: refused as $want and nothing else");
}

# A value that promises more than it holds is refused before memory is set aside for it.
SKIP:
{
	skip 'no /proc to read the memory of a process from', 2 unless -r '/proc/self/status';
	for ([ mrr_history => '1,0,0,' ], [ mrr_movements => '1,2,0,1,0,0,0,' ])
	{
		my ($type, $head) = @$_;
		my $n = 500000;
		my $peak = $node->safe_psql('postgres', qq{
			CREATE FUNCTION pg_temp.read(x text) RETURNS text LANGUAGE plpgsql AS \$\$
			BEGIN
				RETURN x::ccx.$type;
			EXCEPTION WHEN data_exception THEN
				RETURN NULL;
			END \$\$;
			SELECT pg_temp.read('$head$n\[' || repeat('x', $n + 1)) IS NULL AS refused \\gset
			SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\\s*([0-9]+) kB')});
		cmp_ok($peak, '<', 100000, "$type: half a megabyte of nonsense takes $peak kB of memory");
	}
}

is($node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()'), $started, 'the server never restarted');
unlike(slurp_file($node->logfile), qr/was terminated by signal|PANIC/, 'and no process of it crashed');

$node->stop;
done_testing();
