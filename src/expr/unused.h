/* unused.h -- the message about placeholders that no expression uses.
 *
 * DynamoDB lists them in the order of a Java hash set, which depends on their text and number only;
 * so does this.
 */
#ifndef STATOR_EXPR_UNUSED_H
#define STATOR_EXPR_UNUSED_H

#include "base/error.h"

struct unused_key; /* private */

struct unused {
    struct arena *arena;
    struct unused_key **slots; /* NULL: none were added */
    size_t slot_count;
};

/* Add a key that is not used, out of `given` ones. ST_NO_MEMORY. */
MUST_USE status unused_add(struct unused *unused, struct span key, size_t given, struct error *err);

/* ST_VALIDATION, naming the keys and `parameter`, if any were added. */
MUST_USE status unused_check(const struct unused *unused, const char *parameter, struct error *err);

#endif
