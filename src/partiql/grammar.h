/* grammar.h -- the state of reading one statement.
 *
 * Mistakes are of two kinds. One that stops the reading (a syntax error) is returned at once:
 * "Statement wasn't well formed, can't be processed: …". One that does not (a function that there
 * is not, a value of a wrong kind) is noted, and told when the whole text could be read and the
 * parameters were counted: the first that was noted.
 *
 * G1  Every function that reads takes at least one lexeme, or fails, or says that nothing of its
 *     like is there; none goes back. So time is linear in the text.
 * G2  What nests goes through grammar_enter, which stops at LIMIT_STATEMENT_DEPTH.
 */
#ifndef STATOR_PARTIQL_GRAMMAR_H
#define STATOR_PARTIQL_GRAMMAR_H

#include "base/error.h"
#include "item/value.h"
#include "partiql/lexeme.h"

struct grammar {
    struct span text;
    const struct lexeme *now; /* an array that ends with LEXEME_END */
    struct arena *arena;
    struct error *err;
    struct error noted;
    const struct value *parameters;
    uint32_t parameter_count;
    uint32_t hole_count; /* "?" read so far */
    uint32_t depth;
};

/* Read the lexemes of `text`. ST_VALIDATION: one is bad; nothing else is told then. ST_NO_MEMORY.
 */
MUST_USE status grammar_begin(struct grammar *g, struct span text, struct arena *arena,
                              struct error *err);

/* After the text was read: ST_VALIDATION, a wrong number of parameters, or what was noted. */
MUST_USE status grammar_finish(struct grammar *g);

/* ---- Lexemes ---- */

MUST_USE bool grammar_is(const struct grammar *g, lexeme_kind kind);
MUST_USE bool grammar_is_word(const struct grammar *g, keyword word);

/* Is it an identifier, quoted or not? */
MUST_USE bool grammar_is_name(const struct grammar *g);

/* Is it an identifier of this spelling, in whatever case? For words that are no keywords. */
MUST_USE bool grammar_is_plain(const struct grammar *g, struct span word);

/* Take the lexeme at hand; the end is never taken. */
const struct lexeme *grammar_take(struct grammar *g);
MUST_USE bool grammar_accept(struct grammar *g, lexeme_kind kind);
MUST_USE bool grammar_accept_word(struct grammar *g, keyword word);
void grammar_skip_word(struct grammar *g, keyword word); /* take it if it is there */

/* ST_VALIDATION: "Expected RIGHT_PAREN". */
MUST_USE status grammar_expect(struct grammar *g, lexeme_kind kind);

/* Take an identifier and say what it names. ST_NO_MEMORY; asserts grammar_is_name. */
MUST_USE status grammar_name(struct grammar *g, struct span *out);

/* Take a "?" (asserted): the value it stands for. One too many stands for null. */
struct value grammar_hole(struct grammar *g);

/* One level of nesting more. ST_VALIDATION. */
MUST_USE status grammar_enter(struct grammar *g);
void grammar_leave(struct grammar *g);

/* ---- Mistakes ---- */

/* "Statement wasn't well formed, can't be processed: " and `detail`. */
MUST_USE status grammar_fail(struct grammar *g, const char *detail);

/* The mistake of a lexeme that begins no term. */
MUST_USE status grammar_fail_term(struct grammar *g);

/* Note a mistake, unless one is noted; _at: with the place of `lexeme` behind it. */
void grammar_note(struct grammar *g, const char *format, ...) PRINTF(2, 3);
void grammar_note_at(struct grammar *g, const struct lexeme *lexeme, const char *format, ...)
    PRINTF(3, 4);

#endif
