/* legacy.h -- the parameters that expressions replaced: Expected, QueryFilter, ScanFilter,
 * KeyConditions, ConditionalOperator, AttributeUpdates, AttributesToGet.
 *
 * Each is read by its shape, and then becomes the bound expr that its expression would have been
 * (expr.h). All leave *out as it is when the parameter was not given or is empty, except where an
 * empty one is a mistake. What is wrong with values (F5) is told here too.
 *
 * ST_VALIDATION, ST_NO_MEMORY from each.
 */
#ifndef STATOR_API_LEGACY_H
#define STATOR_API_LEGACY_H

#include "api/op.h"

/* ConditionalOperator */
typedef enum legacy_joined {
    LEGACY_JOINED_UNSET,
    LEGACY_JOINED_OR,
    LEGACY_JOINED_AND,
} legacy_joined;
extern const struct field_choices legacy_joined_words;

/* An element of Expected; of KeyConditions, QueryFilter and ScanFilter; of AttributeUpdates. */
extern const struct field_shape legacy_expected_shape;
extern const struct field_shape legacy_condition_shape;
extern const struct field_shape legacy_update_shape;

/* Expected and its ConditionalOperator become a condition. */
MUST_USE status legacy_expected(struct call *call, const struct field_list *expected,
                                const struct field_enum *joined, const struct expr **out);

/* QueryFilter or ScanFilter becomes a filter. */
MUST_USE status legacy_filter(struct call *call, const struct field_list *filter,
                              const struct field_enum *joined, const struct expr **out);

/* KeyConditions become a key condition. */
MUST_USE status legacy_key_condition(struct call *call, const struct field_list *conditions,
                                     const struct expr **out);

/* AttributeUpdates become an update. */
MUST_USE status legacy_update(struct call *call, const struct field_list *updates,
                              const struct expr **out);

/* AttributesToGet becomes a projection. */
MUST_USE status legacy_projection(struct call *call, const struct field_list *names,
                                  const struct expr **out);

#endif
