/* alter.h -- applying a change to a table's description that is not published yet. */
#ifndef STATOR_ENGINE_ALTER_H
#define STATOR_ENGINE_ALTER_H

#include "engine/engine.h"

/* Apply what `change` says of the table itself. ST_VALIDATION. */
MUST_USE status alter_settings(struct table *next, const struct engine_table_change *change,
                               uint64_t now_ms, struct error *err);

/* Apply new throughput of existing indexes. ST_NOT_FOUND: there is no such index. */
MUST_USE status alter_indexes(struct table *next, const struct engine_table_change *change,
                              uint64_t now_ms, struct error *err);

/* May `table` get `index`? ST_VALIDATION, ST_LIMIT_EXCEEDED. */
MUST_USE status alter_check_new_index(const struct table *table, const struct table_index *index,
                                      struct error *err);

/* May `table` lose the index called `name`? ST_NOT_FOUND. */
MUST_USE status alter_check_dropped_index(const struct table *table, struct span name,
                                          struct error *err);

/* Does `change` raise warm throughput, and thus nothing else? It is under way beside the table's
 * life: the reply shows the table ACTIVE. */
MUST_USE bool alter_only_warms(const struct engine_table_change *change);

/* Let `reply`, a version after `change`, show the warm throughput that rises as it was before. */
void alter_show_warmth(struct table *reply, const struct table *before,
                       const struct engine_table_change *change);

/* Does `change` change tags, and thus nothing else? */
MUST_USE bool alter_is_of_tags(const struct engine_table_change *change);

/* A copy of `before` with its tags changed: keys stay in ascending order. ST_VALIDATION: there
 * would be more than LIMIT_TAGS; ST_NO_MEMORY. */
MUST_USE status alter_tags(const struct mem *mem, const struct table *before,
                           const struct engine_table_change *change, struct table **out,
                           struct error *err);

/* Does `change` make or end a partition schema, and thus nothing else? */
MUST_USE bool alter_is_of_schemas(const struct engine_table_change *change);

/* A copy of `before` with a partition schema more or less. ST_VALIDATION: what table_schema.h's
 * checks say; ST_NO_MEMORY. */
MUST_USE status alter_schemas(const struct mem *mem, const struct table *before,
                              const struct engine_table_change *change, struct table **out,
                              struct error *err);

/* Does `change` make or end a vector index, and thus nothing else? */
MUST_USE bool alter_is_of_vectors(const struct engine_table_change *change);

/* May `table` get change->new_vectors, or lose change->dropped_vectors? ST_VALIDATION. */
MUST_USE status alter_check_vectors(const struct table *table,
                                    const struct engine_table_change *change, struct error *err);

/* A copy of `before` with time to live switched on or off, its entries aside. ST_VALIDATION: it is
 * so already, or on with another attribute; ST_NO_MEMORY. */
MUST_USE status alter_ttl(const struct mem *mem, const struct table *before,
                          const struct engine_table_change *change, struct table **out,
                          struct error *err);

#endif
