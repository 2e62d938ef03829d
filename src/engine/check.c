/* check.c -- proving what the engine promises of stored data.
 *
 * All in one snapshot, table by table:
 *
 *     1  walk the items: each is valid, stands under the key its attributes make, and has in every
 *        index exactly the entry that follows from it, none in an index of a partition schema that
 *        it is not of, its vectors in the vector indexes, and its expiry entry if it may expire
 *     2  walk each index, of vectors too, and the expiry entries: there are as many as items gave,
 *        so none is left over
 *     3  walk the sizes of the item collections: each is the sum of its items and local entries,
 *        and together they are the sum of all
 *     4  hold the change log against itself and the tables (logbook_check.h)
 *     5  look between the tables: no key belongs to a number that no table or index has
 *
 * The tables are those of the snapshot too, not of the catalog: so it does not matter what is
 * written, made or filled meanwhile.
 *
 * Memory is the tables' descriptions, one item and its entries, whatever the tables hold.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/bytes.h"
#include "engine/collection.h"
#include "engine/engine_own.h"
#include "engine/expiry.h"
#include "engine/index.h"
#include "engine/logbook_check.h"
#include "engine/vector_entry.h"
#include "table/item_key.h"
#include "table/table_schema.h"

enum {
    CHECK_ARENA_BYTES_MAX = 64 << 20,
    PROBLEM_BYTES = 1024,
    NUMBERED_PREFIX_BYTES = 5,
};

struct run {
    struct engine *engine;
    struct engine_check *check;
    struct store_view *view;
    struct arena arena;    /* of one item */
    struct table **tables; /* of the snapshot; held */
    size_t table_count, table_cap;
    const struct table *table;     /* the one looked at */
    char name[CATALOG_TEXT_BYTES]; /* of it, behind its space */
    uint64_t items;                /* of this table */
    uint64_t bytes;                /* of these, and of the entries in its local indexes */
    uint64_t collected_bytes;      /* of its item collections that are counted */
    uint64_t expected[LIMIT_GLOBAL_INDEXES + LIMIT_LOCAL_INDEXES]; /* entries, by index */
    uint64_t vectors[LIMIT_VECTOR_INDEXES];                        /* likewise, by vector index */
    uint64_t expiring; /* expiry entries that are expected */
};

static void report(struct run *run, const char *format, ...) PRINTF(2, 3);
static void report(struct run *run, const char *format, ...)
{
    char text[PROBLEM_BYTES];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    run->check->problems++;
    if (run->check->problem != NULL) run->check->problem(run->check->ctx, text);
}

/* ---- 1: items */

static status check_entry(struct run *run, uint8_t at, const struct item *item)
{
    const struct table_index *index = &run->table->spec.indexes[at];
    const struct item_key_home home = {run->table, index};
    struct span key = {0}, stored = {0};
    struct value wanted = {0};
    struct item entry = {0};
    bool found = false;
    TRY(item_key_entry(run->engine->hash, home, item->attributes, &run->arena, &key));
    if (key.len == 0) return ST_OK;
    run->expected[at]++;
    TRY(store_view_get(run->view, key, &stored, &found));
    TRY(index_project(home, item->attributes, &run->arena, &wanted));
    if (!found) {
        report(run, "table %s: an item has no entry in index %.*s", run->name,
               SPAN_ARG(index->name));
        return ST_OK;
    }
    if (item_view(stored, &entry) != ST_OK || !value_eq(entry.attributes, wanted))
        report(run, "table %s: an entry of index %.*s differs from its item", run->name,
               SPAN_ARG(index->name));
    if (!index->global) run->bytes += entry.size;
    return ST_OK;
}

static status check_expiry(struct run *run, struct span key, const struct item *item)
{
    uint64_t second = 0;
    struct span entry = {0}, stored = {0};
    bool found = false;
    if (!expiry_second(run->table, item->attributes, &second)) return ST_OK;
    run->expiring++;
    TRY(item_key_expiry(second, key, &run->arena, &entry));
    TRY(store_view_get(run->view, entry, &stored, &found));
    if (!found) report(run, "table %s: an item has no expiry entry for its second", run->name);
    return ST_OK;
}

static bool is_same_vector(const struct table_vectors *vectors, const float *a, const float *b)
{
    for (uint32_t i = 0; i < vectors->kind.dimensions; i++)
        if (a[i] < b[i] || a[i] > b[i]) return false;
    return true;
}

static status check_vector(struct run *run, uint8_t at, struct span key, const struct item *item)
{
    const struct table_vectors *vectors = &run->table->spec.vectors[at];
    const float *wanted = NULL, *there = NULL;
    struct span entry = {0}, stored = {0};
    bool found = false;
    TRY(vector_entry_of(vectors, item->attributes, &run->arena, &wanted));
    if (wanted == NULL) return ST_OK;
    run->vectors[at]++;
    TRY(item_key_vector(vectors->number, key, &run->arena, &entry));
    TRY(store_view_get(run->view, entry, &stored, &found));
    if (!found) {
        report(run, "table %s: an item has no vector in index %.*s", run->name,
               SPAN_ARG(vectors->name));
        return ST_OK;
    }
    const status st = vector_entry_read(vectors, stored, &run->arena, &there);
    if (st == ST_NO_MEMORY) return st;
    if (st != ST_OK || !is_same_vector(vectors, wanted, there))
        report(run, "table %s: a vector of index %.*s differs from its item", run->name,
               SPAN_ARG(vectors->name));
    return ST_OK;
}

static bool has_key(const struct table *table, struct value map)
{
    const struct table_key *key = &table->spec.key;
    struct value v = {0};
    if (!value_find(map, key->partition[0].name, &v) || v.type != key->partition[0].type)
        return false;
    if (key->sort_count == 0) return true;
    return value_find(map, key->sort[0].name, &v) && v.type == key->sort[0].type;
}

static status check_place(struct run *run, struct span key, const struct item *item, bool *out)
{
    struct span wanted = {0};
    TRY(item_key_of(run->engine->hash, run->table, item->attributes, &run->arena, &wanted));
    *out = span_eq(wanted, key);
    if (!*out) report(run, "table %s: an item stands where its key does not put it", run->name);
    return ST_OK;
}

/* Vectors and expiry entries go by the item's key, which must be the right one; entries of other
 * indexes do not. */
static status check_what_goes_by_key(struct run *run, struct span key, const struct item *item)
{
    for (uint8_t i = 0; i < run->table->spec.vector_count; i++)
        if (run->table->spec.vectors[i].status == TABLE_ACTIVE)
            TRY(check_vector(run, i, key, item));
    return run->table->ttl_filling == 0 ? check_expiry(run, key, item) : ST_OK;
}

static status check_item(struct run *run, struct span key, struct span stored)
{
    struct item item = {0};
    bool is_in_place = false;
    run->items++;
    if (!item_is_valid(stored) || item_view(stored, &item) != ST_OK ||
        !has_key(run->table, item.attributes)) {
        report(run, "table %s: an item is damaged", run->name);
        return ST_OK;
    }
    run->bytes += item.size;
    TRY(check_place(run, key, &item, &is_in_place));
    for (uint8_t i = 0; i < run->table->spec.index_count; i++)
        if (run->table->spec.indexes[i].status == TABLE_ACTIVE) TRY(check_entry(run, i, &item));
    if (is_in_place) TRY(check_what_goes_by_key(run, key, &item));
    store_view_forget(run->view);
    return ST_OK;
}

typedef status(each_fn)(struct run *run, struct span key, struct span stored);

/* ---- walking */

static status for_each_in(struct run *run, struct store_cursor *cursor, each_fn *each)
{
    for (;;) {
        struct span key = {0}, stored = {0};
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &stored, &found));
        if (!found) return ST_OK;
        arena_reset(&run->arena);
        TRY(each(run, key, stored));
    }
}

static status for_each_under(struct run *run, struct store_range range, each_fn *each)
{
    struct store_cursor *cursor = NULL;
    TRY(store_view_walk(run->view, range, false, &cursor));
    const status st = for_each_in(run, cursor, each);
    store_cursor_close(cursor);
    return st;
}

static status for_each(struct run *run, struct item_key_home home, each_fn *each)
{
    struct arena bounds;
    struct store_range range = {0};
    arena_init(&bounds, run->engine->mem, CHECK_ARENA_BYTES_MAX);
    status st = item_key_segment(home, 0, 1, &bounds, &range);
    if (st == ST_OK) st = for_each_under(run, range, each);
    arena_deinit(&bounds);
    return st;
}

/* ---- 2: indexes */

static status count_entry(struct run *run, struct span key, struct span stored)
{
    (void)key;
    (void)stored;
    run->items++;
    return ST_OK;
}

static status check_index(struct run *run, uint8_t at)
{
    const struct table_index *index = &run->table->spec.indexes[at];
    if (index->scope.len > 0 && table_schema_find(run->table, index->scope) == NULL)
        report(run, "table %s: index %.*s is of a partition schema that is not there", run->name,
               SPAN_ARG(index->name));
    if (index->status != TABLE_ACTIVE) return ST_OK;
    run->items = 0;
    TRY(for_each(run, (struct item_key_home){run->table, index}, count_entry));
    run->check->entries += run->items;
    if (run->items != run->expected[at])
        report(run, "table %s: index %.*s has %" PRIu64 " entries for %" PRIu64 " items", run->name,
               SPAN_ARG(index->name), run->items, run->expected[at]);
    return ST_OK;
}

static status check_vectors(struct run *run, uint8_t at)
{
    const struct table_vectors *vectors = &run->table->spec.vectors[at];
    struct store_range range = {0};
    if (vectors->status != TABLE_ACTIVE) return ST_OK;
    run->items = 0;
    arena_reset(&run->arena);
    TRY(item_key_vectors(vectors->number, &run->arena, &range));
    TRY(for_each_under(run, range, count_entry)); /* copies the range */
    run->check->entries += run->items;
    if (run->items != run->vectors[at])
        report(run, "table %s: index %.*s has %" PRIu64 " vectors for %" PRIu64 " items", run->name,
               SPAN_ARG(vectors->name), run->items, run->vectors[at]);
    return ST_OK;
}

/* With time to live off, none is expected and none may be there. */
static status check_expiring(struct run *run)
{
    struct store_range range = {0};
    if (run->table->ttl_filling != 0) return ST_OK;
    run->items = 0;
    arena_reset(&run->arena);
    TRY(expiry_all(run->table, &run->arena, &range));
    TRY(for_each_under(run, range, count_entry)); /* copies the range */
    if (run->items != run->expiring)
        report(run, "table %s has %" PRIu64 " expiry entries for %" PRIu64 " items that may expire",
               run->name, run->items, run->expiring);
    return ST_OK;
}

/* ---- 3: item collections */

static status check_collection(struct run *run, struct span key, struct span stored)
{
    struct collection_sizes sizes = {0};
    if (collection_read(key, stored, &sizes) != ST_OK) {
        report(run, "table %s: the size of an item collection is damaged", run->name);
        return ST_OK;
    }
    TRY(collection_measure(run->view, run->table, &run->arena, &sizes));
    run->collected_bytes += sizes.found;
    if (sizes.counted != sizes.found)
        report(run,
               "table %s: an item collection of %" PRIu64 " bytes is counted as %" PRIu64 " bytes",
               run->name, sizes.found, sizes.counted);
    return ST_OK;
}

static status check_collections(struct run *run)
{
    struct arena bounds;
    struct store_range range = {0};
    if (!collection_is_counted(&run->table->spec)) return ST_OK;
    arena_init(&bounds, run->engine->mem, CHECK_ARENA_BYTES_MAX);
    status st = item_key_collections(run->table, &bounds, &range);
    if (st == ST_OK) st = for_each_under(run, range, check_collection);
    arena_deinit(&bounds);
    if (st == ST_OK && run->collected_bytes < run->bytes)
        report(run, "table %s: %" PRIu64 " bytes of its item collections are not counted",
               run->name, run->bytes - run->collected_bytes);
    return st;
}

static status check_table(struct run *run, const struct table *table)
{
    run->table = table;
    catalog_text(catalog_name_of(table), run->name);
    run->items = run->bytes = run->collected_bytes = run->expiring = 0;
    for (size_t i = 0; i < ARRAY_COUNT(run->expected); i++) run->expected[i] = 0;
    for (size_t i = 0; i < ARRAY_COUNT(run->vectors); i++) run->vectors[i] = 0;
    TRY(for_each(run, (struct item_key_home){table, NULL}, check_item));
    run->check->tables++;
    run->check->items += run->items;
    for (uint8_t i = 0; i < table->spec.index_count; i++) TRY(check_index(run, i));
    for (uint8_t i = 0; i < table->spec.vector_count; i++) TRY(check_vectors(run, i));
    TRY(check_expiring(run));
    return check_collections(run);
}

static status check_tables(struct run *run)
{
    for (size_t i = 0; i < run->table_count; i++) TRY(check_table(run, run->tables[i]));
    return ST_OK;
}

/* ---- 4: the change log */

static status check_log(struct run *run)
{
    struct logbook_check log = {.engine = run->engine,
                                .view = run->view,
                                .tables = run->tables,
                                .table_count = run->table_count,
                                .problem = run->check->problem,
                                .ctx = run->check->ctx};
    const status st = logbook_check(&log);
    run->check->streams = log.streams;
    run->check->records = log.records;
    run->check->problems += log.problems;
    return st;
}

/* ---- 5: what belongs to nobody */

/* May the table, or its index of this number, have keys of this kind? */
static bool is_number_of(const struct table *table, uint8_t kind, uint32_t number)
{
    const struct table_index *index = table_find_number(table, number);
    const struct table_vectors *vectors = table_find_vectors_number(table, number);
    switch (kind) {
    case 'I':
    case 'X':
    case 'Z':
        return table->number == number;
    case 'N':
        return table->number == number || index != NULL;
    case 'V':
        return vectors != NULL;
    case 'B': /* what is being filled */
        return table->ttl_filling == number || (index != NULL && index->status != TABLE_ACTIVE) ||
               (vectors != NULL && vectors->status != TABLE_ACTIVE);
    default:
        return index != NULL && index->global == (kind == 'G');
    }
}

static bool is_of_log(uint8_t kind)
{
    return kind == 'C' || kind == 'H' || kind == 'M';
}

static status is_known(const struct run *run, uint8_t kind, uint32_t number, bool *out)
{
    if (is_of_log(kind)) return logbook_check_knows(run->view, number, out);
    *out = false;
    for (size_t i = 0; i < run->table_count && !*out; i++)
        *out = is_number_of(run->tables[i], kind, number);
    return ST_OK;
}

/* The first number from `from` on that has a key of this kind; false: there is none. */
static status next_used(struct run *run, uint8_t kind, uint32_t from, uint32_t *out, bool *found)
{
    const uint8_t end = (uint8_t)(kind + 1);
    uint8_t low[NUMBERED_PREFIX_BYTES] = {kind};
    struct store_cursor *cursor = NULL;
    struct span key = {0}, stored = {0};
    bytes_store_u32_be(low + 1, from);
    const struct store_range range = {
        {low,  sizeof low},
        {&end, 1         }
    };
    TRY(store_view_walk(run->view, range, false, &cursor));
    const status st = store_cursor_next(cursor, &key, &stored, found);
    if (st == ST_OK && *found && key.len >= NUMBERED_PREFIX_BYTES)
        *out = bytes_load_u32_be(key.ptr + 1);
    store_cursor_close(cursor);
    return st;
}

static status check_strays(struct run *run, uint8_t kind)
{
    uint32_t number = 0;
    for (;;) {
        bool found = false, known = false;
        TRY(next_used(run, kind, number, &number, &found));
        if (!found) return ST_OK;
        TRY(is_known(run, kind, number, &known));
        if (!known)
            report(run,
                   "keys of kind %c stand under number %" PRIu32 ", which no table or index has",
                   kind, number);
        if (number == UINT32_MAX) return ST_OK;
        number++;
    }
}

/* ---- the tables of the snapshot */

static status make_room(struct run *run)
{
    enum { TABLES_MIN = 16 };
    const size_t unit = sizeof *run->tables;
    if (run->table_count < run->table_cap) return ST_OK;
    const size_t cap = run->table_cap == 0 ? TABLES_MIN : 2 * run->table_cap;
    struct table **tables =
        mem_resize(run->engine->mem, run->tables, run->table_cap * unit, cap * unit);
    if (tables == NULL) return ST_NO_MEMORY;
    run->tables = tables;
    run->table_cap = cap;
    return ST_OK;
}

static status load_each(struct run *run, struct store_cursor *cursor)
{
    for (;;) {
        struct span key = {0}, stored = {0};
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &stored, &found));
        if (!found) return ST_OK;
        TRY(make_room(run));
        TRY(table_read(run->engine->mem, stored, NULL, &run->tables[run->table_count]));
        run->table_count++;
    }
}

static status load_tables(struct run *run)
{
    struct store_cursor *cursor = NULL;
    TRY(store_view_walk(run->view, ENGINE_OWN_TABLE_KEYS, false, &cursor));
    const status st = load_each(run, cursor);
    store_cursor_close(cursor);
    return st;
}

static void drop_tables(struct run *run)
{
    for (size_t i = 0; i < run->table_count; i++) table_drop(run->tables[i]);
    if (run->tables != NULL)
        mem_free(run->engine->mem, run->tables, run->table_cap * sizeof *run->tables);
}

static status check_in_view(struct store_view *view, void *ctx)
{
    static const uint8_t kinds[] = {'I', 'L', 'G', 'N', 'V', 'X', 'Z', 'B', 'C', 'H', 'M'};
    struct run *run = ctx;
    run->view = view;
    TRY(load_tables(run));
    TRY(check_tables(run));
    TRY(check_log(run));
    for (size_t i = 0; i < sizeof kinds; i++) TRY(check_strays(run, kinds[i]));
    return ST_OK;
}

status engine_check(struct engine *engine, struct engine_check *check, struct error *err)
{
    struct run run = {.engine = engine, .check = check};
    arena_init(&run.arena, engine->mem, CHECK_ARENA_BYTES_MAX);
    const status st = store_read(engine->store, check_in_view, &run);
    drop_tables(&run);
    arena_deinit(&run.arena);
    return st == ST_OK ? ST_OK : FAIL_PLAIN(err, st);
}
