/* values_test.c -- keys, values, walks and memory, held against every kind of store.
 *
 * The model is a sorted array of 64 numbers; the store is compared with it after every write,
 * through gets and walks in both directions, and closed and opened again now and then.
 */
#include <unistd.h>

#include "base/bytes.h"
#include "store/store_box.h"

/* ---- keys, values, walks */

enum { BULKY_COUNT = 500, BULKY_BYTES = 16384, TIDY_WAIT_MS = 20000, KEPT_COUNT = 64 };

static void put_bulky(struct store *store, uint8_t prefix)
{
    static uint8_t bytes[BULKY_BYTES];
    struct support_random random = {prefix};
    for (uint32_t i = 0; i < BULKY_COUNT; i++) {
        uint8_t key[5] = {prefix};
        bytes_store_u32_be(key + 1, i);
        for (size_t at = 0; at < sizeof bytes; at += sizeof(uint64_t))
            bytes_store_u64(bytes + at, support_random_next(&random));
        assert_int_equal(store_box_put(store, (struct span){key, sizeof key},
                                       (struct span){bytes, sizeof bytes}),
                         ST_OK);
    }
}

static void test_delete_range__gives_the_room_back(void **state)
{
    struct store_box *box = *state;
    put_bulky(box->store, 'p');
    put_bulky(box->store, 'q');
    assert_int_equal(store_box_delete_range(box->store, SPAN("p"), SPAN("q")), ST_OK);
    struct store_stats stats;
    const uint64_t one_half = (uint64_t)BULKY_COUNT * BULKY_BYTES;
    size_t waited_ms = 0;
    for (; waited_ms < TIDY_WAIT_MS; waited_ms += 10) {
        store_stats(box->store, &stats);
        if (stats.disk_bytes < one_half * 3 / 2) break;
        usleep(10000);
    }
    assert_true(waited_ms < TIDY_WAIT_MS);
    assert_true(stats.disk_bytes >= one_half); /* the other half is still there */
}

static void put_and_read(struct store *store, uint8_t prefix, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const uint8_t key[] = {prefix, (uint8_t)i};
        assert_int_equal(store_box_put(store, (struct span){key, sizeof key}, SPAN("value")),
                         ST_OK);
        const struct store_box_value got = store_box_get(store, (struct span){key, sizeof key});
        assert_string_equal(got.text, "value");
    }
}

static uint64_t kept_bytes(struct store *store)
{
    struct store_stats stats;
    store_stats(store, &stats);
    return stats.recent_bytes;
}

static void test_delete_range__leaves_what_is_kept_of_other_keys(void **state)
{
    struct store_box *box = *state;
    put_and_read(box->store, 'p', KEPT_COUNT);
    const uint64_t others = kept_bytes(box->store);
    assert_true(others > 0);
    put_and_read(box->store, 'q', 1);
    assert_true(kept_bytes(box->store) > others);
    assert_int_equal(store_box_delete_range(box->store, SPAN("q"), SPAN("r")), ST_OK);
    assert_int_equal(kept_bytes(box->store), others);
}

static const size_t value_sizes[] = {0, 1, 127, 128, 4096, 65536, 400 * 1024};

struct patterns {
    uint8_t *bytes; /* as many as the largest value has */
};

static struct span pattern_key(size_t i, uint8_t out[3])
{
    const uint8_t key[] = {0xFF, 0, (uint8_t)i};
    memcpy(out, key, sizeof key);
    return (struct span){out, sizeof key};
}

static status patterns_read(struct store_view *view, void *ctx)
{
    const struct patterns *patterns = ctx;
    for (size_t i = 0; i < ARRAY_COUNT(value_sizes); i++) {
        uint8_t key[3];
        struct span value = {0};
        bool found = false;
        TRY(store_view_get(view, pattern_key(i, key), &value, &found));
        assert_true(found);
        assert_true(span_eq(value, (struct span){patterns->bytes + i, value_sizes[i]}));
    }
    return ST_OK;
}

static void test_values__of_every_size_come_back(void **state)
{
    struct store_box *box = *state;
    static uint8_t bytes[400 * 1024 + ARRAY_COUNT(value_sizes)];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; i < ARRAY_COUNT(value_sizes); i++) {
        uint8_t key[3];
        const struct span value = {bytes + i, value_sizes[i]};
        assert_int_equal(store_box_put(box->store, pattern_key(i, key), value), ST_OK);
    }
    struct patterns patterns = {bytes};
    assert_int_equal(store_read(box->store, patterns_read, &patterns), ST_OK);
    store_box_restart(box);
    assert_int_equal(store_read(box->store, patterns_read, &patterns), ST_OK);
}

static void test_stats__count_writes_and_bytes(void **state)
{
    struct store_box *box = *state;
    struct store_stats before;
    store_stats(box->store, &before);
    static uint8_t bytes[100000];
    for (uint8_t i = 1; i <= 20; i++)
        assert_int_equal(
            store_box_put(box->store, (struct span){&i, 1}, (struct span){bytes, sizeof bytes}),
            ST_OK);
    struct store_stats after;
    store_stats(box->store, &after);
    assert_int_equal(after.writes - before.writes, 20);
    assert_true(after.batches - before.batches <= 20);
    assert_int_equal(after.syncs > before.syncs, box->mode == &store_mode_sync);
    assert_true(after.disk_bytes > 0);
}

enum { MANY = 300 };

static status many_put_run(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    for (uint32_t i = 0; i < MANY; i++) {
        uint8_t key[5] = {'m'};
        bytes_store_u32_be(key + 1, i);
        TRY(store_box_txn_put_number(txn, (struct span){key, sizeof key}, i * 3));
    }
    return ST_OK;
}

static status many_get_run(struct store_view *view, void *ctx)
{
    struct span *values = ctx;
    for (uint32_t i = 0; i < MANY; i++) {
        uint8_t key[5] = {'m'};
        bytes_store_u32_be(key + 1, i);
        bool found = false;
        TRY(store_view_get(view, (struct span){key, sizeof key}, &values[i], &found));
        assert_true(found);
    }
    for (uint32_t i = 0; i < MANY; i++) assert_int_equal(bytes_load_u64(values[i].ptr), i * 3);
    return ST_OK;
}

static void test_view__every_value_handed_out_lives_until_the_end(void **state)
{
    struct store_box *box = *state;
    static struct span values[MANY];
    assert_int_equal(store_write_wait(box->store, many_put_run, NULL), ST_OK);
    store_box_restart(box);
    assert_int_equal(store_read(box->store, many_get_run, values), ST_OK);
}

/* The second time all values are kept in the store: only a list of them would take memory. */
static status many_forget_run(struct store_view *view, void *ctx)
{
    const bool *again = ctx;
    if (*again) support_mem_fail_at(1);
    for (uint32_t i = 0; i < MANY; i++) {
        uint8_t key[5] = {'m'};
        struct span value = {0};
        bytes_store_u32_be(key + 1, i);
        bool found = false;
        TRY(store_view_get(view, (struct span){key, sizeof key}, &value, &found));
        assert_true(found);
        assert_int_equal(bytes_load_u64(value.ptr), i * 3);
        store_view_forget(view);
    }
    return ST_OK;
}

static void test_view__holds_nothing_of_what_it_was_told_to_forget(void **state)
{
    struct store_box *box = *state;
    assert_int_equal(store_write_wait(box->store, many_put_run, NULL), ST_OK);
    bool again = false;
    assert_int_equal(store_read(box->store, many_forget_run, &again), ST_OK);
    again = true;
    assert_int_equal(store_read(box->store, many_forget_run, &again), ST_OK);
    assert_false(support_mem_failed());
    support_mem_fail_at(0);
}

struct walk_case {
    const char *low;
    const char *high;
    const char *expected; /* the values met, in order; backwards in reverse */
};

struct walk_run {
    const struct walk_case *walk;
    bool backward;
    char met[64];
};

static status walk_read(struct store_view *view, void *ctx)
{
    struct walk_run *run = ctx;
    struct store_cursor *cursor = NULL;
    const struct store_range range = {span_of(run->walk->low), span_of(run->walk->high)};
    TRY(store_view_walk(view, range, run->backward, &cursor));
    bool found = true;
    size_t len = 0;
    for (size_t i = 0; i < 32; i++) { /* on past the end: it must stay the end */
        struct span key = {0};
        struct span value = {0};
        assert_int_equal(store_cursor_next(cursor, &key, &value, &found), ST_OK);
        if (!found) continue;
        assert_int_equal(value.len, 1);
        run->met[len++] = (char)value.ptr[0];
    }
    run->met[len] = '\0';
    store_cursor_close(cursor);
    return ST_OK;
}

static void reverse(const char *text, char *out)
{
    const size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) out[i] = text[len - 1 - i];
    out[len] = '\0';
}

static void test_walk__keeps_to_its_range_in_both_directions(void **state)
{
    struct store_box *box = *state;
    const char *keys[] = {"\x01", "a", "aa", "ab", "b", "b\x01", "c", "\xFF\xFF"};
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        const uint8_t value = (uint8_t)('1' + i);
        assert_int_equal(store_box_put(box->store, span_of(keys[i]), (struct span){&value, 1}),
                         ST_OK);
    }
    static const struct walk_case cases[] = {
        {"",     "",         "12345678"},
        {"a",    "b",        "234"     },
        {"a",    "b\x01",    "2345"    },
        {"aa",   "",         "345678"  },
        {"",     "a",        "1"       },
        {"b",    "b",        ""        },
        {"c",    "a",        ""        },
        {"d",    "e",        ""        },
        {"\xFF", "",         "8"       },
        {"b",    "\xFF\xFF", "567"     },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct walk_run run = {.walk = &cases[i]};
        assert_int_equal(store_read(box->store, walk_read, &run), ST_OK);
        assert_string_equal(run.met, cases[i].expected);
        run.backward = true;
        assert_int_equal(store_read(box->store, walk_read, &run), ST_OK);
        char expected[64];
        reverse(cases[i].expected, expected);
        assert_string_equal(run.met, expected);
    }
}

struct seek_case {
    const char *to;
    char met; /* 0: the end */
};

static status seek_read(struct store_view *view, void *ctx)
{
    const struct seek_case *cases = ctx;
    struct store_cursor *cursor = NULL;
    TRY(store_view_walk(view, (struct store_range){SPAN("b"), SPAN("f")}, false, &cursor));
    for (size_t i = 0; cases[i].to != NULL; i++) {
        struct span key = {0}, value = {0};
        bool found = false;
        store_cursor_seek(cursor, span_of(cases[i].to));
        assert_int_equal(store_cursor_next(cursor, &key, &value, &found), ST_OK);
        assert_int_equal(found ? (char)key.ptr[0] : 0, cases[i].met);
    }
    store_cursor_close(cursor);
    return ST_OK;
}

static void test_walk__goes_on_where_it_is_told_within_its_range(void **state)
{
    struct store_box *box = *state;
    static struct seek_case cases[] = {
        {"c",     'c'},
        {"b",     'b'},
        {"c\x01", 'd'},
        {"e",     'e'},
        {"e\x01", 0  },
        {"bb",    'c'},
        {"a",     'b'},
        {"z",     0  },
        {"d",     'd'},
        {NULL,    0  },
    };
    const char *keys[] = {"a", "b", "c", "d", "e", "f"};
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++)
        assert_int_equal(store_box_put(box->store, span_of(keys[i]), SPAN("x")), ST_OK);
    assert_int_equal(store_read(box->store, seek_read, cases), ST_OK);
}

static status sequence_run(struct store_txn *txn, void *ctx)
{
    *(uint64_t *)ctx = store_txn_sequence(txn);
    return ST_OK;
}

static void test_sequence__grows_across_restarts(void **state)
{
    struct store_box *box = *state;
    if (!box->mode->on_disk) return;
    uint64_t before = 0;
    for (size_t i = 0; i < 5; i++) {
        uint64_t sequence = 0;
        assert_int_equal(store_write_wait(box->store, sequence_run, &sequence), ST_OK);
        assert_true(sequence > before);
        before = sequence;
        store_box_restart(box);
    }
}

/* ---- memory that runs out */

static status increment_run(struct store_txn *txn, void *ctx)
{
    (void)ctx;
    uint64_t number = 0;
    TRY(store_box_txn_number(txn, SPAN("counter"), &number));
    return store_box_txn_put_number(txn, SPAN("counter"), number + 1);
}

static void test_memory__a_failed_allocation_fails_one_call_and_nothing_else(void **state)
{
    struct store_box *box = *state;
    uint64_t expected = 0;
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        support_mem_fail_at(nth);
        const status st = store_write_wait(box->store, increment_run, NULL);
        fired = support_mem_failed();
        support_mem_fail_at(0);
        assert_true(st == ST_OK || st == ST_NO_MEMORY);
        if (st == ST_OK) expected++;
        assert_int_equal(store_box_number(box->store, SPAN("counter")), expected);
        assert_true(nth < 100);
    }
    assert_false(store_failure(box->store, NULL));
}

/* Keeping what was read (recent.h) is a favour: without memory for it the read succeeds. */
static void test_memory__a_failed_allocation_fails_a_read_alone(void **state)
{
    struct store_box *box = *state;
    static struct span values[MANY];
    assert_int_equal(store_write_wait(box->store, many_put_run, NULL), ST_OK);
    bool has_refused = false;
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        support_mem_fail_at(nth);
        const status st = store_read(box->store, many_get_run, values);
        fired = support_mem_failed();
        support_mem_fail_at(0);
        assert_true(st == ST_OK || (fired && st == ST_NO_MEMORY));
        if (st == ST_NO_MEMORY) has_refused = true;
        assert_true(nth < 2 * MANY);
    }
    assert_true(has_refused);
}

/* ---- a random run beside a sorted array */

enum { MODEL_KEYS = 64, MODEL_ROUNDS = 3000 };

/* Key number n is written so that numbers and keys sort alike. */
struct model {
    uint32_t values[MODEL_KEYS]; /* 0: not there */
    struct support_random *random;
};

static struct span model_key(uint32_t n, uint8_t out[2])
{
    out[0] = (uint8_t)(1 + n / 8);
    out[1] = (uint8_t)(n % 8 * 31);
    return (struct span){out, 2};
}

static status model_write_run(struct store_txn *txn, void *ctx)
{
    struct model *model = ctx;
    struct model next = *model;
    const uint32_t changes = support_random_below(model->random, 6);
    for (uint32_t i = 0; i < changes; i++) {
        const uint32_t n = support_random_below(model->random, MODEL_KEYS);
        uint8_t key[2];
        uint64_t stored = 0;
        TRY(store_box_txn_number(txn, model_key(n, key), &stored));
        assert_int_equal(stored, next.values[n]);
        next.values[n] = support_random_below(model->random, 3) * (1 + i + n);
        if (next.values[n] == 0) TRY(store_txn_delete(txn, model_key(n, key)));
        if (next.values[n] != 0)
            TRY(store_box_txn_put_number(txn, model_key(n, key), next.values[n]));
    }
    if (support_random_below(model->random, 5) == 0) return ST_CONDITION_FAILED;
    *model = next;
    return ST_OK;
}

static status model_range_run(struct store_txn *txn, void *ctx)
{
    struct model *model = ctx;
    const uint32_t low = support_random_below(model->random, MODEL_KEYS);
    const uint32_t high = support_random_below(model->random, MODEL_KEYS);
    uint8_t low_key[2];
    uint8_t high_key[2];
    const struct store_range range = {model_key(low, low_key), model_key(high, high_key)};
    TRY(store_txn_delete_range(txn, range));
    for (uint32_t n = low; n < high; n++) model->values[n] = 0;
    return ST_OK;
}

static status model_walk(struct store_view *view, const struct model *model, bool backward)
{
    const uint32_t low = support_random_below(model->random, MODEL_KEYS);
    const uint32_t high = low + support_random_below(model->random, MODEL_KEYS - low);
    uint8_t low_key[2];
    uint8_t high_key[2];
    struct store_cursor *cursor = NULL;
    const struct store_range range = {model_key(low, low_key), model_key(high, high_key)};
    TRY(store_view_walk(view, range, backward, &cursor));
    struct span key = {0};
    struct span value = {0};
    bool found = false;
    for (uint32_t i = low; i < high; i++) {
        const uint32_t n = backward ? high - 1 - (i - low) : i;
        if (model->values[n] == 0) continue;
        assert_int_equal(store_cursor_next(cursor, &key, &value, &found), ST_OK);
        assert_true(found);
        uint8_t expected[2];
        assert_true(span_eq(key, model_key(n, expected)));
        assert_int_equal(bytes_load_u64(value.ptr), model->values[n]);
    }
    assert_int_equal(store_cursor_next(cursor, &key, &value, &found), ST_OK);
    assert_false(found);
    store_cursor_close(cursor);
    return ST_OK;
}

static status model_check(struct store_view *view, void *ctx)
{
    const struct model *model = ctx;
    TRY(model_walk(view, model, support_random_below(model->random, 2) == 1));
    const uint32_t n = support_random_below(model->random, MODEL_KEYS);
    uint8_t key[2];
    struct span value = {0};
    bool found = false;
    TRY(store_view_get(view, model_key(n, key), &value, &found));
    assert_int_equal(found, model->values[n] != 0);
    if (found) assert_int_equal(bytes_load_u64(value.ptr), model->values[n]);
    return ST_OK;
}

static void test_model__a_random_run_agrees_with_a_sorted_array(void **state)
{
    struct store_box *box = *state;
    struct support_random random = support_random();
    struct model model = {.random = &random};
    for (size_t i = 0; i < MODEL_ROUNDS; i++) {
        const bool range = support_random_below(&random, 40) == 0;
        const status st =
            store_write_wait(box->store, range ? model_range_run : model_write_run, &model);
        assert_true(st == ST_OK || st == ST_CONDITION_FAILED);
        assert_int_equal(store_read(box->store, model_check, &model), ST_OK);
        if (support_random_below(&random, 300) == 0) store_box_restart(box);
    }
}

/* ---- the suite */

#define TESTS(X)                                                                                   \
    X(test_delete_range__gives_the_room_back)                                                      \
    X(test_delete_range__leaves_what_is_kept_of_other_keys)                                        \
    X(test_values__of_every_size_come_back)                                                        \
    X(test_stats__count_writes_and_bytes)                                                          \
    X(test_view__every_value_handed_out_lives_until_the_end)                                       \
    X(test_view__holds_nothing_of_what_it_was_told_to_forget)                                      \
    X(test_walk__keeps_to_its_range_in_both_directions)                                            \
    X(test_walk__goes_on_where_it_is_told_within_its_range)                                        \
    X(test_sequence__grows_across_restarts)                                                        \
    X(test_memory__a_failed_allocation_fails_one_call_and_nothing_else)                            \
    X(test_memory__a_failed_allocation_fails_a_read_alone)                                         \
    X(test_model__a_random_run_agrees_with_a_sorted_array)

int main(void)
{
    int failed = 0;
    STORE_BOX_RUN(TESTS, failed);
    return failed;
}
