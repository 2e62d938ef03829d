/* reply_tree.c -- see reply_tree.h.
 *
 * A value's length stands before it and is known behind it: the gaps are value_build.h's. The
 * outermost value has none. A map whose names came in ascending order is not sorted, which spares a
 * page of items a copy.
 *
 * R1  Between two calls, `at` is set exactly when the next call writes the value of a key.
 */
#include "api/reply_tree.h"

#include <assert.h>

#include "item/number.h"

void reply_tree_init(struct reply_tree *tree, struct arena *arena)
{
    tree->depth = 0;
    tree->late = error_in(arena);
    value_build_init(&tree->build, arena, &tree->late);
}

static struct reply_tree_open *innermost(struct reply_tree *tree)
{
    assert(tree->depth > 0);
    return &tree->open[tree->depth - 1];
}

/* Does the name that ends where the body begins come after the one before it? */
static void note_name(const struct reply_tree *tree, struct reply_tree_open *map)
{
    const struct buf *body = &tree->build.body;
    if (buf_status(body) != ST_OK) return;
    const struct reply_tree_name last = map->last;
    map->last = (struct reply_tree_name){tree->at.gap, tree->at.body - tree->at.gap};
    if (map->count == 0) return;
    const struct span before = {body->ptr + last.at, last.len};
    const struct span name = {body->ptr + map->last.at, map->last.len};
    map->ascending = map->ascending && span_compare(before, name) < 0;
}

void reply_tree_key(struct reply_tree *tree, struct span name)
{
    struct reply_tree_open *map = innermost(tree);
    assert(map->type == VALUE_M);
    tree->at = value_build_attribute(&tree->build, name);
    note_name(tree, map);
}

/* Where the body that comes next belongs. */
static struct value_build_attribute child_begin(struct reply_tree *tree)
{
    if (tree->depth == 0) return (struct value_build_attribute){0};
    if (innermost(tree)->type == VALUE_M) return tree->at;
    return (struct value_build_attribute){.gap = value_build_element(&tree->build)};
}

static void child_end(struct reply_tree *tree, struct value_build_attribute at, value_type type)
{
    if (tree->depth == 0) return;
    struct reply_tree_open *parent = innermost(tree);
    parent->count++;
    if (parent->type == VALUE_M)
        value_build_attribute_end(&tree->build, at, type);
    else
        value_build_element_end(&tree->build, at.gap, type);
}

void reply_tree_begin(struct reply_tree *tree, value_type type)
{
    assert(tree->depth < REPLY_TREE_DEPTH);
    const struct value_build_attribute at = child_begin(tree);
    tree->open[tree->depth++] = (struct reply_tree_open){
        .at = at,
        .begun = value_write_begin(&tree->build.body),
        .type = type,
        .ascending = true,
    };
}

void reply_tree_end(struct reply_tree *tree)
{
    const struct reply_tree_open closed = *innermost(tree);
    if (!closed.ascending)
        value_build_map_end(&tree->build, closed.begun, closed.count);
    else
        value_write_end(&tree->build.body, closed.begun, closed.count);
    tree->depth--;
    child_end(tree, closed.at, closed.type);
}

void reply_tree_scalar(struct reply_tree *tree, struct value v)
{
    const struct value_build_attribute at = child_begin(tree);
    buf_put(&tree->build.body, v.body);
    child_end(tree, at, v.type);
}

void reply_tree_number(struct reply_tree *tree, struct span text)
{
    const struct value_build_attribute at = child_begin(tree);
    value_build_number(&tree->build, text);
    child_end(tree, at, VALUE_N);
}

void reply_tree_i64(struct reply_tree *tree, int64_t n)
{
    const struct number number = number_from_i64(n);
    reply_tree_scalar(tree, (struct value){VALUE_N, number_view(&number)});
}

status reply_tree_status(const struct reply_tree *tree)
{
    TRY(buf_status(&tree->build.body));
    return tree->late.status;
}

struct value reply_tree_view(const struct reply_tree *tree)
{
    assert(tree->depth == 0);
    assert(reply_tree_status(tree) == ST_OK);
    return value_build_view(&tree->build, 0, VALUE_M);
}
