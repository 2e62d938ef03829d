/* keep.c -- copying literals with all that they point at.
 *
 * A value is kept as what it stands for: stored bytes, behind a node. So whatever could be wrong
 * with it is found when it is kept; it is told when it is used, since whoever keeps a condition
 * has no outcome to look at.
 *
 * P1  Recursion is bounded by LIMIT_LITERAL_DEPTH; whether a condition is too deep for the call
 *     that it is used in is that call's to say.
 */
#include "db/keep.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "db/literal.h"
#include "db/turn.h"

stator_pool *stator_pool_new(void)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return NULL;
    stator_pool *pool = mem_new(mem_heap(), sizeof *pool);
    if (pool == NULL) {
        (void)turn_end(turn, FAIL_PLAIN(&turn->err, ST_NO_MEMORY));
        return NULL;
    }
    arena_init(&pool->arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    return pool;
}

void stator_pool_free(stator_pool *pool)
{
    if (pool == NULL) return;
    arena_deinit(&pool->arena);
    mem_free(mem_heap(), pool, sizeof *pool);
}

const char *keep_text(struct arena *arena, struct span text)
{
    char *copy = arena_alloc_raw(arena, text.len + 1);
    if (copy == NULL) return NULL;
    if (text.len > 0) memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

/* ---- what could not be made */

/* NULL stands for no memory. */
static const char *reason(struct arena *arena, const struct error *err)
{
    return err->status == ST_NO_MEMORY ? NULL : keep_text(arena, error_text(err));
}

stator_val keep_bad_val(struct arena *arena, const struct error *err)
{
    stator_val bad = literal_bad(LITERAL_KEPT);
    bad.u.s = reason(arena, err);
    return bad;
}

stator_cond keep_bad_cond(struct arena *arena, const struct error *err)
{
    return (stator_cond){
        .op = STATOR_C_BAD_, .failed = (int32_t)err->status, .text = reason(arena, err)};
}

stator_upd keep_bad_upd(struct arena *arena, const struct error *err)
{
    return (stator_upd){
        .op = STATOR_U_BAD_, .failed = (int32_t)err->status, .text = reason(arena, err)};
}

/* ---- keeping */

struct keeping {
    struct arena *to;
    struct arena *scratch;
    struct error *err;
};

static status copy_text(const struct keeping *k, const char *text, const char **out)
{
    *out = NULL;
    if (text == NULL) return ST_OK;
    *out = keep_text(k->to, span_of(text));
    return *out != NULL ? ST_OK : FAIL_PLAIN(k->err, ST_NO_MEMORY);
}

/* A map is kept as the item it may be: its own level does not count. */
static status keep_stored(const struct keeping *k, const stator_val *v, stator_val *out)
{
    struct value value = {0};
    if (v->kind == STATOR_MAP) {
        TRY(literal_item(v, k->scratch, &value, k->err));
    } else {
        TRY(literal_value(v, k->scratch, &value, k->err));
    }
    TRY_PLAIN(k->err, literal_of(value, k->to, out));
    return ST_OK;
}

static status keep_value(const struct keeping *k, const stator_val *v, stator_val *out)
{
    *out = *v;
    if (v->kind == STATOR_SKIP_ || v->kind == STATOR_NONE) return ST_OK;
    if (v->kind == STATOR_PATH_ || v->kind == STATOR_SIZE_) return copy_text(k, v->u.s, &out->u.s);
    if (v->kind != STATOR_BAD_) return keep_stored(k, v, out);
    return v->why == LITERAL_KEPT ? copy_text(k, v->u.s, &out->u.s) : ST_OK;
}

static status keep_values(const struct keeping *k, const stator_val *values, size_t count,
                          const stator_val **out)
{
    *out = NULL;
    if (count == 0) return ST_OK;
    TRY(literal_lives(values, count, sizeof *values, k->err));
    stator_val *kept = arena_new_array(k->to, count, stator_val);
    if (kept == NULL) return FAIL_PLAIN(k->err, ST_NO_MEMORY);
    for (size_t i = 0; i < count; i++) TRY(keep_value(k, &values[i], &kept[i]));
    *out = kept;
    return ST_OK;
}

static status fail_deep(const struct keeping *k)
{
    return FAIL(k->err, ST_TOO_DEEP, "expression depth exceeds maximum of %d", LIMIT_LITERAL_DEPTH);
}

static status keep_condition(const struct keeping *k, const stator_cond *c, uint32_t depth,
                             stator_cond *out);

static status keep_conditions(const struct keeping *k, const stator_cond *c, uint32_t depth,
                              stator_cond *out)
{
    if (depth == LIMIT_LITERAL_DEPTH) return fail_deep(k);
    TRY(literal_lives(c->kids, c->count, sizeof *c->kids, k->err));
    stator_cond *kids = arena_new_array(k->to, c->count, stator_cond);
    if (kids == NULL) return FAIL_PLAIN(k->err, ST_NO_MEMORY);
    for (size_t i = 0; i < c->count; i++) TRY(keep_condition(k, &c->kids[i], depth + 1, &kids[i]));
    out->kids = kids;
    return ST_OK;
}

static bool has_kids(const stator_cond *c)
{
    return c->op == STATOR_C_AND || c->op == STATOR_C_OR || c->op == STATOR_C_NOT;
}

static bool has_args(const stator_cond *c)
{
    return c->op == STATOR_C_IN || c->op == STATOR_C_EXPR;
}

static status keep_condition(const struct keeping *k, const stator_cond *c, uint32_t depth,
                             stator_cond *out)
{
    *out = *c;
    TRY(copy_text(k, c->text, &out->text));
    if (has_args(c)) TRY(keep_values(k, c->args, c->count, &out->args));
    TRY(keep_value(k, &c->left, &out->left));
    TRY(keep_value(k, &c->low, &out->low));
    TRY(keep_value(k, &c->high, &out->high));
    return has_kids(c) && c->count > 0 ? keep_conditions(k, c, depth, out) : ST_OK;
}

static status keep_update(const struct keeping *k, const stator_upd *u, uint32_t depth,
                          stator_upd *out);

static status keep_updates(const struct keeping *k, const stator_upd *u, uint32_t depth,
                           stator_upd *out)
{
    if (depth == LIMIT_LITERAL_DEPTH) return fail_deep(k);
    TRY(literal_lives(u->kids, u->count, sizeof *u->kids, k->err));
    stator_upd *kids = arena_new_array(k->to, u->count, stator_upd);
    if (kids == NULL) return FAIL_PLAIN(k->err, ST_NO_MEMORY);
    for (size_t i = 0; i < u->count; i++) TRY(keep_update(k, &u->kids[i], depth + 1, &kids[i]));
    out->kids = kids;
    return ST_OK;
}

static status keep_update(const struct keeping *k, const stator_upd *u, uint32_t depth,
                          stator_upd *out)
{
    *out = *u;
    TRY(copy_text(k, u->text, &out->text));
    if (u->op == STATOR_U_EXPR) TRY(keep_values(k, u->args, u->count, &out->args));
    TRY(keep_value(k, &u->value, &out->value));
    return u->op == STATOR_U_LIST && u->count > 0 ? keep_updates(k, u, depth, out) : ST_OK;
}

/* ---- doors */

static const char text_no_pool[] = "it was to be kept in a pool that is NULL";

/* The call that keeps something in `keep`; NULL: there is no pool, or no memory. */
static struct turn *begin(stator_pool *pool, struct keeping *k)
{
    struct turn *turn = pool != NULL ? turn_begin() : NULL;
    if (turn != NULL) *k = (struct keeping){&pool->arena, &turn->scratch, &turn->err};
    return turn;
}

stator_val stator_val_keep(stator_pool *pool, stator_val v)
{
    struct keeping k = {0};
    stator_val kept = literal_bad(LITERAL_KEPT);
    struct turn *turn = begin(pool, &k);
    if (turn == NULL) {
        kept.u.s = pool == NULL ? text_no_pool : NULL;
        return kept;
    }
    const status st = keep_value(&k, &v, &kept);
    if (st != ST_OK) kept = keep_bad_val(k.to, k.err);
    (void)turn_end(turn, st);
    return kept;
}

stator_cond stator_cond_keep(stator_pool *pool, stator_cond condition)
{
    struct keeping k = {0};
    stator_cond kept = {.op = STATOR_C_BAD_};
    struct turn *turn = begin(pool, &k);
    if (turn == NULL) {
        kept.failed = pool == NULL ? ST_MISUSE : ST_NO_MEMORY;
        kept.text = pool == NULL ? text_no_pool : NULL;
        return kept;
    }
    const status st = keep_condition(&k, &condition, 0, &kept);
    if (st != ST_OK) kept = keep_bad_cond(k.to, k.err);
    (void)turn_end(turn, st);
    return kept;
}

stator_upd stator_upd_keep(stator_pool *pool, stator_upd update)
{
    struct keeping k = {0};
    stator_upd kept = {.op = STATOR_U_BAD_};
    struct turn *turn = begin(pool, &k);
    if (turn == NULL) {
        kept.failed = pool == NULL ? ST_MISUSE : ST_NO_MEMORY;
        kept.text = pool == NULL ? text_no_pool : NULL;
        return kept;
    }
    const status st = keep_update(&k, &update, 0, &kept);
    if (st != ST_OK) kept = keep_bad_upd(k.to, k.err);
    (void)turn_end(turn, st);
    return kept;
}
