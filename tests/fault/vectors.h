/* vectors.h -- what a scenario does with vector indexes, for which DynamoDB's JSON has no
 * operation. Such an index is over the attribute v, of two components, by Euclid's distance.
 */
#ifndef STATOR_TESTS_FAULT_VECTORS_H
#define STATOR_TESTS_FAULT_VECTORS_H

#include "fault/house.h"

/* Make an index of the table, or end it. */
MUST_USE status vectors_create(struct house *house, const char *table, const char *name);
MUST_USE status vectors_drop(struct house *house, const char *table, const char *name);

/* Wait until the index is ACTIVE. ST_NOT_FOUND: there is none; ST_TIMEOUT: it was still being
 * filled after `most_ms`. */
status vectors_wait(struct house *house, const char *table, const char *name, unsigned most_ms);

/* The operation of that name: which item does an index find nearest to (x, 0)? `body` is the table,
 * the index and x, "notes near 10"; house->reply is the item's pk and its distance, "p1 3". */
#define VECTORS_NEAREST "nearest vector"
MUST_USE status vectors_nearest(struct house *house, const char *body);

#endif
