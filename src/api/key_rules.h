/* key_rules.h -- attribute definitions and the key schemas that use them.
 *
 *     key_rules_begin      AttributeDefinitions, none of them twice
 *     key_rules_use        a key schema, every attribute of it defined
 *     key_rules_pair       … made of HASH and perhaps RANGE: of a table, of a local index
 *     key_rules_parts      … made of up to four of each: of a global index
 *     key_rules_all_used   every definition was used by one of the schemas
 *     key_rules_fill       a key schema -> struct table_key
 *
 * Memory: a struct key_rules points into the request and lives in the request's arena.
 */
#ifndef STATOR_API_KEY_RULES_H
#define STATOR_API_KEY_RULES_H

#include "api/table_fields.h"

struct key_rules_definition;

struct key_rules {
    struct field_list listed;            /* as in the request */
    struct key_rules_definition *sorted; /* by name */
};

/* ST_VALIDATION: an attribute is defined twice, or its name is too long for a key. ST_NO_MEMORY. */
MUST_USE status key_rules_begin(struct key_rules *rules, struct arena *arena,
                                const struct field_list *definitions, struct error *err);

/* Is every attribute of `key` defined? ST_VALIDATION. */
MUST_USE status key_rules_use(struct key_rules *rules, const struct field_list *key,
                              struct error *err);

/* HASH, or HASH and RANGE, of different names. `key` has one or two elements. ST_VALIDATION. */
MUST_USE status key_rules_pair(const struct field_list *key, struct error *err);

/* One to four HASH, then none to four RANGE, of different names. ST_VALIDATION. */
MUST_USE status key_rules_parts(const struct field_list *key, struct error *err);

/* Was every definition used? The sentence for a table that `has_indexes` lists them. ST_VALIDATION.
 */
MUST_USE status key_rules_all_used(const struct key_rules *rules, bool has_indexes,
                                   struct error *err);

/* `key` has passed key_rules_use, and key_rules_pair or key_rules_parts. */
void key_rules_fill(const struct key_rules *rules, const struct field_list *key,
                    struct table_key *out);

#endif
