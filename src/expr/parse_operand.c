/* parse_operand.c -- document paths, values and calls.
 *
 *     operand := path | value | call | "(" operand ")"
 *     call    := word "(" operand { "," operand } ")"
 *     path    := name { "." name | "[" number "]" }
 *     name    := word | "#" placeholder
 *
 * operand and call nest, but the functions here do not: what is open is a list of frames, so a
 * text of nothing but "f(f(f(" costs memory of the request and no stack (P1).
 */
#include <assert.h>

#include "base/limits.h"
#include "expr/parser.h"
#include "expr/reserved.h"

/* ---- Paths ---- */

static void push_step(struct parser *p, struct code_step step)
{
    assert(p->step_count <= p->text.len / 2);
    p->steps[p->step_count++] = step;
}

/* name := word | "#" placeholder */
static status parse_name(struct parser *p)
{
    const struct span text = p->now.text;
    if (p->now.kind == TOKEN_NAME) {
        push_step(p, (struct code_step){.index = p->name_count, .kind = CODE_STEP_PLACEHOLDER});
        p->names[p->name_count++] = text;
    } else if (p->now.kind == TOKEN_WORD) {
        if (reserved_holds(text)) {
            parser_note(p, parser_at(p),
                        "Attribute name is a reserved keyword; reserved keyword: %.*s",
                        SPAN_ARG(text));
        }
        push_step(p, (struct code_step){.name = text, .kind = CODE_STEP_NAME});
    } else {
        return parser_fail(p);
    }
    parser_advance(p);
    return ST_OK;
}

/* The value of `digits`, or more than INT32_MAX for all that is more. */
static uint32_t index_value(struct span digits)
{
    uint32_t value = 0;
    for (size_t i = 0; i < digits.len && value <= INT32_MAX; i++) {
        if (value > INT32_MAX / 10) return UINT32_MAX;
        value = value * 10 + (uint32_t)(digits.ptr[i] - '0');
    }
    return value;
}

/* "[" number "]", the bracket read already */
static status parse_index(struct parser *p)
{
    const struct span digits = p->now.text;
    const uint16_t at = parser_at(p);
    TRY(parser_expect(p, TOKEN_NUMBER));
    const uint32_t index = index_value(digits);
    if (index > INT32_MAX) {
        parser_note(p, at, "List index is not within the allowable range; index: [%.*s]",
                    SPAN_ARG(digits));
    }
    push_step(p, (struct code_step){.index = index, .kind = CODE_STEP_INDEX});
    return parser_expect(p, TOKEN_CLOSE_INDEX);
}

static struct span step_text(const struct parser *p, uint16_t step)
{
    const struct code_step *s = &p->steps[step];
    return s->kind == CODE_STEP_PLACEHOLDER ? p->names[s->index] : s->name;
}

/* The slot of a path whose first step is `first`. */
static uint8_t slot_of(struct parser *p, uint16_t first)
{
    for (uint8_t i = 0; i < p->slot_count; i++) {
        if (span_eq(step_text(p, p->slots[i]), step_text(p, first))) return i;
    }
    if (p->slot_count == CODE_SLOTS) return CODE_SLOTS;
    p->slots[p->slot_count] = first;
    return p->slot_count++;
}

/* path := name { "." name | "[" number "]" } */
status parser_path(struct parser *parser, uint16_t *out)
{
    const uint16_t at = parser_at(parser);
    const uint16_t first = parser->step_count;
    TRY(parse_name(parser));
    for (;;) {
        if (parser_accept(parser, TOKEN_DOT)) {
            TRY(parse_name(parser));
        } else if (parser_accept(parser, TOKEN_OPEN_INDEX)) {
            TRY(parse_index(parser));
        } else {
            break;
        }
    }
    const uint16_t count = (uint16_t)(parser->step_count - first);
    if (count > LIMIT_PATH_DEPTH) {
        parser_note(parser, at, "The document path has too many nesting levels; nesting levels: %u",
                    count);
    }
    *out = parser_push_operand(parser, (struct code_operand){.kind = CODE_PATH,
                                                             .op = slot_of(parser, first),
                                                             .first = first,
                                                             .count = count,
                                                             .next = CODE_NONE,
                                                             .at = at});
    return ST_OK;
}

/* value := ":" placeholder */
status parser_value(struct parser *parser, uint16_t *out)
{
    if (parser->now.kind != TOKEN_VALUE) return parser_fail(parser);
    *out = parser_push_operand(parser, (struct code_operand){.kind = CODE_VALUE,
                                                             .first = parser->value_count,
                                                             .next = CODE_NONE,
                                                             .at = parser_at(parser)});
    parser->values[parser->value_count++] = parser->now.text;
    parser_advance(parser);
    return ST_OK;
}

/* ---- Calls ---- */

/* May a function of this use be called in this kind of expression at all? */
static void check_function(struct parser *p, code_op op, struct span name)
{
    const uint16_t at = parser_at(p);
    const bool update = p->kind == EXPR_UPDATE;
    if (op == CODE_OP_NONE) {
        parser_note(p, at, "Invalid function name; function: %.*s", SPAN_ARG(name));
    } else if (update != (code_op_info(op)->use == CODE_USE_UPDATE)) {
        parser_note(p, at, "The function is not allowed in %s expression; function: %.*s",
                    update ? "an update" : "a condition", SPAN_ARG(name));
    }
}

static bool may_stand(code_op op, parser_place place)
{
    switch (code_op_info(op)->use) {
    case CODE_USE_OPERATOR:
        return true; /* unknown: noted already */
    case CODE_USE_CONDITION:
        return place == PARSER_AS_CONDITION;
    case CODE_USE_OPERAND:
        return place != PARSER_AS_CONDITION;
    case CODE_USE_UPDATE:
        return place == PARSER_AS_OPERAND || op == CODE_OP_IF_NOT_EXISTS;
    }
    return false;
}

void parser_place_operand(struct parser *parser, uint16_t operand, parser_place place)
{
    const struct code_operand *call = &parser->operands[operand];
    if (call->kind != CODE_CALL || may_stand((code_op)call->op, place)) return;
    parser_note(parser, call->at,
                "The function is not allowed to be used this way in an expression; function: %s",
                code_op_info((code_op)call->op)->text);
}

/* An open parenthesis or call. */
struct frame {
    struct frame *outer;
    uint16_t call; /* CODE_NONE: a parenthesis */
    uint16_t last; /* the call's last operand so far */
};

static status push_frame(struct parser *p, uint16_t call, struct frame **top)
{
    struct frame *frame = arena_new(p->arena, struct frame);
    if (frame == NULL) return FAIL_PLAIN(p->err, ST_NO_MEMORY);
    *frame = (struct frame){.outer = *top, .call = call, .last = CODE_NONE};
    *top = frame;
    return ST_OK;
}

/* word "(" */
static status open_call(struct parser *p, struct frame **top)
{
    const code_op op = code_op_function(p->now.text);
    check_function(p, op, p->now.text);
    const uint16_t call = parser_push_operand(p, (struct code_operand){.kind = CODE_CALL,
                                                                       .op = (uint8_t)op,
                                                                       .first = CODE_NONE,
                                                                       .next = CODE_NONE,
                                                                       .at = parser_at(p)});
    parser_advance(p);
    parser_advance(p);
    return push_frame(p, call, top);
}

/* Every "(" and word "(" up to a path or value, and that. */
static status parse_inwards(struct parser *p, struct frame **top, struct parser_operand *out)
{
    for (;;) {
        if (parser_accept(p, TOKEN_OPEN)) {
            TRY(push_frame(p, CODE_NONE, top));
        } else if (p->now.kind == TOKEN_WORD && p->after.kind == TOKEN_OPEN) {
            TRY(open_call(p, top));
        } else {
            break;
        }
    }
    out->in_parentheses = false;
    if (p->now.kind == TOKEN_VALUE) return parser_value(p, &out->index);
    return parser_path(p, &out->index);
}

static void add_argument(struct parser *p, struct frame *frame, uint16_t argument)
{
    struct code_operand *call = &p->operands[frame->call];
    if (frame->last == CODE_NONE) {
        call->first = argument;
    } else {
        p->operands[frame->last].next = argument;
    }
    call->count++;
    frame->last = argument;
    parser_place_operand(p, argument, PARSER_AS_ARGUMENT);
}

/* Close what ends after *operand, which becomes what was closed. *more: a comma, so that another
 * operand follows. */
static status parse_outwards(struct parser *p, struct frame **top, struct parser_operand *operand,
                             bool *more)
{
    for (; *top != NULL; *top = (*top)->outer) {
        struct frame *frame = *top;
        if (frame->call == CODE_NONE) {
            TRY(parser_expect(p, TOKEN_CLOSE));
            if (operand->in_parentheses) return parser_fail_parentheses(p);
            operand->in_parentheses = true;
            continue;
        }
        add_argument(p, frame, operand->index);
        if (parser_accept(p, TOKEN_COMMA)) {
            *more = true;
            return ST_OK;
        }
        TRY(parser_expect(p, TOKEN_CLOSE));
        *operand = (struct parser_operand){.index = frame->call};
    }
    *more = false;
    return ST_OK;
}

/* operand := path | value | call | "(" operand ")" */
status parser_operand(struct parser *parser, struct parser_operand *out)
{
    struct frame *top = NULL;
    for (bool more = true; more;) {
        TRY(parse_inwards(parser, &top, out));
        TRY(parse_outwards(parser, &top, out, &more));
    }
    return ST_OK;
}
