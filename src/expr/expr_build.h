/* expr_build.h -- expressions written down, by whoever read them in another language.
 *
 * The parser of expressions makes code of a text and binds it afterwards. Who has names and values
 * in hand already, as the reader of PartiQL has, writes the same code down at once. So there is one
 * evaluator, one check of operands and one set of sentences for all languages.
 *
 *     expr_build_begin     what kind of expression, and room for its parts
 *     a condition          expr_build_test, its operands, expr_build_test_end: one part more
 *                          expr_build_and, expr_build_or, expr_build_not: of the newest parts
 *     an update            expr_build_target, its path and value, expr_build_target_end
 *     a projection         the same, without values
 *     operands             expr_build_path, expr_build_value; expr_build_call, the call's operands,
 *                          expr_build_call_end
 *     expr_build_end       checked as expr_bind checks, its sentences naming no parameter
 *
 *     a = :x OR NOT size(b) > :y     test EQ, path a, value x, end     test GT, call SIZE, path b,
 *                                    end, value y, end     not     or
 *
 * B1  Parts are joined in the order in which their tests were written.
 * B2  No more is written than expr_build_begin made room for (asserted).
 *
 * Memory: everything lives in the arena and points into the names and values given.
 * Threads: one; an expression made here is as any other.
 */
#ifndef STATOR_EXPR_EXPR_BUILD_H
#define STATOR_EXPR_EXPR_BUILD_H

#include "expr/code_op.h"
#include "expr/expr.h"

struct expr_build;

/* The most that will be written. */
struct expr_build_room {
    size_t tests;
    size_t targets;
    size_t operands; /* paths, values and calls */
    size_t values;
    size_t steps; /* of all paths */
};

/* ST_NO_MEMORY. */
MUST_USE status expr_build_begin(struct arena *arena, expr_kind kind,
                                 const struct expr_build_room *room, struct expr_build **out,
                                 struct error *err);

/* A part of a document path. */
struct expr_step {
    struct span name; /* of an attribute; unless is_index */
    uint32_t index;   /* into a list */
    bool is_index;
};

/* Operands of what is open: a test, a call or a target. A path has 1 to LIMIT_PATH_DEPTH steps, the
 * first of which is a name (asserted). */
void expr_build_path(struct expr_build *build, const struct expr_step *steps, uint16_t count);
void expr_build_value(struct expr_build *build, struct value value);
void expr_build_call(struct expr_build *build, code_op op);
void expr_build_call_end(struct expr_build *build);

void expr_build_test(struct expr_build *build, code_op op);
void expr_build_test_end(struct expr_build *build);
void expr_build_and(struct expr_build *build); /* the last two parts become one */
void expr_build_or(struct expr_build *build);
void expr_build_not(struct expr_build *build); /* the last part becomes its contrary */

typedef enum expr_section {
    EXPR_SET,    /* a path, and what it is set to */
    EXPR_REMOVE, /* a path */
    EXPR_ADD,    /* a path and a value: a number or a set (asserted) */
    EXPR_DELETE, /* a path and a value: a set (asserted) */
    EXPR_PICK,   /* a path, of a projection */
} expr_section;

void expr_build_target(struct expr_build *build, expr_section section);
void expr_build_target_end(struct expr_build *build);

/* The whole expression: one part, or one target or more (asserted). ST_VALIDATION: numbers of
 * operands, types that can never be right, overlapping paths. ST_NO_MEMORY. */
MUST_USE status expr_build_end(struct expr_build *build, const struct expr **out,
                               struct error *err);

#endif
