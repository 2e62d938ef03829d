/* metric_test.c -- distances by hand, and the fast ones beside the exact ones. */
#include "vector/cloud.h"
#include "vector/metric.h"

static bool is_near(double a, double b, double most)
{
    return a - b <= most && b - a <= most;
}

static void test_metric__distances_are_those_of_geometry(void **state)
{
    (void)state;
    static const float a[] = {3, 4}, b[] = {-4, 3}, c[] = {6, 8};
    static const struct {
        vector_metric metric;
        const float *from, *to;
        double distance;
    } cases[] = {
        {VECTOR_COSINE,      a, c, 0               },
        {VECTOR_COSINE,      a, b, 1               },
        {VECTOR_EUCLIDEAN,   a, c, 5               },
        {VECTOR_EUCLIDEAN,   a, b, 7.07106781186548},
        {VECTOR_DOT_PRODUCT, a, c, -50             },
        {VECTOR_DOT_PRODUCT, b, c, 0               },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        const struct vector_kind kind = {2, cases[i].metric};
        assert_true(
            is_near(vector_distance(kind, cases[i].from, cases[i].to), cases[i].distance, 1e-12));
    }
}

/* The fast distance of EUCLIDEAN is the square. */
static double exact(struct vector_kind kind, const float *a, const float *b)
{
    const double distance = vector_distance(kind, a, b);
    return kind.metric == VECTOR_EUCLIDEAN ? distance * distance : distance;
}

static void compare(struct vector_kind kind)
{
    struct cloud cloud;
    float a[100], b[100];
    cloud_begin(&cloud, 100, kind);
    for (uint32_t i = 1; i < cloud.count; i++) {
        metric_prepare(kind, cloud_at(&cloud, i - 1), a);
        metric_prepare(kind, cloud_at(&cloud, i), b);
        const double fast = (double)metric_distance(kind, a, b);
        const double wanted = exact(kind, cloud_at(&cloud, i - 1), cloud_at(&cloud, i));
        assert_true(is_near(fast, wanted, 1e-4));
    }
    cloud_end(&cloud);
}

static void test_metric__the_fast_distance_is_the_exact_one_rounded(void **state)
{
    (void)state;
    static const uint32_t dimensions[] = {1, 2, 15, 16, 17, 33, 100};
    for (size_t i = 0; i < ARRAY_COUNT(dimensions); i++)
        for (uint32_t metric = VECTOR_COSINE; metric <= VECTOR_DOT_PRODUCT; metric++)
            compare((struct vector_kind){dimensions[i], (vector_metric)metric});
    support_mem_check();
}

static void test_metric__what_leaves_the_range_of_float_is_farthest(void **state)
{
    (void)state;
    const struct vector_kind kind = {17, VECTOR_DOT_PRODUCT};
    float a[17] = {0}, b[17] = {0};
    a[0] = b[0] = a[1] = 3e38F;
    b[1] = -3e38F; /* infinity and minus infinity, in two sums that are added */
    const float distance = metric_distance(kind, a, b);
    assert_true(distance > 3.4e38F);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metric__distances_are_those_of_geometry),
        cmocka_unit_test(test_metric__the_fast_distance_is_the_exact_one_rounded),
        cmocka_unit_test(test_metric__what_leaves_the_range_of_float_is_farthest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
