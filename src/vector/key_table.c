/* key_table.c -- see key_table.h. At most half of the places are taken. Removing moves what stands
 * behind forward, so there are no marks of what was.
 */
#include "vector/key_table.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"

enum { CAP_MIN = 64 };

struct key_table_place {
    uint8_t name[HASH_BYTES];
    uint32_t slot;
    bool taken;
};

void key_table_init(struct key_table *table, const struct mem *mem, const struct hash *hash)
{
    *table = (struct key_table){.mem = mem, .hash = hash};
}

size_t key_table_bytes(const struct key_table *table)
{
    return table->cap * sizeof *table->places;
}

void key_table_deinit(struct key_table *table)
{
    if (table->places != NULL) mem_free(table->mem, table->places, key_table_bytes(table));
    table->places = NULL;
    table->cap = table->count = 0;
}

static size_t home_of(const struct key_table *table, const uint8_t name[HASH_BYTES])
{
    return (size_t)bytes_load_u64(name) & (table->cap - 1);
}

/* Where `name` stands, or the free place where it would. */
static struct key_table_place *place_of(const struct key_table *table,
                                        const uint8_t name[HASH_BYTES])
{
    size_t at = home_of(table, name);
    while (table->places[at].taken && memcmp(table->places[at].name, name, HASH_BYTES) != 0)
        at = (at + 1) & (table->cap - 1);
    return &table->places[at];
}

static void move_all(struct key_table *to, const struct key_table *from)
{
    for (size_t i = 0; i < from->cap; i++)
        if (from->places[i].taken) *place_of(to, from->places[i].name) = from->places[i];
}

status key_table_reserve(struct key_table *table)
{
    struct key_table wider = *table;
    if (2 * (table->count + 1) <= table->cap) return ST_OK;
    wider.cap = table->cap == 0 ? CAP_MIN : 2 * table->cap;
    wider.places = mem_new_array(table->mem, wider.cap, sizeof *wider.places);
    if (wider.places == NULL) return ST_NO_MEMORY;
    move_all(&wider, table);
    key_table_deinit(table);
    *table = wider;
    return ST_OK;
}

void key_table_set(struct key_table *table, struct span key, uint32_t slot)
{
    uint8_t name[HASH_BYTES];
    hash_128(table->hash, key, name);
    struct key_table_place *place = place_of(table, name);
    if (!place->taken) table->count++;
    assert(table->count < table->cap);
    memcpy(place->name, name, HASH_BYTES);
    place->slot = slot;
    place->taken = true;
}

bool key_table_find(const struct key_table *table, struct span key, uint32_t *slot)
{
    uint8_t name[HASH_BYTES];
    if (table->cap == 0) return false;
    hash_128(table->hash, key, name);
    const struct key_table_place *place = place_of(table, name);
    if (place->taken) *slot = place->slot;
    return place->taken;
}

/* Fill the hole at `hole` with the next that may stand there, and so on, until none follows. */
static void close_hole(struct key_table *table, size_t hole)
{
    const size_t mask = table->cap - 1;
    for (size_t at = (hole + 1) & mask; table->places[at].taken; at = (at + 1) & mask) {
        const size_t home = home_of(table, table->places[at].name);
        if (((at - home) & mask) < ((at - hole) & mask)) continue; /* it would stand before it */
        table->places[hole] = table->places[at];
        hole = at;
    }
    table->places[hole].taken = false;
}

void key_table_remove(struct key_table *table, struct span key)
{
    uint8_t name[HASH_BYTES];
    if (table->cap == 0) return;
    hash_128(table->hash, key, name);
    const struct key_table_place *place = place_of(table, name);
    if (!place->taken) return;
    close_hole(table, (size_t)(place - table->places));
    table->count--;
}
