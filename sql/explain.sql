-- explain_metric(): what a number means, for whoever reads it without the documentation at hand
--
-- Every metric has an entry here (a test looks), in the words of doc/.  When a definition changes so that the same data
-- give another number, its version goes up by one.

CREATE FUNCTION metric_definitions()
RETURNS TABLE (metric text, version integer, unit text, formula text, population text, exclusions text, clamps text,
	undefined_when text, currency text, source text, differs_from text, documentation text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
WITH often (cohort, apart, clamp, one, none) AS (
	SELECT 'customers with MRR at opening',
		'customers that are new or come back; rows in which both amounts are NULL (skipped_rows)',
		'a negative amount counts as 0, after the rows of a customer are added (negative_rows, negative_mrr)',
		'one per group: a second one is error 22000, if currencies are given',
		'none: no amounts'
)
SELECT e.* FROM often, LATERAL (VALUES
	-- revenue retention
	('nrr', 1, 'share of the opening MRR', 'closing MRR of customers with an opening, divided by their opening MRR',
		cohort, apart, clamp, 'no opening MRR at all: NULL', one,
		'fixed year-ago cohort: kellblog.com/2022/10/05/accept-no-imitations-or-subtitutes-lazy-nrr-is-not-nrr, filings of Confluent and GitLab',
		'ChartMogul adds reactivation (nrr(summary, true) agrees); Chargebee counts subscriptions; a join of two snapshots leaves out who left', 'doc/retention.md'),
	('grr', 1, 'share of the opening MRR, 0 to 1', 'the lesser of closing and opening of each customer with an opening, added up, divided by their opening MRR',
		cohort, apart || '; expansion', clamp || '; each customer is capped at its opening', 'no opening MRR at all: NULL', one,
		'bounded at 100 %: SaaS Metrics Standards Board, as reported by docs.imboard.ai; dbt-labs/mrr-playbook', 'Chargebee''s example caps the totals, which hides churn behind the expansion of others', 'doc/retention.md'),
	('revenue_churn_rate', 1, 'share of the opening MRR, 0 to 1', '1 - grr', cohort, apart || '; expansion', clamp, 'no opening MRR at all: NULL', one,
		'ChartMogul, gross MRR churn', 'net revenue churn is 1 - nrr', 'doc/retention.md'),
	('logo_retention', 1, 'share of the opening customers, 0 to 1', 'customers with MRR at opening and at closing, divided by customers with MRR at opening',
		cohort, apart, clamp, 'nobody with an opening: NULL', one, 'ChartMogul, standard formula: help.chartmogul.com/hc/en-us/articles/207340419',
		'who left and came back inside the window is retained; ChartMogul''s Shopify formula adds daily rates; Stripe''s denominator adds new subscribers', 'doc/retention.md'),
	('logo_churn_rate', 1, 'share of the opening customers, 0 to 1', '1 - logo_retention', cohort, apart, clamp, 'nobody with an opening: NULL', one,
		'ChartMogul, standard formula', 'as logo_retention', 'doc/retention.md'),
	('quick_ratio', 1, 'ratio, 0 and up', '(new + reactivation + expansion MRR) divided by (contraction + churned MRR)', 'all customers of either end', 'rows in which both amounts are NULL',
		clamp, 'nothing was lost: NULL', one, 'field usage', 'none known', 'doc/retention.md'),
	('arpa', 1, 'MRR per customer', 'closing MRR divided by customers with MRR at closing', 'customers with MRR at closing', 'customers without', clamp, 'nobody at closing: NULL', one,
		'ChartMogul, ARPA', 'averages of opening and closing give another number', 'doc/retention.md'),
	('compound', 1, 'rate', 'the product of rates', 'whatever the rates are of', 'nothing: a NULL rate makes it NULL', 'rounded to 20 decimals', 'a rate is NULL, or there is none: NULL', none,
		'ccx', 'not a cohort''s rate over the whole time: customers won on the way are in it', 'doc/retention.md'),
	('nrr_ci', 1, 'interval of a share', 'ratio estimator, linearised, from second moments; Student t at n_eff - 1, n_eff = (sum of o)^2 / sum of o^2', cohort, apart, 'not below 0', 'n_eff below 10, or no second moments: NULLs', one,
		'Cochran, Sampling Techniques, 3rd ed., 6.4; Kish''s effective sample size; coverage measured in doc/retention.md', 'a plain normal interval covers 0.87 to 0.91 instead of 0.95', 'doc/retention.md'),
	('grr_ci', 1, 'interval of a share, 0 to 1', 'Wilson score interval for the number of equal customers to which the variance of the ratio corresponds', cohort, apart || '; expansion', 'each customer is capped at its opening', 'n_eff below 10, or no second moments: NULLs', one,
		'Wilson, JASA 22 (1927); Kish''s effective sample size', 'a plain normal interval covers 0.85 instead of 0.95', 'doc/retention.md'),
	('logo_retention_ci', 1, 'interval of a share', 'Wilson score interval', cohort, apart, clamp, 'fewer than 10 customers: NULLs', none, 'Wilson, JASA 22 (1927)', 'the Wald interval leaves 0 to 1', 'doc/retention.md'),
	-- MRR
	('mrr_at', 1, 'MRR', 'rows of the customer that cover the day, added up', 'one customer', 'rows without a date or an amount (skipped_rows)', 'a negative sum counts as 0', 'never: 0 outside the history', one,
		'ccx', 'tools that clamp each row lose discounts', 'doc/retention.md'),
	('mrr_movement', 1, 'word', 'new, reactivation, expansion, contraction, churn or unchanged, by opening, closing and whether seen before', 'one customer', 'nobody', 'a negative amount counts as 0', 'no MRR at both ends: NULL', none,
		'ChartMogul: help.chartmogul.com/hc/en-us/articles/203299912', 'cancelling one of several subscriptions is contraction, not churn', 'doc/retention.md'),
	('monthly_amount', 1, 'MRR', 'amount by months in the unit: year / 12, quarter / 3, week * 52 / 12, day * 365 / 12, divided by count', 'one price', 'nothing', 'no clamp', 'amount is NULL: NULL', none,
		'dbt_stripe', 'Ghost shipped week * 4', 'doc/retention.md'),
	('arr', 1, 'ARR', '12 * MRR', 'whatever the MRR is of', 'nothing', 'no clamp', 'MRR is NULL: NULL', none, 'field usage', 'contracted ARR, which counts what has not begun', 'doc/retention.md'),
	-- cohorts
	('cohort_table', 1, 'share of the cohort', 'customers of the cohort that are active in the period (on), in it or later (on_or_after), or in it by the period before (previous), divided by the cohort or by that',
		'customers by their first active period, or the cohort date that is given', 'rows without a customer or a date (skipped_rows); periods that are not over are flagged (is_complete)', 'gross MRR: each customer capped at its first period',
		'denominator 0: NULL', one, 'PostHog, Amplitude and Mixpanel, documentation of retention', 'Amplitude counts rolling 24 hours and months of 30 days; PostHog calendar periods', 'doc/cohorts.md'),
	('retention_curve', 1, 'share of eligible customers', 'active divided by eligible over all cohorts old enough, by age', 'cohorts that have reached the age', 'younger ones', 'Wilson interval, within 0 to 1', 'no cohort is old enough: no row', none,
		'weighted, as asked for in github.com/PostHog/posthog/issues/25998', 'the mean of the cohorts'' rates gives a small cohort the weight of a large one', 'doc/cohorts.md'),
	('stage_funnel', 1, 'customers, days', 'customers that reached a stage, those of them that reached the next one later, and the median of their days', 'customers with a row at the stage', 'rows without customer, stage or date', 'first time counts', 'nobody went on: NULL days', none,
		'ccx', 'funnels that count events', 'doc/durations.md'),
	-- renewals
	('renewal_rate', 1, 'share of the ARR due', 'ARR renewed on time or within grace, divided by ARR due', 'contracts due in the period and decided', 'contracts still open; rows without due date or ARR (skipped_rows)', 'no clamp: growth counts', 'nothing decided: NULL',
		one, 'ARR up for renewal: www.saasgrid.com/metrics-library/arr-up-for-renewal', 'some book a late renewal where it was signed: 0 % and then 200 % (opexengine.com); here it belongs to its due date', 'doc/renewals.md'),
	('gross_renewal_rate', 1, 'share of the ARR due, 0 to 1', 'as renewal_rate, each contract capped at what was due', 'contracts due in the period and decided', 'contracts still open', 'each contract is capped at what was due', 'nothing decided: NULL', one, 'as renewal_rate', 'as renewal_rate', 'doc/renewals.md'),
	('logo_renewal_rate', 1, 'share of the contracts due, 0 to 1', 'contracts renewed on time or within grace, divided by contracts due', 'contracts due in the period and decided', 'contracts still open', 'no amounts', 'nothing decided: NULL', none, 'as renewal_rate', 'as renewal_rate', 'doc/renewals.md'),
	('on_time_rate', 1, 'share of the renewals, 0 to 1', 'renewed by the due date, divided by renewed by then or within grace', 'renewed contracts', 'lost and open ones', 'no amounts', 'nothing renewed: NULL', none, 'ccx', 'as a share of what was due it mixes lateness with loss', 'doc/renewals.md'),
	-- voice
	('nps', 1, 'points, -100 to 100', '100 * (answers 9 and 10 - answers 0 to 6) / answers', 'answers on the scale 0 to 10', 'NULL answers (skipped_rows)', 'an answer off the scale is error 22003', 'nobody answered: NULL', none,
		'Net Promoter Score; a trademark of its owners', 'the share of promoters is not NPS; the latest answer per customer is a choice of the query', 'doc/voice.md'),
	('nps_ci', 1, 'interval in points', 'score interval: the NPS that the answers do not reject, judged by the variance under that NPS', 'answers on the scale 0 to 10', 'NULL answers', 'always within -100 and 100', 'fewer than 2 answers: NULLs', none,
		'Tango, Statistics in Medicine 17 (1998)', 'vendors show none', 'doc/voice.md'),
	('csat', 1, 'share, 0 to 1', 'answers of 4 and 5 (or from top on), divided by answers', 'answers on the scale 1 to 5', 'NULL answers (skipped_rows)', 'an answer off the scale is error 22003', 'nobody answered: NULL', none,
		'Top 2 Box: kicue.com/en/blog/how-to-calculate-csat', 'it is not the mean', 'doc/voice.md'),
	('ces', 1, 'mean answer', 'sum of answers / answers', 'answers on the scale 1 to 7, or 1 to 5', 'NULL answers (skipped_rows)', 'an answer off the scale is error 22003', 'nobody answered: NULL', none, 'field usage', 'some ask the other way round, so that low is easy', 'doc/voice.md'),
	('ces_easy', 1, 'share, 0 to 1', 'answers of 5, 6 and 7, divided by answers', 'answers on the scale 1 to 7', 'NULL answers (skipped_rows)', 'an answer off the scale is error 22003', 'nobody answered: NULL', none, 'field usage', 'as ces', 'doc/voice.md'),
	-- durations
	('km_median', 1, 'days or hours', 'Kaplan-Meier: the smallest t with survival at most 1/2', 'all who started', 'rows without a start, or done before it (skipped_rows)', 'who has not arrived is censored at the as-of date', 'half have not arrived: NULL', none,
		'Kaplan and Meier, JASA 53 (1958)', 'the mean or median of those who arrived is biased low; R''s survfit takes a midpoint where survival hits 1/2', 'doc/durations.md'),
	('km_quantile', 1, 'days or hours', 'Kaplan-Meier: the smallest t with survival at most 1 - p', 'all who started', 'as km_median', 'as km_median', 'not reached: NULL', none, 'as km_median', 'as km_median', 'doc/durations.md'),
	('km_survival', 1, 'share, 0 to 1', 'Kaplan-Meier: the product of (n - d) / n until t', 'all who started', 'as km_median', 'as km_median', 'nobody: NULL', none, 'as km_median', 'shares of those who arrived', 'doc/durations.md'),
	('km_curve', 1, 'share by day or hour', 'Kaplan-Meier with Greenwood''s variance, log-log interval', 'all who started', 'as km_median', 'as km_median', 'nobody: no row', none, 'Greenwood 1926; equal to R''s survfit to 1e-12', 'as km_survival', 'doc/durations.md'),
	('restricted_mean', 1, 'days or hours', 'the area under the Kaplan-Meier curve until t', 'all who started', 'as km_median', 'as km_median', 'nobody: NULL', none, 'Irwin 1949', 'a mean without a limit, which censoring hides', 'doc/durations.md'),
	('log_rank', 1, 'chi-squared, p-value', 'log-rank test of two groups', 'all who started, in either', 'as km_median', 'as km_median', 'the groups never wait together: NULLs', none, 'Mantel 1966', 'a t-test of those who arrived', 'doc/durations.md'),
	-- unit economics
	('ltv', 1, 'amount', 'ARPA * margin / churn rate', 'customers of one period', 'nothing', 'churn or margin above 1 is error 22003', 'churn 0 or below: NULL', one,
		'ChartMogul: help.chartmogul.com/hc/en-us/articles/203359061', 'ChartMogul shows 0 at no churn, Stripe puts in 1.67 %', 'doc/economics.md'),
	('km_lifetime_value', 1, 'amount', 'ARPA * margin * restricted_mean until the horizon', 'all customers, those still there censored', 'as km_median', 'nothing beyond the horizon', 'nobody: NULL', one, 'ccx', 'ltv takes churn to be the same at every age', 'doc/economics.md'),
	('cac_payback_months', 1, 'months', 'sales and marketing spend / (new MRR * gross margin)', 'new customers of the period', 'reactivation, expansion', 'a margin above 1 is error 22003', 'nothing won, or no margin: NULL', one,
		'SaaS Metrics Standards Board, as reported by www.imboard.ai/kpis/cac-payback-period', 'net-new MRR in the denominator mixes in churn', 'doc/economics.md'),
	('gross_margin', 1, 'share of revenue', '(revenue - cost) / revenue', 'whatever the amounts are of', 'nothing', 'below 0 where it costs more', 'no revenue: NULL', one, 'field usage', 'averages of customers'' margins', 'doc/economics.md'),
	('sla_attainment', 1, 'share, 0 to 1', 'met / (met + breached)', 'tickets that are decided', 'NULL: open and not late yet', 'no amounts', 'nothing decided: NULL', none, 'Fivetran dbt_zendesk', 'open tickets counted as met', 'doc/economics.md'),
	('advocacy_rate', 1, 'share, 0 to 1', 'referenceable / active customers', 'active customers', 'those who are not', 'NULL is no', 'nobody active: NULL', none, 'field usage', 'counts of references', 'doc/economics.md'),
	('adoption_rate', 1, 'share, 0 to 1', 'used / entitled customers', 'customers entitled to the feature', 'those who are not, whatever they did', 'NULL is no', 'nobody entitled: NULL', none, 'field usage', 'usage by all customers', 'doc/economics.md'),
	-- health
	('scale_linear', 1, 'score, 0 to 100', '100 * (x - worst) / (best - worst)', 'one measure', 'nothing', 'cut off at 0 and 100', 'an argument is NULL: NULL', none, 'ccx', 'none known', 'doc/health.md'),
	('scale_steps', 1, 'score, 0 to 100', 'the score of the first cut that is not exceeded', 'one measure', 'nothing', 'scores are 0 to 100', 'an argument is NULL: NULL', none, 'ccx', 'none known', 'doc/health.md'),
	('scale_logistic', 1, 'score, 0 to 100', '100 / (1 + exp(-slope * (x - mid)))', 'one measure', 'nothing', '0 or 100 far from mid; rounded to 10 decimals', 'an argument is NULL: NULL', none, 'ccx', 'none known', 'doc/health.md'),
	('health_score', 1, 'score, 0 to 100', 'sum of weight * score / sum of weight, over signals that are present', 'signals with a score and a weight above 0', 'missing signals: their weight goes to the others', 'a score outside 0 to 100 counts as 0 or 100 (clamped_signals)',
		'nothing present, or coverage below min_coverage: NULL', none, 'Gainsight scorecards', 'Gainsight''s treatment of missing measures changed in release 6.15', 'doc/health.md'),
	('health_coverage', 1, 'share of the weight, 0 to 1', 'weight of the signals present / weight of all', 'all signals', 'nothing', 'no clamp', 'all weights are 0: NULL', none, 'ccx', 'none known', 'doc/health.md'),
	('health_band', 1, 'word', 'red up to 50, yellow up to 75, green above, or the bands given', 'one score', 'nothing', 'a cut belongs to the band below', 'no score: NULL', none, 'Gainsight: lower bound exclusive but for the first', 'bands that take the cut above', 'doc/health.md'),
	('health_drivers', 1, 'points', 'weight * (100 - score) / weight present, of each signal', 'signals of the customer or segment', 'missing signals lose 0', 'points add up to 100 - health_score', 'no score: NULL', none, 'ccx', 'none known', 'doc/health.md'),
	-- usage; days without a row are days without usage
	('usage_level', 1, 'usage a week', 'median of the last weekly totals', 'whole weeks of one customer, the last of which ends on the as-of date', 'rows without day or usage (skipped_rows); days after the as-of date', 'negative usage is error 22023', 'fewer whole weeks: NULL', none,
		'ccx', 'calendar weeks, of which the last is half empty', 'doc/usage.md'),
	('usage_drop', 1, 'ratio, above 0 for a fall', '(median of the base weeks - median of the recent ones) / (1.4826 * median distance of a week from the median of its group + 0.1 * the larger median)', 'whole weeks of one customer: the recent ones, and the base before them', 'as usage_level',
		'at most 10, for who falls silent', 'fewer whole weeks, or no usage in the base: NULL', none, 'ccx; 1.4826 * MAD as in R''s mad()', 'a fixed alarm at -30 % cries wolf where usage is irregular', 'doc/usage.md'),
	('usage_slope', 1, 'relative change a day', 'least-squares slope of daily usage / mean daily usage', 'the last days of one customer', 'as usage_level', 'not robust', 'fewer days, or no usage: NULL', none, 'least squares', 'none known', 'doc/usage.md'),
	('usage_changepoint', 1, 'day, usage a week, strength', 'the week''s end with the largest difference of medians before and after, by noise and level as in usage_drop, times sqrt(a * b / (a + b)) for a weeks before and b after', 'whole weeks of one customer, at least 8, up to 26 on either side', 'as usage_level',
		'at least 4 weeks on either side', 'fewer weeks: NULLs', none, 'ccx', 'none known', 'doc/usage.md'),
	('usage_recency', 1, 'days', 'as-of date - last day with usage', 'one customer', 'days after the as-of date', '0 is today', 'no usage until then: NULL', none, 'field usage', 'none known', 'doc/usage.md'),
	-- back-tests
	('auc', 1, 'probability, 0 to 1', 'chance that a customer who left had the worse score than one who stayed, ties half', 'customers with score and outcome', 'NULLs (skipped_rows)', 'no clamp', 'nobody left, or nobody stayed: NULL', none, 'Mann and Whitney 1947', 'AUC of today''s score on past churn looks into the future', 'doc/backtest.md'),
	('lift', 1, 'ratio', 'churn rate in the worst q of customers / churn rate of all', 'customers with score and outcome', 'NULLs (skipped_rows)', 'a tie at the boundary counts pro rata', 'nobody left: NULL', none, 'field usage', 'tools that take the whole tie, or none of it', 'doc/backtest.md'),
	('capture', 1, 'share of the churned ARR, 0 to 1', 'churned ARR in the worst q of customers / churned ARR', 'customers with score, outcome and ARR', 'NULLs (skipped_rows)', 'a tie at the boundary counts pro rata', 'no ARR was lost: NULL', one, 'field usage', 'as lift', 'doc/backtest.md'),
	('confusion', 1, 'customers, shares', 'who was flagged at a cut, and who left', 'customers with score and outcome', 'NULLs (skipped_rows)', 'the cut itself is flagged', 'nobody flagged, or nobody left: NULL precision or recall', none, 'field usage', 'none known', 'doc/backtest.md'),
	('calibration', 1, 'share by bin', 'churn rate by bins of about equal count, with Wilson interval', 'customers with score and outcome', 'NULLs (skipped_rows)', 'equal scores are never split', 'nobody: no row', none, 'field usage', 'bins of equal width are nearly empty', 'doc/backtest.md'),
	('brier', 1, 'squared error, 0 to 1', 'mean of (probability - outcome)^2', 'customers with probability and outcome', 'NULLs (skipped_rows)', 'no clamp', 'nobody: NULL; scores are error 22023', none, 'Brier 1950', '1 - score/100 is no probability', 'doc/backtest.md'),
	('fit_health_weights', 1, 'weights, adding up to 100', 'logistic regression with an L2 penalty on standardised signals', 'customers with outcome and all signals', 'NULLs (skipped)', 'a signal that speaks against leaving less gets weight 0', 'nobody left, or nobody stayed: NULL', none, 'Hoerl and Kennard 1970; le Cessie and van Houwelingen 1992', 'weights chosen by opinion', 'doc/backtest.md'),
	('churn_probability', 1, 'probability, 0 to 1', '1 / (1 + exp(-intercept - sum of coefficient * signal))', 'one customer', 'nothing', 'rounded to 4 decimals', 'a signal is NULL: NULL', none, 'as fit_health_weights', '1 - score/100 is no probability', 'doc/backtest.md'),
	('renewal_forecast', 1, 'annual amount', 'ARR due * (1 - churn rate of the tenth of a back-test that the score is in)', 'one contract', 'nothing', 'no clamp', 'a back-test without customers: NULLs', 'the caller''s: amounts of one currency', 'ccx; interval of the rate: Wilson 1927', 'an account manager''s opinion; 1 - score/100 is no probability', 'doc/backtest.md'),
	('renewal_forecast_total', 1, 'annual amount', 'sum of renewal_forecast; its interval from outcomes of contracts and from rates that contracts of a tenth share', 'contracts with score and ARR due', 'NULLs (skipped_rows)', 'the interval is within 0 and what is due', 'a back-test without customers: NULLs', 'the caller''s: amounts of one currency', 'ccx; limits are combined by Zou and Donner 2008', 'the intervals of renewal_forecast added up are of rates: they leave out that a contract is renewed or not', 'doc/backtest.md'),
	-- why
	('drivers', 1, 'rate', 'mix = change of weight * (rate - rate of all), rate = weight * change of rate, by means of the two periods; the rate by expansion, contraction, churn', 'segments of two periods', 'nobody: segments without an opening have no effect',
		'rounded to 12 decimals, all digits add up', 'one of the periods has no opening: NULL', one, 'brybrydataguy.com/blogs/bry-the-numbers/mix-effects', 'three terms with an interaction; here each half has half of it', 'doc/drivers.md'),
	('reconcile', 1, 'rate', '(change of numerator - mean rate * change of opening) / mean opening, by customer and cause', 'customers of two systems', 'rows without a customer (a cause of their own); customers neither knows',
		'a negative sum counts as 0 (a cause of its own); rounded to 12 decimals, all digits add up', 'one of the systems has no opening: NULL effects', one, 'ccx', 'none known', 'doc/drivers.md')
) AS e (metric, version, unit, formula, population, exclusions, clamps, undefined_when, currency, source, differs_from, documentation)
$$;
COMMENT ON FUNCTION metric_definitions() IS 'what every metric means: one row a metric, for a data catalog';

CREATE FUNCTION explain_metric(metric text)
RETURNS TABLE (item text, explanation text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 11 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	d record;
BEGIN
	SELECT * INTO d FROM ccx.metric_definitions() AS m WHERE m.metric = explain_metric.metric;
	IF NOT FOUND THEN
		RAISE invalid_parameter_value USING
			MESSAGE = format('unknown metric %s', coalesce(quote_literal(left(metric, 100)), 'NULL')),
			DETAIL = (SELECT format('Valid are %s.', string_agg(m.metric, ', ' ORDER BY m.metric COLLATE "C")) FROM ccx.metric_definitions() AS m);
	END IF;
	RETURN QUERY VALUES
		('metric', d.metric), ('unit', d.unit), ('formula', d.formula), ('population', d.population), ('exclusions', d.exclusions),
		('clamps', d.clamps), ('undefined when', d.undefined_when), ('currency', d.currency), ('source', d.source),
		('differs from', d.differs_from), ('documentation', d.documentation), ('definition version', d.version::text);
END $$;
COMMENT ON FUNCTION explain_metric(text) IS 'what a metric means: formula, population, exclusions, clamps, when it is undefined, source, and who defines it otherwise';

-- the same with the numbers of one summary
CREATE FUNCTION explain_metric(metric text, summary retention_summary)
RETURNS TABLE (item text, explanation text)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 19 SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	value numeric;
	content jsonb := ccx.describe(summary);
BEGIN
	RETURN QUERY SELECT * FROM ccx.explain_metric(metric);
	CASE metric
		WHEN 'nrr' THEN value := ccx.nrr(summary);
		WHEN 'grr' THEN value := ccx.grr(summary);
		WHEN 'revenue_churn_rate' THEN value := ccx.revenue_churn_rate(summary);
		WHEN 'logo_retention' THEN value := ccx.logo_retention(summary);
		WHEN 'logo_churn_rate' THEN value := ccx.logo_churn_rate(summary);
		WHEN 'quick_ratio' THEN value := ccx.quick_ratio(summary);
		WHEN 'arpa' THEN value := ccx.arpa(summary);
		ELSE
			RAISE invalid_parameter_value USING
				MESSAGE = format('metric %s is not read from a retention_summary', quote_literal(metric)),
				DETAIL = 'Those are nrr, grr, revenue_churn_rate, logo_retention, logo_churn_rate, quick_ratio and arpa.',
				HINT = format('explain_metric(%s) explains it without numbers.', quote_literal(metric));
	END CASE;
	IF summary IS NULL THEN
		RETURN;
	END IF;
	RETURN QUERY VALUES
		('value', coalesce(value::text, 'undefined')),
		('customers at opening', ccx.opening_customers(summary)::text), ('MRR at opening', ccx.opening_mrr(summary)::text),
		('customers at closing', ccx.closing_customers(summary)::text), ('MRR at closing', ccx.closing_mrr(summary)::text),
		('skipped rows', ccx.skipped_rows(summary)::text),
		('rows with a negative amount', format('%s, together %s, counted as 0', ccx.negative_rows(summary), ccx.negative_mrr(summary))),
		('currency of these rows', coalesce(content->>'currency', 'not given')),
		('window', CASE WHEN content ? 't0' THEN format('%s to %s', content->>'t0', content->>'t1') ELSE 'not known: rows came without dates' END);
END $$;
COMMENT ON FUNCTION explain_metric(text, retention_summary) IS 'what a metric means, and what a summary has to say of it: its value, who is in it, what was left out';
