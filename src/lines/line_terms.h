/* line_terms.h -- conditions, filters and projections of a line as texts of a request, with the
 * names and values that they share.
 *
 *     line_terms_begin -> line_terms_condition, _projection, … -> line_terms_give
 *
 * Memory: the turn's arena.
 */
#ifndef STATOR_LINES_LINE_TERMS_H
#define STATOR_LINES_LINE_TERMS_H

#include "db/render.h"
#include "lines/line_field.h"
#include "lines/line_map.h"
#include "lines/line_schema.h"

/* Begin on the texts of one request. */
void line_terms_begin(struct render *terms, struct line_turn *turn);

/* Read the tree of a condition. InvalidExpression. */
MUST_USE status line_terms_read(struct line_turn *turn, struct span text, stator_cond *out);

/* The text of `condition`; its ptr is NULL when it holds always. InvalidExpression. */
MUST_USE status line_terms_text(struct line_turn *turn, struct render *terms,
                                const stator_cond *condition, struct span *out);

/* Put the text of `condition` into the request as its `name` ("FilterExpression"), unless it holds
 * always. InvalidExpression. */
MUST_USE status line_terms_put(struct line_turn *turn, struct render *terms, struct line_map *map,
                               const char *name, const stator_cond *condition);

/* Put the paths of the array `text` as ProjectionExpression; the attributes of the key come with
 * them. Of none: nothing, which is the whole item. ParseError, InvalidExpression. */
MUST_USE status line_terms_project(struct line_turn *turn, struct render *terms,
                                   const struct line_schema *schema, struct span text,
                                   struct span *out);

/* Put the names and values of all texts so far. */
MUST_USE status line_terms_give(struct line_turn *turn, const struct render *terms,
                                struct line_map *map);

/* Is the text of a line a path, without a byte of zero? Else it fails by the name `failure`. */
MUST_USE status line_terms_check_path(struct line_turn *turn, struct span path,
                                      const char *failure);

/* An attribute's name as a path. A name that holds a byte of zero is InvalidExpression. */
MUST_USE status line_terms_path(struct line_turn *turn, struct span name, stator_val *out);

/* A stored value as a literal. */
MUST_USE status line_terms_literal(struct line_turn *turn, struct value v, stator_val *out);

#endif
