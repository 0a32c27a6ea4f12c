#!/bin/sh
# Build the Debian package, and use it where there is no compiler:
#
#     sh test/package.sh
#
# Builds postgresql-NN-ccx from debian/ for the PostgreSQL of this Debian release, has lintian look at it, installs
# it in a clean chroot with the server and nothing else, runs the first example of README.md there, and removes it
# again.  Prints TAP; or one line "SKIP: why" with exit status 77 where no chroot can be made.

set -eu

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || ! sudo -n true 2>/dev/null ||
	exec sudo -n env ${CCX_CACHE:+"CCX_CACHE=$CCX_CACHE"} sh "$CCX_TOP/test/package.sh" "$@"
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/test/chroot.sh"

# result STATUS NAME
result()
{
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		exit 1
	fi
}

[ -e /etc/debian_version ] || ccx_no_chroots "this is not Debian"
ccx_need_chroots
ccx_packages debhelper dpkg-dev lintian postgresql-server-dev-all
ccx_scratch
package=postgresql-$CCX_PGMAJOR-ccx

# debian/control names the package of one release; this may be another
# shellcheck disable=SC2016  # for the inner shell
ccx_as_user env DEB_BUILD_OPTIONS="nocheck noautodbgsym parallel=2" sh -c '
	cd ccx && pg_buildext updatecontrol && dpkg-buildpackage -b -us -uc' >"$CCX_SCRATCH/build.log" 2>&1 || {
	tail -n 50 "$CCX_SCRATCH/build.log"
	result 1 "$package is built"
}
result 0 "$package is built"
deb=$(find "$CCX_SCRATCH" -maxdepth 1 -name "${package}_*.deb")

status=0
# whoever publishes the package puts in an address
ccx_as_user lintian --fail-on error --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$deb" || status=$?
result "$status" 'lintian finds no error'

# what a reader does first, and sees
awk -v scratch="$CCX_SCRATCH" '
	/^## / { start = $0 == "## Start" }
	/^```/ { into = start && done < 2 && $0 != "```" ? scratch "/first." substr($0, 4) : ""; done += into != ""; next }
	into != "" { print >into }' "$CCX_TOP/README.md"

codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
ccx_root "$codename" "postgresql-$CCX_PGMAJOR"
inside=/srv/ccx.$$
ccx_at_exit()
{
	rm -rf --one-file-system "${CCX_ROOT:?}$inside"
}
mkdir "$CCX_ROOT$inside"
cp "$deb" "$CCX_SCRATCH/first.sql" "$CCX_ROOT$inside"
cat >"$CCX_ROOT$inside/use.sh" <<END
set -eu
cd $inside
! command -v gcc cc make
dpkg -i ./*.deb >&2
chown postgres .
runuser -u postgres -- sh -ec '
	PATH=/usr/lib/postgresql/$CCX_PGMAJOR/bin:\$PATH
	initdb -D data -A trust >initdb.log
	pg_ctl -D data -l log -w -s -o "-c listen_addresses= -c unix_socket_directories=$inside" start
	psql -X -q -h $inside -d postgres -v ON_ERROR_STOP=1 -f first.sql
	pg_ctl -D data -m fast -w -s stop'
dpkg -r $package >&2
find / -xdev -path $inside -prune -o -path /proc -prune -o -name 'ccx*' -print >left
END
status=0
ccx_enter "$CCX_ROOT" sh "$inside/use.sh" >"$CCX_SCRATCH/first.out" 2>"$CCX_SCRATCH/first.err" || status=$?
[ "$status" = 0 ] || cat "$CCX_SCRATCH/first.err"
result "$status" 'it can be installed, used and removed where there is no compiler'
sed -n 's/ *$//; /./p' "$CCX_SCRATCH/first.out" | diff "$CCX_SCRATCH/first.text" - || status=1
result "$status" 'the first example of README.md prints there what it prints here'
[ ! -s "$CCX_ROOT$inside/left" ] || { cat "$CCX_ROOT$inside/left"; status=1; }
result "$status" 'nothing of it is left behind'
