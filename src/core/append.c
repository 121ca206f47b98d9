/*
 * append.c
 *	  Bytes of a journey and of what follows it, to the bytes of both.
 *
 * The same decisions as in pack.c, made from what is already decided in both
 * parts: the unit is the smaller one, or that of the gap between the first
 * events; a name or channel keeps its order.
 */
#include "core/append.h"

/* More events may have a text form that is too long; see pack.c. */
#define FEW_EVENTS 60000

/* Names of one byte codes. */
#define FEW_NAMES 256
#define FEW_CHANNELS 255

/* Two dictionaries as one: what it holds, and where the names of each went. */
typedef struct Union
{
	uint32		n;
	size_t		bytes;
	JnyName		name[FEW_NAMES];
	uint8		to[2][FEW_NAMES];
} Union;

/* What is decided before a byte is written. */
typedef struct Plan
{
	const JnyView *part[2];
	uint32		n;
	int64		unit;
	uint8		width;
	uint8		flags;
	uint32		nvalues;
	Union		names;
	Union		channels;
} Plan;

/* Unites two sorted lists; false if there are more than limit. */
static bool
unite(Union *out, const JnyName *a, uint32 na, const JnyName *b, uint32 nb,
	  uint32 limit)
{
	uint32		i = 0;
	uint32		j = 0;

	out->n = 0;
	out->bytes = 0;
	while (i < na || j < nb)
	{
		int			c = i == na ? 1 : j == nb ? -1 : jny_name_cmp(a[i], b[j]);
		JnyName		name = c <= 0 ? a[i] : b[j];

		if (out->n == limit)
			return false;
		if (c <= 0)
			out->to[0][i++] = (uint8) out->n;
		if (c >= 0)
			out->to[1][j++] = (uint8) out->n;
		out->name[out->n++] = name;
		out->bytes += name.len;
	}
	return true;
}

/* Names and channels; false if either is too many for one byte. */
static bool
plan_names(Plan *plan)
{
	const JnyView *a = plan->part[0];
	const JnyView *b = plan->part[1];
	JnyName		of_a[FEW_NAMES];
	JnyName		of_b[FEW_NAMES];

	if (((a->flags | b->flags) & (JNY_FLAG_WIDE_NAMES | JNY_FLAG_WIDE_CHANNELS)) ||
		a->nnames > FEW_NAMES || b->nnames > FEW_NAMES ||
		a->nchannels > FEW_CHANNELS || b->nchannels > FEW_CHANNELS)
		return false;
	jny_view_names(a, of_a);
	jny_view_names(b, of_b);
	if (!unite(&plan->names, of_a, a->nnames, of_b, b->nnames, FEW_NAMES))
		return false;
	jny_view_channels(a, of_a);
	jny_view_channels(b, of_b);
	return unite(&plan->channels, of_a, a->nchannels, of_b, b->nchannels,
				 FEW_CHANNELS);
}

/* Unit and width of the times. */
static void
plan_times(Plan *plan)
{
	const JnyView *a = plan->part[0];
	const JnyView *b = plan->part[1];
	uint64		gap = (uint64) b->first - (uint64) a->first;
	uint64		largest = (uint64) b->last - (uint64) a->first;
	int			unit = JNY_UNIT_DAY;

	/* each unit divides the next larger one, so stepping down is enough */
	while (jny_unit_us[unit] > a->unit || jny_unit_us[unit] > b->unit ||
		   gap % (uint64) jny_unit_us[unit] != 0)
		unit--;
	plan->unit = jny_unit_us[unit];
	largest /= (uint64) plan->unit;
	plan->width = 1;
	while (plan->width < 8 && (largest >> (8 * plan->width)) != 0)
		plan->width++;
}

/* Decides everything; false if this is not the way. */
static bool
make_plan(Plan *plan, const JnyView *a, const JnyView *b)
{
	if (a->n == 0 || b->n == 0 || b->first <= a->last ||
		(uint64) a->n + b->n > FEW_EVENTS)
		return false;
	plan->part[0] = a;
	plan->part[1] = b;
	plan->n = a->n + b->n;
	plan->nvalues = a->nvalues + b->nvalues;
	if (!plan_names(plan))
		return false;
	plan_times(plan);
	plan->flags = (plan->channels.n > 0 ? JNY_FLAG_CHANNELS : 0) |
		(plan->nvalues > 0 ? JNY_FLAG_VALUES : 0);
	return true;
}

/* Bytes of a dictionary: count, lengths, names. */
static inline size_t
union_size(const Union *names)
{
	return 2 + 2 * (size_t) names->n + names->bytes;
}

/* Bytes of the whole journey. */
static size_t
plan_size(const Plan *plan)
{
	size_t		n = plan->n;
	size_t		size = JNY_HEAD_SIZE + union_size(&plan->names) + n +
		n * plan->width;

	if (plan->flags & JNY_FLAG_CHANNELS)
		size += 4 + union_size(&plan->channels) + n;
	if (plan->flags & JNY_FLAG_VALUES)
		size += 4 + plan->nvalues * (size_t) (plan->nvalues < n ? 12 : 8);
	return size;
}

/* Writes a dictionary and returns what follows it. */
static uint8 *
write_names(uint8 *out, const Union *names)
{
	jny_put16(out, (uint16) (names->n - 1));
	out += 2;
	for (uint32 i = 0; i < names->n; i++, out += 2)
		jny_put16(out, (uint16) names->name[i].len);
	for (uint32 i = 0; i < names->n; i++)
	{
		memcpy(out, names->name[i].data, names->name[i].len);
		out += names->name[i].len;
	}
	return out;
}

/* Translates n codes of one byte. */
static uint8 *
write_codes(uint8 *out, const uint8 *codes, uint32 n, const uint8 *to,
			uint32 known)
{
	bool		same = true;

	for (uint32 i = 0; i < known; i++)
		same &= to[i] == i;
	if (same)
		memcpy(out, codes, n);
	else
		for (uint32 i = 0; i < n; i++)
			out[i] = to[codes[i]];
	return out + n;
}

/* The same for channels, where 0 is none; all of them without a section. */
static uint8 *
write_channels(uint8 *out, const JnyView *part, const uint8 *to)
{
	if (part->nchannels == 0)
		memset(out, 0, part->n);
	else
		for (uint32 i = 0; i < part->n; i++)
			out[i] = part->channel_codes[i] == 0 ? 0 :
				to[part->channel_codes[i] - 1] + 1;
	return out + part->n;
}

/*
 * Offsets of one part from the first event of all.  Eight bytes are stored for
 * each; those behind its own are overwritten by what follows, and the last
 * ones reach into the slack behind the journey at most.
 */
static uint8 *
write_times(uint8 *out, const JnyView *part, const Plan *plan)
{
	uint64		gap = ((uint64) part->first - (uint64) plan->part[0]->first) /
		(uint64) plan->unit;
	uint64		times = (uint64) (part->unit / plan->unit);

	if (gap == 0 && times == 1 && part->width == plan->width)
	{
		memcpy(out, part->times, (size_t) part->n * part->width);
		return out + (size_t) part->n * part->width;
	}
	for (uint32 i = 0; i < part->n; i++, out += plan->width)
	{
		const uint8 *end = part->times + ((size_t) i + 1) * part->width;

		jny_put64(out, gap + times *
				  (jny_get64(end - 8) >> (64 - 8 * part->width)));
	}
	return out;
}

/* Count, positions unless every event has one, and values of both parts. */
static uint8 *
write_values(uint8 *out, const Plan *plan)
{
	jny_put32(out, plan->nvalues);
	out += 4;
	for (int p = 0; plan->nvalues < plan->n && p < 2; p++)
		for (uint32 k = 0; k < plan->part[p]->nvalues; k++, out += 4)
			jny_put32(out, jny_value_position(plan->part[p], k) +
					  (p == 0 ? 0 : plan->part[0]->n));
	for (int p = 0; p < 2; p++)
	{
		size_t		size = 8 * (size_t) plan->part[p]->nvalues;

		if (size > 0)
			memcpy(out, plan->part[p]->values, size);
		out += size;
	}
	return out;
}

/* Writes the planned journey; eight bytes behind it are slack. */
static void
write_all(uint8 *bytes, const Plan *plan)
{
	const JnyView *a = plan->part[0];
	const JnyView *b = plan->part[1];
	int			unit = 0;
	uint8	   *out = bytes + JNY_HEAD_SIZE;

	while (jny_unit_us[unit] != plan->unit)
		unit++;
	bytes[0] = JNY_MAGIC;
	bytes[1] = JNY_VERSION;
	bytes[2] = plan->flags;
	bytes[3] = (uint8) (unit | (plan->width << 4));
	jny_put32(bytes + 4, plan->n);
	jny_put64(bytes + 8, (uint64) a->first);
	jny_put64(bytes + 16, (uint64) b->last);
	jny_put32(bytes + 24, (uint32) union_size(&plan->names));

	out = write_names(out, &plan->names);
	for (int p = 0; p < 2; p++)
		out = write_codes(out, plan->part[p]->codes, plan->part[p]->n,
						  plan->names.to[p], plan->part[p]->nnames);
	for (int p = 0; p < 2; p++)
		out = write_times(out, plan->part[p], plan);
	if (plan->flags & JNY_FLAG_CHANNELS)
	{
		jny_put32(out, (uint32) union_size(&plan->channels));
		out = write_names(out + 4, &plan->channels);
		for (int p = 0; p < 2; p++)
			out = write_channels(out, plan->part[p], plan->channels.to[p]);
	}
	if (plan->flags & JNY_FLAG_VALUES)
		out = write_values(out, plan);
	Assert(out == bytes + plan_size(plan));
}

/* See append.h.  O(bytes of both). */
uint8 *
jny_append(const JnyView *a, const JnyView *b, size_t reserve, size_t *len)
{
	Plan		plan;
	uint8	   *bytes;

	if (!make_plan(&plan, a, b))
		return NULL;
	*len = plan_size(&plan);
	bytes = (uint8 *) jny_alloc(reserve + *len + sizeof(uint64));
	write_all(bytes + reserve, &plan);
	return bytes;
}
