/* update_time_to_live.c -- UpdateTimeToLive: from now on items expire by an attribute, or not.
 *
 * To use another attribute, time to live is switched off and on again. Any name will do, that of a
 * key attribute too (API_TimeToLiveSpecification). The reply repeats the request.
 *
 * The service lets half an hour to an hour pass between two changes ("Time to live has been
 * modified multiple times within a fixed interval"), for it works through a table in the
 * background. Here a change is one commit, and the next one may follow at once.
 */
#include "api/op.h"
#include "base/limits.h"

struct specification {
    struct span attribute;
    struct field_bool enabled;
};

static const struct field specification_fields[] = {
    FIELD(specification, attribute, "AttributeName", FIELD_STRING, REQUIRED, 1,
          LIMIT_TTL_NAME_CHARACTERS),
    FIELD(specification, enabled, "Enabled", FIELD_BOOL, REQUIRED, 0, 0),
};
static const struct field_shape specification_shape =
    FIELD_SHAPE("TimeToLiveSpecification", specification, specification_fields);

struct update_time_to_live_in {
    struct span table_name;
    struct specification *specification;

    /* from run to finish */
    struct engine_table_change change;
    struct engine_table_write write;
};

static const struct field update_time_to_live_fields[] = {
    FIELD(update_time_to_live_in, table_name, "TableName", FIELD_TABLE, DEMANDED,
          LIMIT_TABLE_NAME_BYTES_MIN, LIMIT_TABLE_NAME_BYTES),
    FIELD_OF(update_time_to_live_in, specification, "TimeToLiveSpecification", FIELD_STRUCT,
             REQUIRED, 0, 0, specification_shape),
};

static status update_time_to_live_run(struct call *call, struct update_time_to_live_in *in)
{
    in->change = (struct engine_table_change){
        .has_ttl = true,
        .ttl_enabled = in->specification->enabled.value,
        .ttl_attribute = in->specification->attribute,
    };
    in->write = (struct engine_table_write){
        .verb = ENGINE_TABLE_UPDATE,
        .name = in->table_name,
        .change = &in->change,
        .arena = call->arena,
        .err = call->err,
        .done = op_done,
        .done_ctx = call,
    };
    return engine_table_write(call->engine, &in->write);
}

static status update_time_to_live_finish(struct call *call, struct update_time_to_live_in *in,
                                         status st)
{
    struct reply_writer *reply = call->reply;
    if (st != ST_OK) return st;
    table_drop(in->write.description.table);
    reply_writer_key(reply, SPAN("TimeToLiveSpecification"));
    reply_writer_object_begin(reply);
    reply_writer_member_string(reply, "AttributeName", in->specification->attribute);
    reply_writer_member_bool(reply, "Enabled", in->specification->enabled.value);
    reply_writer_object_end(reply);
    return ST_OK;
}

OP_DEFINE_WRITE(update_time_to_live)
