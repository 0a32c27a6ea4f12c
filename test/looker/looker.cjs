// The LookML project in examples/looker: parsed, its measures run against the database and compared with ccx's own results.
//
//     node test/looker/looker.cjs FOLDER_WITH_NODE_MODULES DATABASE
//
// psql finds the server as ever; the database has the sample company and examples/looker/metric_views.sql.  Prints TAP.
const fs = require('fs');
const path = require('path');
const { execFileSync } = require('child_process');
const parse = require(path.resolve(process.argv[2], 'node_modules/lookml-parser/lib/parse'));
const database = process.argv[3];
const project = path.join(__dirname, '../../examples/looker');

function psql(sql, options = []) {
	return execFileSync('psql', ['-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', '-d', database, ...options], { input: sql, encoding: 'utf8', maxBuffer: 1 << 26 }).trimEnd();
}

function test(ok, name, ...why) {
	console.log(`${ok ? 'ok' : 'not ok'} - ${name}`);
	if (!ok)
		for (const line of why)
			console.log(`#   ${String(line).replaceAll('\n', '\n#   ')}`);
}

function list(object) {
	return Object.entries(object || {}).filter(([name]) => !name.startsWith('$'));
}

// ---------------------------------------------------------------- the project is whole

const model = parse(fs.readFileSync(path.join(project, 'ccx.model.lkml'), 'utf8'));
const views = {};
for (const file of fs.readdirSync(path.join(project, 'views'))) {
	const text = fs.readFileSync(path.join(project, 'views', file), 'utf8');
	for (const [name, view] of list(parse(text).view)) {
		views[name] = view;
		test(text.trimEnd() === psql(fs.readFileSync(path.join(project, 'lookml.sql'), 'utf8'), ['-v', `view=metrics.${name}`]),
			`views/${file} is what lookml.sql writes`);
	}
}
const metric_views = JSON.parse(psql("SELECT json_object_agg(replace(view, 'metrics.', ''), kind) FROM ccx.metric_views"));
test(typeof model.connection === 'string' && model.include === '/views/*.view.lkml', 'the model has a connection and includes the views');
test(Object.keys(views).sort().join() === Object.keys(metric_views).sort().join(), 'every metric view has a LookML view', Object.keys(views), Object.keys(metric_views));
test(list(model.explore).map(([name]) => name).sort().join() === Object.keys(views).sort().join(), 'every LookML view has an explore');
test(list(model.datagroup).some(([name]) => name === model.persist_with), 'the datagroup that results persist with is there');

const fields = {};
for (const [name, view] of Object.entries(views)) {
	const of = fields[name] = new Set();
	for (const [field] of [...list(view.dimension), ...list(view.measure)])
		of.add(field);
	for (const [group, { timeframes }] of list(view.dimension_group))
		for (const timeframe of timeframes)
			of.add(`${group}_${timeframe}`);
	const missing = [];
	for (const [, set] of list(view.set))
		missing.push(...set.fields.filter(field => !of.has(field)));
	for (const [field, { drill_fields, label, description, sql }] of [...list(view.dimension), ...list(view.measure), ...list(view.dimension_group)]) {
		if (!label || !description || !sql)
			missing.push(`${field}: label, description or sql`);
		missing.push(...(drill_fields || []).filter(drilled => !(drilled.endsWith('*') && view.set[drilled.slice(0, -1)])));
	}
	test(missing.length === 0, `${name}: drill fields exist, all fields have labels and descriptions`, ...missing);
}

// ---------------------------------------------------------------- measures are what ccx says

// ccx's own result for a measure, over s: all summaries of a group rolled up
const of_movements = {
	gross_retained_mrr: 'ccx.opening_mrr(s) - ccx.contraction_mrr(s) - ccx.churned_mrr(s)',
	logo_retention_low: '(ccx.logo_retention_ci(s)).low', logo_retention_high: '(ccx.logo_retention_ci(s)).high',
};
const of_summary = {
	movements: name => of_movements[name] || `ccx.${name}(s)`,
	usage: name => of_movements[name.replace('usage', 'mrr')] || `ccx.${name.replace('usage', 'mrr')}(s)`,
	survey: name => ({
		nps_low: '(ccx.nps_ci(s)).low', nps_high: '(ccx.nps_ci(s)).high',
		satisfied: 'ccx.csat(s) * ccx.responses(s)', easy: 'ccx.ces_easy(s) * ccx.responses(s)', score_total: 'ccx.ces(s) * ccx.responses(s)',
	}[name] || `ccx.${name}(s)`),
	renewal: name => ({ capped_arr: 'ccx.gross_renewal_rate(s) * ccx.due_arr(s)' }[name] || `ccx.${name.replace(/_renewals$/, '_count')}(s)`),
	duration: name => ({
		starts: 'ccx.event_count(s) + ccx.censored_count(s)', arrived: 'ccx.event_count(s)',
		median_time: 'ccx.km_median(s)', p90_time: 'ccx.km_quantile(s, 0.9)',
	}[name]),
	health: name => ({
		customers: 'ccx.health_customers(s)',
		present_weight: '(SELECT sum((g ->> \'weight\')::numeric) FROM jsonb_array_elements(ccx.describe(s) -> \'signals\') AS g)',
		total_weight: '(SELECT sum(d.weight) FROM ccx.health_drivers(s) AS d)',
		weighted_score: '(SELECT sum(d.weight) FROM ccx.health_drivers(s) AS d) * ccx.health_coverage(s) * ccx.health_score(s)',
	}[name] || `ccx.${name}(s)`),
};
// cohorts: by periods since, ccx.retention_curve() of all cohorts of a group together
const of_curve = {
	retention: 'c.retention', net_retention: 'c.net_retention', gross_retention: 'c.gross_retention', eligible: 'c.eligible', active: 'c.active',
	cohort_size: 'c.eligible', // no cohort is observed in part
};

// The query of differences between a measure's SQL and ccx, both grouped by keys: rows, values and differences.  Null where
// ccx has nothing to compare with.
function comparison(name, kind, measure, sql, keys) {
	const columns = keys.map(key => `"${key}"`).join(', ');
	const group = keys.length ? ` GROUP BY ${columns}` : '';
	const looker = `SELECT ${columns}${columns && ','} ${sql.replaceAll('${TABLE}', name)} AS value FROM metrics.${name} AS ${name}${group}`;
	let ccx;
	if (kind.endsWith('cohort')) {
		if (!of_curve[measure])
			return null;
		const outer = keys.filter(key => key !== 'period').map(key => `"${key}"`).join(', ');
		ccx = `SELECT ${columns}, ${of_curve[measure]} AS value FROM (SELECT ${outer}${outer && ','} ccx.rollup(summary) AS s FROM metrics.${name}_summaries${outer && ` GROUP BY ${outer}`}) AS g,
			ccx.retention_curve(s, (SELECT max(last_at) FROM metrics.${name}_summaries)) AS c`;
	} else
		ccx = `SELECT ${columns}${columns && ','} ${of_summary[kind](measure)} AS value FROM (SELECT ${columns}${columns && ','} ccx.rollup(summary) AS s FROM metrics.${name}_data${group}) AS g`;
	return `SELECT count(*) || ' ' || count(l.value) || ' ' || count(*) FILTER (WHERE round(l.value::numeric, 10) IS DISTINCT FROM round(c.value::numeric, 10))
		FROM (${looker}) AS l FULL JOIN (${ccx}) AS c ${keys.length ? `USING (${columns})` : 'ON true'};`;
}

let compared = 0;
for (const [name, view] of Object.entries(views)) {
	const kind = metric_views[name];
	const dimensions = list(view.dimension).map(([dimension]) => dimension).filter(d => d === 'segment' || d === 'region');
	const has_period = fields[name].has('period_date') || fields[name].has('period');
	const of_period = ['movements', 'usage', 'cohort', 'revenue_cohort'].includes(kind);
	const asked = [];
	for (const [measure, { sql }] of list(view.measure)) {
		const groupings = [[...dimensions, ...has_period ? ['period'] : []]];
		if (!sql.includes('count(*) = 1'))
			groupings.push(has_period ? ['period'] : ['segment'], of_period ? ['period', 'segment'] : ['segment'], ...of_period ? [] : [[]]);
		for (const keys of groupings)
			asked.push({ what: `${measure} by ${keys}`, query: comparison(name, kind, measure, sql, keys), good: ([rows, values, differences]) => rows > 0 && values > 0 && differences === 0 });
		// over several periods: nothing rather than something wrong
		if (of_period)
			asked.push({
				what: `${measure} over all periods`, good: ([rows, values]) => rows > 0 && values === 0,
				query: `SELECT count(*) || ' ' || count(value) || ' 0' FROM (SELECT ${sql.replaceAll('${TABLE}', name)} AS value FROM metrics.${name} AS ${name} GROUP BY segment) AS g;`,
			});
	}
	const queries = asked.filter(({ query }) => query !== null);
	const wrong = [];
	psql(queries.map(({ query }) => query).join('\n')).split('\n').forEach((line, i) => {
		const result = line.split(' ').map(Number);
		compared += result[0];
		if (!queries[i].good(result))
			wrong.push(`${queries[i].what}: of ${result[0]} rows ${result[1]} have a value, ${result[2]} are not what ccx says`);
	});
	test(wrong.length === 0 && list(view.measure).length > 0, `${name}: all ${list(view.measure).length} measures are what ccx says${of_period ? ', and nothing over several periods' : ''}`, ...wrong);
}
test(compared > 10000, `${compared} values were compared`);

// What this would not notice is worth nothing: measures as they are often written.
for (const [what, sql] of [['the mean of rates', 'avg(${TABLE}.nrr)'], ['rates of survivors', 'sum(${TABLE}.retained_mrr) / sum(${TABLE}.opening_mrr - ${TABLE}.churned_mrr)']]) {
	const result = psql(comparison('retention_month', 'movements', 'nrr', sql, ['period'])).split(' ').map(Number);
	test(result[2] > 0, `${what} is noticed: ${result[2]} of ${result[0]} periods are wrong`);
}

// ---------------------------------------------------------------- a quarter is not its months

const nrr = view => views[view].measure.nrr.sql.replaceAll('${TABLE}', 'v');
const quarters = JSON.parse(psql(`
	WITH truth AS (
		-- by hand: customers at the end of the quarter before, and what they pay at the end of this one
		SELECT q::date AS quarter, sum(coalesce(c.mrr, 0)) / sum(o.mrr) AS nrr
		FROM generate_series(timestamp '2023-04-01', '2025-10-01', '3 months') AS q
		JOIN sample.mrr_monthly AS o ON o.month = (q - interval '1 month')::date
		LEFT JOIN sample.mrr_monthly AS c ON c.customer = o.customer AND c.month = (q + interval '2 months')::date
		GROUP BY q
	), looker AS (
		SELECT period AS quarter, ${nrr('retention_quarter')} AS nrr FROM metrics.retention_quarter AS v GROUP BY period
	), months AS (
		SELECT date_trunc('quarter', period)::date AS quarter, ${nrr('retention_month')} AS guarded,
		       sum(retained_mrr) / sum(opening_mrr) AS pooled FROM metrics.retention_month AS v GROUP BY 1
	), mean AS (
		SELECT date_trunc('quarter', period)::date AS quarter, avg(nrr) AS nrr
		FROM (SELECT period, ${nrr('retention_month')} AS nrr FROM metrics.retention_month AS v GROUP BY period) AS m GROUP BY 1
	)
	SELECT json_agg(json_build_object('quarter', quarter, 'right', round(truth.nrr, 6), 'looker', round(looker.nrr, 6), 'months', guarded,
	       'mean', round(mean.nrr, 6), 'pooled', round(pooled, 6)) ORDER BY quarter)
	FROM truth LEFT JOIN looker USING (quarter) LEFT JOIN months USING (quarter) LEFT JOIN mean USING (quarter)`));
test(quarters.length === 11, 'eleven quarters');
test(quarters.every(q => q.right !== null && q.looker === q.right), 'the view of quarters gives the NRR of quarters', JSON.stringify(quarters));
test(quarters.every(q => q.months === null), 'the view of months gives nothing for a quarter', JSON.stringify(quarters));
test(quarters.every(q => Math.abs(q.mean - q.right) > 0.001), 'which is not the mean of its months', JSON.stringify(quarters));
test(quarters.every(q => Math.abs(q.pooled - q.right) > 0.001), 'and not the sum of its months', JSON.stringify(quarters));
const worst = quarters.reduce((a, b) => Math.abs(a.mean - a.right) > Math.abs(b.mean - b.right) ? a : b);
console.log(`# ${worst.quarter}: NRR ${worst.right}, mean of months ${worst.mean}, sums of months ${worst.pooled}`);

// ---------------------------------------------------------------- the datagroup follows the refresh, for a role that only reads

const trigger = 'SET ROLE looker;\n' + model.datagroup[model.persist_with].sql_trigger;
const before = psql(trigger);
test(before !== '' && before === psql(trigger), 'the trigger of the datagroup stands still');
psql("SELECT ccx.refresh('metrics.nps')");
test(psql(trigger) !== before, 'and moves when a view was refreshed');
test(psql('SET ROLE looker; SELECT count(*) FROM metrics.retention_month') !== '0', 'the role reads views');
let refused = false;
try {
	execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', 'SET ROLE looker', '-c', 'SELECT count(*) FROM metrics.retention_month_data'], { stdio: 'pipe' });
} catch {
	refused = true;
}
test(refused, 'and nothing behind them');
