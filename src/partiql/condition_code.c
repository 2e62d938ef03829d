/* condition_code.c -- a tree of conditions written down as code.
 *
 * The recursion follows the tree, whose depth is bounded (T2).
 */
#include <assert.h>

#include "partiql/condition.h"

static void measure_one(const struct operand *operand, struct expr_build_room *room)
{
    room->operands++;
    room->steps += operand->step_count;
    if (operand->kind == OPERAND_VALUE) room->values++;
}

void condition_measure_operand(const struct operand *operand, struct expr_build_room *room)
{
    measure_one(operand, room);
    for (const struct operand *at = operand->inner; at != NULL; at = at->next)
        measure_one(at, room);
}

static void measure(const struct partiql_condition *condition, struct expr_build_room *room,
                    uint32_t depth)
{
    assert(depth < CONDITION_DEPTH_MAX);
    if (condition->kind == CONDITION_TEST) {
        room->tests++;
        for (const struct operand *at = condition->operands; at != NULL; at = at->next)
            condition_measure_operand(at, room);
        return;
    }
    for (const struct partiql_condition *at = condition->parts; at != NULL; at = at->next)
        measure(at, room, depth + 1);
}

void condition_measure(const struct partiql_condition *condition, struct expr_build_room *room)
{
    measure(condition, room, 0);
}

static void write_plain(const struct operand *operand, struct expr_build *build)
{
    assert(operand->kind != OPERAND_CALL); /* T1 */
    if (operand->kind == OPERAND_PATH) {
        expr_build_path(build, operand->steps, operand->step_count);
    } else {
        expr_build_value(build, operand->value);
    }
}

void condition_write_operand(const struct operand *operand, struct expr_build *build)
{
    if (operand->kind != OPERAND_CALL) {
        write_plain(operand, build);
        return;
    }
    expr_build_call(build, operand->op);
    for (const struct operand *at = operand->inner; at != NULL; at = at->next)
        write_plain(at, build);
    expr_build_call_end(build);
}

static void write_test(const struct partiql_condition *test, struct expr_build *build)
{
    expr_build_test(build, test->op);
    for (const struct operand *at = test->operands; at != NULL; at = at->next)
        condition_write_operand(at, build);
    expr_build_test_end(build);
}

static void write_any(const struct partiql_condition *condition, struct expr_build *build,
                      uint32_t depth)
{
    assert(depth < CONDITION_DEPTH_MAX);
    if (condition->kind == CONDITION_TEST) {
        write_test(condition, build);
        return;
    }
    bool first = true;
    for (const struct partiql_condition *at = condition->parts; at != NULL; at = at->next) {
        write_any(at, build, depth + 1);
        if (condition->kind == CONDITION_NOT) expr_build_not(build);
        if (condition->kind == CONDITION_AND && !first) expr_build_and(build);
        if (condition->kind == CONDITION_OR && !first) expr_build_or(build);
        first = false;
    }
}

void condition_write(const struct partiql_condition *condition, struct expr_build *build)
{
    write_any(condition, build, 0);
}
