/* keys.c -- which partition keys a table has, and how the sort keys of a partition begin.
 *
 * Both walk store keys, meet one, and go on behind all that would tell the same:
 *
 *     partition keys    'I' number hash | sort key          the next after this hash
 *     sort prefixes     'I' number hash | prefix # rest     the next after prefix #
 *
 * A partition key is read from the first item, since its place is only its hash; a prefix stands in
 * the store key itself. Items are looked at beyond that where the table has time to live: a
 * partition or prefix is there when one item of it has not expired, so expired ones are walked over
 * one by one.
 *
 * A sort key without separator tells itself, and so may tell what keys with the separator tell as
 * well; between the two may lie others ("a", "a!b", "a#c" with #). So a prefix is not told again
 * where its bare key is there: one more lookup, and no memory of what was told.
 *
 * `next` is where to go on: the hash, or the place within the partition.
 */
#include <assert.h>
#include <string.h>

#include "engine/engine_own.h"
#include "engine/expiry.h"
#include "table/item_key.h"
#include "table/table_check.h"

struct keys_run {
    const struct engine_space *space;
    struct engine_keys *keys;
    struct arena *arena;
    const struct table *table; /* held */
    struct expiry_moment now;
    struct span prefix; /* of all keys walked */
    struct store_range range;
    struct store_view *view;
    struct store_cursor *cursor;
};

/* ---- walking */

static bool items_expire(const struct keys_run *run)
{
    return run->now.hides && run->table->spec.ttl_attribute.len > 0;
}

static status is_there(const struct keys_run *run, struct span stored, bool *there)
{
    struct item item = {0};
    TRY(item_view(stored, &item));
    *there = !expiry_hides(run->now, run->table, item.attributes);
    return ST_OK;
}

/* The next item that has not expired. */
static status next_item(struct keys_run *run, struct span *key, struct span *stored, bool *found)
{
    bool there = false;
    while (!there) {
        TRY(store_cursor_next(run->cursor, key, stored, found));
        if (!*found) return ST_OK;
        there = !items_expire(run);
        if (!there) TRY(is_there(run, *stored, &there));
    }
    return ST_OK;
}

/* Go on behind everything that begins with `begun`. */
static status skip_under(struct keys_run *run, struct span begun)
{
    struct store_range under = {0};
    TRY(item_key_under(begun, run->arena, &under));
    store_cursor_seek(run->cursor, under.high);
    return ST_OK;
}

/* One more value; *full when that was too many, and `place` is where to go on instead. */
static status tell(struct keys_run *run, struct value value, struct span place, bool *full)
{
    struct engine_keys *keys = run->keys;
    *full = keys->count == keys->limit;
    if (*full) return arena_copy(run->arena, place, &keys->next) ? ST_OK : ST_NO_MEMORY;
    return engine_own_copy(run->arena, value, &keys->values[keys->count++]);
}

typedef status(meet_fn)(struct keys_run *run, struct span key, struct span stored, bool *full);

static status walk(struct keys_run *run, meet_fn *meet)
{
    bool found = true, full = false;
    while (!full) {
        struct span key = {0}, stored = {0};
        TRY(next_item(run, &key, &stored, &found));
        if (!found) return ST_OK;
        TRY(meet(run, key, stored, &full));
    }
    return ST_OK;
}

static status walk_in(struct store_view *view, struct keys_run *run, meet_fn *meet)
{
    run->view = view;
    TRY(store_view_walk(view, run->range, false, &run->cursor));
    const status st = walk(run, meet);
    store_cursor_close(run->cursor);
    return st;
}

static status join(struct arena *arena, struct span head, struct span tail, struct span *out)
{
    struct buf buf;
    buf_init(&buf, arena_mem(arena), head.len + tail.len);
    buf_put(&buf, head);
    buf_put(&buf, tail);
    TRY(buf_status(&buf));
    *out = buf_view(&buf);
    return ST_OK;
}

/* ---- partition keys */

static status meet_partition(struct keys_run *run, struct span key, struct span stored, bool *full)
{
    struct item item = {0};
    struct value partition = {0};
    struct span begun = {0};
    if (key.len < ITEM_KEY_PREFIX_BYTES) return ST_CORRUPT;
    if (!arena_copy(run->arena, span_take(key, ITEM_KEY_PREFIX_BYTES), &begun)) return ST_NO_MEMORY;
    TRY(item_view(stored, &item));
    if (!value_find(item.attributes, run->table->spec.key.partition[0].name, &partition))
        return ST_CORRUPT;
    const struct span hash = span_drop(begun, ITEM_KEY_PREFIX_BYTES - HASH_BYTES);
    TRY(tell(run, partition, hash, full));
    return *full ? ST_OK : skip_under(run, begun);
}

static status partitions_in_view(struct store_view *view, void *ctx)
{
    return walk_in(view, ctx, meet_partition);
}

static status fail_resume(struct error *err)
{
    return FAIL(err, ST_VALIDATION, "The place to go on from is none of this list's");
}

static status list_partitions(struct keys_run *run, struct error *err)
{
    const struct span resume = run->keys->resume;
    const struct item_key_home home = {run->table, NULL};
    struct span place = {0};
    if (resume.len > 0 && resume.len != HASH_BYTES) return fail_resume(err);
    TRY_PLAIN(err, item_key_segment(home, 0, 1, run->arena, &run->range));
    run->prefix = span_take(run->range.low, ITEM_KEY_PREFIX_BYTES - HASH_BYTES);
    TRY_PLAIN(err, join(run->arena, run->prefix, resume, &place));
    if (resume.len > 0) run->range.low = place;
    TRY_PLAIN(err, engine_own_read(run->space, partitions_in_view, run));
    return ST_OK;
}

/* ---- beginnings of sort keys */

/* Where the first separator of `text` begins, or its end. */
static size_t find_separator(struct span text, struct span separator)
{
    size_t at = 0;
    while (at < text.len && !span_starts_with(span_drop(text, at), separator)) at++;
    return at;
}

/* Is there an item whose whole sort key this is? */
static status bare_is_there(const struct keys_run *run, struct span key, bool *there)
{
    struct span stored = {0};
    TRY(store_view_get(run->view, key, &stored, there));
    if (*there && items_expire(run)) TRY(is_there(run, stored, there));
    store_view_forget(run->view);
    return ST_OK;
}

static status meet_sort_key(struct keys_run *run, struct span key, struct span stored, bool *full)
{
    const struct span sort = span_drop(key, ITEM_KEY_PREFIX_BYTES);
    const size_t len = find_separator(sort, run->keys->separator);
    const value_type type = run->table->spec.key.sort[0].type;
    struct span begun = {0};
    bool told = false;
    (void)stored;
    if (len == sort.len) return tell(run, (struct value){type, sort}, sort, full);
    const size_t begun_bytes = ITEM_KEY_PREFIX_BYTES + len + run->keys->separator.len;
    if (!arena_copy(run->arena, span_take(key, begun_bytes), &begun)) return ST_NO_MEMORY;
    TRY(bare_is_there(run, span_take(begun, ITEM_KEY_PREFIX_BYTES + len), &told));
    if (!told) TRY(tell(run, (struct value){type, span_take(sort, len)}, sort, full));
    return *full ? ST_OK : skip_under(run, begun);
}

static status sort_keys_in_view(struct store_view *view, void *ctx)
{
    return walk_in(view, ctx, meet_sort_key);
}

static status check_sort_key(const struct table *table, struct error *err)
{
    const struct table_key *key = &table->spec.key;
    if (key->sort_count > 0 && key->sort[0].type != VALUE_N) return ST_OK;
    return FAIL(err, ST_VALIDATION, "The table has no sort key that is a string or binary");
}

static status list_prefixes(struct keys_run *run, struct error *err)
{
    const struct engine_keys *keys = run->keys;
    const struct table_key_part *part = &run->table->spec.key.partition[0];
    const struct item_key_home home = {run->table, NULL};
    struct value partition = {0};
    TRY(check_sort_key(run->table, err));
    if (!value_find(keys->key, part->name, &partition) || value_count(keys->key) != 1)
        return FAIL(err, ST_VALIDATION, "The key is not the table's partition key alone");
    TRY(table_check_operand(part, partition, err));
    TRY_PLAIN(err, item_key_partition(run->space->engine->hash, home, &partition, run->arena,
                                      &run->prefix));
    TRY_PLAIN(err, item_key_under(run->prefix, run->arena, &run->range));
    TRY_PLAIN(err, join(run->arena, run->prefix, keys->resume, &run->range.low));
    TRY_PLAIN(err, engine_own_read(run->space, sort_keys_in_view, run));
    return ST_OK;
}

/* ---- both */

typedef status(list_fn)(struct keys_run *run, struct error *err);

static status list(struct keys_run *run, list_fn *fn, struct error *err)
{
    struct engine_keys *keys = run->keys;
    assert(keys->limit > 0);
    keys->count = 0;
    keys->next = (struct span){0};
    keys->values = arena_new_array(run->arena, keys->limit, struct value);
    if (keys->values == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    TRY(engine_own_table(run->space, keys->table_name, &run->table, err));
    const status st = fn(run, err);
    table_drop(run->table);
    return st;
}

static struct keys_run run_of(const struct engine_space *space, struct engine_keys *keys,
                              struct arena *arena)
{
    return (struct keys_run){
        .space = space, .keys = keys, .arena = arena, .now = expiry_moment_in(space)};
}

status engine_partition_keys(const struct engine_space *space, struct engine_keys *keys,
                             struct arena *arena, struct error *err)
{
    struct keys_run run = run_of(space, keys, arena);
    return list(&run, list_partitions, err);
}

status engine_sort_prefixes(const struct engine_space *space, struct engine_keys *keys,
                            struct arena *arena, struct error *err)
{
    struct keys_run run = run_of(space, keys, arena);
    assert(keys->separator.len > 0);
    return list(&run, list_prefixes, err);
}
