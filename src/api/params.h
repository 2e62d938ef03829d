/* params.h -- what the parameters of item operations share: expressions with their names and
 * values, the old parameters they replaced, ReturnValues, ReturnConsumedCapacity, Select.
 *
 * Order of an operation's own rules, as DynamoDB's:
 *
 *     params_check       old and new parameters mixed; names or values without an expression
 *     params_late        values that are JSON but not valid (F5)
 *     …                  rules of the operation; old parameters (legacy.h)
 *     params_bind        names and values well formed; expressions compiled; all names and values
 *                        used
 */
#ifndef STATOR_API_PARAMS_H
#define STATOR_API_PARAMS_H

#include "api/op.h"

/* ---- fields that several operations have */

/* Words of ReturnValues: value - 1 is the engine_return (see params_returns). */
extern const struct field_choices params_returns_words;
extern const struct field_choices params_returns_alone_words; /* of UpdateItem */
MUST_USE engine_return params_returns(const struct field_enum *word);

/* ReturnValuesOnConditionCheckFailure */
typedef enum params_old {
    PARAMS_OLD_UNSET,
    PARAMS_OLD_ALL,
    PARAMS_OLD_NONE,
} params_old;
extern const struct field_choices params_old_words;

/* ReturnConsumedCapacity */
typedef enum params_capacity {
    PARAMS_CAPACITY_UNSET,
    PARAMS_CAPACITY_INDEXES,
    PARAMS_CAPACITY_TOTAL,
    PARAMS_CAPACITY_NONE,
} params_capacity;
extern const struct field_choices params_capacity_words;

/* ReturnItemCollectionMetrics */
typedef enum params_metrics {
    PARAMS_METRICS_UNSET,
    PARAMS_METRICS_SIZE,
    PARAMS_METRICS_NONE,
} params_metrics;
extern const struct field_choices params_metrics_words;

/* ---- expressions */

/* One expression of the request; `text.ptr` is NULL when not given, and *bound then stays NULL. */
struct params_expr {
    const char *name; /* "FilterExpression" */
    expr_kind kind;
    struct span text;
    const struct expr **bound;
};

/* One old parameter (legacy.h). */
struct params_legacy {
    const char *name;
    bool given;
};

/* All of a request that has to do with expressions. Lists are in the order messages have them. */
struct params {
    const struct params_expr *exprs;
    size_t expr_count;
    const struct params_legacy *legacy;
    size_t legacy_count;
    const struct field_list *names;  /* ExpressionAttributeNames */
    const struct field_item *values; /* ExpressionAttributeValues; NULL: it has no such parameter */
    const struct field_enum *joined; /* ConditionalOperator; NULL: it has no such parameter */
    const struct field_list *conditions; /* what it joins: Expected or a filter */
};

/* Old and new parameters may not be mixed; names and values need an expression, ConditionalOperator
 * two conditions. ST_VALIDATION. */
MUST_USE status params_check(struct call *call, const struct params *params);

/* Element `index` of RequestItems, whose elements take `size` bytes each and begin with their name:
 * is no element before it of the same table? ST_VALIDATION. */
MUST_USE status params_check_table_once(struct call *call, const struct field_list *tables,
                                        uint32_t index, size_t size);

/* What was noted about a value while it was read. ST_VALIDATION. */
MUST_USE status params_late(struct call *call, const struct field_item *item);

/* As params_late, in the words for ExclusiveStartKey. */
MUST_USE status params_late_start(struct call *call, const struct field_item *item);

/* Compile and bind all expressions; every name and value must be used. The code is pinned until
 * the reply is written. ST_VALIDATION, ST_NO_MEMORY. */
MUST_USE status params_bind(struct call *call, const struct params *params);

/* ---- replies */

/* "ConsumedCapacity" as `asked` for; nothing when it was not. */
struct params_consumed {
    params_capacity asked;
    struct span table_name;
    uint32_t half_units; /* of the table itself */
    const struct engine_index_cost *indexes;
    uint32_t index_count;
};
void params_reply_capacity(struct call *call, const struct params_consumed *consumed);

#endif
