/* property_test.c -- random conditions, twice.
 *
 * Each is printed as PartiQL and as a filter expression, which have parsers of their own: both must
 * say the same of every item of a small world. Then it is the WHERE of a SELECT: the reads of its
 * plan must find each item that it holds for exactly once, and no other.
 */
#include "partiql/partiql_case.h"

enum { ROUNDS = 4000, DEPTH_MAX = 4, ITEMS_MAX = 128 };

/* A condition being printed in both languages. */
struct texts {
    struct support_random random;
    struct buf partiql;
    struct buf expr;
};

static const char *const attributes[] = {"pk", "sk", "cc"};
static const char *const letters[] = {"a", "b", "c", "d"};

static uint32_t below(struct texts *t, uint32_t bound)
{
    return support_random_below(&t->random, bound);
}

static void put_both(struct texts *t, const char *text)
{
    buf_put_text(&t->partiql, text);
    buf_put_text(&t->expr, text);
}

static void put_value(struct texts *t)
{
    const char *letter = letters[below(t, 4)];
    buf_printf(&t->partiql, "'%s'", letter);
    buf_printf(&t->expr, ":%s", letter);
}

/* Attribute names: the last one is missing in some items. Partition keys come more often. */
static const char *pick_attribute(struct texts *t)
{
    return attributes[below(t, 2) == 0 ? 0 : below(t, 3)];
}

static void put_in(struct texts *t)
{
    put_both(t, " IN (");
    put_value(t);
    for (uint32_t more = below(t, 3); more > 0; more--) {
        put_both(t, ",");
        put_value(t);
    }
    put_both(t, ")");
}

static void put_comparison(struct texts *t)
{
    static const char *const signs[] = {" = ", " <> ", " < ", " <= ", " > ", " >= "};
    const char *attribute = pick_attribute(t);
    const char *sign = signs[below(t, 3) == 0 ? below(t, 6) : 0];
    if (below(t, 4) == 0) {
        put_value(t);
        put_both(t, sign);
        put_both(t, attribute);
        return;
    }
    put_both(t, attribute);
    put_both(t, sign);
    put_value(t);
}

static void put_between(struct texts *t)
{
    const uint32_t low = below(t, 4);
    const uint32_t high = low + below(t, 4 - low);
    buf_printf(&t->partiql, " BETWEEN '%s' AND '%s'", letters[low], letters[high]);
    buf_printf(&t->expr, " BETWEEN :%s AND :%s", letters[low], letters[high]);
}

static void put_function(struct texts *t)
{
    put_both(t, "begins_with(");
    put_both(t, pick_attribute(t));
    put_both(t, ", ");
    put_value(t);
    put_both(t, ")");
}

static void put_missing(struct texts *t)
{
    const char *attribute = pick_attribute(t);
    const bool is = below(t, 2) == 0;
    buf_printf(&t->partiql, "%s IS %sMISSING", attribute, is ? "" : "NOT ");
    buf_printf(&t->expr, "attribute_%sexists(%s)", is ? "not_" : "", attribute);
}

static void put_test(struct texts *t)
{
    const uint32_t kind = below(t, 8);
    if (kind < 4) {
        put_comparison(t);
    } else if (kind == 4) {
        put_function(t);
    } else if (kind == 5) {
        put_missing(t);
    } else {
        put_both(t, pick_attribute(t));
        if (kind == 6) put_between(t);
        if (kind == 7) put_in(t);
    }
}

/* The expression language refuses redundant parentheses, so a group is always of two or more. */
static void put_condition(struct texts *t, uint32_t depth)
{
    assert_true(depth <= DEPTH_MAX);
    if (depth == DEPTH_MAX || below(t, 3) == 0) {
        put_test(t);
        return;
    }
    const char *word = below(t, 2) == 0 ? " AND " : " OR ";
    if (below(t, 6) == 0) put_both(t, "NOT ");
    put_both(t, "(");
    put_condition(t, depth + 1);
    for (uint32_t more = 1 + below(t, 2); more > 0; more--) {
        put_both(t, word);
        put_condition(t, depth + 1);
    }
    put_both(t, ")");
}

/* ---- The world ---- */

struct world {
    struct item items[ITEMS_MAX];
    uint32_t count;
};

static void make_world(struct partiql_case *c, struct world *world)
{
    for (uint32_t i = 0; i < 4 * 4 * 5; i++) {
        struct buf json;
        buf_init(&json, arena_mem(&c->arena), SIZE_MAX / 2);
        buf_put_text(&json, "{");
        if (i / 16 < 4) buf_printf(&json, "'cc':{'S':'%s'},", letters[i / 16]);
        buf_printf(&json, "'pk':{'S':'%s'},'sk':{'S':'%s'}}", letters[i % 4], letters[i / 4 % 4]);
        buf_put_u8(&json, 0);
        world->items[world->count++].attributes =
            partiql_case_map(c, (const char *)buf_view(&json).ptr);
    }
}

/* The same condition as a filter expression. */
static const struct expr *compile(struct partiql_case *c, struct expr_scope *scope,
                                  struct span text)
{
    const struct expr_code *code = NULL;
    struct expr *expr = NULL;
    scope->arena = &c->arena;
    scope->values =
        partiql_case_map(c, "{':a':{'S':'a'},':b':{'S':'b'},':c':{'S':'c'},':d':{'S':'d'}}");
    assert_int_equal(expr_scope_begin(scope, &c->err), ST_OK);
    const struct expr_source source = {EXPR_FILTER, text};
    const status st = expr_compile(NULL, &c->arena, source, &code, &c->err);
    if (st != ST_OK) fail_msg("%.*s: %.*s", SPAN_ARG(text), SPAN_ARG(error_text(&c->err)));
    assert_int_equal(expr_bind(scope, code, &expr, &c->err), ST_OK);
    return expr;
}

static void check_same(struct partiql_case *c, struct texts *t, const struct world *world)
{
    struct expr_scope scope = {0};
    const struct expr *expr = compile(c, &scope, buf_view(&t->expr));
    for (uint32_t i = 0; i < world->count; i++)
        if (expr_holds(expr, &world->items[i]) != expr_holds(c->statement.where, &world->items[i]))
            fail_msg("%.*s", SPAN_ARG(buf_view(&t->partiql)));
}

/* ---- Plans ---- */

static struct value attribute_of(const struct item *item, const char *name)
{
    struct value found = {0};
    assert_true(value_find(item->attributes, span_of(name), &found));
    return found;
}

static bool in_range(const struct expr_key_range *range, struct value sort)
{
    if (range->test == EXPR_SORT_ANY) return true;
    if (range->test == EXPR_SORT_BEGINS_WITH) return span_starts_with(sort.body, range->low.body);
    const int order = value_compare(sort, range->low);
    if (range->test == EXPR_SORT_EQ) return order == 0;
    if (range->test == EXPR_SORT_LT) return order < 0;
    if (range->test == EXPR_SORT_LE) return order <= 0;
    if (range->test == EXPR_SORT_GT) return order > 0;
    if (range->test == EXPR_SORT_GE) return order >= 0;
    return order >= 0 && value_compare(sort, range->high) <= 0;
}

/* How often the plan finds `item`. */
static uint32_t times_found(struct partiql_case *c, const struct item *item)
{
    static const struct expr_key_schema schema = {.partition = {{(const uint8_t *)"pk", 2}},
                                                  .sort = {{(const uint8_t *)"sk", 2}},
                                                  .partition_count = 1,
                                                  .sort_count = 1};
    uint32_t count = c->plan.read_count == 0 ? 1 : 0;
    for (uint32_t i = 0; i < c->plan.read_count; i++) {
        struct expr_key_range range = {0};
        const struct expr *condition = c->plan.reads[i].key_condition;
        assert_int_equal(expr_key_range(condition, &schema, &range, &c->err), ST_OK);
        const bool same = value_eq(range.partition[0], attribute_of(item, "pk"));
        if (same && in_range(&range, attribute_of(item, "sk"))) count++;
    }
    const bool passes = c->plan.filter == NULL || expr_holds(c->plan.filter, item);
    return passes ? count : 0;
}

/* True: there was a plan. */
static bool check_plan(struct partiql_case *c, struct texts *t, const struct world *world)
{
    partiql_case_plan(c, "pk S, sk S");
    if (c->status != ST_OK) {
        const struct span text = partiql_case_text(c);
        assert_true(span_starts_with(text, SPAN("Overlapping conditions")) ||
                    span_starts_with(text, SPAN("Too many decomposed")));
        return false;
    }
    for (uint32_t i = 0; i < world->count; i++) {
        const bool holds = expr_holds(c->statement.where, &world->items[i]);
        const uint32_t found = times_found(c, &world->items[i]);
        if (found != (holds ? 1U : 0U))
            fail_msg("%.*s: item %u found %u times", SPAN_ARG(buf_view(&t->partiql)), i, found);
    }
    return true;
}

static bool check_one(struct texts *t, bool *keyed)
{
    struct partiql_case c;
    static struct world world;
    world.count = 0;
    partiql_case_begin(&c);
    buf_init(&t->partiql, arena_mem(&c.arena), LIMIT_STATEMENT_BYTES);
    buf_init(&t->expr, arena_mem(&c.arena), LIMIT_STATEMENT_BYTES);
    buf_put_text(&t->partiql, "SELECT * FROM ttt WHERE ");
    put_condition(t, 0);
    buf_put_u8(&t->partiql, 0);
    assert_int_equal(buf_status(&t->partiql), ST_OK);
    const char *text = (const char *)buf_view(&t->partiql).ptr;
    partiql_case_parse(&c, text, NULL);
    partiql_case_assert_ok(&c, text);
    make_world(&c, &world);
    check_same(&c, t, &world);
    const bool planned = check_plan(&c, t, &world);
    *keyed = planned && c.plan.read_count > 0;
    partiql_case_end(&c);
    return planned;
}

static void test_property__a_plan_finds_what_the_condition_holds_for(void **state)
{
    (void)state;
    struct texts t = {.random = support_random()};
    uint32_t planned = 0;
    uint32_t keyed = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        bool by_key = false;
        if (check_one(&t, &by_key)) planned++;
        if (by_key) keyed++;
    }
    assert_true(planned > ROUNDS / 2);
    assert_true(keyed > ROUNDS / 20);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_property__a_plan_finds_what_the_condition_holds_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
