/* profile.c -- one walk over the lines of a shared file.
 *
 *     line     := [ header | setting | comment ] end
 *     header   := "[" name "]"             in credentials
 *              |  "[default]" | "[profile " name "]"         in config
 *     setting  := key "=" value [ space ("#" | ";") … ]
 *     comment  := ("#" | ";") …
 */
#include "client/profile.h"

#include <string.h>

struct walk {
    struct span rest;
    bool inside; /* is the current line under the profile's header? */
};

static struct span take_line(struct span *rest)
{
    const uint8_t *end = memchr(rest->ptr, '\n', rest->len);
    const size_t len = end == NULL ? rest->len : (size_t)(end - rest->ptr);
    struct span line = span_take(*rest, len);
    *rest = span_drop(*rest, end == NULL ? len : len + 1);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
    return line;
}

/* A name may stand between quotes, for the sake of spaces in it. */
static struct span unquote(struct span name)
{
    const bool is_quoted = name.len >= 2 && name.ptr[0] == '"' && name.ptr[name.len - 1] == '"';
    return is_quoted ? (struct span){name.ptr + 1, name.len - 2} : name;
}

/* `inner` stands between the brackets. */
static bool names_profile(const struct profile *profile, struct span inner)
{
    inner = span_trim(inner);
    if (profile->file == PROFILE_CREDENTIALS) return span_eq(inner, profile->name);
    const struct span word = SPAN("profile");
    if (span_eq(inner, SPAN("default"))) return span_eq(profile->name, inner);
    if (!span_starts_with(inner, word)) return false;
    const struct span after = span_drop(inner, word.len);
    const struct span name = span_trim(after);
    return name.len < after.len && span_eq(unquote(name), profile->name);
}

static bool is_header(struct span line, struct span *inner)
{
    if (line.len == 0 || line.ptr[0] != '[') return false;
    const uint8_t *end = memchr(line.ptr, ']', line.len);
    if (end == NULL) return false;
    *inner = (struct span){line.ptr + 1, (size_t)(end - line.ptr) - 1};
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static struct span without_comment(struct span value)
{
    for (size_t i = 1; i < value.len; i++)
        if ((value.ptr[i] == '#' || value.ptr[i] == ';') && is_blank(value.ptr[i - 1]))
            return span_take(value, i);
    return value;
}

static bool read_setting(struct span line, struct span *key, struct span *value)
{
    if (line.len == 0 || is_blank(line.ptr[0]) || line.ptr[0] == '#' || line.ptr[0] == ';')
        return false;
    const uint8_t *equals = memchr(line.ptr, '=', line.len);
    if (equals == NULL) return false;
    const size_t len = (size_t)(equals - line.ptr);
    *key = span_trim(span_take(line, len));
    *value = span_trim(without_comment(span_drop(line, len + 1)));
    return key->len > 0;
}

/* Go on to the next line under the profile's header. False at the end. */
static bool next_line(const struct profile *profile, struct walk *walk, struct span *line)
{
    while (walk->rest.len > 0) {
        struct span inner = {0};
        *line = take_line(&walk->rest);
        if (is_header(*line, &inner)) walk->inside = names_profile(profile, inner);
        if (walk->inside) return true; /* the header itself is a line, and no setting */
    }
    return false;
}

bool profile_exists(const struct profile *profile)
{
    struct walk walk = {.rest = profile->text};
    struct span line = {0};
    return next_line(profile, &walk, &line);
}

bool profile_find(const struct profile *profile, const char *key, struct span *value)
{
    struct walk walk = {.rest = profile->text};
    struct span line = {0};
    bool is_found = false;
    while (next_line(profile, &walk, &line)) {
        struct span name = {0};
        struct span found = {0};
        if (!read_setting(line, &name, &found) || !span_eq_nocase(name, span_of(key))) continue;
        *value = found;
        is_found = true;
    }
    return is_found;
}
