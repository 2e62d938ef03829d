/* table_keys.h -- the names of tables' key attributes, for conditions that say "no such item".
 *
 * An item that is put names its attributes, but not which of them are its key; attribute_not_exists
 * needs one that is. The table is described once for a handle, and its names are kept until the
 * handle makes or deletes a table.
 */
#ifndef STATOR_DB_TABLE_KEYS_H
#define STATOR_DB_TABLE_KEYS_H

#include "base/error.h"
#include "stator/stator.h"

struct key_cache;
struct turn;

MUST_USE status table_keys_new(struct key_cache **out, struct error *err);
void table_keys_free(struct key_cache *cache); /* NULL is allowed */

/* The names of a table's key attributes; `sort` is empty where there is none. */
struct table_keys {
    struct span partition;
    struct span sort;
};

/* Those of `table`, in the turn's scratch. ST_NOT_FOUND, and what a call has. */
MUST_USE status table_keys_find(stator *db, struct turn *turn, const char *table,
                                struct table_keys *out);

/* Forget all. */
void table_keys_forget(stator *db);

#endif
