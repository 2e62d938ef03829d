/* throttle.c -- a token bucket in one word.
 *
 * A bucket is the time until which its units are spent (table_live.spent_ns). With `now` running
 * 300 seconds ahead of the clock, so that zero is a full bucket from the first moment on,
 *
 *     spent           now - 300 s      now
 *       full ------------|==============|        now - spent seconds of units are left,
 *                  spent would go here  | debt   and none when spent >= now
 *
 * Charging moves it on by cost / rate; time refills it by itself. So there is nothing to keep in
 * step: one atomic word, a compare and exchange to move it, no lock, and no order to state, since
 * it guards nothing but itself. A bucket lives and ends with its table's or index's live part.
 *
 * Units kept as time would grow or shrink when the rate changes: throttle_carry scales them.
 */
#include "engine/throttle.h"

#include <assert.h>

static const uint64_t BURST_NS = UINT64_C(300) * 1000 * 1000 * 1000;
static const uint64_t HALF_UNIT_NS = 500 * 1000 * 1000; /* at one unit a second */
static const uint64_t RATE_MAX =
    10 * 1000 * 1000; /* no server is as fast; keeps products in range */

static uint64_t now_ns(const struct engine *engine)
{
    return os_ticks_ns(engine->os) + BURST_NS;
}

static _Atomic uint64_t *bucket_of(struct throttle_place place)
{
    struct table_live *live = place.index == NULL ? place.table->live : place.index->live;
    return place.writes ? &live->writes_spent_ns : &live->reads_spent_ns;
}

/* ---- rates */

static bool is_on_demand(const struct table *table)
{
    return table->spec.billing == TABLE_PAY_PER_REQUEST;
}

static uint64_t maximum_of(struct throttle_place place)
{
    const struct table_spec *spec = &place.table->spec;
    const struct table_index *index = place.index;
    const int64_t reads = index == NULL ? spec->on_demand_read_max : index->on_demand_read_max;
    const int64_t writes = index == NULL ? spec->on_demand_write_max : index->on_demand_write_max;
    const int64_t maximum = place.writes ? writes : reads;
    return maximum > 0 ? (uint64_t)maximum : 0;
}

static uint64_t provisioned_of(struct throttle_place place)
{
    const struct table_throughput *throughput =
        place.index == NULL ? &place.table->spec.throughput : &place.index->throughput;
    return place.writes ? throughput->write_units : throughput->read_units;
}

/* Units a second, or 0: there is no limit. A provisioned index without units is one that was made
 * while its table was billed per request. */
static uint64_t rate_of(struct throttle_place place)
{
    const uint64_t rate = is_on_demand(place.table) ? maximum_of(place) : provisioned_of(place);
    return rate < RATE_MAX ? rate : RATE_MAX;
}

/* ---- spending */

/* Source of the sentences: what the service answers; that for tables is status.h's. */
static status refuse(struct throttle_place place, struct engine_throttle *why, struct error *err)
{
    *why = (struct engine_throttle){.writes = place.writes, .on_demand = is_on_demand(place.table)};
    if (place.index != NULL && !arena_copy(err->arena, place.index->name, &why->index_name))
        return FAIL_PLAIN(err, ST_NO_MEMORY);
    if (why->on_demand) return FAIL_PLAIN(err, ST_OVER_MAXIMUM);
    if (place.index == NULL) return FAIL_PLAIN(err, ST_THROTTLED);
    return FAIL(err, ST_THROTTLED,
                "The level of configured provisioned throughput for one or more global secondary "
                "indexes of the table was exceeded. Consider increasing your provisioning level "
                "for the under-provisioned global secondary indexes with the UpdateTable API");
}

status throttle_admit(const struct engine *engine, struct throttle_place place,
                      struct engine_throttle *why, struct error *err)
{
    if (!engine->enforces_throughput || rate_of(place) == 0) return ST_OK;
    const uint64_t spent = atomic_load_explicit(bucket_of(place), memory_order_relaxed);
    return spent < now_ns(engine) ? ST_OK : refuse(place, why, err);
}

/* H1: what was left unused for longer is lost. */
static uint64_t not_before(uint64_t spent, uint64_t now)
{
    return spent + BURST_NS > now ? spent : now - BURST_NS;
}

void throttle_charge(const struct engine *engine, struct throttle_place place, uint32_t half_units)
{
    if (!engine->enforces_throughput || half_units == 0) return;
    const uint64_t rate = rate_of(place);
    if (rate == 0) return;
    const uint64_t now = now_ns(engine);
    const uint64_t cost = half_units * HALF_UNIT_NS / rate;
    _Atomic uint64_t *bucket = bucket_of(place);
    uint64_t spent = atomic_load_explicit(bucket, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(bucket, &spent, not_before(spent, now) + cost,
                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
}

/* ---- changing rates */

/* What `spent` becomes when units that came at `before` a second come at `after`: as many are left,
 * or owed, but never more than 300 seconds' worth. Without a limit there is nothing to count. */
static uint64_t carry(uint64_t spent, uint64_t now, uint64_t before, uint64_t after)
{
    if (before == 0 || after == 0) return 0;
    const int64_t owed = (int64_t)(not_before(spent, now) - now); /* negative: left */
    const int64_t old_rate = (int64_t)before, rate = (int64_t)after;
    const int64_t carried = owed / rate * old_rate + owed % rate * old_rate / rate;
    return carried < -(int64_t)BURST_NS ? now - BURST_NS : now + (uint64_t)carried;
}

static void carry_one(const struct engine *engine, struct throttle_place before,
                      struct throttle_place after)
{
    const uint64_t old_rate = rate_of(before), rate = rate_of(after);
    if (old_rate == rate) return;
    const uint64_t now = now_ns(engine);
    _Atomic uint64_t *bucket = bucket_of(after);
    uint64_t spent = atomic_load_explicit(bucket, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(bucket, &spent, carry(spent, now, old_rate, rate),
                                                  memory_order_relaxed, memory_order_relaxed))
        continue;
}

void throttle_carry(const struct engine *engine, const struct table *before,
                    const struct table *after)
{
    static const bool kinds[] = {false, true};
    if (!engine->enforces_throughput) return;
    for (size_t k = 0; k < ARRAY_COUNT(kinds); k++) {
        carry_one(engine, (struct throttle_place){before, NULL, kinds[k]},
                  (struct throttle_place){after, NULL, kinds[k]});
        for (uint8_t i = 0; i < after->spec.index_count; i++) {
            const struct table_index *index = &after->spec.indexes[i];
            const struct table_index *old = table_find_index(before, index->name);
            if (old == NULL || old->live != index->live) continue;
            carry_one(engine, (struct throttle_place){before, old, kinds[k]},
                      (struct throttle_place){after, index, kinds[k]});
        }
    }
}
