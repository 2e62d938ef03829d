/* real.h -- doubles at the door: to a decimal and back. Nowhere else is floating point, but in
 * vectors.
 */
#ifndef STATOR_DB_REAL_H
#define STATOR_DB_REAL_H

#include "base/span.h"

enum { REAL_TEXT_BYTES = 40 };

/* The shortest decimal that reads back as `real`, written as a whole number and a power of ten in
 * `out`; NaN and the infinities as words that no number is. */
MUST_USE struct span real_text(double real, char out[REAL_TEXT_BYTES]);

/* The double nearest to a stored number. */
MUST_USE double real_of(struct span number);

#endif
