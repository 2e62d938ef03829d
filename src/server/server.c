/* server.c -- see server.h. */
#include "server/server.h"

#include <assert.h>

#include "os/thread.h"
#include "server/transport.h"

struct server {
    const struct mem *mem;
    struct transport transport;
    struct http_server *http;
    struct thread thread; /* of server_start */
    bool has_thread;
    atomic_bool sweeping; /* lines.h */
};

static status open_http(struct server *server, const struct server_options *options,
                        struct error *err)
{
    const struct http_options http = {
        .mem = options->mem,
        .host = options->host,
        .port = options->port,
        .unix_path = options->unix_path,
        .loops = options->loops,
        .handler = transport_handle,
        .refusal = transport_refuse,
        .takes_lines = true,
        .handler_ctx = &server->transport,
        .body_bytes_max = options->body_bytes_max,
        .connections_max = options->connections_max,
        .buffer_bytes_max = options->buffer_bytes_max,
        .idle_timeout_ms = options->idle_timeout_ms,
        .request_timeout_ms = options->request_timeout_ms,
        .reply_timeout_ms = options->reply_timeout_ms,
        .drain_timeout_ms = options->drain_timeout_ms,
        .crc32_header = "x-amz-crc32",
        .stop_on_signals = options->stop_on_signals,
    };
    return http_server_open(&http, &server->http, err);
}

static status open_parts(struct server *server, const struct server_options *options,
                         struct error *err)
{
    const unsigned loops = options->loops == 0 ? 1 : options->loops;
    server->transport = (struct transport){
        .os = options->os,
        .log = options->log,
        .store = instance_store(options->instance),
        .begun_ns = options->begun_ns == 0 ? os_ticks_ns(options->os) : options->begun_ns,
    };
    TRY(instance_api_open(options->instance, loops, &server->transport.api, err));
    server->transport.lines = (struct lines){
        .engine = instance_engine(options->instance),
        .api = server->transport.api,
        .os = options->os,
        .sweeping = &server->sweeping,
    };
    return open_http(server, options, err);
}

static void close_parts(struct server *server)
{
    http_server_close(server->http);
    api_close(server->transport.api);
    mem_free(server->mem, server, sizeof *server);
}

status server_open(const struct server_options *options, struct server **out, struct error *err)
{
    assert(options->instance != NULL);
    struct server *server = mem_new(options->mem, sizeof *server);
    if (server == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    server->mem = options->mem;
    const status st = open_parts(server, options, err);
    if (st != ST_OK) {
        close_parts(server);
        return st;
    }
    *out = server;
    return ST_OK;
}

void server_run(struct server *server)
{
    http_server_run(server->http);
}

static void run_on_thread(void *server)
{
    server_run(server);
}

status server_start(struct server *server, struct error *err)
{
    assert(!server->has_thread);
    TRY_PLAIN(err, thread_start(&server->thread, "serve", run_on_thread, server));
    server->has_thread = true;
    return ST_OK;
}

void server_stop(struct server *server)
{
    http_server_stop(server->http);
}

void server_close(struct server *server)
{
    if (server == NULL) return;
    if (server->has_thread) {
        server_stop(server);
        thread_join(&server->thread);
    }
    close_parts(server);
}

uint16_t server_port(const struct server *server)
{
    return http_server_port(server->http);
}

void server_counts(const struct server *server, struct http_counts *out)
{
    http_server_counts(server->http, out);
}
