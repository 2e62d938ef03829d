/* table_schema.h -- partition schemas: what items are whose partition keys begin alike.
 *
 * The prefix of a partition key, a string, is what stands before its first '#', and all of it where
 * there is none: of "USER#7" it is "USER". A table has at most one schema for a prefix. It
 * describes the items: attributes with names and types, some of them required. One that validates
 * lets no item be written that is otherwise; attributes that it does not name are free. What was
 * written before it stays as it is.
 *
 * An index with a scope (struct table_index) holds those items alone whose prefix that is. There is
 * a schema of this prefix as long as there is the index:
 *
 * S1  Every scope of an index is the prefix of a schema of its table.
 *
 * Memory: what is made lies in the arena given. Threads: as table.h's.
 */
#ifndef STATOR_TABLE_TABLE_SCHEMA_H
#define STATOR_TABLE_TABLE_SCHEMA_H

#include "table/table.h"

/* The schema with this prefix, or NULL. */
MUST_USE const struct table_schema *table_schema_find(const struct table *table,
                                                      struct span prefix);

/* The schema that `map`, an item of `table` or its key, is of, or NULL. */
MUST_USE const struct table_schema *table_schema_of(const struct table *table, struct value map);

/* Does the partition key in `map` have this prefix? With an empty one always. */
MUST_USE bool table_schema_covers(const struct table *table, struct span prefix, struct value map);

/* What keeps an item from fitting its schema: a sentence for each attribute. */
struct table_schema_faults {
    struct span *texts; /* each ends with a NUL */
    uint32_t count;
};

/* Hold the item `map` against `schema`, whether that validates or not. ST_NO_MEMORY. */
MUST_USE status table_schema_judge(const struct table_schema *schema, struct value map,
                                   struct arena *arena, struct table_schema_faults *out);

/* May `table` get `schema`? ST_VALIDATION: its partition key is no string, there is a schema of
 * this prefix, there are too many, or the schema is none: it has an empty or too long name or one
 * that is no UTF-8, a prefix with a '#', an attribute twice. */
MUST_USE status table_schema_check_new(const struct table *table, const struct table_schema *schema,
                                       struct error *err);

/* May `table` lose the schema with this prefix? ST_VALIDATION: there is none, or an index is of it.
 */
MUST_USE status table_schema_check_dropped(const struct table *table, struct span prefix,
                                           struct error *err);

/* Say that `table` has no schema with this prefix. ST_VALIDATION. */
MUST_USE status table_schema_fail_missing(struct span prefix, struct error *err);

/* A copy of `table` with `schema`, or without that of `prefix`. ST_NO_MEMORY. */
MUST_USE status table_schema_add(const struct mem *mem, const struct table *table,
                                 const struct table_schema *schema, struct table **out);
MUST_USE status table_schema_remove(const struct mem *mem, const struct table *table,
                                    struct span prefix, struct table **out);

#endif
