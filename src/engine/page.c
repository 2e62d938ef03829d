/* page.c -- Query and Scan: one page of items in key order.
 *
 * Both are a walk over one range of store keys. What differs is how the range is made:
 *
 *     Query   partition prefix, narrowed by the test on the sort key
 *     Scan    a segment of the table
 *
 * and then, for both, cut at ExclusiveStartKey. The walk evaluates items until one of these:
 *
 *     the range ends                 no LastEvaluatedKey
 *     `limit` items were evaluated   LastEvaluatedKey is the last of them, even if none follow
 *     more than LIMIT_PAGE_BYTES     likewise; the item that crosses the line is on the page
 *
 * P1  Evaluated means read: an item the filter drops counts for the limit, the bytes and the cost.
 * P2  LastEvaluatedKey is a place, not an item: the walk goes on behind it even if it is gone.
 *
 * Kept items are copied, projected or whole, from the snapshot into the request's arena.
 */
#include <assert.h>
#include <string.h>

#include "engine/capacity.h"
#include "engine/engine_own.h"
#include "table/item_key.h"
#include "table/table_check.h"

struct page_run {
    struct engine *engine;
    struct engine_page *page;
    const struct table *table;
    struct arena *arena;
    struct error *err;
    struct store_range range;
    uint64_t bytes;     /* evaluated so far */
    uint32_t items_cap; /* room in page->items */
};

/* ---- the walk */

static status make_room(struct page_run *run)
{
    struct engine_page *page = run->page;
    if (page->count < run->items_cap) return ST_OK;
    const uint32_t cap = run->items_cap == 0 ? 16 : run->items_cap * 2;
    const size_t unit = sizeof *page->items;
    struct value *items =
        mem_resize(arena_mem(run->arena), page->items, run->items_cap * unit, cap * unit);
    if (items == NULL) return ST_NO_MEMORY;
    page->items = items;
    run->items_cap = cap;
    return ST_OK;
}

static status keep_item(struct page_run *run, const struct item *item)
{
    struct engine_page *page = run->page;
    if (page->select == ENGINE_SELECT_ITEMS) {
        TRY(make_room(run));
        struct value *out = &page->items[page->count];
        if (page->projection != NULL)
            TRY(expr_project(page->projection, item->attributes, run->arena, out));
        else
            TRY(engine_own_copy(run->arena, item->attributes, out));
    }
    page->count++;
    return ST_OK;
}

static void write_key_part(struct buf *buf, const struct table_key_part *part, struct value map)
{
    struct value v = {0};
    if (value_find(map, part->name, &v)) value_write_attribute(buf, part->name, v);
}

/* The key attributes of `map` as a map of their own, names in order. */
static status copy_key(const struct table *table, struct value map, struct arena *arena,
                       struct value *out)
{
    const struct table_key *key = &table->spec.key;
    const struct table_key_part *first = &key->partition[0];
    const struct table_key_part *second = key->sort_count > 0 ? &key->sort[0] : NULL;
    if (second != NULL && span_compare(second->name, first->name) < 0) {
        first = &key->sort[0];
        second = &key->partition[0];
    }
    struct buf buf;
    buf_init(&buf, arena_mem(arena), LIMIT_ITEM_BYTES);
    const size_t begun = value_write_begin(&buf);
    write_key_part(&buf, first, map);
    if (second != NULL) write_key_part(&buf, second, map);
    value_write_end(&buf, begun, second != NULL ? 2 : 1);
    TRY(buf_status(&buf));
    *out = (struct value){VALUE_M, buf_view(&buf)};
    return ST_OK;
}

static bool page_is_full(const struct page_run *run)
{
    const struct engine_page *page = run->page;
    return run->bytes > LIMIT_PAGE_BYTES || (page->limit > 0 && page->scanned == page->limit);
}

static status evaluate(struct page_run *run, struct span stored, bool *full)
{
    struct engine_page *page = run->page;
    struct item item = {0};
    TRY(item_view(stored, &item));
    page->scanned++;
    run->bytes += item.size;
    if (page->filter == NULL || expr_holds(page->filter, &item)) TRY(keep_item(run, &item));
    *full = page_is_full(run);
    if (!*full) return ST_OK;
    page->has_last_key = true;
    return copy_key(run->table, item.attributes, run->arena, &page->last_key);
}

static status walk(struct page_run *run, struct store_cursor *cursor)
{
    bool full = false;
    while (!full) {
        struct span key = {0}, stored = {0};
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &stored, &found));
        if (!found) return ST_OK;
        TRY(evaluate(run, stored, &full));
    }
    return ST_OK;
}

static status walk_in_view(struct store_view *view, void *ctx)
{
    struct page_run *run = ctx;
    struct store_cursor *cursor = NULL;
    TRY(store_view_walk(view, run->range, run->page->backward, &cursor));
    const status st = walk(run, cursor);
    store_cursor_close(cursor);
    return st;
}

static bool range_is_empty(struct store_range range)
{
    return range.high.len > 0 && span_compare(range.low, range.high) >= 0;
}

static status run_page(struct page_run *run)
{
    struct engine_page *page = run->page;
    if (!range_is_empty(run->range))
        TRY_PLAIN(run->err, store_read(run->engine->store, walk_in_view, run));
    page->half_units = capacity_read_half_units(run->bytes, page->consistent);
    return ST_OK;
}

static status check_paths(struct page_run *run)
{
    TRY(engine_own_check_paths(run->table, run->page->projection, run->err));
    return engine_own_check_paths(run->table, run->page->filter, run->err);
}

/* ---- ranges */

static bool range_holds(struct store_range range, struct span key)
{
    return span_compare(key, range.low) >= 0 &&
           (range.high.len == 0 || span_compare(key, range.high) < 0);
}

/* Cut `range` at the place `start`, which the page before ended with. */
static status cut_at(struct page_run *run, struct span start)
{
    if (run->page->backward) {
        if (span_compare(start, run->range.high) < 0) run->range.high = start;
        return ST_OK;
    }
    struct span after = {0};
    TRY_PLAIN(run->err, item_key_after(start, run->arena, &after));
    if (span_compare(after, run->range.low) > 0) run->range.low = after;
    return ST_OK;
}

/* The range of sort keys under `prefix` that pass the test of `asked`. */
static status sort_range(struct span prefix, const struct expr_key_range *asked,
                         struct arena *arena, struct store_range *out)
{
    struct span low = {0}, high = {0};
    if (asked->test == EXPR_SORT_ANY) return item_key_under(prefix, arena, out);
    TRY(item_key_join(prefix, asked->low.body, arena, &low));
    if (asked->test == EXPR_SORT_BEGINS_WITH) return item_key_under(low, arena, out);
    if (asked->test == EXPR_SORT_BETWEEN) {
        TRY(item_key_join(prefix, asked->high.body, arena, &high));
        TRY(item_key_after(high, arena, &high));
        *out = (struct store_range){low, high};
        return ST_OK;
    }
    TRY(item_key_under(prefix, arena, out));
    struct span after = {0};
    TRY(item_key_after(low, arena, &after));
    const bool upward = asked->test == EXPR_SORT_GT || asked->test == EXPR_SORT_GE;
    const bool with_operand = asked->test == EXPR_SORT_GE || asked->test == EXPR_SORT_LT;
    if (upward || asked->test == EXPR_SORT_EQ) out->low = with_operand ? low : after;
    if (asked->test == EXPR_SORT_EQ) out->low = low;
    if (!upward) out->high = with_operand ? low : after;
    return ST_OK;
}

/* ---- Query */

static struct expr_key_schema schema_of(const struct table_key *key)
{
    struct expr_key_schema schema = {.partition_count = key->partition_count,
                                     .sort_count = key->sort_count};
    for (uint8_t i = 0; i < key->partition_count; i++) schema.partition[i] = key->partition[i].name;
    for (uint8_t i = 0; i < key->sort_count; i++) schema.sort[i] = key->sort[i].name;
    return schema;
}

static status check_operands(const struct table_key *key, const struct expr_key_range *asked,
                             struct error *err)
{
    TRY(table_check_operand(&key->partition[0], asked->partition[0], err));
    if (asked->test == EXPR_SORT_ANY) return ST_OK;
    TRY(table_check_operand(&key->sort[0], asked->low, err));
    if (asked->test != EXPR_SORT_BETWEEN) return ST_OK;
    return table_check_operand(&key->sort[0], asked->high, err);
}

static status fail_key_in_filter(const struct expr *filter, struct span name, struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                "%s can only contain non-primary key attributes: Primary key attribute: %.*s",
                expr_is_legacy(filter) ? "QueryFilter" : "Filter Expression", SPAN_ARG(name));
}

static status check_query_filter(const struct table_key *key, const struct expr *filter,
                                 struct error *err)
{
    if (filter == NULL) return ST_OK;
    if (expr_mentions(filter, key->partition[0].name))
        return fail_key_in_filter(filter, key->partition[0].name, err);
    if (key->sort_count > 0 && expr_mentions(filter, key->sort[0].name))
        return fail_key_in_filter(filter, key->sort[0].name, err);
    return ST_OK;
}

/* A query's start key must be a place its conditions allow. `prefix` is the queried partition,
 * run->range what the test on the sort key leaves of it. */
static status check_query_start(struct page_run *run, const struct expr_key_range *asked,
                                struct span prefix, struct span start)
{
    const bool same_partition = span_starts_with(start, prefix);
    if (asked->test == EXPR_SORT_ANY && !same_partition)
        return FAIL(run->err, ST_VALIDATION,
                    "The provided starting key is outside query boundaries based on provided "
                    "conditions");
    if (asked->test == EXPR_SORT_ANY) return ST_OK;
    struct span here = {0}; /* the start key's sort key, in the queried partition */
    TRY_PLAIN(run->err, item_key_join(prefix, span_drop(start, prefix.len), run->arena, &here));
    if (!range_holds(run->range, here))
        return FAIL(run->err, ST_VALIDATION,
                    "The provided starting key does not match the range key predicate");
    if (same_partition) return ST_OK;
    return FAIL(run->err, ST_VALIDATION,
                "The query can return at most one row and cannot be restarted");
}

static status query_start(struct page_run *run, const struct expr_key_range *asked,
                          struct span prefix)
{
    struct span start = {0};
    const struct value map = run->page->start_key;
    if (map.type == VALUE_NONE) return ST_OK;
    TRY(table_check_key(run->table, map, TABLE_CHECK_QUERY, run->err));
    TRY_PLAIN(run->err, item_key_of(run->engine->hash, run->table, map, run->arena, &start));
    TRY(check_query_start(run, asked, prefix, start));
    return cut_at(run, start);
}

static status query(struct page_run *run)
{
    const struct table_key *key = &run->table->spec.key;
    const struct expr_key_schema schema = schema_of(key);
    struct expr_key_range asked = {0};
    struct span prefix = {0};
    TRY(expr_key_range(run->page->key_condition, &schema, &asked, run->err));
    TRY(check_operands(key, &asked, run->err));
    TRY_PLAIN(run->err, item_key_partition(run->engine->hash, run->table, asked.partition[0],
                                           run->arena, &prefix));
    TRY_PLAIN(run->err, sort_range(prefix, &asked, run->arena, &run->range));
    TRY(query_start(run, &asked, prefix));
    TRY(check_query_filter(key, run->page->filter, run->err));
    TRY(check_paths(run));
    return run_page(run);
}

/* ---- Scan */

static status scan_start(struct page_run *run)
{
    struct span start = {0};
    const struct engine_page *page = run->page;
    if (page->start_key.type == VALUE_NONE) return ST_OK;
    TRY(table_check_key(run->table, page->start_key, TABLE_CHECK_SCAN, run->err));
    TRY_PLAIN(run->err,
              item_key_of(run->engine->hash, run->table, page->start_key, run->arena, &start));
    if (!range_holds(run->range, start))
        return FAIL(run->err, ST_VALIDATION,
                    "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                    "ExclusiveStartKey with correct Segment. TotalSegments: %u Segment: %u",
                    page->total_segments, page->segment);
    return cut_at(run, start);
}

static status scan(struct page_run *run)
{
    const struct engine_page *page = run->page;
    const uint32_t total = page->total_segments == 0 ? 1 : page->total_segments;
    TRY_PLAIN(run->err,
              item_key_segment(run->table, page->segment, total, run->arena, &run->range));
    TRY(scan_start(run));
    TRY(check_paths(run));
    return run_page(run);
}

/* ---- both */

typedef status(page_fn)(struct page_run *run);

static status with_table(struct page_run *run, page_fn *fn)
{
    TRY(engine_own_table(run->engine, run->page->table_name, &run->table, run->err));
    const status st = fn(run);
    table_drop(run->table);
    return st;
}

status engine_query(struct engine *engine, struct engine_page *page, struct arena *arena,
                    struct error *err)
{
    assert(page->key_condition != NULL);
    struct page_run run = {.engine = engine, .page = page, .arena = arena, .err = err};
    return with_table(&run, query);
}

status engine_scan(struct engine *engine, struct engine_page *page, struct arena *arena,
                   struct error *err)
{
    assert(page->key_condition == NULL);
    struct page_run run = {.engine = engine, .page = page, .arena = arena, .err = err};
    return with_table(&run, scan);
}
