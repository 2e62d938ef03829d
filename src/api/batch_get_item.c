/* batch_get_item.c -- BatchGetItem: up to 100 items of several tables, by their keys.
 *
 * Items come in the order of their keys; those that are not there are left out. When 16 MB of items
 * were read in all, or 1 MB of one partition, and where a table has no read units left, keys come
 * back in UnprocessedKeys, each table's with all the parameters it was asked with, so that the
 * member can be sent again as it is. A partition is here the items of one partition key; DynamoDB's
 * hold several, so it may stop earlier.
 *
 * Duplicates and the number of keys are judged before the tables are looked for; what a key must
 * look like, after.
 */
#include "api/consumed.h"
#include "api/legacy.h"
#include "api/reply.h"
#include "api/throttled.h"

/* An element of RequestItems. */
struct keys_of_table {
    struct span table_name;
    struct field_list keys;
    struct field_list attributes_to_get;
    struct field_bool consistent_read;
    struct span projection;
    struct field_list names;
};
static const struct field keys_of_table_fields[] = {
    FIELD(keys_of_table, keys, "Keys", FIELD_KEYS, REQUIRED, 1, 0),
    FIELD(keys_of_table, attributes_to_get, "AttributesToGet", FIELD_STRINGS, OPTIONAL, 1,
          LIMIT_ATTRIBUTES_TO_GET),
    FIELD(keys_of_table, consistent_read, "ConsistentRead", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD(keys_of_table, projection, "ProjectionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(keys_of_table, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
};
static const struct field_shape keys_of_table_shape =
    FIELD_SHAPE("KeysAndAttributes", keys_of_table, keys_of_table_fields);

struct batch_get_item_in {
    struct field_enum capacity;
    struct field_list tables;
};

static const struct field batch_get_item_fields[] = {
    FIELD_CHOICE(batch_get_item_in, capacity, "ReturnConsumedCapacity", OPTIONAL,
                 params_capacity_words),
    FIELD_BY_TABLE(batch_get_item_in, tables, "RequestItems", FIELD_MAP, REQUIRED, 0, 0,
                   keys_of_table_shape),
};

/* ---- the request's own rules */

/* DynamoDB says these two in a form that no other violation has. */
static status check_counts(struct call *call, const struct batch_get_item_in *in)
{
    if (in->tables.count == 0) {
        return FAIL(call->err, ST_VALIDATION,
                    "The requestItems parameter is required for BatchGetItem");
    }
    for (uint32_t i = 0; i < in->tables.count; i++) {
        const struct keys_of_table *table = FIELD_AT(in->tables, struct keys_of_table, i);
        if (table->keys.count <= LIMIT_BATCH_GETS) continue;
        return FAIL(call->err, ST_VALIDATION,
                    "1 validation error detected: Value at 'RequestItems.%.*s.member.Keys' failed "
                    "to satisfy constraint: Member must have length less than or equal to %d",
                    SPAN_ARG(table->table_name), LIMIT_BATCH_GETS);
    }
    return ST_OK;
}

static status check_no_key_twice(struct call *call, const struct field_list *keys)
{
    for (uint32_t i = 1; i < keys->count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (value_eq(FIELD_AT(*keys, struct field_item, i)->value,
                         FIELD_AT(*keys, struct field_item, j)->value))
                return FAIL(call->err, ST_VALIDATION,
                            "Provided list of item keys contains duplicates");
    return ST_OK;
}

static status bind_table(struct call *call, const struct keys_of_table *table,
                         const struct expr **projection)
{
    const struct params_expr exprs[] = {
        {"ProjectionExpression", EXPR_PROJECTION, table->projection, projection},
    };
    const struct params_legacy legacy[] = {
        {"AttributesToGet", table->attributes_to_get.given},
    };
    const struct params params = {
        .exprs = exprs,
        .expr_count = ARRAY_COUNT(exprs),
        .legacy = legacy,
        .legacy_count = ARRAY_COUNT(legacy),
        .names = &table->names,
    };
    TRY(params_check(call, &params));
    TRY(legacy_projection(call, &table->attributes_to_get, projection));
    TRY(params_bind(call, &params));
    for (uint32_t i = 0; i < table->keys.count; i++)
        TRY(params_late(call, FIELD_AT(table->keys, struct field_item, i)));
    return check_no_key_twice(call, &table->keys);
}

/* Check one table's part and append its gets. */
static status plan_table(struct call *call, const struct keys_of_table *table,
                         struct engine_get_many *many)
{
    const struct expr *projection = NULL;
    TRY(bind_table(call, table, &projection));
    if (table->keys.count > LIMIT_BATCH_GETS - many->count) {
        return FAIL(call->err, ST_VALIDATION, "Too many items requested for the BatchGetItem call");
    }
    for (uint32_t i = 0; i < table->keys.count; i++) {
        many->gets[many->count++] = (struct engine_get){
            .table_name = table->table_name,
            .key = FIELD_AT(table->keys, struct field_item, i)->value,
            .consistent = table->consistent_read.value,
            .projection = projection,
        };
    }
    return ST_OK;
}

/* Old and new parameters may not be mixed between tables either. */
static status check_not_mixed(struct call *call, const struct field_list *tables)
{
    bool old = false, new = false;
    for (uint32_t i = 0; i < tables->count; i++) {
        const struct keys_of_table *table = FIELD_AT(*tables, struct keys_of_table, i);
        old = old || table->attributes_to_get.given;
        new = new || table->projection.ptr != NULL;
    }
    if (!old || !new) return ST_OK;
    return FAIL(call->err, ST_VALIDATION,
                "Can not use both expression and non-expression parameters in the same request: "
                "Non-expression parameters: {AttributesToGet} Expression parameters: "
                "{ProjectionExpression}");
}

static status plan(struct call *call, const struct batch_get_item_in *in,
                   struct engine_get_many *many)
{
    TRY(check_counts(call, in));
    many->bytes_max = LIMIT_BATCH_GET_BYTES;
    many->partition_bytes_max = LIMIT_BATCH_GET_PARTITION_BYTES;
    many->gets = arena_new_array(call->arena, LIMIT_BATCH_GETS, struct engine_get);
    if (many->gets == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < in->tables.count; i++) {
        TRY(params_check_table_once(call, &in->tables, i, sizeof(struct keys_of_table)));
        TRY(plan_table(call, FIELD_AT(in->tables, struct keys_of_table, i), many));
    }
    return check_not_mixed(call, &in->tables);
}

/* ---- the reply: `gets` are a table's, as many as it has keys */

static void reply_found(struct reply_writer *reply, const struct keys_of_table *table,
                        const struct engine_get *gets)
{
    reply_writer_key(reply, table->table_name);
    reply_writer_array_begin(reply);
    for (uint32_t i = 0; i < table->keys.count; i++)
        if (gets[i].found && !gets[i].unread) reply_writer_item(reply, gets[i].item);
    reply_writer_array_end(reply);
}

static void reply_names(struct reply_writer *reply, const struct field_list *names)
{
    reply_writer_key(reply, SPAN("ExpressionAttributeNames"));
    reply_writer_object_begin(reply);
    for (uint32_t i = 0; i < names->count; i++) {
        const struct expr_name *name = FIELD_AT(*names, struct expr_name, i);
        reply_writer_key(reply, name->placeholder);
        reply_writer_string(reply, name->name);
    }
    reply_writer_object_end(reply);
}

static void reply_attributes(struct reply_writer *reply, const struct field_list *names)
{
    reply_writer_key(reply, SPAN("AttributesToGet"));
    reply_writer_array_begin(reply);
    for (uint32_t i = 0; i < names->count; i++)
        reply_writer_string(reply, *FIELD_AT(*names, struct span, i));
    reply_writer_array_end(reply);
}

static uint32_t count_unread(const struct engine_get *gets, uint32_t count)
{
    uint32_t unread = 0;
    for (uint32_t i = 0; i < count; i++)
        if (gets[i].unread) unread++;
    return unread;
}

static void reply_unread(struct reply_writer *reply, const struct keys_of_table *table,
                         const struct engine_get *gets)
{
    if (count_unread(gets, table->keys.count) == 0) return;
    reply_writer_key(reply, table->table_name);
    reply_writer_object_begin(reply);
    reply_writer_key(reply, SPAN("Keys"));
    reply_writer_array_begin(reply);
    for (uint32_t i = 0; i < table->keys.count; i++)
        if (gets[i].unread) reply_writer_item(reply, gets[i].key);
    reply_writer_array_end(reply);
    if (table->consistent_read.given) {
        reply_writer_member_bool(reply, "ConsistentRead", table->consistent_read.value);
    }
    if (table->projection.ptr != NULL) {
        reply_writer_member_string(reply, "ProjectionExpression", table->projection);
    }
    if (table->names.given) reply_names(reply, &table->names);
    if (table->attributes_to_get.given) reply_attributes(reply, &table->attributes_to_get);
    reply_writer_object_end(reply);
}

typedef void(reply_part)(struct reply_writer *reply, const struct keys_of_table *table,
                         const struct engine_get *gets);

static void reply_parts(struct call *call, const struct field_list *tables,
                        const struct engine_get *gets, reply_part *part)
{
    reply_writer_object_begin(call->reply);
    for (uint32_t i = 0; i < tables->count; i++) {
        const struct keys_of_table *table = FIELD_AT(*tables, struct keys_of_table, i);
        part(call->reply, table, gets);
        gets += table->keys.count;
    }
    reply_writer_object_end(call->reply);
}

/* Nothing could be read: why not. */
static status refuse(struct call *call, const struct engine_get_many *many, status st)
{
    for (uint32_t i = 0; i < many->count; i++) {
        const struct engine_get *get = &many->gets[i];
        if (get->throttled && throttled_note(call, st, get->table_name, &get->throttle) != st)
            return ST_NO_MEMORY;
    }
    return st;
}

static status batch_get_item_run(struct call *call, struct batch_get_item_in *in)
{
    struct engine_get_many many = {0};
    TRY(plan(call, in, &many));
    const status st = engine_get_many(call->engine, &many, call->arena, call->err);
    if (st != ST_OK) return refuse(call, &many, st);
    reply_writer_key(call->reply, SPAN("Responses"));
    reply_parts(call, &in->tables, many.gets, reply_found);
    reply_writer_key(call->reply, SPAN("UnprocessedKeys"));
    reply_parts(call, &in->tables, many.gets, reply_unread);

    struct consumed consumed = {.arena = call->arena, .kind = CONSUMED_PLAIN};
    for (uint32_t i = 0; i < many.count; i++)
        consumed_add(&consumed, many.gets[i].table_name, many.gets[i].half_units);
    return consumed_reply(call, &consumed, (params_capacity)in->capacity.value);
}

OP_DEFINE(batch_get_item)
