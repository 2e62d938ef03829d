/* staged_test.c -- G1 and G2 of staged.c: the newest change is found, and undoing goes back
 * exactly.
 */
#include "store/staged.h"
#include "support/support.h"

static int staged_setup(void **state)
{
    static struct staged staged;
    assert_int_equal(staged_init(&staged, support_mem()), ST_OK);
    *state = &staged;
    return 0;
}

static int staged_teardown(void **state)
{
    staged_deinit(*state);
    support_mem_check();
    return 0;
}

static void assert_found(const struct staged *staged, struct span key, const char *value)
{
    const struct staged_op *op = staged_find(staged, key);
    assert_non_null(op);
    assert_int_equal(op->kind, value == NULL ? STAGED_DELETE : STAGED_PUT);
    if (value != NULL) support_assert_text(op->value, value);
}

static void test_staged__finds_the_newest_change_of_a_key(void **state)
{
    struct staged *staged = *state;
    assert_null(staged_find(staged, SPAN("a")));
    assert_int_equal(staged_put(staged, SPAN("a"), SPAN("1")), ST_OK);
    assert_int_equal(staged_put(staged, SPAN("b"), SPAN("2")), ST_OK);
    assert_int_equal(staged_put(staged, SPAN("a"), SPAN("3")), ST_OK);
    assert_found(staged, SPAN("a"), "3");
    assert_int_equal(staged_delete(staged, SPAN("a")), ST_OK);
    assert_found(staged, SPAN("a"), NULL);
    assert_found(staged, SPAN("b"), "2");
    assert_int_equal(staged->count, 4);
}

static void test_staged__undoes_back_to_the_mark(void **state)
{
    struct staged *staged = *state;
    assert_int_equal(staged_put(staged, SPAN("a"), SPAN("1")), ST_OK);
    const struct staged_op *mark = staged_mark(staged);
    assert_int_equal(staged_put(staged, SPAN("a"), SPAN("2")), ST_OK);
    assert_int_equal(staged_delete_range(staged, SPAN("a"), SPAN("c")), ST_OK);
    assert_int_equal(staged_put(staged, SPAN("b"), SPAN("3")), ST_OK);
    staged_undo(staged, mark);
    assert_found(staged, SPAN("a"), "1");
    assert_null(staged_find(staged, SPAN("b")));
    assert_int_equal(staged->count, 1);
    assert_int_equal(staged->bytes, 2);
    assert_ptr_equal(staged->first, staged->last);
    assert_null(staged->last->after);
    staged_undo(staged, NULL);
    assert_null(staged->first);
    assert_null(staged_find(staged, SPAN("a")));
}

static void test_staged__what_is_undone_takes_no_room(void **state)
{
    static uint8_t large[1 << 20];
    struct staged *staged = *state;
    assert_int_equal(staged_put(staged, SPAN("a"), SPAN("1")), ST_OK);
    const size_t taken = staged->arena.taken;
    for (uint32_t i = 0; i < 1000; i++) { /* twice as much as there may be at once */
        const struct staged_op *mark = staged_mark(staged);
        assert_int_equal(staged_put(staged, SPAN("b"), (struct span){large, sizeof large}), ST_OK);
        staged_undo(staged, mark);
    }
    assert_int_equal(staged->arena.taken, taken);
    assert_found(staged, SPAN("a"), "1");
}

static void test_staged__clearing_forgets_everything(void **state)
{
    struct staged *staged = *state;
    for (uint32_t i = 0; i < 10000; i++) {
        const struct span key = {(const uint8_t *)&i, sizeof i};
        assert_int_equal(staged_put(staged, key, SPAN("x")), ST_OK);
    }
    staged_clear(staged);
    assert_int_equal(staged->count, 0);
    assert_int_equal(staged->bytes, 0);
    for (uint32_t i = 0; i < 10000; i++)
        assert_null(staged_find(staged, (struct span){(const uint8_t *)&i, sizeof i}));
}

static void test_staged__a_failed_change_is_remembered_until_the_next_mark(void **state)
{
    struct staged *staged = *state;
    support_mem_fail_at(1);
    assert_int_equal(staged_put(staged, SPAN("a"), SPAN("1")), ST_NO_MEMORY);
    assert_true(staged->has_failed);
    assert_null(staged_find(staged, SPAN("a")));
    assert_null(staged_mark(staged));
    assert_false(staged->has_failed);
}

/* Keys that differ in one byte at any place, so that the hash's words and rest all matter. */
static void test_staged__keys_of_all_lengths_are_told_apart(void **state)
{
    struct staged *staged = *state;
    uint8_t bytes[40] = {0};
    for (size_t len = 1; len <= sizeof bytes; len++) {
        for (size_t at = 0; at < len; at++) {
            bytes[at] = (uint8_t)len;
            const struct span key = support_guard((struct span){bytes, len});
            assert_null(staged_find(staged, key));
            assert_int_equal(staged_put(staged, key, key), ST_OK);
            assert_true(span_eq(staged_find(staged, key)->value, key));
            support_guard_free(key);
            bytes[at] = 0;
        }
    }
}

int main(void)
{
#define STAGED_TEST(test) cmocka_unit_test_setup_teardown(test, staged_setup, staged_teardown)
    const struct CMUnitTest tests[] = {
        STAGED_TEST(test_staged__finds_the_newest_change_of_a_key),
        STAGED_TEST(test_staged__undoes_back_to_the_mark),
        STAGED_TEST(test_staged__what_is_undone_takes_no_room),
        STAGED_TEST(test_staged__clearing_forgets_everything),
        STAGED_TEST(test_staged__a_failed_change_is_remembered_until_the_next_mark),
        STAGED_TEST(test_staged__keys_of_all_lengths_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
