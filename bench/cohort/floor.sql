-- reading the two columns
SELECT max(customer), max(at) FROM events
