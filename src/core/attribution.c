/*
 * attribution.c
 *	  Credit models, and absorbing Markov chains.
 */
#include "core/attribution.h"

#include <math.h>
#include <stdlib.h>

#include "port/pg_bitutils.h"

#include "core/pattern.h"

/* ---- the text of a model ---- */

static const struct
{
	const char *name;
	JnyModel	model;
	int			max_args;
}			models[] = {
	{"first", JNY_MODEL_FIRST, 0},
	{"last", JNY_MODEL_LAST, 0},
	{"last_non_direct", JNY_MODEL_LAST_NON_DIRECT, JNY_MAX_DIRECT},
	{"linear", JNY_MODEL_LINEAR, 0},
	{"position", JNY_MODEL_POSITION, 3},
	{"time_decay", JNY_MODEL_TIME_DECAY, 1},
	{"shapley", JNY_MODEL_SHAPLEY, 1},
	{"participation", JNY_MODEL_PARTICIPATION, 0},
	{"assisted", JNY_MODEL_ASSISTED, 0},
	{"markov", JNY_MODEL_MARKOV, 1},
};

static bool
name_is(JnyName name, const char *text)
{
	return name.len == strlen(text) && memcmp(name.data, text, name.len) == 0;
}

/* text[from..to) without blanks around it. */
static JnyName
trimmed(const char *text, size_t from, size_t to)
{
	JnyName		name;

	while (from < to && text[from] == ' ')
		from++;
	while (to > from && text[to - 1] == ' ')
		to--;
	name.data = text + from;
	name.len = (uint32) (to - from);
	return name;
}

/* A percentage as a share; NaN if it is none. */
static double
percent(JnyName arg)
{
	size_t		at = 0;
	double		value;
	JnyError	err;

	if (jny_scan_number(arg.data, arg.len, &at, &value, &err) != JNY_OK ||
		at != arg.len || !(value >= 0 && value <= 100))
		return NAN;
	return value / 100;
}

static const char *
position_args(const JnyName *args, int n, JnyModelSpec *spec, const char **hint)
{
	spec->first = spec->last = 0.4;
	*hint = "Write position(40, 40): percent for the first and the last touch, the rest goes to those between; of two touches each gets its share in proportion, or with a third argument \"split\" half of what is between.";
	if (n == 0)
		return NULL;
	spec->first = percent(args[0]);
	spec->last = n > 1 ? percent(args[1]) : NAN;
	spec->split = n > 2 && name_is(args[2], "split");
	if (isnan(spec->first) || isnan(spec->last) ||
		spec->first + spec->last > 1 + 1e-12 || spec->first + spec->last == 0)
		return "It takes two percentages, together above 0 and at most 100.";
	if (n > 2 && !spec->split)
		return "The third argument can only be \"split\".";
	return NULL;
}

static const char *
model_args(const JnyName *args, int n, JnyModelSpec *spec, const char **hint)
{
	size_t		at = 0;
	JnyError	err;

	switch (spec->model)
	{
		case JNY_MODEL_POSITION:
			return position_args(args, n, spec, hint);
		case JNY_MODEL_TIME_DECAY:
			spec->half_life = 7 * USECS_PER_DAY;
			*hint = "Write the time in which a touch loses half its weight, for example time_decay(7 days).";
			if (n > 0 && (jny_scan_duration(args[0].data, args[0].len, &at,
											&spec->half_life, &err) != JNY_OK ||
						  at != args[0].len || spec->half_life <= 0))
				return "The half-life must be a positive, fixed length of time.";
			return NULL;
		case JNY_MODEL_MARKOV:
			spec->order = 1;
			*hint = "Write markov, markov(2) or markov(3).";
			if (n > 0)
				spec->order = args[0].len == 1 ? args[0].data[0] - '0' : 0;
			if (spec->order < 1 || spec->order > 3)
				return "The order must be 1, 2 or 3.";
			return NULL;
		case JNY_MODEL_SHAPLEY:
			spec->rate = n > 0;
			*hint = "Write shapley, or shapley(rate) for the game of conversion rates.";
			if (n > 0 && !name_is(args[0], "rate"))
				return "The argument can only be \"rate\".";
			return NULL;
		case JNY_MODEL_LAST_NON_DIRECT:
			spec->ndirect = n;
			for (int i = 0; i < n; i++)
				spec->direct[i] = args[i];
			if (n == 0)
			{
				spec->ndirect = 1;
				spec->direct[0].data = "direct";
				spec->direct[0].len = 6;
			}
			return NULL;
		default:
			return NULL;
	}
}

/* Splits what stands in parentheses at the commas; -1 if there is too much. */
static int
split_args(const char *text, size_t from, size_t to, JnyName *args, int max)
{
	int			n = 0;

	for (size_t i = from; i <= to; i++)
		if (i == to || text[i] == ',')
		{
			if (n == max)
				return -1;
			args[n] = trimmed(text, from, i);
			if (args[n].len == 0)
				return -1;
			n++;
			from = i + 1;
		}
	return n;
}

const char *
jny_model_parse(const char *text, size_t len, JnyModelSpec *spec,
				const char **hint)
{
	JnyName		whole = trimmed(text, 0, len);
	const char *open = whole.len > 0 ? (const char *) memchr(whole.data, '(', whole.len) : NULL;
	JnyName		name = trimmed(whole.data, 0, open ? open - whole.data : whole.len);
	JnyName		args[JNY_MAX_DIRECT];
	int			n = 0;

	memset(spec, 0, sizeof(*spec));
	*hint = "Models are first, last, last_non_direct, linear, position, time_decay, markov, shapley, participation and assisted.";
	for (int i = 0; i < lengthof(models); i++)
	{
		if (!name_is(name, models[i].name))
			continue;
		spec->model = models[i].model;
		if (open)
		{
			*hint = "Arguments stand in parentheses, separated by commas, as in position(40, 40).";
			if (whole.data[whole.len - 1] != ')')
				return "A closing parenthesis is missing.";
			n = split_args(whole.data, open + 1 - whole.data, whole.len - 1,
						   args, models[i].max_args);
			if (n < 0)
				return models[i].max_args == 0 ? "This model takes no arguments." :
					"There are too many arguments, or an empty one.";
		}
		return model_args(args, n, spec, hint);
	}
	return "There is no such model.";
}

/* ---- credit ---- */

/* First and last touch have their shares, the rest is for those between. */
static void
position_credit(const JnyModelSpec *spec, uint32 n, double *credit)
{
	double		ends = spec->first + spec->last;
	double		between = n > 2 ? (1 - ends) / (n - 2) : 0;

	for (uint32 i = 0; i < n; i++)
		credit[i] = Max(between, 0);
	if (n == 1)
		credit[0] = 1;
	else if (n == 2)
	{
		credit[0] = spec->split ? spec->first + (1 - ends) / 2 : spec->first / ends;
		credit[1] = 1 - credit[0];
	}
	else
	{
		credit[0] = spec->first;
		credit[n - 1] = spec->last;
	}
}

/*
 * Half as much for every half-life before the conversion.  Counted from the
 * last touch, which changes no proportion and cannot underflow for all.
 */
static void
decay_credit(const JnyModelSpec *spec, const JnyTouch *touches, uint32 n,
			 double *credit)
{
	double		sum = 0;

	for (uint32 i = 0; i < n; i++)
	{
		credit[i] = exp2(-((double) touches[n - 1].ts - (double) touches[i].ts) /
						 (double) spec->half_life);
		sum += credit[i];
	}
	for (uint32 i = 0; i < n; i++)
		credit[i] /= sum;
}

/*
 * The Shapley value of the game in which a set of channels earns the
 * conversions of all paths that use no other channel: each path's conversion
 * in equal parts to its distinct channels (Zhao et al. 2018).
 */
static void
set_credit(JnyModel model, const JnyTouch *touches, const bool *first, uint32 n,
		   double *credit)
{
	uint32		distinct = 0;

	for (uint32 i = 0; i < n; i++)
		distinct += first[i];
	for (uint32 i = 0; i < n; i++)
	{
		if (!first[i])
			continue;
		if (model == JNY_MODEL_SHAPLEY)
			credit[i] = 1.0 / distinct;
		else if (model == JNY_MODEL_PARTICIPATION ||
				 touches[i].channel != touches[n - 1].channel)
			credit[i] = 1;
	}
}

void
jny_model_credit(const JnyModelSpec *spec, const JnyTouch *touches,
				 const bool *first, uint32 n, double *credit)
{
	uint32		last = n - 1;

	memset(credit, 0, n * sizeof(double));
	switch (spec->model)
	{
		case JNY_MODEL_FIRST:
			credit[0] = 1;
			break;
		case JNY_MODEL_LAST_NON_DIRECT:
			while (last > 0 && touches[last].direct)
				last--;
			credit[touches[last].direct ? n - 1 : last] = 1;
			break;
		case JNY_MODEL_LAST:
			credit[last] = 1;
			break;
		case JNY_MODEL_LINEAR:
			for (uint32 i = 0; i < n; i++)
				credit[i] = 1.0 / n;
			break;
		case JNY_MODEL_POSITION:
			position_credit(spec, n, credit);
			break;
		case JNY_MODEL_TIME_DECAY:
			decay_credit(spec, touches, n, credit);
			break;
		default:
			set_credit(spec->model, touches, first, n, credit);
			break;
	}
}

/* ---- Shapley values by all sets ---- */

/* O(n 2^n). */
void
jny_shapley_rate(double *won, double *paths, int n, double *credit)
{
	uint32		sets = (uint32) 1 << n;
	double		weight[JNY_SHAPLEY_CHANNELS];

	/* of a set that lacks a channel: s! (n - 1 - s)! / n! */
	weight[0] = 1.0 / n;
	for (int s = 1; s < n; s++)
		weight[s] = weight[s - 1] * s / (n - s);
	/* from paths that use just a set to those that need no more than it */
	for (int i = 0; i < n; i++)
	{
		JNY_CHECK_INTERRUPTS();
		for (uint32 set = 0; set < sets; set++)
			if (set >> i & 1)
			{
				won[set] += won[set ^ (uint32) 1 << i];
				paths[set] += paths[set ^ (uint32) 1 << i];
			}
	}
	for (uint32 set = 0; set < sets; set++)
		won[set] = paths[set] > 0 ? won[set] / paths[set] : 0;
	for (int i = 0; i < n; i++)
	{
		JNY_CHECK_INTERRUPTS();
		credit[i] = 0;
		for (uint32 set = 0; set < sets; set++)
			if ((set >> i & 1) == 0)
				credit[i] += weight[pg_popcount32(set)] *
					(won[set | (uint32) 1 << i] - won[set]);
	}
}

/* ---- Markov ---- */

#define DENSE_STATES 400
#define MAX_SWEEPS 200000

/*
 * Gaussian elimination with partial pivoting on (I - Q) x = (convert, value).
 * The matrix has n rows of n + 2; what leads nowhere has x = 0.
 */
static void
solve_dense(const JnyChain *chain, const bool *gone, double *p, double *value)
{
	uint32		n = chain->nstates;
	uint32		width = n + 2;
	double	   *a = (double *) jny_alloc0((size_t) n * width * sizeof(double));

	for (uint32 i = 0; i < n; i++)
	{
		a[i * width + i] = 1;
		if (gone[i])
			continue;
		a[i * width + n] = chain->convert[i];
		a[i * width + n + 1] = chain->value[i];
	}
	for (uint32 e = 0; e < chain->nedges; e++)
	{
		const JnyChainEdge *edge = &chain->edges[e];

		if (!gone[edge->from] && !gone[edge->to])
			a[edge->from * width + edge->to] -= edge->p;
	}
	/* eliminate from the last state up, so that the start is left over */
	for (uint32 k = n; k-- > 1;)
	{
		uint32		best = k;

		JNY_CHECK_INTERRUPTS();
		for (uint32 i = 0; i < k; i++)
			if (fabs(a[i * width + k]) > fabs(a[best * width + k]) && i != 0)
				best = i;
		if (best != k)
			for (uint32 j = 0; j < width; j++)
			{
				double		swap = a[k * width + j];

				a[k * width + j] = a[best * width + j];
				a[best * width + j] = swap;
			}
		for (uint32 i = 0; i < k; i++)
		{
			double		factor = a[i * width + k] / a[k * width + k];

			if (factor == 0)
				continue;
			for (uint32 j = 0; j < k; j++)
				a[i * width + j] -= factor * a[k * width + j];
			a[i * width + n] -= factor * a[k * width + n];
			a[i * width + n + 1] -= factor * a[k * width + n + 1];
		}
	}
	*p = a[n] / a[0];
	*value = a[n + 1] / a[0];
	jny_free(a);
}

/* One sweep of Gauss and Seidel's method; the largest relative change. */
static double
sweep(const JnyChain *chain, const bool *gone, double *x)
{
	uint32		e = chain->nedges;
	double		change = 0;

	/* later states first: they are nearer to the end of a path */
	for (uint32 i = chain->nstates; i-- > 0;)
	{
		double		p = chain->convert[i];
		double		value = chain->value[i];

		for (; e > 0 && chain->edges[e - 1].from == i; e--)
		{
			const JnyChainEdge *edge = &chain->edges[e - 1];

			if (gone[edge->to])
				continue;
			p += edge->p * x[2 * edge->to];
			value += edge->p * x[2 * edge->to + 1];
		}
		if (gone[i])
			p = value = 0;
		change = Max(change, fabs(p - x[2 * i]));
		if (value != x[2 * i + 1])
			change = Max(change, fabs(value - x[2 * i + 1]) /
						 Max(fabs(value), fabs(x[2 * i + 1])));
		x[2 * i] = p;
		x[2 * i + 1] = value;
	}
	return change;
}

bool
jny_chain_solve(const JnyChain *chain, const bool *gone, double *warm,
				double *p, double *value)
{
	double	   *x = warm;
	bool		settled = false;

	if (chain->nstates <= DENSE_STATES)
	{
		solve_dense(chain, gone, p, value);
		return true;
	}
	if (x == NULL)
		x = (double *) jny_alloc0((size_t) 2 * chain->nstates * sizeof(double));
	for (int i = 0; i < MAX_SWEEPS && !settled; i++)
	{
		JNY_CHECK_INTERRUPTS();
		settled = sweep(chain, gone, x) < 1e-14;
	}
	*p = x[0];
	*value = x[1];
	if (x != warm)
		jny_free(x);
	return settled;
}
