/* coding.h -- gzip and deflate, the two content codings that HTTP programs really use.
 *
 *     coding_of_body      Content-Encoding -> coding
 *     coding_decode       a body -> its content, never more than the output may hold
 *     coding_of_reply     Accept-Encoding -> the best coding that the client takes
 *     coding_encoder …    content -> a body
 *     coding_crc32
 *
 * Threads: an encoder serves one thread; the rest keeps no state.
 */
#ifndef STATOR_BASE_CODING_H
#define STATOR_BASE_CODING_H

#include "base/buf.h"

typedef enum coding {
    CODING_NONE,
    CODING_GZIP,
    CODING_DEFLATE,
} coding;

/* "gzip"; empty for CODING_NONE. Static. */
MUST_USE struct span coding_name(coding kind);

/* What a body with this Content-Encoding must be decoded with. Codings that are not HTTP's own
 * ("amz-1.0", which some AWS SDKs send) change nothing. False: coded more than once. */
MUST_USE bool coding_of_body(struct span content_encoding, coding *out);

/* Append the content of `body` to `out`. ST_CORRUPT: not whole and valid. ST_LIMIT: more than `out`
 * may hold. ST_NO_MEMORY. Working memory comes from `mem` and is given back. */
MUST_USE status coding_decode(const struct mem *mem, coding kind, struct span body,
                              struct buf *out);

/* The coding to answer with. CODING_NONE unless the client asks for one. */
MUST_USE coding coding_of_reply(struct span accept_encoding);

/* Keeps zlib's working memory (a quarter of a megabyte) between replies. All zero and `mem` set is
 * a valid encoder. */
struct coding_encoder {
    const struct mem *mem;
    struct coding_stream *streams[2]; /* gzip, deflate; made when first needed */
};
void coding_encoder_deinit(struct coding_encoder *encoder);

/* Append `content`, coded, to `out`. ST_NO_MEMORY, ST_LIMIT. */
MUST_USE status coding_encode(struct coding_encoder *encoder, coding kind, struct span content,
                              struct buf *out);

MUST_USE uint32_t coding_crc32(struct span bytes);

#endif
