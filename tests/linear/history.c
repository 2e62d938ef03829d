/* history.c -- see history.h. */
#include "linear/history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void history_add(struct history *history, const struct history_op *op)
{
    if (history->count == history->cap) {
        history->cap = history->cap > 0 ? history->cap * 2 : 64;
        history->ops = realloc(history->ops, history->cap * sizeof *history->ops);
        assert(history->ops != NULL);
    }
    history->ops[history->count++] = *op;
}

static int by_call(const void *left, const void *right)
{
    const struct history_op *a = left;
    const struct history_op *b = right;
    if (a->call != b->call) return a->call < b->call ? -1 : 1;
    return a->client < b->client ? -1 : a->client > b->client;
}

void history_number(struct history *history)
{
    if (history->count == 0) return;
    qsort(history->ops, history->count, sizeof *history->ops, by_call);
    for (size_t i = 0; i < history->count; i++) history->ops[i].id = (uint32_t)i;
}

void history_deinit(struct history *history)
{
    free(history->ops);
    *history = (struct history){0};
}

uint32_t history_keys(const struct history_op *op)
{
    uint32_t keys = 0;
    for (size_t i = 0; i < op->part_count; i++) keys |= 1U << op->parts[i].key;
    return keys;
}

bool history_is_pure(const struct history_op *op)
{
    if (op->outcome == OUTCOME_REFUSED) return true;
    if (op->outcome == OUTCOME_UNKNOWN) return false;
    for (size_t i = 0; i < op->part_count; i++)
        if (op->parts[i].action != ACTION_READ && op->parts[i].action != ACTION_CHECK) return false;
    return true;
}
