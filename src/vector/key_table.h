/* key_table.h -- which slot the vector of a key stands in.
 *
 * Open addressing over the 128-bit hash of the key, which stands for the key: it is keyed with the
 * database's secret, so that nobody can make two keys meet.
 */
#ifndef STATOR_VECTOR_KEY_TABLE_H
#define STATOR_VECTOR_KEY_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/span.h"
#include "base/status.h"

struct key_table_place; /* private to key_table.c */

struct key_table {
    const struct mem *mem;
    const struct hash *hash;
    struct key_table_place *places;
    size_t cap; /* a power of two, or 0 */
    size_t count;
};

void key_table_init(struct key_table *table, const struct mem *mem, const struct hash *hash);
void key_table_deinit(struct key_table *table);

/* Make sure that key_table_set of one more key cannot fail. ST_NO_MEMORY. */
MUST_USE status key_table_reserve(struct key_table *table);

/* Let `key` stand in `slot`, whether it stood in another or in none. */
void key_table_set(struct key_table *table, struct span key, uint32_t slot);

/* False: it stands in none. */
MUST_USE bool key_table_find(const struct key_table *table, struct span key, uint32_t *slot);

void key_table_remove(struct key_table *table, struct span key);

/* Bytes of memory. */
MUST_USE size_t key_table_bytes(const struct key_table *table);

#endif
