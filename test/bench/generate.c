/*
 * generate.c
 *	  Events for the benchmarks: the same bytes for the same arguments on every
 *	  machine.
 *
 *	  generate FORMAT ORDER CUSTOMERS [SEED [EVENTS_PER_CUSTOMER]] > file
 *
 * FORMAT	copy: COPY .. (FORMAT binary) of customer_id bigint, ts timestamptz,
 *			event text, channel text, value double precision
 *			tsv: customer_id, microseconds since 2000-01-01, event
 * ORDER	time: as a log grows; customer: all events of one after the other
 *
 * The number of events of a customer is lognormal (median 17, mean 40, p99
 * 360), or fixed; they come in sessions of 6 on average, minutes apart, that
 * start anywhere in 180 days.  60 names have weights k^-1.05.  No customer has two events at one time: engines differ in
 * how they order those, and what is compared here is speed.
 *
 * Only operations that IEEE 754 fixes to the last bit are used (sqrt is one),
 * hence ln and exp of its own.  A customer depends on the seed and its number alone, so a
 * smaller set is the beginning of a larger one.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_MINUTE INT64_C(60000000)
#define US_PER_DAY (1440 * US_PER_MINUTE)
#define DAYS 180
#define START (INT64_C(9497) * US_PER_DAY)	/* 2026-01-01, counted from 2000 */
#define SESSION_GAP (30 * US_PER_MINUTE)
#define EVENTS_MAX 20000

static const char *const names[] = {
	"visit", "product_view", "search", "email_open", "add_to_cart",
	"category_view", "checkout", "ad_click/spring_sale", "purchase",
	"email_click/newsletter", "wishlist_add", "login", "email_click/winback",
	"cart_remove", "store_visit", "review_read", "support_chat",
	"coupon_apply", "app_open", "push_open", "signup", "return_request",
	"refund", "nps_answer", "video_play", "faq_read", "size_guide",
	"store_locator", "share", "review_write", "ad_click/retargeting",
	"ad_view/spring_sale", "newsletter_subscribe", "newsletter_unsubscribe",
	"profile_edit", "address_add", "payment_add", "payment_failed",
	"order_status", "invoice_download", "delivery", "delivery_delayed",
	"loyalty_join", "loyalty_redeem", "gift_card_buy", "gift_card_redeem",
	"referral_send", "referral_accept", "price_alert", "back_in_stock",
	"compare", "filter_apply", "page_404", "call_center", "complaint",
	"catalogue_order", "survey_answer", "webinar_join", "password_reset",
	"logout"
};

#define NAMES ((int) (sizeof(names) / sizeof(names[0])))
#define PURCHASE 8
#define REFUND 22

static const char *const channels[] = {
	"organic", "email", "google_ads", "meta_ads", "store", "direct"
};

typedef struct Event
{
	int64_t		ts;
	uint32_t	customer;
	uint8_t		name;
	uint8_t		channel;		/* 0: none */
	uint16_t	cents;			/* of a purchase or refund */
} Event;

typedef struct Events
{
	Event	   *event;
	size_t		n;
	size_t		room;
} Events;

/* ---- numbers ---- */

/* The next of a splitmix64 sequence. */
static uint64_t
next(uint64_t *state)
{
	uint64_t	z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* Uniform in (0, 1). */
static double
uniform(uint64_t *state)
{
	return ((double) (next(state) >> 12) + 0.5) / 4503599627370496.0;
}

/* Natural logarithm of x in (0, 2^60): halved into [1/sqrt 2, sqrt 2), then the
 * series of artanh.  Good to 1e-13, which is all that is asked. */
static double
ln(double x)
{
	int			e = 0;
	double		s;
	double		s2;
	double		sum = 0;

	for (; x >= 1.4142135623730951; x /= 2)
		e++;
	for (; x < 0.70710678118654757; x *= 2)
		e--;
	s = (x - 1) / (x + 1);
	s2 = s * s;
	for (int k = 17; k >= 1; k -= 2)
		sum = sum * s2 + 1.0 / k;
	return 2 * s * sum + e * 0.69314718055994529;
}

/* exp(x) for |x| < 40. */
static double
exponential(double x)
{
	double		sum = 1;
	int			halvings = 0;

	for (; x > 0.1 || x < -0.1; x /= 2)
		halvings++;
	for (int k = 9; k >= 1; k--)
		sum = 1 + sum * x / k;
	for (; halvings > 0; halvings--)
		sum *= sum;
	return sum;
}

/* A standard normal number, by Marsaglia's polar method. */
static double
normal(uint64_t *state)
{
	for (;;)
	{
		double		u = 2 * uniform(state) - 1;
		double		v = 2 * uniform(state) - 1;
		double		s = u * u + v * v;

		if (s < 1)
			return u * sqrt(-2 * ln(s) / s);
	}
}

/* ---- events ---- */

static uint32_t name_upto[NAMES];	/* cumulated weights, of 2^32 */

static void
prepare_names(void)
{
	double		total = 0;
	double		upto = 0;

	for (int k = 1; k <= NAMES; k++)
		total += exponential(-1.05 * ln(k));
	for (int k = 1; k <= NAMES; k++)
	{
		upto += exponential(-1.05 * ln(k));
		name_upto[k - 1] = (uint32_t) (upto / total * 4294967295.0);
	}
	name_upto[NAMES - 1] = UINT32_MAX;
}

static int
pick_name(uint32_t x)
{
	int			k = 0;

	while (x > name_upto[k])
		k++;
	return k;
}

static Event *
add_event(Events *all)
{
	if (all->n == all->room)
	{
		all->room = all->room ? all->room * 2 : 1 << 20;
		all->event = realloc(all->event, all->room * sizeof(Event));
		if (all->event == NULL)
		{
			fprintf(stderr, "generate: out of memory\n");
			exit(1);
		}
	}
	return &all->event[all->n++];
}

static int
compare_times(const void *a, const void *b)
{
	int64_t		x = ((const Event *) a)->ts;
	int64_t		y = ((const Event *) b)->ts;

	return (x > y) - (x < y);
}

/* Adds the events of one customer in order of time. */
static void
add_customer(Events *all, uint32_t customer, uint64_t seed, long per_customer)
{
	uint64_t	state = seed * UINT64_C(0xD1342543DE82EF95) + customer;
	size_t		begin = all->n;
	double		wanted = 17 * exponential(1.31 * normal(&state)) + 0.5;
	long		n = per_customer > 0 ? per_customer : (long) wanted;
	int64_t		ts = 0;

	if (per_customer <= 0)
		n = n < 1 ? 1 : n > EVENTS_MAX ? EVENTS_MAX : n;
	for (long i = 0; i < n; i++)
	{
		Event	   *e = add_event(all);
		uint64_t	bits = next(&state);

		if (i == 0 || uniform(&state) < 1 / 6.2)
			ts = (int64_t) (uniform(&state) * (double) (DAYS * US_PER_DAY));
		else
		{
			int64_t		gap = (int64_t) (-2.0 * US_PER_MINUTE * ln(uniform(&state)));

			ts += gap < SESSION_GAP ? gap : SESSION_GAP;
		}
		e->ts = START + ts;
		e->customer = customer;
		e->name = (uint8_t) pick_name((uint32_t) bits);
		e->channel = (bits >> 32) % 10 < 6 ? 1 + (bits >> 32) % 10 : 0;
		e->cents = (uint16_t) (bits >> 48);
	}
	qsort(all->event + begin, n, sizeof(Event), compare_times);
	for (size_t i = begin + 1; i < all->n; i++)
		if (all->event[i].ts <= all->event[i - 1].ts)
			all->event[i].ts = all->event[i - 1].ts + 1;
}

/* Sorts by time, stable: least significant digit first, 44 bits are enough for
 * half a year and what a burst adds. */
static void
sort_by_time(Events *all)
{
	Event	   *from = all->event;
	Event	   *to = malloc((all->n + 1) * sizeof(Event));

	if (to == NULL)
	{
		fprintf(stderr, "generate: out of memory\n");
		exit(1);
	}
	for (int shift = 0; shift < 44; shift += 11)
	{
		size_t		count[2048] = {0};
		size_t		at = 0;
		Event	   *swap;

		for (size_t i = 0; i < all->n; i++)
			count[((from[i].ts - START) >> shift) & 2047]++;
		for (int d = 0; d < 2048; d++)
		{
			size_t		c = count[d];

			count[d] = at;
			at += c;
		}
		for (size_t i = 0; i < all->n; i++)
			to[count[((from[i].ts - START) >> shift) & 2047]++] = from[i];
		swap = from;
		from = to;
		to = swap;
	}
	all->event = from;
	free(to);
}

/* ---- output ---- */

static char *
put(char *p, uint64_t x, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		*p++ = (char) (x >> (8 * i));
	return p;
}

static char *
put_text(char *p, const char *s)
{
	size_t		len = strlen(s);

	p = put(p, len, 4);
	memcpy(p, s, len);
	return p + len;
}

/* One row of COPY .. (FORMAT binary). */
static char *
put_row(char *p, const Event *e)
{
	bool		money = e->name == PURCHASE || e->name == REFUND;

	p = put(p, 5, 2);
	p = put(put(p, 8, 4), e->customer, 8);
	p = put(put(p, 8, 4), (uint64_t) e->ts, 8);
	p = put_text(p, names[e->name]);
	if (e->channel == 0)
		p = put(p, UINT32_MAX, 4);
	else
		p = put_text(p, channels[e->channel - 1]);
	if (money)
	{
		double		value = (2000 + e->cents % 10000) / 100.0;
		uint64_t	bits;

		if (e->name == REFUND)
			value = -value;
		memcpy(&bits, &value, sizeof(bits));
		p = put(put(p, 8, 4), bits, 8);
	}
	else
		p = put(p, UINT32_MAX, 4);
	return p;
}

static void
write_all(const Events *all, bool copy)
{
	static char buffer[1 << 20];
	char	   *p = buffer;

	if (copy)
	{
		memcpy(p, "PGCOPY\n\377\r\n\0", 11);
		p = put(p + 11, 0, 8);
	}
	for (size_t i = 0; i < all->n; i++)
	{
		const Event *e = &all->event[i];

		if (copy)
			p = put_row(p, e);
		else
			p += sprintf(p, "%u\t%lld\t%s\n", e->customer, (long long) e->ts, names[e->name]);
		if (p - buffer > (long) sizeof(buffer) - 1024)
		{
			fwrite(buffer, 1, p - buffer, stdout);
			p = buffer;
		}
	}
	if (copy)
		p = put(p, UINT16_MAX, 2);
	fwrite(buffer, 1, p - buffer, stdout);
	if (fflush(stdout) != 0 || ferror(stdout))
	{
		fprintf(stderr, "generate: cannot write\n");
		exit(1);
	}
}

int
main(int argc, char **argv)
{
	Events		all = {0};
	long		customers = argc > 3 ? atol(argv[3]) : 0;
	uint64_t	seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
	long		per_customer = argc > 5 ? atol(argv[5]) : 0;
	bool		copy = argc > 1 && strcmp(argv[1], "copy") == 0;
	bool		by_time = argc > 2 && strcmp(argv[2], "time") == 0;

	if (argc < 4 || customers < 1 || customers > UINT32_MAX - 1 ||
		(!copy && strcmp(argv[1], "tsv") != 0) ||
		(!by_time && strcmp(argv[2], "customer") != 0))
	{
		fprintf(stderr, "usage: generate copy|tsv time|customer CUSTOMERS [SEED [EVENTS_PER_CUSTOMER]]\n");
		return 2;
	}
	prepare_names();
	for (long c = 1; c <= customers; c++)
		add_customer(&all, (uint32_t) c, seed, per_customer);
	if (by_time)
		sort_by_time(&all);
	write_all(&all, copy);
	return 0;
}
