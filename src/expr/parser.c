/* parser.c -- tokens, mistakes and room for code.
 *
 * DynamoDB shows a syntax error as the token where reading stopped and the text around it: from
 * the beginning of the token before to the end of the one after. So three tokens are at hand:
 *
 *     SET  a  = :x   :y   ,  b
 *               |    |    |
 *            before now  after        Syntax error; token: ":y", near: ":x   :y   ,"
 *
 * The arrays are made as large as the text allows. A step and a placeholder are at least one byte
 * and one before the next; an operand is at least one byte.
 */
#include "expr/parser.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"

enum { NOTE_BYTES_MAX = 512 };

static_assert(LIMIT_EXPRESSION_BYTES + 2 < CODE_NO, "an index of code fits into 16 bits");

static size_t at_most(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

static status make_room(struct parser *p)
{
    const size_t bytes = p->text.len;
    const size_t half = bytes / 2 + 1;
    p->operands = arena_new_array(p->arena, bytes + 1, struct code_operand);
    p->steps = arena_new_array(p->arena, half, struct code_step);
    p->names = arena_new_array(p->arena, half, struct span);
    p->values = arena_new_array(p->arena, half, struct span);
    p->targets = arena_new_array(p->arena, half, struct code_target);
    p->tests =
        arena_new_array(p->arena, at_most(half, LIMIT_EXPRESSION_OPERATORS + 1), struct code_test);
    const bool done = p->operands != NULL && p->steps != NULL && p->names != NULL &&
                      p->values != NULL && p->targets != NULL && p->tests != NULL;
    return done ? ST_OK : FAIL_PLAIN(p->err, ST_NO_MEMORY);
}

status parser_init(struct parser *parser, expr_kind kind, struct span text, struct arena *arena,
                   struct error *err)
{
    assert(text.len <= LIMIT_EXPRESSION_BYTES);
    *parser = (struct parser){.kind = kind, .text = text, .rest = text, .arena = arena, .err = err};
    parser->noted = error_in(arena);
    TRY(make_room(parser));
    parser->now = token_next(&parser->rest);
    parser->after = token_next(&parser->rest);
    return ST_OK;
}

status parser_finish(struct parser *parser)
{
    if (parser->noted.status == ST_OK) return ST_OK;
    return FAIL(parser->err, ST_VALIDATION, "%.*s", SPAN_ARG(error_text(&parser->noted)));
}

void parser_advance(struct parser *parser)
{
    parser->before = parser->now;
    parser->begun = true;
    parser->now = parser->after;
    parser->after = token_next(&parser->rest);
}

bool parser_accept(struct parser *parser, token_kind kind)
{
    if (parser->now.kind != kind) return false;
    parser_advance(parser);
    return true;
}

status parser_expect(struct parser *parser, token_kind kind)
{
    return parser_accept(parser, kind) ? ST_OK : parser_fail(parser);
}

uint16_t parser_at(const struct parser *parser)
{
    return (uint16_t)(parser->now.text.ptr - parser->text.ptr);
}

static size_t end_of(const struct parser *p, struct token token)
{
    return (size_t)(token.text.ptr - p->text.ptr) + token.text.len;
}

status parser_fail(struct parser *parser)
{
    const struct span token = parser->now.kind == TOKEN_END ? SPAN("<EOF>") : parser->now.text;
    const size_t from =
        parser->begun ? end_of(parser, parser->before) - parser->before.text.len : 0;
    const struct span near = {parser->text.ptr + from, end_of(parser, parser->after) - from};
    return FAIL(parser->err, ST_VALIDATION,
                "Invalid %s: Syntax error; token: \"%.*s\", near: \"%.*s\"",
                code_kind_name(parser->kind), SPAN_ARG(token), SPAN_ARG(near));
}

status parser_fail_parentheses(struct parser *parser)
{
    return FAIL(parser->err, ST_VALIDATION, "Invalid %s: The expression has redundant parentheses;",
                code_kind_name(parser->kind));
}

void parser_note(struct parser *parser, size_t at, const char *format, ...)
{
    if (parser->noted.status != ST_OK && parser->noted_at <= at) return;
    char reason[LIMIT_EXPRESSION_BYTES + NOTE_BYTES_MAX];
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(reason, sizeof reason, format, values);
    va_end(values);
    assert(length > 0);
    assert((size_t)length < sizeof reason);
    parser->noted_at = at;
    FAIL(&parser->noted, ST_VALIDATION, "Invalid %s: %s", code_kind_name(parser->kind), reason);
}

status parser_count_operator(struct parser *parser)
{
    parser->operator_count++;
    if (parser->operator_count <= LIMIT_EXPRESSION_OPERATORS) return ST_OK;
    return FAIL(parser->err, ST_VALIDATION,
                "Invalid %s: The expression contains too many operators; operator count: %u",
                code_kind_name(parser->kind), parser->operator_count);
}

uint16_t parser_push_operand(struct parser *parser, struct code_operand operand)
{
    assert(parser->operand_count <= parser->text.len);
    parser->operands[parser->operand_count] = operand;
    return parser->operand_count++;
}

uint16_t parser_push_test(struct parser *parser, struct code_test test)
{
    assert(parser->test_count <= LIMIT_EXPRESSION_OPERATORS);
    parser->tests[parser->test_count] = test;
    return parser->test_count++;
}

void parser_push_target(struct parser *parser, struct code_target target)
{
    assert(parser->target_count <= parser->text.len / 2);
    parser->targets[parser->target_count++] = target;
}
