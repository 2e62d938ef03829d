/* held_test.c -- S8 of store.h: a state that is held, in every kind of store.
 *
 * The values read lately (recent.h) are shared by readers of all states, so each test reads the
 * held state both before and after the newest one was read.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/bytes.h"
#include "store/store_box.h"

struct reading {
    uint64_t number;
    size_t walked;
};

static status read_number(struct store_view *view, void *ctx)
{
    struct reading *reading = ctx;
    struct span value = {0};
    bool found = false;
    reading->number = 0;
    TRY(store_view_get(view, SPAN("n"), &value, &found));
    if (found) reading->number = bytes_load_u64(value.ptr);
    return ST_OK;
}

static uint64_t held_number(struct store *store, struct snapshot *held)
{
    struct reading reading = {0};
    assert_int_equal(store_read_held(store, held, read_number, &reading), ST_OK);
    return reading.number;
}

static void put_number(struct store *store, uint64_t number)
{
    uint8_t bytes[sizeof number];
    bytes_store_u64(bytes, number);
    const struct span value = {bytes, sizeof bytes};
    assert_int_equal(store_box_put(store, SPAN("n"), value), ST_OK);
}

static void test_s8__a_held_state_stays_as_it_was(void **state)
{
    enum { STATES = 50 };
    struct store_box *box = *state;
    struct snapshot *held[STATES];
    for (uint64_t i = 0; i < STATES; i++) {
        held[i] = store_box_hold(box->store);
        assert_int_equal(held_number(box->store, held[i]), i);
        put_number(box->store, i + 1);
        assert_int_equal(held_number(box->store, held[i]), i);
    }
    assert_int_equal(store_box_number(box->store, SPAN("n")), STATES);
    for (uint64_t i = 0; i < STATES; i++) {
        assert_int_equal(held_number(box->store, held[i]), i);
        store_let_go(held[i]);
    }
}

static status walk(struct store_view *view, void *ctx)
{
    struct reading *reading = ctx;
    struct store_cursor *cursor = NULL;
    bool found = true;
    status st = ST_OK;
    TRY(store_view_walk(view, (struct store_range){SPAN("a"), SPAN("b")}, false, &cursor));
    while (st == ST_OK && found) {
        struct span key = {0}, value = {0};
        st = store_cursor_next(cursor, &key, &value, &found);
        reading->walked += found ? 1 : 0;
    }
    store_cursor_close(cursor);
    return st;
}

static void test_s8__a_deleted_range_is_still_there(void **state)
{
    enum { KEYS = 300 };
    struct store_box *box = *state;
    char key[16];
    for (int i = 0; i < KEYS; i++) {
        (void)snprintf(key, sizeof key, "a%04d", i);
        assert_int_equal(store_box_put(box->store, span_of(key), SPAN("x")), ST_OK);
    }
    struct snapshot *held = store_box_hold(box->store);
    assert_int_equal(store_box_delete_range(box->store, SPAN("a"), SPAN("b")), ST_OK);
    struct reading then = {0}, now = {0};
    assert_int_equal(store_read(box->store, walk, &now), ST_OK);
    assert_int_equal(store_read_held(box->store, held, walk, &then), ST_OK);
    assert_int_equal(now.walked, 0);
    assert_int_equal(then.walked, KEYS);
    store_let_go(held);
}

/* ---- many at once */

struct holder {
    struct store *store;
    atomic_bool over;
    pthread_t thread;
    const char *wrong;
};

static void *holder_main(void *ctx)
{
    struct holder *holder = ctx;
    uint64_t before = 0;
    while (!atomic_load(&holder->over) && holder->wrong == NULL) {
        struct snapshot *held = store_box_hold(holder->store);
        const uint64_t number = held_number(holder->store, held);
        if (number < before) holder->wrong = "a later state was older";
        for (int i = 0; i < 5 && holder->wrong == NULL; i++)
            if (held_number(holder->store, held) != number) holder->wrong = "a held state changed";
        store_let_go(held);
        before = number;
    }
    return NULL;
}

static void test_s8__holding_beside_a_writer(void **state)
{
    struct store_box *box = *state;
    struct holder holders[3];
    for (size_t i = 0; i < ARRAY_COUNT(holders); i++) {
        holders[i] = (struct holder){.store = box->store};
        assert_int_equal(pthread_create(&holders[i].thread, NULL, holder_main, &holders[i]), 0);
    }
    for (uint64_t i = 1; i <= 400; i++) put_number(box->store, i);
    for (size_t i = 0; i < ARRAY_COUNT(holders); i++) {
        atomic_store(&holders[i].over, true);
        pthread_join(holders[i].thread, NULL);
        if (holders[i].wrong != NULL) fail_msg("%s", holders[i].wrong);
    }
}

#define TESTS(X)                                                                                   \
    X(test_s8__a_held_state_stays_as_it_was)                                                       \
    X(test_s8__a_deleted_range_is_still_there)                                                     \
    X(test_s8__holding_beside_a_writer)

int main(void)
{
    int failed = 0;
    STORE_BOX_RUN(TESTS, failed);
    return failed;
}
