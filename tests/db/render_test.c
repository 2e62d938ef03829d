/* render_test.c -- the texts, names and values that conditions and updates become.
 *
 * The first tests are the job insert and the status move of the product's seeds, in both notations.
 */
#include "db/request.h"
#include "support/support.h"

#include <stdio.h>

#include "base/buf.h"

#define JOB_TEXT                                                                                   \
    "condition: attribute_not_exists(#n0) OR begins_with(#n1, :v0) OR begins_with(#n1, :v1) OR "   \
    "(begins_with(#n1, :v2) AND created < :v3) OR allowRepeat = :v4 OR created < :v5 "             \
    "names: #n0=key #n1=status "                                                                   \
    "values: :v0={\"S\":\"JF\"} :v1={\"S\":\"JRA\"} :v2={\"S\":\"JP\"} "                           \
    ":v3={\"S\":\"2023-11-14T10:13:20Z\"} :v4={\"BOOL\":true} "                                    \
    ":v5={\"S\":\"2023-11-12T22:13:20Z\"}"

static stator_cond is_returning_async_job(const char *inbound)
{
    const bool returning = strcmp(inbound, "JQA") == 0;
    return stator_begins_with("status", stator_s(returning ? "JRA" : "NOMATCH"));
}

static void test_render__the_job_condition(void **state)
{
    (void)state;
    const char *const rerun = "2023-11-14T10:13:20Z";
    const char *const backup = "2023-11-12T22:13:20Z";
    request_check_cond(stator_or(stator_not_exists("key"),
                                 stator_begins_with("status", stator_s("JF")),
                                 is_returning_async_job("JQA"),
                                 stator_and(stator_begins_with("status", stator_s("JP")),
                                            stator_lt("created", stator_s(rerun))),
                                 stator_eq("allowRepeat", stator_bool(true)),
                                 stator_lt("created", stator_s(backup))),
                       JOB_TEXT);
}

static void test_render__the_job_condition_as_text_becomes_the_same(void **state)
{
    (void)state;
    request_check_cond(
        stator_expr(
            "attribute_not_exists(key) OR begins_with(status, ?) OR begins_with(status, ?)"
            " OR (begins_with(status, ?) AND created < ?) OR allowRepeat = ? OR created < ?",
            stator_s("JF"), stator_s("JRA"), stator_s("JP"), stator_s("2023-11-14T10:13:20Z"),
            stator_bool(true), stator_s("2023-11-12T22:13:20Z")),
        JOB_TEXT);
}

static void test_render__an_event_is_put_once(void **state)
{
    (void)state;
    request_check_cond(stator_not_exists("PK"), "condition: attribute_not_exists(PK)");
}

static void test_render__update_and_condition_share_names_and_values(void **state)
{
    (void)state;
    const stator_cond condition = stator_eq("status", stator_s("PENDING"));
    const stator_upd update =
        stator_updates(stator_set("status", stator_s("PROCESSING")),
                       stator_set("updated_at", stator_s("2023-11-14T22:13:20Z")));
    request_check(&update, &condition,
                  "update: SET #n0 = :v0, updated_at = :v1 condition: #n0 = :v2 names: #n0=status "
                  "values: :v0={\"S\":\"PROCESSING\"} :v1={\"S\":\"2023-11-14T22:13:20Z\"} "
                  ":v2={\"S\":\"PENDING\"}");
    const stator_cond same = stator_eq("status", stator_s("PROCESSING"));
    request_check(&update, &same,
                  "update: SET #n0 = :v0, updated_at = :v1 condition: #n0 = :v0 names: #n0=status "
                  "values: :v0={\"S\":\"PROCESSING\"} :v1={\"S\":\"2023-11-14T22:13:20Z\"}");
}

static void test_render__every_test_has_its_form(void **state)
{
    (void)state;
    static const char one[] = " values: :v0={\"N\":\"1\"}";
    const stator_val v = stator_i(1);
    /* clang-format off */
    const struct {
        stator_cond condition;
        const char *text;
        const char *values;
    } cases[] = {
        {stator_eq("a", v), "a = :v0", one},
        {stator_ne("a", v), "a <> :v0", one},
        {stator_lt("a", v), "a < :v0", one},
        {stator_le("a", v), "a <= :v0", one},
        {stator_gt("a", v), "a > :v0", one},
        {stator_ge("a", v), "a >= :v0", one},
        {stator_between("a", v, stator_i(2)), "a BETWEEN :v0 AND :v1",
         " values: :v0={\"N\":\"1\"} :v1={\"N\":\"2\"}"},
        {stator_in("a", v, stator_i(2), v), "a IN (:v0, :v1, :v0)",
         " values: :v0={\"N\":\"1\"} :v1={\"N\":\"2\"}"},
        {stator_exists("a"), "attribute_exists(a)", ""},
        {stator_not_exists("a"), "attribute_not_exists(a)", ""},
        {stator_is_type("a", "SS"), "attribute_type(a, :v0)", " values: :v0={\"S\":\"SS\"}"},
        {stator_begins_with("a", stator_path("b")), "begins_with(a, b)", ""},
        {stator_contains("a", v), "contains(a, :v0)", one},
        {stator_cmp(stator_size("a"), STATOR_C_GT, v), "size(a) > :v0", one},
        {stator_cmp(v, STATOR_C_LE, stator_path("a")), ":v0 <= a", one},
        {stator_not(stator_eq("a", v)), "NOT (a = :v0)", one},
        {stator_not(stator_not(stator_exists("a"))), "NOT (NOT (attribute_exists(a)))", ""},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char expected[256];
        (void)snprintf(expected, sizeof expected, "condition: %s%s", cases[i].text,
                       cases[i].values);
        request_check_cond(cases[i].condition, expected);
    }
}

static void test_render__and_and_or_take_the_parentheses_they_need(void **state)
{
    (void)state;
    const stator_cond a = stator_exists("a");
    const stator_cond b = stator_exists("b");
    const stator_cond c = stator_exists("c");
    request_check_cond(stator_and(a, stator_or(b, c)),
                       "condition: attribute_exists(a) AND (attribute_exists(b) OR "
                       "attribute_exists(c))");
    request_check_cond(stator_or(a, stator_or(b, c)),
                       "condition: attribute_exists(a) OR attribute_exists(b) OR "
                       "attribute_exists(c)");
    request_check_cond(stator_and(stator_and(a, b), c),
                       "condition: attribute_exists(a) AND attribute_exists(b) AND "
                       "attribute_exists(c)");
    request_check_cond(stator_or(stator_and(stator_or(a)), stator_and(b, c)),
                       "condition: attribute_exists(a) OR (attribute_exists(b) AND "
                       "attribute_exists(c))");
    request_check_cond(stator_not(stator_and(stator_or(a, b))),
                       "condition: NOT (attribute_exists(a) OR attribute_exists(b))");
}

static void test_render__texts_stand_in_single_parentheses(void **state)
{
    (void)state;
    const stator_cond a = stator_exists("a");
    const stator_cond text = stator_expr0("b = c");
    const stator_cond enclosed = stator_expr0(" ( b = c ) ");
    const stator_cond two = stator_expr0("(b = c) OR (d = e)");
    request_check_cond(text, "condition: b = c");
    request_check_cond(stator_and(text), "condition: b = c");
    request_check_cond(stator_and(a, text), "condition: attribute_exists(a) AND (b = c)");
    request_check_cond(stator_and(a, enclosed), "condition: attribute_exists(a) AND  ( b = c )");
    request_check_cond(stator_and(a, two),
                       "condition: attribute_exists(a) AND ((b = c) OR (d = e))");
    request_check_cond(stator_not(text), "condition: NOT (b = c)");
    request_check_cond(stator_not(enclosed), "condition: NOT  ( b = c )");
    request_check_cond(stator_not(stator_and(enclosed)), "condition: NOT  ( b = c )");
    request_check_cond(stator_not(two), "condition: NOT ((b = c) OR (d = e))");
}

static void test_render__true_and_false_are_folded_away(void **state)
{
    (void)state;
    static const char never[] =
        "condition: attribute_exists(stator_never) AND attribute_not_exists(stator_never)";
    const stator_cond a = stator_exists("a");
    const stator_cond b = stator_exists("b");
    request_check_cond((stator_cond){0}, "");
    request_check_cond(stator_always(), "");
    request_check_cond(stator_all(NULL, 0), "");
    request_check_cond(stator_never(), never);
    request_check_cond(stator_not(stator_never()), "");
    request_check_cond(stator_not(stator_always()), never);
    request_check_cond(stator_and(a, stator_always()), "condition: attribute_exists(a)");
    request_check_cond(stator_and(a, stator_never()), never);
    request_check_cond(stator_or(a, stator_always()), "");
    request_check_cond(stator_or(stator_never(), a, stator_and(b, stator_never()), b),
                       "condition: attribute_exists(a) OR attribute_exists(b)");
    request_check_cond(stator_and(a, stator_not(stator_never()), b),
                       "condition: attribute_exists(a) AND attribute_exists(b)");
}

static void test_render__names_are_escaped_where_they_must_be(void **state)
{
    (void)state;
    char long_name[257];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    char long_text[512];
    (void)snprintf(long_text, sizeof long_text, "condition: attribute_exists(#n0) names: #n0=%s",
                   long_name);
    const struct {
        const char *path, *expected;
    } cases[] = {
        {"a.b[2].c",          "condition: attribute_exists(a.b[2].c)"                     },
        {"a.status.b.status", "condition: attribute_exists(a.#n0.b.#n0) names: #n0=status"},
        {"size",              "condition: attribute_exists(#n0) names: #n0=size"          },
        {"remove",            "condition: attribute_exists(#n0) names: #n0=remove"        },
        {"_a",                "condition: attribute_exists(#n0) names: #n0=_a"            },
        {"7th",               "condition: attribute_exists(#n0) names: #n0=7th"           },
        {"a-b",               "condition: attribute_exists(#n0) names: #n0=a-b"           },
        {"a b",               "condition: attribute_exists(#n0) names: #n0=a b"           },
        {"\xC3\xA9",          "condition: attribute_exists(#n0) names: #n0=\xC3\xA9"      },
        {"a\\.b.c",           "condition: attribute_exists(#n0.c) names: #n0=a.b"         },
        {"a\\[0\\]",          "condition: attribute_exists(#n0) names: #n0=a[0]"          },
        {"a\\\\b",            "condition: attribute_exists(#n0) names: #n0=a\\b"          },
        {"a\\,b\\:c",         "condition: attribute_exists(#n0) names: #n0=a,b:c"         },
        {long_name,           long_text                                                   },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        request_check_cond(stator_exists(cases[i].path), cases[i].expected);
}

static void test_render__what_is_no_path_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {"",    ".",    "a.",    ".a",    "a..b",  "a[",
                                        "a[]", "a[x]", "a[01]", "a[1",   "a[1]b", "a]",
                                        "[0]", "a\\x", "a\\",   "a[-1]", "a[1].", "a.[1]"};
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char expected[256];
        (void)snprintf(expected, sizeof expected,
                       "VALIDATION: a path is names joined by dots, with indexes in brackets, and "
                       "this is none: \"%s\"",
                       cases[i]);
        request_check_cond(stator_exists(cases[i]), expected);
    }
    request_check_cond(stator_exists(NULL), "VALIDATION: NULL is no string; stator_opt_s leaves "
                                            "out what may be missing");
    request_check_cond(stator_exists("\xFF"),
                       "VALIDATION: the name of an attribute is not valid UTF-8");
}

static void test_render__texts_have_names_escaped_and_holes_filled(void **state)
{
    (void)state;
    request_check_cond(stator_expr("size (items) > ? AND data.size = ? AND NOT Key IN (?, ?)",
                                   stator_i(1), stator_i(2), stator_i(1), stator_i(3)),
                       "condition: size (#n0) > :v0 AND #n1.#n2 = :v1 AND NOT #n3 IN (:v0, :v2) "
                       "names: #n0=items #n1=data #n2=size #n3=Key "
                       "values: :v0={\"N\":\"1\"} :v1={\"N\":\"2\"} :v2={\"N\":\"3\"}");
    request_check_cond(stator_expr("? < ? AND contains(a, ?)", stator_path("odd\\.name"),
                                   stator_size("b.status"), stator_s("x")),
                       "condition: #n0 < size(b.#n1) AND contains(a, :v0) "
                       "names: #n0=odd.name #n1=status values: :v0={\"S\":\"x\"}");
}

static void test_render__holes_and_arguments_must_match(void **state)
{
    (void)state;
    request_check_cond(stator_expr("a = ?", stator_i(1), stator_i(2)),
                       "VALIDATION: the text has 1 ? and was given 2 values: \"a = ?\"");
    request_check_cond(stator_expr("a = ? OR b = ?", stator_i(1)),
                       "VALIDATION: the text has 2 ? and was given 1 values: \"a = ? OR b = ?\"");
    request_check_cond(stator_expr0("a = ?"),
                       "VALIDATION: the text has 1 ? and was given 0 values: \"a = ?\"");
    request_check_cond(stator_expr0(NULL), "VALIDATION: the text is NULL");
    request_check_cond(stator_expr0("a = :v0"),
                       "VALIDATION: \":v0\" may not stand in a text: names need no #, and ? stands "
                       "for a value");
    request_check_cond(stator_expr0("#n0 = a"),
                       "VALIDATION: \"#n0\" may not stand in a text: names need no #, and ? stands "
                       "for a value");
}

static void test_render__operands_must_be_values(void **state)
{
    (void)state;
    request_check_cond(stator_eq("a", stator_skip()),
                       "VALIDATION: stator_skip() leaves out attributes, elements and actions, and "
                       "stands for nothing else");
    request_check_cond(stator_eq("a", (stator_val){0}),
                       "VALIDATION: an empty stator_val is no value; stator_skip() leaves an "
                       "attribute out");
    request_check_cond(stator_cmp(stator_path("a"), STATOR_C_AND, stator_i(1)),
                       "VALIDATION: stator_cmp takes the operators from STATOR_C_EQ to "
                       "STATOR_C_GE");
    request_check_cond(stator_and(stator_exists("a"), (stator_cond){0}),
                       "VALIDATION: an empty stator_cond stands in an and, or, not; "
                       "stator_always() leaves a part out");
    request_check_cond(stator_all(NULL, 2), "VALIDATION: a count was given, but no array");
    request_check_cond(stator_one_of("a", NULL, 2), "VALIDATION: a count was given, but no array");
    request_check_cond(stator_not_of(NULL), "VALIDATION: stator_not_of was given no condition");
    request_check_cond((stator_cond){.op = 200}, "MISUSE: 200 is no operator of a condition");
}

/* `levels` nested nots, ands and ors around a leaf. */
static stator_cond nested(stator_cond *room, size_t levels)
{
    room[0] = stator_exists("a");
    for (size_t i = 0; i < levels; i++) {
        const stator_cond *inner = &room[i];
        if (i % 3 == 0) room[i + 1] = stator_not_of(inner);
        if (i % 3 == 1) room[i + 1] = stator_all(inner, 1);
        if (i % 3 == 2) room[i + 1] = stator_any(inner, 1);
    }
    return room[levels];
}

static void test_render__16_levels_pass_and_17_do_not(void **state)
{
    (void)state;
    stator_cond room[32];
    request_check_cond(nested(room, 16),
                       "condition: NOT (NOT (NOT (NOT (NOT (NOT (attribute_exists(a)))))))");
    request_check_cond(nested(room, 17), "TOO_DEEP: expression depth exceeds maximum of 16");
    request_check_cond(nested(room, 20), "TOO_DEEP: expression depth exceeds maximum of 16");
}

/* The depth is counted on the tree as given, before anything is folded or flattened. */
static void test_condition_depth_limit(void **state)
{
    (void)state;
    stator_cond room[21];
    room[0] = stator_exists("a");
    for (size_t i = 0; i < 20; i++) room[i + 1] = stator_all(&room[i], 1);
    request_check_cond(room[20], "TOO_DEEP: expression depth exceeds maximum of 16");
    request_check_cond(room[16], "condition: attribute_exists(a)");
    request_check_cond(stator_or(stator_always(), room[20]),
                       "TOO_DEEP: expression depth exceeds maximum of 16");
}

static void test_render__actions_are_gathered_into_sections(void **state)
{
    (void)state;
    request_check_upd(
        stator_updates(
            stator_remove("gone"), stator_add("count", stator_i(1)), stator_set("a", stator_s("x")),
            stator_set_default("b", stator_s("x")), stator_inc("c.d", stator_i(-1)),
            stator_append("log", STATOR_L(stator_s("y"))), stator_discard("tags", STATOR_SS("t")),
            stator_prepend("log2", STATOR_L(stator_s("y"))), stator_remove("l[0]")),
        "update: SET a = :v1, b = if_not_exists(b, :v1), c.d = c.d + :v2, "
        "#n1 = list_append(if_not_exists(#n1, :v3), :v4), "
        "log2 = list_append(:v4, if_not_exists(log2, :v3)) REMOVE gone, l[0] ADD #n0 :v0 "
        "DELETE tags :v5 names: #n0=count #n1=log "
        "values: :v0={\"N\":\"1\"} :v1={\"S\":\"x\"} :v2={\"N\":\"-1\"} :v3={\"L\":[]} "
        ":v4={\"L\":[{\"S\":\"y\"}]} :v5={\"SS\":[\"t\"]}");
}

static void test_render__actions_without_a_value_are_left_out(void **state)
{
    (void)state;
    request_check_upd(stator_updates(stator_set("a", stator_opt_s(NULL)),
                                     stator_set("b", stator_opt_s("x")), stator_remove("c")),
                      "update: SET b = :v0 REMOVE c values: :v0={\"S\":\"x\"}");
    request_check_upd(stator_set("a", stator_skip()), "");
    request_check_upd((stator_upd){0}, "");
    request_check_upd(stator_upd_all(NULL, 0), "");
}

static void test_render__a_text_alone_is_left_as_it_is(void **state)
{
    (void)state;
    request_check_upd(
        stator_upd_expr("REMOVE  gone SET Balance = Balance - ?, status = ?", stator_n("12.50"),
                        stator_s("x")),
        "update: REMOVE  gone SET Balance = Balance - :v0, #n0 = :v1 names: #n0=status "
        "values: :v0={\"N\":\"12.5\"} :v1={\"S\":\"x\"}");
    request_check_upd(stator_upd_expr0("a = b"), "update: a = b");
}

static void test_render__texts_among_actions_are_taken_apart(void **state)
{
    (void)state;
    request_check_upd(stator_updates(stator_set("a", stator_i(1)),
                                     stator_upd_expr("SET b = ?, c = d REMOVE e add f ?",
                                                     stator_i(2), stator_i(3)),
                                     stator_remove("g"), stator_set("h", stator_i(1))),
                      "update: SET a = :v0, b = :v1, c = d, h = :v0 REMOVE e, g ADD f :v2 "
                      "values: :v0={\"N\":\"1\"} :v1={\"N\":\"2\"} :v2={\"N\":\"3\"}");
    request_check_upd(stator_updates(stator_upd_expr0("a = b")),
                      "VALIDATION: the text of an update begins with SET, REMOVE, ADD or DELETE: "
                      "\"a = b\"");
}

static void test_render__updates_that_are_none_are_refused(void **state)
{
    (void)state;
    stator_upd room[19] = {stator_remove("a")};
    for (size_t i = 0; i < 18; i++) room[i + 1] = stator_upd_all(&room[i], 1);
    request_check_upd(room[16], "update: REMOVE a");
    request_check_upd(room[17], "TOO_DEEP: expression depth exceeds maximum of 16");
    request_check_upd(stator_updates(stator_remove("a"), (stator_upd){0}),
                      "VALIDATION: an empty stator_upd stands among the actions");
    request_check_upd(stator_upd_all(NULL, 3), "VALIDATION: a count was given, but no array");
    request_check_upd(stator_remove(NULL), "VALIDATION: NULL is no path");
    request_check_upd((stator_upd){.op = 77}, "MISUSE: 77 is no action of an update");
}

static void test_render__many_values_find_their_placeholders(void **state)
{
    (void)state;
    enum { COUNT = 100 };
    stator_val values[COUNT];
    char expected[8192] = "condition: a IN (";
    size_t len = strlen(expected);
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = stator_i((int64_t)(i % 50));
        len += (size_t)snprintf(expected + len, sizeof expected - len, "%s:v%zu",
                                i == 0 ? "" : ", ", i % 50);
    }
    struct arena arena;
    struct buf out;
    arena_init(&arena, mem_heap(), 1 << 20);
    buf_init(&out, arena_mem(&arena), 1 << 20);
    buf_put_text(&out, expected);
    buf_put_text(&out, ") values:");
    for (size_t i = 0; i < 50; i++) { /* in the order of their texts: :v0 :v1 :v10 … */
        static const uint8_t order[] = {0,  1,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 2,
                                        20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 3,  30, 31,
                                        32, 33, 34, 35, 36, 37, 38, 39, 4,  40, 41, 42, 43,
                                        44, 45, 46, 47, 48, 49, 5,  6,  7,  8,  9};
        buf_printf(&out, " :v%u={\"N\":\"%u\"}", order[i], order[i]);
    }
    buf_put_u8(&out, 0);
    request_check_cond(stator_one_of("a", values, COUNT), (const char *)buf_view(&out).ptr);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render__the_job_condition),
        cmocka_unit_test(test_render__the_job_condition_as_text_becomes_the_same),
        cmocka_unit_test(test_render__an_event_is_put_once),
        cmocka_unit_test(test_render__update_and_condition_share_names_and_values),
        cmocka_unit_test(test_render__every_test_has_its_form),
        cmocka_unit_test(test_render__and_and_or_take_the_parentheses_they_need),
        cmocka_unit_test(test_render__texts_stand_in_single_parentheses),
        cmocka_unit_test(test_render__true_and_false_are_folded_away),
        cmocka_unit_test(test_render__names_are_escaped_where_they_must_be),
        cmocka_unit_test(test_render__what_is_no_path_is_refused),
        cmocka_unit_test(test_render__texts_have_names_escaped_and_holes_filled),
        cmocka_unit_test(test_render__holes_and_arguments_must_match),
        cmocka_unit_test(test_render__operands_must_be_values),
        cmocka_unit_test(test_render__16_levels_pass_and_17_do_not),
        cmocka_unit_test(test_condition_depth_limit),
        cmocka_unit_test(test_render__actions_are_gathered_into_sections),
        cmocka_unit_test(test_render__actions_without_a_value_are_left_out),
        cmocka_unit_test(test_render__a_text_alone_is_left_as_it_is),
        cmocka_unit_test(test_render__texts_among_actions_are_taken_apart),
        cmocka_unit_test(test_render__updates_that_are_none_are_refused),
        cmocka_unit_test(test_render__many_values_find_their_placeholders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
