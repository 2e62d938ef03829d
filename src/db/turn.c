/* turn.c -- see turn.h. What a thread keeps hangs in its slot (os/slot.h) until it ends. */
#include "db/turn.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "db/failure.h"

enum { CACHE_BYTES = 256 << 10 };

static const struct stator_error nothing = {.message = "", .op_index = -1};
static const struct stator_error no_memory = {
    .rc = STATOR_E_NOMEM,
    .code = "STATOR_E_NOMEM",
    .message = "out of memory",
    .op_index = -1,
};

static void end(struct slot *slot)
{
    struct turn *turn = (struct turn *)slot; /* its first member */
    if (turn->cache != NULL) expr_cache_free(turn->cache);
    arena_deinit(&turn->scratch);
    mem_free(mem_heap(), turn, sizeof *turn);
}

static struct turn *new_turn(void)
{
    struct turn *turn = mem_new(mem_heap(), sizeof *turn);
    if (turn == NULL) return NULL;
    turn->slot.end = end;
    turn->told = nothing;
    arena_init(&turn->scratch, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    if (slot_set(&turn->slot) == ST_OK) return turn;
    end(&turn->slot);
    return NULL;
}

static struct turn *this_turn(void)
{
    struct turn *turn = (struct turn *)slot_get();
    return turn != NULL ? turn : new_turn();
}

struct turn *turn_begin(void)
{
    struct turn *turn = this_turn();
    if (turn == NULL) return NULL;
    arena_reset(&turn->scratch);
    turn->err = error_in(&turn->scratch);
    turn->told = nothing;
    return turn;
}

stator_rc turn_end(struct turn *turn, status st)
{
    if (st == ST_OK) return STATOR_OK;
    assert(turn->err.status == st);
    turn->told = failure_of(&turn->err);
    return turn->told.rc;
}

status turn_cache(struct turn *turn, struct expr_cache **out)
{
    if (turn->cache == NULL)
        TRY_PLAIN(&turn->err, expr_cache_new(mem_heap(), CACHE_BYTES, &turn->cache));
    *out = turn->cache;
    return ST_OK;
}

stator_rc turn_note(stator_rc rc, const char *format, ...)
{
    struct turn *turn = this_turn();
    if (turn == NULL) return rc;
    va_list values;
    va_start(values, format);
    (void)vsnprintf(turn->note, sizeof turn->note, format, values);
    va_end(values);
    const struct stator_node *item = turn->told.item; /* may be what is being read */
    turn->told = nothing;
    turn->told.rc = rc;
    turn->told.code = stator_rc_name(rc);
    turn->told.message = turn->note;
    turn->told.client_fault = true;
    turn->told.item = item;
    return rc;
}

const struct stator_error *turn_told(void)
{
    const struct turn *turn = this_turn();
    return turn != NULL ? &turn->told : &no_memory;
}

void stator_thread_end(void)
{
    struct slot *slot = slot_get();
    if (slot == NULL) return;
    const status st = slot_set(NULL);
    assert(st == ST_OK); /* the key has room for this thread */
    slot->end(slot);
}
