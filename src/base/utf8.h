/* utf8.h -- is it UTF-8? (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF) */
#ifndef STATOR_BASE_UTF8_H
#define STATOR_BASE_UTF8_H

#include "base/span.h"

MUST_USE bool utf8_is_valid(struct span text);

/* Write `code` (a Unicode scalar value; asserted) to `out`; the result is the 1 to 4 bytes used. */
MUST_USE size_t utf8_encode(uint32_t code, uint8_t out[4]);

/* Take the first code point off `text`, which is valid and not empty. */
MUST_USE uint32_t utf8_decode(struct span *text);

#endif
