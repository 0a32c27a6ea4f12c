#!/bin/sh
# Health weights of a telephone company's 7,043 customers by ccx, and the same maximum found by R (Debian: r-base-core)
# from the definition: coefficients and standard errors within 1e-6, AUC in-sample and held out.
#
#     sh test/figures/health_fit.sh DATABASE
#
# psql finds the server as ever. Skipped, saying so, where R or the data is not there; "figures" names the folder of the
# data if it is not ../shared/data/figures.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
database=${1:-postgres}
figures=${figures:-../shared/data/figures}

skip()
{
	echo "ok - health weights against R # SKIP $1"
	exit 0
}

[ -f "$figures/09_telco_churn/load.sql" ] || skip "no third-party figures in $figures"
command -v Rscript >/dev/null || skip "no R: install r-base-core"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$figures/09_telco_churn" && psql -X -q -d "$database" -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning' -f load.sql >/dev/null)
psql -X -q -d "$database" -v ON_ERROR_STOP=1 >/dev/null <<-END_OF_SQL
	SET client_min_messages = warning;
	SET extra_float_digits = 3;
	CREATE EXTENSION IF NOT EXISTS ccx;
	CREATE TEMP TABLE rows AS
	SELECT (churn = 'Yes')::int AS churned, tenure, monthly_charges, senior_citizen, (partner = 'Yes')::int AS partner, (dependents = 'Yes')::int AS dependents,
	       (contract = 'One year')::int AS one_year, (contract = 'Two year')::int AS two_years, (internet_service = 'Fiber optic')::int AS fiber,
	       (internet_service = 'No')::int AS no_internet, (online_security = 'Yes')::int AS security, (tech_support = 'Yes')::int AS support,
	       (streaming_tv = 'Yes')::int AS tv, (paperless_billing = 'Yes')::int AS paperless, (payment_method = 'Electronic check')::int AS electronic_check,
	       (multiple_lines = 'Yes')::int AS lines
	FROM h09.telco;
	CREATE TEMP TABLE fits AS
	SELECT ridge, ccx.fit_health_weights(churned = 1, ARRAY[tenure, monthly_charges, senior_citizen, partner, dependents, one_year, two_years, fiber, no_internet, security, support, tv, paperless, electronic_check, lines]::float8[], ridge) AS f
	FROM rows, unnest('{1e-6,1,100}'::float8[]) AS ridge
	GROUP BY ridge;
	\\copy rows TO '$work/rows.csv' CSV HEADER
	\\copy (SELECT ridge, v.name, coalesce(v.number, 0) AS number, v.value FROM fits, LATERAL (SELECT 'intercept' AS name, NULL::bigint AS number, (f).intercept AS value UNION ALL SELECT 'auc', NULL, (f).auc UNION ALL SELECT 'auc_held_out', NULL, (f).auc_held_out UNION ALL SELECT 'coefficient', n, c FROM unnest((f).coefficients) WITH ORDINALITY AS u (c, n) UNION ALL SELECT 'std_error', n, c FROM unnest((f).std_errors) WITH ORDINALITY AS u (c, n)) AS v) TO '$work/fits.csv' CSV HEADER
END_OF_SQL
Rscript "$here/../oracle/health_fit.R" "$work/rows.csv" "$work/fits.csv"
