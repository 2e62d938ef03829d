/* home_test.c -- whose a data directory is: made, marked, locked, refused (H1 to H3 of home.c).
 *
 * Permissions do not bind root, so the tests of unreadable directories run a child that is nobody.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store_box.h"
#include "store/store_child.h"

enum { PATH_BYTES = 600, NOBODY = 65534 };

struct place {
    char *dir;
    char inner[PATH_BYTES];  /* a directory within, not made yet */
    char marker[PATH_BYTES]; /* its marker */
    char text[STORE_BOX_TEXT_BYTES];
};

static int place_setup(void **state)
{
    static struct place place;
    place.dir = support_folder_new();
    (void)snprintf(place.inner, PATH_BYTES, "%s/data", place.dir);
    (void)snprintf(place.marker, PATH_BYTES, "%s/data/STATOR", place.dir);
    *state = &place;
    return 0;
}

static int place_teardown(void **state)
{
    struct place *place = *state;
    support_folder_free(place->dir);
    support_mem_check();
    return 0;
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_refused(struct place *place, status expected, const char *sentence)
{
    struct store *store = NULL;
    assert_int_equal(store_box_try_open(place->inner, &store, place->text), expected);
    assert_null(store);
    assert_non_null(strstr(place->text, sentence));
    assert_non_null(strstr(place->text, place->dir)); /* it says which directory */
    assert_null(strchr(place->text, '\n'));
}

static void assert_opens(struct place *place)
{
    struct store *store = NULL;
    if (store_box_try_open(place->inner, &store, place->text) != ST_OK) fail_msg("%s", place->text);
    store_close(store);
}

static void test_home__is_made_and_opened_again(void **state)
{
    struct place *place = *state;
    assert_opens(place);
    assert_int_equal(access(place->marker, F_OK), 0);
    assert_opens(place);
}

static void test_home__an_empty_directory_is_taken(void **state)
{
    struct place *place = *state;
    char lost[PATH_BYTES + 16];
    assert_int_equal(mkdir(place->inner, 0700), 0);
    (void)snprintf(lost, sizeof lost, "%s/lost+found", place->inner);
    assert_int_equal(mkdir(lost, 0700), 0); /* a fresh file system is as good as empty */
    assert_opens(place);
}

static void test_home__a_foreign_directory_is_refused_and_left_alone(void **state)
{
    struct place *place = *state;
    char other[PATH_BYTES + 16];
    assert_int_equal(mkdir(place->inner, 0700), 0);
    (void)snprintf(other, sizeof other, "%s/CURRENT", place->inner);
    write_text(other, "MANIFEST-000001\n");
    assert_refused(place, ST_FOREIGN, "is not empty and holds no Stator database");
    assert_int_not_equal(access(place->marker, F_OK), 0); /* H1 */
}

static void test_home__a_foreign_marker_is_refused(void **state)
{
    struct place *place = *state;
    const char *texts[] = {"stator database, format 1\n", "anything else\n",
                           "\nStator database, format 1\n"};
    assert_int_equal(mkdir(place->inner, 0700), 0);
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        write_text(place->marker, texts[i]);
        struct store *store = NULL;
        assert_int_equal(store_box_try_open(place->inner, &store, place->text), ST_FOREIGN);
    }
}

static void test_home__another_format_is_refused(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkdir(place->inner, 0700), 0);
    write_text(place->marker, "Stator database, format 1\n");
    assert_refused(place, ST_FOREIGN, "another version of Stator");
}

static void test_home__a_torn_marker_is_written_anew(void **state)
{
    struct place *place = *state;
    assert_opens(place);
    struct stat whole;
    assert_int_equal(stat(place->marker, &whole), 0);
    const off_t sizes[] = {0, 1, 10, 30, whole.st_size - 1};
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        assert_int_equal(truncate(place->marker, sizes[i]), 0);
        assert_opens(place);
        struct stat now;
        assert_int_equal(stat(place->marker, &now), 0);
        assert_int_equal(now.st_size, whole.st_size);
    }
}

static void test_home__a_file_in_its_place_is_refused(void **state)
{
    struct place *place = *state;
    write_text(place->inner, "x");
    assert_refused(place, ST_IO, "is not a directory");
}

static void test_home__a_missing_parent_is_refused(void **state)
{
    struct place *place = *state;
    (void)snprintf(place->inner, PATH_BYTES, "%s/no/data", place->dir);
    assert_refused(place, ST_IO, "No such file or directory");
}

/* ---- locks */

static int open_child(const char *dir, const char *expected)
{
    struct store *store = NULL;
    char text[STORE_BOX_TEXT_BYTES];
    const status st = store_box_try_open(dir, &store, text);
    if (st == ST_OK) store_close(store);
    return st == (status)strtol(expected, NULL, 10) ? 0 : 1;
}

static int open_in_child(const char *dir, status expected)
{
    char number[16];
    (void)snprintf(number, sizeof number, "%d", (int)expected);
    return store_child_run("open", dir, number);
}

static void test_home__is_locked_against_other_processes(void **state)
{
    struct place *place = *state;
    struct store *store = store_box_open(&store_mode_sync, place->inner);
    assert_int_equal(open_in_child(place->inner, ST_LOCKED), 0);
    store_close(store);
    assert_int_equal(open_in_child(place->inner, ST_OK), 0);
}

static void test_home__is_locked_against_the_same_process(void **state)
{
    struct place *place = *state;
    struct store *store = store_box_open(&store_mode_sync, place->inner);
    assert_refused(place, ST_LOCKED, "is in use by another process");
    assert_int_equal(store_box_put(store, SPAN("still"), SPAN("works")), ST_OK);
    store_close(store);
    assert_opens(place);
}

/* ---- permissions */

static int nobody_child(const char *dir, const char *sentence)
{
    if (geteuid() == 0 && setuid(NOBODY) != 0) return 2;
    struct store *store = NULL;
    char text[STORE_BOX_TEXT_BYTES];
    if (store_box_try_open(dir, &store, text) != ST_IO) return 3;
    return strstr(text, sentence) != NULL ? 0 : 4;
}

static void test_home__an_unreadable_directory_is_refused(void **state)
{
    struct place *place = *state;
    assert_int_equal(chmod(place->dir, 0755), 0);
    assert_int_equal(mkdir(place->inner, 0700), 0);
    assert_int_equal(chmod(place->inner, 0), 0);
    assert_int_equal(store_child_run("nobody", place->inner, "Permission denied"), 0);
    assert_int_equal(chmod(place->inner, 0555), 0); /* readable, not writable */
    assert_int_equal(store_child_run("nobody", place->inner, "Permission denied"), 0);
    assert_int_equal(chmod(place->inner, 0755), 0);
}

static void test_home__an_unwritable_marker_is_refused(void **state)
{
    struct place *place = *state;
    assert_opens(place);
    assert_int_equal(chmod(place->dir, 0755), 0);
    assert_int_equal(chmod(place->inner, 0555), 0);
    assert_int_equal(chmod(place->marker, 0444), 0);
    assert_int_equal(store_child_run("nobody", place->inner, "Permission denied"), 0);
    assert_int_equal(chmod(place->inner, 0755), 0);
}

/* ---- memory that runs out */

static void test_home__opening_survives_every_failed_allocation(void **state)
{
    struct place *place = *state;
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        struct store *store = NULL;
        support_mem_fail_at(nth);
        const status st = store_box_try_open(place->inner, &store, place->text);
        fired = support_mem_failed();
        support_mem_fail_at(0);
        assert_int_equal(st, fired ? ST_NO_MEMORY : ST_OK);
        if (st == ST_OK) store_close(store);
        support_mem_check();
        assert_true(nth < 50);
    }
}

int main(int argc, char **argv)
{
    static const struct store_child_role roles[] = {
        {"open",   open_child  },
        {"nobody", nobody_child}
    };
    int exit_code = 0;
    if (store_child_main(argc, argv, roles, ARRAY_COUNT(roles), &exit_code)) return exit_code;
#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_home__is_made_and_opened_again),
        PLACE_TEST(test_home__an_empty_directory_is_taken),
        PLACE_TEST(test_home__a_foreign_directory_is_refused_and_left_alone),
        PLACE_TEST(test_home__a_foreign_marker_is_refused),
        PLACE_TEST(test_home__another_format_is_refused),
        PLACE_TEST(test_home__a_torn_marker_is_written_anew),
        PLACE_TEST(test_home__a_file_in_its_place_is_refused),
        PLACE_TEST(test_home__a_missing_parent_is_refused),
        PLACE_TEST(test_home__is_locked_against_other_processes),
        PLACE_TEST(test_home__is_locked_against_the_same_process),
        PLACE_TEST(test_home__an_unreadable_directory_is_refused),
        PLACE_TEST(test_home__an_unwritable_marker_is_refused),
        PLACE_TEST(test_home__opening_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
