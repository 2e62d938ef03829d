/* buf.c -- growing by doubling, failing once and for good.
 *
 * B1  len <= max always, and len <= cap. cap may pass max by the NUL that vsnprintf writes.
 * B2  After a failure nothing changes until buf_clear.
 */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

enum { BUF_FIRST_BYTES = 256 };

void buf_init(struct buf *buf, const struct mem *mem, size_t bytes_max)
{
    *buf = (struct buf){.mem = mem, .max = bytes_max};
}

void buf_deinit(struct buf *buf)
{
    mem_free(buf->mem, buf->ptr, buf->cap);
    buf_init(buf, buf->mem, buf->max);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = ST_OK;
}

/* The capacity that holds `needed` bytes: doubled, and above the maximum only if it must be. */
static size_t next_cap(const struct buf *buf, size_t needed)
{
    size_t cap = buf->cap < BUF_FIRST_BYTES ? BUF_FIRST_BYTES : buf->cap;
    while (cap < needed) cap = cap > SIZE_MAX / 2 ? needed : cap * 2;
    if (cap <= buf->max) return cap;
    return needed > buf->max ? needed : buf->max;
}

/* Make room for `n` bytes after the end, and always have a place to point at. */
static bool make_room(struct buf *buf, size_t n)
{
    if (buf->ptr != NULL && n <= buf->cap - buf->len) return true;
    const size_t cap = next_cap(buf, buf->len + (n == 0 ? 1 : n));
    uint8_t *ptr = mem_resize(buf->mem, buf->ptr, buf->cap, cap);
    if (ptr == NULL) {
        buf->failed = ST_NO_MEMORY;
        return false;
    }
    buf->ptr = ptr;
    buf->cap = cap;
    return true;
}

static bool is_within_max(struct buf *buf, size_t n)
{
    if (buf->failed != ST_OK) return false;
    if (n <= buf->max - buf->len) return true;
    buf->failed = ST_LIMIT;
    return false;
}

uint8_t *buf_grow(struct buf *buf, size_t n)
{
    if (!is_within_max(buf, n) || !make_room(buf, n)) return NULL;
    return buf->ptr + buf->len;
}

void buf_put_u16(struct buf *buf, uint16_t n)
{
    uint8_t *at = buf_reserve(buf, 2);
    if (at == NULL) return;
    bytes_store_u16(at, n);
    buf->len += 2;
}

void buf_put_u32(struct buf *buf, uint32_t n)
{
    uint8_t *at = buf_reserve(buf, 4);
    if (at == NULL) return;
    bytes_store_u32(at, n);
    buf->len += 4;
}

void buf_put_u64(struct buf *buf, uint64_t n)
{
    uint8_t *at = buf_reserve(buf, 8);
    if (at == NULL) return;
    bytes_store_u64(at, n);
    buf->len += 8;
}

void buf_put_u32_be(struct buf *buf, uint32_t n)
{
    uint8_t *at = buf_reserve(buf, 4);
    if (at == NULL) return;
    bytes_store_u32_be(at, n);
    buf->len += 4;
}

void buf_put_u64_be(struct buf *buf, uint64_t n)
{
    uint8_t *at = buf_reserve(buf, 8);
    if (at == NULL) return;
    bytes_store_u64_be(at, n);
    buf->len += 8;
}

void buf_put_text(struct buf *buf, const char *text)
{
    buf_put(buf, span_of(text));
}

void buf_vprintf(struct buf *buf, const char *format, va_list values)
{
    va_list again;
    va_copy(again, values);
    const int len = vsnprintf(NULL, 0, format, values);
    const size_t size = len < 0 ? 0 : (size_t)len;
    if (len < 0 && buf->failed == ST_OK) buf->failed = ST_LIMIT; /* above INT_MAX, say */
    if (is_within_max(buf, size) && make_room(buf, size + 1)) {  /* vsnprintf writes a NUL */
        (void)vsnprintf((char *)buf->ptr + buf->len, size + 1, format, again);
        buf->len += size;
    }
    va_end(again);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    buf_vprintf(buf, format, values);
    va_end(values);
}

void buf_patch_u32(struct buf *buf, size_t at, uint32_t n)
{
    if (buf->failed != ST_OK) return;
    assert(at + 4 <= buf->len);
    bytes_store_u32(buf->ptr + at, n);
}

void buf_truncate(struct buf *buf, size_t len)
{
    if (buf->failed != ST_OK) return;
    assert(len <= buf->len);
    buf->len = len;
}
