#!/bin/sh
# How the time of a pass grows with the rows, and what it is for other keys:
#
#     sh bench/growth.sh [MILLIONS...]
#
# Each number (10 20 40 80) is a table of that many million snapshot rows, of a twentieth as
# many customers in 36 months; time and rows of each are compared with those before it. The
# first size is run with text and uuid keys, too. Two workers, everything in memory (8 GB of
# shared buffers), three rounds and one before them that does not count. 80 million rows take
# 5 GB of disk. As bench/run.sh this works in a scratch folder with a throw-away server.

set -eu
CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/bench/lib.sh"

case ${1:-} in
	--help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
[ $# -gt 0 ] || set -- 10 20 40 80

ccx_packages
ccx_scratch
ccx_build "$CCX_COPY"
ccx_server_start shared_buffers=8GB max_wal_size=16GB checkpoint_timeout=1h autovacuum=off \
	max_parallel_workers_per_gather=2 work_mem=1GB
bench_psql -c 'CREATE EXTENSION ccx'
bench_machine

# make_table NAME MILLIONS KEY: months come one after the other; in each there are 5 of 9
# customers, others each time
make_table()
{
	bench_psql <<-END
		CREATE TABLE $1 AS
		SELECT $3 AS customer, (date '2022-01-01' + make_interval(months => m))::date AS month,
			   round(20 + (c * 2654435761) % 50000 / 100.0 + CASE WHEN (c + m) % 19 = 0 THEN 10 ELSE 0 END, 2) AS mrr
		FROM (SELECT m, (i * 7919 + m * 1000003) % ($2 * 50000)::bigint AS c
			  FROM generate_series(0, 35) AS m, generate_series(1, ($2 * 1000000 / 36)::bigint) AS i) AS rows;
		VACUUM (FREEZE, ANALYZE) $1;
	END
}

# report NAME: a line with the floor and both aggregates
report()
{
	floor=$(bench_median 3 "SELECT max(customer::text COLLATE \"C\"), max(mrr) FROM $1")
	[ "$2" != bigint ] || floor=$(bench_median 3 "SELECT max(customer), max(mrr) FROM $1")
	cohort=$(bench_median 3 "SELECT count(*) FROM ccx.cohort_table((SELECT ccx.cohort_retention(customer, month) FROM $1))")
	moved=$(bench_median 3 "SELECT count(*) FROM ccx.movements((SELECT ccx.mrr_movements_agg(customer, month, mrr) FROM $1), '2022-01-01', '2024-12-01')")
	echo "$floor $cohort $moved"
}

printf '%8s %8s %10s %10s %8s %10s %8s\n' Mrows key 'floor ms' 'cohort ms' 'x before' 'moves ms' 'x before'
before=
first=
for millions; do
	make_table snapshots "$millions" c
	line=$(report snapshots bigint)
	echo "$millions bigint $line $before" | awk '{
		printf "%8d %8s %10d %10d %8s %10d %8s\n", $1, $2, $3, $4, (NF > 5 ? sprintf("%.2f", $4 / $7) : ""),
			$5, (NF > 5 ? sprintf("%.2f", $5 / $8) : "") }'
	before=$line
	: "${first:=$millions $line}"
	bench_psql -c 'DROP TABLE snapshots'
done

printf '\n%8s %8s %10s %10s %8s %10s %8s\n' Mrows key 'floor ms' 'cohort ms' 'x bigint' 'moves ms' 'x bigint'
millions=$1
for key in "text 'cus_' || substr(md5(c::text), 1, 14)" "long repeat('0', 8) || md5(c::text)" "uuid md5(c::text)::uuid"; do
	make_table snapshots "$millions" "${key#* }"
	echo "$millions ${key%% *} $(report snapshots "${key%% *}") $first" | awk '{
		printf "%8d %8s %10d %10d %8.2f %10d %8.2f\n", $1, $2, $3, $4, $4 / $8, $5, $5 / $9 }'
	bench_psql -c 'DROP TABLE snapshots'
done
