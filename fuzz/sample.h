/* sample.h -- what several fuzzers try their finds on: one item of every type, and values made from
 * JSON.
 */
#ifndef STATOR_FUZZ_SAMPLE_H
#define STATOR_FUZZ_SAMPLE_H

#include "base/arena.h"
#include "item/value.h"

/* `text`, an object of attribute values which is as it should be, as a map in `arena`. */
MUST_USE struct value sample_map(struct arena *arena, const char *text);

/* The item, in `arena`. Its keys are pk and sk, strings; b is a number. */
MUST_USE struct value sample_item(struct arena *arena);

/* Abort unless `map` makes a valid stored item. */
void sample_check_item(struct arena *arena, struct value map);

#endif
