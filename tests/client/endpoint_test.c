/* endpoint_test.c -- one word becomes a URL and a Host header, or is refused. */
#include "client/endpoint.h"

#include <stdio.h>

#include "support/support.h"

enum { ARENA_BYTES = 1 << 16 };

/* clang-format off */
static const struct {
    const char *text, *region, *url, *host, *streams_url, *unix_path;
    bool is_loopback;
} good[] = {
    {"http://127.0.0.1:8000", "", "http://127.0.0.1:8000/", "127.0.0.1:8000",
     "http://127.0.0.1:8000/", NULL, true},
    {"http://localhost:8000/", "", "http://localhost:8000/", "localhost:8000",
     "http://localhost:8000/", NULL, true},
    {"http://LocalHost", "", "http://LocalHost/", "LocalHost", "http://LocalHost/", NULL, true},
    {"http://[::1]:80", "", "http://[::1]/", "[::1]", "http://[::1]/", NULL, true},
    {"https://db.example.com", "", "https://db.example.com/", "db.example.com",
     "https://db.example.com/", NULL, false},
    {"https://db.example.com:443", "", "https://db.example.com/", "db.example.com",
     "https://db.example.com/", NULL, false},
    {"https://db_1:80", "", "https://db_1:80/", "db_1:80", "https://db_1:80/", NULL, false},
    {"https://[fe80::1]:65535", "", "https://[fe80::1]:65535/", "[fe80::1]:65535",
     "https://[fe80::1]:65535/", NULL, false},
    {"unix:/run/stator.sock", "", "http://localhost/", "localhost", "http://localhost/",
     "/run/stator.sock", true},
    {"aws:us-east-1", "us-east-1", "https://dynamodb.us-east-1.amazonaws.com/",
     "dynamodb.us-east-1.amazonaws.com", "https://streams.dynamodb.us-east-1.amazonaws.com/",
     NULL, false},
    {"aws:", "cn-north-1", "https://dynamodb.cn-north-1.amazonaws.com.cn/",
     "dynamodb.cn-north-1.amazonaws.com.cn",
     "https://streams.dynamodb.cn-north-1.amazonaws.com.cn/", NULL, false},
    {"aws:us-iso-east-1", "us-iso-east-1", "https://dynamodb.us-iso-east-1.c2s.ic.gov/",
     "dynamodb.us-iso-east-1.c2s.ic.gov",
     "https://streams.dynamodb.us-iso-east-1.c2s.ic.gov/", NULL, false},
};
/* clang-format on */

static void test_endpoint__words_become_urls(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    struct error err = error_in(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        struct endpoint found;
        assert_int_equal(endpoint_read(&arena, good[i].text, &found, &err), ST_OK);
        assert_int_equal(endpoint_aim(&arena, &found, span_of(good[i].region), &err), ST_OK);
        assert_string_equal(found.urls[OPERATION_DATA], good[i].url);
        assert_string_equal(found.urls[OPERATION_STREAMS], good[i].streams_url);
        support_assert_text(found.hosts[OPERATION_DATA], good[i].host);
        assert_int_equal(found.is_loopback, good[i].is_loopback);
        assert_int_equal(found.unix_path != NULL, good[i].unix_path != NULL);
        if (found.unix_path != NULL) assert_string_equal(found.unix_path, good[i].unix_path);
        assert_int_equal(found.is_aws, span_starts_with(span_of(good[i].text), SPAN("aws:")));
    }
    arena_deinit(&arena);
    support_mem_check();
}

static void test_endpoint__other_words_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "localhost:8000",
        "ftp://localhost",
        "HTTP://localhost",
        "http://",
        "http:///",
        "http://:8000",
        "http://a:",
        "http://a:0",
        "http://a:65536",
        "http://a:080808",
        "http://a:8o",
        "http://a/path",
        "http://a//",
        "http://a?b",
        "http://a#b",
        "http://user:pass@a",
        "http://a b",
        "http://a\r\nX: y",
        "http://[::1",
        "http://[]",
        "http://[::1]8000",
        "http://[a b]",
        "unix:",
        "mem:",
    };
    char longer[400];
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    struct error err = error_in(&arena);
    struct endpoint found;
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        if (endpoint_read(&arena, bad[i], &found, &err) != ST_VALIDATION)
            fail_msg("%s was taken", bad[i]);
        assert_true(span_contains(error_text(&err), SPAN("is no endpoint")));
    }
    (void)snprintf(longer, sizeof longer, "unix:/%0200d", 0);
    assert_int_equal(endpoint_read(&arena, longer, &found, &err), ST_VALIDATION);
    (void)snprintf(longer, sizeof longer, "http://%0300d", 0);
    assert_int_equal(endpoint_read(&arena, longer, &found, &err), ST_VALIDATION);
    arena_deinit(&arena);
    support_mem_check();
}

static void test_endpoint__regions_are_labels_of_a_host(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "us east 1",
        "us-east-1.evil.example",
        "us-east-1/",
        "a@b",
        "us-east-1\n",
        "0123456789012345678901234567890123456789012345678901234567890123",
    };
    struct arena arena;
    arena_init(&arena, support_mem(), ARENA_BYTES);
    struct error err = error_in(&arena);
    struct endpoint found;
    assert_int_equal(endpoint_read(&arena, "aws:", &found, &err), ST_OK);
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        assert_int_equal(endpoint_aim(&arena, &found, span_of(bad[i]), &err), ST_VALIDATION);
    arena_deinit(&arena);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endpoint__words_become_urls),
        cmocka_unit_test(test_endpoint__other_words_are_refused),
        cmocka_unit_test(test_endpoint__regions_are_labels_of_a_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
