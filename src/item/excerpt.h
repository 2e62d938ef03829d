/* excerpt.h -- the beginning of what is too long to be shown whole.
 *
 * For people who ask what happened: a text or a value of any size becomes one of a bounded size,
 * and says so when it is not all.
 */
#ifndef STATOR_ITEM_EXCERPT_H
#define STATOR_ITEM_EXCERPT_H

#include "base/arena.h"
#include "item/value.h"

/* A text, or the beginning of one. */
struct excerpt {
    struct span text;
    bool cut;
};

/* `text`, or as many whole characters of its UTF-8 as `bytes_max` bytes hold. Not copied. */
MUST_USE struct excerpt excerpt_text(struct span text, size_t bytes_max);

/* *v, or of a body beyond `bytes_max` its beginning: whole characters of a string, bytes of a
 * binary, whole elements, members or attributes of what has some; numbers are short. Copied into
 * `arena`. *cut: it is not all. ST_NO_MEMORY. */
MUST_USE status excerpt_value(struct value *v, size_t bytes_max, struct arena *arena, bool *cut);

#endif
