/* select.c -- see select.h. */
#include "db/select.h"

#include "db/keep.h"

/* How many bytes of `text` come before its first comma that is no part of a name. */
static size_t until_comma(struct span text)
{
    size_t i = 0;
    while (i < text.len && text.ptr[i] != ',') i += text.ptr[i] == '\\' ? 2 : 1;
    return i < text.len ? i : text.len;
}

static status put_path(struct render *render, struct span path, struct buf *to)
{
    const char *text = keep_text(render->arena, span_trim(path));
    if (text == NULL) return FAIL_PLAIN(render->err, ST_NO_MEMORY);
    return render_path(render, text, to);
}

status select_write(struct render *render, const char *paths, struct request *r)
{
    struct span rest = span_of(paths);
    struct buf text = render_buf(render);
    for (;;) {
        const size_t n = until_comma(rest);
        TRY(put_path(render, span_take(rest, n), &text));
        if (n == rest.len) break;
        buf_put_text(&text, ", ");
        rest = span_drop(rest, n + 1);
    }
    TRY_PLAIN(render->err, buf_status(&text));
    request_text(r, SPAN("ProjectionExpression"), buf_view(&text));
    return ST_OK;
}

bool select_names(const char *paths, const char *path)
{
    struct span rest = span_of(paths);
    for (;;) {
        const size_t n = until_comma(rest);
        if (span_eq(span_trim(span_take(rest, n)), span_of(path))) return true;
        if (n == rest.len) return false;
        rest = span_drop(rest, n + 1);
    }
}

status select_capacity(struct turn *turn, unsigned capacity, struct request *r)
{
    if (capacity == STATOR_CAP_NONE) return ST_OK;
    if (capacity > STATOR_CAP_INDEXES)
        return FAIL(&turn->err, ST_VALIDATION, "%u is no STATOR_CAP_", capacity);
    const bool is_total = capacity == STATOR_CAP_TOTAL;
    request_text(r, SPAN("ReturnConsumedCapacity"), is_total ? SPAN("TOTAL") : SPAN("INDEXES"));
    return ST_OK;
}
