/* count.c -- how many items a query or scan finds, over all its pages. */
#include "db/handle.h"
#include "db/options.h"
#include "db/page.h"

static status count_pages(stator *db, struct turn *turn, struct page_plan *plan, int64_t *count)
{
    for (;;) {
        stator_result *page = NULL;
        TRY(page_read(db, turn, plan, &page));
        *count += (int64_t)page->count;
        const struct value last_key = page_last_key(page);
        struct value start = {.type = last_key.type};
        const bool copied = arena_copy(&turn->scratch, last_key.body, &start.body);
        stator_result_free(page);
        if (start.type == VALUE_NONE) return ST_OK;
        if (!copied) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
        plan->start = start;
    }
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
