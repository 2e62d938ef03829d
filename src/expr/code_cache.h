/* code_cache.h -- compiled expressions by kind and text, the least recently used going first.
 *
 * K1  The bytes of all entries never exceed bytes_max.
 * K2  An entry that is pinned is not given up; when pinned ones leave no room, nothing is added.
 *
 * Threads: one.
 */
#ifndef STATOR_EXPR_CODE_CACHE_H
#define STATOR_EXPR_CODE_CACHE_H

#include "expr/code.h"

struct code_cache_entry {
    struct code_cache_entry *chain; /* in its bucket */
    struct code_cache_entry *newer;
    struct code_cache_entry *older;
    uint64_t hash;
    size_t size; /* this struct and the code after it */
    uint32_t pins;
    struct expr_code *code; /* right after this struct */
};

/* The entry for an expression, now the most recently used one, or NULL. */
MUST_USE struct code_cache_entry *code_cache_find(struct expr_cache *cache, expr_kind kind,
                                                  struct span text);

/* Room for a new entry with `code_bytes` of code, which the caller fills before the next call, or
 * NULL: K2, or no memory. There must be no entry for it yet. */
MUST_USE struct code_cache_entry *code_cache_add(struct expr_cache *cache, expr_kind kind,
                                                 struct span text, size_t code_bytes);

#endif
