/* number.h -- exact decimals of 38 digits, in bytes that sort as numbers.
 *
 * A number is sign, exponent and up to 38 digits; zero has one form. With a value of
 * ±0.d1d2…dn x 10^e, d1 and dn not 0 (so -129 <= e <= 126):
 *
 *     zero      02
 *     positive  03, e + 129, then a byte 1 + 10*d1 + d2 for each pair of digits (a missing last
 *               digit counts as 0)
 *     negative  01, 255 - (e + 129), then 255 - each such byte, then FF
 *
 * N1  memcmp (shorter first on a shared prefix) is numeric order.
 * N2  Equal numbers have equal bytes: 1, 1.0, 1E0 and +1 are one; -0 is 0.
 * N3  At most NUMBER_BYTES_MAX bytes.
 *
 * No floating point is used anywhere. Source of the rules: DynamoDB developer guide, "Data types",
 * Number: 38 significant digits, 1E-130 to 9.99…E+125 in magnitude.
 */
#ifndef STATOR_ITEM_NUMBER_H
#define STATOR_ITEM_NUMBER_H

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

enum { NUMBER_BYTES_MAX = 22, NUMBER_TEXT_BYTES_MAX = 192 };

struct number {
    uint8_t bytes[NUMBER_BYTES_MAX];
    uint8_t len;
};

/* The bytes of `number`, which must outlive the span. */
MUST_USE struct span number_view(const struct number *number);

/* Read a decimal: sign, digits, point, exponent. ST_VALIDATION with DynamoDB's sentence: not a
 * number, more than 38 significant digits, too large, too small. */
MUST_USE status number_parse(struct span text, struct number *out, struct error *err);

MUST_USE struct number number_from_i64(int64_t n);

/* The whole number in `bytes`. False: it has a fraction or does not fit. */
MUST_USE bool number_to_i64(struct span bytes, int64_t *out);

/* The largest whole number that is not above that in `bytes`. False: it does not fit. */
MUST_USE bool number_floor(struct span bytes, int64_t *out);

/* Append the decimal text as DynamoDB prints it: no exponent, no needless zeros. Damaged bytes
 * print as 0. */
void number_write_text(struct span bytes, struct buf *buf);

/* The same text into `out`; the result is its length. */
MUST_USE size_t number_text(struct span bytes, char out[NUMBER_TEXT_BYTES_MAX]);

/* DynamoDB's size of the number; the rule stands in number.c. */
MUST_USE uint32_t number_size(struct span bytes);

/* *out = a + b, or a - b; exact. ST_VALIDATION with DynamoDB's sentence when the result is too
 * large, too small, or would need more than 38 digits. Damaged bytes count as 0. */
MUST_USE status number_add(struct span a, struct span b, struct number *out, struct error *err);
MUST_USE status number_subtract(struct span a, struct span b, struct number *out,
                                struct error *err);

/* Is `bytes` a number in canonical form (N2, N3)? For checking stored data. */
MUST_USE bool number_is_valid(struct span bytes);

#endif
