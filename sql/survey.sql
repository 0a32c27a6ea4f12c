-- survey_summary: answers of a survey by score; NPS, CSAT and CES
--
-- Definitions, sources and examples: doc/voice.md.

-- the type

CREATE TYPE survey_summary;

CREATE FUNCTION survey_summary_in(cstring) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_in(cstring) IS 'text input of survey_summary';

CREATE FUNCTION survey_summary_out(survey_summary) RETURNS cstring
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_out(survey_summary) IS 'text output of survey_summary';

CREATE FUNCTION survey_summary_recv(internal) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_recv(internal) IS 'binary input of survey_summary';

CREATE FUNCTION survey_summary_send(survey_summary) RETURNS bytea
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_send(survey_summary) IS 'binary output of survey_summary: its canonical bytes';

CREATE TYPE survey_summary (
	INPUT = survey_summary_in,
	OUTPUT = survey_summary_out,
	RECEIVE = survey_summary_recv,
	SEND = survey_summary_send,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE survey_summary IS 'the scale of a survey, and how many answers there were at each score';

CREATE FUNCTION describe(survey_summary) RETURNS jsonb
AS 'MODULE_PATHNAME', 'survey_summary_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION describe(survey_summary) IS 'what a survey_summary holds, as jsonb to read';

CREATE FUNCTION survey_summary_eq(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_eq(survey_summary, survey_summary) IS 'implementation of = operator';

CREATE OPERATOR = (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_eq,
	COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (survey_summary, survey_summary) IS 'equal (same content)';

CREATE FUNCTION survey_summary_ne(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_ne(survey_summary, survey_summary) IS 'implementation of <> operator';

CREATE OPERATOR <> (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_ne,
	COMMUTATOR = <>, NEGATOR = =, RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (survey_summary, survey_summary) IS 'not equal (same content)';

CREATE FUNCTION survey_summary_lt(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_lt(survey_summary, survey_summary) IS 'implementation of < operator';

CREATE OPERATOR < (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_lt,
	COMMUTATOR = >, NEGATOR = >=, RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (survey_summary, survey_summary) IS 'less than (by bytes: a total order without further meaning)';

CREATE FUNCTION survey_summary_le(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_le(survey_summary, survey_summary) IS 'implementation of <= operator';

CREATE OPERATOR <= (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_le,
	COMMUTATOR = >=, NEGATOR = >, RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (survey_summary, survey_summary) IS 'less than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION survey_summary_gt(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_gt(survey_summary, survey_summary) IS 'implementation of > operator';

CREATE OPERATOR > (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_gt,
	COMMUTATOR = <, NEGATOR = <=, RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (survey_summary, survey_summary) IS 'greater than (by bytes: a total order without further meaning)';

CREATE FUNCTION survey_summary_ge(survey_summary, survey_summary) RETURNS boolean
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_ge(survey_summary, survey_summary) IS 'implementation of >= operator';

CREATE OPERATOR >= (
	LEFTARG = survey_summary, RIGHTARG = survey_summary, FUNCTION = survey_summary_ge,
	COMMUTATOR = <=, NEGATOR = <, RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (survey_summary, survey_summary) IS 'greater than or equal (by bytes: a total order without further meaning)';

CREATE FUNCTION survey_summary_cmp(survey_summary, survey_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_cmp(survey_summary, survey_summary) IS 'less-equal-greater, for btree';

CREATE FUNCTION survey_summary_hash(survey_summary) RETURNS integer
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_hash(survey_summary) IS 'hash';

CREATE FUNCTION survey_summary_hash_extended(survey_summary, bigint) RETURNS bigint
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_summary_hash_extended(survey_summary, bigint) IS 'hash with seed';

CREATE OPERATOR CLASS survey_summary_ops DEFAULT FOR TYPE survey_summary USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 survey_summary_cmp(survey_summary, survey_summary);
COMMENT ON OPERATOR CLASS survey_summary_ops USING btree IS 'for DISTINCT, GROUP BY, ORDER BY and unique indexes';

CREATE OPERATOR CLASS survey_summary_ops DEFAULT FOR TYPE survey_summary USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 survey_summary_hash(survey_summary), FUNCTION 2 survey_summary_hash_extended(survey_summary, bigint);
COMMENT ON OPERATOR CLASS survey_summary_ops USING hash IS 'for hash joins and hash aggregation';

-- reading a summary

CREATE FUNCTION nps(survey_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'survey_nps' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps(survey_summary) IS 'net promoter score, from -100 to 100: per cent of 9 and 10 less per cent of 0 to 6; NULL without answers';

CREATE FUNCTION nps_ci(
	summary survey_summary, level double precision DEFAULT 0.95,
	OUT low double precision, OUT high double precision, OUT n bigint
) AS 'MODULE_PATHNAME', 'survey_nps_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_ci(survey_summary, double precision) IS 'confidence interval of NPS in points, by Tango''s score method, and the number of answers; low and high NULL below 2 of those';

CREATE FUNCTION csat(survey_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'survey_csat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat(survey_summary) IS 'customer satisfaction: share of 4 and 5 on the scale 1-5; NULL without answers';

CREATE FUNCTION csat(summary survey_summary, top integer) RETURNS numeric
AS 'MODULE_PATHNAME', 'survey_csat_top' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat(survey_summary, integer) IS 'customer satisfaction: share of the scores from top on, on the scale 1-5; NULL without answers';

CREATE FUNCTION ces(survey_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'survey_ces' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces(survey_summary) IS 'customer effort score: mean answer on scale 1-7 or 1-5; NULL without answers';

CREATE FUNCTION ces_easy(survey_summary) RETURNS numeric
AS 'MODULE_PATHNAME', 'survey_ces_easy' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_easy(survey_summary) IS 'share of 5, 6 and 7 on the scale 1-7; NULL without answers';

CREATE FUNCTION promoters(survey_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'survey_promoters' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION promoters(survey_summary) IS 'answers of 9 and 10 on scale nps';

CREATE FUNCTION passives(survey_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'survey_passives' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION passives(survey_summary) IS 'answers of 7 and 8 on scale nps';

CREATE FUNCTION detractors(survey_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'survey_detractors' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION detractors(survey_summary) IS 'answers from 0 to 6 on scale nps';

CREATE FUNCTION responses(survey_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'survey_responses' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION responses(survey_summary) IS 'answers';

CREATE FUNCTION skipped_rows(survey_summary) RETURNS bigint
AS 'MODULE_PATHNAME', 'survey_skipped_rows' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION skipped_rows(survey_summary) IS 'rows without a score';

-- building one

CREATE FUNCTION survey_accum(survey_summary, numeric, text) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survey_accum(survey_summary, numeric, text) IS 'transition function: add a score on a scale';

CREATE FUNCTION survey_accum_nps(survey_summary, numeric) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survey_accum_nps(survey_summary, numeric) IS 'transition function: add a score from 0 to 10';

CREATE FUNCTION survey_accum_csat(survey_summary, numeric) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survey_accum_csat(survey_summary, numeric) IS 'transition function: add a score from 1 to 5';

CREATE FUNCTION survey_accum_csat(survey_summary, numeric, integer) RETURNS survey_summary
AS 'MODULE_PATHNAME', 'survey_accum_csat_top' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survey_accum_csat(survey_summary, numeric, integer) IS 'transition function: add a score from 1 to 5, and remember which are satisfied';

CREATE FUNCTION survey_accum_ces(survey_summary, numeric) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION survey_accum_ces(survey_summary, numeric) IS 'transition function: add a score from 1 to 7';

CREATE FUNCTION survey_combine(survey_summary, survey_summary) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_combine(survey_summary, survey_summary) IS 'add two summaries of the same scale';

CREATE FUNCTION survey_final(survey_summary) RETURNS survey_summary
AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION survey_final(survey_summary) IS 'final function: the summary itself';

CREATE AGGREGATE survey_agg(score numeric, scale text) (
	SFUNC = survey_accum, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = survey_final, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE survey_agg(numeric, text) IS 'answers by score, on scale nps (0 to 10), 1-5 or 1-7';

CREATE AGGREGATE rollup(survey_summary) (
	SFUNC = survey_combine, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = survey_final, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE rollup(survey_summary) IS 'one summary of several of the same scale and disjoint answers';

-- in one step

CREATE AGGREGATE nps(score numeric) (
	SFUNC = survey_accum_nps, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = nps, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(numeric) IS 'net promoter score of answers from 0 to 10';

CREATE AGGREGATE csat(score numeric) (
	SFUNC = survey_accum_csat, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = csat, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat(numeric) IS 'customer satisfaction: share of 4 and 5 of answers from 1 to 5';

CREATE AGGREGATE csat(score numeric, top integer) (
	SFUNC = survey_accum_csat, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = csat, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat(numeric, integer) IS 'customer satisfaction: share of the scores from top on of answers from 1 to 5';

CREATE AGGREGATE ces(score numeric) (
	SFUNC = survey_accum_ces, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = ces, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces(numeric) IS 'customer effort score: mean of answers from 1 to 7';

CREATE AGGREGATE ces(score numeric, scale text) (
	SFUNC = survey_accum, STYPE = survey_summary, SSPACE = 112,
	FINALFUNC = ces, COMBINEFUNC = survey_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces(numeric, text) IS 'customer effort score: mean of answers on scale 1-7 or 1-5';
