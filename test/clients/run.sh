#!/bin/sh
# Metric views as BI tools see them: through the JDBC driver (Metabase, Looker and Tableau) and the ODBC driver (Power BI
# and Tableau), as a role that has SELECT on the views and nothing else.
#
#     sh test/clients/run.sh
#
# Both drivers speak TCP only, so this starts a server of its own on loopback, with a password, in a folder under TMPDIR;
# TEMP_CONFIG has the settings by which it finds ccx, as test/run.sh makes them.  Prints TAP.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bindir=$("${PG_CONFIG:-pg_config}" --bindir)
work=$(mktemp -d)

stop()
{
	"$bindir/pg_ctl" -D "$work/data" -m immediate -w -s stop || :
	rm -rf "$work"
}

port=$(perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport')
mkdir -m 700 "$work/socket"
"$bindir/initdb" -D "$work/data" -U postgres --auth-local=trust --auth-host=scram-sha-256 \
	--no-locale --encoding=UTF8 --no-sync >"$work/initdb.log"
{
	cat "${TEMP_CONFIG:-/dev/null}"
	echo "listen_addresses = '127.0.0.1'"
	echo "port = $port"
	echo "unix_socket_directories = '$work/socket'"
	echo 'fsync = off'
	echo 'jit = off'
} >>"$work/data/postgresql.conf"
trap stop EXIT
trap 'exit 130' INT TERM
"$bindir/pg_ctl" -D "$work/data" -l "$work/server.log" -w -s start
export PGHOST="$work/socket" PGPORT="$port" PGUSER=postgres PGDATABASE=postgres

psql -X -q -f "$here/views.sql" >"$work/views.log" 2>&1 || {
	cat "$work/views.log"
	echo 'not ok - metric views of every kind are made'
	exit 1
}

# views SCHEMA: those that the reader may read
views()
{
	psql -X -At -c "SELECT schemaname || '.' || viewname FROM pg_views
		WHERE schemaname = '$1' AND has_table_privilege('reader', format('%I.%I', schemaname, viewname), 'SELECT') ORDER BY 1"
}

# look DRIVER VIEW...: run the program of a driver
look()
{
	driver=$1
	shift
	case $driver in
		JDBC)
			java -Dfile.encoding=UTF-8 -XX:TieredStopAtLevel=1 -cp "$work:/usr/share/java/postgresql.jar" Clients \
				"jdbc:postgresql://127.0.0.1:$port/postgres" reader reader "$@" ;;
		ODBC)
			"$work/clients" "$odbc" ODBC "$@" ;;
		ODBC_options)
			# what Power BI and Tableau are often told: booleans as such, fetch by cursor
			"$work/clients" "${odbc}BoolsAsChar=0;UseDeclareFetch=1;Fetch=100;UseServerSidePrepare=1;" ODBC_options "$@" ;;
	esac
}

odbc="Driver=PostgreSQL Unicode;Server=127.0.0.1;Port=$port;Database=postgres;UID=reader;PWD=reader;"
javac -d "$work" "$here/Clients.java"
cc -Wall -Wextra -Werror -o "$work/clients" "$here/clients.c" -lodbc -lm

for driver in JDBC ODBC ODBC_options; do
	# shellcheck disable=SC2046  # names without spaces
	look "$driver" $(views metrics) ccx.metric_views || :

	# A program that finds nothing wrong with anything would be no test: each trap must be complained about.
	# shellcheck disable=SC2046
	look "$driver" $(views traps) traps.materialized >"$work/traps.log" || :
	while read -r who trap complaint; do
		[ "${driver%_options}" = "$who" ] || [ "$who" = both ] || continue
		if grep -q "^not ok - $driver $trap: $complaint" "$work/traps.log"; then
			echo "ok - $driver complains about $trap: $complaint"
		else
			echo "not ok - $driver complains about $trap: $complaint"
			grep -A 5 "$driver $trap:" "$work/traps.log" | sed 's/^/# /'
		fi
	done <<-'END'
		JDBC traps is listed, with the views that are asked for
		both traps.custom_type every column has a type that tools know
		ODBC traps.custom_type values are whole and finite
		both traps.enum_type every column has a type that tools know
		both traps.array_type every column has a type that tools know
		both traps.interval_type every column has a type that tools know
		both traps.not_a_number values are whole and finite
		both traps.numeric_nan values are whole and finite
		JDBC traps.no_comment it and every column have remarks
	END
done
