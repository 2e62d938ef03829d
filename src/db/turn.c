/* turn.c -- see turn.h. What a thread keeps hangs in its slot (os/slot.h) until it ends. */
#include "db/turn.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "db/failure.h"
#include "db/keep.h"
#include "db/node.h"

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
    arena_deinit(&turn->details[1]);
    arena_deinit(&turn->details[0]);
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
    arena_init(&turn->details[0], mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    arena_init(&turn->details[1], mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
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
    turn->latest ^= 1U;
    arena_reset(&turn->details[turn->latest]);
    turn->err = error_in(&turn->scratch);
    turn->told = nothing;
    turn->has_detail = false;
    turn->explanation = NULL;
    return turn;
}

stator_rc turn_end(struct turn *turn, status st)
{
    if (st == ST_OK) return STATOR_OK;
    assert(turn->err.status == st);
    const bool is_detailed = turn->has_detail && turn->detail_of == st;
    turn->told = is_detailed ? turn->detail : failure_of(&turn->err);
    return turn->told.rc;
}

/* ---- carried calls */

static struct span kept(struct turn *turn, struct span text)
{
    const char *copy = keep_text(&turn->details[turn->latest], text);
    return copy != NULL ? (struct span){(const uint8_t *)copy, text.len} : (struct span){0};
}

static struct stator_node *kept_value(struct turn *turn, struct value v)
{
    struct value copy = {.type = v.type};
    if (v.type == VALUE_NONE || !arena_copy(&turn->details[turn->latest], v.body, &copy.body))
        return NULL;
    return node_new(&turn->details[turn->latest], copy);
}

static const struct stator_node *kept_item(struct turn *turn, struct value item)
{
    struct stator_node *node = kept_value(turn, item);
    if (node != NULL) node->is_item = true;
    return node;
}

status turn_tell(struct turn *turn, const struct client_report *report, struct value item)
{
    struct client_report copy = *report;
    copy.code = kept(turn, report->code);
    copy.message = kept(turn, report->message);
    copy.request_id = kept(turn, report->request_id);
    turn->err.status = report->status;
    turn->err.text = copy.message;
    turn->detail = failure_of_report(&copy);
    turn->detail.item = kept_item(turn, item);
    turn->detail_of = report->status;
    turn->has_detail = true;
    return report->status;
}

void turn_tell_operation(struct turn *turn, int index, const char *name, struct value item)
{
    turn->detail.op_index = index;
    turn->detail.op_name = name;
    if (item.type != VALUE_NONE) turn->detail.item = kept_item(turn, item);
}

void turn_tell_version(struct turn *turn, uint64_t expected, uint64_t actual)
{
    turn->detail.expected = (int64_t)expected;
    turn->detail.actual = (int64_t)actual;
}

void turn_tell_misfit(struct turn *turn, struct value prefix, struct value reasons)
{
    if (prefix.type == VALUE_NONE || reasons.type == VALUE_NONE) return;
    turn->detail.schema = keep_text(&turn->details[turn->latest], prefix.body);
    turn->detail.misfit = kept_value(turn, reasons);
}

void turn_tell_explanation(struct turn *turn, struct span line)
{
    turn->explanation = line.len > 0 ? keep_text(&turn->details[turn->latest], line) : NULL;
}

void stator_explain(bool on)
{
    struct turn *turn = this_turn();
    if (turn != NULL) turn->explains = on;
}

const char *stator_explanation(void)
{
    const struct turn *turn = (const struct turn *)slot_get();
    return turn != NULL ? turn->explanation : NULL;
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
    const struct stator_node *item = turn->told.item;     /* may be what is being read, … */
    const struct stator_node *misfit = turn->told.misfit; /* … as this */
    turn->told = nothing;
    turn->told.rc = rc;
    turn->told.code = stator_rc_name(rc);
    turn->told.message = turn->note;
    turn->told.client_fault = true;
    turn->told.item = item;
    turn->told.misfit = misfit;
    return rc;
}

/* ---- from one thread to another */

static void copy_text(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text != NULL ? text : "");
}

void turn_save(struct turn_copy *out)
{
    const struct stator_error *told = turn_told();
    if (told->rc == STATOR_OK) told = &no_memory; /* not even for the thread's own error */
    out->error = *told;
    copy_text(out->code, sizeof out->code, told->code);
    copy_text(out->message, sizeof out->message, told->message);
    copy_text(out->request_id, sizeof out->request_id, told->request_id);
}

stator_rc turn_restore(const struct turn_copy *copy, stator_rc rc)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return rc;
    turn->told = copy->error;
    turn->told.rc = rc;
    turn->told.code = keep_text(&turn->scratch, span_of(copy->code));
    turn->told.message = keep_text(&turn->scratch, span_of(copy->message));
    turn->told.request_id = copy->error.request_id != NULL
                                ? keep_text(&turn->scratch, span_of(copy->request_id))
                                : NULL;
    turn->told.item = turn->told.misfit = NULL;
    turn->told.schema = NULL;
    if (turn->told.message == NULL) turn->told.message = "";
    return rc;
}

/* ---- around hooks */

static void set_slot(struct slot *slot)
{
    const status st = slot_set(slot);
    assert(st == ST_OK); /* the key has room for this thread, or needs none */
}

struct turn *turn_set_aside(void)
{
    struct turn *turn = (struct turn *)slot_get();
    if (turn != NULL) set_slot(NULL);
    return turn;
}

void turn_take_back(struct turn *turn)
{
    if (turn == NULL) return;
    stator_thread_end(); /* of the turn that the hook's own calls had, if any */
    set_slot(&turn->slot);
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
    set_slot(NULL);
    slot->end(slot);
}
