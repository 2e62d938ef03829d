/* auth_form_test.c -- what messages show of a header that is not text. Which signatures are well
 * formed, and what is said of others, is in api_test.c; how credentials are read, in caller_test.c.
 */
#include "api/auth_form.h"

#include "support/support.h"

static void test_auth_form__a_message_shows_printable_ascii(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), 1 << 16);
    struct error err = error_in(&arena);
    const struct api_call call = {.arena = &arena,
                                  .authorization = SPAN("AWS4- Signature=b\xff\x01,Credential=a"),
                                  .date = SPAN("20260101T000000Z")};
    assert_int_equal(auth_form_check(&call, &err), ST_INCOMPLETE_AUTH);
    support_assert_text(error_text(&err), "Authorization header requires 'SignedHeaders' "
                                          "parameter. Authorization=AWS4- Signature=b?"
                                          "?,Credential=a");
    arena_deinit(&arena);
    support_mem_check();
}

static void test_auth_form__without_memory_a_message_shows_nothing(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, support_mem(), 0);
    assert_int_equal(auth_form_shown(&arena, SPAN("text")).len, 0);
    arena_deinit(&arena);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auth_form__a_message_shows_printable_ascii),
        cmocka_unit_test(test_auth_form__without_memory_a_message_shows_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
