/* reader.h -- a cursor over bytes that may be damaged.
 *
 * Every take checks what is left first and answers ST_CORRUPT when it is too little; *out is then
 * untouched. Views point into what the reader was made over.
 */
#ifndef STATOR_BASE_READER_H
#define STATOR_BASE_READER_H

#include "base/bytes.h"
#include "base/span.h"
#include "base/status.h"

struct reader {
    struct span rest; /* what was not yet taken */
};

MUST_USE static inline status reader_take(struct reader *reader, size_t n, struct span *out)
{
    if (n > reader->rest.len) return ST_CORRUPT;
    *out = (struct span){reader->rest.ptr, n};
    reader->rest = span_drop(reader->rest, n);
    return ST_OK;
}

MUST_USE static inline status reader_u8(struct reader *reader, uint8_t *out)
{
    struct span bytes = {0};
    TRY(reader_take(reader, 1, &bytes));
    *out = bytes.ptr[0];
    return ST_OK;
}

MUST_USE static inline status reader_u16(struct reader *reader, uint16_t *out)
{
    struct span bytes = {0};
    TRY(reader_take(reader, 2, &bytes));
    *out = bytes_load_u16(bytes.ptr);
    return ST_OK;
}

MUST_USE static inline status reader_u32(struct reader *reader, uint32_t *out)
{
    struct span bytes = {0};
    TRY(reader_take(reader, 4, &bytes));
    *out = bytes_load_u32(bytes.ptr);
    return ST_OK;
}

MUST_USE static inline status reader_u64(struct reader *reader, uint64_t *out)
{
    struct span bytes = {0};
    TRY(reader_take(reader, 8, &bytes));
    *out = bytes_load_u64(bytes.ptr);
    return ST_OK;
}

#endif
