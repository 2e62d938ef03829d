/* span.h -- a borrowed run of bytes.
 *
 * A span never owns what it points at; whoever declares one says what that is. It is not
 * NUL-terminated and may hold any byte. All zero is the empty span. Bytes compare unsigned, a
 * shorter run before a longer one that starts with it: DynamoDB's order for strings and binaries.
 */
#ifndef STATOR_BASE_SPAN_H
#define STATOR_BASE_SPAN_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct span {
    const uint8_t *ptr; /* may be NULL only when len is 0 */
    size_t len;
};

/* A span over a string literal, without its NUL. */
#define SPAN(literal) ((struct span){(const uint8_t *)("" literal), sizeof(literal) - 1})

/* For printf: printf("%.*s", SPAN_ARG(name)). */
#define SPAN_ARG(span) (int)(span).len, (const char *)(span).ptr

/* The bytes of a NUL-terminated `text`, which must outlive the span. */
MUST_USE struct span span_of(const char *text);

MUST_USE bool span_eq(struct span a, struct span b);

/* As span_eq, with ASCII letters equal in both cases (HTTP header names and values). */
MUST_USE bool span_eq_nocase(struct span a, struct span b);

/* Negative, zero or positive as `a` sorts before, with or after `b`. */
MUST_USE int span_compare(struct span a, struct span b);

MUST_USE bool span_starts_with(struct span whole, struct span prefix);

/* Does `needle` stand anywhere in `whole`? The empty needle always does. */
MUST_USE bool span_contains(struct span whole, struct span needle);

/* All but the first `n` bytes; asserts n <= len. */
MUST_USE static inline struct span span_drop(struct span whole, size_t n)
{
    assert(n <= whole.len);
    if (n == 0) return whole;
    return (struct span){whole.ptr + n, whole.len - n};
}

/* The first `n` bytes; asserts n <= len. */
MUST_USE static inline struct span span_take(struct span whole, size_t n)
{
    assert(n <= whole.len);
    return (struct span){whole.ptr, n};
}

/* Without the spaces and tabs at both ends. */
MUST_USE struct span span_trim(struct span whole);

#endif
