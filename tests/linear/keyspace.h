/* keyspace.h -- the model: what a few items are, one operation after the other.
 *
 * This is DynamoDB's meaning of the operations that histories consist of, for a database that does
 * one thing at a time: all conditions of an operation are judged on the state before it, and its
 * parts, each of another item, change that state together.
 */
#ifndef STATOR_TESTS_LINEAR_KEYSPACE_H
#define STATOR_TESTS_LINEAR_KEYSPACE_H

#include "linear/history.h"

struct keyspace {
    struct cell cells[HISTORY_KEYS_MAX];
};

/* Can `op` happen now, and be answered as it was? Then *state is what it leaves; else it is
 * untouched. An unknown operation happens only where it changes something: it can as well be
 * left out where it does not. */
bool keyspace_takes(struct keyspace *state, const struct history_op *op);

/* As keyspace_takes of a pure operation (history_is_pure), which changes nothing. */
bool keyspace_fits(const struct keyspace *state, const struct history_op *op);

/* Can the part `part` of `op` happen to its item alone, as it was answered? Then *cell is what it
 * leaves. Where this is impossible, so is the operation. */
bool keyspace_part_takes(struct cell *cell, const struct history_op *op,
                         const struct history_part *part);

/* Does the condition of `part` hold for the item? */
bool keyspace_holds(const struct history_part *part, const struct cell *cell);

/* What `part` leaves of an item, whatever its condition. */
struct cell keyspace_after(const struct history_part *part, const struct cell *cell);

/* What of it an answer of the kind `part->sees` shows. */
struct cell keyspace_shown(const struct history_part *part, const struct cell *before);

#endif
