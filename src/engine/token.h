/* token.h -- ClientRequestToken: a transaction that is sent again happens once.
 *
 *     token_make   what a request's token and content are in the store     caller's thread
 *     token_find   was this token used, and for the same request?          in the write function
 *     token_put    remember it, with the transaction it belongs to         in the write function
 *
 * The note of a token is staged with the transaction itself, so it is there exactly when the
 * transaction happened: after a crash as well. A refused transaction leaves no note.
 *
 * K1  A token counts for ten minutes from the writing of its note.
 * K2  Notes do not pile up: they lie by age, and each stretch of ten minutes is dropped whole when
 *     none of it can count any more.
 */
#ifndef STATOR_ENGINE_TOKEN_H
#define STATOR_ENGINE_TOKEN_H

#include "engine/engine_own.h"

enum { TOKEN_KEYS = 2, TOKEN_KEY_BYTES = 1 + 4 + HASH_BYTES };

struct token {
    struct engine *engine;
    uint8_t keys[TOKEN_KEYS][TOKEN_KEY_BYTES]; /* where its note would lie: newer, older */
    uint8_t fingerprint[HASH_BYTES];
    uint64_t now_ms;
};

typedef enum token_found {
    TOKEN_NEW,   /* not used in the last ten minutes */
    TOKEN_SAME,  /* for the same request */
    TOKEN_OTHER, /* for another one */
} token_found;

/* ST_NO_MEMORY. */
MUST_USE status token_make(struct engine *engine, struct span text, struct span fingerprint,
                           struct token *out);

/* Look for the note. When the same request was done, each of its writes gets the write_units it
 * had then. */
MUST_USE status token_find(struct store_txn *txn, const struct token *token,
                           const struct engine_many *many, token_found *out);

MUST_USE status token_put(struct store_txn *txn, const struct token *token,
                          const struct engine_many *many);

#endif
