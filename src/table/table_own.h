/* table_own.h -- what table_form.c needs of table.c; private to this room. */
#ifndef STATOR_TABLE_TABLE_OWN_H
#define STATOR_TABLE_TABLE_OWN_H

#include "table/table.h"

/* An empty table, to be filled with spans that point elsewhere and then settled. ST_NO_MEMORY. */
MUST_USE status table_own_new(const struct mem *mem, struct table **out);

/* Copy what `table` points at, and let it share the live parts of `older` (NULL: have its own).
 * Consumes `table` when it fails. ST_NO_MEMORY. */
MUST_USE status table_own_settle(struct table *table, const struct table *older,
                                 struct table **out);

/* Undo table_own_new. */
void table_own_discard(struct table *table);

#endif
