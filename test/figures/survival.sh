#!/bin/sh
# Survival of a telephone company's customers by ccx and by R's survival package (Debian: r-cran-survival): curve,
# Greenwood's standard error, log-log limits and log-rank, equal to 1e-12.
#
#     sh test/figures/survival.sh DATABASE
#
# psql finds the server as ever. Skipped, saying so, where R, its package or the data is not there; "figures" names the
# folder of the data if it is not ../shared/data/figures.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
database=${1:-postgres}
figures=${figures:-../shared/data/figures}

skip()
{
	echo "ok - survival against R # SKIP $1"
	exit 0
}

[ -f "$figures/09_telco_churn/load.sql" ] || skip "no third-party figures in $figures"
command -v Rscript >/dev/null || skip "no R: install r-cran-survival"
Rscript -e 'quit(status = !requireNamespace("survival", quietly = TRUE))' >/dev/null 2>&1 ||
	skip "R without its package survival: install r-cran-survival"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$figures/09_telco_churn" && psql -X -q -d "$database" -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning' -f load.sql >/dev/null)
psql -X -q -d "$database" -v ON_ERROR_STOP=1 >/dev/null <<-END_OF_SQL
	SET client_min_messages = warning;
	CREATE EXTENSION IF NOT EXISTS ccx;
	CREATE TEMP TABLE rows AS
	SELECT s.segment, tenure, (churn = 'Yes')::int AS churned
	FROM h09.telco, LATERAL (VALUES ('all'), (contract), (internet_service || ' internet')) AS s (segment);
	-- a month of tenure stands for a day, since durations are counted in days or hours
	CREATE TEMP TABLE durations AS
	SELECT segment, ccx.duration_agg(date '2000-01-01', CASE churned WHEN 1 THEN date '2000-01-01' + tenure END, date '2000-01-01' + tenure) AS d
	FROM rows GROUP BY segment;
	\\copy (SELECT segment, tenure, churned FROM rows) TO '$work/rows.csv' CSV HEADER
	\\copy (SELECT segment, c.t, c.at_risk, c.events, c.censored, c.survival, c.std_err, c.low, c.high FROM durations, ccx.km_curve(d) AS c ORDER BY segment, c.t) TO '$work/curves.csv' CSV HEADER
	\\copy (SELECT a.segment AS segment_1, b.segment AS segment_2, l.chi_square FROM durations AS a JOIN durations AS b ON a.segment < b.segment AND a.segment <> 'all' AND b.segment <> 'all' AND (a.segment LIKE '%internet') = (b.segment LIKE '%internet'), ccx.log_rank(a.d, b.d) AS l) TO '$work/pairs.csv' CSV HEADER
END_OF_SQL
Rscript "$here/../oracle/survival.R" "$work/rows.csv" "$work/curves.csv" "$work/pairs.csv"
