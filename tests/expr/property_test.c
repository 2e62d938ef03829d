/* property_test.c -- random conditions against a plain judge of trees.
 *
 * A tree of ANDs, ORs and NOTs over comparisons is made at random, written out as text with
 * parentheses where they are needed and sometimes where they are not, and judged twice: by the
 * room, from the text, over a stored item; and here, over the tree and a model of the item, in
 * which a value is a type and a small number. Of each answer the explanation is asked as well: it
 * agrees, and each text that it shows is a condition that turns out as it says. The seed is
 * printed; STATOR_SEED replays it.
 */
#include "expr/expr_case.h"

#include <stdio.h>

enum { ATTRIBUTES = 4, VALUES = 4, NODES_MAX = 64, DEPTH_MAX = 6, ROUNDS = 20000, RANKS = 3 };

enum model_type { MISSING, NUMBER, TEXT, BOOLEAN, NUMBERS, MODEL_TYPES };

struct model_value {
    enum model_type type;
    uint32_t rank; /* NUMBERS: the set {0, …, rank} */
};

enum node_kind { OR, AND, NOT, COMPARE, BETWEEN, IN, EXISTS, NOT_EXISTS, BEGINS, CONTAINS, SIZE };

struct node {
    enum node_kind kind;
    uint32_t a, b, c; /* nodes, or operands: attributes, then values */
    uint32_t op;
};

static const char *const ops[] = {"=", "<>", "<", "<=", ">", ">="};

struct world {
    struct support_random random;
    struct model_value operands[ATTRIBUTES + VALUES];
    struct node nodes[NODES_MAX];
    uint32_t node_count;
    char text[8192];
    size_t length;
};

static uint32_t below(struct world *w, uint32_t bound)
{
    return support_random_below(&w->random, bound);
}

/* ---- Making ---- */

static void make_values(struct world *w)
{
    for (uint32_t i = 0; i < ATTRIBUTES; i++) {
        w->operands[i].type = (enum model_type)below(w, MODEL_TYPES);
        w->operands[i].rank = below(w, RANKS);
    }
    for (uint32_t i = ATTRIBUTES; i < ATTRIBUTES + VALUES; i++) { /* of every type but missing */
        w->operands[i].type = (enum model_type)(NUMBER + (i - ATTRIBUTES));
        w->operands[i].rank = below(w, RANKS);
    }
}

static bool is_value(uint32_t operand)
{
    return operand >= ATTRIBUTES;
}

static bool is_ordered(struct model_value v)
{
    return v.type == NUMBER || v.type == TEXT;
}

/* An operand unlike `other`; `ordered`: if it is a value, then of a type that has an order. */
static uint32_t make_operand(struct world *w, uint32_t other, bool ordered)
{
    for (;;) {
        const uint32_t operand = below(w, ATTRIBUTES + VALUES);
        if (operand == other) continue;
        if (!ordered || !is_value(operand) || is_ordered(w->operands[operand])) return operand;
    }
}

static uint32_t make_leaf(struct world *w)
{
    struct node *n = &w->nodes[w->node_count];
    n->kind = (enum node_kind)(COMPARE + below(w, SIZE - COMPARE + 1));
    n->op = below(w, ARRAY_COUNT(ops));
    const bool ordered = n->kind == BETWEEN || (n->kind == COMPARE && n->op >= 2);
    n->a = make_operand(w, UINT32_MAX, ordered);
    n->b = make_operand(w, n->a, ordered);
    n->c = make_operand(w, n->a, ordered);
    if (n->kind == EXISTS || n->kind == NOT_EXISTS || n->kind == SIZE) n->a = below(w, ATTRIBUTES);
    if (n->kind == SIZE) n->b = ATTRIBUTES; /* the number */
    if (n->kind == BEGINS) {
        n->a = below(w, ATTRIBUTES);
        n->b = ATTRIBUTES + TEXT - NUMBER;
    }
    if (n->kind == BETWEEN && is_value(n->b) && is_value(n->c)) n->c = n->b; /* in order */
    return w->node_count++;
}

/* Recursion is bounded by DEPTH_MAX. */
static uint32_t make_node(struct world *w, uint32_t depth)
{
    if (depth == DEPTH_MAX || w->node_count + 8 > NODES_MAX || below(w, 3) == 0)
        return make_leaf(w);
    const uint32_t index = w->node_count++;
    const enum node_kind kind = (enum node_kind)below(w, NOT + 1);
    const uint32_t a = make_node(w, depth + 1);
    const uint32_t b = kind == NOT ? a : make_node(w, depth + 1);
    w->nodes[index] = (struct node){.kind = kind, .a = a, .b = b};
    return index;
}

/* ---- Writing ---- */

static void put(struct world *w, const char *text)
{
    const size_t n = strlen(text);
    assert_true(w->length + n < sizeof w->text);
    memcpy(w->text + w->length, text, n + 1);
    w->length += n;
}

static void put_operand(struct world *w, uint32_t operand)
{
    static const char *const names[] = {"a", "b", "c", "d", ":n", ":t", ":b", ":s"};
    const bool parentheses = below(w, 8) == 0;
    if (parentheses) put(w, "(");
    put(w, names[operand]);
    if (parentheses) put(w, ")");
}

static void put_call(struct world *w, const char *name, const struct node *n, bool two)
{
    put(w, name);
    put(w, "(");
    put_operand(w, n->a);
    if (two) put(w, ", ");
    if (two) put_operand(w, n->b);
    put(w, ")");
}

static void put_leaf(struct world *w, const struct node *n)
{
    switch (n->kind) {
    case COMPARE:
        put_operand(w, n->a);
        put(w, ops[n->op]);
        put_operand(w, n->b);
        return;
    case BETWEEN:
        put_operand(w, n->a);
        put(w, " BETWEEN ");
        put_operand(w, n->b);
        put(w, " AND ");
        put_operand(w, n->c);
        return;
    case IN:
        put_operand(w, n->a);
        put(w, " IN (");
        put_operand(w, n->b);
        put(w, ", ");
        put_operand(w, n->c);
        put(w, ")");
        return;
    case EXISTS:
        put_call(w, "attribute_exists", n, false);
        return;
    case NOT_EXISTS:
        put_call(w, "attribute_not_exists", n, false);
        return;
    case BEGINS:
        put_call(w, "begins_with", n, true);
        return;
    case CONTAINS:
        put_call(w, "contains", n, true);
        return;
    case SIZE:
        put_call(w, "size", n, false);
        put(w, ops[n->op]);
        put_operand(w, n->b);
        return;
    case OR:
    case AND:
    case NOT:
        break;
    }
    fail();
}

/* Write a node where `outer` stands around it. Recursion is bounded by DEPTH_MAX. */
static void put_node(struct world *w, uint32_t index, enum node_kind outer)
{
    const struct node *n = &w->nodes[index];
    const bool parentheses = n->kind < outer || below(w, 4) == 0;
    if (parentheses) put(w, "(");
    if (n->kind == NOT) {
        put(w, " NOT ");
        put_node(w, n->a, NOT);
    } else if (n->kind < NOT) {
        put_node(w, n->a, n->kind);
        put(w, n->kind == OR ? " OR " : " AND ");
        put_node(w, n->b, n->kind);
    } else {
        put_leaf(w, n);
    }
    if (parentheses) put(w, ")");
}

static void write_value(struct model_value v, char *out, size_t size)
{
    static const char *const texts[] = {"x", "xy", "xyz"};
    static const char *const sets[] = {"'0'", "'0','1'", "'0','1','2'"};
    switch (v.type) {
    case NUMBER:
        snprintf(out, size, "{'N':'%u'}", v.rank);
        return;
    case TEXT:
        snprintf(out, size, "{'S':'%s'}", texts[v.rank]);
        return;
    case BOOLEAN:
        snprintf(out, size, "{'BOOL':%s}", v.rank > 0 ? "true" : "false");
        return;
    case NUMBERS:
        snprintf(out, size, "{'NS':[%s]}", sets[v.rank]);
        return;
    case MISSING:
    case MODEL_TYPES:
        break;
    }
    fail();
}

static void write_map(const struct model_value *values, const char *const *names, uint32_t count,
                      char *out, size_t size)
{
    size_t length = (size_t)snprintf(out, size, "{");
    for (uint32_t i = 0; i < count; i++) {
        if (values[i].type == MISSING) continue;
        char value[64];
        write_value(values[i], value, sizeof value);
        length += (size_t)snprintf(out + length, size - length, "%s'%s':%s", length > 1 ? "," : "",
                                   names[i], value);
    }
    snprintf(out + length, size - length, "}");
}

/* ---- Judging ---- */

static bool same(struct model_value a, struct model_value b)
{
    if (a.type == MISSING || a.type != b.type) return false;
    if (a.type == BOOLEAN) return (a.rank > 0) == (b.rank > 0);
    return a.rank == b.rank;
}

/* Texts are each the beginning of the next, so ranks order them too. */
static bool ordered(struct model_value a, struct model_value b, uint32_t op)
{
    if (!is_ordered(a) || a.type != b.type) return false;
    return op == 2   ? a.rank < b.rank
           : op == 3 ? a.rank <= b.rank
           : op == 4 ? a.rank > b.rank
                     : a.rank >= b.rank;
}

static bool compares(struct model_value a, struct model_value b, uint32_t op)
{
    if (op == 0) return same(a, b);
    if (op == 1) return !same(a, b);
    return ordered(a, b, op);
}

static struct model_value size_of(struct model_value v)
{
    if (v.type == TEXT || v.type == NUMBERS) return (struct model_value){NUMBER, v.rank + 1};
    return (struct model_value){MISSING, 0};
}

static bool contains(struct model_value a, struct model_value b)
{
    if (a.type == TEXT) return b.type == TEXT && b.rank <= a.rank;
    return a.type == NUMBERS && b.type == NUMBER && b.rank <= a.rank;
}

static bool leaf_holds(const struct world *w, const struct node *n)
{
    const struct model_value a = w->operands[n->a];
    const struct model_value b = w->operands[n->b];
    const struct model_value c = w->operands[n->c];
    switch (n->kind) {
    case COMPARE:
        return compares(a, b, n->op);
    case BETWEEN:
        return ordered(a, b, 5) && ordered(a, c, 3);
    case IN:
        return same(a, b) || same(a, c);
    case EXISTS:
        return a.type != MISSING;
    case NOT_EXISTS:
        return a.type == MISSING;
    case BEGINS:
        return a.type == TEXT && b.rank <= a.rank;
    case CONTAINS:
        return contains(a, b);
    case SIZE:
        return compares(size_of(a), b, n->op);
    case OR:
    case AND:
    case NOT:
        break;
    }
    fail();
    return false;
}

/* Recursion is bounded by DEPTH_MAX. */
static bool node_holds(const struct world *w, uint32_t index)
{
    const struct node *n = &w->nodes[index];
    if (n->kind == NOT) return !node_holds(w, n->a);
    if (n->kind > NOT) return leaf_holds(w, n);
    const bool a = node_holds(w, n->a);
    const bool b = node_holds(w, n->b);
    return n->kind == OR ? a || b : a && b;
}

/* Whatever the condition is: it can be explained, by tests that turned out as judged alone. */
static void check_explanation(struct expr_case *c, const struct item *item, bool holds)
{
    struct expr_explanation x = {0};
    assert_int_equal(expr_explain(c->expr, item, &c->arena, &x), ST_OK);
    assert_int_equal(x.holds, holds);
    for (uint32_t i = 0; i < x.reason_count; i++) {
        const struct expr_reason *reason = &x.reasons[i];
        struct expr_source source = {EXPR_CONDITION, reason->text.text};
        const struct expr_code *code = NULL;
        struct expr *alone = NULL;
        assert_int_equal(expr_compile(NULL, &c->arena, source, &code, &c->err), ST_OK);
        assert_int_equal(expr_bind(&c->scope, code, &alone, &c->err), ST_OK);
        assert_int_equal(expr_holds(alone, item), reason->held);
    }
}

static bool room_holds(struct world *w)
{
    static const char *const attributes[] = {"a", "b", "c", "d"};
    static const char *const values[] = {":n", ":t", ":b", ":s"};
    char item[512], given[512];
    write_map(w->operands, attributes, ATTRIBUTES, item, sizeof item);
    write_map(w->operands + ATTRIBUTES, values, VALUES, given, sizeof given);
    struct expr_case c;
    expr_case_begin(&c);
    expr_case_scope(&c, NULL, given);
    expr_case_bind(&c, EXPR_CONDITION, w->text);
    if (c.status != ST_OK) fail_msg("%s: %.*s", w->text, SPAN_ARG(error_text(&c.err)));
    const struct item stored = {.attributes = expr_case_map(&c, item)};
    const bool holds = expr_holds(c.expr, &stored);
    check_explanation(&c, &stored, holds);
    expr_case_end(&c);
    return holds;
}

static void test_property__any_condition_is_judged_as_its_tree(void **state)
{
    (void)state;
    struct world *w = test_calloc(1, sizeof *w);
    w->random = support_random();
    uint32_t held = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        w->node_count = 0;
        w->length = 0;
        make_values(w);
        const uint32_t root = make_node(w, 0);
        put_node(w, root, OR);
        const bool expected = node_holds(w, root);
        if (room_holds(w) != expected)
            fail_msg("%s should be %s", w->text, expected ? "true" : "false");
        held += expected;
    }
    assert_in_range(held, ROUNDS / 10, ROUNDS - ROUNDS / 10); /* both answers were tried */
    test_free(w);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_property__any_condition_is_judged_as_its_tree),
    };
    return cmocka_run_group_tests_name("expr property", tests, NULL, NULL);
}
