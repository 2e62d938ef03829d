/* plan_test.c -- which reads answer a SELECT, and which item a write names.
 *
 * A plan is shown as a line: "scan", or its reads joined by " | ", each as "partition" and the test
 * on its sort key; "desc" when they run backward, "+ filter" when the WHERE is judged as well, and
 * "key" when it names just one item.
 */
#include <stdio.h>

#include "partiql/partiql_case.h"

#define KEY "pk S, sk S"
#define OVERLAP "Overlapping conditions with range keys are not supported in where clause"
#define MANDATORY "Where clause does not contain a mandatory equality on all key attributes"

static const struct expr_key_schema schema = {.partition = {{(const uint8_t *)"pk", 2}},
                                              .sort = {{(const uint8_t *)"sk", 2}},
                                              .partition_count = 1,
                                              .sort_count = 1};

static void show_read(struct partiql_case *c, const struct partiql_read *read, struct buf *text)
{
    static const char *const tests[] = {
        [EXPR_SORT_ANY] = "",         [EXPR_SORT_EQ] = " = ",          [EXPR_SORT_LT] = " < ",
        [EXPR_SORT_LE] = " <= ",      [EXPR_SORT_GT] = " > ",          [EXPR_SORT_GE] = " >= ",
        [EXPR_SORT_BETWEEN] = " .. ", [EXPR_SORT_BEGINS_WITH] = " ^ ",
    };
    struct expr_key_range range = {0};
    assert_int_equal(expr_key_range(read->key_condition, &schema, &range, &c->err), ST_OK);
    buf_put(text, range.partition[0].body);
    buf_put_text(text, tests[range.test]);
    buf_put(text, range.low.body);
    if (range.test == EXPR_SORT_BETWEEN) buf_put(text, range.high.body);
    assert_int_equal(read->is_one_item, range.test == EXPR_SORT_EQ);
    if (read->is_one_item) assert_int_equal(value_count(read->key), 2);
}

static void assert_plan(const char *where, const char *expected)
{
    struct partiql_case c;
    struct buf text;
    partiql_case_begin(&c);
    buf_init(&text, arena_mem(&c.arena), SIZE_MAX / 2);
    buf_put_text(&text, "SELECT * FROM ttt ");
    buf_put_text(&text, where);
    buf_put_u8(&text, 0);
    partiql_case_parse(&c, (const char *)buf_view(&text).ptr, NULL);
    partiql_case_plan(&c, KEY);
    partiql_case_assert_ok(&c, where);
    buf_clear(&text);
    if (c.plan.read_count == 0) buf_put_text(&text, "scan");
    for (uint32_t i = 0; i < c.plan.read_count; i++) {
        if (i > 0) buf_put_text(&text, " | ");
        show_read(&c, &c.plan.reads[i], &text);
    }
    if (c.plan.backward) buf_put_text(&text, " desc");
    if (c.plan.filter != NULL) buf_put_text(&text, " + filter");
    if (c.plan.key_only) buf_put_text(&text, " key");
    if (!span_eq(buf_view(&text), span_of(expected)))
        fail_msg("%s: is '%.*s', should be '%s'", where, SPAN_ARG(buf_view(&text)), expected);
    partiql_case_end(&c);
}

static void test_plan__reads_of_a_select(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *where;
        const char *plan;
    } cases[] = {
        {"", "scan"},
        {"WHERE a = 1", "scan + filter"},
        {"WHERE pk = 'a'", "a"},
        {"WHERE 'a' = pk", "a"},
        {"WHERE pk = 'a' AND sk = 'b'", "a = b key"},
        {"WHERE (sk = 'b') AND pk = 'a'", "a = b key"},
        {"WHERE pk = 'a' AND sk = 'b' AND c = 1", "a = b + filter"},
        {"WHERE (pk = 'a' AND sk = 'b') AND pk = 'a'", "a = b key"},
        {"WHERE pk = 'a' AND sk < 'b'", "a < b"},
        {"WHERE pk = 'a' AND 'b' < sk", "a > b"},
        {"WHERE pk = 'a' AND sk <= 'b'", "a <= b"},
        {"WHERE pk = 'a' AND sk >= 'b'", "a >= b"},
        {"WHERE pk = 'a' AND sk BETWEEN 'b' AND 'c'", "a .. bc"},
        {"WHERE pk = 'a' AND begins_with(sk, 'b')", "a ^ b"},
        {"WHERE pk = 'a' AND sk <> 'b'", "a + filter"},
        {"WHERE pk = 'a' AND NOT sk = 'b'", "a + filter"},
        {"WHERE pk = 'a' AND sk > 'b' AND sk <> 'c'", "a > b + filter"},
        {"WHERE pk = 'a' AND sk > 'b' AND sk = 'c'", "a = c + filter"},
        {"WHERE pk = 'a' AND sk > sk2", "a + filter"},
        {"WHERE pk = 'a' AND (b = 1 OR c = 2)", "a + filter"},
        {"WHERE pk = 'a' AND attribute_exists(pk)", "a + filter"},
        {"WHERE pk IN ['a', 'b']", "a | b"},
        {"WHERE pk IN ('b', 'a') AND sk = 'c'", "b = c | a = c"},
        {"WHERE pk IN ['a'] AND sk IN ['b']", "a = b key"},
        {"WHERE pk IN ['a'] AND pk = 'a' AND sk = 'b'", "a = b key"},
        {"WHERE pk = 'a' OR pk = 'b'", "a | b"},
        {"WHERE pk = 'a' AND (sk = 'b' OR sk = 'c')", "a = b | a = c"},
        {"WHERE pk = 'a' AND (sk < 'b' OR sk > 'b' OR sk = 'b')", "a < b | a > b | a = b"},
        {"WHERE (pk = 'a' AND c = 1) OR pk = 'b'", "a | b + filter"},
        {"WHERE pk = 'a' AND (pk = 'b' OR c = 1)", "a + filter"},
        {"WHERE pk = 'a' AND NOT sk = 'b' OR pk = 'a' AND sk = 'c'", "a + filter"},
        {"WHERE pk = 'a' AND sk = 'c' OR pk = 'a' AND 'b' <> sk", "a + filter"},
        {"WHERE pk = 'a' AND NOT begins_with(sk, 'b') OR pk = 'a'", "a + filter"},
        {"WHERE pk = 'a' AND (NOT sk IN ['b'] AND c = 1) OR pk = 'a' AND sk = 'c'", "a + filter"},
        {"WHERE pk = 'a' AND sk < 'b' OR pk = 'a' AND sk > 'c' OR pk = 'a' AND NOT sk = 'd'",
         "a + filter"},
        {"WHERE pk = 'a' AND sk < 'b' AND sk <> 'a' OR pk = 'a' AND sk = 'c'",
         "a < b | a = c + filter"},
        {"WHERE pk = 'a' AND (sk < 'b' OR sk = 'm' OR (sk > 'c' AND sk <> 'd'))", "a + filter"},
        {"WHERE pk = 'a' AND NOT sk = 'b' OR pk = 'b' OR pk = 'a' AND sk = 'c'", "a | b + filter"},
        {"WHERE pk = 'a' AND pk = 'b'", "a + filter"},
        {"WHERE pk = 'a' OR sk = 'b'", "scan + filter"},
        {"WHERE pk = 'a' OR c = 1", "scan + filter"},
        {"WHERE NOT pk = 'a'", "scan + filter"},
        {"WHERE pk > 'a'", "scan + filter"},
        {"WHERE pk > 1", "scan + filter"},
        {"WHERE pk.x = 'a'", "scan + filter"},
        {"WHERE pk = 'a' ORDER BY sk", "a"},
        {"WHERE pk = 'a' ORDER BY sk DESC", "a desc"},
        {"WHERE pk = 'a' ORDER BY pk DESC, sk ASC", "a"},
        {"WHERE pk IN ['a', 'c', 'b'] ORDER BY pk DESC", "c | b | a desc"},
        {"WHERE pk IN ['b', 'a'] ORDER BY pk ASC, sk DESC", "a | b desc"},
        {"WHERE pk = 'a' AND sk IN ['c', 'b'] ORDER BY sk", "a = b | a = c"},
        {"WHERE pk = 'a' AND sk IN ['b', 'c'] ORDER BY sk DESC", "a = c | a = b desc"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) assert_plan(cases[i].where, cases[i].plan);
    support_mem_check();
}

static void test_plan__what_no_plan_answers(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"SELECT * FROM ttt WHERE pk IN ['a','a']", OVERLAP},
        {"SELECT * FROM ttt WHERE pk = 'a' AND c <> 'b' OR pk = 'a' AND sk = 'c'", OVERLAP},
        {"SELECT * FROM ttt WHERE pk = 'a' AND NOT c = 'b' OR pk = 'a' AND sk = 'c'", OVERLAP},
        {"SELECT * FROM ttt WHERE pk = 'a' OR pk = 'a'", OVERLAP},
        {"SELECT * FROM ttt WHERE pk = 'a' AND (sk > '0' OR sk < '5')", OVERLAP},
        {"SELECT * FROM ttt WHERE pk = 'a' AND (sk = '1' OR flag = 'two')", OVERLAP},
        {"SELECT * FROM ttt WHERE (pk='a' AND f='1') OR (pk='a' AND f='2')", OVERLAP},
        {"SELECT * FROM ttt WHERE pk='a' AND x='1' OR pk='a' AND sk='2'", OVERLAP},
        {"SELECT * FROM ttt WHERE pk='a' AND (begins_with(sk,'b') OR sk > 'bz')", OVERLAP},
        {"SELECT * FROM ttt WHERE pk = 1 OR pk = 'a'",
         "Key attribute's data type should match its data type in table's schema: Key pk"},
        {"SELECT * FROM ttt WHERE pk = 'a' AND sk IN ['1', 2]",
         "Key attribute's data type should match its data type in table's schema: Key sk"},
        {"SELECT * FROM ttt ORDER BY pk",
         "Must have WHERE clause in the statement when using ORDER BY clause."},
        {"SELECT * FROM ttt WHERE a = 1 ORDER BY pk",
         "Must have at least one non-optional hash key condition in WHERE clause when using ORDER "
         "BY clause."},
        {"SELECT * FROM ttt WHERE pk = 'a' ORDER BY b",
         "Attribute b in ORDER BY clause must be part of the primary key"},
        {"SELECT * FROM ttt WHERE pk IN ['a', 'b'] ORDER BY sk",
         "Must have hash key in ORDER BY clause when more than one hash key condition specified in "
         "WHERE clause."},
        {"UPDATE ttt SET a = 1", MANDATORY},
        {"FROM ttt SET a = 1", MANDATORY},
        {"FROM ttt WHERE a = 1 REMOVE b", MANDATORY},
        {"DELETE FROM ttt WHERE b = 'x'", MANDATORY},
        {"DELETE FROM ttt WHERE pk = 'a'", MANDATORY},
        {"DELETE FROM ttt WHERE pk = 'a' OR sk = 'b'", MANDATORY},
        {"DELETE FROM ttt WHERE pk IN ['a'] AND sk = 'b'", MANDATORY},
        {"UPDATE ttt SET a=1 WHERE pk='a' AND sk='1' AND pk='b'",
         "Multiple conditions on same key pk. Only single item Update/Insert/Delete are supported"},
        {"UPDATE ttt SET a=1 WHERE pk='a' AND sk=1",
         "Key attribute's data type should match its data type in table's schema: Key sk"},
        {"EXISTS(SELECT * FROM ttt WHERE pk='a' AND sk='1')",
         "EXISTS() must contain a single item read with additional condition"},
        {"EXISTS(SELECT * FROM ttt WHERE pk IN ['a'] AND sk='1' AND c=1)",
         "EXISTS() must contain a single item read with additional condition"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        partiql_case_assert_refused(cases[i].text, NULL, KEY, cases[i].says);
    partiql_case_assert_refused("SELECT * FROM ttt WHERE a = 1", NULL, "h1 S, h2 S, r1 S",
                                "PartiQL statements cannot be executed on tables with "
                                "multi-attribute HASH keys or multi-attribute RANGE keys.");
    support_mem_check();
}

static void assert_names(const char *where, const char *expected)
{
    struct partiql_case c;
    char text[256];
    struct buf shown;
    const struct span *names = NULL;
    uint32_t count = 0;
    partiql_case_begin(&c);
    (void)snprintf(text, sizeof text, "SELECT * FROM ttt.iii WHERE %s", where);
    partiql_case_parse(&c, text, NULL);
    partiql_case_plan(&c, KEY);
    partiql_case_assert_ok(&c, where);
    buf_init(&shown, arena_mem(&c.arena), SIZE_MAX / 2);
    for (uint32_t i = 0; i < c.plan.read_count; i++) {
        const struct partiql_read *read = &c.plan.reads[i];
        assert_int_equal(partiql_filter_names(read, &c.arena, &names, &count), ST_OK);
        buf_put_text(&shown, "[");
        for (uint32_t j = 0; j < count; j++)
            buf_printf(&shown, "%s%.*s", j > 0 ? ", " : "", SPAN_ARG(names[j]));
        buf_put_text(&shown, "]");
    }
    if (!span_eq(buf_view(&shown), span_of(expected)))
        fail_msg("%s: is %.*s, should be %s", where, SPAN_ARG(buf_view(&shown)), expected);
    partiql_case_end(&c);
}

static void test_plan__names_that_each_read_filters_by(void **state)
{
    (void)state;
    static const struct {
        const char *where;
        const char *names;
    } cases[] = {
        {"pk = 'a' AND sk = 'b'",                            "[]"          },
        {"pk = 'a' AND NOT (b = 1 OR c = 2)",                "[b, c]"      },
        {"pk = 'a' AND b = '1' AND (a = '2' OR size(c)= 3)", "[a, b, c]"   },
        {"pk = 'a' AND (zz = '1' OR aa = '2' OR mm = '3')",  "[zz, aa, mm]"},
        {"(zz = '1' AND pk = 'a') AND aa = 2 AND mm = 1",    "[zz, aa, mm]"},
        {"(pk = 'a' AND u = 1) OR (pk = 'b' AND v.x = 2)",   "[u][v]"      },
        {"(pk = 'a' OR pk = 'b') AND u = 1 AND u = 2",       "[u][u]"      },
        {"(pk = 'a' AND u = 1) OR pk = 'b'",                 "[u][]"       },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) assert_names(cases[i].where, cases[i].names);
    support_mem_check();
}

/* A WHERE of `count` values of IN on the partition key, and `rest`. */
static const char *many(struct arena *arena, uint32_t count, const char *rest)
{
    struct buf text;
    buf_init(&text, arena_mem(arena), SIZE_MAX / 2);
    buf_put_text(&text, "SELECT * FROM ttt WHERE pk IN [");
    for (uint32_t i = 0; i < count; i++) buf_printf(&text, "%s'v%u'", i > 0 ? "," : "", i);
    buf_printf(&text, "]%s", rest);
    buf_put_u8(&text, 0);
    assert_int_equal(buf_status(&text), ST_OK);
    return (const char *)buf_view(&text).ptr;
}

static void test_plan__fifty_reads_at_most(void **state)
{
    (void)state;
    static const char too_many[] = "Too many decomposed read operations for a given query.";
    struct partiql_case c;
    partiql_case_begin(&c);
    partiql_case_parse(&c, many(&c.arena, 50, ""), NULL);
    partiql_case_plan(&c, KEY);
    partiql_case_assert_ok(&c, "50 keys");
    assert_int_equal(c.plan.read_count, 50);

    partiql_case_assert_refused(many(&c.arena, 51, ""), NULL, KEY, too_many);
    partiql_case_assert_refused(many(&c.arena, 26, " AND sk IN ['1','2']"), NULL, KEY, too_many);
    partiql_case_assert_refused(many(&c.arena, 101, ""), NULL, NULL,
                                "The IN operator is provided with too many operands; number of "
                                "operands: 101");
    partiql_case_end(&c);

    partiql_case_begin(&c);
    partiql_case_parse(&c, many(&c.arena, 51, " OR flag = 'one'"), NULL);
    partiql_case_plan(&c, KEY);
    partiql_case_assert_ok(&c, "a scan");
    assert_int_equal(c.plan.read_count, 0);
    partiql_case_end(&c);
    support_mem_check();
}

static void assert_holds(const struct expr *condition, struct partiql_case *c, const char *item,
                         bool expected)
{
    struct item stored = {0};
    if (item != NULL) stored.attributes = partiql_case_map(c, item);
    const bool holds = condition == NULL || expr_holds(condition, item == NULL ? NULL : &stored);
    if (holds != expected) fail_msg("%s: %d", item == NULL ? "nothing" : item, holds);
}

static void test_plan__the_condition_of_a_write(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *text;
        bool missing; /* does its condition hold for no item, with n = 5, without n? */
        bool fits;
        bool other;
    } cases[] = {
        {"INSERT INTO ttt VALUE {'pk': 'a', 'sk': 'b'}",             true,  false, false},
        {"UPDATE ttt SET x = 1 WHERE pk = 'a' AND sk = 'b'",         false, true,  true },
        {"UPDATE ttt SET x = 1 WHERE pk='a' AND sk='b' AND n = 5",   false, true,  false},
        {"UPDATE ttt SET x = 1 WHERE pk='a' AND sk='b' AND attribute_not_exists(pk)",
                                                                     false, false, false},
        {"DELETE FROM ttt WHERE pk = 'a' AND sk = 'b'",              true,  true,  true },
        {"DELETE FROM ttt WHERE pk='a' AND (n = 5 AND sk='b')",      true,  true,  false},
        {"DELETE FROM ttt WHERE pk='a' AND sk='b' AND (n=5 OR n=6)", true,  true,  false},
        {"EXISTS(SELECT * FROM ttt WHERE pk='a' AND sk='b' AND n IS MISSING)",
                                                                     false, false, true },
        {"EXISTS(SELECT * FROM ttt WHERE pk='a' AND sk='b' AND pk='c' AND n=5)",
                                                                     false, false, false},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct partiql_case c;
        partiql_case_begin(&c);
        partiql_case_parse(&c, cases[i].text, NULL);
        partiql_case_plan(&c, KEY);
        partiql_case_assert_ok(&c, cases[i].text);
        assert_holds(c.plan.condition, &c, NULL, cases[i].missing);
        assert_holds(c.plan.condition, &c, "{'n':{'N':'5'},'pk':{'S':'a'},'sk':{'S':'b'}}",
                     cases[i].fits);
        assert_holds(c.plan.condition, &c, "{'pk':{'S':'a'},'sk':{'S':'b'}}", cases[i].other);
        if (c.statement.verb != PARTIQL_INSERT)
            partiql_case_assert_map(&c, c.plan.key, "{'pk':{'S':'a'},'sk':{'S':'b'}}");
        partiql_case_end(&c);
    }
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan__reads_of_a_select),
        cmocka_unit_test(test_plan__what_no_plan_answers),
        cmocka_unit_test(test_plan__names_that_each_read_filters_by),
        cmocka_unit_test(test_plan__fifty_reads_at_most),
        cmocka_unit_test(test_plan__the_condition_of_a_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
