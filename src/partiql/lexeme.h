/* lexeme.h -- the words and signs of a statement.
 *
 * An identifier is a letter, "_" or "$", then those and digits; or anything in double quotes.
 * Strings stand in single quotes; in both kinds of quotes the quote itself is written twice.
 * Numbers have digits, a point and an exponent, all but one digit optional. Blanks separate, and
 * so do comments: from "--" to the end of the line, and between "/" "*" and "*" "/".
 *
 * Memory: a lexeme's text points into the statement.
 */
#ifndef STATOR_PARTIQL_LEXEME_H
#define STATOR_PARTIQL_LEXEME_H

#include "base/arena.h"
#include "base/status.h"
#include "partiql/keyword.h"

typedef enum lexeme_kind {
    LEXEME_END, /* its text is empty and stands at the end of the statement */
    LEXEME_BAD, /* nothing of the language: an open quote or comment, a stray character */
    LEXEME_WORD,
    LEXEME_QUOTED, /* "…": an identifier */
    LEXEME_STRING, /* '…' */
    LEXEME_NUMBER, /* without a sign */
    LEXEME_ION,    /* `…`: DynamoDB knows no Ion literals */
    LEXEME_KEYWORD,
    LEXEME_HOLE, /* ? */
    LEXEME_EQ,
    LEXEME_NE,
    LEXEME_LT,
    LEXEME_LE,
    LEXEME_GT,
    LEXEME_GE,
    LEXEME_PLUS,
    LEXEME_MINUS,
    LEXEME_OPERATOR, /* one that DynamoDB does not have */
    LEXEME_STAR,
    LEXEME_OPEN,
    LEXEME_CLOSE,
    LEXEME_OPEN_LIST,
    LEXEME_CLOSE_LIST,
    LEXEME_OPEN_MAP,
    LEXEME_CLOSE_MAP,
    LEXEME_OPEN_BAG,
    LEXEME_CLOSE_BAG,
    LEXEME_COMMA,
    LEXEME_DOT,
    LEXEME_COLON,
    LEXEME_SEMICOLON,
} lexeme_kind;

struct lexeme {
    lexeme_kind kind;
    keyword word;     /* of LEXEME_KEYWORD */
    struct span text; /* as it is written, quotes and all */
};

/* Take the next lexeme off the front of *rest. */
MUST_USE struct lexeme lexeme_next(struct span *rest);

/* What stands between the quotes of a LEXEME_QUOTED or LEXEME_STRING, each doubled quote once; in
 * the statement, or in `arena`. ST_NO_MEMORY. */
MUST_USE status lexeme_unquote(const struct lexeme *lexeme, struct arena *arena, struct span *out);

#endif
