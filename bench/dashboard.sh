#!/bin/sh
# The dashboard at size: what each query of its pages takes, as its data loaders ask it, answer read:
#
#     sh bench/dashboard.sh [--customers N] [--rounds N] [--limit MS] [--database URL]
#
# Makes the sample company of N (400,000) customers and the views of examples/dashboard, which is most of the time, and
# says how long that took; then each loader runs once for nothing and N (5) times for the median: a line for each query,
# the slowest first. With --limit it fails if one takes longer. With --database nothing is made: it measures the schema
# "dashboard" of that database. Otherwise as bench/run.sh, in a scratch folder with a throw-away server. The client is
# node with the package pg from npm.

set -eu
CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/bench/lib.sh"
. "$CCX_TOP/examples/dashboard/lib.sh"

customers=400000
rounds=5
limit=
database=
while [ $# -gt 0 ]; do
	case $1 in
		--help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
		--customers) customers=$2 ;;
		--rounds) rounds=$2 ;;
		--limit) limit=$2 ;;
		--database) database=$2 ;;
		*) ccx_die "unknown option $1" ;;
	esac
	shift 2
done

if command -v npm >/dev/null; then
	ccx_packages
else
	ccx_packages nodejs npm
fi
ccx_scratch

# the loaders with the one package that they need; npm as whoever calls: its configuration may be in the home folder
loaders=$CCX_SCRATCH/loaders
ccx_as_user mkdir -m 777 "$loaders"
cp "$CCX_COPY/examples/dashboard/src/data/"*.js "$loaders"
echo '{"type": "module"}' >"$loaders/package.json"
package=$(sed -n 's/.*"pg": "\(.*\)".*/pg@\1/p' "$CCX_COPY/examples/dashboard/package.json")
(cd "$loaders" && npm install --no-audit --no-fund "$package" >npm.log 2>&1) || {
	tail -n 3 "$loaders/npm.log" >&2
	ccx_die "pg is not to be had from npm here"
}

# timed TEXT COMMAND...: how long it takes
timed()
{
	text=$1
	shift
	start=$(date +%s)
	"$@"
	ccx_say "$text: $(($(date +%s) - start)) s"
}

if [ -n "$database" ]; then
	bench_psql()
	{
		psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$database" "$@"
	}
	DATABASE_URL=$database
	export DATABASE_URL
else
	ccx_build "$CCX_COPY"
	ccx_server_start shared_buffers=4GB max_wal_size=16GB checkpoint_timeout=1h work_mem=256MB maintenance_work_mem=512MB
	bench_psql -c 'CREATE EXTENSION ccx'
	timed "a sample company of $customers customers" psql -X -q -v customers="$customers" -f "$CCX_COPY/examples/sample_company.sql"
	timed 'the views of the dashboard' dashboard_views sample jan USD postgres
fi
bench_machine
bench_psql -c "SELECT format('%s customers, $rounds rounds', (SELECT count(*) FROM dashboard.account))"

for round in $(seq 0 "$rounds"); do
	for loader in "$loaders"/*.json.js; do
		DASHBOARD_TIMES=$CCX_SCRATCH/times.$((round > 0)) node "$loader" >/dev/null
	done
done

# "page.query MS ms, N rows" of all rounds: the median of each, the slowest first
sort -k 1,1 -k 2,2n "$CCX_SCRATCH/times.1" | awk '
	function say() { if (n) printf "%s\t%s\t%d\t%.1f\n", page, query, rows, n % 2 ? t[(n + 1) / 2] : (t[n / 2] + t[n / 2 + 1]) / 2; n = 0 }
	$1 != last { say(); last = $1; split($1, name, "."); page = name[1]; query = name[2] }
	{ t[++n] = $2; rows = $4 }
	END { say() }' | sort -t "$(printf '\t')" -k 4,4nr >"$CCX_SCRATCH/medians"
awk -F '\t' 'BEGIN { printf "%-10s %-14s %6s %10s\n", "page", "query", "rows", "median ms" }
	{ printf "%-10s %-14s %6d %10.1f\n", $1, $2, $3, $4 }' "$CCX_SCRATCH/medians"
[ -z "$limit" ] || awk -F '\t' -v limit="$limit" '
	$4 > limit { print "over " limit " ms: " $1 "." $2 > "/dev/stderr"; over = 1 } END { exit over }' "$CCX_SCRATCH/medians"
