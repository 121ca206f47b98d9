/*
 * module.c
 *	  What the server reads when it loads the library.
 */
#include "pg/compat.h"

JOURNEY_MODULE_MAGIC;
