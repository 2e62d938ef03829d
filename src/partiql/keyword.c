/* keyword.c -- keywords, sorted, for a binary search.
 *
 * Source: the keywords of SQL-92 and those that PartiQL adds, as DynamoDB's parser knows them. The
 * parts of a date (year, month, …) are none.
 */
#include "partiql/keyword.h"

#include <assert.h>

enum { WORD_BYTES_MAX = 17 };

static const char known[][WORD_BYTES_MAX + 1] = {
#define KEYWORD_TEXT(name) #name,
    KEYWORD_MAP(KEYWORD_TEXT)
#undef KEYWORD_TEXT
};

/* clang-format off */
static const char others[][WORD_BYTES_MAX + 1] = {
    "ABSOLUTE", "ACTION", "ADD", "ALLOCATE", "ALTER", "ANY", "ARE", "ASSERTION", "AUTHORIZATION",
    "BEGIN", "BIT", "BOTH", "CASCADE", "CASCADED", "CASE", "CAST", "CATALOG", "CHECK", "CLOSE",
    "COLLATE", "COLLATION", "COLUMN", "COMMIT", "CONNECT", "CONNECTION", "CONSTRAINT",
    "CONSTRAINTS", "CONTINUE", "CONVERT", "CORRESPONDING", "CREATE", "CURRENT", "CURRENT_DATE",
    "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "CURSOR", "DATE", "DEALLOCATE",
    "DECLARE", "DEFAULT", "DEFERRABLE", "DEFERRED", "DESCRIBE", "DESCRIPTOR", "DIAGNOSTICS",
    "DISCONNECT", "DOMAIN", "DROP", "ELSE", "END", "ESCAPE", "EXCEPTION", "EXEC", "EXECUTE",
    "EXTERNAL", "EXTRACT", "FETCH", "FIRST", "FOR", "FOREIGN", "FOUND", "GET", "GLOBAL", "GO",
    "GOTO", "GRANT", "IDENTITY", "IMMEDIATE", "INDEX", "INDICATOR", "INITIALLY", "INPUT",
    "INSENSITIVE", "INTERVAL", "ISOLATION", "KEY", "LANGUAGE", "LAST", "LEADING", "LEVEL",
    "LOCAL", "MATCH", "MODULE", "NAMES", "NATIONAL", "NATURAL", "NCHAR", "NEXT", "NO", "OF", "ON",
    "ONLY", "OPEN", "OPTION", "OUTPUT", "OVERLAPS", "PAD", "PARTIAL", "POSITION", "PREPARE",
    "PRESERVE", "PRIMARY", "PRIOR", "PRIVILEGES", "PROCEDURE", "PUBLIC", "READ", "REFERENCES",
    "RELATIVE", "RESTRICT", "REVOKE", "ROLLBACK", "ROWS", "SCHEMA", "SCROLL", "SECTION",
    "SESSION", "SESSION_USER", "SOME", "SPACE", "SQL", "SQLCODE", "SQLERROR", "SQLSTATE",
    "SUBSTRING", "SYSTEM_USER", "TABLE", "TEMPORARY", "THEN", "TIME", "TIMEZONE_HOUR",
    "TIMEZONE_MINUTE", "TO", "TRAILING", "TRANSACTION", "TRANSLATE", "TRANSLATION", "TRIM",
    "UNIQUE", "UNKNOWN", "USAGE", "USER", "USING", "VIEW", "WHEN", "WHENEVER", "WITH", "WORK",
    "WRITE", "ZONE",
};
/* clang-format on */

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - ('a' - 'A')) : c;
}

/* Is `word` before (negative), at, or after `entry`? Letters count as upper case. */
static int compare(struct span word, const char *entry)
{
    for (size_t i = 0; i < word.len; i++) {
        const int order = (int)upper(word.ptr[i]) - (int)(uint8_t)entry[i];
        if (order != 0) return order;
    }
    return entry[word.len] == 0 ? 0 : -1;
}

/* The place of `word` among `count` sorted words. False: it is not there. */
static bool find(struct span word, const char (*words)[WORD_BYTES_MAX + 1], size_t count,
                 size_t *at)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = compare(word, words[middle]);
        if (order == 0) {
            *at = middle;
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

keyword keyword_of(struct span word)
{
    size_t at = 0;
    if (word.len > WORD_BYTES_MAX) return KEYWORD_NONE;
    if (find(word, known, ARRAY_COUNT(known), &at)) return (keyword)(KEYWORD_NONE + 1 + at);
    return find(word, others, ARRAY_COUNT(others), &at) ? KEYWORD_OTHER : KEYWORD_NONE;
}

const char *keyword_text(keyword word)
{
    assert(word > KEYWORD_NONE);
    assert(word < KEYWORD_OTHER);
    return known[word - KEYWORD_NONE - 1];
}
