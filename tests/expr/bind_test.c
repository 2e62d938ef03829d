/* bind_test.c -- what names and values can be wrong about: C9, C22 and the rest of expr_bind,
 * expr_scope_begin and expr_scope_finish, with DynamoDB's exact words.
 */
#include "expr/expr_case.h"

#include <stdio.h>

struct refusal {
    const char *text;
    const char *names;
    const char *values;
    const char *message; /* the whole of it */
};

static void check_refusal(expr_kind kind, const struct refusal *r, const char *message)
{
    struct expr_case c;
    expr_case_begin(&c);
    expr_case_scope(&c, r->names, r->values);
    expr_case_bind(&c, kind, r->text);
    expr_case_finish(&c);
    if (c.status == ST_OK) fail_msg("%s should be refused: %s", r->text, message);
    assert_int_equal(c.status, ST_VALIDATION);
    support_assert_text(expr_case_text(&c), message);
    expr_case_end(&c);
}

#define FILTER "Invalid FilterExpression: "
#define CONDITION "Invalid ConditionExpression: "

/* What a filter refuses, a condition refuses in the same words. */
static void check_refusals(expr_kind kind, const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_refusal(kind, &refusals[i], refusals[i].message);
        if (kind != EXPR_FILTER) continue;
        char message[512];
        snprintf(message, sizeof message, CONDITION "%s", refusals[i].message + strlen(FILTER));
        check_refusal(EXPR_CONDITION, &refusals[i], message);
    }
    support_mem_check();
}

#define CHECK_REFUSALS(kind, refusals) check_refusals((kind), (refusals), ARRAY_COUNT(refusals))

#define UPDATE "Invalid UpdateExpression: "
#define NO_NAME                                                                                    \
    "An expression attribute name used in the document path is not defined; "                      \
    "attribute name: "
#define NO_VALUE                                                                                   \
    "An expression attribute value used in expression is not defined; "                            \
    "attribute value: "
#define OPERANDS "Incorrect number of operands for operator or function; operator or function: "
#define TYPE "Incorrect operand type for operator or function; operator or function: "
#define DISTINCT                                                                                   \
    "The first operand must be distinct from the remaining operands for this "                     \
    "operator or function; operator: "
#define PATH "Operator or function requires a document path; operator or function: "

/* clang-format off */

static void test_bind__c22_undefined_placeholders_are_refused(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"#missing = :fv", NULL, "{':fv':{'S':'x'}}", FILTER NO_NAME "#missing"},
        {"attribute_exists(#Pictures.RearView, :a) and a=a", NULL, NULL,
         FILTER NO_NAME "#Pictures"},
        {"begins_with(Pictures.#RearView)", NULL, NULL, FILTER NO_NAME "#RearView"},
        {"(#P between :lo and :hi) and (#PC in (:cat1, :cat2))", NULL, NULL, FILTER NO_NAME "#P"},
        {"#4g > a", "{'#4':'a'}", NULL, FILTER NO_NAME "#4g"},
        {"(a)between(b.c[45].#d)and(:a)", NULL, NULL, FILTER NO_NAME "#d"},
        {"begins_with(:hello, #a, #b)", NULL, NULL, FILTER NO_VALUE ":hello"},
        {":a < :b", NULL, NULL, FILTER NO_VALUE ":a"},
        {":_ > a", NULL, "{':a':{'N':'1'}}", FILTER NO_VALUE ":_"},
        {"a = b OR c = :v", NULL, NULL, FILTER NO_VALUE ":v"},
    };
    CHECK_REFUSALS(EXPR_FILTER, refusals);

    static const struct refusal updates[] = {
        {"SET attr1 = :v", NULL, NULL, UPDATE NO_VALUE ":v"},
        {"SET #c = if_not_exists(:c)", NULL, NULL, UPDATE NO_NAME "#c"},
        {"SET a = if_not_exists(:c)", NULL, NULL, UPDATE NO_VALUE ":c"},
        {"SET a = #b", NULL, NULL, UPDATE NO_NAME "#b"},
        {"ADD a :v", NULL, NULL, UPDATE NO_VALUE ":v"},
    };
    CHECK_REFUSALS(EXPR_UPDATE, updates);

    static const struct refusal projections[] = {
        {"a.#b", "{'#c':'b'}", NULL, "Invalid ProjectionExpression: " NO_NAME "#b"},
    };
    CHECK_REFUSALS(EXPR_PROJECTION, projections);
}

static void test_bind__c22_unused_placeholders_are_refused(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"a = :v", "{'#unused':'x'}", "{':v':{'S':'x'}}",
         "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}"},
        {"a = :v", NULL, "{':v':{'S':'x'},':unused':{'S':'x'}}",
         "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}"},
        {"a = b", "{'#a':'a','#b':'b'}", NULL,
         "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}"},
        {"a = b", "{'#b':'b','#a':'a'}", "{':v':{'S':'x'}}",
         "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a, #b}"},
    };
    CHECK_REFUSALS(EXPR_CONDITION, refusals);
}

static void test_bind__c22_maps_of_placeholders_are_checked_before_any_expression(void **state)
{
    (void)state;
    static const char long_name[] =
        "{'#"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa':'a'}";
    static const struct refusal refusals[] = {
        {"", "{}", NULL, "ExpressionAttributeNames must not be empty"},
        {"", NULL, "{}", "ExpressionAttributeValues must not be empty"},
        {"", "{}", "{}", "ExpressionAttributeNames must not be empty"},
        {"", "{'a':'a'}", NULL,
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\""},
        {"", "{'#':'a'}", NULL,
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\""},
        {"", "{'#a-b':'a'}", NULL,
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#a-b\""},
        {"", "{':a':'a'}", NULL,
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \":a\""},
        {"", "{'#a':''}", NULL,
         "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a"},
        {"", long_name, NULL,
         "ExpressionAttributeNames contains invalid key: The expression attribute map contains a "
             "key that is too long; size of key: 260"},
        {"", NULL, "{'b':{'S':'a'}}",
         "ExpressionAttributeValues contains invalid key: Syntax error; key: \"b\""},
        {"", NULL, "{'':{'S':'a'}}",
         "ExpressionAttributeValues contains invalid key: Syntax error; key: \"\""},
        {"", "{'#a':'a'}", "{':a':{'S':'a'}}",
         "Invalid ConditionExpression: The expression can not be empty;"},
    };
    CHECK_REFUSALS(EXPR_CONDITION, refusals);
}

static void test_bind__c9_functions_take_their_number_of_operands(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"attribute_exists(things, a) and a=a", NULL, NULL,
         FILTER OPERANDS "attribute_exists, number of operands: 2"},
        {"attribute_not_exists(things, b)", NULL, NULL,
         FILTER OPERANDS "attribute_not_exists, number of operands: 2"},
        {"attribute_type(things)", NULL, NULL,
         FILTER OPERANDS "attribute_type, number of operands: 1"},
        {"begins_with(things)", NULL, NULL, FILTER OPERANDS "begins_with, number of operands: 1"},
        {"begins_with(things, size(a), b)", NULL, NULL,
         FILTER OPERANDS "begins_with, number of operands: 3"},
        {"contains(things)", NULL, NULL, FILTER OPERANDS "contains, number of operands: 1"},
        {"size(things, a) > b", NULL, NULL, FILTER OPERANDS "size, number of operands: 2"},
    };
    CHECK_REFUSALS(EXPR_FILTER, refusals);

    static const struct refusal updates[] = {
        {"set a = if_not_exists(c)", NULL, NULL,
         UPDATE OPERANDS "if_not_exists, number of operands: 1"},
        {"set a = list_append(c)", NULL, NULL,
         UPDATE OPERANDS "list_append, number of operands: 1"},
        {"set a = list_append(b, c, d)", NULL, NULL,
         UPDATE OPERANDS "list_append, number of operands: 3"},
    };
    CHECK_REFUSALS(EXPR_UPDATE, updates);
}

#define V_N "{':a':{'N':'1'}}"
#define V_BOOL "{':a':{'BOOL':true}}"
#define V_L "{':a':{'L':[]}}"

static void test_bind__c9_values_of_types_an_operator_never_takes_are_refused(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"a < :a", NULL, V_BOOL, FILTER TYPE "<, operand type: BOOL"},
        {":a <= a", NULL, V_L, FILTER TYPE "<=, operand type: L"},
        {"a > :a", NULL, "{':a':{'NULL':true}}", FILTER TYPE ">, operand type: NULL"},
        {"a >= :a", NULL, "{':a':{'SS':['x']}}", FILTER TYPE ">=, operand type: SS"},
        {"a < b OR a < :a", NULL, V_BOOL, FILTER TYPE "<, operand type: BOOL"},
        {"a BETWEEN :a AND b", NULL, "{':a':{'M':{}}}", FILTER TYPE "BETWEEN, operand type: M"},
        {":a BETWEEN b AND c", NULL, V_L, FILTER TYPE "BETWEEN, operand type: L"},
        {"attribute_type(a, size(a)) and a=:a", NULL, V_N,
         FILTER TYPE "attribute_type, operand type: N"},
        {"attribute_type(a, :a)", NULL, V_N, FILTER TYPE "attribute_type, operand type: N"},
        {"attribute_type(a, :a)", NULL, V_L, FILTER TYPE "attribute_type, operand type: L"},
        {"attribute_type(a, b)", NULL, NULL,
         FILTER TYPE "attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}"},
        {"attribute_type(a, :a)", NULL, "{':a':{'S':'DOG'}}",
         FILTER "Invalid attribute type name found; type: DOG, valid types: "
             "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
        {"begins_with(a, size(a)) and a=:a", NULL, V_N, FILTER TYPE "begins_with, operand type: N"},
        {"begins_with(a, :a)", NULL, V_N, FILTER TYPE "begins_with, operand type: N"},
        {"begins_with(:a, a)", NULL, V_BOOL, FILTER TYPE "begins_with, operand type: BOOL"},
        {"begins_with(a, :a)", NULL, "{':a':{'SS':['1']}}",
         FILTER TYPE "begins_with, operand type: SS"},
        {"size(size(a)) > :a", NULL, V_N, FILTER TYPE "size, operand type: N"},
        {"attribute_not_exists(size(:a))", NULL, V_N, FILTER TYPE "size, operand type: N"},
        {"size(:a) > a", NULL, V_BOOL, FILTER TYPE "size, operand type: BOOL"},
        {"size(:a) > a", NULL, "{':a':{'NULL':true}}", FILTER TYPE "size, operand type: NULL"},
        {"attribute_exists(:a) and a=a", NULL, V_N, FILTER PATH "attribute_exists"},
        {"attribute_not_exists(size(:a))", NULL, "{':a':{'S':'1'}}",
         FILTER PATH "attribute_not_exists"},
    };
    CHECK_REFUSALS(EXPR_FILTER, refusals);
}

static void test_bind__c9_an_attribute_is_not_compared_with_itself(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"a = a AND #a = b", "{'#a':'a'}", NULL, FILTER DISTINCT "=, first operand: [a]"},
        {"#a <> a", "{'#a':'a'}", NULL, FILTER DISTINCT "<>, first operand: [a]"},
        {"a > #a", "{'#a':'a'}", NULL, FILTER DISTINCT ">, first operand: [a]"},
        {"((a=a) OR (a=b))", NULL, NULL, FILTER DISTINCT "=, first operand: [a]"},
        {"contains(ab.bc[1].a, ab.bc[1].#a)", "{'#a':'a'}", NULL,
         FILTER DISTINCT "contains, first operand: [ab, bc, [1], a]"},
        {"attribute_type(ab.bc[1].#a, ab.bc[1].a)", "{'#a':'a'}", NULL,
         FILTER DISTINCT "attribute_type, first operand: [ab, bc, [1], a]"},
        {"begins_with(a, a)", NULL, NULL, FILTER DISTINCT "begins_with, first operand: [a]"},
        {"a IN (b, a)", NULL, NULL, FILTER DISTINCT "IN, first operand: [a]"},
        {"a BETWEEN b AND a", NULL, NULL, FILTER DISTINCT "BETWEEN, first operand: [a]"},
    };
    CHECK_REFUSALS(EXPR_FILTER, refusals);
    assert_true(expr_case_holds(EXPR_FILTER, ":a = :a AND size(a) = size(b)", V_N,
                                "{'a':{'S':'x'},'b':{'S':'y'}}"));
    support_mem_check();
}

#define KEY "Invalid KeyConditionExpression: The BETWEEN operator requires "

static void test_bind__c9_bounds_given_must_be_of_one_type_and_in_order(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"a between :b and :a", NULL, "{':a':{'S':'a'},':b':{'N':'1.0'}}",
         KEY "same data type for lower and upper bounds; lower bound operand: AttributeValue: "
             "{N:1}, upper bound operand: AttributeValue: {S:a}"},
        {"a between :b and :a", NULL, "{':a':{'S':'a'},':b':{'S':'b'}}",
         KEY "upper bound to be greater than or equal to lower bound; lower bound operand: "
             "AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}"},
        {"a between :b and :a", NULL, "{':a':{'B':'YWJj'},':b':{'B':'Yg=='}}",
         KEY "upper bound to be greater than or equal to lower bound; lower bound operand: "
             "AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=1 cap=1]}, upper bound operand: "
             "AttributeValue: {B:java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]}"},
    };
    CHECK_REFUSALS(EXPR_KEY_CONDITION, refusals);
}

#define OVERLAP(one, two)                                                                          \
    "Two document paths overlap with each other; must remove or rewrite one of these paths; "      \
    "path one: " one ", path two: " two
#define CONFLICT(one, two)                                                                         \
    "Two document paths conflict with each other; must remove or rewrite one of these paths; "     \
    "path one: " one ", path two: " two
#define V_V "{':v':{'N':'1'}}"

static void test_bind__paths_of_an_update_may_not_overlap(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"SET a = :v, a.b = :v", NULL, V_V, UPDATE OVERLAP("[a]", "[a, b]")},
        {"SET a.b = :v, a = :v", NULL, V_V, UPDATE OVERLAP("[a, b]", "[a]")},
        {"SET a = :v REMOVE a", NULL, V_V, UPDATE OVERLAP("[a]", "[a]")},
        {"SET #x = :v, #y = :v", "{'#x':'a','#y':'a'}", V_V, UPDATE OVERLAP("[a]", "[a]")},
        {"SET a[1][1] = :v, a[1] = :v", NULL, V_V, UPDATE OVERLAP("[a, [1], [1]]", "[a, [1]]")},
        {"SET b = :v, a.b.c = :v, c = :v, a.b = :v", NULL, V_V,
         UPDATE OVERLAP("[a, b, c]", "[a, b]")},
        {"set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)", "{'#c':'c'}", NULL,
         UPDATE OVERLAP("[c, [1], a]", "[c]")},
        {"set #c[3].#d = a, #c[3] = a", "{'#c':'c','#d':'[3]'}", NULL,
         UPDATE OVERLAP("[c, [3], [3]]", "[c, [3]]")},
        {"set #c[3].#d = a, #c.#d[3] = if_not_exists(a)", "{'#c':'c','#d':'[3]'}", NULL,
         UPDATE CONFLICT("[c, [3], [3]]", "[c, [3], [3]]")},
        {"remove a.#c set a[1] = #d", "{'#c':'c','#d':'d'}", NULL,
         UPDATE CONFLICT("[a, c]", "[a, [1]]")},
        {"SET a.b.c = :v, a.b[2] = :v", NULL, V_V, UPDATE CONFLICT("[a, b, c]", "[a, b, [2]]")},
    };
    CHECK_REFUSALS(EXPR_UPDATE, refusals);
}

#define PROJECTION "Invalid ProjectionExpression: "

static void test_bind__paths_of_a_projection_may_not_overlap(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"a, a", NULL, NULL, PROJECTION OVERLAP("[a]", "[a]")},
        {"a.b[0],a.b[0]", NULL, NULL, PROJECTION OVERLAP("[a, b, [0]]", "[a, b, [0]]")},
        {"a.b, a", NULL, NULL, PROJECTION OVERLAP("[a, b]", "[a]")},
        {"a, a.b[2].c", NULL, NULL, PROJECTION OVERLAP("[a]", "[a, b, [2], c]")},
        {"a.b.d.e, a.b", NULL, NULL, PROJECTION OVERLAP("[a, b, d, e]", "[a, b]")},
        {"a.b, a[1]", NULL, NULL, PROJECTION CONFLICT("[a, b]", "[a, [1]]")},
        {"a[1], a.b", NULL, NULL, PROJECTION CONFLICT("[a, [1]]", "[a, b]")},
    };
    CHECK_REFUSALS(EXPR_PROJECTION, refusals);

    static const char *const fine[] = {"a, b",       "a.b, a.c",    "a.b.d, a.b.e",
                                       "a[1], a[2]", "a.b, a.c[2]", "ab, a, abc, b.a"};
    for (size_t i = 0; i < ARRAY_COUNT(fine); i++) {
        struct expr_case c;
        expr_case_begin(&c);
        expr_case_scope(&c, NULL, NULL);
        expr_case_bind(&c, EXPR_PROJECTION, fine[i]);
        expr_case_assert_ok(&c);
        expr_case_end(&c);
    }
    support_mem_check();
}

#define ADD_TYPE(type)                                                                             \
    UPDATE "Incorrect operand type for operator or function; operator: ADD, operand type: " type   \
           ", typeSet: ALLOWED_FOR_ADD_OPERAND"
#define DELETE_TYPE(type)                                                                          \
    UPDATE "Incorrect operand type for operator or function; operator: DELETE, operand "           \
           "type: " type ", typeSet: ALLOWED_FOR_DELETE_OPERAND"

static void test_bind__updates_refuse_values_of_wrong_types(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"set b = list_append(:a, a), c = if_not_exists(a) add a.b :a", NULL, "{':a':{'S':'a'}}",
         ADD_TYPE("STRING")},
        {"add a.b :a", NULL, "{':a':{'NULL':true}}", ADD_TYPE("NULL")},
        {"add a.b :a", NULL, V_BOOL, ADD_TYPE("BOOLEAN")},
        {"add a.b :a", NULL, "{':a':{'B':'YQ=='}}", ADD_TYPE("BINARY")},
        {"add a.b :a", NULL, "{':a':{'M':{}}}", ADD_TYPE("MAP")},
        {"add a.b :a", NULL, V_L, ADD_TYPE("LIST")},
        {"delete a.b :a", NULL, "{':a':{'S':'a'}}", DELETE_TYPE("STRING")},
        {"delete a.b :a", NULL, V_N, DELETE_TYPE("NUMBER")},
        {"set a = list_append(:a, a)", NULL, "{':a':{'S':'a'}}",
         UPDATE TYPE "list_append, operand type: S"},
        {"set a = list_append(a, :a)", NULL, "{':a':{'SS':['a']}}",
         UPDATE TYPE "list_append, operand type: SS"},
        {"set a = a + :a", NULL, "{':a':{'S':'a'}}", UPDATE TYPE "+, operand type: S"},
        {"set a = :a - a", NULL, V_L, UPDATE TYPE "-, operand type: L"},
        {"set a = if_not_exists(:a, c)", NULL, V_N, UPDATE PATH "if_not_exists"},
        {"set a = if_not_exists(if_not_exists(a, b), c)", NULL, NULL, UPDATE PATH "if_not_exists"},
        {"set a = if_not_exists(b, b)", NULL, NULL,
         UPDATE DISTINCT "if_not_exists, first operand: [b]"},
    };
    CHECK_REFUSALS(EXPR_UPDATE, refusals);
}

static void test_bind__several_expressions_share_a_scope(void **state)
{
    (void)state;
    struct expr_case c;
    expr_case_begin(&c);
    expr_case_scope(&c, "{'#a':'a','#b':'b'}", "{':x':{'N':'1'},':y':{'N':'2'}}");
    expr_case_bind(&c, EXPR_UPDATE, "SET #a = :x");
    expr_case_bind(&c, EXPR_CONDITION, "#b = :y AND #a <> :x");
    expr_case_finish(&c);
    expr_case_assert_ok(&c);
    assert_true(expr_mentions(c.expr, SPAN("a")));
    assert_false(expr_mentions(c.expr, SPAN("c")));
    assert_false(expr_mentions_inside(c.expr, SPAN("a")));
    expr_case_end(&c);
    support_mem_check();
}

static void test_bind__many_names_and_values_are_found(void **state)
{
    (void)state;
    struct expr_case c;
    expr_case_begin(&c);
    expr_case_scope(&c, "{'#z':'1','#b':'2','#m':'3','#a':'4','#bb':'5','#_':'6','#0':'7'}",
                    "{':z':{'N':'1'},':b':{'N':'2'},':m':{'N':'3'},':a':{'N':'4'}}");
    expr_case_bind(&c, EXPR_CONDITION,
                   "#z = :z AND #b = :b AND #m = :m AND #a = :a AND attribute_exists(#bb) AND "
                   "attribute_exists(#_) AND attribute_exists(#0)");
    expr_case_finish(&c);
    expr_case_assert_ok(&c);
    const struct item item = {
        .attributes = expr_case_map(&c, "{'1':{'N':'1'},'2':{'N':'2'},'3':{'N':'3'},'4':{'N':'4'},"
                                        "'5':{'S':''},'6':{'S':''},'7':{'S':''}}")};
    assert_true(expr_holds(c.expr, &item));
    expr_case_end(&c);
    support_mem_check();
}

static void test_bind__mentions_and_writes_tell_paths_apart(void **state)
{
    (void)state;
    struct expr_case c;
    expr_case_begin(&c);
    expr_case_scope(&c, "{'#n':'named'}", "{':v':{'N':'1'}}");
    expr_case_bind(&c, EXPR_UPDATE, "SET a.b = if_not_exists(c[0], :v) REMOVE #n");
    expr_case_finish(&c);
    expr_case_assert_ok(&c);
    assert_true(expr_mentions(c.expr, SPAN("a")));
    assert_true(expr_mentions(c.expr, SPAN("c")));
    assert_true(expr_mentions(c.expr, SPAN("named")));
    assert_false(expr_mentions(c.expr, SPAN("b")));
    assert_true(expr_mentions_inside(c.expr, SPAN("a")));
    assert_true(expr_mentions_inside(c.expr, SPAN("c")));
    assert_false(expr_mentions_inside(c.expr, SPAN("named")));
    assert_true(expr_update_writes(c.expr, SPAN("a")));
    assert_true(expr_update_writes(c.expr, SPAN("named")));
    assert_false(expr_update_writes(c.expr, SPAN("c")));
    assert_true(expr_update_creates(c.expr));
    expr_case_end(&c);
    support_mem_check();
}

static void test_bind__an_update_tells_the_types_that_it_gives(void **state)
{
    struct expr_case c;
    (void)state;
    expr_case_begin(&c);
    expr_case_scope(&c, NULL, "{':n':{'N':'1'},':s':{'S':'s'}}");
    expr_case_bind(&c, EXPR_UPDATE,
                   "SET a = :s, b = b + :n, c = a, d.x = :s, e = if_not_exists(e, :s) ADD f :n");
    expr_case_finish(&c);
    expr_case_assert_ok(&c);
    assert_int_equal(expr_update_type(c.expr, SPAN("a")), VALUE_S);
    assert_int_equal(expr_update_type(c.expr, SPAN("b")), VALUE_N);
    assert_int_equal(expr_update_type(c.expr, SPAN("c")), VALUE_NONE);
    assert_int_equal(expr_update_type(c.expr, SPAN("d")), VALUE_NONE);
    assert_int_equal(expr_update_type(c.expr, SPAN("e")), VALUE_NONE);
    assert_int_equal(expr_update_type(c.expr, SPAN("f")), VALUE_N);
    assert_int_equal(expr_update_type(c.expr, SPAN("g")), VALUE_NONE);
    expr_case_end(&c);
    support_mem_check();
}

/* clang-format on */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bind__c22_undefined_placeholders_are_refused),
        cmocka_unit_test(test_bind__c22_unused_placeholders_are_refused),
        cmocka_unit_test(test_bind__c22_maps_of_placeholders_are_checked_before_any_expression),
        cmocka_unit_test(test_bind__c9_functions_take_their_number_of_operands),
        cmocka_unit_test(test_bind__c9_values_of_types_an_operator_never_takes_are_refused),
        cmocka_unit_test(test_bind__c9_an_attribute_is_not_compared_with_itself),
        cmocka_unit_test(test_bind__c9_bounds_given_must_be_of_one_type_and_in_order),
        cmocka_unit_test(test_bind__paths_of_an_update_may_not_overlap),
        cmocka_unit_test(test_bind__paths_of_a_projection_may_not_overlap),
        cmocka_unit_test(test_bind__updates_refuse_values_of_wrong_types),
        cmocka_unit_test(test_bind__several_expressions_share_a_scope),
        cmocka_unit_test(test_bind__many_names_and_values_are_found),
        cmocka_unit_test(test_bind__mentions_and_writes_tell_paths_apart),
        cmocka_unit_test(test_bind__an_update_tells_the_types_that_it_gives),
    };
    return cmocka_run_group_tests_name("expr bind", tests, NULL, NULL);
}
