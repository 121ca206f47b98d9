/*
 * chain.c
 *	  What is answered from the bytes against the engine, which
 *	  match_oracle.c and track_oracle.c check against exhaustive searches.
 *
 * Journeys here are longer than a search could try, with few equal times, of
 * every unit and width, and now and then longer than what is read in one go, or
 * with so many names that codes have two bytes.
 * JNY_CASES=1000000 in the environment, or as an argument, asks for more cases.
 */
#include "core/match.h"

#include "random_chain.h"
#include "chain_check.h"

#define DEFAULT_CASES 20000

/* Events at times of any unit; "within" above is about a tenth of the least. */
static Packed
random_story(JnyPath *path)
{
	uint32		n = random_below(50) == 0 ? 3000 : random_below(40);
	uint32		nnames = 1 + random_below(lengthof(names));
	int64		unit = jny_unit_us[random_below(JNY_UNITS)];
	uint32		clock = (uint32) 1 << (6 + random_below(19));
	uint32		others = random_below(4) == 0 ? 400 : 0;
	JnyError	err;

	new_path(path);
	for (uint32 i = 0; i < n; i++)
	{
		char		other[16];
		const char *text = names[random_below(nnames)];
		JnyName		name = {text, (uint32) strlen(text)};
		JnyName		none = {"", 0};
		int64		ts = unit * random_below(clock) - unit * 500;

		if (others > 0 && random_below(2) == 0)
		{
			name.data = other;
			name.len = (uint32) sprintf(other, "other%u", random_below(others));
		}
		if (jny_path_add(path, ts, name, none, NULL, &err) != JNY_OK)
			abort();
	}
	return pack_path(path);
}

/* Are the hits of a stored journey those of its path? */
static bool
same_hits(const JnyPattern *pattern, const JnyHits *stored, JnyPath *path)
{
	JnyHits		hits = {0};
	JnyMasks	masks = {0};
	bool		same;

	jny_hits_of_path(&hits, pattern, &masks, path);
	same = hits.n == stored->n;
	for (uint32 i = 0; same && i < hits.n; i++)
		same = hits.hit[i].ts == stored->hit[i].ts &&
			hits.hit[i].items == stored->hit[i].items &&
			hits.hit[i].pos == stored->hit[i].pos;
	if (hits.hit)
		jny_free(hits.hit);
	if (masks.mask)
		jny_free(masks.mask);
	return same;
}

/* The steps of each name, looked at in a row, against the same one by one. */
static bool
same_steps(const JnyPattern *pattern, const JnyView *view)
{
	JnyName		all[512];
	JnyNameSteps found[512];
	int			n = jny_view_steps(pattern, view, found);
	int			k = 0;

	jny_view_names(view, all);
	for (uint32 i = 0; i < view->nnames; i++)
	{
		uint64		maybe;
		uint64		steps = jny_pattern_masks(pattern, all[i], &maybe);
		bool		is_found = k < n && found[k].code == i;

		if (is_found != ((steps | maybe) != 0) ||
			(is_found && (found[k].steps != steps || found[k].maybe != maybe)))
			return false;
		k += is_found;
	}
	return k == n;
}

int
main(int argc, char **argv)
{
	const char *more = argc > 1 ? argv[1] : getenv("JNY_CASES");
	long		cases = more ? atol(more) : DEFAULT_CASES;
	long		wide = 0;
	JnyHits		hits = {0};

	random_state = argc > 2 ? strtoull(argv[2], NULL, 10) : 2026;
	for (long i = 0; i < cases; i++)
	{
		char		text[4096];
		JnyPath		path;
		Packed		packed = random_story(&path);
		JnyPattern *pattern;
		JnyError	err;

		random_chain(text);
		if (jny_pattern_parse(text, strlen(text), &pattern, &err) != JNY_OK)
		{
			diag("%s is refused at %zu: expected %s", text, err.at, err.expected);
			abort();
		}
		jny_hits_of_view(&hits, pattern, &packed.view);
		wide += packed.view.nnames > 256;
		JNY_CASE(same_hits(pattern, &hits, &path), "hits under %s", text);
		JNY_CASE(same_steps(pattern, &packed.view), "names under %s", text);
		JNY_CASE(chain_agrees(pattern, &packed.view, &hits), "%s, %u events, width %d",
				 text, packed.view.n, packed.view.width);
		jny_pattern_free(pattern);
		free_path(&path);
		jny_free(packed.bytes);
	}
	ok(jny_cases_ok(), "%ld random chains", cases);
	ok(chain_answers * 2 > cases && chain_deep_answers * 20 > cases,
	   "most are answered without hits (%ld), many of two steps (%ld)",
	   chain_answers, chain_deep_answers);
	ok(wide * 1000 > cases, "codes of two bytes, too (%ld)", wide);
	if (hits.hit)
		jny_free(hits.hit);
	return done_testing();
}
