/* conflict.h -- which items are in transactions that are under way.
 *
 * A transaction claims the store keys of its items when it is queued, and gives them up when it is
 * durable or refused, just before its answer. While a key is claimed
 *
 *     another transaction of it, writing or reading    is canceled: TransactionConflict
 *     a PutItem, UpdateItem or DeleteItem of it        is refused: TransactionConflictException
 *     any other read, a batch, a page                  goes on: the store keeps them apart
 *
 * That is DynamoDB's contract. Correctness does not need it: the store runs write functions one by
 * one, so two transactions that overlap could as well run one after the other. Programs are written
 * against a service that refuses, and must be tested against one that does.
 *
 * C1  Claims are all or none: a transaction that meets one claimed key claims nothing.
 * C2  The same request sent twice under one token does not conflict with itself: the second claims
 *     nothing, waits its turn in the store, and finds the token there.
 *
 * Memory: claims are the caller's, chained by the set; they live until conflict_release.
 * Threads: all functions may be called by any thread.
 */
#ifndef STATOR_ENGINE_CONFLICT_H
#define STATOR_ENGINE_CONFLICT_H

#include <stdbool.h>

#include "base/mem.h"
#include "base/span.h"
#include "base/status.h"

struct conflict_set;

struct conflict_claim {
    struct span key;   /* store key of the item */
    struct span token; /* of the transaction; may be empty */
    bool conflicts;    /* answer of conflict_claim: somebody else has it */

    struct conflict_claim *next; /* the set's */
};

typedef enum conflict_outcome {
    CONFLICT_NONE,   /* all are claimed now */
    CONFLICT_OTHERS, /* none is; `conflicts` tells which ones another transaction has */
    CONFLICT_ITSELF, /* none is: they are claimed under the same token (C2) */
} conflict_outcome;

MUST_USE status conflict_set_new(const struct mem *mem, struct conflict_set **out);
void conflict_set_free(struct conflict_set *set);

/* Claim claims[0 .. count - 1], whose keys differ. */
MUST_USE conflict_outcome conflict_claim(struct conflict_set *set, struct conflict_claim *claims,
                                         uint32_t count);

/* Give up what conflict_claim claimed. */
void conflict_release(struct conflict_set *set, struct conflict_claim *claims, uint32_t count);

MUST_USE bool conflict_is_claimed(struct conflict_set *set, struct span key);

#endif
