/* storage_names_test.c -- what an embedded database promises of its folder, asked through the
 * library: crashes, damaged files, snapshots beside upkeep, room given back.
 *
 * All of it runs on file: in a folder of the test's own. How the store keeps its files is not known
 * here, but for two names of RocksDB's: tables end in ".sst" and carry a checksum for each block,
 * and MANIFEST-… lists them, which is the header without which nothing could be read.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stator/engine.h>

#include "db/place.h"

enum { PATH_BYTES = 512, PAD_BYTES = 1000, ITEMS = 400, GROUPS = 8 };

static char *folder;
static stator *db;

static stator *open_folder(void)
{
    char uri[PATH_BYTES];
    stator *opened = NULL;
    (void)snprintf(uri, sizeof uri, "file:%s/data", folder);
    place_rc(stator_open(uri, NULL, &opened), STATOR_OK);
    return opened;
}

static void close_folder(void)
{
    stator_close(db);
    db = NULL;
}

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    db = open_folder();
    place_rc(stator_create_table(db, .name = "Kept", .key = "PK:S, SK:S"), STATOR_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close_folder();
    support_folder_free(folder);
    place_end();
    return 0;
}

static void sort_of(char out[16], int number)
{
    (void)snprintf(out, 16, "%06d", number);
}

/* Items 0 to ITEMS - 1 of partition "a", each a kilobyte of noise and the number `n`. */
static void put_all(int n)
{
    struct support_random random = {(uint64_t)n + 1};
    char sort[16], pad[PAD_BYTES + 1] = {0};
    for (int i = 0; i < ITEMS; i++) {
        sort_of(sort, i);
        for (int j = 0; j < PAD_BYTES; j++)
            pad[j] = (char)('a' + support_random_below(&random, 26));
        place_rc(stator_put(db, "Kept",
                            STATOR_M({"PK", stator_s("a")}, {"SK", stator_s(sort)},
                                     {"pad", stator_s(pad)}, {"n", stator_i(n)},
                                     {"g", stator_i(i % GROUPS)})),
                 STATOR_OK);
    }
}

/* What `n` of item `number` is; -1: there is no such item. */
static int64_t number_of(stator *in, int number)
{
    stator_result *r = NULL;
    int64_t n = -1;
    char sort[16];
    sort_of(sort, number);
    const stator_rc rc = stator_get(in, "Kept", &r, PLACE_KEY("a", sort));
    if (rc == STATOR_OK) n = stator_int(stator_result_item(r, 0), "n", -1);
    if (rc != STATOR_OK) place_rc(rc, STATOR_NOT_FOUND);
    stator_result_free(r);
    return n;
}

static int64_t count_all(stator *in)
{
    int64_t count = 0;
    place_rc(stator_count(in, "Kept", &count, stator_eq("PK", stator_s("a"))), STATOR_OK);
    return count;
}

/* ---- a crash */

#define PAIRED(sort, number)                                                                       \
    STATOR_M({"PK", stator_s("pair")}, {"SK", stator_s(sort)}, {"n", stator_i(number)})

/* Raise both items of a pair in one transaction, again and again, and tell what was acknowledged,
 * until killed. */
static void write_pairs(int pipe)
{
    db = open_folder();
    for (int64_t n = 1;; n++) {
        stator_tx *tx = stator_tx_new(db);
        stator_tx_put(tx, "Kept", PAIRED("left", n));
        stator_tx_put(tx, "Kept", PAIRED("right", n));
        if (stator_tx_commit(tx, NULL) != STATOR_OK) _exit(1);
        stator_tx_free(tx);
        if (write(pipe, &n, sizeof n) != (ssize_t)sizeof n) _exit(1);
    }
}

static int64_t member_of_pair(const char *sort)
{
    stator_result *r = NULL;
    place_rc(stator_get(db, "Kept", &r, PLACE_KEY("pair", sort)), STATOR_OK);
    const int64_t n = stator_int(stator_result_item(r, 0), "n", -1);
    stator_result_free(r);
    return n;
}

static void test_crash_mid_commit_preserves_old_data(void **state)
{
    enum { COMMITS = 50 };
    (void)state;
    int ends[2], ended = 0;
    int64_t acknowledged = 0;
    put_all(7);
    close_folder(); /* no thread of ours may live beside a fork */
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) write_pairs(ends[1]);
    (void)close(ends[1]);
    for (int i = 0; i < COMMITS; i++)
        assert_int_equal(read(ends[0], &acknowledged, sizeof acknowledged), sizeof acknowledged);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFSIGNALED(ended));
    while (read(ends[0], &acknowledged, sizeof acknowledged) == (ssize_t)sizeof acknowledged) {
    }
    (void)close(ends[0]);

    db = open_folder();
    for (int i = 0; i < ITEMS; i++) assert_int_equal(number_of(db, i), 7);
    const int64_t left = member_of_pair("left");
    assert_int_equal(left, member_of_pair("right"));
    assert_in_range(left, acknowledged, acknowledged + 1);
}

/* ---- damaged files */

/* The path and length of the largest file of the store whose name contains `part`. */
static off_t find_file(const char *part, char path[PATH_BYTES])
{
    char dir[PATH_BYTES / 2], tried[PATH_BYTES];
    off_t most = -1;
    (void)snprintf(dir, sizeof dir, "%s/data/rocks", folder);
    DIR *entries = opendir(dir);
    assert_non_null(entries);
    for (const struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        struct stat about;
        (void)snprintf(tried, sizeof tried, "%s/%s", dir, entry->d_name);
        if (strstr(entry->d_name, part) == NULL || stat(tried, &about) != 0) continue;
        if (about.st_size <= most) continue;
        most = about.st_size;
        memcpy(path, tried, sizeof tried);
    }
    (void)closedir(entries);
    assert_true(most > 0);
    return most;
}

/* Turn over the bits of `count` bytes of a file from `offset` on. Twice is as if never. */
static void turn_over(const char *path, off_t offset, size_t count)
{
    uint8_t bytes[256];
    assert_true(count <= sizeof bytes);
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, bytes, count, offset), count);
    for (size_t i = 0; i < count; i++) bytes[i] ^= 0xff;
    assert_int_equal(pwrite(fd, bytes, count, offset), count);
    assert_int_equal(close(fd), 0);
}

/* A damaged header is told at once, in words, and nothing is done to the folder: when the header is
 * whole again, so is the database. */
static void test_recovery_from_corrupted_header(void **state)
{
    (void)state;
    char uri[PATH_BYTES], path[PATH_BYTES];
    stator *opened = NULL;
    put_all(1);
    close_folder();
    (void)find_file("MANIFEST", path);
    turn_over(path, 0, 32);
    (void)snprintf(uri, sizeof uri, "file:%s/data", folder);
    const stator_rc rc = stator_open(uri, NULL, &opened);
    place_rc(rc, STATOR_E_CORRUPT);
    assert_null(opened);
    assert_true(strlen(stator_error_get()->message) > 10);
    turn_over(path, 0, 32);
    db = open_folder();
    assert_int_equal(count_all(db), ITEMS);
    for (int i = 0; i < ITEMS; i++) assert_int_equal(number_of(db, i), 1);
}

/* A turned bit in stored data is noticed by whoever reads it, and by the check; never answered. */
static void test_merkle_checksum_detects_corruption(void **state)
{
    (void)state;
    char path[PATH_BYTES];
    char *report = NULL;
    stator_result *r = NULL;
    put_all(1);
    place_rc(stator_compact(db), STATOR_OK);
    close_folder();
    const off_t middle = find_file(".sst", path) / 2; /* tables are described at its end */
    turn_over(path, middle, 256);

    db = open_folder();
    place_rc(stator_scan(db, &r, "Kept"), STATOR_E_CORRUPT);
    assert_null(r);
    const stator_rc rc = stator_check(db, &report);
    stator_free(report);
    place_rc(rc, STATOR_E_CORRUPT);
    close_folder();
    turn_over(path, middle, 256);
    db = open_folder();
    assert_int_equal(count_all(db), ITEMS);
}

/* ---- what is old, and who still reads it */

static void test_gc_respects_active_snapshot(void **state)
{
    (void)state;
    stator *then = NULL;
    put_all(1);
    place_rc(stator_snapshot(db, &then), STATOR_OK);
    put_all(2);
    place_rc(stator_delete(db, "Kept", PLACE_KEY("a", "000003")), STATOR_OK);
    place_rc(stator_compact(db), STATOR_OK);
    assert_int_equal(count_all(then), ITEMS);
    for (int i = 0; i < ITEMS; i++) {
        assert_int_equal(number_of(then, i), 1);
        assert_int_equal(number_of(db, i), i == 3 ? -1 : 2);
    }
    stator_close(then);
}

/* Old versions go step by step, and each snapshot keeps its own. */
static void test_incremental_gc_respects_snapshot(void **state)
{
    enum { ROUNDS = 6 };
    (void)state;
    stator *then[ROUNDS] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        put_all(round);
        place_rc(stator_snapshot(db, &then[round]), STATOR_OK);
        place_rc(stator_compact(db), STATOR_OK);
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int later = round; later < ROUNDS; later++)
            for (int i = 0; i < ITEMS; i += 37) assert_int_equal(number_of(then[later], i), later);
        stator_close(then[round]);
        place_rc(stator_compact(db), STATOR_OK);
    }
    assert_int_equal(number_of(db, 0), ROUNDS - 1);
}

static int64_t disk_bytes(void)
{
    stator_result *r = NULL;
    place_rc(stator_compact(db), STATOR_OK);
    place_rc(stator_stats(db, &r), STATOR_OK);
    const int64_t bytes = stator_int(stator_result_node(r), "diskBytes", -1);
    stator_result_free(r);
    return bytes;
}

static void test_drop_index_reclaims_pages(void **state)
{
    (void)state;
    put_all(1);
    const int64_t before = disk_bytes();
    place_rc(
        stator_create_index(db, "Kept", &(stator_index_spec){.name = "by-g", .key = "g:N, SK:S"}),
        STATOR_OK);
    const int64_t with = disk_bytes();
    assert_true(with > before + before / 2);
    place_rc(stator_drop_index(db, "Kept", "by-g"), STATOR_OK);
    assert_true(disk_bytes() < before + before / 4);
    assert_int_equal(count_all(db), ITEMS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_crash_mid_commit_preserves_old_data), TEST(test_recovery_from_corrupted_header),
        TEST(test_merkle_checksum_detects_corruption),  TEST(test_gc_respects_active_snapshot),
        TEST(test_incremental_gc_respects_snapshot),    TEST(test_drop_index_reclaims_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
