/* item_write.h -- PutItem, UpdateItem and DeleteItem: one request struct, one way through.
 *
 * Each of the three is a file with a table of fields, in the order in which DynamoDB reports its
 * violations, and two functions that call these:
 *
 *     item_write_run      the rules of the request, its expressions; the write is started
 *     item_write_finish   the reply
 */
#ifndef STATOR_API_ITEM_WRITE_H
#define STATOR_API_ITEM_WRITE_H

#include "api/legacy.h"
#include "api/params.h"

/* What one of the three does not have, its table of fields does not name, and it stays as if it had
 * not been given. */
struct item_write_in {
    struct field_enum capacity;
    struct span table_name;
    struct field_item item; /* Item of PutItem, Key of the others */
    struct field_enum joined;
    struct field_list expected;
    struct field_list attribute_updates;
    struct field_enum returns;
    struct field_enum metrics;
    struct field_enum old_on_failure;
    struct span condition;
    struct span update;
    struct field_item values;
    struct field_list names;

    struct engine_write write; /* kept from run to finish */
};

/* Define an operation whose request is a struct item_write_in. */
#define OP_DEFINE_ITEM_WRITE(stem) OP_DEFINE_WRITE_OF(stem, item_write_in)

/* Judge the request and start its write. Of ST_OK and others, see O1 in op.h. */
MUST_USE status item_write_run(struct call *call, struct item_write_in *in, engine_verb verb);

/* Answer a write that ended with `st`, and return it: Attributes as ReturnValues asked, consumed
 * capacity, the size of the item collection; the old item beside a refused condition. */
MUST_USE status item_write_finish(struct call *call, const struct item_write_in *in, status st);

#endif
