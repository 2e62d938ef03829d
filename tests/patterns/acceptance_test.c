/* acceptance_test.c -- conditional writes, transactions and batches as their users describe them:
 * one test for each scenario, over calls.h and model.h.
 *
 * The second half are the table tests of a repository: names as they are known there. */
#include <stdio.h>

#include "patterns/place.h"
#include "stator/testkit.h"

typedef struct note {
    char pk[64], sk[64], title[64], state[16];
    bool locked;
    int64_t count, version;
} note;

static const stator_field note_fields[] = {
    STATOR_F_CHARS(note, pk, "PK", STATOR_F_PK),
    STATOR_F_CHARS(note, sk, "SK", STATOR_F_SK),
    STATOR_F_CHARS(note, title, "Title", STATOR_F_OMIT),
    STATOR_F_CHARS(note, state, "Status", STATOR_F_OMIT),
    STATOR_F_BOOL(note, locked, "Locked", 0),
    STATOR_F_INT(note, count, "Count", 0),
    STATOR_F_INT(note, version, "Version", STATOR_F_VERSION),
};

/* The same without a version: what the program asks is all that is asked. */
static const stator_field plain_fields[] = {
    STATOR_F_CHARS(note, pk, "PK", STATOR_F_PK),
    STATOR_F_CHARS(note, sk, "SK", STATOR_F_SK),
    STATOR_F_CHARS(note, title, "Title", STATOR_F_OMIT),
    STATOR_F_CHARS(note, state, "Status", STATOR_F_OMIT),
    STATOR_F_BOOL(note, locked, "Locked", 0),
    STATOR_F_INT(note, count, "Count", 0),
};

static stator_model notes_of(const struct place *place)
{
    return (stator_model)STATOR_MODEL(place->table, note, note_fields, NULL);
}

static stator_model plain_of(const struct place *place)
{
    return (stator_model)STATOR_MODEL(place->table, note, plain_fields, NULL);
}

static const note one = {.pk = "N#1", .sk = "NOTE", .title = "first", .state = "active"};

static void put(struct place *place, const note *given)
{
    const stator_model model = plain_of(place);
    note copy = *given;
    place_check(stator_save(place->db, &model, &copy), STATOR_OK);
}

static note load(struct place *place, const char *pk)
{
    const stator_model model = notes_of(place);
    note found = {.sk = "NOTE"};
    (void)snprintf(found.pk, sizeof found.pk, "%s", pk);
    place_check(stator_load(place->db, &model, &found, true), STATOR_OK);
    return found;
}

static bool is_there(struct place *place, const char *pk)
{
    stator_doc *doc = place_item(place, pk, "NOTE");
    stator_doc_free(doc);
    return doc != NULL;
}

/* ---- conditional writes */

static void test_acceptance__create_succeeds(void **state)
{
    struct place *place = *state;
    const stator_model model = notes_of(place);
    note new = one;
    place_check(stator_create(place->db, &model, &new), STATOR_OK);
    assert_string_equal(load(place, "N#1").title, "first");
}

static void test_acceptance__create_fails_and_what_exists_is_unchanged(void **state)
{
    struct place *place = *state;
    const stator_model model = notes_of(place);
    note new = one, again = one;
    (void)snprintf(again.title, sizeof again.title, "second");
    place_check(stator_create(place->db, &model, &new), STATOR_OK);
    place_check(stator_create(place->db, &model, &again), STATOR_CONDITION_FAILED);
    assert_string_equal(stator_error_get()->code, "ConditionalCheckFailedException");
    assert_string_equal(load(place, "N#1").title, "first");
}

static void test_acceptance__update_checks_the_version(void **state)
{
    struct place *place = *state;
    const stator_model model = notes_of(place);
    note five = one;
    for (int i = 0; i < 5; i++) place_check(stator_save(place->db, &model, &five), STATOR_OK);
    assert_int_equal(five.version, 5);
    place_check(stator_update_fields(place->db, &model, "Title", &five), STATOR_OK);
    assert_int_equal(five.version, 6);
    assert_int_equal(load(place, "N#1").version, 6);
}

static void test_acceptance__a_version_mismatch_changes_nothing(void **state)
{
    struct place *place = *state;
    const stator_model model = notes_of(place);
    note mine = one, theirs;
    place_check(stator_save(place->db, &model, &mine), STATOR_OK);
    theirs = mine;
    place_check(stator_save(place->db, &model, &mine), STATOR_OK);
    (void)snprintf(theirs.title, sizeof theirs.title, "late");
    place_check(stator_update_fields(place->db, &model, "Title", &theirs), STATOR_CONDITION_FAILED);
    assert_string_equal(load(place, "N#1").title, "first");
    assert_int_equal(load(place, "N#1").version, 2);
}

static void test_acceptance__delete_checks_a_field(void **state)
{
    struct place *place = *state;
    const stator_model model = plain_of(place);
    note gone = one;
    put(place, &one);
    place_check(stator_remove_obj(place->db, &model, &gone,
                                  .condition = stator_eq("Status", stator_s("active"))),
                STATOR_OK);
    assert_false(is_there(place, "N#1"));
}

static void test_acceptance__delete_with_another_field_is_refused(void **state)
{
    struct place *place = *state;
    const stator_model model = plain_of(place);
    note gone = one;
    put(place, &one);
    place_check(stator_remove_obj(place->db, &model, &gone,
                                  .condition = stator_eq("Status", stator_s("done"))),
                STATOR_CONDITION_FAILED);
    assert_true(is_there(place, "N#1"));
}

static void test_acceptance__a_condition_spans_several_fields(void **state)
{
    struct place *place = *state;
    const stator_model model = plain_of(place);
    note changed = one;
    put(place, &one);
    changed.count = 7;
    const stator_cond condition =
        stator_and(stator_eq("Status", stator_s("active")), stator_eq("Locked", stator_bool(false)),
                   stator_or(stator_lt("Count", stator_i(3)), stator_not_exists("Count")));
    place_check(stator_update_fields(place->db, &model, "Count", &changed, .condition = condition),
                STATOR_OK);
    place_check(stator_update_fields(place->db, &model, "Count", &changed, .condition = condition),
                STATOR_CONDITION_FAILED);
    assert_int_equal(load(place, "N#1").count, 7);
}

static void test_acceptance__a_lock_is_taken_once(void **state)
{
    struct place *place = *state;
    const stator_model model = plain_of(place);
    note locked = one;
    put(place, &one);
    locked.locked = true;
    for (int i = 0; i < 2; i++)
        place_check(stator_update_fields(place->db, &model, "Locked", &locked,
                                         .condition = stator_eq("Locked", stator_bool(false)),
                                         .if_exists = true),
                    i == 0 ? STATOR_OK : STATOR_CONDITION_FAILED);
}

/* ---- transactions */

static void count_up(stator_tx *tx, struct place *place, stator_cond condition)
{
    stator_tx_update(tx, place->table,
                     STATOR_KEY({"PK", stator_s("COUNT")}, {"SK", stator_s("NOTE")}),
                     stator_inc("Count", stator_i(1)), .condition = condition);
}

static stator_tx *dual_write(struct place *place)
{
    const stator_model model = plain_of(place);
    note new = one;
    stator_tx *tx = stator_tx_new(place->db);
    (void)stator_tx_create(tx, &model, &new);
    count_up(tx, place, stator_lt("Count", stator_i(100)));
    return tx;
}

static void put_count(struct place *place, int64_t count)
{
    const note counter = {.pk = "COUNT", .sk = "NOTE", .count = count};
    put(place, &counter);
}

static void test_acceptance__a_dual_write_does_both(void **state)
{
    struct place *place = *state;
    put_count(place, 10);
    stator_tx *tx = dual_write(place);
    place_check(stator_tx_commit(tx, NULL), STATOR_OK);
    assert_int_equal(stator_tx_len(tx), 0);
    stator_tx_free(tx);
    assert_int_equal(load(place, "COUNT").count, 11);
    assert_true(is_there(place, "N#1"));
}

static void test_acceptance__a_dual_write_that_fails_does_neither(void **state)
{
    struct place *place = *state;
    const stator_cancel_reason *reasons = NULL;
    put_count(place, 10);
    put(place, &one);
    stator_tx *tx = dual_write(place);
    place_check(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_error_get()->op_index, 0);
    assert_string_equal(stator_error_get()->op_name, "Put");
    assert_int_equal(stator_tx_reasons(tx, &reasons), 2);
    assert_string_equal(reasons[0].code, "ConditionalCheckFailed");
    assert_string_equal(reasons[1].code, "None");
    stator_tx_free(tx);
    assert_int_equal(load(place, "COUNT").count, 10);
}

static void test_acceptance__the_reason_is_that_of_the_action_that_failed(void **state)
{
    struct place *place = *state;
    put_count(place, 100);
    stator_tx *tx = dual_write(place);
    place_check(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_error_get()->op_index, 1); /* [None, ConditionalCheckFailed] */
    assert_string_equal(stator_error_get()->op_name, "Update");
    stator_tx_free(tx);
    assert_false(is_there(place, "N#1"));
    assert_int_equal(load(place, "COUNT").count, 100);
}

static void test_acceptance__a_check_passes_and_refuses(void **state)
{
    struct place *place = *state;
    put_count(place, 1);
    for (int i = 0; i < 2; i++) {
        stator_tx *tx = stator_tx_new(place->db);
        stator_tx_check(tx, place->table,
                        STATOR_KEY({"PK", stator_s("COUNT")}, {"SK", stator_s("NOTE")}),
                        .condition = stator_eq("Count", stator_i(1)));
        stator_tx_put(tx, place->table,
                      STATOR_M({"PK", stator_s("N#2")}, {"SK", stator_s("NOTE")}));
        place_check(stator_tx_commit(tx, NULL), i == 0 ? STATOR_OK : STATOR_CONDITION_FAILED);
        stator_tx_free(tx);
        put_count(place, 2);
    }
}

static void test_acceptance__a_committed_builder_is_used_again(void **state)
{
    struct place *place = *state;
    put_count(place, 10);
    stator_tx *tx = dual_write(place);
    place_check(stator_tx_commit(tx, NULL), STATOR_OK);
    count_up(tx, place, stator_always());
    place_check(stator_tx_commit(tx, NULL), STATOR_OK);
    stator_tx_free(tx);
    assert_int_equal(load(place, "COUNT").count, 12);
}

/* ---- batch get */

enum { KEYS_MAX = 500 };

struct keys {
    char pks[KEYS_MAX][16];
    stator_attr parts[KEYS_MAX][2];
    stator_val keys[KEYS_MAX];
    size_t done[8]; /* what progress said */
    size_t said;
};

static void fill(struct place *place, struct keys *k, size_t count)
{
    stator_batch *batch = NULL;
    place_check(stator_batch_new(place->db, NULL, &batch), STATOR_OK);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(k->pks[i], sizeof k->pks[i], "K#%u", (unsigned)i);
        k->parts[i][0] = (stator_attr){"PK", stator_s(k->pks[i])};
        k->parts[i][1] = (stator_attr){"SK", stator_s("NOTE")};
        k->keys[i] = stator_map(k->parts[i], 2);
        place_check(stator_batch_put(batch, place->table,
                                     STATOR_M({"PK", stator_s(k->pks[i])}, {"SK", stator_s("NOTE")},
                                              {"n", stator_i((int64_t)i)}, {"x", stator_s("y")})),
                    STATOR_OK);
    }
    place_check(stator_batch_flush(batch), STATOR_OK);
    stator_batch_free(batch);
}

static void on_progress(void *ud, size_t done, size_t total)
{
    struct keys *k = ud;
    (void)total;
    if (k->said < ARRAY_COUNT(k->done)) k->done[k->said++] = done;
}

static void check_all(const stator_result *found, size_t count)
{
    assert_int_equal(stator_result_count(found), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(stator_int(stator_result_item(found, i), "n", -1), i);
}

static void test_acceptance__a_batch_get_of_any_size_is_split_at_100(void **state)
{
    struct place *place = *state;
    static const struct {
        size_t count;
        int requests;
    } cases[] = {
        {1,   1},
        {99,  1},
        {100, 1},
        {101, 2},
        {250, 3},
    };
    struct keys *k = calloc(1, sizeof *k);
    fill(place, k, 250);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        stator_result *found = NULL;
        const int before = atomic_load(&place->finished);
        place_check(stator_batch_get(place->db, place->table, &found, k->keys, cases[i].count,
                                     .consistent = true),
                    STATOR_OK);
        assert_int_equal(atomic_load(&place->finished) - before, cases[i].requests);
        check_all(found, cases[i].count);
        stator_result_free(found);
    }
    free(k);
}

static void test_acceptance__progress_is_told_after_each_part(void **state)
{
    struct place *place = *state;
    struct keys *k = calloc(1, sizeof *k);
    stator_result *found = NULL;
    fill(place, k, 250);
    place_check(stator_batch_get(place->db, place->table, &found, k->keys, 250,
                                 .on_progress = on_progress, .ud = k),
                STATOR_OK);
    assert_int_equal(k->said, 3);
    assert_int_equal(k->done[0], 100);
    assert_int_equal(k->done[1], 200);
    assert_int_equal(k->done[2], 250);
    stator_result_free(found);
    free(k);
}

static void test_acceptance__500_keys_are_read_by_five_at_once(void **state)
{
    struct place *place = *state;
    struct keys *k = calloc(1, sizeof *k);
    stator_result *found = NULL;
    fill(place, k, 500);
    place_check(stator_batch_get(place->db, place->table, &found, k->keys, 500, .parallel = 5,
                                 .consistent = true),
                STATOR_OK);
    check_all(found, 500);
    stator_result_free(found);
    free(k);
}

static void test_acceptance__a_batch_get_reads_what_is_selected(void **state)
{
    struct place *place = *state;
    struct keys *k = calloc(1, sizeof *k);
    stator_result *found = NULL;
    fill(place, k, 3);
    place_check(stator_batch_get(place->db, place->table, &found, k->keys, 3, .select = "n"),
                STATOR_OK);
    check_all(found, 3);
    assert_null(stator_str(stator_result_item(found, 0), "x"));
    stator_result_free(found);
    free(k);
}

/* ---- the bookmark service */

static stator_rc add_bookmark(struct place *place, note *bookmark)
{
    const stator_model model = notes_of(place);
    stator_tx *tx = stator_tx_new(place->db);
    (void)stator_tx_create(tx, &model, bookmark);
    count_up(tx, place, stator_exists("PK"));
    const stator_rc rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

static void test_acceptance__the_bookmark_service_works_from_end_to_end(void **state)
{
    struct place *place = *state;
    note bookmark = one, again = one;
    put_count(place, 0);
    place_check(add_bookmark(place, &bookmark), STATOR_OK);
    assert_int_equal(load(place, "COUNT").count, 1);
    (void)snprintf(again.title, sizeof again.title, "other");
    place_check(add_bookmark(place, &again), STATOR_CONDITION_FAILED);
    assert_int_equal(load(place, "COUNT").count, 1);
    assert_string_equal(load(place, "N#1").title, "first");
}

/* ---- by their names in a repository */

static void TestTransactionBuilderHappyPath(void **state)
{
    struct place *place = *state;
    const stator_model model = notes_of(place);
    note created = one, saved = one, removed = one;
    (void)snprintf(saved.pk, sizeof saved.pk, "N#2");
    (void)snprintf(removed.pk, sizeof removed.pk, "N#3");
    place_check(stator_save(place->db, &model, &removed), STATOR_OK);
    put_count(place, 1);
    stator_tx *tx = stator_tx_new(place->db);
    (void)stator_tx_create(tx, &model, &created);
    (void)stator_tx_save(tx, &model, &saved);
    (void)stator_tx_remove_obj(tx, &model, &removed);
    count_up(tx, place, stator_exists("PK"));
    assert_int_equal(stator_tx_len(tx), 4);
    place_check(stator_tx_commit(tx, NULL), STATOR_OK);
    stator_tx_free(tx);
    assert_true(is_there(place, "N#1") && is_there(place, "N#2"));
    assert_false(is_there(place, "N#3"));
}

static void TestTransactionBuilderConditionFailure(void **state)
{
    struct place *place = *state;
    put(place, &one);
    stator_tx *tx = stator_tx_new(place->db);
    stator_tx_update(
        tx, place->table, STATOR_KEY({"PK", stator_s("N#1")}, {"SK", stator_s("NOTE")}),
        stator_set("Title", stator_s("new")), .condition = stator_eq("Title", stator_s("none")),
        .on_failure = STATOR_ALL_OLD);
    const stator_cancel_reason *reasons = NULL;
    place_check(stator_tx_commit(tx, NULL), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_tx_reasons(tx, &reasons), 1);
    assert_string_equal(stator_str(reasons[0].item, "Title"), "first");
    stator_tx_free(tx);
}

static void TestTransactionBuilderOperationLimit(void **state)
{
    struct place *place = *state;
    for (int count = 100; count <= 101; count++) {
        stator_tx *tx = stator_tx_new(place->db);
        for (int i = 0; i < count; i++) {
            char pk[16];
            stator_tx_put(tx, place->table,
                          STATOR_M({"PK", stator_sf(pk, "L#%d", i)}, {"SK", stator_s("NOTE")}));
        }
        place_check(stator_tx_commit(tx, NULL), count == 100 ? STATOR_OK : STATOR_E_INVALID);
        stator_tx_free(tx);
    }
    assert_int_equal(place_count(place), 100);
}

static void TestTransactionBuilderMissingKey(void **state)
{
    struct place *place = *state;
    const stator_model model = notes_of(place);
    note keyless = one;
    keyless.sk[0] = '\0';
    stator_tx *tx = stator_tx_new(place->db);
    (void)stator_tx_create(tx, &model, &keyless);
    const stator_rc rc = stator_tx_commit(tx, NULL);
    assert_true(rc < 0);
    stator_tx_free(tx);
    tx = stator_tx_new(place->db);
    place_check(stator_tx_commit(tx, NULL), STATOR_E_INVALID); /* an empty one */
    stator_tx_free(tx);
    assert_int_equal(place_count(place), 0);
}

static void TestTransactionBuilderUpdateWithBuilder(void **state)
{
    struct place *place = *state;
    put_count(place, 5);
    stator_tx *tx = stator_tx_new(place->db);
    stator_tx_update(
        tx, place->table, STATOR_KEY({"PK", stator_s("COUNT")}, {"SK", stator_s("NOTE")}),
        stator_updates(stator_set("Title", stator_s("t")),
                       stator_set_default("Title2", stator_s("u")),
                       stator_inc("Count", stator_i(-2)), stator_add("Seen", STATOR_SS("a")),
                       stator_remove("Locked"), stator_append("Log", STATOR_L(stator_i(1)))),
        .condition = stator_or(stator_gt("Count", stator_i(4)), stator_not_exists("Count")));
    place_check(stator_tx_commit(tx, NULL), STATOR_OK);
    stator_tx_free(tx);
    stator_doc *doc = place_item(place, "COUNT", "NOTE");
    char *json = stator_json(stator_doc_node(doc), STATOR_JSON_PLAIN);
    assert_string_equal(json, "{\"Count\":3,\"Log\":[1],\"PK\":\"COUNT\",\"SK\":\"NOTE\","
                              "\"Seen\":[\"a\"],\"Title\":\"t\",\"Title2\":\"u\"}");
    stator_free(json);
    stator_doc_free(doc);
}

static void TestQuery_WriteConditions(void **state)
{
    struct place *place = *state;
    /* clang-format off */
    const struct {
        stator_cond condition;
        bool holds;
    } cases[] = {
        {stator_eq("Status", stator_s("active")),                              true },
        {stator_ne("Status", stator_s("active")),                              false},
        {stator_between("Count", stator_i(1), stator_i(3)),                    true },
        {stator_begins_with("Title", stator_s("fir")),                         true },
        {stator_contains("Title", stator_s("zz")),                             false},
        {stator_in("Status", stator_s("a"), stator_s("active")),               true },
        {stator_expr("Count > ? AND Status = ?", stator_i(5), stator_s("a")),  false},
    };
    /* clang-format on */
    note counted = one;
    counted.count = 2;
    put(place, &counted);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        place_check(stator_put(place->db, place->table,
                               STATOR_M({"PK", stator_s("N#1")}, {"SK", stator_s("NOTE")},
                                        {"Status", stator_s("active")},
                                        {"Title", stator_s("first")}, {"Count", stator_i(2)}),
                               .condition = cases[i].condition),
                    cases[i].holds ? STATOR_OK : STATOR_CONDITION_FAILED);
}

static void TestUpdateOperations_ConditionalUpdates(void **state)
{
    struct place *place = *state;
    const stator_model model = plain_of(place);
    note changed = one;
    put(place, &one);
    changed.count = 1;
    place_check(stator_update_fields(place->db, &model, "Count", &changed,
                                     .condition = stator_exists("Title")),
                STATOR_OK);
    place_check(stator_update_fields(place->db, &model, "Count", &changed,
                                     .condition = stator_not_exists("Title")),
                STATOR_CONDITION_FAILED);
    stator_result *result = NULL;
    place_check(stator_update_fields(place->db, &model, "Count", &changed,
                                     .returning = STATOR_ALL_NEW, .result = &result),
                STATOR_OK);
    assert_int_equal(stator_int(stator_result_item(result, 0), "Count", 0), 1);
    stator_result_free(result);
}

static void TestCreateOrUpdate(void **state)
{
    struct place *place = *state;
    const stator_model model = plain_of(place);
    note changed = one;
    place_check(stator_save(place->db, &model, &changed), STATOR_OK);
    (void)snprintf(changed.title, sizeof changed.title, "second");
    place_check(stator_save(place->db, &model, &changed), STATOR_OK);
    assert_string_equal(load(place, "N#1").title, "second");
}

static void TestQueryCreateConditionalFailure(void **state)
{
    struct place *place = *state;
    const stator_model model = plain_of(place);
    note again = one;
    put(place, &one);
    place_check(stator_create(place->db, &model, &again,
                              .condition = stator_eq("Status", stator_s("active"))),
                STATOR_CONDITION_FAILED);
}

static void TestQueryUpdateConditionalFailure(void **state)
{
    struct place *place = *state;
    const stator_model model = plain_of(place);
    note changed = one;
    put(place, &one);
    changed.count = 9;
    place_check(stator_update_fields(place->db, &model, "Count", &changed,
                                     .condition = stator_gt("Count", stator_i(0)),
                                     .on_failure = STATOR_ALL_OLD),
                STATOR_CONDITION_FAILED);
    assert_int_equal(stator_int(stator_error_get()->item, "Count", -1), 0);
    assert_int_equal(load(place, "N#1").count, 0);
}

static void TestQueryDeleteConditionalFailure(void **state)
{
    struct place *place = *state;
    const stator_model model = plain_of(place);
    note gone = one;
    put(place, &one);
    place_check(stator_remove_obj(place->db, &model, &gone, .condition = stator_not_exists("PK")),
                STATOR_CONDITION_FAILED);
    assert_true(is_there(place, "N#1"));
}

/* Whatever call it comes through, a condition that failed is told by the same outcome. */
static void TestMainExecutor_ConditionalFailureWrapped(void **state)
{
    struct place *place = *state;
    const stator_model model = plain_of(place);
    note again = one;
    put(place, &one);
    stator_tx *tx = stator_tx_new(place->db);
    (void)stator_tx_create(tx, &model, &again);
    const stator_rc rcs[] = {stator_create(place->db, &model, &again), stator_tx_commit(tx, NULL)};
    for (size_t i = 0; i < ARRAY_COUNT(rcs); i++) {
        place_check(rcs[i], STATOR_CONDITION_FAILED);
        assert_int_equal(stator_rc_class(rcs[i]), STATOR_CLASS_BUSINESS);
    }
    assert_false(stator_error_get()->retryable);
    stator_tx_free(tx);
}

static void TestQuery_BatchGetBuilder(void **state)
{
    struct place *place = *state;
    struct keys *k = calloc(1, sizeof *k);
    stator_result *found = NULL;
    fill(place, k, 120);
    place_check(stator_batch_get(place->db, place->table, &found, k->keys, 120, .chunk = 50,
                                 .parallel = 2, .consistent = true, .select = "n",
                                 .retry = &STATOR_RETRY_DEFAULT, .on_progress = on_progress,
                                 .ud = k),
                STATOR_OK);
    check_all(found, 120);
    assert_int_equal(k->said, 3);
    stator_result_free(found);
    free(k);
}

static void TestQuery_BatchGetBuilder_DisableRetry(void **state)
{
    struct place *place = *state;
    struct keys *k = calloc(1, sizeof *k);
    stator_result *found = NULL;
    fill(place, k, 3);
    place_check(stator_fault(place->db, .action = "BatchGetItem", .code = "ThrottlingException",
                             .times = 1),
                STATOR_OK);
    place_check(
        stator_batch_get(place->db, place->table, &found, k->keys, 3, .retry = &STATOR_RETRY_NONE),
        STATOR_E_THROTTLED);
    assert_null(found);
    assert_int_equal(atomic_load(&place->retries), 0);
    free(k);
}

/* Each ? stands for one value, and nothing else does. */
static void TestBuilder_buildRawCondition_DuplicatePlaceholders(void **state)
{
    struct place *place = *state;
    const stator_cond wrong[] = {
        stator_expr("Title = ? AND Status = ?", stator_s("first")),
        stator_expr("Title = ?", stator_s("first"), stator_s("second")),
        stator_expr0("Title = :v"),
        stator_expr0(""),
    };
    put(place, &one);
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        place_check(stator_delete(place->db, place->table,
                                  STATOR_KEY({"PK", stator_s("N#1")}, {"SK", stator_s("NOTE")}),
                                  .condition = wrong[i]),
                    STATOR_E_INVALID);
    assert_true(is_there(place, "N#1"));
}

static void TestBatchOperations(void **state)
{
    struct place *place = *state;
    stator_batch *batch = NULL;
    place_check(stator_batch_new(place->db, NULL, &batch), STATOR_OK);
    for (int i = 0; i < 60; i++) {
        char pk[16];
        place_check(stator_batch_put(batch, place->table,
                                     STATOR_M({"PK", stator_sf(pk, "B#%d", i)},
                                              {"SK", stator_s("NOTE")}, {"n", stator_i(i)})),
                    STATOR_OK);
    }
    for (int i = 0; i < 60; i += 2) { /* after the put of the same key */
        char pk[16];
        place_check(stator_batch_delete(
                        batch, place->table,
                        STATOR_KEY({"PK", stator_sf(pk, "B#%d", i)}, {"SK", stator_s("NOTE")})),
                    STATOR_OK);
    }
    place_check(stator_batch_flush(batch), STATOR_OK);
    stator_batch_free(batch);
    assert_int_equal(place_count(place), 30);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_acceptance__create_succeeds),
        IN_PLACE(test_acceptance__create_fails_and_what_exists_is_unchanged),
        IN_PLACE(test_acceptance__update_checks_the_version),
        IN_PLACE(test_acceptance__a_version_mismatch_changes_nothing),
        IN_PLACE(test_acceptance__delete_checks_a_field),
        IN_PLACE(test_acceptance__delete_with_another_field_is_refused),
        IN_PLACE(test_acceptance__a_condition_spans_several_fields),
        IN_PLACE(test_acceptance__a_lock_is_taken_once),
        IN_PLACE(test_acceptance__a_dual_write_does_both),
        IN_PLACE(test_acceptance__a_dual_write_that_fails_does_neither),
        IN_PLACE(test_acceptance__the_reason_is_that_of_the_action_that_failed),
        IN_PLACE(test_acceptance__a_check_passes_and_refuses),
        IN_PLACE(test_acceptance__a_committed_builder_is_used_again),
        IN_PLACE(test_acceptance__a_batch_get_of_any_size_is_split_at_100),
        IN_PLACE(test_acceptance__progress_is_told_after_each_part),
        IN_PLACE(test_acceptance__500_keys_are_read_by_five_at_once),
        IN_PLACE(test_acceptance__a_batch_get_reads_what_is_selected),
        IN_PLACE(test_acceptance__the_bookmark_service_works_from_end_to_end),
        IN_PLACE(TestTransactionBuilderHappyPath),
        IN_PLACE(TestTransactionBuilderConditionFailure),
        IN_PLACE(TestTransactionBuilderOperationLimit),
        IN_PLACE(TestTransactionBuilderMissingKey),
        IN_PLACE(TestTransactionBuilderUpdateWithBuilder),
        IN_PLACE(TestQuery_WriteConditions),
        IN_PLACE(TestUpdateOperations_ConditionalUpdates),
        IN_PLACE(TestCreateOrUpdate),
        IN_PLACE(TestQueryCreateConditionalFailure),
        IN_PLACE(TestQueryUpdateConditionalFailure),
        IN_PLACE(TestQueryDeleteConditionalFailure),
        IN_PLACE(TestMainExecutor_ConditionalFailureWrapped),
        IN_PLACE(TestQuery_BatchGetBuilder),
        IN_PLACE(TestQuery_BatchGetBuilder_DisableRetry),
        IN_PLACE(TestBuilder_buildRawCondition_DuplicatePlaceholders),
        IN_PLACE(TestBatchOperations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
