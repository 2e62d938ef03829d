/* store_box.h -- what the tests of the store share: opening one in each mode, and plain words for
 * single puts and gets. */
#ifndef STATOR_TESTS_STORE_BOX_H
#define STATOR_TESTS_STORE_BOX_H

#include "store/store.h"
#include "support/support.h"

struct store_mode {
    const char *name;
    bool on_disk;
    store_durability durability;
    bool helped; /* a test that queues writes one by one marks them so */
};

extern const struct store_mode store_mode_sync;
extern const struct store_mode store_mode_relaxed;
extern const struct store_mode store_mode_memory;

/* The same, for tests that queue writes and help with them. */
extern const struct store_mode store_mode_sync_helped;
extern const struct store_mode store_mode_relaxed_helped;
extern const struct store_mode store_mode_memory_helped;

/* A store of `mode` in `dir` (unused in memory); the test fails if it does not open. */
struct store *store_box_open(const struct store_mode *mode, const char *dir);

/* What each test of the contract gets: a fresh store of a mode. */
struct store_box {
    const struct store_mode *mode;
    char *dir;
    struct store *store;

    uint32_t past_ms;  /* set by store_box_past */
    uint64_t clock_ms; /* what its clock shows */
    struct os os;
};

/* For cmocka; the state is a store_box whose mode is set. Memory not given back fails the test. */
int store_box_setup(void **state);
int store_box_teardown(void **state);

/* Close and open again; nothing happens in memory, where nothing would survive. */
void store_box_restart(struct store_box *box);

/* Close the fresh store and open it with a past. `os` NULL: box->clock_ms is the clock. */
void store_box_past(struct store_box *box, uint32_t past_ms, const struct os *os);

/* Run a suite once in each mode, all tests on fresh boxes. TESTS(X) lists them as X(test). The
 * number of failures is the value. */
#define STORE_BOX_ROW_(test) {#test, test, store_box_setup, store_box_teardown, &box},
#define STORE_BOX_RUN(TESTS, failed)                                                               \
    STORE_BOX_RUN_IN(TESTS, failed, &store_mode_sync, &store_mode_relaxed, &store_mode_memory)
#define STORE_BOX_RUN_IN(TESTS, failed, ...)                                                       \
    do {                                                                                           \
        const struct store_mode *const modes_[] = {__VA_ARGS__};                                   \
        for (size_t mode_ = 0; mode_ < ARRAY_COUNT(modes_); mode_++) {                             \
            struct store_box box = {.mode = modes_[mode_]};                                        \
            const struct CMUnitTest tests[] = {TESTS(STORE_BOX_ROW_)};                             \
            (failed) += cmocka_run_group_tests_name(box.mode->name, tests, NULL, NULL);            \
        }                                                                                          \
    } while (0)

/* Try to, for tests of refusals; the error's text goes to `text`. */
enum { STORE_BOX_TEXT_BYTES = 512 };
status store_box_try_open(const char *dir, struct store **out, char text[STORE_BOX_TEXT_BYTES]);

/* As store_write_wait, but like a loop of a server: queue, and let the store's threads do it. */
status store_box_write_away(struct store *store, store_write_fn *fn, void *ctx);

/* store_hold, which must succeed. */
struct snapshot *store_box_hold(struct store *store);

status store_box_put(struct store *store, struct span key, struct span value);
status store_box_delete(struct store *store, struct span key);
status store_box_delete_range(struct store *store, struct span low, struct span high);

/* The value of `key` as text of a test's own memory, "-" when there is none. */
enum { STORE_BOX_VALUE_BYTES = 256 };
struct store_box_value {
    char text[STORE_BOX_VALUE_BYTES];
};
struct store_box_value store_box_get(struct store *store, struct span key);

/* The 8-byte number at `key`, 0 when there is none. */
uint64_t store_box_number(struct store *store, struct span key);
status store_box_txn_number(struct store_txn *txn, struct span key, uint64_t *out);
status store_box_txn_put_number(struct store_txn *txn, struct span key, uint64_t number);

#endif
