/* no_memory_test.c -- every call with its 1st, 2nd, … n-th allocation failing, on every kind of
 * database.
 *
 * Such a call returns STATOR_E_NOMEM, gives nothing, loses nothing, and the next one works; heap.c
 * counts that all memory comes back. The failing allocation may be one of a thread of the
 * database's own. An allocation that nobody needs (a cache's) may fail without anyone noticing.
 */
#include <stdio.h>

#include "db/heap.h"
#include "db/place.h"

enum { ALLOCATIONS_MAX = 3000 };

static stator *db;
static const char *t;

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    t = place_table(db, "PK:S, SK:S");
    if (!place_is_peer()) place_rc(stator_set_stream(db, t, "NEW_IMAGE"), STATOR_OK);
    for (int i = 0; i < 5; i++) {
        char sk[8];
        place_rc(stator_put(db, t,
                            STATOR_M({"PK", stator_s("a")}, {"SK", stator_sf(sk, "s%d", i)},
                                     {"n", stator_i(i)})),
                 STATOR_OK);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

#define OF_A stator_eq("PK", stator_s("a"))
#define KEY PLACE_KEY("a", "s0")
#define ITEM STATOR_M({"PK", stator_s("a")}, {"SK", stator_s("s0")}, {"n", stator_i(0)})

/* ---- the walk */

typedef stator_rc(act_fn)(void);

static bool has_failed; /* the allocation that was to fail */

/* Call this before looking at what a call gave: reading nodes takes memory as well. */
static void stop_failing(void)
{
    has_failed = has_failed || heap_failed();
    heap_fail_at(0);
}

/* Where there was no memory for the thread's own error, the outcome alone tells. */
static bool is_told(stator_rc rc)
{
    const stator_error *error = stator_error_get();
    if (rc != STATOR_E_NOMEM || error->rc == STATOR_OK) return rc == STATOR_E_NOMEM;
    return error->rc == rc && strcmp(error->code, "STATOR_E_NOMEM") == 0 &&
           strlen(error->message) > 0;
}

static void fail_each(const char *what, act_fn *act, stator_rc expected)
{
    int noticed = 0;
    for (uint64_t n = 1; n < ALLOCATIONS_MAX; n++) {
        stator_thread_end(); /* so that the thread's own memory is taken again */
        has_failed = false;
        heap_fail_at(n);
        const stator_rc rc = act();
        stop_failing();
        if (rc != expected && !is_told(rc))
            fail_msg("%s, allocation %llu: %s: %s", what, (unsigned long long)n, stator_rc_name(rc),
                     stator_error_get()->message);
        noticed += rc != expected ? 1 : 0;
        if (has_failed) continue;
        assert_true(noticed > 0);
        assert_int_equal(act(), expected);
        return;
    }
    fail_msg("%s has no end", what);
}

/* ---- calls */

static stator_rc act_put(void)
{
    return stator_put(db, t, ITEM,
                      .condition = stator_or(stator_ge("n", stator_i(0)), stator_not_exists("PK")));
}

static stator_rc act_put_refused(void)
{
    return stator_put(db, t, ITEM, .if_not_exists = true, .on_failure = STATOR_ALL_OLD);
}

/* Without memory for it there is no explanation, and the same outcome. */
static stator_rc act_put_explained(void)
{
    stator_explain(true);
    const stator_rc rc = act_put_refused();
    stop_failing();
    const char *line = stator_explanation();
    if (line != NULL && rc == STATOR_CONDITION_FAILED)
        assert_non_null(strstr(line, "\"condition\":\"failed\""));
    stator_explain(false);
    return rc;
}

static stator_rc act_update(void)
{
    stator_result *r = NULL;
    const stator_rc rc = stator_update(
        db, t, KEY, stator_updates(stator_set("s", stator_s("x")), stator_remove("y")),
        .if_exists = true, .returning = STATOR_ALL_NEW, .result = &r);
    assert_true((rc == STATOR_OK) == (r != NULL));
    stator_result_free(r);
    return rc;
}

static stator_rc act_delete(void)
{
    return stator_delete(db, t, PLACE_KEY("none", "x"), .condition = stator_not_exists("PK"));
}

static stator_rc act_get(void)
{
    stator_result *r = NULL;
    const stator_rc rc = stator_get(db, t, &r, KEY, .select = "n, PK, SK");
    assert_true((rc == STATOR_OK) == (r != NULL));
    stop_failing();
    if (r != NULL) assert_int_equal(stator_int(stator_result_item(r, 0), "n", -1), 0);
    stator_result_free(r);
    return rc;
}

static stator_rc act_query(void)
{
    stator_result *r = NULL;
    const stator_rc rc = stator_query(db, t, &r, OF_A, .filter = stator_ge("n", stator_i(0)),
                                      .limit = 3, .capacity = STATOR_CAP_TOTAL);
    assert_true((rc == STATOR_OK) == (r != NULL));
    stop_failing();
    if (r != NULL) assert_int_equal(stator_result_count(r), 3);
    stator_result_free(r);
    return rc;
}

/* G2: after a failure the same call goes on, and no item is lost or comes twice. */
static stator_rc act_page_by_page(void)
{
    const stator_node *item = NULL;
    stator_pager *pager = NULL;
    int64_t next = 0;
    stator_rc rc = stator_each_query(db, t, &pager, OF_A, .limit = 2);
    if (rc != STATOR_OK) return rc;
    while ((rc = stator_next(pager, &item)) != STATOR_DONE) {
        if (rc != STATOR_OK) {
            assert_true(is_told(rc));
            continue;
        }
        const int64_t n = stator_int(item, "n", -1); /* -1: no memory to read it */
        assert_true(n == next || n == -1);
        next++;
    }
    assert_int_equal(next, 5);
    stator_pager_free(pager);
    return STATOR_OK; /* it was noticed, and made up for */
}

static stator_rc act_count(void)
{
    int64_t n = -1;
    const stator_rc rc = stator_count(db, t, &n, OF_A, .limit = 2);
    assert_int_equal(n, rc == STATOR_OK ? 5 : 0);
    return rc;
}

static stator_rc take(void *ud, int segment, const stator_node *item)
{
    (void)segment;
    (void)item;
    (void)ud;
    return STATOR_OK;
}

static stator_rc act_scan_all(void)
{
    const stator_query_opts opts = {.size = sizeof opts, .table = t, .segments = 2, .limit = 2};
    return stator_scan_all(db, &opts, take, NULL);
}

static stator_rc act_batch_get(void)
{
    stator_result *r = NULL;
    const stator_val keys[] = {KEY, PLACE_KEY("none", "x"), PLACE_KEY("a", "s3"), KEY};
    const stator_rc rc =
        stator_batch_get(db, t, &r, keys, 4, .chunk = 2, .parallel = 2, .select = "n");
    assert_true((rc == STATOR_OK) == (r != NULL));
    stop_failing();
    if (r != NULL) assert_int_equal(stator_int(stator_result_item(r, 2), "n", -1), 3);
    stator_result_free(r);
    return rc;
}

/* What could not be added is not held; what is held stays. */
static stator_rc act_batch_write(void)
{
    stator_batch *batch = NULL;
    stator_rc rc = stator_batch_new(db, NULL, &batch);
    if (rc != STATOR_OK) return rc;
    rc = stator_batch_put(batch, t, ITEM);
    if (rc == STATOR_OK) rc = stator_batch_put(batch, t, ITEM);
    if (rc == STATOR_OK) rc = stator_batch_delete(batch, t, PLACE_KEY("none", "x"));
    if (rc == STATOR_OK) rc = stator_batch_flush(batch);
    if (rc == STATOR_OK) assert_int_equal(stator_batch_left(batch), 0);
    stator_batch_free(batch);
    return rc;
}

static stator_rc build(void *ud, stator_tx *tx)
{
    (void)ud;
    stator_tx_put(tx, t, ITEM, .if_exists = true);
    stator_tx_update(tx, t, PLACE_KEY("tx", "x"), stator_add("n", stator_i(1)));
    stator_tx_update(tx, t, PLACE_KEY("tx", "y"), stator_add("n", stator_i(1)));
    stator_tx_check(tx, t, PLACE_KEY("none", "x"), .condition = stator_not_exists("PK"));
    return STATOR_OK;
}

/* X3: an action that was lost is the commit's failure: never a transaction of fewer actions. */
static stator_rc act_transact(void)
{
    return stator_transact(db, build, NULL);
}

static stator_rc act_transact_refused(void)
{
    stator_tx *tx = stator_tx_new(db);
    if (tx == NULL) return STATOR_E_NOMEM;
    stator_tx_token(tx, "token");
    stator_tx_put(tx, t, PLACE_KEY("none", "x"));
    stator_tx_put(tx, t, ITEM, .if_not_exists = true, .on_failure = STATOR_ALL_OLD);
    const stator_rc rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

static stator_rc act_tx_get(void)
{
    stator_result *r = NULL;
    const char *const tables[] = {t, t};
    const stator_val keys[] = {KEY, PLACE_KEY("none", "x")};
    const stator_rc rc = stator_tx_get_items(db, tables, keys, 2, &r);
    assert_true((rc == STATOR_OK) == (r != NULL));
    stator_result_free(r);
    return rc;
}

static stator_rc act_call(void)
{
    char *reply = NULL;
    const stator_rc rc = stator_call(db, "ListTables", "{}", &reply);
    assert_true(rc != STATOR_OK || reply != NULL);
    stator_free(reply);
    return rc;
}

/* A statement with the table's name between two parts. */
static stator_rc execute(const char *before, const char *after, stator_val parameter)
{
    char statement[256];
    stator_result *r = NULL;
    (void)snprintf(statement, sizeof statement, "%s \"%s\" %s", before, t, after);
    const stator_rc rc = stator_execute(db, statement, &r, STATOR_L(parameter), .limit = 2,
                                        .on_failure = STATOR_ALL_OLD);
    assert_true((rc == STATOR_OK) == (r != NULL));
    stator_result_free(r);
    return rc;
}

static stator_rc act_select(void)
{
    return execute("SELECT SK, n FROM", "WHERE PK IN ['a', 'none'] AND n > ?", stator_i(-1));
}

static stator_rc act_statement_update(void)
{
    return execute("UPDATE", "SET n = ? WHERE PK = 'a' AND SK = 's0' RETURNING ALL NEW *",
                   stator_i(0));
}

static stator_rc act_statement_refused(void)
{
    return execute("INSERT INTO", "VALUE {'PK': 'a', 'SK': 's0', 'n': ?}", stator_i(0));
}

/* Statements of a batch, or a transaction, that change nothing twice. */
static stator_rc act_statements(const char *operation, const char *member)
{
    char json[512];
    char *reply = NULL;
    (void)snprintf(
        json, sizeof json,
        "{\"%s\": [{\"Statement\": \"DELETE FROM \\\"%s\\\" WHERE PK = 'x' AND SK = '1'\"}, "
        "{\"Statement\": \"UPDATE \\\"%s\\\" SET m = 1 WHERE PK = 'a' AND SK = 's0'\"}]}",
        member, t, t);
    const stator_rc rc = stator_call(db, operation, json, &reply);
    assert_true(rc != STATOR_OK || reply != NULL);
    stator_free(reply);
    return rc;
}

static stator_rc act_statement_batch(void)
{
    return act_statements("BatchExecuteStatement", "Statements");
}

static stator_rc act_statement_transaction(void)
{
    return act_statements("ExecuteTransaction", "TransactStatements");
}

static stator_rc act_ensure(void)
{
    return stator_ensure_table(db, .name = t, .key = "PK:S, SK:S");
}

static stator_rc act_describe(void)
{
    stator_result *r = NULL;
    const stator_rc rc = stator_describe_table(db, t, &r);
    stator_result_free(r);
    return rc;
}

static const char *const first_keys[] = {"{\"PK\":\"a\",\"SK\":\"s0\"}",
                                         "{\"PK\":\"a\",\"SK\":\"s1\"}"};

/* Two changes; a failure leaves them to be given to the same call. */
static stator_rc act_follow(void)
{
    stator_stream *stream = NULL;
    stator_change change;
    stator_rc rc = stator_stream_open(db, t, "TRIM_HORIZON", &stream);
    for (int i = 0; i < 2 && rc == STATOR_OK; i++) {
        rc = stator_stream_next(stream, 0, &change);
        if (rc == STATOR_E_NOMEM) {
            stop_failing();
            const stator_rc again = stator_stream_next(stream, 0, &change);
            if (again != STATOR_OK) rc = again;
        }
        (void)stator_stream_position(stream);
        stop_failing();
        if (change.keys != NULL) place_json(change.keys, first_keys[i]);
    }
    stator_stream_close(stream);
    return rc;
}

static const struct {
    const char *what;
    act_fn *act;
    stator_rc expected;
} acts[] = {
    {"put",                         act_put,                   STATOR_OK              },
    {"a refused put",               act_put_refused,           STATOR_CONDITION_FAILED},
    {"an explained one",            act_put_explained,         STATOR_CONDITION_FAILED},
    {"update",                      act_update,                STATOR_OK              },
    {"delete",                      act_delete,                STATOR_OK              },
    {"get",                         act_get,                   STATOR_OK              },
    {"query",                       act_query,                 STATOR_OK              },
    {"pager",                       act_page_by_page,          STATOR_OK              },
    {"count",                       act_count,                 STATOR_OK              },
    {"scan_all",                    act_scan_all,              STATOR_OK              },
    {"batch get",                   act_batch_get,             STATOR_OK              },
    {"batch write",                 act_batch_write,           STATOR_OK              },
    {"transaction",                 act_transact,              STATOR_OK              },
    {"a refused transaction",       act_transact_refused,      STATOR_CONDITION_FAILED},
    {"transact get",                act_tx_get,                STATOR_OK              },
    {"call",                        act_call,                  STATOR_OK              },
    {"select",                      act_select,                STATOR_OK              },
    {"a statement's update",        act_statement_update,      STATOR_OK              },
    {"a refused statement",         act_statement_refused,     STATOR_CONDITION_FAILED},
    {"a batch of statements",       act_statement_batch,       STATOR_OK              },
    {"a transaction of statements", act_statement_transaction, STATOR_OK              },
    {"ensure",                      act_ensure,                STATOR_OK              },
    {"describe",                    act_describe,              STATOR_OK              },
};

static void test_calls__survive_each_failing_allocation(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(acts); i++)
        fail_each(acts[i].what, acts[i].act, acts[i].expected);
}

static void test_streams__survive_each_failing_allocation(void **state)
{
    (void)state;
    fail_each("follow", act_follow, STATOR_OK);
}

/* All or nothing, also then: both counters have seen the same number of transactions. */
static void test_transactions__are_whole_or_not_at_all(void **state)
{
    (void)state;
    stator_result *r = NULL;
    const char *const tables[] = {t, t};
    const stator_val keys[] = {PLACE_KEY("tx", "x"), PLACE_KEY("tx", "y")};
    fail_each("transaction", act_transact, STATOR_OK);
    place_rc(stator_tx_get_items(db, tables, keys, 2, &r), STATOR_OK);
    assert_true(stator_int(stator_result_item(r, 0), "n", -1) > 0);
    assert_int_equal(stator_int(stator_result_item(r, 0), "n", -1),
                     stator_int(stator_result_item(r, 1), "n", -2));
    stator_result_free(r);
}

/* ---- opening and making */

static stator_rc act_open(void)
{
    stator *other = NULL;
    const stator_rc rc = stator_open(place_is_local() ? "mem:" : place_uri(), NULL, &other);
    assert_true((rc == STATOR_OK) == (other != NULL));
    stator_close(other);
    return rc;
}

static stator_rc act_create(void)
{
    const char *name = place_name("created");
    const stator_rc rc = stator_create_table(
        db, .name = name, .key = "PK:S", .indexes = STATOR_INDEXES({.name = "by-n", .key = "n:N"}),
        .ttl = "expires");
    const stator_rc deleted = rc == STATOR_OK ? stator_delete_table(db, name) : STATOR_OK;
    return rc != STATOR_OK ? rc : deleted;
}

static void test_open__survives_each_failing_allocation(void **state)
{
    (void)state;
    fail_each("open", act_open, STATOR_OK);
}

static void test_tables__survive_each_failing_allocation(void **state)
{
    (void)state;
    fail_each("create and delete a table", act_create, STATOR_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_calls__survive_each_failing_allocation),
        TEST(test_streams__survive_each_failing_allocation),
        TEST(test_transactions__are_whole_or_not_at_all),
        TEST(test_open__survives_each_failing_allocation),
        TEST(test_tables__survive_each_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
