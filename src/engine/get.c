/* get.c -- GetItem, BatchGetItem and TransactGetItems: items by their whole keys.
 *
 * Items are copied out of the store's snapshot (or projected out of it) into the request's arena
 * while the snapshot is held; nothing else is allocated. Several reads share one snapshot, so they
 * see no transaction half done. A transaction must also fail where another one is under way on an
 * item of its own (conflict.h); it asks just before it reads, and what begins later is behind its
 * snapshot.
 *
 * Throughput (throttle.h): a get alone is refused, one of a batch left out, a transaction canceled.
 * A transaction pays twice, and is admitted as a whole: it is what goes into debt.
 */
#include <assert.h>

#include "engine/capacity.h"
#include "engine/engine_own.h"
#include "engine/expiry.h"
#include "engine/throttle.h"
#include "table/item_key.h"
#include "table/table_check.h"

/* ---- one */

struct get_run {
    struct engine_get *get;
    struct arena *arena;
    const struct table *table; /* held */
    struct span key;
    struct expiry_moment now;
    uint32_t bytes; /* read */
};

static struct throttle_place place_of(const struct get_run *run)
{
    return (struct throttle_place){.table = run->table};
}

static status get_in_view(struct store_view *view, struct get_run *run)
{
    struct engine_get *get = run->get;
    struct span stored = {0};
    struct item item = {0};
    TRY(store_view_get(view, run->key, &stored, &get->found));
    if (get->found) TRY(item_view(stored, &item));
    if (expiry_hides(run->now, run->table, item.attributes)) {
        get->found = false;
        item = (struct item){0};
    }
    run->bytes = item.size;
    get->version = item.version;
    get->half_units = capacity_read_half_units(item.size, get->consistent);
    if (!get->found) return ST_OK;
    if (get->projection != NULL)
        return expr_project(get->projection, item.attributes, run->arena, &get->item);
    return engine_own_copy(run->arena, item.attributes, &get->item);
}

static status get_prepare(struct engine *engine, struct get_run *run, struct error *err)
{
    const struct engine_get *get = run->get;
    TRY(table_check_key(run->table, get->key, TABLE_CHECK_KEY, err));
    TRY(engine_own_check_paths(run->table, get->projection, err));
    TRY_PLAIN(err, item_key_of(engine->hash, run->table, get->key, run->arena, &run->key));
    return ST_OK;
}

static status get_one_in_view(struct store_view *view, void *ctx)
{
    return get_in_view(view, ctx);
}

static status get_read(const struct engine_space *space, struct get_run *run, struct error *err)
{
    struct engine *engine = space->engine;
    TRY(get_prepare(engine, run, err));
    TRY(throttle_admit(engine, place_of(run), &run->get->throttle, err));
    TRY_PLAIN(err, engine_own_read(space, get_one_in_view, run));
    throttle_charge(engine, place_of(run), run->get->half_units);
    return ST_OK;
}

status engine_get(const struct engine_space *space, struct engine_get *get, struct arena *arena,
                  struct error *err)
{
    struct get_run run = {.get = get, .arena = arena, .now = expiry_moment_in(space)};
    TRY(engine_own_table(space, get->table_name, &run.table, err));
    const status st = get_read(space, &run, err);
    table_drop(run.table);
    return st;
}

/* ---- many */

struct many_gets {
    const struct engine_space *space;
    struct engine *engine;
    struct engine_get_many *many;
    struct get_run *runs; /* one for each get */
    struct error *err;
    uint64_t bytes;   /* of the items read */
    uint32_t read;    /* how many were */
    status throttled; /* ST_OK, or how the last one that had no units left was refused */
};

static status find_tables(struct many_gets *all, struct arena *arena)
{
    const struct expiry_moment now = expiry_moment_in(all->space);
    for (uint32_t i = 0; i < all->many->count; i++) {
        struct engine_get *get = &all->many->gets[i];
        all->runs[i] = (struct get_run){.get = get, .arena = arena, .now = now};
        TRY(engine_own_table(all->space, get->table_name, &all->runs[i].table, all->err));
    }
    return ST_OK;
}

static void drop_tables(const struct many_gets *all)
{
    for (uint32_t i = 0; i < all->many->count; i++)
        if (all->runs[i].table != NULL) table_drop(all->runs[i].table);
}

static status prepare_batch(struct many_gets *all)
{
    for (uint32_t i = 0; i < all->many->count; i++)
        TRY(get_prepare(all->engine, &all->runs[i], all->err));
    return ST_OK;
}

static status check_no_item_twice(const struct many_gets *all)
{
    for (uint32_t i = 1; i < all->many->count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (span_eq(all->runs[i].key, all->runs[j].key))
                return FAIL(all->err, ST_VALIDATION,
                            "Transaction request cannot include multiple operations on one item");
    return ST_OK;
}

static status check_no_conflict(const struct many_gets *all)
{
    bool canceled = false;
    if (all->space->snapshot != NULL) return ST_OK; /* what is under way came after it */
    for (uint32_t i = 0; i < all->many->count; i++) {
        if (!conflict_is_claimed(all->engine->conflicts, all->runs[i].key)) continue;
        (void)FAIL_PLAIN(all->many->gets[i].err, ST_TX_CONFLICT);
        canceled = true;
    }
    return canceled ? FAIL_PLAIN(all->err, ST_TX_CANCELED) : ST_OK;
}

/* Every table without units is told. */
static status admit_all(const struct many_gets *all)
{
    bool canceled = false;
    for (uint32_t i = 0; i < all->many->count; i++) {
        struct engine_get *get = &all->many->gets[i];
        const status st =
            throttle_admit(all->engine, place_of(&all->runs[i]), &get->throttle, get->err);
        if (engine_is_throttled(st))
            canceled = true;
        else if (st != ST_OK)
            return FAIL_PLAIN(all->err, st);
    }
    return canceled ? FAIL_PLAIN(all->err, ST_TX_CANCELED) : ST_OK;
}

/* Every wrong key is told, not just the first. */
static status prepare_transaction(struct many_gets *all)
{
    bool canceled = false;
    for (uint32_t i = 0; i < all->many->count; i++) {
        const status st = get_prepare(all->engine, &all->runs[i], all->many->gets[i].err);
        if (st == ST_VALIDATION)
            canceled = true;
        else if (st != ST_OK)
            return FAIL_PLAIN(all->err, st);
    }
    if (canceled) return FAIL_PLAIN(all->err, ST_TX_CANCELED);
    TRY(check_no_item_twice(all));
    TRY(check_no_conflict(all));
    return admit_all(all);
}

/* Is there room for `bytes` more? If not: *over, and the rest stays unread. */
static status count_bytes(struct many_gets *all, uint32_t bytes, bool *over)
{
    all->bytes += bytes;
    *over = all->bytes > all->many->bytes_max;
    if (!*over || !all->many->transaction) return ST_OK;
    return FAIL(all->err, ST_VALIDATION,
                "Transaction payload size cannot exceed 4MB. Payload Size: %llu",
                (unsigned long long)all->bytes);
}

/* Was so much read of the partition of get `end` that no more is to come? At most 100 gets: looking
 * at those before each costs less than a table of partitions would in code. */
static bool partition_is_done(const struct many_gets *all, uint32_t end)
{
    const struct span partition = span_take(all->runs[end].key, ITEM_KEY_PREFIX_BYTES);
    uint64_t bytes = 0;
    if (all->many->partition_bytes_max == 0) return false;
    for (uint32_t i = 0; i < end; i++)
        if (span_starts_with(all->runs[i].key, partition)) bytes += all->runs[i].bytes;
    return bytes >= all->many->partition_bytes_max;
}

/* In a batch each get is admitted for itself, after those before it were charged. */
static status admit_one(struct many_gets *all, const struct get_run *run)
{
    struct engine_get *get = run->get;
    get->throttled = false;
    if (all->many->transaction) return ST_OK;
    const status st = throttle_admit(all->engine, place_of(run), &get->throttle, all->err);
    if (!engine_is_throttled(st)) return st;
    get->throttled = true;
    all->throttled = st;
    return ST_OK;
}

static status get_one_of(struct store_view *view, struct many_gets *all, struct get_run *run,
                         bool *over)
{
    TRY(admit_one(all, run));
    if (run->get->throttled) return ST_OK;
    TRY(get_in_view(view, run));
    TRY(count_bytes(all, run->bytes, over));
    if (*over) return ST_OK;
    all->read++;
    const uint32_t times = all->many->transaction ? 2 : 1;
    throttle_charge(all->engine, place_of(run), run->get->half_units * times);
    return ST_OK;
}

/* DynamoDB charges for a key that there is no room for as for an item that is not there (dynalite's
 * tests, which were run against it); for one that is throttled, nothing. */
static void leave_unread(struct many_gets *all, struct get_run *run)
{
    struct engine_get *get = run->get;
    get->unread = true;
    get->half_units = get->throttled ? 0 : capacity_read_half_units(0, get->consistent);
    run->bytes = 0;
    throttle_charge(all->engine, place_of(run), get->half_units);
}

static status get_all_in_view(struct store_view *view, void *ctx)
{
    struct many_gets *all = ctx;
    bool over = false;
    for (uint32_t i = 0; i < all->many->count; i++) {
        struct get_run *run = &all->runs[i];
        const bool has_room = !over && !partition_is_done(all, i);
        run->get->unread = run->get->throttled = false;
        if (has_room) TRY(get_one_of(view, all, run, &over));
        if (!has_room || over || run->get->throttled) leave_unread(all, run);
    }
    return all->read == 0 ? all->throttled : ST_OK; /* whose text is in all->err */
}

static status get_all(struct many_gets *all, struct arena *arena)
{
    TRY(find_tables(all, arena));
    TRY(all->many->transaction ? prepare_transaction(all) : prepare_batch(all));
    const status st = engine_own_read(all->space, get_all_in_view, all);
    if (st == ST_OK || all->err->status == st) return st;
    return FAIL_PLAIN(all->err, st);
}

status engine_get_many(const struct engine_space *space, struct engine_get_many *many,
                       struct arena *arena, struct error *err)
{
    assert(many->count > 0);
    struct many_gets all = {.space = space, .engine = space->engine, .many = many, .err = err};
    all.runs = arena_new_array(arena, many->count, struct get_run);
    if (all.runs == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    const status st = get_all(&all, arena);
    drop_tables(&all);
    return st;
}
