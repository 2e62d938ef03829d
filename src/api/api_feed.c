/* api_feed.c -- see api_feed.h.
 *
 * Opening looks at the stream once, so that what cannot be followed is refused with an error's
 * status instead of a feed that ends at once.
 *
 * A wake-up that comes while a piece is being written is not lost: whoever watches writes again
 * after it, and a look sees all that was committed before it (R3 of engine_stream.h).
 */
#include "api/api_feed.h"

#include <assert.h>

#include "api/feed_place.h"
#include "api/reply.h"
#include "api/stream_name.h"
#include "api/stream_record.h"
#include "engine/stream_walk.h"

struct api_feed {
    struct stream_walk walk;
    struct stream_record_source source;
    uint64_t made_ms;
    struct engine_watch watch;
    bool is_watched;
    bool has_begun; /* the id that it begins with is written */
    const struct mem *mem;
};

/* ---- opening */

static status find_source(struct call *call, const struct engine_stream *stream,
                          struct stream_record_source *out)
{
    struct span arn = {0};
    TRY_PLAIN(call->err, stream_name_arn(call, stream->table_name, stream->made_ms, &arn));
    *out = stream_record_source(call, stream, arn);
    return ST_OK;
}

/* Is there nothing more to come, and was all of it told? */
static status look_ahead(struct call *call, struct api_feed *feed, bool *is_over)
{
    struct stream_walk_look look = {.bytes_max = 1};
    struct arena scratch;
    arena_init(&scratch, feed->mem, LIMIT_REQUEST_ARENA_BYTES);
    const status st = stream_walk_look(&feed->walk, &scratch, &look);
    *is_over = look.is_over;
    arena_deinit(&scratch);
    return st == ST_OK ? ST_OK : FAIL_PLAIN(call->err, st);
}

/* Not an operation of DynamoDB's, and in no table of them; else it is as one. */
static status run(struct call *call, void *in)
{
    (void)in;
    struct feed_place place;
    struct api_feed *feed = arena_new(call->arena, struct api_feed);
    if (feed == NULL) return FAIL_PLAIN(call->err, ST_NO_MEMORY);
    TRY(feed_place_find(call, &place));
    TRY(find_source(call, &place.stream, &feed->source));
    feed->made_ms = place.stream.made_ms;
    feed->mem = call->arena->heap;
    feed->watch.stream = place.stream.number;
    stream_walk_begin(&feed->walk, call->engine, place.stream.number, place.after, call->arena);
    TRY(look_ahead(call, feed, &call->is_over));
    call->has_no_body = true;
    if (!call->is_over) call->outer->feed = feed;
    return ST_OK;
}

extern const struct op api_feed_op;
const struct op api_feed_op = {
    .shape = {.name = "api_feed", .size = 1},
    .run = run,
};

/* ---- writing */

static void put_field(struct buf *out, const char *name, struct span value)
{
    buf_put_text(out, name);
    buf_put(out, SPAN(": "));
    buf_put(out, value);
    buf_put_u8(out, '\n');
}

static void put_id(const struct api_feed *feed, struct buf *out, struct engine_position at)
{
    char id[FEED_PLACE_ID_BYTES + 1];
    put_field(out, "id", feed_place_id(feed->made_ms, at, id));
}

static void put_change(const struct api_feed *feed, struct buf *out,
                       const struct engine_record *record)
{
    struct reply_writer reply = {0};
    put_id(feed, out, record->at);
    put_field(out, "event", stream_record_kind(record->kind));
    buf_put(out, SPAN("data: "));
    json_writer_init(&reply.json, out);
    stream_record_write(&reply, &feed->source, record);
    buf_put(out, SPAN("\n\n"));
}

static void put_end(struct buf *out)
{
    buf_put(out, SPAN("event: END\ndata: {}\n\n"));
}

static void put_failure(struct buf *out, status st)
{
    const struct status_info *info = status_info(st);
    struct json_writer json;
    buf_put(out, SPAN("event: ERROR\ndata: "));
    json_writer_init(&json, out);
    json_writer_object_begin(&json);
    json_writer_member_string(&json, "__type", span_of(info->wire));
    json_writer_member_string(&json, "message", span_of(info->text));
    json_writer_object_end(&json);
    buf_put(out, SPAN("\n\n"));
}

/* Write events up to the size of a piece, and pass them. */
static void put_changes(struct api_feed *feed, struct buf *out, const struct stream_walk_look *look)
{
    const size_t before = buf_view(out).len;
    for (uint32_t i = 0; i < look->count && buf_status(out) == ST_OK; i++) {
        if (buf_view(out).len - before >= API_FEED_PIECE_BYTES) return;
        put_change(feed, out, look->records[i]);
        stream_walk_pass(&feed->walk, look, i);
    }
}

static api_feed_state write_more(struct api_feed *feed, struct arena *scratch, struct buf *out)
{
    struct stream_walk_look look = {.bytes_max = API_FEED_PIECE_BYTES};
    status st = stream_walk_look(&feed->walk, scratch, &look);
    if (st == ST_OK && look.count > 0) {
        put_changes(feed, out, &look);
        return API_FEED_MORE;
    }
    if (st == ST_OK && !look.is_over) return API_FEED_WAITS;
    if (st == ST_OK || st == ST_NOT_FOUND)
        put_end(out);
    else
        put_failure(out, st);
    return API_FEED_OVER;
}

api_feed_state api_feed_write(struct api_feed *feed, struct buf *out)
{
    struct arena scratch;
    arena_init(&scratch, feed->mem, LIMIT_REQUEST_ARENA_BYTES);
    if (!feed->has_begun) {
        put_id(feed, out, feed->walk.position);
        buf_put_u8(out, '\n');
        feed->has_begun = true;
    }
    const api_feed_state state = write_more(feed, &scratch, out);
    arena_deinit(&scratch);
    return state;
}

/* ---- being told */

void api_feed_watch(struct api_feed *feed, api_feed_rung_fn *rung, void *ctx)
{
    assert(!feed->is_watched);
    feed->watch.fn = rung;
    feed->watch.ctx = ctx;
    engine_stream_watch(feed->walk.space.engine, &feed->watch);
    feed->is_watched = true;
}

void api_feed_close(struct api_feed *feed)
{
    if (feed->is_watched) engine_stream_unwatch(feed->walk.space.engine, &feed->watch);
    feed->is_watched = false;
}
