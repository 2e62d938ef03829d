/* action.h -- put, update, delete and check as parameters: of a call, and within a transaction.
 *
 * What the options of a write say becomes one condition and one update:
 *
 *     condition      the application's
 *     if_not_exists  attribute_not_exists(partition key)
 *     if_exists      attribute_exists(partition key)
 *     if_version     with version_attr: that attribute = the version (0: attribute_not_exists), and
 *                    the write makes it one more
 *
 * all and-ed. The depth of the application's condition is counted without that and.
 */
#ifndef STATOR_DB_ACTION_H
#define STATOR_DB_ACTION_H

#include "db/request.h"
#include "db/turn.h"

typedef enum action_verb {
    ACTION_PUT,
    ACTION_UPDATE,
    ACTION_DELETE,
    ACTION_CHECK,
} action_verb;

struct action {
    action_verb verb;
    const char *table;
    stator_val key; /* of ACTION_UPDATE; the others have theirs in the options */
    const stator_write_opts *opts;
    bool in_transaction;
};

/* Add the action's parameters to the innermost map of `r`. ST_VALIDATION, ST_TOO_DEEP, ST_MISUSE,
 * ST_NO_MEMORY, and what describing a table has. */
MUST_USE status action_write(stator *db, struct turn *turn, const struct action *action,
                             struct request *r);

/* The name that is sent for `table`: with the handle's prefix, in `arena`. ST_MISUSE: it is NULL;
 * ST_VALIDATION: it is not UTF-8; ST_NO_MEMORY. */
MUST_USE status action_table_name(const stator *db, const char *table, struct arena *arena,
                                  struct span *out, struct error *err);

/* "TableName", which is that. */
MUST_USE status action_table(stator *db, struct turn *turn, const char *table, struct request *r);

#endif
