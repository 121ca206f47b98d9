/*
 * archetype.h
 *	  Values of type archetype_model as the binding sees them.
 */
#ifndef JOURNEY_ARCHETYPE_H
#define JOURNEY_ARCHETYPE_H

#include "pg/datum.h"
#include "core/cluster_model.h"

/* Opens a model datum; XX001 if it is damaged.  Valid as long as the bytes. */
extern void journey_open_model(Datum datum, JnyModelView *view);

/* A fresh datum of the bytes of a model, which begin behind VARHDRSZ. */
static inline Datum
journey_model_datum(uint8 *bytes, size_t len)
{
	SET_VARSIZE(bytes, len + VARHDRSZ);
	return PointerGetDatum(bytes);
}

/*
 * Local codes of a journey's path under a model, the head and the tail of a
 * very long one, into codes[JNY_CLUSTER_MAX_PATH].  map is scratch of 65,536.
 */
extern uint32 journey_model_codes(const JnyArchetypes *model,
								  const JnyView *view, uint16 *map,
								  uint8 *codes);

#endif							/* JOURNEY_ARCHETYPE_H */
