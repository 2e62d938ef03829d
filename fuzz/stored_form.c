/* stored_form.c -- fuzz what the engine reads from disk beside items: a byte that chooses, then the
 * stored bytes.
 *
 *     0  the description of a table
 *     1  a stream with its owner    2  a shard    3  a mark    4  a record    5  a vector
 *     6  a key of the change log, of an expiry entry or of a vector
 *
 * Damage is an answer, ST_CORRUPT, never more. What is read is written again as the same bytes; of
 * a table, whose form goes by what it has, the second writing is as the first. None may cost more
 * memory than what is fixed and a few times its bytes.
 */
#include <assert.h>
#include <string.h>

#include "engine/logbook_form.h"
#include "engine/vector_entry.h"
#include "meter.h"
#include "table/item_key.h"

enum {
    KINDS = 7,
    BYTES_MAX = 1 << 16,
    TABLE_BYTES_FIXED = 256 << 10, /* room for as many of everything as there may be */
    TABLE_BYTES_EACH = 16,
    DIMENSIONS = 3,
};

/* ---- tables */

static struct buf fresh_buf(void)
{
    struct buf buf;
    buf_init(&buf, mem_heap(), BYTES_MAX * 4);
    return buf;
}

static struct buf written_table(const struct table *table)
{
    struct buf buf = fresh_buf();
    table_write(table, &buf);
    assert(buf_status(&buf) == ST_OK);
    return buf;
}

static void look_around(const struct table *table)
{
    const struct table_spec *spec = &table->spec;
    for (uint8_t i = 0; i < spec->index_count; i++) {
        const struct table_index *index = &spec->indexes[i];
        assert(table_find_index(table, index->name) != NULL);
        assert(table_find_number(table, index->number) != NULL);
        for (uint8_t k = 0; k < index->included_count; k++)
            assert(table_projects(table, index, index->included[k]));
    }
    for (uint8_t i = 0; i < spec->vector_count; i++)
        assert(table_find_vectors(table, spec->vectors[i].name) != NULL);
    assert(table_key_has(&spec->key, spec->key.partition[0].name));
}

static void try_table(struct span bytes)
{
    struct meter meter = {0};
    const struct mem mem = meter_mem(&meter);
    struct table *table = NULL;
    struct table *back = NULL;
    status st = table_read(&mem, bytes, NULL, &table);
    assert(st == ST_OK || st == ST_CORRUPT);
    assert(meter.most <= TABLE_BYTES_FIXED + TABLE_BYTES_EACH * bytes.len);
    assert((st == ST_OK) == (meter.taken > 0));
    if (st != ST_OK) return;
    look_around(table);
    struct buf first = written_table(table);
    st = table_read(&mem, buf_view(&first), table, &back);
    assert(st == ST_OK);
    struct buf second = written_table(back);
    assert(span_eq(buf_view(&first), buf_view(&second)));
    buf_deinit(&second);
    buf_deinit(&first);
    table_drop(back);
    table_drop(table);
    assert(meter.taken == 0);
}

/* ---- the change log */

static void check_same(struct buf *written, struct span bytes)
{
    assert(buf_status(written) == ST_OK);
    assert(span_eq(buf_view(written), bytes));
    buf_deinit(written);
}

static void try_owner(struct span bytes)
{
    struct logbook_owner owner = {0};
    const status st = logbook_form_read_owner(bytes, &owner);
    assert(st == ST_OK || st == ST_CORRUPT);
    if (st != ST_OK) return;
    struct table table = {.number = owner.table_number, .space = owner.space};
    table.spec.name = owner.table_name;
    table.spec.key = owner.key;
    struct buf again = fresh_buf();
    logbook_form_write_owner(&again, &table);
    check_same(&again, bytes);
}

static void try_stream(struct span bytes)
{
    struct logbook_stream stream = {0};
    const status st = logbook_form_read_stream(bytes, &stream);
    assert(st == ST_OK || st == ST_CORRUPT);
    if (st != ST_OK) return;
    struct buf open = fresh_buf();
    for (uint32_t i = 0; i < stream.open_count; i++)
        logbook_form_write_open_shard(&open, logbook_form_open_shard(&stream, i));
    check_same(&open, stream.open);
    struct buf again = fresh_buf();
    logbook_form_write_stream(&again, &stream);
    check_same(&again, bytes);
    try_owner(stream.owner);
}

static void try_shard(struct span bytes)
{
    struct logbook_shard shard = {0};
    uint8_t again[LOGBOOK_SHARD_BYTES];
    const status st = logbook_form_read_shard(bytes, &shard);
    assert(st == ST_OK || st == ST_CORRUPT);
    if (st != ST_OK) return;
    logbook_form_write_shard(again, &shard);
    assert(span_eq((struct span){again, sizeof again}, bytes));
}

static void try_mark(struct span bytes)
{
    struct logbook_mark mark = {0};
    uint8_t again[LOGBOOK_MARK_BYTES];
    const status st = logbook_form_read_mark(bytes, &mark);
    assert(st == ST_OK || st == ST_CORRUPT);
    if (st != ST_OK) return;
    logbook_form_write_mark(again, &mark);
    assert(span_eq((struct span){again, sizeof again}, bytes));
}

static void try_record(struct span bytes)
{
    struct engine_record record = {0};
    const status st = logbook_form_read_record(bytes, &record);
    assert(st == ST_OK || st == ST_CORRUPT);
    if (st != ST_OK) return;
    assert(record.keys.type == VALUE_M);
    struct buf again = fresh_buf();
    logbook_form_write_record(&again, &record);
    check_same(&again, bytes);
}

/* ---- vectors and keys */

static void try_vector(struct span bytes, struct arena *arena)
{
    const struct table_vectors vectors = {.kind = {.dimensions = DIMENSIONS}};
    const float *values = NULL;
    const status st = vector_entry_read(&vectors, bytes, arena, &values);
    assert(st == ST_OK || st == ST_CORRUPT);
    assert((st == ST_OK) == (values != NULL));
    if (st != ST_OK) return;
    for (size_t i = 0; i < DIMENSIONS; i++) assert(values[i] - values[i] == 0); /* is finite */
    assert(memcmp(values, bytes.ptr, bytes.len) == 0);
}

static void check_log_key(struct logbook_form_key key, struct span bytes)
{
    assert(span_eq(span_drop(logbook_form_span(&key), 1), span_drop(bytes, 1)));
}

static void try_log_keys(struct span bytes)
{
    uint32_t stream = 0;
    uint32_t shard = 0;
    struct engine_position at = {0};
    if (logbook_form_read_stream_key(bytes, &stream) == ST_OK)
        check_log_key(logbook_form_stream_key(stream), bytes);
    if (bytes.len < LOGBOOK_FORM_STREAM_KEY_BYTES) return;
    const struct span front = span_take(bytes, LOGBOOK_FORM_STREAM_KEY_BYTES);
    assert(logbook_form_read_stream_key(front, &stream) == ST_OK);
    if (logbook_form_read_shard_key(bytes, &shard) == ST_OK)
        check_log_key(logbook_form_shard_key(stream, shard), bytes);
    if (logbook_form_read_place(bytes, &at) != ST_OK) return;
    assert(logbook_form_read_shard_key(span_take(bytes, LOGBOOK_FORM_SHARD_KEY_BYTES), &shard) ==
           ST_OK);
    check_log_key(logbook_form_record_key(stream, shard, at), bytes);
    check_log_key(logbook_form_mark_key(stream, shard, at), bytes);
}

static void try_entries(struct span bytes, struct arena *arena)
{
    const struct table table = {.number = 7};
    struct span item = {0};
    struct span again = {0};
    uint64_t second = 0;
    status st = item_key_of_expiry(bytes, arena, &item, &second);
    assert(st == ST_OK || st == ST_CORRUPT);
    if (st == ST_OK) {
        assert(item_key_expiry(second, item, arena, &again) == ST_OK);
        assert(span_eq(again, bytes));
    }
    st = item_key_of_vector(&table, bytes, arena, &item);
    assert(st == ST_OK || st == ST_CORRUPT);
    if (st == ST_OK) {
        assert(item_key_vector(table.number, item, arena, &again) == ST_OK);
        assert(span_eq(span_drop(again, 5), span_drop(bytes, 5))); /* behind its index */
    }
}

static void try(uint8_t kind, struct span bytes, struct arena *arena)
{
    if (kind == 0) try_table(bytes);
    if (kind == 1) try_stream(bytes);
    if (kind == 2) try_shard(bytes);
    if (kind == 3) try_mark(bytes);
    if (kind == 4) try_record(bytes);
    if (kind == 5) try_vector(bytes, arena);
    if (kind == 6) try_log_keys(bytes);
    if (kind == 6) try_entries(bytes, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > BYTES_MAX) return 0;
    struct arena arena;
    arena_init(&arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    try(data[0] % KINDS, (struct span){data + 1, size - 1}, &arena);
    arena_deinit(&arena);
    return 0;
}
