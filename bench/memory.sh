#!/bin/sh
# What ten million customers do to memory, and to time where there is too little of it:
#
#     sh bench/memory.sh [--customers N]
#
# 20 million rows of N (10000000) customers, in one group, in a thousand, and with two keyed
# aggregates in a query: the most resident memory of the backend above what it had at its
# start, against the limit of a plan node (work_mem x hash_mem_multiplier, 128 MB here), and
# time against that of the same query with memory enough. Then parallel plans with uuid and
# text keys against serial ones; timeouts all over a query, and how late the latest error
# came; and, for root, a temporary tablespace that is full. Takes some 15 minutes and 6 GB.

set -eu
CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/bench/lib.sh"

customers=10000000
case ${1:-} in
	--help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
	--customers) customers=$2 ;;
esac

full=
ccx_at_exit()
{
	[ -z "$full" ] || umount -l "$full" || :
}

ccx_packages
ccx_scratch
ccx_build "$CCX_COPY"
# pages of shared buffers count as resident memory of whoever looks at them
ccx_server_start shared_buffers=32MB max_wal_size=16GB checkpoint_timeout=1h autovacuum=off \
	max_parallel_workers_per_gather=0 work_mem=64MB
bench_psql -c 'CREATE EXTENSION ccx'
bench_machine

bench_psql <<END
CREATE TABLE snapshots AS
SELECT (i * 7919) % $customers AS customer, (date '2022-01-01' + make_interval(months => (i * 36 / (2 * $customers))::int))::date AS month,
	   20 + i % 50000 / 100.0 AS mrr
FROM generate_series(0, 2 * $customers::bigint - 1) AS i;
VACUUM (FREEZE, ANALYZE) snapshots;
END

limit=$(bench_psql -c "SELECT (65536 * current_setting('hash_mem_multiplier')::float)::int")
cohort='ccx.cohort_retention(customer, month)'
moves='ccx.mrr_movements_agg(customer, month, mrr)'
moves_by="ccx.mrr_movements_by(customer, month, mrr, 'all')"

# peak SETTINGS QUERY: "kB ms" of a new backend
peak()
{
	bench_psql <<-END | awk '/^Time/ { ms = int($2) } /^[0-9]+$/ { kb = $1 } END { print kb, ms }'
		$1
		SELECT $cohort IS NULL FROM (SELECT * FROM snapshots LIMIT 1) AS s \g /dev/null
		SELECT $moves IS NULL FROM (SELECT * FROM snapshots LIMIT 1) AS s \g /dev/null
		SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::int AS before \gset
		\timing on
		$2 \g $CCX_SCRATCH/tmp/answer
		\timing off
		SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::int - :before;
	END
}

printf '%-46s %10s %8s %10s %8s %10s %s\n' query 'peak MB' 'x limit' 'ms' 'x enough' 'enough MB' same
while IFS='|' read -r name query; do
	measured=$(peak '' "$query")
	cp "$CCX_SCRATCH/tmp/answer" "$CCX_SCRATCH/tmp/spilled"
	enough=$(peak "SET work_mem = '8GB';" "$query")
	same=no
	! cmp -s "$CCX_SCRATCH/tmp/answer" "$CCX_SCRATCH/tmp/spilled" || same=yes
	echo "$measured $enough" | awk -v limit="$limit" -v name="$name" -v same=$same '{
		printf "%-46s %10d %8.2f %10d %8.2f %10d %s\n", name, $1 / 1024, $1 / limit, $2, $2 / $4, $3 / 1024, same }'
done <<END
cohort_retention, one group|SELECT md5($cohort::text) FROM snapshots
cohort_retention, 1000 groups|SELECT customer % 1000, md5($cohort::text) FROM snapshots GROUP BY 1 ORDER BY 1
mrr_movements_agg, one group|SELECT md5($moves::text) FROM snapshots
mrr_movements_agg, 1000 groups|SELECT customer % 1000, md5($moves::text) FROM snapshots GROUP BY 1 ORDER BY 1
both, one group|SELECT md5($cohort::text), md5($moves::text) FROM snapshots
both, 1000 groups|SELECT customer % 1000, md5($cohort::text), md5($moves::text) FROM snapshots GROUP BY 1 ORDER BY 1
END

echo
parallel="SET max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;"
while IFS='|' read -r name key; do
	bench_psql -c "CREATE TABLE keyed AS SELECT $key AS customer, month, mrr FROM snapshots" -c 'VACUUM (FREEZE, ANALYZE) keyed'
	query="SELECT md5($cohort::text), md5($moves::text) FROM keyed"
	serial=$(peak "SET work_mem = '8GB';" "$query")
	cp "$CCX_SCRATCH/tmp/answer" "$CCX_SCRATCH/tmp/serial"
	bench_psql -c "$parallel EXPLAIN $query" | grep -q 'Workers Planned: 2' || ccx_die "no parallel plan"
	both=$(peak "$parallel" "$query")
	same='THE ANSWER DIFFERS'
	! cmp -s "$CCX_SCRATCH/tmp/answer" "$CCX_SCRATCH/tmp/serial" || same='the same answer'
	echo "$both $serial" | awk -v limit="$limit" -v name="$name" -v same="$same" '{
		printf "%-24s both, parallel, spilled: %s, %d ms, leader %d MB (%.2f x limit); serial, enough memory: %d ms\n",
			name, same, $2, $1 / 1024, $1 / limit, $4 }'
	bench_psql -c 'DROP TABLE keyed'
done <<END
uuid|md5(customer::text)::uuid
text of 40 bytes|repeat('0', 8) || md5(customer::text)
END

echo
for settings in "" "SET work_mem = '8GB';" "$parallel"; do
	query="SELECT $cohort IS NULL, $moves_by IS NULL FROM snapshots"
	whole=$(bench_median 1 "$query" "$settings")
	for part in $(seq 1 19); do
		timeout=$((whole * part / 20))
		printf '%s\n\\timing on\n%s;\n' "$settings SET statement_timeout = $timeout;" "$query" | psql -X -q -A -t 2>&1 | sed -n "s/^Time: \\([0-9]*\\).*/$timeout \\1/p"
	done | awk -v name="$settings" '$2 >= $1 { n++; if ($2 - $1 > late) late = $2 - $1 }
		END { printf "cancelled at %d points of \"%s\": at most %d ms late\n", n, name, late }'
	left=$(find "$CCX_SCRATCH/data/base" -path '*pgsql_tmp/*' | wc -l)
	echo "temporary files left: $left"
done

if [ "$(id -u)" = 0 ]; then
	mkdir "$CCX_SCRATCH/full"
	if mount -t tmpfs -o size=100m none "$CCX_SCRATCH/full"; then
		full=$CCX_SCRATCH/full
		chown "$CCX_USER" "$full"
		bench_psql -c "CREATE TABLESPACE full_disk LOCATION '$full'"
		for settings in "" "$parallel"; do
			echo "disk full, \"$settings\":"
			psql -X -q -A -t -c "$settings" -c "SET temp_tablespaces = full_disk" -c "SELECT $moves IS NULL FROM snapshots" 2>&1 || :
			echo "files left: $(find "$full" -type f | wc -l)"
		done
	fi
fi
