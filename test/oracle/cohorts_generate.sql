-- Seeded random events for the comparison of cohorts: tables of raw rows in schema oracle. Pairs and snapshots
-- of customers are those of generate.sql.
\ir generate.sql

-- The customer of a row under every type of key that has a way of its own in the C, and some that do not: the same
-- customer is the same under each. Numbers with other zeros and letters in the other case are equal keys.
CREATE COLLATION oracle.caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE oracle.pair_key AS (site int, account text);

CREATE FUNCTION oracle.text_key(k int) RETURNS text
LANGUAGE sql IMMUTABLE AS $$ SELECT 'K' || k || repeat(substr('xyzäöü€', 1 + k % 7, 1), CASE k % 5 WHEN 0 THEN 45 ELSE k % 5 END) $$;

-- Sets --------------------------------------------------------------------------------------------------------

CREATE TABLE oracle.cohort_set AS
SELECT set_id, grain, kind,
       CASE kind WHEN 'large' THEN 4000
                 WHEN 'middle' THEN 150 + oracle.draw(150, 'cohort customers', set_id, 0)
                 WHEN 'far apart' THEN 1 + oracle.draw(3, 'cohort customers', set_id, 0)
                 WHEN 'one' THEN 1
                 ELSE 1 + oracle.draw(14, 'cohort customers', set_id, 0) END AS customers,
       -- at most this many events a customer
       CASE kind WHEN 'large' THEN 3 ELSE 1 + oracle.draw(12, 'cohort events', set_id, 0) END AS events,
       -- over so many periods
       CASE kind WHEN 'far apart' THEN CASE unit WHEN 'day' THEN 5600 WHEN 'week' THEN 900 WHEN 'month' THEN 400 ELSE 120 END
                 WHEN 'clock' THEN 9
                 WHEN 'large' THEN 14
                 ELSE 2 + oracle.draw(18, 'cohort length', set_id, 0) END
       * CASE unit WHEN 'day' THEN 1 WHEN 'week' THEN 7 WHEN 'month' THEN 30 WHEN 'quarter' THEN 91 ELSE 365 END AS days,
       CASE kind WHEN 'clock' THEN clock.day ELSE date '1996-02-20' + oracle.draw(10000, 'cohort start', set_id, 0) END AS first_day,
       CASE kind WHEN 'clock' THEN clock.zone
                 ELSE oracle.choose('{UTC,Europe/Berlin,America/New_York,America/Los_Angeles,America/Sao_Paulo,Australia/Lord_Howe,
                                      Asia/Kolkata,Pacific/Apia,Asia/Kathmandu,+05:30,Antarctica/Troll,Africa/Casablanca}',
                                    'cohort zone', set_id, 0) END AS zone
FROM (SELECT set_id, (enum_grain)[1 + set_id % cardinality(enum_grain)] AS grain,
             CASE WHEN set_id % 120 = 7 THEN 'large'
                  WHEN set_id % 53 = 0 THEN 'empty'
                  WHEN set_id % 47 = 0 THEN 'unusable'
                  WHEN set_id % 10 = 3 THEN 'middle'
                  WHEN set_id % 9 = 4 THEN 'far apart'
                  WHEN set_id % 19 = 5 THEN 'one'
                  WHEN set_id % 4 = 2 THEN 'clock'
                  ELSE 'plain' END AS kind
      FROM generate_series(1, 280) AS set_id,
           (SELECT '{day,week,month,quarter,year,
                     week:monday,week:tuesday,week:wednesday,week:thursday,week:friday,week:saturday,week:sunday,
                     quarter:jan,quarter:feb,quarter:mar,quarter:may,quarter:dec,
                     year:jan,year:feb,year:apr,year:jul,year:oct,year:dec,
                     day,month,week,week:sunday}'::text[] AS enum_grain) AS g) AS kinds,
     LATERAL (SELECT split_part(grain, ':', 1) AS unit) AS u,
     -- days on which a clock changes, or a day is left out
     LATERAL (SELECT split_part(c, ' ', 1)::date - 4 AS day, split_part(c, ' ', 2) AS zone
              FROM oracle.choose('{2025-03-09 America/Los_Angeles,2024-11-03 America/New_York,2024-03-31 Europe/Berlin,2024-10-27 Europe/Berlin,
                                   2018-11-04 America/Sao_Paulo,2016-04-03 Australia/Lord_Howe,2011-12-30 Pacific/Apia,
                                   2020-04-20 Africa/Casablanca}', 'cohort clock', set_id, 0) AS c) AS clock;

-- Events ------------------------------------------------------------------------------------------------------

-- moment: a time on the clock, within a microsecond of midnight in two rows of five. instant: that time on the set's
-- zone's clock, or an hour off, so that hours which a clock shows twice or never are hit.
CREATE TABLE oracle.cohort_event AS
WITH customer AS (
    SELECT s.*, k,
           -- a third of the customers has one event; others join anywhere and then come often or rarely
           CASE WHEN oracle.draw(3, 'single', set_id, k) = 0 THEN 1 ELSE 1 + oracle.draw(s.events, 'cohort count', set_id, k) END AS n_events,
           oracle.draw(greatest(days, 1), 'joined', set_id, k) AS joined,
           1 + oracle.draw(4, 'pace', set_id, k) AS pace
    FROM oracle.cohort_set AS s, generate_series(1, s.customers) AS k
    WHERE s.kind <> 'empty'
), drawn AS (
    SELECT c.*, e, 16 * k + e AS row_id,
           first_day + CASE WHEN e = 1 OR kind = 'far apart' THEN oracle.draw(days, 'event day', set_id, 16 * k + e)
                            ELSE joined + oracle.draw(1 + days / pace, 'event day', set_id, 16 * k + e) END AS day,
           oracle.draw(60, 'event hazard', set_id, 16 * k + e) AS h
    FROM customer AS c, generate_series(1, c.n_events) AS e
), timed AS (
    SELECT *,
           day + CASE oracle.draw(5, 'clock time', set_id, row_id)
                     WHEN 0 THEN interval '0'
                     WHEN 1 THEN interval '23:59:59.999999'
                     ELSE oracle.draw(86400, 'second', set_id, row_id) * interval '1 second' END AS moment,
           oracle.choose('{0,0,0,1 hour,-1 hour,30 minutes,1 microsecond,-1 microsecond}', 'off', set_id, row_id)::interval AS off,
           kind = 'unusable' OR (h IN (0, 1) AND set_id % 3 > 0) AS nobody,
           kind <> 'unusable' AND h IN (2, 3, 4) AND set_id % 3 > 1 AS never
    FROM drawn
), again AS (
    -- the same row once more, or twice
    SELECT timed.*, copy FROM timed, generate_series(1, CASE WHEN set_id % 2 = 0 AND h BETWEEN 10 AND 15 THEN 1 + h % 3 ELSE 1 END) AS copy
)
SELECT set_id, row_number() OVER (ORDER BY oracle.draw(1000000000, 'order', set_id, row_id), row_id, copy)::int AS n,
       k.k,
       k.k * 7919 - 50000 AS key_int4,
       k.k::bigint * 10000000019 - 50000000000 AS key_int8,
       md5('k' || k.k)::uuid AS key_uuid,
       oracle.text_key(k.k) AS key_text,
       round(k.k * 0.25, 2 + (row_id + copy) % 5) AS key_numeric,
       (CASE (row_id + copy) % 2 WHEN 0 THEN upper(oracle.text_key(k.k)) ELSE lower(oracle.text_key(k.k)) END) COLLATE oracle.caseless AS key_caseless,
       CASE WHEN k.k IS NOT NULL THEN ROW(k.k % 7, 'a' || k.k)::oracle.pair_key END AS key_composite,
       s.grain, s.zone,
       CASE WHEN NOT never THEN day END AS day,
       CASE WHEN NOT never THEN moment END AS moment,
       CASE WHEN NOT never THEN moment AT TIME ZONE s.zone + off END AS instant
FROM again JOIN oracle.cohort_set AS s USING (set_id), LATERAL (SELECT CASE WHEN NOT nobody THEN again.k END AS k) AS k;
CREATE INDEX ON oracle.cohort_event (set_id);

-- Both as the oracle takes them: by its date, and by the day its instant has in the set's zone.
CREATE TABLE oracle.cohort_input AS
SELECT s.set_id, s.kind, s.grain, s.zone, v.source, v.events,
       CASE WHEN s.kind = 'large' THEN 'large' ELSE 'small' END AS size
FROM oracle.cohort_set AS s
LEFT JOIN (SELECT set_id, array_agg(ROW(k, day)::oracle.event) AS by_date,
                  array_agg(ROW(k, oracle.day_in(instant, zone))::oracle.event) AS by_instant
           FROM oracle.cohort_event GROUP BY set_id) AS e USING (set_id),
     LATERAL (VALUES ('date', by_date), ('instant', by_instant)) AS v (source, events);

-- Snapshots with segments --------------------------------------------------------------------------------------
-- The snapshots of generate.sql again, each customer month in one segment. Movers change it every few months.

CREATE TABLE oracle.segmented_row AS
SELECT r.set_id, row_number() OVER ()::int AS n,
       CASE WHEN set_id % 5 = 0 AND oracle.draw(30, 'no customer', set_id, k) = 0 THEN NULL ELSE substr(customer, 2)::int END AS k,
       month, mrr,
       CASE WHEN set_id % 11 = 0 THEN 'all'
            WHEN oracle.draw(3, 'mover', set_id, substr(customer, 2)::int) = 0
            THEN (ARRAY['large', 'medium', 'small', NULL])[1 + oracle.draw(4, 'segment', set_id, 1000 * substr(customer, 2)::bigint + 7 + m / 3)]
            ELSE (ARRAY['large', 'medium', 'small', NULL])[1 + oracle.draw(4, 'segment', set_id, substr(customer, 2)::bigint)] END AS segment
FROM oracle.snapshot_row AS r,
     LATERAL (SELECT coalesce(oracle.month_index(month), 0) AS m) AS i,
     LATERAL (SELECT 1000 * substr(customer, 2)::bigint + m AS k) AS id;
CREATE INDEX ON oracle.segmented_row (set_id);

ANALYZE oracle.cohort_set, oracle.cohort_event, oracle.cohort_input, oracle.segmented_row;
