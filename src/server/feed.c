/* feed.c -- see feed.h.
 *
 * A feed that always has something to write lets the others of its loop have their turn after a few
 * pieces: it rings for itself.
 */
#include "server/feed.h"

#include <stdatomic.h>

#include "api/api_feed.h"

enum { PIECES_AT_ONCE = 4 };

struct feed {
    struct api_feed *changes;
    struct http_exchange *exchange;
    bool has_room; /* the client may be sent a piece */
    bool is_over;  /* no more is written: D1 */

    /* Set by whoever rings, of any thread, who then resumes the exchange; cleared by the loop
     * before it looks. Sequentially consistent: what was committed before the ring is seen after.
     */
    atomic_bool is_rung;
};

static void on_resumed(void *ctx);

static void ring(void *ctx)
{
    struct feed *feed = ctx;
    if (!atomic_exchange(&feed->is_rung, true))
        http_exchange_resume(feed->exchange, on_resumed, feed);
}

static void finish(struct feed *feed)
{
    http_exchange_finish(feed->exchange, 200);
}

static void end(struct feed *feed)
{
    feed->is_over = true;
    api_feed_close(feed->changes);
    if (!atomic_load(&feed->is_rung)) finish(feed); /* else on_resumed does: D1 */
}

/* Write what there is, as long as it is taken. */
static void go_on(struct feed *feed)
{
    struct buf *body = http_exchange_body(feed->exchange);
    for (unsigned pieces = 0; feed->has_room; pieces++) {
        if (pieces == PIECES_AT_ONCE) {
            ring(feed);
            return;
        }
        const api_feed_state state = api_feed_write(feed->changes, body);
        if (state == API_FEED_OVER) {
            end(feed);
            return;
        }
        feed->has_room = http_exchange_push(feed->exchange);
        if (state == API_FEED_WAITS) return;
    }
}

static void on_resumed(void *ctx)
{
    struct feed *feed = ctx;
    atomic_store(&feed->is_rung, false);
    if (feed->is_over)
        finish(feed);
    else
        go_on(feed);
}

static void on_event(void *ctx, http_stream_event event)
{
    struct feed *feed = ctx;
    if (feed->is_over) return;
    if (event == HTTP_STREAM_END) {
        end(feed);
        return;
    }
    feed->has_room = true;
    go_on(feed);
}

static void refuse(struct api_call *call, struct http_exchange *exchange)
{
    api_feed_close(call->feed);
    http_exchange_finish(exchange, 500);
}

void feed_begin(struct api_call *call, struct http_exchange *exchange)
{
    struct feed *feed = arena_new(call->arena, struct feed);
    if (feed == NULL) {
        refuse(call, exchange);
        return;
    }
    http_exchange_header(exchange, SPAN("Cache-Control"), SPAN("no-store"));
    if (span_eq(call->method, SPAN("HEAD"))) {
        api_feed_close(call->feed);
        http_exchange_finish(exchange, 200);
        return;
    }
    const struct http_stream stream = {.fn = on_event, .ctx = feed, .heartbeat = SPAN(":\n\n")};
    feed->changes = call->feed;
    feed->exchange = exchange;
    feed->has_room = http_exchange_stream(exchange, call->http_status, &stream);
    api_feed_watch(feed->changes, ring, feed);
    go_on(feed);
}
