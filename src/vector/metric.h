/* metric.h -- how far two vectors are from each other.
 *
 * All metrics become one distance, smaller is nearer:
 *
 *     VECTOR_COSINE        1 - cosine of the angle between them: 0 to 2
 *     VECTOR_EUCLIDEAN     length of their difference; its square where only the order matters
 *     VECTOR_DOT_PRODUCT   minus their dot product
 *
 * A zero vector has no direction: its cosine with every vector is 0, so its distance is 1.
 * A sum that leaves the range of float is farthest of all, never NaN.
 */
#ifndef STATOR_VECTOR_METRIC_H
#define STATOR_VECTOR_METRIC_H

#include <stdint.h>

#include "base/attributes.h"
#include "vector/vector.h"

/* Copy `from` to `to` in the form that metric_distance takes: for VECTOR_COSINE of length 1. */
void metric_prepare(struct vector_kind kind, const float *from, float *to);

/* The distance of two prepared vectors, for comparing with others: fast, and to float's digits. */
MUST_USE float metric_distance(struct vector_kind kind, const float *a, const float *b);

#endif
