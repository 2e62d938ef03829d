/* history_text.h -- a history as text, for people and for playing it again.
 *
 *     # a comment
 *     title mem:, 8 clients, seed 42
 *     initial k0 { version=1 value=7 }
 *     op 0 client 3 from 1024 to 2048 ok read k0 -> old { version=1 value=7 } ; read k1 -> old none
 *     op 1 client 4 from 1030 to 2050 ok put k1 { version=1 value=8 } if absent -> old none
 *     op 2 client 5 from 1031 to 2051 refused put k1 { version=1 } if absent refused
 *     op 3 client 6 from 1032 to never unknown update k0 set { value=9 } add { version=1 }
 *          remove count if version=1 -> new { version=2 value=9 }                 (on one line)
 *
 * Times are nanoseconds since any moment. Words are separated by blanks. A title is the rest of its
 * line, and begins another history where there was one before.
 */
#ifndef STATOR_TESTS_LINEAR_HISTORY_TEXT_H
#define STATOR_TESTS_LINEAR_HISTORY_TEXT_H

#include <stdio.h>

#include "linear/history.h"

void history_text_write(const struct history *history, FILE *file);

/* One operation, without the end of its line. */
void history_text_write_op(const struct history_op *op, FILE *file);

/* "{ version=1 }", "none". */
void history_text_write_cell(const struct cell *cell, FILE *file);

/* Read the next history of a file, up to the title of another or the end, into *history, which is
 * empty. False: there is none. *wrong is 0, or the number of the first line that is wrong, counted
 * from where this began. */
bool history_text_read(FILE *file, struct history *history, size_t *wrong);

#endif
