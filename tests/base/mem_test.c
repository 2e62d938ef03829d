/* mem_test.c -- the heap's door: zeroed, aligned, honest about failure; and the tests' own heap. */
#include "support/support.h"

static int tear_down(void **state)
{
    (void)state;
    support_mem_check();
    return 0;
}

static void check_zeroed(const uint8_t *bytes, size_t size)
{
    assert_non_null(bytes);
    assert_int_equal((uintptr_t)bytes % 16, 0);
    for (size_t at = 0; at < size; at++) assert_int_equal(bytes[at], 0);
}

static void test_mem_new__is_zeroed_and_aligned(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 7, 16, 100, 4096, 1 << 20};
    const struct mem *heaps[] = {mem_heap(), support_mem()};
    for (size_t h = 0; h < ARRAY_COUNT(heaps); h++)
        for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
            uint8_t *bytes = mem_new(heaps[h], sizes[i]);
            check_zeroed(bytes, sizes[i]);
            memset(bytes, 0xFF, sizes[i]);
            mem_free(heaps[h], bytes, sizes[i]);
        }
}

static void test_mem_new_array__refuses_a_product_that_overflows(void **state)
{
    (void)state;
    assert_null(mem_new_array(mem_heap(), SIZE_MAX / 8, 16));
    assert_null(mem_new_array(mem_heap(), 16, SIZE_MAX / 8));
    uint8_t *bytes = mem_new_array(mem_heap(), 3, 5);
    check_zeroed(bytes, 15);
    mem_free(mem_heap(), bytes, 15);
}

static void test_mem_resize__keeps_the_bytes(void **state)
{
    (void)state;
    uint8_t *bytes = mem_resize(support_mem(), NULL, 0, 10);
    assert_non_null(bytes);
    memcpy(bytes, "0123456789", 10);
    bytes = mem_resize(support_mem(), bytes, 10, 1 << 20);
    assert_non_null(bytes);
    assert_memory_equal(bytes, "0123456789", 10);
    bytes = mem_resize(support_mem(), bytes, 1 << 20, 5);
    assert_non_null(bytes);
    assert_memory_equal(bytes, "01234", 5);
    mem_free(support_mem(), bytes, 5);
}

static void test_mem_resize__leaves_the_old_bytes_when_it_fails(void **state)
{
    (void)state;
    uint8_t *bytes = mem_new(support_mem(), 10);
    memcpy(bytes, "0123456789", 10);
    support_mem_fail_at(1);
    assert_null(mem_resize(support_mem(), bytes, 10, 1 << 20));
    assert_true(support_mem_failed());
    assert_memory_equal(bytes, "0123456789", 10);
    mem_free(support_mem(), bytes, 10);
}

static void test_mem_free__takes_nothing(void **state)
{
    (void)state;
    mem_free(mem_heap(), NULL, 0);
    mem_free(mem_heap(), NULL, 100);
}

static void test_support_mem__fails_exactly_the_nth_time(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth <= 5; nth++) {
        support_mem_fail_at(nth);
        for (uint64_t i = 1; i <= 6; i++) {
            void *ptr = mem_new(support_mem(), 8);
            assert_int_equal(ptr == NULL, i == nth);
            assert_int_equal(support_mem_failed(), i >= nth);
            mem_free(support_mem(), ptr, 8);
        }
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_mem_new__is_zeroed_and_aligned),
        TEST(test_mem_new_array__refuses_a_product_that_overflows),
        TEST(test_mem_resize__keeps_the_bytes),
        TEST(test_mem_resize__leaves_the_old_bytes_when_it_fails),
        TEST(test_mem_free__takes_nothing),
        TEST(test_support_mem__fails_exactly_the_nth_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
