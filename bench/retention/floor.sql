-- reading the two columns
SELECT max(opening), max(closing) FROM pairs
