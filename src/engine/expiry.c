/* expiry.c -- judging times, keeping entries.
 *
 * The clock counts whole seconds here, so the floor of an attribute decides as exactly as the
 * attribute itself: x < n and x >= m mean the same of x and of its floor when n and m are whole.
 * That floor is what an entry stands under. An attribute that is negative, or beyond 63 bits, is in
 * no year that the clock can show: it never expires and has no entry.
 *
 * The rule of five years protects data from wrong units and zeros. Items do not come back to life
 * by it while a server runs, for they are swept within minutes; those that were stored with such a
 * time only get older, and nobody has to walk their entries.
 */
#include "engine/expiry.h"

#include "item/number.h"
#include "table/item_key.h"

enum {
    MS_PER_S = 1000,
    YEAR_S = 31556952, /* 365.2425 days */
    OLDEST_S = 5 * YEAR_S,
};

struct expiry_moment expiry_now(const struct engine *engine)
{
    return (struct expiry_moment){.now_s = (int64_t)(os_now_ms(engine->os) / MS_PER_S),
                                  .hides = engine->ttl_visibility == ENGINE_TTL_INSTANT};
}

struct expiry_moment expiry_moment_in(const struct engine_space *space)
{
    struct expiry_moment moment = expiry_now(space->engine);
    if (space->snapshot != NULL) moment.now_s = engine_own_second(space);
    return moment;
}

bool expiry_second(const struct table *table, struct value map, uint64_t *out)
{
    struct value v = {0};
    int64_t second = 0;
    if (table->spec.ttl_attribute.len == 0 || map.type == VALUE_NONE) return false;
    if (!value_find(map, table->spec.ttl_attribute, &v) || v.type != VALUE_N) return false;
    if (!number_floor(v.body, &second) || second < 0) return false;
    *out = (uint64_t)second;
    return true;
}

/* The first second that is not too old to count. */
static uint64_t first_second(struct expiry_moment moment)
{
    return moment.now_s > OLDEST_S ? (uint64_t)(moment.now_s - OLDEST_S) : 0;
}

bool expiry_is_past(struct expiry_moment moment, const struct table *table, struct value map)
{
    uint64_t second = 0;
    return expiry_second(table, map, &second) && second < (uint64_t)moment.now_s &&
           second >= first_second(moment);
}

bool expiry_hides(struct expiry_moment moment, const struct table *table, struct value map)
{
    return moment.hides && expiry_is_past(moment, table, map);
}

status expiry_due(struct expiry_moment moment, const struct table *table, uint64_t from,
                  struct arena *arena, struct store_range *out)
{
    const uint64_t first = from > first_second(moment) ? from : first_second(moment);
    return item_key_expiring(table, first, (uint64_t)moment.now_s, arena, out);
}

status expiry_all(const struct table *table, struct arena *arena, struct store_range *out)
{
    return item_key_expiring(table, 0, UINT64_MAX, arena, out);
}

/* ---- entries */

/* One side of a change: the entry that the item has or would have. */
struct side {
    bool has;
    uint64_t second;
    struct span key; /* empty without one */
};

static status look(const struct table *table, struct span key, struct value map,
                   struct arena *arena, struct side *out)
{
    *out = (struct side){0};
    out->has = expiry_second(table, map, &out->second);
    return out->has ? item_key_expiry(out->second, key, arena, &out->key) : ST_OK;
}

void expiry_note_due(const struct table *table, uint64_t second)
{
    _Atomic uint64_t *due_from = &table->live->due_from;
    if (second < atomic_load(due_from)) atomic_store(due_from, second);
}

status expiry_stage(struct store_txn *txn, const struct table *table, struct span key,
                    const struct index_images *images, struct arena *arena)
{
    struct side before, after;
    if (table->spec.ttl_attribute.len == 0) return ST_OK;
    TRY(look(table, key, images->before, arena, &before));
    TRY(look(table, key, images->after, arena, &after));
    if (span_eq(before.key, after.key)) return ST_OK; /* also while filling, which reads it anew */
    if (before.has) TRY(store_txn_delete(txn, before.key));
    if (!after.has) return ST_OK;
    expiry_note_due(table, after.second);
    return store_txn_put(txn, after.key, (struct span){0});
}
