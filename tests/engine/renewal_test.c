/* renewal_test.c -- an engine over a store that fails and recovers: what it keeps in memory agrees
 * with what is stored, whether or not the write that was answered with an error is there.
 *
 * Both happen, on purpose. On a disk that is read-only nothing of the write reaches the log: it is
 * absent. Where only syncs fail the log has it, and it is found when the data is opened again: it
 * is present. (On a full disk either may be: RocksDB tries by itself to bring it to disk.)
 * Closing the fixture runs the checker.
 */
#include <stdio.h>
#include <unistd.h>

#include "engine/fixture.h"
#include "engine/stream_reader.h"
#include "os/thread.h"
#include "support/trouble.h"

enum { WAIT_MS = 30000, MS_NS = 1000000, JSON_BYTES = 256, TEXT_BYTES = 600 };

static const trouble absent = TROUBLE_READ_ONLY;
static const trouble present = TROUBLE_NO_SYNC;

static struct fixture f;
static char *folder;

static struct notes {
    atomic_uint refused, taken;
    char refusal[TEXT_BYTES];
} notes;

static void note(void *ctx, const char *text)
{
    struct notes *to = ctx;
    if (strstr(text, "writes are refused") != NULL) {
        (void)snprintf(to->refusal, sizeof to->refusal, "%s", text);
        atomic_fetch_add(&to->refused, 1);
    }
    if (strstr(text, "writes are taken again") != NULL) atomic_fetch_add(&to->taken, 1);
}

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    notes = (struct notes){0};
    fixture_open(&f, folder);
    f.note = note;
    f.note_ctx = &notes;
    fixture_reopen(&f, folder);
    fixture_table(&f, "t", "pk:S", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&f);
    support_folder_free(folder);
    return 0;
}

/* ---- trouble */

static void begin(trouble kind)
{
    trouble_begin(folder, kind);
}

static void recover(void)
{
    trouble_end();
    for (uint32_t ms = 0; ms < WAIT_MS && store_failure(f.store, NULL); ms++) thread_rest(MS_NS);
    assert_false(store_failure(f.store, NULL));
}

/* ---- verbs */

static status put_in(const char *table, const char *pk, const char *more)
{
    char json[JSON_BYTES];
    (void)snprintf(json, sizeof json, "{\"pk\":{\"S\":\"%s\"}%s}", pk, more);
    struct fixture_write write = {.verb = ENGINE_PUT, .table = table, .item = json};
    return fixture_write(&f, &write);
}

static bool has(const char *table, const char *pk)
{
    char json[JSON_BYTES];
    (void)snprintf(json, sizeof json, "{\"pk\":{\"S\":\"%s\"}}", pk);
    return fixture_get(&f, table, json) != NULL;
}

static status create(const char *name)
{
    struct table_spec spec = {.name = span_of(name), .billing = TABLE_PAY_PER_REQUEST};
    spec.key.partition[spec.key.partition_count++] = (struct table_key_part){SPAN("pk"), VALUE_S};
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_CREATE, .name = span_of(name), .spec = &spec};
    const status st = fixture_table_write(&f, &write);
    if (st == ST_OK) table_drop(write.description.table);
    return st;
}

static status end(const char *name)
{
    struct engine_table_write write = {.verb = ENGINE_TABLE_DELETE, .name = span_of(name)};
    const status st = fixture_table_write(&f, &write);
    if (st == ST_OK) table_drop(write.description.table);
    return st;
}

static status change(const struct engine_table_change *wanted)
{
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = SPAN("t"), .change = wanted};
    const status st = fixture_table_write(&f, &write);
    if (st == ST_OK) table_drop(write.description.table);
    return st;
}

static bool is_shown(const char *name)
{
    struct engine_description seen = {0};
    f.err = error_in(&f.arena);
    const status st = engine_table_describe(f.engine, span_of(name), &seen, &f.err);
    if (st == ST_OK) table_drop(seen.table);
    return st == ST_OK;
}

/* ---- items, and being told */

static void test_items__are_written_again_and_it_is_told_once(void **state)
{
    (void)state;
    assert_int_equal(put_in("t", "a", ""), ST_OK);
    const uint64_t version = fixture_version(&f, "t", "{\"pk\":{\"S\":\"a\"}}");
    begin(absent);
    for (int i = 0; i < 5; i++) assert_int_equal(put_in("t", "b", ""), ST_IO);
    assert_true(has("t", "a"));
    assert_false(has("t", "b"));
    recover();
    assert_true(has("t", "a"));
    assert_false(has("t", "b"));
    assert_int_equal(put_in("t", "b", ""), ST_OK);
    assert_true(fixture_version(&f, "t", "{\"pk\":{\"S\":\"b\"}}") > version);
    for (uint32_t ms = 0; ms < WAIT_MS && notes.taken == 0; ms++) thread_rest(MS_NS);
    assert_int_equal(notes.refused, 1);
    assert_int_equal(notes.taken, 1);
    assert_non_null(strstr(notes.refusal, trouble_text(absent)));
}

static void test_item__that_was_refused_and_is_there_is_found_and_counted_no_worse(void **state)
{
    (void)state;
    assert_int_equal(put_in("t", "a", ""), ST_OK);
    begin(present);
    assert_int_equal(put_in("t", "b", ""), ST_IO);
    assert_false(has("t", "b"));
    recover();
    assert_true(has("t", "b"));
    assert_int_equal(put_in("t", "c", ""), ST_OK);
}

/* ---- tables */

static void test_table__that_was_refused_is_there_or_is_not(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "absent" : "present";
        begin(i == 0 ? absent : present);
        assert_int_equal(create(name), ST_IO);
        assert_false(is_shown(name));
        recover();
        assert_int_equal(is_shown(name), i == 1);
        assert_int_equal(create(name), i == 0 ? ST_OK : ST_IN_USE);
        assert_int_equal(put_in(name, "a", ""), ST_OK);
        assert_true(has(name, "a"));
    }
}

static void test_deletion__that_was_refused_has_happened_or_has_not(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "stays" : "goes";
        assert_int_equal(create(name), ST_OK);
        assert_int_equal(put_in(name, "a", ""), ST_OK);
        begin(i == 0 ? absent : present);
        assert_int_equal(end(name), ST_IO);
        assert_true(has(name, "a"));
        recover();
        assert_int_equal(is_shown(name), i == 0);
        assert_int_equal(put_in(name, "b", ""), i == 0 ? ST_OK : ST_NOT_FOUND);
        if (i == 1) assert_int_equal(create(name), ST_OK);
        assert_int_equal(put_in(name, "c", ""), ST_OK);
        assert_int_equal(has(name, "a"), i == 0);
    }
}

/* A name that was refused to be given up and taken anew is another table's. */
static void test_table__that_took_the_place_of_another_is_the_one_that_is_shown(void **state)
{
    (void)state;
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    const uint32_t number = seen.table->number;
    table_drop(seen.table);
    assert_int_equal(put_in("t", "a", ""), ST_OK);
    begin(present);
    assert_int_equal(end("t"), ST_IO);
    recover();
    assert_int_equal(create("t"), ST_OK);
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    assert_true(seen.table->number > number);
    table_drop(seen.table);
    assert_false(has("t", "a"));
    assert_int_equal(put_in("t", "a", ""), ST_OK);
}

static status protect(bool on)
{
    const struct engine_table_change wanted = {.has_deletion_protection = true,
                                               .deletion_protection = on};
    return change(&wanted);
}

static void test_setting__that_was_refused_holds_or_does_not(void **state)
{
    (void)state;
    begin(absent);
    assert_int_equal(protect(true), ST_IO);
    recover();
    assert_int_equal(put_in("t", "a", ""), ST_OK); /* its description is the newest */
    begin(present);
    assert_int_equal(protect(true), ST_IO);
    recover();
    assert_int_equal(put_in("t", "b", ""), ST_OK);
    assert_int_equal(end("t"), ST_VALIDATION);
    assert_int_equal(protect(false), ST_OK);
    assert_int_equal(end("t"), ST_OK);
}

/* ---- indexes and time to live */

static status add_index(void)
{
    struct table_index late = {.name = SPAN("late"), .global = true};
    late.key.partition[late.key.partition_count++] = (struct table_key_part){SPAN("l"), VALUE_S};
    const struct engine_table_change wanted = {.new_index = &late};
    return change(&wanted);
}

static bool index_is_active(void)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    const struct table_index *index = table_find_index(seen.table, SPAN("late"));
    const bool active = index != NULL && index->status == TABLE_ACTIVE;
    table_drop(seen.table);
    return active;
}

static void wait_for_index(void)
{
    for (uint32_t ms = 0; ms < WAIT_MS && !index_is_active(); ms++) thread_rest(MS_NS);
    assert_true(index_is_active());
}

static void put_many(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char pk[16];
        (void)snprintf(pk, sizeof pk, "i%u", i);
        assert_int_equal(put_in("t", pk, ",\"l\":{\"S\":\"x\"}"), ST_OK);
    }
}

static void assert_index_has(uint32_t count)
{
    struct fixture_page page = {.table = "t"};
    page.page.index_name = SPAN("late");
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.count, count);
}

static void test_index__that_was_refused_and_is_there_is_filled(void **state)
{
    (void)state;
    put_many(20);
    begin(absent);
    assert_int_equal(add_index(), ST_IO);
    recover();
    begin(present);
    assert_int_equal(add_index(), ST_IO);
    recover();
    wait_for_index();
    assert_index_has(20);
}

/* The disk fails while the index is being filled; the filling goes on without a new start. */
static void test_filling__that_was_interrupted_goes_on(void **state)
{
    enum { ITEMS = 600 };
    (void)state;
    put_many(ITEMS);
    assert_int_equal(add_index(), ST_OK);
    begin(absent);
    assert_int_equal(put_in("t", "x", ""), ST_IO);
    assert_true(has("t", "i0"));
    recover();
    wait_for_index();
    assert_index_has(ITEMS);
    assert_int_equal(put_in("t", "one more", ",\"l\":{\"S\":\"x\"}"), ST_OK);
    assert_index_has(ITEMS + 1);
}

static void test_expired_items__that_could_not_be_deleted_are_swept_later(void **state)
{
    enum { ITEMS = 30 };
    (void)state;
    uint64_t deleted = 0;
    assert_int_equal(fixture_ttl(&f, "t", "e", true), ST_OK);
    for (uint32_t i = 0; i < ITEMS; i++) {
        char pk[16];
        (void)snprintf(pk, sizeof pk, "i%u", i);
        assert_int_equal(put_in("t", pk, ",\"e\":{\"N\":\"1700000010\"}"), ST_OK);
    }
    f.clock_ms = 1700000020000;
    begin(absent);
    f.err = error_in(&f.arena);
    assert_int_equal(engine_sweep(f.space.engine, &deleted, &f.err), ST_IO);
    recover();
    assert_int_equal(fixture_sweep(&f), ITEMS);
}

/* ---- vectors in memory */

static status put_vector(const char *pk, int x)
{
    char more[JSON_BYTES];
    (void)snprintf(more, sizeof more, ",\"v\":{\"L\":[{\"N\":\"%d\"},{\"N\":\"0\"}]}", x);
    return put_in("t", pk, more);
}

static char nearest_to(int x)
{
    const float at[2] = {(float)x, 0};
    struct engine_nearest nearest = {.table_name = SPAN("t"),
                                     .index_name = SPAN("near"),
                                     .values = at,
                                     .dimensions = 2,
                                     .limit = 1};
    struct value pk = {0};
    assert_int_equal(engine_nearest(f.engine, &nearest, &f.arena, &f.err), ST_OK);
    assert_int_equal(nearest.count, 1);
    assert_true(value_find(nearest.items[0], SPAN("pk"), &pk));
    return (char)pk.body.ptr[0];
}

static void test_vectors__that_were_refused_and_are_there_are_found(void **state)
{
    const struct table_vectors vectors = {
        .name = SPAN("near"), .attribute = SPAN("v"), .kind = {2, VECTOR_EUCLIDEAN}
    };
    const struct engine_table_change wanted = {.new_vectors = &vectors};
    (void)state;
    assert_int_equal(change(&wanted), ST_OK);
    assert_int_equal(put_vector("a", 0), ST_OK);
    assert_int_equal(nearest_to(100), 'a');
    begin(present);
    assert_int_equal(put_vector("b", 100), ST_IO);
    assert_int_equal(nearest_to(100), 'a');
    recover();
    assert_int_equal(nearest_to(100), 'b');
    assert_int_equal(nearest_to(0), 'a');
    const struct engine_table_change drops = {.dropped_vectors = SPAN("near")};
    begin(present);
    assert_int_equal(change(&drops), ST_IO);
    recover();
    assert_int_equal(change(&wanted), ST_OK);
}

/* ---- streams */

static void bell(void *ctx)
{
    atomic_uint *rings = ctx;
    atomic_fetch_add(rings, 1);
}

static uint32_t stream_number(void)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("t"), &seen, &f.err), ST_OK);
    const uint32_t number = seen.table->stream_number;
    table_drop(seen.table);
    return number;
}

static void test_stream__has_what_was_refused_and_is_there_and_who_waits_is_told(void **state)
{
    atomic_uint rings = 0;
    (void)state;
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_NEW_IMAGE), ST_OK);
    const uint32_t number = stream_number();
    struct engine_watch watch = {.stream = number, .fn = bell, .ctx = &rings};
    engine_stream_watch(f.space.engine, &watch);
    assert_int_equal(put_in("t", "a", ""), ST_OK);
    assert_int_equal(rings, 1);
    begin(absent);
    assert_int_equal(put_in("t", "b", ""), ST_IO);
    recover();
    begin(present);
    assert_int_equal(put_in("t", "c", ""), ST_IO);
    const unsigned before = rings;
    recover();
    for (uint32_t ms = 0; ms < WAIT_MS && rings == before; ms++) thread_rest(MS_NS);
    assert_true(rings > before);
    assert_int_equal(put_in("t", "d", ""), ST_OK);
    engine_stream_unwatch(f.space.engine, &watch);
    const char *text = stream_reader_text(&f, number);
    assert_int_equal(stream_reader_count(&f, number), 3);
    assert_null(strstr(text, "\"b\""));
    assert_non_null(strstr(text, "\"c\""));
}

/* ---- snapshots */

static void test_snapshot__of_before_is_refused_and_can_be_ended(void **state)
{
    struct engine_snapshot *snapshot = NULL;
    (void)state;
    assert_int_equal(put_in("t", "a", ""), ST_OK);
    assert_int_equal(engine_snapshot_begin(f.space.engine, &snapshot, &f.err), ST_OK);
    begin(absent);
    assert_int_equal(put_in("t", "b", ""), ST_IO);
    f.space.snapshot = snapshot;
    assert_true(has("t", "a"));
    f.space.snapshot = NULL;
    recover();
    struct fixture_page page = {.table = "t"};
    f.space.snapshot = snapshot;
    f.err = error_in(&f.arena);
    assert_int_equal(fixture_page(&f, &page), ST_TOO_OLD);
    f.space.snapshot = NULL;
    engine_snapshot_end(snapshot);
    assert_int_equal(engine_snapshot_begin(f.space.engine, &snapshot, &f.err), ST_OK);
    f.space.snapshot = snapshot;
    assert_true(has("t", "a"));
    f.space.snapshot = NULL;
    engine_snapshot_end(snapshot);
}

int main(void)
{
#define RENEWAL_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        RENEWAL_TEST(test_items__are_written_again_and_it_is_told_once),
        RENEWAL_TEST(test_item__that_was_refused_and_is_there_is_found_and_counted_no_worse),
        RENEWAL_TEST(test_table__that_was_refused_is_there_or_is_not),
        RENEWAL_TEST(test_deletion__that_was_refused_has_happened_or_has_not),
        RENEWAL_TEST(test_table__that_took_the_place_of_another_is_the_one_that_is_shown),
        RENEWAL_TEST(test_setting__that_was_refused_holds_or_does_not),
        RENEWAL_TEST(test_index__that_was_refused_and_is_there_is_filled),
        RENEWAL_TEST(test_filling__that_was_interrupted_goes_on),
        RENEWAL_TEST(test_expired_items__that_could_not_be_deleted_are_swept_later),
        RENEWAL_TEST(test_vectors__that_were_refused_and_are_there_are_found),
        RENEWAL_TEST(test_stream__has_what_was_refused_and_is_there_and_who_waits_is_told),
        RENEWAL_TEST(test_snapshot__of_before_is_refused_and_can_be_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
