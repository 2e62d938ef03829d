/* recent.h -- values read lately, by their whole keys.
 *
 *     recent_new -> { recent_find … recent_drop | recent_add | recent_forget | recent_replace } …
 *         -> recent_free
 *
 * Finding a value in RocksDB takes several searches (unwritten tables, a filter, an index, a block)
 * even when all of it is in memory; here it takes one. What is kept is bounded, and what was not
 * asked for lately goes first.
 *
 * States of the store are numbered, growing (snapshot.h). A value is kept with the number of the
 * state it was read from, and found by readers of that state and later ones; whoever changes a key
 * says so, with recent_forget or recent_replace, before the change can be seen.
 *
 * Threads: recent_find, recent_add, recent_drop and recent_held_bytes by any; recent_forget and
 * its like, and recent_replace, by one at a time, in the order of the states.
 */
#ifndef STATOR_STORE_RECENT_H
#define STATOR_STORE_RECENT_H

#include "base/mem.h"
#include "base/span.h"
#include "base/status.h"

struct recent;
struct recent_value; /* one value, held until recent_drop */

/* Keep up to `bytes_max` bytes of keys and values. ST_NO_MEMORY. */
MUST_USE status recent_new(const struct mem *mem, size_t bytes_max, struct recent **out);

/* No value may be held. NULL is allowed. */
void recent_free(struct recent *recent);

/* The value that `key` has in the state of number `state`, or NULL when it is not kept. */
MUST_USE struct recent_value *recent_find(struct recent *recent, uint64_t state, struct span key);
MUST_USE struct span recent_bytes(const struct recent_value *value);
void recent_drop(struct recent *recent, struct recent_value *value);

/* Keep a copy: `key` was read as `value` from the state of number `state`. It may be left out, for
 * want of room or memory, or because the key has changed since. */
void recent_add(struct recent *recent, uint64_t state, struct span key, struct span value);

/* Bytes of what is kept now. */
MUST_USE size_t recent_held_bytes(struct recent *recent);

/* `key`, or any key, or one from `low` on and before `high`, will change in the state of number
 * `state`, which nobody has seen yet. */
void recent_forget(struct recent *recent, uint64_t state, struct span key);
void recent_forget_all(struct recent *recent, uint64_t state);
void recent_forget_range(struct recent *recent, uint64_t state, struct span low, struct span high);

/* `key` will change in that state, and it will be `value`, which is kept instead where one was
 * kept. */
void recent_replace(struct recent *recent, uint64_t state, struct span key, struct span value);

#endif
