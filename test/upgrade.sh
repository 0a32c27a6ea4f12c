#!/bin/sh
# pg_upgrade of a database that has values of ccx, materialized views and metric views in it:
# from PostgreSQL 15 to 17, and from 17 to 18.
#
#     sh test/upgrade.sh              prints TAP
#     sh test/upgrade.sh 15:17        only this
#
# No Debian release has two majors, so the older server, with the libraries that it needs and
# the newer release has not, is copied from its chroot into that of the newer one for the
# time of the test; its programs run with a newer libc.  The chroots are those of
# test/matrix.sh.  The exit status is 77, after one line "SKIP: why", where none can be made.

set -eu

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || ! sudo -n true 2>/dev/null ||
	exec sudo -n env ${CCX_CACHE:+"CCX_CACHE=$CCX_CACHE"} sh "$CCX_TOP/test/upgrade.sh" "$@"
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/test/chroot.sh"

release()
{
	case $1 in
		15) echo bookworm ;;
		17) echo trixie ;;
		18) echo forky ;;
		*) ccx_die "no Debian release has PostgreSQL $1" ;;
	esac
}

# with what test/matrix.sh has in them, so that they are the same ones
root_of()
{
	ccx_root "$(release "$1")" \
		"postgresql-$1 postgresql-$1-pgtap gcc make libc6-dev libipc-run-perl libtap-parser-sourcehandler-pgtap-perl" \
		"postgresql-server-dev-$1"
}

# copy_server OLD FROM TO: the server and its headers, and the libraries that are not there
copy_server()
{
	mkdir -p "$3$inside/old/lib"
	tar -C "$2" -cf - "usr/lib/postgresql/$1" "usr/share/postgresql/$1" usr/include/postgresql | tar -C "$3$inside/old" -xf -
	while
		missing=$(ccx_enter "$3" sh -c "export LD_LIBRARY_PATH=$inside/old/lib
			find $inside/old/usr/lib/postgresql/$1/bin $inside/old/lib -type f -exec ldd {} + 2>/dev/null" |
			sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/\1/p' | sort -u)
		[ -n "$missing" ]
	do
		for library in $missing; do
			cp "$(find "$2"/usr/lib -name "$library" | head -n 1)" "$3$inside/old/lib/"
		done
	done
}

# upgrade OLD NEW SECURITY: the older one with security updates, if yes
upgrade()
{
	CCX_SECURITY=$3
	root_of "$1" || return
	CCX_SECURITY=yes
	from=$CCX_ROOT
	root_of "$2" || return
	mkdir "$CCX_ROOT$inside"
	copy_server "$1" "$from" "$CCX_ROOT" && ccx_copy_tree "$CCX_ROOT$inside/ccx" || return
	ccx_enter "$CCX_ROOT" env CCX_TAP=test/t/040_pg_upgrade.pl LD_LIBRARY_PATH="$inside/old/lib" \
		CCX_OLD_PG_CONFIG="$inside/old/usr/lib/postgresql/$1/bin/pg_config" sh "$inside/ccx/test/run.sh" tap
}

# try OLD NEW SECURITY: what it says is in the log
try()
{
	status=0
	upgrade "$@" >"$CCX_SCRATCH/log" 2>&1 || status=$?
	rm -rf --one-file-system "${CCX_ROOT:?}$inside"
}

ccx_need_chroots
inside=/srv/ccx-upgrade.$$
CCX_SCRATCH=$(mktemp -d)
export CCX_SCRATCH
for pair in "${@:-15:17 17:18}"; do
	for versions in $pair; do
		old=${versions%:*}
		new=${versions#*:}
		name="from PostgreSQL $old to $new"
		try "$old" "$new" yes
		if [ "$status" = 0 ] && grep -q '# skip .*pg_attver' "$CCX_SCRATCH/log"; then
			# the newer one, of another Debian release, is not as new
			name="$name, the older one without security updates"
			try "$old" "$new" no
		fi
		if [ "$status" = 77 ]; then
			grep '^SKIP: ' "$CCX_SCRATCH/log"
		elif [ "$status" = 0 ] && grep -q '^tap .* 0 failed, ' "$CCX_SCRATCH/log" && ! grep -q skipped "$CCX_SCRATCH/log"; then
			echo "ok - $name: $(sed -n 's/^tap  *\([0-9]* passed\).*/\1/p' "$CCX_SCRATCH/log")"
		elif [ "$status" = 0 ] && grep -q '# skip .*pg_attver' "$CCX_SCRATCH/log"; then
			echo "ok - $name # SKIP $(sed -n 's/.*# skip \(.*pg_attver.*\)/\1/p' "$CCX_SCRATCH/log" | head -n 1)"
		else
			echo "not ok - $name"
			sed 's/^/# /' "$CCX_SCRATCH/log"
		fi
	done
done
