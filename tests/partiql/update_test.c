/* update_test.c -- what SET and REMOVE make of an item.
 *
 * The item before is always the same; a case shows the attributes that are different afterwards.
 * Refusals that only an item can bring about are those of update expressions, and tested with them.
 */
#include <stdio.h>

#include "partiql/partiql_case.h"

#define BEFORE                                                                                     \
    "{'l':{'L':[{'S':'a'},{'S':'b'},{'S':'c'}]},'m':{'M':{'k':{'N':'1'},'s':{'SS':['x']}}},"       \
    "'n':{'N':'5'},'ns':{'NS':['1','2']},'pk':{'S':'p'},'ss':{'SS':['a','b']}}"

/* The item after `actions`, or what is wrong with them in *c. */
static struct value after(struct partiql_case *c, const char *actions, const char *parameters)
{
    char text[512];
    struct value out = {0};
    (void)snprintf(text, sizeof text, "UPDATE ttt %s WHERE pk = 'p'", actions);
    partiql_case_parse(c, text, parameters);
    partiql_case_plan(c, "pk S");
    if (c->status != ST_OK) return out;
    c->status =
        expr_update(c->statement.update, partiql_case_map(c, BEFORE), &c->arena, &out, &c->err);
    return out;
}

static void test_update__actions(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *actions;
        const char *parameters;
        const char *name; /* of the attribute that is looked at */
        const char *value; /* what it is then; NULL: nothing */
    } cases[] = {
        {"SET a = 'x'", NULL, "a", "{'S':'x'}"},
        {"SET a = 1, b = 2", NULL, "b", "{'N':'2'}"},
        {"SET a = 1 SET b = 2", NULL, "a", "{'N':'1'}"},
        {"SET a = {'g':[2020, 2018]}", NULL, "a",
         "{'M':{'g':{'L':[{'N':'2020'},{'N':'2018'}]}}}"},
        {"SET a = ?", "{'1':{'BS':['YQ==']}}", "a", "{'BS':['YQ==']}"},
        {"SET a = pk", NULL, "a", "{'S':'p'}"},
        {"SET n = n + 1", NULL, "n", "{'N':'6'}"},
        {"SET n = n-1", NULL, "n", "{'N':'4'}"},
        {"SET n = n - - 2", NULL, "n", "{'N':'7'}"},
        {"SET n = 10 - n", NULL, "n", "{'N':'5'}"},
        {"SET n = m.k + ?", "{'1':{'N':'0.5'}}", "n", "{'N':'1.5'}"},
        {"SET m.k = 'v'", NULL, "m", "{'M':{'k':{'S':'v'},'s':{'SS':['x']}}}"},
        {"SET m.\"new\" = [1]", NULL, "m",
         "{'M':{'k':{'N':'1'},'new':{'L':[{'N':'1'}]},'s':{'SS':['x']}}}"},
        {"SET l[1] = 'x'", NULL, "l", "{'L':[{'S':'a'},{'S':'x'},{'S':'c'}]}"},
        {"SET l[9] = 'x'", NULL, "l", "{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'S':'x'}]}"},
        {"SET l = list_append(l, ['d', 1])", NULL, "l",
         "{'L':[{'S':'a'},{'S':'b'},{'S':'c'},{'S':'d'},{'N':'1'}]}"},
        {"SET l = LIST_APPEND(['d'], l)", NULL, "l",
         "{'L':[{'S':'d'},{'S':'a'},{'S':'b'},{'S':'c'}]}"},
        {"SET ss = set_add(ss, <<'0', 'b'>>)", NULL, "ss", "{'SS':['0','a','b']}"},
        {"SET ss = SET_ADD(ss, ?)", "{'1':{'SS':['z']}}", "ss", "{'SS':['a','b','z']}"},
        {"SET m.s = set_add(m.s, <<'y'>>)", NULL, "m",
         "{'M':{'k':{'N':'1'},'s':{'SS':['x','y']}}}"},
        {"SET nss = set_add(nss, <<'x'>>)", NULL, "nss", "{'SS':['x']}"},
        {"SET ns = set_delete(ns, <<2, 7>>)", NULL, "ns", "{'NS':['1']}"},
        {"SET ss = set_delete(ss, <<'a', 'b'>>)", NULL, "ss", NULL},
        {"SET nss = set_delete(nss, <<'a'>>)", NULL, "nss", NULL},
        {"REMOVE n", NULL, "n", NULL},
        {"REMOVE l[1] REMOVE l[0]", NULL, "l", "{'L':[{'S':'c'}]}"},
        {"REMOVE m.k SET a = 1", NULL, "m", "{'M':{'s':{'SS':['x']}}}"},
        {"SET a = true SET b = NULL REMOVE ss", NULL, "b", "{'NULL':true}"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct partiql_case c;
        char json[256];
        struct value expected = {0};
        struct value found = {0};
        partiql_case_begin(&c);
        const struct value map = after(&c, cases[i].actions, cases[i].parameters);
        partiql_case_assert_ok(&c, cases[i].actions);
        (void)snprintf(json, sizeof json, "{'x':%s}",
                       cases[i].value == NULL ? "{'S':''}" : cases[i].value);
        assert_true(value_find(partiql_case_map(&c, json), SPAN("x"), &expected));
        const bool there = value_find(map, span_of(cases[i].name), &found);
        if (there != (cases[i].value != NULL)) fail_msg("%s", cases[i].actions);
        if (there && (found.type != expected.type || !value_eq(found, expected)))
            fail_msg("%s", cases[i].actions);
        partiql_case_end(&c);
    }
    support_mem_check();
}

static void assert_refused(const char *actions, const char *says)
{
    struct partiql_case c;
    partiql_case_begin(&c);
    (void)after(&c, actions, NULL);
    if (c.status == ST_OK) fail_msg("accepted: %s", actions);
    if (!span_eq(partiql_case_text(&c), span_of(says)))
        fail_msg("%s\n  says   %.*s\n  should %s", actions, SPAN_ARG(partiql_case_text(&c)), says);
    partiql_case_end(&c);
}

static void test_update__refusals(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *actions;
        const char *says;
    } cases[] = {
        {"SET t = set_add(ss, <<'x'>>)",
         "The first argument to SET_ADD must equal the assignment value at 1:20:7"},
        {"SET ss = set_add(<<'a'>>, <<'b'>>)",
         "The first argument to SET_ADD must equal the assignment value at 1:21:7"},
        {"SET ss = set_add(ss, 'x')",
         "The second argument to SET_ADD must be a value with type SET at 1:29:2"},
        {"SET \"ss\" = set_delete(\"ss\", ['x'])",
         "The second argument to SET_DELETE must be a value with type SET at 1:34:4"},
        {"\nSET BandMembers = set_add(BandMembers, 'x')",
         "The second argument to SET_ADD must be a value with type SET at 2:27:11"},
        {"SET ss = set_add(ss)", "SET_ADD must have exactly two arguments at 1:21:7"},
        {"SET ss = set_add(ss, <<'x'>>, <<'y'>>)",
         "SET_ADD must have exactly two arguments at 1:21:7"},
        {"SET ss = set_add(ss, <<'x', 'x'>>)",
         "One or more parameter values were invalid: Input collection [x, x] contains duplicates."},
        {"SET ss = set_add(ss, <<1>>)",
         "An operand in the update expression has an incorrect data type"},
        {"SET n = set_add(n, <<'x'>>)",
         "An operand in the update expression has an incorrect data type"},
        {"SET ss = set_delete(ss, <<1>>)",
         "An operand in the update expression has an incorrect data type"},
        {"SET n = 'a' + 1",
         "Incorrect operand type for operator or function; operator or function: +, operand type: "
         "S"},
        {"SET n = n - null",
         "Incorrect operand type for operator or function; operator or function: -, operand type: "
         "NULL"},
        {"SET n = n + [1]",
         "Incorrect operand type for operator or function; operator or function: +, operand type: "
         "L"},
        {"SET l = list_append(l, 1)",
         "Incorrect operand type for operator or function; operator or function: list_append, "
         "operand type: N"},
        {"SET l = list_append(l)",
         "Incorrect number of operands for operator or function; operator or function: "
         "list_append, number of operands: 1"},
        {"SET l = list_append()",
         "Incorrect number of operands for operator or function; operator or function: "
         "list_append, number of operands: 0"},
        {"SET a = if_not_exists(a, 1)", "Unrecognized function: if_not_exists at 1:20:13"},
        {"SET a = size(ss)", "Unrecognized function: size at 1:20:4"},
        {"SET a = (size(ss))", "Unrecognized function: size at 1:21:4"},
        {"SET a = 1 + ((size(ss)))", "Unrecognized function: size at 1:26:4"},
        {"SET l = list_append((size(ss)), l)", "Unrecognized function: size at 1:33:4"},
        {"SET a = b IS NULL", "IS operator is not supported in update expressions"},
        {"SET newlist[0] = 'x'",
         "The document path provided in the update expression is invalid for update"},
        {"SET a = nothing",
         "The provided expression refers to an attribute that does not exist in the item"},
        {"SET a = 1, a.b = 2",
         "Two document paths overlap with each other; must remove or rewrite one of these paths; "
         "path one: [a], path two: [a, b]"},
        {"SET n=n--1", "Where clause does not contain a mandatory equality on all key attributes"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) assert_refused(cases[i].actions, cases[i].says);
    support_mem_check();
}

/* One sign, behind a plain operand: what a function makes of an attribute is no number. */
static void test_update__signs_that_are_refused(void **state)
{
    (void)state;
#define NO_SIGN(name) "Unsupported operator in Update Expression. Operator: " name
    assert_refused("SET a = n + 1 + 1", NO_SIGN("Plus"));
    assert_refused("SET a = n - 1 - 1", NO_SIGN("Minus"));
    assert_refused("SET l = list_append(l, l) + 1", NO_SIGN("Plus"));
    assert_refused("SET ss = set_add(ss, <<'x'>>) + 1", NO_SIGN("Plus"));
    assert_refused("SET ss = set_delete(ss, <<'x'>>) - n", NO_SIGN("Minus"));
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_update__actions),
        cmocka_unit_test(test_update__refusals),
        cmocka_unit_test(test_update__signs_that_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
