/* base64.h -- reading base64 (RFC 4648, padded, strict). Writing is json_writer_base64. */
#ifndef STATOR_ITEM_BASE64_H
#define STATOR_ITEM_BASE64_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

/* Append the bytes that `text` stands for; failure to grow sticks in the buf. ST_SERIALIZATION
 * with DynamoDB's sentence: a length that is no multiple of four, a foreign character, bits left
 * over before the padding; nothing is appended then. */
MUST_USE status base64_decode(struct span text, struct buf *buf, struct error *err);

#endif
