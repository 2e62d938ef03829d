/* item_page.c -- what Query and Scan have in common. */
#include "api/item_page.h"

#include "api/reply.h"
#include "item/wire.h"

static const struct field_choice select_choices[] = {
    {"SPECIFIC_ATTRIBUTES",      ITEM_PAGE_SELECT_SPECIFIC },
    {"COUNT",                    ITEM_PAGE_SELECT_COUNT    },
    {"ALL_ATTRIBUTES",           ITEM_PAGE_SELECT_ALL      },
    {"ALL_PROJECTED_ATTRIBUTES", ITEM_PAGE_SELECT_PROJECTED},
};
const struct field_choices item_page_select_words = FIELD_CHOICES(select_choices);

/* What "choosing to get …" ends with. */
static const char *const chosen[] = {
    [ITEM_PAGE_SELECT_UNSET] = NULL,
    [ITEM_PAGE_SELECT_SPECIFIC] = NULL,
    [ITEM_PAGE_SELECT_COUNT] = "only the Count",
    [ITEM_PAGE_SELECT_ALL] = "ALL_ATTRIBUTES",
    [ITEM_PAGE_SELECT_PROJECTED] = "ALL_PROJECTED_ATTRIBUTES",
};

status item_page_check_select(struct call *call, const struct item_page_choice *choice)
{
    if (choice->select == ITEM_PAGE_SELECT_SPECIFIC && !choice->projects && !choice->picks) {
        return FAIL(call->err, ST_VALIDATION,
                    "%sMust specify the AttributesToGet or ProjectionExpression when choosing to "
                    "get SPECIFIC_ATTRIBUTES",
                    choice->named_prefix);
    }
    if ((choice->projects || choice->picks) && chosen[choice->select] != NULL) {
        return FAIL(call->err, ST_VALIDATION, "%sCannot specify the %s when choosing to get %s",
                    choice->named_prefix,
                    choice->picks ? "AttributesToGet" : "ProjectionExpression",
                    chosen[choice->select]);
    }
    if (choice->select == ITEM_PAGE_SELECT_PROJECTED && !choice->has_index) {
        return FAIL(call->err, ST_VALIDATION,
                    "%sALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
                    choice->named_prefix);
    }
    return ST_OK;
}

void item_page_reply(struct call *call, const struct engine_page *page, params_capacity asked)
{
    struct json_writer *reply = call->reply;
    json_writer_member_i64(reply, "Count", page->count);
    if (page->select == ENGINE_SELECT_ITEMS) {
        json_writer_key(reply, SPAN("Items"));
        json_writer_array_begin(reply);
        for (uint32_t i = 0; i < page->count; i++) wire_write_map(reply, page->items[i]);
        json_writer_array_end(reply);
    }
    if (page->has_last_key) reply_item(reply, "LastEvaluatedKey", page->last_key);
    json_writer_member_i64(reply, "ScannedCount", page->scanned);
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
