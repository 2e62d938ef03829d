/* read.c -- what the application asks of a node. */
#include <assert.h>

#include "db/handout.h"
#include "db/node.h"
#include "db/real.h"
#include "db/turn.h"
#include "item/number.h"
#include "item/plain.h"
#include "item/wire.h"

/* What `path` (NULL: nowhere) leads to, if it is of `type`. */
static const stator_node *find(const stator_node *node, const char *path, value_type type)
{
    const stator_node *found = stator_at(node, path);
    return node_value(found).type == type ? found : NULL;
}

stator_kind stator_type(const stator_node *node)
{
    return (stator_kind)node_value(node).type;
}

size_t stator_len(const stator_node *node)
{
    const struct value v = node_value(node);
    switch (v.type) {
    case VALUE_S:
    case VALUE_B:
        return v.body.len;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
    case VALUE_M:
    case VALUE_L:
        return value_count(v);
    case VALUE_NONE:
    case VALUE_N:
    case VALUE_NULL:
    case VALUE_BOOL:
        return 0;
    }
    return 0;
}

/* A reader has no outcome to return: it tells the thread. */
static void note(status st, const char *path)
{
    if (st == ST_NO_MEMORY) (void)turn_note(STATOR_E_NOMEM, "out of memory");
    if (st == ST_VALIDATION)
        (void)turn_note(STATOR_E_INVALID, PATH_MISTAKE, SPAN_ARG(span_of(path)));
}

const stator_node *stator_at(const stator_node *node, const char *path)
{
    const stator_node *found = node;
    if (path != NULL) note(node_find(node, span_of(path), &found), path);
    return found;
}

const stator_node *stator_nth(const stator_node *node, size_t i, const char **name)
{
    const stator_node *child = NULL;
    if (name != NULL) *name = NULL;
    note(node_child(node, i, &child), NULL);
    if (child == NULL || name == NULL || node->value.type != VALUE_M) return child;
    *name = node_name(child);
    if (*name != NULL) return child;
    note(ST_NO_MEMORY, NULL);
    return NULL;
}

static const char *text_at(const stator_node *node, const char *path, value_type type)
{
    const stator_node *found = find(node, path, type);
    if (found == NULL) return NULL;
    const char *text = node_text(found);
    if (text == NULL) note(ST_NO_MEMORY, NULL);
    return text;
}

const char *stator_str(const stator_node *node, const char *path)
{
    return text_at(node, path, VALUE_S);
}

const char *stator_num(const stator_node *node, const char *path)
{
    return text_at(node, path, VALUE_N);
}

int64_t stator_int(const stator_node *node, const char *path, int64_t otherwise)
{
    const stator_node *found = find(node, path, VALUE_N);
    int64_t whole = 0;
    return found != NULL && number_to_i64(found->value.body, &whole) ? whole : otherwise;
}

double stator_dbl(const stator_node *node, const char *path, double otherwise)
{
    const stator_node *found = find(node, path, VALUE_N);
    return found != NULL ? real_of(found->value.body) : otherwise;
}

bool stator_flag(const stator_node *node, const char *path, bool otherwise)
{
    const stator_node *found = find(node, path, VALUE_BOOL);
    return found != NULL ? value_bool(found->value) : otherwise;
}

const void *stator_bytes(const stator_node *node, const char *path, size_t *len)
{
    const stator_node *found = stator_at(node, path);
    const struct value v = node_value(found);
    const bool has_bytes = v.type == VALUE_B || v.type == VALUE_S;
    if (len != NULL) *len = has_bytes ? v.body.len : 0;
    if (!has_bytes) return NULL;
    return v.body.ptr != NULL ? v.body.ptr : (const void *)found; /* no bytes, but they are there */
}

int stator_compare(const stator_node *a, const stator_node *b, bool *comparable)
{
    const struct value x = node_value(a);
    const struct value y = node_value(b);
    const bool ordered =
        x.type == y.type && (x.type == VALUE_S || x.type == VALUE_N || x.type == VALUE_B);
    if (comparable != NULL) *comparable = ordered;
    if (ordered) return value_compare(x, y);
    return x.type != VALUE_NONE && value_eq(x, y) ? 0 : 1;
}

/* ---- JSON */

static void write_wire(struct buf *text, const stator_node *node)
{
    struct json_writer json;
    json_writer_init(&json, text);
    if (node->is_item) {
        wire_write_map(&json, node->value);
    } else {
        wire_write_value(&json, node->value);
    }
}

static void write_plain(struct buf *text, const stator_node *node)
{
    struct json_writer json;
    json_writer_init(&json, text);
    plain_write(&json, node->value);
}

static void write_pretty(struct buf *text, const stator_node *node)
{
    struct buf compact;
    buf_init(&compact, mem_heap(), SIZE_MAX / 2);
    write_plain(&compact, node);
    plain_indent(buf_view(&compact), text);
    if (buf_status(&compact) != ST_OK) text->failed = buf_status(&compact);
    buf_deinit(&compact);
}

char *stator_json(const stator_node *node, stator_json_style style)
{
    static void (*const writers[])(struct buf * text, const stator_node *node) = {
        [STATOR_JSON_DYNAMODB] = write_wire,
        [STATOR_JSON_PLAIN] = write_plain,
        [STATOR_JSON_PRETTY] = write_pretty,
    };
    if (node == NULL) return NULL;
    if ((size_t)style >= ARRAY_COUNT(writers)) {
        (void)turn_note(STATOR_E_MISUSE, "%d is no style of JSON", (int)style);
        return NULL;
    }
    struct buf text;
    handout_begin(&text);
    writers[style](&text, node);
    char *given = handout_end(&text);
    if (given == NULL) note(ST_NO_MEMORY, NULL);
    return given;
}
