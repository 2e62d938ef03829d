/* judge.c -- does a condition hold for an item?
 *
 * A loop over the tests, following their jumps (code.h). Operands are views of stored bytes or of
 * the request's values: nothing is copied, decoded or allocated. An attribute that several tests
 * speak of is looked up once (its slot). A test never fails: what is
 * missing or of another type is an answer, by the rules of DynamoDB's operators:
 *
 *     =                       both there, equal
 *     <>                      not that: true when anything is missing or types differ
 *     < <= > >= BETWEEN       false unless all are there, of one type that has an order
 *     functions               false unless their operands are there and of types they take
 *     attribute_not_exists    true when it is missing
 */
#include "expr/judge.h"

#include <assert.h>

/* A condition being judged. */
struct judge {
    const struct expr *expr;
    struct value item; /* VALUE_M */
    uint32_t known;    /* which slots are filled, a bit each */
    struct value slots[CODE_SLOTS];
};
static_assert(CODE_SLOTS <= 32, "a bit each");

static const struct code_operand *operand_at(const struct judge *judge, uint16_t index)
{
    return &judge->expr->code->operands[index];
}

/* DynamoDB's size(): bytes of text, elements of what has elements. False: it has none. */
static bool size_of(struct value v, int64_t *out)
{
    switch (v.type) {
    case VALUE_S:
    case VALUE_B:
        *out = (int64_t)v.body.len;
        return true;
    case VALUE_SS:
    case VALUE_NS:
    case VALUE_BS:
    case VALUE_L:
    case VALUE_M:
        *out = (int64_t)value_count(v);
        return true;
    case VALUE_NONE:
    case VALUE_N:
    case VALUE_NULL:
    case VALUE_BOOL:
        return false;
    }
    return false;
}

/* The attribute that a path begins with. */
static struct value path_root(struct judge *judge, const struct code_operand *path)
{
    const struct code_step *step = code_path(judge->expr->code, path);
    const uint8_t slot = path->op;
    if (slot == CODE_SLOTS) return code_follow(judge->expr, step, 1, judge->item);
    const uint32_t bit = UINT32_C(1) << slot;
    if ((judge->known & bit) == 0) {
        judge->slots[slot] = code_follow(judge->expr, step, 1, judge->item);
        judge->known |= bit;
    }
    return judge->slots[slot];
}

/* A path or value. */
static struct value plain_value(struct judge *judge, const struct code_operand *operand)
{
    if (operand->kind == CODE_VALUE) return judge->expr->values[operand->first];
    const struct value root = path_root(judge, operand);
    if (operand->count == 1) return root;
    return code_follow(judge->expr, code_path(judge->expr->code, operand) + 1,
                       (uint16_t)(operand->count - 1), root);
}

/* Any operand; the result of size() is made in *room. */
static struct value operand_value(struct judge *judge, const struct code_operand *operand,
                                  struct number *room)
{
    if (operand->kind != CODE_CALL) return plain_value(judge, operand);
    assert(operand->op == CODE_OP_SIZE);
    const struct code_operand *sized = operand_at(judge, operand->first);
    int64_t size = 0;
    if (sized->kind == CODE_CALL || !size_of(plain_value(judge, sized), &size))
        return (struct value){0};
    *room = number_from_i64(size);
    return (struct value){VALUE_N, number_view(room)};
}

static bool is_ordered(value_type type)
{
    return type == VALUE_S || type == VALUE_N || type == VALUE_B;
}

/* Have `a` and `b` an order? Then *order is it. */
static bool compare(struct value a, struct value b, int *order)
{
    if (a.type != b.type || !is_ordered(a.type)) return false;
    *order = value_compare(a, b);
    return true;
}

static bool compares(code_op op, struct value a, struct value b)
{
    int order = 0;
    if (!compare(a, b, &order)) return false;
    if (op == CODE_OP_LT) return order < 0;
    if (op == CODE_OP_LE) return order <= 0;
    if (op == CODE_OP_GT) return order > 0;
    return order >= 0;
}

static bool equals(struct value a, struct value b)
{
    return a.type != VALUE_NONE && a.type == b.type && value_eq(a, b);
}

static bool begins_with(struct value a, struct value b)
{
    if (a.type != b.type || (a.type != VALUE_S && a.type != VALUE_B)) return false;
    return span_starts_with(a.body, b.body);
}

static bool list_contains(struct value list, struct value wanted)
{
    struct value_cursor cursor = value_walk(list);
    struct value element = {0};
    while (value_next_element(&cursor, &element)) {
        if (equals(element, wanted)) return true;
    }
    return false;
}

static bool contains(struct value a, struct value b)
{
    if (a.type == VALUE_S || a.type == VALUE_B)
        return b.type == a.type && span_contains(a.body, b.body);
    if (a.type == VALUE_L) return list_contains(a, b);
    if (!value_is_set(a.type) || b.type != value_element_type(a.type)) return false;
    return value_set_holds(a, b.body);
}

static bool is_of_type(struct value a, struct value name)
{
    return a.type != VALUE_NONE && a.type == value_type_of(name.body);
}

static bool is_between(struct judge *judge, const struct code_operand *operand)
{
    struct number room[3];
    const struct value a = operand_value(judge, operand, &room[0]);
    operand = operand_at(judge, operand->next);
    const struct value low = operand_value(judge, operand, &room[1]);
    operand = operand_at(judge, operand->next);
    const struct value high = operand_value(judge, operand, &room[2]);
    return compares(CODE_OP_GE, a, low) && compares(CODE_OP_LE, a, high);
}

static bool is_in(struct judge *judge, const struct code_operand *operand)
{
    struct number room[2];
    const struct value a = operand_value(judge, operand, &room[0]);
    if (a.type == VALUE_NONE) return false;
    while (operand->next != CODE_NONE) {
        operand = operand_at(judge, operand->next);
        if (equals(a, operand_value(judge, operand, &room[1]))) return true;
    }
    return false;
}

/* The values of legacy code, of one type, stand side by side in ascending order (legacy.c). */
static bool is_in_order(struct judge *judge, const struct code_test *test)
{
    const struct value a = plain_value(judge, operand_at(judge, test->first));
    uint16_t low = (uint16_t)(test->first + 1);
    uint16_t high = test->end;
    if (a.type != plain_value(judge, operand_at(judge, low)).type) return false;
    while (low < high) {
        const uint16_t middle = (uint16_t)(low + (high - low) / 2);
        const int order = value_compare(a, plain_value(judge, operand_at(judge, middle)));
        if (order == 0) return true;
        if (order < 0)
            high = middle;
        else
            low = (uint16_t)(middle + 1);
    }
    return false;
}

/* A test of two operands. */
static bool pair_holds(struct judge *judge, code_op op, const struct code_operand *first)
{
    struct number room[2];
    const struct value a = operand_value(judge, first, &room[0]);
    const struct value b = operand_value(judge, operand_at(judge, first->next), &room[1]);
    if (op == CODE_OP_EQ) return equals(a, b);
    if (op == CODE_OP_NE) return !equals(a, b);
    if (op == CODE_OP_BEGINS_WITH) return begins_with(a, b);
    if (op == CODE_OP_CONTAINS) return contains(a, b);
    if (op == CODE_OP_ATTRIBUTE_TYPE) return is_of_type(a, b);
    return compares(op, a, b);
}

static bool test_holds(struct judge *judge, const struct code_test *test)
{
    const struct code_operand *first = operand_at(judge, test->first);
    const code_op op = (code_op)test->op;
    if (op == CODE_OP_ATTRIBUTE_EXISTS) return plain_value(judge, first).type != VALUE_NONE;
    if (op == CODE_OP_ATTRIBUTE_NOT_EXISTS) return plain_value(judge, first).type == VALUE_NONE;
    if (op == CODE_OP_BETWEEN) return is_between(judge, first);
    if (op == CODE_OP_IN)
        return judge->expr->code->is_legacy ? is_in_order(judge, test) : is_in(judge, first);
    return pair_holds(judge, op, first);
}

bool expr_holds(const struct expr *condition, const struct item *item)
{
    const struct expr_code *code = condition->code;
    assert(code->test_count > 0);
    struct judge judge;
    judge.expr = condition;
    judge.item = item != NULL ? item->attributes : (struct value){.type = VALUE_M};
    judge.known = 0; /* so no slot is read before it is written */
    uint16_t at = 0;
    while (at < code->test_count) {
        const struct code_test *test = &code->tests[at];
        const uint16_t next = test_holds(&judge, test) ? test->on_true : test->on_false;
        assert(next > at); /* C1 */
        at = next;
    }
    return at == CODE_YES;
}

struct value judge_operand(const struct expr *expr, const struct code_operand *operand,
                           struct value map, struct number *room)
{
    struct judge judge;
    judge.expr = expr;
    judge.item = map;
    judge.known = 0;
    return operand_value(&judge, operand, room);
}
