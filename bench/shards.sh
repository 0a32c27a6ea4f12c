#!/bin/sh
# What merging shards costs: summaries of many shards, computed one after another, travel as text and are rolled up.
#
#     sh bench/shards.sh [SHARDS [CUSTOMERS]]
#
# 20 shards of 1,000,000 customers unless said otherwise. The customers of a shard are made, aggregated by segment
# (five of them) and forgotten, in as many processes as there are cores. Printed are the seconds that a shard
# took; and of each summary the bytes of all that travel, the milliseconds to read and roll up these, median of
# five, and the bytes of the result. As bench/run.sh this works in a scratch folder with a throw-away server.

set -eu
CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"
. "$CCX_TOP/bench/lib.sh"

case ${1:-} in
	--help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac
shards=${1:-20}
customers=${2:-1000000}

ccx_packages
ccx_scratch
ccx_build "$CCX_COPY"
ccx_server_start shared_buffers=1GB work_mem=1GB max_wal_size=4GB autovacuum=off max_parallel_workers_per_gather=0
bench_psql -c 'CREATE EXTENSION ccx'
bench_machine

# Subscriptions of three years from 2022 on: a customer has one to three of a year each, and in between pauses; some run on.
bench_psql <<'SQL'
SET search_path = public, ccx;
CREATE TABLE shard (shard int, segment int, seconds numeric, retention retention_summary, movements mrr_movements,
	twelve_months mrr_movements, revenue cohort_matrix, survey survey_summary, duration duration_summary,
	renewal renewal_summary, backtest backtest_summary);

CREATE PROCEDURE public.compute(number int, customers bigint) LANGUAGE plpgsql SET search_path = public, ccx AS $$
DECLARE
	started timestamptz = clock_timestamp();
BEGIN
	INSERT INTO shard
	SELECT number, i % 5, NULL,
	       retention_agg(mrr_at(history, '2023-12-31'), mrr_at(history, '2024-12-31')), mrr_movements_agg(history),
	       mrr_movements_agg(history, 'month', 'year'), cohort_revenue_agg(history), survey_agg(i * 7919 % 11, 'nps'),
	       duration_agg(date '2022-01-01', CASE WHEN i % 4 > 0 THEN date '2022-01-01' + (i * 104729 % 365)::int END, '2022-12-31'),
	       renewal_agg(date '2024-01-01' + (i % 365)::int, i % 997, CASE WHEN i % 8 > 0 THEN date '2024-01-01' + (i % 400)::int END, i % 1009, '2024-12-31'),
	       backtest_agg(i * 7919 % 10001 / 100.0, i % 10 = 0, i % 997)
	FROM (SELECT i, mrr_history(first_day + term * 365, CASE WHEN term < 2 OR i % 3 > 0 THEN first_day + term * 365 + 365 - (i % 2 * 31)::int END,
	                            20 + (i * 2654435761 % 50000 + term * 500) / 100.0) AS history
	      FROM (SELECT i, date '2022-01-01' + (i * 7919 % 730)::int AS first_day
	            FROM generate_series((number - 1) * customers + 1, number * customers) AS i) AS c, generate_series(0, 2) AS term
	      WHERE term <= i % 3 GROUP BY i) AS c
	GROUP BY i % 5;
	UPDATE shard SET seconds = extract(epoch FROM clock_timestamp() - started) WHERE shard = number;
END $$;
SQL
seq "$shards" | xargs -P "$(nproc)" -I '{}' psql -X -q -v ON_ERROR_STOP=1 -c "CALL compute({}, $customers)"

bench_psql <<SQL
SET search_path = public, ccx;
SELECT format('%s shards of %s customers: %s s each (%s to %s)', $shards, $customers, round(avg(seconds), 1), round(min(seconds), 1), round(max(seconds), 1)) FROM shard;
SELECT format('customers in the merged survey: %s', responses(rollup(survey))) FROM shard;
SQL

printf '%-16s %14s %14s %10s %14s\n' summary 'bytes, one' 'text of all' 'merge ms' 'bytes, merged'
for summary in retention movements twelve_months revenue survey duration renewal backtest; do
	type=$(bench_psql -c "SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'shard'::regclass AND attname = '$summary'")
	bench_psql -c "CREATE TABLE sent_$summary AS SELECT $summary::text AS value FROM shard"
	sizes=$(bench_psql -F ' ' -c "SELECT round(avg(octet_length(ccx.$(echo "$type" | sed 's/^ccx\.//')_send($summary)))), sum(octet_length($summary::text)) FROM shard")
	merged=$(bench_psql -c "SELECT pg_column_size(ccx.rollup($summary)) FROM shard")
	took=$(bench_median 5 "SELECT ccx.rollup(value::$type) FROM sent_$summary")
	# shellcheck disable=SC2086  # two words
	printf '%-16s %14s %14s %10s %14s\n' "$summary" $sizes "$took" "$merged"
done
