/* keyspace.c -- see keyspace.h. */
#include "linear/keyspace.h"

#include <assert.h>
#include <string.h>

static bool has(const struct cell *cell, unsigned which)
{
    return (cell->has & (CELL_HAS << which)) != 0;
}

static bool is_same(const struct cell *a, const struct cell *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* ---- conditions */

bool keyspace_holds(const struct history_part *part, const struct cell *cell)
{
    const int32_t operand = part->operand;
    switch ((history_condition)part->condition) {
    case CONDITION_NONE:
        return true;
    case CONDITION_ABSENT:
        return (cell->has & CELL_EXISTS) == 0;
    case CONDITION_EXISTS:
        return (cell->has & CELL_EXISTS) != 0;
    case CONDITION_VERSION_IS:
        return has(cell, CELL_VERSION) && cell->number[CELL_VERSION] == operand;
    case CONDITION_VERSION_BELOW:
        return has(cell, CELL_VERSION) && cell->number[CELL_VERSION] < operand;
    case CONDITION_VALUE_NOT: /* true of what is missing */
        return !has(cell, CELL_VALUE) || cell->number[CELL_VALUE] != operand;
    case CONDITION_COUNT_ABOVE:
        return has(cell, CELL_COUNT) && cell->number[CELL_COUNT] > operand;
    case CONDITIONS:
        break;
    }
    return false;
}

/* ---- changes */

static struct cell updated(const struct history_part *part, struct cell cell)
{
    cell.has |= CELL_EXISTS;
    for (unsigned i = 0; i < CELL_NUMBERS; i++) {
        if (has(&part->set, i)) cell.number[i] = part->set.number[i];
        if (has(&part->added, i)) cell.number[i] += part->added.number[i];
        if (part->removed & (CELL_HAS << i)) cell.number[i] = 0;
    }
    cell.has |= (uint8_t)(part->set.has | part->added.has);
    cell.has &= (uint8_t)~part->removed;
    return cell;
}

struct cell keyspace_after(const struct history_part *part, const struct cell *cell)
{
    switch ((history_action)part->action) {
    case ACTION_PUT:
        return part->set;
    case ACTION_UPDATE:
        return updated(part, *cell);
    case ACTION_DELETE:
        return (struct cell){0};
    case ACTION_READ:
    case ACTION_CHECK:
    case ACTIONS:
        break;
    }
    return *cell;
}

/* ---- answers */

/* The attributes that the update names, of `cell`. */
static struct cell touched(const struct history_part *part, const struct cell *cell)
{
    const uint8_t named = (uint8_t)(part->set.has | part->added.has | part->removed);
    struct cell out = {.has = (uint8_t)(cell->has & named)};
    for (unsigned i = 0; i < CELL_NUMBERS; i++)
        if (has(&out, i)) out.number[i] = cell->number[i];
    return out;
}

struct cell keyspace_shown(const struct history_part *part, const struct cell *before)
{
    const struct cell after = keyspace_after(part, before);
    switch ((history_sight)part->sees) {
    case SIGHT_OLD:
        return *before;
    case SIGHT_NEW:
        return after;
    case SIGHT_UPDATED_OLD:
        return touched(part, before);
    case SIGHT_UPDATED_NEW:
        return touched(part, &after);
    case SIGHT_NONE:
    case SIGHTS:
        break;
    }
    return (struct cell){0};
}

static bool saw_so(const struct history_part *part, const struct cell *before)
{
    if (part->sees == SIGHT_NONE) return true;
    const struct cell shown = keyspace_shown(part, before);
    return is_same(&shown, &part->seen);
}

bool keyspace_part_takes(struct cell *cell, const struct history_op *op,
                         const struct history_part *part)
{
    const bool holds = keyspace_holds(part, cell);
    if (op->outcome == OUTCOME_REFUSED)
        return holds != part->refuses && (!part->refuses || saw_so(part, cell));
    if (!holds || !saw_so(part, cell)) return false;
    *cell = keyspace_after(part, cell);
    return true;
}

/* ---- operations */

static bool holds_all(const struct keyspace *state, const struct history_op *op)
{
    for (size_t i = 0; i < op->part_count; i++)
        if (!keyspace_holds(&op->parts[i], &state->cells[op->parts[i].key])) return false;
    return true;
}

static bool saw_all(const struct keyspace *state, const struct history_op *op)
{
    for (size_t i = 0; i < op->part_count; i++)
        if (!saw_so(&op->parts[i], &state->cells[op->parts[i].key])) return false;
    return true;
}

/* Exactly the parts that are said to refuse do, and what they showed is there. */
static bool refuses_so(const struct keyspace *state, const struct history_op *op)
{
    bool refuses = false;
    for (size_t i = 0; i < op->part_count; i++) {
        const struct history_part *part = &op->parts[i];
        const struct cell *cell = &state->cells[part->key];
        if (keyspace_holds(part, cell) == part->refuses) return false;
        if (part->refuses && !saw_so(part, cell)) return false;
        refuses = refuses || part->refuses;
    }
    return refuses;
}

bool keyspace_fits(const struct keyspace *state, const struct history_op *op)
{
    if (op->outcome == OUTCOME_REFUSED) return refuses_so(state, op);
    return holds_all(state, op) && saw_all(state, op);
}

static bool change_all(struct keyspace *state, const struct history_op *op)
{
    bool changes = false;
    for (size_t i = 0; i < op->part_count; i++) {
        struct cell *cell = &state->cells[op->parts[i].key];
        const struct cell after = keyspace_after(&op->parts[i], cell);
        changes = changes || !is_same(&after, cell);
        *cell = after;
    }
    return changes;
}

bool keyspace_takes(struct keyspace *state, const struct history_op *op)
{
    assert(op->outcome != OUTCOME_NOTHING);
    if (op->outcome == OUTCOME_REFUSED) return refuses_so(state, op);
    if (!holds_all(state, op)) return false;
    if (!saw_all(state, op)) return false;
    return change_all(state, op) || op->outcome != OUTCOME_UNKNOWN;
}
