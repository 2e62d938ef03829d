/* unused.c -- a hash table of as many slots, and with the same hash, as Java's HashMap has for a
 * set made from all keys given: the order of its slots is the order of the message. */
#include "expr/unused.h"

#include "base/buf.h"

enum { SLOTS_MIN = 16, HASH_FACTOR = 31 };

struct unused_key {
    struct unused_key *next; /* of the same slot */
    struct span key;
};

/* String.hashCode, then what HashMap does to it. Keys are ASCII here. */
static uint32_t hash_of(struct span key)
{
    uint32_t hash = 0;
    for (size_t i = 0; i < key.len; i++) hash = hash * HASH_FACTOR + key.ptr[i];
    return hash ^ (hash >> 16);
}

static size_t slot_count(size_t keys)
{
    size_t slots = SLOTS_MIN;
    while (slots < keys + keys / 3 + 1) slots *= 2; /* a load of three quarters */
    return slots;
}

status unused_add(struct unused *unused, struct span key, size_t given, struct error *err)
{
    if (unused->slots == NULL) {
        unused->slot_count = slot_count(given);
        unused->slots = arena_new_array(unused->arena, unused->slot_count, struct unused_key *);
        if (unused->slots == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    }
    struct unused_key *added = arena_new(unused->arena, struct unused_key);
    if (added == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    added->key = key;
    struct unused_key **link = &unused->slots[hash_of(key) & (unused->slot_count - 1)];
    added->next = *link;
    *link = added;
    return ST_OK;
}

status unused_check(const struct unused *unused, const char *parameter, struct error *err)
{
    if (unused->slots == NULL) return ST_OK;
    struct buf keys;
    buf_init(&keys, arena_mem(unused->arena), SIZE_MAX / 2);
    for (size_t i = 0; i < unused->slot_count; i++) {
        for (const struct unused_key *key = unused->slots[i]; key != NULL; key = key->next) {
            if (keys.len > 0) buf_put_text(&keys, ", ");
            buf_put(&keys, key->key);
        }
    }
    if (buf_status(&keys) != ST_OK) return FAIL_PLAIN(err, ST_NO_MEMORY);
    return FAIL(err, ST_VALIDATION, "Value provided in %s unused in expressions: keys: {%.*s}",
                parameter, SPAN_ARG(buf_view(&keys)));
}
