/* auth_form.c -- presence and form of a signature.
 *
 *     Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…
 *     POST /?X-Amz-Algorithm=…&X-Amz-Credential=…&X-Amz-Signature=…&…
 */
#include "api/auth_form.h"

#include "base/limits.h"

/* Where the parts of a text end, and which of them are wanted: "name=value". */
struct form {
    uint8_t end;       /* of a part */
    uint8_t other_end; /* likewise; the same when there is no other */
    unsigned name_count;
    const char *names[5];
};

static const struct form header_form = {
    .end = ',',
    .other_end = ' ',
    .name_count = 3,
    .names = {"Credential", "Signature", "SignedHeaders"},
};
static const struct form query_form = {
    .end = '&',
    .other_end = '&',
    .name_count = 5,
    .names = {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders",
              "X-Amz-Date"},
};

/* Which names of a form a text has: bit n stands for names[n]. */
struct parts {
    unsigned named;  /* with a value or without */
    unsigned valued; /* with a value */
};

static void note_part(const struct form *form, struct span part, struct parts *out)
{
    for (unsigned i = 0; i < form->name_count; i++) {
        const struct span name = span_of(form->names[i]);
        if (!span_starts_with(part, name)) continue;
        const struct span after = span_drop(part, name.len);
        if (after.len > 0 && after.ptr[0] != '=') continue;
        out->named |= 1U << i;
        if (after.len > 1) out->valued |= 1U << i;
    }
}

/* Where the part that begins at `at` ends. */
static size_t part_end(const struct form *form, struct span text, size_t at)
{
    while (at < text.len && text.ptr[at] != form->end && text.ptr[at] != form->other_end) at++;
    return at;
}

/* The value of the first part called `name` that has one, or empty. */
static struct span value_of(const struct form *form, struct span text, struct span name)
{
    for (size_t start = 0; start < text.len;) {
        const size_t end = part_end(form, text, start);
        const struct span part = {text.ptr + start, end - start};
        if (part.len > name.len + 1 && part.ptr[name.len] == '=' && span_starts_with(part, name))
            return span_drop(part, name.len + 1);
        start = end + 1;
    }
    return (struct span){0};
}

/* One pass over `text`: this is on the way of every request. */
static struct parts find_parts(const struct form *form, struct span text)
{
    struct parts out = {0};
    for (size_t start = 0; start < text.len;) {
        const size_t end = part_end(form, text, start);
        if (end > start) note_part(form, (struct span){text.ptr + start, end - start}, &out);
        start = end + 1;
    }
    return out;
}

static bool is_presigned(struct parts in_query)
{
    return (in_query.named & 1U) != 0; /* X-Amz-Algorithm */
}

static bool has_all(const struct form *form, struct parts parts)
{
    return parts.valued == (1U << form->name_count) - 1;
}

/* Append one sentence, a name between `before` and `after`, for every part without a value. */
static void put_missing(struct buf *text, const struct form *form, struct parts parts,
                        const char *before, const char *after)
{
    for (unsigned i = 0; i < form->name_count; i++) {
        if ((parts.valued & 1U << i) != 0) continue;
        buf_put_text(text, before);
        buf_put_text(text, form->names[i]);
        buf_put_text(text, after);
    }
}

static status check_header(const struct api_call *call, struct error *err)
{
    const struct span authorization = span_trim(call->authorization);
    if (!span_starts_with(authorization, SPAN("AWS4-"))) {
        return FAIL(err, ST_MISSING_AUTH, "Request is missing Authentication Token");
    }
    const struct parts parts = find_parts(&header_form, authorization);
    if (has_all(&header_form, parts) && call->date.len > 0) return ST_OK;

    struct buf text;
    buf_init(&text, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    put_missing(&text, &header_form, parts, "Authorization header requires '", "' parameter. ");
    if (call->date.len == 0) {
        buf_put_text(&text, "Authorization header requires existence of either a 'X-Amz-Date' or a "
                            "'Date' header. ");
    }
    TRY_PLAIN(err, buf_status(&text));
    return FAIL(err, ST_INCOMPLETE_AUTH, "%.*sAuthorization=%.*s", SPAN_ARG(buf_view(&text)),
                SPAN_ARG(auth_form_shown(call->arena, call->authorization)));
}

static status check_query(const struct api_call *call, struct parts parts, struct error *err)
{
    if (has_all(&query_form, parts)) return ST_OK;
    struct buf text;
    buf_init(&text, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    put_missing(&text, &query_form, parts, "AWS query-string parameters must include '", "'. ");
    TRY_PLAIN(err, buf_status(&text));
    return FAIL(err, ST_INCOMPLETE_AUTH, "%.*sRe-examine the query-string parameters.",
                SPAN_ARG(buf_view(&text)));
}

status auth_form_check(const struct api_call *call, struct error *err)
{
    const struct parts in_query = find_parts(&query_form, call->query);
    if (is_presigned(in_query) && call->authorization.len > 0) {
        return FAIL(err, ST_INVALID_SIGNATURE,
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as "
                    "HTTP header.");
    }
    return is_presigned(in_query) ? check_query(call, in_query, err) : check_header(call, err);
}

/* ---- the credential */

/* The digit's value, or 16. */
static unsigned hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - (unsigned)'0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') return (c | 0x20U) - (unsigned)'a' + 10;
    return 16;
}

/* Is there a byte as %2F at the beginning of `text`? */
static bool takes_percent(struct span text, uint8_t *out)
{
    if (text.len < 3 || text.ptr[0] != '%') return false;
    const unsigned high = hex_value(text.ptr[1]), low = hex_value(text.ptr[2]);
    if (high == 16 || low == 16) return false;
    *out = (uint8_t)(high << 4 | low);
    return true;
}

/* %2F becomes a slash; a percent sign without two digits stays what it is. */
static status percent_decode(struct arena *arena, struct span text, struct span *out)
{
    uint8_t *decoded = arena_alloc_raw(arena, text.len);
    if (decoded == NULL) return ST_NO_MEMORY;
    size_t len = 0;
    while (text.len > 0) {
        const bool coded = takes_percent(text, &decoded[len]);
        if (!coded) decoded[len] = text.ptr[0];
        text = span_drop(text, coded ? 3 : 1);
        len++;
    }
    *out = (struct span){decoded, len};
    return ST_OK;
}

status auth_form_credential(const struct api_call *call, struct span *out)
{
    if (!is_presigned(find_parts(&query_form, call->query))) {
        *out = value_of(&header_form, span_trim(call->authorization), SPAN("Credential"));
        return ST_OK;
    }
    const struct span coded = value_of(&query_form, call->query, SPAN("X-Amz-Credential"));
    return percent_decode(call->arena, coded, out);
}

struct span auth_form_shown(struct arena *arena, struct span text)
{
    uint8_t *shown = arena_alloc_raw(arena, text.len);
    if (shown == NULL) return (struct span){0};
    for (size_t i = 0; i < text.len; i++)
        shown[i] = text.ptr[i] >= ' ' && text.ptr[i] <= '~' ? text.ptr[i] : '?';
    return (struct span){shown, text.len};
}
