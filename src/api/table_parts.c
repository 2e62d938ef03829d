/* table_parts.c -- members that descriptions of tables and of indexes have in common.
 *
 * Attribute definitions are those of all keys, each once, sorted by name: DynamoDB keeps no other
 * order.
 */
#include "api/table_parts.h"

#include <assert.h>

#include "api/reply.h"
#include "base/limits.h"

enum {
    KEY_PARTS_MAX = 2 * LIMIT_INDEX_KEY_PARTS,
    DEFINITIONS_MAX = (1 + LIMIT_GLOBAL_INDEXES + LIMIT_LOCAL_INDEXES) * KEY_PARTS_MAX,
};

void table_parts_count(struct reply_writer *reply, const char *name, uint64_t count)
{
    int64_t n = INT64_MAX;
    if (count < INT64_MAX) n = (int64_t)count;
    reply_writer_member_i64(reply, name, n);
}

static void write_pair(struct reply_writer *reply, const struct table_key_part *part,
                       const char *name, struct span word)
{
    reply_writer_object_begin(reply);
    reply_writer_member_string(reply, "AttributeName", part->name);
    reply_writer_member_string(reply, name, word);
    reply_writer_object_end(reply);
}

/* ---- attribute definitions */

/* Attributes sorted by name, none of them twice. */
struct definitions {
    const struct table_key_part *parts[DEFINITIONS_MAX];
    size_t count;
};

static void add_part(struct definitions *all, const struct table_key_part *part)
{
    size_t at = 0;
    while (at < all->count && span_compare(all->parts[at]->name, part->name) < 0) at++;
    if (at < all->count && span_eq(all->parts[at]->name, part->name)) return;
    assert(all->count < DEFINITIONS_MAX);
    for (size_t i = all->count; i > at; i--) all->parts[i] = all->parts[i - 1];
    all->parts[at] = part;
    all->count++;
}

static void add_key(struct definitions *all, const struct table_key *key)
{
    for (uint8_t i = 0; i < key->partition_count; i++) add_part(all, &key->partition[i]);
    for (uint8_t i = 0; i < key->sort_count; i++) add_part(all, &key->sort[i]);
}

void table_parts_definitions(struct reply_writer *reply, const struct table *table)
{
    struct definitions all = {.count = 0};
    add_key(&all, &table->spec.key);
    for (uint8_t i = 0; i < table->spec.index_count; i++) {
        add_key(&all, &table->spec.indexes[i].key);
    }
    reply_writer_key(reply, SPAN("AttributeDefinitions"));
    reply_writer_array_begin(reply);
    for (size_t i = 0; i < all.count; i++) {
        write_pair(reply, all.parts[i], "AttributeType",
                   span_of(value_type_name(all.parts[i]->type)));
    }
    reply_writer_array_end(reply);
}

/* ---- the others */

void table_parts_key(struct reply_writer *reply, const struct table_key *key)
{
    reply_writer_key(reply, SPAN("KeySchema"));
    reply_writer_array_begin(reply);
    for (uint8_t i = 0; i < key->partition_count; i++) {
        write_pair(reply, &key->partition[i], "KeyType", SPAN("HASH"));
    }
    for (uint8_t i = 0; i < key->sort_count; i++) {
        write_pair(reply, &key->sort[i], "KeyType", SPAN("RANGE"));
    }
    reply_writer_array_end(reply);
}

void table_parts_on_demand(struct reply_writer *reply, int64_t read_max, int64_t write_max)
{
    if (read_max == 0 && write_max == 0) return;
    reply_writer_key(reply, SPAN("OnDemandThroughput"));
    reply_writer_object_begin(reply);
    if (read_max != 0) reply_writer_member_i64(reply, "MaxReadRequestUnits", read_max);
    if (write_max != 0) reply_writer_member_i64(reply, "MaxWriteRequestUnits", write_max);
    reply_writer_object_end(reply);
}

void table_parts_throughput(struct reply_writer *reply, const struct table_throughput *throughput)
{
    reply_writer_key(reply, SPAN("ProvisionedThroughput"));
    reply_writer_object_begin(reply);
    if (throughput->decreased_ms > 0) {
        reply_time(reply, "LastDecreaseDateTime", throughput->decreased_ms);
    }
    if (throughput->increased_ms > 0) {
        reply_time(reply, "LastIncreaseDateTime", throughput->increased_ms);
    }
    reply_writer_member_i64(reply, "NumberOfDecreasesToday", throughput->decreases_today);
    table_parts_count(reply, "ReadCapacityUnits", throughput->read_units);
    table_parts_count(reply, "WriteCapacityUnits", throughput->write_units);
    reply_writer_object_end(reply);
}

void table_parts_warm(struct reply_writer *reply, const struct table_warm *warm, bool ready)
{
    reply_writer_key(reply, SPAN("WarmThroughput"));
    reply_writer_object_begin(reply);
    table_parts_count(reply, "ReadUnitsPerSecond", warm->read_units);
    reply_writer_member_string(reply, "Status",
                               ready && !warm->rising ? SPAN("ACTIVE") : SPAN("UPDATING"));
    table_parts_count(reply, "WriteUnitsPerSecond", warm->write_units);
    reply_writer_object_end(reply);
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

void table_parts_status(struct reply_writer *reply, const char *name, table_status st)
{
    reply_writer_member_string(reply, name, status_word(st));
}
