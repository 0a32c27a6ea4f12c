#!/bin/sh
# How much of src the tests run: lines and branches, by lcov.
#
#     sh test/coverage.sh                  the core suites
#     sh test/coverage.sh SUITE...         only these
#     sh test/coverage.sh --uncovered [SUITE...]   and name each line that did not run
#
# The last lines are a table by file and two tests: 95 % of the lines and 85 % of the
# branches.  The exit status is 0 only if these and the suites pass.
#
# Branches are counted where we wrote them.  Those inside PostgreSQL's macros are not ours:
# ereport() and elog() ask whether the level is at least ERROR, CHECK_FOR_INTERRUPTS()
# whether a signal came, the varlena macros which of four headers a value has.

set -eu

# without those that build the C otherwise, and third-party data
suites='regress isolation pgtap tap oracle docs sources'

# lines with a macro whose branches are not counted
macros='ereport\(|elog\(|CHECK_FOR_INTERRUPTS\(|PG_GETARG_|PG_FREE_IF_COPY\(|PG_DETOAST|VARDATA_ANY\(|VARSIZE_ANY|appendStringInfoCharMacro\(|INIT_CRC|COMP_CRC|foreach\(|PG_TRY\(|PG_CATCH\(|PG_END_TRY\(|SRF_IS_FIRSTCALL\(|SRF_RETURN|AssertVariableIsOfType'

# Called by test/run.sh after the suites, in the copy.
if [ "${1:-}" = --report ]; then
	# processes write what they ran when they end
	psql -X -q -At -c "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" >/dev/null
	sleep 1
	lcov --quiet --capture --directory src --rc lcov_branch_coverage=1 \
		--rc lcov_excl_br_line="LCOV_EXCL_BR_LINE|$macros" --output-file ../coverage.all 2>../lcov.log ||
		{ cat ../lcov.log; exit 1; }
	# what is inline in a header is there for each file that includes it
	awk '
		/^SF:/ { ours = sub(/^SF:.*\/src\//, "") && !/postgresql/; file = $0 }
		ours && /^DA:/ { split(substr($0, 4), f, ","); if (!((file, f[1]) in lines) || f[2] > 0) lines[file, f[1]] = f[2] > 0 }
		ours && /^BRDA:/ {
			split(substr($0, 6), f, ",")
			key = file SUBSEP f[1] SUBSEP f[2] SUBSEP f[3]
			if (!(key in branches) || f[4] > 0) branches[key] = f[4] != "-" && f[4] > 0
		}
		END {
			for (key in lines) { split(key, f, SUBSEP); print f[1], "line", f[2], lines[key] }
			for (key in branches) { split(key, f, SUBSEP); print f[1], "branch", f[2], branches[key] }
		}' ../coverage.all | sort -k 1,1 -k 2,2r -k 3,3n | awk -v uncovered="${2:-}" '
		function percent(hit, all) { return all ? 100 * hit / all : 100 }
		function row(name, lh, lf, bh, bf)
		{
			printf "%-24s %6d %6d %7.1f %7d %6d %7.1f\n", name, lf, lf - lh, percent(lh, lf), bf, bf - bh, percent(bh, bf)
		}
		function end_of_file()
		{
			if (file)
				row(file, lh, lf, bh, bf)
			LF += lf; LH += lh; BF += bf; BH += bh
			lf = lh = bf = bh = 0
		}
		BEGIN { printf "%-24s %6s %6s %7s %7s %6s %7s\n", "file", "lines", "missed", "%", "branch", "missed", "%" }
		$1 != file { end_of_file(); file = $1 }
		$2 == "line" { lf++; lh += $4 }
		$2 == "branch" { bf++; bh += $4 }
		!$4 {
			if (heading[$2] != file) { missed[$2] = missed[$2] "\n" file ":"; heading[$2] = file; last = 0 }
			if ($3 != last) missed[$2] = missed[$2] " " $3
			last = $3
		}
		END {
			end_of_file()
			row("src", LH, LF, BH, BF)
			if (uncovered)
				print "lines that did not run:" missed["line"] "\nlines with branches that did not run:" missed["branch"]
			printf "%s - %.1f %% of the lines run, 95 wanted\n", (percent(LH, LF) < 95 ? "not ok" : "ok"), percent(LH, LF)
			printf "%s - %.1f %% of the branches run, 85 wanted\n", (percent(BH, BF) < 85 ? "not ok" : "ok"), percent(BH, BF)
			exit percent(LH, LF) < 95 || percent(BH, BF) < 85
		}'
	exit
fi

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"

CCX_FINALLY='sh test/coverage.sh --report'
if [ "${1:-}" = --uncovered ]; then
	CCX_FINALLY="$CCX_FINALLY 1"
	shift
fi
[ $# = 0 ] || suites=$*

ccx_packages lcov
CCX_MAKE='COPT=--coverage PROFILE=-O0 with_llvm=no'
export CCX_FINALLY CCX_MAKE
# shellcheck disable=SC2086  # a list of suites
sh "$CCX_TOP/test/run.sh" $suites
