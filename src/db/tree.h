/* tree.h -- conditions and updates from JSON, as the line protocol writes them.
 *
 *     condition := {"And": [condition …]} | {"Or": [condition …]} | {"Not": condition}
 *                | {"Eq": [operand, operand]}, likewise Ne Lt Le Gt Ge
 *                | {"Between": [operand, operand, operand]}
 *                | {"BeginsWith": [operand, loose]}, likewise Contains AttributeType
 *                | {"In": [operand, [loose …]]}
 *                | {"AttributeExists": "path"} | {"AttributeNotExists": "path"}
 *     operand   := {"Attr": "path"} | {"Size": "path"} | {"Literal": plain JSON}
 *     loose     := operand | plain JSON that is no object
 *
 *     update    := [{"action": "SET", "path": "path", "value": plain JSON} …]
 *                  action: SET, ADD, DELETE in any case of letters; REMOVE has no value
 *
 * What is made lives in the arena `to`, with copies of all texts.
 */
#ifndef STATOR_DB_TREE_H
#define STATOR_DB_TREE_H

#include "base/arena.h"
#include "base/error.h"
#include "item/plain.h"
#include "stator/stator.h"

struct tree {
    struct json_reader json; /* over scratch */
    struct arena *to;
    struct error *err;
    uint32_t depth_max; /* of and, or, not */
};

/* Begin on `text`; `scratch` is needed until the end of reading. */
void tree_begin(struct tree *tree, struct arena *to, struct arena *scratch, struct span text,
                struct error *err);

/* Read the whole text. ST_VALIDATION: not JSON, or no such tree; ST_TOO_DEEP, ST_NO_MEMORY. */
MUST_USE status tree_condition(struct tree *tree, stator_cond *out);
MUST_USE status tree_update(struct tree *tree, stator_upd *out);

/* ---- for tree_update.c */

MUST_USE status tree_next(struct tree *tree, struct plain_start *out);
MUST_USE status tree_expect(struct tree *tree, json_token token, const char *what);

/* A string, copied and terminated; `start` is its token. */
MUST_USE status tree_text(struct tree *tree, struct plain_start start, const char *what,
                          const char **out);

/* The plain JSON that begins with `start`, as a value in scratch. */
MUST_USE status tree_plain(struct tree *tree, struct plain_start start, struct value *out);

#endif
