/* serve.c -- stator serve: open the rooms from the lowest to the highest, serve, close them in the
 * opposite order.
 *
 *     store -> engine -> api -> http          http_server_run returns when every exchange is
 *                                             finished, so nothing is under way when api closes
 *
 * The start line is printed when the first request would be answered. Scripts wait for it, and
 * read the port from it when they asked for port 0.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "cmd/command.h"
#include "cmd/serve_options.h"
#include "cmd/transport.h"
#include "engine/engine.h"
#include "http/http.h"
#include "os/os.h"
#include "store/store.h"

enum {
    ERROR_ARENA_BYTES = 64 << 10,
    EXPR_CACHE_BYTES = 2 << 20, /* per loop */
    NS_PER_MS = 1000000,
    SWEEP_EVERY_MS = 15000, /* expired items are deleted within a minute */
};

#define ACCOUNT "000000000000"

struct serve {
    struct serve_options options;
    const struct mem *mem;
    const struct os *os;
    struct log log;
    struct store *store;
    struct engine *engine;
    struct api *api;
    struct transport transport;
    struct http_server *http;
};

/* ---- opening and closing */

static void note_progress(void *ctx, const char *text)
{
    const struct serve *serve = ctx;
    log_write(&serve->log, LOG_LEVEL_INFO, "%s", text);
}

static status open_database(struct serve *serve, struct error *err)
{
    const struct store_options store = {
        .mem = serve->mem,
        .dir = serve->options.data,
        .durability = (store_durability)serve->options.durability,
        .cache_bytes = (size_t)serve->options.cache_mb << 20,
        .past_ms = serve->options.gsi_lag_ms,
        .os = serve->os,
    };
    TRY(store_open(&store, &serve->store, err));
    const struct engine_options engine = {
        .mem = serve->mem,
        .os = serve->os,
        .store = serve->store,
        .note = note_progress,
        .note_ctx = serve,
        .ttl_visibility = (engine_ttl_visibility)serve->options.ttl_visibility,
        .sweep_every_ms = SWEEP_EVERY_MS,
        .global_indexes_lag = serve->options.gsi_lag_ms > 0,
        .enforce_throughput = serve->options.enforce_throughput,
    };
    TRY(engine_open(&engine, &serve->engine, err));
    const struct api_options api = {
        .mem = serve->mem,
        .os = serve->os,
        .engine = serve->engine,
        .threads = serve->options.loops,
        .region = serve->options.region,
        .wording = (api_wording)serve->options.wording,
        .account = ACCOUNT,
        .isolate = serve->options.isolate,
        .expr_cache_bytes = EXPR_CACHE_BYTES,
    };
    return api_open(&api, &serve->api, err);
}

static status open_http(struct serve *serve, struct error *err)
{
    serve->transport.api = serve->api;
    serve->transport.os = serve->os;
    serve->transport.log = &serve->log;
    serve->transport.store = serve->store;
    const struct http_options http = {
        .mem = serve->mem,
        .host = serve->options.host,
        .port = (uint16_t)serve->options.port,
        .unix_path = serve->options.unix_path,
        .loops = serve->options.loops,
        .handler = transport_handle,
        .refusal = transport_refuse,
        .handler_ctx = &serve->transport,
        .crc32_header = "x-amz-crc32",
        .stop_on_signals = true,
    };
    return http_server_open(&http, &serve->http, err);
}

static void close_all(struct serve *serve)
{
    if (serve->http != NULL) http_server_close(serve->http);
    if (serve->api != NULL) api_close(serve->api);
    if (serve->engine != NULL) engine_close(serve->engine);
    if (serve->store != NULL) store_close(serve->store);
}

/* ---- talking */

/* "stator 0.1.0 serving http://127.0.0.1:8000, data in ./stator-data, durability sync, ready in 11
 * ms" */
static void print_start(const struct serve *serve)
{
    const struct serve_options *options = &serve->options;
    const bool is_ipv6 = strchr(options->host, ':') != NULL;
    (void)printf("stator " STATOR_VERSION " serving http://%s%s%s:%u", is_ipv6 ? "[" : "",
                 options->host, is_ipv6 ? "]" : "", (unsigned)http_server_port(serve->http));
    if (options->unix_path != NULL) (void)printf(" and unix:%s", options->unix_path);
    if (options->in_memory) {
        (void)printf(", data in memory");
    } else {
        const bool is_sync = options->durability == STORE_SYNC;
        (void)printf(", data in %s, durability %s", options->data, is_sync ? "sync" : "relaxed");
    }
    if (options->gsi_lag_ms > 0) (void)printf(", global indexes lag %u ms", options->gsi_lag_ms);
    const uint64_t taken_ns = os_ticks_ns(serve->os) - serve->transport.begun_ns;
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
    http_server_counts(serve->http, &counts);
    log_write(&serve->log, LOG_LEVEL_INFO, "stopped after %" PRIu64 " requests", counts.requests);
}

static int run(struct serve *serve, struct error *err)
{
    serve->log.level = (log_level)serve->options.log_level;
    status st = open_database(serve, err);
    if (st == ST_OK) st = open_http(serve, err);
    if (st == ST_OK) {
        print_start(serve);
        http_server_run(serve->http);
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
    serve.transport.begun_ns = os_ticks_ns(serve.os) - os_process_age_ns();
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
