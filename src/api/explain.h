/* explain.h -- x-stator-explain: why a condition turned out as it did, what a page came from.
 *
 * A request may ask, with the header x-stator-explain, or within the process with the call's
 * `explain`. Beside its answer, which is the same to the byte, it is then told in one line of JSON:
 *
 *     PutItem, UpdateItem, DeleteItem   whether the condition held, and the tests that decided
 *     TransactWriteItems                the same of each action whose condition failed; where none
 *                                       failed, of each that has one
 *     Query, Scan                       the table or index, the tests of the key, how many items
 *                                       were read, filtered out and returned, and their cost
 *     ExecuteStatement                  the one or the other; of a SELECT each of its reads
 *     ExecuteTransaction                as TransactWriteItems
 *     everything else                   that there was nothing to explain
 *
 * The line is ASCII and at most LIMIT_EXPLANATION_BYTES long, so that it can be a header. What is
 * too long for that is cut, texts and values before tests and actions, and says so. It shows
 * attributes that the condition names, to the caller who may write the item by that condition, and
 * nobody else: no log has it. docs/explain.md is about the line.
 *
 * The answer comes first: where there is no memory, there is no explanation and the same answer.
 */
#ifndef STATOR_API_EXPLAIN_H
#define STATOR_API_EXPLAIN_H

#include "api/op.h"

/* Is `wish` one of the words that ask for an explanation? All of them ask for the same. */
MUST_USE bool explain_is_asked(struct span wish);

/* Put the line of a write, a transaction, a page into call->explanation; not asked for: nothing.
 * Before a write is judged, call->explains is to be its `explains`. */
void explain_write(struct call *call, const struct engine_write *write);
void explain_many(struct call *call, const struct engine_many *many);
void explain_page(struct call *call, const struct engine_page *page);

/* As explain_page, of a page that took several reads, one after the other. */
void explain_pages(struct call *call, const struct engine_page *pages, uint32_t count);

/* The call has ended: where nothing is explained so far, tell why. `wish` is not empty. */
void explain_end(struct call *call, struct span wish);

#endif
