/* transact_write_items.c -- TransactWriteItems: up to 100 writes and checks, all or none.
 *
 * An action is a Put, Update, Delete or ConditionCheck with its own expressions. What can be seen
 * in the request alone fails the whole with ValidationException: expressions, a Put that is too
 * large, 4 MB in all, an item named twice. What takes its table or its item to see cancels the
 * transaction, with a reason for each action.
 *
 * ClientRequestToken: two requests are the same when their TransactItems are: same actions in the
 * same order, with equal values. The fingerprint is made from what was parsed, so the order of JSON
 * members, of names and values, of set elements, and the spelling of numbers do not matter; nor do
 * ReturnConsumedCapacity and ReturnItemCollectionMetrics. The text of expressions does.
 *
 * Costs twice what single writes do (in indexes: once); a repeated request costs twice what reading
 * the items strongly would.
 */
#include "api/item_metrics.h"
#include "api/reply.h"
#include "api/transact.h"
#include "item/item.h"

/* ---- the request */

/* The four kinds of action: `attributes` is the item of a Put, else the key. */
struct action {
    struct field_item attributes;
    struct span table_name;
    struct span condition;
    struct span update;
    struct field_list names;
    struct field_item values;
    struct field_enum old_on_failure;
};

#define ACTION_FIELDS(member)                                                                      \
    FIELD(action, attributes, member, FIELD_ITEM, REQUIRED, 0, 0),                                 \
        FIELD(action, table_name, "TableName", FIELD_TABLE, REQUIRED, 1, LIMIT_TABLE_NAME_BYTES),  \
        FIELD(action, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),             \
        FIELD(action, values, "ExpressionAttributeValues", FIELD_VALUES, OPTIONAL, 0, 0),          \
        FIELD_CHOICE(action, old_on_failure, "ReturnValuesOnConditionCheckFailure", OPTIONAL,      \
                     params_old_words)
#define ACTION_CONDITION(needed)                                                                   \
    FIELD(action, condition, "ConditionExpression", FIELD_STRING, needed, 0, 0)

static const struct field put_fields[] = {ACTION_FIELDS("Item"), ACTION_CONDITION(OPTIONAL)};
static const struct field delete_fields[] = {ACTION_FIELDS("Key"), ACTION_CONDITION(OPTIONAL)};
static const struct field check_fields[] = {ACTION_FIELDS("Key"), ACTION_CONDITION(REQUIRED)};
static const struct field update_fields[] = {
    ACTION_FIELDS("Key"),
    ACTION_CONDITION(OPTIONAL),
    FIELD(action, update, "UpdateExpression", FIELD_STRING, REQUIRED, 0, 0),
};
static const struct field_shape put_shape = FIELD_SHAPE("Put", action, put_fields);
static const struct field_shape delete_shape = FIELD_SHAPE("Delete", action, delete_fields);
static const struct field_shape check_shape = FIELD_SHAPE("ConditionCheck", action, check_fields);
static const struct field_shape update_shape = FIELD_SHAPE("Update", action, update_fields);

/* An element of TransactItems: one of the four, by verb. */
struct transact_write {
    const struct action *actions[ENGINE_CHECK + 1];
};
static const struct field transact_write_fields[] = {
    FIELD_OF(transact_write, actions[ENGINE_CHECK], "ConditionCheck", FIELD_STRUCT, OPTIONAL, 0, 0,
             check_shape),
    FIELD_OF(transact_write, actions[ENGINE_PUT], "Put", FIELD_STRUCT, OPTIONAL, 0, 0, put_shape),
    FIELD_OF(transact_write, actions[ENGINE_DELETE], "Delete", FIELD_STRUCT, OPTIONAL, 0, 0,
             delete_shape),
    FIELD_OF(transact_write, actions[ENGINE_UPDATE], "Update", FIELD_STRUCT, OPTIONAL, 0, 0,
             update_shape),
};
static const struct field_shape transact_write_shape =
    FIELD_SHAPE("TransactWriteItem", transact_write, transact_write_fields);

struct transact_write_items_in {
    struct field_enum capacity;
    struct field_enum metrics;
    struct field_list items;
    struct span token;

    struct engine_many many; /* kept from run to finish */
};

static const struct field transact_write_items_fields[] = {
    FIELD_CHOICE(transact_write_items_in, capacity, "ReturnConsumedCapacity", OPTIONAL,
                 params_capacity_words),
    FIELD_CHOICE(transact_write_items_in, metrics, "ReturnItemCollectionMetrics", OPTIONAL,
                 params_metrics_words),
    FIELD_OF(transact_write_items_in, items, "TransactItems", FIELD_LIST, REQUIRED, 1,
             LIMIT_TRANSACTION_ITEMS, transact_write_shape),
    FIELD(transact_write_items_in, token, "ClientRequestToken", FIELD_STRING, OPTIONAL, 1,
          LIMIT_TOKEN_BYTES),
};

/* ---- one action */

static status pick_action(struct call *call, const struct transact_write *item, engine_verb *verb,
                          const struct action **out)
{
    int count = 0;
    for (int i = 0; i <= ENGINE_CHECK; i++) {
        if (item->actions[i] == NULL) continue;
        *verb = (engine_verb)i;
        *out = item->actions[i];
        count++;
    }
    if (count == 1) return ST_OK;
    return FAIL(call->err, ST_VALIDATION, "%s",
                count > 1 ? "TransactItems can only contain one of Check, Put, Update or Delete"
                          : "Invalid Request: TransactWriteRequest should contain Delete or Put or "
                            "Update request");
}

static status bind_action(struct call *call, const struct action *action,
                          struct engine_write *write)
{
    const struct params_expr exprs[] = {
        {"UpdateExpression",    EXPR_UPDATE,    action->update,    &write->update   },
        {"ConditionExpression", EXPR_CONDITION, action->condition, &write->condition},
    };
    const bool updates = write->verb == ENGINE_UPDATE;
    const struct params params = {
        .exprs = updates ? exprs : exprs + 1,
        .expr_count = updates ? 2 : 1,
        .names = &action->names,
        .values = &action->values,
    };
    TRY(params_check(call, &params));
    TRY(params_late(call, &action->attributes));
    return params_bind(call, &params);
}

static status plan_one(struct call *call, const struct transact_write *item,
                       struct engine_write *write)
{
    const struct action *action = NULL;
    TRY(pick_action(call, item, &write->verb, &action));
    write->table_name = action->table_name;
    write->attributes = action->attributes.value;
    write->old_on_failure = action->old_on_failure.value == PARAMS_OLD_ALL;
    write->arena = call->arena;
    return bind_action(call, action, write);
}

/* ---- the whole */

/* Puts, keys and the values of expressions: what DynamoDB calls the payload. */
static status check_sizes(struct call *call, const struct field_list *items,
                          const struct engine_many *many)
{
    uint64_t payload = 0;
    for (uint32_t i = 0; i < many->count; i++) {
        const struct engine_write *write = &many->writes[i];
        const struct action *action =
            FIELD_AT(*items, struct transact_write, i)->actions[write->verb];
        const uint32_t bytes = item_size(write->attributes);
        if (write->verb == ENGINE_PUT && bytes > LIMIT_ITEM_BYTES) {
            return FAIL(call->err, ST_VALIDATION,
                        "Item size has exceeded the maximum allowed size");
        }
        payload += bytes;
        if (action->values.value.type == VALUE_M) payload += item_size(action->values.value);
    }
    if (payload <= LIMIT_TRANSACTION_BYTES) return ST_OK;
    return FAIL(call->err, ST_VALIDATION,
                "Transaction payload size cannot exceed 4MB. Payload Size: %llu",
                (unsigned long long)payload);
}

static status plan(struct call *call, const struct field_list *items, struct engine_many *many)
{
    struct error *errors = transact_errors(call, items->count);
    many->writes = arena_new_array(call->arena, items->count, struct engine_write);
    if (many->writes == NULL || errors == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    many->count = items->count;
    for (uint32_t i = 0; i < items->count; i++) {
        many->writes[i].err = &errors[i];
        TRY(plan_one(call, FIELD_AT(*items, struct transact_write, i), &many->writes[i]));
    }
    return check_sizes(call, items, many);
}

/* ---- the fingerprint */

static void put_sized(struct buf *out, struct span bytes)
{
    buf_put_u32(out, (uint32_t)bytes.len);
    buf_put(out, bytes);
}

/* The names by placeholder, ascending, whatever order they came in: each next one is looked for. */
static void put_names(struct buf *out, const struct field_list *names)
{
    struct span last = {0};
    buf_put_u32(out, names->count);
    for (uint32_t done = 0; done < names->count; done++) {
        const struct expr_name *next = NULL;
        for (uint32_t i = 0; i < names->count; i++) {
            const struct expr_name *name = FIELD_AT(*names, struct expr_name, i);
            const bool is_left = done == 0 || span_compare(name->placeholder, last) > 0;
            if (is_left && (next == NULL || span_compare(name->placeholder, next->placeholder) < 0))
                next = name;
        }
        if (next == NULL) return; /* placeholders given twice count once */
        put_sized(out, next->placeholder);
        put_sized(out, next->name);
        last = next->placeholder;
    }
}

static void put_action(struct buf *out, engine_verb verb, const struct action *action)
{
    buf_put_u8(out, (uint8_t)verb);
    put_sized(out, action->table_name);
    put_sized(out, action->attributes.value.body);
    put_sized(out, action->condition);
    put_sized(out, action->update);
    put_names(out, &action->names);
    put_sized(out, action->values.value.body);
    buf_put_u8(out, action->old_on_failure.value == PARAMS_OLD_ALL);
}

static status make_fingerprint(struct call *call, const struct field_list *items,
                               struct engine_many *many)
{
    struct buf bytes;
    buf_init(&bytes, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    for (uint32_t i = 0; i < many->count; i++) {
        const engine_verb verb = many->writes[i].verb;
        put_action(&bytes, verb, FIELD_AT(*items, struct transact_write, i)->actions[verb]);
    }
    TRY_PLAIN(call->err, buf_status(&bytes));
    many->fingerprint = buf_view(&bytes);
    return ST_OK;
}

/* ---- the reply */

static status transact_write_items_run(struct call *call, struct transact_write_items_in *in)
{
    in->many = (struct engine_many){.transaction = true,
                                    .token = in->token,
                                    .arena = call->arena,
                                    .err = call->err,
                                    .done = op_done,
                                    .done_ctx = call};
    TRY(plan(call, &in->items, &in->many));
    if (in->token.len > 0) TRY(make_fingerprint(call, &in->items, &in->many));
    const status st = engine_write_many(call->engine, &in->many);
    return st == ST_TX_CANCELED ? transact_cancel_writes(call, &in->many) : st;
}

static status transact_write_items_finish(struct call *call, struct transact_write_items_in *in,
                                          status st)
{
    if (st == ST_TX_CANCELED) return transact_cancel_writes(call, &in->many);
    if (st != ST_OK) return st;
    item_metrics_reply_many(call, &in->many, &in->metrics);
    return transact_reply_consumed(call, &in->many, &in->capacity);
}

OP_DEFINE_WRITE(transact_write_items)
