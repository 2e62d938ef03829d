/* scope.c -- beginning, using and finishing a request's names and values.
 *
 * Placeholders are looked up by binary search: a request may carry 2 MB of them, and an expression
 * may mention a thousand. Values come sorted, as all maps do (value.h); names are sorted here,
 * through an array of their numbers.
 */
#include "expr/scope.h"

#include <assert.h>

#include "base/ckd.h"
#include "base/limits.h"
#include "base/sort.h"
#include "expr/code_cache.h"
#include "expr/key_shape.h"
#include "expr/token.h"
#include "expr/unused.h"

/* ---- Look-up ---- */

static struct span placeholder_at(const struct scope_index *index, uint32_t place)
{
    if (index->values != NULL) return index->values[place].placeholder;
    return index->names[place].placeholder;
}

static uint32_t place_of(const struct scope_index *index, uint32_t rank)
{
    return index->order != NULL ? index->order[rank] : rank;
}

bool scope_use(struct scope_index *index, struct span placeholder, uint32_t *at)
{
    uint32_t low = 0;
    uint32_t high = index->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const uint32_t place = place_of(index, middle);
        const int order = span_compare(placeholder, placeholder_at(index, place));
        if (order == 0) {
            index->used[place] = true;
            *at = place;
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

/* ---- Beginning ---- */

static status check_key(const char *parameter, char sign, struct span key, struct error *err)
{
    if (key.len > LIMIT_PLACEHOLDER_BYTES) {
        return FAIL(err, ST_VALIDATION,
                    "%s contains invalid key: The expression attribute map contains a key that is "
                    "too long; size of key: %zu",
                    parameter, key.len);
    }
    if (key.len > 0 && key.ptr[0] == (uint8_t)sign && token_is_word(span_drop(key, 1)))
        return ST_OK;
    return FAIL(err, ST_VALIDATION, "%s contains invalid key: Syntax error; key: \"%.*s\"",
                parameter, SPAN_ARG(key));
}

/* The placeholders of names. */
static status check_name_keys(const struct expr_scope *scope, struct error *err)
{
    if (scope->has_names && scope->name_count == 0)
        return FAIL(err, ST_VALIDATION, "ExpressionAttributeNames must not be empty");
    for (size_t i = 0; i < scope->name_count; i++)
        TRY(check_key("ExpressionAttributeNames", '#', scope->names[i].placeholder, err));
    return ST_OK;
}

/* The placeholders of values: where `late` has something to say, only these are worth a look. */
static status check_value_keys(const struct expr_scope *scope, struct error *err)
{
    if (scope->values.type == VALUE_NONE) return ST_OK;
    assert(scope->values.type == VALUE_M);
    struct value_cursor cursor = value_walk(scope->values);
    struct span placeholder = {0};
    struct value v = {0};
    if (cursor.left == 0)
        return FAIL(err, ST_VALIDATION, "ExpressionAttributeValues must not be empty");
    while (value_next_attribute(&cursor, &placeholder, &v))
        TRY(check_key("ExpressionAttributeValues", ':', placeholder, err));
    return ST_OK;
}

static status check_late(const struct expr_scope *scope, struct error *err)
{
    if (scope->late == NULL || scope->late->status == ST_OK) return ST_OK;
    *err = *scope->late;
    return err->status;
}

/* What names stand for. */
static status check_name_values(const struct expr_scope *scope, struct error *err)
{
    for (size_t i = 0; i < scope->name_count; i++) {
        const struct expr_name *name = &scope->names[i];
        if (name->name.len > LIMIT_NAME_BYTES)
            return FAIL(err, ST_VALIDATION,
                        "ExpressionAttributeNames contains invalid value: Attribute name is too "
                        "large, must be less than %d bytes for key %.*s",
                        LIMIT_NAME_BYTES + 1, SPAN_ARG(name->placeholder));
        if (name->name.len == 0)
            return FAIL(err, ST_VALIDATION,
                        "ExpressionAttributeNames contains invalid value: Empty attribute name "
                        "for key %.*s",
                        SPAN_ARG(name->placeholder));
    }
    return ST_OK;
}

static int compare_names(const void *ctx, uint32_t a, uint32_t b)
{
    const struct expr_name *names = ctx;
    return span_compare(names[a].placeholder, names[b].placeholder);
}

static status index_names(const struct expr_scope *scope, struct scope_index *index,
                          struct error *err)
{
    if (scope->name_count == 0) return ST_OK;
    uint32_t count = 0;
    if (!ckd_u32(scope->name_count, &count)) return FAIL_PLAIN(err, ST_NO_MEMORY);
    uint32_t *order = arena_new_array(scope->arena, count, uint32_t);
    bool *used = arena_new_array(scope->arena, count, bool);
    if (order == NULL || used == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    sort_numbers(order, count, compare_names, scope->names);
    *index =
        (struct scope_index){.names = scope->names, .order = order, .used = used, .count = count};
    return ST_OK;
}

static status index_values(const struct expr_scope *scope, struct scope_index *index,
                           struct error *err)
{
    if (scope->values.type == VALUE_NONE) return ST_OK;
    const uint32_t count = value_count(scope->values);
    struct scope_value *values = arena_new_array(scope->arena, count, struct scope_value);
    bool *used = arena_new_array(scope->arena, count, bool);
    if (values == NULL || used == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    struct value_cursor cursor = value_walk(scope->values);
    uint32_t n = 0;
    while (n < count && value_next_attribute(&cursor, &values[n].placeholder, &values[n].value))
        n++;
    *index = (struct scope_index){.values = values, .used = used, .count = n};
    return ST_OK;
}

/* ---- Sizes ---- */

static uint64_t size_of_names(const struct scope_index *index)
{
    uint64_t size = 0;
    for (uint32_t i = 0; i < index->count; i++)
        size += index->names[i].placeholder.len + index->names[i].name.len;
    return size;
}

static uint64_t size_of_values(const struct scope_index *index)
{
    uint64_t size = 0;
    for (uint32_t i = 0; i < index->count; i++)
        size += index->values[i].placeholder.len + value_size(index->values[i].value);
    return size;
}

/* Developer guide, "Constraints", "Expression parameters": all substitution variables together.
 * DynamoDB says which of the two are too many, if it is one of them alone. */
static status check_sizes(const struct scope_state *state, struct error *err)
{
    const uint64_t names = size_of_names(&state->names);
    const uint64_t values = size_of_values(&state->values);
    if (names > LIMIT_SUBSTITUTION_BYTES)
        return FAIL(err, ST_VALIDATION, "ExpressionAttributeNames exceeds max size");
    if (values > LIMIT_SUBSTITUTION_BYTES)
        return FAIL(err, ST_VALIDATION, "ExpressionAttributeValues exceeds max size");
    if (names + values > LIMIT_SUBSTITUTION_BYTES)
        return FAIL(err, ST_VALIDATION,
                    "Combined size of ExpressionAttributeNames and ExpressionAttributeValues "
                    "exceeds max size");
    return ST_OK;
}

status expr_scope_begin(struct expr_scope *scope, struct error *err)
{
    assert(scope->state == NULL);
    struct scope_state *state = arena_new(scope->arena, struct scope_state);
    if (state == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    TRY(check_name_keys(scope, err));
    TRY(check_value_keys(scope, err));
    TRY(check_late(scope, err));
    TRY(check_name_values(scope, err));
    TRY(index_names(scope, &state->names, err));
    TRY(index_values(scope, &state->values, err));
    TRY(check_sizes(state, err));
    scope->state = state;
    return ST_OK;
}

/* ---- Finishing ---- */

static status check_used(const struct expr_scope *scope, const struct scope_index *index,
                         struct error *err)
{
    struct unused unused = {.arena = scope->arena};
    for (uint32_t i = 0; i < index->count; i++) {
        if (!index->used[i]) TRY(unused_add(&unused, placeholder_at(index, i), index->count, err));
    }
    return unused_check(
        &unused, index->values != NULL ? "ExpressionAttributeValues" : "ExpressionAttributeNames",
        err);
}

status expr_scope_finish(struct expr_scope *scope, struct error *err)
{
    const struct scope_state *state = scope->state;
    assert(state != NULL);
    TRY(check_used(scope, &state->names, err));
    TRY(check_used(scope, &state->values, err));
    for (const struct expr *expr = state->bound; expr != NULL; expr = expr->next) {
        if (expr->code->kind == EXPR_KEY_CONDITION) TRY(key_shape_check(expr, scope->arena, err));
    }
    return ST_OK;
}

void expr_scope_release(struct expr_scope *scope)
{
    if (scope->state == NULL) return;
    for (const struct expr *expr = scope->state->bound; expr != NULL; expr = expr->next) {
        struct code_cache_entry *entry = expr->code->entry;
        if (entry == NULL) continue;
        assert(entry->pins > 0);
        entry->pins--;
    }
    scope->state->bound = NULL;
}
