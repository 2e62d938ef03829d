/* node.c -- making a node's children and texts, once. See node.h. */
#include "db/node.h"

#include <assert.h>
#include <string.h>

#include "item/number.h"

enum { CHILD_BYTES_MIN = 4 }; /* stored: a set's member of no bytes */

void node_init(struct node_root *root, struct arena *arena, struct value item)
{
    root->kept = (struct node_kept){.arena = arena};
    root->node = (struct stator_node){.value = item, .kept = &root->kept, .is_item = true};
}

struct stator_node *node_new(struct arena *arena, struct value v)
{
    struct node_root *root = arena_new(arena, struct node_root);
    if (root == NULL) return NULL;
    node_init(root, arena, v);
    root->node.is_item = false;
    return &root->node;
}

struct value node_value(const struct stator_node *node)
{
    return node != NULL ? node->value : (struct value){0};
}

/* ---- children */

static bool is_container(value_type type)
{
    return value_is_set(type) || type == VALUE_M || type == VALUE_L;
}

static bool next_child(struct value_cursor *cursor, value_type type, struct stator_node *child)
{
    if (type == VALUE_M) return value_next_attribute(cursor, &child->name, &child->value);
    if (type == VALUE_L) return value_next_element(cursor, &child->value);
    child->value.type = value_element_type(type);
    return value_next_member(cursor, &child->value.body);
}

/* As many as there can be: a damaged count promises more than its bytes hold. */
static size_t room_for(struct value container)
{
    const size_t count = value_count(container);
    const size_t most = container.body.len / CHILD_BYTES_MIN;
    return count < most ? count : most;
}

static bool make_children(const struct stator_node *node)
{
    struct node_kept *const kept = node->kept;
    const size_t room = room_for(node->value);
    if (room == 0) return true;
    kept->children = arena_new_array(kept->arena, room, struct stator_node);
    kept->children_kept = arena_new_array(kept->arena, room, struct node_kept);
    if (kept->children == NULL || kept->children_kept == NULL) return false;
    struct value_cursor cursor = value_walk(node->value);
    for (uint32_t i = 0; i < room; i++) {
        struct stator_node *child = &kept->children[i];
        if (!next_child(&cursor, node->value.type, child)) break;
        kept->children_kept[i].arena = kept->arena;
        child->kept = &kept->children_kept[i];
        kept->child_count++;
    }
    return true;
}

/* Make the children unless they are there; of a scalar there are none. */
static status open(const struct stator_node *node)
{
    if (node->kept->is_open || !is_container(node->value.type)) return ST_OK;
    node->kept->is_open = make_children(node);
    return node->kept->is_open ? ST_OK : ST_NO_MEMORY;
}

status node_child(const struct stator_node *node, size_t i, const struct stator_node **out)
{
    *out = NULL;
    if (node == NULL) return ST_OK;
    TRY(open(node));
    if (i < node->kept->child_count) *out = &node->kept->children[i];
    return ST_OK;
}

/* Attributes stand in the order of their names (value.h, V1). */
static const struct stator_node *find_name(const struct stator_node *map,
                                           const struct path_step *step)
{
    uint32_t low = 0;
    uint32_t high = map->kept->child_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct stator_node *child = &map->kept->children[middle];
        const int order = path_compare(step, child->name);
        if (order == 0) return child;
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

status node_step(const struct stator_node *node, path_part part, const struct path_step *step,
                 const struct stator_node **out)
{
    *out = NULL;
    if (node == NULL) return ST_OK;
    if (part == PATH_INDEX && node->value.type == VALUE_L)
        return node_child(node, step->index, out);
    if (part != PATH_NAME || node->value.type != VALUE_M) return ST_OK;
    TRY(open(node));
    *out = find_name(node, step);
    return ST_OK;
}

/* The whole path is read, whatever it leads to: a mistake in it is always told. */
status node_find(const struct stator_node *node, struct span path, const struct stator_node **out)
{
    struct path walk = path_over(path);
    struct path_step step = {0};
    *out = NULL;
    for (;;) {
        const path_part part = path_next(&walk, &step);
        if (part == PATH_BAD) return ST_VALIDATION;
        if (part == PATH_END) break;
        TRY(node_step(node, part, &step, &node));
    }
    *out = node;
    return ST_OK;
}

/* ---- texts */

static const char *terminated(struct arena *arena, struct span text)
{
    char *copy = arena_alloc_raw(arena, text.len + 1);
    if (copy == NULL) return NULL;
    if (text.len > 0) memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

static const char *make_text(const struct stator_node *node)
{
    char decimal[NUMBER_TEXT_BYTES_MAX];
    struct span text = node->value.body;
    if (node->value.type == VALUE_N)
        text = (struct span){(const uint8_t *)decimal, number_text(node->value.body, decimal)};
    return terminated(node->kept->arena, text);
}

const char *node_text(const struct stator_node *node)
{
    assert(node->value.type == VALUE_S || node->value.type == VALUE_N);
    if (node->kept->text == NULL) node->kept->text = make_text(node);
    return node->kept->text;
}

const char *node_name(const struct stator_node *node)
{
    if (node->kept->name_text == NULL)
        node->kept->name_text = terminated(node->kept->arena, node->name);
    return node->kept->name_text;
}
