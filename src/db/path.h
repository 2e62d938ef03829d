/* path.h -- paths as applications write them: "address.lines[0]", "a\.b".
 *
 *     path  := ( name | index ) { "." name | index }
 *     name  := a byte other than . [ ] \  or  "\" and one of . [ ] , : \ ;  at least one
 *     index := "[" 0, or digits that do not begin with 0 "]"
 *
 * A step points into the path's text; a name with backslashes is compared as it is written, and
 * only copied where a plain one is needed.
 */
#ifndef STATOR_DB_PATH_H
#define STATOR_DB_PATH_H

#include "base/arena.h"
#include "base/error.h"

struct path {
    struct span rest;
    bool begun;
};

typedef enum path_part {
    PATH_END,
    PATH_NAME,
    PATH_INDEX,
    PATH_BAD, /* what is left is no path */
} path_part;

struct path_step {
    struct span text;   /* a name as it is written, or the digits of an index */
    uint32_t index;     /* UINT32_MAX for all that is more */
    bool has_backslash; /* in a name */
};

/* A walk over the steps of `text`. */
MUST_USE struct path path_over(struct span text);
MUST_USE path_part path_next(struct path *path, struct path_step *out);

/* Is all of `text` a path? */
MUST_USE bool path_is_valid(struct span text);

/* The name that a step stands for: in its text, or without backslashes in `arena`. ST_NO_MEMORY. */
MUST_USE status path_name(const struct path_step *step, struct arena *arena, struct span *out);

/* Negative, zero or positive as the name of `step` sorts before, with or after `name`. */
MUST_USE int path_compare(const struct path_step *step, struct span name);

/* The path that leads to the attribute called `name`, with its NUL, in `arena`; NULL: no memory. */
MUST_USE const char *path_to(struct span name, struct arena *arena);

/* The sentence about what is no path, with a place for it. */
#define PATH_MISTAKE                                                                               \
    "a path is names joined by dots, with indexes in brackets, and this is none: \"%.*s\""

#endif
