/* stream_reader.c -- see stream_reader.h. */
#include "engine/stream_reader.h"

enum { SHARDS_MAX = 100, TEXT_BYTES_MAX = 64 << 20 };

struct engine_stream stream_reader_latest(struct fixture *f, const char *table)
{
    struct engine_description seen = {0};
    struct engine_stream stream = {0};
    assert_int_equal(engine_table_describe(f->engine, span_of(table), &seen, &f->err), ST_OK);
    const uint64_t made_ms = seen.table->stream_made_ms;
    assert_int_equal(engine_stream_find(f->engine, span_of(table), made_ms, &f->arena, &stream),
                     ST_OK);
    assert_int_equal(stream.number, seen.table->stream_number);
    table_drop(seen.table);
    return stream;
}

struct engine_shards stream_reader_shards(struct fixture *f, uint32_t stream)
{
    struct engine_shards shards = {.stream = stream, .limit = SHARDS_MAX};
    assert_int_equal(engine_stream_shards(f->engine, &shards, &f->arena), ST_OK);
    assert_false(shards.more);
    return shards;
}

static void put_image(struct fixture *f, struct buf *text, struct value image)
{
    buf_put_u8(text, ' ');
    buf_put_text(text, image.type == VALUE_NONE ? "-" : fixture_text(f, image));
}

static void put_record(struct fixture *f, struct buf *text, const struct engine_record *record)
{
    static const char *const kinds[] = {
        [ENGINE_RECORD_INSERT] = "INSERT",
        [ENGINE_RECORD_MODIFY] = "MODIFY",
        [ENGINE_RECORD_REMOVE] = "REMOVE",
    };
    buf_put_text(text, kinds[record->kind]);
    if (record->by_service) buf_put_text(text, " by service");
    put_image(f, text, record->keys);
    put_image(f, text, record->old_image);
    put_image(f, text, record->new_image);
    buf_put_u8(text, '\n');
}

static void put_records(struct fixture *f, struct buf *text, const struct engine_records *read)
{
    struct engine_position last = read->after;
    for (uint32_t i = 0; i < read->count; i++) {
        assert_true(engine_stream_compare(last, read->records[i].at) < 0);
        last = read->records[i].at;
        put_record(f, text, &read->records[i]);
    }
    assert_int_equal(engine_stream_compare(last, read->next), 0);
}

static struct buf text_buf(struct fixture *f)
{
    struct buf text;
    buf_init(&text, arena_mem(&f->arena), TEXT_BYTES_MAX);
    return text;
}

static const char *finish(struct buf *text)
{
    buf_put_u8(text, 0);
    assert_int_equal(buf_status(text), ST_OK);
    return (const char *)text->ptr;
}

/* Read to the end; the number of records. */
static uint32_t read_all(struct fixture *f, struct buf *text, struct engine_records *read)
{
    uint32_t count = 0;
    if (read->limit == 0) read->limit = 7;
    if (read->bytes_max == 0) read->bytes_max = 1 << 20;
    do {
        assert_int_equal(engine_stream_read(f->engine, read, &f->arena), ST_OK);
        put_records(f, text, read);
        read->after = read->next;
        count += read->count;
    } while (read->count > 0);
    return count;
}

const char *stream_reader_shard(struct fixture *f, struct engine_records *out)
{
    struct buf text = text_buf(f);
    (void)read_all(f, &text, out);
    return finish(&text);
}

static uint32_t read_stream(struct fixture *f, uint32_t stream, struct buf *text)
{
    const struct engine_shards shards = stream_reader_shards(f, stream);
    uint32_t count = 0;
    for (uint32_t i = 0; i < shards.count; i++) {
        struct engine_records read = {.stream = stream, .shard = shards.shards[i].number};
        count += read_all(f, text, &read);
        assert_int_equal(read.ended, !shards.shards[i].open);
    }
    return count;
}

const char *stream_reader_text(struct fixture *f, uint32_t stream)
{
    struct buf text = text_buf(f);
    (void)read_stream(f, stream, &text);
    return finish(&text);
}

uint32_t stream_reader_count(struct fixture *f, uint32_t stream)
{
    struct buf text = text_buf(f);
    return read_stream(f, stream, &text);
}
