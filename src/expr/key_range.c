/* key_range.c -- a key condition matched against the key of a table or index.
 *
 * The partition key's parts must all be there and equal a value. The sort key's parts may be there
 * from the first on, without a gap; all but the last one must equal a value.
 */
#include <assert.h>

#include "expr/key_shape.h"

static const expr_sort_test sort_tests[CODE_OP_COUNT] = {
    [CODE_OP_EQ] = EXPR_SORT_EQ,
    [CODE_OP_LT] = EXPR_SORT_LT,
    [CODE_OP_LE] = EXPR_SORT_LE,
    [CODE_OP_GT] = EXPR_SORT_GT,
    [CODE_OP_GE] = EXPR_SORT_GE,
    [CODE_OP_BETWEEN] = EXPR_SORT_BETWEEN,
    [CODE_OP_BEGINS_WITH] = EXPR_SORT_BEGINS_WITH,
};

/* Find the test on `name`. */
static bool find_test(const struct expr *expr, struct span name, struct key_shape_test *out)
{
    for (uint16_t i = 0; i < expr->code->test_count; i++) {
        *out = key_shape_test(expr, i);
        if (span_eq(out->name, name)) return true;
    }
    return false;
}

static status fail_missing(struct span name, struct error *err)
{
    return FAIL(err, ST_VALIDATION, "Query condition missed key schema element: %.*s",
                SPAN_ARG(name));
}

static status fail_unsupported(struct error *err)
{
    return FAIL(err, ST_VALIDATION, "Query key condition not supported");
}

/* Only KeyConditions can hold an operator that no key answers: expressions were checked before. */
static status check_indexable(const struct key_shape_test *test, struct error *err)
{
    if (sort_tests[test->op] != EXPR_SORT_ANY) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "Attempted conditional constraint is not an indexable operation");
}

static status check_count(const struct expr *expr, const struct expr_key_schema *schema,
                          struct error *err)
{
    const unsigned attributes = schema->partition_count + (unsigned)schema->sort_count;
    if (expr->code->test_count <= attributes) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "The number of query conditions (%u) exceeds the number of key attributes defined "
                "in the schema (%u)",
                (unsigned)expr->code->test_count, attributes);
}

static status match_partition(const struct expr *expr, const struct expr_key_schema *schema,
                              struct expr_key_range *range, struct error *err)
{
    for (uint8_t i = 0; i < schema->partition_count; i++) {
        struct key_shape_test test = {0};
        if (!find_test(expr, schema->partition[i], &test))
            return fail_missing(schema->partition[i], err);
        TRY(check_indexable(&test, err));
        if (test.op != CODE_OP_EQ) return fail_unsupported(err);
        range->partition[i] = test.low;
    }
    return ST_OK;
}

/* The tests that are not on the partition key: `left` of them, one on each sort key part from the
 * first on. */
static status match_sort(const struct expr *expr, const struct expr_key_schema *schema,
                         struct expr_key_range *range, struct error *err)
{
    const uint16_t left = (uint16_t)(expr->code->test_count - schema->partition_count);
    for (uint8_t i = 0; i < left; i++) {
        struct key_shape_test test = {0};
        assert(i < schema->sort_count); /* check_count */
        if (!find_test(expr, schema->sort[i], &test)) return fail_missing(schema->sort[i], err);
        TRY(check_indexable(&test, err));
        if (i + 1 < left) {
            if (test.op != CODE_OP_EQ) return fail_unsupported(err);
            range->sort_equal[range->sort_equal_count++] = test.low;
            continue;
        }
        range->test = sort_tests[test.op];
        range->low = test.low;
        range->high = test.high;
    }
    return ST_OK;
}

status expr_key_range(const struct expr *condition, const struct expr_key_schema *schema,
                      struct expr_key_range *out, struct error *err)
{
    assert(condition->code->kind == EXPR_KEY_CONDITION);
    assert(schema->partition_count > 0);
    struct expr_key_range range = {.test = EXPR_SORT_ANY};
    TRY(check_count(condition, schema, err));
    TRY(match_partition(condition, schema, &range, err));
    TRY(match_sort(condition, schema, &range, err));
    *out = range;
    return ST_OK;
}
