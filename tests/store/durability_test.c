/* durability_test.c -- what is on disk when: syncs held up, syncs that fail, and the power cut.
 *
 * The disk is the one of support/disk.h: it holds a sync up or fails it, and a power cut is a copy
 * of the store as such a cut may leave it, names of files included.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "store/store_work.h"
#include "support/disk.h"

enum { PATH_BYTES = 1024, CUT_COUNT = 20, STEP_COUNT = 50, POLL_US = 100, POLL_COUNT = 100000 };

/* ---- a place */

struct place {
    char *dir;
    struct store *store;
};

static int place_setup(void **state)
{
    static struct place place;
    place.dir = support_folder_new();
    disk_watch(place.dir);
    place.store = store_box_open(&store_mode_sync, place.dir);
    *state = &place;
    return 0;
}

static int place_teardown(void **state)
{
    struct place *place = *state;
    (void)disk_heal();
    disk_release();
    store_close(place->store);
    disk_forget();
    support_folder_free(place->dir);
    support_mem_check();
    return 0;
}

/* ---- writes that are not waited for */

struct step {
    struct store_write write;
    uint64_t number;
    atomic_bool ran;
    atomic_bool done;
    status told;
};

static status step_run(struct store_txn *txn, void *ctx)
{
    struct step *step = ctx;
    if (step->number > 0) TRY(store_box_txn_put_number(txn, SPAN("k"), step->number));
    atomic_store(&step->ran, true);
    return ST_OK;
}

static void step_done(void *ctx, status st)
{
    struct step *step = ctx;
    step->told = st;
    atomic_store(&step->done, true);
}

static void step_queue(struct store *store, struct step *step)
{
    step->write = (struct store_write){.fn = step_run, .done = step_done, .ctx = step};
    store_write(store, &step->write);
}

/* Ten seconds at most: a test that would wait for ever fails instead. */
static void wait_for(const atomic_bool *flag)
{
    for (size_t i = 0; i < POLL_COUNT && !atomic_load(flag); i++) usleep(POLL_US);
    assert_true(atomic_load(flag));
}

/* Steps with these numbers; static, because a test that fails leaves before they are done. */
static struct step *make_steps(const uint64_t *numbers, size_t count)
{
    static struct step steps[STEP_COUNT];
    assert_true(count <= STEP_COUNT);
    for (size_t i = 0; i < count; i++) steps[i] = (struct step){.number = numbers[i]};
    return steps;
}

enum { A_WHILE_US = 20000 }; /* for a write to reach RocksDB after its function has run */

/* ---- tests */

static void test_s2__done_waits_for_the_sync(void **state)
{
    struct place *place = *state;
    /* The second changes nothing, but may have seen the first (K3). */
    struct step *write = make_steps((const uint64_t[]){1, 0}, 2);
    struct step *look = write + 1;
    disk_hold(0);
    step_queue(place->store, write);
    disk_wait_for_held_sync();
    step_queue(place->store, look);
    wait_for(&look->ran);
    usleep(A_WHILE_US);
    assert_false(atomic_load(&write->done));
    assert_false(atomic_load(&look->done));
    disk_release();
    wait_for(&look->done);
    assert_true(atomic_load(&write->done));
    assert_int_equal(write->told, ST_OK);
    assert_int_equal(look->told, ST_OK);
}

static void test_s3__readers_see_what_was_synced_and_never_more(void **state)
{
    struct place *place = *state;
    struct step *steps = make_steps((const uint64_t[]){1, 2, 3}, 3);
    step_queue(place->store, &steps[0]);
    wait_for(&steps[0].done);
    disk_hold(0);
    step_queue(place->store, &steps[1]);
    disk_wait_for_held_sync();
    assert_int_equal(store_box_number(place->store, SPAN("k")), 1);
    step_queue(place->store, &steps[2]); /* runs while the other syncs */
    wait_for(&steps[2].ran);
    usleep(A_WHILE_US);
    assert_int_equal(store_box_number(place->store, SPAN("k")), 1);
    disk_hold(1);
    wait_for(&steps[1].done);
    disk_wait_for_held_sync();
    assert_int_equal(store_box_number(place->store, SPAN("k")), 2);
    disk_release();
    wait_for(&steps[2].done);
    assert_int_equal(store_box_number(place->store, SPAN("k")), 3);
}

static void test_sync__one_serves_all_that_ran_while_the_last_was_under_way(void **state)
{
    struct place *place = *state;
    static const uint64_t numbers[STEP_COUNT];
    struct step *steps = make_steps(numbers, STEP_COUNT);
    disk_hold(0);
    for (size_t i = 0; i < STEP_COUNT; i++) {
        steps[i].number = i + 1;
        step_queue(place->store, &steps[i]);
        if (i == 0) disk_wait_for_held_sync();
    }
    wait_for(&steps[STEP_COUNT - 1].ran);
    usleep(A_WHILE_US);
    struct store_stats before;
    store_stats(place->store, &before);
    disk_release();
    wait_for(&steps[STEP_COUNT - 1].done);
    struct store_stats after;
    store_stats(place->store, &after);
    assert_int_equal(after.syncs - before.syncs, 2);
}

/* Whatever waits for a sync that fails, or comes later, gets ST_IO; readers keep what was synced;
 * what was acknowledged is there when the store is opened again (K4). */
/* What was refused may be in the log: a copy might bring it back. */
static void assert_no_backup(struct place *place)
{
    char dir[PATH_BYTES];
    struct arena arena;
    arena_init(&arena, mem_heap(), 1 << 16);
    struct error err = error_in(&arena);
    (void)snprintf(dir, sizeof dir, "%s-copy", place->dir);
    assert_int_equal(store_backup(place->store, dir, &err), ST_IO);
    assert_non_null(strstr((const char *)error_text(&err).ptr, "the store refuses writes"));
    struct store *copy = NULL;
    char text[STORE_BOX_TEXT_BYTES];
    assert_int_equal(store_box_try_open(dir, &copy, text), ST_FOREIGN);
    support_folder_free(strdup(dir));
    arena_deinit(&arena);
}

static void test_failed_sync__refuses_all_writes_while_it_lasts(void **state)
{
    struct place *place = *state;
    struct step *steps = make_steps((const uint64_t[]){1, 2, 0, 4}, 4);
    step_queue(place->store, &steps[0]);
    wait_for(&steps[0].done);
    assert_false(store_failure(place->store, NULL));
    disk_hold(0);
    step_queue(place->store, &steps[1]);
    disk_wait_for_held_sync();
    step_queue(place->store, &steps[2]);
    wait_for(&steps[2].ran);
    disk_fail(&(struct disk_fault){
        .calls = DISK_BIT(DISK_SYNC), .nth = 1, .error = EIO, .lasting = true});
    disk_release();
    wait_for(&steps[2].done);
    step_queue(place->store, &steps[3]);
    wait_for(&steps[3].done);
    assert_false(atomic_load(&steps[3].ran));
    for (size_t i = 1; i < 4; i++) assert_int_equal(steps[i].told, ST_IO);
    char why[STORE_FAILURE_BYTES];
    assert_true(store_failure(place->store, why));
    assert_non_null(strstr(why, "Input/output error"));
    assert_no_backup(place);
    assert_int_equal(store_box_number(place->store, SPAN("k")), 1);
    assert_true(disk_heal() > 0);
    store_close(place->store);
    place->store = store_box_open(&store_mode_sync, place->dir);
    const uint64_t number = store_box_number(place->store, SPAN("k"));
    assert_true(number == 1 || number == 2); /* whole or absent */
    assert_int_equal(store_box_put(place->store, SPAN("x"), SPAN("y")), ST_OK);
}

/* ---- the power cut */

static void note(void *ctx, bool seen, uint32_t writer, uint64_t number)
{
    struct store_work_known *known = ctx;
    _Atomic uint64_t *at = seen ? &known[writer].seen : &known[writer].acknowledged;
    uint64_t before = atomic_load(at);
    while (before < number && !atomic_compare_exchange_weak(at, &before, number)) continue;
}

static void test_power_cut__takes_nothing_acknowledged_or_seen(void **state)
{
    struct place *place = *state;
    static struct store_work_known known[WORK_WRITERS];
    static struct store_work work;
    work = (struct store_work){.store = place->store, .report = note, .ctx = known};
    store_work_start(&work);
    uint64_t found = 0;
    for (size_t i = 0; i < CUT_COUNT; i++) {
        usleep(20000);
        struct store_work_known before[WORK_WRITERS] = {0};
        for (size_t t = 0; t < WORK_WRITERS; t++) {
            before[t].acknowledged = known[t].acknowledged;
            before[t].seen = known[t].seen;
        }
        char *copies = support_folder_new();
        char copy[PATH_BYTES];
        (void)snprintf(copy, sizeof copy, "%s/copy", copies);
        disk_power_cut(copy, (disk_cut)(i % 3), i);
        atomic_store(&work.resting, true); /* or there would be more to check than can be */
        struct store *after = store_box_open(&store_mode_sync, copy);
        found = store_work_check(after, before, UINT32_MAX);
        store_close(after);
        atomic_store(&work.resting, false);
        support_folder_free(copies);
    }
    store_work_stop(&work);
    printf("%llu writes, %d cuts\n", (unsigned long long)found, CUT_COUNT);
    assert_true(found > CUT_COUNT);
}

/* ---- a power cut while a store is made */

enum { MAKING_CUTS_MAX = 200 };

struct making {
    char *copies;
    unsigned count;
};

static const char *making_path(const struct making *making, unsigned cut, const char *below)
{
    static char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%u%s", making->copies, cut, below);
    return path;
}

static void cut_while_making(void *ctx)
{
    struct making *making = ctx;
    for (unsigned i = 0; i < 8 && making->count < MAKING_CUTS_MAX; i++, making->count++)
        disk_power_cut(making_path(making, making->count, ""), DISK_CUT_TORN, making->count);
}

/* Whatever is left of it opens: no name is there without the marker (H2). */
static void test_power_cut__while_a_store_is_made_leaves_what_opens(void **state)
{
    struct place *place = *state;
    struct making making = {.copies = support_folder_new()};
    char dir[PATH_BYTES];
    (void)snprintf(dir, sizeof dir, "%s/made", place->dir);
    disk_before_sync(cut_while_making, &making);
    store_close(store_box_open(&store_mode_sync, dir));
    disk_before_sync(NULL, NULL);
    assert_true(making.count > 20);
    for (unsigned i = 0; i < making.count; i++)
        store_close(store_box_open(&store_mode_sync, making_path(&making, i, "/made")));
    support_folder_free(making.copies);
}

/* A relaxed store owes nothing to a power cut while it is open, and everything once it is closed.
 */
static void test_power_cut__after_closing_a_relaxed_store_takes_nothing(void **state)
{
    struct place *place = *state;
    char relaxed[PATH_BYTES];
    char copy[PATH_BYTES];
    (void)snprintf(relaxed, sizeof relaxed, "%s/relaxed", place->dir);
    struct store *store = store_box_open(&store_mode_relaxed, relaxed);
    assert_int_equal(store_box_put(store, SPAN("k"), SPAN("kept")), ST_OK);
    store_close(store);
    char *copies = support_folder_new();
    (void)snprintf(copy, sizeof copy, "%s/copy", copies);
    disk_power_cut(copy, DISK_CUT_DROPPED, 0);
    (void)snprintf(copy, sizeof copy, "%s/copy/relaxed", copies);
    store = store_box_open(&store_mode_relaxed, copy);
    assert_string_equal(store_box_get(store, SPAN("k")).text, "kept");
    store_close(store);
    support_folder_free(copies);
}

int main(void)
{
#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_s2__done_waits_for_the_sync),
        PLACE_TEST(test_s3__readers_see_what_was_synced_and_never_more),
        PLACE_TEST(test_sync__one_serves_all_that_ran_while_the_last_was_under_way),
        PLACE_TEST(test_failed_sync__refuses_all_writes_while_it_lasts),
        PLACE_TEST(test_power_cut__takes_nothing_acknowledged_or_seen),
        PLACE_TEST(test_power_cut__while_a_store_is_made_leaves_what_opens),
        PLACE_TEST(test_power_cut__after_closing_a_relaxed_store_takes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
