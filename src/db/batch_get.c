/* batch_get.c -- any number of items by their keys, in the order of the keys.
 *
 *     keys -> each once (key_set.h) -> chunks of at most 100 -> requests, some at once
 *          -> UnprocessedKeys again after a pause -> items to all positions of their key
 *
 * B1  of[i] is the number of the first key equal to keys[i]; only such numbers are asked for.
 * B2  Workers take chunks by `next`, and touch the result and call the application back under the
 *     lock. Each chunk is a call of its own on its worker's thread, the calling one included.
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
#include "db/path.h"
#include "db/render.h"
#include "db/result.h"
#include "db/select.h"
#include "os/thread.h"

enum {
    WORKERS_MAX = 64,
    CHUNK_BYTES_MAX = 4 * LIMIT_REQUEST_ARENA_BYTES, /* a reply of 16 MB, in buffers that grew */
};

struct fetch {
    stator *db;
    const char *table;
    struct span name; /* of the table, as it is sent */
    const stator_batch_opts *opts;
    struct value *keys;
    uint32_t *of;     /* B1 */
    uint32_t *wanted; /* numbers, each once */
    uint32_t count, wanted_count;
    uint32_t chunk;
    uint64_t canceled;              /* cancellations when it began */
    struct value projection, names; /* VALUE_NONE: the whole item */
    struct key_set set;

    atomic_uint next; /* of the first number that no worker has taken, in `wanted` */
    struct mutex lock;
    struct value *items GUARDED_BY(lock); /* by number; in the result's arena */
    stator_result *result GUARDED_BY(lock);
    bool *unread GUARDED_BY(lock); /* by number */
    size_t done GUARDED_BY(lock);
    bool is_partial GUARDED_BY(lock);
    stator_rc failed GUARDED_BY(lock);
    struct turn_copy error GUARDED_BY(lock); /* of the first failure */
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
    request_begin(&r, &a->arena);
    request_map(&r, SPAN("RequestItems"));
    request_map(&r, f->name);
    request_list(&r, SPAN("Keys"));
    for (uint32_t i = 0; i < a->count; i++) request_value(&r, element, f->keys[a->numbers[i]]);
    request_end(&r);
    if (f->opts->consistent) request_flag(&r, SPAN("ConsistentRead"), true);
    if (f->projection.type != VALUE_NONE)
        request_value(&r, SPAN("ProjectionExpression"), f->projection);
    if (f->names.type != VALUE_NONE) request_value(&r, SPAN("ExpressionAttributeNames"), f->names);
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
    const bool is_item = item.type == VALUE_M;
    if (is_item) TRY(key_of(a, item, &key));
    if (!is_item || !key_set_find(&f->set, key, &number))
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
    arena_reset(&a->arena);
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
    const uint64_t canceled = a->fetch->canceled;
    for (unsigned retries = 0;; retries++) {
        TRY(handle_check(db, canceled, &a->turn->err));
        TRY(ask(a));
        if (a->count == 0 || retries == retry.retries_max) return ST_OK;
        const uint64_t delay_us = retry_delay_us(&retry, retries, hooked_random(&db->hooked));
        TRY_PLAIN(&a->turn->err, handle_pause(db, delay_us, canceled));
    }
}

/* ---- chunks */

/* What is left of the chunk could not be read. */
static void mark_unread(struct fetch *f, const struct asking *a) REQUIRES(f->lock)
{
    if (a->count > 0) f->is_partial = true;
    for (uint32_t i = 0; i < a->count; i++) f->unread[a->numbers[i]] = true;
}

/* Of a chunk that failed the application may say that the others go on. */
static stator_rc judge_failure(const struct fetch *f, uint32_t first, uint32_t n, stator_rc rc)
{
    const stator_batch_opts *opts = f->opts;
    if (opts->on_chunk_error == NULL) return rc;
    return opts->on_chunk_error(opts->ud, first, n, stator_error_get());
}

static void note_failure(struct fetch *f, const struct turn_copy *error, stator_rc rc)
    REQUIRES(f->lock)
{
    if (f->failed != STATOR_OK) return;
    f->failed = rc;
    f->error = *error;
}

/* A chunk is over: what the application has to say and hear of it, one chunk at a time (B2). */
static void note_end(struct fetch *f, const struct asking *a, uint32_t first, uint32_t n,
                     stator_rc rc)
{
    const stator_batch_opts *opts = f->opts;
    struct turn_copy error = {.code = ""};
    if (rc != STATOR_OK) turn_save(&error);
    mutex_lock(&f->lock);
    if (rc != STATOR_OK) rc = judge_failure(f, first, n, rc);
    if (rc == STATOR_OK) {
        mark_unread(f, a);
    } else {
        note_failure(f, &error, rc);
    }
    f->done += n;
    if (opts->on_progress != NULL) opts->on_progress(opts->ud, f->done, f->wanted_count);
    mutex_unlock(&f->lock);
}

static stator_rc ask_in_turn(struct asking *a)
{
    a->turn = turn_begin();
    if (a->turn == NULL) return STATOR_E_NOMEM;
    status st = handle_enter(a->fetch->db, &a->turn->err);
    if (st != ST_OK) return turn_end(a->turn, st);
    st = ask_all(a);
    handle_leave(a->fetch->db);
    return turn_end(a->turn, st);
}

static void fetch_chunk(struct fetch *f, uint32_t first, uint32_t n)
{
    struct asking a = {.fetch = f, .count = n};
    arena_init(&a.arena, mem_heap(), CHUNK_BYTES_MAX);
    for (uint32_t i = 0; i < n; i++) a.numbers[i] = f->wanted[first + i];
    note_end(f, &a, first, n, ask_in_turn(&a));
    arena_deinit(&a.arena);
}

static bool has_failed(struct fetch *f)
{
    mutex_lock(&f->lock);
    const bool failed = f->failed != STATOR_OK;
    mutex_unlock(&f->lock);
    return failed;
}

static void work(void *ctx)
{
    struct fetch *f = ctx;
    while (!has_failed(f)) {
        const uint32_t first = atomic_fetch_add(&f->next, f->chunk);
        if (first >= f->wanted_count) return;
        const uint32_t left = f->wanted_count - first;
        fetch_chunk(f, first, left < f->chunk ? left : f->chunk);
    }
}

/* The calling thread is one of the workers; threads that are not to be had are not needed. */
static void work_together(struct fetch *f)
{
    struct thread threads[WORKERS_MAX];
    const uint32_t chunks = (f->wanted_count + f->chunk - 1) / f->chunk;
    unsigned others = f->opts->parallel > 1 ? (unsigned)f->opts->parallel - 1 : 0;
    if (others > WORKERS_MAX) others = WORKERS_MAX;
    if (others >= chunks) others = chunks > 0 ? chunks - 1 : 0;
    unsigned begun = 0;
    while (begun < others && thread_start(&threads[begun], "stator-get", work, f) == ST_OK) begun++;
    work(f);
    for (unsigned i = 0; i < begun; i++) thread_join(&threads[i]);
}

/* ---- before and after */

static status read_keys(struct fetch *f, struct turn *turn, const stator_val *keys)
{
    struct arena *arena = &f->result->arena;
    for (uint32_t i = 0; i < f->count; i++) {
        TRY(literal_item(&keys[i], arena, &f->keys[i], &turn->err));
        f->of[i] = key_set_add(&f->set, i);
        if (f->of[i] == i) f->wanted[f->wanted_count++] = i;
    }
    return ST_OK;
}

/* The projection, with the key's attributes in it: by them an item finds its position. */
static status add_keys(struct fetch *f, struct render *render, struct buf *paths)
{
    struct value_cursor cursor = value_walk(f->keys[0]);
    struct span name = {0};
    struct value v = {0};
    buf_put_text(paths, f->opts->select);
    while (value_next_attribute(&cursor, &name, &v)) {
        const char *path = path_to(name, render->arena);
        if (path == NULL) return FAIL_PLAIN(render->err, ST_NO_MEMORY);
        if (select_names(f->opts->select, path)) continue;
        buf_put_text(paths, ", ");
        buf_put_text(paths, path);
    }
    buf_put_u8(paths, '\0');
    return ST_OK;
}

/* Both parameters of the projection, as they will stand in each request. */
static status make_projection(struct fetch *f, struct turn *turn)
{
    struct render render;
    struct request r;
    struct value both = {0};
    if (f->opts->select == NULL) return ST_OK;
    render_begin(&render, &f->result->arena, f->db->depth_max, &turn->err);
    struct buf paths = render_buf(&render);
    TRY(add_keys(f, &render, &paths));
    TRY_PLAIN(&turn->err, buf_status(&paths));
    request_begin(&r, &f->result->arena);
    TRY(select_write(&render, (const char *)paths.ptr, &r));
    TRY(render_give(&render, &r));
    TRY(request_finish(&r, &both, &turn->err));
    f->projection = answer_member(both, "ProjectionExpression", VALUE_S);
    f->names = answer_member(both, "ExpressionAttributeNames", VALUE_M);
    return ST_OK;
}

static status make_room(struct fetch *f, struct turn *turn)
{
    struct arena *arena = &f->result->arena;
    f->keys = arena_new_array(arena, f->count, struct value);
    f->items = arena_new_array(arena, f->count, struct value);
    f->of = arena_new_array(arena, f->count, uint32_t);
    f->wanted = arena_new_array(arena, f->count, uint32_t);
    f->unread = arena_new_array(arena, f->count, bool);
    f->result->unread = arena_new_array(arena, f->count, bool);
    const bool made = f->keys != NULL && f->items != NULL && f->of != NULL && f->wanted != NULL &&
                      f->unread != NULL && f->result->unread != NULL;
    if (!made) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    TRY_PLAIN(&turn->err, key_set_init(&f->set, arena, f->keys, f->count));
    TRY_PLAIN(&turn->err, result_make_room(f->result, f->count));
    return ST_OK;
}

static status prepare(struct fetch *f, struct turn *turn, const stator_val *keys)
{
    const int chunk = f->opts->chunk;
    f->chunk = chunk > 0 && chunk < LIMIT_BATCH_GETS ? (uint32_t)chunk : LIMIT_BATCH_GETS;
    TRY(action_table_name(f->db, f->table, &f->result->arena, &f->name, &turn->err));
    if (f->count == 0) return ST_OK;
    TRY(make_room(f, turn));
    TRY(read_keys(f, turn, keys));
    return make_projection(f, turn);
}

/* Each position has the item of its key. */
static status place_items(struct fetch *f)
{
    for (uint32_t i = 0; i < f->count; i++) {
        const struct value item = f->items[f->of[i]];
        f->result->unread[i] = f->unread[f->of[i]];
        if (item.type != VALUE_NONE) TRY(result_put(f->result, i, item));
    }
    return ST_OK;
}

static stator_rc finish(struct fetch *f, stator_result **out)
{
    if (f->failed != STATOR_OK) {
        stator_result_free(f->result);
        return turn_restore(&f->error, f->failed);
    }
    struct turn *turn = turn_begin();
    const status st = turn != NULL ? place_items(f) : ST_NO_MEMORY;
    if (st != ST_OK) {
        stator_result_free(f->result);
        return turn != NULL ? turn_end(turn, FAIL_PLAIN(&turn->err, st)) : STATOR_E_NOMEM;
    }
    *out = f->result;
    return f->is_partial ? STATOR_PARTIAL : turn_end(turn, ST_OK);
}

static status begin(struct fetch *f, struct turn *turn, const stator_val *keys)
{
    if (f->opts->n > UINT32_MAX / 4 || (keys == NULL && f->opts->n > 0))
        return FAIL(&turn->err, ST_MISUSE, "stator_batch_get: `keys` is NULL, or too many");
    f->count = (uint32_t)f->opts->n;
    TRY(handle_enter(f->db, &turn->err));
    f->canceled = atomic_load(&f->db->canceled);
    status st = result_new(turn, f->db, &f->result);
    if (st == ST_OK) {
        f->result->arena.taken_max = SIZE_MAX; /* any number of items were asked for */
        st = prepare(f, turn, keys);
    }
    handle_leave(f->db);
    return st;
}

stator_rc stator_batch_get_items(stator *db, const char *table, stator_result **out,
                                 const stator_val *keys, const stator_batch_opts *given)
{
    stator_batch_opts opts = {0};
    struct fetch f = {.db = db, .table = table, .opts = &opts};
    struct turn *turn = turn_begin();
    if (out != NULL) *out = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    if (out == NULL)
        return turn_end(turn, FAIL(&turn->err, ST_MISUSE, "stator_batch_get: `out` is NULL"));
    status st = options_take("stator_batch_opts", given, &opts, sizeof opts, &turn->err);
    if (st == ST_OK) st = begin(&f, turn, keys);
    if (st != ST_OK) {
        stator_result_free(f.result);
        return turn_end(turn, st);
    }
    (void)turn_end(turn, ST_OK);
    mutex_init(&f.lock);
    if (f.count > 0) work_together(&f);
    mutex_deinit(&f.lock);
    return finish(&f, out);
}
