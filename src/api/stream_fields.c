/* stream_fields.c -- see stream_fields.h. */
#include "api/stream_fields.h"

#include <assert.h>

#include "base/limits.h"

status stream_fields_limit(struct call *call, struct field_number limit, uint32_t *out)
{
    *out = LIMIT_LISTED_STREAMS;
    if (!limit.given) return ST_OK;
    if (limit.value > LIMIT_LISTED_STREAMS)
        return FAIL(call->err, ST_VALIDATION,
                    "One or more parameter values were invalid: Limit cannot be greater than the "
                    "maximum: %d",
                    (int)LIMIT_LISTED_STREAMS);
    *out = (uint32_t)limit.value;
    return ST_OK;
}

struct span stream_fields_view(table_stream_view view)
{
    static const char *const words[] = {
        [TABLE_STREAM_KEYS_ONLY] = "KEYS_ONLY",
        [TABLE_STREAM_NEW_IMAGE] = "NEW_IMAGE",
        [TABLE_STREAM_OLD_IMAGE] = "OLD_IMAGE",
        [TABLE_STREAM_NEW_AND_OLD_IMAGES] = "NEW_AND_OLD_IMAGES",
    };
    assert(view != TABLE_STREAM_OFF);
    assert(view < ARRAY_COUNT(words));
    return span_of(words[view]);
}
