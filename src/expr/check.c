/* check.c -- placeholders, numbers of operands, and types that can never be right.
 *
 * Only what the request itself says can be wrong here: an operand from the item has no type yet,
 * and whatever it turns out to be makes a condition false (or an update fail later), never invalid.
 * DynamoDB checks a condition one comparison or function at a time, skipped branches included, and
 * each in this order: placeholders, number of operands, equal operands, types.
 */
#include "expr/check.h"

#include <assert.h>

#include "base/limits.h"
#include "item/number.h"

/* Sets of value types, a bit each. */
enum {
    TYPES_ORDERED = 1 << VALUE_S | 1 << VALUE_N | 1 << VALUE_B,
    TYPES_TEXT = 1 << VALUE_S | 1 << VALUE_B,
    TYPES_SIZED =
        TYPES_TEXT | 1 << VALUE_SS | 1 << VALUE_NS | 1 << VALUE_BS | 1 << VALUE_L | 1 << VALUE_M,
    TYPES_ALL = TYPES_SIZED | TYPES_ORDERED | 1 << VALUE_BOOL | 1 << VALUE_NULL,
};

/* For each operator and function: the types its operands may have. */
static const uint32_t types_taken[CODE_OP_COUNT] = {
    [CODE_OP_NONE] = TYPES_ALL,
    [CODE_OP_EQ] = TYPES_ALL,
    [CODE_OP_NE] = TYPES_ALL,
    [CODE_OP_LT] = TYPES_ORDERED,
    [CODE_OP_LE] = TYPES_ORDERED,
    [CODE_OP_GT] = TYPES_ORDERED,
    [CODE_OP_GE] = TYPES_ORDERED,
    [CODE_OP_BETWEEN] = TYPES_ORDERED,
    [CODE_OP_IN] = TYPES_ALL,
    [CODE_OP_PLUS] = 1 << VALUE_N,
    [CODE_OP_MINUS] = 1 << VALUE_N,
    [CODE_OP_ATTRIBUTE_EXISTS] = TYPES_ALL,
    [CODE_OP_ATTRIBUTE_NOT_EXISTS] = TYPES_ALL,
    [CODE_OP_ATTRIBUTE_TYPE] = TYPES_ALL, /* its second operand apart: check_attribute_type */
    [CODE_OP_BEGINS_WITH] = TYPES_TEXT,
    [CODE_OP_CONTAINS] = TYPES_ALL,
    [CODE_OP_SIZE] = TYPES_SIZED,
    [CODE_OP_IF_NOT_EXISTS] = TYPES_ALL,
    [CODE_OP_LIST_APPEND] = 1 << VALUE_L,
};

/* An operator or function with its direct operands, be it a test or a call. */
struct application {
    code_op op;
    uint16_t first;
    uint16_t count;
};

static const struct code_operand *operand_at(const struct check *c, uint16_t index)
{
    assert(index < c->expr->code->operand_count);
    return &c->expr->code->operands[index];
}

/* ---- Placeholders ---- */

status check_path(struct check *check, const struct code_operand *operand)
{
    const struct expr_code *code = check->expr->code;
    const struct code_step *steps = code_path(code, operand);
    for (uint16_t i = 0; i < operand->count; i++) {
        if (steps[i].kind != CODE_STEP_PLACEHOLDER) continue;
        const struct span placeholder = code->names[steps[i].index];
        uint32_t at = 0;
        if (!scope_use(&check->scope->state->names, placeholder, &at)) {
            return FAIL(check->err, ST_VALIDATION,
                        "%sAn expression attribute name used in the document path is not "
                        "defined; attribute name: %.*s",
                        code_prefix(check->expr->code), SPAN_ARG(placeholder));
        }
        check->names[steps[i].index] = check->scope->names[at].name;
    }
    return ST_OK;
}

static status check_value(struct check *c, const struct code_operand *operand)
{
    struct scope_index *given = &c->scope->state->values;
    const struct span placeholder = c->expr->code->values[operand->first];
    uint32_t at = 0;
    if (!scope_use(given, placeholder, &at)) {
        return FAIL(c->err, ST_VALIDATION,
                    "%sAn expression attribute value used in expression is not defined; "
                    "attribute value: %.*s",
                    code_prefix(c->expr->code), SPAN_ARG(placeholder));
    }
    c->values[operand->first] = given->values[at].value;
    return ST_OK;
}

status check_names(struct check *check, uint16_t begin, uint16_t end)
{
    for (uint16_t i = begin; i < end; i++) {
        const struct code_operand *operand = operand_at(check, i);
        if (operand->kind == CODE_PATH) TRY(check_path(check, operand));
    }
    return ST_OK;
}

status check_values(struct check *check, uint16_t begin, uint16_t end)
{
    for (uint16_t i = begin; i < end; i++) {
        const struct code_operand *operand = operand_at(check, i);
        if (operand->kind == CODE_VALUE) TRY(check_value(check, operand));
    }
    return ST_OK;
}

status check_placeholders(struct check *check, uint16_t begin, uint16_t end)
{
    for (uint16_t i = begin; i < end; i++) {
        const struct code_operand *operand = operand_at(check, i);
        if (operand->kind == CODE_PATH) TRY(check_path(check, operand));
        if (operand->kind == CODE_VALUE) TRY(check_value(check, operand));
    }
    return ST_OK;
}

/* ---- Numbers of operands ---- */

static status check_count(struct check *c, struct application a)
{
    const struct code_op_info *info = code_op_info(a.op);
    if (a.op == CODE_OP_IN && a.count - 1 > LIMIT_IN_OPERANDS) {
        return FAIL(c->err, ST_VALIDATION,
                    "%sThe IN operator is provided with too many operands; number of "
                    "operands: %u",
                    code_prefix(c->expr->code), a.count - 1);
    }
    if (info->operands == 0 || info->operands == a.count) return ST_OK;
    return FAIL(c->err, ST_VALIDATION,
                "%sIncorrect number of operands for operator or function; operator or "
                "function: %s, number of operands: %u",
                code_prefix(c->expr->code), info->text, a.count);
}

static struct application application_of(const struct code_operand *call)
{
    return (struct application){(code_op)call->op, call->first, call->count};
}

status check_call_counts(struct check *check, uint16_t begin, uint16_t end)
{
    for (uint16_t i = end; i > begin; i--) {
        const struct code_operand *call = operand_at(check, (uint16_t)(i - 1));
        if (call->kind == CODE_CALL) TRY(check_count(check, application_of(call)));
    }
    return ST_OK;
}

/* ---- Equal operands ---- */

static bool same_path(const struct check *c, const struct code_operand *a,
                      const struct code_operand *b)
{
    if (a->kind != CODE_PATH || b->kind != CODE_PATH || a->count != b->count) return false;
    const struct code_step *as = code_path(c->expr->code, a);
    const struct code_step *bs = code_path(c->expr->code, b);
    uint16_t n = 0;
    while (n < a->count && code_step_eq(c->expr, &as[n], &bs[n])) n++;
    return n == a->count;
}

/* DynamoDB refuses to compare an attribute with itself. */
static status check_distinct(struct check *c, struct application a)
{
    if (a.op == CODE_OP_SIZE || a.op == CODE_OP_LIST_APPEND || a.op == CODE_OP_PLUS ||
        a.op == CODE_OP_MINUS)
        return ST_OK;
    const struct code_operand *first = operand_at(c, a.first);
    for (uint16_t at = first->next; at != CODE_NONE; at = operand_at(c, at)->next) {
        if (!same_path(c, first, operand_at(c, at))) continue;
        return FAIL(c->err, ST_VALIDATION,
                    "%sThe first operand must be distinct from the remaining operands "
                    "for this operator or function; operator: %s, first operand: %.*s",
                    code_prefix(c->expr->code), code_op_info(a.op)->text,
                    SPAN_ARG(code_path_text(c->expr, first, c->arena)));
    }
    return ST_OK;
}

/* ---- Types ---- */

/* The type an operand has whatever the item is, or VALUE_NONE. */
static value_type type_of(const struct check *c, const struct code_operand *operand)
{
    if (operand->kind == CODE_VALUE) return c->values[operand->first].type;
    if (operand->kind == CODE_CALL && operand->op == CODE_OP_SIZE) return VALUE_N;
    return VALUE_NONE;
}

static status fail_type(struct check *c, code_op op, const char *type)
{
    return FAIL(c->err, ST_VALIDATION,
                "%sIncorrect operand type for operator or function; operator or "
                "function: %s, operand type: %s",
                code_prefix(c->expr->code), code_op_info(op)->text, type);
}

static status check_types_taken(struct check *c, struct application a)
{
    for (uint16_t at = a.first; at != CODE_NONE; at = operand_at(c, at)->next) {
        const value_type type = type_of(c, operand_at(c, at));
        if (type != VALUE_NONE && (types_taken[a.op] & UINT32_C(1) << type) == 0)
            return fail_type(c, a.op, value_type_name(type));
    }
    return ST_OK;
}

static status check_needs_path(struct check *c, struct application a)
{
    const bool needs = a.op == CODE_OP_ATTRIBUTE_EXISTS || a.op == CODE_OP_ATTRIBUTE_NOT_EXISTS ||
                       a.op == CODE_OP_IF_NOT_EXISTS;
    if (!needs || operand_at(c, a.first)->kind == CODE_PATH) return ST_OK;
    return FAIL(c->err, ST_VALIDATION,
                "%sOperator or function requires a document path; operator or function: "
                "%s",
                code_prefix(c->expr->code), code_op_info(a.op)->text);
}

/* The second operand of attribute_type must be a value, and name a type. */
static status check_attribute_type(struct check *c, struct application a)
{
    if (a.op != CODE_OP_ATTRIBUTE_TYPE) return ST_OK;
    const struct code_operand *second = operand_at(c, operand_at(c, a.first)->next);
    const value_type type = type_of(c, second);
    if (type == VALUE_NONE) return fail_type(c, a.op, "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    if (type != VALUE_S) return fail_type(c, a.op, value_type_name(type));
    const struct span name = c->values[second->first].body;
    if (value_type_of(name) != VALUE_NONE) return ST_OK;
    return FAIL(c->err, ST_VALIDATION,
                "%sInvalid attribute type name found; type: %.*s, valid types: "
                "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
                code_prefix(c->expr->code), SPAN_ARG(name));
}

/* A bound of BETWEEN as DynamoDB shows it; Java's toString shines through. */
static struct span bound_text(struct check *c, struct value bound)
{
    struct buf text;
    buf_init(&text, arena_mem(c->arena), SIZE_MAX / 2);
    buf_printf(&text, "AttributeValue: {%s:", value_type_name(bound.type));
    if (bound.type == VALUE_N) {
        number_write_text(bound.body, &text);
    } else if (bound.type == VALUE_S) {
        buf_put(&text, bound.body);
    } else {
        buf_printf(&text, "java.nio.HeapByteBuffer[pos=0 lim=%zu cap=%zu]", bound.body.len,
                   bound.body.len);
    }
    buf_put_text(&text, "}");
    return buf_status(&text) == ST_OK ? buf_view(&text) : SPAN("AttributeValue");
}

/* Two bounds that the request gives must be of one type and in order. */
static status check_bounds(struct check *c, struct application a)
{
    if (a.op != CODE_OP_BETWEEN) return ST_OK;
    const struct code_operand *low = operand_at(c, operand_at(c, a.first)->next);
    const struct code_operand *high = operand_at(c, low->next);
    if (low->kind != CODE_VALUE || high->kind != CODE_VALUE) return ST_OK;
    const struct value from = c->values[low->first];
    const struct value to = c->values[high->first];
    if (from.type == to.type && value_compare(from, to) <= 0) return ST_OK;
    const char *rule = from.type != to.type
                           ? "same data type for lower and upper bounds"
                           : "upper bound to be greater than or equal to lower bound";
    return FAIL(c->err, ST_VALIDATION,
                "%sThe BETWEEN operator requires %s; lower bound operand: %.*s, upper "
                "bound operand: %.*s",
                code_prefix(c->expr->code), rule, SPAN_ARG(bound_text(c, from)),
                SPAN_ARG(bound_text(c, to)));
}

static status check_types(struct check *c, struct application a)
{
    TRY(check_needs_path(c, a));
    TRY(check_types_taken(c, a));
    TRY(check_attribute_type(c, a));
    return check_bounds(c, a);
}

status check_calls(struct check *check, uint16_t begin, uint16_t end)
{
    for (uint16_t i = end; i > begin; i--) {
        const struct code_operand *call = operand_at(check, (uint16_t)(i - 1));
        if (call->kind != CODE_CALL) continue;
        TRY(check_distinct(check, application_of(call)));
        TRY(check_types(check, application_of(call)));
    }
    return ST_OK;
}

status check_test(struct check *check, const struct code_test *test)
{
    const struct application applied = {(code_op)test->op, test->first, test->count};
    if (check->scope != NULL) TRY(check_placeholders(check, test->begin, test->end));
    TRY(check_call_counts(check, test->begin, test->end));
    TRY(check_count(check, applied));
    TRY(check_distinct(check, applied));
    TRY(check_calls(check, test->begin, test->end));
    return check_types(check, applied);
}
