/* model_read.c -- random reads: items by their keys, queries and scans of every home.
 *
 * A walk is a query or a scan, page after page. Every item of it must be one that is wanted, whole
 * as asked for, seen once, in order for a query; all that is wanted must have been seen; and each
 * page must cost what its items weigh.
 */
#include "engine/model.h"

#include "item/number.h"

enum { GETS_MAX = 20, SEGMENTS_MAX = 4 };

static uint32_t half_units(uint64_t bytes, bool consistent)
{
    const uint32_t units = bytes == 0 ? 1 : (uint32_t)((bytes + 4095) / 4096);
    return consistent ? units * 2 : units;
}

/* ---- items by their keys */

static void check_get(struct model *m, struct model_ref ref, const struct engine_get *get)
{
    const struct model_place *place = model_at(m, ref);
    assert_int_equal(get->found, place->there);
    assert_int_equal(get->half_units,
                     half_units(model_size(ref, place, MODEL_ALL), get->consistent));
    if (place->there)
        assert_string_equal(fixture_text(&m->f, get->item), model_text(m, ref, place, MODEL_ALL));
}

static struct engine_get make_get(struct model *m, struct model_ref ref)
{
    const char *key = model_text(m, ref, model_at(m, ref), MODEL_KEYS);
    return (struct engine_get){.table_name = span_of(model_table_names[ref.table]),
                               .key = fixture_map(&m->f, key),
                               .consistent = model_pick(m, 2) == 0};
}

static void read_one(struct model *m)
{
    const struct model_ref ref = model_pick_ref(m);
    struct engine_get get = make_get(m, ref);
    m->f.err = error_in(&m->f.arena);
    assert_int_equal(engine_get(m->f.engine, &get, &m->f.arena, &m->f.err), ST_OK);
    check_get(m, ref, &get);
}

/* One partition's places cannot be the same twice. */
static void read_many(struct model *m)
{
    struct model_ref refs[GETS_MAX];
    struct engine_get gets[GETS_MAX];
    struct error errors[GETS_MAX];
    const struct model_ref first = model_pick_ref(m);
    const int count = 1 + model_pick(m, GETS_MAX);
    for (int i = 0; i < count; i++) {
        refs[i] = (struct model_ref){first.table, first.pk, (first.sk + i) % MODEL_SORTS};
        gets[i] = make_get(m, refs[i]);
        errors[i] = error_in(&m->f.arena);
        gets[i].err = &errors[i];
    }
    struct engine_get_many many = {.gets = gets,
                                   .count = (uint32_t)count,
                                   .bytes_max = 16 << 20,
                                   .transaction = model_pick(m, 2) == 0};
    m->f.err = error_in(&m->f.arena);
    assert_int_equal(engine_get_many(m->f.engine, &many, &m->f.arena, &m->f.err), ST_OK);
    for (int i = 0; i < count; i++) {
        assert_false(gets[i].unread);
        check_get(m, refs[i], &gets[i]);
    }
}

/* ---- what a walk asks for */

typedef enum sort_test {
    TEST_NONE,
    TEST_EQ,
    TEST_LT,
    TEST_LE,
    TEST_GT,
    TEST_GE,
    TEST_BETWEEN,
    TESTS,
} sort_test;

struct walk {
    int table;
    const struct model_home *home;
    bool is_query;
    int partition[2];
    uint8_t equal_count; /* sort parts with a fixed value */
    int equal[2];
    sort_test test; /* of the sort part after them */
    int low, high;
    bool filters;   /* attribute_exists(x) */
    bool projects;  /* g, pk, sk */
    bool all_parts; /* ALL_ATTRIBUTES, of a local index */
    struct fixture_page page;

    bool seen[MODEL_PARTITIONS][MODEL_SORTS];
    bool has_last;
    struct model_ref last;
    uint32_t found, scanned;
};

static bool passes(sort_test test, int v, int low, int high)
{
    switch (test) {
    case TEST_NONE:
        return true;
    case TEST_EQ:
        return v == low;
    case TEST_LT:
        return v < low;
    case TEST_LE:
        return v <= low;
    case TEST_GT:
        return v > low;
    case TEST_GE:
        return v >= low;
    case TEST_BETWEEN:
        return low <= v && v <= high;
    case TESTS:
        break;
    }
    return false;
}

static bool is_in_range(const struct walk *walk, struct model_ref ref,
                        const struct model_place *place)
{
    const struct model_home *home = walk->home;
    if (!model_stands(home, place)) return false;
    if (!walk->is_query) return true;
    for (uint8_t i = 0; i < home->partition_count; i++)
        if (model_value_at(ref, place, home->partition[i]).v != walk->partition[i]) return false;
    for (uint8_t i = 0; i < walk->equal_count; i++)
        if (model_value_at(ref, place, home->sort[i]).v != walk->equal[i]) return false;
    if (walk->test == TEST_NONE) return true;
    const int v = model_value_at(ref, place, home->sort[walk->equal_count]).v;
    return passes(walk->test, v, walk->low, walk->high);
}

static bool is_kept(const struct walk *walk, const struct model_place *place)
{
    return !walk->filters || place->at[MODEL_X].there;
}

/* Which parts of an item the walk answers with. */
static unsigned answered(const struct walk *walk)
{
    if (walk->projects) return MODEL_KEYS | MODEL_BIT(MODEL_G);
    return walk->all_parts ? MODEL_ALL : model_held(walk->home);
}

/* Does it read the items of a local index, for what that lacks? */
static bool fetches(const struct walk *walk)
{
    if (walk->home->global || walk->home->held == MODEL_ALL) return false;
    return walk->all_parts || walk->projects;
}

/* ---- the text of a query */

static const char *value_json(struct model *m, model_part part, int v)
{
    return model_json(m, part, (struct model_value){.there = true, .v = v});
}

static void put_equal(struct model *m, struct buf *condition, struct buf *values, model_part part,
                      int v)
{
    const char *name = model_part_names[part];
    const bool is_first = condition->len == 0;
    buf_printf(condition, "%s%s = :%s", is_first ? "" : " AND ", name, name);
    buf_printf(values, "%s\":%s\":%s", is_first ? "{" : ",", name, value_json(m, part, v));
}

static void put_test(struct model *m, const struct walk *walk, struct buf *condition,
                     struct buf *values)
{
    static const char *const signs[TESTS] = {"", "=", "<", "<=", ">", ">=", "BETWEEN"};
    if (walk->test == TEST_NONE) return;
    const model_part part = walk->home->sort[walk->equal_count];
    buf_printf(condition, " AND %s %s :low", model_part_names[part], signs[walk->test]);
    buf_printf(values, ",\":low\":%s", value_json(m, part, walk->low));
    if (walk->test != TEST_BETWEEN) return;
    buf_put_text(condition, " AND :high");
    buf_printf(values, ",\":high\":%s", value_json(m, part, walk->high));
}

static const char *text_of(struct buf *buf)
{
    buf_put_u8(buf, 0);
    assert_int_equal(buf_status(buf), ST_OK);
    return (const char *)buf->ptr;
}

static void write_condition(struct model *m, struct walk *walk)
{
    struct buf condition, values;
    buf_init(&condition, arena_mem(&m->f.arena), 1 << 16);
    buf_init(&values, arena_mem(&m->f.arena), 1 << 16);
    for (uint8_t i = 0; i < walk->home->partition_count; i++)
        put_equal(m, &condition, &values, walk->home->partition[i], walk->partition[i]);
    for (uint8_t i = 0; i < walk->equal_count; i++)
        put_equal(m, &condition, &values, walk->home->sort[i], walk->equal[i]);
    put_test(m, walk, &condition, &values);
    buf_put_text(&values, "}");
    walk->page.key_condition = text_of(&condition);
    walk->page.values = text_of(&values);
}

static void pick_query(struct model *m, struct walk *walk)
{
    const struct model_home *home = walk->home;
    walk->is_query = true;
    for (uint8_t i = 0; i < home->partition_count; i++)
        walk->partition[i] = model_pick_value(m, home->partition[i]);
    walk->equal_count = (uint8_t)model_pick(m, home->sort_count);
    for (uint8_t i = 0; i < walk->equal_count; i++)
        walk->equal[i] = model_pick_value(m, home->sort[i]);
    walk->test = (sort_test)model_pick(m, TESTS);
    const int a = model_pick_value(m, home->sort[walk->equal_count]);
    const int b = model_pick_value(m, home->sort[walk->equal_count]);
    walk->low = walk->test == TEST_BETWEEN && b < a ? b : a;
    walk->high = a > b ? a : b;
    walk->page.page.backward = model_pick(m, 2) == 0;
    write_condition(m, walk);
}

static struct walk pick_walk(struct model *m)
{
    struct walk walk = {.table = model_pick(m, MODEL_TABLES)};
    model_home_number home = (model_home_number)model_pick(m, MODEL_HOMES);
    if (!model_has_home(m, walk.table, home)) home = MODEL_TABLE;
    walk.home = &model_homes[home];
    const bool has_x = (model_held(walk.home) & MODEL_BIT(MODEL_X)) != 0;
    walk.filters = has_x && model_pick(m, 3) == 0;
    walk.projects = home != MODEL_LATE && model_pick(m, 4) == 0; /* it has no g */
    walk.all_parts = home == MODEL_LOCAL && !walk.projects && model_pick(m, 3) == 0;
    walk.page = (struct fixture_page){
        .table = model_table_names[walk.table],
        .filter = walk.filters ? "attribute_exists(x)" : NULL,
        .projection = walk.projects ? "g, pk, sk" : NULL,
        .page = {.index_name = span_of(walk.home->name),
                 .whole_items = walk.all_parts,
                 .consistent = !walk.home->global && model_pick(m, 2) == 0,
                 .limit = model_pick(m, 3) == 0 ? 0 : (uint32_t)model_pick(m, 40) + 1}
    };
    return walk;
}

/* ---- a page */

/* Where an item of a page stands, by its key. */
static struct model_ref ref_of(const struct walk *walk, struct value item)
{
    struct value pk = {0}, sk = {0};
    assert_true(value_find(item, SPAN("pk"), &pk));
    assert_true(value_find(item, SPAN("sk"), &sk));
    assert_int_equal(pk.body.len, 2);
    char text[NUMBER_TEXT_BYTES_MAX + 1] = {0};
    assert_true(number_text(sk.body, text) > 0);
    const int halves = (int)(strtod(text, NULL) * 2);
    return (struct model_ref){walk->table, pk.body.ptr[1] - '0', halves + 10};
}

/* Negative, zero or positive as `a` comes before, beside or after `b` in the home. */
static int order(struct model *m, const struct walk *walk, struct model_ref a, struct model_ref b)
{
    const struct model_home *home = walk->home;
    for (uint8_t i = 0; i < home->sort_count; i++) {
        const int va = model_value_at(a, model_at(m, a), home->sort[i]).v;
        const int vb = model_value_at(b, model_at(m, b), home->sort[i]).v;
        if (va != vb) return va < vb ? -1 : 1;
    }
    return home->global ? 0 : a.sk - b.sk;
}

static void check_order(struct model *m, struct walk *walk, struct model_ref ref)
{
    if (walk->is_query && walk->has_last) {
        const int step = order(m, walk, walk->last, ref);
        assert_true(walk->page.page.backward ? step >= 0 : step <= 0);
        assert_true(step != 0 || walk->home->global);
    }
    walk->has_last = true;
    walk->last = ref;
}

static void check_item(struct model *m, struct walk *walk, struct value item)
{
    const struct model_ref ref = ref_of(walk, item);
    const struct model_place *place = model_at(m, ref);
    assert_true(is_in_range(walk, ref, place));
    assert_true(is_kept(walk, place));
    assert_false(walk->seen[ref.pk][ref.sk]);
    walk->seen[ref.pk][ref.sk] = true;
    assert_string_equal(fixture_text(&m->f, item), model_text(m, ref, place, answered(walk)));
    check_order(m, walk, ref);
}

/* What the page costs, where all it evaluated is on it. */
static void check_cost(struct model *m, const struct walk *walk, const struct engine_page *page)
{
    uint64_t bytes = 0;
    uint32_t fetched = 0;
    const bool of_index = walk->home->name[0] != 0;
    for (uint32_t i = 0; i < page->count; i++) {
        const struct model_ref ref = ref_of(walk, page->items[i]);
        const struct model_place *place = model_at(m, ref);
        bytes += model_size(ref, place, model_held(walk->home));
        if (fetches(walk))
            fetched += half_units(model_size(ref, place, MODEL_ALL), page->consistent);
    }
    const uint32_t walked = half_units(bytes, page->consistent);
    assert_int_equal(page->half_units, of_index ? fetched : walked);
    assert_int_equal(page->index_half_units, of_index ? walked : 0);
}

static void check_page(struct model *m, struct walk *walk)
{
    const struct engine_page *page = &walk->page.page;
    walk->found += page->count;
    walk->scanned += page->scanned;
    if (page->limit > 0) assert_true(page->scanned <= page->limit);
    for (uint32_t i = 0; i < page->count; i++) check_item(m, walk, page->items[i]);
    if (!walk->filters) check_cost(m, walk, page);
}

/* An index that is being filled cannot be read; whether it still is, nobody knows. */
static bool is_refused(struct model *m, struct walk *walk, status st)
{
    if (st == ST_OK || walk->home != &model_homes[MODEL_LATE]) return false;
    assert_false(m->late_was_active[walk->table]);
    support_assert_text(error_text(&m->f.err),
                        "Cannot read from backfilling global secondary index: late");
    return true;
}

/* All pages; false when the index cannot be read yet. */
static bool run_pages(struct model *m, struct walk *walk)
{
    const struct engine_page asked = walk->page.page;
    walk->page.start_key = NULL;
    walk->has_last = false;
    do {
        walk->page.page = asked;
        const status st = fixture_page(&m->f, &walk->page);
        if (is_refused(m, walk, st)) return false;
        assert_int_equal(st, ST_OK);
        check_page(m, walk);
        walk->page.start_key = walk->page.last_key;
    } while (walk->page.last_key != NULL);
    walk->page.page = asked;
    return true;
}

/* Nothing is missing, and as much was evaluated as there is. */
static void check_walk(struct model *m, const struct walk *walk)
{
    uint32_t found = 0, scanned = 0;
    for (int pk = 0; pk < MODEL_PARTITIONS; pk++)
        for (int sk = 0; sk < MODEL_SORTS; sk++) {
            const struct model_ref ref = {walk->table, pk, sk};
            const struct model_place *place = model_at(m, ref);
            if (!is_in_range(walk, ref, place)) continue;
            scanned++;
            found += is_kept(walk, place) ? 1 : 0;
        }
    assert_int_equal(walk->found, found);
    assert_int_equal(walk->scanned, scanned);
}

static void read_query(struct model *m)
{
    struct walk walk = pick_walk(m);
    pick_query(m, &walk);
    if (run_pages(m, &walk)) check_walk(m, &walk);
}

static void run_scan(struct model *m, struct walk *walk, uint32_t segments)
{
    for (uint32_t segment = 0; segment < segments; segment++) {
        walk->page.page.segment = segment;
        walk->page.page.total_segments = segments == 1 ? 0 : segments;
        if (!run_pages(m, walk)) return;
    }
    check_walk(m, walk);
}

static void read_scan(struct model *m)
{
    struct walk walk = pick_walk(m);
    run_scan(m, &walk, (uint32_t)model_pick(m, SEGMENTS_MAX) + 1);
}

void model_read_step(struct model *m)
{
    const int kind = model_pick(m, 10);
    if (kind < 3)
        read_one(m);
    else if (kind < 4)
        read_many(m);
    else if (kind < 9)
        read_query(m);
    else
        read_scan(m);
}

void model_compare_all(struct model *m)
{
    for (int table = 0; table < MODEL_TABLES; table++)
        for (int home = 0; home < MODEL_HOMES; home++) {
            if (!model_has_home(m, table, (model_home_number)home)) continue;
            struct walk walk = {.table = table, .home = &model_homes[home]};
            walk.page =
                (struct fixture_page){.table = model_table_names[table],
                                      .page = {.index_name = span_of(model_homes[home].name)}};
            run_scan(m, &walk, 1);
        }
}
