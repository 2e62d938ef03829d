/* replica.c -- see replica.h. */
#include "engine/replica.h"

#include "engine/stream_reader.h"

enum { READ_RECORDS = 20 };

void replica_open(struct replica *replica, const char *table)
{
    *replica = (struct replica){.table = table};
    fixture_open(&replica->f, NULL);
    fixture_table(&replica->f, table, "pk:S", "sk:N");
}

/* ---- replaying */

static void assert_is_there(struct replica *replica, const char *key, struct value image)
{
    const char *there = fixture_get(&replica->f, replica->table, key);
    if (image.type == VALUE_NONE) {
        assert_null(there);
        return;
    }
    assert_non_null(there);
    assert_string_equal(there, fixture_text(&replica->f, image));
}

static void replay(struct replica *replica, const struct engine_record *record)
{
    const char *key = fixture_text(&replica->f, record->keys);
    const bool puts = record->kind != ENGINE_RECORD_REMOVE;
    assert_int_equal(record->old_image.type == VALUE_NONE, record->kind == ENGINE_RECORD_INSERT);
    assert_int_equal(record->new_image.type != VALUE_NONE, puts);
    assert_is_there(replica, key, record->old_image);
    struct fixture_write write = {.verb = puts ? ENGINE_PUT : ENGINE_DELETE,
                                  .table = replica->table,
                                  .item =
                                      puts ? fixture_text(&replica->f, record->new_image) : key};
    assert_int_equal(fixture_write(&replica->f, &write), ST_OK);
    replica->records++;
    replica->by_service += record->by_service ? 1 : 0;
    arena_reset(&replica->f.arena);
}

static void replay_shard(struct replica *replica, struct fixture *source, uint32_t stream,
                         uint32_t shard)
{
    assert_true(shard < REPLICA_SHARDS_MAX);
    struct engine_records read = {.stream = stream,
                                  .shard = shard,
                                  .after = replica->at[shard],
                                  .limit = READ_RECORDS,
                                  .bytes_max = 1 << 20};
    do {
        assert_int_equal(engine_stream_read(source->engine, &read, &source->arena), ST_OK);
        for (uint32_t i = 0; i < read.count; i++) replay(replica, &read.records[i]);
        read.after = read.next;
    } while (read.count > 0);
    replica->at[shard] = read.next;
}

void replica_catch_up(struct replica *replica, struct fixture *source)
{
    const uint32_t stream = stream_reader_latest(source, replica->table).number;
    struct engine_shards shards = {.stream = stream, .limit = REPLICA_SHARDS_MAX};
    assert_int_equal(engine_stream_shards(source->engine, &shards, &source->arena), ST_OK);
    for (uint32_t i = 0; i < shards.count; i++) /* parents before their children */
        replay_shard(replica, source, stream, shards.shards[i].number);
}

/* ---- comparing */

static struct engine_description describe(struct fixture *f, const char *table)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f->engine, span_of(table), &seen, &f->err), ST_OK);
    table_drop(seen.table);
    seen.table = NULL;
    return seen;
}

void replica_compare(struct replica *replica, struct fixture *source)
{
    replica_catch_up(replica, source);
    const struct engine_description ours = describe(&replica->f, replica->table);
    const struct engine_description theirs = describe(source, replica->table);
    assert_int_equal(ours.item_count, theirs.item_count);
    assert_int_equal(ours.item_bytes, theirs.item_bytes);
}

static const char *key_text(struct replica *replica, struct value item)
{
    struct value pk = {0}, sk = {0};
    struct buf map;
    buf_init(&map, arena_mem(&replica->f.arena), 1 << 16);
    assert_true(value_find(item, SPAN("pk"), &pk));
    assert_true(value_find(item, SPAN("sk"), &sk));
    const size_t begun = value_write_begin(&map);
    value_write_attribute(&map, SPAN("pk"), pk);
    value_write_attribute(&map, SPAN("sk"), sk);
    value_write_end(&map, begun, 2);
    assert_int_equal(buf_status(&map), ST_OK);
    return fixture_text(&replica->f, (struct value){VALUE_M, buf_view(&map)});
}

void replica_compare_items(struct replica *replica, struct fixture *source)
{
    struct engine_page page = {.table_name = span_of(replica->table)};
    uint64_t count = 0;
    replica_catch_up(replica, source);
    do {
        page.start_key = page.last_key;
        assert_int_equal(engine_scan(source->engine, &page, &source->arena, &source->err), ST_OK);
        for (uint32_t i = 0; i < page.count; i++)
            assert_is_there(replica, key_text(replica, page.items[i]), page.items[i]);
        count += page.count;
    } while (page.has_last_key);
    assert_int_equal(describe(&replica->f, replica->table).item_count, count);
}

void replica_close(struct replica *replica)
{
    struct fixture *f = &replica->f;
    fixture_check(f);
    engine_close(f->space.engine);
    store_close(f->store);
    arena_deinit(&f->arena);
}
