/* model_test.c -- random operations against a model that cannot be wrong.
 *
 * The model is an array: PARTITIONS x SORTS places, each absent or holding a number and perhaps a
 * group. A global index orders each group by number. Every operation is done to both, every answer
 * compared, and now and then the engine is closed and opened again; at the end engine_check proves
 * that entries and items agree. STATOR_SEED replays a run; STATOR_MODEL_STEPS makes it longer.
 */
#include <stdio.h>

#include "engine/fixture.h"

enum { PARTITIONS = 5, SORTS = 21, GROUPS = 3, STEPS = 4000, REOPEN_EVERY = 1000 };

struct place {
    bool there;
    bool grouped; /* has the attribute g: stands in the index */
    int n;
    int group;
};

struct world {
    struct fixture f;
    struct support_random random;
    struct place places[PARTITIONS][SORTS];
    char *folder;
};

/* Sort keys are (index - 10) / 2: negative, zero, whole and not. */
static const char *sort_text(int index)
{
    static const char *const texts[SORTS] = {"-5",   "-4.5", "-4",   "-3.5", "-3",  "-2.5", "-2",
                                             "-1.5", "-1",   "-0.5", "0",    "0.5", "1",    "1.5",
                                             "2",    "2.5",  "3",    "3.5",  "4",   "4.5",  "5"};
    return texts[index];
}

static const char *print(struct world *w, const char *format, ...) PRINTF(2, 3);
static const char *print(struct world *w, const char *format, ...)
{
    char *text = arena_alloc(&w->f.arena, 512);
    assert_non_null(text);
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, 512, format, values);
    va_end(values);
    return text;
}

static const char *key_text(struct world *w, int pk, int sk)
{
    return print(w, "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"N\":\"%s\"}}", pk, sort_text(sk));
}

static const char *item_text(struct world *w, int pk, int sk, const struct place *place)
{
    const char *group = place->grouped ? print(w, "\"g\":{\"S\":\"g%d\"},", place->group) : "";
    return print(w, "{%s\"n\":{\"N\":\"%d\"},\"pk\":{\"S\":\"p%d\"},\"sk\":{\"N\":\"%s\"}}", group,
                 place->n, pk, sort_text(sk));
}

static int pick(struct world *w, int bound)
{
    return (int)support_random_below(&w->random, (uint32_t)bound);
}

/* Put, if the place is absent or its number is below a bound. */
static void step_put(struct world *w, int pk, int sk)
{
    struct place *place = &w->places[pk][sk];
    const int bound = pick(w, 120);
    const struct place next = {true, pick(w, 4) > 0, pick(w, 100), pick(w, GROUPS)};
    struct fixture_write put = {.verb = ENGINE_PUT,
                                .table = "t",
                                .item = item_text(w, pk, sk, &next),
                                .condition = "attribute_not_exists(pk) OR n < :bound",
                                .values = print(w, "{\":bound\":{\"N\":\"%d\"}}", bound)};
    const bool passes = !place->there || place->n < bound;
    assert_int_equal(fixture_write(&w->f, &put), passes ? ST_OK : ST_CONDITION_FAILED);
    if (passes) *place = next;
}

static void step_update(struct world *w, int pk, int sk)
{
    struct place *place = &w->places[pk][sk];
    const int by = pick(w, 20) - 10;
    struct fixture_write update = {.verb = ENGINE_UPDATE,
                                   .table = "t",
                                   .item = key_text(w, pk, sk),
                                   .update = "ADD n :by",
                                   .values = print(w, "{\":by\":{\"N\":\"%d\"}}", by),
                                   .returns = ENGINE_RETURN_ALL_NEW};
    assert_int_equal(fixture_write(&w->f, &update), ST_OK);
    *place = place->there ? *place : (struct place){.there = true};
    place->n += by;
    assert_string_equal(update.returned, item_text(w, pk, sk, place));
}

static void step_delete(struct world *w, int pk, int sk)
{
    struct place *place = &w->places[pk][sk];
    const bool guarded = pick(w, 2) == 0;
    struct fixture_write delete = {.verb = ENGINE_DELETE,
                                   .table = "t",
                                   .item = key_text(w, pk, sk),
                                   .condition = guarded ? "n >= :fifty" : NULL,
                                   .values = guarded ? "{\":fifty\":{\"N\":\"50\"}}" : NULL,
                                   .returns = ENGINE_RETURN_ALL_OLD};
    const bool passes = !guarded || (place->there && place->n >= 50);
    assert_int_equal(fixture_write(&w->f, &delete), passes ? ST_OK : ST_CONDITION_FAILED);
    if (!passes) return;
    if (place->there)
        assert_string_equal(delete.returned, item_text(w, pk, sk, place));
    else
        assert_null(delete.returned);
    place->there = false;
}

static void step_get(struct world *w, int pk, int sk)
{
    const struct place *place = &w->places[pk][sk];
    const char *found = fixture_get(&w->f, "t", key_text(w, pk, sk));
    if (place->there)
        assert_string_equal(found, item_text(w, pk, sk, place));
    else
        assert_null(found);
}

/* The items of one partition from sort key `low` to `high`, as the model has them. */
static const char *model_run(struct world *w, int pk, int low, int high, bool backward)
{
    struct buf buf;
    buf_init(&buf, arena_mem(&w->f.arena), 1 << 20);
    buf_put_text(&buf, "[");
    for (int i = 0; i <= high - low; i++) {
        const int sk = backward ? high - i : low + i;
        if (!w->places[pk][sk].there) continue;
        if (buf.len > 1) buf_put_text(&buf, ",");
        buf_put_text(&buf, item_text(w, pk, sk, &w->places[pk][sk]));
    }
    buf_put_text(&buf, "]");
    buf_put_u8(&buf, 0);
    return (const char *)buf.ptr;
}

static void step_query(struct world *w, int pk, int sk)
{
    const int high = sk + pick(w, SORTS - sk);
    const bool backward = pick(w, 2) == 0;
    struct fixture_page page = {
        .table = "t",
        .key_condition = "pk = :pk AND sk BETWEEN :low AND :high",
        .values =
            print(w, "{\":pk\":{\"S\":\"p%d\"},\":low\":{\"N\":\"%s\"},\":high\":{\"N\":\"%s\"}}",
                  pk, sort_text(sk), sort_text(high)),
        .page = {.backward = backward}};
    assert_int_equal(fixture_page(&w->f, &page), ST_OK);
    assert_string_equal(page.items, model_run(w, pk, sk, high, backward));
}

static uint32_t model_group(const struct world *w, int group)
{
    uint32_t count = 0;
    for (int pk = 0; pk < PARTITIONS; pk++)
        for (int sk = 0; sk < SORTS; sk++) {
            const struct place *place = &w->places[pk][sk];
            count += place->there && place->grouped && place->group == group ? 1 : 0;
        }
    return count;
}

/* A group in the index: as many items as the model has in it, in the order of their numbers. */
static void step_index(struct world *w, int pk, int sk)
{
    (void)sk;
    const int group = pk % GROUPS;
    const bool backward = pick(w, 2) == 0;
    struct fixture_page page = {
        .table = "t",
        .key_condition = "g = :g",
        .values = print(w, "{\":g\":{\"S\":\"g%d\"}}", group),
        .page = {.index_name = SPAN("groups"), .backward = backward}
    };
    assert_int_equal(fixture_page(&w->f, &page), ST_OK);
    assert_int_equal(page.page.count, model_group(w, group));
    for (uint32_t i = 1; i < page.page.count; i++) {
        struct value before = {0}, now = {0};
        assert_true(value_find(page.page.items[i - 1], SPAN("n"), &before));
        assert_true(value_find(page.page.items[i], SPAN("n"), &now));
        const int order = value_compare(before, now);
        assert_true(backward ? order >= 0 : order <= 0);
    }
}

static void check_counts(struct world *w)
{
    struct engine_description seen = {0};
    uint64_t items = 0;
    for (int pk = 0; pk < PARTITIONS; pk++)
        for (int sk = 0; sk < SORTS; sk++) items += w->places[pk][sk].there ? 1 : 0;
    assert_int_equal(engine_table_describe(w->f.engine, SPAN("t"), &seen, &w->f.err), ST_OK);
    assert_int_equal(seen.item_count, items);
    table_drop(seen.table);
    struct fixture_page scan = {.table = "t", .page = {.select = ENGINE_SELECT_COUNT}};
    assert_int_equal(fixture_page(&w->f, &scan), ST_OK);
    assert_int_equal(scan.page.count, items);
}

static void reopen(struct world *w)
{
    check_counts(w);
    fixture_reopen(&w->f, w->folder);
    check_counts(w);
    arena_reset(&w->f.arena);
}

static void make_table(struct world *w)
{
    struct table_index index = {.name = SPAN("groups"), .global = true};
    index.key.partition[index.key.partition_count++] = (struct table_key_part){SPAN("g"), VALUE_S};
    index.key.sort[index.key.sort_count++] = (struct table_key_part){SPAN("n"), VALUE_N};
    struct table_spec spec = {.name = SPAN("t"), .indexes = &index, .index_count = 1};
    spec.key.partition[spec.key.partition_count++] = (struct table_key_part){SPAN("pk"), VALUE_S};
    spec.key.sort[spec.key.sort_count++] = (struct table_key_part){SPAN("sk"), VALUE_N};
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_CREATE, .name = spec.name, .spec = &spec};
    assert_int_equal(fixture_table_write(&w->f, &write), ST_OK);
    table_drop(write.description.table);
}

static void run_steps(struct world *w, int steps)
{
    static void (*const kinds[])(struct world *, int, int) = {
        step_put, step_put, step_update, step_delete, step_get, step_query, step_index};
    make_table(w);
    for (int step = 1; step <= steps; step++) {
        kinds[pick(w, ARRAY_COUNT(kinds))](w, pick(w, PARTITIONS), pick(w, SORTS));
        if (step % REOPEN_EVERY == 0 && w->folder != NULL) reopen(w);
    }
    check_counts(w);
}

static int steps_wanted(void)
{
    const char *given = getenv("STATOR_MODEL_STEPS");
    return given == NULL ? STEPS : (int)strtol(given, NULL, 10);
}

static void test_model__on_disk_with_restarts(void **state)
{
    (void)state;
    static struct world w;
    w = (struct world){.random = support_random(), .folder = support_folder_new()};
    fixture_open(&w.f, w.folder);
    run_steps(&w, steps_wanted());
    fixture_close(&w.f);
    support_folder_free(w.folder);
}

static void test_model__in_memory(void **state)
{
    (void)state;
    static struct world w;
    w = (struct world){.random = support_random()};
    fixture_open(&w.f, NULL);
    run_steps(&w, steps_wanted());
    fixture_close(&w.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model__on_disk_with_restarts),
        cmocka_unit_test(test_model__in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
