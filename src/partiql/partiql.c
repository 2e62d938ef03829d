/* partiql.c -- statements.
 *
 *     statement := ( select | insert | update | from-update | delete
 *                  | "EXISTS" "(" select ")" ) [ ";" ]
 *     select    := "SELECT" columns "FROM" table [ "WHERE" condition ] [ orders ]
 *     orders    := "ORDER" "BY" name [ "ASC" | "DESC" ] { "," name [ "ASC" | "DESC" ] }
 *     insert    := "INSERT" "INTO" table "VALUE" item
 *     update    := "UPDATE" table actions [ "WHERE" condition ] [ returning ]
 *     from-update := "FROM" table [ "WHERE" condition ] actions [ returning ]
 *     delete    := "DELETE" "FROM" table [ "WHERE" condition ] [ returning ]
 *     returning := "RETURNING" ( "ALL" | "MODIFIED" ) ( "OLD" | "NEW" ) "*"
 *     table     := name [ "." name ]
 *
 * What DynamoDB's parser reads, but DynamoDB does not do (aliases, LIMIT, several tables, several
 * items), is read as far as it takes to say so in DynamoDB's words.
 */
#include "partiql/partiql.h"

#include <assert.h>

#include "partiql/constant.h"
#include "partiql/statement.h"

/* ---- Tables ---- */

static bool is_table_byte(uint8_t c)
{
    return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10 || c == '-' || c == '_' ||
           c == '.';
}

/* An ARN is the caller's to take apart. */
static void check_table_name(struct grammar *g, struct span name)
{
    if (name.len == 0) {
        grammar_note(g, "Path component cannot be an empty string");
        return;
    }
    if (span_starts_with(name, SPAN("arn:"))) return;
    bool fits = name.len >= LIMIT_TABLE_NAME_BYTES_MIN && name.len <= LIMIT_TABLE_NAME_BYTES;
    for (size_t i = 0; i < name.len && fits; i++) fits = is_table_byte(name.ptr[i]);
    if (fits) return;
    grammar_note(g, "Table name should be within the length [3, 255] and only contain 'a-z', "
                    "'A-Z', '0-9', '-', '_', '.'.");
}

/* table := name [ "." name ] */
static status read_table(struct grammar *g, bool simple, struct statement *s)
{
    struct operand *path = NULL;
    TRY(condition_path(g, simple, &path));
    s->made.table_name = path->steps[0].name;
    check_table_name(g, s->made.table_name);
    for (uint16_t i = 1; i < path->step_count; i++)
        if (path->steps[i].is_index) grammar_note(g, "Invalid list expression in source.");
    if (path->step_count > 2)
        grammar_note(g, "A path may contain at most 2 components in the FROM clause");
    if (path->step_count > 1) s->made.index_name = path->steps[1].name;
    return ST_OK;
}

/* [ "AS" ] name: DynamoDB has no aliases */
static status refuse_alias(struct grammar *g)
{
    const bool as = grammar_accept_word(g, KEYWORD_AS);
    if (as && !grammar_is_name(g)) return grammar_fail(g, "Expected identifier for AS-alias");
    if (!grammar_is_name(g) || (!as && grammar_is_plain(g, SPAN("RETURNING")))) return ST_OK;
    (void)grammar_take(g);
    grammar_note(g, "Aliasing is not supported");
    return ST_OK;
}

/* ---- Clauses ---- */

/* [ "WHERE" condition ] */
static status read_where(struct grammar *g, struct statement *s)
{
    if (!grammar_accept_word(g, KEYWORD_WHERE)) return ST_OK;
    return condition_read(g, &s->where);
}

static const struct {
    const char *text;
    partiql_returning returning;
} returnings[] = {
    {"ALL OLD",      PARTIQL_RETURN_ALL_OLD     },
    {"ALL NEW",      PARTIQL_RETURN_ALL_NEW     },
    {"MODIFIED OLD", PARTIQL_RETURN_MODIFIED_OLD},
    {"MODIFIED NEW", PARTIQL_RETURN_MODIFIED_NEW},
};

static bool accept_plain(struct grammar *g, struct span word)
{
    if (!grammar_is_plain(g, word)) return false;
    (void)grammar_take(g);
    return true;
}

/* ( "ALL" | "MODIFIED" ) ( "OLD" | "NEW" ); *which: its place in returnings */
static status read_which(struct grammar *g, size_t *which)
{
    const bool all = grammar_accept_word(g, KEYWORD_ALL);
    const bool found = all || accept_plain(g, SPAN("MODIFIED"));
    const bool old = found && accept_plain(g, SPAN("OLD"));
    if (!found || (!old && !accept_plain(g, SPAN("NEW"))))
        return grammar_fail(g,
                            "Expected ( MODIFIED | ALL ) ( NEW | OLD ) in each returning element.");
    *which = (all ? 0U : 2U) + (old ? 0U : 1U);
    return ST_OK;
}

static void check_returning(struct grammar *g, const struct statement *s, size_t which)
{
    if (s->made.verb == PARTIQL_INSERT) grammar_note(g, "RETURNING is not supported in INSERT");
    if (s->made.verb != PARTIQL_DELETE || returnings[which].returning == PARTIQL_RETURN_ALL_OLD)
        return;
    grammar_note(g,
                 "Invalid returning clause: RETURNING %s *. Only RETURNING ALL OLD * is allowed in "
                 "DELETE statements.",
                 returnings[which].text);
}

/* returning := "RETURNING" ( "ALL" | "MODIFIED" ) ( "OLD" | "NEW" ) "*" */
static status read_returning(struct grammar *g, struct statement *s)
{
    size_t which = 0;
    if (!accept_plain(g, SPAN("RETURNING"))) return ST_OK;
    TRY(read_which(g, &which));
    if (!grammar_accept(g, LEXEME_STAR)) {
        struct operand *path = NULL;
        TRY(condition_path(g, false, &path));
        grammar_note(g, "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause");
    }
    if (grammar_is(g, LEXEME_COMMA))
        return FAIL(g->err, ST_VALIDATION,
                    "Invalid syntax with multiple returning elements in RETURNING clause");
    s->made.returning = returnings[which].returning;
    check_returning(g, s, which);
    return ST_OK;
}

/* name [ "ASC" | "DESC" ] */
static status read_order(struct grammar *g, struct partiql_order *out)
{
    const struct lexeme *at = g->now;
    struct operand *operand = NULL;
    TRY(condition_operand(g, &operand));
    if (operand->kind == OPERAND_PATH && operand->step_count == 1) {
        out->name = operand->steps[0].name;
    } else {
        grammar_note(g, "Argument to ORDER BY must be of type VariableReference. Type: %.*s",
                     SPAN_ARG(at->text));
    }
    out->descending = grammar_accept_word(g, KEYWORD_DESC);
    if (!out->descending) grammar_skip_word(g, KEYWORD_ASC);
    return ST_OK;
}

/* "ORDER" "BY" … */
static status read_orders(struct grammar *g, struct statement *s)
{
    struct partiql_order *orders = NULL;
    uint32_t room = 0;
    if (!grammar_accept_word(g, KEYWORD_ORDER)) return ST_OK;
    if (!grammar_accept_word(g, KEYWORD_BY)) return grammar_fail(g, "Expected BY keyword");
    do {
        if (s->made.order_count == room) {
            room = room == 0 ? 4 : 2 * room;
            struct partiql_order *more = arena_new_array(g->arena, room, struct partiql_order);
            if (more == NULL) return FAIL_PLAIN(g->err, ST_NO_MEMORY);
            for (uint32_t i = 0; i < s->made.order_count; i++) more[i] = orders[i];
            orders = more;
        }
        TRY(read_order(g, &orders[s->made.order_count++]));
    } while (grammar_accept(g, LEXEME_COMMA));
    s->made.orders = orders;
    return ST_OK;
}

/* "LIMIT" term, "GROUP" "BY" … and "HAVING" …: read, and refused */
static status refuse_clauses(struct grammar *g)
{
    static const keyword words[] = {KEYWORD_LIMIT, KEYWORD_GROUP, KEYWORD_HAVING};
    for (;;) {
        struct operand *operand = NULL;
        size_t i = 0;
        while (i < ARRAY_COUNT(words) && !grammar_is_word(g, words[i])) i++;
        if (i == ARRAY_COUNT(words)) return ST_OK;
        (void)grammar_take(g);
        if (words[i] == KEYWORD_GROUP && !grammar_accept_word(g, KEYWORD_BY))
            return grammar_fail(g, "Expected BY keyword");
        const struct lexeme *at = g->now;
        do {
            TRY(condition_operand(g, &operand));
        } while (grammar_accept(g, LEXEME_COMMA));
        grammar_note_at(g, at, "Unsupported clause: %s", keyword_text(words[i]));
    }
}

/* "," table and "JOIN" table, after the first table: read, and refused */
static status refuse_tables(struct grammar *g)
{
    struct statement other = {0};
    static const keyword words[] = {KEYWORD_CROSS, KEYWORD_INNER, KEYWORD_LEFT,
                                    KEYWORD_RIGHT, KEYWORD_FULL,  KEYWORD_OUTER};
    for (;;) {
        bool joined = grammar_accept(g, LEXEME_COMMA);
        for (size_t i = 0; i < ARRAY_COUNT(words); i++)
            if (grammar_is_word(g, words[i])) joined = true;
        if (grammar_is_word(g, KEYWORD_JOIN)) joined = true;
        if (!joined) return ST_OK;
        while (grammar_is(g, LEXEME_KEYWORD)) (void)grammar_take(g);
        grammar_note(g, "Only select from a single table or index is supported.");
        TRY(read_table(g, false, &other));
        TRY(refuse_alias(g));
    }
}

/* ---- Statements ---- */

/* select := "SELECT" columns "FROM" table [ "WHERE" condition ] [ orders ] */
static status read_select(struct grammar *g, struct statement *s)
{
    s->made.verb = PARTIQL_SELECT;
    if (!grammar_accept_word(g, KEYWORD_ALL) && grammar_is_word(g, KEYWORD_DISTINCT))
        grammar_note_at(g, grammar_take(g), "Unsupported clause: DISTINCT");
    if (grammar_accept_word(g, KEYWORD_VALUE))
        grammar_note(g, "Select projection doesn't support value or pivot keywords");
    TRY(statement_columns(g, s));
    if (!grammar_accept_word(g, KEYWORD_FROM))
        return grammar_fail(g, "Expected FROM after SELECT list");
    TRY(read_table(g, false, s));
    TRY(refuse_alias(g));
    TRY(refuse_tables(g));
    TRY(read_where(g, s));
    TRY(refuse_clauses(g));
    TRY(read_orders(g, s));
    return refuse_clauses(g);
}

/* What is inserted without VALUE is a list of items to DynamoDB. */
static status refuse_items(struct grammar *g)
{
    struct operand *operand = NULL;
    if (grammar_accept_word(g, KEYWORD_VALUES) && !grammar_is(g, LEXEME_OPEN))
        return grammar_fail(g, "Expected LEFT_PAREN for row value constructor");
    if (grammar_accept(g, LEXEME_OPEN)) {
        do {
            TRY(condition_operand(g, &operand));
        } while (grammar_accept(g, LEXEME_COMMA));
        TRY(grammar_expect(g, LEXEME_CLOSE));
    } else {
        TRY(condition_operand(g, &operand));
    }
    grammar_note(g, "Unsupported operation: Inserting multiple items in a single statement is not "
                    "supported, use \"INSERT INTO tableName VALUE item\" instead");
    return ST_OK;
}

/* insert := "INSERT" "INTO" table "VALUE" item */
static status read_insert(struct grammar *g, struct statement *s)
{
    struct operand *operand = NULL;
    s->made.verb = PARTIQL_INSERT;
    if (!grammar_accept_word(g, KEYWORD_INTO)) return grammar_fail(g, "Unexpected keyword");
    TRY(read_table(g, true, s));
    if (s->made.index_name.ptr != NULL)
        grammar_note(g, "FROM clause may only contain a single table name in data manipulation "
                        "statements");
    if (!grammar_accept_word(g, KEYWORD_VALUE)) return refuse_items(g);
    if (grammar_is(g, LEXEME_OPEN_MAP)) {
        TRY(constant_item(g, &s->made.item));
    } else {
        TRY(condition_operand(g, &operand));
        grammar_note(g, "Unsupported format in item expression. Please use struct format {...} to "
                        "express item values for insert statement.");
    }
    if (grammar_accept_word(g, KEYWORD_AT)) {
        TRY(condition_operand(g, &operand));
        grammar_note(g, "AT is not supported in insert statements.");
    }
    return read_returning(g, s);
}

/* The table of an UPDATE or DELETE. */
static status read_target(struct grammar *g, bool simple, struct statement *s)
{
    TRY(read_table(g, simple, s));
    if (s->made.index_name.ptr != NULL)
        grammar_note(g, "This operation is not supported on an index");
    return refuse_alias(g);
}

/* update := "UPDATE" table actions [ "WHERE" condition ] [ returning ] */
static status read_update(struct grammar *g, struct statement *s)
{
    s->made.verb = PARTIQL_UPDATE;
    TRY(read_target(g, true, s));
    TRY(statement_actions(g, s));
    TRY(read_where(g, s));
    return read_returning(g, s);
}

/* from-update := "FROM" table [ "WHERE" condition ] actions [ returning ] */
static status read_from(struct grammar *g, struct statement *s)
{
    s->made.verb = PARTIQL_UPDATE;
    TRY(read_target(g, false, s));
    TRY(read_where(g, s));
    TRY(statement_actions(g, s));
    return read_returning(g, s);
}

/* delete := "DELETE" "FROM" table [ "WHERE" condition ] [ returning ] */
static status read_delete(struct grammar *g, struct statement *s)
{
    s->made.verb = PARTIQL_DELETE;
    if (!grammar_accept_word(g, KEYWORD_FROM)) return grammar_fail(g, "Expected FROM after DELETE");
    TRY(read_target(g, true, s));
    TRY(read_where(g, s));
    return read_returning(g, s);
}

/* "EXISTS" "(" select ")" */
static status read_exists(struct grammar *g, struct statement *s)
{
    s->made.is_check = true;
    TRY(grammar_expect(g, LEXEME_OPEN));
    if (!grammar_accept_word(g, KEYWORD_SELECT)) return grammar_fail_term(g);
    TRY(read_select(g, s));
    return grammar_expect(g, LEXEME_CLOSE);
}

typedef status(read_fn)(struct grammar *g, struct statement *s);

static const struct {
    keyword word;
    read_fn *read;
} verbs[] = {
    {KEYWORD_SELECT, read_select},
    {KEYWORD_INSERT, read_insert},
    {KEYWORD_UPDATE, read_update},
    {KEYWORD_FROM,   read_from  },
    {KEYWORD_DELETE, read_delete},
    {KEYWORD_EXISTS, read_exists},
};

/* statement := verb … [ ";" ] */
static status read_statement(struct grammar *g, struct statement *s)
{
    size_t i = 0;
    if (grammar_is(g, LEXEME_END)) return grammar_fail_term(g);
    while (i < ARRAY_COUNT(verbs) && !grammar_is_word(g, verbs[i].word)) i++;
    if (i == ARRAY_COUNT(verbs)) return grammar_fail(g, "Expected data manipulation");
    (void)grammar_take(g);
    TRY(verbs[i].read(g, s));
    const bool ended = grammar_accept(g, LEXEME_SEMICOLON);
    if (grammar_is(g, LEXEME_END)) return ST_OK;
    return grammar_fail(g, ended ? "Unexpected token after semicolon. (Only one query is allowed.)"
                                 : "Unexpected token after expression");
}

/* ---- Expressions ---- */

static status make_where(struct grammar *g, struct statement *s)
{
    struct expr_build_room room = {0};
    struct expr_build *build = NULL;
    if (s->where == NULL) return ST_OK;
    condition_measure(s->where, &room);
    TRY(expr_build_begin(g->arena, EXPR_FILTER, &room, &build, g->err));
    condition_write(s->where, build);
    s->made.condition = s->where;
    return expr_build_end(build, &s->made.where, g->err);
}

status partiql_parse(const struct partiql_source *source, struct arena *arena,
                     struct partiql_statement *out, struct error *err)
{
    struct grammar g;
    struct statement s = {0};
    s.last_action = &s.actions;
    TRY(grammar_begin(&g, source->text, arena, err));
    g.parameters = source->parameters;
    g.parameter_count = source->parameter_count;
    TRY(read_statement(&g, &s));
    TRY(grammar_finish(&g));
    TRY(make_where(&g, &s));
    TRY(statement_make_projection(&g, &s));
    TRY(statement_make_update(&g, &s));
    s.made.parameter_count = g.hole_count;
    *out = s.made;
    return ST_OK;
}
