/*
 * tap.h
 *	  TAP output for C tests, so that prove reads them.
 *
 *	  int main(void) { ok(1 + 1 == 2, "sums of %d", 2); return done_testing(); }
 *
 * The plan follows at the end, so no one counts tests by hand.  A property
 * test checks thousands of cases and reports one line: JNY_CASE notes a failed
 * case and where, the "ok" behind the loop asks jny_cases_ok().
 */
#ifndef JOURNEY_TAP_H
#define JOURNEY_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static int	tap_count;
static int	tap_failed;
static int	tap_case_failures;

/* One test line; returns the condition. */
static inline int __attribute__((format(printf, 2, 3)))
ok(int condition, const char *format,...)
{
	va_list		args;

	printf("%sok %d - ", condition ? "" : "not ", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	if (!condition)
		tap_failed++;
	return condition;
}

/* A remark that prove shows. */
static inline void __attribute__((format(printf, 1, 2)))
diag(const char *format,...)
{
	va_list		args;

	fflush(stdout);
	fprintf(stderr, "# ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
}

/* Notes a failed case of a property test; only the first few are shown. */
#define JNY_CASE(condition, ...) \
	do { \
		if (!(condition) && tap_case_failures++ < 5) \
		{ \
			diag("%s:%d: %s", __FILE__, __LINE__, #condition); \
			diag(__VA_ARGS__); \
		} \
	} while (0)

/* Whether all cases since the last call held. */
static inline int
jny_cases_ok(void)
{
	int			failures = tap_case_failures;

	tap_case_failures = 0;
	if (failures > 5)
		diag("... %d failed cases in all", failures);
	return failures == 0;
}

/* Prints the plan; the exit status for main. */
static inline int
done_testing(void)
{
	printf("1..%d\n", tap_count);
	if (tap_failed)
		diag("%d of %d tests failed", tap_failed, tap_count);
	return tap_failed ? 1 : 0;
}

#endif							/* JOURNEY_TAP_H */
