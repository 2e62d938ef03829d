/* pager.c -- a query or scan that goes on from page to page.
 *
 *     stator_next        the item after the last one; reads a page when the one before is used up
 *     stator_next_page   what is left of the page, else the next one
 *
 * G1  plan.start is where the page after the current one begins; is_last says that there is none.
 * G2  A page that could not be read changes nothing: the same call may be made again.
 */
#include "base/limits.h"
#include "db/handle.h"
#include "db/keep.h"
#include "db/options.h"
#include "db/page.h"
#include "db/use.h"

struct stator_pager {
    stator *db; /* held */
    struct use use;
    struct arena arena; /* of the plan */
    struct page_plan plan;
    struct arena starts[2]; /* of plan.start: the one in use, and the next */
    unsigned start_turn;
    stator_result *page; /* items of it from `at` on are to be given; or NULL */
    size_t at;
    size_t left; /* of max_items; SIZE_MAX: no bound */
    bool is_last;
    const char *token; /* of plan.start, beside it; NULL: there is no further page */
    bool has_begun;    /* some page was read */
    bool has_filter;
    int limit;
    int64_t page_delay_us;
};

/* ---- making and ending */

static status pager_new(stator *db, const stator_query_opts *opts, stator_pager **out)
{
    stator_pager *pager = mem_new(mem_heap(), sizeof *pager);
    if (pager == NULL) return ST_NO_MEMORY;
    handle_hold(db);
    pager->db = db;
    atomic_flag_clear(&pager->use.busy);
    arena_init(&pager->arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    arena_init(&pager->starts[0], mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    arena_init(&pager->starts[1], mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    pager->left = opts->max_items > 0 ? (size_t)opts->max_items : SIZE_MAX;
    pager->has_filter = opts->filter.op != STATOR_C_NONE;
    pager->limit = opts->limit;
    pager->page_delay_us = opts->page_delay_us;
    *out = pager;
    return ST_OK;
}

void stator_pager_free(stator_pager *pager)
{
    if (pager == NULL) return;
    stator_result_free(pager->page);
    arena_deinit(&pager->starts[1]);
    arena_deinit(&pager->starts[0]);
    arena_deinit(&pager->arena);
    handle_drop(pager->db);
    mem_free(mem_heap(), pager, sizeof *pager);
}

static status make(stator *db, struct turn *turn, const stator_query_opts *opts,
                   struct page_plan plan, stator_pager **out)
{
    stator_pager *pager = NULL;
    if (plan.scans) plan.table = opts->table;
    TRY(page_plan(db, turn, opts, &plan));
    TRY_PLAIN(&turn->err, pager_new(db, opts, &pager));
    pager->plan = plan;
    if (page_plan_keep(&pager->plan, &pager->arena) != ST_OK) {
        stator_pager_free(pager);
        return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    }
    *out = pager;
    return ST_OK;
}

static stator_rc open(stator *db, const stator_query_opts *given, struct page_plan plan,
                      stator_pager **out)
{
    stator_query_opts opts = {0};
    struct turn *turn = turn_begin();
    if (out != NULL) *out = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    if (out == NULL)
        return turn_end(turn, FAIL(&turn->err, ST_MISUSE, "there is no `out` for the pager"));
    status st = options_take("stator_query_opts", given, &opts, sizeof opts, &turn->err);
    if (st == ST_OK) st = handle_enter(db, &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = make(db, turn, &opts, plan, out);
    handle_leave(db);
    return turn_end(turn, st);
}

stator_rc stator_pager_query(stator *db, const char *table, stator_pager **out,
                             const stator_query_opts *opts)
{
    return open(db, opts, (struct page_plan){.table = table}, out);
}

stator_rc stator_pager_scan(stator *db, stator_pager **out, const stator_query_opts *opts)
{
    return open(db, opts, (struct page_plan){.scans = true}, out);
}

/* ---- reading on */

/* Where the page after `page` begins (G1), copied: the page is the application's. */
static status move_start(stator_pager *pager, const stator_result *page)
{
    const struct value last_key = page_last_key(page);
    const unsigned next = pager->start_turn ^ 1U;
    struct arena *arena = &pager->starts[next];
    struct value start = {.type = last_key.type};
    const char *token = NULL;
    arena_reset(arena);
    if (page->token != NULL) {
        token = keep_text(arena, span_of(page->token));
        if (token == NULL || !arena_copy(arena, last_key.body, &start.body)) return ST_NO_MEMORY;
    }
    pager->is_last = token == NULL;
    pager->token = token;
    pager->plan.start = start;
    pager->start_turn = next;
    return ST_OK;
}

/* A page of no more than is still wanted, where what is evaluated is what is given. */
static void set_limit(stator_pager *pager)
{
    const bool bounded = pager->left != SIZE_MAX && !pager->has_filter;
    const bool less = pager->limit == 0 || (pager->limit > 0 && pager->left < (size_t)pager->limit);
    pager->plan.limit = bounded && less ? (int)pager->left : pager->limit;
}

static status pause(stator_pager *pager, struct turn *turn)
{
    if (pager->page_delay_us <= 0 || !pager->has_begun) return ST_OK;
    const status st =
        handle_pause(pager->db, (uint64_t)pager->page_delay_us, atomic_load(&pager->db->canceled));
    return st == ST_OK ? ST_OK : FAIL_PLAIN(&turn->err, st);
}

/* The next page; *out is NULL at the end. */
static status read_on(stator_pager *pager, struct turn *turn, stator_result **out)
{
    stator_result *page = NULL;
    *out = NULL;
    if (pager->is_last) return ST_OK;
    TRY(handle_enter(pager->db, &turn->err));
    set_limit(pager);
    status st = pause(pager, turn);
    if (st == ST_OK) st = page_read(pager->db, turn, &pager->plan, &page);
    handle_leave(pager->db);
    if (st != ST_OK) return st;
    if (move_start(pager, page) != ST_OK) {
        stator_result_free(page);
        return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    }
    pager->has_begun = true;
    *out = page;
    return ST_OK;
}

/* Has the page an item to give? One of count_only has a count alone. */
static bool has_item(const stator_pager *pager)
{
    const stator_result *page = pager->page;
    return page != NULL && page->items != NULL && pager->at < page->count;
}

/* The page that has an item to give; NULL at the end. */
static status find_page(stator_pager *pager, struct turn *turn)
{
    while (!has_item(pager)) {
        stator_result *next = NULL;
        TRY(read_on(pager, turn, &next));
        stator_result_free(pager->page);
        pager->page = next;
        pager->at = 0;
        if (next == NULL) return ST_OK;
    }
    return ST_OK;
}

static status next_item(stator_pager *pager, struct turn *turn, const stator_node **item)
{
    if (pager->left == 0) return ST_OK;
    TRY(find_page(pager, turn));
    if (pager->page == NULL) return ST_OK;
    *item = pager->page->items[pager->at++];
    if (pager->left != SIZE_MAX) pager->left--;
    return ST_OK;
}

stator_rc stator_next(stator_pager *pager, const stator_node **item)
{
    struct turn *turn = turn_begin();
    if (item != NULL) *item = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    if (pager == NULL || item == NULL)
        return turn_end(turn,
                        FAIL(&turn->err, ST_MISUSE, "stator_next: `pager` or `item` is NULL"));
    status st = use_begin(&pager->use, "pager", &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = next_item(pager, turn, item);
    use_end(&pager->use);
    const stator_rc rc = turn_end(turn, st);
    return rc == STATOR_OK && *item == NULL ? STATOR_DONE : rc;
}

/* A page of which stator_next has given nothing, or a new one. */
static status next_page(stator_pager *pager, struct turn *turn, stator_result **out)
{
    if (pager->left == 0) return ST_OK;
    if (pager->page != NULL && pager->at > 0 && pager->at < pager->page->count)
        return FAIL(&turn->err, ST_MISUSE,
                    "stator_next_page: stator_next is in the middle of a page");
    if (pager->page != NULL && pager->at == 0) {
        *out = pager->page;
        pager->page = NULL;
    } else {
        TRY(read_on(pager, turn, out));
    }
    const size_t count = *out != NULL ? (*out)->count : 0;
    if (pager->left != SIZE_MAX) pager->left -= count < pager->left ? count : pager->left;
    return ST_OK;
}

stator_rc stator_next_page(stator_pager *pager, stator_result **page)
{
    struct turn *turn = turn_begin();
    if (page != NULL) *page = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    if (pager == NULL || page == NULL)
        return turn_end(turn,
                        FAIL(&turn->err, ST_MISUSE, "stator_next_page: `pager` or `page` is NULL"));
    status st = use_begin(&pager->use, "pager", &turn->err);
    if (st != ST_OK) return turn_end(turn, st);
    st = next_page(pager, turn, page);
    use_end(&pager->use);
    const stator_rc rc = turn_end(turn, st);
    return rc == STATOR_OK && *page == NULL ? STATOR_DONE : rc;
}

const char *stator_pager_token(const stator_pager *pager)
{
    return pager != NULL ? pager->token : NULL;
}
