/* scan.c -- Scan: all items of a table, or of one segment of it. */
#include "api/item_page.h"
#include "api/legacy.h"
#include "api/throttled.h"

struct scan_in {
    struct field_enum select;
    struct span index_name;
    struct field_number total_segments;
    struct field_enum capacity;
    struct span table_name;
    struct field_enum joined;
    struct field_list scan_filter;
    struct field_number segment;
    struct field_number limit;
    struct field_list attributes_to_get;
    struct field_item start_key;
    struct field_bool consistent_read;
    struct span filter;
    struct span projection;
    struct field_item values;
    struct field_list names;
};

static const struct field scan_fields[] = {
    FIELD_CHOICE(scan_in, select, "Select", OPTIONAL, item_page_select_words),
    FIELD_NAME(scan_in, index_name, "IndexName", OPTIONAL, LIMIT_INDEX_NAME_BYTES_MIN,
               LIMIT_INDEX_NAME_BYTES),
    FIELD(scan_in, total_segments, "TotalSegments", FIELD_INTEGER, OPTIONAL, 1, LIMIT_SEGMENTS),
    FIELD_CHOICE(scan_in, capacity, "ReturnConsumedCapacity", OPTIONAL, params_capacity_words),
    FIELD(scan_in, table_name, "TableName", FIELD_TABLE, REQUIRED, 1, LIMIT_TABLE_NAME_BYTES),
    FIELD_CHOICE(scan_in, joined, "ConditionalOperator", OPTIONAL, legacy_joined_words),
    FIELD_OF(scan_in, scan_filter, "ScanFilter", FIELD_MAP, OPTIONAL, 0, 0, legacy_condition_shape),
    FIELD(scan_in, segment, "Segment", FIELD_INTEGER, OPTIONAL, 0, LIMIT_SEGMENTS - 1),
    FIELD(scan_in, limit, "Limit", FIELD_INTEGER, OPTIONAL, 1, 0),
    FIELD(scan_in, attributes_to_get, "AttributesToGet", FIELD_STRINGS, OPTIONAL, 1,
          LIMIT_ATTRIBUTES_TO_GET),
    FIELD(scan_in, start_key, "ExclusiveStartKey", FIELD_ITEM, OPTIONAL, 0, 0),
    FIELD(scan_in, consistent_read, "ConsistentRead", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD(scan_in, filter, "FilterExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(scan_in, projection, "ProjectionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(scan_in, values, "ExpressionAttributeValues", FIELD_VALUES, OPTIONAL, 0, 0),
    FIELD(scan_in, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
};

static status scan_check_segment(struct call *call, const struct scan_in *in)
{
    const struct field_number *segment = &in->segment;
    const struct field_number *total = &in->total_segments;
    if (segment->given && !total->given) {
        return FAIL(call->err, ST_VALIDATION,
                    "The TotalSegments parameter is required but was not present in the request "
                    "when Segment parameter is present");
    }
    if (total->given && !segment->given) {
        return FAIL(call->err, ST_VALIDATION,
                    "The Segment parameter is required but was not present in the request when "
                    "parameter TotalSegments is present");
    }
    if (total->given && segment->value >= total->value) {
        return FAIL(call->err, ST_VALIDATION,
                    "The Segment parameter is zero-based and must be less than parameter "
                    "TotalSegments: Segment: %lld is not less than TotalSegments: %lld",
                    (long long)segment->value, (long long)total->value);
    }
    return ST_OK;
}

/* Rules between the mixing of parameters and the expressions themselves. */
static status scan_check(struct call *call, const struct scan_in *in, struct engine_page *page)
{
    TRY(legacy_projection(call, &in->attributes_to_get, &page->projection));
    TRY(legacy_filter(call, &in->scan_filter, &in->joined, &page->filter));
    TRY(params_late_start(call, &in->start_key));
    TRY(scan_check_segment(call, in));
    const struct item_page_choice choice = {
        .select = (item_page_select)in->select.value,
        .projects = in->projection.ptr != NULL,
        .picks = in->attributes_to_get.given,
        .has_index = in->index_name.ptr != NULL,
        .named_prefix = "",
    };
    return item_page_check_select(call, &choice);
}

static status scan_bind(struct call *call, const struct scan_in *in, struct engine_page *page)
{
    const struct params_expr exprs[] = {
        {"ProjectionExpression", EXPR_PROJECTION, in->projection, &page->projection},
        {"FilterExpression",     EXPR_FILTER,     in->filter,     &page->filter    },
    };
    const struct params_legacy legacy[] = {
        {"AttributesToGet",     in->attributes_to_get.given},
        {"ScanFilter",          in->scan_filter.given      },
        {"ConditionalOperator", in->joined.value != 0      },
    };
    const struct params params = {
        .exprs = exprs,
        .expr_count = ARRAY_COUNT(exprs),
        .legacy = legacy,
        .legacy_count = ARRAY_COUNT(legacy),
        .names = &in->names,
        .values = &in->values,
        .joined = &in->joined,
        .conditions = &in->scan_filter,
    };
    TRY(params_check(call, &params));
    TRY(scan_check(call, in, page));
    return params_bind(call, &params);
}

static status scan_run(struct call *call, struct scan_in *in)
{
    struct engine_page page = {
        .table_name = in->table_name,
        .index_name = in->index_name,
        .start_key = in->start_key.value,
        .limit = (uint32_t)in->limit.value,
        .consistent = in->consistent_read.value,
        .select =
            in->select.value == ITEM_PAGE_SELECT_COUNT ? ENGINE_SELECT_COUNT : ENGINE_SELECT_ITEMS,
        .whole_items = in->select.value == ITEM_PAGE_SELECT_ALL,
        .segment = (uint32_t)in->segment.value,
        .total_segments = (uint32_t)in->total_segments.value,
    };
    TRY(scan_bind(call, in, &page));
    const status st = engine_scan(call->engine, &page, call->arena, call->err);
    TRY(throttled_note(call, st, in->table_name, &page.throttle));
    item_page_reply(call, &page, (params_capacity)in->capacity.value);
    return ST_OK;
}

OP_DEFINE(scan)
