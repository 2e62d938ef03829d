/* walks_test.c -- walks over what was deleted: what they cost and that they miss nothing, held
 * against every kind of store.
 *
 * A walk's cost is counted: the entries that RocksDB stepped over, by its own counts. Whether walks
 * are right is asked of a model, an array, by random walks in both directions over the newest state
 * and a held one, while stretches of it are deleted and filled; and by readers beside a queue that
 * others fill, empty, and now and then put something back into.
 */
#include <pthread.h>
#include <rocksdb/c.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/bytes.h"
#include "store/store_box.h"

enum { KEY_BYTES = 6 };

static struct span key_of(uint32_t n, uint8_t out[KEY_BYTES])
{
    memcpy(out, "qu", 2);
    bytes_store_u32_be(out + 2, n);
    return (struct span){out, KEY_BYTES};
}

static uint32_t number_at(struct span key)
{
    assert_int_equal(key.len, KEY_BYTES);
    return bytes_load_u32_be(key.ptr + 2);
}

/* Put or delete the keys from `low` on and below `high`. */
struct stretch {
    uint32_t low;
    uint32_t high;
    bool deletes;
};

static status stretch_run(struct store_txn *txn, void *ctx)
{
    const struct stretch *stretch = ctx;
    for (uint32_t n = stretch->low; n < stretch->high; n++) {
        uint8_t key[KEY_BYTES];
        if (stretch->deletes) TRY(store_txn_delete(txn, key_of(n, key)));
        if (!stretch->deletes) TRY(store_txn_put(txn, key_of(n, key), SPAN("here")));
    }
    return ST_OK;
}

static void change(struct store *store, uint32_t low, uint32_t high, bool deletes)
{
    enum { STEP = 1000 };
    while (low < high) {
        struct stretch stretch = {low, high - low < STEP ? high : low + STEP, deletes};
        assert_int_equal(store_write_wait(store, stretch_run, &stretch), ST_OK);
        low = stretch.high;
    }
}

/* ---- the cost */

struct look {
    uint32_t low, high;
    bool backward;
    uint32_t count_max; /* 0: to the end */
    uint32_t count;
    uint32_t first; /* key that it met */
    uint64_t stepped;
};

static uint64_t stepped_over(void)
{
    rocksdb_perfcontext_t *counts = rocksdb_perfcontext_create();
    const uint64_t sum = rocksdb_perfcontext_metric(counts, rocksdb_internal_delete_skipped_count) +
                         rocksdb_perfcontext_metric(counts, rocksdb_internal_key_skipped_count);
    rocksdb_perfcontext_destroy(counts);
    return sum;
}

static status look_run(struct store_view *view, void *ctx)
{
    struct look *look = ctx;
    uint8_t low[KEY_BYTES], high[KEY_BYTES];
    const struct store_range range = {key_of(look->low, low), key_of(look->high, high)};
    const uint64_t before = stepped_over();
    struct store_cursor *cursor = NULL;
    TRY(store_view_walk(view, range, look->backward, &cursor));
    bool found = true;
    while (found && (look->count_max == 0 || look->count < look->count_max)) {
        struct span key = {0}, value = {0};
        TRY(store_cursor_next(cursor, &key, &value, &found));
        if (found && look->count++ == 0) look->first = number_at(key);
    }
    store_cursor_close(cursor);
    look->stepped = stepped_over() - before;
    return ST_OK;
}

static struct look look_at(struct store *store, struct look look)
{
    assert_int_equal(store_read(store, look_run, &look), ST_OK);
    return look;
}

enum { MANY = 100000, SOME = 20000, LEFT = 50, FEW_STEPS = 1000 };

static void test_walk__is_cheap_again_after_many_deletions_at_its_front(void **state)
{
    const struct store_box *box = *state;
    const struct look front = {.high = 2 * MANY, .count_max = 10};
    change(box->store, 0, MANY + LEFT, false);
    change(box->store, 0, MANY, true);
    assert_true(look_at(box->store, front).stepped >= MANY);
    for (uint32_t more = 0; more < LEFT - 10; more++) {
        change(box->store, MANY + more, MANY + more + 1, true);
        change(box->store, MANY + LEFT + more, MANY + LEFT + more + 1, false);
        const struct look look = look_at(box->store, front);
        assert_int_equal(look.first, MANY + more + 1);
        assert_int_equal(look.count, 10);
        assert_true(look.stepped < FEW_STEPS);
    }
}

static void test_walk__is_cheap_again_in_both_directions_and_from_within(void **state)
{
    const struct store_box *box = *state;
    const struct look up = {.high = 2 * SOME};
    const struct look down = {.high = 2 * SOME, .backward = true};
    const struct look within = {.low = SOME / 2, .high = 2 * SOME, .count_max = 1};
    change(box->store, 0, SOME, false);
    change(box->store, LEFT, SOME - LEFT, true);
    assert_true(look_at(box->store, down).stepped >= SOME / 2);
    change(box->store, LEFT - 10, LEFT + 10, true); /* at both ends of the gap */
    change(box->store, SOME - LEFT - 10, SOME - LEFT + 10, true);
    const struct look looks[] = {look_at(box->store, up), look_at(box->store, down),
                                 look_at(box->store, within)};
    for (size_t i = 0; i < ARRAY_COUNT(looks); i++) assert_true(looks[i].stepped < FEW_STEPS);
    assert_int_equal(looks[0].count, 2 * (LEFT - 10));
    assert_int_equal(looks[1].count, 2 * (LEFT - 10));
    assert_int_equal(looks[1].first, SOME - 1);
    assert_int_equal(looks[2].first, SOME - LEFT + 10);
}

static void test_walk__over_nothing_is_cheap_until_something_is_there(void **state)
{
    const struct store_box *box = *state;
    const struct look all = {.high = SOME};
    change(box->store, 0, SOME, false);
    change(box->store, 0, SOME, true);
    assert_int_equal(look_at(box->store, all).count, 0);
    assert_true(look_at(box->store, all).stepped < FEW_STEPS);
    change(box->store, SOME / 2, SOME / 2 + 1, false);
    const struct look look = look_at(box->store, all);
    assert_int_equal(look.count, 1);
    assert_int_equal(look.first, SOME / 2);
}

/* ---- a model */

enum { KEYS = 1500, ROUNDS = 40, WALKS = 6 };

struct model {
    struct support_random *random;
    bool lives[KEYS];
};

static void model_change(struct store *store, struct model *model)
{
    const uint32_t low = support_random_below(model->random, KEYS);
    const bool deletes = support_random_below(model->random, 2) == 0;
    const uint32_t length = support_random_below(model->random, deletes ? 400 : 300);
    const uint32_t high = low + length < KEYS ? low + length : KEYS;
    change(store, low, high, deletes);
    for (uint32_t n = low; n < high; n++) model->lives[n] = !deletes;
}

/* The cursor shows `n`, or, at KEYS, the end. */
static void expect(struct store_cursor *cursor, uint32_t n)
{
    struct span key = {0}, value = {0};
    bool found = false;
    assert_int_equal(store_cursor_next(cursor, &key, &value, &found), ST_OK);
    assert_int_equal(found, n < KEYS);
    if (found) assert_int_equal(number_at(key), n);
}

static status model_walk(struct store_view *view, const struct model *model)
{
    const uint32_t low = support_random_below(model->random, KEYS);
    const uint32_t high = low + support_random_below(model->random, KEYS - low);
    const bool backward = support_random_below(model->random, 2) == 0;
    uint8_t low_key[KEY_BYTES], high_key[KEY_BYTES];
    const struct store_range range = {key_of(low, low_key), key_of(high, high_key)};
    struct store_cursor *cursor = NULL;
    TRY(store_view_walk(view, range, backward, &cursor));
    for (uint32_t i = low; i < high; i++) {
        const uint32_t n = backward ? high - 1 - (i - low) : i;
        if (model->lives[n]) expect(cursor, n);
    }
    expect(cursor, KEYS);
    expect(cursor, KEYS);
    store_cursor_close(cursor);
    return ST_OK;
}

/* Places in a walk of everything that are sought in any order. */
static status model_seek(struct store_view *view, const struct model *model)
{
    uint8_t low_key[KEY_BYTES], high_key[KEY_BYTES], key[KEY_BYTES];
    const struct store_range range = {key_of(0, low_key), key_of(KEYS, high_key)};
    struct store_cursor *cursor = NULL;
    TRY(store_view_walk(view, range, false, &cursor));
    for (int i = 0; i < WALKS; i++) {
        uint32_t n = support_random_below(model->random, KEYS);
        store_cursor_seek(cursor, key_of(n, key));
        for (int steps = 0; steps < 3 && n < KEYS; steps++, n++) {
            while (n < KEYS && !model->lives[n]) n++;
            expect(cursor, n);
        }
    }
    store_cursor_close(cursor);
    return ST_OK;
}

static status model_check(struct store_view *view, void *ctx)
{
    for (int i = 0; i < WALKS; i++) TRY(model_walk(view, ctx));
    return model_seek(view, ctx);
}

static void test_walks__agree_with_an_array_that_stretches_are_deleted_of(void **state)
{
    struct store_box *box = *state;
    struct support_random random = support_random();
    struct model model = {.random = &random};
    struct model then = model;
    struct snapshot *held = store_box_hold(box->store);
    for (int round = 0; round < ROUNDS; round++) {
        model_change(box->store, &model);
        assert_int_equal(store_read(box->store, model_check, &model), ST_OK);
        assert_int_equal(store_read_held(box->store, held, model_check, &then), ST_OK);
        if (support_random_below(&random, 10) > 0) continue;
        store_let_go(held);
        if (support_random_below(&random, 10) == 0) store_box_restart(box);
        held = store_box_hold(box->store);
        then = model;
    }
    store_let_go(held);
}

/* ---- beside writers */

enum { READERS = 3, TURNS = 500, AWAY = 100, BATCH = 5, BACK_TURNS = 20, REST_US = 200 };

struct queue {
    struct store *store;
    atomic_uint front; /* the first that is there, for all that was asked of the store */
    atomic_uint tail;  /* behind the last that was acknowledged */
    atomic_uint back;  /* one that was put back and acknowledged, and its turn; 0: none */
    atomic_bool is_over;
};

struct reader {
    pthread_t thread;
    struct queue *queue;
    bool backward;
    bool is_wrong;
    uint32_t seen_back;
};

struct sight {
    bool backward;
    bool is_broken; /* the queue had a hole */
    uint32_t first, last, count;
    uint32_t back; /* looked for */
    bool has_back;
};

/* What stands before the queue was put back; the queue itself has no holes. */
static void sight_meet(struct sight *sight, uint32_t n, uint32_t front)
{
    if (n == sight->back) sight->has_back = true;
    if (n < front) return;
    const uint32_t expected = sight->backward ? sight->last - 1 : sight->last + 1;
    if (sight->count++ > 0 && n != expected) sight->is_broken = true;
    if (sight->count == 1) sight->first = n;
    sight->last = n;
}

struct sight_run {
    struct sight sight;
    uint32_t front; /* as it was before */
};

static status sight_read(struct store_view *view, void *ctx)
{
    struct sight_run *run = ctx;
    uint8_t low[KEY_BYTES], high[KEY_BYTES];
    const struct store_range range = {key_of(0, low), key_of(UINT32_MAX, high)};
    struct store_cursor *cursor = NULL;
    bool found = true;
    TRY(store_view_walk(view, range, run->sight.backward, &cursor));
    while (found) {
        struct span key = {0}, value = {0};
        TRY(store_cursor_next(cursor, &key, &value, &found));
        if (found) sight_meet(&run->sight, number_at(key), run->front);
    }
    store_cursor_close(cursor);
    return ST_OK;
}

static bool is_right(const struct queue *queue, const struct sight *sight, uint32_t tail)
{
    const uint32_t low = sight->backward ? sight->last : sight->first;
    const uint32_t high = sight->backward ? sight->first : sight->last;
    if (sight->is_broken || sight->count == 0) return false;
    return high + 1 >= tail && low <= atomic_load(&queue->front);
}

static void *read_on(void *ctx)
{
    struct reader *reader = ctx;
    struct queue *queue = reader->queue;
    while (!atomic_load(&queue->is_over) && !reader->is_wrong) {
        usleep(REST_US); /* writers are to get on */
        const uint32_t back = atomic_load(&queue->back);
        const uint32_t tail = atomic_load(&queue->tail);
        struct sight_run run = {
            .front = atomic_load(&queue->front),
            .sight = {.backward = reader->backward, .back = back % TURNS}
        };
        if (store_read(queue->store, sight_read, &run) != ST_OK) reader->is_wrong = true;
        if (!is_right(queue, &run.sight, tail)) reader->is_wrong = true;
        if (back == 0 || atomic_load(&queue->back) != back) continue; /* came or went meanwhile */
        reader->seen_back++;
        if (!run.sight.has_back) reader->is_wrong = true;
    }
    return NULL;
}

/* Something from long ago is there for some turns. */
static void put_back(struct queue *queue, uint32_t turn)
{
    const uint32_t n = 1 + turn % 7;
    if (turn < AWAY) return;
    if (turn % (2 * BACK_TURNS) == 0) {
        change(queue->store, n, n + 1, false);
        atomic_store(&queue->back, n + turn * TURNS);
    }
    if (turn % (2 * BACK_TURNS) == BACK_TURNS) {
        const uint32_t back = atomic_exchange(&queue->back, 0) % TURNS;
        if (back > 0) change(queue->store, back, back + 1, true);
    }
}

static void fill_and_empty(struct queue *queue)
{
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        const uint32_t tail = atomic_load(&queue->tail);
        const uint32_t front = atomic_load(&queue->front);
        change(queue->store, tail, tail + BATCH, false);
        atomic_store(&queue->tail, tail + BATCH);
        atomic_store(&queue->front, front + BATCH);
        change(queue->store, front, front + BATCH, true);
        put_back(queue, turn);
    }
}

static void test_walks__miss_nothing_of_a_queue_beside_its_writers(void **state)
{
    struct store_box *box = *state;
    struct reader readers[READERS];
    struct queue queue = {.store = box->store, .front = 10, .tail = AWAY};
    uint32_t seen_back = 0;
    change(box->store, 10, AWAY, false);
    for (int i = 0; i < READERS; i++) {
        readers[i] = (struct reader){.queue = &queue, .backward = i % 2 == 1};
        assert_int_equal(pthread_create(&readers[i].thread, NULL, read_on, &readers[i]), 0);
    }
    fill_and_empty(&queue);
    atomic_store(&queue.is_over, true);
    for (int i = 0; i < READERS; i++) {
        assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
        assert_false(readers[i].is_wrong);
        seen_back += readers[i].seen_back;
    }
    assert_true(seen_back > 0);
}

#define TESTS(X)                                                                                   \
    X(test_walk__is_cheap_again_after_many_deletions_at_its_front)                                 \
    X(test_walk__is_cheap_again_in_both_directions_and_from_within)                                \
    X(test_walk__over_nothing_is_cheap_until_something_is_there)                                   \
    X(test_walks__agree_with_an_array_that_stretches_are_deleted_of)                               \
    X(test_walks__miss_nothing_of_a_queue_beside_its_writers)

int main(void)
{
    int failed = 0;
    STORE_BOX_RUN(TESTS, failed);
    return failed;
}
