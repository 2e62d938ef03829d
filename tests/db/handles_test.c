/* handles_test.c -- opening, closing, options, hooks and cancels, on every kind of database.
 *
 * What needs a server that misbehaves stands in partial_test.c; what needs a database that refuses
 * for now, in again_test.c.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/place.h"

/* ---- opening */

static void test_open__what_is_no_database_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "mem",
        "memory:",
        "MEM:",
        "mem:x",
        "file:",
        "http:",
        "ftp://x",
        "unix:",
        "http://",
        "http://127.0.0.1:99999",
        "\xff",
        "http://a b/",
        "unix",
        "/tmp/x",
        "aws",
        "mem:\xff",
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        stator *db = (stator *)&db;
        const stator_rc rc = stator_open(wrong[i], NULL, &db);
        if (rc != STATOR_E_INVALID || db != NULL)
            fail_msg("\"%s\": %s: %s", wrong[i], stator_rc_name(rc), stator_error_get()->message);
        assert_true(strlen(stator_error_get()->message) > 0);
    }
    place_end();
}

static void test_open__options_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const stator_options wrong[] = {
        {.size = sizeof(stator_options), .max_expr_depth = -1  },
        {.size = sizeof(stator_options), .max_expr_depth = 1000},
        {.size = sizeof(stator_options), .durability = 2       },
        {.size = sizeof(stator_options), .cache_mb = -1        },
        {.size = sizeof(stator_options), .wording = "new"      },
        {.size = sizeof(stator_options), .wording = "\xff"     },
        {.size = sizeof(stator_options), .region = "\xff"      },
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        stator *db = NULL;
        const stator_rc rc = stator_open("mem:", &wrong[i], &db);
        if (rc != STATOR_E_INVALID || db != NULL) fail_msg("options %zu: %d", i, rc);
    }
    place_end();
}

/* Nothing is sent before the first call. */
static void test_open__an_endpoint_need_not_be_there_yet(void **state)
{
    (void)state;
    const stator_options options = {.size = sizeof options, .retry = &STATOR_RETRY_NONE};
    stator *db = NULL;
    stator_result *r = NULL;
    place_rc(stator_open("http://127.0.0.1:1", &options, &db), STATOR_OK);
    place_rc(stator_list_tables(db, NULL, 0, &r), STATOR_E_NETWORK);
    assert_true(stator_error_get()->retryable);
    assert_false(stator_error_get()->uncertain);
    assert_null(r);
    place_close(db);
}

static void test_options__the_callers_memory_is_copied(void **state)
{
    (void)state;
    char prefix[] = "prefix-";
    stator_retry retry = STATOR_RETRY_NONE;
    stator_options options = {.size = sizeof options, .table_prefix = prefix, .retry = &retry};
    stator *db = place_open_with(&options);
    memset(prefix, '?', sizeof prefix - 1);
    memset(&retry, '?', sizeof retry);
    memset(&options, '?', sizeof options);
    const char *t = place_table(db, "PK:S, SK:S");
    place_put(db, t, "a", "1", 1);
    place_close(db);
}

static void test_options__a_prefix_stands_before_every_table(void **state)
{
    (void)state;
    const stator_options options = {.size = sizeof options, .table_prefix = "dev-"};
    char full[120];
    stator_result *r = NULL;
    stator *db = place_open_with(&options);
    const char *t = place_table(db, "PK:S, SK:S");
    (void)snprintf(full, sizeof full, "dev-%s", t);
    place_rc(stator_describe_table(db, t, &r), STATOR_OK);
    assert_string_equal(stator_str(stator_result_node(r), "Table.TableName"), full);
    stator_result_free(r);

    const stator_val key = PLACE_KEY("a", "1");
    const char *const tables[] = {t};
    stator_batch *batch = NULL;
    int64_t n = 0;
    place_rc(stator_put(db, t, key, .if_not_exists = true), STATOR_OK);
    place_rc(stator_batch_new(db, NULL, &batch), STATOR_OK);
    place_rc(stator_batch_put(batch, t, PLACE_KEY("b", "1")), STATOR_OK);
    place_rc(stator_batch_flush(batch), STATOR_OK);
    stator_batch_free(batch);
    stator_tx *tx = stator_tx_put(stator_tx_new(db), t, PLACE_KEY("c", "1"));
    place_rc(stator_tx_commit(tx, NULL), STATOR_OK);
    stator_tx_free(tx);
    place_rc(stator_count(db, t, &n, (stator_cond){0}), STATOR_OK);
    assert_int_equal(n, 3);
    place_rc(stator_batch_get(db, t, &r, &key, 1), STATOR_OK);
    assert_non_null(stator_result_item(r, 0));
    stator_result_free(r);
    place_rc(stator_tx_get_items(db, tables, &key, 1, &r), STATOR_OK);
    assert_non_null(stator_result_item(r, 0));
    stator_result_free(r);
    place_rc(stator_scan(db, &r, t, .capacity = STATOR_CAP_TOTAL), STATOR_OK);
    assert_true(stator_result_capacity(r, t) > 0.4);
    stator_result_free(r);
    place_rc(stator_delete_table(db, t), STATOR_OK);
    place_close(db);
}

static void test_options__depth_of_conditions(void **state)
{
    (void)state;
    const stator_options options = {.size = sizeof options, .max_expr_depth = 1};
    stator *db = place_open_with(&options);
    const char *t = place_table(db, "PK:S, SK:S");
    const stator_val item = PLACE_KEY("a", "1");
    place_rc(stator_put(db, t, item, .condition = stator_not(stator_exists("PK"))), STATOR_OK);
    place_rc(stator_put(db, t, item, .condition = stator_not(stator_not(stator_exists("PK")))),
             STATOR_E_TOO_DEEP);
    place_close(db);
}

/* ---- in this process alone */

static void test_wording__may_be_current(void **state)
{
    (void)state;
    const stator_options options = {.size = sizeof options, .wording = "current"};
    stator *db = NULL;
    place_rc(stator_open("mem:", &options, &db), STATOR_OK);
    place_rc(stator_create_table(db, .name = "t", .key = "PK:S",
                                 .indexes = STATOR_INDEXES({.name = "i", .key = "a:S"})),
             STATOR_E_INVALID);
    assert_non_null(strstr(stator_error_get()->message, "1 validation error detected: "));
    place_close(db);
}

static void test_mem__databases_are_apart_and_end_with_their_handle(void **state)
{
    (void)state;
    stator *one = NULL;
    stator *two = NULL;
    place_rc(stator_open("mem:", NULL, &one), STATOR_OK);
    place_rc(stator_open("mem:", NULL, &two), STATOR_OK);
    place_rc(stator_create_table(one, .name = "apart", .key = "PK:S"), STATOR_OK);
    place_rc(stator_delete_table(two, "apart"), STATOR_E_NO_TABLE);
    stator_close(one);
    place_rc(stator_open("mem:", NULL, &one), STATOR_OK);
    place_rc(stator_delete_table(one, "apart"), STATOR_E_NO_TABLE);
    stator_close(two);
    place_close(one);
}

static void test_file__keeps_what_was_written(void **state)
{
    (void)state;
    static const int durabilities[] = {STATOR_SYNC, STATOR_RELAXED};
    char *folder = support_folder_new();
    char uri[600];
    (void)snprintf(uri, sizeof uri, "file:%s/data", folder);
    for (size_t i = 0; i < ARRAY_COUNT(durabilities); i++) {
        const stator_options options = {
            .size = sizeof options, .durability = durabilities[i], .cache_mb = 8};
        stator *db = NULL;
        place_rc(stator_open(uri, &options, &db), STATOR_OK);
        place_rc(stator_ensure_table(db, .name = "kept", .key = "PK:S, SK:S"), STATOR_OK);
        if (i == 0) place_put(db, "kept", "a", "1", 7);
        place_stored(db, "kept", "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":7}");
        stator_close(db);
    }
    support_folder_free(folder);
    place_end();
}

static void test_file__that_another_has_open_is_locked(void **state)
{
    (void)state;
    char *folder = support_folder_new();
    char uri[600];
    stator *db = NULL;
    stator *other = NULL;
    (void)snprintf(uri, sizeof uri, "file:%s/data", folder);
    place_rc(stator_open(uri, NULL, &db), STATOR_OK);
    place_rc(stator_open(uri, NULL, &other), STATOR_E_LOCKED);
    assert_null(other);
    assert_true(strlen(stator_error_get()->message) > 0);
    stator_close(db);
    place_rc(stator_open(uri, NULL, &other), STATOR_OK);
    stator_close(other);
    support_folder_free(folder);
    place_end();
}

/* `stator serve` on `folder`, when it serves; the server's process. */
static pid_t serve(const char *folder)
{
    int ends[2];
    char line[200];
    const char *program = getenv("STATOR");
    assert_non_null(program);
    assert_int_equal(pipe(ends), 0);
    const pid_t server = fork();
    assert_true(server >= 0);
    if (server == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execl(program, program, "serve", "--port", "0", "--data", folder, (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    assert_true(read(ends[0], line, sizeof line) > 0);
    (void)close(ends[0]);
    return server;
}

static void test_file__that_a_server_has_open_is_locked(void **state)
{
    (void)state;
    int how = 0;
    char data[600];
    char uri[700];
    stator *db = NULL;
    char *folder = support_folder_new();
    (void)snprintf(data, sizeof data, "%s/data", folder);
    (void)snprintf(uri, sizeof uri, "file:%s", data);
    const pid_t server = serve(data);
    place_rc(stator_open(uri, NULL, &db), STATOR_E_LOCKED);
    assert_null(db);
    assert_int_equal(kill(server, SIGTERM), 0);
    assert_int_equal(waitpid(server, &how, 0), server);
    assert_true(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    place_rc(stator_open(uri, NULL, &db), STATOR_OK);
    stator_close(db);
    support_folder_free(folder);
    place_end();
}

static void test_file__that_is_none_of_ours_is_left_alone(void **state)
{
    (void)state;
    char *folder = support_folder_new();
    char path[600];
    char uri[700];
    stator *db = NULL;
    (void)snprintf(path, sizeof path, "%s/letter.txt", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("dear", file) >= 0);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(uri, sizeof uri, "file:%s", folder);
    place_rc(stator_open(uri, NULL, &db), STATOR_E_IO);
    assert_non_null(strstr(stator_error_get()->message, "holds no Stator database"));
    (void)snprintf(uri, sizeof uri, "file:%s", path);
    place_rc(stator_open(uri, NULL, &db), STATOR_E_IO);
    assert_null(db);
    support_folder_free(folder);
    place_end();
}

/* ---- hooks */

struct heard {
    int64_t now;
    uint64_t random;
    int finishes, levels[4];
    stator_event last;
    char op[40], table[100];
};

static void note_finish(void *ud, const stator_event *event)
{
    struct heard *h = ud;
    h->finishes++;
    h->last = *event;
    (void)snprintf(h->op, sizeof h->op, "%s", event->op);
    (void)snprintf(h->table, sizeof h->table, "%s", event->table != NULL ? event->table : "NULL");
}

static void note_log(void *ud, int level, const char *message, const stator_event *event)
{
    struct heard *h = ud;
    assert_null(strstr(message, "secret"));
    assert_non_null(event->error);
    h->levels[level]++;
}

static int64_t given_now(void *ud)
{
    return ((const struct heard *)ud)->now;
}

static uint64_t given_random(void *ud)
{
    struct heard *h = ud;
    return h->random++;
}

static void test_hooks__hear_of_each_call_once(void **state)
{
    (void)state;
    struct heard h = {.now = 0};
    const stator_hooks hooks = {.ud = &h, .on_finish = note_finish, .log = note_log};
    const stator_options options = {.size = sizeof options, .hooks = &hooks};
    stator_result *r = NULL;
    stator *db = place_open_with(&options);
    const char *t = place_table(db, "PK:S, SK:S");
    h = (struct heard){.now = 0};
    const stator_val item =
        STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("1")}, {"x", stator_s("secret")});
    place_rc(stator_put(db, t, item, .capacity = STATOR_CAP_TOTAL), STATOR_OK);
    assert_int_equal(h.finishes, 1);
    assert_string_equal(h.op, "PutItem");
    assert_string_equal(h.table, t);
    assert_int_equal(h.last.rc, STATOR_OK);
    assert_null(h.last.error);
    assert_int_equal(h.last.attempt, 1);
    assert_true(h.last.capacity > 0.9);
    assert_true(h.last.elapsed_us >= 0 && h.last.elapsed_us < 60 * STATOR_SECOND);
    place_rc(stator_put(db, t, item, .condition = stator_eq("x", stator_s("other")),
                        .on_failure = STATOR_ALL_OLD),
             STATOR_CONDITION_FAILED);
    assert_int_equal(h.last.rc, STATOR_CONDITION_FAILED);
    assert_int_equal(h.levels[STATOR_LOG_DEBUG], 1);
    place_rc(stator_put(db, "none", item), STATOR_E_NO_TABLE);
    assert_int_equal(h.levels[STATOR_LOG_ERROR], 1);
    place_rc(stator_put(db, t, stator_s("secret")), STATOR_E_INVALID); /* nothing was called */
    assert_int_equal(h.finishes, 3);
    place_rc(stator_get(db, t, &r, PLACE_KEY("b", "1")), STATOR_NOT_FOUND);
    assert_int_equal(h.last.rc, STATOR_OK);
    place_close(db);
}

static void test_hooks__clock_and_randomness_are_the_applications(void **state)
{
    (void)state;
    struct heard h = {.now = 1700000000 * STATOR_SECOND, .random = 1};
    const stator_hooks hooks = {.ud = &h, .now_us = given_now, .random = given_random};
    const stator_options options = {.size = sizeof options, .hooks = &hooks};
    char one[STATOR_UUID_LEN];
    char two[STATOR_UUID_LEN];
    stator *db = NULL;
    place_rc(stator_open("mem:", &options, &db), STATOR_OK);
    assert_int_equal(stator_now(db), 1700000000 * STATOR_SECOND);
    h.random = 5;
    (void)stator_uuid4(db, one);
    h.random = 5;
    (void)stator_uuid4(db, two);
    assert_string_equal(one, two);

    /* Expiry goes by it too. */
    place_rc(stator_create_table(db, .name = "aging", .key = "PK:S, SK:S", .ttl = "n"), STATOR_OK);
    place_put(db, "aging", "a", "1", 1700000100);
    place_stored(db, "aging", "a", "1", "{\"PK\":\"a\",\"SK\":\"1\",\"n\":1700000100}");
    h.now += 101 * STATOR_SECOND;
    place_stored(db, "aging", "a", "1", NULL);
    place_close(db);
}

/* ---- canceling */

static void test_cancel__ends_a_pause_at_once(void **state)
{
    (void)state;
    struct place_canceler canceler;
    const stator_node *item = NULL;
    stator_pager *pager = NULL;
    stator *db = place_open();
    const char *t = place_table(db, "PK:S, SK:S");
    place_put(db, t, "a", "1", 1);
    place_put(db, t, "a", "2", 2);
    place_rc(stator_each_query(db, t, &pager, stator_eq("PK", stator_s("a")), .limit = 1,
                               .page_delay_us = 3600 * STATOR_SECOND),
             STATOR_OK);
    place_rc(stator_next(pager, &item), STATOR_OK);
    place_cancel_begin(&canceler, db);
    place_error(stator_next(pager, &item), STATOR_E_CANCELED, "the call was canceled");
    place_cancel_end(&canceler);
    stator_pager_free(pager);
    place_close(db);
}

/* A NULL handle: nothing is canceled. */
static stator_rc cancel_and_go_on(void *ud, int segment, const stator_node *item)
{
    (void)segment;
    (void)item;
    stator_cancel(ud);
    return STATOR_OK;
}

static void test_cancel__ends_a_scan_in_parts_and_waiting_for_a_table(void **state)
{
    (void)state;
    struct place_canceler canceler;
    stator *db = place_open();
    const char *t = place_table(db, "PK:S, SK:S");
    for (int i = 0; i < 8; i++) place_put(db, t, i % 2 == 0 ? "a" : "b", i < 4 ? "1" : "2", i);
    const stator_query_opts opts = {.size = sizeof opts, .table = t, .segments = 1, .limit = 1};
    place_rc(stator_scan_all(db, &opts, cancel_and_go_on, db), STATOR_E_CANCELED);
    place_rc(stator_scan_all(db, &opts, cancel_and_go_on, NULL), STATOR_OK);
    place_cancel_begin(&canceler, db);
    place_rc(stator_wait_table(db, t, "DELETING", 3600 * STATOR_SECOND), STATOR_E_CANCELED);
    place_cancel_end(&canceler);
    place_put(db, t, "a", "1", 1);
    place_close(db);
}

/* ---- closing */

struct busy {
    stator *db;
    stator_pager *pager; /* which keeps the handle's memory */
    const char *table;
    atomic_bool began;
    stator_rc last;
};

static void *read_until_closed(void *ud)
{
    struct busy *busy = ud;
    const stator_node *item = NULL;
    do {
        busy->last = stator_next(busy->pager, &item);
        if (busy->last == STATOR_DONE) break;
        atomic_store(&busy->began, true);
    } while (busy->last == STATOR_OK);
    return NULL;
}

/* Many times, since the moment is what matters (H1). */
static void test_close__waits_for_calls_under_way(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        enum { READERS = 3 };
        struct busy busy[READERS];
        pthread_t threads[READERS];
        stator *db = place_open();
        const char *t = place_table(db, "PK:S, SK:S");
        for (int i = 0; i < 20; i++) {
            char sk[8];
            place_rc(
                stator_put(db, t, STATOR_M({"PK", stator_s("a")}, {"SK", stator_sf(sk, "%d", i)})),
                STATOR_OK);
        }
        for (int i = 0; i < READERS; i++) {
            busy[i] = (struct busy){.db = db, .table = t};
            place_rc(stator_each_query(db, t, &busy[i].pager, stator_eq("PK", stator_s("a")),
                                       .limit = 1),
                     STATOR_OK);
            assert_int_equal(pthread_create(&threads[i], NULL, read_until_closed, &busy[i]), 0);
        }
        while (!atomic_load(&busy[round % READERS].began)) sched_yield();
        stator_close(db);
        for (int i = 0; i < READERS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_true(busy[i].last == STATOR_E_MISUSE || busy[i].last == STATOR_DONE);
            stator_pager_free(busy[i].pager);
        }
        place_end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open__what_is_no_database_is_refused),
        cmocka_unit_test(test_open__options_that_cannot_be_are_refused),
        cmocka_unit_test(test_open__an_endpoint_need_not_be_there_yet),
        cmocka_unit_test(test_options__the_callers_memory_is_copied),
        cmocka_unit_test(test_options__a_prefix_stands_before_every_table),
        cmocka_unit_test(test_options__depth_of_conditions),
        cmocka_unit_test(test_wording__may_be_current),
        cmocka_unit_test(test_mem__databases_are_apart_and_end_with_their_handle),
        cmocka_unit_test(test_file__keeps_what_was_written),
        cmocka_unit_test(test_file__that_another_has_open_is_locked),
        cmocka_unit_test(test_file__that_a_server_has_open_is_locked),
        cmocka_unit_test(test_file__that_is_none_of_ours_is_left_alone),
        cmocka_unit_test(test_hooks__hear_of_each_call_once),
        cmocka_unit_test(test_hooks__clock_and_randomness_are_the_applications),
        cmocka_unit_test(test_cancel__ends_a_pause_at_once),
        cmocka_unit_test(test_cancel__ends_a_scan_in_parts_and_waiting_for_a_table),
        cmocka_unit_test(test_close__waits_for_calls_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
