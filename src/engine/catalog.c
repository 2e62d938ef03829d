/* catalog.c -- a sorted array of tables under one lock.
 *
 * Looked up once per request: a binary search under a mutex held for about 100 ns. Changed only
 * when a table is made, changed or deleted, so moving the array's end then costs nothing that
 * matters.
 *
 * G3  cap >= count + reserved: whoever reserved a place can publish without memory.
 */
#include "engine/catalog.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "os/mutex.h"

enum { CATALOG_FIRST_TABLES = 16 };

struct catalog {
    const struct mem *mem; /* constant after catalog_new */

    struct mutex lock;
    /* below: held under lock */
    const struct table **tables GUARDED_BY(lock); /* by name, ascending; each held once */
    uint32_t count GUARDED_BY(lock);
    uint32_t cap GUARDED_BY(lock);
    uint32_t reserved GUARDED_BY(lock); /* places promised by catalog_reserve */
};

status catalog_new(const struct mem *mem, struct catalog **out)
{
    struct catalog *catalog = mem_new(mem, sizeof *catalog);
    if (catalog == NULL) return ST_NO_MEMORY;
    catalog->mem = mem;
    mutex_init(&catalog->lock);
    *out = catalog;
    return ST_OK;
}

void catalog_free(struct catalog *catalog)
{
    if (catalog == NULL) return;
    for (uint32_t i = 0; i < catalog->count; i++) table_drop(catalog->tables[i]);
    const size_t unit = sizeof *catalog->tables;
    mem_free(catalog->mem, catalog->tables, catalog->cap * unit);
    mutex_deinit(&catalog->lock);
    mem_free(catalog->mem, catalog, sizeof *catalog);
}

void catalog_text(struct catalog_name name, char out[CATALOG_TEXT_BYTES])
{
    (void)snprintf(out, CATALOG_TEXT_BYTES, "%.*s%s%.*s", SPAN_ARG(name.space),
                   name.space.len > 0 ? "/" : "", SPAN_ARG(name.name));
}

static int compare(struct catalog_name a, struct catalog_name b)
{
    const int spaces = span_compare(a.space, b.space);
    return spaces != 0 ? spaces : span_compare(a.name, b.name);
}

/* The place of the first table whose name is not before `name`. */
static uint32_t lower_bound(const struct catalog *catalog, struct catalog_name name)
    REQUIRES(catalog->lock)
{
    uint32_t low = 0, high = catalog->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (compare(catalog_name_of(catalog->tables[middle]), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool stands_at(const struct catalog *catalog, uint32_t at, struct catalog_name name)
    REQUIRES(catalog->lock)
{
    return at < catalog->count && compare(catalog_name_of(catalog->tables[at]), name) == 0;
}

const struct table *catalog_find(struct catalog *catalog, struct catalog_name name)
{
    const struct table *table = NULL;
    mutex_lock(&catalog->lock);
    const uint32_t at = lower_bound(catalog, name);
    if (stands_at(catalog, at, name)) table = table_hold(catalog->tables[at]);
    mutex_unlock(&catalog->lock);
    return table;
}

static status grow(struct catalog *catalog) REQUIRES(catalog->lock)
{
    const uint32_t cap = catalog->cap == 0 ? CATALOG_FIRST_TABLES : catalog->cap * 2;
    const size_t unit = sizeof *catalog->tables;
    const struct table **tables =
        mem_resize(catalog->mem, catalog->tables, catalog->cap * unit, cap * unit);
    if (tables == NULL) return ST_NO_MEMORY;
    catalog->tables = tables;
    catalog->cap = cap;
    return ST_OK;
}

status catalog_reserve(struct catalog *catalog)
{
    status st = ST_OK;
    mutex_lock(&catalog->lock);
    if (catalog->count + catalog->reserved == catalog->cap) st = grow(catalog);
    if (st == ST_OK) catalog->reserved++;
    mutex_unlock(&catalog->lock);
    return st;
}

void catalog_unreserve(struct catalog *catalog)
{
    mutex_lock(&catalog->lock);
    assert(catalog->reserved > 0);
    catalog->reserved--;
    mutex_unlock(&catalog->lock);
}

static void insert_at(struct catalog *catalog, uint32_t at, const struct table *table)
    REQUIRES(catalog->lock)
{
    assert(catalog->reserved > 0);
    assert(catalog->count < catalog->cap);
    const size_t behind = catalog->count - at;
    memmove(&catalog->tables[at + 1], &catalog->tables[at], behind * sizeof *catalog->tables);
    catalog->tables[at] = table;
    catalog->count++;
    catalog->reserved--;
}

void catalog_publish(struct catalog *catalog, struct table *table)
{
    const struct table *older = NULL;
    mutex_lock(&catalog->lock);
    const uint32_t at = lower_bound(catalog, catalog_name_of(table));
    if (stands_at(catalog, at, catalog_name_of(table))) {
        older = catalog->tables[at];
        table_adopt(table, older); /* G4 */
        catalog->tables[at] = table;
    } else {
        insert_at(catalog, at, table);
    }
    mutex_unlock(&catalog->lock);
    table_drop(older);
}

void catalog_remove(struct catalog *catalog, struct catalog_name name)
{
    const struct table *gone = NULL;
    mutex_lock(&catalog->lock);
    const uint32_t at = lower_bound(catalog, name);
    if (stands_at(catalog, at, name)) {
        gone = catalog->tables[at];
        catalog->count--;
        const size_t behind = catalog->count - at;
        memmove(&catalog->tables[at], &catalog->tables[at + 1], behind * sizeof *catalog->tables);
    }
    mutex_unlock(&catalog->lock);
    table_drop(gone);
}

bool catalog_next(struct catalog *catalog, uint32_t *place, const struct table **out)
{
    mutex_lock(&catalog->lock);
    const bool found = *place < catalog->count;
    if (found) *out = table_hold(catalog->tables[(*place)++]);
    mutex_unlock(&catalog->lock);
    return found;
}

static bool is_of(const struct catalog *catalog, uint32_t at, struct span space)
    REQUIRES(catalog->lock)
{
    return at < catalog->count && span_eq(catalog->tables[at]->space, space);
}

const struct table *catalog_after(struct catalog *catalog, struct catalog_name before)
{
    const struct table *table = NULL;
    mutex_lock(&catalog->lock);
    uint32_t at = lower_bound(catalog, before);
    if (stands_at(catalog, at, before)) at++;
    if (at < catalog->count) table = table_hold(catalog->tables[at]);
    mutex_unlock(&catalog->lock);
    return table;
}

uint32_t catalog_list(struct catalog *catalog, struct catalog_name start, const struct table **out,
                      uint32_t limit)
{
    uint32_t held = 0;
    mutex_lock(&catalog->lock);
    uint32_t at = lower_bound(catalog, start);
    if (stands_at(catalog, at, start)) at++;
    for (; is_of(catalog, at, start.space) && held < limit; at++)
        out[held++] = table_hold(catalog->tables[at]);
    mutex_unlock(&catalog->lock);
    return held;
}
