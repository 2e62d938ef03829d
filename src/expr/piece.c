/* piece.c -- texts as their writers see them: names, holes, and the rest.
 *
 * The tokens are the parser's own (token.h), so that nobody else need know the lexical rules. A
 * word is a function's name where "(" follows it and no "." is before it, as in parse_operand.c.
 */
#include "expr/expr.h"
#include "expr/reserved.h"
#include "expr/token.h"

bool expr_name_is_plain(struct span name)
{
    struct span rest = name;
    const struct token token = token_next(&rest);
    return token.kind == TOKEN_WORD && token.text.len == name.len && !reserved_holds(name);
}

static bool is_function(struct span rest)
{
    return token_next(&rest).kind == TOKEN_OPEN;
}

/* The kinds of tokens that matter to a writer; all others are EXPR_PIECE_OTHER. */
static const expr_piece_kind kinds[] = {
    [TOKEN_END] = EXPR_PIECE_END,          [TOKEN_WORD] = EXPR_PIECE_NAME,
    [TOKEN_NAME] = EXPR_PIECE_PLACEHOLDER, [TOKEN_VALUE] = EXPR_PIECE_PLACEHOLDER,
    [TOKEN_SET] = EXPR_PIECE_SECTION,      [TOKEN_REMOVE] = EXPR_PIECE_SECTION,
    [TOKEN_ADD] = EXPR_PIECE_SECTION,      [TOKEN_DELETE] = EXPR_PIECE_SECTION,
    [TOKEN_OPEN] = EXPR_PIECE_OPEN,        [TOKEN_CLOSE] = EXPR_PIECE_CLOSE,
    [TOKEN_MINUS] = EXPR_PIECE_OTHER, /* the last kind: the table has them all */
};

struct expr_piece expr_next_piece(struct expr_pieces *pieces)
{
    const struct span before = pieces->rest;
    const struct token token = token_next(&pieces->rest);
    struct expr_piece piece = {
        .kind = kinds[token.kind],
        .blanks = span_take(before, before.len - pieces->rest.len - token.text.len),
        .text = token.text,
    };
    if (token.kind == TOKEN_WORD && !pieces->after_dot && is_function(pieces->rest))
        piece.kind = EXPR_PIECE_OTHER;
    if (token.kind == TOKEN_BAD && span_eq(token.text, SPAN("?"))) piece.kind = EXPR_PIECE_HOLE;
    pieces->after_dot = token.kind == TOKEN_DOT;
    return piece;
}
