/* project_test.c -- what projections pick, and what UPDATED_OLD and UPDATED_NEW show. */
#include "expr/expr_case.h"

struct picked {
    const char *text;
    const char *map;
    const char *picked;
};

#define ITEM                                                                                       \
    "{'a':{'M':{'b':{'L':[{'N':'2'},{'N':'4'},{'M':{'x':{'S':'hi'},'y':{'S':'yo'}}}]},"            \
    "'c':{'N':'5'}}},'b':{'S':'hello'},'p':{'S':'key'}}"

/* clang-format off */

static void test_project__picks_paths_inside_their_nesting(void **state)
{
    (void)state;
    static const struct picked cases[] = {
        {"a", ITEM,
         "{'a':{'M':{'b':{'L':[{'N':'2'},{'N':'4'},{'M':{'x':{'S':'hi'},'y':{'S':'yo'}}}]},"
         "'c':{'N':'5'}}}}"},
        {"p, b", ITEM, "{'b':{'S':'hello'},'p':{'S':'key'}}"},
        {"a.b[0]", ITEM, "{'a':{'M':{'b':{'L':[{'N':'2'}]}}}}"},
        {"a.b[2]", ITEM, "{'a':{'M':{'b':{'L':[{'M':{'x':{'S':'hi'},'y':{'S':'yo'}}}]}}}}"},
        {"a.b[2].y", ITEM, "{'a':{'M':{'b':{'L':[{'M':{'y':{'S':'yo'}}}]}}}}"},
        {"a.b[1], a.b[0]", ITEM, "{'a':{'M':{'b':{'L':[{'N':'2'},{'N':'4'}]}}}}"},
        {"a.b[0],a.c", ITEM, "{'a':{'M':{'b':{'L':[{'N':'2'}]},'c':{'N':'5'}}}}"},
        {"b,a.c", ITEM, "{'a':{'M':{'c':{'N':'5'}}},'b':{'S':'hello'}}"},
        {"a.x, a.b[0], x, a.b[3].x", ITEM, "{'a':{'M':{'b':{'L':[{'N':'2'}]}}}}"},
        {"a.b[2].x, a.b[0], a.b[7]", ITEM,
         "{'a':{'M':{'b':{'L':[{'N':'2'},{'M':{'x':{'S':'hi'}}}]}}}}"},
        {"x", ITEM, "{}"},
        {"a.b[3]", ITEM, "{}"},
        {"a.x", ITEM, "{}"},
        {"a.x.y", ITEM, "{}"},
        {"a.b.x", ITEM, "{}"},
        {"a[0]", ITEM, "{}"},
        {"a.b[0].x", ITEM, "{}"},
        {"a.b[0][0]", ITEM, "{}"},
        {"b.c", ITEM, "{}"},
        {"a", "{}", "{}"},
        {"a", "{'a':{'M':{}}}", "{'a':{'M':{}}}"},
        {"a.b", "{'a':{'M':{'b':{'L':[]}}}}", "{'a':{'M':{'b':{'L':[]}}}}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct expr_case c;
        struct value out = {0};
        expr_case_begin(&c);
        expr_case_scope(&c, NULL, NULL);
        expr_case_bind(&c, EXPR_PROJECTION, cases[i].text);
        expr_case_finish(&c);
        expr_case_assert_ok(&c);
        const struct value map = expr_case_map(&c, cases[i].map);
        assert_int_equal(expr_project(c.expr, map, &c.arena, &out), ST_OK);
        expr_case_assert_map(&c, out, cases[i].picked);
        expr_case_end(&c);
    }
    support_mem_check();
}

#define OLD                                                                                        \
    "{'a':{'M':{'b':{'S':'dog'},'c':{'L':[{'N':'1'},{'N':'2'},{'N':'3'}]}}},'d':{'S':'cat'}}"

static void test_project__an_update_touches_only_its_leaves(void **state)
{
    (void)state;
    static const struct picked cases[] = {
        /* update, map, UPDATED_x */
        {"SET a.b = :v", OLD, "{'a':{'M':{'b':{'S':'dog'}}}}"},
        {"SET a.c[1] = :v", OLD, "{'a':{'M':{'c':{'L':[{'N':'2'}]}}}}"},
        {"SET a.c[1] = :v, a.b = :v", OLD, "{'a':{'M':{'b':{'S':'dog'},'c':{'L':[{'N':'2'}]}}}}"},
        {"REMOVE a.c[1], a.c[3] SET d = :v", OLD,
         "{'a':{'M':{'c':{'L':[{'N':'2'}]}}},'d':{'S':'cat'}}"},
        {"SET a.x1 = :v", OLD, "{}"},
        {"SET a.c[100] = :v", OLD, "{}"},
        {"SET d = :v, e = a.b", OLD, "{'d':{'S':'cat'}}"},
        {"ADD n :v", OLD, "{}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct expr_case c;
        struct value out = {0};
        expr_case_begin(&c);
        expr_case_scope(&c, NULL, "{':v':{'N':'1'}}");
        expr_case_bind(&c, EXPR_UPDATE, cases[i].text);
        expr_case_finish(&c);
        expr_case_assert_ok(&c);
        const struct value map = expr_case_map(&c, cases[i].map);
        assert_int_equal(expr_update_touched(c.expr, map, &c.arena, &out), ST_OK);
        expr_case_assert_map(&c, out, cases[i].picked);
        expr_case_end(&c);
    }
    support_mem_check();
}

/* clang-format on */

static void test_project__a_placeholder_is_one_step_whatever_it_holds(void **state)
{
    (void)state;
    struct expr_case c;
    struct value out = {0};
    expr_case_begin(&c);
    expr_case_scope(&c, "{'#d':'a.b','#e':'[0]'}", NULL);
    expr_case_bind(&c, EXPR_PROJECTION, "#d, #e.#d");
    expr_case_finish(&c);
    expr_case_assert_ok(&c);
    const struct value map = expr_case_map(
        &c, "{'a':{'M':{'b':{'S':'no'}}},'a.b':{'S':'yes'},'[0]':{'M':{'a.b':{'N':'1'}}}}");
    assert_int_equal(expr_project(c.expr, map, &c.arena, &out), ST_OK);
    expr_case_assert_map(&c, out, "{'a.b':{'S':'yes'},'[0]':{'M':{'a.b':{'N':'1'}}}}");
    expr_case_end(&c);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_project__picks_paths_inside_their_nesting),
        cmocka_unit_test(test_project__an_update_touches_only_its_leaves),
        cmocka_unit_test(test_project__a_placeholder_is_one_step_whatever_it_holds),
    };
    return cmocka_run_group_tests_name("expr project", tests, NULL, NULL);
}
