#!/bin/sh
# Run the tests of ccx, from a bare Debian 12 or 13 on:
#
#     sh test/run.sh                  the core suites
#     sh test/run.sh --all            and those that take longer or need more packages
#     sh test/run.sh SUITE...         only these
#     sh test/run.sh --list           name the suites
#     sh test/run.sh --update-docs    write what the examples print into the documentation
#     sh test/run.sh --update-expected    write what test/sql prints into expected/
#
# Missing packages are installed (needs root or sudo).  Everything else happens in a
# scratch folder, as an ordinary user, with one throw-away PostgreSQL server; nothing
# is left behind, but for chroots in /var/cache/ccx (see test/chroot.sh).
# PG_CONFIG=/path/to/pg_config chooses another PostgreSQL.
#
# The last line is "N passed, N failed", with ", N skipped" where some were.  The exit
# status is 0 only if nothing failed and every suite ran at least one test.
#
# A suite is a function suite_NAME, run in the copy's folder.  It prints TAP (ok, not ok)
# or what pg_regress prints, which is where its counts are taken from.  To add one, write
# it and put NAME into core or extra; packages_NAME are Debian packages it needs beyond
# those of all.  What only some trees have is left out by a function has_NAME that fails.

set -eu

core='warnings regress slow isolation pgtap tap oracle figures sources docs'
extra='mutate elsewhere dist lint clients dashboard package matrix upgrade looker citus fuzz soak'

# These make chroots, so root runs them as root; others use sudo there, or skip them.
as_root='package matrix upgrade'

# ---------------------------------------------------------------- suites

# The C must compile without a warning, by gcc and by clang.
suite_warnings()
{
	for compiler in gcc clang; do
		cc=$compiler
		if ! command -v "$cc" >/dev/null; then
			# the clang that PGXS uses for JIT bitcode, if there is one
			cc=$(sed -n "s/^CLANG *= *//p" "$(dirname "$("$PG_CONFIG" --pgxs)")/../Makefile.global")
		fi
		if ! command -v "${cc:-none}" >/dev/null; then
			echo "ok - no warnings from $compiler # SKIP not installed"
			continue
		fi
		fresh_copy "../warnings-$compiler"
		if make -s -C "../warnings-$compiler" CC="$cc" COPT=-Werror with_llvm=no; then
			echo "ok - no warnings from $compiler"
		else
			echo "not ok - no warnings from $compiler"
		fi
	done
}

suite_regress()
{
	# CCX_REGRESS names some tests of test/sql; without it, all
	make -s installcheck ISOLATION= TAP_TESTS= ${CCX_REGRESS:+"REGRESS=$CCX_REGRESS"}
}

# Amounts beyond 128 bits take another path.  In a library where all amounts take it the same
# data give the same bytes, and the same tests pass.
suite_slow()
{
	cp -Rp "$CCX_COPY" ../slow
	touch ../slow/src/amount.c
	make -s -C ../slow COPT="-DCCX_SLOW_AMOUNTS ${CCX_FLAGS:-}" with_llvm=no all &&
		make -s -C ../slow DESTDIR="$CCX_SCRATCH/slow-dest" with_llvm=no install || return
	library=$CCX_SCRATCH/slow-dest$("$PG_CONFIG" --pkglibdir)
	new_database slow
	psql -X -q -d slow -f test/slow_amounts.sql >../fast.digests 2>&1
	PGOPTIONS="-c dynamic_library_path=$library:\$libdir"
	export PGOPTIONS
	psql -X -q -d slow -f test/slow_amounts.sql >../slow.digests 2>&1
	diff ../fast.digests ../slow.digests || :
	if cmp -s ../fast.digests ../slow.digests; then
		echo "not ok - the two libraries differ in how they hold amounts"
	else
		echo "ok - the two libraries differ in how they hold amounts"
	fi
	grep -v '^working form' ../fast.digests >../fast.expected
	while read -r line; do
		if grep -qxF "$line" ../slow.digests; then
			echo "ok - $line"
		else
			echo "not ok - $line"
		fi
	done <../fast.expected

	# half a million rows at a time would take too long, and so would twenty thousand under test/sanitize.sh
	make -s -C ../slow installcheck ISOLATION= TAP_TESTS= with_llvm=no \
		REGRESS="$(find test/sql -name '*.sql' ! -name many_rows.sql ${CCX_FLAGS:+! -name forecast.sql} -printf '%f\n' |
			sed 's/\.sql$//' | sort | tr '\n' ' ')"
}

has_isolation()
{
	[ -d "$CCX_COPY/test/isolation/specs" ]
}

suite_isolation()
{
	make -s installcheck REGRESS= TAP_TESTS=
}

suite_pgtap()
{
	new_database pgtap
	psql -X -q -d pgtap -c 'CREATE EXTENSION pgtap'
	pg_prove --verbose --dbname pgtap test/pgtap/*.sql
}

suite_tap()
{
	# CCX_TAP names some files of test/t; without it, all
	make -s installcheck REGRESS= ISOLATION= PROVE_FLAGS=--verbose ${CCX_TAP:+"PROVE_TESTS=$CCX_TAP"}
}

# The same metrics a second time in plain SQL, and that SQL on figures worked by hand.
suite_oracle()
{
	for script in test/oracle/*selftest.sql test/oracle/*compare.sql; do
		new_database oracle
		psql_test oracle "$script"
		psql -X -q -At -d oracle <<-'END'
			SELECT to_regclass('oracle.route_report') IS NOT NULL AS compared \gset
			\if :compared
			SELECT CASE mismatches WHEN 0 THEN 'ok' ELSE 'not ok' END || format(' - %s: %s comparisons', route, comparisons)
			FROM oracle.route_report;
			\endif
		END
	done
}

# R, but only where there is data to compare with it.
# shellcheck disable=SC2034  # see below
packages_figures=$([ ! -d "$(dirname "$0")/../../shared/data/figures" ] || echo r-cran-survival)

# Third-party data and figures, where they are there.
suite_figures()
{
	for script in test/figures/[0-9]*.sql; do
		new_database figures
		psql_test figures "$script"
	done
	new_database figures
	sh test/figures/survival.sh figures
	new_database figures
	sh test/figures/health_fit.sh figures
}

# What the mappings of vendors' tables make of each trap, and of sample tables where those are there.
suite_sources()
{
	for script in examples/sources/*.sql; do
		new_database sources
		psql_test sources "test/sources/$(basename "$script")"
	done
}

# The examples of README.md and doc/ do what they say, and links lead somewhere.
suite_docs()
{
	status=0
	perl test/links.pl || status=$?
	perl test/docs.pl || status=$?
	return "$status"
}

# Not suites: for authors, who then read the difference.
suite_update_docs()
{
	perl test/docs.pl --update
}

suite_update_expected()
{
	mkdir -p expected
	for script in test/sql/*.sql; do
		# without a file to compare with pg_regress gives up
		touch "expected/$(basename "$script" .sql).out"
	done
	suite_regress || :
	cp output/results/*.out expected
}

# Each decision flipped in the C is noticed by a test.
suite_mutate()
{
	sh test/mutate.sh
}

# A build in another folder than the sources'.
suite_elsewhere()
{
	fresh_copy ../sources
	mkdir ../elsewhere
	make -s -C ../elsewhere -f "$CCX_SCRATCH/sources/Makefile" with_llvm=no
	echo 'ok - builds in another folder'
	make -s -C ../elsewhere -f "$CCX_SCRATCH/sources/Makefile" installcheck ISOLATION= TAP_TESTS= with_llvm=no
}

# shellcheck disable=SC2034  # see below
packages_dist='git unzip'

has_dist()
{
	in_checkout
}

# What a release contains builds, and has what is needed to test it.
suite_dist()
{
	unzip -q ../dist.zip -d ..
	make -s -C ../ccx-dist with_llvm=no
	echo 'ok - a release builds'
	make -s -C ../ccx-dist installcheck ISOLATION= TAP_TESTS= with_llvm=no
}

# Made beforehand: this needs the repository, and the user of the tests may not read that.
prepare_dist()
{
	git -c safe.directory='*' -C "$CCX_TOP" archive --format=zip --prefix=ccx-dist/ HEAD |
		ccx_as_user tee "$CCX_SCRATCH/dist.zip" >/dev/null
}

# shellcheck disable=SC2034  # see below
packages_clients='default-jdk-headless libpostgresql-jdbc-java odbc-postgresql unixodbc-dev'

# Metric views through the drivers of BI tools.
suite_clients()
{
	sh test/clients/run.sh
}

# shellcheck disable=SC2034  # see below
packages_dashboard="chromium $(command -v npm >/dev/null || echo nodejs npm)"

# The dashboard in a browser: every page, wide and narrow, light and dark, and its figures against SQL.
suite_dashboard()
{
	if [ ! -d ../dashboard/node_modules ]; then
		echo 'not ok - npm packages are installed'
		return
	fi
	views=examples/dashboard/views.sql
	new_database dashboard
	psql -X -q -d dashboard -f examples/sample_company.sql
	psql -X -q -d dashboard -f "$views"
	cd ../dashboard
	PGDATABASE=dashboard
	DASHBOARD_TIMES=$CCX_SCRATCH/times.txt
	OBSERVABLE_TELEMETRY_DISABLE=true
	export PGDATABASE DASHBOARD_TIMES OBSERVABLE_TELEMETRY_DISABLE
	if node_modules/.bin/observable build >../build.log 2>&1 </dev/null; then
		echo 'ok - the pages are built'
	else
		tail -n 40 ../build.log
		echo 'not ok - the pages are built'
		return
	fi
	sed 's/^/# query /' "$DASHBOARD_TIMES"
	node test.mjs

	# a fiscal year that begins in February: the books end in the middle of a quarter
	psql -X -q -d dashboard -c 'SET client_min_messages = warning' -c 'DROP SCHEMA dashboard CASCADE'
	psql -X -q -d dashboard -v fiscal=feb -f "$CCX_COPY/$views"
	for loader in src/data/*.json.js; do
		if node "$loader" >../answer.json; then
			echo "ok - $loader, with a fiscal year"
		else
			echo "not ok - $loader, with a fiscal year"
		fi
	done
	psql -X -q -At -d dashboard <<-'END'
		SELECT CASE WHEN (period, name) = ('2025-08-01', 'Q3 FY2026') THEN 'ok' ELSE 'not ok' END
		       || format(' - the last whole fiscal quarter is %s, from %s', name, period)
		FROM (SELECT max(period) AS period, dashboard.period_name(max(period), 'quarter') AS name FROM dashboard.retention_quarter) AS q;
		SELECT CASE WHEN count(*) FILTER (WHERE ccx.nrr(r.summary) IS DISTINCT FROM ccx.nrr(i.summary)) = 0 AND count(*) > 0 THEN 'ok' ELSE 'not ok' END
		       || ' - intervals of fiscal quarters are of the customers of the metric views'
		FROM dashboard.retention AS r FULL JOIN dashboard.retention_interval AS i USING (span, period, segment, region);
	END

	# a database of somebody's own: 15 months, two segments, customers without one, and a role that may only read
	new_database dashboard_own
	psql -X -q -d dashboard_own -v customers=500 -f "$CCX_COPY/examples/sample_company.sql"
	psql -X -q -d dashboard_own <<-'END'
		ALTER SCHEMA sample RENAME TO crm;
		DELETE FROM crm.mrr_monthly WHERE month < '2024-10-01';
		DELETE FROM crm.surveys WHERE scale = '1-7';
		UPDATE crm.mrr_monthly SET segment = 'SMB' WHERE segment = 'Mid-Market';
		UPDATE crm.account_segments SET segment = 'SMB' WHERE segment = 'Mid-Market';
		DELETE FROM crm.account_segments WHERE customer % 10 = 3;
		CREATE ROLE dashboard_analyst LOGIN;
		GRANT CREATE ON DATABASE dashboard_own TO dashboard_analyst;
		GRANT USAGE ON SCHEMA crm TO dashboard_analyst;
		GRANT SELECT ON ALL TABLES IN SCHEMA crm TO dashboard_analyst;
	END
	PGUSER=dashboard_analyst PGDATABASE=dashboard_own
	if psql -X -q -v source=crm -v currency=EUR -f "$CCX_COPY/$views" >../own.out 2>&1 && [ ! -s ../own.out ]; then
		echo 'ok - a role that may only read the tables makes the views, and is told of no trouble'
	else
		sed 's/^/# /' ../own.out
		echo 'not ok - a role that may only read the tables makes the views, and is told of no trouble'
	fi
	rm -rf src/.observablehq/cache/data
	if node_modules/.bin/observable build >../build.log 2>&1 </dev/null; then
		node test.mjs --look | sed 's/: complete/, a young company: complete/'
	else
		tail -n 40 ../build.log
		echo 'not ok - the pages of a young company are built'
	fi
	psql -X -q -At <<-'END'
		SELECT CASE WHEN count(*) = 9 AND bool_and(status = 'refreshed') THEN 'ok' ELSE 'not ok' END || ' - it refreshes them' FROM dashboard.refresh();
		SELECT CASE WHEN asked = answered AND nameless > 0 THEN 'ok' ELSE 'not ok' END
		       || format(' - of %s answers %s are counted, %s of customers without a segment', asked, answered, nameless)
		FROM (SELECT count(*) AS asked FROM crm.surveys WHERE scale = 'nps') AS s,
		     (SELECT sum(responses) AS answered, sum(responses) FILTER (WHERE segment = '(none)') AS nameless FROM dashboard.nps) AS n;
		SELECT CASE WHEN count(*) > 0 AND count(*) = count(DISTINCT (ends, segment)) THEN 'ok' ELSE 'not ok' END || ' - a forecast for each segment, once'
		FROM dashboard.forecast;
	END
}

# Made beforehand: npm runs as whoever calls.
prepare_dashboard()
{
	. "$CCX_TOP/examples/dashboard/lib.sh"
	dashboard_install --include=dev || :
}

# shellcheck disable=SC2034  # see below
packages_looker=$(command -v npm >/dev/null || echo nodejs npm)

# The parser from npm, as whoever calls: its configuration may be in the home folder.
prepare_looker()
{
	ccx_as_user mkdir -m 777 "$CCX_SCRATCH/looker"
	(cd "$CCX_SCRATCH/looker" && npm install --no-audit --no-fund lookml-parser@7.1.3 >npm.log 2>&1) || :
}

# The LookML project on metric views of the sample company.
suite_looker()
{
	if [ ! -d ../looker/node_modules/lookml-parser ]; then
		echo "ok - the LookML project # SKIP no lookml-parser from npm: $(tail -n 1 ../looker/npm.log)"
		return
	fi
	new_database looker
	psql -X -q -d looker -f examples/sample_company.sql -f examples/looker/metric_views.sql >../looker/psql.log 2>&1 || cat ../looker/psql.log
	node test/looker/looker.cjs ../looker looker
}

# shellcheck disable=SC2034  # see below
packages_lint=shellcheck

suite_lint()
{
	for script in test/*.sh test/*/*.sh examples/*.sh examples/*/*.sh bench/*.sh .ci/run; do
		[ -e "$script" ] || continue
		if shellcheck -x "$script"; then
			echo "ok - shellcheck $script"
		else
			echo "not ok - shellcheck $script"
		fi
	done
	# prose of at most 120 characters a line
	for page in *.md doc/*.md src/*.md examples/*/*.md test/*/*.md; do
		case $page in
			CHANGELOG.md) continue ;;
		esac
		if perl -CSD -ne 'chomp; $code ^= /^\s*```/; next if $code || /^\s*\|/ || length() <= 120;
			print "# line $.: ", length(), " characters\n"; $long = 1; END { $? = $long // 0 }' "$page"; then
			echo "ok - lines of $page"
		else
			echo "not ok - lines of $page"
		fi
	done
}

# The Debian package is built, and works where there is no compiler.
suite_package()
{
	status=0
	sh "$CCX_TOP/test/package.sh" >../package.out || status=$?
	sed 's/^SKIP: /ok - a package # SKIP /' ../package.out
	[ "$status" = 0 ] || [ "$status" = 77 ]
}

# shellcheck disable=SC2034  # see below
packages_fuzz="sqlsmith clang libclang-rt-dev"

# Random queries, and inputs that are guided by what they reach, each for CCX_FUZZ_MINUTES.
suite_fuzz()
{
	sh test/fuzz.sh sqlsmith "${CCX_FUZZ_MINUTES:-1}"
	sh test/fuzz.sh input "${CCX_FUZZ_MINUTES:-1}"
}

# Load on metric views from all sides, for CCX_SOAK_MINUTES.
suite_soak()
{
	sh test/soak.sh "${CCX_SOAK_MINUTES:-1}"
}

# What depends on the major version, on those that this machine does not have.
suite_matrix()
{
	sh "$CCX_TOP/test/matrix.sh" --others warnings regress isolation pgtap tap docs >../matrix.out || :
	cat ../matrix.out
	awk '
		/^SKIP: / { sub(/^SKIP: /, ""); print "ok - other majors # SKIP " $0 }
		rows { print ($4 ? "not ok" : "ok") " - PostgreSQL " $1 ", " $2 ": " $3 " tests" ($3 + $4 ? "" : " # SKIP") }
		/^major +suite/ { rows = 1 }' ../matrix.out
}

# pg_upgrade from each major to the next.
suite_upgrade()
{
	sh "$CCX_TOP/test/upgrade.sh" | sed 's/^SKIP: /ok - pg_upgrade # SKIP /'
}

# A cluster, where Citus is installed.
suite_citus()
{
	sh test/citus.sh
}

# ---------------------------------------------------------------- helpers of suites

# fresh_copy DIR: the sources with nothing built in them, where make would find it
fresh_copy()
{
	cp -R "$CCX_COPY" "$1"
	make -s -C "$1" clean
}

# new_database NAME: a fresh one with ccx in it
new_database()
{
	psql -X -q -d postgres -c 'SET client_min_messages = warning' \
		-c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1" &&
		psql -X -q -d "$1" -c 'CREATE EXTENSION ccx'
}

# psql_test DATABASE SCRIPT: a script that prints TAP; or that is one test, which passes
# if it runs to its end
psql_test()
{
	if psql -X -q -At -v ON_ERROR_STOP=1 -d "$1" -f "$2" >"$CCX_SCRATCH/psql.out" 2>&1; then
		psql_status=ok
	else
		psql_status='not ok'
	fi
	cat "$CCX_SCRATCH/psql.out"
	if [ "$psql_status" != ok ] || ! grep -Eq '^(not )?ok\b' "$CCX_SCRATCH/psql.out"; then
		echo "$psql_status - $2"
	fi
}

# ---------------------------------------------------------------- counting

# count LOG: "passed failed skipped" of TAP and of pg_regress, which prints TAP only
# from PostgreSQL 16 on
count()
{
	awk '
	/^1\.\.0 *# *[Ss][Kk][Ii][Pp]/ || /^ok .*# *[Ss][Kk][Ii][Pp]/ { skipped++; next }
	/^not ok .*# *TODO/ { skipped++; next }
	/^ok ([0-9]|- )/ { passed++; next }
	/^not ok ([0-9]|- )/ { failed++; next }
	/^(test +| +)[^ ]+ +\.\.\. ok / { passed++; next }
	/^(test +| +)[^ ]+ +\.\.\. FAILED / { failed++; next }
	END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# show_failure LOG LINES: what to read after a failure.  The log but for what passed, of
# a long one its start and its end; and what the server logged since it had LINES lines.
show_failure()
{
	grep -v '^ok ' "$1" | awk '
		{ line[NR] = $0 }
		END {
			for (i = 1; i <= NR; i++)
				if (i <= 200 || i > NR - 100)
					print "    | " line[i]
				else if (i == 201)
					print "    ..."
		}'
	for diffs in "$CCX_COPY"/output*/regression.diffs "$CCX_SCRATCH"/elsewhere/output/regression.diffs \
		"$CCX_SCRATCH"/slow/output/regression.diffs; do
		[ -s "$diffs" ] || continue
		echo "    regression.diffs:"
		head -n 300 "$diffs" | sed 's/^/    | /'
		rm -f "$diffs"
	done
	# PostgreSQL's TAP tests tell most in a log of their own
	sed -n 's#^test/t/\([^ ]*\)\.pl .*(Wstat.*#\1#p' "$1" | while read -r failing; do
		echo "    the log of $failing ends:"
		tail -n 30 "$CCX_COPY/tmp_check/log/regress_log_$failing" | sed 's/^/    | /'
	done
	if [ "$(wc -l <"$CCX_LOG")" -gt "$2" ]; then
		echo "    the server's log ends:"
		tail -n "+$(($2 + 1))" "$CCX_LOG" | tail -n 20 | sed 's/^/    | /'
	fi
}

# ---------------------------------------------------------------- one suite, as the ordinary user

if [ "${1:-}" = --suite ]; then
	cd "$CCX_COPY"
	"suite_$2"
	exit
fi

# ---------------------------------------------------------------- the run

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
export CCX_TOP
. "$CCX_TOP/test/lib.sh"

packages="postgresql-$CCX_PGMAJOR-pgtap libtap-parser-sourcehandler-pgtap-perl libipc-run-perl perl"

in_checkout()
{
	command -v git >/dev/null && git -c safe.directory='*' -C "$CCX_TOP" rev-parse HEAD >/dev/null 2>&1
}

ccx_at_exit()
{
	[ -z "$runner" ] || kill "$runner" 2>/dev/null
}

tenths()
{
	echo $(($(date +%s%N) / 100000000))
}

# run_suite NAME: run it and report one line
run_suite()
{
	log=$CCX_SCRATCH/$1.log
	: >"$log"
	logged=$(wc -l <"$CCX_LOG")
	started=$(tenths)
	case " $as_root " in
		*" $1 "*) [ "$(id -u)" = 0 ] && as_whom= || as_whom=ccx_as_user ;;
		*) as_whom=ccx_as_user ;;
	esac
	# in the background, so that a signal need not wait for the suite's end
	$as_whom sh "$CCX_COPY/test/run.sh" --suite "$1" >"$log" 2>&1 &
	runner=$!
	status=0
	wait "$runner" || status=$?
	runner=
	took=$(($(tenths) - started))
	# shellcheck disable=SC2046  # three words
	set -- "$1" $(count "$log")
	note=
	if [ "$status" != 0 ] && [ "$3" = 0 ]; then
		note=" (exit status $status)"
		set -- "$1" "$2" 1 "$4"
	elif [ $(($2 + $3 + $4)) = 0 ]; then
		note=' (ran no test)'
		set -- "$1" "$2" 1 "$4"
	fi
	skips=
	[ "$4" = 0 ] || skips=", $4 skipped"
	printf '%-10s %4d passed, %d failed%s, %d.%d s%s\n' "$1" "$2" "$3" "$skips" \
		$((took / 10)) $((took % 10)) "$note"
	[ "$4" = 0 ] || grep -i '# *skip' "$log" | head -n 5 | sed 's/^/    /'
	[ "$3" = 0 ] || show_failure "$log" "$logged"
	passed=$((passed + $2))
	failed=$((failed + $3))
	skipped=$((skipped + $4))
}

# update docs|expected: make the files in the copy, and take over those that differ
update()
{
	status=0
	ccx_as_user sh "$CCX_COPY/test/run.sh" --suite "update_$1" >&2 || status=$?
	(cd "$CCX_COPY" && find README.md doc expected -name '*.md' -o -name '*.out') | while read -r file; do
		if ! cmp -s "$CCX_COPY/$file" "$CCX_TOP/$file"; then
			mkdir -p "$(dirname "$CCX_TOP/$file")"
			cat "$CCX_COPY/$file" >"$CCX_TOP/$file"
			ccx_say "wrote $file"
		fi
	done
	exit "$status"
}

runner=
passed=0
failed=0
skipped=0
suites=
update=
while [ $# -gt 0 ]; do
	case $1 in
		--all)
			suites="$core $extra"
			packages="$packages clang"
			;;
		--list)
			echo "core:  $core"
			echo "--all: $extra"
			exit 0
			;;
		--update-docs | --update-expected)
			update=${1#--update-}
			;;
		-*)
			ccx_die "unknown option $1; see the top of $0"
			;;
		*)
			case " $core $extra " in
				*" $1 "*) suites="$suites $1" ;;
				*) ccx_die "no suite $1; there are: $core $extra" ;;
			esac
			;;
	esac
	shift
done

for suite in ${suites:=$core}; do
	eval "packages=\"$packages \${packages_$suite:-}\""
done
# shellcheck disable=SC2086  # a list of packages
ccx_packages $packages
ccx_scratch
# shellcheck disable=SC2086  # test/sanitize.sh and test/coverage.sh give settings of make
if ! ccx_build "$CCX_COPY" ${CCX_MAKE:-}; then
	echo "the build failed"
	echo "0 passed, 1 failed"
	exit 1
fi
ccx_server_start
[ -z "$update" ] || update "$update"
echo "ccx $(sed -n "s/^default_version = '\(.*\)'/\1/p" "$CCX_TOP/ccx.control") with $CCX_PGVERSION, as $CCX_USER in $CCX_SCRATCH"

for suite in $suites; do
	if command -v "has_$suite" >/dev/null && ! "has_$suite"; then
		continue
	fi
	if command -v "prepare_$suite" >/dev/null; then
		"prepare_$suite"
	fi
	run_suite "$suite"
done
# and what is to be done with the server and the build after the tests
[ -z "${CCX_FINALLY:-}" ] || ccx_as_user sh -c "cd '$CCX_COPY' && $CCX_FINALLY"

if [ "$skipped" = 0 ]; then
	echo "$passed passed, $failed failed"
else
	echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" = 0 ]
