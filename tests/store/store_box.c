/* store_box.c -- see store_box.h. */
#include "store/store_box.h"

#include <pthread.h>
#include <stdio.h>

#include "base/bytes.h"

enum { CACHE_BYTES = 8 << 20 };

const struct store_mode store_mode_sync = {"sync", true, STORE_SYNC, false};
const struct store_mode store_mode_relaxed = {"relaxed", true, STORE_RELAXED, false};
const struct store_mode store_mode_memory = {"memory", false, STORE_SYNC, false};
const struct store_mode store_mode_sync_helped = {"sync, helped", true, STORE_SYNC, true};
const struct store_mode store_mode_relaxed_helped = {"relaxed, helped", true, STORE_RELAXED, true};
const struct store_mode store_mode_memory_helped = {"memory, helped", false, STORE_SYNC, true};

static status try_open(const struct store_options *options, struct store **out,
                       char text[STORE_BOX_TEXT_BYTES])
{
    struct arena arena;
    arena_init(&arena, mem_heap(), 1 << 16);
    struct error err = error_in(&arena);
    const status st = store_open(options, out, &err);
    text[0] = '\0';
    if (st != ST_OK) {
        assert_int_equal(err.status, st);
        (void)snprintf(text, STORE_BOX_TEXT_BYTES, "%.*s", SPAN_ARG(error_text(&err)));
    }
    arena_deinit(&arena);
    return st;
}

static struct store_options options_of(const struct store_mode *mode, const char *dir)
{
    return (struct store_options){
        .mem = support_mem(),
        .dir = mode->on_disk ? dir : NULL,
        .durability = mode->durability,
        .cache_bytes = CACHE_BYTES,
    };
}

static struct store *open_with(const struct store_options *options)
{
    struct store *store = NULL;
    char text[STORE_BOX_TEXT_BYTES];
    if (try_open(options, &store, text) != ST_OK) fail_msg("%s", text);
    return store;
}

struct store *store_box_open(const struct store_mode *mode, const char *dir)
{
    const struct store_options options = options_of(mode, dir);
    return open_with(&options);
}

status store_box_try_open(const char *dir, struct store **out, char text[STORE_BOX_TEXT_BYTES])
{
    const struct store_options options = {
        .mem = support_mem(), .dir = dir, .durability = STORE_SYNC, .cache_bytes = CACHE_BYTES};
    return try_open(&options, out, text);
}

int store_box_setup(void **state)
{
    struct store_box *box = *state;
    *box = (struct store_box){.mode = box->mode};
    box->dir = support_folder_new();
    box->store = store_box_open(box->mode, box->dir);
    return 0;
}

int store_box_teardown(void **state)
{
    struct store_box *box = *state;
    store_close(box->store);
    support_folder_free(box->dir);
    support_mem_check();
    return 0;
}

static void reopen(struct store_box *box)
{
    struct store_options options = options_of(box->mode, box->dir);
    options.past_ms = box->past_ms;
    options.os = &box->os;
    store_close(box->store);
    box->store = open_with(&options);
}

void store_box_restart(struct store_box *box)
{
    if (box->mode->on_disk) reopen(box);
}

static uint64_t clock_ticks_ns(void *ctx)
{
    const struct store_box *box = ctx;
    return box->clock_ms * 1000000;
}

void store_box_past(struct store_box *box, uint32_t past_ms, const struct os *os)
{
    box->past_ms = past_ms;
    box->os = os != NULL ? *os : (struct os){.ctx = box, .ticks_ns = clock_ticks_ns};
    reopen(box);
}

struct away {
    store_write_fn *fn;
    void *ctx;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool has_ended;
    status result;
};

static status away_run(struct store_txn *txn, void *ctx)
{
    const struct away *away = ctx;
    return away->fn(txn, away->ctx);
}

static void away_done(void *ctx, status st)
{
    struct away *away = ctx;
    pthread_mutex_lock(&away->lock);
    away->result = st;
    away->has_ended = true;
    pthread_cond_signal(&away->ended);
    pthread_mutex_unlock(&away->lock);
}

status store_box_write_away(struct store *store, store_write_fn *fn, void *ctx)
{
    struct away away = {
        .fn = fn, .ctx = ctx, .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};
    struct store_write write = {.fn = away_run, .done = away_done, .ctx = &away};
    store_write(store, &write);
    pthread_mutex_lock(&away.lock);
    while (!away.has_ended) pthread_cond_wait(&away.ended, &away.lock);
    pthread_mutex_unlock(&away.lock);
    pthread_cond_destroy(&away.ended);
    pthread_mutex_destroy(&away.lock);
    return away.result;
}

struct snapshot *store_box_hold(struct store *store)
{
    struct snapshot *held = NULL;
    assert_int_equal(store_hold(store, &held), ST_OK);
    return held;
}

struct change {
    struct span key;
    struct span value;
};

static status run_put(struct store_txn *txn, void *ctx)
{
    const struct change *change = ctx;
    return store_txn_put(txn, change->key, change->value);
}

status store_box_put(struct store *store, struct span key, struct span value)
{
    struct change change = {key, value};
    return store_write_wait(store, run_put, &change);
}

static status run_delete(struct store_txn *txn, void *ctx)
{
    const struct change *change = ctx;
    return store_txn_delete(txn, change->key);
}

status store_box_delete(struct store *store, struct span key)
{
    struct change change = {key, {0}};
    return store_write_wait(store, run_delete, &change);
}

static status run_delete_range(struct store_txn *txn, void *ctx)
{
    const struct change *change = ctx;
    return store_txn_delete_range(txn, (struct store_range){change->key, change->value});
}

status store_box_delete_range(struct store *store, struct span low, struct span high)
{
    struct change change = {low, high};
    return store_write_wait(store, run_delete_range, &change);
}

struct lookup {
    struct span key;
    char *text;
    uint64_t number;
};

static status run_get(struct store_view *view, void *ctx)
{
    struct lookup *lookup = ctx;
    struct span value = {0};
    bool found = false;
    TRY(store_view_get(view, lookup->key, &value, &found));
    if (!found) value = SPAN("-");
    (void)snprintf(lookup->text, STORE_BOX_VALUE_BYTES, "%.*s", SPAN_ARG(value));
    return ST_OK;
}

struct store_box_value store_box_get(struct store *store, struct span key)
{
    struct store_box_value value;
    struct lookup lookup = {.key = key, .text = value.text};
    assert_int_equal(store_read(store, run_get, &lookup), ST_OK);
    return value;
}

static uint64_t number_of(struct span value, bool found)
{
    if (!found) return 0;
    assert_int_equal(value.len, sizeof(uint64_t));
    return bytes_load_u64(value.ptr);
}

static status run_get_number(struct store_view *view, void *ctx)
{
    struct lookup *lookup = ctx;
    struct span value = {0};
    bool found = false;
    TRY(store_view_get(view, lookup->key, &value, &found));
    lookup->number = number_of(value, found);
    return ST_OK;
}

uint64_t store_box_number(struct store *store, struct span key)
{
    struct lookup lookup = {.key = key};
    assert_int_equal(store_read(store, run_get_number, &lookup), ST_OK);
    return lookup.number;
}

status store_box_txn_number(struct store_txn *txn, struct span key, uint64_t *out)
{
    struct span value = {0};
    bool found = false;
    TRY(store_txn_get(txn, key, &value, &found));
    *out = number_of(value, found);
    return ST_OK;
}

status store_box_txn_put_number(struct store_txn *txn, struct span key, uint64_t number)
{
    uint8_t bytes[sizeof number];
    bytes_store_u64(bytes, number);
    return store_txn_put(txn, key, (struct span){bytes, sizeof bytes});
}
