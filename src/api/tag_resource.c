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
    in->write = (struct engine_table_write){
        .verb = ENGINE_TABLE_UPDATE,
        .name = name,
        .change = &in->change,
        .arena = call->arena,
        .err = call->err,
        .done = op_done,
        .done_ctx = call,
    };
    return engine_table_write(call->engine, &in->write);
}

static status tag_resource_finish(struct call *call, struct tag_resource_in *in, status st)
{
    if (st == ST_NOT_FOUND) return arn_fail_not_found(call, in->arn);
    if (st != ST_OK) return st;
    table_drop(in->write.description.table);
    call->has_no_body = true;
    return ST_OK;
}

OP_DEFINE_WRITE(tag_resource)
