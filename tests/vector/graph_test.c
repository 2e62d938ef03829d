/* graph_test.c -- what holds of the graph after any linking and unlinking: links go both ways and
 * stay among what is linked, nobody is alone, the entry stands highest, and from it all are
 * reached.
 */
#include "vector/cloud.h"
#include "vector/graph.h"
#include "vector/metric.h"

enum { VERTICES = 800, CHANGES = 3000 };

static const struct vector_kind kind = {4, VECTOR_EUCLIDEAN};

struct bench {
    struct graph graph;
    struct vertex *vertices[VERTICES];
    bool reached[VERTICES];
    uint32_t queue[VERTICES];
};

static struct vertex *make(struct support_random *random)
{
    float values[4];
    uint8_t top = 0;
    while (top < VERTEX_LAYERS - 1 && support_random_below(random, VERTEX_LINKS) == 0) top++;
    struct vertex *vertex = vertex_new(support_mem(), kind.dimensions, top, SPAN("key"));
    assert_non_null(vertex);
    for (uint32_t i = 0; i < kind.dimensions; i++)
        values[i] = (float)support_random_below(random, 40);
    metric_prepare(kind, values, vertex->values);
    return vertex;
}

static void add(struct bench *b, struct support_random *random)
{
    const uint32_t before = b->graph.linked;
    b->vertices[before] = make(random);
    assert_int_equal(graph_link(&b->graph), ST_OK);
    assert_int_equal(b->graph.linked, before + 1);
}

static void take(struct bench *b, struct support_random *random)
{
    const uint32_t slot = support_random_below(random, b->graph.linked);
    struct vertex *vertex = b->vertices[slot];
    graph_unlink(&b->graph, slot);
    assert_ptr_equal(b->vertices[b->graph.linked], vertex);
    for (uint8_t layer = 0; layer <= vertex->top; layer++)
        assert_int_equal(vertex_list(vertex, layer)[0], 0);
    vertex_free(support_mem(), vertex);
}

static void check_node(const struct bench *b, uint32_t slot)
{
    const struct vertex *vertex = b->vertices[slot];
    assert_true(vertex->top <= b->vertices[b->graph.entry]->top);
    for (uint8_t layer = 0; layer <= vertex->top; layer++) {
        const uint32_t *list = vertex_list(vertex, layer);
        assert_in_range(list[0], 0, vertex_list_max(layer));
        for (uint32_t i = 1; i <= list[0]; i++) {
            assert_in_range(list[i], 0, b->graph.linked - 1);
            assert_true(list[i] != slot);
            assert_true(layer <= b->vertices[list[i]]->top);
            assert_true(vertex_has(b->vertices[list[i]], layer, slot));
        }
    }
}

static uint32_t count_reached(struct bench *b)
{
    uint32_t count = 1;
    memset(b->reached, 0, sizeof b->reached);
    b->queue[0] = b->graph.entry;
    b->reached[b->graph.entry] = true;
    for (uint32_t at = 0; at < count; at++) {
        const uint32_t *list = vertex_list(b->vertices[b->queue[at]], 0);
        for (uint32_t i = 1; i <= list[0]; i++) {
            if (!b->reached[list[i]]) b->queue[count++] = list[i];
            b->reached[list[i]] = true;
        }
    }
    return count;
}

static void check(struct bench *b)
{
    if (b->graph.linked == 0) return;
    for (uint32_t i = 0; i < b->graph.linked; i++) check_node(b, i);
    assert_int_equal(count_reached(b), b->graph.linked);
}

static void test_graph__holds_together_under_any_changes(void **state)
{
    (void)state;
    static struct bench b;
    struct support_random random = support_random();
    b.graph = (struct graph){.mem = support_mem(), .kind = kind, .vertices = b.vertices};
    for (uint32_t i = 0; i < CHANGES; i++) {
        const bool grows = i % 1500 < 900; /* then it shrinks for a while */
        const bool adds = support_random_below(&random, 4) < (grows ? 3U : 1U);
        if (adds && b.graph.linked < VERTICES)
            add(&b, &random);
        else if (b.graph.linked > 0)
            take(&b, &random);
        if (i % 50 == 0) check(&b);
    }
    while (b.graph.linked > 0) {
        take(&b, &random);
        if (b.graph.linked % 50 == 0) check(&b);
    }
    support_mem_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graph__holds_together_under_any_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
