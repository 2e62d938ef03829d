/* cloud.h -- random vectors for the tests of this room, and which of them are nearest, by looking
 * at all.
 */
#ifndef STATOR_TESTS_VECTOR_CLOUD_H
#define STATOR_TESTS_VECTOR_CLOUD_H

#include <stdio.h>

#include "support/support.h"
#include "vector/vector.h"

enum { CLOUD_KEY_BYTES = 16, CLOUD_RANK_MAX = 10 };

/* `count` vectors of `dimensions` numbers, the numbers from -1 to 1, always the same. */
struct cloud {
    struct vector_kind kind;
    uint32_t count;
    float *values; /* one vector behind the other */
    bool *gone;    /* not in the set (any more) */
};

static uint64_t cloud_state;

static inline float cloud_number(void)
{
    uint64_t r = cloud_state += 0x9E3779B97F4A7C15U;
    r = (r ^ (r >> 30)) * 0xBF58476D1CE4E5B9U;
    r = (r ^ (r >> 27)) * 0x94D049BB133111EBU;
    return (float)((double)((r ^ (r >> 31)) >> 40) / (double)(1 << 23) - 1);
}

static inline const float *cloud_at(const struct cloud *cloud, uint32_t i)
{
    return cloud->values + (size_t)i * cloud->kind.dimensions;
}

static inline void cloud_begin(struct cloud *cloud, uint32_t count, struct vector_kind kind)
{
    const size_t numbers = (size_t)count * kind.dimensions;
    *cloud = (struct cloud){.kind = kind, .count = count};
    cloud->values = mem_new_array(support_mem(), numbers, sizeof(float));
    cloud->gone = mem_new_array(support_mem(), count, sizeof(bool));
    assert_non_null(cloud->values);
    assert_non_null(cloud->gone);
    cloud_state = 1;
    for (size_t i = 0; i < numbers; i++) cloud->values[i] = cloud_number();
}

static inline void cloud_end(struct cloud *cloud)
{
    mem_free(support_mem(), cloud->values,
             (size_t)cloud->count * cloud->kind.dimensions * sizeof(float));
    mem_free(support_mem(), cloud->gone, cloud->count * sizeof(bool));
}

/* The key of vector `i`, in `text`. */
static inline struct span cloud_key(uint32_t i, char text[CLOUD_KEY_BYTES])
{
    const int len = snprintf(text, CLOUD_KEY_BYTES, "key %u", i);
    return (struct span){(const uint8_t *)text, (size_t)len};
}

/* Put vectors from .. to - 1 of the cloud, and take all into the graph. */
static inline void cloud_put(const struct cloud *cloud, struct vector_set *set, uint32_t from,
                             uint32_t to)
{
    char text[CLOUD_KEY_BYTES];
    for (uint32_t i = from; i < to; i++)
        assert_int_equal(vector_put(set, cloud_key(i, text), cloud_at(cloud, i)), ST_OK);
    assert_int_equal(vector_link(set, UINT32_MAX), ST_OK);
}

/* The distance of the `rank`-th nearest of the vectors that are there, by looking at all; there are
 * as many. */
static inline double cloud_distance(const struct cloud *cloud, const float *target, uint32_t rank)
{
    double nearest[CLOUD_RANK_MAX];
    uint32_t count = 0;
    assert_in_range(rank, 1, CLOUD_RANK_MAX);
    for (uint32_t i = 0; i < cloud->count; i++) {
        if (cloud->gone[i]) continue;
        const double distance = vector_distance(cloud->kind, cloud_at(cloud, i), target);
        if (count == rank && distance >= nearest[rank - 1]) continue;
        uint32_t at = count < rank ? count++ : rank - 1;
        for (; at > 0 && nearest[at - 1] > distance; at--) nearest[at] = nearest[at - 1];
        nearest[at] = distance;
    }
    assert_int_equal(count, rank);
    return nearest[rank - 1];
}

#endif
