-- A sample company: a software vendor's customers over the 36 months 2023-01 .. 2025-12.
--
--   psql -f examples/sample_company.sql                       2,000 customers
--   psql -v customers=50000 -v usage=off -f examples/sample_company.sql
--
-- Variables: customers (default 2000), usage (on or off; default on: product usage by week, by far the largest
-- table), seed (default 1: another seed is another company).
--
-- Everything goes into the schema "sample", which must not exist. Plain SQL, one transaction, no extension needed.
-- The same variables give the same rows on every PostgreSQL major: chance comes from hashint8extended() of (customer,
-- what is decided, month) and not from random(). That function is what hash partitioning stores rows by, so it does
-- not change between majors.
--
-- How the company works. Each customer has a hidden state of health by month: how well the product fits, the day its
-- champion leaves, slow onboarding, and luck. Health is in no table. It drives usage at once, and expansion,
-- contraction and churn one to three months later; spells of product trouble raise tickets and churn but leave usage
-- alone; a part of churn has no cause that anybody sees. Segment, contract and tenure set the base rate. So a health
-- score made from usage, tickets and survey answers can foretell churn, though never perfectly.

\set ON_ERROR_STOP on
\if :{?customers} \else \set customers 2000 \endif
\if :{?usage}     \else \set usage on       \endif
\if :{?seed}      \else \set seed 1         \endif

BEGIN;
CREATE SCHEMA sample;
SET LOCAL search_path = sample, pg_catalog;
SET LOCAL work_mem = '128MB';
SET LOCAL jit = off;

-- Tools (dropped at the end) ------------------------------------------------------------------------------------------

CREATE TEMP TABLE asked ON COMMIT DROP AS
  SELECT :'customers'::int AS customers, :'usage'::boolean AS usage, :'seed'::int AS seed;
ALTER TABLE asked ADD CONSTRAINT customers_from_1_to_1000000 CHECK (customers BETWEEN 1 AND 1000000);

-- Months count from 2023-01 = 0 to 2025-12 = 35.
CREATE FUNCTION day(month int, day_of_month int) RETURNS date LANGUAGE sql IMMUTABLE
  RETURN make_date((24276 + month) / 12, (24276 + month) % 12 + 1, day_of_month);
CREATE FUNCTION month_of(d date) RETURNS int LANGUAGE sql IMMUTABLE
  RETURN (date_part('year', d) * 12 + date_part('month', d))::int - 24277;

-- u: evenly spread in [0, 1). z: normal, mean 0, deviation 1. Fixed by the seed, who, what and at.
CREATE FUNCTION code(what text) RETURNS bigint LANGUAGE sql IMMUTABLE
  RETURN ('x' || encode(substr(sha256((:'seed' || what)::bytea), 1, 6), 'hex'))::bit(48)::bigint;
CREATE FUNCTION u(who bigint, what text, at bigint DEFAULT 0) RETURNS float8 LANGUAGE sql IMMUTABLE
  RETURN (hashint8extended(who, code(what) + at) & 4503599627370495)::float8 / 4503599627370496;
CREATE FUNCTION z(who bigint, what text, at bigint DEFAULT 0) RETURNS float8 LANGUAGE sql IMMUTABLE
  RETURN sqrt(-2 * ln(1 - u(who, what, at))) * cos(6.283185307179586 * u(who, what, at + 4000000));
-- A whole number from 0 to below, and one of some words.
CREATE FUNCTION upto(below int, who bigint, what text, at bigint DEFAULT 0) RETURNS int LANGUAGE sql IMMUTABLE
  RETURN floor(below * u(who, what, at))::int;
CREATE FUNCTION pick(words text, who bigint, what text) RETURNS text LANGUAGE sql IMMUTABLE
  RETURN split_part(words, ' ', 1 + floor((1 + length(words) - length(replace(words, ' ', ''))) * u(who, what))::int);

-- What a customer is from the first day (hidden ones included) --------------------------------------------------------

-- Signing up: from 2021-01 on, 60 in 100 of them inside the window; quiet in summer, busy before the year's end.
-- Of those who came before 2023 only the ones still there on 2023-01-01 are in the books.
CREATE TEMP TABLE person ON COMMIT DROP AS
WITH signup AS (
  SELECT array_agg(share ORDER BY month) AS shares
  FROM (SELECT month, (sum(weight) OVER (ORDER BY month) / sum(weight) OVER ()) AS share
        FROM (SELECT month, ('{80,90,125,95,100,120,75,60,110,105,110,130}'::numeric[])[(month + 24) % 12 + 1] AS weight
              FROM generate_series(-24, 35) AS month) AS w) AS s
), drawn AS (
  SELECT c::bigint AS customer,
         CASE WHEN u(c, 'segment') < 0.62 THEN 1 WHEN u(c, 'segment') < 0.90 THEN 2 ELSE 3 END AS size,
         CASE WHEN u(c, 'region') < 0.45 THEN 'AMER' WHEN u(c, 'region') < 0.82 THEN 'EMEA' ELSE 'APAC' END AS region,
         width_bucket(u(c, 'signup')::numeric, shares) - 24 AS signup,
         1 + upto(28, c, 'day') AS day,
         z(c, 'fit') AS fit
  FROM asked, signup, LATERAL generate_series(1, customers) AS c
)
SELECT d.*,
       greatest(signup, 0) AS first,                      -- first month told month by month
       size > 1 OR u(customer, 'contract') < 0.2 AS annual,
       CASE size WHEN 1 THEN 5 WHEN 2 THEN 25 ELSE 100 END AS unit,  -- prices are whole multiples of it
       CASE size
         WHEN 1 THEN round(least(580, greatest(30, 170 * exp(0.55 * z(customer, 'price')))) / 5) * 5
         WHEN 2 THEN round(least(4500, greatest(600, 1300 * exp(0.50 * z(customer, 'price')))) / 25) * 25
         ELSE round(least(45000, greatest(4000, 8000 * exp(0.55 * z(customer, 'price')))) / 100) * 100
       END AS price,
       -- the champion leaves in month "left" (never when past the window), health falls by "loss" within three months
       CASE WHEN u(customer, 'champion') < 0.45 THEN greatest(signup, -6) + upto(48, customer, 'champion leaves')
            ELSE 99 END AS left_m,
       0.8 + 1.4 * u(customer, 'loss') AS loss,
       CASE WHEN u(customer, 'successor') < 0.4 THEN 4 + upto(7, customer, 'months to successor') ELSE 99 END AS successor,
       -- a spell of product trouble
       CASE WHEN u(customer, 'trouble') < 0.35 THEN greatest(signup, 0) + upto(36, customer, 'trouble month')
            ELSE 99 END AS trouble,
       3 + upto(4, customer, 'trouble length') AS trouble_length,
       -- days from signing up to the first value; NULL: never
       CASE WHEN u(customer, 'value') < 0.93
            THEN 1 + floor((ARRAY[9, 35, 80])[size] * exp(0.6 * z(customer, 'days to value') - 0.3 * fit))::int
       END AS days_to_value,
       CASE WHEN u(customer, 'price lock') < 0.15 THEN 0
            ELSE (ARRAY[0.01, 0.025, 0.035])[size] + 0.025 * u(customer, 'uplift') END AS uplift
FROM drawn AS d;
ANALYZE person;

-- Month by month, as if nobody ever left ------------------------------------------------------------------------------

-- New customers start small and grow; most expansion is signed at the end of a quarter.
CREATE TEMP TABLE life ON COMMIT DROP AS
WITH health AS (
  SELECT p.customer, m, p.first, p.size, p.annual, p.signup, p.uplift,
         0.7 * fit
         - loss * CASE WHEN m < left_m + successor THEN least(1, greatest(0, (m - left_m) / 3.0))
                       ELSE greatest(0, 1 - (m - left_m - successor) / 3.0) END
         - CASE WHEN days_to_value IS NULL THEN 0.9 WHEN (m - signup) * 30 < days_to_value THEN 0.4 ELSE 0 END
         + 0.22 * sum(z(p.customer, 'luck', m)) OVER (PARTITION BY p.customer ORDER BY m ROWS 5 PRECEDING) AS health,
         m >= trouble AND m < trouble + trouble_length AS trouble
  FROM person AS p, LATERAL generate_series(p.first, 35) AS m
), lagged AS (
  SELECT *, (m > signup AND (m - signup) % 12 = 0) AS anniversary,
         avg(health) OVER before AS health_before,
         coalesce(bool_or(trouble) OVER before, false) AS trouble_before
  FROM health
  WINDOW before AS (PARTITION BY customer ORDER BY m ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING)
)
SELECT customer, m, health, trouble,
       -- leaving, twice: the second draw is for those who came back
       u(customer, 'leave', m) < risk AS leaves,
       u(customer, 'leave again', m) < risk AS leaves_again,
       -- what happens to the price, as a logarithm
       CASE WHEN m = first THEN 0 ELSE
         CASE WHEN anniversary THEN ln(1 + uplift) ELSE 0 END
         + CASE WHEN u(customer, 'expand', m) < expanding * exp(0.5 * health_before)
                THEN ln(1 + (ARRAY[0.10, 0.08, 0.06])[size] + 0.20 * u(customer, 'by how much', m)) ELSE 0 END
         + CASE WHEN u(customer, 'contract', m) < contracting * exp(-0.6 * health_before)
                THEN ln(0.9 - 0.3 * u(customer, 'by how little', m)) ELSE 0 END
       END AS step
FROM (
  SELECT *,
         (ARRAY[0.022, 0.040, 0.064])[size] * (CASE WHEN m % 3 = 2 THEN 1.8 ELSE 0.6 END)
                                            * (CASE WHEN m - signup < 12 THEN 2.6 ELSE 0.75 END) AS expanding,
         CASE WHEN NOT annual THEN 0.010 WHEN anniversary THEN (ARRAY[0.12, 0.11, 0.10])[size] ELSE 0 END AS contracting,
         CASE WHEN m = first OR m < signup + 2 THEN 0
              WHEN NOT annual THEN 0.0085 * (CASE WHEN m - signup < 6 THEN 1.5 WHEN m - signup < 18 THEN 1 ELSE 0.75 END)
                                          * (CASE WHEN m % 12 = 0 THEN 1.4 ELSE 1 END)
              WHEN anniversary THEN (ARRAY[0.090, 0.042, 0.018])[size] * (CASE WHEN m - signup = 12 THEN 1.3 ELSE 0.9 END)
              ELSE 0.0006 END
         * (0.25 + exp(-1.0 * coalesce(health_before, 0) + CASE WHEN trouble_before THEN 0.7 ELSE 0 END)) AS risk
  FROM lagged
) AS r;
ANALYZE life;

-- Who stayed how long: spell 1, and spell 2 of those won back after two to eight months
CREATE TEMP TABLE spell ON COMMIT DROP AS
WITH one AS (
  SELECT customer, first, size, min(m) FILTER (WHERE leaves) AS gone
  FROM person JOIN life USING (customer) GROUP BY customer, first, size
), back AS (
  SELECT customer, gone + 2 + upto(7, customer, 'back after') AS first
  FROM one WHERE u(customer, 'won back') < (ARRAY[0.10, 0.13, 0.16])[size]
)
SELECT customer, 1 AS spell, first, gone FROM one
UNION ALL
SELECT customer, 2, b.first, min(l.m) FILTER (WHERE l.leaves_again AND l.m > b.first + 2)
FROM back AS b JOIN life AS l USING (customer) WHERE b.first <= 35 GROUP BY customer, b.first;
ANALYZE spell;

DELETE FROM life WHERE NOT EXISTS (
  SELECT FROM spell AS s WHERE s.customer = life.customer AND m >= s.first AND m < coalesce(s.gone, 36));

-- Subscription lines --------------------------------------------------------------------------------------------------

CREATE TEMP TABLE line (customer bigint, plan text, valid_from date, valid_to date, mrr numeric(12,2)) ON COMMIT DROP;

-- The plan itself: one line for as long as the price stays; a new price ends it and begins the next.
INSERT INTO line
WITH priced AS (
  SELECT customer, spell, s.gone, m, p.signup, p.day, p.size, s.first,
         unit * greatest(1, round(price * exp(sum(step) OVER (PARTITION BY customer ORDER BY m)
                                             - CASE spell WHEN 2 THEN 0.15 ELSE 0 END) / unit)) AS price
  FROM person AS p JOIN spell AS s USING (customer) JOIN life AS l USING (customer)
  WHERE l.m >= s.first AND l.m < coalesce(s.gone, 36)
), changed AS (
  SELECT *, lag(price) OVER (PARTITION BY customer, spell ORDER BY m) IS DISTINCT FROM price AS is_new FROM priced
)
SELECT customer,
       CASE size WHEN 1 THEN CASE WHEN price < 120 THEN 'Starter' WHEN price < 300 THEN 'Team' ELSE 'Business' END
                 WHEN 2 THEN CASE WHEN price < 900 THEN 'Business' ELSE 'Professional' END
                 ELSE 'Enterprise' END,
       day(CASE WHEN spell = 1 AND m = first THEN signup ELSE m END, day),
       day(coalesce(lead(m) OVER (PARTITION BY customer, spell ORDER BY m), gone), day),
       price
FROM changed WHERE is_new;

-- Add-ons beside it: up to three, some from the first day, some dropped again.
INSERT INTO line
SELECT customer, name, valid_from, least(valid_to, ends),
       unit * greatest(1, round(price * (0.05 + 0.13 * u(customer, 'add-on price', i)) / unit))
FROM (
  SELECT p.customer, p.unit, p.price, i, a.name, day(s.gone, p.day) AS ends,
         CASE WHEN u(p.customer, 'add-on at once', i) < 0.25 THEN day(p.signup, p.day)
              ELSE day(p.first + 1 + upto(34, p.customer, 'add-on month', i), 1 + upto(28, p.customer, 'add-on day', i))
         END AS valid_from,
         CASE WHEN u(p.customer, 'add-on dropped', i) < 0.3 THEN 6 + upto(18, p.customer, 'add-on months', i) END AS months
  FROM person AS p JOIN spell AS s ON s.customer = p.customer AND s.spell = 1,
       (VALUES (1, 'Add-on: Analytics'), (2, 'Add-on: Integrations'), (3, 'Add-on: Premium support')) AS a (i, name)
  WHERE u(p.customer, 'add-on', i) < (ARRAY[0.14, 0.38, 0.60])[p.size] * exp(0.25 * p.fit)
) AS wanted,
LATERAL (SELECT day(month_of(valid_from) + months, date_part('day', valid_from)::int) AS valid_to) AS until
WHERE valid_from < coalesce(ends, date '2026-01-01') AND valid_from < date '2026-01-01';

-- Discounts are negative lines of the same customer: at the start, to keep one that had trouble, and a few goodwill
-- credits that billing forgot to end when the customer left, so that for two months nothing but a credit is there.
INSERT INTO line
SELECT p.customer, 'Discount: first year', day(p.signup, p.day),
       least(day(p.signup + months, p.day), day(s.gone, p.day)),
       -round(p.price::numeric * (0.05 + 0.20 * u(p.customer, 'discount size'))::numeric, 2)
FROM person AS p JOIN spell AS s ON s.customer = p.customer AND s.spell = 1,
     LATERAL (SELECT CASE WHEN u(p.customer, 'discount length') < 0.5 THEN 6 ELSE 12 END AS months) AS l
WHERE u(p.customer, 'discount') < 0.20;

INSERT INTO line
SELECT p.customer, 'Discount: retention', day(m, d), least(day(m + 9, d), day(s.gone, p.day)),
       -round(p.price::numeric * (0.08 + 0.12 * u(p.customer, 'kept by'))::numeric, 2)
FROM person AS p JOIN spell AS s ON s.customer = p.customer AND s.spell = 1,
     LATERAL (SELECT p.trouble + 2 AS m, 1 + upto(28, p.customer, 'kept on') AS d) AS w
WHERE m > p.first AND m <= 35 AND day(m, d) < coalesce(day(s.gone, p.day), date '2026-01-01')
  AND u(p.customer, 'kept') < 0.35;

INSERT INTO line
SELECT p.customer, 'Credit: goodwill', day(gone - 2, p.day), day(gone + 2, p.day), -round(p.price::numeric * 0.05, 2)
FROM person AS p JOIN spell AS s ON s.customer = p.customer AND s.spell = 1
WHERE gone > p.first + 2 AND u(p.customer, 'forgotten') < 0.04;

-- The books -----------------------------------------------------------------------------------------------------------

CREATE TABLE accounts (
  customer bigint PRIMARY KEY, name text NOT NULL, region text NOT NULL, owner text NOT NULL,
  contract text NOT NULL, signed_up date NOT NULL, referenceable boolean NOT NULL);
COMMENT ON TABLE accounts IS
  'customers: region, customer success manager, contract (monthly or annual), first day, whether it would act as a reference';

INSERT INTO accounts
SELECT customer,
       pick('Amber Birch Cedar Copper Coral Crystal Delta Ember Falcon Fern Garnet Golden Granite Harbor Hazel Indigo '
            'Iron Ivory Jade Juniper Lark Laurel Linden Lunar Maple Meadow Misty Nimbus North Oak Ocean Olive Opal Orchid '
            'Pearl Pine Prairie Quartz Raven Ridge River Saffron Sage Silver Sparrow Spruce Stone Summit Sunset Tidal Timber '
            'Valley Velvet Walnut West Willow Winter Wren Yarrow Zephyr', customer, 'name')
       || ' ' ||
       pick('Analytics Bakeries Bikes Books Ceramics Clinics Components Consulting Dental Design Energy Events Farms '
            'Films Foods Freight Furniture Gardens Glass Health Homes Hotels Insurance Kitchens Labs Lighting Logistics '
            'Media Mobility Motors Music Networks Optics Outdoors Packaging Paper Pharma Pools Robotics Schools Security '
            'Shipping Software Solar Sports Studios Supply Textiles Tools Travel', customer, 'trade')
       || ' ' ||
       pick(CASE region WHEN 'AMER' THEN 'Inc LLC Corp' WHEN 'EMEA' THEN 'Ltd GmbH SAS BV' ELSE 'Ltd KK' END,
            customer, 'form'),
       region,
       CASE WHEN size = 1 THEN 'scaled team'
            ELSE pick(CASE region WHEN 'AMER' THEN 'Dana Luis Priya Sam' WHEN 'EMEA' THEN 'Anouk Jonas Marta'
                             ELSE 'Kenji Mei' END,
                      customer, 'owner') END,
       CASE WHEN annual THEN 'annual' ELSE 'monthly' END,
       day(signup, day),
       u(customer, 'reference') < 0.18 * exp(0.5 * fit)
FROM person ORDER BY customer;

CREATE TABLE subscriptions (
  subscription bigint PRIMARY KEY, customer bigint NOT NULL, plan text NOT NULL,
  valid_from date NOT NULL, valid_to date, mrr numeric(12,2) NOT NULL, CHECK (valid_to > valid_from));
COMMENT ON TABLE subscriptions IS
  'lines [valid_from, valid_to), NULL = running; plan and add-ons at once, discounts negative, a new price is a new line';

INSERT INTO subscriptions
SELECT row_number() OVER (ORDER BY valid_from, customer, plan COLLATE "C", mrr),
       customer, plan, valid_from, valid_to, mrr
FROM line ORDER BY 1;

-- MRR on the last day of each month; segment afterwards.
CREATE TEMP TABLE month_end ON COMMIT DROP AS
SELECT customer, m, sum(mrr) AS mrr, sum(mrr) FILTER (WHERE mrr > 0) AS list
FROM line, LATERAL generate_series(greatest(0, month_of(valid_from)), coalesce(month_of(valid_to), 36) - 1) AS m
WHERE m <= 35
GROUP BY customer, m HAVING sum(mrr) > 0;

-- Segments are looked at again on 1 January and 1 July, by MRR before discounts at the end of the month before; the
-- bounds leave room, so that hardly anybody moves back and forth.
CREATE TABLE account_segments (
  customer bigint, valid_from date, valid_to date, segment text NOT NULL, PRIMARY KEY (customer, valid_from));
COMMENT ON TABLE account_segments IS
  'segment of a customer [valid_from, valid_to), NULL = today; reviewed each 1 January and 1 July, most never change';

INSERT INTO account_segments
WITH seen AS (
  SELECT customer, day(signup, day) AS valid_from, size FROM person
  UNION ALL
  SELECT customer, day(m + 1, 1),
         CASE size WHEN 1 THEN CASE WHEN list >= 640 THEN 2 ELSE 1 END
                   WHEN 2 THEN CASE WHEN list >= 5000 THEN 3 WHEN list < 540 THEN 1 ELSE 2 END
                   ELSE CASE WHEN list < 3700 THEN 2 ELSE 3 END END
  FROM month_end JOIN person USING (customer)
  WHERE m % 6 = 5 AND m BETWEEN greatest(signup, -1) + 2 AND 34
), changed AS (
  SELECT *, lag(size) OVER (PARTITION BY customer ORDER BY valid_from) IS DISTINCT FROM size AS is_new FROM seen
)
SELECT customer, valid_from, lead(valid_from) OVER (PARTITION BY customer ORDER BY valid_from),
       (ARRAY['SMB', 'Mid-Market', 'Enterprise'])[size]
FROM changed WHERE is_new ORDER BY customer, valid_from;

CREATE TABLE mrr_monthly (
  customer bigint, month date, mrr numeric(12,2) NOT NULL, segment text NOT NULL, region text NOT NULL,
  PRIMARY KEY (customer, month));
COMMENT ON TABLE mrr_monthly IS
  'MRR on the last day of the month, all lines of a customer together; segment of that day; no row where nothing is paid';

INSERT INTO mrr_monthly
SELECT e.customer, day(m, 1), mrr, g.segment, p.region
FROM month_end AS e
JOIN person AS p USING (customer)
JOIN account_segments AS g ON g.customer = e.customer
     AND g.valid_from < day(m + 1, 1) AND (g.valid_to IS NULL OR g.valid_to >= day(m + 1, 1))
ORDER BY 2, 1;

CREATE TABLE milestones (
  customer bigint PRIMARY KEY, signed_up date NOT NULL, kicked_off date, first_value date);
COMMENT ON TABLE milestones IS
  'onboarding: signed up, kicked off, first value reached (NULL = not yet by 2025-12-31, or never)';

INSERT INTO milestones
SELECT customer, signed_up, CASE WHEN kicked_off <= date '2025-12-31' THEN kicked_off END,
       CASE WHEN first_value < least(day(gone, day), date '2026-01-01') THEN first_value END
FROM (SELECT customer, p.day, s.gone, day(signup, p.day) AS signed_up,
             day(signup, p.day) + floor(coalesce(days_to_value, 30) * 0.3)::int AS kicked_off,
             day(signup, p.day) + days_to_value AS first_value
      FROM person AS p JOIN spell AS s USING (customer) WHERE spell = 1) AS t
ORDER BY customer;

-- Annual contracts come up each year; those of the first half of 2026 are due after the last day of the books.
CREATE TABLE renewals (
  customer bigint, due date, arr_due numeric(14,2) NOT NULL, renewed_on date, arr_renewed numeric(14,2),
  PRIMARY KEY (customer, due));
COMMENT ON TABLE renewals IS
  'annual contracts by due date; renewed_on NULL = lost, or open on 2025-12-31';

INSERT INTO renewals
SELECT customer, due, arr_due, renewed_on, CASE WHEN renewed_on IS NOT NULL THEN arr_renewed END
FROM (
  SELECT d.customer, d.due,
         12 * sum(l.mrr) FILTER (WHERE l.valid_from < d.due AND coalesce(l.valid_to >= d.due, true)) AS arr_due,
         12 * sum(l.mrr) FILTER (WHERE l.valid_from <= d.due AND coalesce(l.valid_to > d.due, true)) AS arr_renewed,
         CASE WHEN d.lost OR d.due + d.days > date '2025-12-31' THEN NULL ELSE d.due + d.days END AS renewed_on
  FROM (
    SELECT p.customer, day(m, p.day) AS due, m IS NOT DISTINCT FROM s.gone AS lost,
           CASE WHEN u(p.customer, 'renews late', m) < 0.82 THEN -upto(50, p.customer, 'early by', m)
                ELSE 1 + upto(40, p.customer, 'late by', m) END AS days
    FROM person AS p JOIN spell AS s USING (customer), LATERAL generate_series(p.signup + 12, 41, 12) AS m
    WHERE p.annual AND m > s.first AND m <= coalesce(s.gone, 41) AND m >= 0
  ) AS d JOIN line AS l ON l.customer = d.customer
  GROUP BY d.customer, d.due, d.lost, d.days
) AS r
WHERE arr_due > 0 ORDER BY due, customer;

-- Tickets: more of them in bad health and in trouble. Times are UTC without a zone.
CREATE TABLE tickets (
  ticket bigint PRIMARY KEY, customer bigint NOT NULL, opened_at timestamp NOT NULL, due_at timestamp NOT NULL,
  resolved_at timestamp, escalated boolean NOT NULL);
COMMENT ON TABLE tickets IS
  'support tickets, UTC: due_at is the promised time of resolution, resolved_at NULL = open on 2025-12-31';

INSERT INTO tickets
SELECT row_number() OVER (ORDER BY opened_at, customer, n),
       customer, opened_at, opened_at + interval '1 hour' * promised,
       CASE WHEN resolved_at < timestamp '2026-01-01' THEN resolved_at END, escalated
FROM (
  SELECT t.customer, n, promised, opened_at,
         opened_at + interval '1 minute'
           * floor(15 * promised * (1 + 1.2 * trouble) * exp(0.9 * z(t.customer, 'took', m * 32 + n)))
         -- one in thirty waits for a fix
         + interval '1 day' * CASE WHEN u(t.customer, 'waits', m * 32 + n) < 0.033 THEN upto(120, t.customer, 'fixed', m * 32 + n)
                              ELSE 0 END AS resolved_at,
         u(t.customer, 'escalate', m * 32 + n) < escalating * (1 + 2 * trouble) * exp(-0.3 * health) AS escalated
  FROM (
    SELECT l.customer, l.m, l.health, l.trouble::int AS trouble, (ARRAY[48, 24, 8])[p.size] AS promised,
           (ARRAY[0.02, 0.05, 0.08])[p.size] AS escalating,
           (ARRAY[0.25, 0.7, 1.9])[p.size] * exp(-0.25 * l.health) * (1 + 1.8 * l.trouble::int) AS expected
    FROM life AS l JOIN person AS p USING (customer)
  ) AS t,
  LATERAL generate_series(1, least(30, floor(expected + u(t.customer, 'tickets', m))::int)) AS n,
  LATERAL (SELECT day(m, 1) + interval '1 minute' * upto(40320, t.customer, 'opened', m * 32 + n) AS opened_at) AS at
) AS t
ORDER BY 1;

-- Survey answers: NPS twice a year from those who care to answer, CSAT after some tickets, CES after onboarding.
CREATE TABLE surveys (customer bigint NOT NULL, answered_on date NOT NULL, scale text NOT NULL, score int NOT NULL);
COMMENT ON TABLE surveys IS
  'survey answers: scale nps = 0..10 twice a year, 1-5 = CSAT after a ticket, 1-7 = CES after onboarding';

INSERT INTO surveys
SELECT customer, answered_on, scale, score
FROM (
  SELECT l.customer, day(l.m, 1 + upto(28, l.customer, 'answer day', l.m)) AS answered_on, 'nps' AS scale,
         greatest(0, least(10, round(8 + 1.3 * l.health - 1.2 * l.trouble::int + 1.5 * z(l.customer, 'nps', l.m))))::int
           AS score
  FROM life AS l JOIN person AS p USING (customer)
  WHERE (l.m - p.customer) % 6 = 0 AND l.m > p.signup + 1 
    AND u(l.customer, 'answers', l.m) < 0.35 * exp(0.25 * l.health)
  UNION ALL
  SELECT customer, resolved_at::date + 1, '1-5',
         greatest(1, least(5, round(4.4 - 0.9 * (resolved_at > due_at)::int - 0.7 * escalated::int
                                    + 0.8 * z(ticket, 'csat'))))::int
  FROM tickets WHERE resolved_at < timestamp '2025-12-30' AND u(ticket, 'rates') < 0.2
  UNION ALL
  SELECT customer, first_value + 7, '1-7',
         greatest(1, least(7, round(6.2 - 0.012 * (first_value - signed_up) + z(customer, 'ces'))))::int
  FROM milestones WHERE first_value BETWEEN date '2023-01-01' AND date '2025-12-24'
    AND u(customer, 'ces answered') < 0.4
) AS a
ORDER BY answered_on, customer, scale, score;

CREATE TABLE costs (
  customer bigint, month date, serving numeric(12,2) NOT NULL,
  services_revenue numeric(12,2) NOT NULL, services_cost numeric(12,2) NOT NULL, PRIMARY KEY (customer, month));
COMMENT ON TABLE costs IS
  'what a customer costs by month: serving (hosting, support, success); one-off onboarding services, revenue and cost';

INSERT INTO costs
SELECT customer, day(m, 1),
       round(mrr * round((ARRAY[0.27, 0.23, 0.19])[size] + 0.08 * u(customer, 'serving', m)::numeric, 4), 2),
       CASE WHEN onboarding THEN 1.5 * price ELSE 0 END,
       CASE WHEN onboarding THEN price * round(0.9 + 0.9 * u(customer, 'services')::numeric, 4) ELSE 0 END
FROM (SELECT e.*, p.size, p.price::numeric, p.size > 1 AND e.m = p.signup AS onboarding
      FROM month_end AS e JOIN person AS p USING (customer)) AS t
ORDER BY m, customer;

CREATE TABLE acquisition (month date, segment text, spend numeric(14,2) NOT NULL, PRIMARY KEY (month, segment));
COMMENT ON TABLE acquisition IS 'sales and marketing spend by month and segment';

INSERT INTO acquisition
SELECT day(m, 1), (ARRAY['SMB', 'Mid-Market', 'Enterprise'])[s],
       round((SELECT coalesce(sum(price), 0)::numeric FROM person WHERE size = s AND signup BETWEEN m - 2 AND m + 2)
             * (ARRAY[1.7, 2.4, 3.1])[s] * round(0.9 + 0.2 * u(m * 3 + s, 'spend')::numeric, 4), 2)
FROM generate_series(0, 35) AS m, generate_series(1, 3) AS s
ORDER BY m, s;

-- Usage follows health at once, sinks in August and around the new year, and six in ten of those who leave move their
-- work away in the last three months. A week belongs to the month of its Monday.
CREATE TABLE usage (customer bigint NOT NULL, week date NOT NULL, events int NOT NULL);
COMMENT ON TABLE usage IS 'product events by week (Monday); no row for a week without any';

INSERT INTO usage
SELECT customer, week, events
FROM (
  SELECT l.customer, w.week,
         floor(6 * sqrt(p.price) * (0.6 + 0.8 * u(l.customer, 'habit')) * exp(0.55 * l.health) * w.season
               * coalesce((ARRAY[0.45, 0.65, 0.85])[s.gone - l.m], 1)
               * (0.75 + 0.5 * u(l.customer, 'events', w.n)))::int AS events
  FROM asked JOIN life AS l ON asked.usage
  JOIN person AS p USING (customer)
  LEFT JOIN spell AS s ON s.customer = l.customer AND l.m BETWEEN s.gone - 3 AND s.gone - 1
       AND u(l.customer, 'moves away') < 0.6
  JOIN (SELECT n, week, month_of(week) AS m,
               CASE WHEN date_part('month', week) = 8 THEN 0.8
                    WHEN to_char(week, 'MMDD') >= '1220' OR to_char(week, 'MMDD') < '0103' THEN 0.55
                    ELSE 1 END AS season
        FROM (SELECT n, date '2023-01-02' + 7 * n AS week FROM generate_series(0, 155) AS n) AS w) AS w USING (m)
) AS t
WHERE events > 0
ORDER BY week, customer;

-- ---------------------------------------------------------------------------------------------------------------------

CREATE INDEX ON subscriptions (customer);
CREATE INDEX ON tickets (customer);
CREATE INDEX ON surveys (customer);
CREATE INDEX ON usage (customer);
COMMENT ON SCHEMA sample IS 'a made-up software company, 2023-01 to 2025-12, for trying out customer metrics';

DROP FUNCTION upto(int, bigint, text, bigint);
DROP FUNCTION pick(text, bigint, text);
DROP FUNCTION z(bigint, text, bigint);
DROP FUNCTION u(bigint, text, bigint);
DROP FUNCTION code(text);
DROP FUNCTION month_of(date);
DROP FUNCTION day(int, int);
COMMIT;

ANALYZE sample.accounts, sample.account_segments, sample.subscriptions, sample.mrr_monthly, sample.milestones,
        sample.renewals, sample.tickets, sample.surveys, sample.costs, sample.acquisition, sample.usage;
