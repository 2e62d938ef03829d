/* scan.c -- Scan: all items of a table, or of one segment of it. */
#include "api/item_page.h"

static const struct field scan_fields[] = {
    FIELD_CHOICE(item_page_in, select, "Select", OPTIONAL, item_page_select_words),
    FIELD_NAME(item_page_in, index_name, "IndexName", OPTIONAL, LIMIT_INDEX_NAME_BYTES_MIN,
               LIMIT_INDEX_NAME_BYTES),
    FIELD(item_page_in, total_segments, "TotalSegments", FIELD_INTEGER, OPTIONAL, 1,
          LIMIT_SEGMENTS),
    FIELD_CHOICE(item_page_in, capacity, "ReturnConsumedCapacity", OPTIONAL, params_capacity_words),
    FIELD(item_page_in, table_name, "TableName", FIELD_TABLE, REQUIRED, 1, LIMIT_TABLE_NAME_BYTES),
    FIELD_CHOICE(item_page_in, joined, "ConditionalOperator", OPTIONAL, legacy_joined_words),
    FIELD_OF(item_page_in, conditions, "ScanFilter", FIELD_MAP, OPTIONAL, 0, 0,
             legacy_condition_shape),
    FIELD(item_page_in, segment, "Segment", FIELD_INTEGER, OPTIONAL, 0, LIMIT_SEGMENTS - 1),
    FIELD(item_page_in, limit, "Limit", FIELD_INTEGER, OPTIONAL, 1, 0),
    FIELD(item_page_in, attributes_to_get, "AttributesToGet", FIELD_STRINGS, OPTIONAL, 1,
          LIMIT_ATTRIBUTES_TO_GET),
    FIELD(item_page_in, start_key, "ExclusiveStartKey", FIELD_ITEM, OPTIONAL, 0, 0),
    FIELD(item_page_in, consistent_read, "ConsistentRead", FIELD_BOOL, OPTIONAL, 0, 0),
    FIELD(item_page_in, filter, "FilterExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(item_page_in, projection, "ProjectionExpression", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(item_page_in, values, "ExpressionAttributeValues", FIELD_VALUES, OPTIONAL, 0, 0),
    FIELD(item_page_in, names, "ExpressionAttributeNames", FIELD_NAMES, OPTIONAL, 0, 0),
};

static status scan_check_segment(struct call *call, const struct item_page_in *in)
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
static status scan_check(struct call *call, const struct item_page_in *in, struct engine_page *page)
{
    TRY(legacy_projection(call, &in->attributes_to_get, &page->projection));
    TRY(legacy_filter(call, &in->conditions, &in->joined, &page->filter));
    TRY(params_late_start(call, &in->start_key));
    TRY(scan_check_segment(call, in));
    return item_page_check_select(call, in, "");
}

static const struct item_page_kind scan_kind = {
    .conditions = "ScanFilter",
    .has_key_condition = false,
    .check = scan_check,
    .read = engine_scan,
};

static status scan_run(struct call *call, const struct item_page_in *in)
{
    return item_page_run(call, in, &scan_kind);
}

OP_DEFINE_ITEM_PAGE(scan)
