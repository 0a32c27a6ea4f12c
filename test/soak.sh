#!/bin/sh
# Load: writers, refreshes, dashboards, DDL, cancels and lost sessions on metric views of every kind and mode.
#
#     sh test/soak.sh [--assert] [MINUTES]     30 minutes unless said
#
# --assert does it on a server with assertions (test/assert_server.sh; by root).  CCX_SEED=N chooses other numbers.
#
# Clients are pgbench's, at a steady rate that takes half a core to one, and a few psql sessions that are cancelled, ended
# or copy rows.  Their scripts are in test/soak, one file for a group of clients.  A script states the SQLSTATEs that
# it may meet, and why ("-- expects 40P01: ..."); what is said before the first script goes for all of the file.  Any
# other error or warning in the server's log fails the run.  So does what a reader sees that does not add up, memory of
# a session that grows, storage that grows, a file or a relation left behind, and a view that verify() finds wrong after
# one refresh at the end.
#
# A session that leaks on purpose and one that fails on purpose show in each run that both would be noticed.

set -eu

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/test/assert_server.sh"

assert=
if [ "${1:-}" = --assert ]; then
	assert=1
	shift
fi
minutes=${1:-30}
: "${CCX_SEED:=1}"
seconds=$((minutes * 60))

# name, clients, transactions a second, protocol, role
groups='writers 4 14 prepared soak_writer
refreshers 3 2.5 simple soak_owner
dashboards 4 8 prepared soak_reader
administrators 2 1 simple soak_owner
killers 1 0.8 simple postgres'

children=
ccx_at_exit()
{
	# shellcheck disable=SC2086  # a list of process ids
	[ -z "$children" ] || kill $children 2>/dev/null
	ccx_reports_end
}

if [ -n "$assert" ]; then
	ccx_assert_server none
fi
ccx_packages
ccx_scratch
# shellcheck disable=SC2086  # settings of make
ccx_build "$CCX_COPY" ${CCX_MAKE:-}
ccx_server_start "log_line_prefix=%p|%b|%a|%e|" autovacuum_naptime=5s shared_buffers=64MB max_connections=60 \
	min_parallel_table_scan_size=64kB max_wal_size=2GB log_autovacuum_min_duration=-1
psql -X -q -c 'CREATE DATABASE soak'
PGDATABASE=soak
PGOPTIONS='-c client_min_messages=error'
export PGDATABASE PGOPTIONS
dir=$CCX_SCRATCH/soak
ccx_as_user mkdir "$dir"
psql -X -q -c 'CREATE EXTENSION ccx'
if ! psql -X -q -v ON_ERROR_STOP=1 -f "$CCX_COPY/test/soak/setup.sql" >"$dir/setup.log" 2>&1; then
	cat "$dir/setup.log"
	ccx_die "the database could not be set up"
fi

# ---------------------------------------------------------------- the load

# One file for each script, in which the session first takes its name, for the log.
for group in writers refreshers dashboards administrators killers; do
	awk -v dir="$dir" -v group="$group" '
		/^-- expects / {
			state = $3; sub(/:$/, "", state)
			why = $0; sub(/^-- expects [^:]*: /, "", why)
			print (name ? name : group) "\t" state "\t" why >>(dir "/expected")
			next
		}
		/^-- script / {
			name = $3
			file = dir "/" name ".sql"
			print name, $5, file >(dir "/" group)
			print name "\t" group >>(dir "/scripts")
			print "SET application_name = \047" name "\047;" >file
			next
		}
		name && !/^--/ { print >file }' "$CCX_COPY/test/soak/$group.sql"
done

cat >>"$dir/expected" <<'END'
cancelled	57014	killers cancel it, and it has a statement_timeout
cancelled	40P01	as refreshers
cancelled	55P03	it has a lock_timeout now and then
cancelled	42P01	as refreshers
terminated	57P01	killers end it
terminated	40P01	as refreshers
copy	40P01	as writers
autovacuum worker	57014	autovacuum steps back where DDL wants a lock
parallel worker	55000	its leader was cancelled or ended before it began
parallel worker	57014	its leader was cancelled
parallel worker	57P01	its leader was cancelled or ended
END
printf 'cancelled\tpsql\nterminated\tpsql\ncopy\tpsql\n' >>"$dir/scripts"

# session NAME ROLE SECONDS: a psql session that gets what FEED prints, again and again, and times it.  A session that
# was ended is followed by another one.
session()
{
	ends=$(($(date +%s) + $3))
	while [ "$(date +%s)" -lt "$ends" ]; do
		while [ "$(date +%s)" -lt "$ends" ]; do
			"feed_$1" || break
			sleep 0.7
		done | PGAPPNAME=$1 psql -X -q -U "$2" >>"$dir/$1.out" 2>>"$dir/$1.err" || :
	done
}

feed_copy()
{
	printf '%s\n' '\timing on' 'COPY snapshot FROM stdin;'
	awk -v seed="$(date +%N)" 'BEGIN { srand(seed); c = int(rand() * 2100)
		for (i = 0; i < 3; i++) printf "%d\t2024-%02d-31\t11.11\n", c + i, 1 + 2 * int(rand() * 4)
		print "\\." }'
	printf '%s\n' '\timing off' 'DELETE FROM snapshot WHERE customer = (2100 * random())::int AND mrr = 11.11;'
}

feed_cancelled()
{
	cat <<-'END'
		\set view v_quarter
		SELECT any_view((random() * 15)::int) AS view, set_config('lock_timeout', (20 * (random() * 3)::int)::text, false),
			set_config('statement_timeout', (ARRAY[0, 20, 60, 200])[1 + (random() * 3)::int]::text, false) \gset
		\timing on
		SELECT report(:'view', status, message) FROM refresh(:'view', all_of_it => true);
		CALL refresh_all();
		SELECT count(*) FROM verify(:'view');
		\timing off
		RESET statement_timeout; RESET lock_timeout;
	END
}

feed_terminated()
{
	cat <<-'END'
		SELECT any_view((random() * 15)::int) AS view \gset
		\timing on
		BEGIN;
		SELECT report(:'view', status, message) FROM refresh(:'view', concurrent => random() < 0.5, all_of_it => true);
		SELECT pg_sleep(0.3);
		COMMIT;
		\timing off
	END
}

# 36 MB by the end, in a session that does nothing else
feed_leak()
{
	echo "SELECT count(set_config('soak.leak_' || translate(gen_random_uuid()::text, '-', ''), repeat('x', 10000), false)) FROM generate_series(1, $((2500 / seconds + 1)));"
}

ccx_say "$minutes minutes of load"
started=$(date +%s)
while read -r group clients rate protocol role; do
	set --
	while read -r _ weight file; do
		set -- "$@" -f "$file@$weight"
	done <"$dir/$group"
	ccx_as_user "$CCX_BINDIR/pgbench" -n -M "$protocol" -c "$clients" -j 1 -R "$rate" -T "$seconds" -U "$role" --random-seed="$CCX_SEED" \
		--max-tries=5 --failures-detailed "$@" >"$dir/$group.bench" 2>"$dir/$group.err" </dev/null &
	children="$children $!"
done <<END
$groups
END
for who in 'copy soak_writer' 'cancelled soak_owner' 'terminated soak_owner' 'leak postgres'; do
	# shellcheck disable=SC2086  # name and role
	session $who "$seconds" &
	children="$children $!"
done
PGAPPNAME=control psql -X -q -c 'SELECT 1 / 0' >/dev/null 2>&1 || :

# Memory that is a session's own, for what is shared grows until each page was touched; and its processor time.
sample()
{
	at=$(($(date +%s) - started))
	psql -X -q -At -F ' ' -c "SELECT pid, application_name FROM pg_stat_activity WHERE datname = 'soak' AND backend_type = 'client backend' AND pid <> pg_backend_pid()" |
		while read -r pid name; do
			kb=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status" 2>/dev/null) || continue
			ticks=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | awk '{ print $12 + $13 }') || continue
			[ -z "$kb" ] || [ -z "$ticks" ] || printf '%s\t%s\t%s\t%s\t%s\n' "$at" "$pid" "$name" "$kb" "$ticks"
		done >>"$dir/memory"
}

# Of that, what is in memory contexts goes to the log: the rest is what malloc() keeps, or what others allocate.
# As control, for a session that ends meanwhile is a warning.
contexts()
{
	PGAPPNAME=control psql -X -q -c "SELECT pg_log_backend_memory_contexts(pid) FROM pg_stat_activity WHERE datname = 'soak' AND backend_type = 'client backend' AND pid <> pg_backend_pid()" >/dev/null
}

every=$((seconds / 60))
[ "$every" -le 10 ] || every=10
[ "$every" -ge 1 ] || every=1
tenth=0
while elapsed=$(($(date +%s) - started)) && [ "$elapsed" -lt "$seconds" ]; do
	sleep "$every"
	sample
	if [ $((elapsed * 10 / seconds)) -gt "$tenth" ]; then
		tenth=$((elapsed * 10 / seconds))
		contexts
	fi
	psql -X -q -c "SELECT result.measure($((elapsed * 3 / seconds + 1)))" >/dev/null
done

# all of them end by themselves
for pid in $children; do
	until [ $(($(date +%s) - started)) -ge $((seconds + 60)) ] || ! kill -0 "$pid" 2>/dev/null; do
		sleep 1
	done
	if kill "$pid" 2>/dev/null; then
		psql -X -q -c "SELECT * FROM pg_stat_activity WHERE state <> 'idle'" -x
		echo 'not ok - clients end when their time is over'
	fi
done
children=

# ---------------------------------------------------------------- what it showed

for group in writers refreshers dashboards administrators killers; do
	grep -v '^pgbench: \(warning: scale\|warning: there are\)' "$dir/$group.err" | sed "s/^/# $group: /" || :
	awk -v group="$group" '
		/^SQL script/ { name = $NF; sub(/.*\//, "", name); sub(/\.sql$/, "", name) }
		name && / transactions \(/ { done = $2 }
		name && /latency average/ { print group "\t" name "\t" done "\t" $5; name = "" }' "$dir/$group.bench"
done >"$dir/bench"
grep '^#' "$dir/bench" || :
grep -v '^#' "$dir/bench" >"$dir/transactions"
for name in copy cancelled terminated; do
	awk -v name="$name" '/^Time:/ { n++; t += $2 } END { print "psql\t" name "\t" n + 0 "\t" (n ? t / n : 0) }' "$dir/$name.out"
done >>"$dir/transactions"
touch "$dir/contexts"
awk -F '|' -v contexts="$dir/contexts" '
	NF >= 5 && $1 ~ /^[0-9]+$/ {
		message = $5
		for (i = 6; i <= NF; i++) message = message "|" $i
		severity = message; sub(/:.*/, "", severity); sub(/^[A-Z]*: +/, "", message)
		if (severity ~ /^(STATEMENT|DETAIL|HINT|CONTEXT|QUERY|NOTICE)$/) next
		if (message ~ /^Grand total: [0-9]+ bytes/) { split(message, word, " "); print $1 "\t" ++times[$1] "\t" word[3] >contexts }
		if (message ~ /^(Grand total|level): [0-9]+/ || message ~ /^logging memory contexts/) next
		gsub(/\\/, "\\\\", message); gsub(/\t/, " ", message)
		print $1 "\t" $2 "\t" ($3 == "" ? $2 : $3) "\t" $4 "\t" severity "\t" message
	}
	/TRAP:/ { print "0\t\tserver\tXX000\tTRAP\t" $0 }' "$CCX_LOG" >"$dir/log"
psql -X -q <<END
\copy result.memory FROM '$dir/memory'
\copy result.contexts FROM '$dir/contexts'
\copy result.log FROM '$dir/log'
\copy result.expected FROM '$dir/expected'
\copy result.script FROM '$dir/scripts'
\copy result.transactions FROM '$dir/transactions'
END
psql -X -q -At -v seconds="$seconds" -v ticks="$(getconf CLK_TCK)" -f "$CCX_COPY/test/soak/report.sql" >"$dir/report" 2>&1
cat "$dir/report"
! grep -q '^not ok\|ERROR' "$dir/report"
