/* parser.h -- the state of reading one expression, and its grammars.
 *
 *     parser_init -> parser_condition | parser_update | parser_projection -> parser_finish
 *
 * Mistakes are of two kinds. One that stops the reading (a syntax error, redundant parentheses,
 * too many operators) is returned at once. One that does not (a reserved word, an unknown function)
 * is noted, and reported by parser_finish when the whole text could be read: the one that stands
 * first in the text.
 *
 * P1  Reading takes time and memory linear in the text: no grammar function calls itself, and
 *     nothing is read twice. Open parentheses and calls are frames in the arena.
 */
#ifndef STATOR_EXPR_PARSER_H
#define STATOR_EXPR_PARSER_H

#include "expr/code.h"
#include "expr/token.h"

struct parser {
    expr_kind kind;
    struct span text;
    struct span rest; /* after `after` */
    struct token before, now, after;
    bool begun; /* is there a token before `now`? */

    struct arena *arena; /* for everything here: scratch, copied by code_seal */
    struct error *err;
    struct error noted;
    size_t noted_at;
    uint32_t operator_count;

    struct code_target *targets;
    struct code_test *tests;
    struct code_operand *operands;
    struct code_step *steps;
    struct span *names;
    struct span *values;
    uint16_t target_count;
    uint16_t test_count;
    uint16_t operand_count;
    uint16_t step_count;
    uint16_t name_count;
    uint16_t value_count;
    uint16_t slots[CODE_SLOTS]; /* the first step of a path with each slot */
    uint8_t slot_count;
    bool has_or;
    bool has_not;
};

/* Begin on `text`, at most LIMIT_EXPRESSION_BYTES long (asserted). ST_NO_MEMORY. */
MUST_USE status parser_init(struct parser *parser, expr_kind kind, struct span text,
                            struct arena *arena, struct error *err);

/* After the text was read: ST_VALIDATION with what was noted. */
MUST_USE status parser_finish(struct parser *parser);

/* ---- Tokens ---- */

void parser_advance(struct parser *parser);
MUST_USE bool parser_accept(struct parser *parser, token_kind kind);
MUST_USE status parser_expect(struct parser *parser, token_kind kind);
/* Where `now` begins in the text. */
MUST_USE uint16_t parser_at(const struct parser *parser);

/* ---- Mistakes ---- */

/* "Syntax error; token: …": `now` may not stand here. */
MUST_USE status parser_fail(struct parser *parser);
MUST_USE status parser_fail_parentheses(struct parser *parser);
/* Note a mistake at `at`, unless one before it is noted. */
void parser_note(struct parser *parser, size_t at, const char *format, ...) PRINTF(3, 4);
/* One more operator. ST_VALIDATION: too many. */
MUST_USE status parser_count_operator(struct parser *parser);

/* ---- Code ---- */

MUST_USE uint16_t parser_push_operand(struct parser *parser, struct code_operand operand);
MUST_USE uint16_t parser_push_test(struct parser *parser, struct code_test test);
void parser_push_target(struct parser *parser, struct code_target target);

/* ---- Operands (parse_operand.c) ---- */

/* What was read as an operand. */
struct parser_operand {
    uint16_t index;
    bool in_parentheses;
};

typedef enum parser_place {
    PARSER_AS_CONDITION,
    PARSER_AS_OPERAND, /* of an operator, or the value of SET */
    PARSER_AS_ARGUMENT,
} parser_place;

/* Note it when `operand` is a call that may not stand in `place`. */
void parser_place_operand(struct parser *parser, uint16_t operand, parser_place place);

MUST_USE status parser_path(struct parser *parser, uint16_t *out);
MUST_USE status parser_value(struct parser *parser, uint16_t *out);
MUST_USE status parser_operand(struct parser *parser, struct parser_operand *out);

/* ---- Whole expressions ---- */

MUST_USE status parser_condition(struct parser *parser);
MUST_USE status parser_update(struct parser *parser);
MUST_USE status parser_projection(struct parser *parser);

#endif
