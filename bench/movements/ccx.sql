-- one pass
SELECT * FROM movements((SELECT mrr_movements_agg(customer, month, mrr) FROM mrr), '2022-01-01', '2024-12-01')
