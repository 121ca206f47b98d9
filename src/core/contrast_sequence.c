/*
 * contrast_sequence.c
 *	  Which sequences of up to three events go with an outcome.
 */
#include "core/contrast_sequence.h"

#include <math.h>

#include "core/flow.h"

/* ---- counting ---- */

/*
 * How often each name stands around the event that is looked at: in front of
 * it, at its time (itself not), and behind.  Names so near each other that
 * their events may take either place are in "tie".
 */
typedef struct Around
{
	uint32	   *before;			/* by code of the view */
	uint32	   *tie;
	uint32	   *after;
	uint32	   *first;			/* codes that may come first, last */
	uint32	   *last;
	uint32		nfirst;
	uint32		nlast;
} Around;

/*
 * Counts of triples of the first names beside the entries, of which there are
 * soon more than any cache holds.  Those from a over b stand side by side.
 *
 *	  cell[stratum] --> room^3 cells, (a, b, c); or NULL
 *
 * A stratum has them once the entries take more memory than they would.
 */
typedef struct Cell
{
	uint32		customers;
	uint32		times;
} Cell;

typedef struct Cells
{
	uint32		room;			/* names, a power of two */
	uint32		rows;			/* customers since they were settled */
	uint32		fresh;			/* cells that are not 0 */
	Cell	   *cell[JNY_STRATA];
} Cells;

#define LEAST_ROOM 16
#define MOST_ROOM 64

/* A cell counts to 2^32. */
#define MOST_ROWS PG_INT32_MAX

typedef struct Counting
{
	JnyTally   *tally;
	const JnyView *view;
	const uint32 *code;			/* of the tally, by code of the view */
	JnyTallyKind kind;
	int			stratum;
	Cells	   *cells;			/* for triples that are counted once; or NULL */
	bool		outcome;
	bool		triples;
	bool		anywhere;		/* at any distance */
	uint32		names;
	uint64	   *pairs;			/* counted already, a bit each; or NULL */
	uint64	   *triples_done;
	Around		around;
} Counting;

/* Names up to which a bit for each pair or triple is worth clearing. */
#define FEW_FOR_PAIRS 512
#define FEW_FOR_TRIPLES 64

static inline size_t
cell_at(const Cells *cells, uint32 a, uint32 b, uint32 c)
{
	return ((size_t) a * cells->room + b) * cells->room + c;
}

/* Moves counts from the cells of a stratum to the entries. */
static void
settle_stratum(JnyTally *tally, const Cells *cells, int stratum)
{
	Cell	   *cell = cells->cell[stratum];

	for (uint32 a = 0; a < cells->room; a++)
		for (uint32 b = 0; b < cells->room; b++)
			for (uint32 c = 0; c < cells->room; c++, cell++)
			{
				JnyTallyEntry *entry;

				if (cell->customers == 0)
					continue;
				entry = jny_tally_get(tally, (JnyTallyKind) (JNY_TALLY_SEQUENCE + stratum), a, b, c);
				entry->customers += cell->customers;
				entry->times += cell->times;
				cell->customers = cell->times = 0;
			}
}

static void
settle_cells(JnyTally *tally)
{
	Cells	   *cells = (Cells *) tally->pending;

	for (int s = 0; cells->fresh > 0 && s < JNY_STRATA; s++)
		if (cells->cell[s])
			settle_stratum(tally, cells, s);
	cells->rows = cells->fresh = 0;
}

/* The cells for a customer of a stratum, or NULL as long as they do not pay. */
static Cells *
find_cells(JnyTally *tally, int stratum)
{
	Cells	   *cells = (Cells *) tally->pending;
	uint32		names = jny_dict_count(tally->dict);
	uint32		room = LEAST_ROOM;

	while (room < names && room < MOST_ROOM)
		room *= 2;
	if (cells == NULL)
	{
		tally->pending = cells = (Cells *) jny_alloc0(sizeof(Cells));
		tally->settle = settle_cells;
	}
	if (cells->rows == MOST_ROWS || cells->room < room)
		settle_cells(tally);
	for (int s = 0; cells->room < room && s < JNY_STRATA; s++)
	{
		if (cells->cell[s])
			jny_free(cells->cell[s]);
		cells->cell[s] = NULL;
	}
	cells->room = room;
	if (cells->cell[stratum] == NULL)
	{
		size_t		all = (size_t) room * room * room;

		if (jny_tally_count(tally) < all / 8)
			return NULL;
		cells->cell[stratum] = (Cell *) jny_alloc0(all * sizeof(Cell));
	}
	cells->rows++;
	return cells;
}

/* Counts a sequence of the customer once. */
static void
count_sequence(Counting *counting, uint32 a, uint32 b, uint32 c)
{
	JnyTally   *tally = counting->tally;
	JnyTallyEntry *entry = jny_tally_get(tally, counting->kind, a, b, c);

	if (entry->seen == tally->customers)
		return;
	entry->seen = tally->customers;
	entry->customers++;
	entry->times += counting->outcome;
}

/* Bits for n sequences, if that is worth it. */
static uint64 *
make_bits(size_t n, bool worth)
{
	return worth ? (uint64 *) jny_alloc0((n / 64 + 1) * sizeof(uint64)) : NULL;
}

/* Whether a sequence is new, as far as the bits tell. */
static inline bool
is_new(uint64 *bits, size_t bit)
{
	uint64		mask = UINT64CONST(1) << (bit & 63);

	if (bits == NULL)
		return true;
	if (bits[bit >> 6] & mask)
		return false;
	bits[bit >> 6] |= mask;
	return true;
}

/* Counts what is new of the triples from a over b. */
static void
count_triples(Counting *counting, uint32 a, uint32 b)
{
	Around	   *around = &counting->around;
	const uint32 *code = counting->code;
	size_t		pair = (size_t) a * counting->names + b;
	Cells	   *cells = counting->cells;
	Cell	   *row = NULL;

	if (cells && code[a] < cells->room && code[b] < cells->room)
		row = cells->cell[counting->stratum] + cell_at(cells, code[a], code[b], 0);
	for (uint32 k = 0; k < around->nlast; k++)
	{
		uint32		c = around->last[k];

		/* one event cannot be both */
		if (a == c && around->before[a] + around->tie[a] + around->after[a] < 2)
			continue;
		if (!is_new(counting->triples_done, pair * counting->names + c))
			continue;
		if (row && code[c] < cells->room)
		{
			cells->fresh += row[code[c]].customers++ == 0;
			row[code[c]].times += counting->outcome;
		}
		else
			count_sequence(counting, code[a], code[b], code[c]);
	}
}

/*
 * Counts pairs that end, and triples whose middle is, an event of code b, for
 * which "around" is set.  O(names^2).
 *
 * At any distance a pair that ended at an earlier b had all that may follow
 * this one to follow it, so that its triples are counted.
 */
static void
count_around(Counting *counting, uint32 b)
{
	Around	   *around = &counting->around;
	const uint32 *code = counting->code;

	around->nfirst = around->nlast = 0;
	for (uint32 x = 0; x < counting->names; x++)
	{
		if (around->before[x] + around->tie[x] > 0)
			around->first[around->nfirst++] = x;
		if (around->after[x] + around->tie[x] > 0)
			around->last[around->nlast++] = x;
	}
	for (uint32 i = 0; i < around->nfirst; i++)
	{
		uint32		a = around->first[i];
		size_t		pair = (size_t) a * counting->names + b;

		if (is_new(counting->pairs, pair))
			count_sequence(counting, code[a], code[b], JNY_TALLY_END);
		else if (counting->anywhere)
			continue;
		if (counting->triples)
			count_triples(counting, a, b);
	}
}

/* Any distance: groups of events of one time, one group behind the other. */
static void
count_anywhere(Counting *counting, uint32 end)
{
	const JnyView *view = counting->view;
	Around	   *around = &counting->around;

	for (uint32 i = 0; i < end; i++)
		around->after[jny_code(view, i)]++;
	for (uint32 from = 0, to; from < end; from = to)
	{
		int64		ts = jny_time(view, from);

		JNY_CHECK_INTERRUPTS();
		for (to = from; to < end && jny_time(view, to) == ts; to++)
		{
			around->after[jny_code(view, to)]--;
			around->tie[jny_code(view, to)]++;
		}
		for (uint32 i = from; i < to; i++)
		{
			uint32		b = jny_code(view, i);

			around->tie[b]--;
			count_around(counting, b);
			around->tie[b]++;
		}
		for (uint32 i = from; i < to; i++)
		{
			around->tie[jny_code(view, i)]--;
			around->before[jny_code(view, i)]++;
		}
	}
}

/* At most "gap" events behind the one before, in canonical order. */
static void
count_near(Counting *counting, uint32 end, uint32 gap)
{
	const JnyView *view = counting->view;
	Around	   *around = &counting->around;

	for (uint32 i = 1; i < end && i <= gap; i++)
		around->after[jny_code(view, i)]++;
	for (uint32 i = 0; i < end; i++)
	{
		if ((i & 1023) == 0)
			JNY_CHECK_INTERRUPTS();
		count_around(counting, jny_code(view, i));
		around->before[jny_code(view, i)]++;
		if (i >= gap)
			around->before[jny_code(view, i - gap)]--;
		if (i + 1 < end)
			around->after[jny_code(view, i + 1)]--;
		if ((uint64) i + 1 + gap < end)
			around->after[jny_code(view, i + 1 + gap)]++;
	}
}

/* O(events * names^2), and a look-up for each sequence that is there. */
bool
jny_sequence_add(JnyTally *tally, const JnyView *view, uint32 end,
				 const JnySequenceRule *rule, bool outcome)
{
	JnyFlowNames names;
	Counting	counting = {0};
	uint32	   *room = (uint32 *) jny_alloc0(5 * (size_t) view->nnames * sizeof(uint32) + 1);

	tally->customers++;
	jny_flow_names(&names, tally, view);
	counting.tally = tally;
	counting.view = view;
	counting.code = names.code;
	counting.stratum = jny_stratum(end);
	counting.kind = (JnyTallyKind) (JNY_TALLY_SEQUENCE + counting.stratum);
	counting.outcome = outcome;
	counting.triples = rule->max_length > 2;
	counting.anywhere = rule->max_gap == 0;
	counting.names = view->nnames;
	counting.around.before = room;
	counting.around.tie = room + view->nnames;
	counting.around.after = room + 2 * (size_t) view->nnames;
	counting.around.first = room + 3 * (size_t) view->nnames;
	counting.around.last = room + 4 * (size_t) view->nnames;
	counting.pairs = make_bits((size_t) view->nnames * view->nnames,
							   view->nnames <= FEW_FOR_PAIRS);
	counting.triples_done = make_bits((size_t) view->nnames * view->nnames * view->nnames,
									  counting.triples && view->nnames <= FEW_FOR_TRIPLES);
	if (counting.triples_done)
		counting.cells = find_cells(tally, counting.stratum);

	count_sequence(&counting, JNY_TALLY_END, JNY_TALLY_END, JNY_TALLY_END);
	for (uint32 i = 0; i < end; i++)
		room[jny_code(view, i)] = 1;
	for (uint32 x = 0; x < view->nnames; x++)
	{
		if (room[x] > 0)
			count_sequence(&counting, names.code[x], JNY_TALLY_END, JNY_TALLY_END);
		room[x] = 0;
	}
	if (rule->max_length > 1 && rule->max_gap == 0)
		count_anywhere(&counting, end);
	else if (rule->max_length > 1)
		count_near(&counting, end, rule->max_gap);
	if (counting.pairs)
		jny_free(counting.pairs);
	if (counting.triples_done)
		jny_free(counting.triples_done);
	jny_free(room);
	jny_flow_names_release(&names);
	if (counting.cells && (uint64) jny_tally_count(tally) + counting.cells->fresh > JNY_MAX_SEQUENCES)
		settle_cells(tally);
	return jny_tally_count(tally) <= JNY_MAX_SEQUENCES;
}

/* ---- the report ---- */

static int
compare_events(const uint32 *a, const uint32 *b)
{
	for (int i = 0; i < JNY_SEQUENCE_LENGTH; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static int
compare_keys(JnyTallyEntry *const *x, JnyTallyEntry *const *y, void *arg)
{
	const uint32 a[] = {(*x)->key.a, (*x)->key.b, (*x)->key.c};
	const uint32 b[] = {(*y)->key.a, (*y)->key.b, (*y)->key.c};

	return compare_events(a, b);
}

/* All entries of all strata by key, in a new array. */
static JnyTallyEntry **
sorted_entries(const JnyTally *tally, uint32 *n)
{
	JnyTallyEntry **all = (JnyTallyEntry **)
		jny_alloc((size_t) jny_tally_count(tally) * sizeof(JnyTallyEntry *) + 1);

	*n = 0;
	for (int s = 0; s < JNY_STRATA; s++)
	{
		uint32		more;
		JnyTallyEntry **entry =
			jny_tally_entries(tally, (JnyTallyKind) (JNY_TALLY_SEQUENCE + s), &more);

		memcpy(all + *n, entry, more * sizeof(JnyTallyEntry *));
		*n += more;
		jny_free(entry);
	}
	jny_tally_sort(all, *n, compare_keys, NULL);
	return all;
}

/* Gathers the strata of a sequence, which begin at entry i; where they end. */
static uint32
read_sequence(JnyTallyEntry **entry, uint32 i, uint32 n, JnySequence *sequence)
{
	uint32		from = i;

	memset(sequence, 0, sizeof(*sequence));
	sequence->event[0] = entry[i]->key.a;
	sequence->event[1] = entry[i]->key.b;
	sequence->event[2] = entry[i]->key.c;
	while (sequence->length < JNY_SEQUENCE_LENGTH &&
		   sequence->event[sequence->length] != JNY_TALLY_END)
		sequence->length++;
	for (; i < n && compare_keys(&entry[from], &entry[i], NULL) == 0; i++)
	{
		int64	   *cell = sequence->with.n[entry[i]->key.kind - JNY_TALLY_SEQUENCE];

		cell[0] += entry[i]->customers - entry[i]->times;
		cell[1] += entry[i]->times;
	}
	return i;
}

static int64
count_people(const JnyStrata *strata)
{
	int64		n = 0;

	for (int s = 0; s < JNY_STRATA; s++)
		n += strata->n[s][0] + strata->n[s][1];
	return n;
}

/* A sequence among all, which are in order of their events; or NULL. */
static JnySequence *
find_sequence(JnySequence *sequences, uint32 n, const uint32 *event)
{
	uint32		low = 0;
	uint32		high = n;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;
		int			c = compare_events(sequences[middle].event, event);

		if (c == 0)
			return &sequences[middle];
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/*
 * Compares a sequence with those that lack one of its events: where the same
 * people have one of these, that one is not closed.  Whether chance explains
 * each of them, and what they lack, ten times better.
 */
static bool
beats_parts(JnySequence *sequences, uint32 n, const JnySequence *sequence)
{
	bool		beats = true;

	for (int without = 0; sequence->length > 1 && without < sequence->length; without++)
	{
		uint32		event[JNY_SEQUENCE_LENGTH] = {JNY_TALLY_END, JNY_TALLY_END, JNY_TALLY_END};
		JnySequence *part;

		for (int i = 0, k = 0; i < sequence->length; i++)
			if (i != without)
				event[k++] = sequence->event[i];
		part = find_sequence(sequences, n, event);
		if (part == NULL)
			continue;
		if (part->is.with == sequence->is.with &&
			part->is.with_outcome == sequence->is.with_outcome)
			part->closed = false;
		beats &= sequence->is.p * 10 <= part->is.p &&
			beats_parts(sequences, n, part);
	}
	return beats;
}

/* Most telling first: by p, then by the names. */
static int
compare_sequences(const void *x, const void *y, void *arg)
{
	const JnySequence *a = (const JnySequence *) x;
	const JnySequence *b = (const JnySequence *) y;
	const JnyDict *dict = ((const JnyTally *) arg)->dict;

	if (a->is.p != b->is.p)
		return a->is.p < b->is.p ? -1 : 1;
	for (int i = 0; i < Min(a->length, b->length); i++)
	{
		int			c = jny_name_cmp(jny_dict_name(dict, a->event[i]),
									 jny_dict_name(dict, b->event[i]));

		if (c != 0)
			return c;
	}
	return a->length - b->length;
}

/* q over all that were compared; then what of it is worth telling. */
static void
judge_sequences(JnySequence *sequences, uint32 n)
{
	double	   *q = (double *) jny_alloc(n * sizeof(double) + 1);

	for (uint32 i = 0; i < n; i++)
		q[i] = sequences[i].is.p;
	jny_bh_adjust(q, n);
	for (uint32 i = 0; i < n; i++)
	{
		JnySequence *sequence = &sequences[i];
		bool		beats = beats_parts(sequences, n, sequence);

		JNY_CHECK_INTERRUPTS();
		sequence->is.q = q[i];
		sequence->finding = beats && jny_contrast_finding(&sequence->is);
	}
	jny_free(q);
}

JnySequence *
jny_sequence_report(const JnyTally *tally, int64 least, uint32 *n)
{
	uint32		nentries;
	JnyTallyEntry **entry = sorted_entries(tally, &nentries);
	JnySequence *sequences = (JnySequence *)
		jny_alloc((size_t) nentries * sizeof(JnySequence) + 1);
	JnySequence all;
	uint32		i = nentries;

	/* the key of everybody is the greatest */
	while (i > 0 && compare_keys(&entry[i - 1], &entry[nentries - 1], NULL) == 0)
		i--;
	*n = 0;
	if (nentries == 0 || read_sequence(entry, i, nentries, &all) == 0 || all.length > 0)
		return sequences;
	nentries = i;
	if (least < 0)
		least = Max(20, (count_people(&all.with) + 99) / 100);
	for (i = 0; i < nentries;)
	{
		JnySequence *sequence = &sequences[*n];

		JNY_CHECK_INTERRUPTS();
		i = read_sequence(entry, i, nentries, sequence);
		if (count_people(&sequence->with) < least)
			continue;
		jny_contrast(&sequence->with, &all.with, 0.95, &sequence->is);
		sequence->closed = true;
		(*n)++;
	}
	judge_sequences(sequences, *n);
	qsort_arg(sequences, *n, sizeof(JnySequence), compare_sequences, (void *) tally);
	jny_free(entry);
	return sequences;
}
