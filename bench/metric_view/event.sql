-- The rows of mrr as what the other kinds read: an answer, a renewal that falls due and a ticket each, and one of up to 36 signals.
CREATE TABLE event AS
SELECT customer, month + hash % 28 AS day, (hash % 11)::int AS score,
	   mrr AS due, CASE WHEN hash % 8 > 0 THEN month + hash % 28 - 10 + hash % 31 END AS renewed_on, round(mrr * (80 + hash % 50) / 100, 2) AS renewed_mrr,
	   CASE WHEN hash % 9 > 0 THEN month + hash % 28 + hash % 23 END AS closed,
	   'signal ' || to_char(month, 'YYYY-MM') AS signal, 1 + hash % 3 AS weight
FROM (SELECT *, (hashint8(customer * 64 + extract(month FROM month)::bigint + 31) & 1048575) AS hash FROM mrr) AS m
ORDER BY month, hashint8(customer);
ALTER TABLE event ALTER COLUMN customer SET NOT NULL;
CREATE INDEX ON event (customer);
VACUUM (FREEZE, ANALYZE) event;
