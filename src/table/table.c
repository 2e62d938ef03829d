/* table.c -- making, counting and storing table descriptions.
 *
 * A table and everything it points at live in one arena, so that it is freed in one piece when its
 * last reader lets go. What changes with every write (struct table_live) is apart and shared by all
 * versions of the table.
 *
 * Catalog form, all integers little-endian: form u8, then the fields in the order of write_fields;
 * spans as len u32 and bytes. A later form may only add fields at the end.
 */
#include "table/table.h"

#include <assert.h>
#include <string.h>

#include "base/reader.h"

enum { TABLE_FORM = 1, TABLE_ARENA_BYTES_MAX = 1 << 20 };

struct table_own {
    struct arena arena;
    const struct mem *mem;
    _Atomic uint32_t readers;
};

static struct table_live *live_new(const struct mem *mem)
{
    struct table_live *live = mem_new(mem, sizeof *live);
    if (live != NULL) atomic_init(&live->versions, 1);
    return live;
}

static void live_drop(const struct mem *mem, struct table_live *live)
{
    if (atomic_fetch_sub(&live->versions, 1) == 1) mem_free(mem, live, sizeof *live);
}

static void own_free(struct table_own *own)
{
    const struct mem *mem = own->mem;
    arena_deinit(&own->arena);
    mem_free(mem, own, sizeof *own);
}

/* An empty table with one reader, in an arena of its own, without its live part. */
static struct table *table_new(const struct mem *mem)
{
    struct table_own *own = mem_new(mem, sizeof *own);
    if (own == NULL) return NULL;
    own->mem = mem;
    atomic_init(&own->readers, 1);
    arena_init(&own->arena, mem, TABLE_ARENA_BYTES_MAX);
    struct table *table = arena_new(&own->arena, struct table);
    if (table == NULL) {
        own_free(own);
        return NULL;
    }
    table->own = own;
    return table;
}

static bool copy_parts(struct arena *arena, struct table_key_part *parts, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++)
        if (!arena_copy(arena, parts[i].name, &parts[i].name)) return false;
    return true;
}

/* Let every span of `table` point into its own arena. */
static bool copy_spans(struct table *table)
{
    struct arena *arena = &table->own->arena;
    struct table_key *key = &table->spec.key;
    return arena_copy(arena, table->spec.name, &table->spec.name) &&
           copy_parts(arena, key->partition, key->partition_count) &&
           copy_parts(arena, key->sort, key->sort_count);
}

static struct table_live *live_share(const struct mem *mem, struct table_live *live)
{
    if (live == NULL) return live_new(mem);
    atomic_fetch_add(&live->versions, 1);
    return live;
}

/* Finish a table made by table_new: let it share `live` (NULL: have a new one), copy what it points
 * at. Consumes `table` on failure. */
static status table_settle(struct table *table, struct table_live *live, struct table **out)
{
    const struct mem *mem = table->own->mem;
    table->live = live_share(mem, live);
    if (table->live == NULL || !copy_spans(table)) {
        if (table->live != NULL) live_drop(mem, table->live);
        own_free(table->own);
        return ST_NO_MEMORY;
    }
    *out = table;
    return ST_OK;
}

status table_from_spec(const struct mem *mem, const struct table_spec *spec,
                       const struct table_identity *identity, struct table **out)
{
    assert(spec->key.partition_count >= 1);
    struct table *table = table_new(mem);
    if (table == NULL) return ST_NO_MEMORY;
    table->spec = *spec;
    memcpy(table->id, identity->id, sizeof table->id);
    table->number = identity->number;
    table->created_ms = identity->created_ms;
    table->status = TABLE_CREATING;
    if (spec->billing == TABLE_PAY_PER_REQUEST) table->billing_changed_ms = identity->created_ms;
    return table_settle(table, NULL, out);
}

status table_clone(const struct mem *mem, const struct table *table, struct table **out)
{
    struct table *copy = table_new(mem);
    if (copy == NULL) return ST_NO_MEMORY;
    struct table_own *own = copy->own;
    *copy = *table;
    copy->own = own;
    return table_settle(copy, table->live, out);
}

const struct table *table_hold(const struct table *table)
{
    atomic_fetch_add(&table->own->readers, 1);
    return table;
}

void table_drop(const struct table *table)
{
    if (table == NULL || atomic_fetch_sub(&table->own->readers, 1) > 1) return;
    live_drop(table->own->mem, table->live);
    own_free(table->own);
}

static void write_span(struct buf *buf, struct span bytes)
{
    buf_put_u32(buf, (uint32_t)bytes.len);
    buf_put(buf, bytes);
}

static void write_parts(struct buf *buf, const struct table_key_part *parts, uint8_t count)
{
    buf_put_u8(buf, count);
    for (uint8_t i = 0; i < count; i++) {
        write_span(buf, parts[i].name);
        buf_put_u8(buf, (uint8_t)parts[i].type);
    }
}

static void write_throughput(struct buf *buf, const struct table_throughput *throughput)
{
    buf_put_u64(buf, throughput->read_units);
    buf_put_u64(buf, throughput->write_units);
    buf_put_u64(buf, throughput->increased_ms);
    buf_put_u64(buf, throughput->decreased_ms);
    buf_put_u32(buf, throughput->decreases_today);
}

void table_write(const struct table *table, struct buf *buf)
{
    const struct table_spec *spec = &table->spec;
    buf_put_u8(buf, TABLE_FORM);
    write_span(buf, spec->name);
    buf_put(buf, (struct span){(const uint8_t *)table->id, TABLE_ID_BYTES});
    buf_put_u32(buf, table->number);
    buf_put_u8(buf, (uint8_t)table->status);
    buf_put_u64(buf, table->created_ms);
    buf_put_u64(buf, table->billing_changed_ms);
    buf_put_u64(buf, table->class_changed_ms);
    write_parts(buf, spec->key.partition, spec->key.partition_count);
    write_parts(buf, spec->key.sort, spec->key.sort_count);
    buf_put_u8(buf, (uint8_t)spec->billing);
    write_throughput(buf, &spec->throughput);
    buf_put_u8(buf, (uint8_t)spec->class);
    buf_put_u8(buf, spec->deletion_protection ? 1 : 0);
    buf_put_u64(buf, (uint64_t)spec->on_demand_read_max);
    buf_put_u64(buf, (uint64_t)spec->on_demand_write_max);
}

static status read_span(struct reader *in, struct span *out)
{
    uint32_t len = 0;
    TRY(reader_u32(in, &len));
    return reader_take(in, len, out);
}

/* One byte of an enum whose last member is `last`. */
static status read_enum(struct reader *in, uint8_t last, uint8_t *out)
{
    TRY(reader_u8(in, out));
    return *out <= last ? ST_OK : ST_CORRUPT;
}

static status read_parts(struct reader *in, struct table_key_part *parts, uint8_t *count)
{
    TRY(read_enum(in, TABLE_KEY_PARTS_MAX, count));
    for (uint8_t i = 0; i < *count; i++) {
        uint8_t type = 0;
        TRY(read_span(in, &parts[i].name));
        TRY(read_enum(in, VALUE_B, &type));
        if (type == VALUE_NONE) return ST_CORRUPT;
        parts[i].type = (value_type)type;
    }
    return ST_OK;
}

static status read_throughput(struct reader *in, struct table_throughput *throughput)
{
    TRY(reader_u64(in, &throughput->read_units));
    TRY(reader_u64(in, &throughput->write_units));
    TRY(reader_u64(in, &throughput->increased_ms));
    TRY(reader_u64(in, &throughput->decreased_ms));
    return reader_u32(in, &throughput->decreases_today);
}

static status read_identity(struct reader *in, struct table *table)
{
    struct span id = {0};
    uint8_t state = 0;
    TRY(read_span(in, &table->spec.name));
    TRY(reader_take(in, TABLE_ID_BYTES, &id));
    memcpy(table->id, id.ptr, TABLE_ID_BYTES);
    TRY(reader_u32(in, &table->number));
    TRY(read_enum(in, TABLE_DELETING, &state));
    table->status = (table_status)state;
    TRY(reader_u64(in, &table->created_ms));
    TRY(reader_u64(in, &table->billing_changed_ms));
    return reader_u64(in, &table->class_changed_ms);
}

static status read_settings(struct reader *in, struct table_spec *spec)
{
    uint8_t billing = 0, class = 0, protection = 0;
    uint64_t read_max = 0, write_max = 0;
    TRY(read_enum(in, TABLE_PAY_PER_REQUEST, &billing));
    TRY(read_throughput(in, &spec->throughput));
    TRY(read_enum(in, TABLE_CLASS_INFREQUENT_ACCESS, &class));
    TRY(read_enum(in, 1, &protection));
    TRY(reader_u64(in, &read_max));
    TRY(reader_u64(in, &write_max));
    spec->billing = (table_billing)billing;
    spec->class = (table_class) class;
    spec->deletion_protection = protection == 1;
    spec->on_demand_read_max = (int64_t)read_max;
    spec->on_demand_write_max = (int64_t)write_max;
    return ST_OK;
}

static status read_fields(struct reader *in, struct table *table)
{
    uint8_t form = 0;
    struct table_key *key = &table->spec.key;
    TRY(reader_u8(in, &form));
    if (form != TABLE_FORM) return ST_CORRUPT;
    TRY(read_identity(in, table));
    TRY(read_parts(in, key->partition, &key->partition_count));
    TRY(read_parts(in, key->sort, &key->sort_count));
    if (key->partition_count == 0) return ST_CORRUPT;
    return read_settings(in, &table->spec);
}

status table_read(const struct mem *mem, struct span bytes, struct table_live *live,
                  struct table **out)
{
    struct table *table = table_new(mem);
    if (table == NULL) return ST_NO_MEMORY;
    struct reader in = {bytes};
    const status st = read_fields(&in, table);
    if (st != ST_OK) {
        own_free(table->own);
        return st;
    }
    return table_settle(table, live, out);
}
