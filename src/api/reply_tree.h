/* reply_tree.h -- a value written from outside in: objects and arrays within each other.
 *
 *     reply_tree_begin(VALUE_M) … reply_tree_key, reply_tree_scalar … reply_tree_end
 *     -> reply_tree_status -> reply_tree_view
 *
 * The depth is the table's below, not DynamoDB's limit for items: an item of 32 levels stands deep
 * within a reply. Names of a map may come in any order and stand in ascending order at its end; of
 * two that are equal the last stays.
 *
 * Memory: everything is in the arena given to reply_tree_init. Failure sticks.
 */
#ifndef STATOR_API_REPLY_TREE_H
#define STATOR_API_REPLY_TREE_H

#include "base/arena.h"
#include "base/error.h"
#include "item/value.h"
#include "item/value_build.h"

enum { REPLY_TREE_DEPTH = 96 }; /* more than LIMIT_JSON_DEPTH, and than any operation writes */

/* A container that is open: where it stands in its parent, and what it has. */
struct reply_tree_open {
    struct value_build_attribute at;
    size_t begun;
    uint32_t count;
    value_type type;
    struct reply_tree_name {
        size_t at;
        size_t len;
    } last;         /* the name that was written last */
    bool ascending; /* do the names ascend so far? */
};

struct reply_tree {
    struct value_build build;
    struct error late;               /* of `build`: a number that is none */
    struct value_build_attribute at; /* what reply_tree_key left open */
    uint32_t depth;
    struct reply_tree_open open[REPLY_TREE_DEPTH];
};

/* An empty tree. */
void reply_tree_init(struct reply_tree *tree, struct arena *arena);

/* Open a VALUE_M or VALUE_L, and close what was opened last. */
void reply_tree_begin(struct reply_tree *tree, value_type type);
void reply_tree_end(struct reply_tree *tree);

/* The name of the member that comes next. */
void reply_tree_key(struct reply_tree *tree, struct span name);

/* A whole value as it stands: its bytes are copied once. */
void reply_tree_scalar(struct reply_tree *tree, struct value v);

/* A number, from its text or itself. Text that is no number of DynamoDB is a failure. */
void reply_tree_number(struct reply_tree *tree, struct span text);
void reply_tree_i64(struct reply_tree *tree, int64_t n);

/* ST_OK, or the first failure: ST_NO_MEMORY; ST_VALIDATION, a number that is none. */
MUST_USE status reply_tree_status(const struct reply_tree *tree);

/* The value, when all that was opened is closed; asserts that nothing failed. */
MUST_USE struct value reply_tree_view(const struct reply_tree *tree);

#endif
