/* count.c -- how many items a query or scan finds, over all its pages. */
#include "db/handle.h"
#include "db/options.h"
#include "db/page.h"

static status read_next(stator *db, struct turn *turn, const struct page_plan *plan,
                        uint64_t canceled, stator_result **out)
{
    TRY(handle_check(db, canceled, &turn->err));
    return page_read(db, turn, plan, out);
}

/* Each page lives until the next one is read: its last key is where that begins. */
static status count_pages(stator *db, struct turn *turn, struct page_plan *plan, int64_t *count)
{
    const uint64_t canceled = atomic_load(&db->canceled);
    stator_result *page = NULL;
    int64_t sum = 0;
    do {
        stator_result *next = NULL;
        const status st = read_next(db, turn, plan, canceled, &next);
        stator_result_free(page);
        if (st != ST_OK) return st;
        page = next;
        sum += (int64_t)page->count;
        plan->start = page_last_key(page);
    } while (plan->start.type != VALUE_NONE);
    stator_result_free(page);
    *count = sum;
    return ST_OK;
}

static status count_all(stator *db, struct turn *turn, const char *table, stator_query_opts *opts,
                        int64_t *count)
{
    struct page_plan plan = {.scans = opts->key.op == STATOR_C_NONE, .table = table};
    opts->count_only = true;
    TRY(page_plan(db, turn, opts, &plan));
    return count_pages(db, turn, &plan, count);
}

stator_rc stator_count_items(stator *db, const char *table, int64_t *count,
                             const stator_query_opts *given)
{
    stator_query_opts opts = {0};
    struct turn *turn = turn_begin();
    if (count != NULL) *count = 0;
    if (turn == NULL) return STATOR_E_NOMEM;
    if (count == NULL)
        return turn_end(turn, FAIL(&turn->err, ST_MISUSE, "stator_count: `count` is NULL"));
    status st = options_take("stator_query_opts", given, &opts, sizeof opts, &turn->err);
    if (st == ST_OK) st = handle_enter(db, &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = count_all(db, turn, table, &opts, count);
    handle_leave(db);
    return turn_end(turn, st);
}
