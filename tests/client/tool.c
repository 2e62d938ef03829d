/* tool.c -- the client room as a filter, for tests in other languages.
 *
 *     client_tool ENDPOINT
 *
 * Reads one call a line, the operation and its JSON with a space between, and answers one line of
 * JSON each: {"status", "http_status", "attempts", "code", "message", "request_id", "body"}, the
 * body as a string. Credentials and region are what the environment says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "client/client.h"
#include "json/json_writer.h"

enum { ARENA_BYTES = 64 << 20 };

static void show(struct arena *arena, const struct client_report *report, struct span body)
{
    struct buf out;
    struct json_writer json;
    buf_init(&out, arena_mem(arena), ARENA_BYTES);
    json_writer_init(&json, &out);
    json_writer_object_begin(&json);
    const struct span name = span_of(status_info(report->status)->name);
    json_writer_member_string(&json, "status", name);
    json_writer_member_i64(&json, "http_status", report->http_status);
    json_writer_member_i64(&json, "attempts", report->attempts);
    json_writer_member_string(&json, "code", report->code);
    json_writer_member_string(&json, "message", report->message);
    json_writer_member_string(&json, "request_id", report->request_id);
    json_writer_member_string(&json, "body", body);
    json_writer_object_end(&json);
    printf("%.*s\n", SPAN_ARG(buf_view(&out)));
    (void)fflush(stdout);
}

static void call(struct client *client, char *line)
{
    struct arena arena;
    struct buf reply;
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    buf_init(&reply, mem_heap(), LIMIT_HTTP_REPLY_BYTES);
    struct client_report report = client_report_in(&arena);
    const size_t len = strcspn(line, " ");
    const struct client_request request = {
        .operation = {(const uint8_t *)line, len},
        .body = span_of(line[len] == '\0' ? "" : line + len + 1),
    };
    (void)!client_call(client, &request, &reply, &report);
    show(&arena, &report, buf_view(&reply));
    buf_deinit(&reply);
    arena_deinit(&arena);
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    struct arena arena;
    struct client *client = NULL;
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    struct error err = error_in(&arena);
    const struct client_options options = {
        .mem = mem_heap(), .os = os_system(), .endpoint = argv[1]};
    if (client_open(&options, &client, &err) != ST_OK) {
        fprintf(stderr, "%.*s\n", SPAN_ARG(error_text(&err)));
        arena_deinit(&arena);
        return 1;
    }
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        call(client, line);
    }
    free(line);
    client_close(client);
    arena_deinit(&arena);
    return 0;
}
