/* request.c -- see request.h. */
#include "db/request.h"

#include "db/render.h"
#include "item/wire.h"
#include "support/support.h"

static void put_names(struct buf *out, const struct render *r)
{
    if (r->name_count > 0) buf_put_text(out, " names:");
    for (uint32_t i = 0; i < r->name_count; i++)
        buf_printf(out, " %.*s=%.*s", SPAN_ARG(r->names[i].placeholder),
                   SPAN_ARG(r->names[i].name));
}

/* From the scope: what a request would carry. */
static void put_values(struct buf *out, const struct render *r)
{
    if (r->scope.values.type == VALUE_NONE) return;
    struct value_cursor cursor = value_walk(r->scope.values);
    struct span placeholder = {0};
    struct value v = {0};
    buf_put_text(out, " values:");
    while (value_next_attribute(&cursor, &placeholder, &v)) {
        struct json_writer json;
        buf_printf(out, " %.*s=", SPAN_ARG(placeholder));
        json_writer_init(&json, out);
        wire_write_value(&json, v);
    }
}

static void put_text(struct buf *out, const char *what, struct span text)
{
    if (text.ptr == NULL) return;
    if (out->len > 0) buf_put_u8(out, ' ');
    buf_printf(out, "%s: %.*s", what, SPAN_ARG(text));
}

static status render_both(struct render *r, const stator_upd *update, const stator_cond *condition,
                          struct buf *out)
{
    struct span text = {0};
    if (update != NULL) {
        TRY(render_update(r, update, &text));
        put_text(out, "update", text);
    }
    if (condition != NULL) {
        TRY(render_condition(r, condition, &text));
        put_text(out, "condition", text);
    }
    TRY(render_scope(r));
    put_names(out, r);
    put_values(out, r);
    return ST_OK;
}

void request_check(const stator_upd *update, const stator_cond *condition, const char *expected)
{
    struct arena arena;
    struct render r;
    struct buf out;
    arena_init(&arena, support_mem(), 64 << 20);
    struct error err = error_in(&arena);
    buf_init(&out, arena_mem(&arena), 1 << 20);
    render_begin(&r, &arena, STATOR_DEPTH, &err);
    const status st = render_both(&r, update, condition, &out);
    if (st != ST_OK) {
        buf_clear(&out);
        buf_printf(&out, "%s: %.*s", status_info(st)->name, SPAN_ARG(error_text(&err)));
    }
    support_assert_text(buf_view(&out), expected);
    render_release(&r);
    arena_deinit(&arena);
    support_mem_check();
}

void request_check_cond(stator_cond condition, const char *expected)
{
    request_check(NULL, &condition, expected);
}

void request_check_upd(stator_upd update, const char *expected)
{
    request_check(&update, NULL, expected);
}

bool request_holds(stator_cond condition, const char *item)
{
    stator_doc *doc = NULL;
    bool holds = false;
    if (item != NULL)
        assert_int_equal(stator_doc_parse(item, strlen(item), STATOR_JSON_PLAIN, &doc), STATOR_OK);
    if (stator_cond_check(condition, stator_doc_node(doc), &holds) != STATOR_OK)
        fail_msg("refused: %s", stator_error_get()->message);
    stator_doc_free(doc);
    return holds;
}
