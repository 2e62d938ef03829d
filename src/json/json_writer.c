/* json_writer.c -- each call reserves once and writes by hand.
 *
 * W1  `comma` is true exactly when the last thing written is a whole value, which a comma must
 *     separate from what comes next at its level.
 *
 * A string without escapes is one copy. Only quotes, backslashes and control characters are
 * escaped (RFC 8259 asks no more); other text goes out as UTF-8.
 */
#include "json/json_writer.h"

#include <string.h>

#include "json/json_scan.h"

enum {
    AROUND_BYTES = 4,   /* comma, two quotes, colon */
    I64_BYTES_MAX = 20, /* a sign and 19 digits */
};

void json_writer_init(struct json_writer *writer, struct buf *buf)
{
    *writer = (struct json_writer){.buf = buf};
}

static inline void put(struct json_writer *writer, uint8_t c, bool comma_after)
{
    uint8_t *at = buf_reserve(writer->buf, 2);
    if (at == NULL) return;
    size_t len = 0;
    if (writer->comma) at[len++] = ',';
    at[len++] = c;
    buf_advance(writer->buf, len);
    writer->comma = comma_after;
}

void json_writer_object_begin(struct json_writer *writer)
{
    put(writer, '{', false);
}

void json_writer_array_begin(struct json_writer *writer)
{
    put(writer, '[', false);
}

void json_writer_object_end(struct json_writer *writer)
{
    writer->comma = false;
    put(writer, '}', true);
}

void json_writer_array_end(struct json_writer *writer)
{
    writer->comma = false;
    put(writer, ']', true);
}

/* The letter of a two-character escape, or 0. */
static uint8_t escape_letter(uint8_t c)
{
    static const uint8_t letters[256] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };
    return letters[c];
}

static void put_escape(struct buf *buf, uint8_t c)
{
    static const uint8_t hex[] = "0123456789abcdef";
    const uint8_t letter = escape_letter(c);
    const uint8_t two[] = {'\\', letter};
    const uint8_t six[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    buf_put(buf, letter != 0 ? (struct span){two, 2} : (struct span){six, 6});
}

/* `text` with escapes, from a byte that needs one. */
static void put_escaped(struct buf *buf, struct span text)
{
    uint8_t seen = 0;
    while (text.len > 0) {
        put_escape(buf, text.ptr[0]);
        text = span_drop(text, 1);
        const uint8_t *const end = text.ptr + text.len;
        const size_t plain = (size_t)(json_scan_plain(text.ptr, end, &seen) - text.ptr);
        buf_put(buf, span_take(text, plain));
        text = span_drop(text, plain);
    }
}

/* Copy the plain start of `text`; the answer is its length. */
static size_t copy_plain(struct span text, uint8_t *out)
{
    if (text.len == 0) return 0;
    uint8_t seen = 0;
    const size_t plain = (size_t)(json_scan_plain(text.ptr, text.ptr + text.len, &seen) - text.ptr);
    memcpy(out, text.ptr, plain);
    return plain;
}

/* The comma, the quoted text, and for a name the colon. */
static void put_string(struct json_writer *writer, struct span text, bool name)
{
    struct buf *const buf = writer->buf;
    uint8_t *at = buf_reserve(buf, text.len + AROUND_BYTES);
    if (at == NULL) return;
    size_t len = 0;
    if (writer->comma) at[len++] = ',';
    at[len++] = '"';
    const size_t plain = copy_plain(text, at + len);
    len += plain;
    writer->comma = !name;
    if (plain == text.len) {
        at[len++] = '"';
        if (name) at[len++] = ':';
        buf_advance(buf, len);
        return;
    }
    buf_advance(buf, len);
    put_escaped(buf, span_drop(text, plain));
    buf_put(buf, name ? SPAN("\":") : SPAN("\""));
}

void json_writer_key(struct json_writer *writer, struct span name)
{
    put_string(writer, name, true);
}

void json_writer_open(struct json_writer *writer, struct span text)
{
    json_writer_raw(writer, text);
    writer->comma = false;
}

void json_writer_string(struct json_writer *writer, struct span text)
{
    put_string(writer, text, false);
}

void json_writer_base64_text(struct buf *buf, struct span bytes)
{
    static const uint8_t alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t len = (bytes.len + 2) / 3 * 4;
    uint8_t *at = buf_reserve(buf, len);
    if (at == NULL) return;
    buf_advance(buf, len);
    for (; bytes.len > 0; at += 4) {
        const size_t n = bytes.len < 3 ? bytes.len : 3;
        const uint32_t second = n > 1 ? bytes.ptr[1] : 0;
        const uint32_t third = n > 2 ? bytes.ptr[2] : 0;
        const uint32_t group = (uint32_t)bytes.ptr[0] << 16 | second << 8 | third;
        at[0] = alphabet[group >> 18];
        at[1] = alphabet[group >> 12 & 63];
        at[2] = n > 1 ? alphabet[group >> 6 & 63] : '=';
        at[3] = n > 2 ? alphabet[group & 63] : '=';
        bytes = span_drop(bytes, n);
    }
}

void json_writer_base64(struct json_writer *writer, struct span bytes)
{
    put(writer, '"', true);
    json_writer_base64_text(writer->buf, bytes);
    buf_put_u8(writer->buf, '"');
}

void json_writer_raw(struct json_writer *writer, struct span text)
{
    if (writer->comma) buf_put_u8(writer->buf, ',');
    buf_put(writer->buf, text);
    writer->comma = true;
}

void json_writer_i64(struct json_writer *writer, int64_t n)
{
    uint8_t text[I64_BYTES_MAX];
    size_t at = sizeof text;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        text[--at] = (uint8_t)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (n < 0) text[--at] = '-';
    json_writer_raw(writer, (struct span){text + at, sizeof text - at});
}

void json_writer_bool(struct json_writer *writer, bool b)
{
    json_writer_raw(writer, b ? SPAN("true") : SPAN("false"));
}

void json_writer_null(struct json_writer *writer)
{
    json_writer_raw(writer, SPAN("null"));
}

void json_writer_member_string(struct json_writer *writer, const char *name, struct span text)
{
    json_writer_key(writer, span_of(name));
    json_writer_string(writer, text);
}

void json_writer_member_i64(struct json_writer *writer, const char *name, int64_t n)
{
    json_writer_key(writer, span_of(name));
    json_writer_i64(writer, n);
}

void json_writer_member_bool(struct json_writer *writer, const char *name, bool b)
{
    json_writer_key(writer, span_of(name));
    json_writer_bool(writer, b);
}
