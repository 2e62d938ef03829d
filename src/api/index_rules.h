/* index_rules.h -- secondary indexes of a request: what each must be, and what becomes of it.
 *
 * CreateTable, in the service's order:
 *
 *     index_rules_lists    neither list empty, local ones only beside a sort key
 *     index_rules_keys     key schemas: defined, well made
 *     (key_rules_all_used)
 *     index_rules_rest     projections, capacity, names, numbers
 *     index_rules_fill     both lists -> struct table_index
 *
 * UpdateTable makes one global index: index_rules_one.
 */
#ifndef STATOR_API_INDEX_RULES_H
#define STATOR_API_INDEX_RULES_H

#include "api/key_rules.h"

struct index_rules {
    struct key_rules *keys;
    const struct field_list *table_key; /* struct table_fields_key */
    const struct field_list *local;     /* struct table_fields_index */
    const struct field_list *global;    /* likewise */
    table_billing billing;
};

/* ST_VALIDATION. */
MUST_USE status index_rules_lists(const struct index_rules *rules, struct error *err);
MUST_USE status index_rules_keys(const struct index_rules *rules, struct error *err);
MUST_USE status index_rules_rest(const struct index_rules *rules, struct error *err);

/* All indexes of rules that have passed, local ones first, in `arena`. ST_NO_MEMORY. */
MUST_USE status index_rules_fill(const struct index_rules *rules, struct arena *arena,
                                 struct table_spec *spec);

/* A global index that UpdateTable makes: its key against `keys`, its projection; then *out, in
 * `arena`. Capacity depends on the table and is the caller's to judge. ST_VALIDATION,
 * ST_NO_MEMORY. */
MUST_USE status index_rules_one(struct key_rules *keys, const struct table_fields_index *index,
                                struct arena *arena, struct table_index *out, struct error *err);

/* Are the maxima of `index` within bounds? Where `clearing` is allowed, -1 passes. ST_VALIDATION.
 */
MUST_USE status index_rules_on_demand(const struct table_fields_index *index, bool clearing,
                                      struct error *err);

/* Is the warm throughput of a new `index` enough? ST_VALIDATION. */
MUST_USE status index_rules_warm(const struct table_fields_index *index, table_billing billing,
                                 struct error *err);

#endif
