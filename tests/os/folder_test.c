/* folder_test.c -- making, looking into and measuring directories; small files and their locks. */
#include "os/folder.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/file.h"
#include "support/support.h"

enum { PATH_BYTES = 600 };

struct place {
    char *dir;
    char path[PATH_BYTES];
    struct arena arena;
    struct error err;
};

static int place_setup(void **state)
{
    static struct place place;
    place.dir = support_folder_new();
    (void)snprintf(place.path, PATH_BYTES, "%s/x", place.dir);
    arena_init(&place.arena, support_mem(), 1 << 16);
    place.err = error_in(&place.arena);
    *state = &place;
    return 0;
}

static int place_teardown(void **state)
{
    struct place *place = *state;
    arena_deinit(&place->arena);
    support_folder_free(place->dir);
    support_mem_check();
    return 0;
}

static struct file open_file(struct place *place)
{
    struct file file;
    bool found = false;
    assert_int_equal(file_open(place->path, true, &file, &found, &place->err), ST_OK);
    assert_true(found);
    return file;
}

static void test_folder__making_one_that_is_there_changes_nothing(void **state)
{
    struct place *place = *state;
    assert_int_equal(folder_make(place->path, &place->err), ST_OK);
    assert_int_equal(folder_make(place->path, &place->err), ST_OK);
    bool empty = false;
    assert_int_equal(folder_is_empty(place->path, &empty, &place->err), ST_OK);
    assert_true(empty);
    assert_int_equal(folder_sync(place->path, &place->err), ST_OK);
}

static void test_folder__any_file_makes_it_not_empty(void **state)
{
    struct place *place = *state;
    struct file file = open_file(place);
    bool empty = true;
    assert_int_equal(folder_is_empty(place->dir, &empty, &place->err), ST_OK);
    assert_false(empty);
    file_close(&file);
}

static void test_folder__failures_name_the_folder_and_the_cause(void **state)
{
    struct place *place = *state;
    bool empty = false;
    assert_int_equal(folder_is_empty("/no/such", &empty, &place->err), ST_IO);
    support_assert_text(error_text(&place->err),
                        "cannot read the directory /no/such: No such file or directory");
    assert_int_equal(folder_make("/no/such", &place->err), ST_IO);
    support_assert_text(error_text(&place->err),
                        "cannot make the directory /no/such: No such file or directory");
    assert_int_equal(folder_sync("/no/such", &place->err), ST_IO);
    support_assert_text(error_text(&place->err),
                        "cannot open the directory /no/such: No such file or directory");
}

static void test_folder__counts_the_blocks_of_its_files(void **state)
{
    struct place *place = *state;
    static const uint8_t bytes[100000];
    assert_int_equal(folder_disk_bytes(place->dir), 0);
    assert_int_equal(folder_disk_bytes("/no/such"), 0);
    struct file file = open_file(place);
    assert_int_equal(file_write(&file, (struct span){bytes, sizeof bytes}, &place->err), ST_OK);
    const uint64_t used = folder_disk_bytes(place->dir);
    assert_true(used >= sizeof bytes);
    assert_true(used < 4 * sizeof bytes);
    file_close(&file);
}

static void make_file(const char *path, off_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(truncate(path, size), 0);
}

static off_t size_of(const struct file *file)
{
    struct stat info;
    assert_int_equal(fstat(file->fd, &info), 0);
    return info.st_size;
}

static void test_file__is_held_and_cut_once_it_has_no_name(void **state)
{
    const struct place *place = *state;
    struct file file;
    make_file(place->path, 10000);
    assert_true(file_hold(place->path, 10000, &file));
    assert_false(file_cut(&file, 4000)); /* it can still be opened */
    assert_int_equal(size_of(&file), 10000);
    assert_false(file_is_nameless(&file));
    assert_int_equal(unlink(place->path), 0);
    assert_true(file_is_nameless(&file));
    static const off_t sizes[] = {6000, 2000, 0};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        assert_true(file_cut(&file, 4000));
        assert_int_equal(size_of(&file), sizes[i]);
    }
    assert_false(file_cut(&file, 4000));
    file_close(&file);
}

static void test_file__only_a_large_file_is_held(void **state)
{
    struct place *place = *state;
    struct file file;
    assert_false(file_hold(place->path, 0, &file)); /* not there */
    make_file(place->path, 9999);
    assert_false(file_hold(place->path, 10000, &file));
    assert_int_equal(unlink(place->path), 0);
    assert_int_equal(symlink("/dev/null", place->path), 0);
    assert_false(file_hold(place->path, 0, &file));
    assert_int_equal(unlink(place->path), 0);
    assert_int_equal(folder_make(place->path, &place->err), ST_OK);
    assert_false(file_hold(place->path, 0, &file));
    assert_int_equal(rmdir(place->path), 0);
}

static void test_file__what_is_not_there_is_an_answer(void **state)
{
    struct place *place = *state;
    struct file file;
    bool found = true;
    assert_int_equal(file_open(place->path, false, &file, &found, &place->err), ST_OK);
    assert_false(found);
    assert_int_not_equal(access(place->path, F_OK), 0);
}

static void test_file__is_wholly_what_was_written_last(void **state)
{
    struct place *place = *state;
    struct file file = open_file(place);
    uint8_t bytes[64];
    size_t len = 1;
    assert_int_equal(file_read(&file, bytes, sizeof bytes, &len, &place->err), ST_OK);
    assert_int_equal(len, 0);
    assert_int_equal(file_write(&file, SPAN("a long first text"), &place->err), ST_OK);
    assert_int_equal(file_write(&file, SPAN("short"), &place->err), ST_OK);
    assert_int_equal(file_read(&file, bytes, sizeof bytes, &len, &place->err), ST_OK);
    support_assert_text((struct span){bytes, len}, "short");
    assert_int_equal(file_read(&file, bytes, 2, &len, &place->err), ST_OK);
    support_assert_text((struct span){bytes, len}, "sh");
    file_close(&file);
}

static void test_file__a_lock_holds_until_closing(void **state)
{
    struct place *place = *state;
    struct file first = open_file(place);
    struct file second = open_file(place);
    assert_int_equal(file_lock(&first, &place->err), ST_OK);
    assert_int_equal(file_lock(&second, &place->err), ST_LOCKED);
    file_close(&first);
    assert_int_equal(file_lock(&second, &place->err), ST_OK);
    file_close(&second);
}

static void test_file__a_directory_cannot_be_opened(void **state)
{
    struct place *place = *state;
    struct file file;
    bool found = false;
    assert_int_equal(file_open(place->dir, false, &file, &found, &place->err), ST_IO);
    assert_int_equal(place->err.status, ST_IO);
}

static void put_file(struct place *place, size_t size)
{
    FILE *file = fopen(place->path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < size; i++) assert_true(fputc('a' + (int)(i % 26), file) != EOF);
    assert_int_equal(fclose(file), 0);
}

static void test_file__is_loaded_whole_and_read_only(void **state)
{
    struct place *place = *state;
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 20000};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        struct buf text;
        buf_init(&text, support_mem(), 20000);
        bool found = false;
        put_file(place, sizes[i]);
        assert_int_equal(chmod(place->path, 0400), 0);
        assert_int_equal(file_load(place->path, &text, &found, &place->err), ST_OK);
        assert_true(found);
        assert_int_equal(text.len, sizes[i]);
        for (size_t k = 0; k < text.len; k++) assert_int_equal(text.ptr[k], 'a' + k % 26);
        assert_int_equal(unlink(place->path), 0);
        buf_deinit(&text);
    }
}

static void test_file__that_cannot_be_loaded_says_why(void **state)
{
    struct place *place = *state;
    struct buf text;
    bool found = true;
    buf_init(&text, support_mem(), 100);
    assert_int_equal(file_load(place->path, &text, &found, &place->err), ST_OK);
    assert_false(found);
    assert_int_equal(file_load(place->dir, &text, &found, &place->err), ST_IO);
    assert_true(span_starts_with(error_text(&place->err), SPAN("cannot read ")));
    put_file(place, 101);
    assert_int_equal(file_load(place->path, &text, &found, &place->err), ST_LIMIT);
    buf_deinit(&text);
    buf_init(&text, support_mem(), 1000);
    support_mem_fail_at(1);
    assert_int_equal(file_load(place->path, &text, &found, &place->err), ST_NO_MEMORY);
    buf_deinit(&text);
}

enum { PROBE_BYTES = 100000 };

static void assert_probed(struct place *place)
{
    struct stat info;
    assert_int_equal(file_probe(place->path, PROBE_BYTES, &place->err), ST_OK);
    assert_int_not_equal(lstat(place->path, &info), 0);
}

/* A name that leads to somebody's file must not lead a probe there. */
static void test_file__a_probe_takes_away_what_stands_there(void **state)
{
    struct place *place = *state;
    char target[PATH_BYTES];
    struct stat info;
    (void)snprintf(target, PATH_BYTES, "%s/target", place->dir);
    assert_probed(place);
    make_file(place->path, 10);
    assert_probed(place);
    make_file(target, 10);
    assert_int_equal(symlink(target, place->path), 0);
    assert_probed(place);
    assert_int_equal(stat(target, &info), 0);
    assert_int_equal(info.st_size, 10);
    assert_int_equal(unlink(target), 0);
    assert_int_equal(symlink(target, place->path), 0);
    assert_probed(place);
    assert_int_not_equal(stat(target, &info), 0);
}

static void test_file__a_probe_that_cannot_be_made_says_why(void **state)
{
    struct place *place = *state;
    assert_int_equal(file_probe("/no/such", PROBE_BYTES, &place->err), ST_IO);
    support_assert_text(error_text(&place->err), "cannot make /no/such: No such file or directory");
    assert_int_equal(folder_make(place->path, &place->err), ST_OK);
    assert_int_equal(file_probe(place->path, PROBE_BYTES, &place->err), ST_IO);
    assert_true(span_starts_with(error_text(&place->err), SPAN("cannot make ")));
    assert_true(span_contains(error_text(&place->err), SPAN(": Is a directory")));
}

/* What is there in a test that says so: 2 MB, of which root alone may have one. */
static bool has_reserve;

int __real_fstatvfs(int fd, struct statvfs *info);
int __wrap_fstatvfs(int fd, struct statvfs *info);
int __wrap_fstatvfs(int fd, struct statvfs *info)
{
    if (!has_reserve) return __real_fstatvfs(fd, info);
    *info = (struct statvfs){.f_frsize = 4096, .f_blocks = 1024, .f_bfree = 512, .f_bavail = 256};
    return 0;
}

static void test_file__a_probe_leaves_what_is_reserved_for_root(void **state)
{
    struct place *place = *state;
    has_reserve = true;
    assert_int_equal(file_probe(place->path, 1 << 19, &place->err), ST_OK);
    assert_int_equal(file_probe(place->path, 3 << 19, &place->err), ST_IO);
    assert_true(span_contains(error_text(&place->err), SPAN(": No space left on device")));
    has_reserve = false;
}

int main(void)
{
#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_folder__making_one_that_is_there_changes_nothing),
        PLACE_TEST(test_folder__any_file_makes_it_not_empty),
        PLACE_TEST(test_folder__failures_name_the_folder_and_the_cause),
        PLACE_TEST(test_folder__counts_the_blocks_of_its_files),
        PLACE_TEST(test_file__is_held_and_cut_once_it_has_no_name),
        PLACE_TEST(test_file__only_a_large_file_is_held),
        PLACE_TEST(test_file__what_is_not_there_is_an_answer),
        PLACE_TEST(test_file__is_wholly_what_was_written_last),
        PLACE_TEST(test_file__a_lock_holds_until_closing),
        PLACE_TEST(test_file__a_directory_cannot_be_opened),
        PLACE_TEST(test_file__is_loaded_whole_and_read_only),
        PLACE_TEST(test_file__that_cannot_be_loaded_says_why),
        PLACE_TEST(test_file__a_probe_takes_away_what_stands_there),
        PLACE_TEST(test_file__a_probe_that_cannot_be_made_says_why),
        PLACE_TEST(test_file__a_probe_leaves_what_is_reserved_for_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
