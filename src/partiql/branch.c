/* branch.c -- OR, AND and IN written out.
 *
 * OR puts the branches of its parts behind each other, AND joins each of one part with each of the
 * next, IN is an OR of equalities. What says nothing of the key is one branch that is not exact,
 * however it is built, and so is every NOT: whatever else it asks is left to the filter.
 *
 * DynamoDB makes at most LIMIT_STATEMENT_READS Queries of a SELECT. The recursion follows the tree,
 * whose depth is bounded (T2 of condition.h).
 */
#include "partiql/branch.h"

#include <assert.h>

#include "base/limits.h"

/* ---- Tests ---- */

static bool is_attribute(const struct operand *operand, struct span name)
{
    return operand->kind == OPERAND_PATH && operand->step_count == 1 &&
           span_eq(operand->steps[0].name, name);
}

static code_op mirrored(code_op op)
{
    if (op == CODE_OP_LT) return CODE_OP_GT;
    if (op == CODE_OP_LE) return CODE_OP_GE;
    if (op == CODE_OP_GT) return CODE_OP_LT;
    if (op == CODE_OP_GE) return CODE_OP_LE;
    return op;
}

static bool all_values(const struct operand *first)
{
    for (; first != NULL; first = first->next)
        if (first->kind != OPERAND_VALUE) return false;
    return true;
}

bool branch_test(const struct partiql_condition *test, struct span name, struct branch_test *out)
{
    const struct operand *first = test->operands;
    if (test->kind != CONDITION_TEST || first == NULL || first->next == NULL) return false;
    const bool pair = test->op >= CODE_OP_EQ && test->op <= CODE_OP_GE;
    if (pair && first->kind == OPERAND_VALUE && is_attribute(first->next, name)) {
        *out = (struct branch_test){.op = mirrored(test->op), .low = first};
        return true;
    }
    if (!is_attribute(first, name) || !all_values(first->next)) return false;
    *out = (struct branch_test){.op = test->op, .low = first->next, .high = first->next->next};
    return true;
}

static const expr_sort_test sort_tests[CODE_OP_COUNT] = {
    [CODE_OP_EQ] = EXPR_SORT_EQ,
    [CODE_OP_LT] = EXPR_SORT_LT,
    [CODE_OP_LE] = EXPR_SORT_LE,
    [CODE_OP_GT] = EXPR_SORT_GT,
    [CODE_OP_GE] = EXPR_SORT_GE,
    [CODE_OP_BETWEEN] = EXPR_SORT_BETWEEN,
    [CODE_OP_BEGINS_WITH] = EXPR_SORT_BEGINS_WITH,
};

static bool fixes_partition(const struct partiql_condition *test, const struct partiql_key *key,
                            struct branch_test *out)
{
    return branch_test(test, key->partition[0].name, out) &&
           (out->op == CODE_OP_EQ || out->op == CODE_OP_IN);
}

static bool narrows_sort(const struct partiql_condition *test, const struct partiql_key *key,
                         struct branch_test *out)
{
    return key->sort_count > 0 && branch_test(test, key->sort[0].name, out) &&
           (out->op == CODE_OP_IN || sort_tests[out->op] != EXPR_SORT_ANY);
}

/* ---- Shapes ---- */

static bool is_keyed(const struct partiql_condition *condition, const struct partiql_key *key,
                     uint32_t depth)
{
    struct branch_test test;
    assert(depth < CONDITION_DEPTH_MAX);
    if (condition->kind == CONDITION_TEST) return fixes_partition(condition, key, &test);
    if (condition->kind == CONDITION_NOT) return false;
    const bool any_will_do = condition->kind == CONDITION_AND;
    for (const struct partiql_condition *at = condition->parts; at != NULL; at = at->next)
        if (is_keyed(at, key, depth + 1) == any_will_do) return any_will_do;
    return !any_will_do;
}

bool branch_is_keyed(const struct partiql_condition *condition, const struct partiql_key *key)
{
    return is_keyed(condition, key, 0);
}

/* Is there a test of the key anywhere in `condition` that a branch could use? */
static bool speaks_of_key(const struct partiql_condition *condition, const struct partiql_key *key,
                          uint32_t depth)
{
    struct branch_test test;
    assert(depth < CONDITION_DEPTH_MAX);
    if (condition->kind == CONDITION_TEST)
        return fixes_partition(condition, key, &test) || narrows_sort(condition, key, &test);
    if (condition->kind == CONDITION_NOT) return false;
    for (const struct partiql_condition *at = condition->parts; at != NULL; at = at->next)
        if (speaks_of_key(at, key, depth + 1)) return true;
    return false;
}

/* ---- Branches ---- */

/* A condition being taken apart. */
struct finder {
    const struct partiql_key *key;
    struct arena *arena;
    struct error *err;
};

static status fail_many(const struct finder *f)
{
    return FAIL(f->err, ST_VALIDATION, "Too many decomposed read operations for a given query.");
}

static status new_branches(const struct finder *f, uint64_t count, struct branches *out)
{
    if (count > LIMIT_STATEMENT_READS) return fail_many(f);
    struct branch *at = arena_new_array(f->arena, (size_t)count + 1, struct branch);
    if (at == NULL) return FAIL_PLAIN(f->err, ST_NO_MEMORY);
    *out = (struct branches){at, (uint32_t)count};
    return ST_OK;
}

status branch_check_type(const struct partiql_key_part *part, struct value value, struct error *err)
{
    if (value.type == part->type) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "Key attribute's data type should match its data type in table's schema: Key %.*s",
                SPAN_ARG(part->name));
}

/* The values of IN, each a branch, on the partition key or the sort key. */
static status expand_in(const struct finder *f, const struct operand *first, bool on_sort,
                        struct branches *out)
{
    const struct partiql_key_part *part = on_sort ? &f->key->sort[0] : &f->key->partition[0];
    uint64_t count = 0;
    for (const struct operand *at = first; at != NULL; at = at->next) {
        TRY(branch_check_type(part, at->value, f->err));
        count++;
    }
    TRY(new_branches(f, count, out));
    for (uint32_t i = 0; i < out->count; i++, first = first->next) {
        struct branch *branch = &out->at[i];
        branch->exact = true;
        if (on_sort) {
            branch->test = EXPR_SORT_EQ;
            branch->low = first->value;
        } else {
            branch->partition = first->value;
        }
    }
    return ST_OK;
}

static status expand_sort(const struct finder *f, const struct branch_test *test,
                          struct branches *out)
{
    TRY(branch_check_type(&f->key->sort[0], test->low->value, f->err));
    if (test->op == CODE_OP_BETWEEN)
        TRY(branch_check_type(&f->key->sort[0], test->high->value, f->err));
    TRY(new_branches(f, 1, out));
    out->at[0] =
        (struct branch){.test = sort_tests[test->op], .low = test->low->value, .exact = true};
    if (test->op == CODE_OP_BETWEEN) out->at[0].high = test->high->value;
    return ST_OK;
}

static status new_rest(const struct finder *f, struct partiql_rest rest,
                       const struct partiql_rest **out)
{
    struct partiql_rest *made = arena_new(f->arena, struct partiql_rest);
    if (made == NULL) return FAIL_PLAIN(f->err, ST_NO_MEMORY);
    *made = rest;
    *out = made;
    return ST_OK;
}

static bool is_test_of_sort(const struct partiql_condition *condition,
                            const struct partiql_key *key, struct branch_test *out)
{
    return key->sort_count > 0 && branch_test(condition, key->sort[0].name, out);
}

/* Does `condition` say, outside of any deeper NOT, what the sort key is not? */
static bool negates_sort(const struct partiql_condition *condition, const struct partiql_key *key,
                         uint32_t depth)
{
    struct branch_test test;
    assert(depth < CONDITION_DEPTH_MAX);
    if (condition->kind == CONDITION_TEST)
        return is_test_of_sort(condition, key, &test) && test.op == CODE_OP_NE;
    if (condition->kind == CONDITION_NOT) return is_test_of_sort(condition->parts, key, &test);
    for (const struct partiql_condition *at = condition->parts; at != NULL; at = at->next)
        if (negates_sort(at, key, depth + 1)) return true;
    return false;
}

/* One branch of whatever is no business of the key; it is not exact. */
static status expand_other(const struct finder *f, const struct partiql_condition *condition,
                           struct branches *out)
{
    TRY(new_branches(f, 1, out));
    out->at[0].negates_sort = negates_sort(condition, f->key, 0);
    return new_rest(f, (struct partiql_rest){.condition = condition}, &out->at[0].rest);
}

static status expand_test(const struct finder *f, const struct partiql_condition *condition,
                          struct branches *out)
{
    struct branch_test test;
    if (fixes_partition(condition, f->key, &test)) {
        if (test.op == CODE_OP_IN) return expand_in(f, test.low, false, out);
        TRY(branch_check_type(&f->key->partition[0], test.low->value, f->err));
        TRY(new_branches(f, 1, out));
        out->at[0] = (struct branch){.partition = test.low->value, .exact = true};
        return ST_OK;
    }
    if (!narrows_sort(condition, f->key, &test)) return expand_other(f, condition, out);
    if (test.op == CODE_OP_IN) return expand_in(f, test.low, true, out);
    return expand_sort(f, &test, out);
}

static bool same_test(const struct branch *a, const struct branch *b)
{
    return a->test == b->test && value_eq(a->low, b->low) &&
           (a->test != EXPR_SORT_BETWEEN || value_eq(a->high, b->high));
}

/* What both ask; of two tests on the sort key one is left to the filter. */
static struct branch merge(const struct branch *a, const struct branch *b)
{
    struct branch both = *a;
    both.exact = a->exact && b->exact;
    both.impossible = a->impossible || b->impossible;
    both.negates_sort = a->negates_sort || b->negates_sort;
    if (both.partition.type == VALUE_NONE) {
        both.partition = b->partition;
    } else if (b->partition.type != VALUE_NONE && !value_eq(a->partition, b->partition)) {
        both.impossible = true;
        both.exact = false;
    }
    if (b->test == EXPR_SORT_ANY || (a->test != EXPR_SORT_ANY && same_test(a, b))) return both;
    if (a->test != EXPR_SORT_ANY) both.exact = false;
    if (a->test == EXPR_SORT_EQ) return both;
    both.test = b->test;
    both.low = b->low;
    both.high = b->high;
    return both;
}

/* Take out what no item can be in, as long as something is left. */
static void drop_impossible(struct branches *branches)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < branches->count; i++)
        if (!branches->at[i].impossible) branches->at[kept++] = branches->at[i];
    branches->count = kept > 0 ? kept : 1;
}

static status join_rests(const struct finder *f, const struct partiql_rest *a,
                         const struct partiql_rest *b, const struct partiql_rest **out)
{
    if (a == NULL || b == NULL) {
        *out = a != NULL ? a : b;
        return ST_OK;
    }
    return new_rest(f, (struct partiql_rest){.before = a, .after = b}, out);
}

static status join(const struct finder *f, const struct branches *a, const struct branches *b,
                   struct branches *out)
{
    TRY(new_branches(f, (uint64_t)a->count * b->count, out));
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t j = 0; j < b->count; j++) {
            struct branch *both = &out->at[i * b->count + j];
            *both = merge(&a->at[i], &b->at[j]);
            TRY(join_rests(f, a->at[i].rest, b->at[j].rest, &both->rest));
        }
    }
    drop_impossible(out);
    return ST_OK;
}

static status append(const struct finder *f, const struct branches *a, const struct branches *b,
                     struct branches *out)
{
    TRY(new_branches(f, (uint64_t)a->count + b->count, out));
    for (uint32_t i = 0; i < a->count; i++) out->at[i] = a->at[i];
    for (uint32_t i = 0; i < b->count; i++) out->at[a->count + i] = b->at[i];
    return ST_OK;
}

static status expand(const struct finder *f, const struct partiql_condition *condition,
                     uint32_t depth, struct branches *out)
{
    assert(depth < CONDITION_DEPTH_MAX);
    if (condition->kind == CONDITION_TEST) return expand_test(f, condition, out);
    if (!speaks_of_key(condition, f->key, depth)) return expand_other(f, condition, out);
    TRY(expand(f, condition->parts, depth + 1, out));
    for (const struct partiql_condition *at = condition->parts->next; at != NULL; at = at->next) {
        const struct branches before = *out;
        struct branches next = {0};
        TRY(expand(f, at, depth + 1, &next));
        if (condition->kind == CONDITION_AND) {
            TRY(join(f, &before, &next, out));
        } else {
            TRY(append(f, &before, &next, out));
        }
    }
    return ST_OK;
}

status branch_find(const struct partiql_condition *condition, const struct partiql_key *key,
                   struct arena *arena, struct branches *out, struct error *err)
{
    const struct finder finder = {key, arena, err};
    assert(branch_is_keyed(condition, key));
    return expand(&finder, condition, 0, out);
}

/* ---- Ranges ---- */

/* One end of a range of sort keys. */
struct bound {
    struct value value; /* VALUE_NONE: there is no end */
    bool inclusive;
    bool prefix; /* upper: and all that begins so */
};

static struct bound lower(const struct branch *b)
{
    const bool none =
        b->test == EXPR_SORT_ANY || b->test == EXPR_SORT_LT || b->test == EXPR_SORT_LE;
    if (none) return (struct bound){0};
    return (struct bound){.value = b->low, .inclusive = b->test != EXPR_SORT_GT};
}

static struct bound upper(const struct branch *b)
{
    if (b->test == EXPR_SORT_ANY || b->test == EXPR_SORT_GT || b->test == EXPR_SORT_GE)
        return (struct bound){0};
    return (struct bound){.value = b->test == EXPR_SORT_BETWEEN ? b->high : b->low,
                          .inclusive = b->test != EXPR_SORT_LT,
                          .prefix = b->test == EXPR_SORT_BEGINS_WITH};
}

/* Does all that ends at `end` come before all that begins at `begin`? */
static bool is_apart(struct bound end, struct bound begin)
{
    if (end.value.type == VALUE_NONE || begin.value.type == VALUE_NONE) return false;
    const int order = value_compare(end.value, begin.value);
    if (order == 0) return !end.inclusive || !begin.inclusive;
    if (order > 0) return false;
    return !end.prefix || !span_starts_with(begin.value.body, end.value.body);
}

static bool is_of_partition(const struct branch *a, const struct branch *b)
{
    return value_eq(a->partition, b->partition);
}

/* Might an item be in both? */
static bool overlap(const struct branch *a, const struct branch *b)
{
    if (!is_of_partition(a, b)) return false;
    return !is_apart(upper(a), lower(b)) && !is_apart(upper(b), lower(a));
}

static status check_apart(const struct branches *branches, struct error *err)
{
    for (uint32_t i = 0; i < branches->count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            const struct branch *a = &branches->at[i], *b = &branches->at[j];
            if (a->negates_sort || b->negates_sort || !overlap(a, b)) continue;
            return FAIL(err, ST_VALIDATION,
                        "Overlapping conditions with range keys are not supported in where clause");
        }
    }
    return ST_OK;
}

/* Do branches from `i` on, of its partition, overlap each other? */
static bool partition_overlaps(const struct branches *branches, uint32_t i)
{
    const struct branch *at = branches->at;
    for (uint32_t j = i + 1; j < branches->count; j++) {
        if (!is_of_partition(&at[i], &at[j])) continue;
        for (uint32_t k = i; k < j; k++)
            if (overlap(&at[k], &at[j])) return true;
    }
    return false;
}

/* Let branch `i` be one with all behind it that are of its partition. */
static status unite(const struct finder *f, struct branches *branches, uint32_t i)
{
    struct branch *whole = &branches->at[i];
    uint32_t kept = i + 1;
    whole->test = EXPR_SORT_ANY;
    whole->exact = false;
    for (uint32_t j = i + 1; j < branches->count; j++) {
        const struct branch *other = &branches->at[j];
        if (is_of_partition(whole, other))
            TRY(join_rests(f, whole->rest, other->rest, &whole->rest));
        else
            branches->at[kept++] = *other;
    }
    branches->count = kept;
    return ST_OK;
}

status branch_part(struct branches *branches, struct arena *arena, struct error *err)
{
    const struct finder finder = {.arena = arena, .err = err};
    TRY(check_apart(branches, err));
    for (uint32_t i = 0; i < branches->count; i++)
        if (partition_overlaps(branches, i)) TRY(unite(&finder, branches, i));
    return ST_OK;
}

int branch_compare(const struct branch *a, const struct branch *b)
{
    const int order = value_compare(a->partition, b->partition);
    if (order != 0) return order;
    if (is_apart(upper(a), lower(b))) return -1;
    return is_apart(upper(b), lower(a)) ? 1 : 0;
}
