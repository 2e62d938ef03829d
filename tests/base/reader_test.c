/* reader_test.c -- a reader takes what is there, in order, and refuses the byte that is not. */
#include "base/reader.h"
#include "support/support.h"

static void test_reader__takes_integers_little_endian_in_order(void **state)
{
    (void)state;
    const struct span bytes = support_guard(SPAN("\x01"
                                                 "\x03\x02"
                                                 "\x07\x06\x05\x04"
                                                 "\x0f\x0e\x0d\x0c\x0b\x0a\x09\x08"
                                                 "end"));
    struct reader reader = {bytes};
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    struct span end = {0};
    assert_int_equal(reader_u8(&reader, &u8), ST_OK);
    assert_int_equal(reader_u16(&reader, &u16), ST_OK);
    assert_int_equal(reader_u32(&reader, &u32), ST_OK);
    assert_int_equal(reader_u64(&reader, &u64), ST_OK);
    assert_int_equal(reader_take(&reader, 3, &end), ST_OK);
    assert_int_equal(u8, 0x01);
    assert_int_equal(u16, 0x0203);
    assert_int_equal(u32, 0x04050607);
    assert_int_equal(u64, 0x08090a0b0c0d0e0f);
    support_assert_text(end, "end");
    assert_int_equal(reader.rest.len, 0);
    support_guard_free(bytes);
}

/* With n bytes left, everything wider than n is refused, nothing is read past the guard page, and
 * neither the output nor what is left changes. */
static void test_reader__refuses_what_is_cut_short(void **state)
{
    (void)state;
    static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (size_t len = 0; len < 8; len++) {
        const struct span cut = support_guard((struct span){bytes, len});
        struct reader reader = {cut};
        uint8_t u8 = 0xAA;
        uint16_t u16 = 0xAAAA;
        uint32_t u32 = 0xAAAAAAAA;
        uint64_t u64 = 0xAA;
        struct span taken = SPAN("before");
        if (len < 1) assert_int_equal(reader_u8(&reader, &u8), ST_CORRUPT);
        if (len < 2) assert_int_equal(reader_u16(&reader, &u16), ST_CORRUPT);
        if (len < 4) assert_int_equal(reader_u32(&reader, &u32), ST_CORRUPT);
        assert_int_equal(reader_u64(&reader, &u64), ST_CORRUPT);
        assert_int_equal(reader_take(&reader, len + 1, &taken), ST_CORRUPT);
        assert_int_equal(reader_take(&reader, SIZE_MAX, &taken), ST_CORRUPT);
        assert_int_equal(u8, 0xAA);
        assert_int_equal(u16, 0xAAAA);
        assert_int_equal(u32, 0xAAAAAAAA);
        assert_int_equal(u64, 0xAA);
        support_assert_text(taken, "before");
        assert_int_equal(reader.rest.len, len);
        assert_int_equal(reader_take(&reader, len, &taken), ST_OK);
        assert_true(span_eq(taken, cut));
        support_guard_free(cut);
    }
}

static void test_reader__takes_nothing_from_nothing(void **state)
{
    (void)state;
    struct reader reader = {0};
    struct span taken = SPAN("before");
    assert_int_equal(reader_take(&reader, 0, &taken), ST_OK);
    assert_int_equal(taken.len, 0);
    assert_int_equal(reader_take(&reader, 1, &taken), ST_CORRUPT);
}

static void test_bytes__big_endian_sorts_as_numbers_do(void **state)
{
    (void)state;
    struct support_random random = support_random();
    for (int round = 0; round < 100000; round++) {
        const uint64_t shift = support_random_below(&random, 64);
        const uint64_t a = support_random_next(&random) >> shift;
        const uint64_t b = support_random_next(&random) >> shift;
        uint8_t a_bytes[8], b_bytes[8];
        bytes_store_u64_be(a_bytes, a);
        bytes_store_u64_be(b_bytes, b);
        assert_int_equal(bytes_load_u64_be(a_bytes), a);
        const int order = memcmp(a_bytes, b_bytes, 8);
        assert_int_equal((order > 0) - (order < 0), (a > b) - (a < b));
        bytes_store_u32_be(a_bytes, (uint32_t)a);
        assert_int_equal(bytes_load_u32_be(a_bytes), (uint32_t)a);
        bytes_store_u16(b_bytes, (uint16_t)b);
        assert_int_equal(bytes_load_u16(b_bytes), (uint16_t)b);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reader__takes_integers_little_endian_in_order),
        cmocka_unit_test(test_reader__refuses_what_is_cut_short),
        cmocka_unit_test(test_reader__takes_nothing_from_nothing),
        cmocka_unit_test(test_bytes__big_endian_sorts_as_numbers_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
