/* sweep.c -- see sweep.h.
 *
 * What was deleted is told at most once a minute, and at the end, in one line for all tables.
 */
#include "engine/sweep.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "engine/change.h"
#include "engine/logbook_trim.h"
#include "os/cond.h"
#include "os/mutex.h"
#include "os/thread.h"
#include "table/item_key.h"

enum {
    PART_ITEMS = 32, /* of one function of the store */
    STEP_PARTS = 16, /* queued at once */
    STEP_ITEMS = PART_ITEMS * STEP_PARTS,
    TURN_STEPS = 64,                 /* of one table, before the next has its turn */
    STEP_ARENA_BYTES_MAX = 64 << 20, /* a step that needs more is tried with fewer items */
    BOUNDS_BYTES_MAX = 4 << 10,
    NOTE_EVERY_S = 60,
    NS_PER_MS = 1000000,
    NS_PER_S = 1000000000,
    NOTE_BYTES = 100,
};

struct sweep {
    struct engine *engine; /* constant after sweep_new */
    bool has_thread;       /* changed by sweep_every and sweep_free alone, never by two at once */
    struct thread thread;

    struct mutex lock;
    /* below: held under lock */
    struct cond changed;
    uint32_t every_ms GUARDED_BY(lock); /* the thread's */
    bool stops GUARDED_BY(lock);        /* all rounds end */
    bool thread_ends GUARDED_BY(lock);  /* those of the thread do */
    uint64_t untold GUARDED_BY(lock);   /* deleted since the last note */
    uint64_t told_ns GUARDED_BY(lock);  /* when that was; 0: there was none */
    struct cond settled;                /* for the counts of turns below */
};

/* One call, or one time that the thread comes by. */
struct round {
    struct sweep *sweep;
    bool by_thread;
    uint64_t limit; /* of deletions */
    uint64_t deleted;
    bool more; /* a table is not through */
};

struct turn;
struct part {
    struct store_write node;
    struct turn *turn;
    struct change *changes; /* those of this part */
    uint32_t count;
};

/* One turn of one table. */
struct turn {
    struct round *round;
    struct sweep *sweep;
    struct engine *engine;
    const struct table *table; /* held by the round */
    struct arena bounds;       /* of `range` */
    struct arena arena;        /* of one step */
    struct store_range range;  /* what is due and was not walked yet */
    struct buf place;          /* the lower end of that */
    struct expiry_moment now;  /* when it began */
    uint64_t from;             /* the second at which it began */
    uint64_t reached;          /* the second of the last entry walked */
    uint32_t step_items;       /* how many a step takes */
    bool walked;               /* no more are due */

    /* of one step */
    struct span last; /* the last entry walked */
    struct span *keys;
    uint32_t key_count;
    struct change *changes; /* one for each key */
    struct part parts[STEP_PARTS];

    /* below: held under sweep->lock */
    uint32_t waiting; /* parts that are not done */
    status failed;    /* of one of them */
    uint64_t deleted; /* in this turn */
    bool left;        /* not all that was walked was deleted: V1, or a failure */
};

/* ---- a step: walk */

static status note_entry(struct turn *turn, struct span entry)
{
    if (!arena_copy(&turn->arena, entry, &turn->last)) return ST_NO_MEMORY;
    return item_key_of_expiry(entry, &turn->arena, &turn->keys[turn->key_count++], &turn->reached);
}

/* How many the round still has to delete. */
static uint64_t wanted(const struct turn *turn)
{
    return turn->round->limit - turn->round->deleted - turn->deleted;
}

static status walk(struct turn *turn, struct store_cursor *cursor)
{
    while (turn->key_count < turn->step_items && turn->key_count < wanted(turn)) {
        struct span key = {0}, value = {0};
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &value, &found));
        turn->walked = !found;
        if (!found) return ST_OK;
        TRY(note_entry(turn, key));
    }
    return ST_OK;
}

static status walk_in_view(struct store_view *view, void *ctx)
{
    struct turn *turn = ctx;
    struct store_cursor *cursor = NULL;
    turn->keys = arena_new_array(&turn->arena, turn->step_items, struct span);
    if (turn->keys == NULL) return ST_NO_MEMORY;
    TRY(store_view_walk(view, turn->range, false, &cursor));
    const status st = walk(turn, cursor);
    store_cursor_close(cursor);
    return st;
}

/* ---- a step: delete */

static status delete_one(struct store_txn *txn, struct change *change, struct expiry_moment now)
{
    TRY(change_judge(txn, change, now));
    return change_apply(txn, change);
}

static status delete_in_txn(struct store_txn *txn, void *ctx)
{
    struct part *part = ctx;
    const struct expiry_moment now = expiry_now(part->turn->engine); /* V1 */
    for (uint32_t i = 0; i < part->count; i++) TRY(delete_one(txn, &part->changes[i], now));
    return ST_OK;
}

static uint64_t settle(const struct part *part)
{
    uint64_t deleted = 0;
    for (uint32_t i = 0; i < part->count; i++) {
        change_settle(&part->changes[i]);
        deleted += part->changes[i].found ? 1 : 0;
    }
    return deleted;
}

static void part_done(void *ctx, status st)
{
    const struct part *part = ctx;
    struct turn *turn = part->turn;
    struct sweep *sweep = turn->sweep;
    const uint64_t deleted = st == ST_OK ? settle(part) : 0;
    mutex_lock(&sweep->lock);
    turn->deleted += deleted;
    turn->left = turn->left || deleted < part->count;
    if (st != ST_OK) turn->failed = st;
    turn->waiting--; /* from here on the turn may be gone */
    cond_wake_all(&sweep->settled);
    mutex_unlock(&sweep->lock);
}

static status plan(struct turn *turn)
{
    struct error *err = arena_new(&turn->arena, struct error);
    struct engine_write *writes =
        arena_new_array(&turn->arena, turn->key_count, struct engine_write);
    turn->changes = arena_new_array(&turn->arena, turn->key_count, struct change);
    if (err == NULL || writes == NULL || turn->changes == NULL) return ST_NO_MEMORY;
    *err = error_in(&turn->arena);
    for (uint32_t i = 0; i < turn->key_count; i++) {
        writes[i] = (struct engine_write){.verb = ENGINE_DELETE, .arena = &turn->arena, .err = err};
        turn->changes[i] = (struct change){.engine = turn->engine,
                                           .write = &writes[i],
                                           .table = table_hold(turn->table),
                                           .by_service = true,
                                           .place = i,
                                           .key = turn->keys[i]};
    }
    return ST_OK;
}

static void queue_part(struct turn *turn, struct part *part, uint32_t first)
{
    const uint32_t left = turn->key_count - first;
    *part = (struct part){.turn = turn,
                          .changes = &turn->changes[first],
                          .count = left < PART_ITEMS ? left : PART_ITEMS};
    part->node = (struct store_write){.fn = delete_in_txn, .done = part_done, .ctx = part};
    store_write(turn->engine->store, &part->node);
}

/* The functions run one after the other, so they may share the step's arena. */
static status queue_and_wait(struct turn *turn)
{
    struct sweep *sweep = turn->sweep;
    const uint32_t count = (turn->key_count + PART_ITEMS - 1) / PART_ITEMS;
    mutex_lock(&sweep->lock);
    turn->waiting = count;
    turn->failed = ST_OK;
    mutex_unlock(&sweep->lock);
    for (uint32_t i = 0; i < count; i++) queue_part(turn, &turn->parts[i], i * PART_ITEMS);
    mutex_lock(&sweep->lock);
    while (turn->waiting > 0) cond_wait(&sweep->settled, &sweep->lock);
    const status st = turn->failed;
    mutex_unlock(&sweep->lock);
    return st;
}

static status delete_all(struct turn *turn)
{
    TRY(plan(turn));
    const status st = queue_and_wait(turn);
    for (uint32_t i = 0; i < turn->key_count; i++) table_drop(turn->changes[i].table);
    return st;
}

/* Go on behind the last entry of the step. */
static status go_on(struct turn *turn)
{
    buf_clear(&turn->place);
    buf_put(&turn->place, turn->last);
    buf_put_u8(&turn->place, 0);
    TRY(buf_status(&turn->place));
    turn->range.low = buf_view(&turn->place);
    return ST_OK;
}

static status try_step(struct turn *turn)
{
    arena_reset(&turn->arena);
    turn->key_count = 0;
    TRY(store_read(turn->engine->store, walk_in_view, turn));
    if (turn->key_count == 0) return ST_OK;
    TRY(delete_all(turn));
    return go_on(turn);
}

/* Items of a table with many indexes may need more memory than a step may take. */
static status step(struct turn *turn)
{
    status st = try_step(turn);
    while (st == ST_NO_MEMORY && turn->step_items > 1) {
        turn->step_items /= 2;
        st = try_step(turn);
    }
    return st;
}

/* ---- a turn, a round */

static bool is_stopping(const struct round *round)
{
    struct sweep *sweep = round->sweep;
    mutex_lock(&sweep->lock);
    const bool stops = sweep->stops || (round->by_thread && sweep->thread_ends);
    mutex_unlock(&sweep->lock);
    return stops;
}

static bool turn_is_over(const struct turn *turn)
{
    return turn->walked || wanted(turn) == 0 || is_stopping(turn->round);
}

static status take_due(struct store_txn *txn, void *ctx)
{
    struct turn *turn = ctx;
    struct table_live *live = turn->table->live;
    (void)txn;
    turn->now = expiry_now(turn->engine);
    const uint64_t now_s = (uint64_t)turn->now.now_s;
    turn->from = atomic_exchange(&live->due_from, now_s);
    if (turn->from > now_s) turn->from = 0; /* the clock was turned back */
    return ST_OK;
}

static status give_back_due(struct store_txn *txn, void *ctx)
{
    const struct turn *turn = ctx;
    (void)txn;
    expiry_note_due(turn->table, turn->left ? turn->from : turn->reached);
    return ST_OK;
}

static status run_steps(struct turn *turn)
{
    TRY(expiry_due(turn->now, turn->table, turn->from, &turn->bounds, &turn->range));
    for (uint32_t i = 0; i < TURN_STEPS && !turn_is_over(turn); i++) TRY(step(turn));
    return ST_OK;
}

/* The next one begins where this one ended, or where it began if something was left. */
static status run_turn(struct turn *turn)
{
    struct store *store = turn->engine->store;
    TRY(store_write_wait(store, take_due, turn));
    const status st = run_steps(turn);
    turn->left = turn->left || st != ST_OK;
    if (turn->walked && !turn->left) return ST_OK;
    TRY(store_write_wait(store, give_back_due, turn));
    return st;
}

/* Sweep `table` for a while. A table that is deleted meanwhile has nothing due any more. */
static status sweep_table(struct round *round, const struct table *table)
{
    struct engine *engine = round->sweep->engine;
    struct turn turn = {.round = round,
                        .sweep = round->sweep,
                        .engine = engine,
                        .table = table,
                        .step_items = STEP_ITEMS};
    arena_init(&turn.bounds, engine->mem, BOUNDS_BYTES_MAX);
    arena_init(&turn.arena, engine->mem, STEP_ARENA_BYTES_MAX);
    buf_init(&turn.place, engine->mem, BOUNDS_BYTES_MAX);
    const status st = run_turn(&turn);
    buf_deinit(&turn.place);
    arena_deinit(&turn.arena);
    arena_deinit(&turn.bounds);
    round->deleted += turn.deleted;
    if (st == ST_NOT_FOUND) return ST_OK;
    if (st == ST_OK && !turn.walked && turn.deleted > 0) round->more = true;
    return st;
}

static bool may_be_due(const struct engine *engine, const struct table *table)
{
    const uint64_t now_s = (uint64_t)expiry_now(engine).now_s;
    return table->spec.ttl_attribute.len > 0 && atomic_load(&table->live->due_from) != now_s;
}

/* Every table once, whichever come and go meanwhile. */
static status sweep_tables(struct round *round)
{
    struct engine *engine = round->sweep->engine;
    const struct table *table = catalog_after(engine->catalog, (struct catalog_name){0});
    status st = ST_OK;
    round->more = false;
    while (table != NULL && st == ST_OK && !is_stopping(round)) {
        const struct table *done = table;
        if (may_be_due(engine, table)) st = sweep_table(round, table);
        table = catalog_after(engine->catalog, catalog_name_of(done));
        table_drop(done);
    }
    table_drop(table);
    return st;
}

/* ---- telling */

/* How many to tell of now: none, or all that were not told of. */
static uint64_t take_untold(struct sweep *sweep, uint64_t deleted, bool at_once)
{
    const uint64_t now_ns = os_ticks_ns(sweep->engine->os);
    uint64_t count = 0;
    mutex_lock(&sweep->lock);
    sweep->untold += deleted;
    const uint64_t next_ns = sweep->told_ns + (uint64_t)NOTE_EVERY_S * NS_PER_S;
    if (at_once || sweep->told_ns == 0 || now_ns >= next_ns) {
        count = sweep->untold;
        sweep->untold = 0;
        if (count > 0) sweep->told_ns = now_ns;
    }
    mutex_unlock(&sweep->lock);
    return count;
}

static void tell(struct sweep *sweep, uint64_t deleted, bool at_once)
{
    const struct engine *engine = sweep->engine;
    char text[NOTE_BYTES];
    const uint64_t count = take_untold(sweep, deleted, at_once);
    if (count == 0 || engine->note == NULL) return;
    (void)snprintf(text, sizeof text, "time to live: %" PRIu64 " expired items deleted", count);
    engine->note(engine->note_ctx, text);
}

/* Every stream once. */
static status trim_streams(struct round *round)
{
    uint32_t stream = 0;
    bool found = true;
    while (found && !is_stopping(round))
        TRY(logbook_trim_next(round->sweep->engine, &stream, &found));
    return ST_OK;
}

/* All tables until nothing is due; then the change log. */
static status run_round(struct round *round)
{
    status st = ST_OK;
    round->more = true;
    while (st == ST_OK && round->more && !is_stopping(round)) st = sweep_tables(round);
    if (st == ST_OK) st = trim_streams(round);
    tell(round->sweep, round->deleted, false);
    return st;
}

status engine_sweep(struct engine *engine, uint64_t *deleted, struct error *err)
{
    struct round round = {.sweep = engine->sweep, .limit = UINT64_MAX};
    const status st = run_round(&round);
    *deleted = round.deleted;
    return st == ST_OK ? ST_OK : FAIL_PLAIN(err, st);
}

/* One table until nothing is due, or the limit is reached. */
static status run_on(struct round *round, const struct table *table)
{
    status st = ST_OK;
    round->more = table->spec.ttl_attribute.len > 0;
    while (st == ST_OK && round->more && round->deleted < round->limit && !is_stopping(round)) {
        round->more = false;
        st = sweep_table(round, table);
    }
    tell(round->sweep, round->deleted, false);
    return st;
}

status engine_sweep_table(const struct engine_space *space, struct engine_table_sweep *asked,
                          struct error *err)
{
    const struct table *table = NULL;
    struct round round = {.sweep = space->engine->sweep, .limit = asked->limit};
    assert(space->snapshot == NULL);
    TRY(engine_own_table(space, asked->table_name, &table, err));
    const status st = run_on(&round, table);
    table_drop(table);
    asked->deleted = round.deleted;
    return st == ST_OK ? ST_OK : FAIL_PLAIN(err, st);
}

/* ---- the thread */

static bool wait_for_round(struct sweep *sweep)
{
    mutex_lock(&sweep->lock);
    const uint64_t ns = (uint64_t)sweep->every_ms * NS_PER_MS;
    const bool waits = !sweep->stops && !sweep->thread_ends;
    if (waits) cond_wait_for(&sweep->changed, &sweep->lock, sweep->engine->os, ns);
    const bool goes_on = !sweep->stops && !sweep->thread_ends;
    mutex_unlock(&sweep->lock);
    return goes_on;
}

/* A round that fails, by the disk or for want of memory, is made up for by later ones: entries stay
 * until their items are gone. Writers are told of the disk. */
static void sweep_main(void *ctx)
{
    struct sweep *sweep = ctx;
    status st = ST_OK;
    while (wait_for_round(sweep)) {
        struct round round = {.sweep = sweep, .by_thread = true, .limit = UINT64_MAX};
        st = run_round(&round);
    }
    (void)st;
}

/* The round under way, if there is one, ends after its step. */
static void end_thread(struct sweep *sweep)
{
    if (!sweep->has_thread) return;
    mutex_lock(&sweep->lock);
    sweep->thread_ends = true;
    cond_wake_one(&sweep->changed);
    mutex_unlock(&sweep->lock);
    thread_join(&sweep->thread);
    sweep->has_thread = false;
}

status sweep_every(struct sweep *sweep, uint32_t every_ms)
{
    end_thread(sweep);
    if (every_ms == 0) return ST_OK;
    mutex_lock(&sweep->lock);
    sweep->thread_ends = false;
    sweep->every_ms = every_ms;
    mutex_unlock(&sweep->lock);
    TRY(thread_start(&sweep->thread, "sweep", sweep_main, sweep));
    sweep->has_thread = true;
    return ST_OK;
}

status engine_sweep_every(struct engine *engine, uint32_t every_ms, struct error *err)
{
    TRY_PLAIN(err, sweep_every(engine->sweep, every_ms));
    return ST_OK;
}

status sweep_new(struct engine *engine, struct sweep **out)
{
    struct sweep *sweep = mem_new(engine->mem, sizeof *sweep);
    if (sweep == NULL) return ST_NO_MEMORY;
    sweep->engine = engine;
    mutex_init(&sweep->lock);
    cond_init(&sweep->changed);
    cond_init(&sweep->settled);
    *out = sweep;
    return ST_OK;
}

void sweep_free(struct sweep *sweep)
{
    if (sweep == NULL) return;
    mutex_lock(&sweep->lock);
    sweep->stops = true;
    mutex_unlock(&sweep->lock);
    end_thread(sweep);
    tell(sweep, 0, true);
    cond_deinit(&sweep->settled);
    cond_deinit(&sweep->changed);
    mutex_deinit(&sweep->lock);
    mem_free(sweep->engine->mem, sweep, sizeof *sweep);
}
