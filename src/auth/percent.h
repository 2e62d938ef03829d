/* percent.h -- percent-encoding, as queries have it (RFC 3986 2.1) and signatures want it. */
#ifndef STATOR_AUTH_PERCENT_H
#define STATOR_AUTH_PERCENT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

/* Append `c`: as it is when it is a letter, a digit or one of "-._~", else as %41. */
void percent_put(struct buf *out, uint8_t c);

/* Take one character off `text`, which is not empty, "%41" being one. A "%" without two digits
 * stands for itself. */
MUST_USE uint8_t percent_take(struct span *text);

/* `text` decoded, in `arena`; `text` itself when nothing in it is coded. ST_NO_MEMORY. */
MUST_USE status percent_decode(struct arena *arena, struct span text, struct span *out);

#endif
