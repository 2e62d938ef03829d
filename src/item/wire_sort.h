/* wire_sort.h -- put a map or set that was just written into canonical order, in place. */
#ifndef STATOR_ITEM_WIRE_SORT_H
#define STATOR_ITEM_WIRE_SORT_H

#include "base/buf.h"
#include "item/value.h"

/* The map at the end of `buf`, begun at `begun` (value_write_begin): its attributes are put in
 * ascending order of their names; of equal names the last stays. `scratch` is emptied and used. A
 * failure to grow sticks in `buf`. */
void wire_sort_map(struct buf *buf, size_t begun, struct buf *scratch);

/* As wire_sort_map for a set. False: an element is there twice, and nothing was moved. */
MUST_USE bool wire_sort_set(struct buf *buf, size_t begun, struct buf *scratch);

#endif
