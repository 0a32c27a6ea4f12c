-- one pass
SELECT * FROM cohort_table((SELECT cohort_retention(customer, at) FROM events))
