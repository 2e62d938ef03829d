/* arena_test.c -- takes are aligned, apart and kept; the maximum holds; everything is given back.
 *
 * A small number of chunk sizes is assumed nowhere: the tests look at what the heap was asked for
 * (support_mem) and at `taken`, which arena.h documents.
 */
#include "support/support.h"

enum { MAX = 1 << 20 };

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, support_mem(), MAX);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&arena);
    support_mem_check();
    return 0;
}

static void use_max(size_t bytes_max)
{
    arena_deinit(&arena);
    arena_init(&arena, support_mem(), bytes_max);
}

static void test_arena__takes_are_aligned_apart_and_zeroed(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    uint8_t *taken[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        taken[i] = arena_alloc(&arena, i);
        assert_non_null(taken[i]);
        assert_int_equal((uintptr_t)taken[i] % 16, 0);
        for (size_t at = 0; at < i; at++) assert_int_equal(taken[i][at], 0);
        memset(taken[i], (int)(i % 251) + 1, i);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t at = 0; at < i; at++) assert_int_equal(taken[i][at], i % 251 + 1);
}

static void test_arena__takes_of_nothing_are_apart(void **state)
{
    (void)state;
    void *a = arena_alloc(&arena, 0);
    void *b = arena_alloc_raw(&arena, 0);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
}

static void test_arena__asks_the_heap_seldom(void **state)
{
    (void)state;
    use_max(64 << 20);
    support_mem_fail_at(20);
    for (size_t i = 0; i < 8 << 10; i++) assert_non_null(arena_alloc_raw(&arena, 1024));
    assert_false(support_mem_failed());
}

static void test_arena__never_takes_more_than_its_maximum(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 16, 1000, 4096, 100000};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        use_max(MAX);
        size_t count = 0;
        while (arena_alloc_raw(&arena, sizes[i]) != NULL) count++;
        assert_true(arena.taken <= MAX);
        assert_true(arena.met_max);
        assert_true(count * sizes[i] <= MAX);
        assert_true(count > 0);
    }
}

static void test_arena__uses_most_of_its_maximum(void **state)
{
    (void)state;
    size_t count = 0;
    while (arena_alloc_raw(&arena, 4096) != NULL) count++;
    assert_true(count * 4096 >= MAX - MAX / 16);
    arena_reset(&arena);
    assert_false(arena.met_max);
}

static void test_arena__refuses_sizes_that_cannot_be(void **state)
{
    (void)state;
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 3, SIZE_MAX / 2, (size_t)MAX + 1, MAX};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) assert_null(arena_alloc_raw(&arena, sizes[i]));
    assert_null(arena_alloc_array(&arena, SIZE_MAX / 8, 16));
    use_max(SIZE_MAX);
    assert_non_null(arena_alloc(&arena, 1));
    assert_null(arena_alloc_raw(&arena, SIZE_MAX));
    assert_null(arena_alloc_raw(&arena, SIZE_MAX - 3));
}

static void test_arena_reset__keeps_one_chunk_for_the_next_request(void **state)
{
    (void)state;
    void *const first = arena_alloc(&arena, 100);
    while (arena_alloc_raw(&arena, 1000) != NULL) {
    }
    arena_reset(&arena);
    assert_true(arena.taken > 0);
    assert_true(arena.taken < MAX / 8);
    support_mem_fail_at(1);
    const uint8_t *const again = arena_alloc(&arena, 100);
    assert_false(support_mem_failed());
    assert_ptr_equal(again, first);
    for (size_t at = 0; at < 100; at++) assert_int_equal(again[at], 0);
}

static void test_arena_reset__gives_back_a_huge_first_chunk(void **state)
{
    (void)state;
    use_max(16 << 20);
    assert_non_null(arena_alloc_raw(&arena, 8 << 20));
    arena_reset(&arena);
    assert_int_equal(arena.taken, 0);
    assert_non_null(arena_alloc(&arena, 8));
}

static void test_arena_reset__does_nothing_to_an_empty_one(void **state)
{
    (void)state;
    arena_reset(&arena);
    assert_int_equal(arena.taken, 0);
}

static void test_arena_rewind__gives_back_what_was_taken_since(void **state)
{
    (void)state;
    const struct arena_mark nothing = arena_mark(&arena);
    uint8_t *kept = arena_alloc(&arena, 100);
    assert_non_null(kept);
    memset(kept, 7, 100);
    const size_t taken = arena.taken;
    const struct arena_mark mark = arena_mark(&arena);
    void *next = arena_alloc(&arena, 10);
    for (size_t i = 0; i < 5; i++) assert_non_null(arena_alloc(&arena, 50000));
    assert_true(arena.taken > taken + 250000);
    arena_rewind(&arena, mark);
    assert_int_equal(arena.taken, taken);
    for (size_t i = 0; i < 100; i++) assert_int_equal(kept[i], 7);
    assert_ptr_equal(arena_alloc(&arena, 10), next);
    arena_rewind(&arena, nothing);
    assert_int_equal(arena.taken, 0);
    assert_non_null(arena_alloc(&arena, 10));
}

static void test_arena_copy__outlives_what_was_copied(void **state)
{
    (void)state;
    char text[] = "partition";
    struct span copy = {0};
    assert_true(arena_copy(&arena, span_of(text), &copy));
    memset(text, 'x', sizeof text - 1);
    support_assert_text(copy, "partition");
    assert_true(arena_copy(&arena, (struct span){0}, &copy));
    assert_int_equal(copy.len, 0);
    assert_non_null(copy.ptr);
}

static void test_arena_copy__leaves_out_untouched_without_room(void **state)
{
    (void)state;
    static const uint8_t bytes[4096];
    struct span out = SPAN("before");
    use_max(1024);
    assert_false(arena_copy(&arena, (struct span){bytes, sizeof bytes}, &out));
    support_assert_text(out, "before");
}

static void test_arena_mem__grows_the_newest_take_in_place(void **state)
{
    (void)state;
    const struct mem *mem = arena_mem(&arena);
    uint8_t *bytes = mem_new(mem, 10);
    assert_non_null(bytes);
    memcpy(bytes, "0123456789", 10);
    uint8_t *const grown = mem_resize(mem, bytes, 10, 3000);
    assert_ptr_equal(grown, bytes);
    void *const next = mem_new(mem, 1);
    assert_true((uint8_t *)next >= grown + 3000);
    uint8_t *const moved = mem_resize(mem, grown, 3000, 5000);
    assert_ptr_not_equal(moved, grown);
    assert_memory_equal(moved, "0123456789", 10);
}

static void test_arena_mem__shrinks_and_frees_without_losing_others(void **state)
{
    (void)state;
    const struct mem *mem = arena_mem(&arena);
    uint8_t *a = mem_new(mem, 100);
    uint8_t *b = mem_new(mem, 100);
    memset(b, 7, 100);
    assert_ptr_equal(mem_resize(mem, a, 100, 10), a);
    mem_free(mem, a, 10);
    uint8_t *c = mem_new(mem, 100);
    memset(c, 9, 100);
    for (size_t at = 0; at < 100; at++) assert_int_equal(b[at], 7);
    assert_ptr_equal(mem_resize(mem, c, 100, 16), c);
    assert_ptr_equal(mem_new(mem, 1), c + 16);
}

static void test_arena__survives_every_failed_allocation(void **state)
{
    (void)state;
    for (uint64_t nth = 1; nth < 20; nth++) {
        use_max(MAX);
        support_mem_fail_at(nth);
        size_t refused = 0;
        for (size_t i = 0; i < 500; i++) refused += arena_alloc(&arena, 1024) == NULL;
        const bool failed = support_mem_failed();
        support_mem_fail_at(0);
        assert_int_equal(refused, failed ? 1 : 0);
        if (!failed) return;
    }
    fail_msg("500 KiB took more than 20 calls of the heap");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_arena__takes_are_aligned_apart_and_zeroed),
        TEST(test_arena__takes_of_nothing_are_apart),
        TEST(test_arena__asks_the_heap_seldom),
        TEST(test_arena__never_takes_more_than_its_maximum),
        TEST(test_arena__uses_most_of_its_maximum),
        TEST(test_arena__refuses_sizes_that_cannot_be),
        TEST(test_arena_reset__keeps_one_chunk_for_the_next_request),
        TEST(test_arena_reset__gives_back_a_huge_first_chunk),
        TEST(test_arena_reset__does_nothing_to_an_empty_one),
        TEST(test_arena_rewind__gives_back_what_was_taken_since),
        TEST(test_arena_copy__outlives_what_was_copied),
        TEST(test_arena_copy__leaves_out_untouched_without_room),
        TEST(test_arena_mem__grows_the_newest_take_in_place),
        TEST(test_arena_mem__shrinks_and_frees_without_losing_others),
        TEST(test_arena__survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
