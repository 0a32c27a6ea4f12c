# The demo and its sample company: what examples/demo.sh prints is what plain SQL says, the company has the hazards that
# retention metrics are about, and it is the same company every time and on every PostgreSQL.

use strict;
use warnings FATAL => 'all';

use FindBin;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $examples = "$FindBin::RealBin/../../examples";
my $demo = "$examples/demo.sh";

# Short, because sockets lie below it; and looked at afterwards for what the demo left.
my $scratch = PostgreSQL::Test::Utils::tempdir_short();
my $files = "$PostgreSQL::Test::Utils::tmp_check/demo";
mkdir $files;

sub write_file
{
	my ($name, @lines) = @_;
	append_to_file("$files/$name", join('', map { "$_\n" } @lines));
	return "$files/$name";
}

# The demo with these arguments: its exit status, output and messages.
sub demo
{
	my (@arguments) = @_;
	local $ENV{TMPDIR} = "$scratch";
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'sh', $demo, @arguments ], '<', \'', '>', \$out, '2>', \$err);
	return ($? >> 8, $out, $err);
}

sub is_refused
{
	my ($arguments, $message, $name) = @_;
	my ($status, $out, $err) = demo(@$arguments);
	isnt($status, 0, "$name: exit status");
	like($err, $message, $name);
}

# --- the demo as a user runs it (first, while no other server of this test lies in the tree it copies)

my ($status, $printed, $messages) = demo('--customers', 400);
is($status, 0, 'demo.sh succeeds') or diag($messages);

my @own = map {
	my $month = sprintf('2025-%02d', $_);
	("a,$month,100", "b,$month," . ($_ < 6 ? 50 : 0), "c,$month," . (10 * $_) . '.40')
} 1 .. 12;
my $good = write_file('good.csv', 'Customer,note,"Month",MRR', map { s/,/,x,/r } 'a,2024-12,80', 'b,2024-12-31,50', @own, 'd,2025-12,7', '', '');
my ($own_status, $own_printed, $own_messages) = demo($good);
is($own_status, 0, 'demo.sh with a file succeeds') or diag($own_messages);
like($own_printed, qr/mrr_monthly: 39 rows, 4 customers, 13 months, the last one December 2025/, 'the file is read whole');
# a 80 -> 100, b 50 -> 0; c and d are new
like($own_printed, qr/^ +2 \| +130 \| 0\.7692 \| 0\.6154 \| +0\.5000$/m, 'twelve months of the file');
like($own_printed, qr/^ 2025-06 +\| +200 +\| +0 \| +0 \| +10 \| +0 \| +-50 \| +160 +\|/m, 'bridge of the file')
  or diag($own_printed);
unlike($own_printed, qr/segment|subscription/, 'nothing about what the file does not have');

# of survivors 100 / 80, of all 100 / 130: who left costs 100 / 80 - 100 / 130
like($own_printed, qr/^ only in A +\| +3 \| +-50 \| +-127 \| +0\.480769230769 \|.*^ B less A +\| +4 \|[^|]*\|[^|]*\| +0\.480769230769 \|/ms, 'two reports of the file reconciled')
  or diag($own_printed);
# a and c pay 160.4, then 190.4, then 220.4; b has left before
like($own_printed, qr/=== 8\. Why NRR moved from 2025 Q3 to 2025 Q4 =.*^ 1\.1870 \| 1\.1576 \| +-0\.029469393743 \| +0 \| +0 \| +-0\.029469393743$/ms, 'two quarters of the file');

my $short = write_file('short.csv', 'mrr,segment,month,customer', '5,S,2025-01,a', '6,S,2025-02,a', '9,T,2025-02,b');
($own_status, $own_printed, $own_messages) = demo($short);
is($own_status, 0, 'demo.sh with two months succeeds') or diag($own_messages);
like($own_printed, qr/thirteen months; here are 2\./, 'two months: the yearly parts say why they are missing');

my $bad = write_file('bad.csv', 'customer,month,mrr',
	'a,2025-01,5', 'a,2025-13,5', 'a,2025-02-30,5', ',2025-03,5', 'a,2025-04,', 'a,2025-05,"1,000"', 'b,2025-05-01,1', 'b,2025-05-02,1');
my ($bad_status, $bad_printed, $bad_messages) = demo($bad);
isnt($bad_status, 0, 'wrong rows: exit status');
is($bad_printed, '', 'wrong rows: no numbers');
like($bad_messages, qr/bad\.csv: $_/, "wrong rows: $_")
  for 'line 3: month "2025-13" is not written like 2025-01', 'line 4: month "2025-02-30": there is no such day',
  'line 5: no customer', 'line 6: no mrr', 'line 7: mrr "1,000" is not a plain number', '\.\.\. and 2 more';

is_refused([ write_file('ragged.csv', 'customer,month,mrr', 'a,2025-01,5', 'a,2025-02') ], qr/ragged\.csv: .*line 3/, 'a row too short');
is_refused([ write_file('column.csv', 'customer,mrr', 'a,5') ], qr/column\.csv: line 1: no column month/, 'no column month');
is_refused([ write_file('semicolon.csv', 'customer;month;mrr', 'a;2025-01;5') ], qr/separated by commas/, 'semicolons');
is_refused([ write_file('twice.csv', 'customer,month,mrr,MRR', 'a,2025-01,5,5') ], qr/two columns are named mrr/, 'a column twice');
is_refused([ write_file('empty.csv') ], qr/empty\.csv: the file is empty/, 'an empty file');
is_refused(["$files/none.csv"], qr/none\.csv: no file that can be read.*sh examples\/demo\.sh FILE\.csv/s, 'no such file');
is_refused([ '--customers', 'many' ], qr/--customers many: not a number/, 'no number');
is_refused([ '--customers', 99 ], qr/--customers 99: not a number from 100/, 'too small a number');
is_refused(['--customers'], qr/--customers needs a number/, 'number missing');
is_refused([ '--customers', 400, $good ], qr/not for a file/, 'a size and a file');
is_refused(['--fast'], qr/unknown option --fast/, 'an unknown option');
is_refused(['--keep'], qr/no terminal/, '--keep without a terminal');

{
	local $ENV{TMPDIR} = "$scratch";
	local $ENV{PSQL_PAGER} = '';
	my ($in, $terminal) = ('', '');
	my $harness = IPC::Run::start([ 'sh', $demo, '--keep', $good ], '<pty<', \$in, '>pty>', \$terminal, IPC::Run::timeout(120));
	$harness->pump until $terminal =~ /=# /;
	$in .= "SELECT 'kept ' || count(*) || ' rows, nrr ' || round(nrr(mrr, mrr), 1) AS answer FROM mrr_monthly;\n\\q\n";
	$harness->finish;
	is($harness->result(0), 0, '--keep on a terminal succeeds');
	like($terminal, qr/kept 39 rows, nrr 1\.0/, '--keep: the prompt answers, with functions by their bare names');
}

opendir(my $dir, "$scratch") or die $!;
is_deeply([ grep { !/^\.\.?$/ } readdir $dir ], [], 'the demo leaves no file');
closedir $dir;
my @left = grep { my $cmd = eval { slurp_file($_) } // ''; $cmd =~ /\Q$scratch\E/ } glob '/proc/[0-9]*/cmdline';
is_deeply(\@left, [], 'the demo leaves no process');

# --- the sample company

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my @tables = qw(accounts account_segments subscriptions mrr_monthly milestones renewals tickets surveys costs acquisition usage);

# Makes a company in a new database; one hash over every row of every table.
sub build
{
	my ($database, %variables) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->command_ok([ 'psql', '-X', '-q', '-d', $node->connstr($database), (map { ('-v', "$_=$variables{$_}") } sort keys %variables),
		'-f', "$examples/sample_company.sql" ], "sample company in $database");
	$node->safe_psql($database, 'CREATE EXTENSION ccx');
	return $node->safe_psql($database, 'SELECT md5(concat(' . join(', ', map {
		qq{(SELECT md5(string_agg(t::text, ' ' ORDER BY t::text COLLATE "C")) FROM sample.$_ AS t)}
	} @tables) . '))');
}

my $company = build('company');
is($company, '6f6424bc0502371e6bba01663b1d2fb5', 'the same rows as on every other PostgreSQL');

my $small = build('printed', customers => 400);
is(build('again', customers => 400), $small, 'built twice: the same rows in every table');
isnt(build('other', customers => 400, seed => 2), $small, 'another seed: another company');

for my $table (@tables)
{
	my ($rows, $comment) = split /\|/, $node->safe_psql('company', "SELECT count(*), obj_description('sample.$table'::regclass) FROM sample.$table");
	ok($rows > 0, "$table has rows");
	ok($comment, "$table has a comment");
}
is($node->safe_psql('company', q{SELECT string_agg(relname, ' ') FROM pg_class WHERE relnamespace = 'sample'::regnamespace AND relkind = 'r'
	AND relname <> ALL (string_to_array('} . join(' ', @tables) . q{', ' '))}),
	'', 'no other table');

# Each hazard with the least number of times it must occur among 2,000 customers.
my @hazards = (
	[ 20, 'customers come back after a month without MRR', q{
		SELECT count(DISTINCT customer) FROM (SELECT customer, month - lag(month) OVER (PARTITION BY customer ORDER BY month) AS days FROM mrr_monthly) AS m
		WHERE days > 31} ],
	[ 500, 'customers have subscriptions that overlap', q{
		SELECT count(DISTINCT a.customer) FROM subscriptions AS a JOIN subscriptions AS b ON a.customer = b.customer AND a.subscription < b.subscription
		WHERE a.mrr > 0 AND b.mrr > 0 AND b.valid_from < coalesce(a.valid_to, 'infinity') AND a.valid_from < coalesce(b.valid_to, 'infinity')} ],
	[ 15, 'customers change segment', q{SELECT count(*) FROM (SELECT customer FROM account_segments GROUP BY customer HAVING count(*) > 1) AS s} ],
	[ 2, 'customers change to a smaller segment', q{
		SELECT count(DISTINCT a.customer) FROM account_segments AS a JOIN account_segments AS b ON a.customer = b.customer AND a.valid_to = b.valid_from
		WHERE array_position('{SMB,Mid-Market,Enterprise}', a.segment) > array_position('{SMB,Mid-Market,Enterprise}', b.segment)} ],
	[ 300, 'lines are negative', q{SELECT count(*) FROM subscriptions WHERE mrr < 0} ],
	[ 5, 'customers have nothing but a credit at a month end', q{
		SELECT count(DISTINCT customer) FROM (SELECT customer FROM subscriptions, generate_series(date '2023-02-01', '2026-01-01', interval '1 month') AS m
			WHERE valid_from < m AND coalesce(valid_to, 'infinity') >= m GROUP BY customer, m HAVING sum(mrr) < 0) AS s} ],
	[ 2000, 'months see an expansion', q{SELECT count(*) FROM step WHERE closing > opening AND opening > 0} ],
	[ 200, 'months see a contraction', q{SELECT count(*) FROM step WHERE closing < opening AND closing > 0} ],
	[ 200, 'months see a churn', q{SELECT count(*) FROM step WHERE opening > 0 AND closing = 0} ],
	[ 50, 'customers never reached first value', q{SELECT count(*) FROM milestones WHERE first_value IS NULL} ],
	[ 50, 'renewals were lost', q{SELECT count(*) FROM renewals WHERE renewed_on IS NULL AND due < '2025-11-01'} ],
	[ 50, 'renewals came late', q{SELECT count(*) FROM renewals WHERE renewed_on > due} ],
	[ 100, 'renewals are not due yet', q{SELECT count(*) FROM renewals WHERE due > '2025-12-31'} ],
	[ 20, 'tickets are open', q{SELECT count(*) FROM tickets WHERE resolved_at IS NULL} ],
	[ 300, 'tickets were escalated', q{SELECT count(*) FROM tickets WHERE escalated} ]);
my $setup = q{SET search_path = sample, ccx, public;
	CREATE TEMP VIEW step AS SELECT a.customer, a.month, a.mrr AS opening, coalesce(b.mrr, 0) AS closing
	FROM mrr_monthly AS a LEFT JOIN mrr_monthly AS b ON b.customer = a.customer AND b.month = a.month + interval '1 month' WHERE a.month < '2025-12-01';};
for my $hazard (@hazards)
{
	my ($least, $what, $sql) = @$hazard;
	my $n = $node->safe_psql('company', "$setup $sql");
	cmp_ok($n, '>=', $least, "$n $what");
}

is($node->safe_psql('company', "$setup " . q{
	SELECT count(*) FROM (
		SELECT customer, m.month, sum(s.mrr) AS mrr FROM subscriptions AS s, (SELECT DISTINCT month FROM mrr_monthly) AS m
		WHERE s.valid_from < m.month + interval '1 month' AND (s.valid_to IS NULL OR s.valid_to >= m.month + interval '1 month')
		GROUP BY customer, m.month HAVING sum(s.mrr) > 0
	) AS s FULL JOIN mrr_monthly AS m USING (customer, month) WHERE s.mrr IS DISTINCT FROM m.mrr}),
	0, 'mrr_monthly is what the subscriptions add up to');
is($node->safe_psql('company', "$setup " . q{
	SELECT count(*) FROM mrr_monthly AS m WHERE 1 <> (SELECT count(*) FROM account_segments AS s WHERE s.customer = m.customer AND s.segment = m.segment
		AND s.valid_from < m.month + interval '1 month' AND (s.valid_to IS NULL OR s.valid_to >= m.month + interval '1 month'))}),
	0, 'every snapshot has the one segment of that day');

# Believable: by segment and calendar year, NRR and GRR within these bounds.
my $rates = $node->safe_psql('company', "$setup " . q{
	SELECT a.segment, a.month, count(*), round(sum(coalesce(b.mrr, 0)) / sum(a.mrr), 4), round(sum(least(coalesce(b.mrr, 0), a.mrr)) / sum(a.mrr), 4)
	FROM mrr_monthly AS a LEFT JOIN mrr_monthly AS b ON b.customer = a.customer AND b.month = a.month + interval '1 year'
	WHERE a.month IN ('2023-12-01', '2024-12-01') GROUP BY a.segment, a.month ORDER BY a.month, a.segment});
my %bounds = (SMB => [ 0.82, 0.95 ], 'Mid-Market' => [ 0.98, 1.07 ], Enterprise => [ 1.06, 1.20 ]);
for (split /\n/, $rates)
{
	my ($segment, $month, $n, $nrr, $grr) = split /\|/;
	ok($nrr >= $bounds{$segment}[0] && $nrr <= $bounds{$segment}[1] && $grr < 1 && $grr > 0.7, "$segment, year from $month: NRR $nrr, GRR $grr of $n");
}

# Churn has a cause that usage shows: who churns within three months used less just before than who stayed.
is($node->safe_psql('company', "$setup " . q{
	SELECT bool_and(gone < 0.8 * stayed) FROM (
		SELECT segment, avg(change) FILTER (WHERE churned) AS gone, avg(change) FILTER (WHERE NOT churned) AS stayed FROM (
			SELECT m.segment, m.customer NOT IN (SELECT customer FROM mrr_monthly WHERE month = '2025-12-01') AS churned,
				least(2, sum(events) FILTER (WHERE week >= '2025-09-01') * 3.0 / sum(events) FILTER (WHERE week < '2025-09-01')) AS change
			FROM mrr_monthly AS m JOIN usage AS u USING (customer)
			WHERE m.month = '2025-09-01' AND week >= '2025-06-02' AND week < '2025-09-29' GROUP BY m.segment, m.customer) AS c
		WHERE change IS NOT NULL GROUP BY segment) AS s}),
	't', 'usage falls before churn, in every segment');

# --- what demo.sh printed, against plain SQL on the same company

my $plain = $node->safe_psql('printed', q{SET search_path = sample;
	SELECT coalesce(segment, 'TOTAL'), count(*), round(sum(opening)), round(sum(closing) / sum(opening), 4),
		round(sum(least(opening, closing)) / sum(opening), 4), round(avg((closing > 0)::int), 4)
	FROM (SELECT a.segment, a.mrr AS opening, coalesce(b.mrr, 0) AS closing FROM mrr_monthly AS a
		LEFT JOIN mrr_monthly AS b ON b.customer = a.customer AND b.month = '2025-12-01' WHERE a.month = '2024-12-01') AS y
	GROUP BY GROUPING SETS ((segment), ())});
for (split /\n/, $plain)
{
	my $row = join ' \| +', map { quotemeta } split /\|/;
	$row =~ s/ \\\|/ +\\|/;
	like($printed, qr/^ $row$/m, "printed as plain SQL has it: $_");
}
my ($nrr, $grr) = (split /\|/, (grep { /^TOTAL/ } split /\n/, $plain)[0])[ 3, 4 ];
is(() = $printed =~ /^ TOTAL +\| +\d+ \| +\d+ \| $nrr \| $grr \|/mg, 2, 'the total of the stored summaries is the total of the rows');
like($printed, qr/^ 2025-12 \| .*\| $nrr \| $grr \|/m, 'trailing twelve months to December: the same again');
like($printed, qr/^ NRR +\| nrr\(opening, closing\) +\| $nrr \|/m, 'right among the wrong ones');
is(() = $printed =~ /^ \d{4}-\d{2} \|/mg, 24, 'twelve months of bridge and of trailing NRR');
is(() = $printed =~ /^ [NG]RR +\|/mg, 8, 'the wrong ways');
is((grep { length > 120 } split /\n/, $printed), 0, 'fits 120 columns');

# Two reports reconciled: the total is the difference of the two rates, and each cause that of its customers, exactly.
my $reports = q{
	WITH a AS (SELECT customer, a.mrr AS opening, b.mrr AS closing FROM (SELECT * FROM mrr_monthly WHERE month = '2024-12-01') AS a
		FULL JOIN (SELECT * FROM mrr_monthly WHERE month = '2025-12-01') AS b USING (customer)),
	line AS (SELECT customer, sum(mrr) FILTER (WHERE valid_from <= '2024-12-31' AND coalesce(valid_to, 'infinity') > '2024-12-31') AS opening,
		sum(mrr) FILTER (WHERE valid_from <= '2025-12-31' AND coalesce(valid_to, 'infinity') > '2025-12-31') AS closing FROM subscriptions WHERE mrr > 0 GROUP BY customer),
	pairs AS (SELECT CASE WHEN b.customer IS NULL THEN 'only in A' WHEN a.opening <> b.opening AND a.closing <> b.closing THEN 'both differ'
			WHEN a.opening <> b.opening THEN 'opening differs' WHEN a.closing <> b.closing THEN 'closing differs' ELSE 'same' END AS cause,
			coalesce(a.opening, 0) AS oa, CASE WHEN a.opening > 0 THEN coalesce(a.closing, 0) ELSE 0 END AS ca, coalesce(b.opening, 0) AS ob, coalesce(b.closing, 0) AS cb
		FROM a FULL JOIN (SELECT * FROM line WHERE opening > 0 AND closing > 0) AS b USING (customer)),
	whole AS (SELECT sum(oa)::numeric(100, 40) AS da, sum(ob)::numeric(100, 40) AS db, sum(ca) / sum(oa)::numeric(100, 40) AS ra, sum(cb) / sum(ob)::numeric(100, 40) AS rb FROM pairs)};
$plain = $node->safe_psql('printed', "SET search_path = sample; $reports" . q{
	SELECT cause, count(*), round((sum(cb - ca) - (ra + rb) / 2 * sum(ob - oa)) / ((da + db) / 2), 12) FROM pairs, whole GROUP BY cause, ra, rb, da, db});
my $effects = 0;
for (split /\n/, $plain)
{
	my ($cause, $customers, $effect) = split /\|/;
	like($printed, qr/^ $cause +\| +$customers \| .*\| +(-?[0-9.]+) \| +-?[0-9.]+ \| \{/m, "$cause: $customers customers");
	my ($shown) = $printed =~ /^ $cause +\| +$customers \|[^|]*\|[^|]*\| +(-?[0-9.]+) \|/m;
	cmp_ok(abs($shown - $effect), '<', 1e-11, "$cause: effect on NRR");
	$effects++ if $effect != 0;
}
cmp_ok($effects, '>=', 3, 'several causes');
my $difference = $node->safe_psql('printed', "SET search_path = sample; $reports SELECT trim_scale(round(rb - ra, 12)) FROM whole");
like($printed, qr/^ B less A +\|[^|]*\|[^|]*\|[^|]*\| +\Q$difference\E0* \|/m, "effects add up to the difference of the reports, $difference");

# Two quarters: rates by segment, and effects that add up to the change.
$plain = $node->safe_psql('printed', q{SET search_path = sample;
	WITH pairs AS (SELECT p, a.segment, a.mrr AS o, coalesce(b.mrr, 0) AS c FROM (VALUES (0, date '2025-06-01'), (1, '2025-09-01')) AS v (p, month) JOIN mrr_monthly AS a USING (month)
		LEFT JOIN mrr_monthly AS b ON b.customer = a.customer AND b.month = a.month + interval '3 months'),
	segments AS (SELECT segment, p, sum(o)::numeric(100, 40) AS o, sum(c) AS n, sum(c - o) FILTER (WHERE c > o) AS e, sum(o - c) FILTER (WHERE c BETWEEN 0.000001 AND o) AS k, sum(o) FILTER (WHERE c = 0) AS x FROM pairs GROUP BY segment, p),
	whole AS (SELECT p, sum(o) AS o, sum(n) / sum(o) AS r FROM segments GROUP BY p),
	compared AS (SELECT segment, a.n / a.o AS ra, b.n / b.o AS rb, a.o / v.o AS wa, b.o / w.o AS wb, (v.r + w.r) / 2 AS r, w.r - v.r AS change,
			coalesce(b.e, 0) / b.o - coalesce(a.e, 0) / a.o AS e, coalesce(a.k, 0) / a.o - coalesce(b.k, 0) / b.o AS k, coalesce(a.x, 0) / a.o - coalesce(b.x, 0) / b.o AS x
		FROM segments AS a JOIN segments AS b USING (segment) JOIN whole AS v ON v.p = a.p JOIN whole AS w ON w.p = b.p WHERE a.p = 0 AND b.p = 1)
	SELECT coalesce(segment, 'TOTAL'), round(sum((wb - wa) * ((ra + rb) / 2 - r)), 12), round(sum((wa + wb) / 2 * e), 12), round(sum((wa + wb) / 2 * k), 12), round(sum((wa + wb) / 2 * x), 12), round(max(change), 12)
	FROM compared GROUP BY GROUPING SETS ((segment), ()) ORDER BY GROUPING(segment), segment});
my ($drivers) = $printed =~ /=== 8\. .*?^-[-+]+\n(.*?)^$/ms;
my @shown = map { [ split /\s*\|\s*/, s/^ //r ] } split /\n/, $drivers;
my @wanted = map { [ split /\|/ ] } split /\n/, $plain;
is_deeply([ map { $_->[0] } @shown ], [ map { $_->[0] } @wanted ], 'the segments, and the total');
for my $i (0 .. $#wanted)
{
	my ($name, $before, $after, @effects) = @{ $shown[$i] };
	my (undef, @exact) = @{ $wanted[$i] };
	my $change = pop @exact;
	cmp_ok(abs($effects[$_] - $exact[$_]), '<', 1e-11, "$name: effect $_ of " . join(' ', @effects[ 0 .. 3 ])) for 0 .. 3;
	cmp_ok(abs($effects[0] + $effects[1] + $effects[2] + $effects[3] - $effects[4]), '<', 1e-13, "$name: effects add up");
	cmp_ok(abs($effects[4] - $change), '<', 1e-12, 'and to the change of NRR') if $name eq 'TOTAL';
}

# The back-test of the health score a second time: medians by sorting, AUC over every pair of who left and who stayed.
my @judged = map { [ split /\|/ ] } split /\n/, $node->safe_psql('printed', q{
		SET search_path = sample;
		CREATE FUNCTION pg_temp.median(x numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
			SELECT avg(v) FROM (SELECT v, row_number() OVER (ORDER BY v) AS i, count(*) OVER () AS n FROM unnest(x) AS v) AS s WHERE 2 * i BETWEEN n AND n + 2 $$;
		CREATE TEMP TABLE day AS SELECT date '2025-12-28' - 91 * i AS day FROM generate_series(1, 8) AS i;
		CREATE TEMP TABLE paid AS
		SELECT day, customer, sum(mrr) FILTER (WHERE valid_from <= day AND coalesce(valid_to > day, true)) AS mrr,
			coalesce(sum(mrr) FILTER (WHERE valid_from <= day + 91 AND coalesce(valid_to > day + 91, true)), 0) <= 0 AS churned
		FROM day, subscriptions GROUP BY day, customer;
		DELETE FROM paid WHERE coalesce(mrr, 0) <= 0;
		ANALYZE paid;
		-- whole weeks, the newest first
		CREATE TEMP TABLE weeks AS
		SELECT day, p.customer, array_agg(coalesce(events, 0)::numeric ORDER BY n) AS w
		FROM paid AS p JOIN (SELECT customer, min(week) AS first FROM usage GROUP BY customer) AS f ON f.customer = p.customer
			CROSS JOIN generate_series(0, 15) AS n LEFT JOIN usage AS u ON u.customer = p.customer AND u.week = day - 6 - 7 * n
		WHERE day - 6 - 7 * n >= first GROUP BY day, p.customer;
		CREATE TEMP TABLE measure AS
		SELECT p.*, CASE WHEN cardinality(w) >= 4 THEN pg_temp.median(w[1:4]) END AS level,
			CASE WHEN cardinality(w) >= 16 AND base > 0 THEN (base - recent) / (1.4826 * pg_temp.median(ARRAY(SELECT abs(v - CASE WHEN n > 4 THEN base ELSE recent END) FROM unnest(w) WITH ORDINALITY AS x (v, n))) + 0.1 * greatest(base, recent)) END AS fallen,
			(SELECT segment FROM account_segments AS s WHERE s.customer = p.customer AND valid_from <= day ORDER BY valid_from DESC LIMIT 1) AS segment,
			(SELECT score FROM surveys AS s WHERE s.customer = p.customer AND scale = 'nps' AND answered_on > day - 365 AND answered_on <= day ORDER BY answered_on DESC LIMIT 1) AS nps,
			(SELECT count(*) FROM tickets AS t WHERE t.customer = p.customer AND opened_at::date > day - 91 AND opened_at::date <= day)
				- (SELECT count(*) FROM tickets AS t WHERE t.customer = p.customer AND opened_at::date > day - 364 AND opened_at::date <= day - 91) / 3.0 AS more_tickets
		FROM paid AS p LEFT JOIN weeks USING (day, customer), LATERAL (SELECT pg_temp.median(w[5:16]) AS base, pg_temp.median(w[1:4]) AS recent) AS b;
		CREATE TEMP TABLE scores AS
		SELECT day, customer, churned, what, CASE what WHEN 'score' THEN round(sum(score * weight) OVER c / sum(weight) FILTER (WHERE score IS NOT NULL) OVER c, 2) ELSE score END AS score
		FROM (SELECT m.*, v.what, CASE WHEN v.score IS NOT NULL THEN round(least(100, greatest(0, v.score)), 2) END AS score, v.weight
			FROM (SELECT *, 100 * percent_rank() OVER (PARTITION BY day, segment ORDER BY level) AS rank FROM measure) AS m,
				LATERAL (VALUES ('usage alone', rank::numeric, 45), ('change alone', 100 * (2 - fallen) / 3, 35), ('nps alone', 10.0 * nps, 10), ('tickets alone', 25 * (4 - more_tickets), 10), ('score', NULL, 0)) AS v (what, score, weight)) AS s
		WINDOW c AS (PARTITION BY day, customer);
		SELECT b.what, count(*), sum(churned::int), (SELECT round(avg((a.score < k.score)::int + (a.score = k.score)::int / 2.0), 4)
				FROM scores AS a JOIN scores AS k USING (what) WHERE what = b.what AND a.churned AND NOT k.churned AND a.score IS NOT NULL AND k.score IS NOT NULL)
		FROM scores AS b WHERE score IS NOT NULL GROUP BY b.what ORDER BY b.what});
is(scalar @judged, 5, 'a score and four signals');
for (@judged)
{
	my ($what, $scores, $churned, $auc) = @$_;
	like($printed, qr/^ $what +\| +$scores \| +$churned \| $auc \|/m, "printed as plain SQL has it: AUC $auc of $what");
}
my ($shuffled) = $printed =~ /^ score, shuffled +\| +\d+ \| +\d+ \| (\d\.\d+) \|/m;
ok($shuffled > 0.4 && $shuffled < 0.6, "with the outcomes shuffled the score tells nothing: AUC $shuffled");

# Of the whole company: the score tells something, more than any of its signals, and by far not everything.
my $whole = '';
{
	local $ENV{PGOPTIONS} = '-c search_path=sample,public,ccx';
	IPC::Run::run([ 'psql', '-X', '-d', $node->connstr('company'), '-f', "$examples/demo.sql" ], '<', \'', '>', \$whole);
}
my %auc = $whole =~ /^ (score|\w+ alone) +\| +\d+ \| +\d+ \| (0\.\d+) \|/mg;
is(scalar keys %auc, 5, 'the demo by hand, on the whole company');
ok($auc{score} > 0.75 && $auc{score} < 0.9, "AUC of the score: $auc{score}");
cmp_ok($auc{$_}, '<', $auc{score}, "the score does better than $_: $auc{$_}") for grep { $_ ne 'score' } sort keys %auc;
cmp_ok($node->safe_psql('company', "$setup " . q{
	SELECT avg((rank > 0.5)::int) FROM (
		SELECT m.customer, percent_rank() OVER (PARTITION BY m.segment ORDER BY sum(events)) AS rank,
			NOT EXISTS (SELECT FROM mrr_monthly AS l WHERE l.customer = m.customer AND l.month = '2025-09-01') AS gone
		FROM mrr_monthly AS m JOIN usage AS u ON u.customer = m.customer AND week BETWEEN '2025-03-31' AND '2025-06-23'
		WHERE m.month = '2025-06-01' GROUP BY m.customer, m.segment) AS r WHERE gone}),
	'>', 0.1, 'of those who leave some used the product more than most');

# --- ccx on the whole company, every month, against plain SQL

is($node->safe_psql('company', "$setup " . q{
	WITH ours AS (
		SELECT m.* FROM (SELECT mrr_movements_agg(h) AS m FROM (SELECT mrr_history(valid_from, valid_to, mrr) AS h FROM subscriptions GROUP BY customer) AS c) AS a,
			movements(m, '2023-01-01', '2025-12-01') AS m
	), pairs AS (
		SELECT p.month::date AS period, c.customer, coalesce(a.mrr, 0) AS o, coalesce(b.mrr, 0) AS c,
			EXISTS (SELECT FROM mrr_monthly AS e WHERE e.customer = c.customer AND e.month < p.month) AS seen
		FROM generate_series(date '2023-02-01', '2025-12-01', interval '1 month') AS p (month) CROSS JOIN (SELECT DISTINCT customer FROM mrr_monthly) AS c
		LEFT JOIN mrr_monthly AS a ON a.customer = c.customer AND a.month = p.month - interval '1 month'
		LEFT JOIN mrr_monthly AS b ON b.customer = c.customer AND b.month = p.month
	), plain AS (
		SELECT period, sum(o) AS opening_mrr, coalesce(sum(c) FILTER (WHERE o = 0 AND NOT seen), 0) AS new_mrr, coalesce(sum(c) FILTER (WHERE o = 0 AND seen), 0) AS reactivation_mrr,
			sum(c - o) FILTER (WHERE o > 0 AND c > o) AS expansion_mrr, coalesce(sum(o - c) FILTER (WHERE c > 0 AND c < o), 0) AS contraction_mrr,
			sum(o) FILTER (WHERE c = 0) AS churned_mrr, sum(c) AS closing_mrr, count(*) FILTER (WHERE o > 0 AND c = 0) AS churned_customers
		FROM pairs GROUP BY period
	)
	SELECT count(*), count(*) FILTER (WHERE (p.opening_mrr, p.new_mrr, p.reactivation_mrr, p.expansion_mrr, p.contraction_mrr, p.churned_mrr, p.closing_mrr, p.churned_customers)
		IS NOT DISTINCT FROM (o.opening_mrr, o.new_mrr, o.reactivation_mrr, o.expansion_mrr, o.contraction_mrr, o.churned_mrr, o.closing_mrr, o.churned_customers))
	FROM plain AS p FULL JOIN ours AS o USING (period)}),
	'35|35', 'the bridge of 35 months');
is($node->safe_psql('company', "$setup " . q{
	WITH ours AS (
		SELECT m.* FROM (SELECT mrr_movements_agg(h, 'month', 'year') AS m FROM (SELECT mrr_history(month, mrr) AS h FROM mrr_monthly GROUP BY customer) AS c) AS a,
			movements(m, '2023-01-01', '2025-12-01') AS m
	), plain AS (
		SELECT (a.month + interval '1 year')::date AS period, trim_scale(round(sum(coalesce(b.mrr, 0)) * 1.00000000000000000000000000 / sum(a.mrr), 20)) AS nrr,
			trim_scale(round(sum(least(a.mrr, coalesce(b.mrr, 0))) * 1.00000000000000000000000000 / sum(a.mrr), 20)) AS grr
		FROM mrr_monthly AS a LEFT JOIN mrr_monthly AS b ON b.customer = a.customer AND b.month = a.month + interval '1 year'
		WHERE a.month <= '2024-12-01' GROUP BY a.month
	)
	SELECT count(*), count(*) FILTER (WHERE p.nrr = o.nrr AND p.grr = o.grr) FROM plain AS p FULL JOIN ours AS o USING (period)}),
	'24|24', 'trailing-twelve-month NRR and GRR of 24 months');

$node->stop;
done_testing();
