/* auth_parts_test.c -- signatures cut into their parts, in both forms. Texts stand at guard pages.
 */
#include "auth/auth_parts.h"

#include "base/buf.h"
#include "support/support.h"

/* "place credential|signature|signed headers|algorithm|date|expires|token" */
static void show(const struct auth_parts *parts, struct buf *out)
{
    static const char *const places[] = {"none", "header", "query", "both"};
    static const auth_part order[] = {
        AUTH_PART_CREDENTIAL, AUTH_PART_SIGNATURE, AUTH_PART_SIGNED_HEADERS, AUTH_PART_ALGORITHM,
        AUTH_PART_DATE,       AUTH_PART_EXPIRES,   AUTH_PART_TOKEN,
    };
    buf_put_text(out, places[parts->place]);
    for (size_t i = 0; i < ARRAY_COUNT(order); i++) {
        buf_put_text(out, i == 0 ? " " : "|");
        buf_put(out, parts->values[order[i]]);
    }
}

static void assert_parts(const char *authorization, const char *query, const char *expected)
{
    const struct span header = support_guard(span_of(authorization));
    const struct span guarded = support_guard(span_of(query));
    const struct auth_parts parts = auth_parts_read(header, guarded);
    struct buf shown;
    buf_init(&shown, support_mem(), 1000);
    show(&parts, &shown);
    support_assert_text(buf_view(&shown), expected);
    buf_deinit(&shown);
    support_guard_free(header);
    support_guard_free(guarded);
    support_mem_check();
}

static void test_auth_parts__a_header_is_cut_at_commas_and_spaces(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const cases[][2] = {
        {"AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host;x, Signature=0f",
         "header a/b|0f|host;x|AWS4-HMAC-SHA256|||"},
        {"AWS4-HMAC-SHA256 Credential=a,SignedHeaders=b,Signature=c",
         "header a|c|b|AWS4-HMAC-SHA256|||"},
        {"AWS4-HMAC-SHA256 Signature=c SignedHeaders=b Credential=a",
         "header a|c|b|AWS4-HMAC-SHA256|||"},
        {" AWS4-X  Credential=a ,, Signature=c \t", "header a|c||AWS4-X|||"},
        {"AWS4-HMAC-SHA256,Credential=a", "header a|||AWS4-HMAC-SHA256|||"},
        {"AWS4-", "header |||AWS4-|||"},
        {"AWS4-HMAC-SHA256 Credential", "header |||AWS4-HMAC-SHA256|||"},
        {"AWS4-HMAC-SHA256 Credential=", "header |||AWS4-HMAC-SHA256|||"},
        {"AWS4-HMAC-SHA256 Credential==a", "header =a|||AWS4-HMAC-SHA256|||"},
        {"AWS4-HMAC-SHA256 Credentials=a, xSignature=b", "header |||AWS4-HMAC-SHA256|||"},
        {"AWS4-HMAC-SHA256 credential=a", "header |||AWS4-HMAC-SHA256|||"},
        {"AWS4-HMAC-SHA256 Credential=, Credential=a, Credential=b",
         "header a|||AWS4-HMAC-SHA256|||"},
        {"AWS4-HMAC-SHA256 X-Amz-Date=a", "header |||AWS4-HMAC-SHA256|||"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) assert_parts(cases[i][0], "", cases[i][1]);
}

static void test_auth_parts__other_headers_are_no_signature(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        " ",
        "AWS4",
        "Basic Credential=a",
        "aws4-hmac-sha256 Credential=a",
        "Bearer AWS4-HMAC-SHA256",
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) assert_parts(cases[i], "a=b", "none ||||||");
}

static void test_auth_parts__a_query_is_cut_at_ampersands_and_left_encoded(void **state)
{
    (void)state;
    /* clang-format off */
    static const char *const cases[][2] = {
        {"X-Amz-Algorithm=A&X-Amz-Credential=a%2Fb&X-Amz-Date=d&X-Amz-Expires=60"
         "&X-Amz-SignedHeaders=host%3Bx&X-Amz-Signature=0f&X-Amz-Security-Token=t",
         "query a%2Fb|0f|host%3Bx|A|d|60|t"},
        {"X-Amz-Algorithm", "query ||||||"},
        {"X-Amz-Algorithm=", "query ||||||"},
        {"a=b&&X-Amz-Algorithm=A&", "query |||A|||"},
        {"X-Amz-Algorithm=A,X-Amz-Date=d", "query |||A,X-Amz-Date=d|||"},
        {"X-Amz-Algorithms=A", "none ||||||"},
        {"X-Amz-Credential=a&X-Amz-Signature=b", "none ||||||"},
        {"Credential=a", "none ||||||"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) assert_parts("", cases[i][0], cases[i][1]);
}

static void test_auth_parts__signed_twice_nothing_is_read(void **state)
{
    (void)state;
    assert_parts("AWS4-HMAC-SHA256 Credential=a", "X-Amz-Algorithm=A&X-Amz-Date=d", "both ||||||");
    assert_parts("Basic x", "X-Amz-Algorithm=", "both ||||||");
    assert_parts("AWS4-HMAC-SHA256 Credential=a", "X-Amz-Date=d", "header a|||AWS4-HMAC-SHA256|||");
}

static void test_auth_parts__a_credential_has_five_parts(void **state)
{
    (void)state;
    static const struct {
        const char *credential;
        const char *region; /* NULL: not five parts */
    } cases[] = {
        {"key/20150830/eu-west-1/dynamodb/aws4_request", "eu-west-1"},
        {"////",                                         ""         },
        {"a/b/c/d/",                                     "c"        },
        {"/b/c/d/e",                                     "c"        },
        {"",                                             NULL       },
        {"a",                                            NULL       },
        {"a/b/c/d",                                      NULL       },
        {"a/b/c/d/e/",                                   NULL       },
        {"a/b/c/d/e/f",                                  NULL       },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct span scope[AUTH_SCOPE_COUNT];
        const struct span guarded = support_guard(span_of(cases[i].credential));
        const bool is_split = auth_parts_split(guarded, scope);
        assert_int_equal(is_split, cases[i].region != NULL);
        if (is_split) support_assert_text(scope[AUTH_SCOPE_REGION], cases[i].region);
        support_guard_free(guarded);
    }
}

static void test_auth_parts__names_are_those_of_the_form(void **state)
{
    (void)state;
    assert_string_equal(auth_parts_name(AUTH_IN_HEADER, AUTH_PART_CREDENTIAL), "Credential");
    assert_string_equal(auth_parts_name(AUTH_IN_QUERY, AUTH_PART_TOKEN), "X-Amz-Security-Token");
    assert_null(auth_parts_name(AUTH_IN_HEADER, AUTH_PART_DATE));
    assert_null(auth_parts_name(AUTH_NOWHERE, AUTH_PART_CREDENTIAL));
    assert_null(auth_parts_name(AUTH_IN_BOTH, AUTH_PART_CREDENTIAL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auth_parts__a_header_is_cut_at_commas_and_spaces),
        cmocka_unit_test(test_auth_parts__other_headers_are_no_signature),
        cmocka_unit_test(test_auth_parts__a_query_is_cut_at_ampersands_and_left_encoded),
        cmocka_unit_test(test_auth_parts__signed_twice_nothing_is_read),
        cmocka_unit_test(test_auth_parts__a_credential_has_five_parts),
        cmocka_unit_test(test_auth_parts__names_are_those_of_the_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
