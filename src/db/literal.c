/* literal.c -- from a stator_val to stored bytes.
 *
 * A table has a writer for each kind, which appends a body and tells its type. Lists and maps
 * recurse; value_build_add_depth counts the depth and refuses the 32nd level, so that a literal
 * that holds itself ends as well.
 *
 * Mistakes of the program's (a NULL string) end the writing at once. DynamoDB's are noted in
 * `late` and told when all is written, as its own reader does (item/wire.h).
 */
#include "db/literal.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "db/node.h"
#include "db/real.h"
#include "item/number.h"
#include "item/value_build.h"

struct writing {
    struct value_build build;
    struct error late;
    struct error *err;
    const char *name; /* of the attribute being written, or NULL */
};

/* AddressSanitizer's, in programs that are built with it. */
extern void *__asan_region_is_poisoned(const void *begin, size_t size) __attribute__((weak));

status literal_lives(const void *array, size_t count, size_t size, struct error *err)
{
    if (__asan_region_is_poisoned == NULL || count == 0 || array == NULL) return ST_OK;
    if (__asan_region_is_poisoned(array, count * size) == NULL) return ST_OK;
    return FAIL(err, ST_MISUSE,
                "the block that this was composed in has ended; stator_cond_keep, _upd_keep and "
                "_val_keep copy it into a pool");
}

stator_val literal_bad(literal_why why)
{
    return (stator_val){.kind = STATOR_BAD_, .why = (uint8_t)why};
}

struct span literal_span(const stator_val *v)
{
    if (v->n == UINT32_MAX) return span_of(v->u.s);
    return (struct span){v->u.p, v->n};
}

/* ---- mistakes of the program */

/* Say `text` of the attribute being written. */
static status refuse(struct writing *w, const char *text)
{
    if (w->name == NULL) return FAIL(w->err, ST_VALIDATION, "%s", text);
    return FAIL(w->err, ST_VALIDATION, "attribute \"%s\": %s", w->name, text);
}

static status write_bad(struct writing *w, const stator_val *v, value_type *type)
{
    static const char *const texts[] = {
        [LITERAL_NO_TEXT] = "NULL is no string; stator_opt_s leaves out what may be missing",
        [LITERAL_NO_NODE] = "there is no such node or document",
        [LITERAL_NO_MEMBERS] = "a count was given, but no array",
        [LITERAL_TOO_LONG] = "it is longer than 4294967294 bytes or elements",
        [LITERAL_NO_ROOM] = "stator_sf: the text does not fit into its array",
    };
    (void)type;
    if (v->why != LITERAL_KEPT) return refuse(w, texts[v->why]);
    if (v->u.s == NULL) return FAIL_PLAIN(w->err, ST_NO_MEMORY);
    return FAIL(w->err, ST_VALIDATION, "%s", v->u.s); /* names its attribute already */
}

static status write_operand(struct writing *w, const stator_val *v, value_type *type)
{
    (void)v;
    (void)type;
    return refuse(w, "stator_path and stator_size are no values: they stand in conditions and "
                     "updates");
}

static status write_none(struct writing *w, const stator_val *v, value_type *type)
{
    (void)v;
    (void)type;
    return refuse(w, "an empty stator_val is no value; stator_skip() leaves an attribute out");
}

static status write_skip(struct writing *w, const stator_val *v, value_type *type)
{
    (void)v;
    (void)type;
    return refuse(w, "stator_skip() leaves out attributes, elements and actions, and stands for "
                     "nothing else");
}

/* ---- scalars: each appends its body */

static status put_text(struct writing *w, struct span text)
{
    if (!utf8_is_valid(text)) return refuse(w, "the string is not valid UTF-8");
    buf_put(&w->build.body, text);
    return ST_OK;
}

/* Its text stands still; of a terminated one the beginning tells. */
static status text_lives(const struct writing *w, const stator_val *v)
{
    return literal_lives(v->u.p, v->n == UINT32_MAX ? 1 : v->n, 1, w->err);
}

static status write_string(struct writing *w, const stator_val *v, value_type *type)
{
    *type = VALUE_S;
    TRY(text_lives(w, v));
    return put_text(w, literal_span(v));
}

static status write_number(struct writing *w, const stator_val *v, value_type *type)
{
    *type = VALUE_N;
    TRY(text_lives(w, v));
    value_build_number(&w->build, literal_span(v));
    return ST_OK;
}

static status write_integer(struct writing *w, const stator_val *v, value_type *type)
{
    const struct number number = number_from_i64(v->u.i);
    *type = VALUE_N;
    buf_put(&w->build.body, number_view(&number));
    return ST_OK;
}

static status write_real(struct writing *w, const stator_val *v, value_type *type)
{
    char text[REAL_TEXT_BYTES];
    *type = VALUE_N;
    value_build_number(&w->build, real_text(v->u.d, text));
    return ST_OK;
}

static status write_binary(struct writing *w, const stator_val *v, value_type *type)
{
    *type = VALUE_B;
    TRY(text_lives(w, v));
    buf_put(&w->build.body, literal_span(v));
    return ST_OK;
}

static status write_bool(struct writing *w, const stator_val *v, value_type *type)
{
    *type = VALUE_BOOL;
    buf_put_u8(&w->build.body, v->u.i != 0 ? 1 : 0);
    return ST_OK;
}

static status write_null(struct writing *w, const stator_val *v, value_type *type)
{
    (void)w;
    (void)v;
    *type = VALUE_NULL;
    return ST_OK;
}

static status write_node(struct writing *w, const stator_val *v, value_type *type)
{
    const struct value value = node_value(v->u.node);
    *type = value.type;
    value_build_copy(&w->build, value);
    return ST_OK;
}

/* ---- sets */

static status put_text_member(struct writing *w, value_type set_type, const char *text)
{
    if (text == NULL) {
        value_build_no_member(&w->build, set_type);
        return ST_OK;
    }
    if (set_type == VALUE_SS) return put_text(w, span_of(text));
    value_build_number(&w->build, span_of(text));
    return ST_OK;
}

static status put_member(struct writing *w, const stator_val *v, value_type set_type, uint32_t i)
{
    if (set_type != VALUE_BS) return put_text_member(w, set_type, v->u.strs[i]);
    const stator_val *member = &v->u.list[i];
    if (member->kind != STATOR_B) return refuse(w, "a set of binaries holds only stator_b");
    buf_put(&w->build.body, literal_span(member));
    return ST_OK;
}

static status write_set(struct writing *w, const stator_val *v, value_type *type)
{
    *type = (value_type)v->kind;
    TRY(literal_lives(v->u.p, v->n, v->kind == STATOR_BSET ? sizeof *v->u.list : sizeof *v->u.strs,
                      w->err));
    const size_t begun = value_write_begin(&w->build.body);
    for (uint32_t i = 0; i < v->n; i++) {
        const size_t gap = value_build_member(&w->build);
        TRY(put_member(w, v, *type, i));
        value_build_member_end(&w->build, gap);
    }
    value_build_set_end(&w->build, *type, begun, v->n);
    return ST_OK;
}

/* ---- lists and maps */

static status write_body(struct writing *w, const stator_val *v, value_type *type);

static status put_elements(struct writing *w, const stator_val *list)
{
    TRY(literal_lives(list->u.list, list->n, sizeof *list->u.list, w->err));
    const size_t begun = value_write_begin(&w->build.body);
    uint32_t count = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        value_type type = VALUE_NONE;
        if (list->u.list[i].kind == STATOR_SKIP_) continue;
        const size_t gap = value_build_element(&w->build);
        TRY(write_body(w, &list->u.list[i], &type));
        value_build_element_end(&w->build, gap, type);
        count++;
    }
    value_write_end(&w->build.body, begun, count);
    return ST_OK;
}

static status put_attribute(struct writing *w, const stator_attr *attribute)
{
    value_type type = VALUE_NONE;
    if (attribute->name == NULL) return refuse(w, "an attribute of the map has no name");
    const struct span name = span_of(attribute->name);
    if (!utf8_is_valid(name)) return refuse(w, "the name of an attribute is not valid UTF-8");
    const char *const outer = w->name;
    w->name = attribute->name;
    const struct value_build_attribute at = value_build_attribute(&w->build, name);
    TRY(write_body(w, &attribute->value, &type));
    value_build_attribute_end(&w->build, at, type);
    value_build_name(&w->build, name);
    w->name = outer;
    return ST_OK;
}

static status put_attributes(struct writing *w, const stator_val *map)
{
    TRY(literal_lives(map->u.map, map->n, sizeof *map->u.map, w->err));
    const size_t begun = value_write_begin(&w->build.body);
    uint32_t count = 0;
    for (uint32_t i = 0; i < map->n; i++) {
        if (map->u.map[i].value.kind == STATOR_SKIP_) continue;
        TRY(put_attribute(w, &map->u.map[i]));
        count++;
    }
    value_build_map_end(&w->build, begun, count);
    return ST_OK;
}

static status write_container(struct writing *w, const stator_val *v, value_type *type)
{
    *type = (value_type)v->kind;
    if (!value_build_add_depth(&w->build)) return ST_OK;
    TRY(v->kind == STATOR_MAP ? put_attributes(w, v) : put_elements(w, v));
    value_build_drop_depth(&w->build);
    return ST_OK;
}

/* ---- any value */

typedef status(write_fn)(struct writing *w, const stator_val *v, value_type *type);

static write_fn *const writers[] = {
    [STATOR_NONE] = write_none,  [STATOR_S] = write_string,      [STATOR_N] = write_number,
    [STATOR_B] = write_binary,   [STATOR_SSET] = write_set,      [STATOR_NSET] = write_set,
    [STATOR_BSET] = write_set,   [STATOR_MAP] = write_container, [STATOR_LIST] = write_container,
    [STATOR_NULL] = write_null,  [STATOR_BOOL] = write_bool,     [STATOR_I64_] = write_integer,
    [STATOR_F64_] = write_real,  [STATOR_PATH_] = write_operand, [STATOR_SIZE_] = write_operand,
    [STATOR_NODE_] = write_node, [STATOR_SKIP_] = write_skip,    [STATOR_BAD_] = write_bad,
};
static_assert((int)STATOR_S == (int)VALUE_S && (int)STATOR_N == (int)VALUE_N &&
                  (int)STATOR_B == (int)VALUE_B && (int)STATOR_SSET == (int)VALUE_SS &&
                  (int)STATOR_NSET == (int)VALUE_NS && (int)STATOR_BSET == (int)VALUE_BS &&
                  (int)STATOR_MAP == (int)VALUE_M && (int)STATOR_LIST == (int)VALUE_L &&
                  (int)STATOR_NULL == (int)VALUE_NULL && (int)STATOR_BOOL == (int)VALUE_BOOL,
              "public kinds are stored types");

static status write_body(struct writing *w, const stator_val *v, value_type *type)
{
    write_fn *const write = v->kind < ARRAY_COUNT(writers) ? writers[v->kind] : NULL;
    return write != NULL ? write(w, v, type) : write_none(w, v, type);
}

static status finish(struct writing *w, value_type type, struct value *out)
{
    TRY_PLAIN(w->err, buf_status(&w->build.body));
    if (w->late.status != ST_OK) {
        *w->err = w->late;
        return w->late.status;
    }
    *out = value_build_view(&w->build, 0, type);
    return ST_OK;
}

status literal_value(const stator_val *v, struct arena *arena, struct value *out, struct error *err)
{
    struct writing w = {.late = error_in(arena), .err = err};
    value_type type = VALUE_NONE;
    value_build_init(&w.build, arena, &w.late);
    TRY(write_body(&w, v, &type));
    return finish(&w, type, out);
}

static status refuse_item(struct error *err)
{
    return FAIL(err, ST_VALIDATION, "an item or key is a map: STATOR_M, a document or a node");
}

/* An item's own level is not one of those within a value, so its depth is not counted. */
status literal_item(const stator_val *v, struct arena *arena, struct value *out, struct error *err)
{
    if (v->kind == STATOR_NODE_) {
        *out = node_value(v->u.node);
        return out->type == VALUE_M ? ST_OK : refuse_item(err);
    }
    struct writing w = {.late = error_in(arena), .err = err};
    value_type type = VALUE_M;
    value_build_init(&w.build, arena, &w.late);
    TRY(v->kind == STATOR_MAP ? put_attributes(&w, v) : write_body(&w, v, &type));
    if (type != VALUE_M) return refuse_item(err);
    return finish(&w, VALUE_M, out);
}

status literal_of(struct value v, struct arena *arena, stator_val *out)
{
    struct value kept = {.type = v.type};
    if (!arena_copy(arena, v.body, &kept.body)) return ST_NO_MEMORY;
    struct stator_node *node = node_new(arena, kept);
    if (node == NULL) return ST_NO_MEMORY;
    *out = stator_node_val(node);
    return ST_OK;
}
