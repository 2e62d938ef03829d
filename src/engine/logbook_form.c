/* logbook_form.c -- see logbook_form.h. All integers in values are little-endian; a span is len u32
 * and its bytes; each value begins with its form, u8.
 *
 *     stream   form view u8 status u8 made ended age-max records-max bytes-max u64
 *              first-shard next-shard open-count u32, open-count times: low number u32
 *              table-number u32, space span, table-name span, partition parts, sort parts
 *     parts    count u8, count times: name span, type u8
 *     shard    form parent low high u32 made closed u64 first last place last-ms records bytes u64
 *              trimmed place trimmed-records trimmed-bytes u64 oldest-mark newest-mark place
 *              mark-ms mark-records mark-bytes u64
 *     place    sequence u64 ordinal u32
 *     mark     form time records bytes u64 before next place
 *     record   form kind u8 cause u8 images u8 time u64 size u32 keys span
 *              [old image span] [new image span]
 *
 * A record says which images stand in it, whatever the view of its stream: one that must always
 * have both, for recovery, has the same form.
 */
#include "engine/logbook_form.h"

#include "base/calendar.h"
#include "base/reader.h"

/* on disk: never renumber */
enum { FORM = 1 };
enum { CAUSE_USER = 0, CAUSE_TTL = 1 };
enum { IMAGE_OLD = 1, IMAGE_NEW = 2 };

/* ---- keys */

static void put_u32(struct logbook_form_key *key, uint32_t n)
{
    bytes_store_u32_be(key->bytes + key->len, n);
    key->len += 4;
}

static struct logbook_form_key key_of(uint8_t kind, uint32_t stream)
{
    struct logbook_form_key key = {.bytes = {kind}, .len = 1};
    put_u32(&key, stream);
    return key;
}

static struct logbook_form_key place_key(uint8_t kind, uint32_t stream, uint32_t shard,
                                         struct engine_position at)
{
    struct logbook_form_key key = key_of(kind, stream);
    put_u32(&key, shard);
    bytes_store_u64_be(key.bytes + key.len, at.sequence);
    key.len += 8;
    put_u32(&key, at.ordinal);
    return key;
}

struct logbook_form_key logbook_form_stream_key(uint32_t stream)
{
    return key_of('F', stream);
}

struct logbook_form_key logbook_form_shard_key(uint32_t stream, uint32_t shard)
{
    struct logbook_form_key key = key_of('H', stream);
    put_u32(&key, shard);
    return key;
}

struct logbook_form_key logbook_form_mark_key(uint32_t stream, uint32_t shard,
                                              struct engine_position at)
{
    return place_key('M', stream, shard, at);
}

struct logbook_form_key logbook_form_record_key(uint32_t stream, uint32_t shard,
                                                struct engine_position at)
{
    return place_key('C', stream, shard, at);
}

struct logbook_form_key logbook_form_prefix(uint8_t kind, uint32_t stream)
{
    return key_of(kind, stream);
}

struct logbook_form_key logbook_form_after(struct logbook_form_key key)
{
    key.bytes[key.len++] = 0;
    return key;
}

static status read_u32_at(struct span key, size_t at, size_t len, uint32_t *out)
{
    if (key.len != len) return ST_CORRUPT;
    *out = bytes_load_u32_be(key.ptr + at);
    return ST_OK;
}

status logbook_form_read_stream_key(struct span key, uint32_t *stream)
{
    return read_u32_at(key, 1, LOGBOOK_FORM_STREAM_KEY_BYTES, stream);
}

status logbook_form_read_shard_key(struct span key, uint32_t *shard)
{
    return read_u32_at(key, 1 + 4, LOGBOOK_FORM_SHARD_KEY_BYTES, shard);
}

status logbook_form_read_place(struct span key, struct engine_position *out)
{
    enum { SEQUENCE_AT = 1 + 4 + 4 };
    TRY(read_u32_at(key, SEQUENCE_AT + 8, LOGBOOK_FORM_PLACE_KEY_BYTES, &out->ordinal));
    out->sequence = bytes_load_u64_be(key.ptr + SEQUENCE_AT);
    return ST_OK;
}

/* ---- pieces */

static void write_span(struct buf *buf, struct span bytes)
{
    buf_put_u32(buf, (uint32_t)bytes.len);
    buf_put(buf, bytes);
}

static status read_span(struct reader *in, struct span *out)
{
    uint32_t len = 0;
    TRY(reader_u32(in, &len));
    return reader_take(in, len, out);
}

static status read_form(struct reader *in)
{
    uint8_t form = 0;
    TRY(reader_u8(in, &form));
    return form == FORM ? ST_OK : ST_CORRUPT;
}

/* One byte of an enum that goes from `first` to `last`. */
static status read_enum(struct reader *in, uint8_t first, uint8_t last, uint8_t *out)
{
    TRY(reader_u8(in, out));
    return *out >= first && *out <= last ? ST_OK : ST_CORRUPT;
}

static status read_end(const struct reader *in)
{
    return in->rest.len == 0 ? ST_OK : ST_CORRUPT;
}

/* ---- streams */

struct logbook_open_shard logbook_form_open_shard(const struct logbook_stream *stream, uint32_t at)
{
    assert(at < stream->open_count);
    const uint8_t *bytes = stream->open.ptr + (size_t)at * LOGBOOK_OPEN_SHARD_BYTES;
    return (struct logbook_open_shard){bytes_load_u32(bytes), bytes_load_u32(bytes + 4)};
}

void logbook_form_write_open_shard(struct buf *buf, struct logbook_open_shard open)
{
    buf_put_u32(buf, open.low);
    buf_put_u32(buf, open.number);
}

static void write_parts(struct buf *buf, const struct table_key_part *parts, uint8_t count)
{
    buf_put_u8(buf, count);
    for (uint8_t i = 0; i < count; i++) {
        write_span(buf, parts[i].name);
        buf_put_u8(buf, (uint8_t)parts[i].type);
    }
}

void logbook_form_write_owner(struct buf *buf, const struct table *table)
{
    const struct table_key *key = &table->spec.key;
    buf_put_u32(buf, table->number);
    write_span(buf, table->space);
    write_span(buf, table->spec.name);
    write_parts(buf, key->partition, key->partition_count);
    write_parts(buf, key->sort, key->sort_count);
}

static status read_parts(struct reader *in, struct table_key_part *parts, uint8_t *count)
{
    TRY(read_enum(in, 0, LIMIT_INDEX_KEY_PARTS, count));
    for (uint8_t i = 0; i < *count; i++) {
        uint8_t type = 0;
        TRY(read_span(in, &parts[i].name));
        TRY(read_enum(in, VALUE_S, VALUE_B, &type));
        parts[i].type = (value_type)type;
    }
    return ST_OK;
}

status logbook_form_read_owner(struct span bytes, struct logbook_owner *out)
{
    struct reader in = {bytes};
    TRY(reader_u32(&in, &out->table_number));
    TRY(read_span(&in, &out->space));
    TRY(read_span(&in, &out->table_name));
    TRY(read_parts(&in, out->key.partition, &out->key.partition_count));
    TRY(read_parts(&in, out->key.sort, &out->key.sort_count));
    if (out->key.partition_count == 0) return ST_CORRUPT;
    return read_end(&in);
}

void logbook_form_write_stream(struct buf *buf, const struct logbook_stream *stream)
{
    buf_put_u8(buf, FORM);
    buf_put_u8(buf, (uint8_t)stream->view);
    buf_put_u8(buf, (uint8_t)stream->status);
    buf_put_u64(buf, stream->made_ms);
    buf_put_u64(buf, stream->ended_ms);
    buf_put_u64(buf, stream->retention.age_ms_max);
    buf_put_u64(buf, stream->retention.records_max);
    buf_put_u64(buf, stream->retention.bytes_max);
    buf_put_u32(buf, stream->first_shard);
    buf_put_u32(buf, stream->next_shard);
    buf_put_u32(buf, stream->open_count);
    buf_put(buf, stream->open);
    buf_put(buf, stream->owner);
}

static status read_retention(struct reader *in, struct engine_retention *out)
{
    TRY(reader_u64(in, &out->age_ms_max));
    TRY(reader_u64(in, &out->records_max));
    return reader_u64(in, &out->bytes_max);
}

static status read_state(struct reader *in, struct logbook_stream *out)
{
    uint8_t view = 0, state = 0;
    TRY(read_enum(in, TABLE_STREAM_KEYS_ONLY, TABLE_STREAM_NEW_AND_OLD_IMAGES, &view));
    TRY(read_enum(in, ENGINE_STREAM_ENABLED, ENGINE_STREAM_DISABLED, &state));
    out->view = (table_stream_view)view;
    out->status = (engine_stream_status)state;
    TRY(reader_u64(in, &out->made_ms));
    if (out->made_ms / 1000 >= CALENDAR_SECONDS_END) return ST_CORRUPT; /* its label is a date */
    return reader_u64(in, &out->ended_ms);
}

status logbook_form_read_stream(struct span bytes, struct logbook_stream *out)
{
    struct reader in = {bytes};
    TRY(read_form(&in));
    TRY(read_state(&in, out));
    TRY(read_retention(&in, &out->retention));
    TRY(reader_u32(&in, &out->first_shard));
    TRY(reader_u32(&in, &out->next_shard));
    TRY(reader_u32(&in, &out->open_count));
    if (out->open_count > LIMIT_STREAM_SHARDS) return ST_CORRUPT;
    TRY(reader_take(&in, (size_t)out->open_count * LOGBOOK_OPEN_SHARD_BYTES, &out->open));
    out->owner = in.rest;
    return ST_OK;
}

/* ---- shards and marks: of fixed sizes, written with every record, so without a buf */

static uint8_t *store_u32(uint8_t *at, uint32_t n)
{
    bytes_store_u32(at, n);
    return at + 4;
}

static uint8_t *store_u64(uint8_t *at, uint64_t n)
{
    bytes_store_u64(at, n);
    return at + 8;
}

static uint8_t *store_place(uint8_t *at, struct engine_position place)
{
    return store_u32(store_u64(at, place.sequence), place.ordinal);
}

void logbook_form_write_shard(uint8_t out[LOGBOOK_SHARD_BYTES], const struct logbook_shard *shard)
{
    uint8_t *at = out;
    *at++ = FORM;
    at = store_u32(at, shard->parent);
    at = store_u32(at, shard->low);
    at = store_u32(at, shard->high);
    at = store_u64(at, shard->made_ms);
    at = store_u64(at, shard->closed_ms);
    at = store_place(at, shard->first);
    at = store_place(at, shard->last);
    at = store_u64(at, shard->last_ms);
    at = store_u64(at, shard->records);
    at = store_u64(at, shard->bytes);
    at = store_place(at, shard->trimmed);
    at = store_u64(at, shard->trimmed_records);
    at = store_u64(at, shard->trimmed_bytes);
    at = store_place(at, shard->oldest_mark);
    at = store_place(at, shard->newest_mark);
    at = store_u64(at, shard->mark_ms);
    at = store_u64(at, shard->mark_records);
    at = store_u64(at, shard->mark_bytes);
    assert(at == out + LOGBOOK_SHARD_BYTES);
}

static uint32_t take_u32(const uint8_t **at)
{
    *at += 4;
    return bytes_load_u32(*at - 4);
}

static uint64_t take_u64(const uint8_t **at)
{
    *at += 8;
    return bytes_load_u64(*at - 8);
}

static struct engine_position take_place(const uint8_t **at)
{
    const uint64_t sequence = take_u64(at);
    return (struct engine_position){sequence, take_u32(at)};
}

status logbook_form_read_shard(struct span bytes, struct logbook_shard *out)
{
    if (bytes.len != LOGBOOK_SHARD_BYTES || bytes.ptr[0] != FORM) return ST_CORRUPT;
    const uint8_t *at = bytes.ptr + 1;
    out->parent = take_u32(&at);
    out->low = take_u32(&at);
    out->high = take_u32(&at);
    out->made_ms = take_u64(&at);
    out->closed_ms = take_u64(&at);
    out->first = take_place(&at);
    out->last = take_place(&at);
    out->last_ms = take_u64(&at);
    out->records = take_u64(&at);
    out->bytes = take_u64(&at);
    out->trimmed = take_place(&at);
    out->trimmed_records = take_u64(&at);
    out->trimmed_bytes = take_u64(&at);
    out->oldest_mark = take_place(&at);
    out->newest_mark = take_place(&at);
    out->mark_ms = take_u64(&at);
    out->mark_records = take_u64(&at);
    out->mark_bytes = take_u64(&at);
    return ST_OK;
}

void logbook_form_write_mark(uint8_t out[LOGBOOK_MARK_BYTES], const struct logbook_mark *mark)
{
    uint8_t *at = out;
    *at++ = FORM;
    at = store_u64(at, mark->time_ms);
    at = store_u64(at, mark->records);
    at = store_u64(at, mark->bytes);
    at = store_place(at, mark->before);
    at = store_place(at, mark->next);
    assert(at == out + LOGBOOK_MARK_BYTES);
}

status logbook_form_read_mark(struct span bytes, struct logbook_mark *out)
{
    if (bytes.len != LOGBOOK_MARK_BYTES || bytes.ptr[0] != FORM) return ST_CORRUPT;
    const uint8_t *at = bytes.ptr + 1;
    out->time_ms = take_u64(&at);
    out->records = take_u64(&at);
    out->bytes = take_u64(&at);
    out->before = take_place(&at);
    out->next = take_place(&at);
    return ST_OK;
}

/* ---- records */

static uint8_t images_of(const struct engine_record *record)
{
    const unsigned old = record->old_image.type != VALUE_NONE ? IMAGE_OLD : 0;
    const unsigned new = record->new_image.type != VALUE_NONE ? IMAGE_NEW : 0;
    return (uint8_t)(old | new);
}

void logbook_form_write_record(struct buf *buf, const struct engine_record *record)
{
    const uint8_t images = images_of(record);
    buf_put_u8(buf, FORM);
    buf_put_u8(buf, (uint8_t)record->kind);
    buf_put_u8(buf, record->by_service ? CAUSE_TTL : CAUSE_USER);
    buf_put_u8(buf, images);
    buf_put_u64(buf, record->time_ms);
    buf_put_u32(buf, record->bytes);
    write_span(buf, record->keys.body);
    if ((images & IMAGE_OLD) != 0) write_span(buf, record->old_image.body);
    if ((images & IMAGE_NEW) != 0) write_span(buf, record->new_image.body);
}

static status read_map(struct reader *in, bool stands, struct value *out)
{
    *out = (struct value){0};
    if (!stands) return ST_OK;
    TRY(read_span(in, &out->body));
    out->type = VALUE_M;
    return ST_OK;
}

status logbook_form_read_record(struct span bytes, struct engine_record *out)
{
    struct reader in = {bytes};
    uint8_t kind = 0, cause = 0, images = 0;
    TRY(read_form(&in));
    TRY(read_enum(&in, ENGINE_RECORD_INSERT, ENGINE_RECORD_REMOVE, &kind));
    TRY(read_enum(&in, CAUSE_USER, CAUSE_TTL, &cause));
    TRY(read_enum(&in, 0, IMAGE_OLD | IMAGE_NEW, &images));
    out->kind = (engine_record_kind)kind;
    out->by_service = cause == CAUSE_TTL;
    TRY(reader_u64(&in, &out->time_ms));
    TRY(reader_u32(&in, &out->bytes));
    TRY(read_map(&in, true, &out->keys));
    TRY(read_map(&in, (images & IMAGE_OLD) != 0, &out->old_image));
    TRY(read_map(&in, (images & IMAGE_NEW) != 0, &out->new_image));
    return read_end(&in);
}
