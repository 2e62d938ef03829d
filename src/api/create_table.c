/* create_table.c -- CreateTable: a new, empty table.
 *
 * The reply shows the table and its indexes CREATING; by the time a client asks again they are
 * ACTIVE. Rules that DynamoDB checks, in its order: capacity against billing mode, attribute
 * definitions, the key schemas of table and indexes, the rest of the indexes, then the rest of the
 * request. Only then is the name looked up: "Table already exists".
 *
 * What this version does not have (encryption keys, policies) is refused, in table_rules_absent's
 * words. Asking for it to be off, as many tools do, is no request for it: an encryption that is not
 * enabled, and empty structs pass.
 */
#include "api/index_rules.h"
#include "api/table_change.h"
#include "api/table_rules.h"
#include "api/tags.h"
#include "base/limits.h"

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
    FIELD_OF(create_table_in, key, "KeySchema", FIELD_LIST, REQUIRED, 1, LIMIT_KEY_ATTRIBUTES,
             table_fields_key_shape),
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

static status check_warm(const struct create_table_in *in, struct error *err)
{
    const struct table_rules_warmth warmth = {
        .warm = in->warm,
        .billing = table_fields_billing(in->billing),
        .throughput = in->throughput,
    };
    return table_rules_warm(&warmth, err);
}

/* ---- the rest */

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

static status check_absent(const struct create_table_in *in, struct error *err)
{
    const bool asks_replication = in->settings_replication.ptr != NULL;
    const bool asks_encryption = table_rules_encrypts(in->encryption);
    const struct table_rules_part parts[] = {
        {in->vector_indexes.count > 0, "VectorIndexes"                     },
        {asks_encryption,              "SSESpecification"                  },
        {in->policy.ptr != NULL,       "ResourcePolicy"                    },
        {in->source_arn.ptr != NULL,   "GlobalTableSourceArn"              },
        {asks_replication,             "GlobalTableSettingsReplicationMode"},
    };
    return table_rules_absent(parts, ARRAY_COUNT(parts), err);
}

/* ---- keys and indexes */

static status check_keys(const struct create_table_in *in, const struct index_rules *rules,
                         struct error *err)
{
    if (in->key.count > in->definitions.count) {
        return FAIL(err, ST_VALIDATION,
                    "Invalid KeySchema: Some index key attribute have no definition");
    }
    TRY(key_rules_use(rules->keys, &in->key, err));
    TRY(key_rules_pair(&in->key, err));
    TRY(index_rules_lists(rules, err));
    TRY(index_rules_keys(rules, err));
    const bool has_indexes = in->local_indexes.given || in->global_indexes.given;
    TRY(key_rules_all_used(rules->keys, has_indexes, err));
    return index_rules_rest(rules, err);
}

/* Judge definitions, key and indexes, and put them into the spec. */
static status settle_keys(struct call *call, struct create_table_in *in)
{
    struct key_rules keys = {0};
    const struct index_rules rules = {
        .keys = &keys,
        .table_key = &in->key,
        .local = &in->local_indexes,
        .global = &in->global_indexes,
        .billing = table_fields_billing(in->billing),
    };
    TRY(key_rules_begin(&keys, call->arena, &in->definitions, call->err));
    TRY(check_keys(in, &rules, call->err));
    key_rules_fill(&keys, &in->key, &in->spec.key);
    TRY_PLAIN(call->err, index_rules_fill(&rules, call->arena, &in->spec));
    return ST_OK;
}

static void fill_spec(struct create_table_in *in)
{
    struct table_spec *spec = &in->spec;
    spec->name = in->table_name;
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
    spec->stream = table_rules_stream(in->stream);
    table_rules_warm_fill(in->warm, &spec->warm);
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
    TRY(settle_keys(call, in));
    TRY(check_stream(in->stream, call->err));
    TRY(table_rules_encryption(in->encryption, call->err));
    TRY(check_on_demand(in, call->err));
    TRY(check_warm(in, call->err));
    TRY(table_rules_class(in->class, &in->spec.class, call->err));
    TRY(check_absent(in, call->err));
    TRY(fill_tags(call, in));

    fill_spec(in);
    in->write = (struct engine_table_write){
        .verb = ENGINE_TABLE_CREATE,
        .name = in->table_name,
        .spec = &in->spec,
    };
    return table_change_start(call, &in->write);
}

static status create_table_finish(struct call *call, struct create_table_in *in, status st)
{
    return table_change_finish(call, &in->write, st);
}

OP_DEFINE_WRITE(create_table)
