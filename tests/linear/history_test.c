/* history_test.c -- histories as text: what is written is read again, and what is wrong is told. */
#include <stdio.h>

#include "linear/history_text.h"
#include "support/support.h"

static const char text[] =
    "title mem:, 8 clients\n"
    "initial k1 { version=1 value=-7 count=3 }\n"
    "initial k2 { }\n"
    "op 0 client 3 from 5 to 9 ok read k0 -> old none ; read k15 -> old { odd }\n"
    "op 1 client 4 from 6 to never unknown put k1 { version=2 } if absent\n"
    "op 2 client 5 from 7 to 8 refused update k1 set { value=4 } add { version=1 count=-2 }"
    " remove value if version=7 refused -> old { version=1 }\n"
    "op 3 client 6 from 8 to 9 ok update k1 add { count=1 } if version<3 -> updated-new { count=4 }"
    " ; delete k3 if exists -> old none ; check k4 if value!=5 ; check k5 if count>-1\n"
    "op 4 client 7 from 9 to 10 nothing delete k0\n"
    "op 5 client 8 from 9 to 10 ok update k1 add { count=1 } -> updated-old { }\n";

static size_t read_it(const char *given, struct history *out)
{
    char *copy = strdup(given);
    FILE *file = fmemopen(copy, strlen(copy), "r");
    assert_non_null(file);
    size_t wrong = 0;
    (void)history_text_read(file, out, &wrong);
    (void)fclose(file);
    free(copy);
    return wrong;
}

/* "updated-old { }" is written as what it is: nothing. */
static void test_history__written_and_read_is_the_same(void **state)
{
    (void)state;
    struct history first = {0};
    struct history second = {0};
    char *written = NULL;
    size_t size = 0;
    assert_int_equal(read_it(text, &first), 0);
    assert_int_equal(first.count, 6);
    assert_string_equal(first.title, "mem:, 8 clients");
    FILE *file = open_memstream(&written, &size);
    history_text_write(&first, file);
    (void)fclose(file);
    assert_int_equal(read_it(written, &second), 0);
    assert_int_equal(second.count, first.count);
    assert_memory_equal(second.ops, first.ops, first.count * sizeof *first.ops);
    assert_memory_equal(second.initial, first.initial, sizeof first.initial);
    const size_t same = strlen(text) - strlen("{ }\n");
    assert_memory_equal(written, text, same);
    assert_string_equal(written + same, "none\n");
    free(written);
    history_deinit(&first);
    history_deinit(&second);
}

static void test_history__of_a_wrong_line_tells_which(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "opp 0 client 3 from 5 to 9 ok read k0",
        "op 0 client 3 from 5 to 4 ok read k0",
        "op 0 client 3 from 5 to 9 maybe read k0",
        "op 0 client 3 from 5 to 9 ok read k16",
        "op 0 client 3 from 5 to 9 ok read k0 -> older none",
        "op 0 client 3 from 5 to 9 ok read k0 -> old { version=x }",
        "op 0 client 3 from 5 to 9 ok read k0 -> old { version=1",
        "op 0 client 3 from 5 to 9 ok put k0 { version=1 } if version",
        "op 0 client 3 from 5 to 9 ok put k0 { version=1 } if absentee",
        "op 0 client 3 from 5 to 9 ok put k0 { version=99999999999 }",
        "op 0 client 3 from 5 to 9 ok update k0 remove size",
        "op 0 client 3 from 5 to 9 ok read k0 ;",
        "op 0 client 3 from 5 to 9 ok read k0 extra",
        "op 0 client 3 from 5 to 9 ok",
        "initial k0 { version=1",
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct history history = {0};
        char lines[200];
        (void)snprintf(lines, sizeof lines, "# fine\n\n%s\n", wrong[i]);
        if (read_it(lines, &history) != 3) fail_msg("%s", wrong[i]);
        history_deinit(&history);
    }
}

static void test_history__after_history_is_read_by_its_title(void **state)
{
    (void)state;
    static char both[] = "# two\ntitle one\nop 0 client 0 from 0 to 1 ok read k0\n\n"
                         "title two\nop 0 client 0 from 0 to 1 ok read k1\n";
    FILE *file = fmemopen(both, sizeof both - 1, "r");
    assert_non_null(file);
    size_t wrong = 0;
    for (int i = 0; i < 3; i++) {
        struct history history = {0};
        assert_int_equal(history_text_read(file, &history, &wrong), i < 2);
        assert_int_equal(wrong, 0);
        assert_int_equal(history.count, i < 2 ? 1 : 0);
        if (i < 2) assert_int_equal(history.ops[0].parts[0].key, i);
        if (i < 2) assert_string_equal(history.title, i == 0 ? "one" : "two");
        history_deinit(&history);
    }
    (void)fclose(file);
}

static void test_history__is_numbered_by_its_calls(void **state)
{
    (void)state;
    struct history history = {0};
    for (int64_t call = 30; call > 0; call -= 10)
        history_add(&history, &(struct history_op){.call = call, .ret = 100});
    history_number(&history);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(history.ops[i].id, i);
        assert_int_equal(history.ops[i].call, 10 * (i + 1));
    }
    history_deinit(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history__written_and_read_is_the_same),
        cmocka_unit_test(test_history__of_a_wrong_line_tells_which),
        cmocka_unit_test(test_history__after_history_is_read_by_its_title),
        cmocka_unit_test(test_history__is_numbered_by_its_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
