# shellcheck shell=sh
# An assert-enabled PostgreSQL that runs ccx under a tool, for test/sanitize.sh and
# test/fuzz.sh.  Source it after test/lib.sh.
#
# ccx_assert_server TOOL   TOOL is asan (AddressSanitizer and UndefinedBehaviorSanitizer in
#                          ccx) or valgrind.  Builds the server unless it is there, and has
#                          test/run.sh or ccx_build and ccx_server_start use it.  Says "SKIP:
#                          why" and exits with 77 where it cannot be built.
# ccx_reports              print the tool's reports as TAP; their number is CCX_FOUND
# ccx_reports_end          remove them
#
# The server is built from Debian's source package in some four minutes, and kept in
# CCX_CACHE, /var/cache/ccx unless that is set, for thirty days.  Debian's own server has no
# assertions and no marks for valgrind, and hangs under AddressSanitizer.

: "${CCX_CACHE:=/var/cache/ccx}"
CCX_REPORTS=

# ccx_build_server DIR: a security update may have no source where its packages are, so it
# is the version of the release.
ccx_build_server()
{
	rm -rf "$1" "$1.new" && mkdir "$1.new" && cd "$1.new" || return
	# shellcheck disable=SC2016  # for apt-get
	ccx_mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -v security | head -n 1)
	[ -n "$ccx_mirror" ] || { echo "apt knows no mirror of Debian here" >&2; return 1; }
	# shellcheck disable=SC1091
	echo "deb-src $ccx_mirror $(. /etc/os-release && echo "$VERSION_CODENAME") main" >sources.list
	mkdir -p lists/partial
	ccx_prefix=$1
	set -- -o Dir::Etc::sourcelist="$PWD/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$PWD/lists" \
		-o Acquire::Check-Valid-Until=false -o APT::Sandbox::User=root
	apt-get -qq "$@" update && apt-get -qq "$@" source "postgresql-$CCX_PGMAJOR" || return
	cd "postgresql-$CCX_PGMAJOR"-*/ || return
	./configure --silent --prefix="$ccx_prefix" --enable-cassert --enable-debug --enable-tap-tests --with-icu --without-readline \
		CFLAGS='-Og -ggdb -fno-omit-frame-pointer -DUSE_VALGRIND' &&
		nice make -s -j"$(nproc)" && make -s install &&
		for module in postgres_fdw file_fdw citext; do make -s -C contrib/$module install || exit; done &&
		cp src/tools/valgrind.supp "/usr/share/postgresql/$CCX_PGMAJOR/extension"/pgtap* "$ccx_prefix/share/extension/" || return
	mv "$ccx_prefix/bin/postgres" "$ccx_prefix/bin/postgres.real" &&
		cd / && rm -rf "$ccx_prefix.new"
}

ccx_assert_server()
{
	ccx_server=$CCX_CACHE/postgresql-$CCX_PGMAJOR-assert
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		echo "SKIP: a server is built from Debian's source package, and kept in $CCX_CACHE, by root"
		exit 77
	fi
	ccx_packages "postgresql-$CCX_PGMAJOR-pgtap" libipc-run-perl perl zlib1g-dev bison flex valgrind dpkg-dev libicu-dev pkg-config
	mkdir -p "$CCX_CACHE"
	if ! (
		# another run may be making the same
		flock 9
		[ -n "$(find "$ccx_server/bin/postgres.real" -mtime -30 2>/dev/null)" ] ||
			(ccx_build_server "$ccx_server") >"$ccx_server.log" 2>&1
	) 9>"$ccx_server.lock"; then
		tail -n 40 "$ccx_server.log"
		ccx_die "the assert-enabled server could not be built"
	fi

	# whatever starts this server starts it under the tool of the run
	cat >"$ccx_server/bin/postgres.new" <<-'END'
		#!/bin/sh
		case " $* " in
			# what makes a cluster, which would take minutes
			*' --boot '* | *' --single '* | *' --check '* | *' -C '* | *' -V '* | *' --version '*)
				[ "${CCX_TOOL:-}" != valgrind ] || CCX_TOOL= ;;
		esac
		case ${CCX_TOOL:-} in
			# first, with what a test has besides
			asan) export LD_PRELOAD="$CCX_PRELOAD ${LD_PRELOAD:-}" ;;
			valgrind)
				exec valgrind --quiet --trace-children=yes --leak-check=no --log-file="$CCX_REPORTS/valgrind.%p" \
					--suppressions="${0%/bin/*}/share/extension/valgrind.supp" "$0.real" "$@" ;;
		esac
		exec "$0.real" "$@"
	END
	chmod +x "$ccx_server/bin/postgres.new"
	mv "$ccx_server/bin/postgres.new" "$ccx_server/bin/postgres"

	CCX_TOOL=$1
	CCX_REPORTS=$(mktemp -d)
	chmod 1777 "$CCX_REPORTS"
	PG_CONFIG=$ccx_server/bin/pg_config
	CCX_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
	# PostgreSQL measures its stack, and a process frees nothing when it ends
	ASAN_OPTIONS=detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0:log_path=$CCX_REPORTS/asan
	UBSAN_OPTIONS=print_stacktrace=1
	CCX_FLAGS=
	[ "$CCX_TOOL" != asan ] || CCX_FLAGS=-fsanitize=address,undefined
	CCX_MAKE="with_llvm=no ${CCX_FLAGS:+COPT=$CCX_FLAGS}"
	export CCX_TOOL CCX_REPORTS PG_CONFIG CCX_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS CCX_FLAGS CCX_MAKE
	ccx_version_found
}

ccx_reports()
{
	CCX_FOUND=0
	for ccx_report in "$CCX_REPORTS"/*; do
		[ -s "$ccx_report" ] || continue
		CCX_FOUND=$((CCX_FOUND + 1))
		echo "not ok - no report: $(basename "$ccx_report")"
		head -n 60 "$ccx_report" | sed 's/^/    | /'
	done
	[ "$CCX_FOUND" != 0 ] || echo 'ok - no report'
}

ccx_reports_end()
{
	[ -z "$CCX_REPORTS" ] || rm -rf "$CCX_REPORTS"
}
