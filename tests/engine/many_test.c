/* many_test.c -- batches and transactions: all or none, reasons, conflicts, tokens.
 *
 * The three test_txn_ names are those of the specification this engine was asked to meet. Transfers
 * between accounts are the pattern that most transactions are: their edges come one by one, then a
 * hundred at once.
 */
#include <stdio.h>

#include "engine/fixture.h"
#include "os/thread.h"

static struct fixture f;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    fixture_table(&f, "t", "pk:S", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    return 0;
}

#define KEY(name) "{\"pk\":{\"S\":\"" name "\"}}"
#define ITEM(name, n) "{\"n\":{\"N\":\"" n "\"},\"pk\":{\"S\":\"" name "\"}}"
#define VALUE(n) "{\":n\":{\"N\":\"" n "\"}}"
#define PUT_IF(name, n, text)                                                                      \
    {                                                                                              \
        .verb = ENGINE_PUT, .table = "t", .item = ITEM(name, n), .condition = (text)               \
    }
#define DELETE_IF(name, text)                                                                      \
    {                                                                                              \
        .verb = ENGINE_DELETE, .table = "t", .item = KEY(name), .condition = (text)                \
    }
#define CHECK(name, text)                                                                          \
    {                                                                                              \
        .verb = ENGINE_CHECK, .table = "t", .item = KEY(name), .condition = (text)                 \
    }
#define ADD_IF(name, by, text)                                                                     \
    {                                                                                              \
        .verb = ENGINE_UPDATE, .table = "t", .item = KEY(name), .update = "SET n = n + :n",        \
        .values = VALUE(by), .condition = (text)                                                   \
    }
#define PUT(name, n) PUT_IF(name, n, NULL)
#define DELETE(name) DELETE_IF(name, NULL)
#define ADD(name, by) ADD_IF(name, by, NULL)

static void put_item(const char *item)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = item};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
}

static void assert_item(const char *key, const char *expected)
{
    const char *item = fixture_get(&f, "t", key);
    if (expected == NULL) {
        assert_null(item);
        return;
    }
    assert_non_null(item);
    assert_string_equal(item, expected);
}

#define TRANSACTION(list)                                                                          \
    {                                                                                              \
        .writes = (list), .count = ARRAY_COUNT(list), .transaction = true                          \
    }

/* ---- all or none */

static void test_txn_all_conditions_pass(void **state)
{
    (void)state;
    put_item(ITEM("old", "1"));
    put_item(ITEM("gone", "1"));
    struct fixture_write writes[] = {
        PUT_IF("new", "1", "attribute_not_exists(pk)"),
        ADD_IF("old", "5", "n < :n"),
        DELETE_IF("gone", "attribute_exists(pk)"),
        CHECK("absent", "attribute_not_exists(pk)"),
    };
    struct fixture_many many = TRANSACTION(writes);
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_item(KEY("new"), ITEM("new", "1"));
    assert_item(KEY("old"), ITEM("old", "6"));
    assert_item(KEY("gone"), NULL);
    assert_item(KEY("absent"), NULL);
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    assert_int_equal(seen.item_count, 2);
    table_drop(seen.table);
}

static void test_txn_one_condition_fails_aborts_all(void **state)
{
    (void)state;
    put_item(ITEM("a", "1"));
    struct fixture_write writes[] = {
        PUT("b", "1"),
        ADD_IF("a", "5", "n > :n"),
        CHECK("absent", "attribute_exists(pk)"),
    };
    writes[1].old_on_failure = writes[2].old_on_failure = true;
    struct fixture_many many = TRANSACTION(writes);
    assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED);
    assert_int_equal(many.reasons[0], ST_OK);
    assert_int_equal(many.reasons[1], ST_CONDITION_FAILED);
    assert_int_equal(many.reasons[2], ST_CONDITION_FAILED);
    assert_null(writes[0].returned);
    assert_string_equal(writes[1].returned, ITEM("a", "1"));
    assert_null(writes[2].returned);
    assert_item(KEY("a"), ITEM("a", "1"));
    assert_item(KEY("b"), NULL);
}

static void test_txn_no_partial_writes_on_condition_failure(void **state)
{
    (void)state;
    static const char *const kept[] = {KEY("k0"), KEY("k1"), KEY("k2")};
    put_item(ITEM("k0", "0"));
    put_item(ITEM("k1", "0"));
    put_item(ITEM("k2", "0"));
    for (size_t failing = 0; failing < 3; failing++) {
        struct fixture_write writes[] = {
            ADD("k0", "1"),
            DELETE("k1"),
            PUT("k2", "9"),
        };
        writes[failing].condition = "attribute_exists(nothing)";
        struct fixture_many many = TRANSACTION(writes);
        assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(many.reasons[i], i == failing ? ST_CONDITION_FAILED : ST_OK);
            assert_non_null(strstr(fixture_get(&f, "t", kept[i]), "\"N\":\"0\""));
        }
    }
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    assert_int_equal(seen.item_count, 3);
    table_drop(seen.table);
}

static void test_many__an_update_that_cannot_be_applied_takes_the_others_back(void **state)
{
    (void)state;
    put_item(ITEM("a", "1"));
    struct fixture_write writes[] = {
        ADD("a", "1"),
        ADD("absent", "1"),
        ADD("absent2", "1"),
    };
    struct fixture_many many = TRANSACTION(writes);
    assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED);
    assert_int_equal(many.reasons[0], ST_OK);
    assert_int_equal(many.reasons[1], ST_VALIDATION);
    assert_int_equal(many.reasons[2], ST_OK); /* not looked at */
    assert_item(KEY("a"), ITEM("a", "1"));
}

static void test_many__a_wrong_key_is_a_reason(void **state)
{
    (void)state;
    struct fixture_write writes[] = {
        PUT("a", "1"),
        {.verb = ENGINE_PUT,    .table = "t", .item = "{\"pk\":{\"N\":\"7\"}}"},
        {.verb = ENGINE_DELETE, .table = "t", .item = "{\"x\":{\"S\":\"a\"}}" },
    };
    struct fixture_many many = TRANSACTION(writes);
    assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED);
    assert_int_equal(many.reasons[0], ST_OK);
    assert_int_equal(many.reasons[1], ST_VALIDATION);
    assert_string_equal(many.messages[1],
                        "One or more parameter values were invalid: Type mismatch for key pk "
                        "expected: S actual: N");
    assert_int_equal(many.reasons[2], ST_OK);
    assert_item(KEY("a"), NULL);
}

static void test_many__an_empty_key_fails_the_whole(void **state)
{
    (void)state;
    struct fixture_write writes[] = {
        {.verb = ENGINE_PUT,    .table = "t", .item = "{\"pk\":{\"N\":\"7\"}}"},
        {.verb = ENGINE_DELETE, .table = "t", .item = "{\"pk\":{\"S\":\"\"}}" },
    };
    struct fixture_many many = TRANSACTION(writes);
    assert_int_equal(fixture_many(&f, &many), ST_VALIDATION);
    support_assert_text(error_text(&f.err),
                        "One or more parameter values are not valid. The AttributeValue for a key "
                        "attribute cannot contain an empty string value. Key: pk");
}

static void test_many__no_item_twice_and_no_missing_table(void **state)
{
    (void)state;
    struct fixture_write writes[] = {
        PUT("a", "1"),
        PUT("b", "1"),
        DELETE("a"),
    };
    struct fixture_many many = TRANSACTION(writes);
    assert_int_equal(fixture_many(&f, &many), ST_VALIDATION);
    support_assert_text(error_text(&f.err),
                        "Transaction request cannot include multiple operations on one item");
    many.transaction = false;
    assert_int_equal(fixture_many(&f, &many), ST_VALIDATION);
    support_assert_text(error_text(&f.err), "Provided list of item keys contains duplicates");
    writes[2].table = "nowhere";
    assert_int_equal(fixture_many(&f, &many), ST_NOT_FOUND);
    many.transaction = true;
    assert_int_equal(fixture_many(&f, &many), ST_NOT_FOUND);
    assert_item(KEY("a"), NULL);
}

static void test_many__a_batch_puts_and_deletes(void **state)
{
    (void)state;
    put_item(ITEM("gone", "1"));
    struct fixture_write writes[] = {
        PUT("a", "1"),
        DELETE("gone"),
        DELETE("absent"),
    };
    struct fixture_many many = {.writes = writes, .count = ARRAY_COUNT(writes)};
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_item(KEY("a"), ITEM("a", "1"));
    assert_item(KEY("gone"), NULL);
    for (size_t i = 0; i < ARRAY_COUNT(writes); i++) assert_int_equal(writes[i].write_units, 1);
}

/* ---- transfers */

/* Balance - :amount from one account, + :amount to another, and a record of it. */
struct transfer {
    const char *from, *to, *record, *amount; /* JSON */
    struct fixture_write writes[3];
    struct fixture_many many;
};

static status transfer(struct fixture *by, struct transfer *order)
{
    order->writes[0] = (struct fixture_write){.verb = ENGINE_UPDATE,
                                              .table = "t",
                                              .item = order->from,
                                              .update = "SET n = n - :n",
                                              .condition = "n >= :n",
                                              .values = order->amount};
    order->writes[1] = (struct fixture_write){.verb = ENGINE_UPDATE,
                                              .table = "t",
                                              .item = order->to,
                                              .update = "SET n = n + :n",
                                              .values = order->amount};
    order->writes[2] =
        (struct fixture_write){.verb = ENGINE_PUT, .table = "t", .item = order->record};
    order->many = (struct fixture_many)TRANSACTION(order->writes);
    return fixture_many(by, &order->many);
}

static void test_transfer__moves_the_amount(void **state)
{
    (void)state;
    struct transfer order = {
        .from = KEY("a"), .to = KEY("b"), .record = KEY("r"), .amount = VALUE("0.1")};
    put_item(ITEM("a", "100"));
    put_item(ITEM("b", "0.2"));
    assert_int_equal(transfer(&f, &order), ST_OK);
    assert_item(KEY("a"), ITEM("a", "99.9"));
    assert_item(KEY("b"), ITEM("b", "0.3")); /* exactly: no double is near */
    assert_item(KEY("r"), KEY("r"));
}

static void test_transfer__insufficient_funds_is_the_reason_at_0(void **state)
{
    (void)state;
    struct transfer order = {
        .from = KEY("a"), .to = KEY("b"), .record = KEY("r"), .amount = VALUE("2")};
    put_item(ITEM("a", "1"));
    put_item(ITEM("b", "1"));
    assert_int_equal(transfer(&f, &order), ST_TX_CANCELED);
    assert_int_equal(order.many.reasons[0], ST_CONDITION_FAILED);
    assert_int_equal(order.many.reasons[1], ST_OK);
    assert_int_equal(order.many.reasons[2], ST_OK);
    assert_item(KEY("a"), ITEM("a", "1"));
    assert_item(KEY("b"), ITEM("b", "1"));
    assert_item(KEY("r"), NULL);
}

static void test_transfer__a_missing_destination_is_a_validation_error_at_1(void **state)
{
    (void)state;
    struct transfer order = {
        .from = KEY("a"), .to = KEY("b"), .record = KEY("r"), .amount = VALUE("2")};
    put_item(ITEM("a", "10"));
    assert_int_equal(transfer(&f, &order), ST_TX_CANCELED);
    assert_int_equal(order.many.reasons[0], ST_OK);
    assert_int_equal(order.many.reasons[1], ST_VALIDATION);
    assert_string_equal(
        order.many.messages[1],
        "The provided expression refers to an attribute that does not exist in the item");
    assert_int_equal(order.many.reasons[2], ST_OK);
    assert_item(KEY("a"), ITEM("a", "10"));
    assert_item(KEY("b"), NULL);
    assert_item(KEY("r"), NULL);
}

static void test_transfer__to_oneself_is_refused(void **state)
{
    (void)state;
    struct transfer order = {
        .from = KEY("a"), .to = KEY("a"), .record = KEY("r"), .amount = VALUE("2")};
    put_item(ITEM("a", "10"));
    assert_int_equal(transfer(&f, &order), ST_VALIDATION);
    assert_item(KEY("a"), ITEM("a", "10"));
}

enum { CLERKS = 4, TRANSFERS = 25, ACCOUNTS = 5 };

struct clerk {
    struct thread thread;
    struct fixture f;
    struct support_random random;
    int number;
    int done;
};

static const char *print(struct fixture *by, const char *format, int a, int b)
{
    char *text = arena_alloc(&by->arena, 64);
    assert_non_null(text);
    (void)snprintf(text, 64, "{\"pk\":{\"S\":\"%s%d.%d\"}}", format, a, b);
    return text;
}

static void clerk_run(void *ctx)
{
    struct clerk *clerk = ctx;
    for (int i = 0; i < TRANSFERS;) {
        const int from = (int)support_random_below(&clerk->random, ACCOUNTS);
        const int to =
            (from + 1 + (int)support_random_below(&clerk->random, ACCOUNTS - 1)) % ACCOUNTS;
        struct transfer order = {.from = print(&clerk->f, "a", from, 0),
                                 .to = print(&clerk->f, "a", to, 0),
                                 .record = print(&clerk->f, "r", clerk->number, i),
                                 .amount = VALUE("3")};
        const status *reasons = order.many.reasons;
        const status st = transfer(&clerk->f, &order);
        if (st == ST_OK) {
            clerk->done++;
        } else {
            assert_int_equal(st, ST_TX_CANCELED);
            if (reasons[0] == ST_TX_CONFLICT || reasons[1] == ST_TX_CONFLICT) continue;
            assert_int_equal(reasons[0], ST_CONDITION_FAILED); /* the account is empty */
        }
        i++;
    }
}

static int64_t balance_of(int account)
{
    struct value n = {0};
    const char *item = fixture_get(&f, "t", print(&f, "a", account, 0));
    assert_non_null(item);
    assert_true(value_find(fixture_map(&f, item), SPAN("n"), &n));
    const char *at = strstr(item, "\"N\":\"");
    return strtoll(at + 5, NULL, 10);
}

static void test_transfer__a_hundred_at_once_conserve_the_sum(void **state)
{
    (void)state;
    static struct clerk clerks[CLERKS];
    for (int i = 0; i < ACCOUNTS; i++) {
        char item[96];
        (void)snprintf(item, sizeof item, "{\"n\":{\"N\":\"20\"},\"pk\":{\"S\":\"a%d.0\"}}", i);
        put_item(item);
    }
    struct support_random random = support_random();
    for (int i = 0; i < CLERKS; i++) {
        clerks[i] = (struct clerk){.number = i, .random = {support_random_next(&random)}};
        fixture_share(&f, &clerks[i].f);
        assert_int_equal(thread_start(&clerks[i].thread, "clerk", clerk_run, &clerks[i]), ST_OK);
    }
    int done = 0;
    for (int i = 0; i < CLERKS; i++) {
        thread_join(&clerks[i].thread);
        done += clerks[i].done;
        fixture_unshare(&clerks[i].f);
    }
    int64_t sum = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        const int64_t balance = balance_of(i);
        assert_true(balance >= 0);
        sum += balance;
    }
    assert_int_equal(sum, 20 * ACCOUNTS);
    struct fixture_page scan = {
        .table = "t", .filter = "begins_with(pk, :r)", .values = "{\":r\":{\"S\":\"r\"}}"};
    assert_int_equal(fixture_page(&f, &scan), ST_OK);
    assert_int_equal(scan.page.count, done); /* one record for each transfer that happened */
}

/* ---- conflicts */

static void test_conflict__what_overlaps_is_refused_while_a_transaction_is_under_way(void **state)
{
    (void)state;
    put_item(ITEM("a", "1"));
    struct fixture_hold hold;
    fixture_hold(&f, &hold);

    struct fixture_write first[] = {
        ADD("a", "1"),
        CHECK("c", "attribute_not_exists(pk)"),
    };
    struct fixture_many under_way = TRANSACTION(first);
    struct fixture mine;
    fixture_share(&f, &mine);
    struct fixture_pending *pending = fixture_many_start(&mine, &under_way);
    assert_false(fixture_many_is_done(pending));

    struct fixture_write second[] = {
        PUT("b", "1"),
        ADD("a", "1"),
        PUT("c", "1"),
    };
    struct fixture_many overlapping = TRANSACTION(second);
    assert_int_equal(fixture_many(&f, &overlapping), ST_TX_CANCELED);
    assert_int_equal(overlapping.reasons[0], ST_OK);
    assert_int_equal(overlapping.reasons[1], ST_TX_CONFLICT);
    assert_int_equal(overlapping.reasons[2], ST_TX_CONFLICT); /* a checked item is in it too */
    assert_string_equal(overlapping.messages[1], "Transaction is ongoing for the item");

    struct fixture_write single = ADD("a", "1");
    assert_int_equal(fixture_write(&f, &single), ST_TX_CONFLICT);
    assert_item(KEY("a"), ITEM("a", "1")); /* a plain read sees what is durable */

    fixture_release(&hold);
    assert_int_equal(fixture_many_end(&mine, pending), ST_OK);
    fixture_unshare(&mine);
    assert_item(KEY("a"), ITEM("a", "2"));
    assert_int_equal(fixture_many(&f, &overlapping), ST_OK); /* it is over */
    assert_int_equal(fixture_write(&f, &single), ST_OK);
    assert_item(KEY("a"), ITEM("a", "4"));
}

static void test_conflict__a_refused_transaction_holds_nothing(void **state)
{
    (void)state;
    struct fixture_write refused[] = {
        CHECK("a", "attribute_exists(pk)"),
        PUT("b", "1"),
    };
    struct fixture_many many = TRANSACTION(refused);
    assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED);
    put_item(ITEM("a", "1"));
    assert_int_equal(fixture_many(&f, &many), ST_OK);
}

/* ---- tokens */

static status count_up(const char *token, const char *by, bool *replayed)
{
    struct fixture_write writes[] = {
        {.verb = ENGINE_UPDATE, .table = "t", .item = KEY("a"), .update = "ADD n :n", .values = by},
    };
    struct fixture_many many = TRANSACTION(writes);
    many.token = token;
    const status st = fixture_many(&f, &many);
    *replayed = many.replayed;
    return st;
}

static void test_token__the_same_request_happens_once(void **state)
{
    (void)state;
    bool replayed = false;
    assert_int_equal(count_up(NULL, VALUE("1"), &replayed), ST_OK);
    assert_int_equal(count_up(NULL, VALUE("1"), &replayed), ST_OK);
    assert_item(KEY("a"), ITEM("a", "2"));
    assert_int_equal(count_up("token", VALUE("1"), &replayed), ST_OK);
    assert_false(replayed);
    assert_int_equal(count_up("token", VALUE("1"), &replayed), ST_OK);
    assert_true(replayed);
    assert_item(KEY("a"), ITEM("a", "3"));
    assert_int_equal(count_up("other", VALUE("1"), &replayed), ST_OK);
    assert_item(KEY("a"), ITEM("a", "4"));
}

static void test_token__another_request_is_refused(void **state)
{
    (void)state;
    bool replayed = false;
    assert_int_equal(count_up("token", VALUE("1"), &replayed), ST_OK);
    assert_int_equal(count_up("token", VALUE("2"), &replayed), ST_TOKEN_MISMATCH);
    assert_item(KEY("a"), ITEM("a", "1"));
}

static void test_token__of_a_refused_request_can_be_used_again(void **state)
{
    (void)state;
    struct fixture_write writes[] = {
        PUT("b", "1"),
        CHECK("a", "attribute_exists(pk)"),
    };
    struct fixture_many many = TRANSACTION(writes);
    many.token = "token";
    assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED);
    put_item(ITEM("a", "1"));
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_false(many.replayed);
}

static void test_token__sent_again_while_under_way_waits_for_it(void **state)
{
    (void)state;
    struct fixture_hold hold;
    struct fixture mine;
    fixture_share(&f, &mine);
    fixture_hold(&f, &hold);
    struct fixture_write one[] = {
        {.verb = ENGINE_UPDATE,
         .table = "t",
         .item = KEY("a"),
         .update = "ADD n :n",
         .values = VALUE("1")},
    };
    struct fixture_write two[] = {
        one[0],
    };
    struct fixture_many first = TRANSACTION(one), second = TRANSACTION(two);
    first.token = second.token = "token";
    struct fixture_pending *a = fixture_many_start(&mine, &first);
    struct fixture_pending *b = fixture_many_start(&f, &second);
    assert_false(fixture_many_is_done(b));
    fixture_release(&hold);
    assert_int_equal(fixture_many_end(&mine, a), ST_OK);
    assert_int_equal(fixture_many_end(&f, b), ST_OK);
    assert_false(first.replayed);
    assert_true(second.replayed);
    fixture_unshare(&mine);
    assert_item(KEY("a"), ITEM("a", "1"));
}

static void test_token__keeps_what_the_writes_cost(void **state)
{
    (void)state;
    char item[2100];
    (void)snprintf(item, sizeof item, "{\"pk\":{\"S\":\"a\"},\"x\":{\"S\":\"%01500d\"}}", 0);
    put_item(item);
    struct fixture_write writes[] = {
        DELETE("a"),
        DELETE("absent"),
    };
    struct fixture_many many = TRANSACTION(writes);
    many.token = "token";
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_true(many.replayed);
    assert_int_equal(writes[0].write_units, 2);
    assert_int_equal(writes[1].write_units, 1);
}

enum { MINUTE_MS = 60 * 1000 };

static void test_token__counts_for_ten_minutes(void **state)
{
    (void)state;
    bool replayed = false;
    for (int offset = 0; offset < 10; offset++) { /* wherever in a stretch it begins */
        char token[16];
        (void)snprintf(token, sizeof token, "token %d", offset);
        assert_int_equal(count_up(token, VALUE("1"), &replayed), ST_OK);
        f.clock_ms += 10 * MINUTE_MS - 1;
        assert_int_equal(count_up(token, VALUE("1"), &replayed), ST_OK);
        assert_true(replayed);
        f.clock_ms += 1;
        assert_int_equal(count_up(token, VALUE("2"), &replayed), ST_OK);
        assert_false(replayed);
        f.clock_ms += MINUTE_MS;
    }
}

static status count_in_view(struct store_view *view, void *ctx)
{
    uint32_t *count = ctx;
    struct store_cursor *cursor = NULL;
    bool found = true;
    assert_int_equal(
        store_view_walk(view, (struct store_range){SPAN("D"), SPAN("E")}, false, &cursor), ST_OK);
    for (*count = 0; found; *count += found ? 1 : 0) {
        struct span key = {0}, value = {0};
        assert_int_equal(store_cursor_next(cursor, &key, &value, &found), ST_OK);
    }
    store_cursor_close(cursor);
    return ST_OK;
}

/* At the beginning of a stretch of ten minutes (replay.c), a second back is the stretch before. */
static void test_token__counts_though_the_wall_clock_is_put_back(void **state)
{
    (void)state;
    enum { STRETCH_MS = 600000 };
    char *folder = support_folder_new();
    bool replayed = false;
    fixture_close(&f);
    fixture_open(&f, folder);
    fixture_table(&f, "t", "pk:S", NULL);
    f.clock_ms = (f.clock_ms / STRETCH_MS + 1) * STRETCH_MS;
    fixture_reopen(&f, folder);
    assert_int_equal(count_up("token", VALUE("1"), &replayed), ST_OK);
    f.back_ms = 1000;
    assert_int_equal(count_up("token", VALUE("1"), &replayed), ST_OK);
    assert_true(replayed);
    fixture_reopen(&f, folder);
    f.back_ms = 6 * STRETCH_MS;
    fixture_reopen(&f, folder);
    assert_int_equal(count_up("token", VALUE("1"), &replayed), ST_OK);
    assert_true(replayed);
    fixture_close(&f);
    support_folder_free(folder);
    fixture_open(&f, NULL);
}

static void test_token__notes_do_not_pile_up(void **state)
{
    (void)state;
    bool replayed = false;
    uint32_t count = 0;
    for (int i = 0; i < 100; i++) {
        char token[16];
        (void)snprintf(token, sizeof token, "token %d", i);
        assert_int_equal(count_up(token, VALUE("1"), &replayed), ST_OK);
        assert_int_equal(store_read(f.store, count_in_view, &count), ST_OK);
        assert_true(count <= 20); /* one a minute: at most two stretches of ten */
        f.clock_ms += MINUTE_MS;
    }
    assert_true(count >= 10);
}

static void test_token__survives_a_restart(void **state)
{
    (void)state;
    fixture_close(&f);
    char *folder = support_folder_new();
    bool replayed = false;
    fixture_open(&f, folder);
    fixture_table(&f, "t", "pk:S", NULL);
    assert_int_equal(count_up("token", VALUE("1"), &replayed), ST_OK);
    fixture_reopen(&f, folder);
    assert_int_equal(count_up("token", VALUE("1"), &replayed), ST_OK);
    assert_true(replayed);
    assert_int_equal(count_up("token", VALUE("2"), &replayed), ST_TOKEN_MISMATCH);
    assert_item(KEY("a"), ITEM("a", "1"));
    fixture_close(&f);
    support_folder_free(folder);
    fixture_open(&f, NULL);
}

/* ---- without memory */

static void test_many__out_of_memory_leaves_all_as_it_was(void **state)
{
    (void)state;
    put_item(ITEM("a", "1"));
    struct fixture_write writes[] = {
        ADD("a", "1"),
        PUT("b", "1"),
    };
    struct fixture_many many = TRANSACTION(writes);
    many.token = "token";
    for (uint64_t nth = 1;; nth++) {
        struct fixture mine;
        struct fixture_hold hold;
        fixture_share(&f, &mine);
        fixture_hold(&f, &hold);
        struct fixture_pending *pending = fixture_many_start(&mine, &many);
        support_mem_fail_at(nth);
        fixture_release(&hold);
        const status st = fixture_many_end(&mine, pending);
        const bool failed = support_mem_failed();
        support_mem_fail_at(0);
        fixture_unshare(&mine);
        if (st == ST_OK) break; /* nothing failed, or a favour to later readers */
        assert_true(failed);
        assert_int_equal(st, ST_NO_MEMORY);
        assert_item(KEY("a"), ITEM("a", "1"));
        assert_item(KEY("b"), NULL);
    }
    assert_item(KEY("a"), ITEM("a", "2"));
    assert_item(KEY("b"), ITEM("b", "1"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_txn_all_conditions_pass),
        TEST(test_txn_one_condition_fails_aborts_all),
        TEST(test_txn_no_partial_writes_on_condition_failure),
        TEST(test_many__an_update_that_cannot_be_applied_takes_the_others_back),
        TEST(test_many__a_wrong_key_is_a_reason),
        TEST(test_many__an_empty_key_fails_the_whole),
        TEST(test_many__no_item_twice_and_no_missing_table),
        TEST(test_many__a_batch_puts_and_deletes),
        TEST(test_transfer__moves_the_amount),
        TEST(test_transfer__insufficient_funds_is_the_reason_at_0),
        TEST(test_transfer__a_missing_destination_is_a_validation_error_at_1),
        TEST(test_transfer__to_oneself_is_refused),
        TEST(test_transfer__a_hundred_at_once_conserve_the_sum),
        TEST(test_conflict__what_overlaps_is_refused_while_a_transaction_is_under_way),
        TEST(test_conflict__a_refused_transaction_holds_nothing),
        TEST(test_token__the_same_request_happens_once),
        TEST(test_token__another_request_is_refused),
        TEST(test_token__of_a_refused_request_can_be_used_again),
        TEST(test_token__sent_again_while_under_way_waits_for_it),
        TEST(test_token__keeps_what_the_writes_cost),
        TEST(test_token__counts_for_ten_minutes),
        TEST(test_token__counts_though_the_wall_clock_is_put_back),
        TEST(test_token__notes_do_not_pile_up),
        TEST(test_token__survives_a_restart),
        TEST(test_many__out_of_memory_leaves_all_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
