/* database.c -- see database.h. A database that is still working when the process ends looks like a
 * leak, so it is closed before.
 */
#include "database.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { CHECK_EVERY = 256, RENEW_EVERY = 4096 }; /* inputs */

static struct instance *instance;
static bool is_damaged;

static void close_it(void)
{
    instance_close(instance);
    instance = NULL;
    is_damaged = false;
}

static void open_one(void)
{
    static bool is_told;
    const struct instance_options options = {
        .mem = mem_heap(), .os = os_system(), .durability = STORE_RELAXED, .threads = 1};
    struct arena arena;
    arena_init(&arena, mem_heap(), 1 << 16);
    struct error err = error_in(&arena);
    const status st = instance_open(&options, &instance, &err);
    assert(st == ST_OK);
    arena_deinit(&arena);
    if (!is_told) (void)atexit(close_it);
    is_told = true;
}

struct instance *database(void)
{
    if (instance == NULL) open_one();
    return instance;
}

static void on_problem(void *ctx, const char *text)
{
    (void)ctx;
    if (is_damaged) return;
    fprintf(stderr, "not whole: %s\n", text);
    abort();
}

static void check_whole(void)
{
    struct arena arena;
    struct engine_check check = {.problem = on_problem};
    arena_init(&arena, mem_heap(), 1 << 20);
    struct error err = error_in(&arena);
    const status st = engine_check(instance_engine(database()), &check, &err);
    assert(st == ST_OK || is_damaged);
    arena_deinit(&arena);
}

bool database_tend(void)
{
    static unsigned inputs;
    const unsigned before = inputs++;
    if (is_damaged) {
        check_whole();
        close_it();
        return true;
    }
    if (before % CHECK_EVERY != 0) return false;
    if (before > 0) check_whole();
    if (before % RENEW_EVERY == 0) close_it();
    return true;
}

/* What ends with one of the store's threads is given back by that thread, a moment later than a
 * look for leaks may come.
 */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:__cxa_thread_atexit_impl\n";
}

/* ---- damage */

struct damaging {
    const struct database_damage *damage;
    struct buf key, value;
    uint32_t count; /* of all keys */
};

static const struct store_range everything = {
    {(const uint8_t *)"\0",   1},
    {(const uint8_t *)"\xFF", 1}
};

/* Count the keys, or note the one that is asked for once they are counted. */
static status look(struct store_view *view, void *ctx)
{
    struct damaging *d = ctx;
    struct store_cursor *cursor = NULL;
    struct span key = {0}, value = {0};
    bool found = true;
    const uint32_t wanted = d->count == 0 ? UINT32_MAX : d->damage->key % d->count;
    uint32_t i = 0;
    TRY(store_view_walk(view, everything, false, &cursor));
    status st = store_cursor_next(cursor, &key, &value, &found);
    for (; st == ST_OK && found && i != wanted; i++)
        st = store_cursor_next(cursor, &key, &value, &found);
    if (st == ST_OK && found) {
        buf_put(&d->key, key);
        buf_put(&d->value, value);
    }
    d->count = i;
    store_cursor_close(cursor);
    return st;
}

static status put(struct store_txn *txn, void *ctx)
{
    const struct damaging *d = ctx;
    return store_txn_put(txn, buf_view(&d->key), buf_view(&d->value));
}

static void change(struct buf *value, const struct database_damage *damage)
{
    if (value->len == 0) return;
    const size_t at = damage->at % value->len;
    if (damage->flip == 0)
        value->len = at;
    else
        value->ptr[at] ^= damage->flip;
}

void database_damage(const struct database_damage *damage)
{
    struct store *store = instance_store(database());
    struct damaging d = {.damage = damage};
    buf_init(&d.key, mem_heap(), 1 << 20);
    buf_init(&d.value, mem_heap(), 1 << 20);
    status st = store_read(store, look, &d);
    if (st == ST_OK && d.count > 0) st = store_read(store, look, &d);
    assert(st == ST_OK);
    change(&d.value, damage);
    if (d.key.len > 0) st = store_write_wait(store, put, &d);
    assert(st == ST_OK);
    is_damaged = true;
    buf_deinit(&d.value);
    buf_deinit(&d.key);
}

bool database_is_damaged(void)
{
    return is_damaged;
}
