/* page_token.h -- where a page ended, as a text that can be handed to anyone.
 *
 *     base64url of {"lastKey":{"PK":{"S":"USER#1"}},"index":"gsi-email","sort":"ASC"}
 *
 * with padding, members in this order, "index" left out for the table itself. It is the form that
 * other libraries for DynamoDB give their pages, so tokens may travel between programs. It is bound
 * to its index and direction, which are compared; that the key fits the table is the database's to
 * say.
 */
#ifndef STATOR_DB_PAGE_TOKEN_H
#define STATOR_DB_PAGE_TOKEN_H

#include "base/error.h"
#include "item/value.h"

struct page_token {
    struct value last_key; /* VALUE_M */
    struct span index;     /* empty: the table itself */
    bool descending;
};

/* Its text, ended with a NUL, in `arena`. NULL: no memory. */
MUST_USE const char *page_token_write(const struct page_token *token, struct arena *arena);

/* The key that `text` stands for, in a call of `index` and `descending`. ST_VALIDATION: it is no
 * token, or one of another index or direction; ST_NO_MEMORY. */
MUST_USE status page_token_read(struct span text, struct arena *arena, struct page_token *of,
                                struct error *err);

#endif
