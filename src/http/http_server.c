/* http_server.c -- opening, running and ending a server. */
#include "http/http_server.h"

#include <assert.h>
#include <signal.h>
#include <sys/resource.h>

#include "http/acceptor.h"
#include "http/loop.h"

static const struct http_options defaults = {
    .loops = 1,
    .body_bytes_max = LIMIT_BODY_BYTES,
    .header_bytes_max = LIMIT_HTTP_HEAD_BYTES,
    .connections_max = 16384,
    .buffer_bytes_max = (size_t)512 << 20,
    .idle_timeout_ms = 5 * 60 * 1000,
    .request_timeout_ms = 30 * 1000,
    .reply_timeout_ms = 30 * 1000,
    .heartbeat_ms = 15 * 1000,
    .drain_timeout_ms = 10 * 1000,
    .compress_bytes_min = 1024,
};

enum { HEAD_AND_BODY_BYTES_MAX = 1 << 30 };

#define DEFAULT(options, field)                                                                    \
    do {                                                                                           \
        if ((options)->field == 0) (options)->field = defaults.field;                              \
    } while (0)

static void fill_defaults(struct http_options *options)
{
    DEFAULT(options, loops);
    DEFAULT(options, body_bytes_max);
    DEFAULT(options, header_bytes_max);
    DEFAULT(options, connections_max);
    DEFAULT(options, buffer_bytes_max);
    DEFAULT(options, idle_timeout_ms);
    DEFAULT(options, request_timeout_ms);
    DEFAULT(options, reply_timeout_ms);
    DEFAULT(options, heartbeat_ms);
    DEFAULT(options, drain_timeout_ms);
    DEFAULT(options, compress_bytes_min);
    assert(options->handler != NULL);
    assert(options->loops <= LIMIT_HTTP_LOOPS);
    assert(options->body_bytes_max < HEAD_AND_BODY_BYTES_MAX);
    assert(options->header_bytes_max < HEAD_AND_BODY_BYTES_MAX);
}

/* Take as many descriptors as the process may have, and leave half of them to the rest of it. */
static void fit_connections(struct http_options *options)
{
    struct rlimit limit = {0};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 && getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    const rlim_t half = limit.rlim_cur / 2 + 1;
    if (half < options->connections_max) options->connections_max = (unsigned)half;
}

/* ---- signals */

static void wake_all(struct http_server *server)
{
    for (unsigned i = 0; i < server->loop_count; i++) loop_wake(&server->loops[i]);
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    struct http_server *server = signal->data;
    if (!atomic_load(&server->is_stopping)) {
        http_server_stop(server);
        return;
    }
    atomic_store(&server->is_forced, true);
    http_server_end_signals(server);
    wake_all(server);
}

static status watch_signals(struct http_server *server)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    static_assert(ARRAY_COUNT(numbers) == ARRAY_COUNT(server->signals), "one handle each");
    if (!server->options.stop_on_signals) return ST_OK;
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        uv_signal_t *signal = &server->signals[i];
        if (uv_signal_init(&server->loops[0].uv, signal) != 0) return ST_IO;
        signal->data = server;
        server->signal_count++;
        if (uv_signal_start(signal, on_signal, numbers[i]) != 0) return ST_IO;
    }
    return ST_OK;
}

void http_server_end_signals(struct http_server *server)
{
    for (unsigned i = 0; i < server->signal_count; i++)
        uv_close((uv_handle_t *)&server->signals[i], NULL);
    server->signal_count = 0;
}

/* ---- life */

static status open_listeners(struct http_server *server, const struct http_options *options,
                             struct error *err)
{
    server->port = options->port;
    if (options->host != NULL)
        TRY(listener_open_tcp(&server->listeners, options->host, &server->port, err));
    if (options->unix_path == NULL) return ST_OK;
    return listener_open_unix(&server->listeners, options->unix_path, err);
}

static status open_loops(struct http_server *server)
{
    const struct http_options *options = &server->options;
    server->loops = mem_new_array(options->mem, options->loops, sizeof *server->loops);
    if (server->loops == NULL) return ST_NO_MEMORY;
    server->loop_count = options->loops;
    for (unsigned i = 0; i < server->loop_count; i++) {
        TRY(loop_init(&server->loops[i], server, i));
        server->loops_ready++;
    }
    return ST_OK;
}

static status open_all(struct http_server *server, const struct http_options *options,
                       struct error *err)
{
    TRY(open_listeners(server, options, err));
    TRY_PLAIN(err, open_loops(server));
    TRY_PLAIN(err, acceptor_start(server));
    TRY_PLAIN(err, watch_signals(server));
    return ST_OK;
}

status http_server_open(const struct http_options *options, struct http_server **out,
                        struct error *err)
{
    struct http_server *server = mem_new(options->mem, sizeof *server);
    if (server == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    server->options = *options;
    fill_defaults(&server->options);
    fit_connections(&server->options);
    server->options.host = NULL;
    server->options.unix_path = NULL;
    (void)signal(SIGPIPE, SIG_IGN);
    const status st = open_all(server, options, err);
    if (st != ST_OK) {
        http_server_close(server);
        return st;
    }
    *out = server;
    return ST_OK;
}

static void run_on_thread(void *loop)
{
    loop_run(loop);
}

/* Where the system has no more threads to give, fewer loops serve. */
void http_server_run(struct http_server *server)
{
    server->serving_count = 1;
    while (server->serving_count < server->loop_count) {
        struct loop *loop = &server->loops[server->serving_count];
        if (uv_thread_create(&loop->thread, run_on_thread, loop) != 0) break;
        server->serving_count++;
    }
    loop_run(&server->loops[0]);
    for (unsigned i = 1; i < server->serving_count; i++)
        (void)uv_thread_join(&server->loops[i].thread);
}

void http_server_stop(struct http_server *server)
{
    atomic_store(&server->is_stopping, true);
    wake_all(server);
}

void http_server_close(struct http_server *server)
{
    if (server == NULL) return;
    const struct mem *mem = server->options.mem;
    for (unsigned i = 0; i < server->loops_ready; i++) loop_deinit(&server->loops[i]);
    for (unsigned i = 0; i < server->listeners.count; i++)
        listener_close(&server->listeners.items[i]);
    if (server->loops != NULL)
        mem_free(mem, server->loops, server->loop_count * sizeof *server->loops);
    mem_free(mem, server, sizeof *server);
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

void http_server_counts(const struct http_server *server, struct http_counts *out)
{
    *out = (struct http_counts){0};
    for (unsigned i = 0; i < server->loop_count; i++) {
        const struct loop *loop = &server->loops[i];
        out->requests += atomic_load_explicit(&loop->request_count, memory_order_relaxed);
        out->connections += atomic_load(&loop->connection_count);
    }
}
