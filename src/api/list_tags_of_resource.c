/* list_tags_of_resource.c -- ListTagsOfResource: the tags of a table, keys in ascending order.
 *
 * The service answers with all of them, fifty at most, in one reply: nobody has seen a NextToken of
 * its. So none is given here, and one that comes is none of ours.
 *
 * A table that is not there is ResourceNotFoundException, but the account of zeros is nobody's:
 * asked for anything in it, the service denies access. Stator is that account to itself unless it
 * was told of another, so there it denies what it has not (conformance#tags), here alone.
 */
#include "api/arn.h"

struct list_tags_of_resource_in {
    struct span arn;
    struct span token;
};

static const struct field list_tags_of_resource_fields[] = {
    FIELD(list_tags_of_resource_in, arn, "ResourceArn", FIELD_ARN, DEMANDED, 0, 0),
    FIELD(list_tags_of_resource_in, token, "NextToken", FIELD_STRING, OPTIONAL, 0, 0),
};

static void write_tags(struct reply_writer *reply, const struct table_spec *spec)
{
    reply_writer_key(reply, SPAN("Tags"));
    reply_writer_array_begin(reply);
    for (uint8_t i = 0; i < spec->tag_count; i++) {
        reply_writer_object_begin(reply);
        reply_writer_member_string(reply, "Key", spec->tags[i].key);
        reply_writer_member_string(reply, "Value", spec->tags[i].value);
        reply_writer_object_end(reply);
    }
    reply_writer_array_end(reply);
}

static status fail_missing(struct call *call, struct span arn)
{
    const bool is_nobodys = span_eq(call->caller.account, SPAN("000000000000"));
    if (!is_nobodys) return arn_fail_not_found(call, arn);
    return FAIL(call->err, ST_ACCESS_DENIED, "Access is denied");
}

static status list_tags_of_resource_run(struct call *call,
                                        const struct list_tags_of_resource_in *in)
{
    struct span name = {0};
    struct engine_description description = {0};
    TRY(arn_table(call, in->arn, &name));
    if (in->token.len > 0)
        return FAIL(call->err, ST_VALIDATION,
                    "Invalid Request: Provided nextToken is invalid: %.*s", SPAN_ARG(in->token));
    const status st = engine_table_describe(call->engine, name, &description, call->err);
    if (st == ST_NOT_FOUND) return fail_missing(call, in->arn);
    if (st != ST_OK) return st;
    write_tags(call->reply, &description.table->spec);
    table_drop(description.table);
    return ST_OK;
}

OP_DEFINE(list_tags_of_resource)
