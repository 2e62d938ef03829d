/* fixed_server.c -- the http room answering every request with the same 300 bytes of JSON.
 *
 * What this reaches is the most that any handler behind the room can reach; bench/run prints it
 * beside the database.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"

enum { REPLY_BYTES = 300 };

static void answer(void *ctx, struct http_exchange *exchange)
{
    const char *reply = ctx;
    http_exchange_header(exchange, SPAN("Content-Type"), SPAN("application/x-amz-json-1.0"));
    buf_put(http_exchange_body(exchange), (struct span){(const uint8_t *)reply, REPLY_BYTES});
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
    char reply[REPLY_BYTES];
    make_reply(reply);
    struct arena arena;
    arena_init(&arena, mem_heap(), 1 << 20);
    struct error err = error_in(&arena);
    const struct http_options options = {
        .mem = mem_heap(),
        .host = "127.0.0.1",
        .port = (uint16_t)option(argc, argv, "--port", 0),
        .loops = option(argc, argv, "--loops", 1),
        .handler = answer,
        .handler_ctx = reply,
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
