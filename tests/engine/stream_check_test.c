/* stream_check_test.c -- engine_check finds what is broken on purpose in the change log.
 *
 * Each case breaks the stored bytes of one stream behind the engine's back: two shards, with
 * records of eight items in both. What is told must hold the case's sentence, and must be a clean
 * bill before.
 */
#include <stdio.h>

#include "engine/logbook_form.h"
#include "engine/stream_reader.h"

/* ITEMS: so many that no shard is without, wherever the hash puts them. */
enum { ITEMS = 64, TOLD_BYTES = 32 << 10 };

static struct fixture f;
static uint32_t number; /* of the stream */
static char told[TOLD_BYTES];

static void keep_text(void *ctx, const char *text)
{
    (void)ctx;
    const size_t len = strlen(told);
    (void)snprintf(told + len, sizeof told - len, "%s\n", text);
}

static uint64_t problems(void)
{
    struct engine_check check = {.problem = keep_text};
    told[0] = '\0';
    assert_int_equal(engine_check(f.space.engine, &check, &f.err), ST_OK);
    return check.problems;
}

static int set_up(void **state)
{
    (void)state;
    fixture_open(&f, NULL);
    f.stream_shards = 2;
    fixture_reopen(&f, NULL);
    fixture_table(&f, "t", "pk:S", NULL);
    assert_int_equal(fixture_stream(&f, "t", TABLE_STREAM_NEW_IMAGE), ST_OK);
    number = stream_reader_latest(&f, "t").number;
    for (int i = 0; i < ITEMS; i++) {
        char text[100];
        (void)snprintf(text, sizeof text, "{\"pk\":{\"S\":\"%d\"}}", i);
        struct fixture_write put = {.verb = ENGINE_PUT, .table = "t", .item = text};
        assert_int_equal(fixture_write(&f, &put), ST_OK);
    }
    assert_int_equal(problems(), 0);
    return 0;
}

/* Without fixture_close, which would find the problems too. */
static int tear_down(void **state)
{
    (void)state;
    engine_close(f.space.engine);
    store_close(f.store);
    arena_deinit(&f.arena);
    support_mem_check();
    return 0;
}

/* ---- breaking */

/* A function of the store that breaks something, and what of. */
struct breaking {
    const char *told; /* has to be among what is told */
    status (*fn)(struct store_txn *txn, const struct breaking *breaking);
    uint8_t kind;    /* of the keys whose first is broken */
    unsigned change; /* which of shard_changes or stream_changes */
};

struct first {
    uint8_t kind;
    struct span key, value; /* in the fixture's arena */
};

static status find_first(struct store_view *view, void *ctx)
{
    struct first *first = ctx;
    const struct logbook_form_key low = logbook_form_prefix(first->kind, number);
    const struct logbook_form_key high = logbook_form_prefix(first->kind, number + 1);
    struct store_cursor *cursor = NULL;
    struct span key = {0}, value = {0};
    bool found = false;
    const struct store_range range = {logbook_form_span(&low), logbook_form_span(&high)};
    TRY(store_view_walk(view, range, false, &cursor));
    const status st = store_cursor_next(cursor, &key, &value, &found);
    assert_true(found);
    assert_true(arena_copy(&f.arena, key, &first->key));
    assert_true(arena_copy(&f.arena, value, &first->value));
    store_cursor_close(cursor);
    return st;
}

/* The first of a kind that the stream has. */
static struct first first_of(uint8_t kind)
{
    struct first first = {.kind = kind};
    assert_int_equal(store_read(f.store, find_first, &first), ST_OK);
    return first;
}

static status delete_first(struct store_txn *txn, const struct breaking *breaking)
{
    return store_txn_delete(txn, first_of(breaking->kind).key);
}

static status spoil_first(struct store_txn *txn, const struct breaking *breaking)
{
    return store_txn_put(txn, first_of(breaking->kind).key, SPAN("spoiled"));
}

static status double_first(struct store_txn *txn, const struct breaking *breaking)
{
    const struct first first = first_of(breaking->kind);
    uint8_t other[64];
    assert_true(first.key.len <= sizeof other);
    memcpy(other, first.key.ptr, first.key.len);
    other[first.key.len - 1] ^= 1; /* of the ordinal */
    return store_txn_put(txn, (struct span){other, first.key.len}, first.value);
}

static status lengthen_key(struct store_txn *txn, const struct breaking *breaking)
{
    const struct first first = first_of(breaking->kind);
    uint8_t longer[64] = {0};
    assert_true(first.key.len < sizeof longer);
    memcpy(longer, first.key.ptr, first.key.len);
    TRY(store_txn_delete(txn, first.key));
    return store_txn_put(txn, (struct span){longer, first.key.len + 1}, first.value);
}

/* The first record of the first shard goes elsewhere. */
static status move_to(struct store_txn *txn, uint32_t shard, struct engine_position at)
{
    const struct first first = first_of('C');
    const struct logbook_form_key key = logbook_form_record_key(number, shard, at);
    TRY(store_txn_delete(txn, first.key));
    return store_txn_put(txn, logbook_form_span(&key), first.value);
}

static status move_to_other_shard(struct store_txn *txn, const struct breaking *breaking)
{
    struct engine_position at;
    (void)breaking;
    TRY(logbook_form_read_place(first_of('C').key, &at));
    return move_to(txn, 2, at);
}

static status move_to_no_shard(struct store_txn *txn, const struct breaking *breaking)
{
    (void)breaking;
    return move_to(txn, 7, (struct engine_position){1000000, 0});
}

static status move_outside(struct store_txn *txn, const struct breaking *breaking)
{
    (void)breaking;
    return move_to(txn, 1, (struct engine_position){1, 0});
}

typedef void(shard_fn)(struct logbook_shard *shard);

/* Change the first shard. */
static status change_shard(struct store_txn *txn, shard_fn *fn)
{
    const struct first first = first_of('H');
    struct logbook_shard shard;
    uint8_t bytes[LOGBOOK_SHARD_BYTES];
    TRY(logbook_form_read_shard(first.value, &shard));
    fn(&shard);
    logbook_form_write_shard(bytes, &shard);
    return store_txn_put(txn, first.key, (struct span){bytes, sizeof bytes});
}

static void count_more(struct logbook_shard *shard)
{
    shard->records++;
}

static void count_more_bytes(struct logbook_shard *shard)
{
    shard->bytes++;
}

static void end_later(struct logbook_shard *shard)
{
    shard->last.sequence++;
}

static void trim_more(struct logbook_shard *shard)
{
    shard->trimmed_records = shard->records + 1;
}

static void have_parent(struct logbook_shard *shard)
{
    shard->parent = 5;
}

static void close_early(struct logbook_shard *shard)
{
    shard->closed_ms = 1;
}

static shard_fn *const shard_changes[] = {count_more, count_more_bytes, end_later,
                                          trim_more,  have_parent,      close_early};

static status change_first_shard(struct store_txn *txn, const struct breaking *breaking)
{
    return change_shard(txn, shard_changes[breaking->change]);
}

typedef void(stream_fn)(struct logbook_stream *stream);

static void have_label(struct logbook_stream *stream)
{
    stream->made_ms++;
}

static void be_off(struct logbook_stream *stream)
{
    stream->status = ENGINE_STREAM_DISABLED;
}

static void lose_shards(struct logbook_stream *stream)
{
    stream->open_count = 0;
    stream->open = (struct span){0};
}

static void lose_first_shard(struct logbook_stream *stream)
{
    stream->open_count--;
    stream->open = span_drop(stream->open, LOGBOOK_OPEN_SHARD_BYTES);
}

static void number_from_more(struct logbook_stream *stream)
{
    stream->first_shard = 2;
}

static stream_fn *const stream_changes[] = {have_label, be_off, lose_shards, lose_first_shard,
                                            number_from_more};

static status change_stream(struct store_txn *txn, const struct breaking *breaking)
{
    const struct first first = first_of('F');
    struct logbook_stream stream;
    struct buf buf;
    TRY(logbook_form_read_stream(first.value, &stream));
    stream_changes[breaking->change](&stream);
    buf_init(&buf, arena_mem(&f.arena), TOLD_BYTES);
    logbook_form_write_stream(&buf, &stream);
    TRY(buf_status(&buf));
    return store_txn_put(txn, first.key, buf_view(&buf));
}

static const struct breaking cases[] = {
    {"it is not there, and its table is on",             delete_first,        'F', 0},
    {"keys of kind C stand under number",                delete_first,        'F', 0},
    {"its description is damaged",                       spoil_first,         'F', 0},
    {"no table writes it",                               change_stream,       'F', 0},
    {"it is off and its table on",                       change_stream,       'F', 1},
    {"it is on without a shard, or off with one",        change_stream,       'F', 1},
    {"it is on without a shard, or off with one",        change_stream,       'F', 2},
    {"its open shards leave hashes out",                 change_stream,       'F', 3},
    {"shard 1 has a wrong number, or parent",            change_stream,       'F', 4},
    {"shard 1 is not the open one that it should be",    delete_first,        'H', 0},
    {"shard 1 has records and is not there",             delete_first,        'H', 0},
    {"marks are missing, or left over",                  delete_first,        'H', 0},
    {"a shard is damaged",                               spoil_first,         'H', 0},
    {"records and counts",                               change_first_shard,  'H', 0},
    {"its shards hold other records than they count",    change_first_shard,  'H', 0},
    {"records and counts",                               change_first_shard,  'H', 1},
    {"shard 1 does not end with its last record",        change_first_shard,  'H', 2},
    {"shard 1 was trimmed of more than it had",          change_first_shard,  'H', 3},
    {"shard 1 has a wrong number, or parent",            change_first_shard,  'H', 4},
    {"shard 1 is not the open one that it should be",    change_first_shard,  'H', 5},
    {"the marks of shard 1 form no list",                delete_first,        'M', 0},
    {"the marks of shard 1 form no list",                spoil_first,         'M', 0},
    {"marks are missing, or left over",                  double_first,        'M', 0},
    {"records and counts",                               delete_first,        'C', 0},
    {"a record of shard 1 is damaged",                   spoil_first,         'C', 0},
    {"records and counts",                               double_first,        'C', 0},
    {"a record's key is damaged",                        lengthen_key,        'C', 0},
    {"a record stands in shard 2 and belongs elsewhere", move_to_other_shard, 'C', 0},
    {"shard 7 has records and is not there",             move_to_no_shard,    'C', 0},
    {"a record of shard 1 stands outside of it",         move_outside,        'C', 0},
};

static status run_breaking(struct store_txn *txn, void *ctx)
{
    const struct breaking *breaking = ctx;
    return breaking->fn(txn, breaking);
}

static void test_what_is_broken_is_told(void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct breaking breaking = cases[i];
        if (i > 0) (void)set_up(state);
        assert_int_equal(store_write_wait(f.store, run_breaking, &breaking), ST_OK);
        if (problems() == 0 || strstr(told, breaking.told) == NULL)
            fail_msg("case %zu: \"%s\" is not in:\n%s", i, breaking.told, told);
        if (i + 1 < ARRAY_COUNT(cases)) (void)tear_down(state);
    }
}

static void test_records_and_streams_are_counted(void **state)
{
    (void)state;
    struct engine_check check = {.problem = keep_text};
    assert_int_equal(engine_check(f.space.engine, &check, &f.err), ST_OK);
    assert_int_equal(check.streams, 1);
    assert_int_equal(check.records, ITEMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_broken_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_records_and_streams_are_counted, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
