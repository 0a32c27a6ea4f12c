#!/bin/sh
# Random queries over a database full of what ccx makes, and values that nobody wrote.
#
#     sh test/fuzz.sh sqlsmith [MINUTES]   queries by sqlsmith, 5 minutes unless said
#     sh test/fuzz.sh input [MINUTES [TARGET...]]    libFuzzer, which sees what inputs reach, at text
#                                          and binary input and at partial states: all targets in turn
#     sh test/fuzz.sh corpus [MINUTES [TARGET...]]   the same, and keep the inputs that reach most
#     sh test/fuzz.sh values [MINUTES]     test/t/005 with another seed each time
#     sh test/fuzz.sh queries FILE         the queries of a file, one a line
#
# CCX_SEED=N starts with another seed; --sanitize before the rest does it on the server of
# test/sanitize.sh, with ccx under AddressSanitizer and UndefinedBehaviorSanitizer.
#
# What must not happen is a process that crashes, an internal error (SQLSTATE XX000 and the
# like) that the C of ccx raises, or a report of the sanitizers.  Each prints "not ok".
# Queries that found something are kept in test/fuzz/queries.sql, which the run starts with,
# and inputs in test/fuzz/found.  What libFuzzer's targets are and what they hold against an
# input is told in test/fuzz/fuzz.c.

set -eu

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/test/assert_server.sh"

sanitize=
if [ "${1:-}" = --sanitize ]; then
	sanitize=1
	shift
fi
what=${1:?sqlsmith, input, values or queries: see the top of this file}
minutes=${2:-5}
: "${CCX_SEED:=1}"

ccx_at_exit()
{
	ccx_reports_end
}

# libFuzzer becomes a part of the library, which clang compiles with counters at every branch.
build_fuzzer()
{
	runtime=$(clang -print-runtime-dir)
	flags='-g -fsanitize=fuzzer-no-link,undefined'
	if [ -n "$sanitize" ]; then
		flags="$flags,address -fno-sanitize-recover=undefined -shared-libasan"
		CCX_PRELOAD=$runtime/libclang_rt.asan-$(uname -m).so
		ASAN_OPTIONS=$ASAN_OPTIONS:allocator_may_return_null=1
	else
		flags="$flags -fsanitize-undefined-trap-on-error"
	fi
	# later servers have no memory contexts but their own
	[ "$CCX_PGMAJOR" -gt 15 ] || flags="$flags -DAllocSetContextCreateInternal=fuzz_context_create"
	cp "$CCX_COPY/test/fuzz/fuzz.c" "$CCX_COPY/src/"
	# the sanitizer's library has functions of the same names, that count nothing
	ccx_build "$CCX_COPY" with_llvm=no CC=clang "COPT=$flags" \
		"SHLIB_LINK=$runtime/libclang_rt.fuzzer_no_main-$(uname -m).a -lstdc++ -lm -lpthread -Wl,-Bsymbolic"
}

[ -z "$sanitize" ] || ccx_assert_server asan
case $what in
	sqlsmith) ccx_packages sqlsmith ;;
	values) ccx_packages libipc-run-perl perl ;;
	input | corpus) ccx_packages clang libclang-rt-dev perl ;;
	*) ccx_packages ;;
esac
ccx_scratch
if [ "$what" = input ] || [ "$what" = corpus ]; then
	build_fuzzer
else
	# shellcheck disable=SC2086  # settings of make
	ccx_build "$CCX_COPY" ${CCX_MAKE:-}
fi

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
	elif [ "$tried" = 0 ]; then
		echo "ok - no crash and no internal error of ccx # SKIP no $1: on a busy machine sqlsmith needs minutes to read the catalog"
	else
		echo "ok - no crash and no internal error of ccx in $tried $1"
	fi
	if [ -n "$sanitize" ]; then
		ccx_reports
		[ "$CCX_FOUND" = 0 ] || failed=1
	fi
}

# ---------------------------------------------------------------- libFuzzer

# Inputs to begin with, each a line "TARGET HEX": those that were kept, values of a release,
# and partial states.
inputs()
{
	cat "$CCX_COPY/test/fuzz/corpus" "$CCX_COPY/test/fuzz/found"
	perl -F'\t' -lane '
		$F[3] =~ s/^\\\\x//;
		print "text/$F[0] ", unpack "H*", $F[2];
		print "binary/$F[0] $F[3]"' "$CCX_COPY/test/upgrade/1.0.0/values.tsv"
	psql -X -q -At -F ' ' -v ON_ERROR_STOP=1 -f "$CCX_COPY/test/fuzz/states.sql"
}

# A file for each.
# shellcheck disable=SC2016  # perl
unpack_inputs='
	use File::Path;
	chdir "fuzz" or die "fuzz: $!";
	while (<STDIN>)
	{
		my ($target, $hex) = split;
		mkpath ["$target/seeds", "$target/corpus", "$target/findings"];
		open my $file, ">", "$target/seeds/$." or die "$target/seeds/$.: $!";
		binmode $file;
		print $file pack "H*", $hex // "";
	}'

# libfuzzer TARGET ARGUMENT...: its process ends in any case, and after a crash the server
# needs a moment
libfuzzer()
{
	target=$1
	shift
	list=$(printf '"%s",' "$@")
	psql -X -q -c "SELECT fuzz_run('$target', '$CCX_SCRATCH/fuzz/$target/log', '{${list%,}}')" >/dev/null 2>&1 || :
	for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		! psql -X -q -c 'SELECT' >/dev/null 2>&1 || return 0
		sleep "$second"
	done
	ccx_die "the server does not come back"
}

fuzz_inputs()
{
	ccx_server_start statement_timeout=0 autovacuum=off
	psql -X -q -c 'CREATE EXTENSION ccx' -c "CREATE FUNCTION fuzz_run(text, text, text[]) RETURNS void LANGUAGE c AS '\$libdir/ccx'"
	ccx_as_user mkdir "$CCX_SCRATCH/fuzz"
	inputs >"$CCX_SCRATCH/inputs"
	ccx_as_user perl -e "$unpack_inputs" <"$CCX_SCRATCH/inputs"
	if [ $# = 0 ]; then
		# shellcheck disable=SC2046  # words
		set -- $(cut -d ' ' -f 1 "$CCX_SCRATCH/inputs" | sort -u)
	fi
	for target; do
		grep -q "^$target " "$CCX_SCRATCH/inputs" ||
			ccx_die "no target $target; there are: $(cut -d ' ' -f 1 "$CCX_SCRATCH/inputs" | sort -u | tr '\n' ' ')"
	done
	seconds=$((minutes * 60 / $#))
	for target; do
		dir=$CCX_SCRATCH/fuzz/$target
		# the limit is of one malloc(): a thread that watches memory has no place in a backend
		libfuzzer "$target" fuzz -seed="$CCX_SEED" -max_total_time="$((seconds > 1 ? seconds : 1))" \
			-timeout=120 -report_slow_units=1000 -rss_limit_mb=0 -malloc_limit_mb=256 -dict="$CCX_COPY/test/fuzz/dictionary" \
			-print_final_stats=1 -artifact_prefix="$dir/findings/" "$dir/corpus" "$dir/seeds"
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/log" | tail -n 1)
		reached=$(sed -n 's/^#[0-9].* cov: \([0-9]*\) .*/\1/p' "$dir/log" | tail -n 1)
		if [ -n "$(ls "$dir/findings")" ] || [ "${reached:-0}" = 0 ]; then
			echo "not ok - $target"
			grep -aE 'FINDING|TRAP|ERROR|SUMMARY|ALARM|runtime error| in .*/src/' "$dir/log" | head -n 30 | sed 's/^/    | /'
			for finding in "$dir"/findings/*; do
				echo "    input: $target $(od -An -v -tx1 "$finding" | tr -d ' \n')"
			done
			failed=1
		else
			echo "ok - $target: $runs inputs reach $reached edges"
		fi
	done
	if [ -n "$sanitize" ]; then
		ccx_reports
		[ "$CCX_FOUND" = 0 ] || failed=1
	fi
	if [ "$what" = corpus ]; then
		for target; do
			keep_inputs "$target"
		done | sort >"$CCX_SCRATCH/kept"
		printf '%s\n' "$@" >"$CCX_SCRATCH/targets"
		# those of other targets stay
		awk 'NR == FNR { done[$1] = 1; next } !($1 in done)' "$CCX_SCRATCH/targets" "$CCX_TOP/test/fuzz/corpus" |
			sort - "$CCX_SCRATCH/kept" >"$CCX_SCRATCH/corpus"
		cp "$CCX_SCRATCH/corpus" "$CCX_TOP/test/fuzz/corpus"
	fi
}

# The fewest inputs that reach all edges.  To merge, libFuzzer starts itself by its name.
keep_inputs()
{
	dir=$CCX_SCRATCH/fuzz/$1
	ccx_as_user mkdir "$dir/kept"
	cat >"$dir/again" <<-END
		#!/bin/sh
		unset LD_PRELOAD
		list=\$(printf '"%s",' "\$0" "\$@")
		PGHOST='$PGHOST' PGUSER='$PGUSER' PGDATABASE=postgres '$CCX_BINDIR/psql' -X -q -c "SELECT fuzz_run('$1', '$dir/log.merge', '{\${list%,}}')"
		exit 0
	END
	chmod 755 "$dir/again"
	libfuzzer "$1" "$dir/again" -set_cover_merge=1 -use_counters=0 -max_len=1000 -rss_limit_mb=0 "$dir/kept" "$dir/seeds" "$dir/corpus"
	for file in "$dir"/kept/*; do
		[ ! -e "$file" ] || echo "$1 $(od -An -v -tx1 "$file" | tr -d ' \n')"
	done
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
	input | corpus)
		[ $# -lt 2 ] || shift
		shift
		fuzz_inputs "$@"
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
		ccx_die "sqlsmith, input, corpus, values or queries, not $what"
		;;
esac
[ "$failed" = 0 ]
