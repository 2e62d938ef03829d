/* expr_case.h -- what the tests of the expr room share: one request's expressions, written short.
 *
 * Names, values and items are DynamoDB's JSON with ' for ", so that tables of cases stay readable:
 *
 *     expr_case_begin(&c);
 *     expr_case_scope(&c, "{'#s':'status'}", "{':v':{'S':'new'}}");
 *     expr_case_bind(&c, EXPR_CONDITION, "#s = :v");
 *     expr_case_end(&c);
 *
 * Each step is skipped after one that failed; c.status and expr_case_text tell what happened.
 */
#ifndef STATOR_TESTS_EXPR_EXPR_CASE_H
#define STATOR_TESTS_EXPR_EXPR_CASE_H

#include "support/support.h"

#include "expr/expr.h"

struct expr_case {
    struct arena arena;
    struct error err;
    struct expr_scope scope;
    struct expr_cache *cache; /* NULL unless the test sets one */
    struct expr *expr;        /* the last one bound */
    status status;            /* of the first step that failed */
};

void expr_case_begin(struct expr_case *c);
void expr_case_end(struct expr_case *c);

/* JSON to a map; NULL is a value of type VALUE_NONE. */
struct value expr_case_map(struct expr_case *c, const char *json);

/* Begin the scope. NULL: that parameter is not in the request. */
void expr_case_scope(struct expr_case *c, const char *names, const char *values);

/* Compile and bind. */
void expr_case_bind(struct expr_case *c, expr_kind kind, const char *text);
void expr_case_finish(struct expr_case *c);

/* What the failure says; fails the test if there was none. */
struct span expr_case_text(const struct expr_case *c);

/* Assert that nothing failed so far, showing what did. */
void expr_case_assert_ok(const struct expr_case *c);

/* Assert that `map` is what `json` describes, showing both if not. */
void expr_case_assert_map(struct expr_case *c, struct value map, const char *json);

/* Does `text` hold for `item` (NULL: no such item)? Fails the test on any error. */
bool expr_case_holds(expr_kind kind, const char *text, const char *values, const char *item);

#endif
