/* commit.c -- group commit in two stages.
 *
 *     commit_queue -> [queue] -> committer: run fns, write -> [ran] -> syncer: sync, publish, done
 *
 * Committer and syncer are parts to be played, not threads. Each has a thread of its own that plays
 * it for callers which queue and go away, as a server's loops do. A caller that waits for its write
 * plays both itself (commit_help), where nobody else does at that moment: the first to arrive
 * leads, and whoever comes meanwhile is carried along or is the next to lead. So one caller alone
 * pays for no switch to another thread and back, and many still share their syncs.
 *
 * The committer runs queued functions in order of arrival against one growing set of staged
 * changes, and gives the set to RocksDB as one write. That puts it where the next function sees it,
 * but on no disk. What has run goes to the syncer, and the committer takes what was queued
 * meanwhile. The syncer takes everything that has run, syncs once, shows readers the new state and
 * calls every done. So a sync carries whatever came while the last one was under way: one write
 * when it is quiet, dozens when it is not, and nobody ever waits for company.
 *
 * K1  Only the committer writes to RocksDB. A function therefore sees all earlier ones and races
 *     with none (S1).
 * K2  A group is complete in `ran` before its sync begins, and its snapshot was taken after its
 *     write and before any later one: what is published is what was synced, never more (S3).
 * K3  A write that changed nothing goes through the same stages. It may have seen changes of
 *     writes before it, and its answer must not be known before they are on disk.
 * K4  After a failed write or sync nothing is written again until the data is opened anew. What the
 *     system did with the pages of a failed sync is unknown: it may have dropped them and report
 *     success the next time. Also, functions have run that saw what then failed. All that wait,
 *     and all later ones, get ST_IO. Readers keep the last state that was synced.
 *     Every RETRY_MS the committer's thread looks whether there is room again (recovery.h). When
 *     there is, it waits until nobody plays a part, plays both, and opens the data as a restart
 *     would; writes that come meanwhile wait, and are run when that has succeeded.
 * K5  Numbers are reserved on disk, SEQUENCE_RESERVE at a time, before they are used: a crash
 *     skips some and repeats none.
 * K6  What a batch changes is forgotten or replaced (recent.h, gaps.h) before RocksDB is given it:
 *     functions and readers that look there afterwards find nothing that the batch makes untrue.
 * K7  At most one thread is the committer, and one the syncer: parts are taken and given back under
 *     the lock, which also carries what the committer owns from one to the next.
 * K8  While there is work for a part that nobody plays, somebody is on the way to the lock to take
 *     it. Who queues a write comes to help next, or wakes the committer's thread. Who gives a part
 *     back looks for work once more before it waits; and before it goes on to the other part, or
 *     goes away, it wakes another for what it leaves (wake_for_the_rest).
 *
 * A relaxed store and one in memory have no syncer: their write is as durable as it gets when
 * RocksDB returns, and the committer finishes it itself.
 *
 * No lock is held while a function runs, while RocksDB writes or syncs, or while done is called.
 */
#include "store/commit.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"

enum {
    BATCH_RUNS_MAX = 256,
    BATCH_OPS_MAX = 4096,
    BATCH_BYTES_MAX = 4 << 20,
    BATCH_KEPT_BYTES_MAX = 16 << 20,
    SEQUENCE_RESERVE = 1 << 16,
    RETRY_MS = 1000,
    PART_MS = 1,
    NS_PER_MS = 1000000,
};

static_assert(BATCH_RUNS_MAX <= SEQUENCE_RESERVE, "one reservation serves a whole batch (K5)");

/* What nobody can have reserved: far enough from where numbers begin again at 0. */
static const uint64_t SEQUENCE_MAX = UINT64_C(1) << 63;

/* on disk: the key 00 'S' holds sequence_reserved as a little-endian u64 */
static const uint8_t sequence_key[] = {0, 'S'};

static struct span sequence_key_span(void)
{
    return (struct span){sequence_key, sizeof sequence_key};
}

/* ---- lists */

static void list_append(struct write_list *list, struct store_write *write)
{
    write->next = NULL;
    if (list->last != NULL) list->last->next = write;
    if (list->last == NULL) list->first = write;
    list->last = write;
    list->count++;
    list->unaided += write->helped ? 0 : 1;
}

static struct store_write *list_take(struct write_list *list)
{
    struct store_write *write = list->first;
    list->first = write->next;
    if (list->first == NULL) list->last = NULL;
    list->count--;
    list->unaided -= write->helped ? 0 : 1;
    write->next = NULL;
    return write;
}

/* Move all of `tail` behind `list`. */
static void list_join(struct write_list *list, struct write_list *tail)
{
    if (tail->first == NULL) return;
    if (list->last != NULL) list->last->next = tail->first;
    if (list->last == NULL) list->first = tail->first;
    list->last = tail->last;
    list->count += tail->count;
    list->unaided += tail->unaided;
    *tail = (struct write_list){0};
}

static void list_set_result(const struct write_list *list, status result)
{
    for (struct store_write *write = list->first; write != NULL; write = write->next)
        write->result = result;
}

/* ---- failing (K4) */

static bool has_failed(const struct commit *commit)
{
    return atomic_load_explicit(&commit->failed, memory_order_acquire);
}

static void set_failed(struct commit *commit, const struct rocks_why *why)
{
    mutex_lock(&commit->lock);
    if (!has_failed(commit)) {
        commit->why = *why;
        atomic_store_explicit(&commit->failed, true, memory_order_release);
        cond_wake_one(&commit->queued); /* its thread has to try again */
    }
    mutex_unlock(&commit->lock);
}

bool commit_has_failed(struct commit *commit, struct rocks_why *why)
{
    if (!has_failed(commit)) return false; /* the usual answer takes no lock */
    mutex_lock(&commit->lock);
    const bool failed = has_failed(commit);
    if (failed && why != NULL) *why = commit->why;
    mutex_unlock(&commit->lock);
    return failed;
}

/* ---- helpers that wait */

struct commit_helper {
    struct commit_helper *next;
    struct commit_helper *before;
    struct cond woken;
    const atomic_bool *over;
};

static bool helper_is_over(const struct commit_helper *helper)
{
    return atomic_load_explicit(helper->over, memory_order_acquire);
}

static void wake_those_over(struct commit *commit) REQUIRES(commit->lock)
{
    for (struct commit_helper *helper = commit->waiting; helper != NULL; helper = helper->next)
        if (helper_is_over(helper)) cond_wake_one(&helper->woken);
}

/* Somebody must play a part for `count` writes, whose callers went away, or for others: those who
 * brought these are waiting, or on the way (K8). None will come any more once we are finishing. */
static void wake_for(struct commit *commit, size_t count, struct cond *thread)
    REQUIRES(commit->lock)
{
    struct commit_helper *helper = commit->waiting;
    while (helper != NULL && helper_is_over(helper)) helper = helper->next;
    if (helper != NULL)
        cond_wake_one(&helper->woken);
    else if (count > 0 || commit->finishing)
        cond_wake_one(thread);
}

static void helper_wait(struct commit *commit, struct commit_helper *helper) REQUIRES(commit->lock)
{
    helper->before = NULL;
    helper->next = commit->waiting;
    if (helper->next != NULL) helper->next->before = helper;
    commit->waiting = helper;
    cond_wait(&helper->woken, &commit->lock);
    if (helper->next != NULL) helper->next->before = helper->before;
    if (helper->before != NULL) helper->before->next = helper->next;
    if (helper->before == NULL) commit->waiting = helper->next;
}

/* ---- parts that are free, and have something to do (K7) */

static bool may_commit(const struct commit *commit) REQUIRES(commit->lock)
{
    return !commit->committing && !commit->reopening &&
           (commit->todo.first != NULL || commit->queue.first != NULL);
}

static bool may_sync(const struct commit *commit) REQUIRES(commit->lock)
{
    return !commit->syncing && commit->ran.writes.first != NULL;
}

static void wake_for_the_rest(struct commit *commit) REQUIRES(commit->lock) /* K8 */
{
    if (may_commit(commit))
        wake_for(commit, commit->todo.unaided + commit->queue.unaided, &commit->queued);
    if (may_sync(commit)) wake_for(commit, commit->ran.writes.unaided, &commit->written);
}

/* ---- finishing: sync, publish, done */

static void call_dones(struct commit *commit, struct write_list *writes)
{
    const size_t count = writes->count;
    while (writes->first != NULL) {
        struct store_write *write = list_take(writes);
        write->done(write->ctx, write->result); /* `write` is its owner's again */
    }
    mutex_lock(&commit->lock);
    commit->unfinished -= count;
    wake_those_over(commit);
    if (commit->finishing && commit->unfinished == 0) cond_wake_one(&commit->queued);
    mutex_unlock(&commit->lock);
}

static void sync_written(struct commit *commit)
{
    struct rocks_why why = {0};
    if (rocks_sync(commit->parts.rocks, &why) != ST_OK) set_failed(commit, &why);
    atomic_fetch_add_explicit(&commit->syncs_done, 1, memory_order_relaxed);
}

static void finish(struct commit *commit, struct ran *ran)
{
    if (commit->parts.syncs && ran->snapshot != NULL && !has_failed(commit)) sync_written(commit);
    if (has_failed(commit)) {
        list_set_result(&ran->writes, ST_IO);
        snapshot_drop(ran->snapshot);
        tidy_range_free(ran->deleted);
    } else if (ran->snapshot != NULL) {
        snapshots_publish(commit->parts.snapshots, ran->snapshot);
        tidy_queue(commit->parts.tidy, ran->deleted);
    }
    call_dones(commit, &ran->writes);
}

/* Finish all that has run. The lock is let go of meanwhile. */
static void sync_turn(struct commit *commit) REQUIRES(commit->lock)
{
    struct ran ran = commit->ran;
    commit->ran = (struct ran){0};
    commit->syncing = true;
    wake_for_the_rest(commit);
    mutex_unlock(&commit->lock);
    finish(commit, &ran);
    mutex_lock(&commit->lock);
    commit->syncing = false;
}

static void syncer_main(void *ctx)
{
    struct commit *commit = ctx;
    mutex_lock(&commit->lock);
    while (!commit->committer_ended) {
        if (may_sync(commit))
            sync_turn(commit);
        else
            cond_wait(&commit->written, &commit->lock);
    }
    mutex_unlock(&commit->lock);
}

/* ---- running: fn, write */

/* A later snapshot holds all that an earlier one does, so only the latest of a group is kept. */
static void hand_over(struct commit *commit, struct ran *ran)
{
    if (!commit->parts.syncs) {
        finish(commit, ran);
        return;
    }
    struct snapshot *overtaken = NULL;
    mutex_lock(&commit->lock);
    list_join(&commit->ran.writes, &ran->writes);
    commit->ran.deleted = tidy_range_join(commit->ran.deleted, ran->deleted);
    if (ran->snapshot != NULL) {
        overtaken = commit->ran.snapshot;
        commit->ran.snapshot = ran->snapshot;
    }
    mutex_unlock(&commit->lock);
    snapshot_drop(overtaken);
}

/* Make sure that numbers for a whole batch are reserved (K5), with the batch's own write. */
static status reserve(struct commit *commit, uint64_t *reserved)
{
    *reserved = commit->sequence_reserved;
    if (commit->sequence + BATCH_RUNS_MAX <= *reserved) return ST_OK;
    *reserved = commit->sequence + SEQUENCE_RESERVE;
    uint8_t bytes[sizeof *reserved];
    bytes_store_u64(bytes, *reserved);
    return staged_put(&commit->txn.staged, sequence_key_span(), (struct span){bytes, sizeof bytes});
}

static struct tidy_range *deleted_ranges(const struct commit *commit)
{
    const struct staged *staged = &commit->txn.staged;
    struct tidy_range *ranges = NULL;
    if (!staged->has_range) return NULL;
    for (const struct staged_op *op = staged->first; op != NULL; op = op->after)
        if (op->kind == STAGED_RANGE)
            ranges = tidy_range_new(commit->parts.mem, op->key, op->value, ranges);
    return ranges;
}

/* K6. What is kept instead is of the next state: none but its readers find it. */
static void forget_staged(struct commit *commit)
{
    const uint64_t next = commit->txn.state + 1;
    const struct staged *staged = &commit->txn.staged;
    for (const struct staged_op *op = staged->first; op != NULL; op = op->after) {
        if (op->kind == STAGED_PUT) gaps_put(commit->parts.gaps, next, op->key);
        if (op->kind == STAGED_RANGE)
            recent_forget_range(commit->parts.recent, next, op->key, op->value);
        else if (op->kind == STAGED_PUT && !staged->has_range) /* which may end what was put */
            recent_replace(commit->parts.recent, next, op->key, op->value);
        else
            recent_forget(commit->parts.recent, next, op->key);
    }
}

static status write_staged(struct commit *commit, struct ran *ran)
{
    struct snapshot *snapshot = NULL;
    TRY(snapshot_new(commit->parts.mem, commit->parts.snapshots, commit->parts.rocks->db,
                     &snapshot));
    forget_staged(commit);
    struct rocks_why why = {0};
    const status st = rocks_write(commit->parts.rocks, &commit->txn.staged, &why);
    if (st == ST_OK) {
        snapshot_take(snapshot, ++commit->txn.state); /* K2 */
        ran->snapshot = snapshot;
        ran->deleted = deleted_ranges(commit);
        return ST_OK;
    }
    set_failed(commit, &why);
    snapshot_drop(snapshot);
    return st;
}

static bool batch_is_full(const struct commit *commit, size_t runs)
{
    const struct staged *staged = &commit->txn.staged;
    return runs == BATCH_RUNS_MAX || staged->count >= BATCH_OPS_MAX ||
           staged->bytes >= BATCH_BYTES_MAX || staged->has_range ||
           commit->txn.kept_bytes >= BATCH_KEPT_BYTES_MAX;
}

static void run_functions(struct commit *commit, struct ran *ran)
{
    struct write_list *todo = &commit->todo;
    commit->txn.kept_bytes = 0;
    while (todo->first != NULL && !batch_is_full(commit, ran->writes.count)) {
        struct store_write *write = list_take(todo);
        commit->txn.sequence = ++commit->sequence;
        write->result = txn_run(&commit->txn, write);
        list_append(&ran->writes, write);
    }
    atomic_fetch_add_explicit(&commit->runs, ran->writes.count, memory_order_relaxed);
    atomic_fetch_add_explicit(&commit->batches, 1, memory_order_relaxed);
}

/* Run the first of `todo` and write what they staged. */
static void run_batch(struct commit *commit)
{
    struct ran ran = {0};
    uint64_t reserved = 0;
    status st = reserve(commit, &reserved);
    run_functions(commit, &ran);
    if (st == ST_OK && commit->txn.staged.count > 0) st = write_staged(commit, &ran);
    /* Some of them saw what now never happened, those that were refused included. */
    if (st != ST_OK) list_set_result(&ran.writes, st);
    if (st == ST_OK) commit->sequence_reserved = reserved;
    staged_clear(&commit->txn.staged);
    hand_over(commit, &ran);
}

static void refuse(struct commit *commit)
{
    struct ran ran = {0};
    list_join(&ran.writes, &commit->todo);
    hand_over(commit, &ran);
}

/* Run one batch of what is queued. The lock is let go of meanwhile. */
static void commit_turn(struct commit *commit) REQUIRES(commit->lock)
{
    list_join(&commit->todo, &commit->queue);
    commit->committing = true;
    wake_for_the_rest(commit);
    mutex_unlock(&commit->lock);
    if (has_failed(commit))
        refuse(commit);
    else
        run_batch(commit);
    mutex_lock(&commit->lock);
    commit->committing = false;
}

/* ---- opening again (K4) */

/* By the machine's own clock: how often it is tried decides nothing. */
static uint64_t retry_time(void)
{
    return os_ticks_ns(os_system()) + (uint64_t)RETRY_MS * NS_PER_MS;
}

/* The numbers that were reserved are used up, whether or not they were handed out (K5). Those that
 * were handed out and are not on disk stay used up as well. */
static status sequence_load(struct commit *commit)
{
    struct pins pins;
    pins_init(&pins, commit->parts.mem, commit->parts.recent);
    const struct pins_source source = {commit->parts.rocks->db, commit->parts.rocks->latest,
                                       commit->txn.state};
    struct span value = {0};
    bool found = false;
    uint64_t reserved = 0;
    status st = pins_get(&pins, source, sequence_key_span(), &value, &found);
    if (st == ST_OK && found) {
        if (value.len != sizeof reserved) st = ST_CORRUPT;
        if (st == ST_OK) reserved = bytes_load_u64(value.ptr);
        if (reserved > SEQUENCE_MAX) st = ST_CORRUPT;
    }
    if (st == ST_OK && reserved > commit->sequence) commit->sequence = reserved;
    commit->sequence_reserved = commit->sequence;
    pins_deinit(&pins);
    return st;
}

/* Nobody else plays a part. */
static status reopen(struct commit *commit, struct rocks_why *why)
{
    struct recovery *recovery = commit->parts.recovery;
    struct snapshot *first = NULL;
    status st = recovery_open(recovery, commit->txn.state + 1, &first, why);
    if (st == ST_BUSY) return st;
    if (st == ST_OK) {
        commit->txn.state++;
        st = sequence_load(commit);
        if (st == ST_OK)
            st = recovery_end(recovery, first);
        else
            snapshot_drop(first);
    }
    if (st != ST_OK) recovery_lose(recovery);
    return st;
}

/* A part that is given back tells nobody who wants both: that one looks again and again. */
static void take_both_parts(struct commit *commit) REQUIRES(commit->lock)
{
    commit->reopening = true;
    while (commit->committing || commit->syncing || commit->ran.writes.first != NULL) {
        if (may_sync(commit)) {
            sync_turn(commit);
            continue;
        }
        mutex_unlock(&commit->lock);
        thread_rest((uint64_t)PART_MS * NS_PER_MS);
        mutex_lock(&commit->lock);
    }
    commit->committing = commit->syncing = true;
}

static void give_both_parts_back(struct commit *commit) REQUIRES(commit->lock)
{
    commit->committing = commit->syncing = commit->reopening = false;
    wake_for_the_rest(commit);
}

static void try_reopening(struct commit *commit) REQUIRES(commit->lock)
{
    struct recovery *recovery = commit->parts.recovery;
    struct rocks_why why = commit->why;
    mutex_unlock(&commit->lock);
    status st = recovery_probe(recovery, &why);
    mutex_lock(&commit->lock);
    if (st == ST_OK) {
        take_both_parts(commit);
        mutex_unlock(&commit->lock);
        st = reopen(commit, &why);
        mutex_lock(&commit->lock);
        if (st == ST_OK) atomic_store_explicit(&commit->failed, false, memory_order_release);
        give_both_parts_back(commit);
    }
    commit->why = why;
    commit->retry_ns = retry_time();
    if (st != ST_OK) return;
    commit->retry_ns = 0;
    mutex_unlock(&commit->lock);
    recovery_tell_recovered(recovery);
    mutex_lock(&commit->lock);
}

static void tell_failed(struct commit *commit) REQUIRES(commit->lock)
{
    const struct rocks_why why = commit->why;
    commit->retry_ns = retry_time();
    mutex_unlock(&commit->lock);
    recovery_tell_failed(commit->parts.recovery, why.text);
    mutex_lock(&commit->lock);
}

static bool is_retrying(const struct commit *commit) REQUIRES(commit->lock)
{
    return has_failed(commit) && !commit->finishing && recovery_is_possible(commit->parts.recovery);
}

/* True: it did something about a failure. */
static bool recover_turn(struct commit *commit) REQUIRES(commit->lock)
{
    if (!is_retrying(commit)) return false;
    if (commit->retry_ns == 0)
        tell_failed(commit);
    else if (os_ticks_ns(os_system()) >= commit->retry_ns)
        try_reopening(commit);
    else
        return false;
    return true;
}

/* ---- the committer's thread */

static bool is_finished(const struct commit *commit) REQUIRES(commit->lock)
{
    return commit->finishing && commit->unfinished == 0;
}

static void wait_for_work(struct commit *commit) REQUIRES(commit->lock)
{
    const uint64_t now_ns = os_ticks_ns(os_system());
    if (!is_retrying(commit))
        cond_wait(&commit->queued, &commit->lock);
    else if (commit->retry_ns > now_ns)
        cond_wait_for(&commit->queued, &commit->lock, os_system(), commit->retry_ns - now_ns);
}

static void committer_main(void *ctx)
{
    struct commit *commit = ctx;
    rocks_count_nothing();
    mutex_lock(&commit->lock);
    while (!is_finished(commit)) {
        if (recover_turn(commit)) continue;
        if (may_commit(commit)) {
            commit_turn(commit);
            continue;
        }
        wake_for_the_rest(commit);
        wait_for_work(commit);
    }
    commit->committer_ended = true;
    cond_wake_one(&commit->written);
    mutex_unlock(&commit->lock);
}

/* ---- public */

static status start(struct commit *commit)
{
    TRY(thread_start(&commit->committer, "store-commit", committer_main, commit));
    if (!commit->parts.syncs) return ST_OK;
    const status st = thread_start(&commit->syncer, "store-sync", syncer_main, commit);
    if (st == ST_OK) return ST_OK;
    mutex_lock(&commit->lock);
    commit->finishing = true;
    cond_wake_one(&commit->queued);
    mutex_unlock(&commit->lock);
    thread_join(&commit->committer);
    return st;
}

static void release(struct commit *commit)
{
    txn_deinit(&commit->txn);
    mutex_deinit(&commit->lock);
    cond_deinit(&commit->queued);
    cond_deinit(&commit->written);
}

status commit_init(struct commit *commit, const struct commit_parts *parts)
{
    memset(commit, 0, sizeof *commit);
    commit->parts = *parts;
    TRY(sequence_load(commit));
    TRY(txn_init(&commit->txn, parts->mem, parts->rocks, parts->recent));
    mutex_init(&commit->lock);
    cond_init(&commit->queued);
    cond_init(&commit->written);
    const status st = start(commit);
    if (st != ST_OK) release(commit);
    return st;
}

void commit_queue(struct commit *commit, struct store_write *write)
{
    mutex_lock(&commit->lock);
    list_append(&commit->queue, write);
    commit->unfinished++;
    if (!write->helped && may_commit(commit)) cond_wake_one(&commit->queued); /* K8 */
    mutex_unlock(&commit->lock);
}

size_t commit_pending(struct commit *commit)
{
    mutex_lock(&commit->lock);
    const size_t count = commit->unfinished;
    mutex_unlock(&commit->lock);
    return count;
}

void commit_help(struct commit *commit, const atomic_bool *over)
{
    struct commit_helper self = {.over = over};
    cond_init(&self.woken);
    mutex_lock(&commit->lock);
    while (!helper_is_over(&self)) {
        if (may_sync(commit))
            sync_turn(commit);
        else if (may_commit(commit))
            commit_turn(commit);
        else
            helper_wait(commit, &self);
    }
    wake_for_the_rest(commit);
    mutex_unlock(&commit->lock);
    cond_deinit(&self.woken);
}

bool commit_deinit(struct commit *commit)
{
    mutex_lock(&commit->lock);
    commit->finishing = true;
    cond_wake_one(&commit->queued);
    mutex_unlock(&commit->lock);
    thread_join(&commit->committer);
    if (commit->parts.syncs) thread_join(&commit->syncer);
    release(commit);
    return !has_failed(commit);
}
