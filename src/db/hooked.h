/* hooked.h -- the machine as a handle sees it: the application's hooks where it gave some.
 *
 * Two views of one machine. To a database in this process only the clock is the application's: its
 * own threads wait, and a wait that returns at once would let them spin. Calls that pause between
 * two attempts do so by the application's sleep; where that returns early, their clock is moved on.
 */
#ifndef STATOR_DB_HOOKED_H
#define STATOR_DB_HOOKED_H

#include <stdatomic.h>

#include "os/os.h"
#include "stator/stator.h"

struct hooked {
    struct os clock;   /* for the database */
    struct os pausing; /* for calls */
    stator_hooks hooks;
    atomic_ullong skipped_ns; /* of pauses that the application's sleep did not take */
};

/* `hooks` may be NULL. *hooked may not be moved afterwards. */
void hooked_init(struct hooked *hooked, const stator_hooks *hooks);

MUST_USE int64_t hooked_now_us(const struct hooked *hooked);
MUST_USE uint64_t hooked_random(const struct hooked *hooked);

#endif
