/* wire_sort.c -- sort small entries, then move the bytes once.
 *
 * An entry is a key (a name, or a set's element), where it stands, and the key's first eight bytes
 * as a number, which decides nearly every comparison. Both sorts below keep equal keys in the
 * order they were given, so that of equal names the last can win. Clients often send sorted
 * data; then only the walk that makes the entries is paid.
 *
 *     scratch:  [ entries ][ entries, the other half of the merge ][ the body in its new order ]
 */
#include "item/wire_sort.h"

#include <string.h>

#include "base/bytes.h"

enum { FEW = 16 }; /* so few entries are sorted faster by insertion */

struct entry {
    uint64_t prefix;
    struct span key;
    struct span whole; /* header, key, body: what is moved */
};

struct sorting {
    struct entry *entries, *other;
    uint8_t *moved;
    uint32_t count;
    bool ascending; /* strictly: nothing is to be done */
};

static uint64_t prefix_of(struct span key)
{
    if (key.len >= 8) return bytes_load_u64_be(key.ptr);
    uint64_t prefix = 0;
    for (size_t i = 0; i < key.len; i++) prefix |= (uint64_t)key.ptr[i] << (56 - 8 * i);
    return prefix;
}

static int order(const struct entry *a, const struct entry *b)
{
    if (a->prefix != b->prefix) return a->prefix < b->prefix ? -1 : 1;
    return span_compare(a->key, b->key);
}

static bool prepare(struct sorting *s, struct value container, struct buf *scratch)
{
    const size_t count = value_count(container);
    buf_clear(scratch);
    uint8_t *room = buf_reserve(scratch, 2 * count * sizeof(struct entry) + container.body.len);
    if (room == NULL) return false;
    *s = (struct sorting){.entries = (void *)room, .ascending = true};
    s->other = s->entries + count;
    s->moved = (uint8_t *)(s->other + count);
    return true;
}

static void add(struct sorting *s, struct span key, struct span whole)
{
    struct entry *const entry = &s->entries[s->count++];
    *entry = (struct entry){prefix_of(key), key, whole};
    if (s->count > 1 && order(entry - 1, entry) >= 0) s->ascending = false;
}

/* Merge from[0 … middle) and from[middle … count) into `to`. */
static void merge(const struct entry *from, size_t middle, size_t count, struct entry *to)
{
    size_t left = 0;
    size_t right = middle;
    for (size_t i = 0; i < count; i++) {
        const bool take_left =
            right == count || (left < middle && order(&from[left], &from[right]) <= 0);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

static void merge_sort(struct sorting *s)
{
    for (size_t width = 1; width < s->count; width *= 2) {
        for (size_t at = 0; at < s->count; at += 2 * width) {
            const size_t left = s->count - at;
            const size_t count = left < 2 * width ? left : 2 * width;
            const size_t middle = count < width ? count : width;
            merge(s->entries + at, middle, count, s->other + at);
        }
        struct entry *const sorted = s->other;
        s->other = s->entries;
        s->entries = sorted;
    }
}

static void insertion_sort(struct sorting *s)
{
    for (uint32_t i = 1; i < s->count; i++) {
        const struct entry entry = s->entries[i];
        uint32_t at = i;
        for (; at > 0 && order(&s->entries[at - 1], &entry) > 0; at--)
            s->entries[at] = s->entries[at - 1];
        s->entries[at] = entry;
    }
}

static void sort(struct sorting *s)
{
    if (s->count <= FEW) {
        insertion_sort(s);
    } else {
        merge_sort(s);
    }
}

/* Does the i-th entry have the same key as the one behind it? */
static bool is_repeated(const struct sorting *s, uint32_t i)
{
    return i + 1 < s->count && order(&s->entries[i], &s->entries[i + 1]) == 0;
}

/* Write the entries in their new order over the container at `begun`. */
static void move(const struct sorting *s, struct buf *buf, size_t begun)
{
    uint8_t *at = s->moved;
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        if (is_repeated(s, i)) continue;
        const struct span whole = s->entries[i].whole;
        memcpy(at, whole.ptr, whole.len);
        at += whole.len;
        count++;
    }
    buf_truncate(buf, begun + sizeof(uint32_t)); /* the count stays */
    buf_put(buf, (struct span){s->moved, (size_t)(at - s->moved)});
    value_write_end(buf, begun, count);
}

static struct value container_at(const struct buf *buf, size_t begun, value_type type)
{
    return (struct value){type, span_drop(buf_view(buf), begun)};
}

static struct span stretch(const uint8_t *from, struct span last)
{
    return (struct span){from, (size_t)(last.ptr + last.len - from)};
}

void wire_sort_map(struct buf *buf, size_t begun, struct buf *scratch)
{
    if (buf_status(buf) != ST_OK) return;
    const struct value map = container_at(buf, begun, VALUE_M);
    struct sorting s;
    if (!prepare(&s, map, scratch)) {
        buf->failed = buf_status(scratch);
        return;
    }
    struct value_cursor cursor = value_walk(map);
    const uint8_t *start = cursor.rest.ptr;
    struct span name = {0};
    struct value attribute = {0};
    for (; value_next_attribute(&cursor, &name, &attribute); start = cursor.rest.ptr)
        add(&s, name, stretch(start, attribute.body));
    if (s.ascending) return;
    sort(&s);
    move(&s, buf, begun);
}

static bool has_repeated(const struct sorting *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (is_repeated(s, i)) return true;
    return false;
}

bool wire_sort_set(struct buf *buf, size_t begun, struct buf *scratch)
{
    if (buf_status(buf) != ST_OK) return true;
    const struct value set = container_at(buf, begun, VALUE_SS);
    struct sorting s;
    if (!prepare(&s, set, scratch)) {
        buf->failed = buf_status(scratch);
        return true;
    }
    struct value_cursor cursor = value_walk(set);
    const uint8_t *start = cursor.rest.ptr;
    struct span member = {0};
    for (; value_next_member(&cursor, &member); start = cursor.rest.ptr)
        add(&s, member, stretch(start, member));
    if (s.ascending) return true;
    sort(&s);
    if (has_repeated(&s)) return false;
    move(&s, buf, begun);
    return true;
}
