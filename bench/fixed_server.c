/* fixed_server.c -- the http room answering every request with the same 300 bytes of JSON.
 *
 * What this reaches is the most that any handler behind the room can reach; bench/run prints it
 * beside the database. With --busy-us each request takes so much of the loop's processor time as
 * well: what the machine then makes of an open loop it makes of any server that works as much.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/http.h"

enum { REPLY_BYTES = 300, NS_PER_US = 1000, NS_PER_S = 1000000000 };

struct answer {
    char reply[REPLY_BYTES];
    uint64_t busy_ns;
};

static uint64_t used_ns(void)
{
    struct timespec used = {0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * NS_PER_S + (uint64_t)used.tv_nsec;
}

static void be_busy(uint64_t ns)
{
    const uint64_t begun_ns = used_ns();
    while (used_ns() - begun_ns < ns) continue;
}

static void answer(void *ctx, struct http_exchange *exchange)
{
    const struct answer *fixed = ctx;
    if (fixed->busy_ns > 0) be_busy(fixed->busy_ns);
    http_exchange_header(exchange, SPAN("Content-Type"), SPAN("application/x-amz-json-1.0"));
    buf_put(http_exchange_body(exchange),
            (struct span){(const uint8_t *)fixed->reply, REPLY_BYTES});
    http_exchange_finish(exchange, 200);
}

/* {"data":"xxx…"} */
static void make_reply(char reply[REPLY_BYTES])
{
    memset(reply, 'x', REPLY_BYTES);
    memcpy(reply, "{\"data\":\"", 9);
    memcpy(reply + REPLY_BYTES - 2, "\"}", 2);
}

/* The number after --name, or `otherwise`. */
static unsigned option(int argc, char **argv, const char *name, unsigned otherwise)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0) return (unsigned)strtoul(argv[i + 1], NULL, 10);
    return otherwise;
}

int main(int argc, char **argv)
{
    struct answer fixed = {.busy_ns = (uint64_t)option(argc, argv, "--busy-us", 0) * NS_PER_US};
    make_reply(fixed.reply);
    struct arena arena;
    arena_init(&arena, mem_heap(), 1 << 20);
    struct error err = error_in(&arena);
    const struct http_options options = {
        .mem = mem_heap(),
        .host = "127.0.0.1",
        .port = (uint16_t)option(argc, argv, "--port", 0),
        .loops = option(argc, argv, "--loops", 1),
        .handler = answer,
        .handler_ctx = &fixed,
        .crc32_header = "x-amz-crc32",
        .stop_on_signals = true,
    };
    struct http_server *server = NULL;
    if (http_server_open(&options, &server, &err) != ST_OK) {
        const struct span text = error_text(&err);
        (void)fprintf(stderr, "bench_fixed: %.*s\n", SPAN_ARG(text));
        return 1;
    }
    (void)printf("listening on 127.0.0.1:%u\n", (unsigned)http_server_port(server));
    (void)fflush(stdout);
    http_server_run(server);
    http_server_close(server);
    arena_deinit(&arena);
    return 0;
}
