/* batch_write.c -- puts and deletes on their way, 25 at a time.
 *
 * A write becomes its parameters when it is added. When 25 are held, or a second one of a key
 * comes, or they grow too large for one request, what is held is sent; what comes back unprocessed
 * is sent again after a pause, by the retry policy, and stays held when that is used up.
 *
 * B1  held[0 … count) are whole, and no two are of one key of one table.
 */
#include "base/limits.h"
#include "db/action.h"
#include "db/answer.h"
#include "db/call.h"
#include "db/keep.h"
#include "db/literal.h"
#include "db/options.h"
#include "db/table_keys.h"
#include "db/use.h"

/* Stored bytes of one request. As JSON it may be seven times that: control characters take six
 * bytes each, {"NULL":true} even more. */
enum { REQUEST_BYTES_MAX = LIMIT_BODY_BYTES / 8 };

struct held {
    struct span table; /* with the handle's prefix */
    bool deletes;
    struct value attributes; /* the item, or the key */
    struct value key;
};

struct stator_batch {
    stator *db; /* held */
    struct use use;
    stator_batch_opts opts;
    stator_retry retry;     /* what opts.retry points to */
    size_t room;            /* writes of one request */
    struct arena arenas[2]; /* of what is held: the one in use, and for what is left over */
    unsigned turn;
    struct held held[LIMIT_BATCH_WRITES];
    size_t count;
    size_t bytes;
    size_t done, total;
};

/* ---- making and ending */

static status batch_new(struct turn *turn, stator *db, const stator_batch_opts *given,
                        stator_batch **out)
{
    stator_batch *batch = mem_new(mem_heap(), sizeof *batch);
    if (batch == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    handle_hold(db);
    batch->db = db;
    atomic_flag_clear(&batch->use.busy);
    batch->opts = *given;
    if (given->retry != NULL) {
        batch->retry = *given->retry;
        batch->opts.retry = &batch->retry;
    }
    batch->room = given->chunk > 0 && given->chunk < LIMIT_BATCH_WRITES ? (size_t)given->chunk
                                                                        : LIMIT_BATCH_WRITES;
    arena_init(&batch->arenas[0], mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    arena_init(&batch->arenas[1], mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    *out = batch;
    return ST_OK;
}

stator_rc stator_batch_new(stator *db, const stator_batch_opts *given, stator_batch **out)
{
    stator_batch_opts opts = {0};
    struct turn *turn = turn_begin();
    if (out != NULL) *out = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    if (out == NULL)
        return turn_end(turn, FAIL(&turn->err, ST_MISUSE, "stator_batch_new: `out` is NULL"));
    status st = ST_OK;
    if (given != NULL)
        st = options_take("stator_batch_opts", given, &opts, sizeof opts, &turn->err);
    if (st == ST_OK) st = handle_enter(db, &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = batch_new(turn, db, &opts, out);
    handle_leave(db);
    return turn_end(turn, st);
}

void stator_batch_free(stator_batch *batch)
{
    if (batch == NULL) return;
    arena_deinit(&batch->arenas[1]);
    arena_deinit(&batch->arenas[0]);
    handle_drop(batch->db);
    mem_free(mem_heap(), batch, sizeof *batch);
}

size_t stator_batch_left(const stator_batch *batch)
{
    return batch != NULL ? batch->count : 0;
}

/* ---- sending */

static const struct span element = {0};

static void write_one(struct request *r, const struct held *held)
{
    request_map(r, element);
    request_map(r, held->deletes ? SPAN("DeleteRequest") : SPAN("PutRequest"));
    request_value(r, held->deletes ? SPAN("Key") : SPAN("Item"), held->attributes);
    request_end(r);
    request_end(r);
}

/* All writes of the table of held[first], unless an earlier one is of it. */
static void write_table(const stator_batch *batch, size_t first, struct request *r)
{
    const struct span table = batch->held[first].table;
    for (size_t i = 0; i < first; i++)
        if (span_eq(batch->held[i].table, table)) return;
    request_list(r, table);
    for (size_t i = first; i < batch->count; i++)
        if (span_eq(batch->held[i].table, table)) write_one(r, &batch->held[i]);
    request_end(r);
}

static status make_request(const stator_batch *batch, struct turn *turn, struct value *out)
{
    struct request r;
    request_begin(&r, &turn->scratch);
    request_map(&r, SPAN("RequestItems"));
    for (size_t i = 0; i < batch->count; i++) write_table(batch, i, &r);
    request_end(&r);
    return request_finish(&r, out, &turn->err);
}

/* Is the held write among those of its table in UnprocessedItems? */
static bool is_left(const struct held *held, struct value unprocessed)
{
    const char *const kind = held->deletes ? "DeleteRequest" : "PutRequest";
    struct value writes = {0};
    struct value write = {0};
    if (!value_find(unprocessed, held->table, &writes) || writes.type != VALUE_L) return false;
    struct value_cursor cursor = value_walk(writes);
    while (value_next_element(&cursor, &write)) {
        const struct value inner = answer_member(write, kind, VALUE_M);
        const struct value same = answer_member(inner, held->deletes ? "Key" : "Item", VALUE_M);
        if (same.type == VALUE_M && value_eq(same, held->attributes)) return true;
    }
    return false;
}

static bool keep_held(struct arena *arena, struct held *held)
{
    return arena_copy(arena, held->table, &held->table) &&
           arena_copy(arena, held->attributes.body, &held->attributes.body) &&
           arena_copy(arena, held->key.body, &held->key.body);
}

/* Let go of what was done; what is left moves to the other arena, all of it or none (B1). */
static status keep_left(stator_batch *batch, struct value unprocessed)
{
    const unsigned other = batch->turn ^ 1U;
    struct held left[LIMIT_BATCH_WRITES];
    size_t count = 0;
    size_t bytes = 0;
    arena_reset(&batch->arenas[other]);
    for (size_t i = 0; i < batch->count; i++) {
        if (unprocessed.type != VALUE_M || !is_left(&batch->held[i], unprocessed)) continue;
        left[count] = batch->held[i];
        if (!keep_held(&batch->arenas[other], &left[count])) return ST_NO_MEMORY;
        bytes += left[count++].attributes.body.len;
    }
    batch->done += batch->count - count;
    for (size_t i = 0; i < count; i++) batch->held[i] = left[i];
    batch->count = count;
    batch->bytes = bytes;
    batch->turn = other;
    return ST_OK;
}

static status send_once(stator_batch *batch, struct turn *turn)
{
    struct call_spec spec = {
        .operation = "BatchWriteItem",
        .arena = &turn->scratch,
        .retry = batch->opts.retry,
        .timeout_us = batch->opts.timeout_us,
        .may_repeat = true, /* each write is whole: a second one leaves what the first left */
    };
    TRY(make_request(batch, turn, &spec.request));
    TRY(call_make(batch->db, turn, &spec));
    TRY_PLAIN(&turn->err,
              keep_left(batch, answer_member(spec.answer, "UnprocessedItems", VALUE_M)));
    if (batch->opts.on_progress != NULL)
        batch->opts.on_progress(batch->opts.ud, batch->done, batch->total);
    return ST_OK;
}

/* Send until nothing is held, or the retries are used up. */
static status send(stator_batch *batch, struct turn *turn)
{
    stator *db = batch->db;
    const struct retry_policy retry = handle_retry(db, batch->opts.retry);
    const uint64_t canceled = atomic_load(&db->canceled);
    for (unsigned retries = 0; batch->count > 0; retries++) {
        TRY(send_once(batch, turn));
        if (batch->count == 0 || retries == retry.retries_max) return ST_OK;
        const uint64_t delay_us = retry_delay_us(&retry, retries, hooked_random(&db->hooked));
        TRY_PLAIN(&turn->err, handle_pause(db, delay_us, canceled));
    }
    return ST_OK;
}

/* ---- adding */

/* The key of an item, for B1. */
static status key_of(stator_batch *batch, struct turn *turn, const char *table, struct value item,
                     struct value *out)
{
    struct table_keys keys = {0};
    struct request key;
    struct value v = {0};
    TRY(table_keys_find(batch->db, turn, table, &keys));
    request_begin(&key, &turn->scratch);
    if (value_find(item, keys.partition, &v)) request_value(&key, keys.partition, v);
    if (keys.sort.len > 0 && value_find(item, keys.sort, &v)) request_value(&key, keys.sort, v);
    return request_finish(&key, out, &turn->err);
}

static bool is_held(const stator_batch *batch, const struct held *write)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct held *held = &batch->held[i];
        if (span_eq(held->table, write->table) && value_eq(held->key, write->key)) return true;
    }
    return false;
}

static status make_held(stator_batch *batch, struct turn *turn, const char *table,
                        const stator_val *v, struct held *out)
{
    TRY(action_table_name(batch->db, table, &turn->scratch, &out->table, &turn->err));
    TRY(literal_item(v, &turn->scratch, &out->attributes, &turn->err));
    if (!out->deletes) return key_of(batch, turn, table, out->attributes, &out->key);
    out->key = out->attributes;
    return ST_OK;
}

static bool must_go_first(const stator_batch *batch, const struct held *write)
{
    return batch->count == batch->room ||
           batch->bytes + write->attributes.body.len > REQUEST_BYTES_MAX || is_held(batch, write);
}

static status hold(stator_batch *batch, struct turn *turn, struct held *write)
{
    if (must_go_first(batch, write)) TRY(send(batch, turn));
    if (must_go_first(batch, write) && batch->count > 0) return ST_BUSY; /* some is left */
    if (!keep_held(&batch->arenas[batch->turn], write)) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    batch->held[batch->count++] = *write;
    batch->bytes += write->attributes.body.len;
    batch->total++;
    return batch->count == batch->room ? send(batch, turn) : ST_OK;
}

static status add(stator_batch *batch, struct turn *turn, const char *table, const stator_val *v,
                  bool deletes)
{
    struct held write = {.deletes = deletes};
    TRY(make_held(batch, turn, table, v, &write));
    const status st = hold(batch, turn, &write);
    if (st == ST_BUSY && turn->err.status != ST_BUSY)
        return FAIL(&turn->err, ST_BUSY, "%zu writes are left over, and there is no room for more",
                    batch->count);
    return st;
}

typedef status(batch_fn)(stator_batch *batch, struct turn *turn, const char *table,
                         const stator_val *v);

static status add_put(stator_batch *batch, struct turn *turn, const char *table,
                      const stator_val *v)
{
    return add(batch, turn, table, v, false);
}

static status add_delete(stator_batch *batch, struct turn *turn, const char *table,
                         const stator_val *v)
{
    return add(batch, turn, table, v, true);
}

static status flush(stator_batch *batch, struct turn *turn, const char *table, const stator_val *v)
{
    (void)table;
    (void)v;
    return send(batch, turn);
}

static stator_rc run(stator_batch *batch, batch_fn *fn, const char *table, const stator_val *v)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    if (batch == NULL) return turn_end(turn, FAIL(&turn->err, ST_MISUSE, "the batch is NULL"));
    status st = use_begin(&batch->use, "batch", &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = handle_enter(batch->db, &turn->err);
    if (st == ST_OK) {
        st = fn(batch, turn, table, v);
        handle_leave(batch->db);
    }
    use_end(&batch->use);
    return turn_end(turn, st);
}

stator_rc stator_batch_put(stator_batch *batch, const char *table, stator_val item)
{
    return run(batch, add_put, table, &item);
}

stator_rc stator_batch_delete(stator_batch *batch, const char *table, stator_val key)
{
    return run(batch, add_delete, table, &key);
}

stator_rc stator_batch_flush(stator_batch *batch)
{
    const stator_rc rc = run(batch, flush, NULL, NULL);
    return rc == STATOR_OK && batch->count > 0 ? STATOR_PARTIAL : rc;
}
