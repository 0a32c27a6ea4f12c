-- two sums, for comparison
SELECT sum(opening), sum(closing) FROM pairs
