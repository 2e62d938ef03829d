/* code_cache.c -- a hash table and a list by use.
 *
 *     buckets[hash] -> entry -> entry          newest <-> … <-> oldest
 */
#include "expr/code_cache.h"

#include <assert.h>
#include <stdalign.h>

#include "base/bytes.h"

enum { BUCKETS = 512, WORD_BYTES = 8 };
static_assert((BUCKETS & (BUCKETS - 1)) == 0, "a mask takes the bucket");
static_assert(sizeof(struct code_cache_entry) % alignof(struct expr_code) == 0, "code fits after");

struct expr_cache {
    const struct mem *mem;
    size_t bytes_max;
    size_t bytes;
    struct code_cache_entry *newest;
    struct code_cache_entry *oldest;
    struct code_cache_entry *buckets[BUCKETS];
};

status expr_cache_new(const struct mem *mem, size_t bytes_max, struct expr_cache **out)
{
    struct expr_cache *cache = mem_new(mem, sizeof *cache);
    if (cache == NULL) return ST_NO_MEMORY;
    cache->mem = mem;
    cache->bytes_max = bytes_max;
    *out = cache;
    return ST_OK;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 29);
}

static uint64_t hash_of(expr_kind kind, struct span text)
{
    uint64_t hash = mix((uint64_t)kind, text.len);
    size_t at = 0;
    for (; text.len - at >= WORD_BYTES; at += WORD_BYTES)
        hash = mix(hash, bytes_load_u64(text.ptr + at));
    uint64_t tail = 0;
    for (size_t i = at; i < text.len; i++) tail = tail << 8 | text.ptr[i];
    return mix(hash, tail);
}

static struct code_cache_entry **bucket(struct expr_cache *cache, uint64_t hash)
{
    return &cache->buckets[hash & (BUCKETS - 1)];
}

/* ---- The list by use ---- */

static void unlist(struct expr_cache *cache, struct code_cache_entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &cache->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &cache->oldest) = entry->newer;
}

static void list_newest(struct expr_cache *cache, struct code_cache_entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = entry;
    cache->newest = entry;
}

/* ---- Entries ---- */

static void evict(struct expr_cache *cache, struct code_cache_entry *entry)
{
    struct code_cache_entry **link = bucket(cache, entry->hash);
    while (*link != entry) link = &(*link)->chain;
    *link = entry->chain;
    unlist(cache, entry);
    assert(cache->bytes >= entry->size);
    cache->bytes -= entry->size;
    mem_free(cache->mem, entry, entry->size);
}

void expr_cache_free(struct expr_cache *cache)
{
    while (cache->oldest != NULL) evict(cache, cache->oldest);
    assert(cache->bytes == 0);
    mem_free(cache->mem, cache, sizeof *cache);
}

struct code_cache_entry *code_cache_find(struct expr_cache *cache, expr_kind kind, struct span text)
{
    const uint64_t hash = hash_of(kind, text);
    struct code_cache_entry *entry = *bucket(cache, hash);
    while (entry != NULL &&
           !(entry->hash == hash && entry->code->kind == kind && span_eq(entry->code->text, text)))
        entry = entry->chain;
    if (entry == NULL || entry == cache->newest) return entry;
    unlist(cache, entry);
    list_newest(cache, entry);
    return entry;
}

/* Give up old entries until `size` bytes fit. False: K2. */
static bool make_room(struct expr_cache *cache, size_t size)
{
    if (size > cache->bytes_max) return false;
    struct code_cache_entry *entry = cache->oldest;
    while (entry != NULL && cache->bytes > cache->bytes_max - size) {
        struct code_cache_entry *newer = entry->newer;
        if (entry->pins == 0) evict(cache, entry);
        entry = newer;
    }
    return cache->bytes <= cache->bytes_max - size;
}

struct code_cache_entry *code_cache_add(struct expr_cache *cache, expr_kind kind, struct span text,
                                        size_t code_bytes)
{
    const size_t size = sizeof(struct code_cache_entry) + code_bytes;
    if (!make_room(cache, size)) return NULL;
    struct code_cache_entry *entry = mem_new(cache->mem, size);
    if (entry == NULL) return NULL;
    entry->hash = hash_of(kind, text);
    entry->size = size;
    entry->code = (struct expr_code *)(entry + 1);
    entry->chain = *bucket(cache, entry->hash);
    *bucket(cache, entry->hash) = entry;
    list_newest(cache, entry);
    cache->bytes += size;
    return entry;
}
