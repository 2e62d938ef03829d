/* constant.h -- literals: strings, numbers, true, false, null, lists, maps and bags of members. */
#ifndef STATOR_PARTIQL_CONSTANT_H
#define STATOR_PARTIQL_CONSTANT_H

#include "partiql/grammar.h"

/* Does a literal begin here? A sign does not. */
MUST_USE bool constant_begins(const struct grammar *g);

/* Read a literal (constant_begins; asserted), which lives in the arena. What is no value of
 * DynamoDB's is noted, and *out is null then. */
MUST_USE status constant_read(struct grammar *g, struct value *out);

/* Read a number, `negative` by the signs before it. */
MUST_USE status constant_number(struct grammar *g, bool negative, struct value *out);

/* Step over a path or call, whose first lexeme is at hand, that stands where a literal must. */
MUST_USE status constant_skip(struct grammar *g);

/* item := "{" [ string ":" ( "?" | literal ) { "," … } ] "}": the item of an INSERT, whose
 * attributes alone may be parameters. */
MUST_USE status constant_item(struct grammar *g, struct value *out);

#endif
