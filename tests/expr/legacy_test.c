/* legacy_test.c -- parameters older than expressions: truth tables of all operators, what updates
 * make of an item, and what each refuses.
 */
#include "expr/expr_case.h"

#include <stdio.h>

#include "base/limits.h"

enum { TESTS_MAX = 8, VALUES_MAX = 128 };

/* One condition, its values written as {'1':…, '2':…}: the keys only give their order. */
struct entry {
    const char *name;
    expr_comparison comparison;
    const char *values;
};

static uint32_t read_values(struct expr_case *c, const char *json, struct value *out)
{
    const struct value map = expr_case_map(c, json != NULL ? json : "{}");
    struct value_cursor cursor = value_walk(map);
    struct span name = {0};
    uint32_t n = 0;
    while (n < VALUES_MAX && value_next_attribute(&cursor, &name, &out[n])) n++;
    assert_int_equal(n, value_count(map));
    return n;
}

/* Bind `count` entries; what happened is in c->status. */
static const struct expr *bind(struct expr_case *c, struct expr_legacy_tests asked,
                               const struct entry *entries)
{
    struct expr_legacy_test tests[TESTS_MAX];
    const struct expr *expr = NULL;
    assert_true(asked.count <= TESTS_MAX);
    for (uint32_t i = 0; i < asked.count; i++) {
        struct value *values = arena_new_array(&c->arena, VALUES_MAX, struct value);
        assert_non_null(values);
        const uint32_t n = read_values(c, entries[i].values, values);
        tests[i] =
            (struct expr_legacy_test){span_of(entries[i].name), entries[i].comparison, values, n};
    }
    asked.tests = tests;
    c->status = expr_legacy_condition(&asked, &c->arena, &expr, &c->err);
    return expr;
}

static bool holds(struct expr_legacy_tests asked, const struct entry *entries, const char *item)
{
    struct expr_case c;
    expr_case_begin(&c);
    const struct expr *expr = bind(&c, asked, entries);
    expr_case_assert_ok(&c);
    const struct item stored = {.attributes = expr_case_map(&c, item)};
    const bool result = expr_holds(expr, item != NULL ? &stored : NULL);
    expr_case_end(&c);
    return result;
}

/* ---- one condition on attribute a */

#define ITEM_NONE "{}"
#define ITEM_2 "{'a':{'N':'2'}}"
#define ITEM_B "{'a':{'S':'bcd'}}"
#define ITEM_BIN "{'a':{'B':'AQID'}}"
#define ITEM_NULL "{'a':{'NULL':true}}"
#define ITEM_NS "{'a':{'NS':['2','4']}}"
#define ITEM_SS "{'a':{'SS':['x','y']}}"
#define ITEM_L "{'a':{'L':[{'N':'2'},{'S':'x'},{'BOOL':true}]}}"
#define ITEM_M "{'a':{'M':{'k':{'N':'1'}}}}"

#define ONE_2 "{'1':{'N':'2'}}"
#define ONE_3 "{'1':{'N':'3'}}"
#define ONE_S2 "{'1':{'S':'2'}}"

struct truth {
    expr_comparison comparison;
    const char *values;
    const char *item; /* NULL: no such item */
    bool holds;
};

/* clang-format off */
static const struct truth truths[] = {
    {EXPR_COMPARE_EQ, ONE_2, ITEM_2, true},
    {EXPR_COMPARE_EQ, "{'1':{'N':'2.0'}}", ITEM_2, true},
    {EXPR_COMPARE_EQ, ONE_3, ITEM_2, false},
    {EXPR_COMPARE_EQ, ONE_S2, ITEM_2, false},
    {EXPR_COMPARE_EQ, ONE_2, ITEM_NONE, false},
    {EXPR_COMPARE_EQ, ONE_2, NULL, false},
    {EXPR_COMPARE_EQ, "{'1':{'NS':['4','2']}}", ITEM_NS, true},
    {EXPR_COMPARE_EQ, "{'1':{'NS':['4']}}", ITEM_NS, false},
    {EXPR_COMPARE_EQ, "{'1':{'M':{'k':{'N':'1'}}}}", ITEM_M, true},
    {EXPR_COMPARE_EQ, "{'1':{'L':[{'N':'2'},{'S':'x'},{'BOOL':true}]}}", ITEM_L, true},
    {EXPR_COMPARE_EQ, "{'1':{'NULL':true}}", ITEM_NULL, true},

    {EXPR_COMPARE_NE, ONE_3, ITEM_2, true},
    {EXPR_COMPARE_NE, ONE_2, ITEM_2, false},
    {EXPR_COMPARE_NE, ONE_S2, ITEM_2, true},
    {EXPR_COMPARE_NE, ONE_2, ITEM_NONE, true},
    {EXPR_COMPARE_NE, ONE_2, NULL, true},

    {EXPR_COMPARE_LE, ONE_2, ITEM_2, true},
    {EXPR_COMPARE_LE, "{'1':{'N':'1'}}", ITEM_2, false},
    {EXPR_COMPARE_LE, "{'1':{'S':'c'}}", ITEM_B, true},
    {EXPR_COMPARE_LE, ONE_S2, ITEM_2, false},
    {EXPR_COMPARE_LE, ONE_2, ITEM_NONE, false},
    {EXPR_COMPARE_LT, ONE_3, ITEM_2, true},
    {EXPR_COMPARE_LT, ONE_2, ITEM_2, false},
    {EXPR_COMPARE_LT, ONE_3, ITEM_NONE, false},
    {EXPR_COMPARE_GE, ONE_2, ITEM_2, true},
    {EXPR_COMPARE_GE, ONE_3, ITEM_2, false},
    {EXPR_COMPARE_GE, "{'1':{'B':'AQI='}}", ITEM_BIN, true},
    {EXPR_COMPARE_GE, ONE_2, ITEM_NONE, false},
    {EXPR_COMPARE_GT, "{'1':{'N':'1'}}", ITEM_2, true},
    {EXPR_COMPARE_GT, ONE_2, ITEM_2, false},
    {EXPR_COMPARE_GT, ONE_2, ITEM_NONE, false},

    {EXPR_COMPARE_NOT_NULL, NULL, ITEM_2, true},
    {EXPR_COMPARE_NOT_NULL, NULL, ITEM_NULL, true}, /* it asks for the attribute, not its type */
    {EXPR_COMPARE_NOT_NULL, NULL, ITEM_NONE, false},
    {EXPR_COMPARE_NOT_NULL, NULL, NULL, false},
    {EXPR_COMPARE_NULL, NULL, ITEM_2, false},
    {EXPR_COMPARE_NULL, NULL, ITEM_NULL, false},
    {EXPR_COMPARE_NULL, NULL, ITEM_NONE, true},
    {EXPR_COMPARE_NULL, NULL, NULL, true},

    {EXPR_COMPARE_CONTAINS, "{'1':{'S':'cd'}}", ITEM_B, true},
    {EXPR_COMPARE_CONTAINS, "{'1':{'S':'dc'}}", ITEM_B, false},
    {EXPR_COMPARE_CONTAINS, "{'1':{'N':'1'}}", ITEM_B, false},
    {EXPR_COMPARE_CONTAINS, "{'1':{'B':'AgM='}}", ITEM_BIN, true},
    {EXPR_COMPARE_CONTAINS, ONE_2, ITEM_NS, true},
    {EXPR_COMPARE_CONTAINS, ONE_3, ITEM_NS, false},
    {EXPR_COMPARE_CONTAINS, "{'1':{'S':'x'}}", ITEM_SS, true},
    {EXPR_COMPARE_CONTAINS, ONE_2, ITEM_L, true},
    {EXPR_COMPARE_CONTAINS, "{'1':{'BOOL':true}}", ITEM_L, true},
    {EXPR_COMPARE_CONTAINS, "{'1':{'NULL':true}}", ITEM_L, false},
    {EXPR_COMPARE_CONTAINS, "{'1':{'S':'k'}}", ITEM_M, false},
    {EXPR_COMPARE_CONTAINS, ONE_2, ITEM_NONE, false},

    {EXPR_COMPARE_NOT_CONTAINS, "{'1':{'S':'cd'}}", ITEM_B, false},
    {EXPR_COMPARE_NOT_CONTAINS, "{'1':{'S':'dc'}}", ITEM_B, true},
    {EXPR_COMPARE_NOT_CONTAINS, "{'1':{'N':'1'}}", ITEM_B, true},
    {EXPR_COMPARE_NOT_CONTAINS, ONE_3, ITEM_NS, true},
    {EXPR_COMPARE_NOT_CONTAINS, ONE_2, ITEM_NS, false},
    {EXPR_COMPARE_NOT_CONTAINS, ONE_3, ITEM_L, true},
    {EXPR_COMPARE_NOT_CONTAINS, ONE_2, ITEM_L, false},
    {EXPR_COMPARE_NOT_CONTAINS, ONE_2, ITEM_NONE, false}, /* unlike NE */
    {EXPR_COMPARE_NOT_CONTAINS, ONE_2, NULL, false},

    {EXPR_COMPARE_BEGINS_WITH, "{'1':{'S':'bc'}}", ITEM_B, true},
    {EXPR_COMPARE_BEGINS_WITH, "{'1':{'S':'cd'}}", ITEM_B, false},
    {EXPR_COMPARE_BEGINS_WITH, "{'1':{'B':'AQ=='}}", ITEM_BIN, true},
    {EXPR_COMPARE_BEGINS_WITH, ONE_S2, ITEM_2, false},
    {EXPR_COMPARE_BEGINS_WITH, ONE_S2, ITEM_NONE, false},

    {EXPR_COMPARE_IN, "{'1':{'N':'1'},'2':{'N':'2'}}", ITEM_2, true},
    {EXPR_COMPARE_IN, "{'1':{'N':'1'},'2':{'N':'3'}}", ITEM_2, false},
    {EXPR_COMPARE_IN, ONE_2, ITEM_2, true},
    {EXPR_COMPARE_IN, "{'1':{'N':'2'},'2':{'N':'4'}}", ITEM_NS, false},
    {EXPR_COMPARE_IN, ONE_2, ITEM_NONE, false},

    {EXPR_COMPARE_BETWEEN, "{'1':{'N':'2'},'2':{'N':'3'}}", ITEM_2, true},
    {EXPR_COMPARE_BETWEEN, "{'1':{'N':'1'},'2':{'N':'2'}}", ITEM_2, true},
    {EXPR_COMPARE_BETWEEN, "{'1':{'N':'2'},'2':{'N':'2'}}", ITEM_2, true},
    {EXPR_COMPARE_BETWEEN, "{'1':{'N':'3'},'2':{'N':'4'}}", ITEM_2, false},
    {EXPR_COMPARE_BETWEEN, "{'1':{'S':'1'},'2':{'S':'3'}}", ITEM_2, false},
    {EXPR_COMPARE_BETWEEN, "{'1':{'N':'0'},'2':{'N':'9'}}", ITEM_NONE, false},
};
/* clang-format on */

static void test_legacy__operators(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(truths); i++) {
        const struct truth *t = &truths[i];
        const struct entry entry = {"a", t->comparison, t->values};
        const struct expr_legacy_tests all = {.kind = EXPR_CONDITION, .count = 1};
        const struct expr_legacy_tests any = {.kind = EXPR_FILTER, .any = true, .count = 1};
        if (holds(all, &entry, t->item) != t->holds || holds(any, &entry, t->item) != t->holds)
            fail_msg("operator %d with %s on %s should be %d", t->comparison, t->values, t->item,
                     t->holds);
    }
    support_mem_check();
}

/* ---- several conditions */

/* All eight outcomes of three conditions, the middle one of two tests. */
static void test_legacy__and_needs_all_or_needs_one(void **state)
{
    (void)state;
    static const struct entry entries[] = {
        {"a", EXPR_COMPARE_EQ,           "{'1':{'N':'1'}}"},
        {"b", EXPR_COMPARE_NOT_CONTAINS, "{'1':{'S':'x'}}"},
        {"c", EXPR_COMPARE_NOT_NULL,     NULL             },
    };
    for (unsigned bits = 0; bits < 8; bits++) {
        const bool a = (bits & 1) != 0, b = (bits & 2) != 0, c = (bits & 4) != 0;
        char item[128];
        snprintf(item, sizeof item, "{'a':{'N':'%d'},'b':{'S':'%s'}%s}", a ? 1 : 2, b ? "y" : "x",
                 c ? ",'c':{'S':''}" : "");
        struct expr_legacy_tests asked = {.kind = EXPR_CONDITION, .count = ARRAY_COUNT(entries)};
        assert_int_equal(holds(asked, entries, item), a && b && c);
        asked.any = true;
        assert_int_equal(holds(asked, entries, item), a || b || c);
    }
    support_mem_check();
}

static void test_legacy__the_last_of_equal_names_counts(void **state)
{
    (void)state;
    static const struct entry entries[] = {
        {"a", EXPR_COMPARE_EQ,   "{'1':{'N':'1'}}"},
        {"b", EXPR_COMPARE_NULL, NULL             },
        {"a", EXPR_COMPARE_EQ,   "{'1':{'N':'2'}}"},
    };
    const struct expr_legacy_tests asked = {.kind = EXPR_FILTER, .count = ARRAY_COUNT(entries)};
    assert_true(holds(asked, entries, "{'a':{'N':'2'}}"));
    assert_false(holds(asked, entries, "{'a':{'N':'1'}}"));
    support_mem_check();
}

static void test_legacy__names_are_whole(void **state)
{
    (void)state;
    static const struct entry entry = {"a.b[0]", EXPR_COMPARE_EQ, "{'1':{'N':'1'}}"};
    const struct expr_legacy_tests asked = {.kind = EXPR_FILTER, .count = 1};
    assert_true(holds(asked, &entry, "{'a.b[0]':{'N':'1'}}"));
    assert_false(holds(asked, &entry, "{'a':{'M':{'b':{'L':[{'N':'1'}]}}}}"));
    support_mem_check();
}

/* ---- conditions refused */

#define INVALID "One or more parameter values were invalid: "
#define COUNT(word) INVALID "Invalid number of argument(s) for the " word " ComparisonOperator"
#define TYPE(word, type)                                                                           \
    INVALID "ComparisonOperator " word " is not valid for " type " AttributeValue type"
#define TWO_2 "{'1':{'N':'2'},'2':{'N':'2'}}"

/* clang-format off */
static const struct {
    expr_comparison comparison;
    const char *values;
    const char *message;
} refused[] = {
    {EXPR_COMPARE_EQ, NULL, COUNT("EQ")},
    {EXPR_COMPARE_EQ, TWO_2, COUNT("EQ")},
    {EXPR_COMPARE_NE, NULL, COUNT("NE")},
    {EXPR_COMPARE_NE, TWO_2, COUNT("NE")},
    {EXPR_COMPARE_LE, NULL, COUNT("LE")},
    {EXPR_COMPARE_LT, TWO_2, COUNT("LT")},
    {EXPR_COMPARE_GE, NULL, COUNT("GE")},
    {EXPR_COMPARE_GT, TWO_2, COUNT("GT")},
    {EXPR_COMPARE_NOT_NULL, ONE_2, COUNT("NOT_NULL")},
    {EXPR_COMPARE_NULL, ONE_2, COUNT("NULL")},
    {EXPR_COMPARE_CONTAINS, NULL, COUNT("CONTAINS")},
    {EXPR_COMPARE_NOT_CONTAINS, TWO_2, COUNT("NOT_CONTAINS")},
    {EXPR_COMPARE_BEGINS_WITH, NULL, COUNT("BEGINS_WITH")},
    {EXPR_COMPARE_IN, NULL, COUNT("IN")},
    {EXPR_COMPARE_BETWEEN, ONE_2, COUNT("BETWEEN")},
    {EXPR_COMPARE_BETWEEN, "{'1':{'N':'1'},'2':{'N':'2'},'3':{'N':'3'}}", COUNT("BETWEEN")},
    {EXPR_COMPARE_LT, "{'1':{'BOOL':true}}", TYPE("LT", "BOOL")},
    {EXPR_COMPARE_LE, "{'1':{'NULL':true}}", TYPE("LE", "NULL")},
    {EXPR_COMPARE_GT, "{'1':{'SS':['a']}}", TYPE("GT", "SS")},
    {EXPR_COMPARE_GE, "{'1':{'M':{}}}", TYPE("GE", "M")},
    {EXPR_COMPARE_IN, "{'1':{'L':[]}}", TYPE("IN", "L")},
    {EXPR_COMPARE_IN, "{'1':{'BOOL':true}}", TYPE("IN", "BOOL")},
    {EXPR_COMPARE_CONTAINS, "{'1':{'NS':['1']}}", TYPE("CONTAINS", "NS")},
    {EXPR_COMPARE_CONTAINS, "{'1':{'L':[]}}", TYPE("CONTAINS", "L")},
    {EXPR_COMPARE_NOT_CONTAINS, "{'1':{'M':{}}}", TYPE("NOT_CONTAINS", "M")},
    {EXPR_COMPARE_BEGINS_WITH, ONE_2, TYPE("BEGINS_WITH", "N")},
    {EXPR_COMPARE_BETWEEN, "{'1':{'BS':['YQ==']},'2':{'BS':['Yg==']}}", TYPE("BETWEEN", "BS")},
    {EXPR_COMPARE_IN, "{'1':{'N':'1'},'2':{'S':'1'}}",
     INVALID "AttributeValues inside AttributeValueList must be of same type"},
    {EXPR_COMPARE_BETWEEN, "{'1':{'S':'b'},'2':{'S':'a'}}",
     "The BETWEEN condition was provided a range where the lower bound is greater than the upper "
     "bound"},
};
/* clang-format on */

static void test_legacy__numbers_and_types_of_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
        const struct entry entry = {"a", refused[i].comparison, refused[i].values};
        struct expr_case c;
        expr_case_begin(&c);
        assert_null(bind(&c, (struct expr_legacy_tests){.kind = EXPR_FILTER, .count = 1}, &entry));
        assert_int_equal(c.status, ST_VALIDATION);
        support_assert_text(expr_case_text(&c), refused[i].message);
        expr_case_end(&c);
    }
    support_mem_check();
}

static void test_legacy__in_takes_more_than_an_expression(void **state)
{
    (void)state;
    struct expr_case c;
    struct value values[VALUES_MAX];
    expr_case_begin(&c);
    read_values(&c, ONE_3, &values[0]);
    for (size_t i = 1; i < VALUES_MAX; i++) values[i] = values[0];
    read_values(&c, ONE_2, &values[VALUES_MAX - 1]);
    const struct expr_legacy_test test = {SPAN("a"), EXPR_COMPARE_IN, values, VALUES_MAX};
    const struct expr_legacy_tests asked = {.kind = EXPR_FILTER, .tests = &test, .count = 1};
    const struct expr *expr = NULL;
    c.status = expr_legacy_condition(&asked, &c.arena, &expr, &c.err);
    expr_case_assert_ok(&c);
    const struct item item = {.attributes = expr_case_map(&c, ITEM_2)};
    assert_true(expr_holds(expr, &item));
    expr_case_end(&c);
    support_mem_check();
}

static bool is_in(struct expr_case *c, const struct expr *expr, int n)
{
    char map[64];
    (void)snprintf(map, sizeof map, "{'a':{'N':'%d'}}", n);
    const struct item item = {.attributes = expr_case_map(c, map)};
    return expr_holds(expr, &item);
}

/* Every third number from -150 to 147, given in no order, and one of them twice. */
static void test_legacy__in_finds_each_of_its_values(void **state)
{
    enum { COUNT = 100, STEP = 37 };
    (void)state;
    struct expr_case c;
    struct value values[COUNT + 1];
    expr_case_begin(&c);
    for (int i = 0; i <= COUNT; i++) {
        char value[64];
        (void)snprintf(value, sizeof value, "{'1':{'N':'%d'}}", i * STEP % COUNT * 3 - 150);
        read_values(&c, value, &values[i]);
    }
    const struct expr_legacy_test test = {SPAN("a"), EXPR_COMPARE_IN, values, COUNT + 1};
    const struct expr_legacy_tests asked = {.kind = EXPR_FILTER, .tests = &test, .count = 1};
    const struct expr *expr = NULL;
    c.status = expr_legacy_condition(&asked, &c.arena, &expr, &c.err);
    expr_case_assert_ok(&c);
    for (int n = -153; n <= 153; n++)
        assert_int_equal(is_in(&c, expr, n), n % 3 == 0 && n >= -150 && n < 150);
    expr_case_end(&c);
    support_mem_check();
}

/* As many names and values as code can count, and one more. */
static void test_legacy__too_many_values_are_refused(void **state)
{
    (void)state;
    static struct value values[LIMIT_LEGACY_OPERANDS];
    static const struct {
        uint32_t count;
        status status;
    } cases[] = {
        {LIMIT_LEGACY_OPERANDS - 2, ST_OK        },
        {LIMIT_LEGACY_OPERANDS - 1, ST_VALIDATION},
    };
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) values[i] = (struct value){VALUE_S, SPAN("x")};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct expr_case c;
        expr_case_begin(&c);
        const struct expr_legacy_test test = {SPAN("a"), EXPR_COMPARE_IN, values, cases[i].count};
        const struct expr_legacy_tests asked = {.kind = EXPR_FILTER, .tests = &test, .count = 1};
        const struct expr *expr = NULL;
        assert_int_equal(expr_legacy_condition(&asked, &c.arena, &expr, &c.err), cases[i].status);
        expr_case_end(&c);
    }
    support_mem_check();
}

/* ---- key conditions */

static status match(struct expr_case *c, const struct entry *entries, uint32_t count,
                    struct expr_key_range *out)
{
    static const struct expr_key_schema schema = {.partition = {{(const uint8_t *)"pk", 2}},
                                                  .sort = {{(const uint8_t *)"sk", 2}},
                                                  .partition_count = 1,
                                                  .sort_count = 1};
    expr_case_begin(c);
    const struct expr *expr =
        bind(c, (struct expr_legacy_tests){.kind = EXPR_KEY_CONDITION, .count = count}, entries);
    if (c->status == ST_OK) c->status = expr_key_range(expr, &schema, out, &c->err);
    return c->status;
}

#define PK                                                                                         \
    {                                                                                              \
        "pk", EXPR_COMPARE_EQ, "{'1':{'S':'p'}}"                                                   \
    }

static void test_legacy__key_conditions_are_ranges(void **state)
{
    (void)state;
    static const struct {
        expr_comparison comparison;
        const char *values;
        expr_sort_test test;
    } cases[] = {
        {EXPR_COMPARE_EQ,          ONE_2,                           EXPR_SORT_EQ         },
        {EXPR_COMPARE_LT,          ONE_2,                           EXPR_SORT_LT         },
        {EXPR_COMPARE_LE,          ONE_2,                           EXPR_SORT_LE         },
        {EXPR_COMPARE_GT,          ONE_2,                           EXPR_SORT_GT         },
        {EXPR_COMPARE_GE,          ONE_2,                           EXPR_SORT_GE         },
        {EXPR_COMPARE_BETWEEN,     "{'1':{'N':'2'},'2':{'N':'3'}}", EXPR_SORT_BETWEEN    },
        {EXPR_COMPARE_BEGINS_WITH, "{'1':{'S':'2'}}",               EXPR_SORT_BEGINS_WITH},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct entry entries[] = {
            {"sk", cases[i].comparison, cases[i].values},
            PK,
        };
        struct expr_case c;
        struct expr_key_range range = {0};
        assert_int_equal(match(&c, entries, 2, &range), ST_OK);
        assert_int_equal(range.test, cases[i].test);
        assert_true(span_eq(range.partition[0].body, SPAN("p")));
        struct value values[VALUES_MAX];
        const uint32_t n = read_values(&c, cases[i].values, values);
        assert_true(value_eq(range.low, values[0]));
        if (n == 2) assert_true(value_eq(range.high, values[1]));
        expr_case_end(&c);
    }
    support_mem_check();
}

#define NOT_INDEXABLE "Attempted conditional constraint is not an indexable operation"
#define ONE_OR_TWO "Conditions can be of length 1 or 2 only"

static void test_legacy__key_conditions_refused(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        uint32_t count;
        struct entry entries[3];
        const char *message;
    } cases[] = {
        {0, {{0}}, ONE_OR_TWO},
        {3, {PK, {"sk", EXPR_COMPARE_EQ, ONE_2}, {"x", EXPR_COMPARE_EQ, ONE_2}}, ONE_OR_TWO},
        {1, {{"pk", EXPR_COMPARE_NULL, NULL}}, NOT_INDEXABLE},
        {1, {{"pk", EXPR_COMPARE_NE, ONE_2}}, NOT_INDEXABLE},
        {1, {{"pk", EXPR_COMPARE_IN, ONE_2}}, NOT_INDEXABLE},
        {1, {{"pk", EXPR_COMPARE_NOT_CONTAINS, ONE_2}}, NOT_INDEXABLE},
        {2, {PK, {"sk", EXPR_COMPARE_NOT_NULL, NULL}}, NOT_INDEXABLE},
        {2, {PK, {"sk", EXPR_COMPARE_CONTAINS, ONE_2}}, NOT_INDEXABLE},
        {2, {PK, {"sk", EXPR_COMPARE_NOT_CONTAINS, ONE_2}}, NOT_INDEXABLE},
        {1, {{"pk", EXPR_COMPARE_GT, ONE_2}},
         "Query key condition not supported"},
        {1, {{"sk", EXPR_COMPARE_EQ, ONE_2}}, "Query condition missed key schema element: pk"},
        {2, {PK, {"x", EXPR_COMPARE_NULL, NULL}},
         "Query condition missed key schema element: sk"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct expr_case c;
        struct expr_key_range range = {0};
        assert_int_equal(match(&c, cases[i].entries, cases[i].count, &range), ST_VALIDATION);
        support_assert_text(expr_case_text(&c), cases[i].message);
        expr_case_end(&c);
    }
    support_mem_check();
}

/* ---- updates */

struct change {
    expr_action action;
    const char *value;  /* {'1':…} or NULL: none */
    const char *before; /* attribute a before, or NULL */
    const char *after;  /* and after; or the message */
};

static void apply(struct expr_case *c, const struct change *change, struct value *after)
{
    struct expr_legacy_action action = {.name = SPAN("a"), .action = change->action};
    const struct expr *expr = NULL;
    expr_case_begin(c);
    struct value values[VALUES_MAX] = {{0}};
    read_values(c, change->value, values);
    action.value = values[0];
    c->status = expr_legacy_update(&action, 1, &c->arena, &expr, &c->err);
    if (c->status != ST_OK) return;
    c->status = expr_update(expr, expr_case_map(c, change->before), &c->arena, after, &c->err);
}

#define K "'k':{'S':'k'}"
#define K_ONLY "{" K "}"

/* clang-format off */
static const struct change changes[] = {
    {EXPR_ACTION_PUT, ONE_2, K_ONLY, "{'a':{'N':'2'}," K "}"},
    {EXPR_ACTION_PUT, ONE_2, "{'a':{'S':'x'}," K "}", "{'a':{'N':'2'}," K "}"},
    {EXPR_ACTION_PUT, "{'1':{'M':{}}}", K_ONLY, "{'a':{'M':{}}," K "}"},
    {EXPR_ACTION_ADD, ONE_2, K_ONLY, "{'a':{'N':'2'}," K "}"},
    {EXPR_ACTION_ADD, ONE_2, "{'a':{'N':'-5'}," K "}", "{'a':{'N':'-3'}," K "}"},
    {EXPR_ACTION_ADD, "{'1':{'SS':['y','z']}}", "{'a':{'SS':['x','y']}," K "}",
     "{'a':{'SS':['x','y','z']}," K "}"},
    {EXPR_ACTION_ADD, "{'1':{'NS':['1']}}", K_ONLY, "{'a':{'NS':['1']}," K "}"},
    {EXPR_ACTION_ADD, "{'1':{'BS':['AQ==']}}", "{'a':{'BS':['Ag==']}," K "}",
     "{'a':{'BS':['AQ==','Ag==']}," K "}"},
    {EXPR_ACTION_ADD, "{'1':{'L':[{'S':'b'},{'N':'2'}]}}",
     "{'a':{'L':[{'S':'b'},{'N':'1'}]}," K "}",
     "{'a':{'L':[{'S':'b'},{'N':'1'},{'S':'b'},{'N':'2'}]}," K "}"},
    {EXPR_ACTION_ADD, "{'1':{'L':[{'S':'b'}]}}", K_ONLY, "{'a':{'L':[{'S':'b'}]}," K "}"},
    {EXPR_ACTION_DELETE, NULL, "{'a':{'L':[]}," K "}", K_ONLY},
    {EXPR_ACTION_DELETE, NULL, K_ONLY, K_ONLY},
    {EXPR_ACTION_DELETE, "{'1':{'SS':['x','q']}}", "{'a':{'SS':['x','y']}," K "}",
     "{'a':{'SS':['y']}," K "}"},
    {EXPR_ACTION_DELETE, "{'1':{'NS':['1','2']}}", "{'a':{'NS':['2']}," K "}", K_ONLY},
    {EXPR_ACTION_DELETE, "{'1':{'SS':['x']}}", K_ONLY, K_ONLY},
};

#define MISMATCH "Type mismatch for attribute to update"
#define NO_VALUE INVALID "Only DELETE action is allowed when no attribute value is specified"
#define NO_DELETE INVALID "DELETE action with value is not supported for the type "
#define NO_ADD INVALID "ADD action is not supported for the type "

static const struct change refused_changes[] = {
    {EXPR_ACTION_PUT, NULL, K_ONLY, NO_VALUE},
    {EXPR_ACTION_ADD, NULL, K_ONLY, NO_VALUE},
    {EXPR_ACTION_DELETE, "{'1':{'S':'x'}}", K_ONLY, NO_DELETE "S"},
    {EXPR_ACTION_DELETE, ONE_2, K_ONLY, NO_DELETE "N"},
    {EXPR_ACTION_DELETE, "{'1':{'L':[]}}", K_ONLY, NO_DELETE "L"},
    {EXPR_ACTION_ADD, "{'1':{'S':'x'}}", K_ONLY, NO_ADD "S"},
    {EXPR_ACTION_ADD, "{'1':{'B':'AQ=='}}", K_ONLY, NO_ADD "B"},
    {EXPR_ACTION_ADD, "{'1':{'NULL':true}}", K_ONLY, NO_ADD "NULL"},
    {EXPR_ACTION_ADD, "{'1':{'BOOL':true}}", K_ONLY, NO_ADD "BOOL"},
    {EXPR_ACTION_ADD, "{'1':{'M':{}}}", K_ONLY, NO_ADD "M"},
    {EXPR_ACTION_ADD, ONE_2, "{'a':{'S':'x'}}", MISMATCH},
    {EXPR_ACTION_ADD, "{'1':{'NS':['1']}}", "{'a':{'SS':['x']}}", MISMATCH},
    {EXPR_ACTION_ADD, "{'1':{'NS':['1']}}", "{'a':{'N':'1'}}", MISMATCH},
    {EXPR_ACTION_ADD, "{'1':{'L':[]}}", "{'a':{'SS':['x']}}", MISMATCH},
    {EXPR_ACTION_DELETE, "{'1':{'NS':['1']}}", "{'a':{'N':'1'}}", MISMATCH},
    {EXPR_ACTION_DELETE, "{'1':{'SS':['1']}}", "{'a':{'NS':['1']}}", MISMATCH},
    {EXPR_ACTION_ADD, "{'1':{'N':'9e125'}}", "{'a':{'N':'9e125'}}",
     "Number overflow. Attempting to store a number with magnitude larger than supported range"},
};
/* clang-format on */

static void test_legacy__actions(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
        struct expr_case c;
        struct value after = {0};
        apply(&c, &changes[i], &after);
        expr_case_assert_ok(&c);
        expr_case_assert_map(&c, after, changes[i].after);
        expr_case_end(&c);
    }
    support_mem_check();
}

static void test_legacy__actions_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(refused_changes); i++) {
        struct expr_case c;
        struct value after = {0};
        apply(&c, &refused_changes[i], &after);
        assert_int_equal(c.status, ST_VALIDATION);
        support_assert_text(expr_case_text(&c), refused_changes[i].after);
        expr_case_end(&c);
    }
    support_mem_check();
}

/* Several attributes, given out of order and one of them twice. */
static void test_legacy__an_update_of_several_attributes(void **state)
{
    (void)state;
    struct expr_case c;
    struct value v[VALUES_MAX], after = {0}, touched = {0};
    const struct expr *expr = NULL;
    expr_case_begin(&c);
    read_values(&c, "{'1':{'N':'1'},'2':{'N':'2'}}", v);
    const struct expr_legacy_action actions[] = {
        {SPAN("z"), EXPR_ACTION_PUT,    v[0]},
        {SPAN("b"), EXPR_ACTION_DELETE, {0} },
        {SPAN("z"), EXPR_ACTION_ADD,    v[1]},
        {SPAN("a"), EXPR_ACTION_PUT,    v[0]},
    };
    const struct value before = expr_case_map(&c, "{'b':{'S':'x'},'z':{'N':'40'}," K "}");
    c.status = expr_legacy_update(actions, ARRAY_COUNT(actions), &c.arena, &expr, &c.err);
    expr_case_assert_ok(&c);
    assert_true(expr_is_legacy(expr));
    assert_int_equal(expr_update(expr, before, &c.arena, &after, &c.err), ST_OK);
    expr_case_assert_map(&c, after, "{'a':{'N':'1'},'z':{'N':'42'}," K "}");
    assert_int_equal(expr_update_touched(expr, before, &c.arena, &touched), ST_OK);
    expr_case_assert_map(&c, touched, "{'b':{'S':'x'},'z':{'N':'40'}}");
    assert_true(expr_update_writes(expr, SPAN("b")));
    assert_false(expr_update_writes(expr, SPAN("k")));
    expr_case_end(&c);
    support_mem_check();
}

static void test_legacy__delete_alone_makes_no_item(void **state)
{
    (void)state;
    struct expr_case c;
    struct value v[VALUES_MAX];
    const struct expr *expr = NULL;
    expr_case_begin(&c);
    read_values(&c, "{'1':{'SS':['x']}}", v);
    const struct expr_legacy_action actions[] = {
        {SPAN("a"), EXPR_ACTION_DELETE, {0} },
        {SPAN("b"), EXPR_ACTION_DELETE, v[0]},
        {SPAN("c"), EXPR_ACTION_ADD,    v[0]},
    };
    assert_int_equal(expr_legacy_update(actions, 2, &c.arena, &expr, &c.err), ST_OK);
    assert_false(expr_update_creates(expr));
    assert_int_equal(expr_legacy_update(actions, 3, &c.arena, &expr, &c.err), ST_OK);
    assert_true(expr_update_creates(expr));
    expr_case_end(&c);
    support_mem_check();
}

/* ---- projections */

static void test_legacy__attributes_to_get(void **state)
{
    (void)state;
    struct expr_case c;
    struct value out = {0};
    const struct expr *expr = NULL;
    expr_case_begin(&c);
    const struct span names[] = {SPAN("z"), SPAN("m.k"), SPAN("gone"), SPAN("a")};
    c.status = expr_legacy_projection(names, ARRAY_COUNT(names), &c.arena, &expr, &c.err);
    expr_case_assert_ok(&c);
    const struct value item =
        expr_case_map(&c, "{'a':{'N':'1'},'m':{'M':{'k':{'N':'2'}}},'z':{'L':[]}," K "}");
    assert_int_equal(expr_project(expr, item, &c.arena, &out), ST_OK);
    expr_case_assert_map(&c, out, "{'a':{'N':'1'},'z':{'L':[]}}");

    const struct span twice[] = {SPAN("a"), SPAN("b"), SPAN("c"), SPAN("b"), SPAN("a")};
    c.status = expr_legacy_projection(twice, ARRAY_COUNT(twice), &c.arena, &expr, &c.err);
    assert_int_equal(c.status, ST_VALIDATION);
    support_assert_text(expr_case_text(&c), INVALID "Duplicate value in attribute name: b");
    expr_case_end(&c);
    support_mem_check();
}

/* ---- memory */

/* All three kinds in an arena of `bytes`. */
static status bind_all(size_t bytes)
{
    static const struct value value = {
        VALUE_S, {(const uint8_t *)"x", 1}
    };
    const struct expr_legacy_test test = {SPAN("a"), EXPR_COMPARE_NOT_CONTAINS, &value, 1};
    const struct expr_legacy_tests asked = {.kind = EXPR_FILTER, .tests = &test, .count = 1};
    const struct expr_legacy_action action = {SPAN("a"), EXPR_ACTION_PUT, value};
    const struct expr *expr = NULL;
    struct arena arena;
    arena_init(&arena, support_mem(), bytes);
    struct error err = error_in(&arena);
    status st = expr_legacy_condition(&asked, &arena, &expr, &err);
    if (st == ST_OK) st = expr_legacy_update(&action, 1, &arena, &expr, &err);
    if (st == ST_OK) st = expr_legacy_projection(&test.name, 1, &arena, &expr, &err);
    arena_deinit(&arena);
    return st;
}

/* However little an arena may hold: it is told so, until there is enough. */
static void test_legacy__memory_may_end_anywhere(void **state)
{
    (void)state;
    size_t bytes = 0;
    while (bind_all(bytes) == ST_NO_MEMORY) bytes += 8;
    assert_in_range(bytes, 512, 64 << 10);
    assert_int_equal(bind_all(bytes), ST_OK);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legacy__operators),
        cmocka_unit_test(test_legacy__and_needs_all_or_needs_one),
        cmocka_unit_test(test_legacy__the_last_of_equal_names_counts),
        cmocka_unit_test(test_legacy__names_are_whole),
        cmocka_unit_test(test_legacy__numbers_and_types_of_values),
        cmocka_unit_test(test_legacy__in_takes_more_than_an_expression),
        cmocka_unit_test(test_legacy__in_finds_each_of_its_values),
        cmocka_unit_test(test_legacy__too_many_values_are_refused),
        cmocka_unit_test(test_legacy__key_conditions_are_ranges),
        cmocka_unit_test(test_legacy__key_conditions_refused),
        cmocka_unit_test(test_legacy__actions),
        cmocka_unit_test(test_legacy__actions_refused),
        cmocka_unit_test(test_legacy__an_update_of_several_attributes),
        cmocka_unit_test(test_legacy__delete_alone_makes_no_item),
        cmocka_unit_test(test_legacy__attributes_to_get),
        cmocka_unit_test(test_legacy__memory_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
