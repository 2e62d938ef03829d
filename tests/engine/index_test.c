/* index_test.c -- secondary indexes: entries follow their items, pages join, new ones are filled.
 *
 * The table: pk S, sk N. A local index "local" on (pk, l N), INCLUDE "x". Global indexes "all" on
 * (g S, h N) with everything, "keys" on (g) with keys only, and "multi" on (a S + b S, c N + d S).
 */
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/fixture.h"
#include "item/number.h"

static struct fixture f;
static char *folder;
static atomic_bool holds; /* an index is not filled any further while this is set */

static const struct span included[] = {
    {(const uint8_t *)"x", 1}
};

static struct table_index index_of(const char *name, bool global, table_projection projection)
{
    return (struct table_index){.name = span_of(name), .global = global, .projection = projection};
}

static void add_part(struct table_key_part *parts, uint8_t *count, const char *name,
                     value_type type)
{
    parts[(*count)++] = (struct table_key_part){span_of(name), type};
}

static struct table_index keys_index(void)
{
    struct table_index index = index_of("keys", true, TABLE_PROJECT_KEYS_ONLY);
    add_part(index.key.partition, &index.key.partition_count, "g", VALUE_S);
    return index;
}

static void make_table(const char *name, bool with_indexes)
{
    struct table_index indexes[4] = {index_of("local", false, TABLE_PROJECT_INCLUDE),
                                     index_of("all", true, TABLE_PROJECT_ALL), keys_index(),
                                     index_of("multi", true, TABLE_PROJECT_ALL)};
    struct table_key *local = &indexes[0].key, *all = &indexes[1].key, *multi = &indexes[3].key;
    indexes[0].included = included;
    indexes[0].included_count = 1;
    add_part(local->partition, &local->partition_count, "pk", VALUE_S);
    add_part(local->sort, &local->sort_count, "l", VALUE_N);
    add_part(all->partition, &all->partition_count, "g", VALUE_S);
    add_part(all->sort, &all->sort_count, "h", VALUE_N);
    add_part(multi->partition, &multi->partition_count, "a", VALUE_S);
    add_part(multi->partition, &multi->partition_count, "b", VALUE_S);
    add_part(multi->sort, &multi->sort_count, "c", VALUE_N);
    add_part(multi->sort, &multi->sort_count, "d", VALUE_S);
    struct table_spec spec = {.name = span_of(name), .billing = TABLE_PAY_PER_REQUEST};
    add_part(spec.key.partition, &spec.key.partition_count, "pk", VALUE_S);
    add_part(spec.key.sort, &spec.key.sort_count, "sk", VALUE_N);
    spec.indexes = indexes;
    spec.index_count = with_indexes ? 4 : 0;
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_CREATE, .name = spec.name, .spec = &spec};
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    table_drop(write.description.table);
}

static int set_up(void **state)
{
    (void)state;
    folder = support_folder_new();
    fixture_open(&f, folder);
    make_table("t", true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    atomic_store(&holds, false);
    fixture_close(&f);
    support_folder_free(folder);
    return 0;
}

static const char *item(int sk, const char *more)
{
    char *text = arena_alloc(&f.arena, 512);
    assert_non_null(text);
    (void)snprintf(text, 512, "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"}%s}", sk, more);
    return text;
}

static struct fixture_write put_into(const char *table, const char *json)
{
    struct fixture_write put = {.verb = ENGINE_PUT, .table = table, .item = json};
    assert_int_equal(fixture_write(&f, &put), ST_OK);
    return put;
}

static struct fixture_page query(const char *index, const char *condition, const char *values)
{
    struct fixture_page page = {.table = "t",
                                .key_condition = condition,
                                .values = values,
                                .page = {.index_name = span_of(index)}};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    return page;
}

#define G "{\":g\":{\"S\":\"G\"}}"

static uint32_t entries(const char *index)
{
    struct fixture_page page = {
        .table = "t", .page = {.index_name = span_of(index), .select = ENGINE_SELECT_COUNT}
    };
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    return page.page.count;
}

static void test_only_items_with_the_index_key_stand_in_the_index(void **state)
{
    (void)state;
    (void)put_into("t", item(1, ",\"g\":{\"S\":\"G\"},\"h\":{\"N\":\"1\"}"));
    (void)put_into("t", item(2, ",\"g\":{\"S\":\"G\"}"));
    (void)put_into("t", item(3, ""));
    assert_int_equal(entries("all"), 1);
    assert_int_equal(entries("keys"), 2);
    assert_int_equal(entries("local"), 0);
}

static void test_projections_are_honoured(void **state)
{
    (void)state;
    (void)put_into("t", item(1, ",\"g\":{\"S\":\"G\"},\"h\":{\"N\":\"7\"},\"l\":{\"N\":\"5\"},"
                                "\"x\":{\"S\":\"in\"},\"y\":{\"S\":\"out\"}"));
    struct fixture_page keys = query("keys", "g = :g", G);
    assert_string_equal(keys.items,
                        "[{\"g\":{\"S\":\"G\"},\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"}}]");
    struct fixture_page local = query("local", "pk = :p", "{\":p\":{\"S\":\"p\"}}");
    assert_string_equal(local.items, "[{\"l\":{\"N\":\"5\"},\"pk\":{\"S\":\"p\"},"
                                     "\"sk\":{\"N\":\"1\"},\"x\":{\"S\":\"in\"}}]");
    assert_non_null(strstr(query("all", "g = :g", G).items, "\"out\""));
}

static void test_a_local_index_fetches_what_it_lacks(void **state)
{
    (void)state;
    (void)put_into("t", item(1, ",\"l\":{\"N\":\"5\"},\"y\":{\"S\":\"out\"}"));
    struct fixture_page page = {
        .table = "t",
        .key_condition = "pk = :p",
        .values = "{\":p\":{\"S\":\"p\"}}",
        .page = {.index_name = SPAN("local"), .whole_items = true}
    };
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_non_null(strstr(page.items, "\"out\""));
    assert_int_equal(page.page.index_half_units, 1);
    assert_int_equal(page.page.half_units, 1);
    page.page = (struct engine_page){.index_name = SPAN("local")};
    page.projection = "y";
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_string_equal(page.items, "[{\"y\":{\"S\":\"out\"}}]");
}

/* Ten entries of some bytes, whose items have 150 KB: each counts as 152 KB, so seven pass 1 MB. */
static void test_what_is_fetched_counts_for_the_page(void **state)
{
    (void)state;
    enum { FILL = 150 << 10, ITEMS = 10 };
    static char json[FILL + 200];
    for (int sk = 0; sk < ITEMS; sk++) {
        const int len = snprintf(json, sizeof json,
                                 "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"},\"l\":{\"N\":\"1\"},"
                                 "\"y\":{\"S\":\"",
                                 sk);
        memset(json + len, 'y', FILL);
        memcpy(json + len + FILL, "\"}}", 4);
        (void)put_into("t", json);
    }
    struct fixture_page page = {
        .table = "t", .projection = "sk", .page = {.index_name = SPAN("local")}};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.scanned, ITEMS); /* nothing is fetched */
    assert_null(page.last_key);
    page.projection = "y";
    page.page = (struct engine_page){.index_name = SPAN("local")};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.scanned, 7);
    page.start_key = page.last_key;
    page.page = (struct engine_page){.index_name = SPAN("local")};
    assert_int_equal(fixture_page(&f, &page), ST_OK);
    assert_int_equal(page.page.scanned, 3);
    assert_null(page.last_key);
}

static void test_entries_move_with_updates_and_go_with_deletes(void **state)
{
    (void)state;
    struct fixture_write put = put_into("t", item(1, ",\"g\":{\"S\":\"G\"},\"h\":{\"N\":\"1\"}"));
    struct fixture_write update = {.verb = ENGINE_UPDATE,
                                   .table = "t",
                                   .item = item(1, ""),
                                   .update = "SET g = :other",
                                   .values = "{\":other\":{\"S\":\"H\"}}"};
    assert_int_equal(fixture_write(&f, &update), ST_OK);
    assert_string_equal(query("all", "g = :g", G).items, "[]");
    assert_int_equal(query("all", "g = :g", "{\":g\":{\"S\":\"H\"}}").page.count, 1);
    update.update = "REMOVE g";
    update.values = NULL;
    assert_int_equal(fixture_write(&f, &update), ST_OK);
    assert_int_equal(entries("all") + entries("keys"), 0);
    put = put_into("t", put.item);
    struct fixture_write delete = {.verb = ENGINE_DELETE, .table = "t", .item = item(1, "")};
    assert_int_equal(fixture_write(&f, &delete), ST_OK);
    assert_int_equal(entries("all") + entries("keys"), 0);
}

static void test_wrong_index_keys_are_refused_with_the_index_named(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *more, *message;
    } cases[] = {
        {",\"g\":{\"N\":\"1\"}", "One or more parameter values were invalid: Type mismatch for "
                                 "Index Key g Expected: S Actual: N IndexName: all"},
        {",\"g\":{\"S\":\"\"}", "One or more parameter values are not valid. A value specified for "
                                "a secondary index key is not supported. The AttributeValue for a "
                                "key attribute cannot contain an empty string value. IndexName: "
                                "all, IndexKey: g"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture_write put = {
            .verb = ENGINE_PUT, .table = "t", .item = item(1, cases[i].more)};
        assert_int_equal(fixture_write(&f, &put), ST_VALIDATION);
        support_assert_text(error_text(&f.err), cases[i].message);
    }
}

/* The items of a page have sort keys that go on from `last`; the result is the last of them. */
static int64_t assert_goes_on(const struct engine_page *page, int64_t last)
{
    for (uint32_t i = 0; i < page->count; i++) {
        struct value sk = {0};
        int64_t n = 0;
        assert_true(value_find(page->items[i], SPAN("sk"), &sk));
        assert_true(number_to_i64(sk.body, &n));
        assert_true(page->backward ? n < last : n > last);
        last = n;
    }
    return last;
}

static uint32_t walk_pages(uint32_t limit, bool backward)
{
    const char *start = NULL;
    uint32_t seen = 0;
    int64_t last = backward ? 99 : -1;
    do {
        struct fixture_page page = {
            .table = "t",
            .key_condition = "g = :g",
            .values = G,
            .start_key = start,
            .page = {.limit = limit, .backward = backward}
        };
        page.page.index_name = SPAN("all");
        assert_int_equal(fixture_page(&f, &page), ST_OK);
        last = assert_goes_on(&page.page, last);
        seen += page.page.count;
        start = page.last_key;
    } while (start != NULL);
    return seen;
}

static void test_pages_of_an_index_join_in_both_directions(void **state)
{
    (void)state;
    enum { ITEMS = 23 };
    for (int sk = 0; sk < ITEMS; sk++) {
        char more[96]; /* equal sort keys, too: h is sk / 3 */
        (void)snprintf(more, sizeof more, ",\"g\":{\"S\":\"G\"},\"h\":{\"N\":\"%d\"}", sk / 3);
        (void)put_into("t", item(sk, more));
    }
    for (uint32_t limit = 1; limit <= ITEMS + 1; limit++) {
        assert_int_equal(walk_pages(limit, false), ITEMS);
        assert_int_equal(walk_pages(limit, true), ITEMS);
    }
}

static void test_multi_part_keys_narrow_from_the_left(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *condition, *values;
        uint32_t count;
    } cases[] = {
        {"a = :a AND b = :b", "{\":a\":{\"S\":\"A\"},\":b\":{\"S\":\"B\"}}", 6},
        {"a = :a AND b = :b AND c = :c",
         "{\":a\":{\"S\":\"A\"},\":b\":{\"S\":\"B\"},\":c\":{\"N\":\"1\"}}", 3},
        {"a = :a AND b = :b AND c = :c AND d > :d",
         "{\":a\":{\"S\":\"A\"},\":b\":{\"S\":\"B\"},\":c\":{\"N\":\"1\"},\":d\":{\"S\":\"d0\"}}",
         2},
        {"a = :a AND b = :b AND c = :c AND begins_with(d, :d)",
         "{\":a\":{\"S\":\"A\"},\":b\":{\"S\":\"B\"},\":c\":{\"N\":\"0\"},\":d\":{\"S\":\"d\"}}",
         3},
        {"a = :a AND b = :b AND c < :c",
         "{\":a\":{\"S\":\"A\"},\":b\":{\"S\":\"B\"},\":c\":{\"N\":\"1\"}}", 3},
        {"a = :a AND b = :b", "{\":a\":{\"S\":\"AB\"},\":b\":{\"S\":\"B\"}}", 0},
    };
    /* clang-format on */
    for (int i = 0; i < 6; i++) {
        char more[160];
        (void)snprintf(more, sizeof more,
                       ",\"a\":{\"S\":\"A\"},\"b\":{\"S\":\"B\"},\"c\":{\"N\":\"%d\"},"
                       "\"d\":{\"S\":\"d%d\"}",
                       i / 3, i % 3);
        (void)put_into("t", item(i, more));
    }
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_int_equal(query("multi", cases[i].condition, cases[i].values).page.count,
                         cases[i].count);
}

static void test_mistakes_about_indexes_are_told(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        struct engine_page page;
        const char *projection, *message;
    } cases[] = {
        {{.index_name = {(const uint8_t *)"none", 4}},
         NULL, "The table does not have the specified index: none"},
        {{.index_name = {(const uint8_t *)"all", 3}, .consistent = true},
         NULL, "Consistent reads are not supported on global secondary indexes"},
        {{.index_name = {(const uint8_t *)"keys", 4}, .whole_items = true},
         NULL, "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not "
               "supported for global secondary index keys because its projection type is not ALL"},
        {{.index_name = {(const uint8_t *)"keys", 4}},
         "y", "One or more parameter values were invalid: Global secondary index keys does not "
              "project [y]"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct fixture_page page = {
            .table = "t", .projection = cases[i].projection, .page = cases[i].page};
        assert_int_equal(fixture_page(&f, &page), ST_VALIDATION);
        support_assert_text(error_text(&f.err), cases[i].message);
    }
}

static void test_writes_cost_in_the_indexes_they_change(void **state)
{
    (void)state;
    struct fixture_write put = put_into("t", item(1, ",\"g\":{\"S\":\"G\"},\"h\":{\"N\":\"1\"}"));
    assert_int_equal(put.index_cost_count, 2); /* all, keys */
    put = put_into("t", put.item);
    assert_int_equal(put.index_cost_count, 0); /* nothing changed there */
    put = put_into("t", item(1, ",\"g\":{\"S\":\"H\"},\"h\":{\"N\":\"1\"}"));
    assert_int_equal(put.index_cost_count, 2);
    assert_int_equal(put.index_half_units, 8); /* each a delete and a put */
}

/* ---- indexes made later */

static status change_table(const struct engine_table_change *change)
{
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = SPAN("late"), .change = change};
    const status st = fixture_table_write(&f, &write);
    if (st == ST_OK) table_drop(write.description.table);
    return st;
}

static table_status state_of(const char *name)
{
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, span_of(name), &seen, &f.err), ST_OK);
    const table_status state = seen.table->status;
    table_drop(seen.table);
    return state;
}

static void wait_until_active(void)
{
    for (int i = 0; i < 2000 && state_of("late") != TABLE_ACTIVE; i++) usleep(5000);
    assert_int_equal(state_of("late"), TABLE_ACTIVE);
}

static uint32_t late_entries(void)
{
    uint32_t count = 0;
    const char *start = NULL;
    do {
        struct fixture_page page = {
            .table = "late",
            .start_key = start,
            .page = {.index_name = SPAN("keys"), .select = ENGINE_SELECT_COUNT}
        };
        assert_int_equal(fixture_page(&f, &page), ST_OK);
        count += page.page.count;
        start = page.last_key;
    } while (start != NULL);
    return count;
}

static void put_late(int from, int to)
{
    struct fixture_write puts[FIXTURE_MANY_MAX];
    struct fixture_many many = {.writes = puts};
    for (int i = from; i < to; i++) {
        const char *more = i % 10 == 0 ? ",\"g\":{\"N\":\"1\"}" : ",\"g\":{\"S\":\"G\"}";
        puts[many.count++] =
            (struct fixture_write){.verb = ENGINE_PUT, .table = "late", .item = item(i, more)};
        if (many.count < FIXTURE_MANY_MAX && i < to - 1) continue;
        assert_int_equal(fixture_many(&f, &many), ST_OK);
        many.count = 0;
    }
}

static void test_a_new_index_is_filled_and_skips_what_does_not_fit(void **state)
{
    (void)state;
    struct table_index index = keys_index();
    const struct engine_table_change change = {.new_index = &index};
    make_table("late", false);
    put_late(0, 500);
    assert_int_equal(change_table(&change), ST_OK);
    wait_until_active();
    assert_int_equal(late_entries(), 450);
    assert_int_equal(change_table(&change), ST_VALIDATION);
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("late"), &seen, &f.err), ST_OK);
    assert_int_equal(atomic_load(&seen.table->spec.indexes[0].live->item_count), 450);
    table_drop(seen.table);
}

/* Notes come from the thread that fills; they are looked at when it has ended. */
struct notes {
    uint32_t count;
    char texts[2][256];
};

static void keep_note(void *ctx, const char *text)
{
    struct notes *notes = ctx;
    if (notes->count < ARRAY_COUNT(notes->texts))
        (void)snprintf(notes->texts[notes->count], sizeof notes->texts[0], "%s", text);
    notes->count++;
}

static void test_filling_tells_its_progress_and_names_the_space(void **state)
{
    (void)state;
    struct table_index index = keys_index();
    const struct engine_table_change change = {.new_index = &index};
    struct notes notes = {0};
    f.note = keep_note;
    f.note_ctx = &notes;
    f.space.name = SPAN("123456789012/eu-west-1");
    fixture_reopen(&f, folder);
    make_table("late", false);
    put_late(0, 10);
    assert_int_equal(change_table(&change), ST_OK);
    wait_until_active();
    f.note = NULL;
    fixture_reopen(&f, folder);
    assert_int_equal(notes.count, 2);
    assert_string_equal(notes.texts[0], "index keys of table 123456789012/eu-west-1/late: "
                                        "being filled, 0 of about 10 items walked");
    assert_string_equal(notes.texts[1], "index keys of table 123456789012/eu-west-1/late: "
                                        "complete, 10 of about 10 items walked");
}

static void test_a_restart_goes_on_filling(void **state)
{
    (void)state;
    struct table_index index = keys_index();
    const struct engine_table_change change = {.new_index = &index};
    make_table("late", false);
    put_late(0, 3000);
    assert_int_equal(change_table(&change), ST_OK);
    fixture_reopen(&f, folder); /* stops between two steps */
    wait_until_active();
    assert_int_equal(late_entries(), 2700);
}

static void test_writes_beside_the_filling_lose_nothing(void **state)
{
    (void)state;
    struct table_index index = keys_index();
    const struct engine_table_change change = {.new_index = &index};
    make_table("late", false);
    put_late(0, 2000);
    assert_int_equal(change_table(&change), ST_OK);
    for (int i = 0; i < 400; i++) {
        struct fixture_write delete = {
            .verb = ENGINE_DELETE, .table = "late", .item = item(i * 5 + 1, "")};
        assert_int_equal(fixture_write(&f, &delete), ST_OK);
        (void)put_into("late", item(10000 + i, ",\"g\":{\"S\":\"G\"}"));
    }
    wait_until_active();
    struct engine_description seen = {0};
    assert_int_equal(late_entries(), 1800 - 400 + 400);
    assert_int_equal(engine_table_describe(f.engine, SPAN("late"), &seen, &f.err), ST_OK);
    assert_int_equal(atomic_load(&seen.table->spec.indexes[0].live->item_count), 1800);
    table_drop(seen.table);
}

static void test_tags_change_beside_the_filling_and_neither_is_lost(void **state)
{
    (void)state;
    struct table_index index = keys_index();
    const struct engine_table_change change = {.new_index = &index};
    const struct table_tag tag = {SPAN("team"), SPAN("a")};
    const struct engine_table_change tags = {.set_tags = &tag, .set_tag_count = 1};
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = SPAN("late"), .change = &tags};
    make_table("late", false);
    put_late(0, 3000);
    assert_int_equal(change_table(&change), ST_OK);
    assert_int_equal(fixture_table_write(&f, &write), ST_OK);
    assert_int_equal(write.description.table->status, TABLE_UPDATING);
    table_drop(write.description.table);
    wait_until_active();
    assert_int_equal(late_entries(), 2700);
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("late"), &seen, &f.err), ST_OK);
    assert_int_equal(seen.table->spec.tag_count, 1);
    table_drop(seen.table);
}

static void note_done(void *ctx, status st)
{
    atomic_int *left = ctx;
    assert_int_equal(st, ST_OK);
    atomic_fetch_sub(left, 1);
}

/* Everything that follows UpdateTable is queued before it has run: a change of tags, a batch of
 * puts. Each then meets a description that threads do not see yet, and must still count into the
 * one index. */
static void test_an_index_is_counted_once_by_writes_queued_with_its_making(void **state)
{
    (void)state;
    static struct error errors[2];
    atomic_int left = 2;
    struct table_index index = keys_index();
    const struct table_tag tag = {SPAN("team"), SPAN("a")};
    const struct engine_table_change changes[2] = {
        {.new_index = &index},
        { .set_tags = &tag, .set_tag_count = 1}
    };
    struct engine_table_write alters[2];
    struct fixture_write puts[2] = {
        {.verb = ENGINE_PUT, .table = "late", .item = item(1, ",\"g\":{\"S\":\"G\"}")},
        {.verb = ENGINE_PUT, .table = "late", .item = item(2, ",\"g\":{\"S\":\"G\"}")}
    };
    struct fixture_many many = {.writes = puts, .count = 2};
    struct fixture_hold hold;
    make_table("late", false);
    fixture_hold(&f, &hold);
    for (int i = 0; i < 2; i++) {
        errors[i] = error_in(&f.arena);
        alters[i] = (struct engine_table_write){.verb = ENGINE_TABLE_UPDATE,
                                                .name = SPAN("late"),
                                                .change = &changes[i],
                                                .arena = &f.arena,
                                                .err = &errors[i],
                                                .done = note_done,
                                                .done_ctx = &left};
        assert_int_equal(engine_table_write(f.engine, &alters[i]), ST_OK);
    }
    struct fixture_pending *pending = fixture_many_start(&f, &many);
    fixture_release(&hold);
    assert_int_equal(fixture_many_end(&f, pending), ST_OK);
    assert_int_equal(atomic_load(&left), 0);
    for (int i = 0; i < 2; i++) table_drop(alters[i].description.table);
    put_late(3, 6);
    wait_until_active();
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("late"), &seen, &f.err), ST_OK);
    assert_int_equal(seen.table->spec.tag_count, 1);
    assert_int_equal(late_entries(), 5);
    assert_int_equal(atomic_load(&seen.table->spec.indexes[0].live->item_count), 5);
    table_drop(seen.table);
}

static status delete_late(void)
{
    struct engine_table_write write = {.verb = ENGINE_TABLE_DELETE, .name = SPAN("late")};
    const status st = fixture_table_write(&f, &write);
    if (st == ST_OK) table_drop(write.description.table);
    return st;
}

static void test_a_table_may_go_as_soon_as_its_index_is_filled(void **state)
{
    (void)state;
    struct engine_description seen = {0};
    struct table_index index = keys_index();
    const struct engine_table_change add = {.new_index = &index};
    for (int round = 0; round < 60; round++) {
        make_table("late", false);
        put_late(0, round % 3);
        assert_int_equal(change_table(&add), ST_OK);
        status st = delete_late();
        while (st == ST_IN_USE) st = delete_late(); /* still being filled */
        assert_int_equal(st, ST_OK);
        assert_int_equal(engine_table_describe(f.engine, SPAN("late"), &seen, &f.err),
                         ST_NOT_FOUND);
    }
}

/* A note is given before the first step, on the thread that fills. */
static void hold(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
    while (atomic_load(&holds)) usleep(1000);
}

static void assert_refused(status st, status expected, const char *text)
{
    assert_int_equal(st, expected);
    support_assert_text(error_text(&f.err), text);
}

static void test_a_table_whose_index_is_being_filled_is_in_use(void **state)
{
    (void)state;
    struct table_index index = keys_index();
    const struct engine_table_change add = {.new_index = &index};
    struct table_index more = keys_index();
    more.name = SPAN("more");
    const struct engine_table_change add_more = {.new_index = &more};
    make_table("late", false);
    put_late(0, 10);
    f.note = hold;
    fixture_reopen(&f, folder);
    atomic_store(&holds, true);
    assert_int_equal(change_table(&add), ST_OK);
    struct fixture_page page = {.table = "late", .page = {.index_name = SPAN("keys")}};
    assert_refused(fixture_page(&f, &page), ST_VALIDATION,
                   "Cannot read from backfilling global secondary index: keys");
    assert_refused(change_table(&add_more), ST_IN_USE,
                   "Attempt to change a resource which is still in use: Table is being updated: "
                   "late");
    assert_refused(delete_late(), ST_IN_USE,
                   "Attempt to change a resource which is still in use: Cannot delete table while "
                   "indexes are being created, updated, or deleted.");
    atomic_store(&holds, false);
    wait_until_active();
    assert_int_equal(late_entries(), 9);
}

static void test_a_dropped_index_is_gone_and_can_come_again(void **state)
{
    (void)state;
    struct table_index index = keys_index();
    const struct engine_table_change add = {.new_index = &index};
    const struct engine_table_change drop = {.dropped_index = SPAN("keys")};
    make_table("late", false);
    put_late(1, 10);
    assert_int_equal(change_table(&add), ST_OK);
    wait_until_active();
    assert_int_equal(change_table(&drop), ST_OK);
    assert_int_equal(change_table(&drop), ST_NOT_FOUND);
    struct fixture_page page = {.table = "late", .page = {.index_name = SPAN("keys")}};
    assert_int_equal(fixture_page(&f, &page), ST_VALIDATION);
    assert_int_equal(change_table(&add), ST_OK);
    wait_until_active();
    assert_int_equal(late_entries(), 9);
}

static void test_an_index_that_is_being_filled_can_be_dropped_and_nothing_of_it_stays(void **state)
{
    (void)state;
    struct table_index index = keys_index();
    const struct engine_table_change add = {.new_index = &index};
    const struct engine_table_change drop = {.dropped_index = SPAN("keys")};
    const struct engine_table_change other = {.has_class = true};
    make_table("late", false);
    put_late(0, 5000);
    assert_int_equal(change_table(&add), ST_OK);
    assert_int_equal(change_table(&other), ST_IN_USE);
    assert_int_equal(state_of("late"), TABLE_UPDATING);
    assert_int_equal(change_table(&drop), ST_OK);
    assert_int_equal(state_of("late"), TABLE_ACTIVE);
    fixture_check(&f); /* no entry, count or place of it is left */
    assert_int_equal(change_table(&add), ST_OK);
    wait_until_active();
    assert_int_equal(change_table(&drop), ST_OK);
    assert_int_equal(change_table(&add), ST_OK);
    fixture_reopen(&f, folder);
    wait_until_active();
    assert_int_equal(late_entries(), 4500);
}

/* Items so large that a step may hold few of them. */
static void test_large_items_are_filled_in_steps_of_bounded_size(void **state)
{
    (void)state;
    enum { LARGE_BYTES = 380 << 10, LARGE_ITEMS = 12 };
    struct table_index index = index_of("all", true, TABLE_PROJECT_ALL);
    const struct engine_table_change add = {.new_index = &index};
    char *text = arena_alloc(&f.arena, LARGE_BYTES + 128);
    assert_non_null(text);
    add_part(index.key.partition, &index.key.partition_count, "g", VALUE_S);
    make_table("late", false);
    for (int i = 0; i < LARGE_ITEMS; i++) {
        int at = snprintf(text, 128,
                          "{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"%d\"},"
                          "\"g\":{\"S\":\"G\"},\"x\":{\"S\":\"",
                          i);
        memset(text + at, 'x', LARGE_BYTES);
        (void)snprintf(text + at + LARGE_BYTES, 16, "\"}}");
        (void)put_into("late", text);
    }
    struct store_stats before = {0}, after = {0};
    store_stats(f.store, &before);
    assert_int_equal(change_table(&add), ST_OK);
    wait_until_active();
    store_stats(f.store, &after);
    /* Three at a time: 4 steps, one more that finds the end, the change and the activation. */
    assert_true(after.writes - before.writes >= LARGE_ITEMS / 3 + 2);
    struct engine_description seen = {0};
    assert_int_equal(engine_table_describe(f.engine, SPAN("late"), &seen, &f.err), ST_OK);
    assert_int_equal(atomic_load(&seen.table->spec.indexes[0].live->item_count), LARGE_ITEMS);
    table_drop(seen.table);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_only_items_with_the_index_key_stand_in_the_index),
        TEST(test_projections_are_honoured),
        TEST(test_a_local_index_fetches_what_it_lacks),
        TEST(test_what_is_fetched_counts_for_the_page),
        TEST(test_entries_move_with_updates_and_go_with_deletes),
        TEST(test_wrong_index_keys_are_refused_with_the_index_named),
        TEST(test_pages_of_an_index_join_in_both_directions),
        TEST(test_multi_part_keys_narrow_from_the_left),
        TEST(test_mistakes_about_indexes_are_told),
        TEST(test_writes_cost_in_the_indexes_they_change),
        TEST(test_a_new_index_is_filled_and_skips_what_does_not_fit),
        TEST(test_filling_tells_its_progress_and_names_the_space),
        TEST(test_a_restart_goes_on_filling),
        TEST(test_tags_change_beside_the_filling_and_neither_is_lost),
        TEST(test_a_table_whose_index_is_being_filled_is_in_use),
        TEST(test_writes_beside_the_filling_lose_nothing),
        TEST(test_an_index_is_counted_once_by_writes_queued_with_its_making),
        TEST(test_a_table_may_go_as_soon_as_its_index_is_filled),
        TEST(test_a_dropped_index_is_gone_and_can_come_again),
        TEST(test_an_index_that_is_being_filled_can_be_dropped_and_nothing_of_it_stays),
        TEST(test_large_items_are_filled_in_steps_of_bounded_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
