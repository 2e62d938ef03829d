/* cache_test.c -- compiled expressions are kept by text, given up by use, and held while bound. */
#include "expr/expr_case.h"

#include <stdio.h>

#include "expr/code_cache.h"

static const struct expr_code *compile(struct expr_case *c, expr_kind kind, const char *text)
{
    const struct expr_code *code = NULL;
    assert_int_equal(expr_compile(c->cache, &c->arena, (struct expr_source){kind, span_of(text)},
                                  &code, &c->err),
                     ST_OK);
    return code;
}

static void begin(struct expr_case *c, size_t bytes_max)
{
    expr_case_begin(c);
    assert_int_equal(expr_cache_new(support_mem(), bytes_max, &c->cache), ST_OK);
}

static void end(struct expr_case *c)
{
    struct expr_cache *cache = c->cache;
    expr_case_end(c);
    expr_cache_free(cache);
    support_mem_check();
}

static void test_cache__the_same_text_is_compiled_once(void **state)
{
    (void)state;
    struct expr_case c;
    begin(&c, 1 << 20);
    char text[] = "a = :v AND b.c[1] <> :w";
    const struct expr_code *first = compile(&c, EXPR_CONDITION, text);
    assert_ptr_equal(compile(&c, EXPR_CONDITION, "a = :v AND b.c[1] <> :w"), first);
    memset(text, 'x', sizeof text - 1); /* the code does not point into the caller's text */
    assert_ptr_equal(compile(&c, EXPR_CONDITION, "a = :v AND b.c[1] <> :w"), first);
    assert_ptr_not_equal(compile(&c, EXPR_FILTER, "a = :v AND b.c[1] <> :w"), first);
    assert_ptr_not_equal(compile(&c, EXPR_CONDITION, "a = :v AND b.c[1] <> :ww"), first);
    end(&c);
}

static void test_cache__what_was_refused_is_refused_again(void **state)
{
    (void)state;
    struct expr_case c;
    begin(&c, 1 << 20);
    for (int i = 0; i < 2; i++) {
        const struct expr_code *code = NULL;
        assert_int_equal(expr_compile(c.cache, &c.arena,
                                      (struct expr_source){EXPR_CONDITION, SPAN("a =")}, &code,
                                      &c.err),
                         ST_VALIDATION);
        assert_null(code);
    }
    end(&c);
}

static void test_cache__the_least_recently_used_goes_first(void **state)
{
    (void)state;
    struct expr_case c;
    begin(&c, 4096);
    const struct expr_code *kept = compile(&c, EXPR_CONDITION, "a = :kept");
    const struct expr_code *gone = compile(&c, EXPR_CONDITION, "a = :gone");
    assert_non_null(gone->entry);
    for (int i = 0; i < 100; i++) {
        char text[32];
        snprintf(text, sizeof text, "a = :v%d", i);
        assert_non_null(compile(&c, EXPR_CONDITION, text)->entry);
        assert_ptr_equal(compile(&c, EXPR_CONDITION, "a = :kept"), kept);
    }
    assert_null(code_cache_find(c.cache, EXPR_CONDITION, SPAN("a = :gone")));
    assert_null(code_cache_find(c.cache, EXPR_CONDITION, SPAN("a = :v0")));
    assert_non_null(code_cache_find(c.cache, EXPR_CONDITION, SPAN("a = :v99")));
    end(&c);
}

static void test_cache__what_is_bound_stays_until_it_is_released(void **state)
{
    (void)state;
    struct expr_case c;
    begin(&c, 2048);
    expr_case_scope(&c, NULL, "{':v':{'N':'1'}}");
    expr_case_bind(&c, EXPR_CONDITION, "a = :v");
    expr_case_finish(&c);
    expr_case_assert_ok(&c);
    for (int i = 0; i < 100; i++) {
        char text[32];
        snprintf(text, sizeof text, "a = :v%d", i);
        (void)compile(&c, EXPR_CONDITION, text);
    }
    assert_non_null(code_cache_find(c.cache, EXPR_CONDITION, SPAN("a = :v")));
    const struct item item = {.attributes = expr_case_map(&c, "{'a':{'N':'1'}}")};
    assert_true(expr_holds(c.expr, &item));

    expr_scope_release(&c.scope);
    expr_scope_release(&c.scope); /* is allowed */
    for (int i = 0; i < 100; i++) {
        char text[32];
        snprintf(text, sizeof text, "b = :v%d", i);
        (void)compile(&c, EXPR_CONDITION, text);
    }
    assert_null(code_cache_find(c.cache, EXPR_CONDITION, SPAN("a = :v")));
    end(&c);
}

static void test_cache__without_room_the_code_lives_in_the_arena(void **state)
{
    (void)state;
    struct expr_case c;
    begin(&c, 16);
    assert_null(compile(&c, EXPR_CONDITION, "a = :v")->entry);
    expr_case_scope(&c, NULL, "{':v':{'N':'1'}}");
    expr_case_bind(&c, EXPR_CONDITION, "a = :v");
    expr_case_finish(&c);
    expr_case_assert_ok(&c);
    assert_false(expr_holds(c.expr, NULL));
    end(&c);
}

static void test_cache__a_zero_scope_may_be_released(void **state)
{
    (void)state;
    struct expr_scope scope = {0};
    expr_scope_release(&scope);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cache__the_same_text_is_compiled_once),
        cmocka_unit_test(test_cache__what_was_refused_is_refused_again),
        cmocka_unit_test(test_cache__the_least_recently_used_goes_first),
        cmocka_unit_test(test_cache__what_is_bound_stays_until_it_is_released),
        cmocka_unit_test(test_cache__without_room_the_code_lives_in_the_arena),
        cmocka_unit_test(test_cache__a_zero_scope_may_be_released),
    };
    return cmocka_run_group_tests_name("expr cache", tests, NULL, NULL);
}
