/* hash_test.c -- the hash is SipHash-2-4 with 128 bits, for ever: it places items on disk. */
#include <pthread.h>
#include <stdio.h>

#include "base/hash.h"
#include "support/support.h"

static const uint8_t secret[HASH_BYTES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static struct hash *hash;

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(hash_new(support_mem(), secret, &hash), ST_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hash_free(hash);
    support_mem_check();
    return 0;
}

static void hex(const uint8_t bytes[HASH_BYTES], char text[2 * HASH_BYTES + 1])
{
    for (size_t i = 0; i < HASH_BYTES; i++) (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* The authors' test vectors: key 00 01 … 0f, input 00 01 … of each length. */
static void test_hash__is_siphash_2_4_of_128_bits(void **state)
{
    (void)state;
    static const struct {
        size_t len;
        const char *hash;
    } cases[] = {
        {0,  "a3817f04ba25a8e66df67214c7550293"},
        {1,  "da87c1d86b99af44347659119b22fc45"},
        {2,  "8177228da4a45dc7fca38bdef60affe4"},
        {7,  "a1f1ebbed8dbc153c0b84aa61ff08239"},
        {8,  "3b62a9ba6258f5610f83e264f31497b4"},
        {15, "5493e99933b0a8117e08ec0f97cfc3d9"},
        {16, "6ee2a4ca67b054bbfd3315bf85230577"},
        {63, "5150d1772f50834a503e069a973fbd7c"},
    };
    uint8_t input[64];
    for (size_t i = 0; i < sizeof input; i++) input[i] = (uint8_t)i;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        uint8_t out[HASH_BYTES];
        char text[2 * HASH_BYTES + 1];
        hash_128(hash, (struct span){input, cases[i].len}, out);
        hex(out, text);
        assert_string_equal(text, cases[i].hash);
    }
}

static void test_hash__of_nothing_needs_no_bytes(void **state)
{
    (void)state;
    uint8_t none[HASH_BYTES], empty[HASH_BYTES];
    hash_128(hash, (struct span){0}, none);
    hash_128(hash, SPAN(""), empty);
    assert_memory_equal(none, empty, HASH_BYTES);
}

static void test_hash__depends_on_the_secret(void **state)
{
    (void)state;
    const uint8_t other_secret[HASH_BYTES] = {1};
    struct hash *other = NULL;
    uint8_t a[HASH_BYTES], b[HASH_BYTES];
    assert_int_equal(hash_new(support_mem(), other_secret, &other), ST_OK);
    hash_128(hash, SPAN("user"), a);
    hash_128(other, SPAN("user"), b);
    assert_memory_not_equal(a, b, HASH_BYTES);
    hash_free(other);
}

static void test_hash__reads_no_byte_too_far(void **state)
{
    (void)state;
    static const uint8_t bytes[40];
    for (size_t len = 0; len <= sizeof bytes; len++) {
        uint8_t out[HASH_BYTES];
        const struct span guarded = support_guard((struct span){bytes, len});
        hash_128(hash, guarded, out);
        support_guard_free(guarded);
    }
}

static void *hash_many(void *ctx)
{
    uint8_t *const expected = ctx;
    for (int i = 0; i < 20000; i++) {
        uint8_t out[HASH_BYTES];
        hash_128(hash, SPAN("user"), out);
        if (memcmp(out, expected, HASH_BYTES) != 0) return NULL;
    }
    return expected;
}

static void test_hash__serves_threads_at_once(void **state)
{
    (void)state;
    uint8_t expected[HASH_BYTES];
    pthread_t threads[4];
    hash_128(hash, SPAN("user"), expected);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_many, expected), 0);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, expected);
    }
}

static void test_hash_new__fails_without_memory(void **state)
{
    (void)state;
    struct hash *none = NULL;
    support_mem_fail_at(1);
    assert_int_equal(hash_new(support_mem(), secret, &none), ST_NO_MEMORY);
    assert_null(none);
    hash_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_hash__is_siphash_2_4_of_128_bits), TEST(test_hash__of_nothing_needs_no_bytes),
        TEST(test_hash__depends_on_the_secret),      TEST(test_hash__reads_no_byte_too_far),
        TEST(test_hash__serves_threads_at_once),     TEST(test_hash_new__fails_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
