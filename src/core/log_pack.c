/*
 * log_pack.c
 *	  From the words of a customer to the bytes of his journey.
 *
 * The same decisions as in pack.c, from words: their codes are ranks, so names
 * come in order by themselves, and they have neither channels nor values.
 */
#include "core/log_pack.h"

#include "port/pg_bitutils.h"

/* More events may have a text form that is too long; see pack.c. */
#define FEW_EVENTS 60000

/* Names of one byte codes. */
#define FEW_NAMES 256

/* What is decided before a byte is written. */
typedef struct Plan
{
	uint32		nnames;
	uint32		rank[FEW_NAMES];	/* of each name */
	size_t		name_bytes;
	int			unit;
	int			width;
} Plan;

void
jny_log_packer_init(JnyLogPacker *packer, const JnyDict *dict,
					const uint32 *code, uint32 nranks)
{
	packer->nranks = nranks;
	packer->name = (JnyName *) jny_alloc((size_t) nranks * sizeof(JnyName) + 1);
	packer->used = (uint8 *) jny_alloc0((size_t) nranks + sizeof(uint64));
	packer->code = (uint8 *) jny_alloc0((size_t) nranks + 1);
	for (uint32 i = 0; i < nranks; i++)
		packer->name[i] = jny_dict_name(dict, code[i]);
	packer->cap = 1024;
	packer->bytes = (uint8 *) jny_alloc(packer->cap);
}

void
jny_log_packer_free(JnyLogPacker *packer)
{
	jny_free(packer->name);
	jny_free(packer->used);
	jny_free(packer->code);
	jny_free(packer->bytes);
}

/* Time since the first word. */
static inline uint64
offset_of(const uint64 *words, uint32 i)
{
	return (words[i] >> JNY_LOG_CODE_BITS) - (words[0] >> JNY_LOG_CODE_BITS);
}

/* Adds the names of eight ranks that are used; false if there are too many. */
static bool
add_names(JnyLogPacker *packer, Plan *plan, uint32 from, uint64 used)
{
	for (; used != 0; used &= used - 1)
	{
		uint32		rank = from + pg_rightmost_one_pos64(used) / 8;

		if (plan->nnames == FEW_NAMES)
			return false;
		packer->code[rank] = (uint8) plan->nnames;
		plan->rank[plan->nnames++] = rank;
		plan->name_bytes += packer->name[rank].len;
	}
	return true;
}

/* The names that are used, in order; false if there are too many. */
static bool
plan_names(JnyLogPacker *packer, Plan *plan, const uint64 *words, uint32 n)
{
	bool		few = true;

	for (uint32 i = 0; i < n; i++)
		packer->used[jny_log_code(words[i])] = 1;
	plan->nnames = 0;
	plan->name_bytes = 0;
	for (uint32 from = 0; from < packer->nranks; from += sizeof(uint64))
	{
		uint64		used = jny_get64(packer->used + from);

		if (used == 0)
			continue;
		jny_put64(packer->used + from, 0);
		few = few && add_names(packer, plan, from, used);
	}
	return few;
}

/* Unit and width of the times; each unit divides the next larger one. */
static void
plan_times(Plan *plan, const uint64 *words, uint32 n)
{
	uint64		largest = offset_of(words, n - 1);

	plan->unit = JNY_UNIT_DAY;
	for (uint32 i = 0; i < n && plan->unit != JNY_UNIT_US; i++)
		while (offset_of(words, i) % (uint64) jny_unit_us[plan->unit] != 0)
			plan->unit--;
	largest /= (uint64) jny_unit_us[plan->unit];
	plan->width = 1;
	while (plan->width < 8 && (largest >> (8 * plan->width)) != 0)
		plan->width++;
}

/* Writes the dictionary and returns what follows it. */
static uint8 *
write_names(uint8 *out, const JnyLogPacker *packer, const Plan *plan)
{
	jny_put16(out, (uint16) (plan->nnames - 1));
	out += 2;
	for (uint32 i = 0; i < plan->nnames; i++, out += 2)
		jny_put16(out, (uint16) packer->name[plan->rank[i]].len);
	for (uint32 i = 0; i < plan->nnames; i++)
	{
		JnyName		name = packer->name[plan->rank[i]];

		memcpy(out, name.data, name.len);
		out += name.len;
	}
	return out;
}

/* Writes the offsets, eight bytes each; the next overwrites what is too much. */
static void
write_times(uint8 *out, const Plan *plan, const uint64 *words, uint32 n)
{
	uint64		us = (uint64) jny_unit_us[plan->unit];

	if (us == 1)
		for (uint32 i = 0; i < n; i++, out += plan->width)
			jny_put64(out, offset_of(words, i));
	else
		for (uint32 i = 0; i < n; i++, out += plan->width)
			jny_put64(out, offset_of(words, i) / us);
}

/* Writes the planned journey; eight bytes behind it are slack. */
static void
write_all(uint8 *bytes, const JnyLogPacker *packer, const Plan *plan,
		  const uint64 *words, uint32 n)
{
	uint8	   *out = bytes + JNY_HEAD_SIZE;

	bytes[0] = JNY_MAGIC;
	bytes[1] = JNY_VERSION;
	bytes[2] = 0;
	bytes[3] = (uint8) (plan->unit | (plan->width << 4));
	jny_put32(bytes + 4, n);
	jny_put64(bytes + 8, (uint64) jny_log_ts(words[0]));
	jny_put64(bytes + 16, (uint64) jny_log_ts(words[n - 1]));
	jny_put32(bytes + 24, (uint32) (2 + 2 * (size_t) plan->nnames + plan->name_bytes));
	out = write_names(out, packer, plan);
	for (uint32 i = 0; i < n; i++)
		*out++ = packer->code[jny_log_code(words[i])];
	write_times(out, plan, words, n);
}

uint8 *
jny_log_pack(JnyLogPacker *packer, const uint64 *words, uint32 n,
			 size_t reserve, size_t *len)
{
	Plan		plan;
	size_t		size;

	if (n == 0 || n > FEW_EVENTS || !plan_names(packer, &plan, words, n))
		return NULL;
	plan_times(&plan, words, n);
	*len = JNY_HEAD_SIZE + 2 + 2 * (size_t) plan.nnames + plan.name_bytes +
		(size_t) n * (1 + plan.width);
	size = reserve + *len + sizeof(uint64);
	if (size > packer->cap)
	{
		packer->cap = 2 * size;
		packer->bytes = (uint8 *) jny_realloc(packer->bytes, packer->cap);
	}
	write_all(packer->bytes + reserve, packer, &plan, words, n);
	return packer->bytes;
}
