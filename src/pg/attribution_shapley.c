/*
 * attribution_shapley.c
 *	  The Shapley values of conversion rates: what a channel adds to the rate of
 *	  each set of the others.
 *
 * Keys of the counts, beside those of attribution.c:
 *	  's' set		conversions, paths; value
 * where a set is its channels in bytewise order, each as u16 length and bytes.
 */
#include "pg/attribution.h"

#define CONVERSIONS 0
#define PATHS 1

static void
too_many_channels(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("too many channels for the model shapley(rate)"),
			 errdetail("It looks at all sets of channels; the limit is %d channels.", JNY_SHAPLEY_CHANNELS),
			 errhint("Coarsen channels, or use shapley, which has no limit.")));
}

/* ---- counting ---- */

void
journey_shapley_path(JourneyPaths *paths, uint32 n, bool converted, double value)
{
	JnyName		set[JNY_SHAPLEY_CHANNELS];
	int			channels = 0;
	uint32		len = 1;
	uint8	   *key;

	for (uint32 i = 0; i < n; i++)
	{
		JnyName		name = paths->names[paths->touches[i].channel];
		int			at = channels;

		if (!paths->first[i])
			continue;
		if (channels++ == JNY_SHAPLEY_CHANNELS)
			too_many_channels();
		for (; at > 0 && jny_name_cmp(set[at - 1], name) > 0; at--)
			set[at] = set[at - 1];
		set[at] = name;
		len += 2 + name.len;
	}
	if (len > JNY_COUNTS_MAX_KEY)
		too_many_channels();
	key = (uint8 *) palloc(len);
	key[0] = 's';
	len = 1;
	for (int i = 0; i < channels; i++)
	{
		jny_put16(key + len, (uint16) set[i].len);
		memcpy(key + len + 2, set[i].data, set[i].len);
		len += 2 + set[i].len;
	}
	journey_counts_at(paths->state, key, len)[PATHS]++;
	if (converted)
		journey_counts_at(paths->state, key, len)[CONVERSIONS]++;
	if (converted && value != 0)
		journey_counts_add(paths->state, key, len, VALUE, value);
	pfree(key);
}

/* ---- the answer ---- */

/* A set of the result's channels, a bit for each. */
static uint32
read_set(const JourneyCredits *credits, JnyName key)
{
	uint32		set = 0;
	uint32		at = 1;

	while (at < key.len)
	{
		JnyName		name;
		uint32		i;

		if (key.len - at < 2)
			journey_params_bad();
		name.len = jny_get16((const uint8 *) key.data + at);
		name.data = key.data + at + 2;
		if (name.len > key.len - at - 2)
			journey_params_bad();
		for (i = 0; i < credits->n; i++)
			if (jny_name_cmp(credits->credits[i].channel, name) == 0)
				break;
		if (i == credits->n)
			journey_params_bad();
		set |= (uint32) 1 << i;
		at += 2 + name.len;
	}
	return set;
}

/*
 * A rate of all paths is shared out; times all paths, that is the conversions.
 * O(n 2^n), for conversions and for value.
 */
void
journey_shapley_credit(JourneyCredits *credits)
{
	const JnyCounts *counts = credits->counts;
	size_t		sets = (size_t) 1 << Min(credits->n, JNY_SHAPLEY_CHANNELS);
	double	   *won;
	double	   *paths;
	double		credit[JNY_SHAPLEY_CHANNELS];

	if (credits->n > JNY_SHAPLEY_CHANNELS)
		too_many_channels();
	won = (double *) palloc(sets * sizeof(double));
	paths = (double *) palloc(sets * sizeof(double));
	for (int money = 0; money < 2; money++)
	{
		double		all = 0;

		memset(won, 0, sets * sizeof(double));
		memset(paths, 0, sets * sizeof(double));
		for (uint32 i = 0; i < counts->n; i++)
		{
			JnyName		key = jny_counts_key(counts, i);
			uint32		set;

			if (key.len == 0 || key.data[0] != 's')
				continue;
			set = read_set(credits, key);
			paths[set] = (double) jny_counts_of(counts, i)[PATHS];
			won[set] = money ? journey_sum_value(&jny_counts_sums(counts, i)[VALUE]) :
				(double) jny_counts_of(counts, i)[CONVERSIONS];
			all += paths[set];
		}
		jny_shapley_rate(won, paths, (int) credits->n, credit);
		for (uint32 i = 0; i < credits->n; i++)
		{
			if (money)
				credits->credits[i].value = credit[i] * all;
			else
				credits->credits[i].conversions = credit[i] * all;
		}
	}
	pfree(won);
	pfree(paths);
}
