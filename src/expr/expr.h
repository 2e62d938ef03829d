/* expr.h -- conditions, filters, key conditions, updates and projections.
 *
 *     expr_compile   text -> code              syntax and limits; cached by text
 *     expr_bind      code, #names, :values -> expr
 *                                              every placeholder defined, operand types checked
 *     expr_scope_finish                        every placeholder of the request used
 *     expr_holds     condition, item -> yes or no
 *     expr_explain   condition, item -> the tests that decided, with the values they saw
 *     expr_project   projection, item -> item
 *     expr_update    update, item -> item
 *     expr_key_range key condition, key schema -> partition key and range of sort keys
 *
 *     expr_legacy_condition, expr_legacy_update, expr_legacy_projection
 *                    the parameters that expressions replaced -> expr, at once
 *     expr_name_is_plain, expr_next_piece
 *                    for whoever writes texts: which names need a placeholder
 *
 * One evaluator serves all of them, over stored bytes in place (value.h). Messages are DynamoDB's,
 * word for word. Sources: developer guide, "Condition and filter expressions, operators, and
 * functions", "Update expressions", "Projection expressions", "Key condition expressions",
 * "Reserved words".
 *
 * Memory: code belongs to the cache, or to the arena where no cache was given. A bound expr lives
 * in the scope's arena, and points into code, names and values. Nothing else touches the heap.
 * Threads: a cache belongs to one thread; a bound expr is never written again, so any one may
 * judge with it.
 */
#ifndef STATOR_EXPR_EXPR_H
#define STATOR_EXPR_EXPR_H

#include "base/error.h"
#include "item/excerpt.h"
#include "item/item.h"

enum { EXPR_KEY_PARTS_MAX = 4 };

typedef enum expr_kind {
    EXPR_CONDITION,     /* ConditionExpression */
    EXPR_FILTER,        /* FilterExpression */
    EXPR_KEY_CONDITION, /* KeyConditionExpression */
    EXPR_UPDATE,        /* UpdateExpression */
    EXPR_PROJECTION,    /* ProjectionExpression */
} expr_kind;

struct expr;       /* a bound expression */
struct expr_code;  /* a compiled one, before names and values are known */
struct expr_cache; /* compiled expressions by kind and text */

/* A cache of at most `bytes_max` bytes of code; the least recently used goes first. ST_NO_MEMORY.*/
MUST_USE status expr_cache_new(const struct mem *mem, size_t bytes_max, struct expr_cache **out);
void expr_cache_free(struct expr_cache *cache);

/* The text of an expression. */
struct expr_source {
    expr_kind kind;
    struct span text; /* expr_compile keeps its own copy */
};

/* Compile `source`. `cache` may be NULL: then the code lives in `arena`. Code from a cache is valid
 * until the next expr_compile with that cache evicts it, unless it was bound: expr_bind pins it
 * until expr_scope_release.
 * ST_VALIDATION: "Invalid ConditionExpression: …" with DynamoDB's reason. ST_NO_MEMORY. */
MUST_USE status expr_compile(struct expr_cache *cache, struct arena *arena,
                             struct expr_source source, const struct expr_code **out,
                             struct error *err);

/* One entry of ExpressionAttributeNames: "#s" -> "status". */
struct expr_name {
    struct span placeholder;
    struct span name;
};

struct scope_state; /* private */

/* The names and values of one request, and which of them its expressions used. */
struct expr_scope {
    struct arena *arena;
    const struct expr_name *names; /* outlive the scope's expressions, as the values do */
    size_t name_count;
    struct value values;       /* VALUE_M: ":v" -> value; VALUE_NONE: none were given */
    bool has_names;            /* was ExpressionAttributeNames in the request? */
    const struct error *late;  /* what is wrong with a value, to be told after all placeholders;
                                * NULL, or ST_OK in it: nothing */
    struct scope_state *state; /* private; NULL until expr_scope_begin */
};

/* Begin a scope over what the request gave; fields from `arena` to `late` are set by the caller
 * before, the others are zero. In DynamoDB's order: the placeholders' own syntax, of names before
 * values; `late`; what names stand for; the size of all (LIMIT_SUBSTITUTION_BYTES). ST_VALIDATION,
 * ST_NO_MEMORY. */
MUST_USE status expr_scope_begin(struct expr_scope *scope, struct error *err);

/* Bind `code` to the scope's names and values. ST_VALIDATION: an undefined placeholder, an operand
 * of a type its operator never takes (checked whether or not it would be judged), overlapping
 * paths of an update or projection, more than LIMIT_EXPRESSION_TREE_BYTES with all in place.
 * ST_NO_MEMORY. */
MUST_USE status expr_bind(struct expr_scope *scope, const struct expr_code *code, struct expr **out,
                          struct error *err);

/* When all expressions of the request are bound. ST_VALIDATION: a name or value was given that none
 * of them uses; a key condition that no table could answer ("Invalid operator used in
 * KeyConditionExpression: OR"). */
MUST_USE status expr_scope_finish(struct expr_scope *scope, struct error *err);

/* Unpin the code that the scope's expressions use, on the cache's thread, when none of them will
 * be used again. Allowed on any scope, begun or zero, and more than once. */
void expr_scope_release(struct expr_scope *scope);

/* Does a bound condition or filter hold for `item`? NULL means no such item. Judging cannot fail:
 * whatever can be wrong with an expression was found by expr_compile or expr_bind. */
MUST_USE bool expr_holds(const struct expr *condition, const struct item *item);

/* ---- why a condition turned out as it did */

enum {
    EXPR_REASONS_MAX = 16,  /* tests that are told of, … */
    EXPR_SEEN_MAX = 8,      /* … operands of each, … */
    EXPR_TEXT_BYTES = 256,  /* … bytes of a text, and … */
    EXPR_VALUE_BYTES = 128, /* … of a value's body */
};

/* An operand of a test, and what the test saw of it. */
struct expr_seen {
    struct excerpt text; /* as it is written: "#s.b[0]", ":v", "size(#s)"; "?": a value that no
                          * text names, as of old parameters */
    struct excerpt path; /* where it leads, names in place: "status.b[0]", with a backslash before
                          * each . [ ] , : and \ of a name; empty: it is a value */
    struct value value;  /* VALUE_NONE: missing, or the size of something that has none. Of a body
                          * beyond EXPR_VALUE_BYTES the beginning */
    bool cut;            /* it is not all of the value */
    uint32_t bytes;      /* DynamoDB's size of the whole value */
};

/* A test of a condition. */
struct expr_reason {
    struct excerpt text; /* as it is written, but for blanks, parentheses and the case of words:
                          * "#s = :v"; of an old parameter, as an expression would say it */
    const char *op;      /* "=", "BETWEEN", "contains"; static */
    bool held;
    const struct expr_seen *seen;
    uint32_t seen_count;
    uint32_t unseen_count; /* operands of IN beyond EXPR_SEEN_MAX */
};

struct expr_explanation {
    bool holds;
    bool has_item;
    const struct expr_reason *reasons;
    uint32_t reason_count;
    uint32_t left_out; /* beyond EXPR_REASONS_MAX */
};

/* Why a bound condition holds, or does not hold, for `item` (NULL: no such item): the tests that
 * decided, in the order in which they were judged. Of an AND that is false those of the first part
 * that is; of an OR that is false those of all parts; of NOT those of what it negates; and so on
 * with true and false, AND and OR exchanged. They alone make the answer what it is, and it takes
 * each of them (explain.c, D1 and D2).
 *
 * For those who ask: expr_holds does nothing towards it. All of it is copied into `arena`, within
 * the bounds above whatever the size of the item. ST_NO_MEMORY. */
MUST_USE status expr_explain(const struct expr *condition, const struct item *item,
                             struct arena *arena, struct expr_explanation *out);

/* The tests of a bound condition, as they are written, with the values of the request and of no
 * item. ST_NO_MEMORY. */
MUST_USE status expr_describe(const struct expr *condition, struct arena *arena,
                              struct expr_explanation *out);

/* The parts of `map` that a bound projection names, nesting kept, as a map made in `arena`.
 * ST_NO_MEMORY. */
MUST_USE status expr_project(const struct expr *projection, struct value map, struct arena *arena,
                             struct value *out);

/* Apply a bound update to the attributes of an item: `before` is the whole item, or for a new one
 * just its key attributes. *after is a map made in `arena`.
 * ST_VALIDATION: "The provided expression refers to an attribute that does not exist in the item",
 * a type the action cannot take, a number out of range, an invalid document path. */
MUST_USE status expr_update(const struct expr *update, struct value before, struct arena *arena,
                            struct value *after, struct error *err);

/* May this update bring an item into being? REMOVE and DELETE alone may not. */
MUST_USE bool expr_update_creates(const struct expr *update);

/* What UPDATED_OLD and UPDATED_NEW return: the parts of `map` that the update's paths touch,
 * inside their path. ST_NO_MEMORY. */
MUST_USE status expr_update_touched(const struct expr *update, struct value map,
                                    struct arena *arena, struct value *out);

/* Does the expression mention the top-level attribute `name`, alone or as the beginning of a longer
 * path? For the rule "Filter Expression can only contain non-primary key attributes". */
MUST_USE bool expr_mentions(const struct expr *expr, struct span name);

/* Does it look inside that attribute: `name.x` or `name[1]`? For the rule "Key attributes must be
 * scalars; list random access '[]' and map lookup '.' are not allowed". */
MUST_USE bool expr_mentions_inside(const struct expr *expr, struct span name);

/* The top-level attributes that the expression speaks of, one after the other: *place is 0 before
 * the first call. A name may come more than once. False: there are no more. */
MUST_USE bool expr_next_name(const struct expr *expr, uint32_t *place, struct span *name);

/* Does an update write the top-level attribute `name` (SET, REMOVE, ADD or DELETE on it or
 * below)?*/
MUST_USE bool expr_update_writes(const struct expr *update, struct span name);

/* The type that an update gives the top-level attribute `name` whatever the item holds: that of a
 * value, or a number where it adds or subtracts. VALUE_NONE: it depends, or is not written whole.
 */
MUST_USE value_type expr_update_type(const struct expr *update, struct span name);

/* The key attributes of a table or index, in order. */
struct expr_key_schema {
    struct span partition[EXPR_KEY_PARTS_MAX];
    struct span sort[EXPR_KEY_PARTS_MAX];
    uint8_t partition_count;
    uint8_t sort_count;
};

typedef enum expr_sort_test {
    EXPR_SORT_ANY, /* no test on the sort key */
    EXPR_SORT_EQ,
    EXPR_SORT_LT,
    EXPR_SORT_LE,
    EXPR_SORT_GT,
    EXPR_SORT_GE,
    EXPR_SORT_BETWEEN,
    EXPR_SORT_BEGINS_WITH,
} expr_sort_test;

/* What a key condition asks: all partition key parts, then equal sort key parts, then one test on
 * the part after them. */
struct expr_key_range {
    struct value partition[EXPR_KEY_PARTS_MAX];
    struct value sort_equal[EXPR_KEY_PARTS_MAX];
    uint8_t sort_equal_count; /* parts before the one under test */
    expr_sort_test test;
    struct value low;  /* the operand; BETWEEN: the lower one */
    struct value high; /* BETWEEN only */
};

/* Match a bound key condition, which expr_scope_finish accepted, against a key schema.
 * ST_VALIDATION: "Query condition missed key schema element: …", "Query key condition not
 * supported", too many conditions. The types of the operands are the caller's to check against the
 * attribute definitions. */
MUST_USE status expr_key_range(const struct expr *condition, const struct expr_key_schema *schema,
                               struct expr_key_range *out, struct error *err);

/* ---- what stood in requests before expressions did
 *
 * Expected, QueryFilter, ScanFilter, KeyConditions, AttributeUpdates and AttributesToGet say with
 * names, operators and values what an expression says with text. They become the same bound expr,
 * so all functions above take them. Names are whole: a point or bracket in one is part of it. Of
 * entries with equal names the last one counts, as in any JSON object.
 *
 * Memory: an expr made here lives in `arena` and points into names and values. */

typedef enum expr_comparison { /* ComparisonOperator */
                               EXPR_COMPARE_EQ,
                               EXPR_COMPARE_NE,
                               EXPR_COMPARE_LE,
                               EXPR_COMPARE_LT,
                               EXPR_COMPARE_GE,
                               EXPR_COMPARE_GT,
                               EXPR_COMPARE_NOT_NULL,
                               EXPR_COMPARE_NULL,
                               EXPR_COMPARE_CONTAINS,
                               EXPR_COMPARE_NOT_CONTAINS,
                               EXPR_COMPARE_BEGINS_WITH,
                               EXPR_COMPARE_IN,
                               EXPR_COMPARE_BETWEEN,
} expr_comparison;

/* One condition on one attribute. */
struct expr_legacy_test {
    struct span name;
    expr_comparison comparison;
    const struct value *values;
    uint32_t value_count;
};

struct expr_legacy_tests {
    expr_kind kind; /* EXPR_CONDITION, EXPR_FILTER or EXPR_KEY_CONDITION */
    bool any;       /* joined by OR instead of AND */
    const struct expr_legacy_test *tests;
    uint32_t count; /* 1 or more; of a key condition 0 is a mistake of the request */
};

/* ST_VALIDATION: a wrong number of values, or of a type that the operator does not take; a key
 * condition of no or more than two attributes; more than LIMIT_LEGACY_OPERANDS. ST_NO_MEMORY. */
MUST_USE status expr_legacy_condition(const struct expr_legacy_tests *asked, struct arena *arena,
                                      const struct expr **out, struct error *err);

typedef enum expr_action { /* Action */
                           EXPR_ACTION_PUT,
                           EXPR_ACTION_ADD,
                           EXPR_ACTION_DELETE,
} expr_action;

/* What becomes of one attribute. */
struct expr_legacy_action {
    struct span name;
    expr_action action;
    struct value value; /* or VALUE_NONE: DELETE takes the whole attribute away */
};

/* An update of `count` actions, 1 or more. ADD also takes lists, which expressions do not.
 * ST_VALIDATION: no value, or of a type that the action does not take; too many. ST_NO_MEMORY. */
MUST_USE status expr_legacy_update(const struct expr_legacy_action *actions, uint32_t count,
                                   struct arena *arena, const struct expr **out, struct error *err);

/* A projection of `count` attributes, 1 or more. ST_VALIDATION: one is named twice; too many.
 * ST_NO_MEMORY. */
MUST_USE status expr_legacy_projection(const struct span *names, uint32_t count,
                                       struct arena *arena, const struct expr **out,
                                       struct error *err);

/* Was it made by one of these? Some sentences of DynamoDB depend on it. */
MUST_USE bool expr_is_legacy(const struct expr *expr);

/* Was it made by expr_build_end (expr_build.h)? Some rules of Query are not for its like. */
MUST_USE bool expr_is_built(const struct expr *expr);

/* ---- writing texts
 *
 * Programs have attribute names and values; a text wants "#n" for the names that the grammar would
 * misread, and ":v" for all values. */

/* May `name` stand in a text as it is: a word that is neither a keyword nor reserved? */
MUST_USE bool expr_name_is_plain(struct span name);

typedef enum expr_piece_kind {
    EXPR_PIECE_OTHER,       /* operators, keywords, functions, numbers, what is no token at all */
    EXPR_PIECE_END,         /* blanks may come before it */
    EXPR_PIECE_NAME,        /* a word where an attribute's name stands */
    EXPR_PIECE_HOLE,        /* "?", which is no part of the grammar: an operand to be filled in */
    EXPR_PIECE_PLACEHOLDER, /* "#n" or ":v" */
    EXPR_PIECE_SECTION,     /* SET, REMOVE, ADD, DELETE */
    EXPR_PIECE_OPEN,        /* "(" */
    EXPR_PIECE_CLOSE,       /* ")" */
} expr_piece_kind;

struct expr_piece {
    expr_piece_kind kind;
    struct span blanks; /* before it */
    struct span text;
};

/* A walk over the pieces of any text. */
struct expr_pieces {
    struct span rest;
    bool after_dot; /* private */
};

/* Take the next piece off. The blanks and texts of all pieces together are the text. */
MUST_USE struct expr_piece expr_next_piece(struct expr_pieces *pieces);

#endif
