/* past_test.c -- S7 of store.h, held against every kind of store.
 *
 * The clock is the test's own, so nothing waits. The past reaches back 320 ms, and a step of it is
 * 10 ms long. One test beside writers takes the machine's clock.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "base/bytes.h"
#include "store/store_box.h"

enum { PAST_MS = 320, STEP_MS = 10 };

static void put_number(struct store *store, uint64_t number)
{
    uint8_t bytes[sizeof number];
    bytes_store_u64(bytes, number);
    assert_int_equal(store_box_put(store, SPAN("n"), (struct span){bytes, sizeof bytes}), ST_OK);
}

static status read_number(struct store_view *view, void *ctx)
{
    uint64_t *number = ctx;
    struct span value = {0};
    bool found = false;
    *number = 0;
    TRY(store_view_get(view, SPAN("n"), &value, &found));
    if (found) *number = bytes_load_u64(value.ptr);
    return ST_OK;
}

static uint64_t past_number(struct store *store)
{
    uint64_t number = 0;
    assert_int_equal(store_read_past(store, read_number, &number), ST_OK);
    return number;
}

static void assert_past(struct store_box *box, uint64_t clock_ms, uint64_t expected)
{
    box->clock_ms = clock_ms;
    assert_int_equal(past_number(box->store), expected);
}

static void test_s7__without_a_past_the_newest_state_is_read(void **state)
{
    struct store_box *box = *state;
    assert_int_equal(past_number(box->store), 0);
    put_number(box->store, 1);
    assert_int_equal(past_number(box->store), 1);
}

static void test_s7__a_write_is_seen_when_it_is_as_old_as_the_past(void **state)
{
    struct store_box *box = *state;
    box->clock_ms = 1000;
    store_box_past(box, PAST_MS, NULL);
    put_number(box->store, 1); /* in the very moment of the opening */
    assert_int_equal(store_box_number(box->store, SPAN("n")), 1);
    assert_past(box, 1000, 0);
    box->clock_ms = 1100;
    put_number(box->store, 2);
    assert_int_equal(store_box_number(box->store, SPAN("n")), 2);
    assert_past(box, 1319, 0);
    assert_past(box, 1320, 1);
    assert_past(box, 1419, 1);
    assert_int_equal(store_box_number(box->store, SPAN("n")), 2); /* not what was just read */
    assert_past(box, 1419, 1);
    assert_past(box, 1420, 2);
    assert_past(box, 900000, 2);
    assert_int_equal(store_box_number(box->store, SPAN("n")), 2);
}

/* A number is written each millisecond: the time since the opening. */
static void test_s7__the_past_is_at_most_a_step_too_old_and_never_too_new(void **state)
{
    struct store_box *box = *state;
    store_box_past(box, PAST_MS, NULL);
    uint64_t before = 0;
    for (uint64_t now = 1; now < 3 * PAST_MS; now++) {
        box->clock_ms = now;
        put_number(box->store, now);
        const uint64_t wanted = now < PAST_MS ? 0 : now - PAST_MS;
        const uint64_t seen = past_number(box->store);
        assert_true(seen <= wanted);
        assert_true(seen + STEP_MS > wanted);
        assert_true(seen >= before);
        before = seen;
    }
}

/* Bursts of a few milliseconds, then rest: the last write of a burst is not lost. */
static void test_s7__rest_after_a_burst_shows_its_last_write(void **state)
{
    struct store_box *box = *state;
    store_box_past(box, PAST_MS, NULL);
    uint64_t number = 0;
    for (uint64_t burst = 1; burst <= 3; burst++) {
        for (uint64_t i = 0; i < 5; i++) {
            box->clock_ms = burst * 100 + i;
            put_number(box->store, ++number);
        }
    }
    for (uint64_t burst = 1; burst <= 3; burst++) {
        assert_past(box, burst * 100 + 5 + PAST_MS, burst * 5);
        assert_past(box, burst * 100 + 99 + PAST_MS, burst * 5);
    }
}

static void test_s7__a_crash_or_stop_leaves_no_past(void **state)
{
    struct store_box *box = *state;
    if (!box->mode->on_disk) return; /* memory has nothing that survives */
    store_box_past(box, PAST_MS, NULL);
    put_number(box->store, 1);
    assert_int_equal(past_number(box->store), 0);
    store_box_restart(box);
    assert_int_equal(past_number(box->store), 1);
}

struct wanted {
    uint64_t at_least;
    uint64_t seen;
    int runs;
};

static status read_wanted(struct store_view *view, void *ctx)
{
    struct wanted *wanted = ctx;
    wanted->runs++;
    TRY(read_number(view, &wanted->seen));
    return wanted->seen >= wanted->at_least ? ST_OK : ST_TOO_OLD;
}

static void test_s7__a_function_may_refuse_states_until_one_is_new_enough(void **state)
{
    struct store_box *box = *state;
    store_box_past(box, PAST_MS, NULL);
    for (uint64_t n = 1; n <= 3; n++) {
        box->clock_ms = n * 100;
        put_number(box->store, n);
    }
    struct wanted wanted = {.at_least = 2};
    assert_int_equal(store_read_past(box->store, read_wanted, &wanted), ST_OK);
    assert_int_equal(wanted.seen, 2);
    assert_int_equal(wanted.runs, 3); /* over 0, 1 and 2 */
    wanted = (struct wanted){.at_least = 4};
    assert_int_equal(store_read_past(box->store, read_wanted, &wanted), ST_TOO_OLD);
    assert_int_equal(wanted.seen, 3);
    put_number(box->store, 4); /* at the same time as 3 */
    wanted = (struct wanted){.at_least = 4};
    assert_int_equal(store_read_past(box->store, read_wanted, &wanted), ST_OK);
}

static status fail_at_once(struct store_view *view, void *ctx)
{
    (void)view;
    (*(int *)ctx)++;
    return ST_LIMIT;
}

static void test_s7__another_failure_is_the_answer(void **state)
{
    struct store_box *box = *state;
    int runs = 0;
    store_box_past(box, PAST_MS, NULL);
    put_number(box->store, 1);
    assert_int_equal(store_read_past(box->store, fail_at_once, &runs), ST_LIMIT);
    assert_int_equal(runs, 1);
}

/* ---- beside writers */

static status put_both(struct store_txn *txn, void *ctx)
{
    const uint64_t *number = ctx;
    TRY(store_box_txn_put_number(txn, SPAN("a"), *number));
    return store_box_txn_put_number(txn, SPAN("b"), *number);
}

struct race {
    struct store *store;
    atomic_bool over;
    _Atomic uint64_t reads;
};

static status read_both(struct store_view *view, void *ctx)
{
    uint64_t *numbers = ctx;
    struct span value = {0};
    bool found = false;
    TRY(store_view_get(view, SPAN("a"), &value, &found));
    numbers[0] = found ? bytes_load_u64(value.ptr) : 0;
    TRY(store_view_get(view, SPAN("b"), &value, &found));
    numbers[1] = found ? bytes_load_u64(value.ptr) : 0;
    return ST_OK;
}

/* Returns what was wrong, since cmocka's asserts are for the main thread. */
static const char *check_past(struct store *store, uint64_t *before)
{
    uint64_t numbers[2] = {0};
    if (store_read_past(store, read_both, numbers) != ST_OK) return "the read failed";
    if (numbers[0] != numbers[1]) return "the view changed while it was read";
    if (numbers[0] < *before) return "a later view was older";
    *before = numbers[0];
    return NULL;
}

static void *reader_main(void *ctx)
{
    struct race *race = ctx;
    const char *wrong = NULL;
    uint64_t before = 0;
    while (wrong == NULL && !atomic_load(&race->over)) {
        wrong = check_past(race->store, &before);
        atomic_fetch_add(&race->reads, 1);
    }
    return (void *)(uintptr_t)wrong;
}

static void test_s7__a_view_of_the_past_is_consistent_beside_writers(void **state)
{
    struct store_box *box = *state;
    store_box_past(box, 2, os_system());
    struct race race = {.store = box->store};
    pthread_t readers[3];
    for (size_t i = 0; i < ARRAY_COUNT(readers); i++)
        assert_int_equal(pthread_create(&readers[i], NULL, reader_main, &race), 0);
    for (uint64_t n = 1; n <= 500 || atomic_load(&race.reads) < 500; n++)
        assert_int_equal(store_write_wait(box->store, put_both, &n), ST_OK);
    atomic_store(&race.over, true);
    for (size_t i = 0; i < ARRAY_COUNT(readers); i++) {
        void *wrong = NULL;
        pthread_join(readers[i], &wrong);
        if (wrong != NULL) fail_msg("%s", (const char *)wrong);
    }
}

/* ---- the suite */

#define TESTS(X)                                                                                   \
    X(test_s7__without_a_past_the_newest_state_is_read)                                            \
    X(test_s7__a_write_is_seen_when_it_is_as_old_as_the_past)                                      \
    X(test_s7__the_past_is_at_most_a_step_too_old_and_never_too_new)                               \
    X(test_s7__rest_after_a_burst_shows_its_last_write)                                            \
    X(test_s7__a_crash_or_stop_leaves_no_past)                                                     \
    X(test_s7__a_function_may_refuse_states_until_one_is_new_enough)                               \
    X(test_s7__another_failure_is_the_answer)                                                      \
    X(test_s7__a_view_of_the_past_is_consistent_beside_writers)

int main(void)
{
    int failed = 0;
    STORE_BOX_RUN(TESTS, failed);
    return failed;
}
