/* update_test.c -- what updates make of an item: tables of an expression, its values, the item
 * before, and the item after or the message.
 */
#include "expr/expr_case.h"

#include <stdio.h>

struct effect {
    const char *text;
    const char *values;
    const char *before;
    const char *after;
};

/* Apply `text` to `before`; the status is in c->status, the result in *after. */
static void apply(struct expr_case *c, const char *text, const char *values, const char *before,
                  struct value *after)
{
    expr_case_begin(c);
    expr_case_scope(c, NULL, values);
    expr_case_bind(c, EXPR_UPDATE, text);
    expr_case_finish(c);
    expr_case_assert_ok(c);
    c->status = expr_update(c->expr, expr_case_map(c, before), &c->arena, after, &c->err);
}

static void check_effects(const struct effect *effects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct effect *e = &effects[i];
        struct expr_case c;
        struct value after = {0};
        apply(&c, e->text, e->values, e->before, &after);
        if (c.status != ST_OK)
            fail_msg("%s on %s: %.*s", e->text, e->before, SPAN_ARG(error_text(&c.err)));
        expr_case_assert_map(&c, after, e->after);

        struct buf stored; /* canonical: a stored item must accept it */
        buf_init(&stored, arena_mem(&c.arena), SIZE_MAX / 2);
        item_write(&stored, 1, after);
        if (!item_is_valid(buf_view(&stored))) fail_msg("%s makes an invalid item", e->text);
        expr_case_end(&c);
    }
    support_mem_check();
}

#define CHECK_EFFECTS(effects) check_effects((effects), ARRAY_COUNT(effects))

struct refusal {
    const char *text;
    const char *values;
    const char *before;
    const char *message;
};

static void check_refusals(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct refusal *r = &refusals[i];
        struct expr_case c;
        struct value after = {0};
        apply(&c, r->text, r->values, r->before, &after);
        if (c.status == ST_OK) fail_msg("%s on %s should be refused", r->text, r->before);
        assert_int_equal(c.status, ST_VALIDATION);
        support_assert_text(expr_case_text(&c), r->message);
        assert_int_equal(after.type, VALUE_NONE);
        expr_case_end(&c);
    }
    support_mem_check();
}

#define CHECK_REFUSALS(refusals) check_refusals((refusals), ARRAY_COUNT(refusals))

#define V7 "{':v':{'N':'7'}}"
#define VX "{':v':{'S':'x'}}"
#define MISSING "The provided expression refers to an attribute that does not exist in the item"
#define WRONG_TYPE "An operand in the update expression has an incorrect data type"
#define BAD_PATH "The document path provided in the update expression is invalid for update"

/* clang-format off */

static void test_update__set_writes_values_and_copies(void **state)
{
    (void)state;
    static const struct effect effects[] = {
        {"SET a = :v", V7, "{}", "{'a':{'N':'7'}}"},
        {"SET a = :v", V7, "{'a':{'S':'x'},'p':{'S':'k'}}", "{'a':{'N':'7'},'p':{'S':'k'}}"},
        {"SET z = :v, m = :v, a = :v", V7, "{'b':{'S':''},'n':{'S':''}}",
         "{'a':{'N':'7'},'b':{'S':''},'m':{'N':'7'},'n':{'S':''},'z':{'N':'7'}}"},
        {"SET b = a", NULL, "{'a':{'S':'x'}}", "{'a':{'S':'x'},'b':{'S':'x'}}"},
        {"SET a = a", NULL, "{'a':{'S':'x'}}", "{'a':{'S':'x'}}"},
        {"SET a = (:v)", V7, "{}", "{'a':{'N':'7'}}"},
        {"SET d = :v", "{':v':{'M':{}}}", "{}", "{'d':{'M':{}}}"},
    };
    CHECK_EFFECTS(effects);
}

static void test_update__actions_see_the_item_as_it_was(void **state)
{
    (void)state;
    static const struct effect effects[] = {
        {"SET a = b, b = a", NULL, "{'a':{'N':'1'},'b':{'N':'2'}}",
         "{'a':{'N':'2'},'b':{'N':'1'}}"},
        {"REMOVE a SET b = a", NULL, "{'a':{'N':'1'}}", "{'b':{'N':'1'}}"},
        {"SET b = a REMOVE a", NULL, "{'a':{'N':'1'}}", "{'b':{'N':'1'}}"},
        {"ADD a :v SET b = a", V7, "{'a':{'N':'1'}}", "{'a':{'N':'8'},'b':{'N':'1'}}"},
        {"SET m.a = m.b, m.b = m.a", NULL, "{'m':{'M':{'a':{'N':'1'},'b':{'N':'2'}}}}",
         "{'m':{'M':{'a':{'N':'2'},'b':{'N':'1'}}}}"},
    };
    CHECK_EFFECTS(effects);

    static const struct refusal refusals[] = {
        {"SET x = :v, y = x", V7, "{}", MISSING},
    };
    CHECK_REFUSALS(refusals);
}

static void test_update__sums_are_exact(void **state)
{
    (void)state;
    static const struct effect effects[] = {
        {"SET a = a + :v", V7, "{'a':{'N':'1'}}", "{'a':{'N':'8'}}"},
        {"SET a = :v - a", V7, "{'a':{'N':'10'}}", "{'a':{'N':'-3'}}"},
        {"SET b = a + a", NULL, "{'a':{'N':'0.1'}}", "{'a':{'N':'0.1'},'b':{'N':'0.2'}}"},
        {"SET b = :v - :v", V7, "{}", "{'b':{'N':'0'}}"},
        {"SET a = (a - :v)", V7, "{'a':{'N':'7'}}", "{'a':{'N':'0'}}"},
        {"SET a = (a) + (:v)", V7, "{'a':{'N':'7'}}", "{'a':{'N':'14'}}"},
        {"SET a = if_not_exists(a, :v) + :v", V7, "{}", "{'a':{'N':'14'}}"},
        {"SET a = if_not_exists(a, :v) + if_not_exists(b, a)", V7, "{'a':{'N':'1'}}",
         "{'a':{'N':'2'}}"},
        {"SET m.l[1].n = m.l[1].n + :v", V7,
         "{'m':{'M':{'l':{'L':[{'N':'0'},{'M':{'n':{'N':'1'}}}]}}}}",
         "{'m':{'M':{'l':{'L':[{'N':'0'},{'M':{'n':{'N':'8'}}}]}}}}"},
    };
    CHECK_EFFECTS(effects);

    static const struct refusal refusals[] = {
        {"SET a = b + :v", V7, "{'a':{'N':'1'}}", MISSING},
        {"SET a = a + :v", V7, "{'a':{'S':'1'}}", WRONG_TYPE},
        {"SET a = a + b", NULL, "{'a':{'N':'1'},'b':{'L':[]}}", WRONG_TYPE},
        {"SET a = list_append(:v, :v) + b", "{':v':{'L':[]}}", "{'b':{'N':'1'}}", WRONG_TYPE},
        {"SET a = a + a", NULL, "{'a':{'N':'9.9E+125'}}",
         "Number overflow. Attempting to store a number with magnitude larger than supported "
         "range"},
    };
    CHECK_REFUSALS(refusals);
}

static void test_update__if_not_exists_takes_the_first_that_is_there(void **state)
{
    (void)state;
    static const struct effect effects[] = {
        {"SET a = if_not_exists(a, :v)", V7, "{}", "{'a':{'N':'7'}}"},
        {"SET a = if_not_exists(a, :v)", V7, "{'a':{'NULL':true}}", "{'a':{'NULL':true}}"},
        {"SET b = if_not_exists(a, :v)", V7, "{'a':{'N':'1'}}", "{'a':{'N':'1'},'b':{'N':'1'}}"},
        {"SET x = if_not_exists(b, if_not_exists(a, :v))", V7, "{'a':{'N':'3'}}",
         "{'a':{'N':'3'},'x':{'N':'3'}}"},
        {"SET x = if_not_exists(b, if_not_exists(c, if_not_exists(m.q, :v)))", V7, "{}",
         "{'x':{'N':'7'}}"},
        {"SET x = if_not_exists(b, a)", NULL, "{'a':{'N':'3'}}", "{'a':{'N':'3'},'x':{'N':'3'}}"},
    };
    CHECK_EFFECTS(effects);

    static const struct refusal refusals[] = {
        {"SET x = if_not_exists(b, a)", NULL, "{}", MISSING},
    };
    CHECK_REFUSALS(refusals);
}

#define VL "{':v':{'L':[{'N':'7'},{'S':'x'}]}}"

static void test_update__list_append_joins_lists(void **state)
{
    (void)state;
    static const struct effect effects[] = {
        {"SET a = list_append(:v, :v)", VL, "{}",
         "{'a':{'L':[{'N':'7'},{'S':'x'},{'N':'7'},{'S':'x'}]}}"},
        {"SET a = list_append(a, :v)", VL, "{'a':{'L':[{'N':'1'}]}}",
         "{'a':{'L':[{'N':'1'},{'N':'7'},{'S':'x'}]}}"},
        {"SET a = list_append(:v, a)", VL, "{'a':{'L':[{'N':'1'}]}}",
         "{'a':{'L':[{'N':'7'},{'S':'x'},{'N':'1'}]}}"},
        {"SET a = list_append(if_not_exists(a, :e), :v)", "{':e':{'L':[]},':v':{'L':[{'N':'7'}]}}",
         "{}", "{'a':{'L':[{'N':'7'}]}}"},
        {"SET b = list_append(a, a)", NULL, "{'a':{'L':[{'N':'1'}]}}",
         "{'a':{'L':[{'N':'1'}]},'b':{'L':[{'N':'1'},{'N':'1'}]}}"},
        {"SET b = list_append(a, :v)", "{':v':{'L':[]}}", "{'a':{'L':[]}}",
         "{'a':{'L':[]},'b':{'L':[]}}"},
    };
    CHECK_EFFECTS(effects);

    static const struct refusal refusals[] = {
        {"SET a = list_append(b, :v)", VL, "{}", MISSING},
        {"SET a = list_append(:v, b)", VL, "{'b':{'N':'1'}}", WRONG_TYPE},
        {"SET a = list_append(:v, b)", VL, "{'b':{'SS':['1']}}", WRONG_TYPE},
    };
    CHECK_REFUSALS(refusals);
}

/* Five results of 1 MB each were made before there were too many. */
static void test_update__results_that_are_too_large_are_not_all_made(void **state)
{
    (void)state;
    enum { LONG = 390000, AROUND = 40, TAKEN_MAX = 6 << 20 };
    static char before[LONG + AROUND];
    struct expr_case c;
    struct value after = {0};
    const int begun = snprintf(before, AROUND, "{'a':{'L':[{'S':'");
    memset(before + begun, 'x', LONG);
    (void)snprintf(before + begun + LONG, AROUND - (size_t)begun, "'}]}}");
    apply(&c, "SET b = list_append(a, a), c = list_append(a, a), d = list_append(a, a), "
              "e = list_append(a, a), f = list_append(a, a), g = list_append(a, a)",
          NULL, before, &after);
    assert_int_equal(c.status, ST_VALIDATION);
    assert_true(span_eq(error_text(&c.err),
                        SPAN("Item size to update has exceeded the maximum allowed size")));
    print_message("%zu bytes\n", c.arena.taken);
    assert_true(c.arena.taken < TAKEN_MAX);
    expr_case_end(&c);
}

static void test_update__remove_takes_away_what_is_there(void **state)
{
    (void)state;
    static const struct effect effects[] = {
        {"REMOVE a", NULL, "{'a':{'N':'1'},'b':{'N':'2'}}", "{'b':{'N':'2'}}"},
        {"REMOVE c", NULL, "{'a':{'N':'1'}}", "{'a':{'N':'1'}}"},
        {"REMOVE a, b", NULL, "{'a':{'N':'1'},'b':{'N':'2'}}", "{}"},
        {"REMOVE a.b", NULL, "{'a':{'M':{'b':{'N':'1'}}}}", "{'a':{'M':{}}}"},
        {"REMOVE a.y", NULL, "{'a':{'M':{'b':{'N':'1'}}}}", "{'a':{'M':{'b':{'N':'1'}}}}"},
        {"REMOVE a[0]", NULL, "{'a':{'L':[{'N':'1'}]}}", "{'a':{'L':[]}}"},
        {"REMOVE a[17]", NULL, "{'a':{'L':[{'N':'1'}]}}", "{'a':{'L':[{'N':'1'}]}}"},
        {"REMOVE a[0], a[2]", NULL, "{'a':{'L':[{'N':'0'},{'N':'1'},{'N':'2'},{'N':'3'}]}}",
         "{'a':{'L':[{'N':'1'},{'N':'3'}]}}"},
        {"REMOVE a.c[1].x.y[1], a.c[1].q", NULL,
         "{'a':{'M':{'b':{'N':'3'},'c':{'L':[{'S':'hi'},{'M':{'q':{'N':'2'},"
         "'x':{'M':{'y':{'L':[{'N':'3'},{'N':'5'},{'N':'7'}]}}}}}]}}}}",
         "{'a':{'M':{'b':{'N':'3'},'c':{'L':[{'S':'hi'},{'M':{'x':{'M':{'y':{'L':[{'N':'3'},"
         "{'N':'7'}]}}}}}]}}}}"},
    };
    CHECK_EFFECTS(effects);
}

#define L3 "{'a':{'L':[{'N':'0'},{'N':'1'},{'N':'2'}]}}"

static void test_update__list_indexes_count_the_list_as_it_was(void **state)
{
    (void)state;
    static const struct effect effects[] = {
        {"SET a[1] = :v", V7, L3, "{'a':{'L':[{'N':'0'},{'N':'7'},{'N':'2'}]}}"},
        {"SET a[3] = :v", V7, L3, "{'a':{'L':[{'N':'0'},{'N':'1'},{'N':'2'},{'N':'7'}]}}"},
        {"SET a[99] = :v", V7, L3, "{'a':{'L':[{'N':'0'},{'N':'1'},{'N':'2'},{'N':'7'}]}}"},
        {"SET a[0] = :v", V7, "{'a':{'L':[]}}", "{'a':{'L':[{'N':'7'}]}}"},
        {"SET a[84] = :a, a[37] = :b, a[17] = :c", "{':a':{'S':'a'},':b':{'S':'b'},':c':{'S':'c'}}",
         L3, "{'a':{'L':[{'N':'0'},{'N':'1'},{'N':'2'},{'S':'c'},{'S':'b'},{'S':'a'}]}}"},
        {"REMOVE a[1] SET a[2] = :v", V7, L3, "{'a':{'L':[{'N':'0'},{'N':'7'}]}}"},
        {"SET a[2] = :v REMOVE a[1]", V7, L3, "{'a':{'L':[{'N':'0'},{'N':'7'}]}}"},
        {"SET a[9] = :v REMOVE a[0], a[1], a[2]", V7, L3, "{'a':{'L':[{'N':'7'}]}}"},
        {"SET a[1] = a[2], a[2] = a[1]", NULL, L3, "{'a':{'L':[{'N':'0'},{'N':'2'},{'N':'1'}]}}"},
        {"SET a[0][1] = :v", V7, "{'a':{'L':[{'L':[{'N':'1'},{'N':'2'}]}]}}",
         "{'a':{'L':[{'L':[{'N':'1'},{'N':'7'}]}]}}"},
    };
    CHECK_EFFECTS(effects);
}

static void test_update__nested_paths_change_only_their_leaf(void **state)
{
    (void)state;
    static const struct effect effects[] = {
        {"SET a.c = :v", V7, "{'a':{'M':{'b':{'N':'3'},'c':{'M':{'x':{'N':'1'}}}}}}",
         "{'a':{'M':{'b':{'N':'3'},'c':{'N':'7'}}}}"},
        {"SET a.b = :v, a.c.d = :v, b.x = :v REMOVE a.x, b.y", V7,
         "{'a':{'M':{'x':{'N':'3'},'y':{'N':'4'},'c':{'M':{'y':{'N':'3'}}}}},"
         "'b':{'M':{'x':{'N':'1'},'y':{'N':'2'}}}}",
         "{'a':{'M':{'y':{'N':'4'},'b':{'N':'7'},'c':{'M':{'y':{'N':'3'},'d':{'N':'7'}}}}},"
         "'b':{'M':{'x':{'N':'7'}}}}"},
        {"SET a.c[1].x.y[1] = :v", V7,
         "{'a':{'M':{'c':{'L':[{'S':'hi'},{'M':{'x':{'M':{'y':{'L':[{'N':'3'},{'N':'5'},"
         "{'N':'7'}]}}}}}]}}}}",
         "{'a':{'M':{'c':{'L':[{'S':'hi'},{'M':{'x':{'M':{'y':{'L':[{'N':'3'},{'N':'7'},"
         "{'N':'7'}]}}}}}]}}}}"},
    };
    CHECK_EFFECTS(effects);
}

static void test_update__a_path_needs_its_parent(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"SET a.c = :v", V7, "{'a':{'S':'hello'}}", BAD_PATH},
        {"SET b.c = :v", V7, "{'b':{'L':[{'S':'hi'}]}}", BAD_PATH},
        {"SET c.c = :v", V7, "{}", BAD_PATH},
        {"SET a.b.c = :v", V7, "{'a':{'M':{}}}", BAD_PATH},
        {"SET a[0] = :v", V7, "{'a':{'S':'hello'}}", BAD_PATH},
        {"SET a[0] = :v", V7, "{'a':{'M':{}}}", BAD_PATH},
        {"SET b[0] = :v", V7, "{}", BAD_PATH},
        {"SET a[5].b = :v", V7, "{'a':{'L':[]}}", BAD_PATH},
        {"REMOVE a.c", NULL, "{'a':{'S':'hello'}}", BAD_PATH},
        {"REMOVE c.c", NULL, "{}", BAD_PATH},
        {"REMOVE a[0]", NULL, "{'a':{'S':'hello'}}", BAD_PATH},
        {"ADD a.b :v", V7, "{}", BAD_PATH},
        {"DELETE a.b :v", "{':v':{'SS':['x']}}", "{}", BAD_PATH},
        {"SET a.b = c", NULL, "{}", MISSING},
    };
    CHECK_REFUSALS(refusals);
}

#define VSS "{':v':{'SS':['b','d','x']}}"

static void test_update__add_counts_and_unites(void **state)
{
    (void)state;
    static const struct effect effects[] = {
        {"ADD a :v", V7, "{'a':{'N':'3'}}", "{'a':{'N':'10'}}"},
        {"ADD a :v", V7, "{}", "{'a':{'N':'7'}}"},
        {"ADD a.b :v", V7, "{'a':{'M':{}}}", "{'a':{'M':{'b':{'N':'7'}}}}"},
        {"ADD a[0] :v", V7, "{'a':{'L':[{'N':'1'}]}}", "{'a':{'L':[{'N':'8'}]}}"},
        {"ADD a[5] :v", V7, "{'a':{'L':[{'N':'1'}]}}", "{'a':{'L':[{'N':'1'},{'N':'7'}]}}"},
        {"ADD a :v", VSS, "{'a':{'SS':['a','b','c']}}", "{'a':{'SS':['a','b','c','d','x']}}"},
        {"ADD a :v", VSS, "{}", "{'a':{'SS':['b','d','x']}}"},
        {"ADD a :v", "{':v':{'NS':['2','10']}}", "{'a':{'NS':['1','2']}}",
         "{'a':{'NS':['1','2','10']}}"},
        {"ADD a :v", "{':v':{'BS':['Yg==']}}", "{'a':{'BS':['YQ==']}}",
         "{'a':{'BS':['YQ==','Yg==']}}"},
    };
    CHECK_EFFECTS(effects);

    static const struct refusal refusals[] = {
        {"ADD a :v", V7, "{'a':{'S':'3'}}", WRONG_TYPE},
        {"ADD a :v", VSS, "{'a':{'NS':['3']}}", WRONG_TYPE},
        {"ADD a :v", VSS, "{'a':{'L':[{'S':'3'}]}}", WRONG_TYPE},
        {"ADD a :v", V7, "{'a':{'NULL':true}}", WRONG_TYPE},
    };
    CHECK_REFUSALS(refusals);
}

static void test_update__delete_takes_members_and_empty_sets_away(void **state)
{
    (void)state;
    static const struct effect effects[] = {
        {"DELETE a :v", VSS, "{'a':{'SS':['a','b','c','d']}}", "{'a':{'SS':['a','c']}}"},
        {"DELETE a :v", VSS, "{'a':{'SS':['b','d']},'p':{'N':'1'}}", "{'p':{'N':'1'}}"},
        {"DELETE a :v", VSS, "{'a':{'SS':['q']}}", "{'a':{'SS':['q']}}"},
        {"DELETE a :v", VSS, "{}", "{}"},
        {"DELETE a.b :v", VSS, "{'a':{'M':{'b':{'SS':['x']}}}}", "{'a':{'M':{}}}"},
        {"DELETE a :v", "{':v':{'NS':['1.0']}}", "{'a':{'NS':['1','2']}}", "{'a':{'NS':['2']}}"},
    };
    CHECK_EFFECTS(effects);

    static const struct refusal refusals[] = {
        {"DELETE a :v", VSS, "{'a':{'NS':['1']}}", WRONG_TYPE},
        {"DELETE a :v", VSS, "{'a':{'S':'x'}}", WRONG_TYPE},
    };
    CHECK_REFUSALS(refusals);
}

static void test_update__all_sections_work_together(void **state)
{
    (void)state;
    static const struct effect effects[] = {
        {"DELETE s :s ADD n :n REMOVE r SET a = :n", "{':s':{'SS':['x']},':n':{'N':'7'}}",
         "{'n':{'N':'1'},'r':{'S':''},'s':{'SS':['x','y']}}",
         "{'a':{'N':'7'},'n':{'N':'8'},'s':{'SS':['y']}}"},
    };
    CHECK_EFFECTS(effects);
}

/* clang-format on */

static void test_update__nesting_is_limited(void **state)
{
    (void)state;
    for (int deep = 30; deep <= 31; deep++) { /* within the item and `m`: 32 levels, 33 */
        char values[512];
        size_t length = 0;
        length += (size_t)snprintf(values, sizeof values, "{':v':");
        for (int i = 0; i < deep; i++)
            length += (size_t)snprintf(values + length, sizeof values - length, "{'L':[");
        length += (size_t)snprintf(values + length, sizeof values - length, "{'N':'1'}");
        for (int i = 0; i < deep; i++)
            length += (size_t)snprintf(values + length, sizeof values - length, "]}");
        snprintf(values + length, sizeof values - length, "}");
        struct expr_case c;
        struct value after = {0};
        apply(&c, "SET m.a = :v", values, "{'m':{'M':{}}}", &after);
        if (deep == 30) {
            expr_case_assert_ok(&c);
        } else {
            support_assert_text(expr_case_text(&c),
                                "Nesting Levels have exceeded supported limits: Attributes in the "
                                "item have nested levels beyond supported limit");
        }
        expr_case_end(&c);
    }
    support_mem_check();
}

static void test_update__remove_and_delete_alone_create_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool creates;
    } cases[] = {
        {"REMOVE a",             false},
        {"DELETE a :v",          false},
        {"REMOVE a DELETE b :v", false},
        {"REMOVE a ADD b :v",    true },
        {"SET a = :v",           true },
        {"ADD b :v",             true },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct expr_case c;
        expr_case_begin(&c);
        expr_case_scope(&c, NULL, "{':v':{'SS':['x']}}");
        expr_case_bind(&c, EXPR_UPDATE, cases[i].text);
        expr_case_assert_ok(&c);
        assert_int_equal(expr_update_creates(c.expr), cases[i].creates);
        expr_case_end(&c);
    }
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update__set_writes_values_and_copies),
        cmocka_unit_test(test_update__actions_see_the_item_as_it_was),
        cmocka_unit_test(test_update__sums_are_exact),
        cmocka_unit_test(test_update__if_not_exists_takes_the_first_that_is_there),
        cmocka_unit_test(test_update__list_append_joins_lists),
        cmocka_unit_test(test_update__results_that_are_too_large_are_not_all_made),
        cmocka_unit_test(test_update__remove_takes_away_what_is_there),
        cmocka_unit_test(test_update__list_indexes_count_the_list_as_it_was),
        cmocka_unit_test(test_update__nested_paths_change_only_their_leaf),
        cmocka_unit_test(test_update__a_path_needs_its_parent),
        cmocka_unit_test(test_update__add_counts_and_unites),
        cmocka_unit_test(test_update__delete_takes_members_and_empty_sets_away),
        cmocka_unit_test(test_update__all_sections_work_together),
        cmocka_unit_test(test_update__nesting_is_limited),
        cmocka_unit_test(test_update__remove_and_delete_alone_create_nothing),
    };
    return cmocka_run_group_tests_name("expr update", tests, NULL, NULL);
}
