/* error.c -- making and reading a struct error. */
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct error error_in(struct arena *arena)
{
    assert(arena != NULL);
    return (struct error){.arena = arena};
}

static PRINTF(2, 0) struct span text_make(struct arena *arena, const char *format, va_list values)
{
    va_list again;
    va_copy(again, values);
    const int len = vsnprintf(NULL, 0, format, values);
    char *text = len < 0 ? NULL : arena_alloc_raw(arena, (size_t)len + 1);
    if (text != NULL) (void)vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    if (text == NULL) return (struct span){0};
    return (struct span){(const uint8_t *)text, (size_t)len};
}

status error_set(struct error *err, status st, const char *where, const char *format, ...)
{
    assert(st != ST_OK);
    err->status = st;
    err->where = where;
    err->text = (struct span){0};
    if (format == NULL) return st;
    va_list values;
    va_start(values, format);
    err->text = text_make(err->arena, format, values);
    va_end(values);
    return st;
}

struct span error_text(const struct error *err)
{
    if (err->text.len > 0) return err->text;
    const char *text = status_info(err->status)->text;
    return text == NULL ? (struct span){0} : span_of(text);
}
