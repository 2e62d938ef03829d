/* caller.h -- the thread that called: its memory for the call under way, and its last error.
 *
 * A public function that can fail is two: the outer one begins and ends the call, the inner one
 * works and returns a status, with the reason in caller->err.
 *
 *     stator_rc stator_doc_set(stator_doc *doc, const char *path, stator_val v)
 *     {
 *         struct caller *caller = caller_begin();
 *         if (caller == NULL) return STATOR_E_NOMEM;
 *         return caller_end(caller, set(caller, doc, path, &v));
 *     }
 *
 * K1  Scratch lives from caller_begin until the thread's next one, and so do the texts of the
 *     error. Hence a public function never calls another that begins a call.
 * K2  Functions that read nodes do not begin a call: an item that hangs on the error can be read.
 *     What they have to say goes to a buffer of its own (caller_note).
 */
#ifndef STATOR_DB_CALLER_H
#define STATOR_DB_CALLER_H

#include "base/error.h"
#include "expr/expr.h"
#include "os/slot.h"
#include "stator/stator.h"

enum { CALLER_NOTE_BYTES = 256 };

struct caller {
    struct slot slot;
    struct arena scratch;
    struct error err; /* of the call under way, in scratch */
    struct stator_error
        told; /* what stator_error_get shows; its texts are static, in scratch, or… */
    char note[CALLER_NOTE_BYTES]; /* … here */
    struct expr_cache *cache;     /* expressions compiled on this thread; NULL: none yet */
};

/* Begin a call: scratch is empty and the last error forgotten. NULL: no memory. */
MUST_USE struct caller *caller_begin(void);

/* End it with `st`, whose reason is in caller->err. */
stator_rc caller_end(struct caller *caller, status st);

/* The thread's cache of compiled expressions. ST_NO_MEMORY. */
MUST_USE status caller_cache(struct caller *caller, struct expr_cache **out);

/* Tell of a mistake in reading, without beginning a call; returns `rc`. */
stator_rc caller_note(stator_rc rc, const char *format, ...) PRINTF(2, 3);

/* What stator_error_get shows. */
MUST_USE const struct stator_error *caller_told(void);

#endif
