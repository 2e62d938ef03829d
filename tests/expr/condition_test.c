/* condition_test.c -- what conditions and filters mean: the cases C1 to C23 of the product's list,
 * each for both kinds, as tables of an expression, its values, an item and the answer.
 */
#include "expr/expr_case.h"

#include <stdio.h>

static const expr_kind both_kinds[] = {EXPR_CONDITION, EXPR_FILTER};

struct truth {
    const char *text;
    const char *values;
    const char *item; /* NULL: there is none */
    bool holds;
};

static void check_truths(const struct truth *truths, size_t count)
{
    for (size_t k = 0; k < ARRAY_COUNT(both_kinds); k++) {
        for (size_t i = 0; i < count; i++) {
            const struct truth *t = &truths[i];
            if (expr_case_holds(both_kinds[k], t->text, t->values, t->item) != t->holds)
                fail_msg("%s with %s on %s should be %s", t->text, t->values ? t->values : "none",
                         t->item ? t->item : "no item", t->holds ? "true" : "false");
        }
    }
    support_mem_check();
}

#define CHECK_TRUTHS(truths) check_truths((truths), ARRAY_COUNT(truths))

#define V_ONE "{':v':{'N':'1'}}"
#define V_TEXT "{':v':{'S':'x'}}"

/* clang-format off */

static void test_condition__c1_no_item_is_an_empty_map(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"a = :v", V_ONE, NULL, false},
        {"a <> :v", V_ONE, NULL, true},
        {"attribute_not_exists(a)", NULL, NULL, true},
        {"NOT a < :v", V_ONE, NULL, true},
        {"a = :v", V_ONE, "{}", false},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c2_attribute_not_exists_holds_when_missing(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"attribute_not_exists(a)", NULL, NULL, true},
        {"attribute_not_exists(a)", NULL, "{'b':{'S':''}}", true},
        {"attribute_not_exists(a)", NULL, "{'a':{'S':''}}", false},
        {"attribute_not_exists(a.b)", NULL, "{'a':{'S':''}}", true},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c3_attribute_exists_fails_when_missing(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"attribute_exists(a)", NULL, NULL, false},
        {"attribute_exists(a)", NULL, "{'b':{'S':''}}", false},
        {"attribute_exists (a)", NULL, "{'a':{'S':''}}", true},
        {"attribute_exists(a.b[0])", NULL, "{'a':{'M':{'b':{'L':[{'N':'1'}]}}}}", true},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c4_null_is_there(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"attribute_exists(a)", NULL, "{'a':{'NULL':true}}", true},
        {"attribute_not_exists(a)", NULL, "{'a':{'NULL':true}}", false},
        {"a = :v", "{':v':{'NULL':true}}", "{'a':{'NULL':true}}", true},
        {"a = :v", "{':v':{'NULL':true}}", "{}", false},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c5_comparisons_of_a_missing_attribute_are_false(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"a = :v", V_ONE, "{}", false},
        {"a < :v", V_ONE, "{}", false},
        {"a <= :v", V_ONE, "{}", false},
        {"a > :v", V_ONE, "{}", false},
        {"a >= :v", V_ONE, "{}", false},
        {":v < a", V_ONE, "{}", false},
        {"a BETWEEN :v AND :v", V_ONE, "{}", false},
        {":v BETWEEN a AND b", V_ONE, "{}", false},
        {"a IN (:v)", V_ONE, "{}", false},
        {":v IN (a, b)", V_ONE, "{}", false},
        {"begins_with(a, :v)", V_TEXT, "{}", false},
        {"begins_with(:v, a)", V_TEXT, "{}", false},
        {"contains(a, :v)", V_TEXT, "{}", false},
        {"contains(:v, a)", V_TEXT, "{}", false},
        {"attribute_type(a, :v)", "{':v':{'S':'S'}}", "{}", false},
        {"size(a) = :v", V_ONE, "{}", false},
        {"size(a) >= :v", V_ONE, "{}", false},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c6_unequal_holds_when_missing(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"a <> :v", V_ONE, "{}", true},
        {":v <> a", V_ONE, "{}", true},
        {"size(a) <> :v", V_ONE, "{}", true},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c7_two_missing_are_not_equal_but_unequal(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"q = z", NULL, "{'a':{'N':'1'}}", false},
        {"q <> z", NULL, "{'a':{'N':'1'}}", true},
        {"q = z", NULL, NULL, false},
        {"q <> z", NULL, NULL, true},
        {"q < z", NULL, NULL, false},
        {"q >= z", NULL, NULL, false},
        {"q IN (z)", NULL, NULL, false},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c8_other_types_are_unequal_and_have_no_order(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"a = :v", V_ONE, "{'a':{'S':'1'}}", false},
        {"a <> :v", V_ONE, "{'a':{'S':'1'}}", true},
        {"a < :v", V_ONE, "{'a':{'S':'0'}}", false},
        {"a >= :v", V_ONE, "{'a':{'S':'2'}}", false},
        {"a BETWEEN :v AND :v", V_ONE, "{'a':{'S':'1'}}", false},
        {"a < :v", V_ONE, "{'a':{'L':[]}}", false},
        {"a < b", NULL, "{'a':{'BOOL':false},'b':{'BOOL':true}}", false},
        {"a < b", NULL, "{'a':{'L':[]},'b':{'L':[{'N':'1'}]}}", false},
        {"a = b", NULL, "{'a':{'SS':['1']},'b':{'NS':['1']}}", false},
        {":v < :w", "{':v':{'N':'1'},':w':{'S':'2'}}", "{}", false},
        {"a BETWEEN x AND y", NULL, "{'a':{'N':'2'},'x':{'S':'1'},'y':{'N':'3'}}", false},
        {"a BETWEEN x AND :v", "{':v':{'N':'1'}}", "{'a':{'N':'2'},'x':{'N':'3'}}", false},
        {"a IN (:v, :w)", "{':v':{'S':'dog'},':w':{'N':'7'}}", "{'a':{'N':'7.0'}}", true},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c10_text_functions_are_false_on_stored_numbers(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"begins_with(a, :v)", V_TEXT, "{'a':{'N':'1'}}", false},
        {"contains(a, :v)", V_TEXT, "{'a':{'N':'1'}}", false},
        {"begins_with(a, b)", NULL, "{'a':{'S':'12'},'b':{'N':'1'}}", false},
        {"begins_with(a, :v)", V_TEXT, "{'a':{'B':'eA=='}}", false},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c11_begins_with_is_bytewise(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"begins_with(a, :v)", "{':v':{'S':'he'}}", "{'a':{'S':'hello'}}", true},
        {"begins_with(a, :v)", "{':v':{'S':'hello'}}", "{'a':{'S':'hello'}}", true},
        {"begins_with(a, :v)", "{':v':{'S':''}}", "{'a':{'S':'hello'}}", true},
        {"begins_with(a, :v)", "{':v':{'S':''}}", "{'a':{'S':''}}", true},
        {"begins_with(a, :v)", "{':v':{'S':'hello!'}}", "{'a':{'S':'hello'}}", false},
        {"begins_with(a, :v)", "{':v':{'S':'He'}}", "{'a':{'S':'hello'}}", false},
        {"begins_with(a, :v)", "{':v':{'B':'YWI='}}", "{'a':{'B':'YWJj'}}", true},
        {"begins_with(a, :v)", "{':v':{'B':'YmM='}}", "{'a':{'B':'YWJj'}}", false},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c12_contains_finds_parts_members_and_elements(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"contains(a, :v)", "{':v':{'S':'ell'}}", "{'a':{'S':'hello'}}", true},
        {"contains(a, :v)", "{':v':{'S':''}}", "{'a':{'S':'hello'}}", true},
        {"contains(a, :v)", "{':v':{'S':'lo!'}}", "{'a':{'S':'hello'}}", false},
        {"contains(a, :v)", "{':v':{'B':'Yg=='}}", "{'a':{'B':'YWJj'}}", true},
        {"contains(a, :v)", "{':v':{'S':'b'}}", "{'a':{'B':'YWJj'}}", false},
        {"contains(a, :v)", "{':v':{'S':'b'}}", "{'a':{'SS':['a','b']}}", true},
        {"contains(a, :v)", "{':v':{'S':'c'}}", "{'a':{'SS':['a','b']}}", false},
        {"contains(a, :v)", "{':v':{'N':'2.0'}}", "{'a':{'NS':['1','2']}}", true},
        {"contains(a, :v)", "{':v':{'S':'2'}}", "{'a':{'NS':['1','2']}}", false},
        {"contains(a, :v)", "{':v':{'B':'Yg=='}}", "{'a':{'BS':['YQ==','Yg==']}}", true},
        {"contains(a, :v)", "{':v':{'N':'4'}}", "{'a':{'L':[{'S':'4'},{'N':'4'}]}}", true},
        {"contains(a, :v)", "{':v':{'N':'4'}}", "{'a':{'L':[{'S':'4'}]}}", false},
        {"contains(a, :v)", "{':v':{'NS':['2','1']}}", "{'a':{'L':[{'NS':['1','2']}]}}", true},
        {"contains(a, :v)", "{':v':{'L':[{'N':'3'}]}}", "{'a':{'L':[{'L':[{'N':'3'}]}]}}", true},
        {"contains(a, :v)", "{':v':{'NS':['1']}}", "{'a':{'NS':['1']}}", false},
        {"contains(a, :v)", "{':v':{'S':'k'}}", "{'a':{'M':{'k':{'S':'k'}}}}", false},
        {"contains(:v, a)", "{':v':{'S':'hello'}}", "{'a':{'S':'ell'}}", true},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c13_size_counts_bytes_or_elements(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"size(a) = :v", "{':v':{'N':'5'}}", "{'a':{'S':'hello'}}", true},
        {"size(a) = :v", "{':v':{'N':'2'}}", "{'a':{'S':'\xC3\xA9'}}", true},
        {"size(a) = :v", "{':v':{'N':'0'}}", "{'a':{'S':''}}", true},
        {"size(a) = :v", "{':v':{'N':'3'}}", "{'a':{'B':'YWJj'}}", true},
        {"size(a) = :v", "{':v':{'N':'2'}}", "{'a':{'SS':['a','b']}}", true},
        {"size(a) = :v", "{':v':{'N':'2'}}", "{'a':{'NS':['1','2']}}", true},
        {"size(a) = :v", "{':v':{'N':'1'}}", "{'a':{'BS':['YQ==']}}", true},
        {"size(a) = :v", "{':v':{'N':'3'}}", "{'a':{'L':[{'N':'1'},{'N':'2'},{'N':'3'}]}}", true},
        {"size(a) = :v", "{':v':{'N':'1'}}", "{'a':{'M':{'b':{'S':'long'}}}}", true},
        {"size(a) = :v", "{':v':{'N':'1'}}", "{'a':{'N':'1'}}", false},
        {"size(a) = :v", "{':v':{'N':'1'}}", "{'a':{'BOOL':true}}", false},
        {"size(a) = :v", "{':v':{'N':'1'}}", "{'a':{'NULL':true}}", false},
        {"size(a) = :v", V_TEXT, "{'a':{'S':'x'}}", false},
        {"size(a) <> :v", "{':v':{'N':'4'}}", "{'a':{'S':'hello'}}", true},
        {"size(a) < :v", "{':v':{'N':'5.5'}}", "{'a':{'S':'hello'}}", true},
        {"size(a) <= b", NULL, "{'a':{'S':'hello'},'b':{'N':'5'}}", true},
        {"size(a) > size(b)", NULL, "{'a':{'S':'hello'},'b':{'S':'hey'}}", true},
        {"size(:v) >= a", "{':v':{'S':'abc'}}", "{'a':{'N':'3'}}", true},
        {"size(a) BETWEEN size(b) AND :v", "{':v':{'N':'9'}}", "{'a':{'S':'22'},'b':{'S':'1'}}",
         true},
        {"size(a) IN (:v, size(b))", "{':v':{'N':'9'}}", "{'a':{'S':'22'},'b':{'S':'11'}}", true},
        {"(size(a)) = :v", "{':v':{'N':'5'}}", "{'a':{'S':'hello'}}", true},
        {"((size(a)) = :v)", "{':v':{'N':'5'}}", "{'a':{'S':'hello'}}", true},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c14_numbers_are_exact_decimals(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"a = :v", "{':v':{'N':'1.0'}}", "{'a':{'N':'1'}}", true},
        {"a = :v", "{':v':{'N':'1E0'}}", "{'a':{'N':'1'}}", true},
        {"a = :v", "{':v':{'N':'-0'}}", "{'a':{'N':'0'}}", true},
        {"a = :v", "{':v':{'N':'12345678901234567890123456789012345678'}}",
         "{'a':{'N':'12345678901234567890123456789012345679'}}", false},
        {"a > :v", "{':v':{'N':'12345678901234567890123456789012345678'}}",
         "{'a':{'N':'12345678901234567890123456789012345679'}}", true},
        {"a < :v", "{':v':{'N':'-9'}}", "{'a':{'N':'-10'}}", true},
        {"a < :v", "{':v':{'N':'10'}}", "{'a':{'N':'9'}}", true},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c16_text_orders_by_unsigned_bytes(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"a < :v", "{':v':{'S':'b'}}", "{'a':{'S':'a'}}", true},
        {"a < :v", "{':v':{'S':'a'}}", "{'a':{'S':'B'}}", true},
        {"a < :v", "{':v':{'S':'ab'}}", "{'a':{'S':'a'}}", true},
        {"a > :v", "{':v':{'S':'z'}}", "{'a':{'S':'\xC3\xA9'}}", true},
        {"a < :v", "{':v':{'B':'gA=='}}", "{'a':{'B':'fw=='}}", true},
        /* 7F < 80 */
        {"a BETWEEN :v AND :w", "{':v':{'B':'fg=='},':w':{'B':'gA=='}}", "{'a':{'B':'fw=='}}",
         true},
        {"a <= :v", "{':v':{'S':'a'}}", "{'a':{'S':'a'}}", true},
        {"a >= :v", "{':v':{'S':'a'}}", "{'a':{'S':'a'}}", true},
        {"a BETWEEN :v AND :v", "{':v':{'S':'a'}}", "{'a':{'S':'a'}}", true},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c17_sets_are_equal_in_any_order(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"a = :v", "{':v':{'SS':['b','a']}}", "{'a':{'SS':['a','b']}}", true},
        {"a = :v", "{':v':{'NS':['2','1.0']}}", "{'a':{'NS':['1','2']}}", true},
        {"a = :v", "{':v':{'BS':['Yg==','YQ==']}}", "{'a':{'BS':['YQ==','Yg==']}}", true},
        {"a <> :v", "{':v':{'SS':['b','a']}}", "{'a':{'SS':['a','b','c']}}", true},
        {"a = :v", "{':v':{'L':[{'N':'1'},{'N':'2'}]}}", "{'a':{'L':[{'N':'2'},{'N':'1'}]}}",
         false},
        {"a = :v", "{':v':{'M':{'x':{'N':'1'},'y':{'N':'2'}}}}",
         "{'a':{'M':{'y':{'N':'2'},'x':{'N':'1.0'}}}}", true},
    };
    CHECK_TRUTHS(truths);
}

#define NESTED "{'a':{'M':{'b':{'L':[{'N':'0'},{'N':'1'},{'M':{'c':{'S':'x'}}}]}}},'s':{'S':'t'}}"

static void test_condition__c18_paths_lead_inside_or_nowhere(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"a.b[2].c = :v", V_TEXT, NESTED, true},
        {"a . b [ 2 ] . c = :v", V_TEXT, NESTED, true},
        {"a.b[1] = :v", V_ONE, NESTED, true},
        {"attribute_exists(a.b[3])", NULL, NESTED, false},
        {"attribute_exists(a.x.c)", NULL, NESTED, false},
        {"attribute_exists(a[0])", NULL, NESTED, false},
        {"attribute_exists(a.b.c)", NULL, NESTED, false},
        {"attribute_exists(s.t)", NULL, NESTED, false},
        {"attribute_exists(s[0])", NULL, NESTED, false},
        {"attribute_exists(a.b[2147483647])", NULL, NESTED, false},
        {"a.b[1] < a.b[0]", NULL, NESTED, false},
        {"a.b[0] < a.b[1]", NULL, NESTED, true},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c19_attributes_compare_with_attributes(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"stop > start_", NULL, "{'start_':{'N':'1'},'stop':{'N':'2'}}", true},
        {"begins_with(a, c)", NULL, "{'a':{'S':'hello'},'c':{'S':'he'}}", true},
        {"begins_with(:v, a)", "{':v':{'S':'hello'}}", "{'a':{'S':'he'}}", true},
        {"contains(a, c)", NULL, "{'a':{'SS':['x','y']},'c':{'S':'y'}}", true},
        {"a BETWEEN b AND c", NULL, "{'a':{'N':'2'},'b':{'N':'1'},'c':{'N':'3'}}", true},
        {"a IN (b, c)", NULL, "{'a':{'N':'2'},'b':{'N':'1'},'c':{'N':'2'}}", true},
        {"attribute_type(:v, :w)", "{':v':{'N':'1'},':w':{'S':'N'}}", "{}", true},
    };
    CHECK_TRUTHS(truths);
}

/* t and f stand for conditions that hold and fail. */
#define T "a = a1"
#define F "a = b"
#define TF_ITEM "{'a':{'N':'1'},'a1':{'N':'1'},'b':{'N':'2'}}"

static void test_condition__c20_not_binds_before_and_before_or(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {T " OR " F " AND " F, NULL, TF_ITEM, true},
        {"(" T " OR " F ") AND " F, NULL, TF_ITEM, false},
        {F " AND " F " OR " T, NULL, TF_ITEM, true},
        {"NOT " T " AND " F, NULL, TF_ITEM, false},
        {"NOT (" T " AND " F ")", NULL, TF_ITEM, true},
        {"NOT " F " OR " F, NULL, TF_ITEM, true},
        {"NOT (" F " OR " T ")", NULL, TF_ITEM, false},
        {"NOT NOT " T, NULL, TF_ITEM, true},
        {"NOT NOT NOT " T, NULL, TF_ITEM, false},
        {"NOT (NOT (" T "))", NULL, TF_ITEM, true},
        {"a BETWEEN a1 AND b AND " T, NULL, TF_ITEM, true},
        {"NOT a BETWEEN a1 AND b", NULL, TF_ITEM, false},
        {"NOT a IN (b, a1) OR " F, NULL, TF_ITEM, false},
        {F " OR NOT (" F " OR NOT " T ") AND NOT " F, NULL, TF_ITEM, true},
        {"(" T " OR " F ") AND (" F " OR " T ")", NULL, TF_ITEM, true},
        {"NOT ((" T ") AND (" T "))", NULL, TF_ITEM, false},
        {"NOT attribute_exists(q) AND NOT attribute_exists(z)", NULL, TF_ITEM, true},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c21_keywords_in_any_case_and_blanks_anywhere(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {"a=a1 aNd NoT a=b", NULL, TF_ITEM, true},
        {"a=b oR a=a1", NULL, TF_ITEM, true},
        {"a BeTwEeN a1 AnD b", NULL, TF_ITEM, true},
        {"a iN(b,a1)", NULL, TF_ITEM, true},
        {" \t\n\r a\n=\ta1 ", NULL, TF_ITEM, true},
        {"attribute_not_exists (q)", NULL, TF_ITEM, true},
        {"attribute_not_exists\n( q )", NULL, TF_ITEM, true},
        {"(a) = (a1)", NULL, TF_ITEM, true},
        {"((a) = (a1))", NULL, TF_ITEM, true},
        {"(a = a1) OR (a = b)", NULL, TF_ITEM, true},
        {"((a = a1) AND a <> b)", NULL, TF_ITEM, true},
        {"(attribute_exists(a)) AND (attribute_exists((b)))", NULL, TF_ITEM, true},
        {"(a)between(a1)and(b)", NULL, TF_ITEM, true},
        {"a in ((a1))", NULL, TF_ITEM, true},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__c23_the_skipped_side_does_not_matter(void **state)
{
    (void)state;
    static const struct truth truths[] = {
        {T " OR q.x[3] = z", NULL, TF_ITEM, true},
        {F " AND q.x[3] <> z", NULL, TF_ITEM, false},
        {F " OR " F " OR " T " OR " F, NULL, TF_ITEM, true},
        {T " AND " T " AND " F " AND " T, NULL, TF_ITEM, false},
    };
    CHECK_TRUTHS(truths);
}

static void test_condition__attribute_type_tells_all_ten_types(void **state)
{
    (void)state;
    static const char *const types[] = {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"};
    static const char item[] =
        "{'S':{'S':''},'N':{'N':'1'},'B':{'B':''},'SS':{'SS':['a']},'NS':{'NS':['1']},"
        "'BS':{'BS':['']},'M':{'M':{}},'L':{'L':[]},'NULL':{'NULL':true},'BOOL':{'BOOL':false}}";
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(types); j++) {
            struct expr_case c;
            char names[64], values[64];
            snprintf(names, sizeof names, "{'#a':'%s'}", types[i]);
            snprintf(values, sizeof values, "{':t':{'S':'%s'}}", types[j]);
            expr_case_begin(&c);
            expr_case_scope(&c, names, values);
            expr_case_bind(&c, EXPR_CONDITION, "attribute_type(#a, :t)");
            expr_case_finish(&c);
            expr_case_assert_ok(&c);
            const struct item stored = {.attributes = expr_case_map(&c, item)};
            assert_int_equal(expr_holds(c.expr, &stored), i == j);
            expr_case_end(&c);
        }
    }
    support_mem_check();
}

static void test_condition__names_may_hold_any_character(void **state)
{
    (void)state;
    struct expr_case c;
    expr_case_begin(&c);
    expr_case_scope(&c, "{'#0':'a.b[1] #:','#_x':'and'}", NULL);
    expr_case_bind(&c, EXPR_FILTER, "attribute_exists(#0.#_x) AND attribute_not_exists(#_x)");
    expr_case_finish(&c);
    expr_case_assert_ok(&c);
    const struct item item = {.attributes =
                                  expr_case_map(&c, "{'a.b[1] #:':{'M':{'and':{'N':'1'}}}}")};
    assert_true(expr_holds(c.expr, &item));
    expr_case_end(&c);
    support_mem_check();
}

/* The insert condition of a job queue: six conditions joined by OR, one of them an AND of two. */
static void test_condition__six_ways_to_insert_a_job(void **state)
{
    (void)state;
    static const char text[] = "attribute_not_exists(#key) OR begins_with(#status, :fail) OR "
                               "begins_with(#status, :returning) OR (begins_with(#status, :pass) "
                               "AND #created < :rerun) OR "
                               "#repeat = :yes OR #created < :net";
    static const struct {
        const char *item;
        bool holds;
    } jobs[] = {
        {NULL, true},
        {"{'key':{'S':'k'},'status':{'S':'JF#1'},'created':{'S':'9'}}", true},
        {"{'key':{'S':'k'},'status':{'S':'JRA#1'},'created':{'S':'9'}}", true},
        {"{'key':{'S':'k'},'status':{'S':'JR#1'},'created':{'S':'9'}}", false},
        {"{'key':{'S':'k'},'status':{'S':'JP#1'},'created':{'S':'9'}}", false},
        {"{'key':{'S':'k'},'status':{'S':'JP#1'},'created':{'S':'4'}}", true},
        {"{'key':{'S':'k'},'status':{'S':'JP#1'},'created':{'S':'5'}}", false},
        {"{'key':{'S':'k'},'status':{'S':'JR#1'},'allowRepeat':{'BOOL':true}}", true},
        {"{'key':{'S':'k'},'status':{'S':'JR#1'},'allowRepeat':{'S':'true'}}", false},
        {"{'key':{'S':'k'},'status':{'S':'JR#1'},'created':{'S':'1'}}", true},
        {"{'key':{'S':'k'}}", false},
        {"{'key':{'S':'k'},'created':{'N':'1'}}", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(jobs); i++) {
        struct expr_case c;
        expr_case_begin(&c);
        expr_case_scope(&c,
                        "{'#key':'key','#status':'status','#created':'created',"
                        "'#repeat':'allowRepeat'}",
                        "{':fail':{'S':'JF'},':returning':{'S':'JRA'},':pass':{'S':'JP'},"
                        "':rerun':{'S':'5'},':net':{'S':'2'},':yes':{'BOOL':true}}");
        expr_case_bind(&c, EXPR_CONDITION, text);
        expr_case_finish(&c);
        expr_case_assert_ok(&c);
        const struct item stored = {.attributes = expr_case_map(&c, jobs[i].item)};
        assert_int_equal(expr_holds(c.expr, jobs[i].item ? &stored : NULL), jobs[i].holds);
        expr_case_end(&c);
    }
    support_mem_check();
}

/* clang-format on */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_condition__c1_no_item_is_an_empty_map),
        cmocka_unit_test(test_condition__c2_attribute_not_exists_holds_when_missing),
        cmocka_unit_test(test_condition__c3_attribute_exists_fails_when_missing),
        cmocka_unit_test(test_condition__c4_null_is_there),
        cmocka_unit_test(test_condition__c5_comparisons_of_a_missing_attribute_are_false),
        cmocka_unit_test(test_condition__c6_unequal_holds_when_missing),
        cmocka_unit_test(test_condition__c7_two_missing_are_not_equal_but_unequal),
        cmocka_unit_test(test_condition__c8_other_types_are_unequal_and_have_no_order),
        cmocka_unit_test(test_condition__c10_text_functions_are_false_on_stored_numbers),
        cmocka_unit_test(test_condition__c11_begins_with_is_bytewise),
        cmocka_unit_test(test_condition__c12_contains_finds_parts_members_and_elements),
        cmocka_unit_test(test_condition__c13_size_counts_bytes_or_elements),
        cmocka_unit_test(test_condition__c14_numbers_are_exact_decimals),
        cmocka_unit_test(test_condition__c16_text_orders_by_unsigned_bytes),
        cmocka_unit_test(test_condition__c17_sets_are_equal_in_any_order),
        cmocka_unit_test(test_condition__c18_paths_lead_inside_or_nowhere),
        cmocka_unit_test(test_condition__c19_attributes_compare_with_attributes),
        cmocka_unit_test(test_condition__c20_not_binds_before_and_before_or),
        cmocka_unit_test(test_condition__c21_keywords_in_any_case_and_blanks_anywhere),
        cmocka_unit_test(test_condition__c23_the_skipped_side_does_not_matter),
        cmocka_unit_test(test_condition__attribute_type_tells_all_ten_types),
        cmocka_unit_test(test_condition__names_may_hold_any_character),
        cmocka_unit_test(test_condition__six_ways_to_insert_a_job),
    };
    return cmocka_run_group_tests_name("expr conditions", tests, NULL, NULL);
}
