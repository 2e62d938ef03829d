/* doc.c -- an item that can be changed.
 *
 * A document is the stored form of an item, on the heap, and a node over it. Every change makes the
 * whole item anew: in the thread's scratch, by the update that the database would apply
 * (render_update, expr_update), and then in a block of its own that takes the old one's place. So a
 * change is whole or does not happen, and the nodes that were handed out end with it.
 *
 * Unlike an update of a table, stator_doc_set makes the maps that are missing on its way: the value
 * is wrapped in them, and set where the path leaves what is there.
 *
 *     {}  a.b.c = 1   becomes   SET a = {"b": {"c": 1}}
 */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "db/keep.h"
#include "db/literal.h"
#include "db/node.h"
#include "db/path.h"
#include "db/render.h"
#include "db/turn.h"
#include "item/item.h"
#include "item/plain.h"
#include "item/wire.h"

struct stator_doc {
    struct node_root root; /* over `body` */
    struct arena arena;    /* what the nodes keep */
    uint8_t *body;         /* a map's (value.h) */
    size_t size;
};

/* ---- making and ending */

/* Put `item` in the place of what `doc` holds. ST_NO_MEMORY: nothing happened. */
static status replace(stator_doc *doc, struct value item)
{
    uint8_t *body = mem_new(mem_heap(), item.body.len);
    if (body == NULL) return ST_NO_MEMORY;
    memcpy(body, item.body.ptr, item.body.len);
    arena_reset(&doc->arena);
    mem_free(mem_heap(), doc->body, doc->size);
    doc->body = body;
    doc->size = item.body.len;
    node_init(&doc->root, &doc->arena,
              (struct value){
                  VALUE_M, {body, doc->size}
    });
    return ST_OK;
}

static status make(struct turn *turn, struct value item, stator_doc **out)
{
    stator_doc *doc = mem_new(mem_heap(), sizeof *doc);
    if (doc == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    arena_init(&doc->arena, mem_heap(), LIMIT_REQUEST_ARENA_BYTES);
    if (replace(doc, item) != ST_OK) {
        stator_doc_free(doc);
        return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    }
    *out = doc;
    return ST_OK;
}

stator_doc *stator_doc_new(void)
{
    static const struct value empty = {
        VALUE_M, {(const uint8_t *)"\0\0\0\0", 4}
    };
    stator_doc *doc = NULL;
    struct turn *turn = turn_begin();
    if (turn == NULL) return NULL;
    (void)turn_end(turn, make(turn, empty, &doc));
    return doc;
}

static status copy(struct turn *turn, const stator_node *map, stator_doc **out)
{
    if (node_value(map).type != VALUE_M)
        return FAIL(&turn->err, ST_VALIDATION, "a document is made of a map");
    return make(turn, map->value, out);
}

stator_doc *stator_doc_copy(const stator_node *map)
{
    stator_doc *doc = NULL;
    struct turn *turn = turn_begin();
    if (turn == NULL) return NULL;
    (void)turn_end(turn, copy(turn, map, &doc));
    return doc;
}

void stator_doc_free(stator_doc *doc)
{
    if (doc == NULL) return;
    arena_deinit(&doc->arena);
    mem_free(mem_heap(), doc->body, doc->size);
    mem_free(mem_heap(), doc, sizeof *doc);
}

const stator_node *stator_doc_node(const stator_doc *doc)
{
    return doc != NULL ? &doc->root.node : NULL;
}

size_t stator_doc_bytes(const stator_doc *doc)
{
    return doc != NULL ? item_size(doc->root.node.value) : 0;
}

/* ---- parsing */

static status read_item(struct json_reader *json, stator_json_style style, struct value *out,
                        struct error *err)
{
    struct error late = error_in(json->arena);
    json_token token = JSON_END;
    struct span text = {0};
    TRY_PLAIN(err, json_reader_next(json, &token, &text));
    if (token != JSON_OBJECT_BEGIN) return FAIL_PLAIN(err, ST_SERIALIZATION);
    if (style == STATOR_JSON_DYNAMODB) {
        TRY(wire_read_map(json, token, out, &late, err));
    } else {
        TRY(plain_read_item(json, out, &late, err));
    }
    TRY_PLAIN(err, json_reader_next(json, &token, &text));
    if (late.status != ST_OK) *err = late;
    return late.status;
}

static status parse(struct turn *turn, struct span text, stator_json_style style, stator_doc **out)
{
    struct json_reader json;
    struct value item = {0};
    json_reader_init(&json, &turn->scratch, text);
    const status st = read_item(&json, style, &item, &turn->err);
    if (st == ST_OK) return make(turn, item, out);
    if (st != ST_SERIALIZATION || error_text(&turn->err).len > 0) return st;
    return FAIL(&turn->err, ST_SERIALIZATION,
                "the text is not a JSON object of an item: see byte %zu",
                (size_t)(json.at - json.start));
}

stator_rc stator_doc_parse(const char *json, size_t len, stator_json_style style, stator_doc **out)
{
    struct turn *turn = turn_begin();
    if (out != NULL) *out = NULL;
    if (turn == NULL) return STATOR_E_NOMEM;
    if (json == NULL || out == NULL || (unsigned)style > STATOR_JSON_PRETTY)
        return turn_end(turn, FAIL(&turn->err, ST_MISUSE,
                                   "stator_doc_parse: `json` or `out` is NULL, or `style` is "
                                   "no style"));
    const struct span text = {(const uint8_t *)json, len};
    return turn_end(turn, parse(turn, text, style, out));
}

/* ---- changing */

static status apply_text(struct turn *turn, struct render *r, struct span text, stator_doc *doc)
{
    struct expr_cache *cache = NULL;
    struct expr *update = NULL;
    struct value after = {0};
    TRY(turn_cache(turn, &cache));
    TRY(render_scope(r));
    TRY(render_bind(r, cache, (struct expr_source){EXPR_UPDATE, text}, &update));
    TRY(render_finish(r));
    TRY(expr_update(update, doc->root.node.value, &turn->scratch, &after, &turn->err));
    TRY_PLAIN(&turn->err, replace(doc, after));
    return ST_OK;
}

static status apply(struct turn *turn, stator_doc *doc, const stator_upd *update)
{
    struct render r;
    struct span text = {0};
    if (doc == NULL) return FAIL(&turn->err, ST_MISUSE, "the document is NULL");
    render_begin(&r, &turn->scratch, STATOR_DEPTH, &turn->err);
    TRY(render_update(&r, update, &text));
    if (text.ptr == NULL) return ST_OK;
    const status st = apply_text(turn, &r, text, doc);
    render_release(&r);
    return st;
}

stator_rc stator_doc_update(stator_doc *doc, stator_upd update)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, apply(turn, doc, &update));
}

/* ---- setting and unsetting */

/* Steps of a path that lead on from what is there. */
struct missing {
    size_t end;        /* of the first of them, in the path */
    struct path after; /* the others */
    bool is_name;      /* is the first a name in a map that is there? */
};

/* Where `path` leaves `node`: *out; *found: nowhere, or it is no path. ST_NO_MEMORY. */
static status find_missing(const stator_node *node, struct span path, struct missing *out,
                           bool *found)
{
    struct path walk = path_over(path);
    struct path_step step = {0};
    const stator_node *next = node;
    *found = true;
    for (; next != NULL; node = next) {
        const path_part part = path_next(&walk, &step);
        if (part != PATH_NAME && part != PATH_INDEX) return ST_OK;
        TRY(node_step(node, part, &step, &next));
        out->is_name = part == PATH_NAME && node->value.type == VALUE_M;
    }
    *found = false;
    out->end = path.len - walk.rest.len;
    out->after = walk;
    return ST_OK;
}

/* How many steps there are, all of them names; 0 as well when they are not. */
static size_t count_names(struct path path)
{
    struct path_step step = {0};
    for (size_t count = 0;; count++) {
        const path_part part = path_next(&path, &step);
        if (part == PATH_END) return count;
        if (part != PATH_NAME) return 0;
    }
}

static status take_name(struct turn *turn, struct path *path, const char **out)
{
    struct path_step step = {0};
    struct span name = {0};
    const path_part part = path_next(path, &step);
    assert(part == PATH_NAME);
    TRY_PLAIN(&turn->err, path_name(&step, &turn->scratch, &name));
    *out = keep_text(&turn->scratch, name);
    return *out != NULL ? ST_OK : FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
}

/* Wrap *v in a map for each of the `count` names in `names`. */
static status wrap(struct turn *turn, struct path names, size_t count, stator_val *v)
{
    stator_attr *wraps = arena_new_array(&turn->scratch, count, stator_attr);
    if (wraps == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    for (size_t i = 0; i < count; i++) {
        TRY(take_name(turn, &names, &wraps[i].name));
        wraps[i].value = i + 1 < count ? stator_map(&wraps[i + 1], 1) : *v;
    }
    *v = stator_map(wraps, 1);
    return ST_OK;
}

static status set(struct turn *turn, stator_doc *doc, const char *path, stator_val v)
{
    struct missing missing = {0};
    bool found = false;
    if (doc == NULL || path == NULL)
        return FAIL(&turn->err, ST_MISUSE, "stator_doc_set: `doc` or `path` is NULL");
    const struct span whole = span_of(path);
    TRY_PLAIN(&turn->err, find_missing(&doc->root.node, whole, &missing, &found));
    const bool wraps = !found && missing.is_name && v.kind != STATOR_SKIP_;
    const size_t names = wraps ? count_names(missing.after) : 0;
    if (names > 0) {
        TRY(wrap(turn, missing.after, names, &v));
        path = keep_text(&turn->scratch, span_take(whole, missing.end));
        if (path == NULL) return FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
    }
    const stator_upd update = stator_set(path, v);
    return apply(turn, doc, &update);
}

stator_rc stator_doc_set(stator_doc *doc, const char *path, stator_val v)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, set(turn, doc, path, v));
}

/* What is not there need not be taken away; but what is no path is said to be none. */
static status unset(struct turn *turn, stator_doc *doc, const char *path)
{
    struct missing missing = {0};
    bool found = false;
    if (doc == NULL || path == NULL)
        return FAIL(&turn->err, ST_MISUSE, "stator_doc_unset: `doc` or `path` is NULL");
    if (!path_is_valid(span_of(path)))
        return FAIL(&turn->err, ST_VALIDATION, PATH_MISTAKE, SPAN_ARG(span_of(path)));
    TRY_PLAIN(&turn->err, find_missing(&doc->root.node, span_of(path), &missing, &found));
    if (!found) return ST_OK;
    const stator_upd update = stator_remove(path);
    return apply(turn, doc, &update);
}

stator_rc stator_doc_unset(stator_doc *doc, const char *path)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, unset(turn, doc, path));
}
