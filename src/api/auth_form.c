/* auth_form.c -- presence and form of a signature, in DynamoDB's order and words.
 *
 * The auth room cuts the signature into its parts; here stands only which are demanded, in the
 * order in which DynamoDB misses them, and what it says.
 */
#include "api/auth_form.h"

#include "auth/auth_parts.h"
#include "auth/percent.h"
#include "base/limits.h"

static const auth_part of_header[] = {
    AUTH_PART_CREDENTIAL,
    AUTH_PART_SIGNATURE,
    AUTH_PART_SIGNED_HEADERS,
};
static const auth_part of_query[] = {
    AUTH_PART_ALGORITHM,      AUTH_PART_CREDENTIAL, AUTH_PART_SIGNATURE,
    AUTH_PART_SIGNED_HEADERS, AUTH_PART_DATE,
};

/* What one form demands, and the words around the name of a part that it has not. */
struct demand {
    auth_place place;
    const auth_part *parts;
    size_t count;
    const char *before;
    const char *after;
};

static const struct demand header_demand = {
    AUTH_IN_HEADER,  of_header, ARRAY_COUNT(of_header), "Authorization header requires '",
    "' parameter. ",
};
static const struct demand query_demand = {
    AUTH_IN_QUERY, of_query, ARRAY_COUNT(of_query), "AWS query-string parameters must include '",
    "'. ",
};

static bool has_all(const struct demand *demand, const struct auth_parts *found)
{
    for (size_t i = 0; i < demand->count; i++)
        if (found->values[demand->parts[i]].len == 0) return false;
    return true;
}

/* Append one sentence for every part without a value. */
static void put_missing(struct buf *text, const struct demand *demand,
                        const struct auth_parts *found)
{
    for (size_t i = 0; i < demand->count; i++) {
        if (found->values[demand->parts[i]].len > 0) continue;
        buf_put_text(text, demand->before);
        buf_put_text(text, auth_parts_name(demand->place, demand->parts[i]));
        buf_put_text(text, demand->after);
    }
}

static status check_header(const struct api_call *call, const struct auth_parts *found,
                           struct error *err)
{
    if (has_all(&header_demand, found) && call->date.len > 0) return ST_OK;

    struct buf text;
    buf_init(&text, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    put_missing(&text, &header_demand, found);
    if (call->date.len == 0) {
        buf_put_text(&text, "Authorization header requires existence of either a 'X-Amz-Date' or a "
                            "'Date' header. ");
    }
    TRY_PLAIN(err, buf_status(&text));
    return FAIL(err, ST_INCOMPLETE_AUTH, "%.*sAuthorization=%.*s", SPAN_ARG(buf_view(&text)),
                SPAN_ARG(auth_form_shown(call->arena, call->authorization)));
}

static status check_query(const struct api_call *call, const struct auth_parts *found,
                          struct error *err)
{
    if (has_all(&query_demand, found)) return ST_OK;
    struct buf text;
    buf_init(&text, arena_mem(call->arena), LIMIT_REQUEST_ARENA_BYTES);
    put_missing(&text, &query_demand, found);
    TRY_PLAIN(err, buf_status(&text));
    return FAIL(err, ST_INCOMPLETE_AUTH, "%.*sRe-examine the query-string parameters.",
                SPAN_ARG(buf_view(&text)));
}

status auth_form_check(const struct api_call *call, struct error *err)
{
    const struct auth_parts found = auth_parts_read(call->authorization, call->query);
    switch (found.place) {
    case AUTH_NOWHERE:
        return FAIL(err, ST_MISSING_AUTH, "Request is missing Authentication Token");
    case AUTH_IN_BOTH:
        return FAIL(err, ST_INVALID_SIGNATURE,
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as "
                    "HTTP header.");
    case AUTH_IN_HEADER:
        return check_header(call, &found, err);
    case AUTH_IN_QUERY:
        return check_query(call, &found, err);
    }
    return FAIL_PLAIN(err, ST_INTERNAL);
}

status auth_form_credential(const struct api_call *call, struct span *out)
{
    const struct auth_parts found = auth_parts_read(call->authorization, call->query);
    *out = found.values[AUTH_PART_CREDENTIAL];
    return found.place == AUTH_IN_QUERY ? percent_decode(call->arena, *out, out) : ST_OK;
}

struct span auth_form_shown(struct arena *arena, struct span text)
{
    uint8_t *shown = arena_alloc_raw(arena, text.len);
    if (shown == NULL) return (struct span){0};
    for (size_t i = 0; i < text.len; i++)
        shown[i] = text.ptr[i] >= ' ' && text.ptr[i] <= '~' ? text.ptr[i] : '?';
    return (struct span){shown, text.len};
}
