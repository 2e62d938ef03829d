/* node.h -- stored values as the application reads them.
 *
 * A node is a view of stored bytes, which know neither children that can be pointed at nor texts
 * that end with a NUL. Both are made when they are first asked for and kept beside the node, in the
 * arena of whoever owns it:
 *
 *     node --> value: type, body in stored bytes
 *          \-> kept:  children (one array, in stored order), text, name
 *
 * D1  A node makes its children once and its texts once: reading the same thing for ever takes no
 *     more memory than reading it once.
 * D2  Nodes are const to the application, but `kept` is written on first asking: like all that an
 *     owner owns they belong to one thread at a time.
 */
#ifndef STATOR_DB_NODE_H
#define STATOR_DB_NODE_H

#include "db/path.h"
#include "item/value.h"
#include "stator/stator.h"

struct node_kept {
    struct arena *arena;
    struct stator_node *children;
    struct node_kept *children_kept;
    uint32_t child_count;
    bool is_open;     /* are the children made? */
    const char *text; /* a string, or a number's decimal */
    const char *name_text;
};

struct stator_node {
    struct value value;
    struct span name; /* in the map that it stands in; else empty */
    struct node_kept *kept;
    bool is_item; /* not nested in anything */
};

/* A node with its kept part, in the memory of an owner. */
struct node_root {
    struct stator_node node;
    struct node_kept kept;
};

/* Make *root a view of an item's attributes (a map), what it keeps being taken from `arena`; both
 * outlive it. Again after either was changed. */
void node_init(struct node_root *root, struct arena *arena, struct value item);

/* A node in `arena` over a value that lives there. NULL: no memory. */
MUST_USE struct stator_node *node_new(struct arena *arena, struct value v);

/* The value of `node`; VALUE_NONE for NULL. */
MUST_USE struct value node_value(const struct stator_node *node);

/* Where one step of a path leads from `node`; *out is NULL when it leads nowhere. ST_NO_MEMORY. */
MUST_USE status node_step(const struct stator_node *node, path_part part,
                          const struct path_step *step, const struct stator_node **out);

/* What `path` leads to from `node`; *out is NULL when it leads nowhere. ST_VALIDATION: it is no
 * path; ST_NO_MEMORY. */
MUST_USE status node_find(const struct stator_node *node, struct span path,
                          const struct stator_node **out);

/* `node`'s child `i`; *out is NULL when there is none. ST_NO_MEMORY. */
MUST_USE status node_child(const struct stator_node *node, size_t i,
                           const struct stator_node **out);

/* Terminated texts: of a string, or a number's decimal (asserted); of the name. NULL: no memory. */
MUST_USE const char *node_text(const struct stator_node *node);
MUST_USE const char *node_name(const struct stator_node *node);

#endif
