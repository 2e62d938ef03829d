/* token.h -- the tokens of an expression.
 *
 * A word is a letter followed by letters, digits and underscores; nine words are keywords, in any
 * case. A placeholder is "#" or ":" followed by at least one of those characters. Blanks separate.
 * What is none of these is TOKEN_BAD, one character (of UTF-8) at a time: the parser turns it into
 * DynamoDB's syntax error.
 *
 * Memory: a token's text points into the expression.
 */
#ifndef STATOR_EXPR_TOKEN_H
#define STATOR_EXPR_TOKEN_H

#include "base/span.h"

typedef enum token_kind {
    TOKEN_END, /* its text is empty and stands at the end of the expression */
    TOKEN_BAD,
    TOKEN_WORD,   /* a name or a function */
    TOKEN_NAME,   /* #name */
    TOKEN_VALUE,  /* :value */
    TOKEN_NUMBER, /* a list index: 0, or digits that do not begin with 0 */
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_NOT,
    TOKEN_BETWEEN,
    TOKEN_IN,
    TOKEN_SET,
    TOKEN_REMOVE,
    TOKEN_ADD,
    TOKEN_DELETE,
    TOKEN_EQ,
    TOKEN_NE,
    TOKEN_LT,
    TOKEN_LE,
    TOKEN_GT,
    TOKEN_GE,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_OPEN_INDEX,
    TOKEN_CLOSE_INDEX,
    TOKEN_COMMA,
    TOKEN_DOT,
    TOKEN_PLUS,
    TOKEN_MINUS,
} token_kind;

struct token {
    token_kind kind;
    struct span text;
};

/* Take the next token off the front of *rest. */
MUST_USE struct token token_next(struct span *rest);

/* Is `text` what may follow the sign of a placeholder: letters, digits, underscores, at least
 * one? */
MUST_USE bool token_is_word(struct span text);

#endif
