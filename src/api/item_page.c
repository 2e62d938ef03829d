/* item_page.c -- Query and Scan, which differ in little. */
#include "api/item_page.h"

#include "api/explain.h"
#include "api/reply.h"
#include "api/throttled.h"

/* ---- Select */

typedef enum select_word {
    SELECT_UNSET,
    SELECT_SPECIFIC,
    SELECT_COUNT,
    SELECT_ALL,
    SELECT_PROJECTED,
} select_word;

static const struct field_choice select_choices[] = {
    {"SPECIFIC_ATTRIBUTES",      SELECT_SPECIFIC },
    {"COUNT",                    SELECT_COUNT    },
    {"ALL_ATTRIBUTES",           SELECT_ALL      },
    {"ALL_PROJECTED_ATTRIBUTES", SELECT_PROJECTED},
};
const struct field_choices item_page_select_words = FIELD_CHOICES(select_choices);

/* What "choosing to get …" ends with. */
static const char *const chosen[] = {
    [SELECT_UNSET] = NULL,
    [SELECT_SPECIFIC] = NULL,
    [SELECT_COUNT] = "only the Count",
    [SELECT_ALL] = "ALL_ATTRIBUTES",
    [SELECT_PROJECTED] = "ALL_PROJECTED_ATTRIBUTES",
};

status item_page_check_select(struct call *call, const struct item_page_in *in, const char *prefix)
{
    const select_word select = (select_word)in->select.value;
    const bool projects = in->projection.ptr != NULL;
    const bool picks = in->attributes_to_get.given;
    if (select == SELECT_SPECIFIC && !projects && !picks) {
        return FAIL(call->err, ST_VALIDATION,
                    "%sMust specify the AttributesToGet or ProjectionExpression when choosing to "
                    "get SPECIFIC_ATTRIBUTES",
                    prefix);
    }
    if ((projects || picks) && chosen[select] != NULL) {
        return FAIL(call->err, ST_VALIDATION, "%sCannot specify the %s when choosing to get %s",
                    prefix, picks ? "AttributesToGet" : "ProjectionExpression", chosen[select]);
    }
    if (select == SELECT_PROJECTED && in->index_name.ptr == NULL) {
        return FAIL(call->err, ST_VALIDATION,
                    "%sALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
                    prefix);
    }
    return ST_OK;
}

/* ---- the request */

static struct engine_page page_of(const struct item_page_in *in)
{
    const bool counts = in->select.value == SELECT_COUNT;
    return (struct engine_page){
        .table_name = in->table_name,
        .index_name = in->index_name,
        .start_key = in->start_key.value,
        .limit = (uint32_t)in->limit.value,
        .backward = in->forward.given && !in->forward.value,
        .consistent = in->consistent_read.value,
        .select = counts ? ENGINE_SELECT_COUNT : ENGINE_SELECT_ITEMS,
        .whole_items = in->select.value == SELECT_ALL,
        .segment = (uint32_t)in->segment.value,
        .total_segments = (uint32_t)in->total_segments.value,
    };
}

static status bind(struct call *call, const struct item_page_in *in,
                   const struct item_page_kind *kind, struct engine_page *page)
{
    const struct params_expr exprs[] = {
        {"ProjectionExpression",   EXPR_PROJECTION,    in->projection,    &page->projection   },
        {"FilterExpression",       EXPR_FILTER,        in->filter,        &page->filter       },
        {"KeyConditionExpression", EXPR_KEY_CONDITION, in->key_condition, &page->key_condition},
    };
    /* KeyConditions beside FilterExpression are no mixture to DynamoDB. */
    const bool both_key_conditions = in->key_conditions.given && in->key_condition.ptr != NULL;
    const struct params_legacy legacy[] = {
        {"AttributesToGet",     in->attributes_to_get.given},
        {kind->conditions,      in->conditions.given       },
        {"ConditionalOperator", in->joined.value != 0      },
        {"KeyConditions",       both_key_conditions        },
    };
    const struct params params = {
        .exprs = exprs,
        .expr_count = kind->has_key_condition ? 3 : 2,
        .legacy = legacy,
        .legacy_count = ARRAY_COUNT(legacy),
        .names = &in->names,
        .values = &in->values,
        .joined = &in->joined,
        .conditions = &in->conditions,
    };
    TRY(params_check(call, &params));
    TRY(kind->check(call, in, page));
    TRY(params_bind(call, &params));
    return legacy_key_condition(call, &in->key_conditions, &page->key_condition);
}

/* ---- the reply */

static void reply_page(struct call *call, const struct engine_page *page, params_capacity asked)
{
    struct reply_writer *reply = call->reply;
    reply_writer_member_i64(reply, "Count", page->count);
    if (page->select == ENGINE_SELECT_ITEMS) {
        reply_writer_key(reply, SPAN("Items"));
        reply_writer_array_begin(reply);
        for (uint32_t i = 0; i < page->count; i++) reply_writer_item(reply, page->items[i]);
        reply_writer_array_end(reply);
    }
    if (page->has_last_key) reply_item(reply, "LastEvaluatedKey", page->last_key);
    reply_writer_member_i64(reply, "ScannedCount", page->scanned);
    const struct engine_index_cost index = {
        .name = page->index_name,
        .global = page->index_is_global,
        .half_units = page->index_half_units,
    };
    const struct params_consumed consumed = {
        .asked = asked,
        .table_name = page->table_name,
        .half_units = page->half_units,
        .indexes = &index,
        .index_count = page->index_name.ptr != NULL ? 1 : 0,
    };
    params_reply_capacity(call, &consumed);
}

status item_page_run(struct call *call, const struct item_page_in *in,
                     const struct item_page_kind *kind)
{
    struct engine_page page = page_of(in);
    TRY(bind(call, in, kind, &page));
    const status st = kind->read(call->engine, &page, call->arena, call->err);
    TRY(throttled_note(call, st, in->table_name, &page.throttle));
    reply_page(call, &page, (params_capacity)in->capacity.value);
    explain_page(call, &page);
    return ST_OK;
}
