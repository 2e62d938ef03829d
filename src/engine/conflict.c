/* conflict.c -- a hash table of claims under one lock.
 *
 * Claims live in their requests' arenas and are chained through themselves, so claiming takes no
 * memory. Single writes ask for every key they write: while no transaction is under way, a counter
 * answers them without the lock.
 */
#include "engine/conflict.h"

#include <assert.h>
#include <stdatomic.h>

#include "os/mutex.h"

enum { CHAINS = 1024 };

struct conflict_set {
    const struct mem *mem; /* constant after conflict_set_new */

    /* Claims in the chains. Written under the lock, read without it: a reader that sees 0 is as if
     * it had asked before the claim, and the store orders the two writes. */
    _Atomic uint32_t count;

    struct mutex lock;
    /* below: held under lock */
    struct conflict_claim *chains[CHAINS] GUARDED_BY(lock);
};

status conflict_set_new(const struct mem *mem, struct conflict_set **out)
{
    struct conflict_set *set = mem_new(mem, sizeof *set);
    if (set == NULL) return ST_NO_MEMORY;
    set->mem = mem;
    mutex_init(&set->lock);
    *out = set;
    return ST_OK;
}

void conflict_set_free(struct conflict_set *set)
{
    if (set == NULL) return;
    assert(atomic_load(&set->count) == 0);
    mutex_deinit(&set->lock);
    mem_free(set->mem, set, sizeof *set);
}

/* The chain of `key` (FNV-1a: keys hold a hash under a secret already). */
static uint32_t chain_of(struct span key)
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < key.len; i++) hash = (hash ^ key.ptr[i]) * 16777619U;
    return hash % CHAINS;
}

static const struct conflict_claim *find(const struct conflict_set *set, struct span key)
    REQUIRES(set->lock)
{
    const struct conflict_claim *claim = set->chains[chain_of(key)];
    while (claim != NULL && !span_eq(claim->key, key)) claim = claim->next;
    return claim;
}

static conflict_outcome look(const struct conflict_set *set, struct conflict_claim *claims,
                             uint32_t count) REQUIRES(set->lock)
{
    conflict_outcome outcome = CONFLICT_NONE;
    for (uint32_t i = 0; i < count; i++) {
        const struct conflict_claim *held = find(set, claims[i].key);
        if (held == NULL) continue;
        const bool itself = held->token.len > 0 && span_eq(held->token, claims[i].token);
        claims[i].conflicts = !itself;
        if (outcome != CONFLICT_OTHERS) outcome = itself ? CONFLICT_ITSELF : CONFLICT_OTHERS;
    }
    return outcome;
}

static void chain_all(struct conflict_set *set, struct conflict_claim *claims, uint32_t count)
    REQUIRES(set->lock)
{
    for (uint32_t i = 0; i < count; i++) {
        struct conflict_claim **chain = &set->chains[chain_of(claims[i].key)];
        claims[i].next = *chain;
        *chain = &claims[i];
    }
    atomic_fetch_add(&set->count, count);
}

conflict_outcome conflict_claim(struct conflict_set *set, struct conflict_claim *claims,
                                uint32_t count)
{
    mutex_lock(&set->lock);
    const conflict_outcome outcome = look(set, claims, count);
    if (outcome == CONFLICT_NONE) chain_all(set, claims, count);
    mutex_unlock(&set->lock);
    return outcome;
}

static void unchain(struct conflict_set *set, const struct conflict_claim *claim)
    REQUIRES(set->lock)
{
    struct conflict_claim **at = &set->chains[chain_of(claim->key)];
    while (*at != claim) {
        assert(*at != NULL);
        at = &(*at)->next;
    }
    *at = claim->next;
}

void conflict_release(struct conflict_set *set, struct conflict_claim *claims, uint32_t count)
{
    mutex_lock(&set->lock);
    for (uint32_t i = 0; i < count; i++) unchain(set, &claims[i]);
    atomic_fetch_sub(&set->count, count);
    mutex_unlock(&set->lock);
}

bool conflict_is_claimed(struct conflict_set *set, struct span key)
{
    if (atomic_load(&set->count) == 0) return false;
    mutex_lock(&set->lock);
    const bool claimed = find(set, key) != NULL;
    mutex_unlock(&set->lock);
    return claimed;
}
