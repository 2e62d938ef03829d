/* batch_get.c -- any number of items by their keys, in the order of the keys.
 *
 *     keys -> each once (key_set.h) -> chunks of at most 100 -> requests, some at once
 *          -> UnprocessedKeys again after a pause -> items to all positions of their key
 *
 * B1  of[i] is the number of the first key equal to keys[i]; only such numbers are asked for.
 * B2  Workers take chunks by `next` and touch the result under the lock.
 * B3  The first error stops the others from taking further chunks, and is the whole's.
 */
#include <stdatomic.h>

#include "base/limits.h"
#include "db/action.h"
#include "db/answer.h"
#include "db/call.h"
#include "db/key_set.h"
#include "db/literal.h"
#include "db/options.h"
#include "db/render.h"
#include "db/result.h"
#include "db/select.h"
#include "os/thread.h"

enum { WORKERS_MAX = 64 };

struct fetch {
    stator *db;
    const char *table;
    const stator_batch_opts *opts;
    struct value *keys;
    uint32_t *of; /* B1 */
    uint32_t *wanted; /* numbers, each once */
    uint32_t count, wanted_count;
    uint32_t chunk;
    struct value projection, names; /* VALUE_NONE: the whole item */
    struct key_set set;

    atomic_uint next; /* of the first number that no worker has taken, in `wanted` */
    struct mutex lock;
    struct value *items GUARDED_BY(lock); /* by number; in the result's arena */
    stator_result *result GUARDED_BY(lock);
    size_t done GUARDED_BY(lock);
    bool is_partial GUARDED_BY(lock);
    status failed GUARDED_BY(lock);
    struct stator_error error GUARDED_BY(lock); /* of the first failure, in the result's arena */
};

/* ---- one request */

struct asking {
    struct fetch *fetch;
    struct turn *turn;
    struct arena arena; /* of this chunk */
    uint32_t numbers[LIMIT_BATCH_GETS];
    uint32_t count;
};

static const struct span element = {0};

static status make_request(struct asking *a, struct value *out)
{
    const struct fetch *f = a->fetch;
    struct request r;
    struct buf table;
    buf_init(&table, arena_mem(&a->arena), LIMIT_REQUEST_ARENA_BYTES);
    buf_put(&table, f->db->prefix);
    buf_put_text(&table, f->table);
    TRY_PLAIN(&a->turn->err, buf_status(&table));
    request_begin(&r, &a->arena);
    request_map(&r, SPAN("RequestItems"));
    request_map(&r, buf_view(&table));
    request_list(&r, SPAN("Keys"));
    for (uint32_t i = 0; i < a->count; i++) request_value(&r, element, f->keys[a->numbers[i]]);
    request_end(&r);
    if (f->opts->consistent) request_flag(&r, SPAN("ConsistentRead"), true);
    if (f->projection.type != VALUE_NONE)
        request_value(&r, SPAN("ProjectionExpression"), f->projection);
    if (f->names.type != VALUE_NONE)
        request_value(&r, SPAN("ExpressionAttributeNames"), f->names);
    request_end(&r);
    request_end(&r);
    return request_finish(&r, out, &a->turn->err);
}

/* The attributes of `item` that are in keys[0], as a key. */
static status key_of(struct asking *a, struct value item, struct value *out)
{
    struct request key;
    struct value_cursor cursor = value_walk(a->fetch->keys[a->numbers[0]]);
    struct span name = {0};
    struct value v = {0};
    request_begin(&key, &a->arena);
    while (value_next_attribute(&cursor, &name, &v))
        if (value_find(item, name, &v)) request_value(&key, name, v);
    return request_finish(&key, out, &a->turn->err);
}

static status keep_item(struct asking *a, struct value item)
{
    struct fetch *f = a->fetch;
    struct value key = {0};
    struct value copy = {.type = item.type};
    uint32_t number = 0;
    TRY(key_of(a, item, &key));
    if (!key_set_find(&f->set, key, &number))
        return FAIL(&a->turn->err, ST_PROTOCOL, "the reply has an item that was not asked for");
    mutex_lock(&f->lock);
    const bool kept = arena_copy(&f->result->arena, item.body, &copy.body);
    if (kept) f->items[number] = copy;
    mutex_unlock(&f->lock);
    return kept ? ST_OK : FAIL_PLAIN(&a->turn->err, ST_NO_MEMORY);
}

/* The first value of a map, which has one table. */
static struct value of_table(struct value map)
{
    struct value_cursor cursor = value_walk(map);
    struct span name = {0};
    struct value found = {0};
    if (map.type != VALUE_M || !value_next_attribute(&cursor, &name, &found))
        return (struct value){0};
    return found;
}

static status keep_items(struct asking *a, struct value answer)
{
    const struct value items = of_table(answer_member(answer, "Responses", VALUE_M));
    struct value item = {0};
    if (items.type != VALUE_L) return ST_OK;
    struct value_cursor cursor = value_walk(items);
    while (value_next_element(&cursor, &item)) TRY(keep_item(a, item));
    return ST_OK;
}

/* What is left to ask for: UnprocessedKeys. */
static status keep_rest(struct asking *a, struct value answer)
{
    const struct value rest = of_table(answer_member(answer, "UnprocessedKeys", VALUE_M));
    const struct value keys = answer_member(rest, "Keys", VALUE_L);
    struct value key = {0};
    uint32_t numbers[LIMIT_BATCH_GETS];
    uint32_t count = 0;
    struct value_cursor cursor = keys.type == VALUE_L ? value_walk(keys) : (struct value_cursor){0};
    while (count < a->count && value_next_element(&cursor, &key)) {
        if (!key_set_find(&a->fetch->set, key, &numbers[count]))
            return FAIL(&a->turn->err, ST_PROTOCOL, "the reply has a key that was not asked for");
        count++;
    }
    for (uint32_t i = 0; i < count; i++) a->numbers[i] = numbers[i];
    a->count = count;
    return ST_OK;
}

static status ask(struct asking *a)
{
    const struct fetch *f = a->fetch;
    struct call_spec spec = {
        .operation = "BatchGetItem",
        .table = f->table,
        .arena = &a->arena,
        .retry = f->opts->retry,
        .timeout_us = f->opts->timeout_us,
    };
    TRY(make_request(a, &spec.request));
    TRY(call_make(f->db, a->turn, &spec));
    TRY(keep_items(a, spec.answer));
    return keep_rest(a, spec.answer);
}

/* Ask until nothing is left, or the retries are used up. */
static status ask_all(struct asking *a)
{
    stator *db = a->fetch->db;
    const struct retry_policy retry = handle_retry(db, a->fetch->opts->retry);
    const uint64_t canceled = atomic_load(&db->canceled);
    for (unsigned retries = 0;; retries++) {
        TRY(ask(a));
        if (a->count == 0 || retries == retry.retries_max) return ST_OK;
        const uint64_t delay_us = retry_delay_us(&retry, retries, hooked_random(&db->hooked));
        TRY_PLAIN(&a->turn->err, handle_pause(db, delay_us, canceled));
    }
}

/* ---- chunks */

static void mark_unread(struct asking *a)
{
    struct fetch *f = a->fetch;
    mutex_lock(&f->lock);
    if (a->count > 0) f->is_partial = true;
    for (uint32_t i = 0; i < f->count && a->count > 0; i++)
        for (uint32_t j = 0; j < a->count; j++)
            if (f->of[i] == a->numbers[j]) f->result->unread[i] = true;
    mutex_unlock(&f->lock);
}

/* An error's texts, which are the worker's, for the thread that called. */
static void keep_error(struct fetch *f, struct turn *turn, status st)
{
    const stator_error *told = turn_told();
    mutex_lock(&f->lock);
    if (f->failed == ST_OK) {
        f->failed = st;
        f->error = *told;
    }
    mutex_unlock(&f->lock);
    (void)turn;
}
