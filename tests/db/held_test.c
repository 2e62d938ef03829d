/* held_test.c -- a snapshot that is held while the disk fails, by a disk that is the test's own.
 *
 * The store goes on by opening its data anew, and knows no state of before.
 */
#include "support/disk.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "stator/engine.h"
#include "stator/stator.h"
#include "support/support.h"

enum { TRIES = 2000, TRY_US = 10000 };

static stator_rc put(stator *db, const char *key)
{
    return stator_put(db, "jobs", STATOR_M({"key", stator_s(key)}));
}

static stator_rc get(stator *db, const char *key)
{
    stator_result *r = NULL;
    const stator_rc rc = stator_get(db, "jobs", &r, STATOR_KEY({"key", stator_s(key)}));
    stator_result_free(r);
    return rc;
}

static void fail_for_a_while(stator *db)
{
    disk_fail(
        &(struct disk_fault){.calls = DISK_NEEDS_ROOM, .nth = 1, .error = ENOSPC, .lasting = true});
    assert_int_equal(put(db, "refused"), STATOR_E_IO);
    assert_true(disk_heal() > 0);
    int tries = 0;
    while (put(db, "b") != STATOR_OK && ++tries < TRIES) (void)usleep(TRY_US);
    assert_in_range(tries, 0, TRIES - 1);
}

static void test_snapshot__of_before_a_failure_of_the_disk_is_refused(void **state)
{
    (void)state;
    char uri[300];
    stator *db = NULL;
    stator *then = NULL;
    char *folder = support_folder_new();
    disk_watch(folder);
    (void)snprintf(uri, sizeof uri, "file:%s/data", folder);
    assert_int_equal(stator_open(uri, NULL, &db), STATOR_OK);
    assert_int_equal(stator_create_table(db, .name = "jobs", .key = "key:S"), STATOR_OK);
    assert_int_equal(put(db, "a"), STATOR_OK);
    assert_int_equal(stator_snapshot(db, &then), STATOR_OK);
    assert_int_equal(get(then, "a"), STATOR_OK);
    fail_for_a_while(db);
    assert_int_equal(get(then, "a"), STATOR_E_IO);
    assert_string_equal(stator_error_get()->message,
                        "A past state of the data is too old for its reader");
    assert_int_equal(get(db, "a"), STATOR_OK);
    stator_close(then);
    stator_close(db);
    disk_forget();
    support_folder_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snapshot__of_before_a_failure_of_the_disk_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
