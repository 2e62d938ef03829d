/* tag_resource.c -- TagResource: give a table tags, or those it has other values.
 *
 * All or none; at once, while DynamoDB takes a second or two to show them and refuses another
 * change of tags meanwhile. The reply has no body.
 */
#include "api/arn.h"
#include "api/tags.h"

struct tag_resource_in {
    struct span arn;
    struct field_list tags; /* struct tags_field */

    /* from run to finish */
    struct engine_table_change change;
    struct engine_table_write write;
};

static const struct field tag_resource_fields[] = {
    FIELD(tag_resource_in, arn, "ResourceArn", FIELD_ARN, DEMANDED, 0, 0),
    FIELD_OF(tag_resource_in, tags, "Tags", FIELD_LIST, REQUIRED, 0, 0, tags_field_shape),
};

static status tag_resource_run(struct call *call, struct tag_resource_in *in)
{
    struct span name = {0};
    struct tags_list list = {0};
    TRY(arn_table(call, in->arn, &name));
    if (in->tags.count == 0)
        return FAIL(call->err, ST_VALIDATION, "Atleast one Tag needs to be provided as Input.");
    TRY(tags_read(call, in->tags, &list));

    in->change.set_tags = list.tags;
    in->change.set_tag_count = list.count;
    return tags_start(call, name, &in->change, &in->write);
}

static status tag_resource_finish(struct call *call, struct tag_resource_in *in, status st)
{
    return tags_finish(call, in->arn, &in->write, st);
}

OP_DEFINE_WRITE(tag_resource)
