/* component.h -- a stored number as a component of a vector. */
#ifndef STATOR_ENGINE_COMPONENT_H
#define STATOR_ENGINE_COMPONENT_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/span.h"

/* The float nearest to the number in `bytes` (number.h), to a float's digits. False: it is beyond
 * the largest float, 3.4028235E38. */
MUST_USE bool component_read(struct span bytes, float *out);

/* Is it a number, neither NaN nor infinite? */
MUST_USE bool component_is_finite(float component);

#endif
