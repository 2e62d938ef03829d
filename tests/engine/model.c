/* model.c -- the arrays, and what follows from them by DynamoDB's rules alone: nothing here asks
 * the engine, so that both sides cannot share a mistake.
 */
#include "engine/model.h"

#include <stdio.h>
#include <unistd.h>

enum { TEXT_BYTES_MAX = 8 << 10, ACTIVE_WAIT_US = 2000, ACTIVE_WAITS = 10000 };

/* clang-format off */
const struct model_home model_homes[MODEL_HOMES] = {
    [MODEL_TABLE]  = {"", false, 1, 1, {MODEL_PK}, {MODEL_SK}, MODEL_ALL},
    [MODEL_LOCAL]  = {"local", false, 1, 1, {MODEL_PK}, {MODEL_L}, MODEL_BIT(MODEL_X)},
    [MODEL_GROUPS] = {"groups", true, 1, 1, {MODEL_G}, {MODEL_N}, MODEL_ALL},
    [MODEL_MULTI]  = {"multi", true, 2, 1, {MODEL_G, MODEL_L}, {MODEL_N}, 0},
    [MODEL_LATE]   = {"late", true, 1, 2, {MODEL_W}, {MODEL_L, MODEL_N}, 0},
};
/* clang-format on */

const char *const model_table_names[MODEL_TABLES] = {"t0", "t1"};
const char *const model_part_names[MODEL_PARTS] = {"g", "l", "n", "w", "x", "pk", "sk"};

/* ---- choosing */

int model_pick(struct model *m, int bound)
{
    return (int)support_random_below(&m->random, (uint32_t)bound);
}

struct model_ref model_pick_ref(struct model *m)
{
    const int table = model_pick(m, MODEL_TABLES), pk = model_pick(m, MODEL_PARTITIONS);
    return (struct model_ref){table, pk, model_pick(m, MODEL_SORTS)};
}

struct model_place *model_at(struct model *m, struct model_ref ref)
{
    return &m->places[ref.table][ref.pk][ref.sk];
}

int model_pick_value(struct model *m, model_part part)
{
    static const int lengths[] = {0, 1, 30, 700, 1500, 3500};
    static const int bounds[MODEL_PARTS] = {
        [MODEL_G] = 3,
        [MODEL_L] = 6,
        [MODEL_N] = 220,
        [MODEL_W] = 4,
        [MODEL_X] = ARRAY_COUNT(lengths),
        [MODEL_PK] = MODEL_PARTITIONS,
        [MODEL_SK] = MODEL_SORTS,
    };
    const int picked = model_pick(m, bounds[part]);
    if (part == MODEL_X) return lengths[picked];
    return part == MODEL_N ? picked - 20 : picked;
}

/* ---- texts */

const char *model_print(struct model *m, const char *format, ...)
{
    char *text = arena_alloc(&m->f.arena, TEXT_BYTES_MAX);
    assert_non_null(text);
    va_list values;
    va_start(values, format);
    const int len = vsnprintf(text, TEXT_BYTES_MAX, format, values);
    va_end(values);
    assert_true(len >= 0 && len < TEXT_BYTES_MAX);
    return text;
}

/* Sort keys are (index - 10) / 2: negative, zero, whole and not. */
static const char *sort_text(struct model *m, int index)
{
    const int halves = index - 10;
    const char *sign = halves < 0 ? "-" : "";
    return model_print(m, "%s%d%s", sign, abs(halves) / 2, halves % 2 == 0 ? "" : ".5");
}

static const char *filler(struct model *m, int length)
{
    char *text = arena_alloc(&m->f.arena, (size_t)length + 1);
    assert_non_null(text);
    memset(text, 'x', (size_t)length);
    return text;
}

const char *model_json(struct model *m, model_part part, struct model_value value)
{
    if (part == MODEL_X) return model_print(m, "{\"S\":\"%s\"}", filler(m, value.v));
    if (part == MODEL_SK) return model_print(m, "{\"N\":\"%s\"}", sort_text(m, value.v));
    if (part == MODEL_L || part == MODEL_N || value.is_wrong)
        return model_print(m, "{\"N\":\"%d\"}", value.v);
    return model_print(m, "{\"S\":\"%c%d\"}", model_part_names[part][0], value.v);
}

struct model_value model_value_at(struct model_ref ref, const struct model_place *place,
                                  model_part part)
{
    if (part < MODEL_ATTRIBUTES) return place->at[part];
    return (struct model_value){.there = true, .v = part == MODEL_PK ? ref.pk : ref.sk};
}

const char *model_text(struct model *m, struct model_ref ref, const struct model_place *place,
                       unsigned bits)
{
    static const model_part by_name[MODEL_PARTS] = {MODEL_G,  MODEL_L, MODEL_N, MODEL_PK,
                                                    MODEL_SK, MODEL_W, MODEL_X};
    struct buf buf;
    buf_init(&buf, arena_mem(&m->f.arena), TEXT_BYTES_MAX);
    buf_put_text(&buf, "{");
    for (size_t i = 0; i < MODEL_PARTS; i++) {
        const struct model_value value = model_value_at(ref, place, by_name[i]);
        if (!value.there || (bits & MODEL_BIT(by_name[i])) == 0) continue;
        buf_printf(&buf, "%s\"%s\":%s", buf.len > 1 ? "," : "", model_part_names[by_name[i]],
                   model_json(m, by_name[i], value));
    }
    buf_put_text(&buf, "}");
    buf_put_u8(&buf, 0);
    assert_int_equal(buf_status(&buf), ST_OK);
    return (const char *)buf.ptr;
}

/* ---- sizes: names and values; of a number a byte, one for each two digits counted from the
 * decimal point, without zeros at the ends, and one for a minus */

static uint32_t number_bytes(int whole, bool has_half, bool is_negative)
{
    uint32_t pairs = has_half ? 1 : 0;
    if (whole == 0 && !has_half) return 1;
    while (!has_half && whole % 100 == 0) whole /= 100;
    for (; whole > 0; whole /= 100) pairs++;
    return 1 + pairs + (is_negative ? 1 : 0);
}

static uint32_t value_bytes(model_part part, struct model_value value)
{
    const int halves = value.v - 10;
    if (part == MODEL_X) return (uint32_t)value.v;
    if (part == MODEL_SK) return number_bytes(abs(halves) / 2, halves % 2 != 0, halves < 0);
    if (part == MODEL_L || part == MODEL_N || value.is_wrong)
        return number_bytes(abs(value.v), false, value.v < 0);
    return 2; /* a letter and a digit */
}

uint32_t model_size(struct model_ref ref, const struct model_place *place, unsigned bits)
{
    uint32_t bytes = 0;
    for (model_part part = 0; part < MODEL_PARTS && place->there; part++) {
        const struct model_value value = model_value_at(ref, place, part);
        if (!value.there || (bits & MODEL_BIT(part)) == 0) continue;
        bytes += (uint32_t)strlen(model_part_names[part]) + value_bytes(part, value);
    }
    return bytes;
}

/* ---- homes */

static bool fits(const struct model_place *place, model_part part)
{
    return part >= MODEL_ATTRIBUTES || (place->at[part].there && !place->at[part].is_wrong);
}

bool model_stands(const struct model_home *home, const struct model_place *place)
{
    bool all = place->there;
    for (uint8_t i = 0; i < home->partition_count; i++)
        all = all && fits(place, home->partition[i]);
    for (uint8_t i = 0; i < home->sort_count; i++) all = all && fits(place, home->sort[i]);
    return all;
}

unsigned model_keys(const struct model_home *home)
{
    unsigned keys = MODEL_KEYS;
    for (uint8_t i = 0; i < home->partition_count; i++) keys |= MODEL_BIT(home->partition[i]);
    for (uint8_t i = 0; i < home->sort_count; i++) keys |= MODEL_BIT(home->sort[i]);
    return keys;
}

unsigned model_held(const struct model_home *home)
{
    return home->held | model_keys(home);
}

bool model_has_home(const struct model *m, int table, model_home_number home)
{
    return home != MODEL_LATE || m->has_late[table];
}

/* ---- the tables */

static struct table_key_part key_part(model_part part)
{
    const bool is_number = part == MODEL_L || part == MODEL_N || part == MODEL_SK;
    return (struct table_key_part){span_of(model_part_names[part]), is_number ? VALUE_N : VALUE_S};
}

static struct table_key key_of(const struct model_home *home)
{
    struct table_key key = {.partition_count = home->partition_count,
                            .sort_count = home->sort_count};
    for (uint8_t i = 0; i < home->partition_count; i++)
        key.partition[i] = key_part(home->partition[i]);
    for (uint8_t i = 0; i < home->sort_count; i++) key.sort[i] = key_part(home->sort[i]);
    return key;
}

static struct table_index index_of(const struct model_home *home)
{
    static const struct span included[] = {
        {(const uint8_t *)"x", 1}
    };
    struct table_index index = {.name = span_of(home->name),
                                .key = key_of(home),
                                .global = home->global,
                                .projection = TABLE_PROJECT_KEYS_ONLY};
    if (home->held == MODEL_ALL) index.projection = TABLE_PROJECT_ALL;
    if (home->held != MODEL_BIT(MODEL_X)) return index;
    index.projection = TABLE_PROJECT_INCLUDE;
    index.included = included;
    index.included_count = 1;
    return index;
}

static void make_table(struct model *m, const char *name)
{
    struct table_index indexes[MODEL_HOMES];
    struct table_spec spec = {.name = span_of(name),
                              .key = key_of(&model_homes[MODEL_TABLE]),
                              .billing = TABLE_PAY_PER_REQUEST,
                              .indexes = indexes};
    for (int home = MODEL_LOCAL; home < MODEL_LATE; home++)
        indexes[spec.index_count++] = index_of(&model_homes[home]);
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_CREATE, .name = spec.name, .spec = &spec};
    assert_int_equal(fixture_table_write(&m->f, &write), ST_OK);
    table_drop(write.description.table);
}

void model_open(struct model *m, bool on_disk)
{
    *m = (struct model){.random = support_random()};
    if (on_disk) m->folder = support_folder_new();
    fixture_open(&m->f, m->folder);
    for (int t = 0; t < MODEL_TABLES; t++) make_table(m, model_table_names[t]);
}

/* ---- the index that comes and goes */

static struct engine_description describe(struct model *m, int table)
{
    struct engine_description seen = {0};
    assert_int_equal(
        engine_table_describe(m->f.engine, span_of(model_table_names[table]), &seen, &m->f.err),
        ST_OK);
    return seen;
}

static bool is_active(struct model *m, int table)
{
    const struct engine_description seen = describe(m, table);
    const bool active = seen.table->status == TABLE_ACTIVE;
    table_drop(seen.table);
    return active;
}

void model_wait_for_late(struct model *m)
{
    for (int t = 0; t < MODEL_TABLES; t++) {
        for (int i = 0; i < ACTIVE_WAITS && !is_active(m, t); i++) usleep(ACTIVE_WAIT_US);
        assert_true(is_active(m, t));
        m->late_was_active[t] = m->has_late[t];
    }
}

static void change_table(struct model *m, int table, const struct engine_table_change *change)
{
    struct engine_table_write write = {
        .verb = ENGINE_TABLE_UPDATE, .name = span_of(model_table_names[table]), .change = change};
    assert_int_equal(fixture_table_write(&m->f, &write), ST_OK);
    assert_int_equal(write.description.table->status, TABLE_UPDATING);
    table_drop(write.description.table);
}

/* It may be ended at any time, filled or not. */
void model_index_step(struct model *m)
{
    const int table = model_pick(m, MODEL_TABLES);
    const struct table_index index = index_of(&model_homes[MODEL_LATE]);
    const struct engine_table_change add = {.new_index = &index};
    const struct engine_table_change drop = {.dropped_index = index.name};
    if (m->has_late[table] && model_pick(m, 2) == 0) {
        model_wait_for_late(m);
        return;
    }
    change_table(m, table, m->has_late[table] ? &drop : &add);
    m->has_late[table] = !m->has_late[table];
    m->late_was_active[table] = false;
}

/* ---- counts */

struct counts {
    uint64_t items, bytes;
};

static struct counts count(const struct model *m, int table, const struct model_home *home)
{
    struct counts sum = {0};
    for (int pk = 0; pk < MODEL_PARTITIONS; pk++)
        for (int sk = 0; sk < MODEL_SORTS; sk++) {
            const struct model_place *place = &m->places[table][pk][sk];
            const struct model_ref ref = {table, pk, sk};
            if (!model_stands(home, place)) continue;
            sum.items++;
            sum.bytes += model_size(ref, place, model_held(home));
        }
    return sum;
}

static void compare_index_counts(const struct model *m, int table, const struct table *shown)
{
    for (int home = MODEL_LOCAL; home < MODEL_HOMES; home++) {
        const struct table_index *index = table_find_index(shown, span_of(model_homes[home].name));
        if (!model_has_home(m, table, (model_home_number)home)) assert_null(index);
        if (index == NULL || index->status != TABLE_ACTIVE) continue;
        const struct counts wanted = count(m, table, &model_homes[home]);
        assert_int_equal(atomic_load(&index->live->item_count), wanted.items);
        assert_int_equal(atomic_load(&index->live->item_bytes), wanted.bytes);
    }
}

static void compare_counts(struct model *m)
{
    for (int t = 0; t < MODEL_TABLES; t++) {
        const struct counts wanted = count(m, t, &model_homes[MODEL_TABLE]);
        const struct engine_description seen = describe(m, t);
        assert_int_equal(seen.item_count, wanted.items);
        assert_int_equal(seen.item_bytes, wanted.bytes);
        compare_index_counts(m, t, seen.table);
        table_drop(seen.table);
    }
}

void model_reopen(struct model *m)
{
    if (m->folder == NULL) return;
    compare_counts(m);
    fixture_reopen(&m->f, m->folder);
    compare_counts(m);
}

void model_close(struct model *m)
{
    model_wait_for_late(m);
    compare_counts(m);
    model_compare_all(m);
    model_reopen(m);
    m->step = 0;
    fixture_close(&m->f);
    if (m->folder != NULL) support_folder_free(m->folder);
}
