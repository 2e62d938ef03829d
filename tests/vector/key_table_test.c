/* key_table_test.c -- keys are found in the slot they were last set to, and removed ones are not:
 * random changes beside an array that knows.
 */
#include <stdio.h>

#include "support/support.h"
#include "vector/key_table.h"

enum { KEYS = 300, CHANGES = 20000, KEY_BYTES = 16 };

static const uint8_t secret[HASH_BYTES] = {7};

static struct span key_of(uint32_t i, char text[KEY_BYTES])
{
    const int len = snprintf(text, KEY_BYTES, "%u", i);
    return (struct span){(const uint8_t *)text, (size_t)len};
}

static void change(struct key_table *table, struct support_random *random, uint32_t *slots)
{
    char text[KEY_BYTES];
    const uint32_t i = support_random_below(random, KEYS);
    const uint32_t slot = support_random_below(random, 3);
    assert_int_equal(key_table_reserve(table), ST_OK);
    slots[i] = slot;
    if (slot > 0)
        key_table_set(table, key_of(i, text), slot);
    else
        key_table_remove(table, key_of(i, text));
}

static void check(const struct key_table *table, const uint32_t *slots)
{
    size_t count = 0;
    for (uint32_t i = 0; i < KEYS; i++) {
        char text[KEY_BYTES];
        uint32_t slot = 0;
        assert_true(key_table_find(table, key_of(i, text), &slot) == (slots[i] > 0));
        assert_int_equal(slot, slots[i]);
        if (slots[i] > 0) count++;
    }
    assert_int_equal(table->count, count);
}

static void test_key_table__finds_what_was_set_last(void **state)
{
    (void)state;
    struct support_random random = support_random();
    struct hash *hash = NULL;
    struct key_table table;
    uint32_t slots[KEYS] = {0};
    assert_int_equal(hash_new(support_mem(), secret, &hash), ST_OK);
    key_table_init(&table, support_mem(), hash);
    check(&table, slots);
    for (uint32_t i = 0; i < CHANGES; i++) {
        change(&table, &random, slots);
        if (i % 100 == 0) check(&table, slots);
    }
    check(&table, slots);
    key_table_deinit(&table);
    hash_free(hash);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_table__finds_what_was_set_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
