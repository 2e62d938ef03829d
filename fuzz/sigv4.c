/* sigv4.c -- fuzz the reading of signatures, and signing against verifying.
 *
 * The input is lines: the Authorization header, the query, the date, the path, then headers
 * ("name:value"), and after an empty line the body. First the signature is read as it came and
 * judged: any verdict will do. Then the same request is signed here, and must be true as signed,
 * and false with one byte more of body.
 */
#include <assert.h>
#include <string.h>

#include "auth/claim.h"
#include "base/buf.h"

enum { ARENA_BYTES = 64 << 20, HEADERS_MAX = 100, NOW_S = 1440938160 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span take_line(struct span *rest)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->ptr, '\n', rest->len);
    const size_t len = end == NULL ? rest->len : (size_t)(end - rest->ptr);
    const struct span line = span_take(*rest, len);
    *rest = span_drop(*rest, end == NULL ? len : len + 1);
    return line;
}

static void take_headers(struct span *rest, struct sigv4_header *headers,
                         struct sigv4_request *request)
{
    request->headers = headers;
    while (request->header_count < HEADERS_MAX) {
        const struct span line = take_line(rest);
        if (line.len == 0) return;
        size_t len = 0;
        while (len < line.len && line.ptr[len] != ':') len++;
        headers[request->header_count++] = (struct sigv4_header){
            span_take(line, len), span_drop(line, len < line.len ? len + 1 : len)};
    }
}

static bool is_true(struct arena *arena, const struct auth_parts *parts, struct span date,
                    const struct sigv4_request *request, const struct sigv4_key *key)
{
    const struct claim_terms terms = {.now_s = NOW_S, .skew_s = 300};
    struct claim claim;
    claim_verdict verdict = CLAIM_ABSENT;
    if (claim_read(arena, parts, date, &claim, &verdict) != ST_OK) return false;
    if (verdict == CLAIM_VALID) verdict = claim_check(&claim, request, &terms);
    assert(claim_verdict_name(verdict) != NULL);
    struct claim_proof proof = {0};
    if (verdict == CLAIM_VALID && claim_verify(arena, &claim, request, key, &proof) != ST_OK)
        return false;
    return verdict == CLAIM_VALID && proof.holds;
}

/* Are all names some that http lets through? Others could not be told apart in a list. */
static bool has_good_names(const struct sigv4_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        const struct span name = request->headers[i].name;
        for (size_t k = 0; k < name.len; k++)
            if (name.ptr[k] <= ' ' || strchr(",;", name.ptr[k]) != NULL) return false;
        if (name.len == 0) return false;
    }
    return true;
}

/* Sign what came, with a host, for now. */
static void check_round_trip(struct arena *arena, struct sigv4_request *request,
                             struct sigv4_header *headers)
{
    headers[request->header_count++] = (struct sigv4_header){SPAN("host"), SPAN("a")};
    const struct sigv4_terms terms = {
        .date = SPAN("20150830T123600Z"),
        .scope = {SPAN("20150830"), SPAN("us-east-1"), SPAN("dynamodb")},
    };
    struct sigv4_key key;
    struct sigv4_signature made;
    struct buf header;
    if (sigv4_key_make(SPAN("secret"), &terms.scope, &key) != ST_OK) return;
    if (sigv4_sign(arena, request, &terms, &key, &made) != ST_OK) return;
    buf_init(&header, arena_mem(arena), ARENA_BYTES);
    sigv4_authorization(SPAN("access"), &terms, &made, &header);

    const struct auth_parts parts = auth_parts_read(buf_view(&header), (struct span){0});
    assert(parts.place == AUTH_IN_HEADER);
    assert(is_true(arena, &parts, terms.date, request, &key));
    request->body = SPAN("another body");
    assert(!is_true(arena, &parts, terms.date, request, &key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {data, size};
    struct arena arena;
    struct sigv4_header headers[HEADERS_MAX + 1];
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    const struct span authorization = take_line(&rest);
    struct sigv4_request request = {.method = SPAN("POST"), .query = take_line(&rest)};
    const struct span date = take_line(&rest);
    request.path = take_line(&rest);
    take_headers(&rest, headers, &request);
    request.body = rest;

    const struct auth_parts parts = auth_parts_read(authorization, request.query);
    const struct sigv4_key key = {0};
    (void)is_true(&arena, &parts, date, &request, &key);
    if (has_good_names(&request)) check_round_trip(&arena, &request, headers);
    arena_deinit(&arena);
    return 0;
}
