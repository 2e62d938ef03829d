/* code.h -- compiled expressions, and what binding adds to them.
 *
 * Code is one block of bytes that is never written again: flat arrays, joined by indexes.
 *
 *     targets    what an update writes or a projection picks: a path, perhaps a value
 *     tests      the comparisons and boolean functions of a condition
 *     operands   paths, values and calls, in the order they are written
 *     steps      the parts of all paths
 *     names      the #name placeholders, one for each time one is written
 *     values     the :value placeholders, likewise
 *
 * A condition has no tree. Each test says which test follows when it holds and which when it does
 * not, or that the condition is decided; AND, OR, NOT and parentheses are all in those jumps:
 *
 *     a = :x AND (b = :y OR NOT c = :z)
 *
 *     0  a = :x    holds: 1     fails: CODE_NO
 *     1  b = :y    holds: CODE_YES  fails: 2
 *     2  c = :z    holds: CODE_NO   fails: CODE_YES
 *
 * So judging is a loop that skips what need not be looked at, and nesting costs nothing.
 *
 * C1  Jumps lead forward only.
 * C2  The operands of a test, those inside its calls included, are neighbours: from `begin` to
 *     `end`. The direct ones are a list: `first`, then each one's `next`. The same holds for a
 *     target's value, which begins after its path.
 * C3  A function's call stands before its operands; that of + and - after them, but before them in
 *     code that was built.
 */
#ifndef STATOR_EXPR_CODE_H
#define STATOR_EXPR_CODE_H

#include "expr/code_op.h"
#include "expr/expr.h"

enum {
    CODE_NONE = UINT16_MAX, /* no operand */
    CODE_YES = UINT16_MAX,  /* jumps: the condition holds */
    CODE_NO = UINT16_MAX - 1,

    CODE_SLOTS = 8, /* paths that begin alike share a slot below this, so that judge.c looks the
                       attribute up once; the others have slot CODE_SLOTS */
};

typedef enum code_step_kind {
    CODE_STEP_NAME,        /* name: an attribute */
    CODE_STEP_PLACEHOLDER, /* index: into names */
    CODE_STEP_INDEX,       /* index: into a list */
} code_step_kind;

struct code_step {
    struct span name;
    uint32_t index;
    code_step_kind kind;
};

typedef enum code_operand_kind {
    CODE_PATH,  /* first: a step; count: of steps */
    CODE_VALUE, /* first: into values */
    CODE_CALL,  /* op; first: an operand; count: of operands */
} code_operand_kind;

struct code_operand {
    uint8_t kind; /* code_operand_kind */
    uint8_t op;   /* of a call: code_op; of a path: its slot */
    uint16_t first;
    uint16_t count;
    uint16_t next; /* the next operand of the same test or call, or CODE_NONE */
    uint16_t at;   /* where it begins in the text */
};

struct code_test {
    uint16_t op; /* code_op */
    uint16_t first;
    uint16_t count;
    uint16_t begin;
    uint16_t end;
    uint16_t on_true;
    uint16_t on_false;
};

typedef enum code_section {
    CODE_SET,
    CODE_REMOVE,
    CODE_ADD,
    CODE_DELETE,
    CODE_PROJECT,
} code_section;

struct code_target {
    uint16_t section; /* code_section */
    uint16_t path;    /* an operand */
    uint16_t value;   /* an operand, or CODE_NONE */
    uint16_t end;     /* the operand after its last one */
};

struct code_cache_entry; /* code_cache.h */

struct expr_code {
    expr_kind kind;
    bool has_or;
    bool has_not;
    bool is_legacy; /* made without text, of parameters older than expressions (legacy.c) */
    bool is_built;  /* made without text, of a statement in another language (expr_build.h) */
    struct code_cache_entry *entry; /* whose code it is; NULL: an arena's */
    struct span text;
    const struct code_target *targets;
    const struct code_test *tests;
    const struct code_operand *operands;
    const struct code_step *steps;
    const struct span *names;
    const struct span *values;
    uint16_t target_count;
    uint16_t test_count;
    uint16_t operand_count;
    uint16_t step_count;
    uint16_t name_count;
    uint16_t value_count;
};

/* A bound expression. */
struct expr {
    const struct expr_code *code;
    const struct span *names;   /* the attribute of each of code's names */
    const struct value *values; /* the value of each of code's values */
    const uint32_t *order;      /* targets by path (path_set.h); updates and projections only */
    struct expr *next;          /* in its scope */
};

/* "ConditionExpression", …; static. */
MUST_USE const char *code_kind_name(expr_kind kind);

/* How messages about `code` begin: "Invalid ConditionExpression: ", or empty where no parameter is
 * to be named; static. */
MUST_USE const char *code_prefix(const struct expr_code *code);

/* The attribute that a step of `expr` names; asserts that it is not an index. */
MUST_USE struct span code_step_name(const struct expr *expr, const struct code_step *step);

/* The steps of path `operand`. */
MUST_USE const struct code_step *code_path(const struct expr_code *code,
                                           const struct code_operand *operand);

/* Is step `a` the same as step `b`, names resolved? */
MUST_USE bool code_step_eq(const struct expr *expr, const struct code_step *a,
                           const struct code_step *b);

/* "[a, b, [1]]": path `operand` as messages show it, made in `arena`. On no memory just "[…]". */
MUST_USE struct span code_path_text(const struct expr *expr, const struct code_operand *operand,
                                    struct arena *arena);

/* Where `count` steps lead from `from`: a value, or one of type VALUE_NONE. */
MUST_USE struct value code_follow(const struct expr *expr, const struct code_step *steps,
                                  uint16_t count, struct value from);

/* The value at path `operand` in `map`, or one of type VALUE_NONE. */
MUST_USE struct value code_find(const struct expr *expr, const struct code_operand *operand,
                                struct value map);

#endif
