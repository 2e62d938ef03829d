/* limits_test.c -- C24: limits, deep and long texts, texts at a guard page, and memory that fails.
 */
#include "expr/expr_case.h"

#include <time.h>

#include "expr/code.h"

enum { TEXT_BYTES_MAX = 4096 };

/* `times` copies of `part`, put at the end of `text`. */
static void repeat(char *text, const char *part, size_t times)
{
    char *at = text + strlen(text);
    const size_t n = strlen(part);
    for (size_t i = 0; i < times; i++, at += n) memcpy(at, part, n + 1);
    assert_true(strlen(text) <= TEXT_BYTES_MAX);
}

static status compile(expr_kind kind, struct span text, char *message)
{
    struct arena arena;
    arena_init(&arena, support_mem(), 16 << 20);
    struct error err = error_in(&arena);
    const struct expr_code *code = NULL;
    const status st = expr_compile(NULL, &arena, (struct expr_source){kind, text}, &code, &err);
    const struct span said = st == ST_OK ? (struct span){0} : error_text(&err);
    assert_true(said.len <= TEXT_BYTES_MAX);
    if (said.len > 0) memcpy(message, said.ptr, said.len);
    message[said.len] = '\0';
    arena_deinit(&arena);
    return st;
}

static void check_message(const char *text, const char *expected)
{
    char message[TEXT_BYTES_MAX + 1];
    assert_int_equal(compile(EXPR_CONDITION, span_of(text), message),
                     expected == NULL ? ST_OK : ST_VALIDATION);
    if (expected != NULL) assert_string_equal(message, expected);
}

static void test_limits__c24_149_nested_ors_hold(void **state)
{
    (void)state;
    char text[TEXT_BYTES_MAX + 1] = "a<b ";
    repeat(text, "or (a<b ", 149);
    repeat(text, ")", 149);
    assert_true(expr_case_holds(EXPR_CONDITION, text, NULL, "{'a':{'N':'1'},'b':{'N':'2'}}"));
    assert_false(expr_case_holds(EXPR_FILTER, text, NULL, "{'a':{'N':'2'},'b':{'N':'1'}}"));
    support_mem_check();
}

#define TOO_MANY                                                                                   \
    "Invalid ConditionExpression: The expression contains too many operators; operator count: 301"
#define REDUNDANT "Invalid ConditionExpression: The expression has redundant parentheses;"

static void test_limits__c24_300_operators_and_no_more(void **state)
{
    (void)state;
    char text[TEXT_BYTES_MAX + 1] = "a<b";
    repeat(text, " or a<b", 149); /* 299 */
    check_message(text, NULL);
    char one_more[TEXT_BYTES_MAX + 1] = "not ";
    repeat(one_more, text, 1);
    check_message(one_more, NULL);
    char two_more[TEXT_BYTES_MAX + 1] = "not ";
    repeat(two_more, one_more, 1);
    check_message(two_more, TOO_MANY);

    char deep[TEXT_BYTES_MAX + 1] = "a<b ";
    repeat(deep, "or (a<b ", 454);
    repeat(deep, ")", 454);
    check_message(deep, TOO_MANY);
    char nots[TEXT_BYTES_MAX + 1] = "";
    repeat(nots, "not ", 1000);
    repeat(nots, "a<b", 1);
    check_message(nots, TOO_MANY);
    char sums[TEXT_BYTES_MAX + 1] = "SET a=b+c";
    repeat(sums, ",a=b+c", 300);
    char message[TEXT_BYTES_MAX + 1];
    assert_int_equal(compile(EXPR_UPDATE, span_of(sums), message), ST_VALIDATION);
    assert_string_equal(message, "Invalid UpdateExpression: The expression contains too many "
                                 "operators; operator count: 301");
    support_mem_check();
}

static void test_limits__nesting_costs_no_stack(void **state)
{
    (void)state;
    char text[TEXT_BYTES_MAX + 1] = "";
    repeat(text, "(", TEXT_BYTES_MAX);
    check_message(text, "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"(\"");
    char pairs[TEXT_BYTES_MAX + 1] = "";
    repeat(pairs, "(", 2046);
    repeat(pairs, "a<b", 1);
    repeat(pairs, ")", 2046);
    check_message(pairs, REDUNDANT);
    char calls[TEXT_BYTES_MAX + 1] = "a < ";
    repeat(calls, "f(", 1355);
    repeat(calls, "b", 1);
    repeat(calls, ")", 1355);
    check_message(calls, "Invalid ConditionExpression: Invalid function name; function: f");
    char operands[TEXT_BYTES_MAX + 1] = "a < ";
    repeat(operands, "(", 2000);
    repeat(operands, "b", 1);
    repeat(operands, ")", 2000);
    check_message(operands, REDUNDANT);
    support_mem_check();
}

static void test_limits__sizes_of_sizes_are_refused_when_bound(void **state)
{
    (void)state;
    char text[TEXT_BYTES_MAX + 1] = "a < ";
    repeat(text, "size(", 680);
    repeat(text, "b", 1);
    repeat(text, ")", 680);
    struct expr_case c;
    expr_case_begin(&c);
    expr_case_scope(&c, NULL, NULL);
    expr_case_bind(&c, EXPR_CONDITION, text);
    support_assert_text(expr_case_text(&c),
                        "Invalid ConditionExpression: Incorrect operand type for operator or "
                        "function; operator or function: size, operand type: N");
    expr_case_end(&c);
    support_mem_check();
}

static void test_limits__c24_100_operands_of_in(void **state)
{
    (void)state;
    for (size_t count = 100; count <= 101; count++) {
        char text[TEXT_BYTES_MAX + 1] = "a IN (:v";
        repeat(text, ",:v", count - 1);
        repeat(text, ")", 1);
        struct expr_case c;
        expr_case_begin(&c);
        expr_case_scope(&c, NULL, "{':v':{'N':'1'}}");
        expr_case_bind(&c, EXPR_CONDITION, text);
        if (count == 100) {
            expr_case_assert_ok(&c);
        } else {
            support_assert_text(expr_case_text(&c),
                                "Invalid ConditionExpression: The IN operator is provided with too "
                                "many operands; number of operands: 101");
        }
        expr_case_end(&c);
    }
    support_mem_check();
}

static void test_limits__c24_paths_have_32_steps(void **state)
{
    (void)state;
    char text[TEXT_BYTES_MAX + 1] = "a";
    char message[TEXT_BYTES_MAX + 1];
    repeat(text, ".b", 31);
    assert_int_equal(compile(EXPR_PROJECTION, span_of(text), message), ST_OK);
    repeat(text, "[0]", 1);
    assert_int_equal(compile(EXPR_PROJECTION, span_of(text), message), ST_VALIDATION);
    assert_string_equal(message, "Invalid ProjectionExpression: The document path has too many "
                                 "nesting levels; nesting levels: 33");
    support_mem_check();
}

static void test_limits__c24_4096_bytes_are_allowed(void **state)
{
    (void)state;
    char text[TEXT_BYTES_MAX + 1] = "SET";
    char message[TEXT_BYTES_MAX + 1];
    repeat(text, " ", 4085);
    repeat(text, "a = :val", 1);
    assert_int_equal(strlen(text), 4096);
    assert_int_equal(compile(EXPR_UPDATE, span_of(text), message), ST_OK);
    char name[TEXT_BYTES_MAX + 1] = "";
    repeat(name, "x", 4096);
    assert_int_equal(compile(EXPR_PROJECTION, span_of(name), message), ST_OK);
    support_mem_check();
}

/* The hardest texts of 4,096 bytes take hardly longer than the easiest. The bound is generous: what
 * is not linear takes seconds. */
static void test_limits__compiling_is_quick_whatever_the_text(void **state)
{
    (void)state;
    static const char *const parts[] = {"(",     "((a)", "f(", "a.", "a,",       "not ",    "(not ",
                                        "size(", "a[0]", "#",  "((", "a=a or (", "a in (a,"};
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        char text[TEXT_BYTES_MAX + 1] = "";
        char message[2 * TEXT_BYTES_MAX];
        repeat(text, parts[i], TEXT_BYTES_MAX / strlen(parts[i]));
        struct timespec from, to;
        clock_gettime(CLOCK_MONOTONIC, &from);
        for (int kind = EXPR_CONDITION; kind <= EXPR_PROJECTION; kind++)
            (void)compile((expr_kind)kind, span_of(text), message);
        clock_gettime(CLOCK_MONOTONIC, &to);
        const double seconds =
            (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
        if (seconds > 0.5) fail_msg("%s…: %.1f s", parts[i], seconds);
    }
    support_mem_check();
}

static const struct {
    expr_kind kind;
    const char *text;
} whole[] = {
    {EXPR_CONDITION,  "attribute_not_exists(#k) OR (begins_with(#s, :v) AND a.b[12] <= :v)"},
    {EXPR_FILTER,     "NOT size(a) BETWEEN :v AND c OR d IN (:v, e)"                       },
    {EXPR_UPDATE,     "SET a = if_not_exists(b, :v) + c, d[1].e = list_append(f, g)"       },
    {EXPR_UPDATE,     "REMOVE h ADD i :v DELETE j :v"                                      },
    {EXPR_PROJECTION, "a, b.c[0].#k, d[2147483647]"                                        },
};

static void test_limits__every_beginning_of_a_text_is_read_within_its_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(whole); i++) {
        for (size_t n = 1; n <= strlen(whole[i].text); n++) {
            char message[TEXT_BYTES_MAX + 1];
            const struct span text = {(const uint8_t *)whole[i].text, n};
            const struct span guarded = support_guard(text);
            (void)compile(whole[i].kind, guarded, message);
            support_guard_free(guarded);
        }
    }
    support_mem_check();
}

/* All that a request does with its expressions, in an arena of `arena_bytes`. */
static status run_all(size_t arena_bytes, struct expr_cache *cache)
{
    struct expr_case own;
    expr_case_begin(&own); /* what the test needs itself */
    static const char item_text[] =
        "{'a':{'M':{'b':{'L':[{'N':'1'},{'SS':['x','y']}]},'l':{'L':[{'N':'2'}]}}},'n':{'N':'1'}}";
    const struct value item_map = expr_case_map(&own, item_text);
    const struct value values = expr_case_map(
        &own, "{':n':{'N':'5'},':s':{'SS':['y','z']},':l':{'L':[{'N':'1'}]},':lo':{'S':'a'}}");
    const struct expr_name names[] = {
        {SPAN("#b"), SPAN("b")},
        {SPAN("#a"), SPAN("a")}
    };

    struct arena arena;
    arena_init(&arena, support_mem(), arena_bytes);
    struct error err = error_in(&arena);
    struct expr_scope scope = {
        .arena = &arena, .names = names, .name_count = 2, .values = values, .has_names = true};
    static const char *const texts[] = {
        [EXPR_CONDITION] = "#a.#b[0] < :n AND NOT (n = :n OR c BETWEEN :lo AND :lo)",
        [EXPR_UPDATE] = "SET n = n + :n, #a.l = list_append(#a.l, :l), c = if_not_exists(c, :n) "
                        "ADD #a.#b[1] :s",
        [EXPR_PROJECTION] = "#a.#b[1], n",
    };
    struct expr *exprs[EXPR_PROJECTION + 1] = {NULL};
    struct value out = {0};
    status st = expr_scope_begin(&scope, &err);
    for (int kind = 0; st == ST_OK && kind <= EXPR_PROJECTION; kind++) {
        const struct expr_code *code = NULL;
        if (texts[kind] == NULL) continue;
        st = expr_compile(cache, &arena,
                          (struct expr_source){(expr_kind)kind, span_of(texts[kind])}, &code, &err);
        if (st == ST_OK) st = expr_bind(&scope, code, &exprs[kind], &err);
    }
    if (st == ST_OK) st = expr_scope_finish(&scope, &err);
    if (st == ST_OK) {
        const struct item item = {.attributes = item_map};
        assert_true(expr_holds(exprs[EXPR_CONDITION], &item));
        st = expr_project(exprs[EXPR_PROJECTION], item_map, &arena, &out);
    }
    if (st == ST_OK) {
        expr_case_assert_map(&own, out, "{'a':{'M':{'b':{'L':[{'SS':['x','y']}]}}},'n':{'N':'1'}}");
        st = expr_update(exprs[EXPR_UPDATE], item_map, &arena, &out, &err);
    }
    if (st == ST_OK) {
        expr_case_assert_map(&own, out,
                             "{'a':{'M':{'b':{'L':[{'N':'1'},{'SS':['x','y','z']}]},"
                             "'l':{'L':[{'N':'2'},{'N':'1'}]}}},'n':{'N':'6'},'c':{'N':'5'}}");
    }
    expr_scope_release(&scope);
    arena_deinit(&arena);
    expr_case_end(&own);
    return st;
}

static void test_limits__a_spent_arena_is_no_memory_wherever_it_ends(void **state)
{
    (void)state;
    size_t bytes = 8 << 10;
    bool failed = false;
    while (run_all(bytes, NULL) != ST_OK) {
        failed = true;
        assert_int_equal(run_all(bytes, NULL), ST_NO_MEMORY);
        bytes += 64;
        assert_true(bytes < 1 << 20);
    }
    assert_true(failed);
    support_mem_check();
}

static void test_limits__each_failing_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    for (uint64_t nth = 1;; nth++) {
        struct expr_cache *cache = NULL;
        assert_int_equal(expr_cache_new(support_mem(), 1 << 20, &cache), ST_OK);
        struct expr_case own; /* takes its memory before the failing one */
        expr_case_begin(&own);
        struct arena arena;
        arena_init(&arena, support_mem(), 1 << 20);
        struct error err = error_in(&arena);
        const struct expr_code *code = NULL;
        support_mem_fail_at(nth);
        const status st = expr_compile(
            cache, &arena,
            (struct expr_source){EXPR_CONDITION, SPAN("a = b AND c.d[1] IN (e, f, :v)")}, &code,
            &err);
        const bool failed = support_mem_failed();
        support_mem_fail_at(0);
        assert_true(st == ST_OK || st == ST_NO_MEMORY);
        if (st == ST_OK && failed) assert_null(code->entry); /* the cache found no memory */
        arena_deinit(&arena);
        expr_case_end(&own);
        expr_cache_free(cache);
        support_mem_check();
        if (!failed) break;
    }
}

static void test_limits__an_allocation_fails_anywhere_in_a_request(void **state)
{
    (void)state;
    struct expr_cache *cache = NULL;
    support_mem_fail_at(1);
    assert_int_equal(expr_cache_new(support_mem(), 1 << 20, &cache), ST_NO_MEMORY);
    support_mem_fail_at(0);
    assert_null(cache);
    assert_int_equal(expr_cache_new(support_mem(), 1 << 20, &cache), ST_OK);
    assert_int_equal(run_all(1 << 20, cache), ST_OK);
    assert_int_equal(run_all(1 << 20, cache), ST_OK); /* from the cache */
    expr_cache_free(cache);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits__c24_149_nested_ors_hold),
        cmocka_unit_test(test_limits__c24_300_operators_and_no_more),
        cmocka_unit_test(test_limits__nesting_costs_no_stack),
        cmocka_unit_test(test_limits__sizes_of_sizes_are_refused_when_bound),
        cmocka_unit_test(test_limits__c24_100_operands_of_in),
        cmocka_unit_test(test_limits__c24_paths_have_32_steps),
        cmocka_unit_test(test_limits__c24_4096_bytes_are_allowed),
        cmocka_unit_test(test_limits__compiling_is_quick_whatever_the_text),
        cmocka_unit_test(test_limits__every_beginning_of_a_text_is_read_within_its_bounds),
        cmocka_unit_test(test_limits__a_spent_arena_is_no_memory_wherever_it_ends),
        cmocka_unit_test(test_limits__each_failing_allocation_leaves_nothing_behind),
        cmocka_unit_test(test_limits__an_allocation_fails_anywhere_in_a_request),
    };
    return cmocka_run_group_tests_name("expr limits", tests, NULL, NULL);
}
