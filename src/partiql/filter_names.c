/* filter_names.c -- the attributes that a read still filters by.
 *
 * DynamoDB lists them as Java's HashSet does: by the slots of their hashes, and within a slot as
 * they came. Names are gathered from the last to the first, because rests are joined that way: the
 * newest outermost (branch.h).
 */
#include <assert.h>

#include "base/sort.h"
#include "partiql/branch.h"

enum { SLOTS_MIN = 16, HASH_FACTOR = 31 };

/* Names being gathered. */
struct names {
    struct span *at; /* NULL: they are only counted */
    uint32_t count;
};

static void add(struct names *names, const struct operand *operand)
{
    if (operand->kind != OPERAND_PATH) return;
    if (names->at != NULL) names->at[names->count] = operand->steps[0].name;
    names->count++;
}

static void add_all(struct names *names, const struct partiql_condition *condition, uint32_t depth)
{
    assert(depth < CONDITION_DEPTH_MAX);
    for (const struct operand *at = condition->operands; at != NULL; at = at->next) {
        add(names, at);
        for (const struct operand *in = at->inner; in != NULL; in = in->next) add(names, in);
    }
    for (const struct partiql_condition *at = condition->parts; at != NULL; at = at->next)
        add_all(names, at, depth + 1);
}

static void reverse(struct span *names, uint32_t count)
{
    for (uint32_t i = 0; i < count / 2; i++) {
        const struct span name = names[i];
        names[i] = names[count - 1 - i];
        names[count - 1 - i] = name;
    }
}

/* Those of `rest`, the last one first. */
static void gather(struct names *names, const struct partiql_rest *rest, uint32_t depth)
{
    assert(depth < CONDITION_DEPTH_MAX);
    for (; rest != NULL; rest = rest->before) {
        const uint32_t before = names->count;
        if (rest->after != NULL) gather(names, rest->after, depth + 1);
        if (rest->condition == NULL) continue;
        add_all(names, rest->condition, depth);
        if (names->at != NULL) reverse(names->at + before, names->count - before);
    }
}

/* String.hashCode, then what HashMap does to it; names beyond ASCII hash by their bytes here. */
static uint32_t hash_of(struct span name)
{
    uint32_t hash = 0;
    for (size_t i = 0; i < name.len; i++) hash = hash * HASH_FACTOR + name.ptr[i];
    return hash ^ (hash >> 16);
}

struct slots {
    const struct span *names;
    uint32_t count; /* of slots */
};

static int compare_names(const void *ctx, uint32_t a, uint32_t b)
{
    const struct slots *slots = ctx;
    const int order = span_compare(slots->names[a], slots->names[b]);
    return order != 0 ? order : (a > b) - (a < b);
}

static int compare_slots(const void *ctx, uint32_t a, uint32_t b)
{
    const struct slots *slots = ctx;
    const uint32_t x = hash_of(slots->names[a]) & (slots->count - 1);
    const uint32_t y = hash_of(slots->names[b]) & (slots->count - 1);
    if (x != y) return x < y ? -1 : 1;
    return (a > b) - (a < b);
}

/* The numbers of `count` names, each name's first one only, as DynamoDB lists them. */
static uint32_t order_names(const struct span *names, uint32_t count, uint32_t *order)
{
    struct slots slots = {names, SLOTS_MIN};
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    sort_numbers(order, count, compare_names, &slots);
    for (uint32_t i = 0; i < count; i++) {
        const bool again = kept > 0 && span_eq(names[order[i]], names[order[kept - 1]]);
        if (!again) order[kept++] = order[i];
    }
    while (slots.count < kept + kept / 3 + 1) slots.count *= 2; /* a load of three quarters */
    sort_numbers(order, kept, compare_slots, &slots);
    return kept;
}

status partiql_filter_names(const struct partiql_read *read, struct arena *arena,
                            const struct span **names, uint32_t *count)
{
    struct names found = {0};
    gather(&found, read->rest, 0);
    const uint32_t room = found.count;
    struct span *sorted = arena_new_array(arena, room + 1, struct span);
    uint32_t *order = arena_new_array(arena, room + 1, uint32_t);
    found = (struct names){.at = arena_new_array(arena, room + 1, struct span)};
    if (sorted == NULL || order == NULL || found.at == NULL) return ST_NO_MEMORY;
    gather(&found, read->rest, 0);
    reverse(found.at, room);
    const uint32_t kept = order_names(found.at, room, order);
    for (uint32_t i = 0; i < kept; i++) sorted[i] = found.at[order[i]];
    *names = sorted;
    *count = kept;
    return ST_OK;
}
