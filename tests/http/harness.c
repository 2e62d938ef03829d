/* harness.c -- see harness.h. */
#include "http/harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 30, WAIT_STEPS = 3000, WAIT_STEP_MS = 10 };

void harness_sleep_ms(unsigned ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&pause, NULL);
}

/* ---- the handler. It runs on the server's threads: no assertions of cmocka's here. */

static void echo(struct http_exchange *exchange)
{
    const struct http_request *request = http_exchange_request(exchange);
    struct buf *body = http_exchange_body(exchange);
    buf_put(body, request->method);
    buf_put_u8(body, ' ');
    buf_put(body, request->path);
    buf_put_u8(body, ' ');
    buf_put(body, request->query);
    buf_put_u8(body, '\n');
    buf_put(body, request->body);
    http_exchange_header(exchange, SPAN("Content-Type"), SPAN("text/plain"));
    http_exchange_finish(exchange, 200);
}

static void echo_resumed(void *ctx)
{
    echo(ctx);
}

static void *resume_late(void *ctx)
{
    harness_sleep_ms(1);
    http_exchange_resume(ctx, echo_resumed, ctx);
    return NULL;
}

static void echo_late(struct http_exchange *exchange)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, resume_late, exchange) != 0) {
        http_exchange_finish(exchange, 500);
        return;
    }
    (void)pthread_detach(thread);
}

static void hold(struct harness *harness, struct http_exchange *exchange)
{
    (void)pthread_mutex_lock(&harness->lock);
    const bool has_room = harness->held_count < HARNESS_HELD_MAX;
    if (has_room) harness->held[harness->held_count++] = exchange;
    (void)pthread_mutex_unlock(&harness->lock);
    if (!has_room) http_exchange_finish(exchange, 503);
}

static void fill(struct http_exchange *exchange)
{
    const struct span query = http_exchange_request(exchange)->query;
    size_t count = 0;
    for (size_t i = 0; i < query.len; i++) count = count * 10 + (size_t)(query.ptr[i] - '0');
    uint8_t *at = buf_reserve(http_exchange_body(exchange), count);
    for (size_t i = 0; at != NULL && i < count; i++) at[i] = (uint8_t)('a' + i % 26);
    if (at != NULL) buf_advance(http_exchange_body(exchange), count);
    http_exchange_finish(exchange, 200);
}

static void finish_oddly(struct http_exchange *exchange, struct span path)
{
    int http_status = 404;
    if (span_eq(path, SPAN("/none"))) http_status = 204;
    if (span_eq(path, SPAN("/body"))) {
        buf_put(http_exchange_body(exchange), http_exchange_request(exchange)->body);
        http_status = 200;
    }
    if (span_eq(path, SPAN("/fail"))) {
        buf_put_text(http_exchange_body(exchange), "half of it");
        http_exchange_body(exchange)->failed = ST_NO_MEMORY;
        http_status = 200;
    }
    if (span_eq(path, SPAN("/split"))) {
        http_exchange_header(exchange, SPAN("X-Good"), SPAN("yes"));
        http_exchange_header(exchange, SPAN("X-Bad"), SPAN("a\r\nSet-Cookie: stolen"));
        http_status = 200;
    }
    http_exchange_finish(exchange, http_status);
}

static void handle(void *ctx, struct http_exchange *exchange)
{
    const struct span path = http_exchange_request(exchange)->path;
    if (span_eq(path, SPAN("/echo")) || span_eq(path, SPAN("*"))) {
        echo(exchange);
    } else if (span_eq(path, SPAN("/late"))) {
        echo_late(exchange);
    } else if (span_eq(path, SPAN("/hold"))) {
        hold(ctx, exchange);
    } else if (span_eq(path, SPAN("/fill"))) {
        fill(exchange);
    } else {
        finish_oddly(exchange, path);
    }
}

/* ---- the server */

struct http_options harness_options(struct harness *harness)
{
    return (struct http_options){
        .mem = support_mem(),
        .host = "127.0.0.1",
        .handler = handle,
        .handler_ctx = harness,
        .crc32_header = "x-crc",
    };
}

status harness_open(struct harness *harness, const struct http_options *options)
{
    *harness = (struct harness){0};
    arena_init(&harness->arena, mem_heap(), 1 << 16);
    harness->err = error_in(&harness->arena);
    (void)pthread_mutex_init(&harness->lock, NULL);
    const status st = http_server_open(options, &harness->server, &harness->err);
    if (st == ST_OK) harness->port = http_server_port(harness->server);
    return st;
}

static void *run(void *ctx)
{
    struct harness *harness = ctx;
    http_server_run(harness->server);
    return NULL;
}

void harness_run(struct harness *harness)
{
    assert_int_equal(pthread_create(&harness->thread, NULL, run, harness), 0);
}

void harness_start(struct harness *harness, const struct http_options *options)
{
    assert_int_equal(harness_open(harness, options), ST_OK);
    harness_run(harness);
}

void harness_join(struct harness *harness)
{
    assert_int_equal(pthread_join(harness->thread, NULL), 0);
    http_server_close(harness->server);
    arena_deinit(&harness->arena);
    support_mem_check();
}

void harness_stop(struct harness *harness)
{
    http_server_stop(harness->server);
    harness_join(harness);
}

void harness_await_held(struct harness *harness, unsigned count)
{
    for (unsigned i = 0; i < WAIT_STEPS; i++) {
        (void)pthread_mutex_lock(&harness->lock);
        const bool is_so = harness->held_count >= count;
        (void)pthread_mutex_unlock(&harness->lock);
        if (is_so) return;
        harness_sleep_ms(WAIT_STEP_MS);
    }
    fail_msg("%u requests were not held", count);
}

static unsigned open_count(const struct harness *harness)
{
    struct http_counts counts = {0};
    http_server_counts(harness->server, &counts);
    return counts.connections;
}

void harness_await_open(const struct harness *harness, unsigned count)
{
    for (unsigned i = 0; i < WAIT_STEPS && open_count(harness) != count; i++)
        harness_sleep_ms(WAIT_STEP_MS);
    assert_int_equal(open_count(harness), count);
}

void harness_release(struct harness *harness)
{
    (void)pthread_mutex_lock(&harness->lock);
    const unsigned count = harness->held_count;
    harness->held_count = 0;
    for (unsigned i = 0; i < count; i++)
        http_exchange_resume(harness->held[i], echo_resumed, harness->held[i]);
    (void)pthread_mutex_unlock(&harness->lock);
}

/* ---- the client */

static struct client client_over(int fd, const struct sockaddr *address, socklen_t size)
{
    assert_true(fd >= 0);
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(connect(fd, address, size), 0);
    return (struct client){.fd = fd};
}

struct client client_open(uint16_t port)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    return client_over(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&address,
                       sizeof address);
}

struct client client_open_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path));
    return client_over(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr *)&address,
                       sizeof address);
}

void client_close(struct client *client)
{
    (void)close(client->fd);
    free(client->bytes);
}

void client_reset(struct client *client)
{
    const struct linger at_once = {.l_onoff = 1};
    (void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    client_close(client);
}

bool client_send(struct client *client, struct span bytes)
{
    while (bytes.len > 0) {
        const ssize_t n = send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) fail_msg("the server takes nothing");
        if (n <= 0) return false;
        bytes = span_drop(bytes, (size_t)n);
    }
    return true;
}

bool client_send_text(struct client *client, const char *text)
{
    return client_send(client, span_of(text));
}

/* Receive more. False: the connection has ended. */
static bool receive(struct client *client)
{
    if (client->cap - client->len < 4096) {
        client->cap = client->cap == 0 ? 65536 : client->cap * 2;
        client->bytes = realloc(client->bytes, client->cap);
        assert_non_null(client->bytes);
    }
    const ssize_t n = recv(client->fd, client->bytes + client->len, client->cap - client->len, 0);
    if (n < 0 && errno == EAGAIN) fail_msg("no answer within %d s", PATIENCE_S);
    if (n <= 0) return false;
    client->len += (size_t)n;
    return true;
}

/* What an earlier reply left is taken off the front when the next is asked for. */
static void take(struct client *client, size_t count)
{
    memmove(client->bytes, client->bytes + count, client->len - count);
    client->len -= count;
}

static size_t head_len(const struct client *client)
{
    if (client->len == 0) return 0;
    const uint8_t *end = memmem(client->bytes, client->len, "\r\n\r\n", 4);
    return end == NULL ? 0 : (size_t)(end - client->bytes) + 4;
}

static struct reply read_reply(struct client *client, bool has_body)
{
    size_t head = 0;
    while ((head = head_len(client)) == 0)
        if (!receive(client)) return (struct reply){0};
    struct reply reply = {
        .head = {client->bytes, head}
    };
    const struct span length = reply_header(&reply, "Content-Length");
    const size_t body =
        length.len > 0 && has_body ? strtoul((const char *)length.ptr, NULL, 10) : 0;
    while (client->len < head + body)
        if (!receive(client)) return (struct reply){0};

    /* Hand out a copy that lives as long as the client: the reply is moved behind what is left. */
    const size_t whole = head + body;
    while (client->cap < client->len + whole) client->cap *= 2;
    client->bytes = realloc(client->bytes, client->cap);
    assert_non_null(client->bytes);
    uint8_t *copy = client->bytes + client->cap - whole;
    memmove(copy, client->bytes, whole);
    take(client, whole);
    reply.head = (struct span){copy, head};
    reply.body = (struct span){copy + head, body};
    reply.status = (int)strtol((const char *)copy + strlen("HTTP/1.1 "), NULL, 10);
    return reply;
}

struct reply client_reply(struct client *client)
{
    return read_reply(client, true);
}

struct reply client_reply_head(struct client *client)
{
    return read_reply(client, false);
}

struct span reply_header(const struct reply *reply, const char *name)
{
    struct span rest = reply->head;
    while (rest.len > 0) {
        const uint8_t *end = memmem(rest.ptr, rest.len, "\r\n", 2);
        const size_t len = end == NULL ? rest.len : (size_t)(end - rest.ptr);
        const struct span line = span_take(rest, len);
        const struct span wanted = span_of(name);
        if (line.len > wanted.len && line.ptr[wanted.len] == ':' &&
            span_eq_nocase(span_take(line, wanted.len), wanted))
            return span_trim(span_drop(line, wanted.len + 1));
        rest = span_drop(rest, end == NULL ? len : len + 2);
    }
    return (struct span){0};
}

void client_assert_closed(struct client *client)
{
    const size_t before = client->len;
    while (receive(client)) {
    }
    assert_int_equal(client->len, before);
}

void client_ask(struct client *client, const char *request, int http_status, const char *body)
{
    assert_true(client_send_text(client, request));
    const struct reply reply = client_reply(client);
    assert_int_equal(reply.status, http_status);
    support_assert_text(reply.body, body);
}

struct span client_post(const char *path, struct span body, const char *headers)
{
    char head[512];
    const int n =
        snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n",
                 path, headers, body.len);
    assert_true(n > 0 && (size_t)n < sizeof head);
    uint8_t *bytes = malloc((size_t)n + body.len);
    assert_non_null(bytes);
    memcpy(bytes, head, (size_t)n);
    if (body.len > 0) memcpy(bytes + n, body.ptr, body.len);
    return (struct span){bytes, (size_t)n + body.len};
}

void client_post_free(struct span request)
{
    union {
        const uint8_t *given;
        void *wanted;
    } ptr = {.given = request.ptr};
    free(ptr.wanted);
}
