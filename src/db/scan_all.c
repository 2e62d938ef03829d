/* scan_all.c -- a scan in parts, each on a thread of its own.
 *
 * Every part is a pager of its own segment; the first rc that is not STATOR_OK, a part's or the
 * application's, stops the others at their next item, and is the whole's.
 *
 * A1  The calling thread reads part 0; errors of the others are copied to it when all have ended.
 */
#include <stdatomic.h>

#include "db/handle.h"
#include "db/options.h"
#include "db/turn.h"
#include "os/thread.h"

enum { SEGMENTS_MAX = 256 };

struct scan {
    stator *db;
    stator_query_opts opts;
    int segments;
    stator_each_fn *each;
    void *ud;
    uint64_t canceled; /* cancellations when it began */
    atomic_bool is_over;
};

struct part {
    struct scan *scan;
    struct thread thread;
    int segment;
    bool is_begun;
    stator_rc rc;
    struct turn_copy error; /* if it failed */
};

static stator_rc next_item(const struct scan *scan, stator_pager *pager, const stator_node **item)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    const stator_rc rc = turn_end(turn, handle_check(scan->db, scan->canceled, &turn->err));
    return rc == STATOR_OK ? stator_next(pager, item) : rc;
}

static stator_rc give_items(const struct part *part, stator_pager *pager)
{
    struct scan *scan = part->scan;
    while (!atomic_load(&scan->is_over)) {
        const stator_node *item = NULL;
        stator_rc rc = next_item(scan, pager, &item);
        if (rc == STATOR_DONE) return STATOR_OK;
        if (rc == STATOR_OK) rc = scan->each(scan->ud, part->segment, item);
        if (rc != STATOR_OK) return rc;
    }
    return STATOR_OK;
}

static void read_part(void *ctx)
{
    struct part *part = ctx;
    struct scan *scan = part->scan;
    stator_query_opts opts = scan->opts;
    stator_pager *pager = NULL;
    opts.segment = part->segment;
    opts.segments = scan->segments;
    part->rc = stator_pager_scan(scan->db, &pager, &opts);
    if (part->rc == STATOR_OK) part->rc = give_items(part, pager);
    if (part->rc < 0) turn_save(&part->error);
    if (part->rc != STATOR_OK) atomic_store(&scan->is_over, true);
    stator_pager_free(pager);
}

static void run(struct part *parts, int count)
{
    for (int i = 1; i < count; i++)
        parts[i].is_begun =
            thread_start(&parts[i].thread, "stator-scan", read_part, &parts[i]) == ST_OK;
    read_part(&parts[0]);
    for (int i = 1; i < count; i++) {
        if (parts[i].is_begun) {
            thread_join(&parts[i].thread);
        } else {
            read_part(&parts[i]); /* no thread was to be had: here, after the others */
        }
    }
}

/* The first that failed, else the first that stopped. */
static const struct part *decisive(const struct part *parts, int count)
{
    const struct part *found = &parts[0];
    for (int i = 1; i < count; i++) {
        const bool is_worse = parts[i].rc < 0 && found->rc >= 0;
        if (is_worse || (found->rc == STATOR_OK && parts[i].rc != STATOR_OK)) found = &parts[i];
    }
    return found;
}

static stator_rc scan_parts(struct scan *scan, struct part *parts)
{
    for (int i = 0; i < scan->segments; i++) parts[i] = (struct part){.scan = scan, .segment = i};
    run(parts, scan->segments);
    const struct part *part = decisive(parts, scan->segments);
    return part->rc < 0 ? turn_restore(&part->error, part->rc) : part->rc;
}

static status check(struct turn *turn, const struct scan *scan)
{
    struct error *err = &turn->err;
    if (scan->db == NULL || scan->each == NULL)
        return FAIL(err, ST_MISUSE, "stator_scan_all: the handle or `each` is NULL");
    if (scan->segments < 1 || scan->segments > SEGMENTS_MAX)
        return FAIL(err, ST_VALIDATION, "a scan has 1 to %d segments, not %d", SEGMENTS_MAX,
                    scan->segments);
    return ST_OK;
}

static stator_rc scan_in_parts(struct scan *scan)
{
    scan->canceled = atomic_load(&scan->db->canceled);
    const size_t count = (size_t)scan->segments;
    struct part *parts = mem_new_array(mem_heap(), count, sizeof *parts);
    if (parts == NULL) return turn_note(STATOR_E_NOMEM, "out of memory");
    const stator_rc rc = scan_parts(scan, parts);
    mem_free(mem_heap(), parts, count * sizeof *parts);
    return rc;
}

stator_rc stator_scan_all(stator *db, const stator_query_opts *opts, stator_each_fn *each, void *ud)
{
    struct scan scan = {.db = db, .each = each, .ud = ud};
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    status st = options_take("stator_query_opts", opts, &scan.opts, sizeof scan.opts, &turn->err);
    scan.opts.size = sizeof scan.opts;
    scan.segments = scan.opts.segments;
    if (st == ST_OK) st = check(turn, &scan);
    const stator_rc rc = turn_end(turn, st);
    return rc == STATOR_OK ? scan_in_parts(&scan) : rc;
}
