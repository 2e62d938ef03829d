/* logbook.c -- appending to the change log; what it promises is in logbook.h.
 *
 * A record costs two lookups and two puts: the stream, which seldom changes and so is found in
 * memory, tells the shard; the shard tells how far it came, and is written again with the record.
 * Counting in memory instead would save the second pair, but not survive a function that fails
 * after it has counted, nor a crash.
 */
#include "engine/logbook.h"

#include "base/bytes.h"
#include "base/calendar.h"
#include "engine/logbook_trim.h"
#include "item/item.h"

enum {
    ROLL_MS = 4 * 60 * 60 * 1000,
    STREAM_BYTES_MAX = 64 << 10,
    RECORD_BYTES_MAX = 20 << 20, /* two images with their forms and lengths, and keys */
    KEYS_BYTES_MAX = 64 << 10,
    HASH_AT = 1 + 4, /* in the store key of an item: item_key.h */
    /* how finely a stream is cut into stretches that go as one */
    MARK_EVERY_MS = 1000, /* not more often: what ends at a mark is compacted away */
    MARKS_BY_AGE = 96,
    MARKS_BY_SIZE = 16,
    MARK_RECORDS_MIN = 32,
    MARK_BYTES_MIN = 32 << 10,
};

#define MADE_KEY SPAN("Sstreams made") /* u64: the label of the last one */

/* ---- streams and shards in the store */

status logbook_get_stream(struct store_txn *txn, uint32_t number, struct logbook_stream *out,
                          bool *found)
{
    const struct logbook_form_key key = logbook_form_stream_key(number);
    struct span stored = {0};
    TRY(store_txn_get(txn, logbook_form_span(&key), &stored, found));
    return *found ? logbook_form_read_stream(stored, out) : ST_OK;
}

status logbook_put_stream(struct store_txn *txn, uint32_t number,
                          const struct logbook_stream *stream, struct arena *arena)
{
    const struct logbook_form_key key = logbook_form_stream_key(number);
    struct buf buf;
    buf_init(&buf, arena_mem(arena), STREAM_BYTES_MAX);
    logbook_form_write_stream(&buf, stream);
    TRY(buf_status(&buf));
    return store_txn_put(txn, logbook_form_span(&key), buf_view(&buf));
}

status logbook_get_shard(struct store_txn *txn, uint32_t stream, uint32_t number,
                         struct logbook_shard *out, bool *found)
{
    const struct logbook_form_key key = logbook_form_shard_key(stream, number);
    struct span stored = {0};
    TRY(store_txn_get(txn, logbook_form_span(&key), &stored, found));
    return *found ? logbook_form_read_shard(stored, out) : ST_OK;
}

status logbook_put_shard(struct store_txn *txn, uint32_t stream, uint32_t number,
                         const struct logbook_shard *shard)
{
    const struct logbook_form_key key = logbook_form_shard_key(stream, number);
    uint8_t bytes[LOGBOOK_SHARD_BYTES];
    logbook_form_write_shard(bytes, shard);
    return store_txn_put(txn, logbook_form_span(&key), (struct span){bytes, sizeof bytes});
}

/* ---- beginning */

/* A label that no other stream has: the time, or a little after it. ST_LIMIT_EXCEEDED: the year
 * 9999 has no moment left for it, and a label is a date. */
static status make_label(struct store_txn *txn, uint64_t now_ms, uint64_t *out)
{
    struct span stored = {0};
    uint8_t bytes[8];
    bool found = false;
    TRY(store_txn_get(txn, MADE_KEY, &stored, &found));
    if (found && stored.len != sizeof bytes) return ST_CORRUPT;
    const uint64_t last_ms = found ? bytes_load_u64(stored.ptr) : 0;
    *out = now_ms > last_ms ? now_ms : last_ms + 1;
    if (*out / 1000 >= CALENDAR_SECONDS_END) return ST_LIMIT_EXCEEDED;
    bytes_store_u64(bytes, *out);
    return store_txn_put(txn, MADE_KEY, (struct span){bytes, sizeof bytes});
}

/* Where the range of shard `at` of `count` begins. */
static uint32_t range_begin(uint32_t at, uint32_t count)
{
    return (uint32_t)(((uint64_t)at << 32) / count);
}

static status begin_shards(struct store_txn *txn, uint32_t stream, struct logbook_shard first,
                           uint32_t count, struct buf *open)
{
    for (uint32_t i = 0; i < count; i++) {
        struct logbook_shard shard = first;
        shard.low = range_begin(i, count);
        shard.high = range_begin(i + 1, count) - 1; /* of the last: the whole u32 */
        TRY(logbook_put_shard(txn, stream, i + 1, &shard));
        logbook_form_write_open_shard(open, (struct logbook_open_shard){shard.low, i + 1});
    }
    return buf_status(open);
}

status logbook_begin(struct store_txn *txn, const struct engine *engine, struct table *table,
                     struct arena *arena)
{
    const uint64_t now_ms = os_now_ms(engine->os);
    const uint32_t count = engine->stream_shards;
    struct buf open, owner;
    assert(table->spec.stream != TABLE_STREAM_OFF);
    assert(table->stream_number > 0);
    TRY(make_label(txn, now_ms, &table->stream_made_ms));
    buf_init(&open, arena_mem(arena), STREAM_BYTES_MAX);
    const struct logbook_shard first = {
        .made_ms = now_ms, .first = {store_txn_sequence(txn), 0}
    };
    TRY(begin_shards(txn, table->stream_number, first, count, &open));
    buf_init(&owner, arena_mem(arena), STREAM_BYTES_MAX);
    logbook_form_write_owner(&owner, table);
    TRY(buf_status(&owner));
    const struct logbook_stream stream = {.view = table->spec.stream,
                                          .status = ENGINE_STREAM_ENABLED,
                                          .made_ms = table->stream_made_ms,
                                          .retention.age_ms_max = engine->stream_age_ms,
                                          .first_shard = 1,
                                          .next_shard = count + 1,
                                          .open_count = count,
                                          .open = buf_view(&open),
                                          .owner = buf_view(&owner)};
    return logbook_put_stream(txn, table->stream_number, &stream, arena);
}

/* ---- ending */

static status close_shard(struct store_txn *txn, uint32_t stream, uint32_t number, uint64_t now_ms)
{
    struct logbook_shard shard;
    bool found = false;
    TRY(logbook_get_shard(txn, stream, number, &shard, &found));
    if (!found) return ST_CORRUPT;
    shard.closed_ms = now_ms;
    return logbook_put_shard(txn, stream, number, &shard);
}

status logbook_end(struct store_txn *txn, const struct engine *engine, const struct table *table,
                   struct arena *arena)
{
    const uint32_t number = table->stream_number;
    const uint64_t now_ms = os_now_ms(engine->os);
    struct logbook_stream stream;
    bool found = false;
    TRY(logbook_get_stream(txn, number, &stream, &found));
    if (!found) return ST_CORRUPT;
    for (uint32_t i = 0; i < stream.open_count; i++)
        TRY(close_shard(txn, number, logbook_form_open_shard(&stream, i).number, now_ms));
    stream.status = ENGINE_STREAM_DISABLED;
    stream.ended_ms = now_ms;
    stream.open_count = 0;
    stream.open = (struct span){0};
    return logbook_put_stream(txn, number, &stream, arena);
}

/* ---- appending: which shard */

struct append {
    const struct logbook_change *change;
    uint64_t now_ms;
    struct engine_position at; /* of the record */
    uint32_t stream_number;
    struct logbook_stream stream;
    uint32_t number; /* of the shard */
    struct logbook_shard shard;
};

static uint32_t hash_of(const struct append *append)
{
    assert(append->change->item.len >= HASH_AT + 4);
    return bytes_load_u32_be(append->change->item.ptr + HASH_AT);
}

/* The last open shard that begins at the item's hash or before it (Q4). */
static uint32_t find_open(const struct logbook_stream *stream, uint32_t hash)
{
    uint32_t low = 0, high = stream->open_count;
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        if (logbook_form_open_shard(stream, middle).low <= hash)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static status find_shard(struct append *append)
{
    struct store_txn *txn = append->change->txn;
    bool found = false;
    TRY(logbook_get_stream(txn, append->stream_number, &append->stream, &found));
    if (!found || append->stream.open_count == 0) return ST_CORRUPT;
    const uint32_t place = find_open(&append->stream, hash_of(append));
    append->number = logbook_form_open_shard(&append->stream, place).number;
    TRY(logbook_get_shard(txn, append->stream_number, append->number, &append->shard, &found));
    return found ? ST_OK : ST_CORRUPT;
}

/* ---- appending: a shard that is closed for its children */

/* The map of open shards with the children in place of their parent. */
static status replace_open(struct append *append, const struct logbook_open_shard *children,
                           uint32_t child_count)
{
    struct logbook_stream *stream = &append->stream;
    struct buf open;
    buf_init(&open, arena_mem(append->change->arena), STREAM_BYTES_MAX);
    for (uint32_t i = 0; i < stream->open_count; i++) {
        const struct logbook_open_shard old = logbook_form_open_shard(stream, i);
        const bool is_parent = old.number == append->number;
        if (!is_parent) logbook_form_write_open_shard(&open, old);
        for (uint32_t j = 0; is_parent && j < child_count; j++)
            logbook_form_write_open_shard(&open, children[j]);
    }
    TRY(buf_status(&open));
    stream->open = buf_view(&open);
    stream->open_count += child_count - 1;
    return ST_OK;
}

/* Close the shard, and go on with that of its children that the item falls in. */
static status have_children(struct append *append, uint32_t child_count)
{
    struct store_txn *txn = append->change->txn;
    const struct logbook_shard parent = append->shard;
    const uint32_t parent_number = append->number;
    const uint32_t middle = parent.low + (parent.high - parent.low) / 2 + 1;
    const struct logbook_open_shard children[] = {
        {parent.low, append->stream.next_shard    },
        {middle,     append->stream.next_shard + 1}
    };
    TRY(replace_open(append, children, child_count));
    TRY(close_shard(txn, append->stream_number, parent_number, append->now_ms));
    for (uint32_t i = 0; i < child_count; i++) {
        const struct logbook_shard child = {.parent = parent_number,
                                            .low = children[i].low,
                                            .high = i + 1 < child_count ? middle - 1 : parent.high,
                                            .made_ms = append->now_ms,
                                            .first = append->at};
        TRY(logbook_put_shard(txn, append->stream_number, children[i].number, &child));
        if (hash_of(append) < child.low) continue;
        append->number = children[i].number;
        append->shard = child;
    }
    append->stream.next_shard += child_count;
    return logbook_put_stream(txn, append->stream_number, &append->stream, append->change->arena);
}

static status renew_shard(struct append *append)
{
    const struct logbook_shard *shard = &append->shard;
    const bool has_room = shard->low < shard->high;
    if (append->stream.open_count < append->change->engine->stream_shards && has_room)
        return have_children(append, 2);
    const bool is_due = append->now_ms >= shard->made_ms + ROLL_MS ||
                        append->now_ms + ROLL_MS <= shard->made_ms; /* by a clock that was wrong */
    return is_due ? have_children(append, 1) : ST_OK;
}

/* ---- appending: the marks by which it is trimmed */

/* Has a stretch that begins at `begun` grown enough, when `most` is kept of this? */
static bool is_stretch(uint64_t now, uint64_t begun, uint64_t most, uint64_t least)
{
    const uint64_t stretch = most / MARKS_BY_SIZE;
    return most > 0 && now - begun >= (stretch > least ? stretch : least);
}

static bool needs_mark(const struct append *append)
{
    const struct logbook_shard *shard = &append->shard;
    const struct engine_retention *keeps = &append->stream.retention;
    const uint64_t now_ms = append->now_ms;
    if (shard->newest_mark.sequence == 0) return true;
    if (now_ms < shard->mark_ms + MARK_EVERY_MS) return false;
    return now_ms > shard->mark_ms + keeps->age_ms_max / MARKS_BY_AGE ||
           is_stretch(shard->records, shard->mark_records, keeps->records_max, MARK_RECORDS_MIN) ||
           is_stretch(shard->bytes, shard->mark_bytes, keeps->bytes_max, MARK_BYTES_MIN);
}

static status put_mark(const struct append *append, struct engine_position at,
                       const struct logbook_mark *mark)
{
    const struct logbook_form_key key =
        logbook_form_mark_key(append->stream_number, append->number, at);
    uint8_t bytes[LOGBOOK_MARK_BYTES];
    logbook_form_write_mark(bytes, mark);
    return store_txn_put(append->change->txn, logbook_form_span(&key),
                         (struct span){bytes, sizeof bytes});
}

/* The newest mark so far leads to the one at append->at. */
static status link_mark(const struct append *append)
{
    const struct engine_position before = append->shard.newest_mark;
    struct logbook_mark mark;
    if (before.sequence == 0) return ST_OK;
    TRY(logbook_trim_get_mark(append->change->txn,
                              (struct logbook_trim_place){append->stream_number, append->number},
                              before, &mark));
    mark.next = append->at;
    return put_mark(append, before, &mark);
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The time of a mark is not before that of any record before it (D1 of logbook_trim.h), though the
 * clock may have been turned back. */
static status note_mark(struct append *append)
{
    struct logbook_shard *shard = &append->shard;
    const struct logbook_mark mark = {.time_ms = later(append->now_ms, shard->last_ms),
                                      .records = shard->records,
                                      .bytes = shard->bytes,
                                      .before = shard->last};
    if (!needs_mark(append)) return ST_OK;
    TRY(link_mark(append));
    TRY(put_mark(append, append->at, &mark));
    if (shard->oldest_mark.sequence == 0) shard->oldest_mark = append->at;
    shard->newest_mark = append->at;
    shard->mark_ms = mark.time_ms;
    shard->mark_records = mark.records;
    shard->mark_bytes = mark.bytes;
    const struct logbook_trim trim = {
        .txn = append->change->txn,
        .place = {append->stream_number, append->number},
        .keeps = append->stream.retention,
        .now_ms = append->now_ms
    };
    return logbook_trim_shard(&trim, shard);
}

/* ---- appending: the record */

static void write_keys(struct buf *buf, const struct table_key *key, struct value map)
{
    struct span name = {0};
    struct value v = {0};
    uint32_t count = 0;
    const size_t begun = value_write_begin(buf);
    struct value_cursor cursor = value_walk(map);
    while (value_next_attribute(&cursor, &name, &v)) {
        if (!table_key_has(key, name)) continue;
        value_write_attribute(buf, name, v);
        count++;
    }
    value_write_end(buf, begun, count);
}

static engine_record_kind kind_of(const struct logbook_change *change)
{
    if (change->before.type == VALUE_NONE) return ENGINE_RECORD_INSERT;
    return change->after.type == VALUE_NONE ? ENGINE_RECORD_REMOVE : ENGINE_RECORD_MODIFY;
}

static bool shows_old(table_stream_view view)
{
    return view == TABLE_STREAM_OLD_IMAGE || view == TABLE_STREAM_NEW_AND_OLD_IMAGES;
}

static bool shows_new(table_stream_view view)
{
    return view == TABLE_STREAM_NEW_IMAGE || view == TABLE_STREAM_NEW_AND_OLD_IMAGES;
}

/* `keys` holds the keys, and lives as long as the record. */
static struct engine_record make_record(const struct append *append, const struct buf *keys)
{
    const struct logbook_change *change = append->change;
    const table_stream_view view = append->stream.view;
    struct engine_record record = {
        .time_ms = append->now_ms,
        .kind = kind_of(change),
        .by_service = change->by_service,
        .keys = {VALUE_M, buf_view(keys)}
    };
    record.bytes = item_size(record.keys);
    if (shows_old(view) && change->before.type != VALUE_NONE) {
        record.old_image = change->before;
        record.bytes += change->before_bytes;
    }
    if (shows_new(view) && change->after.type != VALUE_NONE) {
        record.new_image = change->after;
        record.bytes += change->after_bytes;
    }
    return record;
}

static status write_record(const struct append *append, struct buf *out)
{
    enum { AROUND_BYTES = 64 };
    const struct logbook_change *change = append->change;
    const bool is_there = change->after.type != VALUE_NONE;
    struct buf keys;
    buf_init(&keys, arena_mem(change->arena), KEYS_BYTES_MAX);
    write_keys(&keys, &change->table->spec.key, is_there ? change->after : change->before);
    TRY(buf_status(&keys));
    const struct engine_record record = make_record(append, &keys);
    buf_init(out, arena_mem(change->arena), RECORD_BYTES_MAX);
    const size_t bytes =
        AROUND_BYTES + keys.len + record.old_image.body.len + record.new_image.body.len;
    if (buf_reserve(out, bytes) == NULL) return buf_status(out);
    logbook_form_write_record(out, &record);
    return buf_status(out);
}

static status put_record(struct append *append)
{
    const struct logbook_form_key key =
        logbook_form_record_key(append->stream_number, append->number, append->at);
    struct logbook_shard *shard = &append->shard;
    struct buf record;
    if (engine_stream_compare(shard->last, append->at) >= 0) return ST_CORRUPT; /* Q3 */
    const struct arena_mark mark = arena_mark(append->change->arena);
    status st = write_record(append, &record);
    if (st == ST_OK)
        st = store_txn_put(append->change->txn, logbook_form_span(&key), buf_view(&record));
    arena_rewind(append->change->arena, mark); /* the store has a copy */
    TRY(st);
    shard->last = append->at;
    shard->last_ms = later(append->now_ms, shard->last_ms);
    shard->records++;
    shard->bytes += key.len + record.len;
    return logbook_put_shard(append->change->txn, append->stream_number, append->number, shard);
}

status logbook_append(const struct logbook_change *change)
{
    struct append append = {
        .change = change,
        .now_ms = os_now_ms(change->engine->os),
        .at = {store_txn_sequence(change->txn), change->ordinal},
        .stream_number = change->table->stream_number
    };
    if (value_eq(change->before, change->after)) return ST_OK; /* Q2 */
    TRY(find_shard(&append));
    TRY(renew_shard(&append));
    TRY(note_mark(&append));
    return put_record(&append);
}
