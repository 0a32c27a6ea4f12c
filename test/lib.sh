# shellcheck shell=sh
# Set-up shared by test/run.sh and examples/demo.sh: packages, an ordinary user,
# a scratch copy, a build, and one throw-away server.  POSIX sh; source it with
# CCX_TOP set to the top of the source tree:
#
#     set -eu
#     CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
#     . "$CCX_TOP/test/lib.sh"
#     ccx_packages                # compiler, make, PostgreSQL; more names may follow
#     ccx_scratch                 # copy the tree; the copy is "$CCX_COPY"
#     ccx_build "$CCX_COPY"       # make, then make install into "$CCX_DEST"
#     ccx_server_start            # from here on psql finds the server by itself
#     psql -c 'CREATE EXTENSION ccx'
#
# Nothing is written outside the scratch folder (and no file of the source tree is
# touched).  Whatever way the script ends, Ctrl-C included, the server is stopped
# and the scratch folder removed.
#
# ccx_say TEXT...          one line to standard error
# ccx_die TEXT...          the same, then exit 1
# ccx_packages [PKG...]    name the Debian packages that are missing and install
#                          them: the base set, and every PKG.  Needs root or sudo
#                          only when something is missing.  Creates no cluster.
#                          Elsewhere than on Debian or Ubuntu it installs nothing.
# ccx_scratch              make the scratch folder and copy the tree into it
# ccx_build DIR [VAR=VAL...]   build DIR there and install it under $CCX_DEST
# ccx_server_start [GUC=VALUE...]   start a server on a socket in the scratch
#                          folder (no TCP port), able to load what was built
# ccx_server_stop          stop it and remove its data (the end does so anyway)
# ccx_as_user CMD...       run CMD in the scratch folder as the ordinary user: you,
#                          or, for root, an account without rights (a server
#                          refuses to run as root)
# ccx_at_exit              yours to define: called first when the script ends
#
# Variables set for you: CCX_PGMAJOR, PG_CONFIG (set it beforehand to choose
# another PostgreSQL), CCX_BINDIR (first in PATH), CCX_USER, CCX_SCRATCH, CCX_COPY,
# CCX_DEST, CCX_LOG (the server's log); and exported once a server runs: PGHOST,
# PGPORT, PGUSER (a superuser, no password), PGDATABASE, and TEMP_CONFIG (the
# settings by which any other server finds the build; PostgreSQL's TAP tests read it).

: "${CCX_TOP:?set CCX_TOP to the top of the source tree before sourcing test/lib.sh}"

CCX_SCRATCH=
CCX_COPY=
CCX_DEST=
CCX_LOG=
CCX_DROPIN=
CCX_BINDIR=

# A clean slate: the caller's own connection and build settings must not leak in.
unset PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE \
	PGDATA PGOPTIONS PGAPPNAME PGSSLMODE PGTZ PGDATESTYLE PGCLIENTENCODING \
	PGCONNECT_TIMEOUT PGTARGETSESSIONATTRS PG_COLOR PG_TEST_EXTRA TEMP_CONFIG \
	MAKEFLAGS MFLAGS MAKELEVEL DESTDIR CDPATH 2>/dev/null || :
PSQLRC=/dev/null
LC_ALL=C.UTF-8
PATH=${PATH:-/usr/local/bin:/usr/bin:/bin}:/usr/sbin:/sbin
export PSQLRC LC_ALL PATH

ccx_say()
{
	printf '%s\n' "$*" >&2
}

ccx_die()
{
	ccx_say "$*"
	exit 1
}

# ---------------------------------------------------------------- the way out

ccx_cleanup()
{
	ccx_status=$?
	trap '' HUP INT PIPE TERM
	trap - EXIT
	set +e
	if command -v ccx_at_exit >/dev/null; then
		ccx_at_exit
	fi
	ccx_restore_createcluster
	if [ -n "$CCX_SCRATCH" ] && [ -d "$CCX_SCRATCH" ]; then
		# our server, and any that an interrupted test left behind
		find "$CCX_SCRATCH" -name postmaster.pid 2>/dev/null | while read -r ccx_pid; do
			ccx_as_user "$CCX_BINDIR/pg_ctl" -D "$(dirname "$ccx_pid")" -m immediate -w -t 20 stop \
				>/dev/null 2>&1
		done
		ccx_end_stragglers
		rm -rf "$CCX_SCRATCH"
	fi
	exit "$ccx_status"
}

# End what an interrupted command left running.  What we started, and nothing else,
# has the name of our scratch folder in its environment.
ccx_end_stragglers()
{
	for ccx_signal in TERM KILL; do
		ccx_found=$(grep -lszx "CCX_SCRATCH=$CCX_SCRATCH" /proc/[0-9]*/environ | cut -d / -f 3)
		[ -n "$ccx_found" ] || return 0
		# shellcheck disable=SC2086  # a list of process ids
		kill -s "$ccx_signal" $ccx_found 2>/dev/null
		sleep 1
	done
}

trap ccx_cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM

# ---------------------------------------------------------------- which PostgreSQL

# Major version: that of the PG_CONFIG you set; or the release's own; or the newest
# one that is installed.
ccx_version()
{
	if [ -n "${PG_CONFIG:-}" ]; then
		command -v "$PG_CONFIG" >/dev/null || ccx_die "PG_CONFIG=$PG_CONFIG cannot be run"
	else
		CCX_PGMAJOR=$(
			# shellcheck disable=SC1091
			[ -r /etc/os-release ] && . /etc/os-release
			case "${VERSION_CODENAME:-}" in
				bookworm) echo 15 ;;
				trixie) echo 17 ;;
				forky) echo 18 ;;
			esac
		)
		if [ -z "$CCX_PGMAJOR" ]; then
			CCX_PGMAJOR=$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -name '[1-9]*' -printf '%f\n' 2>/dev/null |
				sort -n | tail -n 1)
		fi
		if [ -z "$CCX_PGMAJOR" ] && command -v apt-cache >/dev/null; then
			CCX_PGMAJOR=$(apt-cache depends postgresql 2>/dev/null |
				sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
		fi
		if [ -n "$CCX_PGMAJOR" ] && command -v dpkg-query >/dev/null; then
			PG_CONFIG=/usr/lib/postgresql/$CCX_PGMAJOR/bin/pg_config
		else
			PG_CONFIG=pg_config
		fi
	fi
	export PG_CONFIG
	ccx_version_found
}

# What pg_config says, once it is there (false before).
ccx_version_found()
{
	CCX_PGVERSION=$("$PG_CONFIG" --version 2>/dev/null) || return 0
	CCX_PGMAJOR=$(printf '%s\n' "$CCX_PGVERSION" | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
	CCX_BINDIR=$("$PG_CONFIG" --bindir)
	PATH=$CCX_BINDIR:$PATH
}

# ---------------------------------------------------------------- packages

# ccx_missing PKG...: those that dpkg does not have installed
ccx_missing()
{
	for ccx_pkg; do
		case $(dpkg-query -W -f '${db:Status-Status}' "$ccx_pkg" 2>/dev/null) in
			installed) ;;
			*) printf '%s ' "$ccx_pkg" ;;
		esac
	done
}

ccx_packages()
{
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		command -v "$PG_CONFIG" >/dev/null ||
			ccx_die "no pg_config: install PostgreSQL 15 or later with its server headers, make and a C compiler"
		return 0
	fi
	case $PG_CONFIG in
		/usr/lib/postgresql/*)
			set -- "postgresql-$CCX_PGMAJOR" "$@"
			# the headers may be there without the package, which needs clang
			[ -e "/usr/include/postgresql/$CCX_PGMAJOR/server/postgres.h" ] ||
				set -- "postgresql-server-dev-$CCX_PGMAJOR" "$@"
			;;
	esac
	set -- gcc libc6-dev make "$@"
	ccx_need=$(ccx_missing "$@")
	if [ -n "$ccx_need" ]; then
		if [ "$(id -u)" = 0 ]; then
			ccx_sudo=
		elif command -v sudo >/dev/null && sudo true; then
			ccx_sudo=sudo
		else
			ccx_die "missing packages; as root, run: apt-get install --no-install-recommends $ccx_need"
		fi
		ccx_say "installing missing packages: $ccx_need"
		ccx_forbid_createcluster
		$ccx_sudo apt-get -qq update >&2 || ccx_say "apt-get update failed; going on with the lists there are"
		# shellcheck disable=SC2086  # a list of packages
		ccx_output=$($ccx_sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
			-o Dpkg::Use-Pty=0 install $ccx_need 2>&1 </dev/null) || {
			ccx_say "$ccx_output"
			ccx_die "could not install $ccx_need"
		}
		ccx_restore_createcluster
	fi
	ccx_version_found
	[ -n "$CCX_BINDIR" ] || ccx_die "$PG_CONFIG cannot be run"
}

# Debian's server package creates and starts a cluster "main" when it is first
# installed.  Nobody asked us for one, so it is told not to for that moment.
ccx_forbid_createcluster()
{
	[ -d /etc/postgresql-common/createcluster.d ] && ccx_made_dir= || ccx_made_dir=1
	CCX_DROPIN=/etc/postgresql-common/createcluster.d/zz-ccx-$$.conf
	$ccx_sudo mkdir -p /etc/postgresql-common/createcluster.d
	echo 'create_main_cluster = false' | $ccx_sudo tee "$CCX_DROPIN" >/dev/null
}

ccx_restore_createcluster()
{
	[ -n "$CCX_DROPIN" ] || return 0
	$ccx_sudo rm -f "$CCX_DROPIN"
	[ -z "$ccx_made_dir" ] || $ccx_sudo rmdir "$(dirname "$CCX_DROPIN")" 2>/dev/null || :
	CCX_DROPIN=
}

# ---------------------------------------------------------------- user and scratch

ccx_pick_user()
{
	CCX_USER=$(id -un)
	if [ "$(id -u)" = 0 ]; then
		# "postgres" owns the machine's real clusters: only where there is no nobody
		for CCX_USER in nobody postgres; do
			id "$CCX_USER" >/dev/null 2>&1 && return
		done
		ccx_die "neither user nobody nor postgres exists"
	fi
}

ccx_as_user()
(
	cd "${CCX_SCRATCH:-/}" || exit
	HOME=${CCX_SCRATCH:-/}
	USER=$CCX_USER
	LOGNAME=$CCX_USER
	unset XDG_RUNTIME_DIR
	export HOME USER LOGNAME
	if [ -n "$CCX_SCRATCH" ]; then
		# shellcheck disable=SC2030  # for CMD alone
		TMPDIR=$CCX_SCRATCH/tmp
		export TMPDIR
	fi
	if [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid="$CCX_USER" --regid="$(id -g "$CCX_USER")" --clear-groups -- "$@"
	fi
	exec "$@"
)

# ccx_copy_tree DIR: what git would commit, new files included; or, where there is
# no git or no checkout, all of it
ccx_copy_tree()
{
	mkdir "$1"
	if command -v git >/dev/null &&
		git -c safe.directory='*' -C "$CCX_TOP" rev-parse --show-toplevel >/dev/null 2>&1 &&
		[ "$(git -c safe.directory='*' -C "$CCX_TOP" rev-parse --show-cdup)" = "" ]; then
		(
			cd "$CCX_TOP" || exit
			# shellcheck disable=SC2016  # for the inner shell
			git -c safe.directory='*' ls-files -z --cached --others --exclude-standard |
				xargs -0 sh -c 'for f; do if [ -e "$f" ] || [ -L "$f" ]; then printf "%s\0" "$f"; fi; done' sh |
				tar --null --no-recursion -T - -cf -
		) | tar -C "$1" -xf -
	else
		tar -C "$CCX_TOP" --exclude=./.git --exclude=./tmp_check --exclude='./output*' -cf - . | tar -C "$1" -xf -
	fi
}

ccx_scratch()
{
	ccx_pick_user
	# shellcheck disable=SC2031  # the caller's
	for ccx_tmp in "${TMPDIR:-/tmp}" /tmp; do
		# a socket's path must stay below 108 bytes, and the user must get in
		[ ${#ccx_tmp} -le 60 ] && ccx_as_user test -x "$ccx_tmp" && break
	done
	CCX_SCRATCH=$(mktemp -d "$ccx_tmp/ccx.XXXXXX")
	CCX_COPY=$CCX_SCRATCH/ccx
	CCX_DEST=$CCX_SCRATCH/dest
	CCX_LOG=$CCX_SCRATCH/server.log
	export CCX_SCRATCH CCX_COPY CCX_DEST CCX_LOG
	mkdir "$CCX_SCRATCH/tmp"
	ccx_copy_tree "$CCX_COPY"
	[ "$(id -u)" != 0 ] || chown -R "$CCX_USER" "$CCX_SCRATCH"
	# third-party data that some tests read where it is there
	if [ -d "$CCX_TOP/../shared/data" ]; then
		ln -s "$(cd "$CCX_TOP/../shared" && pwd)" "$CCX_SCRATCH/shared"
	fi
}

# ---------------------------------------------------------------- build and server

ccx_build()
{
	ccx_dir=$1
	shift
	ccx_as_user make -s -C "$ccx_dir" -j"$(nproc 2>/dev/null || echo 2)" "$@" all >&2 || return
	ccx_as_user make -s -C "$ccx_dir" DESTDIR="$CCX_DEST" "$@" install >&2 || return
	ccx_find_config >"$CCX_SCRATCH/temp.conf"
	TEMP_CONFIG=$CCX_SCRATCH/temp.conf
	export TEMP_CONFIG
}

# The settings by which a server finds an extension under $CCX_DEST: PostgreSQL's own
# from 18 on, Debian's extension_destdir before.
ccx_find_config()
{
	printf "dynamic_library_path = '%s:\$libdir'\n" "$CCX_DEST$("$PG_CONFIG" --pkglibdir)"
	if [ "$CCX_PGMAJOR" -ge 18 ]; then
		printf "extension_control_path = '%s:\$system'\n" "$CCX_DEST$("$PG_CONFIG" --sharedir)"
	elif grep -q extension_destdir "$("$PG_CONFIG" --sharedir)/postgresql.conf.sample"; then
		printf "extension_destdir = '%s'\n" "$CCX_DEST"
	else
		ccx_die "this PostgreSQL $CCX_PGMAJOR can load an extension only from its own folders" \
			"(Debian's and PGDG's packages can do otherwise): run make install and make installcheck instead"
	fi
}

ccx_server_start()
{
	[ ! -e "$CCX_SCRATCH/data" ] || ccx_die "a server was started already"
	ccx_as_user mkdir "$CCX_SCRATCH/socket"
	ccx_as_user "$CCX_BINDIR/initdb" -D "$CCX_SCRATCH/data" -U postgres --auth-local=trust --auth-host=reject \
		--no-locale --encoding=UTF8 --no-sync >"$CCX_SCRATCH/initdb.log" 2>&1 || {
		cat "$CCX_SCRATCH/initdb.log" >&2
		ccx_die "initdb failed"
	}
	{
		cat "$TEMP_CONFIG"
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$CCX_SCRATCH/socket'"
		# trust, so nobody else may reach the socket
		echo "unix_socket_permissions = 0700"
		echo "fsync = off"
		echo "synchronous_commit = off"
		echo "full_page_writes = off"
		echo "log_checkpoints = off"
		echo "timezone = 'UTC'"
		echo "log_timezone = 'UTC'"
		# compiling takes longer than the many small queries do
		echo "jit = off"
		for ccx_guc; do
			echo "${ccx_guc%%=*} = '${ccx_guc#*=}'"
		done
	} | ccx_as_user tee -a "$CCX_SCRATCH/data/postgresql.conf" >/dev/null
	ccx_as_user "$CCX_BINDIR/pg_ctl" -D "$CCX_SCRATCH/data" -l "$CCX_LOG" -w -t 60 -s start >&2 || {
		tail -n 30 "$CCX_LOG" >&2
		ccx_die "the server did not start"
	}
	PGHOST=$CCX_SCRATCH/socket
	PGPORT=5432
	PGUSER=postgres
	PGDATABASE=postgres
	export PGHOST PGPORT PGUSER PGDATABASE
}

ccx_server_stop()
{
	ccx_as_user "$CCX_BINDIR/pg_ctl" -D "$CCX_SCRATCH/data" -m fast -w -t 60 -s stop >&2
	rm -rf "$CCX_SCRATCH/data" "$CCX_SCRATCH/socket"
}

ccx_version
