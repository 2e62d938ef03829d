/* outgoing.h -- bytes on their way to a client. Private to the room. */
#ifndef STATOR_HTTP_OUTGOING_H
#define STATOR_HTTP_OUTGOING_H

#include <uv.h>

#include "base/span.h"

/* Bytes as libuv wants them. */
MUST_USE uv_buf_t outgoing_buf(struct span bytes);

/* Take `sent` bytes off the front of `count` buffers. */
void outgoing_skip(uv_buf_t *bufs, unsigned count, size_t sent);

/* Bytes that the client has not received: libuv's and the system's. */
MUST_USE size_t outgoing_bytes(const uv_stream_t *stream);

#endif
