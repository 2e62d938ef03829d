/* partiql_case.h -- what the tests of the partiql room share: a statement, written short.
 *
 *     partiql_case_begin(&c);
 *     partiql_case_parse(&c, "SELECT * FROM t WHERE pk = ?", "{'1':{'S':'a'}}");
 *     partiql_case_plan(&c, "pk S, sk N");
 *     partiql_case_end(&c);
 *
 * Parameters are the values of a JSON object in the order of its names; ' stands for ". A step is
 * skipped after one that failed; c.status and partiql_case_text tell what happened.
 */
#ifndef STATOR_TESTS_PARTIQL_PARTIQL_CASE_H
#define STATOR_TESTS_PARTIQL_PARTIQL_CASE_H

#include "support/support.h"

#include "item/item.h"
#include "partiql/partiql.h"

struct partiql_case {
    struct arena arena;
    struct error err;
    struct span text; /* ends at a guard page */
    struct partiql_statement statement;
    struct partiql_plan plan;
    status status; /* of the first step that failed */
};

void partiql_case_begin(struct partiql_case *c);
void partiql_case_end(struct partiql_case *c);

/* JSON to a map. */
struct value partiql_case_map(struct partiql_case *c, const char *json);

/* `parameters` may be NULL: there are none. */
void partiql_case_parse(struct partiql_case *c, const char *text, const char *parameters);

/* "pk S", "pk S, sk N", and so on: a part for each comma. */
void partiql_case_plan(struct partiql_case *c, const char *key);

/* What the failure says; fails the test if there was none. */
struct span partiql_case_text(const struct partiql_case *c);

/* Assert that nothing failed so far, showing what did. */
void partiql_case_assert_ok(const struct partiql_case *c, const char *text);

/* Assert that `map` is what `json` describes, showing both if not. */
void partiql_case_assert_map(struct partiql_case *c, struct value map, const char *json);

/* Parse, and plan unless `key` is NULL; assert that it fails with exactly `expected`. */
void partiql_case_assert_refused(const char *text, const char *parameters, const char *key,
                                 const char *expected);

#endif
