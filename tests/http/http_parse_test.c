/* http_parse_test.c -- requests from bytes: whole, split anywhere, at a guard page, and doubtful
 * ones, which must be refused whatever the split.
 */
#include "http/http_parse.h"

#include <stdio.h>

#include "base/buf.h"

#include "support/support.h"

enum { HEAD_MAX = 1000, BODY_MAX = 100 };

struct outcome {
    http_parse_result result;
    uint16_t refusal;
    uint32_t end; /* of the request, in what was fed */
    bool keeps_alive;
    char method[16];
    char target[64];
    char body[BODY_MAX + 1];
    unsigned header_count;
};

static void copy_piece(char *out, size_t size, const uint8_t *bytes, struct http_piece piece)
{
    assert_true(piece.len < size);
    memcpy(out, bytes + piece.at, piece.len);
    out[piece.len] = 0;
}

static void see(const struct http_parse *parse, const uint8_t *run, struct outcome *outcome)
{
    outcome->keeps_alive = parse->keeps_alive;
    outcome->header_count = parse->header_count;
    const struct span method = http_parse_method(parse);
    memcpy(outcome->method, method.ptr, method.len);
    copy_piece(outcome->target, sizeof outcome->target, run, parse->target);
    copy_piece(outcome->body, sizeof outcome->body, run, parse->body);
}

/* Feed `text` in pieces of `step` bytes. Before each feed the run is copied to another place, whose
 * end is unreadable. */
static struct outcome feed(struct span text, size_t step)
{
    static const struct http_parse_limits limits = {HEAD_MAX, BODY_MAX};
    struct http_parse *parse = malloc(sizeof *parse);
    assert_non_null(parse);
    http_parse_begin(parse, limits);
    struct outcome outcome = {.result = HTTP_PARSE_MORE};
    uint8_t *kept = malloc(text.len + 1);
    assert_non_null(kept);
    size_t kept_len = 0;
    size_t taken = 0;
    size_t dropped = 0;
    while (outcome.result == HTTP_PARSE_MORE && taken < text.len) {
        const size_t n = text.len - taken < step ? text.len - taken : step;
        memcpy(kept + kept_len, text.ptr + taken, n);
        kept_len += n;
        taken += n;
        const struct span guarded = support_guard((struct span){kept, kept_len});
        union {
            const uint8_t *given;
            uint8_t *wanted;
        } run = {.given = guarded.ptr};
        size_t len = guarded.len;
        outcome.result = http_parse_feed(parse, run.wanted, &len);
        assert_true(len <= kept_len);
        dropped += kept_len - len;
        kept_len = len;
        memcpy(kept, run.wanted, len);
        if (outcome.result == HTTP_PARSE_DONE) see(parse, run.wanted, &outcome);
        support_guard_free(guarded);
    }
    outcome.refusal = parse->refusal;
    outcome.end = parse->end + (uint32_t)dropped;
    free(kept);
    free(parse);
    return outcome;
}

#define HOST "Host: a\r\n"
#define POST "POST / HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

/* ---- good requests */

/* clang-format off */
static const struct {
    const char *text;
    const char *next; /* what follows it, and is not looked at */
    const char *method;
    const char *target;
    const char *body;
    bool keeps_alive;
} good[] = {
    {"GET / HTTP/1.1\r\n" HOST "\r\n", "GET", "GET", "/", "", true},
    {"\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", "", "GET", "/", "", true},
    {POST "Content-Length: 5\r\n\r\nhello", "POST", "POST", "/", "hello", true},
    {POST "content-length:5\r\n\r\nhello", "\r\n", "POST", "/", "hello", true},
    {POST "Content-Length: 0\r\n\r\n", "x", "POST", "/", "", true},
    {POST "\r\n", "hello", "POST", "/", "", true},
    {POST "A:\r\nB: \r\nC:   c  \r\n\r\n", "", "POST", "/", "", true},
    {CHUNKED "5\r\nhello\r\n0\r\n\r\n", "GET /", "POST", "/", "hello", true},
    {CHUNKED "1\r\nh\r\n4;a=b\r\nello\r\n0\r\n\r\n", "", "POST", "/", "hello", true},
    {CHUNKED "5\r\nhello\r\n0\r\nHost: b\r\nTrailer: x\r\n\r\n", "", "POST", "/", "hello", true},
    {CHUNKED "0\r\n\r\n", "", "POST", "/", "", true},
    {CHUNKED "00A\r\n0123456789\r\n000\r\n\r\n", "", "POST", "/", "0123456789", true},
    {POST "Transfer-Encoding:  Chunked \r\n\r\n1\r\nx\r\n0\r\n\r\n", "", "POST", "/", "x", true},
    {POST "Connection: close\r\n\r\n", "GET", "POST", "/", "", false},
    {POST "Connection: Keep-Alive, Close\r\n\r\n", "", "POST", "/", "", false},
    {"POST / HTTP/1.0\r\n\r\n", "", "POST", "/", "", false},
    {"POST / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "", "POST", "/", "", true},
    {"DELETE /a/b?c=d&e HTTP/1.1\r\n" HOST "\r\n", "", "DELETE", "/a/b?c=d&e", "", true},
    {"M-SEARCH / HTTP/1.1\r\n" HOST "\r\n", "", "M-SEARCH", "/", "", true},
    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "", "OPTIONS", "*", "", true},
    {"GET http://a/b?c HTTP/1.1\r\n" HOST "\r\n", "", "GET", "http://a/b?c", "", true},
    {"CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n", "rest", "CONNECT", "a:80", "", true},
    {POST "Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nhi", "", "POST", "/",
     "hi", true},
    {POST "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "\x81", "POST", "/", "", true},
};
/* clang-format on */

static void assert_good(size_t i, size_t step)
{
    char text[512];
    const int len = snprintf(text, sizeof text, "%s%s", good[i].text, good[i].next);
    assert_true(len > 0 && (size_t)len < sizeof text);
    const struct outcome outcome = feed((struct span){(const uint8_t *)text, (size_t)len}, step);
    if (outcome.result != HTTP_PARSE_DONE)
        fail_msg("refused with %u: %s", (unsigned)outcome.refusal, good[i].text);
    assert_string_equal(outcome.method, good[i].method);
    assert_string_equal(outcome.target, good[i].target);
    assert_string_equal(outcome.body, good[i].body);
    assert_int_equal(outcome.keeps_alive, good[i].keeps_alive);
    assert_int_equal(outcome.end, strlen(good[i].text));
}

static void test_http_parse__good_requests_are_read_whatever_the_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(good); i++)
        for (size_t step = 1; step < 200; step++) assert_good(i, step);
}

static void test_http_parse__a_request_that_is_not_whole_is_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        const size_t len = strlen(good[i].text);
        for (size_t cut = 0; cut < len; cut++) {
            const struct span part = {(const uint8_t *)good[i].text, cut};
            assert_int_equal(feed(part, 7).result, HTTP_PARSE_MORE);
        }
    }
}

/* ---- doubtful ones */

static const struct {
    const char *text;
    uint16_t refusal;
} bad[] = {
  /* lengths that could be read in two ways */
    {POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",                          400},
    {POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",                          400},
    {POST "Content-Length: 3, 3\r\n\r\nabc",                                            400},
    {POST "Content-Length: +3\r\n\r\nabc",                                              400},
    {POST "Content-Length: -3\r\n\r\nabc",                                              400},
    {POST "Content-Length: 0x3\r\n\r\nabc",                                             400},
    {POST "Content-Length: 3 3\r\n\r\nabc",                                             400},
    {POST "Content-Length:\r\n\r\n",                                                    400},
    {POST "Content-Length: 99999999999999999999999\r\n\r\n",                            400},
    {POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",           400},
    {POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",           400},
 /* codings that a proxy might not take for chunked, or might */
    {POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",                               400},
    {POST "Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n",                               400},
    {POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",                      400},
    {POST "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",                      400},
    {POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",                          400},
    {POST "Transfer-Encoding: identity\r\n\r\n",                                        400},
    {POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",  400},
    {POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400},
    {POST "Transfer-Encoding:\x0b"
          "chunked\r\n\r\n0\r\n\r\n",                                              400},
    {POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",                               400},
    {POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",                            400},
    {POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",                            400},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",                  400},
 /* chunks */
    {CHUNKED "3\nabc\n0\n\n",                                                           400},
    {CHUNKED "3\rXabc\r\n0\r\n\r\n",                                                    400},
    {CHUNKED "3\r\nabcXX0\r\n\r\n",                                                     400},
    {CHUNKED "2\r\nabc\r\n0\r\n\r\n",                                                   400},
    {CHUNKED "0x3\r\nabc\r\n0\r\n\r\n",                                                 400},
    {CHUNKED " 3\r\nabc\r\n0\r\n\r\n",                                                  400},
    {CHUNKED "-3\r\nabc\r\n0\r\n\r\n",                                                  400},
    {CHUNKED "\r\nabc\r\n0\r\n\r\n",                                                    400},
    {CHUNKED "FFFFFFFFFFFFFFFF1\r\nabc",                                                400},
    {CHUNKED "8000000000000000\r\nabc",                                                 413},
    {CHUNKED "8000000000000000\r\n",                                                    413},
    {CHUNKED "FF\r\n",                                                                  413},
 /* line ends and headers */
    {POST "A: b\rX: y\r\n\r\n",                                                         400},
    {POST "A: b\nX: y\r\n\r\n",                                                         400},
    {POST "A: b\r\n c\r\n\r\n",                                                         400},
    {POST "A:\r\n\tc\r\n\r\n",                                                          400},
    {POST "A:\r\n \r\n\r\n",                                                            400},
    {POST "A: \r\n\t \r\nB: c\r\n\r\n",                                                 400},
    {POST "A: b\r\n \r\n\r\n",                                                          400},
    {POST "A:\r\n \r\n b\r\n\r\n",                                                      400},
    {POST " A: b\r\n\r\n",                                                              400},
    {POST "A : b\r\n\r\n",                                                              400},
    {POST "A\t: b\r\n\r\n",                                                             400},
    {POST ": b\r\n\r\n",                                                                400},
    {POST "A b: c\r\n\r\n",                                                             400},
    {POST "no colon\r\n\r\n",                                                           400},
    {POST "A: \x01\r\n\r\n",                                                            400},
    {POST "A: \x7f\r\n\r\n",                                                            400},
    {POST "\rX",                                                                        400},
 /* hosts */
    {"GET / HTTP/1.1\r\n\r\n",                                                          400},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",                                    400},
    {"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n",                                    400},
 /* request lines */
    {"GET /\r\n\r\n",                                                                   400},
    {"GET / HTTP/0.9\r\n\r\n",                                                          400},
    {"GET / HTTP/1.2\r\n" HOST "\r\n",                                                  400},
    {"GET / HTTP/2.0\r\n" HOST "\r\n",                                                  400},
    {"GET / HTTP/9.9\r\n" HOST "\r\n",                                                  400},
    {"GET / HTTP/11\r\n" HOST "\r\n",                                                   400},
    {"GET / http/1.1\r\n" HOST "\r\n",                                                  400},
    {"GET / ICE/1.0\r\n" HOST "\r\n",                                                   400},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",                                                400},
    {"get / HTTP/1.1\r\n" HOST "\r\n",                                                  400},
    {"FOO / HTTP/1.1\r\n" HOST "\r\n",                                                  400},
    {"GET /a b HTTP/1.1\r\n" HOST "\r\n",                                               400},
    {"GET /\x01 HTTP/1.1\r\n" HOST "\r\n",                                              400},
    {"HTTP/1.1 200 OK\r\n\r\n",                                                         400},
    {"\x16\x03\x01\x02",                                                                400},
    {"EHLO example.com\r\n",                                                            400},
 /* too much */
    {POST "Content-Length: 101\r\n\r\n",                                                413},
    {POST "Content-Length: 4611686018427387904\r\n\r\n",                                413},
};

static void test_http_parse__doubtful_requests_are_refused_whatever_the_split(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 2, 3, 5, 17, 1000};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(steps); j++) {
            const struct outcome outcome = feed(span_of(bad[i].text), steps[j]);
            if (outcome.result == HTTP_PARSE_REFUSED && outcome.refusal == bad[i].refusal) continue;
            if (bad[i].refusal == 413 && outcome.result == HTTP_PARSE_MORE) continue;
            fail_msg("not refused with %u but %u at steps of %zu: %s", (unsigned)bad[i].refusal,
                     (unsigned)outcome.refusal, steps[j], bad[i].text);
        }
    }
}

static void test_http_parse__a_nul_in_a_header_is_refused(void **state)
{
    (void)state;
    assert_int_equal(feed(SPAN(POST "A: b\0c\r\n\r\n"), 3).refusal, 400);
    assert_int_equal(feed(SPAN(POST "A\0: b\r\n\r\n"), 3).refusal, 400);
    assert_int_equal(feed(SPAN("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), 3).refusal, 400);
}

/* ---- limits */

/* `head`, `count` times `unit`, `tail`. */
static struct buf repeat(const char *head, const char *unit, size_t count, const char *tail)
{
    struct buf out;
    buf_init(&out, support_mem(), 1 << 20);
    buf_put_text(&out, head);
    for (size_t i = 0; i < count; i++) buf_put_text(&out, unit);
    buf_put_text(&out, tail);
    assert_int_equal(buf_status(&out), ST_OK);
    return out;
}

static void assert_repeat(const char *parts[3], size_t count, http_parse_result result,
                          uint16_t refusal)
{
    static const size_t steps[] = {1, 100, 100000};
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++) {
        struct buf text = repeat(parts[0], parts[1], count, parts[2]);
        const struct outcome outcome = feed(buf_view(&text), steps[i]);
        assert_int_equal(outcome.result, result);
        assert_int_equal(outcome.refusal, refusal);
        buf_deinit(&text);
    }
    support_mem_check();
}

static void test_http_parse__the_head_is_limited(void **state)
{
    (void)state;
    assert_repeat((const char *[]){POST "A: ", "b", "\r\n\r\n"}, 900, HTTP_PARSE_DONE, 0);
    assert_repeat((const char *[]){POST "A: ", "b", "\r\n\r\n"}, 1000, HTTP_PARSE_REFUSED, 431);
    assert_repeat((const char *[]){POST "A: ", "b", ""}, 2000, HTTP_PARSE_REFUSED, 431);
    assert_repeat((const char *[]){POST "A", "b", ""}, 2000, HTTP_PARSE_REFUSED, 431);
    assert_repeat((const char *[]){"GET /", "b", ""}, 2000, HTTP_PARSE_REFUSED, 431);
}

/* The empty line counts, and so do blanks behind the last value. */
static void test_http_parse__pieces_do_not_decide_whether_a_head_is_too_large(void **state)
{
    (void)state;
    const size_t most = HEAD_MAX - (sizeof POST "A: " - 1) - (sizeof " \r\n\r\n" - 1);
    for (size_t count = most - 8; count <= most; count++)
        assert_repeat((const char *[]){POST "A: ", "b", " \r\n\r\n"}, count, HTTP_PARSE_DONE, 0);
    for (size_t count = most + 1; count < most + 8; count++)
        assert_repeat((const char *[]){POST "A: ", "b", " \r\n\r\n"}, count, HTTP_PARSE_REFUSED,
                      431);
}

static void test_http_parse__the_number_of_headers_is_limited(void **state)
{
    (void)state;
    const size_t rest = LIMIT_HTTP_HEADERS - 1; /* beside Host */
    assert_repeat((const char *[]){POST, "A:\r\n", "\r\n"}, rest, HTTP_PARSE_DONE, 0);
    assert_repeat((const char *[]){POST, "A:\r\n", "\r\n"}, rest + 1, HTTP_PARSE_REFUSED, 431);
}

static void test_http_parse__a_chunked_body_is_limited(void **state)
{
    (void)state;
    const char *tail = "0\r\n\r\n";
    assert_repeat((const char *[]){CHUNKED, "1\r\nx\r\n", tail}, BODY_MAX, HTTP_PARSE_DONE, 0);
    assert_repeat((const char *[]){CHUNKED, "1\r\nx\r\n", tail}, BODY_MAX + 1, HTTP_PARSE_REFUSED,
                  413);
    assert_repeat((const char *[]){CHUNKED "FF\r\n", "x", ""}, 200, HTTP_PARSE_REFUSED, 413);
}

static void test_http_parse__framing_may_not_outweigh_the_largest_body(void **state)
{
    (void)state;
    const size_t bearable = BODY_MAX + LIMIT_HTTP_HEAD_BYTES;
    assert_repeat((const char *[]){CHUNKED "1;", "x", ""}, bearable - 200, HTTP_PARSE_MORE, 0);
    assert_repeat((const char *[]){CHUNKED "1;", "x", ""}, bearable + 200, HTTP_PARSE_REFUSED, 413);
}

/* ---- the parts */

static void test_http_parse__headers_are_found_in_any_case_and_trimmed(void **state)
{
    (void)state;
    static const struct http_parse_limits limits = {HEAD_MAX, BODY_MAX};
    char text[] = POST "X-Amz-Target: \t DynamoDB.GetItem \t\r\nEmpty:\r\nX: 1\r\nx: 2\r\n\r\n";
    struct http_parse parse;
    http_parse_begin(&parse, limits);
    size_t len = sizeof text - 1;
    uint8_t *bytes = (uint8_t *)text;
    assert_int_equal(http_parse_feed(&parse, bytes, &len), HTTP_PARSE_DONE);
    struct span value = {0};
    assert_true(http_parse_header_find(&parse, bytes, SPAN("x-amz-target"), &value));
    support_assert_text(value, "DynamoDB.GetItem");
    assert_true(http_parse_header_find(&parse, bytes, SPAN("EMPTY"), &value));
    assert_int_equal(value.len, 0);
    assert_true(http_parse_header_find(&parse, bytes, SPAN("x"), &value));
    support_assert_text(value, "1");
    assert_false(http_parse_header_find(&parse, bytes, SPAN("x-amz"), &value));
}

static void test_http_parse__a_target_is_path_and_query(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        const char *path;
        const char *query;
    } cases[] = {
        {"/",               "/",       ""            },
        {"/a/b",            "/a/b",    ""            },
        {"/a?b=c",          "/a",      "b=c"         },
        {"/?",              "/",       ""            },
        {"/a?b?c",          "/a",      "b?c"         },
        {"/?u=http://a/b",  "/",       "u=http://a/b"},
        {"http://host/a?b", "/a",      "b"           },
        {"http://host:80",  "/",       ""            },
        {"http://host?b",   "/",       "b"           },
        {"https://host/",   "/",       ""            },
        {"*",               "*",       ""            },
        {"host:80",         "host:80", ""            },
        {"",                "",        ""            },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct span target = support_guard(span_of(cases[i].target));
        struct span path = {0};
        struct span query = {0};
        http_parse_target(target, &path, &query);
        support_assert_text(path, cases[i].path);
        support_assert_text(query, cases[i].query);
        support_guard_free(target);
    }
}

static void test_http_parse__random_bytes_end_in_some_result(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (int run = 0; run < 20000; run++) {
        char text[256];
        const size_t i = support_random_below(&random, ARRAY_COUNT(good));
        const size_t len = strlen(good[i].text);
        assert_true(len < sizeof text);
        memcpy(text, good[i].text, len);
        for (int change = 0; change < 3; change++)
            text[support_random_below(&random, (uint32_t)len)] =
                (char)support_random_below(&random, 256);
        const struct span bytes = {(const uint8_t *)text, len};
        const struct outcome whole = feed(bytes, len);
        const struct outcome split = feed(bytes, 1 + support_random_below(&random, 20));
        assert_int_equal(whole.result, split.result);
        if (whole.result != HTTP_PARSE_DONE) continue;
        assert_string_equal(whole.body, split.body);
        assert_int_equal(whole.end, split.end);
        assert_int_equal(whole.header_count, split.header_count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http_parse__good_requests_are_read_whatever_the_split),
        cmocka_unit_test(test_http_parse__a_request_that_is_not_whole_is_more),
        cmocka_unit_test(test_http_parse__doubtful_requests_are_refused_whatever_the_split),
        cmocka_unit_test(test_http_parse__a_nul_in_a_header_is_refused),
        cmocka_unit_test(test_http_parse__the_head_is_limited),
        cmocka_unit_test(test_http_parse__pieces_do_not_decide_whether_a_head_is_too_large),
        cmocka_unit_test(test_http_parse__the_number_of_headers_is_limited),
        cmocka_unit_test(test_http_parse__a_chunked_body_is_limited),
        cmocka_unit_test(test_http_parse__framing_may_not_outweigh_the_largest_body),
        cmocka_unit_test(test_http_parse__headers_are_found_in_any_case_and_trimmed),
        cmocka_unit_test(test_http_parse__a_target_is_path_and_query),
        cmocka_unit_test(test_http_parse__random_bytes_end_in_some_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
