/* handle.c -- opening, ending and canceling. See handle.h. */
#include "db/handle.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "db/carriers.h"
#include "db/options.h"
#include "db/table_keys.h"
#include "db/turn.h"

enum { STRINGS_BYTES_MAX = 64 << 10, NS_PER_US = 1000, CALL_TIMEOUT_US = 30000000 };
static const uint64_t pause_max_us = UINT64_C(365) * 86400 * 1000000; /* so that sums fit */

/* ---- how long it lasts */

void handle_hold(stator *db)
{
    atomic_fetch_add(&db->holds, 1);
}

void handle_drop(stator *db)
{
    if (atomic_fetch_sub(&db->holds, 1) > 1) return;
    table_keys_free(db->keys);
    cond_deinit(&db->changed);
    mutex_deinit(&db->lock);
    retry_bucket_deinit(&db->bucket);
    faults_deinit(&db->faults);
    arena_deinit(&db->arena);
    mem_free(mem_heap(), db, sizeof *db);
}

/* False: the handle is NULL or closed. */
static bool enter(stator *db)
{
    if (db == NULL) return false;
    if ((atomic_fetch_add(&db->calls, 1) & HANDLE_CLOSED) == 0) return true;
    handle_leave(db);
    return false;
}

status handle_enter(stator *db, struct error *err)
{
    if (enter(db)) return ST_OK;
    return FAIL(err, ST_MISUSE, db == NULL ? "the handle is NULL" : "the handle was closed");
}

/* Once it is closed, calls end under the lock: stator_close, which looks there, may free the handle
 * as soon as it sees none (H1). Before, nothing of the handle is touched after the count. */
void handle_leave(stator *db)
{
    unsigned calls = atomic_load(&db->calls);
    while ((calls & HANDLE_CLOSED) == 0)
        if (atomic_compare_exchange_weak(&db->calls, &calls, calls - 1)) return;
    mutex_lock(&db->lock);
    atomic_fetch_sub(&db->calls, 1);
    cond_wake_all(&db->changed);
    mutex_unlock(&db->lock);
}

void stator_close(stator *db)
{
    if (db == NULL) return;
    const unsigned calls = atomic_fetch_or(&db->calls, HANDLE_CLOSED);
    assert((calls & HANDLE_CLOSED) == 0); /* it is closed once */
    mutex_lock(&db->lock);
    while (atomic_load(&db->calls) != HANDLE_CLOSED) cond_wait(&db->changed, &db->lock);
    mutex_unlock(&db->lock);
    db->carrier->kind->close(db->carrier);
    db->carrier = NULL;
    handle_drop(db);
}

/* ---- canceling and waiting */

/* It needs no memory: a program that has none left may have to stop its calls. */
void stator_cancel(stator *db)
{
    if (!enter(db)) return;
    mutex_lock(&db->lock);
    atomic_fetch_add(&db->canceled, 1);
    cond_wake_all(&db->changed);
    mutex_unlock(&db->lock);
    if (db->carrier->kind->cancel != NULL) db->carrier->kind->cancel(db->carrier);
    handle_leave(db);
}

status handle_check(const stator *db, uint64_t since, struct error *err)
{
    return atomic_load(&db->canceled) == since ? ST_OK : FAIL_PLAIN(err, ST_CANCELED);
}

static status pause_by(stator *db, const struct os *os, uint64_t us, uint64_t since)
{
    const uint64_t pause_ns = (us < pause_max_us ? us : pause_max_us) * NS_PER_US;
    const uint64_t end_ns = os_ticks_ns(os) + pause_ns;
    mutex_lock(&db->lock);
    while (atomic_load(&db->canceled) == since) {
        const uint64_t now_ns = os_ticks_ns(os);
        if (now_ns >= end_ns) break;
        cond_wait_for(&db->changed, &db->lock, os, end_ns - now_ns);
    }
    const bool is_canceled = atomic_load(&db->canceled) != since;
    mutex_unlock(&db->lock);
    return is_canceled ? ST_CANCELED : ST_OK;
}

status handle_pause(stator *db, uint64_t us, uint64_t since)
{
    return pause_by(db, &db->hooked.pausing, us, since);
}

status handle_pause_for_db(stator *db, uint64_t us, uint64_t since)
{
    const bool is_real = db->carrier->kind->instance != NULL && atomic_load(&db->hooked.is_fixed);
    return pause_by(db, is_real ? os_system() : &db->hooked.pausing, us, since);
}

/* ---- retries */

static struct retry_policy policy_of(const stator_retry *retry)
{
    return (struct retry_policy){
        .retries_max = retry->max_retries > 0 ? (unsigned)retry->max_retries : 0,
        .initial_us = retry->initial_us > 0 ? (uint64_t)retry->initial_us : 0,
        .max_us = retry->max_us > 0 ? (uint64_t)retry->max_us : 0,
        .factor = retry->factor,
        .jitter = retry->jitter,
    };
}

struct retry_policy handle_retry(const stator *db, const stator_retry *retry)
{
    return retry != NULL ? policy_of(retry) : db->retry;
}

/* ---- opening */

static bool keep_string(struct arena *arena, const char *text, struct span *out)
{
    return text == NULL || arena_copy(arena, span_of(text), out);
}

static stator *handle_new(const stator_options *options)
{
    stator *db = mem_new(mem_heap(), sizeof *db);
    if (db == NULL) return NULL;
    hooked_init(&db->hooked, options->hooks);
    arena_init(&db->arena, mem_heap(), STRINGS_BYTES_MAX);
    db->retry = options->retry != NULL ? policy_of(options->retry) : retry_default;
    db->call_timeout_us = options->call_timeout_us > 0 ? options->call_timeout_us : CALL_TIMEOUT_US;
    db->depth_max = options->max_expr_depth > 0 ? (uint32_t)options->max_expr_depth : STATOR_DEPTH;
    retry_bucket_init(&db->bucket);
    faults_init(&db->faults);
    mutex_init(&db->lock);
    cond_init(&db->changed);
    handle_hold(db);
    return db;
}

static status open(const char *uri, const stator_options *options, stator *db, struct error *err)
{
    if (!keep_string(&db->arena, options->table_prefix, &db->prefix))
        return FAIL_PLAIN(err, ST_NO_MEMORY);
    TRY(table_keys_new(&db->keys, err));
    return carriers_open(uri, options, &db->hooked, &db->carrier, err);
}

static status check_text(const char *option, const char *text, struct error *err)
{
    if (text == NULL || utf8_is_valid(span_of(text))) return ST_OK;
    return FAIL(err, ST_VALIDATION, "%s is not valid UTF-8", option);
}

static status open_new(struct turn *turn, const char *uri, const stator_options *given,
                       stator **out)
{
    stator_options options = {.size = sizeof options};
    if (uri == NULL || out == NULL)
        return FAIL(&turn->err, ST_MISUSE, "stator_open: `uri` or `out` is NULL");
    if (given != NULL)
        TRY(options_take("stator_options", given, &options, sizeof options, &turn->err));
    if (options.max_expr_depth < 0 || options.max_expr_depth > LIMIT_LITERAL_DEPTH)
        return FAIL(&turn->err, ST_VALIDATION, "max_expr_depth is at most %d, and is %d",
                    LIMIT_LITERAL_DEPTH, options.max_expr_depth);
    TRY(check_text("table_prefix", options.table_prefix, &turn->err));
    TRY(check_text("region", options.region, &turn->err));
    stator *db = handle_new(&options);
    if (db == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    const status st = open(uri, &options, db, &turn->err);
    if (st != ST_OK) {
        handle_drop(db);
        return st;
    }
    *out = db;
    return ST_OK;
}

stator_rc stator_open(const char *uri, const stator_options *options, stator **out)
{
    struct turn *turn = turn_begin();
    if (out != NULL) *out = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, open_new(turn, uri, options, out));
}

status handle_over(const stator *db, struct carrier *carrier, stator **out, struct error *err)
{
    const stator_options options = {
        .hooks = &db->hooked.hooks,
        .call_timeout_us = db->call_timeout_us,
        .max_expr_depth = (int)db->depth_max,
    };
    stator *over = handle_new(&options);
    if (over == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    over->retry = db->retry;
    status st = table_keys_new(&over->keys, err);
    if (st == ST_OK && !arena_copy(&over->arena, db->prefix, &over->prefix))
        st = FAIL_PLAIN(err, ST_NO_MEMORY);
    if (st != ST_OK) {
        handle_drop(over);
        return st;
    }
    over->carrier = carrier;
    *out = over;
    return ST_OK;
}

/* ---- clock and randomness */

int64_t stator_now(const stator *db)
{
    struct hooked plain;
    hooked_init(&plain, NULL);
    return hooked_now_us(db != NULL ? &db->hooked : &plain);
}

char *stator_uuid4(const stator *db, char out[STATOR_UUID_LEN])
{
    uint8_t random[16] = {0};
    struct hooked plain;
    hooked_init(&plain, NULL);
    const struct hooked *hooked = db != NULL ? &db->hooked : &plain;
    const uint64_t words[2] = {hooked_random(hooked), hooked_random(hooked)};
    memcpy(random, words, sizeof random);
    return stator_uuid4_of(random, out);
}
