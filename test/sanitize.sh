#!/bin/sh
# Run the tests on an assert-enabled PostgreSQL, with ccx under AddressSanitizer and
# UndefinedBehaviorSanitizer, or with the whole server under valgrind.
#
#     sh test/sanitize.sh                  the suites below, with the sanitizers
#     sh test/sanitize.sh SUITE...         only these suites of test/run.sh
#     sh test/sanitize.sh --valgrind       suites regress, isolation and pgtap, under memcheck, which is thirty times slower
#     sh test/sanitize.sh --valgrind SUITE...
#
# CCX_REGRESS and CCX_TAP name some tests of their suites, as for test/run.sh.  Under memcheck there are fewer
# mutated inputs and random writes: 300 and 2 rounds, unless CCX_MUTATIONS and CCX_ROUNDS say otherwise.
#
# Each report is a failure, and so is a tool that does not notice an error made on purpose.
# The last line is "N passed, N failed".  The exit status is 77, after one line "SKIP: why",
# where the server cannot be built: see test/assert_server.sh.

set -eu

suites='regress isolation pgtap tap slow oracle sources docs'

# Of the TAP tests not those that say nothing about the C: 004 and 007 start no server, 010 builds ccx
# itself, as users do, 032 kills servers, and 040 needs an older one.
tap_left_out='004_release 007_measures 010_demo 032_metric_view_crash 040_pg_upgrade'

# Called by test/run.sh while the server runs: errors on purpose, and what the logs say.
if [ "${1:-}" = --finish ]; then
	shift
	dir=$CCX_SCRATCH/probe
	mkdir "$dir"
	cat >"$dir/probe.c" <<-'END'
		#include "postgres.h"
		#include "fmgr.h"
		PG_MODULE_MAGIC;
		PG_FUNCTION_INFO_V1(probe_shift);
		PG_FUNCTION_INFO_V1(probe_stack);
		PG_FUNCTION_INFO_V1(probe_memory);
		Datum probe_shift(PG_FUNCTION_ARGS)
		{
			PG_RETURN_INT32(1 << 2 * PG_GETARG_INT32(0));
		}
		Datum probe_stack(PG_FUNCTION_ARGS)
		{
			volatile char bytes[16] = {0};
			PG_RETURN_INT32(bytes[PG_GETARG_INT32(0)]);
		}
		Datum probe_memory(PG_FUNCTION_ARGS)
		{
			char *bytes = palloc(16);
			PG_RETURN_INT32(bytes[PG_GETARG_INT32(0)] > 0 ? 1 : 2);
		}
	END
	# shellcheck disable=SC2086  # none, or one word
	gcc -shared -fPIC -g $CCX_FLAGS -I"$("$PG_CONFIG" --includedir-server)" -o "$dir/probe.so" "$dir/probe.c"
	for probe; do
		# the server may go down
		psql -X -q -c "CREATE FUNCTION probe_$probe(int) RETURNS int LANGUAGE c STRICT AS '$dir/probe'" \
			-c "SELECT probe_$probe(20)" >"$dir/log" 2>&1 || :
	done

	# what is not in a file of its own is in some server's log
	find "$CCX_LOG" "$CCX_COPY/tmp_check/log" -name '*.log' -exec cat {} + 2>/dev/null | awk -v reports="$CCX_REPORTS/log" '
		/runtime error:|TRAP: / { if (++n > 50) exit; lines = 30 }
		/^$/ { lines = 0 }
		lines > 0 { print >(reports "." n); lines-- }'
	exit
fi

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || ! sudo -n true 2>/dev/null ||
	exec sudo -n env ${CCX_CACHE:+"CCX_CACHE=$CCX_CACHE"} sh "$CCX_TOP/test/sanitize.sh" "$@"
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/test/assert_server.sh"

log=
ccx_at_exit()
{
	[ -z "$log" ] || rm -f "$log" "$log.reports" "$log.probes" "$log.noticed"
	ccx_reports_end
}

tool=asan
probes='shift stack' noticed='shift exponent|stack-buffer-overflow'
: "${CCX_REGRESS:=}" "${CCX_TAP:=}"
if [ "${1:-}" = --valgrind ]; then
	tool=valgrind
	probes=memory noticed='Invalid read'
	suites='regress isolation pgtap'
	: "${CCX_MUTATIONS:=300}" "${CCX_ROUNDS:=2}"
	export CCX_MUTATIONS CCX_ROUNDS
	shift
fi
[ $# = 0 ] || suites=$*

ccx_assert_server "$tool"
log=$(mktemp)
if [ -z "$CCX_TAP" ]; then
	for file in "$CCX_TOP"/test/t/*.pl; do
		name=$(basename "$file" .pl)
		case " $tap_left_out " in
			*" $name "*) ;;
			*) CCX_TAP="$CCX_TAP test/t/$name.pl" ;;
		esac
	done
fi
CCX_FINALLY="sh test/sanitize.sh --finish $probes"
export CCX_REGRESS CCX_TAP CCX_FINALLY

# shellcheck disable=SC2086  # a list of suites
sh "$CCX_TOP/test/run.sh" $suites >"$log" || :
sed '$d' "$log"
tail -n 1 "$log" | grep -q ' passed, ' || echo '0 passed, 1 failed' >>"$log"
{
	# of the errors on purpose all have to be there, and none is a finding
	grep -lsE '/probe\.c:|probe_(shift|stack|memory)' "$CCX_REPORTS"/* >"$log.probes" || :
	xargs -r cat <"$log.probes" | grep -oE "$noticed" | sort -u >"$log.noticed"
	if [ "$(paste -sd '|' "$log.noticed")" = "$noticed" ]; then
		echo "ok - errors made on purpose are reported: $noticed"
	else
		echo "not ok - errors made on purpose are reported: $noticed"
	fi
	xargs -r rm <"$log.probes"
	ccx_reports
} | tee "$log.reports"
# shellcheck disable=SC2046  # numbers
set -- $(tail -n 1 "$log" | tr -c '0-9\n' ' ')
passed=$(($1 + $(grep -c '^ok' "$log.reports" || :)))
failed=$(($2 + $(grep -c '^not ok' "$log.reports" || :)))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
