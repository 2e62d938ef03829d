/* metric.c -- sums over the numbers of two vectors.
 *
 * What the graph compares is summed in float, LANES sums at once: the order in which numbers are
 * added is written down, so the compiler may use the machine's wide registers and the result is the
 * same everywhere. What is told to a caller is summed in double: no float leaves its range there.
 */
#include "vector/metric.h"

#include <math.h>

enum { LANES = 16 };

static float sum_of(const float lanes[LANES])
{
    float sum = 0;
    for (uint32_t i = 0; i < LANES; i++) sum += lanes[i];
    return sum;
}

static float dot(const float *a, const float *b, uint32_t count)
{
    float lanes[LANES] = {0};
    uint32_t at = 0;
    for (; count - at >= LANES; at += LANES)
        for (uint32_t i = 0; i < LANES; i++) lanes[i] += a[at + i] * b[at + i];
    for (uint32_t i = 0; at + i < count; i++) lanes[i] += a[at + i] * b[at + i];
    return sum_of(lanes);
}

static float square_of_difference(const float *a, const float *b, uint32_t count)
{
    float lanes[LANES] = {0};
    uint32_t at = 0;
    for (; count - at >= LANES; at += LANES) {
        for (uint32_t i = 0; i < LANES; i++) {
            const float apart = a[at + i] - b[at + i];
            lanes[i] += apart * apart;
        }
    }
    for (uint32_t i = 0; at + i < count; i++) {
        const float apart = a[at + i] - b[at + i];
        lanes[i] += apart * apart;
    }
    return sum_of(lanes);
}

static double wide_dot(const float *a, const float *b, uint32_t count)
{
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) sum += (double)a[i] * (double)b[i];
    return sum;
}

static double wide_difference(const float *a, const float *b, uint32_t count)
{
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        const double apart = (double)a[i] - (double)b[i];
        sum += apart * apart;
    }
    return sqrt(sum);
}

static double wide_cosine(const float *a, const float *b, uint32_t count)
{
    const double lengths = sqrt(wide_dot(a, a, count)) * sqrt(wide_dot(b, b, count));
    if (lengths <= 0) return 0;
    const double cosine = wide_dot(a, b, count) / lengths;
    return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
}

void metric_prepare(struct vector_kind kind, const float *from, float *to)
{
    double scale = 1;
    if (kind.metric == VECTOR_COSINE) {
        const double length = sqrt(wide_dot(from, from, kind.dimensions));
        scale = length > 0 ? 1 / length : 0;
    }
    for (uint32_t i = 0; i < kind.dimensions; i++) to[i] = (float)((double)from[i] * scale);
}

static float distance(struct vector_kind kind, const float *a, const float *b)
{
    switch (kind.metric) {
    case VECTOR_COSINE:
        return 1 - dot(a, b, kind.dimensions);
    case VECTOR_EUCLIDEAN:
        return square_of_difference(a, b, kind.dimensions);
    case VECTOR_DOT_PRODUCT:
        return -dot(a, b, kind.dimensions);
    }
    return 0;
}

float metric_distance(struct vector_kind kind, const float *a, const float *b)
{
    const float apart = distance(kind, a, b);
    return isnan(apart) ? INFINITY : apart;
}

double vector_distance(struct vector_kind kind, const float *a, const float *b)
{
    switch (kind.metric) {
    case VECTOR_COSINE:
        return 1 - wide_cosine(a, b, kind.dimensions);
    case VECTOR_EUCLIDEAN:
        return wide_difference(a, b, kind.dimensions);
    case VECTOR_DOT_PRODUCT:
        return -wide_dot(a, b, kind.dimensions);
    }
    return 0;
}
