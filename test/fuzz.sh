#!/bin/sh
# Random queries over a database full of what ccx makes, and tampered values.
#
#     sh test/fuzz.sh sqlsmith [MINUTES]   queries by sqlsmith, 5 minutes unless said
#     sh test/fuzz.sh values [MINUTES]     test/t/005 with another seed each time
#     sh test/fuzz.sh queries FILE         the queries of a file, one a line
#
# CCX_SEED=N starts with another seed; --sanitize before the rest does it on the server of
# test/sanitize.sh, with ccx under AddressSanitizer and UndefinedBehaviorSanitizer.
#
# What must not happen is a process that crashes, an internal error (SQLSTATE XX000 and the
# like) that the C of ccx raises, or a report of the sanitizers.  Each prints "not ok".
# Queries that found something are kept in test/fuzz/queries.sql, which the run starts with.

set -eu

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/test/assert_server.sh"

sanitize=
if [ "${1:-}" = --sanitize ]; then
	sanitize=1
	shift
fi
what=${1:?sqlsmith, values or queries: see the top of this file}
minutes=${2:-5}
: "${CCX_SEED:=1}"

ccx_at_exit()
{
	ccx_reports_end
}

[ -z "$sanitize" ] || ccx_assert_server asan
case $what in
	sqlsmith) ccx_packages sqlsmith ;;
	values) ccx_packages libipc-run-perl perl ;;
	*) ccx_packages ;;
esac
ccx_scratch
# shellcheck disable=SC2086  # settings of make
ccx_build "$CCX_COPY" ${CCX_MAKE:-}

tried=0
failed=0

# findings LOG: what a server's log has that must not be there
findings()
{
	# internal errors are told by their SQLSTATE, and ours by the file in LOCATION
	(cd "$CCX_COPY/src" && ls -- *.c) >"$CCX_SCRATCH/files"
	awk -v files="$CCX_SCRATCH/files" '
		BEGIN { while ((getline file <files) > 0) ours[file] = 1 }
		/terminated by signal|PANIC:|TRAP:|Sanitizer|runtime error:/ { print; next }
		/(ERROR|FATAL): +XX/ { error = $0; next }
		/LOCATION: / && error {
			file = $NF
			sub(/:[0-9]+$/, "", file)
			if (file in ours) { print error; print; wanted = 1 }
			else elsewhere[error]++
			error = ""
			next
		}
		/STATEMENT: / && wanted { print; statement = 1; wanted = 0; next }
		/^\t/ && statement { print; next }
		{ statement = 0 }' "$1"
}

full_database()
{
	psql -X -q -c 'CREATE DATABASE smith'
	psql -X -q -d smith -c 'CREATE EXTENSION ccx'
	if ! psql -X -q -d smith -v ON_ERROR_STOP=1 -f "$CCX_COPY/test/fuzz/objects.sql" >"$CCX_SCRATCH/objects.log" 2>&1; then
		cat "$CCX_SCRATCH/objects.log"
		return 1
	fi
}

# Functions that end the server or wait for ever are no findings: an ordinary role may call
# few of these, and a query has five seconds.
start()
{
	ccx_server_start log_error_verbosity=verbose "log_line_prefix=%p " statement_timeout=5s lock_timeout=1s \
		max_parallel_workers_per_gather=2 parallel_setup_cost=0 parallel_tuple_cost=0 min_parallel_table_scan_size=0 restart_after_crash=on
	full_database
	if [ -s "$CCX_COPY/test/fuzz/queries.sql" ]; then
		psql -X -q -d smith -U smith -f "$CCX_COPY/test/fuzz/queries.sql" >/dev/null 2>&1 || :
		tried=$(grep -c ';$' "$CCX_COPY/test/fuzz/queries.sql")
	fi
}

report()
{
	findings "$CCX_LOG" >"$CCX_SCRATCH/findings"
	if [ -s "$CCX_SCRATCH/findings" ]; then
		echo "not ok - no crash and no internal error of ccx in $tried $1"
		head -n 200 "$CCX_SCRATCH/findings" | sed 's/^/    | /'
		failed=1
	else
		echo "ok - no crash and no internal error of ccx in $tried $1"
	fi
	if [ -n "$sanitize" ]; then
		ccx_reports
		[ "$CCX_FOUND" = 0 ] || failed=1
	fi
}

ends=$(($(date +%s) + minutes * 60))
case $what in
	sqlsmith)
		start
		while [ "$(date +%s)" -lt "$ends" ]; do
			# its memory grows, and after a crash it stops
			status=0
			ccx_as_user timeout "$((ends - $(date +%s)))" sqlsmith --exclude-catalog --seed="$CCX_SEED" --max-queries=2000 --verbose \
				--target="host=$PGHOST port=$PGPORT user=smith dbname=smith" >"$CCX_SCRATCH/smith.out" 2>"$CCX_SCRATCH/smith.log" || status=$?
			made=$(sed -n 's/^queries: \([0-9]*\).*/\1/p' "$CCX_SCRATCH/smith.log" | tail -n 1)
			tried=$((tried + ${made:-0}))
			CCX_SEED=$((CCX_SEED + 1))
			[ "$status" = 0 ] || [ "$status" = 124 ] || sleep 2
		done
		echo "# errors by SQLSTATE: $(sed -n 's/.*ERROR:  \([0-9A-Z]\{5\}\): .*/\1/p' "$CCX_LOG" | sort | uniq -c | sort -rn | awk '{ printf "%s %s, ", $2, $1 }')"
		report queries
		;;
	queries)
		cp "$2" "$CCX_COPY/test/fuzz/queries.sql"
		start
		report queries
		;;
	values)
		while
			tried=$((tried + 1))
			CCX_SEED=$((CCX_SEED + 1))
			export CCX_SEED
			if ! ccx_as_user sh -c "cd '$CCX_COPY' && make -s installcheck REGRESS= ISOLATION= PROVE_TESTS=test/t/005_mutated_input.pl" >"$CCX_SCRATCH/values.log" 2>&1; then
				echo "not ok - seed $CCX_SEED"
				sed 's/^/    | /' "$CCX_SCRATCH/values.log"
				failed=1
			fi
			[ "$(date +%s)" -lt "$ends" ]
		do :; done
		[ "$failed" != 0 ] || echo "ok - nothing in $tried times 66000 values"
		if [ -n "$sanitize" ]; then
			ccx_reports
			[ "$CCX_FOUND" = 0 ] || failed=1
		fi
		;;
	*)
		ccx_die "sqlsmith, values or queries, not $what"
		;;
esac
[ "$failed" = 0 ]
