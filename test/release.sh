#!/bin/sh
# What a release needs beyond the sources.
#
#     sh test/release.sh freeze    keep the version that ccx.control states as it is now: its install script as
#                                  sql/release/ccx--VERSION.sql; and in test/upgrade/VERSION values of every
#                                  type, what every function answers, and metric views to upgrade
#     sh test/release.sh draft     write sql/upgrade/ccx--LAST--VERSION.sql from the newest release to the present,
#                                  as far as a comparison of the two install scripts can tell
#
# test/t/050_upgrade.pl reads all of that.  README.md says how to release.

set -eu

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"

version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" "$CCX_TOP/ccx.control")

freeze()
{
	[ ! -e "$CCX_TOP/sql/release/ccx--$version.sql" ] ||
		ccx_die "$version is frozen; if nobody has it yet, remove sql/release/ccx--$version.sql and test/upgrade/$version"
	ccx_server_start
	psql -X -q -d postgres -c 'CREATE DATABASE release'
	psql -X -q -d release -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION ccx'
	kept=$CCX_SCRATCH/kept
	mkdir "$kept"
	psql -X -q -At -d release -v ON_ERROR_STOP=1 -f "$CCX_COPY/test/upgrade/samples.sql" >"$kept/values.tsv"
	psql -X -q -d release -v ON_ERROR_STOP=1 \
		-c 'CREATE TABLE sample (type text, name text, value text, bytes bytea, description jsonb)' \
		-c "\\copy sample FROM '$kept/values.tsv'"
	psql -X -q -At -d release -v ON_ERROR_STOP=1 -f "$CCX_COPY/test/upgrade/calls.sql" >"$kept/calls.tsv"
	# must run, so that it does later
	psql -X -q -At -d release -v ON_ERROR_STOP=1 -f "$CCX_COPY/test/upgrade/metric_views.sql" >/dev/null
	cp "$CCX_COPY/test/upgrade/metric_views.sql" "$kept"

	mkdir -p "$CCX_TOP/sql/release" "$CCX_TOP/test/upgrade/$version"
	cp "$CCX_COPY/ccx--$version.sql" "$CCX_TOP/sql/release"
	cp "$kept"/* "$CCX_TOP/test/upgrade/$version"
	ccx_say "wrote sql/release/ccx--$version.sql and test/upgrade/$version"
}

draft()
{
	last=$(find "$CCX_TOP/sql/release" -name 'ccx--*.sql' ! -name "ccx--$version.sql" -printf '%f\n' 2>/dev/null |
		sed 's/^ccx--\(.*\)\.sql$/\1/' | sort -V | tail -n 1)
	[ -n "$last" ] || ccx_die "no earlier release is frozen in sql/release"
	script=sql/upgrade/ccx--$last--$version.sql
	[ ! -e "$CCX_TOP/$script" ] || ccx_die "$script is there already; to see what it lacks, run sh test/run.sh tap"
	mkdir -p "$CCX_TOP/sql/upgrade"
	perl "$CCX_TOP/test/upgrade/draft.pl" "$CCX_TOP/sql/release/ccx--$last.sql" "$CCX_COPY/ccx--$version.sql" \
		"$version" >"$CCX_SCRATCH/draft"
	cp "$CCX_SCRATCH/draft" "$CCX_TOP/$script"
	ccx_say "wrote $script: edit it"
}

case ${1:-} in
	freeze | draft) ;;
	*) ccx_die "usage: sh test/release.sh freeze | draft" ;;
esac
ccx_packages
ccx_scratch
ccx_build "$CCX_COPY"
"$1"
