/* threads_test.c -- many threads on one handle, and many calls in one process, on every kind of
 * database.
 *
 * Eight threads make all kinds of calls until the handle is closed under them; what each counted as
 * written is there. ThreadSanitizer watches in its tree. Then mixed calls in a row, whose memory
 * must level off, and whose time must not grow with what was deleted and replaced before:
 * STATOR_TEST_CALLS says how many (a million for a night).
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "db/place.h"

enum { THREADS = 8, ROUNDS = 60, KEYS = 40 };

static stator *db;
static const char *t;

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    t = place_name("threads");
    place_rc(
        stator_create_table(db, .name = t, .key = "PK:S, SK:S",
                            .indexes = STATOR_INDEXES({.name = "by-owner", .key = "owner:S, n:N"})),
        STATOR_OK);
    return 0;
}

/* ---- mixed calls */

struct worker {
    pthread_t thread;
    int number;
    int rounds; /* 0: until the handle is closed */
    char owner[16];
    int64_t added; /* to the counter that all share */
    stator_rc unexpected;
    char what[200];
    stator_pager *last; /* holds the handle, and tells when it is closed */
    atomic_bool *is_over;
};

typedef stator_rc(mixed_fn)(struct worker *w, int round);

static stator_rc mixed_put(struct worker *w, int round)
{
    char sk[16];
    return stator_put(
        db, t,
        STATOR_M({"PK", stator_s(w->owner)}, {"SK", stator_sf(sk, "%d", round % KEYS)},
                 {"owner", stator_s(w->owner)}, {"n", stator_i(round)}),
        .condition = stator_or(stator_not_exists("PK"), stator_le("n", stator_i(round))));
}

static stator_rc mixed_add(struct worker *w, int round)
{
    (void)round;
    const stator_rc rc =
        stator_update(db, t, PLACE_KEY("shared", "x"), stator_add("n", stator_i(1)));
    if (rc == STATOR_OK) w->added++;
    return rc;
}

static stator_rc mixed_get(struct worker *w, int round)
{
    char sk[16];
    stator_result *r = NULL;
    const stator_val key =
        STATOR_KEY({"PK", stator_s(w->owner)}, {"SK", stator_sf(sk, "%d", round % KEYS)});
    const stator_rc rc = stator_get(db, t, &r, key, .select = "n", .consistent = true);
    stator_result_free(r);
    return rc == STATOR_NOT_FOUND ? STATOR_OK : rc;
}

static stator_rc mixed_delete(struct worker *w, int round)
{
    char sk[16];
    return stator_delete(
        db, t,
        STATOR_KEY({"PK", stator_s(w->owner)}, {"SK", stator_sf(sk, "%d", (round + 7) % KEYS)}));
}

static stator_rc mixed_pages(struct worker *w, int round)
{
    const stator_node *item = NULL;
    stator_pager *pager = NULL;
    stator_rc rc = stator_each_query(db, t, &pager, stator_eq("owner", stator_s(w->owner)),
                                     .index = "by-owner", .limit = 5, .descending = round % 2 == 0);
    while (rc == STATOR_OK) rc = stator_next(pager, &item);
    stator_pager_free(pager);
    return rc == STATOR_DONE ? STATOR_OK : rc;
}

static stator_rc mixed_batch(struct worker *w, int round)
{
    char sk[3][16];
    stator_batch *batch = NULL;
    stator_rc rc = stator_batch_new(db, NULL, &batch);
    for (int i = 0; i < 3 && rc == STATOR_OK; i++)
        rc = stator_batch_put(batch, t,
                              STATOR_M({"PK", stator_s(w->owner)},
                                       {"SK", stator_sf(sk[i], "%d", (round + i) % KEYS)},
                                       {"owner", stator_s(w->owner)}, {"n", stator_i(round)}));
    if (rc == STATOR_OK) rc = stator_batch_flush(batch);
    stator_batch_free(batch);
    return rc;
}

static stator_rc mixed_batch_get(struct worker *w, int round)
{
    stator_result *r = NULL;
    const stator_val keys[] = {PLACE_KEY(w->owner, "1"), PLACE_KEY(w->owner, "2"),
                               PLACE_KEY("shared", "x")};
    const stator_rc rc =
        stator_batch_get(db, t, &r, keys, 3, .chunk = 1, .parallel = 1 + round % 3);
    stator_result_free(r);
    return rc;
}

static stator_rc mixed_transact(struct worker *w, int round)
{
    char sk[16];
    stator_tx *tx = stator_tx_new(db);
    if (tx == NULL) return stator_error_get()->rc;
    stator_tx_put(
        tx, t, STATOR_M({"PK", stator_s(w->owner)}, {"SK", stator_sf(sk, "tx%d", round % KEYS)}));
    stator_tx_update(tx, t, PLACE_KEY("shared", "x"), stator_add("n", stator_i(1)));
    const stator_rc rc = stator_tx_commit(tx, &(const stator_retry){30, 100, 5000, 2.0, 0.5});
    if (rc == STATOR_OK) w->added++;
    stator_tx_free(tx);
    return rc;
}

static stator_rc mixed_count(struct worker *w, int round)
{
    int64_t n = 0;
    (void)round;
    return stator_count(db, t, &n, stator_eq("PK", stator_s(w->owner)),
                        .filter = stator_exists("n"));
}

static stator_rc mixed_wrong(struct worker *w, int round)
{
    (void)round;
    const stator_rc rc = stator_put(db, t, STATOR_M({"PK", stator_s(w->owner)}));
    return rc == STATOR_E_INVALID ? STATOR_OK : rc;
}

static mixed_fn *const mixed[] = {mixed_put,    mixed_add,   mixed_get,       mixed_pages,
                                  mixed_delete, mixed_batch, mixed_batch_get, mixed_transact,
                                  mixed_count,  mixed_wrong};

/* Canceled, or met a conflict that did not pass: both may be. */
static bool is_expected(stator_rc rc)
{
    return rc >= 0 || rc == STATOR_E_CANCELED || rc == STATOR_E_CONFLICT ||
           rc == STATOR_E_TX_CANCELED;
}

static void note_unexpected(struct worker *w, stator_rc rc, size_t which)
{
    w->unexpected = rc;
    (void)snprintf(w->what, sizeof w->what, "call %zu: %s", which, stator_error_get()->message);
}

static void *work(void *ud)
{
    struct worker *w = ud;
    (void)snprintf(w->owner, sizeof w->owner, "w%d", w->number);
    for (int round = 0; round < w->rounds && w->unexpected == STATOR_OK; round++) {
        const size_t which = (size_t)(round + w->number) % ARRAY_COUNT(mixed);
        const stator_rc rc = mixed[which](w, round);
        if (!is_expected(rc)) note_unexpected(w, rc, which);
    }
    return NULL;
}

static void test_threads__of_one_handle_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct worker workers[THREADS];
    stator_result *r = NULL;
    int64_t added = 0;
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.number = i, .rounds = ROUNDS};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        if (workers[i].unexpected != STATOR_OK)
            fail_msg("%s: %s", stator_rc_name(workers[i].unexpected), workers[i].what);
        added += workers[i].added;
    }
    place_rc(stator_get(db, t, &r, PLACE_KEY("shared", "x"), .consistent = true), STATOR_OK);
    assert_int_equal(stator_int(stator_result_item(r, 0), "n", -1), added);
    stator_result_free(r);
    place_close(db);
}

/* ---- cancel and close */

static void *scan_until_closed(void *ud)
{
    struct worker *w = ud;
    const stator_node *item = NULL;
    stator_rc rc = STATOR_OK;
    while (rc != STATOR_E_MISUSE) {
        rc = stator_next(w->last, &item);
        if (rc == STATOR_DONE) return NULL;
        if (rc < 0 && rc != STATOR_E_CANCELED && rc != STATOR_E_MISUSE) break;
        atomic_store(w->is_over, true);
    }
    w->unexpected = rc == STATOR_E_MISUSE ? STATOR_OK : rc;
    return NULL;
}

static void test_threads__are_canceled_and_closed_upon(void **state)
{
    (void)state;
    struct worker workers[THREADS];
    atomic_bool has_begun = false;
    for (int i = 0; i < KEYS; i++) {
        char sk[16];
        place_rc(stator_put(db, t, STATOR_M({"PK", stator_s("a")}, {"SK", stator_sf(sk, "%d", i)})),
                 STATOR_OK);
    }
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.number = i, .is_over = &has_begun};
        place_rc(
            stator_each_query(db, t, &workers[i].last, stator_eq("PK", stator_s("a")), .limit = 1),
            STATOR_OK);
        assert_int_equal(pthread_create(&workers[i].thread, NULL, scan_until_closed, &workers[i]),
                         0);
    }
    while (!atomic_load(&has_begun)) sched_yield();
    stator_cancel(db);
    stator_close(db);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_int_equal(workers[i].unexpected, STATOR_OK);
        stator_pager_free(workers[i].last);
    }
    place_end();
}

/* ---- many calls */

static long resident_pages(void)
{
    long size = 0;
    long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
    (void)fclose(file);
    return resident;
}

static double spent_us(void)
{
    struct timespec spent = {0};
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent), 0);
    return 1e6 * (double)spent.tv_sec + (double)spent.tv_nsec / 1e3;
}

static int wanted_calls(void)
{
    const char *text = getenv("STATOR_TEST_CALLS");
    return text != NULL ? (int)strtol(text, NULL, 10) : 4000;
}

/* The calls from `first` on; the processor time of this thread that each took, in microseconds. */
static double make_calls(struct worker *w, int first, int count)
{
    const double begun = spent_us();
    for (int round = first; round < first + count; round++) {
        const stator_rc rc = mixed[(size_t)round % ARRAY_COUNT(mixed)](w, round);
        if (!is_expected(rc)) fail_msg("%s: %s", stator_rc_name(rc), stator_error_get()->message);
    }
    return (spent_us() - begun) / count;
}

/* The last two fifths may take no more memory than a tenth, and 8 MiB, beyond what the others took;
 * and the last fifth no more than six times the second's processor time: in a run of a hundred
 * thousand calls, walks through all that was deleted make it more than ten times. */
static void test_calls__take_no_more_memory_and_time_for_what_was_before(void **state)
{
    (void)state;
    enum { SLACK_BYTES = 8 << 20, PARTS = 5, TIMES_MAX = 6 };
    const int calls = wanted_calls() / PARTS;
    const long page = sysconf(_SC_PAGESIZE);
    struct worker w = {.number = 0, .owner = "w"};
    long pages[PARTS] = {0};
    double us[PARTS] = {0};
    for (int part = 0; part < PARTS; part++) {
        us[part] = make_calls(&w, part * calls, calls);
        pages[part] = resident_pages();
        print_message("%d calls: %ld MiB, %.1f us a call\n", (part + 1) * calls,
                      pages[part] * page >> 20, us[part]);
    }
    const long middle = pages[PARTS / 2];
    assert_true(pages[PARTS - 1] <= middle + middle / 10 + SLACK_BYTES / page);
    assert_true(us[PARTS - 1] <= us[1] * TIMES_MAX);
    place_close(db);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_threads__of_one_handle_do_not_disturb_each_other),
        TEST(test_threads__are_canceled_and_closed_upon),
        TEST(test_calls__take_no_more_memory_and_time_for_what_was_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
