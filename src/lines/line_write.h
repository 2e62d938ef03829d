/* line_write.h -- what the requests of all writes have in common: the table, the condition, what
 * comes back; alone and in a transaction.
 *
 *     line_write_begin -> (Item or Key) -> line_write_returns -> line_write_end
 *                                          line_write_condition
 */
#ifndef STATOR_LINES_LINE_WRITE_H
#define STATOR_LINES_LINE_WRITE_H

#include "lines/line_terms.h"
#include "lines/line_turn.h"

struct line_write {
    struct line_map map;
    struct render terms;
    stator_cond condition; /* op STATOR_C_NONE: there is none */
};

/* Begin a request about `table_name`. ST_NO_MEMORY. */
MUST_USE status line_write_begin(struct line_turn *turn, struct span table_name,
                                 struct line_write **out);

/* The member "item", its key attributes as the table has them, and its key unless that is NULL.
 * DocumentTooLarge, and what line_schema_item refuses. */
MUST_USE status line_write_item(struct line_turn *turn, const struct line_schema *schema,
                                const struct line_fields *fields, struct value *item,
                                struct value *key);

/* "return_values" and "return_item_on_failure"; `allowed` are the words that the operation takes,
 * divided by blanks. ParseError. */
MUST_USE status line_write_returns(struct line_turn *turn, struct line_write *write,
                                   const char *allowed);

/* Does "return_values" ask for ALL_OLD? NONE is the other word. ParseError. */
MUST_USE status line_write_wants_old(struct line_turn *turn, bool *out);

/* "condition", which a failure then shows. InvalidExpression. */
MUST_USE status line_write_condition(struct line_turn *turn, struct line_write *write,
                                     const struct line_fields *fields);

/* The whole request. */
MUST_USE status line_write_end(struct line_turn *turn, struct line_write *write, struct value *out);

#endif
