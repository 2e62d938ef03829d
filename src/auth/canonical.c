/* canonical.c -- the four lists of a request, each brought into its one order.
 *
 * Source: IAM User Guide, "Create a canonical request", and AWS's published test suite where that
 * is silent: values of a header that comes several times are joined by commas in the order of
 * their coming; runs of white space within a value count as one space, within quotes too; a
 * query's names and values are decoded and encoded again, so that "~" and "%7E" are the same.
 */
#include "auth/canonical.h"

#include <string.h>

#include "auth/digest.h"
#include "auth/percent.h"
#include "base/limits.h"
#include "base/sort.h"

bool canonical_next(struct span *list, uint8_t separator, struct span *out)
{
    if (list->len == 0) return false;
    const uint8_t *at = memchr(list->ptr, separator, list->len);
    const size_t len = at == NULL ? list->len : (size_t)(at - list->ptr);
    *out = span_take(*list, len);
    *list = span_drop(*list, at == NULL ? len : len + 1);
    return true;
}

/* How many texts canonical_next can find in `list`, or one more. */
static size_t count_parts(struct span list, uint8_t separator)
{
    size_t count = 1;
    for (size_t i = 0; i < list.len; i++) count += list.ptr[i] == separator;
    return count;
}

/* ---- the path */

/* Cut `path` into its segments, "." and ".." applied; the result is their number. */
static size_t path_segments(struct span path, struct span *segments)
{
    size_t count = 0;
    struct span segment = {0};
    while (canonical_next(&path, '/', &segment)) {
        if (segment.len == 0 || span_eq(segment, SPAN("."))) continue;
        if (!span_eq(segment, SPAN(".."))) {
            segments[count++] = segment;
        } else if (count > 0) {
            count--;
        }
    }
    return count;
}

static status put_path(struct arena *arena, struct span path, struct buf *out)
{
    struct span *segments = arena_new_array(arena, count_parts(path, '/'), struct span);
    if (segments == NULL) return ST_NO_MEMORY;
    const size_t count = path_segments(path, segments);
    for (size_t i = 0; i < count; i++) {
        buf_put_u8(out, '/');
        for (size_t k = 0; k < segments[i].len; k++) percent_put(out, segments[i].ptr[k]);
    }
    const bool ends_open = path.len > 0 && path.ptr[path.len - 1] == '/';
    if (count == 0 || ends_open) buf_put_u8(out, '/');
    buf_put_u8(out, '\n');
    return ST_OK;
}

/* ---- the query */

struct parameter {
    struct span name; /* both encoded */
    struct span value;
};

static status encode_again(struct arena *arena, struct span text, struct span *out)
{
    struct buf buf;
    buf_init(&buf, arena_mem(arena), LIMIT_CANONICAL_BYTES);
    while (text.len > 0) percent_put(&buf, percent_take(&text));
    TRY(buf_status(&buf));
    *out = buf_view(&buf);
    return ST_OK;
}

/* parameter := name [ "=" value ] */
static status read_parameter(struct arena *arena, struct span text, struct parameter *out)
{
    struct span name = {0};
    if (!canonical_next(&text, '=', &name)) return ST_OK;
    TRY(encode_again(arena, name, &out->name));
    return encode_again(arena, text, &out->value);
}

static int parameter_order(const void *ctx, uint32_t a, uint32_t b)
{
    const struct parameter *all = ctx;
    const int order = span_compare(all[a].name, all[b].name);
    return order != 0 ? order : span_compare(all[a].value, all[b].value);
}

static status put_parameters(struct arena *arena, const struct parameter *all, size_t count,
                             struct buf *out)
{
    uint32_t *places = arena_new_array(arena, count, uint32_t);
    if (places == NULL) return ST_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) places[i] = i;
    sort_numbers(places, count, parameter_order, all);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_put_u8(out, '&');
        buf_put(out, all[places[i]].name);
        buf_put_u8(out, '=');
        buf_put(out, all[places[i]].value);
    }
    return ST_OK;
}

static status put_query(struct arena *arena, struct span query, bool in_query, struct buf *out)
{
    const size_t room = count_parts(query, '&');
    struct parameter *all = arena_new_array(arena, room, struct parameter);
    if (all == NULL) return ST_NO_MEMORY;
    size_t count = 0;
    struct span text = {0};
    while (canonical_next(&query, '&', &text)) {
        if (text.len == 0) continue;
        struct parameter *found = &all[count];
        TRY(read_parameter(arena, text, found));
        if (!in_query || !span_eq(found->name, SPAN("X-Amz-Signature"))) count++;
    }
    if (count > 0) TRY(put_parameters(arena, all, count, out));
    buf_put_u8(out, '\n');
    return ST_OK;
}

/* ---- the headers */

static void lower_to(struct buf *out, struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = name.ptr[i];
        buf_put_u8(out, c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c);
    }
}

static int name_order(const void *ctx, uint32_t a, uint32_t b)
{
    const struct span *names = ctx;
    return span_compare(names[a], names[b]);
}

/* Join the names, which are in lower case, in their order, each once. */
static status join_names(struct arena *arena, const struct span *names, size_t count,
                         struct span *out)
{
    uint32_t *places = arena_new_array(arena, count, uint32_t);
    if (places == NULL) return ST_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) places[i] = i;
    sort_numbers(places, count, name_order, names);
    struct buf buf;
    buf_init(&buf, arena_mem(arena), LIMIT_CANONICAL_BYTES);
    for (size_t i = 0; i < count; i++) {
        const struct span name = names[places[i]];
        if (i > 0 && span_eq(name, names[places[i - 1]])) continue;
        if (i > 0) buf_put_u8(&buf, ';');
        buf_put(&buf, name);
    }
    TRY(buf_status(&buf));
    *out = buf_view(&buf);
    return ST_OK;
}

/* All names of the request's headers, as a list. */
static status list_all(struct arena *arena, const struct sigv4_request *request, struct span *out)
{
    struct buf buf;
    buf_init(&buf, arena_mem(arena), LIMIT_CANONICAL_BYTES);
    for (size_t i = 0; i < request->header_count; i++) {
        if (i > 0) buf_put_u8(&buf, ';');
        buf_put(&buf, request->headers[i].name);
    }
    TRY(buf_status(&buf));
    *out = buf_view(&buf);
    return ST_OK;
}

status canonical_names(struct arena *arena, const struct sigv4_request *request, struct span list,
                       struct span *out)
{
    if (list.len == 0) TRY(list_all(arena, request, &list));
    struct buf lower;
    buf_init(&lower, arena_mem(arena), LIMIT_CANONICAL_BYTES);
    lower_to(&lower, list);
    TRY(buf_status(&lower));

    struct span rest = buf_view(&lower);
    struct span *names = arena_new_array(arena, count_parts(rest, ';'), struct span);
    if (names == NULL) return ST_NO_MEMORY;
    size_t count = 0;
    while (canonical_next(&rest, ';', &names[count])) count += names[count].len > 0;
    if (count == 0) {
        *out = (struct span){0};
        return ST_OK;
    }
    return join_names(arena, names, count, out);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* `value` without spaces at its ends, and one for each run of them within. */
static void put_value(struct buf *out, struct span value)
{
    bool pending = false;
    bool begun = false;
    for (size_t i = 0; i < value.len; i++) {
        if (is_space(value.ptr[i])) {
            pending = begun;
            continue;
        }
        if (pending) buf_put_u8(out, ' ');
        buf_put_u8(out, value.ptr[i]);
        pending = false;
        begun = true;
    }
}

static void put_header(const struct sigv4_request *request, struct span name, struct buf *out)
{
    bool is_first = true;
    buf_put(out, name);
    buf_put_u8(out, ':');
    for (size_t i = 0; i < request->header_count; i++) {
        if (!span_eq_nocase(request->headers[i].name, name)) continue;
        if (!is_first) buf_put_u8(out, ',');
        put_value(out, request->headers[i].value);
        is_first = false;
    }
    buf_put_u8(out, '\n');
}

static void put_headers(const struct sigv4_request *request, struct span names, struct buf *out)
{
    struct span rest = names;
    struct span name = {0};
    while (canonical_next(&rest, ';', &name)) put_header(request, name, out);
    buf_put_u8(out, '\n');
    buf_put(out, names);
    buf_put_u8(out, '\n');
}

status canonical_write(struct arena *arena, const struct sigv4_request *request, struct span names,
                       bool in_query, struct buf *out)
{
    uint8_t hash[DIGEST_HEX_BYTES];
    TRY(digest_sha256_hex(request->body, hash));
    buf_put(out, request->method);
    buf_put_u8(out, '\n');
    TRY(put_path(arena, request->path, out));
    TRY(put_query(arena, request->query, in_query, out));
    put_headers(request, names, out);
    buf_put(out, (struct span){hash, sizeof hash});
    return buf_status(out);
}
