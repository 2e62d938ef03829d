/* plain_write.c -- from a stored value to plain JSON, and JSON on many lines. */
#include "item/plain.h"
#include "item/value_json.h"

enum { INDENT_BYTES = 2 };

/* An item is not counted as a level of its own nesting. */
void plain_write(struct json_writer *json, struct value v)
{
    if (v.type == VALUE_M)
        value_json_write_map(json, v, VALUE_JSON_PLAIN);
    else
        value_json_write(json, v, VALUE_JSON_PLAIN);
}

/* ---- lines ---- */

static void put_line(struct buf *out, size_t depth)
{
    buf_put_u8(out, '\n');
    for (size_t i = 0; i < depth * INDENT_BYTES; i++) buf_put_u8(out, ' ');
}

/* The length of the string that begins `text`, quotes included. */
static size_t string_length(struct span text)
{
    size_t n = 1;
    while (n < text.len && text.ptr[n] != '"') n += text.ptr[n] == '\\' ? 2 : 1;
    return n < text.len ? n + 1 : text.len;
}

static bool is_empty(struct span text)
{
    return text.len > 1 && (text.ptr[1] == '}' || text.ptr[1] == ']');
}

/* Put the token that begins `text`, with the line end that belongs to it; the answer is its
 * length. */
static size_t put_token(struct span text, size_t *depth, struct buf *out)
{
    const uint8_t c = text.ptr[0];
    if (c == '"') {
        const size_t length = string_length(text);
        buf_put(out, span_take(text, length));
        return length;
    }
    if (c == '}' || c == ']') put_line(out, --*depth);
    buf_put_u8(out, c);
    if (c == ':') buf_put_u8(out, ' ');
    if (c == ',') put_line(out, *depth);
    if (c != '{' && c != '[') return 1;
    if (is_empty(text)) {
        buf_put_u8(out, text.ptr[1]);
        return 2;
    }
    put_line(out, ++*depth);
    return 1;
}

void plain_indent(struct span compact, struct buf *out)
{
    size_t depth = 0;
    while (compact.len > 0) compact = span_drop(compact, put_token(compact, &depth, out));
}
