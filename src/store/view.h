/* view.h -- one read function's view: a snapshot, and what was handed out from it. */
#ifndef STATOR_STORE_VIEW_H
#define STATOR_STORE_VIEW_H

#include "store/gaps.h"
#include "store/pins.h"
#include "store/snapshot.h"
#include "store/store.h"

struct store_view {
    const struct mem *mem;
    struct snapshot *snapshot;
    struct gaps *gaps;
    struct pins pins;
};

struct view_parts {
    const struct mem *mem;
    struct recent *recent; /* values read lately */
    struct gaps *gaps;     /* where walks need not go */
};

/* `snapshot` is used up: view_deinit drops it. */
void view_init(struct store_view *view, const struct view_parts *parts, struct snapshot *snapshot);
void view_deinit(struct store_view *view);

#endif
