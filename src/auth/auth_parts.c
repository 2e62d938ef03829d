/* auth_parts.c -- cutting both forms of a signature into their parts.
 *
 * Both are lists of "name=value" between separators, so one loop reads them, led by a table. AWS
 * takes a comma, a space or both between the parts of a header.
 */
#include "auth/auth_parts.h"

#include <string.h>

#include "base/attributes.h"

/* With its length: every request's signature is read, and no strlen should be. */
struct name {
    struct span text;
    auth_part part;
};

#define NAME(text, part)                                                                           \
    {                                                                                              \
        {(const uint8_t *)"" text, sizeof(text) - 1}, part                                         \
    }

static const struct name header_names[] = {
    NAME("Credential", AUTH_PART_CREDENTIAL),
    NAME("SignedHeaders", AUTH_PART_SIGNED_HEADERS),
    NAME("Signature", AUTH_PART_SIGNATURE),
};
static const struct name query_names[] = {
    NAME("X-Amz-Algorithm", AUTH_PART_ALGORITHM),
    NAME("X-Amz-Credential", AUTH_PART_CREDENTIAL),
    NAME("X-Amz-Signature", AUTH_PART_SIGNATURE),
    NAME("X-Amz-SignedHeaders", AUTH_PART_SIGNED_HEADERS),
    NAME("X-Amz-Date", AUTH_PART_DATE),
    NAME("X-Amz-Expires", AUTH_PART_EXPIRES),
    NAME("X-Amz-Security-Token", AUTH_PART_TOKEN),
};

struct form {
    uint8_t end;       /* of a part */
    uint8_t other_end; /* likewise; the same when there is no other */
    unsigned name_count;
    const struct name *names;
};

static const struct form header_form = {',', ' ', ARRAY_COUNT(header_names), header_names};
static const struct form query_form = {'&', '&', ARRAY_COUNT(query_names), query_names};

/* The part that `piece` is, and its value. AUTH_PART_COUNT: it is none. */
static unsigned part_of(const struct form *form, struct span piece, struct span *value)
{
    for (unsigned i = 0; i < form->name_count; i++) {
        const struct span name = form->names[i].text;
        if (!span_starts_with(piece, name)) continue;
        const struct span after = span_drop(piece, name.len);
        if (after.len > 0 && after.ptr[0] != '=') continue;
        *value = after.len > 0 ? span_drop(after, 1) : after;
        return form->names[i].part;
    }
    return AUTH_PART_COUNT;
}

/* Take what stands before the next `end`. False: nothing is left. */
static bool cut(struct span *text, uint8_t end, struct span *piece)
{
    if (text->len == 0) return false;
    const uint8_t *at = memchr(text->ptr, end, text->len);
    const size_t len = at == NULL ? text->len : (size_t)(at - text->ptr);
    *piece = span_take(*text, len);
    *text = span_drop(*text, at == NULL ? len : len + 1);
    return true;
}

/* Note the part that `piece` is; the answer is its bit. */
static unsigned note(const struct form *form, struct span piece, struct auth_parts *out)
{
    struct span value = {0};
    const unsigned part = part_of(form, piece, &value);
    if (part == AUTH_PART_COUNT) return 0;
    if (out->values[part].len == 0) out->values[part] = value;
    return 1U << part;
}

/* Note all parts of `text` in *out; the result has bit n set when part n is named. */
static unsigned read_form(const struct form *form, struct span text, struct auth_parts *out)
{
    unsigned named = 0;
    struct span outer = {0}, piece = {0};
    while (cut(&text, form->other_end, &outer))
        while (cut(&outer, form->end, &piece)) named |= note(form, piece, out);
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

bool auth_parts_split(struct span credential, struct span scope[AUTH_SCOPE_COUNT])
{
    size_t count = 0;
    size_t start = 0;
    for (size_t i = 0; i <= credential.len; i++) {
        if (i < credential.len && credential.ptr[i] != '/') continue;
        if (count == AUTH_SCOPE_COUNT) return false;
        const size_t len = i - start;
        scope[count++] = len == 0 ? (struct span){0} : (struct span){credential.ptr + start, len};
        start = i + 1;
    }
    return count == AUTH_SCOPE_COUNT;
}

static const char *name_in(const struct form *form, auth_part part)
{
    for (unsigned i = 0; i < form->name_count; i++)
        if (form->names[i].part == part) return (const char *)form->names[i].text.ptr;
    return NULL;
}

const char *auth_parts_name(auth_place place, auth_part part)
{
    switch (place) {
    case AUTH_IN_HEADER:
        return name_in(&header_form, part);
    case AUTH_IN_QUERY:
        return name_in(&query_form, part);
    case AUTH_NOWHERE:
    case AUTH_IN_BOTH:
        return NULL;
    }
    return NULL;
}
