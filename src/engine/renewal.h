/* renewal.h -- what the engine keeps in memory of the store, made anew when the store has failed
 * and opened its data again (store_watch of store.h).
 *
 *     renewal_begin … renewal_end
 *
 * NW1  A write that was answered with an error may be there afterwards or not. So nothing that its
 *      function or its done did to memory, or did not do, is believed: tables are read again.
 * NW2  It happens while nobody reads and no write function runs, so no request sees a half of it.
 */
#ifndef STATOR_ENGINE_RENEWAL_H
#define STATOR_ENGINE_RENEWAL_H

#include "engine/engine_own.h"

/* From now on; the last part of an engine to begin. */
void renewal_begin(struct engine *engine);

/* None is under way when this returns, and none comes any more. May be called again. */
void renewal_end(struct engine *engine);

#endif
