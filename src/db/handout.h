/* handout.h -- texts that the application gets, and gives back with stator_free.
 *
 * Their size stands before them, since the heap wants it back (base/mem.h):
 *
 *     [ size, 16 bytes ][ text ][ NUL ]
 *
 *     handout_begin(&buf) -> buf_put … -> handout_end(&buf)
 */
#ifndef STATOR_DB_HANDOUT_H
#define STATOR_DB_HANDOUT_H

#include "base/buf.h"

/* A buf on the heap in which the text is to be written. */
void handout_begin(struct buf *buf);

/* The text, which is the application's from now on; NULL when it found no memory. The buf is
 * finished. */
MUST_USE char *handout_end(struct buf *buf);

/* A copy of `text`, as handout_end gives it. */
MUST_USE char *handout_of(struct span text);

#endif
