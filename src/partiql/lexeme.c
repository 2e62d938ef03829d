/* lexeme.c -- one lexeme at a time, one look at each byte.
 *
 * DynamoDB reads a number's exponent, and the digits after its point less the exponent, as 32-bit
 * integers; a number that is beyond them is none at all.
 */
#include "partiql/lexeme.h"

#include <assert.h>

struct sign {
    char text[3];
    uint8_t len;
    lexeme_kind kind;
};

/* Longer ones first, so that the first match is the longest. */
static const struct sign signs[] = {
    {"<<", 2, LEXEME_OPEN_BAG  },
    {">>", 2, LEXEME_CLOSE_BAG },
    {"<>", 2, LEXEME_NE        },
    {"!=", 2, LEXEME_NE        },
    {"<=", 2, LEXEME_LE        },
    {">=", 2, LEXEME_GE        },
    {"||", 2, LEXEME_OPERATOR  },
    {"<",  1, LEXEME_LT        },
    {">",  1, LEXEME_GT        },
    {"=",  1, LEXEME_EQ        },
    {"+",  1, LEXEME_PLUS      },
    {"-",  1, LEXEME_MINUS     },
    {"*",  1, LEXEME_STAR      },
    {"/",  1, LEXEME_OPERATOR  },
    {"%",  1, LEXEME_OPERATOR  },
    {"^",  1, LEXEME_OPERATOR  },
    {"@",  1, LEXEME_OPERATOR  },
    {"?",  1, LEXEME_HOLE      },
    {"(",  1, LEXEME_OPEN      },
    {")",  1, LEXEME_CLOSE     },
    {"[",  1, LEXEME_OPEN_LIST },
    {"]",  1, LEXEME_CLOSE_LIST},
    {"{",  1, LEXEME_OPEN_MAP  },
    {"}",  1, LEXEME_CLOSE_MAP },
    {",",  1, LEXEME_COMMA     },
    {".",  1, LEXEME_DOT       },
    {":",  1, LEXEME_COLON     },
    {";",  1, LEXEME_SEMICOLON },
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(uint8_t c)
{
    return (uint8_t)(c - '0') < 10;
}

static bool begins_word(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26 || c == '_' || c == '$';
}

static bool has_at(struct span text, size_t at, uint8_t c)
{
    return at < text.len && text.ptr[at] == c;
}

static struct lexeme take(struct span *rest, size_t length, lexeme_kind kind)
{
    const struct lexeme lexeme = {.kind = kind, .text = span_take(*rest, length)};
    *rest = span_drop(*rest, length);
    return lexeme;
}

/* ---- Blanks and comments ---- */

/* "--" to the end of the line */
static void skip_line(struct span *rest)
{
    while (rest->len > 0 && rest->ptr[0] != '\n' && rest->ptr[0] != '\r')
        *rest = span_drop(*rest, 1);
}

/* A block comment. False: it does not end, and nothing was skipped. */
static bool skip_block(struct span *rest)
{
    for (size_t at = 2; at + 1 < rest->len; at++) {
        if (rest->ptr[at] != '*' || rest->ptr[at + 1] != '/') continue;
        *rest = span_drop(*rest, at + 2);
        return true;
    }
    return false;
}

/* False: a comment does not end. */
static bool skip_blanks(struct span *rest)
{
    for (;;) {
        while (rest->len > 0 && is_blank(rest->ptr[0])) *rest = span_drop(*rest, 1);
        if (has_at(*rest, 0, '-') && has_at(*rest, 1, '-')) {
            skip_line(rest);
        } else if (has_at(*rest, 0, '/') && has_at(*rest, 1, '*')) {
            if (!skip_block(rest)) return false;
        } else {
            return true;
        }
    }
}

/* ---- Quotes ---- */

static lexeme_kind quote_kind(uint8_t quote)
{
    if (quote == '"') return LEXEME_QUOTED;
    return quote == '\'' ? LEXEME_STRING : LEXEME_ION;
}

/* quoted := quote { any but the quote | quote quote } quote */
static struct lexeme take_quoted(struct span *rest)
{
    const uint8_t quote = rest->ptr[0];
    for (size_t at = 1; at < rest->len; at++) {
        if (rest->ptr[at] != quote) continue;
        if (!has_at(*rest, at + 1, quote)) return take(rest, at + 1, quote_kind(quote));
        at++;
    }
    return take(rest, rest->len, LEXEME_BAD);
}

status lexeme_unquote(const struct lexeme *lexeme, struct arena *arena, struct span *out)
{
    assert(lexeme->kind == LEXEME_QUOTED || lexeme->kind == LEXEME_STRING);
    const uint8_t quote = lexeme->text.ptr[0];
    const struct span inside = span_take(span_drop(lexeme->text, 1), lexeme->text.len - 2);
    size_t at = 0;
    while (at < inside.len && inside.ptr[at] != quote) at++;
    if (at == inside.len) {
        *out = inside;
        return ST_OK;
    }
    uint8_t *bytes = arena_alloc_raw(arena, inside.len);
    if (bytes == NULL) return ST_NO_MEMORY;
    size_t len = 0;
    for (at = 0; at < inside.len; at++) {
        bytes[len++] = inside.ptr[at];
        if (inside.ptr[at] == quote) at++; /* the second of two */
    }
    *out = (struct span){bytes, len};
    return ST_OK;
}

/* ---- Numbers ---- */

/* Where the digits of `text` from `at` on end. */
static size_t digits_end(struct span text, size_t at)
{
    while (at < text.len && is_digit(text.ptr[at])) at++;
    return at;
}

/* The value of the digits `from` to `to`, or something beyond 32 bits for all that is. */
static int64_t digits_value(struct span text, size_t from, size_t to)
{
    int64_t value = 0;
    for (size_t i = from; i < to && value <= UINT32_MAX; i++)
        value = value * 10 + (text.ptr[i] - '0');
    return value;
}

static bool is_i32(int64_t n)
{
    return n >= INT32_MIN && n <= INT32_MAX;
}

/* number := ( digits [ "." [ digits ] ] | "." digits ) [ ( "e" | "E" ) [ "+" | "-" ] digits ] */
static struct lexeme take_number(struct span *rest)
{
    const struct span text = *rest;
    size_t end = digits_end(text, 0);
    int64_t scale = 0;
    if (has_at(text, end, '.')) {
        const size_t point = end;
        end = digits_end(text, point + 1);
        scale = (int64_t)(end - point - 1);
    }
    if (!has_at(text, end, 'e') && !has_at(text, end, 'E')) return take(rest, end, LEXEME_NUMBER);
    size_t from = end + 1;
    const bool negative = has_at(text, from, '-');
    if (negative || has_at(text, from, '+')) from++;
    const size_t to = digits_end(text, from);
    if (to == from) return take(rest, end, LEXEME_NUMBER);
    const int64_t digits = digits_value(text, from, to);
    const int64_t exponent = negative ? -digits : digits;
    const bool fits = is_i32(exponent) && is_i32(scale - exponent);
    return take(rest, to, fits ? LEXEME_NUMBER : LEXEME_BAD);
}

/* ---- Words and signs ---- */

static struct lexeme take_word(struct span *rest)
{
    size_t n = 1;
    while (n < rest->len && (begins_word(rest->ptr[n]) || is_digit(rest->ptr[n]))) n++;
    struct lexeme word = take(rest, n, LEXEME_WORD);
    word.word = keyword_of(word.text);
    if (word.word != KEYWORD_NONE) word.kind = LEXEME_KEYWORD;
    return word;
}

static struct lexeme take_sign(struct span *rest)
{
    for (size_t i = 0; i < ARRAY_COUNT(signs); i++) {
        const struct sign *s = &signs[i];
        if (span_starts_with(*rest, (struct span){(const uint8_t *)s->text, s->len}))
            return take(rest, s->len, s->kind);
    }
    return take(rest, 1, LEXEME_BAD);
}

struct lexeme lexeme_next(struct span *rest)
{
    if (!skip_blanks(rest)) return take(rest, rest->len, LEXEME_BAD);
    if (rest->len == 0) return take(rest, 0, LEXEME_END);
    const uint8_t c = rest->ptr[0];
    if (begins_word(c)) return take_word(rest);
    const bool point_and_digit = c == '.' && rest->len > 1 && is_digit(rest->ptr[1]);
    if (is_digit(c) || point_and_digit) return take_number(rest);
    if (c == '"' || c == '\'' || c == '`') return take_quoted(rest);
    return take_sign(rest);
}
