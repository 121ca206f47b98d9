/*
 * compat.h
 *	  Every difference between the server versions we build for: 15 to 19.
 *
 * No other file mentions PG_VERSION_NUM.
 */
#ifndef JOURNEY_COMPAT_H
#define JOURNEY_COMPAT_H

#include "postgres.h"
#include "fmgr.h"

#if PG_VERSION_NUM < 150000
#error "journey needs PostgreSQL 15 or later"
#endif

/*
 * We build with -fvisibility=hidden.  Before 16 PGDLLEXPORT is empty outside
 * Windows, and PG_FUNCTION_INFO_V1 declares the function itself without it;
 * so entry points are declared visible first.
 */
#if PG_VERSION_NUM < 160000
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

#define JOURNEY_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

/* The varlena macros have a header of their own since 16. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Soft errors came with 16; before, input functions always throw. */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#else
#define errsave(context, ...) ereport(ERROR, __VA_ARGS__)
#endif

/* The node that carries soft errors, where there is one. */
#if PG_VERSION_NUM >= 160000
#define JOURNEY_ESCONTEXT(fcinfo) ((Node *) (fcinfo)->context)
#else
#define JOURNEY_ESCONTEXT(fcinfo) ((struct Node *) NULL)
#endif

/* Since 18 "no return" is a prefix of its own name; here it stands behind. */
#if PG_VERSION_NUM >= 180000
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

/* 18 lets a module tell its name and version. */
#if PG_VERSION_NUM >= 180000
#define JOURNEY_MODULE_MAGIC \
	PG_MODULE_MAGIC_EXT(.name = "journey", .version = JOURNEY_EXTENSION_VERSION)
#else
#define JOURNEY_MODULE_MAGIC PG_MODULE_MAGIC
#endif

#endif							/* JOURNEY_COMPAT_H */
