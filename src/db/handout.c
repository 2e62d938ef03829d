/* handout.c -- see handout.h. */
#include "db/handout.h"

#include <string.h>

#include "base/bytes.h"
#include "stator/stator.h"

enum { HEADER_BYTES = 16 }; /* the text stays aligned */

void handout_begin(struct buf *buf)
{
    buf_init(buf, mem_heap(), SIZE_MAX / 2);
    if (buf_reserve(buf, HEADER_BYTES) != NULL) buf_advance(buf, HEADER_BYTES);
}

char *handout_end(struct buf *buf)
{
    buf_put_u8(buf, 0);
    if (buf_status(buf) != ST_OK) {
        buf_deinit(buf);
        return NULL;
    }
    bytes_store_u64(buf->ptr, buf->cap);
    return (char *)buf->ptr + HEADER_BYTES;
}

char *handout_of(struct span text)
{
    struct buf buf;
    handout_begin(&buf);
    buf_put(&buf, text);
    return handout_end(&buf);
}

void stator_free(void *given)
{
    if (given == NULL) return;
    uint8_t *block = (uint8_t *)given - HEADER_BYTES;
    mem_free(mem_heap(), block, bytes_load_u64(block));
}
