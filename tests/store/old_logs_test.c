/* old_logs_test.c -- the room of logs that are needed no longer is given back, and only theirs. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "os/thread.h"
#include "store/old_logs.h"
#include "store/store_box.h"

enum {
    PATH_BYTES = 600,
    FILE_BYTES = 3 << 20,
    CACHE_BYTES = 4 << 20, /* tables of half a MiB */
    KEY_BYTES = 5,
    VALUE_BYTES = 100 << 10,
    PUTS = 100, /* twenty tables, and as many logs */
    MS = 1000000,
    WAIT_MS = 20000,
};

static void path_in(char out[PATH_BYTES], const char *dir, const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", dir, name);
}

static void make_file(const char *path, off_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(truncate(path, size), 0);
}

static off_t size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? info.st_size : -1;
}

static unsigned files_in(const char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    unsigned count = 0;
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        if (entry->d_name[0] != '.') count++;
    assert_int_equal(closedir(dir), 0);
    return count;
}

static void wait_until_empty(const char *path)
{
    for (unsigned ms = 0; files_in(path) > 0 && ms < WAIT_MS; ms++) thread_rest(MS);
    assert_int_equal(files_in(path), 0);
}

static void test_old_logs__go_by_pieces_while_it_runs(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    char path[PATH_BYTES];
    path_in(path, dir, "000001.log");
    make_file(path, FILE_BYTES);
    struct old_logs logs;
    assert_int_equal(old_logs_init(&logs, dir), ST_OK);
    off_t between = 0;
    for (off_t size = size_of(path); size >= 0; size = size_of(path))
        if (size > 0 && size < FILE_BYTES) between = size;
    assert_true(between > 0); /* it was seen while it was shorter and still there */
    old_logs_deinit(&logs);
    support_folder_free(dir);
}

static void test_old_logs__what_comes_after_it_rests_is_found_when_it_is_rung(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    char path[PATH_BYTES];
    struct old_logs logs;
    assert_int_equal(old_logs_init(&logs, dir), ST_OK);
    path_in(path, dir, "000002.log");
    for (unsigned i = 0; i < 2; i++) {
        make_file(path, FILE_BYTES);
        old_logs_ring(&logs);
        wait_until_empty(dir);
        if (i == 0) thread_rest((uint64_t)4000 * MS); /* longer than it looks */
    }
    old_logs_deinit(&logs);
    support_folder_free(dir);
}

static void test_old_logs__the_rest_goes_at_the_end(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    char path[PATH_BYTES];
    for (unsigned i = 0; i < 3; i++) {
        char name[] = "00000x.log";
        name[5] = (char)('1' + i);
        path_in(path, dir, name);
        make_file(path, (off_t)FILE_BYTES * 100);
    }
    struct old_logs logs;
    assert_int_equal(old_logs_init(&logs, dir), ST_OK);
    old_logs_deinit(&logs);
    assert_int_equal(files_in(dir), 0);
    support_folder_free(dir);
}

static void test_old_logs__a_folder_that_is_not_there_is_no_error(void **state)
{
    (void)state;
    struct old_logs logs;
    assert_int_equal(old_logs_init(&logs, "/no/such"), ST_OK);
    old_logs_ring(&logs);
    old_logs_deinit(&logs);
}

static struct store *open_small(const char *dir)
{
    const struct store_options options = {
        .mem = support_mem(), .dir = dir, .cache_bytes = CACHE_BYTES, .os = os_system()};
    struct store *store = NULL;
    assert_int_equal(store_open(&options, &store, NULL), ST_OK);
    return store;
}

static struct span key_of(uint32_t n, uint8_t out[KEY_BYTES])
{
    out[0] = 'k';
    bytes_store_u32(out + 1, n);
    return (struct span){out, KEY_BYTES};
}

/* True: a log was seen in the folder `archive` meanwhile. */
static bool put_many(struct store *store, const char *archive)
{
    static uint8_t value[VALUE_BYTES];
    bool was_seen = false;
    for (uint32_t n = 0; n < PUTS; n++) {
        uint8_t key[KEY_BYTES];
        for (size_t i = 0; i < sizeof value; i += sizeof n) memcpy(value + i, &n, sizeof n);
        const struct span bytes = {value, sizeof value};
        assert_int_equal(store_box_put(store, key_of(n, key), bytes), ST_OK);
        if (files_in(archive) > 0) was_seen = true;
    }
    return was_seen;
}

static status get_one(struct store_view *view, void *ctx)
{
    const uint32_t *n = ctx;
    uint8_t key[KEY_BYTES];
    struct span value = {0};
    bool found = false;
    TRY(store_view_get(view, key_of(*n, key), &value, &found));
    assert_true(found);
    assert_int_equal(value.len, VALUE_BYTES);
    assert_memory_equal(value.ptr + VALUE_BYTES - sizeof *n, n, sizeof *n);
    return ST_OK;
}

static void test_old_logs__a_store_that_writes_much_keeps_few_of_them(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    char archive[PATH_BYTES];
    path_in(archive, dir, "rocks/archive");
    struct store *store = open_small(dir);
    assert_true(put_many(store, archive));
    wait_until_empty(archive);
    store_close(store);
    assert_int_equal(files_in(archive), 0);
    store = open_small(dir);
    for (uint32_t n = 0; n < PUTS; n++) assert_int_equal(store_read(store, get_one, &n), ST_OK);
    store_close(store);
    support_folder_free(dir);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_old_logs__go_by_pieces_while_it_runs),
        cmocka_unit_test(test_old_logs__what_comes_after_it_rests_is_found_when_it_is_rung),
        cmocka_unit_test(test_old_logs__the_rest_goes_at_the_end),
        cmocka_unit_test(test_old_logs__a_folder_that_is_not_there_is_no_error),
        cmocka_unit_test(test_old_logs__a_store_that_writes_much_keeps_few_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
