/* grammar.c -- lexemes in a row, and mistakes.
 *
 * DynamoDB makes all lexemes before it looks at the first one, so a bad one is told before any
 * other mistake, and without a word on what is wrong with it.
 *
 * Places are told as line, column and length, counted from 1 as Java counts characters: one that
 * UTF-8 writes in four bytes is two.
 */
#include "partiql/grammar.h"

#include <assert.h>
#include <stdarg.h>

#include "base/limits.h"

#define NOT_WELL_FORMED "Statement wasn't well formed, can't be processed: "

status grammar_begin(struct grammar *g, struct span text, struct arena *arena, struct error *err)
{
    assert(text.len <= LIMIT_STATEMENT_BYTES);
    struct lexeme *lexemes = arena_alloc_raw(arena, (text.len + 1) * sizeof *lexemes);
    if (lexemes == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    *g = (struct grammar){
        .text = text, .now = lexemes, .arena = arena, .err = err, .noted = error_in(arena)};
    struct span rest = text;
    do {
        *lexemes = lexeme_next(&rest);
        if (lexemes->kind == LEXEME_BAD) return grammar_fail(g, "");
    } while (lexemes++->kind != LEXEME_END);
    return ST_OK;
}

status grammar_finish(struct grammar *g)
{
    if (g->hole_count != g->parameter_count)
        return FAIL(g->err, ST_VALIDATION,
                    "Number of parameters in request and statement don't match.");
    if (g->noted.status == ST_OK) return ST_OK;
    *g->err = g->noted;
    return g->noted.status;
}

/* ---- Lexemes ---- */

bool grammar_is(const struct grammar *g, lexeme_kind kind)
{
    return g->now->kind == kind;
}

bool grammar_is_word(const struct grammar *g, keyword word)
{
    return g->now->kind == LEXEME_KEYWORD && g->now->word == word;
}

bool grammar_is_name(const struct grammar *g)
{
    return g->now->kind == LEXEME_WORD || g->now->kind == LEXEME_QUOTED;
}

bool grammar_is_plain(const struct grammar *g, struct span word)
{
    return g->now->kind == LEXEME_WORD && span_eq_nocase(g->now->text, word);
}

const struct lexeme *grammar_take(struct grammar *g)
{
    const struct lexeme *taken = g->now;
    if (taken->kind != LEXEME_END) g->now++;
    return taken;
}

bool grammar_accept(struct grammar *g, lexeme_kind kind)
{
    if (!grammar_is(g, kind)) return false;
    (void)grammar_take(g);
    return true;
}

bool grammar_accept_word(struct grammar *g, keyword word)
{
    if (!grammar_is_word(g, word)) return false;
    (void)grammar_take(g);
    return true;
}

void grammar_skip_word(struct grammar *g, keyword word)
{
    if (grammar_is_word(g, word)) (void)grammar_take(g);
}

/* What DynamoDB calls the signs that may be missing. */
static const char *sign_name(lexeme_kind kind)
{
    static const struct {
        lexeme_kind kind;
        const char *name;
    } names[] = {
        {LEXEME_OPEN,       "Expected LEFT_PAREN"                },
        {LEXEME_CLOSE,      "Expected RIGHT_PAREN"               },
        {LEXEME_CLOSE_LIST, "Expected RIGHT_BRACKET"             },
        {LEXEME_CLOSE_MAP,  "Expected RIGHT_CURLY"               },
        {LEXEME_CLOSE_BAG,  "Expected RIGHT_DOUBLE_ANGLE_BRACKET"},
        {LEXEME_COLON,      "Expected COLON"                     },
        {LEXEME_EQ,         "Expected '='"                       },
    };
    size_t i = 0;
    while (i < ARRAY_COUNT(names) && names[i].kind != kind) i++;
    assert(i < ARRAY_COUNT(names));
    return names[i].name;
}

status grammar_expect(struct grammar *g, lexeme_kind kind)
{
    return grammar_accept(g, kind) ? ST_OK : grammar_fail(g, sign_name(kind));
}

status grammar_name(struct grammar *g, struct span *out)
{
    assert(grammar_is_name(g));
    const struct lexeme *name = grammar_take(g);
    if (name->kind == LEXEME_WORD) {
        *out = name->text;
        return ST_OK;
    }
    TRY_PLAIN(g->err, lexeme_unquote(name, g->arena, out));
    return ST_OK;
}

struct value grammar_hole(struct grammar *g)
{
    assert(grammar_is(g, LEXEME_HOLE));
    (void)grammar_take(g);
    const uint32_t at = g->hole_count++;
    return at < g->parameter_count ? g->parameters[at] : (struct value){.type = VALUE_NULL};
}

status grammar_enter(struct grammar *g)
{
    if (g->depth == LIMIT_STATEMENT_DEPTH) return grammar_fail(g, "");
    g->depth++;
    return ST_OK;
}

void grammar_leave(struct grammar *g)
{
    assert(g->depth > 0);
    g->depth--;
}

/* ---- Mistakes ---- */

status grammar_fail(struct grammar *g, const char *detail)
{
    return FAIL(g->err, ST_VALIDATION, NOT_WELL_FORMED "%s", detail);
}

/* Words and signs that stand between operands. */
static bool is_infix(const struct lexeme *lexeme)
{
    static const keyword words[] = {KEYWORD_AND,   KEYWORD_OR,     KEYWORD_IS,
                                    KEYWORD_IN,    KEYWORD_LIKE,   KEYWORD_BETWEEN,
                                    KEYWORD_UNION, KEYWORD_EXCEPT, KEYWORD_INTERSECT};
    if (lexeme->kind >= LEXEME_EQ && lexeme->kind <= LEXEME_OPERATOR) return true;
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        if (lexeme->kind == LEXEME_KEYWORD && lexeme->word == words[i]) return true;
    return false;
}

status grammar_fail_term(struct grammar *g)
{
    if (is_infix(g->now)) return grammar_fail(g, "Unexpected operator");
    if (g->now->kind == LEXEME_KEYWORD) return grammar_fail(g, "Unexpected keyword");
    return grammar_fail(g, "Unexpected term");
}

/* Characters of `text`, as Java counts them. */
static size_t character_count(struct span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        if ((text.ptr[i] & 0xC0) != 0x80) count++;
        if (text.ptr[i] >= 0xF0) count++;
    }
    return count;
}

/* Where the line of `text` begins that `lexeme` stands in; *line is its number. */
static size_t line_start(struct span text, const struct lexeme *lexeme, size_t *line)
{
    const size_t end = (size_t)(lexeme->text.ptr - text.ptr);
    size_t start = 0;
    *line = 1;
    for (size_t i = 0; i < end; i++) {
        if (text.ptr[i] != '\n') continue;
        ++*line;
        start = i + 1;
    }
    return start;
}

static PRINTF(3, 0) void note(struct grammar *g, const struct lexeme *lexeme, const char *format,
                              va_list values)
{
    struct buf reason;
    if (g->noted.status != ST_OK) return;
    buf_init(&reason, arena_mem(g->arena), SIZE_MAX / 2);
    buf_vprintf(&reason, format, values);
    if (buf_status(&reason) != ST_OK) {
        (void)FAIL_PLAIN(&g->noted, buf_status(&reason));
        return;
    }
    if (lexeme == NULL) {
        (void)FAIL(&g->noted, ST_VALIDATION, "%.*s", SPAN_ARG(buf_view(&reason)));
        return;
    }
    size_t line = 0;
    const size_t start = line_start(g->text, lexeme, &line);
    const size_t before = (size_t)(lexeme->text.ptr - g->text.ptr) - start;
    const size_t column = 1 + character_count(span_take(span_drop(g->text, start), before));
    (void)FAIL(&g->noted, ST_VALIDATION, "%.*s at %zu:%zu:%zu", SPAN_ARG(buf_view(&reason)), line,
               column, character_count(lexeme->text));
}

void grammar_note(struct grammar *g, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    note(g, NULL, format, values);
    va_end(values);
}

void grammar_note_at(struct grammar *g, const struct lexeme *lexeme, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    note(g, lexeme, format, values);
    va_end(values);
}
