/* claim_test.c -- every way in which a signed request may fail to be what it claims.
 *
 * One good request in each form is the base; a case changes one thing of it and names the verdict
 * and the text it is about. What passes all checks is then verified, and no byte of it may be
 * changed without the signature failing.
 */
#include "auth/claim.h"

#include <stdio.h>

#include "auth/suite.h"
#include "base/buf.h"
#include "support/support.h"

enum { ARENA_BYTES = 4 << 20, SKEW_S = 300, LIFE_S = 3600 };

#define CREDENTIAL SUITE_ACCESS_KEY "/20150830/us-east-1/service/aws4_request"

static const struct claim_terms suite_terms = {
    .region = {(const uint8_t *)"us-east-1", 9},
    .service = {(const uint8_t *)"service",   7},
    .now_s = SUITE_SECONDS,
    .skew_s = SKEW_S,
};

/* ---- form */

static struct claim read_claim(struct arena *arena, const char *authorization, const char *query,
                               const char *date, claim_verdict *verdict)
{
    const struct auth_parts parts = auth_parts_read(span_of(authorization), span_of(query));
    struct claim claim;
    assert_int_equal(claim_read(arena, &parts, span_of(date), &claim, verdict), ST_OK);
    return claim;
}

#define HEADER(credential)                                                                         \
    "AWS4-HMAC-SHA256 Credential=" credential ", SignedHeaders=host, Signature=0"

/* clang-format off */
static const struct {
    const char *authorization, *date;
    claim_verdict verdict;
    const char *what;
} headers[] = {
    {HEADER(CREDENTIAL), SUITE_DATE, CLAIM_VALID, ""},
    {HEADER(CREDENTIAL), " " SUITE_DATE "\t", CLAIM_VALID, ""},
    {HEADER(CREDENTIAL), "Sun, 30 Aug 2015 12:36:00 GMT", CLAIM_VALID, ""},
    {"", SUITE_DATE, CLAIM_ABSENT, ""},
    {"Bearer x", SUITE_DATE, CLAIM_ABSENT, ""},
    {"AWS4-HMAC-SHA256", SUITE_DATE, CLAIM_INCOMPLETE, "Credential"},
    {"AWS4-HMAC-SHA256 Credential=a", SUITE_DATE, CLAIM_INCOMPLETE, "SignedHeaders"},
    {"AWS4-HMAC-SHA256 Credential=a SignedHeaders=b", SUITE_DATE, CLAIM_INCOMPLETE, "Signature"},
    {HEADER(CREDENTIAL), "", CLAIM_INCOMPLETE, "X-Amz-Date"},
    {"AWS4-HMAC-SHA1 Credential=a, SignedHeaders=b, Signature=c", SUITE_DATE,
     CLAIM_BAD_ALGORITHM, "AWS4-HMAC-SHA1"},
    {HEADER("a"), SUITE_DATE, CLAIM_BAD_CREDENTIAL, "a"},
    {HEADER("a/b/c/d"), SUITE_DATE, CLAIM_BAD_CREDENTIAL, "a/b/c/d"},
    {HEADER("a/b/c/d/e/f"), SUITE_DATE, CLAIM_BAD_CREDENTIAL, "a/b/c/d/e/f"},
    {HEADER("a//c/d/aws4_request"), SUITE_DATE, CLAIM_BAD_CREDENTIAL, "a//c/d/aws4_request"},
    {HEADER("a/b/c/d/"), SUITE_DATE, CLAIM_BAD_CREDENTIAL, "a/b/c/d/"},
    {HEADER("/b/c/d/e"), SUITE_DATE, CLAIM_BAD_CREDENTIAL, "/b/c/d/e"},
    {HEADER("a/20150830/c/d/aws4"), SUITE_DATE, CLAIM_BAD_TERMINATOR, "aws4"},
    {HEADER(CREDENTIAL), "yesterday", CLAIM_BAD_DATE, "yesterday"},
    {HEADER(CREDENTIAL), "2015-08-30T12:36:00Z", CLAIM_BAD_DATE, "2015-08-30T12:36:00Z"},
    {HEADER(CREDENTIAL), "20150831T000000Z", CLAIM_WRONG_DAY, "20150830"},
    {HEADER("a/2015083/c/d/aws4_request"), SUITE_DATE, CLAIM_WRONG_DAY, "2015083"},
};

#define QUERY(credential, date, expires)                                                           \
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" credential "&X-Amz-Date=" date            \
    "&X-Amz-SignedHeaders=host&X-Amz-Signature=0&X-Amz-Expires=" expires
#define ENCODED SUITE_ACCESS_KEY "%2F20150830%2fus-east-1%2Fservice/aws4_request"

static const struct {
    const char *query;
    claim_verdict verdict;
    const char *what;
} queries[] = {
    {QUERY(ENCODED, SUITE_DATE, "3600"), CLAIM_VALID, ""},
    {QUERY(ENCODED, SUITE_DATE, "1"), CLAIM_VALID, ""},
    {QUERY(ENCODED, SUITE_DATE, "%36048%300"), CLAIM_VALID, ""},
    {QUERY(ENCODED, SUITE_DATE, "604801"), CLAIM_BAD_EXPIRES, "604801"},
    {QUERY(ENCODED, SUITE_DATE, "99999999999999999999"), CLAIM_BAD_EXPIRES, "99999999999999999999"},
    {QUERY(ENCODED, SUITE_DATE, "0"), CLAIM_BAD_EXPIRES, "0"},
    {QUERY(ENCODED, SUITE_DATE, "-1"), CLAIM_BAD_EXPIRES, "-1"},
    {QUERY(ENCODED, SUITE_DATE, "1h"), CLAIM_BAD_EXPIRES, "1h"},
    {QUERY(ENCODED, SUITE_DATE, ""), CLAIM_INCOMPLETE, "X-Amz-Expires"},
    {QUERY(ENCODED, "", "1"), CLAIM_INCOMPLETE, "X-Amz-Date"},
    {QUERY("", SUITE_DATE, "1"), CLAIM_INCOMPLETE, "X-Amz-Credential"},
    {QUERY("a%2Fb", SUITE_DATE, "1"), CLAIM_BAD_CREDENTIAL, "a/b"},
    {QUERY(ENCODED, "20150831T123600Z", "1"), CLAIM_WRONG_DAY, "20150830"},
    {QUERY(ENCODED, "20150830", "1"), CLAIM_BAD_DATE, "20150830"},
    {"X-Amz-Algorithm&X-Amz-Credential=a", CLAIM_INCOMPLETE, "X-Amz-Algorithm"},
    {"X-Amz-Algorithm=AWS4&X-Amz-Credential=a&X-Amz-Date=b&X-Amz-Expires=c&X-Amz-Signature=d"
     "&X-Amz-SignedHeaders=e", CLAIM_BAD_ALGORITHM, "AWS4"},
    {"a=b", CLAIM_ABSENT, ""},
};
/* clang-format on */

static void test_claim__the_form_of_a_header_is_judged_part_by_part(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(headers); i++) {
        claim_verdict verdict = CLAIM_ABSENT;
        const struct claim claim =
            read_claim(&arena, headers[i].authorization, "", headers[i].date, &verdict);
        assert_string_equal(claim_verdict_name(verdict), claim_verdict_name(headers[i].verdict));
        support_assert_text(claim.what, headers[i].what);
        if (verdict != CLAIM_VALID) continue;
        support_assert_text(claim.date, SUITE_DATE);
        assert_int_equal(claim.date_s, SUITE_SECONDS);
        support_assert_text(claim.access_key, SUITE_ACCESS_KEY);
    }
    arena_deinit(&arena);
    support_mem_check();
}

static void test_claim__the_form_of_a_query_is_judged_part_by_part(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(queries); i++) {
        claim_verdict verdict = CLAIM_ABSENT;
        const struct claim claim = read_claim(&arena, "", queries[i].query, "", &verdict);
        assert_string_equal(claim_verdict_name(verdict), claim_verdict_name(queries[i].verdict));
        support_assert_text(claim.what, queries[i].what);
        if (verdict != CLAIM_VALID) continue;
        support_assert_text(claim.scope.region, "us-east-1");
        assert_true(claim.expires_s > 0);
    }
    arena_deinit(&arena);
    support_mem_check();
}

static void test_claim__signed_twice_is_no_claim(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    claim_verdict verdict = CLAIM_VALID;
    (void)read_claim(&arena, HEADER(CREDENTIAL), queries[0].query, SUITE_DATE, &verdict);
    assert_int_equal(verdict, CLAIM_TWICE);
    arena_deinit(&arena);
    support_mem_check();
}

/* ---- place, time, headers */

struct asked {
    const char *signed_headers; /* NULL: "host;x-amz-date" */
    const char *more;           /* the name of one more header; NULL: none */
    int64_t off_s;              /* of the server's clock against the date */
    struct span region;         /* that the server wants; empty: the claim's */
    struct span service;
    bool is_in_query;
};

/* clang-format off */
static const struct {
    struct asked asked;
    claim_verdict verdict;
    const char *what;
} checks[] = {
    {{0}, CLAIM_VALID, ""},
    {{.region = {(const uint8_t *)"eu-west-1", 9}}, CLAIM_WRONG_REGION, "us-east-1"},
    {{.service = {(const uint8_t *)"dynamodb", 8}}, CLAIM_WRONG_SERVICE, "service"},
    {{.off_s = SKEW_S}, CLAIM_VALID, ""},
    {{.off_s = SKEW_S + 1}, CLAIM_EXPIRED, SUITE_DATE},
    {{.off_s = -SKEW_S}, CLAIM_VALID, ""},
    {{.off_s = -SKEW_S - 1}, CLAIM_NOT_YET, SUITE_DATE},
    {{.off_s = -SUITE_SECONDS}, CLAIM_NOT_YET, SUITE_DATE},
    {{.is_in_query = true, .off_s = LIFE_S}, CLAIM_VALID, ""},
    {{.is_in_query = true, .off_s = LIFE_S + 1}, CLAIM_EXPIRED, SUITE_DATE},
    {{.is_in_query = true, .off_s = -SKEW_S}, CLAIM_VALID, ""},
    {{.is_in_query = true, .off_s = -SKEW_S - 1}, CLAIM_NOT_YET, SUITE_DATE},
    {{.signed_headers = "x-amz-date"}, CLAIM_HEADER_UNSIGNED, "host"},
    {{.signed_headers = "host"}, CLAIM_HEADER_UNSIGNED, "x-amz-date"},
    {{.signed_headers = "X-Amz-Date;HOST"}, CLAIM_VALID, ""},
    {{.more = "X-Amz-Target"}, CLAIM_HEADER_UNSIGNED, "x-amz-target"},
    {{.more = "X-Amz-Security-Token"}, CLAIM_HEADER_UNSIGNED, "x-amz-security-token"},
    {{.more = "X-Amz-User-Agent"}, CLAIM_VALID, ""},
    {{.more = "X-Amz-Target", .signed_headers = "host;x-amz-date;x-amz-target"}, CLAIM_VALID, ""},
    {{.signed_headers = "host;x-amz-date;x-amz-target"}, CLAIM_HEADER_ABSENT, "x-amz-target"},
    {{.signed_headers = "host;x-amz-date;date"}, CLAIM_HEADER_ABSENT, "date"},
};
/* clang-format on */

static void test_claim__counts_only_here_now_and_for_the_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(checks); i++) {
        const struct asked *asked = &checks[i].asked;
        const struct sigv4_header of_request[] = {
            {SPAN("Host"),                                          SPAN("a")       },
            {SPAN("X-Amz-Date"),                                    SPAN(SUITE_DATE)},
            {span_of(asked->more == NULL ? "X-Else" : asked->more), SPAN("b")       },
        };
        const struct sigv4_request request = {.headers = of_request,
                                              .header_count = ARRAY_COUNT(of_request)};
        struct claim claim = {
            .place = asked->is_in_query ? AUTH_IN_QUERY : AUTH_IN_HEADER,
            .scope = {SPAN("20150830"), SPAN("us-east-1"), SPAN("service")},
            .date = SPAN(SUITE_DATE),
            .date_s = SUITE_SECONDS,
            .expires_s = asked->is_in_query ? LIFE_S : 0,
            .signed_headers =
                span_of(asked->signed_headers == NULL ? "host;x-amz-date" : asked->signed_headers),
        };
        const struct claim_terms terms = {
            .region = asked->region,
            .service = asked->service,
            .now_s = (uint64_t)(SUITE_SECONDS + asked->off_s),
            .skew_s = SKEW_S,
        };
        const claim_verdict verdict = claim_check(&claim, &request, &terms);
        if (verdict != checks[i].verdict) fail_msg("check %zu: %s", i, claim_verdict_name(verdict));
        support_assert_text(claim.what, checks[i].what);
    }
}

/* ---- truth */

static struct sigv4_key suite_key(void)
{
    const struct sigv4_scope scope = {SPAN("20150830"), SPAN("us-east-1"), SPAN("service")};
    struct sigv4_key key;
    assert_int_equal(sigv4_key_make(SPAN(SUITE_SECRET), &scope, &key), ST_OK);
    return key;
}

/* The whole way of a server that knows one access key: form, key, checks, signature. */
static bool is_true(struct arena *arena, struct sigv4_request *request, struct span authorization,
                    const struct sigv4_key *key)
{
    const struct auth_parts parts = auth_parts_read(authorization, request->query);
    struct claim claim;
    claim_verdict verdict = CLAIM_ABSENT;
    assert_int_equal(claim_read(arena, &parts, SPAN(SUITE_DATE), &claim, &verdict), ST_OK);
    if (verdict != CLAIM_VALID || !span_eq(claim.access_key, SPAN(SUITE_ACCESS_KEY))) return false;
    if (claim_check(&claim, request, &suite_terms) != CLAIM_VALID) return false;
    struct claim_proof proof = {0};
    assert_int_equal(claim_verify(arena, &claim, request, key, &proof), ST_OK);
    return proof.holds;
}

static struct span authorization_of(struct arena *arena, const struct suite_case *one)
{
    const struct sigv4_request request = suite_in_header(arena, one);
    const struct span names = suite_names(arena, &request);
    struct buf out;
    buf_init(&out, arena_mem(arena), 2000);
    buf_printf(&out, "AWS4-HMAC-SHA256 Credential=" CREDENTIAL ", SignedHeaders=%.*s, Signature=%s",
               SPAN_ARG(names), one->in_header);
    assert_int_equal(buf_status(&out), ST_OK);
    return buf_view(&out);
}

static void test_claim__awss_suite_is_true_in_both_forms(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    const struct sigv4_key key = suite_key();
    for (size_t i = 0; i < suite_count; i++) {
        const struct suite_case *one = &suite_cases[i];
        struct sigv4_request request = suite_in_header(&arena, one);
        if (!is_true(&arena, &request, authorization_of(&arena, one), &key))
            fail_msg("%s in its header", one->name);

        request = suite_in_query(&arena, one);
        struct buf query;
        buf_init(&query, arena_mem(&arena), 4000);
        buf_printf(&query, "%.*s&X-Amz-Signature=%s", SPAN_ARG(request.query), one->in_query);
        request.query = buf_view(&query);
        if (!is_true(&arena, &request, (struct span){0}, &key))
            fail_msg("%s in its query", one->name);
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    support_mem_check();
}

static const struct suite_case *case_named(const char *name)
{
    for (size_t i = 0; i < suite_count; i++)
        if (strcmp(suite_cases[i].name, name) == 0) return &suite_cases[i];
    fail_msg("no case %s", name);
    return NULL;
}

/* Another key, another body, another value of a signed header: each makes the claim false. */
static void test_claim__whatever_is_changed_makes_it_false(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    const struct suite_case *one = case_named("post-x-www-form-urlencoded");
    const struct span authorization = authorization_of(&arena, one);
    struct sigv4_key key = suite_key();
    struct sigv4_request request = suite_in_header(&arena, one);
    assert_true(is_true(&arena, &request, authorization, &key));

    struct sigv4_request other = request;
    other.body = SPAN("Param1=value2");
    assert_false(is_true(&arena, &other, authorization, &key));
    other = request;
    other.method = SPAN("GET");
    assert_false(is_true(&arena, &other, authorization, &key));
    other = request;
    other.path = SPAN("/a");
    assert_false(is_true(&arena, &other, authorization, &key));
    other = request;
    other.query = SPAN("a");
    assert_false(is_true(&arena, &other, authorization, &key));
    key.bytes[31] ^= 1;
    assert_false(is_true(&arena, &request, authorization, &key));
    arena_deinit(&arena);
    support_mem_check();
}

/* Cut short or changed anywhere, an Authorization header never proves the request, and reading it
 * never reads past its end. (Spaces between parts may go: they are no part of them.) */
static void test_claim__no_byte_of_a_signature_may_change(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    const struct suite_case *one = case_named("post-header-key-sort");
    const struct span right = authorization_of(&arena, one);
    const struct sigv4_key key = suite_key();
    struct sigv4_request request = suite_in_header(&arena, one);
    for (size_t len = 0; len <= right.len; len++) {
        const struct span cut = support_guard(span_take(right, len));
        assert_int_equal(is_true(&arena, &request, cut, &key), len == right.len);
        support_guard_free(cut);
    }
    char changed[1000];
    for (size_t i = 0; i < right.len; i++) {
        memcpy(changed, right.ptr, right.len);
        changed[i] = changed[i] == '~' ? '!' : '~';
        const struct span text = {(const uint8_t *)changed, right.len};
        const bool is_between = right.ptr[i] == ' ' && right.ptr[i - 1] == ',';
        if (!is_between) assert_false(is_true(&arena, &request, text, &key));
    }
    arena_deinit(&arena);
    support_mem_check();
}

static void test_claim__no_memory_is_told(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), 1);
    const struct auth_parts parts = auth_parts_read((struct span){0}, span_of(queries[0].query));
    struct claim claim;
    claim_verdict verdict = CLAIM_VALID;
    assert_int_equal(claim_read(&arena, &parts, (struct span){0}, &claim, &verdict), ST_NO_MEMORY);
    const struct auth_parts header =
        auth_parts_read(span_of(headers[0].authorization), (struct span){0});
    assert_int_equal(claim_read(&arena, &header, SPAN(SUITE_DATE), &claim, &verdict), ST_NO_MEMORY);
    const struct sigv4_request request = {0};
    const struct sigv4_key key = {0};
    struct claim_proof proof;
    claim = (struct claim){0};
    assert_int_equal(claim_verify(&arena, &claim, &request, &key, &proof), ST_NO_MEMORY);
    arena_deinit(&arena);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claim__the_form_of_a_header_is_judged_part_by_part),
        cmocka_unit_test(test_claim__the_form_of_a_query_is_judged_part_by_part),
        cmocka_unit_test(test_claim__signed_twice_is_no_claim),
        cmocka_unit_test(test_claim__counts_only_here_now_and_for_the_headers),
        cmocka_unit_test(test_claim__awss_suite_is_true_in_both_forms),
        cmocka_unit_test(test_claim__whatever_is_changed_makes_it_false),
        cmocka_unit_test(test_claim__no_byte_of_a_signature_may_change),
        cmocka_unit_test(test_claim__no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
