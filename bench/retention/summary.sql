-- with second moments, for intervals
SELECT retention_agg(opening, closing) FROM pairs
