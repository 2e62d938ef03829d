/* page.c -- Query and Scan: one page of items in key order.
 *
 * Both are a walk over one range of store keys, which page_range.c makes. The walk evaluates items
 * until one of these:
 *
 *     the range ends                 no LastEvaluatedKey
 *     `limit` items were evaluated   LastEvaluatedKey is the last of them, even if none follow
 *     more than LIMIT_PAGE_BYTES     likewise; the item that crosses the line is on the page. What
 *     were walked                    is fetched for an entry of a local index counts as well, each
 *                                    item rounded up to 4 KB (developer guide, LSI, "Read capacity
 *                                    units")
 *
 * P1  Evaluated means read: an item the filter drops counts for the limit, the bytes and the cost.
 * P2  LastEvaluatedKey is a place, not an item: the walk goes on behind it even if it is gone.
 * P3  A page of a local index that asks for attributes the index lacks reads the item itself, in
 *     the same snapshot; a page of a global index may not ask for them.
 * P4  An expired item is walked over, not evaluated: it counts for nothing but the bytes that end
 *     a page, so that a page takes no longer than another however many have expired. Where an
 *     index lacks the attribute that tells, the item itself is looked at, one more lookup for
 *     each entry; so an index is always right, while time to live is being switched on as well,
 *     and needs no writing then.
 * P5  The filter of a statement (expr_is_built) may speak of keys, and sees of an entry what
 *     stands in the index: what the page fetches is for its projection alone.
 *
 * Kept items are copied, projected or whole, from the snapshot into the request's arena.
 */
#include <assert.h>
#include <string.h>

#include "engine/capacity.h"
#include "engine/engine_own.h"
#include "engine/expiry.h"
#include "engine/lag.h"
#include "engine/page_range.h"
#include "engine/throttle.h"
#include "table/item_key.h"

struct page_run {
    const struct engine_space *space;
    struct engine *engine;
    struct engine_page *page;
    struct item_key_home home; /* what is walked: the table or one of its indexes */
    struct arena *arena;
    struct error *err;
    struct store_range range;
    struct store_view *view;
    struct expiry_moment now;
    bool fetches;    /* P3 */
    bool looks;      /* P4: at the item of each entry */
    uint64_t walked; /* bytes so far, with those of the page before this */
    uint64_t bytes;  /* of those evaluated */
    uint32_t fetched_half_units;
    uint64_t fetched_bytes; /* each item's rounded up */
    uint32_t items_cap;     /* room in page->items */
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

enum { KEY_NAMES_MAX = 2 + 2 * LIMIT_INDEX_KEY_PARTS };

/* Add the names of `key` to a list that is ascending and holds each once. */
static uint32_t add_names(const struct table_key_part *parts, uint8_t count, struct span *names,
                          uint32_t held)
{
    for (uint8_t i = 0; i < count; i++) {
        uint32_t at = 0;
        while (at < held && span_compare(names[at], parts[i].name) < 0) at++;
        if (at < held && span_eq(names[at], parts[i].name)) continue;
        memmove(&names[at + 1], &names[at], (held - at) * sizeof names[0]);
        names[at] = parts[i].name;
        held++;
    }
    return held;
}

static uint32_t add_key(const struct table_key *key, struct span *names, uint32_t held)
{
    held = add_names(key->partition, key->partition_count, names, held);
    return add_names(key->sort, key->sort_count, names, held);
}

/* The key attributes of `map`, the table's and the index's, as a map of their own. */
static status copy_key(struct item_key_home home, struct value map, struct arena *arena,
                       struct value *out)
{
    struct span names[KEY_NAMES_MAX];
    uint32_t held = add_key(&home.table->spec.key, names, 0);
    if (home.index != NULL) held = add_key(&home.index->key, names, held);
    struct buf buf;
    buf_init(&buf, arena_mem(arena), LIMIT_ITEM_BYTES);
    const size_t begun = value_write_begin(&buf);
    for (uint32_t i = 0; i < held; i++) {
        struct value v = {0};
        if (value_find(map, names[i], &v)) value_write_attribute(&buf, names[i], v);
    }
    value_write_end(&buf, begun, held);
    TRY(buf_status(&buf));
    *out = (struct value){VALUE_M, buf_view(&buf)};
    return ST_OK;
}

/* The item that an entry of an index stands for, until store_view_forget. */
static status find_item(struct page_run *run, struct value entry, struct item *out)
{
    struct span key = {0}, stored = {0};
    bool found = false;
    TRY(item_key_of(run->engine->hash, run->home.table, entry, run->arena, &key));
    TRY(store_view_get(run->view, key, &stored, &found));
    return found ? item_view(stored, out) : ST_CORRUPT; /* X1 of index.h */
}

/* P5. */
static bool filters_freely(const struct engine_page *page)
{
    return page->filter != NULL && expr_is_built(page->filter);
}

/* Count what was walked to; `item` is the one that `entry` stands for, or itself. */
static status evaluate(struct page_run *run, const struct item *entry, const struct item *item)
{
    struct engine_page *page = run->page;
    const struct item *shown = run->fetches ? item : entry;
    page->scanned++;
    run->bytes += entry->size;
    if (run->fetches) {
        run->fetched_half_units += capacity_read_half_units(item->size, page->consistent);
        run->fetched_bytes += capacity_read_bytes(item->size);
    }
    const struct item *judged = filters_freely(page) ? entry : shown;
    const bool keeps = page->filter == NULL || expr_holds(page->filter, judged);
    return keeps ? keep_item(run, shown) : ST_OK;
}

static uint64_t walked_bytes(const struct page_run *run)
{
    return run->walked + run->fetched_bytes;
}

static bool page_is_full(const struct page_run *run)
{
    const struct engine_page *page = run->page;
    return walked_bytes(run) > LIMIT_PAGE_BYTES ||
           (page->limit > 0 && page->scanned == page->limit);
}

static status walk_one(struct page_run *run, struct span stored, bool *full)
{
    struct engine_page *page = run->page;
    struct item entry = {0};
    TRY(item_view(stored, &entry));
    struct item item = entry;
    run->walked += entry.size;
    if (run->fetches || run->looks) TRY(find_item(run, entry.attributes, &item));
    if (expiry_hides(run->now, run->home.table, item.attributes))
        page->work.expired++;
    else
        TRY(evaluate(run, &entry, &item));
    store_view_forget(run->view);
    *full = page_is_full(run);
    if (!*full) return ST_OK;
    page->has_last_key = true;
    return copy_key(run->home, entry.attributes, run->arena, &page->last_key);
}

static status walk(struct page_run *run, struct store_cursor *cursor)
{
    bool full = false;
    while (!full) {
        struct span key = {0}, stored = {0};
        bool found = false;
        TRY(store_cursor_next(cursor, &key, &stored, &found));
        if (!found) return ST_OK;
        TRY(walk_one(run, stored, &full));
    }
    return ST_OK;
}

static status walk_in_view(struct store_view *view, void *ctx)
{
    struct page_run *run = ctx;
    struct store_cursor *cursor = NULL;
    run->view = view;
    TRY(store_view_walk(view, run->range, run->page->backward, &cursor));
    const status st = walk(run, cursor);
    store_cursor_close(cursor);
    return st;
}

/* P4. */
static void look_at_clock(struct page_run *run)
{
    const struct table *table = run->home.table;
    run->now = expiry_moment_in(run->space);
    run->looks = run->now.hides && run->home.index != NULL && table->spec.ttl_attribute.len > 0 &&
                 !table_projects(table, run->home.index, table->spec.ttl_attribute);
}

/* Who pays: a global index for itself, the table for itself and its local indexes. */
static struct throttle_place payer_of(const struct page_run *run)
{
    const struct table_index *index = run->home.index;
    return (struct throttle_place){.table = run->home.table,
                                   .index = index != NULL && index->global ? index : NULL};
}

/* What the walk has counted anyway. */
static void tell_work(const struct page_run *run)
{
    struct engine_page *page = run->page;
    struct engine_page_work *work = &page->work;
    work->bytes = run->bytes;
    work->fetched = run->fetches ? page->scanned : 0;
    work->fetched_bytes = run->fetched_bytes;
    if (!page->has_last_key) return;
    const bool is_at_limit = page->limit > 0 && page->scanned == page->limit;
    work->end = is_at_limit ? ENGINE_PAGE_LIMIT : ENGINE_PAGE_BYTES;
}

static status run_page(struct page_run *run)
{
    struct engine_page *page = run->page;
    look_at_clock(run);
    run->walked = page->bytes;
    TRY(throttle_admit(run->engine, payer_of(run), &page->throttle, run->err));
    if (!page_range_is_empty(run->range))
        TRY_PLAIN(run->err, lag_read(run->space, run->home, run->arena, walk_in_view, run));
    const uint32_t walked = capacity_read_half_units(run->bytes, page->consistent);
    const bool of_index = run->home.index != NULL;
    page->half_units = of_index ? run->fetched_half_units : walked;
    page->index_half_units = of_index ? walked : 0;
    tell_work(run);
    page->bytes = walked_bytes(run);
    throttle_charge(run->engine, payer_of(run), page->half_units + page->index_half_units);
    return ST_OK;
}

static status check_paths(struct page_run *run)
{
    TRY(engine_own_check_paths(run->home.table, run->page->projection, run->err));
    return engine_own_check_paths(run->home.table, run->page->filter, run->err);
}

/* ---- a Query's filter */

static status fail_key_in_filter(const struct expr *filter, struct span name, struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                "%s can only contain non-primary key attributes: Primary key attribute: %.*s",
                expr_is_legacy(filter) ? "QueryFilter" : "Filter Expression", SPAN_ARG(name));
}

static status check_filter_parts(const struct table_key_part *parts, uint8_t count,
                                 const struct expr *filter, struct error *err)
{
    for (uint8_t i = 0; i < count; i++)
        if (expr_mentions(filter, parts[i].name))
            return fail_key_in_filter(filter, parts[i].name, err);
    return ST_OK;
}

static status check_query_filter(const struct page_run *run)
{
    const struct table_key *key = item_key_schema(run->home);
    const struct expr *filter = run->page->filter;
    if (filter == NULL || filters_freely(run->page)) return ST_OK;
    TRY(check_filter_parts(key->partition, key->partition_count, filter, run->err));
    return check_filter_parts(key->sort, key->sort_count, filter, run->err);
}

/* ---- what an index does not hold */

static status fail_unprojected(const struct table_index *index, struct span name, struct error *err)
{
    return FAIL(err, ST_VALIDATION,
                "One or more parameter values were invalid: Global secondary index %.*s does not "
                "project [%.*s]",
                SPAN_ARG(index->name), SPAN_ARG(name));
}

/* Does `expr` (or NULL) speak of an attribute that the index lacks? Then *lacking is its name. */
static bool lacks(struct item_key_home home, const struct expr *expr, struct span *lacking)
{
    uint32_t place = 0;
    if (expr == NULL) return false;
    while (expr_next_name(expr, &place, lacking))
        if (!table_projects(home.table, home.index, *lacking)) return true;
    return false;
}

/* P3: what a page asks for and its index does not hold. */
static status check_projection(struct page_run *run)
{
    const struct table_index *index = run->home.index;
    const struct engine_page *page = run->page;
    struct span name = {0};
    if (index == NULL) return ST_OK;
    const bool partial = index->projection != TABLE_PROJECT_ALL;
    if (!index->global) {
        const struct expr *filter = filters_freely(page) ? NULL : page->filter;
        run->fetches = partial && (page->whole_items || lacks(run->home, page->projection, &name) ||
                                   lacks(run->home, filter, &name));
        return ST_OK;
    }
    if (page->whole_items && partial)
        return FAIL(run->err, ST_VALIDATION,
                    "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not "
                    "supported for global secondary index %.*s because its projection type is not "
                    "ALL",
                    SPAN_ARG(index->name));
    if (lacks(run->home, page->projection, &name)) return fail_unprojected(index, name, run->err);
    return ST_OK;
}

/* ---- Query and Scan, put together */

static struct page_range_ask ask_of(const struct page_run *run)
{
    return (struct page_range_ask){.hash = run->engine->hash,
                                   .home = run->home,
                                   .page = run->page,
                                   .arena = run->arena,
                                   .err = run->err};
}

static status query(struct page_run *run)
{
    const struct page_range_ask ask = ask_of(run);
    TRY(page_range_query(&ask, &run->range));
    TRY(check_query_filter(run));
    TRY(check_projection(run));
    TRY(check_paths(run));
    return run_page(run);
}

static status scan(struct page_run *run)
{
    const struct page_range_ask ask = ask_of(run);
    TRY(page_range_segment(&ask, &run->range));
    TRY(check_projection(run));
    TRY(page_range_resume(&ask, &run->range));
    TRY(check_paths(run));
    return run_page(run);
}

static status find_index(struct page_run *run)
{
    struct engine_page *page = run->page;
    if (page->index_name.len == 0) return ST_OK;
    const struct table_index *index = table_find_index(run->home.table, page->index_name);
    run->home.index = index;
    if (index == NULL)
        return FAIL(run->err, ST_VALIDATION, "The table does not have the specified index: %.*s",
                    SPAN_ARG(page->index_name));
    page->index_is_global = index->global;
    if (index->global && page->consistent)
        return FAIL(run->err, ST_VALIDATION,
                    "Consistent reads are not supported on global secondary indexes");
    if (index->status != TABLE_ACTIVE)
        return FAIL(run->err, ST_VALIDATION,
                    "Cannot read from backfilling global secondary index: %.*s",
                    SPAN_ARG(index->name));
    return ST_OK;
}

typedef status(page_fn)(struct page_run *run);

static status with_table(struct page_run *run, page_fn *fn)
{
    const struct table *table = NULL;
    TRY(engine_own_table(run->space, run->page->table_name, &table, run->err));
    run->home.table = table;
    status st = find_index(run);
    if (st == ST_OK) st = fn(run);
    table_drop(table);
    return st;
}

status engine_query(const struct engine_space *space, struct engine_page *page, struct arena *arena,
                    struct error *err)
{
    assert(page->key_condition != NULL);
    struct page_run run = {
        .space = space, .engine = space->engine, .page = page, .arena = arena, .err = err};
    return with_table(&run, query);
}

status engine_scan(const struct engine_space *space, struct engine_page *page, struct arena *arena,
                   struct error *err)
{
    assert(page->key_condition == NULL);
    struct page_run run = {
        .space = space, .engine = space->engine, .page = page, .arena = arena, .err = err};
    return with_table(&run, scan);
}
