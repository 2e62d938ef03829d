/* backup_test.c -- store_backup, store_compact and what store_stats tells of memory.
 *
 * A copy is opened as a store on disk with syncs, whatever it was made of. That writers go on while
 * it is made, and that it then holds one state of theirs, is judged by store_work.h.
 */
#include <stdio.h>
#include <unistd.h>

#include "store/home.h"
#include "store/store_work.h"

enum { PATH_BYTES = 600, KEYS = 2000, COPIES = 4 };

struct target {
    char *parent;
    char dir[PATH_BYTES];
    struct arena arena;
    struct error err;
};

static struct target target_new(void)
{
    struct target target = {.parent = support_folder_new()};
    (void)snprintf(target.dir, PATH_BYTES, "%s/copy", target.parent);
    arena_init(&target.arena, mem_heap(), 1 << 16);
    return target;
}

static void target_free(struct target *target)
{
    arena_deinit(&target->arena);
    support_folder_free(target->parent);
}

static status backup(struct store_box *box, struct target *target)
{
    target->err = error_in(&target->arena);
    return store_backup(box->store, target->dir, &target->err);
}

static struct span key_of(char out[16], int i)
{
    (void)snprintf(out, 16, "k%06d", i);
    return span_of(out);
}

/* As one write: thousands of syncs would tell nothing more. */
static status fill_run(struct store_txn *txn, void *ctx)
{
    char key[16];
    (void)ctx;
    for (int i = 0; i < KEYS; i++) TRY(store_txn_put(txn, key_of(key, i), key_of(key, i)));
    return ST_OK;
}

static void fill(struct store_box *box)
{
    assert_int_equal(store_write_wait(box->store, fill_run, NULL), ST_OK);
}

static status count_walked(struct store_view *view, void *ctx)
{
    size_t *count = ctx;
    struct store_cursor *cursor = NULL;
    bool found = true;
    status st = ST_OK;
    TRY(store_view_walk(view, (struct store_range){SPAN("k"), SPAN("l")}, false, &cursor));
    while (st == ST_OK && found) {
        struct span key = {0}, value = {0};
        st = store_cursor_next(cursor, &key, &value, &found);
        if (found) assert_true(span_eq(key, value));
        *count += found ? 1 : 0;
    }
    store_cursor_close(cursor);
    return st;
}

static size_t count_of(struct store *store)
{
    size_t count = 0;
    assert_int_equal(store_read(store, count_walked, &count), ST_OK);
    return count;
}

/* ---- copies */

static void test_backup__holds_what_was_there_and_no_more(void **state)
{
    struct store_box *box = *state;
    struct target target = target_new();
    fill(box);
    assert_int_equal(store_box_delete(box->store, SPAN("k000000")), ST_OK);
    if (backup(box, &target) != ST_OK) fail_msg("%.*s", SPAN_ARG(error_text(&target.err)));
    assert_int_equal(store_box_put(box->store, SPAN("later"), SPAN("x")), ST_OK);
    struct store *copy = store_box_open(&store_mode_sync, target.dir);
    assert_int_equal(count_of(copy), KEYS - 1);
    assert_string_equal(store_box_get(copy, SPAN("later")).text, "-");
    assert_int_equal(store_box_put(copy, SPAN("own"), SPAN("y")), ST_OK);
    assert_string_equal(store_box_get(box->store, SPAN("own")).text, "-");
    assert_string_equal(store_box_get(copy, SPAN("own")).text, "y");
    store_close(copy);
    target_free(&target);
}

static status take_sequence(struct store_txn *txn, void *ctx)
{
    *(uint64_t *)ctx = store_txn_sequence(txn);
    return store_txn_put(txn, SPAN("s"), SPAN("1"));
}

static void test_backup__numbers_of_the_copy_go_on(void **state)
{
    struct store_box *box = *state;
    struct target target = target_new();
    uint64_t before = 0, after = 0;
    assert_int_equal(store_write_wait(box->store, take_sequence, &before), ST_OK);
    assert_int_equal(backup(box, &target), ST_OK);
    struct store *copy = store_box_open(&store_mode_sync, target.dir);
    assert_int_equal(store_write_wait(copy, take_sequence, &after), ST_OK);
    assert_true(after > before);
    store_close(copy);
    target_free(&target);
}

static void test_backup__of_an_empty_store_is_one(void **state)
{
    struct store_box *box = *state;
    struct target target = target_new();
    assert_int_equal(backup(box, &target), ST_OK);
    struct store *copy = store_box_open(&store_mode_relaxed, target.dir);
    assert_int_equal(count_of(copy), 0);
    store_close(copy);
    target_free(&target);
}

/* ---- beside writers */

static void note_known(void *ctx, bool seen, uint32_t writer, uint64_t number)
{
    struct store_work_known *known = ctx;
    if (!seen) atomic_store(&known[writer].acknowledged, number);
}

static void check_copy(const char *dir, const uint64_t *acknowledged)
{
    struct store_work_known then[WORK_WRITERS] = {0};
    for (size_t i = 0; i < WORK_WRITERS; i++) then[i].acknowledged = acknowledged[i];
    struct store *copy = store_box_open(&store_mode_sync, dir);
    assert_true(store_work_check(copy, then, UINT32_MAX) > 0);
    store_close(copy);
}

static void test_backup__holds_one_state_of_writers_that_go_on(void **state)
{
    struct store_box *box = *state;
    static struct store_work work;
    struct store_work_known known[WORK_WRITERS] = {0};
    struct target targets[COPIES];
    uint64_t acknowledged[COPIES][WORK_WRITERS];
    work = (struct store_work){.store = box->store, .report = note_known, .ctx = known};
    store_work_start(&work);
    for (size_t i = 0; i < COPIES; i++) {
        usleep(30000);
        targets[i] = target_new();
        for (size_t j = 0; j < WORK_WRITERS; j++)
            acknowledged[i][j] = atomic_load(&known[j].acknowledged);
        assert_int_equal(backup(box, &targets[i]), ST_OK);
    }
    store_work_stop(&work);
    for (size_t i = 0; i < COPIES; i++) {
        check_copy(targets[i].dir, acknowledged[i]);
        target_free(&targets[i]);
    }
}

/* ---- what is refused */

static void test_backup__needs_an_empty_place(void **state)
{
    struct store_box *box = *state;
    struct target target = target_new();
    assert_int_equal(backup(box, &target), ST_OK);
    assert_int_equal(backup(box, &target), ST_FOREIGN);
    assert_non_null(strstr((const char *)error_text(&target.err).ptr, "is not empty"));
    struct store *copy = store_box_open(&store_mode_sync, target.dir); /* and was left alone */
    store_close(copy);
    (void)snprintf(target.dir, PATH_BYTES, "%s/no/such", target.parent);
    assert_int_equal(backup(box, &target), ST_IO);
    target_free(&target);
}

static void test_backup__half_made_is_never_opened(void **state)
{
    struct store_box *box = *state;
    struct target target = target_new();
    struct home home;
    char text[STORE_BOX_TEXT_BYTES];
    struct store *copy = NULL;
    target.err = error_in(&target.arena);
    assert_int_equal(home_begin_copy(&home, support_mem(), target.dir, &target.err), ST_OK);
    assert_int_equal(store_box_try_open(target.dir, &copy, text), ST_LOCKED);
    home_close(&home);
    assert_int_equal(store_box_try_open(target.dir, &copy, text), ST_FOREIGN);
    assert_non_null(strstr(text, "a copy of a Stator database that was not finished"));
    assert_int_equal(backup(box, &target), ST_FOREIGN);
    target_free(&target);
}

static void test_backup__a_failed_allocation_leaves_no_store(void **state)
{
    struct store_box *box = *state;
    fill(box);
    for (uint64_t nth = 1;; nth++) {
        struct target target = target_new();
        char text[STORE_BOX_TEXT_BYTES];
        support_mem_fail_at(nth);
        const status st = backup(box, &target);
        const bool failed = support_mem_failed();
        support_mem_fail_at(0);
        struct store *copy = NULL;
        if (failed && st != ST_OK) {
            assert_int_equal(st, ST_NO_MEMORY);
            if (access(target.dir, F_OK) == 0 &&
                store_box_try_open(target.dir, &copy, text) == ST_OK) {
                assert_int_equal(count_of(copy), 0); /* it was not begun: an empty directory */
                store_close(copy);
            }
        }
        target_free(&target);
        if (!failed) {
            assert_int_equal(st, ST_OK);
            break;
        }
    }
}

/* ---- upkeep */

static status fill_with_noise_run(struct store_txn *txn, void *ctx)
{
    struct support_random *random = ctx;
    static uint8_t noise[4096];
    char key[16];
    for (int i = 0; i < KEYS; i++) {
        for (size_t j = 0; j < sizeof noise; j++) noise[j] = (uint8_t)support_random_next(random);
        TRY(store_txn_put(txn, key_of(key, i), (struct span){noise, sizeof noise}));
    }
    return ST_OK;
}

static status delete_run(struct store_txn *txn, void *ctx)
{
    char key[16];
    (void)ctx;
    for (int i = 0; i < KEYS; i++) TRY(store_txn_delete(txn, key_of(key, i)));
    return ST_OK;
}

static void test_compact__gives_back_what_was_replaced(void **state)
{
    struct store_box *box = *state;
    struct store_stats before, after;
    struct support_random random = support_random();
    assert_int_equal(store_write_wait(box->store, fill_with_noise_run, &random), ST_OK);
    store_compact(box->store);
    store_stats(box->store, &before);
    assert_int_equal(store_write_wait(box->store, delete_run, NULL), ST_OK);
    store_compact(box->store);
    store_stats(box->store, &after);
    assert_true(after.disk_bytes < before.disk_bytes / 2);
    assert_int_equal(count_of(box->store), 0);
}

static void test_stats__tell_what_is_in_memory(void **state)
{
    struct store_box *box = *state;
    struct store_stats stats;
    fill(box);
    (void)store_box_get(box->store, SPAN("k000001"));
    store_stats(box->store, &stats);
    assert_true(stats.unwritten_bytes > 0);
    assert_true(stats.recent_bytes > 0);
    assert_true(stats.recent_bytes + stats.block_bytes <= stats.cache_bytes_max);
    assert_int_equal(stats.pending, 0);
}

#define TESTS(X)                                                                                   \
    X(test_backup__holds_what_was_there_and_no_more)                                               \
    X(test_backup__numbers_of_the_copy_go_on)                                                      \
    X(test_backup__of_an_empty_store_is_one)                                                       \
    X(test_backup__holds_one_state_of_writers_that_go_on)                                          \
    X(test_backup__needs_an_empty_place)                                                           \
    X(test_backup__half_made_is_never_opened)                                                      \
    X(test_backup__a_failed_allocation_leaves_no_store)                                            \
    X(test_compact__gives_back_what_was_replaced)                                                  \
    X(test_stats__tell_what_is_in_memory)

int main(void)
{
    int failed = 0;
    STORE_BOX_RUN(TESTS, failed);
    return failed;
}
