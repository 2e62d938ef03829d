/* plan.c -- a statement matched against a key.
 *
 * A SELECT whose WHERE fixes the partition key in every branch (branch.h) is one Query for each;
 * any other is a Scan. The whole WHERE is the filter, unless the branches say all of it. A write
 * names one item: every key attribute equals something in the ANDs at the top of WHERE, and what
 * else stands there is the write's condition.
 */
#include <assert.h>

#include "base/sort.h"
#include "partiql/branch.h"
#include "partiql/statement.h"

/* A plan being made. */
struct planner {
    const struct partiql_statement *statement;
    const struct partiql_key *key;
    struct arena *arena;
    struct error *err;
};

/* A value of the key, by the number of its part: partition 0, sort 1. */
struct key_values {
    struct value at[2];
};

static const struct partiql_key_part *part_at(const struct partiql_key *key, uint8_t at)
{
    return at == 0 ? &key->partition[0] : &key->sort[0];
}

static uint8_t part_count(const struct partiql_key *key)
{
    return (uint8_t)(1 + key->sort_count);
}

/* A key as a map. */
static status make_key(const struct planner *p, const struct key_values *values, struct value *out)
{
    const uint8_t count = part_count(p->key);
    const bool swapped =
        count == 2 && span_compare(part_at(p->key, 0)->name, part_at(p->key, 1)->name) > 0;
    struct buf to;
    buf_init(&to, arena_mem(p->arena), SIZE_MAX / 2);
    const size_t begun = value_write_begin(&to);
    for (uint8_t i = 0; i < count; i++) {
        const uint8_t at = swapped ? (uint8_t)(1 - i) : i;
        value_write_attribute(&to, part_at(p->key, at)->name, values->at[at]);
    }
    value_write_end(&to, begun, count);
    TRY_PLAIN(p->err, buf_status(&to));
    *out = (struct value){VALUE_M, buf_view(&to)};
    return ST_OK;
}

/* ---- Reads ---- */

static void write_attribute(struct expr_build *build, struct span name)
{
    const struct expr_step step = {.name = name};
    expr_build_path(build, &step, 1);
}

static const code_op sort_ops[] = {
    [EXPR_SORT_ANY] = CODE_OP_NONE,        [EXPR_SORT_EQ] = CODE_OP_EQ,
    [EXPR_SORT_LT] = CODE_OP_LT,           [EXPR_SORT_LE] = CODE_OP_LE,
    [EXPR_SORT_GT] = CODE_OP_GT,           [EXPR_SORT_GE] = CODE_OP_GE,
    [EXPR_SORT_BETWEEN] = CODE_OP_BETWEEN, [EXPR_SORT_BEGINS_WITH] = CODE_OP_BEGINS_WITH,
};

static status make_read(const struct planner *p, const struct branch *branch,
                        struct partiql_read *out)
{
    static const struct expr_build_room room = {.tests = 2, .operands = 5, .values = 3, .steps = 2};
    struct expr_build *build = NULL;
    TRY(expr_build_begin(p->arena, EXPR_KEY_CONDITION, &room, &build, p->err));
    expr_build_test(build, CODE_OP_EQ);
    write_attribute(build, p->key->partition[0].name);
    expr_build_value(build, branch->partition);
    expr_build_test_end(build);
    if (branch->test != EXPR_SORT_ANY) {
        expr_build_test(build, sort_ops[branch->test]);
        write_attribute(build, p->key->sort[0].name);
        expr_build_value(build, branch->low);
        if (branch->test == EXPR_SORT_BETWEEN) expr_build_value(build, branch->high);
        expr_build_test_end(build);
        expr_build_and(build);
    }
    TRY(expr_build_end(build, &out->key_condition, p->err));
    out->rest = branch->rest;
    out->is_one_item = p->key->sort_count == 0 || branch->test == EXPR_SORT_EQ;
    if (!out->is_one_item) return ST_OK;
    const struct key_values values = {
        {branch->partition, branch->low}
    };
    return make_key(p, &values, &out->key);
}

/* ---- ORDER BY ---- */

static bool is_key_name(const struct partiql_key *key, struct span name)
{
    for (uint8_t i = 0; i < part_count(key); i++)
        if (span_eq(part_at(key, i)->name, name)) return true;
    return false;
}

static const struct partiql_order *find_order(const struct planner *p, struct span name)
{
    for (uint32_t i = 0; i < p->statement->order_count; i++)
        if (span_eq(p->statement->orders[i].name, name)) return &p->statement->orders[i];
    return NULL;
}

static status check_orders(const struct planner *p, bool keyed)
{
    const struct partiql_statement *s = p->statement;
    if (s->condition == NULL)
        return FAIL(p->err, ST_VALIDATION,
                    "Must have WHERE clause in the statement when using ORDER BY clause.");
    if (!keyed)
        return FAIL(p->err, ST_VALIDATION,
                    "Must have at least one non-optional hash key condition in WHERE clause when "
                    "using ORDER BY clause.");
    for (uint32_t i = 0; i < s->order_count; i++) {
        if (is_key_name(p->key, s->orders[i].name)) continue;
        return FAIL(p->err, ST_VALIDATION,
                    "Attribute %.*s in ORDER BY clause must be part of the primary key",
                    SPAN_ARG(s->orders[i].name));
    }
    return ST_OK;
}

/* How branches follow each other. */
struct ordering {
    const struct branch *branches;
    bool partitions_down;
    bool sorts_down;
};

static int compare_branches(const void *ctx, uint32_t a, uint32_t b)
{
    const struct ordering *o = ctx;
    const struct branch *x = &o->branches[a];
    const struct branch *y = &o->branches[b];
    const int order = branch_compare(x, y);
    const bool down = value_eq(x->partition, y->partition) ? o->sorts_down : o->partitions_down;
    return down ? -order : order;
}

static bool has_partitions(const struct branches *branches)
{
    for (uint32_t i = 1; i < branches->count; i++)
        if (!value_eq(branches->at[0].partition, branches->at[i].partition)) return true;
    return false;
}

/* The branches as ORDER BY wants them, in *order. */
static status order_branches(const struct planner *p, const struct branches *branches,
                             uint32_t *order, bool *backward)
{
    const struct partiql_order *partition = find_order(p, p->key->partition[0].name);
    const struct partiql_order *sort =
        p->key->sort_count > 0 ? find_order(p, p->key->sort[0].name) : NULL;
    for (uint32_t i = 0; i < branches->count; i++) order[i] = i;
    if (p->statement->order_count == 0) return ST_OK;
    if (partition == NULL && has_partitions(branches))
        return FAIL(p->err, ST_VALIDATION,
                    "Must have hash key in ORDER BY clause when more than one hash key condition "
                    "specified in WHERE clause.");
    *backward = sort == NULL || sort->descending; /* so the service does where it is not named */
    const struct ordering ordering = {branches->at, partition != NULL && partition->descending,
                                      *backward};
    sort_numbers(order, branches->count, compare_branches, &ordering);
    return ST_OK;
}

/* ---- SELECT ---- */

static bool all_exact(const struct branches *branches)
{
    for (uint32_t i = 0; i < branches->count; i++)
        if (!branches->at[i].exact) return false;
    return true;
}

static status plan_reads(const struct planner *p, struct partiql_plan *plan)
{
    struct branches branches = {0};
    TRY(branch_find(p->statement->condition, p->key, p->arena, &branches, p->err));
    TRY(branch_part(&branches, p->arena, p->err));
    struct partiql_read *reads = arena_new_array(p->arena, branches.count, struct partiql_read);
    uint32_t *order = arena_new_array(p->arena, branches.count, uint32_t);
    if (reads == NULL || order == NULL) return FAIL_PLAIN(p->err, ST_NO_MEMORY);
    TRY(order_branches(p, &branches, order, &plan->backward));
    for (uint32_t i = 0; i < branches.count; i++)
        TRY(make_read(p, &branches.at[order[i]], &reads[i]));
    plan->reads = reads;
    plan->read_count = branches.count;
    if (all_exact(&branches)) plan->filter = NULL;
    plan->key_only = plan->filter == NULL && branches.count == 1 && reads[0].is_one_item;
    return ST_OK;
}

static status plan_select(const struct planner *p, struct partiql_plan *plan)
{
    const struct partiql_condition *condition = p->statement->condition;
    const bool keyed = condition != NULL && branch_is_keyed(condition, p->key);
    plan->filter = p->statement->where;
    if (p->statement->order_count > 0) TRY(check_orders(p, keyed));
    return keyed ? plan_reads(p, plan) : ST_OK;
}

/* ---- One item ---- */

/* The ANDs at the top of WHERE, in a row. */
struct conjuncts {
    const struct partiql_condition **at;
    uint32_t count;
};

static void flatten(const struct partiql_condition *condition, struct conjuncts *out,
                    uint32_t depth)
{
    assert(depth < CONDITION_DEPTH_MAX);
    if (condition->kind != CONDITION_AND) {
        out->at[out->count++] = condition;
        return;
    }
    for (const struct partiql_condition *at = condition->parts; at != NULL; at = at->next)
        flatten(at, out, depth + 1);
}

/* How many conjuncts there are at most. */
static size_t test_count(const struct partiql_condition *condition)
{
    struct expr_build_room room = {0};
    condition_measure(condition, &room);
    return room.tests;
}

/* Which part of the key a conjunct equates with something; *value is that. False: none. */
static bool equates(const struct planner *p, const struct partiql_condition *conjunct,
                    uint8_t *part, struct value *value)
{
    struct branch_test test;
    for (*part = 0; *part < part_count(p->key); ++*part) {
        const bool found = branch_test(conjunct, part_at(p->key, *part)->name, &test);
        if (!found || test.op != CODE_OP_EQ) continue;
        *value = test.low->value;
        return true;
    }
    return false;
}

static status fail_no_key(const struct planner *p)
{
    if (p->statement->is_check)
        return FAIL(p->err, ST_VALIDATION,
                    "EXISTS() must contain a single item read with additional condition");
    return FAIL(p->err, ST_VALIDATION,
                "Where clause does not contain a mandatory equality on all key attributes");
}

/* Take the tests of the key out of the conjuncts. A check keeps a second, other value for the same
 * attribute as a condition that cannot hold. */
static status take_key(const struct planner *p, struct conjuncts *conjuncts,
                       struct key_values *values)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < conjuncts->count; i++) {
        uint8_t part = 0;
        struct value value = {0};
        const bool found = equates(p, conjuncts->at[i], &part, &value);
        if (found && values->at[part].type == VALUE_NONE) {
            values->at[part] = value;
        } else if (!found || (p->statement->is_check && !value_eq(value, values->at[part]))) {
            conjuncts->at[kept++] = conjuncts->at[i];
        } else if (!value_eq(value, values->at[part])) {
            return FAIL(p->err, ST_VALIDATION,
                        "Multiple conditions on same key %.*s. Only single item "
                        "Update/Insert/Delete are supported",
                        SPAN_ARG(part_at(p->key, part)->name));
        }
    }
    conjuncts->count = kept;
    for (uint8_t i = 0; i < part_count(p->key); i++)
        if (values->at[i].type == VALUE_NONE) return fail_no_key(p);
    for (uint8_t i = 0; i < part_count(p->key); i++)
        TRY(branch_check_type(part_at(p->key, i), values->at[i], p->err));
    return ST_OK;
}

/* The item is there (`there`) and all conjuncts hold; or: it is not there, or they hold. */
static status make_condition(const struct planner *p, bool there, const struct conjuncts *conjuncts,
                             const struct expr **out)
{
    struct expr_build_room room = {.tests = 1, .operands = 1, .steps = 1};
    struct expr_build *build = NULL;
    for (uint32_t i = 0; i < conjuncts->count; i++) condition_measure(conjuncts->at[i], &room);
    TRY(expr_build_begin(p->arena, EXPR_CONDITION, &room, &build, p->err));
    expr_build_test(build, there ? CODE_OP_ATTRIBUTE_EXISTS : CODE_OP_ATTRIBUTE_NOT_EXISTS);
    write_attribute(build, p->key->partition[0].name);
    expr_build_test_end(build);
    for (uint32_t i = 0; i < conjuncts->count; i++) {
        condition_write(conjuncts->at[i], build);
        if (i > 0) expr_build_and(build);
    }
    if (conjuncts->count > 0 && there) expr_build_and(build);
    if (conjuncts->count > 0 && !there) expr_build_or(build);
    return expr_build_end(build, out, p->err);
}

static status plan_item(const struct planner *p, struct partiql_plan *plan)
{
    const struct partiql_statement *s = p->statement;
    struct conjuncts conjuncts = {0};
    struct key_values values = {0};
    if (s->condition == NULL) return fail_no_key(p);
    conjuncts.at =
        arena_new_array(p->arena, test_count(s->condition) + 1, const struct partiql_condition *);
    if (conjuncts.at == NULL) return FAIL_PLAIN(p->err, ST_NO_MEMORY);
    flatten(s->condition, &conjuncts, 0);
    TRY(take_key(p, &conjuncts, &values));
    if (s->is_check && conjuncts.count == 0) return fail_no_key(p);
    TRY(make_key(p, &values, &plan->key));
    if (s->verb == PARTIQL_DELETE && conjuncts.count == 0) return ST_OK;
    return make_condition(p, s->verb != PARTIQL_DELETE, &conjuncts, &plan->condition);
}

static status plan_insert(const struct planner *p, struct partiql_plan *plan)
{
    const struct conjuncts none = {0};
    return make_condition(p, false, &none, &plan->condition);
}

status partiql_plan(const struct partiql_statement *statement, const struct partiql_key *key,
                    struct arena *arena, struct partiql_plan *out, struct error *err)
{
    const struct planner planner = {statement, key, arena, err};
    struct partiql_plan plan = {0};
    assert(key->partition_count > 0);
    if (key->partition_count > 1 || key->sort_count > 1)
        return FAIL(err, ST_VALIDATION,
                    "PartiQL statements cannot be executed on tables with multi-attribute HASH "
                    "keys or multi-attribute RANGE keys.");
    if (statement->verb == PARTIQL_INSERT) {
        TRY(plan_insert(&planner, &plan));
    } else if (statement->verb == PARTIQL_SELECT && !statement->is_check) {
        TRY(plan_select(&planner, &plan));
    } else {
        TRY(plan_item(&planner, &plan));
    }
    *out = plan;
    return ST_OK;
}
