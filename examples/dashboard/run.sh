#!/bin/sh
# Build the dashboard and serve it on loopback, on a machine with nothing but Debian 12 or 13:
#
#     sh examples/dashboard/run.sh                      over a sample company of 2,000 customers
#     sh examples/dashboard/run.sh --customers N        another size, 100 to 20000
#     sh examples/dashboard/run.sh --database URL       over a database of yours with ccx in it, as
#                                                       postgres://user:password@host/name
#     ... --source SCHEMA    where its tables are, for views.sql (sample)
#     ... --fiscal MONTH     the fiscal year begins in jan (default), feb, ... dec
#     ... --currency CODE    of all amounts (USD)
#     ... --port N           to serve on (3000); --build-only builds and ends, into the folder dist
#
# In a database of yours the schema "dashboard" is made by views.sql if it is not there; nothing else is written. The
# sample company is in a throw-away server. Missing packages are installed (needs root or sudo) after saying which. Ctrl-C
# ends it all, and leaves nothing but dist and npm's cache.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
CCX_TOP=$(cd "$here/../.." && pwd)

customers=2000
database=
source_schema=sample
fiscal=jan
currency=USD
port=3000
build_only=
wrong_usage()
{
	printf 'run.sh: %s\n\n' "$*" >&2
	sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}
while [ $# -gt 0 ]; do
	case $1 in
		-h | --help)
			sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
			exit 0
			;;
		--build-only) build_only=1 ;;
		--customers | --database | --source | --fiscal | --currency | --port)
			[ $# -ge 2 ] || wrong_usage "$1 needs a value"
			case $1 in
				--customers) customers=$2 ;;
				--database) database=$2 ;;
				--source) source_schema=$2 ;;
				--fiscal) fiscal=$2 ;;
				--currency) currency=$2 ;;
				--port) port=$2 ;;
			esac
			shift
			;;
		*) wrong_usage "unknown option $1" ;;
	esac
	shift
done
case $customers in
	'' | *[!0-9]* | ??????*) wrong_usage "--customers $customers: not a number from 100 to 20000" ;;
esac
case $fiscal in
	jan | feb | mar | apr | may | jun | jul | aug | sep | oct | nov | dec) ;;
	*) wrong_usage "--fiscal $fiscal: not jan, feb, ... dec" ;;
esac
case $port in
	'' | *[!0-9]*) wrong_usage "--port $port: not a number" ;;
esac

. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/examples/dashboard/lib.sh"

# a database of yours needs no server and no compiler here
if [ -z "$database" ] || ! command -v psql >/dev/null || ! command -v npm >/dev/null; then
	if command -v npm >/dev/null; then
		ccx_packages
	else
		ccx_packages nodejs npm
	fi
fi
ccx_scratch

if [ -n "$database" ]; then
	# what the URL leaves open is settled by psql; the loaders' client has other defaults, and runs with another home
	reached=$(psql -X -q -d "$database" -c '\echo :HOST :PORT :USER') || ccx_die "that database cannot be reached"
	IFS=' ' read -r PGHOST PGPORT PGUSER <<-END
		$reached
	END
	DATABASE_URL=$database
	export DATABASE_URL PGHOST PGPORT PGUSER
	psql -X -q -At -d "$database" -c "SELECT ccx.period_start(current_date, 'month')" >/dev/null ||
		ccx_die "no ccx in that database for $PGUSER: CREATE EXTENSION ccx"
	there=$(psql -X -q -At -d "$database" -c "SELECT to_regclass('dashboard.books') IS NOT NULL")
	if [ "$there" = f ]; then
		ccx_say "making the schema dashboard from the tables in $source_schema ..."
		dashboard_views "$source_schema" "$fiscal" "$currency" "$database" || ccx_die "the schema dashboard could not be made"
	fi
else
	ccx_say "building ccx with $CCX_PGVERSION ..."
	ccx_build "$CCX_COPY" || ccx_die 'the build failed'
	ccx_server_start
	ccx_say "making a sample company of $customers customers, and its metric views ..."
	psql -X -q -c 'CREATE EXTENSION ccx'
	psql -X -q -v customers="$customers" -f "$CCX_TOP/examples/sample_company.sql"
	dashboard_views sample "$fiscal" "$currency" postgres
fi

dashboard_install --omit=dev || exit
ccx_say "building the pages ..."
dashboard_build || ccx_die 'the pages could not be built'
rm -rf "$here/dist"
cp -R "$CCX_SCRATCH/dashboard/dist" "$here/dist"
if [ -n "$build_only" ]; then
	ccx_say "built: $here/dist"
	exit 0
fi
ccx_say "serving; Ctrl-C ends it"
# in the background, so that a signal need not wait for its end
ccx_as_user node "$CCX_SCRATCH/dashboard/serve.mjs" "$port" &
wait $!
