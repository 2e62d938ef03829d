/* item.h -- a stored item: one flat byte string, read in place.
 *
 *     offset  bytes
 *     0       1      form, ITEM_FORM
 *     1       8      version: the commit sequence that wrote it
 *     9       4      DynamoDB's size of the item (names and values), so that capacity costs nothing
 *     13      …      the attributes: a map body (value.h)
 *
 * Memory: a struct item borrows the bytes it was viewed over.
 */
#ifndef STATOR_ITEM_ITEM_H
#define STATOR_ITEM_ITEM_H

#include "item/value.h"

enum { ITEM_FORM = 1, ITEM_HEADER_BYTES = 13 };

struct item {
    uint64_t version;
    uint32_t size;           /* DynamoDB's bytes: the sum of names and values */
    struct value attributes; /* VALUE_M */
};

/* Look at stored bytes. ST_CORRUPT: not an item of this form. */
MUST_USE status item_view(struct span bytes, struct item *out);

/* Append the stored form of `attributes` (a map) with `version`; the size is computed. */
void item_write(struct buf *buf, uint64_t version, struct value attributes);

/* DynamoDB's size of an item with these attributes: names and values. */
MUST_USE uint32_t item_size(struct value attributes);

/* Walks every level: canonical order, lengths, numbers, UTF-8, size. For the checker, the fuzzers
 * and tests; reads do not pay for it. */
MUST_USE bool item_is_valid(struct span bytes);

#endif
