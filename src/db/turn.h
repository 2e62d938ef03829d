/* turn.h -- a thread and its call under way: memory for it, and the last error.
 *
 * A public function that can fail is two: the outer one begins and ends the call, the inner one
 * works and returns a status, with the reason in turn->err.
 *
 *     stator_rc stator_doc_set(stator_doc *doc, const char *path, stator_val v)
 *     {
 *         struct turn *turn = turn_begin();
 *         if (turn == NULL) return STATOR_E_NOMEM;
 *         return turn_end(turn, set(turn, doc, path, &v));
 *     }
 *
 * K1  Scratch lives from turn_begin until the thread's next one, and so do the texts of the
 *     error; what turn_tell kept lives until the end of the call after. Hence a public function
 *     never calls another that begins a call while it needs its own scratch.
 * K2  Functions that read nodes do not begin a call: an item that hangs on the error can be read.
 *     What they have to say goes to a buffer of its own (turn_note).
 * K3  While a hook of the application's runs in the middle of a call, the call's turn is set aside:
 *     what the hook calls of the library has one of its own.
 */
#ifndef STATOR_DB_TURN_H
#define STATOR_DB_TURN_H

#include "base/error.h"
#include "expr/expr.h"
#include "os/slot.h"
#include "stator/stator.h"

enum { TURN_NOTE_BYTES = 256 };

struct turn {
    struct slot slot;
    struct arena scratch;
    struct error err; /* of the call under way, in scratch */
    struct stator_error
        told; /* what stator_error_get shows; its texts are static, in scratch, or… */
    char note[TURN_NOTE_BYTES]; /* … here */
    struct arena details[2];    /* what an error tells of a carried call: of this call, and … */
    unsigned latest; /* … of the one before, whose item may be an argument of this one */
    struct stator_error detail; /* of a call that was carried and failed, if `has_detail` */
    status detail_of;
    bool has_detail;
    struct expr_cache *cache; /* expressions compiled on this thread; NULL: none yet */
    bool explains;            /* explanations are wanted of what is carried (stator_explain) */
    const char *explanation; /* of the call under way or the last one, among its details; or NULL */
};

/* Begin a call: scratch is empty and the last error forgotten. NULL: no memory. */
MUST_USE struct turn *turn_begin(void);

/* A carried call failed: what its report says is copied, with `item` (VALUE_NONE: none
 * was given), for turn_end to show. Returns the report's status, or ST_NO_MEMORY. */
struct client_report;
status turn_tell(struct turn *turn, const struct client_report *report, struct value item);

/* Further, after turn_tell: the first operation that failed, of several, and the item that refused
 * it (VALUE_NONE: none was given). `name` is static. */
void turn_tell_operation(struct turn *turn, int index, const char *name, struct value item);

/* Likewise, of an item that does not fit a partition schema: its prefix and all that is wrong, as
 * the answer has them (VALUE_S, VALUE_L; VALUE_NONE: it was not for that). */
void turn_tell_misfit(struct turn *turn, struct value prefix, struct value reasons);

/* Likewise, of ST_VERSION. */
void turn_tell_version(struct turn *turn, uint64_t expected, uint64_t actual);

/* A call was carried, and this is what the database explains of it; empty: nothing. Of several the
 * last one counts. */
void turn_tell_explanation(struct turn *turn, struct span line);

/* End it with `st`, whose reason is in turn->err. */
stator_rc turn_end(struct turn *turn, status st);

/* The thread's cache of compiled expressions. ST_NO_MEMORY. */
MUST_USE status turn_cache(struct turn *turn, struct expr_cache **out);

/* Tell of a mistake in reading, without beginning a call; returns `rc`. */
stator_rc turn_note(stator_rc rc, const char *format, ...) PRINTF(2, 3);

/* The last error of a thread, for another one: of long texts the beginning; the item stays behind.
 * Something has failed on the thread. */
enum { TURN_COPY_BYTES = 1024 };
struct turn_copy {
    struct stator_error error;
    char code[TURN_NOTE_BYTES], message[TURN_COPY_BYTES], request_id[TURN_NOTE_BYTES];
};
void turn_save(struct turn_copy *out);
/* Make it this thread's last error, with `rc`, which is returned. */
stator_rc turn_restore(const struct turn_copy *copy, stator_rc rc);

/* Around a hook (K3): take this thread's turn away, which may be NULL, and give it back. */
MUST_USE struct turn *turn_set_aside(void);
void turn_take_back(struct turn *turn);

/* What stator_error_get shows. */
MUST_USE const struct stator_error *turn_told(void);

#endif
