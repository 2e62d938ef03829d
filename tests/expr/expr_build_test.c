/* expr_build_test.c -- expressions written down, beside the texts that mean the same.
 *
 * What a text makes of values is tested elsewhere; here each way of joining parts, each kind of
 * operand and section is written down once, and judged or applied.
 */
#include "expr/expr_build.h"

#include "expr/expr_case.h"

static const struct expr_build_room room = {
    .tests = 8, .targets = 8, .operands = 32, .values = 16, .steps = 16};

static struct value number_of(struct expr_case *c, const char *text)
{
    struct value found = {0};
    struct buf json;
    buf_init(&json, arena_mem(&c->arena), SIZE_MAX / 2);
    buf_printf(&json, "{'x':{'N':'%s'}}", text);
    buf_put_u8(&json, 0);
    assert_true(value_find(expr_case_map(c, (const char *)buf_view(&json).ptr), SPAN("x"), &found));
    return found;
}

static void path(struct expr_build *b, const char *name)
{
    const struct expr_step step = {.name = span_of(name)};
    expr_build_path(b, &step, 1);
}

/* name = number */
static void equals(struct expr_case *c, struct expr_build *b, const char *name, const char *number)
{
    expr_build_test(b, CODE_OP_EQ);
    path(b, name);
    expr_build_value(b, number_of(c, number));
    expr_build_test_end(b);
}

static struct expr_build *begin(struct expr_case *c, expr_kind kind)
{
    struct expr_build *b = NULL;
    expr_case_begin(c);
    assert_int_equal(expr_build_begin(&c->arena, kind, &room, &b, &c->err), ST_OK);
    return b;
}

static bool holds(struct expr_case *c, struct expr_build *b, const char *item)
{
    const struct expr *expr = NULL;
    const struct item stored = {.attributes = expr_case_map(c, item)};
    assert_int_equal(expr_build_end(b, &expr, &c->err), ST_OK);
    assert_true(expr_is_built(expr));
    const bool answer = expr_holds(expr, &stored);
    expr_case_end(c);
    return answer;
}

/* (a = 1 OR NOT b = 2) AND c = 3, judged for all eight answers of its tests. */
static void test_expr_build__parts_are_joined(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        const bool a = (i & 1U) != 0;
        const bool b_is = (i & 2U) != 0;
        const bool d = (i & 4U) != 0;
        struct expr_case c;
        struct expr_build *b = begin(&c, EXPR_CONDITION);
        equals(&c, b, "a", a ? "1" : "9");
        equals(&c, b, "b", b_is ? "2" : "9");
        expr_build_not(b);
        expr_build_or(b);
        equals(&c, b, "c", d ? "3" : "9");
        expr_build_and(b);
        const bool expected = (a || !b_is) && d;
        assert_int_equal(holds(&c, b, "{'a':{'N':'1'},'b':{'N':'2'},'c':{'N':'3'}}"), expected);
    }
    support_mem_check();
}

static void test_expr_build__calls_and_paths(void **state)
{
    (void)state;
    struct expr_case c;
    struct expr_build *b = begin(&c, EXPR_FILTER);
    const struct expr_step steps[] = {
        {.name = SPAN("m")},
        {                .name = SPAN("l")                },
        { .is_index = true,                 .index = 1}
    };
    expr_build_test(b, CODE_OP_BETWEEN);
    expr_build_call(b, CODE_OP_SIZE);
    expr_build_path(b, steps, 3);
    expr_build_call_end(b);
    expr_build_value(b, number_of(&c, "2"));
    expr_build_value(b, number_of(&c, "4"));
    expr_build_test_end(b);
    assert_true(holds(&c, b, "{'m':{'M':{'l':{'L':[{'N':'1'},{'S':'abc'}]}}}}"));
    support_mem_check();
}

static void test_expr_build__every_section_of_an_update(void **state)
{
    (void)state;
    struct expr_case c;
    struct expr_build *b = begin(&c, EXPR_UPDATE);
    const struct expr *expr = NULL;
    struct value after = {0};
    expr_build_target(b, EXPR_SET);
    path(b, "a");
    expr_build_call(b, CODE_OP_PLUS);
    path(b, "a");
    expr_build_value(b, number_of(&c, "1"));
    expr_build_call_end(b);
    expr_build_target_end(b);
    expr_build_target(b, EXPR_REMOVE);
    path(b, "b");
    expr_build_target_end(b);
    expr_build_target(b, EXPR_ADD);
    path(b, "n");
    expr_build_value(b, number_of(&c, "5"));
    expr_build_target_end(b);
    assert_int_equal(expr_build_end(b, &expr, &c.err), ST_OK);
    assert_int_equal(expr_update(expr, expr_case_map(&c, "{'a':{'N':'1'},'b':{'N':'2'}}"), &c.arena,
                                 &after, &c.err),
                     ST_OK);
    expr_case_assert_map(&c, after, "{'a':{'N':'2'},'n':{'N':'5'}}");
    expr_case_end(&c);
    support_mem_check();
}

static void test_expr_build__a_projection(void **state)
{
    (void)state;
    struct expr_case c;
    struct expr_build *b = begin(&c, EXPR_PROJECTION);
    const struct expr *expr = NULL;
    struct value picked = {0};
    expr_build_target(b, EXPR_PICK);
    path(b, "b");
    expr_build_target_end(b);
    expr_build_target(b, EXPR_PICK);
    path(b, "a");
    expr_build_target_end(b);
    assert_int_equal(expr_build_end(b, &expr, &c.err), ST_OK);
    const struct value map = expr_case_map(&c, "{'a':{'N':'1'},'b':{'N':'2'},'c':{'N':'3'}}");
    assert_int_equal(expr_project(expr, map, &c.arena, &picked), ST_OK);
    expr_case_assert_map(&c, picked, "{'a':{'N':'1'},'b':{'N':'2'}}");
    expr_case_end(&c);
    support_mem_check();
}

static void test_expr_build__a_key_condition_is_matched(void **state)
{
    (void)state;
    static const struct expr_key_schema schema = {.partition = {{(const uint8_t *)"pk", 2}},
                                                  .partition_count = 1};
    struct expr_case c;
    struct expr_build *b = begin(&c, EXPR_KEY_CONDITION);
    const struct expr *expr = NULL;
    struct expr_key_range range = {0};
    equals(&c, b, "pk", "7");
    assert_int_equal(expr_build_end(b, &expr, &c.err), ST_OK);
    assert_int_equal(expr_key_range(expr, &schema, &range, &c.err), ST_OK);
    assert_true(value_eq(range.partition[0], number_of(&c, "7")));
    expr_case_end(&c);
    support_mem_check();
}

static void test_expr_build__refusals_name_no_parameter(void **state)
{
    (void)state;
    struct expr_case c;
    struct expr_build *b = begin(&c, EXPR_CONDITION);
    const struct expr *expr = NULL;
    expr_build_test(b, CODE_OP_ATTRIBUTE_EXISTS);
    expr_build_test_end(b);
    assert_int_equal(expr_build_end(b, &expr, &c.err), ST_VALIDATION);
    support_assert_text(error_text(&c.err),
                        "Incorrect number of operands for operator or function; operator or "
                        "function: attribute_exists, number of operands: 0");
    assert_null(expr);
    expr_case_end(&c);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expr_build__parts_are_joined),
        cmocka_unit_test(test_expr_build__calls_and_paths),
        cmocka_unit_test(test_expr_build__every_section_of_an_update),
        cmocka_unit_test(test_expr_build__a_projection),
        cmocka_unit_test(test_expr_build__a_key_condition_is_matched),
        cmocka_unit_test(test_expr_build__refusals_name_no_parameter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
