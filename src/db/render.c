/* render.c -- names, values and operands of a text; texts with ?s.
 *
 * Placeholders are numbered as they come. That a name or value has one already is found by walking
 * those there are, values by hash: a text of 4,096 bytes holds a thousand of them at most, and when
 * there are more than SOUGHT_MAX, the texts are too long whatever follows, so none is sought.
 */
#include "db/render.h"

#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "db/literal.h"
#include "db/path.h"
#include "db/request.h"
#include "item/plain.h"
#include "item/value_build.h"

enum {
    ROOM_FIRST = 8,
    PLACEHOLDER_BYTES = 16,
    NAME_BYTES_PLAIN = 255,
    SOUGHT_MAX = LIMIT_EXPRESSION_BYTES, /* three bytes each, in three texts at most */
};

const char *const render_section_names[RENDER_SECTIONS] = {"SET", "REMOVE", "ADD", "DELETE"};

void render_begin(struct render *render, struct arena *arena, uint32_t depth_max, struct error *err)
{
    *render = (struct render){.arena = arena, .err = err, .depth_max = depth_max};
}

struct buf render_buf(const struct render *render)
{
    struct buf buf;
    buf_init(&buf, arena_mem(render->arena), SIZE_MAX / 2);
    return buf;
}

status render_fail_deep(const struct render *render)
{
    return FAIL(render->err, ST_TOO_DEEP, "expression depth exceeds maximum of %u",
                render->depth_max);
}

/* ---- names */

/* Room for one more of `size` bytes in an array of `count`. */
static bool make_room(struct render *r, void **array, uint32_t *room, uint32_t count, size_t size)
{
    if (count < *room) return true;
    const uint32_t more = *room == 0 ? ROOM_FIRST : *room * 2;
    void *grown = arena_alloc_array(r->arena, more, size);
    if (grown == NULL) return false;
    if (count > 0) memcpy(grown, *array, count * size);
    *array = grown;
    *room = more;
    return true;
}

/* "#n7" or ":v7": what printf would take most of the time of a rendering for. */
static struct span placeholder_text(char sign, uint32_t number, char out[PLACEHOLDER_BYTES])
{
    char *at = out + PLACEHOLDER_BYTES;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    *--at = sign == '#' ? 'n' : 'v';
    *--at = sign;
    return (struct span){(const uint8_t *)at, (size_t)(out + PLACEHOLDER_BYTES - at)};
}

static status add_name(struct render *r, struct span name, struct span *placeholder)
{
    void *names = r->names;
    struct expr_name added = {0};
    char text[PLACEHOLDER_BYTES];
    const struct span made = placeholder_text('#', r->name_count, text);
    const bool done = make_room(r, &names, &r->name_room, r->name_count, sizeof *r->names) &&
                      arena_copy(r->arena, name, &added.name) &&
                      arena_copy(r->arena, made, &added.placeholder);
    if (!done) return FAIL_PLAIN(r->err, ST_NO_MEMORY);
    r->names = names;
    r->names[r->name_count++] = added;
    *placeholder = added.placeholder;
    return ST_OK;
}

static bool find_name(const struct render *r, struct span name, struct span *placeholder)
{
    for (uint32_t i = 0; i < r->name_count && r->name_count <= SOUGHT_MAX; i++) {
        if (!span_eq(r->names[i].name, name)) continue;
        *placeholder = r->names[i].placeholder;
        return true;
    }
    return false;
}

static bool may_stand(const struct render *r, struct span name)
{
    return r->shown || (name.len <= NAME_BYTES_PLAIN && expr_name_is_plain(name));
}

static status put_name(struct render *r, struct span name, struct buf *to)
{
    struct span text = name;
    if (!find_name(r, name, &text) && !may_stand(r, name)) {
        if (!utf8_is_valid(name))
            return FAIL(r->err, ST_VALIDATION, "the name of an attribute is not valid UTF-8");
        TRY(add_name(r, name, &text));
    }
    buf_put(to, text);
    return ST_OK;
}

/* ---- paths */

static status fail_path(struct render *r, const char *path)
{
    return FAIL(r->err, ST_VALIDATION, PATH_MISTAKE, SPAN_ARG(span_of(path)));
}

static status put_step(struct render *r, path_part part, const struct path_step *step,
                       struct buf *to)
{
    if (part == PATH_INDEX) {
        buf_put_u8(to, '[');
        buf_put(to, step->text);
        buf_put_u8(to, ']');
        return ST_OK;
    }
    struct span name = {0};
    TRY_PLAIN(r->err, path_name(step, r->arena, &name));
    return put_name(r, name, to);
}

status render_path(struct render *render, const char *path, struct buf *to)
{
    if (path == NULL) return FAIL(render->err, ST_VALIDATION, "NULL is no path");
    struct path walk = path_over(span_of(path));
    struct path_step step = {0};
    for (bool first = true;; first = false) {
        const path_part part = path_next(&walk, &step);
        if (part == PATH_END) return ST_OK;
        if (part == PATH_BAD || (first && part == PATH_INDEX)) return fail_path(render, path);
        if (!first && part == PATH_NAME) buf_put_u8(to, '.');
        if (render->shown && part == PATH_NAME) {
            buf_put(to, step.text); /* as it was written */
        } else {
            TRY(put_step(render, part, &step, to));
        }
    }
}

/* ---- values */

/* FNV-1a: only to find equal values soon. */
static uint64_t hash_of(struct value v)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325) ^ (uint64_t)v.type;
    for (size_t i = 0; i < v.body.len; i++) hash = (hash ^ v.body.ptr[i]) * UINT64_C(0x100000001B3);
    return hash;
}

static status add_value(struct render *r, struct render_value value, uint32_t *number)
{
    void *values = r->values;
    if (!make_room(r, &values, &r->value_room, r->value_count, sizeof *r->values))
        return FAIL_PLAIN(r->err, ST_NO_MEMORY);
    r->values = values;
    *number = r->value_count;
    r->values[r->value_count++] = value;
    return ST_OK;
}

static status value_number(struct render *r, struct value v, uint32_t *out)
{
    const uint64_t hash = hash_of(v);
    for (uint32_t i = 0; i < r->value_count && r->value_count <= SOUGHT_MAX; i++) {
        if (r->values[i].hash != hash || !value_eq(r->values[i].value, v)) continue;
        *out = i;
        return ST_OK;
    }
    return add_value(r, (struct render_value){v, hash}, out);
}

static status put_value(struct render *r, const stator_val *v, struct buf *to)
{
    struct value value = {0};
    uint32_t number = 0;
    TRY(literal_value(v, r->arena, &value, r->err));
    if (r->shown) {
        struct json_writer json;
        json_writer_init(&json, to);
        plain_write(&json, value);
        return ST_OK;
    }
    TRY(value_number(r, value, &number));
    char text[PLACEHOLDER_BYTES];
    buf_put(to, placeholder_text(':', number, text));
    return ST_OK;
}

status render_operand(struct render *render, const stator_val *v, struct buf *to)
{
    if (v->kind == STATOR_PATH_) return render_path(render, v->u.s, to);
    if (v->kind != STATOR_SIZE_) return put_value(render, v, to);
    buf_put_text(to, "size(");
    TRY(render_path(render, v->u.s, to));
    buf_put_text(to, ")");
    return ST_OK;
}

/* ---- texts with ?s */

/* A text of the application's on its way into one buf, or into the bufs of its sections. */
struct filling {
    struct render *render;
    const struct render_source *source;
    size_t used; /* arguments */
    struct buf *to;
    struct buf *sections; /* or NULL */
    bool begins;          /* is nothing written to `to` since it was chosen? */
};

static size_t count_holes(const char *text)
{
    struct expr_pieces pieces = {.rest = span_of(text)};
    size_t count = 0;
    for (;;) {
        const struct expr_piece piece = expr_next_piece(&pieces);
        if (piece.kind == EXPR_PIECE_END) return count;
        if (piece.kind == EXPR_PIECE_HOLE) count++;
    }
}

static status check_source(struct render *r, const struct render_source *source)
{
    TRY(literal_lives(source->args, source->count, sizeof *source->args, r->err));
    if (source->text == NULL) return FAIL(r->err, ST_VALIDATION, "the text is NULL");
    const size_t holes = count_holes(source->text);
    if (holes == source->count) return ST_OK;
    return FAIL(r->err, ST_VALIDATION, "the text has %zu ? and was given %zu values: \"%s\"", holes,
                source->count, source->text);
}

/* Go on in the buf of the section called `name`. */
static void choose_section(struct filling *f, struct span name)
{
    for (size_t i = 0; i < RENDER_SECTIONS; i++) {
        if (!span_eq_nocase(name, span_of(render_section_names[i]))) continue;
        f->to = &f->sections[i];
        if (f->to->len > 0) buf_put_text(f->to, ", ");
        f->begins = true;
    }
}

static status put_piece(struct filling *f, const struct expr_piece *piece)
{
    struct render *const r = f->render;
    switch (piece->kind) {
    case EXPR_PIECE_NAME:
        return put_name(r, piece->text, f->to);
    case EXPR_PIECE_HOLE:
        return render_operand(r, &f->source->args[f->used++], f->to);
    case EXPR_PIECE_PLACEHOLDER:
        return FAIL(r->err, ST_VALIDATION,
                    "\"%.*s\" may not stand in a text: names need no #, and ? stands for a value",
                    SPAN_ARG(piece->text));
    case EXPR_PIECE_SECTION:
    case EXPR_PIECE_OPEN:
    case EXPR_PIECE_CLOSE:
    case EXPR_PIECE_OTHER:
        buf_put(f->to, piece->text);
        return ST_OK;
    case EXPR_PIECE_END:
        break;
    }
    return ST_OK;
}

static status fill(struct filling *f)
{
    TRY(check_source(f->render, f->source));
    struct expr_pieces pieces = {.rest = span_of(f->source->text)};
    for (;;) {
        const struct expr_piece piece = expr_next_piece(&pieces);
        if (piece.kind == EXPR_PIECE_END) return ST_OK;
        if (piece.kind == EXPR_PIECE_SECTION && f->sections != NULL) {
            choose_section(f, piece.text);
            continue;
        }
        if (f->to == NULL)
            return FAIL(f->render->err, ST_VALIDATION,
                        "the text of an update begins with SET, REMOVE, ADD or DELETE: \"%s\"",
                        f->source->text);
        if (!f->begins) buf_put(f->to, piece.blanks);
        f->begins = false;
        TRY(put_piece(f, &piece));
    }
}

status render_source(struct render *render, const struct render_source *source, struct buf *to)
{
    struct filling f = {.render = render, .source = source, .to = to};
    return fill(&f);
}

status render_sections(struct render *render, const struct render_source *source,
                       struct buf sections[RENDER_SECTIONS])
{
    struct filling f = {.render = render, .source = source, .sections = sections};
    return fill(&f);
}

/* ---- the scope */

/* The values as ExpressionAttributeValues; of none VALUE_NONE. */
static status make_values(struct render *r, struct value *out)
{
    if (r->value_count == 0) return ST_OK;
    struct value_build build;
    struct error late = error_in(r->arena); /* nothing can be wrong any more */
    value_build_init(&build, r->arena, &late);
    const size_t begun = value_write_begin(&build.body);
    for (uint32_t i = 0; i < r->value_count; i++) {
        char text[PLACEHOLDER_BYTES];
        value_write_attribute(&build.body, placeholder_text(':', i, text), r->values[i].value);
    }
    value_build_map_end(&build, begun, r->value_count);
    TRY_PLAIN(r->err, buf_status(&build.body));
    *out = value_build_view(&build, begun, VALUE_M);
    return ST_OK;
}

status render_give(struct render *render, struct request *request)
{
    struct value values = {0};
    if (render->name_count > 0) {
        request_map(request, SPAN("ExpressionAttributeNames"));
        for (uint32_t i = 0; i < render->name_count; i++)
            request_text(request, render->names[i].placeholder, render->names[i].name);
        request_end(request);
    }
    TRY(make_values(render, &values));
    if (values.type != VALUE_NONE)
        request_value(request, SPAN("ExpressionAttributeValues"), values);
    return ST_OK;
}

status render_scope(struct render *render)
{
    render->scope = (struct expr_scope){
        .arena = render->arena,
        .names = render->names,
        .name_count = render->name_count,
        .has_names = render->name_count > 0,
    };
    TRY(make_values(render, &render->scope.values));
    return expr_scope_begin(&render->scope, render->err);
}

status render_bind(struct render *render, struct expr_cache *cache, struct expr_source source,
                   struct expr **out)
{
    const struct expr_code *code = NULL;
    TRY(expr_compile(cache, render->arena, source, &code, render->err));
    return expr_bind(&render->scope, code, out, render->err);
}

status render_finish(struct render *render)
{
    return expr_scope_finish(&render->scope, render->err);
}

void render_release(struct render *render)
{
    expr_scope_release(&render->scope);
}
