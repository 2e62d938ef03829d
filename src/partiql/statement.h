/* statement.h -- the parts of statements, and what reading them makes. Private to the room. */
#ifndef STATOR_PARTIQL_STATEMENT_H
#define STATOR_PARTIQL_STATEMENT_H

#include "partiql/condition.h"
#include "partiql/partiql.h"

/* A column of a SELECT. */
struct partiql_column {
    struct span name; /* what it is called in the answer */
    const struct expr_step *steps;
    uint16_t step_count;
};

/* An element of ORDER BY. */
struct partiql_order {
    struct span name;
    bool descending;
};

/* One SET or REMOVE of an UPDATE. */
struct statement_action {
    expr_section section;
    struct operand *path;
    struct operand *value; /* NULL: REMOVE */
    struct statement_action *next;
};

/* A statement being read. What is expressions in the end is kept as what it was read as, until all
 * of the text is known to be well formed. */
struct statement {
    struct partiql_statement made;
    struct partiql_condition *where;
    struct statement_action *actions;
    struct statement_action **last_action;
};

/* "*" | path { "," path }, after SELECT */
MUST_USE status statement_columns(struct grammar *g, struct statement *s);

/* set := "SET" path "=" value { "," path "=" value } | remove := "REMOVE" path; one or more of
 * these. */
MUST_USE status statement_actions(struct grammar *g, struct statement *s);

/* The actions, and the columns, as expressions of `s->made`. ST_VALIDATION, ST_NO_MEMORY. */
MUST_USE status statement_make_update(struct grammar *g, struct statement *s);
MUST_USE status statement_make_projection(struct grammar *g, struct statement *s);

#endif
