/* result.c -- see result.h. */
#include "db/result.h"

#include <assert.h>

#include "base/limits.h"
#include "db/answer.h"
#include "db/handle.h"

status result_new(struct turn *turn, const stator *db, stator_result **out)
{
    stator_result *result = mem_new(mem_heap(), sizeof *result);
    if (result == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    arena_init(&result->arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    if (!arena_copy(&result->arena, db->prefix, &result->prefix)) {
        stator_result_free(result);
        return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    }
    *out = result;
    return ST_OK;
}

void stator_result_free(stator_result *result)
{
    if (result == NULL) return;
    arena_deinit(&result->arena);
    mem_free(mem_heap(), result, sizeof *result);
}

/* ---- filling */

status result_set(stator_result *result, struct value answer)
{
    result->answer = answer;
    node_init(&result->root, &result->arena, answer);
    result->root.node.is_item = false;
    return ST_OK;
}

status result_make_room(stator_result *result, size_t count)
{
    result->count = count;
    result->scanned = count;
    if (count == 0) return ST_OK;
    result->items = arena_new_array(&result->arena, count, const stator_node *);
    return result->items != NULL ? ST_OK : ST_NO_MEMORY;
}

status result_put_value(stator_result *result, size_t i, struct value v)
{
    assert(i < result->count);
    struct stator_node *node = node_new(&result->arena, v);
    if (node == NULL) return ST_NO_MEMORY;
    node->is_item = v.type == VALUE_M;
    result->items[i] = node;
    return ST_OK;
}

status result_put(stator_result *result, size_t i, struct value item)
{
    return item.type == VALUE_M ? result_put_value(result, i, item) : ST_PROTOCOL;
}

status result_set_one(stator_result *result, struct value answer, const char *name)
{
    const struct value item = answer_member(answer, name, VALUE_M);
    TRY(result_set(result, answer));
    if (item.type == VALUE_NONE) return ST_OK;
    TRY(result_make_room(result, 1));
    return result_put(result, 0, item);
}

status result_set_list(stator_result *result, struct value answer, const char *name)
{
    const struct value items = answer_member(answer, name, VALUE_L);
    TRY(result_set(result, answer));
    if (items.type == VALUE_NONE) return ST_OK;
    TRY(result_make_room(result, value_count(items)));
    struct value_cursor cursor = value_walk(items);
    struct value item = {0};
    for (size_t i = 0; value_next_element(&cursor, &item); i++) {
        if (item.type != VALUE_M) return ST_PROTOCOL;
        TRY(result_put(result, i, item));
    }
    return ST_OK;
}

/* ---- reading */

size_t stator_result_count(const stator_result *result)
{
    return result != NULL ? result->count : 0;
}

size_t stator_result_scanned(const stator_result *result)
{
    return result != NULL ? result->scanned : 0;
}

const stator_node *stator_result_item(const stator_result *result, size_t i)
{
    if (result == NULL || i >= result->count || result->items == NULL) return NULL;
    return result->items[i];
}

bool stator_result_unread(const stator_result *result, size_t i)
{
    return result != NULL && result->unread != NULL && i < result->count && result->unread[i];
}

const stator_node *stator_result_node(const stator_result *result)
{
    return result != NULL && result->answer.type == VALUE_M ? &result->root.node : NULL;
}

const stator_node *stator_result_last_key(const stator_result *result)
{
    return stator_at(stator_result_node(result), "LastEvaluatedKey");
}

const char *stator_result_token(const stator_result *result)
{
    return result != NULL ? result->token : NULL;
}

double stator_result_capacity(const stator_result *result, const char *name)
{
    if (result == NULL) return 0;
    if (name == NULL) return answer_capacity(result->answer, (struct span){0});
    struct buf full;
    buf_init(&full, mem_heap(), 2 * LIMIT_TABLE_ARN_BYTES);
    buf_put(&full, result->prefix);
    buf_put_text(&full, name);
    const bool made = buf_status(&full) == ST_OK;
    const double units = made ? answer_capacity(result->answer, buf_view(&full)) : 0;
    buf_deinit(&full);
    return units;
}
