-- What ccx does on Citus; run by test/citus.sh on the coordinator of a cluster.  Prints TAP.  psql variables: coordinator and
-- worker, folders of sockets.
SET client_min_messages = warning;
\set rows 6000
\ir shards.sql

-- The same rows distributed by customer; and by their number, so that customers are split.
CREATE TABLE spread (LIKE whole);
SELECT create_distributed_table('spread', 'customer', shard_count => 8) \g /dev/null
INSERT INTO spread TABLE whole;
CREATE TABLE split (LIKE whole);
SELECT create_distributed_table('split', 'id', shard_count => 8) \g /dev/null
INSERT INTO split TABLE whole;

CREATE FUNCTION test(passed boolean, name text) RETURNS text LANGUAGE sql
RETURN CASE WHEN passed THEN 'ok' ELSE 'not ok' END || ' - ' || name;

-- The lines that a query answers, or its error.  Strategy disabled: an aggregate that cannot be computed where the rows are
-- is an error; row-gather, which is Citus' own choice: the rows are fetched.
CREATE FUNCTION answer(query text, strategy text DEFAULT 'disabled') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line record;
	lines text[] = '{}';
BEGIN
	PERFORM set_config('citus.coordinator_aggregation_strategy', strategy, true);
	FOR line IN EXECUTE query LOOP
		lines = lines || line::text;
	END LOOP;
	RETURN array_to_string(ARRAY(SELECT l FROM unnest(lines) AS l ORDER BY l), E'\n');
EXCEPTION WHEN OTHERS THEN
	RETURN 'ERROR: ' || SQLERRM;
END $$;

CREATE FUNCTION plan(query text, strategy text DEFAULT 'disabled') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	lines text = '';
BEGIN
	PERFORM set_config('citus.coordinator_aggregation_strategy', strategy, true);
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS off) ' || query LOOP
		lines = lines || line || E'\n';
	END LOOP;
	RETURN lines;
EXCEPTION WHEN OTHERS THEN
	RETURN 'ERROR: ' || SQLERRM;
END $$;

-- Aggregates over rows, over values of customers (by_customer below), and in one pass over rows by customer.
CREATE TABLE form (step text, call text);
INSERT INTO form VALUES
	('rows', 'nrr(opening, mrr)'),
	('rows', 'grr(opening, mrr)'),
	('rows', 'logo_retention(opening, mrr)'),
	('rows', 'revenue_churn_rate(opening, mrr)'),
	('rows', 'logo_churn_rate(opening, mrr)'),
	('rows', 'quick_ratio(opening, mrr)'),
	('rows', 'nrr(opening, mrr) FILTER (WHERE seen)'),
	('rows', 'retention_agg(opening, mrr)'),
	('rows', $$retention_agg(opening, mrr, seen, 'EUR')$$),
	('rows', 'nps(score)'),
	('rows', 'csat(score % 5 + 1)'),
	('rows', $$ces(score % 5 + 1, '1-5')$$),
	('rows', $$survey_agg(score, 'nps')$$),
	('rows', $$duration_agg(at AT TIME ZONE 'UTC', CASE WHEN score > 3 THEN done AT TIME ZONE 'UTC' END, timestamp '2024-06-30', 'hour')$$),
	('rows', $$renewal_agg(month, abs(opening), (done AT TIME ZONE 'UTC')::date, coalesce(abs(mrr), 0), date '2024-03-31', 30) FILTER (WHERE opening IS NOT NULL)$$),
	('rows', 'backtest_agg(score * 10, churned, abs(opening))'),
	('rows', 'backtest_probability_agg(score / 100.0, churned)'),
	('rows', 'health_score(score * 10, weight)'),
	('rows', 'health_agg(id::text, score * 10, weight) FILTER (WHERE id % 20 = 1)'),
	('rows', 'usage_agg(month, abs(mrr))'),
	('rows', 'mrr_history(month, mrr)'),
	('rows', $$activity_agg(at, 'week', 'Europe/Berlin')$$),
	('rows', 'sla_attainment(seen)'),
	('rows', 'advocacy_rate(seen, churned)'),
	('rows', 'adoption_rate(seen, churned)'),
	('customers', 'drivers(customer, summary, last_year)'),
	('customers', $$drivers(customer, summary, last_year, 'grr')$$),
	('customers', 'mrr_movements_agg(history)'),
	('customers', $$mrr_movements_agg(history, 'month', 'year')$$),
	('customers', 'cohort_agg(months)'),
	('customers', 'cohort_agg_by_age(days, 30)'),
	('customers', $$cohort_bracket_agg(months, '{0,1,4,12}', '2024-04-30')$$),
	('customers', 'cohort_revenue_agg(history)'),
	('customers', 'rollup(summary)'),
	('customers', 'rollup(survey)'),
	('customers', 'rollup(duration)'),
	('customers', 'rollup(renewal)'),
	('customers', 'rollup(backtest)'),
	('customers', 'rollup(health)'),
	('customers', 'rollup(history)'),
	('customers', 'rollup(months)'),
	('customers', 'rollup(used)'),
	('more', 'rollup(movements)'),
	('more', 'rollup(cohorts)'),
	('keyed', 'retention_agg_by(customer, opening, mrr)'),
	('keyed', 'mrr_movements_agg(customer, month, mrr)'),
	('keyed', 'mrr_movements_by(customer, month, mrr, plan)'),
	('keyed', $$cohort_retention(customer, at, 'month', 'UTC')$$),
	('keyed', 'stage_funnel(customer, score, month)'),
	('keyed', 'reconcile(customer, opening, mrr, abs(opening), mrr)');
SET search_path = public, ccx;

SELECT test(array_agg(missing) IS NULL, concat_ws(': ', 'every aggregate with a combine function is here', string_agg(missing::text, ', ')))
FROM (SELECT DISTINCT p.proname || CASE p.proname WHEN 'rollup' THEN '(' || proargtypes[0]::regtype || ')' ELSE '' END AS missing
      FROM pg_aggregate JOIN pg_proc AS p ON p.oid = aggfnoid
      WHERE pronamespace = 'ccx'::regnamespace AND aggcombinefn <> 0 AND aggtranstype <> 'internal'::regtype AND proname <> 'rollup'
        AND NOT EXISTS (SELECT FROM form WHERE call LIKE proname || '(%')) AS m;

-- Values of customers, and of these.  "part" is which rows.
\set by_customer 'customer, segment, retention_agg(opening, mrr, seen) AS summary, retention_agg(mrr, opening, seen) AS last_year, survey_agg(score, ''nps'') AS survey, duration_agg(month, (done AT TIME ZONE ''UTC'')::date, date ''2024-06-30'') AS duration, renewal_agg(month, abs(opening), (done AT TIME ZONE ''UTC'')::date, coalesce(abs(mrr), 0), date ''2024-03-31'') FILTER (WHERE opening IS NOT NULL) AS renewal, backtest_agg(score * 10, churned) AS backtest, health_agg(month::text, score * 10, weight) AS health, mrr_history(month, mrr) AS history, activity_agg(at, ''month'', ''UTC'') AS months, activity_agg(at, ''day'', ''UTC'') AS days, usage_agg(month, abs(mrr)) AS used'
CREATE TABLE by_customer AS SELECT :by_customer FROM whole GROUP BY customer, segment;
CREATE TABLE more AS SELECT customer, segment, mrr_movements_agg(history) AS movements, cohort_agg(months) AS cohorts FROM by_customer GROUP BY customer, segment;

-- The same stored beside the rows, in two parts, of which the second is added to the first.
CREATE TABLE by_customer_spread (LIKE by_customer, PRIMARY KEY (customer));
SELECT create_distributed_table('by_customer_spread', 'customer', colocate_with => 'spread') \g /dev/null
CREATE TABLE more_spread (LIKE more);
SELECT create_distributed_table('more_spread', 'customer', colocate_with => 'spread') \g /dev/null
CREATE TABLE part (statement text);
INSERT INTO part SELECT format($$
	INSERT INTO by_customer_spread SELECT %s FROM spread WHERE (id <= 3000) = %L GROUP BY customer, segment
	ON CONFLICT (customer) DO UPDATE SET
		summary = retention_combine(by_customer_spread.summary, excluded.summary),
		last_year = retention_combine(by_customer_spread.last_year, excluded.last_year),
		survey = survey_combine(by_customer_spread.survey, excluded.survey),
		duration = duration_combine(by_customer_spread.duration, excluded.duration),
		renewal = renewal_combine(by_customer_spread.renewal, excluded.renewal),
		backtest = backtest_combine(by_customer_spread.backtest, excluded.backtest),
		health = health_combine(by_customer_spread.health, excluded.health),
		history = history_combine(by_customer_spread.history, excluded.history),
		months = activity_union(by_customer_spread.months, excluded.months),
		days = activity_union(by_customer_spread.days, excluded.days),
		used = usage_combine(by_customer_spread.used, excluded.used)$$, :'by_customer', first)
FROM unnest('{true,false}'::boolean[]) AS first;
INSERT INTO part VALUES ('INSERT INTO more_spread SELECT customer, segment, mrr_movements_agg(history), cohort_agg(months) FROM by_customer_spread GROUP BY customer, segment');
SELECT test(plan(statement) ~ 'Task Count: 8' AND plan(statement) !~* 'pull|repartition|ERROR',
            'stored beside the rows, without leaving the workers: ' || substr(trim(statement, E' \n\t'), 1, 50)) FROM part;
SELECT statement FROM part \gexec
SELECT test(answer('TABLE by_customer_spread') = answer('TABLE by_customer') AND answer('TABLE by_customer') !~ '^ERROR', 'stored values of customers, merged from two parts');
SELECT test(answer('TABLE more_spread') = answer('TABLE more') AND answer('TABLE more') !~ '^ERROR', 'stored values of those');

-- Pushed down, whatever the rows are distributed and grouped by; and the answer is that of one node.
CREATE TABLE grouping (name text, columns text, clause text);
INSERT INTO grouping VALUES ('GROUP BY segment', 'segment,', 'GROUP BY segment'), ('no GROUP BY', '', ''),
	('GROUP BY customer', 'customer,', 'GROUP BY customer');

CREATE TABLE source (step text, name text, expected text, spread text);
INSERT INTO source VALUES
	('rows', 'rows by customer', 'whole', 'spread'),
	('rows', 'rows by number', 'whole', 'split'),
	('customers', 'in two steps', 'by_customer', format('(SELECT %s FROM spread GROUP BY customer, segment) AS c', :'by_customer')),
	('customers', 'stored', 'by_customer', 'by_customer_spread'),
	('more', 'stored', 'more', 'more_spread');

CREATE TABLE result AS
SELECT step, s.name AS source, g.name AS grouping, call,
       answer(format('SELECT %s %s FROM %s %s', columns, call, spread, clause)) AS got,
       answer(format('SELECT %s %s FROM %s %s', columns, call, expected, clause)) AS want,
       plan(format('SELECT %s %s FROM %s %s', columns, call, spread, clause)) AS plan
FROM form JOIN source AS s USING (step), grouping AS g;

SELECT test(got = want AND want !~ '^ERROR', format('%s, %s, %s: as on one node', call, source, grouping)) FROM result;
SELECT test(CASE WHEN grouping = 'GROUP BY customer' AND source <> 'rows by number'
                 THEN plan ~ 'Task Count: 8' AND plan ~ call_name AND plan !~ 'worker_partial_agg|ERROR'
                 ELSE plan ~ ('worker_partial_agg\(''(ccx\.)?' || call_name) AND plan ~ 'coord_combine_agg' END,
            format('%s, %s, %s: computed where the rows are', call, source, grouping))
FROM (SELECT *, split_part(call, '(', 1) AS call_name FROM result) AS r;

-- In one pass by customer: whole customers on their shard; else the rows are fetched, and the answer is right, too.
SELECT unnest(ARRAY[
	test(answer(format('SELECT segment, %s FROM spread GROUP BY segment', call)) LIKE 'ERROR: unsupported aggregate function%',
	     call || ', disabled: refused'),
	test(answer(format('SELECT segment, %s FROM spread GROUP BY segment', call), 'row-gather') = want AND want !~ '^ERROR', call || ', row-gather: as on one node'),
	test(answer(format('SELECT segment, %s FROM split GROUP BY segment', call), 'row-gather') = want,
	     call || ', row-gather, rows by number: as on one node'),
	test(answer(format('SELECT customer, %s FROM spread GROUP BY customer', call)) =
	     answer(format('SELECT customer, %s FROM whole GROUP BY customer', call)) AND
	     answer(format('SELECT customer, %s FROM spread GROUP BY customer', call)) !~ '^ERROR', call || ', disabled, GROUP BY customer: as on one node')])
FROM (SELECT call, answer(format('SELECT segment, %s FROM whole GROUP BY segment', call)) AS want FROM form WHERE step = 'keyed') AS k;

-- Metric views over distributed tables, and over the same rows in tables of the coordinator: every kind in every mode there is,
-- without dimensions, with those of the rows and with those of another table.
CREATE TABLE event_here AS
SELECT id, customer, segment, month, coalesce(abs(mrr), 0) AS amount, score, signal, weight, (month + interval '10 years')::date AS due, (at AT TIME ZONE 'UTC')::date AS day, CASE WHEN id % 4 > 0 THEN (done AT TIME ZONE 'UTC')::date END AS done,
       now() - CASE id WHEN 1 THEN interval '1 day' ELSE '10 days' END AS changed_at
FROM whole;
CREATE TABLE account_here AS SELECT DISTINCT ON (customer) customer, plan FROM whole WHERE customer <> 'c5';
ALTER TABLE account_here ADD PRIMARY KEY (customer);
CREATE TABLE event_spread (LIKE event_here);
CREATE TABLE account_spread (LIKE account_here INCLUDING INDEXES);
SELECT create_distributed_table('event_spread', 'customer', shard_count => 8) \g /dev/null
SELECT create_distributed_table('account_spread', 'customer', colocate_with => 'event_spread') \g /dev/null
INSERT INTO event_spread TABLE event_here;
INSERT INTO account_spread TABLE account_here;

CREATE TABLE metric AS
SELECT format('%s_%s_%s_%s', kind, dimension, mode, place) AS view, kind, dimension, mode, place,
       format('create_metric_view(%L, %L, %L, customer => ''customer''%s%s%s)', format('%s_%s_%s_%s', kind, dimension, mode, place), kind, 'event_' || place, columns,
              CASE dimension WHEN 'row' THEN $$, dimensions => '{segment}'$$ WHEN 'table' THEN format($$, dimensions => '{plan}', dimensions_from => %L$$, 'account_' || place) END,
              CASE mode WHEN 'changed_at' THEN $$, mode => 'changed_at', changed_at => 'changed_at'$$ END) AS call
FROM (VALUES
	('movements', $$, at => 'month', amount => 'amount'$$),
	('cohort', $$, at => 'day'$$),
	('revenue_cohort', $$, at => 'month', amount => 'amount', step => 'quarter'$$),
	('health', $$, signal => 'signal', amount => 'score', weight => 'weight'$$),
	('survey', $$, at => 'day', amount => 'score', scale => 'nps'$$),
	('renewal', $$, at => 'due', amount => 'amount', renewed_on => 'done', renewed_amount => 'amount', grace => 30$$),
	('duration', $$, at => 'day', done => 'done'$$),
	('usage', $$, at => 'day', amount => 'amount'$$)) AS k (kind, columns),
	unnest('{none,row,table}'::text[]) AS dimension,
	(VALUES ('full', 'here'), ('full', 'spread'), ('changed_at', 'spread')) AS m (mode, place);
SET client_min_messages = error;    -- Citus warns of each view that stays on the coordinator
SELECT test(answer(format('SELECT %s', call), 'row-gather') !~ '^ERROR', 'metric view ' || view || ' is made') FROM metric;
SELECT test(count(*) = count(*) FILTER (WHERE status = 'refreshed' AND row_count > 0), format('%s metric views are filled', count(*)))
FROM metric JOIN metric_views AS v ON v.view = 'public.' || metric.view;

-- what one shows, and the summaries behind it
CREATE FUNCTION shown(view text) RETURNS text LANGUAGE sql
RETURN answer(format('TABLE %I', view || '_data'));
SELECT test(shown(m.view) = shown(format('%s_%s_full_here', kind, dimension)) AND shown(m.view) !~ '^ERROR', m.view || ': the numbers of one node')
FROM metric AS m WHERE place = 'spread';

-- Values of customers are computed where the rows are.
SELECT test(got ~ 'Task Count: 8' AND got !~* 'pull|ERROR', format('%s, %s: values of customers from the workers', kind, dimension))
FROM (SELECT kind, dimension, plan(metric_view_customer_query((metric_view_find(to_regclass(view))).def, 'true')) AS got FROM metric WHERE mode = 'changed_at') AS p;

-- Written on a worker, and the same on the coordinator.
\set writes 'UPDATE %1$s SET amount = 7, score = 10, changed_at = now() WHERE customer IN (''c7'', ''c8''); INSERT INTO %1$s (customer, segment, month, day, amount, score, changed_at) VALUES (''new'', ''s9'', ''2024-01-01'', ''2024-01-01'', 5, 3, now());'
\connect - postgres :worker
SET client_min_messages = error;
SELECT format(:'writes', 'event_spread') AS w \gset
:w
\connect - postgres :coordinator
SET client_min_messages = error;
SET search_path = public, ccx;
SELECT format(:'writes', 'event_here') AS w \gset
:w
SELECT test(count(*) = 0, 'the same was written') FROM (TABLE event_spread EXCEPT SELECT * FROM event_here) AS d WHERE changed_at < now() - interval '2 hours';
SELECT test(bool_and(answer(format('SELECT count(*) > 0 FROM verify(%L)', view), 'row-gather') = '(t)'), 'verify() sees that rows changed') FROM metric WHERE kind = 'survey';
CREATE TABLE refreshed AS SELECT metric.*, r.* FROM metric, refresh(to_regclass(metric.view)) AS r;
SELECT test(bool_and(status = 'refreshed'), 'all are refreshed') FROM refreshed;
SELECT test(bool_and(message ~ '^[34] customers changed$'), 'in mode changed_at for the customers that changed: ' || string_agg(DISTINCT message, ', ')) FROM refreshed WHERE mode = 'changed_at';
SELECT test(answer(format('SELECT * FROM verify(%L)', view), 'row-gather') = '', view || ': verify() is empty') FROM metric;
SELECT test(shown(m.view) = shown(format('%s_%s_full_here', kind, dimension)) AND shown(m.view) !~ '^ERROR', m.view || ': the numbers of one node, refreshed')
FROM metric AS m WHERE place = 'spread';

-- Rows that were deleted, and dimensions that changed: mode full sees them, mode changed_at when it is asked for all of it.
DELETE FROM event_spread WHERE customer = 'c9';
UPDATE account_spread SET plan = 'moved' WHERE customer = 'c10';
DELETE FROM event_here WHERE customer = 'c9';
UPDATE account_here SET plan = 'moved' WHERE customer = 'c10';
SELECT test(bool_and(r.status = 'refreshed'), 'all are refreshed, ' || CASE WHEN everything THEN 'in full' ELSE 'as they are' END) FROM unnest('{false,true}'::boolean[]) AS everything, metric, refresh(to_regclass(view), all_of_it => everything) AS r GROUP BY everything ORDER BY everything;
SELECT test(bool_and(shown(m.view) = shown(format('%s_%s_full_here', kind, dimension))) AND bool_and(answer(format('SELECT * FROM verify(%L)', view), 'row-gather') = ''), kind || ': rows deleted, dimensions changed')
FROM metric AS m WHERE place = 'spread' GROUP BY kind;

-- The views that name customers, and what else is asked of a metric view.
SELECT test(answer(format('SELECT * FROM %s', c.oid::regclass)) = answer(format('SELECT * FROM %s_%s_full_here_%s', kind, dimension, substr(c.relname, length(m.view) + 2)))
            AND answer(format('SELECT * FROM %s', c.oid::regclass)) !~ '^(ERROR|$)', c.relname || ': as on one node')
FROM metric AS m JOIN pg_class AS c ON c.relname ~ ('^' || m.view || '_(at_risk|customer_history|top_movers|wide)$') AND c.relkind = 'v'
WHERE place = 'spread' AND (kind <> 'usage' OR c.relname !~ 'at_risk');
SELECT test(answer(format('SELECT count(*) FROM %s_at_risk', view)) !~ '^ERROR', view || '_at_risk: can be read') FROM metric WHERE kind = 'usage';
SELECT test(answer(call) !~ '^(ERROR|$)', call) FROM (VALUES
	($$SELECT close_period('movements_none_changed_at_spread', '2024-01-01')$$), ($$SELECT publish_view('survey_row_full_spread', 5)$$), ($$TABLE survey_row_full_spread_public$$),
	($$SELECT * FROM explain_metric_view('movements_none_changed_at_spread')$$), ($$SELECT erase_customer('movements_none_changed_at_spread', 'c9')$$)) AS c (call);

-- Mode incremental: no triggers there.
SELECT test(answer(format('SELECT create_metric_view(''refused'', ''movements'', %L, customer => ''customer'', at => ''month'', amount => ''amount'', mode => ''incremental'' %s)', source, more)) = error, error)
FROM (VALUES ('event_spread', '', 'ERROR: public.event_spread is distributed by Citus, and changes of it cannot be tracked'),
	('event_here', $$, dimensions => '{plan}', dimensions_from => 'account_spread'$$, 'ERROR: public.account_spread is distributed by Citus, and changes of it cannot be tracked')) AS f (source, more, error);
-- A source that is distributed later: not with its triggers, and without them nothing is noted.
SELECT test(answer($$SELECT create_metric_view('moved', 'movements', 'event_here', customer => 'customer', at => 'month', amount => 'amount', mode => 'incremental')$$) = '(moved)', 'a metric view in mode incremental');
SELECT test(answer($$SELECT create_distributed_table('event_here', 'customer')$$) ~ '^ERROR.*trigger', 'whose source cannot be distributed with its triggers');
SELECT format('DROP TRIGGER %I ON event_here', tgname) FROM pg_trigger WHERE tgrelid = 'event_here'::regclass AND NOT tgisinternal \gexec
SELECT create_distributed_table('event_here', 'customer') \g /dev/null
UPDATE event_here SET amount = 3 WHERE customer = 'c11';
SELECT test(status = 'refreshed' AND message = 'full refresh: public.event_here is distributed by Citus, and triggers here do not see what is written to its shards', 'but without them: ' || message) FROM refresh('moved');
SELECT test(answer($$SELECT * FROM verify('moved')$$, 'row-gather') = '', 'rightly');

SELECT test(answer(format('SELECT drop_metric_view(%L, true)', view)) !~ '^ERROR', view || ' is dropped') FROM metric WHERE place = 'spread';
SELECT test(count(*) = 0, 'and nothing is left of it') FROM pg_class AS c JOIN metric ON c.relname ~ ('^' || view || '_') WHERE place = 'spread';
SELECT test(string_agg(result, ',') = '0,0', 'nor on the workers') FROM run_command_on_workers($$SELECT count(*) FROM pg_class WHERE relname ~ '_(full|changed_at)_spread'$$);
