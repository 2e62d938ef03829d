/* old_logs_test.c -- the room of logs that are needed no longer is given back by pieces, and only
 * theirs. What a test removes is what RocksDB would remove. */
#include "store/old_logs.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "os/thread.h"
#include "store/store_box.h"

enum {
    PATH_BYTES = 600,
    LARGE_BYTES = OLD_LOGS_BYTES_MIN + (3 << 20),
    CACHE_BYTES = 64 << 20, /* tables of 8 MiB */
    KEY_BYTES = 5,
    VALUE_BYTES = 100 << 10,
    PUTS = 400, /* five tables, and as many logs */
    MS = 1000000,
    WAIT_MS = 20000,
};

static void path_in(char out[PATH_BYTES], const char *dir, const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", dir, name);
}

static void make_log(const char *dir, const char *name, off_t size)
{
    char path[PATH_BYTES];
    path_in(path, dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(truncate(path, size), 0);
}

static void remove_log(const char *dir, const char *name)
{
    char path[PATH_BYTES];
    path_in(path, dir, name);
    assert_int_equal(unlink(path), 0);
}

/* What the disk has left, in place of os/folder.c's; UINT64_MAX: what it really has. */
static _Atomic uint64_t free_bytes = UINT64_MAX;
static atomic_uint asked; /* how often */

uint64_t __real_folder_free_bytes(const char *path);
uint64_t __wrap_folder_free_bytes(const char *path);

uint64_t __wrap_folder_free_bytes(const char *path)
{
    const uint64_t bytes = free_bytes;
    asked++;
    return bytes == UINT64_MAX ? __real_folder_free_bytes(path) : bytes;
}

/* How many logs without a name this process has open; *bytes: their sizes together. */
static unsigned nameless(off_t *bytes)
{
    unsigned count = 0;
    *bytes = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char link[PATH_BYTES], target[PATH_BYTES] = {0};
        struct stat info;
        path_in(link, "/proc/self/fd", entry->d_name);
        if (readlink(link, target, sizeof target - 1) < 0) continue;
        if (strstr(target, ".log (deleted)") == NULL || stat(link, &info) != 0) continue;
        *bytes += info.st_size;
        count++;
    }
    assert_int_equal(closedir(dir), 0);
    return count;
}

/* How many logs in `dir` this process has open. */
static unsigned held_logs(const char *dir)
{
    unsigned count = 0;
    DIR *fds = opendir("/proc/self/fd");
    assert_non_null(fds);
    for (const struct dirent *entry = readdir(fds); entry != NULL; entry = readdir(fds)) {
        char link[PATH_BYTES], target[PATH_BYTES] = {0};
        path_in(link, "/proc/self/fd", entry->d_name);
        if (readlink(link, target, sizeof target - 1) < 0) continue;
        if (strstr(target, dir) != NULL && strstr(target, ".log") != NULL) count++;
    }
    assert_int_equal(closedir(fds), 0);
    return count;
}

static void wait_until_held(const char *dir, unsigned count)
{
    for (unsigned ms = 0; held_logs(dir) != count && ms < WAIT_MS; ms++) thread_rest(MS);
    assert_int_equal(held_logs(dir), count);
}

static void test_old_logs__go_by_pieces_once_they_have_no_name(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    struct old_logs logs;
    old_logs_init(&logs, dir);
    assert_true(logs.is_on);
    make_log(dir, "000001.log", LARGE_BYTES);
    make_log(dir, "000002.log", 0); /* the one that is written to now */
    wait_until_held(dir, 1);
    remove_log(dir, "000001.log");
    off_t between = 0, bytes = 0;
    while (nameless(&bytes) > 0)
        if (bytes > 0 && bytes < LARGE_BYTES) between = bytes;
    assert_true(between > 0); /* it was seen while it was shorter and still there */
    assert_int_equal(held_logs(dir), 0);
    old_logs_deinit(&logs);
    support_folder_free(dir);
}

static void test_old_logs__only_large_logs_are_held_and_only_so_many(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    struct old_logs logs;
    old_logs_init(&logs, dir);
    make_log(dir, "000001.log", OLD_LOGS_BYTES_MIN - 1);
    make_log(dir, "000002.sst", LARGE_BYTES);
    make_log(dir, "LOG", LARGE_BYTES);
    make_log(dir, "x.log", LARGE_BYTES);
    for (unsigned i = 0; i < OLD_LOGS_HELD_MAX + 3; i++) {
        char name[] = "00001x.log";
        name[5] = (char)('0' + i);
        make_log(dir, name, LARGE_BYTES);
    }
    wait_until_held(dir, OLD_LOGS_HELD_MAX);
    thread_rest((uint64_t)50 * MS);
    assert_int_equal(held_logs(dir), OLD_LOGS_HELD_MAX);
    remove_log(dir, "000010.log"); /* the first of the large ones: it was held, and is gone */
    wait_until_held(dir, OLD_LOGS_HELD_MAX - 1);
    old_logs_deinit(&logs);
    assert_int_equal(held_logs(dir), 0);
    support_folder_free(dir);
}

static void test_old_logs__a_change_that_was_not_told_is_seen_with_the_next(void **state)
{
    (void)state;
    char *dir = support_folder_new(), *other = support_folder_new();
    char path[PATH_BYTES], second[PATH_BYTES];
    struct old_logs logs;
    old_logs_init(&logs, dir);
    make_log(dir, "000001.log", LARGE_BYTES);
    path_in(path, dir, "000001.log");
    path_in(second, other, "000001.log");
    assert_int_equal(link(path, second), 0);
    make_log(dir, "000002.log", 0);
    wait_until_held(dir, 1);
    remove_log(dir, "000001.log"); /* its second name is there */
    thread_rest((uint64_t)200 * MS);
    remove_log(other, "000001.log"); /* nobody looks there */
    off_t bytes = 0;
    assert_int_equal(nameless(&bytes), 1);
    make_log(dir, "000003.log", 0);
    for (unsigned ms = 0; nameless(&bytes) > 0 && ms < WAIT_MS; ms++) thread_rest(MS);
    assert_int_equal(nameless(&bytes), 0);
    old_logs_deinit(&logs);
    support_folder_free(dir);
    support_folder_free(other);
}

/* L2 */
static void test_old_logs__nothing_is_held_while_there_is_little_room(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    struct old_logs logs;
    old_logs_init(&logs, dir);
    free_bytes = (256 << 20) - 1;
    asked = 0;
    make_log(dir, "000001.log", LARGE_BYTES);
    make_log(dir, "000002.log", (off_t)LARGE_BYTES << 10);
    for (unsigned ms = 0; asked == 0 && ms < WAIT_MS; ms++) thread_rest(MS);
    thread_rest((uint64_t)50 * MS);
    assert_int_equal(held_logs(dir), 0);
    free_bytes = 256 << 20;
    make_log(dir, "000003.log", 0);
    wait_until_held(dir, 1);
    free_bytes = 0;
    remove_log(dir, "000002.log"); /* by pieces it would take half a minute */
    off_t bytes = 0;
    for (unsigned ms = 0; nameless(&bytes) > 0 && ms < WAIT_MS / 10; ms++) thread_rest(MS);
    assert_int_equal(nameless(&bytes), 0);
    free_bytes = UINT64_MAX;
    old_logs_deinit(&logs);
    support_folder_free(dir);
}

static void test_old_logs__the_end_does_not_wait_for_the_rest(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    struct old_logs logs;
    off_t bytes = 0;
    old_logs_init(&logs, dir);
    make_log(dir, "000001.log", (off_t)LARGE_BYTES << 10);
    make_log(dir, "000002.log", 0);
    wait_until_held(dir, 1);
    remove_log(dir, "000001.log");
    old_logs_deinit(&logs); /* by pieces it would take half a minute */
    assert_int_equal(nameless(&bytes), 0);
    support_folder_free(dir);
}

static void test_old_logs__a_folder_that_is_not_there_is_no_error(void **state)
{
    (void)state;
    struct old_logs logs;
    old_logs_init(&logs, "/no/such");
    assert_false(logs.is_on);
    old_logs_deinit(&logs);
}

static void put_many(struct store *store)
{
    static uint8_t value[VALUE_BYTES];
    for (uint32_t i = 0; i < PUTS; i++) {
        uint8_t key[KEY_BYTES] = {'k'};
        bytes_store_u32(key + 1, i % 16);
        assert_int_equal(store_box_put(store, (struct span){key, sizeof key},
                                       (struct span){value, sizeof value}),
                         ST_OK);
    }
}

static void test_old_logs__a_store_gives_the_room_of_all_of_them_back(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    const struct store_options options = {
        .mem = support_mem(), .dir = dir, .cache_bytes = CACHE_BYTES, .os = os_system()};
    struct store *store = NULL;
    assert_int_equal(store_open(&options, &store, NULL), ST_OK);
    put_many(store);
    off_t bytes = 0;
    for (unsigned ms = 0; nameless(&bytes) > 0 && ms < WAIT_MS; ms++) thread_rest(MS);
    assert_int_equal(nameless(&bytes), 0);
    store_close(store);
    assert_int_equal(held_logs(dir), 0);
    support_folder_free(dir);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_logs__go_by_pieces_once_they_have_no_name),
        cmocka_unit_test(test_old_logs__only_large_logs_are_held_and_only_so_many),
        cmocka_unit_test(test_old_logs__a_change_that_was_not_told_is_seen_with_the_next),
        cmocka_unit_test(test_old_logs__nothing_is_held_while_there_is_little_room),
        cmocka_unit_test(test_old_logs__the_end_does_not_wait_for_the_rest),
        cmocka_unit_test(test_old_logs__a_folder_that_is_not_there_is_no_error),
        cmocka_unit_test(test_old_logs__a_store_gives_the_room_of_all_of_them_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
