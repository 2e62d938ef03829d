/* keyword.h -- the words that PartiQL keeps for itself.
 *
 * They are not attribute names unless quoted: `"date"`. Most have no meaning in DynamoDB's part of
 * the language and are only refused.
 */
#ifndef STATOR_PARTIQL_KEYWORD_H
#define STATOR_PARTIQL_KEYWORD_H

#include "base/span.h"

/* X(name): the keywords that the grammar knows. */
/* clang-format off */
#define KEYWORD_MAP(X)                                                                             \
    X(ALL) X(AND) X(AS) X(ASC) X(AT) X(AVG) X(BAG) X(BETWEEN) X(BIT_LENGTH) X(BLOB) X(BOOL)        \
    X(BOOLEAN) X(BY) X(CHAR) X(CHARACTER) X(CHARACTER_LENGTH) X(CHAR_LENGTH) X(CLOB) X(COALESCE)   \
    X(COUNT) X(CROSS) X(DEC) X(DECIMAL) X(DELETE) X(DESC) X(DISTINCT) X(DOUBLE) X(EXCEPT)          \
    X(EXISTS) X(FALSE) X(FLOAT) X(FROM) X(FULL) X(GROUP) X(HAVING) X(IN) X(INNER) X(INSERT) X(INT) \
    X(INTEGER) X(INTERSECT) X(INTO) X(IS) X(JOIN) X(LEFT) X(LIKE) X(LIMIT) X(LIST) X(LOWER) X(MAX) \
    X(MIN) X(MISSING) X(NOT) X(NULL) X(NULLIF) X(NUMERIC) X(OCTET_LENGTH) X(OR) X(ORDER) X(OUTER)  \
    X(PIVOT) X(PRECISION) X(REAL) X(REMOVE) X(RIGHT) X(SELECT) X(SET) X(SEXP) X(SIZE) X(SMALLINT)  \
    X(STRING) X(STRUCT) X(SUM) X(SYMBOL) X(TIMESTAMP) X(TRUE) X(TUPLE) X(UNION) X(UNPIVOT)         \
    X(UPDATE) X(UPPER) X(VALUE) X(VALUES) X(VARCHAR) X(VARYING) X(WHERE)
/* clang-format on */

typedef enum keyword {
    KEYWORD_NONE, /* an identifier */
#define KEYWORD_ENUM(name) KEYWORD_##name,
    KEYWORD_MAP(KEYWORD_ENUM)
#undef KEYWORD_ENUM
        KEYWORD_OTHER, /* one that only is refused */
} keyword;

/* Which one `word` is, in whatever case. */
MUST_USE keyword keyword_of(struct span word);

/* "SELECT", …; asserts one that the grammar knows; static. */
MUST_USE const char *keyword_text(keyword word);

#endif
