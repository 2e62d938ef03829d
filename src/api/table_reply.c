/* table_reply.c -- TableDescription.
 *
 * Members stand in alphabetical order, as the service has them. Attribute definitions are those of
 * the key, sorted by name: DynamoDB keeps no other order. WarmThroughput is what a table can serve
 * at once: the provisioned units, or for a table that was ever billed per request at least the
 * service's initial capacity. (The service also remembers the highest units ever provisioned;
 * Stator has nothing to warm up and shows today's.)
 */
#include "api/table_reply.h"

#include "api/reply.h"

#include <assert.h>

enum {
    KEY_PARTS_MAX = 2 * TABLE_KEY_PARTS_MAX,
    WARM_READ_UNITS = 12000, /* what a table billed per request begins with */
    WARM_WRITE_UNITS = 4000,
};

static void write_units(struct json_writer *reply, const char *name, uint64_t units)
{
    int64_t n = INT64_MAX;
    if (units < INT64_MAX) n = (int64_t)units;
    json_writer_member_i64(reply, name, n);
}

static void write_pair(struct json_writer *reply, const struct table_key_part *part,
                       const char *name, struct span word)
{
    json_writer_object_begin(reply);
    json_writer_member_string(reply, "AttributeName", part->name);
    json_writer_member_string(reply, name, word);
    json_writer_object_end(reply);
}

static size_t sorted_parts(const struct table_key *key,
                           const struct table_key_part *out[static KEY_PARTS_MAX])
{
    size_t count = 0;
    for (uint8_t i = 0; i < key->partition_count; i++) out[count++] = &key->partition[i];
    for (uint8_t i = 0; i < key->sort_count; i++) out[count++] = &key->sort[i];

    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && span_compare(out[j]->name, out[j - 1]->name) < 0; j--) {
            const struct table_key_part *part = out[j];
            out[j] = out[j - 1];
            out[j - 1] = part;
        }
    }
    return count;
}

static void write_definitions(struct json_writer *reply, const struct table_key *key)
{
    const struct table_key_part *parts[KEY_PARTS_MAX];
    const size_t count = sorted_parts(key, parts);
    json_writer_key(reply, SPAN("AttributeDefinitions"));
    json_writer_array_begin(reply);
    for (size_t i = 0; i < count; i++) {
        write_pair(reply, parts[i], "AttributeType", span_of(value_type_name(parts[i]->type)));
    }
    json_writer_array_end(reply);
}

static void write_key_schema(struct json_writer *reply, const struct table_key *key)
{
    json_writer_key(reply, SPAN("KeySchema"));
    json_writer_array_begin(reply);
    for (uint8_t i = 0; i < key->partition_count; i++) {
        write_pair(reply, &key->partition[i], "KeyType", SPAN("HASH"));
    }
    for (uint8_t i = 0; i < key->sort_count; i++) {
        write_pair(reply, &key->sort[i], "KeyType", SPAN("RANGE"));
    }
    json_writer_array_end(reply);
}

static struct span billing_word(table_billing billing)
{
    switch (billing) {
    case TABLE_PROVISIONED:
        return SPAN("PROVISIONED");
    case TABLE_PAY_PER_REQUEST:
        return SPAN("PAY_PER_REQUEST");
    }
    assert(false);
    return SPAN("");
}

static bool ever_per_request(const struct table *table)
{
    return table->spec.billing == TABLE_PAY_PER_REQUEST || table->billing_changed_ms > 0;
}

static void write_billing(struct json_writer *reply, const struct table *table)
{
    if (!ever_per_request(table)) return;
    json_writer_key(reply, SPAN("BillingModeSummary"));
    json_writer_object_begin(reply);
    json_writer_member_string(reply, "BillingMode", billing_word(table->spec.billing));
    if (table->billing_changed_ms > 0 && table->status == TABLE_ACTIVE) {
        reply_time(reply, "LastUpdateToPayPerRequestDateTime", table->billing_changed_ms);
    }
    json_writer_object_end(reply);
}

static void write_on_demand(struct json_writer *reply, const struct table_spec *spec)
{
    if (spec->on_demand_read_max == 0 && spec->on_demand_write_max == 0) return;
    json_writer_key(reply, SPAN("OnDemandThroughput"));
    json_writer_object_begin(reply);
    if (spec->on_demand_read_max != 0) {
        json_writer_member_i64(reply, "MaxReadRequestUnits", spec->on_demand_read_max);
    }
    if (spec->on_demand_write_max != 0) {
        json_writer_member_i64(reply, "MaxWriteRequestUnits", spec->on_demand_write_max);
    }
    json_writer_object_end(reply);
}

static void write_throughput(struct json_writer *reply, const struct table_throughput *throughput)
{
    json_writer_key(reply, SPAN("ProvisionedThroughput"));
    json_writer_object_begin(reply);
    if (throughput->decreased_ms > 0) {
        reply_time(reply, "LastDecreaseDateTime", throughput->decreased_ms);
    }
    if (throughput->increased_ms > 0) {
        reply_time(reply, "LastIncreaseDateTime", throughput->increased_ms);
    }
    json_writer_member_i64(reply, "NumberOfDecreasesToday", throughput->decreases_today);
    write_units(reply, "ReadCapacityUnits", throughput->read_units);
    write_units(reply, "WriteCapacityUnits", throughput->write_units);
    json_writer_object_end(reply);
}

static struct span class_word(table_class class)
{
    return class == TABLE_CLASS_INFREQUENT_ACCESS ? SPAN("STANDARD_INFREQUENT_ACCESS")
                                                  : SPAN("STANDARD");
}

static void write_class(struct json_writer *reply, const struct table *table)
{
    if (table->spec.class == TABLE_CLASS_UNSET) return;
    json_writer_key(reply, SPAN("TableClassSummary"));
    json_writer_object_begin(reply);
    if (table->class_changed_ms > 0) {
        reply_time(reply, "LastUpdateDateTime", table->class_changed_ms);
    }
    json_writer_member_string(reply, "TableClass", class_word(table->spec.class));
    json_writer_object_end(reply);
}

static struct span status_word(table_status st)
{
    switch (st) {
    case TABLE_CREATING:
        return SPAN("CREATING");
    case TABLE_ACTIVE:
        return SPAN("ACTIVE");
    case TABLE_UPDATING:
        return SPAN("UPDATING");
    case TABLE_DELETING:
        return SPAN("DELETING");
    }
    assert(false);
    return SPAN("");
}

static uint64_t at_least(uint64_t units, uint64_t least)
{
    return units > least ? units : least;
}

static void write_warm(struct json_writer *reply, const struct table *table)
{
    if (table->status == TABLE_CREATING) return;
    const struct table_throughput *throughput = &table->spec.throughput;
    const bool initial = ever_per_request(table);
    json_writer_key(reply, SPAN("WarmThroughput"));
    json_writer_object_begin(reply);
    write_units(reply, "ReadUnitsPerSecond",
                at_least(throughput->read_units, initial ? WARM_READ_UNITS : 0));
    json_writer_member_string(reply, "Status", SPAN("ACTIVE"));
    write_units(reply, "WriteUnitsPerSecond",
                at_least(throughput->write_units, initial ? WARM_WRITE_UNITS : 0));
    json_writer_object_end(reply);
}

void table_reply(struct call *call, const char *name, const struct engine_description *description)
{
    struct json_writer *reply = call->reply;
    const struct table *table = description->table;
    const struct table_spec *spec = &table->spec;

    json_writer_key(reply, span_of(name));
    json_writer_object_begin(reply);
    write_definitions(reply, &spec->key);
    write_billing(reply, table);
    reply_time(reply, "CreationDateTime", table->created_ms);
    json_writer_member_bool(reply, "DeletionProtectionEnabled", spec->deletion_protection);
    write_units(reply, "ItemCount", description->item_count);
    write_key_schema(reply, &spec->key);
    write_on_demand(reply, spec);
    write_throughput(reply, &spec->throughput);
    reply_table_arn(call, "TableArn", spec->name);
    write_class(reply, table);
    json_writer_member_string(reply, "TableId", span_of(table->id));
    json_writer_member_string(reply, "TableName", spec->name);
    write_units(reply, "TableSizeBytes", description->item_bytes);
    json_writer_member_string(reply, "TableStatus", status_word(table->status));
    write_warm(reply, table);
    json_writer_object_end(reply);
}
