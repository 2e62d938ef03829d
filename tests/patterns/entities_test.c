/* entities_test.c -- documents with a version, found by user, date and email; batches, pages and
 * transfers over the same table, as an application writes them. */
#include <stdio.h>

#include "patterns/place.h"

enum { SLACK_US = 10 }; /* of pauses */

static stator_doc *entity(const char *pk, const char *sk)
{
    stator_doc *doc = stator_doc_new();
    place_check(stator_doc_set(doc, "PK", stator_s(pk)), STATOR_OK);
    place_check(stator_doc_set(doc, "SK", stator_s(sk)), STATOR_OK);
    return doc;
}

static void save(struct place *place, stator_doc *doc)
{
    place_check(stator_entity_save(place->db, place->table, doc), STATOR_OK);
    stator_doc_free(doc);
}

static void save_order(struct place *place, const char *user, const char *id, const char *amount)
{
    char pk[64], sk[64];
    (void)snprintf(pk, sizeof pk, "USER#%s", user);
    (void)snprintf(sk, sizeof sk, "ORDER#%s", id);
    stator_doc *doc = entity(pk, sk);
    place_check(stator_doc_set(doc, "EntityType", stator_s("ORDER")), STATOR_OK);
    place_check(stator_doc_set(doc, "Amount", stator_n(amount)), STATOR_OK);
    save(place, doc);
}

static void save_user(struct place *place, const char *user, const char *email)
{
    char pk[64];
    (void)snprintf(pk, sizeof pk, "USER#%s", user);
    stator_doc *doc = entity(pk, "PROFILE");
    place_check(stator_doc_set(doc, "EntityType", stator_s("USER")), STATOR_OK);
    place_check(stator_doc_set(doc, "Email", stator_s(email)), STATOR_OK);
    save(place, doc);
}

static void check_orders(struct place *place, const char *user, const stator_span_us *when,
                         const char *expected)
{
    char text[256] = "";
    stator_pager *pager = NULL;
    const stator_node *item = NULL;
    stator_rc rc = stator_user_orders(place->db, place->table, user, when, &pager);
    place_check(rc, STATOR_OK);
    while ((rc = stator_next(pager, &item)) == STATOR_OK) {
        const size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? " " : "",
                       stator_str(item, "SK") + strlen("ORDER#"));
    }
    place_check(rc, STATOR_DONE);
    stator_pager_free(pager);
    assert_string_equal(text, expected);
}

static void SingleTableDesign_ShouldSupportMultipleEntities(void **state)
{
    struct place *place = *state;
    save_user(place, "user123", "test@example.com");
    save_order(place, "user123", "order456", "99.99");
    check_orders(place, "user123", NULL, "order456");
}

/* ---- versions */

static void test_entities__a_save_stamps_and_counts(void **state)
{
    struct place *place = *state;
    stator_doc *doc = entity("USER#1", "PROFILE");
    place_check(stator_entity_save(place->db, place->table, doc), STATOR_OK);
    const stator_node *node = stator_doc_node(doc);
    assert_int_equal(stator_int(node, "Version", 0), 1);
    assert_string_equal(stator_str(node, "CreatedAt"), stator_str(node, "UpdatedAt"));
    assert_int_equal(strlen(stator_str(node, "CreatedAt")), strlen("2024-01-01T00:00:00.0000000Z"));
    place_turn(place, STATOR_SECOND);
    place_check(stator_entity_save(place->db, place->table, doc), STATOR_OK);
    node = stator_doc_node(doc);
    assert_int_equal(stator_int(node, "Version", 0), 2);
    assert_true(strcmp(stator_str(node, "CreatedAt"), stator_str(node, "UpdatedAt")) < 0);
    stator_doc *stored = place_item(place, "USER#1", "PROFILE");
    char *mine = stator_json(node, STATOR_JSON_PLAIN);
    char *theirs = stator_json(stator_doc_node(stored), STATOR_JSON_PLAIN);
    assert_string_equal(mine, theirs);
    stator_free(mine);
    stator_free(theirs);
    stator_doc_free(stored);
    stator_doc_free(doc);
}

static void test_entities__a_refused_save_leaves_the_document(void **state)
{
    struct place *place = *state;
    stator_doc *one = entity("USER#1", "PROFILE"), *other = entity("USER#1", "PROFILE");
    place_check(stator_entity_save(place->db, place->table, one), STATOR_OK);
    place_check(stator_entity_save(place->db, place->table, other), STATOR_CONDITION_FAILED);
    assert_null(stator_num(stator_doc_node(other), "Version"));
    assert_null(stator_str(stator_doc_node(other), "UpdatedAt"));
    place_check(stator_doc_set(other, "Version", stator_i(7)), STATOR_OK);
    place_check(stator_entity_save(place->db, place->table, other), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_int(stator_doc_node(other), "Version", 0), 7);
    place_check(stator_doc_set(other, "Version", stator_i(-1)), STATOR_OK);
    place_check(stator_entity_save(place->db, place->table, other), STATOR_E_INVALID);
    place_check(stator_entity_save(place->db, place->table, NULL), STATOR_E_MISUSE);
    stator_doc_free(one);
    stator_doc_free(other);
}

struct race {
    struct place *place;
    stator_rc rcs[PLACE_THREADS_MAX];
};

static void save_hot(void *ud, int i)
{
    struct race *race = ud;
    stator_doc *doc = place_item(race->place, "USER#1", "PROFILE");
    race->rcs[i] = stator_entity_save(race->place->db, race->place->table, doc);
    stator_doc_free(doc);
    stator_thread_end();
}

static void test_entities__of_those_that_save_one_version_one_does(void **state)
{
    enum { SAVERS = 8 };
    struct race race = {.place = *state};
    int saved = 0;
    save(race.place, entity("USER#1", "PROFILE"));
    place_race(SAVERS, save_hot, &race);
    for (int i = 0; i < SAVERS; i++) saved += race.rcs[i] == STATOR_OK;
    stator_doc *doc = place_item(race.place, "USER#1", "PROFILE");
    assert_int_equal(stator_int(stator_doc_node(doc), "Version", 0), 1 + saved);
    assert_in_range(saved, 1, SAVERS);
    stator_doc_free(doc);
}

/* ---- finding */

static void test_entities__orders_are_found_by_their_dates(void **state)
{
    struct place *place = *state;
    const int64_t day = 1704067200 * STATOR_SECOND; /* 2024-01-01 */
    char id[8];
    save_user(place, "u", "u@example.com");
    for (int i = 1; i <= 4; i++) {
        place_freeze(place, day + (int64_t)i * STATOR_DAY);
        (void)snprintf(id, sizeof id, "%d", i);
        save_order(place, "u", id, "1");
    }
    save_order(place, "v", "9", "1");
    check_orders(place, "u", NULL, "1 2 3 4");
    check_orders(place, "u", &(stator_span_us){day + 2 * STATOR_DAY, day + 3 * STATOR_DAY}, "2 3");
    check_orders(place, "u", &(stator_span_us){day, day + STATOR_DAY - 1}, "");
    check_orders(place, "w", NULL, "");
}

static void test_entities__a_user_is_found_by_email(void **state)
{
    struct place *place = *state;
    stator_doc *found = NULL;
    save_user(place, "u", "u@example.com");
    place_check(stator_user_by_email(place->db, place->table, "u@example.com", &found), STATOR_OK);
    assert_string_equal(stator_str(stator_doc_node(found), "PK"), "USER#u");
    stator_doc_free(found);
    place_check(stator_user_by_email(place->db, place->table, "none@example.com", &found),
                STATOR_NOT_FOUND);
    assert_null(found);
    place_check(stator_user_by_email(place->db, place->table, "a", NULL), STATOR_E_MISUSE);
}

/* ---- pages */

static void test_entities__pages_by_token_hold_everything_once(void **state)
{
    struct place *place = *state;
    char id[8], token[2048] = "";
    int orders = 0, pages = 0;
    for (int i = 0; i < 45; i++) {
        (void)snprintf(id, sizeof id, "%02d", i);
        save_order(place, "u", id, "1");
    }
    do {
        stator_result *page = NULL;
        place_check(stator_query(place->db, place->table, &page,
                                 stator_and(stator_eq("PK", stator_s("USER#u")),
                                            stator_begins_with("SK", stator_s("ORDER#"))),
                                 .limit = 20, .start_token = token[0] != '\0' ? token : NULL),
                    STATOR_OK);
        orders += (int)stator_result_count(page);
        pages++;
        const char *next = stator_result_token(page);
        (void)snprintf(token, sizeof token, "%s", next != NULL ? next : "");
        assert_null(strpbrk(token, "+/ "));
        stator_result_free(page);
    } while (token[0] != '\0');
    assert_int_equal(orders, 45);
    assert_int_equal(pages, 3);
}

static void test_entities__a_scan_pauses_between_its_pages(void **state)
{
    struct place *place = *state;
    stator_pager *pager = NULL;
    const stator_node *item = NULL;
    char id[8];
    int count = 0;
    for (int i = 0; i < 25; i++) {
        (void)snprintf(id, sizeof id, "%02d", i);
        save_order(place, "u", id, i % 2 != 0 ? "1" : "2");
    }
    place_freeze(place, stator_now(place->db));
    const int64_t before = stator_now(place->db);
    place_check(stator_each_scan(place->db, &pager, place->table, .limit = 10,
                                 .page_delay_us = 50 * 1000,
                                 .filter = stator_eq("Amount", stator_i(1))),
                STATOR_OK);
    while (stator_next(pager, &item) == STATOR_OK) count++;
    stator_pager_free(pager);
    assert_int_equal(count, 12);
    assert_in_range(stator_now(place->db) - before, 2 * 50 * 1000 - SLACK_US, 3 * 50 * 1000);
}

static void test_entities__numbered_pages_know_their_neighbours(void **state)
{
    (void)state;
    static const struct {
        int64_t page, size, total;
        stator_page expected;
    } cases[] = {
        {1,  10,  95,  {1, 10, 95, 10, false, true} },
        {10, 10,  95,  {10, 10, 95, 10, true, false}},
        {2,  10,  95,  {2, 10, 95, 10, true, true}  },
        {1,  0,   10,  {1, 10, 10, 1, false, false} },
        {0,  500, 101, {1, 100, 101, 2, false, true}},
        {1,  10,  0,   {1, 10, 0, 0, false, false}  },
        {3,  10,  -1,  {3, 10, -1, 0, true, false}  },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const stator_page page = stator_page_of(cases[i].page, cases[i].size, cases[i].total);
        const stator_page *expected = &cases[i].expected;
        assert_int_equal(page.page, expected->page);
        assert_int_equal(page.size, expected->size);
        assert_int_equal(page.total, expected->total);
        assert_int_equal(page.pages, expected->pages);
        assert_int_equal(page.has_previous, expected->has_previous);
        assert_int_equal(page.has_next, expected->has_next);
    }
}

static void test_entities__links_are_there_for_pages_that_are(void **state)
{
    (void)state;
    char link[128];
    const stator_page page = stator_page_of(2, 10, 25), only = stator_page_of(1, 10, 5);
    const stator_page unknown = stator_page_of(2, 10, -1);
    assert_string_equal(stator_page_link(&page, "http://x/y", "first", link, sizeof link),
                        "http://x/y?pageNumber=1&pageSize=10");
    assert_string_equal(stator_page_link(&page, "/y", "previous", link, sizeof link),
                        "/y?pageNumber=1&pageSize=10");
    assert_string_equal(stator_page_link(&page, "/y", "next", link, sizeof link),
                        "/y?pageNumber=3&pageSize=10");
    assert_string_equal(stator_page_link(&page, "/y", "last", link, sizeof link),
                        "/y?pageNumber=3&pageSize=10");
    assert_null(stator_page_link(&only, "/y", "next", link, sizeof link));
    assert_string_equal(link, "");
    assert_null(stator_page_link(&only, "/y", "previous", link, sizeof link));
    assert_null(stator_page_link(&unknown, "/y", "last", link, sizeof link));
    assert_null(stator_page_link(&page, "/y", "none", link, sizeof link));
    assert_null(stator_page_link(&page, "/y", "next", link, 10));
    assert_null(stator_page_link(NULL, "/y", "next", link, sizeof link));
}

/* ---- batches */

static void test_entities__batches_write_and_read_in_any_number(void **state)
{
    enum { ITEMS = 260 };
    struct place *place = *state;
    char pks[ITEMS][16];
    stator_val keys[ITEMS + 2];
    stator_attr parts[ITEMS + 2][2];
    stator_batch *batch = NULL;
    stator_result *found = NULL;
    place_check(stator_batch_new(place->db, NULL, &batch), STATOR_OK);
    for (int i = 0; i < ITEMS; i++) {
        (void)snprintf(pks[i], sizeof pks[i], "B#%03d", i);
        parts[i][0] = (stator_attr){"PK", stator_s(pks[i])};
        parts[i][1] = (stator_attr){"SK", stator_s("X")};
        keys[i] = stator_map(parts[i], 2);
        if (i % 2 == 0)
            place_check(stator_batch_put(batch, place->table,
                                         STATOR_M({"PK", stator_s(pks[i])}, {"SK", stator_s("X")},
                                                  {"n", stator_i(i)})),
                        STATOR_OK);
    }
    place_check(stator_batch_flush(batch), STATOR_OK);
    assert_int_equal(stator_batch_left(batch), 0);
    stator_batch_free(batch);
    keys[ITEMS] = keys[0];
    keys[ITEMS + 1] = keys[0]; /* twice */
    place_check(stator_batch_get(place->db, place->table, &found, keys, ITEMS + 2, .parallel = 4,
                                 .consistent = true),
                STATOR_OK);
    for (int i = 0; i < ITEMS; i++) {
        const stator_node *item = stator_result_item(found, (size_t)i);
        assert_int_equal(stator_int(item, "n", -1), i % 2 == 0 ? i : -1);
    }
    assert_int_equal(stator_int(stator_result_item(found, ITEMS), "n", -1), 0);
    assert_int_equal(stator_int(stator_result_item(found, ITEMS + 1), "n", -1), 0);
    stator_result_free(found);
}

/* ---- transfers */

static stator_rc transfer(struct place *place, const char *from, const char *to, const char *amount)
{
    char a[64], b[64], t[64], id[STATOR_UUID_LEN], now[STATOR_TS_LEN];
    stator_rfc3339_frac(now, stator_now(place->db));
    stator_tx *tx = stator_tx_new(place->db);
    stator_tx_update(
        tx, place->table,
        STATOR_KEY({"PK", stator_sf(a, "ACCOUNT#%s", from)}, {"SK", stator_s("BALANCE")}),
        stator_upd_expr("SET Balance = Balance - ?, UpdatedAt = ?", stator_n(amount),
                        stator_s(now)),
        .condition = stator_ge("Balance", stator_n(amount)));
    stator_tx_update(
        tx, place->table,
        STATOR_KEY({"PK", stator_sf(b, "ACCOUNT#%s", to)}, {"SK", stator_s("BALANCE")}),
        stator_upd_expr("SET Balance = Balance + ?, UpdatedAt = ?", stator_n(amount),
                        stator_s(now)));
    stator_tx_put(tx, place->table,
                  STATOR_M({"PK", stator_sf(t, "TRANSACTION#%s", stator_uuid4(place->db, id))},
                           {"SK", stator_s("TRANSFER")}, {"FromAccount", stator_s(from)},
                           {"ToAccount", stator_s(to)}, {"Amount", stator_n(amount)},
                           {"CreatedAt", stator_s(now)}, {"Status", stator_s("COMPLETED")}));
    const stator_rc rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

static void open_account(struct place *place, const char *account, const char *balance)
{
    char pk[64];
    place_check(stator_put(place->db, place->table,
                           STATOR_M({"PK", stator_sf(pk, "ACCOUNT#%s", account)},
                                    {"SK", stator_s("BALANCE")}, {"Balance", stator_n(balance)})),
                STATOR_OK);
}

static void check_balance(struct place *place, const char *account, const char *expected)
{
    char pk[64];
    (void)snprintf(pk, sizeof pk, "ACCOUNT#%s", account);
    stator_doc *item = place_item(place, pk, "BALANCE");
    assert_string_equal(stator_num(stator_doc_node(item), "Balance"), expected);
    stator_doc_free(item);
}

static void test_entities__a_transfer_is_whole_and_exact(void **state)
{
    struct place *place = *state;
    open_account(place, "a", "0.3");
    open_account(place, "b", "0.1");
    place_check(transfer(place, "a", "b", "0.2"), STATOR_OK);
    check_balance(place, "a", "0.1");
    check_balance(place, "b", "0.3");
    assert_int_equal(place_count(place), 3);
}

static void test_entities__a_refused_transfer_moves_nothing(void **state)
{
    struct place *place = *state;
    open_account(place, "a", "10");
    open_account(place, "b", "0");
    place_check(transfer(place, "a", "b", "10.01"), STATOR_CONDITION_FAILED);
    assert_int_equal(stator_error_get()->op_index, 0);
    const stator_rc rc = transfer(place, "a", "none", "1");
    if (!place_is_peer()) {
        place_check(rc, STATOR_E_TX_CANCELED);
        assert_int_equal(stator_error_get()->op_index, 1);
    }
    assert_true(rc < 0);
    place_check(transfer(place, "a", "a", "1"), STATOR_E_INVALID);
    check_balance(place, "a", "10");
    check_balance(place, "b", "0");
    assert_int_equal(place_count(place), 2);
}

static void transfer_some(void *ud, int i)
{
    struct race *race = ud;
    static const char *const accounts[] = {"0", "1", "2", "3"};
    for (int n = 0; n < 10; n++) {
        const char *from = accounts[(i + n) % 4];
        const char *to = accounts[(i + n + 1) % 4];
        const stator_rc rc = transfer(race->place, from, to, "0.1");
        if (rc < 0 && rc != STATOR_E_TX_CANCELED && rc != STATOR_E_CONFLICT) race->rcs[i] = rc;
    }
    stator_thread_end();
}

static void test_entities__a_hundred_transfers_conserve_the_sum(void **state)
{
    struct race race = {.place = *state};
    static const char *const accounts[] = {"0", "1", "2", "3"};
    char sum[STATOR_DECIMAL_LEN] = "0", pk[64];
    for (size_t i = 0; i < 4; i++) open_account(race.place, accounts[i], "5.5");
    place_race(10, transfer_some, &race);
    for (int i = 0; i < 10; i++) assert_int_equal(race.rcs[i], STATOR_OK);
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(pk, sizeof pk, "ACCOUNT#%s", accounts[i]);
        stator_doc *item = place_item(race.place, pk, "BALANCE");
        place_check(stator_decimal_add(sum, stator_num(stator_doc_node(item), "Balance"), sum),
                    STATOR_OK);
        stator_doc_free(item);
    }
    assert_string_equal(sum, "22");
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(SingleTableDesign_ShouldSupportMultipleEntities),
        IN_PLACE(test_entities__a_save_stamps_and_counts),
        IN_PLACE(test_entities__a_refused_save_leaves_the_document),
        IN_PLACE(test_entities__of_those_that_save_one_version_one_does),
        IN_PLACE(test_entities__orders_are_found_by_their_dates),
        IN_PLACE(test_entities__a_user_is_found_by_email),
        IN_PLACE(test_entities__pages_by_token_hold_everything_once),
        IN_PLACE(test_entities__a_scan_pauses_between_its_pages),
        cmocka_unit_test(test_entities__numbered_pages_know_their_neighbours),
        cmocka_unit_test(test_entities__links_are_there_for_pages_that_are),
        IN_PLACE(test_entities__batches_write_and_read_in_any_number),
        IN_PLACE(test_entities__a_transfer_is_whole_and_exact),
        IN_PLACE(test_entities__a_refused_transfer_moves_nothing),
        IN_PLACE(test_entities__a_hundred_transfers_conserve_the_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
