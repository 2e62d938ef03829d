/* keys_test.c -- engine_partition_keys and engine_sort_prefixes: what there is, told once, page by
 * page, without what has expired. */
#include <stdio.h>

#include "base/buf.h"
#include "engine/fixture.h"

enum { TEXT_BYTES = 4096 };

static struct fixture f;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    fixture_table(&f, "t", "pk:S", "sk:S");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    f.space.snapshot = NULL;
    fixture_close(&f);
    return 0;
}

static void put(const char *pk, const char *sk)
{
    char item[200];
    (void)snprintf(item, sizeof item, "{\"pk\":{\"S\":\"%s\"},\"sk\":{\"S\":\"%s\"}}", pk, sk);
    struct fixture_write write = {.verb = ENGINE_PUT, .table = "t", .item = item};
    assert_int_equal(fixture_write(&f, &write), ST_OK);
}

static void put_expiring(const char *pk, const char *sk, uint64_t second)
{
    char item[200];
    (void)snprintf(item, sizeof item,
                   "{\"pk\":{\"S\":\"%s\"},\"sk\":{\"S\":\"%s\"},\"e\":{\"N\":\"%llu\"}}", pk, sk,
                   (unsigned long long)second);
    struct fixture_write write = {.verb = ENGINE_PUT, .table = "t", .item = item};
    assert_int_equal(fixture_write(&f, &write), ST_OK);
}

typedef status(list_fn)(const struct engine_space *space, struct engine_keys *keys,
                        struct arena *arena, struct error *err);

/* All that is told, `limit` at a time, each followed by a space. */
static const char *list_all(list_fn *list, struct engine_keys keys, uint32_t *pages)
{
    struct buf text;
    buf_init(&text, arena_mem(&f.arena), TEXT_BYTES);
    *pages = 0;
    do {
        assert_int_equal(list(f.engine, &keys, &f.arena, &f.err), ST_OK);
        assert_true(keys.count <= keys.limit);
        for (uint32_t i = 0; i < keys.count; i++) {
            buf_put(&text, keys.values[i].body);
            buf_put_u8(&text, ' ');
        }
        keys.resume = keys.next;
        ++*pages;
    } while (keys.next.len > 0);
    buf_put_u8(&text, 0);
    return (const char *)text.ptr;
}

static const char *prefixes(const char *pk, const char *separator, uint32_t limit)
{
    char key[100];
    uint32_t pages = 0;
    (void)snprintf(key, sizeof key, "{\"pk\":{\"S\":\"%s\"}}", pk);
    return list_all(engine_sort_prefixes,
                    (struct engine_keys){.table_name = SPAN("t"),
                                         .limit = limit,
                                         .key = fixture_map(&f, key),
                                         .separator = span_of(separator)},
                    &pages);
}

/* ---- partition keys */

static void test_keys__each_partition_is_told_once(void **state)
{
    (void)state;
    enum { PARTITIONS = 30 };
    char pk[16], sk[16], wanted[20];
    uint32_t pages = 0;
    for (int i = 0; i < PARTITIONS; i++) {
        for (int j = 0; j <= i % 4; j++) {
            (void)snprintf(pk, sizeof pk, "p%02d", i);
            (void)snprintf(sk, sizeof sk, "s%d", j);
            put(pk, sk);
        }
    }
    static const uint32_t limits[] = {1, 7, PARTITIONS - 1, PARTITIONS, 1000};
    for (size_t i = 0; i < ARRAY_COUNT(limits); i++) {
        const struct engine_keys keys = {.table_name = SPAN("t"), .limit = limits[i]};
        const char *text = list_all(engine_partition_keys, keys, &pages);
        assert_int_equal(strlen(text), PARTITIONS * strlen("p00 "));
        assert_int_equal(pages, (PARTITIONS + limits[i] - 1) / limits[i]); /* none is empty */
        for (int j = 0; j < PARTITIONS; j++) {
            (void)snprintf(wanted, sizeof wanted, "p%02d ", j);
            assert_non_null(strstr(text, wanted));
        }
    }
}

static void test_keys__an_empty_table_has_none(void **state)
{
    (void)state;
    uint32_t pages = 0;
    const struct engine_keys keys = {.table_name = SPAN("t"), .limit = 5};
    assert_string_equal(list_all(engine_partition_keys, keys, &pages), "");
    assert_string_equal(prefixes("a", "#", 5), "");
}

static void test_keys__the_list_goes_on_behind_a_partition_that_went(void **state)
{
    (void)state;
    put("a", "1");
    put("b", "1");
    put("c", "1");
    struct engine_keys keys = {.table_name = SPAN("t"), .limit = 1};
    assert_int_equal(engine_partition_keys(f.engine, &keys, &f.arena, &f.err), ST_OK);
    char item[100];
    (void)snprintf(item, sizeof item, "{\"pk\":{\"S\":\"%.*s\"},\"sk\":{\"S\":\"1\"}}",
                   SPAN_ARG(keys.values[0].body));
    struct fixture_write end = {.verb = ENGINE_DELETE, .table = "t", .item = item};
    assert_int_equal(fixture_write(&f, &end), ST_OK);
    uint32_t pages = 0;
    keys.resume = keys.next;
    keys.limit = 2;
    assert_int_equal(strlen(list_all(engine_partition_keys, keys, &pages)), 4);
    assert_int_equal(pages, 1);
}

static void test_keys__numbers_and_binaries_come_as_they_are(void **state)
{
    (void)state;
    fixture_table(&f, "n", "pk:N", NULL);
    struct fixture_write write = {
        .verb = ENGINE_PUT, .table = "n", .item = "{\"pk\":{\"N\":\"7\"}}"};
    assert_int_equal(fixture_write(&f, &write), ST_OK);
    struct engine_keys keys = {.table_name = SPAN("n"), .limit = 5};
    assert_int_equal(engine_partition_keys(f.engine, &keys, &f.arena, &f.err), ST_OK);
    assert_int_equal(keys.count, 1);
    assert_int_equal(keys.values[0].type, VALUE_N);
}

/* ---- beginnings of sort keys */

static void test_keys__sort_keys_are_told_by_their_beginnings(void **state)
{
    (void)state;
    static const char *const sort_keys[] = {"order#1", "order#2", "order#2#x", "user",  "event#",
                                            "#lead",   "order",   "zz#9",      "order!"};
    for (size_t i = 0; i < ARRAY_COUNT(sort_keys); i++) put("a", sort_keys[i]);
    put("b", "other#1");
    for (uint32_t limit = 1; limit < 9; limit++)
        assert_string_equal(prefixes("a", "#", limit), " event order order! user zz ");
    assert_string_equal(prefixes("b", "#", 1), "other ");
    assert_string_equal(prefixes("a", "#2", 9), "#lead event# order order! order#1 user zz#9 ");
    assert_string_equal(prefixes("missing", "#", 3), "");
}

/* ---- what has expired */

static void test_keys__what_has_expired_is_not_there(void **state)
{
    (void)state;
    uint32_t pages = 0;
    const uint64_t now_s = f.clock_ms / 1000;
    assert_int_equal(fixture_ttl(&f, "t", "e", true), ST_OK);
    put_expiring("a", "x#1", now_s - 5);
    put_expiring("a", "x#2", now_s + 50);
    put_expiring("a", "y", now_s - 5);
    put("a", "y#1");
    put_expiring("b", "z#1", now_s - 5);
    const struct engine_keys keys = {.table_name = SPAN("t"), .limit = 5};
    assert_string_equal(list_all(engine_partition_keys, keys, &pages), "a ");
    assert_string_equal(prefixes("a", "#", 5), "x y ");
    assert_string_equal(prefixes("b", "#", 5), "");
}

/* ---- what cannot be asked */

static void assert_refused(list_fn *list, struct engine_keys keys, status st, const char *text)
{
    keys.limit = 1;
    f.err = error_in(&f.arena);
    assert_int_equal(list(f.engine, &keys, &f.arena, &f.err), st);
    support_assert_text(error_text(&f.err), text);
}

static void test_keys__refuses_what_fits_no_table(void **state)
{
    (void)state;
    fixture_table(&f, "n", "pk:S", "sk:N");
    const struct value key = fixture_map(&f, "{\"pk\":{\"S\":\"a\"}}");
    const struct value wrong = fixture_map(&f, "{\"pk\":{\"N\":\"1\"}}");
    const struct value more = fixture_map(&f, "{\"pk\":{\"S\":\"a\"},\"sk\":{\"S\":\"1\"}}");
    struct engine_keys keys = {.table_name = SPAN("missing"), .key = key, .separator = SPAN("#")};
    assert_refused(engine_partition_keys, keys, ST_NOT_FOUND, "Requested resource not found");
    assert_refused(engine_sort_prefixes, keys, ST_NOT_FOUND, "Requested resource not found");
    keys.table_name = SPAN("n");
    assert_refused(engine_sort_prefixes, keys, ST_VALIDATION,
                   "The table has no sort key that is a string or binary");
    keys.table_name = SPAN("t");
    keys.resume = SPAN("short");
    assert_refused(engine_partition_keys, keys, ST_VALIDATION,
                   "The place to go on from is none of this list's");
    keys.key = more;
    assert_refused(engine_sort_prefixes, keys, ST_VALIDATION,
                   "The key is not the table's partition key alone");
    keys.key = wrong;
    assert_refused(engine_sort_prefixes, keys, ST_VALIDATION,
                   "One or more parameter values were invalid: Condition parameter type does not "
                   "match schema type");
}

static void test_keys__a_snapshot_has_those_of_then(void **state)
{
    (void)state;
    struct engine_snapshot *snapshot = NULL;
    uint32_t pages = 0;
    const struct engine_keys keys = {.table_name = SPAN("t"), .limit = 5};
    put("a", "x#1");
    assert_int_equal(engine_snapshot_begin(f.space.engine, &snapshot, &f.err), ST_OK);
    put("b", "x#1");
    put("a", "y#1");
    f.space.snapshot = snapshot;
    assert_string_equal(list_all(engine_partition_keys, keys, &pages), "a ");
    assert_string_equal(prefixes("a", "#", 5), "x ");
    f.space.snapshot = NULL;
    assert_string_equal(prefixes("a", "#", 5), "x y ");
    engine_snapshot_end(snapshot);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_keys__each_partition_is_told_once),
        TEST(test_keys__an_empty_table_has_none),
        TEST(test_keys__the_list_goes_on_behind_a_partition_that_went),
        TEST(test_keys__numbers_and_binaries_come_as_they_are),
        TEST(test_keys__sort_keys_are_told_by_their_beginnings),
        TEST(test_keys__what_has_expired_is_not_there),
        TEST(test_keys__refuses_what_fits_no_table),
        TEST(test_keys__a_snapshot_has_those_of_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
