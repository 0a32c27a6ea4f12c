-- What a comparison fills, and verdict.sql and report.sql read: one row per answer, want from the oracle, got from ccx,
-- as text, so that a scale that shows is a difference too. A name with a floor is a double: it may differ by 1e-12 of its
-- size, or of the floor where that is larger. The data has to hold what can go wrong: a hazard is counted in sets.

CREATE TABLE oracle.shape (shape text PRIMARY KEY, names text[], floors numeric[]);
CREATE TABLE oracle.want (route text, shape text, key text, vals text[]);
CREATE TABLE oracle.got (LIKE oracle.want);
CREATE TABLE oracle.hazard (data text, hazard text, sets bigint, least_sets bigint);
