#!/bin/sh
# Run the tests on every PostgreSQL that a Debian release has: 15 (bookworm), 17 (trixie)
# and 18 (forky); that of this machine here, the others in chroots.
#
#     sh test/matrix.sh                  the core suites on 15, 17 and 18
#     sh test/matrix.sh SUITE...         only these
#     sh test/matrix.sh --others [SUITE...]    not on the PostgreSQL of this machine
#     sh test/matrix.sh --major 17 [SUITE...]  only on this
#
# CCX_TAP names some files of suite tap, as with test/run.sh.
#
# The last lines are one table.  The exit status is 0 only if every suite ran and nothing
# failed, and 77, after one line "SKIP: why", where no chroot can be made: that needs root
# or sudo, and a kernel that lets root mount.
#
# Chroots are made by mmdebstrap from this machine's Debian mirror, a minute and half a
# gigabyte each, and kept in /var/cache/ccx (CCX_CACHE=/some/folder chooses another);
# remove them with rm -r.  They are made anew after thirty days, because of minor releases.

set -eu

releases='15:bookworm 17:trixie 18:forky'

# of test/run.sh's core suites all but figures, which needs third-party data
suites='warnings regress slow isolation pgtap tap oracle docs'

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || ! sudo -n true 2>/dev/null ||
	exec sudo -n env ${CCX_CACHE:+"CCX_CACHE=$CCX_CACHE"} sh "$CCX_TOP/test/matrix.sh" "$@"
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/test/chroot.sh"

others=
only=
while [ $# -gt 0 ]; do
	case $1 in
		--others) others=1 ;;
		--major) shift; only=${1:?--major needs a number} ;;
		-*) ccx_die "unknown option $1; see the top of $0" ;;
		*) break ;;
	esac
	shift
done
[ $# = 0 ] || suites=$*

# The results of one major are left in DIR/log.
on_this_machine()
{
	# shellcheck disable=SC2086  # a list of suites
	sh "$CCX_TOP/test/run.sh" $suites >"$1/log" 2>&1
}

in_chroot()
{
	ccx_root "$2" "postgresql-$3 postgresql-$3-pgtap gcc make libc6-dev libipc-run-perl libtap-parser-sourcehandler-pgtap-perl" \
		"postgresql-server-dev-$3" >"$1/log" 2>&1 || return
	inside=/srv/ccx.$$
	mkdir "$CCX_ROOT$inside"
	status=0
	# shellcheck disable=SC2086  # a list of suites
	{
		ccx_copy_tree "$CCX_ROOT$inside/ccx" &&
			ccx_enter "$CCX_ROOT" env ${CCX_TAP:+"CCX_TAP=$CCX_TAP"} sh "$inside/ccx/test/run.sh" $suites
	} >"$1/log" 2>&1 || status=$?
	rm -rf --one-file-system "${CCX_ROOT:?}$inside"
	return "$status"
}

ccx_need_chroots
CCX_SCRATCH=$(mktemp -d)
export CCX_SCRATCH

majors=
for release in $releases; do
	major=${release%%:*}
	[ -z "$only" ] || [ "$only" = "$major" ] || continue
	run='in_chroot'
	if [ "$major" = "$CCX_PGMAJOR" ]; then
		[ -z "$others" ] || continue
		run='on_this_machine'
	fi
	majors="$majors $major"
	mkdir "$CCX_SCRATCH/$major"
	# side by side; what it uses of lib.sh must not clean up here
	(
		trap - EXIT
		status=0
		$run "$CCX_SCRATCH/$major" "${release#*:}" "$major" || status=$?
		echo "$status" >"$CCX_SCRATCH/$major/status"
	) &
done
[ -n "$majors" ] || ccx_die "no PostgreSQL $only; there are: $releases"

wait

# Suites that are well are rows of the table; of others, what they said comes first.
for major in $majors; do
	awk -v major="$major" -v status="$(cat "$CCX_SCRATCH/$major/status")" -v table="$CCX_SCRATCH/table" '
		function row(suite, passed, failed, skipped, seconds)
		{
			printf "%-7s %-10s %7d %7d %8d %8.1f\n", major, suite, passed, failed, skipped, seconds / 60 >>table
			failures += failed
		}
		/^[a-z_]+ +[0-9]+ passed, [0-9]+ failed/ {
			skipped = 0
			for (i = 2; i < NF; i++) {
				if ($(i + 1) ~ /^passed/) passed = $i
				if ($(i + 1) ~ /^failed/) failed = $i
				if ($(i + 1) ~ /^skipped/) skipped = $i
				if ($(i + 1) == "s") seconds = $i
			}
			row($1, passed, failed, skipped, seconds)
			rows++
			show = failed > 0
			if (show)
				print "PostgreSQL " major ": " $0
			next
		}
		/^ / && show { print; next }
		/^[0-9]+ passed, / { next }
		{ show = 0; rest = rest "    | " $0 "\n" }
		END {
			if (status == 77 && !rows) {
				printf "PostgreSQL %s:\n%s", major, rest
				row("chroot", 0, 0, 1, 0)
			}
			# a run that broke off
			else if (!rows || (status != 0 && !failures)) {
				printf "PostgreSQL %s ended with exit status %s:\n%s", major, status, rest
				row("run", 0, 1, 0, 0)
			}
		}' "$CCX_SCRATCH/$major/log"
done
printf '%-7s %-10s %7s %7s %8s %8s\n' major suite passed failed skipped minutes
cat "$CCX_SCRATCH/table"
! awk '$4 > 0 { found = 1 } END { exit !found }' "$CCX_SCRATCH/table"
