/* client.c -- fuzz what a client reads that others wrote: files, endpoints, bodies, headers.
 *
 * The first byte picks which. All of them must end, read nothing beyond their text, and answer with
 * spans that lie in it or with one of the statuses that their headers name.
 */
#include <assert.h>
#include <string.h>

#include "client/endpoint.h"
#include "client/operation.h"
#include "client/outcome.h"
#include "client/profile.h"

enum { ARENA_BYTES = 64 << 20, KINDS = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_within(struct span part, struct span whole)
{
    if (part.len == 0) return;
    assert(part.ptr >= whole.ptr);
    assert(part.ptr + part.len <= whole.ptr + whole.len);
}

static void read_profiles(struct span text)
{
    static const char *const names[] = {"default", "a", "profile a", ""};
    static const char *const keys[] = {"region", "aws_access_key_id", "a", ""};
    for (size_t i = 0; i < 4 * 4 * 2; i++) {
        const struct profile profile = {text, i % 2 == 0 ? PROFILE_CREDENTIALS : PROFILE_CONFIG,
                                        span_of(names[i / 2 % 4])};
        struct span value = {0};
        const bool found = profile_find(&profile, keys[i / 8], &value);
        if (found) assert_within(value, text);
        if (found) assert(profile_exists(&profile));
    }
}

static void read_endpoint(struct arena *arena, struct span text)
{
    struct span kept = {0};
    struct endpoint endpoint;
    struct error err = error_in(arena);
    uint8_t *word = arena_alloc(arena, text.len + 1);
    if (word == NULL) return;
    if (text.len > 0) memcpy(word, text.ptr, text.len);
    kept = (struct span){word, strlen((const char *)word)};
    const status st = endpoint_read(arena, (const char *)kept.ptr, &endpoint, &err);
    assert(st == ST_OK || st == ST_VALIDATION || st == ST_NO_MEMORY);
    if (st != ST_OK) return;
    const struct span region = endpoint.region == NULL ? SPAN("a") : span_of(endpoint.region);
    if (endpoint_aim(arena, &endpoint, region, &err) != ST_OK) return;
    for (size_t i = 0; i < OPERATION_SERVICES; i++) {
        const struct span host = endpoint.hosts[i];
        for (size_t k = 0; k < host.len; k++) assert(host.ptr[k] > ' ' && host.ptr[k] < 0x7F);
        assert(strlen(endpoint.urls[i]) > host.len);
    }
}

static void judge(struct arena *arena, struct span body, int http_status)
{
    const struct line_reply reply = {.http_status = http_status, .request_id = "R"};
    struct client_report report = client_report_in(arena);
    const outcome kind = outcome_judge(LINE_DONE, &reply, body, &report);
    assert((kind == OUTCOME_DONE) == (report.status == ST_OK));
    assert(kind != OUTCOME_DONE || http_status == 200);
    assert(outcome_allows_retry(kind, true) == report.is_retryable);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    const struct span text = {data + 1, size - 1};
    struct arena arena;
    uint64_t delay_us = 0;
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    switch (data[0] % KINDS) {
    case 0:
        read_profiles(text);
        break;
    case 1:
        read_endpoint(&arena, text);
        break;
    case 2:
        judge(&arena, text, 400);
        judge(&arena, text, 200);
        break;
    case 3:
        (void)operation_may_repeat(SPAN("PutItem"), text, &arena);
        break;
    default:
        if (retry_after_read(text, 1700000000, &delay_us)) assert(delay_us % 1000000 == 0);
        break;
    }
    arena_deinit(&arena);
    return 0;
}
