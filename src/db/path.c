/* path.c -- one step at a time, without memory. See path.h for the grammar. */
#include "db/path.h"

struct path path_over(struct span text)
{
    return (struct path){.rest = text};
}

static bool is_special(uint8_t c)
{
    return c == '.' || c == '[' || c == ']' || c == '\\';
}

static bool may_be_escaped(uint8_t c)
{
    return is_special(c) || c == ',' || c == ':';
}

/* How many bytes of `text` are its first character of a name; 0: none is. */
static size_t character_length(struct span text)
{
    if (text.len == 0) return 0;
    if (text.ptr[0] == '\\') return text.len > 1 && may_be_escaped(text.ptr[1]) ? 2 : 0;
    return is_special(text.ptr[0]) ? 0 : 1;
}

static path_part take_name(struct path *path, struct path_step *out)
{
    size_t n = 0;
    *out = (struct path_step){0};
    for (;;) {
        const size_t length = character_length(span_drop(path->rest, n));
        if (length == 0) break;
        if (length > 1) out->has_backslash = true;
        n += length;
    }
    out->text = span_take(path->rest, n);
    path->rest = span_drop(path->rest, n);
    return n > 0 ? PATH_NAME : PATH_BAD;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static uint32_t index_value(struct span digits)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len && value < UINT32_MAX; i++)
        value = value * 10 + (uint64_t)(digits.ptr[i] - '0');
    return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static path_part take_index(struct path *path, struct path_step *out)
{
    const struct span digits = span_drop(path->rest, 1);
    size_t n = 0;
    while (n < digits.len && is_digit(digits.ptr[n])) n++;
    if (n == 0 || n == digits.len || digits.ptr[n] != ']') return PATH_BAD;
    if (n > 1 && digits.ptr[0] == '0') return PATH_BAD;
    *out = (struct path_step){.text = span_take(digits, n)};
    out->index = index_value(out->text);
    path->rest = span_drop(digits, n + 1);
    return PATH_INDEX;
}

path_part path_next(struct path *path, struct path_step *out)
{
    if (path->rest.len == 0) return path->begun ? PATH_END : PATH_BAD;
    if (path->rest.ptr[0] == '[') {
        path->begun = true;
        return take_index(path, out);
    }
    if (path->begun) {
        if (path->rest.ptr[0] != '.') return PATH_BAD;
        path->rest = span_drop(path->rest, 1);
    }
    path->begun = true;
    return take_name(path, out);
}

bool path_is_valid(struct span text)
{
    struct path path = path_over(text);
    struct path_step step = {0};
    for (;;) {
        const path_part part = path_next(&path, &step);
        if (part == PATH_END || part == PATH_BAD) return part == PATH_END;
    }
}

status path_name(const struct path_step *step, struct arena *arena, struct span *out)
{
    if (!step->has_backslash) {
        *out = step->text;
        return ST_OK;
    }
    uint8_t *name = arena_alloc_raw(arena, step->text.len);
    if (name == NULL) return ST_NO_MEMORY;
    size_t len = 0;
    for (size_t i = 0; i < step->text.len; i++) {
        if (step->text.ptr[i] == '\\') i++;
        name[len++] = step->text.ptr[i];
    }
    *out = (struct span){name, len};
    return ST_OK;
}

static int compare_written(struct span written, struct span name)
{
    size_t at = 0;
    for (size_t i = 0; i < written.len; i++, at++) {
        if (written.ptr[i] == '\\') i++;
        if (at == name.len) return 1;
        if (written.ptr[i] != name.ptr[at]) return written.ptr[i] < name.ptr[at] ? -1 : 1;
    }
    return at < name.len ? -1 : 0;
}

int path_compare(const struct path_step *step, struct span name)
{
    return step->has_backslash ? compare_written(step->text, name) : span_compare(step->text, name);
}

const char *path_to(struct span name, struct arena *arena)
{
    char *path = arena_alloc_raw(arena, 2 * name.len + 1);
    if (path == NULL) return NULL;
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (may_be_escaped(name.ptr[i])) path[len++] = '\\';
        path[len++] = (char)name.ptr[i];
    }
    path[len] = '\0';
    return path;
}
