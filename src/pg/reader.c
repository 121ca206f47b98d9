/*
 * reader.c
 *	  Reading the events of a stored journey one by one, asking a one-step
 *	  pattern about them, and copying some of them into a path.
 */
#include "pg/reader.h"

/* The values are sparse: the first one at or behind "from" is searched for. */
JnyWalk
journey_walk_from(const JnyView *view, uint32 from)
{
	JnyWalk		walk = jny_walk(view);
	uint32		low = 0;
	uint32		high = view->nvalues;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (jny_value_position(view, middle) < from)
			low = middle + 1;
		else
			high = middle;
	}
	walk.next = from;
	walk.next_value = low;
	return walk;
}

/*
 * Number of events, first and last time of a journey.  Of a toasted value only
 * the first chunk is fetched, which is what makes these answers cheap on long
 * journeys.
 */
void
journey_datum_head(Datum datum, JnyHead *head)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);
	struct varlena *part = value;
	JnyError	err;

	journey_prefetch_next(value);
	if (VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value))
		part = PG_DETOAST_DATUM_SLICE(datum, 0, JNY_HEAD_SIZE);
	if (jny_head((const uint8 *) VARDATA_ANY(part), VARSIZE_ANY_EXHDR(part),
				 head, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_STORED);
	if (part != value)
		pfree(part);
}

void
journey_getarg_head(FunctionCallInfo fcinfo, int n, JnyHead *head)
{
	journey_datum_head(PG_GETARG_DATUM(n), head);
}

double
journey_least_form(const JnyView *view, int event_bytes)
{
	JnyName    *names = (JnyName *) palloc(view->nnames * sizeof(JnyName) + 1);
	double		bytes = 0;

	jny_view_names(view, names);
	for (JnyWalk walk = jny_walk(view); journey_walk_next(&walk);)
		bytes += event_bytes + names[walk.code].len;
	pfree(names);
	return bytes;
}

void
journey_check_form(double bytes, size_t limit, const char *form)
{
	if (bytes > limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("journey is too large for its %s form", form),
				 errdetail("It needs at least %.0f bytes, the limit is %zu bytes.",
						   bytes, limit),
				 errhint("Take it in pieces with slice(), or read its rows with events().")));
}

uint32
journey_lower_bound(const JnyView *view, int64 ts)
{
	uint32		low = 0;
	uint32		high = view->n;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (jny_time(view, middle) < ts)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * A pattern that asks about single events has one step and no clauses: a
 * clause speaks about an attempt, of which there is none here.
 */
void
journey_check_step(const JnyPattern *pattern, const char *hint)
{
	if (pattern->nitems != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("pattern must have one step"),
				 errdetail("It has %d steps.", pattern->nitems),
				 errhint("%s", hint)));
	if (!jny_pattern_is_step(pattern))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("pattern must be a step without clauses"),
				 errdetail("It is asked about single events, of which quantifiers, anchors and clauses such as \"within\" say nothing."),
				 errhint("Leave them out; match_count(), funnel_step() and journey_match() take whole patterns.")));
}

void
journey_getarg_step(FunctionCallInfo fcinfo, int n, const JnyView *view,
					const char *hint, JourneyStep *step)
{
	const JnyPattern *pattern = journey_getarg_pattern(fcinfo, n);
	JnyNameSteps *found;
	int		nfound;
	bool		asks_events = false;

	journey_check_step(pattern, hint);
	found = (JnyNameSteps *) palloc(view->nnames * sizeof(JnyNameSteps) + 1);
	nfound = jny_view_steps(pattern, view, found);
	step->pattern = pattern;
	step->name = (bool *) palloc0(2 * view->nnames + 1);
	step->maybe = step->name + view->nnames;
	for (int i = 0; i < nfound; i++)
	{
		step->name[found[i].code] = (found[i].steps & 1) != 0;
		step->maybe[found[i].code] = found[i].maybe != 0;
		asks_events |= found[i].maybe != 0;
	}
	pfree(found);
	if (!asks_events)
		return;
	step->names = (JnyName *) palloc(view->nnames * sizeof(JnyName) + 1);
	step->channels = (JnyName *) palloc(view->nchannels * sizeof(JnyName) + 1);
	jny_view_names(view, step->names);
	jny_view_channels(view, step->channels);
}

/* Prepares the copying of events of a view into a path of any dictionary. */
void
journey_copy_init(JourneyCopy *copy, const JnyView *view, JnyPath *path)
{
	copy->view = view;
	copy->path = path;
	copy->names = (JnyName *) palloc(view->nnames * sizeof(JnyName) + 1);
	copy->channels = (JnyName *) palloc(view->nchannels * sizeof(JnyName) + 1);
	copy->name_code = (uint32 *) palloc(view->nnames * sizeof(uint32) + 1);
	copy->channel_code = (uint32 *) palloc(view->nchannels * sizeof(uint32) + 1);
	if (view->nnames > 0)
		jny_view_names(view, copy->names);
	if (view->nchannels > 0)
		jny_view_channels(view, copy->channels);
	memset(copy->name_code, 0xff, view->nnames * sizeof(uint32));
	memset(copy->channel_code, 0xff, view->nchannels * sizeof(uint32));
}

void
journey_copy_event(JourneyCopy *copy, const JnyWalk *walk)
{
	JnyDict    *dict = copy->path->dict;
	uint32	   *name = &copy->name_code[walk->code];
	JnyEvent	event = {walk->ts, walk->value, 0, 0};
	JnyError	err;

	if (*name == JOURNEY_NO_CODE)
		*name = jny_dict_put(dict, copy->names[walk->code]);
	event.name = *name;
	if (walk->channel != 0)
	{
		uint32	   *channel = &copy->channel_code[walk->channel - 1];

		if (*channel == JOURNEY_NO_CODE)
			*channel = jny_dict_put(dict, copy->channels[walk->channel - 1]);
		event.channel = *channel + 1;
	}
	if (jny_path_push(copy->path, &event, &err) != JNY_OK)
		journey_throw(&err, JOURNEY_FROM_EVENT);
}

void
journey_copy_range(JourneyCopy *copy, uint32 from, uint32 to)
{
	JnyWalk		walk = journey_walk_from(copy->view, from);

	while (walk.next < to && journey_walk_next(&walk))
		journey_copy_event(copy, &walk);
}
