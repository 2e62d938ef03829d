/* create_table.c -- CreateTable: a new, empty table.
 *
 * The reply shows the table CREATING; by the time a client asks again it is ACTIVE. Rules that
 * DynamoDB checks, in its order: capacity against billing mode, attribute definitions, the key
 * schema, lists of indexes, then the rest. Only then is the name looked up: "Table already exists".
 *
 * What this version does not have (secondary indexes, streams, encryption keys, policies, warm
 * throughput above the initial one) is refused, in table_rules_absent's words. Asking for it to be
 * off, as many tools do, is no request for it: a stream or an encryption that is not enabled, and
 * empty structs pass.
 */
#include "api/reply.h"
#include "api/table_reply.h"
#include "api/table_rules.h"
#include "api/tags.h"
#include "base/limits.h"

#include <assert.h>

struct create_table_in {
    struct span table_name;
    struct field_list definitions; /* struct table_fields_definition */
    struct field_list key;         /* struct table_fields_key */
    struct field_enum billing;
    struct table_fields_throughput *throughput;
    struct table_fields_on_demand *on_demand;
    struct table_fields_warm *warm;
    struct field_bool deletion_protection;
    struct span class;
    struct field_list local_indexes;
    struct field_list global_indexes;
    struct field_list vector_indexes;
    struct field_list tags; /* struct tags_field */
    struct table_fields_stream *stream;
    struct table_fields_encryption *encryption;
    struct span policy;
    struct span source_arn;
    struct span settings_replication;

    /* from run to finish */
    struct table_spec spec;
    struct engine_table_write write;
};

static const struct field create_table_fields[] = {
    FIELD_OF(create_table_in, definitions, "AttributeDefinitions", FIELD_LIST, REQUIRED, 0, 0,
             table_fields_definition_shape),
    FIELD(create_table_in, table_name, "TableName", FIELD_TABLE, DEMANDED,
          LIMIT_TABLE_NAME_BYTES_MIN, LIMIT_TABLE_NAME_BYTES),
    FIELD_CHOICE(create_table_in, billing, "BillingMode", OPTIONAL, table_fields_billing_modes),
    FIELD_OF(create_table_in, throughput, "ProvisionedThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_throughput_shape),
    FIELD_OF(create_table_in, key, "KeySchema", FIELD_LIST, REQUIRED, 1, 2, table_fields_key_shape),
    FIELD_OF(create_table_in, global_indexes, "GlobalSecondaryIndexes", FIELD_LIST, OPTIONAL, 0, 0,
             table_fields_global_index_shape),
    FIELD_OF(create_table_in, local_indexes, "LocalSecondaryIndexes", FIELD_LIST, OPTIONAL, 0, 0,
             table_fields_local_index_shape),
    FIELD_OF(create_table_in, stream, "StreamSpecification", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_stream_shape),
    FIELD_OF(create_table_in, encryption, "SSESpecification", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_encryption_shape),
    FIELD_OF(create_table_in, tags, "Tags", FIELD_LIST, OPTIONAL, 0, 0, tags_field_shape),
    FIELD(create_table_in, class, "TableClass", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(create_table_in, deletion_protection, "DeletionProtectionEnabled", FIELD_BOOL, OPTIONAL,
          0, 0),
    FIELD_OF(create_table_in, on_demand, "OnDemandThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_on_demand_shape),
    FIELD_OF(create_table_in, warm, "WarmThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_warm_shape),
    FIELD_OF(create_table_in, vector_indexes, "VectorIndexes", FIELD_LIST, OPTIONAL, 0, 0,
             table_fields_any_shape),
    FIELD(create_table_in, policy, "ResourcePolicy", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(create_table_in, source_arn, "GlobalTableSourceArn", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(create_table_in, settings_replication, "GlobalTableSettingsReplicationMode", FIELD_STRING,
          OPTIONAL, 0, 0),
};

#define INVALID "One or more parameter values were invalid: "

/* ---- capacity */

static status check_capacity(const struct create_table_in *in, struct error *err)
{
    if (table_fields_billing(in->billing) == TABLE_PAY_PER_REQUEST) {
        if (in->throughput == NULL) return ST_OK;
        return FAIL(err, ST_VALIDATION,
                    INVALID "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
                            "when BillingMode is PAY_PER_REQUEST");
    }
    if (in->throughput == NULL) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "ReadCapacityUnits and WriteCapacityUnits must both be specified when "
                            "BillingMode is PROVISIONED");
    }
    return table_rules_throughput(in->throughput, err);
}

static status check_on_demand(const struct create_table_in *in, struct error *err)
{
    if (!table_rules_on_demand_given(in->on_demand)) return ST_OK;
    if (table_fields_billing(in->billing) == TABLE_PROVISIONED) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "%s for OnDemandThroughput cannot be specified when table BillingMode "
                            "is PROVISIONED.",
                    in->on_demand->read_max.given ? "MaxReadRequestUnits" : "MaxWriteRequestUnits");
    }
    return table_rules_on_demand(in->on_demand, false, err);
}

/* ---- attribute definitions and the key */

static const struct table_fields_definition *find_definition(const struct create_table_in *in,
                                                             struct span name)
{
    for (uint32_t i = 0; i < in->definitions.count; i++) {
        const struct table_fields_definition *definition =
            FIELD_AT(in->definitions, struct table_fields_definition, i);
        if (span_eq(definition->name, name)) return definition;
    }
    return NULL;
}

static status check_definitions(const struct create_table_in *in, struct error *err)
{
    for (uint32_t i = 0; i < in->definitions.count; i++) {
        const struct table_fields_definition *definition =
            FIELD_AT(in->definitions, struct table_fields_definition, i);
        if (find_definition(in, definition->name) == definition) continue;
        return FAIL(err, ST_VALIDATION, "Attribute Name is duplicated: %.*s",
                    SPAN_ARG(definition->name));
    }
    return ST_OK;
}

static status fail_undefined(const struct create_table_in *in, struct error *err)
{
    struct buf text;
    buf_init(&text, arena_mem(err->arena), LIMIT_BODY_BYTES);
    buf_put_text(&text, "Keys: [");
    for (uint32_t i = 0; i < in->key.count; i++) {
        if (i > 0) buf_put_text(&text, ", ");
        buf_put(&text, FIELD_AT(in->key, struct table_fields_key, i)->name);
    }
    buf_put_text(&text, "], AttributeDefinitions: [");
    for (uint32_t i = 0; i < in->definitions.count; i++) {
        if (i > 0) buf_put_text(&text, ", ");
        buf_put(&text, FIELD_AT(in->definitions, struct table_fields_definition, i)->name);
    }
    TRY_PLAIN(err, buf_status(&text));
    return FAIL(err, ST_VALIDATION,
                INVALID "Some index key attributes are not defined in AttributeDefinitions. %.*s]",
                SPAN_ARG(buf_view(&text)));
}

static status check_key_defined(const struct create_table_in *in, struct error *err)
{
    if (in->key.count > in->definitions.count) {
        return FAIL(err, ST_VALIDATION,
                    "Invalid KeySchema: Some index key attribute have no definition");
    }
    for (uint32_t i = 0; i < in->key.count; i++) {
        const struct table_fields_key *key = FIELD_AT(in->key, struct table_fields_key, i);
        if (find_definition(in, key->name) == NULL) return fail_undefined(in, err);
    }
    return ST_OK;
}

static status check_key_schema(const struct create_table_in *in, struct error *err)
{
    const struct table_fields_key *first = FIELD_AT(in->key, struct table_fields_key, 0);
    const struct table_fields_key *second =
        in->key.count > 1 ? FIELD_AT(in->key, struct table_fields_key, 1) : NULL;
    if (second != NULL && span_eq(first->name, second->name)) {
        return FAIL(err, ST_VALIDATION,
                    "Both the Hash Key and the Range Key element in the KeySchema have the same "
                    "name");
    }
    if (first->role.value != TABLE_FIELDS_HASH) {
        return FAIL(err, ST_VALIDATION,
                    "Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
    }
    if (second != NULL && second->role.value != TABLE_FIELDS_RANGE) {
        return FAIL(err, ST_VALIDATION,
                    "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
    }
    return ST_OK;
}

static status check_definitions_used(const struct create_table_in *in, struct error *err)
{
    if (in->local_indexes.given || in->global_indexes.given) return ST_OK;
    if (in->key.count == in->definitions.count) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                INVALID "Number of attributes in KeySchema does not exactly match number of "
                        "attributes defined in AttributeDefinitions");
}

/* ---- the rest */

static status check_index_lists(const struct create_table_in *in, struct error *err)
{
    if (in->local_indexes.given && in->local_indexes.count == 0) {
        return FAIL(err, ST_VALIDATION, INVALID "List of LocalSecondaryIndexes is empty");
    }
    if (in->global_indexes.given && in->global_indexes.count == 0) {
        return FAIL(err, ST_VALIDATION, INVALID "List of GlobalSecondaryIndexes is empty");
    }
    if (in->local_indexes.given && in->key.count < 2) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "Table KeySchema does not have a range key, which is required when "
                            "specifying a LocalSecondaryIndex");
    }
    return ST_OK;
}

static status check_stream(const struct table_fields_stream *stream, struct error *err)
{
    if (stream == NULL) return ST_OK;
    const bool has_view = stream->view.text.ptr != NULL;
    if (stream->enabled.value && !has_view) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "Table is being created with a stream enabled, UpdateViewType is "
                            "required");
    }
    if (!stream->enabled.value && has_view) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "Table is being created with a stream disabled, UpdateViewType should "
                            "not be specified");
    }
    return ST_OK;
}

static bool asks_encryption(const struct table_fields_encryption *encryption)
{
    return encryption != NULL && (encryption->enabled.value || encryption->type.text.ptr != NULL ||
                                  encryption->key_id.ptr != NULL);
}

static bool asks_warmth(const struct table_fields_warm *warm)
{
    return warm != NULL && (warm->read_units.given || warm->write_units.given);
}

static status check_absent(const struct create_table_in *in, struct error *err)
{
    const bool asks_stream = in->stream != NULL && in->stream->enabled.value;
    const bool asks_replication = in->settings_replication.ptr != NULL;
    const struct table_rules_part parts[] = {
        {in->local_indexes.given,         "LocalSecondaryIndexes"             },
        {in->global_indexes.given,        "GlobalSecondaryIndexes"            },
        {in->vector_indexes.count > 0,    "VectorIndexes"                     },
        {asks_stream,                     "StreamSpecification"               },
        {asks_encryption(in->encryption), "SSESpecification"                  },
        {asks_warmth(in->warm),           "WarmThroughput"                    },
        {in->policy.ptr != NULL,          "ResourcePolicy"                    },
        {in->source_arn.ptr != NULL,      "GlobalTableSourceArn"              },
        {asks_replication,                "GlobalTableSettingsReplicationMode"},
    };
    return table_rules_absent(parts, ARRAY_COUNT(parts), err);
}

static struct table_key_part key_part(const struct create_table_in *in, uint32_t index)
{
    const struct span name = FIELD_AT(in->key, struct table_fields_key, index)->name;
    const struct table_fields_definition *definition = find_definition(in, name);
    assert(definition != NULL);
    return (struct table_key_part){name, (value_type)definition->type.value};
}

static void fill_spec(struct create_table_in *in)
{
    struct table_spec *spec = &in->spec;
    spec->name = in->table_name;
    spec->key.partition[0] = key_part(in, 0);
    spec->key.partition_count = 1;
    if (in->key.count > 1) {
        spec->key.sort[0] = key_part(in, 1);
        spec->key.sort_count = 1;
    }
    spec->billing = table_fields_billing(in->billing);
    if (in->throughput != NULL) {
        spec->throughput.read_units = (uint64_t)in->throughput->read_units.value;
        spec->throughput.write_units = (uint64_t)in->throughput->write_units.value;
    }
    if (in->on_demand != NULL) {
        spec->on_demand_read_max = in->on_demand->read_max.value;
        spec->on_demand_write_max = in->on_demand->write_max.value;
    }
    spec->deletion_protection = in->deletion_protection.value;
}

static status fill_tags(struct call *call, struct create_table_in *in)
{
    struct tags_list list = {0};
    TRY(tags_read(call, in->tags, &list));
    in->spec.tags = list.tags;
    in->spec.tag_count = list.count;
    return ST_OK;
}

static status create_table_run(struct call *call, struct create_table_in *in)
{
    TRY(check_capacity(in, call->err));
    TRY(check_definitions(in, call->err));
    TRY(check_key_defined(in, call->err));
    TRY(check_key_schema(in, call->err));
    TRY(check_definitions_used(in, call->err));
    TRY(check_index_lists(in, call->err));
    TRY(check_stream(in->stream, call->err));
    TRY(check_on_demand(in, call->err));
    TRY(table_rules_class(in->class, &in->spec.class, call->err));
    TRY(check_absent(in, call->err));
    TRY(fill_tags(call, in));

    fill_spec(in);
    in->write = (struct engine_table_write){
        .verb = ENGINE_TABLE_CREATE,
        .name = in->table_name,
        .spec = &in->spec,
        .arena = call->arena,
        .err = call->err,
        .done = op_done,
        .done_ctx = call,
    };
    return engine_table_write(call->engine, &in->write);
}

static status create_table_finish(struct call *call, struct create_table_in *in, status st)
{
    if (st != ST_OK) return st;
    table_reply(call, "TableDescription", &in->write.description);
    table_drop(in->write.description.table);
    return ST_OK;
}

OP_DEFINE_WRITE(create_table)
