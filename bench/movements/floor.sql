-- reading two columns
SELECT max(customer), max(mrr) FROM mrr
