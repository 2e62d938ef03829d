/* folder_watch_test.c -- what comes to a folder and goes from it is told, in order, until the end.
 */
#include "os/folder_watch.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/thread.h"
#include "support/support.h"

enum {
    PATH_BYTES = 600,
    FILES = 200, /* more than one read of the system's events brings */
    WAIT_NS = 20000000,
};

struct place {
    char *dir;
    struct folder_watch watch;
};

static int place_setup(void **state)
{
    static struct place place;
    place.dir = support_folder_new();
    assert_int_equal(folder_watch_open(place.dir, &place.watch), ST_OK);
    *state = &place;
    return 0;
}

static int place_teardown(void **state)
{
    struct place *place = *state;
    folder_watch_close(&place->watch);
    support_folder_free(place->dir);
    support_mem_check();
    return 0;
}

static void path_in(char out[PATH_BYTES], const struct place *place, const char *name)
{
    (void)snprintf(out, PATH_BYTES, "%s/%s", place->dir, name);
}

static void make(const struct place *place, const char *name)
{
    char path[PATH_BYTES];
    path_in(path, place, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void take_away(const struct place *place, const char *name)
{
    char path[PATH_BYTES];
    path_in(path, place, name);
    assert_int_equal(unlink(path), 0);
}

static void expect(struct place *place, const char *name, bool is_gone)
{
    struct folder_change change;
    assert_true(folder_watch_next(&place->watch, &change));
    assert_string_equal(change.name, name);
    assert_int_equal(change.is_gone, is_gone);
}

static void test_folder_watch__tells_what_comes_and_goes_in_order(void **state)
{
    struct place *place = *state;
    make(place, "a");
    make(place, "b");
    take_away(place, "a");
    make(place, "a");
    expect(place, "a", false);
    expect(place, "b", false);
    expect(place, "a", true);
    expect(place, "a", false);
}

static void test_folder_watch__a_new_name_is_one_that_goes_and_one_that_comes(void **state)
{
    struct place *place = *state;
    char from[PATH_BYTES], to[PATH_BYTES];
    make(place, "old");
    path_in(from, place, "old");
    path_in(to, place, "new");
    assert_int_equal(rename(from, to), 0);
    expect(place, "old", false);
    expect(place, "old", true);
    expect(place, "new", false);
}

static void test_folder_watch__many_changes_are_all_told(void **state)
{
    struct place *place = *state;
    char name[32];
    for (unsigned i = 0; i < FILES; i++) {
        (void)snprintf(name, sizeof name, "file-%u", i);
        make(place, name);
    }
    for (unsigned i = 0; i < FILES; i++) {
        (void)snprintf(name, sizeof name, "file-%u", i);
        expect(place, name, false);
    }
}

static void end_later(void *ctx)
{
    thread_rest(WAIT_NS);
    folder_watch_end(ctx);
}

static void test_folder_watch__a_wait_is_ended_by_another_thread(void **state)
{
    struct place *place = *state;
    struct folder_change change;
    struct thread thread;
    assert_false(folder_watch_is_ended(&place->watch));
    assert_int_equal(thread_start(&thread, "ends-it", end_later, &place->watch), ST_OK);
    assert_false(folder_watch_next(&place->watch, &change));
    thread_join(&thread);
    assert_true(folder_watch_is_ended(&place->watch));
    assert_false(folder_watch_next(&place->watch, &change)); /* from now on */
}

static void test_folder_watch__needs_a_folder(void **state)
{
    const struct place *place = *state;
    struct folder_watch other;
    char path[PATH_BYTES];
    path_in(path, place, "file");
    assert_int_equal(folder_watch_open(path, &other), ST_IO);
    make(place, "file");
    assert_int_equal(folder_watch_open(path, &other), ST_IO);
}

#define PLACE_TEST(fn) cmocka_unit_test_setup_teardown(fn, place_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_folder_watch__tells_what_comes_and_goes_in_order),
        PLACE_TEST(test_folder_watch__a_new_name_is_one_that_goes_and_one_that_comes),
        PLACE_TEST(test_folder_watch__many_changes_are_all_told),
        PLACE_TEST(test_folder_watch__a_wait_is_ended_by_another_thread),
        PLACE_TEST(test_folder_watch__needs_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
