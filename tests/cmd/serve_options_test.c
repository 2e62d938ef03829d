/* serve_options_test.c -- what `stator serve` is told, and what holds when it is told nothing. */
#include "cmd/serve_options.h"

#include <unistd.h>

#include "base/limits.h"
#include "support/support.h"

static status parse(const char *const *given, int count, struct serve_options *out,
                    struct error *err)
{
    union {
        const char *const *given;
        char *const *wanted;
    } words = {.given = given};
    return serve_options_parse(words.wanted, count, out, err);
}

static void test_serve_options__nothing_given_is_a_durable_server_on_port_8000(void **state)
{
    (void)state;
    struct error err = {0};
    struct serve_options options = {0};
    assert_int_equal(parse(NULL, 0, &options, &err), ST_OK);
    assert_string_equal(options.host, "127.0.0.1");
    assert_int_equal(options.port, 8000);
    assert_null(options.unix_path);
    assert_string_equal(options.data, "./stator-data");
    assert_false(options.in_memory);
    assert_int_equal(options.durability, STORE_SYNC);
    assert_int_equal(options.cache_mb, 256);
    assert_int_equal(options.connections, 16384);
    assert_int_equal(options.buffer_mb, 512);
    assert_int_equal(options.idle_timeout_s, 300);
    assert_int_equal(options.request_timeout_s, 30);
    assert_int_equal(options.reply_timeout_s, 30);
    assert_int_equal(options.ttl_visibility, ENGINE_TTL_INSTANT);
    assert_string_equal(options.region, "us-east-1");
    assert_int_equal(options.wording, API_WORDING_CLASSIC);
    assert_int_equal(options.log_level, LOG_LEVEL_INFO);
    assert_false(options.isolate);
    assert_false(options.enforce_throughput);
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    assert_int_equal(options.loops, processors < LIMIT_HTTP_LOOPS ? processors : LIMIT_HTTP_LOOPS);
    assert_int_equal(options.gsi_lag_ms, 0);
}

static void test_serve_options__every_option_is_taken(void **state)
{
    (void)state;
    static const char *const words[] = {
        "--host",
        "::1",
        "--port",
        "0",
        "--unix",
        "/s",
        "--data",
        "d",
        "--durability",
        "relaxed",
        "--cache-mb",
        "1",
        "--loops",
        "3",
        "--region",
        "eu-x-1",
        "--log-level",
        "debug",
        "--isolate",
        "--enforce-throughput",
        "--gsi-lag",
        "600000",
        "--ttl-visibility",
        "lazy",
        "--wording",
        "current",
        "--stream-shards",
        "4",
        "--connections",
        "5",
        "--buffer-mb",
        "6",
        "--idle-timeout",
        "7",
        "--request-timeout",
        "8",
        "--reply-timeout",
        "9",
        "--stream-minutes",
        "10",
    };
    struct error err = {0};
    struct serve_options options = {0};
    assert_int_equal(parse(words, ARRAY_COUNT(words), &options, &err), ST_OK);
    assert_string_equal(options.host, "::1");
    assert_int_equal(options.port, 0);
    assert_string_equal(options.unix_path, "/s");
    assert_string_equal(options.data, "d");
    assert_int_equal(options.durability, STORE_RELAXED);
    assert_int_equal(options.cache_mb, 1);
    assert_int_equal(options.loops, 3);
    assert_int_equal(options.ttl_visibility, ENGINE_TTL_LAZY);
    assert_int_equal(options.gsi_lag_ms, 600000);
    assert_string_equal(options.region, "eu-x-1");
    assert_int_equal(options.wording, API_WORDING_CURRENT);
    assert_int_equal(options.log_level, LOG_LEVEL_DEBUG);
    assert_true(options.isolate);
    assert_true(options.enforce_throughput);
    assert_int_equal(options.stream_shards, 4);
    assert_int_equal(options.connections, 5);
    assert_int_equal(options.buffer_mb, 6);
    assert_int_equal(options.idle_timeout_s, 7);
    assert_int_equal(options.request_timeout_s, 8);
    assert_int_equal(options.reply_timeout_s, 9);
    assert_int_equal(options.stream_minutes, 10);
}

static void test_serve_options__memory_has_no_folder(void **state)
{
    (void)state;
    static const char *const words[] = {"--memory"};
    struct error err = {0};
    struct serve_options options = {0};
    assert_int_equal(parse(words, 1, &options, &err), ST_OK);
    assert_true(options.in_memory);
    assert_null(options.data);
}

static void test_serve_options__a_folder_in_memory_is_refused(void **state)
{
    (void)state;
    static const char *const words[] = {"--memory", "--data", "d"};
    struct arena arena;
    arena_init(&arena, mem_heap(), 1 << 16);
    struct error err = error_in(&arena);
    struct serve_options options = {0};
    assert_int_equal(parse(words, ARRAY_COUNT(words), &options, &err), ST_VALIDATION);
    support_assert_text(error_text(&err), "stator serve: --data and --memory exclude each other");
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serve_options__nothing_given_is_a_durable_server_on_port_8000),
        cmocka_unit_test(test_serve_options__every_option_is_taken),
        cmocka_unit_test(test_serve_options__memory_has_no_folder),
        cmocka_unit_test(test_serve_options__a_folder_in_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
