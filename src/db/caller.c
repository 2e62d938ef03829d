/* caller.c -- see caller.h. What a thread keeps hangs in its slot (os/slot.h) until it ends. */
#include "db/caller.h"

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
    struct caller *caller = (struct caller *)slot; /* its first member */
    if (caller->cache != NULL) expr_cache_free(caller->cache);
    arena_deinit(&caller->scratch);
    mem_free(mem_heap(), caller, sizeof *caller);
}

static struct caller *new_caller(void)
{
    struct caller *caller = mem_new(mem_heap(), sizeof *caller);
    if (caller == NULL) return NULL;
    caller->slot.end = end;
    caller->told = nothing;
    arena_init(&caller->scratch, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    if (slot_set(&caller->slot) == ST_OK) return caller;
    end(&caller->slot);
    return NULL;
}

static struct caller *this_caller(void)
{
    struct caller *caller = (struct caller *)slot_get();
    return caller != NULL ? caller : new_caller();
}

struct caller *caller_begin(void)
{
    struct caller *caller = this_caller();
    if (caller == NULL) return NULL;
    arena_reset(&caller->scratch);
    caller->err = error_in(&caller->scratch);
    caller->told = nothing;
    return caller;
}

stator_rc caller_end(struct caller *caller, status st)
{
    if (st == ST_OK) return STATOR_OK;
    assert(caller->err.status == st);
    caller->told = failure_of(&caller->err);
    return caller->told.rc;
}

status caller_cache(struct caller *caller, struct expr_cache **out)
{
    if (caller->cache == NULL)
        TRY_PLAIN(&caller->err, expr_cache_new(mem_heap(), CACHE_BYTES, &caller->cache));
    *out = caller->cache;
    return ST_OK;
}

stator_rc caller_note(stator_rc rc, const char *format, ...)
{
    struct caller *caller = this_caller();
    if (caller == NULL) return rc;
    va_list values;
    va_start(values, format);
    (void)vsnprintf(caller->note, sizeof caller->note, format, values);
    va_end(values);
    const struct stator_node *item = caller->told.item; /* may be what is being read */
    caller->told = nothing;
    caller->told.rc = rc;
    caller->told.code = stator_rc_name(rc);
    caller->told.message = caller->note;
    caller->told.client_fault = true;
    caller->told.item = item;
    return rc;
}

const struct stator_error *caller_told(void)
{
    const struct caller *caller = this_caller();
    return caller != NULL ? &caller->told : &no_memory;
}

void stator_thread_end(void)
{
    struct slot *slot = slot_get();
    if (slot == NULL) return;
    const status st = slot_set(NULL);
    assert(st == ST_OK); /* the key has room for this thread */
    slot->end(slot);
}
