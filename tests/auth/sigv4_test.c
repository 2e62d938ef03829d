/* sigv4_test.c -- signatures against AWS's published suite, and what they are made of. */
#include "auth/sigv4.h"

#include "auth/canonical.h"
#include "auth/suite.h"
#include "base/buf.h"
#include "base/limits.h"
#include "support/support.h"

enum { ARENA_BYTES = 4 << 20 };

static const struct sigv4_terms suite_terms = {
    .date = {(const uint8_t *)SUITE_DATE,                 16},
    .scope = { .day = {(const uint8_t *)SUITE_DATE, 8},
             .region = {(const uint8_t *)"us-east-1", 9},
             .service = {(const uint8_t *)"service", 7}},
};

static struct sigv4_key suite_key(void)
{
    struct sigv4_key key;
    assert_int_equal(sigv4_key_make(SPAN(SUITE_SECRET), &suite_terms.scope, &key), ST_OK);
    return key;
}

static struct sigv4_signature sign(struct arena *arena, const struct sigv4_request *request,
                                   const struct sigv4_terms *terms)
{
    const struct sigv4_key key = suite_key();
    struct sigv4_signature made;
    assert_int_equal(sigv4_sign(arena, request, terms, &key, &made), ST_OK);
    return made;
}

static void test_sigv4__a_header_is_signed_as_awss_suite_says(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    for (size_t i = 0; i < suite_count; i++) {
        const struct sigv4_request request = suite_in_header(&arena, &suite_cases[i]);
        const struct sigv4_signature made = sign(&arena, &request, &suite_terms);
        if (memcmp(made.hex, suite_cases[i].in_header, sizeof made.hex) != 0)
            fail_msg("%s: %.*s", suite_cases[i].name, SPAN_ARG(made.canonical));
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    support_mem_check();
}

static void test_sigv4__a_query_is_signed_as_awss_suite_says(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    for (size_t i = 0; i < suite_count; i++) {
        const struct sigv4_request request = suite_in_query(&arena, &suite_cases[i]);
        struct sigv4_terms terms = suite_terms;
        terms.is_in_query = true;
        const struct sigv4_signature made = sign(&arena, &request, &terms);
        if (memcmp(made.hex, suite_cases[i].in_query, sizeof made.hex) != 0)
            fail_msg("%s: %.*s", suite_cases[i].name, SPAN_ARG(made.canonical));
        arena_reset(&arena);
    }
    arena_deinit(&arena);
    support_mem_check();
}

/* What stands between request and signature: a slip there shows which step it is in. */
static void test_sigv4__the_steps_of_one_signature_are_shown(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    const struct sigv4_header headers[] = {
        {SPAN("X-Amz-Date"), SPAN(SUITE_DATE)             },
        {SPAN("HOST"),       SPAN("example.amazonaws.com")},
    };
    const struct sigv4_request request = {
        .method = SPAN("GET"),
        .query = SPAN("b=2&a=%7e+&a&b=1"),
        .headers = headers,
        .header_count = ARRAY_COUNT(headers),
    };
    const struct sigv4_signature made = sign(&arena, &request, &suite_terms);
    support_assert_text(made.signed_headers, "host;x-amz-date");
    support_assert_text(
        made.canonical,
        "GET\n/\na=&a=~%2B&b=1&b=2\nhost:example.amazonaws.com\nx-amz-date:" SUITE_DATE
        "\n\nhost;x-amz-date\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const struct span first = span_take(made.string_to_sign, 74);
    support_assert_text(first, "AWS4-HMAC-SHA256\n" SUITE_DATE
                               "\n20150830/us-east-1/service/aws4_request\n");
    struct buf out;
    buf_init(&out, support_mem(), 1000);
    sigv4_authorization(SPAN("AKIDEXAMPLE"), &suite_terms, &made, &out);
    struct buf expected;
    buf_init(&expected, support_mem(), 1000);
    buf_printf(&expected,
               "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
               "SignedHeaders=host;x-amz-date, Signature=%.*s%c",
               (int)sizeof made.hex, (const char *)made.hex, 0);
    support_assert_text(buf_view(&out), (const char *)expected.ptr);
    buf_deinit(&out);
    buf_deinit(&expected);
    arena_deinit(&arena);
    support_mem_check();
}

/* IAM User Guide, "Code examples: deriving a signing key": the key of 2015-08-30, us-east-1, iam.
 */
static void test_sigv4__the_key_is_the_documented_one(void **state)
{
    (void)state;
    static const uint8_t expected[SIGV4_KEY_BYTES] = {
        0xc4, 0xaf, 0xb1, 0xcc, 0x57, 0x71, 0xd8, 0x71, 0x76, 0x3a, 0x39,
        0x3e, 0x44, 0xb7, 0x03, 0x57, 0x1b, 0x55, 0xcc, 0x28, 0x42, 0x4d,
        0x1a, 0x5e, 0x86, 0xda, 0x6e, 0xd3, 0xc1, 0x54, 0xa4, 0xb9,
    };
    const struct sigv4_scope scope = {SPAN("20150830"), SPAN("us-east-1"), SPAN("iam")};
    struct sigv4_key key;
    assert_int_equal(sigv4_key_make(SPAN(SUITE_SECRET), &scope, &key), ST_OK);
    assert_memory_equal(key.bytes, expected, sizeof expected);
}

static void test_sigv4__a_secret_has_a_limit(void **state)
{
    (void)state;
    static const uint8_t secret[LIMIT_SECRET_KEY_BYTES + 1];
    const struct sigv4_scope scope = {0};
    struct sigv4_key key;
    struct span longest = {secret, LIMIT_SECRET_KEY_BYTES};
    assert_int_equal(sigv4_key_make((struct span){0}, &scope, &key), ST_OK);
    assert_int_equal(sigv4_key_make(longest, &scope, &key), ST_OK);
    longest.len++;
    assert_int_equal(sigv4_key_make(longest, &scope, &key), ST_LIMIT);
}

static void test_sigv4__names_are_lowered_sorted_and_once(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"host",                   "host"        },
        {"X-B;host;x-a;HOST;;x-b", "host;x-a;x-b"},
        {";",                      ""            },
        {"b;a",                    "a;b"         },
        {"a;aa;a-a",               "a;a-a;aa"    },
    };
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    const struct sigv4_request none = {0};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct span names = {0};
        const struct span guarded = support_guard(span_of(cases[i][0]));
        assert_int_equal(canonical_names(&arena, &none, guarded, &names), ST_OK);
        support_assert_text(names, cases[i][1]);
        support_guard_free(guarded);
    }
    arena_deinit(&arena);
    support_mem_check();
}

/* Paths and queries that nobody's suite has: at a guard page, and against the rules by hand. */
static void test_sigv4__odd_targets_have_one_canonical_form(void **state)
{
    (void)state;
    static const struct {
        const char *path, *query, *canonical;
    } cases[] = {
        {"",              "",                    "G\n/\n\n\n\n"                    },
        {"/",             "",                    "G\n/\n\n\n\n"                    },
        {"a",             "",                    "G\n/a\n\n\n\n"                   },
        {"/..",           "",                    "G\n/\n\n\n\n"                    },
        {"/../../a/",     "",                    "G\n/a/\n\n\n\n"                  },
        {"/a/.",          "",                    "G\n/a\n\n\n\n"                   },
        {"/a%20b/%2e%2e", "",                    "G\n/a%2520b/%252e%252e\n\n\n\n"  },
        {"/",             "%",                   "G\n/\n%25=\n\n\n"                },
        {"/",             "%4",                  "G\n/\n%254=\n\n\n"               },
        {"/",             "%4g=%zz",             "G\n/\n%254g=%25zz\n\n\n"         },
        {"/",             "a=b=c&&=&=d",         "G\n/\n=&=d&a=b%3Dc\n\n\n"        },
        {"/",             "a-b&a&ab",            "G\n/\na=&a-b=&ab=\n\n\n"         },
        {"/",             "X-Amz-Signature=a&b", "G\n/\nX-Amz-Signature=a&b=\n\n\n"},
    };
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct sigv4_request request = {.method = SPAN("G")};
        request.path = support_guard(span_of(cases[i].path));
        request.query = support_guard(span_of(cases[i].query));
        struct buf out;
        buf_init(&out, arena_mem(&arena), 1000);
        assert_int_equal(canonical_write(&arena, &request, (struct span){0}, false, &out), ST_OK);
        support_assert_text(span_take(buf_view(&out), out.len - 64), cases[i].canonical);
        support_guard_free(request.path);
        support_guard_free(request.query);
    }
    arena_deinit(&arena);
    support_mem_check();
}

static void test_sigv4__no_memory_and_no_room_are_told(void **state)
{
    (void)state;
    struct arena arena;
    const struct sigv4_key key = suite_key();
    struct sigv4_signature made;
    const struct suite_case *const one = &suite_cases[3];
    unsigned failures = 0;
    for (uint64_t n = 1; n < 100; n++) {
        arena_init(&arena, support_mem(), ARENA_BYTES);
        const struct sigv4_request request = suite_in_query(&arena, one);
        uint8_t fill[1 << 12];
        while (arena_alloc_raw(&arena, sizeof fill) != NULL && (size_t)(arena.end - arena.at) > 64)
            continue; /* so that the next take needs a chunk */
        support_mem_fail_at(n);
        const status st = sigv4_sign(&arena, &request, &suite_terms, &key, &made);
        const bool fired = support_mem_failed();
        support_mem_fail_at(0);
        arena_deinit(&arena);
        if (!fired) break;
        assert_int_equal(st, ST_NO_MEMORY);
        failures++;
    }
    assert_true(failures > 0);

    arena_init(&arena, support_mem(), ARENA_BYTES);
    const size_t size = LIMIT_CANONICAL_BYTES;
    uint8_t *bytes = arena_alloc(&arena, size);
    assert_non_null(bytes);
    const struct sigv4_request wide = {
        .method = SPAN("G"), .path = {bytes, size}
    };
    assert_int_equal(sigv4_sign(&arena, &wide, &suite_terms, &key, &made), ST_LIMIT);
    arena_deinit(&arena);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sigv4__a_header_is_signed_as_awss_suite_says),
        cmocka_unit_test(test_sigv4__a_query_is_signed_as_awss_suite_says),
        cmocka_unit_test(test_sigv4__the_steps_of_one_signature_are_shown),
        cmocka_unit_test(test_sigv4__the_key_is_the_documented_one),
        cmocka_unit_test(test_sigv4__a_secret_has_a_limit),
        cmocka_unit_test(test_sigv4__names_are_lowered_sorted_and_once),
        cmocka_unit_test(test_sigv4__odd_targets_have_one_canonical_form),
        cmocka_unit_test(test_sigv4__no_memory_and_no_room_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
