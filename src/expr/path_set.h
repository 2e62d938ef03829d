/* path_set.h -- the target paths of an update or projection, in order.
 *
 * Sorted step by step (list indexes by number, then names by their bytes; a path before those that
 * go on from it), targets that share a beginning are neighbours. So the targets within a map or
 * list are a range, and walking the range beside the map's sorted attributes visits each once.
 *
 * S1  No path begins with all of another one, and no two go on from one place by a name and by an
 *     index: bind refuses both.
 */
#ifndef STATOR_EXPR_PATH_SET_H
#define STATOR_EXPR_PATH_SET_H

#include "expr/code.h"

/* Make *order, the numbers of expr's targets sorted by path. ST_VALIDATION: S1, in DynamoDB's
 * words. ST_NO_MEMORY. */
MUST_USE status path_set_sort(const struct expr *expr, struct arena *arena, const uint32_t **order,
                              struct error *err);

/* A range of targets that share their first `depth` steps. */
struct path_set {
    const struct expr *expr;
    const uint32_t *at;
    size_t count;
    uint16_t depth;
};

/* All targets of a bound update or projection. */
MUST_USE struct path_set path_set_all(const struct expr *expr);

/* Take off the front of *set (not empty) those targets that share the next step; the result's depth
 * is one more. */
MUST_USE struct path_set path_set_take(struct path_set *set);

/* The step that all of a set's targets took last; its depth is not 0. */
MUST_USE const struct code_step *path_set_step(const struct path_set *set);

/* Is the set one target whose path ends here? Then *target is its number. */
MUST_USE bool path_set_ends(const struct path_set *set, uint32_t *target);

/* Do the set's targets (which do not end here) go on by an index? Else by a name. */
MUST_USE bool path_set_indexes(const struct path_set *set);

#endif
