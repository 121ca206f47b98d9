/*
 * random_chain.h
 *	  Seeded random chains, for property tests.
 */
#ifndef JOURNEY_RANDOM_CHAIN_H
#define JOURNEY_RANDOM_CHAIN_H

#include "random_journey.h"

/* Some are alike in length and last byte, some longer than two words. */
static const char *const names[] = {"a", "b", "c", "xa", "ya", "za", "visit",
	"signup", "purchase", "email_open", "email_click/winback",
	"email_click/winter", "product_view/shoes-of-many-colours-41",
"product_view/shoes-of-many-colours-42", "product_view/boots-of-many-colours-42"};

static const char *const prefixes[] = {"email_*", "product_view/*", "x*", "visit*"};

/* A name, a prefix, alternatives of them, seldom any event. */
static void
random_step(char *out)
{
	int			n = 1 + (int) random_below(10) / 7;

	if (random_below(40) == 0)
		n = 0 * sprintf(out, ".");
	for (int i = 0; i < n; i++)
		out += sprintf(out, "%s%s", i > 0 ? " | " : "",
					   random_below(5) == 0 ?
					   prefixes[random_below(lengthof(prefixes))] :
					   names[random_below(lengthof(names))]);
}

static void
random_chain(char *out)
{
	uint32		items = 1 + random_below(5);
	char		step[256];

	for (uint32 i = 0; i < items; i++)
	{
		random_step(step);
		if (i > 0)
			out += sprintf(out, " -> ");
		if (i > 0 && random_below(4) == 0)
		{
			char		without[256];

			random_step(without);
			out += sprintf(out, "[without %s] ", without);
		}
		out += sprintf(out, "%s", step);
	}
	if (random_below(2) == 0)
		out += sprintf(out, " within %u us", 1 + random_below(100000));
	if (random_below(5) == 0)
	{
		random_step(step);
		sprintf(out, " without %s", step);
	}
}

#endif							/* JOURNEY_RANDOM_CHAIN_H */
