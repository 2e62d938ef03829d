/* execute_test.c -- statements of PartiQL through the library, on every kind of database. */
#include <stdio.h>

#include "db/place.h"

static stator *db;
static const char *t;
static char text[512];

static int set_up(void **state)
{
    (void)state;
    db = place_open();
    t = place_table(db, "PK:S, SK:S");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    place_close(db);
    return 0;
}

/* A statement with the table's name between two parts, until the next one is made. */
static const char *statement(const char *before, const char *after)
{
    (void)snprintf(text, sizeof text, "%s \"%s\" %s", before, t, after);
    return text;
}

#define KEY "WHERE PK = ? AND SK = ?"
#define INSERT statement("INSERT INTO", "VALUE {'PK': ?, 'SK': ?, 'n': ?}")
#define SELECT statement("SELECT SK FROM", "WHERE PK = 'a'")

static void insert(const char *sk, int64_t n)
{
    place_rc(stator_execute(db, INSERT, NULL, STATOR_L(stator_s("a"), stator_s(sk), stator_i(n))),
             STATOR_OK);
}

static void test_execute__inserts_once_and_selects(void **state)
{
    (void)state;
    stator_result *r = NULL;
    insert("1", 7);
    place_rc(stator_execute(db, INSERT, &r, STATOR_L(stator_s("a"), stator_s("1"), stator_i(8))),
             STATOR_CONDITION_FAILED);
    assert_null(r);
    assert_string_equal(stator_error_get()->code, "DuplicateItemException");
    place_rc(stator_execute(db, statement("SELECT n FROM", KEY), &r,
                            STATOR_L(stator_s("a"), stator_s("1"))),
             STATOR_OK);
    assert_int_equal(stator_result_count(r), 1);
    place_json(stator_result_item(r, 0), "{\"n\":7}");
    stator_result_free(r);
}

static void test_execute__returns_what_a_write_was_asked_for(void **state)
{
    (void)state;
    stator_result *r = NULL;
    insert("1", 7);
    const char *update = statement("UPDATE", "SET n = n + 1 " KEY " AND n < 8 RETURNING ALL NEW *");
    place_rc(stator_execute(db, update, &r, STATOR_L(stator_s("a"), stator_s("1"))), STATOR_OK);
    assert_int_equal(stator_int(stator_result_item(r, 0), "n", -1), 8);
    stator_result_free(r);
    place_rc(stator_execute(db, update, &r, STATOR_L(stator_s("a"), stator_s("1")),
                            .on_failure = STATOR_ALL_OLD),
             STATOR_CONDITION_FAILED);
    assert_int_equal(stator_int(stator_error_get()->item, "n", -1), 8);
    place_rc(stator_execute(db, update, &r, STATOR_L(stator_s("a"), stator_s("none"))),
             STATOR_CONDITION_FAILED);
}

static void test_execute__pages_by_token(void **state)
{
    (void)state;
    char sk[8];
    size_t count = 0, pages = 0;
    char token[2048] = "";
    for (int i = 0; i < 9; i++) {
        (void)snprintf(sk, sizeof sk, "%d", i);
        insert(sk, i);
    }
    for (bool more = true; more; pages++) {
        stator_result *r = NULL;
        place_rc(stator_execute(db, SELECT, &r, {0}, .limit = 4, .start_token = token), STATOR_OK);
        count += stator_result_count(r);
        more = stator_result_token(r) != NULL;
        if (more) (void)snprintf(token, sizeof token, "%s", stator_result_token(r));
        stator_result_free(r);
    }
    assert_int_equal(count, 9);
    assert_int_equal(pages, 3);
    place_error(stator_execute(db, SELECT, NULL, {0}, .start_token = "AAAA"), STATOR_E_INVALID,
                "Invalid NextToken");
}

static void test_execute__mistakes_are_told(void **state)
{
    (void)state;
    place_error(stator_execute(db, "SELECT", NULL, stator_s("x")), STATOR_E_INVALID,
                "the parameters of a statement are a list");
    place_error(stator_execute(db, "SLECT", NULL, {0}), STATOR_E_INVALID,
                "Statement wasn't well formed, can't be processed: Expected data manipulation");
    place_error(stator_execute(db, "SELECT", NULL, {0}, .on_failure = STATOR_ALL_NEW),
                STATOR_E_INVALID, "on_failure is STATOR_ALL_OLD or nothing");
    place_error(stator_execute(db, NULL, NULL, {0}), STATOR_E_MISUSE, "there is no statement");
    place_rc(stator_execute(db, "SELECT * FROM nowhere", NULL, {0}), STATOR_E_NO_TABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_execute__inserts_once_and_selects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_execute__returns_what_a_write_was_asked_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_execute__pages_by_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_execute__mistakes_are_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
