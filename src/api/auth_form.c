/* auth_form.c -- presence and form of a signature.
 *
 *     Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…
 *     POST /?X-Amz-Algorithm=…&X-Amz-Credential=…&X-Amz-Signature=…&…
 */
#include "api/auth_form.h"

#include "base/limits.h"

/* Is `c` one of the characters of `set`? */
static bool is_one_of(uint8_t c, struct span set)
{
    for (size_t i = 0; i < set.len; i++) {
        if (set.ptr[i] == c) return true;
    }
    return false;
}

/* Take the next part of *rest, up to a character of `ends`, which goes too. False: none is left. */
static bool next_part(struct span *rest, struct span ends, struct span *part)
{
    if (rest->len == 0) return false;
    size_t len = 0;
    while (len < rest->len && !is_one_of(rest->ptr[len], ends)) len++;
    *part = span_take(*rest, len);
    *rest = span_drop(*rest, len < rest->len ? len + 1 : len);
    return true;
}

/* Does `text`, parted by `ends`, have a part "name=…", or just "name"? *value is what follows the
 * equals sign. */
static bool find_part(struct span text, struct span ends, struct span name, struct span *value)
{
    struct span part = {0};
    while (next_part(&text, ends, &part)) {
        if (!span_starts_with(part, name)) continue;
        const struct span after = span_drop(part, name.len);
        if (after.len > 0 && after.ptr[0] != '=') continue;
        *value = after.len > 0 ? span_drop(after, 1) : after;
        return true;
    }
    return false;
}

static bool has_value(struct span text, struct span ends, const char *name)
{
    struct span value = {0};
    return find_part(text, ends, span_of(name), &value) && value.len > 0;
}

static status check_header(const struct api_call *call, struct error *err)
{
    static const char *const names[] = {"Credential", "Signature", "SignedHeaders"};
    const struct span authorization = span_trim(call->authorization);
    if (!span_starts_with(authorization, SPAN("AWS4-"))) {
        return FAIL(err, ST_MISSING_AUTH, "Request is missing Authentication Token");
    }

    struct buf text;
    buf_init(&text, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (has_value(authorization, SPAN(", "), names[i])) continue;
        buf_printf(&text, "Authorization header requires '%s' parameter. ", names[i]);
    }
    if (call->date.len == 0) {
        buf_put_text(&text, "Authorization header requires existence of either a 'X-Amz-Date' or a "
                            "'Date' header. ");
    }
    TRY_PLAIN(err, buf_status(&text));
    if (buf_view(&text).len == 0) return ST_OK;
    return FAIL(err, ST_INCOMPLETE_AUTH, "%.*sAuthorization=%.*s", SPAN_ARG(buf_view(&text)),
                SPAN_ARG(call->authorization));
}

static status check_query(const struct api_call *call, struct error *err)
{
    static const char *const names[] = {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature",
                                        "X-Amz-SignedHeaders", "X-Amz-Date"};
    struct buf text;
    buf_init(&text, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (has_value(call->query, SPAN("&"), names[i])) continue;
        buf_printf(&text, "AWS query-string parameters must include '%s'. ", names[i]);
    }
    TRY_PLAIN(err, buf_status(&text));
    if (buf_view(&text).len == 0) return ST_OK;
    return FAIL(err, ST_INCOMPLETE_AUTH, "%.*sRe-examine the query-string parameters.",
                SPAN_ARG(buf_view(&text)));
}

status auth_form_check(const struct api_call *call, struct error *err)
{
    struct span algorithm = {0};
    const bool in_query = find_part(call->query, SPAN("&"), SPAN("X-Amz-Algorithm"), &algorithm);
    const bool in_header = call->authorization.len > 0;
    if (in_query && in_header) {
        return FAIL(err, ST_INVALID_SIGNATURE,
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as "
                    "HTTP header.");
    }
    return in_query ? check_query(call, err) : check_header(call, err);
}
