/* logbook_check.h -- proving the change log sound: engine_check's part about streams. */
#ifndef STATOR_ENGINE_LOGBOOK_CHECK_H
#define STATOR_ENGINE_LOGBOOK_CHECK_H

#include "engine/engine_own.h"

struct logbook_check {
    struct engine *engine;
    struct store_view *view;
    struct table *const *tables; /* all there are in the view */
    size_t table_count;
    engine_note_fn *problem; /* called for each problem found, in one line; or NULL */
    void *ctx;

    /* answer */
    uint64_t streams, records, problems;
};

/* Every record is whole, stands in the shard that its keys lead to, between what was trimmed and
 * what the shard says is the last; shards count their records and their bytes to the byte; marks
 * form one list and are right; open shards cover every hash once; every table that is on has its
 * stream, and every stream that is on its table. ST_OK whatever was found; the store's. */
MUST_USE status logbook_check(struct logbook_check *check);

/* Is there a stream with this number? */
MUST_USE status logbook_check_knows(struct store_view *view, uint32_t stream, bool *out);

#endif
