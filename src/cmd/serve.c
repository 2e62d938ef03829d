/* serve.c -- stator serve: open the database and the server over it, serve, close both in the
 * opposite order.
 *
 *     instance -> server        server_run returns when every exchange is finished, so nothing is
 *                               under way when the instance closes
 *
 * The start line is printed when the first request would be answered. Scripts wait for it, and
 * read the port from it when they asked for port 0.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/serve_options.h"
#include "instance/instance.h"
#include "os/os.h"
#include "server/server.h"

enum {
    ERROR_ARENA_BYTES = 64 << 10,
    NS_PER_MS = 1000000,
    MS_PER_S = 1000,
    MS_PER_MINUTE = 60 * 1000,
};

struct serve {
    struct serve_options options;
    const struct mem *mem;
    const struct os *os;
    struct log log;
    struct instance *instance;
    struct server *server;
    uint64_t begun_ns; /* when the process began */
};

/* ---- opening and closing */

static void note_progress(void *ctx, const char *text)
{
    const struct serve *serve = ctx;
    log_write(&serve->log, LOG_LEVEL_INFO, "%s", text);
}

static status open_database(struct serve *serve, struct error *err)
{
    const struct serve_options *options = &serve->options;
    const struct instance_options instance = {
        .mem = serve->mem,
        .os = serve->os,
        .dir = options->data,
        .durability = (store_durability)options->durability,
        .cache_bytes = (size_t)options->cache_mb << 20,
        .index_lag_ms = options->gsi_lag_ms,
        .ttl_visibility = (engine_ttl_visibility)options->ttl_visibility,
        .sweep_every_ms = INSTANCE_SWEEP_EVERY_MS,
        .enforce_throughput = options->enforce_throughput,
        .stream_shards = options->stream_shards,
        .stream_age_ms = (uint64_t)options->stream_minutes * MS_PER_MINUTE,
        .note = note_progress,
        .note_ctx = serve,
        .region = options->region,
        .isolate = options->isolate,
        .wording = (api_wording)options->wording,
    };
    return instance_open(&instance, &serve->instance, err);
}

static void write_log(void *ctx, server_level level, const char *text)
{
    static const log_level levels[] = {
        [SERVER_ERROR] = LOG_LEVEL_ERROR,
        [SERVER_WARN] = LOG_LEVEL_WARN,
        [SERVER_INFO] = LOG_LEVEL_INFO,
        [SERVER_DEBUG] = LOG_LEVEL_DEBUG,
    };
    const struct serve *serve = ctx;
    log_write(&serve->log, levels[level], "%s", text);
}

static status open_server(struct serve *serve, struct error *err)
{
    static const server_level levels[] = {
        [LOG_LEVEL_ERROR] = SERVER_ERROR,
        [LOG_LEVEL_WARN] = SERVER_WARN,
        [LOG_LEVEL_INFO] = SERVER_INFO,
        [LOG_LEVEL_DEBUG] = SERVER_DEBUG,
    };
    const struct server_options server = {
        .mem = serve->mem,
        .os = serve->os,
        .instance = serve->instance,
        .host = serve->options.host,
        .port = (uint16_t)serve->options.port,
        .unix_path = serve->options.unix_path,
        .loops = serve->options.loops,
        .log = {.fn = write_log, .ctx = serve, .level = levels[serve->log.level]},
        .connections_max = serve->options.connections,
        .buffer_bytes_max = (size_t)serve->options.buffer_mb << 20,
        .idle_timeout_ms = serve->options.idle_timeout_s * MS_PER_S,
        .request_timeout_ms = serve->options.request_timeout_s * MS_PER_S,
        .reply_timeout_ms = serve->options.reply_timeout_s * MS_PER_S,
        .stop_on_signals = true,
        .begun_ns = serve->begun_ns,
    };
    return server_open(&server, &serve->server, err);
}

static void close_all(struct serve *serve)
{
    server_close(serve->server);
    instance_close(serve->instance);
}

/* ---- talking */

/* "stator 0.1.0 serving http://127.0.0.1:8000, data in ./stator-data, durability sync, ready in 11
 * ms" */
static void print_start(const struct serve *serve)
{
    const struct serve_options *options = &serve->options;
    const bool is_ipv6 = strchr(options->host, ':') != NULL;
    (void)printf("stator " STATOR_VERSION " serving http://%s%s%s:%u", is_ipv6 ? "[" : "",
                 options->host, is_ipv6 ? "]" : "", (unsigned)server_port(serve->server));
    if (options->unix_path != NULL) (void)printf(" and unix:%s", options->unix_path);
    if (options->in_memory) {
        (void)printf(", data in memory");
    } else {
        const bool is_sync = options->durability == STORE_SYNC;
        (void)printf(", data in %s, durability %s", options->data, is_sync ? "sync" : "relaxed");
    }
    if (options->gsi_lag_ms > 0) (void)printf(", global indexes lag %u ms", options->gsi_lag_ms);
    const uint64_t taken_ns = os_ticks_ns(serve->os) - serve->begun_ns;
    (void)printf(", ready in %" PRIu64 " ms\n", taken_ns / NS_PER_MS);
    (void)fflush(stdout);
}

static void print_help(void)
{
    (void)printf("usage: stator serve [options]\n\n"
                 "Answers DynamoDB's protocol until SIGTERM or SIGINT, then finishes what is "
                 "under way.\n\n");
    flags_print(serve_options_flags(), stdout);
}

static void log_end(const struct serve *serve)
{
    struct http_counts counts = {0};
    server_counts(serve->server, &counts);
    log_write(&serve->log, LOG_LEVEL_INFO, "stopped after %" PRIu64 " requests", counts.requests);
}

static int run(struct serve *serve, struct error *err)
{
    serve->log.level = (log_level)serve->options.log_level;
    status st = open_database(serve, err);
    if (st == ST_OK) st = open_server(serve, err);
    if (st == ST_OK) {
        print_start(serve);
        server_run(serve->server);
        log_end(serve);
    } else {
        const struct span text = error_text(err);
        (void)fprintf(stderr, "stator serve: %.*s\n", SPAN_ARG(text));
    }
    close_all(serve);
    return st == ST_OK ? 0 : EXIT_FAILED;
}

int command_serve(int count, char *const *words)
{
    struct serve serve = {.mem = mem_heap(), .os = os_system()};
    serve.begun_ns = os_ticks_ns(serve.os) - os_process_age_ns();
    struct arena arena;
    arena_init(&arena, serve.mem, ERROR_ARENA_BYTES);
    struct error err = error_in(&arena);

    int result = 0;
    if (serve_options_parse(words, count, &serve.options, &err) != ST_OK) {
        const struct span text = error_text(&err);
        (void)fprintf(stderr, "%.*s\n", SPAN_ARG(text));
        result = EXIT_USAGE;
    } else if (serve.options.wants_help) {
        print_help();
    } else {
        result = run(&serve, &err);
    }
    arena_deinit(&arena);
    return result;
}
