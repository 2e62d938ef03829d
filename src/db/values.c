/* values.c -- making value literals: nothing is looked at but what the making itself needs.
 *
 * The macros of the public header end their arrays with a STATOR_END_; it is looked for here, so
 * that all further code has counts. An empty stator_val in the middle is thus a mistake that can be
 * seen, and not the end of the array.
 */
#include <stdarg.h>
#include <stdio.h>

#include "db/literal.h"

static stator_val text_of(stator_kind kind, const char *text)
{
    if (text == NULL) return literal_bad(LITERAL_NO_TEXT);
    return (stator_val){.kind = (uint8_t)kind, .n = UINT32_MAX, .u.s = text};
}

static stator_val bytes_of(stator_kind kind, const void *bytes, size_t len)
{
    if (len >= UINT32_MAX) return literal_bad(LITERAL_TOO_LONG);
    if (bytes == NULL && len > 0) return literal_bad(LITERAL_NO_TEXT);
    return (stator_val){.kind = (uint8_t)kind, .n = (uint32_t)len, .u.p = bytes};
}

/* A container whose array is set by the caller. */
static stator_val array_of(stator_kind kind, const void *array, size_t count)
{
    if (array == NULL && count > 0) return literal_bad(LITERAL_NO_MEMBERS);
    if (count >= UINT32_MAX) return literal_bad(LITERAL_TOO_LONG);
    return (stator_val){.kind = (uint8_t)kind, .n = (uint32_t)count};
}

size_t literal_count(const stator_val *values, size_t count)
{
    if (count != STATOR_COUNT_ || values == NULL) return count;
    size_t n = 0;
    while (values[n].kind != STATOR_END_) n++;
    return n;
}

stator_val stator_s(const char *text)
{
    return text_of(STATOR_S, text);
}

stator_val stator_sn(const char *text, size_t len)
{
    return bytes_of(STATOR_S, text, len);
}

stator_val stator_opt_s(const char *text)
{
    return text != NULL && text[0] != '\0' ? stator_s(text) : stator_skip();
}

stator_val stator_n(const char *decimal)
{
    return text_of(STATOR_N, decimal);
}

stator_val stator_i(int64_t number)
{
    return (stator_val){.kind = STATOR_I64_, .u.i = number};
}

stator_val stator_d(double number)
{
    return (stator_val){.kind = STATOR_F64_, .u.d = number};
}

stator_val stator_b(const void *bytes, size_t len)
{
    return bytes_of(STATOR_B, bytes, len);
}

stator_val stator_bool(bool yes)
{
    return (stator_val){.kind = STATOR_BOOL, .u.i = yes ? 1 : 0};
}

stator_val stator_null(void)
{
    return (stator_val){.kind = STATOR_NULL};
}

stator_val stator_skip(void)
{
    return (stator_val){.kind = STATOR_SKIP_};
}

stator_val stator_ss(const char *const *members, size_t count)
{
    stator_val v = array_of(STATOR_SSET, members, count);
    if (v.kind == STATOR_SSET) v.u.strs = members;
    return v;
}

stator_val stator_ns(const char *const *decimals, size_t count)
{
    stator_val v = array_of(STATOR_NSET, decimals, count);
    if (v.kind == STATOR_NSET) v.u.strs = decimals;
    return v;
}

stator_val stator_bs(const stator_val *binaries, size_t count)
{
    stator_val v = array_of(STATOR_BSET, binaries, literal_count(binaries, count));
    if (v.kind == STATOR_BSET) v.u.list = binaries;
    return v;
}

stator_val stator_list(const stator_val *elements, size_t count)
{
    stator_val v = array_of(STATOR_LIST, elements, literal_count(elements, count));
    if (v.kind == STATOR_LIST) v.u.list = elements;
    return v;
}

static size_t count_attributes(const stator_attr *attributes, size_t count)
{
    if (count != STATOR_COUNT_ || attributes == NULL) return count;
    size_t n = 0;
    while (attributes[n].value.kind != STATOR_END_) n++;
    return n;
}

stator_val stator_map(const stator_attr *attributes, size_t count)
{
    stator_val v = array_of(STATOR_MAP, attributes, count_attributes(attributes, count));
    if (v.kind == STATOR_MAP) v.u.map = attributes;
    return v;
}

stator_val stator_node_val(const stator_node *node)
{
    if (node == NULL) return literal_bad(LITERAL_NO_NODE);
    return (stator_val){.kind = STATOR_NODE_, .u.node = node};
}

stator_val stator_doc_val(const stator_doc *doc)
{
    return stator_node_val(stator_doc_node(doc));
}

stator_val stator_path(const char *path)
{
    return text_of(STATOR_PATH_, path);
}

stator_val stator_size(const char *path)
{
    return text_of(STATOR_SIZE_, path);
}

stator_val stator_sf_(char *buffer, size_t size, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const int len = vsnprintf(buffer, size, format, values);
    va_end(values);
    if (len < 0 || (size_t)len >= size) return literal_bad(LITERAL_NO_ROOM);
    return stator_s(buffer);
}
