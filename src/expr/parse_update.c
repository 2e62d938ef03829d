/* parse_update.c -- update expressions and projections.
 *
 *     update     := section { section }
 *     section    := "SET" assignment { "," assignment }
 *                 | "REMOVE" path { "," path }
 *                 | "ADD" path value { "," path value }
 *                 | "DELETE" path value { "," path value }
 *     assignment := path "=" ( sum | "(" sum ")" )
 *     sum        := operand [ ( "+" | "-" ) operand ]
 *     projection := path { "," path }
 *
 * One "+" or "-" is all that DynamoDB allows in an assignment.
 */
#include "expr/parser.h"

struct section {
    token_kind token;
    code_section section;
    const char *name;
    status (*parse)(struct parser *p, code_section section);
};

static void push_target(struct parser *p, code_section section, uint16_t path, uint16_t value)
{
    parser_push_target(p, (struct code_target){.section = (uint16_t)section,
                                               .path = path,
                                               .value = value,
                                               .end = p->operand_count});
}

/* Make an operator's call of the operands `a` and `b`. */
static uint16_t join(struct parser *p, code_op op, uint16_t at, const uint16_t operands[2])
{
    p->operands[operands[0]].next = operands[1];
    parser_place_operand(p, operands[0], PARSER_AS_OPERAND);
    parser_place_operand(p, operands[1], PARSER_AS_OPERAND);
    return parser_push_operand(p, (struct code_operand){.kind = CODE_CALL,
                                                        .op = (uint8_t)op,
                                                        .first = operands[0],
                                                        .count = 2,
                                                        .next = CODE_NONE,
                                                        .at = at});
}

/* [ ( "+" | "-" ) operand ], after the operand `left` */
static status parse_sum_tail(struct parser *p, uint16_t left, uint16_t *out)
{
    *out = left;
    if (p->now.kind != TOKEN_PLUS && p->now.kind != TOKEN_MINUS) {
        parser_place_operand(p, left, PARSER_AS_OPERAND);
        return ST_OK;
    }
    const code_op op = p->now.kind == TOKEN_PLUS ? CODE_OP_PLUS : CODE_OP_MINUS;
    const uint16_t at = parser_at(p);
    TRY(parser_count_operator(p));
    parser_advance(p);
    struct parser_operand right = {0};
    TRY(parser_operand(p, &right));
    *out = join(p, op, at, (const uint16_t[]){left, right.index});
    return ST_OK;
}

/* "(" sum ")", the first parenthesis read already; *summed: it was more than an operand */
static status parse_parentheses(struct parser *p, uint16_t *out, bool *summed)
{
    struct parser_operand left = {0};
    TRY(parser_operand(p, &left));
    TRY(parse_sum_tail(p, left.index, out));
    TRY(parser_expect(p, TOKEN_CLOSE));
    *summed = *out != left.index;
    if (!*summed && left.in_parentheses) return parser_fail_parentheses(p);
    return ST_OK;
}

/* assignment := path "=" ( sum | "(" sum ")" ) */
static status parse_assignment(struct parser *p, code_section section)
{
    uint16_t path = 0;
    uint16_t value = 0;
    bool summed = false;
    TRY(parser_path(p, &path));
    TRY(parser_expect(p, TOKEN_EQ));
    if (parser_accept(p, TOKEN_OPEN)) {
        TRY(parse_parentheses(p, &value, &summed));
    } else {
        struct parser_operand operand = {0};
        TRY(parser_operand(p, &operand));
        value = operand.index;
    }
    if (!summed) TRY(parse_sum_tail(p, value, &value));
    push_target(p, section, path, value);
    return ST_OK;
}

static status parse_path_only(struct parser *p, code_section section)
{
    uint16_t path = 0;
    TRY(parser_path(p, &path));
    push_target(p, section, path, CODE_NONE);
    return ST_OK;
}

static status parse_path_and_value(struct parser *p, code_section section)
{
    uint16_t path = 0;
    uint16_t value = 0;
    TRY(parser_path(p, &path));
    TRY(parser_value(p, &value));
    push_target(p, section, path, value);
    return ST_OK;
}

static const struct section sections[] = {
    {TOKEN_SET,    CODE_SET,    "SET",    parse_assignment    },
    {TOKEN_REMOVE, CODE_REMOVE, "REMOVE", parse_path_only     },
    {TOKEN_ADD,    CODE_ADD,    "ADD",    parse_path_and_value},
    {TOKEN_DELETE, CODE_DELETE, "DELETE", parse_path_and_value},
};

static const struct section *find_section(token_kind token)
{
    for (size_t i = 0; i < ARRAY_COUNT(sections); i++) {
        if (sections[i].token == token) return &sections[i];
    }
    return NULL;
}

/* update := section { section } */
status parser_update(struct parser *parser)
{
    uint32_t seen = 0;
    do {
        const struct section *section = find_section(parser->now.kind);
        if (section == NULL) return parser_fail(parser);
        const uint32_t bit = UINT32_C(1) << section->section;
        parser_advance(parser);
        do {
            TRY(section->parse(parser, section->section));
        } while (parser_accept(parser, TOKEN_COMMA));
        if ((seen & bit) != 0) {
            parser_note(parser, parser_at(parser),
                        "The \"%s\" section can only be used once in an update expression;",
                        section->name);
        }
        seen |= bit;
    } while (parser->now.kind != TOKEN_END);
    return ST_OK;
}

/* projection := path { "," path } */
status parser_projection(struct parser *parser)
{
    do {
        TRY(parse_path_only(parser, CODE_PROJECT));
    } while (parser_accept(parser, TOKEN_COMMA));
    return parser->now.kind == TOKEN_END ? ST_OK : parser_fail(parser);
}
