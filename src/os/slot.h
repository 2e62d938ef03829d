/* slot.h -- one thing that each thread keeps for itself, and gives back when it ends.
 *
 * For a library whose callers expect "the last error of this thread". The thing embeds a struct
 * slot as its first member. There is one slot in a process; whoever needs it is room db.
 *
 * This file holds the only variable of Stator that is written while threads run: the key under
 * which the C library keeps a thread's slot. (The other is the process's heap, base/mem.c.)
 */
#ifndef STATOR_OS_SLOT_H
#define STATOR_OS_SLOT_H

#include "base/status.h"

struct slot {
    /* Called on the thread that ends, when nothing of Stator runs on it any more. */
    void (*end)(struct slot *slot);
};

/* What this thread keeps, or NULL. */
MUST_USE struct slot *slot_get(void);

/* Keep `slot`, or with NULL nothing any more; what was kept before is the caller's again.
 * ST_NO_MEMORY: the system has no room for it. */
MUST_USE status slot_set(struct slot *slot);

#endif
