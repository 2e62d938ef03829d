/* version_test.c -- the version that the engine gives an item with every write, and writes that ask
 * for one: the optimistic way to change an item, beside conditions on what it holds.
 *
 * A version asked for is judged at the same point as a condition (E1) and before it, so these tests
 * are also about what a refusal leaves alone (E2) and what it tells.
 */
#include <pthread.h>
#include <stdio.h>

#include "engine/fixture.h"

#define KEY "{\"pk\":{\"S\":\"a\"}}"
#define ONE "{\"n\":{\"N\":\"1\"},\"pk\":{\"S\":\"a\"}}"
#define TWO "{\"n\":{\"N\":\"2\"},\"pk\":{\"S\":\"a\"}}"
#define ADD_ONE .update = "ADD n :one", .values = "{\":one\":{\"N\":\"1\"}}"

enum { CALLERS = 6, INCREMENTS = 30 };

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

static status put_if(const char *item, uint64_t version, uint64_t *now)
{
    struct fixture_write put = {
        .verb = ENGINE_PUT, .table = "t", .item = item, .has_version = true, .if_version = version};
    const status st = fixture_write(&f, &put);
    *now = put.version;
    return st;
}

static uint64_t put(const char *item)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = item};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    return put.version;
}

static void assert_told(const char *text)
{
    support_assert_text(error_text(&f.err), text);
}

static void test_versioned_get_and_conditional_put(void **state)
{
    (void)state;
    uint64_t now = 1;
    char text[100];
    assert_int_equal(fixture_version(&f, "t", KEY), 0);
    const uint64_t first = put(ONE);
    assert_true(first > 0);
    assert_int_equal(fixture_version(&f, "t", KEY), first);
    assert_int_equal(put_if(TWO, first, &now), ST_OK);
    assert_true(now > first);
    assert_int_equal(fixture_version(&f, "t", KEY), now);
    const uint64_t second = now;
    assert_int_equal(put_if(ONE, first, &now), ST_VERSION);
    assert_int_equal(now, second);
    (void)snprintf(text, sizeof text, "The item should have version %llu and has version %llu",
                   (unsigned long long)first, (unsigned long long)second);
    assert_told(text);
    assert_string_equal(fixture_get(&f, "t", KEY), TWO);
    assert_int_equal(fixture_version(&f, "t", KEY), second);
}

static void test_version__zero_asks_for_no_item(void **state)
{
    (void)state;
    uint64_t now = 1;
    assert_int_equal(put_if(ONE, 7, &now), ST_VERSION);
    assert_int_equal(now, 0);
    assert_told("The item should have version 7 and does not exist");
    assert_null(fixture_get(&f, "t", KEY));
    assert_int_equal(put_if(ONE, 0, &now), ST_OK);
    assert_int_equal(put_if(TWO, 0, &now), ST_VERSION);
    assert_int_equal(now, fixture_version(&f, "t", KEY));
    assert_string_equal(fixture_get(&f, "t", KEY), ONE);
}

static void test_version__updates_and_deletes_ask_too(void **state)
{
    (void)state;
    const uint64_t first = put(ONE);
    struct fixture_write update = {.verb = ENGINE_UPDATE,
                                   .table = "t",
                                   .item = KEY,
                                   ADD_ONE,
                                   .has_version = true,
                                   .if_version = first};
    assert_int_equal(fixture_write(&f, &update), ST_OK);
    assert_true(update.version > first);
    const uint64_t second = update.version;
    assert_int_equal(fixture_write(&f, &update), ST_VERSION);
    assert_int_equal(update.version, second);
    struct fixture_write end = {
        .verb = ENGINE_DELETE, .table = "t", .item = KEY, .has_version = true, .if_version = first};
    assert_int_equal(fixture_write(&f, &end), ST_VERSION);
    assert_string_equal(fixture_get(&f, "t", KEY), TWO);
    end.if_version = second;
    assert_int_equal(fixture_write(&f, &end), ST_OK);
    assert_int_equal(end.version, 0);
    assert_null(fixture_get(&f, "t", KEY));
    assert_true(put(ONE) > second); /* never a version again that the key had before */
}

static void test_version__a_refusal_shows_the_item_where_asked(void **state)
{
    (void)state;
    (void)put(ONE);
    struct fixture_write write = {.verb = ENGINE_PUT,
                                  .table = "t",
                                  .item = TWO,
                                  .has_version = true,
                                  .returns = ENGINE_RETURN_ALL_OLD};
    assert_int_equal(fixture_write(&f, &write), ST_VERSION);
    assert_null(write.returned);
    assert_int_equal(write.write_units, 1);
    write.old_on_failure = true;
    assert_int_equal(fixture_write(&f, &write), ST_VERSION);
    assert_string_equal(write.returned, ONE);
}

static void test_version__is_judged_before_the_condition(void **state)
{
    (void)state;
    struct fixture_write write = {.verb = ENGINE_PUT,
                                  .table = "t",
                                  .item = TWO,
                                  .condition = "n = :one",
                                  .values = "{\":one\":{\"N\":\"1\"}}",
                                  .has_version = true};
    (void)put(TWO);
    assert_int_equal(fixture_write(&f, &write), ST_VERSION);
    write.if_version = fixture_version(&f, "t", KEY);
    assert_int_equal(fixture_write(&f, &write), ST_CONDITION_FAILED);
    assert_int_equal(write.version, write.if_version);
    write.if_version = put(ONE);
    assert_int_equal(fixture_write(&f, &write), ST_OK);
}

static void test_put_item_conditional_still_works(void **state)
{
    (void)state;
    uint64_t now = 0;
    struct fixture_write guarded = {
        .verb = ENGINE_PUT, .table = "t", .item = ONE, .condition = "attribute_not_exists(pk)"};
    assert_int_equal(fixture_write(&f, &guarded), ST_OK);
    assert_int_equal(fixture_write(&f, &guarded), ST_CONDITION_FAILED);
    const uint64_t version = fixture_version(&f, "t", KEY);
    assert_int_equal(put_if(TWO, version, &now), ST_OK);
    assert_int_equal(put_if(ONE, version, &now), ST_VERSION);
    assert_string_equal(fixture_get(&f, "t", KEY), TWO);
}

static void test_version__an_expired_item_has_none(void **state)
{
    (void)state;
    uint64_t now = 1;
    assert_int_equal(fixture_ttl(&f, "t", "e", true), ST_OK);
    const uint64_t first = put("{\"e\":{\"N\":\"1699999999\"},\"pk\":{\"S\":\"a\"}}");
    assert_int_equal(fixture_version(&f, "t", KEY), 0);
    assert_int_equal(put_if(ONE, first, &now), ST_VERSION);
    assert_int_equal(now, 0);
    assert_int_equal(put_if(ONE, 0, &now), ST_OK);
}

static void test_version__cancels_a_transaction(void **state)
{
    (void)state;
    const uint64_t first = put(ONE);
    struct fixture_write writes[2] = {
        {.verb = ENGINE_PUT, .table = "t", .item = "{\"pk\":{\"S\":\"b\"}}"}
    };
    writes[1] = (struct fixture_write){
        .verb = ENGINE_PUT, .table = "t", .item = TWO, .has_version = true, .if_version = 1};
    struct fixture_many many = {.writes = writes, .count = 2, .transaction = true};
    assert_int_equal(fixture_many(&f, &many), ST_TX_CANCELED);
    assert_int_equal(many.reasons[0], ST_OK);
    assert_int_equal(many.reasons[1], ST_VERSION);
    assert_int_equal(writes[1].version, first);
    assert_null(fixture_get(&f, "t", "{\"pk\":{\"S\":\"b\"}}"));
    writes[1].if_version = first;
    assert_int_equal(fixture_many(&f, &many), ST_OK);
    assert_int_equal(fixture_version(&f, "t", KEY), writes[1].version);
}

/* ---- racing */

struct caller {
    struct fixture f;
    pthread_t thread;
    size_t lost; /* races, each tried again */
    size_t failed;
};

/* Read, add one outside, and put it if nobody was faster. */
static status try_increment(struct fixture *own)
{
    char item[100];
    const uint64_t version = fixture_version(own, "t", KEY); /* first: what is read after it */
    const char *before = fixture_get(own, "t", KEY);         /* is that, or the put is refused */
    const unsigned n = before == NULL ? 0 : (unsigned)strtoul(strchr(before, 'N') + 4, NULL, 10);
    (void)snprintf(item, sizeof item, "{\"n\":{\"N\":\"%u\"},\"pk\":{\"S\":\"a\"}}", n + 1);
    struct fixture_write put = {
        .verb = ENGINE_PUT, .table = "t", .item = item, .has_version = true, .if_version = version};
    return fixture_write(own, &put);
}

static void *caller_main(void *ctx)
{
    struct caller *caller = ctx;
    for (size_t done = 0; done < INCREMENTS && caller->failed == 0;) {
        const status st = try_increment(&caller->f);
        if (st == ST_OK) done++;
        if (st == ST_VERSION) caller->lost++;
        if (st != ST_OK && st != ST_VERSION) caller->failed++;
    }
    return NULL;
}

static void test_concurrent_version_conflict(void **state)
{
    (void)state;
    static struct caller callers[CALLERS];
    for (size_t i = 0; i < CALLERS; i++) {
        callers[i].lost = callers[i].failed = 0;
        fixture_share(&f, &callers[i].f);
        callers[i].f.leads = i % 2 == 0;
        assert_int_equal(pthread_create(&callers[i].thread, NULL, caller_main, &callers[i]), 0);
    }
    for (size_t i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].failed, 0);
        fixture_unshare(&callers[i].f);
    }
    char expected[100];
    (void)snprintf(expected, sizeof expected, "{\"n\":{\"N\":\"%d\"},\"pk\":{\"S\":\"a\"}}",
                   CALLERS * INCREMENTS);
    assert_string_equal(fixture_get(&f, "t", KEY), expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_versioned_get_and_conditional_put),
        TEST(test_version__zero_asks_for_no_item),
        TEST(test_version__updates_and_deletes_ask_too),
        TEST(test_version__a_refusal_shows_the_item_where_asked),
        TEST(test_version__is_judged_before_the_condition),
        TEST(test_put_item_conditional_still_works),
        TEST(test_version__an_expired_item_has_none),
        TEST(test_version__cancels_a_transaction),
        TEST(test_concurrent_version_conflict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
