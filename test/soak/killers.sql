-- Whoever ends what others do, as a superuser.  Their victims are psql sessions of soak.sh.
-- expects 40P01: as refreshers
-- expects 42P01: as refreshers

-- script cancel weight 12
SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'cancelled' AND state = 'active' ORDER BY random() LIMIT 1;

-- script terminate weight 1
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'terminated' AND state = 'active' ORDER BY random() LIMIT 1;

-- script state weight 12
SELECT must('metric_views has them all, and none is broken', 16 - count(*)) FROM metric_views WHERE view LIKE 'soak.v\_%' AND status IN ('refreshed', 'failed', 'stopped', 'created');
SELECT count(progress), max(pending_changes) FROM metric_views;

-- script superuser weight 1
CALL refresh_all();
