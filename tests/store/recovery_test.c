/* recovery_test.c -- a store whose disk is full, read-only or broken for a while: it goes on being
 * read, takes no writes, and takes them again by itself when the disk is well.
 *
 * Writers and readers are at work the whole time. A writer counts: each of its writes puts its next
 * number under two keys, with the version that the store gave it. Whatever became of a write that
 * was answered ST_IO, the following must hold, then and after closing and opening:
 *
 *     both keys have the same number           a write is whole (S4)
 *     it is at least what was acknowledged     (S2)
 *     it is at least what any reader has seen  (S3): nothing seen vanishes
 *     numbers and versions grow together       no version is given twice (K5)
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "os/os.h"
#include "os/thread.h"
#include "store/store_box.h"
#include "support/trouble.h"

enum {
    WRITERS = 6,
    READERS = 2,
    FLOWS = WRITERS + READERS,
    PAIR_BYTES = 16,
    KEY_BYTES = 16,
    MS_NS = 1000000,
    WAIT_MS = 30000, /* for what takes a second or two on an idle machine */
    TROUBLE_MS = 1300,
    AT_WORK_MS = 100,
};

/* ---- a number and the version it was written with, under two keys for each writer */

struct pair {
    uint64_t number;
    uint64_t version;
};

static struct span pair_key(char out[KEY_BYTES], char which, uint32_t writer)
{
    const int len = snprintf(out, KEY_BYTES, "%c.%u", which, writer);
    return (struct span){(const uint8_t *)out, (size_t)len};
}

static struct pair pair_of(struct span value, bool found)
{
    if (!found) return (struct pair){0};
    assert_int_equal(value.len, PAIR_BYTES);
    return (struct pair){bytes_load_u64(value.ptr), bytes_load_u64(value.ptr + 8)};
}

struct look {
    uint32_t writer;
    struct pair found;
};

static status look_in_view(struct store_view *view, void *ctx)
{
    struct look *look = ctx;
    struct pair pairs[2];
    for (size_t i = 0; i < 2; i++) {
        char key[KEY_BYTES];
        struct span value = {0};
        bool found = false;
        TRY(store_view_get(view, pair_key(key, "ab"[i], look -> writer), &value, &found));
        pairs[i] = pair_of(value, found);
    }
    assert_int_equal(pairs[0].number, pairs[1].number);
    assert_int_equal(pairs[0].version, pairs[1].version);
    look->found = pairs[0];
    return ST_OK;
}

static struct pair pair_in(struct store *store, uint32_t writer)
{
    struct look look = {.writer = writer};
    assert_int_equal(store_read(store, look_in_view, &look), ST_OK);
    return look.found;
}

struct put {
    uint32_t writer;
    uint64_t number;
};

static status put_in_txn(struct store_txn *txn, void *ctx)
{
    const struct put *put = ctx;
    uint8_t bytes[PAIR_BYTES];
    bytes_store_u64(bytes, put->number);
    bytes_store_u64(bytes + 8, store_txn_sequence(txn));
    for (size_t i = 0; i < 2; i++) {
        char key[KEY_BYTES];
        TRY(store_txn_put(txn, pair_key(key, "ab"[i], put -> writer),
                          (struct span){bytes, sizeof bytes}));
    }
    return ST_OK;
}

static status put_number(struct store *store, uint32_t writer, uint64_t number)
{
    struct put put = {writer, number};
    return store_write_wait(store, put_in_txn, &put);
}

/* ---- a place, and who is at work on it */

struct place {
    const struct store_mode *mode;
    char *dir;
    struct store *store;
    atomic_bool over;
    atomic_uint next;
    pthread_t threads[FLOWS];

    _Atomic uint64_t acknowledged[WRITERS];
    _Atomic uint64_t seen[WRITERS];
    _Atomic uint64_t versions[WRITERS]; /* of what was seen */
    _Atomic uint64_t read_count;
    _Atomic uint64_t write_count; /* acknowledged */

    atomic_uint failed_count; /* told by the store */
    atomic_uint reopened_count;
    atomic_uint recovered_count;
    atomic_uint reopened_fails; /* so often the watcher refuses */
};

static void rise(_Atomic uint64_t *at, uint64_t to)
{
    uint64_t before = atomic_load(at);
    while (before < to && !atomic_compare_exchange_weak(at, &before, to)) continue;
}

static void check_seen(struct place *place, uint32_t writer)
{
    const uint64_t acknowledged = atomic_load(&place->acknowledged[writer]);
    const uint64_t seen = atomic_load(&place->seen[writer]);
    const uint64_t version = atomic_load(&place->versions[writer]);
    const struct pair pair = pair_in(place->store, writer);
    assert_true(pair.number >= acknowledged);
    assert_true(pair.number >= seen);
    assert_true(pair.version >= version);
    rise(&place->seen[writer], pair.number);
    rise(&place->versions[writer], pair.version);
}

static void *reader_main(void *ctx)
{
    struct place *place = ctx;
    for (uint32_t turn = 0; !atomic_load(&place->over); turn++) {
        check_seen(place, turn % WRITERS);
        atomic_fetch_add(&place->read_count, 1);
        if (turn % 16 == 0) thread_rest(MS_NS / 4);
    }
    return NULL;
}

/* Half of the writers help, half leave it to the store's threads. */
typedef status(wait_fn)(struct store *store, store_write_fn *fn, void *ctx);
static wait_fn *const waits[] = {store_write_wait, store_box_write_away};

static void *writer_main(void *ctx)
{
    struct place *place = ctx;
    struct put put = {.writer = atomic_fetch_add(&place->next, 1)};
    put.number = pair_in(place->store, put.writer).number;
    while (!atomic_load(&place->over)) {
        put.number++;
        const status st = waits[put.writer % ARRAY_COUNT(waits)](place->store, put_in_txn, &put);
        assert_true(st == ST_OK || st == ST_IO);
        if (st == ST_OK) {
            atomic_store(&place->acknowledged[put.writer], put.number);
            atomic_fetch_add(&place->write_count, 1);
        }
        thread_rest(st == ST_OK ? MS_NS / 10 : 2 * MS_NS);
    }
    return NULL;
}

static void work_begin(struct place *place)
{
    atomic_store(&place->over, false);
    atomic_store(&place->next, 0);
    for (uint32_t i = 0; i < FLOWS; i++)
        assert_int_equal(pthread_create(&place->threads[i], NULL,
                                        i < WRITERS ? writer_main : reader_main, place),
                         0);
}

static void work_end(struct place *place)
{
    atomic_store(&place->over, true);
    for (uint32_t i = 0; i < FLOWS; i++) pthread_join(place->threads[i], NULL);
}

static void check_all(struct place *place)
{
    for (uint32_t i = 0; i < WRITERS; i++) check_seen(place, i);
}

/* ---- what the store tells */

static void on_failed(void *ctx, const char *why)
{
    struct place *place = ctx;
    assert_true(strlen(why) > 0);
    atomic_fetch_add(&place->failed_count, 1);
}

static status on_reopened(void *ctx, struct store_view *view)
{
    struct place *place = ctx;
    struct look look = {.writer = 0};
    TRY(look_in_view(view, &look)); /* it can be read */
    atomic_fetch_add(&place->reopened_count, 1);
    if (atomic_load(&place->reopened_fails) == 0) return ST_OK;
    atomic_fetch_sub(&place->reopened_fails, 1);
    return ST_NO_MEMORY;
}

static void on_recovered(void *ctx)
{
    struct place *place = ctx;
    atomic_fetch_add(&place->recovered_count, 1);
}

static void place_open(struct place *place, const struct store_mode *mode)
{
    *place = (struct place){.mode = mode, .dir = support_folder_new()};
    place->store = store_box_open(mode, place->dir);
    const struct store_watcher watcher = {
        .ctx = place, .failed = on_failed, .reopened = on_reopened, .recovered = on_recovered};
    store_watch(place->store, &watcher);
}

/* Opened once more by the usual way it holds the same. */
static void place_close(struct place *place)
{
    struct pair before[WRITERS];
    for (uint32_t i = 0; i < WRITERS; i++) before[i] = pair_in(place->store, i);
    store_close(place->store);
    place->store = store_box_open(place->mode, place->dir);
    check_all(place);
    for (uint32_t i = 0; i < WRITERS; i++)
        assert_int_equal(pair_in(place->store, i).number, before[i].number);
    store_close(place->store);
    support_folder_free(place->dir);
    support_mem_check();
}

/* ---- waiting */

static bool is_failed(struct place *place)
{
    return store_failure(place->store, NULL);
}

static bool is_recovered(struct place *place)
{
    return !store_failure(place->store, NULL);
}

static void wait_until(struct place *place, bool (*holds)(struct place *place))
{
    for (uint32_t ms = 0; ms < WAIT_MS && !holds(place); ms++) thread_rest(MS_NS);
    assert_true(holds(place));
}

static void rest_ms(uint32_t ms)
{
    thread_rest((uint64_t)ms * MS_NS);
}

/* One write that fails, for tests in which nobody else writes. */
static void fail_one(struct place *place, trouble kind)
{
    trouble_begin(place->dir, kind);
    assert_int_equal(put_number(place->store, 0, 1000), ST_IO);
    assert_true(is_failed(place));
}

/* ---- with everybody at work */

static void check_refusing(struct place *place, trouble kind)
{
    char why[STORE_FAILURE_BYTES];
    wait_until(place, is_failed);
    const uint64_t writes = atomic_load(&place->write_count);
    const uint64_t reads = atomic_load(&place->read_count);
    rest_ms(TROUBLE_MS); /* long enough to be tried, and to fail again */
    assert_true(store_failure(place->store, why));
    assert_non_null(strstr(why, trouble_text(kind)));
    assert_true(atomic_load(&place->read_count) > reads);
    /* what was being answered when the trouble was noticed */
    assert_true(atomic_load(&place->write_count) <= writes + WRITERS);
    check_all(place);
}

static void check_going_on(struct place *place, uint32_t turn)
{
    const uint64_t begun_ns = os_ticks_ns(os_system());
    wait_until(place, is_recovered);
    const uint64_t writes = atomic_load(&place->write_count);
    for (uint32_t ms = 0; ms < WAIT_MS; ms++) {
        if (atomic_load(&place->write_count) > writes + 2 * WRITERS) break;
        thread_rest(MS_NS);
    }
    assert_true(atomic_load(&place->write_count) > writes + 2 * WRITERS);
    check_all(place);
    print_message("recovered after %u ms, turn %u\n",
                  (unsigned)((os_ticks_ns(os_system()) - begun_ns) / MS_NS), turn);
    assert_int_equal(atomic_load(&place->failed_count), turn + 1);
    assert_true(atomic_load(&place->reopened_count) >= turn + 1);
}

static void run_trouble(const struct store_mode *mode, trouble kind, uint32_t turns)
{
    static struct place place;
    place_open(&place, mode);
    work_begin(&place);
    for (uint32_t turn = 0; turn < turns; turn++) {
        rest_ms(AT_WORK_MS);
        trouble_begin(place.dir, kind);
        check_refusing(&place, kind);
        trouble_end();
        check_going_on(&place, turn);
    }
    work_end(&place);
    assert_int_equal(atomic_load(&place.recovered_count), turns);
    place_close(&place);
}

static void test_full_disk__ends_and_writes_go_on_again_and_again(void **state)
{
    (void)state;
    run_trouble(&store_mode_sync, TROUBLE_FULL, 3);
}

static void test_failing_syncs__end_and_writes_go_on(void **state)
{
    (void)state;
    run_trouble(&store_mode_sync, TROUBLE_NO_SYNC, 2);
}

static void test_read_only_disk__becomes_writable_and_writes_go_on(void **state)
{
    (void)state;
    run_trouble(&store_mode_sync, TROUBLE_READ_ONLY, 1);
}

static void test_full_disk__of_a_relaxed_store_ends_and_writes_go_on(void **state)
{
    (void)state;
    run_trouble(&store_mode_relaxed, TROUBLE_FULL, 2);
}

/* ---- a disk with room for writes, but not for merging what they wrote */

enum { BULK_BYTES = 65536, BULK_COUNT = 4000, SOON_MS = 20000 };

static status put_bulk(struct store *store, uint32_t number)
{
    static uint8_t value[BULK_BYTES];
    char key[KEY_BYTES];
    struct support_random random = {number};
    for (size_t i = 0; i < sizeof value; i++) value[i] = (uint8_t)support_random_next(&random);
    const int len = snprintf(key, sizeof key, "z.%u", number);
    return store_box_put(store, (struct span){(const uint8_t *)key, (size_t)len},
                         (struct span){value, sizeof value});
}

static uint32_t put_until_refused(struct store *store)
{
    const uint64_t begun_ns = os_ticks_ns(os_system());
    status st = ST_OK;
    uint32_t count = 0;
    while (st == ST_OK && count < BULK_COUNT) {
        st = put_bulk(store, count % (BULK_COUNT / 10));
        if (st == ST_OK) count++;
    }
    const uint64_t took_ms = (os_ticks_ns(os_system()) - begun_ns) / MS_NS;
    print_message("%u writes of %u bytes in %u ms\n", count, BULK_BYTES, (unsigned)took_ms);
    assert_int_equal(st, ST_IO);
    assert_true(took_ms < SOON_MS);
    return count;
}

static void run_no_merge(const struct store_mode *mode)
{
    static struct place place;
    char why[STORE_FAILURE_BYTES];
    place_open(&place, mode);
    trouble_begin(place.dir, TROUBLE_NO_MERGE);
    assert_true(put_until_refused(place.store) > 0);
    assert_true(store_failure(place.store, why));
    assert_non_null(strstr(why, "cannot be merged: No space left on device"));
    trouble_end();
    wait_until(&place, is_recovered);
    assert_int_equal(put_number(place.store, 0, 1), ST_OK);
    place_close(&place);
}

/* Deleted ranges are merged away by a thread that waits for other merges, which closing ends. */
static void test_files_that_cannot_be_merged__do_not_hold_up_closing(void **state)
{
    enum { BULK_FIRST = 64, BULK_STEP = 12, BULK_LAST = 100, BEGUN_MS = 300 };
    (void)state;
    for (uint32_t count = BULK_FIRST; count <= BULK_LAST; count += BULK_STEP) {
        static struct place place;
        status st = ST_OK;
        place_open(&place, &store_mode_sync);
        trouble_begin(place.dir, TROUBLE_NO_MERGE);
        for (uint32_t i = 0; i < count && st == ST_OK; i++) st = put_bulk(place.store, i);
        st = store_box_delete_range(place.store, SPAN("y"), SPAN("yz"));
        assert_true(st == ST_OK || st == ST_IO); /* which it is does not matter here */
        rest_ms(BEGUN_MS);
        const uint64_t begun_ns = os_ticks_ns(os_system());
        store_close(place.store);
        assert_true((os_ticks_ns(os_system()) - begun_ns) / MS_NS < SOON_MS);
        trouble_end();
        place.store = store_box_open(place.mode, place.dir);
        place_close(&place);
    }
}

static void test_files_that_cannot_be_merged__refuse_writes_and_do_not_slow_them(void **state)
{
    (void)state;
    run_no_merge(&store_mode_sync);
    run_no_merge(&store_mode_relaxed);
}

/* ---- states that are held, walks that are open */

static status look_then(struct store *store, struct snapshot *held, struct look *look)
{
    return store_read_held(store, held, look_in_view, look);
}

static void test_held_states__can_be_read_while_it_fails_and_end_when_it_recovers(void **state)
{
    static struct place place;
    struct look look = {.writer = 0};
    (void)state;
    place_open(&place, &store_mode_sync);
    assert_int_equal(put_number(place.store, 0, 1), ST_OK);
    struct snapshot *old = store_box_hold(place.store);
    assert_int_equal(put_number(place.store, 0, 2), ST_OK);
    struct snapshot *new = store_box_hold(place.store); /* the newest, which is kept as well */
    struct snapshot *twice = store_box_hold(place.store);
    fail_one(&place, TROUBLE_FULL);
    assert_int_equal(look_then(place.store, old, &look), ST_OK);
    assert_int_equal(look.found.number, 1);
    assert_int_equal(look_then(place.store, new, &look), ST_OK);
    assert_int_equal(look.found.number, 2);
    trouble_end();
    wait_until(&place, is_recovered);
    assert_int_equal(look_then(place.store, old, &look), ST_TOO_OLD);
    assert_int_equal(look_then(place.store, new, &look), ST_TOO_OLD);
    store_let_go(old);
    store_let_go(new);
    struct snapshot *later = store_box_hold(place.store);
    assert_int_equal(look_then(place.store, later, &look), ST_OK);
    assert_true(look.found.number == 2 || look.found.number == 1000);
    store_let_go(twice);
    store_let_go(later);
    place_close(&place);
}

struct long_walk {
    struct place *place;
    atomic_bool begun;
    uint64_t first, last;
};

static status walk_for_long(struct store_view *view, void *ctx)
{
    struct long_walk *walk = ctx;
    struct store_cursor *cursor = NULL;
    struct span key = {0}, value = {0};
    bool found = false;
    const struct store_range all = {SPAN("a"), SPAN("c")};
    TRY(store_view_walk(view, all, false, &cursor));
    status st = store_cursor_next(cursor, &key, &value, &found);
    walk->first = pair_of(value, found).number;
    atomic_store(&walk->begun, true);
    rest_ms(2 * TROUBLE_MS); /* the disk is well before this is over */
    if (st == ST_OK) st = store_cursor_next(cursor, &key, &value, &found);
    walk->last = pair_of(value, found).number;
    if (st == ST_OK) st = store_cursor_next(cursor, &key, &value, &found);
    assert_false(found);
    store_cursor_close(cursor);
    return st;
}

static void *walk_main(void *ctx)
{
    struct long_walk *walk = ctx;
    assert_int_equal(store_read(walk->place->store, walk_for_long, walk), ST_OK);
    return NULL;
}

static void test_long_walk__is_let_finish_and_keeps_others_waiting_for_moments_only(void **state)
{
    static struct place place;
    static struct long_walk walk;
    pthread_t thread;
    (void)state;
    place_open(&place, &store_mode_sync);
    assert_int_equal(put_number(place.store, 0, 7), ST_OK);
    fail_one(&place, TROUBLE_FULL);
    walk = (struct long_walk){.place = &place};
    assert_int_equal(pthread_create(&thread, NULL, walk_main, &walk), 0);
    while (!atomic_load(&walk.begun)) thread_rest(MS_NS);
    trouble_end();
    const uint64_t begun_ns = os_ticks_ns(os_system());
    uint32_t reads = 0;
    while (is_failed(&place)) {
        assert_true(pair_in(place.store, 0).number >= 7);
        reads++;
        thread_rest(MS_NS);
        assert_true(os_ticks_ns(os_system()) - begun_ns < (uint64_t)WAIT_MS * MS_NS);
    }
    assert_true(reads > 100);
    pthread_join(thread, NULL);
    assert_int_equal(walk.first, 7);
    assert_int_equal(walk.last, 7);
    assert_int_equal(put_number(place.store, 0, 8), ST_OK);
    place_close(&place);
}

/* ---- opening that fails */

static status look_fails(struct place *place)
{
    struct look look = {.writer = 0};
    return store_read(place->store, look_in_view, &look);
}

static bool is_unreadable(struct place *place)
{
    return look_fails(place) == ST_IO;
}

static void check_lost(struct place *place)
{
    struct snapshot *held = NULL;
    struct store_stats stats;
    wait_until(place, is_unreadable);
    assert_int_equal(store_read_past(place->store, look_in_view, &(struct look){0}), ST_IO);
    assert_int_equal(store_hold(place->store, &held), ST_IO);
    assert_int_equal(put_number(place->store, 0, 9), ST_IO);
    store_stats(place->store, &stats);
    store_compact(place->store);
}

/* The probe finds room, but the data cannot be opened: reads are refused, until they can be. */
static void test_data_that_cannot_be_opened__is_tried_again(void **state)
{
    static struct place place;
    (void)state;
    place_open(&place, &store_mode_sync);
    assert_int_equal(put_number(place.store, 0, 5), ST_OK);
    struct snapshot *held = store_box_hold(place.store);
    fail_one(&place, TROUBLE_FULL);
    trouble_begin(place.dir, TROUBLE_NO_DATA);
    check_lost(&place);
    trouble_end();
    wait_until(&place, is_recovered);
    assert_true(pair_in(place.store, 0).number >= 5);
    assert_int_equal(look_then(place.store, held, &(struct look){0}), ST_TOO_OLD);
    store_let_go(held);
    assert_int_equal(put_number(place.store, 0, 6), ST_OK);
    place_close(&place);
}

static void test_watcher_that_fails__is_called_again_before_anybody_reads(void **state)
{
    static struct place place;
    (void)state;
    place_open(&place, &store_mode_sync);
    assert_int_equal(put_number(place.store, 0, 5), ST_OK);
    atomic_store(&place.reopened_fails, 2);
    fail_one(&place, TROUBLE_FULL);
    trouble_end();
    wait_until(&place, is_recovered);
    assert_int_equal(atomic_load(&place.reopened_count), 3);
    assert_int_equal(atomic_load(&place.failed_count), 1);
    assert_true(pair_in(place.store, 0).number >= 5);
    place_close(&place);
}

/* An unmounted disk leaves an empty folder where the data was: nothing is made in it. */
static void test_data_that_is_gone__is_waited_for_and_not_made_anew(void **state)
{
    static struct place place;
    char away[1024], why[STORE_FAILURE_BYTES] = "";
    (void)state;
    place_open(&place, &store_mode_sync);
    assert_int_equal(put_number(place.store, 0, 5), ST_OK);
    (void)snprintf(away, sizeof away, "%s-away", place.dir);
    fail_one(&place, TROUBLE_FULL);
    assert_int_equal(rename(place.dir, away), 0);
    assert_int_equal(mkdir(place.dir, 0700), 0);
    trouble_end();
    for (uint32_t ms = 0; ms < WAIT_MS && strstr(why, "not there any more") == NULL; ms++) {
        assert_true(store_failure(place.store, why));
        thread_rest(MS_NS);
    }
    assert_non_null(strstr(why, "not there any more"));
    assert_int_equal(pair_in(place.store, 0).number, 5); /* from memory, and open files */
    assert_int_equal(rmdir(place.dir), 0);
    assert_int_equal(rename(away, place.dir), 0);
    wait_until(&place, is_recovered);
    assert_true(pair_in(place.store, 0).number >= 5);
    place_close(&place);
}

static void test_opening__of_a_disk_without_room_says_what_to_do(void **state)
{
    static struct place place;
    static const trouble kinds[] = {TROUBLE_FULL, TROUBLE_READ_ONLY, TROUBLE_NO_SYNC};
    char text[STORE_BOX_TEXT_BYTES];
    (void)state;
    place_open(&place, &store_mode_sync);
    assert_int_equal(put_number(place.store, 0, 5), ST_OK);
    store_close(place.store);
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct store *store = NULL;
        trouble_begin(place.dir, kinds[i]);
        assert_int_equal(store_box_try_open(place.dir, &store, text), ST_IO);
        assert_non_null(strstr(text, trouble_text(kinds[i])));
        assert_non_null(strstr(text, place.dir));
        trouble_end();
    }
    place.store = store_box_open(place.mode, place.dir);
    assert_int_equal(pair_in(place.store, 0).number, 5);
    place_close(&place);
}

/* ---- closing in the middle */

static void test_closing_while_it_fails__ends_at_once_and_loses_nothing(void **state)
{
    static struct place place;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        place_open(&place, &store_mode_sync);
        assert_int_equal(put_number(place.store, 0, 5), ST_OK);
        fail_one(&place, TROUBLE_FULL);
        if (i == 1) trouble_begin(place.dir, TROUBLE_NO_DATA);
        if (i == 1) wait_until(&place, is_unreadable);
        store_watch(place.store, NULL);
        store_close(place.store);
        trouble_end();
        place.store = store_box_open(&store_mode_sync, place.dir);
        assert_true(pair_in(place.store, 0).number >= 5);
        place_close(&place);
    }
}

/* What was known of the state before is not believed: values, and gaps between them. */
static status put_many(struct store_txn *txn, void *ctx)
{
    const uint32_t *count = ctx;
    for (uint32_t i = 0; i < *count; i++) {
        char key[KEY_BYTES];
        const int len = snprintf(key, sizeof key, "m%06u", i);
        const struct span span = {(const uint8_t *)key, (size_t)len};
        if (*count == 1)
            TRY(store_txn_put(txn, SPAN("m000050"), SPAN("back")));
        else
            TRY(store_txn_put(txn, span, SPAN("there")));
    }
    return ST_OK;
}

static status delete_many(struct store_txn *txn, void *ctx)
{
    const uint32_t *count = ctx;
    for (uint32_t i = 1; i + 1 < *count; i++) {
        char key[KEY_BYTES];
        const int len = snprintf(key, sizeof key, "m%06u", i);
        TRY(store_txn_delete(txn, (struct span){(const uint8_t *)key, (size_t)len}));
    }
    return ST_OK;
}

static status count_in_view(struct store_view *view, void *ctx)
{
    uint32_t *count = ctx;
    struct store_cursor *cursor = NULL;
    bool found = true;
    status st = ST_OK;
    *count = 0;
    TRY(store_view_walk(view, (struct store_range){SPAN("m"), SPAN("n")}, false, &cursor));
    while (st == ST_OK && found) {
        struct span key = {0}, value = {0};
        st = store_cursor_next(cursor, &key, &value, &found);
        if (found) (*count)++;
    }
    store_cursor_close(cursor);
    return st;
}

static uint32_t count_many(struct store *store)
{
    uint32_t count = 0;
    assert_int_equal(store_read(store, count_in_view, &count), ST_OK);
    return count;
}

static void test_gaps__that_a_refused_write_fell_into_are_forgotten(void **state)
{
    enum { MANY = 200 };
    static struct place place;
    uint32_t count = MANY, one = 1;
    (void)state;
    place_open(&place, &store_mode_sync);
    assert_int_equal(store_write_wait(place.store, put_many, &count), ST_OK);
    assert_int_equal(store_write_wait(place.store, delete_many, &count), ST_OK);
    for (size_t i = 0; i < 3; i++) assert_int_equal(count_many(place.store), 2);
    trouble_begin(place.dir, TROUBLE_NO_SYNC); /* it is in the log, and so comes back */
    assert_int_equal(store_write_wait(place.store, put_many, &one), ST_IO);
    for (size_t i = 0; i < 3; i++) assert_int_equal(count_many(place.store), 2);
    trouble_end();
    wait_until(&place, is_recovered);
    for (size_t i = 0; i < 3; i++) assert_int_equal(count_many(place.store), 3);
    place_close(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_disk__ends_and_writes_go_on_again_and_again),
        cmocka_unit_test(test_failing_syncs__end_and_writes_go_on),
        cmocka_unit_test(test_read_only_disk__becomes_writable_and_writes_go_on),
        cmocka_unit_test(test_files_that_cannot_be_merged__do_not_hold_up_closing),
        cmocka_unit_test(test_files_that_cannot_be_merged__refuse_writes_and_do_not_slow_them),
        cmocka_unit_test(test_full_disk__of_a_relaxed_store_ends_and_writes_go_on),
        cmocka_unit_test(test_held_states__can_be_read_while_it_fails_and_end_when_it_recovers),
        cmocka_unit_test(test_long_walk__is_let_finish_and_keeps_others_waiting_for_moments_only),
        cmocka_unit_test(test_data_that_cannot_be_opened__is_tried_again),
        cmocka_unit_test(test_watcher_that_fails__is_called_again_before_anybody_reads),
        cmocka_unit_test(test_data_that_is_gone__is_waited_for_and_not_made_anew),
        cmocka_unit_test(test_opening__of_a_disk_without_room_says_what_to_do),
        cmocka_unit_test(test_closing_while_it_fails__ends_at_once_and_loses_nothing),
        cmocka_unit_test(test_gaps__that_a_refused_write_fell_into_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
