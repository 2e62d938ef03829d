/* failure_test.c -- a full disk, a write that fails, damaged data.
 *
 * A full disk is a small tmpfs that a child mounts in a name space of its own, which takes root;
 * elsewhere that test says that it was skipped. A limit on the size of files, which takes no right
 * at all, fails writes of the log in both kinds of store on disk.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "os/thread.h"
#include "store/rocks.h"
#include "store/store_box.h"
#include "store/store_child.h"

enum { VALUE_BYTES = 8192, FILL_COUNT_MAX = 100000, PATH_BYTES = 1024 };

/* Exit codes of the children. */
enum { CHILD_OK = 0, CHILD_SKIPS = 77 };

static status put_numbered(struct store *store, uint32_t number)
{
    static _Thread_local uint8_t value[VALUE_BYTES];
    struct support_random random = {number};
    for (size_t i = 0; i < sizeof value; i++) value[i] = (uint8_t)support_random_next(&random);
    char key[32];
    const int len = snprintf(key, sizeof key, "n%u", number);
    return store_box_put(store, (struct span){(const uint8_t *)key, (size_t)len},
                         (struct span){value, sizeof value});
}

struct present {
    uint32_t first_missing;
};

static status count_present(struct store_view *view, void *ctx)
{
    struct present *present = ctx;
    bool found = true;
    while (found) {
        char key[32];
        const int len = snprintf(key, sizeof key, "n%u", present->first_missing);
        struct span value = {0};
        TRY(store_view_get(view, (struct span){(const uint8_t *)key, (size_t)len}, &value, &found));
        if (found) present->first_missing++;
    }
    return ST_OK;
}

static uint32_t present_in(struct store *store)
{
    struct present present = {0};
    assert_int_equal(store_read(store, count_present, &present), ST_OK);
    return present.first_missing;
}

/* Write until it fails. The number of writes that were acknowledged. */
static uint32_t fill(struct store *store)
{
    status st = ST_OK;
    uint32_t count = 0;
    while (st == ST_OK && count < FILL_COUNT_MAX) {
        st = put_numbered(store, count);
        if (st == ST_OK) count++;
    }
    assert_int_equal(st, ST_IO);
    return count;
}

static void check_refusing(struct store *store, const char *cause, uint32_t acknowledged)
{
    char why[STORE_FAILURE_BYTES];
    assert_true(store_failure(store, why));
    assert_non_null(strstr(why, cause));
    assert_int_equal(put_numbered(store, 0), ST_IO); /* while the cause lasts */
    assert_int_equal(present_in(store), acknowledged);
}

/* One more may be there: it was written, but its log could not be synced. */
static void check_reopened(struct store *store, uint32_t acknowledged)
{
    assert_false(store_failure(store, NULL));
    const uint32_t present = present_in(store);
    assert_true(present == acknowledged || present == acknowledged + 1);
    assert_int_equal(put_numbered(store, present), ST_OK);
    assert_int_equal(present_in(store), present + 1);
}

static const struct store_mode *mode_named(const char *name)
{
    return strcmp(name, store_mode_sync.name) == 0 ? &store_mode_sync : &store_mode_relaxed;
}

/* ---- a full disk */

static bool mount_disk(const char *dir, const char *size)
{
    if (unshare(CLONE_NEWNS) != 0) return false;
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return false;
    return mount("tmpfs", dir, "tmpfs", 0, size) == 0;
}

static int full_disk_child(const char *mode, const char *dir)
{
    if (!mount_disk(dir, "size=24m")) return CHILD_SKIPS;
    struct store *store = store_box_open(mode_named(mode), dir);
    const uint32_t acknowledged = fill(store);
    assert_true(acknowledged > 100);
    check_refusing(store, "No space left on device", acknowledged);
    store_close(store);
    assert_int_equal(mount("none", dir, NULL, MS_REMOUNT, "size=96m"), 0);
    store = store_box_open(mode_named(mode), dir);
    check_reopened(store, acknowledged);
    store_close(store);
    return CHILD_OK;
}

/* ---- a full disk that gets larger under a store that several fill */

enum { FILLERS = 4, GROWTHS = 3, GROWTH_MB = 24, WAIT_MS = 30000, MS_NS = 1000000 };

struct filler {
    struct store *store;
    uint32_t first; /* its numbers are this one and every FILLERS-th after it */
    uint32_t next;  /* the first that was not acknowledged */
    pthread_t thread;
};

static void *filler_main(void *ctx)
{
    struct filler *filler = ctx;
    status st = ST_OK;
    while (st == ST_OK) {
        st = put_numbered(filler->store, filler->next);
        if (st == ST_OK) filler->next += FILLERS;
    }
    assert_int_equal(st, ST_IO);
    return NULL;
}

static status get_each(struct store_view *view, void *ctx)
{
    const struct filler *filler = ctx;
    for (uint32_t number = filler->first; number < filler->next; number += FILLERS) {
        char key[32];
        struct span value = {0};
        bool found = false;
        const int len = snprintf(key, sizeof key, "n%u", number);
        TRY(store_view_get(view, (struct span){(const uint8_t *)key, (size_t)len}, &value, &found));
        assert_true(found);
        assert_int_equal(value.len, VALUE_BYTES);
        store_view_forget(view);
    }
    return ST_OK;
}

static void fill_together(struct store *store, struct filler *fillers)
{
    for (uint32_t i = 0; i < FILLERS; i++) {
        fillers[i].store = store;
        assert_int_equal(pthread_create(&fillers[i].thread, NULL, filler_main, &fillers[i]), 0);
    }
    for (uint32_t i = 0; i < FILLERS; i++) pthread_join(fillers[i].thread, NULL);
    for (uint32_t i = 0; i < FILLERS; i++)
        assert_int_equal(store_read(store, get_each, &fillers[i]), ST_OK);
}

static void wait_for_recovery(struct store *store)
{
    for (uint32_t ms = 0; ms < WAIT_MS && store_failure(store, NULL); ms++) thread_rest(MS_NS);
    assert_false(store_failure(store, NULL));
}

static int growing_disk_child(const char *mode, const char *dir)
{
    struct filler fillers[FILLERS] = {0};
    if (!mount_disk(dir, "size=24m")) return CHILD_SKIPS;
    struct store *store = store_box_open(mode_named(mode), dir);
    for (uint32_t i = 0; i < FILLERS; i++) fillers[i].first = fillers[i].next = i;
    for (uint32_t growth = 1; growth <= GROWTHS; growth++) {
        char size[32];
        const uint32_t before = fillers[0].next;
        fill_together(store, fillers); /* it may find a little room itself, and fail again */
        assert_true(fillers[0].next > before);
        (void)snprintf(size, sizeof size, "size=%um", GROWTH_MB * (growth + 1));
        assert_int_equal(mount("none", dir, NULL, MS_REMOUNT, size), 0);
        wait_for_recovery(store);
    }
    for (uint32_t i = 0; i < FILLERS; i++)
        assert_int_equal(store_read(store, get_each, &fillers[i]), ST_OK);
    store_close(store);
    store = store_box_open(mode_named(mode), dir);
    for (uint32_t i = 0; i < FILLERS; i++)
        assert_int_equal(store_read(store, get_each, &fillers[i]), ST_OK);
    store_close(store);
    return CHILD_OK;
}

/* ---- a disk with room for writes, but not for merging what they wrote */

enum { FIRST_PUTS = 2000, TIGHT_ROOM = 9 << 20, CRAWL_S = 30 };

static void leave_room(const char *dir, uint64_t room)
{
    char path[PATH_BYTES];
    struct statvfs disk;
    assert_int_equal(statvfs(dir, &disk), 0);
    const uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    assert_true(free_bytes > room);
    (void)snprintf(path, sizeof path, "%s/ballast", dir);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(posix_fallocate(fd, 0, (off_t)(free_bytes - room)), 0);
    (void)close(fd);
}

static int tight_disk_child(const char *mode, const char *dir)
{
    if (!mount_disk(dir, "size=64m")) return CHILD_SKIPS;
    char data[PATH_BYTES];
    (void)snprintf(data, sizeof data, "%s/data", dir);
    struct store *store = store_box_open(mode_named(mode), data);
    for (uint32_t i = 0; i < FIRST_PUTS; i++) assert_int_equal(put_numbered(store, i), ST_OK);
    leave_room(dir, TIGHT_ROOM);
    const time_t begin = time(NULL);
    const uint32_t more = fill(store);
    printf("%u more in %ld s\n", more, (long)(time(NULL) - begin));
    assert_true(time(NULL) - begin < CRAWL_S);
    store_close(store);
    return CHILD_OK;
}

static void run_full_disk(const char *role, const struct store_mode *mode)
{
    char *dir = support_folder_new();
    const int code = store_child_run(role, mode->name, dir);
    support_folder_free(dir);
    if (code == CHILD_SKIPS) {
        printf("skipped: mounting a small disk takes root\n");
        skip();
    }
    assert_int_equal(code, CHILD_OK);
}

static void test_full_disk__loses_nothing_acknowledged(void **state)
{
    (void)state;
    run_full_disk("full", &store_mode_sync);
}

static void test_full_disk__of_a_relaxed_store_loses_nothing_acknowledged(void **state)
{
    (void)state;
    run_full_disk("full", &store_mode_relaxed);
}

static void test_growing_disk__is_written_to_again_without_opening(void **state)
{
    (void)state;
    run_full_disk("growing", &store_mode_sync);
}

static void test_growing_disk__of_a_relaxed_store_is_written_to_again_without_opening(void **state)
{
    (void)state;
    run_full_disk("growing", &store_mode_relaxed);
}

static void test_tight_disk__refuses_writes_and_does_not_slow_them(void **state)
{
    (void)state;
    run_full_disk("tight", &store_mode_sync);
    run_full_disk("tight", &store_mode_relaxed);
}

/* ---- writes that fail */

static int limited_child(const char *mode, const char *dir)
{
    struct store *store = store_box_open(mode_named(mode), dir);
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {.rlim_cur = 500000, .rlim_max = RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const uint32_t acknowledged = fill(store);
    assert_true(acknowledged > 10);
    check_refusing(store, "File too large", acknowledged);
    store_close(store);
    limit.rlim_cur = RLIM_INFINITY;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    store = store_box_open(mode_named(mode), dir);
    check_reopened(store, acknowledged);
    store_close(store);
    return CHILD_OK;
}

static void test_failed_write__refuses_later_ones_and_loses_nothing_acknowledged(void **state)
{
    (void)state;
    const struct store_mode *modes[] = {&store_mode_sync, &store_mode_relaxed};
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
        char *dir = support_folder_new();
        assert_int_equal(store_child_run("limited", modes[i]->name, dir), CHILD_OK);
        support_folder_free(dir);
    }
}

/* ---- damage */

static void damage_file(const char *path)
{
    const int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    for (off_t at = 50000; at < 200000; at += 4096) {
        uint8_t byte = 0;
        if (pread(fd, &byte, 1, at) != 1) break;
        byte ^= 0x40;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    (void)close(fd);
}

static size_t damage_tables(const char *dir)
{
    char rocks[PATH_BYTES];
    (void)snprintf(rocks, sizeof rocks, "%s/rocks", dir);
    DIR *list = opendir(rocks);
    assert_non_null(list);
    size_t count = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(list)) != NULL) {
        char path[PATH_BYTES + 300];
        if (strstr(entry->d_name, ".sst") == NULL) continue;
        (void)snprintf(path, sizeof path, "%s/%s", rocks, entry->d_name);
        damage_file(path);
        count++;
    }
    (void)closedir(list);
    return count;
}

static void test_damage__is_found_and_never_handed_out(void **state)
{
    (void)state;
    char *dir = support_folder_new();
    struct store *store = store_box_open(&store_mode_sync, dir);
    for (uint32_t i = 0; i < 50; i++) assert_int_equal(put_numbered(store, i), ST_OK);
    store_close(store);
    store = store_box_open(&store_mode_sync, dir); /* moves the log into a table */
    store_close(store);
    assert_true(damage_tables(dir) > 0);
    store = store_box_open(&store_mode_sync, dir);
    struct present present = {0};
    assert_int_equal(store_read(store, count_present, &present), ST_CORRUPT);
    assert_true(present.first_missing > 0); /* what is not damaged is there */
    store_close(store);
    support_folder_free(dir);
    support_mem_check();
}

/* Behind the store's back, as the number from which it goes on. */
static void plant_sequence(const char *dir, uint64_t sequence)
{
    char path[PATH_BYTES];
    uint8_t bytes[sizeof sequence];
    struct rocks rocks;
    struct staged staged;
    struct arena arena;
    arena_init(&arena, support_mem(), 1 << 16);
    struct error err = error_in(&arena);
    (void)snprintf(path, sizeof path, "%s/rocks", dir);
    const struct rocks_options options = {
        .path = path, .log = ROCKS_LOG_BUFFERED, .budget = budget_split(1 << 20)};
    assert_int_equal(rocks_open(&rocks, &options, &err), ST_OK);
    assert_int_equal(staged_init(&staged, support_mem()), ST_OK);
    bytes_store_u64(bytes, sequence);
    const struct span value = {bytes, sizeof bytes};
    assert_int_equal(staged_put(&staged, SPAN("\0S"), value), ST_OK);
    assert_int_equal(rocks_write(&rocks, &staged, NULL), ST_OK);
    staged_deinit(&staged);
    rocks_close(&rocks, true);
    arena_deinit(&arena);
}

/* Numbers that nobody can have handed out: going on from there would begin again at 0. */
static void test_damage__of_the_number_to_go_on_from_is_found(void **state)
{
    (void)state;
    static const uint64_t half = UINT64_C(1) << 63;
    const uint64_t damaged[] = {half + 1, UINT64_MAX - 100, UINT64_MAX};
    char text[STORE_BOX_TEXT_BYTES];
    char *dir = support_folder_new();
    struct store *store = store_box_open(&store_mode_sync, dir);
    assert_int_equal(put_numbered(store, 0), ST_OK);
    store_close(store);
    for (size_t i = 0; i < ARRAY_COUNT(damaged); i++) {
        plant_sequence(dir, damaged[i]);
        assert_int_equal(store_box_try_open(dir, &store, text), ST_CORRUPT);
    }
    plant_sequence(dir, half);
    store = store_box_open(&store_mode_sync, dir);
    assert_int_equal(present_in(store), 1);
    store_close(store);
    support_folder_free(dir);
    support_mem_check();
}

int main(int argc, char **argv)
{
    static const struct store_child_role roles[] = {
        {"full",    full_disk_child   },
        {"growing", growing_disk_child},
        {"tight",   tight_disk_child  },
        {"limited", limited_child     }
    };
    int exit_code = 0;
    if (store_child_main(argc, argv, roles, ARRAY_COUNT(roles), &exit_code)) return exit_code;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_disk__loses_nothing_acknowledged),
        cmocka_unit_test(test_full_disk__of_a_relaxed_store_loses_nothing_acknowledged),
        cmocka_unit_test(test_growing_disk__is_written_to_again_without_opening),
        cmocka_unit_test(test_growing_disk__of_a_relaxed_store_is_written_to_again_without_opening),
        cmocka_unit_test(test_tight_disk__refuses_writes_and_does_not_slow_them),
        cmocka_unit_test(test_failed_write__refuses_later_ones_and_loses_nothing_acknowledged),
        cmocka_unit_test(test_damage__is_found_and_never_handed_out),
        cmocka_unit_test(test_damage__of_the_number_to_go_on_from_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
