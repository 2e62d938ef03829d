/* logbook_read.c -- streams, shards and records, as a snapshot of the store has them (R3).
 *
 * Streams of all spaces stand in one row, each with its owner: there is one for each table at most
 * that is on, and those of the last day, so a list walks them all.
 */
#include <assert.h>

#include "engine/logbook.h"

/* ---- one stream, one shard */

static status find_stream(struct store_view *view, uint32_t number, struct logbook_stream *out)
{
    const struct logbook_form_key key = logbook_form_stream_key(number);
    struct span stored = {0};
    bool found = false;
    TRY(store_view_get(view, logbook_form_span(&key), &stored, &found));
    return found ? logbook_form_read_stream(stored, out) : ST_NOT_FOUND;
}

/* A stream of another space is not there. */
static status find_in_space(struct store_view *view, const struct engine_space *space,
                            uint32_t number)
{
    struct logbook_stream stream;
    struct logbook_owner owner;
    TRY(find_stream(view, number, &stream));
    TRY(logbook_form_read_owner(stream.owner, &owner));
    return span_eq(owner.space, space->name) ? ST_OK : ST_NOT_FOUND;
}

static status find_shard(struct store_view *view, uint32_t stream, uint32_t number,
                         struct logbook_shard *out)
{
    const struct logbook_form_key key = logbook_form_shard_key(stream, number);
    struct span stored = {0};
    bool found = false;
    TRY(store_view_get(view, logbook_form_span(&key), &stored, &found));
    return found ? logbook_form_read_shard(stored, out) : ST_NOT_FOUND;
}

struct lookup {
    const struct engine_space *space;
    uint32_t stream, shard;
    struct engine_position last;
};

static status check_in_view(struct store_view *view, void *ctx)
{
    const struct lookup *lookup = ctx;
    return find_in_space(view, lookup->space, lookup->stream);
}

status logbook_check_space(const struct engine_space *space, uint32_t stream)
{
    struct lookup lookup = {.space = space, .stream = stream};
    return engine_own_read(space, check_in_view, &lookup);
}

static status latest_in_view(struct store_view *view, void *ctx)
{
    struct lookup *lookup = ctx;
    struct logbook_shard shard;
    TRY(find_in_space(view, lookup->space, lookup->stream));
    TRY(find_shard(view, lookup->stream, lookup->shard, &shard));
    lookup->last = shard.last;
    return ST_OK;
}

status engine_stream_latest(const struct engine_space *space, uint32_t stream, uint32_t shard,
                            struct engine_position *out)
{
    struct lookup lookup = {.space = space, .stream = stream, .shard = shard};
    TRY(engine_own_read(space, latest_in_view, &lookup));
    *out = lookup.last;
    return ST_OK;
}

/* ---- walking */

struct walk {
    const struct engine_space *space;
    struct arena *arena;
    void *asked; /* what the answer goes to */
};

/* What is done with each key and value; *more false ends the walk. */
typedef status(each_fn)(struct walk *walk, struct span key, struct span stored, bool *more);

static status walk_cursor(struct walk *walk, struct store_cursor *cursor, each_fn *each)
{
    bool more = true;
    while (more) {
        struct span key = {0}, stored = {0};
        TRY(store_cursor_next(cursor, &key, &stored, &more));
        if (more) TRY(each(walk, key, stored, &more));
    }
    return ST_OK;
}

static status walk_range(struct walk *walk, struct store_view *view, struct store_range range,
                         each_fn *each)
{
    struct store_cursor *cursor = NULL;
    TRY(store_view_walk(view, range, false, &cursor));
    const status st = walk_cursor(walk, cursor, each);
    store_cursor_close(cursor);
    return st;
}

/* ---- streams */

static bool copy_parts(struct arena *arena, struct table_key_part *parts, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++)
        if (!arena_copy(arena, parts[i].name, &parts[i].name)) return false;
    return true;
}

static status show_stream(uint32_t number, const struct logbook_stream *stream,
                          const struct logbook_owner *owner, struct arena *arena,
                          struct engine_stream *out)
{
    *out = (struct engine_stream){.number = number,
                                  .made_ms = stream->made_ms,
                                  .view = stream->view,
                                  .status = stream->status,
                                  .ended_ms = stream->ended_ms,
                                  .key = owner->key,
                                  .retention = stream->retention};
    const bool copied = arena_copy(arena, owner->table_name, &out->table_name) &&
                        copy_parts(arena, out->key.partition, out->key.partition_count) &&
                        copy_parts(arena, out->key.sort, out->key.sort_count);
    return copied ? ST_OK : ST_NO_MEMORY;
}

static status list_stream(struct walk *walk, struct span key, struct span stored, bool *more)
{
    struct engine_streams *list = walk->asked;
    struct logbook_stream stream;
    struct logbook_owner owner;
    uint32_t number = 0;
    TRY(logbook_form_read_stream_key(key, &number));
    TRY(logbook_form_read_stream(stored, &stream));
    TRY(logbook_form_read_owner(stream.owner, &owner));
    if (!span_eq(owner.space, walk->space->name)) return ST_OK;
    if (list->table_name.len > 0 && !span_eq(owner.table_name, list->table_name)) return ST_OK;
    list->more = list->count == list->limit;
    *more = !list->more;
    if (list->more) return ST_OK;
    return show_stream(number, &stream, &owner, walk->arena, &list->streams[list->count++]);
}

static status list_in_view(struct store_view *view, void *ctx)
{
    struct walk *walk = ctx;
    const struct engine_streams *list = walk->asked;
    const struct logbook_form_key low = logbook_form_after(logbook_form_stream_key(list->after));
    const struct store_range range = {logbook_form_span(&low), LOGBOOK_FORM_STREAM_KEYS.high};
    return walk_range(walk, view, range, list_stream);
}

status engine_stream_list(const struct engine_space *space, struct engine_streams *list,
                          struct arena *arena)
{
    struct walk walk = {space, arena, list};
    assert(list->limit > 0);
    list->count = 0;
    list->more = false;
    list->streams = arena_new_array(arena, list->limit, struct engine_stream);
    if (list->streams == NULL) return ST_NO_MEMORY;
    return engine_own_read(space, list_in_view, &walk);
}

/* The number of the stream, if it is its table's latest; else 1, before which there is none. */
static uint32_t guess(const struct engine_space *space, struct span table_name, uint64_t made_ms)
{
    const struct catalog_name name = {space->name, table_name};
    const struct table *table = catalog_find(space->engine->catalog, name);
    const bool is_latest = table != NULL && table->stream_made_ms == made_ms;
    const uint32_t number = is_latest ? table->stream_number : 1;
    table_drop(table);
    return number;
}

status engine_stream_find(const struct engine_space *space, struct span table_name,
                          uint64_t made_ms, struct arena *arena, struct engine_stream *out)
{
    struct engine_streams list = {.table_name = table_name, .limit = 1};
    list.after = guess(space, table_name, made_ms) - 1;
    for (;;) {
        TRY(engine_stream_list(space, &list, arena));
        if (list.count == 0) return ST_NOT_FOUND;
        if (list.streams[0].made_ms == made_ms) break;
        list.after = list.streams[0].number;
    }
    *out = list.streams[0];
    return ST_OK;
}

/* ---- shards */

static void show_shard(uint32_t number, const struct logbook_shard *shard, struct engine_shard *out)
{
    *out = (struct engine_shard){.number = number,
                                 .parent = shard->parent,
                                 .made_ms = shard->made_ms,
                                 .first = shard->first,
                                 .last = shard->records > 0 ? shard->last : shard->first,
                                 .open = shard->closed_ms == 0};
}

static status list_shard(struct walk *walk, struct span key, struct span stored, bool *more)
{
    struct engine_shards *list = walk->asked;
    struct logbook_shard shard;
    uint32_t number = 0;
    TRY(logbook_form_read_shard_key(key, &number));
    TRY(logbook_form_read_shard(stored, &shard));
    if (list->children_of > 0 && shard.parent != list->children_of) return ST_OK;
    list->more = list->count == list->limit;
    *more = !list->more;
    if (!list->more) show_shard(number, &shard, &list->shards[list->count++]);
    return ST_OK;
}

static status shards_in_view(struct store_view *view, void *ctx)
{
    struct walk *walk = ctx;
    const struct engine_shards *list = walk->asked;
    const struct logbook_form_key low =
        logbook_form_after(logbook_form_shard_key(list->stream, list->after));
    const struct logbook_form_key high =
        logbook_form_after(logbook_form_shard_key(list->stream, UINT32_MAX));
    TRY(find_in_space(view, walk->space, list->stream));
    return walk_range(walk, view,
                      (struct store_range){logbook_form_span(&low), logbook_form_span(&high)},
                      list_shard);
}

status engine_stream_shards(const struct engine_space *space, struct engine_shards *list,
                            struct arena *arena)
{
    struct walk walk = {space, arena, list};
    assert(list->limit > 0);
    list->count = 0;
    list->more = false;
    list->shards = arena_new_array(arena, list->limit, struct engine_shard);
    if (list->shards == NULL) return ST_NO_MEMORY;
    return engine_own_read(space, shards_in_view, &walk);
}

/* ---- records */

struct reading {
    struct engine_records *read;
    uint64_t bytes;
    bool at_end; /* nothing comes after what was read */
};

static status copy_map(struct arena *arena, struct value *map)
{
    return map->type == VALUE_NONE ? ST_OK : engine_own_copy(arena, *map, map);
}

static status copy_record(struct arena *arena, struct engine_record *record)
{
    TRY(copy_map(arena, &record->keys));
    TRY(copy_map(arena, &record->old_image));
    return copy_map(arena, &record->new_image);
}

static status read_record(struct walk *walk, struct span key, struct span stored, bool *more)
{
    struct reading *reading = walk->asked;
    struct engine_records *read = reading->read;
    struct engine_record record;
    TRY(logbook_form_read_place(key, &record.at));
    TRY(logbook_form_read_record(stored, &record));
    const bool is_full = read->count == read->limit ||
                         (read->count > 0 && reading->bytes + record.bytes > read->bytes_max);
    reading->at_end = !is_full;
    *more = !is_full;
    if (is_full) return ST_OK;
    TRY(copy_record(walk->arena, &record));
    read->records[read->count++] = record;
    read->next = record.at;
    reading->bytes += record.bytes;
    return ST_OK;
}

static bool is_trimmed(const struct logbook_shard *shard, struct engine_position after)
{
    const bool from_oldest = after.sequence == 0 && after.ordinal == 0;
    return !from_oldest && engine_stream_compare(after, shard->trimmed) < 0;
}

/* What was trimmed need not be walked over. */
static struct engine_position later(struct engine_position a, struct engine_position b)
{
    return engine_stream_compare(a, b) < 0 ? b : a;
}

static status read_in_view(struct store_view *view, void *ctx)
{
    static const struct engine_position end = {UINT64_MAX, UINT32_MAX};
    struct walk *walk = ctx;
    struct reading *reading = walk->asked;
    struct engine_records *read = reading->read;
    struct logbook_shard shard;
    TRY(find_in_space(view, walk->space, read->stream));
    TRY(find_shard(view, read->stream, read->shard, &shard));
    if (is_trimmed(&shard, read->after)) return ST_TRIMMED;
    const struct engine_position after = later(read->after, shard.trimmed);
    const struct logbook_form_key low =
        logbook_form_after(logbook_form_record_key(read->stream, read->shard, after));
    const struct logbook_form_key high =
        logbook_form_after(logbook_form_record_key(read->stream, read->shard, end));
    TRY(walk_range(walk, view,
                   (struct store_range){logbook_form_span(&low), logbook_form_span(&high)},
                   read_record));
    read->ended = reading->at_end && shard.closed_ms > 0;
    return ST_OK;
}

status engine_stream_read(const struct engine_space *space, struct engine_records *read,
                          struct arena *arena)
{
    struct reading reading = {.read = read, .at_end = true};
    struct walk walk = {space, arena, &reading};
    assert(read->limit > 0);
    assert(read->limit <= LIMIT_STREAM_RECORDS);
    read->count = 0;
    read->next = read->after;
    read->ended = false;
    read->records = arena_new_array(arena, read->limit, struct engine_record);
    if (read->records == NULL) return ST_NO_MEMORY;
    return engine_own_read(space, read_in_view, &walk);
}
