/* keep.h -- what keeps literals beyond their block. */
#ifndef STATOR_DB_KEEP_H
#define STATOR_DB_KEEP_H

#include "base/arena.h"
#include "base/error.h"
#include "stator/stator.h"

struct stator_pool {
    struct arena arena;
};

/* A terminated copy of `text` in `arena`; NULL: no memory. */
MUST_USE const char *keep_text(struct arena *arena, struct span text);

/* Literals that tell, when they are used, why they could not be made: what `err` says, copied into
 * `arena`. */
MUST_USE stator_val keep_bad_val(struct arena *arena, const struct error *err);
MUST_USE stator_cond keep_bad_cond(struct arena *arena, const struct error *err);
MUST_USE stator_upd keep_bad_upd(struct arena *arena, const struct error *err);

#endif
