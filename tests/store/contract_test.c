/* contract_test.c -- S1 to S6 of store.h, held against every kind of store: on disk with a sync for
 * each group, on disk relaxed, in memory; each with writes that the store's threads are woken for,
 * and with writes that wait for a caller to come and help.
 *
 * Each test gets a fresh store of its mode. A gate is a write whose function waits: what is queued
 * behind it runs as one batch when it opens, so that batches are tested on purpose, not by luck.
 * Crashes (S4, and S3 across one) are in crash_test.c, the past (S7) in past_test.c.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/bytes.h"
#include "store/store_box.h"

/* ---- a gate, and writes that are queued behind it */

struct gate {
    pthread_mutex_t lock;
    struct store_write write;
};

static status gate_run(struct store_txn *txn, void *ctx)
{
    (void)txn;
    struct gate *gate = ctx;
    pthread_mutex_lock(&gate->lock);
    pthread_mutex_unlock(&gate->lock);
    return ST_OK;
}

static void gate_done(void *ctx, status st)
{
    (void)ctx;
    assert_int_equal(st, ST_OK);
}

static void gate_close(struct gate *gate, struct store *store)
{
    pthread_mutex_init(&gate->lock, NULL);
    pthread_mutex_lock(&gate->lock);
    gate->write = (struct store_write){.fn = gate_run, .done = gate_done, .ctx = gate};
    store_write(store, &gate->write);
}

static void gate_open(struct gate *gate)
{
    pthread_mutex_unlock(&gate->lock);
}

static status do_nothing(struct store_txn *txn, void *ctx)
{
    (void)txn;
    (void)ctx;
    return ST_OK;
}

/* Wait until everything that was queued has been answered. */
static void settle(struct store *store)
{
    assert_int_equal(store_write_wait(store, do_nothing, NULL), ST_OK);
}

struct step {
    struct store_write write;
    size_t index;
    status result; /* what the function returns */
    size_t runs;
    size_t dones;
    status told; /* what done was given */
    uint64_t sequence;
    size_t *done_clock; /* counts dones */
    size_t done_at;
};

static void step_done(void *ctx, status st)
{
    struct step *step = ctx;
    step->dones++;
    step->told = st;
    if (step->done_clock != NULL) step->done_at = (*step->done_clock)++;
}

static void step_queue(struct store_box *box, struct step *step, store_write_fn *fn)
{
    step->write =
        (struct store_write){.fn = fn, .done = step_done, .ctx = step, .helped = box->mode->helped};
    store_write(box->store, &step->write);
}

/* ---- S1 */

enum { STEP_COUNT = 200 };

/* Append one byte to the value of "log". */
static status append_run(struct store_txn *txn, void *ctx)
{
    struct step *step = ctx;
    struct span value = {0};
    bool found = false;
    TRY(store_txn_get(txn, SPAN("log"), &value, &found));
    uint8_t longer[STEP_COUNT];
    assert_true(value.len < STEP_COUNT);
    if (found) memcpy(longer, value.ptr, value.len);
    longer[value.len] = (uint8_t)step->index;
    TRY(store_txn_put(txn, SPAN("log"), (struct span){longer, value.len + 1}));
    return step->result;
}

static status log_check(struct store_view *view, void *ctx)
{
    const size_t every = *(size_t *)ctx;
    struct span value = {0};
    bool found = false;
    TRY(store_view_get(view, SPAN("log"), &value, &found));
    assert_true(found);
    size_t at = 0;
    for (size_t i = 0; i < STEP_COUNT; i++) {
        if (every > 0 && i % every == 0) continue;
        assert_int_equal(value.ptr[at], i);
        at++;
    }
    assert_int_equal(value.len, at);
    return ST_OK;
}

static void append_steps(struct store_box *box, size_t failing_every, bool gated)
{
    static struct step steps[STEP_COUNT];
    struct gate gate;
    if (gated) gate_close(&gate, box->store);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        const bool fails = failing_every > 0 && i % failing_every == 0;
        steps[i] = (struct step){.index = i, .result = fails ? ST_CONDITION_FAILED : ST_OK};
        step_queue(box, &steps[i], append_run);
    }
    if (gated) gate_open(&gate);
    settle(box->store);
    assert_int_equal(store_read(box->store, log_check, &failing_every), ST_OK);
    for (size_t i = 0; i < STEP_COUNT; i++) assert_int_equal(steps[i].told, steps[i].result);
}

static void test_s1__a_function_sees_every_write_before_it(void **state)
{
    struct store_box *box = *state;
    append_steps(box, 0, false);
    store_box_restart(box);
    size_t every = 0;
    assert_int_equal(store_read(box->store, log_check, &every), ST_OK);
}

static void test_s1__a_function_sees_every_write_before_it_in_its_batch(void **state)
{
    struct store_box *box = *state;
    append_steps(box, 0, true);
    struct store_stats stats;
    store_stats(box->store, &stats);
    assert_true(stats.batches < stats.writes / 10); /* the gate made batches */
}

static status keep_much_run(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    store_txn_kept(txn, 4 << 20);
    return ST_CONDITION_FAILED;
}

/* Not even where nothing of it is staged. */
static void test_batches__end_where_their_functions_keep_much_memory(void **state)
{
    struct store_box *box = *state;
    static struct step steps[STEP_COUNT];
    struct store_stats before, after;
    struct gate gate;
    store_stats(box->store, &before);
    gate_close(&gate, box->store);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        steps[i] = (struct step){.index = i, .result = ST_CONDITION_FAILED};
        step_queue(box, &steps[i], keep_much_run);
    }
    gate_open(&gate);
    settle(box->store);
    store_stats(box->store, &after);
    for (size_t i = 0; i < STEP_COUNT; i++) assert_int_equal(steps[i].told, ST_CONDITION_FAILED);
    assert_true(after.batches - before.batches >= STEP_COUNT / 4);
}

static void test_s1__a_function_sees_none_that_failed(void **state)
{
    struct store_box *box = *state;
    append_steps(box, 3, true);
}

static status own_changes_run(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    struct span value = {0};
    bool found = true;
    TRY(store_txn_get(txn, SPAN("own"), &value, &found));
    assert_false(found);
    TRY(store_txn_put(txn, SPAN("own"), SPAN("1")));
    TRY(store_txn_put(txn, SPAN("own"), SPAN("22")));
    TRY(store_txn_get(txn, SPAN("own"), &value, &found));
    assert_true(found);
    support_assert_text(value, "22");
    TRY(store_txn_delete(txn, SPAN("own")));
    TRY(store_txn_get(txn, SPAN("own"), &value, &found));
    assert_false(found);
    TRY(store_txn_delete(txn, SPAN("stored")));
    TRY(store_txn_get(txn, SPAN("stored"), &value, &found));
    assert_false(found);
    return store_txn_put(txn, SPAN("kept"), SPAN("333"));
}

static void test_s1__a_function_sees_its_own_puts_and_deletes(void **state)
{
    struct store_box *box = *state;
    assert_int_equal(store_box_put(box->store, SPAN("stored"), SPAN("x")), ST_OK);
    assert_int_equal(store_write_wait(box->store, own_changes_run, NULL), ST_OK);
    assert_string_equal(store_box_get(box->store, SPAN("own")).text, "-");
    assert_string_equal(store_box_get(box->store, SPAN("stored")).text, "-");
    assert_string_equal(store_box_get(box->store, SPAN("kept")).text, "333");
}

static status put_both_run(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    TRY(store_txn_put(txn, SPAN("ra"), SPAN("1")));
    return store_txn_put(txn, SPAN("rb"), SPAN("2"));
}

static status delete_range_run(struct store_txn *txn, void *ctx)
{
    struct step *step = ctx;
    TRY(store_txn_delete_range(txn, (struct store_range){SPAN("r"), SPAN("rb")}));
    return step->result;
}

static status after_range_run(struct store_txn *txn, void *ctx)
{
    struct step *step = ctx;
    struct span value = {0};
    bool found = false;
    TRY(store_txn_get(txn, SPAN("ra"), &value, &found));
    assert_int_equal(found, step->index == 1);
    TRY(store_txn_get(txn, SPAN("rb"), &value, &found));
    assert_true(found);
    return ST_OK;
}

static void test_s1__a_function_sees_the_ranges_deleted_before_it(void **state)
{
    struct store_box *box = *state;
    struct gate gate;
    struct step steps[] = {
        {.index = 0},
        {.index = 0, .result = ST_CONDITION_FAILED},
        {.index = 1         },
        {.index = 0},
        {.index = 2         }
    };
    gate_close(&gate, box->store);
    step_queue(box, &steps[0], put_both_run);
    step_queue(box, &steps[1], delete_range_run); /* fails: nothing is deleted */
    step_queue(box, &steps[2], after_range_run);
    step_queue(box, &steps[3], delete_range_run);
    step_queue(box, &steps[4], after_range_run);
    gate_open(&gate);
    settle(box->store);
    for (size_t i = 0; i < ARRAY_COUNT(steps); i++)
        assert_int_equal(steps[i].told, steps[i].result);
    assert_string_equal(store_box_get(box->store, SPAN("ra")).text, "-");
    assert_string_equal(store_box_get(box->store, SPAN("rb")).text, "2");
}

enum { RACER_COUNT = 64, RACER_WRITES = 25 };

static status increment_run(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    uint64_t number = 0;
    TRY(store_box_txn_number(txn, SPAN("counter"), &number));
    return store_box_txn_put_number(txn, SPAN("counter"), number + 1);
}

struct racer {
    struct store *store;
    bool leads;
    size_t failed;
    pthread_t thread;
};

static void *racer_main(void *ctx)
{
    struct racer *racer = ctx;
    for (size_t i = 0; i < RACER_WRITES; i++) {
        const status st = racer->leads ? store_write_wait(racer->store, increment_run, NULL)
                                       : store_box_write_away(racer->store, increment_run, NULL);
        racer->failed += st != ST_OK;
    }
    return NULL;
}

static void test_s1__racing_increments_lose_none(void **state)
{
    struct store_box *box = *state;
    static struct racer racers[RACER_COUNT];
    for (size_t i = 0; i < RACER_COUNT; i++) {
        racers[i] = (struct racer){.store = box->store, .leads = i % 2 == 0};
        assert_int_equal(pthread_create(&racers[i].thread, NULL, racer_main, &racers[i]), 0);
    }
    for (size_t i = 0; i < RACER_COUNT; i++) {
        pthread_join(racers[i].thread, NULL);
        assert_int_equal(racers[i].failed, 0);
    }
    assert_int_equal(store_box_number(box->store, SPAN("counter")), RACER_COUNT * RACER_WRITES);
    store_box_restart(box);
    if (box->mode->on_disk)
        assert_int_equal(store_box_number(box->store, SPAN("counter")), RACER_COUNT * RACER_WRITES);
}

/* ---- S2 */

static status mixed_run(struct store_txn *txn, void *ctx)
{
    struct step *step = ctx;
    step->runs++;
    step->sequence = store_txn_sequence(txn);
    if (step->index % 3 == 0) return ST_OK; /* stages nothing */
    TRY(store_box_txn_put_number(txn, SPAN("mixed"), step->index));
    return step->result;
}

static void test_s2__dones_come_in_the_order_of_the_functions(void **state)
{
    struct store_box *box = *state;
    static struct step steps[STEP_COUNT];
    size_t clock = 0;
    for (size_t i = 0; i < STEP_COUNT; i++) {
        steps[i] = (struct step){.index = i, .done_clock = &clock};
        if (i % 5 == 4) steps[i].result = ST_VALIDATION;
        step_queue(box, &steps[i], mixed_run);
        if (i % 32 == 0) usleep(200); /* several batches, not one */
    }
    settle(box->store);
    for (size_t i = 0; i < STEP_COUNT; i++) assert_int_equal(steps[i].done_at, i);
    for (size_t i = 1; i < STEP_COUNT; i++) assert_true(steps[i].sequence > steps[i - 1].sequence);
}

struct chain {
    struct store *store;
    struct store_write write;
    size_t left;
};

static void chain_done(void *ctx, status st)
{
    struct chain *chain = ctx;
    assert_int_equal(st, ST_OK);
    if (chain->left-- > 1) store_write(chain->store, &chain->write);
}

static void test_s2__closing_runs_what_is_queued_and_what_its_dones_queue(void **state)
{
    struct store_box *box = *state;
    static struct step steps[STEP_COUNT];
    for (size_t i = 0; i < STEP_COUNT; i++) {
        steps[i] = (struct step){.index = i};
        step_queue(box, &steps[i], append_run);
    }
    struct chain chain = {.store = box->store, .left = 10};
    chain.write = (struct store_write){.fn = do_nothing, .done = chain_done, .ctx = &chain};
    store_write(box->store, &chain.write);
    store_close(box->store);
    for (size_t i = 0; i < STEP_COUNT; i++) assert_int_equal(steps[i].dones, 1);
    assert_int_equal(chain.left, 0);
    box->store = store_box_open(box->mode, box->dir);
    size_t every = 0;
    if (box->mode->on_disk) assert_int_equal(store_read(box->store, log_check, &every), ST_OK);
}

/* ---- S3 */

struct pair_race {
    struct store *store;
    _Atomic uint64_t acknowledged;
    _Atomic uint64_t run;
    atomic_bool over;
    _Atomic uint64_t reads;
};

static status pair_run(struct store_txn *txn, void *ctx)
{
    struct pair_race *race = ctx;
    uint64_t number = 0;
    TRY(store_box_txn_number(txn, SPAN("pair.a"), &number));
    atomic_store(&race->run, number + 1);
    TRY(store_box_txn_put_number(txn, SPAN("pair.a"), number + 1));
    return store_box_txn_put_number(txn, SPAN("pair.b"), number + 1);
}

struct pair {
    uint64_t a;
    uint64_t b;
    uint64_t walked;
};

static status pair_walk(struct store_view *view, uint64_t *sum)
{
    struct store_cursor *cursor = NULL;
    const struct store_range range = {SPAN("pair."), SPAN("pair/")};
    TRY(store_view_walk(view, range, false, &cursor));
    bool found = true;
    status st = ST_OK;
    while (st == ST_OK && found) {
        struct span key = {0};
        struct span value = {0};
        st = store_cursor_next(cursor, &key, &value, &found);
        if (st == ST_OK && found) *sum += bytes_load_u64(value.ptr);
    }
    store_cursor_close(cursor);
    return st;
}

static status pair_read(struct store_view *view, void *ctx)
{
    struct pair *pair = ctx;
    struct span value = {0};
    bool found = false;
    TRY(store_view_get(view, SPAN("pair.a"), &value, &found));
    if (found) pair->a = bytes_load_u64(value.ptr);
    TRY(pair_walk(view, &pair->walked));
    TRY(store_view_get(view, SPAN("pair.b"), &value, &found));
    if (found) pair->b = bytes_load_u64(value.ptr);
    return ST_OK;
}

/* Returns what was wrong, since cmocka's asserts are for the main thread. */
static const char *pair_check(struct pair_race *race, uint64_t *before)
{
    const uint64_t acknowledged = atomic_load(&race->acknowledged);
    struct pair pair = {0};
    if (store_read(race->store, pair_read, &pair) != ST_OK) return "the read failed";
    if (pair.a != pair.b || pair.walked != 2 * pair.a) return "the view changed while it was read";
    if (pair.a < acknowledged) return "an acknowledged write was not seen";
    if (pair.a < *before) return "a later view was older";
    if (pair.a > atomic_load(&race->run)) return "a value was seen that was never written";
    *before = pair.a;
    return NULL;
}

static void *pair_reader_main(void *ctx)
{
    struct pair_race *race = ctx;
    const char *wrong = NULL;
    uint64_t before = 0;
    while (wrong == NULL && !atomic_load(&race->over)) {
        wrong = pair_check(race, &before);
        atomic_fetch_add(&race->reads, 1);
    }
    return (void *)(uintptr_t)wrong;
}

static void test_s3__a_view_is_consistent_and_shows_all_that_was_acknowledged(void **state)
{
    struct store_box *box = *state;
    struct pair_race race = {.store = box->store};
    pthread_t readers[4];
    for (size_t i = 0; i < ARRAY_COUNT(readers); i++)
        assert_int_equal(pthread_create(&readers[i], NULL, pair_reader_main, &race), 0);
    for (uint64_t i = 1; i <= 500 || atomic_load(&race.reads) < 500; i++) {
        assert_int_equal(store_write_wait(box->store, pair_run, &race), ST_OK);
        atomic_store(&race.acknowledged, i);
    }
    atomic_store(&race.over, true);
    for (size_t i = 0; i < ARRAY_COUNT(readers); i++) {
        void *wrong = NULL;
        pthread_join(readers[i], &wrong);
        if (wrong != NULL) fail_msg("%s", (const char *)wrong);
    }
}

struct reading_done {
    struct store *store;
    struct store_write write;
    uint64_t seen;
};

static void reading_done(void *ctx, status st)
{
    struct reading_done *reading = ctx;
    if (st == ST_OK) reading->seen = store_box_number(reading->store, SPAN("counter"));
}

static void test_s3__done_may_read_and_sees_its_write(void **state)
{
    struct store_box *box = *state;
    struct reading_done reading = {.store = box->store};
    for (uint64_t i = 1; i <= 20; i++) {
        reading.write =
            (struct store_write){.fn = increment_run, .done = reading_done, .ctx = &reading};
        store_write(box->store, &reading.write);
        settle(box->store);
        assert_int_equal(reading.seen, i);
    }
}

struct unseen {
    struct store *store;
    char before[STORE_BOX_VALUE_BYTES];
};

static status unseen_run(struct store_txn *txn, void *ctx)
{
    struct unseen *unseen = ctx;
    TRY(store_txn_put(txn, SPAN("unseen"), SPAN("new")));
    memcpy(unseen->before, store_box_get(unseen->store, SPAN("unseen")).text,
           sizeof unseen->before);
    return ST_OK;
}

static void test_s3__nobody_sees_what_a_running_function_staged(void **state)
{
    struct store_box *box = *state;
    assert_int_equal(store_box_put(box->store, SPAN("unseen"), SPAN("old")), ST_OK);
    struct unseen unseen = {.store = box->store};
    assert_int_equal(store_write_wait(box->store, unseen_run, &unseen), ST_OK);
    assert_string_equal(unseen.before, "old");
    assert_string_equal(store_box_get(box->store, SPAN("unseen")).text, "new");
}

/* ---- S5 */

static void test_s5__done_is_called_exactly_once_for_a_function_that_ran(void **state)
{
    struct store_box *box = *state;
    static struct step steps[STEP_COUNT];
    for (size_t i = 0; i < STEP_COUNT; i++) {
        steps[i] = (struct step){.index = i, .result = i % 2 == 0 ? ST_OK : ST_LIMIT};
        step_queue(box, &steps[i], mixed_run);
    }
    settle(box->store);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        assert_true(steps[i].runs >= 1);
        assert_int_equal(steps[i].dones, 1);
    }
}

/* ---- S6 */

static status refuse_run(struct store_txn *txn, void *ctx)
{
    const status *result = ctx;
    TRY(store_txn_put(txn, SPAN("new"), SPAN("x")));
    TRY(store_txn_put(txn, SPAN("old"), SPAN("x")));
    TRY(store_txn_delete(txn, SPAN("deleted")));
    TRY(store_txn_delete_range(txn, (struct store_range){SPAN("a"), SPAN("z")}));
    return *result;
}

static void test_s6__nothing_of_a_failed_function_happens(void **state)
{
    struct store_box *box = *state;
    assert_int_equal(store_box_put(box->store, SPAN("old"), SPAN("1")), ST_OK);
    assert_int_equal(store_box_put(box->store, SPAN("deleted"), SPAN("2")), ST_OK);
    status results[] = {ST_CONDITION_FAILED, ST_VALIDATION, ST_NO_MEMORY, ST_IO};
    for (size_t i = 0; i < ARRAY_COUNT(results); i++) {
        assert_int_equal(store_write_wait(box->store, refuse_run, &results[i]), results[i]);
        assert_string_equal(store_box_get(box->store, SPAN("new")).text, "-");
        assert_string_equal(store_box_get(box->store, SPAN("old")).text, "1");
        assert_string_equal(store_box_get(box->store, SPAN("deleted")).text, "2");
    }
}

static void test_s6__an_answer_without_changes_is_no_failure_and_no_sync(void **state)
{
    struct store_box *box = *state;
    settle(box->store); /* the first write reserves numbers */
    struct store_stats before;
    store_stats(box->store, &before);
    for (size_t i = 0; i < 10; i++) settle(box->store);
    struct store_stats after;
    store_stats(box->store, &after);
    assert_int_equal(after.writes, before.writes + 10);
    assert_int_equal(after.syncs, before.syncs);
}

/* ---- the suite */

#define TESTS(X)                                                                                   \
    X(test_s1__a_function_sees_every_write_before_it)                                              \
    X(test_s1__a_function_sees_every_write_before_it_in_its_batch)                                 \
    X(test_batches__end_where_their_functions_keep_much_memory)                                    \
    X(test_s1__a_function_sees_none_that_failed)                                                   \
    X(test_s1__a_function_sees_its_own_puts_and_deletes)                                           \
    X(test_s1__a_function_sees_the_ranges_deleted_before_it)                                       \
    X(test_s1__racing_increments_lose_none)                                                        \
    X(test_s2__dones_come_in_the_order_of_the_functions)                                           \
    X(test_s2__closing_runs_what_is_queued_and_what_its_dones_queue)                               \
    X(test_s3__a_view_is_consistent_and_shows_all_that_was_acknowledged)                           \
    X(test_s3__done_may_read_and_sees_its_write)                                                   \
    X(test_s3__nobody_sees_what_a_running_function_staged)                                         \
    X(test_s5__done_is_called_exactly_once_for_a_function_that_ran)                                \
    X(test_s6__nothing_of_a_failed_function_happens)                                               \
    X(test_s6__an_answer_without_changes_is_no_failure_and_no_sync)

int main(void)
{
    int failed = 0;
    STORE_BOX_RUN_IN(TESTS, failed, &store_mode_sync, &store_mode_relaxed, &store_mode_memory,
                     &store_mode_sync_helped, &store_mode_relaxed_helped,
                     &store_mode_memory_helped);
    return failed;
}
