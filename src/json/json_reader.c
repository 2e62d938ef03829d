/* json_reader.c -- a grammar of six states and no stack but one bit a level.
 *
 *     expects          next may be
 *     VALUE            a value
 *     VALUE_OR_END     a value, or the end of the array just opened
 *     KEY              a member's name
 *     KEY_OR_END       a member's name, or the end of the object just opened
 *     COMMA_OR_END     a comma, or the end of the innermost open one
 *     NOTHING          blanks only
 *
 * A name and its colon are read together, so no state stands between them; a comma is read
 * together with what follows it.
 *
 * R1  depth is the number of open objects and arrays; objects[0 … depth-1] tells which is which.
 * R2  A failure sticks: no token is ever taken from text behind a mistake.
 *
 * Strings are the hot path. One pass finds the closing quote; a string without escapes is a view
 * of the input, and only one with bytes from 80 on is checked for UTF-8.
 */
#include "json/json_reader.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "json/json_scan.h"

enum expects {
    EXPECTS_VALUE,
    EXPECTS_VALUE_OR_END,
    EXPECTS_KEY,
    EXPECTS_KEY_OR_END,
    EXPECTS_COMMA_OR_END,
    EXPECTS_NOTHING,
};

void json_reader_init(struct json_reader *reader, struct arena *arena, struct span text)
{
    reader->arena = arena;
    reader->start = reader->at = text.ptr;
    reader->end = text.len == 0 ? text.ptr : text.ptr + text.len;
    reader->failed = ST_OK;
    reader->expects = EXPECTS_VALUE;
    reader->depth = 0;
}

static status fail(struct json_reader *reader, status st)
{
    reader->failed = st;
    return st;
}

static status fail_syntax(struct json_reader *reader)
{
    return fail(reader, ST_SERIALIZATION);
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline void skip_blanks(struct json_reader *reader)
{
    while (reader->at < reader->end && is_blank(*reader->at)) reader->at++;
}

static bool accept(struct json_reader *reader, uint8_t c)
{
    if (reader->at == reader->end || *reader->at != c) return false;
    reader->at++;
    return true;
}

/* ---- strings ---- */

/* The value of a hexadecimal digit, or 16. */
static uint32_t hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - (uint32_t)'0';
    const uint8_t lower = c | 0x20U;
    return lower >= 'a' && lower <= 'f' ? lower - (uint32_t)'a' + 10 : 16;
}

/* hex4 := hex hex hex hex */
static bool take_hex4(struct span *rest, uint32_t *out)
{
    if (rest->len < 4) return false;
    uint32_t code = 0;
    for (size_t i = 0; i < 4; i++) {
        const uint32_t digit = hex_digit(rest->ptr[i]);
        if (digit > 15) return false;
        code = code << 4 | digit;
    }
    *rest = span_drop(*rest, 4);
    *out = code;
    return true;
}

/* unicode := hex4 | high-surrogate "\u" low-surrogate */
static bool take_unicode(struct span *rest, uint32_t *out)
{
    uint32_t code = 0;
    if (!take_hex4(rest, &code)) return false;
    *out = code;
    if (code < 0xD800 || code > 0xDFFF) return true;
    if (code > 0xDBFF || !span_starts_with(*rest, SPAN("\\u"))) return false;
    *rest = span_drop(*rest, 2);
    uint32_t low = 0;
    if (!take_hex4(rest, &low) || low < 0xDC00 || low > 0xDFFF) return false;
    *out = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

static uint32_t simple_escape(uint8_t c)
{
    static const uint8_t escapes[256] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
    };
    return escapes[c];
}

/* escape := "u" unicode | one of "\/bfnrt; a zero byte can only come from \u0000 */
static bool take_escape(struct span *rest, uint32_t *out)
{
    if (rest->len == 0) return false;
    const uint8_t c = rest->ptr[0];
    *rest = span_drop(*rest, 1);
    if (c == 'u') return take_unicode(rest, out);
    *out = simple_escape(c);
    return *out != 0;
}

/* Write the unescaped `raw` to `out`, which has room for raw.len bytes: no escape is shorter than
 * what it stands for. */
static bool unescape(struct span raw, uint8_t *out, size_t *len)
{
    uint8_t *at = out;
    uint8_t seen = 0;
    for (;;) {
        const uint8_t *const end = raw.ptr + raw.len;
        const size_t plain = (size_t)(json_scan_plain(raw.ptr, end, &seen) - raw.ptr);
        memcpy(at, raw.ptr, plain);
        at += plain;
        raw = span_drop(raw, plain);
        if (raw.len == 0) break;
        assert(raw.ptr[0] == '\\');
        raw = span_drop(raw, 1);
        uint32_t code = 0;
        if (!take_escape(&raw, &code)) return false;
        at += utf8_encode(code, at);
    }
    *len = (size_t)(at - out);
    return true;
}

static status take_escaped(struct json_reader *reader, struct span raw, struct span *out)
{
    uint8_t *copy = arena_alloc_raw(reader->arena, raw.len);
    if (copy == NULL) return fail(reader, ST_NO_MEMORY);
    size_t len = 0;
    if (!unescape(raw, copy, &len)) return fail_syntax(reader);
    *out = (struct span){copy, len};
    return ST_OK;
}

/* string := '"' { plain | "\" any } '"'; the opening quote was taken */
static status take_string(struct json_reader *reader, struct span *out)
{
    const uint8_t *const start = reader->at;
    const uint8_t *at = start;
    uint8_t seen = 0;
    bool escaped = false;
    for (;;) {
        at = json_scan_plain(at, reader->end, &seen);
        if (at == reader->end || *at < 0x20) return fail_syntax(reader);
        if (*at == '"') break;
        if (reader->end - at < 2) return fail_syntax(reader);
        escaped = true;
        at += 2;
    }
    const struct span raw = {start, (size_t)(at - start)};
    reader->at = at + 1;
    if (seen >= 0x80 && !utf8_is_valid(raw)) return fail_syntax(reader);
    if (escaped) return take_escaped(reader, raw, out);
    *out = raw;
    return ST_OK;
}

/* ---- numbers and words ---- */

static bool skip_digits(struct json_reader *reader)
{
    const uint8_t *const start = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') reader->at++;
    return reader->at > start;
}

/* exponent := ( "e" | "E" ) [ "+" | "-" ] digits */
static bool skip_exponent(struct json_reader *reader)
{
    if (!accept(reader, 'e') && !accept(reader, 'E')) return true;
    if (!accept(reader, '-')) (void)accept(reader, '+');
    return skip_digits(reader);
}

/* number := [ "-" ] ( "0" | digits ) [ "." digits ] [ exponent ] */
static bool skip_number(struct json_reader *reader)
{
    (void)accept(reader, '-');
    if (!accept(reader, '0') && !skip_digits(reader)) return false;
    if (accept(reader, '.') && !skip_digits(reader)) return false;
    return skip_exponent(reader);
}

static status take_number(struct json_reader *reader, struct span *out)
{
    const uint8_t *const start = reader->at;
    if (!skip_number(reader)) return fail_syntax(reader);
    *out = (struct span){start, (size_t)(reader->at - start)};
    return ST_OK;
}

static status take_word(struct json_reader *reader, struct span word)
{
    const struct span rest = {reader->at, (size_t)(reader->end - reader->at)};
    if (!span_starts_with(rest, word)) return fail_syntax(reader);
    reader->at += word.len;
    return ST_OK;
}

/* ---- structure ---- */

static void end_value(struct json_reader *reader)
{
    reader->expects = reader->depth == 0 ? EXPECTS_NOTHING : EXPECTS_COMMA_OR_END;
}

static status open_container(struct json_reader *reader, bool object)
{
    if (reader->depth == LIMIT_JSON_DEPTH) return fail_syntax(reader);
    reader->at++;
    reader->objects[reader->depth++] = object;
    reader->expects = object ? EXPECTS_KEY_OR_END : EXPECTS_VALUE_OR_END;
    return ST_OK;
}

static status close_container(struct json_reader *reader, json_token *token)
{
    assert(reader->depth > 0);
    const bool object = reader->objects[reader->depth - 1];
    if (!accept(reader, object ? '}' : ']')) return fail_syntax(reader);
    reader->depth--;
    end_value(reader);
    *token = object ? JSON_OBJECT_END : JSON_ARRAY_END;
    return ST_OK;
}

/* key := string ":" */
static status take_key(struct json_reader *reader, json_token *token, struct span *text)
{
    if (!accept(reader, '"')) return fail_syntax(reader);
    TRY(take_string(reader, text));
    skip_blanks(reader);
    if (!accept(reader, ':')) return fail_syntax(reader);
    reader->expects = EXPECTS_VALUE;
    *token = JSON_KEY;
    return ST_OK;
}

/* What a value's first byte says it is; JSON_END: no value starts so. */
static json_token token_of(uint8_t first)
{
    static const uint8_t tokens[256] = {
        ['{'] = JSON_OBJECT_BEGIN, ['['] = JSON_ARRAY_BEGIN, ['"'] = JSON_STRING,
        ['t'] = JSON_TRUE,         ['f'] = JSON_FALSE,       ['n'] = JSON_NULL,
        ['-'] = JSON_NUMBER,       ['0'] = JSON_NUMBER,      ['1'] = JSON_NUMBER,
        ['2'] = JSON_NUMBER,       ['3'] = JSON_NUMBER,      ['4'] = JSON_NUMBER,
        ['5'] = JSON_NUMBER,       ['6'] = JSON_NUMBER,      ['7'] = JSON_NUMBER,
        ['8'] = JSON_NUMBER,       ['9'] = JSON_NUMBER,
    };
    return (json_token)tokens[first];
}

static status take_scalar(struct json_reader *reader, json_token token, struct span *text)
{
    end_value(reader);
    if (token == JSON_STRING) {
        reader->at++;
        return take_string(reader, text);
    }
    if (token == JSON_NUMBER) return take_number(reader, text);
    if (token == JSON_TRUE) return take_word(reader, SPAN("true"));
    if (token == JSON_FALSE) return take_word(reader, SPAN("false"));
    return take_word(reader, SPAN("null"));
}

/* value := object | array | string | number | "true" | "false" | "null" */
static status take_value(struct json_reader *reader, json_token *token, struct span *text)
{
    if (reader->at == reader->end) return fail_syntax(reader);
    *token = token_of(*reader->at);
    if (*token == JSON_END) return fail_syntax(reader);
    if (*token == JSON_OBJECT_BEGIN) return open_container(reader, true);
    if (*token == JSON_ARRAY_BEGIN) return open_container(reader, false);
    return take_scalar(reader, *token, text);
}

static status take_next(struct json_reader *reader, json_token *token, struct span *text)
{
    skip_blanks(reader);
    switch ((enum expects)reader->expects) {
    case EXPECTS_VALUE:
        return take_value(reader, token, text);
    case EXPECTS_VALUE_OR_END:
        if (reader->at < reader->end && *reader->at == ']') return close_container(reader, token);
        return take_value(reader, token, text);
    case EXPECTS_KEY:
        return take_key(reader, token, text);
    case EXPECTS_KEY_OR_END:
        if (reader->at < reader->end && *reader->at == '}') return close_container(reader, token);
        return take_key(reader, token, text);
    case EXPECTS_COMMA_OR_END:
        if (!accept(reader, ',')) return close_container(reader, token);
        reader->expects = reader->objects[reader->depth - 1] ? EXPECTS_KEY : EXPECTS_VALUE;
        skip_blanks(reader);
        if (reader->expects == EXPECTS_KEY) return take_key(reader, token, text);
        return take_value(reader, token, text);
    case EXPECTS_NOTHING:
        if (reader->at < reader->end) return fail_syntax(reader);
        *token = JSON_END;
        return ST_OK;
    }
    return fail_syntax(reader);
}

status json_reader_next(struct json_reader *reader, json_token *token, struct span *text)
{
    if (reader->failed != ST_OK) return reader->failed;
    *text = (struct span){0};
    return take_next(reader, token, text);
}

status json_reader_skip(struct json_reader *reader, json_token first)
{
    assert(first != JSON_KEY);
    if (first != JSON_OBJECT_BEGIN && first != JSON_ARRAY_BEGIN) return ST_OK;
    const uint8_t outside = (uint8_t)(reader->depth - 1);
    json_token token = first;
    struct span text = {0};
    while (reader->depth > outside) TRY(json_reader_next(reader, &token, &text));
    return ST_OK;
}
