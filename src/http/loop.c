/* loop.c -- see loop.h.
 *
 * Others talk to a loop only through what its lock guards, and one uv_async: whoever puts the first
 * thing there rings, the loop takes everything at once. The bell is rung under the lock, so that a
 * loop that finds nothing to wait for may take the bell down (L2).
 *
 * Time-outs need no exact timer: a tick, a quarter of the shortest of them, looks at the heads of
 * the connection lists. It stands still while there are no connections.
 */
#include "http/loop.h"

#include <assert.h>
#include <time.h>
#include <unistd.h>

#include "http/acceptor.h"
#include "http/exchange.h"
#include "http/http_server.h"
#include "http/pieces.h"

enum {
    TICK_MS_MIN = 5,
    TICK_MS_MAX = 250,
    DRAIN_TICK_MS = 10,
    LINGER_MS = 1000,
    DATE_FRESH_MS = 100,
};

/* ---- the end (L1) */

static void end(struct loop *loop)
{
    uv_close((uv_handle_t *)&loop->tick, NULL);
    uv_close((uv_handle_t *)&loop->wake, NULL);
    if (loop->index == 0) {
        acceptor_stop(loop->server);
        http_server_end_signals(loop->server);
    }
}

void loop_settle(struct loop *loop)
{
    if (!loop->is_draining || loop->held_count > 0) return;
    uv_mutex_lock(&loop->lock);
    const bool is_over = !loop->is_ended && atomic_load(&loop->connection_count) == 0;
    if (is_over) {
        assert(loop->resumed == NULL);
        assert(loop->adopted_count == 0);
        loop->is_ended = true;
    }
    uv_mutex_unlock(&loop->lock);
    if (is_over) end(loop);
}

static void begin_drain(struct loop *loop)
{
    loop->is_draining = true;
    loop->drain_deadline_ms = loop_now_ms(loop) + loop->server->options.drain_timeout_ms;
    if (loop->index == 0) acceptor_stop(loop->server);
    connection_drain(loop);
    pieces_drain(loop);
    (void)uv_timer_stop(&loop->tick);
    loop_tick(loop);
}

/* ---- time */

uint64_t loop_now_ms(const struct loop *loop)
{
    return uv_now(&loop->uv);
}

struct span loop_date(struct loop *loop)
{
    const uint64_t now = loop_now_ms(loop);
    if (loop->date_ms == 0 || now - loop->date_ms >= DATE_FRESH_MS) {
        struct timespec clock = {0};
        (void)clock_gettime(CLOCK_REALTIME, &clock);
        http_date_write((uint64_t)clock.tv_sec, loop->date);
        loop->date_ms = now > 0 ? now : 1;
    }
    return (struct span){loop->date, HTTP_DATE_BYTES};
}

static void on_tick(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    if (loop->is_accepting_late) {
        loop->is_accepting_late = false;
        acceptor_retry(loop->server);
    }
    connection_expire(loop);
    if (loop->is_draining && loop_now_ms(loop) >= loop->drain_deadline_ms)
        connection_close_all(loop);
    const bool is_needed =
        loop->is_draining || loop->is_accepting_late || atomic_load(&loop->connection_count) > 0;
    if (!is_needed) (void)uv_timer_stop(timer);
}

static uint64_t tick_ms(const struct loop *loop)
{
    if (loop->is_draining) return DRAIN_TICK_MS;
    const struct http_options *options = &loop->server->options;
    const unsigned times[] = {options->idle_timeout_ms, options->request_timeout_ms,
                              options->reply_timeout_ms, options->heartbeat_ms};
    uint64_t shortest = times[0];
    for (size_t i = 1; i < ARRAY_COUNT(times); i++)
        if (times[i] < shortest) shortest = times[i];
    if (shortest / 4 < TICK_MS_MIN) return TICK_MS_MIN;
    return shortest / 4 > TICK_MS_MAX ? TICK_MS_MAX : shortest / 4;
}

void loop_tick(struct loop *loop)
{
    uv_handle_t *handle = (uv_handle_t *)&loop->tick;
    if (uv_is_active(handle) || uv_is_closing(handle)) return;
    (void)uv_timer_start(&loop->tick, on_tick, tick_ms(loop), tick_ms(loop));
}

/* ---- what others want */

static void run_resumed(struct http_exchange *exchange)
{
    while (exchange != NULL) {
        struct http_exchange *next = exchange->resume_next; /* fn may finish the exchange */
        exchange->resume_fn(exchange->resume_ctx);
        exchange = next;
    }
}

static void on_wake(uv_async_t *wake)
{
    struct loop *loop = wake->data;
    struct loop_adopted adopted[LOOP_ADOPTED_MAX];
    uv_mutex_lock(&loop->lock);
    struct http_exchange *resumed = loop->resumed;
    loop->resumed = loop->resumed_last = NULL;
    const unsigned adopted_count = loop->adopted_count;
    for (unsigned i = 0; i < adopted_count; i++) adopted[i] = loop->adopted[i];
    loop->adopted_count = 0;
    uv_mutex_unlock(&loop->lock);

    run_resumed(resumed);
    for (unsigned i = 0; i < adopted_count; i++)
        connection_open(loop, adopted[i].fd, adopted[i].is_unix);
    if (atomic_load(&loop->server->is_stopping) && !loop->is_draining) begin_drain(loop);
    if (atomic_load(&loop->server->is_forced)) connection_close_all(loop);
    pieces_tell(loop);
    connection_take_turns(loop);
    loop_settle(loop);
}

void loop_wake(struct loop *loop)
{
    uv_mutex_lock(&loop->lock);
    if (!loop->is_ended) (void)uv_async_send(&loop->wake);
    uv_mutex_unlock(&loop->lock);
}

bool loop_adopt(struct loop *loop, struct loop_adopted socket)
{
    uv_mutex_lock(&loop->lock);
    const bool is_taken = !loop->is_ended && loop->adopted_count < LOOP_ADOPTED_MAX;
    if (is_taken) {
        loop->adopted[loop->adopted_count++] = socket;
        atomic_fetch_add(&loop->connection_count, 1);
        (void)uv_async_send(&loop->wake);
    }
    uv_mutex_unlock(&loop->lock);
    return is_taken;
}

void loop_resume(struct loop *loop, struct http_exchange *exchange)
{
    exchange->resume_next = NULL;
    uv_mutex_lock(&loop->lock);
    assert(!loop->is_ended); /* L1 */
    const bool is_first = loop->resumed == NULL;
    if (is_first) {
        loop->resumed = exchange;
    } else {
        loop->resumed_last->resume_next = exchange;
    }
    loop->resumed_last = exchange;
    if (is_first) (void)uv_async_send(&loop->wake);
    uv_mutex_unlock(&loop->lock);
}

/* ---- life */

static void set_timeouts(struct loop *loop)
{
    const struct http_options *options = &loop->server->options;
    loop->timeouts_ms[CONNECTION_IDLE] = options->idle_timeout_ms;
    loop->timeouts_ms[CONNECTION_READING] = options->request_timeout_ms;
    loop->timeouts_ms[CONNECTION_STREAMING] = options->heartbeat_ms;
    loop->timeouts_ms[CONNECTION_WRITING] = options->reply_timeout_ms;
    loop->timeouts_ms[CONNECTION_LINGERING] = LINGER_MS;
}

status loop_init(struct loop *loop, struct http_server *server, unsigned index)
{
    loop->server = server;
    loop->index = index;
    loop->connections_max = (server->options.connections_max - 1) / server->loop_count + 1;
    loop->encoder.mem = server->options.mem;
    set_timeouts(loop);
    if (uv_mutex_init(&loop->lock) != 0) return ST_NO_MEMORY;
    if (uv_loop_init(&loop->uv) != 0) goto no_loop;
    if (uv_async_init(&loop->uv, &loop->wake, on_wake) != 0) goto no_wake;
    (void)uv_timer_init(&loop->uv, &loop->tick);
    loop->wake.data = loop;
    loop->tick.data = loop;
    return ST_OK;

no_wake:
    (void)uv_loop_close(&loop->uv);
no_loop:
    uv_mutex_destroy(&loop->lock);
    return ST_IO;
}

void loop_run(struct loop *loop)
{
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    assert(loop->is_ended);
}

void loop_deinit(struct loop *loop)
{
    if (!loop->is_ended) {
        begin_drain(loop);
        connection_close_all(loop);
        loop_settle(loop);
        (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    }
    assert(loop->is_ended);
    const int result = uv_loop_close(&loop->uv);
    assert(result == 0);
    (void)result;
    while (loop->spares != NULL) {
        struct http_exchange *exchange = loop->spares;
        loop->spares = exchange->spare_next;
        exchange_free(exchange);
    }
    coding_encoder_deinit(&loop->encoder);
    uv_mutex_destroy(&loop->lock);
}
