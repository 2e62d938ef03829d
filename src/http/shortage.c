/* shortage.c -- see shortage.h.
 *
 * Who goes first is who loses least:
 *
 *     LINGERING    has its answer already
 *     IDLE         asks for nothing; the one that is silent for longest
 *     WRITING      reads its reply slower than SLOW_BYTES_PER_MS: closed
 *     READING      sends its request slower than that: told 503
 *
 * Both of the last are judged by what they did since they were looked at, PATIENCE_MS before or
 * earlier: who sent much at once and then no more is found at the second look. So clients that mean
 * it are served while others hold thousands of connections open, byte by byte. A request in its
 * handler's hands never goes, nor a reply that goes on and is waiting for its next piece.
 *
 * The lists are in the order of entering, so those that took longest are looked at, and not more
 * than LOOKS_MAX of them: what a newcomer costs does not grow with the number of connections.
 */
#include "http/shortage.h"

#include "http/exchange.h"
#include "http/http_server.h"
#include "http/loop.h"
#include "http/outgoing.h"

enum {
    PATIENCE_MS = 1000,
    SLOW_BYTES_PER_MS = 4,
    LOOKS_MAX = 64,
};

/* How many bytes it has sent of its request, or taken of its reply. */
static size_t moved_bytes(const struct connection *connection)
{
    const struct http_exchange *exchange = connection->exchange;
    if (connection->state == CONNECTION_READING) return exchange->input.len - exchange->start;
    const size_t unsent = outgoing_bytes(&connection->uv.stream);
    return unsent < connection->unsent_bytes ? connection->unsent_bytes - unsent : 0;
}

/* Since it was looked at, or entered its state. Too short a time says nothing. */
static bool is_slow(struct connection *connection)
{
    const uint64_t now = loop_now_ms(connection->loop);
    const uint64_t passed_ms = now - connection->looked_ms;
    if (passed_ms < PATIENCE_MS) return false;
    const size_t moved = moved_bytes(connection);
    const bool is_so = moved < connection->looked_bytes + passed_ms * SLOW_BYTES_PER_MS;
    connection->looked_ms = now;
    connection->looked_bytes = moved;
    return is_so;
}

/* The first that is slow, among those longest in the state. */
static struct connection *find_slow(const struct loop *loop, connection_state state,
                                    const struct connection *needy)
{
    const size_t bytes_min = needy == NULL ? 0 : 1; /* what holds nothing gives nothing back */
    struct connection *connection = loop->lists[state].oldest;
    for (unsigned looks = 0; connection != NULL && looks < LOOKS_MAX; looks++) {
        const size_t bytes = connection->exchange->charged_bytes;
        if (connection != needy && bytes >= bytes_min && is_slow(connection)) return connection;
        connection = connection->newer;
    }
    return NULL;
}

/* For a newcomer, or (not NULL) a connection that needs bytes. */
static bool end_slow(struct loop *loop, const struct connection *needy)
{
    struct connection *connection = find_slow(loop, CONNECTION_WRITING, needy);
    if (connection != NULL) {
        connection_cut(connection);
        return true;
    }
    connection = find_slow(loop, CONNECTION_READING, needy);
    if (connection == NULL) return false;
    connection_refuse(connection, 503);
    return true;
}

bool shortage_end_one(struct loop *loop)
{
    static const connection_state states[] = {CONNECTION_LINGERING, CONNECTION_IDLE};
    for (size_t i = 0; i < ARRAY_COUNT(states); i++) {
        struct connection *connection = loop->lists[states[i]].oldest;
        if (connection == NULL) continue;
        connection_close(connection);
        return true;
    }
    return end_slow(loop, NULL);
}

/* ---- bytes */

static void count(struct http_exchange *exchange, size_t bytes)
{
    atomic_size_t *all = &exchange->loop->server->charged_bytes;
    (void)atomic_fetch_add_explicit(all, bytes - exchange->charged_bytes, memory_order_relaxed);
    exchange->charged_bytes = bytes;
}

static bool has_room(const struct http_exchange *exchange, size_t bytes)
{
    const struct http_server *server = exchange->loop->server;
    const size_t others = atomic_load_explicit(&server->charged_bytes, memory_order_relaxed) -
                          exchange->charged_bytes;
    const size_t bytes_max = server->options.buffer_bytes_max;
    return bytes <= bytes_max && others <= bytes_max - bytes;
}

bool shortage_allows(const struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    if (exchange == NULL) return true;
    if (connection->state == CONNECTION_WRITING) exchange_shed(exchange);
    const size_t bytes = exchange_bytes(exchange);
    if (bytes == exchange->charged_bytes) return true;
    if (bytes > exchange->charged_bytes) {
        while (!has_room(exchange, bytes))
            if (!end_slow(exchange->loop, connection)) return false;
    }
    count(exchange, bytes);
    return true;
}

void shortage_is_less(struct http_exchange *exchange)
{
    if (exchange->charged_bytes > 0) count(exchange, exchange_bytes(exchange));
}

void shortage_is_over(struct http_exchange *exchange)
{
    if (exchange->charged_bytes > 0) count(exchange, 0);
}
