/* page.h -- pages of a query or scan.
 *
 *     page_plan   the options -> a request, and where it starts
 *     page_read   the plan, from a start on -> a page
 *
 * The plan of a pager outlives the call that made it (page_plan_keep): a literal is read once,
 * however many pages follow.
 */
#ifndef STATOR_DB_PAGE_H
#define STATOR_DB_PAGE_H

#include "db/request.h"
#include "db/result.h"

struct page_plan {
    bool scans;
    const char *table;
    struct value request; /* all but where it starts and how long it is */
    int limit;            /* items to evaluate; 0: no limit */
    struct value start;   /* ExclusiveStartKey; VALUE_NONE: from the beginning */
    struct span index;    /* empty: the table itself */
    bool descending;
    const stator_retry *retry;
    int64_t timeout_us;
};

/* Make the plan of `opts`, in scratch: plan->scans and ->table are set before. ST_VALIDATION,
 * ST_MISUSE, ST_TOO_DEEP, ST_NO_MEMORY. */
MUST_USE status page_plan(stator *db, struct turn *turn, const stator_query_opts *opts,
                          struct page_plan *plan);

/* Copy all that the plan points to into `arena`. ST_NO_MEMORY. */
MUST_USE status page_plan_keep(struct page_plan *plan, struct arena *arena);

/* Read the page at plan->start, within handle_enter. What call_make has. */
MUST_USE status page_read(stator *db, struct turn *turn, const struct page_plan *plan,
                          stator_result **out);

/* LastEvaluatedKey of a page; VALUE_NONE: it was the last. */
MUST_USE struct value page_last_key(const stator_result *page);

#endif
