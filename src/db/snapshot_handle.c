/* snapshot_handle.c -- a handle that reads one moment of another handle's database.
 *
 * It is a handle like any other, over a carrier that passes reads on to the other's with a snapshot
 * of the engine, and refuses the rest.
 *
 * N1  The snapshot's handle holds the other's memory, and enters it for each call: when that one is
 *     closed, calls are refused, and the snapshot has ended with its engine.
 */
#include "db/carriers.h"
#include "db/embedded.h"
#include "db/handle.h"
#include "db/turn.h"

struct snapshot_carrier {
    struct carrier carrier; /* its first member */
    stator *of;             /* held */
    struct engine_snapshot *snapshot;
};

static bool reads(struct span operation)
{
    static const char *const some[] = {"BatchGetItem", "DescribeTable",   "DescribeTimeToLive",
                                       "GetItem",      "ListTables",      "Query",
                                       "Scan",         "TransactGetItems"};
    for (size_t i = 0; i < ARRAY_COUNT(some); i++)
        if (span_eq(operation, span_of(some[i]))) return true;
    return false;
}

static status pass_on(struct snapshot_carrier *s, struct carry *carry, struct error *err)
{
    if (!reads(carry->operation))
        return FAIL(err, ST_MISUSE, "%.*s: this handle reads a snapshot, and only reads",
                    SPAN_ARG(carry->operation));
    TRY(handle_enter(s->of, err));
    carry->snapshot = s->snapshot;
    s->of->carrier->kind->call(s->of->carrier, carry);
    handle_leave(s->of);
    return ST_OK;
}

static void snapshot_call(struct carrier *carrier, struct carry *carry)
{
    struct error err = error_in(carry->arena);
    const status st = pass_on((struct snapshot_carrier *)carrier, carry, &err);
    if (st == ST_OK) return;
    carry->report.status = st;
    carry->report.message = error_text(&err);
}

static void snapshot_close(struct carrier *carrier)
{
    struct snapshot_carrier *s = (struct snapshot_carrier *)carrier;
    engine_snapshot_end(s->snapshot);
    handle_drop(s->of);
    mem_free(mem_heap(), s, sizeof *s);
}

static const struct carrier_kind kind = {.call = snapshot_call, .close = snapshot_close};

/* ---- making */

static status carrier_new(struct embedded *e, struct carrier **out)
{
    struct snapshot_carrier *s = mem_new(mem_heap(), sizeof *s);
    if (s == NULL) return FAIL_PLAIN(&e->turn->err, ST_NO_MEMORY);
    s->carrier.kind = &kind;
    s->of = e->db;
    const status st = engine_snapshot_begin(e->space.engine, &s->snapshot, &e->turn->err);
    if (st != ST_OK) {
        mem_free(mem_heap(), s, sizeof *s);
        return st;
    }
    handle_hold(e->db);
    *out = &s->carrier;
    return ST_OK;
}

static status open(struct embedded *e, const void *arg)
{
    stator **const *out = arg;
    struct carrier *carrier = NULL;
    if (*out == NULL) return FAIL(&e->turn->err, ST_MISUSE, "stator_snapshot: `out` is NULL");
    TRY(carrier_new(e, &carrier));
    const status st = handle_over(e->db, carrier, *out, &e->turn->err);
    if (st != ST_OK) snapshot_close(carrier);
    return st;
}

stator_rc stator_snapshot(stator *db, stator **out)
{
    if (out != NULL) *out = NULL;
    return embedded_run(db, open, &out);
}
