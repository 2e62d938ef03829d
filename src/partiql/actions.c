/* actions.c -- what an UPDATE does.
 *
 *     actions    := action { action }
 *     action     := "SET" assignment { "," assignment } | "REMOVE" path
 *     assignment := path "=" value
 *     value      := operand [ ( "+" | "-" ) operand ]
 *                 | "LIST_APPEND" "(" operand "," operand ")"
 *                 | ( "SET_ADD" | "SET_DELETE" ) "(" path "," set ")"
 *
 * SET_ADD and SET_DELETE are ADD and DELETE of an update expression: their first operand says the
 * path once more.
 */
#include <assert.h>

#include "partiql/constant.h"
#include "partiql/statement.h"

static status push_action(struct grammar *g, struct statement *s, struct statement_action action)
{
    struct statement_action *pushed = arena_new(g->arena, struct statement_action);
    if (pushed == NULL) return FAIL_PLAIN(g->err, ST_NO_MEMORY);
    *pushed = action;
    *s->last_action = pushed;
    s->last_action = &pushed->next;
    return ST_OK;
}

/* ---- Functions ---- */

static bool same_path(const struct operand *a, const struct operand *b)
{
    if (a == NULL || a->kind != OPERAND_PATH || a->step_count != b->step_count) return false;
    for (uint16_t i = 0; i < a->step_count; i++) {
        const struct expr_step *x = &a->steps[i];
        const struct expr_step *y = &b->steps[i];
        const bool same = x->is_index == y->is_index &&
                          (x->is_index ? x->index == y->index : span_eq(x->name, y->name));
        if (!same) return false;
    }
    return true;
}

static bool is_set(const struct operand *operand)
{
    return operand->kind == OPERAND_VALUE && value_is_set(operand->value.type);
}

static uint32_t count_operands(const struct operand *first)
{
    uint32_t count = 0;
    for (; first != NULL; first = first->next) count++;
    return count;
}

/* "SET_ADD" or "SET_DELETE" at `name`, of `arguments`; *action is what it is. */
static void make_set_action(struct grammar *g, const struct lexeme *name, struct operand *arguments,
                            struct statement_action *action)
{
    const bool adds = span_eq_nocase(name->text, SPAN("set_add"));
    const char *what = adds ? "ADD" : "DELETE";
    action->section = adds ? EXPR_ADD : EXPR_DELETE;
    action->value = arguments;
    if (count_operands(arguments) != 2) {
        grammar_note_at(g, name, "SET_%s must have exactly two arguments", what);
        return;
    }
    action->value = arguments->next;
    if (!same_path(arguments, action->path)) {
        grammar_note_at(g, name, "The first argument to SET_%s must equal the assignment value",
                        what);
    } else if (!is_set(arguments->next)) {
        grammar_note_at(g, arguments->lexeme,
                        "The second argument to SET_%s must be a value with type SET", what);
    }
}

/* ---- Values ---- */

/* One operand of a value: a path, literal or parameter. No call, in parentheses or not. */
static status read_operand(struct grammar *g, struct operand **out)
{
    const bool looks_so =
        (grammar_is_name(g) || grammar_is(g, LEXEME_KEYWORD)) && g->now[1].kind == LEXEME_OPEN;
    const struct lexeme *name = g->now;
    TRY(condition_operand(g, out));
    const bool is_call = (*out)->kind == OPERAND_CALL;
    if (is_call) name = (*out)->lexeme;
    if (is_call || looks_so)
        grammar_note_at(g, name, "Unrecognized function: %.*s", SPAN_ARG(name->text));
    return ST_OK;
}

/* "(" operand { "," operand } ")" */
static status read_arguments(struct grammar *g, struct operand **first)
{
    struct operand **link = first;
    TRY(grammar_expect(g, LEXEME_OPEN));
    if (grammar_accept(g, LEXEME_CLOSE)) return ST_OK;
    TRY(grammar_enter(g));
    do {
        TRY(read_operand(g, link));
        link = &(*link)->next;
    } while (grammar_accept(g, LEXEME_COMMA));
    grammar_leave(g);
    return grammar_expect(g, LEXEME_CLOSE);
}

/* A call of `op` with `arguments`, in the arena. */
static status new_call(struct grammar *g, code_op op, struct operand *arguments,
                       struct operand **out)
{
    struct operand *call = arena_new(g->arena, struct operand);
    if (call == NULL) return FAIL_PLAIN(g->err, ST_NO_MEMORY);
    *call = (struct operand){
        .kind = OPERAND_CALL, .op = op, .inner = arguments, .lexeme = arguments->lexeme};
    *out = call;
    return ST_OK;
}

/* function := name "(" … ")" of an assignment */
static status read_function(struct grammar *g, struct statement_action *action)
{
    const struct lexeme *name = g->now;
    const bool appends = span_eq_nocase(name->text, SPAN("list_append"));
    const bool of_set = span_eq_nocase(name->text, SPAN("set_add")) ||
                        span_eq_nocase(name->text, SPAN("set_delete"));
    if (!appends && !of_set) return read_operand(g, &action->value);
    struct operand *arguments = NULL;
    (void)grammar_take(g);
    TRY(read_arguments(g, &arguments));
    if (of_set) {
        make_set_action(g, name, arguments, action);
        return ST_OK;
    }
    if (arguments != NULL) return new_call(g, CODE_OP_LIST_APPEND, arguments, &action->value);
    grammar_note(g, "Incorrect number of operands for operator or function; operator or function: "
                    "list_append, number of operands: 0");
    return ST_OK;
}

/* May a "+" or "-" stand behind its value? Not behind what a function made: list_append makes a
 * call, and those of sets no value at all but another section. */
static bool takes_sign(const struct statement_action *action)
{
    return action->section == EXPR_SET && action->value != NULL &&
           action->value->kind != OPERAND_CALL;
}

/* [ ( "+" | "-" ) operand ], after action->value: one, as in an update expression */
static status read_sum(struct grammar *g, struct statement_action *action)
{
    while (grammar_is(g, LEXEME_PLUS) || grammar_is(g, LEXEME_MINUS)) {
        const struct lexeme *sign = grammar_take(g);
        const bool plus = sign->kind == LEXEME_PLUS;
        struct operand *right = NULL;
        if (grammar_is(g, LEXEME_END))
            return grammar_fail(g, "Missing right-hand side expression of infix operator");
        TRY(read_operand(g, &right));
        if (!takes_sign(action)) {
            grammar_note(g, "Unsupported operator in Update Expression. Operator: %s",
                         plus ? "Plus" : "Minus");
            continue;
        }
        action->value->next = right;
        TRY(new_call(g, plus ? CODE_OP_PLUS : CODE_OP_MINUS, action->value, &action->value));
    }
    return ST_OK;
}

/* [ "IS" [ "NOT" ] type ]: read, and refused */
static status refuse_is(struct grammar *g)
{
    if (!grammar_accept_word(g, KEYWORD_IS)) return ST_OK;
    grammar_skip_word(g, KEYWORD_NOT);
    if (!grammar_is(g, LEXEME_KEYWORD)) return grammar_fail(g, "Expected type name");
    (void)grammar_take(g);
    grammar_note(g, "IS operator is not supported in update expressions");
    return ST_OK;
}

/* assignment := path "=" value */
static status read_assignment(struct grammar *g, struct statement *s)
{
    struct statement_action action = {.section = EXPR_SET};
    TRY(condition_path(g, true, &action.path));
    TRY(grammar_expect(g, LEXEME_EQ));
    if (grammar_is(g, LEXEME_END)) return grammar_fail_term(g);
    const bool is_call = grammar_is_name(g) && g->now[1].kind == LEXEME_OPEN;
    if (is_call) {
        TRY(read_function(g, &action));
    } else {
        TRY(read_operand(g, &action.value));
    }
    TRY(read_sum(g, &action));
    TRY(refuse_is(g));
    return push_action(g, s, action);
}

/* action := "SET" assignment { "," assignment } | "REMOVE" path */
static status read_action(struct grammar *g, struct statement *s)
{
    if (grammar_accept_word(g, KEYWORD_REMOVE)) {
        struct statement_action action = {.section = EXPR_REMOVE};
        TRY(condition_path(g, true, &action.path));
        return push_action(g, s, action);
    }
    if (!grammar_accept_word(g, KEYWORD_SET)) return grammar_fail(g, "Expected data manipulation");
    do {
        TRY(read_assignment(g, s));
    } while (grammar_accept(g, LEXEME_COMMA));
    return ST_OK;
}

/* actions := action { action } */
status statement_actions(struct grammar *g, struct statement *s)
{
    do {
        TRY(read_action(g, s));
    } while (grammar_is_word(g, KEYWORD_SET) || grammar_is_word(g, KEYWORD_REMOVE));
    return ST_OK;
}

/* ---- The expression ---- */

static void measure(const struct statement_action *action, struct expr_build_room *room)
{
    room->targets++;
    condition_measure_operand(action->path, room);
    if (action->value != NULL) condition_measure_operand(action->value, room);
}

status statement_make_update(struct grammar *g, struct statement *s)
{
    struct expr_build_room room = {0};
    struct expr_build *build = NULL;
    if (s->actions == NULL) return ST_OK;
    for (const struct statement_action *at = s->actions; at != NULL; at = at->next)
        measure(at, &room);
    TRY(expr_build_begin(g->arena, EXPR_UPDATE, &room, &build, g->err));
    for (const struct statement_action *at = s->actions; at != NULL; at = at->next) {
        expr_build_target(build, at->section);
        condition_write_operand(at->path, build);
        if (at->value != NULL) condition_write_operand(at->value, build);
        expr_build_target_end(build);
    }
    return expr_build_end(build, &s->made.update, g->err);
}
