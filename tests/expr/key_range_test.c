/* key_range_test.c -- key conditions: what they ask of a table's key, and what they may not say. */
#include "expr/expr_case.h"

static const struct expr_key_schema hash_only = {.partition = {{(const uint8_t *)"pk", 2}},
                                                 .partition_count = 1};
static const struct expr_key_schema composite = {.partition = {{(const uint8_t *)"pk", 2}},
                                                 .sort = {{(const uint8_t *)"sk", 2}},
                                                 .partition_count = 1,
                                                 .sort_count = 1};
static const struct expr_key_schema four = {
    .partition = {{(const uint8_t *)"p1", 2}, {(const uint8_t *)"p2", 2}},
    .sort = {{(const uint8_t *)"s1", 2}, {(const uint8_t *)"s2", 2}},
    .partition_count = 2,
    .sort_count = 2
};

#define VALUES "{':p':{'S':'p'},':s':{'N':'1'},':t':{'N':'2'}}"

static struct expr_key_range match(struct expr_case *c, const struct expr_key_schema *schema,
                                   const char *text, const char *values)
{
    struct expr_key_range range = {0};
    expr_case_begin(c);
    expr_case_scope(c, NULL, values);
    expr_case_bind(c, EXPR_KEY_CONDITION, text);
    expr_case_finish(c);
    if (c->status == ST_OK) c->status = expr_key_range(c->expr, schema, &range, &c->err);
    return range;
}

/* Is `v` the value {':x': …} called `name` in `values`? */
static void assert_is(struct expr_case *c, struct value v, const char *values, const char *name)
{
    struct value expected = {0};
    assert_true(value_find(expr_case_map(c, values), span_of(name), &expected));
    assert_true(value_eq(v, expected));
}

static void test_key_range__tests_on_the_sort_key(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        expr_sort_test test;
    } cases[] = {
        {"pk = :p AND sk = :s",     EXPR_SORT_EQ},
        {"pk = :p AND sk < :s",     EXPR_SORT_LT},
        {"pk = :p AND sk <= :s",    EXPR_SORT_LE},
        {"pk = :p AND sk > :s",     EXPR_SORT_GT},
        {"pk = :p AND sk >= :s",    EXPR_SORT_GE},
        {":p = pk AND :s = sk",     EXPR_SORT_EQ},
        {":p = pk AND :s < sk",     EXPR_SORT_GT},
        {":p = pk AND :s <= sk",    EXPR_SORT_GE},
        {":p = pk AND :s > sk",     EXPR_SORT_LT},
        {":p = pk AND :s >= sk",    EXPR_SORT_LE},
        {"sk = :s AND pk = :p",     EXPR_SORT_EQ},
        {"(pk = :p) AND (sk = :s)", EXPR_SORT_EQ},
        {"(pk = :p AND sk = :s)",   EXPR_SORT_EQ},
        {"(pk = :p AND (sk = :s))", EXPR_SORT_EQ},
        {"((sk=:s) AND (pk=:p))",   EXPR_SORT_EQ},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct expr_case c;
        static const char values[] = "{':p':{'S':'p'},':s':{'N':'1'}}";
        const struct expr_key_range range = match(&c, &composite, cases[i].text, values);
        expr_case_assert_ok(&c);
        assert_int_equal(range.test, cases[i].test);
        assert_is(&c, range.partition[0], values, ":p");
        assert_is(&c, range.low, values, ":s");
        assert_int_equal(range.sort_equal_count, 0);
        expr_case_end(&c);
    }
    support_mem_check();
}

static void test_key_range__partition_between_and_begins_with(void **state)
{
    (void)state;
    struct expr_case c;
    struct expr_key_range range = match(&c, &composite, "pk = :p", "{':p':{'S':'p'}}");
    expr_case_assert_ok(&c);
    assert_int_equal(range.test, EXPR_SORT_ANY);
    expr_case_end(&c);

    range = match(&c, &composite, "pk = :p AnD sk BeTwEeN :s aNd :t", VALUES);
    expr_case_assert_ok(&c);
    assert_int_equal(range.test, EXPR_SORT_BETWEEN);
    assert_is(&c, range.low, VALUES, ":s");
    assert_is(&c, range.high, VALUES, ":t");
    expr_case_end(&c);

    range = match(&c, &composite, "begins_with(sk, :p) AND pk = :p", "{':p':{'S':'p'}}");
    expr_case_assert_ok(&c);
    assert_int_equal(range.test, EXPR_SORT_BEGINS_WITH);
    assert_is(&c, range.low, "{':p':{'S':'p'}}", ":p");
    expr_case_end(&c);
    support_mem_check();
}

static void test_key_range__keys_of_many_parts(void **state)
{
    (void)state;
    struct expr_case c;
    static const char values[] = "{':a':{'N':'1'},':b':{'N':'2'},':c':{'N':'3'},':d':{'N':'4'}}";
    const struct expr_key_range range =
        match(&c, &four, "s2 > :d AND p2 = :b AND s1 = :c AND p1 = :a", values);
    expr_case_assert_ok(&c);
    assert_is(&c, range.partition[0], values, ":a");
    assert_is(&c, range.partition[1], values, ":b");
    assert_int_equal(range.sort_equal_count, 1);
    assert_is(&c, range.sort_equal[0], values, ":c");
    assert_int_equal(range.test, EXPR_SORT_GT);
    assert_is(&c, range.low, values, ":d");
    expr_case_end(&c);
    support_mem_check();
}

struct refusal {
    const struct expr_key_schema *schema;
    const char *text;
    const char *values;
    const char *message;
};

#define V1 "{':a':{'S':'x'}}"
#define V2 "{':a':{'S':'x'},':b':{'S':'y'}}"
#define OPERATOR "Invalid operator used in KeyConditionExpression: "
#define NESTED_CALL                                                                                \
    "Invalid KeyConditionExpression: KeyConditionExpressions cannot contain nested operations"
#define TWO_NAMES                                                                                  \
    "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
#define NESTED_PATH                                                                                \
    "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested "    \
    "attributes"
#define NO_KEY "Invalid condition in KeyConditionExpression: No key attribute specified"
#define TWICE                                                                                      \
    "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per " \
    "key"
#define NOT_FIRST(op)                                                                              \
    "Invalid condition in KeyConditionExpression: " op                                             \
    " operator must have the key attribute as its first operand"
#define MISSED "Query condition missed key schema element: "
#define TOO_MANY(conditions, attributes)                                                           \
    "The number of query conditions (" conditions ") exceeds the number of key attributes "        \
    "defined in the schema (" attributes ")"
#define UNSUPPORTED "Query key condition not supported"

/* clang-format off */

static void test_key_range__what_a_key_condition_may_not_say(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {&composite, "a > b and size(b) > c or a > c", NULL, OPERATOR "OR"},
        {&composite, "not a > b", NULL, OPERATOR "NOT"},
        {&composite, "a in (b, size(c), d)", NULL, OPERATOR "IN"},
        {&composite, "a <> b", NULL, OPERATOR "<>"},
        {&composite, "attribute_exists(a)", NULL, OPERATOR "attribute_exists"},
        {&composite, "attribute_not_exists(a)", NULL, OPERATOR "attribute_not_exists"},
        {&composite, "attribute_type(a, :a)", "{':a':{'S':'S'}}", OPERATOR "attribute_type"},
        {&composite, "contains(a.d, b)", NULL, OPERATOR "contains"},
        {&composite, ":a between size(b) and size(a) and b > :b", V2, NOT_FIRST("BETWEEN")},
        {&composite, "begins_with(:a, b) and a > :b", V2, NOT_FIRST("begins_with")},
        {&composite, "size(b) > a AND a.b > b AND b > c", NULL, NESTED_CALL},
        {&composite, "a > size(b.d)", NULL, NESTED_CALL},
        {&composite, "a between size(b) and size(a)", NULL, NESTED_CALL},
        {&composite, "b > a.b", NULL, TWO_NAMES},
        {&composite, "b between c[1] and d", NULL, TWO_NAMES},
        {&composite, "a between b and size(a)", NULL, TWO_NAMES},
        {&composite, "begins_with(a, b)", NULL, TWO_NAMES},
        {&composite, "b.d > a AND c.d > e.f", NULL, NESTED_PATH},
        {&composite, "b[0] > a", NULL, NESTED_PATH},
        {&composite, ":b > :a AND a < :b", "{':a':{'N':'1'},':b':{'N':'1'}}", NO_KEY},
        {&composite, ":a > b AND :a < :b", "{':a':{'N':'1'},':b':{'N':'1'}}", NO_KEY},
        {&composite, "b > :a AND b < :a and c = :a and d = :a", V1, TWICE},
        {&composite, "(a > :a and b > :a) and (b > :a and c > :a)", V1, TWICE},
        {&composite, "pk = :a AND pk = :a", V1, TWICE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        struct expr_case c;
        const struct refusal *r = &refusals[i];
        expr_case_begin(&c);
        expr_case_scope(&c, NULL, r->values);
        expr_case_bind(&c, EXPR_KEY_CONDITION, r->text);
        expr_case_assert_ok(&c); /* not before all placeholders are known to be used */
        expr_case_finish(&c);
        support_assert_text(expr_case_text(&c), r->message);
        expr_case_end(&c);
    }
    support_mem_check();
}

static void test_key_range__what_a_key_schema_does_not_answer(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {&composite, "sk = :a", V1, MISSED "pk"},
        {&composite, "attr1 = :a", V1, MISSED "pk"},
        {&composite, "pk = :a AND rest = :b", V2, MISSED "sk"},
        {&composite, "sk = :a AND rest = :b", V2, MISSED "pk"},
        {&composite, "pk = :a AND sk < :a AND rest < :b", V2, TOO_MANY("3", "2")},
        {&composite, "(a > :a and b > :a) and (c > :a and d > :a)", V1, TOO_MANY("4", "2")},
        {&composite, "pk > :a", V1, UNSUPPORTED},
        {&composite, "pk < :a AND sk = :b", V2, UNSUPPORTED},
        {&composite, ":a <= pk", V1, UNSUPPORTED},
        {&composite, "begins_with(pk, :a)", V1, UNSUPPORTED},
        {&composite, "pk between :a and :a", V1, UNSUPPORTED},
        {&hash_only, "pk = :a AND b = :a", V1, TOO_MANY("2", "1")},
        {&hash_only, "y = :a and z = :a", V1, TOO_MANY("2", "1")},
        {&hash_only, "y = :a", V1, MISSED "pk"},
        {&four, "p1 = :a", V1, MISSED "p2"},
        {&four, "p1 = :a AND p2 = :a AND s2 = :a", V1, MISSED "s1"},
        {&four, "p1 = :a AND p2 = :a AND s1 > :a AND s2 = :a", V1, UNSUPPORTED},
    };
    for (size_t i = 0; i < ARRAY_COUNT(refusals); i++) {
        struct expr_case c;
        const struct refusal *r = &refusals[i];
        (void)match(&c, r->schema, r->text, r->values);
        support_assert_text(expr_case_text(&c), r->message);
        expr_case_end(&c);
    }
    support_mem_check();
}

/* clang-format on */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_range__tests_on_the_sort_key),
        cmocka_unit_test(test_key_range__partition_between_and_begins_with),
        cmocka_unit_test(test_key_range__keys_of_many_parts),
        cmocka_unit_test(test_key_range__what_a_key_condition_may_not_say),
        cmocka_unit_test(test_key_range__what_a_key_schema_does_not_answer),
    };
    return cmocka_run_group_tests_name("expr key range", tests, NULL, NULL);
}
