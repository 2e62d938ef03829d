/* api_feed_test.c -- feeds where it takes a clock that a test turns, or several shards: one row of
 * all of them, what is kept no more, and being told. What goes over sockets is in
 * tests/clients/feed_test.py.
 */
#include "api/api_feed.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/fixture.h"
#include "support/fake_os.h"

enum { HOUR_MS = 60 * 60 * 1000, EVENTS_MAX = 400, ID_BYTES = 80 };

struct feeding {
    struct fake_os fake;
    struct fixture f;
    struct exchange x; /* of the feed that is open */
    struct buf text;   /* all that it wrote */
    unsigned written;  /* so many items */
};

static void begin(struct feeding *feeding, uint32_t shards)
{
    *feeding = (struct feeding){.written = 0};
    fake_os_init(&feeding->fake);
    fixture_open_on(&feeding->f, &feeding->fake.os, shards);
    struct exchange x;
    exchange_begin(
        &x, &(struct request){
                .target = TARGET("CreateTable"),
                .body = "{\"TableName\":\"music\",\"AttributeDefinitions\":[{\"AttributeName\":"
                        "\"pk\",\"AttributeType\":\"S\"}],\"KeySchema\":[{\"AttributeName\":\"pk\","
                        "\"KeyType\":\"HASH\"}],\"BillingMode\":\"PAY_PER_REQUEST\","
                        "\"StreamSpecification\":{\"StreamEnabled\":true,\"StreamViewType\":"
                        "\"NEW_IMAGE\"}}"});
    exchange_run(&x, &feeding->f);
    assert_int_equal(x.call.outcome, ST_OK);
    exchange_end(&x);
    buf_init(&feeding->text, mem_heap(), 1 << 24);
}

static void end(struct feeding *feeding)
{
    buf_deinit(&feeding->text);
    fixture_close(&feeding->f);
}

/* Write `count` items, each of its own key, with ascending n. */
static void put(struct feeding *feeding, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char body[200];
        const unsigned n = feeding->written++;
        (void)snprintf(body, sizeof body,
                       "{\"TableName\":\"music\",\"Item\":{\"pk\":{\"S\":\"k%u\"},\"n\":{\"N\":"
                       "\"%u\"}}}",
                       n % 37, n);
        assert_done(&feeding->f, TARGET("PutItem"), body, "{}");
    }
}

static status open_feed(struct feeding *feeding, const char *query)
{
    exchange_begin(&feeding->x,
                   &(struct request){.method = "GET", .path = "/streams/music", .query = query});
    exchange_run(&feeding->x, &feeding->f);
    buf_clear(&feeding->text);
    return feeding->x.call.outcome;
}

static status open_from(struct feeding *feeding, const char id[ID_BYTES])
{
    char query[ID_BYTES + 5] = "from=";
    memcpy(query + strlen(query), id, strlen(id) + 1);
    return open_feed(feeding, query);
}

static void close_feed(struct feeding *feeding)
{
    if (feeding->x.call.feed != NULL) api_feed_close(feeding->x.call.feed);
    exchange_end(&feeding->x);
}

static void write_all(struct feeding *feeding)
{
    while (api_feed_write(feeding->x.call.feed, &feeding->text) == API_FEED_MORE) {
    }
    assert_int_equal(buf_status(&feeding->text), ST_OK);
}

/* What stands between `before` and `after` next; false: nothing does. */
static bool take(struct span *text, const char *before, char after, char *out, size_t size)
{
    const uint8_t *at = memmem(text->ptr, text->len, before, strlen(before));
    if (at == NULL) return false;
    *text = span_drop(*text, (size_t)(at - text->ptr) + strlen(before));
    size_t len = 0;
    while (text->ptr[len] != (uint8_t)after) len++;
    assert_true(len < size);
    memcpy(out, text->ptr, len);
    out[len] = '\0';
    return true;
}

/* Assert that what the feed wrote are the items from `first` on, up to the last, and keep the id of
 * each, and before them that of the beginning. */
static void assert_row(const struct feeding *feeding, unsigned first, char ids[][ID_BYTES])
{
    struct span text = buf_view(&feeding->text);
    unsigned count = 0;
    char number[20];
    assert_true(take(&text, "id: ", '\n', ids[count++], ID_BYTES));
    while (take(&text, "id: ", '\n', ids[count], ID_BYTES)) {
        assert_true(take(&text, "\"n\":{\"N\":\"", '"', number, sizeof number));
        assert_int_equal(strtoul(number, NULL, 10), first + count - 1);
        count++;
        assert_true(count < EVENTS_MAX);
    }
    assert_int_equal(first + count - 1, feeding->written);
}

/* ---- several shards */

static void test_api_feed__all_shards_are_one_row_that_goes_on_from_any_id(void **state)
{
    (void)state;
    static char ids[EVENTS_MAX][ID_BYTES], later[EVENTS_MAX][ID_BYTES];
    static struct feeding feeding;
    begin(&feeding, 8);
    put(&feeding, 200);
    assert_int_equal(open_feed(&feeding, "from=TRIM_HORIZON"), ST_OK);
    write_all(&feeding);
    assert_row(&feeding, 0, ids);
    put(&feeding, 3);
    buf_clear(&feeding.text);
    write_all(&feeding);
    close_feed(&feeding);
    for (unsigned i = 0; i <= 200; i += 7) {
        assert_int_equal(open_from(&feeding, ids[i]), ST_OK);
        write_all(&feeding);
        assert_row(&feeding, i, later);
        assert_string_equal(later[0], ids[i]);
        close_feed(&feeding);
    }
    end(&feeding);
}

static void test_api_feed__children_come_after_their_parents(void **state)
{
    (void)state;
    static char ids[EVENTS_MAX][ID_BYTES], later[EVENTS_MAX][ID_BYTES];
    static const uint32_t shard_counts[] = {4, 2, 16};
    static struct feeding feeding;
    begin(&feeding, 1);
    for (size_t i = 0; i < ARRAY_COUNT(shard_counts); i++) {
        put(&feeding, 60);
        fixture_reopen(&feeding.f, shard_counts[i]);
    }
    put(&feeding, 60);
    assert_int_equal(open_feed(&feeding, "from=TRIM_HORIZON"), ST_OK);
    write_all(&feeding);
    assert_row(&feeding, 0, ids);
    close_feed(&feeding);
    for (unsigned i = 0; i < feeding.written; i += 11) {
        assert_int_equal(open_from(&feeding, ids[i]), ST_OK);
        write_all(&feeding);
        assert_row(&feeding, i, later);
        close_feed(&feeding);
    }
    end(&feeding);
}

/* ---- what is kept no more */

static void assert_wrote(const struct feeding *feeding, const char *text)
{
    assert_true(span_contains(buf_view(&feeding->text), span_of(text)));
}

static void pass_a_day(struct feeding *feeding)
{
    uint64_t deleted = 0;
    feeding->fake.now_ms += 26 * (uint64_t)HOUR_MS;
    assert_int_equal(engine_sweep(feeding->f.engine, &deleted, &feeding->f.err), ST_OK);
}

static void test_api_feed__who_comes_too_late_is_told(void **state)
{
    (void)state;
    static char ids[EVENTS_MAX][ID_BYTES];
    static struct feeding feeding;
    begin(&feeding, 1);
    put(&feeding, 10);
    assert_int_equal(open_feed(&feeding, "from=TRIM_HORIZON"), ST_OK);
    write_all(&feeding);
    assert_row(&feeding, 0, ids);
    close_feed(&feeding);

    assert_int_equal(open_from(&feeding, ids[2]), ST_OK);
    pass_a_day(&feeding);
    assert_int_equal(api_feed_write(feeding.x.call.feed, &feeding.text), API_FEED_OVER);
    assert_wrote(&feeding, "event: ERROR\ndata: {\"__type\":\"");
    assert_wrote(&feeding, "#TrimmedDataAccessException\",\"message\":\"");
    close_feed(&feeding);

    assert_int_equal(open_from(&feeding, ids[2]), ST_TRIMMED);
    assert_null(feeding.x.call.feed);
    assert_int_equal(feeding.x.call.http_status, 400);
    close_feed(&feeding);
    end(&feeding);
}

static void
test_api_feed__parents_that_have_gone_are_missed_by_those_who_have_not_read_them(void **state)
{
    (void)state;
    static char ids[EVENTS_MAX][ID_BYTES];
    static struct feeding feeding;
    begin(&feeding, 2);
    put(&feeding, 20);
    assert_int_equal(open_feed(&feeding, "from=TRIM_HORIZON"), ST_OK);
    write_all(&feeding);
    assert_row(&feeding, 0, ids);
    close_feed(&feeding);
    fixture_reopen(&feeding.f, 4);
    pass_a_day(&feeding);
    put(&feeding, 20);
    assert_int_equal(open_from(&feeding, ids[10]), ST_TRIMMED);
    close_feed(&feeding);
    assert_int_equal(open_feed(&feeding, "from=TRIM_HORIZON"), ST_OK);
    write_all(&feeding);
    assert_row(&feeding, 20, ids);
    close_feed(&feeding);
    end(&feeding);
}

static void test_api_feed__a_stream_that_is_kept_no_more_ends(void **state)
{
    (void)state;
    static struct feeding feeding;
    begin(&feeding, 1);
    put(&feeding, 1);
    assert_int_equal(open_feed(&feeding, "from=LATEST"), ST_OK);
    struct exchange x;
    exchange_begin(&x, &(struct request){.target = TARGET("DeleteTable"),
                                         .body = "{\"TableName\":\"music\"}"});
    exchange_run(&x, &feeding.f);
    exchange_end(&x);
    assert_int_equal(api_feed_write(feeding.x.call.feed, &feeding.text), API_FEED_OVER);
    assert_wrote(&feeding, "event: END\ndata: {}\n\n");
    close_feed(&feeding);
    end(&feeding);
}

/* ---- being told */

static void count_ring(void *ctx)
{
    (void)atomic_fetch_add((atomic_uint *)ctx, 1);
}

static void test_api_feed__it_rings_for_each_commit_until_it_is_closed(void **state)
{
    (void)state;
    static struct feeding feeding;
    atomic_uint rings = 0;
    begin(&feeding, 1);
    assert_int_equal(open_feed(&feeding, ""), ST_OK);
    api_feed_watch(feeding.x.call.feed, count_ring, &rings);
    assert_int_equal(api_feed_write(feeding.x.call.feed, &feeding.text), API_FEED_WAITS);
    for (unsigned i = 1; i < 5; i++) {
        put(&feeding, 1);
        assert_true(atomic_load(&rings) >= i);
        assert_int_equal(api_feed_write(feeding.x.call.feed, &feeding.text), API_FEED_MORE);
        assert_int_equal(api_feed_write(feeding.x.call.feed, &feeding.text), API_FEED_WAITS);
    }
    api_feed_close(feeding.x.call.feed);
    const unsigned before = atomic_load(&rings);
    put(&feeding, 1);
    assert_int_equal(atomic_load(&rings), before);
    close_feed(&feeding);
    end(&feeding);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_api_feed__all_shards_are_one_row_that_goes_on_from_any_id),
        cmocka_unit_test(test_api_feed__children_come_after_their_parents),
        cmocka_unit_test(test_api_feed__who_comes_too_late_is_told),
        cmocka_unit_test(
            test_api_feed__parents_that_have_gone_are_missed_by_those_who_have_not_read_them),
        cmocka_unit_test(test_api_feed__a_stream_that_is_kept_no_more_ends),
        cmocka_unit_test(test_api_feed__it_rings_for_each_commit_until_it_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
