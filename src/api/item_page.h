/* item_page.h -- what Query and Scan have in common: Select, indexes, and the page of the reply. */
#ifndef STATOR_API_ITEM_PAGE_H
#define STATOR_API_ITEM_PAGE_H

#include "api/params.h"

/* Select */
typedef enum item_page_select {
    ITEM_PAGE_SELECT_UNSET,
    ITEM_PAGE_SELECT_SPECIFIC,
    ITEM_PAGE_SELECT_COUNT,
    ITEM_PAGE_SELECT_ALL,
    ITEM_PAGE_SELECT_PROJECTED,
} item_page_select;
extern const struct field_choices item_page_select_words;

/* What the rules of Select look at. */
struct item_page_choice {
    item_page_select select;
    bool projects;            /* ProjectionExpression was given */
    bool picks;               /* AttributesToGet was given */
    bool has_index;           /* IndexName was given */
    const char *named_prefix; /* what DynamoDB's Query says before the sentences */
};

/* May Select, ProjectionExpression, AttributesToGet and IndexName stand together? ST_VALIDATION. */
MUST_USE status item_page_check_select(struct call *call, const struct item_page_choice *choice);

/* Write the page: Count, Items, LastEvaluatedKey, ScannedCount, ConsumedCapacity. */
void item_page_reply(struct call *call, const struct engine_page *page, params_capacity asked);

#endif
