/*
 * contrast.h
 *	  What the aggregates that compare an outcome with and without something
 *	  have in common.
 */
#ifndef JOURNEY_PG_CONTRAST_H
#define JOURNEY_PG_CONTRAST_H

#include "pg/counts.h"
#include "core/contrast.h"

/* The 17 columns from customers_with to extra_high, from column "at" on. */
extern void journey_contrast_columns(const JnyContrast *is, Datum *values,
									 bool *nulls, int at);

#endif							/* JOURNEY_PG_CONTRAST_H */
