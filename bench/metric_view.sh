#!/bin/sh
# Metric views at size: refreshes against REFRESH MATERIALIZED VIEW of the usual SQL, what triggers cost
# writers, and what dashboards wait for:
#
#     sh bench/metric_view.sh [--scale X] [--rounds N] [PART...]
#
# Parts: refresh, usual, customers, dashboard, triggers, kinds, or some of the kinds by their names; all of them
# if none is named. 10 million snapshot rows of 400,000 customers in 36 months, with segment and region in another
# table (bench/metric_view; --scale 0.1 takes a tenth). Each figure is the median of N (3) rounds, after one that
# does not count for queries. It fails if verify() finds a difference, or if the usual SQL gives other numbers. As
# bench/run.sh this works in a scratch folder with a throw-away server.

set -eu
CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/bench/lib.sh"

scale=1
rounds=3
parts=
kinds='revenue_cohort usage health survey renewal duration cohort'
while [ $# -gt 0 ]; do
	case $1 in
		--help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
		--scale) scale=$2; shift ;;
		--rounds) rounds=$2; shift ;;
		refresh | usual | customers | dashboard | triggers) parts="$parts $1" ;;
		kinds) parts="$parts $kinds" ;;
		revenue_cohort | usage | health | survey | renewal | duration | cohort) parts="$parts $1" ;;
		*) ccx_die "unknown part $1" ;;
	esac
	shift
done
: "${parts:=refresh usual customers dashboard triggers $kinds}"

ccx_packages
ccx_scratch
ccx_build "$CCX_COPY"
ccx_server_start shared_buffers=4GB max_wal_size=16GB checkpoint_timeout=1h autovacuum=off \
	max_parallel_workers_per_gather=2 max_parallel_maintenance_workers=2 work_mem=256MB maintenance_work_mem=256MB \
	search_path='bench, ccx, public'
here=$CCX_COPY/bench/metric_view
bench_psql -c 'CREATE SCHEMA bench' -c 'CREATE EXTENSION ccx' -c '\o /dev/null' -v scale="$scale" -f "$here/setup.sql"
bench_machine
bench_psql -c "SELECT format('%s rows, %s customers, scale $scale, $rounds rounds', (SELECT count(*) FROM mrr), (SELECT count(*) FROM account))"

# wants PART...: is one of them asked for?
wants()
{
	for part; do
		case " $parts " in
			*" $part "*) return 0 ;;
		esac
	done
	return 1
}

# make NAME KIND MODE ARGUMENTS
make()
{
	bench_psql -c "SELECT create_metric_view('$1', '$2', 'mrr', customer => 'customer', at => 'month', mode => '$3', $4)" >/dev/null
}

# middle: the median of the times that psql says
middle()
{
	sed -n 's/^Time: \([0-9.]*\).*/\1/p' | sort -n | awk '{ t[NR] = $1 } END { print NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2 }'
}

# line TEXT MS [BY]: a figure, and its ratio to another
line()
{
	printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" | awk -F '\t' '{ printf "%-78s %10.2f ms%s\n", $1, $2, ($3 != "" ? sprintf("  x %.4f", $2 / $3) : "") }'
}

# full VIEW [ROUNDS]: what a full refresh takes; each is followed by what autovacuum would do, which is off here
full()
{
	for _ in $(seq "${2:-$rounds}"); do
		bench_psql -c '\timing on' -c "SELECT 1 / (message LIKE 'full refresh%')::int FROM refresh('$1', all_of_it => true)" -c '\timing off' -c VACUUM
	done | middle
}

# partly VIEW [STATEMENT [CONDITION]]: what a refresh takes after one in 1,000 customers changed, by default all rows of each
partly()
{
	for round in $(seq "$rounds"); do
		bench_psql <<-END
			${2:-UPDATE mrr SET mrr = mrr + 1}
			WHERE customer IN (SELECT 1 + (i * 977 + $round) % n FROM (SELECT count(*) FROM account) AS a (n), generate_series(1, n / 1000) AS i) ${3:-};
			\timing on
			SELECT 1 / (message LIKE '% customers changed')::int FROM refresh('$1');
		END
	done | middle
}

# floor: reading the rows of one in 1,000 customers, and making histories of them
floor()
{
	for round in $(seq "$rounds"); do
		bench_psql <<-END
			SELECT array_agg(1 + (i * 977 + $round) % n) AS customers FROM (SELECT count(*) FROM account) AS a (n), generate_series(1, n / 1000) AS i \\gset
			\\o /dev/null
			\\timing on
			SELECT customer, mrr_history(month, mrr) FROM mrr WHERE customer = ANY (:'customers') GROUP BY customer;
		END
	done | middle
}

dimensions="dimensions => '{segment,region}', dimensions_from => 'account'"
if wants refresh usual dashboard; then
	make whole movements full "amount => 'mrr', $dimensions"
fi
if wants refresh customers; then
	make part movements incremental "amount => 'mrr', $dimensions"
fi

if wants refresh usual; then
	whole=$(full whole)
	line 'movements: full refresh, mode full' "$whole"
fi
if wants refresh; then
	ms=$(full part)
	line 'movements: full refresh, mode incremental' "$ms"
	line 'movements: refresh after 0.1 % of the customers changed; by the full refresh' "$(partly part)" "$ms"
	line 'what of that reading the rows of these customers takes' "$(floor)"
	bench_psql -c "SELECT 1 / (count(*) = 0)::int FROM verify('part')" >/dev/null
fi

if wants usual; then
	for file in "$here"/usual_*.sql; do
		name=$(basename "$file" .sql)
		{
			echo "CREATE MATERIALIZED VIEW $name AS"
			cat "$file"
			echo 'WITH NO DATA'
		} | bench_psql
		ms=$(for _ in $(seq "$rounds"); do bench_psql -c '\timing on' -c "REFRESH MATERIALIZED VIEW $name"; done | middle)
		columns=$(bench_psql -c "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '$name'::regclass AND attnum > 0")
		bench_psql -c "SELECT refresh('whole')" >/dev/null
		[ "$(bench_psql -c "SELECT count(*) FROM ((SELECT $columns FROM whole EXCEPT SELECT * FROM $name) UNION ALL (SELECT * FROM $name EXCEPT SELECT $columns FROM whole)) AS d")" = 0 ] ||
			ccx_die "$name and ccx disagree"
		line "movements: REFRESH MATERIALIZED VIEW, $(sed -n '1s/^-- //p' "$file")" "$ms" "$whole"
	done
fi

# query TEXT QUERY: what one who reads waits for
query()
{
	ms=$({
		printf '\\o /dev/null\n%s;\n\\timing on\n' "$2"
		for _ in $(seq "$rounds"); do
			printf '%s;\n' "$2"
		done
	} | bench_psql | middle)
	line "$1" "$ms"
}

if wants dashboard; then
	query 'whole view' 'SELECT * FROM whole'
	query 'one segment' "SELECT * FROM whole WHERE segment = 'Small' ORDER BY period, region"
	query 'sums over segments by period' 'SELECT period, sum(retained_mrr) / nullif(sum(opening_mrr), 0), sum(new_mrr), sum(churned_mrr) FROM whole GROUP BY period ORDER BY period'
	query 'roll-up of summaries with interval' 'SELECT d.period, nrr(d.summary), i.low, i.high FROM (SELECT period, rollup(summary) AS summary FROM whole_data GROUP BY period) AS d, logo_retention_ci(d.summary) AS i ORDER BY d.period'
	query 'drivers of the last month' "WITH s AS (SELECT period, segment, rollup(summary) AS summary FROM whole_data WHERE period >= '2024-11-01' GROUP BY period, segment)
		SELECT u.* FROM (SELECT drivers(segment, p.summary, c.summary) FROM s AS p JOIN s AS c USING (segment) WHERE p.period < c.period) AS d (parts), unnest(parts) AS u"
fi
if wants customers; then
	make used usage incremental "amount => 'mrr', $dimensions"
	query 'history of one customer' "SELECT * FROM part_customer_history WHERE customer = '4711' ORDER BY period"
	query 'top movers' 'SELECT * FROM part_top_movers'
	query 'customers at risk by usage' 'SELECT * FROM used_at_risk LIMIT 50'
fi

# load TABLE STATEMENT: a round of a bulk load
load()
{
	printf '%s;\n' "$2" | sed "s/@/$1/" | bench_psql -c '\timing on' -f - | sed -n 's/^Time: \([0-9.]*\).*/\1/p'
}

# compare TEXT STATEMENT: the statement on the table without triggers and on that with them, in turn
compare()
{
	for _ in $(seq "$rounds"); do
		echo "plain $(load plain "$2")"
		echo "tracked $(load tracked "$2")"
	done >"$CCX_SCRATCH/times"
	plain=$(sed -n 's/^plain /Time: /p' "$CCX_SCRATCH/times" | middle)
	line "$1, no triggers" "$plain"
	line "$1, tracked; by that without" "$(sed -n 's/^tracked /Time: /p' "$CCX_SCRATCH/times" | middle)" "$plain"
}

# single TEXT: rows one by one, each committed
single()
{
	for _ in $(seq "$rounds"); do
		for table in plain tracked; do
			pgbench -n -c 1 -T 5 -M prepared -f "$CCX_SCRATCH/tmp/$table.sql" 2>/dev/null | sed -n "s/^latency average = \([0-9.]*\) ms/$table \1/p"
		done
	done >"$CCX_SCRATCH/times"
	plain=$(sed -n 's/^plain /Time: /p' "$CCX_SCRATCH/times" | middle)
	line "INSERT of a row, prepared, $1, no triggers" "$plain"
	line "INSERT of a row, prepared, $1, tracked; by that without" "$(sed -n 's/^tracked /Time: /p' "$CCX_SCRATCH/times" | middle)" "$plain"
}

if wants triggers; then
	for table in plain tracked; do
		bench_psql <<-END
			CREATE TABLE $table (LIKE mrr);
			INSERT INTO $table SELECT * FROM mrr WHERE month = '2024-01-01';
			CREATE INDEX ON $table (customer);
			VACUUM (FREEZE, ANALYZE) $table;
		END
	done
	bench_psql -c "SELECT create_metric_view('of_tracked', 'movements', 'tracked', customer => 'customer', at => 'month', amount => 'mrr', mode => 'incremental')" >/dev/null
	million=$(awk "BEGIN { print int(1000000 * $scale) }")
	bench_psql -c "COPY (SELECT * FROM mrr WHERE month >= '2024-02-01' LIMIT $million) TO STDOUT" >"$CCX_SCRATCH/rows"
	chmod a+r "$CCX_SCRATCH/rows"
	compare "INSERT .. SELECT of $million rows of many customers" "INSERT INTO @ SELECT * FROM mrr WHERE month >= '2024-02-01' LIMIT $million"
	compare "COPY of $million rows of many customers" "\\copy @ FROM '$CCX_SCRATCH/rows'"
	compare "INSERT .. SELECT of $million rows of 1,000 customers" "INSERT INTO @ SELECT 1 + i % 1000, '2024-06-01', i FROM generate_series(1, $million) AS i"
	for table in plain tracked; do
		echo '\set c random(1, 400000)
INSERT INTO '"$table VALUES (:c, '2024-06-01', 10);" | ccx_as_user tee "$CCX_SCRATCH/tmp/$table.sql" >/dev/null
	done
	single 'no wait at commit'
	# as a server is by default: each row is on the disk before the next one
	bench_psql -c 'ALTER SYSTEM SET fsync = on' -c 'ALTER SYSTEM SET synchronous_commit = on' -c 'ALTER SYSTEM SET full_page_writes = on' -c 'SELECT pg_reload_conf()' >/dev/null
	single 'on disk at commit'
fi

# kind KIND SOURCE COLUMNS STATEMENT: a full refresh of a kind, if it is wanted, which may take minutes, and those
# after the statement changed all rows of some customers
kind()
{
	wants "$1" || return 0
	bench_psql -c "SELECT create_metric_view('kind', '$1', '$2', customer => 'customer', mode => 'incremental', $3, $dimensions)" >/dev/null
	ms=$(full kind 1)
	line "$1: full refresh, mode incremental" "$ms"
	line "$1: refresh after 0.1 % of the customers changed; by the full refresh" "$(partly kind "$4")" "$ms"
	bench_psql -c "SELECT 1 / (count(*) = 0)::int FROM verify('kind')" -c "SELECT drop_metric_view('kind')" >/dev/null
}

if wants health survey renewal duration; then
	bench_psql -f "$here/event.sql"
fi
kind revenue_cohort mrr "at => 'month', amount => 'mrr'" 'UPDATE mrr SET mrr = mrr + 1'
kind usage mrr "at => 'month', amount => 'mrr'" 'UPDATE mrr SET mrr = mrr + 1'
kind health event "signal => 'signal', amount => 'score', weight => 'weight'" 'UPDATE event SET score = 10 - score'
kind survey event "at => 'day', amount => 'score', scale => 'nps'" 'UPDATE event SET score = 10 - score'
kind renewal event "at => 'day', amount => 'due', renewed_on => 'renewed_on', renewed_amount => 'renewed_mrr'" \
	'UPDATE event SET renewed_mrr = renewed_mrr + 1, renewed_on = coalesce(renewed_on, day)'
kind duration event "at => 'day', done => 'closed'" 'UPDATE event SET closed = coalesce(closed, day) + 1'
if wants cohort; then
	make cohorts cohort incremental "$dimensions"
	ms=$(full cohorts)
	line 'cohort: full refresh, mode incremental' "$ms"
	# another MRR is no other activity
	line 'cohort: refresh after 0.1 % of the customers lost their last month; by the full refresh' \
		"$(partly cohorts 'DELETE FROM mrr' 'AND month = (SELECT max(m.month) FROM mrr AS m WHERE m.customer = mrr.customer)')" "$ms"
	line 'cohort: refresh after 0.1 % of the customers began a month before; by the full refresh' \
		"$(partly cohorts "UPDATE mrr SET month = (month - interval '1 month')::date" 'AND month = (SELECT min(m.month) FROM mrr AS m WHERE m.customer = mrr.customer)')" "$ms"
	line 'cohort: refresh after all rows of 0.1 % of the customers moved by 13 months; by the full refresh' \
		"$(partly cohorts "UPDATE mrr SET month = (month + interval '13 months')::date")" "$ms"
	bench_psql -c "SELECT 1 / (count(*) = 0)::int FROM verify('cohorts')" >/dev/null
fi
