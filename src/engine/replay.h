/* replay.h -- ClientRequestToken: a transaction that is sent again happens once.
 *
 *     replay_begin  from when on time is counted                            engine_open
 *     replay_make   what a request's token and content are in the store     caller's thread
 *     replay_find   was this token used, and for the same request?          in the write function
 *     replay_put    remember it, with the transaction it belongs to         in the write function
 *
 * The note of a token is staged with the transaction itself, so it is there exactly when the
 * transaction happened: after a crash as well. A refused transaction leaves no note.
 *
 * K1  A token counts for at least ten minutes from the writing of its note, wherever the wall clock
 *     is put meanwhile; and no longer while the engine is open.
 * K2  Notes do not pile up: they lie by age, and each stretch of ten minutes is dropped whole when
 *     none of it can count any more.
 */
#ifndef STATOR_ENGINE_REPLAY_H
#define STATOR_ENGINE_REPLAY_H

#include "engine/engine_own.h"

enum { REPLAY_KEYS = 2, REPLAY_KEY_BYTES = 1 + 4 + HASH_BYTES };

struct replay {
    struct engine *engine;
    uint8_t keys[REPLAY_KEYS][REPLAY_KEY_BYTES]; /* where its note would lie: newer, older */
    uint8_t fingerprint[HASH_BYTES];
    uint64_t now_ms;
};

typedef enum replay_found {
    REPLAY_NEW,   /* not used in the last ten minutes */
    REPLAY_SAME,  /* for the same request */
    REPLAY_OTHER, /* for another one */
} replay_found;

MUST_USE status replay_begin(struct engine *engine, struct store_view *view);

void replay_make(struct engine *engine, struct span text, struct span fingerprint,
                 struct replay *out);

/* Look for the note. When the same request was done, each of its writes gets the write_units it
 * had then. */
MUST_USE status replay_find(struct store_txn *txn, const struct replay *token,
                            const struct engine_many *many, replay_found *out);

MUST_USE status replay_put(struct store_txn *txn, const struct replay *token,
                           const struct engine_many *many);

#endif
