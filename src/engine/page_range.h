/* page_range.h -- which store keys a page of Query or Scan walks.
 *
 *     Query   page_range_query     a partition, narrowed by the tests on the sort key, and cut at
 *                                  ExclusiveStartKey
 *     Scan    page_range_segment   a segment of the table or index
 *             page_range_resume    the same, cut at ExclusiveStartKey
 *
 * A Scan takes two calls because DynamoDB looks at what the request asks of the index between
 * them: after the start key's shape, before its place.
 *
 * Ranges live in the arena given. All functions fail with ST_VALIDATION in DynamoDB's words, and
 * ST_NO_MEMORY.
 */
#ifndef STATOR_ENGINE_PAGE_RANGE_H
#define STATOR_ENGINE_PAGE_RANGE_H

#include "engine/engine.h"
#include "table/item_key.h"

struct page_range_ask {
    const struct hash *hash;
    struct item_key_home home;      /* what is walked: the table or one of its indexes */
    const struct engine_page *page; /* its request fields are read, its answer is left alone */
    struct arena *arena;
    struct error *err;
};

/* The range of a Query: page->key_condition is set. It may be empty (page_range_is_empty). */
MUST_USE status page_range_query(const struct page_range_ask *ask, struct store_range *out);

/* The range of a Scan's segment, the whole home when page->total_segments is 0. The start key is
 * checked to be one for the home and not yet looked for. */
MUST_USE status page_range_segment(const struct page_range_ask *ask, struct store_range *out);

/* Cut the range of page_range_segment at the start key, where there is one. */
MUST_USE status page_range_resume(const struct page_range_ask *ask, struct store_range *range);

/* Does no key lie in `range`? A store may not be asked to walk such a one. */
MUST_USE bool page_range_is_empty(struct store_range range);

#endif
