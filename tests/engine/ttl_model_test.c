/* ttl_model_test.c -- random operations under a turning clock, against a model that cannot be
 * wrong.
 *
 * The model is an array of places; each holds nothing or an item: a number n, perhaps a group (two
 * global indexes, one with everything and one with keys only), perhaps times "a" and "b". Time to
 * live is off, or on by one of the two, and is switched at random while the clock goes on. What is
 * stored and what is there are two things: an expired item is stored until it is swept or another
 * takes its place. Every answer, every count and every number of items swept is compared; now and
 * then the engine is closed and opened again, and engine_check proves the entries. The table's
 * stream is replayed onto another table, which must come to hold what is stored (replica.h).
 * STATOR_SEED replays a run; STATOR_MODEL_STEPS makes it longer.
 */
#include <stdio.h>
#include <unistd.h>

#include "engine/fixture.h"
#include "engine/replica.h"

enum { PARTITIONS = 4, SORTS = 12, GROUPS = 3, STEPS = 4000, REOPEN_EVERY = 700 };
enum { BY_NOTHING, BY_A, BY_B, WAYS };

struct place {
    bool stored;
    bool grouped;
    int n;
    int group;
    int64_t times[WAYS]; /* of "a" and "b"; 0: it has no such attribute */
};

struct world {
    struct fixture f;
    struct support_random random;
    struct place places[PARTITIONS][SORTS];
    int by; /* what time to live is on by */
    struct replica replica;
    char *folder;
};

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

static int pick(struct world *w, int bound)
{
    return (int)support_random_below(&w->random, (uint32_t)bound);
}

static int64_t now(const struct world *w)
{
    return (int64_t)(w->f.clock_ms / 1000);
}

static bool is_expired(const struct world *w, const struct place *place)
{
    const int64_t time = place->times[w->by];
    return place->stored && w->by != BY_NOTHING && time != 0 && time < now(w);
}

static bool is_there(const struct world *w, const struct place *place)
{
    return place->stored && !is_expired(w, place);
}

static const char *key_text(struct world *w, int pk, int sk)
{
    return print(w, "{\"pk\":{\"S\":\"p%d\"},\"sk\":{\"N\":\"%d\"}}", pk, sk);
}

static const char *time_text(struct world *w, const struct place *place, int way)
{
    static const char *const names[] = {[BY_A] = "a", [BY_B] = "b"};
    if (place->times[way] == 0) return "";
    return print(w, "\"%s\":{\"N\":\"%lld\"},", names[way], (long long)place->times[way]);
}

static const char *item_text(struct world *w, int pk, int sk, const struct place *place)
{
    const char *group = place->grouped ? print(w, "\"g\":{\"S\":\"g%d\"},", place->group) : "";
    return print(w, "{%s%s%s\"n\":{\"N\":\"%d\"},\"pk\":{\"S\":\"p%d\"},\"sk\":{\"N\":\"%d\"}}",
                 time_text(w, place, BY_A), time_text(w, place, BY_B), group, place->n, pk, sk);
}

/* A time around now, in the past as often as in the future, or none. */
static int64_t pick_time(struct world *w)
{
    return pick(w, 3) == 0 ? 0 : now(w) + pick(w, 81) - 40;
}

static struct place pick_place(struct world *w)
{
    return (struct place){
        .stored = true,
        .grouped = pick(w, 4) > 0,
        .n = pick(w, 100),
        .group = pick(w, GROUPS),
        .times = {[BY_A] = pick_time(w), [BY_B] = pick_time(w)}
    };
}

/* ---- operations */

static void step_put(struct world *w, int pk, int sk)
{
    struct place *place = &w->places[pk][sk];
    const int bound = pick(w, 120);
    const struct place next = pick_place(w);
    const bool was = is_there(w, place);
    const bool passes = !was || place->n < bound;
    struct fixture_write put = {.verb = ENGINE_PUT,
                                .table = "t",
                                .item = item_text(w, pk, sk, &next),
                                .condition = "attribute_not_exists(pk) OR n < :bound",
                                .values = print(w, "{\":bound\":{\"N\":\"%d\"}}", bound),
                                .returns = ENGINE_RETURN_ALL_OLD};
    assert_int_equal(fixture_write(&w->f, &put), passes ? ST_OK : ST_CONDITION_FAILED);
    if (!passes) return;
    if (was)
        assert_string_equal(put.returned, item_text(w, pk, sk, place));
    else
        assert_null(put.returned);
    *place = next;
}

static void step_update(struct world *w, int pk, int sk)
{
    struct place *place = &w->places[pk][sk];
    const int by = pick(w, 20) - 10;
    const int64_t time = now(w) + pick(w, 81) - 40;
    struct fixture_write update = {
        .verb = ENGINE_UPDATE,
        .table = "t",
        .item = key_text(w, pk, sk),
        .update = "ADD n :by SET a = :time",
        .values =
            print(w, "{\":by\":{\"N\":\"%d\"},\":time\":{\"N\":\"%lld\"}}", by, (long long)time),
        .returns = ENGINE_RETURN_ALL_NEW};
    assert_int_equal(fixture_write(&w->f, &update), ST_OK);
    if (!is_there(w, place)) *place = (struct place){.stored = true};
    place->n += by;
    place->times[BY_A] = time;
    assert_string_equal(update.returned, item_text(w, pk, sk, place));
}

static void step_remove(struct world *w, int pk, int sk)
{
    struct place *place = &w->places[pk][sk];
    struct fixture_write update = {
        .verb = ENGINE_UPDATE, .table = "t", .item = key_text(w, pk, sk), .update = "REMOVE a, g"};
    assert_int_equal(fixture_write(&w->f, &update), ST_OK);
    if (!is_there(w, place)) return;
    place->times[BY_A] = 0;
    place->grouped = false;
}

static void step_delete(struct world *w, int pk, int sk)
{
    struct place *place = &w->places[pk][sk];
    struct fixture_write delete = {.verb = ENGINE_DELETE,
                                   .table = "t",
                                   .item = key_text(w, pk, sk),
                                   .returns = ENGINE_RETURN_ALL_OLD};
    assert_int_equal(fixture_write(&w->f, &delete), ST_OK);
    if (!is_there(w, place)) {
        assert_null(delete.returned);
        return;
    }
    assert_string_equal(delete.returned, item_text(w, pk, sk, place));
    place->stored = false;
}

/* Puts one item and checks that another is there. */
static void step_transaction(struct world *w, int pk, int sk)
{
    const struct place *other = &w->places[(pk + 1) % PARTITIONS][sk];
    const struct place next = pick_place(w);
    struct fixture_write writes[2] = {
        {.verb = ENGINE_PUT, .table = "t"}
    };
    writes[0].item = item_text(w, pk, sk, &next);
    writes[1] = (struct fixture_write){.verb = ENGINE_CHECK,
                                       .table = "t",
                                       .item = key_text(w, (pk + 1) % PARTITIONS, sk),
                                       .condition = "attribute_exists(pk)"};
    struct fixture_many many = {
        .writes = writes, .count = ARRAY_COUNT(writes), .transaction = true};
    const bool passes = is_there(w, other);
    assert_int_equal(fixture_many(&w->f, &many), passes ? ST_OK : ST_TX_CANCELED);
    if (passes) w->places[pk][sk] = next;
}

static void step_batch(struct world *w, int pk, int sk)
{
    const int other = (pk + 1) % PARTITIONS;
    const struct place next = pick_place(w);
    struct fixture_write writes[2] = {
        {.verb = ENGINE_PUT, .table = "t"}
    };
    writes[0].item = item_text(w, pk, sk, &next);
    writes[1] =
        (struct fixture_write){.verb = ENGINE_DELETE, .table = "t", .item = key_text(w, other, sk)};
    struct fixture_many many = {.writes = writes, .count = ARRAY_COUNT(writes)};
    assert_int_equal(fixture_many(&w->f, &many), ST_OK);
    w->places[pk][sk] = next;
    if (is_there(w, &w->places[other][sk])) w->places[other][sk].stored = false;
}

static void step_get(struct world *w, int pk, int sk)
{
    const struct place *place = &w->places[pk][sk];
    const char *found = fixture_get(&w->f, "t", key_text(w, pk, sk));
    if (is_there(w, place))
        assert_string_equal(found, item_text(w, pk, sk, place));
    else
        assert_null(found);
}

/* What a query of a partition answers, in the order of sort keys. */
static const char *model_partition(struct world *w, int pk)
{
    struct buf buf;
    buf_init(&buf, arena_mem(&w->f.arena), 1 << 20);
    buf_put_text(&buf, "[");
    for (int sk = 0; sk < SORTS; sk++) {
        if (!is_there(w, &w->places[pk][sk])) continue;
        if (buf.len > 1) buf_put_text(&buf, ",");
        buf_put_text(&buf, item_text(w, pk, sk, &w->places[pk][sk]));
    }
    buf_put_text(&buf, "]");
    buf_put_u8(&buf, 0);
    return (const char *)buf.ptr;
}

static void step_query(struct world *w, int pk, int sk)
{
    (void)sk;
    struct fixture_page page = {.table = "t",
                                .key_condition = "pk = :pk",
                                .values = print(w, "{\":pk\":{\"S\":\"p%d\"}}", pk)};
    assert_int_equal(fixture_page(&w->f, &page), ST_OK);
    assert_string_equal(page.items, model_partition(w, pk));
}

static uint32_t model_group(const struct world *w, int group)
{
    uint32_t count = 0;
    for (int pk = 0; pk < PARTITIONS; pk++)
        for (int sk = 0; sk < SORTS; sk++) {
            const struct place *place = &w->places[pk][sk];
            count += is_there(w, place) && place->grouped && place->group == group ? 1 : 0;
        }
    return count;
}

static void step_index(struct world *w, int pk, int sk)
{
    const int group = pk % GROUPS;
    struct fixture_page page = {.table = "t",
                                .key_condition = "g = :g",
                                .values = print(w, "{\":g\":{\"S\":\"g%d\"}}", group),
                                .page = {.index_name = sk % 2 == 0 ? SPAN("all") : SPAN("keys")}};
    assert_int_equal(fixture_page(&w->f, &page), ST_OK);
    assert_int_equal(page.page.count, model_group(w, group));
    assert_int_equal(page.page.scanned, page.page.count);
}

/* ---- time */

static void step_clock(struct world *w, int pk, int sk)
{
    (void)pk;
    w->f.clock_ms += (uint64_t)sk * 700;
}

static void wait_until_filled(struct world *w)
{
    uint32_t filling = 1;
    for (int i = 0; i < 4000 && filling != 0; i++) {
        struct engine_description seen = {0};
        assert_int_equal(engine_table_describe(w->f.engine, SPAN("t"), &seen, &w->f.err), ST_OK);
        filling = seen.table->ttl_filling;
        table_drop(seen.table);
        if (filling != 0) usleep(500);
    }
    assert_int_equal(filling, 0);
}

static void step_sweep(struct world *w, int pk, int sk)
{
    uint64_t expected = 0;
    (void)pk;
    (void)sk;
    wait_until_filled(w);
    for (int p = 0; p < PARTITIONS; p++)
        for (int s = 0; s < SORTS; s++) {
            if (!is_expired(w, &w->places[p][s])) continue;
            w->places[p][s].stored = false;
            expected++;
        }
    assert_int_equal(fixture_sweep(&w->f), expected);
}

/* Now and then: off where it is on, else on by one of the two. */
static void step_switch(struct world *w, int pk, int sk)
{
    static const char *const names[] = {[BY_A] = "a", [BY_B] = "b"};
    if (sk > 2) return;
    const int next = w->by != BY_NOTHING ? BY_NOTHING : 1 + pk % 2;
    const int named = next != BY_NOTHING ? next : w->by;
    assert_int_equal(fixture_ttl(&w->f, "t", names[named], next != BY_NOTHING), ST_OK);
    w->by = next;
}

/* ---- runs */

static void check_counts(struct world *w)
{
    struct engine_description seen = {0};
    uint64_t stored = 0;
    for (int pk = 0; pk < PARTITIONS; pk++)
        for (int sk = 0; sk < SORTS; sk++) stored += w->places[pk][sk].stored ? 1 : 0;
    assert_int_equal(engine_table_describe(w->f.engine, SPAN("t"), &seen, &w->f.err), ST_OK);
    assert_int_equal(seen.item_count, stored);
    table_drop(seen.table);
    replica_compare(&w->replica, &w->f);
    fixture_check(&w->f);
}

static void make_table(struct world *w)
{
    struct table_index indexes[] = {
        {.name = SPAN("all"), .global = true                       },
        { .name = SPAN("keys"),     .global = true, .projection = TABLE_PROJECT_KEYS_ONLY}
    };
    struct table_spec spec = {.name = SPAN("t"), .indexes = indexes, .index_count = 2};
    for (size_t i = 0; i < ARRAY_COUNT(indexes); i++)
        indexes[i].key.partition[indexes[i].key.partition_count++] =
            (struct table_key_part){SPAN("g"), VALUE_S};
    spec.key.partition[spec.key.partition_count++] = (struct table_key_part){SPAN("pk"), VALUE_S};
    spec.key.sort[spec.key.sort_count++] = (struct table_key_part){SPAN("sk"), VALUE_N};
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_CREATE, .name = spec.name, .spec = &spec};
    assert_int_equal(fixture_table_write(&w->f, &write), ST_OK);
    table_drop(write.description.table);
}

static int steps_wanted(void)
{
    const char *given = getenv("STATOR_MODEL_STEPS");
    return given == NULL ? STEPS : (int)strtol(given, NULL, 10);
}

static void run_steps(struct world *w)
{
    static void (*const kinds[])(struct world *, int, int) = {
        step_put,         step_put,   step_put,   step_update, step_remove, step_delete,
        step_transaction, step_batch, step_get,   step_query,  step_index,  step_index,
        step_clock,       step_clock, step_sweep, step_switch};
    const int steps = steps_wanted();
    make_table(w);
    assert_int_equal(fixture_stream(&w->f, "t", TABLE_STREAM_NEW_AND_OLD_IMAGES), ST_OK);
    replica_open(&w->replica, "t");
    for (int step = 1; step <= steps; step++) {
        kinds[pick(w, ARRAY_COUNT(kinds))](w, pick(w, PARTITIONS), pick(w, SORTS));
        if (step % REOPEN_EVERY != 0) continue;
        check_counts(w);
        if (w->folder != NULL) fixture_reopen(&w->f, w->folder);
        check_counts(w);
        arena_reset(&w->f.arena);
    }
    check_counts(w);
    assert_true(w->replica.by_service > 0);
    replica_close(&w->replica);
}

static void test_model__under_a_turning_clock_with_restarts(void **state)
{
    (void)state;
    static struct world w;
    w = (struct world){.random = support_random(), .folder = support_folder_new()};
    fixture_open(&w.f, w.folder);
    run_steps(&w);
    fixture_close(&w.f);
    support_folder_free(w.folder);
}

static void test_model__under_a_turning_clock_in_memory(void **state)
{
    (void)state;
    static struct world w;
    w = (struct world){.random = support_random()};
    fixture_open(&w.f, NULL);
    run_steps(&w);
    fixture_close(&w.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model__under_a_turning_clock_with_restarts),
        cmocka_unit_test(test_model__under_a_turning_clock_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
