/* index_updates.h -- GlobalSecondaryIndexUpdates of UpdateTable: what it asks, judged against the
 * request alone and then against the table as it stands.
 */
#ifndef STATOR_API_INDEX_UPDATES_H
#define STATOR_API_INDEX_UPDATES_H

#include "api/index_rules.h"
#include "api/op.h"

struct index_updates {
    const struct field_list *list;        /* struct table_fields_index_update */
    const struct field_list *definitions; /* struct table_fields_definition */
};

/* One action in each element, one element for each index. ST_VALIDATION. */
MUST_USE status index_updates_shape(const struct index_updates *updates, struct error *err);

/* Does it make an index? Does it make or end one? Does it raise warm throughput, and nothing else?
 */
MUST_USE bool index_updates_make(const struct index_updates *updates);
MUST_USE bool index_updates_make_or_end(const struct index_updates *updates);
MUST_USE bool index_updates_only_warm(const struct index_updates *updates);

/* Is no WarmThroughput of an Update without members? Told before all else. ST_VALIDATION. */
MUST_USE status index_updates_warm(const struct index_updates *updates, struct error *err);

/* Judge the updates against `table`, and put them into *change, whose billing is set. The engine
 * looks again at what another request may have changed meanwhile. ST_VALIDATION, ST_NOT_FOUND,
 * ST_LIMIT_EXCEEDED, ST_NO_MEMORY. */
MUST_USE status index_updates_settle(struct call *call, const struct index_updates *updates,
                                     const struct table *table, struct engine_table_change *change);

#endif
