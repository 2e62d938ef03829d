/* unpack.c -- see unpack.h. */
#include "http/unpack.h"

#include <assert.h>

#include "http/http_server.h"
#include "http/loop.h"

enum { AT_ONCE_BYTES = 256 << 10 };

static void unpack(struct http_exchange *exchange)
{
    const struct mem *mem = exchange->loop->server->options.mem;
    exchange->unpacked =
        coding_decode(mem, exchange->packed_as, exchange->request.body, &exchange->decoded);
}

static void show(struct http_exchange *exchange)
{
    exchange->packed_as = CODING_NONE;
    if (exchange->unpacked == ST_OK) exchange->request.body = buf_view(&exchange->decoded);
}

/* On a thread of the pool: the exchange is this thread's until on_worked. */
static void on_work(uv_work_t *work)
{
    unpack(work->data);
}

static void on_worked(uv_work_t *work, int result)
{
    struct http_exchange *exchange = work->data;
    unpack_fn *go_on = exchange->unpack_go_on;
    if (result != 0) exchange->unpacked = ST_NO_MEMORY;
    show(exchange);
    go_on(exchange);
}

static bool turns_out_large(const struct http_exchange *exchange, size_t bytes_max)
{
    return exchange->unpacked == ST_LIMIT && bytes_max > AT_ONCE_BYTES;
}

void unpack_begin(struct http_exchange *exchange, unpack_fn *go_on)
{
    struct buf *decoded = &exchange->decoded;
    const size_t bytes_max = decoded->max;
    assert(exchange->packed_as != CODING_NONE);
    decoded->max = bytes_max < AT_ONCE_BYTES ? bytes_max : AT_ONCE_BYTES;
    unpack(exchange);
    decoded->max = bytes_max;
    if (turns_out_large(exchange, bytes_max)) {
        buf_clear(decoded);
        exchange->unpack_go_on = go_on;
        if (uv_queue_work(&exchange->loop->uv, &exchange->work, on_work, on_worked) == 0) return;
        unpack(exchange);
    }
    show(exchange);
    go_on(exchange);
}

int unpack_refusal(const struct http_exchange *exchange)
{
    const status st = exchange->unpacked;
    if (st == ST_OK) return 0;
    if (st == ST_LIMIT) return 413;
    return st == ST_NO_MEMORY ? 503 : 400;
}
