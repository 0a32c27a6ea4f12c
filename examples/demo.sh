#!/bin/sh
# Show what ccx is for, on a machine with nothing but Debian 12 or 13:
#
#     sh examples/demo.sh                   a sample company of 2,000 customers
#     sh examples/demo.sh --customers N     another size, 100 to 1000000
#     sh examples/demo.sh FILE.csv          your own numbers: a header line naming the columns
#                                           customer, month and mrr, and segment if you have it
#     sh examples/demo.sh --keep ...        leaves a psql prompt open on the data at the end
#
# Missing packages are installed (needs root or sudo) after saying which. All else happens in a
# scratch folder, as an ordinary user, with a throw-away PostgreSQL server without a TCP port;
# clusters that exist are not touched, and at the end nothing is left.

set -eu

usage()
{
	sed -n '3,8s/^# \{0,1\}//p' "$0"
}

wrong_usage()
{
	printf 'demo.sh: %s\n\n' "$*" >&2
	usage >&2
	exit 2
}

set_customers()
{
	case $1 in
		'' | *[!0-9]* | ????????*) ;;
		*)
			customers=$1
			if [ "$1" -ge 100 ] && [ "$1" -le 1000000 ]; then
				return
			fi
			;;
	esac
	wrong_usage "--customers $1: not a number from 100 to 1000000"
}

keep=
customers=
csv=
while [ $# -gt 0 ]; do
	case $1 in
		--keep) keep=1 ;;
		--customers)
			[ $# -ge 2 ] || wrong_usage '--customers needs a number'
			shift
			set_customers "$1"
			;;
		--customers=*) set_customers "${1#*=}" ;;
		-h | --help)
			usage
			exit 0
			;;
		-*) wrong_usage "unknown option $1" ;;
		*)
			[ -z "$csv" ] || wrong_usage 'more than one file'
			if [ ! -f "$1" ] || [ ! -r "$1" ]; then
				wrong_usage "$1: no file that can be read"
			fi
			csv=$1
			;;
	esac
	shift
done
if [ -n "$csv" ] && [ -n "$customers" ]; then
	wrong_usage '--customers is for the sample company, not for a file'
fi
if [ -n "$keep" ] && ! { [ -t 0 ] && [ -t 1 ]; }; then
	echo 'demo.sh: --keep opens a prompt, and this is no terminal' >&2
	exit 2
fi

# The columns of our table in the order of the file, from its header line
csv_columns()
{
	LC_ALL=C awk '
	NR == 1 {
		sub(/^\357\273\277/, ""); sub(/\r$/, "")
		header = $0
		n = split(header, name, ",")
		for (i = 1; i <= n; i++) {
			gsub(/^[ \t"]+|[ \t"]+$/, "", name[i])
			name[i] = tolower(name[i])
			if (name[i] ~ /^(customer|month|mrr|segment)$/) {
				if (seen[name[i]]++) fail("two columns are named " name[i])
				list = list (i > 1 ? ", " : "") name[i]
			} else {
				list = list (i > 1 ? ", " : "") "ignored_" i
			}
		}
		n = split("customer month mrr", wanted, " ")
		for (i = 1; i <= n; i++)
			if (!seen[wanted[i]]) {
				hint = index(header, ",") == 0 && header ~ /[;\t]/ ? " (columns are separated by commas)" : ""
				fail("no column " wanted[i] hint ". The first line names the columns: customer, month, mrr")
			}
		print list
		exit
	}
	function fail(text) { print "line 1: " text; failed = 1; exit }
	END {
		if (NR == 0) { print "the file is empty"; failed = 1 }
		exit failed
	}' <"$csv"
}

# what is wrong with the file, one line each, and the end
wrong_file()
{
	printf '%s\n' "$1" | while read -r line; do
		printf '%s: %s\n' "$csv" "$line" >&2
	done
	exit 1
}

if [ -n "$csv" ]; then
	columns=$(csv_columns) || wrong_file "$columns"
fi

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"

ccx_packages
ccx_say "building ccx with $CCX_PGVERSION ..."
ccx_scratch
ccx_build "$CCX_COPY" || ccx_die 'the build failed'
ccx_server_start
psql -X -q -c 'CREATE EXTENSION ccx'

if [ -z "$csv" ]; then
	schema=sample
	customers=${customers:-2000}
	# product usage is by far the largest table
	health=on
	if [ "$customers" -gt 20000 ]; then
		health=off
	fi
	ccx_say "making a sample company of $customers customers ..."
	psql -X -q -v customers="$customers" -v usage="$health" -f "$CCX_TOP/examples/sample_company.sql"
	segments=on
	lines=on
else
	schema=own
	case ", $columns," in
		*', segment,'*) segments=on ;;
		*) segments=off ;;
	esac
	lines=off
	health=off
	ccx_say "reading $csv ..."
	definitions=$(printf '%s\n' "$columns" | sed 's/,/ text,/g')
	psql -X -q -c 'CREATE SCHEMA own' \
		-c "CREATE TABLE own.csv (line int GENERATED ALWAYS AS IDENTITY (START 2), $definitions text)"
	if [ "$segments" = off ]; then
		psql -X -q -c 'ALTER TABLE own.csv ADD segment text'
	fi
	# blank lines at the end are no rows
	problems=$(
		awk '/^[[:space:]]*$/ { blank++; next } { for (; blank; blank--) print ""; print }' <"$csv" |
			psql -X -q -c "COPY own.csv ($columns) FROM STDIN (FORMAT csv, HEADER)" 2>&1
	) || wrong_file "$problems"
	problems=$(psql -X -f "$CCX_TOP/examples/load_csv.sql")
	[ -z "$problems" ] || wrong_file "$problems"
fi

PGOPTIONS="-c search_path=$schema,public,ccx"
export PGOPTIONS
psql -X -v segments="$segments" -v lines="$lines" -v health="$health" -f "$CCX_TOP/examples/demo.sql"

if [ -z "$keep" ]; then
	echo 'Again, on your own numbers: sh examples/demo.sh FILE.csv; with a prompt to try things: --keep'
else
	cat <<END
A psql prompt on this data; \\q leaves it and removes everything. Some things to try:

  \\dt+         the tables, with what they hold
  \\df ccx.*    the functions; \\df nrr shows how one is called
  SELECT jsonb_pretty(describe(mrr_history(month, mrr))) FROM mrr_monthly GROUP BY customer LIMIT 1;
  WITH c AS (SELECT mrr_history(month, mrr) AS h FROM mrr_monthly GROUP BY customer)
    SELECT period, nrr, grr, churned_mrr FROM movements((SELECT mrr_movements_agg(h, 'quarter') FROM c));

END
	# Ctrl-C belongs to psql
	trap : INT
	PSQL_HISTORY=$CCX_SCRATCH/history psql -X || :
fi
