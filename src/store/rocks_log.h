/* rocks_log.h -- what opening and closing (rocks.c) ask of writing (rocks_log.c).
 *
 * rocks.h has what the rest of the room may call. Private to the room.
 */
#ifndef STATOR_STORE_ROCKS_LOG_H
#define STATOR_STORE_ROCKS_LOG_H

#include "store/rocks.h"

/* The last that is done before `rocks` is closed. With `sync`, what was written is put on disk. */
void rocks_log_end(struct rocks *rocks, bool sync);

#endif
