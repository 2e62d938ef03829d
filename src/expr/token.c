/* token.c -- one token at a time, one look at each byte.
 *
 * The lexical rules are DynamoDB's: "_abc" is no word (the underscore is refused on its own), and
 * "007" is three indexes. The same keywords exist in all kinds of expressions, so an attribute
 * called "set" needs a #name in a condition as well.
 */
#include "expr/token.h"

#include <assert.h>

struct symbol {
    char text[3];
    uint8_t len;
    token_kind kind;
};

/* Longer ones first, so that the first match is the longest. */
static const struct symbol symbols[] = {
    {"<>", 2, TOKEN_NE         },
    {"<=", 2, TOKEN_LE         },
    {">=", 2, TOKEN_GE         },
    {"<",  1, TOKEN_LT         },
    {">",  1, TOKEN_GT         },
    {"=",  1, TOKEN_EQ         },
    {"(",  1, TOKEN_OPEN       },
    {")",  1, TOKEN_CLOSE      },
    {"[",  1, TOKEN_OPEN_INDEX },
    {"]",  1, TOKEN_CLOSE_INDEX},
    {",",  1, TOKEN_COMMA      },
    {".",  1, TOKEN_DOT        },
    {"+",  1, TOKEN_PLUS       },
    {"-",  1, TOKEN_MINUS      },
};

struct keyword {
    struct span text;
    token_kind kind;
};

#define KEYWORD(text, kind)                                                                        \
    {                                                                                              \
        {(const uint8_t *)(text), sizeof(text) - 1}, (kind)                                        \
    }

static const struct keyword keywords[] = {
    KEYWORD("AND", TOKEN_AND),         KEYWORD("OR", TOKEN_OR),   KEYWORD("NOT", TOKEN_NOT),
    KEYWORD("BETWEEN", TOKEN_BETWEEN), KEYWORD("IN", TOKEN_IN),   KEYWORD("SET", TOKEN_SET),
    KEYWORD("REMOVE", TOKEN_REMOVE),   KEYWORD("ADD", TOKEN_ADD), KEYWORD("DELETE", TOKEN_DELETE),
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_letter(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26;
}

static bool is_digit(uint8_t c)
{
    return (uint8_t)(c - '0') < 10;
}

static bool is_word_byte(uint8_t c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

static size_t word_length(struct span text)
{
    size_t n = 0;
    while (n < text.len && is_word_byte(text.ptr[n])) n++;
    return n;
}

/* 0, or a run of digits that begins with another one. */
static size_t number_length(struct span text)
{
    size_t n = 1;
    if (text.ptr[0] == '0') return n;
    while (n < text.len && is_digit(text.ptr[n])) n++;
    return n;
}

static token_kind word_kind(struct span word)
{
    for (size_t i = 0; i < ARRAY_COUNT(keywords); i++) {
        if (span_eq_nocase(word, keywords[i].text)) return keywords[i].kind;
    }
    return TOKEN_WORD;
}

/* The whole character that begins `text`: what a syntax error shows of a bad one. */
static size_t character_length(struct span text)
{
    size_t n = 1;
    while (n < text.len && (text.ptr[n] & 0xC0) == 0x80) n++;
    return n;
}

static struct token take(struct span *rest, size_t length, token_kind kind)
{
    const struct token token = {kind, span_take(*rest, length)};
    *rest = span_drop(*rest, length);
    return token;
}

static struct token take_placeholder(struct span *rest)
{
    const size_t length = word_length(span_drop(*rest, 1));
    if (length == 0) return take(rest, 1, TOKEN_BAD);
    return take(rest, 1 + length, rest->ptr[0] == '#' ? TOKEN_NAME : TOKEN_VALUE);
}

static struct token take_symbol(struct span *rest)
{
    for (size_t i = 0; i < ARRAY_COUNT(symbols); i++) {
        const struct symbol *s = &symbols[i];
        if (span_starts_with(*rest, (struct span){(const uint8_t *)s->text, s->len}))
            return take(rest, s->len, s->kind);
    }
    return take(rest, character_length(*rest), TOKEN_BAD);
}

struct token token_next(struct span *rest)
{
    while (rest->len > 0 && is_blank(rest->ptr[0])) *rest = span_drop(*rest, 1);
    if (rest->len == 0) return take(rest, 0, TOKEN_END);

    const uint8_t c = rest->ptr[0];
    if (is_letter(c)) {
        const size_t length = word_length(*rest);
        return take(rest, length, word_kind(span_take(*rest, length)));
    }
    if (is_digit(c)) return take(rest, number_length(*rest), TOKEN_NUMBER);
    if (c == '#' || c == ':') return take_placeholder(rest);
    return take_symbol(rest);
}

bool token_is_word(struct span text)
{
    return text.len > 0 && word_length(text) == text.len;
}
