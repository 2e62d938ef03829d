/* auth_parts.c -- cutting both forms of a signature into their parts.
 *
 * Both are lists of "name=value" between separators, so one loop reads them, led by a table. AWS
 * takes a comma, a space or both between the parts of a header.
 */
#include "auth/auth_parts.h"

#include "base/attributes.h"

struct form {
    uint8_t end;       /* of a part */
    uint8_t other_end; /* likewise; the same when there is no other */
    const char *names[AUTH_PART_COUNT];
};

static const struct form header_form = {
    .end = ',',
    .other_end = ' ',
    .names = {[AUTH_PART_CREDENTIAL] = "Credential",
              [AUTH_PART_SIGNATURE] = "Signature",
              [AUTH_PART_SIGNED_HEADERS] = "SignedHeaders"},
};
static const struct form query_form = {
    .end = '&',
    .other_end = '&',
    .names = {[AUTH_PART_ALGORITHM] = "X-Amz-Algorithm",
              [AUTH_PART_CREDENTIAL] = "X-Amz-Credential",
              [AUTH_PART_SIGNATURE] = "X-Amz-Signature",
              [AUTH_PART_SIGNED_HEADERS] = "X-Amz-SignedHeaders",
              [AUTH_PART_DATE] = "X-Amz-Date",
              [AUTH_PART_EXPIRES] = "X-Amz-Expires",
              [AUTH_PART_TOKEN] = "X-Amz-Security-Token"},
};

/* The part that `piece` is, and its value. AUTH_PART_COUNT: it is none. */
static unsigned part_of(const struct form *form, struct span piece, struct span *value)
{
    for (unsigned i = 0; i < AUTH_PART_COUNT; i++) {
        if (form->names[i] == NULL) continue;
        const struct span name = span_of(form->names[i]);
        if (!span_starts_with(piece, name)) continue;
        const struct span after = span_drop(piece, name.len);
        if (after.len > 0 && after.ptr[0] != '=') continue;
        *value = after.len > 0 ? span_drop(after, 1) : after;
        return i;
    }
    return AUTH_PART_COUNT;
}

/* Note all parts of `text` in *out; the result has bit n set when part n is named. */
static unsigned read_form(const struct form *form, struct span text, struct auth_parts *out)
{
    unsigned named = 0;
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.ptr[i] != form->end && text.ptr[i] != form->other_end) continue;
        struct span value = {0};
        const unsigned part = part_of(form, (struct span){text.ptr + start, i - start}, &value);
        start = i + 1;
        if (part == AUTH_PART_COUNT) continue;
        named |= 1U << part;
        if (out->values[part].len == 0) out->values[part] = value;
    }
    return named;
}

/* The header's first word is no "name=value". */
static void read_header(struct span authorization, struct auth_parts *out)
{
    size_t len = 0;
    while (len < authorization.len && authorization.ptr[len] != ' ' &&
           authorization.ptr[len] != ',')
        len++;
    (void)read_form(&header_form, span_drop(authorization, len), out);
    out->values[AUTH_PART_ALGORITHM] = span_take(authorization, len);
}

static bool read_query(struct span query, struct auth_parts *out)
{
    *out = (struct auth_parts){.place = AUTH_IN_QUERY};
    return (read_form(&query_form, query, out) & 1U << AUTH_PART_ALGORITHM) != 0;
}

struct auth_parts auth_parts_read(struct span authorization, struct span query)
{
    struct auth_parts out;
    if (query.len > 0 && read_query(query, &out)) {
        if (authorization.len > 0) return (struct auth_parts){.place = AUTH_IN_BOTH};
        return out;
    }
    const struct span header = span_trim(authorization);
    if (!span_starts_with(header, SPAN("AWS4-"))) return (struct auth_parts){0};
    out = (struct auth_parts){.place = AUTH_IN_HEADER};
    read_header(header, &out);
    return out;
}

const char *auth_parts_name(auth_place place, auth_part part)
{
    switch (place) {
    case AUTH_IN_HEADER:
        return header_form.names[part];
    case AUTH_IN_QUERY:
        return query_form.names[part];
    case AUTH_NOWHERE:
    case AUTH_IN_BOTH:
        return NULL;
    }
    return NULL;
}
