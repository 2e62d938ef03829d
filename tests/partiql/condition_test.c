/* condition_test.c -- what WHERE holds for, and what it may not say.
 *
 * The item is always the same. What an operator makes of values is tested with expressions, which
 * have the same code; here it is asked which operator a text means.
 */
#include <stdio.h>

#include "partiql/partiql_case.h"

#define ITEM                                                                                       \
    "{'b':{'B':'YWI='},'flag':{'BOOL':true},'l':{'L':[{'S':'a'},{'N':'1'}]},'m':{'M':{'k l':{'S':" \
    "'x'},'sub':{'L':[{'N':'7'}]}}},'n':{'N':'5'},'nul':{'NULL':true},'pk':{'S':'p'},'s':{'S':"    \
    "'it~s'},'ss':{'SS':['a','b']}}"

#define TYPE_OF(op, type)                                                                          \
    "Incorrect operand type for operator or function; operator or function: " op ", operand "      \
    "type: " type

/* clang-format off */
static const struct {
    const char *where;
    bool holds;
} hold_cases[] = {
    {"pk = 'p'", true},
    {"pk <> 'p'", false},
    {"pk != 'q'", true},
    {"\"pk\" = 'p'", true},
    {"PK = 'p'", false},
    {"n = 5 AND n < 6 AND n <= 5 AND n > 4 AND n >= 5", true},
    {"5 = n AND 4 < n", true},
    {"n > -5", true},
    {"n>-5", true},
    {"n = - - 5", true},
    {"n > -/* c */-6", false},
    {"n = 5.0e0 AND n = .5e1 AND n = 50E-1 AND n = +5", true},
    {"n = 1 OR n = 5 AND pk = 'q'", false},
    {"(n = 1 OR n = 5) AND pk = 'p'", true},
    {"NOT n = 1", true},
    {"NOT NOT n = 1", false},
    {"NOT (n = 5 AND pk = 'q')", true},
    {"not n = 5 and pk = 'q'", false},
    {"n BETWEEN 5 AND 6 AND pk = 'p'", true},
    {"n NOT BETWEEN 5 AND 6", false},
    {"n BETWEEN - 2 AND +5 AND n IN [- 1, 5]", true},
    {"n IN [1, 5]", true},
    {"n IN (1, 5)", true},
    {"n IN <<1, 5>>", true},
    {"n NOT IN [1, 5]", false},
    {"n IN ['5']", false},
    {"nope IS MISSING", true},
    {"n IS MISSING", false},
    {"n IS NOT MISSING", true},
    {"nope IS NOT MISSING", false},
    {"nul IS NULL", true},
    {"n IS NULL", false},
    {"nope IS NULL", false},
    {"n IS NOT NULL", true},
    {"nul IS NOT NULL", false},
    {"flag IS BOOL AND flag IS BOOLEAN AND s IS STRING AND n IS NUMERIC", true},
    {"b IS BLOB AND m IS STRUCT AND m IS TUPLE AND l IS LIST", true},
    {"s IS BOOL", false},
    {"attribute_exists(n)", true},
    {"ATTRIBUTE_EXISTS(nope)", false},
    {"attribute_not_exists(nope) AND Attribute_Not_Exists (m.nope)", true},
    {"attribute_type(ss, 'SS')", true},
    {"begins_with(pk, 'p') AND NOT begins_with(pk, 'q')", true},
    {"contains(ss, 'a') AND contains(s, 't')", true},
    {"contains(ss, 'z')", false},
    {"size(ss) = 2 AND SIZE(s) > 3", true},
    {"m.\"k l\" = 'x' AND m.sub[0] = 7 AND l[1] = 1", true},
    {"m.sub[1] = 7", false},
    {"l = ['a', 1] AND m = {'sub': [7], 'k l': 'x'} AND ss = <<'b', 'a'>>", true},
    {"flag = true AND nul = NULL", true},
    {"flag = false", false},
    {"attribute_exists(n) = true", true},
    {"attribute_exists(nope) = false", true},
    {"true = attribute_exists(n)", true},
    {"attribute_exists(n) <> true", false},
    {"(n = 5 OR pk = 'x') = false", false},
    {"(n BETWEEN 0 AND 5) = true", true},
    {"NOT attribute_exists(n) = true", false},
    {"(attribute_exists(n) = true) = false", false},
    {"attribute_exists(n) = 1", false},
    {"attribute_exists(n) <> 1", true},
    {"attribute_exists(nope) IN [true, false]", true},
    {"attribute_exists(nope) IN [true]", false},
    {"attribute_exists(nope) IN ['x', false]", true},
    {"attribute_exists(n) NOT IN [1]", true},
    {"attribute_exists(n) = attribute_exists(pk)", true},
    {"attribute_exists(n) = attribute_exists(nope)", false},
    {"attribute_exists(nope) = attribute_exists(nix)", true},
    {"attribute_exists(n) = flag", true},
    {"flag = attribute_exists(nope)", false},
    {"attribute_exists(nope) <> flag", true},
    {"attribute_exists(n) = s", false},
    {"((((n = 5))))", true},
    {"(n) = (5)", true},
    {"n = 5 -- AND n = 6", true},
    {"year = 1 OR name = 2 OR data = 3 OR status IS MISSING", true},
};
/* clang-format on */

static void test_condition__holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(hold_cases); i++) {
        struct partiql_case c;
        char text[256];
        partiql_case_begin(&c);
        (void)snprintf(text, sizeof text, "SELECT * FROM ttt WHERE %s", hold_cases[i].where);
        partiql_case_parse(&c, text, NULL);
        partiql_case_assert_ok(&c, text);
        const struct item item = {.attributes = partiql_case_map(&c, ITEM)};
        if (expr_holds(c.statement.where, &item) != hold_cases[i].holds)
            fail_msg("%s", hold_cases[i].where);
        partiql_case_end(&c);
    }
    support_mem_check();
}

static void test_condition__parameters_stand_for_values(void **state)
{
    (void)state;
    struct partiql_case c;
    static const char text[] = "SELECT * FROM ttt WHERE pk = ? AND n IN [?, ?] AND b = ? AND '?' = "
                               "\"?\"";
    partiql_case_begin(&c);
    partiql_case_parse(&c, text, "{'1':{'S':'p'},'2':{'N':'4'},'3':{'N':'5'},'4':{'B':'YWI='}}");
    partiql_case_assert_ok(&c, text);
    assert_int_equal(c.statement.parameter_count, 4);
    struct item item = {.attributes = partiql_case_map(&c, ITEM)};
    assert_false(expr_holds(c.statement.where, &item));
    item.attributes = partiql_case_map(&c, "{'?':{'S':'?'},'b':{'B':'YWI='},'n':{'N':'5'},'pk':"
                                           "{'S':'p'}}");
    assert_true(expr_holds(c.statement.where, &item));
    partiql_case_end(&c);
    support_mem_check();
}

static void test_condition__refusals(void **state)
{
    (void)state;
    static const char in[] =
        "IN operator must have a left hand argument of type Variable Reference and right hand "
        "argument of type Seq with at least one member";
    /* clang-format off */
    static const struct {
        const char *where;
        const char *says;
    } cases[] = {
        {"pk", "WHERE clause must contain an expression that resolves to a boolean"},
        {"1", "WHERE clause must contain an expression that resolves to a boolean"},
        {"pk AND n = 5", "The arguments to AND/OR must be Expressions"},
        {"n = 5 OR 1", "The arguments to AND/OR must be Expressions"},
        {"NOT n", "The argument to NOT must be a Type or Expression"},
        {"n IN []", in},
        {"n IN 5", in},
        {"5 IN [5]", in},
        {"n < true", TYPE_OF("<", "BOOL")},
        {"n <= [1]", TYPE_OF("<=", "L")},
        {"n > NULL", TYPE_OF(">", "NULL")},
        {"n >= <<1>>", TYPE_OF(">=", "NS")},
        {"n BETWEEN true AND false", TYPE_OF("BETWEEN", "BOOL")},
        {"attribute_exists(n) > false", TYPE_OF(">", "BOOL")},
        {"(n = 5 OR n = 6) = (n = 7 OR n = 8)", TYPE_OF("=", "BOOL")},
        {"attribute_exists(n) IN [flag]", TYPE_OF("IN", "BOOL")},
        {"attribute_type(l, 1)", TYPE_OF("attribute_type", "N")},
        {"attribute_exists('ss')",
         "Operator or function requires a document path; operator or function: attribute_exists"},
        {"attribute_exists()",
         "Incorrect number of operands for operator or function; operator or function: "
         "attribute_exists, number of operands: 0"},
        {"attribute_exists(ss, ns)",
         "Incorrect number of operands for operator or function; operator or function: "
         "attribute_exists, number of operands: 2"},
        {"EXISTS(ss)", "Unrecognized function: exists at 1:25:6"},
        {"set_add(ss, <<'x'>>) = ss", "Unrecognized function: set_add at 1:25:7"},
        {"upper(s) = 'X'", "Unrecognized function: upper at 1:25:5"},
        {"size(size(s)) = 1",
         "The function is not allowed to be used this way in an expression; function: size"},
        {"n = n + 1", "Unsupported operator in Condition Expression. Operator: Plus"},
        {"n > -n", "Unsupported operator in Condition Expression. Operator: Neg"},
        {"s LIKE 'x%'", "Unsupported operator in Condition Expression. Operator: Like"},
        {"s IS INT",
         "Unsupported data type for IS operator: INT. Supported data types are [MISSING, NULL, "
         "BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]"},
        {"n = n",
         "The first operand must be distinct from the remaining operands for this operator or "
         "function; operator: =, first operand: [n]"},
        {"n BETWEEN 6 AND 5",
         "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
         "lower bound operand: AttributeValue: {N:6}, upper bound operand: AttributeValue: {N:5}"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "SELECT * FROM ttt WHERE %s", cases[i].where);
        partiql_case_assert_refused(text, NULL, NULL, cases[i].says);
    }
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_condition__holds),
        cmocka_unit_test(test_condition__parameters_stand_for_values),
        cmocka_unit_test(test_condition__refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
