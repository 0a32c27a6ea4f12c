#!/bin/sh
# Benchmarks of ccx against reading the columns, the usual SQL and DuckDB, side by side:
#
#     sh bench/run.sh [--scale X] [--rounds N] [--only PART,...] [NAME...]
#
# Names are the folders here; --scale 0.1 takes a tenth of the data, --rounds N that many
# rounds (5), --only floor,ccx,usual_window just these queries, or kinds of them. Like the
# tests, this installs what is missing, works in a scratch folder as an ordinary user with
# one throw-away server, and leaves nothing behind. DuckDB comes from npm; where it cannot
# be had the rest runs and says so.

set -eu
CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"

for argument in "$@"; do
	case $argument in
		--help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
	esac
done

if command -v npm >/dev/null; then
	ccx_packages
else
	ccx_packages nodejs npm
fi
ccx_scratch
ccx_build "$CCX_COPY"

# npm as whoever calls: its configuration may be in the home folder
duckdb=$CCX_SCRATCH/duckdb
ccx_as_user mkdir -m 777 "$duckdb"
if (cd "$duckdb" && npm install --no-audit --no-fund @duckdb/node-api@1.5.6-r.1 >npm.log 2>&1); then
	ccx_as_user cp "$CCX_COPY/bench/duckdb.mjs" "$duckdb/"
else
	tail -n 3 "$duckdb/npm.log" >&2
	ccx_say "DuckDB is not to be had from npm here: running without it"
	duckdb=
fi

ccx_server_start shared_buffers=4GB max_wal_size=16GB checkpoint_timeout=1h autovacuum=off \
	max_parallel_workers_per_gather=0
psql -X -q -c 'CREATE EXTENSION ccx'
ccx_say "$(psql -XAt -c 'SELECT version()'); $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
ccx_as_user perl "$CCX_COPY/bench/run.pl" --duckdb "$duckdb" "$@"
