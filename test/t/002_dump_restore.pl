# Stored values keep their bytes: through pg_dump, and through COPY as text and binary.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('dump');
$node->init;
$node->start;

# table => type of its column x; each is filled below
my %types = (
	summaries => 'retention_summary',
	histories => 'mrr_history',
	movements => 'mrr_movements',
	activities => 'activity',
	cohorts => 'cohort_matrix',
	surveys => 'survey_summary',
	durations => 'duration_summary',
	usages => 'usage_summary',
	renewals => 'renewal_summary',
	backtests => 'backtest_summary',
	healths => 'health_summary');

$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('origin', q{
	CREATE EXTENSION ccx;

	-- amounts of many sizes: cents, ten decimals, negative, zero, and beyond 128 bits
	CREATE TABLE raw AS
	SELECT i AS id, i % 7 AS region, i % 50 AS customer,
	       date '2024-01-01' + (i / 50 * interval '1 month') AS month,
	       CASE i % 11 WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 2 THEN -i
	           WHEN 3 THEN i / 1e10 WHEN 4 THEN i * 1e30 + 1e-20 ELSE (i * 37 % 5000) / 100.0 END AS opening,
	       CASE i % 13 WHEN 0 THEN NULL WHEN 1 THEN 0 WHEN 2 THEN i * 1e30 ELSE (i * 91 % 7000) / 100.0 END AS closing,
	       i % 3 = 0 AS seen
	FROM generate_series(1, 1000) AS i;

	CREATE TABLE summaries AS
	SELECT 'region ' || region AS id, ccx.retention_agg(opening, closing, seen) AS x FROM raw GROUP BY region
	UNION ALL SELECT 'currency ' || region, ccx.retention_agg(opening, closing, seen, 'EUR') FROM raw GROUP BY region
	UNION ALL SELECT 'all', ccx.retention_agg(opening, closing) FROM raw
	UNION ALL SELECT 'skipped', ccx.retention_agg(NULL, NULL) FROM raw
	UNION ALL SELECT 'none', ccx.retention_agg(opening, closing) FROM raw WHERE false;

	CREATE TABLE histories AS
	SELECT 'customer ' || customer AS id, ccx.mrr_history(month, closing) AS x FROM raw GROUP BY customer
	UNION ALL SELECT 'running ' || customer,
	                 ccx.mrr_history(month::date, CASE WHEN id % 5 > 0 THEN (month + interval '40 days')::date END, closing)
	          FROM raw GROUP BY customer
	UNION ALL SELECT 'currency', ccx.mrr_history(month, closing, 'USD') FROM raw WHERE customer = 1
	UNION ALL SELECT 'skipped', ccx.mrr_history(NULL::date, closing) FROM raw;

	CREATE TABLE movements AS
	SELECT 'month' AS id, ccx.mrr_movements_agg(x) AS x FROM histories WHERE id LIKE 'customer %'
	UNION ALL SELECT 'quarter', ccx.mrr_movements_agg(x, 'quarter:feb') FROM histories WHERE id LIKE 'customer %'
	UNION ALL SELECT 'trailing', ccx.mrr_movements_agg(x, 'month', 'year') FROM histories WHERE id LIKE 'running %'
	UNION ALL SELECT 'empty', ccx.mrr_movements_agg(x) FROM histories WHERE id = 'skipped';

	CREATE TABLE activities AS
	SELECT 'month ' || customer AS id, ccx.activity_agg(month) AS x FROM raw GROUP BY customer
	UNION ALL SELECT 'week ' || customer, ccx.activity_agg(month::date + id % 90, 'week:sunday') FROM raw GROUP BY customer
	UNION ALL SELECT 'day ' || customer, ccx.activity_agg(month::date + id % 90, 'day') FROM raw GROUP BY customer
	UNION ALL SELECT 'skipped', ccx.activity_agg(NULL::date) FROM raw;

	CREATE TABLE cohorts AS
	SELECT 'month' AS id, ccx.cohort_agg(x) AS x FROM activities WHERE id LIKE 'month %'
	UNION ALL SELECT 'week', ccx.cohort_agg(x) FROM activities WHERE id LIKE 'week %'
	UNION ALL SELECT 'age', ccx.cohort_agg_by_age(x, 30) FROM activities WHERE id LIKE 'day %'
	UNION ALL SELECT 'brackets', ccx.cohort_bracket_agg(x, '{0,1,4,12}', '2026-01-01') FROM activities WHERE id LIKE 'month %'
	UNION ALL SELECT 'revenue', ccx.cohort_revenue_agg(x) FROM histories WHERE id LIKE 'customer %'
	UNION ALL SELECT 'none', ccx.cohort_agg(x) FROM activities WHERE id = 'skipped';

	CREATE TABLE surveys AS
	SELECT scale || ' ' || region AS id, ccx.survey_agg(CASE WHEN seen THEN 1 + id % 5 END, scale) AS x
	FROM raw, unnest('{nps,1-5,1-7}'::text[]) AS scale GROUP BY scale, region
	UNION ALL SELECT 'partial', ccx.survey_accum_csat(ccx.survey_accum_csat(NULL, 5, 5), 4, 5)
	UNION ALL SELECT 'skipped', ccx.survey_agg(NULL, 'nps') FROM raw
	UNION ALL SELECT 'none', ccx.survey_agg(1, 'nps') FROM raw WHERE false;

	CREATE TABLE durations AS
	SELECT 'day ' || region AS id, ccx.duration_agg(month::date, CASE WHEN seen THEN month::date + id * 7 % 300 END, date '2026-01-01') AS x FROM raw GROUP BY region
	UNION ALL SELECT 'hour ' || region, ccx.duration_agg(month, CASE WHEN seen THEN month + id * interval '37 minutes' END, timestamp '2026-01-01', 'hour') FROM raw GROUP BY region
	UNION ALL SELECT 'skipped', ccx.duration_agg(NULL::date, NULL, NULL) FROM raw;

	CREATE TABLE renewals AS
	SELECT 'region ' || region AS id, ccx.renewal_agg(month::date, abs(opening), CASE WHEN NOT seen THEN month::date + id * 7 % 90 - 20 END, coalesce(abs(closing), 0), date '2025-06-01', 30) AS x FROM raw GROUP BY region
	UNION ALL SELECT 'skipped', ccx.renewal_agg(NULL::date, 1, NULL, NULL, '2025-06-01') FROM raw;

	CREATE TABLE backtests AS
	SELECT 'score ' || region AS id, ccx.backtest_agg(id * 37 % 201 / 2.0, seen) AS x FROM raw GROUP BY region
	UNION ALL SELECT 'arr ' || region, ccx.backtest_agg(id * 37 % 201 / 2.0, seen, abs(closing)) FROM raw GROUP BY region
	UNION ALL SELECT 'probability', ccx.backtest_probability_agg(id / 1000.0, seen) FROM raw
	UNION ALL SELECT 'skipped', ccx.backtest_agg(NULL, seen) FROM raw;

	CREATE MATERIALIZED VIEW backtests_view AS SELECT id, x FROM backtests;
	CREATE TABLE healths AS
	SELECT 'customer ' || customer AS id, ccx.health_agg('signal ' || id, opening, abs(coalesce(closing, 1))) AS x FROM raw GROUP BY customer
	UNION ALL SELECT 'skipped', ccx.health_agg(NULL, 1, 1)
	UNION ALL SELECT 'names', ccx.health_agg(s, 1, 1) FROM unnest(ARRAY['', 'a"b\c', 'Größe', E'a\tb\n']) AS s;
	INSERT INTO healths SELECT 'all', ccx.rollup(x) FROM (SELECT ccx.health_agg('region ' || region, closing, 1) AS x FROM raw GROUP BY id) AS x;

	CREATE TABLE usages AS
	SELECT 'customer ' || customer AS id, ccx.usage_agg(month::date + id % 40, abs(closing)) AS x FROM raw GROUP BY customer
	UNION ALL SELECT 'zero', ccx.usage_agg(month, 0) FROM raw
	UNION ALL SELECT 'skipped', ccx.usage_agg(NULL::date, 1) FROM raw;

	CREATE MATERIALIZED VIEW healths_view AS SELECT id, x FROM healths;
	CREATE MATERIALIZED VIEW surveys_view AS SELECT id, x FROM surveys;
	CREATE MATERIALIZED VIEW durations_view AS SELECT id, x FROM durations;
	CREATE MATERIALIZED VIEW usages_view AS SELECT id, x FROM usages;
	CREATE MATERIALIZED VIEW renewals_view AS SELECT id, x FROM renewals;
	CREATE MATERIALIZED VIEW activities_view AS SELECT id, x FROM activities;
	CREATE MATERIALIZED VIEW cohorts_view AS SELECT id, x FROM cohorts;
	CREATE MATERIALIZED VIEW summaries_view AS SELECT id, x, ccx.nrr(x) FROM summaries;
	CREATE MATERIALIZED VIEW histories_view AS SELECT id, x FROM histories;
	CREATE MATERIALIZED VIEW movements_view AS SELECT id, x FROM movements;

	-- indexes on the types themselves, by both access methods
	CREATE INDEX ON summaries (x);
	CREATE INDEX ON summaries USING hash (x);
	CREATE INDEX ON histories (x);
	CREATE INDEX ON movements USING hash (x);
	CREATE INDEX ON activities (x);
	CREATE INDEX ON cohorts USING hash (x);
	CREATE INDEX ON surveys (x);
	CREATE INDEX ON durations USING hash (x);
	CREATE INDEX ON renewals (x);
	CREATE INDEX ON usages USING hash (x);
	CREATE INDEX ON backtests USING hash (x);
	CREATE INDEX ON healths USING hash (x);
	CREATE VIEW by_name AS SELECT id, ccx.grr(x) AS grr FROM summaries;
});

is($node->safe_psql('origin', q{
		SELECT string_agg(typname, ' ' ORDER BY typname COLLATE "C") FROM pg_type
		WHERE typnamespace = 'ccx'::regnamespace AND typtype = 'b' AND typcategory <> 'A'}),
	join(' ', sort values %types), 'every type is tested here');

# all values of a table or view as hexadecimal bytes of the binary form
sub bytes
{
	my ($database, $relation, $type) = @_;
	return $node->safe_psql($database,
		"SELECT id, coalesce(encode(ccx.${type}_send(x), 'hex'), 'null') FROM $relation ORDER BY id");
}

my %bytes = map { $_ => bytes('origin', $_, $types{$_}) } keys %types;
for my $table (sort keys %types)
{
	cmp_ok(scalar(split /\n/, $bytes{$table}), '>', 3, "$table has values to compare");
	is(bytes('origin', "${table}_view", $types{$table}), $bytes{$table}, "materialized view of $table holds the same");
}

# -- pg_dump ---------------------------------------------------------------------

my $file = $node->basedir . '/origin.dump';
for my $format (qw(plain custom))
{
	my $copy = "restored_$format";
	$node->safe_psql('postgres', "CREATE DATABASE $copy");
	$node->command_ok([ 'pg_dump', '-F', $format, '-f', $file, $node->connstr('origin') ], "pg_dump, $format");
	if ($format eq 'plain')
	{
		$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($copy), '-f', $file ],
			"restore, $format");
	}
	else
	{
		$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr($copy), $file ], "restore, $format");
	}
	for my $table (sort keys %types)
	{
		is(bytes($copy, $table, $types{$table}), $bytes{$table}, "$format: $table keeps its bytes");
		is(bytes($copy, "${table}_view", $types{$table}), $bytes{$table}, "$format: so does its materialized view");
	}
	is($node->safe_psql($copy, 'SELECT * FROM by_name ORDER BY id'),
		$node->safe_psql('origin', 'SELECT * FROM by_name ORDER BY id'), "$format: a view gives the same answers");
	is($node->safe_psql($copy, q{SELECT has_schema_privilege('pg_monitor', 'ccx', 'USAGE')}), 't',
		"$format: everybody may still use the schema");
}

# -- COPY ------------------------------------------------------------------------

for my $format (qw(text csv binary))
{
	for my $table (sort keys %types)
	{
		my $data = $node->basedir . "/$table.$format";
		$node->safe_psql('origin', "\\copy $table TO '$data' (FORMAT $format)");
		$node->safe_psql('origin', "CREATE TABLE copied (LIKE $table);\n\\copy copied FROM '$data' (FORMAT $format)");
		is(bytes('origin', 'copied', $types{$table}), $bytes{$table}, "COPY as $format: $table keeps its bytes");
		$node->safe_psql('origin', 'DROP TABLE copied');
	}
}

$node->stop;
done_testing();
