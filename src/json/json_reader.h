/* json_reader.h -- JSON text as a sequence of tokens (RFC 8259, strict).
 *
 *     json_reader_init -> json_reader_next … until JSON_END
 *
 * The reader pulls one token at a time and builds nothing. It checks everything: grammar, UTF-8,
 * escapes, nesting (LIMIT_JSON_DEPTH), and that nothing follows the value. A member's name comes
 * as JSON_KEY, then its value. Any text that is not JSON answers ST_SERIALIZATION, once and for
 * all later calls.
 *
 * Memory: a token's text points into the input where it stands there unescaped, else into the
 * arena. Both must outlive it.
 */
#ifndef STATOR_JSON_JSON_READER_H
#define STATOR_JSON_JSON_READER_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/status.h"

typedef enum json_token {
    JSON_END, /* the whole text was read */
    JSON_OBJECT_BEGIN,
    JSON_OBJECT_END,
    JSON_ARRAY_BEGIN,
    JSON_ARRAY_END,
    JSON_KEY,    /* text: the member's name, unescaped */
    JSON_STRING, /* text: unescaped, valid UTF-8 */
    JSON_NUMBER, /* text: as written */
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
} json_token;

struct json_reader {
    struct arena *arena;
    const uint8_t *start, *at, *end;
    status failed;                  /* sticks */
    uint8_t expects;                /* private: what the grammar allows next */
    uint8_t depth;                  /* open objects and arrays */
    bool objects[LIMIT_JSON_DEPTH]; /* private: is the n-th open one an object? */
};

/* Start at the first byte of `text`; unescaped strings are made in `arena`. */
void json_reader_init(struct json_reader *reader, struct arena *arena, struct span text);

/* The next token and its text (empty for tokens without one).
 * ST_SERIALIZATION: not JSON. ST_NO_MEMORY: the arena is spent. */
MUST_USE status json_reader_next(struct json_reader *reader, json_token *token, struct span *text);

/* Skip one whole value, whose first token `first` was read already (nothing to do for scalars).
 * Fails as json_reader_next does. */
MUST_USE status json_reader_skip(struct json_reader *reader, json_token first);

#endif
