-- Attribution: which channel earned the conversions.

CREATE TYPE journey_attribution_row AS (
	channel text,
	conversions double precision,
	value double precision,
	share double precision,
	paths bigint,
	assisted bigint,
	removal_effect double precision
);
COMMENT ON TYPE journey_attribution_row IS
	'what one channel earned, as attribution() returns it';

-- Not STRICT: revenue and lookback may be NULL, and a row without a journey
-- leaves the state as it is.
CREATE FUNCTION attribution_trans(journey_tally, journey, journey_pattern, journey_pattern, text)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_attribution_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION attribution_trans(journey_tally, journey, journey_pattern, journey_pattern, text) IS
	'transition function of attribution';

CREATE FUNCTION attribution_trans(journey_tally, journey, journey_pattern, journey_pattern, text, interval)
	RETURNS journey_tally
	AS 'MODULE_PATHNAME', 'journey_attribution_trans'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 20;
COMMENT ON FUNCTION attribution_trans(journey_tally, journey, journey_pattern, journey_pattern, text, interval) IS
	'transition function of attribution';

CREATE FUNCTION attribution_final(journey_tally) RETURNS journey_attribution_row[]
	AS 'MODULE_PATHNAME', 'journey_attribution_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION attribution_final(journey_tally) IS
	'final function of attribution';

CREATE AGGREGATE attribution(j journey, goal journey_pattern, revenue journey_pattern, model text) (
	STYPE = journey_tally,
	SSPACE = 4096,
	SFUNC = attribution_trans,
	FINALFUNC = attribution_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE attribution(journey, journey_pattern, journey_pattern, text) IS
	'conversions and revenue by channel: first, last, last_non_direct, linear, position, time_decay, markov, shapley, participation, assisted';

CREATE AGGREGATE attribution(j journey, goal journey_pattern, revenue journey_pattern, model text, lookback interval) (
	STYPE = journey_tally,
	SSPACE = 4096,
	SFUNC = attribution_trans,
	FINALFUNC = attribution_final,
	COMBINEFUNC = journey_tally_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE attribution(journey, journey_pattern, journey_pattern, text, interval) IS
	'conversions and revenue by channel, from touches no older than the lookback';
