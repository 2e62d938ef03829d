/* tabling.c -- see tabling.h. */
#include "db/tabling.h"

#include "db/action.h"
#include "db/answer.h"

enum {
    PAUSE_FIRST_US = 2000,
    PAUSE_LAST_US = 1000000,
    WAIT_USUAL_S = 600, /* for a table or index to become active; an index is filled meanwhile */
    NS_PER_US = 1000,
};
static const uint64_t wait_usual_us = WAIT_USUAL_S * UINT64_C(1000000);

stator_rc tabling_run(stator *db, tabling_fn *fn, const char *table, const void *arg)
{
    struct tabling t = {.db = db, .turn = turn_begin()};
    if (t.turn == NULL) return STATOR_E_NOMEM;
    status st = handle_enter(db, &t.turn->err);
    if (st != ST_OK) return turn_end(t.turn, st);
    st = fn(&t, table, arg);
    handle_leave(db);
    return turn_end(t.turn, st);
}

status tabling_begin(struct tabling *t, const char *table)
{
    request_begin(&t->request, &t->turn->scratch);
    return action_table(t->db, t->turn, table, &t->request);
}

status tabling_send(struct tabling *t, const char *operation, const char *table,
                    struct value *answer)
{
    struct call_spec spec = {
        .operation = operation,
        .table = table,
        .arena = &t->turn->scratch,
        .index_scope = t->index_scope,
        .is_inner = span_eq(span_of(operation), SPAN("DescribeTable")),
    };
    TRY(request_finish(&t->request, &spec.request, &t->turn->err));
    TRY(call_make(t->db, t->turn, &spec));
    *answer = spec.answer;
    return ST_OK;
}

status tabling_describe(struct tabling *t, const char *table, struct value *out)
{
    struct value answer = {0};
    TRY(tabling_begin(t, table));
    TRY(tabling_send(t, "DescribeTable", table, &answer));
    *out = answer_member(answer, "Table", VALUE_M);
    return ST_OK;
}

/* ---- waiting */

static status look(struct tabling *t, const char *table, const struct tabling_awaited *awaited,
                   bool *done)
{
    struct value description = {0};
    const status st = tabling_describe(t, table, &description);
    if (st == ST_NOT_FOUND && awaited->gone) {
        *done = true;
        return ST_OK;
    }
    *done = st == ST_OK && !awaited->gone && awaited->is_ready(description, awaited->ctx);
    return st;
}

status tabling_wait(struct tabling *t, const char *table, const struct tabling_awaited *awaited)
{
    const struct os *os = &t->db->hooked.pausing;
    const uint64_t limit_us = awaited->timeout_us > 0 ? awaited->timeout_us : wait_usual_us;
    const uint64_t begun_ns = os_ticks_ns(os);
    const uint64_t canceled = atomic_load(&t->db->canceled);
    uint64_t waited_us = 0; /* by the hook's clock, which may run ahead */
    for (uint64_t pause_us = PAUSE_FIRST_US;; pause_us *= 2) {
        bool done = false;
        TRY(look(t, table, awaited, &done));
        if (done) return ST_OK;
        if (pause_us > PAUSE_LAST_US) pause_us = PAUSE_LAST_US;
        const uint64_t real_us = (os_ticks_ns(os) - begun_ns) / NS_PER_US;
        if (real_us > limit_us || waited_us > limit_us)
            return FAIL(&t->turn->err, ST_TIMEOUT, "table \"%s\" is not ready in time", table);
        TRY_PLAIN(&t->turn->err, handle_pause_for_db(t->db, pause_us, canceled));
        waited_us += pause_us;
    }
}

bool tabling_is_active(struct value thing, const char *member)
{
    return span_eq(answer_member(thing, member, VALUE_S).body, SPAN("ACTIVE"));
}

/* The table and all its global indexes. */
static bool is_whole(struct value table, const void *ctx)
{
    const struct value indexes = answer_member(table, "GlobalSecondaryIndexes", VALUE_L);
    struct value index = {0};
    (void)ctx;
    if (!tabling_is_active(table, "TableStatus")) return false;
    if (indexes.type == VALUE_NONE) return true;
    struct value_cursor cursor = value_walk(indexes);
    while (value_next_element(&cursor, &index))
        if (!tabling_is_active(index, "IndexStatus")) return false;
    return true;
}

status tabling_wait_whole(struct tabling *t, const char *table)
{
    const struct tabling_awaited awaited = {.is_ready = is_whole};
    return tabling_wait(t, table, &awaited);
}
