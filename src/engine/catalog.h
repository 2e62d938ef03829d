/* catalog.h -- the tables by space and name, as every thread sees them now.
 *
 * Holds one reference to each table and hands out further ones. The stored catalog is the truth;
 * this is what was last known to be durable of it.
 *
 * G1  A name stands at most once in its space; spaces are in ascending order, and in each of them
 *     its names.
 * G2  Only the done of a durable change writes (catalog_publish, catalog_remove), so nobody sees a
 *     table that a crash could take back.
 * G4  All versions shown of one table share the live parts of an index, so that it is counted once.
 *     (A version is made from the stored description, maybe before the one with the index is shown;
 *     it then has a part of its own for it.)
 *
 * Threads: all functions may be called by any thread.
 */
#ifndef STATOR_ENGINE_CATALOG_H
#define STATOR_ENGINE_CATALOG_H

#include "table/table.h"

struct catalog;

MUST_USE status catalog_new(const struct mem *mem, struct catalog **out);
void catalog_free(struct catalog *catalog);

/* What a table is found by. */
struct catalog_name {
    struct span space;
    struct span name;
};

/* The spans are the table's. */
MUST_USE static inline struct catalog_name catalog_name_of(const struct table *table)
{
    return (struct catalog_name){table->space, table->spec.name};
}

/* "music", "123456789012/eu-west-1/music": the name behind its space, for people. */
enum { CATALOG_TEXT_BYTES = LIMIT_SPACE_BYTES + 1 + LIMIT_TABLE_NAME_BYTES + 1 };
void catalog_text(struct catalog_name name, char out[CATALOG_TEXT_BYTES]);

/* The table called `name`, held for the caller, or NULL. */
MUST_USE const struct table *catalog_find(struct catalog *catalog, struct catalog_name name);

/* Promise a place for one new table, so that publishing it takes no memory; catalog_publish of a
 * new name uses the promise up, catalog_unreserve gives it back. ST_NO_MEMORY. */
MUST_USE status catalog_reserve(struct catalog *catalog);
void catalog_unreserve(struct catalog *catalog);

/* Show `table` under its name, in place of an older version, whose live parts it takes over (G4),
 * as it does the caller's reference. A name that was not there needs a catalog_reserve before. */
void catalog_publish(struct catalog *catalog, struct table *table);

void catalog_remove(struct catalog *catalog, struct catalog_name name);

/* The table at `*place` of all spaces, held, and *place moved on; 0 before the first call.
 * False: there are no more. Tables that come or go between two calls may be met twice or not at
 * all. */
MUST_USE bool catalog_next(struct catalog *catalog, uint32_t *place, const struct table **out);

/* The table that comes after `before`, of all spaces in their order, held, or NULL. The empty name
 * of the empty space comes before all. A walk by it meets every table that is there throughout. */
MUST_USE const struct table *catalog_after(struct catalog *catalog, struct catalog_name before);

/* Hold up to `limit` tables of the space of `start` whose names come after its name (empty: from
 * the first) into `out`. */
MUST_USE uint32_t catalog_list(struct catalog *catalog, struct catalog_name start,
                               const struct table **out, uint32_t limit);

#endif
