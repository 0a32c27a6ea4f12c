#!/bin/sh
# ccx on Citus, where that is installed: a coordinator and two workers, each a server of its own on a socket.
#
#     sh test/citus.sh
#
# Prints TAP; one line "1..0 # SKIP why" where there is no Citus for the PostgreSQL that PG_CONFIG names, or the release's own.
# What is tested is in test/citus.sql.

set -eu

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"

ccx_packages
library=$("$PG_CONFIG" --pkglibdir)/citus.so
if [ ! -e "$library" ]; then
	echo "1..0 # SKIP Citus is not installed: there is no $library"
	exit
fi
ccx_scratch
ccx_build "$CCX_COPY"

# node_start NAME: initdb, and start it with Citus, which must come first
node_start()
{
	node=$CCX_SCRATCH/$1
	ccx_as_user mkdir -m 700 "$node"
	ccx_as_user "$CCX_BINDIR/initdb" -D "$node/data" -U postgres --auth-local=trust --auth-host=reject \
		--no-locale --encoding=UTF8 --no-sync >"$node/initdb.log"
	{
		cat "$TEMP_CONFIG"
		echo "shared_preload_libraries = 'citus'"
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$node'"
		echo 'fsync = off'
		echo 'jit = off'
		echo "timezone = 'UTC'"
		# between our own sockets
		echo "citus.node_conninfo = 'sslmode=disable'"
		# nobody asks who uses it
		echo 'citus.enable_statistics_collection = off'
	} | ccx_as_user tee -a "$node/data/postgresql.conf" >/dev/null
	ccx_as_user "$CCX_BINDIR/pg_ctl" -D "$node/data" -l "$node/server.log" -w -t 60 -s start >&2 || {
		tail -n 30 "$node/server.log" >&2
		ccx_die "$1 did not start"
	}
	on "$1" -c 'CREATE EXTENSION citus'
}

# on NODE ARG...: psql there
on()
{
	node=$CCX_SCRATCH/$1
	shift
	ccx_as_user psql -X -q -At -v ON_ERROR_STOP=1 -h "$node" -U postgres -d postgres "$@"
}

for name in coordinator worker_1 worker_2; do
	node_start "$name"
done
on coordinator -c "SELECT citus_set_coordinator_host('$CCX_SCRATCH/coordinator', 5432)" \
	-c "SELECT citus_add_node('$CCX_SCRATCH/worker_1', 5432)" -c "SELECT citus_add_node('$CCX_SCRATCH/worker_2', 5432)" \
	-c 'CREATE EXTENSION ccx' >"$CCX_SCRATCH/cluster.log"
echo "# $(on coordinator -c 'SELECT citus_version()')"
for name in worker_1 worker_2; do
	if [ "$(on "$name" -c "SELECT count(*) FROM pg_extension WHERE extname = 'ccx'")" = 1 ]; then
		echo "ok - CREATE EXTENSION reached $name"
	else
		echo "not ok - CREATE EXTENSION reached $name"
	fi
done
on coordinator -v coordinator="$CCX_SCRATCH/coordinator" -v worker="$CCX_SCRATCH/worker_1" -f "$CCX_COPY/test/citus.sql" 2>&1 ||
	echo 'not ok - test/citus.sql ran to its end'
