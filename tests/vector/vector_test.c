/* vector_test.c -- sets of vectors: what a search finds, what it costs, and what removal leaves.
 *
 * Found is measured against looking at all (cloud.h): of the ten that a search answers, those that
 * belong among the ten nearest. The clouds are random and always the same, so the numbers are too.
 */
#include "vector/cloud.h"

enum { WANTED = 10, SEARCHES = 100, ARENA_BYTES = 64 << 20 };

static const struct vector_kind cosine_32 = {32, VECTOR_COSINE};
static const struct vector_kind euclidean_2 = {2, VECTOR_EUCLIDEAN};
static const uint8_t secret[HASH_BYTES] = {1, 2, 3};

struct bench {
    struct cloud cloud;
    struct hash *hash;
    struct vector_set *set;
    struct arena arena;
    float *target;
    uint64_t compared; /* by the last search */
};

static void begin(struct bench *b, uint32_t count, struct vector_kind kind)
{
    cloud_begin(&b->cloud, count, kind);
    arena_init(&b->arena, support_mem(), ARENA_BYTES);
    assert_int_equal(hash_new(support_mem(), secret, &b->hash), ST_OK);
    assert_int_equal(vector_new(support_mem(), b->hash, kind, &b->set), ST_OK);
    b->target = mem_new_array(support_mem(), kind.dimensions, sizeof(float));
    assert_non_null(b->target);
}

static void end(struct bench *b)
{
    mem_free(support_mem(), b->target, b->cloud.kind.dimensions * sizeof(float));
    vector_free(b->set);
    hash_free(b->hash);
    arena_deinit(&b->arena);
    cloud_end(&b->cloud);
    support_mem_check();
}

static struct vector_search search(struct bench *b, const float *target, uint32_t wanted)
{
    struct vector_search s = {.values = target, .wanted = wanted};
    arena_reset(&b->arena);
    assert_int_equal(vector_search(b->set, &s, &b->arena), ST_OK);
    b->compared = s.compared;
    return s;
}

static uint32_t number_of(struct span key)
{
    char text[CLOUD_KEY_BYTES] = {0};
    memcpy(text, key.ptr, key.len);
    return (uint32_t)strtoul(text + strlen("key "), NULL, 10);
}

/* How many of the answers to one search are among the nearest. */
static uint32_t found_by(struct bench *b)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < b->cloud.kind.dimensions; i++) b->target[i] = cloud_number();
    const struct vector_search s = search(b, b->target, WANTED);
    assert_int_equal(s.count, WANTED);
    const double farthest = cloud_distance(&b->cloud, b->target, WANTED);
    for (uint32_t i = 0; i < s.count; i++) {
        const uint32_t at = number_of(s.keys[i]);
        assert_false(b->cloud.gone[at]);
        const double distance = vector_distance(b->cloud.kind, cloud_at(&b->cloud, at), b->target);
        if (distance <= farthest) found++;
    }
    return found;
}

/* Of a hundred that should be found, how many are. */
static uint32_t recall(struct bench *b, uint64_t *compared)
{
    uint32_t found = 0;
    *compared = 0;
    cloud_state = 99;
    for (uint32_t i = 0; i < SEARCHES; i++) {
        found += found_by(b);
        *compared += b->compared;
    }
    *compared /= SEARCHES;
    print_message("%u of %u found, %u distances a search\n", found, SEARCHES * WANTED,
                  (unsigned)*compared);
    return found * 100 / (SEARCHES * WANTED);
}

static void finds_95_of_100(vector_metric metric, uint32_t count)
{
    struct bench b;
    uint64_t compared = 0;
    begin(&b, count, (struct vector_kind){32, metric});
    cloud_put(&b.cloud, b.set, 0, b.cloud.count);
    assert_int_equal(vector_count(b.set).linked, count);
    assert_in_range(recall(&b, &compared), 95, 100);
    assert_in_range(compared, 1, count / 2);
    end(&b);
}

static void test_vector__search_finds_95_of_100_by_cosine(void **state)
{
    (void)state;
    finds_95_of_100(VECTOR_COSINE, 10000);
}

static void test_vector__search_finds_95_of_100_by_distance(void **state)
{
    (void)state;
    finds_95_of_100(VECTOR_EUCLIDEAN, 4000);
}

static void test_vector__search_finds_95_of_100_by_dot_product(void **state)
{
    (void)state;
    finds_95_of_100(VECTOR_DOT_PRODUCT, 4000);
}

static void test_vector__a_search_costs_far_less_than_looking_at_all(void **state)
{
    (void)state;
    struct bench b;
    uint64_t small = 0, large = 0;
    begin(&b, 12000, (struct vector_kind){8, VECTOR_EUCLIDEAN});
    cloud_put(&b.cloud, b.set, 0, 2000);
    for (uint32_t i = 2000; i < b.cloud.count; i++) b.cloud.gone[i] = true;
    (void)recall(&b, &small);
    cloud_put(&b.cloud, b.set, 2000, b.cloud.count);
    for (uint32_t i = 2000; i < b.cloud.count; i++) b.cloud.gone[i] = false;
    (void)recall(&b, &large);
    assert_true(large < 2 * small); /* of six times as many */
    assert_true(large < b.cloud.count / 8);
    end(&b);
}

/* ---- beside the graph */

static void test_vector__what_is_not_linked_is_found_always(void **state)
{
    (void)state;
    struct bench b;
    uint64_t compared = 0;
    begin(&b, 3000, cosine_32);
    for (uint32_t i = 0; i < b.cloud.count; i++) {
        char text[CLOUD_KEY_BYTES];
        assert_int_equal(vector_put(b.set, cloud_key(i, text), cloud_at(&b.cloud, i)), ST_OK);
    }
    assert_int_equal(vector_count(b.set).linked, 0);
    assert_int_equal(recall(&b, &compared), 100);
    assert_int_equal(compared, 3000);
    assert_int_equal(vector_link(b.set, 2500), ST_OK);
    assert_int_equal(vector_count(b.set).linked, 2500);
    assert_in_range(recall(&b, &compared), 95, 100);
    end(&b);
}

static void test_vector__small_sets_are_searched_whole(void **state)
{
    (void)state;
    struct bench b;
    uint64_t compared = 0;
    begin(&b, VECTOR_FLAT, cosine_32);
    cloud_put(&b.cloud, b.set, 0, b.cloud.count);
    assert_int_equal(recall(&b, &compared), 100);
    assert_int_equal(compared, VECTOR_FLAT);
    end(&b);
}

static void test_vector__a_search_for_more_than_there_are_exhausts_the_set(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 2000, euclidean_2);
    cloud_put(&b.cloud, b.set, 0, b.cloud.count);
    const float middle[] = {0, 0};
    struct vector_search s = search(&b, middle, 400);
    assert_int_equal(s.count, 400);
    assert_false(s.exhausted);
    s = search(&b, middle, 5000);
    assert_int_equal(s.count, 2000);
    assert_true(s.exhausted);
    for (uint32_t i = 1; i < s.count; i++) {
        const float *near = cloud_at(&b.cloud, number_of(s.keys[i - 1]));
        const float *far = cloud_at(&b.cloud, number_of(s.keys[i]));
        assert_true(vector_distance(euclidean_2, near, middle) <=
                    vector_distance(euclidean_2, far, middle) + 1e-6);
    }
    end(&b);
}

static void test_vector__an_empty_set_has_nothing(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, 1, euclidean_2);
    vector_remove(b.set, SPAN("key 0"));
    const struct vector_search s = search(&b, cloud_at(&b.cloud, 0), WANTED);
    assert_int_equal(s.count, 0);
    assert_true(s.exhausted);
    end(&b);
}

/* ---- changing */

static void test_vector__removing_half_leaves_the_rest_findable(void **state)
{
    (void)state;
    struct bench b;
    uint64_t compared = 0;
    begin(&b, 4000, cosine_32);
    cloud_put(&b.cloud, b.set, 0, b.cloud.count);
    for (uint32_t i = 0; i < b.cloud.count; i += 2) {
        char text[CLOUD_KEY_BYTES];
        vector_remove(b.set, cloud_key(i, text));
        b.cloud.gone[i] = true;
    }
    assert_int_equal(vector_count(b.set).all, 2000);
    assert_int_equal(vector_count(b.set).linked, 2000);
    assert_in_range(recall(&b, &compared), 95, 100);
    end(&b);
}

static void test_vector__removing_a_whole_region_leaves_the_rest_findable(void **state)
{
    (void)state;
    struct bench b;
    uint64_t compared = 0;
    begin(&b, 4000, (struct vector_kind){8, VECTOR_EUCLIDEAN});
    cloud_put(&b.cloud, b.set, 0, b.cloud.count);
    for (uint32_t i = 0; i < b.cloud.count; i++) {
        char text[CLOUD_KEY_BYTES];
        if (cloud_at(&b.cloud, i)[0] > 0.2F || cloud_at(&b.cloud, i)[0] < -0.2F) continue;
        vector_remove(b.set, cloud_key(i, text));
        b.cloud.gone[i] = true;
    }
    assert_in_range(vector_count(b.set).all, 3000, 3400);
    assert_in_range(recall(&b, &compared), 95, 100);
    end(&b);
}

static void test_vector__a_key_has_one_vector_the_last(void **state)
{
    (void)state;
    struct bench b;
    const float here[] = {0, 0}, there[] = {100, 100};
    begin(&b, 2000, euclidean_2);
    cloud_put(&b.cloud, b.set, 0, b.cloud.count);
    const size_t bytes = vector_count(b.set).bytes;
    assert_int_equal(vector_put(b.set, SPAN("key 7"), there), ST_OK);
    assert_int_equal(vector_count(b.set).all, 2000);
    struct vector_search s = search(&b, there, 1);
    support_assert_text(s.keys[0], "key 7");
    assert_int_equal(vector_link(b.set, 1), ST_OK);
    s = search(&b, there, 1);
    support_assert_text(s.keys[0], "key 7");
    assert_int_equal(vector_put(b.set, SPAN("key 7"), here), ST_OK);
    s = search(&b, here, 1);
    support_assert_text(s.keys[0], "key 7");
    assert_in_range(vector_count(b.set).bytes, bytes - 1000, bytes + 1000);
    end(&b);
}

/* ---- what numbers may be */

static void test_vector__a_zero_vector_is_at_a_right_angle_to_all(void **state)
{
    (void)state;
    struct bench b;
    const struct vector_kind cosine = {2, VECTOR_COSINE};
    const float zero[] = {0, 0}, east[] = {5, 0}, west[] = {-0.5F, 0};
    begin(&b, 1, cosine);
    assert_int_equal(vector_put(b.set, SPAN("zero"), zero), ST_OK);
    assert_int_equal(vector_put(b.set, SPAN("east"), east), ST_OK);
    assert_int_equal(vector_put(b.set, SPAN("west"), west), ST_OK);
    const struct vector_search s = search(&b, east, 3);
    support_assert_text(s.keys[0], "east");
    support_assert_text(s.keys[1], "zero");
    support_assert_text(s.keys[2], "west");
    assert_true(vector_distance(cosine, zero, east) >= 1);
    assert_true(vector_distance(cosine, zero, zero) <= 1);
    end(&b);
}

static void test_vector__the_largest_numbers_have_distances_that_are_numbers(void **state)
{
    (void)state;
    const float huge = 3.4028235e38F;
    const float up[] = {huge, huge}, down[] = {-huge, huge}, mixed[] = {huge, -huge};
    for (uint32_t metric = VECTOR_COSINE; metric <= VECTOR_DOT_PRODUCT; metric++) {
        struct bench b;
        const struct vector_kind kind = {2, (vector_metric)metric};
        begin(&b, 1, kind);
        assert_int_equal(vector_put(b.set, SPAN("up"), up), ST_OK);
        assert_int_equal(vector_put(b.set, SPAN("down"), down), ST_OK);
        assert_int_equal(vector_put(b.set, SPAN("mixed"), mixed), ST_OK);
        assert_int_equal(vector_link(b.set, 3), ST_OK);
        const struct vector_search s = search(&b, up, 3);
        assert_int_equal(s.count, 3);
        const double distance = vector_distance(kind, up, mixed);
        assert_true(distance - distance <= 0); /* neither infinite nor NaN */
        end(&b);
    }
}

/* ---- always the same; and without memory */

static void test_vector__the_same_calls_give_the_same_answers(void **state)
{
    (void)state;
    uint64_t compared[2] = {0};
    uint32_t found[2] = {0};
    for (uint32_t i = 0; i < 2; i++) {
        struct bench b;
        begin(&b, 2000, cosine_32);
        cloud_put(&b.cloud, b.set, 0, b.cloud.count);
        found[i] = recall(&b, &compared[i]);
        end(&b);
    }
    assert_int_equal(found[0], found[1]);
    assert_int_equal(compared[0], compared[1]);
}

enum { SOME = 60 }; /* are linked where memory fails */

/* Fill a set with 1,200 vectors, take some into the graph, and search it; false when memory ran out
 * on the way. */
static bool fill_and_search(struct bench *b)
{
    struct vector_search s = {.values = cloud_at(&b->cloud, 0), .wanted = WANTED};
    char text[CLOUD_KEY_BYTES];
    for (uint32_t i = 0; i < b->cloud.count; i++)
        if (vector_put(b->set, cloud_key(i, text), cloud_at(&b->cloud, i)) != ST_OK) return false;
    if (vector_link(b->set, SOME) != ST_OK) return false;
    return vector_search(b->set, &s, &b->arena) == ST_OK;
}

static void test_vector__goes_on_where_memory_failed(void **state)
{
    (void)state;
    bool fired = true;
    for (uint64_t nth = 1; fired; nth = nth < 40 ? nth + 1 : nth + 97) {
        struct bench b;
        begin(&b, VECTOR_FLAT + 200, euclidean_2);
        support_mem_fail_at(nth);
        const bool whole = fill_and_search(&b);
        fired = support_mem_failed();
        support_mem_fail_at(0);
        assert_true(whole == !fired);
        assert_true(fill_and_search(&b));
        assert_int_equal(vector_count(b.set).all, b.cloud.count);
        assert_int_equal(vector_count(b.set).linked, SOME);
        end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector__search_finds_95_of_100_by_cosine),
        cmocka_unit_test(test_vector__search_finds_95_of_100_by_distance),
        cmocka_unit_test(test_vector__search_finds_95_of_100_by_dot_product),
        cmocka_unit_test(test_vector__a_search_costs_far_less_than_looking_at_all),
        cmocka_unit_test(test_vector__what_is_not_linked_is_found_always),
        cmocka_unit_test(test_vector__small_sets_are_searched_whole),
        cmocka_unit_test(test_vector__a_search_for_more_than_there_are_exhausts_the_set),
        cmocka_unit_test(test_vector__an_empty_set_has_nothing),
        cmocka_unit_test(test_vector__removing_half_leaves_the_rest_findable),
        cmocka_unit_test(test_vector__removing_a_whole_region_leaves_the_rest_findable),
        cmocka_unit_test(test_vector__a_key_has_one_vector_the_last),
        cmocka_unit_test(test_vector__a_zero_vector_is_at_a_right_angle_to_all),
        cmocka_unit_test(test_vector__the_largest_numbers_have_distances_that_are_numbers),
        cmocka_unit_test(test_vector__the_same_calls_give_the_same_answers),
        cmocka_unit_test(test_vector__goes_on_where_memory_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
