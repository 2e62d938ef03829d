/* cache.c -- items kept in front of a table.
 *
 * An entry is a key's text, and either a document or a read that is under way. It is in a table of
 * chains, to be found, and in a list by use, so that the least used one goes first. Who misses puts
 * an entry that is being read, reads without the lock, and wakes the others; who finds one that is
 * being read waits for it. So of any number of threads one reads.
 *
 * C1  An entry is in the chains and the list until it is dropped. Holders count: it is freed
 *     when it is dropped and nobody holds it, so who waits sees its end.
 * C2  What is invalidated is dropped, also while it is read: who waits gets what is read, who
 *     asks afterwards reads anew.
 * C3  A read that finds nothing or fails drops its entry: misses are not kept.
 */
#include "base/mem.h"
#include "os/cond.h"
#include "patterns/common.h"

enum { ITEMS_USUAL = 1000, SLOTS_MAX = 1 << 16, HASH_BASIS = 5381, HASH_FACTOR = 33 };

static const int64_t ttl_usual = 5 * STATOR_MINUTE;

struct entry {
    struct entry *next;          /* in its chain */
    struct entry *newer, *older; /* by use */
    char *text;                  /* of the key; the library's */
    size_t slot;
    stator_doc *doc; /* NULL: being read, or it came to nothing */
    stator_rc rc;    /* what the read came to */
    int64_t until;   /* us since 1970 */
    unsigned holders;
    bool is_ready, is_dropped;
};

struct stator_cache {
    /* constant after stator_cache_new */
    stator *db;
    char *table;
    int64_t ttl_us;
    size_t max, slot_count;
    bool consistent;
    struct cond ready; /* some entry is */

    struct mutex lock;
    /* below: held under lock */
    struct entry **slots GUARDED_BY(lock);
    struct entry *newest GUARDED_BY(lock), *oldest GUARDED_BY(lock);
    size_t count GUARDED_BY(lock);
};

/* ---- entries: chains and list, under the lock */

static size_t slot_of(const stator_cache *cache, const char *text)
{
    size_t hash = HASH_BASIS;
    for (; *text != '\0'; text++) hash = hash * HASH_FACTOR ^ (unsigned char)*text;
    return hash % cache->slot_count;
}

static void free_entry(struct entry *entry)
{
    stator_doc_free(entry->doc);
    stator_free(entry->text);
    mem_free(mem_heap(), entry, sizeof *entry);
}

static void link_newest(stator_cache *cache, struct entry *entry)
{
    entry->older = cache->newest;
    entry->newer = NULL;
    if (cache->newest != NULL) cache->newest->newer = entry;
    cache->newest = entry;
    if (cache->oldest == NULL) cache->oldest = entry;
}

static void unlink_use(stator_cache *cache, struct entry *entry)
{
    struct entry **from_newer = entry->newer != NULL ? &entry->newer->older : &cache->newest;
    struct entry **from_older = entry->older != NULL ? &entry->older->newer : &cache->oldest;
    *from_newer = entry->older;
    *from_older = entry->newer;
}

static void drop(stator_cache *cache, struct entry *entry)
{
    if (entry->is_dropped) return;
    struct entry **at = &cache->slots[entry->slot];
    while (*at != entry) at = &(*at)->next;
    *at = entry->next;
    unlink_use(cache, entry);
    cache->count--;
    entry->is_dropped = true;
    if (entry->holders == 0) free_entry(entry); /* C1 */
}

static void release(struct entry *entry)
{
    entry->holders--;
    if (entry->holders == 0 && entry->is_dropped) free_entry(entry); /* C1 */
}

/* The entry of `text` that is not over at `now`, or NULL. */
static struct entry *find(stator_cache *cache, const char *text, int64_t now)
{
    struct entry *entry = cache->slots[slot_of(cache, text)];
    while (entry != NULL && strcmp(entry->text, text) != 0) entry = entry->next;
    if (entry == NULL || !entry->is_ready || entry->until > now) return entry;
    drop(cache, entry);
    return NULL;
}

/* The least used entry that is not being read goes. */
static void make_room(stator_cache *cache)
{
    struct entry *entry = cache->oldest;
    while (cache->count >= cache->max && entry != NULL) {
        struct entry *newer = entry->newer;
        if (entry->is_ready) drop(cache, entry);
        entry = newer;
    }
}

/* An entry that is being read, held by the caller; `text` becomes its own. NULL: no memory. */
static struct entry *add(stator_cache *cache, char *text)
{
    struct entry *entry = mem_new(mem_heap(), sizeof *entry);
    if (entry == NULL) return NULL;
    make_room(cache);
    entry->text = text;
    entry->slot = slot_of(cache, text);
    entry->holders = 1;
    entry->next = cache->slots[entry->slot];
    cache->slots[entry->slot] = entry;
    link_newest(cache, entry);
    cache->count++;
    return entry;
}

/* ---- keys and items */

/* A key's text: its attributes in order, with their types. NULL: it is no key, or no memory. */
static char *text_of(stator_val key)
{
    char *text = NULL;
    stator_doc *doc = stator_doc_new();
    if (doc == NULL) return NULL;
    if (stator_doc_set(doc, "key", key) == STATOR_OK)
        text = stator_json(stator_at(stator_doc_node(doc), "key"), STATOR_JSON_DYNAMODB);
    stator_doc_free(doc);
    return text;
}

static stator_rc read_item(const stator_cache *cache, stator_val key, stator_doc **out)
{
    stator_result *result = NULL;
    const stator_read_opts opts = {
        .size = sizeof opts,
        .key = key,
        .consistent = cache->consistent,
    };
    const stator_rc rc = stator_get_item(cache->db, cache->table, &result, &opts);
    if (rc == STATOR_OK) return common_take(result, out);
    stator_result_free(result);
    return rc;
}

/* The caller's copy of what the entry came to. Documents belong to one thread at a time, so it is
 * made under the lock. */
static stator_rc copy_of(const struct entry *entry, stator_doc **out)
{
    if (entry->rc != STATOR_OK) return entry->rc;
    *out = stator_doc_copy(stator_doc_node(entry->doc));
    return *out != NULL ? STATOR_OK : STATOR_E_NOMEM;
}

/* ---- getting */

/* Wait for an entry that another thread reads. */
static stator_rc wait_for(stator_cache *cache, struct entry *entry, stator_doc **out)
    REQUIRES(cache->lock)
{
    entry->holders++;
    while (!entry->is_ready) cond_wait(&cache->ready, &cache->lock);
    stator_rc rc = copy_of(entry, out);
    release(entry);
    if (rc >= 0) return rc;
    return stator_fail(rc, "another thread read the item for this one, and failed");
}

static void finish(stator_cache *cache, struct entry *entry, stator_rc rc) REQUIRES(cache->lock)
{
    entry->rc = rc;
    entry->is_ready = true;
    if (rc != STATOR_OK) drop(cache, entry); /* C3 */
    cond_wake_all(&cache->ready);
}

/* Read for an entry that is new, and let the others have it. The reader keeps what it read, and its
 * error; the entry gets a copy. */
static stator_rc read_for(stator_cache *cache, struct entry *entry, stator_val key,
                          stator_doc **out)
{
    stator_doc *kept = NULL;
    const stator_rc rc = read_item(cache, key, out);
    stator_rc kept_rc = rc;
    if (rc == STATOR_OK) {
        kept = stator_doc_copy(stator_doc_node(*out));
        if (kept == NULL) kept_rc = STATOR_E_NOMEM;
    }
    const int64_t until = stator_now(cache->db) + cache->ttl_us;
    mutex_lock(&cache->lock);
    entry->doc = kept;
    entry->until = until;
    finish(cache, entry, kept_rc);
    release(entry);
    mutex_unlock(&cache->lock);
    return rc;
}

static stator_rc get(stator_cache *cache, stator_val key, char *text, stator_doc **out)
{
    const int64_t now = stator_now(cache->db);
    mutex_lock(&cache->lock);
    struct entry *entry = find(cache, text, now);
    if (entry != NULL) {
        unlink_use(cache, entry);
        link_newest(cache, entry);
        const stator_rc rc = entry->is_ready ? copy_of(entry, out) : wait_for(cache, entry, out);
        mutex_unlock(&cache->lock);
        stator_free(text);
        return rc;
    }
    entry = add(cache, text);
    mutex_unlock(&cache->lock);
    if (entry != NULL) return read_for(cache, entry, key, out);
    stator_free(text);
    return stator_fail(STATOR_E_NOMEM, "out of memory");
}

stator_rc stator_cache_get(stator_cache *cache, stator_val key, stator_doc **out)
{
    if (out == NULL) return common_misuse("stator_cache_get");
    *out = NULL;
    if (cache == NULL) return common_misuse("stator_cache_get");
    char *text = text_of(key);
    if (text == NULL) return stator_error_get()->rc < 0 ? stator_error_get()->rc : STATOR_E_NOMEM;
    return get(cache, key, text, out);
}

/* ---- forgetting */

void stator_cache_invalidate(stator_cache *cache, stator_val key)
{
    char *text = cache != NULL ? text_of(key) : NULL;
    if (cache == NULL) return;
    if (text == NULL) { /* what it is cannot be told: nothing may stay */
        stator_cache_clear(cache);
        return;
    }
    mutex_lock(&cache->lock);
    struct entry *entry = find(cache, text, INT64_MIN);
    if (entry != NULL) drop(cache, entry); /* C2 */
    mutex_unlock(&cache->lock);
    stator_free(text);
}

void stator_cache_clear(stator_cache *cache)
{
    if (cache == NULL) return;
    mutex_lock(&cache->lock);
    while (cache->oldest != NULL) drop(cache, cache->oldest);
    mutex_unlock(&cache->lock);
}

stator_rc stator_cache_write(stator_cache *cache, stator_val key, stator_rc (*write)(void *ud),
                             void *ud)
{
    if (cache == NULL || write == NULL) return common_misuse("stator_cache_write");
    stator_cache_invalidate(cache, key);
    const stator_rc rc = write(ud);
    stator_cache_invalidate(cache, key);
    return rc;
}

/* ---- making and ending */

static char *copy_text(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = mem_new(mem_heap(), size);
    if (copy != NULL) memcpy(copy, text, size);
    return copy;
}

/* Whatever of it has been made. */
static void free_parts(stator_cache *cache)
{
    if (cache->table != NULL) mem_free(mem_heap(), cache->table, strlen(cache->table) + 1);
    mem_free(mem_heap(), cache->slots, cache->slot_count * sizeof(struct entry *));
    mem_free(mem_heap(), cache, sizeof *cache);
}

stator_rc stator_cache_new(stator *db, const stator_cache_opts *opts, stator_cache **out)
{
    if (out == NULL) return common_misuse("stator_cache_new");
    *out = NULL;
    if (db == NULL || opts == NULL || opts->table == NULL || opts->ttl_us < 0)
        return common_misuse("stator_cache_new");
    stator_cache *cache = mem_new(mem_heap(), sizeof *cache);
    if (cache == NULL) return stator_fail(STATOR_E_NOMEM, "out of memory");
    cache->db = db;
    cache->consistent = opts->consistent;
    cache->ttl_us = common_or(opts->ttl_us, ttl_usual);
    cache->max = opts->max_items != 0 ? opts->max_items : ITEMS_USUAL;
    cache->slot_count = cache->max < SLOTS_MAX ? cache->max : SLOTS_MAX;
    cache->slots = mem_new_array(mem_heap(), cache->slot_count, sizeof(struct entry *));
    cache->table = copy_text(opts->table);
    if (cache->slots == NULL || cache->table == NULL) {
        free_parts(cache);
        return stator_fail(STATOR_E_NOMEM, "out of memory");
    }
    mutex_init(&cache->lock);
    cond_init(&cache->ready);
    *out = cache;
    return STATOR_OK;
}

void stator_cache_free(stator_cache *cache)
{
    if (cache == NULL) return;
    stator_cache_clear(cache);
    cond_deinit(&cache->ready);
    mutex_deinit(&cache->lock);
    free_parts(cache);
}
