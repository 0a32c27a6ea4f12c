-- from stored histories
SELECT * FROM movements((SELECT mrr_movements_agg(history) FROM histories), '2022-01-01', '2024-12-01')
