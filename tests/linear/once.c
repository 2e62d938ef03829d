/* once.c -- see once.h. */
#include "linear/once.h"

#include <assert.h>
#include <stdlib.h>

static const uint8_t value_bit = CELL_HAS << CELL_VALUE;

static void add(struct once *list, size_t *cap, unsigned key, int32_t value, uint32_t op)
{
    if (list->count == *cap) {
        *cap = *cap > 0 ? *cap * 2 : 256;
        list->sights = realloc(list->sights, *cap * sizeof *list->sights);
        assert(list->sights != NULL);
    }
    list->sights[list->count++] = (struct once_sight){value, (uint8_t)key, op, 0};
}

static int compare(const struct once_sight *a, unsigned key, int32_t value)
{
    if (a->key != key) return a->key < key ? -1 : 1;
    return a->value < value ? -1 : a->value > value;
}

static int by_value(const void *left, const void *right)
{
    const struct once_sight *a = left;
    const struct once_sight *b = right;
    const int order = compare(a, b->key, b->value);
    return order != 0 ? order : a->op < b->op ? -1 : a->op > b->op;
}

/* Sort, and count those of each value. */
static void put_together(struct once *list)
{
    if (list->count == 0) return;
    qsort(list->sights, list->count, sizeof *list->sights, by_value);
    for (size_t i = 0; i < list->count;) {
        struct once_sight *first = &list->sights[i];
        for (; i < list->count && compare(&list->sights[i], first->key, first->value) == 0; i++)
            first->count++;
    }
}

const struct once_sight *once_find(const struct once *once, unsigned key, int32_t value)
{
    size_t low = 0;
    size_t high = once->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare(&once->sights[middle], key, value) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == once->count || compare(&once->sights[low], key, value) != 0) return NULL;
    return &once->sights[low];
}

/* Did the answer show the value that was there before? A refusal shows the items that refused. */
static bool shows_value(const struct history_op *op, const struct history_part *part)
{
    if (op->outcome == OUTCOME_REFUSED && !part->refuses) return false;
    const bool stays =
        part->action == ACTION_UPDATE && ((part->set.has | part->removed) & value_bit) == 0;
    const bool is_before = part->sees == SIGHT_OLD || (part->sees == SIGHT_NEW && stays);
    return is_before && (part->seen.has & value_bit);
}

/* All that gives an item a value. */
static void list_givers(const struct history *history, uint32_t keys, struct once *out)
{
    size_t cap = 0;
    for (unsigned key = 0; key < HISTORY_KEYS_MAX; key++)
        if (history->initial[key].has & value_bit)
            add(out, &cap, key, history->initial[key].number[CELL_VALUE], 0);
    for (uint32_t i = 0; i < history->count; i++) {
        const struct history_op *op = &history->ops[i];
        const bool gives = op->outcome == OUTCOME_OK || op->outcome == OUTCOME_UNKNOWN;
        for (size_t j = 0; gives && j < op->part_count; j++) {
            const struct history_part *part = &op->parts[j];
            if ((keys >> part->key & 1) && (part->set.has & value_bit))
                add(out, &cap, part->key, part->set.number[CELL_VALUE], i);
        }
    }
    put_together(out);
}

/* Values that are sums may come again in many ways. */
static bool has_sums(const struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        for (size_t j = 0; j < history->ops[i].part_count; j++)
            if (history->ops[i].parts[j].added.has & value_bit) return true;
    return false;
}

void once_init(struct once *once, const struct history *history, uint32_t keys)
{
    struct once givers = {0};
    size_t cap = 0;
    *once = (struct once){0};
    if (has_sums(history)) return;
    list_givers(history, keys, &givers);
    for (uint32_t i = 0; i < history->count; i++) {
        const struct history_op *op = &history->ops[i];
        const bool is_sure = op->outcome == OUTCOME_OK || op->outcome == OUTCOME_REFUSED;
        for (size_t j = 0; is_sure && j < op->part_count; j++) {
            const struct history_part *part = &op->parts[j];
            const int32_t value = part->seen.number[CELL_VALUE];
            if (!(keys >> part->key & 1) || !shows_value(op, part)) continue;
            const struct once_sight *giver = once_find(&givers, part->key, value);
            if (giver != NULL && giver->count == 1) add(once, &cap, part->key, value, i);
        }
    }
    put_together(once);
    once_deinit(&givers);
}

void once_deinit(struct once *once)
{
    free(once->sights);
    *once = (struct once){0};
}
