/* buf.h -- bytes that grow, up to a maximum.
 *
 * Writers are void: the first failure (no memory, or the maximum reached) sticks, later writes do
 * nothing, and buf_status tells at the end. So a long run of writes reads as what it writes, and
 * one check closes it.
 *
 *     buf_init -> buf_put … -> buf_status, buf_view -> buf_deinit
 *
 * Where there is room already, as almost always, a write is a comparison and a copy: that much is
 * here, to be inlined. The rest is in buf.c.
 *
 * Memory: the bytes belong to the buf and move when it grows; a view is good until the next write.
 * Over an arena (buf_init(b, arena_mem(arena), max)) buf_deinit may be left out.
 */
#ifndef STATOR_BASE_BUF_H
#define STATOR_BASE_BUF_H

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/span.h"
#include "base/status.h"

struct buf {
    uint8_t *ptr;
    size_t len;
    size_t cap;
    size_t max;
    const struct mem *mem;
    status failed; /* ST_OK, ST_NO_MEMORY or ST_LIMIT; sticks until buf_clear */
};

/* An empty buf of at most `bytes_max` bytes; takes no memory yet. */
void buf_init(struct buf *buf, const struct mem *mem, size_t bytes_max);

void buf_deinit(struct buf *buf);

/* Empty it, failure included, and keep its memory. */
void buf_clear(struct buf *buf);

/* ST_OK, or the first failure: ST_NO_MEMORY, ST_LIMIT. */
MUST_USE static inline status buf_status(const struct buf *buf)
{
    return buf->failed;
}

/* What was written; valid until the next write. */
MUST_USE static inline struct span buf_view(const struct buf *buf)
{
    return (struct span){buf->ptr, buf->len};
}

/* As buf_reserve, for a buf that has no such room yet, or never will. */
MUST_USE uint8_t *buf_grow(struct buf *buf, size_t n);

/* Room for `n` more bytes at the end, to be written by hand and then counted with buf_advance.
 * NULL on failure. */
MUST_USE static inline uint8_t *buf_reserve(struct buf *buf, size_t n)
{
    const size_t bound = buf->cap < buf->max ? buf->cap : buf->max;
    const bool has_room = buf->failed == ST_OK && buf->ptr != NULL && n <= bound - buf->len;
    return has_room ? buf->ptr + buf->len : buf_grow(buf, n);
}

static inline void buf_advance(struct buf *buf, size_t n)
{
    assert(n <= buf->cap - buf->len);
    buf->len += n;
}

static inline void buf_put(struct buf *buf, struct span bytes)
{
    uint8_t *at = buf_reserve(buf, bytes.len);
    if (at == NULL || bytes.len == 0) return;
    memcpy(at, bytes.ptr, bytes.len);
    buf->len += bytes.len;
}

static inline void buf_put_u8(struct buf *buf, uint8_t n)
{
    uint8_t *at = buf_reserve(buf, 1);
    if (at == NULL) return;
    *at = n;
    buf->len += 1;
}

void buf_put_u16(struct buf *buf, uint16_t n); /* little-endian, as the next three */
void buf_put_u32(struct buf *buf, uint32_t n);
void buf_put_u64(struct buf *buf, uint64_t n);
void buf_put_u32_be(struct buf *buf, uint32_t n); /* for keys */
void buf_put_u64_be(struct buf *buf, uint64_t n);
void buf_put_text(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF(2, 3);
void buf_vprintf(struct buf *buf, const char *format, va_list values) PRINTF(2, 0);

/* Overwrite four bytes at `at`, which were written before: a length known only afterwards. Does
 * nothing on a failed buf. */
void buf_patch_u32(struct buf *buf, size_t at, uint32_t n);

/* Drop everything from `len` on; asserts len <= buf->len unless the buf failed. */
void buf_truncate(struct buf *buf, size_t len);

#endif
