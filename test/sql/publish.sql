-- publish_view(): whoever knows all that is published, all totals over dimensions and all that must hold between counts
-- finds out no count that is hidden.
CREATE SCHEMA press;
SET search_path = press, ccx, public;
SET client_min_messages = warning;

-- the attack ----------------------------------------------------------------------------------------------------------

-- What must hold between the counts of a row, as everybody knows; counts that share nobody; and a count of which the next
-- ones leave another count.
CREATE TABLE known (kind text, counts text[], identities jsonb, of_no_other text[], rest text[]);
INSERT INTO known VALUES
	('movements', '{opening_customers,new_customers,reactivation_customers,expansion_customers,contraction_customers,churned_customers,closing_customers,retained_customers}',
	 '[{"opening_customers": 1, "churned_customers": -1, "retained_customers": -1}, {"closing_customers": 1, "retained_customers": -1, "new_customers": -1, "reactivation_customers": -1}]',
	 '{new_customers,reactivation_customers,expansion_customers,contraction_customers,churned_customers}', '{retained_customers,expansion_customers,contraction_customers}'),
	('cohort', '{cohort_size,eligible,active}', '[{"cohort_size": 1, "eligible": -1}]', '{active}', '{eligible,active}'),
	('survey', '{responses,promoters,passives,detractors}', '[{"responses": 1, "promoters": -1, "passives": -1, "detractors": -1}]', '{promoters,passives,detractors}', '{responses}'),
	('renewal', '{due_renewals,renewed_renewals,on_time_renewals,lost_renewals,recovered_renewals,open_renewals}', '[{"due_renewals": 1, "renewed_renewals": -1, "lost_renewals": -1}]', '{on_time_renewals,recovered_renewals,open_renewals}', '{lost_renewals,recovered_renewals}'),
	('duration', '{starts,arrived}', '[]', '{arrived}', '{starts,arrived}'),
	('health', '{customers}', '[]', '{customers}', '{customers}');
INSERT INTO known SELECT 'usage', counts, identities, of_no_other, rest FROM known WHERE kind = 'movements';
INSERT INTO known SELECT 'revenue_cohort', counts, identities, of_no_other, rest FROM known WHERE kind = 'cohort';

CREATE TABLE cell (t jsonb, d jsonb, shown jsonb, truth jsonb);                 -- a row of the published view, and of the data
CREATE TABLE number (id int PRIMARY KEY, g jsonb, t jsonb, d jsonb, name text, value int, hidden boolean);
CREATE TABLE relation (equation text, number int, factor int);                  -- between numbers; only hidden ones matter

CREATE TABLE other_customer (move int, before boolean, name text, change int);  -- what may be otherwise, in a period and the one before
INSERT INTO other_customer
SELECT m.move + s.sign, m.before, m.name, m.change * s.sign
FROM (VALUES (10, false, 'churned_customers', 1), (10, false, 'retained_customers', -1), (10, false, 'new_customers', 1),
	(20, false, 'churned_customers', 1), (20, false, 'retained_customers', -1), (20, false, 'reactivation_customers', 1),
	(30, false, 'churned_customers', 1), (30, false, 'retained_customers', -1), (30, false, 'new_customers', 1), (30, false, 'expansion_customers', -1),
	(40, false, 'churned_customers', 1), (40, false, 'retained_customers', -1), (40, false, 'new_customers', 1), (40, false, 'contraction_customers', -1),
	(50, false, 'new_customers', 1), (50, false, 'reactivation_customers', -1),
	(60, false, 'expansion_customers', 1), (70, false, 'contraction_customers', 1),
	(80, false, 'opening_customers', 1), (80, false, 'churned_customers', 1), (80, true, 'closing_customers', 1), (80, true, 'new_customers', 1),
	(90, false, 'opening_customers', 1), (90, false, 'churned_customers', 1), (100, false, 'closing_customers', 1), (100, false, 'new_customers', 1))
	AS m (move, before, name, change), (VALUES (1), (-1)) AS s (sign);

-- Solve the relations: numbers that they determine.  Gauss and Jordan, in whole numbers.
CREATE FUNCTION determined() RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
	ids int[] := ARRAY(SELECT id FROM number WHERE hidden ORDER BY id);
	wide int := cardinality(ids);
	m int[];
	high int;
	done int := 0;
	pivot int;
	a int;
	b int;
	ones int[] := '{}';
	others int;
	at int;
BEGIN
	SELECT array_agg(coalesce(r.factor, 0) ORDER BY e.equation COLLATE "C", n.id), count(DISTINCT e.equation) INTO m, high
	FROM (SELECT DISTINCT equation FROM relation) AS e CROSS JOIN (SELECT id FROM number WHERE hidden) AS n
	LEFT JOIN (SELECT equation, number, sum(factor)::int AS factor FROM relation GROUP BY 1, 2) AS r ON r.equation = e.equation AND r.number = n.id;
	FOR j IN 1 .. wide LOOP
		pivot := NULL;
		FOR i IN done .. high - 1 LOOP
			IF m[i * wide + j] <> 0 THEN
				pivot := i;
				EXIT;
			END IF;
		END LOOP;
		CONTINUE WHEN pivot IS NULL;
		FOR c IN 1 .. wide LOOP
			a := m[pivot * wide + c];
			m[pivot * wide + c] := m[done * wide + c];
			m[done * wide + c] := a;
		END LOOP;
		a := m[done * wide + j];
		FOR i IN 0 .. high - 1 LOOP
			b := m[i * wide + j];
			CONTINUE WHEN i = done OR b = 0;
			FOR c IN 1 .. wide LOOP
				m[i * wide + c] := a * m[i * wide + c] - b * m[done * wide + c];
			END LOOP;
		END LOOP;
		done := done + 1;
	END LOOP;
	FOR i IN 0 .. done - 1 LOOP
		others := 0;
		FOR c IN 1 .. wide LOOP
			IF m[i * wide + c] <> 0 THEN
				others := others + 1;
				at := c;
			END IF;
		END LOOP;
		IF others = 1 THEN
			ones := ones || ids[at];
		END IF;
	END LOOP;
	RETURN ones;
END $$;
-- the solver itself: x + y = and y + z = say nothing of any, with x + z = all are known
INSERT INTO number SELECT i, NULL, NULL, NULL, NULL, i, true FROM generate_series(1, 4) AS i;
INSERT INTO relation VALUES ('a', 1, 1), ('a', 2, 1), ('b', 2, 1), ('b', 3, 1);
SELECT determined();
INSERT INTO relation VALUES ('c', 1, 1), ('c', 3, 1);
SELECT determined();

-- Attack a published view.  Returns what is wrong with it, and what was looked at.
CREATE FUNCTION attack(view text, kind_ text, dimensions text[], k int, OUT hidden int, OUT shown int, OUT determined int, OUT pinned int, OUT small_shown int, OUT small_together int, OUT other int, OUT small_values int, OUT values_ int, OUT has_zero boolean)
LANGUAGE plpgsql AS $$
DECLARE
	times text[] := CASE WHEN kind_ IN ('cohort', 'revenue_cohort') THEN '{cohort,period}' WHEN kind_ = 'health' THEN '{}' ELSE '{period}' END;
	what record := (SELECT known FROM known WHERE kind = kind_);
	free text[];
	solved int[];
BEGIN
	TRUNCATE cell, number, relation;
	EXECUTE format('INSERT INTO cell SELECT coalesce(p.t, d.t), coalesce(p.d, d.d), p.row, d.row FROM (SELECT %1$s AS t, %2$s AS d, to_jsonb(x) AS row FROM %3$I AS x) AS p FULL JOIN (SELECT %1$s AS t, %2$s AS d, to_jsonb(x) - ''summary'' AS row FROM %4$I AS x) AS d USING (t, d)',
		(SELECT coalesce(format('jsonb_build_object(%s)', string_agg(format('%L, x.%I', n, n), ', ')), '''{}''::jsonb') FROM unnest(times) AS n),
		(SELECT coalesce(format('jsonb_build_object(%s)', string_agg(format('%L, x.%I', n, n), ', ')), '''{}''::jsonb') FROM unnest(dimensions) AS n),
		view || '_public', view || '_data');
	-- rows are shown as they are, or nothing of them is
	SELECT count(*) INTO other FROM cell AS c
	WHERE c.shown IS NULL OR NOT c.shown ? 'is_suppressed' OR CASE WHEN (c.shown ->> 'is_suppressed')::boolean
		THEN EXISTS (SELECT FROM jsonb_each(c.shown - 'is_suppressed' - times - dimensions) AS e WHERE e.value <> 'null')
		ELSE c.truth IS DISTINCT FROM c.shown - 'is_suppressed' END;
	INSERT INTO number
	SELECT row_number() OVER (ORDER BY c.t, c.d, n.i), CASE WHEN kind_ IN ('movements', 'usage', 'health') THEN '{}' ELSE c.t - 'period'::text || jsonb_build_object('first', c.t -> times[1]) END, c.t, c.d, n.name, coalesce((c.truth ->> n.name)::int, 0), (c.shown ->> 'is_suppressed')::boolean
	FROM cell AS c, unnest(what.counts) WITH ORDINALITY AS n (name, i);
	SELECT count(*) FILTER (WHERE n.hidden), count(*) FILTER (WHERE NOT n.hidden) INTO hidden, shown FROM number AS n;

	-- the identities of a row
	INSERT INTO relation
	SELECT format('row %s %s %s', n.t, n.d, i.i), n.id, (i.factors ->> n.name)::int
	FROM jsonb_array_elements(what.identities) WITH ORDINALITY AS i (factors, i) JOIN number AS n ON i.factors ? n.name;
	-- totals over the dimensions, which have more than one value: all of each subset
	free := ARRAY(SELECT u.name FROM unnest(dimensions) AS u (name) WHERE 1 < (SELECT count(DISTINCT c.d ->> u.name) FROM cell AS c));
	INSERT INTO relation
	SELECT format('total %s %s %s %s', s.summed, n.t, n.d - s.summed, n.name), n.id, 1
	FROM number AS n, LATERAL (SELECT ARRAY(SELECT free[j] FROM generate_subscripts(free, 1) AS j WHERE i >> (j - 1) & 1 = 1) AS summed FROM generate_series(1, (1 << cardinality(free)) - 1) AS i) AS s;
	-- what one row says of another
	IF kind_ IN ('movements', 'usage') THEN
		INSERT INTO relation
		SELECT format('chain %s %s', a.t, a.d), x.id, x.factor
		FROM number AS a, LATERAL (SELECT b.id FROM number AS b WHERE b.d = a.d AND b.name = 'opening_customers' AND b.t ->> 'period' > a.t ->> 'period' ORDER BY b.t ->> 'period' LIMIT 1) AS b,
		LATERAL (VALUES (a.id, 1), (b.id, -1)) AS x (id, factor)
		WHERE a.name = 'closing_customers';
	ELSIF times[1] = 'cohort' THEN
		INSERT INTO relation
		SELECT format('cohort %s %s', a.t, a.d), x.id, x.factor
		FROM number AS a JOIN number AS b ON b.d = a.d AND b.t ->> 'cohort' = a.t ->> 'cohort' AND b.t ->> 'period' = '0' AND b.name = 'active',
		LATERAL (VALUES (a.id, 1), (b.id, -1)) AS x (id, factor)
		WHERE a.name = 'cohort_size';
	END IF;
	-- the relations hold, or the attack proves nothing
	IF EXISTS (SELECT FROM relation AS r JOIN number AS n ON n.id = r.number WHERE r.equation !~ '^total' GROUP BY r.equation HAVING sum(r.factor * n.value) <> 0) THEN
		RAISE 'the data contradict a relation';
	END IF;

	-- with several dimensions nothing hidden is determined; in one row a period, what the next row publishes is not hidden
	solved := determined();
	SELECT count(*) INTO determined FROM number AS n
	WHERE n.id = ANY (solved) AND (cardinality(free) > 0 OR n.value BETWEEN 1 AND k - 1);
	-- With one dimension: no count is negative, and there is another solution for each hidden count, which need not be
	-- computed but only shown: another value of the dimension that is hidden has all that this one has.
	pinned := 0;
	IF cardinality(free) = 1 THEN
		WITH change (g, d, instead, number, change) AS (
			SELECT x.g, x.d, o.d, v.id, v.change
			FROM number AS x JOIN number AS o ON o.t = x.t AND o.name = x.name AND o.d <> x.d, LATERAL (VALUES (x.id, - x.value), (o.id, x.value)) AS v (id, change)
			WHERE x.hidden AND o.hidden
		), sums AS (
			SELECT c.g, c.d, c.instead, r.equation, sum(r.factor * c.change) AS sum FROM change AS c JOIN relation AS r USING (number) GROUP BY 1, 2, 3, 4
		), solution AS (
			SELECT g, d, instead FROM sums GROUP BY 1, 2, 3 HAVING bool_and(sum = 0)
		)
		SELECT count(*) INTO pinned FROM number AS n
		WHERE n.hidden AND n.value > 0 AND NOT EXISTS (SELECT FROM solution AS s WHERE s.g = n.g AND s.d = n.d);
	-- Without dimensions: another solution is one customer more or less, who does something else.
	ELSIF cardinality(free) = 0 AND kind_ = 'movements' THEN
		WITH place AS (
			SELECT t, lag(t) OVER (ORDER BY t) AS before FROM (SELECT DISTINCT n.t FROM number AS n) AS n
		), change AS (
			SELECT m.move, p.t, n.id, n.name, n.value, n.hidden, m.change
			FROM other_customer AS m CROSS JOIN place AS p LEFT JOIN number AS n ON n.name = m.name AND n.t = CASE WHEN m.before THEN p.before ELSE p.t END
		), solution AS (
			SELECT c.move, c.t FROM change AS c GROUP BY 1, 2 HAVING bool_and(c.id IS NOT NULL AND c.hidden AND c.value + c.change >= 0)
			EXCEPT SELECT c.move, c.t FROM change AS c JOIN relation AS r ON r.number = c.id GROUP BY 1, 2, r.equation HAVING sum(r.factor * c.change) <> 0
			-- who grew or shrank was retained
			EXCEPT SELECT m.move, n.t FROM number AS n CROSS JOIN (SELECT DISTINCT move FROM other_customer) AS m LEFT JOIN other_customer AS o ON o.move = m.move AND NOT o.before AND o.name = n.name
			WHERE n.name = ANY (what.rest) GROUP BY 1, 2 HAVING sum((n.value + coalesce(o.change, 0)) * CASE n.name WHEN what.rest[1] THEN 1 ELSE -1 END) < 0
		)
		SELECT count(*) INTO pinned FROM number AS n
		WHERE n.hidden AND n.value BETWEEN 1 AND k - 1 AND n.id NOT IN (SELECT c.id FROM solution JOIN change AS c USING (move, t));
	END IF;
	SELECT count(*) INTO small_shown
	FROM (SELECT n.value FROM number AS n WHERE NOT n.hidden
		UNION ALL SELECT sum(CASE n.name WHEN what.rest[1] THEN n.value ELSE - n.value END) FROM number AS n WHERE NOT n.hidden AND n.name = ANY (what.rest) GROUP BY n.t, n.d) AS s
	WHERE s.value BETWEEN 1 AND k - 1;
	-- what a total leaves for the hidden rows is not small itself
	SELECT count(*) INTO small_together
	FROM (SELECT sum(n.value) FILTER (WHERE n.hidden) AS rest FROM number AS n GROUP BY n.t, n.name HAVING cardinality(free) > 0 AND n.name = ANY (what.of_no_other) AND sum(n.value) > k) AS s
	WHERE s.rest BETWEEN 1 AND k;
	SELECT count(DISTINCT n.d) FILTER (WHERE n.value BETWEEN 1 AND k - 1), count(DISTINCT n.d), coalesce(bool_or(n.value = 0 AND n.hidden), false) INTO small_values, values_, has_zero FROM number AS n;
END $$;

-- random tables of every hazard ---------------------------------------------------------------------------------------

CREATE TABLE snapshot (customer int, month date, mrr numeric);
CREATE TABLE event (customer int, at date, done date, n int, signal text);
CREATE TABLE account (customer int PRIMARY KEY, a text, b text);
SELECT create_metric_view('m1', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{a}', dimensions_from => 'account'),
	create_metric_view('m2', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{a,b}', dimensions_from => 'account'),
	create_metric_view('m0', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr'),
	create_metric_view('c1', 'cohort', 'event', customer => 'customer', at => 'at', dimensions => '{a}', dimensions_from => 'account'),
	create_metric_view('s1', 'survey', 'event', customer => 'customer', at => 'at', amount => 'n', scale => 'nps', dimensions => '{a}', dimensions_from => 'account'),
	create_metric_view('s2', 'survey', 'event', customer => 'customer', at => 'at', amount => 'n', scale => 'nps', dimensions => '{a,b}', dimensions_from => 'account'),
	create_metric_view('d1', 'duration', 'event', customer => 'customer', at => 'at', done => 'done', dimensions => '{a}', dimensions_from => 'account'),
	create_metric_view('h1', 'health', 'event', customer => 'customer', signal => 'signal', amount => 'n', weight => 'n', dimensions => '{a}', dimensions_from => 'account');
SELECT publish_view('m1', 5), publish_view('m2', 5), publish_view('m0', 5), publish_view('c1', 5), publish_view('s1', 5), publish_view('s2', 5), publish_view('d1', 5), publish_view('h1', 5);

-- A count: none, small with the chance given, or large.
CREATE FUNCTION a_count(chance float8, most int) RETURNS int LANGUAGE sql VOLATILE AS
$$ SELECT CASE WHEN random() < chance THEN 1 + floor(random() * 4)::int WHEN most < 10 OR random() < 0.2 THEN 0 ELSE 5 + floor(random() * (most - 9))::int END $$;

-- Fill the storage of a metric view with such rows.  Values of a dimension may be missing in a period, or have nobody.
CREATE FUNCTION fill(view text, kind text, dimensions int, chance float8) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	values_ int := 1 + floor(random() * 4)::int;
	r record;
	keys text;
	o int; n int; e int; f int; x int; c int;
BEGIN
	EXECUTE format('TRUNCATE %I', view || '_data');
	FOR r IN SELECT 'v' || a AS a, 'w' || b AS b FROM generate_series(1, CASE WHEN dimensions = 0 THEN 1 ELSE values_ END) AS a, generate_series(1, CASE WHEN dimensions = 2 THEN 2 + values_ % 2 ELSE 1 END) AS b LOOP
		CONTINUE WHEN random() < 0.1 AND dimensions > 0;
		o := a_count(chance, 60);
		FOR p IN 0 .. 2 LOOP
			CONTINUE WHEN kind NOT IN ('movements', 'cohort') AND random() < 0.15;
			EXIT WHEN kind = 'health' AND p > 0;
			keys := concat_ws(', ', CASE kind WHEN 'health' THEN NULL WHEN 'cohort' THEN format('%L', make_date(2024, 1 + length(r.a || r.b) % 2, 1)) ELSE format('%L', make_date(2024, 1 + p, 1)) END,
				CASE WHEN dimensions > 0 THEN format('%L', r.a) END, CASE WHEN dimensions > 1 THEN format('%L', r.b) END);
			CASE kind
			WHEN 'movements' THEN
				x := least(o, a_count(chance, o / 3)); e := least(o - x, a_count(chance, o / 3)); f := least(o - x - e, a_count(chance, o / 3)); n := a_count(chance, 40); c := a_count(chance / 2, 20);
				EXECUTE format('INSERT INTO %I (period, %s opening_customers, churned_customers, expansion_customers, contraction_customers, new_customers, reactivation_customers, retained_customers, closing_customers) VALUES (%s, %s)',
					view || '_data', (ARRAY['', 'a, ', 'a, b, '])[dimensions + 1], keys, concat_ws(', ', o, x, e, f, n, c, o - x, o - x + n + c));
				o := o - x + n + c;
			WHEN 'cohort' THEN
				EXECUTE format('INSERT INTO %I (cohort, a, period, cohort_size, eligible, active) VALUES (%s, %s)', view || '_data', keys,
					concat_ws(', ', p, o, o, CASE p WHEN 0 THEN o ELSE greatest(o - a_count(chance, o), 0) END));
			WHEN 'survey' THEN
				x := a_count(chance, 30); e := a_count(chance, 30); f := a_count(chance, 30);
				EXECUTE format('INSERT INTO %I (period, %s responses, promoters, passives, detractors) VALUES (%s, %s)', view || '_data', (ARRAY['', 'a, ', 'a, b, '])[dimensions + 1], keys, concat_ws(', ', x + e + f, x, e, f));
			WHEN 'duration' THEN
				x := a_count(chance, 30); e := a_count(chance, 30);
				EXECUTE format('INSERT INTO %I (period, a, starts, arrived) VALUES (%s, %s)', view || '_data', keys, concat_ws(', ', x + e, x));
			WHEN 'health' THEN
				EXECUTE format('INSERT INTO %I (a, customers) VALUES (%s, %s)', view || '_data', keys, a_count(chance, 30));
			END CASE;
		END LOOP;
	END LOOP;
END $$;

CREATE TABLE tried AS SELECT NULL::text AS view, a.* FROM attack('m1', 'movements', '{a}', 5) AS a LIMIT 0;
CREATE FUNCTION try(view_ text, kind text, dimensions text[], rounds int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setseed(0.6);
	FOR i IN 1 .. rounds LOOP
		PERFORM fill(view_, kind, cardinality(dimensions), ('{0,0.04,0.08,0.3}'::float8[])[1 + i % 4] / CASE cardinality(dimensions) WHEN 2 THEN 4 ELSE 1 END);
		INSERT INTO tried SELECT view_, a.* FROM attack(view_, kind, dimensions, 5) AS a;
	END LOOP;
END $$;
SELECT try('m0', 'movements', '{}', 20);
SELECT try('m1', 'movements', '{a}', 32);
SELECT try('m2', 'movements', '{a,b}', 16);
SELECT try('c1', 'cohort', '{a}', 48);
SELECT try('s1', 'survey', '{a}', 60);
SELECT try('s2', 'survey', '{a,b}', 32);
SELECT try('d1', 'duration', '{a}', 40);
SELECT try('h1', 'health', '{a}', 80);

-- no hidden count is determined, or pinned; no small one is shown, nor are the hidden ones small together
SELECT view, count(*) AS tables, sum(determined) AS determined, sum(pinned) AS pinned, sum(small_shown) AS small_shown, sum(small_together) AS small_together, sum(other) AS other
FROM tried GROUP BY view ORDER BY view;
-- and every hazard was among them
SELECT view, count(*) FILTER (WHERE small_values = 1) > 1 AS one_small, count(*) FILTER (WHERE small_values >= 2) > 1 OR view = 'm0' AS two_small,
	bool_or(has_zero) OR view = 'h1' AS zero, bool_or(values_ = 1) OR view IN ('m2', 's2') AS single,
	count(*) FILTER (WHERE hidden > 0) > 3 AS hides, count(*) FILTER (WHERE shown > 0) > 3 AS shows, bool_or(hidden > 0 AND shown > 0) AS both
FROM tried GROUP BY view ORDER BY view;

-- from a source, every kind -------------------------------------------------------------------------------------------

INSERT INTO account SELECT i, 'v' || CASE WHEN i <= 3 THEN 1 ELSE 2 + i % 3 END, 'w' || i % 2 FROM generate_series(1, 400) AS i;
INSERT INTO snapshot SELECT c, (date '2024-02-01' + make_interval(months => m) - interval '1 day')::date, 100 + (c * 7 + m * c) % 60
FROM generate_series(1, 400) AS c, generate_series(0, 5) AS m WHERE (c * 13 + m * 5) % 17 > 3 AND m >= c % 3;
INSERT INTO event SELECT c, date '2024-01-01' + (c * 11 + i * 29) % 170, CASE WHEN (c + i) % 3 > 0 THEN date '2024-01-01' + (c * 11 + i * 29) % 170 + i * 9 + c % 20 END, (c * i) % 11, 's' || i
FROM generate_series(1, 400) AS c, generate_series(1, 6) AS i;
SELECT create_metric_view('r', 'renewal', 'event', customer => 'customer', at => 'at', amount => 'n', renewed_on => 'done', renewed_amount => 'n', grace => 20, step => 'quarter', dimensions => '{a}', dimensions_from => 'account'),
	create_metric_view('usage', 'usage', 'event', customer => 'customer', at => 'at', amount => 'n', dimensions => '{a}', dimensions_from => 'account'),
	create_metric_view('rc', 'revenue_cohort', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr', dimensions => '{b}', dimensions_from => 'account'),
	create_metric_view('c2', 'cohort', 'snapshot', customer => 'customer', at => 'month', step => 'quarter', dimensions => '{a,b}', dimensions_from => 'account');
CREATE TABLE rated AS SELECT date '2024-01-15' AS at, score AS n, signal
FROM (VALUES ('s1', 5, 5), ('s1', 1, 1), ('s2', 5, 10), ('s2', 1, 10), ('s3', 5, 12), ('s3', 1, 12), ('s4', 5, 30), ('s4', 1, 30)) AS v (signal, score, n), generate_series(1, v.n);
SELECT create_metric_view('csat', 'survey', 'rated', at => 'at', amount => 'n', scale => '1-5', dimensions => '{signal}'),
	create_metric_view('ces', 'survey', 'rated', at => 'at', amount => 'n', scale => '1-7', dimensions => '{signal}');
CALL refresh_all();
SELECT count(publish_view(view::regclass, 5)) FROM metric_views;
SELECT v.view, v.kind, a.hidden > 0 AS hides, a.shown > 0 AS shows, a.determined, a.pinned, a.small_shown, a.small_together, a.other
FROM (VALUES ('m0', 'movements', '{}'::text[]), ('m1', 'movements', '{a}'), ('m2', 'movements', '{a,b}'), ('r', 'renewal', '{a}'), ('usage', 'usage', '{a}'), ('rc', 'revenue_cohort', '{b}'),
	('c1', 'cohort', '{a}'), ('c2', 'cohort', '{a,b}'), ('s1', 'survey', '{a}'), ('s2', 'survey', '{a,b}'), ('d1', 'duration', '{a}'), ('h1', 'health', '{a}')) AS v (view, kind, dimensions), attack(v.view, v.kind, v.dimensions, 5) AS a;
-- a share gives its count away: of six answers one was bad
SELECT signal, responses, csat FROM csat ORDER BY 1;
SELECT signal, responses, csat, is_suppressed FROM csat_public ORDER BY 1;
SELECT signal, responses, ces_easy, is_suppressed FROM ces_public ORDER BY 1;
SELECT period, a, opening_customers, churned_customers, nrr, is_suppressed FROM m1_public ORDER BY 1, 2 LIMIT 5;

-- readers -------------------------------------------------------------------------------------------------------------

CREATE ROLE regress_press_reader;
GRANT USAGE ON SCHEMA press TO regress_press_reader;
GRANT SELECT ON m1_public TO regress_press_reader;
CREATE SCHEMA regress_press_own AUTHORIZATION regress_press_reader;
SET ROLE regress_press_reader;
SELECT count(*) FILTER (WHERE is_suppressed) AS hidden, count(*) FILTER (WHERE NOT is_suppressed) AS shown FROM m1_public;
SELECT count(*) FROM m1;
SELECT count(*) FROM m1_data;
-- (the detail says whose it is, which is whoever runs this)
\set VERBOSITY terse
SELECT publish_view('m1', 2);
\set VERBOSITY default
SELECT explain_metric_view('m1');
-- a function that tells what it is run on, and one that fails on small counts
CREATE FUNCTION regress_press_own.tell(bigint, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN
	IF $1 < 5 AND $1 > 0 THEN RAISE WARNING 'seen: % customers of %', $1, $2; END IF; RETURN true; END $$;
SELECT count(*) FROM m1_public WHERE regress_press_own.tell(churned_customers, a) AND regress_press_own.tell(opening_customers, a) AND 10 / (opening_customers - 3) IS NOT NULL;
SELECT count(*) FROM m1_public WHERE churned_customers BETWEEN 1 AND 4 OR opening_customers < 5 AND opening_customers > 0;
-- what EXPLAIN ANALYZE tells of a condition, it tells of the rows that are shown
CREATE FUNCTION regress_press_own.filters(condition text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) SELECT * FROM press.m1_public WHERE ' || condition INTO plan;
	RETURN QUERY SELECT n ->> 'Node Type' FROM jsonb_path_query(plan, 'strict $.** ? (@.type() == "object")') AS n WHERE n ->> 'Filter' LIKE '%3579%';
END $$;
SELECT regress_press_own.filters('opening_customers = 3579'), regress_press_own.filters($$a <> '3579'$$);
SELECT regress_press_own.filters('churned_customers < 3579 AND opening_customers = 6');
RESET ROLE;
SELECT reloptions FROM pg_class WHERE oid = 'm1_public'::regclass;
GRANT SELECT ON m1 TO regress_press_reader;
SET ROLE regress_press_reader;
SELECT count(*) > 30 AS explained FROM explain_metric_view('m1');
RESET ROLE;

-- again, with other numbers: grants stay
SELECT publish_view('m1', 2, since => '2024-05-01');
SELECT obj_description('m1_public'::regclass), col_description('m1_public'::regclass, 3), has_table_privilege('regress_press_reader', 'm1_public', 'SELECT') AS granted;
SELECT min(period) FROM m1_public;
DROP VIEW m1_public;
SELECT publish_view('m1', 5);
CREATE TABLE m9_public ();
SELECT create_metric_view('m9', 'movements', 'snapshot', customer => 'customer', at => 'month', amount => 'mrr');

-- what cannot be
\set SHOW_CONTEXT never
SELECT publish_view('m9', 5);
SELECT publish_view('m1', 1);
SELECT publish_view('m1', NULL);
SELECT publish_view('h1', 5, since => '2024-01-01');
SELECT publish_view('m1', 5, since => 'infinity');
SELECT publish_view('snapshot', 5);
SELECT publish_view(NULL, 5);

-- what a metric view means --------------------------------------------------------------------------------------------

SELECT item, explanation FROM explain_metric_view('m2') AS e WHERE item !~ '^refreshed|^as of';
SELECT v.view, count(*) FILTER (WHERE item ~ ': formula$') AS formulas, bool_and(explanation <> '') AS all_said
FROM metric_views AS v, explain_metric_view(v.view::regclass) AS e GROUP BY v.view ORDER BY v.view COLLATE "C";
SELECT explain_metric_view('snapshot');

SELECT count(drop_metric_view(view::regclass)) FROM metric_views;
SELECT relname FROM pg_class WHERE relnamespace = 'press'::regnamespace AND relkind = 'v';
DROP SCHEMA press, regress_press_own CASCADE;
DROP ROLE regress_press_reader;
