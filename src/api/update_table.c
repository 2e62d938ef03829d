/* update_table.c -- UpdateTable: billing mode, throughput, global indexes, streams, table class,
 * deletion protection.
 *
 * One concern a request: DynamoDB refuses nearly every combination, and says which concern wants
 * to be alone, in the order of `loners`. Only BillingMode goes together with the capacities and
 * with a new index, and warm throughput of the table with that of its indexes. The reply shows the
 * table UPDATING; by the time a client asks again it is ACTIVE with its new settings, while a new
 * index takes the items that were there before it. AttributeDefinitions count only for a new index
 * and are otherwise ignored, as the service does.
 *
 * What this version does not have is refused, in table_rules_absent's words, except that turning
 * off what cannot be on gets the service's own answer for a table that does not have it.
 */
#include "api/index_updates.h"
#include "api/table_change.h"
#include "api/table_rules.h"
#include "base/limits.h"

struct update_table_in {
    struct span table_name;
    struct field_list definitions;
    struct field_enum billing;
    struct table_fields_throughput *throughput;
    struct table_fields_on_demand *on_demand;
    struct table_fields_warm *warm;
    struct field_bool deletion_protection;
    struct span class;
    struct field_list index_updates;
    struct field_list vector_updates;
    struct field_list replica_updates;
    struct field_list witness_updates;
    struct table_fields_stream *stream;
    struct table_fields_encryption *encryption;
    struct span consistency;
    struct span settings_replication;

    /* from run to finish */
    struct engine_table_change change;
    struct engine_table_write write;
};

static const struct field update_table_fields[] = {
    FIELD(update_table_in, table_name, "TableName", FIELD_TABLE, DEMANDED,
          LIMIT_TABLE_NAME_BYTES_MIN, LIMIT_TABLE_NAME_BYTES),
    FIELD_OF(update_table_in, definitions, "AttributeDefinitions", FIELD_LIST, OPTIONAL, 0, 0,
             table_fields_definition_shape),
    FIELD_CHOICE(update_table_in, billing, "BillingMode", OPTIONAL, table_fields_billing_modes),
    FIELD_OF(update_table_in, throughput, "ProvisionedThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_throughput_shape),
    FIELD_OF(update_table_in, index_updates, "GlobalSecondaryIndexUpdates", FIELD_LIST, OPTIONAL, 0,
             0, table_fields_index_update_shape),
    FIELD_OF(update_table_in, stream, "StreamSpecification", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_stream_shape),
    FIELD_OF(update_table_in, encryption, "SSESpecification", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_encryption_shape),
    FIELD(update_table_in, class, "TableClass", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(update_table_in, deletion_protection, "DeletionProtectionEnabled", FIELD_BOOL, OPTIONAL,
          0, 0),
    FIELD_OF(update_table_in, on_demand, "OnDemandThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_on_demand_shape),
    FIELD_OF(update_table_in, warm, "WarmThroughput", FIELD_STRUCT, OPTIONAL, 0, 0,
             table_fields_warm_shape),
    FIELD_OF(update_table_in, replica_updates, "ReplicaUpdates", FIELD_LIST, OPTIONAL, 1, 0,
             table_fields_any_shape),
    FIELD_OF(update_table_in, witness_updates, "GlobalTableWitnessUpdates", FIELD_LIST, OPTIONAL, 1,
             1, table_fields_any_shape),
    FIELD_OF(update_table_in, vector_updates, "VectorIndexUpdates", FIELD_LIST, OPTIONAL, 0, 0,
             table_fields_any_shape),
    FIELD(update_table_in, consistency, "MultiRegionConsistency", FIELD_STRING, OPTIONAL, 0, 0),
    FIELD(update_table_in, settings_replication, "GlobalTableSettingsReplicationMode", FIELD_STRING,
          OPTIONAL, 0, 0),
};

#define INVALID "One or more parameter values were invalid: "

/* ---- which concerns a request has */

struct concerns {
    bool encryption, class, protection, warm, on_demand, stream, indexes, others;
    bool billing, throughput;
    bool makes_index, online_index; /* of `indexes`: one is made; one is made or ended */
    bool warm_indexes;              /* of `indexes`: nothing but warm throughput is raised */
};

static struct index_updates updates_of(const struct update_table_in *in)
{
    return (struct index_updates){.list = &in->index_updates, .definitions = &in->definitions};
}

static struct concerns concerns_of(const struct update_table_in *in)
{
    const struct index_updates updates = updates_of(in);
    return (struct concerns){
        .encryption = in->encryption != NULL,
        .class = in->class.ptr != NULL,
        .protection = in->deletion_protection.given,
        .warm = table_rules_warm_given(in->warm),
        .on_demand = table_rules_on_demand_given(in->on_demand),
        .stream = in->stream != NULL,
        .indexes = in->index_updates.count > 0,
        .others = in->vector_updates.count > 0 || in->replica_updates.count > 0 ||
                  in->witness_updates.count > 0 || in->consistency.ptr != NULL ||
                  in->settings_replication.ptr != NULL,
        .billing = in->billing.value != 0,
        .throughput = in->throughput != NULL,
        .makes_index = index_updates_make(&updates),
        .online_index = index_updates_make_or_end(&updates),
        .warm_indexes = index_updates_only_warm(&updates),
    };
}

static unsigned count_concerns(const struct concerns *c)
{
    const bool all[] = {c->encryption, c->class,   c->protection, c->warm,    c->on_demand,
                        c->stream,     c->indexes, c->others,     c->billing, c->throughput};
    unsigned count = 0;
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) count += all[i] ? 1 : 0;
    return count;
}

static status check_alone(const struct concerns *c, unsigned count, struct error *err)
{
    const bool warm_index = c->warm && c->makes_index;
    const bool warm_others = c->warm && !(c->indexes && c->warm_indexes && count == 2);
    const struct {
        bool asked;
        const char *sentence;
    } loners[] = {
        {c->encryption,
         "Server-Side Encryption modification must be the only operation in the request"   },
        {c->class,      "TableClass modification must be the only operation in the request"},
        {c->protection,
         "DeletionProtection modification must be the only operation in the request"       },
        {warm_index,
         "Create global secondary index cannot be specified when updating WarmThroughput"  },
        {warm_others,   "WarmThroughput must be the only operation in the request"         },
    };
    for (size_t i = 0; i < ARRAY_COUNT(loners); i++) {
        if (loners[i].asked) return FAIL(err, ST_VALIDATION, INVALID "%s", loners[i].sentence);
    }
    return ST_OK;
}

static status check_company(const struct concerns *c, struct error *err)
{
    if (c->on_demand && (c->stream || c->throughput || c->indexes)) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "OnDemandThroughput can only be combined with BillingMode in an "
                            "UpdateTable request");
    }
    if (c->stream && c->throughput) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "You cannot modify stream status while updating table IOPS");
    }
    if (c->online_index && c->throughput) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "You cannot create or delete index while updating table IOPS");
    }
    if (c->online_index && c->stream) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "You cannot create or delete index while changing stream status");
    }
    return ST_OK;
}

static status check_concerns(const struct update_table_in *in, struct error *err)
{
    const struct concerns c = concerns_of(in);
    const unsigned count = count_concerns(&c);
    if (count == 0) {
        return FAIL(err, ST_VALIDATION,
                    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
                    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, "
                    "MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, "
                    "DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass "
                    "is required");
    }
    if (in->index_updates.given && in->index_updates.count == 0) {
        return FAIL(err, ST_VALIDATION, INVALID "List of GlobalSecondaryIndexUpdates is empty");
    }
    if (count > 1) TRY(check_alone(&c, count, err));
    return check_company(&c, err);
}

/* ---- rules of single members */

static status check_capacity(const struct update_table_in *in, struct error *err)
{
    const bool per_request = table_fields_billing(in->billing) == TABLE_PAY_PER_REQUEST;
    if (per_request && in->throughput != NULL) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
                            "when BillingMode is PAY_PER_REQUEST");
    }
    if (in->billing.value != 0 && !per_request && in->throughput == NULL) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "ProvisionedThroughput must be specified when BillingMode is "
                            "PROVISIONED");
    }
    TRY(table_rules_throughput(in->throughput, err));
    return table_rules_on_demand(in->on_demand, true, err);
}

static status check_stream(const struct table_fields_stream *stream, struct error *err)
{
    if (stream == NULL) return ST_OK;
    const bool has_view = stream->view.text.ptr != NULL;
    if (stream->enabled.value && !has_view) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "If stream is being enabled then UpdateViewType is required");
    }
    if (!stream->enabled.value && has_view) {
        return FAIL(err, ST_VALIDATION,
                    INVALID "If stream is being disabled, then UpdateViewType must not be "
                            "specified");
    }
    return ST_OK;
}

static status check_absent(const struct update_table_in *in, struct error *err)
{
    const bool asks_encryption = table_rules_encrypts(in->encryption);
    const bool asks_replication = in->settings_replication.ptr != NULL;
    const struct table_rules_part parts[] = {
        {in->vector_updates.count > 0,  "VectorIndexUpdates"                },
        {in->replica_updates.count > 0, "ReplicaUpdates"                    },
        {in->witness_updates.count > 0, "GlobalTableWitnessUpdates"         },
        {in->consistency.ptr != NULL,   "MultiRegionConsistency"            },
        {asks_replication,              "GlobalTableSettingsReplicationMode"},
        {asks_encryption,               "SSESpecification"                  },
    };
    return table_rules_absent(parts, ARRAY_COUNT(parts), err);
}

/* Turning off what no table has yet: the table must exist, then the service says it is off. */
static status check_off(struct call *call, const struct update_table_in *in)
{
    if (in->encryption == NULL) return ST_OK;
    struct engine_description description = {0};
    TRY(engine_table_describe(call->engine, in->table_name, &description, call->err));
    table_drop(description.table);
    return FAIL(call->err, ST_VALIDATION, INVALID "Table is already encrypted by default");
}

/* What an update asks of indexes, and a change to PROVISIONED of all of them, depends on the table.
 * One that is not there is told by the engine for other changes. */
static status settle_indexes(struct call *call, struct update_table_in *in)
{
    const bool provisions = in->change.has_billing && in->change.billing == TABLE_PROVISIONED;
    if (in->index_updates.count == 0 && !provisions) return ST_OK;
    const struct index_updates updates = updates_of(in);
    struct engine_description description = {0};
    TRY(engine_table_describe(call->engine, in->table_name, &description, call->err));
    const status st = index_updates_settle(call, &updates, description.table, &in->change);
    table_drop(description.table);
    return st;
}

static status fill_change(struct update_table_in *in, struct error *err)
{
    struct engine_table_change *change = &in->change;
    change->has_billing = in->billing.value != 0;
    change->billing = table_fields_billing(in->billing);
    change->has_throughput = in->throughput != NULL;
    if (in->throughput != NULL) {
        change->read_units = (uint64_t)in->throughput->read_units.value;
        change->write_units = (uint64_t)in->throughput->write_units.value;
    }
    change->has_on_demand = table_rules_on_demand_given(in->on_demand);
    if (in->on_demand != NULL) {
        change->on_demand_read_max = in->on_demand->read_max.value;
        change->on_demand_write_max = in->on_demand->write_max.value;
    }
    change->warm = table_rules_warm_change(in->warm);
    change->has_deletion_protection = in->deletion_protection.given;
    change->deletion_protection = in->deletion_protection.value;
    change->has_stream = in->stream != NULL;
    change->stream = table_rules_stream(in->stream);
    change->has_class = in->class.ptr != NULL;
    return table_rules_class(in->class, &change->class, err);
}

static status update_table_run(struct call *call, struct update_table_in *in)
{
    const struct index_updates updates = updates_of(in);
    TRY(index_updates_warm(&updates, call->err));
    TRY(check_concerns(in, call->err));
    TRY(check_capacity(in, call->err));
    TRY(index_updates_shape(&updates, call->err));
    TRY(check_stream(in->stream, call->err));
    TRY(table_rules_encryption(in->encryption, call->err));
    TRY(fill_change(in, call->err));
    TRY(check_absent(in, call->err));
    TRY(check_off(call, in));
    TRY(settle_indexes(call, in));

    in->write = (struct engine_table_write){
        .verb = ENGINE_TABLE_UPDATE,
        .name = in->table_name,
        .change = &in->change,
    };
    return table_change_start(call, &in->write);
}

static status update_table_finish(struct call *call, struct update_table_in *in, status st)
{
    return table_change_finish(call, &in->write, st);
}

OP_DEFINE_WRITE(update_table)
