/* expr.c -- fuzz expressions: a byte that chooses the kind, then the text.
 *
 * What compiles is bound to fixed names and values and then used on a fixed item:
 *
 *     a condition      its negation gives the other answer; its explanation agrees with it
 *     an update        makes a valid item, or says what is wrong
 *     a projection     picks a valid map
 *     a key condition  is described, and matched, or says what is wrong
 *
 * Compiling the text again, through a cache, ends the same way.
 */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "expr/expr.h"
#include "sample.h"

enum { ARENA_BYTES = 32 << 20, CACHE_BYTES = 16 << 10, KINDS = EXPR_PROJECTION + 1 };

static const char values_text[] =
    "{\":v\":{\"S\":\"ab\"},\":w\":{\"S\":\"b\"},\":n\":{\"N\":\"2\"},\":o\":{\"N\":\"3.5\"},"
    "\":b\":{\"B\":\"YWI=\"},\":t\":{\"BOOL\":true},\":u\":{\"NULL\":true},"
    "\":ss\":{\"SS\":[\"x\",\"y\"]},\":ns\":{\"NS\":[\"1\",\"2\"]},\":bs\":{\"BS\":[\"YQ==\"]},"
    "\":l\":{\"L\":[{\"N\":\"1\"},{\"S\":\"z\"}]},\":m\":{\"M\":{\"k\":{\"S\":\"v\"}}},"
    "\":type\":{\"S\":\"NS\"}}";

/* Uses every name and value. */
#define USES_ALL "#a.#c = #0 AND a IN (:v, :w, :n, :o, :b, :t, :u, :ss, :ns, :bs, :l, :m, :type)"

static const struct expr_key_schema schema = {.partition = {{(const uint8_t *)"pk", 2}},
                                              .sort = {{(const uint8_t *)"b", 1}},
                                              .partition_count = 1,
                                              .sort_count = 1};

/* A scope over the fixed names and values. */
static struct expr_scope begin(struct arena *arena)
{
    static const struct expr_name names[] = {
        {{(const uint8_t *)"#a", 2}, {(const uint8_t *)"a", 1}  },
        {{(const uint8_t *)"#c", 2}, {(const uint8_t *)"c", 1}  },
        {{(const uint8_t *)"#0", 2}, {(const uint8_t *)"x.y", 3}},
    };
    struct expr_scope scope = {.arena = arena,
                               .names = names,
                               .name_count = ARRAY_COUNT(names),
                               .values = sample_map(arena, values_text),
                               .has_names = true};
    struct error err = error_in(arena);
    const status st = expr_scope_begin(&scope, &err);
    assert(st == ST_OK);
    return scope;
}

static struct expr *bind(struct arena *arena, struct expr_scope *scope, struct expr_cache *cache,
                         expr_kind kind, struct span text)
{
    struct error err = error_in(arena);
    const struct expr_code *code = NULL;
    struct expr *expr = NULL;
    status st = expr_compile(cache, arena, (struct expr_source){kind, text}, &code, &err);
    if (st == ST_OK) st = expr_bind(scope, code, &expr, &err);
    assert(st == ST_OK || st == ST_VALIDATION);
    assert((st == ST_OK) == (expr != NULL));
    assert(st == ST_OK || error_text(&err).len > 0);
    return expr;
}

static void check_negation(struct arena *arena, struct expr_scope *scope, expr_kind kind,
                           struct span text, bool holds)
{
    struct buf negation;
    buf_init(&negation, arena_mem(arena), ARENA_BYTES);
    buf_put_text(&negation, "NOT (");
    buf_put(&negation, text);
    buf_put_text(&negation, ")");
    const struct expr *expr = bind(arena, scope, NULL, kind, buf_view(&negation));
    if (expr == NULL) return; /* too long, too many operators, redundant parentheses */
    const struct item item = {.attributes = sample_item(arena)};
    const bool other = expr_holds(expr, &item);
    assert(other != holds);
}

/* Any condition can be explained, and the explanation agrees with the judge. */
static void check_explanation(struct arena *arena, const struct expr *expr, const struct item *item)
{
    struct expr_explanation told = {0};
    const status st = expr_explain(expr, item, arena, &told);
    assert(st == ST_OK);
    const bool holds = expr_holds(expr, item);
    assert(told.holds == holds);
    assert(told.reason_count > 0);
    for (uint32_t i = 0; i < told.reason_count; i++) {
        assert(told.reasons[i].text.text.len <= EXPR_TEXT_BYTES);
        for (uint32_t j = 0; j < told.reasons[i].seen_count; j++)
            assert(told.reasons[i].seen[j].value.body.len <= EXPR_VALUE_BYTES);
    }
}

static void check_condition(struct arena *arena, struct expr_scope *scope, struct expr *expr,
                            expr_kind kind, struct span text)
{
    const struct item item = {.attributes = sample_item(arena)};
    (void)expr_holds(expr, NULL);
    check_explanation(arena, expr, NULL);
    check_explanation(arena, expr, &item);
    check_negation(arena, scope, kind, text, expr_holds(expr, &item));
}

static void check_update(struct arena *arena, struct expr *expr)
{
    struct error err = error_in(arena);
    struct value after = {0};
    struct value touched = {0};
    const status st = expr_update(expr, sample_item(arena), arena, &after, &err);
    assert(st == ST_OK || st == ST_VALIDATION);
    if (st != ST_OK) return;
    sample_check_item(arena, after);
    const status shown = expr_update_touched(expr, after, arena, &touched);
    assert(shown == ST_OK);
    sample_check_item(arena, touched);
    (void)expr_update_creates(expr);
}

static void check_projection(struct arena *arena, struct expr *expr)
{
    struct value picked = {0};
    const status st = expr_project(expr, sample_item(arena), arena, &picked);
    assert(st == ST_OK);
    sample_check_item(arena, picked);
}

static void check_key_condition(struct arena *arena, struct expr_scope *scope, struct expr *expr)
{
    struct error err = error_in(arena);
    struct expr_key_range range = {0};
    const struct expr *all = bind(arena, scope, NULL, EXPR_CONDITION, SPAN(USES_ALL));
    assert(all != NULL);
    struct expr_explanation told = {0};
    status st = expr_describe(expr, arena, &told);
    assert(st == ST_OK);
    st = expr_scope_finish(scope, &err);
    if (st == ST_OK) st = expr_key_range(expr, &schema, &range, &err);
    assert(st == ST_OK || st == ST_VALIDATION);
}

static void use(struct arena *arena, struct expr_scope *scope, struct expr *expr, expr_kind kind,
                struct span text)
{
    (void)expr_mentions(expr, SPAN("a"));
    (void)expr_mentions_inside(expr, SPAN("c"));
    switch (kind) {
    case EXPR_CONDITION:
    case EXPR_FILTER:
        check_condition(arena, scope, expr, kind, text);
        return;
    case EXPR_KEY_CONDITION:
        check_key_condition(arena, scope, expr);
        return;
    case EXPR_UPDATE:
        check_update(arena, expr);
        return;
    case EXPR_PROJECTION:
        check_projection(arena, expr);
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    const expr_kind kind = (expr_kind)(data[0] % KINDS);
    const struct span text = {data + 1, size - 1};
    struct arena arena;
    struct expr_cache *cache = NULL;
    arena_init(&arena, mem_heap(), ARENA_BYTES);
    const status st = expr_cache_new(mem_heap(), CACHE_BYTES, &cache);
    assert(st == ST_OK);

    struct expr_scope scope = begin(&arena);
    struct expr *expr = bind(&arena, &scope, cache, kind, text);
    struct expr *again = bind(&arena, &scope, cache, kind, text);
    assert((expr == NULL) == (again == NULL));
    if (expr != NULL) use(&arena, &scope, expr, kind, text);
    expr_scope_release(&scope);

    expr_cache_free(cache);
    arena_deinit(&arena);
    return 0;
}
