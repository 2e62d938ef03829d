/* oracle.c -- the auth room as a filter, so that botocore can be held against it.
 *
 * Reads one request a line, answers one line each. Fields are separated by tabs and written in
 * hexadecimal, so that any byte may stand in them:
 *
 *     sign   method path query body access-key secret date region service [name value] …
 *            the value of Authorization, all headers signed
 *     verify method path query body secret now region service [name value] …
 *            TRUE, FALSE (the signature is wrong) or the verdict's name; Authorization is among
 *            the headers
 */
#include <stdio.h>

#include "auth/claim.h"
#include "base/buf.h"
#include "support/support.h"

enum { LINE_MAX_BYTES = 1 << 20, FIELDS_MAX = 64, ARENA_BYTES = 16 << 20, SKEW_S = 300 };

struct fields {
    struct span all[FIELDS_MAX];
    size_t count;
    size_t next;
};

static struct span take(struct fields *fields)
{
    if (fields->next == fields->count) abort();
    return fields->all[fields->next++];
}

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Decode the hexadecimal fields of a line in place. */
static void split(char *line, struct fields *out)
{
    uint8_t *start = (uint8_t *)line;
    uint8_t *to = start;
    for (char *at = line; *at != '\0'; at++) {
        if (*at == '\t' || *at == '\n') {
            if (out->count == FIELDS_MAX) abort();
            out->all[out->count++] = (struct span){start, (size_t)(to - start)};
            start = to;
            continue;
        }
        *to++ = (uint8_t)(digit(at[0]) << 4 | digit(at[1]));
        at++;
    }
}

static struct sigv4_request take_request(struct fields *fields)
{
    struct sigv4_request request = {0};
    request.method = take(fields);
    request.path = take(fields);
    request.query = take(fields);
    request.body = take(fields);
    return request;
}

static void take_headers(struct fields *fields, struct sigv4_header *headers,
                         struct sigv4_request *request)
{
    request->headers = headers;
    while (fields->next < fields->count) {
        const struct span name = take(fields);
        headers[request->header_count++] = (struct sigv4_header){name, take(fields)};
    }
}

static struct sigv4_key make_key(struct span secret, const struct sigv4_scope *scope)
{
    struct sigv4_key key;
    if (sigv4_key_make(secret, scope, &key) != ST_OK) abort();
    return key;
}

static void answer_sign(struct arena *arena, struct fields *fields)
{
    struct sigv4_header headers[FIELDS_MAX];
    struct sigv4_request request = take_request(fields);
    const struct span access_key = take(fields);
    const struct span secret = take(fields);
    struct sigv4_terms terms = {.date = take(fields)};
    terms.scope.day = span_take(terms.date, AUTH_DATE_DAY_BYTES);
    terms.scope.region = take(fields);
    terms.scope.service = take(fields);
    take_headers(fields, headers, &request);

    const struct sigv4_key key = make_key(secret, &terms.scope);
    struct sigv4_signature made;
    struct buf out;
    buf_init(&out, arena_mem(arena), 10000);
    if (sigv4_sign(arena, &request, &terms, &key, &made) != ST_OK) abort();
    sigv4_authorization(access_key, &terms, &made, &out);
    printf("%.*s\n", SPAN_ARG(buf_view(&out)));
}

static struct span header_named(const struct sigv4_request *request, struct span name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (span_eq_nocase(request->headers[i].name, name)) return request->headers[i].value;
    return (struct span){0};
}

static const char *judge(struct arena *arena, const struct sigv4_request *request,
                         struct span secret, const struct claim_terms *terms)
{
    const struct auth_parts parts =
        auth_parts_read(header_named(request, SPAN("authorization")), request->query);
    const struct span amz_date = header_named(request, SPAN("x-amz-date"));
    struct span date = amz_date.len > 0 ? amz_date : header_named(request, SPAN("date"));
    struct claim claim;
    claim_verdict verdict = CLAIM_ABSENT;
    if (claim_read(arena, &parts, date, &claim, &verdict) != ST_OK) abort();
    if (verdict == CLAIM_VALID) verdict = claim_check(&claim, request, terms);
    if (verdict != CLAIM_VALID) return claim_verdict_name(verdict);
    const struct sigv4_key key = make_key(secret, &claim.scope);
    struct claim_proof proof;
    if (claim_verify(arena, &claim, request, &key, &proof) != ST_OK) abort();
    return proof.holds ? "TRUE" : "FALSE";
}

static void answer_verify(struct arena *arena, struct fields *fields)
{
    struct sigv4_header headers[FIELDS_MAX];
    struct sigv4_request request = take_request(fields);
    const struct span secret = take(fields);
    struct claim_terms terms = {.skew_s = SKEW_S};
    if (!auth_date_read(take(fields), &terms.now_s)) abort();
    terms.region = take(fields);
    terms.service = take(fields);
    take_headers(fields, headers, &request);
    puts(judge(arena, &request, secret, &terms));
}

int main(void)
{
    static char line[LINE_MAX_BYTES];
    struct arena arena;
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct fields fields = {0};
        split(line, &fields);
        if (span_eq(take(&fields), SPAN("sign"))) {
            answer_sign(&arena, &fields);
        } else {
            answer_verify(&arena, &fields);
        }
        (void)fflush(stdout);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    return 0;
}
