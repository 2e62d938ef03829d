/* syntax_test.c -- what expr_compile refuses, with DynamoDB's exact words, and what it must not
 * refuse. Tables: kind, text, the message after "Invalid ConditionExpression: ".
 */
#include "expr/expr_case.h"

#include <stdio.h>

struct refusal {
    const char *text;
    const char *message;
};

static const char *const kind_names[] = {"ConditionExpression", "FilterExpression",
                                         "KeyConditionExpression", "UpdateExpression",
                                         "ProjectionExpression"};

/* Compile `text`, which must be refused with `message`. */
static void check_refusal(expr_kind kind, const char *text, const char *message)
{
    struct arena arena;
    arena_init(&arena, support_mem(), 16 << 20);
    struct error err = error_in(&arena);
    const struct expr_code *code = NULL;
    if (expr_compile(NULL, &arena, (struct expr_source){kind, span_of(text)}, &code, &err) !=
        ST_VALIDATION)
        fail_msg("%s should be refused: %s", text, message);
    char expected[8192];
    snprintf(expected, sizeof expected, "Invalid %s: %s", kind_names[kind], message);
    support_assert_text(error_text(&err), expected);
    arena_deinit(&arena);
}

static void check_refusals(expr_kind kind, const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) check_refusal(kind, refusals[i].text, refusals[i].message);
    support_mem_check();
}

static void check_accepted(expr_kind kind, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena arena;
        arena_init(&arena, support_mem(), 16 << 20);
        struct error err = error_in(&arena);
        const struct expr_code *code = NULL;
        if (expr_compile(NULL, &arena, (struct expr_source){kind, span_of(texts[i])}, &code,
                         &err) != ST_OK)
            fail_msg("%s: %.*s", texts[i], SPAN_ARG(error_text(&err)));
        arena_deinit(&arena);
    }
    support_mem_check();
}

#define EMPTY "The expression can not be empty;"
#define PARENTHESES "The expression has redundant parentheses;"
#define SYNTAX(token, near) "Syntax error; token: \"" token "\", near: \"" near "\""
#define RESERVED(word) "Attribute name is a reserved keyword; reserved keyword: " word
#define NOT_HERE(where, function)                                                                  \
    "The function is not allowed in " where " expression; function: " function
#define INDEX(number) "List index is not within the allowable range; index: [" number "]"
#define ONCE(section) "The \"" section "\" section can only be used once in an update expression;"
#define MISPLACED(function)                                                                        \
    "The function is not allowed to be used this way in an expression; function: " function

/* clang-format off */

static void test_syntax__errors_show_the_token_and_its_neighbours(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"a", SYNTAX("<EOF>", "a")},
        {"a b", SYNTAX("b", "a b")},
        {"a x b", SYNTAX("x", "a x b")},
        {"a = ", SYNTAX("<EOF>", "= ")},
        {"a = :v AND", SYNTAX("<EOF>", "AND")},
        {"things are not gonna be ok", SYNTAX("are", "things are not")},
        {"= a", SYNTAX("=", "= a")},
        {"  = a", SYNTAX("=", "  = a")},
        {" ", SYNTAX("<EOF>", " ")},
        {"a > 4", SYNTAX("4", "> 4")},
        {"a = b c", SYNTAX("c", "b c")},
        {"a = b = c", SYNTAX("=", "b = c")},
        {"(a = b", SYNTAX("<EOF>", "b")},
        {"a = b)", SYNTAX(")", "b)")},
        {"()", SYNTAX(")", "()")},
        {"(", SYNTAX("<EOF>", "(")},
        {"(((", SYNTAX("<EOF>", "(")},
        {"(a)", SYNTAX("<EOF>", ")")},
        {"(a) AND b = c", SYNTAX("AND", ") AND b")},
        {"(a AND b = c)", SYNTAX("AND", "a AND b")},
        {"NOT a", SYNTAX("<EOF>", "a")},
        {"NOT (a)", SYNTAX("<EOF>", ")")},
        {"(NOT a)", SYNTAX(")", "a)")},
        {":v", SYNTAX("<EOF>", ":v")},
        {"a = b AND c", SYNTAX("<EOF>", "c")},
        {"a = b OR c OR d = e", SYNTAX("OR", "c OR d")},
    };
    check_refusals(EXPR_CONDITION, refusals, ARRAY_COUNT(refusals));
}

static void test_syntax__errors_in_calls_lists_and_paths(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"attribute_exists(", SYNTAX("<EOF>", "(")},
        {"attribute_exists()", SYNTAX(")", "()")},
        {"attribute_exists(a", SYNTAX("<EOF>", "a")},
        {"attribute_exists(a,)", SYNTAX(")", ",)")},
        {"attribute_exists(a) b", SYNTAX("b", ") b")},
        {"attribute_exists(Pictures-RearView)", SYNTAX("-", "Pictures-RearView")},
        {"attribute_exists(\"a.b\")", SYNTAX("\"", "(\"a")},
        {"attribute_exists(Pictures..RearView)", SYNTAX(".", "..RearView")},
        {"attribute_exists(Pi#ctures.RearView)", SYNTAX("#ctures", "Pi#ctures.")},
        {"attribute_exists(asdf[a])", SYNTAX("a", "[a]")},
        {"a in b, c", SYNTAX("b", "in b,")},
        {"a in ()", SYNTAX(")", "()")},
        {"a in (b,c,)", SYNTAX(")", ",)")},
        {"a IN (b", SYNTAX("<EOF>", "b")},
        {"a > between", SYNTAX("between", "> between")},
        {"a between b", SYNTAX("<EOF>", "b")},
        {"a between b or c", SYNTAX("or", "b or c")},
        {"(a)between(b.(c.d))and(c)", SYNTAX("(", ".(c")},
        {"(a)between(b.c.d)and((c)", SYNTAX("<EOF>", ")")},
        {"#$.b > a", SYNTAX("#", "#$")},
        {"a = :", SYNTAX(":", "= :")},
        {"a > :things.stuff", SYNTAX(".", ":things.stuff")},
        {"b[:a] > a", SYNTAX(":a", "[:a]")},
        {"b[#_] > a", SYNTAX("#_", "[#_]")},
        {"b[-1] > a", SYNTAX("-", "[-1")},
        {"b[] > a", SYNTAX("]", "[] >")},
        {"b[01] > a", SYNTAX("1", "01]")},
        {"b[4.5] > a", SYNTAX(".", "4.5")},
        {"\xC3\xBC > a", SYNTAX("\xC3\xBC", "\xC3\xBC >")},
        {"size(a).b > a", SYNTAX(".", ").b")},
        {"(size(a)).b > a", SYNTAX(".", ").b")},
        {"size(a)[0] > a", SYNTAX("[", ")[0")},
        {"(size(a))[0] > a", SYNTAX("[", ")[0")},
        {"a != b", SYNTAX("!", "a !=")},
        {"a == b", SYNTAX("=", "== b")},
        {"_a = b", SYNTAX("_", "_a")},
        {"a.:b = c", SYNTAX(":b", ".:b =")},
        {"set = a", SYNTAX("set", "set =")},
        {"a.and = b", SYNTAX("and", ".and =")},
        {"attribute_exists(a) = b AND", SYNTAX("<EOF>", "AND")},
        {"a + b = c", SYNTAX("+", "a + b")},
    };
    check_refusals(EXPR_CONDITION, refusals, ARRAY_COUNT(refusals));
}

static void test_syntax__empty_and_long_expressions_are_refused_first(void **state)
{
    (void)state;
    for (int kind = EXPR_CONDITION; kind <= EXPR_PROJECTION; kind++) {
        char text[4100];
        memset(text, '(', sizeof text);
        text[4097] = '\0';
        check_refusal((expr_kind)kind, "", EMPTY);
        check_refusal((expr_kind)kind, text,
                      "Expression size has exceeded the maximum allowed size; expression size: "
                      "4097");
    }
    support_mem_check();
}

static void test_syntax__c21_doubled_parentheses_are_redundant(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"((a = b))", PARENTHESES},
        {"(((a = b)))", PARENTHESES},
        {"((a)) = b", PARENTHESES},
        {"a = b and a > ((views))", PARENTHESES},
        {"(a)between(((b.c)).d)and(c)", PARENTHESES},
        {"a > whatever((:things), ((a)))", PARENTHESES},
        {"a=b AND ((a=b AND a=b)) AND a=b", PARENTHESES},
        {"a=b OR ((a=b OR a=b)) OR a=b", PARENTHESES},
        {"a=b AND ((a=b AND (a=b AND a=b)))", PARENTHESES},
        {"NOT ((a=b))", PARENTHESES},
        {"((attribute_exists(a)))", PARENTHESES},
        {"((size(a))) > b", PARENTHESES},
        {"((a = b)) syntax error", PARENTHESES},
        {"a IN (((b)))", PARENTHESES},
    };
    check_refusals(EXPR_CONDITION, refusals, ARRAY_COUNT(refusals));
}

static void test_syntax__c21_single_parentheses_are_fine(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "(a = b)",
        "((a = b) AND c = d)",
        "(a = b AND (c = d))",
        "((a = b) OR (c = d)) AND (e = f)",
        "NOT (NOT (a = b))",
        "(NOT (a = b))",
        "((a) = (b))",
        "(attribute_exists((a)))",
        "(a) BETWEEN (b) AND (c)",
        "(((a) = b) AND c = d)",
        "a IN ((b), (c))",
    };
    check_accepted(EXPR_CONDITION, texts, ARRAY_COUNT(texts));
    check_accepted(EXPR_FILTER, texts, ARRAY_COUNT(texts));
    check_accepted(EXPR_KEY_CONDITION, texts, ARRAY_COUNT(texts));
}

static void test_syntax__c22_the_first_mistake_in_the_text_is_told(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"status = :v", RESERVED("status")},
        {":a < abOrT", RESERVED("abOrT")},
        {"a.status = :v", RESERVED("status")},
        {"a = b AND name = c AND status = d", RESERVED("name")},
        {"attribute_exists(views, #a)", RESERVED("views")},
        {"a=a and whatever((:things)) > a", "Invalid function name; function: whatever"},
        {"attRIbute_exIsts((views), #a)", "Invalid function name; function: attRIbute_exIsts"},
        {"dog(status)", "Invalid function name; function: dog"},
        {"status = dog(a)", RESERVED("status")},
        {"BEGINS_WITH(a, :v)", "Invalid function name; function: BEGINS_WITH"},
        {"a=a and attribute_exists((views), (#a)) > b", MISPLACED("attribute_exists")},
        {"attribute_not_exists(things) > b", MISPLACED("attribute_not_exists")},
        {"attribute_type(things, :a) > b", MISPLACED("attribute_type")},
        {"begins_with(things, a) > b", MISPLACED("begins_with")},
        {"contains(:things, c) > b", MISPLACED("contains")},
        {"size(contains(a, b)) > a", MISPLACED("contains")},
        {"size(things)", MISPLACED("size")},
        {"(size(things))", MISPLACED("size")},
        {"NOT size(things)", MISPLACED("size")},
        {"a = b AND size(c)", MISPLACED("size")},
        {"a between b and attribute_exists(things)", MISPLACED("attribute_exists")},
        {"a in (b, attribute_exists(things))", MISPLACED("attribute_exists")},
        {"attribute_exists(attribute_exists(a))", MISPLACED("attribute_exists")},
        {"if_not_exists(a, b) = c", NOT_HERE("a condition", "if_not_exists")},
        {"list_append(a, b) = c", NOT_HERE("a condition", "list_append")},
        {"a[2147483648] = b", INDEX("2147483648")},
        {"a[99999999999999] = b", INDEX("99999999999999")},
        {"status = :v AND", SYNTAX("<EOF>", "AND")},
    };
    check_refusals(EXPR_CONDITION, refusals, ARRAY_COUNT(refusals));
    check_refusals(EXPR_FILTER, refusals, ARRAY_COUNT(refusals));
}

static void test_syntax__updates(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"INVALID SYNTAX HERE", SYNTAX("INVALID", "INVALID SYNTAX")},
        {"whatever", SYNTAX("whatever", "whatever")},
        {"SET", SYNTAX("<EOF>", "SET")},
        {"set a", SYNTAX("<EOF>", "a")},
        {"SET a =", SYNTAX("<EOF>", "=")},
        {"SET a = :v,", SYNTAX("<EOF>", ",")},
        {"SET a = :v, REMOVE b", SYNTAX("REMOVE", ", REMOVE b")},
        {"SET book-price = :v", SYNTAX("-", "book-price")},
        {"SET _123 = :v", SYNTAX("_", "SET _123")},
        {"SET 123 = :v", SYNTAX("123", "SET 123 =")},
        {"SET hi$there = :v", SYNTAX("$", "hi$there")},
        {"SET \"hi\" = :v", SYNTAX("\"", "SET \"hi")},
        {"add a", SYNTAX("<EOF>", "a")},
        {"delete a", SYNTAX("<EOF>", "a")},
        {"set a=set", SYNTAX("set", "=set")},
        {"remove a = b", SYNTAX("=", "a = b")},
        {"add a = b", SYNTAX("=", "a = b")},
        {"delete a b", SYNTAX("b", "a b")},
        {"remove a b", SYNTAX("b", "a b")},
        {"set a b", SYNTAX("b", "a b")},
        {"set :a = b", SYNTAX(":a", "set :a =")},
        {"remove :a", SYNTAX(":a", "remove :a")},
        {"add a if_not_exist(b)", SYNTAX("if_not_exist", "a if_not_exist(")},
        {"set a = b / c", SYNTAX("/", "b / c")},
        {"set a = b + c + d", SYNTAX("+", "c + d")},
        {"set a[1] = 1", SYNTAX("1", "= 1")},
        {"SET a = if_not_exists(a, 100)", SYNTAX("100", ", 100)")},
        {"SET a = if_not_exists(a, :b + :c)", SYNTAX("+", ":b + :c")},
        {"SET if_not_exists(a, b) = a", SYNTAX("(", "if_not_exists(a")},
        {"set (a = (b + c))", SYNTAX("(", "set (a")},
        {"set a = (b.c).d + e", SYNTAX(".", ").d")},
        {"set a = (b.c)[0] + e", SYNTAX("[", ")[0")},
        {"SET a = _f(b)", SYNTAX("_", "= _f")},
        {"SET a = :v remove b, ", SYNTAX("<EOF>", ", ")},
        {"SET a = :v;", SYNTAX(";", ":v;")},
        {"SET a = ((:v))", PARENTHESES},
        {"SET a = list_append(((a)), :v)", PARENTHESES},
        {"SET a = :v SET b = :w", ONCE("SET")},
        {"remove #d set a = b remove e", ONCE("REMOVE")},
        {"add #d :e set a = b add e :f", ONCE("ADD")},
        {"delete #d :e set a = b delete #e :f", ONCE("DELETE")},
        {"set #c = :c set abOrt = a", RESERVED("abOrt")},
        {" remove Absolute ", RESERVED("Absolute")},
        {"SET a = b.status", RESERVED("status")},
        {"SET a = f(b,c,d)", "Invalid function name; function: f"},
        {"SET a = LIST_APPEND(:a, :b)", "Invalid function name; function: LIST_APPEND"},
        {"set #c = if_not_exist(:c) set c = d", "Invalid function name; function: if_not_exist"},
        {"SET a = size(b)", NOT_HERE("an update", "size")},
        {"SET a = list_append(list_append(:a, :b), :c)", MISPLACED("list_append")},
        {"SET a = if_not_exists(a, list_append(:a, :b))", MISPLACED("list_append")},
    };
    check_refusals(EXPR_UPDATE, refusals, ARRAY_COUNT(refusals));

    static const char *const texts[] = {
        "SET a = :v",
        "sEt a=:v rEmOvE b aDd c :v dElEtE d :v",
        "DELETE d :v ADD c :v REMOVE b, e[1].f SET a = :v",
        "SET a = (b + c)",
        "SET a = (b)",
        "SET a = (b) + (c)",
        "SET a = ((b.c.d)+(e))",
        "SET a = if_not_exists(a, b) + b",
        "SET a = if_not_exists(a, if_not_exists(a, if_not_exists(b, :v)))",
        "SET a = list_append(if_not_exists(a, :v), (b)), #0 = :0 - #1",
    };
    check_accepted(EXPR_UPDATE, texts, ARRAY_COUNT(texts));
}

static void test_syntax__projections(void **state)
{
    (void)state;
    static const struct refusal refusals[] = {
        {"a,", SYNTAX("<EOF>", ",")},
        {",a", SYNTAX(",", ",a")},
        {"a,,b", SYNTAX(",", ",,b")},
        {"a b", SYNTAX("b", "a b")},
        {"a.b.", SYNTAX("<EOF>", ".")},
        {"(a)", SYNTAX("(", "(a")},
        {"a = b", SYNTAX("=", "a = b")},
        {":a", SYNTAX(":a", ":a")},
        {"a[-1]", SYNTAX("-", "[-1")},
        {"a[]", SYNTAX("]", "[]")},
        {"a[0", SYNTAX("<EOF>", "0")},
        {"pk, status", RESERVED("status")},
        {"pk, a.b.name", RESERVED("name")},
        {"a[99999999999999]", INDEX("99999999999999")},
    };
    check_refusals(EXPR_PROJECTION, refusals, ARRAY_COUNT(refusals));

    static const char *const texts[] = {"a", " a , b.c[0][1].#d ,#e ", "a[2147483647]", "#0"};
    check_accepted(EXPR_PROJECTION, texts, ARRAY_COUNT(texts));
}

/* clang-format on */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syntax__errors_show_the_token_and_its_neighbours),
        cmocka_unit_test(test_syntax__errors_in_calls_lists_and_paths),
        cmocka_unit_test(test_syntax__empty_and_long_expressions_are_refused_first),
        cmocka_unit_test(test_syntax__c21_doubled_parentheses_are_redundant),
        cmocka_unit_test(test_syntax__c21_single_parentheses_are_fine),
        cmocka_unit_test(test_syntax__c22_the_first_mistake_in_the_text_is_told),
        cmocka_unit_test(test_syntax__updates),
        cmocka_unit_test(test_syntax__projections),
    };
    return cmocka_run_group_tests_name("expr syntax", tests, NULL, NULL);
}
