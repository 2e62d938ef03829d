/* coding.c -- zlib behind struct mem and struct buf.
 *
 * A decompression bomb is 16 KB that become 16 MB: content is written piece by piece into a buf
 * that has a maximum, so a bomb costs what an honest body of the largest size costs.
 *
 * "deflate" is zlib's format (RFC 9110 8.4.1.2), but some clients send the bare stream; the two
 * cannot be confused, since a zlib header is a multiple of 31 and names its method.
 *
 * Every reply has a CRC-32. libdeflate computes it with the processor's carry-less multiplication,
 * twenty times as fast as zlib, whose own was a twentieth of a GetItem. Content stays with zlib:
 * libdeflate needs all of it, and its size, at once.
 *
 * gzip bodies may have several members (RFC 1952 2.2); anything else after the end is refused.
 */
#include "base/coding.h"

#include <assert.h>
#include <libdeflate.h>
#include <stdalign.h>
#include <string.h>
#define ZLIB_CONST /* zlib promises not to write its input */
#include <zlib.h>

enum {
    DECODE_STEP_BYTES = 16 << 10,
    WINDOW_BITS = 15,
    GZIP = 16, /* added to the window bits */
    LEVEL = 1, /* at a tenth of the cost of 6, JSON becomes a tenth larger */
    MEMORY_LEVEL = 8,
};

/* ---- zlib's memory: a block remembers its size in front */

union block_head {
    size_t size;
    max_align_t align;
};

static void *zlib_alloc(void *mem, unsigned count, unsigned size)
{
    const size_t bytes = (size_t)count * size + sizeof(union block_head);
    union block_head *head = mem_resize(*(const struct mem **)mem, NULL, 0, bytes);
    if (head == NULL) return NULL;
    head->size = bytes;
    return head + 1;
}

static void zlib_free(void *mem, void *ptr)
{
    union block_head *head = (union block_head *)ptr - 1;
    mem_free(*(const struct mem **)mem, head, head->size);
}

static z_stream stream_over(const struct mem **mem)
{
    return (z_stream){.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = mem};
}

/* ---- names */

struct span coding_name(coding kind)
{
    switch (kind) {
    case CODING_NONE:
        return (struct span){0};
    case CODING_GZIP:
        return SPAN("gzip");
    case CODING_DEFLATE:
        return SPAN("deflate");
    }
    return (struct span){0};
}

static coding coding_named(struct span name)
{
    if (span_eq_nocase(name, SPAN("gzip"))) return CODING_GZIP;
    if (span_eq_nocase(name, SPAN("x-gzip"))) return CODING_GZIP;
    if (span_eq_nocase(name, SPAN("deflate"))) return CODING_DEFLATE;
    return CODING_NONE;
}

/* list := [ member ] { "," [ member ] }: take the next member, trimmed. False at the end. */
static bool next_member(struct span *list, char separator, struct span *member)
{
    if (list->len == 0) return false;
    const uint8_t *at = memchr(list->ptr, separator, list->len);
    const size_t len = at == NULL ? list->len : (size_t)(at - list->ptr);
    *member = span_trim(span_take(*list, len));
    *list = span_drop(*list, at == NULL ? len : len + 1);
    return true;
}

bool coding_of_body(struct span content_encoding, coding *out)
{
    coding found = CODING_NONE;
    struct span member = {0};
    while (next_member(&content_encoding, ',', &member)) {
        const coding kind = coding_named(member);
        if (kind == CODING_NONE) continue;
        if (found != CODING_NONE) return false;
        found = kind;
    }
    *out = found;
    return true;
}

/* "q=0", "q=0.0", …: the client does not want it. */
static bool weight_is_zero(struct span parameter)
{
    if (parameter.len < 3 || (parameter.ptr[0] | 0x20) != 'q' || parameter.ptr[1] != '=')
        return false;
    for (size_t i = 2; i < parameter.len; i++)
        if (parameter.ptr[i] != '0' && parameter.ptr[i] != '.') return false;
    return true;
}

/* accepted := name { ";" parameter } */
static bool is_wanted(struct span member, struct span *name)
{
    if (!next_member(&member, ';', name)) return false;
    struct span parameter = {0};
    while (next_member(&member, ';', &parameter))
        if (weight_is_zero(parameter)) return false;
    return true;
}

coding coding_of_reply(struct span accept_encoding)
{
    bool takes_deflate = false;
    struct span member = {0};
    while (next_member(&accept_encoding, ',', &member)) {
        struct span name = {0};
        if (!is_wanted(member, &name)) continue;
        const coding kind = coding_named(name);
        if (kind == CODING_GZIP) return CODING_GZIP;
        if (kind == CODING_DEFLATE) takes_deflate = true;
    }
    return takes_deflate ? CODING_DEFLATE : CODING_NONE;
}

/* ---- decoding */

static bool has_zlib_header(struct span body)
{
    if (body.len < 2) return false;
    const unsigned head = (unsigned)body.ptr[0] << 8 | body.ptr[1];
    return (body.ptr[0] & 0x0F) == Z_DEFLATED && head % 31 == 0;
}

static int window_bits(coding kind, struct span body)
{
    if (kind == CODING_GZIP) return WINDOW_BITS + GZIP;
    return has_zlib_header(body) ? WINDOW_BITS : -WINDOW_BITS;
}

/* Room at the end of `out`: one step, or as much as its maximum leaves (then at least one byte,
 * so that an end that is already reached can be seen). */
static uint8_t *decode_room(struct buf *out, size_t *room)
{
    const size_t left = out->max - out->len;
    *room = left < DECODE_STEP_BYTES ? left : DECODE_STEP_BYTES;
    return buf_reserve(out, *room);
}

static status inflate_step(z_stream *z, struct buf *out, int *result)
{
    uint8_t spare;
    size_t room = 0;
    uint8_t *at = decode_room(out, &room);
    if (at == NULL) return buf_status(out);
    const bool is_full = room == 0;
    z->next_out = is_full ? &spare : at;
    z->avail_out = is_full ? 1 : (unsigned)room;
    const unsigned before = z->avail_out;
    *result = inflate(z, Z_NO_FLUSH);
    const unsigned written = before - z->avail_out;
    if (is_full && written > 0) return ST_LIMIT;
    if (!is_full) buf_advance(out, written);
    if (*result == Z_OK || *result == Z_STREAM_END) return ST_OK;
    return *result == Z_MEM_ERROR ? ST_NO_MEMORY : ST_CORRUPT;
}

static status inflate_all(z_stream *z, coding kind, struct buf *out)
{
    for (;;) {
        int result = Z_OK;
        TRY(inflate_step(z, out, &result));
        if (result == Z_OK) continue; /* without progress zlib says Z_BUF_ERROR */
        if (z->avail_in == 0) return ST_OK;
        if (kind != CODING_GZIP || inflateReset(z) != Z_OK) return ST_CORRUPT;
    }
}

status coding_decode(const struct mem *mem, coding kind, struct span body, struct buf *out)
{
    assert(kind != CODING_NONE);
    assert(body.len <= UINT32_MAX);
    z_stream z = stream_over(&mem);
    z.next_in = body.ptr;
    z.avail_in = (unsigned)body.len;
    if (inflateInit2(&z, window_bits(kind, body)) != Z_OK) return ST_NO_MEMORY;
    const status st = inflate_all(&z, kind, out);
    (void)inflateEnd(&z);
    return st;
}

/* ---- encoding */

struct coding_stream {
    z_stream z;
};

static struct coding_stream *stream_for(struct coding_encoder *encoder, coding kind)
{
    struct coding_stream **slot = &encoder->streams[kind == CODING_GZIP ? 0 : 1];
    if (*slot != NULL) return deflateReset(&(*slot)->z) == Z_OK ? *slot : NULL;
    struct coding_stream *stream = mem_new(encoder->mem, sizeof *stream);
    if (stream == NULL) return NULL;
    stream->z = stream_over(&encoder->mem);
    const int bits = WINDOW_BITS + (kind == CODING_GZIP ? GZIP : 0);
    if (deflateInit2(&stream->z, LEVEL, Z_DEFLATED, bits, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        mem_free(encoder->mem, stream, sizeof *stream);
        return NULL;
    }
    *slot = stream;
    return stream;
}

void coding_encoder_deinit(struct coding_encoder *encoder)
{
    for (size_t i = 0; i < ARRAY_COUNT(encoder->streams); i++) {
        struct coding_stream *stream = encoder->streams[i];
        if (stream == NULL) continue;
        (void)deflateEnd(&stream->z);
        mem_free(encoder->mem, stream, sizeof *stream);
        encoder->streams[i] = NULL;
    }
}

status coding_encode(struct coding_encoder *encoder, coding kind, struct span content,
                     struct buf *out)
{
    assert(kind != CODING_NONE);
    assert(content.len <= UINT32_MAX);
    struct coding_stream *stream = stream_for(encoder, kind);
    if (stream == NULL) return ST_NO_MEMORY;
    z_stream *z = &stream->z;
    const size_t bound = deflateBound(z, content.len);
    z->next_out = buf_reserve(out, bound);
    if (z->next_out == NULL) return buf_status(out);
    z->next_in = content.ptr;
    z->avail_in = (unsigned)content.len;
    z->avail_out = (unsigned)bound;
    const int result = deflate(z, Z_FINISH);
    assert(result == Z_STREAM_END); /* the bound is one */
    buf_advance(out, bound - z->avail_out);
    return ST_OK;
}

uint32_t coding_crc32(struct span bytes)
{
    return libdeflate_crc32(0, bytes.ptr, bytes.len);
}
