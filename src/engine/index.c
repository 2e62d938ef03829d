/* index.c -- one entry before, one entry after: delete the one, put the other.
 *
 *     before  after   key    content     staged          cost
 *     -       -                          nothing         0
 *     -       yes                        put             new
 *     yes     -                          delete          old
 *     yes     yes     same   same        nothing         0
 *     yes     yes     same   other       put             larger of both
 *     yes     yes     other              delete and put  old + new
 *
 * What is made in the arena on the way, the entry as it is stored included, is forgotten again: the
 * store has its copy, and an item of 400 KB may have twenty-five entries.
 */
#include "engine/index.h"

#include "engine/capacity.h"

enum { ENTRY_BYTES_MAX = 8 << 20 };

/* One side of a change: the entry it has or would have. */
struct side {
    bool has;
    struct span key;
    struct value projected;
    uint32_t bytes; /* DynamoDB's size of the entry */
};

status index_project(struct item_key_home home, struct value map, struct arena *arena,
                     struct value *out)
{
    struct buf buf;
    struct span name = {0};
    struct value v = {0};
    uint32_t count = 0;
    if (home.index->projection == TABLE_PROJECT_ALL) {
        *out = map;
        return ST_OK;
    }
    buf_init(&buf, arena_mem(arena), ENTRY_BYTES_MAX);
    const size_t begun = value_write_begin(&buf);
    struct value_cursor cursor = value_walk(map);
    while (value_next_attribute(&cursor, &name, &v)) {
        if (!table_projects(home.table, home.index, name)) continue;
        value_write_attribute(&buf, name, v);
        count++;
    }
    value_write_end(&buf, begun, count);
    TRY(buf_status(&buf));
    *out = (struct value){VALUE_M, buf_view(&buf)};
    return ST_OK;
}

static status look(const struct index_work *work, struct value map, struct side *out)
{
    *out = (struct side){0};
    if (map.type == VALUE_NONE) return ST_OK;
    TRY(item_key_entry(work->hash, work->home, map, work->arena, &out->key));
    out->has = out->key.len > 0;
    if (!out->has) return ST_OK;
    TRY(index_project(work->home, map, work->arena, &out->projected));
    out->bytes = item_size(out->projected);
    return ST_OK;
}

static status is_stored(const struct index_work *work, struct span key, bool *found)
{
    struct span stored = {0};
    return store_txn_get(work->txn, key, &stored, found);
}

static status put_entry(const struct index_work *work, const struct side *side)
{
    struct buf stored;
    buf_init(&stored, arena_mem(work->arena), ENTRY_BYTES_MAX);
    item_write(&stored, store_txn_sequence(work->txn), side->projected);
    TRY(buf_status(&stored));
    return store_txn_put(work->txn, side->key, buf_view(&stored));
}

static uint32_t half_units(uint32_t bytes)
{
    return capacity_write_units(bytes) * 2;
}

/* The last column of the table above. */
static uint32_t price_of(const struct side *before, const struct side *after)
{
    if (!before->has && !after->has) return 0;
    if (!before->has) return half_units(after->bytes);
    if (!after->has) return half_units(before->bytes);
    if (!span_eq(before->key, after->key))
        return half_units(before->bytes) + half_units(after->bytes);
    if (value_eq(before->projected, after->projected)) return 0;
    return half_units(before->bytes > after->bytes ? before->bytes : after->bytes);
}

/* Nothing is free but what changes nothing. */
static status stage(const struct index_work *work, const struct side *before,
                    const struct side *after, struct index_delta *delta)
{
    delta->half_units = price_of(before, after);
    if (delta->half_units == 0) return ST_OK;
    const bool stays = before->has && after->has && span_eq(before->key, after->key);
    if (before->has && !stays) TRY(store_txn_delete(work->txn, before->key));
    return after->has ? put_entry(work, after) : ST_OK;
}

static status price(const struct index_work *work, const struct index_images *images, uint32_t *out)
{
    struct side before, after;
    TRY(look(work, images->before, &before));
    TRY(look(work, images->after, &after));
    *out = price_of(&before, &after);
    return ST_OK;
}

status index_price(const struct index_work *work, const struct index_images *images, uint32_t *out)
{
    const struct arena_mark mark = arena_mark(work->arena);
    const status st = price(work, images, out);
    arena_rewind(work->arena, mark);
    return st;
}

static status stage_both(const struct index_work *work, const struct index_images *images,
                         struct index_delta *delta)
{
    const bool settled = work->home.index->status == TABLE_ACTIVE;
    struct side before, after;
    delta->half_units = 0;
    TRY(look(work, images->before, &before));
    TRY(look(work, images->after, &after));
    bool was_stored = before.has, is_now = after.has;
    if (before.has && !settled) TRY(is_stored(work, before.key, &was_stored)); /* X3 */
    TRY(stage(work, &before, &after, delta));
    if (after.has && !settled) TRY(is_stored(work, after.key, &is_now));
    delta->bytes = after.bytes;
    delta->items_added += (is_now ? 1 : 0) - (was_stored ? 1 : 0);
    delta->bytes_added +=
        (is_now ? (int64_t)after.bytes : 0) - (was_stored ? (int64_t)before.bytes : 0);
    return ST_OK;
}

status index_stage(const struct index_work *work, const struct index_images *images,
                   struct index_delta *delta)
{
    const struct arena_mark mark = arena_mark(work->arena);
    const status st = stage_both(work, images, delta);
    arena_rewind(work->arena, mark);
    return st;
}

static status fill(const struct index_work *work, struct value item, struct index_delta *delta)
{
    struct side side;
    bool found = false;
    *delta = (struct index_delta){0};
    TRY(look(work, item, &side));
    if (!side.has) return ST_OK;
    TRY(is_stored(work, side.key, &found));
    if (found) return ST_OK;
    delta->items_added = 1;
    delta->bytes_added = side.bytes;
    return put_entry(work, &side);
}

status index_fill(const struct index_work *work, struct value item, struct index_delta *delta)
{
    const struct arena_mark mark = arena_mark(work->arena);
    const status st = fill(work, item, delta);
    arena_rewind(work->arena, mark);
    return st;
}

void index_settle(const struct table_index *index, const struct index_delta *delta)
{
    atomic_fetch_add(&index->live->item_count, (uint64_t)delta->items_added);
    atomic_fetch_add(&index->live->item_bytes, (uint64_t)delta->bytes_added);
}
