/* ckd.h -- integers that cannot overflow unseen.
 *
 * ckd_x(n, &out) converts; ckd_add_size adds. Each returns false, and leaves *out untouched, when
 * the result does not fit. Lengths from outside the process go through these.
 */
#ifndef STATOR_BASE_CKD_H
#define STATOR_BASE_CKD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

MUST_USE static inline bool ckd_u16(size_t n, uint16_t *out)
{
    if (n > UINT16_MAX) return false;
    *out = (uint16_t)n;
    return true;
}

MUST_USE static inline bool ckd_u32(size_t n, uint32_t *out)
{
    if (n > UINT32_MAX) return false;
    *out = (uint32_t)n;
    return true;
}

MUST_USE static inline bool ckd_int(size_t n, int *out)
{
    if (n > INT32_MAX) return false;
    *out = (int)n;
    return true;
}

MUST_USE static inline bool ckd_add_size(size_t a, size_t b, size_t *out)
{
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *out = sum;
    return true;
}

MUST_USE static inline bool ckd_add_i64(int64_t a, int64_t b, int64_t *out)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *out = sum;
    return true;
}

#endif
