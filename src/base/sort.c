/* sort.c -- heapsort: what a client may choose must not cost n squared. */
#include "base/sort.h"

static void swap(uint32_t *a, uint32_t *b)
{
    const uint32_t kept = *a;
    *a = *b;
    *b = kept;
}

/* Let the number at `root` sink to its place in the heap of `count` numbers. */
static void sink(uint32_t *numbers, size_t root, size_t count, sort_order *order, const void *ctx)
{
    for (size_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
        const size_t right = child + 1;
        if (right < count && order(ctx, numbers[child], numbers[right]) < 0) child = right;
        if (order(ctx, numbers[root], numbers[child]) >= 0) return;
        swap(&numbers[root], &numbers[child]);
        root = child;
    }
}

void sort_numbers(uint32_t *numbers, size_t count, sort_order *order, const void *ctx)
{
    for (size_t i = count / 2; i > 0; i--) sink(numbers, i - 1, count, order, ctx);
    for (size_t end = count; end > 1; end--) {
        swap(&numbers[0], &numbers[end - 1]);
        sink(numbers, 0, end - 1, order, ctx);
    }
}
