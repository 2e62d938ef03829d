/* key_spec.c -- see key_spec.h. */
#include "db/key_spec.h"

#include <string.h>

#include "base/utf8.h"

/* ---- reading */

struct reading {
    struct span rest;
    const char *what;
    struct arena *arena;
    struct error *err;
};

static status fail(const struct reading *r, const char *text)
{
    return FAIL(r->err, ST_VALIDATION,
                "the key of %s is \"%s\", but a key is written \"PK:S, SK:N\"", r->what, text);
}

static void skip_blanks(struct reading *r)
{
    while (r->rest.len > 0 && r->rest.ptr[0] == ' ') r->rest = span_drop(r->rest, 1);
}

/* Take `c` if it comes next. */
static bool take(struct reading *r, uint8_t c)
{
    skip_blanks(r);
    if (r->rest.len == 0 || r->rest.ptr[0] != c) return false;
    r->rest = span_drop(r->rest, 1);
    return true;
}

static bool ends_name(uint8_t c)
{
    return strchr(" ,:()", c) != NULL;
}

static bool take_name(struct reading *r, struct span *out)
{
    uint8_t *name = arena_alloc_raw(r->arena, r->rest.len + 1);
    size_t len = 0;
    size_t i = 0;
    if (name == NULL) return false;
    for (; i < r->rest.len && !ends_name(r->rest.ptr[i]); i++) {
        if (r->rest.ptr[i] == '\\' && i + 1 < r->rest.len) i++;
        name[len++] = r->rest.ptr[i];
    }
    *out = (struct span){name, len};
    r->rest = span_drop(r->rest, i);
    return len > 0;
}

static bool take_type(struct reading *r, struct span *out)
{
    static const char types[] = "SNB";
    for (size_t i = 0; types[i] != '\0'; i++) {
        if (!take(r, (uint8_t)types[i])) continue;
        *out = (struct span){(const uint8_t *)&types[i], 1};
        return true;
    }
    return false;
}

static bool take_part(struct reading *r, bool is_sort, struct key_spec *out)
{
    struct key_part part = {.is_sort = is_sort};
    skip_blanks(r);
    if (out->count == KEY_PARTS_MAX) return false;
    if (!take_name(r, &part.name) || !take(r, ':') || !take_type(r, &part.type)) return false;
    out->parts[out->count++] = part;
    return true;
}

static bool take_parts(struct reading *r, bool is_sort, struct key_spec *out)
{
    if (!take(r, '(')) return take_part(r, is_sort, out);
    do {
        if (!take_part(r, is_sort, out)) return false;
    } while (!take(r, ')'));
    return true;
}

static bool take_key(struct reading *r, struct key_spec *out)
{
    if (!take_parts(r, false, out)) return false;
    while (take(r, ','))
        if (!take_parts(r, true, out)) return false;
    skip_blanks(r);
    return r->rest.len == 0;
}

status key_spec_read(const char *text, const char *what, struct arena *arena, struct key_spec *out,
                     struct error *err)
{
    struct reading r = {.what = what, .arena = arena, .err = err};
    *out = (struct key_spec){.count = 0};
    if (text == NULL) return fail(&r, "NULL");
    r.rest = span_of(text);
    if (!utf8_is_valid(r.rest))
        return FAIL(err, ST_VALIDATION, "the key of %s is not valid UTF-8", what);
    return take_key(&r, out) ? ST_OK : fail(&r, text);
}

/* ---- definitions */

static status add_one(struct definitions *all, const struct key_part *part, struct error *err)
{
    for (size_t i = 0; i < all->count; i++) {
        if (!span_eq(all->list[i].name, part->name)) continue;
        if (span_eq(all->list[i].type, part->type)) return ST_OK;
        return FAIL(err, ST_VALIDATION, "attribute \"%.*s\" is given two types: %.*s and %.*s",
                    SPAN_ARG(part->name), SPAN_ARG(all->list[i].type), SPAN_ARG(part->type));
    }
    if (all->count == DEFINITIONS_MAX)
        return FAIL(err, ST_VALIDATION, "the keys have more than %d attributes", DEFINITIONS_MAX);
    all->list[all->count++] = *part;
    return ST_OK;
}

status key_spec_define(struct definitions *all, const struct key_spec *key, struct error *err)
{
    for (size_t i = 0; i < key->count; i++) TRY(add_one(all, &key->parts[i], err));
    return ST_OK;
}

/* ---- writing */

static const struct span element = {0}; /* of a list: it has no name */

void key_spec_write(const struct key_spec *key, struct request *r)
{
    request_list(r, SPAN("KeySchema"));
    for (size_t i = 0; i < key->count; i++) {
        request_map(r, element);
        request_text(r, SPAN("AttributeName"), key->parts[i].name);
        request_text(r, SPAN("KeyType"), key->parts[i].is_sort ? SPAN("RANGE") : SPAN("HASH"));
        request_end(r);
    }
    request_end(r);
}

void key_spec_write_definitions(const struct definitions *all, struct request *r)
{
    request_list(r, SPAN("AttributeDefinitions"));
    for (size_t i = 0; i < all->count; i++) {
        request_map(r, element);
        request_text(r, SPAN("AttributeName"), all->list[i].name);
        request_text(r, SPAN("AttributeType"), all->list[i].type);
        request_end(r);
    }
    request_end(r);
}

static void write_names(struct span names, struct request *r)
{
    request_list(r, SPAN("NonKeyAttributes"));
    while (names.len > 0) {
        size_t n = 0;
        while (n < names.len && names.ptr[n] != ',') n++;
        request_text(r, element, span_trim(span_take(names, n)));
        names = span_drop(names, n < names.len ? n + 1 : n);
    }
    request_end(r);
}

static void write_projection(const char *projection, struct request *r)
{
    const bool is_all = projection == NULL || strcmp(projection, "ALL") == 0;
    const bool is_keys = !is_all && strcmp(projection, "KEYS") == 0;
    const char *const type = is_all ? "ALL" : is_keys ? "KEYS_ONLY" : "INCLUDE";
    request_map(r, SPAN("Projection"));
    request_text(r, SPAN("ProjectionType"), span_of(type));
    if (!is_all && !is_keys) write_names(span_of(projection), r);
    request_end(r);
}

status key_spec_write_index(const stator_index_spec *index, struct definitions *all,
                            struct arena *arena, struct request *r, struct error *err)
{
    struct key_spec key;
    const char *projection = index->projection != NULL ? index->projection : "";
    if (!utf8_is_valid(span_of(index->name)) || !utf8_is_valid(span_of(projection)))
        return FAIL(err, ST_VALIDATION, "the name or projection of an index is not valid UTF-8");
    TRY(key_spec_read(index->key, index->name, arena, &key, err));
    TRY(key_spec_define(all, &key, err));
    request_text(r, SPAN("IndexName"), span_of(index->name));
    key_spec_write(&key, r);
    write_projection(index->projection, r);
    return ST_OK;
}
