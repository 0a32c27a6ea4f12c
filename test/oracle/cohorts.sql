-- The oracle for cohorts (surface.md §5), from raw rows. Builds on ratio.sql, retention.sql and movements.sql.
-- Read top-down: which period a day lies in, which offsets a customer was active in, what a cohort's row says.

-- Periods ------------------------------------------------------------------------------------------
-- metrics.md §3 "calendar vs rolling", "week start", "month arithmetic". A period is named by its first day.

-- How far after Monday a week starts, in days; how far after January a quarter or year starts, in months.
CREATE FUNCTION oracle.anchor(grain text) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(array_position(CASE split_part(grain, ':', 1)
                                       WHEN 'week' THEN '{monday,tuesday,wednesday,thursday,friday,saturday,sunday}'
                                       ELSE '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}' END::text[],
                                   nullif(split_part(grain, ':', 2), '')), 1) - 1
$$;

-- date_trunc() knows ISO weeks and calendar quarters and years: shift the day to them, cut, shift back.
-- Subtracting months may clip the day of the month but never leaves the month.
CREATE FUNCTION oracle.shift(grain text) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE split_part(grain, ':', 1) WHEN 'week' THEN oracle.anchor(grain) * interval '1 day'
                                          ELSE oracle.anchor(grain) * interval '1 month' END
$$;

CREATE FUNCTION oracle.period_of(day date, grain text) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT (date_trunc(split_part(grain, ':', 1), day::timestamp - oracle.shift(grain)) + oracle.shift(grain))::date
$$;

-- "time zone": the day that an instant has in a zone, whatever its clock did that day.
CREATE FUNCTION oracle.day_in(at timestamptz, zone text) RETURNS date
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT (at AT TIME ZONE zone)::date $$;

-- n periods after one. Months are counted by index, from a first of the month.
CREATE FUNCTION oracle.period_after(period date, n int, grain text) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE split_part(grain, ':', 1)
               WHEN 'day'  THEN period + n
               WHEN 'week' THEN period + 7 * n
               ELSE oracle.month_start(oracle.month_index(period) + n * oracle.months_in(grain)) END
$$;

-- How many periods after one another begins.
CREATE FUNCTION oracle.period_offset(period date, later date, grain text) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE split_part(grain, ':', 1)
               WHEN 'day'  THEN later - period
               WHEN 'week' THEN (later - period) / 7
               ELSE (oracle.month_index(later) - oracle.month_index(period)) / oracle.months_in(grain) END
$$;

-- One customer's active periods: activity_agg and its accessors ------------------------------------

-- A day on which a customer did something; its own day already ("date in = no zone"), or see day_in().
CREATE TYPE oracle.event AS (customer text, day date);

-- "Rows that cannot be used (NULL customer, NULL date) are skipped and counted" (surface.md §9).
CREATE FUNCTION oracle.skipped(events oracle.event[]) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
    SELECT count(*) FROM unnest(events) AS e WHERE e.customer IS NULL OR e.day IS NULL
$$;

-- Twice in a period is active once.
CREATE FUNCTION oracle.active_periods(events oracle.event[], grain text)
RETURNS TABLE (customer text, period date)
LANGUAGE sql IMMUTABLE AS $$
    SELECT DISTINCT e.customer, oracle.period_of(e.day, grain)
    FROM unnest(events) AS e
    WHERE e.customer IS NOT NULL AND e.day IS NOT NULL
$$;

-- first_period, last_period, active_periods and reactivations of each customer. Rows that cannot be used
-- give no row here. A reactivation is a return after at least one period without activity (§1).
CREATE FUNCTION oracle.activity(events oracle.event[], grain text)
RETURNS TABLE (customer text, first_period date, last_period date, active_periods bigint, reactivations bigint)
LANGUAGE sql IMMUTABLE AS $$
    SELECT customer, min(period), max(period), count(*),
           count(*) FILTER (WHERE previous <> oracle.period_after(period, -1, grain))
    FROM (SELECT customer, period, lag(period) OVER (PARTITION BY customer ORDER BY period) AS previous
          FROM oracle.active_periods(events, grain)) AS p
    GROUP BY customer
$$;

CREATE FUNCTION oracle.is_active(events oracle.event[], grain text, customer text, day date) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT EXISTS (SELECT FROM oracle.active_periods(events, grain) AS p
                   WHERE p.customer = is_active.customer AND p.period = oracle.period_of(day, grain))
$$;

-- Members of cohorts --------------------------------------------------------------------------------
-- However a cohort is formed, all that is asked of it afterwards is who belongs to it and in which offsets
-- each was active. mrr: what the customer paid in each of these offsets, where that is known.

CREATE TYPE oracle.member AS (customer text, cohort date, offsets int[], mrr numeric[]);

-- cohort_retention(customer, at, grain), and activity_agg then cohort_agg: the cohort is the customer's first
-- active period.
CREATE FUNCTION oracle.members(events oracle.event[], grain text) RETURNS SETOF oracle.member
LANGUAGE sql IMMUTABLE AS $$
    SELECT customer, cohort, array_agg(oracle.period_offset(cohort, period, grain)), NULL::numeric[]
    FROM (SELECT customer, period, min(period) OVER (PARTITION BY customer) AS cohort
          FROM oracle.active_periods(events, grain)) AS p
    GROUP BY customer, cohort
$$;

-- cohort_agg(activity, cohort date): the cohort is the period of the caller's date. Offsets count from 0, so
-- what a customer did before its cohort is in none of them; it belongs to its cohort even if nothing follows.
CREATE TYPE oracle.start AS (customer text, cohort date);

CREATE FUNCTION oracle.members_from(events oracle.event[], starts oracle.start[], grain text) RETURNS SETOF oracle.member
LANGUAGE sql IMMUTABLE AS $$
    SELECT s.customer, c.cohort,
           coalesce(array_agg(oracle.period_offset(c.cohort, p.period, grain)) FILTER (WHERE p.period >= c.cohort), '{}'),
           NULL::numeric[]
    FROM unnest(starts) AS s
    CROSS JOIN LATERAL (SELECT oracle.period_of(s.cohort, grain) AS cohort) AS c
    LEFT JOIN oracle.active_periods(events, grain) AS p ON p.customer = s.customer
    WHERE s.customer IS NOT NULL AND s.cohort IS NOT NULL
    GROUP BY s.customer, c.cohort
$$;

-- cohort_agg_by_age(activity, age_days): "rolling by (t − t_first)/age days", from day grain. Those who began on the
-- same day are of the same age: they are a cohort here, and labelled by their month only in the end.
CREATE FUNCTION oracle.members_by_age(events oracle.event[], age_days int) RETURNS SETOF oracle.member
LANGUAGE sql IMMUTABLE AS $$
    SELECT customer, first_day, array_agg(DISTINCT (period - first_day) / age_days), NULL::numeric[]
    FROM (SELECT customer, period, min(period) OVER (PARTITION BY customer) AS first_day
          FROM oracle.active_periods(events, 'day')) AS p
    GROUP BY customer, first_day
$$;

-- cohort_revenue_agg(mrr_history, step): "quarter/year value": what counts is the MRR on a period's last day,
-- clamped at 0. "zero-revenue activity": a period with 0 is not an active one. The cohort is the first active
-- period. upto = last period looked at, needed for the histories that still run.
CREATE FUNCTION oracle.paying_members(stretches oracle.stretch[], step text, upto date) RETURNS SETOF oracle.member
LANGUAGE sql AS $$
    WITH snapshot AS (
        SELECT level.customer, ends.period, level.mrr
        FROM oracle.levels(stretches) AS level,
             -- the periods whose last day this level holds on
             LATERAL (SELECT oracle.period_of(level.day, step) AS first,
                             least(oracle.period_of(level.next_day, step), upto) AS last) AS touched,
             generate_series(0, oracle.period_offset(touched.first, touched.last, step)) AS n,
             LATERAL (SELECT oracle.period_after(touched.first, n, step) AS period,
                             oracle.period_after(touched.first, n + 1, step) - 1 AS last_day) AS ends
        WHERE level.mrr > 0
          AND level.day <= ends.last_day AND ends.last_day < coalesce(level.next_day, 'infinity')
    )
    SELECT customer, cohort, array_agg(oracle.period_offset(cohort, period, step) ORDER BY period),
           array_agg(mrr ORDER BY period)
    FROM (SELECT *, min(period) OVER (PARTITION BY customer) AS cohort FROM snapshot) AS s
    GROUP BY customer, cohort
$$;

-- What a cohort's rows say ------------------------------------------------------------------------------

-- Omitted observed_to: the last active period of anybody in the matrix.
CREATE FUNCTION oracle.last_active(members oracle.member[], grain text) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT max(oracle.period_after(m.cohort, o, grain)) FROM unnest(members) AS m, unnest(m.offsets) AS o
$$;

-- cohort_table(m, kind, observed_to), without the dates: how many offsets of each cohort are observed is for
-- the caller to say (horizon: the last one). Rows of offset 0 to the horizon, zero rows included; mrr and capped
-- are what net and gross retention divide by those of offset 0.
CREATE TYPE oracle.observed AS (cohort date, horizon int);

CREATE FUNCTION oracle.cohort_rows(members oracle.member[], kind text, horizons oracle.observed[])
RETURNS TABLE (cohort date, period int, cohort_size bigint, active bigint, retention numeric,
               mrr numeric, capped numeric, net_retention numeric, gross_retention numeric)
LANGUAGE sql IMMUTABLE AS $$
    WITH cohort AS (
        SELECT m.cohort, count(*) AS size, h.horizon
        FROM unnest(members) AS m JOIN unnest(horizons) AS h ON h.cohort = m.cohort
        GROUP BY m.cohort, h.horizon
    ), activity AS (
        -- what happened after the observed window is not known yet
        SELECT m.customer, m.cohort, a.period, a.mrr,
               max(a.period) OVER (PARTITION BY m.customer) AS last_period,
               first_value(a.mrr) OVER (PARTITION BY m.customer ORDER BY a.period) AS first_mrr
        FROM unnest(members) AS m
        JOIN cohort ON cohort.cohort = m.cohort,
        unnest(m.offsets, m.mrr) AS a (period, mrr)
        WHERE a.period <= cohort.horizon
    ), counted AS (
        SELECT a.cohort, a.period, count(*) AS active,
               count(*) FILTER (WHERE a.period = a.last_period) AS last_active_here,
               sum(a.mrr) AS mrr, sum(least(a.mrr, a.first_mrr)) AS capped
        FROM activity AS a
        GROUP BY a.cohort, a.period
    ), filled AS (
        SELECT c.cohort, p.period, c.size,
               coalesce(counted.active, 0) AS active_on,
               -- active in it or in any later observed period = last active in it or later
               coalesce(sum(counted.last_active_here)
                            OVER (PARTITION BY c.cohort ORDER BY p.period DESC), 0)::bigint AS active_on_or_after,
               counted.mrr, counted.capped,
               first_value(counted.mrr) OVER (PARTITION BY c.cohort ORDER BY p.period) AS first_mrr
        FROM cohort AS c
        CROSS JOIN LATERAL generate_series(0, c.horizon) AS p (period)
        LEFT JOIN counted ON counted.cohort = c.cohort AND counted.period = p.period
    ), kinds AS (
        SELECT *,
               CASE kind WHEN 'on_or_after' THEN active_on_or_after ELSE active_on END AS active,
               CASE WHEN kind = 'previous' AND f.period > 0
                    THEN lag(active_on) OVER (PARTITION BY f.cohort ORDER BY f.period) ELSE size END AS denominator
        FROM filled AS f
    )
    SELECT k.cohort, k.period, k.size, k.active, oracle.ratio(k.active, k.denominator),
           CASE WHEN k.first_mrr IS NOT NULL THEN trim_scale(coalesce(k.mrr, 0)) END,
           CASE WHEN k.first_mrr IS NOT NULL THEN trim_scale(coalesce(k.capped, 0)) END,
           oracle.ratio(coalesce(k.mrr, 0), k.first_mrr),
           oracle.ratio(coalesce(k.capped, 0), k.first_mrr)
    FROM kinds AS k
    ORDER BY k.cohort, k.period
$$;

-- Calendar cohorts: a cohort is observed up to the period that contains observed_to.
CREATE FUNCTION oracle.calendar_horizons(members oracle.member[], grain text, observed_to date DEFAULT NULL)
RETURNS oracle.observed[]
LANGUAGE sql IMMUTABLE AS $$
    WITH last AS MATERIALIZED (
        SELECT coalesce(oracle.period_of(observed_to, grain), oracle.last_active(members, grain)) AS last_period
    )
    SELECT array_agg(ROW(c.cohort, oracle.period_offset(c.cohort, last.last_period, grain))::oracle.observed)
    FROM (SELECT DISTINCT m.cohort FROM unnest(members) AS m) AS c, last
    WHERE last.last_period >= c.cohort
$$;

-- §3 "left edge": "the first cohort is flagged unless the customer's own start date is given": up to which one? To that of the
-- observed time, if it is said where that begins, or else the earliest that there is.
CREATE FUNCTION oracle.first_observed(members oracle.member[], label text, observed_from date, own_start boolean DEFAULT false) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN own_start THEN '-infinity'
                ELSE oracle.period_of(coalesce(observed_from, (SELECT min(m.cohort) FROM unnest(members) AS m)), label) END
$$;

-- eligible is the whole cohort wherever a row is given at all. is_complete: "eligible = cohort_size and the
-- period is over": its last day has been observed. An omitted observed_to says nothing about the days after the
-- last activity, so the period of that activity is not known to be over ("partial period: views flag it").
CREATE FUNCTION oracle.cohort_table(members oracle.member[], grain text, kind text DEFAULT 'on',
                                    observed_to date DEFAULT NULL, observed_from date DEFAULT NULL, own_start boolean DEFAULT false)
RETURNS TABLE (cohort date, period int, cohort_size bigint, eligible bigint, active bigint, retention numeric,
               mrr numeric, net_retention numeric, gross_retention numeric, is_complete boolean, is_first_observed boolean,
               base_mrr numeric, capped_mrr numeric)
LANGUAGE sql IMMUTABLE AS $$
    WITH known AS MATERIALIZED (
        SELECT coalesce(observed_to, oracle.last_active(members, grain) - 1) AS last_day,
               oracle.first_observed(members, grain, observed_from, own_start) AS first
    )
    SELECT r.cohort, r.period, r.cohort_size, r.cohort_size, r.active, r.retention,
           r.mrr, r.net_retention, r.gross_retention,
           oracle.period_after(r.cohort, r.period + 1, grain) - 1 <= known.last_day,
           r.cohort <= known.first,
           first_value(r.mrr) OVER (PARTITION BY r.cohort ORDER BY r.period), r.capped
    FROM known,
         oracle.cohort_rows(members, kind, oracle.calendar_horizons(members, grain, observed_to)) AS r
$$;

-- on_or_after where the data goes on after the window. A matrix keeps of each cohort how many were active at each offset,
-- and how many for the last time; of those who were active after the window ("later") it may not tell who was active in
-- some part of it. Counting from the window's end back to an offset: at a single one at most all who are active there and
-- not for the last time are later ones, and at least those that are more than all whose last time is there or between; and
-- over all of these offsets at least as many as at one of them, and at most as many as at all of them together. Is that one
-- number for every offset? Where the offset after the window is observed in part, any of those active there may have been
-- so in that part. (cohorts_selftest.sql asks every small population whether this is right.)
CREATE FUNCTION oracle.determined(members oracle.member[], horizons oracle.observed[], partly boolean DEFAULT false) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    WITH member AS (
        SELECT row_number() OVER () AS id, m.cohort, m.offsets, h.horizon, (SELECT max(o) FROM unnest(m.offsets) AS o) AS last
        FROM unnest(members) AS m JOIN unnest(horizons) AS h ON h.cohort = m.cohort
    ), counted AS (
        SELECT m.cohort, m.horizon, o AS period, count(*) FILTER (WHERE o = ANY (m.offsets)) AS active, count(*) FILTER (WHERE o = m.last) AS last_active,
               count(*) FILTER (WHERE m.last > m.horizon) AS later
        FROM member AS m, generate_series(0, m.horizon + 1) AS o
        GROUP BY m.cohort, m.horizon, o
    ), single AS (
        SELECT *,
               CASE WHEN period <= horizon THEN active - sum(last_active) FILTER (WHERE period <= horizon) OVER (PARTITION BY cohort ORDER BY period DESC) END AS least_later,
               CASE WHEN period <= horizon THEN active - last_active WHEN partly THEN active ELSE 0 END AS most_later
        FROM counted
    ), together AS (
        SELECT period <= horizon AS shown, greatest(max(least_later) OVER upto_end, 0) AS least_later, least(sum(most_later) OVER upto_end, later) AS most_later
        FROM single
        WINDOW upto_end AS (PARTITION BY cohort ORDER BY period DESC)
    )
    SELECT coalesce(bool_and(least_later = most_later), true) FROM together WHERE shown
$$;

-- metrics.md §4 "Intervals: … Logo and curves: Wilson", at 95 %. Double precision: compare to 1e-12.
CREATE FUNCTION oracle.wilson(active bigint, eligible bigint, OUT low double precision, OUT high double precision)
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN eligible > 0 THEN (p + z * z / (2 * n) - z * spread) / (1 + z * z / n) END,
           CASE WHEN eligible > 0 THEN (p + z * z / (2 * n) + z * spread) / (1 + z * z / n) END
    FROM (SELECT 1.959963984540054235524594430520551 ::double precision AS z,      -- 97.5 % of the normal distribution
                 nullif(eligible, 0)::double precision AS n,
                 active::double precision / nullif(eligible, 0) AS p) AS given,
         LATERAL (SELECT sqrt(p * (1 - p) / n + z * z / (4 * n * n)) AS spread) AS s
$$;

-- retention_curve: §3 "curve mean": weighted, over the cohorts old enough for that offset only. label: the period
-- that cohorts are counted by (those of rolling ages by month, others are their own). observed_from, if given, leaves out
-- what is flagged, by the grain of cohorts.
CREATE FUNCTION oracle.curve(members oracle.member[], horizons oracle.observed[], label text DEFAULT 'day',
                             observed_from date DEFAULT NULL, grain text DEFAULT NULL)
RETURNS TABLE (period int, cohorts bigint, eligible bigint, active bigint, retention numeric,
               low double precision, high double precision, net_retention numeric, gross_retention numeric)
LANGUAGE sql IMMUTABLE AS $$
    WITH cell AS (
        SELECT r.*, first_value(r.mrr) OVER (PARTITION BY r.cohort ORDER BY r.period) AS first_mrr
        FROM oracle.cohort_rows(members, 'on', horizons) AS r
        WHERE observed_from IS NULL OR oracle.period_of(r.cohort, grain) > oracle.period_of(observed_from, grain)
    ), total AS (
        SELECT period, count(DISTINCT oracle.period_of(cohort, label)) AS cohorts,
               sum(cohort_size)::bigint AS eligible, sum(active)::bigint AS active,
               sum(mrr) AS mrr, sum(capped) AS capped, sum(first_mrr) AS first_mrr
        FROM cell
        GROUP BY period
    )
    SELECT t.period, t.cohorts, t.eligible, t.active, oracle.ratio(t.active, t.eligible), w.low, w.high,
           oracle.ratio(t.mrr, t.first_mrr), oracle.ratio(t.capped, t.first_mrr)
    FROM total AS t, oracle.wilson(t.active, t.eligible) AS w
    ORDER BY t.period
$$;

CREATE FUNCTION oracle.retention_curve(members oracle.member[], grain text, observed_to date DEFAULT NULL, observed_from date DEFAULT NULL)
RETURNS TABLE (period int, cohorts bigint, eligible bigint, active bigint, retention numeric,
               low double precision, high double precision, net_retention numeric, gross_retention numeric)
LANGUAGE sql IMMUTABLE AS $$
    SELECT * FROM oracle.curve(members, oracle.calendar_horizons(members, grain, observed_to), 'day', observed_from, grain)
$$;

-- Brackets and rolling ages: members as before, other offsets ----------------------------------------------

-- cohort_bracket_agg(activity, ranges, observed_to): {0,1,4,12} are the brackets 0, 1–3 and 4–11, numbered from
-- 0. A customer is active in a bracket when it is active in any of its periods: known from the customers
-- only, since counts per offset do not say whether they are the same people.
CREATE FUNCTION oracle.members_by_bracket(events oracle.event[], grain text, ranges int[], observed_to date)
RETURNS SETOF oracle.member
LANGUAGE sql IMMUTABLE AS $$
    SELECT m.customer, m.cohort,
           ARRAY(SELECT DISTINCT width_bucket(o, ranges) - 1
                 FROM unnest(m.offsets) AS o
                 WHERE o >= ranges[1] AND o < ranges[cardinality(ranges)]
                   AND oracle.period_after(m.cohort, o, grain) <= oracle.period_of(observed_to, grain)),
           NULL::numeric[]
    FROM oracle.members(events, grain) AS m
$$;

-- A bracket is observed when its last period is. In a table it is named by its first offset: ranges[period + 1].
CREATE FUNCTION oracle.bracket_horizons(members oracle.member[], grain text, ranges int[], observed_to date)
RETURNS oracle.observed[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(ROW(cohort, horizon)::oracle.observed)
    FROM (SELECT c.cohort, max(n) - 1 AS horizon
          FROM (SELECT DISTINCT m.cohort FROM unnest(members) AS m) AS c,
               generate_series(1, cardinality(ranges) - 1) AS n
          WHERE oracle.period_after(c.cohort, ranges[n + 1] - 1, grain) <= oracle.period_of(observed_to, grain)
          GROUP BY c.cohort) AS h
$$;

-- Rolling ages: a window of a customer is observed when all of its days are. Omitted observed_to: the last active
-- day (the last active window of anybody may not be over).
CREATE FUNCTION oracle.age_horizons(members oracle.member[], age_days int, observed_to date) RETURNS oracle.observed[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(ROW(cohort, (observed_to - cohort + 1) / age_days - 1)::oracle.observed)
    FROM (SELECT DISTINCT m.cohort FROM unnest(members) AS m) AS c
    WHERE observed_to - cohort + 1 >= age_days
$$;

-- on_or_after counts whoever is known to have been active later, also in a window that is not over: that is as if it had been
-- so in the last one that is. From activity by day.
CREATE FUNCTION oracle.members_by_age_until(days oracle.member[], age_days int, observed_to date) RETURNS SETOF oracle.member
LANGUAGE sql IMMUTABLE AS $$
    SELECT d.customer, d.cohort,
           ARRAY(SELECT DISTINCT least(o / age_days, over - 1) FROM unnest(d.offsets) AS o WHERE d.cohort + o <= observed_to AND over > 0),
           NULL::numeric[]
    FROM unnest(days) AS d, LATERAL (SELECT (observed_to - d.cohort + 1) / age_days AS over) AS w
$$;

-- cohort_table() of them: eligible are those old enough ("unbounded denominator only users old enough"), and only
-- they are counted. The period of a month's row is over when it is for one who joined on the month's last day;
-- known_to: the last day that is known to be over.
CREATE FUNCTION oracle.age_table(members oracle.member[], age_days int, kind text, observed_to date, known_to date,
                                 observed_from date DEFAULT NULL)
RETURNS TABLE (cohort date, period int, cohort_size bigint, eligible bigint, active bigint, retention numeric,
               is_complete boolean, is_first_observed boolean)
LANGUAGE sql IMMUTABLE AS $$
    WITH day AS (
        SELECT oracle.period_of(r.cohort, 'month') AS month, r.*,
               CASE WHEN kind = 'previous' AND r.period > 0
                    THEN lag(r.active) OVER (PARTITION BY r.cohort ORDER BY r.period) ELSE r.cohort_size END AS denominator
        FROM oracle.cohort_rows(members, kind, oracle.age_horizons(members, age_days, observed_to)) AS r
    ), known AS MATERIALIZED (
        SELECT oracle.first_observed(members, 'month', observed_from) AS first
    ), month AS (
        -- who had not come by then is not in the cohort yet
        SELECT oracle.period_of(m.cohort, 'month') AS month, count(*) AS size
        FROM unnest(members) AS m WHERE m.cohort <= observed_to GROUP BY 1
    )
    SELECT day.month, day.period, month.size, sum(day.cohort_size)::bigint, sum(day.active)::bigint,
           oracle.ratio(sum(day.active), sum(day.denominator)),
           sum(day.cohort_size) = month.size AND oracle.month_end(oracle.month_index(day.month)) + (day.period + 1) * age_days - 1 <= known_to,
           day.month <= known.first
    FROM day JOIN month USING (month) CROSS JOIN known
    GROUP BY day.month, day.period, month.size, known.first
    ORDER BY day.month, day.period
$$;

-- Segments ----------------------------------------------------------------------------------------------
-- mrr_movements_by(customer, month, mrr, segment, step, span): §3 "segment moved": a customer counts where it
-- was at opening, so that segments add up to the whole. One that pays nothing at opening was nowhere: it counts
-- where it is at closing.

CREATE TYPE oracle.segment_row AS (customer text, month date, mrr numeric, segment text);

-- For each comparison wholly inside the window: the pairs of each segment, "(none)" standing for NULL.
CREATE FUNCTION oracle.segment_pairs(snapshots oracle.segment_row[], step text, span text, observed_from date, observed_to date)
RETURNS TABLE (segment text, period date, pairs oracle.pair[])
LANGUAGE sql AS $$
    WITH month AS MATERIALIZED (
        SELECT s.customer, oracle.month_index(s.month) AS month, max(coalesce(s.segment, '(none)')) AS segment,
               -- a customer's rows are added first, then clamped
               greatest(sum(oracle.finite(s.mrr)), 0) AS mrr
        FROM unnest(snapshots) AS s
        WHERE s.customer IS NOT NULL AND s.month IS NOT NULL AND s.mrr IS NOT NULL
        GROUP BY 1, 2
    ), customer AS (
        SELECT customer, min(month) AS first_month FROM month WHERE mrr > 0 GROUP BY customer
    ), ends AS (
        SELECT period, oracle.month_index(opening_day) AS opening_month, oracle.month_index(closing_day) AS closing_month
        FROM oracle.comparisons(step, span, oracle.month_index(observed_from), oracle.month_index(observed_to))
    )
    SELECT CASE WHEN o.mrr > 0 THEN o.segment ELSE c.segment END, ends.period,
           array_agg(ROW(o.mrr, c.mrr, customer.first_month <= ends.opening_month, NULL)::oracle.pair)
    FROM ends
    CROSS JOIN customer
    LEFT JOIN month AS o ON o.customer = customer.customer AND o.month = ends.opening_month
    LEFT JOIN month AS c ON c.customer = customer.customer AND c.month = ends.closing_month
    WHERE o.mrr > 0 OR c.mrr > 0
    GROUP BY 1, 2
$$;
