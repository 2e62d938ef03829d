/* rocks_test.c -- what RocksDB's settings promise, seen from outside.
 *
 * Many small keys end up in one file, whose index and filter are large beside the cache. What a get
 * then reads is counted by the kernel, for this thread alone, so compactions do not disturb it.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "store/store_box.h"

enum {
    KEYS = 600000,
    KEYS_AT_ONCE = 2000,
    KEY_BYTES = 9,
    LARGE_FILE_BYTES =
        KEYS * 2, /* a tenth of all keys: its filter is larger than what a get may read */
    CACHE_BYTES = 4 << 20,
    GETS = 2000,
    BYTES_PER_GET_MAX = 64 << 10, /* some blocks of 8 KiB; the whole filter has 750 KB */
};

static struct span key_of(uint64_t n, uint8_t out[KEY_BYTES])
{
    const uint64_t scattered = n * 0x9E3779B97F4A7C15U; /* or files would never be merged */
    out[0] = 'k';
    bytes_store_u64(out + 1, scattered);
    return (struct span){out, KEY_BYTES};
}

static status put_some(struct store_txn *txn, void *ctx)
{
    const uint64_t *first = ctx;
    uint8_t key[KEY_BYTES];
    for (uint64_t n = *first; n < *first + KEYS_AT_ONCE; n++)
        TRY(store_txn_put(txn, key_of(n, key), key_of(n, key)));
    return ST_OK;
}

static status get_one(struct store_view *view, void *ctx)
{
    const uint64_t *n = ctx;
    uint8_t key[KEY_BYTES];
    struct span value = {0};
    bool found = false;
    TRY(store_view_get(view, key_of(*n, key), &value, &found));
    assert_true(found);
    return ST_OK;
}

/* Bytes that this thread has read from files so far, the system's page cache included. */
static uint64_t bytes_read(void)
{
    uint64_t bytes = 0;
    FILE *io = fopen("/proc/thread-self/io", "r");
    assert_non_null(io);
    assert_int_equal(fscanf(io, "rchar: %" SCNu64, &bytes), 1);
    assert_int_equal(fclose(io), 0);
    return bytes;
}

static uint64_t largest_file(const char *dir)
{
    char path[512];
    uint64_t largest = 0;
    (void)snprintf(path, sizeof path, "%s/rocks", dir);
    DIR *files = opendir(path);
    assert_non_null(files);
    for (const struct dirent *file = readdir(files); file != NULL; file = readdir(files)) {
        struct stat seen;
        if (strstr(file->d_name, ".sst") == NULL) continue;
        if (fstatat(dirfd(files), file->d_name, &seen, 0) != 0) continue; /* merged meanwhile */
        if ((uint64_t)seen.st_size > largest) largest = (uint64_t)seen.st_size;
    }
    assert_int_equal(closedir(files), 0);
    return largest;
}

/* RocksDB merges the files by and by. */
static void wait_for_large_file(const char *dir)
{
    for (int i = 0; i < 3000 && largest_file(dir) < LARGE_FILE_BYTES; i++) usleep(10000);
    assert_true(largest_file(dir) >= LARGE_FILE_BYTES);
}

static struct store *open_in(const char *dir)
{
    const struct store_options options = {
        .mem = support_mem(), .dir = dir, .durability = STORE_RELAXED, .cache_bytes = CACHE_BYTES};
    struct store *store = NULL;
    struct error err = {0};
    assert_int_equal(store_open(&options, &store, &err), ST_OK);
    return store;
}

static void test_a_get_reads_a_few_blocks_however_many_keys_a_file_has(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    struct store *store = open_in(dir);
    struct support_random random = support_random();
    for (uint64_t first = 0; first < KEYS; first += KEYS_AT_ONCE)
        assert_int_equal(store_write_wait(store, put_some, &first), ST_OK);
    store_close(store);
    store = open_in(dir);
    wait_for_large_file(dir);
    const uint64_t before = bytes_read();
    for (int i = 0; i < GETS; i++) {
        uint64_t n = support_random_below(&random, KEYS);
        assert_int_equal(store_read(store, get_one, &n), ST_OK);
    }
    const uint64_t per_get = (bytes_read() - before) / GETS;
    (void)fprintf(stderr, "%" PRIu64 " bytes read for a get\n", per_get);
    assert_true(per_get < BYTES_PER_GET_MAX);
    store_close(store);
    support_folder_free(dir);
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_get_reads_a_few_blocks_however_many_keys_a_file_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
