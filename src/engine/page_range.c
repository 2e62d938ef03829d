/* page_range.c -- the keys a page walks, out of a key condition, a segment and a start key.
 *
 *     key condition    partition = …  ->  prefix        prefix: what all keys of a partition share
 *                      part = …       ->  prefix part   for each sort part that is fixed
 *                      test on a part ->  low, high     under that prefix
 *     segment          low, high                        an equal share of the places of partitions
 *     start key        forward: low is behind it        backward: high is at it
 *
 * A start key is a place, not an item (P2 of page.c), so it is turned into the store key it would
 * have and that must lie in what the rest of the request allows; each way it may not has its own
 * sentence of DynamoDB's.
 */
#include "engine/page_range.h"
#include "expr/expr.h"
#include "table/table_check.h"

bool page_range_is_empty(struct store_range range)
{
    return range.high.len > 0 && span_compare(range.low, range.high) >= 0;
}

static bool range_holds(struct store_range range, struct span key)
{
    return span_compare(key, range.low) >= 0 &&
           (range.high.len == 0 || span_compare(key, range.high) < 0);
}

/* ---- the start key */

/* Is ExclusiveStartKey one for the table, or so far as the index's key goes for the index? */
static status check_start(const struct page_range_ask *ask, table_check_source source)
{
    const struct value map = ask->page->start_key;
    const struct table *table = ask->home.table;
    if (map.type == VALUE_NONE) return ST_OK;
    if (ask->home.index == NULL) return table_check_key(table, map, source, ask->err);
    return table_check_start(table, ask->home.index, map, ask->err);
}

/* The place that ExclusiveStartKey names. */
static status find_start(const struct page_range_ask *ask, struct span *out)
{
    const struct value map = ask->page->start_key;
    const struct table *table = ask->home.table;
    if (ask->home.index == NULL) {
        TRY_PLAIN(ask->err, item_key_of(ask->hash, table, map, ask->arena, out));
        return ST_OK;
    }
    TRY(table_check_start_item(table, map, ask->err));
    TRY_PLAIN(ask->err, item_key_entry(ask->hash, ask->home, map, ask->arena, out));
    return out->len > 0 ? ST_OK
                        : FAIL(ask->err, ST_VALIDATION, "The provided starting key is invalid");
}

/* Cut `range` at the place `start`, which the page before ended with. */
static status cut_at(const struct page_range_ask *ask, struct span start, struct store_range *range)
{
    if (ask->page->backward) {
        if (span_compare(start, range->high) < 0) range->high = start;
        return ST_OK;
    }
    struct span after = {0};
    TRY_PLAIN(ask->err, item_key_after(start, ask->arena, &after));
    if (span_compare(after, range->low) > 0) range->low = after;
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
    for (uint8_t i = 0; i < key->partition_count; i++)
        TRY(table_check_operand(&key->partition[i], asked->partition[i], err));
    for (uint8_t i = 0; i < asked->sort_equal_count; i++)
        TRY(table_check_operand(&key->sort[i], asked->sort_equal[i], err));
    if (asked->test == EXPR_SORT_ANY) return ST_OK;
    const struct table_key_part *tested = &key->sort[asked->sort_equal_count];
    TRY(table_check_operand(tested, asked->low, err));
    if (asked->test != EXPR_SORT_BETWEEN) return ST_OK;
    return table_check_operand(tested, asked->high, err);
}

/* The range under `prefix` of the keys that pass the last test of `asked`. */
static status sort_range(const struct page_range_ask *ask, struct span prefix,
                         const struct expr_key_range *asked, struct store_range *out)
{
    struct arena *arena = ask->arena;
    if (asked->test == EXPR_SORT_BEGINS_WITH)
        return item_key_beginning(ask->home, prefix, asked->low, arena, out);
    TRY(item_key_under(prefix, arena, out));
    switch (asked->test) {
    case EXPR_SORT_ANY:
    case EXPR_SORT_BEGINS_WITH:
        return ST_OK;
    case EXPR_SORT_EQ:
        TRY(item_key_at(ask->home, prefix, asked->low, arena, &out->low));
        return item_key_past(ask->home, prefix, asked->low, arena, &out->high);
    case EXPR_SORT_LT:
        return item_key_at(ask->home, prefix, asked->low, arena, &out->high);
    case EXPR_SORT_LE:
        return item_key_past(ask->home, prefix, asked->low, arena, &out->high);
    case EXPR_SORT_GT:
        return item_key_past(ask->home, prefix, asked->low, arena, &out->low);
    case EXPR_SORT_GE:
        return item_key_at(ask->home, prefix, asked->low, arena, &out->low);
    case EXPR_SORT_BETWEEN:
        TRY(item_key_at(ask->home, prefix, asked->low, arena, &out->low));
        return item_key_past(ask->home, prefix, asked->high, arena, &out->high);
    }
    return ST_OK;
}

/* The whole range that a key condition asks for; *prefix is that of its partition. */
static status condition_range(const struct page_range_ask *ask, const struct expr_key_range *asked,
                              struct span *prefix, struct store_range *out)
{
    struct span under = {0};
    TRY(item_key_partition(ask->hash, ask->home, asked->partition, ask->arena, prefix));
    under = *prefix;
    for (uint8_t i = 0; i < asked->sort_equal_count; i++)
        TRY(item_key_equal(under, asked->sort_equal[i], ask->arena, &under));
    return sort_range(ask, under, asked, out);
}

/* What a query asks for, on its way to being cut. */
struct query {
    struct expr_key_range asked;
    struct span prefix;       /* of the queried partition */
    struct store_range range; /* what the test on the sort key leaves of it */
};

/* A query's start key must be a place its conditions allow. */
static status check_query_start(const struct page_range_ask *ask, const struct query *query,
                                struct span start)
{
    const bool same_partition = span_starts_with(start, query->prefix);
    const bool whole = query->asked.test == EXPR_SORT_ANY && query->asked.sort_equal_count == 0;
    if (whole && !same_partition)
        return FAIL(ask->err, ST_VALIDATION,
                    "The provided starting key is outside query boundaries based on provided "
                    "conditions");
    if (whole) return ST_OK;
    struct buf here; /* the start key's sort key, in the queried partition */
    buf_init(&here, arena_mem(ask->arena), start.len);
    buf_put(&here, query->prefix);
    buf_put(&here, span_drop(start, query->prefix.len));
    TRY_PLAIN(ask->err, buf_status(&here));
    if (!range_holds(query->range, buf_view(&here)))
        return FAIL(ask->err, ST_VALIDATION,
                    "The provided starting key does not match the range key predicate");
    if (same_partition) return ST_OK;
    return FAIL(ask->err, ST_VALIDATION,
                "The query can return at most one row and cannot be restarted");
}

static status cut_query(const struct page_range_ask *ask, struct query *query)
{
    struct span start = {0};
    if (ask->page->start_key.type == VALUE_NONE) return ST_OK;
    TRY(find_start(ask, &start));
    TRY(check_query_start(ask, query, start));
    return cut_at(ask, start, &query->range);
}

status page_range_query(const struct page_range_ask *ask, struct store_range *out)
{
    const struct table_key *key = item_key_schema(ask->home);
    const struct expr_key_schema schema = schema_of(key);
    struct query query = {0};
    TRY(check_start(ask, TABLE_CHECK_QUERY));
    TRY(expr_key_range(ask->page->key_condition, &schema, &query.asked, ask->err));
    TRY(check_operands(key, &query.asked, ask->err));
    TRY_PLAIN(ask->err, condition_range(ask, &query.asked, &query.prefix, &query.range));
    TRY(cut_query(ask, &query));
    *out = query.range;
    return ST_OK;
}

/* ---- Scan */

status page_range_segment(const struct page_range_ask *ask, struct store_range *out)
{
    const struct engine_page *page = ask->page;
    const uint32_t total = page->total_segments == 0 ? 1 : page->total_segments;
    struct store_range range = {0};
    TRY_PLAIN(ask->err, item_key_segment(ask->home, page->segment, total, ask->arena, &range));
    TRY(check_start(ask, TABLE_CHECK_SCAN));
    *out = range;
    return ST_OK;
}

status page_range_resume(const struct page_range_ask *ask, struct store_range *range)
{
    struct span start = {0};
    const struct engine_page *page = ask->page;
    if (page->start_key.type == VALUE_NONE) return ST_OK;
    TRY(find_start(ask, &start));
    if (!range_holds(*range, start))
        return FAIL(ask->err, ST_VALIDATION,
                    "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
                    "ExclusiveStartKey with correct Segment. TotalSegments: %u Segment: %u",
                    page->total_segments, page->segment);
    return cut_at(ask, start, range);
}
