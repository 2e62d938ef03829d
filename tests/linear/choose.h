/* choose.h -- what a recorded client asks next.
 *
 * The mix is of what applications do with hot items: puts of what must not be there, updates from
 * the version that was seen last, counters, deletions, transactions over several items, and all
 * kinds of reads. Values are unique, so that a read tells whose write it saw; versions and counters
 * are not. Most writes ask for the item before or after them.
 */
#ifndef STATOR_TESTS_LINEAR_CHOOSE_H
#define STATOR_TESTS_LINEAR_CHOOSE_H

#include "linear/send.h"
#include "support/support.h"

struct choose {
    struct support_random random;
    uint16_t client;
    unsigned families, family_keys;
    bool is_embedded; /* states can be held */
    bool is_crowded;  /* so many clients that every answer has to show something, and nobody writes
                         batches: else there are too many orders to be tried */
    bool is_quiet;    /* answers show little: harder for the checker, nearer to applications */
    int32_t made;     /* values so far */
    struct cell known[HISTORY_KEYS_MAX]; /* as seen last */
};

struct send_request choose_next(struct choose *choose);

/* Take note of what an operation showed. */
void choose_learn(struct choose *choose, const struct history_op *op);

#endif
