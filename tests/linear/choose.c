/* choose.c -- see choose.h. */
#include "linear/choose.h"

#include <stdio.h>

enum { VALUES_EACH = 100000, TRANSACTION_PARTS_MAX = 4, BATCH_PARTS_MAX = 3 };

static uint32_t below(struct choose *c, uint32_t bound)
{
    return support_random_below(&c->random, bound);
}

/* True once in `times`. */
static bool once_in(struct choose *c, uint32_t times)
{
    return below(c, times) == 0;
}

static int32_t fresh_value(struct choose *c)
{
    return (int32_t)c->client * VALUES_EACH + ++c->made;
}

static struct cell with(struct cell cell, unsigned which, int32_t number)
{
    cell.has |= (uint8_t)(CELL_HAS << which);
    cell.number[which] = number;
    return cell;
}

/* ---- single writes: each kind fills what a write of it needs */

typedef void(fill_fn)(struct choose *c, struct history_part *part);

static int32_t known_version(const struct choose *c, const struct history_part *part)
{
    return c->known[part->key].number[CELL_VERSION];
}

static void fill_put(struct choose *c, struct history_part *part)
{
    part->action = ACTION_PUT;
    part->set = (struct cell){.has = CELL_EXISTS};
    part->set = with(part->set, CELL_VERSION, known_version(c, part) + 1);
    part->set = with(part->set, CELL_VALUE, fresh_value(c));
    if (once_in(c, 3)) part->set = with(part->set, CELL_COUNT, 0);
}

static void fill_put_new(struct choose *c, struct history_part *part)
{
    fill_put(c, part);
    part->condition = CONDITION_ABSENT;
}

static void fill_put_next(struct choose *c, struct history_part *part)
{
    fill_put(c, part);
    part->condition = CONDITION_VERSION_IS;
    part->operand = known_version(c, part);
}

static void fill_put_newer(struct choose *c, struct history_part *part)
{
    fill_put(c, part);
    part->condition = CONDITION_VERSION_BELOW;
    part->operand = part->set.number[CELL_VERSION];
}

static void fill_update(struct choose *c, struct history_part *part)
{
    part->action = ACTION_UPDATE;
    part->set = with(part->set, CELL_VALUE, fresh_value(c));
    part->added = with(part->added, CELL_VERSION, 1);
}

static void fill_update_next(struct choose *c, struct history_part *part)
{
    fill_update(c, part);
    part->condition = CONDITION_VERSION_IS;
    part->operand = known_version(c, part);
}

static void fill_update_there(struct choose *c, struct history_part *part)
{
    fill_update(c, part);
    part->condition = CONDITION_EXISTS;
}

static void fill_update_other(struct choose *c, struct history_part *part)
{
    fill_update(c, part);
    part->condition = CONDITION_VALUE_NOT;
    part->operand = c->known[part->key].number[CELL_VALUE];
}

static void fill_count(struct choose *c, struct history_part *part)
{
    part->action = ACTION_UPDATE;
    part->added = with(part->added, CELL_COUNT, 1 + (int32_t)below(c, 3));
}

static void fill_spend(struct choose *c, struct history_part *part)
{
    (void)c;
    part->action = ACTION_UPDATE;
    part->added = with(part->added, CELL_COUNT, -1);
    part->condition = CONDITION_COUNT_ABOVE;
}

static void fill_remove(struct choose *c, struct history_part *part)
{
    fill_update(c, part);
    part->removed = CELL_HAS << CELL_COUNT;
}

static void fill_delete(struct choose *c, struct history_part *part)
{
    part->action = ACTION_DELETE;
    part->condition = once_in(c, 3) ? CONDITION_NONE : CONDITION_EXISTS;
}

static void fill_delete_known(struct choose *c, struct history_part *part)
{
    part->action = ACTION_DELETE;
    part->condition = CONDITION_VERSION_IS;
    part->operand = known_version(c, part);
}

static fill_fn *const fills[] = {
    fill_put,          fill_put_new, fill_put_new,      fill_put_next,     fill_put_newer,
    fill_update,       fill_update,  fill_update_next,  fill_update_next,  fill_update_next,
    fill_update_there, fill_count,   fill_count,        fill_update_other, fill_spend,
    fill_spend,        fill_remove,  fill_delete_known, fill_delete_known, fill_delete,
};

/* What the answer is to show. */
static history_sight sight_for(struct choose *c, const struct history_part *part, bool is_alone)
{
    if (!c->is_crowded && once_in(c, c->is_quiet ? 2 : 6)) return SIGHT_NONE;
    if (part->action != ACTION_UPDATE || !is_alone) return SIGHT_OLD;
    return SIGHT_OLD + below(c, SIGHTS - SIGHT_OLD);
}

static void fill_write(struct choose *c, struct history_part *part, bool is_alone)
{
    fills[below(c, ARRAY_COUNT(fills))](c, part);
    part->sees = (uint8_t)sight_for(c, part, is_alone);
}

static void fill_check(struct choose *c, struct history_part *part)
{
    fill_write(c, part, false);
    part->action = ACTION_CHECK;
    part->set = part->added = (struct cell){0};
    part->removed = 0;
    if (part->condition == CONDITION_NONE) part->condition = CONDITION_EXISTS;
}

/* ---- requests */

/* `count` items of the request's family, or as many as it has, each once. */
static void pick_items(struct choose *c, struct send_request *request, unsigned count)
{
    uint8_t keys[HISTORY_KEYS_MAX];
    const unsigned first = request->family * c->family_keys;
    for (unsigned i = 0; i < c->family_keys; i++) keys[i] = (uint8_t)(first + i);
    if (count > c->family_keys) count = c->family_keys;
    for (unsigned i = 0; i < count; i++) {
        const unsigned at = i + below(c, c->family_keys - i);
        request->parts[i].key = keys[at];
        keys[at] = keys[i];
    }
    request->part_count = (uint8_t)count;
}

static void ask_get(struct choose *c, struct send_request *request)
{
    request->kind = SEND_GET;
    pick_items(c, request, 1);
}

static void ask_write(struct choose *c, struct send_request *request)
{
    request->kind = SEND_WRITE;
    pick_items(c, request, 1);
    fill_write(c, &request->parts[0], true);
}

/* A transaction over several items sees less than they do apart: of one that happened, nothing. */
static void ask_transact(struct choose *c, struct send_request *request)
{
    request->kind = SEND_TRANSACT;
    pick_items(c, request, 2 + below(c, TRANSACTION_PARTS_MAX - 1));
    for (size_t i = 0; i < request->part_count; i++) {
        if (i > 0 && once_in(c, 4))
            fill_check(c, &request->parts[i]);
        else
            fill_write(c, &request->parts[i], false);
    }
    if (once_in(c, 2))
        (void)snprintf(request->token, sizeof request->token, "c%u-%u-%08x", c->client,
                       (unsigned)++c->made, (unsigned)support_random_next(&c->random));
}

static void ask_transact_get(struct choose *c, struct send_request *request)
{
    request->kind = SEND_TRANSACT_GET;
    pick_items(c, request, 2 + below(c, TRANSACTION_PARTS_MAX - 1));
}

static void ask_query(struct choose *c, struct send_request *request)
{
    request->kind = SEND_QUERY;
    request->limit = once_in(c, 2) ? 0 : 1 + (int)below(c, 3);
}

static void ask_scan(struct choose *c, struct send_request *request)
{
    ask_query(c, request);
    request->kind = c->is_embedded && once_in(c, 2) ? SEND_SNAPSHOT : SEND_SCAN;
}

static void ask_batch_write(struct choose *c, struct send_request *request)
{
    if (c->is_crowded) {
        ask_write(c, request);
        return;
    }
    request->kind = SEND_BATCH_WRITE;
    pick_items(c, request, 1 + below(c, BATCH_PARTS_MAX));
    for (size_t i = 0; i < request->part_count; i++) {
        fill_put(c, &request->parts[i]);
        if (!once_in(c, 3)) continue;
        request->parts[i].action = ACTION_DELETE;
        request->parts[i].set = (struct cell){0};
    }
}

static void ask_batch_get(struct choose *c, struct send_request *request)
{
    request->kind = SEND_BATCH_GET;
    pick_items(c, request, 2 + below(c, TRANSACTION_PARTS_MAX - 1));
}

typedef void(ask_fn)(struct choose *c, struct send_request *request);

static const struct {
    uint32_t share; /* of a hundred */
    ask_fn *ask;
} asks[] = {
    {42, ask_write       },
    {20, ask_get         },
    {15, ask_transact    },
    {8,  ask_transact_get},
    {5,  ask_query       },
    {5,  ask_scan        },
    {2,  ask_batch_write },
    {3,  ask_batch_get   },
};

struct send_request choose_next(struct choose *choose)
{
    struct send_request request = {
        .family = (uint8_t)below(choose, choose->families),
        .consistent = !once_in(choose, 4),
    };
    uint32_t share = below(choose, 100);
    size_t i = 0;
    while (share >= asks[i].share) share -= asks[i++].share;
    asks[i].ask(choose, &request);
    return request;
}

void choose_learn(struct choose *choose, const struct history_op *op)
{
    for (size_t i = 0; i < op->part_count; i++) {
        const struct history_part *part = &op->parts[i];
        if (part->sees == SIGHT_OLD || part->sees == SIGHT_NEW)
            choose->known[part->key] = part->seen;
    }
}
