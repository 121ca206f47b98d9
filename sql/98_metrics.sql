-- Metrics by cohort, and what changed from one to another.

CREATE TYPE journey_metric_row AS (
	cohort date,
	metric text,
	kind text,
	customers bigint,
	observed bigint,
	n bigint,
	numerator double precision,
	value double precision,
	low double precision,
	high double precision,
	sd double precision,
	complete boolean
);
COMMENT ON TYPE journey_metric_row IS
	'one metric of one cohort, as journey_metrics() returns it; a baseline is a table of such rows';

-- Not STRICT: revenue, unit and tz may be NULL.
CREATE FUNCTION journey_metrics_trans(journey_tally, journey, journey_pattern, journey_pattern, journey_pattern, interval, text, text, timestamptz)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_metrics_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION journey_metrics_trans(journey_tally, journey, journey_pattern, journey_pattern, journey_pattern, interval, text, text, timestamptz) IS
	'transition function of journey_metrics';

CREATE FUNCTION journey_metrics_final(journey_tally) RETURNS journey_metric_row[]
	AS 'MODULE_PATHNAME', 'journey_metrics_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION journey_metrics_final(journey_tally) IS
	'final function of journey_metrics';

CREATE AGGREGATE journey_metrics(j journey, start_step journey_pattern, goal journey_pattern, revenue journey_pattern,
	horizon interval, unit text, tz text, as_of timestamptz) (
	STYPE = journey_tally,
	SSPACE = 32768,
	SFUNC = journey_metrics_trans,
	FINALFUNC = journey_metrics_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE journey_metrics(journey, journey_pattern, journey_pattern, journey_pattern, interval, text, text, timestamptz) IS
	'conversion, time, repeats, retention and revenue by cohort, each over the same time for every customer';

CREATE TYPE journey_change_row AS (
	cohort date,
	metric text,
	kind text,
	n_1 bigint,
	n_2 bigint,
	value_1 double precision,
	value_2 double precision,
	difference double precision,
	low double precision,
	high double precision,
	std_error double precision,
	lift double precision,
	test text,
	p double precision,
	q double precision,
	detectable double precision,
	n_needed bigint,
	verdict text,
	note text
);
COMMENT ON TYPE journey_change_row IS
	'one metric compared with its baseline, as compare_metrics() returns it';

CREATE FUNCTION compare_metrics(baseline journey_metric_row, current journey_metric_row,
	confidence double precision DEFAULT 0.95)
	RETURNS journey_change_row
	AS 'MODULE_PATHNAME', 'journey_compare_metrics'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION compare_metrics(journey_metric_row, journey_metric_row, double precision) IS
	'a metric against its baseline by the test that fits it: size, interval, p, and what the sample can tell';

CREATE FUNCTION compare_metrics(baseline journey_metric_row[], current journey_metric_row[],
	confidence double precision DEFAULT 0.95)
	RETURNS SETOF journey_change_row
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10
BEGIN ATOMIC
	SELECT a.cohort, a.metric, a.kind, a.n_1, a.n_2, a.value_1, a.value_2, a.difference,
		a.low, a.high, a.std_error, a.lift, a.test, a.p, a.q, a.detectable, a.n_needed,
		CASE WHEN a.verdict IN ('higher', 'lower') AND a.q >= 1::float8 - confidence
			THEN 'not shown' ELSE a.verdict END,
		CASE WHEN a.verdict IN ('higher', 'lower') AND a.q >= 1::float8 - confidence
			THEN 'p alone would count, but not among so many comparisons: see q' ELSE a.note END
	FROM (
		SELECT s.at, s.cohort, s.metric, s.kind, s.n_1, s.n_2, s.value_1, s.value_2, s.difference,
			s.low, s.high, s.std_error, s.lift, s.test, s.p,
			(bh_adjust(array_agg(s.p) OVER (ORDER BY s.at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)))
				[row_number() OVER (ORDER BY s.at)] AS q,
			s.detectable, s.n_needed, s.verdict, s.note
		FROM (
			SELECT c.at, (compare_metrics(ROW(b.cohort, b.metric, b.kind, b.customers, b.observed, b.n, b.numerator, b.value, b.low, b.high, b.sd, b.complete)::journey_metric_row,
				ROW(c.cohort, c.metric, c.kind, c.customers, c.observed, c.n, c.numerator, c.value, c.low, c.high, c.sd, c.complete)::journey_metric_row, confidence)).*
			FROM unnest(baseline) AS b
			JOIN unnest(current) WITH ORDINALITY AS c (cohort, metric, kind, customers, observed, n, numerator, value, low, high, sd, complete, at)
				ON b.metric = c.metric AND b.cohort IS NOT DISTINCT FROM c.cohort
		) AS s
	) AS a
	ORDER BY a.at;
END;
COMMENT ON FUNCTION compare_metrics(journey_metric_row[], journey_metric_row[], double precision) IS
	'all metrics of two groups, with q for their number; those with cohorts cohort by cohort';

CREATE TYPE journey_difference_row AS (
	metric text,
	changed double precision,
	placebo double precision,
	difference double precision,
	low double precision,
	high double precision,
	p double precision
);
COMMENT ON TYPE journey_difference_row IS
	'a change beyond that of a placebo, as difference_in_differences() returns it';

CREATE FUNCTION difference_in_differences(changed journey_change_row, placebo journey_change_row,
	confidence double precision DEFAULT 0.95)
	RETURNS journey_difference_row
	AS 'MODULE_PATHNAME', 'journey_difference_in_differences'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION difference_in_differences(journey_change_row, journey_change_row, double precision) IS
	'how much more something changed than something that nobody touched, with interval and p';
