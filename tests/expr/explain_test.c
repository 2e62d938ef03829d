/* explain_test.c -- which tests of a condition decided, and what they saw.
 *
 * Explanations are shown as lines, one for each test that decided:
 *
 *     no  #s = :v  (#s status {'S':'old'}; :v {'S':'new'})
 *
 * its outcome, its text, and of each operand the text, the path if it is one, and what was seen.
 * The property at the end is that of explain.c's essay: over random trees of AND, OR and NOT the
 * tests that are told of make the answer, whatever the others are (D1), and none of them can be
 * missed (D2). The seed is printed; STATOR_SEED replays it.
 */
#include "expr/expr_case.h"

#include <stdio.h>

#include "item/wire.h"

enum { SHOWN_BYTES = 16 << 10 };

/* ---- showing */

static void show_value(struct buf *out, const struct expr_seen *seen)
{
    struct buf json;
    struct json_writer writer;
    if (seen->value.type == VALUE_NONE) {
        buf_put_text(out, "missing");
        return;
    }
    buf_init(&json, support_mem(), SHOWN_BYTES);
    json_writer_init(&writer, &json);
    wire_write_value(&writer, seen->value);
    for (size_t i = 0; i < json.len; i++) buf_put_u8(out, json.ptr[i] == '"' ? '\'' : json.ptr[i]);
    buf_deinit(&json);
    if (seen->cut) buf_printf(out, " of %u bytes", seen->bytes);
}

static void show_text(struct buf *out, struct excerpt text)
{
    buf_put(out, text.text);
    if (text.cut) buf_put_text(out, "~");
}

static void show_reason(struct buf *out, const struct expr_reason *reason)
{
    buf_put_text(out, reason->held ? "yes " : "no ");
    show_text(out, reason->text);
    buf_put_text(out, " (");
    for (uint32_t i = 0; i < reason->seen_count; i++) {
        const struct expr_seen *seen = &reason->seen[i];
        if (i > 0) buf_put_text(out, "; ");
        show_text(out, seen->text);
        if (seen->path.text.len > 0) buf_put_u8(out, ' ');
        show_text(out, seen->path);
        buf_put_u8(out, ' ');
        show_value(out, seen);
    }
    if (reason->unseen_count > 0) buf_printf(out, "; and %u more", reason->unseen_count);
    buf_put_text(out, ")");
}

/* ---- cases */

struct explain_case {
    const char *text, *names, *values, *item;
    bool holds;
    const char *shown; /* reasons, joined by " | " */
};

#define V1 "{':x':{'N':'1'}}"
#define V2 "{':x':{'N':'1'},':y':{'N':'2'}}"
#define V3 "{':x':{'N':'1'},':y':{'N':'2'},':z':{'N':'3'}}"

/* clang-format off */
static const struct explain_case cases[] = {
    /* one test */
    {"a = :x", NULL, V1, "{'a':{'N':'1'}}", true, "yes a = :x (a a {'N':'1'}; :x {'N':'1'})"},
    {"a=:x", NULL, V1, "{'a':{'N':'2'}}", false, "no a = :x (a a {'N':'2'}; :x {'N':'1'})"},
    {"a = :x", NULL, V1, "{}", false, "no a = :x (a a missing; :x {'N':'1'})"},
    {"a = :x", NULL, V1, NULL, false, "no a = :x (a a missing; :x {'N':'1'})"},
    {"(a) <> (:x)", NULL, V1, "{}", true, "yes a <> :x (a a missing; :x {'N':'1'})"},
    /* AND: the first that is false; all when they are true */
    {"a = :x AND b = :y", NULL, V2, "{'a':{'N':'1'}}", false,
        "no b = :y (b b missing; :y {'N':'2'})"},
    {"a = :x AND b = :y", NULL, V2, "{'b':{'N':'2'}}", false,
        "no a = :x (a a missing; :x {'N':'1'})"},
    {"a = :x AND b = :y", NULL, V2, "{'a':{'N':'1'},'b':{'N':'2'}}", true,
        "yes a = :x (a a {'N':'1'}; :x {'N':'1'}) | yes b = :y (b b {'N':'2'}; :y {'N':'2'})"},
    /* OR: all that are false; the first that is true */
    {"a = :x OR b = :y", NULL, V2, "{'b':{'N':'7'}}", false,
        "no a = :x (a a missing; :x {'N':'1'}) | no b = :y (b b {'N':'7'}; :y {'N':'2'})"},
    {"a = :x OR b = :y", NULL, V2, "{'b':{'N':'2'}}", true,
        "yes b = :y (b b {'N':'2'}; :y {'N':'2'})"},
    /* NOT: what it negates */
    {"NOT a = :x", NULL, V1, "{'a':{'N':'1'}}", false,
        "yes a = :x (a a {'N':'1'}; :x {'N':'1'})"},
    {"NOT (a = :x OR b = :y)", NULL, V2, "{'b':{'N':'2'}}", false,
        "yes b = :y (b b {'N':'2'}; :y {'N':'2'})"},
    {"NOT (a = :x AND b = :y)", NULL, V2, "{'a':{'N':'1'},'b':{'N':'2'}}", false,
        "yes a = :x (a a {'N':'1'}; :x {'N':'1'}) | yes b = :y (b b {'N':'2'}; :y {'N':'2'})"},
    /* nested: what was overruled has not decided */
    {"(a = :x OR b = :y) AND c = :z", NULL, V3, "{'b':{'N':'2'}}", false,
        "no c = :z (c c missing; :z {'N':'3'})"},
    {"(a = :x AND b = :y) OR c = :z", NULL, V3, "{'c':{'N':'3'}}", true,
        "yes c = :z (c c {'N':'3'}; :z {'N':'3'})"},
    {"a = :x AND (b = :y OR c = :z)", NULL, V3, "{'a':{'N':'1'},'c':{'N':'9'}}", false,
        "no b = :y (b b missing; :y {'N':'2'}) | no c = :z (c c {'N':'9'}; :z {'N':'3'})"},
    /* operators and functions */
    {"a BETWEEN :x AND :y", NULL, V2, "{'a':{'N':'5'}}", false,
        "no a BETWEEN :x AND :y (a a {'N':'5'}; :x {'N':'1'}; :y {'N':'2'})"},
    {"a in(:x,:y)", NULL, V2, "{'a':{'N':'5'}}", false,
        "no a IN (:x, :y) (a a {'N':'5'}; :x {'N':'1'}; :y {'N':'2'})"},
    {"attribute_not_exists(a)", NULL, NULL, "{'a':{'NULL':true}}", false,
        "no attribute_not_exists(a) (a a {'NULL':true})"},
    {"attribute_exists(a.b[3].#c)", "{'#c':'x.y'}", NULL, "{'a':{'S':'t'}}", false,
        "no attribute_exists(a.b[3].#c) (a.b[3].#c a.b[3].x\\.y missing)"},
    {"attribute_type(#a, :t)", "{'#a':'a'}", "{':t':{'S':'N'}}", "{'a':{'S':'1'}}", false,
        "no attribute_type(#a, :t) (#a a {'S':'1'}; :t {'S':'N'})"},
    {"begins_with(a, :t)", NULL, "{':t':{'S':'ab'}}", "{'a':{'S':'ba'}}", false,
        "no begins_with(a, :t) (a a {'S':'ba'}; :t {'S':'ab'})"},
    {"contains(a, :t)", NULL, "{':t':{'S':'c'}}", "{'a':{'SS':['a','b']}}", false,
        "no contains(a, :t) (a a {'SS':['a','b']}; :t {'S':'c'})"},
    {"size(a) > :x", NULL, V1, "{'a':{'S':'é'}}", true,
        "yes size(a) > :x (size(a) a {'N':'2'}; :x {'N':'1'})"},
    {"size(a) > :x", NULL, V1, "{'a':{'N':'8'}}", false,
        "no size(a) > :x (size(a) a missing; :x {'N':'1'})"},
    {":x < b", NULL, V1, "{'b':{'S':'no number'}}", false,
        "no :x < b (:x {'N':'1'}; b b {'S':'no number'})"},
};
/* clang-format on */

static void show(struct expr_case *c, const char *item, struct expr_explanation *x, struct buf *out)
{
    const struct item stored = {.attributes = expr_case_map(c, item)};
    const struct item *judged = item != NULL ? &stored : NULL;
    assert_int_equal(expr_explain(c->expr, judged, &c->arena, x), ST_OK);
    assert_int_equal(x->holds, expr_holds(c->expr, judged));
    assert_int_equal(x->has_item, item != NULL);
    for (uint32_t i = 0; i < x->reason_count; i++) {
        if (i > 0) buf_put_text(out, " | ");
        show_reason(out, &x->reasons[i]);
    }
    buf_put_u8(out, 0);
    assert_int_equal(buf_status(out), ST_OK);
}

static void test_explain__tells_which_tests_decided_and_what_they_saw(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct explain_case *k = &cases[i];
        struct expr_case c;
        struct expr_explanation x = {0};
        struct buf out;
        expr_case_begin(&c);
        buf_init(&out, support_mem(), SHOWN_BYTES);
        expr_case_scope(&c, k->names, k->values);
        expr_case_bind(&c, EXPR_CONDITION, k->text);
        expr_case_assert_ok(&c);
        show(&c, k->item, &x, &out);
        assert_string_equal((const char *)out.ptr, k->shown);
        assert_int_equal(x.holds, k->holds);
        buf_deinit(&out);
        expr_case_end(&c);
    }
    support_mem_check();
}

/* ---- bounds */

static void test_explain__is_bounded_whatever_the_item_and_the_condition(void **state)
{
    (void)state;
    struct expr_case c;
    struct expr_explanation x = {0};
    struct buf out, text, values, item;
    expr_case_begin(&c);
    buf_init(&out, support_mem(), SHOWN_BYTES);
    buf_init(&text, support_mem(), SHOWN_BYTES);
    buf_init(&values, support_mem(), SHOWN_BYTES);
    buf_put_text(&text, "big IN (:v00");
    buf_put_text(&values, "{':v00':{'N':'0'}");
    for (int i = 1; i < 60; i++) {
        buf_printf(&text, ", :v%02d", i);
        buf_printf(&values, ",':v%02d':{'N':'%d'}", i, i);
    }
    buf_put_text(&text, ")");
    for (int i = 0; i < 40; i++) buf_put_text(&text, " OR attribute_exists(nowhere)");
    buf_put_u8(&text, 0);
    buf_put_text(&values, "}");
    buf_put_u8(&values, 0);
    buf_init(&item, support_mem(), SHOWN_BYTES);
    buf_put_text(&item, "{'big':{'S':'");
    for (int i = 0; i < 600; i++) buf_put_text(&item, i == 100 ? "é" : "x");
    buf_put_text(&item, "'}}");
    buf_put_u8(&item, 0);

    expr_case_scope(&c, NULL, (const char *)values.ptr);
    expr_case_bind(&c, EXPR_CONDITION, (const char *)text.ptr);
    expr_case_assert_ok(&c);
    show(&c, (const char *)item.ptr, &x, &out);
    assert_false(x.holds);
    assert_int_equal(x.reason_count, EXPR_REASONS_MAX);
    assert_int_equal(x.left_out, 41 - EXPR_REASONS_MAX);
    const struct expr_reason *first = &x.reasons[0];
    assert_true(first->text.cut);
    assert_in_range(first->text.text.len, EXPR_TEXT_BYTES - 3, EXPR_TEXT_BYTES);
    assert_int_equal(first->seen_count, EXPR_SEEN_MAX);
    assert_int_equal(first->unseen_count, 61 - EXPR_SEEN_MAX);
    assert_true(first->seen[0].cut);
    assert_int_equal(first->seen[0].bytes, 601);
    assert_int_equal(first->seen[0].value.body.len, EXPR_VALUE_BYTES);
    buf_deinit(&item);
    buf_deinit(&values);
    buf_deinit(&text);
    buf_deinit(&out);
    expr_case_end(&c);
    support_mem_check();
}

/* ---- old parameters */

static void show_legacy(struct expr_case *c, const struct expr_legacy_tests *asked,
                        const char *item, const char *shown)
{
    const struct expr *expr = NULL;
    struct expr_explanation x = {0};
    struct buf out;
    assert_int_equal(expr_legacy_condition(asked, &c->arena, &expr, &c->err), ST_OK);
    const struct item stored = {.attributes = expr_case_map(c, item)};
    buf_init(&out, support_mem(), SHOWN_BYTES);
    assert_int_equal(expr_explain(expr, &stored, &c->arena, &x), ST_OK);
    assert_int_equal(x.holds, expr_holds(expr, &stored));
    for (uint32_t i = 0; i < x.reason_count; i++) {
        if (i > 0) buf_put_text(&out, " | ");
        show_reason(&out, &x.reasons[i]);
    }
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.ptr, shown);
    buf_deinit(&out);
}

static void test_explain__old_parameters_are_told_as_an_expression_would_say_them(void **state)
{
    (void)state;
    struct expr_case c;
    expr_case_begin(&c);
    const struct value given = expr_case_map(&c, "{'x':{'S':'x'},'y':{'S':'y'}}");
    struct value x = {0}, y = {0};
    assert_true(value_find(given, SPAN("x"), &x));
    assert_true(value_find(given, SPAN("y"), &y));
    const struct expr_legacy_test tests[] = {
        {.name = SPAN("a.b"), .comparison = EXPR_COMPARE_EQ, .values = &x, .value_count = 1},
        {.name = SPAN("c"),
         .comparison = EXPR_COMPARE_NOT_CONTAINS,
         .values = &y,
         .value_count = 1                                                                  },
    };
    struct expr_legacy_tests asked = {.kind = EXPR_CONDITION, .tests = tests, .count = 2};
    show_legacy(&c, &asked, "{'a.b':{'S':'z'}}",
                "no a\\.b = ? (a\\.b a\\.b {'S':'z'}; ? {'S':'x'})");
    show_legacy(&c, &asked, "{'a.b':{'S':'x'},'c':{'S':'xyz'}}",
                "yes contains(c, ?) (c c {'S':'xyz'}; ? {'S':'y'})");
    asked.any = true;
    show_legacy(&c, &asked, "{}",
                "no a\\.b = ? (a\\.b a\\.b missing; ? {'S':'x'}) | no attribute_exists(c) (c c "
                "missing)");
    expr_case_end(&c);
    support_mem_check();
}

/* ---- a description */

static void test_describe__tells_all_tests_and_no_item(void **state)
{
    (void)state;
    struct expr_case c;
    struct expr_explanation x = {0};
    struct buf out;
    expr_case_begin(&c);
    expr_case_scope(&c, "{'#p':'pk'}", V3);
    expr_case_bind(&c, EXPR_KEY_CONDITION, "#p = :x AND sk BETWEEN :y AND :z");
    expr_case_assert_ok(&c);
    buf_init(&out, support_mem(), SHOWN_BYTES);
    assert_int_equal(expr_describe(c.expr, &c.arena, &x), ST_OK);
    assert_int_equal(x.reason_count, 2);
    show_reason(&out, &x.reasons[1]);
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.ptr,
                        "no sk BETWEEN :y AND :z (sk sk missing; :y {'N':'2'}; :z {'N':'3'})");
    buf_deinit(&out);
    expr_case_end(&c);
    support_mem_check();
}

/* ---- memory */

static void test_explain__without_memory_is_told(void **state)
{
    (void)state;
    struct expr_case c;
    unsigned refused = 0;
    expr_case_begin(&c);
    expr_case_scope(&c, NULL, V2);
    expr_case_bind(&c, EXPR_CONDITION, "a = :x OR size(b) = :y");
    expr_case_assert_ok(&c);
    for (size_t bytes = 0;; bytes += 64) {
        struct arena small;
        struct expr_explanation x = {0};
        arena_init(&small, support_mem(), bytes);
        const status st = expr_explain(c.expr, NULL, &small, &x);
        arena_deinit(&small);
        if (st == ST_OK) break;
        assert_int_equal(st, ST_NO_MEMORY);
        refused++;
    }
    assert_true(refused > 4);
    expr_case_end(&c);
    support_mem_check();
}

/* ---- the property
 *
 * Leaf i is attribute_exists(xi) or its opposite; a world is a set of bits, which leaves hold. */

enum { LEAVES_MAX = 8, NODES_MAX = 2 * LEAVES_MAX, DEPTH_MAX = 5, ROUNDS = 4000 };

enum node_kind { OR, AND, NOT, LEAF };

struct node {
    enum node_kind kind;
    uint32_t a, b;
};

struct tree {
    struct support_random random;
    struct node nodes[4 * LEAVES_MAX];
    uint32_t node_count;
    uint32_t leaf_count;
    bool is_opposite[LEAVES_MAX];
    struct buf text;
};

/* Recursion is bounded by DEPTH_MAX. */
static uint32_t make_node(struct tree *t, uint32_t depth)
{
    const uint32_t index = t->node_count++;
    struct node node = {.kind = (enum node_kind)support_random_below(&t->random, LEAF + 1)};
    const bool is_full = t->leaf_count + depth + 2 > LEAVES_MAX || t->node_count > NODES_MAX;
    if (depth == DEPTH_MAX || is_full) node.kind = LEAF;
    if (node.kind == LEAF) {
        node.a = t->leaf_count++;
        assert_true(node.a < LEAVES_MAX);
        t->is_opposite[node.a] = support_random_below(&t->random, 2) == 0;
    } else {
        node.a = make_node(t, depth + 1);
        if (node.kind != NOT) node.b = make_node(t, depth + 1);
    }
    t->nodes[index] = node;
    return index;
}

/* Recursion is bounded by DEPTH_MAX. */
static void put_node(struct tree *t, uint32_t index, enum node_kind outer)
{
    const struct node *node = &t->nodes[index];
    const bool parentheses = node->kind < outer;
    if (node->kind == LEAF) {
        buf_printf(&t->text, "attribute_%sexists(x%u)", t->is_opposite[node->a] ? "not_" : "",
                   node->a);
        return;
    }
    if (parentheses) buf_put_text(&t->text, "(");
    if (node->kind == NOT) buf_put_text(&t->text, "NOT ");
    put_node(t, node->a, node->kind);
    if (node->kind != NOT) buf_put_text(&t->text, node->kind == OR ? " OR " : " AND ");
    if (node->kind != NOT) put_node(t, node->b, node->kind);
    if (parentheses) buf_put_text(&t->text, ")");
}

/* Recursion is bounded by DEPTH_MAX. */
static bool node_holds(const struct tree *t, uint32_t index, uint32_t world)
{
    const struct node *node = &t->nodes[index];
    if (node->kind == LEAF) return (world >> node->a & 1) != 0;
    if (node->kind == NOT) return !node_holds(t, node->a, world);
    const bool a = node_holds(t, node->a, world);
    const bool b = node_holds(t, node->b, world);
    return node->kind == OR ? a || b : a && b;
}

/* The leaves that the explanation names, a bit each; their outcomes are those of `world`. */
static uint32_t decided(const struct expr_explanation *x, uint32_t world)
{
    uint32_t leaves = 0;
    for (uint32_t i = 0; i < x->reason_count; i++) {
        const struct span path = x->reasons[i].seen[0].path.text;
        assert_int_equal(path.len, 2);
        const uint32_t leaf = (uint32_t)(path.ptr[1] - '0');
        assert_int_equal(x->reasons[i].held, world >> leaf & 1);
        assert_false((leaves >> leaf & 1) != 0);
        leaves |= UINT32_C(1) << leaf;
    }
    return leaves;
}

/* Is the answer `holds` in all worlds that agree with `world` about `leaves`? */
static bool is_settled(const struct tree *t, uint32_t leaves, uint32_t world, bool holds)
{
    for (uint32_t other = 0; other < UINT32_C(1) << t->leaf_count; other++)
        if (((other ^ world) & leaves) == 0 && node_holds(t, 0, other) != holds) return false;
    return true;
}

static void make_item(const struct tree *t, uint32_t world, char *out, size_t size)
{
    size_t length = (size_t)snprintf(out, size, "{");
    for (uint32_t i = 0; i < t->leaf_count; i++) {
        if ((world >> i & 1) == (t->is_opposite[i] ? 1 : 0)) continue;
        length += (size_t)snprintf(out + length, size - length, "%s'x%u':{'S':'y'}",
                                   length > 1 ? "," : "", i);
    }
    snprintf(out + length, size - length, "}");
}

static void check_tree(struct tree *t)
{
    struct expr_case c;
    struct expr_explanation x = {0};
    char json[512];
    const uint32_t world = support_random_below(&t->random, UINT32_C(1) << t->leaf_count);
    const bool holds = node_holds(t, 0, world);
    expr_case_begin(&c);
    expr_case_scope(&c, NULL, NULL);
    expr_case_bind(&c, EXPR_CONDITION, (const char *)t->text.ptr);
    expr_case_assert_ok(&c);
    make_item(t, world, json, sizeof json);
    const struct item item = {.attributes = expr_case_map(&c, json)};
    assert_int_equal(expr_explain(c.expr, &item, &c.arena, &x), ST_OK);
    assert_int_equal(x.holds, holds);
    assert_int_equal(x.left_out, 0);
    const uint32_t leaves = decided(&x, world);
    if (!is_settled(t, leaves, world, holds)) fail_msg("D1: %s for %s", t->text.ptr, json);
    for (uint32_t i = 0; i < t->leaf_count; i++) {
        const uint32_t bit = UINT32_C(1) << i;
        if ((leaves & bit) != 0 && is_settled(t, leaves & ~bit, world, holds))
            fail_msg("D2: x%u of %s for %s", i, t->text.ptr, json);
    }
    expr_case_end(&c);
}

static void test_property__what_is_told_makes_the_answer_and_none_of_it_can_be_missed(void **state)
{
    (void)state;
    struct tree *t = test_calloc(1, sizeof *t);
    t->random = support_random();
    buf_init(&t->text, support_mem(), SHOWN_BYTES);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        t->node_count = t->leaf_count = 0;
        buf_clear(&t->text);
        const uint32_t root = make_node(t, 0);
        put_node(t, root, OR);
        buf_put_u8(&t->text, 0);
        check_tree(t);
    }
    buf_deinit(&t->text);
    test_free(t);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explain__tells_which_tests_decided_and_what_they_saw),
        cmocka_unit_test(test_explain__is_bounded_whatever_the_item_and_the_condition),
        cmocka_unit_test(test_explain__old_parameters_are_told_as_an_expression_would_say_them),
        cmocka_unit_test(test_describe__tells_all_tests_and_no_item),
        cmocka_unit_test(test_explain__without_memory_is_told),
        cmocka_unit_test(test_property__what_is_told_makes_the_answer_and_none_of_it_can_be_missed),
    };
    return cmocka_run_group_tests_name("expr explain", tests, NULL, NULL);
}
