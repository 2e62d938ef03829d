/* coding.c -- fuzz the content codings of HTTP: a byte that chooses, then bytes.
 *
 *     0, 1   a body said to be gzip, deflate     2, 3   content, coded and decoded again
 *     4      the headers that name codings
 *
 * A body that is taken is what another decoder, libdeflate's, takes for the same content. It needs
 * room for its content and not a byte more, and whatever the bytes are, no more memory is taken
 * than what zlib needs and twice the room: a bomb costs what an honest body costs.
 */
#include <assert.h>
#include <libdeflate.h>
#include <string.h>

#include "base/coding.h"
#include "meter.h"

enum {
    KINDS = 5,
    ROOM_BYTES = 20000,
    ZLIB_BYTES = 64 << 10, /* a window of 32 KB, and its tables */
    TEXT_BYTES_MAX = 200,
};

static status decode(coding kind, struct span body, size_t room, struct buf *out)
{
    struct meter meter = {0};
    const struct mem mem = meter_mem(&meter);
    buf_init(out, &mem, room);
    const status st = coding_decode(&mem, kind, body, out);
    assert(st == ST_OK || st == ST_CORRUPT || st == ST_LIMIT);
    assert(out->len <= room);
    assert(meter.most <= ZLIB_BYTES + 2 * room + 2 * out->cap);
    if (st == ST_OK) assert(meter.taken == out->cap);
    out->mem = mem_heap(); /* the meter ends here */
    return st;
}

/* The next member of `body` as libdeflate reads it. */
static size_t decode_member(struct libdeflate_decompressor *other, coding kind, struct span *body,
                            struct span room)
{
    size_t taken = 0, made = 0;
    uint8_t *const to = (uint8_t *)(uintptr_t)room.ptr;
    enum libdeflate_result result = LIBDEFLATE_BAD_DATA;
    if (kind == CODING_GZIP)
        result =
            libdeflate_gzip_decompress_ex(other, body->ptr, body->len, to, room.len, &taken, &made);
    else
        result =
            libdeflate_zlib_decompress_ex(other, body->ptr, body->len, to, room.len, &taken, &made);
    if (result != LIBDEFLATE_SUCCESS && kind == CODING_DEFLATE)
        result = libdeflate_deflate_decompress_ex(other, body->ptr, body->len, to, room.len, &taken,
                                                  &made);
    assert(result == LIBDEFLATE_SUCCESS);
    assert(taken > 0);
    *body = span_drop(*body, taken);
    return made;
}

static void check_other(coding kind, struct span body, struct span content)
{
    static uint8_t room[ROOM_BYTES];
    size_t len = 0;
    struct libdeflate_decompressor *other = libdeflate_alloc_decompressor();
    assert(other != NULL);
    while (body.len > 0)
        len += decode_member(other, kind, &body, (struct span){room + len, sizeof room - len});
    libdeflate_free_decompressor(other);
    assert(span_eq((struct span){room, len}, content));
}

static void try_body(coding kind, struct span body)
{
    struct buf content, again;
    if (decode(kind, body, ROOM_BYTES, &content) == ST_OK) {
        check_other(kind, body, buf_view(&content));
        assert(decode(kind, body, content.len, &again) == ST_OK);
        assert(span_eq(buf_view(&content), buf_view(&again)));
        buf_deinit(&again);
        if (content.len > 0) {
            assert(decode(kind, body, content.len - 1, &again) == ST_LIMIT);
            buf_deinit(&again);
        }
    }
    buf_deinit(&content);
}

static void try_content(coding kind, struct span content)
{
    struct coding_encoder encoder = {.mem = mem_heap()};
    struct buf body, back;
    if (content.len > ROOM_BYTES) return;
    for (int i = 0; i < 2; i++) { /* the second time with the memory of the first */
        buf_init(&body, mem_heap(), 2 * ROOM_BYTES);
        status st = coding_encode(&encoder, kind, content, &body);
        assert(st == ST_OK);
        st = decode(kind, buf_view(&body), ROOM_BYTES, &back);
        assert(st == ST_OK);
        assert(span_eq(buf_view(&back), content));
        buf_deinit(&back);
        buf_deinit(&body);
    }
    coding_encoder_deinit(&encoder);
}

/* Names mean the same in capitals. */
static void try_headers(struct span text)
{
    uint8_t capitals[TEXT_BYTES_MAX];
    if (text.len > sizeof capitals) return;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        capitals[i] = c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
    }
    const struct span other = {capitals, text.len};
    coding kind = CODING_NONE;
    coding same = CODING_NONE;
    const bool once = coding_of_body(text, &kind);
    assert(once == coding_of_body(other, &same));
    assert(kind == same);
    assert(coding_of_reply(text) == coding_of_reply(other));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    const struct span bytes = {data + 1, size - 1};
    const int kind = data[0] % KINDS;
    if (kind < 2) try_body(kind == 0 ? CODING_GZIP : CODING_DEFLATE, bytes);
    if (kind == 2 || kind == 3) try_content(kind == 2 ? CODING_GZIP : CODING_DEFLATE, bytes);
    if (kind == 4) try_headers(bytes);
    return 0;
}
