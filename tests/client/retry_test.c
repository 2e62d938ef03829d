/* retry_test.c -- pauses, Retry-After, and the bucket that stops a storm. */
#include "client/retry.h"

#include "support/support.h"

enum { NOW_S = 784111777 }; /* Sun, 06 Nov 1994 08:49:37 GMT */

static void test_retry__pauses_double_up_to_the_longest(void **state)
{
    (void)state;
    struct retry_policy policy = retry_default;
    static const uint64_t expected[] = {100000,  200000,  400000,  800000, 1600000,
                                        3200000, 5000000, 5000000, 5000000};
    policy.jitter = 0;
    for (unsigned i = 0; i < ARRAY_COUNT(expected); i++)
        assert_int_equal(retry_delay_us(&policy, i, 0x1234567812345678), expected[i]);
    assert_int_equal(retry_delay_us(&policy, UINT32_MAX, 0), 5000000);
    assert_int_equal(retry_delay_us(&retry_none, 3, 0), 0);
}

static void test_retry__a_pause_is_a_quarter_longer_or_shorter_at_most(void **state)
{
    (void)state;
    struct support_random random = support_random();
    uint64_t shortest = UINT64_MAX;
    uint64_t longest = 0;
    for (unsigned i = 0; i < 10000; i++) {
        const uint64_t us = retry_delay_us(&retry_default, 0, support_random_next(&random));
        shortest = us < shortest ? us : shortest;
        longest = us > longest ? us : longest;
    }
    assert_true(shortest >= 75000 && shortest < 76000);
    assert_true(longest > 124000 && longest < 125000);
    assert_int_equal(retry_delay_us(&retry_default, 0, 0), 75000);
    assert_int_equal(retry_delay_us(&retry_default, 0, UINT64_C(1) << 63), 100000);
    assert_in_range(retry_delay_us(&retry_default, 0, UINT64_MAX), 124999, 125000);
}

/* A caller's own figures never make a pause that is none. */
static void test_retry__odd_policies_give_pauses(void **state)
{
    (void)state;
    const struct retry_policy shrinking = {3, 100, 1000, 0.5, 0};
    assert_int_equal(retry_delay_us(&shrinking, 2, 0), 25);
    const struct retry_policy wild = {3, 100, 1000, 2, 5};
    assert_int_equal(retry_delay_us(&wild, 0, 0), 0);
    assert_in_range(retry_delay_us(&wild, 0, UINT64_MAX), 599, 600);
}

static void test_retry__after_is_seconds_or_a_date(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t us;
    } good[] = {
        {"0",                             0                    },
        {"1",                             1000000              },
        {" 120\t",                        120000000            },
        {"86400",                         UINT64_C(86400000000)},
        {"99999999999999999999999",       UINT64_C(86400000000)},
        {"Sun, 06 Nov 1994 08:49:40 GMT", 3000000              },
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0                    },
        {"Sun, 06 Nov 1994 08:40:00 GMT", 0                    },
    };
    static const char *const bad[] = {"", " ", "-1", "1.5", "1s", "soon", "Sunday"};
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        const struct span text = support_guard(span_of(good[i].text));
        uint64_t us = 77;
        assert_true(retry_after_read(text, NOW_S, &us));
        assert_int_equal(us, good[i].us);
        support_guard_free(text);
    }
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        uint64_t us = 77;
        assert_false(retry_after_read(span_of(bad[i]), NOW_S, &us));
        assert_int_equal(us, 77);
    }
}

static void test_retry__a_bucket_runs_dry_and_fills_up(void **state)
{
    (void)state;
    struct retry_bucket bucket;
    retry_bucket_init(&bucket);
    for (unsigned i = 0; i < RETRY_BUCKET_TOKENS / RETRY_COST; i++)
        assert_true(retry_bucket_take(&bucket, RETRY_COST));
    assert_false(retry_bucket_take(&bucket, RETRY_COST));
    for (unsigned i = 0; i < RETRY_COST; i++) {
        assert_false(retry_bucket_take(&bucket, RETRY_COST));
        retry_bucket_give(&bucket, RETRY_GAIN);
    }
    assert_true(retry_bucket_take(&bucket, RETRY_COST));
    retry_bucket_give(&bucket, 10000);
    assert_true(retry_bucket_take(&bucket, RETRY_BUCKET_TOKENS));
    assert_false(retry_bucket_take(&bucket, 1));
    retry_bucket_deinit(&bucket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry__pauses_double_up_to_the_longest),
        cmocka_unit_test(test_retry__a_pause_is_a_quarter_longer_or_shorter_at_most),
        cmocka_unit_test(test_retry__odd_policies_give_pauses),
        cmocka_unit_test(test_retry__after_is_seconds_or_a_date),
        cmocka_unit_test(test_retry__a_bucket_runs_dry_and_fills_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
