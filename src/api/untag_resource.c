/* untag_resource.c -- UntagResource: take tags from a table.
 *
 * A tag that is not there is taken away with success. The reply has no body.
 */
#include "api/arn.h"
#include "api/tags.h"

struct untag_resource_in {
    struct span arn;
    struct field_list keys; /* struct span */

    /* from run to finish */
    struct engine_table_change change;
    struct engine_table_write write;
};

static const struct field untag_resource_fields[] = {
    FIELD(untag_resource_in, arn, "ResourceArn", FIELD_ARN, DEMANDED, 0, 0),
    FIELD(untag_resource_in, keys, "TagKeys", FIELD_STRINGS, REQUIRED, 0, 0),
};

static status untag_resource_run(struct call *call, struct untag_resource_in *in)
{
    struct span name = {0};
    TRY(arn_table(call, in->arn, &name));
    if (in->keys.count == 0)
        return FAIL(call->err, ST_VALIDATION, "Atleast one Tag Key needs to be provided as Input.");
    TRY(tags_check_keys(in->keys, call->err));

    in->change.removed_tags = FIELD_AT(in->keys, struct span, 0);
    in->change.removed_tag_count = (uint8_t)in->keys.count;
    return tags_start(call, name, &in->change, &in->write);
}

static status untag_resource_finish(struct call *call, struct untag_resource_in *in, status st)
{
    return tags_finish(call, in->arn, &in->write, st);
}

OP_DEFINE_WRITE(untag_resource)
